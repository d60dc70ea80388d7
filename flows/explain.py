"""`mrd explain`: reads what the warehouse has on a sample."""

from pathlib import Path
from typing import Any

import polars as pl

from flows.errors import UserError
from flows.rules import rules_of
from flows.snapshot import Snapshot
from flows.warehouse import Warehouse
from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms.explain import Source, explain_sample
from transforms.explain_course import explain_patient
from transforms.guidelines.rules import Rules

_DERIVED = ("assay_results", "mrd_status", "sample_remission")
_COURSE = (
    "patients", "treatments", "clinical_responses", "mrd_status", "sample_remission", "molecular_events",
    "patient_summary",
)  # fmt: skip


def _snapshot(warehouse: Path) -> Snapshot:
    return Warehouse(warehouse).require_current()


def _tables(sample_id: str, snapshot: Snapshot) -> dict[str, pl.DataFrame]:
    names = (*(t.name for t in MEASUREMENT_TABLES), "samples", *_DERIVED)
    tables = {
        n: snapshot.scan(TABLES[n])
        .filter(pl.col("sample_id") == sample_id)
        .select(TABLES[n].stored_columns)
        .collect()
        for n in names
    }
    if all(t.is_empty() for t in tables.values()):
        raise UserError("no sample of this name is in the warehouse")
    patients = tables["samples"]["patient_id"]
    tables["patients"] = snapshot.read(TABLES["patients"]).filter(
        pl.col("patient_id").is_in(patients.implode())
    )
    tables["assays"] = snapshot.read(TABLES["assays"])
    tables["runs"] = snapshot.read(TABLES["runs"])
    for name in ("molecular_events", "tracked_markers"):
        tables[name] = _of_patients(snapshot, name, patients)
    return tables


def _of_patients(snapshot: Snapshot, name: str, patients: pl.Series) -> pl.DataFrame:
    table = TABLES[name]
    is_owner = pl.col("patient_id").is_in(patients.implode())
    return snapshot.scan(table).filter(is_owner).select(table.stored_columns).collect()


def _course_tables(patient_id: str, snapshot: Snapshot) -> dict[str, pl.DataFrame]:
    patients = pl.Series([patient_id], dtype=pl.String)
    tables = {name: _of_patients(snapshot, name, patients) for name in _COURSE}
    if tables["patients"].is_empty():
        raise UserError("no patient of this name is in the warehouse")
    return tables


def explain(sample_id: str, warehouse: Path) -> list[str]:
    """Return the chain of a sample as lines.

    Raises:
        UserError: there is no warehouse, or no such sample.
    """
    snapshot = _snapshot(warehouse)
    files = snapshot.read(TABLES["source_files"]).drop_nulls("sha256")
    sources = {
        sha256: Source(name, sheet, columns or ())
        for sha256, name, sheet, columns in files.select(
            "sha256", "name", "sheet", "source_columns"
        ).rows()
    }
    return explain_sample(sample_id, _tables(sample_id, snapshot), sources, _rules(snapshot))


def explain_course(patient_id: str, warehouse: Path) -> list[str]:
    """Return the course of a patient as lines.

    Raises:
        UserError: there is no warehouse, or no such patient.
    """
    snapshot = _snapshot(warehouse)
    return explain_patient(patient_id, _course_tables(patient_id, snapshot), _rules(snapshot))


def facts(sample_id: str, warehouse: Path) -> dict[str, Any]:
    """Return what is known of a sample as tables, for scripts."""
    return {n: t.to_dicts() for n, t in _tables(sample_id, _snapshot(warehouse)).items()}


def course_facts(patient_id: str, warehouse: Path) -> dict[str, Any]:
    """Return the course of a patient as tables, for scripts."""
    return {n: t.to_dicts() for n, t in _course_tables(patient_id, _snapshot(warehouse)).items()}


def _rules(snapshot: Snapshot) -> Rules:
    return rules_of(snapshot.manifest)
