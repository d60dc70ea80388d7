"""Which results count, for which sample and patient: the program against a row-by-row reading of the rules."""

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.enums import Transcript
from schemas.tables import MEASUREMENT_TABLES, TABLES
from tests.naive.counted import Amendment, Result, counting, counts_for, identities
from transforms.amend import with_amendments
from transforms.identities import merges, with_survivors

SAMPLES = st.sampled_from(["A", "B", "C", "D"])
RUNS = st.sampled_from([None, "R1", "R2"])
ASSAYS = st.sampled_from(["q", "r"])
RESULTS = st.lists(
    st.builds(
        Result,
        SAMPLES,
        ASSAYS,
        RUNS,
        st.sampled_from("12"),
        st.integers(1, 3),
        st.sampled_from([0.0, 5.0]),
    ),
    unique_by=lambda r: r[:5],
    max_size=16,
)


@st.composite
def _amendment(draw: st.DrawFn) -> Amendment:
    sample = draw(SAMPLES)
    action = draw(st.sampled_from(["WITHDRAWN", "REASSIGNED", "REASSIGNED", "KEPT"]))
    right = draw(SAMPLES.filter(lambda s: s != sample)) if action == "REASSIGNED" else None
    up_to = draw(st.sampled_from([None, 1, 2]))
    return Amendment(sample, draw(ASSAYS), draw(RUNS), up_to, action, right)


AMENDMENTS = st.lists(_amendment(), unique_by=lambda a: a[:4], max_size=8)
NAMES = ["P", "Q", "R", "S", "T"]
TRANSCRIPTS = [None, *(t.value for t in Transcript)]


def table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Write rows of an input table, each on a line of its own."""
    schema = TABLES[name].polars_schema
    stored = {"source_sha256": "a" * 64, "is_current": True, "is_correction": False}
    full = [{**stored, "source_line": n, **row} for n, row in enumerate(rows, start=2)]
    return pl.DataFrame([{c: r.get(c) for c in schema} for r in full], schema=schema)


def measured(results: list[Result], amendments: list[Amendment]) -> dict[str, pl.DataFrame]:
    """Write results and amendments as tables."""
    pcr = [
        {
            "sample_id": r.sample, "assay_id": r.assay, "run_id": r.run, "replicate": r.replicate,
            "result_version": r.version,
            "target_copies": r.copies, "counts_for_sample_id": r.sample,
        }
        for r in results
    ]  # fmt: skip
    said = [
        {
            "sample_id": a.sample, "assay_id": a.assay, "run_id": a.run, "up_to_version": a.up_to,
            "action": a.action, "correct_sample_id": a.right, "amended_on": date(2024, 1, 1),
        }
        for a in amendments
    ]  # fmt: skip
    none = {t.name: t.empty() for t in MEASUREMENT_TABLES}
    return {**none, "pcr_measurements": table("pcr_measurements", pcr), "amendments": table("amendments", said)}  # fmt: skip


@settings(max_examples=100, derandomize=True, deadline=None)
@given(RESULTS, AMENDMENTS)
def test_results_that_count(results: list[Result], amendments: list[Amendment]) -> None:
    """Each row counts, and for the sample, as the rules read row by row say."""
    rows = with_amendments(measured(results, amendments))["pcr_measurements"]
    rows = rows.sort("source_line")
    assert rows["counts_for_sample_id"].to_list() == [counts_for(r, amendments) for r in results]
    if amendments:
        got = rows["is_current"].to_list()
        concerned = {a.sample for a in amendments} | {a.right for a in amendments}
        expected = counting(results, amendments)
        for result, is_current, wanted in zip(results, got, expected, strict=True):
            # of samples that no amendment names the reconciliation says what is newest
            assert result.sample not in concerned or is_current == wanted, result


@settings(max_examples=100, derandomize=True, deadline=None)
@given(RESULTS, AMENDMENTS)
def test_said_twice_is_said_once(results: list[Result], amendments: list[Amendment]) -> None:
    """What is stored can be judged again: nothing of an earlier verdict stays."""
    once = with_amendments(measured(results, amendments))
    twice = with_amendments(once)
    for t in MEASUREMENT_TABLES:
        assert once[t.name].sort("source_line").equals(twice[t.name].sort("source_line"))
    kept = with_amendments({**once, "amendments": once["amendments"].with_columns(action=pl.lit("KEPT").cast(once["amendments"].schema["action"]))})  # fmt: skip
    assert kept["pcr_measurements"]["counts_for_sample_id"].to_list() == kept["pcr_measurements"]["sample_id"].to_list()  # fmt: skip


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.dictionaries(
        st.sampled_from(NAMES),
        st.tuples(st.sampled_from(["CML", "CML", "CML", "MM"]), st.sampled_from(TRANSCRIPTS)),
    ),
)
def test_identities_that_are_one(
    merged: dict[str, str], patients: dict[str, tuple[str, str | None]]
) -> None:
    """Chains are followed, rings and contradictions held, as one name at a time would be."""
    merged = {name: into for name, into in merged.items() if name != into}
    day = date(2024, 1, 1)
    aliases = [
        {"patient_id": n, "merged_into_patient_id": into, "merged_on": day}
        for n, into in merged.items()
    ]
    known = [{"patient_id": n, "disease": d, "transcript": t} for n, (d, t) in patients.items()]
    tables = {
        "patient_aliases": table("patient_aliases", aliases),
        "patients": table("patients", known),
    }
    got = merges(tables["patient_aliases"], tables["patients"])
    survivors, on_hold = identities(merged, patients)
    assert dict(got.joined.rows()) == survivors
    assert set(got.on_hold["patient_id"]) == on_hold
    assert got.on_hold["why"].null_count() == 0
    after, _ = with_survivors(tables)
    assert sorted(after["patients"]["patient_id"]) == sorted(
        {survivors.get(n, n) for n in patients}
    )
