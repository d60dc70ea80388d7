"""Dates: one day or a refusal. Day and month are never guessed."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.reading import codes, parse_cells

MAY_16 = date(2024, 5, 16)
DAYS = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def read(*texts: str) -> tuple[list[Any], list[tuple[int | None, str]]]:
    """Return the dates that were read (None: the row was refused), and the codes by line."""
    rows = [{"patient_id": f"P{n}", "assessed_on": text} for n, text in enumerate(texts)]
    parsed = parse_cells("clinical_responses", rows)
    days = dict(parsed.good.select("source_line", "assessed_on").rows())
    return [days.get(line) for line in range(2, 2 + len(texts))], codes(parsed.findings)


@pytest.mark.parametrize(
    ("text", "day", "code"),
    [
        ("2024-05-16", MAY_16, None),
        ("2024-02-29", date(2024, 2, 29), None),
        ("1900-01-01", date(1900, 1, 1), None),
        ("2199-12-31", date(2199, 12, 31), None),
        ("2024-05-16T08:15:00Z", MAY_16, None),
        ("2024-05-16 8:15", MAY_16, None),
        ("20240516", MAY_16, "DATE_NOT_ISO"),
        ("2024/05/16", MAY_16, "DATE_NOT_ISO"),
        ("2024.5.16", MAY_16, "DATE_NOT_ISO"),
        ("16.05.2024", MAY_16, "DATE_NOT_ISO"),
        ("16.5.2024", MAY_16, "DATE_NOT_ISO"),
        ("03.04.2024", date(2024, 4, 3), "DATE_NOT_ISO"),
        ("16/05/2024", MAY_16, "DATE_NOT_ISO"),
        ("05/16/2024", MAY_16, "DATE_NOT_ISO"),
        ("5-16-2024", MAY_16, "DATE_NOT_ISO"),
        ("04/04/2024", date(2024, 4, 4), "DATE_NOT_ISO"),
        ("03/04/2024", None, "AMBIGUOUS_DATE"),
        ("3-4-2024", None, "AMBIGUOUS_DATE"),
        ("45428", None, "DATE_IS_EXCEL_SERIAL"),
        ("45428.5", None, "DATE_IS_EXCEL_SERIAL"),
        ("45428,5", None, "DATE_IS_EXCEL_SERIAL"),
        ("2023-02-29", None, "NOT_A_DATE"),
        ("2024-02-30T08:00", None, "NOT_A_DATE"),
        ("2024-13-01", None, "NOT_A_DATE"),
        ("0000-00-00", None, "NOT_A_DATE"),
        ("1899-12-31", None, "NOT_A_DATE"),
        ("2200-01-01", None, "NOT_A_DATE"),
        ("20240230", None, "NOT_A_DATE"),
        ("12.31.2024", None, "NOT_A_DATE"),
        ("32/01/2024", None, "NOT_A_DATE"),
        ("13/13/2024", None, "NOT_A_DATE"),
        ("16/05/24", None, "NOT_A_DATE"),
        ("16 May 2024", None, "NOT_A_DATE"),
        ("2024", None, "NOT_A_DATE"),
        ("2024-05", None, "NOT_A_DATE"),
        ("yesterday", None, "NOT_A_DATE"),
        ("２０２４-05-16", None, "NOT_A_DATE"),
        ("", None, "VALUE_MISSING"),
    ],
)
def test_spelling(text: str, day: date | None, code: str | None) -> None:
    """ISO is silent, another spelling with one meaning is noted, the rest is refused."""
    assert read(text) == ([day], [] if code is None else [(2, code)])


def test_each_row_is_read_for_itself() -> None:
    """A day above 12 in one row says nothing about the next row."""
    days, found = read("31/12/2023", "03/04/2024")
    assert days == [date(2023, 12, 31), None]
    assert found == [(2, "DATE_NOT_ISO"), (3, "AMBIGUOUS_DATE")]


@given(st.lists(DAYS, min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_iso_dates_come_back(days: list[date]) -> None:
    """Every day from 1900 to 2199 is read as itself without a finding."""
    assert read(*(d.isoformat() for d in days)) == (days, [])


@given(st.lists(DAYS, min_size=1, max_size=40), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]))
@settings(max_examples=40, deadline=None)
def test_slashed_dates_are_right_or_refused(days: list[date], form: str) -> None:
    """Whichever order the writer meant, no row is read as another day."""
    got, found = read(*(d.strftime(form) for d in days))
    lines = {line for line, code in found if code == "AMBIGUOUS_DATE"}
    for line, (day, value) in enumerate(zip(days, got, strict=True), start=2):
        assert value == (None if line in lines else day)
        assert (line in lines) == (day.day <= 12 and day.day != day.month)
