"""What the snapshots said of a sample, one after the other, and what changed it."""

import json
import shutil
from pathlib import Path

import pytest

from flows.chosen import Asked
from flows.errors import UserError
from flows.history import History, history
from flows.history_text import as_json, text
from flows.rerun import Rerun, run_rerun
from flows.warehouse import Warehouse
from tests.flows.lab import ASSAYS, LAB, PATIENTS, SAMPLES, load_files, plate, settings
from tests.flows.test_rerun_corrected import CORRECTED, FACTOR

STEPS = (
    {"pcr.csv": LAB["pcr.csv"]},
    {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": ASSAYS},
    {"new.csv": CORRECTED},
    {"flow.csv": LAB["flow.csv"]},
    {"moved.csv": "sample_id,patient_id,collected_on,tissue,is_correction\nS3,P1,2023-05-01,PB,true\n"},
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a warehouse of five loads and a rerun; tests only read it."""
    folder = tmp_path_factory.mktemp("history")
    for number, files in enumerate(STEPS):
        load_files(folder / "w", folder / str(number), files)
    run = Rerun(folder / "w", settings(), {"CML": "eln-cml-2025"})
    run_rerun(run, folder / "mrd.toml", Asked(), publish=True)
    return folder / "w"


def told(warehouse: Path, sample_id: str) -> History:
    """Return the history of a sample."""
    return history(Warehouse(warehouse), sample_id)


def whens(found: History) -> list[str]:
    """Return the lines of a history with the number of its snapshot in the place of time and id."""
    lines = []
    for line in text(found).splitlines():
        is_head = " UTC  " in line
        lines.append(line.rsplit("  ", 1)[1] if is_head else line)
    return lines


def test_history_as_it_is_read(warehouse: Path) -> None:
    """A result waits, is classified, gets another level, another patient, another rule set."""
    assert whens(told(warehouse, "S3")) == [
        "Sample S3",
        "",
        "LOAD",
        "  appears",
        "  patient not known; rows that wait for reference rows: 1",
        "  because of files with this sample: pcr.csv",
        "",
        "LOAD",
        "  patient not known → P2",
        "  collected on not known → 2023-05-01",
        "  rows that wait 1 → 0",
        "  status NEGATIVE; depth MR4.5; molecular remission REMISSION  [eln-cml-2020]",
        "  qpcr BCR::ABL1 p210: NEGATIVE, MR4.5, NOT_DETECTED_ADEQUATE  [eln-cml-2020/not-detected-adequate]",
        "  BCR::ABL1 p210: MMR_ACHIEVED (open)  [eln-cml-2020/mmr-achieved]",
        "  BCR::ABL1 p210: MR4_ACHIEVED (open)  [eln-cml-2020/mr4-achieved]",
        "  because of files with this sample: samples.csv",
        "  because of files on its patient: patients.csv",
        "  because of files on its assays: assays.csv",
        "",
        "LOAD",
        "  patient P2 → P1: the sample is of another patient now, and counts in that course",
        "  BCR::ABL1 p210: MMR_ACHIEVED gone (open); MR4_ACHIEVED gone (open)  [eln-cml-2020/mmr-achieved]",
        "  because of files with this sample: moved.csv",
        "",
        "RERUN",
        "  the same words, decided by another rule",
        "  because the rule set changed: eln-cml-2020 → eln-cml-2025",
        "",
        "6 snapshots read; those that are not named changed nothing of it.",
    ]


def test_another_level(warehouse: Path) -> None:
    """A corrected factor is told by the levels and by the file it came in."""
    lines = whens(told(warehouse, "S2"))
    at = lines.index("  because of files on its assays: new.csv")
    assert lines[at - 1].startswith("  qpcr BCR::ABL1 p210: level 0.001983")
    assert "→ 0.003967" in lines[at - 1]


def test_as_json(warehouse: Path) -> None:
    """Scripts get both states of each step and the reasons."""
    said = json.loads(as_json(told(warehouse, "S3")))
    assert (said["sample_id"], said["snapshots"], said["pruned"]) == ("S3", 6, 0)
    moved = said["steps"][2]
    assert (moved["before"]["patient_id"], moved["after"]["patient_id"]) == ("P2", "P1")
    assert moved["because"] == [{"words": "files with this sample", "files": ["moved.csv"]}]
    assert moved["after"]["mrd_status"][0]["status"] == "NEGATIVE"
    assert said["steps"][0]["before"] is None


AMENDED = (
    "sample_id,assay_id,run_id,action,correct_sample_id,amended_on,amendment_reason,is_correction\n"
)
MERGED = "patient_id,merged_into_patient_id,merged_on\nP2,P1,2024-02-01\n"


def test_amended_and_merged(tmp_path: Path) -> None:
    """What an amendment did, and whom a merge joined, is told in words of each sample it touches, with the file."""
    moved = f"{AMENDED}S3,qpcr,R3,REASSIGNED,S2,2024-01-01,tubes exchanged,\n"
    withdrawn = f"{AMENDED}S3,qpcr,R3,WITHDRAWN,,2024-03-02,,true\n"
    kept = f"{AMENDED}S3,qpcr,R3,KEPT,,2024-03-03,,true\n"
    loads = [LAB, {"amended.csv": moved}, {"merged.csv": MERGED}, {"2.csv": withdrawn}, {"3.csv": kept}]  # fmt: skip
    for number, files in enumerate(loads):
        load_files(tmp_path / "w", tmp_path / str(number), files)
    of_s3 = told(tmp_path / "w", "S3")
    assert [step.why for step in of_s3.steps[1:]] == [
        [("files with this sample", ["amended.csv"])],
        [("files on its patient", ["merged.csv"])],
        [("files with this sample", ["2.csv"])],
        [("files with this sample", ["3.csv"])],
    ]
    assert [step.after.patient_id for step in of_s3.steps] == ["P2", "P2", "P1", "P1", "P1"]
    assert [step.amended for step in of_s3.steps] == [
        [],
        ["results of qpcr, run R3 moved to sample S2 by the amendment of 2024-01-01: tubes exchanged"],
        [],
        ["results of qpcr, run R3 withdrawn by the amendment of 2024-03-02"],
        ["results of qpcr, run R3 count again for this sample by the amendment of 2024-03-03"],
    ]  # fmt: skip
    lines = whens(of_s3)
    assert "  patient P2 → P1: both are one patient now" in lines
    at = lines.index(f"  {of_s3.steps[1].amended[0]}")
    assert lines[at + 1] == "  this sample has no result that counts any more; it was NEGATIVE  [eln-cml-2020]"  # fmt: skip
    assert "  results of qpcr, run R3 withdrawn by the amendment of 2024-03-02" in lines
    of_s2 = told(tmp_path / "w", "S2")
    own = "results of qpcr, run R3, written for sample S3,"
    assert [step.amended for step in of_s2.steps if step.amended] == [
        [f"{own} moved to this sample by the amendment of 2024-01-01: tubes exchanged"],
        [f"{own} no longer count for this sample"],
    ]
    assert of_s2.steps[1].why == [("files with this sample", ["amended.csv"])]
    assert of_s2.steps[1].found.levels.height == 1


def test_unknown_sample(warehouse: Path) -> None:
    """A sample that no snapshot has is a mistake of usage, told without its name."""
    with pytest.raises(UserError, match="no snapshot of this warehouse has a sample of this name"):
        told(warehouse, "S99")


def test_pruned_and_unreadable_snapshots_are_said(warehouse: Path, tmp_path: Path) -> None:
    """Where snapshots are gone or of another format, that is said: what they said is not known."""
    copy = shutil.copytree(warehouse, tmp_path / "w", symlinks=True)
    ids = sorted(p.name for p in (copy / "snapshots").iterdir())
    shutil.rmtree(copy / "snapshots" / ids[1])
    shutil.rmtree(copy / "snapshots" / ids[2])
    manifest = copy / "snapshots" / ids[4] / "manifest.json"
    manifest.chmod(0o640)
    manifest.write_text('{"format_version": 99}', encoding="utf-8")
    found = told(copy, "S2")
    lines = whens(found)
    assert "  2 earlier snapshots were pruned: some of this may be of their loads" in lines
    assert "  because of files with this sample: samples.csv" in lines
    assert "  because of files on its assays: assays.csv, new.csv" in lines
    assert lines[-2].endswith("2 earlier snapshots pruned: what they said is no longer known.")
    assert lines[-1].startswith(f"{ids[4]}: not read: ")


def test_sample_that_vanishes(tmp_path: Path) -> None:
    """A sample that only one plate held is gone when the plate is read otherwise."""
    load_files(tmp_path / "w", tmp_path / "1", {"assays.csv": ASSAYS, "qpcr/p.txt": plate("X1")})
    text_of = FACTOR.format(factor=0.8, target="HBB", correction="true")
    load_files(tmp_path / "w", tmp_path / "2", {"new.csv": text_of})
    lines = whens(told(tmp_path / "w", "X1"))
    at = lines.index("  vanishes: no table has it any more")
    assert lines[at + 1 :] == [
        "  because of files with this sample: qpcr/p.txt",
        "  because of files on its assays: new.csv",
        "",
        "2 snapshots read; those that are not named changed nothing of it.",
    ]
