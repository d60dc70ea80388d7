"""Raw results of all modalities to `assay_results`: level, censoring, bounds, interval."""

from collections.abc import Mapping

import polars as pl

from schemas.tables import TABLES
from transforms.guidelines.rules import Standards
from transforms.normalise.context import known_samples, with_context
from transforms.normalise.flow import flow_results
from transforms.normalise.intervals import CLOPPER_PEARSON, clopper_pearson
from transforms.normalise.ngs import ngs_results
from transforms.normalise.pcr import RTOL, pcr_results

_SHARED = (
    "sample_id", "patient_id", "disease", "collected_on", "tissue", "timepoint", "transcript",
    "assay_id", "lab_id", "modality", "marker", "basis", "control_gene", "conversion_factor",
    "numerator", "denominator", "n_replicates", "n_evaluable", "finding", "finding_reason",
    "estimate_fraction", "bound_fraction", "is_above", "is_called_below", "is_trace", "has_molecules",
    "claim", "lod_fraction", "lod_kind", "lod95_fraction", "loq_fraction", "flags",
)  # fmt: skip


def assay_results(tables: Mapping[str, pl.DataFrame], standards: Standards) -> pl.DataFrame:
    """Return the results of all measurements whose sample, patient and assay are known.

    Args:
        tables: input tables with their stored columns.
        standards: scoring standards.

    Returns:
        The columns of `assay_results`, and `transcript`, `claim`, `is_called_below` that the
        classification needs beside them. Not sorted.
    """
    samples = known_samples(tables)
    parts = []
    for name, normalise in (
        ("pcr_measurements", pcr_results),
        ("flow_measurements", flow_results),
        ("ngs_measurements", ngs_results),
    ):
        rows = with_context(tables[name], samples, tables)
        if rows.height:
            parts.append(normalise(rows, standards).select(_SHARED))
    if not parts:
        schema = TABLES["assay_results"].polars_schema
        extra = {
            "transcript": TABLES["patients"].polars_schema["transcript"],
            "claim": pl.Float64(),
            "is_called_below": pl.Boolean(),
        }
        return pl.DataFrame(schema={**schema, **extra})
    return _one_of_each(_finish(pl.concat(parts, how="vertical_relaxed")))


def _one_of_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one row where measurements of two modalities name one assay: the one that fits it."""
    key = ["sample_id", "assay_id", "marker"]
    strange = (pl.col("finding_reason") == "MODALITY_MISMATCH").fill_null(False)
    if not rows.select(strange.any()).item():
        return rows
    flags = pl.when(strange.any().over(key)).then(
        pl.concat_list("flags", pl.lit("modality_mismatch")).list.unique().list.sort()
    )
    marked = rows.with_columns(flags.otherwise("flags").alias("flags"), strange.alias("strange"))
    return (
        marked.sort("strange", maintain_order=True)
        .unique(key, keep="first", maintain_order=True)
        .drop("strange")
    )


def _finish(rows: pl.DataFrame) -> pl.DataFrame:
    schema = TABLES["assay_results"].polars_schema
    detected = pl.col("finding") == "DETECTED"
    estimate, loq = pl.col("estimate_fraction"), pl.col("loq_fraction")
    reaches_loq = pl.when(loq.is_null()).then(True).otherwise(estimate >= loq * (1 - RTOL))
    quantified = (
        detected
        & estimate.is_not_null()
        & reaches_loq.fill_null(False)
        & ~pl.col("is_called_below")
        & ~pl.col("is_above")
    )
    rows = rows.with_columns(quantified.fill_null(False).alias("is_quantifiable"))
    below = (
        detected
        & ~pl.col("is_quantifiable")
        & ~pl.col("is_above")
        & pl.col("finding_reason").is_null()
    )
    upper = (
        pl.when("is_quantifiable").then(estimate)
        .when(below & pl.col("bound_fraction").is_not_null()).then("bound_fraction")
        .when(below).then(loq)
        .when(pl.col("finding") == "NOT_DETECTED").then("lod_fraction")
    )  # fmt: skip
    censor = (
        pl.when(pl.col("is_above")).then(pl.lit("RIGHT"))
        .when(pl.col("finding") == "NOT_DETECTED").then(pl.lit("LEFT"))
        .when(below & pl.col("bound_fraction").is_not_null()).then(pl.lit("LEFT"))
        .when(below & loq.is_not_null() & pl.col("lod_fraction").is_not_null()).then(pl.lit("INTERVAL"))
        .when(below & loq.is_not_null()).then(pl.lit("LEFT"))
        .otherwise(pl.lit("NONE"))
    )  # fmt: skip
    with_interval = pl.col("has_molecules") & (pl.col("finding") != "NOT_EVALUABLE")
    counts = rows.select(
        pl.when(with_interval).then(pl.col("numerator", "denominator")),
    )
    low, high = clopper_pearson(counts["numerator"], counts["denominator"])
    below_loq = (
        pl.when(below & estimate.is_not_null())
        .then(pl.concat_list("flags", pl.lit("below_loq")))
        .otherwise("flags")
    )
    return (
        rows.with_columns(
            pl.when("is_quantifiable").then(estimate).alias("level_fraction"),
            upper.alias("upper_fraction"),
            censor.alias("censor"),
            pl.when(with_interval).then(low).alias("ci_low_fraction"),
            pl.when(with_interval).then(high).alias("ci_high_fraction"),
            pl.when(with_interval).then(pl.lit(CLOPPER_PEARSON)).alias("ci_method"),
            below_loq.list.unique().list.sort().alias("flags"),
        )
        .with_columns(
            # a level of 0 cannot occur, so the logarithm is finite; -0.0 is made plain
            (0.0 - pl.col("upper_fraction").log10()).alias("depth_proved"),
        )
        .select(
            *(pl.col(c).cast(t, strict=True) for c, t in schema.items()),
            "transcript",
            "claim",
            "is_called_below",
        )
    )
