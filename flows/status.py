"""`mrd status`: how a warehouse does, for a monitor. Counts and times, never whose results they are."""

import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from flows.attempts import attempts
from flows.errors import EXIT_DONE, EXIT_NOT_PUBLISHED, EXIT_REJECTED, UserError
from flows.report_course import overdue
from flows.rerun import Rerun
from flows.settings import Settings
from flows.snapshot import FORMAT_VERSION, Snapshot
from flows.version import code_version
from flows.warehouse import Warehouse
from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms import health

_ATTEMPT = {"at": pl.Datetime("us", "UTC"), "outcome": pl.String()}


@dataclass(frozen=True)
class Status:
    """How a warehouse does.

    Attributes:
        exit_status: 0 well, 1 somebody should look, 3 nothing was published for too long.
        reasons: why it is not 0, a sentence each.
        facts: everything that was looked at, by section.
    """

    exit_status: int
    reasons: list[str]
    facts: dict[str, Any]

    def as_json(self) -> str:
        """Return it for a monitor."""
        said = {"exit_status": self.exit_status, "reasons": self.reasons, **self.facts}
        return json.dumps(said, indent=1, default=_written)


def status(root: Path, settings: Settings, now: datetime, max_age: timedelta | None) -> Status:
    """Look at a warehouse; nothing is written and nobody has to wait.

    Args:
        root: the warehouse.
        settings: settings in force.
        now: the present time, with its zone: the day by which tests are overdue and factors end is its own.
        max_age: how old the last successful load may be; None = any age.

    Raises:
        UserError: there is no warehouse, or it cannot be read.
    """
    if not root.is_dir():
        raise UserError(f"{root}: there is no warehouse here")
    warehouse = Warehouse(root)
    snapshot = warehouse.current()
    facts: dict[str, Any] = {
        "checked_at": now.astimezone(UTC).replace(microsecond=0),
        "attempts": health.attempts(_attempts(warehouse), now),
        **(_tables(snapshot, settings, now) if snapshot else _NO_TABLES),
        "disk": _disk(root, snapshot),
        "is_locked": _is_locked(root / ".lock"),
        "is_forgetting": warehouse.forgetting_path.exists(),
        "versions": _versions(root, snapshot, settings),
    }
    failures = _failures(facts, max_age)
    looks = _looks(facts, settings)
    worst = EXIT_NOT_PUBLISHED if failures else EXIT_REJECTED if looks else EXIT_DONE
    return Status(worst, failures + looks, facts)


_NO_TABLES: dict[str, Any] = dict.fromkeys(
    ("last_load", "data", "pending", "rejected", "review", "overdue", "conversion_factors")
)


def _tables(snapshot: Snapshot, settings: Settings, now: datetime) -> dict[str, Any]:
    files, loads = (snapshot.read(TABLES[n]) for n in ("source_files", "loads"))
    waits = (pl.col("collected_year") == 0) & pl.col("is_current")
    waiting = pl.concat(
        [
            snapshot.scan(t).filter(waits).select("source_sha256").collect()
            for t in MEASUREMENT_TABLES
        ]
    )
    last = health.last_load(loads, files, now)
    newest: date | None = (
        snapshot.scan(TABLES["sample_remission"])
        .select(pl.col("collected_on").max())
        .collect()
        .item()
    )
    made = loads.filter(load_id=snapshot.manifest["load_id"])
    published: datetime = made["finished_at"].item()
    late = overdue({"patient_summary": snapshot.read(TABLES["patient_summary"])}, now.date())
    results = (
        snapshot.scan(TABLES["assay_results"])
        .select("assay_id", "collected_on", "conversion_factor")
        .collect()
    )
    return {
        "last_load": last,
        "data": {
            "newest_collected_on": newest,
            "newest_collected_age_days": (now.date() - newest).days if newest else None,
            "published_at": published,
            "published_age_hours": health.hours(now, published),
        },
        "pending": health.pending(waiting, files, loads, now),
        "rejected": health.rejected(files),
        "review": health.review(snapshot.read(TABLES["findings"]), last["load_id"]) if last else {},
        "overdue": {"patients": late.height, "longest_days": late["days"].max()},
        "conversion_factors": health.conversion_factors(
            snapshot.read(TABLES["assays"]), results, now.date(), settings.expiring_days
        ),
    }


