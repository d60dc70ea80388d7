"""Flow cytometry: tubes of a run are pooled, the highest run of a sample decides."""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.counts import CARRIED, verdict, with_count_columns
from transforms.normalise.intervals import poisson_limit, poisson_limits
from transforms.normalise.merged_rows import without_merged_rows
from transforms.ratio import ratio
from transforms.tolerance import RTOL

_BASIS_DENOMINATOR = {
    "CELLS_TNC": "TNC",
    "CELLS_CD45": "CD45",
    "CELLS_MNC": "MNC",
    "CELLS_LEUKOCYTE": "LEUKOCYTE",
}
_RESULT = ("sample_id", "assay_id")


def flow_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample and assay (`docs/sensitivity.md`, Flow cytometry).

    Args:
        rows: `flow_measurements` with context.
        standards: scoring standards.
    """
    lod_events = pl.col("lod_events").fill_null(standards.lod_events)
    needed = pl.coalesce(pl.col("min_count").cast(pl.Float64), lod_events)
    tubes = without_merged_rows(rows, (*_RESULT, "run_id"), ("mrd_events", "denominator_events"))
    runs = _pooled_tubes(tubes).with_columns(
        needed.alias("decision_count"),
        (pl.col("numerator") >= needed).alias("is_detected"),
        ratio(pl.col("numerator"), pl.col("denominator")).alias("ratio"),
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
    n, claim = pl.col("denominator"), pl.col("lod_fraction")
    limit = poisson_limits(results["decision_count"], standards.detection_probability)
    loq_events = pl.col("loq_events").fill_null(standards.loq_events)
    results = results.with_columns(
        ratio(pl.lit(limit), n).alias("lod95"),
        # fewer events than are called positive prove nothing, and no rule beats one molecule
        ratio(pl.max_horizontal(lod_events, "decision_count"), n).alias("decision"),
        ratio(poisson_limit(1, standards.detection_probability), n).alias("floor"),
        ratio(loq_events, n).alias("events_loq"),
    ).with_columns(pl.max_horizontal("decision", "floor", claim).alias("lod"))
    loq = pl.max_horizontal("events_loq", "loq_fraction", "lod")
    is_tnc = pl.col("basis") == "CELLS_TNC"
    return with_count_columns(
        results.with_columns(
            pl.when(claim > pl.max_horizontal("decision", "floor")).then(pl.lit("LAB_STATED"))
            .when(pl.col("floor") > pl.col("decision")).then(pl.lit("LOD95"))
            .otherwise(pl.lit("DECISION_EVENTS")).alias("lod_kind"),
            loq.alias("loq"),
            pl.when(pl.col("lod") > pl.max_horizontal("events_loq", "loq_fraction") * (1 + RTOL)).then(pl.lit("LOD"))
            .when(pl.col("loq_fraction") > pl.col("events_loq")).then(pl.lit("LAB_STATED"))
            .otherwise(pl.lit("EVENTS")).alias("loq_kind"),
            n.alias("effective_denominator"),
            pl.lit("ABSOLUTE").alias("scale"),
            pl.lit(True).alias("has_molecules"),
            (~pl.col("is_detected") & (pl.col("numerator") > 0)).alias("is_trace"),
            verdict("FLOW", mismatch=pl.col("is_mismatch")).alias("verdict"),
            pl.when(is_tnc).then(1.0).otherwise(ratio(n, pl.col("tnc_total"))).alias("rdf_factor"),
            pl.when(is_tnc).then(pl.lit("NUCLEATED_CELLS"))
            .when(pl.col("tnc_total") > 0).then(pl.lit("SAME_TUBE")).alias("rdf_kind"),
        ),
        {"merged_row_left_out": pl.col("has_merged_row")},
        standards,
    )  # fmt: skip


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
    tnc = pl.col("tnc_events").filter("is_evaluable")
    blasts = pl.col("viable_blast_events").filter("is_evaluable")
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
            # converted only where every tube that counts also counted its nucleated cells
            pl.when(tnc.is_not_null().all()).then(tnc.sum().cast(pl.Float64)).alias("tnc_total"),
            pl.when(blasts.is_not_null().all())
            .then(blasts.sum().cast(pl.Float64))
            .alias("viable_blasts"),
            (pl.col("is_mismatch") & pl.col("is_evaluable")).any(),
            pl.col("is_run_valid").any().alias("has_valid_run"),
            pl.col("is_in_force").all(),
            pl.col("has_merged_row").any(),
        )
        .with_columns(pl.when(pl.col(c) > 0).then(c).alias(c) for c in ("denominator", "tnc_total"))
    )
