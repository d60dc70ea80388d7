"""Row by row: which results count and for which sample, and which patient a name stands for."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

SEEN_ALIKE = ({"p210", "e13a2", "e14a2"}, {"p190", "e1a2"})


class Result(NamedTuple):
    """One measurement row as it is written."""

    sample: str
    assay: str
    run: str | None
    replicate: str
    version: int
    copies: float


class Amendment(NamedTuple):
    """One amendment that is in force."""

    sample: str
    assay: str
    run: str | None
    up_to: int | None
    action: str
    right: str | None


def counts_for(result: Result, amendments: Sequence[Amendment]) -> str | None:
    """Return the sample that a result is of; None when it is withdrawn."""
    closest: Amendment | None = None
    for one in amendments:
        if (one.sample, one.assay) != (result.sample, result.assay):
            continue
        if one.run is not None and one.run != result.run:
            continue
        if one.up_to is not None and result.version > one.up_to:
            continue
        if closest is None or _is_closer(one, closest):
            closest = one
    if closest is None or closest.action == "KEPT":
        return result.sample
    return None if closest.action == "WITHDRAWN" else closest.right


def _is_closer(one: Amendment, other: Amendment) -> bool:
    if (one.run is None) != (other.run is None):
        return one.run is not None
    if one.up_to is None or other.up_to is None:
        return one.up_to is not None
    return one.up_to < other.up_to


def counting(results: Sequence[Result], amendments: Sequence[Amendment]) -> list[bool]:
    """Return for each result whether it counts."""
    of = [counts_for(r, amendments) for r in results]

    def rivals(i: int) -> list[int]:
        """Return the rows of the newest version that would be one key under the right sample."""
        mine = results[i]
        same = [
            j
            for j, r in enumerate(results)
            if of[j] == of[i]
            and (r.assay, r.run, r.replicate) == (mine.assay, mine.run, mine.replicate)
        ]
        newest = max(results[j].version for j in same)
        return [j for j in same if results[j].version == newest]

    def disagree(i: int) -> bool:
        return len({results[j].copies for j in rivals(i)}) > 1

    verdicts = []
    for i, mine in enumerate(results):
        of_run = [
            j
            for j, r in enumerate(results)
            if of[j] == of[i] and (r.assay, r.run) == (mine.assay, mine.run)
        ]
        first = min(rivals(i), key=lambda j: (results[j].sample != of[j], results[j].sample))
        verdicts.append(of[i] is not None and first == i and not any(map(disagree, of_run)))
    return verdicts


def _class(transcript: str | None) -> str | None:
    if transcript in (None, "unknown"):
        return None
    for alike in SEEN_ALIKE:
        if transcript in alike:
            return min(alike)
    return transcript


def identities(
    merged: Mapping[str, str], patients: Mapping[str, tuple[str, str | None]]
) -> tuple[dict[str, str], set[str]]:
    """Return the patient that each given-up name stands for, and the names whose merge is on hold.

    Args:
        merged: name that is given up to the name it goes into.
        patients: disease and transcript by name, of those that have a row.
    """
    standing = dict(merged)
    on_hold: set[str] = set()
    while True:
        ring = {n for n in standing if _goes_round(n, standing)}
        wrong = ring or {n for n in standing if _contradicts(n, standing, patients)}
        if not wrong:
            return {n: _end(n, standing) for n in standing}, on_hold
        held = ring or {n for n in wrong if standing[n] not in wrong}
        on_hold |= held
        standing = {n: into for n, into in standing.items() if n not in held}


def _goes_round(name: str, merged: Mapping[str, str]) -> bool:
    at = merged[name]
    for _ in range(len(merged)):
        if at == name:
            return True
        if at not in merged:
            return False
        at = merged[at]
    return False


def _end(name: str, merged: Mapping[str, str]) -> str:
    while name in merged:
        name = merged[name]
    return name


def _contradicts(
    name: str, merged: Mapping[str, str], patients: Mapping[str, tuple[str, str | None]]
) -> bool:
    if name not in patients:
        return False
    end = _end(name, merged)
    given_up = [n for n in merged if _end(n, merged) == end]

    def differs(of: Any) -> bool:
        mine = of(patients[name])
        if mine is None:
            return False
        if end in patients and of(patients[end]) is not None:
            return bool(of(patients[end]) != mine)
        others = {of(patients[n]) for n in given_up if n in patients} - {None}
        return len(others) > 1

    return differs(lambda p: p[0]) or differs(lambda p: _class(p[1]))
