"""Applied Biosystems Design & Analysis 2 and Diomni workbooks (`formats.md` §4c).

Source: Cq on the sheet `Results` or `Primary_result`, copies and curves on `Standard Curve Result`, quality
issues on `Results` or `Target Call`; joined by well and target.
"""

from dataclasses import replace

import polars as pl

from transforms.places import Places
from transforms.problems import FileRefusedError
from transforms.readers.applied_biosystems import (
    CURVE_COLUMNS,
    NEEDED,
    NUMBERS,
    RESULT_COLUMNS,
    Columns,
    SheetTable,
    file_name,
    run_of,
    sheet_keys,
    sheet_table,
    well_places,
    with_names,
)
from transforms.readers.content import Content
from transforms.readers.plate import Format, Run, plate_rows
from transforms.readers.plate_controls import flagged
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import number_table, with_point
from transforms.readers.well_words import curve_doubts, in_plate_words

_READER = "design-and-analysis/3"
_TITLE = "Design & Analysis or Diomni workbook"
_SHEETS = ("Results", "Primary_result")
_CURVES, _CALLS = "Standard Curve Result", "Target Call"
_CALL_COLUMNS: Columns = {
    "well": ("well position", "well"),
    "target": ("target",),
    "flag": ("quality issue(s)",),
}
_NAMED = Format(_TITLE, _READER, "Target", "Cq")
# the misspelt key is what versions 2.7 and 4.3 write
_END = ("Run End Date/Time", "Run End Data/Time")


def recognise(content: Content) -> bool:
    """Return whether a workbook is an export of Design & Analysis or Diomni, by the keys of its first sheet."""
    sheet = next(iter(content.sheets.values()), None)
    if sheet is None or sheet.is_empty() or "c1" not in sheet.columns:
        return False
    keys = sheet_keys(sheet)
    software = any("Design & Analysis" in v or "Diomni" in v for v in keys.values())
    is_first = sheet.item(0, "c0") == "File Name"
    return bool(is_first and "Quantification Cycle Method" in keys and software)


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a workbook.

    Args:
        content: the sheets.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, and those of `separators.with_point`.
    """
    name = next((n for n in _SHEETS if n in content.sheets), None)
    if name is None:
        raise FileRefusedError(
            "NO_RESULTS_SECTION", "the workbook has no sheet Results; export it with the results"
        )
    names = [n for n in (name, _CURVES, _CALLS) if n in content.sheets]
    tables = _tables(content, names)
    table = tables[name]
    wells = _bound(table, name, RESULT_COLUMNS, ("well", *NEEDED))
    places = well_places(table.header, RESULT_COLUMNS, name)
    flag_line = "source_line"
    if _CURVES in tables:
        curves = tables[_CURVES]
        of_wells = _bound(curves, _CURVES, CURVE_COLUMNS, tuple(CURVE_COLUMNS))
        wells = _with(wells, of_wells, "quantity_line")
        # the position of a well is that on the first sheet
        of_curves = well_places(curves.header, CURVE_COLUMNS, _CURVES).places
        places = Places({**of_curves, **places.places}, name)
    else:
        none = (pl.lit(None, dtype=pl.String).alias(c) for c in CURVE_COLUMNS)
        wells = wells.with_columns(c for c in none if c.meta.output_name() not in wells.columns)
    if _CALLS in tables:
        of_wells = _bound(tables[_CALLS], _CALLS, _CALL_COLUMNS, ("well", "target"))
        flag_line = "flag_line"
        wells = _with(wells.drop("flag"), of_wells, flag_line)
        flag = well_places(tables[_CALLS].header, _CALL_COLUMNS, _CALLS).places.get("flag")
        places = Places({**places.places, **({"flag": flag} if flag else {})}, name)
    named = file_name(table.keys.get("File Name") or "")
    run = run_of(named, table.keys, _END, is_sheet=True)
    plate = in_plate_words(wells)
    if "quantity_line" in wells.columns:
        plate = plate.with_columns(wells["quantity_line"])
    flags = flagged(
        plate.with_columns(wells["flag"], wells[flag_line].alias("source_line")),
        assay,
        places.places["flag"].heading if "flag" in places.places else "Result Quality Issues",
    )
    doubts = curve_doubts(wells, plate, assay)
    run = Run(run.run_id, run.performed_on, findings=(*run.findings, *flags, *doubts))
    return replace(plate_rows(plate, run, assay, settings, _NAMED), places=places)


def _tables(content: Content, names: list[str]) -> dict[str, SheetTable]:
    """Return the tables of the sheets, their numbers written as those of one file."""
    tables = {n: sheet_table(content.sheets[n], f"the sheet {n}") for n in names}
    plain = with_point(
        [number_table(t.cells, t.header, NUMBERS) for t in tables.values()], is_sheet=True
    )
    return {n: replace(t, cells=cells) for (n, t), cells in zip(tables.items(), plain, strict=True)}


def _bound(table: SheetTable, name: str, columns: Columns, needed: tuple[str, ...]) -> pl.DataFrame:
    return with_names(
        table.cells, table.header, table.header_line, columns, f"the sheet {name}", needed
    )


def _with(wells: pl.DataFrame, more: pl.DataFrame, line: str) -> pl.DataFrame:
    """Give wells what another sheet says of them, and on which line; what it says in two ways is not used."""
    said = [c for c in more.columns if c != "source_line"]
    more = more.rename({"source_line": line}).unique(said, keep="first", maintain_order=True)
    more = more.unique(["well", "target"], keep="none")
    return wells.join(more, on=["well", "target"], how="left", maintain_order="left")


READER = Reader(
    _READER,
    _TITLE,
    "workbook whose first cell is `File Name`, with `Quantification Cycle Method` and the software's name",
    False,
    recognise,
    read,
)
