"""`mrd verify`: what it prints, its exit statuses, and that warehouses built in any way are the same from nothing."""

import hashlib
import json
import os
import re
from pathlib import Path

import polars as pl
import pytest

from flows.chosen import Asked
from flows.integrity import damaged_files
from flows.rerun import Rerun, run_rerun
from flows.snapshot import manifest_text
from flows.verify import verify, verify_all
from flows.warehouse import Warehouse
from schemas.tables import TABLES
from tests.cli.command import Mrd
from tests.flows.lab import (
    ASSAYS,
    INBOX,
    LAB,
    PATIENTS,
    SAMPLES,
    codes,
    everything,
    load,
    load_files,
    plate,
    settings,
    write,
)
from tests.flows.test_layouts import FILES as LAYOUT_FILES
from tests.flows.test_layouts import LAYOUT
from tests.flows.test_rerun_corrected import CORRECTED, FACTOR
from tests.flows.test_site_rules import MINE


def whole(warehouse: Path) -> list[tuple[int, list[str]]]:
    """Return exit status and reasons for differences of each snapshot."""
    found = verify_all(Warehouse(warehouse), lambda words: None)
    return [(one.exit_status, one.expected) for one in found]


def rewrite(warehouse: Path, table: str, change: pl.Expr) -> None:
    """Let the stored rows of a table be others, with a manifest that says so: nobody but `verify` can tell."""
    snapshot = Warehouse(warehouse).require_current()
    manifest = json.loads((snapshot.path / "manifest.json").read_text(encoding="utf-8"))
    for name in snapshot.files(TABLES[table]):
        path = snapshot.path / name
        rows = pl.read_parquet(path, hive_partitioning=False).with_columns(change)
        path.chmod(0o640)
        rows.write_parquet(path)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        manifest["files"][name] = {"sha256": sha256, "rows": rows.height}
    path = snapshot.path / "manifest.json"
    path.chmod(0o640)
    path.write_text(manifest_text(manifest), encoding="utf-8")


# -- what it prints


def test_all_the_same(mrd: Mrd, tmp_path: Path) -> None:
    """The account of a sound warehouse; nothing is written."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    before = everything(tmp_path / "w")
    status, out, err = mrd("verify", "--warehouse", tmp_path / "w")
    assert (status, err) == (0, "")
    name = (tmp_path / "w" / "current").resolve().name
    assert re.sub(r"\d+ rows", "N rows", out) == (
        f"Snapshot {name}\n"
        "  Files    26 as they were written\n"
        "  Inputs   5 as they were kept\n"
        "  Records  agree with each other and with the tables\n"
        "  Tables   18 as the inputs give them, N rows\n"
    )
    assert everything(tmp_path / "w") == before


def test_damage(mrd: Mrd, tmp_path: Path) -> None:
    """A damaged file is named, and nothing is computed from it; status 3."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    path = (tmp_path / "w" / "current").resolve() / "patients" / "part-0.parquet"
    path.chmod(0o640)
    os.truncate(path, 10)
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w")
    assert status == 3
    lines = out.splitlines()
    assert lines[1].startswith(
        f"  snapshots/{path.parents[1].name}/patients/part-0.parquet: altered: its 10 bytes"
    )
    assert lines[2:] == ["  1 file damaged; nothing was recomputed."]
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w", "--json")
    (said,) = json.loads(out)["snapshots"]
    assert (status, said["exit_status"], len(said["damage"]), said["tables"]) == (3, 3, 1, {})


