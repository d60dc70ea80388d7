"""Flat strategies of acute leukaemias around every limit of their guidelines, and all by disease.

As in `tests.generative.cases`, what the texts leave open is not drawn, and each such place says so.
"""

from typing import Any

from hypothesis import strategies as st

from tests.generative.cases import (
    COLLECTED_ON,
    POLICIES,
    Case,
    flow,
    ngs,
    p210_copies,
    p210_reported,
    pick,
)
from tests.generative.sensitivity_cases_pcr import dna_statements

TIMEPOINTS = (
    "", "DIAGNOSIS", "AFTER_INDUCTION", "PRE_HCT", "TP1", "TP2", "OTHER",
    *("AFTER_CYCLE_2",) * 4, *("END_OF_TREATMENT",) * 7, *("FOLLOW_UP",) * 7,
)  # fmt: skip
# Share of blood in the marrow: more than half proves no negative.
DILUTIONS = (*("",) * 12, "0.1", "0.5", "0.500001", "0.9")


@st.composite
def placed(draw: Any, cases: st.SearchStrategy[Case], disease: str = "") -> Case:
    """Draw a case of a disease at a time point, the marrow perhaps full of blood."""
    case: Case = draw(cases)
    sample = case["sample"] | {"timepoint": draw(pick(TIMEPOINTS))}
    if (disease or case["patient"]["disease"]) not in ("MM", "CLL"):
        sample["blood_dilution_fraction"] = draw(pick(DILUTIONS))
    patient = case["patient"] | ({"disease": disease} if disease else {})
    return case | {"sample": sample, "patient": patient}


# ---- PCR of RNA --------------------------------------------------------------------------------


CONTROLS = {
    "ABL1": ("10000", "10000", "10000", "9999", "10001", "20000", "45000", "100000"),
    "GUSB": ("24000", "24000", "24000", "23999", "24001", "10000", "75000", "240000"),
}
# Σ controls of 30,000 copies show one in ten thousand.
NEAR_30_000 = ("30000", "29999", "30001", "15000", "14999", "10000", "9999", "10001", "50000")
RATIOS = (
    # per hundred thousand: two percent is 2,000
    "0", "0", "0", "0", "0", "1", "10", "1999", "1999.9", "2000", "2000", "2000.1", "2001", "50000",
)  # fmt: skip
RNA_LIMITS = (
    # claimed LOD, claimed LOQ
    ("", ""), ("", ""), ("", ""), ("", ""), ("0.00001", ""), ("0.0001", ""), ("0.00011", ""),
    ("0.001", ""), ("0.01", ""), ("0.0001", "0.001"), ("", "0.0201"), ("", "0.05"), ("0.0001", "0.019"),
)  # fmt: skip
CYCLES = ("", "", "", "", "39.9", "40", "41")


@st.composite
def rna(draw: Any, disease: str, markers: tuple[str, ...]) -> Case:
    """Draw one to four replicates of a transcript with about as many control copies as are asked."""
    marker, gene = draw(pick(markers)), draw(pick(("ABL1", "ABL1", "GUSB")))
    lod, loq = draw(pick(RNA_LIMITS))
    choices = NEAR_30_000 if marker == "PML::RARA" else CONTROLS[gene]
    same = draw(pick(("", "", "", *choices)))
    ratio = draw(pick(RATIOS))
    rows = []
    wells = (1, 1, 1, 2, 3, 3, 4) if marker == "PML::RARA" else (1, 2, 2, 3, 3, 3, 4)
    for i in range(draw(pick(wells))):
        control = same or draw(pick((*choices, "", "0")))
        own = draw(pick((ratio, ratio, ratio, "0")))
        # A positive replicate without control copies is left open.
        target = "0" if control in ("", "0") else f"{int(control) * float(own) / 100_000:.9g}"
        row = {"replicate": str(i + 1), "target_copies": target, "control_copies": control}
        if draw(st.integers(0, 5)) == 5 and target != "0":
            row["target_cq"] = draw(pick(CYCLES))
        elif draw(st.integers(0, 11)) == 11 and control not in ("", "0"):
            row |= {"target_copies": "", "target_cq": "Undetermined"}
        elif draw(st.integers(0, 11)) == 11 and control:
            row["target_copies"] = ""  # not read: no replicate
        rows.append(row)
    return {
        "patient": {"disease": disease, "transcript": "e1a2" if "ABL1" in marker else ""},
        "sample": {"collected_on": COLLECTED_ON, "tissue": draw(pick(("PB", "BM", "BM")))},
        "assay": {
            "modality": "PCR",
            "marker": marker,
            "basis": "RNA_RATIO",
            "control_gene": gene,
            "low_copy_policy": draw(pick(POLICIES)),
            "lod_fraction": lod,
            "loq_fraction": loq,
        },
        "rows": rows,
    }


