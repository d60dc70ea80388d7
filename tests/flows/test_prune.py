"""Old snapshots go with their reports; the current one, young ones and all inputs stay; readers notice nothing."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest
from filelock import FileLock

from flows.attempts import attempts, failed_since
from flows.errors import LockedError, UserError
from flows.prune import Pruned, prune
from flows.verify import verify_all
from flows.warehouse import Warehouse
from tests.flows.lab import LAB, assert_complete, everything, hashes, load_files, rows

DAY = timedelta(days=1)
LATER = datetime.now(UTC) + timedelta(days=10)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a warehouse of four snapshots; each test copies it."""
    folder = tmp_path_factory.mktemp("prune")
    for number, name in enumerate(("patients.csv", "samples.csv", "assays.csv", "pcr.csv")):
        load_files(folder / "w", folder / str(number), {name: LAB[name]})
    return folder / "w"


@pytest.fixture
def warehouse(built: Path, tmp_path: Path) -> Warehouse:
    """Give a copy in which hard links are hard links."""

    def link_again(source: str, target: str) -> str:
        first = seen.setdefault(Path(source).stat().st_ino, target)
        return shutil.copy2(source, target) if first == target else os.link(first, target) or target

    seen: dict[int, str] = {}
    shutil.copytree(built, tmp_path / "w", symlinks=True, copy_function=link_again)
    return Warehouse(tmp_path / "w")


def pruned(
    warehouse: Warehouse,
    *,
    keep: int | None = None,
    older_than: timedelta | None = None,
    is_dry: bool = False,
    now: datetime = LATER,
) -> Pruned:
    """Prune a warehouse that nobody has touched for ten days."""
    return prune(
        warehouse, keep=keep, older_than=older_than, lock_wait_seconds=0, is_dry=is_dry, now=now
    )


def used(folder: Path) -> int:
    """Return the bytes that a folder takes but for the list of tries, each file once however many links it has."""
    found = [p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()]
    files = {(s := p.lstat()).st_ino: s.st_size for p in found if p.name != "attempts.jsonl"}
    return sum(files.values())


def test_keep(warehouse: Warehouse) -> None:
    """The newest stay; snapshots and reports of the others go; all else is as it was."""
    names, before, size = warehouse.snapshot_names(), everything(warehouse.root), used(warehouse.root)  # fmt: skip
    found = pruned(warehouse, keep=2)
    assert found.load_ids == names[:2]
    assert (found.n_reports, found.n_left, found.n_too_young) == (2, 2, 0)
    assert warehouse.snapshot_names() == names[2:]
    gone = tuple(part for name in names[:2] for part in (f"snapshots/{name}/", f"reports/{name}."))
    after = everything(warehouse.root)
    assert after.pop("attempts.jsonl") != before.pop("attempts.jsonl"), "the prune is noted"
    assert after == {n: h for n, h in before.items() if not n.startswith(gone)}
    assert found.n_bytes == size - used(warehouse.root), "links that remain free nothing"
    assert found.n_bytes > 0
    assert_complete(warehouse.root)
    assert [f.exit_status for f in verify_all(warehouse, lambda words: None)] == [0, 0]


def test_texts_of_reruns(warehouse: Warehouse) -> None:
    """The text of a scheduled rerun goes with its snapshot; where it published none, with the one it was compared to."""
    names = warehouse.snapshot_names()
    texts = [f"{name}.txt" for name in (names[1], f"{names[1]}9", names[2], f"{names[3]}9")]
    for name in texts:
        warehouse.write_report_file(name, "rows of patients\n")
    assert pruned(warehouse, keep=2, is_dry=True).n_reports == 4
    pruned(warehouse, keep=2)
    assert [p.name for p in sorted(warehouse.reports.glob("*.txt"))] == texts[2:]


def test_dry_run(warehouse: Warehouse) -> None:
    """A dry run says the same and touches nothing."""
    before = everything(warehouse.root)
    dry = pruned(warehouse, keep=1, is_dry=True)
    assert everything(warehouse.root) == before
    assert dry == pruned(warehouse, keep=1)
    assert dry.text(is_dry=True).startswith("Would remove 3 snapshots and 3 reports\n")
    assert dry.text(is_dry=False).startswith("Removed 3 snapshots and 3 reports\n")


def test_the_current_snapshot_stays(warehouse: Warehouse) -> None:
    """However old it is, and also where a person has set `current` back to an older one."""
    names = warehouse.snapshot_names()
    link = warehouse.root / "current"
    link.unlink()
    link.symlink_to(Path("snapshots") / names[0])
    found = pruned(warehouse, older_than=DAY)
    assert names[0] not in found.load_ids
    assert (link / "manifest.json").exists()


def test_young_snapshots_stay(warehouse: Warehouse) -> None:
    """What was current within the last day stays, whatever is asked for, and is counted."""
    names = warehouse.snapshot_names()
    soon = datetime.now(UTC) + timedelta(hours=23)
    found = pruned(warehouse, keep=1, now=soon)
    assert (found.load_ids, found.n_too_young) == ([], 3)
    assert warehouse.snapshot_names() == names
    assert pruned(warehouse, older_than=timedelta(days=30)).load_ids == []


def test_a_snapshot_that_was_current_for_long(warehouse: Warehouse) -> None:
    """The day counts from the snapshot that came after: until then readers opened the old one."""
    names = warehouse.snapshot_names()
    young = f"{datetime.now(UTC) + timedelta(days=9, hours=20):%Y%m%dT%H%M%S-%f}"
    (warehouse.root / "snapshots" / names[3]).rename(warehouse.root / "snapshots" / young)
    link = warehouse.root / "current"
    link.unlink()
    link.symlink_to(Path("snapshots") / young)
    found = pruned(warehouse, keep=1)
    assert (found.load_ids, found.n_too_young) == (names[:2], 1)


