"""The sample data are what the generator writes, and raise what their labels say."""

import csv
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from schemas.enums import Disease
from tests.flows.lab import rows

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
WRITTEN = ("inbox", "defects")
ON_RESULTS = (
    "CLAIM_BELOW_POISSON_FLOOR",
    "CURVE_NOT_ACCEPTABLE",
    "DETECTED_IN_REJECTED_REPLICATE",
    "NEW_VARIANT",
    "NO_CONVERSION_FACTOR",
    "SATURATED",
)
"""Findings that say something of a result, not of a line: they belong to the courses shown."""


def content(folder: Path) -> dict[str, bytes]:
    """Return the bytes of everything that the generator writes."""
    found = [folder / "inbox_labels.csv"]
    for name in WRITTEN:
        found.extend(p for p in (folder / name).rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def generate(folder: Path, hash_seed: str) -> dict[str, bytes]:
    """Run the generator as its README says and return what it wrote."""
    script = SAMPLE_DATA / "make_sample_data.py"
    subprocess.run(
        [sys.executable, "-B", str(script), "--out", str(folder)],
        check=True,
        env={"PYTHONHASHSEED": hash_seed},
    )
    return content(folder)


def test_committed_files_are_what_the_generator_writes(tmp_path: Path) -> None:
    """Byte for byte, no file more and none less, whatever the hash seed of the process."""
    committed = content(SAMPLE_DATA)
    assert len(committed) > 60
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        written = generate(folder, seed)
        assert sorted(written) == sorted(committed)
        assert [n for n in written if written[n] != committed[n]] == []


def test_generator_never_empties_a_folder_of_others(tmp_path: Path) -> None:
    """Asked to write over an existing folder elsewhere, it stops and leaves it alone."""
    mine = tmp_path / "inbox" / "mine.csv"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(subprocess.CalledProcessError):
        generate(tmp_path, "0")
    assert mine.read_text() == "mine"


def test_inbox_labels_hold(sample_warehouse: Path) -> None:
    """The load of the inbox finds what the labels say, at their lines, and nothing else."""
    with (SAMPLE_DATA / "inbox_labels.csv").open(encoding="utf-8", newline="") as file:
        labels = {
            (row["file"], int(row["line"]) if row["line"] else None, row["code"])
            for row in csv.DictReader(file)
        }
    findings = rows(sample_warehouse, "findings")
    about_reading = findings.filter(~pl.col("code").is_in(ON_RESULTS))
    assert set(about_reading.select("source_name", "source_line", "code").rows()) == labels
    assert set(ON_RESULTS) <= set(findings["code"])
    rejected = about_reading.filter(pl.col("severity") == "REJECTED")
    assert rejected.height == 6
    waiting = {name for name, _, code in labels if code == "PENDING"}
    assert len(waiting) == 4
    assert set(about_reading.filter(pl.col("code") == "PENDING")["source_name"]) == waiting


def test_inbox_loads_whole(sample_warehouse: Path) -> None:
    """No file of the inbox is refused, and the six rejected rows are all that is not used."""
    files = rows(sample_warehouse, "source_files")
    assert set(files["outcome"].cast(pl.String)) == {"LOADED"}
    assert files["rows_rejected"].sum() == 6
    (load,) = rows(sample_warehouse, "loads").to_dicts()
    assert load["rows_pending"] == 5


def test_courses_cover_all_diseases(sample_warehouse: Path) -> None:
    """At least sixty patients with a classified sample, and every disease among them."""
    seen = rows(sample_warehouse, "patient_summary").filter(pl.col("n_samples") > 0)
    assert seen.height >= 60
    assert set(seen["disease"].cast(pl.String)) == {d.value for d in Disease}
    statuses = rows(sample_warehouse, "mrd_status")
    assert set(statuses["patient_id"]) <= set(seen["patient_id"])
    assert statuses.group_by("disease").len()["len"].min() >= 3
