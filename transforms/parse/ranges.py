"""What pandera says of typed rows: required cells that are empty, numbers out of range."""

import pandera.errors
import polars as pl

from schemas.models import MODELS
from schemas.tables import Table
from transforms.problems import all_findings, no_findings, row_findings
from transforms.worded import worded


def range_findings(
    table: Table, typed: pl.DataFrame, rows: pl.DataFrame, found: pl.DataFrame
) -> pl.DataFrame:
    """Return the findings of a table's pandera model.

    Args:
        table: the table.
        typed: typed rows.
        rows: the same rows as text, with `row`, `file_no`, `source_line`.
        found: findings of cells that could not be read, which are not said twice.

    Raises:
        AssertionError: the model found something that is not about a row, which is a bug.
    """
    frame = typed.with_columns(
        source_sha256=pl.lit(""),
        is_current=True,
        counts_for_sample_id=pl.lit(None, dtype=pl.String),
    ).select(table.stored_columns)
    try:
        MODELS[table.name].validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return no_findings()
    if cases["index"].null_count():
        raise AssertionError(f"{table.name}: {cases.filter(pl.col('index').is_null()).to_dicts()}")
    parts = []
    for column in cases["column"].unique(maintain_order=True).to_list():
        field = table.field(column)
        at = cases.filter(pl.col("column") == column).select(
            pl.col("index").cast(pl.UInt32).alias("row"), pl.col("check")
        )
        text = rows.select("row", "file_no", "source_line", pl.col(column).alias("text"))
        failed = at.join(text, on="row").join(
            found.filter(pl.col("column") == column).select("file_no", "source_line"),
            on=["file_no", "source_line"],
            how="anti",
        )
        empty = failed.filter(pl.col("text").is_null())
        parts.append(
            row_findings(
                empty,
                "VALUE_MISSING",
                pl.lit(f"{column} is empty; {table.name} rows need it"),
                column=column,
            )
        )
        bounds = [
            f"{w} {v:g}"
            for w, v in (("at least", field.ge), ("more than", field.gt), ("at most", field.le))
            if v is not None
        ]
        message = worded(
            "{} {} is out of range; it is {}",
            pl.lit(column),
            pl.col("text"),
            pl.lit(" and ".join(bounds)),
        )
        wrong = failed.filter(pl.col("text").is_not_null()).unique("row", maintain_order=True)
        parts.append(
            row_findings(wrong, "OUT_OF_RANGE", message, column=column, value=pl.col("text"))
        )
    return all_findings(parts)
