"""BCR::ABL1 in messages: which codes it has, and which observations of one report are one result (`formats.md` §9)."""

import re
from dataclasses import dataclass, replace

from transforms.readers.genexpert_words import Said
from transforms.readers.message_results import Result, Taken
from transforms.readers.rows import AssayNames

SCALE, RATIO, PRESENCE, OWN = "SCALE", "RATIO", "PRESENCE", "OWN"
LOINC = {
    "69380-4": SCALE,
    "46434-7": RATIO,
    "21821-4": PRESENCE,
    "21822-2": PRESENCE,
    "42714-6": PRESENCE,
}
"""Only 69380-4 is on the International Scale, 46434-7 says that it is not; an own code (OWN) says neither.
21823-0, the minor breakpoint, is read where `target_name` names it."""
MINOR = "21823-0"
_ANY_TRANSCRIPT = {"46434-7", "21821-4", "42714-6"}
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
    if SCALE in kinds:
        return SCALE
    if kinds:
        return RATIO if RATIO in kinds else PRESENCE
    if not _is_named([*codes, *loincs], assay):
        return None
    return PRESENCE if MINOR in loincs else OWN


def is_own(
    codes: list[str], order: list[str], assay: AssayNames | None, line: int, taken: Taken
) -> bool:
    """Tell whether an observation of BCR::ABL1 is of the assay's transcript; reject it where it is not.

    Args:
        codes: its codes and names of any system.
        order: those of what was ordered.
        assay: the assay of the file's folder; without one the observation waits.
        line: of the observation.
        taken: what the file gave so far.
    """
    if assay is None:
        return True
    wanted = (assay.target_name or "").strip()
    # a code of several transcripts names none of them
    if wanted not in _ANY_TRANSCRIPT and _is_named(codes, assay):
        return True
    return taken.is_of_marker(codes, assay, line, order)


def _is_named(codes: list[str], assay: AssayNames | None) -> bool:
    wanted = (assay.target_name or "").strip().lower() if assay is not None else ""
    return bool(wanted) and wanted in {c.strip().lower() for c in codes}


def with_flag(said: Said, call: str | None) -> Said | None:
    """Return what is said together with a flag or word beside it; None when they contradict."""
    if call is None or said.call == "INVALID":
        return said
    if said.call is None:
        return replace(said, call=call)
    return said if (said.call == "NOT_DETECTED") == (call == "NOT_DETECTED") else None


def take_report(observed: list[Observed], assay: AssayNames | None, taken: Taken) -> None:
    """Make results of the observations of one report on one sample.

    The value on the scale is the result; a raw ratio beside it is another axis. A word for presence
    beside a value is its call: `<0.003` alone does not say whether anything was seen. A raw ratio alone is no
    result of an assay that reports on the scale: there its percent would be read as percent IS.
    """
    on_scale = [o.result for o in observed if o.kind == SCALE]
    raw = [o.result for o in observed if o.kind in (RATIO, OWN)]
    words = [o.result for o in observed if o.kind == PRESENCE]
    mains = on_scale or raw
    if on_scale:
        for beside in raw:
            taken.ignore("IGNORED_OTHER_TARGET", beside.line)
    elif assay is not None and assay.reports_is and _hold_a_raw_percent(observed):
        for each in observed:
            _refuse_raw(each.result, assay, taken)
        return
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


def _hold_a_raw_percent(observed: list[Observed]) -> bool:
    return any(o.kind == RATIO and o.result.said.unit == "PCT" for o in observed)


def _refuse_raw(result: Result, assay: AssayNames, taken: Taken) -> None:
    said = " ".join(x for x in (result.said.call, result.said.value, result.said.unit) if x)
    message = (
        f"'{said}' stands under, or beside, code 46434-7, a ratio that is not on the International Scale, but assay "
        f"{assay.assay_id} reports on it; send code 69380-4 or unit '% (IS)' if it is, else move the file into the "
        "folder of an assay with its conversion_factor and is_reported false"
    )
    taken.reject("RESULT_NOT_UNDERSTOOD", message, result.line, said, "reported_unit")
