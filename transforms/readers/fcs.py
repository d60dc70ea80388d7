"""FCS files: events of a cytometer without gates, so never a result by themselves (`formats.md` §6)."""

import re

from transforms.problems import FileRefusedError

_VERSION = re.compile(rb"FCS([0-9]\.[0-9])")


def refuse_fcs(data: bytes) -> None:
    """Refuse a file that holds events, and say what to export instead.

    Raises:
        FileRefusedError: FILE_BINARY, or FILE_DAMAGED where header and text place the events apart.
    """
    match = _VERSION.match(data)
    if match is None:
        return
    words = (
        f"FCS {match.group(1).decode()} holds events without gates, which are no result; export the event "
        "counts of the gates (FlowJo table with Count or workspace, FACSDiva experiment XML)"
    )
    in_header, in_text = _first_event_by_header(data), _first_event_by_text(data)
    # beyond 99,999,999 bytes the header says 0 by the standard, and the text decides
    if in_header and in_text and in_header != in_text:
        raise FileRefusedError(
            "FILE_DAMAGED",
            f"the events start at byte {in_header} by the header and at {in_text} by the text; {words}",
            value=f"{in_header}, {in_text}",
        )
    raise FileRefusedError("FILE_BINARY", words)


def _first_event_by_header(data: bytes) -> int:
    cell = data[26:34].strip()
    return int(cell) if cell.isdigit() else 0


def _first_event_by_text(data: bytes) -> int:
    start, end = data[10:18].strip(), data[18:26].strip()
    if not (start.isdigit() and end.isdigit()):
        return 0
    text = data[int(start) : int(end) + 1]
    match = re.search(rb"\$BEGINDATA(.)\s*([0-9]{1,15})\s*\1", text, re.DOTALL | re.IGNORECASE)
    return int(match.group(2)) if match else 0
