"""How a generated patient is written: shared assays, single results and the canonical files.

A case is a dictionary of texts: `patient`, `treatments`, `responses` (rows of `clinical_responses`)
and `samples`, each `{"sample": row, "results": [(assay_id, rows), ...]}`. Assays are shared.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.generative.cases import Case
from tests.spec.drawn import MEASUREMENTS, Row


def _pcr(marker: str, lab: str, gene: str = "ABL1", basis: str = "RNA_RATIO", **more: str) -> Row:
    row = {"modality": "PCR", "marker": marker, "basis": basis, "lab_id": lab}
    return row | {"control_gene": gene} | more


def _other(modality: str, marker: str, basis: str, lab: str = "L1", **more: str) -> Row:
    return {"modality": modality, "marker": marker, "basis": basis, "lab_id": lab} | more


_IS: Row = {"basis": "RNA_RATIO_IS", "conversion_factor": "1"}
_SHARP: Row = {"min_count": "2", "lod_fraction": "0.00001"}
ASSAYS: dict[str, Row] = {
    "is": _pcr("BCR::ABL1 p210", "L1", **_IS),
    "is-gusb": _pcr("BCR::ABL1 p210", "L2", "GUSB", **_IS),
    "is-kit": _pcr("BCR::ABL1 p210", "L3", **_IS, is_reported="true", lod_fraction="0.00003"),
    "p190": _pcr("BCR::ABL1 p190", "L1"),
    "npm1": _pcr("NPM1", "L1"),
    "npm1-there": _pcr("NPM1", "L2"),
    "npm1-gusb": _pcr("NPM1", "L1", "GUSB"),
    "cbf": _pcr("CBFB::MYH11", "L1"),
    "kmt2a": _pcr("KMT2A::MLLT3", "L1"),
    "pml": _pcr("PML::RARA", "L1"),
    "pml-there": _pcr("PML::RARA", "L2"),
    "pml-somewhere": _pcr("PML::RARA", ""),
    "itd": _other("NGS", "FLT3-ITD", "VAF", **_SHARP),
    "idh2": _other("NGS", "IDH2 R140Q", "VAF", **_SHARP),
    "cd45": _other("FLOW", "LAIP", "CELLS_CD45"),
    "tnc": _other("FLOW", "LAIP", "CELLS_TNC"),
    "tnc-there": _other("FLOW", "LAIP", "CELLS_TNC", "L2"),
    "leukocytes": _other("FLOW", "LAIP", "CELLS_LEUKOCYTE"),
    "clonotypes": _other("NGS", "IG/TR", "GDNA_CELLS", lod_events="1.903", loq_events="2.390"),
    "igh": _pcr("IG/TR", "L1", "", "GDNA_CELLS"),
    "tcr": _pcr("IG/TR", "L1", "", "GDNA_CELLS"),
}  # fmt: skip


STARTS = (
    date(2012, 1, 31), date(2015, 2, 28), date(2016, 2, 29), date(2018, 6, 15), date(2019, 12, 31),
    date(2014, 8, 30),
)  # fmt: skip


def days(r: Random, gaps: Sequence[int], most: int = 7) -> list[date]:
    """Draw the days of one to seven samples."""
    day = r.choice(STARTS)
    out = [day]
    for _ in range(r.randint(1, most) - 1):
        day += timedelta(days=r.choice(gaps))
        out.append(day)
    return out


# ---- results and samples ----------------------------------------------------------------------


def copies(target: str, control: str, wells: int = 1) -> list[Row]:
    """Write the wells of one PCR, each with the same copies."""
    both = {"target_copies": target, "control_copies": control}
    return [{"replicate": str(i + 1)} | both for i in range(wells)]


def events(count: str, total: str) -> list[Row]:
    """Write one tube of flow cytometry."""
    return [{"tube": "1", "mrd_events": count, "denominator_events": total}]


def molecules(assay: str, count: str, total: str) -> list[Row]:
    """Write one clone of a sequencing assay."""
    marker = ASSAYS[assay]["marker"]
    kind = {"FLT3-ITD": "FLT3_ITD", "IG/TR": "CLONOTYPE"}.get(marker, "SNV")
    gene = {"FLT3-ITD": "FLT3", "IG/TR": ""}.get(marker, marker.split()[0])
    row = {"marker": marker, "gene": gene, "marker_class": kind, "count_kind": "MOLECULES"}
    return [row | {"marker_count": count, "total_count": total, "is_tracked": "true"}]


def said(value: str, call: str = "", **more: str) -> list[Row]:
    """Write one statement of a laboratory."""
    unit = more.pop("unit", "FRACTION") if value else ""
    return [{"reported_value": value, "reported_unit": unit, "reported_call": call} | more]


def sample(day: date, tissue: str, timepoint: str = "", *results: tuple[str, list[Row]]) -> Case:
    """Put together one sample."""
    row = {"collected_on": day.isoformat(), "tissue": tissue, "timepoint": timepoint}
    return {"sample": row, "results": list(results)}


def patient_of(disease: str, samples: list[Case], **more: Any) -> Case:
    """Put together one patient."""
    row = {
        "disease": disease,
        "transcript": more.pop("transcript", ""),
        "diagnosed_on": more.pop("diagnosed_on", ""),
    }
    return {"patient": row, "treatments": [], "responses": [], "samples": samples} | more


# ---- files -------------------------------------------------------------------------------------


def rows_of_patients(cases: Sequence[Case]) -> dict[str, list[Row]]:
    """Write patients with all that is known of them as rows of canonical files."""
    tables: dict[str, list[Row]] = {
        "patients.csv": [], "samples.csv": [], "treatments.csv": [], "clinical_responses.csv": [],
        "assays.csv": [{"assay_id": name} | row for name, row in ASSAYS.items()],
        **{name: [] for name in MEASUREMENTS.values()},
    }  # fmt: skip
    for i, case in enumerate(cases):
        patient = {"patient_id": f"P{i}"}
        tables["patients.csv"].append(patient | case["patient"])
        tables["treatments.csv"].extend(patient | row for row in case["treatments"])
        tables["clinical_responses.csv"].extend(patient | row for row in case["responses"])
        for j, one in enumerate(case["samples"]):
            name = {"sample_id": f"S{i}-{j}"}
            tables["samples.csv"].append(name | patient | one["sample"])
            for assay, rows in one["results"]:
                file = MEASUREMENTS[ASSAYS[assay]["modality"]]
                tables[file].extend(name | {"assay_id": assay} | row for row in rows)
    return tables
