"""The current state without a patient, as a new snapshot.

Results that an amendment moved between the patient and somebody else go. What was computed from them for the other is
computed again from what stays.
"""

import shutil
from collections.abc import Mapping
from typing import Any

import polars as pl

from flows.forget_snapshots import Cut, StoredFile
from flows.merge import changes_of
from flows.publish import write_changes
from flows.rules import rules_of
from flows.snapshot import FORMAT_VERSION, Snapshot, file_of_year
from flows.snapshot_writer import SnapshotWriter
from flows.warehouse import Warehouse
from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms.forgotten import Person, naming_columns
from transforms.ingest import merge_parsed, reconcile_load


def publish_without(
    warehouse: Warehouse,
    before: Snapshot,
    manifest: Mapping[str, Any],
    cut: Cut,
    records: Mapping[str, pl.DataFrame],
) -> None:
    """Publish the current state without the patient.

    Args:
        warehouse: held by the caller.
        before: the current snapshot, of today's format.
        manifest: of the new snapshot.
        cut: what goes.
        records: rows to add, by table.
    """
    load_id = manifest["load_id"]
    staged = SnapshotWriter(warehouse, f"{load_id}-cut", before)
    _write_cut(staged, before, cut, records)
    files = {"files": staged.files, "format_version": FORMAT_VERSION}
    after = Snapshot(staged.folder, {**manifest, **files})
    writer = SnapshotWriter(warehouse, load_id, after)
    tied = samples_of_others(before, cut.person)
    if tied.is_empty():
        write_changes(writer, after, {})
    else:
        nothing = reconcile_load(merge_parsed([]), {})
        rules = rules_of(before.manifest)
        changes = changes_of(after, nothing, rules, everything=False, also=tied)
        write_changes(writer, after, changes.tables)
    writer.publish(manifest)
    shutil.rmtree(staged.folder)


def samples_of_others(snapshot: Snapshot, person: Person) -> pl.Series:
    """Return the samples of somebody else that results of the patient count for, or were written under."""
    names = [pl.Series("sample_id", [], dtype=pl.String)]
    for table in (*MEASUREMENT_TABLES, TABLES["amendments"]):
        rows = snapshot.read(table)
        rows = rows.filter(person.owns(table.name, rows))
        names += [rows[c].alias("sample_id") for c in naming_columns(table.name, rows.columns)]
    others = pl.concat(names).drop_nulls().unique()
    return others.filter(~others.is_in(sorted(person.samples)))


def _write_cut(
    writer: SnapshotWriter, before: Snapshot, cut: Cut, records: Mapping[str, pl.DataFrame]
) -> None:
    for table in TABLES.values():
        for name in before.files(table):
            file = StoredFile(table.name, before.path / name)
            added = [records[table.name]] if table.name in records else []
            if not added and not cut.touches(file):
                writer.link(name)
                continue
            after = pl.concat([cut.rows(file), *added])
            if after.height or not table.is_by_year:
                writer.write(table, after, name)
        if not any(f.startswith(f"{table.name}/") for f in writer.files):
            writer.write(table, table.empty(), file_of_year(table, 0))