def test_damaged_input(mrd: Mrd, tmp_path: Path) -> None:
    """A kept input that is gone is damage, too: nothing could be computed again."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    path = sorted((tmp_path / "w" / "inputs").iterdir())[0]
    path.unlink()
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w")
    assert status == 3
    assert f"  inputs/{path.name}: missing" in out.splitlines()


def test_unreadable_manifest(mrd: Mrd, tmp_path: Path) -> None:
    """A manifest that is no JSON any more ends with status 3; with --all the others are verified."""
    load_files(tmp_path / "w", tmp_path / "1", LAB)
    first = (tmp_path / "w" / "current").resolve() / "manifest.json"
    load_files(tmp_path / "w", tmp_path / "2", {"p.csv": "patient_id,disease\nP9,MM\n"})
    first.chmod(0o640)
    os.truncate(first, 100)
    assert mrd("verify", "--warehouse", tmp_path / "w")[0] == 0
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w", "--all")
    assert status == 3
    assert "the snapshot cannot be read" in out
    assert out.count("Tables   18 as the inputs give them") == 1
    status, out, err = mrd("verify", "--warehouse", tmp_path / "w", "--snapshot", first.parent.name)
    assert (status, out) == (3, "")
    assert "the snapshot cannot be read" in err


@pytest.mark.parametrize("text", ["[]", "{}", '{"format_version": "4"}', '{"format_version": 4}'])
def test_manifest_that_lacks_its_entries(mrd: Mrd, tmp_path: Path, text: str) -> None:
    """JSON that is no manifest is damage, told in one line by every command."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    manifest = (tmp_path / "w" / "current").resolve() / "manifest.json"
    manifest.chmod(0o640)
    manifest.write_text(text, encoding="utf-8")
    for command in (
        ["verify"],
        ["history", "S1"],
        ["status"],
        ["rerun"],
        ["report"],
        ["explain", "S1"],
    ):
        status, out, err = mrd(*command, "--warehouse", tmp_path / "w")
        assert (status, out, err.count("\n")) == (3, "", 1), command
        assert "the snapshot cannot be read: manifest.json has no " in err


def test_other_rows(mrd: Mrd, tmp_path: Path) -> None:
    """Rows that are not what the inputs give: table, key, column, counts first; status 1."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    rewrite(
        tmp_path / "w",
        "mrd_status",
        pl.when(pl.col("sample_id") == "S2").then(pl.lit("MR3")).otherwise("depth").cast(pl.Enum(TABLES["mrd_status"].polars_schema["depth"].categories)).alias("depth"),
    )  # fmt: skip
    assert damaged_files(Warehouse(tmp_path / "w").require_current()) == []
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w")
    assert status == 1
    assert out.splitlines()[4:] == [
        "  Tables   1 of 18 are not as the inputs give them",
        "",
        "  mrd_status: 4 stored, 4 recomputed; 1 row with other values (depth 1)",
        "    S2 · qpcr · BCR::ABL1 p210: depth MR3 stored, MR4.5 recomputed",
    ]
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w", "--json")
    (said,) = json.loads(out)["snapshots"]
    assert (status, said["tables"]["mrd_status"]["columns"]) == (1, {"depth": 1})
    assert [name for name, table in said["tables"].items() if not table["is_same"]] == [
        "mrd_status"
    ]


def test_rows_that_are_gone_or_added(tmp_path: Path) -> None:
    """A changed key is a row that only one side has."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    rewrite(tmp_path / "w", "patients", pl.col("patient_id").replace({"P1": "P0"}))
    found = verify(Warehouse(tmp_path / "w"), "current", lambda words: None)
    table = found.differing["patients"]
    assert [row.split(" · ")[0] for row in table.only_stored["row"]] == ["P0"]
    assert [row.split(" · ")[0] for row in table.only_recomputed["row"]] == ["P1"]


@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        ("loads", pl.col("rows_read") + 1, "loads: rows_read of load"),
        ("loads", pl.lit("0.0.0+other").alias("code_version"), "loads: code_version of the last load is 0.0.0+other"),
        ("source_files", pl.col("rows_accepted") + 1, "were accepted, rejected or ignored"),
        ("source_files", pl.lit("20200101T000000-000000").alias("load_id"), "source_files: there is no load 20200101T000000-000000"),
        ("pcr_measurements", pl.lit("0" * 64).alias("source_sha256"), "pcr_measurements: 5 rows are from 000000000000…"),
    ],
)  # fmt: skip
def test_records_that_contradict(tmp_path: Path, table: str, change: pl.Expr, said: str) -> None:
    """Sums must balance, and every row must be from a file that counts."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    rewrite(tmp_path / "w", table, change)
    found = verify(Warehouse(tmp_path / "w"), "current", lambda words: None)
    assert found.exit_status == 1
    assert any(said in line for line in found.contradictions), found.contradictions


def test_program_has_changed(mrd: Mrd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Differences by a newer program are expected, and that is said; they are still differences."""
    for module in ("load", "records_of_load"):
        monkeypatch.setattr(f"flows.{module}.code_version", lambda: "0.0.1+older")
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w")
    assert status == 0
    assert "  Since    the program has changed: 0.0.1+older made this snapshot, and this is " in out
    rewrite(tmp_path / "w", "mrd_status", pl.lit("by an older program").alias("explanation"))
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w")
    assert status == 1
    assert "Differences may come from that; a load or `mrd rerun --publish` recomputes." in out
    assert "explanation by an older program stored, " in out


