"""Milestones of CML: which sample is for which, and what its level is called (cml.md §3, §9)."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from tests.spec.drawn import Row, to_csv
from tests.support import GUIDELINES, tables_from_csv
from transforms.guidelines.rules import Rules, load_rules

START = date(2024, 1, 1)
ASSAY: Row = {
    "assay_id": "kit", "modality": "PCR", "marker": "BCR::ABL1 p210", "basis": "RNA_RATIO_IS",
    "control_gene": "ABL1", "conversion_factor": "1",
}  # fmt: skip


def rules_of(ruleset: str) -> Rules:
    return load_rules({p.name: p.read_text() for p in GUIDELINES.glob("*.toml")}, {"CML": ruleset})


def said(
    *visits: tuple[int, str], ruleset: str = "eln-cml-2020", stopped_after: int | None = None
) -> Sequence[tuple[str | None, str | None]]:
    """Load samples (`day`, `target/control` copies) and return milestone and response of each."""
    samples, rows = [], []
    for day, copies in visits:
        name, (target, control) = f"S{day:04d}", copies.split("/")
        collected = (START + timedelta(days=day)).isoformat()
        samples.append(
            {"sample_id": name, "patient_id": "P", "collected_on": collected, "tissue": "PB"}
        )
        rows.append(
            {
                "sample_id": name,
                "assay_id": "kit",
                "target_copies": target,
                "control_copies": control,
            }
        )
    stopped = "" if stopped_after is None else (START + timedelta(days=stopped_after)).isoformat()
    files = {
        "patients.csv": to_csv([{"patient_id": "P", "disease": "CML", "transcript": "e14a2"}]),
        "treatments.csv": to_csv([
            {"patient_id": "P", "therapy": "TKI", "started_on": START.isoformat(), "stopped_on": stopped}
        ]),
        "samples.csv": to_csv(samples), "assays.csv": to_csv([ASSAY]), "pcr.csv": to_csv(rows),
    }  # fmt: skip
    table = tables_from_csv(files, rules_of(ruleset)).sample_remission.sort("sample_id")
    return table.select("milestone", "response").rows()


@pytest.mark.parametrize(
    ("day", "copies", "expected"),
    [
        pytest.param(91, "10000/100000", ("3 mo", "OPTIMAL"), id="29: 10 % at 3 months"),
        pytest.param(
            91, "10001/100000", ("3 mo", "WARNING"), id="a first one above 10 % is a warning"
        ),
        pytest.param(183, "1000/100000", ("6 mo", "OPTIMAL"), id="1 % at 6 months"),
        pytest.param(183, "1001/100000", ("6 mo", "WARNING"), id="just above"),
        pytest.param(183, "10000/100000", ("6 mo", "WARNING"), id="10 % at 6 months"),
        pytest.param(183, "10001/100000", ("6 mo", "FAILURE"), id="6 months need no confirmation"),
        pytest.param(365, "100/100000", ("12 mo", "OPTIMAL"), id="31: 0.1 % at 12 months"),
        pytest.param(365, "1000/100000", ("12 mo", "WARNING"), id="30: 1.0 % at 12 months"),
        pytest.param(365, "1001/100000", ("12 mo", "FAILURE"), id="30: above 1 %"),
        pytest.param(457, "101/100000", ("any time", "WARNING"), id="loss of MMR on treatment"),
        pytest.param(60, "4000/100000", (None, None), id="32: month 2 is no milestone"),
        pytest.param(61, "0/100000", ("3 mo", "OPTIMAL"), id="undetected, first day of the window"),
        pytest.param(136, "0/100000", ("3 mo", "OPTIMAL"), id="last day of the window"),
        pytest.param(137, "0/100000", ("6 mo", "OPTIMAL"), id="first day of the next"),
        pytest.param(91, "0/9999", (None, None), id="not evaluable: missing, not failed"),
    ],
)
def test_one_sample(day: int, copies: str, expected: tuple[str | None, str | None]) -> None:
    assert said((day, copies)) == [expected]


def test_strict_bounds_of_esmo() -> None:
    """Exactly 0.1 % at 12 months is optimal for ELN and not for ESMO 2017 (example 31)."""
    assert said((365, "100/100000"), ruleset="esmo-cml-2017") == [("12 mo", "WARNING")]
    assert said((365, "99/100000"), ruleset="esmo-cml-2017") == [("12 mo", "OPTIMAL")]


def test_words_of_2025() -> None:
    rows = said((183, "10001/100000"), (365, "1000/100000"), ruleset="eln-cml-2025")
    assert rows == [("6 mo", "UNFAVORABLE"), ("12 mo", "WARNING")]


def test_second_specimen_confirms() -> None:
    """The first above 10 % stays a warning, the second, 28 to 92 days later, is the failure."""
    bad = "20000/100000"
    assert said((91, bad), (91 + 28, bad)) == [("3 mo", "WARNING"), ("3 mo", "FAILURE")]
    assert said((91, bad), (91 + 27, bad)) == [("3 mo", "WARNING"), (None, None)]
    assert said((91, bad), (91 + 28, "5000/100000")) == [("3 mo", "WARNING"), (None, None)]


def test_nearest_sample_counts() -> None:
    """Of two in a window the one nearer to 3 months; the other is for no milestone."""
    rows = said((70, "20000/100000"), (95, "5000/100000"))
    assert rows == [(None, None), ("3 mo", "OPTIMAL")]


def test_off_treatment_has_no_milestone() -> None:
    """After the TKI was stopped the rules of treatment do not speak."""
    rows = said((365, "10/100000"), (700, "200/100000"), stopped_after=500)
    assert rows == [("12 mo", "OPTIMAL"), (None, None)]
