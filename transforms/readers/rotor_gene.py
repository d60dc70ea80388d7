"""QIAGEN Rotor-Gene Q "Excel Analysed Data Export", text or workbook (`formats.md` §5).

Source: key lines, then for each channel a line `Quantitative analysis of Cycling A.Green (target)` and a table
`No.;Color;Name;Type;Ct;…;Given Conc (Copies);Calc Conc (Copies);…`. The target is in the title of its table.
Copies per µL are read as they are: a ratio does not depend on the volume, and per well there are no fewer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from transforms.places import Places
from transforms.problems import FileRefusedError
from transforms.readers.applied_biosystems import (
    Columns,
    file_name,
    run_of,
    well_places,
    with_names,
)
from transforms.readers.content import Content
from transforms.readers.curves import with_curves
from transforms.readers.delimited import read_wells, split_cells, text_lines
from transforms.readers.plate import UNDETERMINED, WELLS, Format, Run, plate_rows
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import number_table, with_point

_READER = "rotor-gene/3"
_TITLE = "Rotor-Gene export"
_NAMED = Format(_TITLE, _READER, "Quantitative analysis of", "Ct", role_column="Type")
_SIGNATURE = "Excel Analysed Data Export"
_SIGNATURE_CHARS, _SIGNATURE_ROWS = 400, 5
_TABLE = re.compile(r"^Quantitative analysis of (?P<channel>[^(]*+)(?:\((?P<target>.*)\))?\s*$")
_TITLE_LINE = r'^"?(?:Quantitative|Quantitation|Melt|HRM|Allelic|Scatter|Comparative)[^;,\t]* (?:[Aa]nalysis|of)\b'
_UNIT = re.compile(r"^(?:given|calc) conc\.? \((?P<unit>.*)\)$")
_COLUMNS: Columns = {
    "number": ("no.",),
    "sample": ("name",),
    "type": ("type",),
    "cq": ("ct",),
    "given": ("given conc",),
    "calculated": ("calc conc",),
}
_NUMBERS = r"ct|rep\. ct.*|given conc.*|calc conc.*|% var.*|rep\. calc.*|ct comment|.*std\. dev.*"
_ROLES = {
    "unknown": "UNKNOWN",
    "sample": "UNKNOWN",
    "standard": "STANDARD",
    "ntc": "NTC",
    "nrt": "NTC",
    "no template control": "NTC",
    "negative control": "NTC",
    "positive control": "POSITIVE",
    "none": "OMITTED",
    "calibrator": "CONTROL",
    "quantitation standard": "STANDARD",
}


@dataclass(frozen=True)
class _Part:
    """One table: the target in its title, its header and the cells below."""

    target: str
    header: Sequence[str]
    line: int
    cells: pl.DataFrame


@dataclass(frozen=True)
class _Grid:
    """Rows of a text or a sheet: their lines, and how a slice becomes header and cells."""

    lines: pl.DataFrame
    separator: str | None
    sheet: str | None = None


def recognise(content: Content) -> bool:
    """Return whether a text or the first sheet of a workbook is a Rotor-Gene export, by its title."""
    if _SIGNATURE in content.head[:_SIGNATURE_CHARS]:
        return True
    sheet = next(iter(content.sheets.values()), None)
    if sheet is None or sheet.is_empty() or "c0" not in sheet.columns:
        return False
    titles = sheet.head(_SIGNATURE_ROWS)["c0"].str.contains(_SIGNATURE, literal=True)
    return bool(titles.any())


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text or the sheets.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, QUANTITY_NOT_IN_COPIES or QUOTE_NOT_CLOSED, and those of
            `separators.with_point`.
    """
    # what the tables were made from is given back, and then the plate: a large file stands there several times
    plate, run, places = _opened(content)
    rows = plate_rows(plate.pop(), run, assay, settings, _NAMED)
    return replace(rows, places=places)


