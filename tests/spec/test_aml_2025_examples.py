"""The pipeline does what the drawn examples of `eln-aml-2025` say."""

from functools import cache
from typing import Any

import pytest

from tests.spec import course_drawn
from tests.spec.aml_2025_examples import COMBINED, EXAMPLES, RULESET
from tests.spec.course_drawn import Course, rules_of
from tests.spec.drawn import Example, files_of, mismatches
from tests.support import tables_from_csv

FILES = files_of(EXAMPLES)


@cache
def loaded() -> Any:
    return tables_from_csv(FILES, rules_of(RULESET))


@cache
def loaded_beside(ruleset: str) -> Any:
    own = [c for c in COMBINED if c.ruleset == ruleset]
    return tables_from_csv(course_drawn.files_of(own), rules_of(ruleset))


@pytest.mark.parametrize("drawn", EXAMPLES, ids=lambda e: e.number)
def test_example(drawn: Example) -> None:
    wrong = mismatches(drawn, loaded(), FILES)
    assert not wrong, f"example {drawn.number}, {drawn.shown}: " + "; ".join(wrong)


@pytest.mark.parametrize("drawn", COMBINED, ids=lambda c: c.id)
def test_beside_a_clinical_response(drawn: Course) -> None:
    wrong = course_drawn.mismatches(drawn, loaded_beside(drawn.ruleset))
    assert not wrong, f"example {drawn.id}, {drawn.shown}: " + "; ".join(wrong)


def test_every_example_of_single_samples_is_drawn() -> None:
    """16 to 25, 32, 35, 37 and 38 are courses."""
    drawn = {int(e.number.split("-")[1]) for e in EXAMPLES if e.number[:4] in ("AML-", "APL-")}
    drawn |= {int(c.number) for c in COMBINED}
    assert drawn == {*range(1, 16), *range(26, 32), 33, 34, 36, *range(39, 43)}


@pytest.mark.parametrize("drawn", EXAMPLES, ids=lambda e: e.number)
def test_source_is_named(drawn: Example) -> None:
    assert drawn.source.startswith("aml.md §")
    assert drawn.why.endswith(".")


def test_numbers_are_unique() -> None:
    numbers = [e.number for e in EXAMPLES]
    assert len(numbers) == len(set(numbers))
