"""`mrd report` writes the page that a load wrote, byte for byte, from the snapshot alone."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from flows.chosen import Asked
from flows.load import LoadRun
from flows.recomputed import recomputed_patients
from flows.report_of_load import report_of_load
from flows.rerun import Rerun, run_rerun
from flows.rules import rules_of
from flows.snapshot import Snapshot
from flows.warehouse import Warehouse
from tests.cli.command import Mrd
from tests.flows.lab import ASSAYS, LAB, PATIENTS, SAMPLES, load_files, plate, settings
from tests.flows.test_rerun_corrected import CORRECTED, FACTOR

STEPS = (
    {"pcr.csv": LAB["pcr.csv"], "qpcr/plate.txt": plate("S3")},
    {"patients.csv": PATIENTS, "samples.csv": SAMPLES},
    {"assays.csv": ASSAYS},
    {"flow.csv": LAB["flow.csv"]},
    # the same row from a file that sorts first or last, and a cell that was empty
    {"again.csv": "patient_id,disease,transcript,diagnosed_on\nP3,MM,,2022-03-01\n"},
    {"more.csv": "sample_id,patient_id,collected_on,tissue,received_on\nS4,P3,2023-06-01,BM,2023-06-02\n"},
    {"more2.csv": "patient_id,disease\nP2,CML\nP7,AML\n"},
    {"treatments.csv": "patient_id,therapy,started_on\nP1,TKI,2022-01-12\n"},
    {"new.csv": CORRECTED},
    {"moved.csv": "sample_id,patient_id,collected_on,tissue,is_correction\nS3,P1,2023-05-01,PB,true\n"},
    {"runs.csv": "run_id,assay_id,performed_on,is_valid\nR2,qpcr,2023-01-14,true\n"},
    {"amended.csv": "sample_id,assay_id,run_id,replicate,target_copies,control_copies,result_version\nS3,qpcr,R3,1,9,90000,2\n"},
    {"changed.csv": "sample_id,assay_id,run_id,action,correct_sample_id,amended_on\nS2,qpcr,R2,REASSIGNED,S3,2024-01-01\n"},
    {"merged.csv": "patient_id,merged_into_patient_id,merged_on\nP2,P1,2024-02-01\n"},
    {"newer.csv": FACTOR.format(factor=0.8, target="HBB", correction="true")},
)  # fmt: skip


def page_of(snapshot: Snapshot, patients: pl.Series) -> str:
    return report_of_load(snapshot, rules_of(snapshot.manifest), patients.to_list())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[LoadRun]:
    """Give the runs of many loads into one warehouse, and of a rerun."""
    folder = tmp_path_factory.mktemp("report")
    found = [load_files(folder / "w", folder / str(n), files) for n, files in enumerate(STEPS)]
    last = Rerun(folder / "w", settings(), {"CML": "eln-cml-2025"})
    run_rerun(last, folder / "mrd.toml", Asked(), publish=True)
    return [*(run for run in found if run.result.published), last]


def test_every_report_comes_again(runs: list[LoadRun]) -> None:
    """Each load's patients are found by what its snapshot has and the one before has not."""
    assert len(runs) > len(STEPS) - 3
    for run in runs:
        assert run.changes is not None
        assert run.report_path is not None
        snapshot = run.warehouse.snapshot(run.load_id)
        patients, is_certain = recomputed_patients(run.warehouse, snapshot)
        assert is_certain
        assert set(patients) == set(run.changes.patients), run.load_id
        assert page_of(snapshot, patients) == run.report_path.read_text(encoding="utf-8")


def test_lost_report(mrd: Mrd, runs: list[LoadRun], tmp_path: Path) -> None:
    """A report that was lost is written again, to its place or elsewhere; a file that is there stays."""
    warehouse, run = runs[0].warehouse.root, runs[3]
    assert run.report_path is not None
    page = run.report_path.read_bytes()
    run.report_path.unlink()
    assert mrd("report", run.load_id, "--warehouse", warehouse) == (0, f"Report  {run.report_path}\n", "")  # fmt: skip
    assert run.report_path.read_bytes() == page
    assert run.report_path.stat().st_mode & 0o777 == 0o440
    other = tmp_path / "again.html"
    assert mrd("report", run.load_id, "--warehouse", warehouse, "--to", other)[0] == 0
    assert other.read_bytes() == page
    assert other.stat().st_mode & 0o007 == 0
    assert mrd("report", "--warehouse", warehouse, "--to", other) == (
        2, "", f"mrd: {other}: there is a file of this name; give another one\n",
    )  # fmt: skip
    assert other.read_bytes() == page


def test_snapshot_before_was_pruned(mrd: Mrd, runs: list[LoadRun], tmp_path: Path) -> None:
    """Then the load's own files say whom it touched, and the command says that this may be less."""
    copy = shutil.copytree(runs[0].warehouse.root, tmp_path / "w", symlinks=True)
    moved = next(r for r in runs if r.entries and r.entries[0].name == "moved.csv")
    before = Warehouse(copy).snapshot_names()
    shutil.rmtree(copy / "snapshots" / before[before.index(moved.load_id) - 1])
    status, out, _ = mrd("report", moved.load_id, "--warehouse", copy)
    assert status == 0
    assert "The snapshot before was pruned" in out
    assert moved.report_path is not None
    again = copy / "reports" / moved.report_path.name
    assert again.read_bytes() == moved.report_path.read_bytes()


def test_damaged_snapshot_has_no_report(mrd: Mrd, tmp_path: Path) -> None:
    """A page made of altered tables would be believed."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    path = next((tmp_path / "w" / "current" / "mrd_status").rglob("*.parquet"))
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1])
    status, out, err = mrd("report", "--warehouse", tmp_path / "w")
    assert (status, out) == (3, "")
    assert "part-0.parquet: altered: its" in err


def test_sample_inbox(sample_warehouse: Path) -> None:
    """The report of the sample data comes again from its tables."""
    warehouse = Warehouse(sample_warehouse)
    snapshot = warehouse.require_current()
    patients, _ = recomputed_patients(warehouse, snapshot)
    (written,) = (sample_warehouse / "reports").glob("*.html")
    assert page_of(snapshot, patients) == written.read_text(encoding="utf-8")
