"""Flat strategies of single samples, with values on, just below and just above every limit.

A case is a dictionary of texts, as `tests.naive.classifier` reads it. The columns are drawn
independently; what the texts leave open is not drawn, and each such place says so.
"""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

Case = dict[str, Any]

COLLECTED_ON = "2024-06-01"
# Windows of an assay row around the day of collection; both ends belong to the window.
WINDOWS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"valid_from": "2024-06-01"},
    {"valid_to": "2024-06-01"},
    {"valid_from": "2024-06-01", "valid_to": "2024-06-01"},
    {"valid_to": "2024-05-31"},
    {"valid_from": "2024-06-02"},
)
TRANSCRIPTS = (
    "e13a2", "e14a2", "p210", "e13a2", "e14a2", "p210", "", "", "unknown", "unknown",
    "e1a2", "p190", "e19a2", "atypical",
)  # fmt: skip
TARGETS = (
    "0", "0", "0", "0", "1", "2", "2.9", "3", "3.1", "4", "9", "10", "11", "31", "32", "33", "99",
    "100", "101", "320", "999", "1000", "1001", "9999", "10000", "10001", "99999", "100000",
    "100001", "",
)  # fmt: skip
CONTROLS = (
    "100000", "", "0", "9999", "10000", "10001", "12000", "15999", "16000", "22000", "23999",
    "24000", "31999", "32000", "32001", "38500", "76999", "77000", "99999", "100001", "239999",
    "240000", "1000000", "1000000",
)  # fmt: skip
FACTORS = ("1", "1", "0.8", "1.25", "0.5", "2.22", "0.83", "")
POLICIES = ("", "floor_3", "as_estimated")

pick = st.sampled_from


@st.composite
def p210_copies(draw: Any, disease: str = "CML") -> Case:
    """Draw copies of BCR::ABL1 p210 in one to three replicates."""
    basis = draw(pick(("RNA_RATIO_IS",) * 6 + ("RNA_RATIO",)))
    gene = draw(pick(("ABL1",) * 4 + ("GUSB",) * 3 + ("BCR",)))
    factor, window = draw(pick(FACTORS)), draw(pick(WINDOWS))
    transcript = draw(pick(TRANSCRIPTS))
    if basis == "RNA_RATIO":
        factor = ""  # a factor on a ratio that is not on the scale: the texts do not speak of it
    if gene == "BCR":
        # Which of several grounds for saying nothing comes first is not written down.
        basis, factor, window, transcript = "RNA_RATIO_IS", "1", {}, "e14a2"
    rows = []
    for i in range(draw(pick((1, 1, 1, 2, 2, 3)))):
        target, control = draw(pick(TARGETS)), draw(pick(CONTROLS))
        if target == control == "":
            target = "0"  # a row without any number is rejected, not classified
        rows.append({"replicate": str(i + 1), "target_copies": target, "control_copies": control})
    return {
        "patient": {"disease": disease, "transcript": transcript},
        "sample": {"collected_on": COLLECTED_ON, "tissue": draw(pick(("PB", "BM")))},
        "assay": {
            "modality": "PCR",
            "marker": "BCR::ABL1 p210",
            "basis": basis,
            "control_gene": gene,
            "conversion_factor": factor,
            "low_copy_policy": draw(pick(POLICIES)),
        }
        | window,
        "rows": rows,
    }


PERCENTS = (
    "55", "10.1", "10", "9.9", "1.01", "1", "0.99", "0.11", "0.1", "0.099", "0.0101", "0.01",
    "0.0099", "0.0033", "0.0032", "0.0031", "0.0011", "0.001", "0.0009", "0.0005",
)  # fmt: skip
MR_VALUES = (
    "0.5", "1", "1.99", "2", "3", "3.96", "3.99", "4", "4.01", "4.49", "4.4949", "4.5", "5",
)  # fmt: skip
CLAIMS = ("", "", "0.00003", "0.00003", "0.000032", "0.00002", "0.00001", "0.0001")
KIT_CALLS = (
    # value, call
    ("", "NOT_DETECTED"),
    ("", "NOT_DETECTED"),
    ("", "INVALID"),
    (">55", "ABOVE_LOQ"),
    (">10", "ABOVE_LOQ"),
    ("", "DETECTED"),
    ("<0.05", "BELOW_LOQ"),
    ("<0.01", "BELOW_LOQ"),
    ("<0.0032", "BELOW_LOD"),
    ("<0.0030", "BELOW_LOD"),
    ("<0.0005", "BELOW_LOD"),
)


