"""Files that do not say whose sample they hold, or whose names hold more: manifest rows and patterns."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from flows.check import check_files
from flows.explain import explain
from flows.layouts import Held, find_with
from flows.warehouse import Warehouse
from tests.flows.lab import (
    ASSAYS,
    PATIENTS,
    REFERENCE,
    SAMPLES,
    codes,
    hashes,
    load,
    load_files,
    outcomes,
    plate,
    rows,
    settings,
    write,
)
from transforms.problems import FileRefusedError
from transforms.readers.content import Content
from transforms.readers.reader import Reader

AIRR = (
    "sequence_id\tsequence\trev_comp\tproductive\tv_call\td_call\tj_call\tjunction\tjunction_aa\tduplicate_count\n"
    "a\tACGTTT\tT\tT\tIGHV1-1*01\tD1\tJ1\tTGTAAATGG\tCKW\t90\n"
    "b\tACGTCC\tT\tT\tIGHV2-5*01\tD1\tJ1\tTGTCCCTGG\tCPW\t10\n"
)
NGS = "igh,NGS,IG/TR,GDNA_CELLS,,,,,,\n"
FILES = {
    "patients.csv": PATIENTS,
    "samples.csv": SAMPLES,
    "assays.csv": ASSAYS + NGS,
    "igh/S4_IGH_run7.tsv": AIRR,
}
PATTERN = {"igh": "{sample_id}_IGH_{*}.tsv"}
MANIFEST = "file_name,sample_id\nS4_IGH_run7.tsv,S4\n"
WAITS = ("PENDING", "SAMPLE_NOT_KNOWN_FOR_FILE")


def samples(warehouse: Path, table: str = "ngs_measurements") -> list[str]:
    """Return the samples of a table."""
    return sorted(set(rows(warehouse, table)["sample_id"]))


def test_without_manifest_or_pattern_the_file_waits(tmp_path: Path) -> None:
    """It is PENDING with that reason, and a later manifest row lets it be read."""
    warehouse = tmp_path / "w"
    run = load_files(warehouse, tmp_path / "1", FILES)
    assert outcomes(run)["igh/S4_IGH_run7.tsv"] == WAITS
    later = load_files(warehouse, tmp_path / "2", {"manifest.csv": MANIFEST})
    assert outcomes(later)["igh/S4_IGH_run7.tsv"] == ("LOADED", None)
    assert samples(warehouse) == ["S4"]


def test_explain_of_a_sample_without_a_result(tmp_path: Path) -> None:
    """Its only file waits: the words say where to look, instead of ending in silence."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", FILES)
    told = explain("S4", warehouse)
    assert told[0].startswith("Sample S4: patient P3, BM")
    assert told[-1].startswith(
        "No stored result names this sample. Rows that were rejected and files that wait"
    )


def test_manifest_row_that_differs_in_case_names_both(tmp_path: Path) -> None:
    """Names are compared as written; the file waits, and the slip is said."""
    files = {**FILES, "manifest.csv": MANIFEST.replace("S4_IGH_run7", "s4_IGH_Run7")}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert outcomes(run)["igh/S4_IGH_run7.tsv"] == WAITS
    (said,) = rows(tmp_path / "w", "findings").filter(code="FILE_NAME_UNMATCHED")["message"]
    assert said.startswith(
        "the file is called S4_IGH_run7.tsv and a manifest row names s4_IGH_Run7.tsv"
    )


def test_pattern_of_the_folder_names_the_sample(tmp_path: Path) -> None:
    """The sample stands in the name of the file, as the setting says; other folders are left alone."""
    warehouse = tmp_path / "w"
    run = load_files(warehouse, tmp_path / "1", FILES, file_names=PATTERN)
    assert outcomes(run)["igh/S4_IGH_run7.tsv"] == ("LOADED", None)
    assert samples(warehouse) == ["S4"]
    again = load(warehouse, tmp_path / "1", file_names=PATTERN)
    assert not again.result.published


