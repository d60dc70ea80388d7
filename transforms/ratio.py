"""Division that gives the same bits for one row and for many."""

import polars as pl


def ratio(numerator: pl.Expr | float, denominator: pl.Expr | float) -> pl.Expr:
    """Return the quotient of each row, correctly rounded (IEEE 754), as Python divides.

    polars 2.1.0 multiplies by the reciprocal where the denominator is one value for several rows: a
    literal, or a column from a join with one row. 900 / 40000 is then 0.022500000000000003, and a
    sample has other digits alone than among others. A denominator that has been multiplied by a
    column of ones as long as the numerator is divided by row for row.

    Returns:
        Null where either is null; of a denominator of 0 an infinity, or NaN for 0 / 0. Named as
        the numerator is.
    """
    above = numerator if isinstance(numerator, pl.Expr) else pl.lit(numerator)
    # 0 where the numerator is null: the quotient is null there, whatever it is divided by
    ones = above.is_not_null().cast(pl.Float64)
    return above / (denominator * ones)
