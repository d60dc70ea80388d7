"""A scheduled load in a process of its own, and at the same time on the same warehouse a load or rerun that a person started."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from flows.attempts import attempts
from flows.chosen import Asked
from flows.cli import main
from flows.integrity import damaged_files
from flows.load import LoadRun
from flows.rerun import Rerun, run_rerun
from flows.warehouse import Warehouse
from tests.flows.lab import (
    FLOW,
    PCR,
    REFERENCE,
    assert_complete,
    hashes,
    load,
    one,
    rows,
    settings,
    write,
)
from tests.flows.prefect_process import clean_environment
from tests.flows.scheduled_process import ScheduledProcess, tell_of_waiting

pytestmark = [pytest.mark.flow, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(240)]

LATER = "sample_id,assay_id,run_id,replicate,target_copies,control_copies,result_version\nS3,qpcr,R3,1,900,90000,2\n"
"""What the person loads: a corrected result of a sample that the scheduled load brings."""

WAITS, STOPS = "lock_wait_seconds = 120\n", "lock_wait_seconds = 0\n"
PUBLISHED = ("COMPLETED", "published; 1 file, 5 rows read")
AD_HOC = {
    "load": ("load", "SITE/later", "--warehouse", "SITE/w"),
    "rerun": ("rerun", "--warehouse", "SITE/w", "--ruleset", "CML=eln-cml-2025", "--publish"),
}


@pytest.fixture(scope="module")
def scheduled(
    prefect_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ScheduledProcess]:
    """Give a process that runs scheduled loads on the server of the tests."""
    from prefect.settings import PREFECT_API_URL

    home = tmp_path_factory.mktemp("scheduled")
    environment = clean_environment(
        PREFECT_API_URL=str(PREFECT_API_URL.value()), PREFECT_HOME=str(home), DO_NOT_TRACK="1"
    )
    process = ScheduledProcess(home / "log", environment)
    yield process
    process.close()


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a site with one load; tests work on copies."""
    site = tmp_path_factory.mktemp("begun")
    load(site / "w", write(site / "first", {**REFERENCE, "flow.csv": FLOW}))
    write(site, {"in/pcr.csv": PCR, "later/later.csv": LATER})
    return site


@pytest.fixture
def site(begun: Path, tmp_path: Path) -> Path:
    """Give a site: a warehouse `w`, an inbox `in` for the schedule, a folder `later` for a person."""
    return shutil.copytree(begun, tmp_path / "site", symlinks=True)


@pytest.fixture(scope="module")
def one_after_the_other(
    begun: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, str]]:
    """Give the bytes of the tables when the load and what a person starts follow each other, and of the load alone."""
    found = {}
    for name in AD_HOC:
        site = tmp_path_factory.mktemp("orderly") / "site"
        shutil.copytree(begun, site, symlinks=True)
        load(site / "w", site / "in")
        found["alone"] = hashes(site / "w")
        if name == "load":
            load(site / "w", site / "later")
        else:
            run = Rerun(site / "w", settings(), {"CML": "eln-cml-2025"})
            run_rerun(run, site / "mrd.toml", Asked(), publish=True)
        found[name] = hashes(site / "w")
    return found


def set_wait(site: Path, text: str) -> None:
    """Write the settings of a site."""
    write(site, {"mrd.toml": f"settle_seconds = 0\n{text}"})


def ad_hoc(site: Path, name: str) -> int:
    """Run what a person starts; return its exit status."""
    return main([a.replace("SITE", str(site)) for a in AD_HOC[name]])


def tried(warehouse: Path) -> list[tuple[str, str]]:
    """Return kind and outcome of all tries, oldest first."""
    return [(line["kind"], line["outcome"]) for line in attempts(warehouse / "attempts.jsonl")][
        ::-1
    ]


def assert_all_whole(warehouse: Path, n_snapshots: int) -> None:
    """Check every file of every snapshot, and that nothing half written is left."""
    assert_complete(warehouse)
    names = sorted(p.name for p in (warehouse / "snapshots").iterdir())
    assert len(names) == n_snapshots
    for name in names:
        assert damaged_files(Warehouse(warehouse).snapshot(name)) == []
        assert (warehouse / "reports" / f"{name}.html").exists()
    assert rows(warehouse, "loads").filter(outcome="PUBLISHED")["load_id"].sort().to_list() == names


