"""Flat strategies of flow and sequencing results around every limit of `docs/sensitivity.md`.

Cases are texts as `tests.naive.sensitivity` reads them. What the document leaves open is not drawn,
or the naive answer leaves the column out; each such place says so.
"""

from typing import Any

from hypothesis import strategies as st

from tests.generative.cases import COLLECTED_ON, FLOW_EVENTS, Case
from tests.naive.exact import decision_count, real

pick = st.sampled_from

FLOW_TOTALS = (
    4_000_000, 199_999, 200_000, 200_001, 500_000, 1_900_000, 1_999_999, 2_000_000, 2_000_001,
    5_000_000, 20_000_000, 100_000_000, 1, 2, 3, 10, 19, 20, 21, 25, 27, 28, 29, 49, 50, 51, 100,
    1_000,
)  # fmt: skip
FLOW_COUNTS = (
    0, 0, 0, 1, 2, 3, 8, 9, 10, 11, 19, 20, 21, 25, 29, 30, 31, 39, 40, 41, 49, 50, 51, 99, 100,
    101, 400, 5_000, 10**9,
)  # fmt: skip
EVENT_LIMITS = (*FLOW_EVENTS, ("1", "", ""), ("3", "", ""), ("1", "1", "2"), ("", "100", "100"))
CLAIMS = (
    # claimed LOD, claimed LOQ: a LOD above 0.01 is rejected, and so is an LOQ below the LOD
    ("", ""), ("", ""), ("", ""), ("0.00001", ""), ("0.00001", "0.00005"), ("0.0001", "0.0001"),
    ("", "0.0001"), ("", "0.00002"), ("0.000002", ""), ("0.000000001", ""), ("0.01", "0.02"),
    ("0.000001", "0.5"),
)  # fmt: skip
LABORATORIES = ("", "", "L1", "L2")
DILUTIONS = ("", "", "", "0", "0.1", "0.274", "0.5", "0.500001", "0.51", "0.9", "0.999", "1")
BLOOD_COUNTS = (
    # red cells of marrow and blood, white cells of the blood, nucleated cells of the marrow
    ("3.2", "3.9", "4.0", "12.0"), ("3.2", "3.9", "4.0", "12.0"), ("4", "4", "6", "12"),
    ("4", "4", "6.1", "12"), ("4", "4", "5.9", "12"), ("5", "4", "30", "12"),
    ("3.2", "3.9", "0", "12.0"), ("3.2", "3.9", "", "12.0"), ("", "3.9", "4.0", "12.0"),
)  # fmt: skip
DISEASE_OF_BASIS = {
    "CELLS_TNC": "MM",
    "CELLS_CD45": "AML",
    "CELLS_MNC": "B_ALL",
    "CELLS_LEUKOCYTE": "CLL",
}


@st.composite
def _sample(draw: Any, *, has_dilution: bool = False) -> dict[str, str]:
    sample = {"collected_on": COLLECTED_ON, "tissue": draw(pick(("BM", "BM", "PB")))}
    if has_dilution:
        sample["blood_dilution_fraction"] = draw(pick(DILUTIONS))
        if draw(st.booleans()):
            names = ("bm_rbc_10e12_per_l", "pb_rbc_10e12_per_l", "pb_wbc_10e9_per_l",
                     "bm_nucleated_10e9_per_l")  # fmt: skip
            sample |= dict(zip(names, draw(pick(BLOOD_COUNTS)), strict=True))
    return sample


