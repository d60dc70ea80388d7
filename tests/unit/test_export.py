"""Exported tables: text that no spreadsheet takes for a formula, dates that lead to nobody."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tables import TABLES, Table
from transforms.export import LIST_SIGN, for_spreadsheets, guarded, shift_days, with_shifted_dates

TRIGGERS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
KEY, OTHER_KEY = b"k" * 32, b"o" * 32

# what an attacker would type: triggers, what programs pass over, what separates cells, and plain letters
HOSTILE = st.text(st.sampled_from([*TRIGGERS, *" '\"\u200b\ufeff\u00a0\t\r\n;,|", *"aZ1"]), max_size=12)  # fmt: skip


def is_formula(cell: str) -> bool:
    """Tell whether a program may run a cell: a trigger comes first, spaces, quotes and what is hidden aside."""
    return bool(re.match(r'[\s"\u200b\ufeff]*[=+\-@＝＋－＠]', cell))


def cells_of(text: str) -> list[str]:
    """Return a text as a program may cut it that separates cells by semicolon or tab too."""
    return re.split(r"[;\t\r\n]", text)


def restored(text: str) -> str:
    """Return what a text was before it was guarded, written without the program's own patterns."""
    text = text[1:] if re.match(r"''*[\t\r\n]", text) else text
    skip = r"[^\S\t\r\n]|['\"\u200b\ufeff]"
    return re.sub(rf"(^|[;\t\r\n])'((?:{skip})*[=+\-@＝＋－＠])", r"\1\2", text)


def guard(text: str) -> str:
    return pl.select(guarded(pl.lit(text))).item()


@settings(max_examples=500, deadline=None)
@given(HOSTILE)
def test_no_part_of_a_guarded_text_is_a_formula_and_nothing_is_lost(text: str) -> None:
    said = guard(text)
    assert not any(is_formula(cell) for cell in cells_of(said))
    assert not said.startswith(("\t", "\r", "\n"))
    assert restored(said) == text


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_the_ways_to_hide_a_formula(trigger: str) -> None:
    call = f"{trigger}cmd|' /C calc'!A0"
    for before in ("", " ", "'", '"', "\u00a0", "\u200b", "\ufeff ", "\t", "\r", "\n"):
        assert guard(before + call) != before + call
    for before in ("x;", "x\t", "x\r\n", 'x"; '):
        assert is_formula(cells_of(before + call)[-1])
        assert not is_formula(cells_of(guard(before + call))[-1])


@pytest.mark.parametrize(
    "text",
    ["", "P-CML-001-S01", "CR_MRD-", "0.0032 %", "<0.01", "BCR::ABL1 p210", "a-b", "x'=1", "NPM1 c.860_863dup"],
)  # fmt: skip
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert guard(text) == text


def texts_of(table: Table) -> list[str]:
    return [c for c, t in table.polars_schema.items() if t in (pl.String(), pl.List(pl.String()))]


def written(frame: pl.DataFrame) -> list[dict[str, str]]:
    text = for_spreadsheets(frame).write_csv(quote_style="non_numeric")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=15, deadline=None)
@given(text=HOSTILE, number=st.floats(-1e12, -1e-12))
def test_every_text_column_is_guarded_and_numbers_stay_numbers(
    name: str, text: str, number: float
) -> None:
    table = TABLES[name]
    row: dict[str, object] = {}
    for column, dtype in table.polars_schema.items():
        if dtype == pl.List(pl.String()):
            row[column] = [text, text]
        elif dtype == pl.String():
            row[column] = text
        elif dtype == pl.Float64():
            row[column] = number
        elif dtype == pl.Int64():
            row[column] = -7
    (cells,) = written(pl.DataFrame([row], schema=table.polars_schema))
    for column in texts_of(table):
        whole = row[column]
        said = LIST_SIGN.join(whole) if isinstance(whole, list) else whole
        # reading a cell back, a program of this test makes a lone CR a line break
        assert restored(cells[column]) == said
        assert not any(is_formula(cell) for cell in cells_of(cells[column]))
    for column, dtype in table.polars_schema.items():
        if dtype == pl.Float64():
            assert float(cells[column]) == number
        elif dtype == pl.Int64():
            assert cells[column] == "-7"


