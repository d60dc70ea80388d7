"""The drawn amendments and merges hold."""

from functools import cache

import pytest

from tests.spec.amendments_drawn import (
    Amended,
    Merged,
    load_amended,
    load_merged,
    mismatches_of_merges,
    mismatches_of_results,
)
from tests.spec.amendments_examples import AMENDED, MERGED
from tests.support import Tables


@cache
def _amended() -> Tables:
    return load_amended(AMENDED)


@cache
def _merged() -> Tables:
    return load_merged(MERGED)


@pytest.mark.parametrize("example", AMENDED, ids=lambda e: e.number)
def test_amendment(example: Amended) -> None:
    assert mismatches_of_results(example, _amended()) == []


@pytest.mark.parametrize("example", MERGED, ids=lambda e: e.number)
def test_merge(example: Merged) -> None:
    assert mismatches_of_merges(example, _merged()) == []


def test_numbers_are_unique_and_every_line_says_why() -> None:
    examples = (*AMENDED, *MERGED)
    assert len({e.number for e in examples}) == len(examples)
    assert all(e.why.endswith(".") for e in examples)
