"""Delimited text to rows of text cells that remember their source line.

polars reads the cells; this module sees to what a plain CSV read loses: the line a row came from,
rows with too many or too few cells, blank lines, and quotes that are never closed.
"""

import csv
import re
from codecs import BOM_UTF8
from dataclasses import dataclass

import polars as pl

from transforms.problems import FileRefusedError

# U+0001 cannot occur (transforms.readers.decode refuses it), so each line is read as one cell
_NO_SEPARATOR = "\x01"
# the widest real export has some hundred; time grows with the square, and 10,000 took a minute
_MAX_COLUMNS = 2_000
_HEADER_CHARS = 100_000
_ROWS = 50_000


@dataclass(frozen=True)
class Delimited:
    """Rows of one delimited text.

    Attributes:
        header: cells of the header line, stripped.
        header_line: source line of the header.
        cells: columns `source_line` and `c0` … `cN` (text, null when empty).
        too_long: `source_line`, `n_cells`, `line` of rows with more cells than the header.
        too_short: the same for rows with fewer cells.
    """

    header: tuple[str, ...]
    header_line: int
    cells: pl.DataFrame
    too_long: pl.DataFrame
    too_short: pl.DataFrame


def text_lines(data: bytes) -> pl.DataFrame:
    """Return the lines of a text: `source_line` from 1, `line` (null when blank)."""
    return pl.read_csv(
        data,
        separator=_NO_SEPARATOR,
        quote_char=None,
        has_header=False,
        infer_schema=False,
        new_columns=["line"],
        raise_if_empty=False,
    ).with_row_index("source_line", offset=1)


def split_cells(line: str, separator: str) -> list[str]:
    """Return the stripped cells of one line, quotes respected."""
    # no header is longer, and the csv module refuses longer cells
    return [c.strip() for c in next(csv.reader([line[:_HEADER_CHARS]], delimiter=separator), [])]


def read_delimited(lines: pl.DataFrame, separator: str, *, allow_short: bool = False) -> Delimited:
    """Read lines whose first line that is not blank is the header.

    Args:
        lines: as `text_lines` gives them, or a slice of it.
        separator: one character.
        allow_short: rows may stop early (instrument exports); their missing cells are null.

    Raises:
        FileRefusedError: FILE_EMPTY, FILE_TOO_LARGE, or QUOTE_NOT_CLOSED with its line.
    """
    filled = lines.filter(~_is_blank(separator))
    if filled.height < 2:
        raise FileRefusedError("FILE_EMPTY", "the file has a header at most; export it again")
    header_line, header_text = filled.row(0)
    header = tuple(split_cells(header_text, separator))
    if len(header) > _MAX_COLUMNS:
        raise FileRefusedError(
            "FILE_TOO_LARGE",
            f"the header has {len(header)} columns, and no export that is read has more than {_MAX_COLUMNS}",
            line=int(header_line),
        )
    body = filled.slice(1)
    if not _quotes_end_on_their_line(body, separator):
        return _read_with_long_cells(lines, header, header_line, separator, allow_short)
    unquoted = pl.col("line")
    has_quotes = bool(body.select(pl.col("line").str.contains('"', literal=True).any()).item())
    if has_quotes:
        unquoted = unquoted.str.replace_all(r'"[^"]*"', "")
    counted = body.with_columns(
        (unquoted.str.count_matches(separator, literal=True) + 1).alias("n_cells")
    )
    width = len(header)
    if not allow_short:
        counted = _without_padding(counted, width, separator)
    good = counted.filter(pl.col("n_cells") <= width if allow_short else pl.col("n_cells") == width)
    return _not_empty(
        Delimited(
            header=header,
            header_line=header_line,
            cells=parse_cells(good, width, separator, has_quotes=has_quotes),
            too_long=counted.filter(pl.col("n_cells") > width),
            too_short=counted.filter(pl.col("n_cells") < width).clear()
            if allow_short
            else counted.filter(pl.col("n_cells") < width),
        )
    )


def read_wells(lines: pl.DataFrame, separator: str, where: str = "") -> Delimited:
    """Read a table of wells: rows may stop early, and none may have more cells than the header.

    Args:
        lines: as `text_lines` gives them, or a slice of it.
        separator: one character.
        where: what the rows stand in, for the message.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION with the line of a row that is too long, and those of
            `read_delimited`.
    """
    parts = read_delimited(lines, separator, allow_short=True)
    if parts.too_long.height:
        of = f" of {where}" if where else ""
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"a row{of} has more cells than the header; export the file again",
            line=parts.too_long.item(0, "source_line"),
        )
    return parts


def _not_empty(parts: Delimited) -> Delimited:
    if parts.cells.height + parts.too_long.height + parts.too_short.height == 0:
        raise FileRefusedError("FILE_EMPTY", "the file has a header at most; export it again")
    return parts


def _is_blank(separator: str) -> pl.Expr:
    """Tell lines of nothing but separators, spaces and empty quotes."""
    line, gap = pl.col("line"), r"[ \t]*"
    cell = rf'{gap}(?:"{gap}")?{gap}'
    row = rf"^(?:{cell}{re.escape(separator)})*{cell}$"
    nothing_else = line.str.strip_chars(f'{separator} \t"').str.len_bytes() == 0
    return line.is_null() | (nothing_else & line.str.contains(row))