def _opened(content: Content) -> tuple[list[pl.DataFrame], Run, Places]:
    """Return the wells of all tables, in a list that they can be taken out of, what the file says of its run, and where columns stand."""
    grid = _grid(content)
    titles = grid.lines.filter(pl.col("line").str.contains(_TITLE_LINE))
    starts = titles["source_line"].to_list()
    ends = [*starts, None][1:]
    tables = [
        table
        for start, end, title in zip(starts, ends, titles["line"].to_list(), strict=True)
        if (match := _TABLE.match(_first_cell(title, grid))) is not None
        and (table := _table(grid, start, end, match)) is not None
    ]
    if not tables:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "the export has no table of a quantitative analysis; export it with the quantitation",
        )
    _require_one_unit(tables)
    plain = with_point(
        [number_table(t.cells, t.header, _NUMBERS) for t in tables],
        is_sheet=grid.separator is None,
    )
    wells = [_wells(t, cells) for t, cells in zip(tables, plain, strict=True)]
    places = _common([_places(t, grid.sheet) for t in tables])
    return [with_curves(pl.concat(wells))], _run(grid, starts[0]), places


def _grid(content: Content) -> _Grid:
    if content.sheets:
        name, sheet = next(iter(content.sheets.items()))
        return _Grid(sheet.with_columns(pl.col("c0").alias("line")), None, name)
    lines = text_lines(content.text)
    header = re.search(r'^"?No\."?([;,\t])', content.text[:2_000_000].decode(errors="ignore"), re.M)
    return _Grid(lines, header.group(1) if header else ";")


def _first_cell(line: str, grid: _Grid) -> str:
    if grid.separator is None:
        return line.strip()
    return (split_cells(line, grid.separator) or [""])[0]


def _common(places_of: Sequence[Places]) -> Places:
    """Return the places that all tables of an export have in common."""
    first = places_of[0]
    shared = {k: p for k, p in first.places.items() if all(x.places.get(k) == p for x in places_of)}
    return Places(shared, first.sheet)


def _table(grid: _Grid, start: int, end: int | None, match: re.Match[str]) -> _Part | None:
    """Return the rows of one table; lines added by hand, which have no number, are no rows."""
    here = grid.lines.filter(
        (pl.col("source_line") > start) & (pl.col("source_line") < pl.lit(end)).fill_null(True)
    )
    first_cell = pl.col("line").str.strip_chars_start('" ')
    header = here.filter(first_cell.str.starts_with("No."))["source_line"].min()
    if header is None:
        raise FileRefusedError(
            "NO_RESULTS_SECTION", "a table has no header `No.`; export the file again", line=start
        )
    is_numbered = first_cell.str.contains(r'^[0-9]+(?:"|[;,\t]|$)')
    below = here.filter(pl.col("source_line") > header)
    odd = below.filter(~is_numbered & _is_full(grid))
    if odd.height:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "a row of a table has no number; export the file again",
            line=odd.item(0, "source_line"),
        )
    rows = here.filter((pl.col("source_line") == header) | is_numbered.fill_null(False))
    rows = rows.filter(pl.col("source_line") >= header)
    if rows.height < 2:
        return None
    names, line, cells = _cells(rows, grid)
    known = [n.lower() for n in names]
    for n, unit in ((n, m["unit"]) for n in known if (m := _UNIT.match(n))):
        if not unit.startswith(("copies", "copy")):
            raise FileRefusedError(
                "QUANTITY_NOT_IN_COPIES",
                f"the column {n} counts {unit}; enter the standards in copies and export again",
                line=line,
                value=unit,
            )
    return _Part((match["target"] or match["channel"]).strip(), names, line, cells)


def _require_one_unit(tables: Sequence[_Part]) -> None:
    """Refuse tables that count in two units: target over control would be wrong by the volume of a reaction."""
    units = [
        (re.sub(r"[^a-z/]", "", m["unit"]), n, t.line)
        for t in tables
        for n in t.header
        if (m := _UNIT.match(n.lower()))
    ]
    for unit, name, line in units:
        if unit != units[0][0]:
            raise FileRefusedError(
                "QUANTITY_NOT_IN_COPIES",
                f"the tables count in two units, {units[0][1]} on line {units[0][2]} and {name} on line {line}; enter the "
                "standards of all targets in one unit and export again",
                line=line,
                value=name,
            )


