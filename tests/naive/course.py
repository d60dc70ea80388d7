"""The naive course of one patient: all that `docs/course.md` says, from results that are given."""

from dataclasses import dataclass
from typing import Any

from tests.naive.course_base import JUDGED, Event, Found, Patient, Sample
from tests.naive.course_cml import events_of_levels
from tests.naive.course_events import events_of_classes
from tests.naive.course_milestones import milestones
from tests.naive.course_patients import (
    at_threshold,
    course_columns,
    days_at_depth,
    is_sustained,
    response_2025,
    sustained,
)
from tests.naive.course_plan import eligibility, next_due
from tests.naive.course_risk import risk_groups

OLDER = (
    "baseline_fraction", "log10_reduction", "is_log10_reduction_bound", "nadir_fraction",
    "log10_rise_from_nadir", "doubling_time_days",
)  # fmt: skip
SUFFIX = {
    "NEGATIVE": "MRD-", "LOW_LEVEL": "MRD-LL", "POSITIVE": "MRD+",
    "NOT_EVALUABLE": "MRD_unknown", "INDETERMINATE": "MRD_unknown",
}  # fmt: skip
NOT_CML = {"tfr_eligible": None, "tfr_unmet": None, "monitoring": None, "next_due_on": None}


@dataclass
class Course:
    """The answer: rows by their keys, each a dictionary of columns."""

    events: dict[tuple[str, str, str], dict[str, Any]]
    samples: dict[str, dict[str, Any]]
    results: dict[tuple[str, str, str], dict[str, Any]]
    summary: dict[str, Any]


def course(patient: Patient) -> Course:
    """Return the course of one patient."""
    is_cml = patient.disease == "CML"
    found = events_of_levels(patient) if is_cml else events_of_classes(patient)
    summary = sustained(patient)
    if is_cml:
        relapsed = {s for run in found.runs if run.is_confirmed is not False for s in run.samples}
        summary |= eligibility(patient, summary["sustained_since"], found.events)
        summary |= next_due(patient, relapsed)
    else:
        summary |= NOT_CML
    return Course(
        _event_rows(patient.ruleset, found.events),
        _samples(patient, found),
        _results(patient),
        summary,
    )


def _event_rows(ruleset: str, events: list[Event]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return one row for a marker, event and sample, also where two groups have one."""
    out: dict[tuple[str, str, str], dict[str, Any]] = {}
    for event in sorted(events, key=lambda e: e.order):
        row = {
            "occurred_on": event.occurred_on,
            "is_confirmed": event.is_confirmed,
            "confirmed_by_sample_id": event.confirmed_by_sample_id,
            "rule_id": "/".join(
                filter(None, (ruleset, event.event.lower().replace("_", "-"), event.rule))
            ),
        }
        out.setdefault((event.marker, event.event, event.sample_id), row)
    return out


def _plain(sample: Sample, is_cml: bool) -> str:
    words = {"NEGATIVE": "REMISSION", "LOW_LEVEL": "LOW_LEVEL", "POSITIVE": "PERSISTENCE"}
    if is_cml and sample.status == "POSITIVE" and sample.depth is not None:
        return "RESPONSE"
    return words.get(sample.status, "NOT_ASSESSABLE")


def _samples(patient: Patient, found: Found) -> dict[str, dict[str, Any]]:
    confirmed = {s for run in found.runs if run.is_confirmed for s in run.samples}
    suspected = {s for run in found.runs if run.is_confirmed is None for s in run.samples}
    groups = risk_groups(patient) if patient.ruleset == "aieop-bfm-2009" else {}
    is_cml = patient.disease == "CML"
    named = milestones(patient) if is_cml else {}
    out = {}
    for sample in patient.samples:
        name = sample.sample_id
        own = [r for r in patient.results if r.sample_id == name]
        row: dict[str, Any] = {"molecular_remission": _plain(sample, is_cml)}
        if name in confirmed:
            row["molecular_remission"] = "RELAPSE"
        elif name in suspected:
            row["molecular_remission"] = "RELAPSE_SUSPECTED"
        if is_cml:
            row["milestone"], row["response"] = named.get(name, (None, None))
        elif patient.ruleset == "eln-aml-2025":
            row["response"] = "MRD_RELAPSE" if name in confirmed else response_2025(own)
        elif patient.ruleset == "aieop-bfm-2009":
            row["response"] = groups.get(name)
        elif patient.disease == "MM":
            row["response"] = "SUSTAINED_NEGATIVE" if is_sustained(patient, sample) else None
        if patient.disease == "AML" and sample.clinical_response in ("CR", "CRh", "CRi"):
            suffix = (
                "MRD+"
                if name in confirmed and sample.status == "LOW_LEVEL"
                else SUFFIX.get(sample.status)
            )
            row["combined_response"] = suffix and f"{sample.clinical_response}_{suffix}"
        row["is_incomplete"] = sample.status in ("LOW_LEVEL", "POSITIVE") and any(
            r.status in ("NOT_EVALUABLE", "INDETERMINATE") for r in own
        )
        out[name] = row
    for sample in patient.samples:
        out[sample.sample_id]["held_days"] = _held_days(patient, out, sample)
    return out


def _held_days(patient: Patient, rows: dict[str, dict[str, Any]], sample: Sample) -> int | None:
    """Count the days for which a remission is seen to last, from a sample on."""
    seen = {r.sample_id for r in patient.results if r.finding == "DETECTED"}
    last = None
    for day in sorted({s.collected_on for s in patient.samples}):
        words = [
            rows[s.sample_id]["molecular_remission"]
            for s in patient.samples
            if s.collected_on == day and (s.status in JUDGED or s.sample_id in seen)
        ]
        if day < sample.collected_on or not words:
            continue
        if set(words) != {"REMISSION"}:
            break
        last = day
    is_one = rows[sample.sample_id]["molecular_remission"] == "REMISSION"
    return (last - sample.collected_on).days if is_one and last is not None else None


def _results(patient: Patient) -> dict[tuple[str, str, str], dict[str, Any]]:
    older = course_columns(patient)
    out = {}
    for r in patient.results:
        row = older.get(r.key, dict.fromkeys(OLDER)) | {"days_at_depth": days_at_depth(patient, r)}
        if patient.disease == "MM":
            row["status_at_1e_5"] = at_threshold(r, 1e-5)
            row["status_at_1e_6"] = at_threshold(r, 1e-6)
        out[r.key] = row
    return out
