"""A flat table with canonical columns to text rows; what canonical files and layouts share."""

import polars as pl

from schemas.tables import INLINE_TABLES, Table
from transforms.parse.cells import exponent_column
from transforms.problems import all_findings, one_finding, row_findings
from transforms.readers.delimited import Delimited
from transforms.worded import worded

_NOT_OWN = ("sample_id", "patient_id", "is_correction")


def inline_tables(table: Table) -> tuple[Table, ...]:
    """Return the tables whose columns a file of this table may carry beside its own."""
    return INLINE_TABLES if table.kind == "measurement" else ()


def rows_of(table: Table, named: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a table, with `source_line` and `source_rows`.

    Args:
        table: the table.
        named: text columns by canonical name, and `source_line`.
    """
    wanted = [x for c in table.input_columns for x in (c, exponent_column(c))]
    return named.select(
        *(c for c in wanted if c in named.columns),
        pl.col("source_line").cast(pl.Int64),
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )


def inline_rows(table: Table, named: pl.DataFrame) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Return the rows of samples and patients that measurements carry, and INLINE_INCOMPLETE findings.

    Args:
        table: table of the file.
        named: as `rows_of` takes it.
    """
    found: dict[str, pl.DataFrame] = {}
    findings: list[pl.DataFrame] = []
    for inline in inline_tables(table):
        own = [c for c in inline.input_columns if c in named.columns and c not in _NOT_OWN]
        if not own:
            continue
        missing = [c for c in inline.required if c not in named.columns]
        if missing:
            findings.append(
                one_finding(
                    0,
                    "INLINE_INCOMPLETE",
                    f"{', '.join(own)} left out: a {inline.name} row also needs {', '.join(missing)}",
                    value=", ".join(missing),
                )
            )
            continue
        rows = rows_of(inline, named).drop("is_correction", strict=False)
        found[inline.name] = rows.filter(pl.any_horizontal(pl.col(c).is_not_null() for c in own))
    return found, all_findings(findings)


def shape_findings(parts: Delimited, extra: list[str], why_extra: str) -> pl.DataFrame:
    """Return findings on columns that are left out, and on rows with too many or too few cells."""
    findings = []
    if extra:
        findings.append(
            one_finding(
                0,
                "EXTRA_COLUMN",
                f"left out: {', '.join(extra)}; {why_extra}",
                value=", ".join(extra),
            )
        )
    for frame, code, word, advice in (
        (parts.too_long, "ROW_TOO_LONG", "more", "quote cells that hold the separator"),
        (parts.too_short, "ROW_TOO_SHORT", "fewer", "write empty cells with their separators"),
    ):
        findings.append(
            row_findings(
                frame.with_columns(pl.lit(0).alias("file_no")),
                code,
                worded(
                    "the row has {} cells, {} than the {} of the header; " + advice,
                    pl.col("n_cells"),
                    pl.lit(word),
                    pl.lit(len(parts.header)),
                ),
            )
        )
    return all_findings(findings)
