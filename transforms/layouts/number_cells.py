"""Comma and point in the number columns of a layout: decided once for a file, as in files of instruments."""

import polars as pl

from schemas.fields import Field
from transforms.layouts.layout import Column, Layout, legal_columns
from transforms.layouts.units import units_of
from transforms.parse.numbers import EITHER_POINT
from transforms.problems import FileRefusedError
from transforms.readers.separators import NumberTable, with_point

# a thousandfold percentage or part of one is no result, so `1.234` has one meaning there
_NO_THOUSANDS = ("fraction", "pct")
# as a workbook's number cells arrive, those in percent format too; a number never ends in zeros behind its point,
# a text may
_NUMBER_CELL = r"^-?[0-9]+(?:\.0|\.[0-9]*[1-9])?(?:[eE][+-]?[0-9]+)?(?: %)?$"


def is_number_column(column: Column, field: Field) -> bool:
    """Tell a column whose cells are read as numbers."""
    return field.dtype in (pl.Float64, pl.Int64) or column.name == "reported_value"


def numbers_with_point(
    layout: Layout, rows: pl.DataFrame, at: dict[str, str], words: dict[str, str], *, is_sheet: bool
) -> pl.DataFrame:
    """Return the number cells of a layout, each written with a decimal point and without grouping.

    All number columns that the layout maps are evidence, and `60.000` of a column that may hold thousands is
    refused where none of them decides (`transforms.readers.separators.with_point`). Cells that a layout gives
    a meaning to are words, and stay as written; so do number cells of a workbook, which prove nothing about
    its texts.

    Args:
        layout: the layout.
        rows: `source_line`, the cells, and the cells of worded columns as `tidy_cells` returns them.
        at: column of `rows` by heading.
        words: column of the tidy cells by column of `rows`.
        is_sheet: whether they are cells of a workbook.

    Returns:
        The number columns of `rows`, by the names they have there.

    Raises:
        FileRefusedError: SEPARATORS_NOT_DECIDED or SEPARATORS_CONTRADICT.
    """
    fields = legal_columns(layout.table)
    mapped = [c for c in layout.columns if is_number_column(c, fields[c.name])]
    columns = {at[c.heading]: c.heading for c in mapped}
    counts = frozenset(at[c.heading] for c in mapped if _may_be_thousands(c, fields[c.name]))
    known: dict[str, set[str]] = {}
    for column in layout.columns:
        known.setdefault(at[column.heading], set()).update(column.values or ())
    as_written = {
        c: pl.col(words[c]).is_in(sorted(known[c])) if known[c] else pl.lit(False) for c in columns
    }
    if is_sheet:
        as_written = {c: e | pl.col(c).str.contains(_NUMBER_CELL) for c, e in as_written.items()}
    judged = rows.select(
        "source_line",
        *(pl.when(~e.fill_null(False)).then(c).alias(c) for c, e in as_written.items()),
    )
    if is_sheet:
        _refuse_undecided(judged, rows, columns, counts)
    (plain,) = with_point([NumberTable(judged, columns, counts)])
    return plain.select(pl.coalesce(plain[c], rows[c]).alias(c) for c in columns)


def _refuse_undecided(
    typed: pl.DataFrame, rows: pl.DataFrame, columns: dict[str, str], counts: frozenset[str]
) -> None:
    """Refuse a sheet with typed commas in which `3.125` may be a number cell, or typed and mean 3125."""
    commas = [pl.col(c).str.contains(r"[0-9],[0-9]").any() for c in columns]
    if not columns or not typed.select(pl.any_horizontal(commas)).item():
        return
    for column in sorted(counts):
        cell = pl.col(column)
        unclear = rows.filter(cell.str.contains(EITHER_POINT) & cell.str.contains(_NUMBER_CELL))
        if unclear.height:
            line, value = unclear.select("source_line", column).row(0)
            raise FileRefusedError(
                "SEPARATORS_NOT_DECIDED",
                f"{columns[column]} '{value}' may be a number cell, or typed and a number of thousands, because other "
                "cells of the sheet are typed with a comma; make all of them number cells, or save as CSV",
                line=line,
                value=value,
            )


def _may_be_thousands(column: Column, field: Field) -> bool:
    if field.dtype == pl.Int64:
        return True
    units = units_of(field)
    unit = column.unit or next((u for u, power in units.items() if power == 0), "")
    return bool(units) and unit not in _NO_THOUSANDS
