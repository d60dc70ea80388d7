"""The command `mrd`: exit statuses, the words it prints, JSON that parses, nothing on stderr when all is well."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from flows.errors import UserError
from flows.settings import Settings, load_settings, reference
from schemas.tables import INPUT_TABLES
from tests.cli.command import Mrd
from tests.flows.lab import (
    FLOW,
    INBOX,
    LAB,
    PCR,
    REFERENCE,
    SAMPLE_DATA,
    SAMPLES,
    hashes,
    one,
    plate,
    rows,
    write,
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder with settings that wait for nothing; the warehouse `w` goes into it."""
    return write(tmp_path, {"mrd.toml": "settle_seconds = 0\n"})


def load(mrd: Mrd, site: Path, *args: object) -> tuple[int, str, str]:
    """Run `mrd load` without a server into the warehouse of the site."""
    return mrd("load", *args, "--warehouse", site / "w", "--no-server")


# -- what goes wrong, and what is said


def test_no_such_path(mrd: Mrd, site: Path) -> None:
    """A path that is not there is a mistake of usage, said in one line."""
    missing = site / "nowhere"
    assert load(mrd, site, missing) == (2, "", f"mrd: {missing}: there is no such file or folder\n")
    assert mrd("check", missing)[0] == 2


def test_load_id_that_would_write_over_lines(mrd: Mrd, site: Path) -> None:
    """What an argument would do to a terminal is written out in the error that quotes it."""
    write(site / "in", LAB)
    load(mrd, site, site / "in")
    for args in (("report",), ("diff", "current"), ("verify", "--snapshot")):
        status, out, err = mrd(*args, "2026\x1b[2K\u202e\n", "--warehouse", site / "w")
        assert (status, out) == (2, "")
        assert err.startswith("mrd: 2026\\x1b[2K\\u202e\\n: there is no such snapshot in ")


def test_folder_without_files(mrd: Mrd, site: Path) -> None:
    """From a folder without files nothing can be published."""
    (site / "in").mkdir()
    assert load(mrd, site, site / "in") == (
        3,
        "",
        f"mrd: {site / 'in'}: there is no file to load\n",
    )
    assert not (site / "w" / "current").exists()


def test_warehouse_is_a_file(mrd: Mrd, site: Path) -> None:
    """A file where the warehouse should be is a mistake of usage."""
    (site / "w").write_text("x", encoding="utf-8")
    said = f"mrd: {site / 'w'}: this is a file; a warehouse is a folder\n"
    assert load(mrd, site, INBOX) == (2, "", said)
    assert mrd("load", INBOX, "--warehouse", site / "w") == (2, "", said)
    assert (site / "w").read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "max_file_mbs = 3\n",
            "unknown setting max_file_mbs; known are control_names, max_file_mb",
        ),
        ('max_file_mb = "many"\n', "max_file_mb = 'many': "),
        ("max_file_mb = 0\n", "max_file_mb = 0: "),
        ("settle_seconds = -1\n", "settle_seconds = -1: "),
        ("this is no TOML\n", "not readable as TOML: "),
    ],
)
def test_wrong_settings(mrd: Mrd, site: Path, text: str, said: str) -> None:
    """A wrong setting is named with its file, its key and its value."""
    path = site / "mrd.toml"
    path.write_text(text, encoding="utf-8")
    status, out, err = load(mrd, site, INBOX)
    assert (status, out) == (2, "")
    assert err.startswith(f"mrd: {path}: {said}")
    assert err.count("\n") == 1
    assert not (site / "w").exists()


