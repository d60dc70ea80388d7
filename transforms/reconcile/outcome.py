"""What became of new rows, and how rows that disagree are described."""

from dataclasses import dataclass

import polars as pl

from schemas.tables import Table
from transforms.problems import all_findings
from transforms.worded import worded

SOURCE = ("source_sha256", "source_line")
COUNTED = ("file_no", "source_line", "source_rows")
COUNTED_SCHEMA = {"file_no": pl.Int64(), "source_line": pl.Int64(), "source_rows": pl.Int64()}


@dataclass(frozen=True)
class Reconciled:
    """What became of the new rows of one table.

    Attributes:
        rows: all rows of the touched keys after the load, stored columns.
        changed: key columns of rows whose content is new or different.
        accepted: `file_no`, `source_line`, `source_rows` of rows that are used.
        rejected: the same of rows that contradict others.
        ignored: the same of rows that were given before.
        findings: one for each rejected row.
    """

    rows: pl.DataFrame
    changed: pl.DataFrame
    accepted: pl.DataFrame
    rejected: pl.DataFrame
    ignored: pl.DataFrame
    findings: pl.DataFrame

    @classmethod
    def untouched(cls, rows: pl.DataFrame) -> "Reconciled":
        """Return a table that got no new rows."""
        none = pl.DataFrame(schema=COUNTED_SCHEMA)
        return cls(rows, rows.clear(), none, none, none, all_findings([]))


def identity(table: Table) -> list[str]:
    """Return the key of a table without the version of a result."""
    return [c for c in table.key if c != "result_version"]


def agrees(columns: list[str], suffix: str) -> pl.Expr:
    """Say whether a row and the row beside it agree in all columns, nulls included."""
    return pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"{c}{suffix}")) for c in columns)


def differences(columns: list[str], suffix: str, *, both_given: bool) -> pl.Expr:
    """Say in words where a row and the row beside it differ."""
    parts = []
    for c in columns:
        mine, other = pl.col(c), pl.col(f"{c}{suffix}")
        differs = (mine != other) if both_given else mine.ne_missing(other)
        parts.append(
            pl.when(differs).then(
                worded(
                    "{} {} against {}",
                    pl.lit(c),
                    mine.cast(pl.String).fill_null("empty"),
                    other.cast(pl.String).fill_null("empty"),
                )
            )
        )
    return pl.concat_str(parts, separator=", ", ignore_nulls=True)


def where(suffix: str = "") -> pl.Expr:
    """Name line and file of a row; people get the file's name for its hash later."""
    return worded(
        "line {} of {}",
        pl.col(f"source_line{suffix}"),
        pl.col(f"source_sha256{suffix}").str.slice(0, 12),
    )


def key_text(keys: list[str]) -> pl.Expr:
    """Name a row by its key."""
    return pl.concat_str(
        [worded("{} {}", pl.lit(k), pl.col(k).cast(pl.String)) for k in keys],
        separator=", ",
        ignore_nulls=True,
    )
