"""Which code this is: the version, and a hash of the code that decides results."""

import hashlib
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable


@cache
def code_version() -> str:
    """Return the version with a hash of `schemas` and `transforms`: same code, same tables."""
    digest = hashlib.sha256()
    for package in ("schemas", "transforms"):
        for name, data in sorted(_sources(resources.files(package), package)):
            digest.update(name.encode() + b"\0" + data)
    return f"{metadata.version('mrd-pipeline')}+{digest.hexdigest()[:12]}"


def _sources(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found = []
    for entry in folder.iterdir():
        name = f"{prefix}/{entry.name}"
        if entry.is_dir():
            found.extend(_sources(entry, name))
        elif entry.name.endswith((".py", ".toml")):
            found.append((name, entry.read_bytes()))
    return found
