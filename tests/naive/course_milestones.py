"""CML: milestones, and levels that are a failure whichever sample shows them."""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.naive.course_base import JUDGED, Patient, at_most, below
from tests.naive.course_tki import treated


@dataclass(frozen=True)
class Milestone:
    """One milestone: days from the first to the one after the last, and limits."""

    name: str
    start: int
    end: int | None
    nominal: int | None
    optimal: float
    warning: float | None


@dataclass(frozen=True)
class Words:
    """How a rule set of CML calls a level at its milestones."""

    milestones: tuple[Milestone, ...]
    best: str = "OPTIMAL"
    worst: str = "FAILURE"
    is_below: bool = False  # the best is below its limit, not at it
    is_three_confirmed: bool = True


ELN = (
    Milestone("3 mo", 61, 137, 91, 0.1, None),
    Milestone("6 mo", 137, 274, 183, 0.01, 0.1),
    Milestone("12 mo", 274, 457, 365, 0.001, 0.01),
    Milestone("any time", 457, None, None, 0.001, 0.01),
)
ESMO = (*ELN[:3], Milestone("any time", 548, None, None, 0.0001, 0.01))
MILESTONES = {
    "eln-cml-2020": Words(ELN),
    "eln-cml-2025": Words(ELN, best="FAVORABLE", worst="UNFAVORABLE"),
    "esmo-cml-2017": Words(ESMO, is_below=True, is_three_confirmed=False),
    "site-cml": Words(ELN),
}


@dataclass(frozen=True)
class Timed:
    """A judged sample on treatment: what its level may be, and when it was taken."""

    sample_id: str
    day: date
    low: float
    high: float | None
    days: int
    is_first_time: bool


def timed(patient: Patient) -> list[Timed]:
    """Return the judged samples of a patient that were taken on a TKI."""
    times = treated(patient)
    out = []
    for sample in patient.samples:
        day = sample.collected_on
        time = next((t for t in times if t.is_on(day)), None)
        ends = [
            _ends(r)
            for r in patient.results
            if r.sample_id == sample.sample_id
            and r.basis == "RNA_RATIO_IS"
            and r.status in JUDGED
        ]  # fmt: skip
        if time is None or not ends:
            continue
        highs = [high for _, high in ends if high is not None]
        out.append(
            Timed(
                sample.sample_id, day, max(low for low, _ in ends),
                max(highs) if len(highs) == len(ends) else None,
                (day - time.start).days, time is times[0],
            )
        )  # fmt: skip
    return sorted(out, key=lambda t: (t.day, t.sample_id))


def _ends(result: Any) -> tuple[float, float | None]:
    if result.finding != "DETECTED":
        return 0.0, 0.0
    if result.censor == "RIGHT":
        return math.inf, math.inf
    if result.estimate_fraction is not None:
        return result.estimate_fraction, result.estimate_fraction
    return 0.0, result.upper_fraction


def _inside(samples: list[Timed], m: Milestone) -> list[Timed]:
    if m.end is None:
        return [s for s in samples if s.days >= m.start]
    return [s for s in samples if s.is_first_time and m.start <= s.days < m.end]


def _word(level: float | None, m: Milestone, words: Words) -> str | None:
    if level is None:
        return None
    if below(level, m.optimal) if words.is_below else at_most(level, m.optimal):
        return words.best
    if m.warning is not None and not at_most(level, m.warning):
        return words.worst
    return "WARNING"


def milestones(patient: Patient) -> dict[str, tuple[str, str | None]]:
    """Return the milestone and the response by sample."""
    words, samples = MILESTONES[patient.ruleset], timed(patient)
    out: dict[str, tuple[str, str | None]] = {}
    for m in words.milestones:
        those = _inside(samples, m)
        if m.nominal is not None and those:
            nominal = m.nominal
            those = [min(those, key=lambda s: (abs(s.days - nominal), s.day, s.sample_id))]
        for s in those:
            low, high = _word(s.low, m, words), _word(s.high, m, words)
            out[s.sample_id] = m.name, low if low == high else None
    if words.is_three_confirmed:
        first = next((s for s in samples if out.get(s.sample_id, ("",))[0] == "3 mo"), None)
        if first is not None and not at_most(first.low, 0.1):
            for s in samples:
                if not at_most(s.low, 0.1) and 28 <= (s.day - first.day).days <= 92:
                    out[s.sample_id] = "3 mo", words.worst
                    break
    return out


def has_failed(patient: Patient, day: date) -> bool:
    """Say whether up to a day a milestone was failed, or a level in its window was a failure."""
    words, samples = MILESTONES[patient.ruleset], [s for s in timed(patient) if s.day <= day]
    named = milestones(patient)
    if any(named.get(s.sample_id, ("", ""))[1] == words.worst for s in samples):
        return True
    return any(
        not at_most(s.low, m.warning)
        for m in words.milestones
        if m.warning is not None
        for s in _inside(samples, m)
    )
