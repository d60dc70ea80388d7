"""PCR of RNA and DNA and digital PCR of one sample, as `docs/sensitivity.md` writes them down."""

from typing import Any

from tests.naive.exact import ONE, ZERO, Real, clopper_pearson, ctx, garwood, poisson_mean, real
from tests.naive.sensitivity import (
    OPEN,
    RNA_BASES,
    Answer,
    Case,
    Row,
    Seen,
    at_most,
    cells_in,
    judge,
    not_evaluable,
    number,
    on_nucleated_cells,
    scale_to_common_axis,
    sum_given,
    total,
)  # fmt: skip
from tests.naive.sensitivity_flow_ngs import cell_fraction

TWO_OF_THREE = ("NPM1", "RUNX1::RUNX1T1", "CBFB::MYH11", "PML::RARA", "KMT2A::MLLT3")
P210 = "BCR::ABL1 p210"
REPLICATE_MINIMUM = {"ABL1": 10_000, "GUSB": 24_000}
LAST_CYCLE = real(40)
FLOOR_COPIES = real(3)


def pcr_results(case: Case) -> dict[str, Answer]:
    """Say what the wells of a sample show."""
    if any(row.get("positive_partitions") for row in case["rows"]):
        answer = _digital(case)
    elif case["assay"]["basis"] in RNA_BASES:
        answer = _rna(case)
    else:
        answer = _dna(case)
    return {case["assay"]["marker"]: answer}


def _run_of(case: Case, row: Row) -> Row:
    runs = [run for run in case.get("runs", []) if run["run_id"] == row.get("run_id", "")]
    return runs[0] if runs else {}


def _from_curve(case: Case, row: Row, what: str) -> Real | None:
    """Read a Cq off the run's standard curve."""
    cq, run = number(row, f"{what}_cq"), _run_of(case, row)
    slope, intercept = number_signed(run, f"{what}_slope"), number(run, f"{what}_intercept")
    if cq is None or slope is None or intercept is None:
        return None
    return ctx.power(10, (cq - intercept) / slope)


def number_signed(row: Row, column: str) -> Real | None:
    """Read a cell that may be negative."""
    return real(row[column]) if row.get(column) else None


def _factor(case: Case) -> Real:
    """Return the factor to the International Scale; other ratios have none."""
    is_scale = case["assay"]["basis"] == "RNA_RATIO_IS"
    return number(case["assay"], "conversion_factor") or ONE if is_scale else ONE


def _claims(case: Case) -> tuple[Real | None, list[tuple[str, Real | None]]]:
    """Return the claim and its kind; a case has one for this result or one of the assay."""
    own = number(case["rows"][0], "sensitivity_fraction")
    general = number(case["assay"], "lod_fraction")
    return (general if own is None else own), [("DILUTION", own), ("LAB_STATED", general)]


# ---- RNA ---------------------------------------------------------------------------------------


def _copies(case: Case, row: Row, what: str) -> Real | None:
    given = number(row, f"{what}_copies")
    if given is not None:
        return given
    if row.get(f"{what}_cq") == "Undetermined":
        return ZERO
    return _from_curve(case, row, what)


def _rna(case: Case) -> Answer:
    assay, marker = case["assay"], case["assay"]["marker"]
    floors = assay.get("low_copy_policy") or ("floor_3" if marker == P210 else "as_estimated")
    targets, controls = ZERO, ZERO
    evaluable = positive = 0
    has_copies = True
    for row in case["rows"]:
        target, control = _copies(case, row, "target"), _copies(case, row, "control")
        minimum = REPLICATE_MINIMUM[assay["control_gene"]] if marker == P210 else 0
        cycle = number(row, "target_cq")
        if marker in TWO_OF_THREE and cycle is not None and cycle >= LAST_CYCLE:
            target = ZERO  # called undetected: counts 0, its control copies stay
        if (target is None and cycle is None) or control is None or control == 0:
            continue
        if control < minimum:
            continue
        evaluable += 1
        controls += control
        if target is None:
            positive += 1
            has_copies = False
            continue
        positive += target > 0
        targets += max(target, FLOOR_COPIES) if target > 0 and floors == "floor_3" else target
    if evaluable == 0:
        return not_evaluable("NO_EVALUABLE_REPLICATE")
    answer = judge(_rna_seen(case, targets, controls, positive, evaluable))
    if answer["finding"] == "NOT_EVALUABLE":
        return answer
    answer["flags"] |= _curve_flags(case)
    # One positive of three: whether its copies are shown is open.
    if answer["finding"] == "NOT_DETECTED" and positive:
        answer |= dict.fromkeys(("numerator", "ci_low_fraction", "ci_high_fraction"), OPEN)
        answer["upper_fraction"] = OPEN  # bounded by that interval
    if answer["finding"] == "NOT_DETECTED" and marker in TWO_OF_THREE and evaluable == 1:
        answer["finding_reason"] = "TOO_FEW_REPLICATES"
    is_split = marker in TWO_OF_THREE and positive == 1 and evaluable == 2
    if not has_copies:
        answer |= dict.fromkeys(("numerator", "ci_low_fraction", "ci_high_fraction"), OPEN)
    if is_split or (not has_copies and positive):
        # What else stands beside a split pair is left open.
        unknown = ("finding_reason", "censor", "upper_fraction", "estimate_fraction")
        answer |= dict.fromkeys(unknown, OPEN)
        answer |= {"is_quantifiable": False, "level_fraction": None}
    return answer


