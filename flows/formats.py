"""What is read: the formats of instruments, the canonical tables, and what a file seems to be."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.errors import UserError
from schemas.tables import INPUT_TABLES
from transforms.layouts.propose import propose_layout
from transforms.problems import FileRefusedError
from transforms.readers import flow_siblings
from transforms.readers.content import Content, open_content
from transforms.readers.encodings import ENCODINGS
from transforms.readers.registry import NOT_DECODED, READERS


def _readers() -> list[dict[str, str]]:
    return [{"format": r.title, "reader": r.name, "recognised_by": r.signature} for r in READERS]


def _tables() -> list[dict[str, Any]]:
    return [
        {
            "table": t.name,
            "one_row_per": t.grain,
            "recognised_by": [
                *t.recognised_all,
                *([f"any of {', '.join(t.recognised_any)}"] if t.recognised_any else []),
            ],
            "required": [c for c in t.required if c != "result_version"],
            "columns": list(t.input_columns),
        }
        for t in INPUT_TABLES
    ]


def formats_json() -> str:
    """Return readers and canonical tables as JSON."""
    return json.dumps({"readers": _readers(), "canonical": _tables()}, indent=1)


def formats_text() -> str:
    """Return readers and canonical tables as text."""
    lines = [
        f"{r['format']} ({r['reader']})\n  recognised by {r['recognised_by']}" for r in _readers()
    ]
    lines.append(
        "\nCanonical CSV: UTF-8 or UTF-16; comma, semicolon or tab; the header decides the table"
    )
    for table in _tables():
        lines += [
            f"\n{table['table']}: one row per {table['one_row_per']}",
            f"  recognised by {', '.join(table['recognised_by'])}",
            f"  required      {', '.join(table['required'])}",
            f"  columns       {', '.join(table['columns'])}",
        ]
    lines.append(
        "\nAny other table, text or xlsx: by a layout (docs/layouts.md); "
        "`mrd formats --describe FILE` proposes one"
    )
    return "\n".join(lines)


@dataclass(frozen=True)
class Described:
    """What a file is.

    Attributes:
        name: of the file.
        format: title of the format that it is read as; None = unknown.
        reader: reader and version of that format.
        encoding: how its text is written, where that was named.
        layout: for an unknown table, a layout to be completed.
        gaps: what is still to be said in it.
    """

    name: str
    format: str | None = None
    reader: str | None = None
    encoding: str | None = None
    layout: str | None = None
    gaps: tuple[str, ...] = ()


def describe(path: Path, encoding: str | None = None) -> Described:
    """Say what format a file has, or propose a layout for it.

    Args:
        path: the file.
        encoding: how it is written, where it is no UTF-8.

    Raises:
        UserError: the file cannot be opened, or holds no table that can be described.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no such file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        content = _opened(data, encoding)
        reader = next((r for r in READERS if r.recognise(content)), None)
        # a list of samples may be any laboratory's table
        if reader is not None and reader is not flow_siblings.READER:
            return Described(path.name, reader.title, reader.name, encoding=content.encoding)
        proposal = propose_layout(content, path.stem)
    except FileRefusedError as refusal:
        raise UserError(f"{path}: {refusal.message}") from None
    return Described(path.name, layout=proposal.toml, gaps=proposal.gaps)


def _opened(data: bytes, encoding: str | None) -> Content:
    try:
        return open_content(data)
    except FileRefusedError as refusal:
        if refusal.code not in NOT_DECODED:
            raise
        if encoding is None and refusal.code == "FILE_ENCODING":
            names = ", ".join(ENCODINGS)
            words = (
                f"{refusal.message}; to describe it as it is, add --encoding with one of {names}"
            )
            raise FileRefusedError(refusal.code, words) from None
        return open_content(data, encoding)


def described_json(found: Described) -> str:
    """Return what a file is as JSON."""
    return json.dumps(
        {
            "file": found.name,
            "format": found.format,
            "reader": found.reader,
            "encoding": found.encoding,
            "layout": found.layout,
            "gaps": list(found.gaps),
        },
        indent=1,
        ensure_ascii=False,
    )


def described_text(found: Described) -> str:
    """Return what a file is as text; a proposed layout as the TOML to be kept."""
    if found.layout is None:
        words = f"{found.name}: {found.format} ({found.reader}); it needs no layout"
        if found.encoding:
            words += f'; name its folder in [encodings] of mrd.toml: "FOLDER" = "{found.encoding}"'
        return words
    return found.layout.rstrip("\n")
