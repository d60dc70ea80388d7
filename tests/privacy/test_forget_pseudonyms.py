"""`mrd forget` where names are pseudonyms: neither name is left in any byte, `private/` included."""

import json
import stat
import subprocess
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.cli import main
from flows.forget import Forgetting
from flows.forget_names import Names
from flows.key_file import read_key, write_key
from flows.private import write_private
from flows.verify import verify, verify_all
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
from tests.flows.test_forget import (
    FIRST,
    SECOND,
    SECRETS,
    THIRD,
    WHO,
    forget,
    killed_and_finished,
    secrets_in,
    state,
)
from tests.flows.test_forget_beside import ALIAS, AMENDMENTS, RESULTS, TIED
from tests.flows.test_forget_beside import SECRETS as TIED_SECRETS
from tests.privacy.test_pseudonymised_loads import AIRR
from transforms.pseudonyms import pseudonym

SAMPLES = ("GONE1", "GONE2", "GONE3", "GONE4", "GONE5")
FILE = "qpcr/GONE4 alone.txt"
KILLED = "20200101T000000-000000"


def quiet(words: str) -> None:
    """Tell nobody what goes on."""


@pytest.fixture(scope="module")
def pseudonyms(key_file: Path) -> dict[str, str]:
    """Give what names of the patient are called in tables."""
    key = read_key(key_file, key_file / "no warehouse")
    kinds = {WHO: "patient", **dict.fromkeys(SAMPLES, "sample"), "RUNGONE": "run", FILE: "file"}
    return {name: pseudonym(name, kind, key) for name, kind in kinds.items()}


@pytest.fixture(scope="module")
def secrets(pseudonyms: dict[str, str]) -> tuple[str, ...]:
    """Give all that must be nowhere afterwards: names as they came, pseudonyms, numbers."""
    return (*SECRETS, *pseudonyms.values())


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> Path:
    """Give a site with a key and three loads; tests work on copies."""
    site = tmp_path_factory.mktemp("lived")
    write(site, {"mrd.toml": f"settle_seconds = 0\npseudonym_key_file = '{key_file}'\n"})
    for number, files in enumerate((FIRST, SECOND, THIRD)):
        run = load_files(site / "w", site / f"in{number}", files, pseudonym_key_file=key_file)
        if number == 1:
            # a load that was killed before it published leaves its records
            for name, found in run.private_records.items():
                write_private(run.warehouse, KILLED, name, found.with_columns(load_id=pl.lit(KILLED)))  # fmt: skip
    assert_complete(site / "w")
    return site


@pytest.fixture
def site(lived: Path, tmp_path: Path) -> Path:
    """Give a copy of the site, hard links kept."""
    subprocess.run(["cp", "-a", lived, tmp_path / "site"], check=True)
    return tmp_path / "site"


def _others(warehouse: Path, table: str, gone: dict[str, str]) -> pl.DataFrame:
    """Return the rows of everybody else."""
    found = rows(warehouse, table)
    for column in ("patient_id", "sample_id"):
        if column in found.columns:
            found = found.filter(~pl.col(column).is_in(list(gone.values())).fill_null(False))
    return found.filter(pl.col("run_id") != gone["RUNGONE"]) if table == "runs" else found


def test_the_search_finds_what_is_there(site: Path, pseudonyms: dict[str, str]) -> None:
    """Before, names that came are in every kind of file of `private/` and nowhere else, pseudonyms in the others."""
    in_private = secrets_in(site / "w" / "private", SECRETS)
    assert {f.split("/")[0] for f in in_private} == {"inputs", "source_files", "findings"}
    assert {f.split(": ")[1] for f in in_private} == set(SECRETS)
    names = (WHO, *SAMPLES, "RUNGONE")
    assert [f for f in secrets_in(site / "w", names) if not f.startswith("private/")] == []
    told = secrets_in(site / "w", tuple(pseudonyms.values()))
    # the one of GONE5 is in no table, as its rows wait or were refused
    assert {f.split(": ")[1] for f in told} >= set(pseudonyms.values()) - {pseudonyms["GONE5"]}
    assert {f.split("/")[0] for f in told} >= {"snapshots", "reports"}


def test_no_byte_is_left(
    site: Path, key_file: Path, pseudonyms: dict[str, str], secrets: tuple[str, ...]
) -> None:
    """All of the patient goes by both names, and everybody else's rows are what they were."""
    w = site / "w"
    before = {t: _others(w, t, pseudonyms) for t in TABLES if t not in RECORDS}
    plan = forget(w, pseudonym_key_file=key_file)
    assert secrets_in(w, secrets) == []
    assert plan.left == []
    counts = plan.counts
    assert (counts.patients, counts.samples, counts.snapshots, counts.reports) == (1, 5, 3, 3)
    assert counts.records >= 4
    assert {"GONE4 alone.txt", "flat.csv"} <= {n.rsplit("/", 1)[-1] for n in plan.files}
    assert_complete(w)
    for table, expected in before.items():
        assert_frame_equal(rows(w, table), expected)
    found = verify_all(Warehouse(w), quiet, key_file)
    assert [(f.damage, f.contradictions) for f in found] == [([], [])] * 4
    # the results of a sample that was hers then, and is somebody else's now, keep their year in older snapshots
    differing = [list(f.differing) for f in found]
    assert differing == [["pcr_measurements"], ["pcr_measurements"], [], []]
    assert forget(w, pseudonym_key_file=key_file).is_nothing
    private = [p for p in (w / "private").rglob("*") if p.is_file()]
    assert {stat.S_IMODE(p.stat().st_mode) for p in private} == {0o400, 0o600}
    assert {p.name for p in private if stat.S_IMODE(p.stat().st_mode) == 0o600} == {"redacted.jsonl"}  # fmt: skip


