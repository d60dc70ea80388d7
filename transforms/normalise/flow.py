"""Flow cytometry: tubes of a run are pooled, the highest run of a sample decides."""

import polars as pl

from transforms.guidelines.rules import Standards
from transforms.normalise.counts import CARRIED, verdict, with_count_columns
from transforms.normalise.intervals import poisson_limit, poisson_limits

_BASIS_DENOMINATOR = {
    "CELLS_TNC": "TNC",
    "CELLS_CD45": "CD45",
    "CELLS_MNC": "MNC",
    "CELLS_LEUKOCYTE": "LEUKOCYTE",
}
_RESULT = ("sample_id", "assay_id")


def flow_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample and assay.

    Args:
        rows: `flow_measurements` with context.
        standards: scoring standards.
    """
    runs = _pooled_tubes(rows)
    lod_events = pl.col("lod_events").fill_null(standards.lod_events)
    loq_events = pl.col("loq_events").fill_null(standards.loq_events)
    needed = pl.coalesce(pl.col("min_count").cast(pl.Float64), lod_events)
    n, claim = pl.col("denominator"), pl.col("lod_fraction")
    single_floor = poisson_limit(1, standards.detection_probability) / n
    runs = runs.with_columns(
        (pl.col("numerator") >= needed).alias("is_detected"),
        # fewer events than are called positive prove nothing, and no rule beats one molecule
        pl.max_horizontal(pl.max_horizontal(lod_events, needed) / n, single_floor).alias(
            "events_lod"
        ),
        needed.alias("needed_events"),
        (pl.col("numerator") / n).alias("ratio"),
    )
    results = (
        # the highest run decides; of undetected runs the one that saw deepest
        runs.sort(
            "is_detected", "ratio", "denominator", "counts_on",
            descending=True, nulls_last=True, maintain_order=True,
        )
        .group_by(_RESULT, maintain_order=True)
        .agg(
            pl.exclude("n_replicates", "n_evaluable", "is_mismatch", "has_valid_run", "is_in_force").first(),
            pl.col("n_replicates", "n_evaluable").sum(),
            pl.col("is_mismatch", "has_valid_run").any(),
            pl.col("is_in_force").all(),
        )
    )  # fmt: skip
    limit = poisson_limits(results["needed_events"], standards.detection_probability)
    return with_count_columns(
        results.with_columns(
            (pl.lit(limit) / n).alias("lod95_fraction"),
            pl.max_horizontal("events_lod", claim).alias("lod"),
            pl.max_horizontal("loq_fraction", loq_events / n, "events_lod", claim).alias("loq"),
            pl.when(claim > pl.col("events_lod"))
            .then(pl.lit("LAB_STATED"))
            .otherwise(pl.lit("DECISION_EVENTS"))
            .alias("lod_kind"),
            pl.lit(True).alias("has_molecules"),
            (~pl.col("is_detected") & (pl.col("numerator") > 0)).alias("is_trace"),
            verdict("FLOW", mismatch=pl.col("is_mismatch")).alias("verdict"),
        ),
        [],
        standards,
    )


def _pooled_tubes(rows: pl.DataFrame) -> pl.DataFrame:
    expected = (
        pl.col("basis")
        .cast(pl.String)
        .replace_strict(_BASIS_DENOMINATOR, default=None, return_dtype=pl.String)
    )
    mismatch = (pl.col("denominator").cast(pl.String) != expected).fill_null(False)
    counts = pl.col("is_run_valid") & (pl.col("denominator_events") > 0)
    pooled = [
        pl.col(c).filter("is_evaluable").sum().cast(pl.Float64).alias(name)
        for c, name in (("mrd_events", "numerator"), ("denominator_events", "denominator"))
    ]
    return (
        rows.with_columns(mismatch.alias("is_mismatch"), counts.alias("is_evaluable"))
        .sort("counts_on", *_RESULT, "run_id", maintain_order=True)
        .group_by(*_RESULT, "run_id", maintain_order=True)
        .agg(
            *(pl.col(c).last() for c in CARRIED),
            pl.col("counts_on").last(),
            pl.len().cast(pl.Int64).alias("n_replicates"),
            pl.col("is_evaluable").sum().cast(pl.Int64).alias("n_evaluable"),
            *pooled,
            pl.col("is_mismatch").any(),
            pl.col("is_run_valid").any().alias("has_valid_run"),
            pl.col("is_in_force").all(),
        )
        .with_columns(pl.when(pl.col("denominator") > 0).then("denominator").alias("denominator"))
    )