def test_under_the_lock(warehouse: Warehouse) -> None:
    """While a load is in progress nothing is pruned."""
    before = everything(warehouse.root)
    with FileLock(warehouse.root / ".lock"):
        with pytest.raises(UserError, match="another load is in progress"):
            pruned(warehouse, keep=1)
        assert next(attempts(warehouse.attempts_path))["outcome"] == "failed: LockedError"
        after = everything(warehouse.root)
        assert {n for n in after if after[n] != before.get(n)} == {"attempts.jsonl"}


def test_killed_while_deleting(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names go first: what is half deleted has no name that a reader knows, and the next load removes it."""
    names = warehouse.snapshot_names()

    rmtree = shutil.rmtree

    def killed(path: Path) -> None:
        if path.name.startswith(".part-"):
            raise KeyboardInterrupt
        rmtree(path)

    with monkeypatch.context() as patched:
        patched.setattr("flows.prune.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            pruned(warehouse, keep=2)
    assert warehouse.snapshot_names() == names[2:]
    assert len(list((warehouse.root / "snapshots").glob(".part-*"))) == 2
    load_files(warehouse.root, tmp_path / "next", {"flow.csv": LAB["flow.csv"]})
    assert not list((warehouse.root / "snapshots").glob(".*"))
    load_files(tmp_path / "once", tmp_path / "in", LAB)
    assert hashes(warehouse.root) == hashes(tmp_path / "once")


def test_what_is_asked_of_a_pruned_snapshot(warehouse: Warehouse) -> None:
    """Whoever asks for a pruned snapshot is told that there was one."""
    names = warehouse.snapshot_names()
    pruned(warehouse, keep=1)
    with pytest.raises(UserError, match=f"{names[1]}: this snapshot was pruned; there is {names[3]}, current"):  # fmt: skip
        warehouse.snapshot(names[1])
    with pytest.raises(UserError, match="there is no such snapshot"):
        warehouse.snapshot("2019")


def _rows_of_handle(path: Path) -> Callable[[], int]:
    file = path.open("rb")

    def read() -> int:
        with file:
            return pl.read_parquet(file).height

    return read


def _rows_of_mapped_file(path: Path) -> Callable[[], int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    mapped = pa.memory_map(str(path))
    return lambda: int(pq.read_table(mapped).num_rows)


def _rows_of_parquet_file(path: Path) -> Callable[[], int]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    return lambda: int(file.read().num_rows)


def _polars_scan(folder: Path) -> Callable[[], int]:
    scan = pl.scan_parquet(folder / "**" / "*.parquet", hive_partitioning=False)
    return lambda: scan.collect().height


def _arrow_dataset(folder: Path) -> Callable[[], int]:
    from pyarrow import dataset

    found = dataset.dataset(folder, format="parquet", partitioning="hive")
    return lambda: int(found.to_table().num_rows)


def _duckdb_view(folder: Path) -> Callable[[], int]:
    connection = duckdb.connect()
    connection.execute(f"create view told as select * from '{folder}/**/*.parquet'")
    return lambda: len(connection.execute("select * from told").fetchall())


LATE = {"polars": _polars_scan, "pyarrow": _arrow_dataset, "DuckDB": _duckdb_view}
"""Readers that look for their files when they are asked for rows."""

AT_ONCE = (_rows_of_handle, _rows_of_mapped_file, _rows_of_parquet_file)
"""Readers that hold a file open."""

CORRECTED = """\
sample_id,assay_id,run_id,replicate,target_copies,control_copies,result_version
S3,qpcr,R3,1,900,90000,2
"""


def test_readers_that_opened_before_a_swap_and_a_prune(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """What is open stays readable; what is opened late is there for a day, and then missing: never half of it.

    The load in between changes the file that they read.
    """
    before = warehouse.require_current()
    name = "mrd_status/collected_year=2023/part-0.parquet"
    held = [opened(before.path / name) for opened in AT_ONCE]
    late = {reader: opened(before.path / "mrd_status") for reader, opened in LATE.items()}
    n_rows = rows(warehouse.root, "mrd_status").height
    load_files(warehouse.root, tmp_path / "next", {"again.csv": CORRECTED})
    assert pruned(warehouse, keep=1, now=datetime.now(UTC) + timedelta(hours=23)).load_ids == []
    assert {reader: read() for reader, read in late.items()} == dict.fromkeys(LATE, n_rows)
    assert before.path.name in pruned(warehouse, keep=1).load_ids
    assert not (before.path / name).exists()
    assert [read() for read in held] == [before.manifest["files"][name]["rows"]] * len(held)
    for read in late.values():
        with pytest.raises((OSError, duckdb.Error), match=before.path.name):
            read()


def test_line_of_a_prune(warehouse: Warehouse) -> None:
    """A prune leaves a line with counts, also where it could not run; it is no try to load."""
    before = list(attempts(warehouse.attempts_path))
    pruned(warehouse, keep=1, is_dry=True)
    found = pruned(warehouse, keep=2)
    with warehouse.lock(0), pytest.raises(LockedError):
        pruned(Warehouse(warehouse.root), keep=1)
    failed, done, *others = attempts(warehouse.attempts_path)
    assert others == before, "a dry run is none"
    assert failed.keys() == {"load_id", "at", "kind", "outcome"}
    assert (failed["kind"], failed["outcome"]) == ("PRUNE", "failed: LockedError")
    assert (done["kind"], done["outcome"]) == ("PRUNE", "pruned")
    assert (done["snapshots"], done["reports"], done["bytes"]) == (2, 2, found.n_bytes)
    assert failed_since(warehouse.attempts_path, warehouse.snapshot_names()[-1]) == []