def test_settings_file_that_is_not_there(mrd: Mrd, site: Path) -> None:
    """A settings file given by name must exist."""
    status, _, err = load(mrd, site, INBOX, "--settings", site / "my.toml")
    assert (status, err) == (2, f"mrd: {site / 'my.toml'}: there is no such settings file\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('CML = "eln-aml-2021"', ("CML", "eln-aml-2021", "eln-cml-2020")),
        ('CMML = "eln-cml-2020"', ("CMML",)),
    ],
)
def test_wrong_rule_set(mrd: Mrd, site: Path, line: str, words: tuple[str, ...]) -> None:
    """A rule set that is not one of the disease, or a disease that is none, is named."""
    write(site, {"mrd.toml": f"[rulesets]\n{line}\n", "in/p.csv": "patient_id,disease\nQ,MM\n"})
    os.utime(site / "in" / "p.csv", (time.time() - 60,) * 2)
    status, out, err = load(mrd, site, site / "in")
    assert (status, out) == (2, "")
    assert all(word in err for word in words), err
    assert err.count("\n") == 1
    assert not (site / "w" / "current").exists()


def test_usage(capfd: pytest.CaptureFixture[str]) -> None:
    """Wrong words on the command line end with status 2 and say what is missing."""
    for args, said in ((["load"], "PATH"), (["lode", "x"], "lode"), ([], "COMMAND")):
        with pytest.raises(SystemExit) as stopped:
            main(args)
        assert stopped.value.code == 2
        assert said in capfd.readouterr().err


def test_help_names_every_command_and_exit_status(capfd: pytest.CaptureFixture[str]) -> None:
    """`mrd --help` says what there is."""
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capfd.readouterr().out
    for word in (
        "init",
        "load",
        "check",
        "explain",
        "rerun",
        "diff",
        "formats",
        "0 done",
        "3 nothing could",
    ):
        assert word in text


def test_version(capfd: pytest.CaptureFixture[str]) -> None:
    """The version names the code that decides results by a hash."""
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert re.fullmatch(r"mrd \d+\.\d+\.\d+\+[0-9a-f]{12}\n", capfd.readouterr().out)


