"""Amended results and merged patients in a warehouse: whatever came first, and back again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

import flows.load
from flows.check import check_files
from flows.errors import UserError
from flows.explain import explain, explain_course
from tests.effort import first_of
from tests.flows.lab import (
    ASSAYS,
    LAB,
    PATIENTS,
    SAMPLES,
    codes,
    hashes,
    load_files,
    one,
    plate,
    rows,
    settings,
    write,
)
from tests.flows.test_incremental import assert_equals_recomputation, in_steps

AMENDED = "sample_id,assay_id,run_id,up_to_version,action,correct_sample_id,amended_on,amendment_reason,is_correction\n"  # fmt: skip
MERGED = "patient_id,merged_into_patient_id,merged_on,is_merged,is_correction\n"
COPIES = "sample_id,assay_id,run_id,replicate,target_copies,control_copies,result_version\n"
WITHDRAWN = {"amendments.csv": AMENDED + "S2,qpcr,R2,1,WITHDRAWN,,2024-02-01,wrong plate,\n"}
EXCHANGED = {
    "amendments.csv": AMENDED
    + "S2,qpcr,R2,,REASSIGNED,S3,2024-02-01,exchanged,\nS3,qpcr,R3,,REASSIGNED,S2,2024-02-01,exchanged,\n"
}
JOINED = {"aliases.csv": MERGED + "P2,P1,2024-03-01,,\n"}
TREATED = {
    "treatments.csv": "patient_id,therapy,started_on,stopped_on\nP1,TKI,2022-01-20,\nP2,TKI,2022-02-10,\n"
}


@pytest.mark.parametrize("amendment", [WITHDRAWN, EXCHANGED, JOINED], ids=["withdrawn", "exchanged", "joined"])  # fmt: skip
@pytest.mark.parametrize("first", first_of(["amendment", "results"], 1))
def test_order_of_loads_does_not_matter(
    tmp_path: Path, amendment: dict[str, str], first: str
) -> None:
    """Results first or amendment first, the bytes are those of one load of both."""
    steps: Sequence[dict[str, str]] = [LAB, amendment] if first == "results" else [amendment, LAB]
    in_steps(tmp_path / "steps", tmp_path, steps)
    load_files(tmp_path / "once", tmp_path / "in", {**LAB, **amendment})
    assert hashes(tmp_path / "steps") == hashes(tmp_path / "once")
    assert_equals_recomputation(tmp_path / "steps")


def test_withdrawn_result_stays_readable_and_counts_nowhere(tmp_path: Path) -> None:
    """Its rows say so, the sample is in no table of results, and `explain` says why."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    run = load_files(warehouse, tmp_path / "2", WITHDRAWN)
    assert (codes(run), run.result.patients) == ([], 1)
    stored = rows(warehouse, "pcr_measurements").filter(sample_id="S2")
    assert stored.select("counts_for_sample_id", "is_current").unique().rows() == [(None, False)]
    for table in ("assay_results", "mrd_status", "sample_remission"):
        assert rows(warehouse, table).filter(sample_id="S2").is_empty()
    told = "\n".join(explain("S2", warehouse))
    assert (
        "2024-02-01  results of sample S2, assay qpcr, run R2, result_version up to 1, are withdrawn, because: "
        "wrong plate — amendments.csv line 2" in told
    )
    assert "pcr.csv line 4: run_id R2, replicate 1, target_copies 3" in told
    assert "No result of this sample counts" in told


def test_corrected_result_after_a_withdrawal(tmp_path: Path) -> None:
    """A late copy of what was withdrawn is told and does not count; a higher version counts."""
    warehouse = tmp_path / "w"
    in_steps(warehouse, tmp_path, [LAB, WITHDRAWN])
    late = load_files(
        warehouse, tmp_path / "3", {"late.csv": COPIES + "S2,qpcr,R2,3,700,60000,1\n"}
    )
    assert codes(late) == ["RESULT_UNDER_AMENDMENT"]
    said = one(warehouse, "findings", code="RESULT_UNDER_AMENDMENT")
    assert (said["source_name"], said["source_line"]) == ("late.csv", 2)
    assert "withdrawn by line 2 of amendments.csv" in said["message"]
    assert rows(warehouse, "assay_results").filter(sample_id="S2").is_empty()
    again = load_files(warehouse, tmp_path / "4", {"again.csv": COPIES + "S2,qpcr,R2,1,40,60000,2\n"})  # fmt: skip
    assert codes(again) == []
    assert one(warehouse, "assay_results", sample_id="S2")["numerator"] == 40
    assert_equals_recomputation(warehouse)


