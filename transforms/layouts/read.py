"""Tables of a laboratory's own layout (`docs/layouts.md`): every row read, refused or ignored with its reason."""

from dataclasses import dataclass, replace

import polars as pl

from schemas.tables import TABLES
from transforms.layouts.cells import canonical_cells
from transforms.layouts.gate_table import gate_statistics
from transforms.layouts.layout import GATE_TABLE, Layout, legal_columns
from transforms.layouts.locate import Head, heads_of, matching, read_table
from transforms.layouts.number_cells import is_number_column, numbers_with_point
from transforms.layouts.words import tidy_cells, tidy_heading
from transforms.parse.cells import exponent_column
from transforms.places import Place, Places
from transforms.problems import all_findings, one_finding, row_findings
from transforms.readers.content import Content
from transforms.readers.flat import inline_rows, rows_of, shape_findings
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

READER_NAME = "layout/1"


_MODALITIES = {GATE_TABLE: "FLOW", "flow_measurements": "FLOW", "ngs_measurements": "NGS"}


def layout_reader(layout: Layout) -> Reader:
    """Return the reader of the tables of a layout."""
    return Reader(
        READER_NAME,
        f'layout "{layout.title}"',
        f"the headings of the layout {layout.name}",
        layout.names_its_assay,
        lambda content: bool(matching(layout, heads_of(content))),
        lambda content, assay, settings: read(layout, content, assay, settings),
        # a laboratory's extract often names the patient beside the columns that are mapped
        may_quote=False,
        modality=_MODALITIES.get(layout.table, "PCR"),
    )


@dataclass(frozen=True)
class _Named:
    """Rows of a table under canonical names.

    Attributes:
        good: text columns by canonical name, and `source_line`.
        bad: rows refused.
        unclear: canonical name and `source_line` of inline cells that cannot be used.
        findings: for each row refused and each unclear cell.
    """

    good: pl.DataFrame
    bad: int
    unclear: list[tuple[str, pl.Series]]
    findings: list[pl.DataFrame]


def read(
    layout: Layout, content: Content, assay: AssayNames | None, settings: ReaderSettings
) -> TextRows:
    """Read the table of a layout.

    Args:
        layout: the layout.
        content: the text or the sheets.
        assay: the assay of the file's folder; without one a file waits whose layout names no assay.
        settings: names of controls, for tables of gates.

    Raises:
        FileRefusedError: what `read_table` and `numbers_with_point` raise.
    """
    head, parts = read_table(content, layout)
    at = {tidy_heading(h): f"c{i}" for i, h in enumerate(parts.header)}
    results, ignored = _without_ignored(layout, parts.cells, at)
    named = _named(layout, results, at, is_sheet=bool(head.sheet))
    extra = [h for h in at if h and h not in layout.headings]
    shape = shape_findings(parts, extra, f"the layout {layout.name} does not map it")
    ragged = parts.too_long.height + parts.too_short.height
    start = TextRows(
        format=f'layout "{layout.title}"',
        reader=READER_NAME,
        rows_read=parts.cells.height + ragged,
        rows_ignored=parts.cells.height - results.height,
        rows_rejected=named.bad + ragged,
        findings=all_findings([*ignored, *named.findings, shape]),
        places=_places(layout, head),
    )
    if layout.table == GATE_TABLE:
        return gate_statistics(start, named.good, content, assay, settings)
    good = named.good
    if not layout.names_its_assay:
        if assay is None and good.height:
            waits = one_finding(
                0,
                "ASSAY_NOT_KNOWN_FOR_FILE",
                f"{good.height} {'row waits' if good.height == 1 else 'rows wait'}: the layout {layout.name} names no assay, and no assay has the "
                "name of this file's folder",
            )
            return replace(
                start, rows_waiting=good.height, findings=all_findings([start.findings, waits])
            )
        assay_id = None if assay is None else assay.assay_id
        good = good.with_columns(pl.lit(assay_id, dtype=pl.String).alias("assay_id"))
    table = TABLES[layout.table]
    inline, incomplete = inline_rows(table, good)
    return replace(
        start,
        tables={table.name: rows_of(table, good)},
        inline={n: _clear(n, rows, named.unclear) for n, rows in inline.items()},
        findings=all_findings([start.findings, incomplete]),
    )


