"""A real text export, and the same file under German settings, give the same rows."""

import os
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tests.unit.twins import german
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

REAL = os.environ.get("MRD_REAL_FILES")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL, reason="MRD_REAL_FILES does not name the folder of the real instrument files"
    ),
]
FOLDERS = ("pcr", "dpcr", "ngs", "flow/flowjo-table-csv")
# VCF and FCS know no decimal comma, and what they write with commas are lists
SUFFIXES = (".txt", ".csv", ".tsv", ".maf", ".tsv.out")
NO_RESULT = (
    "bad_rearrangement",
    "Clusterdata",
    "clusterdata",
    "metadata",
    "fluorescence",
    "237_",
    "DiD",
)


def texts() -> list[Path]:
    """Return the text exports that hold results."""
    paths = [
        p
        for f in FOLDERS
        for p in sorted((Path(REAL or "") / f).rglob("*"))
        if p.name.endswith(SUFFIXES)
    ]
    return [p for p in paths if not any(word in p.name for word in NO_RESULT)]


def rows_of(data: bytes, assay: AssayNames | None) -> TextRows:
    """Read a file."""
    reader, content = find_reader(data)
    return reader.read(content, assay, ReaderSettings(("NTC", "no template control"), "S9"))


def assay_of(data: bytes) -> AssayNames:
    """Return an assay with the first two targets or gates that a file says it has."""
    waiting = rows_of(data, None).findings.filter(pl.col("code") == "ASSAY_NOT_KNOWN_FOR_FILE")
    said = waiting["value"].to_list()[0] if waiting.height else None
    names = (said or "").split("; " if "/" in (said or "") else ", ")
    return AssayNames("a", names[0] or None, names[1] if len(names) > 1 else None)


def test_there_are_files() -> None:
    """The list is not empty by mistake."""
    assert len(texts()) >= 20


@pytest.mark.parametrize("path", texts() if REAL else [], ids=lambda p: p.name)
def test_twin_gives_the_same(path: Path) -> None:
    """Typed rows, rejected rows and their number are equal; nothing depends on a computer's language."""
    data = path.read_bytes()
    text = data.decode("utf-8-sig")
    twin = german(text, "\t" if "\t" in text[:3000] else ",").encode()
    assay = assay_of(data)
    own, other = (
        replace(r, findings=r.findings.clear())
        for r in (rows_of(data, assay), rows_of(twin, assay))
    )
    assert (own.rows_read, own.rows_ignored, own.rows_rejected) == (
        other.rows_read, other.rows_ignored, other.rows_rejected,
    )  # fmt: skip
    first, second = (parse_files([ReadFile(0, "ab" * 32, r)]) for r in (own, other))
    assert set(first.tables) == set(second.tables)
    for name, table in first.tables.items():
        # FlowJo's table names its run by its bytes
        columns = [c for c in table.columns if c != "run_id" or "flowjo" not in own.reader]
        assert table.select(columns).equals(second.tables[name].select(columns)), name


def test_one_cell_of_the_twin_is_refused() -> None:
    """The first Ct of a plate with a comma among the points of the others."""
    path = next(p for p in texts() if p.name.endswith("example04.txt"))
    text = path.read_bytes().decode()
    lines = text.split("\n")
    at = next(i for i, t in enumerate(lines) if t.startswith("[Results]")) + 2
    lines[at] = german(lines[at], "\t").rstrip("\n")
    with pytest.raises(FileRefusedError) as caught:
        rows_of("\n".join(lines).encode(), assay_of(text.encode()))
    assert caught.value.code == "SEPARATORS_CONTRADICT"
