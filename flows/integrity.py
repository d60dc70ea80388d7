"""Whether files of the warehouse are as they were written: each damaged one in words."""

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from flows.errors import EXIT_NOT_PUBLISHED, DamagedError
from flows.redacted import REDACTED, redacted
from flows.snapshot import MANIFEST, Snapshot, seal
from flows.warehouse import Warehouse
from schemas.tables import TABLES

_THREADS = 8
_NAMED_AT_MOST = 5


def damaged_files(snapshot: Snapshot) -> list[str]:
    """Return one line of words for each file of a snapshot that is not as it was written.

    A manifest that was altered is the only line: what it says of other files cannot be trusted.
    """
    manifest = snapshot.manifest
    place = f"snapshots/{snapshot.path.name}"
    if manifest.get("manifest_sha256", seal(manifest)) != seal(manifest):
        return [f"{place}/{MANIFEST}: altered: it does not have the SHA-256 that it states itself"]
    if manifest["load_id"] != snapshot.path.name:
        return [f"{place}/{MANIFEST}: altered: it is of the load {manifest['load_id']}"]
    known = manifest["files"]

    def damage(name: str) -> str | None:
        path = snapshot.path / name
        words = _damage(path, known[name]["sha256"])
        if words is None and (n_rows := _n_rows(path)) != known[name]["rows"]:
            words = f"altered: {n_rows} rows, and the manifest says {known[name]['rows']}"
        return words

    found = _each(known, damage)
    for name in _files_below(snapshot.path) - {MANIFEST, *known}:
        found[name] = "no file of this snapshot; remove it"
    return [f"{place}/{name}: {words}" for name, words in sorted(found.items())]


def refuse_damaged(snapshot: Snapshot) -> None:
    """Stop where a file of the current snapshot is not as it was written.

    Raises:
        DamagedError: names the files.
    """
    damaged = damaged_files(snapshot)
    if not damaged:
        return
    others = len(damaged) - _NAMED_AT_MOST
    more = f"; and {others} more" if others > 0 else ""
    raise DamagedError(
        f"{snapshot.path.parents[1]}: the current snapshot is damaged: {'; '.join(damaged[:_NAMED_AT_MOST])}{more}; "
        "nothing was published; docs/backup.md says how to put it right",
        EXIT_NOT_PUBLISHED,
    )


def damaged_inputs(warehouse: Warehouse, snapshot: Snapshot) -> list[str]:
    """Return one line of words for each kept input that is missing or not as it was kept."""
    read = snapshot.scan(TABLES["source_files"])
    named = read.select(pl.concat([pl.col("sha256"), pl.col("layout_sha256")]).alias("sha256"))
    wanted = set(named.collect()["sha256"].drop_nulls())
    there = {p.name for p in warehouse.inputs.glob("[!.]*") if p.name != REDACTED}
    extracts = redacted(warehouse.inputs)
    found = _each(
        wanted | there,
        lambda sha256: _damage(warehouse.input_path(sha256), sha256, *extracts.get(sha256, ())),
    )
    place = warehouse.inputs.relative_to(warehouse.root)
    return [f"{place}/{name}: {words}" for name, words in sorted(found.items())]


def _each(names: Iterable[str], damage: Callable[[str], str | None]) -> dict[str, str]:
    """Return what is wrong with each file; hashing lets go of the interpreter's lock."""
    ordered = sorted(names)
    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        said = zip(ordered, pool.map(damage, ordered), strict=True)
        return {name: words for name, words in said if words is not None}


def _damage(path: Path, sha256: str, *instead: str) -> str | None:
    if path.is_symlink():
        # its target may change at any time, and is in no backup of the folder
        return "a link instead of the file itself"
    try:
        with path.open("rb") as file:
            now = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"not readable: {error.strerror}"
    if now == sha256 or now in instead:
        return None
    return f"altered: its {size} bytes have SHA-256 {now[:12]}…, written were {sha256[:12]}…"


def _n_rows(path: Path) -> int:
    counted = pl.scan_parquet(path, hive_partitioning=False).select(pl.len())
    return int(counted.collect().item())


def _files_below(folder: Path) -> set[str]:
    """Return everything below a folder that is no folder; links are not followed."""
    found = set()
    for place, folders, files in os.walk(folder):
        names = [*files, *(f for f in folders if Path(place, f).is_symlink())]
        found |= {Path(place, name).relative_to(folder).as_posix() for name in names}
    return found
