"""What a reader gave of a file from which a patient was taken out: kept in the place of the file.

One line of JSON says what it is of; the rows follow, one JSON object a line. Rows keep the lines of the file that
they came from. Nothing else of the file is left, so it can only be used as it was read.
"""

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

import polars as pl

from schemas.findings import FINDING_CODES
from schemas.tables import TABLES
from transforms.places import LINE_OF, Place, Places
from transforms.problems import FINDING_SCHEMA, FileRefusedError
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.told import gives_the_same_rows, told_from, told_text

_START = '{"mrd_extract": 1, '
_HEAD_CHARS = 200
_TYPES = {str(t): t for t in (pl.String(), pl.Int64(), pl.Int32(), pl.UInt32())}
_COUNTS = ("rows_read", "rows_ignored", "rows_rejected", "rows_waiting", "waiting_for")


@dataclass(frozen=True)
class Extract:
    """What is kept of a file.

    Attributes:
        rows: what its reader gave, before settings of the site were applied; None where it gave nothing that
            could be told apart.
        names_its_assay: as of its reader.
        told: what its reader was told.
    """

    rows: TextRows | None
    names_its_assay: bool = True
    told: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no row is left."""
        return self.rows is not None and not any(t.height for t in self.rows.tables.values())


def write_extract(extract: Extract) -> bytes:
    """Return the bytes of an extract."""
    head: dict[str, Any] = {"names_its_assay": extract.names_its_assay}
    parts: list[bytes] = []
    rows = extract.rows
    if rows is not None:
        frames = [("tables", n, t) for n, t in rows.tables.items()]
        frames += [("inline", n, t) for n, t in rows.inline.items()]
        frames.append(("findings", "", rows.findings.cast({"severity": pl.String})))
        parts = [_lines(frame) for _, _, frame in frames]
        head |= {
            "told": extract.told,
            "format": rows.format,
            "reader": rows.reader,
            **{c: getattr(rows, c) for c in _COUNTS},
            "sheet": rows.places.sheet,
            "places": {n: astuple(p) for n, p in rows.places.places.items()},
            "frames": [
                [kind, name, len(part), {c: str(t) for c, t in frame.schema.items()}]
                for (kind, name, frame), part in zip(frames, parts, strict=True)
            ],
        }
    line = _START + json.dumps(head).removeprefix("{") + "\n"
    return b"".join([line.encode(), *parts])


def _lines(frame: pl.DataFrame) -> bytes:
    if frame.is_empty():
        return b""
    rows = frame.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    return ("\n".join(rows.to_list()) + "\n").encode()


def _frame(part: bytes, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    if not part:
        return pl.DataFrame(schema=dict(schema))
    rows = pl.Series("row", part.decode().removesuffix("\n").split("\n"), dtype=pl.String)
    return rows.str.json_decode(pl.Struct(dict(schema))).struct.unnest()


def is_extract(data: bytes) -> bool:
    """Tell whether bytes are an extract."""
    return data.startswith(_START.encode())


def read_extract(data: bytes) -> Extract:
    """Return an extract from its bytes.

    Raises:
        FileRefusedError: FILE_DAMAGED.
    """
    line, _, rest = data.partition(b"\n")
    try:
        head = json.loads(line)
        if "format" not in head:
            return Extract(None, head["names_its_assay"])
        found: dict[str, dict[str, pl.DataFrame]] = {"tables": {}, "inline": {}, "findings": {}}
        for kind, name, size, types in head["frames"]:
            schema = {c: _TYPES[t] for c, t in types.items()}
            part, rest = rest[:size], rest[size:]
            found[kind][name] = _frame(part, schema)
        findings = found["findings"][""].select(pl.col(c).cast(t) for c, t in FINDING_SCHEMA.items())  # fmt: skip
        places = {n: Place(*p) for n, p in head["places"].items()}
        rows = TextRows(
            format=head["format"],
            reader=head["reader"],
            tables=found["tables"],
            inline=found["inline"],
            findings=findings,
            places=Places(places, head["sheet"]),
            **{c: head[c] for c in _COUNTS},
        )
        _check(rows)
        told_from(head["told"])
        return Extract(rows, head["names_its_assay"], head["told"])
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
        pl.exceptions.PolarsError,
    ) as error:
        raise FileRefusedError(
            "FILE_DAMAGED",
            f"the extract of a file cannot be read ({type(error).__name__}); take the file from its source",
        ) from None


def _check(rows: TextRows) -> None:
    """Check that rows are what a reader may give: an extract may lie in an inbox too.

    Raises:
        ValueError: they are not.
    """
    counted = ["source_line", "source_rows"]
    for kind, numbers in ((rows.tables, counted), (rows.inline, counted[:1])):
        for name, frame in kind.items():
            if not TABLES[name].is_input:
                raise ValueError(f"{name} is no table of inputs")
            if frame.is_empty():
                continue
            for column, dtype in frame.schema.items():
                is_number = column in counted or column.startswith(LINE_OF)
                if (
                    not (is_number or column in TABLES[name].input_columns)
                    or dtype.is_integer() != is_number
                ):
                    raise ValueError(f"{name} has no column {column} of this type")
            if frame.select(numbers).null_count().sum_horizontal().item():
                raise ValueError(f"{name} has rows without lines")
    n_used = sum(int(t["source_rows"].sum()) for t in rows.tables.values() if t.height)
    left_out = rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
    if rows.rows_read != n_used + left_out or min(rows.rows_ignored, rows.rows_rejected) < 0:
        raise ValueError("the counts do not balance")
    said = rows.findings.select("file_no", "code", "severity", "message")
    if not set(said["code"]) <= set(FINDING_CODES) or said.null_count().sum_horizontal().sum():
        raise ValueError("there is no such finding")


def _read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Return what the reader gave, where nothing else is asked of the file than then.

    Raises:
        FileRefusedError: FILE_REDACTED, FILE_DAMAGED.
    """
    extract = read_extract(content.text)
    rows = extract.rows
    is_told = extract.names_its_assay or gives_the_same_rows(
        extract.told, told_text(assay, settings.sample_id)
    )
    if rows is None or not (is_told or extract.is_empty):
        raise FileRefusedError(
            "FILE_REDACTED",
            "a patient was forgotten and taken out of the file, so it can only be used as it was read then, not with "
            "another assay, target or sample; export it again without that patient",
        )
    return rows


def _recognises(*, names_its_assay: bool) -> Any:
    word = f'"names_its_assay": {json.dumps(names_its_assay)}'

    def recognise(content: Content) -> bool:
        return content.head.startswith(_START) and word in content.head[:_HEAD_CHARS]

    return recognise


READERS = tuple(
    Reader(
        name,
        title,
        'a first line that begins with `{"mrd_extract": 1`',
        names_its_assay,
        _recognises(names_its_assay=names_its_assay),
        _read,
        may_quote=False,
    )
    for name, title, names_its_assay in (
        ("extract/1", "extract of a file from which `mrd forget` took a patient", True),
        ("extract-instrument/1", "extract of an instrument's file, as above", False),
    )
)
