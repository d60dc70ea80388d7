"""The pipeline does what the drawn guideline examples say."""

from functools import cache
from typing import Any

import pytest

from tests.spec.drawn import Example, files_of, mismatches
from tests.spec.guideline_examples import EXAMPLES
from tests.support import tables_from_csv

FILES = files_of(EXAMPLES)


@cache
def loaded() -> Any:
    return tables_from_csv(FILES)


@pytest.mark.parametrize("drawn", EXAMPLES, ids=lambda e: e.number)
def test_example(drawn: Example) -> None:
    wrong = mismatches(drawn, loaded(), FILES)
    assert not wrong, f"example {drawn.number}, {drawn.shown}: " + "; ".join(wrong)


@pytest.mark.parametrize(
    "drawn", [e for e in EXAMPLES if e.reason == "DETECTED_BELOW_THRESHOLD"], ids=lambda e: e.number
)
def test_what_was_seen_below_the_threshold_is_said(drawn: Example) -> None:
    """aml.md §1.1: residual disease below the threshold is negative only with that remark."""
    status = loaded().mrd_status
    (said,) = status.filter(
        (status["sample_id"] == drawn.sample_id)
        & (status["marker"] == (drawn.marker or status["marker"]))
    )["explanation"]
    assert "detected" in said.lower()
    assert "not detected" not in said.lower()
