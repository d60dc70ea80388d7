"""What killed and failed loads leave, and how the next load tells of it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.attempts import attempts, note_attempt
from flows.errors import UserError
from flows.history import history
from flows.load import LoadRun
from flows.recomputed import recomputed_patients
from flows.verify import verify
from flows.warehouse import Warehouse
from tests.flows.lab import (
    FLOW,
    LAB,
    PCR,
    assert_complete,
    codes,
    load,
    load_files,
    one,
    outcomes,
    rows,
    write,
)


def lines(warehouse: Path) -> list[dict[str, Any]]:
    """Return the tries of a warehouse, oldest first."""
    return list(attempts(warehouse / "attempts.jsonl"))[::-1]


def kill_after_the_swap(warehouse: Path, run: LoadRun) -> dict[str, Any]:
    """Leave a warehouse as a load leaves it that was killed after its snapshot became current."""
    *others, mine = lines(warehouse)
    path = warehouse / "attempts.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in others), encoding="utf-8")
    (warehouse / "reports" / f"{run.load_id}.html").unlink()
    keys = ("load_id", "kind", "started_at", "code_version")
    (warehouse / ".running").write_text(json.dumps({k: mine[k] for k in keys}), encoding="utf-8")
    return mine


def test_killed_after_the_swap(tmp_path: Path) -> None:
    """The next load writes the line and the report of a killed one, though it publishes nothing itself."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", {k: LAB[k] for k in LAB if k != "pcr.csv"})
    run = load_files(warehouse, tmp_path / "2", {"pcr.csv": PCR})
    page = (warehouse / "reports" / f"{run.load_id}.html").read_text(encoding="utf-8")
    line = kill_after_the_swap(warehouse, run)
    # how long its steps took nobody knows any more
    known = {k: v for k, v in line.items() if k != "seconds"}
    again = load(warehouse, tmp_path / "2")
    assert not again.result.published
    *_, killed, last = lines(warehouse)
    assert (killed, last["outcome"]) == ({**known, "at": killed["at"]}, "nothing new")
    # the same courses: of the patients whose results came with the load
    assert (warehouse / "reports" / f"{run.load_id}.html").read_text(encoding="utf-8") == page
    assert not (warehouse / ".running").exists()


def test_killed_before_the_swap(tmp_path: Path) -> None:
    """A try that was killed becomes a line and a row of `loads`; the snapshot that nobody saw is removed."""
    warehouse = tmp_path / "w"
    first = load_files(warehouse, tmp_path / "1", LAB)
    killed = "20990101T000000-000000"
    (warehouse / "snapshots" / killed).mkdir()
    (warehouse / "snapshots" / ".part-x").mkdir()
    mark = {"load_id": killed, "kind": "LOAD", "started_at": "2099-01-01T00:00:00.000000+00:00", "code_version": "1"}  # fmt: skip
    (warehouse / ".running").write_text(json.dumps(mark), encoding="utf-8")
    run = load_files(warehouse, tmp_path / "2", {"p.csv": "patient_id,disease\nP7,MM\n"})
    assert [x["outcome"] for x in lines(warehouse)] == ["published", "failed: Killed", "published"]
    assert sorted(p.name for p in (warehouse / "snapshots").iterdir()) == [first.load_id, run.load_id]  # fmt: skip
    found = one(warehouse, "loads", load_id=killed)
    assert (found["outcome"], found["reason"], found["kind"]) == ("FAILED", "Killed", "LOAD")
    assert found["started_at"] == datetime(2099, 1, 1, tzinfo=UTC)
    assert (found["files"], found["rows_read"], found["rulesets"]) == (None, None, [])


def test_going_back_is_no_kill(tmp_path: Path) -> None:
    """A snapshot that was made current again by hand has its line: none is written for it."""
    warehouse = tmp_path / "w"
    first = load_files(warehouse, tmp_path / "1", LAB)
    load_files(warehouse, tmp_path / "2", {"p.csv": "patient_id,disease\nP7,MM\n"})
    (warehouse / "current").unlink()
    (warehouse / "current").symlink_to(f"snapshots/{first.load_id}")
    load(warehouse, tmp_path / "1")
    assert [x["outcome"] for x in lines(warehouse)] == ["published", "published", "nothing new"]


def test_failed_tries_are_rows_of_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries that failed become rows of `loads` once, with the next load that is published."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    inbox = write(tmp_path / "2", {"p.csv": "patient_id,disease\nP7,MM\n"})
    with monkeypatch.context() as broken:
        broken.setattr("flows.load.check_balance", lambda counts: {}["P-SECRET"])
        for _ in range(2):
            with pytest.raises(KeyError):
                load(warehouse, inbox)
    load(warehouse, inbox)
    load_files(warehouse, tmp_path / "3", {"p.csv": "patient_id,disease\nP8,MM\n"})
    found = rows(warehouse, "loads").sort("load_id").select("outcome", "reason", "files")
    assert found.rows() == [
        ("PUBLISHED", None, 5),
        ("FAILED", "KeyError", None),
        ("FAILED", "KeyError", None),
        ("PUBLISHED", None, 1),
        ("PUBLISHED", None, 1),
    ]
    assert_complete(warehouse)


