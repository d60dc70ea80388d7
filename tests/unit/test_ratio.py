"""Division gives the bits of Python's, however polars holds what is divided."""

import itertools
import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.ratio import ratio

HELD = ("by row", "from one row", "literal column")
"""How a frame may hold a column of one value: as many values, or as one for all rows."""

ENGINES = ("eager", "in-memory", "streaming")
NUMBERS = st.none() | st.floats() | st.integers(1, 10**9).map(float)


def _frame(height: int, **columns: tuple[str, float | None]) -> pl.DataFrame:
    frame = pl.DataFrame({"key": [1] * height})
    for name, (held, value) in columns.items():
        if held == "by row":
            frame = frame.with_columns(pl.Series(name, [value] * height, dtype=pl.Float64))
        elif held == "from one row":
            one = pl.DataFrame({"key": [1], name: [value]}, schema_overrides={name: pl.Float64})
            frame = frame.join(one, on="key")
        else:
            frame = frame.with_columns(pl.lit(value, dtype=pl.Float64).alias(name))
    return frame


def _divided(frame: pl.DataFrame, quotient: pl.Expr, engine: str) -> list[float | None]:
    named = quotient.alias("quotient")
    if engine == "eager":
        return frame.select(named)["quotient"].to_list()
    found = frame.lazy().with_columns(named).collect(engine=engine)  # type: ignore[call-overload]
    values: list[float | None] = found["quotient"].to_list()
    return values


def _python(above: float | None, below: float | None) -> float | None:
    if above is None or below is None:
        return None
    if below != 0:
        return above / below
    if above == 0 or math.isnan(above):
        return math.nan
    return math.copysign(math.inf, above) * math.copysign(1.0, below)


@settings(deadline=None)
@given(NUMBERS, NUMBERS)
def test_bits_are_pythons_however_columns_are_held(
    above: float | None, below: float | None
) -> None:
    """One row or several, one value for all rows or one for each, eager or lazy."""
    expected = repr(_python(above, below))  # repr tells -0.0, NaN and every digit
    for height, a, b in itertools.product((1, 2, 3), HELD, HELD):
        frame = _frame(height, a=(a, above), b=(b, below))
        for engine in ENGINES:
            found = _divided(frame, ratio(pl.col("a"), pl.col("b")), engine)
            assert [repr(v) for v in found] == [expected] * height, (height, a, b, engine)


@settings(deadline=None)
@given(st.floats(), st.floats())
def test_a_number_may_stand_above_or_below(above: float, below: float) -> None:
    """A plain number divides, and is divided, with the same bits."""
    expected = repr(_python(above, below))
    for height, held, engine in itertools.product((1, 3), HELD, ENGINES):
        frame = _frame(height, a=(held, above), b=(held, below))
        for quotient in (ratio(pl.col("a"), below), ratio(above, pl.col("b"))):
            assert [repr(v) for v in _divided(frame, quotient, engine)] == [expected] * height


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8))
def test_rows_that_differ(rows: list[tuple[float | None, float | None]]) -> None:
    """Each row has its own quotient; one null takes nothing from its neighbours."""
    frame = pl.DataFrame(rows, schema={"a": pl.Float64, "b": pl.Float64}, orient="row")
    found = _divided(frame, ratio(pl.col("a"), pl.col("b")), "eager")
    assert list(map(repr, found)) == [repr(_python(a, b)) for a, b in rows]


@pytest.mark.parametrize("height", [1, 2, 100])
def test_a_sample_has_the_same_digits_alone_and_among_others(height: int) -> None:
    """Counts are whole numbers; 900 / 40000 is the case that was found."""
    frame = pl.DataFrame({"key": [1] * height, "a": [900] * height})
    frame = frame.join(pl.DataFrame({"key": [1], "b": [40_000]}), on="key")
    assert frame.select(ratio(pl.col("a"), pl.col("b"))).to_dict(as_series=False) == {
        "a": [0.0225] * height
    }


def test_in_groups() -> None:
    """Within groups, and over a window, a quotient is one of the group's."""
    frame = pl.DataFrame({"k": [1, 1, 2], "a": [900, 900, 1], "b": [40_000, 40_000, 3]})
    whole = ratio(pl.col("a").first(), pl.col("b").max()).alias("q")
    grouped = frame.group_by("k", maintain_order=True).agg(whole)
    assert grouped["q"].to_list() == [900 / 40_000, 1 / 3]
    over = frame.select(whole.over("k"))
    assert over["q"].to_list() == [900 / 40_000, 900 / 40_000, 1 / 3]
