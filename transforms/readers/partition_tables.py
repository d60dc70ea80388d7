"""Tables of digital PCR exports: columns by their names, rows that cannot be read (`formats.md` §2, §7)."""

import re
from collections.abc import Mapping, Sequence

import polars as pl

from transforms.places import Place, Places
from transforms.problems import FileRefusedError, row_findings
from transforms.readers.content import Content
from transforms.readers.delimited import Delimited, split_cells
from transforms.worded import worded

SEPARATORS = (",", ";", "\t")
_BECOMES = {
    "sample": ("sample_id",),
    "well": ("replicate",),
    "positives": ("positive_partitions", "control_positive_partitions"),
    "total": ("total_partitions",),
    "date": ("performed_on",),
}
"""Columns of the tables that a column of wells becomes."""


def first_lines(content: Content, count: int) -> list[tuple[int, str]]:
    """Return the first lines that are not blank, with their numbers."""
    lines = enumerate(content.head.split("\n")[: count + 50], start=1)
    return [(n, line) for n, line in lines if line.strip(' \t",;')][:count]


def cells_of(line: str) -> tuple[str, list[str]]:
    """Return the separator that gives most cells, and the cells in lower case."""
    split = [(s, split_cells(line, s)) for s in SEPARATORS]
    separator, cells = max(split, key=lambda pair: len(pair[1]))
    return separator, [c.lower() for c in cells]


def bound(
    parts: Delimited, columns: Mapping[str, str], needed: tuple[str, ...], export: str
) -> pl.DataFrame:
    """Return the columns that are read, by position: names may stand twice, and the first counts.

    Args:
        parts: header and cells.
        columns: by the name they get, a pattern of the whole header cell in lower case.
        needed: those that must be there.
        export: which export to choose instead.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, where a needed column is missing.
    """
    at = _bound(parts.header, columns)
    missing = ", ".join(key for key in needed if at[key] is None)
    if missing:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the table lacks the column of {missing}; {export}",
            line=parts.header_line,
            value=missing,
        )
    return parts.cells.select(
        pl.col("source_line").cast(pl.Int64),
        *(
            (pl.lit(None, dtype=pl.String) if i is None else pl.col(f"c{i}")).alias(key)
            for key, i in at.items()
        ),
    )


def _bound(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int | None]:
    names = [h.lower() for h in header]
    return {
        key: next((i for i, name in enumerate(names) if re.fullmatch(pattern, name)), None)
        for key, pattern in columns.items()
    }


def partition_places(
    header: Sequence[str], columns: Mapping[str, str], sheet: str | None = None
) -> Places:
    """Return where the columns that `bound` reads stand, also under the names of what they become."""
    places = {
        key: Place(header[at], at + 1, sheet)
        for key, at in _bound(header, columns).items()
        if at is not None
    }
    become = {c: place for key, place in places.items() for c in _BECOMES.get(key, ())}
    return Places(places | become, sheet)


def sheet_table(sheet: pl.DataFrame, header_line: int) -> Delimited:
    """Return the rows of a sheet below its header; blank rows are no rows."""
    header = sheet.filter(pl.col("source_line") == header_line).drop("source_line")
    cells = sheet.filter(pl.col("source_line") > header_line).filter(
        pl.any_horizontal(pl.exclude("source_line").is_not_null())
    )
    if cells.is_empty():
        raise FileRefusedError("FILE_EMPTY", "the file has a header at most; export it again")
    names = tuple(str(c or "") for c in header.row(0))
    return Delimited(names, header_line, cells, cells.clear(), cells.clear())


def ragged_rows(parts: Delimited) -> tuple[pl.DataFrame, ...]:
    """Return findings of rows with more or fewer cells than the header: such a row was cut or joined."""
    wrong = (("ROW_TOO_LONG", parts.too_long), ("ROW_TOO_SHORT", parts.too_short))
    return tuple(
        row_findings(
            rows.with_columns(pl.lit(0, dtype=pl.Int64).alias("file_no")),
            code,
            worded(
                "the row has {} cells, the header {}; export the file again",
                pl.col("n_cells"),
                pl.lit(len(parts.header)),
            ),
        )
        for code, rows in wrong
        if rows.height
    )


def unknown_roles(rows: pl.DataFrame, column: str, said: str) -> tuple[pl.DataFrame, ...]:
    """Return findings of rows whose type is a word that is not known (`role` is null).

    Args:
        rows: rows with `source_line`, `role` and the column of the word.
        column: its name.
        said: its name in the file.
    """
    wrong = rows.filter(pl.col("role").is_null())
    if wrong.is_empty():
        return ()
    return (
        row_findings(
            wrong.with_columns(pl.lit(0, dtype=pl.Int64).alias("file_no")),
            "UNKNOWN_VALUE",
            worded(
                f"{said} '{{}}' is not known; it may be unknown, reference, a control or NTC",
                pl.col(column),
            ),
            column=said,
            value=pl.col(column),
        ),
    )
