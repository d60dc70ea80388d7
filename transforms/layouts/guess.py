"""A guess at an unknown table: where its header is, and which of its columns are known by their headings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms.layouts.layout import GATE_TABLE, legal_columns
from transforms.layouts.locate import Head, heads_of
from transforms.layouts.propose_cells import bracket_of, is_measure
from transforms.layouts.synonyms import HEADINGS
from transforms.problems import FileRefusedError
from transforms.readers.content import Content

_MIN_KNOWN = 2
_RESULTS = (*(t.name for t in MEASUREMENT_TABLES), GATE_TABLE)
_DATA = re.compile(r"^[<>≤≥]?\s*[+-]?[0-9][0-9.,:/\sT%eE-]*$")


def _plain(heading: str) -> str:
    """Return a heading for comparison: without its unit in brackets, without signs and case.

    What else stands in brackets says what the column is, as in `Copies [ABL1]`, and stays.
    """
    bracket = bracket_of(heading)
    bare = heading[: heading.rindex(bracket) - 1].strip() if is_measure(bracket) else ""
    return " ".join(re.sub(r"[_\-–.:#/()\[\]]+", " ", bare or heading).lower().split())


_KNOWN = {
    _plain(word): column
    for column, words in HEADINGS.items()
    for word in (*words, column)
} | {c: c for t in TABLES.values() if t.is_input for c in t.input_columns}  # fmt: skip


@dataclass(frozen=True)
class Guess:
    """What a table seems to be.

    Attributes:
        head: its header.
        table: the canonical table.
        is_table_sure: whether a heading decides for that table.
        columns: heading by canonical column.
        unmapped: the other headings that stand once.
        twice: headings that stand several times, so that no layout can map them.
        others: headers of other tables.
    """

    head: Head
    table: str
    is_table_sure: bool
    columns: Mapping[str, str]
    unmapped: tuple[str, ...]
    twice: tuple[str, ...]
    others: tuple[Head, ...]


def guess_table(content: Content) -> Guess:
    """Guess where the header of a file is and what its columns hold.

    Raises:
        FileRefusedError: FILE_NOT_RECOGNISED where no line has two headings that are known: a line
            that is no header would show what is in the file.
    """
    known = [
        (head, columns)
        for head in heads_of(content)
        if not any(_DATA.match(h) for h in head.headings)
        if len(columns := _columns(head)) >= _MIN_KNOWN
    ]
    if not known:
        raise FileRefusedError(
            "FILE_NOT_RECOGNISED",
            "none of the first lines holds two headings that are known; write the layout by hand, "
            "see docs/layouts.md",
        )
    # of two headers that are as well known, that of results
    head, of_head = max(known, key=lambda k: (len(k[1]), _table_of(set(k[1]))[0] in _RESULTS))
    table, is_sure = _table_of(set(of_head))
    legal = legal_columns(table)
    columns = {c: h for c, h in of_head.items() if c in legal}
    used = set(columns.values())
    others = {
        (h.sheet, h.line): h
        for h, _ in known
        if h.separator == head.separator and h.headings != head.headings
    }
    return Guess(
        head=head,
        table=table,
        is_table_sure=is_sure,
        columns=columns,
        unmapped=tuple(
            h for h in head.headings if h and h not in used and head.headings.count(h) == 1
        ),
        twice=tuple(dict.fromkeys(h for h in head.headings if h and head.headings.count(h) > 1)),
        others=tuple(others.values()),
    )


def _columns(head: Head) -> dict[str, str]:
    """Return the heading of each column that is known; of two the first."""
    found: dict[str, str] = {}
    for heading in head.headings:
        # a word that is divided at the end of a line of the cell
        whole = re.sub(r"(?<=[^\W\d_])- (?=[^\W\d_])", "", heading)
        column = _KNOWN.get(heading) or _KNOWN.get(_plain(heading)) or _KNOWN.get(_plain(whole))
        if column and head.headings.count(heading) == 1:
            found.setdefault(column, heading)
    return found


def _table_of(known: set[str]) -> tuple[str, bool]:
    """Return the table that the known columns speak for, and whether they decide."""
    for table, deciding in (
        (GATE_TABLE, {"gate", "events"}),
        ("flow_measurements", {"mrd_events"}),
        ("ngs_measurements", {"marker_count"}),
    ):
        if deciding <= known:
            return table, True
    if known.intersection(TABLES["pcr_measurements"].recognised_any):
        return "pcr_measurements", True
    for table in ("treatments", "samples", "patients"):
        if known.issuperset(TABLES[table].recognised_all):
            return table, True
    return "pcr_measurements", False
