"""The file of a secret key: read only where nobody but its owner can."""

import os
import stat
from pathlib import Path

from flows.errors import UserError

_MIN_BYTES, _MAX_BYTES = 32, 4096


def read_key(path: Path) -> bytes:
    """Return the key in a file, without white space around it.

    Raises:
        UserError: there is no such file, others than its owner may use it, or it holds no key.
    """
    try:
        # without O_NONBLOCK a named pipe would wait for ever for somebody who writes
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UserError(f"{path}: the key file cannot be read: {error.strerror}") from None
    try:
        # of the file that is open, not of its name: between two looks the name may lead elsewhere
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise UserError(f"{path}: the key file is no plain file")
        if state.st_uid != os.geteuid():
            raise UserError(f"{path}: the key file belongs to another user; make it your own")
        if state.st_mode & 0o077:
            raise UserError(
                f"{path}: others may use the key file (mode {stat.S_IMODE(state.st_mode):04o}); run chmod 600 on it"
            )
        key = os.read(descriptor, _MAX_BYTES + 1).strip()
    finally:
        os.close(descriptor)
    if not _MIN_BYTES <= len(key) <= _MAX_BYTES:
        raise UserError(
            f"{path}: a key has {_MIN_BYTES} to {_MAX_BYTES} bytes, this one has {'more' if len(key) > _MAX_BYTES else len(key)}; "
            "write a new one with: (umask 077; head -c 48 /dev/urandom | base64 > FILE)"
        )
    return key
