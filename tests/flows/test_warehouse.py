"""The warehouse on disk: its layout, what a second load leaves alone, who can read it."""

import hashlib
import json
import os
import stat
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest

from flows.errors import UserError
from flows.load import LoadRun, run_load
from flows.warehouse import Warehouse
from schemas.tables import TABLES
from tests.flows.lab import (
    INBOX,
    LAB,
    assert_complete,
    everything,
    hashes,
    load,
    load_files,
    one,
    outcomes,
    rows,
    settings,
    write,
)


def test_manifest_is_true(sample_warehouse: Path) -> None:
    """`current` links to the newest snapshot; its manifest has the true hashes and row counts."""
    manifest = assert_complete(sample_warehouse)
    assert set(manifest["rulesets"]) == {
        "CML", "PH_ALL", "B_ALL", "T_ALL", "AML", "APL", "MM", "CLL",
    }  # fmt: skip
    assert manifest["settings"]["max_file_mb"] == 1024
    assert all(len(h) == 64 for h in manifest["rule_hashes"].values())
    assert manifest["code_version"].startswith("0.")


def test_rows_lie_in_the_year_of_their_sample(sample_warehouse: Path) -> None:
    """Tables with a sample are stored by year of collection, pending rows in year 0."""
    current = sample_warehouse / "current"
    for name, table in TABLES.items():
        files = sorted(
            p.relative_to(current / name).as_posix() for p in (current / name).rglob("*.parquet")
        )
        if not table.is_by_year:
            assert files == ["part-0.parquet"], name
            continue
        for file in files:
            year = int(file.removeprefix("collected_year=").removesuffix("/part-0.parquet"))
            frame = pl.read_parquet(current / name / file, hive_partitioning=False)
            date = "occurred_on" if "occurred_on" in frame.columns else "collected_on"
            if date in frame.columns:
                assert set(frame[date].dt.year()) == ({year} if frame.height else set()), file
    samples = rows(sample_warehouse, "samples").select("sample_id", "collected_on")
    pcr = pl.read_parquet(current / "pcr_measurements" / "**" / "*.parquet", hive_partitioning=True)
    known = pcr.join(samples, on="sample_id").filter(pl.col("collected_year") > 0)
    assert known.height
    assert known.filter(pl.col("collected_year") != pl.col("collected_on").dt.year()).is_empty()
    waiting = pcr.filter(pl.col("collected_year") == 0)
    assert waiting.height
    assert waiting.join(samples, on="sample_id", how="semi").is_empty()


def test_types_are_those_of_the_dictionary(sample_warehouse: Path) -> None:
    """Every file has the columns and types of its table, in their order, also when it is empty."""
    for name, table in TABLES.items():
        for path in (sample_warehouse / "current" / name).rglob("*.parquet"):
            assert pl.read_parquet_schema(path) == table.polars_schema, path.name


def test_empty_table_is_one_typed_empty_file(tmp_path: Path) -> None:
    """A table without rows has one file without rows, so that no reader fails."""
    load_files(tmp_path / "w", tmp_path / "in", {"patients.csv": LAB["patients.csv"]})
    manifest = assert_complete(tmp_path / "w")
    empty = {n for n, f in manifest["files"].items() if f["rows"] == 0}
    assert "mrd_status/collected_year=0/part-0.parquet" in empty
    assert "treatments/part-0.parquet" in empty
    by_table = [n.split("/")[0] for n in manifest["files"]]
    assert sorted(by_table) == sorted(TABLES)
    assert rows(tmp_path / "w", "mrd_status").is_empty()


def test_files_are_read_only(sample_warehouse: Path) -> None:
    """Nobody but the owner's program changes a file, and others than the group see nothing."""
    snapshot = (sample_warehouse / "current").resolve()
    kept = [*snapshot.rglob("*"), *(sample_warehouse / "inputs").iterdir()]
    kept += (sample_warehouse / "reports").iterdir()
    files = [p for p in kept if p.is_file()]
    assert len(files) > 50
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o440}
    folders = [snapshot, *(sample_warehouse / f for f in ("inputs", "snapshots", "reports"))]
    assert {stat.S_IMODE(p.stat().st_mode) for p in folders} == {0o750}


