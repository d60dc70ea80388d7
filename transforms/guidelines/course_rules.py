"""What a rule set says of several samples: relapse, persistence, sustained negativity, risk groups.

`docs/course.md` says what each part means.
"""

from dataclasses import dataclass
from typing import Any

from schemas.enums import Basis, Response, Timepoint
from schemas.tables import TABLES
from transforms.guidelines.rule_file import Number, RuleFile

KINDS = ("conversion", "rise")
COUNTS = ("detected", "threshold")
COMPARED = ("low_level", "nadir_if_never_negative")
_SAID = {"source", "evidence"}


@dataclass(frozen=True)
class RelapseRule:
    """One way in which a specimen qualifies for an MRD relapse.

    Attributes:
        id: id in the rule set.
        kind: `conversion` from negative, or `rise` of the level.
        counts: of a conversion: `detected`, or `threshold` = at the class's `positive_from` or above.
        compared_with: of a rise: `low_level` or `nadir_if_never_negative`.
        min_log10_rise: of a rise.
        bases: bases it is for; empty = all.
        timepoints: time points it is for; empty = all, and none.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    id: str
    kind: str
    counts: str
    compared_with: str
    min_log10_rise: Number | None
    bases: tuple[str, ...]
    timepoints: tuple[str, ...]
    source: str
    evidence: str


@dataclass(frozen=True)
class RelapseConfirmation:
    """What confirms an MRD relapse.

    Attributes:
        within_days: days after the specimen before, the last included; None = no window.
        min_laboratories: laboratories that detected it in both specimens together; None = not asked.
        stable_within_log10: the second level is not lower by more than this; None = not asked.
        marrow_confirms_blood: a positive marrow confirms blood.
        blood_confirms_marrow: positive blood confirms marrow.
        response_when_confirmed: the rule set's word for it, or empty.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    within_days: Number | None
    min_laboratories: Number | None
    stable_within_log10: Number | None
    marrow_confirms_blood: bool
    blood_confirms_marrow: bool
    response_when_confirmed: str
    source: str
    evidence: str


