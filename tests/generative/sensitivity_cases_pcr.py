"""Flat strategies of PCR results of RNA and DNA and of digital PCR around every limit."""

from typing import Any

from hypothesis import strategies as st

from tests.generative.cases import COLLECTED_ON, Case
from tests.generative.sensitivity_cases import LABORATORIES, pick

P210, P190 = "BCR::ABL1 p210", "BCR::ABL1 p190"
RNA_MARKERS = (P210, P210, P190, "ETV6::RUNX1", "NPM1", "RUNX1::RUNX1T1", "PML::RARA")
# Copies are added in steps of a thousand-millionth: the small ones here are powers of two.
TARGETS = (
    "0", "0", "0", "0", "0.015625", "0.5", "1", "1.5", "2.5", "2.9990234375", "3", "3.001", "7",
    "12", "150", "9999", "20000",
)  # fmt: skip
CONTROLS = (
    "10000", "10000", "10001", "24000", "32000", "45000", "77000", "100000", "240000", "1000000",
    "100000000",
)  # fmt: skip
SMALL_CONTROLS = ("0", "1", "2", "3", "4", "50", "9999")
FACTORS = ("1", "1", "0.8", "1.25", "2.22", "0.37")


@st.composite
def _place(draw: Any) -> dict[str, str]:
    return {"collected_on": COLLECTED_ON, "tissue": draw(pick(("PB", "BM")))}


@st.composite
def _rna_assay(draw: Any, marker: str) -> dict[str, str]:
    is_scale = marker == P210 and draw(pick((True, True, False)))
    return {
        "modality": "PCR",
        "marker": marker,
        "basis": "RNA_RATIO_IS" if is_scale else "RNA_RATIO",
        "control_gene": draw(pick(("ABL1", "ABL1", "GUSB"))),
        # A scale without a factor has no level; other tests draw that.
        "conversion_factor": draw(pick(FACTORS)) if is_scale else "",
        "lab_id": draw(pick(LABORATORIES)),
        "low_copy_policy": draw(pick(("", "", "floor_3", "as_estimated"))),
    }


def _patient(marker: str) -> dict[str, str]:
    if marker == P210:
        return {"disease": "CML", "transcript": "e14a2"}
    if marker == P190:
        return {"disease": "PH_ALL", "transcript": "e1a2"}
    return {"disease": "APL" if marker == "PML::RARA" else "AML"}


@st.composite
def _claim(draw: Any, assay: dict[str, str], rows: list[dict[str, str]]) -> None:
    """Draw a claim of the assay or of this result; what holds where both stand is open."""
    claim = draw(pick(("", "", "0.000000001", "0.00001", "0.0003", "0.01")))
    if draw(st.booleans()):
        assay["lod_fraction"] = claim
    else:
        for row in rows:
            row["sensitivity_fraction"] = claim


def _controls(marker: str, gene: str) -> tuple[str, ...]:
    """Return control copies; a p210 replicate below its minimum is drawn elsewhere."""
    if marker != P210:
        return CONTROLS + SMALL_CONTROLS
    return tuple(c for c in CONTROLS if int(c) >= (24_000 if gene == "GUSB" else 10_000))


@st.composite
def rna_copies(draw: Any) -> Case:
    """Draw copies of a transcript in one to four replicates."""
    marker = draw(pick(RNA_MARKERS))
    assay = draw(_rna_assay(marker))
    rows = []
    for i in range(draw(pick((1, 1, 2, 3, 3, 4)))):
        control = draw(pick(_controls(marker, assay["control_gene"])))
        # A positive replicate without control copies is left open.
        target = draw(pick(TARGETS)) if control != "0" else "0"
        rows.append({"replicate": str(i + 1), "target_copies": target, "control_copies": control})
    draw(_claim(assay, rows))
    return {
        "patient": _patient(marker),
        "sample": draw(_place()),
        "assay": assay,
        "rows": rows,
    }


SLOPES = ("-3.35", "-3.32", "-3.1", "-3.6", "-3.09", "-3.61", "-4.2")
SQUARES = ("0.999", "0.98", "0.9799")


@st.composite
def rna_cycles(draw: Any) -> Case:
    """Draw Cq's of target and control with the run's standard curves."""
    marker = draw(pick(RNA_MARKERS))
    assay = draw(_rna_assay(marker))
    if marker == P210:
        assay["control_gene"] = "ABL1"  # of GUSB the steepest curve gives too few copies
    run = {"run_id": "R1"}
    for what in ("target", "control"):
        run |= {
            f"{what}_slope": draw(pick(SLOPES)),
            f"{what}_intercept": draw(pick(("38.5", "40.1", "41"))),
            f"{what}_r_squared": draw(pick(SQUARES)),
        }
    rows = []
    cycles: tuple[str, ...] = ("Undetermined", "Undetermined", "24.3", "29.7", "31.05", "33.7")
    if draw(st.booleans()):
        # Around the last cycle that counts; the intercept keeps such wells at several copies.
        cycles, run["target_intercept"] = ("Undetermined", "31.05", "39.9", "40", "40.2"), "45.1"
    for i in range(draw(pick((1, 2, 3, 3)))):
        # Enough control copies by every curve.
        row = {"run_id": "R1", "replicate": str(i + 1)}
        row["target_cq"] = draw(pick(cycles))
        row["control_cq"] = draw(pick(("15.2", "18.9", "20.4")))
        if draw(st.integers(0, 4)) == 4:
            row["control_copies"], row["control_cq"] = "50000", ""
        rows.append(row)
    if all(row["target_cq"] == "Undetermined" and not row["control_cq"] for row in rows):
        rows[0]["control_cq"], rows[0]["control_copies"] = "18.9", ""
    return {
        "patient": _patient(marker),
        "sample": draw(_place()),
        "assay": assay,
        "runs": [run],
        "rows": rows,
    }


