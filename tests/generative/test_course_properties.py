"""What must hold of courses whatever they are: of what cannot be judged, of order, of lateness, of others.

Patients of all diseases are loaded together, so that one load tries many rules. Each test says how often
what it is about occurred; a test that tried nothing fails.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

import polars as pl
import pytest

from tests.effort import first_of
from tests.generative.cases import Case
from tests.generative.course_loads import (
    Frames,
    assert_equal,
    assert_no_vacuum,
    assert_same,
    at_once,
    drawn,
    every_world,
    loaded,
)
from tests.generative.course_rows import ASSAYS, copies, events, molecules, rows_of_patients, said
from tests.spec.drawn import Row

OF_LAST = (
    "n_samples", "last_sample_id", "last_collected_on", "last_status", "last_depth", "next_due_on",
    "monitoring", "tfr_eligible", "tfr_unmet",
)  # fmt: skip


# ---- what cannot be judged ---------------------------------------------------------------------


def spoilt(r: Random, assay: str) -> list[Row]:
    """Write a result that could not be evaluated."""
    modality = ASSAYS[assay]["modality"]
    if modality == "FLOW":
        return events("0", "0")
    if modality == "NGS":
        return molecules(assay, "0", "0")
    if assay in ("is-kit", "igh", "tcr"):
        return said("", "INVALID")
    return r.choice((copies("", "100000"), copies("", "100000", 3)))


def with_spoilt(r: Random, case: Case, *, is_after: bool) -> Case:
    """Add samples on other days that say nothing, perhaps one after all others."""
    on = [date.fromisoformat(s["sample"]["collected_on"]) for s in case["samples"]]
    assays = [assay for s in case["samples"] for assay, _ in s["results"]]
    days = {day + timedelta(days=r.choice((-3, 2, 5, 40))) for day in r.choices(on, k=2)}
    days = {day for day in days if day not in on and day < max(on)}
    if is_after:
        days.add(max(on) + timedelta(days=r.choice((1, 20, 400))))
    further = []
    for day in sorted(days):
        assay = r.choice(assays)
        like = r.choice(case["samples"])["sample"]
        timepoint = r.choice(("", "FOLLOW_UP", "END_OF_TREATMENT"))
        row = {"collected_on": day.isoformat(), "tissue": like["tissue"], "timepoint": timepoint}
        further.append({"sample": row, "results": [(assay, spoilt(r, assay))]})
    return case | {"samples": [*case["samples"], *further]}


@every_world
def test_what_cannot_be_judged_changes_nothing_of_others(name: str) -> None:
    r, cases = drawn(name)
    is_after = [r.random() < 0.5 for _ in cases]
    more = [with_spoilt(r, c, is_after=last) for c, last in zip(cases, is_after, strict=True)]
    before, after = at_once(name, cases), at_once(name, more)
    samples = before["sample_remission"].select("sample_id")
    added = after["mrd_status"].join(samples, on="sample_id", how="anti")
    assert set(added["finding"]) == {"NOT_EVALUABLE"}
    assert added.height > len(cases) / 2
    for table in ("assay_results", "mrd_status", "sample_remission"):
        old = after[table].join(samples, on="sample_id", how="semi", maintain_order="left")
        assert_equal(table, old, before[table])
    assert_equal("molecular_events", after["molecular_events"], before["molecular_events"])
    summary, old = after["patient_summary"], before["patient_summary"]
    assert_equal("patient_summary", summary.drop(OF_LAST), old.drop(OF_LAST))
    # Where the last sample is the same, so is what it decides.
    kept = pl.DataFrame({"patient_id": [f"P{i}" for i, last in enumerate(is_after) if not last]})
    summary, old = (
        t.drop("n_samples").join(kept, on="patient_id", how="semi") for t in (summary, old)
    )
    assert_equal("patient_summary", summary, old)
    assert_no_vacuum(before)


# ---- order and lateness ------------------------------------------------------------------------


def scattered(r: Random, rows: list[Row], parts: int) -> list[list[Row]]:
    """Return rows in any order, in several files."""
    out: list[list[Row]] = [[] for _ in range(parts)]
    for row in r.sample(rows, len(rows)):
        r.choice(out).append(row)
    return out


@every_world
def test_order_and_files_change_nothing(name: str) -> None:
    """Any order of rows and files, in one load and in three in which rows wait for one another."""
    r, cases = drawn(name)
    tables = rows_of_patients(cases)
    want = at_once(name, cases)
    files = [part for rows in tables.values() for part in scattered(r, rows, 3)]
    assert_same(loaded(name, r.sample(files, len(files))), want)
    by_load = [scattered(r, rows, 3) for rows in tables.values()]
    assert_same(loaded(name, *([parts[i] for parts in by_load] for i in range(3))), want)
    assert_no_vacuum(want)


MEASURED = ("pcr_measurements.csv", "flow_measurements.csv", "ngs_measurements.csv")


@every_world
@pytest.mark.parametrize(
    "late", first_of(["samples.csv", "assays.csv", "patients.csv", "treatments.csv"], 2)
)
def test_what_waited_is_as_if_it_had_been_there(name: str, late: str) -> None:
    _, cases = drawn(name, 12)
    tables = rows_of_patients(cases)
    early = [rows for file, rows in tables.items() if file != late]
    want = at_once(name, cases)
    before = loaded(name, early)
    column = "mrd_status" if late != "treatments.csv" else "patient_summary"
    assert not before[column].equals(want[column])
    assert_same(loaded(name, early, [tables[late]]), want)


@every_world
def test_the_second_version_counts_alone(name: str) -> None:
    """Wrong results come first; a second version of the same wells is all that counts."""
    r, cases = drawn(name)
    tables = rows_of_patients(cases)
    others = [rows for file, rows in tables.items() if file not in MEASURED]
    right = [[row | {"result_version": "2"} for row in tables[file]] for file in MEASURED]
    first = [[wrong(r, row) | {"result_version": "1"} for row in tables[file]] for file in MEASURED]
    want = at_once(name, cases)
    before = loaded(name, [*others, *first])
    assert not before["molecular_events"].equals(want["molecular_events"])
    assert_same(loaded(name, [*others, *right]), want)
    assert_same(loaded(name, [*others, *first], right), want)
    assert_same(loaded(name, right, [*others, *first]), want)
    assert_no_vacuum(want)


def wrong(r: Random, row: Row) -> Row:
    """Return a measurement with another result, of the same well."""
    if row.get("target_copies"):
        return row | {"target_copies": r.choice(("0", "700", "9"))}
    for column in ("mrd_events", "marker_count"):
        if column in row:
            return row | {column: "0"}
    return row


@every_world
def test_a_correction_counts_alone(name: str) -> None:
    r, cases = drawn(name)
    tables = rows_of_patients(cases)
    changes: Mapping[str, tuple[str, Sequence[str]]] = {
        "samples.csv": ("tissue", ("BM", "PB")),
        "patients.csv": ("diagnosed_on", ("2001-01-01", "2011-01-01")),
        "treatments.csv": ("stopped_on", ("2030-01-01", "2031-01-01")),
        "clinical_responses.csv": ("response", ("PR", "CRi")),
    }
    first, corrections = dict(tables), []
    for file, (column, values) in changes.items():
        picked = {i for i in range(len(tables[file])) if r.random() < 0.5}
        first[file] = [
            row | {column: r.choice([v for v in values if v != row.get(column)])} if i in picked else row
            for i, row in enumerate(tables[file])
        ]  # fmt: skip
        corrections.append([tables[file][i] | {"is_correction": "true"} for i in sorted(picked)])
    want = at_once(name, cases)
    before = loaded(name, list(first.values()))
    assert not before["molecular_events"].equals(want["molecular_events"])
    assert_same(loaded(name, list(first.values()), corrections), want)
    assert_no_vacuum(want)


# ---- others ------------------------------------------------------------------------------------


@every_world
def test_patients_do_not_influence_each_other(name: str) -> None:
    r, cases = drawn(name)
    tables, all_of_them = rows_of_patients(cases), at_once(name, cases)
    half = {f"P{i}" for i in range(len(cases)) if r.random() < 0.5}
    number = {p[1:] for p in half}

    def is_in(row: Row) -> bool:
        if "patient_id" in row:
            return row["patient_id"] in half
        return "sample_id" not in row or row["sample_id"][1:].split("-")[0] in number

    got = loaded(name, [[row for row in rows if is_in(row)] for rows in tables.values()])
    want = {t: f.filter(pl.col("patient_id").is_in(list(half))) for t, f in all_of_them.items()}
    assert 0 < got["patient_summary"].height < len(cases)
    assert_same(got, want)
    assert_no_vacuum(got)


# ---- replicates --------------------------------------------------------------------------------


def split(row: Row) -> list[Row]:
    """Return one well as two, each with half of the copies."""
    numbers = {c: row.get(c, "") for c in ("target_copies", "control_copies")}
    if not all(numbers.values()):
        return [row]
    halves = {c: f"{float(number) / 2:.12g}" for c, number in numbers.items()}
    return [row | halves | {"replicate": f"{row['replicate']}{half}"} for half in "ab"]


CALLED = ("sample_id", "assay_id", "marker", "finding", "finding_reason", "censor")
NAMED = ("sample_id", "assay_id", "marker", "status", "depth", "reason")


@every_world
def test_a_well_split_in_two_confirms_nothing(name: str) -> None:
    """Where each result is called as before, so is the course; a day never confirms itself."""
    _, cases = drawn(name, 60)
    whole = at_once(name, cases)
    tables = rows_of_patients(cases)
    tables["pcr_measurements.csv"] = [half for row in tables["pcr_measurements.csv"] for half in split(row)]  # fmt: skip
    halves = loaded(name, list(tables.values()))
    changed: set[str] = set()
    for table, columns in (("mrd_status", NAMED), ("assay_results", CALLED)):
        a, b = (set(t[table].select("patient_id", *columns).rows()) for t in (whole, halves))
        changed |= {row[0] for row in a ^ b}
    same = ~pl.col("patient_id").is_in(list(changed))
    told = ("patient_id", "marker", "event", "sample_id", "is_confirmed", "confirmed_by_sample_id")
    got, want = (t["molecular_events"].filter(same).select(told) for t in (halves, whole))
    assert_equal("molecular_events", got, want)
    assert want.filter(pl.col("event").cast(pl.String).str.contains("RELAPSE"))[
        "is_confirmed"
    ].null_count()
    assert len(changed) < len(cases) / 2
    for t in (whole, halves):
        assert_days_differ(t)


@every_world
def test_a_second_tube_of_the_day_confirms_nothing(name: str) -> None:
    """A sample given twice, under two numbers, leaves every event as it was."""
    r, cases = drawn(name)
    twins = [c | {"samples": [*c["samples"], r.choice(c["samples"])]} for c in cases]
    want, got = at_once(name, cases), at_once(name, twins)
    assert got["sample_remission"].height == want["sample_remission"].height + len(cases)
    assert_equal("molecular_events", got["molecular_events"], want["molecular_events"])
    assert_days_differ(got)
    assert_no_vacuum(want)


def assert_days_differ(tables: Frames) -> None:
    """Fail where a sample confirms what was seen on its own day, or where no sample confirms."""
    days = tables["sample_remission"].select(
        pl.col("sample_id").alias("confirmed_by_sample_id"), pl.col("collected_on").alias("by_on")
    )
    by = tables["molecular_events"].join(days, on="confirmed_by_sample_id")
    assert by.height
    assert by.filter(pl.col("by_on") <= pl.col("occurred_on")).is_empty()
