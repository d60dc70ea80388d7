"""Raw results of all modalities to `assay_results`: level, censoring, bounds, common axis."""

from collections.abc import Mapping

import polars as pl

from schemas.tables import TABLES
from transforms.guidelines.standards import Standards
from transforms.normalise.comparability import series
from transforms.normalise.context import CURVES, known_samples, with_context
from transforms.normalise.flags import flag_bits, has_flag, with_flag_words, without_flag
from transforms.normalise.flow import flow_results
from transforms.normalise.ngs import ngs_results
from transforms.normalise.pcr import pcr_results
from transforms.normalise.tracked import with_tracked
from transforms.ratio import ratio
from transforms.tolerance import RTOL

_RESULT = TABLES["assay_results"].polars_schema
_FOR_CLASSIFICATION = {
    "transcript": TABLES["patients"].polars_schema["transcript"],
    "is_called_below": pl.Boolean(),
    "value_fraction": pl.Float64(),
    "viable_blasts": pl.Float64(),
    "n_tracked": pl.Int64(),
    "n_not_mentioned": pl.Int64(),
    **dict.fromkeys(CURVES, pl.Float64()),
}
_COPIES_PER_CELL = ("mutant_copies_per_cell", "total_copies_per_cell", "normal_copies_per_cell")
_RAW = {
    # what a modality need not give is null
    **{c: _RESULT[c] for c in _RESULT if c not in ("flags", "is_quantifiable", "level_fraction", "censor", "upper_fraction",
       "rdf_fraction", "rdf_upper_fraction", "undiluted_fraction", "depth_proved", "series")},
    **_FOR_CLASSIFICATION,
    "bound_fraction": pl.Float64(),
    "is_above": pl.Boolean(),
    "has_stated_loq": pl.Boolean(),
    "flag_bits": pl.Int64(),
    "rdf_factor": pl.Float64(),
    "most_fraction": pl.Float64(),
    "received_after_days": pl.Int64(),
    **dict.fromkeys(_COPIES_PER_CELL, pl.Int64()),
}  # fmt: skip
_LIMITS = ("lod_fraction", "lod95_fraction", "poisson_floor_fraction", "loq_fraction")


def assay_results(tables: Mapping[str, pl.DataFrame], standards: Standards) -> pl.DataFrame:
    """Return the results of all measurements whose sample, patient and assay are known.

    Args:
        tables: input tables with their stored columns.
        standards: scoring standards.

    Returns:
        The columns of `assay_results`, and what classification and findings need beside them:
        `transcript`, `is_called_below`, `value_fraction` (also where it is no level), `n_tracked` and
        `n_not_mentioned` of a list, the curve. Not sorted.
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
            if name == "ngs_measurements":
                rows = with_tracked(rows, tables)
            parts.append(_raw(normalise(rows, standards)))
    if not parts:
        return pl.DataFrame(schema={**_RESULT, **_FOR_CLASSIFICATION})
    return _finish(_one_of_each(pl.concat(parts)), standards)


def _raw(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        (pl.col(c) if c in rows.columns else pl.lit(None)).cast(t).alias(c) for c, t in _RAW.items()
    )


def _one_of_each(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one row where measurements of two modalities name one assay: the one that fits it."""
    key = ["sample_id", "assay_id", "marker"]
    strange = (pl.col("finding_reason") == "MODALITY_MISMATCH").fill_null(False)
    if not rows.select(strange.any()).item():
        return rows
    bits = pl.col("flag_bits") | flag_bits({"modality_mismatch": strange.any().over(key)})
    marked = rows.with_columns(bits.alias("flag_bits"), strange.alias("strange"))
    return (
        marked.sort("strange", maintain_order=True)
        .unique(key, keep="first", maintain_order=True)
        .drop("strange")
    )