def test_withdrawal_taken_back(tmp_path: Path) -> None:
    """KEPT in a correction brings the result back as it was."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    before = hashes(warehouse)
    load_files(warehouse, tmp_path / "2", WITHDRAWN)
    assert hashes(warehouse) != before
    kept = AMENDED + "S2,qpcr,R2,1,KEPT,,2024-02-03,it was the right plate,true\n"
    assert codes(load_files(warehouse, tmp_path / "3", {"kept.csv": kept})) == []
    after = hashes(warehouse)
    assert {n for n in after if after[n] != before.get(n)} == {"amendments/part-0.parquet"}
    assert "count as written, because: it was the right plate" in "\n".join(explain("S2", warehouse))  # fmt: skip


def test_exchanged_tubes_change_both_courses(tmp_path: Path) -> None:
    """The positive result moves to the other patient, the negative one comes back."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", LAB)
    run = load_files(warehouse, tmp_path / "2", EXCHANGED)
    assert run.result.patients == 2
    assert one(warehouse, "assay_results", sample_id="S2")["finding"] == "NOT_DETECTED"
    assert one(warehouse, "assay_results", sample_id="S3")["finding"] == "DETECTED"
    by_year = pl.read_parquet(warehouse / "current" / "pcr_measurements" / "**" / "*.parquet", hive_partitioning=True)  # fmt: skip
    assert set(by_year.filter(sample_id="S2")["collected_year"]) == {2023}
    told = "\n".join(explain("S3", warehouse))
    assert "target_copies 3, control_copies 60000, result_version 1 (written for sample S2)" in told
    assert "target_copies 0, control_copies 90000, result_version 1 (counts for sample S2)" in told


WAITS = {"waits.csv": COPIES + "s-03,qpcr,R9,1,12,80000,1\n"}


@pytest.mark.parametrize("action", ["WITHDRAWN,", "REASSIGNED,S3"])
def test_waiting_result_is_settled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    """What waited for a sample that never was waits no more, and nobody is asked about it later."""
    warehouse = tmp_path / "w"
    waits = load_files(warehouse, tmp_path / "1", {**LAB, **WAITS})
    assert waits.result.pending == 1
    amendment = AMENDED + f"s-03,qpcr,,,{action},2024-02-01,slip of the pen,\n"
    run = load_files(warehouse, tmp_path / "2", {"amendments.csv": amendment})
    assert run.result.pending == 0
    has_result = rows(warehouse, "assay_results").filter(sample_id="S3")["n_replicates"].to_list()
    assert has_result == ([2] if "S3" in action else [1])

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=40)

    monkeypatch.setattr(flows.load, "datetime", Later)
    late = load_files(warehouse, tmp_path / "3", {"p.csv": "patient_id,disease\nP9,MM\n"})
    assert codes(late) == []
    assert "no samples row is known" in explain("s-03", warehouse)[0]
    assert_equals_recomputation(warehouse)


def test_reassigned_to_a_sample_that_is_not_known_yet(tmp_path: Path) -> None:
    """The result waits for the right sample, which is named, not for the one that was written."""
    warehouse = tmp_path / "w"
    amendment = {"amendments.csv": AMENDED + "S3,qpcr,,,REASSIGNED,S9,2024-02-01,,\n"}
    run = load_files(warehouse, tmp_path / "1", {**LAB, **amendment})
    assert run.result.pending == 1
    assert "sample S9" in one(warehouse, "findings", code="PENDING")["message"]
    missing = check_files([tmp_path / "1"], settings(), None).missing
    assert missing["samples"][1:] == ["S9,,,"]
    sample = "sample_id,patient_id,collected_on,tissue\nS9,P1,2023-09-01,PB\n"
    later = load_files(warehouse, tmp_path / "2", {"s.csv": sample})
    assert later.result.pending == 0
    assert one(warehouse, "assay_results", sample_id="S9")["patient_id"] == "P1"
    assert_equals_recomputation(warehouse)


