"""Limits, intervals and axes of one sample, row by row: `docs/sensitivity.md` a second time.

Shares no code, no constant and no import with `transforms/`; numbers are `mpmath` of forty digits.
A case is a dictionary of texts as they stand in the canonical files:
`{"patient": {}, "sample": {}, "samples": [further ones], "assay": {}, "runs": [], "rows": []}`.

The answer is `{marker: {column: value}}`. A column that the document leaves open for the case is
absent. `flags` maps each flag that the document decides to whether it is set; `series` is the tuple
that decides which results may be compared.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.naive.exact import ONE, Real, poisson_mean, real

Case = dict[str, Any]
Row = dict[str, str]
Answer = dict[str, Any]

TOLERANCE = real("1e-9")  # thresholds are compared on unrounded values with this tolerance
CELL_PICOGRAMS = real("6.5")
RNA_BASES = ("RNA_RATIO_IS", "RNA_RATIO")
OPEN = object()  # the document does not say


def number(row: Row, column: str) -> Real | None:
    """Read a cell; None where it is empty or a word."""
    text = row.get(column, "")
    return real(text) if text and text[0].isdigit() else None


def at_most(a: Real, b: Real) -> bool:
    """Say whether a ≤ b within the tolerance."""
    return bool(a <= b * (1 + TOLERANCE))


def below(a: Real, b: Real) -> bool:
    """Say whether a < b, and not merely by the tolerance."""
    return bool(a < b * (1 - TOLERANCE))


def sum_given(rows: list[Row], column: str) -> Real | None:
    """Add a column; None where no row has it."""
    values = [v for row in rows if (v := number(row, column)) is not None]
    return sum(values) if values else None


def total(rows: list[Row], column: str) -> Real:
    """Add a column that stands in at least one row."""
    added = sum_given(rows, column)
    assert added is not None, column
    return added


def cells_in(nanograms: Real) -> Real:
    """Return the diploid cells in a mass of DNA."""
    return nanograms * 1000 / CELL_PICOGRAMS


@dataclass
class Seen:
    """What was counted or stated, before limits decide what it is worth."""

    is_detected: bool
    estimate: Real | None = None
    numerator: Any = None
    denominator: Any = None
    effective: Real | None = None
    floor: Real | None = None
    lod95: Any = None
    decision: Any = OPEN
    background: Any = None
    interval: tuple[Any, Any] = (None, None)
    claim: Any = None
    lods: list[tuple[str, Real | None]] = field(default_factory=list)
    loqs: list[tuple[str, Real | None]] = field(default_factory=list)
    has_no_loq: bool = False  # none unless claimed
    is_loq_open: bool = False  # whether the LOD takes its place, the document leaves open
    is_number: bool = True
    is_ratio: bool = False  # of RNA
    flags: dict[str, bool] = field(default_factory=dict)


def not_evaluable(reason: str, flags: dict[str, bool] | None = None) -> Answer:
    """Answer for a result that says nothing; of its other columns the document says nothing."""
    return {
        "finding": "NOT_EVALUABLE",
        "finding_reason": reason,
        "is_quantifiable": False,
        "level_fraction": None,
        "rdf_fraction": None,
        "undiluted_fraction": None,
        "flags": flags or {},
    }


def deepest_claim_holds(limits: list[tuple[str, Real | None]]) -> tuple[Any, Real | None]:
    """Return kind and value of the highest limit; the kind is open where two are equal."""
    known = [(kind, value) for kind, value in limits if value is not None]
    if not known:
        return None, None
    kind, value = max(known, key=lambda limit: limit[1])
    rivals = {k for k, v in known if at_most(value, v)}
    return (kind if len(rivals) == 1 else OPEN), value


def judge(seen: Seen) -> Answer:
    """Turn what was seen and its limits into the columns of a result."""
    lod_kind, lod = deepest_claim_holds(seen.lods)
    if seen.is_ratio and lod is not None and not at_most(lod, ONE) and seen.is_detected:
        lod_kind = lod = None  # ratios of RNA may be above 1: such a limit is left out
        seen.loqs, seen.has_no_loq, seen.floor, seen.lod95 = [], True, None, OPEN
    if lod is not None and not at_most(lod, ONE):
        if not seen.is_detected:
            return not_evaluable("TOO_FEW_EVENTS", {})
        out = _columns(seen, lod_kind, ONE, OPEN, OPEN if seen.has_no_loq else ONE)
        # A detection without a level because its limit is 1: what bounds it, nobody says.
        return out | _unknown("finding_reason", "censor", "upper_fraction", "rdf_upper_fraction") | {
            "is_quantifiable": False, "level_fraction": None,
        }  # fmt: skip
    loq_kind, loq = deepest_claim_holds([*seen.loqs, ("LOD", lod)])
    has_no_loq = seen.has_no_loq and all(value is None for _, value in seen.loqs)
    if has_no_loq:
        loq_kind, loq = OPEN, None
    out = _columns(seen, lod_kind, lod, loq_kind, loq)
    if not seen.is_detected:
        return out | {
            "finding_reason": None, "is_quantifiable": False, "level_fraction": None,
            "estimate_fraction": None, "censor": "LEFT", "upper_fraction": lod,
        }  # fmt: skip
    if has_no_loq and seen.is_loq_open and lod is not None and below(seen.estimate, lod):
        return out | _unknown(
            "finding_reason", "is_quantifiable", "level_fraction", "censor", "upper_fraction"
        )
    if loq is not None and not at_most(loq, ONE):
        out |= {"loq_fraction": ONE, "is_quantifiable": False, "level_fraction": None}
        return out | _unknown("finding_reason", "censor", "upper_fraction", "rdf_upper_fraction")
    if (
        seen.estimate is not None
        and seen.is_number
        and (loq is None or at_most(loq, seen.estimate))
    ):
        return out | {
            "finding_reason": None, "is_quantifiable": True, "level_fraction": seen.estimate,
            "censor": "NONE", "upper_fraction": seen.estimate,
        }  # fmt: skip
    below_loq = {"finding_reason": OPEN, "is_quantifiable": False, "level_fraction": None}
    if loq is None:
        return out | below_loq | _unknown("censor", "upper_fraction")
    if seen.estimate is not None and not seen.is_number and at_most(loq, seen.estimate):
        # Irreproducible above the range: nothing bounds it from above, what else is open.
        return out | below_loq | {"censor": OPEN, "upper_fraction": None}
    end = seen.interval[1]
    if loq_kind == "LOD" and end is not None:
        loq = max(loq, end)  # nobody proved an LOQ, so the interval bounds as well
        out |= _unknown("rdf_upper_fraction") if loq > 1 else {}
    return (
        out
        | below_loq
        | {"censor": _censor(seen.estimate, lod, out["loq_fraction"]), "upper_fraction": loq}
    )


def _censor(estimate: Real | None, lod: Real | None, loq: Real) -> Any:
    """Say which sides of a detection below the LOQ are unknown."""
    if lod is None:
        return OPEN  # an interval from the LOD, where there is none
    is_below_lod = estimate is not None and below(estimate, lod)
    return "LEFT" if is_below_lod or at_most(loq, lod) else "INTERVAL"


def _unknown(*columns: str) -> Answer:
    return dict.fromkeys(columns, OPEN)


def _at_most_one(limit: Any) -> Any:
    return limit if limit is OPEN or limit is None or limit <= 1 else ONE


def _is_too_small(end: Any) -> bool:
    """Say whether an end is too small for a double: that of a fraction of one cell."""
    return isinstance(end, type(ONE)) and bool(0 < end < real("1e-290"))


def _columns(seen: Seen, lod_kind: Any, lod: Any, loq_kind: Any, loq: Any) -> Answer:
    flags = dict(seen.flags)
    if "claim_below_poisson_floor" not in flags and seen.floor is not None:
        flags["claim_below_poisson_floor"] = (
            seen.claim is not None and seen.claim is not OPEN and below(seen.claim, seen.floor)
        )
    return {
        "finding": "DETECTED" if seen.is_detected else "NOT_DETECTED",
        "numerator": seen.numerator,
        "denominator": seen.denominator,
        "estimate_fraction": seen.estimate,
        "ci_low_fraction": OPEN if _is_too_small(seen.interval[0]) else seen.interval[0],
        "ci_high_fraction": seen.interval[1],
        "lod_fraction": lod,
        "lod_kind": lod_kind,
        # a limit above 1 of a ratio is left out, each by itself
        "lod95_fraction": None
        if seen.is_ratio and isinstance(seen.lod95, type(ONE)) and seen.lod95 > 1
        else _at_most_one(seen.lod95),
        "loq_fraction": OPEN if seen.has_no_loq and loq is None else _at_most_one(loq),
        "loq_kind": loq_kind,
        "claimed_lod_fraction": _at_most_one(seen.claim),
        # A floor above 1 next to a detection: whether it is 1 or nothing, nobody says.
        "poisson_floor_fraction": OPEN if seen.floor is not None and seen.floor > 1 else seen.floor,
        "effective_denominator": seen.effective,
        "decision_count": seen.decision,
        "background_probability": seen.background,
        "rdf_fraction": None,
        "rdf_upper_fraction": None,
        "rdf_kind": None,
        "target_copies_per_ul": None,
        "summed_vaf_fraction": None,
        "undiluted_fraction": None,
        "flags": flags,
    }


def series(case: Case, marker: str, answer: Answer) -> tuple[str, ...]:
    """Return what decides whether two results may be compared."""
    assay, sample = case["assay"], case["sample"]
    laboratory = "lab " + assay["lab_id"] if assay.get("lab_id") else "assay " + assay["assay_id"]
    scale = _scale(case, answer)
    if scale == "INTERNATIONAL":
        laboratory = ""  # a factor harmonises laboratories
    gene = assay.get("control_gene", "")
    return (marker, assay["basis"], scale, sample["tissue"], gene, laboratory)


def _scale(case: Case, answer: Answer) -> str:
    basis, row = case["assay"]["basis"], case["rows"][0]
    if basis in RNA_BASES:
        # A result on the scale is drawn with a factor.
        return "INTERNATIONAL" if basis == "RNA_RATIO_IS" else "LABORATORY_RATIO"
    if case["assay"]["modality"] == "PCR" and not row.get("positive_partitions"):
        return "RELATIVE_TO_DIAGNOSIS"
    is_reads = case["assay"]["modality"] == "NGS" and row.get("count_kind") == "READS"
    has_spike = bool(row.get("spike_cells") and row.get("input_ng")) and basis != "VAF"
    return "READS" if is_reads and not has_spike else "ABSOLUTE"


def on_nucleated_cells(answer: Answer) -> None:
    """Put a fraction of all nucleated cells onto the common axis: it is there already."""
    scale_to_common_axis(answer, "NUCLEATED_CELLS", lambda fraction: fraction)


def scale_to_common_axis(answer: Answer, kind: str, convert: Any) -> None:
    """Convert estimate and upper bound; `rdf_kind` is named where either is converted."""
    if answer["finding"] == "NOT_EVALUABLE":
        return
    pairs = (("rdf_fraction", "estimate_fraction"), ("rdf_upper_fraction", "upper_fraction"))
    for target, source in pairs:
        value = answer[source]
        answer[target] = value if value is None or value is OPEN else convert(value)
    known = [answer[target] for target, _ in pairs]
    has_any = any(v is not None and v is not OPEN for v in known)
    answer["rdf_kind"] = kind if has_any else OPEN if OPEN in known else None


def expected_results(case: Case) -> dict[str, Answer]:
    """Return the expected columns of each marker of a case."""
    # Imported here because both build on the pieces above.
    from tests.naive.sensitivity_flow_ngs import flow_results, ngs_results
    from tests.naive.sensitivity_pcr import pcr_results

    by_modality = {"FLOW": flow_results, "NGS": ngs_results, "PCR": pcr_results}
    out = {}
    for marker, answer in by_modality[case["assay"]["modality"]](case).items():
        answer["series"] = series(case, marker, answer)
        if isinstance(answer.get("flags"), dict):
            answer["flags"] = {
                f: is_set for f, is_set in answer["flags"].items() if is_set is not OPEN
            }
        out[marker] = {column: value for column, value in answer.items() if value is not OPEN}
    return out


def poisson_floor(n: Real | None) -> Real | None:
    """Return λ(1) / N: no method sees deeper."""
    return None if n is None else poisson_mean(1) / n
