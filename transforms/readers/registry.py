"""Which reader a file belongs to: told by its content, never by its name."""

from collections.abc import Callable
from dataclasses import dataclass

from transforms.problems import FileRefusedError
from transforms.readers import canonical, quantstudio
from transforms.readers.decode import to_utf8
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

HEAD_CHARS = 400_000


@dataclass(frozen=True)
class Reader:
    """One reader.

    Attributes:
        name: reader and version; a change of version makes files be read again.
        title: what the format is called, for `mrd formats`.
        signature: what in the content decides, for `mrd formats`.
        names_its_assay: false when the folder of the file names the assay.
        recognise: whether the head of a text is of this format.
        read: the reading itself.
    """

    name: str
    title: str
    signature: str
    names_its_assay: bool
    recognise: Callable[[str], bool]
    read: Callable[[bytes, AssayNames | None, ReaderSettings], TextRows]


READERS = (
    Reader(
        quantstudio.READER,
        quantstudio.FORMAT,
        "line 1 `* Key = Value` and a line `[Results]` or `[Sample Setup]`",
        False,
        quantstudio.recognise,
        quantstudio.read,
    ),
    Reader(
        canonical.READER,
        "canonical CSV",
        "a header with the deciding columns of a table",
        True,
        canonical.recognise,
        lambda data, assay, settings: canonical.read(data),
    ),
)


def find_reader(data: bytes) -> tuple[Reader, bytes]:
    """Return the reader of a file, and its text.

    Args:
        data: the bytes as they came.

    Returns:
        The reader, and the text as UTF-8 with normalised line ends.

    Raises:
        FileRefusedError: FILE_EMPTY, FILE_BINARY, FILE_ENCODING or FILE_NOT_RECOGNISED.
    """
    text = to_utf8(data)
    head = text[:HEAD_CHARS].decode(errors="ignore")
    for reader in READERS:
        if reader.recognise(head):
            return reader, text
    first = next((x for x in head.split("\n") if x.strip()), "")
    raise FileRefusedError(
        "FILE_NOT_RECOGNISED",
        "the content matches no format that is read; see `mrd formats`",
        value=first[:120],
    )