def lives() -> pl.DataFrame:
    """Return samples of two patients, one sample without a patient, over some years."""
    first = date(2020, 2, 28)
    owners = ["P1", "P1", "P2", "P1", "P2", None]
    rows = [
        {
            "sample_id": f"S{n}", "patient_id": owner, "collected_on": first + timedelta(days=37 * n * n),
            "received_on": first + timedelta(days=37 * n * n + 1), "tissue": "PB", "source_sha256": "f" * 64,
        }
        for n, owner in enumerate(owners)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=TABLES["samples"].polars_schema)


def gaps(frame: pl.DataFrame) -> Iterator[list[timedelta]]:
    for _, own in frame.sort("sample_id").group_by("patient_id", maintain_order=True):
        days = sorted([*own["collected_on"], *own["received_on"]])
        yield [b - a for a, b in pairwise(days)]


def test_days_between_dates_of_a_patient_stay_and_no_date_stays() -> None:
    before = lives().drop_nulls("patient_id")
    after = with_shifted_dates(lives(), TABLES["samples"], KEY, {})
    assert list(gaps(after)) == list(gaps(before))
    assert not (after["collected_on"] == before["collected_on"]).any()
    moved = (after["collected_on"] - before["collected_on"]).unique()
    assert moved.len() == 2
    assert after["sample_id"].to_list() == ["S0", "S1", "S2", "S3", "S4"]


def test_a_person_has_one_shift_under_every_identity() -> None:
    before = lives().drop_nulls("patient_id")
    after = with_shifted_dates(lives(), TABLES["samples"], KEY, {"P2": "P1"})
    moved = (after["collected_on"] - before["collected_on"]).unique().to_list()
    assert moved == [timedelta(days=shift_days(KEY, "P1"))]
    assert after["patient_id"].to_list() == before["patient_id"].to_list()


def test_the_shift_is_the_patients_and_the_keys() -> None:
    patients = [f"P{n}" for n in range(3000)]
    shifts = [shift_days(KEY, p) for p in patients]
    assert shifts == [shift_days(KEY, p) for p in patients]
    assert 0 not in shifts
    assert (min(shifts), max(shifts)) == (-365, 365)
    assert len(set(shifts)) > 700
    assert abs(sum(shifts) / len(shifts)) < 20
    other = [shift_days(OTHER_KEY, p) for p in patients]
    assert sum(a == b for a, b in zip(shifts, other, strict=True)) < 20


# Texts that are left out of a shifted export, each because of what may stand in it.
LEFT_OUT = {
    "run_id": "runs are often named by their day", "shared_run_id": "the same", "replicate": "some sites write a day",
    "explanation": "days in words", "source_sha256": "leads to a file", "file_name": "names of files",
    "load_id": "a time", "sha256": "leads to a file", "name": "names of files", "format": "of no use alone",
    "reader": "of no use alone", "reason": "of no use alone", "folder_assay_id": "of no use alone",
    "settings_sha256": "of no use alone", "told": "names of samples", "layout_sha256": "of no use alone",
    "sheet": "a name a person gave", "source_columns": "words of a file", "source_name": "names of files",
    "source_place": "words of a file", "code": "of no use alone", "column": "of no use alone",
    "value": "words of a file", "message": "words of a file", "raw_row": "a line of a file",
    "amendment_reason": "words of a person", "rulesets": "of no use alone", "code_version": "of no use alone",
}  # fmt: skip


def test_every_text_is_decided_on() -> None:
    """A new text column is left out until somebody has said that no day stands in it."""
    kept, gone = set(), set()
    for table in TABLES.values():
        columns = with_shifted_dates(table.empty(), table, KEY, {}).columns
        kept |= {c for c in texts_of(table) if c in columns}
        gone |= {c for c in texts_of(table) if c not in columns}
        assert not any(isinstance(t, pl.Datetime) for c, t in table.polars_schema.items() if c in columns)  # fmt: skip
    assert gone == set(LEFT_OUT)
    assert not kept & set(LEFT_OUT)


def test_in_a_table_without_patients_dates_are_null() -> None:
    rows = pl.DataFrame(
        [{"run_id": "2024-01-05-a", "assay_id": "qpcr", "performed_on": date(2024, 1, 5)}],
        schema=TABLES["runs"].polars_schema,
    )
    after = with_shifted_dates(rows, TABLES["runs"], KEY, {})
    assert after.select("assay_id", "performed_on").rows() == [("qpcr", None)]
    assert "2024" not in after.write_csv()
