"""A file opened: its text, or the sheets of a workbook, or the parts of an archive.

What a container unpacks to is limited before it is unpacked, so that a small file cannot fill the memory.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import polars as pl
from python_calamine import CalamineError, CalamineWorkbook

from transforms.problems import FileRefusedError
from transforms.readers.decode import to_utf8
from transforms.readers.fcs import refuse_fcs

HEAD_CHARS = 400_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
_GZIP = b"\x1f\x8b"
ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError
)  # fmt: skip
"""What the zip module raises on damaged archives; a ValueError where an offset is negative."""
_ZIPS = (b"PK\x03\x04", b"PK\x07\x08", b"PK\x05\x06")


@dataclass(frozen=True)
class Content:
    """One file, opened.

    Attributes:
        text: UTF-8 with normalised line ends; empty for a workbook or an archive.
        head: the beginning of the text.
        sheets: of a workbook, by name: `source_line` (row of the sheet, from 1) and `c0` … `cN`, texts,
            null where empty. Numbers have all their digits.
        parts: of another archive, by name: the bytes of its files.
        workbook: bytes of a workbook, for the formats of its cells.
    """

    text: bytes = b""
    head: str = ""
    sheets: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict)
    workbook: bytes = b""


def open_content(data: bytes) -> Content:
    """Open a file.

    Raises:
        FileRefusedError: FILE_EMPTY, FILE_BINARY, FILE_ENCODING, FILE_DAMAGED or FILE_UNPACKS_TOO_LARGE.
    """
    if data.startswith(_GZIP):
        data = _gunzip(data)
    if data.startswith(_ZIPS):
        return _unzip(data)
    refuse_fcs(data)
    text = to_utf8(data)
    # cut before decoding: a text may be much longer than its head
    return Content(text=text, head=text[: 4 * HEAD_CHARS].decode(errors="ignore")[:HEAD_CHARS])


def _too_large() -> FileRefusedError:
    megabytes = MAX_UNPACKED_BYTES // (1024 * 1024)
    return FileRefusedError(
        "FILE_UNPACKS_TOO_LARGE",
        f"the file unpacks to more than {megabytes} MB; export less, or unpack it yourself",
    )


def _damaged(words: str) -> FileRefusedError:
    return FileRefusedError("FILE_DAMAGED", f"the file cannot be opened: {words}; export it again")


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            unpacked = packed.read(MAX_UNPACKED_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(f"gzip {error}") from None
    if len(unpacked) > MAX_UNPACKED_BYTES:
        raise _too_large()
    return unpacked


def _unzip(data: bytes) -> Content:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if sum(i.file_size for i in infos) > MAX_UNPACKED_BYTES:
                raise _too_large()
            names = {i.filename for i in infos}
            if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
                return Content(sheets=_sheets(data), workbook=data)
            # the sizes in the directory may lie, what is read does not
            parts, left = {}, MAX_UNPACKED_BYTES
            for info in infos:
                with archive.open(info) as part:
                    parts[info.filename] = part.read(left + 1)
                left -= len(parts[info.filename])
                if left < 0:
                    raise _too_large()
    except ZIP_ERRORS as error:
        raise _damaged(f"zip {error}") from None
    return Content(parts=parts)


def _sheets(data: bytes) -> dict[str, pl.DataFrame]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return {
            n: _cells(book.get_sheet_by_name(n).to_python(skip_empty_area=False))
            for n in book.sheet_names
        }
    except CalamineError as error:
        raise _damaged(f"workbook {error}") from None


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
