"""Changed tables to files: the years in which a row is different are written, the rest is linked."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flows.snapshot import Snapshot, file_of_year, year_of_file
from flows.snapshot_writer import SnapshotWriter
from schemas.models import MODELS
from schemas.tables import TABLES, Table
from transforms.kept_schema import keeps_schema


@dataclass(frozen=True)
class Change:
    """Rows of one table after a load.

    Attributes:
        rows: all rows of the keys in `keys`, or of the whole table when `keys` is None; with
            `collected_year` for tables stored by year.
        keys: one column; rows of these keys are replaced.
    """

    rows: pl.DataFrame
    keys: pl.DataFrame | None = None


def write_changes(
    writer: SnapshotWriter, before: Snapshot | None, changes: Mapping[str, Change]
) -> None:
    """Write the tables of the next snapshot; what did not change is linked.

    Raises:
        pandera.errors.SchemaError: a table breaks its own schema, which is a bug.
    """
    if before is not None and before.is_older:
        # its files have other columns: all are written, none is linked
        changes = {n: _whole(before, t, changes.get(n)) for n, t in TABLES.items()}
        before = None
    for name, table in TABLES.items():
        change = changes.get(name)
        stored = [] if before is None else before.files(table)
        if change is None and stored:
            for file in stored:
                writer.link(file)
        elif change is None:
            empty_file = file_of_year(table, 0) if table.is_by_year else None
            writer.write(table, table.empty(), empty_file)
        elif change.keys is None:
            writer.write(table, _valid(table, change.rows))
        else:
            _write_years(writer, before, table, _valid(table, change.rows), change)


def _whole(before: Snapshot, table: Table, change: Change | None) -> Change:
    """Return a change as one of the whole table."""
    if change is not None and change.keys is None:
        return change
    rows = before.scan(table).collect()
    if change is not None and change.keys is not None:
        kept = rows.join(change.keys, on=change.keys.columns, how="anti")
        rows = pl.concat([kept.select(change.rows.columns), change.rows])
    return Change(rows, rows.select(table.key[0]).unique() if table.is_by_year else None)


def _write_years(
    writer: SnapshotWriter,
    before: Snapshot | None,
    table: Table,
    rows: pl.DataFrame,
    change: Change,
) -> None:
    """Write the years in which a row of the changed keys is or was; link the others."""
    if change.keys is None:
        raise AssertionError(f"{table.name}: no keys to replace")
    column = change.keys.columns[0]
    years = change.rows["collected_year"]
    stored = {
        year_of_file(f): f
        for f in (before.files(table) if before else [])
        if before and before.manifest["files"][f]["rows"]
    }
    for year in sorted({*stored, *years.unique().to_list()}):
        parts = [rows.filter(years == year)]
        if before is not None and year in stored:
            path = before.path / stored[year]
            ids = pl.scan_parquet(path, hive_partitioning=False).select(column).collect()
            if parts[0].is_empty() and ids.join(change.keys, on=column, how="semi").is_empty():
                writer.link(stored[year])
                continue
            kept = pl.read_parquet(path, hive_partitioning=False)
            parts.append(kept.join(change.keys, on=column, how="anti"))
        after = pl.concat(parts)
        if after.height:
            writer.write(table, after, file_of_year(table, year))
    if not any(f.startswith(f"{table.name}/") for f in writer.files):
        writer.write(table, table.empty(), file_of_year(table, 0))


def _valid(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    frame = rows.select(table.stored_columns)
    if not keeps_schema(table, frame):
        # says which column and cell
        MODELS[table.name].validate(frame)
    return frame
