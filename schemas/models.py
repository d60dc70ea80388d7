"""pandera models of every table, generated from `schemas.tables` and `schemas.fields`.

Validate eager frames only: pandera checks a LazyFrame's types and nothing else.
"""

from typing import Any

import pandera.polars as pa
import polars as pl

from schemas.tables import TABLES, Table


def _column(table: Table, name: str) -> Any:
    spec = table.field(name)
    bounds: dict[str, Any] = {
        bound: value
        for bound, value in (("ge", spec.ge), ("gt", spec.gt), ("le", spec.le))
        if value is not None
    }
    return pa.Field(
        nullable=not table.is_never_null(name),
        description=spec.description,
        metadata={"unit": spec.unit},
        **bounds,
    )


def _model(table: Table) -> type[pa.DataFrameModel]:
    annotations = {c: _annotation(table.field(c).dtype) for c in table.stored_columns}
    config = type(
        "Config", (), {"name": table.name, "strict": True, "ordered": True, "coerce": False}
    )
    namespace: dict[str, Any] = {
        "__annotations__": annotations,
        "__doc__": f"{table.name}: one row per {table.grain}.",
        "__module__": __name__,
        "Config": config,
        **{c: _column(table, c) for c in table.stored_columns},
    }
    return type(table.name.title().replace("_", ""), (pa.DataFrameModel,), namespace)


def _annotation(dtype: pl.DataType) -> Any:
    return dtype


MODELS: dict[str, type[pa.DataFrameModel]] = {name: _model(t) for name, t in TABLES.items()}
