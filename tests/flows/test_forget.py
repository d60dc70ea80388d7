"""`mrd forget`: not a byte of the patient is left, and nobody else's row is another."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.cli import main
from flows.forget import Forgetting, run_forget
from flows.forget_plan import Plan
from flows.forget_snapshots import Rewriting
from flows.redacted import REDACTED, redacted
from flows.verify import verify
from flows.warehouse import Warehouse
from schemas.tables import TABLES
from tests.flows.lab import (
    ASSAYS,
    RECORDS,
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
from tests.unit.workbooks import workbook
from transforms.readers.extract import is_extract
from transforms.readers.texts import texts_of

ROOT = Path(__file__).parents[2]
WHO = "MRN-GONE"
SECRETS = (
    WHO,
    "GONE1",
    "GONE2",
    "GONE3",
    "GONE4",
    "GONE5",
    "RUNGONE",
    "77771.125",
    "88881.125",
    "1971-07-17",
)
"""Identifiers of the patient, a run that holds only its samples, and numbers that only its rows have."""

PATIENTS = f"patient_id,disease,transcript,diagnosed_on\n{WHO},CML,e14a2,1971-07-17\nP2,CML,e13a2,2022-02-01\nP3,MM,,2022-03-01\n"
SAMPLES = f"""\
sample_id,patient_id,collected_on,tissue
GONE1,{WHO},2022-01-10,PB
GONE2,{WHO},2023-01-12,PB
S3,P2,2023-05-01,PB
S4,P3,2023-06-01,BM
S9,{WHO},2023-07-01,PB
"""
PCR = """\
sample_id,assay_id,run_id,replicate,target_copies,control_copies
GONE1,qpcr,RUNGONE,1,77771.125,88881.125
S3,qpcr,R3,1,0,90000
GONE2,qpcr,R3,1,4,77771.125
GONE2,qpcr,R3,2,none 77771.125,90000
S3,qpcr,R3,2,one,90000
S9,qpcr,R3,1,12,90000
GONE2,qpcr,R3,9,1,77771.125,too,long
"""
RUNS = "run_id,assay_id,performed_on\nRUNGONE,qpcr,2022-01-11\nR3,qpcr,2023-05-02\n"
FLAT = f"""\
sample_id;patient_id;collected_on;tissue;assay_id;target_copies;control_copies
GONE3;{WHO};2024-02-03;PB;qpcr;77771.125;90000
S5;P2;2024-02-03;PB;qpcr;3;95000
"""
FIRST = {
    "patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": ASSAYS, "pcr.csv": PCR, "runs.csv": RUNS,
    "treatments.csv": f"patient_id,therapy,started_on\n{WHO},TKI,2022-01-20\nP2,TKI,2022-02-20\n",
}  # fmt: skip
SECOND: dict[str, str | bytes] = {
    "flat.csv": b"\xff\xfe" + FLAT.encode("utf-16-le"),
    "qpcr/plate.txt": plate("GONE4", "S6"),
    "qpcr/GONE4 alone.txt": plate("GONE4"),
    "late.csv": f"sample_id,patient_id,collected_on,tissue\nGONE4,{WHO},2024-03-03,PB\nS6,P2,2024-03-04,PB\n",
    "waits.csv": "sample_id,assay_id,target_copies,control_copies\nGONE5,qpcr,77771.125,9\nS7,qpcr,1,90000\n",
    "refused.csv": f"patient_id,sample_id,born\n{WHO},GONE5,1971-07-17\n",
    "later/unknown.txt": plate("GONE1", "S3"),
    # refused, but it says whose the sample is
    "bad.csv": f"sample_id,patient_id,collected_on,tissue\nGONE5,{WHO},soon,PB\n",
}
THIRD = {
    "moved.csv": "sample_id,patient_id,collected_on,tissue,is_correction\nS9,P2,2023-07-01,PB,true\n",
    "more.csv": "sample_id,assay_id,run_id,replicate,target_copies,control_copies\nS3,qpcr,R3,3,1,90000\n",
}


def secrets_in(folder: Path, secrets: Sequence[str] = SECRETS) -> list[str]:
    """Return where any secret is: in raw bytes, in what is packed in them, in the strings of tables, in names."""
    found = []
    for path in sorted(folder.rglob("*")):
        texts: Iterator[str] = iter([path.name])
        if path.is_file():
            data = path.read_bytes()
            texts = iter([path.name, data.decode("latin-1"), *texts_of(data)])
            if path.suffix == ".parquet":
                frame = pl.read_parquet(path, hive_partitioning=False)
                texts = iter(
                    [path.name, data.decode("latin-1"), json.dumps(frame.to_dicts(), default=str)]
                )
                # numbers too: 77771.0 is one of the patient's
        said = [s for text in texts for s in secrets if s in text]
        found += [f"{path.relative_to(folder)}: {s}" for s in sorted(set(said))]
    return found


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a site with three loads; tests work on copies."""
    site = tmp_path_factory.mktemp("lived")
    write(site, {"mrd.toml": "settle_seconds = 0\n"})
    for number, files in enumerate((FIRST, SECOND, THIRD)):
        load_files(site / "w", site / f"in{number}", files)
    assert_complete(site / "w")
    return site


