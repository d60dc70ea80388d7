"""A file of the warehouse that is not as it was written is found and named."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.integrity import damaged_files, damaged_inputs
from flows.snapshot import manifest_text
from flows.warehouse import Warehouse
from tests.flows.lab import LAB, load_files

REMISSION = "sample_remission/collected_year=2023/part-0.parquet"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Give a warehouse of one load."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    return Warehouse(tmp_path / "w")


def writable(path: Path) -> Path:
    """Let the owner of a file write it, as a careless hand would."""
    path.chmod(0o640)
    return path


def truncate(path: Path) -> None:
    """Cut a file in half."""
    os.truncate(writable(path), path.stat().st_size // 2)


def flip(path: Path) -> None:
    """Turn one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    writable(path).write_bytes(bytes(data))


def damage(warehouse: Warehouse) -> list[str]:
    """Return what is wrong with the current snapshot and the kept inputs."""
    current = warehouse.require_current()
    return [*damaged_files(current), *damaged_inputs(warehouse, current)]


def test_nothing_is_wrong(warehouse: Warehouse) -> None:
    """A warehouse as it was written has no damaged file; what a killed load left behind is none."""
    (warehouse.root / "inputs" / ".part-1").write_bytes(b"half of a file")
    assert damage(warehouse) == []


@pytest.mark.parametrize("hurt", [truncate, flip])
def test_an_altered_file(warehouse: Warehouse, hurt: Callable[[Path], None]) -> None:
    """A truncated file, and one with a single bit turned, are altered."""
    current = warehouse.require_current()
    hurt(current.path / REMISSION)
    (line,) = damage(warehouse)
    place = f"snapshots/{current.path.name}/{REMISSION}"
    assert re.fullmatch(
        rf"{place}: altered: its \d+ bytes have SHA-256 \w{{12}}…, written were \w{{12}}…", line
    )


def test_files_missing_unreadable_and_strange(warehouse: Warehouse) -> None:
    """A missing file, a folder in the place of a file, a stranger and a link are each named."""
    folder = warehouse.require_current().path
    (folder / REMISSION).unlink()
    (folder / "runs" / "part-0.parquet").unlink()
    (folder / "runs" / "part-0.parquet").mkdir()
    (folder / "runs" / "part-1.parquet").write_bytes(b"")
    (folder / "elsewhere").symlink_to(warehouse.root / "inputs")
    place = f"snapshots/{folder.name}"
    assert damage(warehouse) == [
        f"{place}/elsewhere: no file of this snapshot; remove it",
        f"{place}/runs/part-0.parquet: not readable: Is a directory",
        f"{place}/runs/part-1.parquet: no file of this snapshot; remove it",
        f"{place}/{REMISSION}: missing",
    ]


@pytest.mark.parametrize("hurt", [truncate, flip, Path.unlink])
def test_a_damaged_input(warehouse: Warehouse, hurt: Callable[[Path], None]) -> None:
    """A kept input that is missing, or whose bytes do not hash to its name, is named."""
    (path, *_) = sorted((warehouse.root / "inputs").iterdir())
    hurt(path)
    (line,) = damage(warehouse)
    assert line.startswith(f"inputs/{path.name}: ")
    assert line.split(": ")[1] in ("altered", "missing")


def test_a_stranger_among_the_inputs(warehouse: Warehouse) -> None:
    """A file that somebody put among the kept inputs does not hash to its name."""
    (warehouse.root / "inputs" / "pcr.csv").write_text("sample_id\n", encoding="utf-8")
    (line,) = damage(warehouse)
    assert line.startswith("inputs/pcr.csv: altered: its 10 bytes")


@pytest.mark.parametrize(
    "key", ["code_version", "rulesets", "rule_hashes", "settings", "files", "load_id"]
)
def test_an_altered_manifest(warehouse: Warehouse, key: str) -> None:
    """Whatever is changed in a manifest, it does not have the SHA-256 that it states."""
    path = warehouse.require_current().path / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest[key] = {} if isinstance(manifest[key], dict) else "other"
    writable(path).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    (line,) = damaged_files(warehouse.require_current())
    assert line.endswith(
        "manifest.json: altered: it does not have the SHA-256 that it states itself"
    )


def test_a_manifest_that_is_sealed_and_wrong(warehouse: Warehouse) -> None:
    """A manifest of another load, or one that counts other rows, is found by what lies beside it."""
    path = writable(warehouse.require_current().path / "manifest.json")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    n_rows = manifest["files"][REMISSION]["rows"]
    manifest["files"][REMISSION]["rows"] += 1
    path.write_text(manifest_text(manifest), encoding="utf-8")
    (line,) = damaged_files(warehouse.require_current())
    assert line.endswith(f"{REMISSION}: altered: {n_rows} rows, and the manifest says {n_rows + 1}")
    path.write_text(
        manifest_text({**manifest, "load_id": "20200101T000000-000000"}), encoding="utf-8"
    )
    (line,) = damaged_files(warehouse.require_current())
    assert line.endswith("manifest.json: altered: it is of the load 20200101T000000-000000")
