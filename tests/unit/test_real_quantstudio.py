"""Real QuantStudio exports give what a careful reading of them gives; they are never copied here."""

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.unit.reading import codes, read_text
from transforms.ingest import ReadFile, parse_files
from transforms.readers.rows import AssayNames, TextRows

FOLDER = "pcr/appliedbiosystems-quantstudio"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        "MRD_REAL_FILES" not in os.environ,
        reason="MRD_REAL_FILES does not name the folder of the real instrument files",
    ),
]


def read(number: str, target: str | None = None, control: str | None = None) -> TextRows:
    """Read an example, with an assay of these names if a target is given."""
    path = Path(os.environ["MRD_REAL_FILES"]) / FOLDER / f"appbio_quantstudio_example{number}.txt"
    assay = None if target is None else AssayNames("assay", target, control)
    return read_text(path.read_bytes(), assay)


def typed(rows: TextRows) -> pl.DataFrame:
    """Return the typed measurements; none of these files has a well that is refused."""
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert parsed.rejected.is_empty()
    return parsed.tables["pcr_measurements"]


def well(measured: pl.DataFrame, position: str, column: str) -> Any:
    """Return a value of the measurement of one well."""
    return measured.filter(pl.col("replicate") == position).item(0, column)


@pytest.mark.parametrize(
    ("number", "n_rows", "n_ignored", "targets", "ignored"),
    [
        ("01", 16, 0, "TARGET_1", {}),
        ("04", 95, 24, "RNase P", {"IGNORED_STANDARD": "20", "IGNORED_CONTROL": "4"}),
        ("06", 9, 0, "GAPDH, TGF-B", {}),
        ("07", 16, 16, None, {"IGNORED_STANDARD": "13", "IGNORED_CONTROL": "3"}),
    ],
)
def test_without_assay(
    number: str, n_rows: int, n_ignored: int, targets: str | None, ignored: dict[str, str]
) -> None:
    """Rows and ignored rows are counted; the others wait, and the finding names their targets."""
    rows = read(number)
    assert (rows.rows_read, rows.rows_ignored, rows.rows_rejected) == (n_rows, n_ignored, 0)
    assert rows.tables == {}
    waits = {} if targets is None else {"ASSAY_NOT_KNOWN_FOR_FILE": targets}
    assert dict(rows.findings.select("code", "value").rows()) == ignored | waits


def test_comparative_ct_of_a_viia7() -> None:
    """Six sections, a Cyrillic letter, rows shorter than their header, and no copies."""
    rows = read("01", "TARGET_1")
    measured = typed(rows)
    assert (rows.rows_read, rows.rows_ignored, rows.findings.height) == (16, 0, 0)
    assert measured["source_line"].to_list() == list(range(110, 126))
    assert measured["sample_id"].n_unique() == 16
    cqs = [well(measured, p, "target_cq") for p in ("A1", "A6", "A18")]
    assert cqs == [18.717, 22.058, 18.842]
    assert measured["target_copies"].null_count() == 16


def test_standard_curve_of_a_quantstudio_7() -> None:
    """Thousands separators, standards and controls among the samples, one well left out."""
    rows = read("04", "RNase P")
    measured = typed(rows)
    assert (rows.rows_read, rows.rows_ignored) == (95, 24)
    assert codes(rows.findings) == [(None, "IGNORED_CONTROL"), (None, "IGNORED_STANDARD")]
    assert measured.height == measured["source_rows"].sum() == 71
    assert (measured["source_line"].min(), measured["source_line"].max()) == (379, 473)
    assert well(measured, "A1", "target_cq") == 27.102
    assert well(measured, "A1", "target_copies") == 5720.562
    assert well(measured, "F1", "target_copies") == 10413.570
    assert "H11" not in measured["replicate"]
    means = measured.group_by("sample_id").agg(pl.len(), pl.col("target_copies").mean())
    # the instrument's own mean of 10K, 10484.030, still holds the copies of the missing well H11
    assert {name: (n, round(mean, 3)) for name, n, mean in means.rows()} == {
        "5K": (36, 5314.592),
        "10K": (35, 10483.341),
    }
    (run,) = rows.inline["runs"].to_dicts()
    assert (run["target_slope"], run["performed_on"]) == ("-3.383", "2010-10-21")
    assert run["is_ntc_clean"] == "true"


def test_comparative_ct_with_unequal_wells() -> None:
    """CRLF and a footer; three target wells beside two control wells, two beside two."""
    rows = read("06", "TGF-B", "GAPDH")
    measured = typed(rows)
    assert (rows.rows_read, rows.rows_ignored, rows.findings.height) == (9, 0, 0)
    assert measured["source_rows"].sum() == 9
    assert measured["source_line"].min() == 67
    wells = measured.group_by("sample_id").agg(
        pl.col("target_cq").count(), pl.col("control_cq").count().alias("n")
    )
    assert sorted(wells.rows()) == [("Liver", 2, 2), ("Lung", 3, 2)]
    assert well(measured, "D1", "target_cq") == 30.155
    assert 32.884 in measured["control_cq"]
    assert measured["target_copies"].null_count() == measured.height


def test_plate_of_standards_only() -> None:
    """Whatever the assay, a plate without samples gives no measurement."""
    rows = read("07", "RNaseP")
    assert (rows.rows_read, rows.rows_ignored, rows.rows_rejected) == (16, 16, 0)
    assert rows.tables["pcr_measurements"].is_empty()
    assert rows.inline["runs"].item(0, "performed_on") == "2010-10-20"


@pytest.mark.parametrize(("number", "n_refused"), [("01", 16), ("04", 71), ("06", 9), ("07", 0)])
def test_wrong_target(number: str, n_refused: int) -> None:
    """An assay whose target is not in the file refuses every sample well, and nothing else."""
    rows = read(number, "BCR-ABL", "ABL1")
    assert rows.rows_rejected == n_refused
    assert rows.rows_read == rows.rows_ignored + rows.rows_rejected
    found = [code for line, code in codes(rows.findings) if line is not None]
    assert found == ["TARGET_NOT_IN_FILE"] * n_refused
