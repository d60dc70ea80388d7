"""The pipeline does what the drawn BCR::ABL1 examples say."""

from functools import cache
from typing import Any

import pytest

from tests.spec.cml_examples import CML, EXAMPLES, P190, wells
from tests.spec.drawn import Example, files_of, mismatches, to_csv
from tests.support import tables_from_csv

FILES = files_of(EXAMPLES)


@cache
def loaded() -> Any:
    return tables_from_csv(FILES)


@pytest.mark.parametrize("drawn", EXAMPLES, ids=lambda e: e.number)
def test_example(drawn: Example) -> None:
    wrong = mismatches(drawn, loaded(), FILES)
    assert not wrong, f"example {drawn.number}, {drawn.shown}: " + "; ".join(wrong)


def test_one_sample_has_no_course() -> None:
    """Nothing is reduced, doubled or due with one sample and no treatment."""
    tables = loaded()
    columns = (
        "baseline_fraction",
        "log10_reduction",
        "log10_rise_from_nadir",
        "doubling_time_days",
    )
    filled = [c for c in columns if tables.mrd_status[c].is_not_null().any()]
    assert not filled
    assert tables.sample_remission["milestone"].is_null().all()
    assert tables.sample_remission.height == len(EXAMPLES)
    assert tables.patient_summary.height == len(EXAMPLES)


def test_p190_is_never_on_the_international_scale() -> None:
    """The assay row is rejected, so its result waits and nothing is classified."""
    tables = tables_from_csv(
        {
            "patients.csv": to_csv([{"patient_id": "P"} | CML]),
            "samples.csv": to_csv(
                [
                    {
                        "sample_id": "S",
                        "patient_id": "P",
                        "collected_on": "2024-06-01",
                        "tissue": "PB",
                    }
                ]
            ),
            "assays.csv": to_csv([{"assay_id": "A"} | P190 | {"basis": "RNA_RATIO_IS"}]),
            "pcr_measurements.csv": to_csv(
                [{"sample_id": "S", "assay_id": "A"} | row for row in wells("12/45000")]
            ),
        }
    )
    assert tables.mrd_status.is_empty()
    assert tables.inputs["pcr_measurements"].height == 1
    rejected = tables.findings.filter(tables.findings["severity"] == "REJECTED")
    assert rejected["code"].to_list() == ["SCALE_NEEDS_P210"]


def test_factor_on_a_kit_that_reports_is_rejects_the_assay() -> None:
    assay = {"assay_id": "A", "modality": "PCR", "marker": "BCR::ABL1 p210"}
    assay |= {"basis": "RNA_RATIO_IS", "is_reported": "true"}
    good = assay | {"assay_id": "B", "conversion_factor": "1"}
    tables = tables_from_csv({"assays.csv": to_csv([assay | {"conversion_factor": "0.8"}, good])})
    assert tables.findings["code"].to_list() == ["FACTOR_ON_REPORTED_KIT"]
    assert tables.inputs["assays"]["assay_id"].to_list() == ["B"]
