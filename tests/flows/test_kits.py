"""A kit's name alone through whole loads: classified at once, and overruled by a row that comes later."""

from pathlib import Path

import pytest

from flows.check import check_files
from tests.effort import first_of
from tests.flows.lab import (
    PATIENTS,
    SAMPLES,
    codes,
    hashes,
    load_files,
    one,
    rows,
    settings,
    write,
)
from tests.flows.test_incremental import assert_equals_recomputation, in_steps
from tests.unit.message_files import r32

KIT = "xpert-bcr-abl-ultra"
REFERENCE = {"patients.csv": PATIENTS, "samples.csv": SAMPLES}
RESULTS = f"sample_id,assay_id,reported_call\nS2,{KIT},NOT_DETECTED\nS3,{KIT},NOT_DETECTED\n"
OWN = f"assay_id,kit,lod_fraction\n{KIT},{KIT},0.00005\n"
STEPS = [{**REFERENCE}, {"results.csv": RESULTS}, {"assays.csv": OWN}]


def test_nothing_waits_for_an_assay_that_is_a_kit(tmp_path: Path) -> None:
    """Results wait for their samples alone, and are classified by the load that brings these."""
    early = load_files(tmp_path / "w", tmp_path / "0", {"results.csv": RESULTS})
    assert early.result.pending == 2
    waiting = rows(tmp_path / "w", "findings")["message"].to_list()
    assert all("sample" in m and f"assay {KIT}" not in m for m in waiting), waiting
    run = load_files(tmp_path / "w", tmp_path / "1", REFERENCE)
    assert (run.result.pending, codes(run)) == (0, [])
    assert rows(tmp_path / "w", "mrd_status")["depth"].to_list() == ["MR4.5", "MR4.5"]
    assert rows(tmp_path / "w", "assays").is_empty()


def test_a_later_row_of_the_laboratory_changes_what_was_proved(tmp_path: Path) -> None:
    """The kit's limit proves MR4.5; the laboratory's own, which comes a load later, only MR4."""
    in_steps(tmp_path / "w", tmp_path, STEPS[:2])
    assert one(tmp_path / "w", "mrd_status", sample_id="S2")["depth"] == "MR4.5"
    assert_equals_recomputation(tmp_path / "w")
    load_files(tmp_path / "w", tmp_path / "own", STEPS[2])
    assert rows(tmp_path / "w", "mrd_status")["depth"].to_list() == ["MR4", "MR4"]
    assert one(tmp_path / "w", "assays")["loq_fraction"] == pytest.approx(0.00005)
    assert_equals_recomputation(tmp_path / "w")


NEGATIVE = "NEGATIVE [Sufficient ABL transcript]^"


def test_a_folder_that_is_called_like_a_kit_needs_no_row(tmp_path: Path) -> None:
    """A GeneXpert export is read and classified by the name of its folder; p190 in it is rejected."""
    files = {**REFERENCE, f"{KIT}/a.hl7": r32(NEGATIVE, "S2", target_ct="0.0", analyte="NEG")}
    run = load_files(tmp_path / "w", tmp_path / "0", files)
    assert (run.result.pending, codes(run)) == (0, [])
    assert one(tmp_path / "w", "mrd_status", sample_id="S2")["depth"] == "MR4.5"
    other = r32(NEGATIVE, "S3", target_ct="0.0", analyte="NEG", cartridge="9", test="BCR-ABL p190")
    run = load_files(tmp_path / "w", tmp_path / "1", {f"{KIT}/b.hl7": other})
    assert codes(run) == ["TEST_OF_OTHER_MARKER"]
    assert one(tmp_path / "w", "source_files", name=f"{KIT}/b.hl7")["outcome"] == "REJECTED"
    right = {f"{KIT}-p190/b.hl7": other}
    assert codes(load_files(tmp_path / "v", tmp_path / "2", {**REFERENCE, **right})) == []
    result = one(tmp_path / "v", "assay_results", sample_id="S3")
    assert (result["assay_id"], result["basis"]) == (f"{KIT}-p190", "RNA_RATIO")