@st.composite
def p210_reported(draw: Any, disease: str = "CML") -> Case:
    """Draw one ready-made value or call, with or without control copies."""
    is_kit = draw(st.booleans())
    unit = draw(pick(("PCT_IS", "PCT_IS", "PCT", "FRACTION", "MR")))
    claim = draw(pick(CLAIMS))
    if draw(st.booleans()):
        value, call = draw(pick(KIT_CALLS))
        unit = "PCT_IS" if value else ""
        claim = draw(pick((claim, "0.0005")))  # a number below its own claim: nobody says what then
    else:
        # a bare MR such as 4.5 may be a level of an undetected sample, and needs a call
        call = "DETECTED" if unit == "MR" else draw(pick(("", "DETECTED")))
        percent = draw(pick(PERCENTS))
        value = {
            "PCT_IS": percent,
            "PCT": percent,
            "FRACTION": f"{Decimal(percent) / 100:f}",
            "MR": draw(pick(MR_VALUES)),
        }[unit]
    assay = {
        "modality": "PCR",
        "marker": "BCR::ABL1 p210",
        "basis": "RNA_RATIO_IS",
        "control_gene": draw(pick(("ABL1", "ABL1", "GUSB"))),
        "conversion_factor": draw(pick(("1", "")) if is_kit else pick(FACTORS)),
        "is_reported": "true" if is_kit else "",
        "lod_fraction": claim,
    }
    control = draw(pick(CONTROLS)) if draw(st.booleans()) else ""
    return {
        "patient": {"disease": disease, "transcript": draw(pick(TRANSCRIPTS))},
        "sample": {"collected_on": COLLECTED_ON, "tissue": "PB"},
        "assay": assay,
        "rows": [
            {
                "reported_value": value,
                "reported_unit": unit,
                "reported_call": call,
                "control_copies": control,
            }
        ],
    }


FLOW_COUNTS = (
    0, 0, 0, 1, 8, 9, 10, 11, 19, 20, 21, 25, 29, 30, 39, 40, 41, 45, 49, 50, 51, 99, 100, 101,
    199, 200, 201, 400, 500, 999, 1000, 5000,
)  # fmt: skip
FLOW_TOTALS = (
    199_999, 200_000, 200_001, 499_999, 500_000, 500_001, 1_000_000, 1_900_000, 1_999_999,
    2_000_000, 2_000_001, 3_000_000, 3_500_000, 4_000_000, 4_999_999, 5_000_000, 5_000_001,
    10_000_000, 20_000_000, 10, 20, 49,
)  # fmt: skip
FLOW_EVENTS = (
    # min_count, lod_events, loq_events
    ("", "", ""),
    ("", "", ""),
    ("", "", ""),
    ("", "10", "40"),
    ("", "30", "50"),
    ("", "20", "100"),
    ("10", "20", "50"),
    ("20", "", ""),
    ("10", "", ""),
    ("30", "", ""),
    ("20", "10", "40"),
)
CELL_CLAIMS = (
    # claimed LOD, claimed LOQ
    ("", ""),
    ("", ""),
    ("", ""),
    ("0.00001", ""),
    ("0.00001", "0.00005"),
    ("0.0001", "0.0001"),
    ("", "0.0001"),
    ("", "0.00002"),
    ("0.000002", ""),
)


