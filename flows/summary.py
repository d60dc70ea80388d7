"""What a load prints: a short account that a person reads, or the same as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from flows.load import LoadRun
from schemas.enums import Status
from schemas.tables import TABLES
from transforms.printable import shown

_SHOWN = 12
_STATUS_WORDS = {s.value: s.value.replace("_", " ").lower() for s in Status}


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _files_line(files: dict[str, int]) -> str:
    words = {
        "LOADED": "loaded",
        "DUPLICATE": "given before",
        "REJECTED": "refused",
        "PENDING": "waiting for their assay or sample",
    }
    parts = [f"{files[k]} {w}" for k, w in words.items() if files.get(k)]
    return f"{_count(sum(files.values()), 'file')}: {', '.join(parts) or 'none'}"


def status_table(warehouse: LoadRun) -> pl.DataFrame:
    """Return counts of results by disease and status in the current snapshot."""
    snapshot = warehouse.warehouse.current()
    if snapshot is None:
        return pl.DataFrame()
    rows = snapshot.scan(TABLES["mrd_status"]).group_by("disease", "status").len().collect()
    return rows.sort("disease", "status").with_columns(pl.col("disease", "status").cast(pl.String))


def _status_lines(counts: pl.DataFrame) -> list[str]:
    present = [s for s in _STATUS_WORDS if s in counts["status"].to_list()]
    heads = [_STATUS_WORDS[s] for s in present]
    wide = counts.pivot(on="status", index="disease", values="len", maintain_order=True).fill_null(
        0
    )
    lines = ["  " + " ".join([f"{'disease':8}", *(f"{h:>13}" for h in heads)])]
    for row in wide.to_dicts():
        cells = [f"{row.get(s, 0) or '·':>13}" for s in present]
        lines.append("  " + " ".join([f"{row['disease']:8}", *cells]))
    return lines


def finding_line(row: dict[str, object]) -> str:
    """Return a finding as one line: file, line, cell, what is wrong, code."""
    where = str(row["source_name"])
    if row["source_line"] is not None:
        where += f" line {row['source_line']}"
    if row["source_place"] is not None:
        where += f", {row['source_place']}"
    # names of files of a folder given twice are made of their paths
    return shown(f"{where}: {row['message']} [{row['code']}]")


def rows_line(rows: Mapping[str, int]) -> str:
    """Return what became of the rows of a load."""
    return (
        f"{_count(rows['rows_read'], 'row')} read = {rows['rows_accepted']} accepted"
        f" + {rows['rows_rejected']} rejected + {rows['rows_ignored']} ignored"
    )


def finding_lines(run: LoadRun) -> list[str]:
    """Return what a load rejected and what it wants looked at."""
    lines = []
    for title, severity in (("Rejected", "REJECTED"), ("For review", "REVIEW")):
        found = _findings_of(run, severity)
        if found:
            lines += ["", title, *found]
    return lines


def _findings_of(run: LoadRun, severity: str) -> list[str]:
    found = run.records.get("findings")
    if found is None:
        return []
    rows = found.filter(pl.col("severity") == severity).sort("source_name", "source_line", "code")
    lines = [f"  {finding_line(r)}" for r in rows.head(_SHOWN).to_dicts()]
    if rows.height > _SHOWN:
        lines.append(
            f"  and {rows.height - _SHOWN} more; the report and the table findings have them all"
        )
    return lines


def text(run: LoadRun) -> str:
    """Return the account of a load as text."""
    result = run.result
    lines = [_files_line(result.files)]
    if result.growing:
        lines.append(f"Left for the next load, still being written: {', '.join(run.growing)}")
    lines.append(rows_line(result.rows))
    if not result.published:
        lines.append("Nothing new: the warehouse is as it was.")
        lines += [
            f"  {name}: refused before, and nothing has changed since [{reason}]"
            for name, reason in run.refused_before
        ]
    else:
        if result.recomputed_because:
            lines.append(f"All patients were recomputed, because {result.recomputed_because}.")
        lines.append(
            f"{_count(result.patients, 'patient')} recomputed; {_count(result.pending, 'row')} in the warehouse {'waits' if result.pending == 1 else 'wait'} for reference rows"
        )
        counts = status_table(run)
        if counts.height:
            lines += ["", "Results in the warehouse", *_status_lines(counts)]
        lines += finding_lines(run)
    lines += ["", f"Tables  {run.warehouse.root / 'current'}"]
    if run.private_records:
        lines.append(
            f"Names   {run.warehouse.private}, for the owner alone: files, values and rows as they came"
        )
    if run.report_path:
        lines.append(f"Report  {run.report_path}")
    return "\n".join(lines)


def as_json(run: LoadRun) -> str:
    """Return the account of a load as JSON."""
    result = run.result
    found = run.records.get("findings")
    return json.dumps(
        {
            "load_id": result.load_id,
            "published": result.published,
            "exit_status": result.exit_status,
            "files": result.files,
            **result.rows,
            "rows_pending": result.pending,
            "patients": result.patients,
            "left_for_next_load": run.growing,
            "recomputed_because": result.recomputed_because,
            "findings": [] if found is None else found.drop("raw_row", "load_id").to_dicts(),
            "tables": str(run.warehouse.root / "current"),
            "report": None if run.report_path is None else str(Path(run.report_path)),
        },
        indent=1,
    )
