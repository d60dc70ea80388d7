"""Cells of a laboratory's column to canonical texts; what cannot be said for certain is a problem, never a value."""

from dataclasses import dataclass

import polars as pl

from schemas.fields import Field
from transforms.layouts.layout import Column
from transforms.layouts.words import is_number

_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{1,2}:[0-9]{2}.*)?$"
_FIRST, _LAST = pl.date(1900, 1, 1), pl.date(2199, 12, 31)
_SAYS_ITS_OWN_SCALE = r"[:/^x×*·⁰¹²³⁴⁵⁶⁷⁸⁹]|^\s*10-[1-9]\s*$"
"""A ratio or a power says how much by itself; under a heading with a unit it could mean two things."""


@dataclass(frozen=True)
class Problem:
    """One way in which a cell of a column can be wrong.

    Attributes:
        code: finding code.
        is_wrong: where it is; never null.
        advice: what would be right, after "Heading 'cell' ".
    """

    code: str
    is_wrong: pl.Expr
    advice: str


def canonical_cells(
    column: Column, field: Field, cell: pl.Expr, word: pl.Expr
) -> tuple[pl.Expr, tuple[Problem, ...]]:
    """Return a column as canonical text, and what can be wrong with it.

    Args:
        column: the column of the layout.
        field: what the canonical column holds.
        cell: text as written, trimmed, null when empty.
        word: the same as `tidy_cells` gives it.

    Returns:
        Text that is null where the cell is empty or wrong, and the problems.
    """
    value, problems = _others(column, field, cell, word)
    if column.values is None:
        return value, problems
    is_word = word.is_in(list(column.values)).fill_null(False)
    meant = word.replace_strict(column.values, default=None, return_dtype=pl.String)
    left = tuple(Problem(p.code, p.is_wrong & ~is_word, p.advice) for p in problems)
    return pl.when(is_word).then(meant.replace("", None)).otherwise(value), left


def _others(
    column: Column, field: Field, cell: pl.Expr, word: pl.Expr
) -> tuple[pl.Expr, tuple[Problem, ...]]:
    """Return cells that are none of the words of a column, as far as they may stand."""
    if column.leaves_out_numbers:
        unknown = cell.is_not_null() & ~is_number(word).fill_null(False)
        return pl.lit(None, dtype=pl.String), (_unknown(column, unknown, "a number, or one of "),)
    if column.date is not None:
        day = cell.str.to_date(column.date, strict=False)
        day = pl.when(day.is_between(_FIRST, _LAST)).then(day)
        # workbooks hold dates, which arrive as ISO whatever the sheet shows
        iso = cell.str.contains(_ISO).fill_null(False)
        wrong = cell.is_not_null() & ~iso & day.is_null()
        advice = f"is no date written {column.date}; correct the cell, or the layout"
        return (
            pl.when(iso).then(cell).otherwise(day.dt.to_string("%Y-%m-%d")),
            (Problem("NOT_A_DATE", wrong, advice),),
        )
    if column.unit:
        bare = cell.str.replace(r"\s*%$", "") if column.unit == "pct" else cell
        wrong = (bare.str.contains("%", literal=True) | bare.str.contains(_SAYS_ITS_OWN_SCALE)).fill_null(False)  # fmt: skip
        advice = f"does not agree with the unit {column.unit} of the layout; write the number alone"
        return pl.when(~wrong).then(bare), (Problem("UNIT_CONTRADICTS_VALUE", wrong, advice),)
    is_judged = field.dtype in (pl.Float64, pl.Int64, pl.Date) or column.name == "reported_value"
    if column.values is not None and not is_judged:
        return pl.lit(None, dtype=pl.String), (_unknown(column, cell.is_not_null(), "one of "),)
    return cell, ()


def _unknown(column: Column, is_wrong: pl.Expr, right: str) -> Problem:
    words = ", ".join(column.values or ())
    advice = f"is not {right}{words}; say in the layout what it means as {column.name}"
    return Problem("UNKNOWN_VALUE", is_wrong, advice)
