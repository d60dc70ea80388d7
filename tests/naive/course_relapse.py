"""Relapse of AML and APL: specimens that qualify, their runs, and what confirms them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.naive.course_base import Event, Found, Patient, Result, Run, at_most, is_above_by
from tests.naive.course_specimens import Specimen, has_risen, specimens

SEEN = ("LOW_LEVEL", "POSITIVE")
# Of classes of 2025: from where a detection is positive; not named = any detection.
POSITIVE_FROM = {
    "eln-aml-2025/npm1-pb-after-cycle-2": 1e-4,
    "eln-aml-2025/npm1-bm-end-of-treatment": 1e-3,
    "eln-aml-2025/pml-rara-bm-end-of-treatment": 1e-5,
    "eln-aml-2025/mfc-bm": 1e-3,
    "eln-aml-2025/npm1-pb-follow-up": 1e-4,
    "eln-aml-2025/npm1-bm-follow-up": 1e-3,
    "eln-aml-2025/cbf-follow-up": 1e-3,
    "eln-aml-2025/pml-rara-bm-follow-up": 1e-5,
    "eln-aml-2025/mfc-bm-follow-up": 1e-3,
}
# Here only the reduction makes a detection positive.
BY_REDUCTION = ("eln-aml-2025/cbf-bm-after-cycle-2", "eln-aml-2025/cbf-bm-end-of-treatment")
NO_CONFIRMATION_FROM = {
    "eln-aml-2025/npm1-bm-follow-up": 1e-2,
    "eln-aml-2025/flt3-itd-follow-up": 1e-4,
}


@dataclass(frozen=True)
class Relapse:
    """One rule by which a specimen qualifies; no time points or bases means any."""

    id: str
    kind: str
    counts: str = ""  # of a conversion: detected, or threshold
    compared_with: str = ""  # of a rise: low_level, or nadir_if_never_negative
    timepoints: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """What a rule set says of relapse."""

    relapse: tuple[Relapse, ...] = ()
    within_days: int | None = None
    laboratories: int = 1
    stable_log10: float | None = None
    confirmed_by_other: Mapping[str, str] = field(default_factory=dict)  # tissue by tissue


def class_of(result: Result) -> str:
    """Return rule set / class of a result that has one."""
    return "/".join(result.rule_id.split("/")[:2])


def as_counted(results: Sequence[Result]) -> list[Result]:
    """Return the results that count for a relapse, a high one without a baseline as positive."""
    out = []
    for r in results:
        if (r.status, r.reason) == ("INDETERMINATE", "NO_BASELINE") and reaches_threshold(r):
            out.append(replace(r, status="POSITIVE"))
        elif r.is_judged:
            out.append(r)
    return out


def reaches_threshold(result: Result) -> bool:
    """Say whether a detection is at or above where its class begins to be positive."""
    if class_of(result) in BY_REDUCTION:
        return result.status == "POSITIVE"
    threshold = POSITIVE_FROM.get(class_of(result))
    if threshold is None or result.status == "POSITIVE" or result.censor == "RIGHT":
        return True
    return result.level_fraction is not None and at_most(threshold, result.level_fraction)


def qualifies(patient: Patient, group: Sequence[Result], result: Result, rule: Relapse) -> bool:
    """Say whether a counted result qualifies by a rule, wherever in time."""
    if result.status == "NEGATIVE" or (rule.bases and result.basis not in rule.bases):
        return False
    earlier = [r for r in group if r.collected_on < result.collected_on]
    if rule.kind == "conversion":
        is_enough = rule.counts == "detected" or reaches_threshold(result)
        return is_enough and was_negative(patient, result)
    if rule.compared_with == "low_level":
        low = [r.level_fraction for r in earlier if r.series == result.series and r.status == "LOW_LEVEL" and r.level_fraction]  # fmt: skip
        return is_above_by(result.rising, min(low, default=None), 1)
    return not was_negative(patient, result) and has_risen(group, result, 1)


def was_negative(patient: Patient, result: Result) -> bool:
    """Say whether tissue was negative on an earlier day, for blood also marrow."""
    tissues = ("PB", "BM") if result.tissue == "PB" else ("BM",)
    return any(
        (r.marker, r.basis, r.status) == (result.marker, result.basis, "NEGATIVE")
        and r.tissue in tissues
        and r.collected_on < result.collected_on
        for r in patient.results
    )


def first_rule(
    patient: Patient, group: Sequence[Result], specimen: Specimen, rules: Rules
) -> Relapse | None:
    """Return the first rule by which a specimen begins a relapse, at one of the rule's time points."""
    for rule in rules.relapse:
        for r in specimen.results:
            is_there = not rule.timepoints or r.timepoint in rule.timepoints
            if is_there and qualifies(patient, group, r, rule):
                return rule
    return None


