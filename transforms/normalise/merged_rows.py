"""Rows that are the sum of the others: merged wells or tubes that would be counted twice."""

from collections.abc import Sequence

import polars as pl


def without_merged_rows(
    rows: pl.DataFrame, group: Sequence[str], counts: Sequence[str], also: Sequence[str] = ()
) -> pl.DataFrame:
    """Leave out the row of a group that is the exact sum of all its others.

    Two rows cannot tell which of them is the sum, so a group needs three.

    Args:
        rows: measurement rows with context.
        group: columns of the rows that are added up.
        counts: columns that must all be the sum; a row without one of them is none of the group.
        also: columns that must be the sum where the row has them.

    Returns:
        The other rows, with `has_merged_row` of their group.
    """
    if not rows.select(pl.all_horizontal(pl.col(c).is_not_null() for c in counts).any()).item():
        return rows.with_columns(pl.lit(False).alias("has_merged_row"))
    counted = rows.with_columns(
        pl.all_horizontal(pl.col(c).is_not_null() for c in counts).alias("is_counted_row")
    )

    def is_sum(column: str) -> pl.Expr:
        own = pl.when("is_counted_row").then(column)
        return 2 * own == own.sum().over(group)

    merged = pl.all_horizontal(
        pl.col("is_counted_row").sum().over(group) > 2,
        *(is_sum(c) for c in counts),
        *(is_sum(c) | pl.col(c).is_null() for c in also),
    )
    return (
        counted.with_columns(merged.fill_null(False).alias("is_merged_row"))
        .with_columns(pl.col("is_merged_row").any().over(group).alias("has_merged_row"))
        .filter(~pl.col("is_merged_row"))
        .drop("is_merged_row", "is_counted_row")
    )
