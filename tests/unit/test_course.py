"""The course of a series: what a result is worth beside those before it."""

import math
from typing import Any

import pytest

from tests.spec.drawn import Row, to_csv
from tests.support import tables_from_csv

P190: Row = {
    "assay_id": "rq", "modality": "PCR", "marker": "BCR::ABL1 p190", "basis": "RNA_RATIO",
    "control_gene": "ABL1", "lab_id": "L1",
}  # fmt: skip
GUSB = P190 | {"assay_id": "gusb", "control_gene": "GUSB"}
OTHER_LAB = P190 | {"assay_id": "there", "lab_id": "L2"}


def course(*visits: tuple[str, str], treated_on: str = "", **first: str) -> list[dict[str, Any]]:
    """Load visits (`date`, `target/control` or `assay:target/control` and an optional `@BM`)."""
    samples, rows = [], []
    for i, (day, shown) in enumerate(visits):
        text, _, tissue = shown.partition("@")
        name, _, copies = text.rpartition(":")
        target, _, control = copies.partition("/")
        sample = {"sample_id": f"S{i}", "patient_id": "P", "collected_on": day}
        samples.append(
            sample | {"tissue": tissue or "PB", "timepoint": ""} | (first if i == 0 else {})
        )
        rows.append({"sample_id": f"S{i}", "assay_id": name or "rq", "target_copies": target, "control_copies": control})  # fmt: skip
    files = {
        "patients.csv": to_csv([{"patient_id": "P", "disease": "PH_ALL", "transcript": "e1a2"}]),
        "samples.csv": to_csv(samples),
        "assays.csv": to_csv([P190, GUSB, OTHER_LAB]),
        "pcr.csv": to_csv(rows),
    }
    if treated_on:
        treated = {"patient_id": "P", "therapy": "TKI", "started_on": treated_on}
        files["treatments.csv"] = to_csv([treated])
    return tables_from_csv(files).mrd_status.sort("sample_id").to_dicts()


def test_reduction_from_diagnosis() -> None:
    """3 log10 from 80 % to 0.08 %; undetected is at least log10 of the baseline over its limit."""
    rows = course(
        ("2024-01-01", "80000/100000"), ("2024-04-01", "80/100000"), ("2024-07-01", "0/100000"),
        timepoint="DIAGNOSIS",
    )  # fmt: skip
    assert [r["baseline_fraction"] for r in rows] == [0.8, 0.8, 0.8]
    assert rows[1]["log10_reduction"] == pytest.approx(3.0)
    assert rows[1]["is_log10_reduction_bound"] is False
    assert rows[2]["log10_reduction"] == pytest.approx(math.log10(0.8 / 3e-5))
    assert rows[2]["is_log10_reduction_bound"] is True


def test_baseline_before_treatment() -> None:
    """Without a diagnostic sample the first level up to the first treatment is the baseline."""
    visits = (("2024-01-01", "50000/100000"), ("2024-02-01", "500/100000"))
    assert [r["baseline_fraction"] for r in course(*visits, treated_on="2024-01-01")] == [0.5, 0.5]
    rows = course(*visits, treated_on="2023-12-31")
    assert [r["baseline_fraction"] for r in rows] == [None, None]
    assert [r["log10_reduction"] for r in rows] == [None, None]


@pytest.mark.parametrize("second", ["500/100000@BM", "gusb:500/100000", "there:500/100000"])
def test_what_may_not_be_compared_has_a_course_of_its_own(second: str) -> None:
    """Another tissue, control gene or laboratory has no baseline, no fold and no rise."""
    rows = course(("2024-01-01", "50/100000"), ("2024-02-01", second), timepoint="DIAGNOSIS")
    named = ("baseline_fraction", "log10_reduction", "log10_rise_from_nadir", "doubling_time_days")
    assert [rows[1][c] for c in named] == [None] * 4


def test_rise_from_the_nadir() -> None:
    """The rise is over the lowest level before, not over the last one; a new nadir is none."""
    rows = course(
        ("2024-01-01", "100/100000"), ("2024-02-01", "10/100000"), ("2024-03-01", "40/100000"),
        ("2024-04-01", "100/100000"),
    )  # fmt: skip
    assert [r["nadir_fraction"] for r in rows] == pytest.approx([1e-3, 1e-4, 1e-4, 1e-4])
    assert rows[0]["log10_rise_from_nadir"] is None
    assert [r["log10_rise_from_nadir"] for r in rows[1:]] == pytest.approx(
        [0.0, math.log10(4), 1.0]
    )


def test_no_rise_from_what_was_not_seen() -> None:
    """After an undetected sample the nadir is not measured, so no fold is computed from it."""
    rows = course(
        ("2024-01-01", "100/100000"), ("2024-02-01", "0/100000"), ("2024-03-01", "1000/100000")
    )
    assert [r["log10_rise_from_nadir"] for r in rows] == [None, None, None]
    assert [r["doubling_time_days"] for r in rows] == [None, None, None]


def test_doubling_time() -> None:
    """0.01 % to 0.08 % in 28 days is 9.33 days (cml.md example 34); falling is negative."""
    rows = course(
        ("2024-01-01", "10/100000"), ("2024-01-29", "80/100000"), ("2024-02-26", "40/100000")
    )
    assert rows[1]["doubling_time_days"] == pytest.approx(28 / 3)
    assert rows[2]["doubling_time_days"] == pytest.approx(-28)


def test_what_could_not_be_evaluated_changes_nothing() -> None:
    """A failed sample between two is neither a nadir nor the result before."""
    rows = course(("2024-01-01", "10/100000"), ("2024-01-15", "10/0"), ("2024-01-29", "80/100000"))
    assert rows[1]["finding"] == "NOT_EVALUABLE"
    assert rows[1]["nadir_fraction"] is None
    assert rows[2]["doubling_time_days"] == pytest.approx(28 / 3)
    assert rows[2]["log10_rise_from_nadir"] == pytest.approx(math.log10(8))