@pytest.mark.parametrize("name", ["S4-IGH-run7.tsv", "S4_IGH_1_IGH_2.tsv"])
def test_name_that_does_not_fit_in_one_way(tmp_path: Path, name: str) -> None:
    """No fit, or two: the file waits, and a finding names the file and what to do."""
    files = {n: t for n, t in FILES.items() if not n.startswith("igh/")} | {f"igh/{name}": AIRR}
    run = load_files(tmp_path / "w", tmp_path / "1", files, file_names=PATTERN)
    assert outcomes(run)[f"igh/{name}"] == WAITS
    assert "FILE_NAME_UNMATCHED" in codes(run)
    checked = check_files([tmp_path / "1"], settings(file_names=PATTERN), None)
    assert "FILE_NAME_UNMATCHED" in checked.findings["code"].to_list()


def test_setting_a_pattern_reads_what_waited(tmp_path: Path) -> None:
    """The next load of anything reads it, without the file being offered again."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", FILES)
    other = write(
        tmp_path / "2", {"treatments.csv": "patient_id,therapy,started_on\nP1,TKI,2022-02-01\n"}
    )
    run = load(warehouse, other, file_names=PATTERN)
    assert outcomes(run)["igh/S4_IGH_run7.tsv"] == ("LOADED", None)
    assert samples(warehouse) == ["S4"]


def test_manifest_goes_before_the_pattern(tmp_path: Path) -> None:
    """What a person wrote for one file holds against what its name says."""
    manifest = {"manifest.csv": MANIFEST.replace(",S4", ",S3")}
    run = load_files(tmp_path / "w", tmp_path / "1", FILES | manifest, file_names=PATTERN)
    assert samples(tmp_path / "w") == ["S3"]
    # one of the two is a mistake, perhaps an exchange of samples
    found = run.records["findings"].filter(code="SAMPLE_TOLD_CONTRADICTED")
    assert found["message"].to_list() == [
        "the manifest row says S3, the name of the file S4; the manifest row counts"
    ]
    agreed = load_files(
        tmp_path / "w2", tmp_path / "2", FILES | {"manifest.csv": MANIFEST}, file_names=PATTERN
    )
    assert "SAMPLE_TOLD_CONTRADICTED" not in codes(agreed)


def test_corrected_manifest_moves_the_result(tmp_path: Path) -> None:
    """A loaded file is read again for its right sample; the wrong one keeps nothing of it."""
    warehouse = tmp_path / "w"
    wrong = {"manifest.csv": MANIFEST.replace(",S4", ",S3")}
    load_files(warehouse, tmp_path / "1", FILES | wrong)
    assert samples(warehouse) == ["S3"]
    right = "file_name,sample_id,is_correction\nS4_IGH_run7.tsv,S4,true\n"
    run = load_files(warehouse, tmp_path / "2", {"manifest.csv": right})
    assert "FILE_REPLACED" in codes(run)
    assert samples(warehouse) == samples(warehouse, "mrd_status") == ["S4"]
    again = load(warehouse, tmp_path / "1")
    assert not again.result.published


def test_file_offered_from_another_folder_keeps_its_sample(tmp_path: Path) -> None:
    """Its manifest row was found by a longer path; the shorter one changes nothing."""
    warehouse = tmp_path / "w"
    manifest = {"manifest.csv": MANIFEST.replace("S4_IGH", "igh/S4_IGH")}
    load_files(warehouse, tmp_path / "1", FILES | manifest)
    run = load(warehouse, tmp_path / "1" / "igh")
    assert outcomes(run) == {"S4_IGH_run7.tsv": ("DUPLICATE", "REPEATED_ROW")}
    assert samples(warehouse) == ["S4"]


def test_assay_that_loses_its_target_makes_its_plate_wait(tmp_path: Path) -> None:
    """The rows are not lost without a word: the file is PENDING, and the assay's correction brings them back."""
    warehouse = tmp_path / "w"
    files = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "qpcr/plate.txt": plate("S2")}
    load_files(warehouse, tmp_path / "1", {**files, "assays.csv": ASSAYS})
    before = hashes(warehouse)
    head, row = ASSAYS.splitlines()[:2]
    without = row.replace("BCR-ABL,ABL1", ",")
    lost = load_files(
        warehouse, tmp_path / "2", {"a.csv": f"{head},is_correction\n{without},true\n"}
    )
    assert outcomes(lost)["qpcr/plate.txt"] == ("PENDING", "ASSAY_NOT_KNOWN_FOR_FILE")
    assert rows(warehouse, "mrd_status").is_empty()
    load_files(warehouse, tmp_path / "3", {"b.csv": f"{head},is_correction\n{row},true\n"})
    after = hashes(warehouse)
    assert [n for n in before if before[n] != after[n] and not n.startswith("assays/")] == []