@pytest.fixture
def site(lived: Path, tmp_path: Path) -> Path:
    """Give a copy of the site, hard links kept."""
    subprocess.run(["cp", "-a", lived, tmp_path / "site"], check=True)
    return tmp_path / "site"


def forget(warehouse: Path, *patients: str, **changed: Any) -> Plan:
    return run_forget(Forgetting(warehouse, settings(**changed), patients or (WHO,)), is_meant=True)


def _others(warehouse: Path, table: str) -> pl.DataFrame:
    """Return the rows of everybody else; who is who, a reader of the test can see."""
    found = rows(warehouse, table)
    gone = {"patient_id": [WHO], "sample_id": [s for s in SECRETS if s.startswith("GONE")]}
    for column, names in gone.items():
        if column in found.columns:
            found = found.filter(~pl.col(column).is_in(names).fill_null(False))
    if table == "runs":
        found = found.filter(pl.col("run_id") != "RUNGONE")
    return found


# -- every byte


def test_the_search_finds_what_is_there(site: Path) -> None:
    """Before, each secret is found, and in every kind of file: what finds nothing afterwards can find."""
    found = secrets_in(site / "w")
    assert {f.split(": ")[1] for f in found} == set(SECRETS)
    kinds = {f.split("/")[0] for f in found}
    assert kinds == {"inputs", "reports", "snapshots"}
    tables = {f.split("/")[2] for f in found if f.startswith("snapshots/")}
    assert tables >= {"patients", "samples", "pcr_measurements", "mrd_status", "findings", "source_files", "runs"}  # fmt: skip


def test_no_byte_is_left(site: Path) -> None:
    """After it no file, no cell, no packed member and no name holds anything of the patient."""
    plan = forget(site / "w")
    assert secrets_in(site / "w") == []
    assert plan.left == []
    assert_complete(site / "w")
    counts = plan.counts
    assert (counts.patients, counts.samples, counts.snapshots, counts.reports) == (1, 5, 3, 3)
    assert counts.results_of_others == 0
    assert {"GONE4 alone.txt", "flat.csv", "pcr.csv", "refused.csv"} <= {
        n.rsplit("/", 1)[-1] for n in plan.files
    }


def test_rows_of_others_are_what_they_were(site: Path) -> None:
    """In every table of every snapshot the other rows are the same, in the same order; so are their files."""
    before = {t: _others(site / "w", t) for t in TABLES if t not in RECORDS}
    pending = rows(site / "w", "pcr_measurements").filter(sample_id="S7")
    untouched = everything(site / "w" / "current" / "flow_measurements")
    forget(site / "w")
    for table, expected in before.items():
        assert_frame_equal(rows(site / "w", table), expected)
    assert_frame_equal(rows(site / "w", "pcr_measurements").filter(sample_id="S7"), pending)
    assert pending.height == 1
    assert everything(site / "w" / "current" / "flow_measurements") == untouched
    # a sample that was reassigned is the other patient's, with its results and without its past
    moved = rows(site / "w", "samples").filter(sample_id="S9")
    assert moved.select("patient_id", "is_current").rows() == [("P2", True)]
    assert rows(site / "w", "mrd_status").filter(sample_id="S9").height == 1


