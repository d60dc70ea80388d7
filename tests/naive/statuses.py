"""Statuses of AML, APL and ALL of one sample: `docs/guidelines.md` a second time.

Shares no code, no constant and no import with `transforms/`: classes and numbers were typed a
second time on purpose. What was seen comes from `tests.naive.sensitivity`, or from the naive reading
of BCR::ABL1 p210 in `classifier`; a laboratory's statement on another transcript is read here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.naive.exact import Real, real
from tests.naive.sensitivity import (
    RNA_BASES,
    Answer,
    Case,
    Row,
    at_most,
    below,
    expected_results,
    number,
    sum_given,
)
from tests.naive.sensitivity_pcr import TWO_OF_THREE

DISEASES = ("AML", "APL", "B_ALL", "T_ALL", "PH_ALL")
CELLS = ("CELLS_TNC", "CELLS_CD45", "CELLS_MNC", "CELLS_LEUKOCYTE", "GDNA_CELLS")
ALL_TIMES = (
    "", "DIAGNOSIS", "AFTER_INDUCTION", "AFTER_CYCLE_2", "PRE_HCT", "END_OF_TREATMENT",
    "FOLLOW_UP", "TP1", "TP2", "OTHER",
)  # fmt: skip
NOT_AT_DIAGNOSIS = tuple(t for t in ALL_TIMES if t != "DIAGNOSIS")
LATE = ("END_OF_TREATMENT", "FOLLOW_UP")
ELN_COPIES = {"ABL1": 10_000, "GUSB": 24_000}
CBF = ("RUNX1::RUNX1T1", "CBFB::MYH11")
FUSIONS = ("KMT2A::MLLT3", "DEK::NUP214", "BCR::ABL1 p210", "BCR::ABL1 p190")
NOT_COUNTED_IN_AML = ("germline", "clonal_haematopoiesis", "new_variant")
SIGNALLING = ("FLT3", "KIT", "NRAS", "KRAS")  # lost easily: not found, they prove little
TWO_PERCENT, ONE_PER_THOUSAND = real("0.02"), real("0.001")
ONE_IN_TEN_THOUSAND = real("0.0001")
# A detection without a level that nothing puts in doubt.
CERTAIN = (
    "DETECTED_WITHOUT_LEVEL", "FRACTION_ABOVE_1", "NO_CONVERSION_FACTOR",
    "NOT_ON_INTERNATIONAL_SCALE",
)  # fmt: skip


@dataclass(frozen=True)
class RuleClass:
    """One class of a guideline; `markers` or `modalities` None means any."""

    tissues: tuple[str, ...]
    bases: tuple[str, ...]
    timepoints: tuple[str, ...] = NOT_AT_DIAGNOSIS
    markers: tuple[str, ...] | None = None
    modalities: tuple[str, ...] | None = None
    low: str = "POSITIVE"  # what a detection below the threshold is
    threshold: Real | None = None
    required: Real | None = None
    copies: dict[str, int] = field(default_factory=dict)
    more_cells_than: int | None = None
    blasts: int | None = None


def _of_transcript(markers: Iterable[str], tissue: str, *times: str, **more: Any) -> RuleClass:
    return RuleClass((tissue,), ("RNA_RATIO",), times, tuple(markers), copies=ELN_COPIES, **more)


AML = (
    RuleClass(
        ("BM",), ("CELLS_CD45",), modalities=("FLOW",), low="NEGATIVE",
        threshold=ONE_PER_THOUSAND, more_cells_than=500_000, blasts=100,
    ),
    _of_transcript(["NPM1", *CBF], "PB", "AFTER_CYCLE_2"),
    _of_transcript(["NPM1", *CBF], "BM", *LATE, low="LOW_LEVEL", threshold=TWO_PERCENT),
    _of_transcript(["NPM1", *CBF], "PB", "FOLLOW_UP", low="LOW_LEVEL", threshold=TWO_PERCENT),
    RuleClass(("BM",), RNA_BASES, markers=FUSIONS, copies=ELN_COPIES),
    RuleClass(
        ("BM", "PB"), ("VAF",), modalities=("NGS",), low="NEGATIVE",
        threshold=ONE_PER_THOUSAND, required=ONE_PER_THOUSAND,
    ),
)  # fmt: skip
APL = (RuleClass(("BM",), ("RNA_RATIO",), LATE, ("PML::RARA",), required=ONE_IN_TEN_THOUSAND),)
ALL = (
    RuleClass(
        ("BM",), CELLS, low="LOW_LEVEL",
        threshold=ONE_IN_TEN_THOUSAND, required=ONE_IN_TEN_THOUSAND,
    ),
)  # fmt: skip
CLASSES = {"AML": AML, "APL": APL, "B_ALL": ALL, "T_ALL": ALL, "PH_ALL": ALL}


@dataclass
class Sight:
    """What a test saw of one marker, as far as a status needs it."""

    finding: str
    reason: str | None = None
    level: Real | None = None
    estimate: Real | None = None
    upper: Real | None = None  # of a detection without a number
    lower: Real | None = None  # where the range of a detection without a number begins
    interval: tuple[Real | None, Real | None] = (None, None)
    lod: Real | None = None
    loq: Real | None = None
    is_limit_its_own: bool = False  # nobody claimed the limit above the estimate
    is_above_range: bool = False
    depth: str | None = None
    flags: frozenset[str] = frozenset()


# ---- what was seen -----------------------------------------------------------------------------


def sight(case: Case) -> Sight:
    """Return what a sample shows of any marker but BCR::ABL1 p210."""
    assay, rows = case["assay"], case["rows"]
    if assay["modality"] == "FLOW" and any(
        row.get("denominator", "") not in ("", assay["basis"].removeprefix("CELLS_"))
        for row in rows
    ):
        return Sight("NOT_EVALUABLE", "DENOMINATOR_MISMATCH")
    if assay["modality"] == "PCR" and _says_more_than_numbers(case):
        return _stated(case)
    answer = expected_results(case | {"assay": {"assay_id": ""} | assay})[assay["marker"]]
    seen = _from_columns(answer)
    if assay["modality"] == "PCR" and _is_split(case):
        seen.reason = "SPLIT_REPLICATES"
    if assay["modality"] == "PCR" and seen.finding != "NOT_EVALUABLE":
        seen.flags |= _few(case)
        if seen.finding == "NOT_DETECTED" and "too_few_replicates" in seen.flags:
            seen.reason = "TOO_FEW_REPLICATES"
    if assay["basis"] in CELLS and seen.reason is None:
        seen.depth = _depth(seen)
    return seen


def _from_columns(answer: Answer) -> Sight:
    flags = frozenset(flag for flag, is_set in answer["flags"].items() if is_set)
    if answer["finding"] == "NOT_EVALUABLE":
        return Sight("NOT_EVALUABLE", answer["finding_reason"], flags=flags)
    is_detected, level = answer["finding"] == "DETECTED", answer["level_fraction"]
    lod, loq, estimate = (
        answer["lod_fraction"],
        answer.get("loq_fraction"),
        answer.get("estimate_fraction"),
    )
    # A range begins at the LOD, and at nothing where the estimate is below it or both limits are one.
    is_range = is_detected and level is None and lod is not None and loq is not None
    is_range = is_range and below(lod, loq) and (estimate is None or at_most(lod, estimate))
    return Sight(
        answer["finding"],
        # A reason that the document leaves open is not one that says more than "no number".
        answer.get("finding_reason"),
        level,
        estimate,
        answer.get("upper_fraction") if is_detected and level is None else None,
        lod if is_range else None,
        (answer.get("ci_low_fraction"), answer.get("ci_high_fraction")),
        lod,
        loq,
        # A kind left open is a tie of the limit with a claim, and then a claim lies above it too.
        answer.get("loq_kind") == "LOD",
        flags=flags,
    )


def _is_silent(row: Row) -> bool:
    """Say whether a well's target was called undetected by its cycle."""
    cycle = number(row, "target_cq")
    return row.get("target_cq") == "Undetermined" or (cycle is not None and cycle >= 40)


