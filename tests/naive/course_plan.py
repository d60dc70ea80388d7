"""CML: whether treatment could be stopped, and what is due next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.naive.course_base import (
    Event,
    Patient,
    Result,
    add_months,
    completed_months,
    depth_rank,
)
from tests.naive.course_milestones import has_failed, timed
from tests.naive.course_specimens import Specimen, has_risen, specimens
from tests.naive.course_tki import (
    MARKER,
    MMR,
    days_on,
    free_since,
    had_mmr,
    holds,
    last_stop,
    of_all_tissues,
    tki,
    treated,
)

SECOND_GENERATION = ("dasatinib", "nilotinib", "bosutinib", "radotinib", "flumatinib")
YEAR = 365.25
LAST_WINDOW_ENDS = 457


@dataclass(frozen=True)
class Plan:
    """What a rule set of CML asks before a stop, and when it tests again."""

    typical: tuple[str, ...] = ("e13a2", "e14a2", "p210")
    years: float = 5
    years_second_generation: float | None = 4
    deep_years: float = 2
    is_strict: bool = True
    last_depth: str | None = None
    months_in_mmr: int = 3
    months_until_mmr: int = 3
    weeks_after_half_a_year: int | None = None  # else two months


PLANS = {
    "eln-cml-2020": Plan(),
    "eln-cml-2025": Plan(),
    "esmo-cml-2017": Plan(
        years_second_generation=None, is_strict=False, last_depth="MR4.5", months_in_mmr=6,
        weeks_after_half_a_year=6,
    ),
    "site-cml": Plan(typical=("e14a2", "p210")),
}  # fmt: skip


# ---- eligibility -------------------------------------------------------------------------------


def eligibility(patient: Patient, since: date | None, events: Collection[Event]) -> dict[str, Any]:
    """Return `tfr_eligible` and `tfr_unmet` as of the last judged sample."""
    course = of_all_tissues(patient)
    neither = {"tfr_eligible": None, "tfr_unmet": None}
    if not course or not any(time.is_on(course[-1].day) for time in treated(patient)):
        return neither
    unmet = unmet_of(patient, course, since, events)
    is_eligible: bool | None = not unmet
    if unmet and all(word.endswith("_UNKNOWN") for word in unmet):
        is_eligible = None
    return {"tfr_eligible": is_eligible, "tfr_unmet": unmet}


def unmet_of(
    patient: Patient, course: list[Specimen], since: date | None, events: Collection[Event]
) -> list[str]:
    """Name what is not met, and what cannot be told."""
    day, plan = course[-1].day, PLANS[patient.ruleset]
    so_far = [t for t in tki(patient) if t.started_on < day]
    out = []
    if patient.transcript in (None, "unknown"):
        out.append("TRANSCRIPT_UNKNOWN")
    elif patient.transcript not in plan.typical:
        out.append("TRANSCRIPT_NOT_TYPICAL")
    if any(t.line is not None and t.line > 1 for t in so_far):
        out.append("LINE_NOT_FIRST")
    elif len(so_far) > 1 and any(t.line is None for t in so_far):
        out.append("LINE_UNKNOWN")
    years = plan.years
    if plan.years_second_generation is not None and all(
        (t.agent or "").lower() in SECOND_GENERATION for t in so_far
    ):
        years = plan.years_second_generation
    if not is_enough(days_on(patient, None, day), years, plan.is_strict):
        out.append("TKI_TOO_SHORT")
    if since is None or not is_enough(days_on(patient, since, day), plan.deep_years, plan.is_strict):  # fmt: skip
        out.append("DEEP_RESPONSE_TOO_SHORT")
    shallowest = min(depth_rank(r.depth) for r in course[-1].results)
    if plan.last_depth is not None and shallowest < depth_rank(plan.last_depth):
        out.append("LAST_NOT_DEEP_ENOUGH")
    lost = any(e.event == "TFR_RELAPSE" and e.is_confirmed and e.occurred_on <= day for e in events)
    if lost or has_failed(patient, day):
        out.append("PRIOR_FAILURE")
    elif not any(s.is_first_time and s.days < LAST_WINDOW_ENDS for s in timed(patient)):
        out.append("PRIOR_FAILURE_UNKNOWN")
    if any(r.collected_on > day for r in counted(patient)):
        out.append("LAST_SAMPLE_UNKNOWN")
    return out


def is_enough(days: int, years: float, is_strict: bool) -> bool:
    """Say whether days are more than (or as many as) the years that are asked."""
    return days > years * YEAR if is_strict else days >= years * YEAR


def counted(patient: Patient) -> list[Result]:
    """Return the results of the marker that have a category, or would if they could be judged."""
    return [r for r in patient.results if r.marker == MARKER and r.status != "NO_CATEGORY"]


# ---- what is due next --------------------------------------------------------------------------


def next_due(patient: Patient, relapsed: Collection[str]) -> dict[str, Any]:
    """Return `monitoring` and `next_due_on`, of a patient with these samples in a relapse."""
    results = counted(patient)
    if not results:
        return {"monitoring": None, "next_due_on": None}
    day, plan = max(r.collected_on for r in results), PLANS[patient.ruleset]
    course = of_all_tissues(patient)
    if not course or course[-1].day != day:
        return {"monitoring": "REPEAT", "next_due_on": day}
    is_kept = all(is_mmr_kept(patient, r.tissue) for r in course[-1].results)
    on_treatment = "MMR" if is_kept else "UNTIL_MMR"
    due = add_months(day, plan.months_in_mmr if is_kept else plan.months_until_mmr)
    stop, planned = free_since(patient, day), planned_stop(patient, day)
    is_lost = any(r.sample_id in relapsed for r in results if r.collected_on == day)
    if stop is not None:
        return {"monitoring": "TFR", "next_due_on": add_months(day, 1) if is_lost else in_tfr(plan, stop, day)}  # fmt: skip
    if planned is not None:
        return {"monitoring": "TFR", "next_due_on": min(due, in_tfr(plan, planned, planned))}
    return {"monitoring": on_treatment, "next_due_on": due}


def planned_stop(patient: Patient, day: date) -> date | None:
    """Return the last stop, on this day or after it, of a patient with MMR at it and on nothing since."""
    ends = [time.end for time in treated(patient)]
    known = [end for end in ends if end is not None]
    is_treated = last_stop(patient, day) is None
    if not is_treated or not known or len(known) < len(ends) or max(known) < day:
        return None
    return max(known) if had_mmr(patient, max(known)) else None


def is_mmr_kept(patient: Patient, tissue: str) -> bool:
    """Say whether the last two specimens of a tissue hold MMR, and the last has not risen."""
    same = [r for r in patient.results if (r.marker, r.tissue) == (MARKER, tissue)]
    course = specimens(same)
    is_held = [holds(s.worst, "MR3", MMR) for s in course][-2:] == [True, True]
    return is_held and not has_risen(same, course[-1].worst, 1)


def in_tfr(plan: Plan, stop: date, day: date) -> date:
    """Return the next day of a patient without treatment, seen on this day."""
    months = completed_months(stop, day)
    if months < 6:
        return add_months(day, 1)
    if months >= 12:
        return add_months(day, 3)
    if plan.weeks_after_half_a_year is not None:
        return day + timedelta(weeks=plan.weeks_after_half_a_year)
    return add_months(day, 2)
