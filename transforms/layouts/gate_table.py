"""A table with a row for each gate of a tube, of any program: sample, gate, events (`formats.md` §6).

Which gate is the MRD and which the denominator, the assay of the file's folder says, as for every export of
gates (`transforms.readers.gates`).
"""

import hashlib
from dataclasses import replace

import polars as pl

from transforms.places import Places
from transforms.problems import all_findings, row_findings
from transforms.readers.content import Content
from transforms.readers.gates import (
    GATES,
    TUBES,
    Measured,
    gate_rows,
    path_column,
    sample_of_fcs_name,
)
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_NEEDED = ("sample_id", "gate")


def gate_statistics(
    start: TextRows,
    named: pl.DataFrame,
    content: Content,
    assay: AssayNames | None,
    settings: ReaderSettings,
) -> TextRows:
    """Return the measurements of a table of gates.

    Args:
        start: what the layout read: title, counts and findings of all rows but those in `named`.
        named: text columns `sample_id`, `gate`, `events`, perhaps `tube`, and `source_line`.
        content: the file.
        assay: the assay of the file's folder; without its two gates the rows wait.
        settings: names of control tubes.
    """
    rows = named.with_columns(
        sample_of_fcs_name("sample_id").alias("sample"),
        pl.lit(0).alias("file_no"),
        *([] if "tube" in named.columns else [pl.lit(None, dtype=pl.String).alias("tube")]),
    )
    is_bad = pl.any_horizontal(pl.col(c).is_null() for c in ("sample", *_NEEDED))
    missing = [
        row_findings(
            rows.filter(is_bad),
            "VALUE_MISSING",
            pl.lit("the row names no sample or no gate; fill both cells"),
            column="gate",
        )
    ]
    good = rows.filter(~is_bad)
    start = replace(
        start,
        rows_rejected=start.rows_rejected + rows.height - good.height,
        findings=all_findings([start.findings, *missing]),
    )
    if good.is_empty():
        return start
    tubes = (
        good.group_by("sample", "tube", maintain_order=True)
        .agg(
            pl.col("source_line").min().cast(pl.Int64),
            pl.len().cast(pl.Int64).alias("source_rows"),
            pl.lit(False).alias("is_summary"),
        )
        .with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("tube_no"))
        .select(*TUBES, "source_rows")
    )
    keys = tubes.select("sample", "tube", "tube_no")
    numbered = good.join(keys, on=["sample", "tube"], how="left", nulls_equal=True)
    gates = (
        numbered.filter(pl.col("events").is_not_null())
        .with_columns(path_column("gate").alias("path"), pl.col("source_line").alias("line"))
        .select(pl.col(c).cast(t) for c, t in GATES.items())
    )
    # the file has no name of its own: an export that differs is another reading of its samples
    run_id = hashlib.sha256(_bytes(content)).hexdigest()[:12]
    found = gate_rows(
        tubes, gates, Measured(start.format, start.reader, run_id), assay, settings
    )  # fmt: skip
    return replace(
        found,
        rows_read=start.rows_read,
        rows_ignored=start.rows_ignored + found.rows_ignored,
        rows_rejected=start.rows_rejected + found.rows_rejected,
        findings=all_findings([start.findings, found.findings]),
        places=Places({**start.places.places, **found.places.places}, start.places.sheet),
    )


def _bytes(content: Content) -> bytes:
    """Return what tells two files apart; of a workbook its cells."""
    cell = pl.all().cast(pl.String).fill_null("")
    sheets = [
        str(sheet.select(pl.concat_str(cell, separator="\x1f").str.join("\x1e")).item())
        for sheet in content.sheets.values()
        if sheet.height
    ]
    return content.text or "\x1d".join(sheets).encode()
