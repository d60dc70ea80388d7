"""Responses that several samples make together, and the columns of the course of a result."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

from tests.naive.course_base import (
    JUDGED,
    Assessment,
    Patient,
    Result,
    Sample,
    add_months,
    at_most,
    below,
    depth_rank,
)

# What a class of 2025 calls negative, low-level and positive; the first class named here decides.
OPTIMAL_WARNING = {"NEGATIVE": "OPTIMAL", "LOW_LEVEL": "WARNING"}
RESPONSES_2025 = {
    "npm1-pb-after-cycle-2": OPTIMAL_WARNING | {"POSITIVE": "WARNING"},
    "npm1-bm-end-of-treatment": OPTIMAL_WARNING | {"POSITIVE": "HIGH_RISK"},
    "npm1-pb-follow-up": OPTIMAL_WARNING,
    "npm1-bm-follow-up": OPTIMAL_WARNING,
    "cbf-bm-after-cycle-2": {"NEGATIVE": "OPTIMAL", "LOW_LEVEL": "OPTIMAL", "POSITIVE": "WARNING"},
    "cbf-bm-end-of-treatment": OPTIMAL_WARNING | {"POSITIVE": "HIGH_RISK"},
    "cbf-follow-up": OPTIMAL_WARNING,
    "pml-rara-bm-end-of-treatment": {"NEGATIVE": "OPTIMAL", "POSITIVE": "WARNING"},
    "pml-rara-bm-follow-up": {"NEGATIVE": "OPTIMAL"},
    "flt3-itd": {"NEGATIVE": "OPTIMAL", "POSITIVE": "HIGH_RISK"},
    "flt3-itd-follow-up": {"NEGATIVE": "OPTIMAL"},
    "mfc-bm": OPTIMAL_WARNING | {"POSITIVE": "HIGH_RISK"},
    "mfc-bm-follow-up": OPTIMAL_WARNING,
}
WORST_FIRST_2025 = ("HIGH_RISK", "WARNING", "OPTIMAL")


def response_2025(results: Sequence[Result]) -> str | None:
    """Return the worst word of a sample's results; one without a word may hide any but the very worst."""
    words = set()
    for r in results:
        if r.status != "NO_CATEGORY":
            words.add(RESPONSES_2025.get(r.rule_id.split("/")[1], {}).get(r.status))
    if None in words and WORST_FIRST_2025[0] not in words:
        return None
    return next((word for word in WORST_FIRST_2025 if word in words), None)


# ---- myeloma -----------------------------------------------------------------------------------


def nearest(assessments: Sequence[Assessment], day: date) -> Assessment | None:
    """Return the imaging nearest to a day, the earlier of two, within 14 days."""
    near = [
        a
        for a in assessments
        if a.has_imaging_residual is not None and abs((a.assessed_on - day).days) <= 14
    ]
    return min(near, key=lambda a: (abs((a.assessed_on - day).days), a.assessed_on), default=None)


def is_clear(patient: Patient, day: date) -> bool:
    """Say whether imaging about a day shows nothing."""
    seen = nearest(patient.assessments, day)
    return seen is not None and seen.has_imaging_residual is False


def is_in_complete_response(patient: Patient, first: date, last: date) -> bool:
    """Say whether the last response stated about the first day is CR, and nothing else came after."""
    told = sorted(patient.assessments, key=lambda a: a.assessed_on)
    stated = [a for a in told if a.response is not None and (a.assessed_on - first).days <= 14]
    if not stated or stated[-1].response != "CR":
        return False
    return not any(
        a.response not in (None, "CR") or a.has_imaging_residual
        for a in told
        if stated[-1].assessed_on < a.assessed_on and (a.assessed_on - last).days <= 14
    )


def breaks(patient: Patient, sample: Sample) -> bool:
    """Say whether a sample of marrow ends a time without disease."""
    is_open = any(
        r.sample_id == sample.sample_id and r.finding == "DETECTED" and not r.is_judged
        for r in patient.results
    )
    return sample.tissue == "BM" and (sample.status in ("LOW_LEVEL", "POSITIVE") or is_open)


def is_sustained(patient: Patient, last: Sample) -> bool:
    """Say whether a negative sample is the end of a year without disease."""
    if last.status != "NEGATIVE" or last.tissue != "BM" or not is_clear(patient, last.collected_on):
        return False
    for first in patient.samples:
        if first.status != "NEGATIVE" or first.tissue != "BM":
            continue
        if add_months(first.collected_on, 12) > last.collected_on:
            continue
        days = first.collected_on, last.collected_on
        between = [s for s in patient.samples if days[0] <= s.collected_on <= days[1]]
        if any(breaks(patient, s) for s in between) or not is_clear(patient, days[0]):
            continue
        if is_in_complete_response(patient, *days):
            return True
    return False


