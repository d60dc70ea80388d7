"""Flow cytometry and sequencing of one sample, as `docs/sensitivity.md` writes them down."""

from collections.abc import Callable
from typing import Any

from tests.naive.exact import (
    ONE,
    ZERO,
    Real,
    clopper_pearson,
    decision_count,
    poisson_mean,
    real,
    smallest_fraction,
    tail,
)  # fmt: skip
from tests.naive.sensitivity import (
    OPEN,
    Answer,
    Case,
    Row,
    Seen,
    at_most,
    below,
    cells_in,
    judge,
    not_evaluable,
    number,
    on_nucleated_cells,
    poisson_floor,
    scale_to_common_axis,
    total,
)  # fmt: skip
from tests.naive.tracked import counted_rows, not_mentioned

ALPHA = real("0.05")
HAEMATOPOIESIS = ("DNMT3A", "TET2", "ASXL1")
GERMLINE_GENES = ("ANKRD26", "CEBPA", "DDX41", "ETV6", "GATA2", "RUNX1", "TP53")


# ---- flow --------------------------------------------------------------------------------------


def flow_results(case: Case) -> dict[str, Answer]:
    """Pool the tubes of each run; the highest run decides."""
    runs: dict[str, list[Row]] = {}
    for row in case["rows"]:
        runs.setdefault(row.get("run_id", ""), []).append(row)
    # Which of two runs is higher is only drawn where both have the same denominator.
    tubes = max(runs.values(), key=lambda rows: total(rows, "mrd_events"))
    answer = _flow(case, tubes)
    if case["assay"]["basis"] == "CELLS_TNC":
        on_nucleated_cells(answer)
    elif all(row.get("tnc_events") for row in tubes):
        share = total(tubes, "denominator_events") / total(tubes, "tnc_events")
        scale_to_common_axis(answer, "SAME_TUBE", lambda fraction: fraction * share)
    _haemodilution(case["sample"], answer)
    return {case["assay"]["marker"]: answer}


def _flow(case: Case, tubes: list[Row]) -> Answer:
    assay = case["assay"]
    k, n = total(tubes, "mrd_events"), total(tubes, "denominator_events")
    if n == 0:
        return not_evaluable("NO_DENOMINATOR")
    lod_events = number(assay, "lod_events")
    decision = number(assay, "min_count") or lod_events or real(20)
    claim = number(assay, "lod_fraction")
    return judge(
        Seen(
            is_detected=bool(k >= decision),
            estimate=k / n,
            numerator=k,
            denominator=n,
            effective=n,
            floor=poisson_floor(n),
            lod95=poisson_mean(decision) / n,
            decision=decision,
            interval=clopper_pearson(k, n),
            claim=claim,
            lods=[
                ("DECISION_EVENTS", max(decision, lod_events or real(20)) / n),
                ("LOD95", poisson_floor(n)),
                ("LAB_STATED", claim),
            ],
            loqs=[
                ("EVENTS", (number(assay, "loq_events") or real(50)) / n),
                ("LAB_STATED", number(assay, "loq_fraction")),
            ],
            flags={"trace_events": bool(0 < k < decision)},
        )
    )


def _haemodilution(sample: Row, answer: Answer) -> None:
    """Annotate a marrow with how much of it is blood."""
    h = number(sample, "blood_dilution_fraction")
    counts: list[Any] = [
        number(sample, c)
        for c in (
            "bm_rbc_10e12_per_l", "pb_rbc_10e12_per_l", "pb_wbc_10e9_per_l",
            "bm_nucleated_10e9_per_l",
        )
    ]  # fmt: skip
    if h is None and None not in counts:
        h = min(counts[0] / counts[1] * counts[2] / counts[3], ONE)
    if sample["tissue"] != "BM":
        h = None
    if answer["finding"] == "NOT_EVALUABLE":
        return
    answer["flags"] |= {"haemodilute": h is not None and h > real("0.5"),
                        "blood_diluted": h is not None and h > 0}  # fmt: skip
    if h is not None and answer["estimate_fraction"] is not None:
        # Nothing but blood: what the marrow would hold, the formula cannot say.
        answer["undiluted_fraction"] = OPEN if h == 1 else answer["estimate_fraction"] / (1 - h)


