"""Roche LightCycler 480 absolute quantification, text (`formats.md` §5).

Source: line 1 names experiment and filter, then `Include Color Pos Name Cp Concentration Standard Status`.
One file holds one filter, which is its target or its control gene; the other may be in another file of the same
experiment. Each file is read alone and gives half rows with `shared_run_id`; the halves of a well meet when results
are computed (`transforms.normalise.channels`), so the order of files and loads does not matter, and a half alone is
not evaluable. Cp empty = not detected. `Standard` holds the concentration of a standard and 0 for every other well.
"""

import re
from dataclasses import replace

import polars as pl

from transforms.problems import all_findings, row_findings
from transforms.readers.applied_biosystems import Columns, well_places, with_names
from transforms.readers.content import Content
from transforms.readers.curves import with_curves
from transforms.readers.delimited import read_wells, text_lines
from transforms.readers.plate import UNDETERMINED, WELLS, Format, Run, is_control_name, plate_rows
from transforms.readers.plate_controls import flagged
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import plain_cells
from transforms.readers.well_words import is_yes
from transforms.worded import worded

_READER = "lightcycler480-text/3"
_TITLE = "LightCycler 480 text"
_NAMED = Format(_TITLE, _READER, "Filter", "Cp", has_one_target=True)
_FIRST = re.compile(
    r"\s*Experiment:\s*(?P<name>[^\t\n]*?)\s*(?:Selected )?Filter:\s*(?P<filter>[^\t\n]*)"
)
_COLUMNS: Columns = {
    "include": ("include",),
    "well": ("pos",),
    "sample": ("name",),
    "cp": ("cp",),
    "concentration": ("concentration",),
    "standard": ("standard",),
    "flag": ("status",),
}
_NUMBERS = r"cp|concentration|standard|mean cp|std cp|mean conc|std conc"
_NEEDED = ("include", "well", "sample", "cp", "concentration", "standard")
_FEWEST_CYCLES = 35
_ROWS_96 = 8
_LAST_COLUMN_96 = 12


