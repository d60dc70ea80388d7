"""`mrd forget` beside what else a warehouse has: older formats, texts of reruns, amendments, merged identities."""

import json
import re
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from flows.forget import Forgetting, run_forget
from flows.prune import prune
from flows.verify import verify, verify_all
from flows.warehouse import Warehouse
from tests.effort import first_of
from tests.faults.test_upgrade import FORMAT_3
from tests.flows.lab import (
    LAB,
    assert_complete,
    everything,
    hashes,
    load_files,
    plate,
    rows,
    settings,
    write,
)
from tests.flows.test_forget import forget, killed_and_finished, secrets_in


def quiet(words: str) -> None:
    """Tell nobody what goes on."""


# -- an older format


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Give a warehouse of format 3."""
    with tarfile.open(FORMAT_3) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "w"


def test_a_current_snapshot_of_an_older_format(older: Path) -> None:
    """What nobody has upgraded yet is shown as it is; doing it makes the tables those of today first."""
    (older / ".lock").touch()
    before = everything(older)
    plan = run_forget(Forgetting(older, settings(), ["P1"]), is_meant=False)
    assert (plan.counts.patients, plan.counts.samples) == (1, 2)
    assert everything(older) == before
    assert forget(older, "nobody").is_nothing
    assert everything(older) == before
    forget(older, "P1")
    assert _named_in(older, "P1|S1|S2") == []
    loads = rows(older, "loads").sort("load_id")
    assert loads["kind"].to_list()[-2:] == ["RERUN", "FORGET"]
    assert rows(older, "patients").height
    assert verify(Warehouse(older), "current", quiet).exit_status == 0
    assert forget(older, "P1").is_nothing


def _named_in(folder: Path, names: str) -> list[str]:
    """Return the files in whose texts or cells a name stands alone."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        is_table = path.suffix == ".parquet"
        text = (
            json.dumps(pl.read_parquet(path, hive_partitioning=False).to_dicts(), default=str)
            if is_table
            else path.read_bytes().decode("latin-1")
        )
        if re.search(rf"(?<![A-Za-z0-9])(?:{names})(?![0-9])", text):
            found.append(str(path.relative_to(folder)))
    return found