RNA_STATEMENTS = (
    # value, unit, call
    ("", "", "NOT_DETECTED"), ("", "", "NOT_DETECTED"), ("", "", "NOT_DETECTED"),
    ("", "", "DETECTED"), ("", "", "BELOW_LOQ"), ("", "", "INVALID"), (">0.5", "FRACTION", "ABOVE_LOQ"),
    ("<0.02", "FRACTION", "BELOW_LOQ"), ("<0.021", "FRACTION", "BELOW_LOQ"),
    ("2", "PCT", "DETECTED"), ("1.9999", "PCT", ""), ("2.0001", "PCT", ""), ("0.02", "FRACTION", ""),
    ("0.0001", "FRACTION", "DETECTED"),
)  # fmt: skip


@st.composite
def rna_statement(draw: Any, disease: str, markers: tuple[str, ...]) -> Case:
    """Draw one call or value of a transcript, with or without control copies."""
    gene = draw(pick(("ABL1", "GUSB")))
    value, unit, call = draw(pick(RNA_STATEMENTS))
    return {
        "patient": {"disease": disease},
        "sample": {"collected_on": COLLECTED_ON, "tissue": draw(pick(("PB", "BM", "BM")))},
        "assay": {
            "modality": "PCR",
            "marker": draw(pick(markers)),
            "basis": "RNA_RATIO",
            "control_gene": gene,
            "lod_fraction": draw(pick(("", "", "0.00001", "0.0001", "0.00011"))),
            "loq_fraction": draw(pick(("", "0.001", "0.02", "0.05"))),
        },
        "rows": [
            {
                "reported_value": value,
                "reported_unit": unit,
                "reported_call": call,
                "control_copies": draw(pick(("", *CONTROLS[gene], *NEAR_30_000))),
            }
        ],
    }


@st.composite
def p210_in_aml(draw: Any) -> Case:
    """Draw copies of p210 whose transcript and control gene nobody doubts."""
    case: Case = draw(p210_copies("AML"))
    assay = case["assay"] | {"control_gene": draw(pick(("ABL1", "GUSB")))}
    smallest = 24_000 if assay["control_gene"] == "GUSB" else 10_000
    rows = []
    for row in case["rows"]:
        is_enough = int(row["control_copies"] or 0) >= smallest
        # What was seen in a replicate that is not evaluable, beside others, is left open.
        rows.append(row if is_enough else row | {"target_copies": "0"})
    return case | {
        "patient": {"disease": "AML", "transcript": "e14a2"},
        "assay": assay,
        "rows": rows,
    }


@st.composite
def p190_in_cml(draw: Any) -> Case:
    """Draw a transcript that the guideline of CML does not know."""
    case: Case = draw(rna("CML", ("BCR::ABL1 p190",)))
    rows = [{k: v for k, v in row.items() if k != "target_cq"} for row in case["rows"]]
    for row in rows:
        row["target_copies"] = row["target_copies"] or "0"
    return case | {
        "assay": case["assay"] | {"lod_fraction": "", "loq_fraction": ""},
        "rows": rows,
    }


