"""What the exports of Applied Biosystems instruments have in common (`formats.md` §4)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from transforms.places import Place, Places
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.plate import Run

_CYRILLIC_TE = "\u0442"
_CURVES = {
    "slope": ("slope",),
    "intercept": ("y-intercept",),
    "r_squared": ("r(superscript 2)", "r^2", "r2"),
}
Columns = Mapping[str, tuple[str, ...]]
"""Spellings of the header by column of a well, in lower case, the preferred one first."""

QUANTSTUDIO_COLUMNS: Columns = {
    "well": ("well position", "well"),
    "omit": ("omit",),
    "sample": ("sample name",),
    "target": ("target name",),
    "task": ("task",),
    "cq": ("ct", "cq"),
    "quantity": ("quantity",),
    "call": ("call",),
    "amp": ("amp status",),
    **_CURVES,
}
RESULT_COLUMNS: Columns = {
    "well": ("well position", "well"),
    "omit": ("omit",),
    "sample": ("sample",),
    "target": ("target",),
    "task": ("task",),
    "cq": ("cq",),
    "flag": ("result quality issues",),
    "amp": ("amp status",),
}
CURVE_COLUMNS: Columns = {
    "well": ("well position", "well"),
    "target": ("target",),
    "quantity": ("quantity",),
    **_CURVES,
}
_FULL_ROW = r"^(?:[^\t]+\t){4}"
NUMBERS = (
    r"(?:eq\.)?c[tq](?: mean| sd| se| threshold| conf(?:idence)?)?|(?:quantity|qty)(?: mean| sd)?|y-intercept|slope"
    r"|r\(superscript 2\)|r\^?2|efficiency|rq(?: min| max)?|(?:(?:δ|\?|delta) ?)+c[tq].*|normalized quantity.*|amp score|tm[0-9]*"
)
"""Columns of numbers, also those that no table keeps."""
NEEDED = ("sample", "target", "task", "cq")
_BECOMES = {
    "sample": ("sample_id",),
    "well": ("replicate",),
    "number": ("replicate",),
    **dict.fromkeys(("cq", "cp"), ("target_cq", "control_cq")),
    **dict.fromkeys(
        ("quantity", "concentration", "calculated"), ("target_copies", "control_copies")
    ),
    **{c: (f"target_{c}", f"control_{c}") for c in _CURVES},
}
"""Columns of the tables that a column of wells becomes."""
_FOOTER_CELLS = 2
# an instrument writes a time behind its date; a date alone, or with a T, was retyped by Excel,
# which may have exchanged day and month
_ISO_DATE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) ")
_ISO_OR_ALONE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]|$)")


@dataclass(frozen=True)
class SheetTable:
    """The table of a sheet below its keys.

    Attributes:
        keys: what the rows above say, by key.
        header: cells of the header row.
        header_line: row of the sheet.
        cells: the rows below, without the footer.
    """

    keys: Mapping[str, str]
    header: tuple[str, ...]
    header_line: int
    cells: pl.DataFrame


def without_footer(section: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of a table of text without the footer below its first blank line.

    Args:
        section: `source_line`, `line`, from the header on.
    """
    # of spaces of any kind, such as a no-break space
    is_blank = pl.col("line").str.strip_chars().str.len_bytes().fill_null(0) == 0
    blank = section.filter(is_blank)["source_line"].min()
    above = (pl.col("source_line") < pl.lit(blank)).fill_null(True)
    # wells below a line that was emptied by hand are wells and begin with four filled cells; a footer has fewer
    return section.filter(above | pl.col("line").str.contains(_FULL_ROW))


def sheet_keys(sheet: pl.DataFrame, n_rows: int = 60) -> dict[str, str]:
    """Return the keys and values at the beginning of a sheet."""
    if "c1" not in sheet.columns:
        return {}
    keys = sheet.head(n_rows).select("c0", "c1").drop_nulls("c0")
    return {key: text or "" for key, text in keys.rows()}


