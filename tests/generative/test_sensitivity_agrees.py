"""Limits, intervals and axes of the pipeline equal the naive ones, column by column."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.generative.batches import STEADY, batches, csv_files, rows_of
from tests.generative.cases import Case
from tests.generative.sensitivity_cases import flow_results, ngs_results
from tests.generative.sensitivity_cases_pcr import PCR
from tests.naive.sensitivity import expected_results
from tests.spec.drawn import same_number
from tests.support import tables_from_csv

STRATEGIES = {"FLOW": flow_results(), "NGS": ngs_results(), **PCR}
RELATIVE = 1e-9


def same(got: Any, want: Any) -> bool:
    """Compare a cell: words exactly, numbers to nine digits."""
    if want is None or isinstance(want, str | bool) or isinstance(got, str | bool):
        return bool(got == want)
    return same_number(got, float(want), RELATIVE)


def wrong_columns(got: dict[str, Any], want: dict[str, Any]) -> list[str]:
    """List the columns that differ, with both values."""
    out = []
    for column, value in want.items():
        if column == "flags":
            out += [
                f"flag {f}: {'is' if f in got['flags'] else 'is not'} set, should be {is_set}"
                for f, is_set in value.items()
                if (f in got["flags"]) != is_set
            ]
        elif column != "series" and not same(got[column], value):
            shown = value if value is None or isinstance(value, str | bool) else float(value)
            out.append(f"{column}: is {got[column]!r}, should be {shown!r}")
    return out


def compare(cases: Sequence[Case]) -> list[str]:
    """Load all cases and say for each result what differs."""
    tables = tables_from_csv(csv_files(rows_of(cases)))
    results = {(r["sample_id"], r["marker"]): r for r in tables.assay_results.to_dicts()}
    rejected = tables.findings.filter(tables.findings["severity"] == "REJECTED")
    assert rejected.is_empty(), rejected.select("code", "message").head().to_dicts()
    wrong = []
    names: dict[tuple[str, ...], set[str]] = {}
    for i, case in enumerate(cases):
        for marker, want in expected_results(
            case | {"assay": case["assay"] | {"assay_id": f"A{i}"}}
        ).items():
            got = results.pop((f"S{i}", marker), None)
            if got is None:
                wrong.append(f"no row for {marker}\n  {case}")
                continue
            names.setdefault(want["series"], set()).add(got["series"])
            if columns := wrong_columns(got, want):
                wrong.append("\n  ".join([*columns, str(case)]))
    assert not results, f"results that nothing asked for: {sorted(results)}"
    texts = Counter(text for texts in names.values() for text in texts)
    wrong += [
        f"one series is named {texts}: {key}" for key, texts in names.items() if len(texts) > 1
    ]
    wrong += [f"two series have the name {text!r}" for text, times in texts.items() if times > 1]
    return wrong


def checked(
    strategy: st.SearchStrategy[Case], size: int, times: int, steady: bool
) -> Callable[[], None]:
    @settings(max_examples=times, derandomize=steady, **STEADY)
    @given(batches(strategy, size))
    def run(cases: Sequence[Case]) -> None:
        wrong = compare(cases)
        assert not wrong, f"{len(wrong)} differences in {len(cases)} samples:\n" + "\n".join(
            wrong[:5]
        )

    return run


@pytest.mark.parametrize("kind", sorted(STRATEGIES))
def test_some_samples(kind: str) -> None:
    checked(STRATEGIES[kind], size=100, times=2, steady=True)()


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", sorted(STRATEGIES))
def test_many_samples(kind: str) -> None:
    checked(STRATEGIES[kind], size=150, times=40, steady=False)()
