"""Whether `mrd serve` runs for a warehouse, and where its page is."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from flows.errors import EXIT_NOT_PUBLISHED, UserError

# long enough for a load that only looks whether the lock is free
_WAIT_SECONDS = 2.0


class Served:
    """The lock of `mrd serve` and the note of its page, in Prefect's home."""

    def __init__(self, home: Path) -> None:
        """Remember where they are; nothing is touched."""
        self._lock = home / "serve.lock"
        self._page = home / "serve.url"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the one `mrd serve` of the warehouse.

        Raises:
            UserError: there is another; the message names its page.
        """
        lock = FileLock(self._lock, timeout=_WAIT_SECONDS, mode=0o640)
        try:
            lock.acquire()
        except Timeout:
            page = self._page.read_text(encoding="utf-8") if self._page.exists() else ""
            where = f"its page is {page}" if page else "it is starting or stopping"
            raise UserError(
                f"mrd serve runs already for this warehouse; {where}", EXIT_NOT_PUBLISHED
            ) from None
        try:
            self._page.unlink(missing_ok=True)
            yield
        finally:
            self._page.unlink(missing_ok=True)
            lock.release()

    def note(self, page: str) -> None:
        """Note where the page is, once it answers."""
        self._page.write_text(page, encoding="utf-8")

    def page(self) -> str | None:
        """Return where the page of a running `mrd serve` is, or None."""
        if not self._page.exists():
            return None
        lock = FileLock(self._lock, timeout=0, mode=0o640)
        try:
            lock.acquire()
        except Timeout:
            return self._page.read_text(encoding="utf-8")
        # its `mrd serve` was killed
        lock.release()
        return None


def require_free(host: str, port: int) -> None:
    """Check that a port can be listened on.

    Raises:
        UserError: it cannot.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            raise UserError(f"--port {port}: a port is a number below 65536") from None
        except OSError as error:
            raise UserError(f"--port {port}: {error.strerror}; give another") from None
