"""Where in a file the table of a layout is: sheet, separator and the line of the header."""

from dataclasses import dataclass

import polars as pl

from transforms.layouts.layout import Layout
from transforms.layouts.words import tidy_heading
from transforms.problems import FileRefusedError
from transforms.readers.content import Content
from transforms.readers.delimited import Delimited, read_delimited, split_cells, text_lines
from transforms.readers.percent_cells import percent_cells

SEPARATORS = (",", ";", "\t")
HEADER_LINES = 100
"""A header stands on one of the first lines; what is below is data."""
_ROW_LINES = 30


@dataclass(frozen=True)
class Head:
    """A line that could be the header of a table.

    Attributes:
        sheet: sheet of a workbook; empty for a text.
        separator: of a text; empty for a workbook.
        line: its line, from 1.
        headings: its cells, blanks collapsed; empty cells at its end are left out.
        n_lines: lines of a text that it goes over, where a quoted heading has line breaks.
    """

    sheet: str
    separator: str
    line: int
    headings: tuple[str, ...]
    n_lines: int = 1


def heads_of(content: Content) -> list[Head]:
    """Return the lines of a file that could be a header, from the top, for each separator and sheet."""
    heads = []
    for name, sheet in content.sheets.items():
        top = sheet.head(HEADER_LINES)
        for line, *cells in top.rows():
            heads.append(Head(name, "", line, _headings([c or "" for c in cells])))
    lines = content.head.split("\n", HEADER_LINES)[:HEADER_LINES]
    for line, text in enumerate(lines, start=1):
        for separator in SEPARATORS if text.strip() else ():
            n_lines = _lines_of_row(lines[line - 1 :])
            row = " ".join(lines[line - 1 : line - 1 + n_lines])
            heads.append(Head("", separator, line, _headings(split_cells(row, separator)), n_lines))
    return [h for h in heads if h.headings]


def _lines_of_row(lines: list[str]) -> int:
    """Return over how many lines the first row goes: until its quotes are closed, if they soon are."""
    n_quotes = 0
    for n_lines, text in enumerate(lines[:_ROW_LINES], start=1):
        n_quotes += text.count('"')
        if n_quotes % 2 == 0:
            return n_lines
    return 1


def _headings(cells: list[str]) -> tuple[str, ...]:
    tidy = [tidy_heading(c) for c in cells]
    while tidy and not tidy[-1]:
        tidy.pop()
    return tuple(tidy)


def matching(layout: Layout, heads: list[Head]) -> list[Head]:
    """Return the headers that have all headings of a layout: of a text the first, of a workbook one a sheet."""
    wanted = set(layout.headings)
    found: dict[str, Head] = {}
    for head in heads:
        if layout.sheet not in (None, head.sheet) or not wanted.issubset(head.headings):
            continue
        before = found.get(head.sheet)
        is_finer = before and before.line == head.line and len(head.headings) > len(before.headings)
        if before is None or is_finer:
            found[head.sheet] = head
    return list(found.values())


def read_table(content: Content, layout: Layout) -> tuple[Head, Delimited]:
    """Return the header of the table of a layout, and the table.

    Raises:
        FileRefusedError: LAYOUT_AMBIGUOUS, LAYOUT_HEADINGS_MISSING, DUPLICATE_HEADER, FILE_EMPTY or
            QUOTE_NOT_CLOSED.
    """
    found = matching(layout, heads_of(content))
    if not found:
        raise FileRefusedError(
            "LAYOUT_HEADINGS_MISSING",
            f"the file is not of the layout {layout.name}; it has not all of {_listed(layout.headings)}",
        )
    if len(found) > 1:
        sheets = ", ".join(h.sheet for h in found)
        raise FileRefusedError(
            "LAYOUT_AMBIGUOUS",
            f"the sheets {sheets} all have the headings of the layout {layout.name}; "
            "name the right one there as sheet",
            value=sheets,
        )
    (head,) = found
    twice = [h for h in layout.headings if head.headings.count(h) > 1]
    if twice:
        raise FileRefusedError(
            "DUPLICATE_HEADER",
            f"the heading {twice[0]} that the layout {layout.name} maps stands twice; keep one",
            line=head.line,
            value=twice[0],
        )
    return head, table_below(content, head)


