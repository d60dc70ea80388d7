"""The warehouse on disk: lock, kept inputs, snapshots, reports and the list of attempts.

Readers see `current`, a link to a folder of read-only files.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from flows.attempts import note_attempt
from flows.disk import (
    DIR_MODE,
    FILE_MODE,
    PRIVATE_DIR_MODE,
    PRIVATE_FILE_MODE,
    probe,
    sync_file,
    sync_folder,
    write_whole,
)
from flows.errors import (
    EXIT_NOT_PUBLISHED,
    DamagedError,
    FormatError,
    LockedError,
    UserError,
)
from flows.redacted import redacted
from flows.snapshot import FORMAT_VERSION, OLDEST_FORMAT, Snapshot, read_manifest

_CANNOT_BE_WRITTEN = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT}
_LEFTOVERS = (
    ".probe-*", ".part-*", "inputs/.part-*", "reports/.part-*", "snapshots/.part-*",
    "private/.part-*", "private/*/.part-*",
)  # fmt: skip


class Warehouse:
    """A warehouse folder.

    Attributes:
        root: the folder.
        is_held: whether this process is its one writer now.
    """

    def __init__(self, root: Path) -> None:
        """Remember where the warehouse is; nothing is touched.

        Raises:
            UserError: the path is a file.
        """
        if root.exists() and not root.is_dir():
            raise UserError(f"{root}: this is a file; a warehouse is a folder")
        self.root = root
        self.is_held = False
        self._mark = root / ".running"
        self._is_marked = False

    @property
    def private(self) -> Path:
        """Folder for the owner alone, where names are replaced by pseudonyms: inputs and records as they came."""
        return self.root / "private"

    @property
    def is_private(self) -> bool:
        """Whether inputs are kept for the owner alone."""
        return self.private.is_dir()

    @property
    def inputs(self) -> Path:
        """Folder of the inputs."""
        return (self.private if self.is_private else self.root) / "inputs"

    @property
    def has_plain_inputs(self) -> bool:
        """Whether inputs lie where others than the owner may read them."""
        plain = self.root / "inputs"
        return plain.is_dir() and any(plain.iterdir())

    def prepare(self, *, is_private: bool = False) -> None:
        """Make the folders, and probe that the place has links, atomic rename and locks.

        Args:
            is_private: inputs are for the owner alone.

        Raises:
            UserError: something is missing; the message names it.
        """
        shared = [self.root, self.root / "snapshots", self.root / "reports"]
        try:
            for folder in shared:
                folder.mkdir(mode=DIR_MODE, parents=True, exist_ok=True)
            if is_private:
                self.private.mkdir(mode=PRIVATE_DIR_MODE, exist_ok=True)
            mode = PRIVATE_DIR_MODE if is_private else DIR_MODE
            self.inputs.mkdir(mode=mode, exist_ok=True)
        except OSError as error:
            what = error.strerror or "unknown error"
            raise UserError(
                f"{self.root}: the warehouse cannot be written: {what}", EXIT_NOT_PUBLISHED
            ) from None

    @contextmanager
    def lock(self, wait_seconds: float) -> Iterator[None]:
        """Hold the warehouse as its one writer.

        Raises:
            LockedError: another load holds it for longer than the wait.
        """
        lock = FileLock(self.root / ".lock", timeout=wait_seconds, mode=0o640)
        try:
            lock.acquire()
        except Timeout:
            raise LockedError(
                f"{self.root}: another load is in progress; try again when it has ended",
                EXIT_NOT_PUBLISHED,
            ) from None
        except OSError as error:
            raise UserError(f"{self.root}: {_why_not_locked(error)}", EXIT_NOT_PUBLISHED) from None
        try:
            self._remove_leftovers()
            probe(self.root)
            self.is_held = True
            try:
                yield
            except BaseException:
                # a half snapshot must not fill the disk until the next load; what stays is removed by that
                with suppress(OSError):
                    self._remove_leftovers()
                raise
            finally:
                self.is_held = False
                if self._is_marked:
                    self._mark.unlink(missing_ok=True)
                    self._is_marked = False
        finally:
            lock.release()

    def _remove_leftovers(self) -> None:
        """Remove what a load left half written; it may hold results."""
        for pattern in _LEFTOVERS:
            for leftover in self.root.glob(pattern):
                if leftover.is_dir() and not leftover.is_symlink():
                    shutil.rmtree(leftover)
                else:
                    leftover.unlink()

    def current(self) -> Snapshot | None:
        """Return the current snapshot, or None in a new warehouse.

        Raises:
            DamagedError: there are snapshots and none is current, or the current one cannot be read.
            FormatError: it is of another format.
        """
        link = self.root / "current"
        if link.is_symlink() and link.readlink().parent == Path("snapshots") and link.is_dir():
            return self._snapshot(link.resolve())
        # the snapshot of a first load that was killed never was current
        killed = self.mark() or {}
        known = [p.name for p in sorted(self.root.glob("snapshots/[!.]*"))]
        whole = [name for name in known if name != killed.get("load_id")]
        if link.is_symlink():
            problem = f"points to {link.readlink()}, and there is no such snapshot"
        elif link.exists():
            problem = "is a copy, and must be a link to a folder of snapshots"
        elif whole:
            problem = "is missing"
        else:
            return None
        there = (
            f"the newest of {self.root / 'snapshots'} is {whole[-1]}" if whole else "there is none"
        )
        raise DamagedError(f"{link} {problem}; {there}; see docs/backup.md", EXIT_NOT_PUBLISHED)

    def snapshot(self, name: str) -> Snapshot:
        """Return the snapshot of a load.

        Args:
            name: a load id, the beginning of one, or `current`.

        Raises:
            UserError: there is none, or several begin so, or it cannot be read.
        """
        if name == "current":
            return self.require_current()
        known = self.snapshot_names()
        fitting = [n for n in known if n == name] or [
            n for n in known if name and n.startswith(name)
        ]
        if len(fitting) == 1:
            return self._snapshot(self.root / "snapshots" / fitting[0])
        if fitting:
            raise UserError(f"{name}: several snapshots begin so: {', '.join(fitting)}")
        there = ", ".join([*known, "current"]) if known else "none yet"
        if pruned := [n for n in self._published() if name and n.startswith(name)]:
            raise UserError(f"{pruned[0]}: this snapshot was pruned; there is {there}")
        raise UserError(f"{name}: there is no such snapshot in {self.root}; there is {there}")

    def _published(self) -> list[str]:
        """Return the ids of all loads that ever published a snapshot."""
        snapshot = self.current()
        if snapshot is None:
            return []
        return snapshot.published_loads()["load_id"].to_list()

    def snapshot_names(self) -> list[str]:
        """Return the load ids of all snapshots, the oldest first."""
        return sorted(p.name for p in self.root.glob("snapshots/[!.]*"))

    def require_current(self) -> Snapshot:
        """Return the current snapshot.

        Raises:
            UserError: there is none, or it cannot be read.
        """
        snapshot = self.current()
        if snapshot is None:
            raise UserError(f"{self.root}: there is no warehouse here yet; load something first")
        return snapshot

    def _snapshot(self, path: Path) -> Snapshot:
        try:
            manifest = read_manifest(path)
        except (OSError, ValueError) as error:
            raise DamagedError(
                f"{path}: the snapshot cannot be read: {error}", EXIT_NOT_PUBLISHED
            ) from None
        version = manifest["format_version"]
        if version > FORMAT_VERSION:
            raise FormatError(
                f"{self.root}: the warehouse has format {version}, this program knows {FORMAT_VERSION}; "
                "update the program",
                EXIT_NOT_PUBLISHED,
            )
        if version < OLDEST_FORMAT:
            raise FormatError(
                f"{self.root}: the warehouse has format {version}, this program reads {OLDEST_FORMAT} and newer; "
                "load the files of its inputs folder into a new warehouse",
                EXIT_NOT_PUBLISHED,
            )
        return Snapshot(path, manifest)

    def keep(self, source: Path) -> str:
        """Keep the bytes of an input file, and return their SHA-256.

        The file is copied while it is hashed, so that what was hashed is what is kept. A link is not followed: what
        was looked at was a file, or the file that a link led to then.

        Raises:
            OSError: the file cannot be read or kept, or it is a link.
        """
        part = self.inputs / f".part-{os.getpid()}"
        digest = hashlib.sha256()
        try:
            with open_given(source) as reading, part.open("wb") as writing:
                while block := reading.read(1 << 20):
                    digest.update(block)
                    writing.write(block)
                sync_file(writing.fileno())
            kept = self.input_path(digest.hexdigest())
            if not kept.exists():
                part.chmod(PRIVATE_FILE_MODE if self.is_private else FILE_MODE)
                part.replace(kept)
                sync_folder(kept.parent)
            return digest.hexdigest()
        finally:
            part.unlink(missing_ok=True)

    def input_path(self, sha256: str) -> Path:
        """Return where the bytes of an input are kept."""
        return self.inputs / sha256

    def kept_bytes(self, sha256: str) -> bytes:
        """Return the bytes of a kept input: those that came, or those that forgetting a patient left of them.

        Raises:
            DamagedError: they were altered, or are gone.
        """
        path = self.input_path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            data = None
        if data is not None:
            now = hashlib.sha256(data).hexdigest()
            if now == sha256 or now in redacted(self.inputs).get(sha256, ()):
                return data
        what = (
            "missing" if data is None else "altered: its bytes do not have the SHA-256 of its name"
        )
        raise DamagedError(
            f"{path}: this kept input is {what}; docs/backup.md says how to put it right",
            EXIT_NOT_PUBLISHED,
        )

    @property
    def attempts_path(self) -> Path:
        """Where the list of tries is."""
        return self.root / "attempts.jsonl"

    def note_attempt(self, line: Mapping[str, object]) -> None:
        """Append a line to `attempts.jsonl`: time, outcome and counts, no identifiers."""
        note_attempt(self.attempts_path, line)

    def mark(self) -> dict[str, Any] | None:
        """Return the mark of a load that was killed, or whose report could not be written, or None.

        The mark goes when the lock is released: only such a load leaves its own.
        """
        if not self._mark.exists():
            return None
        killed: dict[str, Any] = json.loads(self._mark.read_text(encoding="utf-8"))
        return killed

    def set_mark(self, line: Mapping[str, object]) -> None:
        """Leave a mark that says which load runs, for the time that the lock is held."""
        write_whole(self._mark, json.dumps(line, sort_keys=True).encode(), 0o640)
        self._is_marked = True

    def leave_mark(self) -> None:
        """Let the mark stay when the lock is released, as if this load were killed now: the next one finishes it."""
        self._is_marked = False

    @property
    def forgetting_path(self) -> Path:
        """Where a forgetting writes down what it does; it is there until all of it is done.

        Names as they came are in a file of the same name in `private/`.
        """
        return self.root / ".forgetting.json"

    @property
    def reports(self) -> Path:
        """Folder of the reports: a page of each load, and a text of each rerun on a schedule."""
        return self.root / "reports"

    def report_path(self, load_id: str) -> Path:
        """Return where the report of a load is."""
        return self.reports / f"{load_id}.html"

    def write_report(self, load_id: str, page: str) -> Path:
        """Write the report of a load."""
        return self.write_report_file(self.report_path(load_id).name, page)

    def write_report_file(self, name: str, text: str) -> Path:
        """Write a file of the folder of reports."""
        path = self.reports / name
        write_whole(path, text.encode(), FILE_MODE)
        return path


def open_given(source: Path) -> BinaryIO:
    """Open a file that was given; what became a link or a device since it was looked at is not followed.

    Raises:
        OSError: the file cannot be read, or it is a link.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return os.fdopen(os.open(source, flags), "rb")


def _why_not_locked(error: OSError) -> str:
    if error.errno in _CANNOT_BE_WRITTEN:
        return f"the warehouse cannot be written: {error.strerror}"
    return f"the place has no file locks ({error.strerror}); put the warehouse on a local disk"