def _rna_seen(
    case: Case, targets: Real, controls: Real, positive: int, evaluable: int
) -> Seen:  # fmt: skip
    needs_two = case["assay"]["marker"] in TWO_OF_THREE and evaluable > 2
    claim, claims = _claims(case)
    factor = _factor(case)
    per_copy = factor / controls
    low, high = garwood(targets)
    is_own = number(case["rows"][0], "sensitivity_fraction") is not None
    return Seen(
        is_detected=positive >= (2 if needs_two else 1),
        estimate=targets * per_copy,
        numerator=targets,
        denominator=controls,
        effective=controls,
        # The section on RNA has 3 copies where the others have λ(1) = 2.996.
        floor=FLOOR_COPIES * per_copy,
        lod95=OPEN,  # of one copy or of the three of the floor: the document leaves it open
        interval=(low * per_copy, high * per_copy),
        claim=claim,
        lods=[*claims, ("LOD95", FLOOR_COPIES * per_copy)],
        loqs=[("LAB_STATED", number(case["assay"], "loq_fraction"))],
        has_no_loq=case["assay"]["marker"] == P210,
        is_ratio=True,
        # An assay's claim on an RNA axis is scored by control copies and not flagged.
        flags={} if is_own else {"claim_below_poisson_floor": False},
    )


def _curve_flags(case: Case) -> dict[str, bool]:
    """Say whether copies came from a curve, and whether one of those curves is acceptable."""
    used = [
        (_run_of(case, row), what)
        for row in case["rows"]
        for what in ("target", "control")
        if number(row, f"{what}_copies") is None and _from_curve(case, row, what) is not None
    ]

    def is_bad(run: Row, what: str) -> bool:
        slope, squared = real(run[f"{what}_slope"]), number(run, f"{what}_r_squared")
        is_steep = not (at_most(real("3.1"), -slope) and at_most(-slope, real("3.6")))
        return is_steep or (squared is not None and squared < real("0.98"))

    flags = {"copies_from_curve": bool(used)}
    return flags | {"curve_not_acceptable": any(is_bad(*curve) for curve in used)}


# ---- DNA ---------------------------------------------------------------------------------------


