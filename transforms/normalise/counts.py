"""What flow and sequencing share: a count over a denominator, and what the sample could have shown."""

from collections.abc import Mapping

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.context import OF_SAMPLE
from transforms.normalise.flags import flag_bits
from transforms.normalise.intervals import CLOPPER_PEARSON, clopper_pearson, poisson_limit
from transforms.ratio import ratio
from transforms.tolerance import RTOL

CARRIED = (
    "lab_id", "modality", "marker", "basis", "control_gene", "lod_fraction", "loq_fraction", "lod_events",
    "loq_events", "min_count", *OF_SAMPLE,
)  # fmt: skip
"""Columns of the assay row, sample and patient that a result keeps."""


def verdict(
    modality: str,
    *,
    mismatch: pl.Expr,
    unproved: pl.Expr | None = None,
    untracked: pl.Expr | None = None,
) -> pl.Expr:
    """Return finding and reason of a count.

    Args:
        modality: modality that the assay must have.
        mismatch: true where the denominator is not the assay's.
        unproved: true where a count could be background.
        untracked: true where the marker was not known from diagnosis.
    """

    def say(finding: str, why: str | None) -> pl.Expr:
        return pl.struct(finding=pl.lit(finding), why=pl.lit(why, dtype=pl.String))

    never = pl.lit(False)
    return (
        pl.when(pl.col("modality") != modality).then(say("NOT_EVALUABLE", "MODALITY_MISMATCH"))
        .when(~pl.col("has_valid_run")).then(say("NOT_EVALUABLE", "RUN_INVALID"))
        .when(mismatch).then(say("NOT_EVALUABLE", "DENOMINATOR_MISMATCH"))
        .when(pl.col("n_evaluable") == 0).then(say("NOT_EVALUABLE", "NO_DENOMINATOR"))
        .when(never if unproved is None else unproved).then(say("NOT_EVALUABLE", "NO_ERROR_MODEL"))
        .when("is_detected").then(say("DETECTED", None))
        .when(never if untracked is None else untracked).then(say("NOT_EVALUABLE", "NOT_TRACKED"))
        .otherwise(say("NOT_DETECTED", None))
    )  # fmt: skip


def with_count_columns(
    rows: pl.DataFrame, flags: Mapping[str, pl.Expr], standards: Standards
) -> pl.DataFrame:
    """Complete counted results with the columns that both modalities share.

    Args:
        rows: results with `verdict`, counts, `effective_denominator` and limits (`lod`, `loq`, …).
        flags: condition by flag of the modality.
        standards: scoring standards.
    """
    rows = rows.unnest("verdict")
    counted = pl.col("finding") != "NOT_EVALUABLE"
    floor = ratio(
        poisson_limit(1, standards.detection_probability), pl.col("effective_denominator")
    )
    # more molecules than the DNA can hold were not there
    real = pl.min_horizontal("effective_denominator", "denominator")
    scaled = pl.col("numerator") * ratio(real, pl.col("denominator"))
    shown = pl.when(counted & pl.col("has_molecules"))
    trials = rows.select(
        # the product may round to just above what there is
        shown.then(
            pl.when(scaled <= real * (1 + RTOL)).then(pl.min_horizontal(scaled, real))
        ).alias("k"),
        shown.then(real).alias("n"),
    )
    low, high = clopper_pearson(trials["k"], trials["n"])
    claim = pl.col("lod_fraction")
    # a claim that only this sample's reads bound is still held to them
    most = pl.coalesce("effective_denominator", "denominator")
    is_above = claim < ratio(poisson_limit(1, standards.detection_probability), most) * (1 - RTOL)
    return rows.with_columns(
        pl.col("why").alias("finding_reason"),
        claim.alias("claimed_lod_fraction"),
        *(
            pl.when(counted).then(source).alias(name)
            for name, source in (
                ("lod_fraction", pl.col("lod")),
                ("lod_kind", pl.col("lod_kind")),
                ("lod95_fraction", pl.col("lod95")),
                ("loq_fraction", pl.col("loq")),
                ("loq_kind", pl.col("loq_kind")),
                ("poisson_floor_fraction", floor),
            )
        ),
        pl.when(pl.col("finding") == "DETECTED")
        .then(ratio(pl.col("numerator"), pl.col("denominator")))
        .alias("estimate_fraction"),
        low.alias("ci_low_fraction"),
        high.alias("ci_high_fraction"),
        pl.when(low.is_not_null()).then(pl.lit(CLOPPER_PEARSON)).alias("ci_method"),
        (counted & pl.col("is_trace")).alias("is_trace"),
        flag_bits({
            "trace_events": counted & pl.col("is_trace"),
            "assay_row_not_in_force": ~pl.col("is_in_force"),
            "claim_below_poisson_floor": counted & is_above,
            **flags,
        }).alias("flag_bits"),
    )  # fmt: skip
