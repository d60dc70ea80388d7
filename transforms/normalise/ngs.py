"""Sequencing: clones of a marker, their highest decides; reads are not molecules."""

import polars as pl

from transforms.guidelines.rules import Standards
from transforms.normalise.counts import CARRIED, verdict, with_count_columns
from transforms.normalise.intervals import background_tail, poisson_limits

_MARKER = ("sample_id", "assay_id", "own_marker")


def ngs_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample, assay and marker.

    Args:
        rows: `ngs_measurements` with context; `own_marker`, `own_error_rate` are the row's own.
        standards: scoring standards.
    """
    results = _highest_clone(_judged(rows, standards))
    limit = poisson_limits(results["needed_events"], standards.detection_probability)
    results = results.with_columns(limit.alias("lambda"))
    n, claim = pl.col("effective_total"), pl.col("lod_fraction")
    floor = pl.col("lambda") / n
    maker = pl.col("lod_events") / n
    # there are never more cells than reads: a claim is held to that even without the mass of DNA
    held = pl.when(claim.is_not_null()).then(
        pl.max_horizontal(claim, pl.col("lambda") / pl.col("denominator"))
    )
    # a maker's limit in events may rest on several markers and lie below the floor of one
    lod = pl.coalesce(maker, pl.max_horizontal(held, floor))
    loq = pl.coalesce(pl.col("loq_events") / n, pl.col("loq_fraction"))
    return with_count_columns(
        results.with_columns(
            floor.alias("lod95_fraction"),
            lod.alias("lod"),
            pl.when(maker.is_not_null()).then(pl.lit("KIT"))
            .when(floor.is_not_null() & (floor >= claim.fill_null(0))).then(pl.lit("LOD95"))
            .when(claim.is_not_null()).then(pl.lit("LAB_STATED")).alias("lod_kind"),
            # what lies below the LOD is not quantified: LOD <= LOQ must hold
            pl.max_horizontal(loq, lod).alias("loq"),
            ~pl.col("is_reads").alias("has_molecules"),
            pl.lit(False).alias("is_mismatch"),
            (~pl.col("is_detected") & (pl.col("numerator") > 0)).alias("is_trace"),
            verdict("NGS", mismatch=pl.lit(False), unproved=pl.col("is_unproved")).alias("verdict"),
        ),
        [
            pl.when("is_reads").then(pl.lit("reads_are_not_molecules")),
            pl.when("is_germline").then(pl.lit("germline")),
        ],
        standards,
    )  # fmt: skip


def _judged(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Say of each row whether it detects, before any row is preferred to another."""
    cells_of_dna = pl.col("input_ng") * (1000 / standards.pg_per_cell)
    is_reads = pl.col("count_kind").cast(pl.String).fill_null("READS") == "READS"
    is_vaf = pl.col("basis") == "VAF"
    material = pl.when(is_vaf).then(2 * cells_of_dna).otherwise(cells_of_dna)
    total = pl.col("total_count").cast(pl.Float64)
    rows = rows.with_columns(
        (pl.col("is_run_valid") & (pl.col("total_count") > 0)).alias("is_evaluable"),
        is_reads.alias("is_reads"),
        pl.coalesce("own_error_rate", "error_rate").alias("site_error"),
        pl.col("min_count").fill_null(1).cast(pl.Float64).alias("needed_events"),
        # reads are not molecules: without the mass of DNA they bound nothing
        pl.when(~is_reads | material.is_not_null())
        .then(pl.min_horizontal(total, material))
        .alias("effective_total"),
    )
    tail = background_tail(rows["marker_count"], rows["total_count"], rows["site_error"])
    above_error = (
        pl.when(pl.col("site_error").is_not_null())
        .then(tail < standards.error_alpha)
        .otherwise(True)
    )
    unproved = (
        is_vaf
        & (pl.col("marker_count") > 0)
        & pl.col("site_error").is_null()
        & pl.col("min_count").is_null()
    )
    detected = (pl.col("marker_count") >= pl.col("needed_events")) & above_error & ~unproved
    return rows.with_columns(
        (pl.col("is_evaluable") & detected).fill_null(False).alias("is_detected"),
        (pl.col("is_evaluable") & unproved).fill_null(False).alias("is_unproved"),
        pl.when("is_evaluable").then(pl.col("marker_count") / total).alias("ratio"),
    )


def _highest_clone(rows: pl.DataFrame) -> pl.DataFrame:
    """Prefer the highest row: never a sum, because every cell carries every marker.

    Of several runs of one undetected clone the deepest counts; of several undetected clones the
    shallowest, because the marker is negative only as deep as each clone was looked for.
    """
    preferred = ("is_detected", "is_unproved", "is_evaluable", "ratio", "effective_total")
    per_clone = rows.sort(
        *preferred, "counts_on", descending=True, nulls_last=True, maintain_order=True
    ).unique([*_MARKER, "clone"], keep="first", maintain_order=True)
    chosen = per_clone.sort(
        *preferred, "counts_on",
        descending=[True, True, True, True, False, True], nulls_last=[True] * 4 + [False, True], maintain_order=True,
    ).unique(_MARKER, keep="first", maintain_order=True)  # fmt: skip
    counted = rows.group_by(_MARKER).agg(
        pl.len().cast(pl.Int64).alias("n_replicates"),
        pl.col("is_evaluable").sum().cast(pl.Int64).alias("n_evaluable"),
        pl.col("is_germline").fill_null(False).any(),
        pl.col("is_run_valid").any().alias("has_valid_run"),
        pl.col("is_in_force").all(),
    )
    kept = (
        *(c for c in CARRIED if c != "marker"), "needed_events", "effective_total", "is_reads",
        "is_detected", "is_unproved",
    )  # fmt: skip
    return (
        chosen.select(
            *_MARKER,
            *kept,
            pl.col("marker_count").cast(pl.Float64).alias("numerator"),
            pl.col("total_count").cast(pl.Float64).alias("denominator"),
        )
        .join(counted, on=list(_MARKER), how="left", maintain_order="left")
        .rename({"own_marker": "marker"})
    )