def test_stopped_by_hand(mrd: Mrd, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a load with status 3 and one line."""

    def stop(run: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("flows.load.run_load", stop)
    assert load(mrd, site, INBOX) == (3, "", "mrd: stopped; nothing was published\n")


# -- load


def test_load_says_what_became_of_the_rows(mrd: Mrd, site: Path) -> None:
    """A good load prints its account on stdout, nothing on stderr, and ends with 0."""
    status, out, err = load(mrd, site, write(site / "in", LAB))
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[:3] == [
        "5 files: 5 loaded",
        "15 rows read = 15 accepted + 0 rejected + 0 ignored",
        "3 patients recomputed; 0 rows in the warehouse wait for reference rows",
    ]
    assert f"Tables  {site / 'w' / 'current'}" in lines
    report = next(line for line in lines if line.startswith("Report  "))
    assert Path(report.removeprefix("Report  ")).is_file()
    again = load(mrd, site, site / "in")
    assert again[0] == 0
    assert again[1].splitlines()[::2][:2] == [
        "5 files: 5 given before",
        "Nothing new: the warehouse is as it was.",
    ]


def test_load_says_what_was_rejected(mrd: Mrd, site: Path) -> None:
    """Rejected rows and refused files are named with file, line, words and code; status 1."""
    bad = "sample_id,assay_id,target_copies,control_copies\nS1,qpcr,many,5\n"
    status, out, err = load(
        mrd, site, write(site / "in", {**LAB, "bad.csv": bad, "notes.txt": "hello"})
    )
    assert (status, err) == (1, "")
    assert "7 files: 6 loaded, 1 refused" in out
    assert "  bad.csv line 2, column 3 (target_copies): target_copies 'many' is not a number" in out
    assert "[FILE_NOT_RECOGNISED]" in out
    again = load(mrd, site, site / "in")
    assert again[0] == 1
    assert "  notes.txt: refused before, and nothing has changed since [FILE_NOT_RECOGNISED]" in again[1]  # fmt: skip


def test_load_as_json(mrd: Mrd, site: Path) -> None:
    """`--json` prints one object with counts, findings and paths, also when nothing is new."""
    inbox = write(site / "in", {**LAB, "empty.csv": ""})
    status, out, err = load(mrd, site, inbox, "--json")
    said = json.loads(out)
    assert (status, err, said["exit_status"]) == (1, "", 1)
    assert (said["published"], said["files"]) == (True, {"LOADED": 5, "REJECTED": 1})
    assert (said["rows_read"], said["rows_accepted"], said["patients"]) == (15, 15, 3)
    assert [f["code"] for f in said["findings"]] == ["FILE_EMPTY"]
    assert Path(said["tables"]).is_dir()
    assert Path(said["report"]).is_file()
    again = json.loads(load(mrd, site, inbox, "--json")[1])
    assert (again["published"], again["findings"], again["report"]) == (False, [], None)


def test_settings_beside_the_warehouse_are_used(mrd: Mrd, site: Path) -> None:
    """`mrd.toml` beside the warehouse holds, unless another file is given."""
    write(site, {"mrd.toml": "settle_seconds = 0\nmax_file_mb = 1\n", "other.toml": "settle_seconds = 0\n"})  # fmt: skip
    big = LAB["pcr.csv"] + "\n" * 1_100_000
    write(site / "in", {**REFERENCE, "pcr.csv": big})
    status, out, _ = load(mrd, site, site / "in")
    assert status == 1
    assert "[FILE_TOO_LARGE]" in out
    status, out, _ = load(mrd, site, site / "in", "--settings", site / "other.toml")
    assert status == 0
    assert "4 files: 1 loaded, 3 given before" in out


PROGRAM = """
import sys
from flows.cli import main
status = main()
with open("/proc/self/status") as own:
    peak = next(line.split()[1] for line in own if line.startswith("VmHWM"))
with open("PEAK", "w") as out:
    out.write(peak)
sys.exit(status)
"""


def _run(site: Path, *args: object, **env: str) -> tuple[int, str, str, int]:
    """Run the command in a process of its own; return status, output and its peak of kilobytes."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    peak = site / "peak.txt"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("PEAK", str(peak)), *(str(a) for a in args)],
        capture_output=True,
        check=False,
        env={**clean, **env},
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=200,
    )
    return done.returncode, done.stdout, done.stderr, int(peak.read_text() or 0)


def test_files_that_are_no_results(site: Path) -> None:
    """Empty, binary and huge files are each recorded with their reason, quickly and in little memory."""
    inbox = write(site / "in", {"empty.csv": "", "binary.csv": bytes(range(256)) * 64})
    with (inbox / "sparse.csv").open("wb") as sparse:
        os.truncate(sparse.fileno(), 2 << 30)
    begun = time.monotonic()
    status, out, err, peak = _run(site, "load", inbox, "--warehouse", site / "w", "--no-server")  # fmt: skip
    assert (status, err) == (1, "")
    files = rows(site / "w", "source_files").sort("name")
    assert files.select("name", "outcome", "reason").rows() == [
        ("binary.csv", "REJECTED", "FILE_BINARY"),
        ("empty.csv", "REJECTED", "FILE_EMPTY"),
        ("sparse.csv", "REJECTED", "FILE_TOO_LARGE"),
    ]
    assert "3 files: 3 refused" in out
    assert peak < 400_000, "kilobytes; the program alone takes 270,000"
    assert time.monotonic() - begun < 60


# -- check


