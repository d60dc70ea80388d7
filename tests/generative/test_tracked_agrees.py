"""What counts by a patient's list, what is absent and what cannot be told: as the naive side says it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings

from tests.generative.batches import STEADY, batches, csv_files, rows_of
from tests.generative.cases import Case
from tests.generative.test_sensitivity_agrees import wrong_columns
from tests.generative.tracked_cases import lists
from tests.naive.classifier import classify
from tests.naive.sensitivity import expected_results
from tests.naive.sensitivity_flow_ngs import deciding_runs
from tests.naive.tracked import counted_rows, not_mentioned
from tests.support import Tables, tables_from_csv

LACKS = "TRACKED_MARKER_NOT_MENTIONED"


def sample_status(statuses: Sequence[str], lacks: int) -> str:
    """Combine the statuses of a sample: a list that lacks a tracked marker cannot be negative."""
    counted = [s for s in statuses if s != "NO_CATEGORY"]
    for word in ("POSITIVE", "LOW_LEVEL", "INDETERMINATE"):
        if word in counted:
            return word
    if not counted:
        return "NO_CATEGORY"
    if set(counted) == {"NOT_EVALUABLE"}:
        return "NOT_EVALUABLE"
    return "NEGATIVE" if set(counted) == {"NEGATIVE"} and not lacks else "INDETERMINATE"


def differences(number: int, case: Case, tables: Tables) -> list[str]:
    """Say for one sample what differs."""
    sample_id = f"S{number}"
    case = case | {"assay": case["assay"] | {"assay_id": f"A{number}"}}
    results, status = (
        {row["marker"]: row for row in table.filter(table["sample_id"] == sample_id).to_dicts()}
        for table in (tables.assay_results, tables.mrd_status)
    )
    wanted = expected_results(case)
    if results.keys() != wanted.keys():
        return [f"markers are {sorted(results)}, should be {sorted(wanted)}"]
    wrong = []
    for marker, want in wanted.items():
        wrong += [f"{marker}: {w}" for w in wrong_columns(results[marker], want)]
        rows = [row for row in counted_rows(case) if row["marker"] == marker]
        alone = {"rows": deciding_runs(case, rows), "assay": case["assay"] | {"marker": marker}}
        verdict = classify(case | alone | {"tracked": [], "elsewhere": []})
        got = status[marker]
        if (got["finding"], got["status"]) != (verdict.finding, verdict.status):
            wrong.append(f"{marker}: is {got['finding']} {got['status']}, should be {verdict}")
    lacks, of = not_mentioned(case)
    (sample,) = tables.sample_remission.filter(sample_id=sample_id).to_dicts()
    combined = sample_status([row["status"] for row in status.values()], lacks)
    if sample["status"] != combined:
        wrong.append(f"sample is {sample['status']}, should be {combined}")
    found = tables.findings.filter(
        (tables.findings["code"] == LACKS) & (tables.findings["value"] == sample_id)
    )["message"].to_list()
    if [f"({lacks} of {of} of" in m for m in found] != [True] * bool(lacks):
        wrong.append(f"findings {found}, should be about {lacks} of {of}")
    return wrong


def compare(cases: Sequence[Case]) -> set[str]:
    """Load the cases, check each, and return the flags that came up."""
    tables = tables_from_csv(csv_files(rows_of(cases)))
    rejected = tables.findings.filter(tables.findings["severity"] == "REJECTED")
    assert rejected.is_empty(), rejected.select("code", "message").head().to_dicts()
    wrong = [
        "\n  ".join([*found, str(case)])
        for i, case in enumerate(cases)
        if (found := differences(i, case, tables))
    ]
    assert not wrong, f"{len(wrong)} of {len(cases)} samples differ:\n" + "\n".join(wrong[:3])
    return {flag for flags in tables.assay_results["flags"].to_list() for flag in flags}


def check(size: int, times: int, steady: bool) -> None:
    seen: set[str] = set()

    @settings(max_examples=times, derandomize=steady, **STEADY)
    @given(batches(lists(), size))
    def run(cases: Sequence[Case]) -> None:
        seen.update(compare(cases))

    run()
    assert {"absent_from_complete_list", LACKS.lower(), "new_variant"} <= seen


def test_some_lists() -> None:
    check(size=80, times=3, steady=True)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_lists() -> None:
    check(size=150, times=100, steady=False)