def test_findings_about_others_stay(site: Path) -> None:
    """A finding about another's row keeps its words; what quotes the patient is withheld or gone."""
    forget(site / "w")
    found = rows(site / "w", "findings")
    bad = found.filter(code="NOT_A_NUMBER")
    assert bad["raw_row"].to_list() == ["S3,qpcr,R3,2,one,90000"]
    assert found.filter(source_name="bad.csv").is_empty()
    waits = found.filter(code="PENDING", source_name="waits.csv")
    assert waits["message"].to_list() == ["(withheld: a patient was forgotten)"]


def test_as_if_the_patient_had_never_been(tmp_path: Path) -> None:
    """Where the patient came in files of its own, all tables are byte for byte those of a life without it."""
    own = {
        "p.csv": f"patient_id,disease\n{WHO},CML\n",
        "s.csv": f"sample_id,patient_id,collected_on,tissue\nGONE1,{WHO},2019-02-01,PB\n",
        "r.csv": "sample_id,assay_id,target_copies,control_copies\nGONE1,qpcr,5,90000\n",
    }
    others = {
        "patients.csv": "patient_id,disease\nP2,CML\n",
        "samples.csv": "sample_id,patient_id,collected_on,tissue\nS3,P2,2023-05-01,PB\n",
        "assays.csv": ASSAYS,
        "pcr.csv": "sample_id,assay_id,target_copies,control_copies\nS3,qpcr,0,90000\n",
    }
    load_files(tmp_path / "w", tmp_path / "in", {**own, **others})
    load_files(tmp_path / "never", tmp_path / "without", others)
    assert forget(tmp_path / "w").counts.inputs_removed == 3
    assert hashes(tmp_path / "w") == hashes(tmp_path / "never")


# -- what stays on disk


def test_older_snapshots_share_their_files(site: Path) -> None:
    """A file that several snapshots share is one file again, and their manifests are true."""

    def inodes() -> int:
        paths = (site / "w" / "snapshots").rglob("*.parquet")
        return len({p.stat().st_ino for p in paths})

    before = inodes()
    forget(site / "w")
    # what is new: its `loads`, and a file of a year that became empty, which stays typed in older ones
    assert inodes() <= before + 2
    for folder in (site / "w" / "snapshots").iterdir():
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for name, file in manifest["files"].items():
            assert pl.read_parquet(folder / name, hive_partitioning=False).height == file["rows"]
            sha256 = everything(folder)[name]
            assert sha256 == file["sha256"], name
        assert (folder / "manifest.json").stat().st_mode & 0o777 == 0o440


def test_what_took_the_place_of_files_is_known(site: Path) -> None:
    """Whoever checks that an input hashes to its name finds each extract in `redacted.jsonl`."""
    before = everything(site / "w" / "inputs")
    forget(site / "w")
    after = everything(site / "w" / "inputs")
    known = redacted(Warehouse(site / "w").inputs)
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed == set(known)
    assert all(after[name] in known[name] for name in changed)
    assert all(is_extract((site / "w" / "inputs" / n).read_bytes()) for n in changed)
    assert set(before) == set(after) - {"redacted.jsonl"}


