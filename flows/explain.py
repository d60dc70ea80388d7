"""`mrd explain`: reads what the warehouse has on a sample."""

from pathlib import Path
from typing import Any

import polars as pl

from flows.errors import UserError
from flows.rules import rules_of
from flows.snapshot import Snapshot
from flows.warehouse import Warehouse
from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms.explain import explain_sample
from transforms.explain_amendments import merge_lines
from transforms.explain_course import explain_patient
from transforms.explain_rows import Source, source_words
from transforms.guidelines.rules import Rules
from transforms.identities import Merges, merges, with_survivors

_DERIVED = ("assay_results", "mrd_status", "sample_remission")
_COURSE = ("mrd_status", "sample_remission", "molecular_events", "patient_summary")
_OF_PATIENTS = (
    "patient_aliases",
    "patients",
    "treatments",
    "clinical_responses",
    "tracked_markers",
)


def _snapshot(warehouse: Path) -> Snapshot:
    return Warehouse(warehouse).require_current()


def _identities(snapshot: Snapshot) -> tuple[dict[str, pl.DataFrame], Merges]:
    """Return what is said of patients under the identity that goes on, and what the merges come to."""
    tables = {n: snapshot.read(TABLES[n]) for n in _OF_PATIENTS}
    joined, _ = with_survivors(tables)
    return joined, merges(tables["patient_aliases"], tables["patients"])


def _survivors(names: pl.Series, told: Merges) -> pl.Series:
    joined = dict(told.joined.select("patient_id", "survivor").rows())
    return pl.Series([joined.get(name, name) for name in names], dtype=pl.String)


def _tables(sample_id: str, snapshot: Snapshot) -> tuple[dict[str, pl.DataFrame], Merges]:
    is_sample = pl.col("sample_id") == sample_id
    named = {
        **{t.name: is_sample | (pl.col("counts_for_sample_id") == sample_id) for t in MEASUREMENT_TABLES},
        **dict.fromkeys(("samples", *_DERIVED), is_sample),
        "amendments": is_sample | (pl.col("correct_sample_id") == sample_id),
    }  # fmt: skip
    tables = {
        n: snapshot.scan(TABLES[n]).filter(holds).select(TABLES[n].stored_columns).collect()
        for n, holds in named.items()
    }
    if all(t.is_empty() for t in tables.values()):
        raise UserError("no sample of this name is in the warehouse")
    joined, told = _identities(snapshot)
    owners = _survivors(tables["samples"].filter("is_current")["patient_id"], told)
    tables["assays"] = snapshot.read(TABLES["assays"])
    tables["runs"] = snapshot.read(TABLES["runs"])
    tables["patient_aliases"] = joined["patient_aliases"]
    is_owner = pl.col("patient_id").is_in(owners.implode())
    tables["patients"] = joined["patients"].filter("is_current", is_owner)
    tables["tracked_markers"] = joined["tracked_markers"].filter(is_owner)
    tables["molecular_events"] = _of_patients(snapshot, "molecular_events", owners)
    return tables, told


def _of_patients(snapshot: Snapshot, name: str, patients: pl.Series) -> pl.DataFrame:
    table = TABLES[name]
    is_owner = pl.col("patient_id").is_in(patients.implode())
    return snapshot.scan(table).filter(is_owner).select(table.stored_columns).collect()


def _course_tables(
    patient_id: str, snapshot: Snapshot
) -> tuple[dict[str, pl.DataFrame], Merges, str]:
    """Return the tables of a course, what the merges come to, and the identity that goes on."""
    joined, told = _identities(snapshot)
    survivor = _survivors(pl.Series([patient_id]), told)
    tables = {name: _of_patients(snapshot, name, survivor) for name in _COURSE}
    is_patient = pl.col("patient_id").is_in(survivor.implode())
    for name in ("patients", "treatments", "clinical_responses"):
        tables[name] = joined[name].filter(is_patient)
    if tables["patients"].is_empty():
        raise UserError("no patient of this name is in the warehouse")
    tables["patient_aliases"] = joined["patient_aliases"]
    return tables, told, str(survivor[0])


def _sources(snapshot: Snapshot) -> dict[str, Source]:
    files = snapshot.read(TABLES["source_files"]).drop_nulls("sha256").sort("load_id")
    # a load that was given the file again did not read it, and does not say where its columns stand
    said = files.group_by("sha256", maintain_order=True).agg(
        pl.col("name").last(), pl.col("sheet", "source_columns").drop_nulls().last()
    )
    return {
        sha256: Source(name, sheet, columns or ()) for sha256, name, sheet, columns in said.rows()
    }


def explain(sample_id: str, warehouse: Path) -> list[str]:
    """Return the chain of a sample as lines.

    Raises:
        UserError: there is no warehouse, or no such sample.
    """
    snapshot = _snapshot(warehouse)
    tables, told = _tables(sample_id, snapshot)
    return explain_sample(sample_id, tables, _sources(snapshot), _rules(snapshot), told)


def explain_course(patient_id: str, warehouse: Path) -> list[str]:
    """Return the course of a patient as lines; of a name that was given up, that of the patient it is.

    Raises:
        UserError: there is no warehouse, or no such patient.
    """
    snapshot = _snapshot(warehouse)
    tables, told, survivor = _course_tables(patient_id, snapshot)
    sources = _sources(snapshot)
    joined = merge_lines(
        patient_id, tables["patient_aliases"], told, lambda row: source_words(row, sources)
    )
    return [*joined, *explain_patient(survivor, tables, _rules(snapshot))]


def facts(sample_id: str, warehouse: Path) -> dict[str, Any]:
    """Return what is known of a sample as tables, for scripts."""
    return {n: t.to_dicts() for n, t in _tables(sample_id, _snapshot(warehouse))[0].items()}


def course_facts(patient_id: str, warehouse: Path) -> dict[str, Any]:
    """Return the course of a patient as tables, for scripts."""
    tables, _, _ = _course_tables(patient_id, _snapshot(warehouse))
    return {n: t.to_dicts() for n, t in tables.items()}


def _rules(snapshot: Snapshot) -> Rules:
    return rules_of(snapshot.manifest)
