"""One rule file as checked values: every number with its source, every error naming file and key."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.enums import Depth


class RuleFileError(Exception):
    """A rule file that cannot be used: names file, key and value."""


@dataclass(frozen=True)
class Number:
    """A number of a guideline with its source and evidence (`primary` or `provisional`).

    `is_strict`: a minimum that must be exceeded, not only reached.
    """

    key: str
    value: float
    source: str
    evidence: str
    is_strict: bool = False


@dataclass(frozen=True)
class Level:
    """One molecular response level: inclusive %IS bound and control copies by gene."""

    depth: str
    max_pct_is: float
    min_control_copies: Mapping[str, int]
    source: str
    evidence: str


@dataclass(frozen=True)
class DepthBound:
    """One depth on cell axes: below this fraction; `disease` empty where no disease has its own."""

    depth: str
    fraction: float
    source: str
    evidence: str
    disease: str = ""


class RuleFile:
    """Reads keys of one rule file; every error names file, key and value."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RuleFileError(f"{name}: not readable as TOML: {error}") from None

    def fail(self, key: str, value: object, right: str) -> RuleFileError:
        """Return the error of a key whose value is not right."""
        return RuleFileError(f"{self.name}: {key} = {value!r} is not {right}")

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self.data.get(key)
        if not isinstance(value, str) or not value:
            raise self.fail(key, value, "a text")
        return value

    def words(self, key: str, legal: type[Any] | None = None) -> tuple[str, ...]:
        """Return a list of words, each of the enum when one is given; absent = empty."""
        values = self.data.get(key, [])
        allowed = None if legal is None else [v.value for v in legal]
        for value in values:
            if not isinstance(value, str) or (allowed is not None and value not in allowed):
                raise self.fail(key, value, f"one of {', '.join(allowed or ['a text'])}")
        return tuple(values)

    def entry(self, key: str) -> dict[str, Any]:
        """Return a table that names its source and evidence."""
        value = self.data.get(key)
        if not isinstance(value, dict):
            raise self.fail(key, value, "a table with source and evidence")
        self.sourced(key, value)
        return value

    def part(self, key: str, legal: set[str]) -> dict[str, Any] | None:
        """Return a table that may be left out: sourced, and without a key that nothing reads."""
        if key not in self.data:
            return None
        table = self.entry(key)
        self.known_keys(key, table, {*legal, "source", "evidence"})
        return table

    def lone_number(self, key: str, name: str) -> Number | None:
        """Return the one number of a table that may be left out."""
        table = self.part(key, {name})
        return None if table is None else self.required(key, table, name)

    def sourced(self, key: str, value: dict[str, Any]) -> None:
        """Refuse a table that does not name its source and evidence."""
        if not value.get("source"):
            raise self.fail(f"{key}.source", value.get("source"), "a text")
        if value.get("evidence") not in ("primary", "provisional"):
            raise self.fail(f"{key}.evidence", value.get("evidence"), "primary or provisional")

    def number(self, key: str) -> Number:
        """Return a number above 0 with its source."""
        value = self.entry(key)
        number = value.get("value")
        if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
            raise self.fail(f"{key}.value", number, "a number above 0")
        return Number(key, float(number), value["source"], value["evidence"])

    def optional(self, key: str, table: dict[str, Any], name: str) -> Number | None:
        """Return a number of a nested table, or None where it is not there."""
        value = table.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.fail(f"{key}.{name}", value, "a table with value, source and evidence")
        self.sourced(f"{key}.{name}", value)
        number = value.get("value")
        if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
            raise self.fail(f"{key}.{name}.value", number, "a number above 0")
        return Number(
            name, float(number), value["source"], value["evidence"], bool(value.get("is_strict"))
        )

    def required(self, key: str, table: dict[str, Any], name: str) -> Number:
        """Return a number of a nested table that must be there."""
        found = self.optional(key, table, name)
        if found is None:
            raise self.fail(f"{key}.{name}", None, "there: a table with value, source and evidence")
        return found

    def named(self, key: str, table: dict[str, Any]) -> str:
        """Return the id of a table."""
        name = table.get("id")
        if not isinstance(name, str) or not name:
            raise self.fail(f"{key}.id", name, "a text")
        return name

    def texts(self, key: str, values: Any, legal: Sequence[str] = ()) -> tuple[str, ...]:
        """Return a list of texts, each of those that are legal where any are named."""
        is_list = isinstance(values, list) and all(isinstance(v, str) for v in values)
        if not is_list or (legal and any(v not in legal for v in values)):
            raise self.fail(key, values, f"a list of {', '.join(legal) or 'texts'}")
        return tuple(values)

    def one_of(self, key: str, value: Any, legal: Sequence[str]) -> None:
        """Refuse a word that is none of those."""
        if value not in legal:
            raise self.fail(key, value, f"one of {', '.join(legal)}")

    def yes_or_no(self, key: str, table: dict[str, Any], *, default: bool) -> bool:
        """Return true or false; `key` ends in the name of the entry."""
        value = table.get(key.rsplit(".", 1)[-1], default)
        if not isinstance(value, bool):
            raise self.fail(key, value, "true or false")
        return value

    def tables(self, key: str) -> list[dict[str, Any]]:
        """Return a list of tables that each name an id, a source and evidence."""
        values = self.data.get(key, [])
        if not isinstance(values, list) or not values:
            raise self.fail(key, values, "a list of tables")
        for i, value in enumerate(values):
            self.sourced(f"{key}[{i}]", value)
            if not isinstance(value.get("id"), str):
                raise self.fail(f"{key}[{i}].id", value.get("id"), "a text")
        return values

    def rows(self, key: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the tables of a list that may be left out, each with its key, source and evidence."""
        values = self.data.get(key, [])
        if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
            raise self.fail(key, values, f"a list of tables: [[{key}]]")
        named = [(f"{key}[{i}]", value) for i, value in enumerate(values)]
        for name, value in named:
            self.sourced(name, value)
        return named

    def legal(self, key: str, values: Any, legal: type[Any]) -> tuple[str, ...]:
        """Return words that are all of an enum."""
        allowed = [v.value for v in legal]
        if not isinstance(values, list) or any(v not in allowed for v in values):
            raise self.fail(key, values, f"a list of {', '.join(allowed)}")
        return tuple(values)

    def known_keys(self, key: str, table: dict[str, Any], legal: set[str]) -> None:
        """Refuse keys that nothing reads: a slip of the pen would else be silent."""
        for name in table:
            if name not in legal:
                raise self.fail(
                    f"{key}.{name}", table[name], f"a key; there is {', '.join(sorted(legal))}"
                )

    def entries(self, key: str) -> list[dict[str, Any]]:
        """Return a list of tables that each name a depth, a source and evidence."""
        known = [d.value for d in Depth]
        values: list[dict[str, Any]] = self.data.get(key, [])
        for i, value in enumerate(values):
            self.sourced(f"{key}[{i}]", value)
            if value.get("depth") not in known:
                legal = f"one of {', '.join(known)}"
                raise self.fail(f"{key}[{i}].depth", value.get("depth"), legal)
        if not values:
            raise self.fail(key, [], "a list")
        return values

    def levels(self) -> tuple[Level, ...]:
        """Return the molecular response levels, shallow to deep."""
        levels = [Level(**v) for v in self.entries("level")]
        return tuple(sorted(levels, key=lambda x: -x.max_pct_is))

    def bounds(self) -> tuple[DepthBound, ...]:
        """Return the depths on cell axes, shallow to deep within a disease."""
        bounds = [DepthBound(**v) for v in self.entries("bound")]
        return tuple(sorted(bounds, key=lambda x: (x.disease, -x.fraction)))

    def provisional(self) -> tuple[str, ...]:
        """Return a sentence for each number that is marked provisional."""
        entries = []
        for key, value in self.data.items():
            for table in value if isinstance(value, list) else [value]:
                if not isinstance(table, dict):
                    continue
                name = table.get("depth") or table.get("name") or table.get("id") or ""
                entries.append((f"{key} {name}".strip(), table))
                entries += [
                    (f"{name or key} {k}", n)
                    for k, n in table.items()
                    if isinstance(n, dict) and "evidence" in n
                ]
        return tuple(
            f"{key.replace('_', ' ')}: {v.get('source')}"
            for key, v in entries
            if v.get("evidence") == "provisional"
        )
