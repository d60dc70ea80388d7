"""Killed loads, full disks, errors: `current` is whole, and the next load puts all right; see also `test_killed`."""

import errno
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.attempts import attempts
from flows.cli import main
from flows.load import LoadRun, run_load
from flows.warehouse import Warehouse
from tests.flows.lab import (
    FLOW,
    INBOX,
    LAB,
    PCR,
    REFERENCE,
    assert_complete,
    everything,
    hashes,
    load,
    load_files,
    outcomes,
    settings,
    write,
)

ROOT = Path(__file__).parents[2]

# a load of its own process: where files cannot grow beyond a size, or that is killed at the end of a step
DRIVER = """
import os, resource, signal, sys
from flows.cli import main
from flows.snapshot_writer import SnapshotWriter
limit, killed = int(sys.argv[1]), sys.argv[2] == "killed"
publish = SnapshotWriter.publish
def fatal(*args):
    publish(*args)
    os.kill(os.getpid(), signal.SIGKILL)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
if killed:
    SnapshotWriter.publish = fatal
sys.exit(main(sys.argv[3:]))
"""


def start(
    inbox: Path, warehouse: Path, *options: str, limit: int = 0, killed: bool = False
) -> "subprocess.Popen[str]":
    """Start a load in a process of its own."""
    args = ["load", str(inbox), "--warehouse", str(warehouse), *options]
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(limit), "killed" if killed else "", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        # what the load starts can be ended with it
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a site with one load of a part of the laboratory; tests work on copies."""
    site = tmp_path_factory.mktemp("begun")
    write(site, {"mrd.toml": "settle_seconds = 0\n"})
    load_files(site / "w", site / "first", {**REFERENCE, "flow.csv": FLOW})
    return site


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the bytes of the tables that the whole laboratory gives."""
    site = tmp_path_factory.mktemp("undisturbed")
    load_files(site / "w", site / "in", LAB)
    return hashes(site / "w")


@pytest.fixture
def site(begun: Path, tmp_path: Path) -> Path:
    """Give a copy of the site: settings, a warehouse `w` of one load, an inbox `in` with new results."""
    shutil.copytree(begun, tmp_path / "site", symlinks=True)
    write(tmp_path / "site" / "in", {"pcr.csv": PCR})
    return tmp_path / "site"


# -- killed


@pytest.mark.long
@pytest.mark.timeout(600)
def test_killed_at_random_times(tmp_path: Path, sample_warehouse: Path) -> None:
    """Twenty loads of the sample inbox, each killed at another time: never half a state."""
    chance = random.Random(20)
    write(tmp_path, {"mrd.toml": "settle_seconds = 0\n"})
    begun_at = time.monotonic()
    whole = start(INBOX, tmp_path / "whole", "--no-server")
    whole.communicate(timeout=120)
    assert whole.returncode == 1
    needed = time.monotonic() - begun_at
    killed = 0
    for number in range(20):
        warehouse = tmp_path / str(number)
        begun_at = time.monotonic()
        process = start(INBOX, warehouse, "--no-server")
        try:
            process.wait(timeout=chance.uniform(0.3, 1.0) * needed)
            # faster than thought: the next ones are killed earlier
            needed = time.monotonic() - begun_at
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate(timeout=60)
        killed += process.returncode == -signal.SIGKILL
        if (warehouse / "current").is_symlink():
            assert_complete(warehouse)
        load(warehouse, INBOX)
        assert_complete(warehouse)
        assert hashes(warehouse) == hashes(sample_warehouse), f"kill {number}"
    assert killed >= 5


