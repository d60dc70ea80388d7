"""Text to calendar dates. A date that could be read in two ways is refused, never guessed."""

import polars as pl

_FIRST, _LAST = pl.date(1900, 1, 1), pl.date(2199, 12, 31)


def _as_date(text: pl.Expr, form: str) -> pl.Expr:
    day = text.str.to_date(form, strict=False)
    return pl.when(day.is_between(_FIRST, _LAST)).then(day)


def read_dates(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Read dates.

    Args:
        text: stripped text, null when empty.

    Returns:
        The date (null when unreadable), and the finding code (null when ISO or empty).
    """
    iso = text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    stamped = text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{1,2}:[0-9]{2}")
    compact = text.str.contains(r"^(?:19|20)[0-9]{6}$")
    year_first = text.str.contains(r"^[0-9]{4}[/.][0-9]{1,2}[/.][0-9]{1,2}$")
    dotted = text.str.contains(r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$")
    slashed = text.str.contains(r"^[0-9]{1,2}[/-][0-9]{1,2}[/-][0-9]{4}$")
    serial = text.str.contains(r"^[0-9]{5}(?:[.,][0-9]+)?$")
    flat = text.str.replace_all(r"[/.]", "-")
    day_first = _as_date(flat, "%d-%m-%Y")
    month_first = _as_date(flat, "%m-%d-%Y")
    either = (
        slashed & day_first.is_not_null() & month_first.is_not_null() & (day_first != month_first)
    )
    other = (
        pl.when(stamped)
        .then(_as_date(text.str.slice(0, 10), "%Y-%m-%d"))
        .when(compact)
        .then(_as_date(text, "%Y%m%d"))
        .when(year_first)
        .then(_as_date(flat, "%Y-%m-%d"))
        .when(dotted)
        .then(day_first)
        .when(slashed & ~either)
        .then(pl.coalesce(day_first, month_first))
    )
    value = pl.when(iso).then(_as_date(text, "%Y-%m-%d")).otherwise(other)
    code = (
        pl.when(text.is_null())
        .then(None)
        .when(either)
        .then(pl.lit("AMBIGUOUS_DATE"))
        .when(serial)
        .then(pl.lit("DATE_IS_EXCEL_SERIAL"))
        .when(value.is_null())
        .then(pl.lit("NOT_A_DATE"))
        .when(~iso & ~stamped)
        .then(pl.lit("DATE_NOT_ISO"))
    )
    return value, code
