"""A layout file to a checked `Layout`: whatever is unclear is refused before any table is read with it."""

import datetime
import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.fields import Field
from schemas.tables import INLINE_TABLES, TABLES
from transforms.layouts.layout import (
    GAP,
    GATE_TABLE,
    TABLE_NAMES,
    Column,
    Layout,
    legal_columns,
    required_columns,
)
from transforms.layouts.toml_text import TomlText
from transforms.layouts.units import units_of
from transforms.layouts.words import tidy_heading, tidy_word
from transforms.parse.cells import parse_rows
from transforms.printable import is_hidden_in
from transforms.readers.decode import to_utf8
from transforms.readers.encodings import ENCODINGS

_KEYS = ("title", "table", "sheet", "encoding", "columns", "fixed", "ignore")
_COLUMN_KEYS = ("column", "date", "unit", "values", "others")
_ONLY_THE_FILE_SAYS = (
    "sample_id", "patient_id", "collected_on", "replicate", "target_copies", "control_copies",
    "target_cq", "control_cq", "reported_value", "reported_call", "positive_partitions",
    "control_positive_partitions", "mrd_events", "denominator_events", "marker_count", "total_count",
    "gate", "events",
)  # fmt: skip
"""Columns that may not be fixed: one value for every row would be nobody's result."""
_CELL_CODES = (
    "NOT_A_NUMBER", "AMBIGUOUS_NUMBER", "OPERATOR_NOT_ALLOWED", "PERCENT_NOT_ALLOWED", "NOT_AN_INTEGER",
    "OUT_OF_RANGE", "NOT_A_DATE", "AMBIGUOUS_DATE", "DATE_IS_EXCEL_SERIAL", "DATE_NOT_ISO",
    "NOT_A_BOOLEAN", "UNKNOWN_VALUE",
)  # fmt: skip
_DATE_PARTS = "YymdBbHMSIp"


def is_layout_text(head: str) -> bool:
    """Tell a layout file by its beginning: TOML with a title or a table, and `[columns]`."""
    return bool(
        re.search(r"(?m)^[ \t]*\[columns[\].]", head)
        and re.search(r"(?m)^[ \t]*(?:title|table)[ \t]*=", head)
    )