def _evaluable(case: Case) -> list[Row]:
    """Return the replicates of a transcript that have target and control."""
    return [
        row
        for row in case["rows"]
        if (row.get("target_copies") or _is_silent(row))
        and (number(row, "control_copies") or 0) > 0
    ]


def _positive(case: Case) -> list[Row]:
    return [r for r in _evaluable(case) if number(r, "target_copies") and not _is_silent(r)]


def _is_split(case: Case) -> bool:
    """Say whether one of two replicates is positive where two of three decide."""
    counts = len(_evaluable(case)), len(_positive(case))
    return case["assay"]["marker"] in TWO_OF_THREE and counts == (2, 1)


def _few(case: Case) -> frozenset[str]:
    rows = _evaluable(case)
    if case["assay"]["marker"] not in TWO_OF_THREE:
        return frozenset()
    few = {"too_few_replicates"} if len(rows) == 1 else set()
    return frozenset(
        few
        | ({"single_replicate_positive"} if len(_positive(case)) == 1 and len(rows) > 2 else set())
    )


def _says_more_than_numbers(case: Case) -> bool:
    """Say whether a laboratory states a result that `tests.naive.sensitivity` does not read."""
    row = case["rows"][0]
    has_sign = row.get("reported_value", "")[:1] in ("<", ">")
    is_of_rna = case["assay"]["basis"] in RNA_BASES
    is_bare = row.get("reported_call") == "DETECTED" and not row.get("reported_value")
    is_stated = bool(row.get("reported_call") or row.get("reported_value"))
    return is_stated and (has_sign or is_of_rna or is_bare)


