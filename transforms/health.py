"""How a warehouse does, in counts for a monitor: what waits, what was refused, which factors end.

Nothing here names a patient, a sample or a file. The day and the hour are given.
"""

from datetime import date, datetime
from typing import Any

import polars as pl

_NEVER = date(9999, 12, 31)


def last_load(loads: pl.DataFrame, files: pl.DataFrame, now: datetime) -> dict[str, Any] | None:
    """Return the newest load of files, None before the first.

    Args:
        loads: rows of `loads`; reruns read no file and are left out.
        files: rows of `source_files`.
        now: the present hour, UTC.
    """
    of_files = pl.col("kind").cast(pl.String) == "LOAD"
    # rows of before there were outcomes are of published loads
    is_published = pl.col("outcome").cast(pl.String).fill_null("PUBLISHED") == "PUBLISHED"
    newest = loads.filter(of_files & is_published).sort("load_id").tail(1)
    if newest.is_empty():
        return None
    row = newest.to_dicts()[0]
    outcomes = files.filter(pl.col("load_id") == row["load_id"]).group_by("outcome").len()
    return {
        "load_id": row["load_id"],
        "finished_at": row["finished_at"],
        "age_hours": hours(now, row["finished_at"]),
        "files": row["files"],
        "files_rejected": _of(outcomes, "outcome", "REJECTED"),
        **{f"rows_{c}": row[f"rows_{c}"] for c in ("read", "accepted", "rejected", "ignored")},
    }


def attempts(lines: pl.DataFrame, now: datetime) -> dict[str, Any]:
    """Return when a load was last tried, when one last succeeded, and how many have failed since.

    Args:
        lines: `at`, `outcome` of each try to load, oldest first.
        now: the present hour, UTC.
    """
    is_failure = pl.col("outcome").str.starts_with("failed")
    tries = lines.with_row_index("place")
    good = tries.filter(~is_failure).tail(1)
    since = tries.filter(pl.col("place") > (good["place"].item() if good.height else -1))
    last, succeeded = tries.tail(1), good["at"].item() if good.height else None
    return {
        "last_at": last["at"].item() if last.height else None,
        "last_outcome": last["outcome"].item() if last.height else None,
        "last_success_at": succeeded,
        "last_success_age_hours": hours(now, succeeded) if succeeded else None,
        "failures_since_success": since.height,
    }


def pending(
    waiting: pl.DataFrame, files: pl.DataFrame, loads: pl.DataFrame, now: datetime
) -> dict[str, Any]:
    """Return what waits for reference rows, and since when.

    Args:
        waiting: `source_sha256` of each measurement row that waits for its sample, patient or assay.
        files: rows of `source_files`; a file that waits has rows that are in no table yet.
        loads: rows of `loads`.
        now: the present hour, UTC.
    """
    known = files.drop_nulls("sha256").join(
        loads.select("load_id", "started_at"), on="load_id", how="left"
    )
    since = known.group_by("sha256").agg(pl.col("started_at").min().alias("since"))
    held = _last_word(known, "sha256").filter(pl.col("outcome").cast(pl.String) == "PENDING")
    parts = pl.concat(
        [waiting.select(pl.col("source_sha256").alias("sha256")), held.select("sha256")]
    ).join(since, on="sha256", how="left")
    oldest = parts.select(pl.col("since").min()).item()
    return {
        "rows": waiting.height + int(held["rows_accepted"].sum()),
        "files": held.height,
        "oldest_since": oldest,
        "oldest_days": (now - oldest).days if oldest else None,
    }


def rejected(files: pl.DataFrame) -> dict[str, int]:
    """Return what is refused as of today: the last word on each file, by its name.

    Args:
        files: rows of `source_files`. A file given again says nothing new; one that was mended keeps its name.
    """
    last = _last_word(files, "name")
    refused = last.filter(pl.col("outcome").cast(pl.String) == "REJECTED")
    return {"open_rows": int(last["rows_rejected"].sum()), "open_files": refused.height}


def review(findings: pl.DataFrame, load_id: str) -> dict[str, int]:
    """Return how many REVIEW findings a load has, by code."""
    rows = findings.filter(
        pl.col("load_id") == load_id, pl.col("severity").cast(pl.String) == "REVIEW"
    )
    return dict(rows.group_by("code").len().sort("code").rows())


def conversion_factors(
    assays: pl.DataFrame, results: pl.DataFrame, today: date, days: int
) -> dict[str, Any]:
    """Return the conversion factors that end, and those that have ended while results come.

    Args:
        assays: rows of `assays`.
        results: rows of `assay_results`.
        today: the present day.
        days: how far to look ahead.

    Returns:
        `expiring`: `assay_id`, `valid_to`, `days_left` of factors in force with none to follow them.
        `expired`: `assay_id`, `valid_to`, `results_since` where none is in force today and results collected
        later have none.
    """
    rows = assays.filter(
        "is_current", pl.col("basis").cast(pl.String) == "RNA_RATIO_IS", ~pl.col("is_reported").fill_null(False)
    ).select("assay_id", pl.col("valid_from").fill_null(date.min), pl.col("valid_to").fill_null(_NEVER))  # fmt: skip
    pairs = rows.join(rows.rename({"valid_from": "from", "valid_to": "to"}), on="assay_id")
    is_next = pl.col("valid_to").dt.offset_by("1d").is_between("from", "to")
    goes_on = pairs.filter(pl.col("valid_to") < _NEVER).filter(is_next)
    ends = rows.filter(pl.col("valid_to") < _NEVER).join(
        goes_on, on=["assay_id", "valid_from", "valid_to"], how="anti"
    )
    is_in_force = pl.lit(today).is_between("valid_from", "valid_to")
    left = (pl.col("valid_to") - pl.lit(today)).dt.total_days().alias("days_left")
    expiring = ends.filter(is_in_force, left <= days).select("assay_id", "valid_to", left)
    over = (
        ends.filter(pl.col("valid_to") < today)
        .join(rows.filter(is_in_force), on="assay_id", how="anti")
        .group_by("assay_id")
        .agg(pl.col("valid_to").max())
    )
    without = results.filter(pl.col("conversion_factor").is_null()).join(over, on="assay_id")
    expired = (
        without.filter(pl.col("collected_on") > pl.col("valid_to"))
        .group_by("assay_id", "valid_to")
        .agg(pl.len().cast(pl.Int64).alias("results_since"))
    )
    key = ["valid_to", "assay_id"]
    return {"expiring": expiring.sort(key).to_dicts(), "expired": expired.sort(key).to_dicts()}


def hours(now: datetime, then: datetime) -> float:
    """Return the hours from one time to another, to a tenth."""
    return round((now - then).total_seconds() / 3600, 1)


def _last_word(files: pl.DataFrame, key: str) -> pl.DataFrame:
    said = files.filter(pl.col("outcome").cast(pl.String) != "DUPLICATE").sort("load_id")
    return said.unique(key, keep="last", maintain_order=True)


def _of(counts: pl.DataFrame, column: str, word: str) -> int:
    return int(counts.filter(pl.col(column).cast(pl.String) == word)["len"].sum())