def table_below(content: Content, head: Head) -> Delimited:
    """Return the rows below a header.

    Raises:
        FileRefusedError: FILE_EMPTY or QUOTE_NOT_CLOSED.
    """
    if head.sheet:
        return _of_sheet(content, head)
    lines = text_lines(content.text)
    last = head.line + head.n_lines - 1
    is_head = pl.col("source_line").is_between(head.line, last)
    # the cells of a header over several lines as one line: what is below keeps its own
    joined = lines.filter(is_head).select(
        pl.lit(last).cast(lines.schema["source_line"]).alias("source_line"),
        pl.col("line").fill_null("").str.join(" "),
    )
    below = lines.filter(pl.col("source_line") > last)
    return read_delimited(pl.concat([joined, below.select(joined.columns)]), head.separator)


def _of_sheet(content: Content, head: Head) -> Delimited:
    columns = [f"c{i}" for i in range(len(head.headings))]
    sheet = content.sheets[head.sheet].with_columns(_shown(content, head, columns))
    is_filled = pl.any_horizontal(pl.exclude("source_line").is_not_null())
    rows = sheet.filter(pl.col("source_line") > head.line, is_filled)
    if rows.is_empty():
        raise FileRefusedError(
            "FILE_EMPTY", f"the sheet {head.sheet} has a header at most; export it again"
        )
    ragged = pl.DataFrame(
        schema={"source_line": pl.UInt32(), "n_cells": pl.UInt32(), "line": pl.String()}
    )
    # a note beside the table stands in no column of it; its row is still a row
    return Delimited(head.headings, head.line, rows.select("source_line", *columns), ragged, ragged)


def _shown(content: Content, head: Head, columns: list[str]) -> list[pl.Expr]:
    """Return cells in percent format as they are shown: 0.00001 is `0.001 %`."""
    if not content.workbook:
        return []
    found = percent_cells(content.workbook, head.sheet)
    return [
        pl.when(pl.col("source_line").is_in(rows))
        .then(
            pl.coalesce(
                pl.concat_str(
                    # twelve digits are more than any cell shows, and hide what binary numbers add
                    (pl.col(c).cast(pl.Float64, strict=False) * 100).round_sig_figs(12),
                    pl.lit(" %"),
                ),
                c,
            )
        )
        .otherwise(c)
        .alias(c)
        for i, c in enumerate(columns)
        if (rows := found.get(i))
    ]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{n}"' for n in names)


def closest_refusal(
    content: Content, layouts: list[Layout], heads: list[Head]
) -> FileRefusedError | None:
    """Return what the layout that comes closest to a file misses; None where no heading is known.

    Args:
        content: the file.
        layouts: layouts of which none matches.
        heads: what `heads_of` gives.
    """
    best: tuple[float, Layout, Head] | None = None
    for layout in layouts:
        wanted = set(layout.headings)
        for head in heads:
            share = len(wanted.intersection(head.headings)) / len(wanted)
            if share and (best is None or share > best[0]):
                best = share, layout, head
    if best is None:
        return None
    _, layout, head = best
    known = tuple(h for h in layout.headings if h in head.headings)
    missing = tuple(h for h in layout.headings if h not in head.headings)
    words = f"recognised {_listed(known)}"
    if layout.sheet is not None and layout.sheet != head.sheet:
        place = f"sheet {head.sheet}" if head.sheet else "text"
        words += f" in the {place}, where the layout names the sheet {layout.sheet}"
    if missing:
        words += f"; missing {', '.join(_with_case(m, head) for m in missing)}"
    return FileRefusedError(
        "LAYOUT_HEADINGS_MISSING",
        f"no format matches; closest is the layout {layout.name}: {words}; "
        "export these columns, or correct the layout",
        line=head.line,
        value=", ".join(missing) or layout.sheet,
    )


def _with_case(heading: str, head: Head) -> str:
    """Return a missing heading, with the one of the file that differs in case alone."""
    alike = next((h for h in head.headings if h.lower() == heading.lower()), None)
    return f'"{heading}"' + (f' (the file has "{alike}")' if alike else "")
