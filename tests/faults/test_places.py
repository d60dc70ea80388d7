"""Disks that are full or read-only, damaged and misplaced files, readers that hold files open, many loads at once."""

import fcntl
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from flows.errors import UserError
from flows.warehouse import Warehouse
from tests.faults.kills import Killer
from tests.flows.lab import (
    FLOW,
    LAB,
    PCR,
    REFERENCE,
    assert_complete,
    everything,
    hashes,
    load,
    load_files,
    rows,
    write,
)


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    """Give what runs commands in processes of their own."""
    one = Killer(tmp_path_factory.mktemp("killer"))
    yield one
    one.close()


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a site with one load of a part of the laboratory; tests work on copies."""
    site = write(tmp_path_factory.mktemp("begun"), {"mrd.toml": "settle_seconds = 0\n"})
    load_files(site / "w", site / "first", {**REFERENCE, "flow.csv": FLOW})
    write(site / "in", {"pcr.csv": PCR})
    return site


@pytest.fixture
def site(begun: Path, tmp_path: Path) -> Path:
    """Give a copy of the site: settings, a warehouse `w` of one load, an inbox `in` with new results."""
    return Path(shutil.copytree(begun, tmp_path / "site", symlinks=True))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the bytes of the tables that the whole laboratory gives."""
    place = tmp_path_factory.mktemp("whole")
    load_files(place / "w", place / "in", LAB)
    return hashes(place / "w")


def args(site: Path) -> list[str]:
    """Return the arguments of a load of the inbox of a site."""
    return ["load", str(site / "in"), "--warehouse", str(site / "w"), "--no-server"]


def refused(site: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """Load the inbox of a site where it must fail; return the one line that is said."""
    status = main(args(site))
    said = capfd.readouterr()
    assert (status, said.out) == (3, "")
    assert said.err.startswith("mrd: ")
    assert said.err.count("\n") == 1
    return said.err.removeprefix("mrd: ").rstrip("\n")


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount something on a folder, where the system allows it."""
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this system lets nobody mount a file system")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


# -- full and read-only


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system")
def test_disk_that_is_really_full(
    site: Path, whole: dict[str, str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """On a small disk that fills up at another place each time, nothing is half there; with room it goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        shutil.copytree(site, disk, symlinks=True, dirs_exist_ok=True)
        target, before = (disk / "w" / "current").readlink(), everything(disk / "w" / "snapshots")
        failures = 0
        for left in range(0, 200_000, 16_384):
            ballast = disk / "ballast"
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            ballast.write_bytes(b"\0" * max(0, free - left))
            if main(args(disk)) == 0:
                break
            failures += 1
            assert capfd.readouterr().err.count("\n") == 1
            assert (disk / "w" / "current").readlink() == target
            assert everything(disk / "w" / "snapshots") == before
            ballast.unlink()
        assert failures >= 3
        (disk / "ballast").unlink(missing_ok=True)
        load(disk / "w", disk / "in")
        assert_complete(disk / "w")
        assert hashes(disk / "w") == whole


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a file system")
def test_disk_that_is_read_only(
    site: Path, whole: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    """On a read-only disk the load says so in one line, changes nothing, and goes through once it may write."""
    before = everything(site / "w")
    with mounted(site / "w", "--bind", str(site / "w")):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(site / "w")], check=True)
        words = "the warehouse cannot be written: Read-only file system"
        assert refused(site, capfd) == f"{site / 'w'}: {words}"
        assert main(["load", str(site / "in"), "--warehouse", str(site / "w")]) == 3
        assert words in capfd.readouterr().err
        assert main(["explain", "S4", "--warehouse", str(site / "w")]) == 0
        rerun = ["rerun", "--warehouse", str(site / "w"), "--ruleset", "CML=eln-cml-2025"]
        assert main(rerun) == 0
    assert everything(site / "w") == before
    load(site / "w", site / "in")
    assert hashes(site / "w") == whole


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_is_read_only(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """In a folder without the right to write the load says so in one line and changes nothing."""
    before = everything(site / "w")
    (site / "w").chmod(0o550)
    (site / "w" / ".lock").chmod(0o440)
    try:
        assert "cannot be written: Permission denied" in refused(site, capfd)
    finally:
        (site / "w").chmod(0o750)
    assert everything(site / "w") == before


# -- damaged and misplaced


def _cut(path: Path) -> None:
    path.chmod(0o640)
    os.truncate(path, path.stat().st_size // 2)


def _alter(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(data)


def _link(path: Path) -> None:
    elsewhere = path.parents[5] / "elsewhere.parquet"
    path.replace(elsewhere)
    path.symlink_to(elsewhere)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_cut, "altered: its "),
        (_alter, "altered: its "),
        (Path.unlink, "missing"),
        (_link, "a link instead of the file itself"),
    ],
)
def test_damaged_file_is_found_by_the_next_load(
    site: Path, capfd: pytest.CaptureFixture[str], damage: Callable[[Path], None], words: str
) -> None:
    """A load names the file that is not as it was written, publishes nothing, and goes on when it is put back."""
    current = (site / "w" / "current").resolve()
    name = "mrd_status/collected_year=2023/part-0.parquet"
    good = (current / name).read_bytes()
    damage(current / name)
    before = everything(site / "w")
    said = refused(site, capfd)
    assert f"the current snapshot is damaged: snapshots/{current.name}/{name}: {words}" in said
    assert "nothing was published; docs/backup.md says" in said
    assert (site / "w" / "current").resolve() == current
    after = everything(site / "w")
    assert {n for n in after if after[n] != before.get(n)} == {"attempts.jsonl"}
    (current / name).unlink(missing_ok=True)
    (current / name).write_bytes(good)
    assert main(args(site)) == 0
    assert rows(site / "w", "loads").sort("load_id")["reason"].to_list() == [
        None,
        "DamagedError",
        None,
    ]


