"""Every snapshot without a patient: what names the patient in any of them, and older ones rewritten file by file.

A file that several snapshots share is rewritten once and linked again.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from flows.disk import DIR_MODE, FILE_MODE, sync_file
from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.snapshot import MANIFEST, manifest_text
from flows.snapshot_writer import table_bytes
from flows.warehouse import Warehouse
from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES
from transforms.forgetting import Lines, without
from transforms.forgotten import LINES, OWNERS, RESULT, RUN, Person, naming_columns, no_rows

ALIASES = "patient_aliases"
_MEASURED = {t.name for t in MEASUREMENT_TABLES}


@dataclass(frozen=True)
class StoredFile:
    """A file of a table, in one or several snapshots.

    Attributes:
        table: the table.
        path: where it lies in one of them.
    """

    table: str
    path: Path

    def columns(self) -> list[str]:
        """Return its columns."""
        return pl.scan_parquet(self.path, hive_partitioning=False).collect_schema().names()

    def read(self, columns: list[str] | None = None) -> pl.DataFrame:
        """Return its rows."""
        return pl.read_parquet(self.path, columns=columns, hive_partitioning=False)


@dataclass
class Shelf:
    """All snapshots of a warehouse, the oldest first.

    Attributes:
        snapshots: folder and manifest of each.
    """

    root: Path
    snapshots: list[tuple[Path, dict[str, Any]]] = field(default_factory=list)

    @classmethod
    def of(cls, warehouse: Warehouse) -> "Shelf":
        """Read the manifests of all snapshots, whatever program wrote them.

        Raises:
            UserError: one cannot be read, so that nobody can tell whether the patient is in it.
        """
        shelf = cls(warehouse.root / "snapshots")
        for folder in sorted(shelf.root.glob("[!.]*")):
            try:
                manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise UserError(
                    f"{folder}: the snapshot cannot be read, so nobody can be taken out of it: {error}",
                    EXIT_NOT_PUBLISHED,
                ) from None
            shelf.snapshots.append((folder, manifest))
        return shelf

    def files(self, *tables: str) -> Iterator[StoredFile]:
        """Yield each file of tables once, those of the last snapshot first; all tables where none is named."""
        seen = set()
        for folder, manifest in reversed(self.snapshots):
            for name in manifest["files"]:
                table = name.split("/")[0]
                path = folder / name
                if (not tables or table in tables) and inode(path) not in seen:
                    seen.add(inode(path))
                    yield StoredFile(table, path)

    def owners(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return `sample_id`, `patient_id` of each sample's last owner, and of all that it ever had."""
        ever, last = [no_rows(OWNERS)], no_rows(OWNERS)
        for file in self.files("samples"):
            rows = file.read([*OWNERS, "is_current"])
            ever.append(rows.select(*OWNERS))
            now = rows.filter("is_current").select(*OWNERS)
            last = pl.concat([last, now.join(last, on="sample_id", how="anti")])
        return last, pl.concat(ever).unique()

    def aliases(self) -> pl.DataFrame:
        """Return the merged identities of the last snapshot that has any."""
        columns = ["patient_id", "merged_into_patient_id"]
        for folder, manifest in reversed(self.snapshots):
            files = [n for n in manifest["files"] if n.startswith(f"{ALIASES}/")]
            if files:
                rows = pl.concat(pl.read_parquet(folder / n, hive_partitioning=False) for n in files)  # fmt: skip
                return rows.filter("is_current", pl.col("is_merged").fill_null(True)).select(columns)  # fmt: skip
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String))


def inode(path: Path) -> tuple[int, int]:
    """Return what tells that two names are one file."""
    status = path.stat()
    return status.st_dev, status.st_ino


def measured(shelf: Shelf, person: Person) -> tuple[Person, frozenset[str], pl.DataFrame]:
    """Return the patient with runs and results, hashes of the files of their rows, and their lines.

    Args:
        shelf: all snapshots.
        person: patients and samples, and runs and results that are known already.

    Returns:
        The person; `source_sha256` of their rows; `source_sha256`, `source_line` of lines that are of them alone.
    """
    runs: dict[bool, list[pl.DataFrame]] = {True: [], False: []}
    lines: dict[bool, list[pl.DataFrame]] = {True: [], False: []}
    results = [person.results]
    for file in shelf.files(*(t.name for t in INPUT_TABLES)):
        columns = file.columns()
        naming = naming_columns(file.table, columns)
        if not naming:
            continue
        wanted = {*naming, *RESULT, *RUN, *LINES}
        rows = file.read([c for c in columns if c in wanted])
        is_theirs = person.owns(file.table, rows)
        for mine, part in ((True, rows.filter(is_theirs)), (False, rows.filter(~is_theirs))):
            lines[mine].append(part.select(pl.col(c).cast(t) for c, t in LINES.items()))
            if file.table in _MEASURED:
                runs[mine].append(part.select(*RUN).drop_nulls().unique())
        if file.table in _MEASURED:
            elsewhere = ~pl.col("sample_id").is_in(sorted(person.samples))
            results.append(
                rows.filter(is_theirs).filter(elsewhere).select(pl.col(c).cast(pl.String) for c in RESULT)
            )  # fmt: skip
    no_runs = no_rows(dict.fromkeys(RUN, pl.String()))
    own_runs, other_runs = (pl.concat([no_runs, *runs[m]]).unique() for m in (True, False))
    own, of_others = (pl.concat([no_rows(LINES), *lines[m]]).unique() for m in (True, False))
    full = replace(
        person,
        runs=pl.concat([person.runs, own_runs]).unique().join(other_runs, on=list(RUN), how="anti"),
        results=pl.concat(results).unique(),
    )
    sources = frozenset(own["source_sha256"].to_list())
    return full, sources, own.join(of_others, on=own.columns, how="anti")


