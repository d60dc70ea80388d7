"""Every bad line of the defect files raises exactly what its label says, and no clean line any."""

import csv
import hashlib
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.load import LoadRun, run_load
from flows.settings import Settings
from schemas.findings import FINDING_CODES

DEFECTS = Path(__file__).parents[2] / "sample_data" / "defects"
Label = tuple[str, int | None, str]


def _labels_about_files() -> set[Label]:
    """Read `labels.csv`; a label without a line is about the file."""
    with (DEFECTS / "labels.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["file"], int(row["line"]) if row["line"] else None, row["code"])
            for row in csv.DictReader(file)
        }


def _labels_in(path: Path) -> set[Label]:
    """Read the column `expect` of a canonical file, with the line each row starts on."""
    try:
        header, *_ = path.read_text(encoding="utf-8").splitlines() or [""]
    except UnicodeDecodeError:
        return set()
    separator = next((s for s in ",;\t" if header.split(s)[-1] == "expect"), None)
    if separator is None:
        return set()
    name, found = path.relative_to(DEFECTS).as_posix(), set()
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, delimiter=separator)
        next(reader)
        line = reader.line_num + 1
        for row in reader:
            found |= {(name, line, code) for code in row[-1].split(";") if code}
            line = reader.line_num + 1
    return found


def labels() -> set[Label]:
    """Return all labels."""
    return _labels_about_files().union(*(_labels_in(p) for p in files()))


def files() -> list[Path]:
    """Return the defect files, sorted."""
    return sorted(p for p in DEFECTS.rglob("*") if p.is_file())


def excluded() -> set[str]:
    """Return the codes that the README says these files cannot raise."""
    readme = (DEFECTS / "README.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| ([A-Z_]+) \|", readme, re.MULTILINE))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> LoadRun:
    """Load all defect files into an empty warehouse, once."""
    warehouse = tmp_path_factory.mktemp("defects") / "warehouse"
    load = LoadRun([DEFECTS], warehouse, Settings(settle_seconds=0))
    assert run_load(load).published
    return load


@pytest.fixture(scope="module")
def findings(run: LoadRun) -> pl.DataFrame:
    """Return the findings of the load."""
    return run.records["findings"]


def row_scope(findings: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the findings that reject a row."""
    codes = [c.code for c in FINDING_CODES.values() if c.scope == "row"]
    rejects = findings.filter(pl.col("severity") == "REJECTED", pl.col("code").is_in(codes))
    return rejects.to_dicts()


def test_findings_are_exactly_the_labels(findings: pl.DataFrame) -> None:
    """Compared as sets of file, line and code, in both directions."""
    found = set(findings.select("source_name", "source_line", "code").rows())
    assert {"missing": labels() - found, "not labelled": found - labels()} == {
        "missing": set(),
        "not labelled": set(),
    }


def test_every_code_is_labelled_or_left_to_other_tests() -> None:
    """The registry, the labels and the README's list of exceptions fit together."""
    labelled = {code for _, _, code in labels()}
    assert labelled | excluded() == set(FINDING_CODES)
    assert labelled & excluded() == set()


def test_no_finding_stands_twice(findings: pl.DataFrame) -> None:
    """One line raises one code once for each column."""
    keys = findings.select("source_name", "source_line", "code", "column")
    assert keys.height == keys.n_unique()


def test_severity_is_the_registrys(findings: pl.DataFrame) -> None:
    """A code has one severity, and every message says something."""
    for row in findings.to_dicts():
        assert row["severity"] == FINDING_CODES[row["code"]].severity.value, row
        assert row["message"], row


def test_rejected_row_is_kept_as_it_came(findings: pl.DataFrame) -> None:
    """`raw_row` is the line of the file to which the finding points; others have none.

    Nor have messages: a line of theirs may hold the name of a person.
    """
    rejected = row_scope(findings)
    assert len(rejected) > 80
    for row in rejected:
        if row["source_name"].endswith(".hl7"):
            assert row["raw_row"] is None
            continue
        lines = (DEFECTS / row["source_name"]).read_bytes().decode().splitlines()
        assert row["raw_row"] == lines[row["source_line"] - 1], row
    softer = findings.filter(pl.col("severity") != "REJECTED")
    assert softer["raw_row"].null_count() == softer.height


def test_findings_name_the_bytes(findings: pl.DataFrame) -> None:
    """The hash beside a finding is that of the file, so that the kept input can be opened."""
    hashes = {
        p.relative_to(DEFECTS).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in files()
    }
    named = findings.select("source_name", "source_sha256").unique()
    assert {name: hashes[name] for name in named["source_name"]} == dict(named.rows())


def test_sums_balance(run: LoadRun, findings: pl.DataFrame) -> None:
    """Every row of every file is accepted, rejected or ignored, and each reject has a finding."""
    source_files = run.records["source_files"]
    assert source_files.height == len(files())
    sums = source_files.select(
        "name", "rows_read", "rows_rejected",
        pl.sum_horizontal("rows_accepted", "rows_rejected", "rows_ignored").alias("sum"),
    )  # fmt: skip
    assert sums.filter(pl.col("rows_read") != pl.col("sum")).rows() == []
    lines: dict[str, set[int]] = {}
    for row in row_scope(findings):
        lines.setdefault(row["source_name"], set()).add(row["source_line"])
    rejected = dict(sums.select("name", "rows_rejected").rows())
    assert {n: k for n, k in rejected.items() if k} == {n: len(k) for n, k in lines.items()}


def test_refused_files_say_why(run: LoadRun) -> None:
    """A file is rejected as a whole exactly where a label refuses it, with that code as reason."""
    whole = {
        c.code for c in FINDING_CODES.values() if c.scope == "file" and c.severity == "REJECTED"
    }
    refused = {name: code for name, _, code in labels() if code in whole}
    refused["d-othernames/plate.txt"] = "TARGET_NOT_IN_FILE"
    rejected = run.records["source_files"].filter(pl.col("outcome") == "REJECTED")
    assert dict(rejected.select("name", "reason").rows()) == refused
