"""Words of a table made comparable, once in Python for a layout and once in polars for its cells."""

import unicodedata

import polars as pl

from transforms.parse.numbers import tidy

_BLANKS = r"[\s\u00a0\u2007\u202f]+"
_NUMBER = (
    r"^(?:<=|>=|[<>≤≥])?\s*(?:mr\s*)?[+-]?[0-9.,][0-9.,' ’]*(?:e[+-]?[0-9]+)?"
    r"(?:\s?[x×*·]\s?10)?(?:\^?-?[0-9]+)?\s*%?\s*\(?(?:is)?\)?$"
)


def tidy_heading(text: str) -> str:
    """Return a heading trimmed, with its inner blanks and line breaks as one blank each; case counts."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def tidy_word(text: str) -> str:
    """Return a word as it is compared: as a heading, without case."""
    return tidy_heading(text).lower()


def tidy_cells(cell: pl.Expr) -> pl.Expr:
    """Return cells as `tidy_word` returns words."""
    return (
        cell.str.normalize("NFC").str.replace_all(_BLANKS, " ").str.strip_chars().str.to_lowercase()
    )


def is_number(word: pl.Expr) -> pl.Expr:
    """Tell cells that hold a number, perhaps with a bound, a percent sign or `MR`, from words.

    Args:
        word: as `tidy_cells` gives it.
    """
    plain = tidy(word)
    return plain.str.contains(_NUMBER) & plain.str.contains("[0-9]")
