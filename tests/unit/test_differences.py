"""Two states of the tables beside each other: only words of classification, each with its rule."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from schemas.tables import TABLES
from transforms.differences import WORDS, differences

Frames = Mapping[str, pl.DataFrame]

RESULT: dict[str, Any] = {
    "sample_id": "S1", "patient_id": "P1", "disease": "CML", "collected_on": date(2024, 1, 2),
    "assay_id": "a", "marker": "BCR::ABL1 p210", "status": "POSITIVE", "depth": "MR3",
    "reason": "DETECTED", "ruleset": "one", "rule_id": "one/x/detected",
    "level_fraction": 0.001, "explanation": "so",
}  # fmt: skip
SAMPLE: dict[str, Any] = {
    "sample_id": "S1", "patient_id": "P1", "disease": "CML", "collected_on": date(2024, 1, 2),
    "ruleset": "one", "status": "POSITIVE", "depth": "MR3", "molecular_remission": "RESPONSE",
    "milestone": "3 mo", "response": "OPTIMAL", "derived_from": ["a"],
}  # fmt: skip
EVENT: dict[str, Any] = {
    "patient_id": "P1", "disease": "CML", "marker": "m", "event": "LOSS_OF_MMR", "sample_id": "S1",
    "occurred_on": date(2024, 1, 2), "is_confirmed": None, "ruleset": "one", "rule_id": "one/loss",
}  # fmt: skip
PATIENT: dict[str, Any] = {
    "patient_id": "P1", "disease": "CML", "ruleset": "one", "n_samples": 1,
    "last_status": "POSITIVE", "tfr_eligible": False, "tfr_unmet": ["a", "b"],
    "sustained_since": None, "next_due_on": date(2024, 4, 1),
}  # fmt: skip


def frame(table: str, *rows: Mapping[str, Any]) -> Frames:
    """Return one table with the columns that its rows have, as text where it holds words."""
    schema = TABLES[table].polars_schema
    columns = rows[0] if rows else schema
    types = {c: pl.String() if isinstance(schema[c], pl.Enum) else schema[c] for c in columns}
    return {table: pl.DataFrame(list(rows), schema=types)}


def said(before: Frames, after: Frames) -> list[tuple[str | None, ...]]:
    """Return column, before, after and the rules of what differs."""
    found = differences(before, after)
    return found.select("column", "before", "after", "rule_before", "rule_after").rows()


def test_nothing_differs() -> None:
    """Equal states, and two states of nothing, have no difference; the columns stay."""
    same = {**frame("mrd_status", RESULT), **frame("patient_summary", PATIENT)}
    for state in (same, {}):
        found = differences(state, state)
        assert found.is_empty()
        assert found.columns == [
            "table", "patient_id", "sample_id", "assay_id", "marker", "column", "before", "after",
            "rule_before", "rule_after",
        ]  # fmt: skip


def test_a_result_changes_class() -> None:
    """Status and reason are told with the rules that decided; numbers and sentences are not compared."""
    changed = {
        **RESULT, "status": "LOW_LEVEL", "reason": "BELOW", "rule_id": "two/y/below",
        "level_fraction": 0.5, "explanation": "other", "ruleset": "two",
    }  # fmt: skip
    found = differences(frame("mrd_status", RESULT), frame("mrd_status", changed))
    rules = ("one/x/detected", "two/y/below")
    key = ("mrd_status", "P1", "S1", "a", "BCR::ABL1 p210")
    assert found.rows() == [
        (*key, "status", "POSITIVE", "LOW_LEVEL", *rules),
        (*key, "reason", "DETECTED", "BELOW", *rules),
    ]


def test_another_rule_alone_is_no_difference() -> None:
    """A result with the same words by another rule has changed no class."""
    other = {**RESULT, "rule_id": "two/x/detected", "ruleset": "two"}
    assert said(frame("mrd_status", RESULT), frame("mrd_status", other)) == []


def test_a_word_that_appears_or_goes() -> None:
    """Null against a word is a difference, null against null none; samples name the rule set."""
    before = {**SAMPLE, "clinical_response": None, "discordance": None}
    after = {**before, "response": None, "clinical_response": "CR", "ruleset": "two"}
    assert said(frame("sample_remission", before), frame("sample_remission", after)) == [
        ("response", "OPTIMAL", None, "one", "two"),
        ("clinical_response", None, "CR", "one", "two"),
    ]


def test_lists_dates_and_truths_are_text() -> None:
    """What is no text is told as text; an empty list says as little as none."""
    after = {**PATIENT, "tfr_eligible": True, "tfr_unmet": [], "sustained_since": date(2024, 1, 2)}
    assert said(frame("patient_summary", PATIENT), frame("patient_summary", after)) == [
        ("sustained_since", None, "2024-01-02", "one", "one"),
        ("tfr_eligible", "false", "true", "one", "one"),
        ("tfr_unmet", "a, b", None, "one", "one"),
    ]
    nothing = {**after, "tfr_unmet": None}
    assert said(frame("patient_summary", after), frame("patient_summary", nothing)) == []


@pytest.mark.parametrize(
    ("table", "row", "word", "rule"),
    [
        ("mrd_status", RESULT, "POSITIVE", "one/x/detected"),
        ("sample_remission", SAMPLE, "POSITIVE", "one"),
        ("patient_summary", PATIENT, "POSITIVE", "one"),
    ],
)
def test_rows_of_one_state(table: str, row: dict[str, Any], word: str, rule: str) -> None:
    """A row that only one state has came or is gone: one line with its first word."""
    there, none = frame(table, row), {table: frame(table, row)[table].clear()}
    assert said(none, there) == [("came", None, word, None, rule)]
    assert said(there, none) == [("gone", word, None, rule, None)]
    found = differences({}, there)
    assert found["patient_id"].to_list() == ["P1"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, "absent", ("open", None)),
        ("absent", None, (None, "open")),
        ("absent", True, (None, "confirmed")),
        (None, True, ("open", "confirmed")),
        (True, False, ("confirmed", "refuted")),
        (False, False, None),
        (None, None, None),
    ],
)
def test_events(before: bool | str | None, after: bool | str | None, expected: object) -> None:
    """An event is open, confirmed or refuted, and null where it is not there."""
    states = [
        {} if s == "absent" else frame("molecular_events", {**EVENT, "is_confirmed": s})
        for s in (before, after)
    ]
    found = said(states[0], states[1])
    assert [r[:3] for r in found] == ([] if expected is None else [("LOSS_OF_MMR", *expected)])  # type: ignore[misc]


def test_a_column_that_one_state_lacks_is_not_compared() -> None:
    """A table of an older program without a column tells nothing of it."""
    older = {k: v for k, v in SAMPLE.items() if k != "milestone"}
    assert said(frame("sample_remission", older), frame("sample_remission", SAMPLE)) == []


def test_order() -> None:
    """Sorted by patient and sample; the sample before its results, status before reason."""
    samples = [{**SAMPLE, "sample_id": s, "patient_id": p} for s, p in (("S2", "P2"), ("S9", "P1"))]
    results = [
        {**RESULT, "sample_id": r["sample_id"], "patient_id": r["patient_id"], "assay_id": a}
        for r in samples
        for a in ("b", "a")
    ]
    before = {**frame("sample_remission", *samples), **frame("mrd_status", *results)}
    after = {
        **frame("sample_remission", *({**s, "status": "NEGATIVE"} for s in samples)),
        **frame("mrd_status", *({**r, "status": "NEGATIVE", "reason": "NO"} for r in results)),
    }
    found = differences(before, after)
    one_sample = [
        ("sample_remission", None, "status"),
        ("mrd_status", "a", "status"), ("mrd_status", "a", "reason"),
        ("mrd_status", "b", "status"), ("mrd_status", "b", "reason"),
    ]  # fmt: skip
    assert found.select("table", "assay_id", "column").rows() == one_sample * 2
    assert found["patient_id"].to_list() == ["P1"] * 5 + ["P2"] * 5


def test_a_sample_that_changed_hands_is_its_present_owners() -> None:
    """The patient of a difference is the newer one."""
    after = {**SAMPLE, "patient_id": "P2", "status": "NEGATIVE"}
    found = differences(frame("sample_remission", SAMPLE), frame("sample_remission", after))
    assert found.select("patient_id", "column").rows() == [("P2", "status")]


def test_words_are_columns() -> None:
    """What is compared is there in the tables."""
    for table, words in WORDS.items():
        assert set(words) <= set(TABLES[table].stored_columns), table
