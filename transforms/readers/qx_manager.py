"""Bio-Rad QX Manager and QuantaSoft AP, Data Table as CSV or xlsx (`formats.md` §7).

One row per well and target, up to six colours. The Cluster Data of the same program looks alike, counts
droplets of each cluster, and is refused.
"""

import re
from dataclasses import replace

import polars as pl

from transforms.problems import FileRefusedError
from transforms.readers.content import Content
from transforms.readers.delimited import Delimited, read_delimited, text_lines
from transforms.readers.partition_tables import (
    bound,
    cells_of,
    first_lines,
    partition_places,
    ragged_rows,
    sheet_table,
    unknown_roles,
)
from transforms.readers.partitions import Counted, partition_rows, role
from transforms.readers.plate import Format
from transforms.readers.quantasoft import COUNTS, NUMBERS, checked, droplets
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import plain_cells

_READER = "qx-manager/2"
_TITLE = "Bio-Rad QX Manager Data Table"
_NAMED = Format(_TITLE, _READER, "Target", "Positives")
_CLUSTERS = "Target value of 0 = negative"
# µ is written U+00B5 or U+03BC, or was lost on the way
_CONCENTRATION = r"conc\.?\s*\(copies/.{1,2}l\)"
_COLUMNS = {
    "well": "well",
    "sample": "sample description 1|sample",
    "description_2": "sample description 2",
    "description_3": "sample description 3",
    "description_4": "sample description 4",
    "target": "target",
    "sample_type": "sampletype",
    "target_type": "targettype",
    "status": "status",
    "concentration": _CONCENTRATION,
    "positives": "positives",
    "total": "accepted droplets|accepteddroplets",
    "merged": "mergedwells",
}
_NEEDED = ("sample", "target", "positives", "total")
_EXPORT = "export the Data Table of QX Manager with all its columns"
_HEADER_ROWS = 20
# formats.md §7: checked for QX Manager; the older QuantaSoft AP (column `Sample`) was not
_DROPLET_NL = "0.795"


def _is_header(cells: list[str]) -> bool:
    return "well" in cells and any(re.fullmatch(_CONCENTRATION, c) for c in cells)


def _header_of(sheet: pl.DataFrame) -> int | None:
    """Return the row of the sheet that is the header."""
    for row in sheet.head(_HEADER_ROWS).rows():
        if _is_header([str(c or "").strip().lower() for c in row[1:]]):
            return int(row[0])
    return None


def recognise(content: Content) -> bool:
    """Return whether a text or a workbook is a Data Table, or the Cluster Data beside it."""
    if content.sheets:
        return any(_header_of(sheet) is not None for sheet in content.sheets.values())
    if _CLUSTERS in content.head[:300]:
        return True
    lines = first_lines(content, 1)
    return bool(lines) and _is_header(cells_of(lines[0][1])[1])


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text, or the sheets.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, FILE_EMPTY or QUOTE_NOT_CLOSED, and those of `separators.with_point`.
    """
    table, sheet = _table(content)
    parts = plain_cells(table, NUMBERS, COUNTS, is_sheet=bool(content.sheets))
    types = (pl.col("sample_type"), pl.col("target_type"))
    rows = bound(parts, _COLUMNS, _NEEDED, _EXPORT)
    _check_names(rows)
    # either of the two columns may name a control; a word that is not known is neither
    by_sample, by_target = (role(t) for t in types)
    rows = rows.with_columns(
        pl.when(by_sample.is_null() | by_target.is_null()).then(None)
        .when(by_sample != "UNKNOWN").then(by_sample)
        .otherwise(by_target)
        .alias("role"),
        pl.concat_str(types, separator=" / ", ignore_nulls=True).alias("type"),
    )  # fmt: skip
    is_manager = "sample description 1" in [h.lower() for h in parts.header]
    volume = pl.lit(_DROPLET_NL if is_manager else None, dtype=pl.String)
    refused = (*ragged_rows(parts), *unknown_roles(rows, "type", "SampleType / TargetType"))
    wells = droplets(rows, volume)
    counted = Counted(wells, refused, checked(wells, assay))
    read_rows = partition_rows(counted, assay, settings, _NAMED)
    return replace(read_rows, places=partition_places(parts.header, _COLUMNS, sheet))


def _table(content: Content) -> tuple[Delimited, str | None]:
    """Return the table, and the name of its sheet."""
    if content.sheets:
        for name, sheet in content.sheets.items():
            header = _header_of(sheet)
            if header is not None:
                return sheet_table(sheet, header), name
    if _CLUSTERS in content.head[:300]:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "this is Cluster Data, droplets of each cluster and no results; export the Data Table of QX Manager",
            line=1,
            value=_CLUSTERS,
        )
    separator, _ = cells_of(first_lines(content, 1)[0][1])
    return read_delimited(text_lines(content.text), separator), None


def _check_names(rows: pl.DataFrame) -> None:
    others = rows.select("description_2", "description_3", "description_4")
    if rows["sample"].null_count() < rows.height or rows.is_empty():
        return
    if others.select(pl.any_horizontal(pl.all().is_not_null()).any()).item():
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "Sample description 1 is empty in every row and another description is not; "
            "write the sample's name into Sample description 1 and export again",
            value="sample description 1",
        )


READER = Reader(
    _READER,
    _TITLE,
    "header with `Well` and `Conc(copies/µL)`, in a text or on a sheet (its Cluster Data is refused)",
    False,
    recognise,
    read,
)