def _stated(case: Case) -> Sight:
    """Read one statement: a call, a number, or a number that the level is below or above."""
    row, assay = case["rows"][0], case["assay"]
    call, text = row.get("reported_call", ""), row.get("reported_value", "")
    if call == "INVALID":
        return Sight("NOT_EVALUABLE", "REPORTED_INVALID")
    copies, claim = number(row, "control_copies"), number(assay, "lod_fraction")
    if copies is not None and copies == 0:
        return Sight("NOT_EVALUABLE", "NO_EVALUABLE_REPLICATE")
    floor = None if copies is None else 3 / copies
    lod = max((x for x in (floor, claim) if x is not None), default=None)
    claimed = number(assay, "loq_fraction")
    loq = max((x for x in (lod, claimed) if x is not None), default=None)
    if call == "NOT_DETECTED":
        return Sight("NOT_DETECTED", lod=lod, loq=loq)
    seen = Sight("DETECTED", lod=lod, loq=loq)
    value = real(text.lstrip("<>")) if text else None
    if value is not None and row["reported_unit"] == "PCT":
        value /= 100
    if text.startswith(">"):
        seen.is_above_range = True
    elif text.startswith("<"):
        seen.upper = value
    elif value is not None and (loq is None or at_most(loq, value)):
        seen.level = seen.estimate = value
    elif value is not None:
        seen.estimate, seen.upper = value, loq
        seen.is_limit_its_own = claimed is None or (lod is not None and below(claimed, lod))
    elif call == "BELOW_LOQ" and claimed is not None:
        seen.upper = loq  # proved, so it bounds without a number too
    else:
        seen.reason = "DETECTED_WITHOUT_LEVEL"
    return seen


def is_haemodilute(case: Case) -> bool:
    """Say whether more than half of a marrow is blood; cases state the share itself."""
    share = number(case["sample"], "blood_dilution_fraction")
    return case["sample"]["tissue"] == "BM" and share is not None and bool(share > real("0.5"))


