"""Lists of sequences in `mrd explain`: what is followed in full, of the rest the highest and a count."""

import polars as pl

SHOWN = 3
"""Markers of one assay that nobody follows and that are still told in full: a new clone may be the relapse."""


def worth_telling(results: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Leave out most of the markers of a list that nobody follows.

    Args:
        results: rows of `assay_results` of one sample.

    Returns:
        The rows to explain, by assay and marker, and a line for each assay of which some are left out.
    """
    is_new = pl.col("flags").list.contains("new_variant")
    order = ["assay_id", "level_fraction", "marker"]
    rank = pl.int_range(pl.len()).over("assay_id", is_new)
    ranked = results.sort(order, descending=[False, True, False], nulls_last=True)
    is_left_out = is_new & (rank >= SHOWN)
    ranked = ranked.with_columns(is_left_out.alias("is_left_out"))
    rest = (
        ranked.filter("is_left_out")
        .group_by("assay_id")
        .agg(pl.len().alias("n"), pl.col("level_fraction").max())
        .sort("assay_id")
    )
    lines = [
        f"Assay {row['assay_id']}: {row['n']} more markers that nobody follows, none above "
        f"{row['level_fraction'] or 0:.4g}; mrd_status has them all"
        for row in rest.to_dicts()
    ]
    told = ranked.filter(~pl.col("is_left_out")).drop("is_left_out")
    return told.sort("assay_id", "marker"), lines
