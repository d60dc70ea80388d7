"""A rerun shows what a person asks for: patients, samples, files, assays, a selection; what is published is whole."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flows.chosen import Asked
from flows.compare import Comparison
from flows.errors import UserError
from flows.key_file import write_key
from flows.rerun import Rerun, run_rerun
from tests.flows.lab import ASSAYS, LAB, load_files, plate, rows, settings, write
from tests.flows.test_site_rules import MINE

RESPONSES = "patient_id,assessed_on,response\nP3,2023-06-01,CR\n"
OTHERS = {"CML": "eln-cml-2025", "MM": "my-lab-mm-2026"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rerun, Comparison]:
    """Give a rerun of a laboratory in which other rule sets change something of each patient."""
    folder = tmp_path_factory.mktemp("lab")
    write(folder, {"mine.toml": MINE})
    files = {
        **LAB,
        "treatments.csv": "patient_id,therapy,started_on\nP1,TKI,2022-01-12\nP2,TKI,2022-01-12\n",
        "responses.csv": RESPONSES,
        "qpcr/plate.txt": plate("S3"),
    }
    load_files(folder / "w", folder / "in", files)
    run = Rerun(folder / "w", settings(rule_files=(folder / "mine.toml",)), OTHERS)
    return run, run.compute()


def shown(lab: tuple[Rerun, Comparison], **asked: Any) -> Comparison:
    """Return what is shown to somebody who asks for this."""
    run, found = lab
    return found.narrowed(run.asked_for(Asked(**asked)))


def of(found: Comparison) -> tuple[set[str], set[str]]:
    """Return patients and samples of the rows that are shown."""
    return set(found.rows["patient_id"]), set(found.rows["sample_id"].drop_nulls())


def test_everything_is_shown(lab: tuple[Rerun, Comparison]) -> None:
    """Without a wish all that differs is shown: the others of this file narrow this."""
    assert of(shown(lab)) == ({"P1", "P2", "P3"}, {"S2", "S3", "S4"})


@pytest.mark.parametrize(
    ("asked", "patients", "samples"),
    [
        ({"patients": ["P1"]}, {"P1"}, {"S2"}),
        ({"patients": ["P1", "P3"]}, {"P1", "P3"}, {"S2", "S4"}),
        ({"samples": ["S3"]}, {"P2"}, {"S3"}),
        ({"samples": ["S3"], "patients": ["P1"]}, {"P1", "P2"}, {"S2", "S3"}),
        ({"assays": ["ngf"]}, {"P3"}, {"S4"}),
        ({"assays": ["ngf", "qpcr"]}, {"P1", "P2", "P3"}, {"S2", "S3", "S4"}),
        ({"files": ["flow.csv"]}, {"P3"}, {"S4"}),
        ({"files": ["plate.txt"]}, {"P2"}, {"S3"}),
        ({"files": ["qpcr/plate.txt"]}, {"P2"}, {"S3"}),
        ({"files": ["responses.csv"]}, {"P3"}, {"S4"}),
        ({"files": ["assays.csv"]}, {"P1", "P2", "P3"}, {"S2", "S3", "S4"}),
        ({"files": ["pcr.csv"], "patients": ["P2", "P3"]}, {"P2"}, {"S3"}),
        ({"files": ["pcr.csv"], "assays": ["ngf"]}, set(), set()),
    ],
)  # fmt: skip
def test_what_is_asked_for(
    lab: tuple[Rerun, Comparison], asked: Mapping[str, Any], patients: set[str], samples: set[str]
) -> None:
    """Names add up; files and assays narrow them; a file of reference rows stands for what it tells of."""
    assert of(shown(lab, **asked)) == (patients, samples)


def test_file_by_its_hash(lab: tuple[Rerun, Comparison]) -> None:
    """The beginning of a SHA-256 names a file; eight letters at least, as nobody types fewer by chance."""
    (sha256,) = rows(lab[0].warehouse.root, "source_files").filter(name="flow.csv")["sha256"]
    assert of(shown(lab, files=[sha256[:8]])) == ({"P3"}, {"S4"})
    with pytest.raises(UserError, match="--file: no file of this name or SHA-256 was loaded"):
        shown(lab, files=[sha256[:7]])


def test_counts_are_of_what_is_shown(lab: tuple[Rerun, Comparison]) -> None:
    """The samples and patients that changes are counted against are those asked for."""
    found = shown(lab, samples=["S2"])
    assert found.samples["sample_id"].to_list() == ["S2"]
    assert found.patients["patient_id"].to_list() == ["P1"]


@pytest.mark.parametrize(
    ("text", "patients", "samples"),
    [
        ("patient_id\nP1\n", {"P1"}, {"S2"}),
        ("sample_id\nS3\nS4\n", {"P2", "P3"}, {"S3", "S4"}),
        ("\ufeffsample_id;patient_id;note\nS3;P2;x\n;P1;\n", {"P1", "P2"}, {"S2", "S3"}),
        ("patient_id,sample_id\nP2,\n,S2\n", {"P1", "P2"}, {"S2", "S3"}),
    ],
)
def test_selection(
    lab: tuple[Rerun, Comparison], tmp_path: Path, text: str, patients: set[str], samples: set[str]
) -> None:
    """A file names patients with all their samples, and samples alone."""
    path = write(tmp_path, {"sel.csv": text}) / "sel.csv"
    found = of(shown(lab, selection=path))
    assert found == (patients, samples)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("patient_id\nP1\nP77\n", "sel.csv line 3: no patient of this name is in the warehouse"),
        ("sample_id\nS77\n", "sel.csv line 2: no sample of this name is in the warehouse"),
        ("sample_id,patient_id\nS3,P1\n", "sel.csv line 2: this sample is not of this patient; correct the line"),
        ("sample,patient\nS3,P1\n", "sel.csv: the selection has neither a column patient_id nor a column sample_id"),
        ("sample_id,note\n,x\n", "sel.csv: the selection names no patient and no sample"),
        ("sample_id,patient_id\nS3\n", "sel.csv line 2: not as many cells as the header has"),
        ("sample_id\n", "sel.csv: the file has a header at most; export it again"),
        ("", "sel.csv: the file is empty"),
    ],
)  # fmt: skip
def test_selection_that_cannot_be_used(
    lab: tuple[Rerun, Comparison], tmp_path: Path, text: str, message: str
) -> None:
    """A wrong selection is named with its line, and without the identifier: schedules log their errors."""
    path = write(tmp_path, {"sel.csv": text}) / "sel.csv"
    with pytest.raises(UserError) as error:
        shown(lab, selection=path)
    assert message in str(error.value)
    assert not {"S77", "P77"} & set(str(error.value).split())


def test_selection_that_is_not_there(lab: tuple[Rerun, Comparison], tmp_path: Path) -> None:
    """A selection that is missing is a mistake of usage."""
    with pytest.raises(UserError, match="the selection cannot be read: No such file"):
        shown(lab, selection=tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"patients": ["P77"]}, "no patient of this name is in the warehouse"),
        ({"patients": ["P1", "P77"]}, "--patient number 2: no patient of this name is in the warehouse"),
        ({"samples": ["S1", "S77"]}, "--sample number 2: no sample of this name is in the warehouse"),
        ({"files": ["flow.csv", "low.csv"]}, "--file number 2: no file of this name or SHA-256 was loaded"),
        ({"assays": ["qpcr2"]}, "--assay qpcr2: there is no such assay; there is ngf, qpcr"),
    ],
)  # fmt: skip
def test_what_is_not_there(
    lab: tuple[Rerun, Comparison], asked: Mapping[str, Any], message: str
) -> None:
    """An unknown name is a mistake of usage, never an empty answer."""
    with pytest.raises(UserError) as error:
        shown(lab, **asked)
    assert str(error.value) == message


def test_a_sample_that_waits_is_known(tmp_path: Path) -> None:
    """A sample whose patient is not known yet has no result, and asking for it is no mistake."""
    files = {"assays.csv": ASSAYS, "pcr.csv": LAB["pcr.csv"]}
    load_files(tmp_path / "w", tmp_path / "in", files)
    run = Rerun(tmp_path / "w", settings(), {"CML": "eln-cml-2025"})
    found = run_rerun(run, tmp_path / "mrd.toml", Asked(samples=["S1"]), publish=False)
    assert found.rows.is_empty()


def test_merged_patients_and_names_of_files_with_pseudonyms(tmp_path: Path) -> None:
    """Who is asked for under a name that was given up is shown; a file is known by its name as it came."""
    write_key(tmp_path / "key")
    merge = "patient_id,merged_into_patient_id,merged_on\nP2,P1,2024-02-01\n"
    key = {"pseudonym_key_file": tmp_path / "key"}
    load_files(tmp_path / "w", tmp_path / "in", {**LAB, "merged.csv": merge}, **key)
    run = Rerun(tmp_path / "w", settings(**key), {"CML": "eln-cml-2025"})
    whole = run_rerun(run, tmp_path / "mrd.toml", Asked(), publish=False)
    count = {
        asked: whole.narrowed(run.asked_for(asked)).restamped.height
        for asked in (Asked(patients=("P1",)), Asked(patients=("P2",)), Asked(files=("pcr.csv",)))
    }
    assert list(count.values()) == [3, 3, 3]
    assert whole.narrowed(run.asked_for(Asked(files=("flow.csv",)))).restamped.is_empty()