def _attempts(warehouse: Warehouse) -> pl.DataFrame:
    """Return the tries to load, oldest first."""
    rows = [
        (datetime.fromisoformat(line["at"]), line["outcome"])
        for line in attempts(warehouse.attempts_path)
        if line.get("kind", "LOAD") == "LOAD"
    ]
    return pl.DataFrame(rows[::-1], schema=_ATTEMPT, orient="row")


def _disk(root: Path, snapshot: Snapshot | None) -> dict[str, int]:
    seen: dict[tuple[int, int], int] = {}
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                state = os.lstat(Path(folder) / name)
            except FileNotFoundError:
                # a load that runs takes its working files away
                continue
            # snapshots share files by links; each is on disk once
            seen[(state.st_dev, state.st_ino)] = state.st_size
    current = (p.stat().st_size for p in snapshot.path.rglob("*.parquet")) if snapshot else ()
    return {
        "warehouse_bytes": sum(seen.values()),
        "snapshot_bytes": sum(current),
        "free_bytes": shutil.disk_usage(root).free,
        "snapshots": len(list(root.glob("snapshots/[!.]*"))),
    }


def _is_locked(path: Path) -> bool:
    """Tell whether a load holds the warehouse now."""
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # shared, so that several monitors never see each other
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _versions(root: Path, snapshot: Snapshot | None, settings: Settings) -> dict[str, Any]:
    said: dict[str, Any] = {"code": code_version(), "format": FORMAT_VERSION}
    if snapshot is None:
        return {**said, "warehouse_code": None, "warehouse_format": None, "next_load_recomputes": []}  # fmt: skip
    preview = Rerun(root, settings, {})
    preview.discover()
    return {
        **said,
        "warehouse_code": snapshot.manifest["code_version"],
        "warehouse_format": snapshot.manifest["format_version"],
        "next_load_recomputes": preview.changed_since(),
    }


def _failures(facts: dict[str, Any], max_age: timedelta | None) -> list[str]:
    if facts["last_load"] is None:
        return ["nothing was ever loaded"]
    age = facts["attempts"]["last_success_age_hours"]
    if max_age is None or (age is not None and age * 3600 <= max_age.total_seconds()):
        return []
    when = "ever" if age is None else f"for {_span(age)}"
    return [f"no load has succeeded {when}"]


def _looks(facts: dict[str, Any], settings: Settings) -> list[str]:
    said = []
    if facts["is_forgetting"] and not facts["is_locked"]:
        said.append(
            "a patient is half forgotten, because mrd forget was stopped; mrd forget --yes finishes it"
        )
    failed = facts["attempts"]["failures_since_success"]
    if failed:
        last = facts["attempts"]["last_outcome"].removeprefix("failed: ")
        said.append(f"the last {_tries(failed)} to load failed ({last})")
    disk = facts["disk"]
    if disk["free_bytes"] < disk["snapshot_bytes"]:
        said.append("the disk has no room for another whole snapshot")
    load = facts["last_load"]
    if load and (load["rows_rejected"] or load["files_rejected"]):
        parts = {"row": load["rows_rejected"], "file": load["files_rejected"]}
        what = " and ".join(_number(n, word) for word, n in parts.items() if n)
        said.append(f"the last load rejected {what}")
    if facts["pending"] and (facts["pending"]["oldest_days"] or 0) > settings.pending_review_days:
        said.append(f"results have been waiting for {facts['pending']['oldest_days']} days")
    factors = facts["conversion_factors"] or {"expiring": [], "expired": []}
    said += [
        f"the conversion factor of {f['assay_id']} ends on {f['valid_to']}, and none follows"
        for f in factors["expiring"]
    ]
    said += [
        f"the conversion factor of {f['assay_id']} ended on {f['valid_to']}, and {_number(f['results_since'], 'result')} since then came without one"
        for f in factors["expired"]
    ]
    return said


def _tries(number: int) -> str:
    return "try" if number == 1 else f"{number} tries"


def _number(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _span(age_hours: float) -> str:
    if age_hours < 1:
        return _number(round(age_hours * 60), "minute")
    return _number(round(age_hours), "hour") if age_hours < 48 else _number(round(age_hours / 24), "day")  # fmt: skip


def _written(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no part of a status")
