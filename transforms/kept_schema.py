"""Whether rows keep the schema of their table: what pandera tells column by column, told in one pass.

A load of a few rows writes twenty tables, and pandera takes as long for one of them as polars for all.
"""

from collections.abc import Iterator

import polars as pl

from schemas.tables import Table


def keeps_schema(table: Table, frame: pl.DataFrame) -> bool:
    """Tell whether the pandera model of a table finds nothing in a frame.

    Args:
        table: the table.
        frame: rows with its stored columns.
    """
    if list(frame.schema.items()) != list(table.polars_schema.items()):
        return False
    broken = frame.select(b.any().alias(str(n)) for n, b in enumerate(_broken(table)))
    return not any(broken.row(0)) if broken.width else True


def _broken(table: Table) -> Iterator[pl.Expr]:
    """Yield for each rule on a column whether a cell breaks it; an empty cell keeps every rule but one."""
    for name in table.stored_columns:
        cell, spec = pl.col(name), table.field(name)
        if table.is_never_null(name):
            yield cell.is_null()
            if spec.dtype.is_float():
                yield cell.is_nan()
        if spec.ge is not None:
            yield ~(cell >= spec.ge)
        if spec.gt is not None:
            yield ~(cell > spec.gt)
        if spec.le is not None:
            yield ~(cell <= spec.le)
