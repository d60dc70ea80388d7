"""Loads to tables in memory, from nothing: what every warehouse must equal, and what tests call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from schemas.tables import INPUT_TABLES
from transforms.amend import with_amendments
from transforms.derive import Derived, derive
from transforms.guidelines.rules import Rules
from transforms.ingest import (
    Ingested,
    ParsedLoad,
    ReadFile,
    check_balance,
    parse_files,
    reconcile_load,
)
from transforms.reconcile import Reconciled


def ingested_from_nothing(earlier: Sequence[ParsedLoad], last: ParsedLoad) -> Ingested:
    """Return what the last of a sequence of loads leaves, with all rows of all tables.

    Args:
        earlier: the loads before, in their order.
        last: the load whose findings and counts are wanted.
    """
    tables: dict[str, pl.DataFrame] = {t.name: t.empty() for t in INPUT_TABLES}
    for parsed in earlier:
        done = reconcile_load(parsed, tables)
        tables |= {name: r.rows for name, r in done.tables.items()}
    done = reconcile_load(last, tables)
    untouched = {
        name: Reconciled.untouched(rows) for name, rows in tables.items() if name not in done.tables
    }
    return replace(done, tables={**untouched, **done.tables})


def run(
    files: Sequence[ReadFile], rules: Rules
) -> tuple[Mapping[str, pl.DataFrame], Ingested, Derived]:
    """Return input tables, what became of the rows, and derived tables of one load."""
    load = ingested_from_nothing([], parse_files(files))
    check_balance(load.counts)
    tables = with_amendments({name: r.rows for name, r in load.tables.items()})
    return tables, load, derive(tables, rules)
