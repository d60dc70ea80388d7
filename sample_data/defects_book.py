"""The book in which defects are collected: files, labels and the clean reference rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from assays import HEADER as ASSAY_HEADER
from world import Row, day
from writing import PLAIN, Dialect, table

FIRST_DAY = day("2024-01-03")

PATIENTS: tuple[Row, ...] = (
    {"patient_id": "D-CML-1", "disease": "CML", "transcript": "e14a2",
        "diagnosed_on": day("2020-05-04")},
    {"patient_id": "D-CML-2", "disease": "CML", "transcript": "e1a2",
        "diagnosed_on": day("2021-03-01")},
    {"patient_id": "D-AML-1", "disease": "AML", "diagnosed_on": day("2023-02-06")},
    {"patient_id": "D-MM-1", "disease": "MM", "diagnosed_on": day("2022-07-11")},
    {"patient_id": "D-BALL-1", "disease": "B_ALL", "diagnosed_on": day("2023-10-02")},
)  # fmt: skip


def _assay(assay_id: str, modality: str, marker: str, basis: str, **more: object) -> Row:
    row: Row = {"assay_id": assay_id, "modality": modality, "marker": marker, "basis": basis}
    return row | more


P210, SCALE = "BCR::ABL1 p210", "RNA_RATIO_IS"
NAMES = {"target_name": "BCR-ABL", "control_name": "ABL1"}
ASSAYS: tuple[Row, ...] = (
    _assay("d-p210", "PCR", P210, SCALE, control_gene="ABL1", conversion_factor=0.9),
    _assay(
        "d-expired", "PCR", P210, SCALE, control_gene="ABL1", conversion_factor=1.2,
        valid_from=day("2020-01-01"), valid_to=day("2022-12-31"),
    ),
    _assay("d-kit", "PCR", P210, SCALE, control_gene="ABL1", is_reported=True,
        lod_fraction=0.00003),
    _assay("d-p190", "PCR", "BCR::ABL1 p190", "RNA_RATIO", control_gene="ABL1"),
    _assay("d-flow-cd45", "FLOW", "LAIP", "CELLS_CD45", lod_events=20, loq_events=50),
    _assay("d-flow-tnc", "FLOW", "LAIP", "CELLS_TNC", lod_events=20, loq_events=50),
    _assay("d-ngs-vaf", "NGS", "PANEL", "VAF", error_rate=0.00001),
    _assay("d-ngs-claim", "NGS", "IG/TR", "GDNA_CELLS", lod_fraction=0.000001),
    _assay("d-igtr", "PCR", "IG/TR", "GDNA_CELLS"),
    _assay("d-dpcr", "PCR", "IG/TR", "GDNA_CELLS"),
    _assay("d-plate", "PCR", P210, SCALE, control_gene="ABL1", conversion_factor=0.9, **NAMES),
    _assay(
        "d-othernames", "PCR", P210, SCALE, control_gene="ABL1", conversion_factor=0.9,
        target_name="BCRABL-A2", control_name="ABL-A2",
    ),
)  # fmt: skip


def _run(run_id: str, slope: float) -> Row:
    row: Row = {"run_id": run_id, "assay_id": "d-p190", "performed_on": day("2024-01-11")}
    return row | {"target_slope": slope, "target_intercept": 39.5, "target_r_squared": 0.996}


RUNS: tuple[Row, ...] = (_run("D-CURVE-1", -2.5), _run("D-CURVE-2", -3.4))


@dataclass
class Book:
    """Files and labels; samples are taken as the lines ask for them."""

    files: dict[str, bytes] = field(default_factory=dict)
    labels: list[tuple[str, int | str, str]] = field(default_factory=list)
    samples: list[Row] = field(default_factory=list)

    def sample(self, patient_id: str = "D-CML-1", **more: object) -> str:
        """Take a clean sample, each on a day of its own."""
        number = len(self.samples) + 1
        collected_on = FIRST_DAY + timedelta(days=5 * number)
        row: Row = {"sample_id": f"D-{number:03d}", "patient_id": patient_id}
        row |= {"collected_on": collected_on, "tissue": "PB" if "CML" in patient_id else "BM"}
        self.samples.append(row | more)
        return f"D-{number:03d}"

    def label(self, file: str, line: int | str, code: str) -> None:
        """Say that a file must raise a finding."""
        self.labels.append((file, line, code))

    def raw(self, file: str, content: bytes, *found: tuple[int | str, str]) -> None:
        """Add a file that cannot carry the column `expect`."""
        self.files[file] = content
        for line, code in found:
            self.label(file, line, code)

    def table(
        self, file: str, header: Iterable[str], rows: Iterable[Row], *about_file: str,
        dialect: Dialect = PLAIN,
    ) -> None:  # fmt: skip
        """Add a canonical file with the column `expect`."""
        self.files[file] = table((*header, "expect"), rows, dialect)
        for code in (*about_file, "EXTRA_COLUMN"):
            self.label(file, "", code)

    def write_reference(self) -> None:
        """Write the clean reference files, last of all."""
        head = ("patient_id", "disease", "transcript", "diagnosed_on")
        self.files["reference/patients.csv"] = table(head, PATIENTS)
        self.files["reference/assays.csv"] = table(ASSAY_HEADER, ASSAYS)
        self.files["reference/runs.csv"] = table(tuple(RUNS[0]), RUNS)
        head = ("sample_id", "patient_id", "collected_on", "tissue", "timepoint")
        self.files["reference/samples.csv"] = table(head, self.samples)
