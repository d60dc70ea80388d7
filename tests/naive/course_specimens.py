"""Specimens, groups and runs: what follows each other, and what is compared with what."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.naive.course_base import JUDGED, Event, Patient, Result, is_above_by


@dataclass(frozen=True)
class Specimen:
    """What a group has of one day: the worst result, and all judged ones."""

    worst: Result
    results: tuple[Result, ...]

    @property
    def day(self) -> date:
        """The day of collection."""
        return self.worst.collected_on


def _badness(result: Result) -> tuple[int, float, str, str]:
    level = result.level_fraction
    if level is None:
        level = math.inf if result.censor == "RIGHT" else -1.0
    place = JUDGED.index(result.status) if result.is_judged else -1
    return -place, -level, result.sample_id, result.assay_id


def specimens(results: Sequence[Result]) -> list[Specimen]:
    """Return the judged specimens of a group, in the order of their days."""
    return by_day([r for r in results if r.is_judged])


def by_day(results: Sequence[Result]) -> list[Specimen]:
    """Return these results as specimens, in the order of their days."""
    out = []
    for day in sorted({r.collected_on for r in results}):
        that_day = sorted((r for r in results if r.collected_on == day), key=_badness)
        out.append(Specimen(that_day[0], tuple(that_day)))
    return out


def groups(patient: Patient) -> list[list[Result]]:
    """Return the results of a patient, those together that follow each other."""
    out: dict[tuple[str, ...], list[Result]] = {}
    for r in patient.results:
        key: tuple[str, ...] = (r.marker, r.basis, r.tissue)
        if patient.disease == "CML":
            key = (r.marker, r.tissue)
        out.setdefault(key, []).append(r)
    return [out[key] for key in sorted(out, key=str)]


def starts(
    marker: str, event: str, states: Sequence[tuple[Specimen, bool]], *, needs_before: bool
) -> list[Event]:
    """Return an event for each run of true states; the next specimen confirms or refutes it."""
    out = []
    for i, (specimen, state) in enumerate(states):
        if not state or (i > 0 and states[i - 1][1]) or (i == 0 and needs_before):
            continue
        found = Event(marker, event, specimen.worst.sample_id, specimen.day)
        if i + 1 < len(states):
            following, is_same = states[i + 1]
            found.is_confirmed = False
            if is_same:
                found.confirm(following.worst)
        out.append(found)
    return out


def lowest_before(results: Sequence[Result], result: Result) -> float | None:
    """Return the lowest level measured on earlier days in the series of a result, whatever its status."""
    levels = [
        r.level_fraction
        for r in results
        if r.series == result.series
        and r.is_told
        and r.collected_on < result.collected_on
        and r.level_fraction
    ]
    return min(levels, default=None)


def has_risen(results: Sequence[Result], result: Result, log10: float) -> bool:
    """Say whether a result is so many log10 above the lowest before."""
    return is_above_by(result.rising, lowest_before(results, result), log10)


def log_rises(group: Sequence[Result], min_log10: float) -> list[Event]:
    """Return the rises over the lowest level before, each series of a group by itself."""
    out: list[Event] = []
    for name in sorted({r.series for r in group}):
        series = [r for r in group if r.series == name and r.is_told]
        states = [(s, has_risen(series, s.worst, min_log10)) for s in by_day(series)]
        out += starts(group[0].marker, "LOG_RISE", states, needs_before=False)
    return out
