"""A naive MRD classifier: one sample at a time, plain Python, exact fractions.

Written from the guideline texts and the design, to check the fast one. It shares no code, no
constant and no import with `transforms/`: every number below was typed a second time on purpose.

A case is a dictionary of texts as they stand in the canonical files:
`{"patient": {...}, "sample": {...}, "assay": {...}, "rows": [{...}, ...]}`; an absent or empty cell
means that nothing was given.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

from tests.naive.exact import HIGH, LOW, beta_cdf, clopper_pearson, poisson_mean, real
from tests.naive.statuses import (
    DISEASES,
    Sight,
    is_haemodilute,
    is_low_confidence,
    required_lod,
    sight,
    status_of,
)

F = Fraction
Case = dict[str, Any]

# Relative tolerance of the design for comparing ratios.
TOLERANCE = F(1, 10**9)

# Cross 2015, table 1: percent on the scale, smallest sum of ABL1 copies, of GUSB copies.
MR_TABLE = (
    ("MR1", F(10), 10_000, 24_000),
    ("MR2", F(1), 10_000, 24_000),
    ("MR3", F("0.1"), 10_000, 24_000),
    ("MR4", F("0.01"), 10_000, 24_000),
    ("MR4.5", F("0.0032"), 32_000, 77_000),
    ("MR5", F("0.001"), 100_000, 240_000),
)
REPLICATE_MINIMUM = {"ABL1": 10_000, "GUSB": 24_000}
DEEP = ("MR4", "MR4.5", "MR5")
NOT_SEEN_BY_P210 = ("p190", "e1a2", "e19a2", "atypical")
CELL_BASES = ("CELLS_TNC", "CELLS_CD45", "CELLS_MNC", "CELLS_LEUKOCYTE", "GDNA_CELLS")


@dataclass(frozen=True)
class Verdict:
    """What the naive classifier says; `reason` None means that the texts give none."""

    finding: str
    status: str
    depth: str | None = None
    level: Fraction | None = None
    reason: str | None = None
    flags: frozenset[str] = field(default_factory=frozenset)
    # Of a guideline of classes: whether little stands behind the status, and the LOD that a negative needs.
    is_low_confidence: bool | None = None
    required_lod: Fraction | None = None


def at_most(a: Fraction, b: Fraction) -> bool:
    """Say whether a ≤ b within the tolerance."""
    return a <= b * (1 + TOLERANCE)


def below(a: Fraction, b: Fraction) -> bool:
    """Say whether a < b, and not merely by the tolerance."""
    return a < b * (1 - TOLERANCE)


def given(row: dict[str, str], column: str) -> Fraction | None:
    """Read a number, or None where the cell is empty."""
    text = row.get(column, "")
    return F(text) if text else None


def classify(case: Case) -> Verdict:
    """Classify one sample."""
    marker, modality = case["assay"]["marker"], case["assay"]["modality"]
    if case["patient"]["disease"] in DISEASES:
        return _by_classes(case)
    if modality == "FLOW":
        return _flow(case)
    if modality == "NGS":
        return _ngs(case)
    if marker == "BCR::ABL1 p210":
        return _with_status(case, _p210(case))
    return _p190(case)


def _by_classes(case: Case) -> Verdict:
    """Classify by a guideline of classes: AML, APL and ALL."""
    if case["assay"]["marker"] == "BCR::ABL1 p210":
        transcript = _p210(case)
        depth = _with_status(case, transcript).depth
        level = None if transcript.level is None else real(transcript.level)
        seen = Sight(transcript.finding, transcript.reason, level, depth=depth)
        seen.flags = transcript.flags
    else:
        seen = sight(case)
    if is_haemodilute(case) and seen.finding != "NOT_EVALUABLE":
        seen.flags |= {"haemodilute"}
        if case["assay"]["basis"] in CELL_BASES:
            seen.depth = None
    status, reason = status_of(case, seen)
    exact = None if seen.level is None else F(str(seen.level))
    required = required_lod(case)
    return Verdict(
        seen.finding, status, seen.depth, exact, reason, seen.flags,
        is_low_confidence(case, status),
        None if required is None else F(str(required)),
    )  # fmt: skip


# ---- BCR::ABL1 p210 ----------------------------------------------------------------------------


def _p210(case: Case) -> Verdict:
    rows, patient = case["rows"], case["patient"]
    flags = set() if patient.get("transcript") else {"transcript_assumed"}
    if any(row.get("reported_call") == "INVALID" for row in rows):
        return Verdict("NOT_EVALUABLE", "", reason="REPORTED_INVALID", flags=frozenset(flags))
    if any(row.get("reported_value") or row.get("reported_call") for row in rows):
        return _p210_reported(case, rows[0], flags)
    return _p210_copies(case, flags)


def _factor(case: Case) -> Fraction | None:
    """Return the factor in force on the day of collection; the run's day is not known here."""
    assay, day = case["assay"], case["sample"]["collected_on"]
    if (assay.get("valid_from") or "0000") > day or (assay.get("valid_to") or "9999") < day:
        return None
    return given(assay, "conversion_factor")


