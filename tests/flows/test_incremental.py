"""Loads in any order and size give what one load of everything gives; later rows change earlier results."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import flows.load
from flows.rules import active_rules, rule_hashes, rule_texts
from flows.settings import Settings
from schemas.tables import DERIVED_TABLES, INPUT_TABLES
from tests.flows.lab import (
    ASSAYS,
    INBOX,
    LAB,
    PATIENTS,
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
    write,
)
from transforms.amend import with_amendments
from transforms.derive import derive
from transforms.ingest import ParsedLoad, ReadFile, parse_files
from transforms.kits.assay_rows import with_kits
from transforms.kits.catalogue import KITS
from transforms.layouts.parse import parse_layout
from transforms.pipeline import ingested_from_nothing
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings


def assert_equals_recomputation(
    warehouse: Path, control_names: Sequence[str] = Settings().control_names
) -> None:
    """Check a warehouse against its kept inputs, read again load by load into memory."""
    files = rows(warehouse, "source_files").filter(outcome="LOADED")
    order = rows(warehouse, "loads")["load_id"].sort().to_list()
    last_read = {
        sha256: load_id
        for load_id in order
        for sha256 in files.filter(load_id=load_id)["sha256"].to_list()
    }
    named = with_kits(rows(warehouse, "assays").filter("is_current"), KITS)
    names = {
        r["assay_id"]: AssayNames(r["assay_id"], r["target_name"], r["control_name"], r["marker"])
        for r in named.to_dicts()
    }
    folders = dict(files.select("sha256", "folder_assay_id").rows())
    layouts = dict(files.select("sha256", "layout_sha256").rows())
    reader_settings = ReaderSettings(tuple(control_names))
    loads: list[ParsedLoad] = []
    for load_id in order:
        read = []
        for number, sha256 in enumerate(sorted(s for s, at in last_read.items() if at == load_id)):
            inputs = warehouse / "inputs"
            used = [parse_layout((inputs / n).read_bytes(), n) for n in [layouts[sha256]] if n]
            reader, text = find_reader((inputs / sha256).read_bytes(), used)
            assay = names.get(folders[sha256] or "")
            read.append(ReadFile(number, sha256, reader.read(text, assay, reader_settings)))
        loads.append(parse_files(read))
    ingested = ingested_from_nothing(loads[:-1], loads[-1])
    inputs = with_amendments({name: r.rows for name, r in ingested.tables.items()})
    derived = derive(inputs, active_rules(Settings())).tables
    for table in (*INPUT_TABLES, *DERIVED_TABLES):
        stored = rows(warehouse, table.name)
        fresh = (inputs | dict(derived))[table.name].select(stored.columns)
        by = [*table.key, *(c for c in ("source_sha256", "source_line") if c in stored.columns)]
        assert_frame_equal(fresh.sort(by), stored.sort(by), check_exact=True)


def in_steps(warehouse: Path, folder: Path, steps: Sequence[Mapping[str, str]]) -> None:
    """Load sets of files one after the other."""
    for number, files in enumerate(steps):
        load_files(warehouse, folder / str(number), files)


@pytest.fixture(scope="session")
def lab_hashes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the bytes that one load of the whole laboratory leaves."""
    folder = tmp_path_factory.mktemp("lab")
    load_files(folder / "w", folder / "in", LAB)
    return hashes(folder / "w")


ORDERS = (
    ("pcr.csv", "flow.csv", "assays.csv", "samples.csv", "patients.csv"),
    ("assays.csv", "samples.csv", "patients.csv", "flow.csv", "pcr.csv"),
)


@pytest.mark.parametrize("order", ORDERS, ids=lambda o: o[0].removesuffix(".csv") + "-first")
def test_one_file_at_a_time_in_any_order(
    tmp_path: Path, lab_hashes: dict[str, str], order: Sequence[str]
) -> None:
    """Five files one by one end in the same bytes as one load, whatever the order."""
    in_steps(tmp_path / "steps", tmp_path, [{name: LAB[name]} for name in order])
    assert hashes(tmp_path / "steps") == lab_hashes
    assert_complete(tmp_path / "steps")


