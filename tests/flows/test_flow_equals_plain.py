"""The Prefect flow does what the plain function does, and tells Prefect nothing about anybody."""

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import flows.load
from flows.load import LoadResult, LoadRun, run_load
from tests.flows.lab import INBOX, LAB, hashes, load, settings, write

pytestmark = [pytest.mark.flow, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(240)]

MARK = "zQx7Kw"
"""Part of every name and value that must not leave the warehouse; nothing of Prefect holds it."""


@pytest.fixture
def with_prefect(prefect_database: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the flow, on the server of the session and without waits between retries."""
    import flows.flow

    monkeypatch.setattr(flows.flow, "_DELAYS_SECONDS", (0.0, 0.0, 0.0))
    return flows.flow.load_with_prefect


@pytest.fixture
def marked(tmp_path: Path) -> LoadRun:
    """Give a run whose every name, identifier and odd value carries the mark."""
    inbox = tmp_path / f"{MARK}-inbox"
    files = {
        f"{MARK}-{name}": text.replace("S1", f"S-{MARK}-1").replace("P1", f"P-{MARK}-1")
        for name, text in LAB.items()
    }
    files[f"{MARK}-bad.csv"] = (
        f"sample_id,assay_id,target_copies,control_copies\nS-{MARK}-2,qpcr,{MARK},5\n"
        f"S-{MARK}-waits,qpcr,7,50000\n"
    )
    return LoadRun([write(inbox, files)], tmp_path / "w", settings())


def _task_runs(expected: int) -> list[Any]:
    """Return the task runs of the newest flow run, when all of them have arrived."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.sorting import FlowRunSort

    end = time.monotonic() + 30
    with get_client(sync_client=True) as client:
        newest = client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC, limit=1)[0]
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[newest.id]))
        while True:
            runs = client.read_task_runs(flow_run_filter=wanted)
            done = [r for r in runs if r.state is not None and r.state.is_final()]
            if len(done) >= expected or time.monotonic() > end:
                return list(runs)
            time.sleep(0.2)


def _told(database: Path) -> tuple[str, bytes]:
    """Return all that Prefect was told: what its API answers, and the bytes of its files."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import LogSort
    from prefect.logging.handlers import APILogHandler

    APILogHandler().flush()
    with get_client(sync_client=True) as client:
        answers: list[Any] = [
            *client.read_flows(),
            *client.read_flow_runs(),
            *client.read_task_runs(),
            *client.read_logs(sort=LogSort.TIMESTAMP_DESC),
            *client.read_artifacts(),
        ]
        for run in client.read_flow_runs():
            answers += client.read_flow_run_states(run.id)
    said = "\n".join(a.model_dump_json() for a in answers)
    folders = (database.parent, Path(os.environ["PREFECT_HOME"]))
    raw = b"".join(p.read_bytes() for f in folders for p in sorted(f.rglob("*")) if p.is_file())
    return said, raw


def _assert_private(database: Path) -> str:
    said, raw = _told(database)
    assert MARK not in said
    assert MARK.encode() not in raw
    return said


def test_same_bytes_with_and_without_prefect(with_prefect: Any, tmp_path: Path) -> None:
    """The sample inbox gives the same bytes both ways, in a handful of tasks."""
    plain = load(tmp_path / "plain", INBOX)
    run = LoadRun([INBOX], tmp_path / "flow", settings())
    result: LoadResult = with_prefect(run)
    assert hashes(tmp_path / "flow") == hashes(tmp_path / "plain")
    assert (result.rows, result.files, result.patients, result.pending, result.exit_status) == (
        plain.result.rows,
        plain.result.files,
        plain.result.patients,
        plain.result.pending,
        plain.result.exit_status,
    )
    names = Counter(r.name.rsplit("-", 1)[0] for r in _task_runs(7))
    assert names == Counter(["offer", "discover", "keep", "read", "derive", "publish", "report"])


def test_prefect_learns_only_counts(
    with_prefect: Any, marked: LoadRun, prefect_database: Path
) -> None:
    """No identifier, file name, folder or value is in Prefect's answers, files or database."""
    result = with_prefect(marked)
    assert result.exit_status == 1
    assert result.files == {"LOADED": 6}
    _task_runs(7)
    said = _assert_private(prefect_database)
    assert marked.load_id in said, "the log line and the artifact of this load were not looked at"
    assert "rows_rejected" in said
    for step in ("discover", "keep", "read", "derive", "publish", "report"):
        assert f'\\"step\\": \\"{step}\\", \\"seconds\\": ' in said, (
            "a step is not in the run's log"
        )


def test_prefect_learns_only_the_kind_of_an_error(
    with_prefect: Any, marked: LoadRun, prefect_database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that crashes gives its exception to the caller, and only its kind to Prefect."""
    original = ValueError(f"P-{MARK}-1 has no sample")

    def derive() -> int:
        try:
            raise KeyError(f"S-{MARK}-1")
        except KeyError as cause:
            raise original from cause

    monkeypatch.setattr(marked, "derive", derive)
    with pytest.raises(ValueError, match=f"P-{MARK}-1 has no sample") as caught:
        with_prefect(marked)
    assert caught.value is original
    runs = _task_runs(5)
    assert [r.state.type.value for r in runs if r.name.startswith("derive")] == ["FAILED"]
    said = _assert_private(prefect_database)
    assert "step derive failed (ValueError)" in said
    assert not (marked.warehouse.root / "current").exists()


def test_only_keep_is_retried(
    with_prefect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A share that is away twice is asked again, and the load ends well."""
    tries: list[int] = []
    kept = LoadRun.keep

    def keep(run: LoadRun, batch: int) -> int:
        tries.append(batch)
        if len(tries) < 3:
            raise OSError(5, "Input/output error")
        return kept(run, batch)

    monkeypatch.setattr(LoadRun, "keep", keep)
    run = LoadRun([write(tmp_path / "in", LAB)], tmp_path / "w", settings())
    assert with_prefect(run).exit_status == 0
    assert tries == [0, 0, 0]
    counts = {r.name.rsplit("-", 1)[0]: r.run_count for r in _task_runs(7)}
    once = dict.fromkeys(("offer", "discover", "read", "derive", "publish", "report"), 1)
    assert counts == {**once, "keep": 3}


def test_a_share_that_stays_away_stops_the_load(
    with_prefect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three retries the caller gets the OSError itself, and nothing is published."""
    tries: list[int] = []

    def keep(run: LoadRun, batch: int) -> int:
        tries.append(batch)
        raise OSError(5, "Input/output error", "share")

    monkeypatch.setattr(LoadRun, "keep", keep)
    run = LoadRun([write(tmp_path / "in", LAB)], tmp_path / "w", settings())
    with pytest.raises(OSError, match="Input/output error"):
        with_prefect(run)
    assert len(tries) == 4
    assert not (tmp_path / "w" / "current").exists()


@pytest.mark.parametrize("error", [AssertionError("law broken"), OSError(28, "disk full")])
def test_other_steps_are_not_retried(
    with_prefect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """A step after `keep` runs once, whatever it raises, and leaves the lock open."""
    tries: list[int] = []

    def check_balance(counts: object) -> None:
        tries.append(1)
        raise error

    monkeypatch.setattr(flows.load, "check_balance", check_balance)
    inbox = write(tmp_path / "in", LAB)
    with pytest.raises(type(error)):
        with_prefect(LoadRun([inbox], tmp_path / "w", settings()))
    assert tries == [1]
    monkeypatch.undo()
    assert run_load(LoadRun([inbox], tmp_path / "w", settings(lock_wait_seconds=0))).published
