"""Sentences of columns, also of a column whose first chunk is empty."""

from datetime import date

import polars as pl
import pytest

from tests.unit.digital_pcr import ASSAY, aq_1
from tests.unit.reading import codes, read
from transforms.worded import worded

FRAME = pl.DataFrame(
    {
        "text": ["a", None, "{}"],
        "whole": [1, 2, 3],
        "number": [0.1, 1e-7, 1e20],
        "day": [date(2024, 1, 2)] * 3,
        "word": pl.Series(["X", "Y", None], dtype=pl.Enum(["X", "Y"])),
        "is_so": [True, False, None],
    }
)


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("sample {}, run {}", ("text", "whole")),
        ("{}", ("number",)),
        ("{}{}.", ("number", "day")),
        ("of {} ", (pl.col("word").cast(pl.String),)),
        ("{} is {}", ("word", "is_so")),
        ("{} cells, the header {}", (pl.col("whole"), pl.lit(9))),
        ("one sentence", ()),
        ("{} of one", (pl.lit("row"),)),
    ],
)
def test_words_are_those_of_polars(template: str, parts: tuple[str | pl.Expr, ...]) -> None:
    """Same text, same nulls, same name."""
    assert FRAME.select(worded(template, *parts)).equals(FRAME.select(pl.format(template, *parts)))
    found = FRAME.select(worded(template, *parts)).columns
    assert found == FRAME.select(pl.format(template, *parts)).columns


def test_as_many_parts_as_places() -> None:
    """A part too many would vanish from the message."""
    with pytest.raises(ValueError, match="1 places and 2 parts"):
        worded("sample {}", "a", "b")
