"""The report of a load from its snapshot: written at its end, by the next load when it was killed before, or on request."""

from collections.abc import Collection

import polars as pl

from flows.report import render_report
from flows.report_rules import guideline_lines, ruleset_lines
from flows.snapshot import Snapshot
from schemas.tables import TABLES
from transforms.guidelines.rules import Rules
from transforms.identities import with_survivors

_OF_LOAD = ("source_files", "findings", "loads")
_WHOLE = (
    "assay_results", "mrd_status", "sample_remission", "patient_summary", "molecular_events",
    "treatments", "assays", "patient_aliases", "patients",
)  # fmt: skip


def report_of_load(snapshot: Snapshot, rules: Rules, patients: Collection[str] | None) -> str:
    """Return the page of the load that made a snapshot.

    Args:
        snapshot: what the load published.
        rules: rules of the snapshot.
        patients: patients that the load recomputed; None stands for all.
    """
    load_id = snapshot.manifest["load_id"]
    tables = {name: snapshot.read(TABLES[name]) for name in _WHOLE}
    for name in _OF_LOAD:
        rows = snapshot.scan(TABLES[name]).filter(pl.col("load_id") == load_id)
        tables[name] = rows.select(TABLES[name].stored_columns).collect()
    # courses are of persons, and some have given up a name
    tables, _ = with_survivors(tables)
    return render_report(
        load_id, tables, ruleset_lines(rules), patients, guideline_lines(rules),
        snapshot.manifest.get("recomputed_because"),
    )  # fmt: skip
