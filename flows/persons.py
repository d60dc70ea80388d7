"""Who is who in a snapshot: identities that were given up, and the ones that go on."""

from collections.abc import Mapping

from flows.snapshot import Snapshot
from schemas.tables import TABLES
from transforms.identities import merges

NAMES_A_SAMPLE = ("sample_id", "counts_for_sample_id", "correct_sample_id")
"""Columns with a sample that a row is of: as it is written, and as amendments have it."""


def survivors(snapshot: Snapshot) -> Mapping[str, str]:
    """Return for each identity that was given up the one that goes on; merges on hold join nobody."""
    aliases = snapshot.read(TABLES["patient_aliases"])
    if aliases.is_empty():
        return {}
    joined = merges(aliases, snapshot.read(TABLES["patients"])).joined
    return dict(joined.select("patient_id", "survivor").rows())