def _sample_files() -> list[str]:
    return sorted(p.relative_to(INBOX).as_posix() for p in INBOX.rglob("*") if p.is_file())


def _copy(folder: Path, names: Sequence[str]) -> Path:
    return write(folder, {name: (INBOX / name).read_bytes() for name in names})


def test_sample_inbox_in_three_loads(sample_warehouse: Path, tmp_path: Path) -> None:
    """Results first, then instruments and half of the reference, then the rest: the same bytes."""
    names = _sample_files()
    late = [n for n in names if n.startswith("reference/")]
    first = [n for n in names if n.startswith(("qpcr/", "ngs/"))]
    second = [n for n in names if n not in (*late, *first)] + late[::2]
    for number, part in enumerate((first, second, late[1::2])):
        load(tmp_path / "w", _copy(tmp_path / str(number), part))
    assert hashes(tmp_path / "w") == hashes(sample_warehouse)
    assert_equals_recomputation(tmp_path / "w")


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sample_inbox_file_by_file(sample_warehouse: Path, tmp_path: Path, seed: int) -> None:
    """All sample files one by one in a random order give the same bytes as one load."""
    names = _sample_files()
    random.Random(seed).shuffle(names)
    for number, name in enumerate(names):
        # a layout is looked for beside its table
        layout = [
            n
            for n in names
            if n.endswith(".toml") and n.rpartition("/")[0] == name.rpartition("/")[0]
        ]
        load(tmp_path / "w", _copy(tmp_path / str(number), [*layout, name]))
    assert hashes(tmp_path / "w") == hashes(sample_warehouse)
    assert_equals_recomputation(tmp_path / "w")


def test_warehouse_equals_recomputation_from_nothing(sample_warehouse: Path) -> None:
    """The sample warehouse is what its kept inputs give when they are read again."""
    assert_equals_recomputation(sample_warehouse)


# -- what waits


@pytest.mark.parametrize(
    ("late", "word", "waiting"),
    [
        ("samples.csv", "sample S1", 6),
        ("patients.csv", "patient P1", 6),
        ("assays.csv", "assay qpcr", 6),
    ],
)
def test_pending_result_is_classified_by_the_load_that_brings_what_was_missing(
    tmp_path: Path, lab_hashes: dict[str, str], late: str, word: str, waiting: int
) -> None:
    """A result waits as an accepted row of year 0, is named, and is classified when it can be."""
    warehouse = tmp_path / "w"
    early = {name: text for name, text in LAB.items() if name != late}
    run = load_files(warehouse, tmp_path / "1", early)
    assert (run.result.exit_status, run.result.pending) == (0, waiting)
    assert run.result.rows["rows_rejected"] == 0
    assert rows(warehouse, "mrd_status").is_empty()
    for table in ("pcr_measurements", "flow_measurements"):
        files = [p.parent.name for p in (warehouse / "current" / table).rglob("*.parquet")]
        assert files == ["collected_year=0"]
    said = rows(warehouse, "findings").filter(code="PENDING").sort("source_name")
    assert said["source_name"].to_list() == ["flow.csv", "pcr.csv"]
    assert word in said["message"][1]
    later = load_files(warehouse, tmp_path / "2", {late: LAB[late]})
    assert later.result.pending == 0
    assert rows(warehouse, "mrd_status").height == 4
    assert hashes(warehouse) == lab_hashes


