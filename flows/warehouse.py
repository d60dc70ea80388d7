"""The warehouse on disk: lock, kept inputs, snapshots, the one atomic step that makes one current.

Readers see `current`, a link to a folder of read-only files. A snapshot hard-links what did not
change, is synced to disk, and becomes current by the rename of a link.
"""

import fcntl
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from filelock import FileLock, Timeout

from flows.errors import EXIT_NOT_PUBLISHED, UserError
from schemas.tables import TABLES, Table

FORMAT_VERSION = 3
_ROW_GROUP = 250_000
_DIR_MODE, _FILE_MODE = 0o750, 0o440


@dataclass(frozen=True)
class Snapshot:
    """One published state.

    Attributes:
        path: its folder.
        manifest: its `manifest.json`.
    """

    path: Path
    manifest: Mapping[str, Any]

    def files(self, table: Table) -> list[str]:
        """Return the paths of a table's files below the snapshot."""
        return sorted(f for f in self.manifest["files"] if f.split("/")[0] == table.name)

    def scan(self, table: Table) -> pl.LazyFrame:
        """Return all rows of a table with `collected_year` where it is stored by year."""
        parts = []
        for name in self.files(table):
            frame = pl.scan_parquet(self.path / name, hive_partitioning=False)
            if table.is_by_year:
                frame = frame.with_columns(
                    pl.lit(year_of_file(name), dtype=pl.Int32).alias("collected_year")
                )
            parts.append(frame)
        return pl.concat(parts)

    def read(self, table: Table) -> pl.DataFrame:
        """Return all rows of a table."""
        return self.scan(table).select(table.stored_columns).collect()


def year_of_file(name: str) -> int:
    """Return the year in the path of a partition."""
    return int(name.split("/")[1].removeprefix("collected_year="))


def file_of_year(table: Table, year: int) -> str:
    """Return the path of a partition below the snapshot."""
    return f"{table.name}/collected_year={year}/part-0.parquet"


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

    def prepare(self) -> None:
        """Make the folders, and probe that the place has links, atomic rename and locks.

        Raises:
            UserError: something is missing; the message names it.
        """
        try:
            for folder in (
                self.root,
                self.root / "snapshots",
                self.root / "inputs",
                self.root / "reports",
            ):
                folder.mkdir(mode=_DIR_MODE, parents=True, exist_ok=True)
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
            for leftover in (*self.root.glob(".probe-*"), *self.root.glob("inputs/.part-*")):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            _probe(self.root)
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
        part = self.root / "inputs" / f".part-{os.getpid()}"
        digest = hashlib.sha256()
        try:
            with source.open("rb") as reading, part.open("wb") as writing:
                while block := reading.read(1 << 20):
                    digest.update(block)
                    writing.write(block)
                _sync_file(writing.fileno())
            kept = self.input_path(digest.hexdigest())
            if not kept.exists():
                part.chmod(_FILE_MODE)
                part.replace(kept)
                _sync_folder(kept.parent)
            return digest.hexdigest()
        finally:
            part.unlink(missing_ok=True)

    def input_path(self, sha256: str) -> Path:
        """Return where the bytes of an input are kept."""
        return self.root / "inputs" / sha256

    def note_attempt(self, line: Mapping[str, object]) -> None:
        """Append a line to `attempts.jsonl`: time, outcome and counts, no identifiers."""
        path = self.root / "attempts.jsonl"
        with path.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, sort_keys=True) + "\n")
            out.flush()
            _sync_file(out.fileno())
        path.chmod(0o640)

    def write_report(self, load_id: str, page: str) -> Path:
        """Write the report of a load."""
        path = self.root / "reports" / f"{load_id}.html"
        part = path.with_name(f".{path.name}.part")
        part.write_text(page, encoding="utf-8")
        part.chmod(_FILE_MODE)
        part.replace(path)
        return path


