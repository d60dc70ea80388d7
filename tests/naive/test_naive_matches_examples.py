"""The naive classifier says what the drawn examples say, so that both can be trusted alike."""

import pytest

from tests.naive.classifier import Verdict, classify
from tests.spec import cml_examples, flow_ngs_examples
from tests.spec.drawn import COLLECTED_ON, Example, same_number

# The naive classifier knows neither runs nor more than one row of an assay.
ALL = [
    e
    for e in (*cml_examples.EXAMPLES, *flow_ngs_examples.EXAMPLES)
    if not e.runs and len(e.assays) == 1
]


def say(drawn: Example) -> Verdict:
    return classify(
        {
            "patient": {"disease": "CML"} | drawn.patient,
            "sample": {"collected_on": COLLECTED_ON, "tissue": "PB"} | drawn.sample,
            "assay": drawn.assays[0],
            "rows": list(drawn.rows),
        }
    )


@pytest.mark.parametrize("drawn", ALL, ids=lambda e: e.number)
def test_naive_agrees(drawn: Example) -> None:
    got = say(drawn)
    assert (got.finding, got.status, got.depth) == (drawn.finding, drawn.status, drawn.depth)
    assert same_number(None if got.level is None else float(got.level), drawn.level)
    if drawn.reason is not None and got.reason is not None:
        assert got.reason == drawn.reason
    assert not got.flags & set(drawn.not_flags)


def test_most_examples_take_part() -> None:
    left_out = {e.number for e in (*cml_examples.EXAMPLES, *flow_ngs_examples.EXAMPLES)}
    left_out -= {e.number for e in ALL}
    assert left_out == {"R10", "R11", "R20"}
