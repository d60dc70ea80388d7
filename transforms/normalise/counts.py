"""Flow and sequencing: a count over a denominator, with what the sample could have shown."""

import polars as pl

from transforms.guidelines.rules import Standards
from transforms.normalise.context import SAMPLE_COLUMNS
from transforms.normalise.intervals import background_tail, poisson_limit, poisson_limits

_BASIS_DENOMINATOR = {
    "CELLS_TNC": "TNC",
    "CELLS_CD45": "CD45",
    "CELLS_MNC": "MNC",
    "CELLS_LEUKOCYTE": "LEUKOCYTE",
}
_FIRST = ("lab_id", "modality", "marker", "basis", "control_gene", "lod_fraction", "loq_fraction",
          "lod_events", "loq_events", "min_count", "transcript", "blood_dilution_fraction", *SAMPLE_COLUMNS[1:])  # fmt: skip


def flow_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample and assay; tubes of a sample are pooled.

    Args:
        rows: `flow_measurements` with context.
        standards: scoring standards.
    """
    expected = (
        pl.col("basis")
        .cast(pl.String)
        .replace_strict(_BASIS_DENOMINATOR, default=None, return_dtype=pl.String)
    )
    mismatch = (pl.col("denominator").cast(pl.String) != expected).fill_null(False)
    counts = pl.col("is_run_valid") & (pl.col("denominator_events") > 0)
    pooled = (
        rows.with_columns(mismatch.alias("is_mismatch"), counts.alias("is_evaluable"))
        .sort("counts_on", "sample_id", "assay_id", maintain_order=True)
        .group_by("sample_id", "assay_id", maintain_order=True)
        .agg(
            *(pl.col(c).last() for c in _FIRST),
            pl.len().cast(pl.Int64).alias("n_replicates"),
            pl.col("is_evaluable").sum().cast(pl.Int64).alias("n_evaluable"),
            pl.col("mrd_events").filter("is_evaluable").sum().cast(pl.Float64).alias("numerator"),
            pl.col("denominator_events")
            .filter("is_evaluable")
            .sum()
            .cast(pl.Float64)
            .alias("denominator"),
            pl.col("is_mismatch").any(),
            pl.col("is_run_valid").any().alias("has_valid_run"),
            pl.col("is_in_force").all(),
        )
    )
    lod_events = pl.col("lod_events").fill_null(standards.lod_events)
    loq_events = pl.col("loq_events").fill_null(standards.loq_events)
    needed = pl.coalesce(pl.col("min_count").cast(pl.Float64), lod_events)
    detected = pl.col("numerator") >= needed
    n = pl.col("denominator")
    # fewer events than are called positive prove nothing
    by_events, claim = pl.max_horizontal(lod_events, needed) / n, pl.col("lod_fraction")
    pooled = pooled.with_columns(
        detected.alias("is_detected"),
        by_events.alias("events_lod"),
        pl.max_horizontal("loq_fraction", loq_events / n, by_events, claim).alias("loq"),
        needed.alias("needed_events"),
    )
    limit = poisson_limits(pooled["needed_events"], standards.detection_probability)
    return _with_count_columns(
        pooled.with_columns(limit.alias("lambda")).with_columns(
            (pl.col("lambda") / n).alias("lod95_fraction"),
            pl.max_horizontal("events_lod", claim).alias("lod"),
            pl.when(claim > pl.col("events_lod"))
            .then(pl.lit("LAB_STATED"))
            .otherwise(pl.lit("DECISION_EVENTS"))
            .alias("lod_kind"),
            pl.lit(True).alias("has_molecules"),
            (~pl.col("is_detected") & (pl.col("numerator") > 0)).alias("is_trace"),
            _verdict("FLOW", mismatch=pl.col("is_mismatch")).alias("verdict"),
        ),
        [],
        standards,
    )


def ngs_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample, assay and marker; its highest clone is the level.

    Args:
        rows: `ngs_measurements` with context; `own_marker`, `own_error_rate` are the row's own.
        standards: scoring standards.
    """
    cells_of_dna = pl.col("input_ng") * 1000 / standards.pg_per_cell
    is_reads = pl.col("count_kind").cast(pl.String).fill_null("READS") == "READS"
    is_vaf = pl.col("basis") == "VAF"
    material = pl.when(is_vaf).then(2 * cells_of_dna).otherwise(cells_of_dna)
    total = pl.col("total_count").cast(pl.Float64)
    counts = pl.col("is_run_valid") & (pl.col("total_count") > 0)
    ordered = (
        rows.with_columns(
            counts.alias("is_evaluable"),
            is_reads.alias("is_reads"),
            pl.coalesce("own_error_rate", "error_rate").alias("site_error"),
            # reads are not molecules: without the mass of DNA they bound nothing
            pl.when(~is_reads | material.is_not_null())
            .then(pl.min_horizontal(total, material))
            .alias("effective_total"),
            pl.when(counts).then(pl.col("marker_count") / total).alias("ratio"),
        )
        # the highest clone or run decides, never a sum: every cell carries every marker
        .sort(
            "ratio",
            "effective_total",
            "counts_on",
            descending=[True, True, True],
            nulls_last=True,
            maintain_order=True,
        )
    )
    grouped = ordered.group_by("sample_id", "assay_id", "own_marker", maintain_order=True).agg(
        *(pl.col(c).first() for c in _FIRST if c != "marker"),
        pl.len().cast(pl.Int64).alias("n_replicates"),
        pl.col("is_evaluable").sum().cast(pl.Int64).alias("n_evaluable"),
        pl.col("marker_count").first().cast(pl.Float64).alias("numerator"),
        pl.col("total_count").first().cast(pl.Float64).alias("denominator"),
        pl.col("effective_total").first(),
        pl.col("site_error").first(),
        pl.col("is_reads").first(),
        pl.col("is_germline").fill_null(False).any(),
        pl.col("is_run_valid").any().alias("has_valid_run"),
        pl.col("is_in_force").all(),
    ).rename({"own_marker": "marker"})  # fmt: skip
    tail = background_tail(grouped["numerator"], grouped["denominator"], grouped["site_error"])
    needed = pl.col("min_count").fill_null(1).cast(pl.Float64)
    enough = pl.col("numerator") >= needed
    above_error = (
        pl.when(pl.col("site_error").is_not_null())
        .then(pl.col("tail") < standards.error_alpha)
        .otherwise(True)
    )
    unproved = (
        (pl.col("basis") == "VAF")
        & (pl.col("numerator") > 0)
        & pl.col("site_error").is_null()
        & pl.col("min_count").is_null()
    )
    grouped = grouped.with_columns(tail.alias("tail"), needed.alias("needed_events")).with_columns(
        (enough & above_error).fill_null(False).alias("is_detected"),
        unproved.fill_null(False).alias("is_unproved"),
    )
    limit = poisson_limits(grouped["needed_events"], standards.detection_probability)
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
    return _with_count_columns(
        grouped.with_columns(limit.alias("lambda")).with_columns(
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
            _verdict("NGS", mismatch=pl.lit(False), unproved=pl.col("is_unproved")).alias("verdict"),
        ),
        [
            pl.when("is_reads").then(pl.lit("reads_are_not_molecules")),
            pl.when("is_germline").then(pl.lit("germline")),
        ],
        standards,
    )  # fmt: skip