def _depth(seen: Sight) -> str | None:
    """Return the deepest level that a fraction of cells proves."""
    if seen.lod is None and seen.loq is None:
        return None
    found = None
    for n in (3, 4, 5, 6):
        bound = real(10) ** -n
        if seen.finding == "NOT_DETECTED":
            is_proved = seen.lod is not None and at_most(seen.lod, bound)
        elif seen.level is not None:
            is_proved = below(seen.level, bound)
        else:
            is_proved = seen.upper is not None and at_most(seen.upper, bound)
        found = f"MRD<1e-{n}" if is_proved else found
    return found if seen.finding != "NOT_EVALUABLE" else None


# ---- which class -------------------------------------------------------------------------------


def _is_excluded(case: Case, seen: Sight) -> bool:
    """Say whether the guideline never counts this variant, whatever was seen of it."""
    disease = case["patient"]["disease"]
    if disease == "APL":
        return False
    if disease != "AML":
        # a clone that was not known from diagnosis
        return seen.reason == "NOT_TRACKED" or "new_variant" in seen.flags
    row = case["rows"][0]
    is_other = row.get("is_germline") == "true" or (
        case["assay"]["basis"] == "VAF" and row.get("gene") in ("DNMT3A", "TET2", "ASXL1")
    )
    # untracked: not counted when it is seen, nor when it is not
    is_untracked = seen.reason == "NOT_TRACKED"
    return is_other or is_untracked or bool(seen.flags & set(NOT_COUNTED_IN_AML))


def fitting(case: Case) -> RuleClass | str:
    """Return the first class that fits, or why none does."""
    assay, sample = case["assay"], case["sample"]
    of_marker = [
        c
        for c in CLASSES[case["patient"]["disease"]]
        if assay["basis"] in c.bases
        and (c.markers is None or assay["marker"] in c.markers)
        and (c.modalities is None or assay["modality"] in c.modalities)
    ]
    of_tissue = [c for c in of_marker if sample["tissue"] in c.tissues]
    timepoint = sample.get("timepoint", "")
    for rule in of_tissue:
        if timepoint in rule.timepoints:
            return rule
    if of_tissue:
        return "TIMEPOINT_NOT_IN_RULESET" if timepoint else "TIMEPOINT_MISSING"
    return "TISSUE_NOT_IN_RULESET" if of_marker else "MARKER_NOT_IN_RULESET"


# ---- the decision ------------------------------------------------------------------------------


def status_of(case: Case, seen: Sight) -> tuple[str, str | None]:
    """Return status and reason; a reason of None means that the document gives none."""
    if _is_excluded(case, seen):
        return "NO_CATEGORY", "MARKER_EXCLUDED"
    rule = fitting(case)
    if isinstance(rule, str):
        return "NO_CATEGORY", rule
    if seen.finding == "NOT_EVALUABLE":
        return "NOT_EVALUABLE", seen.reason
    if seen.reason is not None:
        if seen.reason in CERTAIN and rule.threshold is None and seen.finding == "DETECTED":
            return "POSITIVE", None
        return "INDETERMINATE", seen.reason
    missed = _misses_minimum(case, rule)
    is_diluted = "haemodilute" in seen.flags
    if seen.finding == "NOT_DETECTED":
        return _undetected(seen, rule, missed, is_diluted)
    side = "above" if rule.threshold is None else _side(case, seen, rule.threshold)
    if side == "above":
        return "POSITIVE", None
    if side != "below":
        return "INDETERMINATE", "DETECTED_STRADDLES_THRESHOLD" if side == "either" else None
    if rule.low == "NEGATIVE" and missed == "MINIMUM_NOT_REACHED":
        return "NOT_EVALUABLE", missed
    if is_diluted:
        return "INDETERMINATE", "HAEMODILUTE"
    return rule.low, "DETECTED_BELOW_THRESHOLD"


