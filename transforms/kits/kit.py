"""What the catalogue says of a kit: every number with its source, checked when it is written down."""

import re
from dataclasses import dataclass
from math import isfinite

from schemas.enums import Basis, ControlGene, Modality

EVIDENCE = ("primary", "provisional")
IDENTITY = ("modality", "marker", "basis", "control_gene", "is_reported")
"""What a kit is: a laboratory cannot say otherwise of it."""
LIMITS = ("lod_fraction", "lod_events", "loq_fraction", "loq_events")
"""What a laboratory may have verified itself."""


@dataclass(frozen=True)
class Stated:
    """A number of a kit with its source.

    Attributes:
        value: fraction of 1, or events.
        source: where it stands.
        evidence: `primary` when it was read there, `provisional` when recalled or at second hand.
    """

    value: float
    source: str
    evidence: str

    def __post_init__(self) -> None:
        if not (isfinite(self.value) and self.value > 0):
            raise ValueError(f"value = {self.value!r} is not a number above 0")
        _sourced(self.source, self.evidence)


@dataclass(frozen=True, kw_only=True)
class Kit:
    """One kit, or a protocol that laboratories run alike.

    Attributes:
        id: lower-case name; a folder or an `assay_id` of this name needs no `assays` row.
        title: its name.
        maker: who makes or publishes it.
        modality: as in `assays`, like the next four.
        marker: what it measures.
        basis: what its number counts.
        control_gene: of a ratio of transcripts.
        is_reported: the kit itself reports its value.
        source: where the maker says all this.
        evidence: `primary` or `provisional`.
        note: which of several published limits was taken, and what to heed.
        lod_fraction: claimed limit of detection, 95 %.
        loq_fraction: claimed limit of quantification.
        lod_events: the same as a count of cells or events.
        loq_events: the same as a count of cells or events.
        upper_fraction: upper end of the reportable range, for display.
    """

    id: str
    title: str
    maker: str
    modality: str
    marker: str
    basis: str
    source: str
    evidence: str
    note: str
    control_gene: str | None = None
    is_reported: bool | None = None
    lod_fraction: Stated | None = None
    loq_fraction: Stated | None = None
    lod_events: Stated | None = None
    loq_events: Stated | None = None
    upper_fraction: Stated | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.id):
            raise ValueError(f"kit id = {self.id!r} is not lower-case words joined by -")
        Modality(self.modality), Basis(self.basis)
        if self.control_gene is not None:
            ControlGene(self.control_gene)
        _sourced(self.source, self.evidence)

    def numbers(self) -> dict[str, Stated]:
        """Return the kit's numbers by name, those that an assay takes over first."""
        named = {c: getattr(self, c) for c in (*LIMITS, "upper_fraction")}
        return {c: n for c, n in named.items() if n is not None}


def plain(value: float) -> str:
    """Return a number without an exponent, as a person writes it into a cell."""
    return f"{value:.12f}".rstrip("0").rstrip(".")


def _sourced(source: str, evidence: str) -> None:
    if not source.strip():
        raise ValueError("a statement without a source")
    if evidence not in EVIDENCE:
        raise ValueError(f"evidence = {evidence!r} is not primary or provisional")
