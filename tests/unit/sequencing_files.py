"""Shared by the tests of sequencing files: reading with a sample told, and damaging a file."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers.registry import READERS, find_reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

ASSAY = AssayNames("panel", None, None)
TOLD = "S9"
"""Sample that the manifest gives to files that do not name theirs."""


def read(
    data: str | bytes, assay: AssayNames | None = ASSAY, sample_id: str | None = TOLD
) -> TextRows:
    """Read a file; each of its rows must be counted exactly once."""
    reader, content = find_reader(data.encode() if isinstance(data, str) else data)
    rows = reader.read(content, assay, ReaderSettings(sample_id=sample_id))
    used = sum(int(t["source_rows"].sum()) for t in rows.tables.values())
    assert rows.rows_read == used + rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
    assert rows.reader in {r.name for r in READERS}
    return rows


def text(names: Sequence[str], *rows: str, separator: str = "\t") -> str:
    """Write a table: cells of a row are drawn with blanks between them, `-` is an empty cell."""
    cells = [[("" if c == "-" else c) for c in row.split()] for row in rows]
    return "\n".join(separator.join(r) for r in [list(names), *cells]) + "\n"


def measured(rows: TextRows, *columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of the rows, in their order."""
    return rows.tables["ngs_measurements"].select(columns).rows()


def typed(rows: TextRows) -> pl.DataFrame:
    """Return the typed rows; none may be refused."""
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert parsed.rejected.is_empty(), parsed.findings
    return parsed.tables["ngs_measurements"]


def said(rows: TextRows) -> dict[str, str]:
    """Return severity by code of the findings of the reader."""
    return dict(rows.findings.select("code", pl.col("severity").cast(pl.String)).rows())


def refusal(data: str | bytes, sample_id: str | None = TOLD) -> FileRefusedError:
    """Return why a file is refused."""
    try:
        read(data, sample_id=sample_id)
    except FileRefusedError as refused:
        return refused
    raise AssertionError("the file was read")


def recognised_by(data: bytes) -> set[str]:
    """Return the readers that know a file."""
    _, content = find_reader(data)
    return {r.name for r in READERS if r.recognise(content)}
