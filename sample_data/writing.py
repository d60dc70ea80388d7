"""Rows to bytes in the dialects that laboratories write."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

BOMS = {"utf-8": b"", "utf-8-sig": b"", "utf-16-le": b"\xff\xfe"}


@dataclass(frozen=True)
class Dialect:
    """How a file is written; the default is the plainest legal one."""

    separator: str = ","
    encoding: str = "utf-8"
    newline: str = "\n"
    decimal: str = "."
    quote_all: bool = False


PLAIN = Dialect()
WINDOWS = Dialect(encoding="utf-8-sig", newline="\r\n")
SEMICOLON = Dialect(separator=";")
TAB = Dialect(separator="\t")
QUOTED = Dialect(quote_all=True)
GERMAN = Dialect(separator=";", newline="\r\n", decimal=",")
UTF16 = Dialect(separator="\t", encoding="utf-16-le", newline="\r\n")
OLD_MAC = Dialect(newline="\r")


def cell(value: object, decimal: str = ".") -> str:
    """Write one value; numbers never in exponent form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        text = format(Decimal(repr(value)), "f")
        return (text.removesuffix(".0")).replace(".", decimal)
    return str(value)


def table(
    header: Iterable[str], rows: Iterable[Mapping[str, object]], dialect: Dialect = PLAIN
) -> bytes:
    """Write a table; a cell that a row does not name is empty."""
    columns = tuple(header)
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=dialect.separator,
        lineterminator=dialect.newline,
        quoting=csv.QUOTE_ALL if dialect.quote_all else csv.QUOTE_MINIMAL,
    )
    writer.writerow(columns)
    writer.writerows([cell(row.get(c), dialect.decimal) for c in columns] for row in rows)
    return BOMS[dialect.encoding] + text.getvalue().encode(dialect.encoding)
