"""A file opened: its text, or the sheets of a workbook, or the parts of an archive.

What a container unpacks to is limited before it is unpacked, so that a small file cannot fill the memory.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from lzma import LZMAError

import polars as pl

from transforms.problems import FileRefusedError
from transforms.readers.decode import to_utf8
from transforms.readers.fcs import refuse_fcs
from transforms.readers.workbook import damaged, is_workbook, read_sheets, too_large

HEAD_CHARS = 400_000
MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_PARTS = 10_000
"""Files in one archive; a workbook has some dozens."""
_GZIP = b"\x1f\x8b"
_ZIPS = (b"PK\x03\x04", b"PK\x07\x08", b"PK\x05\x06")

ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
"""What the zip module raises on damaged archives; a ValueError where an offset is negative."""


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
        encoding: the encoding that was named for the text; None = it is UTF-8, or says its own.
    """

    text: bytes = b""
    head: str = ""
    sheets: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict)
    workbook: bytes = b""
    encoding: str | None = None


def open_content(data: bytes, encoding: str | None = None) -> Content:
    """Open a file.

    Args:
        data: the bytes as they came.
        encoding: how the text is written, where it is no UTF-8 and has no byte-order mark.

    Raises:
        FileRefusedError: FILE_EMPTY, FILE_BINARY, FILE_ENCODING, FILE_DAMAGED or FILE_UNPACKS_TOO_LARGE.
    """
    if data.startswith(_GZIP):
        data = _gunzip(data)
    if data.startswith(_ZIPS):
        return _unzip(data)
    refuse_fcs(data)
    text = to_utf8(data, encoding)
    # cut before decoding: a text may be much longer than its head
    head = text[: 4 * HEAD_CHARS].decode(errors="ignore")[:HEAD_CHARS]
    return Content(text=text, head=head, encoding=encoding)


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            unpacked = packed.read(MAX_UNPACKED_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged(f"gzip {error}") from None
    if len(unpacked) > MAX_UNPACKED_BYTES:
        raise too_large(MAX_UNPACKED_BYTES)
    return unpacked


def _unzip(data: bytes) -> Content:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_PARTS:
                raise FileRefusedError(
                    "FILE_UNPACKS_TOO_LARGE",
                    f"the archive holds {len(infos)} files; export less, or unpack it yourself",
                )
            if sum(i.file_size for i in infos) > MAX_UNPACKED_BYTES:
                raise too_large(MAX_UNPACKED_BYTES)
            if is_workbook(archive):
                return Content(sheets=read_sheets(archive), workbook=data)
            # the sizes in the directory may lie, what is read does not
            parts, left = {}, MAX_UNPACKED_BYTES
            for info in infos:
                with archive.open(info) as part:
                    parts[info.filename] = part.read(left + 1)
                left -= len(parts[info.filename])
                if left < 0:
                    raise too_large(MAX_UNPACKED_BYTES)
    except ZIP_ERRORS as error:
        raise damaged(f"zip {error}") from None
    return Content(parts=parts)
