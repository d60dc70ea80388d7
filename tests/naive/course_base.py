"""What the naive course is told of one patient, its rule sets, and days and specimens.

`docs/course.md` a second time, one patient at a time in plain loops. It shares no code, no constant
and no import with `transforms/` or `schemas/`: every number was typed a second time on purpose.
What a single result is called is taken as given; that has a naive classifier of its own.
"""

import math
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

RELATIVE = 1e-9
JUDGED = ("NEGATIVE", "LOW_LEVEL", "POSITIVE")
DEPTHS = (
    ("MR1", "MR2", "MR3", "MR4", "MR4.5", "MR5"),
    ("uMRD4", "uMRD5", "uMRD6"),
    ("MRD<1e-3", "MRD<1e-4", "MRD<1e-5", "MRD<1e-6"),
)


@dataclass(frozen=True)
class Result:
    """One row of `assay_results` with what `mrd_status` calls it."""

    sample_id: str
    collected_on: date
    tissue: str
    timepoint: str | None
    assay_id: str
    lab_id: str | None
    modality: str
    marker: str
    basis: str
    series: str
    finding: str
    finding_reason: str | None
    status: str
    depth: str | None
    rule_id: str
    censor: str
    level_fraction: float | None
    estimate_fraction: float | None
    upper_fraction: float | None
    lod_fraction: float | None
    loq_fraction: float | None
    ci_low_fraction: float | None
    ci_high_fraction: float | None
    reason: str | None = None
    above_fraction: float | None = None  # above the measuring range: the number it is above

    @property
    def is_judged(self) -> bool:
        """Whether it says something about the course."""
        return self.status in JUDGED

    @property
    def is_told(self) -> bool:
        """Whether it could be evaluated and is in no doubt."""
        return self.finding != "NOT_EVALUABLE" and self.finding_reason is None

    @property
    def rising(self) -> float | None:
        """The level for a rise: what is certain of it."""
        if self.censor == "RIGHT":
            return math.inf if self.above_fraction is None else self.above_fraction
        return self.level_fraction

    @property
    def key(self) -> tuple[str, str, str]:
        """Sample, assay and marker."""
        return self.sample_id, self.assay_id, self.marker


@dataclass(frozen=True)
class Sample:
    """One sample, all its assays together, as a single sample is called."""

    sample_id: str
    collected_on: date
    tissue: str
    timepoint: str | None
    status: str
    depth: str | None
    clinical_response: str | None = None


@dataclass(frozen=True)
class Treatment:
    """One row of `treatments`."""

    therapy: str
    started_on: date
    stopped_on: date | None = None
    line: int | None = None
    agent: str | None = None


@dataclass(frozen=True)
class Assessment:
    """One row of `clinical_responses`."""

    assessed_on: date
    response: str | None = None
    has_imaging_residual: bool | None = None


@dataclass(frozen=True)
class Patient:
    """Everything that is known of a patient."""

    disease: str
    ruleset: str
    transcript: str | None
    treatments: Sequence[Treatment]
    assessments: Sequence[Assessment]
    samples: Sequence[Sample]
    results: Sequence[Result]
    diagnosed_on: date | None = None


@dataclass
class Event:
    """One row of `molecular_events`; `rule` is that of the file, where one of several decides."""

    marker: str
    event: str
    sample_id: str
    occurred_on: date
    is_confirmed: bool | None = None
    confirmed_by_sample_id: str | None = None
    rule: str = ""
    rule_place: int = 0
    confirmed_on: date = date.max

    def confirm(self, by: Result | None) -> None:
        """Confirm it by a sample, or at once."""
        self.is_confirmed = True
        self.confirmed_on = self.occurred_on if by is None else by.collected_on
        self.confirmed_by_sample_id = None if by is None else by.sample_id

    @property
    def order(self) -> tuple[int, date, int, str]:
        """What goes first: confirmed, then open; the earlier; the first rule; the first sample."""
        state = (True, None, False).index(self.is_confirmed)
        return state, self.confirmed_on, self.rule_place, self.confirmed_by_sample_id or ""


@dataclass
class Run:
    """The samples of a relapse, and what the relapse is."""

    samples: set[str]
    is_confirmed: bool | None


@dataclass
class Found:
    """Events and relapses."""

    events: list[Event] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Take over what another has found."""
        self.events += other.events
        self.runs += other.runs


# ---- numbers and days --------------------------------------------------------------------------


def at_most(a: float, b: float) -> bool:
    """Say whether a ≤ b within the tolerance."""
    return a <= b * (1 + RELATIVE)


def below(a: float, b: float) -> bool:
    """Say whether a < b, and not merely by the tolerance."""
    return a < b * (1 - RELATIVE)


def is_above_by(level: float | None, lowest: float | None, log10: float) -> bool:
    """Say whether a measured level is at least so many log10 above another."""
    if not level or not lowest:
        return False
    return at_most(lowest * 10**log10, level)


def lower_end(result: Result) -> float | None:
    """Return the least that a result of CML may be."""
    if result.estimate_fraction is not None:
        return result.estimate_fraction
    if result.level_fraction is not None:
        return result.level_fraction
    return math.inf if result.censor == "RIGHT" else None


def add_months(day: date, months: int) -> date:
    """Return the same day so many months later, or the last of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def completed_months(start: date, end: date) -> int:
    """Count the whole months from one day to a later one."""
    months = 0
    while add_months(start, months + 1) <= end:
        months += 1
    return months


def depth_rank(depth: str | None) -> int:
    """Return how deep it is on its axis; -1 for none."""
    for axis in DEPTHS:
        if depth in axis:
            return axis.index(depth)
    return -1
