"""Canonical CSV: a header names the table, its separator is the one that makes most names legal."""

import polars as pl

from schemas.tables import INLINE_TABLES, INPUT_TABLES, Table
from transforms.problems import FileRefusedError, all_findings, one_finding, row_findings
from transforms.readers.content import Content
from transforms.readers.delimited import Delimited, read_delimited, split_cells, text_lines
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
    """Return the table whose deciding columns are all in the header, in the design's order."""
    present = set(names)
    for table in INPUT_TABLES:
        if not present.issuperset(table.recognised_all):
            continue
        if table.recognised_any and present.isdisjoint(table.recognised_any):
            continue
        return table
    return None


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
    inline = INLINE_TABLES if table.kind == "measurement" else ()
    wanted = {*table.input_columns, *(c for t in inline for c in t.input_columns)}
    twice = sorted({n for n in names if n in wanted and names.count(n) > 1})
    if twice:
        raise FileRefusedError(
            "DUPLICATE_HEADER",
            f"column {twice[0]} stands twice in the header of a {table.name} file; keep one",
            line=first.item(0, "source_line"),
            value=twice[0],
        )
    missing = [
        c
        for c in table.required
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
    rows = _rows_of(table, parts, names)
    inline_rows, inline_findings = _inline_rows(inline, parts, names)
    extra = [n for n in names if n and n not in wanted]
    findings = [*inline_findings]
    if extra:
        findings.append(
            one_finding(
                0,
                "EXTRA_COLUMN",
                f"left out: {', '.join(extra)}; a {table.name} file has no such column",
                value=", ".join(extra),
            )
        )
    width = len(parts.header)
    for frame, code, word in (
        (parts.too_long, "ROW_TOO_LONG", "more"),
        (parts.too_short, "ROW_TOO_SHORT", "fewer"),
    ):
        findings.append(
            row_findings(
                frame.with_columns(pl.lit(0).alias("file_no")),
                code,
                pl.format(
                    "the row has {} cells, {} than the {} of the header; "
                    + (
                        "quote cells that hold the separator"
                        if word == "more"
                        else "write empty cells with their separators"
                    ),
                    pl.col("n_cells"),
                    pl.lit(word),
                    pl.lit(width),
                ),
            )
        )
    bad = parts.too_long.height + parts.too_short.height
    return TextRows(
        format=f"canonical {table.name}",
        reader=_READER,
        rows_read=parts.cells.height + bad,
        rows_rejected=bad,
        tables={table.name: rows},
        inline=inline_rows,
        findings=all_findings(findings),
    )


def _rows_of(table: Table, parts: Delimited, names: list[str]) -> pl.DataFrame:
    picked = [pl.col(f"c{names.index(c)}").alias(c) for c in table.input_columns if c in names]
    return parts.cells.select(
        *picked,
        pl.col("source_line").cast(pl.Int64),
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )


def _inline_rows(
    inline: tuple[Table, ...], parts: Delimited, names: list[str]
) -> tuple[dict[str, pl.DataFrame], list[pl.DataFrame]]:
    found: dict[str, pl.DataFrame] = {}
    findings: list[pl.DataFrame] = []
    for table in inline:
        own = [
            c
            for c in table.input_columns
            if c in names and c not in ("sample_id", "patient_id", "is_correction")
        ]
        if not own:
            continue
        missing = [c for c in table.required if c not in names]
        if missing:
            findings.append(
                one_finding(
                    0,
                    "INLINE_INCOMPLETE",
                    f"{', '.join(own)} left out: a {table.name} row also needs {', '.join(missing)}",
                    value=", ".join(missing),
                )
            )
            continue
        rows = _rows_of(table, parts, names).drop("is_correction", strict=False)
        found[table.name] = rows.filter(pl.any_horizontal(pl.col(c).is_not_null() for c in own))
    return found, findings


READER = Reader(
    _READER,
    "canonical CSV",
    "a header with the deciding columns of a table",
    True,
    recognise,
    lambda content, assay, settings: read(content.text),
)
