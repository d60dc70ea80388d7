"""The pipeline and the naive classifier agree on generated samples."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generative.batches import STEADY, answers, batches, csv_files, rows_of
from tests.generative.cases import BY_DISEASE, OTHERS, Case
from tests.naive.classifier import classify
from tests.spec.drawn import same_number
from tests.support import tables_from_csv

STRATEGIES = BY_DISEASE | {"OTHERS": OTHERS}


def difference(case: Case, got: dict[str, Any] | None) -> str | None:
    """Say how the pipeline's answer differs from the naive one, or None."""
    want = classify(case)
    if got is None:
        return f"no row, naive says {want}\n  {case}"
    same = (got["finding"], got["status"], got["depth"]) == (want.finding, want.status, want.depth)
    same = same and same_number(got["level_fraction"], want.level)
    if want.reason is not None and want.status in ("INDETERMINATE", "NO_CATEGORY"):
        same = same and got["reason"] == want.reason
    same = same and want.flags <= set(got["flags"])
    if same:
        return None
    shown = {k: got[k] for k in ("finding", "status", "depth", "level_fraction", "reason", "flags")}
    level = None if want.level is None else float(want.level)
    return f"pipeline {shown}\n  naive {want} level {level}\n  {case}"


def compare(cases: Sequence[Case]) -> None:
    got = answers(tables_from_csv(csv_files(rows_of(cases))))
    wrong = [d for i, case in enumerate(cases) if (d := difference(case, got.get(f"S{i}")))]
    assert not wrong, f"{len(wrong)} of {len(cases)} samples differ:\n" + "\n".join(wrong[:5])


def checked(strategy: st.SearchStrategy[Case], size: int, times: int, steady: bool) -> Callable:
    @settings(max_examples=times, derandomize=steady, **STEADY)
    @given(batches(strategy, size))
    def run(cases: Sequence[Case]) -> None:
        compare(cases)

    return run


@pytest.mark.parametrize("disease", sorted(STRATEGIES))
def test_some_samples(disease: str) -> None:
    checked(STRATEGIES[disease], size=100, times=3, steady=True)()


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("disease", sorted(STRATEGIES))
def test_ten_thousand_patients(disease: str) -> None:
    checked(STRATEGIES[disease], size=100, times=100, steady=False)()
