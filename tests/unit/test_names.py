"""Names of samples that may mean one: told once, never joined."""

from itertools import permutations
from typing import Any

import polars as pl
import pytest

from transforms.names import alike, names_alike

# names that a person may take for one, and names that nobody does
DRAWN = [
    ("S-12", "s-12", True),
    ("S-12", "S 12", True),
    ("S-12", "S_12", True),
    ("S-12", "S\u201312", True),
    ("S-12", "S - 12", True),
    ("S 12", "S\u00a012", True),
    ("S 12", "S  12 ", True),
    ("\uff331", "S1", True),
    ("Größe", "GRÖSSE", False),
    ("S-12", "S12", False),
    ("1-23", "12-3", False),
    ("S1", "S2", False),
    ("S1", "S01", False),
    ("S.1", "S1", False),
]


@pytest.mark.parametrize(("one", "other", "expected"), DRAWN)
def test_alike(one: str, other: str, expected: bool) -> None:
    """Case, forms of a letter and the sign between parts; a part less or more is another name."""
    keys = pl.DataFrame({"n": [one, other]}).select(alike(pl.col("n"))).to_series()
    assert (keys[0] == keys[1]) is expected


def places(*names: str) -> pl.DataFrame:
    """Return names with a place each; `name@2` stands in the second file."""
    rows = []
    for line, text in enumerate(names, start=2):
        name, _, number = text.partition("@")
        rows.append((name, (number or "1") * 64, line))
    schema = {"sample_id": pl.String, "source_sha256": pl.String, "source_line": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def found(new: pl.DataFrame, known: pl.DataFrame) -> list[tuple[Any, ...]]:
    """Return file, line and names of each finding."""
    rows = names_alike(new, known).select("source_sha256", "source_line", "value").rows()
    return [(sha[0], line, value) for sha, line, value in rows]


def test_new_name_beside_a_known_one() -> None:
    """The finding stands where the new name does, and says where both came from."""
    new, known = places("A 1@2", "B 2@2"), places("A-1", "C")
    assert found(new, known) == [("2", 2, "A 1; A-1")]
    message = names_alike(new, known)["message"][0]
    assert message.startswith(
        f"A 1 (line 2 of {'2' * 12}), A-1 (line 2 of {'1' * 12}) may be one sample"
    )
    assert "are kept as 2" in message


def test_names_of_one_load() -> None:
    """Two new names are one finding, at the last of them; the same rows in another order say the same."""
    rows = places("A-1", "a-1@2", "A_1@3", "B").rows()
    expected = [("2", 3, "A-1; A_1; a-1")]
    for order in permutations(rows):
        new = pl.DataFrame(list(order), schema=places().schema, orient="row")
        assert found(new, places()) == expected


def test_known_names_are_told_no_more() -> None:
    """A load that brings neither name anew says nothing, and a name alone says nothing."""
    assert found(places("B"), places("A-1", "a-1")) == []
    assert found(places("A-1", "A-1@2"), places()) == []
    assert found(places(), places("A-1", "a-1")) == []


def test_many_names() -> None:
    """A message stays short."""
    message = names_alike(places(*(f"A{' ' * n}-1" for n in range(8))), places())["message"][0]
    assert " and 3 more may be one sample and are kept as 8" in message
