"""CML: when a patient is treated, and when without treatment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.naive.course_base import Patient, Result, Treatment, below, depth_rank, lower_end
from tests.naive.course_specimens import Specimen, specimens

MARKER = "BCR::ABL1 p210"
MMR, MR4 = 0.001, 0.0001
CHANGE_DAYS = 31


@dataclass
class Treated:
    """An unbroken time on treatment, changes of treatment within it; it may have no end yet."""

    start: date
    end: date | None

    def is_on(self, day: date) -> bool:
        """Say whether treatment is taken on a day; what begins on the day is not yet taken."""
        return self.start < day and (self.end is None or day <= self.end)


def tki(patient: Patient) -> list[Treatment]:
    """Return the tyrosine kinase inhibitors of a patient, in time."""
    return sorted((t for t in patient.treatments if t.therapy == "TKI"), key=lambda t: t.started_on)


def treated(patient: Patient) -> list[Treated]:
    """Return the unbroken times on a TKI."""
    out: list[Treated] = []
    for t in tki(patient):
        last = out[-1] if out else None
        if last is None or (last.end is not None and (t.started_on - last.end).days > CHANGE_DAYS):
            out.append(Treated(t.started_on, t.stopped_on))
        elif last.end is not None:
            last.end = None if t.stopped_on is None else max(last.end, t.stopped_on)
    return out


def days_on(patient: Patient, since: date | None, day: date) -> int:
    """Count the days on treatment up to a day, from another on where one is named."""
    total = 0
    for time in treated(patient):
        start = time.start if since is None else max(time.start, since)
        end = day if time.end is None else min(time.end, day)
        total += max(0, (end - start).days)
    return total


def last_stop(patient: Patient, day: date) -> date | None:
    """Return when treatment was stopped, of a patient who is off treatment on this day."""
    times = treated(patient)
    if any(time.is_on(day) for time in times):
        return None
    return max((t.end for t in times if t.end is not None and t.end < day), default=None)


# ---- response levels ---------------------------------------------------------------------------


def holds(result: Result, depth: str, limit: float) -> bool | None:
    """Say whether a level is held; None where it is neither held nor certainly lost."""
    if depth_rank(result.depth) >= depth_rank(depth):
        return True
    lowest = lower_end(result)
    return False if lowest is not None and below(limit, lowest) else None


def with_state(course: Sequence[Specimen], depth: str, limit: float) -> list[tuple[Specimen, bool]]:
    """Return the specimens that hold a level or certainly do not."""
    out = []
    for specimen in course:
        state = holds(specimen.worst, depth, limit)
        if state is not None:
            out.append((specimen, state))
    return out


def of_all_tissues(patient: Patient) -> list[Specimen]:
    """Return the judged specimens of the marker, blood and marrow together."""
    return specimens([r for r in patient.results if r.marker == MARKER])


def had_mmr(patient: Patient, stop: date) -> bool:
    """Say whether MMR was held at the stop; where no one looked before, at the first look after."""
    course = with_state(of_all_tissues(patient), "MR3", MMR)
    before = [state for s, state in course if s.day <= stop]
    after = [state for s, state in course if s.day > stop]
    return before[-1] if before else bool(after) and after[0]


def free_since(patient: Patient, day: date) -> date | None:
    """Return the stop of the treatment-free remission in which a day lies."""
    stop = last_stop(patient, day)
    return stop if stop is not None and had_mmr(patient, stop) else None