def test_sample_names_of_a_folder(tmp_path: Path) -> None:
    """A suffix that the instrument adds is taken off; a name without it is rejected with its line."""
    warehouse = tmp_path / "w"
    files = {
        "patients.csv": PATIENTS,
        "samples.csv": SAMPLES,
        "assays.csv": ASSAYS,
        "qpcr/plate.txt": plate("S2 rep1", "S3"),
    }
    pattern = {"qpcr": "{sample_id} rep{*}"}
    run = load_files(warehouse, tmp_path / "1", files, sample_names=pattern)
    assert rows(warehouse, "mrd_status")["sample_id"].to_list() == ["S2"]
    assert "SAMPLE_NAME_UNMATCHED" in codes(run)
    assert run.result.rows["rows_rejected"] == 2
    own = settings(sample_names=pattern)
    checked = check_files([tmp_path / "1"], own, None)
    assert "SAMPLE_NAME_UNMATCHED" in checked.findings["code"].to_list()
    again = check_files([tmp_path / "1"], own, Warehouse(warehouse))
    assert set(again.files["outcome"]) == {"DUPLICATE"}


def test_kept_file_that_is_refused_today_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stricter program says so of the file, takes back what it gave, and reads all others again."""
    warehouse = tmp_path / "w"
    files = {
        "patients.csv": PATIENTS,
        "samples.csv": SAMPLES,
        "assays.csv": ASSAYS + NGS,
        "qpcr/plate.txt": plate("S2"),
        "igh/a.tsv": AIRR,
        "manifest.csv": "file_name,sample_id\na.tsv,S3\n",
    }
    load_files(warehouse, tmp_path / "1", files)
    assert samples(warehouse, "mrd_status") == ["S2", "S3"]

    def strict(
        data: bytes, layouts: Sequence[Held], encoding: str | None
    ) -> tuple[Reader, Content, Held | None]:
        if b"[Results]" in data:
            raise FileRefusedError("NO_RESULTS_SECTION", "a stricter reader")
        return find_with(data, layouts, encoding)

    monkeypatch.setattr("flows.kept_files.find_with", strict)
    right = "file_name,sample_id,is_correction\na.tsv,S4,true\n"
    run = load_files(warehouse, tmp_path / "2", {"manifest.csv": right})
    assert outcomes(run)["qpcr/plate.txt"] == ("REJECTED", "NO_RESULTS_SECTION")
    assert samples(warehouse, "mrd_status") == ["S4"]
    assert (run.result.published, run.result.exit_status) == (True, 1)


@pytest.mark.parametrize(("is_reported", "basis"), [("true", "RNA_RATIO_IS"), ("false", "RNA_RATIO_IS"), ("true", "RNA_RATIO")])  # fmt: skip
def test_a_reader_knows_whether_its_assay_reports_on_the_scale(is_reported: str, basis: str, tmp_path: Path) -> None:  # fmt: skip
    """A percent that is not on the International Scale is not read where it would be taken for one on it."""
    marker = "BCR::ABL1 p210" if basis == "RNA_RATIO_IS" else "BCR::ABL1 p190"
    assays = f"assay_id,modality,marker,basis,control_gene,is_reported\nlis,PCR,{marker},{basis},ABL1,{is_reported}\n"
    name = f"46434-7^BCR-ABL1 {marker[-4:]} ratio^LN"
    message = (
        "MSH|^~\\&|LIS|LAB|||20240105||ORU^R01|1|P|2.5.1\rPID|1\rOBR|1|A|R1|X^other^L\rSPM|1|S4\r"
        f"OBX|1|NM|{name}||0.08|%|||||F\r"
    )
    files = {**FILES, "assays.csv": assays, "lis/a.hl7": message}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    is_on_scale = (is_reported, basis) == ("true", "RNA_RATIO_IS")
    assert ("RESULT_NOT_UNDERSTOOD" in codes(run)) == is_on_scale
    assert bool(samples(tmp_path / "w", "pcr_measurements")) != is_on_scale


# -- what a row or a name may not do


def test_rejected_rows_tell_nothing(tmp_path: Path) -> None:
    """A manifest row that contradicts the stored one is rejected, and moves no result."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", FILES | {"manifest.csv": MANIFEST})
    run = load_files(warehouse, tmp_path / "2", {"m.csv": MANIFEST.replace(",S4", ",S3")})
    assert codes(run) == ["CONFLICT_WITH_STORED"]
    assert samples(warehouse) == ["S4"]
    swapped = ASSAYS.replace("BCR-ABL,ABL1", "ABL1,BCR-ABL")
    plates = {"qpcr/plate.txt": plate("S2"), "a.csv": swapped}
    load_files(warehouse, tmp_path / "3", plates)
    measured = rows(warehouse, "pcr_measurements")
    assert (measured["control_copies"] > measured["target_copies"]).all()


