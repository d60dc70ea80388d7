"""The inbox: which files are offered, whether they are complete, their bytes kept before parsing."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.layouts import is_layout_name
from flows.settings import Settings
from transforms.layouts.parse import is_layout_text
from transforms.printable import is_hidden_in, shown

_HEAD_BYTES = 100_000
_FOLDER_OF_A_SAMPLE = "_getitd"
"""getITD writes into a folder `<sample>_getitd` of its own."""


@dataclass(frozen=True)
class Offered:
    """A file that a load was offered.

    Attributes:
        path: where it lies.
        name: its path below the folder that was given; what tables and messages call it.
        folder: name of the folder it lies in, the assay of instrument files; the one above, where a program
            makes a folder for each sample.
        refusal: finding code and message when it cannot be used at all.
        is_growing: it changed while it was looked at, and is left for the next load.
        target: where its bytes lie, of a link that was followed when it was looked at.
    """

    path: Path
    name: str
    folder: str
    refusal: tuple[str, str] | None = None
    is_growing: bool = False
    target: Path | None = None


def discover(paths: Sequence[Path], settings: Settings) -> list[Offered]:
    """Return the files below the paths, sorted by name.

    Hidden files are no results and are left out: editors, shares and desktops make them.

    Raises:
        UserError: a path does not exist or cannot be read, or there is no file at all.
    """
    require(paths)
    found: list[Offered] = []
    for given in paths:
        if given.is_dir():
            found.extend(_below(given))
        else:
            folder = _folder(given.resolve().parent)
            found.append(Offered(given, _text(Path(given.name)), folder))
            found.extend(_layouts_beside(given, {*paths, *(f.path for f in found)}))
    if not found:
        places = ", ".join(str(p) for p in paths)
        raise UserError(f"{places}: there is no file to load", EXIT_NOT_PUBLISHED)
    # a folder and a file in it may both be given
    found = list({f.path.parent.resolve() / f.path.name: f for f in reversed(found)}.values())
    limit = settings.max_file_mb * 1_000_000
    found = [
        _checked(_printable(f), limit) for f in sorted(found, key=lambda f: (f.name, str(f.path)))
    ]
    found = [replace(f, target=_target(f.path)) if f.path.is_symlink() else f for f in found]
    return _settled(found, settings.settle_seconds)


def _layouts_beside(given: Path, known: set[Path]) -> list[Offered]:
    """Return the layouts in the folder of a file that is given alone; other TOML there is no result."""
    folder = _folder(given.resolve().parent)
    beside = [
        p
        for p in sorted(given.parent.iterdir())
        if is_layout_name(p) and p not in known and p.is_file()
    ]
    return [Offered(p, _text(Path(p.name)), folder) for p in beside if is_layout_text(_head(p))]


def _folder(parent: Path) -> str:
    name = parent.parent.name if parent.name.endswith(_FOLDER_OF_A_SAMPLE) else parent.name
    return _text(Path(name))


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES).decode(errors="replace")
    except OSError:
        # not offered by anybody: what cannot be read is no layout
        return ""


def require(paths: Sequence[Path]) -> None:
    """Check that what a command was given is there.

    Raises:
        UserError: a path does not exist.
    """
    for given in paths:
        if not given.exists():
            raise UserError(f"{given}: there is no such file or folder")


def _below(root: Path) -> list[Offered]:
    found = []
    home = root.resolve()

    def closed(error: OSError) -> None:
        # a share that went away is asked again; a folder that is closed to the program stays so
        if not isinstance(error, PermissionError):
            raise error
        found.append(_shut(error, root))

    for folder, names, files in os.walk(root, onerror=closed):
        names[:] = sorted(n for n in names if not n.startswith("."))
        for name in names:
            path = Path(folder) / name
            if path.is_symlink():
                refusal = ("FILE_LINK", "this is a link to a folder; copy the folder itself")
                found.append(
                    Offered(
                        path, _text(path.relative_to(root)), _text(Path(path.parent.name)), refusal
                    )
                )
        for name in files:
            if name.startswith((".", "~$")):
                continue
            path = Path(folder) / name
            offered = Offered(
                path,
                _text(path.relative_to(root)),
                _folder((home / path.relative_to(root)).parent),
            )
            if path.is_symlink() and not _target(path).is_relative_to(home):
                refusal = (
                    "FILE_LINK",
                    "the file is a link that leaves the inbox; copy the file itself",
                )
                offered = Offered(path, offered.name, offered.folder, refusal)
            found.append(offered)
    return found


def _target(link: Path) -> Path:
    """Return where a link leads; of one that leads to itself a path that cannot be opened."""
    return Path(os.path.realpath(link))


def _shut(error: OSError, root: Path) -> Offered:
    """Return a folder that cannot be looked into as a file that cannot be read."""
    path, why = Path(error.filename), error.strerror
    if path == root:
        raise UserError(f"{root}: the folder cannot be read: {why}", EXIT_NOT_PUBLISHED)
    words = f"the folder cannot be read: {why}; nothing in it was loaded"
    name, folder = path.relative_to(root), path.parent.name
    return Offered(path, _text(name), _text(Path(folder)), ("FILE_UNREADABLE", words))


def _text(path: Path) -> str:
    """Return a path as text, also where its bytes are no UTF-8."""
    return path.as_posix().encode(errors="surrogateescape").decode(errors="replace")


def _printable(file: Offered) -> Offered:
    """Refuse a file whose name could write over another line; its name has these characters written out."""
    if not is_hidden_in(file.name + file.folder):
        return file
    name, folder = shown(file.name), shown(file.folder)
    message = (
        f"the name {name} holds a character that cannot be seen; rename the file or its folder"
    )
    return Offered(file.path, name, folder, ("FILE_NAME_HIDDEN_CHARACTER", message))


def _checked(file: Offered, limit: int) -> Offered:
    if file.refusal:
        return file
    try:
        size = file.path.stat().st_size
        if not file.path.is_file():
            refusal = ("FILE_UNREADABLE", "this is not a regular file")
        elif size > limit:
            refusal = (
                "FILE_TOO_LARGE",
                f"{size // 1_000_000} MB is more than max_file_mb = {limit // 1_000_000}; split the export",
            )
        elif not os.access(file.path, os.R_OK):
            refusal = ("FILE_UNREADABLE", "the program has no right to read the file")
        else:
            return file
    except OSError as error:
        refusal = ("FILE_UNREADABLE", f"the file cannot be read: {error.strerror}")
    return Offered(file.path, file.name, file.folder, refusal)


def _stamp(path: Path) -> tuple[int, int]:
    """Return the size of a file and when it last changed.

    A copy may be given the time of its original while it grows; the time of its inode cannot be set.
    """
    status = path.stat()
    return status.st_size, max(status.st_mtime_ns, status.st_ctime_ns)


def _settled(files: list[Offered], settle_seconds: float) -> list[Offered]:
    """Mark files that still grow: those changed just now are looked at again after a moment."""
    now = time.time()
    usable = [f for f in files if f.refusal is None]
    stamps = {f.path: _stamp(f.path) for f in usable}
    young = {path: stamp for path, stamp in stamps.items() if now - stamp[1] / 1e9 < settle_seconds}
    if not young:
        return files
    youngest = max(stamp[1] for stamp in young.values()) / 1e9
    time.sleep(max(0.0, min(settle_seconds, settle_seconds - (now - youngest))))
    growing = {path for path, stamp in young.items() if not path.exists() or _stamp(path) != stamp}
    return [
        Offered(f.path, f.name, f.folder, None, is_growing=True) if f.path in growing else f
        for f in files
    ]
