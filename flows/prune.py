"""`mrd prune`: removes old snapshots and their reports. Kept inputs, and what they give, stay."""

import os
import shutil
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from flows.attempts import FAILED
from flows.disk import sync_folder
from flows.errors import UserError
from flows.format_numbers import counted
from flows.load import LOAD_ID
from flows.warehouse import Warehouse

KIND = "PRUNE"
"""What `kind` of its line in `attempts.jsonl` says."""

AT_REST = timedelta(days=1)
"""How long a snapshot is not current any more before it may go: who resolved `current` then is done by now."""


@dataclass(frozen=True)
class Pruned:
    """What is removed, or would be.

    Attributes:
        load_ids: of the snapshots, the oldest first.
        n_reports: reports that belong to them.
        n_bytes: what this frees; a file that a remaining snapshot links frees nothing.
        n_left: snapshots that remain.
        n_too_young: snapshots that remain only because they were current less than a day ago.
    """

    load_ids: list[str]
    n_reports: int
    n_bytes: int
    n_left: int
    n_too_young: int

    def text(self, *, is_dry: bool) -> str:
        """Return what was removed, or would be."""
        done = "Would remove" if is_dry else "Removed"
        n = len(self.load_ids)
        lines = [f"{done} {counted(n, 'snapshot')} and {counted(self.n_reports, 'report')}"]
        lines += [f"  {name}" for name in self.load_ids]
        if n:
            verb = "would be" if is_dry else "are"
            size = f"{self.n_bytes / 1e6:.1f} MB {verb} free"
            lines.append(f"{size}; files that a remaining snapshot has too are not counted")
        lines.append(f"{counted(self.n_left, 'snapshot')} and all kept inputs remain")
        if self.n_too_young:
            lines.append(
                f"{self.n_too_young} of these were current within the last day, and stay until then"
            )
        return "\n".join(lines)


def prune(
    warehouse: Warehouse,
    *,
    keep: int | None,
    older_than: timedelta | None,
    lock_wait_seconds: float,
    is_dry: bool,
    now: datetime | None = None,
) -> Pruned:
    """Remove old snapshots: readers see each of them whole, or not at all. A line in `attempts.jsonl` has the counts.

    Args:
        warehouse: the warehouse.
        keep: how many snapshots stay, the newest ones.
        older_than: snapshots older than this go.
        lock_wait_seconds: how long to wait for a load in progress.
        is_dry: only say what would go.
        now: the time; None for the clock's.

    Raises:
        UserError: there is no warehouse, or a load is in progress for longer than the wait.
    """
    warehouse.require_current()
    at = now or datetime.now(UTC)
    if is_dry:
        return _pruned(warehouse, *_old(warehouse, keep, older_than, at))
    try:
        with warehouse.lock(lock_wait_seconds):
            old, too_young = _old(warehouse, keep, older_than, at)
            found = _pruned(warehouse, old, too_young)
            _remove(warehouse, old)
            _note(warehouse, "pruned", found)
    except BaseException as error:
        # on a disk that cannot be written the error that ended it is the one to tell
        with suppress(OSError):
            _note(warehouse, FAILED + type(error).__name__)
        raise
    return found


def _note(warehouse: Warehouse, outcome: str, found: Pruned | None = None) -> None:
    """Write the line of a try: when, and counts. It has no `started_at`, and is no try to publish."""
    now = datetime.now(UTC)
    counts = {"snapshots": len(found.load_ids), "reports": found.n_reports, "bytes": found.n_bytes} if found else {}  # fmt: skip
    line = {"load_id": now.strftime(LOAD_ID), "at": now.isoformat(timespec="seconds"), "kind": KIND}
    warehouse.note_attempt({**line, "outcome": outcome, **counts})


def _old(
    warehouse: Warehouse, keep: int | None, older_than: timedelta | None, now: datetime
) -> tuple[list[str], int]:
    """Return the snapshots that go, and how many more would, had they not been current a day ago."""
    names = warehouse.snapshot_names()
    current = warehouse.require_current().path.name
    asked = names[: max(len(names) - keep, 0)] if keep is not None else names
    if older_than is not None:
        asked = [name for name in asked if _age(name, now) > older_than]
    asked = [name for name in asked if name != current]
    # a snapshot was current until the next one came
    until = dict(pairwise(names))
    old = [name for name in asked if _age(until.get(name, name), now) > AT_REST]
    return old, len(asked) - len(old)


def _age(load_id: str, now: datetime) -> timedelta:
    """Return the age of a snapshot by its name: times of files change when a warehouse is copied."""
    try:
        return now - datetime.strptime(load_id, LOAD_ID).replace(tzinfo=UTC)
    except ValueError:
        raise UserError(
            f"{load_id}: this folder in snapshots is none of ours; move it away"
        ) from None


def _pruned(warehouse: Warehouse, old: Sequence[str], n_too_young: int) -> Pruned:
    folders = [warehouse.root / "snapshots" / name for name in old]
    reports = _reports(warehouse, old)
    n_bytes = _freed(folders) + sum(path.stat().st_size for path in reports)
    n_left = len(warehouse.snapshot_names()) - len(old)
    return Pruned(list(old), len(reports), n_bytes, n_left, n_too_young)


def _reports(warehouse: Warehouse, old: Sequence[str]) -> list[Path]:
    """Return the reports of snapshots; the text of a rerun that published nothing goes with what it was compared to."""
    names = warehouse.snapshot_names()
    found = []
    for path in sorted(warehouse.reports.glob("[!.]*")):
        nth = bisect_right(names, path.stem)
        if nth and names[nth - 1] in old:
            found.append(path)
    return found


def _freed(folders: Sequence[Path]) -> int:
    """Return the bytes of files all of whose links are in these folders."""
    seen: dict[tuple[int, int], int] = {}
    n_bytes = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                stat = Path(place, name).lstat()
                file = stat.st_dev, stat.st_ino
                seen[file] = seen.get(file, 0) + 1
                if seen[file] == stat.st_nlink:
                    n_bytes += stat.st_size
    return n_bytes


def _remove(warehouse: Warehouse, old: Sequence[str]) -> None:
    """Take the names away first, on disk too; then delete. What a kill leaves, the next load or prune removes."""
    snapshots = warehouse.root / "snapshots"
    away = list(snapshots.glob(".part-*"))
    for path in _reports(warehouse, old):
        path.unlink()
    for name in old:
        part = snapshots / f".part-pruned-{name}"
        (snapshots / name).rename(part)
        away.append(part)
    sync_folder(snapshots)
    for part in away:
        shutil.rmtree(part)