def _plain_headings(table: _Part) -> list[str]:
    unit = r"^((?:given|calc) conc)\.? \(.*\)$"
    return [re.sub(unit, r"\1", n.lower()) for n in table.header]


def _wells(table: _Part, cells: pl.DataFrame) -> pl.DataFrame:
    needed = ("number", "sample", "type", "cq")
    plain = _plain_headings(table)
    wells = with_names(cells, plain, table.line, _COLUMNS, "the table", needed)
    return _in_plate_words(wells, table.target)


def _places(table: _Part, sheet: str | None) -> Places:
    """Return where columns stand, with their headings as written, units too."""
    places = well_places(_plain_headings(table), _COLUMNS, sheet)
    as_written = {
        key: replace(place, heading=table.header[place.column - 1])
        for key, place in places.places.items()
        if place.column is not None
    }
    return Places(as_written, sheet)


def _is_full(grid: _Grid) -> pl.Expr:
    """Return whether a row begins as those of a table do, with four cells filled."""
    if grid.separator is not None:
        return pl.col("line").str.contains(
            rf"^(?:[^{grid.separator}]+{grid.separator}){{3}}[^{grid.separator}]"
        )
    first = [c for c in ("c0", "c1", "c2", "c3") if c in grid.lines.columns]
    return pl.all_horizontal(pl.col(first).is_not_null()) & pl.lit(len(first) == 4)


def _cells(rows: pl.DataFrame, grid: _Grid) -> tuple[Sequence[str], int, pl.DataFrame]:
    if grid.separator is None:
        line, *header = rows.drop("line").row(0)
        return [h or "" for h in header], line, rows.slice(1)
    parts = read_wells(rows, grid.separator, "the table")
    return parts.header, parts.header_line, parts.cells


def _in_plate_words(wells: pl.DataFrame, target: str) -> pl.DataFrame:
    kind = pl.col("type").str.strip_chars().str.to_lowercase()
    role = kind.replace_strict(_ROLES, default="ODD", return_dtype=pl.String)
    is_standard = role == "STANDARD"
    return wells.with_columns(
        pl.lit(target).alias("target"),
        role.fill_null("ODD").alias("role"),
        pl.col("type").alias("task"),
        pl.col("number").alias("well"),
        pl.col("cq").fill_null(UNDETERMINED).alias("cq"),
        pl.when(is_standard).then("given").otherwise("calculated").alias("quantity"),
        *(pl.lit(None, dtype=pl.String).alias(c) for c in ("slope", "intercept", "r_squared")),
    ).select("task", *(pl.col(c).cast(t) for c, t in WELLS.items()))


def _run(grid: _Grid, first_table: int) -> Run:
    above = grid.lines.filter(pl.col("source_line") < first_table)
    if grid.separator is None:
        pairs = above.select(
            "c0", pl.col("c1") if "c1" in above.columns else pl.lit(None).alias("c1")
        ).rows()
        cells = [(k, v) for k, v in pairs if k]
    else:
        split = [split_cells(t, grid.separator) for t in above["line"].drop_nulls().to_list()]
        cells = [(c[0], c[1]) for c in split if len(c) > 1]
    keys = {k.strip().rstrip(":"): (v or "").strip() for k, v in cells}
    name = " ".join(x for x in (file_name(keys.get("File", "")), keys.get("Run Id", "")) if x)
    run = run_of("", keys, ("Date",), is_sheet=grid.separator is None)
    return Run(name, run.performed_on, findings=run.findings)


READER = Reader(
    _READER,
    _TITLE,
    "`Excel Analysed Data Export` at the beginning",
    False,
    recognise,
    read,
)
