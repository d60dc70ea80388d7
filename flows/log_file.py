"""`--log FILE`: the records of the steps of a load as JSON lines."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from flows.errors import UserError
from flows.steps import LOG

_FILE_MODE = 0o640


class _JsonLines(logging.Handler):
    def __init__(self, name: str, descriptor: int) -> None:
        super().__init__()
        self.place, self.descriptor = name, descriptor
        self.is_broken = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record in one piece, so that loads may share a file."""
        line = json.dumps(vars(record)["record"]) + "\n"
        try:
            os.write(self.descriptor, line.encode())
        except OSError as error:
            # results matter more than their log
            if not self.is_broken:
                said = f"mrd: {self.place}: the log cannot be written ({error.strerror}); the load goes on"
                print(said, file=sys.stderr)
            self.is_broken = True


@contextmanager
def logged(to: str | None) -> Iterator[None]:
    """Write what is logged meanwhile to the end of a file.

    Args:
        to: the file; `-` = stderr; None = nowhere.

    Raises:
        UserError: the file cannot be written.
    """
    if to is None:
        yield
        return
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.dup(sys.stderr.fileno()) if to == "-" else os.open(to, flags, _FILE_MODE)
    except OSError as error:
        raise UserError(f"{to}: the log cannot be written: {error.strerror}") from None
    handler = _JsonLines("stderr" if to == "-" else to, descriptor)
    before = LOG.level, LOG.propagate
    LOG.setLevel(logging.INFO)
    LOG.propagate = False
    LOG.addHandler(handler)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.level, LOG.propagate = before
        os.close(descriptor)