def test_check_on_the_defects(mrd: Mrd) -> None:
    """`mrd check` finds in the defects what their labels say, loads nothing, and ends with 1."""
    defects = SAMPLE_DATA / "defects"
    status, out, err = mrd("check", defects, "--json")
    assert (status, err) == (1, "")
    said = json.loads(out)
    with (defects / "labels.csv").open(encoding="utf-8") as text:
        labels = {(r["file"], r["line"], r["code"]) for r in csv.DictReader(text)}
    found = set()
    for f in said["findings"]:
        # a label without a line is about the file, whatever line is to blame
        found |= {(f["source_name"], line, f["code"]) for line in ("", str(f["source_line"]))}
    waits = {"PENDING", "ASSAY_NOT_KNOWN_FOR_FILE"}
    assert {label for label in labels if label[2] not in waits} - found == set()
    for file in said["files"]:
        parts = [file[f"rows_{x}"] for x in ("accepted", "rejected", "ignored")]
        assert file["rows_read"] == sum(parts), file["source_name"]
    plain = mrd("check", defects)
    assert plain[0] == 1
    assert "rejected: shapes/empty.csv: the file is empty; export it again [FILE_EMPTY]" in plain[1]


def test_check_names_files_not_hashes(mrd: Mrd) -> None:
    """Where two rows contradict each other, both are named by file and line."""
    shapes = SAMPLE_DATA / "defects" / "shapes"
    out = mrd("check", shapes / "conflict_a.csv", shapes / "conflict_b.csv")[1]
    clash = [line for line in out.splitlines() if "[CONFLICT_IN_LOAD]" in line]
    assert len(clash) == 2
    assert all("of conflict_a.csv" in c and "of conflict_b.csv" in c for c in clash), clash


def test_check_of_good_files(mrd: Mrd, site: Path) -> None:
    """Good files check with status 0, one line for each; no warehouse is made."""
    status, out, err = mrd("check", write(site / "in", LAB))
    assert (status, err) == (0, "")
    assert (
        "pcr.csv: canonical pcr_measurements, 5 rows read = 5 accepted + 0 rejected + 0 ignored"
        in out
    )
    assert "Missing" not in out
    assert sorted(p.name for p in site.iterdir()) == ["in", "mrd.toml"]


def test_missing_rows_are_ready_to_paste(mrd: Mrd, site: Path) -> None:
    """The rows that `check` prints, with their blanks filled in, are files that load."""
    inbox = write(site / "in", {"pcr.csv": PCR, "flow.csv": FLOW, "qx/plate.txt": plate("S3")})
    status, out, _ = mrd("check", inbox, "--json", "--settings", site / "mrd.toml")
    assert status == 0
    missing = json.loads(out)["missing"]
    fill = {
        "patient_id": "P1", "collected_on": "2024-01-02", "tissue": "PB", "disease": "CML",
        "modality": "PCR", "marker": "BCR::ABL1 p210", "basis": "RNA_RATIO", "target_name": "BCR-ABL",
        "control_name": "ABL1",
    }  # fmt: skip
    keys = {}
    for table, lines in missing.items():
        read = list(csv.DictReader(io.StringIO("\n".join(lines))))
        keys[table] = [row[f"{table.removesuffix('s')}_id"] for row in read]
        filled = [{k: v or fill[k] for k, v in row.items()} for row in read]
        write(inbox, {f"{table}.csv": pl.DataFrame(filled).write_csv()})
    assert keys == {"samples": ["S1", "S2", "S3", "S4"], "assays": ["ngf", "qpcr", "qx"]}
    again = json.loads(mrd("check", inbox, "--json", "--settings", site / "mrd.toml")[1])
    assert again["missing"] == {"patients": ["patient_id,disease", "P1,"]}


def test_check_against_a_warehouse(mrd: Mrd, site: Path) -> None:
    """With a warehouse, rows are checked against what is stored, and nothing is stored."""
    load(mrd, site, write(site / "in", REFERENCE))
    before = hashes(site / "w", with_records=True)
    other = SAMPLES.replace("S1,P1", "S1,P2")
    new = write(site / "new", {"pcr.csv": PCR, "s.csv": other})
    status, out, err = mrd("check", new, "--warehouse", site / "w")
    assert (status, err) == (1, "")
    assert "s.csv line 2: contradicts" in out
    assert "Missing rows" not in out
    assert hashes(site / "w", with_records=True) == before


