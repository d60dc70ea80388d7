"""CML: response levels won and lost, and relapse in treatment-free remission."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tests.naive.course_base import Event, Found, Patient, Result, Run, below, lower_end
from tests.naive.course_specimens import (
    Specimen,
    groups,
    has_risen,
    log_rises,
    specimens,
    starts,
)
from tests.naive.course_tki import MMR, MR4, free_since, with_state


@dataclass(frozen=True)
class TfrRule:
    """One way to relapse in treatment-free remission."""

    id: str
    specimens: int = 1
    above: float | None = None
    log10_rise: float | None = None


LOSS = (TfrRule("loss-of-mmr", above=MMR),)
TFR_RULES = {
    "eln-cml-2020": LOSS,
    "eln-cml-2025": LOSS,
    "esmo-cml-2017": LOSS,
    # No built-in file: a second rule before that of `eln-cml-2020`.
    "site-cml": (TfrRule("two-that-rise", specimens=2, log10_rise=1), *LOSS),
}


def events_of_levels(patient: Patient) -> Found:
    """Return the events of a patient with CML."""
    found = Found()
    for group in groups(patient):
        course = specimens(group)
        marker = group[0].marker
        for name, depth, limit in (("MMR", "MR3", MMR), ("MR4", "MR4", MR4)):
            held = with_state(course, depth, limit)
            lost = [(s, not state) for s, state in held]
            found.events += starts(marker, f"{name}_ACHIEVED", held, needs_before=False)
            found.events += starts(marker, f"LOSS_OF_{name}", lost, needs_before=True)
        found.events += log_rises(group, 1)
        found.add(tfr_relapses(patient, group))
    return found


def tfr_relapses(patient: Patient, group: Sequence[Result]) -> Found:
    """Return the relapses of one group in treatment-free remission."""
    free_times: dict[date, list[Specimen]] = {}
    for specimen in specimens(group):
        stop = free_since(patient, specimen.day)
        if stop is not None:
            free_times.setdefault(stop, []).append(specimen)
    found = Found()
    by_sample: dict[str, list[Event]] = {}
    for course in free_times.values():
        for rule in TFR_RULES[patient.ruleset]:
            for run, event in runs_of(course, group, rule):
                by_sample.setdefault(event.sample_id, []).append(event)
                found.runs.append(Run(run, event.is_confirmed))
    for events in by_sample.values():
        found.events.append(min(events, key=lambda e: e.order[0]))
    return found


def runs_of(
    course: Sequence[Specimen], group: Sequence[Result], rule: TfrRule
) -> list[tuple[set[str], Event]]:
    """Return all samples and the event of each run by one rule."""
    out = []
    state = [qualifies(s, group, rule) for s in course]
    for i, specimen in enumerate(course):
        if not state[i] or (i > 0 and state[i - 1]):
            continue
        run = []
        for later, is_so in zip(course[i:], state[i:], strict=True):
            if not is_so:
                break
            run.append(later)
        first = specimen.worst
        event = Event(first.marker, "TFR_RELAPSE", first.sample_id, specimen.day, rule=rule.id)
        if len(run) >= rule.specimens:
            event.confirm(run[rule.specimens - 1].worst if rule.specimens > 1 else None)
        elif i + len(run) < len(course):
            event.is_confirmed = False
        out.append(({r.sample_id for s in run for r in s.results if r.status != "NEGATIVE"}, event))
    return out


def qualifies(specimen: Specimen, group: Sequence[Result], rule: TfrRule) -> bool:
    """Say whether a specimen in treatment-free remission qualifies by a rule."""
    worst = specimen.worst
    if rule.above is not None:
        lowest = lower_end(worst)
        if lowest is None or not below(rule.above, lowest):
            return False
    return rule.log10_rise is None or has_risen(group, worst, rule.log10_rise)
