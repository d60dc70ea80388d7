"""The warehouse on disk: lock, kept inputs, snapshots, reports and the list of attempts.

Readers see `current`, a link to a folder of read-only files.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from flows.disk import (
    DIR_MODE,
    FILE_MODE,
    PRIVATE_DIR_MODE,
    PRIVATE_FILE_MODE,
    probe,
    sync_file,
    sync_folder,
)
from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.snapshot import FORMAT_VERSION, Snapshot


class Warehouse:
    """A warehouse folder."""

    def __init__(self, root: Path) -> None:
        """Remember where the warehouse is; nothing is touched.

        Raises:
            UserError: the path is a file.
        """
        if root.exists() and not root.is_dir():
            raise UserError(f"{root}: this is a file; a warehouse is a folder")
        self.root = root

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
            UserError: another load holds it for longer than the wait.
        """
        lock = FileLock(self.root / ".lock", timeout=wait_seconds, mode=0o640)
        try:
            lock.acquire()
        except Timeout:
            raise UserError(
                f"{self.root}: another load is in progress; try again when it has ended",
                EXIT_NOT_PUBLISHED,
            ) from None
        except OSError as error:
            raise UserError(
                f"{self.root}: the place has no file locks ({error.strerror}); put the warehouse on a local disk",
                EXIT_NOT_PUBLISHED,
            ) from None
        try:
            parts = *self.inputs.glob(".part-*"), *self.private.glob("*/.*.part")
            for leftover in (*self.root.glob(".probe-*"), *parts):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            probe(self.root)
            yield
        finally:
            lock.release()

    def current(self) -> Snapshot | None:
        """Return the current snapshot, or None in a new warehouse.

        Raises:
            UserError: the snapshot is damaged, or was written by a newer program.
        """
        link = self.root / "current"
        if not link.is_symlink():
            return None
        return self._snapshot(link.resolve())

    def snapshot(self, name: str) -> Snapshot:
        """Return the snapshot of a load.

        Args:
            name: a load id, the beginning of one, or `current`.

        Raises:
            UserError: there is none, or several begin so, or it cannot be read.
        """
        if name == "current":
            return self.require_current()
        known = sorted(p.name for p in self.root.glob("snapshots/[!.]*"))
        fitting = [n for n in known if n == name] or [
            n for n in known if name and n.startswith(name)
        ]
        if len(fitting) == 1:
            return self._snapshot(self.root / "snapshots" / fitting[0])
        if fitting:
            raise UserError(f"{name}: several snapshots begin so: {', '.join(fitting)}")
        there = ", ".join([*known, "current"]) if known else "none yet"
        raise UserError(f"{name}: there is no such snapshot in {self.root}; there is {there}")

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
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(
                f"{path}: the snapshot cannot be read: {error}", EXIT_NOT_PUBLISHED
            ) from None
        if manifest["format_version"] > FORMAT_VERSION:
            raise UserError(
                f"{self.root}: the warehouse has format {manifest['format_version']}, this program "
                f"knows {FORMAT_VERSION}; update the program",
                EXIT_NOT_PUBLISHED,
            )
        if manifest["format_version"] < FORMAT_VERSION:
            raise UserError(
                f"{self.root}: the warehouse has format {manifest['format_version']}, this program writes "
                f"{FORMAT_VERSION}; load the files of its inputs folder into a new warehouse",
                EXIT_NOT_PUBLISHED,
            )
        return Snapshot(path, manifest)

    def keep(self, source: Path) -> str:
        """Keep the bytes of an input file, and return their SHA-256.

        The file is copied while it is hashed, so that what was hashed is what is kept.

        Raises:
            OSError: the file cannot be read or kept.
        """
        part = self.inputs / f".part-{os.getpid()}"
        digest = hashlib.sha256()
        try:
            with source.open("rb") as reading, part.open("wb") as writing:
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

    def note_attempt(self, line: Mapping[str, object]) -> None:
        """Append a line to `attempts.jsonl`: time, outcome and counts, no identifiers."""
        path = self.root / "attempts.jsonl"
        with path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, sort_keys=True) + "\n")
            out.flush()
            sync_file(out.fileno())
        path.chmod(0o640)

    def write_report(self, load_id: str, page: str) -> Path:
        """Write the report of a load."""
        path = self.root / "reports" / f"{load_id}.html"
        part = path.with_name(f".{path.name}.part")
        part.write_text(page, encoding="utf-8")
        part.chmod(FILE_MODE)
        part.replace(path)
        return path