def test_instrument_file_waits_for_its_assay(tmp_path: Path) -> None:
    """A plate under an unknown assay is PENDING, and LOADED by the load that brings the assay."""
    warehouse = tmp_path / "w"
    files = {
        "patients.csv": PATIENTS,
        "samples.csv": SAMPLES,
        "qpcr/plate.txt": plate("S2", "S3"),
    }
    run = load_files(warehouse, tmp_path / "1", files)
    assert outcomes(run)["qpcr/plate.txt"] == ("PENDING", "ASSAY_NOT_KNOWN_FOR_FILE")
    assert (run.result.exit_status, run.result.pending) == (0, 4)
    assert codes(run) == ["ASSAY_NOT_KNOWN_FOR_FILE"]
    again = load(warehouse, tmp_path / "1")
    assert not again.result.published
    later = load_files(warehouse, tmp_path / "2", {"assays.csv": ASSAYS})
    assert outcomes(later)["qpcr/plate.txt"] == ("LOADED", None)
    assert later.result.pending == 0
    assert rows(warehouse, "mrd_status")["sample_id"].sort().to_list() == ["S2", "S3"]
    load_files(tmp_path / "once", tmp_path / "all", {**files, "assays.csv": ASSAYS})
    assert hashes(warehouse) == hashes(tmp_path / "once")
    assert_equals_recomputation(warehouse)
    third = load(warehouse, tmp_path / "1")
    assert set(outcomes(third).values()) == {("DUPLICATE", "REPEATED_ROW")}


def test_long_waiting_result_is_for_review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 31 days a load names the result that still waits, and a sample of a similar name."""
    warehouse = tmp_path / "w"
    waits = "sample_id,assay_id,replicate,target_copies,control_copies\ns-02,qpcr,1,9,80000\n"
    load_files(warehouse, tmp_path / "1", {**LAB, "waits.csv": waits})

    def days_later(days: int) -> None:
        class Later(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:
                return datetime.now(UTC) + timedelta(days=days)

        monkeypatch.setattr("flows.load.datetime", Later)

    days_later(29)
    early = load_files(warehouse, tmp_path / "2", {"p.csv": "patient_id,disease\nP8,MM\n"})
    assert codes(early) == []
    days_later(31)
    late = load_files(warehouse, tmp_path / "3", {"p.csv": "patient_id,disease\nP9,MM\n"})
    assert codes(late) == ["PENDING_TOO_LONG"]
    found = one(warehouse, "findings", code="PENDING_TOO_LONG")
    assert (found["source_name"], found["source_line"], found["value"]) == ("waits.csv", 2, "s-02")
    assert "sample s-02 (similar: S2)" in found["message"]
    days_later(40)
    again = load_files(warehouse, tmp_path / "4", {"p.csv": "patient_id,disease\nP10,MM\n"})
    assert codes(again) == [], "said once, not by every load"


# -- corrections and versions


def test_corrected_patient_is_recomputed_alone(tmp_path: Path) -> None:
    """A corrected transcript changes the results of this patient and no other; the old row stays."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    before = rows(warehouse, "mrd_status").sort("sample_id")
    run = load_files(
        warehouse,
        tmp_path / "2",
        {
            "p.csv": "patient_id,disease,transcript,diagnosed_on,is_correction\nP1,CML,e1a2,2022-01-10,true\n"
        },
    )
    assert run.result.patients == 1
    after = rows(warehouse, "mrd_status").sort("sample_id")
    others = pl.col("patient_id") != "P1"
    assert_frame_equal(after.filter(others), before.filter(others))
    changed = after.filter(~others)["status"].cast(pl.String).to_list()
    assert changed != before.filter(~others)["status"].cast(pl.String).to_list()
    assert one(warehouse, "mrd_status", sample_id="S2")["status"] != "NEGATIVE"
    stored = rows(warehouse, "patients").filter(patient_id="P1").sort("is_current")
    assert stored.select("transcript", "is_current").rows() == [("e14a2", False), ("e1a2", True)]
    assert_equals_recomputation(warehouse)


