"""What the warehouse needs of a disk: rights of new files, bytes that are really there, links and locks."""

import fcntl
import os
import shutil
from pathlib import Path

from flows.errors import EXIT_NOT_PUBLISHED, UserError

DIR_MODE, FILE_MODE = 0o750, 0o440
PRIVATE_DIR_MODE, PRIVATE_FILE_MODE = 0o700, 0o400
"""Of what only the owner may see."""


def sync_file(descriptor: int) -> None:
    """Wait until the bytes of an open file are on disk."""
    os.fsync(descriptor)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes, mode: int) -> None:
    """Write a file that is there whole or not at all, and never with more rights than it will have.

    Until then its bytes lie beside it in `.part-…`, which a killed process leaves.

    Raises:
        OSError: it cannot be written.
    """
    part = path.with_name(f".part-{os.getpid()}-{path.name}")
    # a file without the right to write can be opened so only while it is made
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as out:
            # the umask may have taken rights of the group away
            os.fchmod(descriptor, mode)
            out.write(data)
            out.flush()
            sync_file(descriptor)
        part.replace(path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def probe(root: Path) -> None:
    """Try what the warehouse needs of its file system.

    Raises:
        UserError: something is missing; the message names it.
    """
    place = root / f".probe-{os.getpid()}"
    place.mkdir(mode=DIR_MODE)
    try:
        first = place / "file"
        first.write_text("x", encoding="utf-8")
        for what, attempt in (
            ("hard links", lambda: os.link(first, place / "hard")),
            ("symbolic links", lambda: (place / "soft").symlink_to("file")),
            ("renaming a link over another", lambda: (place / "soft").replace(place / "hard")),
            ("file locks", lambda: _try_lock(first)),
        ):
            try:
                attempt()
            except OSError as error:
                raise UserError(
                    f"{root}: the place has no {what} ({error.strerror}); put the warehouse on a local disk",
                    EXIT_NOT_PUBLISHED,
                ) from None
    finally:
        shutil.rmtree(place)


def _try_lock(path: Path) -> None:
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_UN)
