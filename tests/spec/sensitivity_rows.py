"""What the sensitivity examples share: diseases, assays, rows, and how one line is drawn."""

from fractions import Fraction
from typing import Any

from tests.spec.drawn import Example, Printed, Row
from tests.spec.flow_ngs_examples import B_ALL, BM, CLEAR, CLL, MM, PB, SEEN, SILENT, clones, events

__all__ = [
    "AML", "BENEATH", "BM", "B_ALL", "CLEAR", "CLL", "FAINT", "HIGH", "LAMBDA", "LOW", "MM", "NO_MARKER",
    "NO_TIME", "OPEN", "OVER", "PB", "PH_ALL", "PROVED", "SEEN", "SILENT", "SUFFICES", "UNDER", "Verdict",
    "clones", "curve", "events", "line", "site", "unlisted", "wells",
]  # fmt: skip

F = Fraction

AML: Row = {"disease": "AML"}
PH_ALL: Row = {"disease": "PH_ALL"}

SUFFICES, FAINT = "NOT_DETECTED_ADEQUATE", "LOD_NOT_REACHED"
UNDER, OPEN = "DETECTED_BELOW_THRESHOLD", "DETECTED_STRADDLES_THRESHOLD"
OVER = "DETECTED_AT_OR_ABOVE_THRESHOLD"
NO_MARKER, NO_TIME = "MARKER_NOT_IN_RULESET", "TIMEPOINT_MISSING"

Verdict = tuple[str, str] | tuple[str, str, str]
"""Finding, status and, where the line says it, the reason."""

PROVED: Verdict = (CLEAR, "NEGATIVE", SUFFICES)
BENEATH: Verdict = (SEEN, "NEGATIVE", UNDER)
LOW: Verdict = (SEEN, "LOW_LEVEL", UNDER)
HIGH: Verdict = (SEEN, "POSITIVE", OVER)

LAMBDA: dict[int, Fraction] = {
    # mean at which at least so many events are seen with 95 %; lymphoid §5.1, more digits by mpmath
    1: F("2.99573227355399099"),
    2: F("4.74386451839057838"),
    3: F("6.29579362187198974"),
    4: F("7.75365652793272691"),
    5: F("9.15351902663757344"),
    10: F("15.7052164221154633"),
    20: F("27.8792396394435160"),
}


def unlisted(finding: str, reason: str) -> Verdict:
    """Say that the rule set says nothing, and why."""
    return finding, "NO_CATEGORY", reason


def line(
    number: str,
    shown: str,
    patient: Row,
    sample: Row,
    assay: Row,
    rows: tuple[Row, ...],
    verdict: Verdict,
    depth: str | None = None,
    level: Fraction | float | Printed | None = None,
    **rest: Any,
) -> Example:
    """Draw one line."""
    finding, status, *reasons = verdict
    if reasons:
        rest["reason"] = reasons[0]
    return Example(
        number=number, shown=shown, patient=patient, sample=sample, assays=(assay,), rows=rows,
        finding=finding, status=status, depth=depth, level=level, **rest,
    )  # fmt: skip


def site(count: int, total: int, marker: str = "IDH2 R140Q", **rest: str) -> Row:
    """Write the molecules of one variant."""
    return {
        "marker": marker,
        "gene": marker.split()[0],
        "marker_class": "SNV",
        "marker_count": str(count),
        "total_count": str(total),
        "count_kind": "MOLECULES",
        "is_tracked": "true",
    } | rest


def wells(*each: Row, **shared: str) -> tuple[Row, ...]:
    """Number replicates; `shared` columns stand in every one."""
    return tuple({"replicate": str(i)} | shared | row for i, row in enumerate(each, 1))


def curve(run_id: str, slope: str, intercept: str, of: str = "target", **rest: str) -> Row:
    """Write the standard curve of a run."""
    return {
        "run_id": run_id,
        f"{of}_slope": slope,
        f"{of}_intercept": intercept,
        f"{of}_r_squared": "0.995",
    } | rest
