"""The pipeline does what the drawn flow and sequencing examples say."""

from functools import cache
from typing import Any

import pytest

from tests.spec.drawn import Example, files_of, mismatches
from tests.spec.flow_ngs_examples import EXAMPLES
from tests.support import tables_from_csv

FILES = files_of(EXAMPLES)


@cache
def loaded() -> Any:
    return tables_from_csv(FILES)


@pytest.mark.parametrize("drawn", EXAMPLES, ids=lambda e: e.number)
def test_example(drawn: Example) -> None:
    wrong = mismatches(drawn, loaded(), FILES)
    assert not wrong, f"example {drawn.number}, {drawn.shown}: " + "; ".join(wrong)
