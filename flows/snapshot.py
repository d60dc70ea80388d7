"""A published state of the warehouse, as it lies on disk."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from schemas.tables import Table

FORMAT_VERSION = 3
MANIFEST = "manifest.json"


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


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """Return the text of a `manifest.json`."""
    return json.dumps(manifest, indent=1) + "\n"


def year_of_file(name: str) -> int:
    """Return the year in the path of a partition."""
    return int(name.split("/")[1].removeprefix("collected_year="))


def file_of_year(table: Table, year: int) -> str:
    """Return the path of a partition below the snapshot."""
    return f"{table.name}/collected_year={year}/part-0.parquet"
