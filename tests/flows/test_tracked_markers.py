"""Files of clonotypes beside the patient's list: what counts, what is 0, what later loads change."""

from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest

from flows.explain import explain
from tests.effort import first_of
from tests.flows.lab import codes, hashes, load_files, one, rows
from tests.flows.test_incremental import assert_equals_recomputation

HEAD = ("sample_name", "rearrangement", "amino_acid", "frame_type", "templates", "reads", "frequency",
    "productive_frequency", "v_gene", "j_gene")  # fmt: skip
LEUKAEMIC, MINOR = "TGTGCAAAAGATTTTGGACTGG", "TGTGCAAGGTCCTACTGG"


def export(sample: str, clones: Mapping[str, int], *, left_out: int = 0) -> str:
    """Write an immunoSEQ export; templates that are in no line are `left_out` of it."""
    total = sum(clones.values()) + left_out
    lines = [
        (sample, marker, "", "Out", str(n), str(9 * n), repr(n / total), "", "IGHV3-23", "IGHJ4")
        for marker, n in clones.items()
    ]
    return "\n".join("\t".join(line) for line in (HEAD, *lines)) + "\n"


def repertoire(n: int) -> dict[str, int]:
    """Return clones of healthy cells."""
    letters = str.maketrans("0123", "ACGT")
    return {
        f"TGT{i:04d}".translate(letters): 20_000 for i in range(n) if set(str(i)) <= set("0123")
    }


PATIENTS = "patient_id,disease\nP1,MM\nP2,MM\n"
SAMPLES = """\
sample_id,patient_id,collected_on,tissue,timepoint
DX,P1,2023-01-10,BM,DIAGNOSIS
D33,P1,2023-06-10,BM,FOLLOW_UP
OTHER,P2,2023-06-10,BM,FOLLOW_UP
"""
ASSAYS = "assay_id,modality,marker,basis\nclones,NGS,IG/TR,GDNA_CELLS\n"
TRACKED = f"""\
patient_id,marker,marker_class,gene,identified_on
P1,{LEUKAEMIC},CLONOTYPE,IGHV3-23,2023-01-12
"""
DIAGNOSIS = export("DX", {LEUKAEMIC: 90_000, MINOR: 700, **repertoire(100)})
LATER = export("D33", repertoire(333))
SITE = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": ASSAYS}
FILES = {"clones/dx.tsv": DIAGNOSIS, "clones/d33.tsv": LATER}


def verdict(warehouse: Path, sample: str, marker: str) -> tuple[str, str]:
    """Return finding and reason of one marker; of a diagnostic sample myeloma's rules say nothing."""
    row = one(warehouse, "mrd_status", sample_id=sample, marker=marker)
    return row["finding"], row["reason"]


