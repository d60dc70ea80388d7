"""Milestones of CML: what a level means so many days after the start of treatment."""

from dataclasses import dataclass
from typing import Any

from schemas.enums import Milestone as MilestoneName
from schemas.enums import Response
from transforms.guidelines.rule_file import RuleFile


@dataclass(frozen=True)
class Milestone:
    """One milestone.

    Attributes:
        name: `3 mo`, `6 mo`, `12 mo` or `any time`.
        from_day: first day after the start of the first TKI.
        to_day: day after the last; None = no end.
        nominal_day: the sample nearest to it counts; None = every sample counts.
        optimal_max_pct_is: highest level that is optimal, in % IS.
        warning_max_pct_is: highest that is a warning; None = one sample is never a failure.
        is_strict: the optimal level lies below the number, not at it.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    name: str
    from_day: int
    optimal_max_pct_is: float
    source: str
    evidence: str
    to_day: int | None = None
    nominal_day: int | None = None
    warning_max_pct_is: float | None = None
    is_strict: bool = False


@dataclass(frozen=True)
class Confirmation:
    """A level above the optimal one is a failure when a second specimen in these days confirms it.

    Attributes:
        milestone: milestone of the first specimen.
        from_day: first day after the first specimen.
        to_day: last day.
        source: where it was published.
        evidence: `primary` or `provisional`.
    """

    milestone: str
    from_day: int
    to_day: int
    source: str
    evidence: str


@dataclass(frozen=True)
class Words:
    """The rule set's own words."""

    optimal: str
    warning: str
    failure: str


_NUMBERS = ("from_day", "to_day", "nominal_day", "optimal_max_pct_is", "warning_max_pct_is")


def parse_milestones(file: RuleFile) -> tuple[Milestone, ...]:
    """Return the milestones of a rule file.

    Raises:
        RuleFileError: naming file, key and value.
    """
    found = []
    for i, table in enumerate(file.data.get("milestone", [])):
        key = f"milestone[{i}]"
        file.sourced(key, table)
        file.known_keys(key, table, {"name", "is_strict", "source", "evidence", *_NUMBERS})
        file.legal(f"{key}.name", [table.get("name")], MilestoneName)
        for name in _NUMBERS:
            value = table.get(name)
            needed = name in ("from_day", "optimal_max_pct_is")
            is_number = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
            if (value is None and needed) or (value is not None and not is_number):
                raise file.fail(f"{key}.{name}", value, "a number above 0")
        found.append(Milestone(**table))
    return tuple(found)


def parse_confirmation(file: RuleFile) -> Confirmation | None:
    """Return the confirmation rule of a rule file, or None.

    Raises:
        RuleFileError: naming file, key and value.
    """
    if "confirmation" not in file.data:
        return None
    table = file.entry("confirmation")
    file.known_keys(
        "confirmation", table, {"milestone", "from_day", "to_day", "source", "evidence"}
    )
    file.legal("confirmation.milestone", [table.get("milestone")], MilestoneName)
    return Confirmation(**table)


def parse_words(file: RuleFile) -> Words | None:
    """Return the words of a rule file, or None where it has no milestones.

    Raises:
        RuleFileError: naming file, key and value.
    """
    table: dict[str, Any] = file.data.get("words", {})
    if not table:
        return None
    file.known_keys("words", table, {"optimal", "warning", "failure"})
    file.legal("words", [table.get(k) for k in ("optimal", "warning", "failure")], Response)
    return Words(**table)
