"""A TOML text with the lines of its keys: every refusal names line, key, value and what would be right."""

import re
import tomllib
from typing import Any

from transforms.printable import shown
from transforms.problems import FileRefusedError

_CODE = "LAYOUT_INVALID"
_SHOWN = 80
_MAX_DEPTH = 8
# `tomllib` needs the square of the parts of a dotted key: 100 kB of `a.a.a…` kept it busy for seven minutes
_MAX_CHARACTERS, _MAX_DOTS = 200_000, 200
# possessive, because a long word without a sign after it would be taken apart in every way there is
_KEY = re.compile(r"""\s*+((?:[A-Za-z0-9_-]++|"[^"]*+"|'[^']*+'|\s*+\.\s*+)++)\s*+=""")


class TomlText:
    """One layout file before its keys are checked.

    Attributes:
        name: of the file, for messages.
        data: what TOML says.
    """

    def __init__(self, name: str, text: str) -> None:
        """Read the text.

        Raises:
            FileRefusedError: LAYOUT_INVALID with the line where it is no TOML.
        """
        self.name = name
        self._lines = text.split("\n")
        if len(text) > _MAX_CHARACTERS:
            raise FileRefusedError(_CODE, f"{name}: longer than any layout; see docs/layouts.md")
        for number, line in enumerate(self._lines, start=1):
            if line.count(".") > _MAX_DOTS:
                raise FileRefusedError(
                    _CODE, f"{name}: more dots than any layout has in a line", line=number
                )
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
            if _is_deeper(self.data, _MAX_DEPTH):
                raise RecursionError
        except RecursionError:
            raise FileRefusedError(
                _CODE, f"{name}: nested deeper than any layout; see docs/layouts.md"
            ) from None
        except ValueError as error:
            # not only TOMLDecodeError: a number of thousands of digits is a plain ValueError
            at = re.search(r"\(at line ([0-9]+), column [0-9]+\)", str(error))
            raise FileRefusedError(
                _CODE,
                f"{name}: not readable as TOML: {str(error)[:200]}",
                line=int(at.group(1)) if at else None,
            ) from None

    def refusal(self, path: tuple[str, ...], value: object, right: str) -> FileRefusedError:
        """Return the refusal of a key whose value is not right.

        Args:
            path: tables and key, such as `("columns", "sample_id")`.
            value: what stands there; None = nothing.
            right: what would be right, after the word `is`.
        """
        key = shown(".".join(path))
        written = "missing" if value is None else f"= {_short(value)}"
        return FileRefusedError(
            _CODE,
            f"{self.name}: {key} {written}: {right}",
            line=self.line_of(path),
            value=key if value is None else _short(value),
        )

    def line_of(self, path: tuple[str, ...]) -> int | None:
        """Return the line of a key, or of the table it is missing from; None where it cannot be found."""
        section: tuple[str, ...] = ()
        best, depth = None, 0
        for number, line in enumerate(self._lines, start=1):
            if head := re.match(r"\s*\[([^\[\]]+)\]\s*(?:#.*)?$", line):
                section = _parts(head.group(1))
                found = section
            elif key := _KEY.match(line):
                found = (*section, *_parts(key.group(1)))
            else:
                continue
            if found == path[: len(found)] and len(found) > depth:
                best, depth = number, len(found)
        return best


def _parts(dotted: str) -> tuple[str, ...]:
    found = re.findall(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""", dotted)
    return tuple(a or b or c for a, b, c in found)


def _is_deeper(value: object, depth: int) -> bool:
    """Tell values nested so deeply that a walk over them could exhaust the stack."""
    level: list[object] = [value]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (
                outer.values()
                if isinstance(outer, dict)
                else outer
                if isinstance(outer, list)
                else ()
            )
        ]
    return bool(level)


def _short(value: object) -> str:
    try:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:
        # Python writes no whole number of more than 4300 digits
        text = "a number of thousands of digits"
    return shown(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
