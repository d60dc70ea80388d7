"""The laboratory's own layouts: those that hold for a file, and the one that a kept file was read with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.errors import UserError
from flows.settings import Settings
from transforms.layouts.choose import choose_layout
from transforms.layouts.layout import Layout
from transforms.layouts.parse import parse_layout
from transforms.layouts.read import READER_NAME
from transforms.problems import FileRefusedError
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.registry import find_reader

ENDING = ".toml"
"""Layouts beside the data are found by this ending, before any table is read."""


@dataclass(frozen=True)
class Held:
    """A layout and where it is from.

    Attributes:
        layout: what it says.
        sha256: hash of the bytes of its file.
        path: its file.
        is_beside: it lies beside the data and holds for files in and below its folder; others hold for all.
    """

    layout: Layout
    sha256: str
    path: Path
    is_beside: bool = False


def is_layout_name(path: Path) -> bool:
    """Tell whether a file may be a layout, by its name."""
    return path.suffix.lower() == ENDING


def held(path: Path, data: bytes, *, is_beside: bool = False, name: str | None = None) -> Held:
    """Return the layout of a file.

    Args:
        path: the file.
        data: its bytes.
        is_beside: whether it lies beside the data.
        name: what messages call it, where that is not the name of the file.

    Raises:
        FileRefusedError: LAYOUT_INVALID.
    """
    return Held(
        parse_layout(data, name or path.name),
        hashlib.sha256(data).hexdigest(),
        path,
        is_beside=is_beside,
    )


class Layouts:
    """The layouts of one load or check."""

    def __init__(self, settings: Settings) -> None:
        """Begin with those that the settings name.

        Raises:
            UserError: one is missing or wrong.
        """
        self._held: list[Held] = []
        for path in settings.layouts:
            try:
                self._held.append(held(path, path.read_bytes()))
            except OSError as error:
                raise UserError(f"{path}: the layout cannot be read: {error.strerror}") from None
            except FileRefusedError as refusal:
                line = f" line {refusal.line}" if refusal.line else ""
                raise UserError(f"{path}{line}: {refusal.message}") from None

    def add_beside(self, path: Path, data: bytes) -> None:
        """Take a layout that lies beside the data."""
        try:
            self._held.append(held(path, data, is_beside=True))
        except FileRefusedError:
            # it is refused in its own name when its turn to be read comes
            return

    def of(self, path: Path) -> list[Held]:
        """Return the layouts that hold for a file, each once."""
        holds = [h for h in self._held if not h.is_beside or path.is_relative_to(h.path.parent)]
        return list({h.sha256: h for h in holds}.values())


def find_with(
    data: bytes, layouts: Sequence[Held], encoding: str | None = None
) -> tuple[Reader, Content, Held | None]:
    """Return the reader of a file, the file opened, and the layout it is read with.

    Args:
        data: its bytes.
        layouts: those that hold for it.
        encoding: how instruments write the texts of its folder that are no UTF-8.

    Raises:
        FileRefusedError: what `find_reader` raises.
    """
    reader, content = find_reader(data, [h.layout for h in layouts], encoding)
    if reader.name != READER_NAME:
        return reader, content, None
    chosen = choose_layout(content, [h.layout for h in layouts])
    return reader, content, next(h for h in layouts if h.layout is chosen)
