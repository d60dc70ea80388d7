"""Comma and point in the files of instruments: decided once for a file, from all its number cells.

Windows lends a program its decimal sign, so the same export has `0.0032` in one laboratory and `0,0032` in
another. A cell such as `1,234` does not say which it is; the other cells of its file do. Columns that no
table keeps, such as a mean or a deviation, are evidence too. A file whose cells contradict each other was
edited or joined, and none of its numbers can be trusted.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from transforms.parse.numbers import (
    COMMA_IS_DECIMAL,
    EITHER_COMMA,
    EITHER_POINT,
    POINT_IS_DECIMAL,
    bare_number,
    tidy,
)
from transforms.problems import FileRefusedError
from transforms.readers.delimited import Delimited

_CYRILLIC_TE = "\u0442"
# a workbook's number cells stand here as text with a decimal point, whatever their country
_NUMBER_CELL = r"^[+-]?[0-9]+\.[0-9]+$"
_ODD = r"[,'’\u2212 \u00a0\u2007\u2009\u202f]|\.[0-9]+\.|\.[0-9]{3}$"
_SEPARATOR = r"[.,'’\u2212 \u00a0\u2007\u2009\u202f]"
# a sign of comparison or percent, a blank, an apostrophe, a word
_DRESSED = r"[^0-9eE+.,\-]"
# what no number cell of a workbook has: somebody or some program wrote a text
_TYPED = r"[^0-9eE+.\-]"
_NO_DECIMALS = r"^([+-]?[0-9]+)\.0+$"


@dataclass(frozen=True)
class NumberTable:
    """Cells of one table of a file, and which of them are numbers.

    Attributes:
        cells: `source_line` and text columns.
        columns: by column of numbers, its name in the file.
        counts: those of them that hold whole numbers, so that `1.234` is more likely 1234.
    """

    cells: pl.DataFrame
    columns: dict[str, str]
    counts: frozenset[str] = frozenset()


def number_table(
    cells: pl.DataFrame, header: Sequence[str], numbers: str, counts: str = "(?!)"
) -> NumberTable:
    """Return the number columns of a table whose cells are `c0` … `cN`.

    Args:
        cells: `source_line` and the cells.
        header: the names above them.
        numbers: pattern of the whole name, in lower case, of every column known to hold numbers.
        counts: the same of columns that hold counts.
    """
    names = [h.strip().replace(_CYRILLIC_TE, "t").lower() for h in header]
    is_count = {f"c{i}": bool(re.fullmatch(counts, n)) for i, n in enumerate(names)}
    columns = {
        f"c{i}": h.strip()
        for i, (n, h) in enumerate(zip(names, header, strict=True))
        if f"c{i}" in cells.columns and (is_count[f"c{i}"] or re.fullmatch(numbers, n))
    }
    return NumberTable(cells, columns, frozenset(c for c in columns if is_count[c]))


def with_point(
    tables: Sequence[NumberTable], *, is_sheet: bool = False, may_quote: bool = True
) -> list[pl.DataFrame]:
    """Return the cells of a file with every number written with a decimal point and no grouping.

    | the file's other cells | `1,234` | `1.234` | `5,720.562` | `0,0032` |
    |---|---|---|---|---|
    | prove a point | 1234 | 1.234 | 5720.562 | refused |
    | prove a comma | 1.234 | 1234 | refused | 0.0032 |
    | prove nothing | refused | 1.234, of counts refused | proves a point | proves a comma |

    Blanks and apostrophes can only group. What is no number stays as it is.

    A number cell of a workbook always stands with a point here, so `23.5` proves nothing of how `1,234` beside it
    was typed: in a sheet only a cell that must be text, such as `12,5`, `5,720.562` or `<0.5`, tells what such a
    cell means. A comma that can only be decimal still contradicts `23.5`, which may be a text too.

    Args:
        tables: all tables of the file.
        is_sheet: cells of a workbook.
        may_quote: whether a finding may name values.

    Raises:
        FileRefusedError: SEPARATORS_CONTRADICT with two cells, or SEPARATORS_NOT_DECIDED with one.
    """
    odd = _odd_cells(tables, is_sheet=is_sheet)
    if odd.is_empty():
        return [t.cells for t in tables]
    core = pl.col("core")
    is_comma = core.str.contains(COMMA_IS_DECIMAL)
    is_point = core.str.contains(POINT_IS_DECIMAL)
    if is_sheet:
        is_point = is_point | core.str.contains(_NUMBER_CELL)
    comma, point = _first(odd, is_comma), _first(odd, is_point)
    if comma and point:
        raise _contradiction(comma, point, may_quote=may_quote)
    doubtful = _first(
        odd,
        core.str.contains(EITHER_COMMA) | (pl.col("is_count") & core.str.contains(EITHER_POINT)),
    )
    proof = _first(odd, is_point & pl.col("text").str.contains(_TYPED)) if is_sheet else point
    # of a large file they are as many as its cells, and the cells are written now
    del odd
    if doubtful and not comma and not proof:
        cell = _where(doubtful, may_quote=may_quote)
        raise FileRefusedError(
            "SEPARATORS_NOT_DECIDED",
            f"{cell} may be a number of thousands or one with decimals, and no other "
            f"number of the file{' that was typed as text' if is_sheet else ''} tells which; export it again with a decimal point and without grouping",
            line=doubtful["source_line"],
            value=doubtful["text"] if may_quote else None,
        )
    decided = "," if comma else "." if point else None
    return [
        t.cells.with_columns(_written(t.cells, c, decided) for c in t.columns)
        if t.columns
        else t.cells
        for t in tables
    ]


def plain_cells(
    parts: Delimited, numbers: str, counts: str = "(?!)", *, is_sheet: bool = False, may_quote: bool = True
) -> Delimited:  # fmt: skip
    """Return a table with its numbers as `with_point` writes them, where it is the file's only one."""
    table = number_table(parts.cells, parts.header, numbers, counts)
    (cells,) = with_point([table], is_sheet=is_sheet, may_quote=may_quote)
    return replace(parts, cells=cells)


