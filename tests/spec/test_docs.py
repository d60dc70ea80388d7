"""The printed pages are those of the drawn tables, and the tables are complete."""

import pytest

from tests.spec import cml_examples, flow_ngs_examples
from tests.spec.drawn import Example
from tests.spec.print_docs import DOCS, render

ALL = (*cml_examples.EXAMPLES, *flow_ngs_examples.EXAMPLES)


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


@pytest.mark.parametrize("examples", [cml_examples.EXAMPLES, flow_ngs_examples.EXAMPLES])
def test_numbers_are_unique(examples: tuple[Example, ...]) -> None:
    numbers = [e.number for e in examples]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("drawn", ALL, ids=lambda e: e.number)
def test_line_does_not_contradict_itself(drawn: Example) -> None:
    if drawn.finding != "DETECTED":
        assert drawn.level is None
    if drawn.finding == "NOT_EVALUABLE":
        assert drawn.depth is None
    assert drawn.why.endswith(".")
    assert drawn.source