def test_list_added_later_is_that_of_one_load(tmp_path: Path) -> None:
    """Without a list nothing counts; the load of the list makes the same tables as one load of all."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", {**SITE, **FILES})
    assert verdict(warehouse, "DX", LEUKAEMIC) == ("DETECTED", "MARKER_EXCLUDED")
    assert rows(warehouse, "mrd_status").filter(sample_id="D33", marker=LEUKAEMIC).is_empty()
    stored = rows(warehouse, "ngs_measurements")
    run = load_files(warehouse, tmp_path / "2", {"tracked.csv": TRACKED})
    assert codes(run) == []
    assert verdict(warehouse, "DX", LEUKAEMIC) == ("DETECTED", "TIMEPOINT_NOT_IN_RULESET")
    assert verdict(warehouse, "D33", LEUKAEMIC) == ("NOT_DETECTED", "NOT_DETECTED_ADEQUATE")
    absent = one(warehouse, "assay_results", sample_id="D33", marker=LEUKAEMIC)
    assert (absent["numerator"], absent["denominator"]) == (0, sum(repertoire(333).values()))
    assert "absent_from_complete_list" in absent["flags"]
    assert one(warehouse, "sample_remission", sample_id="D33")["status"] == "NEGATIVE"
    # what was measured is as it was: the 0 is derived, not stored as if a file had said it
    assert rows(warehouse, "ngs_measurements").equals(stored)
    load_files(tmp_path / "once", tmp_path / "all", {**SITE, **FILES, "tracked.csv": TRACKED})
    assert hashes(warehouse) == hashes(tmp_path / "once")
    assert_equals_recomputation(warehouse)


@pytest.mark.parametrize(
    "order", first_of(permutations(["tracked.csv", "clones/d33.tsv", "clones/dx.tsv"]), 1)
)
def test_files_and_list_in_any_order(tmp_path: Path, order: Sequence[str]) -> None:
    """The diagnostic file may come last: only then is the clone known to be written like this."""
    load_files(tmp_path / "w", tmp_path / "site", SITE)
    given = {**FILES, "tracked.csv": TRACKED}
    for name in order:
        load_files(tmp_path / "w", tmp_path / name.replace("/", "-"), {name: given[name]})
    load_files(tmp_path / "once", tmp_path / "all", {**SITE, **given})
    assert hashes(tmp_path / "w") == hashes(tmp_path / "once")


def test_list_of_the_largest_clones_proves_nothing(tmp_path: Path) -> None:
    """Twelve templates in no line are 1 in 100,000: no percent, but a clone at MRD level."""
    part = export("D33", repertoire(333), left_out=12)
    warehouse = tmp_path / "w"
    run = load_files(
        warehouse, tmp_path / "1",
        {**SITE, "clones/dx.tsv": DIAGNOSIS, "clones/d33.tsv": part, "tracked.csv": TRACKED},
    )  # fmt: skip
    assert rows(warehouse, "mrd_status").filter(sample_id="D33", marker=LEUKAEMIC).is_empty()
    assert codes(run).count("TRACKED_MARKER_NOT_MENTIONED") == 1
    found = one(warehouse, "findings", code="TRACKED_MARKER_NOT_MENTIONED")
    assert "sample D33, assay clones" in found["message"]
    assert "(1 of 1 of the patient's tracked_markers)" in found["message"]


TURNED = LEUKAEMIC.translate(str.maketrans("ACGT", "TGCA"))[::-1]


@pytest.mark.parametrize(
    "spelling",
    [LEUKAEMIC.lower(), LEUKAEMIC[2:], f"CC{TURNED.lower()}", f"{LEUKAEMIC[:8]}N{LEUKAEMIC[9:]}"],
)  # fmt: skip
def test_clone_written_in_another_way_is_not_absent(tmp_path: Path, spelling: str) -> None:
    """Another read length, strand or case, or a letter not read: 50,000 cells of it are no 0."""
    later = export("D33", {spelling: 50_000, **repertoire(333)})
    files = {"clones/dx.tsv": DIAGNOSIS, "clones/d33.tsv": later, "tracked.csv": TRACKED}
    run = load_files(tmp_path / "w", tmp_path / "1", {**SITE, **files})
    assert rows(tmp_path / "w", "mrd_status").filter(sample_id="D33", marker=LEUKAEMIC).is_empty()
    assert codes(run).count("TRACKED_MARKER_NOT_MENTIONED") == 1
    assert one(tmp_path / "w", "sample_remission", sample_id="D33")["status"] == "NO_CATEGORY"


def test_list_of_another_read_length_proves_nothing(tmp_path: Path) -> None:
    """No clone of the later list is as short as those among which the tracked one was found."""
    longer = {f"GATTACAGATTACA{marker}": n for marker, n in repertoire(333).items()}
    files = {"clones/dx.tsv": DIAGNOSIS, "clones/d33.tsv": export("D33", longer)}
    run = load_files(tmp_path / "w", tmp_path / "1", {**SITE, **files, "tracked.csv": TRACKED})
    assert rows(tmp_path / "w", "mrd_status").filter(sample_id="D33", marker=LEUKAEMIC).is_empty()
    assert codes(run).count("TRACKED_MARKER_NOT_MENTIONED") == 1


def test_locus_of_the_patients_list_is_none_of_the_file(tmp_path: Path) -> None:
    """The diagnostic file gives no gene of the clone: what a person typed does not stand in for it."""
    lines = DIAGNOSIS.splitlines()
    assert LEUKAEMIC in lines[1]
    lines[1] = lines[1].replace("IGHV3-23", "").replace("IGHJ4", "")
    files = {"clones/dx.tsv": "\n".join(lines) + "\n", "clones/d33.tsv": LATER}
    run = load_files(tmp_path / "w", tmp_path / "1", {**SITE, **files, "tracked.csv": TRACKED})
    assert rows(tmp_path / "w", "mrd_status").filter(sample_id="D33", marker=LEUKAEMIC).is_empty()
    assert codes(run).count("TRACKED_MARKER_NOT_MENTIONED") == 1


def test_no_negativity_beside_a_clone_that_was_not_looked_for(tmp_path: Path) -> None:
    """Two clones tracked, one of a locus that no list has: nothing is achieved, confirmed or deep."""
    warehouse = tmp_path / "w"
    files = {
        "samples.csv": SAMPLES + "D90,P1,2024-09-10,BM,FOLLOW_UP\n",
        "clones/dx.tsv": DIAGNOSIS,
        "clones/d33.tsv": LATER,
        "clones/d90.tsv": LATER.replace("D33", "D90"),
        "tracked.csv": TRACKED + "P1,TGTCAACAG,CLONOTYPE,IGKV1-5,2023-01-12\n",
    }
    load_files(warehouse, tmp_path / "1", {**SITE, **files})
    for sample in ("D33", "D90"):
        assert verdict(warehouse, sample, LEUKAEMIC) == ("NOT_DETECTED", "NOT_DETECTED_ADEQUATE")
        told = one(warehouse, "sample_remission", sample_id=sample)
        assert (told["status"], told["depth"]) == ("INDETERMINATE", None)
    assert rows(warehouse, "molecular_events").is_empty()
    summary = one(warehouse, "patient_summary", patient_id="P1")
    assert (summary["last_depth"], summary["best_depth"]) == (None, None)
    # without that clone both are negative, and the later confirms the earlier
    withdrawn = (
        "patient_id,marker,identified_on,is_tracked,is_correction\n"
        "P1,TGTCAACAG,2023-01-12,false,true\n"
    )
    load_files(warehouse, tmp_path / "2", {"withdrawn.csv": withdrawn})
    event = one(warehouse, "molecular_events", patient_id="P1")
    assert (event["event"], event["confirmed_by_sample_id"]) == ("NEGATIVITY_ACHIEVED", "D90")
    assert one(warehouse, "patient_summary", patient_id="P1")["best_depth"] == "MRD<1e-5"
    assert_equals_recomputation(warehouse)


def test_correction_withdraws_a_marker(tmp_path: Path) -> None:
    """A marker taken off the list counts no more, here and in the later samples."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", {**SITE, **FILES, "tracked.csv": TRACKED})
    withdrawn = (
        "patient_id,marker,identified_on,is_tracked,is_correction\n"
        f"P1,{LEUKAEMIC},2023-01-12,false,true\n"
    )
    load_files(warehouse, tmp_path / "2", {"withdrawn.csv": withdrawn})
    assert verdict(warehouse, "DX", LEUKAEMIC) == ("DETECTED", "MARKER_EXCLUDED")
    assert rows(warehouse, "mrd_status").filter(sample_id="D33", marker=LEUKAEMIC).is_empty()
    assert_equals_recomputation(warehouse)


