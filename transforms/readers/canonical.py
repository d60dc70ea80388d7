"""Canonical CSV: a header names the table, its separator is the one that makes most names legal."""

import polars as pl

from schemas.tables import INPUT_TABLES, Table
from transforms.places import Place, Places
from transforms.problems import FileRefusedError, all_findings
from transforms.readers.content import Content
from transforms.readers.delimited import read_delimited, split_cells, text_lines
from transforms.readers.flat import inline_rows, inline_tables, rows_of, shape_findings
from transforms.readers.reader import Reader
from transforms.readers.rows import TextRows

_READER = "canonical-csv/1"
SEPARATORS = (",", ";", "\t")
_KNOWN = {c for t in INPUT_TABLES for c in t.input_columns}


def _names(line: str, separator: str) -> list[str]:
    return [c.lower() for c in split_cells(line, separator)]


def find_separator(header_line: str) -> str:
    """Return the separator under which the header has most known column names."""
    return max(SEPARATORS, key=lambda s: len(_KNOWN.intersection(_names(header_line, s))))


def recognise_table(names: list[str]) -> Table | None:
    """Return the table whose deciding columns are all in the header, in the design's order.

    Columns that recognise a table only instead of its own come last: they never take another's file.
    """
    present = set(names)
    for table in INPUT_TABLES:
        if not present.issuperset(table.recognised_all):
            continue
        if table.recognised_any and present.isdisjoint(table.recognised_any):
            continue
        return table
    named = (t for t in INPUT_TABLES if t.recognised_instead)
    return next((t for t in named if present.issuperset(t.recognised_instead)), None)


def recognise(content: Content) -> bool:
    """Return whether a text starts with a canonical header."""
    line = next((x for x in content.head.split("\n") if x.strip()), "")
    return recognise_table(_names(line, find_separator(line))) is not None


def read(data: bytes) -> TextRows:
    """Read a canonical file.

    Args:
        data: UTF-8 text with normalised line ends.

    Raises:
        FileRefusedError: FILE_EMPTY, FILE_NOT_RECOGNISED, DUPLICATE_HEADER, MISSING_COLUMN or
            QUOTE_NOT_CLOSED.
    """
    lines = text_lines(data)
    first = lines.filter(pl.col("line").is_not_null()).head(1)
    if first.is_empty():
        raise FileRefusedError("FILE_EMPTY", "the file is empty; export it again")
    separator = find_separator(first.item(0, "line"))
    names = _names(first.item(0, "line"), separator)
    table = recognise_table(names)
    if table is None:
        raise FileRefusedError(
            "FILE_NOT_RECOGNISED",
            "the header names no table; `mrd formats` lists the columns that decide",
            line=first.item(0, "source_line"),
        )
    inline = inline_tables(table)
    wanted = {*table.input_columns, *(c for t in inline for c in t.input_columns)}
    twice = sorted({n for n in names if n in wanted and names.count(n) > 1})
    if twice:
        raise FileRefusedError(
            "DUPLICATE_HEADER",
            f"column {twice[0]} stands twice in the header of a {table.name} file; keep one",
            line=first.item(0, "source_line"),
            value=twice[0],
        )
    is_filled = bool(table.recognised_instead) and {*table.recognised_instead}.issubset(names)
    missing = [
        c
        for c in (table.recognised_instead if is_filled else table.required)
        if c in table.input_columns and c not in names and c != "result_version"
    ]
    if missing:
        raise FileRefusedError(
            "MISSING_COLUMN",
            f"a {table.name} file needs the column {', '.join(missing)}",
            line=first.item(0, "source_line"),
            value=", ".join(missing),
        )
    parts = read_delimited(lines, separator)
    first_of = {n: f"c{i}" for i, n in reversed(list(enumerate(names))) if n in wanted}
    named = parts.cells.select("source_line", **first_of)
    inline_found, inline_findings = inline_rows(table, named)
    extra = [n for n in names if n and n not in wanted]
    shape = shape_findings(parts, extra, f"a {table.name} file has no such column")
    bad = parts.too_long.height + parts.too_short.height
    return TextRows(
        format=f"canonical {table.name}",
        reader=_READER,
        rows_read=parts.cells.height + bad,
        rows_rejected=bad,
        tables={table.name: rows_of(table, named)},
        inline=inline_found,
        findings=all_findings([inline_findings, shape]),
        places=Places({h.lower(): Place(h, i) for i, h in enumerate(parts.header, start=1) if h}),
    )


READER = Reader(
    _READER,
    "canonical CSV",
    "a header with the deciding columns of a table",
    True,
    recognise,
    lambda content, assay, settings: read(content.text),
)
