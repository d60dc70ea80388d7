"""Warehouses of other programs: an older one is upgraded by the next load or is refused, a newer one is refused."""

import json
import os
import signal
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.cli import main
from flows.errors import UserError
from flows.older import as_of_today
from flows.snapshot import FORMAT_VERSION, manifest_text
from flows.warehouse import Warehouse
from schemas.tables import TABLES
from tests.faults.kills import Killer
from tests.flows.lab import (
    LAB,
    PCR,
    assert_complete,
    everything,
    hashes,
    load,
    load_files,
    rows,
    settings,
    write,
)

FORMAT_3 = Path(__file__).parents[1] / "data" / "format3.tar.gz"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a site with the warehouse of format 3 and an inbox `in` with a file that it has."""
    write(tmp_path, {"mrd.toml": "settle_seconds = 0\n"})
    with tarfile.open(FORMAT_3) as archive:
        archive.extractall(tmp_path, filter="data")
    write(tmp_path / "in", {"pcr.csv": PCR})
    return tmp_path


@pytest.fixture(scope="module")
def afresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the bytes of the tables that today's program makes of the same files."""
    place = tmp_path_factory.mktemp("afresh")
    load_files(place / "w", place / "in", LAB)
    return hashes(place / "w")


def test_next_load_upgrades(site: Path, afresh: dict[str, str]) -> None:
    """A load, even of files given before, writes all tables as today's program does, and says why."""
    before = (site / "w" / "current").resolve()
    untouched = everything(before)
    run = load(site / "w", site / "in")
    said = f"the warehouse was of format 3 and is now of format {FORMAT_VERSION}"
    assert (run.result.published, run.result.recomputed_because) == (True, said)
    assert run.report_path is not None
    assert f"because {said}." in run.report_path.read_text(encoding="utf-8")
    assert assert_complete(site / "w")["format_version"] == FORMAT_VERSION
    assert hashes(site / "w") == afresh
    for name, table in TABLES.items():
        for path in (site / "w" / "current" / name).rglob("*.parquet"):
            assert pl.read_parquet_schema(path) == table.polars_schema, path
    assert rows(site / "w", "loads").sort("load_id")["outcome"].to_list() == ["PUBLISHED"] * 3
    assert everything(before) == untouched
    assert not load(site / "w", site / "in").result.published


def test_load_that_upgrades_brings_news(site: Path, tmp_path: Path) -> None:
    """The load that upgrades takes its own files in as ever: the result is that of all files."""
    more = {
        "more.csv": "sample_id,assay_id,run_id,replicate,target_copies,control_copies\nS3,qpcr,R3,2,1,91000\n"
    }
    load_files(site / "w", tmp_path / "more", more)
    load_files(tmp_path / "fresh", tmp_path / "lab", LAB)
    load_files(tmp_path / "fresh", tmp_path / "more2", more)
    assert hashes(site / "w") == hashes(tmp_path / "fresh")


