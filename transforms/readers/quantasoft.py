"""Bio-Rad QuantaSoft CSV of QX100 and QX200 (`formats.md` §7): one row per well and channel.

Rows have a cell more than the header; merged wells `M01` stand beside their members; `No Call` with 0
positives is a well without a threshold, no negative. Status `CHECK` asks a person to look: until somebody did, such
a well proves no absence (`formats.md` §9), and what it holds is kept with a finding.
"""

from dataclasses import replace

import polars as pl

from transforms.problems import one_finding
from transforms.readers.content import Content
from transforms.readers.delimited import read_delimited, text_lines
from transforms.readers.partition_pairs import number
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

_READER = "quantasoft/2"
_TITLE = "Bio-Rad QuantaSoft CSV"
_NAMED = Format(_TITLE, _READER, "Target", "Positives")
_FIRST = ["well", "expttype", "experiment", "sample", "targettype", "target"]
_COLUMNS = {
    "well": "well",
    "sample": "sample",
    "target": "target",
    "type": "targettype",
    "status": "status",
    "concentration": "concentration",
    "positives": "positives",
    "total": "accepteddroplets",
    "merged": "mergedwells",
}
NUMBERS = (
    r"conc.*|copies/?per.*|copies/.*|pg/.*|total ?conc.*|poisson.*|.*conf ?(?:max|min).*|negatives|ch[1-6][+-].*|ratio.*"
    r"|fractional ?abundance.*|.*amplitude.*|threshold.*|cnv.*|linkage.*|expected.*|.*(?:abundance|ratio).*"
)
COUNTS = r"positives|accepted ?droplets"
_NEEDED = ("concentration", "positives", "total")
_EXPORT = "export the well table of QuantaSoft with all its columns"
# formats.md §7: volume of a droplet in QuantaSoft's own concentrations
_DROPLET_NL = "0.85"


def recognise(content: Content) -> bool:
    """Return whether a text is QuantaSoft's table: its first six header cells."""
    lines = first_lines(content, 1)
    return bool(lines) and cells_of(lines[0][1])[1][:6] == _FIRST


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, FILE_EMPTY or QUOTE_NOT_CLOSED, and those of `separators.with_point`.
    """
    separator, _ = cells_of(first_lines(content, 1)[0][1])
    parts = plain_cells(read_delimited(text_lines(content.text), separator), NUMBERS, COUNTS)
    rows = bound(parts, _COLUMNS, _NEEDED, _EXPORT).with_columns(role(pl.col("type")).alias("role"))
    wells = droplets(rows, pl.lit(_DROPLET_NL))
    refused = (*ragged_rows(parts), *unknown_roles(rows, "type", "TargetType"))
    counted = Counted(wells, refused, checked(wells, assay))
    read_rows = partition_rows(counted, assay, settings, _NAMED)
    return replace(read_rows, places=partition_places(parts.header, _COLUMNS))


def droplets(rows: pl.DataFrame, volume_nl: pl.Expr) -> pl.DataFrame:
    """Return rows of a Bio-Rad table in the words of wells.

    Args:
        rows: columns well, sample, target, role, status, concentration, positives, total, merged.
        volume_nl: volume of a droplet.
    """
    no_call = (
        pl.col("concentration").fill_null("").str.to_lowercase().str.replace_all(r"\s", "")
        == "nocall"
    )
    # a called zero has the concentration 0; an empty one, or a word, says that no threshold was set
    is_none = (number("positives") == 0) & (number("concentration") != 0).fill_null(True)
    is_checked = (pl.col("status").str.to_uppercase() == "CHECK").fill_null(False)
    wells = rows.filter(pl.col("role").is_not_null()).with_columns(
        pl.lit(1).alias("source_rows"),
        pl.lit(None, dtype=pl.String).alias("run"),
        pl.lit(None, dtype=pl.String).alias("performed_on"),
        volume_nl.alias("volume_nl"),
        (~no_call & ~is_none.fill_null(False)).alias("is_called"),
        (is_checked & (number("positives") == 0) & ~no_call).fill_null(False).alias("is_failed"),
        is_checked.alias("is_checked"),
    )  # fmt: skip
    return _without_repeats(wells)


def checked(wells: pl.DataFrame, assay: AssayNames | None) -> tuple[pl.DataFrame, ...]:
    """Return the finding on wells with positives whose status asks a person to look; wells as `droplets` gives them."""
    if assay is None:
        return ()
    rows = wells.filter(
        "is_checked", pl.col("role") == "UNKNOWN", number("positives") > 0,
        pl.col("target").is_in([assay.target_name, assay.control_name]),
    ).sort("source_line")  # fmt: skip
    if rows.is_empty():
        return ()
    line = rows.item(0, "source_line")
    return (
        one_finding(
            0, "WELL_FLAGGED",
            f"{rows.height} rows with positives have the status CHECK (first on line {line}); look at their droplets",
            line=line, column="Status", value="CHECK",
        ),
    )  # fmt: skip


def _without_repeats(wells: pl.DataFrame) -> pl.DataFrame:
    """Make each well count once where merged wells stand beside their members.

    A merged row is the sum of its members: it is a summary where all of them are in the file; where some
    are missing it counts, and the members that are there are the summary.

    Args:
        wells: wells with the column `merged`, the list of members as written, such as `(C03,D03)`.
    """
    is_merged = pl.col("merged").is_not_null() | pl.col("well").str.contains(r"^M\d+$").fill_null(
        False
    )
    rows = wells.filter(is_merged)
    if rows.is_empty():
        return wells
    single = wells.filter(~is_merged)
    member = pl.col("merged").fill_null("").str.extract_all(r"[A-Z]{1,2}[0-9]{1,2}")
    members = rows.select("source_line", "sample", "target", member.alias("member")).explode(
        "member", empty_as_null=True, keep_nulls=True
    )
    there = single.select(pl.col("well").alias("member"), "target", is_there=pl.lit(True)).unique()
    same = single.select("sample", "target", has_single=pl.lit(True)).unique()
    members = (
        members.join(there, on=["member", "target"], how="left")
        .join(same, on=["sample", "target"], how="left")
        # a merged row without its list: any well of its sample stands for the members
        .with_columns(
            pl.when(pl.col("member").is_null())
            .then("has_single")
            .otherwise("is_there")
            .fill_null(False)
            .alias("is_there")
        )
    )
    complete = members.group_by("source_line").agg(pl.col("is_there").all())
    counts = members.join(complete.filter(~pl.col("is_there")), on="source_line", how="semi")
    first = pl.col("source_line") == pl.col("source_line").min().over("member", "target")
    twice = counts.filter(pl.col("member").is_not_null() & ~first)["source_line"]
    is_summary = pl.col("source_line").is_in(
        complete.filter("is_there")["source_line"].to_list() + twice.to_list()
    )
    covered = counts.select(pl.col("member").alias("well"), "target", is_covered=pl.lit(True))
    return (
        wells.join(covered.unique(), on=["well", "target"], how="left", maintain_order="left")
        .with_columns(
            pl.when(is_summary | (pl.col("is_covered").fill_null(False) & ~is_merged))
            .then(pl.lit("SUMMARY"))
            .otherwise("role")
            .alias("role")
        )
        .drop("is_covered")
    )


READER = Reader(
    _READER,
    _TITLE,
    "header starts `Well,ExptType,Experiment,Sample,TargetType,Target`",
    False,
    recognise,
    read,
)
