"""Applied Biosystems QuantStudio, ViiA 7 and 12K Flex workbooks (`formats.md` §4b).

Source: the text export's columns on a sheet `Results`, its keys above the table and repeated on every sheet.
"""

from dataclasses import replace

from transforms.problems import FileRefusedError
from transforms.readers.applied_biosystems import (
    NUMBERS,
    QUANTSTUDIO_COLUMNS,
    run_of,
    sheet_table,
    well_places,
    with_names,
)
from transforms.readers.content import Content
from transforms.readers.plate import Format, plate_rows
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import number_table, with_point
from transforms.readers.well_words import curve_doubts, in_plate_words

_READER = "quantstudio-xlsx/3"
_TITLE = "QuantStudio workbook"
_SHEET = "Results"
_KEY = "Experiment File Name"
_KEY_ROWS = 60
_NAMED = Format(_TITLE, _READER, "Target Name", "CT")
_END = ("Experiment Run End Time", "Experiment Run Stop Time")


def recognise(content: Content) -> bool:
    """Return whether a workbook is an export of the QuantStudio software: its key stands on every sheet."""
    return any(
        bool((sheet.head(_KEY_ROWS)["c0"] == _KEY).any())
        for sheet in content.sheets.values()
        if "c0" in sheet.columns
    )


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a workbook.

    Args:
        content: the sheets.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, and those of `separators.with_point`.
    """
    sheet = content.sheets.get(_SHEET)
    if sheet is None:
        raise FileRefusedError(
            "NO_RESULTS_SECTION", "the workbook has no sheet Results; export it with the results"
        )
    table = sheet_table(sheet, "the sheet Results")
    (cells,) = with_point([number_table(table.cells, table.header, NUMBERS)], is_sheet=True)
    wells = with_names(
        cells, table.header, table.header_line, QUANTSTUDIO_COLUMNS, "the sheet Results"
    )
    run = run_of(table.keys.get("Experiment Name"), table.keys, _END, is_sheet=True)
    plate = in_plate_words(wells)
    run = replace(run, findings=(*run.findings, *curve_doubts(wells, plate, assay)))
    rows = plate_rows(plate, run, assay, settings, _NAMED)
    return replace(rows, places=well_places(table.header, QUANTSTUDIO_COLUMNS, _SHEET))


READER = Reader(
    _READER,
    _TITLE,
    "workbook with `Experiment File Name` in column A, results on the sheet `Results`",
    False,
    recognise,
    read,
)
