"""What waits after a load: rows whose sample or assay nobody has told, files whose assay is unknown, and since when."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from flows.merge import Changes
from flows.snapshot import Snapshot
from schemas.findings import FINDING_CODES
from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms.problems import all_findings, one_finding
from transforms.worded import worded

if TYPE_CHECKING:
    from flows.entries import Entry

ON_RESULTS = ("source_sha256", "source_line", "code", "severity", "column", "value", "message")
"""Columns of a finding on a result or a stored row, which belongs to no file of this load."""

_NAMED_AT_MOST = 5


def waiting(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return `sample_id`, `assay_id`, `source_sha256`, `source_line` of the measurement rows that wait."""
    waits = (pl.col("collected_year") == 0) & pl.col("is_current")
    counts_for = pl.col("counts_for_sample_id").alias("sample_id")
    return rows.filter(waits).select(counts_for, "assay_id", "source_sha256", "source_line")


def stored_waiting(before: Snapshot) -> pl.DataFrame:
    """Return the rows that waited in a snapshot, as `waiting` does."""
    return pl.concat([waiting(before.scan(t)) for t in MEASUREMENT_TABLES]).collect()


def waiting_after(changes: Changes, before: Snapshot | None) -> pl.DataFrame:
    """Return the rows that wait after a load, as `waiting` does.

    Args:
        changes: what the load changes.
        before: the snapshot whose rows stay where nothing changes them; None = none stay.
    """
    parts = []
    for table in MEASUREMENT_TABLES:
        change = changes.tables[table.name]
        parts.append(waiting(change.rows.lazy()))
        if before is not None and change.keys is not None:
            stored = before.scan(table)
            parts.append(waiting(stored.join(change.keys.lazy(), on="sample_id", how="anti")))
    return pl.concat(parts).collect()


def new_on_results(found: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Return the findings on results that no earlier load has said."""
    said = ["source_sha256", "source_line", "code", "value"]
    return found.join(stored.select(said), on=said, how="anti", nulls_equal=True)


def pending_findings(pending: pl.DataFrame, entries: Sequence["Entry"]) -> pl.DataFrame:
    """Return one PENDING finding for each file of the load whose results wait.

    Args:
        pending: `source_sha256`, `why` of rows that wait.
        entries: files of the load.
    """
    by_file = pending.group_by("source_sha256").agg(pl.len(), pl.col("why").unique().sort())
    waiting_of = {sha256: (n_rows, reasons) for sha256, n_rows, reasons in by_file.rows()}
    found = []
    for entry in entries:
        if entry.outcome != "LOADED" or entry.sha256 not in waiting_of:
            continue
        n_rows, reasons = waiting_of[entry.sha256]
        named = "; ".join(str(r) for r in reasons[:_NAMED_AT_MOST])
        more = f" and {len(reasons) - _NAMED_AT_MOST} more" if len(reasons) > _NAMED_AT_MOST else ""
        message = f"{n_rows} rows wait for: {named}{more}; load the reference rows"
        found.append(one_finding(entry.file_no, "PENDING", message, value=str(n_rows)))
    return all_findings(found)


def similar(name: pl.Expr) -> pl.Expr:
    """Return what names of samples have in common that a slip of the pen tells apart: case, signs, leading zeros."""
    letters = name.str.to_lowercase().str.replace_all(r"[^a-z0-9]", "")
    return letters.str.replace_all(r"(\D)0+(\d)", "$1$2")


def late_pending_findings(
    before: Snapshot | None,
    waiting: pl.DataFrame,
    now: datetime,
    days: int,
    similar: Callable[[pl.Expr], pl.Expr] = similar,
) -> pl.DataFrame:
    """Return a finding for each row that has waited too long, with samples of a similar name.

    Args:
        before: the snapshot before this load; rows that are new in this load cannot be late.
        waiting: `sample_id`, `assay_id`, `source_sha256`, `source_line` of rows that wait.
        now: time of this load.
        days: how long a row may wait.
        similar: what names that may be one have in common; of pseudonyms that is another.
    """
    schema = {c: TABLES["findings"].polars_schema[c] for c in ON_RESULTS}
    if before is None or waiting.is_empty():
        return pl.DataFrame(schema=schema)
    since = (
        before.read(TABLES["source_files"])
        .join(before.read(TABLES["loads"]).select("load_id", "started_at"), on="load_id")
        .group_by("sha256")
        .agg(pl.col("started_at").min())
    )
    late = waiting.join(since, left_on="source_sha256", right_on="sha256").filter(
        pl.lit(now) - pl.col("started_at") > pl.duration(days=days)
    )
    if late.is_empty():
        return pl.DataFrame(schema=schema)
    plain = similar(pl.col("sample_id"))
    known = (
        before.scan(TABLES["samples"]).filter("is_current").select("sample_id").unique().collect()
    )
    near = (
        known.with_columns(plain.alias("plain"))
        .group_by("plain")
        .agg(pl.col("sample_id").sort().str.join(", ").alias("near"))
    )
    rows = late.with_columns(plain.alias("plain")).join(near, on="plain", how="left")
    named = (
        pl.when(pl.col("near").is_null() | (pl.col("near") == pl.col("sample_id")))
        .then(pl.lit(""))
        .otherwise(worded(" (similar: {})", "near"))
    )
    code = FINDING_CODES["PENDING_TOO_LONG"]
    return rows.select(
        "source_sha256",
        "source_line",
        pl.lit(code.code).alias("code"),
        pl.lit(code.severity.value).cast(schema["severity"]).alias("severity"),
        pl.lit("sample_id").alias("column"),
        pl.col("sample_id").alias("value"),
        worded("sample {}{}, assay {} has waited since {}; load what is missing, or name the right sample by a row of amendments",
                  "sample_id", named, "assay_id", pl.col("started_at").dt.date().cast(pl.String)).alias("message"),
    )  # fmt: skip


def waiting_file_rows(stored: pl.DataFrame, files: pl.DataFrame) -> int:
    """Return the rows of instrument files that wait for their assay, after this load."""
    latest = (
        pl.concat([stored, files])
        .filter(pl.col("outcome") != "DUPLICATE", pl.col("sha256").is_not_null())
        .sort("load_id")
        .unique("sha256", keep="last", maintain_order=True)
    )
    return int(latest.filter(pl.col("outcome") == "PENDING")["rows_accepted"].sum())