def _minimum(gene: str) -> int:
    return REPLICATE_MINIMUM.get(gene, 1)


def _deepest(case: Case, percent: Fraction | None, copies: Fraction) -> str | None:
    """Return the deepest level whose limit the value and whose minimum the copies reach."""
    gene = case["assay"]["control_gene"]
    found = None
    for level, limit, abl1, gusb in MR_TABLE:
        enough = {"ABL1": copies >= abl1, "GUSB": copies >= gusb}.get(gene, False)
        if enough and (percent is None or at_most(percent, limit)):
            found = level
    return found


def _p210_copies(case: Case, flags: set[str]) -> Verdict:
    assay = case["assay"]
    targets = F(0)
    controls = F(0)
    evaluable = 0
    positive = False
    rejected_positive = False
    for row in case["rows"]:
        target, control = given(row, "target_copies"), given(row, "control_copies")
        if target is None:
            continue
        if control is None or control < _minimum(assay["control_gene"]):
            rejected_positive = rejected_positive or target > 0
            continue
        evaluable += 1
        controls += control
        if target > 0:
            positive = True
            keeps = assay.get("low_copy_policy") == "as_estimated"
            targets += target if keeps else max(target, F(3))
    if rejected_positive:
        flags.add("detected_in_rejected_replicate")
    words = frozenset(flags)
    if evaluable == 0:
        return Verdict("NOT_EVALUABLE", "", reason="NO_EVALUABLE_REPLICATE", flags=words)
    if not positive:
        if rejected_positive:
            return Verdict("DETECTED", "", reason="DETECTED_IN_REJECTED_REPLICATE", flags=words)
        return Verdict("NOT_DETECTED", "", _deepest(case, None, controls), flags=words)
    ratio = targets / controls
    if assay["basis"] == "RNA_RATIO":
        return Verdict("DETECTED", "", None, ratio, "NOT_ON_INTERNATIONAL_SCALE", words)
    factor = _factor(case)
    if factor is None:
        return Verdict("DETECTED", "", reason="NO_CONVERSION_FACTOR", flags=words)
    level = ratio * factor
    return Verdict("DETECTED", "", _deepest(case, level * 100, controls), level, flags=words)


def _claim_depth(case: Case, percent: Fraction | None) -> str | None:
    """Return the deepest level by the kit's claim; without one MR4 for a value, none for zero."""
    claim = given(case["assay"], "lod_fraction")
    found = None
    for level, limit, _, _ in MR_TABLE:
        if claim is None:
            reached = percent is not None and level in ("MR1", "MR2", "MR3", "MR4")
        else:
            reached = at_most(claim * 100, limit)
        if reached and (percent is None or at_most(percent, limit)):
            found = level
    return found


def _p210_reported(case: Case, row: dict[str, str], flags: set[str]) -> Verdict:
    assay = case["assay"]
    copies = given(row, "control_copies")
    text, call = row.get("reported_value", ""), row.get("reported_call", "")
    silent = call == "NOT_DETECTED"
    if copies is not None and copies < _minimum(assay["control_gene"]):
        if not silent:
            flags.add("detected_in_rejected_replicate")
        return Verdict("NOT_EVALUABLE", "", reason="NO_EVALUABLE_REPLICATE", flags=frozenset(flags))
    words = frozenset(flags)
    if silent:
        if copies is not None:
            return Verdict("NOT_DETECTED", "", _deepest(case, None, copies), flags=words)
        depth = _claim_depth(case, None)
        if given(assay, "lod_fraction") is None:
            return Verdict("NOT_DETECTED", "", reason="LOD_UNKNOWN", flags=words)
        return Verdict("NOT_DETECTED", "", depth, flags=words | {"kit_claim"})
    if not text:
        return Verdict("DETECTED", "", reason="DETECTED_WITHOUT_LEVEL", flags=words)
    sign, number = (text[0], F(text[1:])) if text[0] in "<>" else ("", F(text))
    unit = row["reported_unit"]
    if unit == "MR":
        percent = F(10 ** (2 - float(number)))
    else:
        percent = number * 100 if unit == "FRACTION" else number
    if unit in ("PCT", "FRACTION") and assay.get("is_reported") != "true":
        factor = _factor(case)
        if factor is None:
            return Verdict("DETECTED", "", reason="NO_CONVERSION_FACTOR", flags=words)
        percent *= factor
    if sign == ">":
        return Verdict("DETECTED", "", flags=words)
    depth = _claim_depth(case, percent) if copies is None else _deepest(case, percent, copies)
    return Verdict("DETECTED", "", depth, None if sign == "<" else percent / 100, flags=words)