@dataclass(frozen=True)
class Persistence:
    """Positive and never negative before.

    Attributes:
        timepoints: where it begins; empty = anywhere.
        confirm_from_days: of the second specimen; None = at once.
        confirm_within_days: of the second specimen; None = no end.
        needs_confirmation: whether a second specimen is asked for.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    timepoints: tuple[str, ...]
    confirm_from_days: Number | None
    confirm_within_days: Number | None
    needs_confirmation: bool
    source: str
    evidence: str


@dataclass(frozen=True)
class Sustained:
    """Negative and still negative so many months later, also by imaging, in complete response."""

    word: str
    min_months: Number
    source: str
    evidence: str


@dataclass(frozen=True)
class SideBySide:
    """A result held against another threshold, in a column of `mrd_status` of its own."""

    column: str
    threshold: Number
    source: str
    evidence: str


@dataclass(frozen=True)
class RiskGroups:
    """Risk groups from two time points (AIEOP-BFM); numbers as in `docs/course.md`."""

    min_markers: Number
    high_from: Number
    flow_high_from: Number
    flow_low_below: Number
    flow_day: Number
    flow_day_tolerance: Number
    source: str
    evidence: str


@dataclass(frozen=True)
class CourseRules:
    """Everything a rule set says of several samples; what is empty or None it does not say."""

    relapse: tuple[RelapseRule, ...] = ()
    confirmation: RelapseConfirmation | None = None
    persistence: Persistence | None = None
    min_log10_rise: Number | None = None
    sustained: Sustained | None = None
    side_by_side: tuple[SideBySide, ...] = ()
    risk_groups: RiskGroups | None = None


KEYS = {
    "relapse", "relapse_confirmation", "persistence", "log_rise", "sustained", "side_by_side", "risk_groups",
}  # fmt: skip
"""Keys of a rule file that are read here."""


def parse_course(file: RuleFile) -> CourseRules:
    """Return what a rule file says of several samples.

    Raises:
        RuleFileError: naming file, key and value.
    """
    relapse = tuple(_relapse(file, key, table) for key, table in file.rows("relapse"))
    confirmation = _confirmation(file)
    if relapse and confirmation is None:
        raise file.fail("relapse_confirmation", None, "there, and [[relapse]] is")
    return CourseRules(
        relapse=relapse,
        confirmation=confirmation,
        persistence=_persistence(file),
        min_log10_rise=file.lone_number("log_rise", "min_log10"),
        sustained=_sustained(file),
        side_by_side=tuple(_beside(file, key, table) for key, table in file.rows("side_by_side")),
        risk_groups=_risk_groups(file),
    )


def _relapse(file: RuleFile, key: str, table: dict[str, Any]) -> RelapseRule:
    file.known_keys(
        key, table, {"id", "kind", "counts", "compared_with", "min_log10_rise", "bases", "timepoints", *_SAID}
    )  # fmt: skip
    name, kind = file.named(key, table), table.get("kind")
    file.one_of(f"{key}.kind", kind, KINDS)
    rise = file.optional(key, table, "min_log10_rise")
    if kind == "rise":
        file.one_of(f"{key}.compared_with", table.get("compared_with"), COMPARED)
        rise = file.required(key, table, "min_log10_rise")
    else:
        file.one_of(f"{key}.counts", table.get("counts"), COUNTS)
    return RelapseRule(
        id=name,
        kind=str(kind),
        counts=table.get("counts", ""),
        compared_with=table.get("compared_with", ""),
        min_log10_rise=rise,
        bases=file.legal(f"{key}.bases", table.get("bases", []), Basis),
        timepoints=file.legal(f"{key}.timepoints", table.get("timepoints", []), Timepoint),
        source=table["source"],
        evidence=table["evidence"],
    )


def _confirmation(file: RuleFile) -> RelapseConfirmation | None:
    key = "relapse_confirmation"
    numbers = ("within_days", "min_laboratories", "stable_within_log10")
    table = file.part(
        key, {*numbers, "marrow_confirms_blood", "blood_confirms_marrow", "response_when_confirmed"}
    )
    if table is None:
        return None
    word = table.get("response_when_confirmed", "")
    order = file.words("response_order", Response)
    if word and word not in order:
        raise file.fail(
            f"{key}.response_when_confirmed", word, f"one of response_order: {', '.join(order)}"
        )
    return RelapseConfirmation(
        **{n: file.optional(key, table, n) for n in numbers},
        marrow_confirms_blood=file.yes_or_no(f"{key}.marrow_confirms_blood", table, default=False),
        blood_confirms_marrow=file.yes_or_no(f"{key}.blood_confirms_marrow", table, default=False),
        response_when_confirmed=word,
        source=table["source"],
        evidence=table["evidence"],
    )


def _persistence(file: RuleFile) -> Persistence | None:
    key = "persistence"
    table = file.part(
        key, {"timepoints", "confirm_from_days", "confirm_within_days", "needs_confirmation"}
    )
    if table is None:
        return None
    return Persistence(
        timepoints=file.legal(f"{key}.timepoints", table.get("timepoints", []), Timepoint),
        confirm_from_days=file.optional(key, table, "confirm_from_days"),
        confirm_within_days=file.optional(key, table, "confirm_within_days"),
        needs_confirmation=file.yes_or_no(f"{key}.needs_confirmation", table, default=True),
        source=table["source"],
        evidence=table["evidence"],
    )


def _sustained(file: RuleFile) -> Sustained | None:
    key = "sustained"
    table = file.part(key, {"word", "min_months"})
    if table is None:
        return None
    file.one_of(f"{key}.word", table.get("word"), file.words("response_order", Response))
    return Sustained(
        table["word"], file.required(key, table, "min_months"), table["source"], table["evidence"]
    )


def _beside(file: RuleFile, key: str, table: dict[str, Any]) -> SideBySide:
    file.known_keys(key, table, {"column", "threshold", *_SAID})
    columns = [c for c in TABLES["mrd_status"].columns if c.startswith("status_at_")]
    file.one_of(f"{key}.column", table.get("column"), columns)
    return SideBySide(
        table["column"], file.required(key, table, "threshold"), table["source"], table["evidence"]
    )


def _risk_groups(file: RuleFile) -> RiskGroups | None:
    key = "risk_groups"
    numbers = (
        "min_markers", "high_from", "flow_high_from", "flow_low_below", "flow_day", "flow_day_tolerance",
    )  # fmt: skip
    table = file.part(key, {*numbers})
    if table is None:
        return None
    found = {n: file.required(key, table, n) for n in numbers}
    return RiskGroups(**found, source=table["source"], evidence=table["evidence"])
