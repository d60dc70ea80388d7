"""What is read: the formats of instruments, and the canonical tables."""

import json
from typing import Any

from schemas.tables import INPUT_TABLES
from transforms.readers.registry import READERS


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
    return "\n".join(lines)
