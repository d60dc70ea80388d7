"""`mrd forget` beside what else a warehouse has: pseudonyms, older formats, texts of reruns, amendments, merged identities."""

import json
import re
import tarfile
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from flows.errors import UserError
from flows.forget import Forgetting
from flows.pseudonyms import write_key
from flows.verify import verify, verify_all
from flows.warehouse import Warehouse
from tests.faults.test_upgrade import FORMAT_3
from tests.flows.lab import (
    LAB,
    assert_complete,
    everything,
    load_files,
    rows,
    settings,
    write,
)
from tests.flows.test_forget import forget


def quiet(words: str) -> None:
    """Tell nobody what goes on."""


# -- refusals


def test_pseudonyms_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a warehouse with pseudonyms nothing is touched, by name or pseudonym, with the key or without."""
    key = tmp_path / "site.key"
    write_key(key)
    w = tmp_path / "w"
    load_files(w, tmp_path / "in", LAB, pseudonym_key_file=key)
    pseudonym = str(rows(w, "patients")["patient_id"][0])
    before = everything(tmp_path)
    for who in ("P1", pseudonym):
        for more in ([], ["--yes"]):
            assert main(["forget", "--warehouse", str(w), "--patient", who, *more]) == 2
            said = capsys.readouterr()
            assert said.out == ""
            assert (
                "does not work in a warehouse with pseudonyms, and nothing was changed" in said.err
            )
            assert "load them into a new warehouse with the same key" in said.err
            assert who not in said.err
    with pytest.raises(UserError, match="warehouse with pseudonyms"):
        Forgetting(w, settings(pseudonym_key_file=key), ["P1"])
    # `private/` was lost or is elsewhere: the manifest alone says that there are pseudonyms
    (w / "private").rename(tmp_path / "away")
    with pytest.raises(UserError, match="warehouse with pseudonyms"):
        Forgetting(w, settings(pseudonym_key_file=key), ["P1"])
    (tmp_path / "away").rename(w / "private")
    assert everything(tmp_path) == before


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Give a warehouse of format 3."""
    with tarfile.open(FORMAT_3) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "w"


def test_a_current_snapshot_of_an_older_format_is_refused(older: Path) -> None:
    """A warehouse that no load has upgraded yet is not touched."""
    before = everything(older)
    with pytest.raises(UserError, match=r"is of format 3, and nothing was changed; run mrd load, "):
        Forgetting(older, settings(), ["P1"])
    assert everything(older) == before


# -- history of an older format


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