def _places(layout: Layout, head: Head) -> Places:
    """Return where the canonical columns stand, so that findings can point at a cell."""
    sheet = head.sheet or None
    at = {heading: number for number, heading in enumerate(head.headings, start=1)}
    return Places(
        {c.name: Place(c.heading, at[c.heading], sheet) for c in layout.columns if c.heading in at},
        sheet,
    )


def _clear(name: str, rows: pl.DataFrame, unclear: list[tuple[str, pl.Series]]) -> pl.DataFrame:
    """Leave out inline rows of which a cell cannot be used."""
    for column, lines in unclear:
        if column in TABLES[name].columns:
            rows = rows.filter(~pl.col("source_line").is_in(lines.cast(pl.Int64).to_list()))
    return rows


def _without_ignored(
    layout: Layout, cells: pl.DataFrame, at: dict[str, str]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    findings = []
    for heading, words in layout.ignore.items():
        word = tidy_cells(pl.col(at[heading])).fill_null("")
        rows = cells.filter(word.is_in(list(words)))
        if rows.is_empty():
            continue
        cells = cells.filter(~word.is_in(list(words)))
        lines = rows["source_line"].sort()
        counts = rows.group_by(word).agg(pl.col(at[heading]).first().alias("w"), pl.len()).sort("w")
        told = ", ".join(
            f'{n} with "{w}"' if w else f"{n} that are empty"
            for w, n in counts.select("w", "len").rows()
        )
        where = f"{rows.height} rows on lines {lines[0]} to {lines[-1]} are no results"
        if rows.height == 1:
            where = f"the row on line {lines[0]} is no result"
        message = f'{where} by the layout: "{heading}" {told}'
        findings.append(one_finding(0, "IGNORED_BY_LAYOUT", message, value=str(rows.height)))
    return cells, findings


def _word_of(cell_column: str) -> str:
    return f"word of {cell_column}"


def _number_of(cell_column: str) -> str:
    return f"number of {cell_column}"


def _named(layout: Layout, cells: pl.DataFrame, at: dict[str, str], *, is_sheet: bool) -> _Named:
    fields = legal_columns(layout.table)
    own = set(TABLES[layout.table].columns) if layout.table in TABLES else set(fields)
    worded = {at[c.heading] for c in layout.columns if c.values is not None}
    rows = cells.with_columns(
        pl.lit(0).alias("file_no"),
        *(tidy_cells(pl.col(c)).alias(_word_of(c)) for c in sorted(worded)),
    )
    words = {c: _word_of(c) for c in worded}
    numbers = numbers_with_point(layout, rows, at, words, is_sheet=is_sheet)
    rows = rows.with_columns(numbers[c].alias(_number_of(c)) for c in numbers.columns)
    outputs: list[pl.Expr] = []
    findings: list[pl.DataFrame] = []
    unclear: list[tuple[str, pl.Series]] = []
    is_bad = pl.lit(False)
    for column in layout.columns:
        cell_column, field = at[column.heading], fields[column.name]
        cell = pl.col(cell_column)
        number = pl.col(_number_of(cell_column)) if is_number_column(column, field) else cell
        value, problems = canonical_cells(column, field, number, pl.col(_word_of(cell_column)))
        outputs.append(value.alias(column.name))
        if column.exponent:
            power = pl.lit(column.exponent, dtype=pl.Int32)
            outputs.append(power.alias(exponent_column(column.name)))
        for problem in problems:
            wrong = rows.filter(problem.is_wrong)
            if wrong.is_empty():
                continue
            is_own = column.name in own
            message = pl.concat_str(
                pl.lit(f"{column.heading} '"), cell, pl.lit(f"' {problem.advice}")
            )
            code = problem.code if is_own else "INLINE_INVALID"
            findings.append(
                row_findings(wrong, code, message, column=column.name, value=cell)
            )  # fmt: skip
            if is_own:
                is_bad = is_bad | problem.is_wrong
            else:
                unclear.append((column.name, wrong["source_line"]))
    good = rows.filter(~is_bad)
    fixed = {c: pl.lit(v, dtype=pl.String) for c, v in layout.fixed.items()}
    return _Named(
        good=good.select("source_line", *outputs, **fixed),
        bad=rows.height - good.height,
        unclear=unclear,
        findings=findings,
    )