# ---- flow of AML -------------------------------------------------------------------------------


CD45_TOTALS = (
    500_001, 500_001, 500_001, 500_001, 500_000, 499_999, 1_000_000, 1_000_000, 600_000, 250_000, 250_001, 20_000,
    20_001, 19_999, 50_000, 2_000_000,
)  # fmt: skip
CD45_COUNTS = (
    0, 0, 0, 1, 10, 19, 20, 21, 49, 50, 51, 250, 499, 500, 501, 600, 599, 999, 1000, 1001, 2000,
    5000,
)  # fmt: skip
CD45_LIMITS = (
    # min_count, lod_events, loq_events, claimed LOD, claimed LOQ
    ("", "", "", "", ""), ("", "", "", "", ""), ("", "", "", "", ""), ("", "30", "50", "", ""),
    ("10", "", "", "", ""), ("", "", "", "0.0001", "0.0005"), ("", "", "", "", "0.0011"),
    ("", "", "", "0.0005", "0.001"), ("", "", "", "0.001", "0.002"), ("", "", "500", "", ""),
    ("", "", "", "0.002", "0.002"),
)  # fmt: skip
VIABLE_BLASTS = ("", "99", "99", "100", "100", "100", "101", "0", "5000")
VIABLE_BLASTS_OF_TWO = ("49", "50", "50", "51")


@st.composite
def cd45_flow(draw: Any, disease: str) -> Case:
    """Draw events of one or two tubes among CD45-positive cells, with viable blasts or without."""
    min_count, lod_events, loq_events, lod, loq = draw(pick(CD45_LIMITS))
    basis = draw(pick(("CELLS_CD45",) * 5 + ("CELLS_TNC",)))
    tubes = draw(pick((1, 1, 1, 2)))
    with_blasts = draw(st.booleans())
    rows = []
    for i in range(tubes):
        total = draw(pick(CD45_TOTALS))
        row = {
            "tube": str(i + 1),
            "mrd_events": str(min(draw(pick(CD45_COUNTS)), total)),
            "denominator_events": str(total),
        }
        if with_blasts:
            # Counted in every tube: what one of two says, is left open.
            counts = VIABLE_BLASTS if tubes == 1 else VIABLE_BLASTS_OF_TWO
            row["viable_blast_events"] = draw(pick(counts))
        rows.append(row)
    special = draw(st.integers(0, 39))
    if special == 39:
        rows = [{"tube": "1", "mrd_events": "0", "denominator_events": "0"}]
    elif special == 38:
        rows[0]["denominator"] = "MNC"
    return {
        "patient": {"disease": disease},
        "sample": {"collected_on": COLLECTED_ON, "tissue": draw(pick(("BM", "BM", "BM", "PB")))},
        "assay": {
            "modality": "FLOW",
            "marker": "LAIP",
            "basis": basis,
            "min_count": min_count,
            "lod_events": lod_events,
            "loq_events": loq_events,
            "lod_fraction": lod,
            "loq_fraction": loq,
        },
        "rows": rows,
    }


# ---- variants ----------------------------------------------------------------------------------


VARIANTS = (
    # marker, gene, class
    ("NPM1 W288fs", "NPM1", "INDEL"),
    ("IDH2 R140Q", "IDH2", "SNV"),
    ("IDH2 R140Q", "IDH2", "SNV"),
    ("FLT3-ITD", "FLT3", "FLT3_ITD"),
    ("FLT3-ITD", "FLT3", "FLT3_ITD"),
    ("DNMT3A R882H", "DNMT3A", "SNV"),
    ("TET2 Q1034*", "TET2", "SNV"),
    ("ASXL1 G646fs", "ASXL1", "INDEL"),
    ("TP53 R175H", "TP53", "SNV"),
)
VAF_LIMITS = (
    # min_count, claimed LOD, claimed LOQ
    ("", "", ""), ("", "", ""), ("", "", ""), ("3", "", ""), ("5", "", ""), ("", "0.0001", ""),
    ("", "0.001", ""), ("", "0.00101", ""), ("3", "0.0003", ""), ("", "", "0.002"),
    ("3", "0.0005", "0.0009"), ("", "0.0005", "0.0011"),
)  # fmt: skip
VAF_TOTALS = (10_000, 10_000, 30_000, 30_000, 2_995, 2_996, 4_743, 4_744, 6_295, 6_296, 1_000)


