"""What must hold for every sample, whatever the rule sets say."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.generative.batches import STEADY, answers, batches, csv_files, derived, rows_of
from tests.generative.by_disease import ANY
from tests.generative.cases import Case, flow, ngs, p210_copies
from tests.spec.drawn import MEASUREMENTS, Row
from tests.support import tables_from_csv

SIZE, TIMES = 60, 3
CELLS = st.one_of(flow("MM", "CELLS_TNC"), flow("CLL", "CELLS_LEUKOCYTE"), ngs("MM"), ngs("CLL"))
SHUFFLES = st.integers(0, 10_000)

DEPTHS = ("MR1", "MR2", "MR3", "MR4", "MR4.5", "MR5")
CELL_DEPTHS = ("MRD<1e-3", "MRD<1e-4", "MRD<1e-5", "MRD<1e-6")
CLL_DEPTHS = ("uMRD4", "uMRD5", "uMRD6")
# 95 of 100 samples show at least one event when 2.996 are expected.
POISSON_EVENTS = 2.9957


def holds(
    *strategies: st.SearchStrategy[Any], at_least: int
) -> Callable[[Callable[..., int]], Callable[[], None]]:
    """Run a check on a few batches; it says how many samples it compared."""

    def decorate(check: Callable[..., int]) -> Callable[[], None]:
        def test() -> None:
            compared = 0

            @settings(max_examples=TIMES, derandomize=True, **STEADY)
            @given(st.tuples(*strategies))
            def run(drawn: tuple[Any, ...]) -> None:
                nonlocal compared
                compared += check(*drawn)

            run()
            assert compared >= at_least, f"only {compared} samples were compared"

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate


def rank(depth: str | None) -> int:
    """Order the depths of one axis; null is the shallowest."""
    for axis in (DEPTHS, CELL_DEPTHS, CLL_DEPTHS):
        if depth in axis:
            return axis.index(depth) + 1
    assert depth is None, depth
    return 0


def load(tables: dict[str, list[Row]]) -> Any:
    return tables_from_csv(csv_files(tables))


def load_cases(cases: Sequence[Case]) -> dict[str, dict[str, Any]]:
    got = answers(load(rows_of(cases)))
    assert len(got) == len(cases)
    return got


SHOWN = (
    "disease", "modality", "numerator", "denominator", "finding", "level_fraction",
    "lod_fraction", "loq_fraction", "upper_fraction", "status", "depth", "reason", "flags",
)  # fmt: skip


def both(first: dict[str, Any], second: dict[str, Any]) -> str:
    """Print two answers that contradict each other."""
    return "\n".join(str({k: row[k] for k in SHOWN}) for row in (first, second))


def pairs(got: dict[str, dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the answers of cases 0 and 1, 2 and 3, and so on."""
    return [(got[f"S{i}"], got[f"S{i + 1}"]) for i in range(0, len(got), 2)]


def assert_same(first: dict[str, pl.DataFrame], second: dict[str, pl.DataFrame]) -> None:
    for name, frame in first.items():
        assert frame.height > 0
        assert_frame_equal(frame, second[name], check_exact=True)


@holds(batches(ANY, SIZE), SHUFFLES, at_least=SIZE)
def test_order_of_rows_and_files_does_not_matter(cases: Sequence[Case], seed: int) -> int:
    tables = rows_of(cases)
    mixer = random.Random(seed)
    mixed = {name: mixer.sample(rows, len(rows)) for name, rows in tables.items()}
    names = mixer.sample(sorted(mixed), len(mixed))
    assert_same(derived(load(tables)), derived(load({name: mixed[name] for name in names})))
    return len(cases)


@holds(batches(ANY, SIZE), SHUFFLES, at_least=SIZE)
def test_number_of_files_does_not_matter(cases: Sequence[Case], seed: int) -> int:
    tables = rows_of(cases)
    mixer = random.Random(seed)
    split: dict[str, list[Row]] = {}
    for name, rows in tables.items():
        cut = mixer.randint(0, len(rows))
        split[f"b_{name}"], split[f"a_{name}"] = rows[:cut], rows[cut:]
    assert_same(derived(load(tables)), derived(load(split)))
    return len(cases)


