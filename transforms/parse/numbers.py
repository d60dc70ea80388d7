"""Text to numbers, in every spelling that has one meaning and in no other.

Most cells are plain and are cast in one go; only the rest is looked at closer. Whether a comma is
a decimal sign is decided per file, from numbers of that file that have one meaning only.
"""

from dataclasses import dataclass

import polars as pl

from transforms.ratio import ratio

_MINUS = "\u2212"
_SUPERSCRIPTS = {"⁻": "^-", **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))}
_PLAIN = r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"

COMMA_IS_DECIMAL = (
    r"^[+-]?[0-9]*,[0-9]{1,2}$|^[+-]?[0-9]*,[0-9]{4,}$|^[+-]?0,[0-9]+$|^[+-]?[0-9]{4,},[0-9]+$"
    r"|^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$|^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}$"
    r"|^[+-]?[0-9]{1,3}(?:[ '’][0-9]{3})+,[0-9]+$|^[+-]?[0-9]+,[0-9]+[eE][+-]?[0-9]+$"
)
"""Numbers that only a decimal comma explains; `1.234.567` holds points that group."""
POINT_IS_DECIMAL = (
    r"^[+-]?[0-9]*\.[0-9]{1,2}$|^[+-]?[0-9]*\.[0-9]{4,}$|^[+-]?0\.[0-9]+$|^[+-]?[0-9]{4,}\.[0-9]+$"
    r"|^[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+$|^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}$"
    r"|^[+-]?[0-9]{1,3}(?:[ '’][0-9]{3})+\.[0-9]+$|^[+-]?[0-9]+\.[0-9]+[eE][+-]?[0-9]+$"
)
"""Numbers that only a decimal point explains."""
EITHER_COMMA = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"
EITHER_POINT = r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$"


@dataclass(frozen=True)
class NumberRule:
    """What a column allows besides a plain number.

    Attributes:
        percent: divisor for values written with a percent sign; None = not allowed.
        has_ratios: `1:10 000`, `5/10^6` and `10^-5` are numbers here.
        is_count: whole numbers, so that `500.000` is more likely half a million than 500.
    """

    percent: float | None = None
    has_ratios: bool = False
    is_count: bool = False


def tidy(text: pl.Expr) -> pl.Expr:
    """Return the text with typographic minus, superscripts and thin spaces made plain."""
    return (
        text.str.replace_all(_MINUS, "-", literal=True)
        .str.replace_many(_SUPERSCRIPTS)
        .str.replace_all(r"[\u00a0\u2007\u2009\u202f]", " ")
        .str.strip_chars()
    )


def bare_number(text: pl.Expr) -> pl.Expr:
    """Return the number of a cell without a comparison before and a percent sign behind it."""
    return tidy(text).str.replace(r"^(?:<=|>=|[<>≤≥])\s*", "").str.replace(r"\s*%.*$", "")


def separator_evidence(cells: pl.DataFrame) -> pl.DataFrame:
    """Say for each file what its numbers prove about comma and point.

    Args:
        cells: `file_no`, `text` of all number cells that hold a comma or a point.

    Returns:
        `file_no`, `comma_is_decimal`, `point_is_decimal`.
    """
    return (
        cells.select("file_no", bare_number(pl.col("text")).alias("core"))
        .group_by("file_no")
        .agg(
            pl.col("core").str.contains(COMMA_IS_DECIMAL).any().alias("comma_is_decimal"),
            pl.col("core").str.contains(POINT_IS_DECIMAL).any().alias("point_is_decimal"),
        )
    )