def test_failed_tries_made_no_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A try that failed after it had counted its rows is no contradiction, no pruned snapshot, and hides none."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", {k: LAB[k] for k in LAB if k != "pcr.csv"})
    inbox = write(tmp_path / "2", {"pcr.csv": PCR})
    with monkeypatch.context() as broken:
        broken.setattr("flows.load.write_changes", lambda *args: {}["P-SECRET"])
        with pytest.raises(KeyError):
            load(warehouse, inbox)
    run = load(warehouse, inbox)
    assert rows(warehouse, "loads").filter(outcome="FAILED")["rows_read"].to_list() == [5]
    found = verify(Warehouse(warehouse), "current", lambda words: None)
    assert (found.contradictions, found.exit_status) == ([], 0)
    said = history(Warehouse(warehouse), "S2")
    assert (said.n_pruned, [step.load_id for step in said.steps][-1]) == (0, run.load_id)
    assert recomputed_patients(run.warehouse, run.warehouse.snapshot("current"))[1]


def test_tries_have_ids_of_their_own_whatever_the_clock_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the clock set back, two failed tries and the load after them have three ids, in this order."""
    warehouse = tmp_path / "w"
    first = load_files(warehouse, tmp_path / "1", LAB)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(2020, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("flows.load.datetime", Earlier)
    inbox = write(tmp_path / "2", {"p.csv": "patient_id,disease\nP7,MM\n"})
    with monkeypatch.context() as broken:
        broken.setattr("flows.load.check_balance", lambda counts: {}["x"])
        for _ in range(2):
            with pytest.raises(KeyError):
                load(warehouse, inbox)
    last = load(warehouse, inbox)
    ids = rows(warehouse, "loads")["load_id"].sort().to_list()
    assert len(ids) == 4
    assert (ids[0], ids[-1]) == (first.load_id, last.load_id)


def test_torn_line_is_none(tmp_path: Path) -> None:
    """A line that was not written to its end is left out by readers and cut off by the next line."""
    path = tmp_path / "attempts.jsonl"
    note_attempt(path, {"load_id": "1", "outcome": "published"})
    whole = path.read_bytes()
    for torn in (b"{", b'{"load_id": "2", "outc', b'{"load_id": "2"}', b"\0" * 100):
        path.write_bytes(whole + torn)
        assert [x["load_id"] for x in attempts(path) if "outcome" in x] == ["1"]
        note_attempt(path, {"load_id": "3", "outcome": "published"})
        assert [x["load_id"] for x in attempts(path)] == ["3", "1"]
        assert [json.loads(x)["load_id"] for x in path.read_text().splitlines()] == ["1", "3"]


def test_load_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    """Killed while it wrote its line, a published load gets its line with the next load."""
    warehouse = tmp_path / "w"
    run = load_files(warehouse, tmp_path / "1", LAB)
    kill_after_the_swap(warehouse, run)
    with (warehouse / "attempts.jsonl").open("a") as file:
        file.write('{"at": "2026-11-')
    load(warehouse, tmp_path / "1")
    assert [x["outcome"] for x in lines(warehouse)] == ["published", "nothing new"]


def test_rows_that_become_late_are_news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load of files given before publishes once when rows have waited too long by now."""
    warehouse = tmp_path / "w"
    flow = "sample_id,assay_id,mrd_events,denominator_events,denominator\nS9,ngf,1,100000,TNC\n"
    load_files(warehouse, tmp_path / "1", {**LAB, "late.csv": flow})

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(2099, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("flows.load.datetime", Later)
    late = load(warehouse, tmp_path / "1")
    assert (late.result.published, codes(late)) == (True, ["PENDING_TOO_LONG"])
    assert one(warehouse, "findings", code="PENDING_TOO_LONG")["value"] == "S9"
    assert not load(warehouse, tmp_path / "1").result.published


def test_folder_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without right to look into it is refused by name, and the rest is loaded."""
    inbox = write(tmp_path / "in", {**LAB, "shut/more.csv": FLOW})
    scandir = os.scandir

    def refuse(path: Any) -> Any:
        if path == os.fspath(refused):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    refused = inbox / "shut"
    run = load(tmp_path / "w", inbox)
    assert run.result.exit_status == 1
    assert outcomes(run)["shut"] == ("REJECTED", "FILE_UNREADABLE")
    said = one(tmp_path / "w", "findings", code="FILE_UNREADABLE")["message"]
    assert said == "the folder cannot be read: Permission denied; nothing in it was loaded"
    refused = inbox
    with pytest.raises(UserError, match="the folder cannot be read: Permission denied") as caught:
        load(tmp_path / "w", inbox)
    assert caught.value.status == 3


def test_half_a_snapshot_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that fails removes what it had written of a snapshot, up to the swap itself."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    before = sorted(p for p in warehouse.rglob("*") if "attempts" not in p.name)
    write(tmp_path / "2", {"p.csv": "patient_id,disease\nP7,MM\n"})
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target.name == "current":
            raise OSError(28, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        load(warehouse, tmp_path / "2")
    after = sorted(p for p in warehouse.rglob("*") if "attempts" not in p.name)
    assert [p for p in after if p.parent != warehouse / "inputs"] == [
        p for p in before if p.parent != warehouse / "inputs"
    ]
    assert Warehouse(warehouse).current() is not None
    assert pl.read_parquet(warehouse / "current" / "loads" / "*.parquet").height == 1
