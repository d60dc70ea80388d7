"""What must hold of limits, intervals and axes, whatever the counts."""

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.models import MODELS
from tests.generative.batches import batches, derived, rows_of
from tests.generative.cases import Case
from tests.generative.sensitivity_cases import flow_results, ngs_results, pick
from tests.generative.sensitivity_cases_pcr import PCR
from tests.generative.test_properties import SHUFFLES, holds, load
from tests.naive.sensitivity_pcr import without_merged_well

Result = dict[str, Any]

SIZE = 60
COUNTED = st.one_of(flow_results(), ngs_results(), PCR["RNA_COPIES"], PCR["DIGITAL"])
EVERY = st.one_of(flow_results(), ngs_results(), *PCR.values())
SLACK = 1e-9


def results_of(cases: Sequence[Case]) -> list[dict[str, Result]]:
    """Return the results of each case by marker."""
    out: list[dict[str, Result]] = [{} for _ in cases]
    for row in load(rows_of(cases)).assay_results.to_dicts():
        out[int(row["sample_id"].removeprefix("S"))][row["marker"]] = row
    assert all(out)
    return out


def before_and_after(pairs: Sequence[tuple[Case, Case]]) -> list[tuple[Result, Result, Case]]:
    """Load both cases of each pair and return their results side by side."""
    got = results_of([case for pair in pairs for case in pair])
    out = []
    for i, (case, _) in enumerate(pairs):
        first, second = got[2 * i], got[2 * i + 1]
        assert first.keys() == second.keys()
        out += [(first[m], second[m], case) for m in first]
    return out


def shown(*results: Result) -> str:
    columns = (
        "marker", "basis", "finding", "finding_reason", "numerator", "denominator",
        "level_fraction", "estimate_fraction", "censor", "upper_fraction", "ci_low_fraction",
        "ci_high_fraction", "lod_fraction", "lod_kind", "lod95_fraction", "loq_fraction",
        "claimed_lod_fraction", "poisson_floor_fraction", "effective_denominator",
        "decision_count", "rdf_fraction", "rdf_upper_fraction", "rdf_kind", "flags",
    )  # fmt: skip
    return "\n".join(str({c: r[c] for c in columns if r[c] is not None}) for r in results)


def multiplied(row: dict[str, str], columns: Sequence[str], times: int) -> dict[str, str]:
    """Multiply the numbers of some columns; empty cells stay empty."""
    changed = {c: row[c] for c in columns if row.get(c)}
    return row | {c: f"{float(v) * times:.17g}" for c, v in changed.items()}


# ---- material ----------------------------------------------------------------------------------


MATERIAL = (
    "denominator_events", "tnc_events", "total_count", "input_ng", "control_copies",
)  # fmt: skip
FOUND = ("mrd_events", "marker_count", "target_copies", "positive_partitions")


def silent(case: Case) -> Case:
    """Return the case with nothing found, and without errors per molecule."""
    rows = []
    for row in case["rows"]:
        row = row | {c: "0" for c in FOUND if row.get(c)} | {"error_rate": ""}
        if "reported_call" in row:
            row |= {"reported_call": "NOT_DETECTED", "reported_value": "", "reported_unit": ""}
        if row.get("target_cq"):
            row["target_cq"] = "Undetermined"
        rows.append({c: v for c, v in row.items() if c != "error_rate" or "marker_count" in row})
    return case | {"rows": rows, "assay": case["assay"] | {"error_rate": ""}}


def with_more_material(case: Case, times: int) -> Case:
    """Multiply what was looked at; of digital PCR by further wells like the first ones."""
    rows = case["rows"]
    if "positive_partitions" in rows[0]:
        wells = without_merged_well(rows)
        more = [r | {"replicate": f"{r['replicate']}-{i}"} for i in range(times) for r in wells]
        return case | {"rows": more}
    return case | {"rows": [multiplied(row, MATERIAL, times) for row in rows]}


@holds(batches(st.tuples(EVERY, pick((2, 3, 10))), SIZE), at_least=40)
def test_more_material_never_makes_a_negative_weaker(drawn: Sequence[tuple[Case, int]]) -> int:
    pairs = [(quiet := silent(case), with_more_material(quiet, times)) for case, times in drawn]
    compared = 0
    for before, after, case in before_and_after(pairs):
        if before["finding"] != "NOT_DETECTED":
            continue
        assert after["finding"] == "NOT_DETECTED", shown(before, after)
        if before["lod_fraction"] is not None:
            assert after["lod_fraction"] <= before["lod_fraction"] * (1 + SLACK), (
                shown(before, after),
                case,
            )
            compared += 1
    return compared


TENFOLD = (
    *MATERIAL, *FOUND, "total_partitions", "control_positive_partitions", "reaction_volume_ul",
)  # fmt: skip