def plain_or_null(text: pl.Expr) -> pl.Expr:
    """Return the number of a plainly written cell, null for every other."""
    number = text.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def read_odd_numbers(cells: pl.DataFrame, rule: NumberRule) -> pl.DataFrame:
    """Read cells that are not plain numbers, or that stand in a file with decimal commas.

    Args:
        cells: `text`, `comma_is_decimal`, `point_is_decimal`.
        rule: what the column allows.

    Returns:
        The frame with `number` (null when unreadable) and `code` (null when readable).
    """
    text = tidy(pl.col("text"))
    operator = text.str.contains(r"^(?:<=|>=|[<>≤≥])")
    percent = text.str.contains(r"%\s*$")
    core = text.str.replace(r"\s*%\s*$", "")
    comma, point = pl.col("comma_is_decimal"), pl.col("point_is_decimal")
    ambiguous = (core.str.contains(EITHER_COMMA) & (comma == point)) | (
        core.str.contains(EITHER_POINT) & ((comma == point) if rule.is_count else (comma & point))
    )
    number = _grouped_number(core, comma)
    if rule.has_ratios:
        # a ratio says how much by itself; with a percent sign it could mean two things
        ratio = pl.when(~percent).then(_ratio(core, comma))
        number = pl.coalesce(number, _power(core), ratio)
    return cells.with_columns(
        pl.when(ambiguous | operator | (percent & pl.lit(rule.percent is None)))
        .then(None)
        .when(percent)
        .then(number * (1.0 / (rule.percent or 1.0)))
        .otherwise(number)
        .alias("number"),
        pl.when(operator)
        .then(pl.lit("OPERATOR_NOT_ALLOWED"))
        .when(percent & pl.lit(rule.percent is None))
        .then(pl.lit("PERCENT_NOT_ALLOWED"))
        .when(ambiguous)
        .then(pl.lit("AMBIGUOUS_NUMBER"))
        .alias("code"),
    ).with_columns(
        pl.when(pl.col("code").is_null() & pl.col("number").is_null())
        .then(pl.lit("NOT_A_NUMBER"))
        .otherwise("code")
        .alias("code")
    )


def _to_float(text: pl.Expr) -> pl.Expr:
    number = text.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _grouped_number(core: pl.Expr, comma_is_decimal: pl.Expr) -> pl.Expr:
    """Read a number with thousands separators or a decimal comma; ambiguity is ruled out before."""
    spaced = core.str.contains(r"^[+-]?[0-9]{1,3}(?:[ '’][0-9]{3})+(?:[.,][0-9]+)?$")
    commas = core.str.contains(r"^[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?$") & ~(
        comma_is_decimal & core.str.contains(EITHER_COMMA)
    )
    points = core.str.contains(r"^[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?$") & (
        comma_is_decimal | core.str.contains(r"\.[0-9]{3}\.|,")
    )
    comma = core.str.contains(r"^[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?$")
    plain = core.str.contains(rf"^{_PLAIN}$") | core.str.contains(r"^[+-]?\.[0-9]+$")
    return _to_float(
        pl.when(spaced)
        .then(core.str.replace_all(r"[ '’]", "").str.replace(",", ".", literal=True))
        .when(commas)
        .then(core.str.replace_all(",", "", literal=True))
        .when(points)
        .then(core.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(comma)
        .then(core.str.replace(",", ".", literal=True))
        .when(plain)
        .then(core)
    )


def _power(core: pl.Expr) -> pl.Expr:
    """Read `10^-5`, `10-5`, `2 x 10^-5`.

    Without a caret only one digit is an exponent: `10-15` is rather a range.
    """
    parts = r"^(?:([0-9]+(?:[.,][0-9]+)?) ?[x×*·] ?)?10(?:(?:\^|\*\*)(-[0-9]{1,2})|(-[1-9]))$"
    mantissa = core.str.extract(parts, 1).str.replace(",", ".", literal=True)
    exponent = pl.coalesce(core.str.extract(parts, 2), core.str.extract(parts, 3))
    power = _to_float(pl.concat_str(pl.lit("1e"), exponent))
    return power * mantissa.cast(pl.Float64, strict=False).fill_null(1.0)


def _ratio(core: pl.Expr, comma_is_decimal: pl.Expr) -> pl.Expr:
    """Read `1:10 000` and `5/10^6`."""
    parts = r"^([0-9]+) ?[:/] ?([0-9][0-9 ,.']*|10\^[0-9]{1,2})$"
    above = core.str.extract(parts, 1).cast(pl.Float64, strict=False)
    below_text = core.str.extract(parts, 2).str.strip_chars()
    power = _to_float(pl.concat_str(pl.lit("1e"), below_text.str.extract(r"^10\^([0-9]{1,2})$", 1)))
    digits = below_text.str.contains(r"^[0-9]{1,3}(?:[ ,.'][0-9]{3})+$|^[0-9]+$")
    plain = pl.when(digits).then(_to_float(below_text.str.replace_all(r"[ ,.']", "")))
    below = pl.coalesce(power, plain)
    return pl.when((below > 0) & (above <= below)).then(ratio(above, below))