def _verdict(modality: str, *, mismatch: pl.Expr, unproved: pl.Expr | None = None) -> pl.Expr:
    def say(finding: str, why: str | None) -> pl.Expr:
        return pl.struct(finding=pl.lit(finding), why=pl.lit(why, dtype=pl.String))

    return (
        pl.when(pl.col("modality") != modality).then(say("NOT_EVALUABLE", "MODALITY_MISMATCH"))
        .when(~pl.col("has_valid_run")).then(say("NOT_EVALUABLE", "RUN_INVALID"))
        .when(mismatch).then(say("NOT_EVALUABLE", "DENOMINATOR_MISMATCH"))
        .when(pl.col("n_evaluable") == 0).then(say("NOT_EVALUABLE", "NO_DENOMINATOR"))
        .when(pl.lit(False) if unproved is None else unproved).then(say("NOT_EVALUABLE", "NO_ERROR_MODEL"))
        .when("is_detected").then(say("DETECTED", None))
        .otherwise(say("NOT_DETECTED", None))
    )  # fmt: skip


def _with_count_columns(
    rows: pl.DataFrame, flags: list[pl.Expr], standards: Standards
) -> pl.DataFrame:
    rows = rows.unnest("verdict")
    counted = pl.col("finding") != "NOT_EVALUABLE"
    is_detected = pl.col("finding") == "DETECTED"
    null = pl.lit(None, dtype=pl.Float64)
    single_floor = poisson_limit(1, standards.detection_probability)
    material = (
        pl.coalesce("effective_total", "denominator")
        if "effective_total" in rows.columns
        else pl.col("denominator")
    )
    return rows.with_columns(
        pl.col("why").alias("finding_reason"),
        pl.col("lod_fraction").alias("claim"),
        pl.when(counted).then("lod").alias("lod_fraction"),
        pl.when(counted).then("lod_kind").alias("lod_kind"),
        pl.when(counted).then("lod95_fraction").alias("lod95_fraction"),
        pl.when(counted).then("loq").alias("loq_fraction"),
        pl.when(is_detected).then(pl.col("numerator") / pl.col("denominator")).alias("estimate_fraction"),
        null.alias("bound_fraction"),
        pl.lit(None, dtype=pl.String).alias("operator"),
        pl.lit(False).alias("is_above"),
        pl.lit(False).alias("is_called_below"),
        null.alias("conversion_factor"),
        pl.lit(None, dtype=pl.String).alias("reported_call"),
        (counted & pl.col("is_trace")).alias("is_trace"),
        pl.concat_list(
            pl.when(counted & pl.col("is_trace")).then(pl.lit("trace_events")),
            pl.when(~pl.col("is_in_force")).then(pl.lit("assay_row_not_in_force")),
            pl.when(pl.col("blood_dilution_fraction") > standards.max_blood_dilution).then(pl.lit("haemodilute")),
            pl.when(pl.col("lod_fraction") < single_floor / material * (1 - 1e-9)).then(pl.lit("claim_below_poisson_floor")),
            *flags,
        ).list.drop_nulls().alias("flags"),
    )  # fmt: skip
