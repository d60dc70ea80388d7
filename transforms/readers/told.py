"""What a reader was told, as the text that is kept with its file: an assay's names and limits, and a sample."""

import json
from dataclasses import astuple, replace
from typing import Any

from transforms.readers.rows import AssayNames

_N_LIMITS = 3
"""The last fields of an assay: its LOQs, its LODs, and the upper end of its kit's range."""


def told_text(assay: AssayNames | None, sample_id: str | None) -> str:
    """Return what a reader was told as text."""
    names = None if assay is None else list(astuple(assay))
    if names is not None and not any(names[-_N_LIMITS:]):
        # as before limits were told: only files of kits are read again for them
        names = names[:-_N_LIMITS]
    return json.dumps([names, sample_id])


def told_from(text: str | None) -> tuple[AssayNames | None, str | None]:
    """Return the assay and the sample that a reader was told."""
    names, sample_id = json.loads(text) if text else (None, None)
    parts: list[Any] = [tuple(n) if isinstance(n, list) else n for n in names or ()]
    return (AssayNames(*parts) if parts else None), sample_id


def gives_the_same_rows(one: str | None, other: str | None) -> bool:
    """Tell whether a reader gives the same rows: limits are compared with what a kit prints, and decide no row."""
    return _without_limits(one) == _without_limits(other)


def _without_limits(text: str | None) -> tuple[AssayNames | None, str | None]:
    assay, sample_id = told_from(text)
    if assay is not None:
        assay = replace(assay, loq_fractions=(), lod_fractions=(), upper_fraction=None)
    return assay, sample_id
