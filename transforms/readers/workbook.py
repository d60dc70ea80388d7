"""The sheets of a workbook, with limits that hold before a library lays its cells out in memory.

calamine makes a grid from A1 to the last filled cell of a sheet. Two cells at opposite corners make a grid of 17
billion, and a text that is stored once may stand in a million cells, so a workbook of one kilobyte could ask for
more memory than there is, and end the program. So the addresses are looked at first, in the very bytes that are
then opened.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from xml.parsers import expat

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from transforms.problems import FileRefusedError

MAX_CELLS = 4_000_000
"""Of all sheets, empty ones among them. A 384-well export with its curves has about a million."""
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_TEXT_BYTES = 256 * 1024 * 1024
"""Of cells that share their text, were each written out."""
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\s(?:[^<>]*\s)?t\s*=\s*["'])e(["'])""")
_MAX_COLUMN, _MAX_ROW = 16_384, 1_048_576


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Return whether an archive is a workbook."""
    names = set(archive.namelist())
    return "xl/workbook.xml" in names or "xl/workbook.bin" in names


def read_sheets(archive: zipfile.ZipFile) -> dict[str, pl.DataFrame]:
    """Return the sheets by name, as `Content.sheets` describes them.

    Raises:
        FileRefusedError: FILE_UNPACKS_TOO_LARGE, FILE_DAMAGED or FILE_BINARY.
        zipfile.BadZipFile: the archive is torn, and what else reading a part raises.
    """
    if "xl/workbook.bin" in archive.namelist():
        # its cells cannot be counted before it is opened
        raise FileRefusedError(
            "FILE_BINARY", "the workbook is binary (.xlsb); save it as .xlsx or export as text"
        )
    checked = _checked(archive)
    try:
        book = CalamineWorkbook.from_filelike(checked)
        sheets, left = {}, MAX_UNPACKED_BYTES
        for name in book.sheet_names:
            sheets[name] = _cells(book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            # one part may be many sheets
            left -= int(sheets[name].estimated_size())
            if left < 0:
                raise too_large(MAX_UNPACKED_BYTES)
    except CalamineError as error:
        raise damaged(f"workbook {error}") from None
    return sheets


def damaged(words: str) -> FileRefusedError:
    """Return why a container cannot be opened."""
    return FileRefusedError("FILE_DAMAGED", f"the file cannot be opened: {words}; export it again")


def too_large(limit: int) -> FileRefusedError:
    """Return why a container is not unpacked."""
    return FileRefusedError(
        "FILE_UNPACKS_TOO_LARGE",
        f"the file unpacks to more than {limit // (1024 * 1024)} MB; export less, or unpack it yourself",
    )


def _checked(archive: zipfile.ZipFile) -> io.BytesIO:
    """Return the workbook packed again from parts that were looked at.

    What is opened is what was checked: two programs may see different parts in an archive that was made to lie.
    """
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise damaged("workbook with one part twice")
    left, cells, shared = MAX_UNPACKED_BYTES, 0, _Counts()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as again:
        for name in names:
            with archive.open(name) as part:
                content = part.read(left + 1)
            left -= len(content)
            if left < 0:
                raise too_large(MAX_UNPACKED_BYTES)
            counts = _counts(content)
            cells += counts.cells
            shared.texts += counts.texts
            shared.longest = max(shared.longest, counts.longest)
            if cells > MAX_CELLS:
                raise FileRefusedError(
                    "FILE_UNPACKS_TOO_LARGE",
                    f"the sheets span more than {MAX_CELLS:,} cells up to their last filled one; "
                    "clear what stands far from the table, or export less",
                )
            if counts.errors:
                content = _errors_as_texts(content, counts.errors)
            again.writestr(zipfile.ZipInfo(name), content)
    if shared.texts * shared.longest > MAX_TEXT_BYTES:
        raise too_large(MAX_TEXT_BYTES)
    packed.seek(0)
    return packed


@dataclass
class _Counts:
    """What a part holds: cells of its grid, cells whose text is stored elsewhere, its longest text, errors."""

    cells: int = 0
    texts: int = 0
    longest: int = 0
    errors: int = 0


class _Grid:
    """Follows the cells of a part as calamine does, to the last filled one."""

    def __init__(self) -> None:
        self.row = self.column = self.rows = self.columns = self.texts = 0
        self.errors = 0
        self.longest = self._chars = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            address = attributes.get("r")
            if address is None:
                self.column += 1
            else:
                self.row, self.column = _place(address)
            if attributes.get("t") == "s":
                self.texts += 1
            elif attributes.get("t") == "e":
                self.errors += 1
        elif name in ("v", "is"):
            self.rows, self.columns = max(self.rows, self.row), max(self.columns, self.column)
        elif name == "row":
            number = attributes.get("r")
            self.row = self.row + 1 if number is None else _row(number)
            self.column = 0
        elif name == "si":
            self._chars = 0

    def characters(self, text: str) -> None:
        self._chars += len(text)

    def end(self, tag: str) -> None:
        if tag.rpartition(":")[2] == "si":
            self.longest = max(self.longest, self._chars)


def _counts(part: bytes) -> _Counts:
    """Count what a part of a workbook asks for.

    Raises:
        FileRefusedError: FILE_DAMAGED, or XML_FORBIDDEN where it declares entities.
    """
    is_texts = b"sst" in part
    is_xml = part.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    if not is_xml or not (is_texts or b"sheetData" in part):
        return _Counts()
    grid = _Grid()
    # whatever the declaration says: calamine reads the bytes as UTF-8
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = grid.start
    if is_texts:
        parser.buffer_text = True
        parser.CharacterDataHandler = grid.characters
        parser.EndElementHandler = grid.end
    parser.EntityDeclHandler = _no_entities
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise damaged(f"workbook, {expat.errors.messages[error.code]}") from None
    return _Counts(grid.rows * grid.columns, grid.texts, grid.longest, grid.errors)


def _errors_as_texts(part: bytes, count: int) -> bytes:
    """Return a part whose cells with an error, such as `#DIV/0!`, hold it as a text.

    calamine gives them as empty, and an empty Cq means that nothing was detected.
    """
    texts, changed = _ERROR_CELL.subn(rb"\g<1>str\g<2>", part)
    if changed != count:
        raise damaged("workbook with a cell of an error that is not written plainly")
    return texts


def _no_entities(*declared: object) -> None:
    raise FileRefusedError(
        "XML_FORBIDDEN",
        "the workbook declares XML entities, which no spreadsheet does; export it again",
    )


def _place(address: str) -> tuple[int, int]:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise damaged(f"workbook with a cell at {address[:20]!r}")
    column = 0
    for letter in match.group(1):
        column = column * 26 + ord(letter) - 64
    if column > _MAX_COLUMN:
        raise damaged(f"workbook with a cell at {address[:20]!r}")
    return _row(match.group(2)), column


def _row(number: str) -> int:
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:8]) <= _MAX_ROW):
        raise damaged(f"workbook with a row {number[:20]!r}")
    return int(number[:8])


def _cells(rows: Sequence[Sequence[object]]) -> pl.DataFrame:
    width = max((len(row) for row in rows), default=0)
    columns = {
        f"c{i}": pl.Series(
            [_text(row[i]) if i < len(row) else None for row in rows], dtype=pl.String
        )
        for i in range(width)
    }
    return pl.DataFrame(
        {"source_line": pl.Series(range(1, len(rows) + 1), dtype=pl.Int64), **columns}
    )


def _text(cell: object) -> str | None:
    """Return a cell as text: whole numbers without a point, others with all digits, dates as ISO."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip() or None
