"""Cepheid GeneXpert, Xpert BCR-ABL Ultra, ASTM E1394-97 (`formats.md` §3b): one order is one cartridge.

Our own splitting: no kept library reads these records. H-2 declares the delimiters, they are never assumed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from transforms.places import Place, Places
from transforms.readers.content import Content
from transforms.readers.genexpert_hl7 import BCR_ABL, CORRECTED, FINAL
from transforms.readers.genexpert_words import as_written, contradicts, cq, kit_words
from transforms.readers.hl7_segments import Delimiters, Segment, hl7_day
from transforms.readers.message_results import Result, Taken, real_day, unreadable_day, version_of
from transforms.readers.message_rows import text_rows
from transforms.readers.printed_range import PRINTED_RANGE
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_READER = "genexpert-astm/2"
_TITLE = "GeneXpert ASTM E1394"
_VALUE, _STATUS = "R-4", "R-9"
_LAYOUT = Places(
    {
        "sample_id": Place("O-3"),
        "run_id": Place("R-14"),
        "performed_on": Place("R-13"),
        "result_version": Place(_STATUS),
        "reported_unit": Place("R-5"),
        PRINTED_RANGE: Place("R-6"),
        **dict.fromkeys(
            ("reported_value", "reported_call", "target_cq", "control_cq"), Place(_VALUE)
        ),
    }
)


@dataclass
class _Order:
    """One O record with its R records; `sent` is H-14."""

    head: Segment
    sent: str
    results: list[Segment] = field(default_factory=list)
    strange: list[int] = field(default_factory=list)


def recognise(content: Content) -> bool:
    """Return whether a text is a GeneXpert transmission."""
    head = content.head
    if not head.startswith("H") or "GeneXpert" not in head[:400] or len(head) < 5:
        return False
    return (
        re.search(rf"^R{re.escape(head[1])}1{re.escape(head[1])}", head, re.MULTILINE) is not None
    )


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a file of transmissions.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: the sample of a file that names none.
    """
    taken = Taken()
    for order in _orders(content.text.decode(), taken):
        _take(order, assay, taken)
    return text_rows(taken, _TITLE, _READER, assay, settings, _LAYOUT)


def _orders(text: str, taken: Taken) -> Iterator[_Order]:
    signs: Delimiters | None = None
    order: _Order | None = None
    sent = ""
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        tidy = line.strip("\ufeff \t")
        if (
            tidy.startswith("H")
            and len(tidy) >= 5
            and not tidy[1].isalnum()
            and tidy[5:6] == tidy[1]
        ):
            if order is not None:
                yield order
            signs = Delimiters(tidy[1], tidy[3], tidy[2], tidy[4], "")
            order = None
            sent = _record(number, tidy, signs).raw(14)
            continue
        if not tidy or signs is None:
            continue
        record = _record(number, tidy, signs)
        if record.name == "O":
            if order is not None:
                yield order
            order = _Order(record, sent)
        elif record.name == "R":
            if order is None:
                taken.not_whole(number, "a result without an order names no sample")
            else:
                order.results.append(record)
        elif record.name not in ("P", "C", "L", "M", "Q") and order is not None:
            order.strange.append(number)
    if order is not None:
        last = order.results[-1].line if order.results else None
        if last == number and not text.endswith("\n"):
            # a number that is cut off is another number
            order.strange.append(last)
        yield order


def _record(number: int, line: str, signs: Delimiters) -> Segment:
    # ASTM counts the record type as field 1
    return Segment(number, (line[:1] if line[1:2] == signs.field else line, *line.split(signs.field)), signs)  # fmt: skip


def _analyte(record: Segment) -> tuple[str, str]:
    return record.part(3, 7), record.part(3, 8)


def _take(order: _Order, assay: AssayNames | None, taken: Taken) -> None:
    # the line of O stands for the order: R-11 is the operator
    line, rows = order.head.line, order.results
    if not rows:
        taken.reject("NO_STRUCTURED_RESULT", "the order has no result", line)
        return
    names = [n for s in rows for n in s.parts(3)] + order.head.parts(5)
    if not any(BCR_ABL.search(n) for n in names):
        taken.ignore("IGNORED_OTHER_TARGET", line)
        return
    if not taken.is_own(names, assay, line):
        return
    mains = [s for s in rows if _analyte(s) == ("", "")]
    others = {(_analyte(s), (s.part(4, 1), s.part(4, 2))) for s in rows if _analyte(s) != ("", "")}
    values = dict(others)
    if order.strange or len({m.fields[3:] for m in mains}) != 1 or len(others) != len(values):
        found = f"{len(mains)} main results on lines {line} to {rows[-1].line}"
        if order.strange:
            found = f"line {order.strange[0]}, which is no whole record"
        elif len(others) != len(values):
            found = "two values of one analyte"
        taken.not_whole(line, f"one order is one cartridge, and this has {found}")
        return
    main = mains[0]
    status = main.part(9, 1)
    if status not in (FINAL, CORRECTED):
        taken.not_final(main.line, status, _STATUS)
        return
    text, number = main.part(4, 1), main.part(4, 2)
    said = kit_words(text, number, main.part(5, 1), main.part(6, 1))
    more = len([p for p in main.parts(4)[2:] if p])
    if said is None or more or contradicts(said, values.get(("BCR-ABL", ""), ("", ""))[0]):
        words = as_written(text, number, main.part(5, 1), main.part(6, 1))
        taken.not_understood(main.line, words, column=_VALUE)
        return
    written = main.raw(13) or main.raw(12)
    day = real_day(hl7_day(written))
    if day is None and written:
        taken.findings.append(unreadable_day("R-13", written))
    taken.results.append(
        Result(
            line=line,
            sample_id=order.head.part(3, 1) or None,
            said=said,
            run_id=main.part(14, 4) or None,
            replicate="1",
            performed_on=day,
            is_valid=said.call != "INVALID",
            target_cq=cq(values.get(("BCR-ABL", "Ct"), ("", ""))[1], is_read=said.is_read),
            control_cq=cq(values.get(("ABL", "Ct"), ("", ""))[1], is_read=said.is_read),
            version=version_of(status == CORRECTED, order.sent),
            lines={"reported_value": main.line, **_cq_lines(rows)},
        )
    )


def _cq_lines(rows: list[Segment]) -> dict[str, int]:
    """Return the lines of the Ct of both genes."""
    columns = {("BCR-ABL", "Ct"): "target_cq", ("ABL", "Ct"): "control_cq"}
    return {columns[_analyte(s)]: s.line for s in rows if _analyte(s) in columns}


READER = Reader(
    _READER,
    _TITLE,
    "`H` with `GeneXpert` in its first record, and a line `R|1|`",
    False,
    recognise,
    read,
    may_quote=False,
)
