"""What the cells of a column suggest: how dates are written, which words it has, which unit its heading names."""

import re

import polars as pl

from schemas.fields import Field
from transforms.layouts.layout import GAP
from transforms.layouts.units import units_of
from transforms.layouts.words import is_number, tidy_cells, tidy_word

_MAX_WORDS, _MAX_LETTERS = 8, 40
_TIME = r"(?: [0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?$"
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?$"
_UNITS = {"%": "pct", "pg": "pg", "ng": "ng", "µg": "ug", "ug": "ug", "nl": "nl", "pl": "pl", "µl": "ul", "ul": "ul", "ml": "ml", "ppm": "per_million", "% is": "pct"}  # fmt: skip
_BRACKET = r"[\[(]([^\])]*)[\])]\s*$"
_SCALE = r"(?:in )?(?:log(?:10)?|mr|is|mr is|% ?\(?is|is ?%|[x×*]? ?[0-9]+(?:[.,' ][0-9]{3})*|[x×*]? ?10(?:\^|e|\*\*)?-?[0-9⁰-⁹]+|tsd\.?|mio\.?|k|thousands?|millions?)"
"""What scales a number without being a unit of a layout: seen, so that it becomes a gap."""


def date_format(cells: pl.Series) -> str:
    """Return the format of dates; empty where they are read as they are, `?` where it cannot be told."""
    written = cells.filter(~cells.str.contains(_ISO))
    if written.is_empty():
        return ""
    for mark in (".", "/", "-"):
        sign = re.escape(mark)
        for year, short in (("[0-9]{4}", "%Y"), ("[0-9]{2}", "%y")):
            if written.str.contains(rf"^[0-9]{{4}}{sign}[0-9]{{1,2}}{sign}[0-9]{{1,2}}$").all():
                return mark.join(("%Y", "%m", "%d"))
            if written.str.contains(rf"^[0-9]{{1,2}}{sign}[A-Za-z]{{3}}{sign}{year}$").all():
                return mark.join(("%d", "%b", short))
            if written.str.contains(rf"^[0-9]{{1,2}}{sign}[0-9]{{1,2}}{sign}{year}{_TIME}").all():
                order = _order(written, mark, has_short_year=short == "%y")
                time = _time(written)
                if order is None or time is None:
                    return GAP
                return mark.join((*order, short)) + time
    return GAP


def _order(written: pl.Series, mark: str, *, has_short_year: bool) -> tuple[str, str] | None:
    """Return whether day or month comes first; None where neither or both are seen, or perhaps the year."""
    first, second, third = (
        written.str.extract(r"^([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]+)", g).cast(pl.Int64)
        for g in (1, 2, 3)
    )
    if mark == ".":
        # only the day is written first with points, unless the cells show otherwise
        return None if (first > 31).any() or (second > 12).any() else ("%d", "%m")
    is_day_first, is_month_first = bool((first > 12).any()), bool((second > 12).any())
    # 24/03/15 is 24 March 2015 or 15 March 2024
    could_be_year_first = has_short_year and not is_month_first and bool((third <= 31).all())
    if is_day_first == is_month_first or could_be_year_first or (first > 31).any():
        return None
    return ("%d", "%m") if is_day_first else ("%m", "%d")


def _time(written: pl.Series) -> str | None:
    """Return the format of the time of day after the dates; None where only some have one."""
    colons = written.str.count_matches(":").unique().to_list()
    return {0: "", 1: " %H:%M", 2: " %H:%M:%S"}[colons[0]] if len(colons) == 1 else None


def few_words(cells: pl.Series, *, beside_numbers: bool = False) -> list[str] | None:
    """Return the distinct words of a column, one spelling each; None where they may not be shown.

    Args:
        cells: cells that are not empty.
        beside_numbers: leave out cells that are numbers.
    """
    frame = pl.DataFrame({"w": cells}).with_columns(tidy_cells(pl.col("w")).alias("t"))
    if beside_numbers:
        frame = frame.filter(~is_number(pl.col("t")))
    words = frame.group_by("t").agg(pl.col("w").min()).sort("t")["w"]
    is_shown = words.len() <= _MAX_WORDS and not (
        words.str.contains("[0-9]") | (words.str.len_chars() > _MAX_LETTERS)
    ).any()  # fmt: skip
    return words.to_list() if is_shown else None


def bracket_of(heading: str) -> str:
    """Return what stands in brackets at the end of a heading."""
    found = re.search(_BRACKET, heading)
    return found.group(1) if found else ""


def is_measure(bracket: str) -> bool:
    """Tell a unit or a scale in brackets from words that say what a column is."""
    text = tidy_word(bracket)
    parts = [p.strip() for p in text.split("/")]
    return bool(text) and (all(p in _UNITS for p in parts) or bool(re.fullmatch(_SCALE, text)))


def unit_in(heading: str, field: Field) -> str:
    """Return the unit that a heading names, where it is not the canonical one; `?` where it is no unit of the column."""
    units = units_of(field)
    bracket = tidy_word(bracket_of(heading))
    if is_measure(bracket):
        unit = _UNITS.get(bracket, "")
        if unit not in units:
            return GAP
        return unit if units[unit] else ""
    for word in re.findall(r"%|[A-Za-zµ]+", heading):
        unit = _UNITS.get(word.lower(), "")
        if units.get(unit):
            return unit
    return ""
