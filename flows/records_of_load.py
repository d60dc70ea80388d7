"""The records of a load: its rows of `source_files`, `findings` and `loads`, and those for the owner alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from flows.private import public_files, public_findings
from flows.records import finding_rows, source_file_rows
from flows.unfinished import failed_loads
from flows.version import code_version
from flows.waiting import pending_findings, waiting_after, waiting_file_rows
from schemas.enums import LoadOutcome
from schemas.tables import TABLES

if TYPE_CHECKING:
    from flows.load import LoadRun

_COUNTS = ("rows_read", "rows_accepted", "rows_rejected", "rows_ignored")


@dataclass(frozen=True)
class Records:
    """What a load leaves of itself.

    Attributes:
        tables: its rows by table.
        private: those for the owner alone, where there are pseudonyms.
        rows_pending: how many accepted rows and rows of files wait.
    """

    tables: dict[str, pl.DataFrame]
    private: dict[str, pl.DataFrame]
    rows_pending: int


def records_of_load(run: "LoadRun") -> Records:
    """Return the records of a derived load."""
    if run.changes is None or run.ingested is None:
        raise AssertionError("records before derive")
    places = {**run.ingested.places, **run.reading.places}
    files = source_file_rows(
        run.load_id, run.entries, run.ingested.counts, run.settings.reader_hash, places
    )
    rows_waiting = waiting_after(run.changes, run.before_inputs)
    files_waiting = waiting_file_rows(run.reading.kept.rows, files)
    rows_pending = rows_waiting.height + files_waiting

    of_inside = [run.ingested.findings, pending_findings(run.changes.pending, run.entries)]
    on_results = pl.concat([run.changes.findings, run.late(rows_waiting)])
    stored = run.before.read(TABLES["findings"]) if run.before else TABLES["findings"].empty()
    findings = finding_rows(
        run.load_id, run.entries, [*run.reading.findings, *of_inside], on_results,
        _names(run.reading.kept.rows, files), stored, run.warehouse.input_path,
    )  # fmt: skip
    private: dict[str, pl.DataFrame] = {}
    if run.reading.door.hides:
        private = {"source_files": files, "findings": findings}
        files, findings = _public(run, files, of_inside, on_results, stored)
    tables = {"source_files": files, "findings": findings, "loads": _loads(run, rows_pending)}
    return Records(tables, private, rows_pending)


def _names(stored: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([rows.select("sha256", "name") for rows in (stored, files)])


def _public(
    run: "LoadRun",
    files: pl.DataFrame,
    of_inside: Sequence[pl.DataFrame],
    on_results: pl.DataFrame,
    stored: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return rows of `source_files` and `findings` without the names that stay outside.

    Args:
        run: the load.
        files: rows of `source_files` as they came.
        of_inside: findings made of pseudonyms, by `file_no`.
        on_results: findings on results.
        stored: findings of earlier loads.
    """
    door = run.reading.door
    files = public_files(files, door)
    known = run.before.read(TABLES["source_files"]) if run.before else files.clear()
    found = [*public_findings(run.reading.findings), *of_inside]
    names = _names(known, files)
    return files, finding_rows(
        run.load_id, run.entries, found, on_results, names, stored, None, door.file
    )


def _loads(run: "LoadRun", rows_pending: int) -> pl.DataFrame:
    """Return the row of the load, after those of loads that failed before it."""
    load = {
        "load_id": run.load_id,
        "started_at": run.started_at,
        # a clock may be set back in the middle of a load
        "finished_at": max(run.started_at, datetime.now(UTC)),
        "kind": run.kind,
        "rulesets": sorted(set(run.rules.active.values())),
        "code_version": code_version(),
        "files": len(run.entries),
        **{c: run.result.rows.get(c, 0) for c in _COUNTS},
        "rows_pending": rows_pending,
        "outcome": LoadOutcome.PUBLISHED,
    }
    row = pl.DataFrame([load], schema=TABLES["loads"].polars_schema)
    return pl.concat([failed_loads(run.warehouse, run.before), row])
