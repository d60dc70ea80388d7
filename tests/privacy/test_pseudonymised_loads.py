"""A site with a key: no name is left outside `private/`, and every word in the tables is the same."""

import json
import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows import summary
from flows.check import check_files
from flows.chosen import Asked
from flows.errors import UserError
from flows.key_file import read_key, write_key
from flows.load import LoadRun, run_load
from flows.pseudonyms import FINGERPRINT, name_inside
from flows.rerun import Rerun, run_rerun
from flows.warehouse import Warehouse
from schemas.fields import FIELDS
from schemas.tables import TABLES
from tests.effort import first_of
from tests.flows.lab import (
    ASSAYS,
    INBOX,
    LAB,
    PCR,
    RECORDS,
    REFERENCE,
    SAMPLES,
    assert_complete,
    codes,
    hashes,
    load,
    load_files,
    one,
    outcomes,
    plate,
    rows,
    settings,
    write,
)
from tests.privacy.marked import SIGN, marked_inbox
from tests.privacy.searching import found_below, names_in
from transforms.pseudonyms import fingerprint, kind_of, pseudonym, pseudonyms


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> LoadRun:
    """Give the sample inbox loaded with the key."""
    return load(tmp_path_factory.mktemp("hidden") / "w", INBOX, pseudonym_key_file=key_file)


def key_of(path: Path) -> bytes:
    """Return the key of a file."""
    return read_key(path, path.parent / "no-warehouse")


def renamed(warehouse: Path, table: str, key: bytes) -> pl.DataFrame:
    """Return a table of a warehouse without pseudonyms with the names replaced, sorted by its key."""
    held = rows(warehouse, table)
    for column in held.columns:
        kind = kind_of(column) if column in FIELDS else None
        if kind is not None:
            held = held.with_columns(pseudonyms(held[column], kind, key))
    return ordered(held, table)