# ---- sequencing --------------------------------------------------------------------------------


def ngs_results(case: Case) -> dict[str, Answer]:
    """Judge every clone of every marker, then take the highest or the shallowest."""
    counted = counted_rows(case)
    markers: dict[str, list[Row]] = {}
    for row in counted:
        markers.setdefault(row["marker"], []).append(row)
    # Sites that cannot be evaluated because nothing was sequenced there are no tests.
    sites = sum(_error(case, row) is not None and row["total_count"] != "0" for row in counted)
    markers = {m: deciding_runs(case, rows) for m, rows in markers.items()}
    answers = {m: _marker(case, rows, max(sites, 1)) for m, rows in markers.items()}
    lacks, _ = not_mentioned(case)
    for marker, answer in answers.items():
        answer["flags"] |= {
            "absent_from_complete_list": any("is_absent" in row for row in markers[marker]),
            "tracked_marker_not_mentioned": lacks > 0,
        }
    return answers


def deciding_runs(case: Case, rows: list[Row]) -> list[Row]:
    """Of several runs of one clone keep the one that detects, else shows most, else saw deepest."""
    needed = number(case["assay"], "min_count") or ONE

    def rank(row: Row) -> tuple[bool, bool, Real, Real]:
        count, of = real(row["marker_count"]), real(row["total_count"])
        return (of > 0 and count >= needed, of > 0, count / (of or ONE), of)

    by_clone: dict[str, list[Row]] = {}
    for row in rows:
        by_clone.setdefault(row.get("clone", ""), []).append(row)
    return [max(runs, key=rank) for runs in by_clone.values()]


def _depth(lod: Any) -> Real:
    return ZERO if lod is None or lod is OPEN else lod


def _error(case: Case, row: Row) -> Real | None:
    of_row = number(row, "error_rate")
    return number(case["assay"], "error_rate") if of_row is None else of_row


def _marker(case: Case, rows: list[Row], sites: int) -> Answer:
    clones = [_Clone(case, row, sites) for row in rows]
    answers = [clone.answer() for clone in clones]
    detected = [i for i, a in enumerate(answers) if a["finding"] == "DETECTED"]
    # A clone that cannot be evaluated beside one that was not detected is not drawn.
    if not detected and answers[0]["finding"] == "NOT_EVALUABLE":
        return answers[0]
    if detected:
        best = max(detected, key=lambda i: clones[i].estimate)
    else:
        best = max(range(len(rows)), key=lambda i: _depth(answers[i]["lod_fraction"]))
    answer, clone = answers[best], clones[best]
    if not detected:
        lods = [_depth(a["lod_fraction"]) for a in answers]
        _forget_what_clones_share_out(answer, clones, lods)
    is_itd = case["assay"]["basis"] == "VAF" and clone.row.get("marker_class") == "FLT3_ITD"
    if is_itd and detected:
        answer["summed_vaf_fraction"] = sum(clones[i].estimate for i in detected)
    return answer


def _forget_what_clones_share_out(answer: Answer, clones: list["_Clone"], lods: list[Real]) -> None:
    """Leave out counts of undetected clones that differ: whose are shown, nobody says."""
    if len({c.count for c in clones}) > 1:
        answer |= dict.fromkeys(("numerator", "ci_low_fraction", "ci_high_fraction"), OPEN)
        answer["background_probability"] = OPEN
        answer["flags"].pop("trace_events", None)
    is_shared = all(at_most(_depth(answer["lod_fraction"]), lod) for lod in lods)
    if len({c.total for c in clones}) > 1 and is_shared:
        # Equally shallow: by the same DNA or the same claim.
        answer |= dict.fromkeys(
            ("denominator", "effective_denominator", "poisson_floor_fraction", "lod95_fraction",
             "ci_high_fraction", "lod_kind", "loq_fraction", "loq_kind"), OPEN,
        )  # fmt: skip
        answer["flags"].pop("claim_below_poisson_floor", None)


