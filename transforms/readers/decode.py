"""Bytes to text: encodings, byte-order marks and line ends."""

import re

from transforms.problems import FileRefusedError
from transforms.readers.encodings import decoded

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# HL7 table 0211; those of them in which every byte is a letter or a sign
_CHARSETS = {b"8859/%d" % n: f"iso8859-{n}" for n in (1, 2, 4, 5, 9, 15)}
_CHARSET = 17
# a few signs at most: each of a long run of them would be a place to begin again
_HL7_HEADER = re.compile(rb"(?:\A|[\r\n\x0b])[\x0b\x1c \t]{0,8}(MSH[^A-Za-z0-9\r\n][^\r\n]*)")
_BINARY_STARTS = (b"%PDF", b"PK\x03\x04", b"\x1f\x8b", b"\x89PNG", b"\xd0\xcf\x11\xe0", b"{\\rtf")


def to_utf8(data: bytes, named: str | None = None) -> bytes:
    r"""Return the text of a file as UTF-8 bytes with `\n` line ends and no byte-order mark.

    Line ends are normalised before anything counts lines: a file with CR alone would otherwise be
    one line, and its rows would be lost without an error.

    Args:
        data: the bytes.
        named: one of `ENCODINGS`, of a text without byte-order mark that is no UTF-8; None = nobody named one.

    Raises:
        FileRefusedError: FILE_EMPTY, FILE_BINARY or FILE_ENCODING.
    """
    if not data.strip():
        raise FileRefusedError("FILE_EMPTY", "the file is empty; export it again")
    encoding = "utf-8"
    for bom, name in _BOMS:
        if data.startswith(bom):
            encoding, data = name, data[len(bom) :]
            break
    else:
        is_wide = named is not None and named.startswith("utf-16")
        if data.startswith(_BINARY_STARTS) or (not is_wide and b"\x00" in data[:4096]):
            raise FileRefusedError(
                "FILE_BINARY", "the file is not text; export as text or CSV (see mrd formats)"
            )
        if named is not None:
            encoding = named
    if encoding == "utf-8":
        data = _as_utf8(data)
    elif encoding == named:
        data = decoded(data, named)
    else:
        try:
            data = data.decode(encoding).encode()
        except UnicodeDecodeError as error:
            raise FileRefusedError(
                "FILE_ENCODING",
                f"the file starts as UTF-16 but byte {error.start} is not; save it as UTF-8",
            ) from None
    data = _unix_lines(data)
    if b"\x00" in data or b"\x01" in data:
        raise FileRefusedError(
            "FILE_BINARY",
            "the file holds control characters; export as text or CSV (see mrd formats)",
        )
    if not data.strip():
        raise FileRefusedError("FILE_EMPTY", "the file is empty; export it again")
    return data


def _unix_lines(data: bytes) -> bytes:
    if b"\r" not in data:
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _as_utf8(data: bytes) -> bytes:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        declared = _declared(data)
        if declared is not None:
            return data.decode(declared).encode()
        line = _unix_lines(data[: error.start]).count(b"\n") + 1
        raise FileRefusedError(
            "FILE_ENCODING",
            f"byte 0x{data[error.start]:02x} on line {line} is not UTF-8; save the file as UTF-8, or say how it is written: "
            "an instrument's folder in [encodings] of mrd.toml, a table in `encoding` of its layout",
            line=line,
        ) from None
    return data


def _declared(data: bytes) -> str | None:
    """Return the charset that all messages of an HL7 text declare in MSH-18; None where they do not agree."""
    headers = _HL7_HEADER.findall(data)
    declared = {
        fields[_CHARSET] if len(fields) > _CHARSET else b""
        for fields in (h.split(h[3:4]) for h in headers)
    }
    return _CHARSETS.get(declared.pop().strip()) if len(declared) == 1 else None
