"""QIAGEN QIAcuity Suite CSV, three versions (`formats.md` §7): one row per well and target.

The volume of a partition varies with the plate: it follows from the volume of the well and the partitions of
the plate, which the concentrations of positive wells give. It is never a nominal one.
"""

import re
from dataclasses import replace

import polars as pl

from transforms.ratio import ratio
from transforms.readers.content import Content
from transforms.readers.delimited import read_delimited, text_lines
from transforms.readers.partition_pairs import is_called, number
from transforms.readers.partition_tables import (
    bound,
    cells_of,
    first_lines,
    partition_places,
    ragged_rows,
    unknown_roles,
)
from transforms.readers.partitions import Counted, partition_rows, role
from transforms.readers.plate import Format
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import plain_cells

_READER = "qiacuity/2"
_TITLE = "QIAGEN QIAcuity CSV"
_NAMED = Format(_TITLE, _READER, "Target", "Partitions (positive)")
_SAMPLE, _VALID = "sample/ntc/control", "partitions (valid)"
_COLUMNS = {
    # the first column has no name before version 3
    "well": "well|",
    "sample": re.escape(_SAMPLE),
    "type": "type",
    "plate_name": "plate name",
    "plate_id": "plate id",
    "target": r"target(?: \(name\))?",
    "concentration": r"conc(?:entration|\.) ?[\[(](?:copies|cp)/.{1,2}l[\])](?: \(dpcr reaction\))?",
    "positives": r"partitions \(positive\)",
    "total": re.escape(_VALID),
    "per_ml": r"conc\. \[cp/ml\] \(dpcr reaction\)",
    "well_ul": r"volume per well \[.{1,2}l\]",
}
_NUMBERS = (
    r"(?:mean )?conc(?:entration|\.).*|ci \(95%\).*|.*std.*|cv.*|threshold|volume per well.*|partitions \(negative\)"
    r"|.*volume.*|dilution.*|conversion factor"
)
_COUNTS = r"partitions \((?:valid|positive)\)"
_NEEDED = ("target", "positives", "total")
_EXPORT = "export the results table of the QIAcuity Suite as CSV with all its columns"


def _header(content: Content) -> tuple[int, str] | None:
    """Return number and text of the header line."""
    for at, line in first_lines(content, 2):
        cells = cells_of(line)[1]
        if _SAMPLE in cells and any(c.startswith("partitions") for c in cells):
            return at, line
    return None


def recognise(content: Content) -> bool:
    """Return whether a text is QIAcuity's table; Excel may have swallowed its line `sep=`."""
    return _header(content) is not None


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, FILE_EMPTY or QUOTE_NOT_CLOSED, and those of `separators.with_point`.
    """
    line, header = _header(content) or (1, "")
    lines = text_lines(content.text).filter(pl.col("source_line") >= line)
    parts = plain_cells(read_delimited(lines, cells_of(header)[0]), _NUMBERS, _COUNTS)
    rows = bound(parts, _COLUMNS, _NEEDED, _EXPORT).with_columns(role(pl.col("type")).alias("role"))
    # version 3 names the plate on its first row only
    plate = pl.coalesce("plate_id", "plate_name").forward_fill()
    wells = rows.with_columns(
        plate.alias("run"),
        pl.lit(1).alias("source_rows"),
        pl.lit(None, dtype=pl.String).alias("performed_on"),
        is_called("concentration", "positives").alias("is_called"),
        pl.lit(False).alias("is_failed"),
    ).with_columns(_volume().cast(pl.String).alias("volume_nl"))
    refused = (*ragged_rows(parts), *unknown_roles(rows, "type", "Type"))
    counted = Counted(wells.filter(pl.col("role").is_not_null()), refused)
    read_rows = partition_rows(counted, assay, settings, _NAMED)
    return replace(read_rows, places=partition_places(parts.header, _COLUMNS))


def _volume() -> pl.Expr:
    """Return the volume of a partition: that of the well over all partitions of a well of this plate.

    A well's copies per partition over its concentration is the volume of a partition too; with the volume
    of the well it gives the number of partitions, valid or not, which is the same for all wells of a plate.
    """
    positives, total = number("positives"), number("total")
    share = pl.when((positives > 0) & (positives < total)).then(ratio(positives, total))
    per_ul, well_ul = ratio(number("per_ml"), 1000), number("well_ul")
    partitions = ratio(well_ul * per_ul, -((-share).log1p())).median().over("run").round(0)
    is_real = (partitions >= total) & (well_ul > 0)
    return pl.when(is_real).then((ratio(well_ul, partitions) * 1000).round_sig_figs(6))


READER = Reader(
    _READER,
    _TITLE,
    "a line `sep=`, then a header with `Sample/NTC/Control` and `Partitions (valid)`",
    False,
    recognise,
    read,
)