class _Clone:
    """One clone of a marker: its counts, its material, its limits."""

    def __init__(self, case: Case, row: Row, sites: int) -> None:
        self.assay, self.row = case["assay"], row
        self.is_vaf = self.assay["basis"] == "VAF"
        self.count, self.total = real(row["marker_count"]), real(row["total_count"])
        self.kind = row.get("count_kind") or "READS"
        self.error = _error(case, row)
        self.alpha = ALPHA / sites
        nanograms = number(row, "input_ng")
        conversion = number(row, "library_conversion_fraction")
        self.material = None
        if nanograms is not None:
            self.material = cells_in(nanograms) * (ONE if conversion is None else conversion)
            self.material *= 2 if self.is_vaf else 1
        cells, reads = number(row, "spike_cells"), number(row, "spike_reads")
        self.per_read = None
        if self.kind == "READS" and not self.is_vaf and cells is not None and self.material:
            self.per_read = cells / reads
        self.is_reads = self.kind == "READS" and self.per_read is None
        self.estimate = (
            self.count * self.per_read / self.material
            if self.per_read is not None
            else self.count / (self.total or ONE)
        )
        self.conversion_assumed = conversion is None if nanograms is not None else OPEN

    def decision(self) -> Real:
        smallest = number(self.assay, "min_count")
        if self.error is None:
            return smallest or ONE
        return max(decision_count(self.total, self.error, self.alpha), smallest or ONE)

    def effective(self) -> Real | None:
        if self.per_read is not None:
            return self.material
        if self.material is None:
            return None if self.is_reads else self.total
        return min(self.total, self.material)

    def lod95(self, decision: Real, n: Real | None) -> Any:
        needed = poisson_mean(decision)
        if self.kind == "READS" and self.error is not None and self.material is not None:
            # The table of counts and the rule of error rates say two things of reads.
            return OPEN
        if self.per_read is not None:
            return max(poisson_mean(1), needed * self.per_read) / self.material
        if n is None:
            return None
        if self.is_reads:
            return max(needed / self.total, poisson_mean(1) / self.material)
        if self.is_vaf and self.error is not None:
            smallest = smallest_fraction(decision, n)
            if smallest is None:
                return needed / n  # above 1: no VAF would be seen
            return max(smallest - self.error, poisson_floor(n))
        return needed / n

    def answer(self) -> Answer:
        if self.total == 0:
            return not_evaluable("NO_DENOMINATOR")
        no_model = self.is_vaf and self.error is None and number(self.assay, "min_count") is None
        if no_model and self.count > 0:
            return not_evaluable("NO_ERROR_MODEL")
        decision, n = self.decision(), self.effective()
        claim = number(self.assay, "lod_fraction")
        is_low = self.is_vaf and claim is not None and below(self.estimate, claim)
        detected = bool(self.count >= decision) and not is_low
        if not detected and self.row.get("is_tracked") == "false":
            return not_evaluable("NOT_TRACKED")
        answer = judge(self._seen(detected, decision, n, claim))
        if answer["finding"] == "NOT_EVALUABLE":
            return answer
        flags = answer["flags"]
        flags |= self._flags(detected)
        if is_low and self.count > 0:
            flags["trace_events"] = True
        if self.lod95(decision, n) is OPEN:
            _forget_limits(answer)
        self._common_axis(answer)
        return answer

    def _seen(self, detected: bool, decision: Real, n: Real | None, claim: Real | None) -> Seen:
        lod95 = self.lod95(decision, n)
        lod_events, loq_events = number(self.assay, "lod_events"), number(self.assay, "loq_events")
        lods: list[tuple[str, Real | None]]
        if lod_events is not None and n is not None:
            # The maker's events may rest on several markers, unless this one needs more than one.
            needs = max(lod_events, decision) if decision > 1 else lod_events
            lods = [("KIT", needs / n)]
        elif n is None:
            held = None if claim is None else poisson_mean(decision) / self.total
            lods = [("LAB_STATED", claim), ("LOD95", held)]
        else:
            lods = [("LAB_STATED", claim), ("LOD95", None if lod95 is OPEN else lod95)]
        numerator = self.count if self.per_read is None else self.count * self.per_read
        denominator = self.total if self.per_read is None else self.material
        k, of = numerator, denominator
        if n is not None and n < denominator:
            k, of = n * (numerator / denominator), n  # no more molecules than the DNA holds
        flags = {} if lod_events is None and n is not None else {"claim_below_poisson_floor": OPEN}
        return Seen(
            is_detected=detected,
            estimate=self.estimate,
            numerator=numerator,
            denominator=denominator,
            effective=n,
            floor=poisson_floor(n),
            lod95=lod95,
            decision=decision,
            background=None if self.error is None else tail(self.count, self.total, self.error),
            interval=(None, None) if self.is_reads else clopper_pearson(k, of),
            claim=claim if lod_events is None else OPEN,
            lods=lods,
            loqs=[
                ("KIT", None if loq_events is None or n is None else loq_events / n),
                ("LAB_STATED", number(self.assay, "loq_fraction")),
            ],
            flags=flags,  # type: ignore[arg-type]
        )

    def _flags(self, detected: bool) -> dict[str, Any]:
        row, gene = self.row, self.row.get("gene", "")
        stated = row.get("is_germline", "")
        flags: dict[str, Any] = {
            "spike_calibrated": self.per_read is not None,
            "reads_are_not_molecules": self.is_reads,
            "library_conversion_assumed": self.conversion_assumed,
        }
        if detected:
            half = at_most(real("0.4"), self.estimate) and at_most(self.estimate, real("0.6"))
            flags["new_variant"] = row.get("is_tracked") == "false"
            flags["germline"] = stated == "true"
        if detected and self.is_vaf:
            flags["germline_possible"] = half and gene in GERMLINE_GENES and not stated
            flags["clonal_haematopoiesis"] = gene in HAEMATOPOIESIS
        return flags

    def _common_axis(self, answer: Answer) -> None:
        if self.is_reads:
            return
        if not self.is_vaf:
            on_nucleated_cells(answer)
            return
        is_other = self.row.get("is_germline") == "true" or self.row.get("gene") in HAEMATOPOIESIS
        if answer["finding"] != "DETECTED" or is_other:
            return
        copies = [
            number(self.row, f"{what}_copies_per_cell") for what in ("mutant", "total", "normal")
        ]
        convert = cell_fraction(*copies)
        scale_to_common_axis(answer, "VAF_ESTIMATE", convert)
        # Where some of the three are given, whether "heterozygous" was assumed is open.
        given = sum(c is not None for c in copies)
        answer["flags"]["heterozygous_assumed"] = OPEN if 0 < given < 3 else given == 0


def cell_fraction(
    mutant: Real | None, total: Real | None, normal: Real | None
) -> Callable[[Real], Any]:
    """Return what turns a VAF into a fraction of cells: n V / (m + V (n − C)), at most 1."""
    m = ONE if mutant is None else mutant
    c = real(2) if total is None else total
    n = real(2) if normal is None else normal

    def convert(vaf: Real) -> Any:
        mixed = m + vaf * (n - c)
        # More mutant copies than such cells can hold: the formula has no answer.
        return min(n * vaf / mixed, ONE) if mixed > 0 else OPEN

    return convert


def _forget_limits(answer: Answer) -> None:
    """Leave out what rests on a limit that the document leaves open."""
    for column in (
        "finding_reason", "is_quantifiable", "level_fraction", "censor", "upper_fraction",
        "lod_fraction", "lod_kind", "lod95_fraction", "loq_fraction", "loq_kind",
        "rdf_upper_fraction",
    ):  # fmt: skip
        answer[column] = OPEN
