"""What must hold of every file, however damaged: refused in words, or every row counted and nothing made up."""

import hashlib

import polars as pl

from schemas.findings import FINDING_CODES
from schemas.tables import TABLES
from tests.fuzz.corpus import LookAlike
from transforms.ingest import ReadFile, check_balance, parse_files, reconcile_load
from transforms.places import LINE_OF
from transforms.problems import FINDING_SCHEMA, FileRefusedError, one_finding
from transforms.readers.content import Content
from transforms.readers.extract import is_extract
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_CONTROLS = ("NTC", "NRT", "H2O", "water", "no template control")
_MESSAGE_CHARS = 100_000


def check(data: bytes, file: LookAlike) -> bool:
    """Read a file without an assay, with a fitting one, and with a sample told; return whether it was read.

    Raises:
        AssertionError: what must hold does not.
        Exception: whatever escapes from a reader.
    """
    asked: tuple[tuple[AssayNames | None, str | None], ...] = (
        (None, None),
        (file.assay, None),
        (file.assay, "S9"),
    )
    try:
        reader, content = find_reader(data)
    except FileRefusedError as refused:
        _check_refusal(refused, None)
        return False
    whole: TextRows | None = None
    for assay, sample_id in asked:
        try:
            rows = reader.read(content, assay, ReaderSettings(_CONTROLS, sample_id))
        except FileRefusedError as refused:
            _check_refusal(refused, content)
            continue
        # an extract tells of the reader that the file had
        assert rows.reader == reader.name or reader.name.startswith("extract")
        _check_rows(rows, content)
        whole = rows
    if whole is not None:
        # the last reading had all that it may need
        _check_load(ReadFile(0, hashlib.sha256(data).hexdigest(), whole))
    return whole is not None


def _n_lines(content: Content) -> int:
    """Return how many lines, rows of a sheet, or objects of JSON a file has."""
    texts = (content.text, *content.parts.values())
    rows = [s.height for s in content.sheets.values()]
    objects = content.text.count(b"{") if content.text.lstrip().startswith((b"{", b"[")) else 0
    return max([text.count(b"\n") + text.count(b"\r") + 1 for text in texts] + [*rows, objects])


def _check_refusal(refused: FileRefusedError, content: Content | None) -> None:
    assert refused.code in FINDING_CODES, refused.code
    assert refused.message
    _check_findings(
        one_finding(0, refused.code, refused.message, line=refused.line, value=refused.value)
    )
    if content is not None and refused.line is not None:
        assert 1 <= refused.line <= _n_lines(content), refused.line


def _check_rows(rows: TextRows, content: Content) -> None:
    used = sum(int(t["source_rows"].sum()) for t in rows.tables.values())
    counts = (used, rows.rows_ignored, rows.rows_rejected, rows.rows_waiting)
    assert min(counts) >= 0 and rows.rows_read == sum(counts), (rows.rows_read, counts)
    assert set(rows.tables) | set(rows.inline) <= set(TABLES)
    # where a file has no lines, the line is the number of the row
    last = max(_n_lines(content), rows.rows_read)
    if is_extract(content.text):
        # its lines are those of the file that it was
        last = 1 << 32
    for name, frame in (*rows.tables.items(), *rows.inline.items(), ("findings", rows.findings)):
        if frame.height:
            lines = frame["source_line"].drop_nulls()
            assert lines.is_between(1, last).all(), (name, lines.to_list()[:5], last)
    _check_findings(rows.findings)
    if rows.rows_rejected:
        assert (rows.findings["severity"] == "REJECTED").any(), "rejected without a finding"
    if rows.rows_waiting:
        assert rows.waiting_for in set(rows.findings["code"]), "waits without a finding"


def _check_findings(findings: pl.DataFrame) -> None:
    assert dict(findings.schema) == FINDING_SCHEMA
    assert set(findings["code"]) <= set(FINDING_CODES)
    said = findings["message"]
    assert said.null_count() == 0
    assert not (said == "").any() and not said.str.contains("\n", literal=True).any()
    assert (said.str.len_chars() < _MESSAGE_CHARS).all()


def _check_load(file: ReadFile) -> None:
    """Parse and reconcile; each refused row has a finding, and no number is infinite."""
    parsed = parse_files([file])
    done = reconcile_load(parsed, {})
    check_balance(done.counts)
    _check_findings(done.findings)
    refused = pl.concat(
        [parsed.rejected.select("source_line"), *(r.rejected.select("source_line") for r in done.tables.values())]
    )  # fmt: skip
    blamed = set(done.findings.filter(pl.col("severity") == "REJECTED")["source_line"])
    lines = _lines_of_rows(file.rows)
    unexplained = [n for n in refused["source_line"] if blamed.isdisjoint(lines.get(n, {n}))]
    assert not unexplained, f"rows are refused without a finding: {unexplained}"
    for name, table in parsed.tables.items():
        for column in table.select(pl.selectors.float()).iter_columns():
            assert column.is_finite().fill_null(True).all(), (name, column.name)


def _lines_of_rows(rows: TextRows) -> dict[int, set[int]]:
    """Return by the line of a row all lines that its cells stand on."""
    lines: dict[int, set[int]] = {}
    for table in rows.tables.values():
        where = table.select("source_line", pl.selectors.starts_with(LINE_OF))
        for first, *others in where.rows():
            lines.setdefault(first, {first}).update(n for n in others if n is not None)
    return lines