@pytest.mark.parametrize("name", AD_HOC)
def test_a_person_comes_while_the_schedule_loads(
    site: Path,
    scheduled: ScheduledProcess,
    one_after_the_other: dict[str, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str,
) -> None:
    """By setting the other stops at once, with status 3 and a line of its try; or it waits, then does its work."""
    set_wait(site, STOPS)
    scheduled.start(site / "in", site / "w", hold_at="derive")
    scheduled.reaches("at derive")
    capfd.readouterr()
    assert ad_hoc(site, name) == 3
    message = "another load is in progress; try again when it has ended"
    assert capfd.readouterr() == ("", f"mrd: {site / 'w'}: {message}\n")
    vain: list[str] = []

    def release() -> None:
        if not vain:
            scheduled.go_on()
        vain.append("found it held")

    set_wait(site, WAITS)
    monkeypatch.setattr(FileLock, "_acquire", tell_of_waiting(release))
    assert ad_hoc(site, name) == 0
    assert scheduled.ends() == PUBLISHED
    assert vain
    assert_all_whole(site / "w", 3)
    kind = name.upper()
    assert tried(site / "w") == [
        ("LOAD", "published"),
        (kind, "failed: LockedError"),
        ("LOAD", "published"),
        (kind, "published"),
    ]
    failed = one(site / "w", "loads", outcome="FAILED")
    assert (failed["kind"], failed["reason"]) == (kind, "LockedError")
    assert hashes(site / "w") == one_after_the_other[name]


def beside(monkeypatch: pytest.MonkeyPatch, at_derive: Callable[[], object]) -> None:
    """Do something while the next load of this process holds the warehouse."""
    real = LoadRun.derive

    def derive(run: LoadRun) -> int:
        at_derive()
        return real(run)

    monkeypatch.setattr(LoadRun, "derive", derive)


def test_the_schedule_finds_a_person_at_work(
    site: Path,
    scheduled: ScheduledProcess,
    one_after_the_other: dict[str, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other way round: the scheduled load is a failed run, or waits; no file is lost."""
    ended = []

    def meanwhile() -> None:
        set_wait(site, STOPS)
        scheduled.start(site / "in", site / "w")
        ended.append(scheduled.ends())
        set_wait(site, WAITS)
        scheduled.start(site / "in", site / "w")
        scheduled.reaches("waits")

    set_wait(site, WAITS)
    with monkeypatch.context() as patched:
        beside(patched, meanwhile)
        assert ad_hoc(site, "load") == 0
    words = "step lock failed (LockedError), exit status 3; the terminal has the details"
    assert ended == [("FAILED", words)]
    assert ("LOAD", "failed: LockedError") in tried(site / "w")
    assert scheduled.ends() == PUBLISHED
    assert_all_whole(site / "w", 3)
    assert hashes(site / "w") == one_after_the_other["load"]


def test_a_load_that_takes_too_long(
    site: Path, scheduled: ScheduledProcess, one_after_the_other: dict[str, dict[str, str]]
) -> None:
    """A load that hangs in one long call is stopped by the alarm: a failed run and try; the next one does the work."""
    set_wait(site, "load_timeout_minutes = 0.04\n")
    before = (site / "w" / "current").resolve()
    # held, and nobody lets it go on
    scheduled.start(site / "in", site / "w", hold_at="derive")
    assert scheduled.ends() == ("FAILED", "stopped after load_timeout_minutes = 0.04")
    assert tried(site / "w")[-1] == ("LOAD", "failed: LoadTimeoutError")
    assert (site / "w" / "current").resolve() == before
    assert_all_whole(site / "w", 1)
    set_wait(site, STOPS)
    scheduled.start(site / "in", site / "w")
    assert scheduled.ends() == PUBLISHED
    assert one(site / "w", "loads", outcome="FAILED")["reason"] == "LoadTimeoutError"
    assert_all_whole(site / "w", 2)
    assert hashes(site / "w") == one_after_the_other["alone"]
