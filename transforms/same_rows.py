"""Whether two states of a table hold the same rows, and which cells differ where they do not."""

from dataclasses import dataclass

import polars as pl

from schemas.tables import Table

_SOURCE = ("source_sha256", "source_line")


@dataclass(frozen=True)
class RowDifferences:
    """Where a table as it is stored differs from the same table as it was recomputed.

    Attributes:
        n_stored: rows stored.
        n_recomputed: rows recomputed.
        only_stored: `row` (key in words) of rows that were not recomputed.
        only_recomputed: `row` of rows that are not stored.
        cells: `row`, `column`, `stored`, `recomputed` (text) of cells that differ in rows of both.
    """

    n_stored: int
    n_recomputed: int
    only_stored: pl.DataFrame
    only_recomputed: pl.DataFrame
    cells: pl.DataFrame

    @property
    def is_same(self) -> bool:
        """Whether every row is in both, and alike to the last digit."""
        parts = (self.only_stored, self.only_recomputed, self.cells)
        return all(part.is_empty() for part in parts)


def row_differences(table: Table, stored: pl.DataFrame, recomputed: pl.DataFrame) -> RowDifferences:
    """Compare all rows of a table with its recomputation, number by number without tolerance.

    Args:
        table: the table; rows are matched by its key and, where it is an input, by the line they are from.
        stored: its rows, with `collected_year` where it is stored by year.
        recomputed: the same.
    """
    columns = [*table.stored_columns, *(["collected_year"] if table.is_by_year else [])]
    key = [*table.key, *(c for c in _SOURCE if table.is_input and c not in table.key)]
    old, new = _numbered(stored.select(columns), key), _numbered(recomputed.select(columns), key)
    on = [*key, "nth"]
    both = old.join(new, on=on, how="inner", suffix=" new", nulls_equal=True).sort(on)
    empty = pl.DataFrame(
        schema=dict.fromkeys(("row", "column", "stored", "recomputed"), pl.String())
    )
    cells = [empty]
    for column in columns:
        if column in key:
            continue
        now = f"{column} new"
        differs = both.filter(pl.col(column).ne_missing(pl.col(now)))
        texts = (_text(differs, column).alias("stored"), _text(differs, now).alias("recomputed"))
        cells.append(differs.select(_words(key), pl.lit(column).alias("column"), *texts))
    return RowDifferences(
        stored.height,
        recomputed.height,
        old.join(new, on=on, how="anti", nulls_equal=True).sort(on).select(_words(key)),
        new.join(old, on=on, how="anti", nulls_equal=True).sort(on).select(_words(key)),
        pl.concat(cells),
    )


def _numbered(rows: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Number the rows of a key and line: one line may give several."""
    return rows.with_columns(pl.int_range(pl.len()).over(key).alias("nth"))


def _words(key: list[str]) -> pl.Expr:
    parts = [
        pl.col(c).str.slice(0, 12) if c == "source_sha256" else pl.col(c).cast(pl.String)
        for c in key
    ]
    return pl.concat_str(parts, separator=" · ", ignore_nulls=True).alias("row")


def _text(rows: pl.DataFrame, column: str) -> pl.Expr:
    if isinstance(rows.schema[column], pl.List):
        return pl.col(column).cast(pl.List(pl.String)).list.join(", ")
    return pl.col(column).cast(pl.String)