def recognise(content: Content) -> bool:
    """Return whether a text is a LightCycler 480 export, by its first line and its header."""
    return bool(_FIRST.match(content.head)) and bool(
        re.search(r"^Include\t(?:[^\n]*\t)?Pos\tName\b", content.head[:4000], re.MULTILINE)
    )


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text.
        assay: the assay of the file's folder, its target or control named as the filter; without one
            the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: UNKNOWN_VALUE, NO_RESULTS_SECTION, FILE_EMPTY or QUOTE_NOT_CLOSED, and those of `separators.with_point`.
    """
    first = _FIRST.match(content.head)
    name, used = (first["name"].strip(), first["filter"].strip()) if first else ("", "")
    lines = text_lines(content.text)
    header = lines.filter(pl.col("line").str.starts_with("Include\t")).item(0, "source_line")
    parts = plain_cells(read_wells(lines.filter(pl.col("source_line") >= header), "\t"), _NUMBERS)
    wells = with_names(parts.cells, parts.header, parts.header_line, _COLUMNS, "the table", _NEEDED)
    plate = with_curves(_in_plate_words(wells, used or None))
    flags = flagged(plate.with_columns(wells["flag"]), assay, "Status")
    # the filters of one experiment are runs of their own: their wells have the same positions
    run = Run(" ".join(x for x in (name, used) if x), findings=tuple(flags))
    # a blank or a standard without a crossing point is no result in any case
    is_unclear = _is_last_cycle() & (pl.col("role") == "UNKNOWN") & ~is_control_name(settings)
    crossed = pl.lit(value=True) if assay is None else ~is_unclear
    rows = plate_rows(plate.filter(crossed), run, assay, settings, _NAMED)
    unclear = plate.filter(~crossed)
    shared = name or None if assay is not None and assay.control_name is not None else None
    tables = {
        n: t.with_columns(pl.lit(shared, dtype=pl.String).alias("shared_run_id"))
        for n, t in rows.tables.items()
    }
    return replace(
        rows,
        tables=tables,
        rows_read=rows.rows_read + unclear.height,
        rows_rejected=rows.rows_rejected + unclear.height,
        findings=all_findings([rows.findings, _unclear(unclear)]),
        places=well_places(parts.header, _COLUMNS),
    )


def _is_last_cycle() -> pl.Expr:
    """Return whether a Cp may be the last cycle, written where nothing crossed: a whole number without copies.

    Some settings of the instrument's software write 35 to 40 there, others 0.00 (`formats.md` §5, recalled).
    """
    cycles, copies = (pl.col(c).cast(pl.Float64, strict=False) for c in ("cq", "quantity"))
    is_whole = (cycles >= _FEWEST_CYCLES) & (cycles == cycles.floor())
    return (is_whole & ~(copies > 0).fill_null(False)).fill_null(False)


def _unclear(wells: pl.DataFrame) -> pl.DataFrame:
    return row_findings(
        wells.with_columns(pl.lit(0, dtype=pl.Int64).alias("file_no")),
        "UNKNOWN_VALUE",
        worded(
            "Cp {} without a concentration may be a signal or the last cycle, written where there was none; "
            "export again with Cp empty where nothing was detected, or enter the result as a canonical row",
            pl.col("cq"),
        ),
        column="Cp",
        value=pl.col("cq"),
    )


def _in_plate_words(wells: pl.DataFrame, target: str | None) -> pl.DataFrame:
    number = pl.col("standard").cast(pl.Float64, strict=False)
    # what cannot be read as 0 is a concentration
    is_standard = pl.col("standard").is_not_null() & number.ne_missing(0.0)
    cp = pl.col("cp")
    is_silent = cp.is_null()
    # a crossing point of 0 is none that a curve can have: the well counts as not read
    is_zero = (cp.cast(pl.Float64, strict=False) == 0).fill_null(False)
    role = (
        pl.when(~is_yes(wells, "include", "Include")).then(pl.lit("OMITTED"))
        .when(is_standard).then(pl.lit("STANDARD"))
        .when(is_silent & pl.col("concentration").is_null() & _has_default_name(wells))
        .then(pl.lit("UNNAMED"))
        .otherwise(pl.lit("UNKNOWN"))
    )  # fmt: skip
    return wells.with_columns(
        pl.lit(target, dtype=pl.String).alias("target"),
        role.alias("role"),
        pl.when(is_silent).then(pl.lit(UNDETERMINED)).when(~is_zero).then(cp).alias("cq"),
        pl.when(is_standard)
        .then("standard")
        .when(~is_zero)
        .then("concentration")
        .alias("quantity"),
        *(pl.lit(None, dtype=pl.String).alias(c) for c in ("slope", "intercept", "r_squared")),
    ).select(pl.col(c).cast(t) for c, t in WELLS.items())


def _has_default_name(wells: pl.DataFrame) -> pl.Expr:
    """Return whether a well is called `Sample 13` because it is the 13th of the plate."""
    row = (
        pl.col("well")
        .str.extract(r"^([A-P])[0-9]{1,2}$")
        .replace_strict({chr(65 + i): i for i in range(16)}, default=None, return_dtype=pl.Int64)
    )
    column = pl.col("well").str.extract(r"^[A-P]([0-9]{1,2})$").cast(pl.Int64, strict=False)
    largest = wells.select(row.max().alias("row"), column.max().alias("column"))
    is_96 = (largest.item(0, "row") or 0) < _ROWS_96 and (
        largest.item(0, "column") or 0
    ) <= _LAST_COLUMN_96
    width = 12 if is_96 else 24
    default = pl.concat_str(pl.lit("Sample "), (row * width + column).cast(pl.String))
    return (pl.col("sample") == default).fill_null(False)


READER = Reader(
    _READER,
    _TITLE,
    "line 1 `Experiment: … Filter: …`, then `Include Color Pos Name Cp`",
    False,
    recognise,
    read,
)
