"""Measurement rows against each other and against what is stored."""

import polars as pl

from schemas.tables import Table
from transforms.problems import all_findings, row_findings
from transforms.reconcile.outcome import (
    COUNTED,
    SOURCE,
    Reconciled,
    agrees,
    differences,
    identity,
    key_text,
    where,
)
from transforms.worded import worded


def reconcile_measurements(table: Table, stored: pl.DataFrame, new: pl.DataFrame) -> Reconciled:
    """Reconcile measurement rows.

    Args:
        table: a measurement table.
        stored: stored rows of at least the samples in `new`.
        new: typed rows with `file_no`, `source_sha256`, `source_line`, `source_rows`.
    """
    key, content = list(table.key), list(table.content)
    new = new.sort("source_sha256", "source_line")
    findings, rejected, ignored = [], [new.clear()], [new.clear()]
    moved = new.select(key).clear()
    doubled = new.select(pl.struct(key).is_duplicated()).to_series()
    if doubled.any():
        groups = new.filter(doubled).with_columns(
            pl.struct(content).n_unique().over(key).alias("n_contents"),
            pl.int_range(pl.len()).over(key).alias("nth"),
        )
        clash = groups.filter(pl.col("n_contents") > 1)
        ignored.append(
            groups.filter(pl.col("n_contents") == 1, pl.col("nth") > 0).select(new.columns)
        )
        rejected.append(clash.select(new.columns))
        findings.append(
            _conflict_in_load(clash, key, "number replicates, or give a higher result_version")
        )
        keep = groups.filter(pl.col("n_contents") == 1, pl.col("nth") == 0).select(new.columns)
        new = pl.concat([new.filter(~doubled), keep])
    if stored.height:
        beside = new.join(stored, on=key, how="left", suffix="_stored", nulls_equal=True)
        known = pl.col("source_sha256_stored").is_not_null()
        same = agrees(content, "_stored")
        clash = beside.filter(known & ~same)
        findings.append(
            row_findings(
                clash,
                "CONFLICT_WITH_STORED",
                worded(
                    "contradicts {} at the same result_version: {}; give a higher result_version to supersede",
                    where("_stored"),
                    differences(content, "_stored", both_given=False),
                ),
            )
        )
        rejected.append(clash.select(new.columns))
        repeat = beside.filter(known & same)
        ignored.append(repeat.select(new.columns))
        stored, moved = _with_first_source(stored, repeat, key)
        new = beside.filter(~known).select(new.columns)
    rows = pl.concat([stored.select(table.stored_columns), _as_stored(table, new)])
    if rows["result_version"].n_unique() > 1:
        newest = pl.col("result_version") == pl.col("result_version").max().over(identity(table))
        rows = rows.with_columns(newest.alias("is_current"))
    return Reconciled(
        rows=rows,
        changed=pl.concat([new.select(key), moved]),
        accepted=new.select(COUNTED),
        rejected=pl.concat(rejected).select(COUNTED),
        ignored=pl.concat(ignored).select(COUNTED),
        findings=all_findings(findings),
    )


def _as_stored(table: Table, new: pl.DataFrame) -> pl.DataFrame:
    return new.with_columns(is_current=True, counts_for_sample_id="sample_id").select(
        table.stored_columns
    )


def _with_first_source(
    stored: pl.DataFrame, repeats: pl.DataFrame, key: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Let a row given by several files carry the source that sorts first, whatever came first."""
    earlier = repeats.filter(
        (pl.col("source_sha256") < pl.col("source_sha256_stored"))
        | (
            (pl.col("source_sha256") == pl.col("source_sha256_stored"))
            & (pl.col("source_line") < pl.col("source_line_stored"))
        )
    )
    first = earlier.select(*key, *SOURCE)
    if earlier.is_empty():
        return stored, first.select(key)
    after = (
        stored.join(first, on=key, how="left", suffix="_first", nulls_equal=True)
        .with_columns(pl.coalesce(f"{c}_first", c).alias(c) for c in SOURCE)
        .select(stored.columns)
    )
    return after, first.select(key)


def _conflict_in_load(
    clash: pl.DataFrame, key: list[str], remedy: str, code: str = "CONFLICT_IN_LOAD"
) -> pl.DataFrame:
    if clash.is_empty():
        return row_findings(clash, code, pl.lit(""))
    sources = clash.with_columns(where().alias("where")).with_columns(
        pl.col("where").sort().str.join(", ").over(key).alias("all_where")
    )
    return row_findings(
        sources,
        code,
        worded(
            "rows for {} give different content ({}); " + remedy,
            key_text(key),
            pl.col("all_where"),
        ),
    )
