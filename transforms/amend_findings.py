"""What a load says of amendments: those that decide of nothing, and results that come too late."""

from collections.abc import Mapping

import polars as pl

from schemas.tables import MEASUREMENT_TABLES
from transforms.amend import KEY, deciding
from transforms.problems import STORED_FINDING_SCHEMA, stored_findings
from transforms.reconcile.outcome import where
from transforms.worded import worded

_LINE = ("source_sha256", "source_line")
_RESULT = ("sample_id", "assay_id", "run_id", "result_version")


def amendment_findings(
    tables: Mapping[str, pl.DataFrame],
    new_amendments: pl.DataFrame,
    new_results: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """Return the findings of a load on amendments.

    Args:
        tables: `amendments`, and the measurement tables with all rows of the samples that the load touches.
        new_amendments: keys of amendments that the load brings.
        new_results: by measurement table, keys of rows that the load brings.

    Returns:
        Findings of the `STORED_FINDING_SCHEMA`.
    """
    amendments = tables["amendments"].filter("is_current")
    if amendments.is_empty():
        return pl.DataFrame(schema=STORED_FINDING_SCHEMA)
    results = pl.concat(
        tables[t.name]
        .join(
            new_results[t.name].select(t.key).with_columns(is_new=True),
            on=list(t.key), how="left", nulls_equal=True,
        )
        .select(*_RESULT, *_LINE, pl.col("is_new").fill_null(False))
        if t.name in new_results
        else tables[t.name].select(*_RESULT, *_LINE, pl.lit(False).alias("is_new"))
        for t in MEASUREMENT_TABLES
    ).with_row_index("nr")  # fmt: skip
    news = new_amendments.select(KEY)
    fresh = amendments.join(news, on=list(KEY), how="semi", nulls_equal=True)
    standing = amendments.join(news, on=list(KEY), how="anti", nulls_equal=True)
    decided = deciding(results, amendments)
    return pl.concat(
        [_without_effect(fresh, decided), _brought_too_late(results.filter("is_new"), decided, standing)]
    )  # fmt: skip


def _without_effect(amendments: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    idle = amendments.join(decided, on=list(_LINE), how="anti")
    named = pl.concat_str(
        worded("sample {}, assay {}", "sample_id", "assay_id"),
        worded(", run {}", "run_id"),
        worded(", result_version up to {}", "up_to_version"),
        ignore_nulls=True,
    )
    message = worded(
        "{} of {} decides of no stored result: none has these words, or a closer amendment decides of each",
        pl.col("action").cast(pl.String), named,
    )  # fmt: skip
    return stored_findings(idle, "AMENDMENT_WITHOUT_EFFECT", message, "sample_id")


def _brought_too_late(
    results: pl.DataFrame, decided: pl.DataFrame, standing: pl.DataFrame
) -> pl.DataFrame:
    """Return one finding for each amendment of an earlier load and each file with results under it."""
    by_earlier = decided.filter(pl.col("action") != "KEPT").join(
        standing.select(_LINE), on=list(_LINE), how="semi"
    )
    late = (
        results.join(by_earlier, on="nr", how="inner", suffix="_amended")
        .sort("source_line")
        .group_by("source_sha256", "source_sha256_amended", "source_line_amended", maintain_order=True)
        .agg(pl.len().alias("n_rows"), pl.all().first())
    )  # fmt: skip
    verdict = pl.when(pl.col("action") == "WITHDRAWN").then(pl.lit("withdrawn")).otherwise(
        worded("reassigned to sample {}", "correct_sample_id")
    )  # fmt: skip
    message = worded(
        "{} rows of sample {}, assay {} are {} by {}, which was loaded before",
        "n_rows", "sample_id", "assay_id", verdict, where("_amended"),
    )  # fmt: skip
    return stored_findings(late, "RESULT_UNDER_AMENDMENT", message, "sample_id")