def test_findings(site: Path, key_file: Path) -> None:
    """Findings about others stay with their words; a line that no reader gave a row for goes in public as well."""
    w = site / "w"
    forget(w, pseudonym_key_file=key_file)
    private = pl.read_parquet(w / "private" / "findings" / "*.parquet")
    assert private.filter(code="NOT_A_NUMBER")["raw_row"].to_list() == ["S3,qpcr,R3,2,one,90000"]
    assert private.filter(source_name="bad.csv").is_empty()
    columns = ["source_sha256", "source_line", "code"]
    public = rows(w, "findings").select(columns).unique().sort(columns, nulls_last=True)
    assert public.equals(private.select(columns).unique().sort(columns, nulls_last=True))
    # a name that held an identifier is the beginning of the hash in both
    names = rows(w, "source_files").filter(pl.col("sha256").str.starts_with(pl.col("name")))
    came = pl.read_parquet(w / "private" / "source_files" / "*.parquet")
    assert names.height == 1
    assert names["name"].is_in(came["name"].implode()).all()


def test_as_if_the_patient_had_never_been(tmp_path: Path, key_file: Path) -> None:
    """Where the patient came in files of its own, all tables are byte for byte those of a life without it."""
    hides = {"pseudonym_key_file": key_file}
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
    load_files(tmp_path / "w", tmp_path / "in", {**own, **others}, **hides)
    load_files(tmp_path / "never", tmp_path / "without", others, **hides)
    assert forget(tmp_path / "w", **hides).counts.inputs_removed == 3
    assert hashes(tmp_path / "w") == hashes(tmp_path / "never")


def test_loads_go_on(site: Path, key_file: Path, secrets: tuple[str, ...]) -> None:
    """The same files again are known, and one read of all kept files from nothing finds nobody else."""
    w, hides = site / "w", {"pseudonym_key_file": key_file}
    forget(w, **hides)
    # a name with an identifier would stand in `private/` again, so such a file must go from the inbox
    (site / "in1" / FILE).unlink()
    again = outcomes(load(w, site / "in1", **hides))
    assert again.pop("refused.csv") == ("REJECTED", "FILE_NOT_RECOGNISED")
    assert again.pop("later/unknown.txt") == ("REJECTED", "FILE_REDACTED")
    assert {outcome for outcome, _ in again.values()} == {"DUPLICATE"}
    before = {t: rows(w, t) for t in TABLES if t not in RECORDS}
    new = {"qpcr/plate.txt": plate("GONE4", "S6")}
    run = load_files(w, site / "new", new, control_names=("NTC", "MOCK"), **hides)
    assert run.result.recomputed_because is not None
    for table, expected in before.items():
        assert_frame_equal(rows(w, table), expected)
    assert secrets_in(w, secrets) == []