def _finish(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    rows = _with_common_axis(_with_level(_possible(_within_1(rows))))
    dilution = pl.col("blood_dilution_fraction")
    left = 1 - dilution
    haemodilute = (dilution > standards.max_blood_dilution).fill_null(False)
    estimate = pl.col("estimate_fraction")
    below_loq = (
        pl.col("is_below") & estimate.is_not_null()
        & ~(estimate > pl.col("loq_fraction") * (1 + RTOL)).fill_null(False)
    )  # fmt: skip
    late = (pl.col("modality") == "FLOW") & (
        pl.col("received_after_days") > standards.max_days_to_receipt
    )
    held = {
        "below_loq": below_loq,
        "blood_diluted": dilution > 0,
        "haemodilute": haemodilute,
        "received_late": late,
    }
    rows = rows.with_columns(
        # a level of 0 cannot occur, so the logarithm is finite; -0.0 is made plain
        pl.when(~haemodilute).then(0.0 - pl.col("upper_fraction").log10()).alias("depth_proved"),
        pl.when(left > 0).then(ratio(estimate, left)).alias("undiluted_fraction"),
        series().alias("series"),
        (pl.col("flag_bits") | flag_bits(held)).alias("flag_bits"),
    )
    # a trace belongs to what was not detected
    rows = without_flag(rows, "trace_events", pl.col("finding") != "NOT_DETECTED")
    return with_flag_words(rows).select(
        *(pl.col(c).cast(t, strict=True) for c, t in _RESULT.items()), *_FOR_CLASSIFICATION
    )


def _within_1(rows: pl.DataFrame) -> pl.DataFrame:
    """Take what could have shown nothing out of the negatives; hold other limits to 1.

    A ratio may be above 1, so that a limit there bounds nothing and is left out.
    """
    is_ratio = pl.col("basis").cast(pl.String).str.starts_with("RNA")
    above = {c: (pl.col(c) > 1 + RTOL).fill_null(False) for c in _LIMITS}
    unseen = pl.col("finding") == "NOT_DETECTED"
    too_few = unseen & above["lod_fraction"]
    finding = pl.when(too_few).then(pl.lit("NOT_EVALUABLE").cast(_RESULT["finding"])).otherwise("finding")  # fmt: skip
    reason = pl.when(too_few).then(pl.lit("TOO_FEW_EVENTS").cast(_RESULT["finding_reason"])).otherwise("finding_reason")  # fmt: skip
    rows = rows.with_columns(
        finding.alias("finding"),
        reason.alias("finding_reason"),
        (pl.col("is_called_below").fill_null(False) | (above["loq_fraction"] & ~is_ratio)).alias(
            "is_called_below"
        ),
        pl.col("is_above").fill_null(False),
        pl.col("claimed_lod_fraction").clip(upper_bound=1.0),
    )
    said = pl.col("finding") != "NOT_EVALUABLE"
    kept = {c: said & ~(is_ratio & above[c]) for c in _LIMITS}
    return rows.with_columns(
        *(pl.when(kept[c]).then(pl.col(c).clip(upper_bound=1.0)).alias(c) for c in _LIMITS),
        pl.when(kept["lod_fraction"]).then("lod_kind").alias("lod_kind"),
        pl.when(kept["loq_fraction"]).then("loq_kind").alias("loq_kind"),
        *(pl.when(said).then(c).alias(c) for c in ("ci_low_fraction", "ci_high_fraction", "ci_method")),
    )  # fmt: skip


def _possible(rows: pl.DataFrame) -> pl.DataFrame:
    """Take the level from what cannot be: more cells or molecules than there are.

    A count may be above 1 by chance, so its interval decides.
    """
    value = pl.coalesce("value_fraction", "estimate_fraction")
    least = pl.coalesce("ci_low_fraction", value)
    above_1 = (
        (pl.col("finding") == "DETECTED")
        & pl.col("finding_reason").is_null()
        & ~pl.col("basis").cast(pl.String).str.starts_with("RNA")
        & (least > pl.col("most_fraction").fill_null(1.0) * (1 + RTOL))
    ).fill_null(False)
    return rows.with_columns(
        value.alias("value_fraction"),
        pl.when(above_1)
        .then(pl.lit("FRACTION_ABOVE_1").cast(_RESULT["finding_reason"]))
        .otherwise("finding_reason")
        .alias("finding_reason"),
        *(
            pl.when(~above_1).then(c).alias(c)
            for c in ("estimate_fraction", "bound_fraction", "rdf_kind")
        ),
        (pl.col("is_above") & ~above_1).alias("is_above"),
    )


def _with_level(rows: pl.DataFrame) -> pl.DataFrame:
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
    # a detection below the LOD has no lower end
    lod = pl.col("lod_fraction")
    above_lod = (loq > lod * (1 + RTOL)) & (estimate >= lod * (1 - RTOL)).fill_null(True)
    # a bare "detected" may be anything; "below the LOQ" is below one that somebody proved
    is_known = pl.any_horizontal(
        estimate.is_not_null(),
        pl.col("ci_high_fraction").is_not_null(),
        pl.col("is_called_below") & pl.col("has_stated_loq").fill_null(False),
    )
    # irreproducible above the range: the range is no bound
    bounded = is_known & ~((estimate >= loq * (1 - RTOL)) & (loq < 1)).fill_null(False)
    # an LOQ that nobody proved bounds nothing that the interval does not
    loq_bound = (
        pl.when(pl.col("loq_kind") == "LOD")
        .then(pl.max_horizontal(loq, "ci_high_fraction"))
        .otherwise(loq)
    )
    # of copies in one replicate of several the limit is no bound
    unseen_bound = (
        pl.when(has_flag("single_replicate_positive"))
        .then(pl.max_horizontal("lod_fraction", "ci_high_fraction"))
        .otherwise("lod_fraction")
    )
    upper = (
        pl.when("is_quantifiable").then(estimate)
        .when(below & pl.col("bound_fraction").is_not_null()).then("bound_fraction")
        .when(below & bounded).then(loq_bound)
        .when(pl.col("finding") == "NOT_DETECTED").then(unseen_bound)
    )  # fmt: skip
    censor = (
        pl.when(pl.col("is_above")).then(pl.lit("RIGHT"))
        .when(pl.col("finding") == "NOT_DETECTED").then(pl.lit("LEFT"))
        .when(below & pl.col("bound_fraction").is_not_null()).then(pl.lit("LEFT"))
        .when(below & bounded & above_lod).then(pl.lit("INTERVAL"))
        .when(below & bounded & loq.is_not_null()).then(pl.lit("LEFT"))
        .otherwise(pl.lit("NONE"))
    )  # fmt: skip
    return rows.with_columns(
        below.alias("is_below"),
        pl.when("is_quantifiable").then(estimate).alias("level_fraction"),
        upper.alias("upper_fraction"),
        censor.alias("censor"),
    )


def _with_common_axis(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the fraction of all nucleated cells, for display; rule sets never read it."""
    kind = pl.col("rdf_kind").cast(pl.String)
    mutant, total, normal = (
        pl.col(c).fill_null(default) for c, default in zip(_COPIES_PER_CELL, (1, 2, 2), strict=True)
    )

    def converted(value: pl.Expr) -> pl.Expr:
        # cells with m of C copies mutated among cells with n copies (domain §5.3, n = 2 there)
        wild = mutant + value * (normal - total)
        # a VAF above what these copies allow is all cells
        cells = (
            pl.when(wild > 0).then(ratio(normal * value, wild).clip(upper_bound=1.0)).otherwise(1.0)
        )
        return (
            pl.when((kind == "VAF_ESTIMATE") & value.is_not_null())
            .then(cells)
            .when(kind.is_not_null() & (kind != "VAF_ESTIMATE"))
            .then(value * pl.col("rdf_factor"))
        )

    said = pl.col("finding") != "NOT_EVALUABLE"
    rows = rows.with_columns(
        pl.when(said).then(converted(pl.col(source))).alias(name)
        for source, name in (
            ("estimate_fraction", "rdf_fraction"),
            ("upper_fraction", "rdf_upper_fraction"),
        )
    )
    upper = pl.col("rdf_upper_fraction")
    highest = pl.when(upper.is_not_null()).then(pl.max_horizontal(upper, "rdf_fraction"))
    rows = rows.with_columns(highest.alias("rdf_upper_fraction"))
    has_any = pl.col("rdf_fraction").is_not_null() | pl.col("rdf_upper_fraction").is_not_null()
    return rows.with_columns(pl.when(has_any).then("rdf_kind").alias("rdf_kind"))