def sheet_table(sheet: pl.DataFrame, named: str) -> SheetTable:
    """Return the table of a sheet: its header is the first row that names the wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION.
    """
    columns = [c for c in sheet.columns if c != "source_line"]
    is_header = pl.any_horizontal(pl.col(columns).is_in(["Well", "Well Position"]), False)
    headers = sheet.filter(is_header.fill_null(False))
    if headers.is_empty():
        raise _refused(f"{named} has no column Well; export it with the results")
    line, *header = headers.row(0)
    below = sheet.filter(pl.col("source_line") > line)
    filled = pl.sum_horizontal(pl.col(columns).is_not_null().cast(pl.Int64))
    blank = below.filter(filled == 0)["source_line"].min()
    # keys of a footer fill two cells; wells below a row that was emptied by hand are wells
    is_row = (pl.col("source_line") < pl.lit(blank)).fill_null(True) | (filled > _FOOTER_CELLS)
    below = below.filter(is_row)
    if below.is_empty():
        raise _refused(f"{named} holds no wells; export it with the results", line)
    above = sheet.filter(pl.col("source_line") < line)
    return SheetTable(sheet_keys(above), tuple(h or "" for h in header), line, below)


def with_names(
    cells: pl.DataFrame,
    header: Sequence[str],
    header_line: int,
    columns: Columns,
    named: str,
    needed: Sequence[str] = NEEDED,
) -> pl.DataFrame:
    """Return cells under the names of the columns; of a header given twice the first counts.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, with the columns that are missing.
    """
    bound = _bound(header, columns)
    missing = ", ".join(columns[k][0] for k in needed if bound[k] is None)
    if missing:
        wanted = ", ".join(columns[k][0].title().replace("Ct", "CT") for k in needed)
        raise _refused(
            f"{named} lacks the column {missing}; export it with {wanted}", header_line, missing
        )
    return cells.select(
        pl.col("source_line").cast(pl.Int64),
        *(
            (pl.lit(None, dtype=pl.String) if at is None else pl.col(f"c{at}")).alias(key)
            for key, at in bound.items()
        ),
    )


def well_places(header: Sequence[str], columns: Columns, sheet: str | None = None) -> Places:
    """Return where the columns of wells stand, also under the names of the columns that they become."""
    places = {
        key: Place(header[at].strip(), at + 1, sheet)
        for key, at in _bound(header, columns).items()
        if at is not None
    }
    become = {c: place for key, place in places.items() for c in _BECOMES.get(key, ())}
    return Places(places | become, sheet)


def _bound(header: Sequence[str], columns: Columns) -> dict[str, int | None]:
    # Applied Biosystems writes Ct with a Cyrillic letter in some exports
    names = [h.strip().replace(_CYRILLIC_TE, "t").lower() for h in header]
    return {
        key: next((names.index(n) for n in spellings if n in names), None)
        for key, spellings in columns.items()
    }


def run_of(
    name: str | None,
    keys: Mapping[str, str],
    end_keys: Sequence[str],
    *,
    is_sheet: bool = False,
) -> Run:
    """Return the run of an export: its name and its end; the date only if it is written as ISO.

    Args:
        name: name of the run.
        keys: keys of the export and their values.
        end_keys: keys of the end of the run, the first that is there counts.
        is_sheet: whether Excel may have retyped the date.
    """
    key = next((k for k in end_keys if k in keys), end_keys[0])
    ended = keys.get(key) or ""
    run_id = " ".join(x for x in (name, ended) if x)
    match = (_ISO_DATE if is_sheet else _ISO_OR_ALONE).match(ended)
    if match:
        return Run(run_id, match.group(1))
    return Run(run_id, findings=(date_unreadable(ended, key),))


def date_unreadable(ended: str, key: str) -> pl.DataFrame:
    """Return the finding on a run whose date cannot be read in one way."""
    return one_finding(
        0, "RUN_DATE_UNREADABLE",
        f"the run's end time {ended!r} cannot be read in one way; the collection date is used "
        "unless a runs row gives performed_on",
        column=key, value=ended,
    )  # fmt: skip


def file_name(path: str) -> str:
    """Return the name at the end of a path: folders may name persons."""
    return re.split(r"[\\/]", path)[-1].strip()


def _refused(message: str, line: int | None = None, value: str | None = None) -> FileRefusedError:
    return FileRefusedError("NO_RESULTS_SECTION", message, line=line, value=value)
