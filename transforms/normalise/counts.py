"""What flow and sequencing share: a count over a denominator, and what the sample could have shown."""

import polars as pl

from transforms.guidelines.rules import Standards
from transforms.normalise.context import SAMPLE_COLUMNS
from transforms.normalise.intervals import poisson_limit

CARRIED = (
    "lab_id", "modality", "marker", "basis", "control_gene", "lod_fraction", "loq_fraction", "lod_events",
    "loq_events", "min_count", "transcript", "blood_dilution_fraction", *SAMPLE_COLUMNS[1:],
)  # fmt: skip
"""Columns of the assay row, sample and patient that a result keeps."""


def verdict(modality: str, *, mismatch: pl.Expr, unproved: pl.Expr | None = None) -> pl.Expr:
    """Return finding and reason of a count.

    Args:
        modality: modality that the assay must have.
        mismatch: true where the denominator is not the assay's.
        unproved: true where a count could be background.
    """

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


def with_count_columns(
    rows: pl.DataFrame, flags: list[pl.Expr], standards: Standards
) -> pl.DataFrame:
    """Complete counted results with the columns that all modalities share.

    Args:
        rows: results with `verdict`, counts and limits.
        flags: flags of the modality.
        standards: scoring standards.
    """
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