# -- explain


def explained(mrd: Mrd, warehouse: Path, sample: str) -> str:
    """Return what `mrd explain` prints of a sample."""
    status, out, err = mrd("explain", sample, "--warehouse", warehouse)
    assert (status, err) == (0, "")
    return out


def test_explain_cml(mrd: Mrd, sample_warehouse: Path) -> None:
    """A CML result: files and lines, the sum with its factor, the thresholds, rule and citation."""
    status = rows(sample_warehouse, "mrd_status").filter(
        disease="CML", assay_id="qpcr-bcrabl-lab1", status="POSITIVE", depth="MR2"
    )
    sample = status.sort("sample_id")["sample_id"][0]
    result = one(sample_warehouse, "assay_results", sample_id=sample)
    out = explained(mrd, sample_warehouse, sample)
    for line in rows(sample_warehouse, "pcr_measurements").filter(sample_id=sample)["source_line"]:
        assert f"qpcr/lab1_bcrabl_2019_2022.csv line {line}: " in out
    assert re.search(r"reference/samples.csv line \d+", out)
    assert re.search(r"conversion factor 0\.83.* reference/assays.csv line 2", out)
    formula = re.search(r"level +([\d.]+) / (\d+) × ([\d.]+) = ([\d.]+) % IS", out)
    assert formula
    target, control, factor, percent = (float(x) for x in formula.groups())
    assert target / control * factor * 100 == pytest.approx(percent, rel=1e-3)
    assert percent / 100 == pytest.approx(result["level_fraction"], rel=1e-3)
    assert re.search(r"MR3: [\d.]+ % > 0\.1 %, \d+ ABL1 copies ≥ 10000", out)
    stored = one(sample_warehouse, "mrd_status", sample_id=sample)
    assert f"rule      {stored['rule_id']}" in out
    assert "Hochhaus A et al. Leukemia 2020;34:966-984" in out
    assert "eutos-2015: Cross NCP" in out


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (
            "P-MM-001-S01",
            [
                "flow/mm_ngf.csv line 2: mrd_events 0, denominator_events 8120000, denominator TNC",
                "(0 / 8120000)",
                "threshold 1e-5",
                "rule      imwg-2016/",
                "Kumar S et al. Lancet Oncol 2016",
            ],
        ),
        (
            "P-CLL-007-S01",
            [
                "ngs/cll_igtr.csv line 2: marker IG/TR, clone IGH-1, marker_count 2, total_count 1740000",
                "ngs/cll_igtr.csv line 3: ",
                "2 / 1740000 = 1.149e-6",
                "threshold 0.0001",
                "rule      iwcll-2018/",
                "Hallek M et al. Blood 2018",
            ],
        ),
        (
            "P-CML-021-S02",
            [
                "qpcr/cartridge_export.csv line 3: ",
                "reported_value 3.2, reported_unit PCT_IS",
                "3.2 % IS as reported",
                "MR1: 3.2 % ≤ 10 %",
                "rule      eln-cml-2020/",
            ],
        ),
    ],
    ids=["myeloma-flow", "cll-ngs", "kit"],
)
def test_explain_other_modalities(
    mrd: Mrd, sample_warehouse: Path, sample: str, words: list[str]
) -> None:
    """Flow, NGS and a kit: the counts as they stood in the file, threshold, rule and citation."""
    out = explained(mrd, sample_warehouse, sample)
    assert [w for w in words if w not in out] == []
    assert "a statement on these assays, to this depth" in out


def test_explain_one_sample_of_each_assay(mrd: Mrd, sample_warehouse: Path) -> None:
    """Every assay of the sample data explains itself, with the status and rule that are stored."""
    each = rows(sample_warehouse, "mrd_status").sort("sample_id").unique("assay_id", keep="first")
    assert each.height > 15
    for row in each.to_dicts():
        out = explained(mrd, sample_warehouse, row["sample_id"])
        assert f"Assay {row['assay_id']}: " in out
        assert f"status    {row['status']}" in out
        assert f"rule      {row['rule_id']}" in out