def test_contradicting_reference_row_is_rejected(tmp_path: Path) -> None:
    """Without `is_correction` a row that contradicts a stored one is rejected, and both are named."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    before = hashes(warehouse)
    run = load_files(
        warehouse, tmp_path / "2", {"other.csv": "patient_id,disease,transcript\nP1,CML,e1a2\n"}
    )
    assert (run.result.exit_status, codes(run)) == (1, ["CONFLICT_WITH_STORED"])
    found = one(warehouse, "findings", code="CONFLICT_WITH_STORED")
    assert (found["source_name"], found["source_line"]) == ("other.csv", 2)
    assert "line 2 of patients.csv" in found["message"]
    assert "transcript e1a2 against e14a2" in found["message"]
    assert found["raw_row"] == "P1,CML,e1a2"
    assert hashes(warehouse) == before


def test_contradicting_measurement_is_rejected(tmp_path: Path) -> None:
    """Other numbers at the same version are rejected, both lines are named, nothing changes."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    before = hashes(warehouse)
    run = load_files(
        warehouse,
        tmp_path / "2",
        {
            "other.csv": "sample_id,assay_id,run_id,replicate,target_copies,control_copies\nS2,qpcr,R2,1,77,60000\n"
        },
    )
    assert (run.result.exit_status, codes(run)) == (1, ["CONFLICT_WITH_STORED"])
    message = one(warehouse, "findings", code="CONFLICT_WITH_STORED")["message"]
    assert "line 4 of pcr.csv" in message
    assert "target_copies 77" in message
    assert hashes(warehouse) == before


def test_higher_version_supersedes(tmp_path: Path) -> None:
    """A measurement of a higher version counts; the row it supersedes stays and is not current."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    assert one(warehouse, "assay_results", sample_id="S3")["finding"] == "NOT_DETECTED"
    again = (
        "sample_id,assay_id,run_id,replicate,target_copies,control_copies,result_version\n"
        "S3,qpcr,R3,1,900,90000,2\n"
    )
    run = load_files(warehouse, tmp_path / "2", {"again.csv": again})
    assert run.result.exit_status == 0
    result = one(warehouse, "assay_results", sample_id="S3")
    assert (result["finding"], result["n_replicates"]) == ("DETECTED", 1)
    assert result["level_fraction"] == pytest.approx(0.8 * 900 / 90000)
    stored = rows(warehouse, "pcr_measurements").filter(sample_id="S3").sort("result_version")
    assert stored.select("result_version", "target_copies", "is_current").rows() == [
        (1, 0.0, False),
        (2, 900.0, True),
    ]
    assert_equals_recomputation(warehouse)


def test_reassigned_sample_changes_both_patients(tmp_path: Path) -> None:
    """A sample that belonged to another patient leaves the one and joins the other."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    run = load_files(
        warehouse,
        tmp_path / "2",
        {
            "s.csv": "sample_id,patient_id,collected_on,tissue,timepoint,is_correction\nS2,P2,2023-01-12,PB,FOLLOW_UP,true\n"
        },
    )
    assert run.result.patients == 2
    assert one(warehouse, "patient_summary", patient_id="P1")["n_samples"] == 1
    assert one(warehouse, "patient_summary", patient_id="P2")["n_samples"] == 2
    assert one(warehouse, "mrd_status", sample_id="S2")["patient_id"] == "P2"
    stored = rows(warehouse, "samples").filter(sample_id="S2").sort("is_current")
    assert stored.select("patient_id", "is_current").rows() == [("P1", False), ("P2", True)]
    assert_equals_recomputation(warehouse)