def at_threshold(result: Result, threshold: float) -> str | None:
    """Return what one result of myeloma is called at a threshold of trials."""
    if result.status == "NO_CATEGORY":
        return None
    if result.finding == "NOT_EVALUABLE":
        return "NOT_EVALUABLE"
    if result.finding == "NOT_DETECTED":
        lod = result.lod_fraction
        return "NEGATIVE" if lod is not None and at_most(lod, threshold) else "INDETERMINATE"
    level, low, high = result.level_fraction, result.ci_low_fraction, result.ci_high_fraction
    if level is not None and not below(level, threshold):
        return "POSITIVE"
    if level is not None:
        # A fraction of reads proves nothing small while nobody knows how many cells they are.
        is_proved = result.lod_fraction is not None or result.loq_fraction is not None
        return "NEGATIVE" if is_proved else "INDETERMINATE"
    if result.censor == "RIGHT":
        return "POSITIVE"
    upper = result.upper_fraction
    if (upper is not None and at_most(upper, threshold)) or (high is not None and below(high, threshold)):  # fmt: skip
        return "NEGATIVE"
    if low is not None:
        return "INDETERMINATE" if below(low, threshold) else "POSITIVE"
    lod = result.lod_fraction
    is_beyond = result.censor == "INTERVAL" and lod is not None and below(threshold, lod)
    return "POSITIVE" if is_beyond else "INDETERMINATE"


# ---- columns of a result -----------------------------------------------------------------------


def days_at_depth(patient: Patient, result: Result) -> int | None:
    """Count the days since a series is as deep as a result, or deeper."""
    if not result.is_judged or result.depth is None:
        return None
    since = result.collected_on
    others = [r for r in patient.results if r.is_judged and r.series == result.series]
    rank = depth_rank(result.depth)
    if any(r.collected_on == since and depth_rank(r.depth) < rank for r in others):
        return None
    for day in sorted({r.collected_on for r in others if r.collected_on <= since}, reverse=True):
        that_day = [r for r in others if r.collected_on == day]
        if any(depth_rank(r.depth) < rank for r in that_day):
            break
        since = day
    return (result.collected_on - since).days


def course_columns(patient: Patient) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return baseline, reduction, nadir, rise and doubling time of every result."""
    told = [r for r in patient.results if r.is_told]
    told.sort(key=lambda r: (r.collected_on, r.key))
    started = min((t.started_on for t in patient.treatments), default=None)
    out = {}
    for r in told:
        series = [other for other in told if other.series == r.series]
        out[r.key] = _against_baseline(r, series, started) | _against_earlier(r, series)
    return out


def _against_baseline(r: Result, series: list[Result], started: date | None) -> dict[str, Any]:
    out = dict.fromkeys(("baseline_fraction", "log10_reduction", "is_log10_reduction_bound"))
    measured = [b for b in series if b.level_fraction]
    at_diagnosis = [b for b in measured if b.timepoint == "DIAGNOSIS"]
    untreated = [b for b in measured if started is not None and b.collected_on <= started]
    baseline = next(iter(at_diagnosis or untreated), None)
    if baseline is None or not baseline.level_fraction or r.collected_on < baseline.collected_on:
        return out
    out["baseline_fraction"] = baseline.level_fraction
    bound = r.upper_fraction if r.level_fraction is None else r.level_fraction
    if bound:
        out["log10_reduction"] = math.log10(baseline.level_fraction / bound)
        out["is_log10_reduction_bound"] = r.level_fraction is None
    return out


def _against_earlier(r: Result, series: list[Result]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    place = series.index(r)
    before = series[:place]
    levels = [x.level_fraction for x in before if x.level_fraction is not None]
    # What was not seen may have been as low as nothing, what lies in a range as low as its LOD.
    lowest = [0.0 for x in before if x.censor == "LEFT"] + [
        x.lod_fraction for x in before if x.censor == "INTERVAL" and x.lod_fraction is not None
    ]
    so_far = levels + ([] if r.level_fraction is None else [r.level_fraction])
    out["nadir_fraction"] = min(so_far, default=None)
    out["log10_rise_from_nadir"] = out["doubling_time_days"] = None
    if r.level_fraction and levels and min(levels) > 0 and min(lowest, default=1.0) >= min(levels):
        out["log10_rise_from_nadir"] = max(0.0, math.log10(r.level_fraction / min(levels)))
    if before and before[-1].level_fraction and r.level_fraction:
        days = (r.collected_on - before[-1].collected_on).days
        fold = math.log(r.level_fraction / before[-1].level_fraction)
        if days and fold:
            out["doubling_time_days"] = days * math.log(2) / fold
    return out


def sustained(patient: Patient) -> dict[str, Any]:
    """Return since when, and for how many days, a patient is negative, in CML at MR4 or deeper."""
    is_seen = {r.sample_id for r in patient.results if r.finding == "DETECTED"}
    since = last = None
    by_day: dict[date, list[bool]] = {}
    for s in patient.samples:
        if s.status in JUDGED or s.sample_id in is_seen:
            is_deep = s.status == "NEGATIVE"
            if patient.disease == "CML":
                is_deep = depth_rank(s.depth) >= depth_rank("MR4")
            by_day.setdefault(s.collected_on, []).append(is_deep)
    for day in sorted(by_day):
        if all(by_day[day]):
            since, last = since or day, day
        else:
            since = last = None
    days = None if since is None or last is None else (last - since).days
    return {"sustained_since": since, "sustained_days": days}
