"""Shared by the unit tests: rows of text to typed rows, loads after loads, findings."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import polars as pl

from schemas.models import MODELS
from schemas.tables import TABLES
from tests.spec.drawn import Example, Row, files_of, mismatches
from tests.spec.sensitivity_rows import BM, line
from tests.support import tables_from_csv
from transforms.ingest import Ingested, ParsedLoad, ReadFile, check_balance, parse_files
from transforms.parse.cells import Parsed, parse_rows
from transforms.pipeline import ingested_from_nothing
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

CONTROL_NAMES = ReaderSettings(("NTC", "NRT", "H2O", "water", "no template control"))

Cells = Mapping[str, str | None]
Found = tuple[str, int | None, str]


def parse_cells(table: str, *files: Sequence[Cells]) -> Parsed:
    """Parse rows of text cells, one sequence of rows for each file of the batch."""
    names = list(dict.fromkeys(c for rows in files for row in rows for c in row))
    records = [
        {c: row.get(c) or None for c in names} | {"file_no": n, "source_line": line}
        for n, rows in enumerate(files)
        for line, row in enumerate(rows, start=2)
    ]
    schema = dict.fromkeys(names, pl.String()) | dict.fromkeys(
        ("file_no", "source_line"), pl.Int64()
    )
    text = pl.DataFrame(records, schema=schema).with_columns(
        pl.lit(1, dtype=pl.Int64).alias("source_rows")
    )
    return parse_rows(TABLES[table], text)


def codes(findings: pl.DataFrame) -> list[tuple[int | None, str]]:
    """Return line and code of every finding, sorted."""
    pairs = findings.select("source_line", "code").rows()
    return sorted(pairs, key=lambda pair: (pair[0] or 0, pair[1]))


@dataclass(frozen=True)
class Loaded:
    """The input tables after some loads, and what the last of them found."""

    load: Ingested
    names: dict[int, str]

    def rows(self, table: str, *columns: str, is_current: bool | None = True) -> list[Any]:
        """Return rows of a table sorted by content; one column gives plain values."""
        frame = self.load.tables[table].rows
        if is_current is not None:
            frame = frame.filter(pl.col("is_current") == is_current)
        rows = sorted(frame.select(columns).rows(), key=str)
        return [r[0] for r in rows] if len(columns) == 1 else rows

    @property
    def found(self) -> set[Found]:
        """File, line and code of every finding."""
        rows = self.load.findings.select("file_no", "source_line", "code").rows()
        return {(self.names[n], line, code) for n, line, code in rows}

    @property
    def counts(self) -> dict[str, tuple[int, int, int, int]]:
        """Rows read, accepted, rejected and ignored of each file of the last load."""
        rows = self.load.counts.rows()
        return {self.names[n]: (read, good, bad, no) for n, read, good, bad, no in rows}


def read_text(text: str | bytes, assay: AssayNames | None = None) -> TextRows:
    """Read one file as the program does."""
    reader, content = find_reader(text.encode() if isinstance(text, str) else text)
    return reader.read(content, assay, CONTROL_NAMES)


def _parsed(files: Mapping[str, str]) -> tuple[ParsedLoad, dict[int, str]]:
    hashed = sorted((hashlib.sha256(t.encode()).hexdigest(), n, t) for n, t in files.items())
    read = [ReadFile(n, sha, read_text(text)) for n, (sha, _, text) in enumerate(hashed)]
    return parse_files(read), {n: name for n, (_, name, _) in enumerate(hashed)}


def after(*loads: Mapping[str, str]) -> Loaded:
    """Run loads of canonical CSV texts one after the other, from nothing; counts must balance."""
    parsed = [_parsed(files) for files in loads]
    ingested = ingested_from_nothing([p for p, _ in parsed[:-1]], parsed[-1][0])
    check_balance(ingested.counts)
    return Loaded(ingested, parsed[-1][1])


def csv_text(*lines: str) -> str:
    """Return lines as a text; blanks around commas, which make columns readable, are taken out."""
    return "".join(",".join(c.strip() for c in line.split(",")) + "\n" for line in lines)


def drawn(
    number: str, shown: str, patient: Row, assay: Row, rows: tuple[Row, ...], *rest: Any, **more: Any
) -> Example:  # fmt: skip
    """Draw one line that a second reading found; the sample is marrow."""
    sample = BM | more.pop("sample", {})
    return line(number, shown, patient, sample, assay, rows, *rest, source="second reading", **more)


def diagnosis(blasts: str) -> tuple[Row, ...]:
    """Write the patient's diagnostic marrow with its blasts."""
    row = {"sample_id": "dx", "timepoint": "DIAGNOSIS", "collected_on": "2023-11-01"}
    return (row | BM | {"blast_fraction": blasts},)


_REPLICATE = {"PCR": "replicate", "FLOW": "tube", "NGS": "clone"}


def _in_order(example: Example, number: int, order: Sequence[int]) -> Example:
    """Return an example whose rows stand, and are numbered, in another order."""
    label = _REPLICATE[example.assays[0]["modality"]]
    rows = [example.rows[i] for i in order]
    if len(rows) > 1:
        rows = [row | {label: str(i)} for i, row in enumerate(rows, 1)]
    return replace(example, number=f"{example.number}-{number}", rows=tuple(rows))


def wrong_in_any_order(example: Example) -> list[str]:
    """Load a drawn example once for each order of its rows, and list what differs in any of them.

    The results must also keep to their schema, which a load checks before it publishes them.
    """
    orders = list(permutations(range(len(example.rows))))
    drawn = [_in_order(example, number, order) for number, order in enumerate(orders)]
    files = files_of(drawn)
    tables = tables_from_csv(files)
    MODELS["assay_results"].validate(tables.assay_results)
    MODELS["mrd_status"].validate(tables.mrd_status)
    return [
        f"rows in order {order}: {wrong}"
        for one, order in zip(drawn, orders, strict=True)
        for wrong in mismatches(one, tables, files)
    ]
