"""What `mrd verify` found, as a person reads it, and as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from flows.format_numbers import counted, short, whole
from flows.verify import Verified
from transforms.printable import shown
from transforms.same_rows import RowDifferences

_ROWS_SHOWN = 20


def text(verified: Sequence[Verified]) -> str:
    """Return what was found of each snapshot."""
    return "\n\n".join("\n".join(_lines(found)) for found in verified)


def as_json(verified: Sequence[Verified]) -> str:
    """Return the same for scripts; of rows that differ, as many as a person is shown."""
    return json.dumps({"snapshots": [_facts(found) for found in verified]}, indent=1)


def _lines(found: Verified) -> list[str]:
    lines = [f"Snapshot {found.load_id}"]
    if found.damage:
        lines += [f"  {line}" for line in found.damage]
        n = len(found.damage)
        lines.append(f"  {counted(n, 'file')} damaged; nothing was recomputed.")
        return lines
    lines.append(f"  Files    {whole(found.n_files)} as they were written")
    if found.not_recomputed:
        lines += [f"  Records  {line}" for line in found.contradictions]
        return [*lines, f"  Tables   cannot be recomputed by this program: {found.not_recomputed}"]
    lines.append(f"  Inputs   {whole(found.n_inputs)} as they were kept")
    lines += [f"  Records  {line}" for line in found.contradictions]
    if not found.contradictions:
        lines.append("  Records  agree with each other and with the tables")
    rows = sum(t.n_stored for t in found.tables.values())
    if not found.differing:
        lines.append(
            f"  Tables   {len(found.tables)} as the inputs give them, {counted(rows, 'row')}"
        )
    else:
        lines.append(
            f"  Tables   {len(found.differing)} of {len(found.tables)} are not as the inputs give them"
        )
    if found.differing or found.expected:
        lines += [f"  Since    {reason}" for reason in found.expected]
    if found.differing and found.expected:
        lines.append("           Differences may come from that; a load or `mrd rerun --publish` recomputes.")  # fmt: skip
    for name, table in found.differing.items():
        lines += ["", f"  {name}: {_headline(table)}", *_rows(table)]
    return lines


def _headline(table: RowDifferences) -> str:
    said = [f"{whole(table.n_stored)} stored, {whole(table.n_recomputed)} recomputed"]
    for rows, words in (
        (table.only_stored, "stored and not recomputed"),
        (table.only_recomputed, "recomputed and not stored"),
    ):
        if rows.height:
            said.append(f"{whole(rows.height)} {words}")
    if table.cells.height:
        by_column = table.cells.group_by("column").len().sort("len", "column", descending=[True, False])  # fmt: skip
        columns = ", ".join(f"{column} {n}" for column, n in by_column.rows())
        said.append(f"{counted(table.cells['row'].n_unique(), 'row')} with other values ({columns})")  # fmt: skip
    return "; ".join(said)


def _rows(table: RowDifferences) -> list[str]:
    lines = [f"{row}: stored, not recomputed" for row in table.only_stored["row"]]
    lines += [f"{row}: recomputed, not stored" for row in table.only_recomputed["row"]]
    lines += [
        f"{row}: {column} {short(stored, 60) or 'none'} stored, {short(now, 60) or 'none'} recomputed"
        for row, column, stored, now in table.cells.sort("row", maintain_order=True).rows()
    ]
    more = len(lines) - _ROWS_SHOWN
    shown_lines = [f"    {shown(line)}" for line in lines[:_ROWS_SHOWN]]
    return [*shown_lines, f"    and {whole(more)} more"] if more > 0 else shown_lines


def _facts(found: Verified) -> dict[str, Any]:
    return {
        "load_id": found.load_id,
        "exit_status": found.exit_status,
        "damage": found.damage,
        "contradictions": found.contradictions,
        "not_recomputed_because": found.not_recomputed,
        "expected_because": found.expected,
        "tables": {name: _table(table) for name, table in found.tables.items()},
    }


def _table(table: RowDifferences) -> dict[str, Any]:
    return {
        "is_same": table.is_same,
        "rows_stored": table.n_stored,
        "rows_recomputed": table.n_recomputed,
        "only_stored": table.only_stored.height,
        "only_recomputed": table.only_recomputed.height,
        "columns": dict(table.cells.group_by("column").len().sort("column").rows()),
        "rows": {
            "only_stored": table.only_stored["row"].head(_ROWS_SHOWN).to_list(),
            "only_recomputed": table.only_recomputed["row"].head(_ROWS_SHOWN).to_list(),
            "cells": table.cells.head(_ROWS_SHOWN).to_dicts(),
        },
    }
