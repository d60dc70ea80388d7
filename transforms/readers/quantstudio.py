"""Applied Biosystems QuantStudio and ViiA 7 text exports (`formats.md` §4a); only `[Results]` counts."""

import re
from dataclasses import replace

import polars as pl

from transforms.problems import FileRefusedError
from transforms.readers.applied_biosystems import (
    NUMBERS,
    QUANTSTUDIO_COLUMNS,
    run_of,
    well_places,
    with_names,
    without_footer,
)
from transforms.readers.content import Content
from transforms.readers.delimited import Delimited, read_wells, text_lines
from transforms.readers.plate import Format, Run, plate_rows
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import plain_cells
from transforms.readers.well_words import curve_doubts, in_plate_words

_READER = "quantstudio-text/3"
_TITLE = "QuantStudio text"
_NAMED = Format(_TITLE, _READER, "Target Name", "CT")


def recognise(content: Content) -> bool:
    """Return whether a text is a QuantStudio text export."""
    if re.match(r"\* [^\n=]+=", content.head) is None:
        return False
    section = r"^\[(?:Results|Sample Setup)\]"
    # a plate's raw data may stand before its results, longer than any head
    return bool(
        re.search(section, content.head, re.MULTILINE)
        or re.search(section.encode(), content.text, re.MULTILINE)
    )


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION or FILE_EMPTY, and those of `separators.with_point`.
    """
    lines = text_lines(content.text)
    parts = _results(lines)
    wells = with_names(
        parts.cells, parts.header, parts.header_line, QUANTSTUDIO_COLUMNS, "the [Results] section"
    )
    plate, run = in_plate_words(wells), _run(lines)
    run = replace(run, findings=(*run.findings, *curve_doubts(wells, plate, assay)))
    rows = plate_rows(plate, run, assay, settings, _NAMED)
    return replace(rows, places=well_places(parts.header, QUANTSTUDIO_COLUMNS))


def _results(lines: pl.DataFrame) -> Delimited:
    starts = lines.filter(pl.col("line").str.strip_chars().str.starts_with("[Results]"))
    if starts.is_empty():
        raise FileRefusedError(
            "NO_RESULTS_SECTION", "the export has no [Results] section; export it with the results"
        )
    section = lines.filter(pl.col("source_line") > starts.item(0, "source_line"))
    end = section.filter(pl.col("line").str.starts_with("["))["source_line"].min()
    section = without_footer(section.filter((pl.col("source_line") < pl.lit(end)).fill_null(True)))
    if section.height < 2:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "the [Results] section holds no wells; export it with the results",
            line=starts.item(0, "source_line"),
        )
    return plain_cells(read_wells(section, "\t", "[Results]"), NUMBERS)


def _run(lines: pl.DataFrame) -> Run:
    preamble = (
        lines.filter(pl.col("line").str.starts_with("* "))
        .select(pl.col("line").str.extract_groups(r"^\* (?<key>[^=]*?)\s*=\s*(?<text>.*?)\s*$"))
        .unnest("line")
    )
    keys = dict(zip(preamble["key"].to_list(), preamble["text"].to_list(), strict=True))
    return run_of(keys.get("Experiment Name"), keys, ("Experiment Run End Time",))


READER = Reader(
    _READER,
    _TITLE,
    "line 1 `* Key = Value` and a line `[Results]` or `[Sample Setup]`",
    False,
    recognise,
    read,
)
