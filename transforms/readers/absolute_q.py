"""Applied Biosystems Absolute Q CSV, three layouts (`formats.md` §7); the export per partition is refused.

Layout 1 has a row per well and dye, layout 2 a row per well with a block of columns per dye, layout 3 a row
per exclusive combination of colours.
"""

import re
from dataclasses import replace

import polars as pl

from transforms.places import Places
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.absolute_q_dyes import (
    by_combination,
    by_dye,
    dye_places,
    with_target_first,
)
from transforms.readers.content import Content
from transforms.readers.delimited import read_delimited, text_lines
from transforms.readers.partition_pairs import is_called
from transforms.readers.partition_tables import (
    bound,
    cells_of,
    first_lines,
    partition_places,
    ragged_rows,
)
from transforms.readers.partitions import Counted, partition_rows
from transforms.readers.plate import Format
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import plain_cells

_READER = "absolute-q/2"
_TITLE = "Applied Biosystems Absolute Q CSV"
_NAMED = Format(_TITLE, _READER, "Target", "Positives")
_RUN = ["run", "date", "instrument", "plate"]
_SUMMARY = ["run name", "group", "sample", "well"]
_COLUMNS = {
    "run_name": "run(?: name)?",
    "date": "date",
    "plate": "plate",
    "sample": "name|sample",
    "well": "well",
    "total": "total",
    "dye": "dye",
    "target": "target",
    "concentration": r"conc\. cp/.{1,2}l",
    "positives": "positives",
    "channels": "channels",
    "count": "count",
    "quality": "qc",
}
_NUMBERS = r"conc\. cp/.*|copies per microliter|sd|cv ?%|95% ?ci.*|negatives"
_COUNTS = "total|positives|count"
_NEEDED = {
    1: ("sample", "well", "total", "target", "positives"),
    2: ("sample", "well", "total", "target", "positives"),
    3: ("sample", "channels", "count", "total"),
}
_SUMS = ("positives", "positive_partitions", "control_positive_partitions")
_EXPORT = "export the summary of Absolute Q with all its columns"
# formats.md §7: volume of a microchamber, checked against the concentrations
_CHAMBER_NL = "0.432"
_POSITION = r"^[A-Za-z]{1,2}[0-9]{1,2}$"
_ISO_DATE = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]|$)"


def _layout(content: Content) -> tuple[int, int]:
    """Return the layout and the line of its header; 4 is the export per partition, 0 no layout."""
    lines = first_lines(content, 2)
    if not lines:
        return 0, 0
    at, first = lines[0][0], cells_of(lines[0][1])[1]
    if first[:4] == _RUN:
        if "reject" in first:
            return 4, at
        if any(re.fullmatch(r"conc\. cp/.{1,2}l", c) for c in first):
            return 1, at
        return (3, at) if "copies per microliter" in first else (0, 0)
    # layout 2: a line of dyes over the header
    second = cells_of(lines[1][1])[1] if len(lines) > 1 else []
    return (2, lines[1][0]) if second[:4] == _SUMMARY and not first[0] else (0, 0)


def recognise(content: Content) -> bool:
    """Return whether a text is one of Absolute Q's tables."""
    return _layout(content)[0] > 0


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, FILE_EMPTY or QUOTE_NOT_CLOSED, and those of `separators.with_point`.
    """
    layout, at = _layout(content)
    if layout == 4:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "this export has a row for each partition and no counts; export the summary of Absolute Q",
            line=at,
            value="Reject",
        )
    lines = text_lines(content.text)
    header = lines.filter(pl.col("source_line") == at).item(0, "line")
    separator, _ = cells_of(header)
    parts = read_delimited(lines.filter(pl.col("source_line") >= at), separator)
    parts = plain_cells(parts, _NUMBERS, _COUNTS)
    rows = bound(parts, _COLUMNS, _NEEDED[layout], _EXPORT)
    if layout == 2:
        dyes = lines.filter(pl.col("source_line") < at).drop_nulls("line").item(0, "line")
        rows = with_target_first(by_dye(parts, rows, str(dyes), separator), assay)
    elif layout == 3:
        rows = with_target_first(by_combination(rows), assay)
    else:
        target = pl.coalesce("target", "dye").alias("target")
        rows = rows.with_columns(target, pl.lit(1).alias("source_rows"))
    read_rows = partition_rows(_counted(rows, layout, ragged_rows(parts)), assay, settings, _NAMED)
    places = partition_places(parts.header, _COLUMNS).places
    if layout == 2:
        places = {**places, **dye_places(parts, assay)}
    elif layout == 3:
        # a count of partitions is the sum of several cells
        places = {**places, **dict.fromkeys(_SUMS, places["count"])}
    return replace(read_rows, places=Places(places))


def _counted(rows: pl.DataFrame, layout: int, refused: tuple[pl.DataFrame, ...]) -> Counted:
    # averages, pools and heads of groups have a word or nothing where wells have their position
    is_well = pl.col("well").str.contains(_POSITION).fill_null(False) | pl.lit(layout == 3)
    called = is_called("concentration", "positives") if layout == 1 else pl.lit(value=True)
    passed = (pl.col("quality").str.to_uppercase() == "PASS").fill_null(False)
    wells = rows.with_columns(
        pl.concat_str("run_name", "plate", separator=" ", ignore_nulls=True).replace("", None).alias("run"),
        pl.col("date").str.extract(_ISO_DATE).alias("performed_on"),
        pl.when(is_well).then(pl.lit("UNKNOWN")).otherwise(pl.lit("SUMMARY")).alias("role"),
        pl.lit(_CHAMBER_NL).alias("volume_nl"),
        called.alias("is_called"),
        (~passed & pl.lit(layout == 2)).alias("is_failed"),
    )  # fmt: skip
    unread = wells.filter(pl.col("date").is_not_null(), pl.col("performed_on").is_null())
    if unread.is_empty():
        return Counted(wells, refused)
    dates = ", ".join(unread["date"].unique().sort().to_list()[:3])
    finding = one_finding(
        0, "RUN_DATE_UNREADABLE",
        f"the run's date {dates!r} is not written as YYYY-MM-DD; the collection date is used "
        "unless a runs row gives performed_on",
        column="Date", value=dates,
    )  # fmt: skip
    return Counted(wells, refused, (finding,))


READER = Reader(
    _READER,
    _TITLE,
    "header `Run,Date,Instrument,Plate` with `Conc. cp/uL` or `Copies per microliter`, or a line of dyes over "
    "`Run name,Group,Sample,Well` (its export per partition is refused)",
    False,
    recognise,
    read,
)