def ordered(held: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return rows sorted by key, without the sentences that name samples."""
    return held.sort(TABLES[table].key, nulls_last=False, maintain_order=True).drop(
        "explanation", strict=False
    )


def assert_same_words(plain: Path, warehouse: Path, key: bytes) -> None:
    """Check that two warehouses say the same, one of them by pseudonyms."""
    for table in TABLES:
        if table not in RECORDS:
            expected, held = renamed(plain, table, key), ordered(rows(warehouse, table), table)
            assert held.equals(expected), table


def assert_nothing_left(warehouse: Path, names: set[str]) -> None:
    """Check that no name is left outside the folder for the owner alone, and that the search finds names."""
    assert found_below(warehouse, names, but=[warehouse / "private"]) == {}
    assert set().union(*found_below(warehouse / "private", names).values())


def test_classification_is_the_same(
    hidden: LoadRun, sample_warehouse: Path, key_file: Path
) -> None:
    """All tables of the sample inbox are those of a load without a key, with the names replaced."""
    assert_same_words(sample_warehouse, hidden.warehouse.root, key_of(key_file))
    assert_complete(hidden.warehouse.root)


def test_no_name_is_left(hidden: LoadRun, sample_warehouse: Path) -> None:
    """No patient, sample, run or file of the sample inbox is named in any byte outside `private/`."""
    names = names_in(sample_warehouse)
    assert len(names) > 800
    assert_nothing_left(hidden.warehouse.root, names)
    printed = summary.text(hidden) + summary.as_json(hidden)
    assert not [n for n in names if n in printed]


def test_every_kind_of_file_and_defect(tmp_path: Path, key_file: Path) -> None:
    """Instruments, messages, layouts, refused files and rejected rows: the sign in all their names is left nowhere."""
    inbox = marked_inbox(tmp_path / "in")
    plain = load(tmp_path / "plain", inbox)
    run = load(tmp_path / "w", inbox, pseudonym_key_file=key_file)
    assert codes(run) == codes(plain)
    assert (run.result.files, run.result.rows) == (plain.result.files, plain.result.rows)
    assert_same_words(tmp_path / "plain", tmp_path / "w", key_of(key_file))
    assert_nothing_left(tmp_path / "w", names_in(tmp_path / "plain"))
    for path in (tmp_path / "w").rglob("*"):
        if path.is_file() and not path.is_relative_to(tmp_path / "w" / "private"):
            assert SIGN.encode() not in path.read_bytes(), path
    assert SIGN not in (summary.text(run) + summary.as_json(run)).replace(str(tmp_path), "")


def test_the_key_is_nowhere(hidden: LoadRun, key_file: Path) -> None:
    """Neither the key nor its path is in the warehouse; the manifest knows it by its fingerprint."""
    root, key = hidden.warehouse.root, key_of(key_file)
    for path in root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert key not in data
            assert key.hex().encode() not in data
            assert str(key_file).encode() not in data
    manifest = json.loads((root / "current" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest[FINGERPRINT] == fingerprint(key)
    assert "pseudonym_key_file" not in manifest["settings"]
    assert key.hex() not in repr(hidden.reading.door)


def test_private_is_for_the_owner_alone(hidden: LoadRun) -> None:
    """Inputs and records as they came lie in `private/`: folders 0700, files 0400; nothing lies in `inputs/`."""
    private = hidden.warehouse.private
    paths = [private, *private.rglob("*")]
    assert {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_dir()} == {0o700}
    assert {stat.S_IMODE(p.stat().st_mode) for p in paths if p.is_file()} == {0o400}
    assert not (hidden.warehouse.root / "inputs").exists()
    kept = {p.name for p in (private / "inputs").iterdir()}
    assert kept == set(rows(hidden.warehouse.root, "source_files")["sha256"])


def test_findings_keep_line_and_code(hidden: LoadRun, sample_warehouse: Path) -> None:
    """A finding keeps its file (by pseudonym), line and code; its words and its row are in `private/`."""
    place = ["source_sha256", "source_line", "code", "severity"]
    public, before = (rows(w, "findings") for w in (hidden.warehouse.root, sample_warehouse))
    assert (
        public.select(place).unique().sort(place).equals(before.select(place).unique().sort(place))
    )
    assert public["raw_row"].null_count() == public.height
    full = pl.read_parquet(hidden.warehouse.private / "findings" / f"{hidden.load_id}.parquet")
    rejected = full.filter(pl.col("severity") == "REJECTED")
    assert set(rejected["source_name"]) == set(
        before.filter(pl.col("severity") == "REJECTED")["source_name"]
    )
    assert set(rejected["raw_row"]) == set(before["raw_row"].drop_nulls())


WAITS = (
    "sample_id,assay_id,run_id,replicate,target_copies,control_copies\nS9009,qpcr,R9,1,7,90000\n"
)
COMES_LATE = "sample_id,patient_id,collected_on,tissue\nS9009,P2,2023-09-01,PB\n"
CORRECTED = "patient_id,disease,transcript,is_correction\nP1,CML,e1a2,true\n"
OTHERWISE = PCR.replace("40000", "41000")
HIGHER = "sample_id,assay_id,run_id,replicate,target_copies,control_copies,result_version\nS2,qpcr,R2,1,900,60000,2\n"
PLATE = {"qpcr/S2-plate.txt": plate("S2", "S3", "S7007")}
AIRR = (
    "sequence_id\tsequence\trev_comp\tproductive\tv_call\td_call\tj_call\tjunction\tjunction_aa\tduplicate_count\n"
    "a\tACGTTT\tT\tT\tIGHV1-1*01\tD1\tJ1\tTGTAAATGG\tCKW\t90\n"
    "b\tACGTCC\tT\tT\tIGHV2-5*01\tD1\tJ1\tTGTCCCTGG\tCPW\t10\n"
)
LOADS: tuple[Mapping[str, str], ...] = (
    PLATE,
    {"pcr.csv": PCR, "samples.csv": SAMPLES, "waits.csv": WAITS},
    {**REFERENCE, "flow.csv": LAB["flow.csv"]},
    {"late.csv": COMES_LATE, "bad-S3.csv": WAITS.replace(",7,", ",seven,")},
    {"again.csv": OTHERWISE, "higher.csv": HIGHER},
    {"corrected.csv": CORRECTED},
    {**PLATE, "pcr.csv": PCR},
)


@pytest.fixture(scope="module")
def loads(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> dict[str, list[LoadRun]]:
    """Give the same loads one after another into a warehouse without and one with pseudonyms."""
    folder = tmp_path_factory.mktemp("loads")
    kinds: dict[str, dict[str, Any]] = {"plain": {}, "hidden": {"pseudonym_key_file": key_file}}
    return {
        kind: [
            load_files(folder / kind / "w", folder / kind / f"inbox{n}", files, **changed)
            for n, files in enumerate(LOADS)
        ]
        for kind, changed in kinds.items()
    }


def test_loads_in_turn(loads: dict[str, list[LoadRun]], key_file: Path) -> None:
    """Waiting files and rows, corrections, conflicts, versions and repeats end alike, load by load."""
    for plain, hidden in zip(loads["plain"], loads["hidden"], strict=True):
        assert hidden.result.files == plain.result.files
        assert hidden.result.rows == plain.result.rows
        assert hidden.result.pending == plain.result.pending
        assert codes(hidden) == codes(plain)
        assert outcomes(hidden) == outcomes(plain)
    plain_root, root = loads["plain"][-1].warehouse.root, loads["hidden"][-1].warehouse.root
    assert {"CONFLICT_WITH_STORED", "PENDING"} <= set(rows(root, "findings")["code"])
    assert_same_words(plain_root, root, key_of(key_file))
    # shorter ones stand by chance in bytes that are no text
    names = {n for n in names_in(plain_root) if len(n) > 4} | {"S7007", "S9009", "S2-plate"}
    assert_nothing_left(root, names)


def test_recomputation_from_nothing(loads: dict[str, list[LoadRun]], key_file: Path) -> None:
    """A setting that reads instrument files again recomputes all from `private/`, to the same tables."""
    last = loads["hidden"][-1]
    root = last.warehouse.root
    before = hashes(root)
    run = LoadRun(
        last.paths,
        root,
        settings(pseudonym_key_file=key_file, control_names=("NTC", "other control")),
    )
    run_load(run)
    assert "FILE_REPLACED" in codes(run)
    assert hashes(root) == before


def test_conflict_names_pseudonyms(loads: dict[str, list[LoadRun]], key_file: Path) -> None:
    """A finding made inside names sample and file by pseudonym, so that both can be looked up."""
    run = loads["hidden"][4]
    found = run.records["findings"].filter(code="CONFLICT_WITH_STORED").to_dicts()
    assert found
    key = key_of(key_file)
    assert f"of {pseudonym('pcr.csv', 'file', key)}" in found[0]["message"]
    assert found[0]["source_name"] == pseudonym("again.csv", "file", key)


def test_rerun_previews_and_publishes(loads: dict[str, list[LoadRun]], key_file: Path) -> None:
    """A rerun needs the key, finds a patient by name or pseudonym, and keeps the fingerprint."""
    root = loads["hidden"][-1].warehouse.root
    own = settings(pseudonym_key_file=key_file)
    file = root.with_name("own.toml")
    file.write_text(f"pseudonym_key_file = '{key_file}'\n", encoding="utf-8")
    inside = name_inside("P1", "patient", root, file)
    assert name_inside(inside, "patient", root) == inside
    rerun = Rerun(root, own, {"CML": "esmo-cml-2017"})
    found = run_rerun(rerun, key_file, Asked(patients=(inside,)), publish=True)
    assert found.patients["patient_id"].to_list() == [inside]
    assert assert_complete(root)[FINGERPRINT] == fingerprint(key_of(key_file))
    with pytest.raises(UserError, match="no key is set"):
        run_rerun(Rerun(root, settings(), {}), key_file, Asked(), publish=False)


def test_names_alike_are_told_across_loads(tmp_path: Path, key_file: Path) -> None:
    """Two names that differ in case or blanks are found by the first letters of their pseudonyms."""
    w, hides = tmp_path / "w", {"pseudonym_key_file": key_file}
    head = "sample_id,assay_id,target_copies,control_copies\n"
    load_files(w, tmp_path / "1", LAB, **hides)
    run = load_files(
        w, tmp_path / "2", {"x.csv": f"{head}s1,qpcr,3,30000\nS 77,qpcr,1,40000\n"}, **hides
    )
    (found,) = run.records["findings"].filter(code="SAMPLE_NAMES_ALIKE").to_dicts()
    key = key_of(key_file)
    assert set(found["value"].split("; ")) == {pseudonym(n, "sample", key) for n in ("S1", "s1")}
    again = load_files(w, tmp_path / "3", {"y.csv": f"{head}s-77,qpcr,3,30000\n"}, **hides)
    assert "SAMPLE_NAMES_ALIKE" in codes(again)


def test_near_names_of_what_waits_too_long(
    tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that waits too long is told with the samples whose names differ in case or signs."""
    hides = {"pseudonym_key_file": key_file}
    row = "sample_id,assay_id,target_copies,control_copies\ns-2x,qpcr,3,30000\n"
    load_files(tmp_path / "w", tmp_path / "1", {"x.csv": row}, **hides)
    near = SAMPLES.replace("S2,", "S 2X,")
    load_files(tmp_path / "w", tmp_path / "2", {**REFERENCE, "samples.csv": near}, **hides)
    run = LoadRun([write(tmp_path / "3", {"pcr.csv": PCR})], tmp_path / "w", settings(**hides))
    run.started_at += timedelta(days=31)
    run_load(run)
    (found,) = run.records["findings"].filter(code="PENDING_TOO_LONG").to_dicts()
    key = key_of(key_file)
    waits, known = (pseudonym(n, "sample", key) for n in ("s-2x", "S 2X"))
    assert found["value"] == waits
    assert f"sample {waits} (similar: {known})" in found["message"]


def test_check_against_pseudonyms(tmp_path: Path, key_file: Path) -> None:
    """`mrd check` compares with what is stored and tells names as they are in the files at hand."""
    own = settings(pseudonym_key_file=key_file)
    w = Warehouse(tmp_path / "w")
    load_files(w.root, tmp_path / "1", LAB, pseudonym_key_file=key_file)
    files = {
        "n.csv": PCR.replace("40000", "41000") + "S9,qpcr,R9,1,seven,90000\nS10,qpcr,R9,1,7,90000\n"
    }
    folder = write(tmp_path / "2", files)
    checked = check_files([folder], own, w)
    plain_w = Warehouse(tmp_path / "plain")
    load_files(plain_w.root, tmp_path / "1", LAB)
    plain = check_files([folder], settings(), plain_w)
    assert checked.files.equals(plain.files)
    assert (
        checked.missing == plain.missing == {"samples": [*plain.missing["samples"][:1], "S10,,,"]}
    )
    place = ["source_line", "code"]
    said, expected = (c.findings.sort(place) for c in (checked, plain))
    assert said.select(place).equals(expected.select(place))
    assert said.filter(code="NOT_A_NUMBER").equals(expected.filter(code="NOT_A_NUMBER"))
    (conflict,) = said.filter(code="CONFLICT_WITH_STORED")["message"]
    assert f"of {pseudonym('pcr.csv', 'file', key_of(key_file))}" in conflict


@pytest.mark.parametrize("how", first_of(["manifest later", "pattern", "manifest"], 2))
def test_files_that_do_not_name_their_sample(tmp_path: Path, key_file: Path, how: str) -> None:
    """A manifest row or a pattern tells the sample of a file; both sides are hashed alike."""
    manifest = "file_name,sample_id\nS4_IGH.tsv,S4\n"
    patterns: dict[str, Any] = (
        {"file_names": {"ngs": "{sample_id}_IGH.tsv"}} if how == "pattern" else {}
    )
    assays = ASSAYS + "ngs,NGS,IG/TR,GDNA_CELLS,,,,,,\n"
    first = {**REFERENCE, "assays.csv": assays, "ngs/S4_IGH.tsv": AIRR}
    if how == "manifest":
        first["manifest.csv"] = manifest
    for name, changed in (("plain", {}), ("hidden", {"pseudonym_key_file": key_file})):
        run = load_files(tmp_path / name, tmp_path / f"{name}-1", first, **patterns, **changed)
        assert (run.result.files.get("PENDING", 0) == 1) == (how == "manifest later")
        if how == "manifest later":
            load_files(tmp_path / name, tmp_path / f"{name}-2", {"m.csv": manifest}, **changed)
    held = rows(tmp_path / "hidden", "ngs_measurements")
    assert set(held["sample_id"]) == {pseudonym("S4", "sample", key_of(key_file))}
    assert_same_words(tmp_path / "plain", tmp_path / "hidden", key_of(key_file))
    assert_nothing_left(tmp_path / "hidden", {"S4", "S4_IGH.tsv", "S4_IGH"})
    # read again from nothing as it was told then
    again = load_files(
        tmp_path / "hidden", tmp_path / "hidden-1", first, **patterns,
        pseudonym_key_file=key_file, control_names=("NTC", "other control"),
    )  # fmt: skip
    assert again.result.recomputed_because
    assert_same_words(tmp_path / "plain", tmp_path / "hidden", key_of(key_file))


def test_folder_of_no_assay_is_no_name(tmp_path: Path, key_file: Path) -> None:
    """An instrument file that waits in a folder called by a patient leaves no word of it."""
    files = {**REFERENCE, "Miller-77/plate.txt": plate("S2")}
    run = load_files(tmp_path / "w", tmp_path / "1", files, pseudonym_key_file=key_file)
    assert run.result.files["PENDING"] == 1
    assert_nothing_left(tmp_path / "w", {"Miller-77", "plate.txt"})
    later = {"a.csv": ASSAYS.replace("qpcr", "Miller-77").replace("ngf", "other")}
    load_files(tmp_path / "w", tmp_path / "2", later, pseudonym_key_file=key_file)
    assert one(tmp_path / "w", "pcr_measurements")["assay_id"] == "Miller-77"


def test_tubes_and_replicates_that_are_more_than_positions(tmp_path: Path, key_file: Path) -> None:
    """`A1` and `12` stay; any other text there may hold a name, and is replaced."""
    head = "sample_id,assay_id,run_id,replicate,target_copies,control_copies\n"
    texts = ["A1", "12", "Miller left tube"]
    pcr = head + "".join(f"S2,qpcr,R2,{t},0,50000\n" for t in texts)
    load_files(
        tmp_path / "w", tmp_path / "1", {**REFERENCE, "p.csv": pcr}, pseudonym_key_file=key_file
    )
    expected = {"A1", "12", pseudonym("Miller left tube", "text", key_of(key_file))}
    assert set(rows(tmp_path / "w", "pcr_measurements")["replicate"]) == expected


def test_names_that_are_part_of_other_words(tmp_path: Path, key_file: Path) -> None:
    """A sample called `1` or `qpcr` takes nothing from an assay, marker or value that holds these letters."""
    files = {
        n: t.replace("S1,", "1,").replace("S2,", "qpcr,").replace("P1", "p210")
        for n, t in LAB.items()
    }
    load_files(tmp_path / "plain", tmp_path / "1", files)
    load_files(tmp_path / "w", tmp_path / "1", files, pseudonym_key_file=key_file)
    assert one(tmp_path / "plain", "mrd_status", sample_id="1")["patient_id"] == "p210"
    assert_same_words(tmp_path / "plain", tmp_path / "w", key_of(key_file))


def test_left_parts_are_removed(tmp_path: Path, key_file: Path) -> None:
    """What a killed load left in `private/` is gone after the next one."""
    w = tmp_path / "w"
    load_files(w, tmp_path / "1", LAB, pseudonym_key_file=key_file)
    left = [w / "private" / "inputs" / ".part-1", w / "private" / "findings" / ".part-1-x.parquet"]
    for path in left:
        path.write_text("Miller", encoding="utf-8")
    load_files(w, tmp_path / "2", {"x.csv": COMES_LATE}, pseudonym_key_file=key_file)
    assert not [p for p in left if p.exists()]


def test_another_key_or_none_stops(tmp_path: Path, key_file: Path) -> None:
    """A warehouse is loaded with the key it was begun with, or without one if it was begun so."""
    other = tmp_path / "other.key"
    write_key(other)
    load_files(tmp_path / "hidden", tmp_path / "1", LAB, pseudonym_key_file=key_file)
    load_files(tmp_path / "plain", tmp_path / "1", LAB)
    before = hashes(tmp_path / "hidden", with_records=True)
    with pytest.raises(UserError, match=r"this is not the key that .* was begun with"):
        load(tmp_path / "hidden", tmp_path / "1", pseudonym_key_file=other)
    with pytest.raises(UserError, match="holds pseudonyms, and no key is set"):
        load(tmp_path / "hidden", tmp_path / "1")
    with pytest.raises(UserError, match="begun without pseudonyms and holds names as they came"):
        load(tmp_path / "plain", tmp_path / "1", pseudonym_key_file=key_file)
    assert not (tmp_path / "plain" / "private").exists()
    assert hashes(tmp_path / "hidden", with_records=True) == before


def test_missing_private_folder_stops(tmp_path: Path, key_file: Path) -> None:
    """A restored warehouse without `private/` says so, and its tables stay readable."""
    w = tmp_path / "w"
    load_files(w, tmp_path / "1", LAB, pseudonym_key_file=key_file)
    record = next((w / "private" / "source_files").iterdir())
    record.rename(tmp_path / "record")
    with pytest.raises(
        UserError, match="the record of a load is missing; restore it from a backup"
    ):
        load(w, tmp_path / "1", pseudonym_key_file=key_file)
    (w / "private").rename(tmp_path / "lost")
    with pytest.raises(UserError, match="private: the folder is missing"):
        load(w, tmp_path / "1", pseudonym_key_file=key_file)
    assert rows(w, "mrd_status").height


def test_key_among_the_files_stops(tmp_path: Path) -> None:
    """A key in the inbox would be kept with the inputs."""
    write_key(tmp_path / "mrd.key")
    with pytest.raises(UserError, match="the key lies among the files to load"):
        load_files(tmp_path / "w", tmp_path, LAB, pseudonym_key_file=tmp_path / "mrd.key")
    assert not (tmp_path / "w").exists()