@holds(batches(p210_copies(), SIZE), at_least=SIZE)
def test_names_of_replicates_do_not_matter(cases: Sequence[Case]) -> int:
    renamed = [
        case | {"rows": [r | {"replicate": str(9 - int(r["replicate"]))} for r in case["rows"]]}
        for case in cases
    ]
    first, second = derived(load(rows_of(cases))), derived(load(rows_of(renamed)))
    for name, frame in first.items():
        # Sums of decimal copies may differ in the last bit.
        assert_frame_equal(frame, second[name], check_exact=False, rel_tol=1e-12, abs_tol=0.0)
    return len(cases)


@holds(
    batches(st.tuples(p210_copies(), st.sampled_from(("10000", "24000", "33000", "240000"))), SIZE),
    at_least=40,
)
def test_a_negative_replicate_never_makes_an_undetected_sample_shallower(
    drawn: Sequence[tuple[Case, str]],
) -> int:
    cases = []
    for case, control in drawn:
        silent = [row | {"target_copies": "0"} for row in case["rows"]]
        extra = {"replicate": "9", "target_copies": "0", "control_copies": control}
        cases += [case | {"rows": silent}, case | {"rows": [*silent, extra]}]
    compared = 0
    for before, after in pairs(load_cases(cases)):
        assert before["finding"] != "DETECTED"
        assert rank(after["depth"]) >= rank(before["depth"]), both(before, after)
        compared += before["finding"] == "NOT_DETECTED"
    return compared


@holds(
    batches(st.tuples(st.one_of(CELLS, p210_copies()), st.sampled_from((2, 3, 10))), SIZE),
    at_least=40,
)
def test_more_material_never_makes_a_negative_weaker(drawn: Sequence[tuple[Case, int]]) -> int:
    cases = []
    for case, times in drawn:
        few, many = [], []
        for row in case["rows"]:
            column = next(
                c for c in ("denominator_events", "total_count", "control_copies") if c in row
            )
            found = next(c for c in ("mrd_events", "marker_count", "target_copies") if c in row)
            few.append(row | {found: "0"})
            more = str(int(row[column]) * times) if row[column] else ""
            many.append(row | {found: "0", column: more})
        cases += [case | {"rows": few}, case | {"rows": many}]
    compared = 0
    for before, after in pairs(load_cases(cases)):
        assert rank(after["depth"]) >= rank(before["depth"]), both(before, after)
        if before["status"] == "NEGATIVE":
            assert after["status"] == "NEGATIVE", both(before, after)
            compared += 1
    return compared


@holds(
    batches(
        st.tuples(st.one_of(CELLS, p210_copies()), st.sampled_from((1, 2, 10, 20, 50, 1000))), SIZE
    ),
    at_least=40,
)
def test_more_disease_never_proves_a_deeper_level(drawn: Sequence[tuple[Case, int]]) -> int:
    cases = []
    for case, more in drawn:
        rows = case["rows"][:1]
        if "target_copies" in rows[0]:
            # Of an unknown transcript a detection proves more than a negative does.
            case = case | {"patient": {"disease": "CML", "transcript": "e14a2"}}
        if rows[0].get("count_kind") == "READS":
            # A claimed LOQ says more of a detection in reads than of a negative without an LOD.
            case = case | {"assay": case["assay"] | {"loq_fraction": ""}}
        found = next(c for c in ("mrd_events", "marker_count", "target_copies") if c in rows[0])
        count = float(rows[0][found] or "0")
        total = rows[0].get("denominator_events") or rows[0].get("total_count") or "1000000"
        if count + more > float(total):
            count, more = 0, 0
        low, high = f"{count:g}", f"{count + more:g}"
        cases += [case | {"rows": [r | {found: n} for r in rows]} for n in (low, high)]
    compared = 0
    for less, more_disease in pairs(load_cases(cases)):
        if "NOT_EVALUABLE" in (less["finding"], less["status"]):
            continue
        assert rank(more_disease["depth"]) <= rank(less["depth"]), both(less, more_disease)
        compared += 1
    return compared


def not_evaluable_rows(case: Case) -> list[Row]:
    modality = case["assay"]["modality"]
    if modality == "FLOW":
        return [{"mrd_events": "0", "denominator_events": "0"}]
    if modality == "NGS":
        return [{"marker": "IG/TR", "marker_count": "0", "total_count": "0"}]
    return [{"reported_call": "INVALID"}]