def test_corrected_date_moves_a_sample_to_another_year(tmp_path: Path) -> None:
    """All rows of a sample whose year was wrong move with it, and no row is left behind."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    load_files(
        warehouse,
        tmp_path / "2",
        {
            "s.csv": "sample_id,patient_id,collected_on,tissue,timepoint,is_correction\nS1,P1,2021-12-30,PB,DIAGNOSIS,true\n"
        },
    )
    current = warehouse / "current"
    for table in ("pcr_measurements", "assay_results", "mrd_status", "sample_remission"):
        by_year = pl.read_parquet(current / table / "**" / "*.parquet", hive_partitioning=True)
        assert by_year.filter(sample_id="S1")["collected_year"].unique().to_list() == [2021], table
        assert not (current / table / "collected_year=2022").exists()
    assert_equals_recomputation(warehouse)
    assert_complete(warehouse)


def test_expired_factor_then_corrected(tmp_path: Path) -> None:
    """Without a factor in force a detected result has no level; a corrected window gives it one."""
    warehouse = tmp_path / "w"
    expired = ASSAYS.replace("2020-01-01,,", "2020-01-01,2022-12-31,")
    run = load_files(warehouse, tmp_path / "1", {**LAB, "assays.csv": expired})
    assert codes(run) == ["NO_CONVERSION_FACTOR"]
    assert one(warehouse, "assay_results", sample_id="S2")["level_fraction"] is None
    assert one(warehouse, "mrd_status", sample_id="S2")["status"] == "INDETERMINATE"
    head, row = ASSAYS.splitlines()[:2]
    correction = f"{head},is_correction\n{row},true\n"
    later = load_files(warehouse, tmp_path / "2", {"assays.csv": correction})
    assert later.result.patients == 2, "those with a result of this assay"
    level = one(warehouse, "assay_results", sample_id="S2")["level_fraction"]
    assert level == pytest.approx(0.8 * 3 / 121000)
    assert_equals_recomputation(warehouse)


# -- what is read again


def test_changed_setting_reads_a_file_again(tmp_path: Path) -> None:
    """With other control names a plate is read again and replaces what it gave before."""
    warehouse = tmp_path / "w"
    files = {**REFERENCE, "qpcr/plate.txt": plate("S2", "QC")}
    first = load_files(warehouse, tmp_path / "in", files)
    assert first.result.pending == 1
    assert rows(warehouse, "pcr_measurements")["sample_id"].to_list() == ["QC", "S2"]
    names = (*Settings().control_names, "qc")
    again = load(warehouse, tmp_path / "in", control_names=names)
    assert "FILE_REPLACED" in codes(again)
    assert outcomes(again)["qpcr/plate.txt"] == ("LOADED", None)
    assert rows(warehouse, "pcr_measurements")["sample_id"].to_list() == ["S2"]
    assert again.result.pending == 0
    assert_equals_recomputation(warehouse, names)
    load_files(tmp_path / "once", tmp_path / "in2", files, control_names=names)
    assert hashes(warehouse) == hashes(tmp_path / "once")
    third = load(warehouse, tmp_path / "in", control_names=names)
    assert not third.result.published


def test_changed_rule_file_recomputes_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a rule file has changed, the next load recomputes every patient, once, and says why."""
    warehouse = tmp_path / "w"
    inbox = write(tmp_path / "in", LAB)
    load(warehouse, inbox)
    before = hashes(warehouse)
    other = {**rule_hashes(), "eln-cml-2020.toml": "0" * 64}
    monkeypatch.setattr(flows.load, "rule_hashes", lambda: other)
    run = load(warehouse, inbox)
    assert run.result.published
    assert run.result.recomputed_because == "a rule file has changed"
    assert (run.result.patients, run.result.exit_status) == (3, 0)
    assert assert_complete(warehouse)["rule_hashes"] == other
    assert hashes(warehouse) == before
    assert not load(warehouse, inbox).result.published