def test_the_range_that_a_message_prints_is_not_the_assays(tmp_path: Path) -> None:
    """The laboratory's own limit comes later: it holds, and the file is read again to say that they differ."""
    files = {**REFERENCE, f"{KIT}/a.hl7": r32(NEGATIVE, "S2", target_ct="0.0", analyte="NEG")}
    assert codes(load_files(tmp_path / "w", tmp_path / "0", files)) == []
    run = load_files(tmp_path / "w", tmp_path / "1", STEPS[2])
    assert sorted(codes(run)) == ["FILE_REPLACED", "PRINTED_RANGE_DIFFERS"]
    found = one(tmp_path / "w", "findings", code="PRINTED_RANGE_DIFFERS")
    assert (found["severity"], found["source_place"]) == ("NOTE", "OBX-7")
    assert "0.0030 to 55.00 % (IS)" in found["message"] and "0.005 % (IS)" in found["message"]
    assert one(tmp_path / "w", "mrd_status", sample_id="S2")["depth"] == "MR4"
    assert_equals_recomputation(tmp_path / "w")
    deeper = (
        f"assay_id,kit,lod_fraction,loq_fraction,is_correction\n{KIT},{KIT},0.00001,0.00001,true\n"
    )
    load_files(tmp_path / "w", tmp_path / "2", {"deeper.csv": deeper})
    found = rows(tmp_path / "w", "findings").filter(code="PRINTED_RANGE_DIFFERS").sort("load_id")
    assert found["severity"].to_list() == ["NOTE", "REVIEW"]


def cartridge(words: str, status: str, sent: str) -> str:
    """Write a message about the one cartridge of S2."""
    return r32(words, "S2", cartridge="78", status=status, sent=sent)


INVALID = "INVALID [Too high ABL transcript]^"
SENT = (
    cartridge(INVALID, "F", "20240611080000"),
    cartridge(INVALID, "C", "20240612080000"),
    cartridge("POSITIVE [0.5% (IS) and MR2.30]^0.5", "C", "20240613080000"),
)


@pytest.mark.parametrize(
    "order", first_of([(2, 1, 0), "all", (0, 1, 2), (1, 2), (0, 2)], 2), ids=str
)
def test_the_latest_correction_holds_whatever_comes_last(
    tmp_path: Path, order: tuple[int, ...] | str
) -> None:
    """A correction that comes late says nothing of the cartridge: neither its result nor that it was invalid."""
    files = [SENT[n] for n in order] if isinstance(order, tuple) else ["".join(reversed(SENT))]
    steps = [{f"{KIT}/{n}.hl7": text} for n, text in enumerate(files)]
    in_steps(tmp_path / "w", tmp_path, [REFERENCE, *steps])
    result = one(tmp_path / "w", "assay_results")
    assert (result["finding"], result["level_fraction"]) == ("DETECTED", pytest.approx(0.005))
    assert one(tmp_path / "w", "runs", is_current=True)["is_valid"] is True
    assert rows(tmp_path / "w", "findings").is_empty()
    assert_equals_recomputation(tmp_path / "w")


def test_check_misses_no_row_of_a_kit(tmp_path: Path) -> None:
    """Neither for a cell nor for a folder with a kit's name."""
    export = r32(NEGATIVE, "S2", target_ct="0.0", analyte="NEG")
    folder = write(tmp_path / "in", {**REFERENCE, "r.csv": RESULTS, f"{KIT}/a.hl7": export})
    assert check_files([folder], settings(), None).missing == {}


@pytest.mark.parametrize("order", first_of([(2, 1, 0), (0, 1, 2), (1, 2, 0)], 1), ids=str)
def test_any_order_gives_the_same_bytes(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Result, reference and the laboratory's row of a kit, in any order and together."""
    in_steps(tmp_path / "w", tmp_path, [STEPS[n] for n in order])
    load_files(tmp_path / "all", tmp_path / "in", {k: v for s in STEPS for k, v in s.items()})
    assert hashes(tmp_path / "w") == hashes(tmp_path / "all")
