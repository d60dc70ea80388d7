"""Where the cells of a file stand: sheet, column, heading or segment; and findings that point there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

LINE_OF = "line_of_"
"""Readers name the line of a cell that stands on another line than its row `line_of_<column>`."""

_LETTERS = 26
# Applied Biosystems writes Ct with this letter in some exports
_CYRILLIC_TE = "\u0442"


@dataclass(frozen=True)
class Place:
    """Where the cells of one column stand.

    Attributes:
        heading: what the file calls them: a heading, a key, or a field such as `OBX-5`.
        column: number of the column, from 1; None where the file has no columns.
        sheet: sheet of a workbook.
    """

    heading: str
    column: int | None = None
    sheet: str | None = None

    def words(self) -> str:
        """Return the place of the column in words, for people."""
        if self.column is None:
            column = ""
        elif self.sheet is None:
            column = f"column {self.column}"
        else:
            column = f"column {letters(self.column)}"
        heading = f"({self.heading})" if column and self.heading else self.heading
        sheet = f"sheet {self.sheet}, " if self.sheet is not None else ""
        return sheet + " ".join(x for x in (column, heading) if x)


@dataclass(frozen=True)
class Places:
    """Where the columns of a file stand.

    Attributes:
        places: by column of the tables, and by the reader's own name of columns that become none.
        sheet: sheet of a workbook that lines are counted in.
    """

    places: Mapping[str, Place] = field(default_factory=dict)
    sheet: str | None = None

    def in_words(self) -> list[str]:
        """Return the places as texts such as `target_cq = column 9 (CT)`, for `source_files`."""
        return [f"{name} = {place.words()}" for name, place in self.places.items()]


def letters(column: int) -> str:
    """Return the letters of a column of a sheet, counted from 1: 1 is A, 27 is AA."""
    text = ""
    while column > 0:
        column, at = divmod(column - 1, _LETTERS)
        text = chr(ord("A") + at) + text
    return text


def with_places(findings: pl.DataFrame, of_files: Mapping[int, Places]) -> pl.DataFrame:
    """Return findings with `source_place`: sheet, cell or column, and heading of what is to blame.

    Args:
        findings: with `file_no`, `source_line`, `column`; a column may be named as in the tables or as in
            the file.
        of_files: by file_no.
    """
    known = _by_name({n: of_files[n] for n in findings["file_no"].unique() if n in of_files})
    called = pl.col("column").str.to_lowercase().str.replace_all(_CYRILLIC_TE, "t", literal=True)
    placed = findings.drop("source_place").with_columns(called.alias("called"))
    placed = placed.join(known, on=["file_no", "called"], how="left", maintain_order="left")
    sheets = pl.DataFrame(
        [(n, x.sheet) for n, x in of_files.items() if x.sheet is not None],
        schema={"file_no": pl.Int64, "sheet": pl.String},
        orient="row",
    ).with_columns(pl.concat_str(pl.lit("sheet "), "sheet").alias("sheet"))
    # a cell has an address where its row is known; else the column is all that can be said
    cell = pl.concat_str("before", pl.col("source_line").cast(pl.String), "behind")
    return (
        placed.join(sheets, on="file_no", how="left", maintain_order="left")
        .with_columns(pl.coalesce(cell, "words", "sheet").alias("source_place"))
        .select(findings.columns)
    )


def _by_name(of_files: Mapping[int, Places]) -> pl.DataFrame:
    """Return the places of the files, by the name of the table's column and by the file's own."""
    rows: dict[tuple[int, str], tuple[str, str | None, str | None]] = {}
    for file_no, places in of_files.items():
        for name, place in places.places.items():
            before = behind = None
            if place.sheet is not None and place.column is not None:
                before = f"sheet {place.sheet}, cell {letters(place.column)}"
                behind = f" ({place.heading})" if place.heading else ""
            row = (place.words(), before, behind)
            rows[file_no, name.lower()] = row
            heading = place.heading.lower().replace(_CYRILLIC_TE, "t")
            rows.setdefault((file_no, heading), row)
    return pl.DataFrame(
        [(*key, *row) for key, row in rows.items()],
        schema={"file_no": pl.Int64} | dict.fromkeys(("called", "words", "before", "behind"), pl.String()),
        orient="row",
    )  # fmt: skip


def on_their_lines(findings: pl.DataFrame, text: pl.DataFrame) -> pl.DataFrame:
    """Return findings of rows with the line of the cell that is to blame.

    A row may stand for several lines of its file: target and control of a plate, the segments of a message.

    Args:
        findings: findings, `source_line` that of the row.
        text: the rows, with `line_of_<column>` where a cell stands elsewhere.
    """
    columns = [c for c in text.columns if c.startswith(LINE_OF)]
    if findings.is_empty() or not columns:
        return findings
    lines = (
        text.unpivot(columns, index=["file_no", "source_line"], variable_name="column", value_name="line")
        .with_columns(pl.col("column").str.strip_prefix(LINE_OF), pl.col("line").cast(pl.Int64))
        .drop_nulls("line")
        .unique(["file_no", "source_line", "column"], keep="first", maintain_order=True)
    )  # fmt: skip
    key = ["file_no", "source_line", "column"]
    return (
        findings.join(lines, on=key, how="left", maintain_order="left")
        .with_columns(pl.coalesce("line", "source_line").alias("source_line"))
        .drop("line")
    )
