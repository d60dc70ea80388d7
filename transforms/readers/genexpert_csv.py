"""Cepheid GeneXpert Dx "Export Data" (`formats.md` §3c): blocks of `Key,value`, a `RESULT TABLE` per test.

How BCR-ABL results stand in it was never seen in a real file: every file says so in a finding.
"""

import csv
import io
import re
from dataclasses import dataclass, field, replace

from transforms.places import Place, Places
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.content import Content
from transforms.readers.genexpert_words import Said, contradicts, cq, kit_words
from transforms.readers.message_results import Result, Taken, real_day, unreadable_day
from transforms.readers.message_rows import text_rows
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_READER = "genexpert-csv/2"
_TITLE = "GeneXpert Dx CSV"
_START = "RESULT TABLE"
_LAYOUT = Places(
    {
        "sample_id": Place("Sample ID", 2),
        "run_id": Place("Cartridge S/N", 2),
        "performed_on": Place("End Time", 2),
        "reported_value": Place("Test Result", 2),
        "reported_call": Place("Test Result", 2),
        "target_cq": Place("Ct"),
        "control_cq": Place("Ct"),
    }
)
# the first cell of the line that a value stands on
_CELLS = {"reported_value": "Test Result", "target_cq": "BCR-ABL", "control_cq": "ABL"}
_ENDS = ("ASSAY INFORMATION", "Analysis Settings")
_SECTIONS = ("History", "Analyte Result", "Detail", "Melt Peaks", "Errors", "Messages")
_UP_TO_RESULTS = ("", "History", "Analyte Result")
_KEYS = ("Sample ID", "Assay", "Test Type", "Cartridge S/N", "Status", "Test Result", "End Time")
_ISO_DAY = re.compile(r"^([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})(?:[ T].*)?$")
_BCR_ABL = re.compile(r"bcr.?abl", re.IGNORECASE)


@dataclass
class _Test:
    """One `RESULT TABLE`: keys before its sections, and Ct and word of each analyte."""

    line: int
    keys: dict[str, set[str]] = field(default_factory=dict)
    analytes: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    section: str = ""
    lines: dict[str, int] = field(default_factory=dict)
    is_cut: bool = False

    def key(self, name: str) -> str:
        """Return the value of a key, or an empty text where it stands twice with different ones."""
        found = self.keys.get(name, {""})
        return next(iter(found)) if len(found) == 1 else ""

    def take(self, row: list[str], line: int) -> None:
        """Take one line of the block."""
        if self.section in ("", "Analyte Result"):
            self.lines.setdefault(row[0], line)
        if row[0] in _SECTIONS and not any(row[1:]):
            self.section, self.columns = row[0], []
        elif not self.section and row[0] in _KEYS:
            self.keys.setdefault(row[0], set()).add(",".join(row[1:]).strip(", "))
        elif self.section == "Analyte Result":
            self._take_analyte(row)

    def _take_analyte(self, row: list[str]) -> None:
        if not self.columns:
            self.columns = row
            return
        cells = dict(zip(self.columns, row, strict=False))
        said = (cells.get("Ct", ""), cells.get("Analyte Result", ""))
        self.analytes.setdefault(cells.get("Analyte Name", ""), set()).add(said)