def test_wells_of_a_plate_are_reassigned(tmp_path: Path) -> None:
    """An amendment reaches the rows of an instrument file, also when its assay comes later."""
    warehouse = tmp_path / "w"
    files = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "qpcr/plate.txt": plate("S2")}
    amendment = {"amendments.csv": AMENDED + "S2,qpcr,,,REASSIGNED,S3,2024-02-01,,\n"}
    early = load_files(warehouse, tmp_path / "1", {**files, **amendment})
    assert "AMENDMENT_WITHOUT_EFFECT" in codes(early)
    late = load_files(warehouse, tmp_path / "2", {"assays.csv": ASSAYS})
    assert codes(late).count("RESULT_UNDER_AMENDMENT") == 1
    assert rows(warehouse, "mrd_status")["sample_id"].to_list() == ["S3"]


# -- merged patients


def test_joined_patients_have_one_course_and_part_again(tmp_path: Path) -> None:
    """Everything of the one counts for the other; a correction restores both, byte for byte."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", {**LAB, **TREATED})
    before = hashes(warehouse)
    run = load_files(warehouse, tmp_path / "2", JOINED)
    assert codes(run) == ["MERGED_ROWS_DIFFER"]
    assert set(rows(warehouse, "mrd_status")["patient_id"]) == {"P1", "P3"}
    assert one(warehouse, "patient_summary", patient_id="P1")["n_samples"] == 3
    assert rows(warehouse, "patient_summary").filter(patient_id="P2").is_empty()
    assert one(warehouse, "samples", sample_id="S3")["patient_id"] == "P2", "as it was written"
    course = explain_course("P2", warehouse)
    assert course[0] == "Patient P2 is patient P1, merged on 2024-03-01 — aliases.csv line 2"
    assert course[1:] == explain_course("P1", warehouse)
    assert sum("  TKI, until" in line for line in course) == 2, "treatments told under both names"
    told = explain("S3", warehouse)
    assert told[0].startswith("Sample S3: patient P2")
    assert told[1:3] == [course[0], "Patient P1: CML, transcript e14a2 — patients.csv line 2"]
    undone = {"undone.csv": MERGED + "P2,P1,2024-03-09,false,true\n"}
    assert load_files(warehouse, tmp_path / "3", undone).result.patients == 2
    after = hashes(warehouse)
    assert {n for n in after if after[n] != before.get(n)} == {"patient_aliases/part-0.parquet"}


def test_merge_on_hold_until_the_patients_agree(tmp_path: Path) -> None:
    """Two diseases are not joined; the load that corrects the wrong one joins them."""
    warehouse = tmp_path / "w"
    aliases = {"aliases.csv": MERGED + "P3,P1,2024-03-01,,\n"}
    held = load_files(warehouse, tmp_path / "1", {**LAB, **aliases})
    assert codes(held) == ["MERGE_ON_HOLD"]
    assert one(warehouse, "patient_summary", patient_id="P3")["disease"] == "MM"
    assert "not joined to P1: patients has more than one disease: CML, MM" in explain_course("P3", warehouse)[0]  # fmt: skip
    right = "patient_id,disease,diagnosed_on,is_correction\nP3,CML,2022-01-10,true\n"
    joined = load_files(warehouse, tmp_path / "2", {"p.csv": right})
    assert codes(joined) == []
    assert set(rows(warehouse, "mrd_status")["patient_id"]) == {"P1", "P2"}
    assert_equals_recomputation(warehouse)


def test_everything_recomputed_with_a_name_that_has_no_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The identity that goes on may be known by the merge alone, and is one patient all the same."""
    warehouse = tmp_path / "w"
    aliases = {"aliases.csv": MERGED + "P2,NEW,2024-03-01,,\n"}
    load_files(warehouse, tmp_path / "1", {**LAB, **aliases})
    assert one(warehouse, "patient_summary", patient_id="NEW")["n_samples"] == 1
    before = hashes(warehouse)
    monkeypatch.setattr(flows.load, "rule_hashes", lambda: {"x.toml": "0" * 64})
    again = load_files(warehouse, tmp_path / "2", {"empty.csv": ""})
    assert again.result.published
    assert hashes(warehouse) == before


def test_name_that_is_nowhere(tmp_path: Path) -> None:
    """A patient that nobody knows is still not known."""
    load_files(tmp_path / "w", tmp_path / "1", {**LAB, **JOINED})
    with pytest.raises(UserError, match="no patient of this name"):
        explain_course("P7", tmp_path / "w")


def test_template_can_be_loaded_as_it_is_filled(tmp_path: Path) -> None:
    """A filled template with an empty last column is read like any other."""
    file = write(tmp_path, WITHDRAWN) / "amendments.csv"
    assert check_files([file], settings(), None).found() == []
