"""What `mrd status` prints for a person; its first line is all that a monitor shows."""

from typing import Any

from flows.errors import EXIT_DONE, EXIT_REJECTED
from flows.format_numbers import counted, moment
from flows.status import Status

_HEADS = {EXIT_DONE: "All is well", EXIT_REJECTED: "Somebody should look"}


def text(found: Status) -> str:
    """Return the status as lines."""
    facts = found.facts
    head = _HEADS.get(found.exit_status, "Failure")
    lines = [f"{head}: {'; '.join(found.reasons)}" if found.reasons else head, ""]
    rows = [("Last try", _last_try(facts["attempts"]))]
    if facts["last_load"]:
        rows += _tables(facts)
    rows += [("Disk", _disk(facts["disk"])), ("Now", "a load is in progress" if facts["is_locked"] else "no load is in progress")]  # fmt: skip
    rows += [("Program", _program(facts["versions"]))]
    width = max(len(name) for name, _ in rows)
    return "\n".join([*lines, *(f"{name:{width}}  {said}" for name, said in rows)])


def _last_try(tried: dict[str, Any]) -> str:
    if tried["last_at"] is None:
        return "none yet"
    said = f"{moment(tried['last_at'])}, {tried['last_outcome']}"
    if tried["failures_since_success"]:
        said += f"; {tried['failures_since_success']} failed since the last success"
        said += f" on {moment(tried['last_success_at'])}" if tried["last_success_at"] else ", there was none"  # fmt: skip
    return said


def _tables(facts: dict[str, Any]) -> list[tuple[str, str]]:
    load, data, waits = facts["last_load"], facts["data"], facts["pending"]
    refused, late, factors = facts["rejected"], facts["overdue"], facts["conversion_factors"]
    review = [f"{number} {code}" for code, number in facts["review"].items()]
    newest = data["newest_collected_on"]
    waiting = counted(waits["rows"], "row")
    if waits["files"]:
        waiting += f", of them those of {counted(waits['files'], 'file')} whose assay or sample is not known"  # fmt: skip
    if waits["oldest_since"]:
        waiting += f"; the oldest came on {waits['oldest_since']:%Y-%m-%d}"
    return [
        (
            "Last load",
            f"{load['load_id']}, {moment(load['finished_at'])}: {counted(load['files'], 'file')}, {counted(load['rows_read'], 'row')}",
        ),
        (
            "Rejected",
            f"{counted(load['rows_rejected'], 'row')} and {counted(load['files_rejected'], 'file')} in the last load; "
            f"in all files as they are now {counted(refused['open_rows'], 'row')} and {counted(refused['open_files'], 'file')}",
        ),
        ("For review", ", ".join(review) if review else "nothing in the last load"),
        ("Pending", waiting),
        (
            "Newest result",
            f"collected on {newest}, {counted(data['newest_collected_age_days'], 'day')} ago"
            if newest
            else "none",
        ),
        (
            "Overdue",
            counted(late["patients"], "patient")
            + (
                f", the longest for {counted(late['longest_days'], 'day')}"
                if late["patients"]
                else ""
            ),
        ),
        (
            "Factors",
            f"{len(factors['expiring'])} ending soon, {len(factors['expired'])} ended while results come",
        ),
    ]


def _disk(disk: dict[str, int]) -> str:
    used, free = _megabytes(disk["warehouse_bytes"]), _megabytes(disk["free_bytes"])
    return f"{used} in {counted(disk['snapshots'], 'snapshot')} and their inputs, {free} free"


def _megabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _program(versions: dict[str, Any]) -> str:
    reasons = versions["next_load_recomputes"]
    why = f"; the next load recomputes everything, because {' and '.join(reasons)}" if reasons else ""  # fmt: skip
    return f"{versions['code']}, format {versions['format']}{why}"