class Cut:
    """Cuts the patient out of tables."""

    def __init__(self, person: Person, lines: Lines, names: pl.DataFrame) -> None:
        """Remember who and what.

        Args:
            person: who is forgotten.
            lines: whose lines of files are whose.
            names: new names of files.
        """
        self.person, self.lines, self.names = person, lines, names
        self._touched: dict[tuple[int, int], bool] = {}

    def rows(self, file: StoredFile) -> pl.DataFrame:
        """Return the rows of a file without the patient."""
        return without(file.table, file.read(), self.person, self.lines, self.names)

    def touches(self, file: StoredFile) -> bool:
        """Tell whether the patient is in a file."""
        key = inode(file.path)
        if key not in self._touched:
            self._touched[key] = self._is_in(file)
        return self._touched[key]

    def _is_in(self, file: StoredFile) -> bool:
        if file.table in ("findings", "source_files"):
            return not self.rows(file).equals(file.read())
        columns = file.columns()
        wanted = {*naming_columns(file.table, columns), *RUN, *RESULT}
        return bool(self.person.owns(file.table, file.read([c for c in columns if c in wanted])).any())  # fmt: skip


class Rewriting:
    """Rewrites the files of older snapshots in place."""

    def __init__(self, shelf: Shelf, cut: Cut) -> None:
        """Remember where files on their way lie."""
        self.shelf, self.cut = shelf, cut
        self.place = shelf.root / ".part-forget"
        self._done: dict[tuple[int, int], tuple[Path, dict[str, Any]] | None] = {}
        # what the last snapshot has already is linked from there
        folder, manifest = shelf.snapshots[-1]
        self._known = {f["sha256"]: folder / name for name, f in manifest["files"].items()}

    def run(self, snapshots: list[tuple[Path, dict[str, Any]]], *, is_resumed: bool) -> None:
        """Rewrite snapshots; the manifest of each comes last.

        Args:
            snapshots: folder and manifest of each.
            is_resumed: an earlier try was killed: files may be new and their manifest old.
        """
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(mode=DIR_MODE)
        for folder, manifest in snapshots:
            files = dict(manifest["files"])
            for name in files:
                new = self._of(StoredFile(name.split("/")[0], folder / name))
                if new is not None:
                    self._put(new[0], folder / name)
                    files[name] = {**files[name], **new[1]}
                elif is_resumed:
                    files[name] = {**files[name], **_facts(folder / name)}
            if files != manifest["files"]:
                self._put_text(manifest_text({**manifest, "files": files}), folder / MANIFEST)
        shutil.rmtree(self.place)
        # names in some thousand folders; until they are on disk the run counts as not finished
        os.sync()

    def _of(self, file: StoredFile) -> tuple[Path, dict[str, Any]] | None:
        key = inode(file.path)
        if key not in self._done:
            self._done[key] = self._written(self.cut.rows(file)) if self.cut.touches(file) else None
        return self._done[key]

    def _written(self, rows: pl.DataFrame) -> tuple[Path, dict[str, Any]]:
        data = table_bytes(rows).getvalue()
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._known.get(sha256)
        if path is None:
            path = self._known[sha256] = self.place / sha256
            _write(path, data)
        return path, {"sha256": sha256, "rows": rows.height}

    def _put(self, new: Path, path: Path) -> None:
        link = self.place / "link"
        os.link(new, link)
        link.replace(path)

    def _put_text(self, text: str, path: Path) -> None:
        part = self.place / MANIFEST
        _write(part, text.encode())
        part.replace(path)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        out.write(data)
        out.flush()
        sync_file(out.fileno())
    path.chmod(FILE_MODE)


def _facts(path: Path) -> dict[str, Any]:
    rows = pl.scan_parquet(path, hive_partitioning=False).select(pl.len()).collect().item()
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "rows": rows}