def parse_layout(text: str | bytes, name: str) -> Layout:
    """Read and check a layout file.

    Args:
        text: the TOML.
        name: name of the file, for messages.

    Raises:
        FileRefusedError: LAYOUT_INVALID with the line where it is known, the key, the value and what
            would be right; of bytes also FILE_EMPTY, FILE_BINARY and FILE_ENCODING.
    """
    if isinstance(text, bytes):
        text = to_utf8(text).decode()
    toml = TomlText(name, text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff"))
    data = toml.data
    _known(toml, (), data, _KEYS)
    _no_gap(toml, (), data)
    _no_hidden(toml, (), data)
    table = _text(toml, ("table",), data.get("table"))
    if table not in TABLE_NAMES:
        raise toml.refusal(("table",), table, f"write one of {', '.join(TABLE_NAMES)}")
    legal = legal_columns(table)
    columns = tuple(
        _column(toml, table, legal, c, v) for c, v in _table(toml, "columns", data).items()
    )
    fixed = {
        c: _fixed(toml, table, legal, c, v) for c, v in _table(toml, "fixed", data).items()
    }  # fmt: skip
    mapped = {c.name for c in columns}
    for both in sorted(mapped.intersection(fixed)):
        raise toml.refusal(
            ("fixed", both), data["fixed"][both], "stands in [columns] too; keep one"
        )
    _required(toml, table, mapped, fixed)
    return Layout(
        name=name,
        title=_text(toml, ("title",), data.get("title")),
        table=table,
        columns=columns,
        fixed=fixed,
        ignore=_ignored(toml, data),
        sheet=_text(toml, ("sheet",), data["sheet"]) if "sheet" in data else None,
        encoding=_encoding(toml, data.get("encoding")),
    )


def _encoding(toml: TomlText, value: object) -> str | None:
    if value is not None and value not in ENCODINGS:
        right = f"write one of {', '.join(ENCODINGS)}; UTF-8 and files with a byte-order mark are read without it"
        raise toml.refusal(("encoding",), value, right)
    return None if value is None else str(value)


def _required(toml: TomlText, table: str, mapped: set[str], fixed: Mapping[str, str]) -> None:
    missing = [c for c in required_columns(table) if c not in mapped and c not in fixed]
    if missing:
        raise toml.refusal(
            ("columns",), None,
            f"a layout of {table} must also map {', '.join(missing)}, or fix what is the same in every row",
        )  # fmt: skip
    deciding = TABLES[table].recognised_any if table != GATE_TABLE else ()
    if deciding and mapped.isdisjoint(deciding):
        raise toml.refusal(("columns",), None, f"map at least one of {', '.join(deciding)}")


def _no_gap(toml: TomlText, path: tuple[str, ...], value: object) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _no_gap(toml, (*path, key), inner)
    elif value == GAP:
        raise toml.refusal(path, value, "this gap is still to be filled; see docs/layouts.md")


def _no_hidden(toml: TomlText, path: tuple[str, ...], value: object) -> None:
    """Refuse characters that cannot be seen in any key or text."""
    right = "remove the characters that cannot be seen"
    if isinstance(value, dict):
        for key, inner in value.items():
            if is_hidden_in(_one_line(key)):
                raise toml.refusal((*path, key), key, right)
            _no_hidden(toml, (*path, key), inner)
    elif isinstance(value, list):
        for inner in value:
            _no_hidden(toml, path, inner)
    elif isinstance(value, str):
        is_compared = path[:1] == ("ignore",) or path[-1] == "column" or (len(path) == 2 and path[0] == "columns")  # fmt: skip
        if is_hidden_in(_one_line(value) if is_compared else value.strip()):
            raise toml.refusal(path, value, right)


def _one_line(text: str) -> str:
    """Return a heading or word as it is compared: its line breaks are blanks."""
    return re.sub(r"[\t\n\r]", " ", text)


def _known(
    toml: TomlText, path: tuple[str, ...], table: Mapping[str, Any], legal: tuple[str, ...]
) -> None:
    for key in table:
        if key not in legal:
            raise toml.refusal(
                (*path, key), table[key], f"unknown key; known are {', '.join(legal)}"
            )


def _table(toml: TomlText, key: str, data: Mapping[str, Any]) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise toml.refusal((key,), value, f"write a table [{key}]")
    return value


def _text(toml: TomlText, path: tuple[str, ...], value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise toml.refusal(path, value, "write a text in quotes")
    return value.strip()


def _field(
    toml: TomlText, path: tuple[str, ...], table: str, legal: Mapping[str, Field], value: object
) -> Field:
    field = legal.get(path[1])
    if field is None:
        raise toml.refusal(
            path, value, f"{table} has no column {path[1]}; known are {', '.join(legal)}"
        )
    return field


def _column(
    toml: TomlText, table: str, legal: Mapping[str, Field], name: str, value: object
) -> Column:
    path = ("columns", name)
    field = _field(toml, path, table, legal, value)
    if isinstance(value, str):
        value = {"column": value}
    if not isinstance(value, dict):
        raise toml.refusal(path, value, 'write a heading in quotes, or { column = "heading" }')
    _known(toml, path, value, _COLUMN_KEYS)
    heading = tidy_heading(_text(toml, (*path, "column"), value.get("column")))
    unit = value.get("unit", "")
    units = units_of(field)
    if unit != "" and (not isinstance(unit, str) or unit not in units):
        right = f"write one of {', '.join(units)}" if units else _no_unit(name)
        raise toml.refusal((*path, "unit"), unit, right)
    others = value.get("others")
    if others is not None and (others != "" or "values" not in value):
        right = 'write others = "" beside values: numbers are left out, unknown words are refused'
        raise toml.refusal((*path, "others"), others, right)
    return Column(
        name=name,
        heading=heading,
        date=_date(toml, path, field, value.get("date")),
        unit=unit,
        exponent=units.get(unit, 0),
        values=_values(toml, table, path, value.get("values")),
        leaves_out_numbers=others is not None,
    )


def _no_unit(name: str) -> str:
    return (
        "give its unit as reported_unit"
        if name == "reported_value"
        else "this column has no unit that could differ; leave it out"
    )


def _date(toml: TomlText, path: tuple[str, ...], field: Field, value: object) -> str | None:
    if value is None:
        return None
    at = (*path, "date")
    if field.dtype != pl.Date:
        raise toml.refusal(at, value, f"{path[1]} is no date; leave it out")
    form = _text(toml, at, value)
    used = re.findall(r"%(.)", form)
    is_whole = all(sum(form.count(f"%{p}") for p in part) == 1 for part in ("Yy", "mbB", "d"))
    if not is_whole or any(p not in _DATE_PARTS for p in used) or form.endswith("%"):
        raise toml.refusal(
            at, value,
            "write day, month and year once each, such as %d.%m.%Y; known are "
            + " ".join(f"%{p}" for p in _DATE_PARTS),
        )  # fmt: skip
    if form.startswith("%Y-%d-%m"):
        raise toml.refusal(
            at, value,
            "2023-05-03 is read as the ISO date, 3 May, in any layout; have the dates exported as %Y-%m-%d, "
            "or with another sign such as %d.%m.%Y",
        )  # fmt: skip
    return form


def _as_text(value: object) -> str | None:
    """Return a TOML value as the text of a cell; None for lists and tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else None
    return repr(value) if isinstance(value, float) else None


def _values(
    toml: TomlText, table: str, path: tuple[str, ...], value: object
) -> dict[str, str] | None:
    if value is None:
        return None
    at = (*path, "values")
    if not isinstance(value, dict) or not value:
        raise toml.refusal(at, value, 'write { "word in the file" = "canonical value" }')
    words: dict[str, str] = {}
    for written, meant in value.items():
        word, text = tidy_word(written), _as_text(meant)
        if text is None:
            raise toml.refusal((*at, written), meant, "write one canonical value")
        if not word:
            raise toml.refusal((*at, written), meant, "an empty cell stays empty; leave it out")
        if words.get(word, text) != text:
            raise toml.refusal(
                (*at, written), meant,
                f"the same word without case and blanks already means {words[word]!r}; keep one",
            )  # fmt: skip
        problem = _cell_problem(table, path[1], text) if text else None
        if problem:
            raise toml.refusal((*at, written), meant, problem)
        words[word] = text
    return words


def _fixed(toml: TomlText, table: str, legal: Mapping[str, Field], name: str, value: object) -> str:
    path = ("fixed", name)
    _field(toml, path, table, legal, value)
    if name in _ONLY_THE_FILE_SAYS:
        raise toml.refusal(path, value, "this differs from row to row; map it in [columns]")
    text = _as_text(value)
    if not text:
        raise toml.refusal(path, value, "write one value")
    problem = _cell_problem(table, name, text)
    if problem:
        raise toml.refusal(path, value, problem)
    return text


def _cell_problem(table: str, column: str, text: str) -> str | None:
    """Return what parsing says against a cell, if anything."""
    if table == GATE_TABLE:
        return None
    own = next(t for t in (TABLES[table], *INLINE_TABLES) if column in t.columns)
    row = pl.DataFrame({column: [text], "file_no": [0], "source_line": [1], "source_rows": [1]})
    found = parse_rows(own, row).findings.filter(
        pl.col("column") == column, pl.col("code").is_in(_CELL_CODES)
    )
    return str(found["message"][0]) if found.height else None


def _ignored(toml: TomlText, data: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    ignored: dict[str, tuple[str, ...]] = {}
    for written, words in _table(toml, "ignore", data).items():
        path, heading = ("ignore", written), tidy_heading(written)
        if not heading or heading in ignored:
            raise toml.refusal(path, words, "write each heading once")
        if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
            raise toml.refusal(path, words, 'write a list of words, such as ["Standard", "NTC"]')
        if GAP in words:
            raise toml.refusal(path, words, "this gap is still to be filled; see docs/layouts.md")
        ignored[heading] = tuple(dict.fromkeys(tidy_word(w) for w in words))
    return ignored
