"""Shared by the tests of plate readers: reading with counts that balance, and damaged look-alikes."""

from typing import Any

import pytest

from tests.unit.reading import read_text
from transforms.ingest import ReadFile, parse_files
from transforms.places import LINE_OF
from transforms.problems import FileRefusedError
from transforms.readers.rows import AssayNames, TextRows

ASSAY = AssayNames("lab1", "BCR", "ABL")
VALUES = ("sample_id", "replicate", "target_copies", "target_cq", "control_copies", "control_cq")


def read_plate(data: str | bytes, assay: AssayNames | None = ASSAY) -> TextRows:
    """Read a file; each of its rows must be counted exactly once, by the reader and after parsing."""
    rows = read_text(data, assay)
    used = sum(int(t["source_rows"].sum()) for t in rows.tables.values())
    other = rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
    assert rows.rows_read == used + other
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    good = sum(int(t["source_rows"].sum()) for n, t in parsed.tables.items() if n != "runs")
    assert good + int(parsed.rejected["source_rows"].sum()) == used
    return rows


def refusal(data: str | bytes, assay: AssayNames | None = ASSAY) -> FileRefusedError:
    """Return why a file is refused."""
    with pytest.raises(FileRefusedError) as caught:
        read_text(data, assay)
    return caught.value


def measured(rows: TextRows, *columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of the measurements, in the order of their lines."""
    return rows.tables["pcr_measurements"].select(columns or VALUES).rows()


def said(rows: TextRows) -> dict[str, str | None]:
    """Return the value of each finding by its code."""
    return dict(rows.findings.select("code", "value").rows())


def run_of(rows: TextRows) -> dict[str, Any]:
    """Return the row of the run."""
    (run,) = rows.inline["runs"].drop("source_line", "source_rows").to_dicts()
    return {c: v for c, v in run.items() if not c.startswith(LINE_OF)}


def grid(drawn: str, width: int) -> list[list[str]]:
    """Return cells of lines drawn with blanks; `-` is empty, `~` a blank inside a cell."""
    rows = []
    for line in drawn.strip().split("\n"):
        cells = ["" if c == "-" else c.replace("~", " ") for c in line.split()]
        rows.append(cells + [""] * (width - len(cells)))
    return rows
