"""Which BCR::ABL1 transcripts the names and codes of a test say: a negative of one says nothing of another."""

import re
from collections.abc import Iterable

P210, P190, P230 = "BCR::ABL1 p210", "BCR::ABL1 p190", "BCR::ABL1 p230"
_SAID = {
    # M-bcr is the major breakpoint and m-bcr the minor one: only the letter's case tells them apart
    P210: re.compile(r"(?<!\d)210(?!\d)|major|b[23]a[23]|e1[34]a[23]|(?-i:M)-bcr", re.IGNORECASE),
    P190: re.compile(r"(?<!\d)190(?!\d)|minor|e1a[23]|(?-i:m)-bcr", re.IGNORECASE),
    P230: re.compile(r"(?<!\d)230(?!\d)|e19a2|\bmicro\b|[\u00b5\u03bc]-bcr", re.IGNORECASE),
}
_LOINC = {"69380-4": P210, "21822-2": P210, "21823-0": P190}


def transcripts(names: Iterable[str]) -> set[str]:
    """Return the markers that names and codes of a test say; empty where they say no breakpoint."""
    said = set()
    for name in names:
        code = name.strip()
        # digits of a LOINC code are no name of a protein
        said |= (
            {_LOINC[code]} if code in _LOINC else {m for m, p in _SAID.items() if p.search(name)}
        )
    return said
