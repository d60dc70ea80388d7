"""The file of a secret key: read only where nobody but its owner can, and never overwritten."""

import os
import secrets
import stat
from pathlib import Path

from flows.disk import sync_file
from flows.errors import EXIT_NOT_PUBLISHED, UserError

_KEY_BYTES = 32
_MOST_BYTES = 1 << 16
_LEAST_DISTINCT_BYTES = 16
"""Of 32 random bytes fewer are distinct once in 10¹⁵ keys."""


def read_key(path: Path, warehouse: Path) -> bytes:
    """Return the key of a key file.

    Raises:
        UserError: it lies in the warehouse, cannot be read, is a link or no file, is readable by others than its
            owner, or does not hold 32 random bytes or more as hexadecimal digits.
    """
    if path.resolve().is_relative_to(warehouse.resolve()):
        raise UserError(
            f"{path}: the key lies inside the warehouse, whose copies would carry it; move it elsewhere"
        )
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        link = "this is a link; name the key file itself"
        words = link if path.is_symlink() else f"the key cannot be read: {error.strerror}"
        raise UserError(f"{path}: {words}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{path}: this is no regular file; name the key file itself")
        if status.st_mode & 0o077 or status.st_uid != os.geteuid():
            raise UserError(
                f"{path}: the key must belong to the user that runs mrd and be readable by nobody else; "
                "run chmod 600, and chown where it is another's"
            )
        data = os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)
    try:
        key = bytes.fromhex(data.decode("ascii"))
    except ValueError:
        # the bytes of a file that is no key are not shown, and neither are those of a key
        key = b""
    if len(key) < _KEY_BYTES or len(set(key)) < _LEAST_DISTINCT_BYTES:
        raise UserError(
            f"{path}: this is no key; a key is {2 * _KEY_BYTES} or more random hexadecimal digits, as "
            "mrd init --pseudonym-key FILE writes them"
        )
    return key


def write_key(path: Path) -> None:
    """Write a new random key that only its owner can read; nothing that exists is overwritten.

    Raises:
        UserError: the file is there already, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise UserError(
            f"{path}: is there already; a key is never overwritten, because names hashed with it are known by no other"
        ) from None
    except OSError as error:
        raise UserError(
            f"{path}: cannot be written: {error.strerror}", EXIT_NOT_PUBLISHED
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_KEY_BYTES) + "\n")
        file.flush()
        sync_file(file.fileno())