# ---- DNA ---------------------------------------------------------------------------------------


RANGES = (
    # qr_fraction, sensitivity_fraction
    ("0.0001", "0.00001"), ("0.0001", "0.00001"), ("0.0005", "0.0001"), ("0.00005", "0.00005"),
    ("0.0001", ""), ("0.01", "0.01"),
)  # fmt: skip
INPUTS = (
    # measured ng, nominal ng; the tiny ones are 1/32 and 1/64 ng, which sums keep exactly
    ("", ""), ("", ""), ("500", ""), ("1500", ""), ("310", "500"), ("630", "500"), ("500", "500"),
    ("0.03125", "500"), ("0.015625", ""),
)  # fmt: skip
VALUES = (
    "0.00000001", "0.00001", "0.000062", "0.0000999999", "0.0001", "0.000100001", "0.0005", "0.002",
    "0.01", "0.3", "1", "1.2", "1.25", "1.6666", "2", "2.001", "50",
)  # fmt: skip


@st.composite
def _diagnoses(draw: Any) -> list[dict[str, str]]:
    """Draw samples at diagnosis, on days of their own, and one of another time point."""
    blasts = ("0.6", "0.8", "0.5", "1", "0.05")
    days = draw(st.permutations(("2023-01-01", "2023-01-03", "2023-02-01")))
    return [
        {
            "collected_on": day,
            "tissue": draw(pick(("BM", "PB"))),
            "timepoint": draw(pick(("DIAGNOSIS", "DIAGNOSIS", "FOLLOW_UP"))),
            "blast_fraction": draw(pick(blasts)),
        }
        for day in days[: draw(pick((0, 1, 1, 2, 3)))]
    ]


def _dna_assay(draw: Any) -> dict[str, str]:
    return {
        "modality": "PCR",
        "marker": "IG/TR",
        "basis": "GDNA_CELLS",
        "lab_id": draw(pick(LABORATORIES)),
    }


@st.composite
def dna_statements(draw: Any) -> Case:
    """Draw a laboratory's call or value with range, sensitivity and mass of DNA."""
    qr, sensitivity = draw(pick(RANGES))
    measured, nominal = draw(pick(INPUTS))
    assay = _dna_assay(draw)
    row = {"qr_fraction": qr, "sensitivity_fraction": sensitivity}
    row |= {"input_ng": measured, "nominal_input_ng": nominal}
    what = draw(pick(("value", "value", "value", "below", "negative", "negative", "invalid")))
    if what == "value":
        unit = draw(pick(("FRACTION", "PCT")))
        value = draw(pick(VALUES))
        row |= {"reported_value": value, "reported_unit": unit}
        row["reported_call"] = draw(pick(("", "DETECTED")))
    else:
        calls = {"below": "BELOW_LOQ", "negative": "NOT_DETECTED", "invalid": "INVALID"}
        row["reported_call"] = calls[what]
    if what == "negative" and draw(st.integers(0, 3)) == 3:
        # A claim of the assay; beside one of the result, which of both holds is open.
        row |= {"qr_fraction": "", "sensitivity_fraction": ""}
        assay["lod_fraction"] = draw(pick(("", "0.00001", "0.0001", "0.000000001")))
    return {
        "patient": {"disease": "B_ALL"},
        "sample": draw(_place()),
        "samples": draw(_diagnoses()),
        "assay": assay,
        "rows": [row],
    }


CYCLES = (
    "Undetermined", "20", "22.1", "24.9", "29.8", "30.1", "31", "31.1", "31.2", "31.3", "31.6",
    "32.5", "32.6", "35.5", "38.1", "38.9",
)  # fmt: skip


