"""Findings as frames, and the exception for a file that cannot be used at all."""

from functools import cache

import polars as pl

from schemas.findings import FINDING_CODES
from schemas.tables import TABLES
from transforms.printable import shown, shown_column

FINDING_SCHEMA: dict[str, pl.DataType] = {
    "file_no": pl.Int64(),
    **{
        name: TABLES["findings"].polars_schema[name]
        for name in (
            "source_line",
            "source_place",
            "code",
            "severity",
            "column",
            "value",
            "message",
        )
    },
}
"""Findings inside a load: `file_no` counts the files of the load, and becomes the source later;
`source_place` is filled when the layout of the file is known."""


STORED_FINDING_SCHEMA: dict[str, pl.DataType] = {
    "source_sha256": pl.String(),
    **{c: t for c, t in FINDING_SCHEMA.items() if c not in ("file_no", "source_place")},
}
"""Findings on stored rows, which may be of any load."""


class FileRefusedError(Exception):
    """A file that cannot be used; becomes one finding about the file.

    Attributes:
        code: finding code.
        message: what is wrong and what would be right.
        line: source line, when one is to blame.
        value: the text to blame.
    """

    def __init__(
        self, code: str, message: str, *, line: int | None = None, value: str | None = None
    ) -> None:
        """Store the parts of the finding."""
        super().__init__(message)
        self.code, self.message, self.line, self.value = code, message, line, value


@cache
def no_findings() -> pl.DataFrame:
    """Return an empty frame of findings."""
    return pl.DataFrame(schema=FINDING_SCHEMA)


def one_finding(
    file_no: int,
    code: str,
    message: str,
    *,
    line: int | None = None,
    column: str | None = None,
    value: str | None = None,
    severity: str | None = None,
) -> pl.DataFrame:
    """Return a frame with one finding; what cannot be seen in its texts is written out."""
    row = {
        "file_no": file_no,
        "source_line": line,
        "source_place": None,
        "code": code,
        "severity": severity or FINDING_CODES[code].severity.value,
        "column": column,
        "value": None if value is None else shown(value),
        "message": shown(message),
    }
    return pl.DataFrame([row], schema=FINDING_SCHEMA)


def row_findings(
    rows: pl.DataFrame,
    code: str,
    message: pl.Expr,
    *,
    column: str | None = None,
    value: pl.Expr | None = None,
    severity: str | None = None,
) -> pl.DataFrame:
    """Return one finding for each row; what cannot be seen in its texts is written out.

    Args:
        rows: offending rows with `file_no` and `source_line`.
        code: finding code.
        message: expression over `rows`.
        column: column to blame.
        value: expression of the text to blame.
        severity: severity, when it is not the code's own.
    """
    if rows.is_empty():
        return no_findings()
    return rows.select(
        pl.col("file_no").cast(pl.Int64),
        pl.col("source_line").cast(pl.Int64),
        pl.lit(None, dtype=pl.String).alias("source_place"),
        pl.lit(code).alias("code"),
        pl.lit(severity or FINDING_CODES[code].severity.value)
        .cast(FINDING_SCHEMA["severity"])
        .alias("severity"),
        pl.lit(column, dtype=pl.String).alias("column"),
        (
            pl.lit(None, dtype=pl.String) if value is None else shown_column(value.cast(pl.String))
        ).alias("value"),
        shown_column(message.cast(pl.String)).alias("message"),
    )


def rows_said(n: int, first: int, last: int) -> str:
    """Return how many rows stand on which lines, in words."""
    rows = "1 row" if n == 1 else f"{n} rows"
    return f"{rows} on line {first}" if first == last else f"{rows} on lines {first} to {last}"


def all_findings(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Return the findings of several steps in one frame."""
    return pl.concat(frames) if frames else no_findings()


def rejected_rows(findings: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct `file_no`, `source_line` that have a REJECTED finding."""
    return (
        findings.filter(pl.col("severity") == "REJECTED", pl.col("source_line").is_not_null())
        .select("file_no", "source_line")
        .unique(maintain_order=True)
    )


def stored_findings(rows: pl.DataFrame, code: str, message: pl.Expr, column: str) -> pl.DataFrame:
    """Return one finding for each stored row, of the `STORED_FINDING_SCHEMA`.

    Args:
        rows: rows with `source_sha256` and `source_line`.
        code: finding code.
        message: expression over `rows`.
        column: column to blame, whose text is the value.
    """
    return rows.select(
        "source_sha256",
        "source_line",
        pl.lit(code).alias("code"),
        pl.lit(FINDING_CODES[code].severity.value).alias("severity"),
        pl.lit(column).alias("column"),
        pl.col(column).cast(pl.String).alias("value"),
        message.alias("message"),
    ).select(pl.col(c).cast(t) for c, t in STORED_FINDING_SCHEMA.items())