def _with_status(case: Case, seen: Verdict) -> Verdict:
    """Apply transcript, control gene and `eln-cml-2020` to what was seen."""
    patient, assay = case["patient"], case["assay"]
    transcript = patient.get("transcript", "")
    finding, depth, reason = seen.finding, seen.depth, seen.reason
    status = None
    if finding == "NOT_EVALUABLE":
        status = "NOT_EVALUABLE"
    elif assay.get("control_gene") == "BCR":
        status, depth, reason = "NO_CATEGORY", None, "CONTROL_GENE_NOT_DEFINED"
    elif transcript in NOT_SEEN_BY_P210:
        depth = None
        if finding == "DETECTED":
            status, reason = "INDETERMINATE", _ambiguous(reason, "TRANSCRIPT_CONTRADICTED")
        else:
            status, reason = "NOT_EVALUABLE", "TRANSCRIPT_NOT_COVERED"
    elif transcript == "unknown" and finding == "NOT_DETECTED":
        depth, status = None, "INDETERMINATE"
        reason = _ambiguous(reason, "TRANSCRIPT_UNKNOWN")
    elif reason is not None:
        status = "INDETERMINATE"
    elif finding == "NOT_DETECTED" and depth in DEEP:
        status = "NEGATIVE"
    elif finding == "NOT_DETECTED":
        status, reason = "INDETERMINATE", "LOD_NOT_REACHED"
    elif depth in DEEP:
        status = "LOW_LEVEL"
    elif any(row.get("reported_value", "").startswith("<") for row in case["rows"]):
        status, reason = "INDETERMINATE", "DETECTED_STRADDLES_THRESHOLD"
    else:
        status = "POSITIVE"
    return Verdict(finding, status, depth, seen.level, reason, seen.flags)


def _ambiguous(first: str | None, second: str) -> str | None:
    """Return the only reason; the texts do not say which of two is named."""
    return second if first is None else None


# ---- BCR::ABL1 p190 in CML ---------------------------------------------------------------------


def _p190(case: Case) -> Verdict:
    assay = case["assay"]
    targets = F(0)
    controls = F(0)
    evaluable = 0
    for row in case["rows"]:
        target, control = given(row, "target_copies"), given(row, "control_copies")
        if target is None or control is None or control == 0:
            continue
        evaluable += 1
        controls += control
        floors = target > 0 and assay.get("low_copy_policy") == "floor_3"  # unasked only for p210
        targets += max(target, F(3)) if floors else target
    if evaluable == 0:
        return Verdict("NOT_EVALUABLE", "NO_CATEGORY")
    if targets == 0:
        return Verdict("NOT_DETECTED", "NO_CATEGORY", reason="MARKER_NOT_IN_RULESET")
    # Below the limit of detection, three copies, there is no number.
    level = None if below(targets, F(3)) else targets / controls
    return Verdict("DETECTED", "NO_CATEGORY", None, level, "MARKER_NOT_IN_RULESET")


# ---- cell axes ---------------------------------------------------------------------------------


@dataclass
class Cells:
    """Level and limits of one sample on a cell axis; `counts` are those that have an interval."""

    level: Fraction
    is_detected: bool
    is_quantified: bool
    lod: Fraction | None
    loq: Fraction | None
    counts: tuple[Fraction, Fraction] | None
    flags: frozenset[str]
    is_loq_proved: bool = True  # else the limit of detection stands in its place

    @property
    def bound(self) -> Fraction | None:
        """What bounds a detection below the LOQ: of an LOQ nobody proved, the interval as well."""
        if self.loq is None or self.is_loq_proved or self.counts is None:
            return self.loq
        high = clopper_pearson(*(real(n) for n in self.counts))[1]
        return max(self.loq, F(str(high)))


