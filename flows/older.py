"""Tables of an older program as those of today: a column that it did not know is null, a word stays the word."""

from typing import Any

import polars as pl

from flows.errors import EXIT_NOT_PUBLISHED, FormatError
from schemas.tables import MEASUREMENT_TABLES, Table

_MEANT = {
    ("loads", "outcome"): pl.lit("PUBLISHED"),
    **{(t.name, "counts_for_sample_id"): pl.col("sample_id") for t in MEASUREMENT_TABLES},
}
"""What rows mean that were written before a column was there, where that is known."""


def as_of_today(table: Table, rows: pl.LazyFrame, place: str) -> pl.LazyFrame:
    """Return stored rows with today's columns and types.

    Args:
        table: the table.
        rows: its rows as an older program wrote them.
        place: the file, to name it.

    Raises:
        FormatError: a column holds what today's has no place for.
    """
    old = rows.collect_schema()
    columns = []
    for name, dtype in table.polars_schema.items():
        if name not in old:
            meant = _MEANT.get((table.name, name), pl.lit(None))
            columns.append(meant.cast(dtype).alias(name))
        elif isinstance(dtype, pl.Enum) and isinstance(old[name], pl.Enum | pl.String):
            text = pl.col(name).cast(pl.String)
            _refuse_unknown(rows.select(text), dtype, f"{place}: column {name}")
            columns.append(text.cast(dtype))
        elif old[name] == dtype:
            columns.append(pl.col(name))
        else:
            raise _refusal(f"{place}: column {name} has type {old[name]}, and today's is {dtype}")
    return rows.select(columns)


def _refuse_unknown(text: pl.LazyFrame, dtype: pl.Enum, place: str) -> None:
    column = pl.first()
    unknown = text.filter(column.is_not_null() & ~column.is_in(dtype.categories.implode()))
    found: list[Any] = unknown.unique().sort(column).collect().to_series().to_list()
    if found:
        raise _refusal(f"{place} has the word {found[0]}, which this program does not know")


def _refusal(words: str) -> FormatError:
    return FormatError(
        f"{words}; load the files of the inputs folder into a new warehouse", EXIT_NOT_PUBLISHED
    )
