"""The last look at a table before it is written sees what its pandera model sees."""

from datetime import UTC, date, datetime
from typing import Any

import pandera.errors
import polars as pl
import pytest

from schemas.fields import Field
from schemas.models import MODELS
from schemas.tables import TABLES, Table
from transforms.kept_schema import keeps_schema

NUMBERS = (-1.0, 0.0, 0.5, 1.0, 2.0, 100.0, 1e300, float("inf"), float("-inf"), float("nan"))


def legal(field: Field) -> Any:
    """Return a cell that breaks no rule."""
    dtype = field.dtype
    if isinstance(dtype, pl.Enum):
        return dtype.categories[0]
    if dtype.is_numeric():
        return 1 if field.le is None else min(1, field.le)
    others = {pl.Boolean: True, pl.Date: date(2024, 1, 1), pl.Datetime: datetime(2024, 1, 1, tzinfo=UTC), pl.String: "x"}  # fmt: skip
    return others.get(dtype.base_type(), [])


def cells(dtype: pl.DataType) -> list[Any]:
    """Return cells that may break a rule, and some that do not."""
    if not dtype.is_numeric():
        return [None]
    return [None, *(NUMBERS if dtype.is_float() else (-1, 0, 1, 2, 1000))]


def one_cell_otherwise(table: Table) -> pl.DataFrame:
    """Return rows of which each has one cell that may be wrong; the first has none."""
    schema = table.polars_schema
    plain = {c: legal(table.field(c)) for c in schema}
    rows = [plain, *({**plain, c: cell} for c, t in schema.items() for cell in cells(t))]
    return pl.DataFrame(rows, schema=schema, strict=False)


@pytest.mark.parametrize("name", TABLES)
def test_sees_what_pandera_sees(name: str) -> None:
    """Row by row: empty cells that must not be, numbers below or above their bounds, and what is no number."""
    table = TABLES[name]
    rows = one_cell_otherwise(table)
    broken: set[int] = set()
    try:
        MODELS[name].validate(rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        broken = set(errors.failure_cases["index"].cast(pl.Int64))
    seen = {n for n in range(rows.height) if not keeps_schema(table, rows[n])}
    assert seen == broken
    assert 0 not in broken
    assert len(broken) >= len(table.required)
    assert keeps_schema(table, rows) is (not broken)


def test_other_columns_types_and_order() -> None:
    """A frame of another shape keeps no schema, and one without rows keeps its own."""
    table = TABLES["mrd_status"]
    empty = table.empty()
    first, *others = empty.columns
    assert keeps_schema(table, empty)
    for other in (
        empty.drop(first),
        empty.with_columns(new=pl.lit(1)),
        empty.select(*others, first),
        empty.with_columns(pl.col(first).cast(pl.Categorical)),
    ):
        assert not keeps_schema(table, other)