@st.composite
def flow(draw: Any, disease: str, basis: str) -> Case:
    """Draw flow events in one or two tubes."""
    (min_count, lod_events, loq_events) = draw(pick(FLOW_EVENTS))
    lod, loq = draw(pick(CELL_CLAIMS))
    rows = [
        {
            "tube": str(i + 1),
            "mrd_events": str(min(draw(pick(FLOW_COUNTS)), total := draw(pick(FLOW_TOTALS)))),
            "denominator_events": str(total),
        }
        for i in range(draw(pick((1, 1, 1, 2))))
    ]
    special = draw(st.integers(0, 39))
    if special == 39:
        rows = [{"tube": "1", "mrd_events": "0", "denominator_events": "0"}]
    elif special == 38:
        for row in rows:
            row["denominator"] = "CD45"
    elif special > 28:
        for row in rows:
            row["denominator"] = basis.removeprefix("CELLS_")
    return {
        "patient": {"disease": disease},
        "sample": {"collected_on": COLLECTED_ON, "tissue": draw(pick(("BM", "BM", "PB")))},
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


NGS_COUNTS = (0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 7, 9, 10, 11, 20, 30, 31, 50, 100, 300, 301, 1000)
NGS_TOTALS = (
    29_957, 29_958, 100_000, 153_846, 190_299, 190_300, 238_999, 239_000, 299_573, 299_574,
    500_000, 1_000_000, 1_523_000, 1_902_999, 1_903_000, 2_390_000, 2_840_000, 2_995_732,
    2_995_733, 3_000_000, 3_076_923, 5_000_000, 10_000_000, 2, 30,
)  # fmt: skip
NGS_LIMITS = (
    # min_count, lod_events, loq_events, claimed LOD, claimed LOQ
    ("", "1.903", "2.390", "", ""),
    ("", "1.903", "2.390", "", ""),
    ("", "", "", "", "0.00001"),
    ("", "", "", "0.000001", "0.00001"),
    ("", "", "", "0.00001", "0.0001"),
    ("", "", "", "0.0001", "0.0002"),
    ("2", "", "", "", "0.00002"),
    ("3", "", "10", "", ""),
    ("", "", "10", "0.00001", ""),
    ("", "", "", "", ""),
    ("", "", "", "0.000001", ""),
)


@st.composite
def ngs(draw: Any, disease: str) -> Case:
    """Draw clonotype counts of one to three clones."""
    kind = draw(pick(("CELLS", "MOLECULES", "READS")))
    (min_count, lod_events, loq_events, lod, loq) = draw(pick(NGS_LIMITS))
    total = draw(pick(NGS_TOTALS))
    counts = [min(draw(pick(NGS_COUNTS)), total) for _ in range(draw(pick((1, 1, 1, 2, 3))))]
    tracked = draw(pick(("true", "true", "true", "", "false")))
    if tracked == "false" and max(counts) < int(min_count or 1):
        counts = [0] * len(counts)  # a trace of what was not tracked is left open
    nanograms = draw(pick(("", "", "500", "1948", "20000")))
    if kind == "READS" and (lod_events or loq_events):
        # Limits in cells say nothing of reads.
        lod_events = loq_events = ""
    if draw(st.integers(0, 39)) == 39:
        counts, total = [0], 0
    return {
        "patient": {"disease": disease},
        "sample": {"collected_on": COLLECTED_ON, "tissue": draw(pick(("BM", "BM", "PB")))},
        "assay": {
            "modality": "NGS",
            "marker": "IG/TR",
            "basis": "GDNA_CELLS",
            "min_count": min_count,
            "lod_events": lod_events,
            "loq_events": loq_events,
            "lod_fraction": lod,
            "loq_fraction": loq,
        },
        "rows": [
            {
                "marker": "IG/TR",
                "clone": str(i + 1) if len(counts) > 1 else "",
                "marker_class": "CLONOTYPE",
                "marker_count": str(count),
                "total_count": str(total),
                "count_kind": kind,
                "input_ng": nanograms,
                "is_tracked": tracked,
            }
            for i, count in enumerate(counts)
        ],
    }