def _undetected(
    seen: Sight, rule: RuleClass, missed: str | None, is_diluted: bool
) -> tuple[str, str | None]:
    if missed == "MINIMUM_NOT_REACHED":
        return "NOT_EVALUABLE", missed
    if is_diluted:
        return "INDETERMINATE", "HAEMODILUTE"
    if missed:
        return "INDETERMINATE", missed
    required = rule.threshold if rule.required is None else rule.required
    if required is not None and seen.lod is None:
        return "INDETERMINATE", "LOD_UNKNOWN"
    if required is not None and not at_most(seen.lod, required):
        return "INDETERMINATE", "LOD_NOT_REACHED"
    return "NEGATIVE", "NOT_DETECTED_ADEQUATE"


def _misses_minimum(case: Case, rule: RuleClass) -> str | None:
    """Say whether the sample lacks what the guideline asks of a negative."""
    rows = case["rows"]
    if rule.more_cells_than is not None:
        cells, blasts = (
            sum_given(rows, "denominator_events"),
            sum_given(rows, "viable_blast_events"),
        )
        # More than 500,000 is asked, and at least 100; what was not counted is not missed.
        if cells is not None and at_most(cells, real(rule.more_cells_than)):
            return "MINIMUM_NOT_REACHED"
        if rule.blasts is not None and blasts is not None and below(blasts, real(rule.blasts)):
            return "MINIMUM_NOT_REACHED"
    if rule.copies and case["assay"]["marker"] != "BCR::ABL1 p210":
        # The copies of a p210 replicate have a minimum of their own, so they are enough already.
        smallest = rule.copies.get(case["assay"].get("control_gene", ""))
        is_statement = bool(rows[0].get("reported_call") or rows[0].get("reported_value"))
        asked = rows if is_statement else _evaluable(case)
        counted = [number(row, "control_copies") for row in asked]
        if smallest is None or None in counted:
            return "MINIMUM_UNKNOWN"
        known = [copies for copies in counted if copies is not None]
        if known and below(sum(known) / len(known), real(smallest)):
            return "MINIMUM_NOT_REACHED"  # per replicate on average
    return None


def is_low_confidence(case: Case, status: str) -> bool:
    """Say whether a status stands though the sample misses a minimum or the gene proves little."""
    rule = fitting(case)
    if status in ("POSITIVE", "LOW_LEVEL") and isinstance(rule, RuleClass):
        return _misses_minimum(case, rule) == "MINIMUM_NOT_REACHED"
    is_signalling = case["rows"][0].get("gene") in SIGNALLING
    return status == "NEGATIVE" and case["patient"]["disease"] == "AML" and is_signalling


def required_lod(case: Case) -> Real | None:
    """Return the LOD that the class of a result asks for, else its threshold."""
    rule = fitting(case)
    if isinstance(rule, str):
        return None
    return rule.threshold if rule.required is None else rule.required


def _side(case: Case, seen: Sight, threshold: Real) -> str:
    """Say on which side of a threshold a detection lies: above (or on it), below, or either."""
    if seen.is_above_range:
        return "above"
    compared = seen.level
    is_of_rna_or_vaf = case["assay"]["basis"] in (*RNA_BASES, "VAF")
    if compared is None and is_of_rna_or_vaf and seen.is_limit_its_own:
        compared = seen.estimate
    if compared is not None:
        if not below(compared, threshold):
            return "above"
        # A fraction of reads proves nothing small while nobody knows how many cells they are.
        is_proved = seen.lod is not None or seen.loq is not None
        return "below" if is_proved or case["assay"]["modality"] == "PCR" else "unproved"
    low, high = seen.interval
    if seen.upper is not None and at_most(seen.upper, threshold):
        return "below"
    if high is not None and below(high, threshold):
        return "below"
    if low is not None:
        return "either" if below(low, threshold) else "above"
    # Of a range without counts the beginning is about the limit, so one on the threshold is neither.
    is_above = seen.lower is not None and below(threshold, seen.lower)
    return "above" if is_above else "either"