@st.composite
def dna_cycles(draw: Any) -> Case:
    """Draw one to four wells with the Cq's of an IG/TR target, on, within and beyond 1.5 apart."""
    qr, sensitivity = draw(pick(RANGES))
    measured, nominal = draw(pick(INPUTS))
    run = {"run_id": "R1", "target_slope": draw(pick(("-3.35", "-3.1", "-3.9"))),
           "target_intercept": "22.1", "target_r_squared": "0.99"}  # fmt: skip
    rows = [
        {
            "run_id": "R1", "replicate": str(i + 1), "target_cq": draw(pick(CYCLES)),
            "qr_fraction": qr, "sensitivity_fraction": sensitivity,
            "input_ng": measured, "nominal_input_ng": nominal,
        }
        for i in range(draw(pick((1, 2, 3, 3, 3, 4))))
    ]  # fmt: skip
    if draw(st.integers(0, 2)) == 2:
        for row in rows:
            row["target_cq"] = "Undetermined"
    elif draw(st.booleans()):
        first = draw(pick(("29.8", "31", "31.1")))
        for row in rows:
            row["target_cq"] = draw(
                pick((first, f"{float(first) + 1.4:g}", f"{float(first) + 1.5:g}"))
            )
    return {
        "patient": {"disease": "B_ALL"},
        "sample": draw(_place()),
        "samples": draw(_diagnoses()),
        "assay": _dna_assay(draw),
        "runs": [run],
        "rows": rows,
    }


# ---- digital PCR -------------------------------------------------------------------------------


POSITIVES = (0, 0, 0, 1, 2, 3, 4, 5, 9, 10, 100, 8_000, 17_100, 18_999, 19_000, 19_001, 20_000)
WELL_SIZES = (3, 20, 100, 18_000, 20_000, 20_000, 20_000, 1_000_000)
DIGITAL_MIN = ("", "", "", "1", "2", "3", "5", "10")


@st.composite
def digital(draw: Any) -> Case:
    """Draw wells of digital PCR, with their sum as a further row now and then."""
    what = draw(pick(("RNA", "REFERENCE", "MASS", "VAF")))
    marker = draw(pick((P210, "NPM1", P190))) if what == "RNA" else "IG/TR"
    sizes = [draw(pick(WELL_SIZES)) for _ in range(draw(pick((1, 1, 2, 3))))]
    if what == "MASS" or marker == P210:
        sizes = [20_000] * len(
            sizes
        )  # a saturated or empty control is left open, so are few copies
    volume = draw(pick(("", "0.85", "0.91", "0.34"))) if what != "MASS" else "0.85"
    is_crowded = draw(st.integers(0, 3)) == 3
    rows = []
    by_partitions = what != "MASS" and (what != "RNA" or draw(st.booleans()))
    for i, n in enumerate(sizes, 1):
        row = {"replicate": str(i), "positive_partitions": str(min(draw(pick(POSITIVES)), n)),
               "total_partitions": str(n), "partition_volume_nl": volume}  # fmt: skip
        if by_partitions:
            share = draw(pick((50, 60, 80, 95) if marker == P210 else (50, 34, 80, 95, 96, 100)))
            row["control_positive_partitions"] = str(max(1, n * share // 100))
        if what == "RNA" and not by_partitions:
            row["control_copies"] = draw(pick(_controls(P210, "GUSB")))
        if what == "MASS" and is_crowded:
            row["control_positive_partitions"] = "20000"  # saturated: the mass counts instead
        if what == "MASS":
            row |= {"input_ng": "500", "reaction_volume_ul": "22"}
        if draw(st.integers(0, 9)) == 9:
            row["target_copies"] = row["positive_partitions"]  # partitions outweigh copies
        rows.append(row)
    if len(rows) > 1 and draw(st.booleans()):
        rows.append(_merged(rows))
    assay = draw(_rna_assay(marker)) if what == "RNA" else _dna_assay(draw)
    if what == "VAF":
        assay |= {"basis": "VAF", "marker": "NPM1 W288fs"}
    assay |= {"min_count": draw(pick(DIGITAL_MIN)), "low_copy_policy": ""}
    if marker == P210:
        assay["control_gene"] = "ABL1"  # of GUSB these wells hold too little
    if marker == P210 and assay["min_count"] in ("1", "2"):
        assay["min_count"] = "3"  # below three copies the marker's own rule and this one differ
    if what != "VAF" and assay.get("conversion_factor", "1") in ("", "1"):
        # Whether a claim on the scale is multiplied by the factor is open.
        assay["lod_fraction"], assay["loq_fraction"] = draw(
            pick((("", ""), ("", ""), ("0.000000001", ""), ("0.0001", "0.001"), ("0.01", "")))
        )
    return {
        "patient": _patient(marker)
        if what == "RNA"
        else {"disease": "AML" if what == "VAF" else "B_ALL"},
        "sample": draw(_place()),
        "assay": assay,
        "rows": rows,
    }


def _merged(rows: list[dict[str, str]]) -> dict[str, str]:
    """Return the row that the instrument writes for all wells together."""
    merged = rows[0] | {"replicate": "merged", "target_copies": ""}
    for column in (
        "positive_partitions", "total_partitions", "control_positive_partitions", "input_ng",
        "reaction_volume_ul",
    ):  # fmt: skip
        if column in merged:
            merged[column] = str(sum(int(row[column]) for row in rows))
    return merged


PCR = {
    "RNA_COPIES": rna_copies(),
    "RNA_CYCLES": rna_cycles(),
    "DNA_STATEMENTS": dna_statements(),
    "DNA_CYCLES": dna_cycles(),
    "DIGITAL": digital(),
}