def test_window_with_other_names_leaves_earlier_plates(tmp_path: Path) -> None:
    """The master mix was renamed: old plates keep their names, new and late ones are read by theirs."""
    warehouse = tmp_path / "w"
    head, row = ASSAYS.splitlines()[:2]
    old = row.replace("2020-01-01,,", "2020-01-01,2023-12-31,")
    new = row.replace("2020-01-01,,BCR-ABL,", "2024-01-01,,FUSION,")
    start = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": f"{head}\n{old}\n"}
    load_files(warehouse, tmp_path / "1", {**start, "qpcr/old.txt": plate("S2")})
    renamed = plate("S1").replace("BCR-ABL", "FUSION")
    later = {
        "assays.csv": f"{head}\n{new}\n",
        "qpcr/new.txt": renamed,
        "qpcr/late.txt": plate("S3"),
    }
    run = load_files(warehouse, tmp_path / "2", later)
    assert "FILE_REPLACED" not in codes(run)
    assert samples(warehouse, "pcr_measurements") == ["S1", "S2", "S3"]
    once = {**start, "assays.csv": f"{head}\n{old}\n{new}\n", "qpcr/old.txt": plate("S2")}
    load_files(
        tmp_path / "once",
        tmp_path / "3",
        {**once, **{n: t for n, t in later.items() if n != "assays.csv"}},
    )
    assert samples(tmp_path / "once", "pcr_measurements") == ["S1", "S2", "S3"]


def test_same_bytes_for_two_samples_wait(tmp_path: Path) -> None:
    """A wrongly named copy: nobody can tell whose result it is until a manifest row says so."""
    files = {n: t for n, t in FILES.items() if not n.startswith("igh/")}
    two = {"igh/S3_IGH_a.tsv": AIRR, "igh/S4_IGH_a.tsv": AIRR}
    warehouse = tmp_path / "w"
    run = load_files(warehouse, tmp_path / "1", files | two, file_names=PATTERN)
    assert outcomes(run)["igh/S3_IGH_a.tsv"] == WAITS
    assert "FILE_NAME_UNMATCHED" in codes(run)
    named = {"m.csv": "file_name,sample_id\nigh/S4_IGH_a.tsv,S4\n"}
    load_files(warehouse, tmp_path / "2", named, file_names=PATTERN)
    assert samples(warehouse) == ["S4"]


def test_renamed_file_is_not_passed_over(tmp_path: Path) -> None:
    """Loaded under one sample's name and then offered under another's: the result is held until it is said."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", FILES, file_names=PATTERN)
    run = load_files(warehouse, tmp_path / "2", {"igh/S3_IGH_run7.tsv": AIRR}, file_names=PATTERN)
    assert "FILE_NAME_UNMATCHED" in codes(run)
    assert rows(warehouse, "mrd_status").is_empty()


def test_short_name_says_nothing_of_a_second_file(tmp_path: Path) -> None:
    """Next month's file of the same name is another file; the first keeps its sample."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", FILES | {"manifest.csv": MANIFEST})
    other = {"igh/S4_IGH_run7.tsv": AIRR.replace("90", "91")}
    run = load_files(warehouse, tmp_path / "2", other)
    assert outcomes(run)["igh/S4_IGH_run7.tsv"] == WAITS
    assert "FILE_NAME_UNMATCHED" in codes(run)
    assert rows(warehouse, "ngs_measurements").height == 2


