"""`attempts.jsonl`: every try of a load in one line: time, outcome, counts; no identifier, no word of an error."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flows.disk import sync_file

PUBLISHED, NOTHING_NEW, FAILED = "published", "nothing new", "failed: "
"""What `outcome` of a line says; after FAILED comes the kind of the error."""

KILLED = "Killed"
"""The kind of a try that could not say itself how it ended: killed, or the power went."""

# far more than a line
_TAIL_BYTES = 65_536


def note_attempt(path: Path, line: Mapping[str, object]) -> None:
    """Append a line; what a try that was killed in the middle of its own left is cut off.

    Raises:
        OSError: the line cannot be written.
    """
    data = (json.dumps(line, sort_keys=True) + "\n").encode()
    with path.open("a+b") as file:
        # tries that fail before they hold the warehouse write here too
        fcntl.flock(file, fcntl.LOCK_EX)
        begin = max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES)
        file.seek(begin)
        file.truncate(begin + file.read().rfind(b"\n") + 1)
        file.write(data)
        file.flush()
        sync_file(file.fileno())
    path.chmod(0o640)


def attempts(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the tries, newest first; what was not written to its end is none."""
    if not path.exists():
        return
    for line in reversed(path.read_bytes().splitlines()):
        try:
            yield json.loads(line)
        except ValueError:
            continue


def failed_since(path: Path, load_id: str) -> list[dict[str, Any]]:
    """Return the failed tries that the snapshot of a load may not know, oldest first.

    The line of a load that was killed after its snapshot was published is written late, so that tries
    between the publishing before it and its own line are returned too.
    """
    found = []
    for line in attempts(path):
        if line["outcome"] == PUBLISHED and line["load_id"] != load_id:
            break
        if line["outcome"].startswith(FAILED) and "started_at" in line:
            found.append(line)
    return found[::-1]