def _dna(case: Case) -> Answer:
    """Take the laboratory's statement, or read the Cq's where it makes none."""
    rows, assay = case["rows"], case["assay"]
    nominal, measured = sum_given(rows, "nominal_input_ng"), sum_given(rows, "input_ng")
    correction = ONE if nominal is None or measured is None else nominal / measured
    seen = Seen(is_detected=False)
    call = rows[0].get("reported_call", "")
    if call == "INVALID":
        return not_evaluable("REPORTED_INVALID")
    stated = number(rows[0], "reported_value")
    if call or stated is not None:
        seen.is_detected = call != "NOT_DETECTED"
        percent = rows[0].get("reported_unit") == "PCT"
        seen.estimate = None if stated is None else stated / (100 if percent else 1)
    else:
        _read_cycles(case, seen)
    own, general = number(rows[0], "sensitivity_fraction"), number(assay, "lod_fraction")
    claim = general if own is None else own
    qr, loq = number(rows[0], "qr_fraction"), number(assay, "loq_fraction")
    if seen.estimate is not None:
        seen.estimate *= correction
    if measured is not None:
        seen.effective = cells_in(measured)
        # The numbers are relative to the diagnostic sample, and so is what can be seen of it.
        blasts = _diagnostic_blasts(case)
        seen.floor = poisson_mean(1) / (seen.effective * (ONE if blasts is None else blasts))
        seen.lod95 = seen.floor
    seen.claim = None if claim is None else claim * correction
    seen.lods = [
        ("DILUTION", None if own is None else own * correction),
        # a result's own sensitivity goes before the assay's claim
        ("LAB_STATED", None if general is None or own is not None else general * correction),
        ("LOD95", seen.floor),
    ]
    seen.loqs = [
        ("QUANTITATIVE_RANGE", None if qr is None else qr * correction),
        ("LAB_STATED", None if loq is None else loq * correction),
    ]
    seen.decision = None
    if seen.floor is None:
        seen.flags["claim_below_poisson_floor"] = False
    answer = judge(seen)
    if answer["finding"] != "NOT_EVALUABLE":
        answer["flags"]["dna_corrected"] = nominal is not None and measured is not None
        if seen.is_detected:
            answer["flags"]["relative_to_diagnosis"] = True
        _of_blasts(case, answer)
    return answer


def _read_cycles(case: Case, seen: Seen) -> None:
    rows = case["rows"]
    cycles = [cq for row in rows if (cq := number(row, "target_cq")) is not None]
    seen.is_detected = bool(cycles)
    if not cycles:
        return
    run = _run_of(case, rows[0])
    slope, intercept = number_signed(run, "target_slope"), number(run, "target_intercept")
    if slope is None:
        return
    mean = sum(cycles) / len(cycles)
    seen.estimate = ctx.power(10, (mean - intercept) / slope)
    agree = at_most(max(cycles) - min(cycles), real("1.5"))
    seen.is_number = len(cycles) == len(rows) and agree


def _diagnostic_blasts(case: Case) -> Real | None:
    """Return the blasts at diagnosis: of several samples the same tissue's, then the earliest."""
    tissue = case["sample"]["tissue"]
    diagnoses = [s for s in case.get("samples", []) if s.get("timepoint") == "DIAGNOSIS"]
    diagnoses.sort(key=lambda s: (s["tissue"] != tissue, s["collected_on"]))
    return number(diagnoses[0], "blast_fraction") if diagnoses else None


def _of_blasts(case: Case, answer: Answer) -> None:
    """Turn a share of the diagnostic sample into one of all cells, by the blasts at diagnosis."""
    blasts = _diagnostic_blasts(case)
    estimate = answer["estimate_fraction"]
    # The blasts allow a fraction above 1 where cells stay at or below all cells.
    of_cells = None if estimate is None else estimate * (ONE if blasts is None else blasts)
    if estimate is not None and not at_most(estimate, ONE) and not at_most(of_cells, ONE):
        answer |= {
            "finding_reason": "FRACTION_ABOVE_1", "is_quantifiable": False, "level_fraction": None,
            "censor": OPEN, "upper_fraction": OPEN, "estimate_fraction": OPEN,
            "rdf_fraction": OPEN, "rdf_upper_fraction": OPEN, "rdf_kind": OPEN,
        }  # fmt: skip
    elif blasts is not None:
        scale_to_common_axis(answer, "DIAGNOSTIC_BLASTS", lambda fraction: fraction * blasts)


# ---- digital PCR -------------------------------------------------------------------------------


PARTITIONS = ("positive_partitions", "total_partitions", "control_positive_partitions")


def without_merged_well(rows: list[Row]) -> list[Row]:
    """Leave out a row that is the exact sum of all the others, where there are three or more."""
    counts = [[int(row.get(c) or 0) for c in PARTITIONS] for row in rows]
    if len(rows) >= 3:
        for i, mine in enumerate(counts):
            others = [
                sum(column) - own
                for column, own in zip(zip(*counts, strict=True), mine, strict=True)
            ]
            if others == mine:
                return rows[:i] + rows[i + 1 :]
    return rows


def _occupied(k: Real, n: Real) -> Real:
    """Return copies in n partitions of which k are positive."""
    return -ctx.log1p(-k / n) * n