def test_explain_pending_sample(mrd: Mrd, sample_warehouse: Path) -> None:
    """A result that waits is shown with its file and line, and why it has no status."""
    pcr = pl.read_parquet(sample_warehouse / "current" / "pcr_measurements" / "collected_year=0")
    row = pcr.to_dicts()[0]
    out = explained(mrd, sample_warehouse, row["sample_id"])
    assert f"Sample {row['sample_id']}: no samples row is known\n\nWaiting for a sample" in out
    assert f"lab2_bcrabl_gusb.csv line {row['source_line']}: " in out
    assert "status" not in out


def test_explain_a_patients_course(mrd: Mrd, sample_warehouse: Path) -> None:
    """Samples in time with their words, events with their confirmation, what is due next."""
    event = one(sample_warehouse, "molecular_events", event="TFR_RELAPSE")
    patient = event["patient_id"]
    status, out, err = mrd("explain", "--patient", patient, "--warehouse", sample_warehouse)
    assert (status, err) == (0, "")
    assert out.startswith(f"Patient {patient}: CML")
    samples = rows(sample_warehouse, "sample_remission").filter(patient_id=patient)
    places = [out.index(f"  {r['collected_on']}  {r['sample_id']}, ") for r in samples.sort("collected_on").to_dicts()]  # fmt: skip
    assert places == sorted(places)
    assert f"{event['occurred_on']}  TFR_RELAPSE at {event['sample_id']}: " in out
    assert "source: loss of MMR is the trigger to restart" in out
    summary = one(sample_warehouse, "patient_summary", patient_id=patient)
    assert f"next test due {summary['next_due_on']}" in out
    assert out.endswith("remission, and remission is not cure.\n")
    of_sample = explained(mrd, sample_warehouse, event["sample_id"])
    assert "In the patient's course:" in of_sample
    assert event["explanation"] in of_sample


def test_explain_whose_course(mrd: Mrd, sample_warehouse: Path) -> None:
    """An unknown patient is a mistake of usage; --json gives the rows; one name must be given."""
    unknown = mrd("explain", "--patient", "P-NONE", "--warehouse", sample_warehouse)
    assert unknown == (2, "", "mrd: no patient of this name is in the warehouse\n")
    status, out, _ = mrd(
        "explain", "--patient", "P-MM-001", "--warehouse", sample_warehouse, "--json"
    )
    assert status == 0
    assert {r["patient_id"] for r in json.loads(out)["mrd_status"]} == {"P-MM-001"}


def test_explain_what_is_not_there(mrd: Mrd, site: Path, sample_warehouse: Path) -> None:
    """An unknown sample and a warehouse that is not there are mistakes of usage."""
    unknown = mrd("explain", "S-NONE", "--warehouse", sample_warehouse)
    assert unknown == (2, "", "mrd: no sample of this name is in the warehouse\n")
    status, out, err = mrd("explain", "S1", "--warehouse", site / "none")
    assert (status, out) == (2, "")
    assert err.startswith(f"mrd: {site / 'none'}: there is no warehouse here yet")


def test_explain_as_json(mrd: Mrd, sample_warehouse: Path) -> None:
    """`--json` gives the rows behind the words."""
    status, out, err = mrd("explain", "P-MM-001-S01", "--warehouse", sample_warehouse, "--json")
    assert (status, err) == (0, "")
    said = json.loads(out)
    assert said["samples"][0]["patient_id"] == "P-MM-001"
    assert said["mrd_status"][0]["status"] == one(sample_warehouse, "mrd_status", sample_id="P-MM-001-S01")["status"]  # fmt: skip
    assert said["flow_measurements"][0]["denominator_events"] == 8120000


# -- formats and init