def test_inputs_are_kept_as_they_came(sample_warehouse: Path) -> None:
    """Each input lies under its hash with the bytes it had, and the tables know its name."""
    names = dict(rows(sample_warehouse, "source_files").select("sha256", "name").rows())
    offered = {p.relative_to(INBOX).as_posix(): p for p in INBOX.rglob("*") if p.is_file()}
    assert set(names.values()) == set(offered)
    kept = {p.name: p.read_bytes() for p in (sample_warehouse / "inputs").iterdir()}
    assert kept == {sha256: offered[name].read_bytes() for sha256, name in names.items()}
    assert all(hashlib.sha256(data).hexdigest() == sha256 for sha256, data in kept.items())


def test_every_row_balances(sample_warehouse: Path) -> None:
    """For every file and for the load, rows read = accepted + rejected + ignored."""
    files = rows(sample_warehouse, "source_files")
    counts = ("rows_accepted", "rows_rejected", "rows_ignored")
    assert files.filter(pl.col("rows_read") != pl.sum_horizontal(counts)).is_empty()
    total = rows(sample_warehouse, "loads").to_dicts()[0]
    assert {c: total[c] for c in ("rows_read", *counts)} == {
        c: files[c].sum() for c in ("rows_read", *counts)
    }
    assert total["rows_rejected"] == 6


def test_attempts_name_nobody(sample_warehouse: Path) -> None:
    """A line of `attempts.jsonl` has times, an outcome and counts, and nothing else."""
    text = (sample_warehouse / "attempts.jsonl").read_text(encoding="utf-8")
    attempt = json.loads(text)
    assert attempt.pop("outcome") == "published"
    assert attempt.pop("files") == {"LOADED": 42}
    assert datetime.fromisoformat(attempt.pop("at")).tzinfo is not None
    assert attempt.pop("load_id") == (sample_warehouse / "current").resolve().name
    assert datetime.fromisoformat(attempt.pop("started_at")).tzinfo is not None
    assert attempt.pop("kind") == "LOAD"
    assert attempt.pop("code_version").startswith("0.")
    assert set(attempt.pop("seconds")) == {"discover", "keep", "read", "derive", "publish"}
    assert set(attempt) == {"rows_read", "rows_accepted", "rows_rejected", "rows_ignored"}
    assert all(isinstance(v, int) for v in attempt.values())
    for word in ("P-CML", "lab1", "csv", "qpcr"):
        assert word not in text


def test_every_reader_agrees(sample_warehouse: Path) -> None:
    """DuckDB, pandas and polars read a table with one line each and count the same rows."""
    folder = sample_warehouse / "current" / "mrd_status"
    by_duckdb = duckdb.sql(f"select * from '{folder}/**/*.parquet'").fetchall()
    by_pandas = pd.read_parquet(folder)
    by_polars = pl.read_parquet(folder)
    assert len(by_duckdb) == len(by_pandas) == by_polars.height > 400
    assert set(by_pandas["status"]) == set(by_polars["status"].cast(pl.String))
    assert "collected_year" in by_polars.columns
    assert "collected_year" in by_pandas.columns


def test_report_is_written(sample_warehouse: Path) -> None:
    """The report of the load lies beside the tables."""
    load_id = (sample_warehouse / "current").resolve().name
    page = (sample_warehouse / "reports" / f"{load_id}.html").read_text(encoding="utf-8")
    assert "mm_ngf.csv" in page


def test_same_files_again_publish_nothing(tmp_path: Path) -> None:
    """The same files again change no byte, add one attempt, and are no error."""
    inbox = write(tmp_path / "in", LAB)
    warehouse = tmp_path / "w"
    load(warehouse, inbox)
    before = everything(warehouse)
    target = (warehouse / "current").readlink()
    run = load(warehouse, inbox)
    assert not run.result.published
    assert run.result.exit_status == 0
    assert run.result.files == {"DUPLICATE": 5}
    assert (warehouse / "current").readlink() == target
    after = everything(warehouse)
    assert before.pop("attempts.jsonl") != after.pop("attempts.jsonl")
    assert after == before
    lines = (warehouse / "attempts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["published", "nothing new"]


def test_inbox_is_left_as_it_is(tmp_path: Path) -> None:
    """Files in the inbox are never moved, changed or deleted."""
    inbox = write(tmp_path / "in", {**LAB, "bad.csv": "what,is,this\n1,2,3\n"})
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in inbox.iterdir()}
    load(tmp_path / "w", inbox)
    after = {p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in inbox.iterdir()}
    assert after == before


