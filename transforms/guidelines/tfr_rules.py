"""CML without treatment and the next test: what a rule set says, as rows of its data file.

`docs/course.md` says what each part means.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from schemas.enums import Depth, Transcript
from transforms.guidelines.rule_file import Number, RuleFile

_SAID = {"source", "evidence"}


@dataclass(frozen=True)
class TfrRelapse:
    """One way in which treatment-free remission is lost.

    Attributes:
        id: id in the rule set.
        specimens: how many consecutive ones must qualify.
        above_pct_is: each lies above this, in % IS; None = not asked.
        min_log10_rise: each lies this far above the lowest level before; None = not asked.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    id: str
    specimens: int
    above_pct_is: Number | None
    min_log10_rise: Number | None
    source: str
    evidence: str


@dataclass(frozen=True)
class TfrEligibility:
    """Criteria to stop that results and treatments can show.

    Attributes:
        typical_transcripts: transcripts that can be followed on the International Scale.
        second_generation: agents of the second generation, in lower case.
        min_tki_years: years on TKI.
        min_tki_years_second_generation: years where every TKI is of that generation; None = the same.
        min_deep_years: years in deep response, on a TKI.
        min_last_depth: depth of the last judged sample; empty = not asked.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    typical_transcripts: tuple[str, ...]
    second_generation: tuple[str, ...]
    min_tki_years: Number
    min_tki_years_second_generation: Number | None
    min_deep_years: Number
    min_last_depth: str
    source: str
    evidence: str


@dataclass(frozen=True)
class Interval:
    """Time to the next test in treatment-free remission.

    Attributes:
        from_month: completed months since the stop.
        to_month: first month for which it holds no more; None = no end.
        every: as polars' `offset_by` reads it: `2mo` or `6w`.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    from_month: int
    to_month: int | None
    every: str
    source: str
    evidence: str


@dataclass(frozen=True)
class Schedule:
    """When the next test is due.

    Attributes:
        until_mmr_months: until MMR is reached and confirmed.
        mmr_months: afterwards.
        tfr: in treatment-free remission, in time.
    """

    until_mmr_months: Number
    mmr_months: Number
    tfr: tuple[Interval, ...]


@dataclass(frozen=True)
class TfrRules:
    """What a rule set says of CML over time; what is empty or None it does not say."""

    relapse: tuple[TfrRelapse, ...] = ()
    eligibility: TfrEligibility | None = None
    schedule: Schedule | None = None
    treatment_change: Number | None = None

    @property
    def max_gap_days(self) -> float:
        """Days between two TKI that are a change and no stop."""
        return 0 if self.treatment_change is None else self.treatment_change.value


KEYS = {
    "treatment_change",
    "tfr_relapse",
    "tfr_eligibility",
    "schedule",
    "schedule_until_mmr",
    "schedule_mmr",
}
"""Keys of a rule file that are read here."""


def parse_tfr(file: RuleFile) -> TfrRules:
    """Return what a rule file says of treatment-free remission and of the next test.

    Raises:
        RuleFileError: naming file, key and value.
    """
    return TfrRules(
        relapse=tuple(_relapse(file, key, table) for key, table in file.rows("tfr_relapse")),
        eligibility=_eligibility(file),
        schedule=_schedule(file),
        treatment_change=file.lone_number("treatment_change", "max_days"),
    )


def _relapse(file: RuleFile, key: str, table: dict[str, Any]) -> TfrRelapse:
    file.known_keys(key, table, {"id", "specimens", "above_pct_is", "min_log10_rise", *_SAID})
    above, rise = (file.optional(key, table, n) for n in ("above_pct_is", "min_log10_rise"))
    if above is None and rise is None:
        raise file.fail(key, table["id"], "a rule: it names above_pct_is or min_log10_rise")
    return TfrRelapse(
        id=file.named(key, table),
        specimens=_whole(file, f"{key}.specimens", table.get("specimens"), 1),
        above_pct_is=above,
        min_log10_rise=rise,
        source=table["source"],
        evidence=table["evidence"],
    )


def _whole(file: RuleFile, key: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise file.fail(key, value, f"a whole number of {least} or more")
    return value


def _eligibility(file: RuleFile) -> TfrEligibility | None:
    key = "tfr_eligibility"
    numbers = ("min_tki_years", "min_deep_years")
    table = file.part(
        key,
        {
            *numbers,
            "min_tki_years_second_generation",
            "min_last_depth",
            "typical_transcripts",
            "second_generation",
        },
    )
    if table is None:
        return None
    found = {n: file.required(key, table, n) for n in numbers}
    depth = table.get("min_last_depth", "")
    if depth:
        file.one_of(f"{key}.min_last_depth", depth, [d.value for d in Depth])
    return TfrEligibility(
        min_last_depth=depth,
        typical_transcripts=file.texts(
            f"{key}.typical_transcripts", table.get("typical_transcripts"), [t.value for t in Transcript]
        ),
        second_generation=file.texts(f"{key}.second_generation", table.get("second_generation", [])),
        min_tki_years_second_generation=file.optional(key, table, "min_tki_years_second_generation"),
        source=table["source"],
        evidence=table["evidence"],
        **found,
    )  # fmt: skip


def _schedule(file: RuleFile) -> Schedule | None:
    months = {}
    for key in ("schedule_until_mmr", "schedule_mmr"):
        table = file.part(key, {"months"})
        if table is None:
            continue
        _whole(file, f"{key}.months", table.get("months", {}).get("value"), 1)
        months[key] = file.required(key, table, "months")
    rows = tuple(_interval(file, key, table) for key, table in file.rows("schedule"))
    if not rows and not months:
        return None
    if len(months) < 2 or not rows:
        raise file.fail(
            "schedule",
            None,
            "there with [schedule_until_mmr] and [schedule_mmr], all three or none",
        )
    for before, after in pairwise(rows):
        if before.to_month != after.from_month:
            raise file.fail(
                "schedule.from_month", after.from_month, f"{before.to_month}, where the row before ends"
            )  # fmt: skip
    if rows[0].from_month != 0 or rows[-1].to_month is not None:
        raise file.fail("schedule", None, "from month 0 on and without end")
    return Schedule(months["schedule_until_mmr"], months["schedule_mmr"], rows)


def _interval(file: RuleFile, key: str, table: dict[str, Any]) -> Interval:
    file.known_keys(key, table, {"from_month", "to_month", "months", "weeks", *_SAID})
    given = [unit for unit in ("months", "weeks") if unit in table]
    if len(given) != 1:
        raise file.fail(key, given, "one of months and weeks")
    every = _whole(file, f"{key}.{given[0]}", table[given[0]], 1)
    end = table.get("to_month")
    return Interval(
        from_month=_whole(file, f"{key}.from_month", table.get("from_month"), 0),
        to_month=None if end is None else _whole(file, f"{key}.to_month", end, 1),
        every=f"{every}{'mo' if given[0] == 'months' else 'w'}",
        source=table["source"],
        evidence=table["evidence"],
    )