@pytest.mark.long
def test_snapshots_of_an_older_format(older: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They lose the patient, keep their columns and their format, and are read as before."""
    load_files(older, older.parent / "more", {"p.csv": "patient_id,disease\nP8,MM\n"})
    of_format_3 = [
        p.parent
        for p in sorted((older / "snapshots").glob("*/manifest.json"))
        if json.loads(p.read_text(encoding="utf-8"))["format_version"] == 3
    ]
    schemas = {p: pl.read_parquet_schema(p) for f in of_format_3 for p in f.rglob("*.parquet")}
    others = {p: pl.read_parquet(p, hive_partitioning=False) for p in schemas}
    assert any("snapshots" in name for name in _named_in(older, "P1|S1|S2"))
    forget(older, "P1")
    assert _named_in(older, "P1|S1|S2") == []
    assert_complete(older)
    assert len(of_format_3) == 2
    for path, schema in schemas.items():
        assert pl.read_parquet_schema(path) == schema
        left = pl.read_parquet(path, hive_partitioning=False)
        if path.relative_to(older).parts[2] not in ("findings", "source_files"):
            assert left.equals(others[path].join(left, on=left.columns, how="semi", nulls_equal=True, maintain_order="left"))  # fmt: skip
    for folder in of_format_3:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        assert manifest["format_version"] == 3
        assert {n: f["sha256"] for n, f in manifest["files"].items()} == {
            n: h for n, h in everything(folder).items() if n.endswith(".parquet")
        }
    names = [f.name for f in of_format_3]
    assert main(["diff", *names, "--warehouse", str(older)]) == 0
    assert main(["explain", "S3", "--warehouse", str(older)]) == 0
    assert capsys.readouterr().out
    assert [f.damage for f in verify_all(Warehouse(older), quiet)] == [[]] * 4
    assert verify(Warehouse(older), "current", quiet).exit_status == 0


# -- texts of reruns


def test_texts_of_reruns(tmp_path: Path) -> None:
    """The text that a scheduled rerun wrote is withdrawn as a report is, and what it left half written goes."""
    w = tmp_path / "w"
    load_files(w, tmp_path / "in", LAB)
    warehouse = Warehouse(w)
    warehouse.write_report_file("20300101T000000-000000.txt", "sample S2 of patient P1: MR3\n")
    warehouse.write_report_file("20300101T000000-000001.txt", "sample S3 of patient P2: MR3\n")
    write(w / "reports", {".part-20300101T000000-000002.txt": "sample S2\n"})
    assert forget(w, "P1").counts.reports == 2
    assert _named_in(w / "reports", "P1|S1|S2") == []
    texts = {p.name: p.read_text(encoding="utf-8") for p in w.glob("reports/*.txt")}
    assert texts.pop("20300101T000000-000001.txt") == "sample S3 of patient P2: MR3\n"
    (text,) = texts.values()
    assert re.fullmatch(r"This text was withdrawn on \S+, because a patient was forgotten.\n", text)
    assert forget(w, "P1").is_nothing


# -- amendments and merged identities

AMENDED = (
    "sample_id,assay_id,run_id,up_to_version,action,correct_sample_id,amended_on,amendment_reason\n"
)
COPIES = "sample_id,assay_id,run_id,replicate,target_copies,control_copies,result_version\n"
WHO, ALIAS = "MRN-GONE", "OLD-GONE"
SECRETS = (WHO, ALIAS, "GONE1", "GONE2", "GONE3", "77771.125", "77772.125", "77773.125")
"""Identities and samples of the patient, and numbers of results that are its own or name its samples."""

TIED = {
    "patients.csv": f"patient_id,disease,transcript\n{WHO},CML,e14a2\n{ALIAS},CML,e14a2\nP2,CML,e14a2\nP3,CML,e13a2\n",
    "samples.csv": "sample_id,patient_id,collected_on,tissue\n"
    f"GONE1,{WHO},2022-01-10,PB\nGONE2,{WHO},2023-01-12,PB\nGONE3,{ALIAS},2023-02-12,PB\n"
    "S3,P2,2023-05-01,PB\nS4,P2,2024-05-01,PB\nS5,P3,2024-05-01,PB\n",
    "assays.csv": LAB["assays.csv"],
}
RESULTS = {
    "pcr.csv": COPIES
    + "GONE1,qpcr,R1,1,77771.125,90000,1\n"  # the patient's own
    + "GONE2,qpcr,R2,1,77772.125,90000,1\n"  # written for the patient, of S4
    + "S3,qpcr,R3,1,77773.125,90000,1\n"  # written for S3, of the patient
    + "S3,qpcr,R3,1,4,91000,2\n"  # the right result of S3
    + "GONE3,qpcr,R4,1,77771.125,90000,1\n"
    + "S5,qpcr,R5,1,7,90000,1\n",
    "qpcr/plate.txt": plate("S4", "S5"),
}
AMENDMENTS = {
    "amendments.csv": AMENDED
    + "GONE2,qpcr,R2,,REASSIGNED,S4,2024-02-01,tubes exchanged\n"
    + "S3,qpcr,R3,1,REASSIGNED,GONE1,2024-02-01,tubes exchanged\n"
    + "GONE3,qpcr,,,WITHDRAWN,,2024-02-01,wrong plate\n"
    + "S5,qpcr,R5,,WITHDRAWN,,2024-02-01,wrong plate\n",
    "aliases.csv": f"patient_id,merged_into_patient_id,merged_on\n{ALIAS},{WHO},2024-03-01\n",
}


@pytest.fixture(params=["results first", "amendments first"])
def tied(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Give a warehouse in which a merged patient and somebody else have results of each other."""
    loads = [RESULTS, AMENDMENTS] if request.param == "results first" else [AMENDMENTS, RESULTS]
    for number, files in enumerate([TIED, *loads]):
        load_files(tmp_path / "w", tmp_path / str(number), files)
    return tmp_path / "w"


@pytest.mark.parametrize("who", first_of([ALIAS, WHO], 1))
def test_amended_and_merged(tied: Path, who: str) -> None:
    """Both identities go with all that amendments moved; what stays of others is what the kept inputs give."""
    assert {f.split(": ")[1] for f in secrets_in(tied, SECRETS)} == set(SECRETS)
    moved = rows(tied, "pcr_measurements").filter(counts_for_sample_id="S4", run_id="R2")
    assert moved["sample_id"].to_list() == ["GONE2"]
    of_s5 = rows(tied, "mrd_status").filter(sample_id="S5")
    counts = forget(tied, who).counts
    assert (counts.patients, counts.samples, counts.results_of_others) == (2, 3, 2)
    assert secrets_in(tied, SECRETS) == []
    assert_complete(tied)
    assert rows(tied, "patients")["patient_id"].to_list() == ["P2", "P3"]
    assert rows(tied, "patient_aliases").is_empty()
    assert rows(tied, "amendments")["sample_id"].to_list() == ["S5"]
    # the corrected result of S3 stays; S4 has that of its plate alone
    left = rows(tied, "pcr_measurements").filter(pl.col("sample_id") == "S3")
    assert left.select("target_copies", "result_version", "is_current").rows() == [(4.0, 2, True)]
    assert set(rows(tied, "mrd_status")["sample_id"]) == {"S3", "S4", "S5"}
    assert rows(tied, "mrd_status").filter(sample_id="S5").equals(of_s5)
    found = verify(Warehouse(tied), "current", quiet)
    assert (found.exit_status, found.differing) == (0, {})
    assert forget(tied, who).is_nothing


@pytest.mark.long
def test_killed_while_others_are_computed_again(
    tied: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Killed between the cut and the new snapshot, or after it, another run finishes as if nothing had been."""
    place = tmp_path_factory.mktemp("killed")
    subprocess.run(["cp", "-a", tied.parent, place / "undisturbed"], check=True)
    forget(place / "undisturbed" / "w", WHO)
    undisturbed = hashes(place / "undisturbed" / "w")
    for nth in (30, 50, 70):
        assert killed_and_finished(tied.parent, place / "site", nth, undisturbed), nth


def test_others_have_no_word_of_a_result_that_is_gone(tmp_path: Path) -> None:
    """Where the only result of somebody else's sample was written for the patient, that sample has none afterwards."""
    w = tmp_path / "w"
    for number, files in enumerate([TIED, {"pcr.csv": RESULTS["pcr.csv"]}, AMENDMENTS]):
        load_files(w, tmp_path / str(number), files)
    assert rows(w, "mrd_status").filter(sample_id="S4").height == 1
    forget(w, WHO)
    for table in ("mrd_status", "assay_results"):
        assert rows(w, table).filter(sample_id="S4").is_empty(), table
    assert verify(Warehouse(w), "current", quiet).exit_status == 0
    # what older snapshots said of that sample names the patient nowhere and goes with them
    said = secrets_in(w / "snapshots", SECRETS)
    assert said
    current = (w / "current").resolve().name
    assert all(re.fullmatch(r"\S+/assay_results/\S+: 77772\.125", f) for f in said)
    assert not [f for f in said if f.startswith(current)]
    later = datetime.now(UTC) + timedelta(days=10)
    prune(Warehouse(w), keep=1, older_than=None, lock_wait_seconds=0, is_dry=False, now=later)
    assert secrets_in(w, SECRETS) == []
