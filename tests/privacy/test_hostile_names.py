"""Names made to be markup or to turn the line: the report shows them as text, and nothing of them acts."""

import html
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest

from flows.report import RuleSetLine, render_report
from schemas.tables import TABLES, Table
from tests.flows.lab import LAB, load_files
from transforms.printable import is_hidden_in

LOAD = "20260304T081500-000001"
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{ 7 * 7 }}{% raw %}",
    "</title></svg><a href=javascript:alert(1)>&amp;",
)
BIDI = "S\u202e1\u2066\u200f"


def hostile_rows(table: Table, text: str) -> pl.DataFrame:
    """Return two rows of a table with the text in every field that takes any, the second a little other."""
    rows = []
    for more in ("", "2"):
        row: dict[str, object] = {}
        for column, dtype in table.polars_schema.items():
            field = table.field(column)
            if field.values is not None:
                row[column] = next(iter(field.values)).value
            elif dtype == pl.String:
                row[column] = text + more
            elif dtype == pl.List(pl.String):
                row[column] = [text + more]
            elif dtype == pl.Boolean:
                row[column] = True
        row |= {"load_id": LOAD} if "load_id" in row else {}
        rows.append(row)
    days = [c for c, t in table.polars_schema.items() if t == pl.Date]
    numbers = [c for c, t in table.polars_schema.items() if t.is_numeric()]
    frame = pl.DataFrame(rows, schema=table.polars_schema, orient="row")
    return frame.with_columns(
        *(pl.lit(0.5).cast(frame.schema[c]).alias(c) for c in numbers),
        *(pl.Series(c, ["2024-01-05", "2024-07-05"]).str.to_date() for c in days),
    )


class Tags(HTMLParser):
    """Collects the tags of a page with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a tag as a browser does."""
        self.tags.append((tag, *(name for name, _ in attrs)))


def tags_of(page: str) -> list[tuple[str, ...]]:
    """Return the tags of a page with the names of their attributes."""
    parser = Tags()
    parser.feed(page)
    return parser.tags


@pytest.mark.parametrize("text", HOSTILE)
def test_every_field_of_every_table(text: str) -> None:
    """Any text field of any table may hold markup: the page has the tags of a harmless one, and shows the text."""
    pages = []
    for words in (text, "harmless"):
        tables = {name: hostile_rows(table, words) for name, table in TABLES.items()}
        rule = RuleSetLine(words, words, words, "provisional", "CML", [words])
        pages.append(render_report(LOAD, tables, [rule]))
    page, harmless = pages
    assert "<" not in text or text not in page
    assert tags_of(page) == tags_of(harmless)
    # long texts are cut short here and there; a template in a text is a text
    assert html.unescape(page).count(text) > 20


def test_signs_that_turn_the_line_reach_no_page(tmp_path: Path) -> None:
    """Such signs in cells, headings and names of files are written out: nothing can stand elsewhere than it is."""
    head = f"sample_id,assay_id,run_id,target_copies,control_copies,{BIDI}\n"
    files = {
        **LAB,
        f"{BIDI}.csv": LAB["pcr.csv"],
        "cells.csv": f"{head}{BIDI},qpcr,{BIDI},3,50000,x\nS2,qpcr,R{BIDI},{BIDI},50000,{BIDI}\nS3,qpcr,{HOSTILE[0]},1,50000,\n",
        "t.csv": f"patient_id,therapy,started_on,agent\nP1,TKI,2024-01-05,{BIDI}\n{BIDI},TKI,2024-01-05,{HOSTILE[1]}\n",
    }
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert run.report_path is not None
    page = run.report_path.read_text(encoding="utf-8")
    assert not is_hidden_in(html.unescape(page).replace("\n", ""))
    assert "\\u202e" in page
    assert "<script>" not in page