def test_altered_input_is_noticed_when_it_is_read(
    site: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The bytes of a kept input that are not those of its name are not read."""
    main(args(site))
    capfd.readouterr()
    files = dict(rows(site / "w", "source_files").select("name", "sha256").rows())
    kept = site / "w" / "inputs" / files["pcr.csv"]
    good = kept.read_bytes()
    _alter(kept)
    # with another setting of its reader the file is read again
    write(
        site,
        {"mrd.toml": 'settle_seconds = 0\n[not_detected_values]\nqpcr = ["0"]\n'},
    )
    said = refused(site, capfd)
    assert said.startswith(f"{kept}: this kept input is altered")
    kept.unlink()
    with pytest.raises(UserError, match="this kept input is missing"):
        Warehouse(site / "w").kept_bytes(files["pcr.csv"])
    assert main(args(site)) == 0
    assert kept.read_bytes() == good
    assert stat.S_IMODE(kept.stat().st_mode) == 0o440


def test_current_that_leads_nowhere(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A link `current` that was lost, dangles, leads elsewhere or was copied is no new warehouse: the load says what it is."""
    link = site / "w" / "current"
    newest = link.resolve().name
    there = f"the newest of {site / 'w' / 'snapshots'} is {newest}; see docs/backup.md"
    link.unlink()
    assert refused(site, capfd) == f"{link} is missing; {there}"
    for target in ("snapshots/20200101T000000-000000", str(site / "in"), "inputs"):
        link.symlink_to(target)
        words = f"points to {target}, and there is no such snapshot"
        assert refused(site, capfd) == f"{link} {words}; {there}"
        assert main(["explain", "S4", "--warehouse", str(site / "w")]) == 3
        capfd.readouterr()
        link.unlink()
    shutil.copytree(site / "w" / "snapshots" / newest, link)
    words = "is a copy, and must be a link to a folder of snapshots"
    assert refused(site, capfd) == f"{link} {words}; {there}"
    shutil.rmtree(link)
    link.symlink_to(f"snapshots/{newest}")
    assert main(args(site)) == 0


# -- readers


def test_reader_that_holds_files_open(site: Path) -> None:
    """A reader that opened a snapshot, a file or a scan before a swap reads after it what it opened."""
    held = (site / "w" / "current").resolve()
    before = everything(held)
    scan = pl.scan_parquet(held / "mrd_status" / "**" / "*.parquet")
    path = site / "w" / "current" / "mrd_status" / "collected_year=2023" / "part-0.parquet"
    data = path.read_bytes()
    with path.open("rb") as file:
        load(site / "w", site / "in")
        assert path.read_bytes() != data
        assert file.read() == data
    assert scan.collect()["sample_id"].to_list() == ["S4"]
    assert everything(held) == before


# -- several at once


@pytest.mark.parametrize("how_many", [2, 8])
def test_loads_at_once(killer: Killer, site: Path, how_many: int) -> None:
    """Of loads at the same time each waits for its turn, and the results of all are in the warehouse."""
    write(site, {"mrd.toml": "settle_seconds = 0\nlock_wait_seconds = 280\n"})
    head = "sample_id,assay_id,run_id,replicate,target_copies,control_copies"
    inboxes = [
        write(site / f"in{n}", {f"{n}.csv": f"{head}\nS{n % 3 + 1},qpcr,R{n},1,{n},{50_000 + n}\n"})
        for n in range(how_many)
    ]
    once = shutil.copytree(site, site.with_name("once"), symlinks=True)
    argvs = [["load", str(i), "--warehouse", str(site / "w"), "--no-server"] for i in inboxes]
    statuses = killer.run_at_once(argvs, site / "w")
    assert statuses == [0] * how_many, [killer.output(n) for n in range(how_many)]
    assert_complete(site / "w")
    loads = rows(site / "w", "loads")
    assert loads["outcome"].to_list() == ["PUBLISHED"] * (how_many + 1)
    assert loads["load_id"].n_unique() == how_many + 1
    assert len(list((site / "w" / "snapshots").iterdir())) == how_many + 1
    load(once / "w", *(once / i.name for i in inboxes))
    assert hashes(site / "w") == hashes(once / "w")


def test_lock_of_a_dead_process(killer: Killer, site: Path, whole: dict[str, str]) -> None:
    """The lock of a process that was killed is free at once: the file that it left locks nobody out."""
    killer.run(args(site), site.with_name("nowhere"))
    begin = killer.points().index("begin derive")
    again = shutil.copytree(site, site.with_name("again"), symlinks=True)
    shutil.rmtree(again / "w")
    load_files(again / "w", again / "first", {**REFERENCE, "flow.csv": FLOW})
    assert killer.run(args(again), site.with_name("nowhere"), kill_at=begin + 1) == -signal.SIGKILL
    assert (again / "w" / ".running").exists()
    with (again / "w" / ".lock").open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    load(again / "w", again / "in", lock_wait_seconds=0)
    assert hashes(again / "w") == whole


# -- clocks


def test_clock_that_is_set_back_within_a_load(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load during which the clock was set back ended when it began, and not before."""

    class Back(datetime):
        times = iter([datetime(2026, 5, 2, tzinfo=UTC)])

        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return next(cls.times, datetime(2026, 5, 1, tzinfo=UTC))

    monkeypatch.setattr("flows.load.datetime", Back)
    monkeypatch.setattr("flows.records_of_load.datetime", Back)
    run = load(site / "w", site / "in")
    assert run.result.published
    newest = rows(site / "w", "loads").sort("load_id").tail(1).to_dicts()[0]
    assert newest["load_id"] == run.load_id
    assert newest["started_at"] == newest["finished_at"] == datetime(2026, 5, 2, tzinfo=UTC)