def test_changed_program_recomputes_what_was_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results that an older program got wrong are right after the next load, whatever it brings."""
    warehouse = tmp_path / "w"
    load_files(tmp_path / "right", tmp_path / "in", LAB)
    with monkeypatch.context() as older:
        older.setattr("transforms.derive.mrd_status", _wrong_status)
        older.setattr(flows.load, "code_version", lambda: "0.0.1+older")
        load(warehouse, tmp_path / "in")
    assert hashes(warehouse) != hashes(tmp_path / "right")
    run = load_files(warehouse, tmp_path / "2", {"flow.csv": LAB["flow.csv"]})
    assert run.result.recomputed_because == "the program has changed"
    assert hashes(warehouse) == hashes(tmp_path / "right")


def _wrong_status(rows: pl.DataFrame) -> pl.DataFrame:
    from transforms.classify.status import mrd_status

    return mrd_status(rows).with_columns(pl.lit("written by an older program").alias("explanation"))


@pytest.fixture
def site_ruleset(monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the id of a rule set for CML that is not the default."""
    texts = rule_texts()
    shipped = texts["eln-cml-2020.toml"]
    texts["site-cml-1.toml"] = shipped.replace('id = "eln-cml-2020"', 'id = "site-cml-1"')
    monkeypatch.setattr("flows.rules.rule_texts", lambda: texts)
    return "site-cml-1"


def test_other_ruleset_is_kept_by_later_loads(tmp_path: Path, site_ruleset: str) -> None:
    """A rule set chosen by a setting stays active when a later load does not name it."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB, rulesets={"CML": site_ruleset})
    run = load_files(warehouse, tmp_path / "2", {"p.csv": "patient_id,disease\nP8,MM\n"})
    assert run.result.recomputed_because is None
    assert assert_complete(warehouse)["rulesets"]["CML"] == site_ruleset
    assert set(rows(warehouse, "mrd_status").filter(disease="CML")["ruleset"]) == {site_ruleset}


def test_default_ruleset_can_be_chosen_again(tmp_path: Path, site_ruleset: str) -> None:
    """Naming the default brings it back, recomputes everything, and equals a warehouse of it."""
    warehouse = tmp_path / "w"
    inbox = write(tmp_path / "1", LAB)
    load(warehouse, inbox, rulesets={"CML": site_ruleset})
    results = {n: h for n, h in hashes(warehouse).items() if n.startswith("assay_results")}
    run = load(warehouse, inbox, rulesets={"CML": "eln-cml-2020"})
    assert run.result.recomputed_because == "another rule set is active"
    after = hashes(warehouse)
    assert {n: h for n, h in after.items() if n.startswith("assay_results")} == results
    load(tmp_path / "plain", inbox)
    assert after == hashes(tmp_path / "plain")


def test_refused_file_offered_again_publishes_nothing(tmp_path: Path) -> None:
    """A file that was refused is refused again without a new snapshot, still with status 1."""
    warehouse = tmp_path / "w"
    inbox = write(tmp_path / "in", {**LAB, "empty.csv": "", "other.csv": "a,b\n1,2\n"})
    first = load(warehouse, inbox)
    assert first.result.exit_status == 1
    again = load(warehouse, inbox)
    assert (again.result.published, again.result.exit_status) == (False, 1)
    assert outcomes(again)["empty.csv"] == ("REJECTED", "FILE_EMPTY")
    assert outcomes(again)["other.csv"] == ("REJECTED", "FILE_NOT_RECOGNISED")


def test_plate_is_read_again_when_its_names_were_corrected(tmp_path: Path) -> None:
    """A plate refused for its target names loads after the assay row was corrected, as its remedy says."""
    warehouse = tmp_path / "w"
    wrong = ASSAYS.replace("BCR-ABL,ABL1", "FUSION,CONTROL")
    files = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "qpcr/plate.txt": plate("S2")}
    first = load_files(warehouse, tmp_path / "in", {**files, "assays.csv": wrong})
    assert outcomes(first)["qpcr/plate.txt"] == ("REJECTED", "TARGET_NOT_IN_FILE")
    head, row = ASSAYS.splitlines()[:2]
    corrected = {"assays.csv": f"{head},is_correction\n{row},true\n"}
    second = load_files(warehouse, tmp_path / "2", corrected)
    assert outcomes(second)["qpcr/plate.txt"] == ("LOADED", None)
    assert rows(warehouse, "mrd_status")["sample_id"].to_list() == ["S2"]
    again = load(warehouse, tmp_path / "in" / "qpcr" / "plate.txt")
    assert outcomes(again)["plate.txt"] == ("DUPLICATE", "REPEATED_ROW")


def test_plate_moved_to_its_right_folder_replaces(tmp_path: Path) -> None:
    """The same plate under another assay folder is read for that assay and replaces the old rows."""
    warehouse = tmp_path / "w"
    two = ASSAYS + ASSAYS.splitlines()[1].replace("qpcr,", "qpcr2,", 1) + "\n"
    load_files(
        warehouse, tmp_path / "1", {**REFERENCE, "assays.csv": two, "qpcr/p.txt": plate("S2")}
    )
    run = load_files(warehouse, tmp_path / "2", {"qpcr2/p.txt": plate("S2")})
    assert "FILE_REPLACED" in codes(run)
    assert rows(warehouse, "pcr_measurements")["assay_id"].to_list() == ["qpcr2"]
    assert rows(warehouse, "mrd_status")["assay_id"].to_list() == ["qpcr2"]
    assert_equals_recomputation(warehouse)


def test_repeated_rows_change_no_result(tmp_path: Path, lab_hashes: dict[str, str]) -> None:
    """A longer export that holds the rows of an earlier one leaves results where they are."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    again = LAB["pcr.csv"] + "\n"
    run = load_files(warehouse, tmp_path / "2", {"again.csv": again})
    assert run.result.rows["rows_ignored"] == run.result.rows["rows_read"] == 5
    assert (run.result.exit_status, run.result.pending) == (0, 0)
    assert codes(run) == ["REPEATED_ROW"]
    assert set(hashes(warehouse)) == set(lab_hashes)
    assert_equals_recomputation(warehouse)


