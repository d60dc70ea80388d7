"""Standard curves of exports that leave them out, from the wells of their standards (`formats.md` §5)."""

import polars as pl

from transforms.ratio import ratio

MIN_LEVELS = 3
"""Fewer different concentrations make a line of anything."""
_DIGITS = 6


def with_curves(wells: pl.DataFrame) -> pl.DataFrame:
    """Give wells the slope, intercept and R² of the standards of their target.

    Cq = slope × log10(quantity) + intercept, by least squares over single standard wells. Standards
    without a Cq, and quantities that are not plain numbers, are left out.

    Args:
        wells: wells in the words of a plate; what the file says of its curves itself is not used.
    """
    log10 = pl.col("quantity").cast(pl.Float64, strict=False).log10()
    points = (
        wells.filter(pl.col("role") == "STANDARD", pl.col("target").is_not_null())
        .select("target", log10.alias("x"), pl.col("cq").cast(pl.Float64, strict=False).alias("y"))
        .filter(pl.col("x").is_finite() & pl.col("y").is_finite())
    )
    slope = ratio(pl.cov("x", "y"), pl.col("x").var())
    fits = (
        points.group_by("target", maintain_order=True)
        .agg(
            pl.col("x").n_unique().alias("n_levels"),
            slope.alias("slope"),
            (pl.col("y").mean() - slope * pl.col("x").mean()).alias("intercept"),
            pl.corr("x", "y").pow(2).alias("r_squared"),
        )
        .filter(pl.col("n_levels") >= MIN_LEVELS)
        .select(
            "target",
            *(
                pl.when(pl.col(c).is_finite())
                .then(pl.col(c).round(_DIGITS))
                .cast(pl.String)
                .alias(c)
                for c in ("slope", "intercept", "r_squared")
            ),
        )
    )
    # no join: it would hold a large plate twice
    targets = fits["target"].to_list()
    return wells.with_columns(
        pl.col("target")
        .replace_strict(targets, fits[c].to_list(), default=None, return_dtype=pl.String)
        .alias(c)
        for c in ("slope", "intercept", "r_squared")
    )