@holds(batches(ANY, SIZE), at_least=40)
def test_a_sample_that_is_not_evaluable_changes_no_other(cases: Sequence[Case]) -> int:
    tables = rows_of(cases)
    before = load(tables)
    for i, case in enumerate(cases):
        sample = {"sample_id": f"S{i}x", "patient_id": f"P{i}", "tissue": "BM"}
        tables["samples.csv"].append(sample | {"collected_on": "2024-05-01"})
        tables[MEASUREMENTS[case["assay"]["modality"]]].extend(
            {"sample_id": f"S{i}x", "assay_id": f"A{i}"} | row for row in not_evaluable_rows(case)
        )
    after = load(tables)
    for name in ("assay_results", "mrd_status", "sample_remission"):
        was, now = getattr(before, name), getattr(after, name)
        new = now.filter(pl.col("sample_id").str.ends_with("x"))
        assert new.height == len(cases)
        if "finding" in new.columns:
            assert set(new["finding"]) == {"NOT_EVALUABLE"}
        assert_frame_equal(
            was, now.filter(~pl.col("sample_id").str.ends_with("x")), check_exact=True
        )
    return len(cases)


@holds(batches(ANY, SIZE), at_least=40)
def test_a_level_lies_inside_its_interval(cases: Sequence[Case]) -> int:
    got = load_cases(cases).values()
    compared = 0
    for row in got:
        low, high = row["ci_low_fraction"], row["ci_high_fraction"]
        assert (low is None) == (high is None), row
        if low is None:
            continue
        assert 0 <= low < high, row
        for value in (row["level_fraction"], row["estimate_fraction"]):
            if value is not None:
                assert low * (1 - 1e-9) <= value <= high * (1 + 1e-9), row
                compared += 1
    return compared


@holds(batches(ANY, SIZE), at_least=40)
def test_a_limit_of_detection_is_never_below_what_the_material_allows(cases: Sequence[Case]) -> int:
    got = load_cases(cases)
    compared = 0
    for i, case in enumerate(cases):
        row = got[f"S{i}"]
        if row["lod_fraction"] is None or not row["denominator"]:
            continue
        if case["assay"]["modality"] == "NGS" and case["assay"].get("lod_events"):
            continue  # the maker's limit rests on several markers
        factor = row["conversion_factor"] if row["basis"] == "RNA_RATIO_IS" else 1
        floor = POISSON_EVENTS / row["denominator"] * (factor or 1)
        assert row["lod_fraction"] >= min(floor, 1), (row, case)
        compared += 1
    return compared


@holds(batches(CELLS, SIZE), at_least=20)
def test_what_was_not_detected_is_not_above_its_limit_of_detection(cases: Sequence[Case]) -> int:
    """A trace that the LOD says would have been seen is no negative."""
    compared = 0
    for row in load_cases(cases).values():
        counted = row["numerator"] is not None and row["denominator"]
        if row["finding"] != "NOT_DETECTED" or not counted or row["modality"] == "PCR":
            continue
        if row["lod_fraction"] is not None:
            assert row["numerator"] / row["denominator"] < row["lod_fraction"], row
            compared += 1
    return compared


@holds(batches(ANY, SIZE), at_least=40)
def test_columns_of_a_row_agree_with_each_other(cases: Sequence[Case]) -> int:
    """Never 0 for not detected, and never a number for what is censored."""
    for row in load_cases(cases).values():
        # `<=` and `>=` of booleans: "only if" and "if".
        assert (row["level_fraction"] is not None) <= (row["finding"] == "DETECTED"), row
        assert (row["censor"] == "NONE") >= (row["level_fraction"] is not None), row
        assert row["level_fraction"] != 0, row
        assert row["is_quantifiable"] == (row["level_fraction"] is not None), row
        if row["finding"] == "NOT_EVALUABLE":
            assert row["depth"] is None, row
            assert row["status"] in ("NOT_EVALUABLE", "NO_CATEGORY"), row
        if row["status"] == "NEGATIVE" and row["finding"] == "DETECTED":
            assert row["reason"] == "DETECTED_BELOW_THRESHOLD", row
        if row["level_fraction"] is not None:
            assert row["upper_fraction"] == row["level_fraction"], row
    return len(cases)
