"""Sentences of columns, also of a column whose first chunk is empty."""

from datetime import date

import polars as pl
import pytest

from tests.unit.digital_pcr import aq_1, read
from tests.unit.reading import codes
from transforms.readers.delimited import read_delimited, text_lines
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


def test_a_column_whose_first_chunk_is_empty() -> None:
    """polars reads a long text in parts; the part without a short row leaves an empty chunk."""
    text = "a,b\n" + "x,y\n" * 20_000 + "z\n" * 3
    short = read_delimited(text_lines(text.encode()), ",").too_short
    assert [len(chunk) for chunk in short["n_cells"].get_chunks()] == [0, 3]
    message = short.select(worded("the row has {} cells", "n_cells"))
    assert message.to_series().to_list() == ["the row has 1 cells"] * 3


def test_an_export_cut_far_down() -> None:
    """A damaged export of digital PCR: a cell of 70,000 characters, and rows that stop early."""
    wells = "\n".join(f"2024-05-19 S{n} A{n} 15000 VIC MUT 3" for n in range(1, 4))
    lines = aq_1(wells).replace("Group 1", "x" * 70_000, 3).splitlines()
    cut = "\r\n".join([*lines, *(lines[-1][:9] for _ in range(2)), ""])
    assert [c for c in codes(read(cut).findings) if c[1] == "ROW_TOO_SHORT"] == [
        (5, "ROW_TOO_SHORT"),
        (6, "ROW_TOO_SHORT"),
    ]
