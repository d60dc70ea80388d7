"""A site's pattern for names of files or samples, such as `{sample_id}_{*}.tsv`, and names taken apart by it.

A name that can be taken apart in two ways is left alone: `{sample_id}_{*}` says of `A_1_x` neither `A` nor
`A_1`.
"""

import re
from collections.abc import Sequence

import polars as pl

_HOLE = re.compile(r"\{([^{}]*)\}")
ANYTHING = "*"


def check_pattern(pattern: str, parts: Sequence[str]) -> None:
    """Check that a pattern can be used.

    Args:
        pattern: literal text with parts in braces; `{*}` is anything that is not needed.
        parts: what may stand in braces beside `*`; the first must be there.

    Raises:
        ValueError: it holds another part, a part twice, two parts without text between them, or not
            the first part.
    """
    holes = _HOLE.findall(pattern)
    named = [h for h in holes if h != ANYTHING]
    known = ", ".join(f"{{{p}}}" for p in (*parts, ANYTHING))
    if any(h not in parts for h in named) or "{" in _HOLE.sub("", pattern):
        raise ValueError(f"write parts of a name as {known}")
    if len(set(named)) != len(named):
        raise ValueError("a part stands twice; name it once")
    if "}{" in pattern:
        raise ValueError("two parts need text between them, or nobody can tell where one ends")
    if parts[0] not in named:
        raise ValueError(f"the pattern must hold {{{parts[0]}}}")


def take_apart(names: pl.DataFrame, column: str, pattern: str) -> pl.DataFrame:
    """Return the parts of names.

    Args:
        names: has the column.
        column: column of the names.
        pattern: as `check_pattern` allows it.

    Returns:
        A text column for each part in braces, null in rows whose name does not fit, or fits in two ways.
    """
    shortest, longest = _expression(pattern, "+?"), _expression(pattern, "+")
    one, other = (names.select(pl.col(column).str.extract_groups(e)).unnest(column) for e in (shortest, longest))  # fmt: skip
    same = pl.all_horizontal(one[c].eq_missing(other[c]) for c in one.columns)
    return one.with_columns(same.alias("_same")).select(
        pl.when("_same").then(pl.col(c).str.strip_chars().replace("", None)).alias(c)
        for c in one.columns
        if not c.startswith("any_")
    )


def _expression(pattern: str, how_many: str) -> str:
    pieces, end = [], 0
    for number, hole in enumerate(_HOLE.finditer(pattern)):
        name = f"any_{number}" if hole[1] == ANYTHING else hole[1]
        pieces += [re.escape(pattern[end : hole.start()]), f"(?P<{name}>.{how_many})"]
        end = hole.end()
    return f"^{''.join(pieces)}{re.escape(pattern[end:])}$"
