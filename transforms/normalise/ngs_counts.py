"""One sequencing row: what was counted over what, whether that is a detection, and how deep it saw."""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.intervals import (
    background_tail,
    binomial_limits,
    decision_counts,
    poisson_limit,
    poisson_limits,
)
from transforms.ratio import ratio
from transforms.tolerance import RTOL

_CELLS = ["GDNA_CELLS", "CELLS_TNC", "CELLS_LEUKOCYTE"]


def judged_rows(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Say of each row whether it detects, before any row is preferred to another.

    Args:
        rows: `ngs_measurements` with context.
        standards: scoring standards.

    Returns:
        The rows with `numerator`, `denominator`, `effective_denominator`, `decision_count`,
        `background_probability`, `lod95`, `reads_limit` (what the reads alone bound), `ratio`,
        `depth`, `is_detected`, `is_unproved`, `is_evaluable` and what flags need.
    """
    rows = _with_counts(rows, standards)
    rows = _with_decision(rows, standards)
    rows = _with_limits(rows, standards)
    claim = pl.col("lod_fraction")
    is_vaf = pl.col("basis") == "VAF"
    unproved = (
        is_vaf
        & (pl.col("marker_count") > 0)
        & pl.col("site_error").is_null()
        & pl.col("min_count").is_null()
    )
    # aml.md §5: a variant must also reach the validated limit
    reaches = ~is_vaf | claim.is_null() | (pl.col("ratio") >= claim * (1 - RTOL))
    detected = (pl.col("marker_count") >= pl.col("decision_count")) & reaches & ~unproved
    return rows.with_columns(
        (pl.col("is_evaluable") & detected).fill_null(False).alias("is_detected"),
        (pl.col("is_evaluable") & unproved).fill_null(False).alias("is_unproved"),
        (0.0 - pl.coalesce("lod95", pl.lit(float("inf")))).alias("depth"),
    )


def _with_counts(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    cells_of_dna = (
        pl.col("input_ng")
        * (1000 / standards.pg_per_cell)
        * pl.col("library_conversion_fraction").fill_null(1.0)
    )
    material = pl.when(pl.col("basis") == "VAF").then(2 * cells_of_dna).otherwise(cells_of_dna)
    is_reads = pl.col("count_kind").cast(pl.String).fill_null("READS") == "READS"
    spiked = (
        is_reads
        & (pl.col("spike_reads") > 0)
        & (pl.col("spike_cells") > 0)
        & pl.col("input_ng").is_not_null()
        & pl.col("basis").is_in(_CELLS)
    ).fill_null(False)
    cells_per_read = pl.when("is_spiked").then(ratio(pl.col("spike_cells"), pl.col("spike_reads")))
    gene = pl.coalesce("gene", pl.col("own_marker").str.extract(r"^([A-Za-z0-9]+)"))
    rows = rows.with_columns(
        (pl.col("is_run_valid") & (pl.col("total_count") > 0)).alias("is_evaluable"),
        spiked.alias("is_spiked"),
        (is_reads & ~spiked).alias("is_plain_reads"),
        (~is_reads | spiked).alias("has_molecules"),
        material.alias("material"),
        pl.col("total_count").cast(pl.Float64).alias("total"),
        pl.coalesce("own_error_rate", "error_rate").alias("site_error"),
        pl.col("is_tracked").fill_null(True).alias("is_known"),
        pl.col("is_germline").is_null().alias("is_germline_unsaid"),
        pl.col("is_germline").fill_null(False),
        (pl.col("input_ng").is_not_null() & pl.col("library_conversion_fraction").is_null()).alias("is_conversion_assumed"),
        gene.alias("gene"),
        gene.is_in(standards.clonal_haematopoiesis_genes).fill_null(False).alias("is_ch_gene"),
    )  # fmt: skip
    count = pl.col("marker_count").cast(pl.Float64)
    return rows.with_columns(
        cells_per_read.alias("cells_per_read"),
        (count * cells_per_read.fill_null(1.0)).alias("numerator"),
        pl.when("is_spiked").then("material").otherwise("total").alias("denominator"),
        # reads are not molecules: without the mass of DNA they bound nothing
        pl.when("is_spiked").then("material")
        .when(pl.col("has_molecules") | pl.col("material").is_not_null())
        .then(pl.min_horizontal("total", "material"))
        .alias("effective_denominator"),
        pl.when(pl.col("material").is_not_null()).then(pl.lit(standards.pg_per_cell)).alias("pg_per_cell"),
    ).with_columns(
        pl.when("is_evaluable").then(ratio(pl.col("numerator"), pl.col("denominator"))).alias("ratio")
    )  # fmt: skip


def _with_decision(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Add the smallest count called detected: above noise at all sites together, and `min_count`."""
    has_error = pl.col("is_evaluable") & pl.col("site_error").is_not_null()
    site = pl.struct("own_marker", "clone")
    sites = site.filter(has_error).n_unique().over("sample_id", "assay_id")
    rows = rows.with_columns(ratio(standards.error_alpha, sites).alias("alpha"))
    noise = decision_counts(rows["total"], rows["site_error"], rows["alpha"])
    tail = background_tail(rows["marker_count"], rows["total"], rows["site_error"])
    needed = pl.col("min_count").fill_null(1).cast(pl.Float64)
    return rows.with_columns(
        pl.max_horizontal(pl.lit(noise), needed).alias("decision_count"),
        pl.when("is_evaluable").then(pl.lit(tail)).alias("background_probability"),
    )


def _with_limits(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Add the 95 % limit: by depth and by the mass of DNA, whichever is worse."""
    probability = standards.detection_probability
    single = poisson_limit(1, probability)
    plain = pl.col("is_plain_reads")
    trials = pl.when(plain).then("total").otherwise("effective_denominator")
    rows = rows.with_columns(trials.alias("trials"))
    poisson = poisson_limits(rows["decision_count"], probability)
    binomial = binomial_limits(rows["decision_count"], rows["trials"], probability)
    by_noise = (pl.col("basis") == "VAF") & pl.col("site_error").is_not_null()
    by_depth = (
        # fewer molecules than a detection needs could have shown nothing
        pl.when(~pl.col("is_spiked") & (pl.col("decision_count") > pl.col("trials"))).then(ratio(pl.col("decision_count"), pl.col("trials")))
        .when(by_noise).then(pl.lit(binomial) - pl.col("site_error"))
        .when("is_spiked").then(ratio(pl.lit(poisson) * pl.col("cells_per_read"), pl.col("material")))
        .otherwise(ratio(pl.lit(poisson), pl.col("trials")))
    )  # fmt: skip
    floor = ratio(single, pl.col("effective_denominator"))
    limit = pl.when(pl.col("effective_denominator").is_not_null()).then(
        pl.max_horizontal(by_depth, floor)
    )
    return rows.with_columns(
        limit.alias("lod95"), ratio(pl.lit(poisson), pl.col("total")).alias("reads_limit")
    )
