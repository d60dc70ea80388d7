"""Builds the next snapshot beside the current one, and makes it current in one atomic step.

A snapshot hard-links what did not change, is synced to disk, and becomes current by the rename of a link.
"""

import hashlib
import io
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from flows.disk import DIR_MODE, FILE_MODE, sync_file, sync_folder
from flows.snapshot import FORMAT_VERSION, MANIFEST, Snapshot, manifest_text
from flows.warehouse import Warehouse
from schemas.tables import TABLES, Table

_ROW_GROUP = 250_000


def table_bytes(rows: pl.DataFrame) -> io.BytesIO:
    """Return the bytes of a file of a table: the same for the same rows in their order."""
    # through memory: where the disk is full polars raises ComputeError, Python an OSError
    data = io.BytesIO()
    rows.rechunk().write_parquet(
        data, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP
    )
    return data


class SnapshotWriter:
    """Builds the next snapshot beside the current one."""

    def __init__(self, warehouse: Warehouse, load_id: str, before: Snapshot | None) -> None:
        """Make an empty folder for the snapshot."""
        self.warehouse, self.load_id, self.before = warehouse, load_id, before
        self.folder = warehouse.root / "snapshots" / f".part-{load_id}"
        self.folder.mkdir(mode=DIR_MODE)
        self.files: dict[str, dict[str, Any]] = {}

    def write(self, table: Table, frame: pl.DataFrame, name: str | None = None) -> None:
        """Write one file of a table: rows sorted by key, fixed columns and row groups.

        A file with the bytes it had before is linked instead.
        """
        name = name or f"{table.name}/part-0.parquet"
        path = self.folder / name
        self._make_folders(name)
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
        data = table_bytes(ordered)
        sha256 = hashlib.sha256(data.getbuffer()).hexdigest()
        with path.open("wb") as out:
            out.write(data.getbuffer())
            out.flush()
            sync_file(out.fileno())
        known = self.before.manifest["files"].get(name) if self.before else None
        if known and known["sha256"] == sha256:
            path.unlink()
            self.link(name)
            return
        path.chmod(FILE_MODE)
        self.files[name] = {"sha256": sha256, "rows": frame.height}

    def link(self, name: str) -> None:
        """Take over a file of the snapshot before."""
        if self.before is None:
            raise AssertionError(f"{name}: nothing to link to")
        path = self.folder / name
        self._make_folders(name)
        os.link(self.before.path / name, path)
        self.files[name] = self.before.manifest["files"][name]

    def _make_folders(self, name: str) -> None:
        # one by one: with `parents` only the last of them would get these rights
        for folder in reversed(Path(name).parents[:-1]):
            (self.folder / folder).mkdir(mode=DIR_MODE, exist_ok=True)

    def publish(self, manifest: Mapping[str, Any]) -> Path:
        """Sync everything and make the snapshot current in one atomic step.

        Raises:
            AssertionError: a table has no file, which is a bug.
        """
        written = {f.split("/")[0] for f in self.files}
        if missing := set(TABLES) - written:
            raise AssertionError(f"snapshot without {', '.join(sorted(missing))}")
        path = self.folder / MANIFEST
        files = dict(sorted(self.files.items()))
        text = manifest_text({**manifest, "format_version": FORMAT_VERSION, "files": files})
        with path.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            sync_file(out.fileno())
        path.chmod(FILE_MODE)
        for folder, _, _ in os.walk(self.folder):
            sync_folder(Path(folder))
        final = self.folder.with_name(self.load_id)
        self.folder.rename(final)
        sync_folder(final.parent)
        link = self.warehouse.root / "current"
        part = link.with_name(".part-current")
        try:
            part.symlink_to(Path("snapshots") / self.load_id)
            part.replace(link)
        except OSError:
            # no reader may find a snapshot that never was current
            shutil.rmtree(final)
            raise
        sync_folder(self.warehouse.root)
        return final