def test_snapshot_of_another_format(mrd: Mrd, tmp_path: Path) -> None:
    """A snapshot of another program's format is no damage: its files are checked, its rows are not compared."""
    load_files(tmp_path / "w", tmp_path / "1", LAB)
    path = (tmp_path / "w" / "current").resolve() / "manifest.json"
    load_files(tmp_path / "w", tmp_path / "2", {"p.csv": "patient_id,disease\nP9,MM\n"})
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.chmod(0o640)
    path.write_text(manifest_text({**manifest, "format_version": 1}), encoding="utf-8")
    status, out, _ = mrd("verify", "--warehouse", tmp_path / "w", "--all")
    assert status == 1
    assert out.splitlines()[1] == "  Files    26 as they were written"
    assert out.splitlines()[2].startswith("  Tables   cannot be recomputed by this program: ")
    assert "Tables   18 as the inputs give them" in out


# -- from nothing is the same as step by step


@pytest.mark.long
def test_many_loads(tmp_path: Path) -> None:
    """Results before their reference rows, corrections, versions, a moved sample, a plate read again, a rerun."""
    steps = (
        {"pcr.csv": LAB["pcr.csv"], "qpcr/plate.txt": plate("S3")},
        {"patients.csv": PATIENTS, "samples.csv": SAMPLES},
        {"assays.csv": ASSAYS, "flow.csv": LAB["flow.csv"]},
        {"new.csv": CORRECTED},
        {"moved.csv": "sample_id,patient_id,collected_on,tissue,is_correction\nS3,P1,2023-05-01,PB,true\n"},
        {"two.csv": "sample_id,assay_id,run_id,replicate,target_copies,control_copies,result_version\nS3,qpcr,R3,1,9,90000,2\n"},
        {"wrong.csv": "patient_id,disease\nP1,MM\nP8,AML\n"},
        {"newer.csv": FACTOR.format(factor=0.8, target="HBB", correction="true")},
        {"newest.csv": FACTOR.format(factor=0.9, target="BCR-ABL", correction="true")},
    )  # fmt: skip
    for number, files in enumerate(steps):
        load_files(tmp_path / "w", tmp_path / str(number), files)
    write(tmp_path, {"mine.toml": MINE})
    run = Rerun(tmp_path / "w", settings(rule_files=(tmp_path / "mine.toml",)), {"MM": "my-lab-mm-2026"})  # fmt: skip
    run_rerun(run, tmp_path / "mrd.toml", Asked(), publish=True)
    assert whole(tmp_path / "w") == [(0, [])] * (len(steps) + 1)


def test_layouts(tmp_path: Path) -> None:
    """A table that a layout reads, and the same table read again once the layout is corrected."""
    names = {"Fusion": "ABL1", "ABL1": "Fusion"}
    wrong = re.sub("Fusion|ABL1", lambda found: names[found[0]], LAYOUT)
    load_files(tmp_path / "w", tmp_path / "in", {**LAYOUT_FILES, "lims/layout.toml": wrong})
    run = load_files(tmp_path / "w", tmp_path / "in", LAYOUT_FILES)
    assert "FILE_REPLACED" in codes(run)
    assert whole(tmp_path / "w") == [(0, [])] * 2


@pytest.mark.long
def test_sample_inbox_in_two_loads(sample_warehouse: Path, tmp_path: Path) -> None:
    """The sample data, loaded at once and with its reference rows last."""
    assert whole(sample_warehouse) == [(0, [])]
    late = [p for p in INBOX.iterdir() if p.name == "reference"]
    load(tmp_path / "w", *(p for p in sorted(INBOX.iterdir()) if p not in late))
    load(tmp_path / "w", *late)
    assert whole(tmp_path / "w") == [(0, [])] * 2


def test_other_settings_of_readers_are_said(tmp_path: Path) -> None:
    """A setting that changed after a file was read is a reason for differences."""
    load_files(tmp_path / "w", tmp_path / "1", {**LAB, "qpcr/plate.txt": plate("S3")})
    load_files(tmp_path / "w", tmp_path / "2", {"p.csv": "patient_id,disease\nP9,MM\n"}, control_names=("NTC", "S3"))  # fmt: skip
    found = whole(tmp_path / "w")
    assert found[0] == (0, [])
    assert found[1][1] == ["1 file had been read with other settings"]
