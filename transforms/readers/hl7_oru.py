"""HL7 v2 ORU^R01 of a laboratory system with BCR::ABL1 results by LOINC code (`formats.md` §9).

A data row is an OBX. An attachment (Base64 PDF) is no result: it is reported as such, and its text is never
trusted, because it may be another patient's or another test's.
"""

from collections.abc import Iterable
from dataclasses import replace

from transforms.places import Place, Places
from transforms.readers.bcr_abl_codes import (
    LOINC,
    MINOR,
    NAMED,
    PRESENCE,
    SCALE,
    Observed,
    is_own,
    kind_of,
    take_report,
    with_flag,
)
from transforms.readers.content import Content
from transforms.readers.genexpert_words import FLAGS, Said, is_number, kit_words, plain_words
from transforms.readers.hl7_segments import Message, Segment, first_header, hl7_day, read_messages
from transforms.readers.message_results import Result, Taken, real_day, unreadable_day, version_of
from transforms.readers.message_rows import text_rows
from transforms.readers.printed_range import PRINTED_RANGE
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_READER = "hl7-oru/4"
_TITLE = "HL7 ORU^R01"
_ATTACHED = ("ED", "RP")
_CODE, _VALUE, _STATUS, _ANALYSED = "OBX-3", "OBX-5", "OBX-11", "OBX-19"
_LAYOUT = Places(
    {
        "sample_id": Place("SPM-2"),
        "run_id": Place("OBR-3"),
        "performed_on": Place(_ANALYSED),
        "result_version": Place(_STATUS),
        "reported_unit": Place("OBX-6"),
        PRINTED_RANGE: Place("OBX-7"),
        **dict.fromkeys(("reported_value", "reported_call"), Place(_VALUE)),
        _CODE: Place(_CODE),
    }
)


def recognise(content: Content) -> bool:
    """Return whether a text begins with a result message of type ORU^R01."""
    header = first_header(content.head)
    return header is not None and header.parts(9)[:2] == ["ORU", "R01"]


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a file of messages.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: the sample of a file that names none.
    """
    taken = Taken()
    for message in read_messages(content.text.decode()):
        _take(message, assay, taken)
    return text_rows(taken, _TITLE, _READER, assay, settings, _LAYOUT)


def _take(message: Message, assay: AssayNames | None, taken: Taken) -> None:
    line = message.head.line
    if not taken.holds_results(message.kind, "ORU^R01", line, has_rows=bool(message.all("OBX"))):
        return
    if message.is_cut():
        for row in message.all("OBX"):
            taken.not_whole(row.line, f"the file stops within line {message.open_line}")
        return
    earlier = len(taken.results)
    others = _take_orders(message, assay, taken)
    if len(taken.results) == earlier + 1:
        # a rejected row is quoted by its line: that of MSH names nobody, an OBX names who answers for it
        taken.results[-1] = replace(taken.results[-1], line=line)
    for other in others:
        taken.ignore("IGNORED_OTHER_TARGET", other.line)


def _take_orders(message: Message, assay: AssayNames | None, taken: Taken) -> list[Segment]:
    """Take the results of all patients and orders of a message; return its OBX segments that are another test's."""
    others: list[Segment] = []
    silent: list[tuple[tuple[int, str], list[Segment], list[Segment]]] = []
    answered: set[tuple[int, str]] = set()
    for number, segments in enumerate(_parts(message.segments, "PID")):
        # the specimen of one patient is never another's
        samples = {_sample(s) for s in segments if s.name == "SPM"} - {""}
        for group in _parts(segments, "OBR"):
            before = len(taken.results) + taken.rejected
            rest = _take_group(group, samples, message, assay, taken)
            order = number, next((s.part(3, 1) for s in group if s.name == "OBR"), "")
            if len(taken.results) + taken.rejected > before:
                answered.add(order)
                others += rest
            else:
                silent.append((order, group, rest))
    if not answered:
        rest = [s for _, _, these in silent for s in these]
        return _unstructured(message, list(message.segments), rest, taken)
    for order, group, rest in silent:
        # a report beside the numbers of its own order says nothing more
        is_missing = order not in answered and _is_named(group)
        others += _unstructured(message, group, rest, taken) if is_missing else rest
    return others


def _parts(segments: Iterable[Segment], first: str) -> list[list[Segment]]:
    """Return the segments of each patient or order: its first segment and what follows it."""
    parts: list[list[Segment]] = [[]]
    for segment in segments:
        if segment.name == first:
            parts.append([])
        parts[-1].append(segment)
    return [p for p in parts if p]


def _ordered(segments: list[Segment]) -> list[str]:
    return [n for s in segments if s.name == "OBR" for n in _codes(s, 4)[0]]


def _is_named(segments: list[Segment]) -> bool:
    """Tell whether a test of BCR::ABL1 was ordered."""
    return any(NAMED.search(n) or n in LOINC for n in _ordered(segments))


def _sample(specimen: Segment) -> str:
    """Return the laboratory's own number of a specimen, else the one of who ordered."""
    pair = specimen.parts(2)
    cut = [p.split(specimen.signs.sub)[0] if specimen.signs.sub else p for p in pair]
    return next((c.strip() for c in reversed(cut[:2]) if c.strip()), "")