def _digital(case: Case) -> Answer:
    assay, basis = case["assay"], case["assay"]["basis"]
    rows = without_merged_well(case["rows"])
    flags = {"merged_row_left_out": len(rows) < len(case["rows"])}
    k, n = total(rows, "positive_partitions"), total(rows, "total_partitions")
    if not at_most(k / n, real("0.95")):
        return not_evaluable("SATURATED", flags)
    copies = _occupied(k, n)
    denominator = _digital_denominator(basis, rows, copies, n)
    if denominator is None:
        return _without_control(bool(k >= (number(assay, "min_count") or 3)), flags)
    factor = _factor(case)
    decision = number(assay, "min_count") or real(3)
    claim, claims = _claims(case)
    low, high = clopper_pearson(k, n)
    # 1 at the upper end would be infinitely many copies; such wells are saturated.
    low, high = -ctx.log1p(-low) * n, -ctx.log1p(-high) * n
    if basis == "VAF":
        wild_type = denominator - copies
        interval = (low / (low + wild_type), high / (high + wild_type))
    else:
        interval = (low / denominator * factor, high / denominator * factor)
    seen = Seen(
        is_detected=bool(k >= decision),
        estimate=copies / denominator * factor,
        numerator=copies,
        denominator=denominator,
        effective=denominator,
        floor=poisson_mean(1) / denominator * factor,
        lod95=poisson_mean(decision) / denominator * factor,
        decision=decision,
        interval=interval,
        claim=claim,
        lods=[
            ("DECISION_EVENTS", decision / denominator * factor),
            ("LOD95", poisson_mean(1) / denominator * factor),
            *claims,
        ],
        loqs=[("LAB_STATED", number(assay, "loq_fraction"))],
        has_no_loq=True,
        is_loq_open=True,
        flags=flags | {"trace_events": bool(0 < k < decision)},
    )
    if basis in RNA_BASES:
        seen.flags["claim_below_poisson_floor"] = OPEN  # type: ignore[assignment]
    answer = judge(seen)
    if answer["finding"] == "NOT_EVALUABLE":
        return answer
    if assay["marker"] == P210 and copies < FLOOR_COPIES:
        # Two rules meet: such copies count 3, and fewer than 3 partitions are no detection.
        answer["numerator"] = OPEN
    volume = number(rows[0], "partition_volume_nl")
    if volume is not None:
        answer["target_copies_per_ul"] = copies / n / (volume / 1000)
    if basis == "GDNA_CELLS":
        on_nucleated_cells(answer)
        if seen.is_detected and not at_most(copies, denominator):
            _more_copies_than_cells(answer)
    elif basis == "VAF" and seen.is_detected:
        scale_to_common_axis(answer, "VAF_ESTIMATE", cell_fraction(None, None, None))
        answer["flags"]["heterozygous_assumed"] = True
    return answer


def _more_copies_than_cells(answer: Answer) -> None:
    """Take the level from a fraction that even the lower end of its interval puts above 1."""
    answer |= dict.fromkeys(("rdf_fraction", "rdf_upper_fraction", "rdf_kind"), OPEN)
    if not at_most(answer["ci_low_fraction"], ONE):
        unknown = ("censor", "upper_fraction", "estimate_fraction")
        answer |= {"finding_reason": "FRACTION_ABOVE_1", "is_quantifiable": False,
                   "level_fraction": None} | dict.fromkeys(unknown, OPEN)  # fmt: skip


def _without_control(is_detected: bool, flags: dict[str, bool]) -> Answer:
    """Answer where the control is saturated and nothing else says how much was looked at."""
    if not is_detected:
        return not_evaluable("SATURATED", flags)
    return not_evaluable("SATURATED", flags) | {"finding": "DETECTED"}


def _digital_denominator(basis: str, rows: list[Row], target: Real, n: Real) -> Any:
    positive = sum_given(rows, "control_positive_partitions")
    is_usable = positive is not None and at_most(positive / n, real("0.95"))
    control: Any = _occupied(positive, n) if is_usable else None
    if basis == "VAF":
        return None if control is None else target + control
    if basis in RNA_BASES:
        return control if control is not None else sum_given(rows, "control_copies")
    if control is not None:
        return control / 2
    if not rows[0].get("input_ng"):
        return None
    # Of each well's DNA, what its partitions hold.
    return sum(
        cells_in(
            total([row], "input_ng")
            * (total([row], "total_partitions") * total([row], "partition_volume_nl") / 1000)
            / total([row], "reaction_volume_ul")
        )
        for row in rows
    )
