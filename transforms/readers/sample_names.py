"""Names of samples as an instrument writes them, taken apart by a folder's pattern (`formats.md` §1)."""

import re
from dataclasses import replace

import polars as pl

from transforms.problems import all_findings, one_finding, row_findings
from transforms.readers.gates import sample_of_fcs_name
from transforms.readers.name_pattern import take_apart
from transforms.readers.plate import is_control_name
from transforms.readers.rows import ReaderSettings, TextRows
from transforms.worded import worded

PARTS = ("sample_id", "tube", "replicate")
_SHOWN = 5
_FCS = re.compile(r"(?i)\.fcs$")


def with_sample_names(rows: TextRows, pattern: str) -> TextRows:
    """Return rows whose names of samples are taken apart.

    Args:
        rows: of an instrument file, with the names as written.
        pattern: as `check_pattern` allows it for `PARTS`; a tube or replicate in it replaces the file's. With
            `.fcs` at its end it fits names with and without that ending, which readers of cytometry take off.

    Returns:
        The rows; those whose name does not fit, or fits in two ways, are rejected: SAMPLE_NAME_UNMATCHED.
        Samples that they carry inline get the same names, and are left out with their measurement.
    """
    tables, findings, n_rejected = dict(rows.tables), [rows.findings], 0
    inline = {
        name: _named(table, name, pattern) if "sample_id" in table.columns else table
        for name, table in rows.inline.items()
    }
    for name, table in rows.tables.items():
        if "sample_id" not in table.columns:
            continue
        parts = _parts(table, pattern)
        fits = pl.all_horizontal(pl.all().is_not_null())
        good = parts.select(fits).to_series()
        bad = table.filter(~good)
        findings.append(
            row_findings(
                bad.with_columns(pl.lit(0).alias("file_no")),
                "SAMPLE_NAME_UNMATCHED",
                worded(
                    "'{}' does not fit the pattern {} of this folder in one way; correct the pattern in "
                    "`sample_names`, or the name",
                    pl.col("sample_id").fill_null(""),
                    pl.lit(pattern),
                ),
                column="sample_id",
                value=pl.col("sample_id"),
            )
        )
        n_rejected += int(bad["source_rows"].sum())
        tables[name] = _named(table, name, pattern)
    return replace(
        rows,
        tables=tables,
        inline=inline,
        rows_rejected=rows.rows_rejected + n_rejected,
        findings=all_findings(findings),
    )


def without_control_tubes(rows: TextRows, settings: ReaderSettings) -> TextRows:
    """Return rows without the tubes of flow cytometry whose sample, once taken apart, is a control by its name.

    Wells of a plate are left alone: their run is judged by its controls before names are taken apart.
    """
    table = rows.tables.get("flow_measurements")
    if table is None or "sample_id" not in table.columns:
        return rows
    is_control = is_control_name(settings, "sample_id")
    controls = table.filter(is_control)
    if controls.is_empty():
        return rows
    names = ", ".join(controls["sample_id"].unique(maintain_order=True).head(_SHOWN))
    message = f"{controls.height} tubes taken as controls by their name: {names}"
    finding = one_finding(0, "CONTROL_BY_NAME", message, value=str(controls.height))
    return replace(
        rows,
        tables={**rows.tables, "flow_measurements": table.filter(~is_control)},
        rows_ignored=rows.rows_ignored + int(controls["source_rows"].sum()),
        findings=all_findings([rows.findings, finding]),
    )


def _named(table: pl.DataFrame, name: str, pattern: str) -> pl.DataFrame:
    """Return the rows whose name fits, with the parts of it that their table holds."""
    parts = _parts(table, pattern)
    known = [c for c in parts.columns if c in (*table.columns, *_may_have(name))]
    fits = parts.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
    return table.with_columns(parts.select(known)).filter(fits)


def _parts(table: pl.DataFrame, pattern: str) -> pl.DataFrame:
    bare = _FCS.sub("", pattern)
    if bare != pattern:
        table = table.with_columns(sample_of_fcs_name("sample_id").alias("sample_id"))
    return take_apart(table, "sample_id", bare)


def _may_have(table: str) -> tuple[str, ...]:
    return {"flow_measurements": ("tube",), "pcr_measurements": ("replicate",)}.get(table, ())
