"""Encodings that a laboratory may name for its texts: a closed list, because none can be told from the bytes."""

import re

from transforms.problems import FileRefusedError

ENCODINGS = ("windows-1252", "windows-1250", "iso-8859-1", "iso-8859-15", "utf-16-le")
"""What `encoding` of a layout and `encodings` of the settings may say; UTF-8 and byte-order marks need no word."""

# ISO 8859 has control characters where Windows has letters and signs: such a byte is of another encoding
_CONTROL = re.compile("[\x80-\x9f]")


def decoded(data: bytes, encoding: str) -> bytes:
    """Return a text of a named encoding as UTF-8.

    Args:
        data: the bytes, without a byte-order mark.
        encoding: one of `ENCODINGS`.

    Raises:
        FileRefusedError: FILE_ENCODING with the line of the first byte that is no character of the encoding.
    """
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _refusal(data[error.start], data[: error.start].decode(encoding), encoding) from None
    if found := _CONTROL.search(text):
        raise _refusal(ord(found.group()), text[: found.start()], encoding)
    return text.encode()


def _refusal(byte: int, before: str, encoding: str) -> FileRefusedError:
    line = len(re.findall("\r\n|\r|\n", before)) + 1
    return FileRefusedError(
        "FILE_ENCODING",
        f"byte 0x{byte:02x} on line {line} is no character of {encoding}, as the text is said to be written; "
        "save the file as UTF-8, or correct the encoding",
        line=line,
    )