def interval_ends_below(k: Fraction, n: Fraction, threshold: Fraction) -> bool:
    """Say whether the two-sided exact 95 % interval of k in n ends below the threshold."""
    return k < n and bool(beta_cdf(real(threshold), real(k + 1), real(n - k)) > HIGH)


def interval_begins_at_or_above(k: Fraction, n: Fraction, threshold: Fraction) -> bool:
    """Say whether the two-sided exact 95 % interval of k in n begins at or above the threshold."""
    return k > 0 and bool(beta_cdf(real(threshold), real(k), real(n - k + 1)) <= LOW)


@cache
def poisson_events(r: int) -> Fraction:
    """Return the mean at which r events are seen 95 times in 100: 2.996 for one event."""
    return F(str(poisson_mean(r)))


def limited(seen: Cells) -> Cells | str:
    """Apply that a limit above 1 could have shown nothing."""
    one = 1 + TOLERANCE
    if seen.lod is not None and seen.lod > one and not seen.is_detected:
        return "TOO_FEW_EVENTS"
    if any(limit is not None and limit > one for limit in (seen.lod, seen.loq)):
        seen.is_quantified = False
    seen.lod, seen.loq = (None if x is None else min(x, F(1)) for x in (seen.lod, seen.loq))
    return seen


def _flow(case: Case) -> Verdict:
    assay = case["assay"]
    expected = assay["basis"].removeprefix("CELLS_")
    if any(row.get("denominator", "") not in ("", expected) for row in case["rows"]):
        return _cells_status(case, "DENOMINATOR_MISMATCH")
    count = sum((F(row["mrd_events"]) for row in case["rows"]), F(0))
    total = sum((F(row["denominator_events"]) for row in case["rows"]), F(0))
    if total == 0:
        return _cells_status(case, "NO_DENOMINATOR")
    lod_events = given(assay, "lod_events")
    needed = given(assay, "min_count") or lod_events or F(20)
    # A limit in events is a decision limit: fewer events than are called positive prove nothing.
    lod = max(max(lod_events or F(20), needed) / total, given(assay, "lod_fraction") or F(0))
    loq = max((given(assay, "loq_events") or F(50)) / total, given(assay, "loq_fraction") or F(0))
    lod = max(lod, poisson_events(1) / total)
    is_proved = at_most(lod, loq)
    loq = max(loq, lod)  # LoD ≤ LoQ always holds
    seen = Cells(
        level=count / total,
        is_detected=count >= needed,
        is_quantified=at_most(loq, count / total),
        lod=lod,
        loq=loq,
        counts=(count, total),
        flags=frozenset({"trace_events"} if 0 < count < needed else ()),
        is_loq_proved=is_proved,
    )
    return _cells_status(case, limited(seen))


def _ngs(case: Case) -> Verdict:
    assay = case["assay"]
    best = max(case["rows"], key=lambda row: F(row["marker_count"]))
    count, total = F(best["marker_count"]), F(best["total_count"])
    if total == 0:
        return _cells_status(case, "NO_DENOMINATOR")
    reads = best.get("count_kind", "READS") in ("READS", "")
    nanograms = given(best, "input_ng")
    cells = None if nanograms is None else nanograms * 1000 / F("6.5")
    looked_at = None if reads else total
    if cells is not None:
        looked_at = min(total, cells)
    needed = given(assay, "min_count") or F(1)
    is_new = best.get("is_tracked") == "false"  # not known from diagnosis: never counted
    if count < needed and is_new:
        return _cells_status(
            case, "NOT_TRACKED", is_new=True
        )  # nothing seen of what nobody looked for
    claim, lod_events = given(assay, "lod_fraction"), given(assay, "lod_events")
    shown = poisson_events(int(needed)) / total
    if looked_at is None:
        # Nobody knows how many cells the reads stand for, but they are not more than the reads.
        lod = max(claim, shown) if claim else None
    elif lod_events:
        lod = (max(lod_events, needed) if needed > 1 else lod_events) / looked_at
    elif reads and cells is not None:
        # So many reads must be seen, and one cell must have been there to be read.
        lod = max(claim or F(0), shown, poisson_events(1) / cells)
    else:
        lod = max(claim or F(0), poisson_events(int(needed)) / looked_at)
    loq_events = given(assay, "loq_events")
    loq = given(assay, "loq_fraction")
    if loq_events and looked_at is not None:
        loq = loq_events / looked_at
    is_proved = loq is not None and (lod is None or at_most(lod, loq))
    if lod is not None:
        loq = max(loq or lod, lod)  # LoD ≤ LoQ always holds
    seen = Cells(
        level=count / total,
        is_detected=count >= needed,
        is_quantified=loq is None or at_most(loq, count / total),
        lod=lod,
        loq=loq,
        # No more molecules speak than the DNA holds.
        counts=None if reads or looked_at is None else (count * looked_at / total, looked_at),
        flags=frozenset(),
        is_loq_proved=is_proved,
    )
    return _cells_status(case, limited(seen), is_new=is_new)