def test_without_the_key_or_with_another_nothing_is_touched(
    site: Path, pseudonyms: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Names in `private/` are known by the key alone, so a pseudonym needs it too."""
    write_key(site / "other.key")
    other = f"settle_seconds = 0\npseudonym_key_file = '{site / 'other.key'}'\n"
    before = everything(site / "w")
    for text, words in (
        ("settle_seconds = 0\n", "this warehouse holds pseudonyms, and no key is set"),
        (other, "this is not the key that"),
    ):
        write(site, {"mrd.toml": text})
        for who in (WHO, pseudonyms[WHO]):
            for more in ([], ["--yes"]):
                args = ["forget", "--warehouse", str(site / "w"), "--patient", who, *more]
                assert main(args) == 3
                said = capsys.readouterr()
                assert said.out == ""
                assert words in said.err
                assert said.err.count("\n") == 1
                assert who not in said.err
    assert everything(site / "w") == before


def test_the_command(
    site: Path, pseudonyms: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It counts the records of `private/`, and names files as they are called in the inbox."""
    before = everything(site / "w")
    args = ["forget", "--warehouse", str(site / "w"), "--patient", pseudonyms[WHO]]
    assert main(args) == 0
    out = capsys.readouterr().out
    assert "records of loads in private/\n" in out
    assert f"  {FILE}\n" in out
    assert pseudonyms[WHO] not in out
    assert everything(site / "w") == before
    assert main([*args, "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["is_done"]
    (line,) = (site / "w" / "forgotten.jsonl").read_text(encoding="utf-8").splitlines()
    told = json.loads(line)
    assert {*told} >= {"at", "load_id", "records"}
    assert all(isinstance(v, int) for k, v in told.items() if k not in ("at", "load_id"))


def test_words_that_may_mean_somebody_else_are_shown(site: Path, key_file: Path) -> None:
    """Letters that tables do not show, in the kept row of somebody else, stay and are named by their file."""
    hides = {"pseudonym_key_file": key_file}
    more = f"sample_id,assay_id,run_id,target_copies,control_copies\nS4,qpcr,x {WHO},1,90000\n"
    run = load_files(site / "w", site / "more", {"m.csv": more}, **hides)
    sha256 = run.entries[0].sha256
    expected = [f"private/inputs/{sha256}: rows of somebody else"]
    assert forget(site / "w", **hides).left == expected
    assert forget(site / "w", **hides).is_nothing


def test_a_name_that_nobody_can_tell_is_said(
    site: Path, key_file: Path, pseudonyms: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no file that can be read has the name of a pseudonym, a person is told to look."""
    inside: dict[str, dict[str, str]] = {"patient": {}, "sample": {}, "run": {}}
    monkeypatch.setattr(Names, "of", lambda *given: Names(inside, inside))
    run = Forgetting(site / "w", settings(pseudonym_key_file=key_file), [pseudonyms[WHO]])
    with run.locked():
        (left,) = run.plan().left
    assert left.startswith("private/: 5 of the patient's names, which no file that can be read has")


@pytest.mark.long
def test_amended_merged_and_told(tmp_path: Path, key_file: Path) -> None:
    """Results that amendments moved, merged identities, and a file whose reader was told the sample by its name."""
    w, hides = tmp_path / "w", {"pseudonym_key_file": key_file}
    told = {
        "assays.csv": ASSAYS + "ngs,NGS,IG/TR,GDNA_CELLS,,,,,,\n",
        "manifest.csv": "file_name,sample_id,assay_id\nGONE1_IGH.tsv,GONE1,ngs\nS4_IGH.tsv,S4,ngs\n",
        "ngs/GONE1_IGH.tsv": AIRR,
        "ngs/S4_IGH.tsv": AIRR.replace("\t90\n", "\t80\n"),
    }
    for number, files in enumerate((TIED | told, RESULTS, AMENDMENTS)):
        load_files(w, tmp_path / str(number), files, **hides)
    key = read_key(key_file, w)
    kinds = {WHO: "patient", ALIAS: "patient", **dict.fromkeys(("GONE1", "GONE2", "GONE3"), "sample")}  # fmt: skip
    gone = {name: pseudonym(name, kind, key) for name, kind in kinds.items()}
    s4 = pseudonym("S4", "sample", key)
    before = rows(w, "ngs_measurements").filter(sample_id=s4)
    assert before.height
    assert rows(w, "ngs_measurements").height > before.height
    secrets = (*TIED_SECRETS, *gone.values(), pseudonym("ngs/GONE1_IGH.tsv", "file", key))
    assert {f.split(": ")[1] for f in secrets_in(w, secrets)} == set(secrets)
    counts = forget(w, gone[ALIAS], **hides).counts
    assert (counts.patients, counts.samples, counts.results_of_others) == (2, 3, 2)
    assert secrets_in(w, secrets) == []
    assert_frame_equal(rows(w, "ngs_measurements"), before)
    found = verify(Warehouse(w), "current", quiet, key_file)
    assert (found.exit_status, found.differing) == (0, {})
    assert forget(w, ALIAS, **hides).is_nothing


# -- as by name


@pytest.fixture(scope="module")
def forgotten(
    lived: Path, key_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Give the bytes after a run by name that nothing disturbed."""
    place = tmp_path_factory.mktemp("forgotten") / "site"
    subprocess.run(["cp", "-a", lived, place], check=True)
    forget(place / "w", pseudonym_key_file=key_file)
    return state(place / "w")


def test_by_pseudonym(
    site: Path, key_file: Path, pseudonyms: dict[str, str], forgotten: dict[str, str]
) -> None:
    """The pseudonym does what the name does: its name is found in the kept files."""
    forget(site / "w", pseudonyms[WHO], pseudonym_key_file=key_file)
    assert state(site / "w") == forgotten


@pytest.mark.parametrize("nth", [152])
def test_killed_and_finished(
    lived: Path,
    tmp_path: Path,
    forgotten: dict[str, str],
    key_file: Path,
    secrets: tuple[str, ...],
    nth: int,
) -> None:
    """Killed with the plan half written, or between records of `private/`, the next run finishes as if nothing had been."""
    place = tmp_path / "site"
    assert killed_and_finished(lived, place, nth, forgotten, secrets, pseudonym_key_file=key_file)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_killed_at_every_write(
    lived: Path,
    tmp_path: Path,
    forgotten: dict[str, str],
    key_file: Path,
    secrets: tuple[str, ...],
) -> None:
    """Killed at each single write to disk, one after the other, until a run gets through."""
    nth, place, hides = 1, tmp_path / "site", {"pseudonym_key_file": key_file}
    while killed_and_finished(lived, place, nth, forgotten, secrets, **hides):
        nth += 1
    assert nth > 60