def test_older_snapshots_are_read(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`explain`, `diff` and the preview of a rerun read snapshots of format 3, and write nothing."""
    warehouse = str(site / "w")
    before = everything(site / "w")
    assert main(["explain", "S2", "--warehouse", warehouse]) == 0
    assert "S2" in capfd.readouterr().out
    first, second = sorted(p.name for p in (site / "w" / "snapshots").iterdir())
    assert main(["diff", first, second, "--warehouse", warehouse]) == 0
    assert "sample" in capfd.readouterr().out
    args = ["rerun", "--warehouse", warehouse, "--ruleset", "CML=eln-cml-2025"]
    assert main(args) == 0
    assert capfd.readouterr().out
    assert everything(site / "w") == before
    load(site / "w", site / "in")
    third = (site / "w" / "current").resolve().name
    assert main(["diff", second, third, "--warehouse", warehouse]) == 0
    assert main([*args, "--publish"]) == 0
    assert_complete(site / "w")


def test_rerun_upgrades(site: Path, afresh: dict[str, str]) -> None:
    """A rerun that changes no row publishes, because the format is another."""
    args = ["rerun", "--warehouse", str(site / "w"), "--ruleset", "CML=eln-cml-2020", "--publish"]
    assert main(args) == 0
    assert hashes(site / "w") == afresh


def full(real: Callable[..., Any], nth: int) -> Callable[..., Any]:
    """Return a call that finds the disk full from its n-th time on."""
    calls: Iterator[int] = iter(range(1, 1_000_000))

    def call(*args: Any, **named: Any) -> Any:
        if next(calls) >= nth:
            raise OSError(28, "No space left on device")
        return real(*args, **named)

    return call


@pytest.mark.parametrize("nth", [2, 9, 30])
def test_upgrade_on_a_full_disk(
    site: Path,
    afresh: dict[str, str],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    nth: int,
) -> None:
    """Where the upgrade fails in the middle, the older snapshot stays current, and the next load upgrades."""
    target, before = (site / "w" / "current").readlink(), everything(site / "w" / "snapshots")
    args = ["load", str(site / "in"), "--warehouse", str(site / "w"), "--no-server"]
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full(os.fsync, nth))
        assert main(args) == 3
    assert "nothing was published" in capfd.readouterr().err
    assert (site / "w" / "current").readlink() == target
    assert everything(site / "w" / "snapshots") == before
    assert main(args) == 0
    assert hashes(site / "w") == afresh


def test_upgrade_that_is_killed(site: Path, afresh: dict[str, str], tmp_path: Path) -> None:
    """Killed in the middle of an upgrade, the older snapshot stays current, and the next load upgrades."""
    target, before = (site / "w" / "current").readlink(), everything(site / "w" / "snapshots")
    args = ["load", str(site / "in"), "--warehouse", str(site / "w"), "--no-server"]
    killer = Killer(write(tmp_path / "killer", {"x": ""}))
    for point in (60, 90, 120):
        assert killer.run(args, site / "w", kill_at=point) == -signal.SIGKILL
        assert (site / "w" / "current").readlink() == target
        hidden = {n: h for n, h in everything(site / "w" / "snapshots").items() if n[0] != "."}
        assert hidden == before
    assert killer.run(args, site / "w") == 0
    killer.close()
    assert hashes(site / "w") == afresh


def restamp(warehouse: Path, version: int) -> None:
    """Give the current snapshot another format version."""
    path = warehouse / "current" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest.pop("manifest_sha256", None)
    path.chmod(0o640)
    path.write_text(manifest_text({**manifest, "format_version": version}), encoding="utf-8")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (99, f"has format 99, this program knows {FORMAT_VERSION}; update the program"),
        (2, "has format 2, this program reads 3 and newer; load the files of its inputs folder into a new warehouse"),
    ],
)  # fmt: skip
def test_format_that_cannot_be_read(
    site: Path, capfd: pytest.CaptureFixture[str], version: int, said: str
) -> None:
    """A newer format and one that is too old are refused in one line; only the try is noted."""
    restamp(site / "w", version)
    before = everything(site / "w")
    write(site / "in", {"p.csv": "patient_id,disease\nP7,MM\n"})
    args = ["load", str(site / "in"), "--warehouse", str(site / "w"), "--no-server"]
    assert main(args) == 3
    assert capfd.readouterr().err == f"mrd: {site / 'w'}: the warehouse {said}\n"
    after = everything(site / "w")
    assert {n for n in after if after[n] != before.get(n)} <= {"attempts.jsonl", ".lock"}
    assert set(before) <= set(after)


def test_word_that_is_no_more(site: Path) -> None:
    """A word that today's program does not know stops the reading, and is named with its file and column."""
    patients = TABLES["patients"]
    stored = Warehouse(site / "w").require_current().read(patients)
    old = pl.Enum(["CML", "PLASMA"])
    rows = stored.head(1).with_columns(pl.lit("PLASMA", dtype=old).alias("disease"))
    with pytest.raises(
        UserError, match=r"s/p\.parquet: column disease has the word PLASMA"
    ) as said:
        as_of_today(patients, rows.lazy(), "s/p.parquet")
    assert said.value.status == 3
    unused = stored.head(1).with_columns(pl.lit("CML", dtype=old).alias("disease"))
    assert as_of_today(patients, unused.lazy(), "").collect()["disease"].to_list() == ["CML"]
    other = stored.with_columns(pl.lit(1).alias("diagnosed_on")).lazy()
    with pytest.raises(UserError, match="column diagnosed_on has type Int32, and today's is Date"):
        as_of_today(patients, other, "")


def test_settings_of_a_later_program_have_their_default(site: Path) -> None:
    """What an older program did not know of settings is as by default: nothing else is recomputed for it."""
    manifest = Warehouse(site / "w").require_current().manifest
    known = set(manifest["settings"])
    assert known <= set(settings().to_store())
