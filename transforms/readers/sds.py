"""Applied Biosystems SDS 2.x text exports, relative (RQ) and absolute (AQ) (`formats.md` §4d).

Source: a table under key lines, columns `Pos`, `Sample`, `Detector`, `Task`, `Ct`, `Flag`, `Omit`; AQ also
`Quantity`. A second table below a blank line lists plates, which are no rows.
"""

import re
from dataclasses import replace
from datetime import datetime

import polars as pl

from transforms.problems import FileRefusedError
from transforms.readers.applied_biosystems import (
    NEEDED,
    NUMBERS,
    Columns,
    date_unreadable,
    file_name,
    well_places,
    with_names,
    without_footer,
)
from transforms.readers.content import Content
from transforms.readers.curves import with_curves
from transforms.readers.delimited import Delimited, read_wells, text_lines
from transforms.readers.plate import Format, Run, plate_rows
from transforms.readers.plate_controls import flagged
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import plain_cells
from transforms.readers.well_words import in_plate_words

_READER = "sds-text/3"
_TITLE = "SDS text"
_NAMED = Format(_TITLE, _READER, "Detector", "Ct")
_SIGNATURE = re.compile(r"SDS [0-9.]+\s+(?:AQ|RQ) Results")
_COLUMNS: Columns = {
    "plate": ("plate",),
    "well": ("pos", "well position", "well"),
    "flag": ("flag",),
    "sample": ("sample", "sample name"),
    "target": ("detector", "detector name"),
    "task": ("task",),
    "cq": ("ct",),
    "quantity": ("quantity", "qty"),
    "omit": ("omit",),
    "slope": ("slope",),
    "intercept": ("y-intercept",),
    "r_squared": ("r^2",),
}
# Fri May 15 17:10:28 BST 2009: the month is a word, so the date can be read in one way
_C_TIME = re.compile(
    r"^[A-Z][a-z]{2} ([A-Z][a-z]{2} +[0-9]{1,2}) [0-9:]{8}(?: [A-Z]+)? ([0-9]{4})$"
)


def recognise(content: Content) -> bool:
    """Return whether a text is an SDS export, by its first line."""
    return bool(_SIGNATURE.match(content.head))


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, FILE_EMPTY or QUOTE_NOT_CLOSED, and those of `separators.with_point`.
    """
    lines = text_lines(content.text)
    headers = lines.filter(pl.col("line").str.contains(r"^(?:# *|Well)\t"))
    if headers.is_empty():
        raise FileRefusedError(
            "NO_RESULTS_SECTION", "the export has no table of wells; export it with the results"
        )
    header_line = headers.item(0, "source_line")
    parts = _table(lines.filter(pl.col("source_line") >= header_line))
    wells = _wells(parts)
    plate = in_plate_words(wells)
    if wells["slope"].is_null().all():
        plate = with_curves(plate)
    run = _run(lines.filter(pl.col("source_line") < header_line))
    flags = flagged(plate.with_columns(wells["flag"]), assay, "Flag")
    run = Run(run.run_id, run.performed_on, findings=(*run.findings, *flags))
    rows = plate_rows(plate, run, assay, settings, _NAMED)
    return replace(rows, places=well_places(parts.header, _COLUMNS))


def _table(section: pl.DataFrame) -> Delimited:
    section = without_footer(section)
    if section.height < 2:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "the table holds no wells; export it with the results",
            line=section.item(0, "source_line"),
        )
    return plain_cells(read_wells(section, "\t", "the table"), NUMBERS)


def _wells(parts: Delimited) -> pl.DataFrame:
    wells = with_names(
        parts.cells, parts.header, parts.header_line, _COLUMNS, "the table", ("well", *NEEDED)
    )
    # positions repeat where a study holds several plates
    position = pl.col("well")
    if wells["plate"].n_unique() > 1:
        position = pl.concat_str("plate", "well", separator=" ", ignore_nulls=True)
    return wells.with_columns(
        position.alias("well"),
        pl.when(pl.col("flag") != "Passed").then("flag").alias("flag"),
    )


def _run(preamble: pl.DataFrame) -> Run:
    pairs = preamble.select(
        pl.col("line").str.extract_groups(r"^(?<key>[^\t]+)\t(?<text>[^\t]*)")
    ).unnest("line")
    keys = pairs.drop_nulls("key").with_columns(pl.col("text").str.strip_chars())

    def said(key: str) -> list[str]:
        texts: list[str] = (
            keys.filter(pl.col("key") == key)["text"].unique(maintain_order=True).to_list()
        )
        return [t for t in texts if t]

    names, ended = said("Filename"), said("Run DateTime")
    run_id = " ".join((*(file_name(n) for n in names[:1]), ", ".join(ended))).strip()
    dates = {_date(text) for text in ended}
    if len(dates) == 1 and (date := dates.pop()):
        return Run(run_id, date)
    return Run(run_id, findings=(date_unreadable(", ".join(ended), "Run DateTime"),))


def _date(text: str) -> str | None:
    match = _C_TIME.match(text)
    if match is None:
        return None
    try:
        return datetime.strptime(" ".join(match.groups()), "%b %d %Y").date().isoformat()
    except ValueError:
        return None


READER = Reader(
    _READER,
    _TITLE,
    "line 1 `SDS n.n AQ Results` or `SDS n.n RQ Results`",
    False,
    recognise,
    read,
)