def relapses(patient: Patient, group: Sequence[Result], rules: Rules) -> Found:
    """Return the relapses of one group, each with the samples that say so."""
    found = Found()
    course = specimens(as_counted(group))
    state = [
        any(qualifies(patient, group, r, rule) for r in s.results for rule in rules.relapse)
        for s in course
    ]
    i = 0
    while i < len(course):
        rule = first_rule(patient, group, course[i], rules) if state[i] else None
        if rule is None:
            i += 1
            continue
        end = i
        while end < len(course) and state[end]:
            end += 1
        run = course[i:end]
        first = course[i].worst
        event = Event(
            first.marker, "MOLECULAR_RELAPSE", first.sample_id, first.collected_on,
            rule=rule.id,
            rule_place=rules.relapse.index(rule),
        )  # fmt: skip
        event.is_confirmed = None if end == len(course) else False
        confirm(event, patient, run, rules, counts_any=rule.counts == "detected")
        found.events.append(event)
        samples = {r.sample_id for s in run for r in s.results if r.status != "NEGATIVE"}
        if event.confirmed_by_sample_id is not None:
            samples.add(event.confirmed_by_sample_id)
        found.runs.append(Run(samples, event.is_confirmed))
        i = end
    return found


# ---- what confirms -----------------------------------------------------------------------------


def confirm(
    event: Event, patient: Patient, run: Sequence[Specimen], rules: Rules, *, counts_any: bool
) -> None:
    """Confirm a relapse by what does, if anything."""
    for before, later in itertools.pairwise(run):
        if confirms(before, later, rules):
            event.confirm(later.worst)
            return
    if any(needs_no_other(r) for s in run for r in s.results):
        event.confirm(None)
        return
    other = rules.confirmed_by_other.get(run[0].worst.tissue)
    if other is not None:
        words = SEEN if counts_any else ("POSITIVE",)
        by = in_other_tissue(patient, run, other, rules.within_days, words)
        if by is not None:
            event.confirm(by)


def needs_no_other(result: Result) -> bool:
    """Say whether a level is so high that no second sample is needed."""
    enough = NO_CONFIRMATION_FROM.get(class_of(result))
    return enough is not None and result.rising is not None and at_most(enough, result.rising)


def confirms(before: Specimen, later: Specimen, rules: Rules) -> bool:
    """Say whether a specimen of a run confirms it, beside the one before it."""
    if rules.within_days is not None and (later.day - before.day).days > rules.within_days:
        return False
    seen_by = {r.lab_id for r in (*before.results, *later.results) if r.finding == "DETECTED"}
    if rules.laboratories > 1 and len(seen_by - {None}) < rules.laboratories:
        return False
    if rules.stable_log10 is not None:
        level, after = before.worst.level_fraction, later.worst.rising
        return is_above_by(after, level, -rules.stable_log10)
    return True


def in_other_tissue(
    patient: Patient, run: Sequence[Specimen], tissue: str, within_days: int | None,
    words: Sequence[str],
) -> Result | None:  # fmt: skip
    """Return the first result of another tissue that confirms a run."""
    first = run[0].worst
    same = (first.marker, first.basis, tissue)
    there = [r for r in patient.results if (r.marker, r.basis, r.tissue) == same]
    for specimen in specimens(as_counted(there)):
        days = [(specimen.day - s.day).days for s in run]
        is_near = any(d > 0 and (within_days is None or d <= within_days) for d in days)
        if is_near and specimen.worst.status in words:
            return specimen.worst
    return None
