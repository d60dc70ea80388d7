"""BCR::ABL1 in messages: which codes it has, and which observations of one report are one result (`formats.md` §9)."""

import re
from dataclasses import dataclass, replace

from transforms.readers.genexpert_words import Said
from transforms.readers.message_results import P190, Result, Taken
from transforms.readers.rows import AssayNames

SCALE, RATIO, PRESENCE = "SCALE", "RATIO", "PRESENCE"
LOINC = {
    "69380-4": SCALE,
    "46434-7": RATIO,
    "21821-4": PRESENCE,
    "21822-2": PRESENCE,
    "42714-6": PRESENCE,
}
"""Only 69380-4 is on the International Scale. 21823-0, the minor breakpoint, is read where `target_name` names it."""
MINOR = "21823-0"
_MAJOR = {"69380-4", "21822-2"}
NAMED = re.compile(r"bcr.{0,3}abl", re.IGNORECASE)


@dataclass(frozen=True)
class Observed:
    """One observation of BCR::ABL1: its kind, and the result that it alone would be."""

    kind: str
    result: Result


def kind_of(codes: list[str], loincs: list[str], assay: AssayNames | None) -> str | None:
    """Return what an observation measures; None when its codes do not say that it is this assay's.

    Args:
        codes: codes and names of any system, which `target_name` may be.
        loincs: codes of LOINC.
        assay: the assay of the file's folder.
    """
    kinds = {LOINC[c] for c in loincs if c in LOINC}
    wanted = (assay.target_name or "").strip().lower() if assay is not None else ""
    is_named = bool(wanted) and wanted in {c.strip().lower() for c in (*codes, *loincs)}
    if assay is not None and assay.marker == P190 and not is_named and _MAJOR.intersection(loincs):
        # a negative of p210 says nothing of p190
        return None
    if SCALE in kinds:
        return SCALE
    if kinds:
        return RATIO if RATIO in kinds else PRESENCE
    if not is_named:
        return None
    return PRESENCE if MINOR in loincs else RATIO


def with_flag(said: Said, call: str | None) -> Said | None:
    """Return what is said together with a flag or word beside it; None when they contradict."""
    if call is None or said.call == "INVALID":
        return said
    if said.call is None:
        return replace(said, call=call)
    return said if (said.call == "NOT_DETECTED") == (call == "NOT_DETECTED") else None


def take_report(observed: list[Observed], taken: Taken) -> None:
    """Make results of the observations of one report on one sample.

    The value on the scale is the result; a raw ratio beside it is another axis. A word for presence
    beside a value is its call: `<0.003` alone does not say whether anything was seen.
    """
    on_scale = [o.result for o in observed if o.kind == SCALE]
    raw = [o.result for o in observed if o.kind == RATIO]
    words = [o.result for o in observed if o.kind == PRESENCE]
    mains = on_scale or raw
    if on_scale:
        for beside in raw:
            taken.ignore("IGNORED_OTHER_TARGET", beside.line)
    calls = {w.said.call for w in words}
    if not words:
        taken.results.extend(mains)
        return
    first = mains[0] if mains else words[0]
    said = with_flag(first.said, next(iter(calls)))
    if len(mains) > 1 or len(calls) > 1 or said is None:
        for one in (*mains, *words):
            described = " ".join(x for x in (one.said.call, one.said.value) if x)
            taken.not_understood(one.line, described, "results of one report differ:")
        return
    taken.results.append(
        replace(
            first,
            said=said,
            version=max(r.version for r in (first, *words)),
            source_rows=len(mains) + len(words),
        )
    )
