"""The naive limits are those of the drawn examples, so that both can be trusted alike."""

from typing import Any

import pytest

from tests.naive.sensitivity import expected_results
from tests.spec.drawn import COLLECTED_ON, Example, Printed, same_number
from tests.spec.sensitivity_examples import EXAMPLES

# What the naive ones do not know: a call beside Cq's, and a value that contradicts its counts.
LEFT_OUT = ("P8", "D11")
ALL = [e for e in EXAMPLES if len(e.assays) == 1 and e.number not in LEFT_OUT]


def answer_of(drawn: Example) -> dict[str, Any]:
    sample = {"collected_on": COLLECTED_ON, "tissue": "PB"}
    results = expected_results(
        {
            "patient": {"disease": "CML"} | drawn.patient,
            "sample": sample | drawn.sample,
            "samples": [sample | other for other in drawn.other_samples],
            "assay": {"assay_id": drawn.assay_id} | drawn.assays[0],
            "runs": list(drawn.runs),
            "rows": list(drawn.rows),
            "elsewhere": list(drawn.elsewhere),
            "tracked": list(drawn.tracked),
        }
    )
    return results[drawn.marker] if drawn.marker else next(iter(results.values()))


def compared(drawn: Example) -> tuple[int, list[str]]:
    """Count the columns that both have, and list those that differ."""
    answer = answer_of(drawn)
    wanted = {"finding": drawn.finding, "level_fraction": drawn.level} | drawn.checks
    if drawn.censor is not None:
        wanted["censor"] = drawn.censor
    wrong, count = [], 0
    for column in wanted.keys() & answer.keys():
        got, want = answer[column], wanted[column]
        is_word = isinstance(want, str | bool) or isinstance(got, str | bool)
        if is_word:
            same = got == want
        else:
            rel = 0.01 if column.startswith("ci_") and not isinstance(want, Printed) else 1e-9
            same = same_number(None if got is None else float(got), want, rel)
        count += 1
        if not same:
            wrong.append(f"{column}: naive {got}, drawn {want}")
    wrong += [f"flag {f} not set" for f in drawn.flags if answer["flags"].get(f) is False]
    wrong += [f"flag {f} set" for f in drawn.not_flags if answer["flags"].get(f)]
    return count, wrong


@pytest.mark.parametrize("drawn", ALL, ids=lambda e: e.number)
def test_naive_agrees(drawn: Example) -> None:
    _, wrong = compared(drawn)
    assert not wrong, f"{drawn.shown}: " + "; ".join(wrong)


def test_many_columns_are_compared() -> None:
    assert sum(compared(drawn)[0] for drawn in ALL) > 300
