"""Files to tables in memory, from nothing: what a warehouse must equal, and what tests call."""

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.tables import INPUT_TABLES, TABLES
from transforms.derive import Derived, derive
from transforms.guidelines.rules import Rules
from transforms.ingest import Ingested, ReadFile, check_balance, parse_files, reconcile_load


def tables_after(
    loads: Sequence[Sequence[ReadFile]],
) -> tuple[dict[str, pl.DataFrame], list[Ingested]]:
    """Return the input tables after a sequence of loads, and what became of each load.

    Args:
        loads: files of each load, in the order of the loads.
    """
    tables: dict[str, pl.DataFrame] = {t.name: t.empty() for t in INPUT_TABLES}
    ingested = []
    for files in loads:
        load = reconcile_load(parse_files(files), tables)
        check_balance(load.counts)
        tables = {name: _replaced(name, rows, load) for name, rows in tables.items()}
        ingested.append(load)
    return tables, ingested


def _replaced(name: str, rows: pl.DataFrame, load: Ingested) -> pl.DataFrame:
    if name not in load.tables:
        return rows
    # the whole table was given, so the whole table came back
    return load.tables[name].rows


def run(
    files: Sequence[ReadFile], rules: Rules
) -> tuple[Mapping[str, pl.DataFrame], Ingested, Derived]:
    """Return input tables, what became of the rows, and derived tables of one load."""
    tables, (load,) = tables_after([files])
    return tables, load, derive(tables, rules)


__all__ = ["TABLES", "run", "tables_after"]
