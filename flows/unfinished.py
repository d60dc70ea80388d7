"""What a load that was killed left undone, or a report that a full disk kept from being written: the next load does it.

A load is killed by the system, by a person, or because the power went. Its snapshot is current or it is not; what can be
missing is its line in `attempts.jsonl` and its report, and what can be too much is a snapshot that no reader ever saw.
Whether or not the next load has news itself makes no difference.
"""

import shutil
from datetime import datetime
from typing import Any

import polars as pl

from flows.attempts import FAILED, KILLED, PUBLISHED, attempts, failed_since
from flows.recomputed import recomputed_patients
from flows.report_of_load import report_of_load
from flows.rules import rules_of
from flows.snapshot import Snapshot
from flows.warehouse import Warehouse
from schemas.enums import LoadOutcome
from schemas.tables import TABLES

REPORT_OF = "report_of"
"""In the mark of a load: whose report it writes before it does anything else."""

_COUNTS = ("rows_read", "rows_accepted", "rows_rejected", "rows_ignored")


def finish_killed(warehouse: Warehouse, current: Snapshot | None) -> None:
    """Note the end of a killed load, and remove its snapshot where no reader ever saw it.

    Args:
        warehouse: held by the load that calls.
        current: its current snapshot.

    Raises:
        OSError: the warehouse cannot be written.
    """
    load_id = "" if current is None else str(current.manifest["load_id"])
    noted = _noted(warehouse, load_id)
    if current is not None and load_id not in noted:
        warehouse.note_attempt(_line_of(current))
    killed = warehouse.mark()
    if killed is None or killed["load_id"] in _published(current):
        return
    if killed["load_id"] not in noted:
        known = {k: v for k, v in killed.items() if k != REPORT_OF}
        warehouse.note_attempt({**known, "at": killed["started_at"], "outcome": FAILED + KILLED})
    never_current = warehouse.root / "snapshots" / str(killed["load_id"])
    if never_current.exists():
        shutil.rmtree(never_current)


def missing_report(warehouse: Warehouse, current: Snapshot | None) -> str | None:
    """Return the load whose report is missing: it, or the load that was to write it, was killed or could not write."""
    killed = warehouse.mark()
    if killed is None or current is None:
        return None
    load_id = str(current.manifest["load_id"])
    is_mine = load_id in (killed["load_id"], killed.get(REPORT_OF))
    return load_id if is_mine and not warehouse.report_path(load_id).exists() else None


def write_missing_report(warehouse: Warehouse, current: Snapshot) -> None:
    """Write the report of the load that made the current snapshot.

    Raises:
        OSError: the warehouse cannot be written.
    """
    page = report_of_load(
        current, rules_of(current.manifest), recomputed_patients(warehouse, current)[0]
    )
    warehouse.write_report(str(current.manifest["load_id"]), page)


def failed_loads(warehouse: Warehouse, before: Snapshot | None) -> pl.DataFrame:
    """Return the rows of `loads` of tries that failed since the last publishing."""
    table = TABLES["loads"]
    load_id = "" if before is None else str(before.manifest["load_id"])
    known = _published(before)
    rows = [
        {
            "load_id": line["load_id"],
            "started_at": datetime.fromisoformat(line["started_at"]),
            "finished_at": datetime.fromisoformat(line["at"]),
            "kind": line["kind"],
            "rulesets": [],
            "code_version": line["code_version"],
            "files": sum(line["files"].values()) if line.get("files") else None,
            **{c: line.get(c) for c in _COUNTS},
            "outcome": LoadOutcome.FAILED,
            "reason": line["outcome"].removeprefix(FAILED),
        }
        for line in failed_since(warehouse.attempts_path, load_id)
        if line["load_id"] not in known
    ]
    return pl.DataFrame(rows, schema=table.polars_schema).unique("load_id", maintain_order=True)


def _published(snapshot: Snapshot | None) -> set[str]:
    return set() if snapshot is None else set(snapshot.read(TABLES["loads"])["load_id"])


def _noted(warehouse: Warehouse, load_id: str) -> set[str]:
    """Return the loads that have a line, back to that of a load which was published."""
    noted = set()
    for line in attempts(warehouse.attempts_path):
        noted.add(line["load_id"])
        if line["load_id"] == load_id and line["outcome"].startswith(PUBLISHED):
            break
    return noted


def _line_of(snapshot: Snapshot) -> dict[str, Any]:
    """Return the line of `attempts.jsonl` of the load that made a snapshot."""
    load_id = snapshot.manifest["load_id"]
    mine = pl.col("load_id") == load_id
    load = snapshot.scan(TABLES["loads"]).filter(mine).collect().row(0, named=True)
    files = snapshot.scan(TABLES["source_files"]).filter(mine).group_by("outcome").len().collect()
    return {
        "at": load["finished_at"].isoformat(timespec="seconds"),
        "load_id": load_id,
        "kind": load["kind"],
        "started_at": load["started_at"].isoformat(timespec="microseconds"),
        "code_version": load["code_version"],
        "outcome": PUBLISHED,
        "files": dict(sorted(files.rows())),
        **{c: load[c] for c in _COUNTS},
    }
