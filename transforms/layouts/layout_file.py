"""A layout file that lies beside the data: it holds no rows, and is checked like any other file."""

from transforms.layouts.parse import is_layout_text, parse_layout
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_READER = "layout-file/1"
_TITLE = "layout file"


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Check a layout file.

    Raises:
        FileRefusedError: LAYOUT_INVALID with line, key, value and what would be right.
    """
    parse_layout(content.text.decode(), _TITLE)
    return TextRows(_TITLE, _READER, rows_read=0)


READER = Reader(
    _READER,
    _TITLE,
    "TOML with a title or a table, and [columns]",
    True,
    lambda content: is_layout_text(content.head),
    read,
)