class SnapshotWriter:
    """Builds the next snapshot beside the current one."""

    def __init__(self, warehouse: Warehouse, load_id: str, before: Snapshot | None) -> None:
        """Make an empty folder for the snapshot; leftovers of killed loads are removed."""
        self.warehouse, self.load_id, self.before = warehouse, load_id, before
        self.folder = warehouse.root / "snapshots" / f".part-{load_id}"
        for leftover in self.folder.parent.glob(".part-*"):
            shutil.rmtree(leftover)
        self.folder.mkdir(mode=_DIR_MODE)
        self.files: dict[str, dict[str, Any]] = {}

    def write(self, table: Table, frame: pl.DataFrame, name: str | None = None) -> None:
        """Write one file of a table: rows sorted by key, fixed columns and row groups.

        A file with the bytes it had before is linked instead.
        """
        name = name or f"{table.name}/part-0.parquet"
        path = self.folder / name
        path.parent.mkdir(mode=_DIR_MODE, parents=True, exist_ok=True)
        key = list(table.key)
        ordered = frame.select(table.stored_columns).sort(
            key, nulls_last=False, maintain_order=True
        )
        # superseded reference rows keep their key, so only the others can tell that a row is twofold
        if table.kind != "record":
            same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift()) for c in key)
            current = ordered.filter("is_current") if table.kind == "reference" else ordered
            if current.height > 1 and current.select(same.slice(1).any()).item():
                raise AssertionError(f"{table.name}: two rows of one key")
        # through memory: where the disk is full polars raises ComputeError, Python an OSError
        data = io.BytesIO()
        ordered.rechunk().write_parquet(
            data, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP
        )
        sha256 = hashlib.sha256(data.getbuffer()).hexdigest()
        with path.open("wb") as out:
            out.write(data.getbuffer())
            out.flush()
            _sync_file(out.fileno())
        known = self.before.manifest["files"].get(name) if self.before else None
        if known and known["sha256"] == sha256:
            path.unlink()
            self.link(name)
            return
        path.chmod(_FILE_MODE)
        self.files[name] = {"sha256": sha256, "rows": frame.height}

    def link(self, name: str) -> None:
        """Take over a file of the snapshot before."""
        if self.before is None:
            raise AssertionError(f"{name}: nothing to link to")
        path = self.folder / name
        path.parent.mkdir(mode=_DIR_MODE, parents=True, exist_ok=True)
        os.link(self.before.path / name, path)
        self.files[name] = self.before.manifest["files"][name]

    def publish(self, manifest: Mapping[str, Any]) -> Path:
        """Sync everything and make the snapshot current in one atomic step.

        Raises:
            AssertionError: a table has no file, which is a bug.
        """
        written = {f.split("/")[0] for f in self.files}
        if missing := set(TABLES) - written:
            raise AssertionError(f"snapshot without {', '.join(sorted(missing))}")
        path = self.folder / "manifest.json"
        text = json.dumps(
            {
                **manifest,
                "format_version": FORMAT_VERSION,
                "files": dict(sorted(self.files.items())),
            },
            indent=1,
        )
        with path.open("w", encoding="utf-8") as out:
            out.write(text + "\n")
            out.flush()
            _sync_file(out.fileno())
        path.chmod(_FILE_MODE)
        for folder, _, _ in os.walk(self.folder):
            _sync_folder(Path(folder))
        final = self.folder.with_name(self.load_id)
        self.folder.rename(final)
        _sync_folder(final.parent)
        link = self.warehouse.root / "current"
        part = link.with_name(".current-part")
        part.unlink(missing_ok=True)
        part.symlink_to(Path("snapshots") / self.load_id)
        part.replace(link)
        _sync_folder(self.warehouse.root)
        return final


def _sync_file(descriptor: int) -> None:
    os.fsync(descriptor)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _probe(root: Path) -> None:
    """Try what the warehouse needs of its file system."""
    probe = root / f".probe-{os.getpid()}"
    probe.mkdir(mode=_DIR_MODE)
    try:
        first = probe / "file"
        first.write_text("x", encoding="utf-8")
        for what, attempt in (
            ("hard links", lambda: os.link(first, probe / "hard")),
            ("symbolic links", lambda: (probe / "soft").symlink_to("file")),
            ("renaming a link over another", lambda: (probe / "soft").replace(probe / "hard")),
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
        shutil.rmtree(probe)


def _try_lock(path: Path) -> None:
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(file, fcntl.LOCK_UN)
