"""A published state of the warehouse, as it lies on disk."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.older import as_of_today
from schemas.enums import LoadOutcome
from schemas.tables import TABLES, Table

FORMAT_VERSION = 5
OLDEST_FORMAT = 3
"""The oldest format that can be read: tables of a load before it do not tell where their rows came from."""

MANIFEST = "manifest.json"
_IN_EVERY_FORMAT = {"format_version": int, "load_id": str, "files": dict}


@dataclass(frozen=True)
class Snapshot:
    """One published state.

    Attributes:
        path: its folder.
        manifest: its `manifest.json`.
    """

    path: Path
    manifest: Mapping[str, Any]

    @property
    def is_older(self) -> bool:
        """Whether an older program wrote it: its columns may be others than today's."""
        return bool(self.manifest["format_version"] < FORMAT_VERSION)

    def files(self, table: Table) -> list[str]:
        """Return the paths of a table's files below the snapshot."""
        return sorted(f for f in self.manifest["files"] if f.split("/")[0] == table.name)

    def scan(self, table: Table) -> pl.LazyFrame:
        """Return all rows of a table with `collected_year` where it is stored by year."""
        if self.is_older and not self.files(table):
            # a table that the older program did not have
            year = pl.lit(0, dtype=pl.Int32).alias("collected_year")
            return table.empty().lazy().with_columns([year] if table.is_by_year else [])
        parts = []
        for name in self.files(table):
            frame = self.scan_file(table, name)
            if table.is_by_year:
                frame = frame.with_columns(
                    pl.lit(year_of_file(name), dtype=pl.Int32).alias("collected_year")
                )
            parts.append(frame)
        return pl.concat(parts)

    def scan_file(self, table: Table, name: str) -> pl.LazyFrame:
        """Return the rows of one of a table's files, as today's program has them."""
        frame = pl.scan_parquet(self.path / name, hive_partitioning=False)
        return as_of_today(table, frame, f"{self.path.name}/{name}") if self.is_older else frame

    def read(self, table: Table) -> pl.DataFrame:
        """Return all rows of a table."""
        return self.scan(table).select(table.stored_columns).collect()

    def published_loads(self) -> pl.DataFrame:
        """Return the rows of `loads` that made a snapshot, the oldest first; tries that failed made none."""
        loads = self.read(TABLES["loads"])
        return loads.filter(pl.col("outcome").ne_missing(LoadOutcome.FAILED.value)).sort("load_id")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a snapshot.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON, or lacks what every format has.
    """
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    for entry, kind in _IN_EVERY_FORMAT.items():
        if not isinstance(manifest, dict) or not isinstance(manifest.get(entry), kind):
            raise ValueError(f"{MANIFEST} has no {entry}")
    return manifest


def seal(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a manifest says, which it states itself as `manifest_sha256`."""
    said = {k: v for k, v in manifest.items() if k != "manifest_sha256"}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """Return the text of a `manifest.json`, with its seal."""
    return json.dumps({**manifest, "manifest_sha256": seal(manifest)}, indent=1) + "\n"


def year_of_file(name: str) -> int:
    """Return the year in the path of a partition."""
    return int(name.split("/")[1].removeprefix("collected_year="))


def file_of_year(table: Table, year: int) -> str:
    """Return the path of a partition below the snapshot."""
    return f"{table.name}/collected_year={year}/part-0.parquet"