def _cells_depth(case: Case, seen: Cells) -> str | None:
    disease = case["patient"]["disease"]
    if case["assay"]["basis"] not in CELL_BASES or (seen.lod is None and seen.loq is None):
        return None
    found = None
    for n in (3, 4, 5, 6):
        bound = F(1, 10**n)
        if not seen.is_detected:
            proved = seen.lod is not None and at_most(seen.lod, bound)
        elif seen.is_quantified:
            proved = below(seen.level, bound)
        else:
            proved = seen.bound is not None and at_most(seen.bound, bound)
        if proved:
            found = n
    if found is None:
        return None
    if disease == "CLL":
        return f"uMRD{found}" if found > 3 else None
    return f"MRD<1e-{found}"


def _side(seen: Cells, threshold: Fraction) -> str:
    """Say on which side of a threshold a detected sample lies."""
    if seen.is_quantified and below(seen.level, threshold):
        # A fraction of reads proves nothing small while nobody knows how many cells they are.
        return "unproved" if seen.lod is None and seen.loq is None else "below"
    if seen.is_quantified:
        return "above"
    if seen.bound is not None and at_most(seen.bound, threshold):
        return "below"
    if seen.counts is not None:
        k, n = seen.counts
        if interval_ends_below(k, n, threshold):
            return "below"
        return "above" if interval_begins_at_or_above(k, n, threshold) else "straddles"
    # Without an interval from counts the range begins at about the LOD (so one at the threshold
    # itself decides nothing), and at nothing where the level is below it or both limits are one.
    if seen.lod is None or seen.loq is None or not below(seen.lod, seen.loq):
        return "straddles"
    is_above = at_most(seen.lod, seen.level) and below(threshold, seen.lod)
    return "above" if is_above else "straddles"


def _cells_status(case: Case, seen: Cells | str, *, is_new: bool = False) -> Verdict:
    disease, tissue = case["patient"]["disease"], case["sample"]["tissue"]
    if isinstance(seen, str):
        finding, depth, level, flags = "NOT_EVALUABLE", None, None, frozenset[str]()
    else:
        finding = "DETECTED" if seen.is_detected else "NOT_DETECTED"
        depth, flags = _cells_depth(case, seen), seen.flags
        level = seen.level if seen.is_detected and seen.is_quantified else None

    def say(status: str, reason: str | None) -> Verdict:
        return Verdict(finding, status, depth, level, reason, flags)

    if is_new:
        return say("NO_CATEGORY", "MARKER_EXCLUDED")
    if disease == "MM" and tissue != "BM":
        return say("NO_CATEGORY", "TISSUE_NOT_IN_RULESET")
    if case["sample"].get("timepoint") == "DIAGNOSIS":
        return say("NO_CATEGORY", "TIMEPOINT_NOT_IN_RULESET")
    if isinstance(seen, str):
        return say("NOT_EVALUABLE", seen)
    threshold = F(1, 100_000) if disease == "MM" else F(1, 10_000)
    if not seen.is_detected:
        if seen.lod is None:
            return say("INDETERMINATE", "LOD_UNKNOWN")
        if at_most(seen.lod, threshold):
            return say("NEGATIVE", "NOT_DETECTED_ADEQUATE")
        return say("INDETERMINATE", "LOD_NOT_REACHED")
    side = _side(seen, threshold)
    if side == "above":
        return say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD")
    if side == "unproved":
        return say("INDETERMINATE", None)
    if side == "straddles":
        return say("INDETERMINATE", "DETECTED_STRADDLES_THRESHOLD")
    low_class = "LOW_LEVEL" if disease == "MM" else "NEGATIVE"
    return say(low_class, "DETECTED_BELOW_THRESHOLD")