@pytest.mark.flow
@pytest.mark.long
def test_killed_in_the_flow(
    site: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in its Prefect flow just after the swap, a load is finished by the next one, with or without Prefect."""
    monkeypatch.setenv("PREFECT_HOME", str(site / "prefect"))
    process = start(site / "in", site / "w", killed=True)
    try:
        assert process.wait(timeout=240) == -signal.SIGKILL
    finally:
        # the server that Prefect started outlives the load
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    load_id = assert_complete(site / "w")["load_id"]
    assert not (site / "w" / "reports" / f"{load_id}.html").exists()
    run = load(site / "w", site / "in", lock_wait_seconds=0)
    assert not run.result.published
    assert (site / "w" / "reports" / f"{load_id}.html").exists()
    said = [x["outcome"] for x in attempts(site / "w" / "attempts.jsonl")]
    assert said == ["nothing new", "published", "published"]
    assert hashes(site / "w") == undisturbed


# -- a lock that is held


def test_load_that_does_not_wait(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With `lock_wait_seconds = 0` a second load stops at once, with status 3 and one line."""
    write(site, {"mrd.toml": "settle_seconds = 0\nlock_wait_seconds = 0\n"})
    args = ["load", str(site / "in"), "--warehouse", str(site / "w"), "--no-server"]
    before = everything(site / "w")
    with Warehouse(site / "w").lock(0):
        begun_at = time.monotonic()
        assert main(args) == 3
        assert time.monotonic() - begun_at < 5
    said = capfd.readouterr()
    message = "another load is in progress; try again when it has ended"
    assert (said.out, said.err) == ("", f"mrd: {site / 'w'}: {message}\n")
    after = everything(site / "w")
    assert after.pop("attempts.jsonl") != before.pop("attempts.jsonl"), "the try is noted"
    assert after == before
    assert main(args) == 0


# -- places that cannot hold a warehouse


def _mrd(site: Path, capfd: pytest.CaptureFixture[str], warehouse: Path | None = None) -> str:
    """Load the inbox of a site where it must fail; return the one line that is said."""
    where = warehouse or site / "w"
    status = main(["load", str(site / "in"), "--warehouse", str(where), "--no-server"])
    said = capfd.readouterr()
    assert (status, said.out) == (3, "")
    assert said.err.startswith("mrd: ")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    return said.err


def test_place_that_cannot_be_written(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Where no folder can be made, the load stops with status 3, with and without a server."""
    place = site / "mrd.toml" / "w"
    said = f"mrd: {place}: the warehouse cannot be written: Not a directory\n"
    assert _mrd(site, capfd, place) == said
    assert main(["load", str(site / "in"), "--warehouse", str(place)]) == 3
    assert capfd.readouterr().err == said


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("os.link", "hard links"),
        ("Path.symlink_to", "symbolic links"),
        ("Path.replace", "renaming a link over another"),
        ("fcntl.flock", "file locks"),
    ],
)
def test_place_without_what_a_warehouse_needs(
    site: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    words: str,
) -> None:
    """On a place without links, rename or locks the load says which is missing, and stops."""

    def refuse(*args: object, **named: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    owner, name = target.split(".")
    before = everything(site / "w")
    with monkeypatch.context() as poor:
        poor.setattr({"os": os, "Path": Path, "fcntl": fcntl}[owner], name, refuse)
        said = _mrd(site, capfd)
    assert f"the place has no {words} (Operation not supported); put the warehouse on a local disk" in said  # fmt: skip
    after = everything(site / "w")
    # a line is written under a lock too: where there are none the try cannot be noted
    is_noted = after.pop("attempts.jsonl") != before.pop("attempts.jsonl")
    assert is_noted is (words != "file locks")
    assert after == before
    assert sorted(p.name for p in (site / "w").iterdir() if p.name.startswith(".probe")) == []


# -- full disks


def full(real: Callable[..., Any], nth: int) -> Callable[..., Any]:
    """Return a call that finds the disk full from its n-th time on."""
    calls = 0

    def call(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args, **named)

    return call


@pytest.mark.parametrize(
    ("target", "nth"),
    [
        ("os.fsync", 1),
        ("os.fsync", 4),
        ("os.fsync", 30),
        ("write_parquet", 1),
    ],
)
def test_disk_full(
    site: Path,
    undisturbed: dict[str, str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    nth: int,
) -> None:
    """On a full disk the load says so in one line, `current` stays, and the next load goes through."""
    before = (site / "w" / "current").resolve()
    untouched = everything(before)
    with monkeypatch.context() as disk:
        owner: Any = pl.DataFrame if target == "write_parquet" else os
        name = target.split(".")[-1]
        disk.setattr(owner, name, full(getattr(owner, name), nth))
        said = _mrd(site, capfd)
    assert said == "mrd: No space left on device; nothing was published\n"
    assert (site / "w" / "current").resolve() == before
    assert everything(before) == untouched
    load(site / "w", site / "in", lock_wait_seconds=0)
    assert_complete(site / "w")
    assert hashes(site / "w") == undisturbed


@pytest.mark.parametrize("limit", [100, 4000])
def test_files_that_cannot_grow(site: Path, undisturbed: dict[str, str], limit: int) -> None:
    """When the system itself refuses to write on, the load ends with status 3 and one line."""
    before = (site / "w" / "current").resolve()
    process = start(site / "in", site / "w", "--no-server", limit=limit)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (3, ""), err
    assert err.startswith("mrd: ")
    assert err.count("\n") == 1
    assert (site / "w" / "current").resolve() == before
    assert_complete(site / "w")
    load(site / "w", site / "in")
    assert hashes(site / "w") == undisturbed


def test_published_is_said_when_only_the_report_failed(
    site: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the tables were published and the report was not, nobody is told the contrary; a later load writes it."""
    before = (site / "w" / "current").resolve()
    args = ["load", str(site / "in"), "--warehouse", str(site / "w"), "--no-server"]

    def refuse(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Warehouse, "write_report", refuse)
        main(args)
        said = "the tables were published, the report was not: No space left on device; the next load writes it"
        assert capfd.readouterr().err == f"mrd: {said}\n"
        published = (site / "w" / "current").resolve()
        assert published != before
        # the next load is not stopped by a report that is not its own
        assert main(args) == 0
    report = site / "w" / "reports" / f"{published.name}.html"
    assert not report.exists()
    assert main(args) == 0
    assert report.exists()
    assert not (site / "w" / ".running").exists()
    again = main(["report", "--warehouse", str(site / "w"), "--to", str(site / "again.html")])
    assert again == 0
    assert report.read_bytes() == (site / "again.html").read_bytes()
    outcomes = [line["outcome"] for line in attempts(site / "w" / "attempts.jsonl")]
    assert outcomes == ["nothing new", "nothing new", "published, without report: OSError", "published", "published"]  # fmt: skip
    assert (site / "w" / "current").resolve() == published


@pytest.mark.parametrize(("error", "is_written"), [(KeyError, False), (KeyboardInterrupt, True)])
def test_report_that_was_not_made(
    site: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], is_written: bool
) -> None:
    """After Ctrl-C the next load makes the report; a bug, which would come again, stops one load and not every one."""

    def fail(*args: object) -> str:
        raise error("S-SECRET-1")

    with monkeypatch.context() as broken:
        broken.setattr("flows.load.report_of_load", fail)
        with pytest.raises(error):
            load(site / "w", site / "in")
    published = (site / "w" / "current").resolve().name
    assert not load(site / "w", site / "in").result.published
    assert (site / "w" / "reports" / f"{published}.html").exists() is is_written


def test_crash_leaves_the_lock_open(
    site: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in a step is raised as it is, publishes nothing, and the next load need not wait."""
    before = (site / "w" / "current").resolve()
    with monkeypatch.context() as broken:
        broken.setattr(LoadRun, "publish", full(LoadRun.publish, 1))
        run = LoadRun([site / "in"], site / "w", settings())
        with pytest.raises(OSError, match="No space left"):
            run_load(run)
    assert (site / "w" / "current").resolve() == before
    load(site / "w", site / "in", lock_wait_seconds=0)
    assert hashes(site / "w") == undisturbed


def test_file_that_vanishes_before_it_is_kept(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is gone when it is to be read is refused by name; the others load."""
    write(site / "in", {"p.csv": "patient_id,disease\nP7,MM\n"})
    discover = LoadRun.discover

    def discover_and_lose(run: LoadRun) -> int:
        batches = discover(run)
        (site / "in" / "pcr.csv").unlink()
        return batches

    monkeypatch.setattr(LoadRun, "discover", discover_and_lose)
    run = load(site / "w", site / "in")
    assert outcomes(run) == {"p.csv": ("LOADED", None), "pcr.csv": ("REJECTED", "FILE_UNREADABLE")}
    assert run.result.exit_status == 1
    assert_complete(site / "w")


def test_failed_load_leaves_a_line_without_words(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that crashed is in `attempts.jsonl` with the kind of its error and nothing of its words."""
    with monkeypatch.context() as broken:
        broken.setattr("flows.load.check_balance", lambda counts: {}["S-SECRET-1"])
        with pytest.raises(KeyError, match="S-SECRET-1"):
            load(site / "w", site / "in")
    text = (site / "w" / "attempts.jsonl").read_text(encoding="utf-8")
    said = [json.loads(line)["outcome"] for line in text.splitlines()]
    assert said == ["published", "failed: KeyError"]
    assert "SECRET" not in text
