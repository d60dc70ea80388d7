"""All text in the bytes of a file, whatever its format: to search it, not to read it."""

import zipfile
from collections.abc import Iterator
from io import BytesIO

from transforms.problems import FileRefusedError
from transforms.readers.content import ZIP_ERRORS, open_content
from transforms.readers.encodings import ENCODINGS

_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_DEPTH = 3


def texts_of(data: bytes, depth: int = 0) -> Iterator[str]:
    """Yield the texts of a file: in each encoding that it may have, and of all that is packed in it.

    Args:
        data: the bytes of a file.
        depth: how many archives it lies in.
    """
    yield from _decoded(data)
    if depth == _DEPTH:
        return
    if data.startswith(b"\x1f\x8b"):
        try:
            # opened as readers open it, within the same limits
            yield from texts_of(open_content(data).text, depth + 1)
        except FileRefusedError:
            return
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(BytesIO(data)) as archive:
                for info in archive.infolist():
                    yield info.filename
                    yield from texts_of(archive.read(info), depth + 1)
        except ZIP_ERRORS:
            return


def _decoded(data: bytes) -> Iterator[str]:
    try:
        yield data.decode()
    except UnicodeDecodeError:
        # a text may be of any encoding that a laboratory can name
        for encoding in ENCODINGS:
            if not encoding.startswith("utf-16"):
                yield data.decode(encoding, errors="replace")
    if b"\x00" in data or data[:2] in _BOMS:
        for start, encoding in _BOMS.items():
            yield data.removeprefix(start).decode(encoding, errors="replace")