def recognise(content: Content) -> bool:
    """Return whether a text is an export of the GeneXpert Dx software."""
    head = content.head
    return ",GeneXpert Dx System" in head[:400] and re.search(rf"^{_START}", head, re.M) is not None


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export; each `RESULT TABLE` is one row.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: the sample of a file that names none.

    Raises:
        FileRefusedError: QUOTE_NOT_CLOSED.
    """
    taken = Taken()
    for test in _tests(content.text.decode()):
        _take(test, assay, taken)
    if taken.results:
        message = (
            "BCR-ABL results in this export are read from its description, not from a real file; "
            "compare the first ones with the printed report"
        )
        taken.findings.append(one_finding(0, "LAYOUT_NOT_CONFIRMED", message))
    return text_rows(taken, _TITLE, _READER, assay, settings, _LAYOUT)


def _tests(text: str) -> list[_Test]:
    reader = csv.reader(io.StringIO(text.replace("\ufeff", ""), newline=""), strict=True)
    tests: list[_Test] = []
    is_inside = False
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            if tests and tests[-1].section in _UP_TO_RESULTS and not text.endswith("\n"):
                tests[-1].is_cut = True
            return tests
        except csv.Error:
            raise _not_closed(line) from None
        row = [c.strip() for c in cells]
        if any(re.search(rf"^{_START}", c, re.MULTILINE) for c in row if "\n" in c):
            # a quote that is closed in the next test would hide that test
            raise _not_closed(line)
        if row and row[0].startswith(_START):
            tests.append(_Test(line))
            is_inside = True
        elif row and row[0] in _ENDS:
            is_inside = False
        elif row and any(row) and is_inside:
            tests[-1].take(row, line)
        line = reader.line_num + 1


def _not_closed(line: int) -> FileRefusedError:
    return FileRefusedError(
        "QUOTE_NOT_CLOSED", f"a quoted cell that starts on line {line} is not closed; export the file again",
        line=line,
    )  # fmt: skip


def _take(test: _Test, assay: AssayNames | None, taken: Taken) -> None:
    line, name = test.line, test.key("Assay")
    if not _BCR_ABL.search(name) and not any(_BCR_ABL.search(a) for a in test.analytes):
        taken.ignore("IGNORED_OTHER_TARGET", line)
        return
    if not taken.is_own([name, *test.analytes], assay, line):
        return
    if "control" in test.key("Test Type").lower():
        taken.ignore("IGNORED_CONTROL", line)
        return
    if test.is_cut:
        taken.not_whole(line, f"the file stops within the RESULT TABLE of line {line}")
        return
    said = _said(test)
    if said is None:
        at = test.lines.get("Test Result", line)
        taken.not_understood(at, test.key("Test Result"), column="Test Result")
        return
    written = test.key("End Time")
    match = _ISO_DAY.match(written)
    day = real_day("-".join(match.groups())) if match else None
    if day is None and written:
        taken.findings.append(unreadable_day("End Time", written))
    target, control = _ct(test, "BCR-ABL"), _ct(test, "ABL")
    taken.results.append(
        Result(
            line=line,
            sample_id=test.key("Sample ID") or None,
            said=said,
            run_id=test.key("Cartridge S/N") or None,
            replicate="1",
            performed_on=day,
            is_valid=said.call != "INVALID",
            target_cq=cq(target, is_read=said.is_read),
            control_cq=cq(control, is_read=said.is_read),
            lines={c: test.lines[k] for c, k in _CELLS.items() if k in test.lines},
        )
    )


def _ct(test: _Test, analyte: str) -> str:
    return next(iter(test.analytes.get(analyte, {("", "")})))[0]


def _said(test: _Test) -> Said | None:
    """Return what a test says; None when it is not known or stands twice with different words."""
    stands_twice = any(len(v) > 1 for v in test.keys.values())
    stands_twice = stands_twice or any(len(v) > 1 for v in test.analytes.values())
    parts = {p.strip() for p in test.key("Test Result").split("|") if p.strip()}
    is_done = test.key("Status") in ("", "Done")
    if stands_twice or len(parts) > 1 or (is_done and not parts):
        return None
    said = kit_words(parts.pop() if parts else "NO RESULT")
    if said is None or any(contradicts(said, w) for _, w in test.analytes.get("BCR-ABL", ())):
        return None
    if not is_done:
        # an aborted test has no result, whatever stands in its field
        return replace(said, call="INVALID", value=None, unit=None, is_read=False)
    return said


READER = Reader(
    _READER,
    _TITLE,
    "`,GeneXpert Dx System` near the top and a line `RESULT TABLE`",
    False,
    recognise,
    read,
    may_quote=False,
)
