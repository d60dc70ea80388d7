"""Which kept inputs are no longer as they came, because a patient in them was forgotten."""

import json
from pathlib import Path

REDACTED = "redacted.jsonl"
"""Beside the inputs: the hash that a file came with, and that of the extract in its place."""


def redacted(inputs: Path) -> dict[str, set[str]]:
    """Return by hash of a kept file the hashes of the extracts that took its place.

    Args:
        inputs: folder of the inputs.
    """
    found: dict[str, set[str]] = {}
    path = inputs / REDACTED
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            told = json.loads(line)
            found.setdefault(told["sha256"], set()).add(told["extract_sha256"])
    return found
