"""The assays of the invented laboratories."""

from datetime import date

from world import Row, day

HEADER = (
    "assay_id", "modality", "marker", "basis", "lab_id", "control_gene", "conversion_factor",
    "is_reported", "valid_from", "valid_to", "lod_fraction", "loq_fraction", "lod_events",
    "loq_events", "error_rate", "min_count", "low_copy_policy", "target_name", "control_name",
)  # fmt: skip

P210, P190 = "BCR::ABL1 p210", "BCR::ABL1 p190"


def _scale(assay_id: str, lab: str, gene: str, factor: float, start: str, end: str | None) -> Row:
    row: Row = {"assay_id": assay_id, "modality": "PCR", "marker": P210, "basis": "RNA_RATIO_IS"}
    row |= {"lab_id": lab, "control_gene": gene, "conversion_factor": factor}
    return row | {"valid_from": day(start), "valid_to": day(end) if end else None}


def _ratio(assay_id: str, lab: str, marker: str) -> Row:
    row: Row = {"assay_id": assay_id, "modality": "PCR", "marker": marker, "basis": "RNA_RATIO"}
    return row | {"lab_id": lab, "control_gene": "ABL1"}


def _flow(assay_id: str, lab: str, marker: str, basis: str, lod: int, loq: int) -> Row:
    row: Row = {"assay_id": assay_id, "modality": "FLOW", "marker": marker, "basis": basis}
    return row | {"lab_id": lab, "lod_events": lod, "loq_events": loq}


def _cells(assay_id: str, lab: str) -> Row:
    row: Row = {"assay_id": assay_id, "modality": "NGS", "marker": "IG/TR", "basis": "GDNA_CELLS"}
    return row | {"lab_id": lab, "lod_events": 1.903, "loq_events": 2.390}


PLATE_NAMES: Row = {"target_name": "BCR-ABL", "control_name": "ABL1"}

ASSAYS: tuple[Row, ...] = (
    # Lab 1 was calibrated anew in the middle of 2022.
    _scale("qpcr-bcrabl-lab1", "LAB1", "ABL1", 0.83, "2019-01-01", "2022-06-30") | PLATE_NAMES,
    _scale("qpcr-bcrabl-lab1", "LAB1", "ABL1", 0.91, "2022-07-01", None) | PLATE_NAMES,
    _scale("qpcr-bcrabl-lab2", "LAB2", "GUSB", 0.52, "2018-01-01", None),
    # The factor of lab 3 has expired and was never renewed.
    _scale("qpcr-bcrabl-lab3", "LAB3", "ABL1", 1.25, "2019-01-01", "2023-12-31"),
    _scale("qpcr-bcrabl-lab4", "LAB4", "ABL1", 1.1, "2019-01-01", None)
    | {"low_copy_policy": "as_estimated"},
    {
        "assay_id": "cartridge-bcrabl", "modality": "PCR", "marker": P210, "basis": "RNA_RATIO_IS",
        "lab_id": "LAB5", "control_gene": "ABL1", "is_reported": True, "lod_fraction": 0.00003,
    },
    _ratio("qpcr-p190-lab1", "LAB1", P190),
    _ratio("rqpcr-npm1", "LAB6", "NPM1"),
    _ratio("rqpcr-runx1t1", "LAB6", "RUNX1::RUNX1T1"),
    _ratio("rqpcr-cbfb", "LAB6", "CBFB::MYH11"),
    _ratio("rqpcr-pmlrara", "LAB6", "PML::RARA"),
    {
        "assay_id": "rqpcr-igtr", "modality": "PCR", "marker": "IG/TR", "basis": "GDNA_CELLS",
        "lab_id": "LAB7",
    },
    _flow("flow-aml-laip", "LAB8", "LAIP", "CELLS_CD45", 20, 50),
    _flow("flow-ball", "LAB8", "LAIP", "CELLS_TNC", 10, 40),
    _flow("flow-tall", "LAB8", "LAIP", "CELLS_MNC", 10, 40),
    _flow("flow-mm-ngf", "LAB9", "LAIP", "CELLS_TNC", 20, 50),
    _flow("flow-cll", "LAB9", "LAIP", "CELLS_LEUKOCYTE", 20, 50),
    _cells("ngs-ball-igtr", "LAB10"),
    _cells("ngs-mm-igtr", "LAB10"),
    _cells("ngs-cll-igtr", "LAB10"),
    {
        "assay_id": "ngs-aml-panel", "modality": "NGS", "marker": "PANEL", "basis": "VAF",
        "lab_id": "LAB11", "error_rate": 0.00001, "min_count": 3,
    },
    # Assays of the courses that show what a sample could have shown.
    {
        "assay_id": "ngs-igtr-lab12", "modality": "NGS", "marker": "IG/TR", "basis": "GDNA_CELLS",
        "lab_id": "LAB12",
    },
    {
        "assay_id": "ngs-aml-umi", "modality": "NGS", "marker": "PANEL", "basis": "VAF",
        "lab_id": "LAB12", "error_rate": 0.00001, "lod_fraction": 0.0002, "loq_fraction": 0.0003,
    },
    {
        "assay_id": "ngs-npm1-dna", "modality": "NGS", "marker": "NPM1", "basis": "VAF",
        "lab_id": "LAB12",
    },
    {
        "assay_id": "dpcr-igtr", "modality": "PCR", "marker": "IG/TR", "basis": "GDNA_CELLS",
        "lab_id": "LAB7",
    },
    _scale("dpcr-bcrabl-lab13", "LAB13", "ABL1", 0.93, "2022-01-01", None),
    {
        "assay_id": "dpcr-idh2", "modality": "PCR", "marker": "IDH2 p.R140Q", "basis": "VAF",
        "lab_id": "LAB13",
    },
)  # fmt: skip


def factor(assay_id: str, on: date) -> float:
    """Conversion factor in force, for drawing copies; the last one where it has expired."""
    rows = [a for a in ASSAYS if a["assay_id"] == assay_id]
    for row in rows:
        start, end = row.get("valid_from"), row.get("valid_to")
        if isinstance(start, date) and start <= on and (end is None or on <= end):
            return float(str(row["conversion_factor"]))
    return float(str(rows[-1].get("conversion_factor") or 1))