def test_row_of_another_or_unknown_patient_changes_nobody(tmp_path: Path) -> None:
    """A list is the patient's own; one of a patient that is not known yet waits and says nothing."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", {**SITE, **FILES})
    before = rows(warehouse, "mrd_status")
    others = TRACKED.replace("P1,", "P2,") + TRACKED.split("\n")[1].replace("P1,", "PX,") + "\n"
    run = load_files(warehouse, tmp_path / "2", {"tracked.csv": others})
    assert run.result.exit_status == 0
    assert rows(warehouse, "tracked_markers").height == 2
    assert rows(warehouse, "mrd_status").equals(before)
    assert_equals_recomputation(warehouse)


def test_explained_with_file_and_line(tmp_path: Path) -> None:
    """`mrd explain` names the row by which a marker counts, and says of a 0 why it is one."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", {**SITE, **FILES, "tracked.csv": TRACKED})
    assert "  tracked   in patient P1, identified 2023-01-12 — tracked.csv line 2" in explain(
        "DX", warehouse
    )
    later = "\n".join(explain("D33", warehouse))
    assert "tracked.csv line 2" in later
    assert "absent    no row names it: 0 of the" in later
    assert "of its locus in the list clones/d33.tsv, which is complete" in later
    sentence = one(warehouse, "mrd_status", sample_id="D33", marker=LEUKAEMIC)["explanation"]
    assert ", absent from a complete list," in sentence


def test_refused_line_leaves_a_gap(tmp_path: Path) -> None:
    """Two exports that contradict each other in the tracked clone: it is refused, and not absent."""
    warehouse = tmp_path / "w"
    clones = {LEUKAEMIC: 40, MINOR: 60, **repertoire(333)}
    twice = {**clones, LEUKAEMIC: 60, MINOR: 40}
    files = {"clones/a.tsv": export("D33", clones), "clones/b.tsv": export("D33", twice)}
    run = load_files(
        warehouse, tmp_path / "1",
        {**SITE, **files, "clones/dx.tsv": DIAGNOSIS, "tracked.csv": TRACKED},
    )  # fmt: skip
    assert codes(run).count("CONFLICT_IN_LOAD") == 4
    assert rows(warehouse, "mrd_status").filter(sample_id="D33", marker=LEUKAEMIC).is_empty()
    kept = rows(warehouse, "ngs_measurements").filter(sample_id="D33")
    assert kept["is_complete_list"].all()
    assert kept.select(pl.col("marker_count").sum() < pl.col("total_count").first()).item()
    assert "TRACKED_MARKER_NOT_MENTIONED" in codes(run)
