"""Statuses in every disease: deeper is never worse, and a better test never makes a positive of a negative."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.generative.batches import answers, batches, rows_of
from tests.generative.by_disease import BY_DISEASE
from tests.generative.cases import Case
from tests.generative.test_properties import SIZE, both, holds, load

WORSE = ("NEGATIVE", "LOW_LEVEL", "POSITIVE")
ALL = st.one_of(*BY_DISEASE.values())
COUNTED = {"mrd_events": "denominator_events", "marker_count": "total_count", "target_copies": "control_copies"}  # fmt: skip


def _pairs(cases: Sequence[Case]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the answers of cases 0 and 1, 2 and 3, and so on; changed ones may be refused at the door."""
    got = answers(load(rows_of(cases))) if cases else {}
    names = [(f"S{i}", f"S{i + 1}") for i in range(0, len(cases), 2)]
    return [(got[a], got[b]) for a, b in names if a in got and b in got]


def _judged(*rows: dict[str, Any]) -> bool:
    return all(row["status"] in WORSE for row in rows)


def _with_less(case: Case, divisor: int) -> Case | None:
    """Return the case with so much less disease, or None where it is no case of plain counts."""
    rows = []
    for row in case["rows"]:
        found = next((c for c in COUNTED if row.get(c)), None)
        if (
            found is None
            or row.get("target_cq")
            or row.get("reported_value")
            or row.get("reported_call")
        ):
            return None
        less = float(row[found]) / divisor
        # counts of cells and molecules are whole
        rows.append(row | {found: f"{less:.12g}" if found == "target_copies" else str(int(less))})
    return case | {"rows": rows}  # fmt: skip


@holds(batches(st.tuples(ALL, st.sampled_from((2, 10, 1000, 10**9))), 4 * SIZE), at_least=30)
def test_less_disease_never_gets_a_worse_status(drawn: Sequence[tuple[Case, int]]) -> int:
    cases = []
    for case, divisor in drawn:
        less = _with_less(case, divisor)
        if less is not None:
            cases += [less, case]
    compared = 0
    for less, more in _pairs(cases):
        if _judged(less, more):
            assert WORSE.index(less["status"]) <= WORSE.index(more["status"]), both(less, more)
            compared += less["status"] != more["status"]
    return compared


@holds(batches(st.tuples(ALL, st.sampled_from((2, 10, 100))), 4 * SIZE), at_least=10)
def test_a_better_limit_never_turns_a_negative_into_a_positive(
    drawn: Sequence[tuple[Case, int]],
) -> int:
    cases = []
    for case, divisor in drawn:
        assay = dict(case["assay"])
        for limit in ("lod_fraction", "lod_events", "min_count"):
            if assay.get(limit):
                better = float(assay[limit]) / divisor
                assay[limit] = (
                    str(max(int(better), 1)) if limit == "min_count" else f"{better:.12g}"
                )
        if assay != case["assay"]:
            cases += [case, case | {"assay": assay}]
    compared = 0
    for before, after in _pairs(cases):
        if before["status"] == "NEGATIVE":
            assert after["status"] != "POSITIVE", both(before, after)
            compared += 1
    return compared
