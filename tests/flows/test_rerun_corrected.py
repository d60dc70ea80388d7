"""`mrd rerun --assays FILE`: what corrected conversion factors change, before they are loaded."""

import json
from pathlib import Path

import polars as pl
import pytest

from flows.chosen import Asked
from flows.compare import Comparison
from flows.errors import UserError
from flows.rerun import Rerun, run_rerun
from tests.flows.lab import (
    INBOX,
    LAB,
    assert_complete,
    everything,
    hashes,
    load,
    load_files,
    outcomes,
    plate,
    rows,
    settings,
    write,
)

FACTOR = (
    "assay_id,modality,marker,basis,control_gene,conversion_factor,valid_from,valid_to,target_name,"
    "control_name,is_correction\nqpcr,PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,{factor},2020-01-01,,{target},ABL1,{correction}\n"
)
CORRECTED = FACTOR.format(factor=1.6, target="BCR-ABL", correction="true")


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Give a small laboratory with an instrument file."""
    load_files(tmp_path / "w", tmp_path / "in", {**LAB, "qpcr/plate.txt": plate("S3")})
    return tmp_path / "w"


def rerun(
    warehouse: Path, path: Path, *, publish: bool = False, ruleset: str | None = None
) -> tuple[Rerun, Comparison]:
    """Rerun a warehouse with the rows of a file."""
    run = Rerun(warehouse, settings(), {"CML": ruleset} if ruleset else {}, path)
    return run, run_rerun(run, warehouse.parent / "mrd.toml", Asked(), publish=publish)


def test_preview_shows_levels_and_leaves_nothing(lab: Path, tmp_path: Path) -> None:
    """Twice the factor is twice each level, on the samples of this assay alone; nothing is kept."""
    path = write(tmp_path, {"new.csv": CORRECTED}) / "new.csv"
    before = everything(lab)
    run, found = rerun(lab, path)
    levels = found.levels.select("sample_id", pl.col("after") / pl.col("before"))
    assert levels.rows() == [("S1", pytest.approx(2)), ("S2", pytest.approx(2)), ("S3", pytest.approx(2))]  # fmt: skip
    assert (run.result.published, run.result.exit_status) == (False, 0)
    assert run.result.rows["rows_accepted"] == 1
    assert everything(lab) == before


def test_publish_is_a_load_of_the_file(lab: Path, tmp_path: Path) -> None:
    """What `--publish` leaves is what `mrd load` of the same file leaves, byte for byte."""
    path = write(tmp_path, {"new.csv": CORRECTED}) / "new.csv"
    load_files(tmp_path / "other", tmp_path / "in2", {**LAB, "qpcr/plate.txt": plate("S3")})
    load(tmp_path / "other", path)
    _, preview = rerun(lab, path)
    run, found = rerun(lab, path, publish=True)
    assert found.levels.equals(preview.levels)
    assert found.rows.equals(preview.rows)
    assert hashes(lab) == hashes(tmp_path / "other")
    clock = ["load_id", "started_at", "finished_at"]
    for name in ("loads", "source_files", "findings"):
        one, other = (rows(w, name).drop(clock, strict=False) for w in (lab, tmp_path / "other"))
        assert one.equals(other), name
    assert_complete(lab)
    assert run.report_path is not None
    again, _ = rerun(lab, path, publish=True)
    assert (again.result.published, outcomes(again)["new.csv"][0]) == (False, "DUPLICATE")


@pytest.mark.long
def test_sample_inbox(tmp_path: Path) -> None:
    """The same for the whole sample data and a factor of one window."""
    text = (INBOX / "reference" / "assays.csv").read_text(encoding="utf-8").splitlines()
    lines = [f"{text[0]},is_correction", *(f"{line.replace(',0.91,', ',1.4,')},true" for line in text if ",0.91," in line)]  # fmt: skip
    path = write(tmp_path, {"new.csv": "\n".join([*lines, ""])}) / "new.csv"
    for name in ("w", "other"):
        load(tmp_path / name, INBOX)
    load(tmp_path / "other", path)
    run, found = rerun(tmp_path / "w", path, publish=True)
    assert set(found.levels["assay_id"]) == {"qpcr-bcrabl-lab1"}
    assert found.rows.height > 0
    assert run.result.exit_status == 0
    assert hashes(tmp_path / "w") == hashes(tmp_path / "other")


def test_corrected_names_read_plates_again(lab: Path, tmp_path: Path) -> None:
    """A target that is called otherwise makes the plate of the assay wait; a preview says so, too."""
    text = FACTOR.format(factor=0.8, target="HBB", correction="true")
    path = write(tmp_path, {"new.csv": text}) / "new.csv"
    before = everything(lab)
    run, found = rerun(lab, path)
    assert outcomes(run)["qpcr/plate.txt"] == ("REJECTED", "TARGET_NOT_IN_FILE")
    assert set(found.rows["sample_id"].drop_nulls()) | set(found.levels["sample_id"]) == {"S3"}
    assert everything(lab) == before


def test_rejected_rows_are_said(lab: Path, tmp_path: Path) -> None:
    """A factor that contradicts the stored one and is no correction changes nothing, with a finding."""
    text = FACTOR.format(factor=1.6, target="BCR-ABL", correction="")
    run, found = rerun(lab, write(tmp_path, {"new.csv": text}) / "new.csv")
    assert (run.result.exit_status, found.levels.height, found.rows.height) == (1, 0, 0)
    said = run.records["findings"].filter(code="CONFLICT_WITH_STORED")["message"].item()
    assert "line 2 of assays.csv" in said
    assert "is_correction = true" in said


def test_with_another_rule_set(lab: Path, tmp_path: Path) -> None:
    """Both at once: the factor is corrected and the rule set is another, in one snapshot."""
    path = write(tmp_path, {"new.csv": CORRECTED}) / "new.csv"
    rerun(lab, path, publish=True, ruleset="eln-cml-2025")
    assert assert_complete(lab)["rulesets"]["CML"] == "eln-cml-2025"
    load_files(tmp_path / "once", tmp_path / "in", {**LAB, "qpcr/plate.txt": plate("S3")}, rulesets={"CML": "eln-cml-2025"})  # fmt: skip
    load(tmp_path / "once", path, rulesets={"CML": "eln-cml-2025"})
    assert hashes(lab) == hashes(tmp_path / "once")


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        ({"pcr.csv": LAB["pcr.csv"]}, "pcr.csv", "this is canonical pcr_measurements; --assays takes rows of assays or another reference table"),
        ({"plate.txt": plate("S1")}, "plate.txt", "--assays takes rows of assays or another"),
        ({}, "none.csv", "there is no such file or folder"),
    ],
)  # fmt: skip
def test_no_reference_rows(
    lab: Path, tmp_path: Path, files: dict[str, str], name: str, said: str
) -> None:
    """Results are loaded, not rerun; that is said before anything is written."""
    path = write(tmp_path / "new", files) / name
    before = everything(lab)
    for publish in (False, True):
        with pytest.raises(UserError, match=said):
            rerun(lab, path, publish=publish)
    after = everything(lab)
    assert {n for n in after if n.startswith(("snapshots", "reports"))} == {
        n for n in before if n.startswith(("snapshots", "reports"))
    }
    assert (
        "failed: UserError"
        in json.loads((lab / "attempts.jsonl").read_text(encoding="utf-8").splitlines()[-1])[
            "outcome"
        ]
        or name == "none.csv"
    )


def test_a_folder_is_no_file(lab: Path, tmp_path: Path) -> None:
    """Corrected rows come in one file."""
    with pytest.raises(UserError, match="a folder; --assays takes one file"):
        rerun(lab, tmp_path / "in")