def _codes(segment: Segment, n: int) -> tuple[list[str], list[str]]:
    """Return all codes and names of a coded field, and its codes of LOINC."""
    parts = [*segment.parts(n), *[""] * 6][:6]
    loincs = [parts[i] for i in (0, 3) if parts[i + 2] in ("", "LN")]
    return [p for p in parts if p], loincs


def _take_group(
    group: list[Segment],
    samples: set[str],
    message: Message,
    assay: AssayNames | None,
    taken: Taken,
) -> list[Segment]:
    """Take the results of one order; return its OBX segments that are none."""
    order = next((s for s in group if s.name == "OBR"), None)
    own = {_sample(s) for s in group if s.name == "SPM"} - {""} or samples
    if len(own) > 1:
        own = set()
    base = Result(
        line=message.head.line,
        sample_id=next(iter(own), None),
        said=Said(None),
        run_id=(order.part(3, 1) or None) if order is not None else None,
    )
    observed: list[Observed] = []
    others: list[Segment] = []
    rest: list[Segment] = []
    analysed: set[str] = set()
    ordered = _codes(order, 4)[0] if order is not None else []
    for row in (s for s in group if s.name == "OBX"):
        codes, loincs = _codes(row, 3)
        kind = kind_of(codes, loincs, assay)
        if kind is None or row.raw(2) in _ATTACHED:
            is_own_name = MINOR not in loincs and any(NAMED.search(c) for c in codes)
            (rest if is_own_name and row.raw(2) not in _ATTACHED else others).append(row)
            continue
        if not is_own(codes, ordered, assay, row.line, taken):
            continue
        status = row.part(11, 1) or (order.part(25, 1) if order is not None else "")
        said = _said(row, kind)
        if status not in ("F", "C"):
            taken.not_final(row.line, status, _STATUS)
        elif said is None:
            words = f"{row.raw(5)} {row.part(6, 1)}".strip()
            taken.text_not_understood(row.line, words, column=_VALUE)
        else:
            version = version_of(status == "C", message.head.part(7, 1))
            analysed |= {row.raw(19)} - {""}
            observed.append(
                Observed(
                    kind,
                    replace(
                        base,
                        line=row.line,
                        said=said,
                        version=version,
                        lines={"reported_value": row.line},
                    ),
                )
            )
    if not observed:
        for row in rest:
            taken.code_not_known(row.line, row.part(3, 1) or row.part(3, 2), _CODE)
        rest = []
    day = _day(analysed, taken) if observed else None
    dated = [replace(o, result=replace(o.result, performed_on=day)) for o in observed]
    take_report(dated, assay, taken)
    return [*others, *rest]


def _day(analysed: set[str], taken: Taken) -> str | None:
    """Return the day of the analysis of one order (OBX-19); of several days none is the day of its run.

    OBR-7 and OBX-14 are when the specimen was collected, and never the day of a run.
    """
    days = {real_day(hl7_day(written)) for written in analysed}
    if len(days) == 1 and None not in days:
        return days.pop()
    if analysed:
        taken.findings.append(unreadable_day(_ANALYSED, ", ".join(sorted(analysed))))
    return None


def _said(row: Segment, kind: str) -> Said | None:
    """Return what an OBX says; None when it is not known."""
    flags = {FLAGS[f] for f in row.raw(8).split(row.signs.repetition) if f in FLAGS}
    if len(flags) > 1:
        return None
    said = _value(row, kind)
    return None if said is None else with_flag(said, next(iter(flags), None))


def _value(row: Segment, kind: str) -> Said | None:
    unit, parts = row.part(6, 1) or None, row.parts(5)
    if row.signs.repetition and row.signs.repetition in row.raw(5):
        return None
    text = parts[0]
    if row.raw(2) == "SN":
        operator, number, *more = (*parts, "")
        if any(more) or not is_number(number):
            return None
        text = f"{'' if operator == '=' else operator}{number}"
    elif row.raw(2) in ("CE", "CWE", "CNE"):
        text = (parts[1] if len(parts) > 1 else "") or parts[0]
    elif row.raw(2) == "NM" and not is_number(text):
        return None
    elif len(parts) > 1 and any(parts[1:]):
        return kit_words(text, parts[1], unit, row.part(7, 1)) if len(parts) == 2 else None
    said = kit_words(text, None, unit, row.part(7, 1))
    said = said or plain_words(text, unit, on_scale=kind == SCALE)
    # a number under a code for presence is not known to be a ratio
    return None if said is not None and kind == PRESENCE and said.value else said


def _unstructured(
    message: Message, segments: list[Segment], others: list[Segment], taken: Taken
) -> list[Segment]:
    """Report segments that hold no result to read; return the OBX segments that are another test's."""
    attached = [s for s in others if s.raw(2) in _ATTACHED or "Base64" in s.parts(5)]
    blamed = attached or (others[:1] if _is_named(segments) else [])
    test = next((n for n in _ordered(segments) if NAMED.search(n)), "the test")[:80]
    for row in blamed:
        message_text = (
            f"OBX on line {row.line} gives {test} as "
            f"{'an attachment' if row in attached else 'something without a code that is read'}, with no "
            "structured result; a person must read the report and enter the result as a canonical row"
        )
        # the line of MSH: an attachment is the report itself
        taken.reject("NO_STRUCTURED_RESULT", message_text, message.head.line)
    return [s for s in others if s not in blamed]


READER = Reader(
    _READER,
    _TITLE,
    "`MSH` with message type `ORU^R01`",
    False,
    recognise,
    read,
    may_quote=False,
)
# fmt: skip
