"""The pipeline and the naive classifier agree on generated samples."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generative.batches import DECIDED, STEADY, answers, batches, csv_files, rows_of
from tests.generative.by_disease import BY_DISEASE
from tests.generative.cases import Case
from tests.naive.classifier import classify
from tests.spec.drawn import same_number
from tests.support import tables_from_csv


def difference(case: Case, got: dict[str, Any] | None) -> str | None:
    """Say how the pipeline's answer differs from the naive one, or None."""
    want = classify(case)
    if got is None:
        return f"no row, naive says {want}\n  {case}"
    same = (got["finding"], got["status"], got["depth"]) == (want.finding, want.status, want.depth)
    same = same and same_number(got["level_fraction"], want.level)
    # Whether no replicate is evaluable or none has copies, the document leaves open.
    if want.reason not in (None, "NO_EVALUABLE_REPLICATE"):
        same = same and got["reason"] == want.reason
    if want.is_low_confidence is not None:
        same = same and bool(got["is_low_confidence"]) == want.is_low_confidence
    if want.required_lod is not None and want.reason != "MARKER_EXCLUDED":
        same = same and same_number(got["required_lod_fraction"], want.required_lod)
    same = same and want.flags <= set(got["flags"])
    if same:
        return None
    shown = {k: got[k] for k in ("finding", "level_fraction", "flags", *DECIDED)}
    level = None if want.level is None else float(want.level)
    return f"pipeline {shown}\n  naive {want} level {level}\n  {case}"


def compare(cases: Sequence[Case]) -> None:
    got = answers(tables_from_csv(csv_files(rows_of(cases))))
    wrong = [d for i, case in enumerate(cases) if (d := difference(case, got.get(f"S{i}")))]
    assert not wrong, f"{len(wrong)} of {len(cases)} samples differ:\n" + "\n".join(wrong[:5])


def checked(
    strategy: st.SearchStrategy[Case], size: int, times: int, steady: bool
) -> Callable[[], None]:
    @settings(max_examples=times, derandomize=steady, **STEADY)
    @given(batches(strategy, size))
    def run(cases: Sequence[Case]) -> None:
        compare(cases)

    return run


@pytest.mark.parametrize("disease", sorted(BY_DISEASE))
def test_some_samples(disease: str) -> None:
    checked(BY_DISEASE[disease], size=100, times=2, steady=True)()


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("disease", sorted(BY_DISEASE))
def test_ten_thousand_patients(disease: str) -> None:
    checked(BY_DISEASE[disease], size=100, times=100, steady=False)()