def require_point(cells: pl.DataFrame, columns: Sequence[str], standard: str) -> None:
    """Refuse a file with a comma in a number where its standard knows a decimal point only.

    Args:
        cells: `source_line` and text columns.
        columns: columns of numbers.
        standard: what the file is, for the message.

    Raises:
        FileRefusedError: SEPARATORS_CONTRADICT; it quotes no value.
    """
    has_comma = pl.any_horizontal(
        pl.col(c).str.contains(r"^\s*[+-]?[0-9.]*,[0-9,.]+").fill_null(False) for c in columns
    )
    wrong = cells.filter(has_comma)
    if wrong.height:
        line = wrong.item(0, "source_line")
        raise FileRefusedError(
            "SEPARATORS_CONTRADICT",
            f"a number on line {line} holds a comma, and {standard} knows a decimal point only; "
            "the file was edited, export it again",
            line=line,
        )


def _odd_cells(tables: Sequence[NumberTable], *, is_sheet: bool) -> pl.DataFrame:
    """Return the number cells of a file that hold a separator; empty where every cell is plain."""
    schema = {
        "source_line": pl.Int64, "column": pl.String, "is_count": pl.Boolean, "text": pl.String, "core": pl.String,
    }  # fmt: skip
    if not any(_has_odd(t, is_sheet=is_sheet) for t in tables):
        return pl.DataFrame(schema=schema)
    parts = [
        rows.select(
            pl.col("source_line").cast(pl.Int64),
            pl.lit(name).alias("column"),
            pl.lit(c in t.counts).alias("is_count"),
            pl.col(c).alias("text"),
            core.alias("core"),
        )
        for t in tables
        for c, name in t.columns.items()
        for cells in [t.cells.select("source_line", c).filter(pl.col(c).str.contains(_SEPARATOR))]
        for rows, core in (
            (cells.filter(~pl.col(c).str.contains(_DRESSED)), pl.col(c)),
            (cells.filter(pl.col(c).str.contains(_DRESSED)), bare_number(pl.col(c))),
        )
    ]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def _has_odd(table: NumberTable, *, is_sheet: bool) -> bool:
    signs = [
        pl.col(c).str.contains(_ODD if c in table.counts else _ODD.removesuffix(r"|\.[0-9]{3}$")).any()
        for c in table.columns
    ]  # fmt: skip
    return bool(signs) and bool(table.cells.select(pl.any_horizontal(signs)).item())