@pytest.mark.parametrize("first", ["short", "long"])
def test_overlapping_exports_in_any_order(tmp_path: Path, first: str) -> None:
    """Rows that two files give carry the same source whichever file came first."""
    tables = ("patients.csv", "samples.csv", "pcr.csv")
    short = LAB
    long = {f"again-{name}": LAB[name] + "\n" for name in tables}
    steps = [short, long] if first == "short" else [long, short]
    in_steps(tmp_path / "steps", tmp_path, steps)
    load_files(tmp_path / "once", tmp_path / "in", {**short, **long})
    assert hashes(tmp_path / "steps") == hashes(tmp_path / "once")


def test_one_file_read_again_keeps_the_sources_of_all_others(tmp_path: Path) -> None:
    """When one plate is replaced, every other row still names the file and line it came from."""
    warehouse = tmp_path / "w"
    files = {**LAB, "qpcr/plate.txt": plate("S4", "QC")}
    load_files(warehouse, tmp_path / "in", files)
    where = ["source_sha256", "source_line"]
    before = {t: rows(warehouse, t).select(where).sort(where) for t in ("samples", "patients")}
    names = (*Settings().control_names, "qc")
    run = load(warehouse, tmp_path / "in" / "qpcr", control_names=names)
    assert codes(run).count("FILE_REPLACED") == 1
    for table, sources in before.items():
        assert_frame_equal(rows(warehouse, table).select(where).sort(where), sources)
    assert_equals_recomputation(warehouse, names)


def test_empty_load_after_a_change_of_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load whose only file is refused still recomputes everything when rules have changed."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    monkeypatch.setattr(flows.load, "rule_hashes", lambda: {"x.toml": "0" * 64})
    run = load_files(warehouse, tmp_path / "2", {"empty.csv": ""})
    assert (run.result.published, run.result.patients, run.result.exit_status) == (True, 3, 1)