@pytest.mark.parametrize("folder", ["archive", "zzz"])
def test_copy_elsewhere_takes_nothing_away(tmp_path: Path, folder: str) -> None:
    """The file in the folder it was loaded from counts, whichever comes first, and nothing flips back and forth."""
    warehouse = tmp_path / "w"
    files = {
        "patients.csv": PATIENTS,
        "samples.csv": SAMPLES,
        "assays.csv": ASSAYS,
        "qpcr/p.txt": plate("S2"),
    }
    load_files(warehouse, tmp_path / "1", files)
    both = load_files(warehouse, tmp_path / "1", {f"{folder}/p.txt": plate("S2")})
    assert outcomes(both)[f"{folder}/p.txt"] == ("REJECTED", "FILE_IN_TWO_FOLDERS")
    assert outcomes(both)["qpcr/p.txt"] == ("DUPLICATE", "REPEATED_ROW")
    alone = load(warehouse, tmp_path / "1" / folder)
    assert outcomes(alone)["p.txt"] == ("DUPLICATE", "REPEATED_ROW")
    assert samples(warehouse, "mrd_status") == ["S2"]
    again = load(warehouse, tmp_path / "1")
    assert not again.result.published


def test_changed_setting_says_which_files_it_changes(tmp_path: Path) -> None:
    """When all is read again for another reason, a file that a setting changes is named too."""
    warehouse = tmp_path / "w"
    head, row = ASSAYS.splitlines()[:2]
    two = row.replace("qpcr,", "q2,", 1)
    files = {
        "patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": f"{head}\n{row}\n{two}\n",
        "qpcr/p.txt": plate("S2"), "q2/p2.txt": plate("S3"),
    }  # fmt: skip
    load_files(warehouse, tmp_path / "1", files)
    renamed = two.replace("BCR-ABL,ABL1", "ABL1,BCR-ABL")
    correction = {"assays.csv": f"{head},is_correction\n{renamed},true\n"}
    names = (*settings().control_names, "S2")
    run = load_files(warehouse, tmp_path / "2", correction, control_names=names)
    assert codes(run).count("FILE_REPLACED") == 2
    assert samples(warehouse, "pcr_measurements") == ["S3"]


def test_changed_setting_replays_no_correction(tmp_path: Path) -> None:
    """Names of controls say nothing of canonical files: corrections stay in the order they were given."""
    warehouse = tmp_path / "w"
    head, row = PATIENTS.splitlines()[0], "P1,CML,{},2022-01-10"
    inbox = tmp_path / "1"
    for number, transcript in enumerate(("e13a2", "e1a2")):
        text = f"{head},is_correction\n{row.format(transcript)},true\n"
        load_files(warehouse, inbox, {**REFERENCE, f"c{number}.csv": text})
    run = load(warehouse, inbox, control_names=("QC",))
    assert not run.result.published
    current = rows(warehouse, "patients").filter("is_current", patient_id="P1")
    assert current["transcript"].to_list() == ["e1a2"]


def test_a_missing_assay_is_proposed_with_the_modality_of_its_files(tmp_path: Path) -> None:
    """A row of the wrong modality, once filled in, would make every result of the file be refused."""
    flow = ",Live | Count,Live/LAIP | Count\nS4.fcs,900000,30\n"
    files = {"igh/S4.tsv": AIRR, "lab1/plate.txt": plate("S2"), "ngf/table.csv": flow}
    checked = check_files([write(tmp_path / "1", files)], settings(), None)
    assert checked.missing["assays"][1:] == ["igh,NGS,,,,", "lab1,PCR,,,,", "ngf,FLOW,,,,"]


@pytest.mark.parametrize(("own", "is_said"), [("S4", False), ("RUN7-12", True)])
def test_a_file_that_names_another_sample_than_its_manifest_row(
    own: str, is_said: bool, tmp_path: Path
) -> None:
    """What the file says counts, and the laboratory that expected the other name is told why."""
    lines = AIRR.replace("\n", f"\t{own}\n").replace(own, "repertoire_id", 1)
    files = {**FILES, "igh/S4_IGH_run7.tsv": lines, "manifest.csv": MANIFEST}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert samples(tmp_path / "w") == [own]
    assert ("SAMPLE_TOLD_CONTRADICTED" in codes(run)) == is_said
    checked = check_files([tmp_path / "1"], settings(), None)
    said = checked.findings.filter(code="SAMPLE_TOLD_CONTRADICTED")["message"].to_list()
    words = "the file calls its sample RUN7-12, its manifest row or its name says S4; what the file says counts"
    assert said == ([words] if is_said else [])
