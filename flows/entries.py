"""The files of a load as it goes on: what is known of each, what it is called, which are read together."""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from flows.inbox import Offered

_BATCH_FILES, _BATCH_BYTES = 500, 512_000_000


@dataclass
class Entry:
    """What is known of one file of a load.

    Attributes:
        file_no: its number in the load.
        name: its path below the folder that was given.
        folder: name of the folder it lies in.
        path: where it lies.
        source: where its bytes lie, of a link another place.
        sha256: hash of its bytes, once they are kept.
        format: what it is.
        reader: reader and version.
        folder_assay_id: `folder`, where the format does not name its assay.
        given_name: its path below the folder that was given, where `name` had to tell it from another.
        told: what its reader was told.
        layout_sha256: hash of the layout it is read with, where its format is none of our own.
        outcome: what became of it.
        reason: why, as a finding code.
        verdict_before: outcome and reason of the same bytes read in the same way by an earlier load.
        replaces: it gave rows before, and what it gives now replaces them.
    """

    file_no: int
    name: str
    folder: str
    path: Path
    sha256: str | None = None
    source: Path | None = None
    format: str | None = None
    reader: str | None = None
    folder_assay_id: str | None = None
    given_name: str | None = None
    told: str | None = None
    layout_sha256: str | None = None
    outcome: str = "LOADED"
    reason: str | None = None
    verdict_before: tuple[str, str | None] | None = None
    replaces: bool = False

    @property
    def is_repeat(self) -> bool:
        """Whether an earlier load said the same of it, so that it is no news."""
        return self.outcome != "LOADED" and (self.outcome, self.reason) == self.verdict_before


def uniquely_named(offered: list[Offered]) -> list[Offered]:
    """Give files of several folders names that tell them apart."""
    times = Counter(o.name for o in offered)
    return [
        replace(o, name=f"{o.folder}~{hashlib.sha256(str(o.path).encode(errors='surrogateescape')).hexdigest()[:6]}/{o.name.rsplit('/', 1)[-1]}")
        if times[o.name] > 1 else o
        for o in offered
    ]  # fmt: skip


def batches_of(entries: list[Entry]) -> list[list[Entry]]:
    """Return files in groups that are read together, bounded in number and bytes."""
    batches: list[list[Entry]] = []
    size = 0
    for entry in entries:
        try:
            own = entry.path.stat().st_size
        except OSError:
            own = 0
        if not batches or len(batches[-1]) >= _BATCH_FILES or size + own > _BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(entry)
        size += own
    return batches