def test_formats(mrd: Mrd) -> None:
    """Every input table and reader is listed, with what recognises it and its columns."""
    status, out, err = mrd("formats")
    assert (status, err) == (0, "")
    assert "QuantStudio" in out
    said = json.loads(mrd("formats", "--json")[1])
    assert [t["table"] for t in said["canonical"]] == [t.name for t in INPUT_TABLES]
    by_name = {t["table"]: t for t in said["canonical"]}
    for table in INPUT_TABLES:
        assert f"\n{table.name}: one row per {table.grain}\n" in out
        assert by_name[table.name]["columns"] == list(table.input_columns)
    assert by_name["samples"]["required"] == ["sample_id", "patient_id", "collected_on", "tissue"]
    assert {"format", "reader", "recognised_by"} == set(said["readers"][0])


def test_init_writes_settings_that_load(mrd: Mrd, tmp_path: Path) -> None:
    """Every key stands in the file with its default; with the `#` removed it is the defaults."""
    status, out, err = mrd("init", tmp_path / "site")
    assert (status, err) == (0, "")
    path = tmp_path / "site" / "mrd.toml"
    assert f"wrote {path}" in out
    assert load_settings(tmp_path / "site" / "warehouse", None) == Settings()
    text = path.read_text(encoding="utf-8")
    active = re.sub(r"^# (?=[a-z_]+ = |\[|CML = |\")", "", text, flags=re.MULTILINE)
    values = tomllib.loads(active)
    assert set(values) == set(Settings.model_fields)
    examples: dict[str, object] = {n: {} for n, v in values.items() if isinstance(v, dict)}
    examples |= {n: None for n, f in Settings.model_fields.items() if f.default is None}
    assert Settings.model_validate(values | examples) == Settings()
    assert Settings.model_validate({n: values[n] for n in examples}) != Settings()
    assert values["rulesets"] == {"CML": "eln-cml-2020"}
    assert values["visit_windows"] == {"3 mo": [61, 137]}
    assert all(f"`{key}`" in reference() for key in Settings.model_fields)


def test_init_templates_are_the_canonical_files(mrd: Mrd, tmp_path: Path) -> None:
    """There is one template for each input table with all its columns, and an inbox."""
    mrd("init", tmp_path)
    heads = {p.stem: p.read_text(encoding="utf-8") for p in (tmp_path / "templates").iterdir()}
    assert heads == {t.name: ",".join(t.input_columns) + "\n" for t in INPUT_TABLES}
    assert (tmp_path / "inbox").is_dir()


def test_init_overwrites_nothing(mrd: Mrd, tmp_path: Path) -> None:
    """A folder that was set up is left as it is, and so is a template that was filled in."""
    mrd("init", tmp_path)
    path = tmp_path / "mrd.toml"
    path.write_text("max_file_mb = 7\n", encoding="utf-8")
    status, out, err = mrd("init", tmp_path)
    assert (status, out) == (2, "")
    assert err == f"mrd: {path}: is there already; remove it to start anew\n"
    assert path.read_text(encoding="utf-8") == "max_file_mb = 7\n"
    filled = tmp_path / "templates" / "patients.csv"
    filled.write_text("patient_id,disease\nP1,CML\n", encoding="utf-8")
    path.unlink()
    mrd("init", tmp_path)
    assert filled.read_text(encoding="utf-8") == "patient_id,disease\nP1,CML\n"


def test_init_where_nothing_can_be_written(mrd: Mrd, tmp_path: Path) -> None:
    """A place that cannot be written ends with status 3 and one line."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    status, _, err = mrd("init", tmp_path / "file" / "site")
    assert status == 3
    assert err == f"mrd: {tmp_path / 'file' / 'site'}: cannot be written: Not a directory\n"


def test_error_is_a_user_error() -> None:
    """The status of an error that a user can put right is that of usage unless it says otherwise."""
    assert UserError("x").status == 2