@st.composite
def flow_results(draw: Any) -> Case:
    """Draw flow events of one or two tubes in one or two runs."""
    basis = draw(pick(tuple(DISEASE_OF_BASIS)))
    min_count, lod_events, loq_events = draw(pick(EVENT_LIMITS))
    lod, loq = draw(pick(CLAIMS))
    totals = [draw(pick(FLOW_TOTALS)) for _ in range(draw(pick((1, 1, 2))))]
    if draw(st.integers(0, 39)) == 39:
        totals = [0]
    with_all_cells = draw(pick(("no", "no", "all", "all", "some")))
    rows = []
    # Two runs have the same tubes and other counts: which of two is higher is then no question.
    first = [min(draw(pick(FLOW_COUNTS)), n) for n in totals]
    runs = [first]
    if draw(st.integers(0, 3)) == 3:
        second = [min(draw(pick(FLOW_COUNTS)), n) for n in totals]
        if sum(first) != sum(second):
            runs.append(second)
    for run, counts in enumerate(runs, 1):
        for tube, (k, n) in enumerate(zip(counts, totals, strict=True), 1):
            row = {
                "run_id": f"R{run}" if len(runs) > 1 else "",
                "tube": str(tube),
                "mrd_events": str(k),
                "denominator_events": str(n),
            }
            if n and (with_all_cells == "all" or (with_all_cells == "some" and tube == 1)):
                row["tnc_events"] = str(n * draw(pick((10, 12, 25))) // 10)
            rows.append(row)
    return {
        "patient": {"disease": DISEASE_OF_BASIS[basis]},
        "sample": draw(_sample(has_dilution=True)),
        "assay": {
            "modality": "FLOW",
            "marker": "LAIP",
            "basis": basis,
            "lab_id": draw(pick(LABORATORIES)),
            "min_count": min_count,
            "lod_events": lod_events,
            "loq_events": loq_events,
            "lod_fraction": lod,
            "loq_fraction": loq,
        },
        "rows": rows,
    }


# ---- sequencing --------------------------------------------------------------------------------


NGS_TOTALS = (
    30_000, 9_999, 10_000, 20_000, 76_923, 76_924, 153_846, 299_573, 299_574, 1_523_000, 2_840_000,
    3_076_923, 10_000_000, 100_000_000, 1, 2, 3, 4, 5, 10, 29, 30, 100, 1_000, 3_000,
)  # fmt: skip
LARGE_TOTALS = tuple(n for n in NGS_TOTALS if n >= 9_999)
ERRORS = ("0", "0.000001", "0.00001", "0.0001", "0.001", "0.01")
NANOGRAMS = ("", "", "0.01", "0.0195", "6.5", "65", "195", "500", "1948", "20000")
LARGE_NANOGRAMS = ("", "500", "1948", "20000")
CONVERSIONS = ("", "", "1", "0.5", "0.25", "0.001")
SPIKES = (("", ""), ("100", "5000"), ("60", "150000"), ("1000", "10"), ("0.5", "3"), ("100", "100"))
LIMITS = (
    # lod_events, loq_events, claimed LOD, claimed LOQ; which of events and claim holds is open
    ("", "", "", ""), ("", "", "", ""), ("1.903", "2.390", "", ""), ("1", "", "", ""),
    ("2", "10", "", ""), ("", "", "0.00001", "0.00005"), ("", "", "0.001", ""),
    ("", "", "0.0001", "0.0001"), ("", "", "", "0.001"), ("", "", "0.000000001", ""),
    ("", "10", "", ""), ("", "", "0.01", "0.3"),
)  # fmt: skip
MARKERS = (
    # marker, gene, class
    ("NPM1 W288fs", "NPM1", "INDEL"),
    ("IDH2 R140Q", "IDH2", "SNV"),
    ("DNMT3A R882H", "DNMT3A", "SNV"),
    ("TET2 Q1034*", "TET2", "SNV"),
    ("ASXL1 G646fs", "ASXL1", "INDEL"),
    ("TP53 R175H", "TP53", "SNV"),
    ("DDX41 R525H", "DDX41", "SNV"),
    ("RUNX1 R201Q", "RUNX1", "SNV"),
    ("FLT3-ITD", "FLT3", "FLT3_ITD"),
)
COPIES = (
    # mutant and total copies in a mutant cell, copies in a normal cell
    ("", "", ""), ("", "", ""), ("", "", ""), ("1", "2", "2"), ("2", "2", "2"), ("1", "1", "2"),
    ("1", "1", "1"), ("1", "3", "2"), ("2", "3", "2"), ("1", "8", "2"), ("1", "1", ""),
    ("2", "", ""),
)  # fmt: skip


def _near(draw: Any, total: int, error: str, sites: int, min_count: str) -> int:
    """Draw a count on or beside what the case calls detected, nothing, everything or half."""
    needed = int(min_count or 1)
    if error:
        alpha = real("0.05") / sites
        needed = max(needed, int(decision_count(real(total), real(error), alpha)))
    half = total // 10 if total <= 10**6 else 0  # forty digits of so many take their time
    options = (
        0, 0, 0, 1, 2, 3, needed - 1, needed, needed, needed + 1, 2 * needed, 50, total // 100,
        4 * half - 1, 4 * half, 5 * half, 6 * half, 6 * half + 1, total,
    )  # fmt: skip
    count: int = draw(pick(options))
    return max(0, min(count, total))


@st.composite
def ngs_results(draw: Any) -> Case:
    """Draw one to three markers of one to three clones, on the cell or the VAF axis."""
    basis = draw(pick(("GDNA_CELLS", "VAF")))
    is_vaf = basis == "VAF"
    kind = draw(pick(("MOLECULES", "MOLECULES", "READS") + (() if is_vaf else ("CELLS",))))
    has_error = draw(st.booleans())
    where = draw(pick(("assay", "row"))) if has_error else ""
    error = draw(pick(ERRORS)) if has_error else ""
    min_count = draw(pick(("", "", "", "1", "2", "3", "5")))
    lod_events, loq_events, lod, loq = draw(pick(LIMITS))
    nanograms = draw(pick(NANOGRAMS))
    totals: tuple[int, ...] = NGS_TOTALS
    if kind == "READS":
        if lod_events or loq_events:
            lod_events = loq_events = ""  # limits in cells say nothing of reads
        if has_error:
            # What their limit is, the document says twice; far from 1 the finding does not hang on it.
            totals, nanograms = LARGE_TOTALS, draw(pick(LARGE_NANOGRAMS))
    markers = MARKERS if is_vaf else (("IG/TR", "", "CLONOTYPE"), ("IG/TR 2", "", "CLONOTYPE"))
    chosen = draw(st.lists(pick(markers), min_size=1, max_size=3, unique=True))
    clones_of = [draw(pick((1, 1, 2, 3))) for _ in chosen]
    if is_vaf and not has_error and not min_count:
        clones_of = [1] * len(chosen)  # a clone without error model beside others is left open
    tracked = draw(pick(("true", "true", "", "false")))
    if tracked == "false" and has_error:
        # Whether a marker that was not tracked is a site, the document leaves open.
        chosen, clones_of = chosen[:1], [1]
    conversion = draw(pick(CONVERSIONS)) if not (kind == "READS" and has_error) else ""
    spike = draw(pick(SPIKES)) if kind == "READS" and not has_error else ("", "")
    sites = sum(clones_of)
    rows: list[dict[str, str]] = []
    for (marker, gene, marker_class), clones in zip(chosen, clones_of, strict=True):
        total = draw(pick(totals))
        if draw(st.integers(0, 39)) == 39 and clones == 1 and tracked != "false":
            total = 0
        counts = [
            _near(draw, total, error, sites, min_count) if total else 0 for _ in range(clones)
        ]
        if tracked == "false" and counts[0] > 0 and (not is_vaf or not lod):
            counts = [total] * clones  # a trace of what was not tracked is left open
        elif tracked == "false":
            counts = [0] * clones
        mutant, in_mutant, in_normal = draw(pick(COPIES)) if is_vaf else ("", "", "")
        germline = draw(pick(("", "", "true", "false"))) if is_vaf else ""
        shared = {
            "marker": marker, "gene": gene, "marker_class": marker_class, "count_kind": kind,
            "input_ng": nanograms, "library_conversion_fraction": conversion,
            "is_tracked": tracked, "is_germline": germline,
            "error_rate": error if where == "row" else "",
            "mutant_copies_per_cell": mutant, "total_copies_per_cell": in_mutant,
            "normal_copies_per_cell": in_normal, "spike_cells": spike[0], "spike_reads": spike[1],
        }  # fmt: skip
        various = not any(counts) and not has_error and draw(st.booleans())
        for i, count in enumerate(counts, 1):
            # Clones of other depth only where nothing was seen: then the shallowest limits.
            depth = draw(pick(LARGE_TOTALS)) if various and total >= 9_999 else total
            rows.append(
                shared
                | {"clone": str(i) if clones > 1 else "", "marker_count": str(count)}
                | {"total_count": str(depth)}
            )
    case = {
        "patient": {"disease": "AML" if is_vaf else "B_ALL"},
        "sample": draw(_sample()),
        "assay": {
            "modality": "NGS",
            "marker": chosen[0][0],
            "basis": basis,
            "lab_id": draw(pick(LABORATORIES)),
            "min_count": min_count,
            "lod_events": lod_events,
            "loq_events": loq_events,
            "lod_fraction": lod,
            "loq_fraction": loq,
            "error_rate": error if where == "assay" else "",
        },
        "rows": rows,
    }
    return _without_more_cells_than_dna(case)


def _without_more_cells_than_dna(case: Case) -> Case:
    """Take away spike-ins by which more clonal cells were read than there was DNA: left open."""
    for row in case["rows"]:
        if not (row["spike_cells"] and row["input_ng"]):
            continue
        cells = real(row["marker_count"]) * real(row["spike_cells"]) / real(row["spike_reads"])
        held = real(row["input_ng"]) * 1000 / real("6.5")
        if cells > held * real(row["library_conversion_fraction"] or "1"):
            for other in case["rows"]:
                other["spike_cells"] = other["spike_reads"] = ""
    return case
