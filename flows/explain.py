"""`mrd explain`: reads what the warehouse has on a sample."""

from pathlib import Path
from typing import Any

import polars as pl

from flows.errors import UserError
from flows.rules import active_rules
from flows.settings import Settings
from flows.warehouse import Snapshot, Warehouse
from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms.explain import explain_sample

_DERIVED = ("assay_results", "mrd_status", "sample_remission")


def _snapshot(warehouse: Path) -> Snapshot:
    snapshot = Warehouse(warehouse).current()
    if snapshot is None:
        raise UserError(f"{warehouse}: there is no warehouse here yet; load something first")
    return snapshot


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
    return tables


def explain(sample_id: str, warehouse: Path) -> list[str]:
    """Return the chain of a sample as lines.

    Raises:
        UserError: there is no warehouse, or no such sample.
    """
    snapshot = _snapshot(warehouse)
    files = snapshot.read(TABLES["source_files"]).drop_nulls("sha256")
    names = dict(files.select("sha256", "name").rows())
    rules = active_rules(Settings.model_validate({"rulesets": _chosen(snapshot)}))
    return explain_sample(sample_id, _tables(sample_id, snapshot), names, rules)


def facts(sample_id: str, warehouse: Path) -> dict[str, Any]:
    """Return the same as tables, for scripts."""
    return {n: t.to_dicts() for n, t in _tables(sample_id, _snapshot(warehouse)).items()}


def _chosen(snapshot: Snapshot) -> dict[str, str]:
    from flows.load import chosen_rulesets

    return chosen_rulesets(dict(snapshot.manifest["rulesets"]))
