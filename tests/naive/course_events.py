"""Events of rule sets of classes: negative, detectable, rise, persistence and relapse."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.naive.course_base import Event, Found, Patient, Result
from tests.naive.course_relapse import Relapse, relapses
from tests.naive.course_relapse import Rules as RelapseRules
from tests.naive.course_specimens import Specimen, groups, log_rises, specimens, starts


@dataclass(frozen=True)
class Persistence:
    """When a positive result that never was negative is called persistence."""

    timepoints: tuple[str, ...] = ()
    is_confirmed_at_once: bool = False
    from_days: int = 0
    within_days: int | None = None


@dataclass(frozen=True)
class Rules:
    """What a rule set says of the course."""

    has_log_rise: bool = False
    relapse: RelapseRules = field(default_factory=RelapseRules)
    persistence: Persistence | None = None


LATE = ("END_OF_TREATMENT", "FOLLOW_UP")
AT_LANDMARK = Persistence(("END_OF_TREATMENT",), is_confirmed_at_once=True)
RULES = {
    "eln-aml-2021": Rules(
        has_log_rise=True,
        relapse=RelapseRules(
            (
                Relapse("conversion", "conversion", counts="detected"),
                Relapse("rise", "rise", compared_with="low_level", timepoints=LATE, bases=("RNA_RATIO",)),
            ),
            within_days=28,
            confirmed_by_other={"PB": "BM"},
        ),
        persistence=AT_LANDMARK,
    ),
    "eln-aml-2025": Rules(
        has_log_rise=True,
        relapse=RelapseRules(
            (
                Relapse("conversion", "conversion", counts="threshold", timepoints=("FOLLOW_UP",)),
                Relapse("rise", "rise", compared_with="nadir_if_never_negative", timepoints=("FOLLOW_UP",)),
            ),
            within_days=28,
            confirmed_by_other={"PB": "BM", "BM": "PB"},
        ),
        persistence=AT_LANDMARK,
    ),
    "eln-apl-2019": Rules(
        relapse=RelapseRules(
            (
                Relapse("molecular-relapse", "conversion", counts="detected", timepoints=("FOLLOW_UP",)),
            ),
            laboratories=2,
            stable_log10=0.5,
        ),
        persistence=Persistence(("END_OF_TREATMENT",), from_days=14, within_days=28),
    ),
    "all-consensus-2021": Rules(persistence=Persistence()),
    "aieop-bfm-2009": Rules(),
    "imwg-2016": Rules(),
    "iwcll-2018": Rules(),
}  # fmt: skip


def events_of_classes(patient: Patient) -> Found:
    """Return the events of a patient whose rule set has classes."""
    rules = RULES[patient.ruleset]
    found = Found()
    for group in groups(patient):
        course = specimens(group)
        marker = group[0].marker
        negative = [(s, s.worst.status == "NEGATIVE") for s in course]
        seen = [(s, not is_negative) for s, is_negative in negative]
        found.events += starts(marker, "NEGATIVITY_ACHIEVED", negative, needs_before=False)
        found.events += starts(marker, "BECAME_DETECTABLE", seen, needs_before=True)
        if rules.has_log_rise:
            found.events += log_rises(group, 1)
        if rules.persistence is not None:
            found.events += persistence(group, course, rules.persistence)
        found.add(relapses(patient, group, rules.relapse))
    return found


# ---- persistence -------------------------------------------------------------------------------


def persistence(
    group: Sequence[Result], course: Sequence[Specimen], rule: Persistence
) -> list[Event]:
    """Return persistence, at most once in a run of positive specimens."""
    out: list[Event] = []
    is_told = False  # of the present run
    for i, specimen in enumerate(course):
        worst = specimen.worst
        if worst.status != "POSITIVE":
            is_told = False
            continue
        if is_told or (rule.timepoints and worst.timepoint not in rule.timepoints):
            continue
        if any(
            r.collected_on < specimen.day
            and (r.status == "NEGATIVE" or r.finding == "NOT_DETECTED")
            for r in group
        ):
            break
        is_told = True
        event = Event(worst.marker, "MOLECULAR_PERSISTENCE", worst.sample_id, specimen.day)
        out.append(event)
        if rule.is_confirmed_at_once:
            event.confirm(None)
        else:
            decide(event, course[i:], rule)
    return out


def decide(event: Event, course: Sequence[Specimen], rule: Persistence) -> None:
    """Confirm or refute persistence by the specimens from its first on, or leave it open."""
    for before, later in itertools.pairwise(course):
        if later.worst.status != "POSITIVE":
            event.is_confirmed = False
            return
        days = (later.day - before.day).days
        if days >= rule.from_days and (rule.within_days is None or days <= rule.within_days):
            event.confirm(later.worst)
            return