def test_the_mark_identifies_nobody(site: Path) -> None:
    """One line says when and how much; the record of loads says that somebody was forgotten."""
    forget(site / "w")
    (line,) = (site / "w" / "forgotten.jsonl").read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    last = rows(site / "w", "loads").sort("load_id").row(-1, named=True)
    assert (last["kind"], last["files"]) == ("FORGET", 0)
    assert told.pop("load_id") == last["load_id"]
    assert told.pop("at")
    assert all(isinstance(v, int) for v in told.values())
    assert (told["patients"], told["samples"]) == (1, 5)
    page = (site / "w" / "reports" / f"{min(p.stem for p in (site / 'w' / 'reports').iterdir())}.html").read_text(encoding="utf-8")  # fmt: skip
    assert "because a patient was forgotten" in page
    assert not (site / "w" / ".forgetting.json").exists()


def test_twice(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second time there is nothing, and nothing changes."""
    forget(site / "w")
    before = everything(site / "w")
    assert main(["forget", "--warehouse", str(site / "w"), "--patient", WHO, "--yes"]) == 0
    assert capsys.readouterr().out == "There is nothing of this patient in the warehouse.\n"
    assert everything(site / "w") == before


def test_two_patients_one_after_the_other(site: Path) -> None:
    """A file from which one patient was taken can lose a second one."""
    forget(site / "w")
    before = {t: rows(site / "w", t) for t in ("patients", "treatments", "mrd_status")}
    plan = forget(site / "w", "P2")
    assert plan.counts.inputs > 4
    for table, frame in before.items():
        expected = frame.filter(pl.col("patient_id") != "P2")
        assert_frame_equal(rows(site / "w", table), expected)
    assert rows(site / "w", "pcr_measurements").select("sample_id").unique().rows() == [("S7",)]
    assert_complete(site / "w")


# -- loads go on


def test_loads_go_on(site: Path) -> None:
    """The next load adds to what is there; the same files again are known and are not kept again."""
    forget(site / "w")
    assert not load(site / "w", site / "in0").result.published
    kept = everything(site / "w" / "inputs")
    # a name with an identifier would stand in `source_files` again, so such a file must go from the inbox
    (site / "in1" / "qpcr" / "GONE4 alone.txt").unlink()
    again = outcomes(load(site / "w", site / "in1"))
    assert again.pop("refused.csv") == ("REJECTED", "FILE_NOT_RECOGNISED")
    # it waited for its assay, so nobody can tell its rows apart
    assert again.pop("later/unknown.txt") == ("REJECTED", "FILE_REDACTED")
    assert {outcome for outcome, _ in again.values()} == {"DUPLICATE"}
    assert everything(site / "w" / "inputs") == kept
    assert secrets_in(site / "w") == []
    new = "sample_id,assay_id,run_id,replicate,target_copies,control_copies\nS3,qpcr,R3,7,2,90000\n"
    run = load_files(site / "w", site / "new", {"new.csv": new})
    assert run.result.published
    assert secrets_in(site / "w") == []


def test_a_newer_program_forgets(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it takes out it computes none of the others again for, and the records say both programs."""
    monkeypatch.setattr("flows.forget.code_version", lambda: "9.9.9+newer")
    forget(site / "w", WHO)
    current = Warehouse(site / "w").require_current()
    assert current.published_loads().sort("load_id")["code_version"].to_list()[-1] == "9.9.9+newer"
    assert current.manifest["code_version"] != "9.9.9+newer"
    assert verify(Warehouse(site / "w"), "current", lambda words: None).contradictions == []


def test_everything_read_again_gives_the_same(site: Path) -> None:
    """A load that reads all kept files again finds the others as they were, and nobody else."""
    forget(site / "w")
    before = {t: rows(site / "w", t) for t in TABLES if t not in RECORDS}
    # another name of a control: the plates are read again, and with them all
    run = load_files(
        site / "w",
        site / "again",
        {"x.csv": "patient_id,disease\nP8,MM\n", "qpcr/plate.txt": plate("GONE4", "S6")},
        control_names=("NTC", "MOCK"),
    )
    assert run.result.recomputed_because is not None
    for table, frame in before.items():
        after = rows(site / "w", table)
        if "patient_id" in after.columns:
            after = after.filter(pl.col("patient_id").ne_missing("P8"))
        assert_frame_equal(after, frame)
    assert secrets_in(site / "w") == []


def test_a_file_that_would_be_read_otherwise_says_so(site: Path) -> None:
    """Where the assay's target gets another name, an extract cannot tell, and says what to do."""
    forget(site / "w")
    head, row, *_ = ASSAYS.splitlines()
    corrected = f"{head},is_correction\n{row.replace('BCR-ABL', 'OTHER')},true\n"
    run = load_files(site / "w", site / "corrected", {"a.csv": corrected})
    said = rows(site / "w", "findings").filter(code="FILE_REDACTED", load_id=run.load_id)
    assert said["source_name"].to_list() == ["qpcr/plate.txt"]
    assert secrets_in(site / "w") == []


# -- every format that holds several samples


def test_workbooks_and_packed_files(tmp_path: Path) -> None:
    """A workbook and a packed text lose the patient as plain text does."""
    sheet = [line.split("\t") for line in plate("GONE1", "S3").splitlines()]
    reference = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": ASSAYS}
    files = {"qpcr/p.xlsx": workbook({"Results": sheet}), "pcr.csv.gz": gzip.compress(PCR.encode())}
    load_files(tmp_path / "w", tmp_path / "in", {**reference, **files})
    before = _others(tmp_path / "w", "pcr_measurements").filter(pl.col("sample_id") != "S9")
    forget(tmp_path / "w")
    assert secrets_in(tmp_path / "w") == []
    assert_frame_equal(rows(tmp_path / "w", "pcr_measurements"), before)


# -- killed

DRIVER = """
import os, signal, sys
from pathlib import Path
from flows.cli import main
nth, warehouse, patient = int(sys.argv[1]), sys.argv[2], sys.argv[3]
calls = 0
real = os.fsync
def fatal(descriptor):
    global calls
    calls += 1
    if calls == nth:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(descriptor)
os.fsync = fatal
status = main(["forget", "--warehouse", warehouse, "--patient", patient, "--yes"])
print(calls)
sys.exit(status)
"""


def _killed(warehouse: Path, nth: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", DRIVER, str(nth), str(warehouse), WHO],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=120,
    )  # fmt: skip


def state(warehouse: Path) -> dict[str, str]:
    """Return the bytes of the current tables and, with pseudonyms, of what is kept in `private/`."""
    private = everything(warehouse / "private")
    return hashes(warehouse) | {n: h for n, h in private.items() if not n.endswith(REDACTED)}


def killed_and_finished(
    site: Path,
    place: Path,
    nth: int,
    undisturbed: dict[str, str],
    secrets: Sequence[str] = SECRETS,
    **changed: Any,
) -> bool:
    """Kill a copy's run at its n-th write to disk, finish it, and check; return whether it was killed."""
    subprocess.run(["cp", "-a", site, place], check=True)
    process = _killed(place / "w", nth)
    assert_complete(place / "w")
    plan = forget(place / "w", **changed)
    assert process.returncode in (0, -signal.SIGKILL), process.stderr
    assert plan.is_nothing or process.returncode != 0
    assert secrets_in(place / "w", secrets) == [], f"write {nth}"
    assert_complete(place / "w")
    assert state(place / "w") == undisturbed, f"write {nth}"
    for folder in (place / "w" / "snapshots").glob("[!.]*"):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        facts = everything(folder)
        assert all(facts[n] == f["sha256"] for n, f in manifest["files"].items()), f"write {nth}"
    assert len((place / "w" / "forgotten.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert not [p for p in (place / "w").rglob(".*") if p.name not in (".lock", ".prefect")]
    shutil.rmtree(place)
    return process.returncode != 0


@pytest.fixture(scope="module")
def forgotten(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the bytes of the current tables after a run that nothing disturbed."""
    place = tmp_path_factory.mktemp("forgotten") / "site"
    subprocess.run(["cp", "-a", lived, place], check=True)
    forget(place / "w")
    return hashes(place / "w")


@pytest.mark.parametrize("nth", [9, 60])
def test_killed_and_finished(
    lived: Path, tmp_path: Path, forgotten: dict[str, str], nth: int
) -> None:
    """Killed anywhere, `current` is whole, and running it again finishes as if nothing had been."""
    assert killed_and_finished(lived, tmp_path / "site", nth, forgotten)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_at_every_write(lived: Path, tmp_path: Path, forgotten: dict[str, str]) -> None:
    """Killed at each single write to disk, one after the other, until a run gets through."""
    nth = 1
    while killed_and_finished(lived, tmp_path / "site", nth, forgotten):
        nth += 1
    assert nth > 60


def test_a_run_table_is_known_when_its_results_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed when an old snapshot has lost the results and not the run that only they were of."""
    load_files(tmp_path / "w", tmp_path / "in", FIRST)
    put = Rewriting._put

    def stopped(self: Rewriting, new: Path, path: Path) -> None:
        if "/runs/" in path.as_posix():
            raise InterruptedError
        put(self, new, path)

    with monkeypatch.context() as broken:
        broken.setattr(Rewriting, "_put", stopped)
        with pytest.raises(InterruptedError):
            forget(tmp_path / "w")
    assert "RUNGONE" in {f.split(": ")[1] for f in secrets_in(tmp_path / "w" / "snapshots")}
    forget(tmp_path / "w")
    assert secrets_in(tmp_path / "w" / "snapshots") == []


def test_a_load_between_does_not_bring_the_patient_back(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a load comes before a killed run is finished, finishing it takes the patient out of that too."""
    with monkeypatch.context() as broken:
        broken.setattr("flows.forget.publish_without", lambda *a: os.abort_is_not_called)  # type: ignore[attr-defined]
        with pytest.raises(AttributeError):
            forget(site / "w")
    load_files(site / "w", site / "between", {"x.csv": "patient_id,disease\nP8,MM\n"})
    assert rows(site / "w", "patients").filter(patient_id=WHO).height == 1
    assert forget(site / "w", "nobody").is_resumed
    assert secrets_in(site / "w") == []
    assert rows(site / "w", "patients").filter(patient_id="P8").height == 1


# -- the command


def test_it_shows_and_asks_for_yes(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --yes it is a dry run: it says what would go, and nothing changes."""
    before = everything(site / "w")
    args = ["forget", "--warehouse", str(site / "w"), "--patient", WHO]
    for more in ([], ["--dry-run"]):
        assert main([*args, *more]) == 0
        out = capsys.readouterr().out
        assert out.startswith(
            "This would go:\n         1  identities of the patient\n         5  samples\n"
        )
        assert "Take them out of the inbox" in out
        assert out.endswith("Nothing was changed. It cannot be undone; --yes does it.\n")
        assert WHO not in out
    assert everything(site / "w") == before
    assert main([*args, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["is_done"], told["counts"]["samples"]) == (False, 5)


def test_a_selection_file(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Patients are named by a file too, so that they are in no history of commands."""
    write(site, {"who.txt": f"patient_id\n{WHO}\n\nP3\n", "none.txt": "\n"})
    args = ["forget", "--warehouse", str(site / "w"), "--selection"]
    assert main([*args, str(site / "who.txt"), "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["patients"] == 2
    assert rows(site / "w", "patients")["patient_id"].to_list() == ["P2"]
    assert main([*args, str(site / "none.txt")]) == 2
    assert capsys.readouterr().err.endswith("no patient is selected; write one patient_id a line\n")


def test_words_that_may_mean_somebody_else_are_shown(site: Path) -> None:
    """Where the same letters stand in another's row, they stay and are named."""
    more = f"sample_id,assay_id,run_id,target_copies,control_copies\nS4,qpcr,x {WHO},1,90000\n"
    load_files(site / "w", site / "more", {"m.csv": more})
    assert forget(site / "w").left == [
        "table pcr_measurements, column run_id: rows of somebody else"
    ]
    assert forget(site / "w").is_nothing