@holds(batches(COUNTED, SIZE), at_least=15)
def test_ten_times_the_counts_keep_the_level_and_narrow_its_interval(cases: Sequence[Case]) -> int:
    pairs = []
    for case in cases:
        # Errors per molecule move the smallest count called positive.
        assay = case["assay"] | {"error_rate": ""}
        # A well read once more with all its copies is another well, not ten times this one.
        rows = (
            without_merged_well(case["rows"])
            if "positive_partitions" in case["rows"][0]
            else case["rows"]
        )
        rows = [r | {"error_rate": ""} if "marker_count" in r else r for r in rows]
        fits = all(int(r.get("total_partitions") or 0) <= 10**6 for r in rows)
        if fits:
            first = case | {"assay": assay, "rows": rows}
            tenfold = [multiplied(row, TENFOLD, 10) for row in rows]
            pairs.append((first, first | {"rows": tenfold}))
    compared = 0
    for before, after, _ in before_and_after(pairs):
        floored = (
            before["basis"].startswith("RNA")
            and before["numerator"] != (after["numerator"] or 0) / 10
        )
        if before["level_fraction"] is None or floored:
            continue
        if not before["basis"].startswith("RNA") and before["level_fraction"] > 1:
            continue  # chance lifted it above all cells; ten times the counts say that it cannot be
        both = shown(before, after)
        assert after["level_fraction"] is not None, both
        assert (
            abs(after["level_fraction"] - before["level_fraction"])
            <= SLACK * before["level_fraction"]
        ), both
        if before["ci_low_fraction"] is not None:
            narrow = after["ci_high_fraction"] - after["ci_low_fraction"]
            assert narrow < before["ci_high_fraction"] - before["ci_low_fraction"], both
            compared += 1
    return compared


# ---- one result --------------------------------------------------------------------------------


@holds(batches(EVERY, SIZE), at_least=60)
def test_a_level_lies_inside_its_interval(cases: Sequence[Case]) -> int:
    compared = 0
    for result in (r for by_marker in results_of(cases) for r in by_marker.values()):
        low, high = result["ci_low_fraction"], result["ci_high_fraction"]
        assert (low is None) == (high is None), shown(result)
        for value in (result["level_fraction"], result["estimate_fraction"]):
            if low is not None and value is not None:
                assert low * (1 - SLACK) <= value <= high * (1 + SLACK), shown(result)
                compared += 1
    return compared


@holds(batches(EVERY, SIZE), at_least=SIZE)
def test_tables_keep_the_bounds_of_their_columns(cases: Sequence[Case]) -> int:
    """A number outside its bounds would stop the load that brings it."""
    for name, frame in derived(load(rows_of(cases))).items():
        MODELS[name].validate(frame)
    return len(cases)


@holds(batches(EVERY, SIZE), at_least=100)
def test_limits_stand_in_their_order(cases: Sequence[Case]) -> int:
    """Floor ≤ LOD ≤ LOQ; only a maker's limit, which rests on several markers, goes deeper."""
    compared = 0
    for result in (r for by_marker in results_of(cases) for r in by_marker.values()):
        floor, lod = result["poisson_floor_fraction"], result["lod_fraction"]
        lod95, loq = result["lod95_fraction"], result["loq_fraction"]
        for limit in (floor, lod, lod95, loq):
            assert limit is None or 0 < limit <= 1, shown(result)
        if floor is not None and lod is not None and result["lod_kind"] != "KIT":
            assert lod >= floor * (1 - SLACK), shown(result)
            compared += 1
        if floor is not None and lod95 is not None:
            assert lod95 >= floor * (1 - SLACK), shown(result)
        if lod is not None and loq is not None:
            assert lod <= loq * (1 + SLACK), shown(result)
        assert (lod is None) == (result["lod_kind"] is None), shown(result)
        assert (loq is None) == (result["loq_kind"] is None), shown(result)
    return compared


@holds(batches(EVERY, SIZE), at_least=25)
def test_what_was_not_detected_has_no_level(cases: Sequence[Case]) -> int:
    compared = 0
    for result in (r for by_marker in results_of(cases) for r in by_marker.values()):
        if result["finding"] == "DETECTED":
            continue
        for column in ("level_fraction", "estimate_fraction", "undiluted_fraction", "rdf_fraction"):
            assert result[column] is None, (column, shown(result))
        assert not result["is_quantifiable"], shown(result)
        if result["finding"] == "NOT_DETECTED":
            assert result["censor"] == "LEFT", shown(result)
            if "single_replicate_positive" not in result["flags"]:  # the interval bounds those
                assert result["upper_fraction"] == result["lod_fraction"], shown(result)
            compared += 1
    return compared