def _first(odd: pl.DataFrame, is_so: pl.Expr) -> dict[str, Any] | None:
    """Return the cell nearest to the beginning of the file of which it is so."""
    at = odd.select(pl.when(is_so).then("source_line").arg_min()).item()
    return None if at is None else odd.row(at, named=True)


def _where(cell: dict[str, Any], *, may_quote: bool) -> str:
    said = f" '{cell['text']}'" if may_quote else ""
    return f"{cell['column']}{said} on line {cell['source_line']}"


def _contradiction(
    comma: dict[str, Any], point: dict[str, Any], *, may_quote: bool
) -> FileRefusedError:
    cells = (comma, point)
    first = min(c["source_line"] for c in cells)
    both = "; ".join(c["text"] for c in cells)
    return FileRefusedError(
        "SEPARATORS_CONTRADICT",
        f"{_where(comma, may_quote=may_quote)} has a decimal comma and {_where(point, may_quote=may_quote)} a "
        "decimal point, so no number of the file is sure; export it again from the instrument",
        line=first,
        value=both if may_quote else None,
    )


def _written(cells: pl.DataFrame, column: str, decided: str | None) -> pl.Series:
    """Return a column with its numbers written with a point; other texts stay as they are."""
    cell = pl.col(column)
    # nearly all cells are digits and one sign, which needs no look at what they are made of
    needs_look = {",": r"[^0-9eE+,\-]", ".": r"[^0-9eE+.\-]", None: _DRESSED}[decided]
    plain = cell
    if decided == ",":
        plain = plain.str.replace(",", ".", literal=True)
    if decided is not None:
        # a count written as 500.000 is 500 in this file
        plain = plain.str.replace(_NO_DECIMALS, "${1}")
    is_odd = cell.str.contains(needs_look)
    done = cells.select(pl.when(is_odd).then(cell).otherwise(plain).alias(column)).to_series()
    at = cells.select(is_odd.arg_true()).to_series()
    if at.is_empty():
        return done
    looked = cells.select(cell.gather(at))
    return done.scatter(at, looked.select(_looked_at(cell, decided)).to_series())


def _looked_at(text: pl.Expr, decided: str | None) -> pl.Expr:
    """Return cells with their number written with a point, and what stands before and behind it kept."""
    parts = tidy(text).str.extract_groups(
        r"^(?<before>[<>≤≥]?=?\s*)(?<core>[^%]*?)(?<behind>\s*(?:%.*)?)$"
    )
    core = parts.struct.field("core")
    group = {",": r"[. '’]", ".": r"[, '’]", None: r"[ '’]"}[decided]
    mark = "," if decided == "," else r"\."
    grouped = core.str.contains(rf"^[+-]?[0-9]{{1,3}}(?:{group}[0-9]{{3}})+(?:{mark}[0-9]+)?$")
    single = core.str.contains(rf"^[+-]?[0-9]*{mark}[0-9]+(?:[eE][+-]?[0-9]+)?$")
    number = (
        # `1,234.5` groups where the point is decimal; `1.234` alone is a decimal there
        pl.when(grouped & ~single).then(core.str.replace_all(group, "")).when(single).then(core)
    )
    point = number.str.replace(",", ".", literal=True)
    if decided is not None:
        point = point.str.replace(_NO_DECIMALS, "${1}")
    written = pl.concat_str(
        parts.struct.field("before"), point, parts.struct.field("behind").fill_null("")
    )
    return pl.coalesce(written, text)
