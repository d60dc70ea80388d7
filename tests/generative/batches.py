"""Many cases in one load, and how to read the load's answer for each of them."""

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from tests.generative.cases import Case
from tests.spec.drawn import MEASUREMENTS, Row, to_csv

# No shrinking: messages show the one sample that is wrong, and a load of many is slow to shrink.
STEADY: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": (Phase.generate,),
    "suppress_health_check": list(HealthCheck),
}
DECIDED = ("status", "depth", "reason", "required_lod_fraction", "is_low_confidence")
DERIVED = ("assay_results", "mrd_status", "sample_remission", "patient_summary")


class Batch(Sequence[Any]):
    """A list with a short name: hypothesis would print and warn of the whole of it."""

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<{len(self)} cases>"


@st.composite
def batches(draw: Any, strategy: st.SearchStrategy[Any], size: int) -> Batch:
    """Draw many at a time."""
    return Batch([draw(strategy) for _ in range(size)])


def rows_of(cases: Sequence[Case], first: int = 0) -> dict[str, list[Row]]:
    """Write every case as one sample of a patient and an assay of its own."""
    tables: dict[str, list[Row]] = {
        "patients.csv": [],
        "samples.csv": [],
        "assays.csv": [],
        "runs.csv": [],
        "tracked_markers.csv": [],
        **{name: [] for name in MEASUREMENTS.values()},
    }
    for i, case in enumerate(cases, first):
        patient, sample, assay = f"P{i}", f"S{i}", f"A{i}"
        tables["patients.csv"].append({"patient_id": patient} | case["patient"])
        tables["samples.csv"].append({"sample_id": sample, "patient_id": patient} | case["sample"])
        tables["assays.csv"].append({"assay_id": assay} | case["assay"])
        tables["runs.csv"].extend({"assay_id": assay} | run for run in case.get("runs", ()))
        for j, further in enumerate(case.get("samples", ())):
            tables["samples.csv"].append(
                {"sample_id": f"{sample}-{j}", "patient_id": patient} | further
            )
        tables["tracked_markers.csv"].extend(
            {"identified_on": ""} | row | {"patient_id": row.get("patient_id") or patient}
            for row in case.get("tracked", ())
        )
        tables[MEASUREMENTS[case["assay"]["modality"]]].extend(
            {"sample_id": sample, "assay_id": assay} | row for row in case["rows"]
        )
        # of the first of the further samples
        tables[MEASUREMENTS[case["assay"]["modality"]]].extend(
            {"sample_id": f"{sample}-0", "assay_id": assay} | row
            for row in case.get("elsewhere", ())
        )
    return tables


def csv_files(tables: dict[str, list[Row]]) -> dict[str, str]:
    """Write the tables that have rows as CSV texts."""
    return {name: to_csv(rows) for name, rows in tables.items() if rows}


def answers(tables: Any) -> dict[str, dict[str, Any]]:
    """Return status and result of every sample in one dictionary for each."""
    out: dict[str, dict[str, Any]] = {}
    for row in tables.assay_results.iter_rows(named=True):
        out[row["sample_id"]] = dict(row)
    for row in tables.mrd_status.iter_rows(named=True):
        out[row["sample_id"]] |= {k: row[k] for k in DECIDED}
    return out


def derived(tables: Any) -> dict[str, Any]:
    """Return the tables that are recomputed from the inputs."""
    return {name: getattr(tables, name) for name in DERIVED}
