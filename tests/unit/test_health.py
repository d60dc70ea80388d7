"""What a monitor is told, on hand-made tables: each number counts what its name says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from schemas.tables import TABLES
from transforms import health

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = NOW.date()


def table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=TABLES[name].polars_schema)


def file(load_id: str, name: str, outcome: str, **other: Any) -> dict[str, Any]:
    counts = {f"rows_{c}": 0 for c in ("read", "accepted", "rejected", "ignored")}
    return {"load_id": load_id, "name": name, "sha256": name, "outcome": outcome, **counts, **other}


def assay(valid_from: date | None, valid_to: date | None, **other: Any) -> dict[str, Any]:
    return {
        "assay_id": "qpcr", "basis": "RNA_RATIO_IS", "valid_from": valid_from, "valid_to": valid_to,
        "is_current": True, **other,
    }  # fmt: skip


def result(collected_on: date, factor: float | None = None) -> dict[str, Any]:
    return {"assay_id": "qpcr", "collected_on": collected_on, "conversion_factor": factor}


def tries(*outcomes: str) -> pl.DataFrame:
    first = NOW - timedelta(hours=len(outcomes))
    rows = [(first + timedelta(hours=n), outcome) for n, outcome in enumerate(outcomes)]
    schema = {"at": pl.Datetime("us", "UTC"), "outcome": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


@pytest.mark.parametrize(
    ("outcomes", "failures", "success_age_hours"),
    [
        ((), 0, None),
        (("failed: OSError",), 1, None),
        (("published",), 0, 1.0),
        (("nothing new",), 0, 1.0),
        (("published", "failed: UserError", "failed: OSError"), 2, 3.0),
        (("failed: OSError", "published", "nothing new", "failed: OSError"), 1, 2.0),
    ],
)
def test_failures_count_since_the_last_success(
    outcomes: tuple[str, ...], failures: int, success_age_hours: float | None
) -> None:
    said = health.attempts(tries(*outcomes), NOW)
    assert said["failures_since_success"] == failures
    assert said["last_success_age_hours"] == success_age_hours
    assert said["last_outcome"] == (outcomes[-1] if outcomes else None)


def test_a_file_is_open_while_the_last_word_on_its_name_is_a_refusal() -> None:
    files = table(
        "source_files",
        file("1", "mended", "REJECTED"),
        file("2", "mended", "LOADED"),
        file("1", "refused", "REJECTED"),
        file("1", "some rows", "LOADED", rows_rejected=3),
        file("2", "some rows", "DUPLICATE"),
        file("1", "rows mended", "LOADED", rows_rejected=7),
        file("2", "rows mended", "LOADED"),
    )
    assert health.rejected(files) == {"open_rows": 3, "open_files": 1}


def test_what_waits_has_waited_since_its_file_first_came() -> None:
    loads = table(
        "loads",
        {"load_id": "1", "started_at": NOW - timedelta(days=40)},
        {"load_id": "2", "started_at": NOW - timedelta(days=2)},
    )
    files = table(
        "source_files",
        file("1", "rows", "LOADED"),
        file("2", "rows", "DUPLICATE"),
        file("2", "plate", "PENDING", rows_accepted=12),
        file("1", "plate of a known assay", "PENDING", rows_accepted=99),
        file("2", "plate of a known assay", "LOADED", rows_accepted=99),
    )
    rows = pl.DataFrame({"source_sha256": ["rows", "rows"]})
    said = health.pending(rows, files, loads, NOW)
    assert said == {
        "rows": 14,
        "files": 1,
        "oldest_since": NOW - timedelta(days=40),
        "oldest_days": 40,
    }
    assert health.pending(rows.clear(), files.clear(), loads, NOW)["oldest_days"] is None


IN_9_DAYS, YESTERDAY = TODAY + timedelta(days=9), TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("rows", "days_left"),
    [
        ([assay(None, IN_9_DAYS)], [9]),
        ([assay(None, TODAY)], [0]),
        ([assay(None, TODAY + timedelta(days=10))], [10]),
        ([assay(None, TODAY + timedelta(days=11))], []),
        ([assay(None, None)], []),
        ([assay(None, YESTERDAY)], []),
        # the next one begins the day after, or a day too late
        ([assay(None, IN_9_DAYS), assay(IN_9_DAYS + timedelta(days=1), None)], []),
        ([assay(None, IN_9_DAYS), assay(IN_9_DAYS + timedelta(days=2), None)], [9]),
        ([assay(None, IN_9_DAYS, is_current=False)], []),
        ([assay(None, IN_9_DAYS, is_reported=True)], []),
        ([assay(None, IN_9_DAYS, basis="CELLS_TNC")], []),
    ],
)
def test_a_factor_expires_soon_when_none_follows_it(
    rows: list[dict[str, Any]], days_left: list[int]
) -> None:
    said = health.conversion_factors(table("assays", *rows), table("assay_results"), TODAY, 10)
    assert [f["days_left"] for f in said["expiring"]] == days_left
    assert said["expired"] == []


@pytest.mark.parametrize(
    ("rows", "results_since"),
    [
        ([assay(None, YESTERDAY)], [1]),
        ([assay(None, YESTERDAY - timedelta(days=9))], [2]),
        ([assay(None, TODAY)], []),
        # in force again: what came between has its own finding
        ([assay(None, YESTERDAY - timedelta(days=9)), assay(TODAY, None)], []),
    ],
)
def test_a_factor_has_ended_when_results_without_one_came_since(
    rows: list[dict[str, Any]], results_since: list[int]
) -> None:
    results = table(
        "assay_results",
        result(YESTERDAY - timedelta(days=20), 0.8),
        result(YESTERDAY),
        result(TODAY),
        {**result(TODAY), "assay_id": "another"},
    )
    said = health.conversion_factors(table("assays", *rows), results, TODAY, 10)
    assert [f["results_since"] for f in said["expired"]] == results_since


def test_review_findings_are_those_of_the_load() -> None:
    def found(load_id: str, code: str, severity: str) -> dict[str, Any]:
        return {"load_id": load_id, "code": code, "severity": severity}

    findings = table(
        "findings",
        found("1", "B", "REVIEW"), found("2", "B", "REVIEW"), found("2", "A", "REVIEW"), found("2", "B", "REVIEW"),
        found("2", "C", "NOTE"), found("2", "D", "REJECTED"),
    )  # fmt: skip
    assert health.review(findings, "2") == {"A": 1, "B": 2}


def test_the_last_load_is_no_rerun() -> None:
    def load(load_id: str, kind: str) -> dict[str, Any]:
        counts = {f"rows_{c}": 5 for c in ("read", "accepted", "rejected", "ignored")}
        return {"load_id": load_id, "kind": kind, "finished_at": NOW - timedelta(hours=1), **counts}

    loads = table("loads", load("1", "LOAD"), load("2", "RERUN"))
    files = table("source_files", file("1", "a", "REJECTED"), file("1", "b", "LOADED"))
    said = health.last_load(loads, files, NOW)
    assert said is not None
    assert (said["load_id"], said["files_rejected"], said["age_hours"]) == ("1", 1, 1.0)
    assert health.last_load(loads.clear(), files, NOW) is None
