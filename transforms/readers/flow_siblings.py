"""Files of a cytometry laboratory that hold no counts of gates (`formats.md` §2, §6): refused in their own words."""

import re
from itertools import islice

from transforms.problems import FileRefusedError
from transforms.readers.content import Content
from transforms.readers.delimited import split_cells
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.safe_xml import root_tag

_READER = "flow-no-result/1"
_TITLE = "cytometry file without results"
_EXPORT = "export the event counts of the gates (FlowJo table with Count or workspace, FACSDiva experiment XML)"
_WORDS = {
    "gates": f"GatingML describes gates and counts nothing; {_EXPORT}",
    "spillover": f"the file is a compensation matrix, no result; {_EXPORT}",
    "events": f"the file holds one 0 or 1 for each event of one gate, without gate or sample; {_EXPORT}",
    "samples": "the file lists samples and holds no result; give samples as canonical CSV (see mrd formats), "
    "and the results as their instrument exports them",
}
_EVENT_LINES = 50
_LIST_HEADERS = ("samples", "fcs file", "fcs filename")


def recognise(content: Content) -> bool:
    """Return whether a text is one of these files."""
    return _kind(content.head) is not None


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Refuse the file.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, with what to export instead.
    """
    kind = _kind(content.head) or "gates"
    raise FileRefusedError("NO_RESULTS_SECTION", _WORDS[kind])


def _kind(head: str) -> str | None:
    root = root_tag(head)
    if root is not None:
        return {"Gating-ML": "gates", "spilloverMatrix": "spillover"}.get(root)
    lines = [line for line in islice(head.split("\n"), 400) if line.strip()]
    if len(lines) > _EVENT_LINES and all(line.strip() in ("0", "1") for line in lines[:-1]):
        return "events"
    if len(lines) < 2:
        return None
    separator = "\t" if "\t" in lines[0] else ","
    header = split_cells(lines[0], separator)
    if len(header) > 1 and header[0].lower() in _LIST_HEADERS:
        return "samples"
    return "spillover" if _is_spillover(header, lines[1:], separator) else None


def _is_spillover(header: list[str], lines: list[str], separator: str) -> bool:
    """Tell a square of numbers with ones along its diagonal; FlowJo writes names before its rows."""
    has_names = not header[0]
    channels = header[1:] if has_names else header
    if len(channels) < 2 or len(lines) != len(channels):
        return False
    rows = [split_cells(line, separator)[has_names:] for line in lines]
    if any(len(row) != len(channels) for row in rows):
        return False
    number = re.compile(r"-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")
    if not all(number.fullmatch(cell) for row in rows for cell in row):
        return False
    # some programs write the matrix in percent
    return {float(row[i]) for i, row in enumerate(rows)} in ({1.0}, {100.0})


READER = Reader(
    _READER,
    _TITLE,
    "GatingML, a compensation matrix, a 0 or 1 per event, or a list of samples: refused, with what to export",
    True,
    recognise,
    read,
)
