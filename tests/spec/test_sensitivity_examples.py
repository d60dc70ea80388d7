"""The pipeline does what the drawn sensitivity examples say."""

from functools import cache
from typing import Any

import pytest

from tests.spec.drawn import Example, files_of, mismatches, to_csv
from tests.spec.sensitivity_examples import EXAMPLES, NUMBERS, REFUSED, STRINGS
from tests.spec.sensitivity_numbers import Computed
from tests.spec.sensitivity_strings import Refusal
from tests.support import tables_from_csv

FILES = files_of(EXAMPLES)
WRITTEN = files_of(STRINGS)


@cache
def loaded(*, is_written: bool = False) -> Any:
    return tables_from_csv(WRITTEN if is_written else FILES)


@pytest.mark.parametrize("drawn", EXAMPLES, ids=lambda e: e.number)
def test_example(drawn: Example) -> None:
    wrong = mismatches(drawn, loaded(), FILES)
    assert not wrong, f"example {drawn.number}, {drawn.shown}: " + "; ".join(wrong)


@pytest.mark.parametrize("drawn", STRINGS, ids=lambda e: e.number)
def test_written_value(drawn: Example) -> None:
    wrong = mismatches(drawn, loaded(is_written=True), WRITTEN)
    assert not wrong, f"example {drawn.number}, {drawn.shown}: " + "; ".join(wrong)


@pytest.mark.parametrize("drawn", REFUSED, ids=lambda e: e.number)
def test_refused_value(drawn: Refusal) -> None:
    row = {"sample_id": "S", "assay_id": "A"} | drawn.row
    tables = tables_from_csv({"pcr_measurements.csv": to_csv([row])})
    (finding,) = tables.findings.filter(tables.findings["source_line"] == 2).to_dicts()
    assert (finding["code"], finding["severity"]) == (drawn.code, "REJECTED")
    assert drawn.names in finding["message"]
    assert tables.inputs["pcr_measurements"].is_empty()


@pytest.mark.parametrize("drawn", NUMBERS, ids=lambda e: e.number)
def test_number(drawn: Computed) -> None:
    got = drawn.got()
    assert len(got) == len(drawn.want)
    for value, want in zip(got, drawn.want, strict=True):
        assert want.holds(value), f"{drawn.shown}: {value}, printed as {want.text}"
