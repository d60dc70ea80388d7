"""The sample files and all labelled defects with a sign in every name of a patient, sample, run and file."""

import re
from pathlib import Path

from tests.flows.lab import SAMPLE_DATA

SIGN = "ZZSIGN7"
"""Part of every name; nothing else in the project holds it."""

_NAMES = re.compile(rb"(?<![A-Za-z0-9])(?:P-[A-Z]+-\d{3}|D-\d{3}|R\d{6}(?!\d))")


def marked_inbox(folder: Path) -> Path:
    """Write the files and return the folder; folders keep their names, which are those of assays."""
    for top in ("inbox", "defects"):
        for path in sorted((SAMPLE_DATA / top).rglob("*")):
            if path.is_file() and path.name not in ("README.md", "labels.csv"):
                at = folder / path.parent.relative_to(SAMPLE_DATA / top)
                at.mkdir(parents=True, exist_ok=True)
                text = _NAMES.sub(SIGN.encode() + rb"-\g<0>", path.read_bytes())
                (at / f"{SIGN}-{path.name}").write_bytes(text)
    return folder
