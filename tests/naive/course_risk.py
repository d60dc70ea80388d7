"""AIEOP-BFM 2009: risk groups of children with ALL from flow about day 15 and PCR at two time points."""

from collections.abc import Sequence
from datetime import date

from tests.naive.course_base import Patient, Result, at_most, below

HIGH, FLOW_HIGH, FLOW_LOW = 5e-4, 0.1, 1e-3


def is_high(result: Result, limit: float) -> bool:
    """Say whether a detection is at a limit or above for certain."""
    if result.finding != "DETECTED":
        return False
    if result.level_fraction is not None:
        return at_most(limit, result.level_fraction)
    if result.censor == "RIGHT":
        return True
    lod = result.lod_fraction
    return result.censor == "INTERVAL" and lod is not None and at_most(limit, lod)


def is_below(result: Result, limit: float) -> bool:
    """Say whether a result is below a limit for certain."""
    if result.finding == "NOT_DETECTED":
        return result.lod_fraction is not None and at_most(result.lod_fraction, limit)
    if result.level_fraction is not None:
        return below(result.level_fraction, limit)
    return result.upper_fraction is not None and at_most(result.upper_fraction, limit)


def is_less(result: Result, limit: float) -> bool:
    """Say whether a result of flow is less than a limit, and not equal."""
    if result.finding == "NOT_DETECTED":
        most = result.lod_fraction
    elif result.level_fraction is not None:
        most = result.level_fraction
    else:
        high = result.ci_high_fraction
        most = result.upper_fraction if high is None else high
    return most is not None and below(most, limit)


def by_pcr(patient: Patient, timepoint: str) -> list[Result]:
    """Return the PCR results of marrow at a time point."""
    return [
        r
        for r in patient.results
        if (r.modality, r.basis, r.tissue, r.timepoint) == ("PCR", "GDNA_CELLS", "BM", timepoint)
        and "NOT_EVALUABLE" not in (r.finding, r.status)
    ]


def is_negative(results: Sequence[Result]) -> bool:
    """Say whether a time point is negative by enough markers."""
    markers = {(r.assay_id, r.marker) for r in results}
    return len(markers) >= 2 and all(
        r.finding == "NOT_DETECTED" and r.status == "NEGATIVE" for r in results
    )


def about_day_15(patient: Patient) -> list[Result]:
    """Return the flow results of marrow about day 15."""
    started = min((t.started_on for t in patient.treatments), default=patient.diagnosed_on)
    if started is None:
        return []
    return [
        r
        for r in patient.results
        if r.modality == "FLOW"
        and r.tissue == "BM"
        and r.finding != "NOT_EVALUABLE"
        and 12 <= (r.collected_on - started).days <= 18
    ]


def risk_groups(patient: Patient) -> dict[str, str]:
    """Return the risk group by sample: at the second time point, and of a high day 15."""
    out = {r.sample_id: "HR" for r in about_day_15(patient) if is_high(r, FLOW_HIGH)}
    for sample in patient.samples:
        if (sample.timepoint, sample.tissue) == ("TP2", "BM"):
            word = risk_group(patient, sample.collected_on)
            if word is not None:
                out[sample.sample_id] = word
    return out


def risk_group(patient: Patient, day: date) -> str | None:
    """Return the risk group by a second time point on this day."""
    second = [r for r in by_pcr(patient, "TP2") if r.collected_on == day]
    first = [r for r in by_pcr(patient, "TP1") if r.collected_on <= day]
    first = [r for r in first if r.collected_on == max(x.collected_on for x in first)]
    flow, is_b = about_day_15(patient), patient.disease == "B_ALL"
    first_high, second_high = (any(is_high(r, HIGH) for r in rs) for rs in (first, second))
    first_low, second_low = (bool(rs) and all(is_below(r, HIGH) for r in rs) for rs in (first, second))  # fmt: skip
    is_second_seen = any(r.finding == "DETECTED" for r in second)
    if any(is_high(r, FLOW_HIGH) for r in flow) or second_high:
        return "HR"
    if is_b and first_high and is_second_seen:
        return "HR"
    if is_negative(first) and is_negative(second):
        return "SR"
    if is_low_by_flow(patient, flow):
        return "SR"
    if first and second_low:
        is_open = is_b and is_second_seen and not first_high and not first_low
        return None if is_open else "MR"
    return None


def is_low_by_flow(patient: Patient, flow: Sequence[Result]) -> bool:
    """Say whether flow about day 15 alone speaks, and is low."""
    there = [r for r in patient.results if r.timepoint in ("TP1", "TP2")]
    if any(r.modality == "PCR" or r.finding == "DETECTED" for r in there):
        return False
    return bool(flow) and all(is_less(r, FLOW_LOW) for r in flow)
