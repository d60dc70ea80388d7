"""The flow of a scheduled load: every load that cannot run is a failed flow run, and says nothing about anybody."""

import asyncio
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.load import LoadRun
from tests.flows.lab import FLOW, LAB, REFERENCE, hashes, load, write

pytestmark = [pytest.mark.flow, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(240)]

MARK = "zQx7Kw"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a site with one load; its inbox `in` is named after a person. Tests work on copies."""
    site = tmp_path_factory.mktemp("begun")
    write(site, {"mrd.toml": "settle_seconds = 0\nlock_wait_seconds = 0\n"})
    load(site / "w", write(site / "in", {**REFERENCE, f"{MARK}-flow.csv": FLOW}))
    write(site / "in", {f"{MARK}-pcr.csv": LAB["pcr.csv"]})
    return site


@pytest.fixture
def site(
    begun: Path, tmp_path: Path, prefect_database: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Give a copy of the site, where nobody waits before a step is tried again."""
    import flows.flow

    monkeypatch.setattr(flows.flow, "_DELAYS_SECONDS", (0.0, 0.0, 0.0))
    return shutil.copytree(begun, tmp_path / "site", symlinks=True)


def run(site: Path) -> Any:
    """Run the flow as a schedule does and return its final state."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from flows import scheduled

    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        return scheduled.load(inbox=[site / "in"], warehouse=site / "w", return_state=True)


def last_attempt(site: Path) -> str:
    lines = (site / "w" / "attempts.jsonl").read_text(encoding="utf-8").splitlines()
    return str(json.loads(lines[-1])["outcome"])


def missing_inbox(site: Path) -> None:
    (site / "in").rename(site / "away")


def wrong_settings(site: Path) -> None:
    write(site, {"mrd.toml": f'lock_wait_seconds = "{MARK}"\n'})


def damaged_snapshot(site: Path) -> None:
    manifest = site / "w" / "current" / "manifest.json"
    manifest.chmod(0o640)
    manifest.write_text(f'{{"{MARK}', encoding="utf-8")


def other_load(site: Path) -> None:
    handle = os.open(site / "w" / ".lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)


CANNOT_RUN = [
    (missing_inbox, "offer", "UserError", 2, "there is no such file or folder"),
    (wrong_settings, "settings", "UserError", 2, "lock_wait_seconds"),
    (other_load, "lock", "LockedError", 3, "another load is in progress"),
    (damaged_snapshot, "lock", "DamagedError", 3, "the snapshot cannot be read"),
]


@pytest.mark.parametrize(("spoil", "step", "kind", "status", "line"), CANNOT_RUN)
def test_a_load_that_cannot_run(
    site: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    step: str,
    kind: str,
    status: int,
    line: str,
) -> None:
    """A failed run with step, kind and status; the line with names on stderr; a line in attempts.jsonl."""
    spoil(site)
    state = run(site)
    assert (state.type.value, state.message) == (
        "FAILED",
        f"step {step} failed ({kind}), exit status {status}; the terminal has the details",
    )
    told = [t for t in capsys.readouterr().err.splitlines() if " load: mrd: " in t]
    assert len(told) == 1
    assert line in told[0]
    assert last_attempt(site) == f"failed: {kind}"


def test_a_warehouse_that_cannot_be_written(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only warehouse is a failed run too, though no line can be written in it."""
    if os.geteuid() == 0:
        # root writes everywhere: what the disk says is said here

        def refuse(*_: object) -> None:
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr("flows.warehouse.probe", refuse)
        monkeypatch.setattr("flows.warehouse.Warehouse.note_attempt", refuse)
    else:
        (site / "w").chmod(0o550)
    state = run(site)
    (site / "w").chmod(0o750)
    assert state.type.value == "FAILED"
    assert state.message.startswith("step lock failed (")
    assert state.message.endswith("exit status 3; the terminal has the details")


def test_rejected_rows_are_no_failure(site: Path) -> None:
    """A load with rejected rows is completed, and its message says so in counts."""
    write(site / "in", {"bad.csv": f"sample_id,assay_id,target_copies,control_copies\nS2,qpcr,{MARK},5\n"})  # fmt: skip
    state = run(site)
    assert state.type.value == "COMPLETED"
    assert state.message == (
        "published; 6 files, 6 rows read; some input was rejected: 0 whole files, 1 row"
    )


@pytest.mark.parametrize("step", ["offer", "keep"])
def test_a_share_that_comes_back(site: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """A share that is stale twice, while files are looked for or kept, is asked again: the load loses nothing."""
    tries: list[int] = []
    body = getattr(LoadRun, step)

    def stale(run: LoadRun, *numbers: int) -> int:
        tries.append(1)
        if len(tries) < 3:
            raise OSError(errno.ESTALE, "Stale file handle", f"/share/{MARK}")
        return int(body(run, *numbers))

    stale.__name__ = step
    monkeypatch.setattr(LoadRun, step, stale)
    assert run(site).message == "published; 5 files, 5 rows read"
    assert len(tries) == 3
    load(site / "plain", site / "in")
    assert hashes(site / "w") == hashes(site / "plain")


def test_prefect_learns_no_name(site: Path, prefect_database: Path) -> None:
    """After a load and each failure no byte of the database or of Prefect's home has a name."""
    from prefect.logging.handlers import APILogHandler

    run(site)
    for spoil in (damaged_snapshot, wrong_settings, missing_inbox):
        spoil(site)
        assert run(site).type.value == "FAILED"
    APILogHandler().flush()
    homes = (prefect_database.parent, Path(os.environ["PREFECT_HOME"]))
    read = [p for home in homes for p in home.rglob("*") if p.is_file()]
    assert [p.name for p in read if MARK.encode() in p.read_bytes()] == []


def test_what_a_killed_mrd_serve_left(prefect_database: Path) -> None:
    """A run that had begun is over, as crashed or as cancelled, and does not begin again; one that waits still comes."""
    from prefect.client.orchestration import get_client
    from prefect.states import Cancelling, Completed, Pending, Running, Scheduled

    from flows.runs import close_old_runs

    left = [Pending(), Running(), Cancelling(), Scheduled(), Completed()]

    async def what_becomes() -> list[str]:
        async with get_client() as client:
            flow = await client.create_flow_from_name("mrd-load")
            deployment = await client.create_deployment(flow, "scheduled")
            runs = [await client.create_flow_run_from_deployment(deployment) for _ in left]
            for run, state in zip(runs, left, strict=True):
                await client.set_flow_run_state(run.id, state, force=True)
            await close_old_runs()
            states = [(await client.read_flow_run(run.id)).state for run in runs]
            await client.delete_deployment(deployment)
            return [state.type.value for state in states if state is not None]

    found = asyncio.run(what_becomes())
    assert found == ["CRASHED", "CRASHED", "CANCELLED", "SCHEDULED", "COMPLETED"]


def test_the_form_knows_every_disease() -> None:
    """The rule sets of a rerun are asked for by disease."""
    from flows.scheduled import RuleSets
    from schemas.enums import Disease

    assert set(RuleSets.model_fields) == {d.value for d in Disease}
