"""What docs/layouts.md shows is what a layout does: its examples run, its keys and units are all of them."""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest

from schemas.findings import FINDING_CODES
from tests.unit.workbooks import workbook
from transforms.ingest import ReadFile, check_balance, parse_files, reconcile_load
from transforms.layouts import parse, units
from transforms.layouts.layout import TABLE_NAMES
from transforms.layouts.parse import parse_layout
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings

PAGE = (Path(__file__).parents[2] / "docs" / "layouts.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(toml|csv)([^\n]*)\n(.*?)```", PAGE, re.DOTALL)
EXAMPLES = [
    (BLOCKS[i][2], BLOCKS[i + 1][1], BLOCKS[i + 1][2], BLOCKS[i + 2][2])
    for i, block in enumerate(BLOCKS)
    if block[0] == "toml"
]


def _plain(cells: Iterable[str]) -> list[str]:
    """Write numbers in one way: 0.00002 and 2e-05 are the same."""
    return [f"{float(c):.12g}" if re.match(r"[0-9]", c) else c for c in cells]


@pytest.mark.parametrize(("toml", "how", "table", "gives"), EXAMPLES)
def test_example_gives_what_stands_below_it(toml: str, how: str, table: str, gives: str) -> None:
    """Each layout reads the table beside it to the rows that are shown, and nothing is lost."""
    said = dict(word.split("=") for word in how.split())
    data = table.encode()
    if sheet := said.get("sheet"):
        data = workbook({"Cover": [["Laboratory"]], sheet: list(csv.reader(io.StringIO(table)))})
    layout = parse_layout(toml, "layout.toml")
    reader, content = find_reader(data, [layout])
    assert reader.title == f'layout "{layout.title}"'
    assay = AssayNames(said["folder"], said["target"], said["control"]) if "folder" in said else None  # fmt: skip
    rows = reader.read(content, assay, ReaderSettings())
    load = reconcile_load(parse_files([ReadFile(0, "0", rows)]), {})
    check_balance(load.counts)
    shown = list(csv.reader(io.StringIO(gives)))
    (name,) = (t for t in load.tables if t.endswith("measurements"))
    frame = load.tables[name].rows.select(pl.col(shown[0]).cast(pl.String).fill_null(""))
    assert sorted(map(_plain, frame.rows())) == sorted(map(_plain, shown[1:]))


def test_no_example_is_skipped() -> None:
    """A slip in a fence would hide an example."""
    assert len(EXAMPLES) == 4
    assert len(BLOCKS) == 12


def test_every_key_and_unit_is_named() -> None:
    """The page names all keys, units and codes, and no unit that is not there."""
    quoted = set(re.findall(r"`([^`\n]+)`", PAGE))
    keys = {k if k not in ("columns", "fixed", "ignore") else f"[{k}]" for k in parse._KEYS}
    assert keys | set(parse._COLUMN_KEYS) <= quoted
    legal = {u for known in units._BY_UNIT.values() for u in known}
    table = re.search(r"\| column in \| unit \|\n\|---\|---\|\n(.*?)\n\n", PAGE, re.DOTALL)
    assert table and set(re.findall(r"`([a-z_]+)`", table.group(1))) == legal
    assert {c for c in FINDING_CODES if c.startswith("LAYOUT_") and c != "LAYOUT_NOT_CONFIRMED"} <= quoted  # fmt: skip
    assert "gate_statistics" in TABLE_NAMES
