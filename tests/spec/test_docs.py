"""The printed pages are those of the drawn tables, and the tables are complete."""

from functools import cache

import pytest

from tests.spec import (
    aml_2025_examples,
    cml_examples,
    flow_ngs_examples,
    guideline_examples,
    sensitivity_examples,
)
from tests.spec.course_drawn import Course
from tests.spec.course_examples import COURSES
from tests.spec.drawn import Example
from tests.spec.print_docs import DOCS, render

_pages = cache(render)

PAGES = (
    cml_examples.EXAMPLES,
    flow_ngs_examples.EXAMPLES,
    (*sensitivity_examples.EXAMPLES, *sensitivity_examples.STRINGS),
    guideline_examples.EXAMPLES,
    aml_2025_examples.EXAMPLES,
)
ALL = tuple(e for page in PAGES for e in page)


@pytest.mark.parametrize("name", sorted(render()))
def test_page_is_current(name: str) -> None:
    page = DOCS / name
    current = page.read_text(encoding="utf-8") if page.exists() else ""
    assert current == render()[name], (
        f"docs/{name} is stale; regenerate with `.venv/bin/python -m tests.spec.print_docs`"
    )


def test_every_worked_example_of_the_text_is_drawn() -> None:
    drawn = {e.number.split("-")[0] for e in cml_examples.WORKED}
    assert drawn == {str(n) for n in (*range(1, 28), 36)}
    cells = {e.number.rstrip("ab") for e in flow_ngs_examples.WORKED}
    assert cells == {"1", "2", "3", "4", "5", "6", "7", "19", "20", "21", "31", "32"}
    limits = {e.number.split("-")[0].rstrip("abcdefgh") for e in PAGES[2]}
    text = {n for n in limits if n.startswith("L")}
    # 13, 28, 29 and 30 are about several samples or assays, that is about rule sets
    assert text == {f"L{n}" for n in (*range(8, 13), *range(14, 19), *range(22, 28), 33)}
    aml = {n for n in limits if n.startswith("A")}
    # the others are in the guideline examples, or the course of a patient
    assert aml == {f"A{n}" for n in (*range(1, 5), *range(10, 14), *range(26, 32), 33, 42)}
    ruled = {tuple(e.number.rstrip("ab").split("-")[:2]) for e in guideline_examples.WORKED}
    # AML 16 to 25, 35 and 37 to 41 are the course of a patient, or clinical responses
    assert ruled == {
        *(("AML", str(n)) for n in (*range(1, 16), *range(26, 35), 42)),
        ("APL", "36"),
        *(("ALL", str(n)) for n in (*range(1, 7), 9, 12, 14, 23, 26)),
        *(("MM", str(n)) for n in (7, *range(19, 22))),
        *(("CLL", str(n)) for n in (31, 32)),
    }


@pytest.mark.parametrize("examples", PAGES)
def test_numbers_are_unique(examples: tuple[Example, ...]) -> None:
    numbers = [e.number for e in examples]
    if examples is PAGES[2]:
        numbers += [n.number for n in sensitivity_examples.NUMBERS]
        numbers += [r.number for r in sensitivity_examples.REFUSED]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("drawn", ALL, ids=lambda e: e.number)
def test_line_does_not_contradict_itself(drawn: Example) -> None:
    if drawn.finding != "DETECTED":
        assert drawn.level is None
    if drawn.finding == "NOT_EVALUABLE":
        assert drawn.depth is None
    assert drawn.why.endswith(".")
    assert drawn.source


@pytest.mark.parametrize("drawn", (*COURSES, *aml_2025_examples.COMBINED), ids=lambda c: c.id)
def test_course_is_printed_with_why_and_source(drawn: Course) -> None:
    name = "examples_course.md" if drawn in COURSES else "examples_aml_2025.md"
    page = _pages()[name]
    assert f"**{drawn.number}** " in page
    lines = [line for line in page.splitlines() if line.startswith(f"- `{drawn.ruleset}`: ")]
    assert any(drawn.why in line and f"Source: {drawn.source}." in line for line in lines)


def test_courses_of_one_number_have_the_same_samples() -> None:
    """They are printed in one block, with the samples of the first."""
    first: dict[tuple[str, str], Course] = {}
    for drawn in COURSES:
        known = first.setdefault((drawn.patient["disease"], drawn.number), drawn)
        assert drawn.samples == known.samples
        assert (drawn.patient, drawn.treatments, drawn.clinical, drawn.shown) == (
            known.patient,
            known.treatments,
            known.clinical,
            known.shown,
        )