def _without_padding(counted: pl.DataFrame, width: int, separator: str) -> pl.DataFrame:
    """Leave empty cells beyond the header out of the count: spreadsheets pad rows."""
    is_long = pl.col("n_cells") > width
    long = counted.filter(is_long)
    if long.is_empty():
        return counted
    plain = (
        pl.col("line")
        .str.strip_chars_end(f"{separator} \t")
        .str.count_matches(separator, literal=True)
        + 1
    )
    counted = counted.with_columns(
        pl.when(is_long & ~pl.col("line").str.contains('"', literal=True))
        .then(pl.max_horizontal(plain, pl.lit(width)))
        .otherwise("n_cells")
        .alias("n_cells")
    )
    quoted = long.filter(pl.col("line").str.contains('"', literal=True))
    if quoted.is_empty():
        return counted
    try:
        solid = [
            max(width, max((i for i, c in enumerate(cells, 1) if c.strip()), default=0))
            for cells in csv.reader(quoted["line"].to_list(), delimiter=separator)
        ]
    except csv.Error:
        # a cell beyond what the csv module takes: such rows stay too long, which is what they are
        return counted
    true_count = quoted.select("source_line", pl.Series("n_cells", solid, dtype=pl.UInt32))
    return counted.update(true_count, on="source_line", how="left")


def _quotes_end_on_their_line(body: pl.DataFrame, separator: str) -> bool:
    quoted = body.filter(pl.col("line").str.contains('"', literal=True))
    if quoted.is_empty():
        return True
    cell = rf'(?:"(?:[^"]|"")*"|[^"{re.escape(separator)}]*)'
    row = rf"^{cell}(?:{re.escape(separator)}{cell})*$"
    return bool(quoted.select(pl.col("line").str.contains(row).all()).item())


def parse_cells(
    good: pl.DataFrame, width: int, separator: str, *, has_quotes: bool
) -> pl.DataFrame:
    """Return `source_line` and the stripped cells `c0` … of lines, null when empty; those beyond the width go."""
    names = [f"c{i}" for i in range(width)]
    schema: dict[str, pl.DataType] = dict.fromkeys(names, pl.String())
    if good.is_empty():
        return pl.DataFrame(schema={"source_line": pl.UInt32(), **schema})
    # polars takes a byte-order mark away, and with it a line that holds nothing else; as bytes, because a text with
    # such a mark takes twice as many
    text = BOM_UTF8 + good.select(pl.col("line").str.join("\n").cast(pl.Binary)).item()
    cells = pl.read_csv(
        text,
        separator=separator,
        quote_char='"' if has_quotes else None,
        has_header=False,
        schema=schema,
        truncate_ragged_lines=True,
        missing_columns="insert",
        extra_columns="ignore",
    )
    del text
    if cells.height != good.height:
        raise AssertionError(f"{good.height} lines gave {cells.height} rows")
    # what is not padded needs no stripping, which holds all cells twice
    if has_quotes or _has_padded_cells(good, separator):
        cells = cells.select(pl.all().str.strip_chars().replace("", None))
    return cells.insert_column(0, good["source_line"])


def _has_padded_cells(good: pl.DataFrame, separator: str) -> bool:
    """Tell whether a space stands at either end of any cell."""
    other = rf"[\s--{re.escape(separator)}]" if separator.isspace() else r"\s"
    sign = re.escape(separator)
    padded = rf"^{other}|{sign}{other}|{other}{sign}|{other}$"
    return bool(good.select(pl.col("line").str.contains(padded).any()).item())


def _read_with_long_cells(
    lines: pl.DataFrame,
    header: tuple[str, ...],
    header_line: int,
    separator: str,
    allow_short: bool,
) -> Delimited:
    """Read a text in which a quoted cell goes over several lines."""
    start = lines.filter(pl.col("source_line") > header_line)
    texts = (f"{line}\n" for line in start["line"].fill_null(""))
    reader = csv.reader(texts, delimiter=separator, strict=True)
    width, row_line = len(header), header_line + 1
    schema = {
        "source_line": pl.UInt32(),
        **dict.fromkeys([f"c{i}" for i in range(width)], pl.String()),
    }
    ragged_schema = {"source_line": pl.UInt32(), "n_cells": pl.UInt32(), "line": pl.String()}
    frames = [pl.DataFrame(schema=schema)]
    good: list[tuple[object, ...]] = []
    too_long: list[tuple[int, int, str]] = []
    too_short: list[tuple[int, int, str]] = []
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            raise FileRefusedError(
                "QUOTE_NOT_CLOSED",
                f"a quoted cell that starts on line {row_line} is not closed; "
                "close the quote, or double quotes inside a cell",
                line=row_line,
            ) from None
        if any(c.strip() for c in cells):
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            if len(cells) > width:
                too_long.append((row_line, len(cells), separator.join(cells)))
            elif len(cells) < width and not allow_short:
                too_short.append((row_line, len(cells), separator.join(cells)))
            else:
                good.append((row_line, *cells, *[""] * (width - len(cells))))
        # in parts: lists of the cells of a large file take many times its size
        if len(good) == _ROWS:
            frames.append(pl.DataFrame(good, schema=schema, orient="row"))
            good = []
        row_line = header_line + 1 + reader.line_num
    frames.append(pl.DataFrame(good, schema=schema, orient="row"))
    cells_frame = pl.concat(frames)
    return _not_empty(
        Delimited(
            header=header,
            header_line=header_line,
            cells=cells_frame.with_columns(
                pl.exclude("source_line").str.strip_chars().replace("", None)
            ),
            too_long=pl.DataFrame(too_long, schema=ragged_schema, orient="row"),
            too_short=pl.DataFrame(too_short, schema=ragged_schema, orient="row"),
        )
    )