def test_a_load_writes_only_what_it_touches(tmp_path: Path) -> None:
    """Files without a changed row are the same file on disk in both snapshots.

    The new sample confirms an event of 2023, so that year of the events is written too.
    """
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    before = (warehouse / "current").resolve()
    load_files(
        warehouse,
        tmp_path / "2",
        {
            "samples.csv": "sample_id,patient_id,collected_on,tissue\nS9,P2,2024-05-01,PB\n",
            "pcr.csv": "sample_id,assay_id,replicate,target_copies,control_copies\nS9,qpcr,1,9,80000\n",
        },
    )
    after = (warehouse / "current").resolve()
    changed = {
        p.relative_to(after).as_posix()
        for p in after.rglob("*.parquet")
        if not (old := before / p.relative_to(after)).exists() or not old.samefile(p)
    }
    assert changed == {
        "loads/part-0.parquet",
        "source_files/part-0.parquet",
        "samples/collected_year=2024/part-0.parquet",
        "pcr_measurements/collected_year=2024/part-0.parquet",
        "assay_results/collected_year=2024/part-0.parquet",
        "mrd_status/collected_year=2024/part-0.parquet",
        "sample_remission/collected_year=2024/part-0.parquet",
        "molecular_events/collected_year=2023/part-0.parquet",
        "patient_summary/part-0.parquet",
    }
    assert_complete(warehouse)
    assert one(warehouse, "patient_summary", patient_id="P2")["last_sample_id"] == "S9"


def test_earlier_snapshots_stay_readable(tmp_path: Path) -> None:
    """A reader that resolved `current` once goes on reading the state it found."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    held = (warehouse / "current").resolve()
    before = everything(held)
    load_files(
        warehouse, tmp_path / "2", {"p.csv": "patient_id,transcript,disease\nP4,e14a2,CML\n"}
    )
    assert (warehouse / "current").resolve() != held
    assert everything(held) == before


def test_load_ids_follow_the_order_of_publishing(tmp_path: Path) -> None:
    """A load that waited for another one is the later one, also by its id.

    The order of loads decides what a recomputation from nothing gives.
    """
    inbox = write(tmp_path / "in", LAB)
    waited = LoadRun(
        [write(tmp_path / "late", {"p.csv": "patient_id,disease\nP7,MM\n"})],
        tmp_path / "w",
        settings(),
    )
    first = load(tmp_path / "w", inbox)
    run_load(waited)
    by_id = rows(tmp_path / "w", "loads").sort("load_id")["files"].to_list()
    assert by_id == [5, 1]
    assert waited.load_id > first.load_id
    assert (tmp_path / "w" / "current").resolve().name == waited.load_id


def test_a_clock_set_back_does_not_reorder_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the clock was set back, the id of a load still sorts after those before it."""
    inbox = write(tmp_path / "in", LAB)
    first = load(tmp_path / "w", inbox)

    class Earlier(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime(2020, 1, 1, tzinfo=first.started_at.tzinfo)

    monkeypatch.setattr("flows.load.datetime", Earlier)
    second = load_files(tmp_path / "w", tmp_path / "2", {"p.csv": "patient_id,disease\nP7,MM\n"})
    assert second.load_id > first.load_id


def test_damaged_snapshot_is_named(tmp_path: Path) -> None:
    """A warehouse without its manifest is not guessed at: the load stops and says which folder."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    (tmp_path / "w" / "current" / "manifest.json").unlink()
    with pytest.raises(UserError, match="snapshot cannot be read") as caught:
        load(tmp_path / "w", tmp_path / "in")
    assert caught.value.status == 3


def test_moved_warehouse_still_works(tmp_path: Path) -> None:
    """A warehouse holds no path of its own place: renamed, it reads and loads on."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    before = hashes(tmp_path / "w")
    (tmp_path / "w").rename(tmp_path / "elsewhere")
    assert hashes(tmp_path / "elsewhere") == before
    run = load(tmp_path / "elsewhere", tmp_path / "in")
    assert set(outcomes(run).values()) == {("DUPLICATE", "REPEATED_ROW")}
    assert Warehouse(tmp_path / "elsewhere").current() is not None


def test_others_may_do_nothing(tmp_path: Path) -> None:
    """Every file and folder of a warehouse is for its owner and their group, whatever the umask lets through."""
    before = os.umask(0)
    try:
        load_files(tmp_path / "w", tmp_path / "in", LAB)
    finally:
        os.umask(before)
    open_ones = {
        str(p.relative_to(tmp_path))
        for p in (tmp_path / "w", *(tmp_path / "w").rglob("*"))
        if not p.is_symlink() and p.stat().st_mode & 0o007
    }
    assert open_ones == set()