@st.composite
def vaf(draw: Any, disease: str) -> Case:
    """Draw one to three clones of a variant; each clone is a site where errors may be counted."""
    marker, gene, marker_class = draw(pick(VARIANTS))
    error = draw(pick(("", "0.00001", "0.0001", "0.001", "0.001")))
    min_count, lod, loq = draw(pick(VAF_LIMITS))
    total = draw(pick(VAF_TOTALS))
    limit = total // 1000
    near = (
        0, 0, 0, 1, 2, 3, 5, 16, limit - 1, limit - 1, limit, limit, limit, limit, limit + 1,
        2 * limit, total // 2,
    )  # fmt: skip
    counts = [draw(pick(near)) for _ in range(draw(pick((1, 1, 1, 2, 3))))]
    tracked = draw(pick(("true", "true", "true", "true", "", "false")))
    if (not error and not min_count and any(counts)) or tracked == "false":
        counts = counts[:1]  # clones without error model beside others are left open
    if tracked == "false" and counts[0]:
        counts = [total // 2]  # a trace of what was not tracked is left open
    kind = draw(pick(("MOLECULES", "MOLECULES", "MOLECULES", "READS")))
    # Of reads with errors and a known mass the document says the limit twice.
    nanograms = draw(pick(("500", "500", "6.5", ""))) if kind == "MOLECULES" or not error else ""
    return {
        "patient": {"disease": disease},
        "sample": {"collected_on": COLLECTED_ON, "tissue": draw(pick(("BM", "PB")))},
        "assay": {
            "modality": "NGS",
            "marker": marker,
            "basis": "VAF",
            "min_count": min_count,
            "error_rate": error,
            "lod_fraction": lod,
            "loq_fraction": loq,
        },
        "rows": [
            {
                "marker": marker,
                "gene": gene,
                "clone": str(i + 1) if len(counts) > 1 else "",
                "marker_class": marker_class,
                "marker_count": str(count),
                "total_count": str(total),
                "count_kind": kind,
                "input_ng": nanograms,
                "is_tracked": tracked,
                "is_germline": draw(pick(("", "", "", "false", "true")))
                if len(counts) == 1
                else "",
            }
            for i, count in enumerate(counts)
        ],
    }


# ---- IG/TR by PCR ------------------------------------------------------------------------------


@st.composite
def ig_tr_call(draw: Any) -> Case:
    """Draw calls around a range and a sensitivity of one in ten thousand."""
    case: Case = draw(dna_statements())
    qr, sensitivity = draw(
        pick((("0.0001", "0.00001"), ("0.0001", "0.0001"), ("0.0005", "0.0001"),
              ("0.0005", "0.0002"), ("0.0005", "0.0005"), ("0.000101", "0.0001"),
              ("0.01", "0.00011"), ("0.0001", "")))
    )  # fmt: skip
    row = {
        "qr_fraction": qr,
        "sensitivity_fraction": sensitivity,
        "reported_call": draw(pick(("BELOW_LOQ", "BELOW_LOQ", "NOT_DETECTED", "DETECTED"))),
        "input_ng": draw(pick(("", "195", "194", "500"))),
    }
    return case | {"rows": [row]}


# ---- one in ten thousand -----------------------------------------------------------------------


PAIRS = (
    # events or molecules with the marker, and in all
    (50, 500_000), (50, 500_000), (49, 500_000), (51, 500_000), (50, 500_001), (50, 499_999),
    (100, 1_000_000), (100, 1_000_000), (99, 1_000_000), (101, 1_000_000), (200, 2_000_000),
    (199, 2_000_000), (0, 200_000), (0, 199_999), (19, 200_001), (20, 200_000), (20, 200_001),
    (20, 199_999), (0, 29_957), (0, 29_958), (3, 30_000), (3, 29_999), (3, 30_001), (25, 400_000),
)  # fmt: skip


@st.composite
def near_one_in_ten_thousand(draw: Any, cases: st.SearchStrategy[Case]) -> Case:
    """Draw a case of counts whose fraction or limit is about one in ten thousand."""
    case: Case = draw(cases)
    count, total = (str(n) for n in draw(pick(PAIRS)))
    is_flow = case["assay"]["modality"] == "FLOW"
    names = ("mrd_events", "denominator_events") if is_flow else ("marker_count", "total_count")
    row = case["rows"][0] | dict(zip(names, (count, total), strict=True))
    if not is_flow:
        row |= {"clone": "", "is_tracked": "true"}
    return case | {"rows": [row]}


# ---- by disease --------------------------------------------------------------------------------


AML_MARKERS = (
    *("NPM1",) * 5, *("RUNX1::RUNX1T1", "CBFB::MYH11") * 2, *("KMT2A::MLLT3",) * 2,
    "DEK::NUP214", "BCR::ABL1 p190", "PML::RARA",
)  # fmt: skip
STATED = ("NPM1", "NPM1", "RUNX1::RUNX1T1", "KMT2A::MLLT3")


def acute_lymphoblastic(disease: str) -> st.SearchStrategy[Case]:
    """Draw what is done in ALL: flow, IG/TR by PCR and by sequencing."""
    return st.one_of(
        *(placed(flow(disease, basis)) for basis in ("CELLS_TNC", "CELLS_MNC", "CELLS_CD45")),
        placed(ngs(disease)),
        placed(near_one_in_ten_thousand(flow(disease, "CELLS_TNC"))),
        placed(near_one_in_ten_thousand(ngs(disease))),
        placed(dna_statements(), disease),
        placed(dna_statements(), disease),
        placed(ig_tr_call(), disease),
        placed(vaf(disease)),
    )


BY_DISEASE = {
    "CML": st.one_of(p210_copies(), p210_copies(), p210_reported(), p190_in_cml()),
    "MM": placed(st.one_of(flow("MM", "CELLS_TNC"), ngs("MM"))),
    "CLL": placed(st.one_of(flow("CLL", "CELLS_LEUKOCYTE"), flow("CLL", "CELLS_TNC"), ngs("CLL"))),
    "AML": st.one_of(
        placed(rna("AML", AML_MARKERS)),
        placed(rna("AML", AML_MARKERS)),
        placed(rna_statement("AML", STATED)),
        placed(p210_in_aml()),
        placed(cd45_flow("AML")),
        placed(cd45_flow("AML")),
        placed(vaf("AML")),
        placed(vaf("AML")),
    ),
    "APL": st.one_of(
        *(placed(rna("APL", ("PML::RARA",))) for _ in range(4)),
        placed(rna_statement("APL", ("PML::RARA",))),
        placed(rna("APL", ("NPM1",))),
        placed(cd45_flow("APL")),
        placed(vaf("APL")),
    ),
    "B_ALL": acute_lymphoblastic("B_ALL"),
    "T_ALL": acute_lymphoblastic("T_ALL"),
    "PH_ALL": st.one_of(
        acute_lymphoblastic("PH_ALL"),
        placed(rna("PH_ALL", ("BCR::ABL1 p190",))),
        placed(p210_copies("PH_ALL")),
        placed(p210_reported("PH_ALL")),
    ),
}
ANY = st.one_of(*BY_DISEASE.values())
