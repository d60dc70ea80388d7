"""Characters that cannot be seen: they make two names look alike, or write over the line of another.

Control characters (a tab, a line break, the escape sign of a terminal), characters without width, signs that
turn the direction of writing, and the two line separators of Unicode. No laboratory types them; they come
with copies from web pages and documents, and a file may be named so on purpose.
"""

import re

import polars as pl

# general categories Cc, Cf, Zl and Zp of Unicode 16; a test compares
_RANGES = (
    (0x00, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F),
    (0x890, 0x891), (0x8E2, 0x8E2), (0x180E, 0x180E), (0x200B, 0x200F), (0x2028, 0x202E), (0x2060, 0x2064),
    (0x2066, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x110BD, 0x110BD), (0x110CD, 0x110CD),
    (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F),
)  # fmt: skip
_HIDDEN = "[" + "".join(f"\\x{{{a:x}}}-\\x{{{b:x}}}" for a, b in _RANGES) + "]"
_PYTHON = re.compile("[" + "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in _RANGES) + "]")  # fmt: skip
_SHORT = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}


def _escape(code: int) -> str:
    wide = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _SHORT.get(code) or (f"\\x{code:02x}" if code < 0x100 else wide)


_ESCAPES = {chr(n): _escape(n) for a, b in _RANGES for n in range(a, b + 1)}


def has_hidden(text: pl.Expr) -> pl.Expr:
    """Return whether a text holds a character that cannot be seen; null for null."""
    return text.str.contains(_HIDDEN)


def is_hidden_in(text: str) -> bool:
    """Return whether a text holds a character that cannot be seen."""
    return _PYTHON.search(text) is not None


def shown(text: str) -> str:
    r"""Return a text with what cannot be seen written out, such as `\n`, `\x1b` or `\u202e`."""
    return _PYTHON.sub(lambda match: _ESCAPES[match.group()], text)


def shown_column(text: pl.Expr) -> pl.Expr:
    """Return a column as `shown` writes it."""
    return text.str.replace_many(_ESCAPES)