@holds(batches(EVERY, SIZE), at_least=40)
def test_the_common_axis_is_a_fraction_of_cells(cases: Sequence[Case]) -> int:
    """Nothing of RNA and nothing of reads; the rest between none and all of the cells."""
    compared = 0
    for result in (r for by_marker in results_of(cases) for r in by_marker.values()):
        values = [result["rdf_fraction"], result["rdf_upper_fraction"]]
        is_barred = (
            result["basis"].startswith("RNA") or "reads_are_not_molecules" in result["flags"]
        )
        if is_barred:
            assert values == [None, None], shown(result)
        assert (result["rdf_kind"] is None) == (values == [None, None]), shown(result)
        for value in values:
            # Chance may lift a count of copies above that of the cells; nothing else goes beyond.
            is_lifted = (result["estimate_fraction"] or 0) > 1
            assert value is None or 0 <= value <= 1 or is_lifted, shown(result)
            compared += value is not None
        # A limit above 1 is written as 1, and bounds nothing.
        if None not in values and (result["lod_fraction"] or 0) < 1:
            assert values[0] <= values[1] * (1 + SLACK), shown(result)
    return compared


# ---- claims and order --------------------------------------------------------------------------


CLAIMED = ("lod_fraction", "loq_fraction")


@holds(
    batches(st.tuples(EVERY, pick(("0.000000001", "0.00003", "0.0002", "0.01"))), SIZE), at_least=60
)
def test_a_claim_only_raises_the_limit(drawn: Sequence[tuple[Case, str]]) -> int:
    pairs = []
    for case, claim in drawn:
        bare = case["assay"] | dict.fromkeys(CLAIMED, "")
        rows = [
            r | {"sensitivity_fraction": ""} if "sensitivity_fraction" in r else r
            for r in case["rows"]
        ]
        first = case | {"assay": bare, "rows": rows}
        pairs.append((first, first | {"assay": bare | {"lod_fraction": claim}}))
    compared = 0
    for bare_result, claimed, _ in before_and_after(pairs):
        both = shown(bare_result, claimed)
        # A VAF below the claim is no longer a detection, and a claim that the DNA raised above 1
        # shows nothing; else the finding stays.
        was, now = bare_result["finding"], claimed["finding"]
        is_lost = (was, now) == ("DETECTED", "NOT_DETECTED") and claimed["basis"] == "VAF"
        is_void = was == "NOT_DETECTED" and claimed["finding_reason"] == "TOO_FEW_EVENTS"
        assert is_lost or is_void or was == now, both
        lod = bare_result["lod_fraction"]
        if lod is not None and bare_result["finding"] == claimed["finding"]:
            assert claimed["lod_fraction"] >= lod * (1 - SLACK), both
            compared += 1
    return compared


@holds(batches(EVERY, SIZE), SHUFFLES, at_least=SIZE)
def test_order_of_rows_and_files_does_not_matter(cases: Sequence[Case], seed: int) -> int:
    tables = rows_of(cases)
    mixer = random.Random(seed)
    mixed = {name: mixer.sample(rows, len(rows)) for name, rows in tables.items()}
    names = mixer.sample(sorted(mixed), len(mixed))
    first, second = derived(load(tables)), derived(load({name: mixed[name] for name in names}))
    for name, frame in first.items():
        assert frame.height > 0
        assert_frame_equal(frame, second[name], check_exact=True)
    return len(cases)


@holds(batches(st.one_of(*PCR.values()), SIZE), at_least=SIZE)
def test_names_of_replicates_do_not_matter(cases: Sequence[Case]) -> int:
    renamed = [
        case
        | {
            "rows": [
                r | {"replicate": f"w{len(case['rows']) - i}"} for i, r in enumerate(case["rows"])
            ]
        }
        for case in cases
    ]
    first, second = derived(load(rows_of(cases))), derived(load(rows_of(renamed)))
    for name, frame in first.items():
        assert_frame_equal(frame, second[name], check_exact=False, rel_tol=1e-12, abs_tol=0.0)
    return len(cases)


@holds(batches(st.one_of(flow_results(), ngs_results()), SIZE), at_least=SIZE)
def test_names_of_tubes_and_clones_do_not_matter(cases: Sequence[Case]) -> int:
    renamed = []
    for case in cases:
        column = "tube" if case["assay"]["modality"] == "FLOW" else "clone"
        rows = [
            r | {column: f"z{9 - int(r[column])}"} if r.get(column) else r for r in case["rows"]
        ]
        renamed.append(case | {"rows": rows})
    first, second = derived(load(rows_of(cases))), derived(load(rows_of(renamed)))
    for name, frame in first.items():
        assert_frame_equal(frame, second[name], check_exact=True)
    return len(cases)
