"""Amendments: which results count, and for which sample.

An amendment is a standing rule on results of a sample, assay and run as they are written, whatever was loaded
first. Of several that reach a result the closest decides: one that names the run before one that does not, and
of these the lowest `up_to_version`. A reassigned result is treated as if it had been written with its right
sample: a higher version of one key supersedes, the same numbers again count once, and where numbers of one key
and version contradict each other nothing of that run counts.
"""

from collections.abc import Mapping

import polars as pl

from schemas.tables import MEASUREMENT_TABLES, TABLES, Table
from transforms.problems import STORED_FINDING_SCHEMA, stored_findings
from transforms.reconcile.outcome import where
from transforms.worded import worded

KEY = TABLES["amendments"].key
_ANY_RESULT = ("sample_id", "assay_id", "run_id", "result_version")


def with_amendments(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Say of each measurement row whether it counts (`is_current`) and for which sample.

    Args:
        tables: `amendments` with all its rows, and the measurement tables with all rows of the samples that
            an amendment joins.

    Returns:
        All tables, rows as they are written.
    """
    amendments = tables["amendments"]
    if amendments.is_empty():
        return dict(tables)
    amended = {t.name: _amended(t, tables[t.name], amendments) for t in MEASUREMENT_TABLES}
    return {**tables, **amended}


def counting_results(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return the tables with the measurement rows that count alone, under the sample they count for.

    Args:
        tables: as `with_amendments` gives them.
    """
    return {
        **tables,
        **{
            t.name: tables[t.name]
            .filter("is_current")
            .with_columns(pl.col("counts_for_sample_id").alias("sample_id"))
            for t in MEASUREMENT_TABLES
        },
    }


def deciding(rows: pl.DataFrame, amendments: pl.DataFrame) -> pl.DataFrame:
    """Return for each result the amendment that decides of it, where there is one.

    Args:
        rows: `sample_id`, `assay_id`, `run_id`, `result_version` and `nr`, a number of the row.
        amendments: rows of `amendments`.

    Returns:
        Columns of the amendment, those of its key with the suffix `_amended`, and `nr`.
    """
    current = amendments.filter("is_current").rename({c: f"{c}_amended" for c in KEY})
    reached = rows.select("nr", *_ANY_RESULT).join(
        current,
        left_on=["sample_id", "assay_id"],
        right_on=["sample_id_amended", "assay_id_amended"],
        how="inner",
        coalesce=False,
    )
    run, highest = pl.col("run_id_amended"), pl.col("up_to_version_amended")
    return (
        reached.filter(
            (run == pl.col("run_id")) | run.is_null(),
            (pl.col("result_version") <= highest) | highest.is_null(),
        )
        .sort("nr", run.is_null(), highest, nulls_last=True)
        .unique("nr", keep="first", maintain_order=True)
        .drop(_ANY_RESULT)
    )


def _amended(table: Table, rows: pl.DataFrame, amendments: pl.DataFrame) -> pl.DataFrame:
    joined = pl.concat([amendments["sample_id"], amendments["correct_sample_id"].drop_nulls()])
    is_concerned = pl.col("sample_id").is_in(joined.unique().implode())
    concerned = rows.filter(is_concerned).with_row_index("nr")
    verdicts = deciding(concerned, amendments).select("nr", "action", "correct_sample_id")
    sample = (
        pl.when(pl.col("action") == "WITHDRAWN")
        .then(None)
        .when(pl.col("action") == "REASSIGNED")
        .then("correct_sample_id")
        .otherwise("sample_id")
    )
    judged = concerned.join(verdicts, on="nr", how="left", maintain_order="left").with_columns(
        sample.alias("counts_for_sample_id")
    )
    judged = judged.with_columns(_counts(table).alias("is_current"))
    return pl.concat([rows.filter(~is_concerned), judged.select(rows.columns)])


def _of_one_key(table: Table) -> list[str]:
    return [c if c != "sample_id" else "counts_for_sample_id" for c in table.key]


def _is_newest(table: Table) -> pl.Expr:
    version = pl.col("result_version")
    of_any_version = [c for c in _of_one_key(table) if c != "result_version"]
    return version == version.max().over(of_any_version)


def _contradicts(table: Table) -> pl.Expr:
    """Tell whether a row and another newest one of its key, that count for one sample, differ."""
    return _is_newest(table) & (pl.struct(table.content).n_unique().over(_of_one_key(table)) > 1)


def _counts(table: Table) -> pl.Expr:
    """Tell whether a row is the newest of its key, or the first of several that say the same."""
    sample, right = pl.col("sample_id"), pl.col("counts_for_sample_id")
    # the sample's own row goes before those that were reassigned to it
    order = pl.when(sample == right).then(pl.lit("")).otherwise(sample)
    is_first = order == order.min().over(_of_one_key(table))
    # where one replicate or clone cannot be told, the others of its run are of either sample
    is_in_doubt = _contradicts(table).any().over("counts_for_sample_id", "assay_id", "run_id")
    return right.is_not_null() & _is_newest(table) & ~is_in_doubt & is_first


def contradictions(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return findings on reassigned results beside which other numbers of their key stand.

    Args:
        tables: as `with_amendments` gives them.
    """
    found = [pl.DataFrame(schema=STORED_FINDING_SCHEMA)]
    for table in MEASUREMENT_TABLES:
        is_moved = pl.col("counts_for_sample_id") != pl.col("sample_id")
        reached = tables[table.name].filter(is_moved)["counts_for_sample_id"].unique()
        if reached.is_empty():
            continue
        rows = tables[table.name].filter(pl.col("counts_for_sample_id").is_in(reached.implode()))
        clash = rows.filter(_contradicts(table))
        clash = clash.with_columns(where().alias("where")).with_columns(
            pl.col("where").sort().str.join(", ").over(_of_one_key(table)).alias("all_where")
        )
        message = worded(
            "results of sample {}, assay {}, reassigned to sample {}, and others of one key give different "
            "numbers ({}); nothing of that run counts: withdraw the one that is wrong",
            "sample_id", "assay_id", "counts_for_sample_id", "all_where",
        )  # fmt: skip
        moved = clash.filter(is_moved)
        found.append(stored_findings(moved, "REASSIGNED_RESULT_CONTRADICTS", message, "sample_id"))
    return pl.concat(found)
