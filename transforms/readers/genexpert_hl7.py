"""Cepheid GeneXpert, Xpert BCR-ABL Ultra, HL7 v2.5.1 ORU^R32 (`formats.md` §3a): one message is one cartridge.

Rows are found by OBX-4, never by their set id: a negative message has no `&MR` row, so numbers shift. The
level in percent is used; %IS is never computed again from Delta Ct, whose curve changes with the lot.
"""

import re

from transforms.places import Place, Places
from transforms.readers.content import Content
from transforms.readers.genexpert_words import as_written, contradicts, cq, kit_words
from transforms.readers.hl7_segments import Message, Segment, first_header, hl7_day, read_messages
from transforms.readers.message_results import Result, Taken, real_day, unreadable_day, version_of
from transforms.readers.message_rows import text_rows
from transforms.readers.printed_range import PRINTED_RANGE
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_READER = "genexpert-hl7/2"
_TITLE = "GeneXpert HL7 ORU^R32"
BCR_ABL = re.compile(r"bcr", re.IGNORECASE)
FINAL, CORRECTED = "F", "C"
_VALUE, _STATUS = "OBX-5", "OBX-11"
LAYOUT = Places(
    {
        "sample_id": Place("SPM-2"),
        "run_id": Place("OBX-18"),
        "performed_on": Place("TQ1-8"),
        "result_version": Place(_STATUS),
        "reported_unit": Place("OBX-6"),
        PRINTED_RANGE: Place("OBX-7"),
        **dict.fromkeys(
            ("reported_value", "reported_call", "target_cq", "control_cq"), Place(_VALUE)
        ),
    }
)


def recognise(content: Content) -> bool:
    """Return whether a text begins with a GeneXpert result message."""
    header = first_header(content.head)
    if header is None:
        return False
    kind = header.parts(9)[:2]
    return kind[0] == "ORU" and kind[-1].startswith("R3") and "GeneXpert" in header.raw(3)


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
    return text_rows(taken, _TITLE, _READER, assay, settings, LAYOUT)


def _take(message: Message, assay: AssayNames | None, taken: Taken) -> None:
    # the line of MSH stands for the message: it names nobody, and OBX-16 is the operator
    line, rows = message.head.line, message.all("OBX")
    names = [p for s in [*message.all("OBR")] for p in s.parts(4)] + [
        p for s in rows for p in (*s.parts(3), s.subs(4)[0])
    ]
    if not taken.holds_results(message.kind, "ORU^R3", line, has_rows=bool(rows)):
        return
    if not any(BCR_ABL.search(n) for n in names):
        taken.ignore("IGNORED_OTHER_TARGET", line)
        return
    if not taken.is_own(names, assay, line):
        return
    if message.strange or message.is_cut():
        torn = (*message.strange, message.open_line)[0]
        taken.not_whole(line, f"the message is broken: line {torn} is no whole segment")
        return
    mains = {s.fields[2:] for s in rows if s.subs(4) == ("", "")}
    samples = {_sample(s) for s in message.all("SPM")} - {""}
    n_patients = len(message.all("PID"))
    is_one = len(mains) == 1 and len(samples) <= 1 and n_patients <= 1
    if not is_one or len(_analytes(rows)) != len(set(_keys(rows))):
        found = f"{len(mains)} main results, {len(samples)} samples and {n_patients} patients"
        if is_one:
            found = "two values of one analyte"
        taken.not_whole(line, f"one message is one cartridge, and this has {found}")
        return
    main = next(s for s in rows if s.subs(4) == ("", ""))
    status = main.part(11, 1)
    if status not in (FINAL, CORRECTED):
        taken.not_final(main.line, status, _STATUS)
        return
    values = {key: value for key, value in _analytes(rows)}
    text, number = main.part(5, 1), main.part(5, 2)
    said = kit_words(text, number, main.part(6, 1), main.part(7, 1))
    more = len([p for p in main.parts(5)[2:] if p])
    if said is None or more or contradicts(said, values.get(("BCR-ABL", ""), ("", ""))[0]):
        words = as_written(text, number, main.part(6, 1), main.part(7, 1))
        taken.not_understood(main.line, words, column=_VALUE)
        return
    performed_on = _day(message, taken)
    taken.results.append(
        Result(
            line=line,
            sample_id=next(iter(samples), None),
            said=said,
            run_id=main.part(18, 4) or None,
            replicate="1",
            performed_on=performed_on,
            is_valid=said.call != "INVALID",
            target_cq=cq(values.get(("BCR-ABL", "Ct"), ("", ""))[1], is_read=said.is_read),
            control_cq=cq(values.get(("ABL", "Ct"), ("", ""))[1], is_read=said.is_read),
            version=version_of(status == CORRECTED, message.head.part(7, 1)),
            lines={"reported_value": main.line, **_cq_lines(rows)},
        )
    )


def _sample(specimen: Segment) -> str:
    return specimen.part(2, 1) or specimen.part(2, 2)


def _analytes(rows: list[Segment]) -> set[tuple[tuple[str, str], tuple[str, str]]]:
    """Return analyte and kind with word and number, each said once."""
    return {
        (s.subs(4), (s.part(5, 1), s.part(5, 2))) for s in rows if s.subs(4) != ("", "")
    }  # fmt: skip


def _keys(rows: list[Segment]) -> list[tuple[str, str]]:
    return [s.subs(4) for s in rows if s.subs(4) != ("", "")]


def _cq_lines(rows: list[Segment]) -> dict[str, int]:
    """Return the lines of the Ct of both genes."""
    columns = {("BCR-ABL", "Ct"): "target_cq", ("ABL", "Ct"): "control_cq"}
    return {columns[s.subs(4)]: s.line for s in rows if s.subs(4) in columns}


def _day(message: Message, taken: Taken) -> str | None:
    written = next((t.raw(8) or t.raw(7) for t in message.all("TQ1") if t.raw(8) or t.raw(7)), "")
    day = real_day(hl7_day(written))
    if day is None and written:
        taken.findings.append(unreadable_day("TQ1-8", written))
    return day


READER = Reader(
    _READER,
    _TITLE,
    "`MSH`, sent by GeneXpert, message type `ORU^R3…`",
    False,
    recognise,
    read,
    may_quote=False,
)
