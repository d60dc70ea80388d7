"""The quantitative range that a kit prints beside its results, against the limits of the assay (`formats.md` §3)."""

from collections.abc import Iterable
from math import isclose

import polars as pl

from transforms.kits.kit import plain
from transforms.problems import one_finding
from transforms.readers.rows import AssayNames
from transforms.tolerance import RTOL

PRINTED_RANGE = "printed range"
"""What readers call the field of the range in their `Places`; it becomes no column."""
_CODE = "PRINTED_RANGE_DIFFERS"


def range_findings(
    printed: Iterable[tuple[tuple[str, str], int]], assay: AssayNames
) -> list[pl.DataFrame]:
    """Return a finding for each range of a file that is not the one the assay states; nothing is classified by it.

    Limits of the assay outside the range are for review: numbers and depths that the kit does not claim would
    pass. Limits inside it are the laboratory's more careful ones, and only noted.

    Args:
        printed: ends of the range beside each result, in percent (IS) as written, and its line.
        assay: the assay of the file's folder.
    """
    ranges: dict[tuple[str, str], list[int]] = {}
    for range_, line in printed:
        ranges.setdefault(range_, []).append(line)
    findings = []
    for (lower, upper), lines in ranges.items():
        says, is_wider = _differences(float(lower), float(upper), assay)
        if not says:
            continue
        message = (
            f"the quantitative range {lower} to {upper} % (IS) is printed beside {_results(len(lines))}; assay "
            f"{assay.assay_id} states {' and '.join(says)}; results are classified by the assay's limits: ask which "
            "holds, and correct the row of assays, or the test's definition in the instrument"
        )
        findings.append(
            one_finding(
                0, _CODE, message, line=min(lines), column=PRINTED_RANGE,
                value=f"{lower} to {upper}", severity=None if is_wider else "NOTE",
            )
        )  # fmt: skip
    return findings


def _differences(low: float, high: float, assay: AssayNames) -> tuple[list[str], bool]:
    """Return in words which limits of the assay are not those of the range in percent, and whether any lies outside."""
    loqs, lods = ([100 * f for f in fs] for fs in (assay.loq_fractions, assay.lod_fractions))
    top = None if assay.upper_fraction is None else 100 * assay.upper_fraction
    says, is_wider = [], False
    if loqs and not any(_is_same(x, low) for x in loqs):
        says.append(f"a LOQ of {_percents(loqs)}")
        is_wider = min(loqs) < low
    # a negative below the range would prove more than the kit claims
    is_deeper = any(x < low and not _is_same(x, low) for x in lods)
    if is_deeper or (not loqs and lods and not any(_is_same(x, low) for x in lods)):
        says.append(f"a LOD of {_percents(lods)}")
        is_wider |= is_deeper
    if top is not None and not _is_same(top, high):
        says.append(f"an upper end of {_percents([top])}")
        is_wider |= top > high
    return says, is_wider


def _is_same(one: float, other: float) -> bool:
    return isclose(one, other, rel_tol=RTOL)


def _percents(percents: list[float]) -> str:
    return " or ".join(f"{plain(p)} % (IS)" for p in percents)


def _results(n: int) -> str:
    return "1 result" if n == 1 else f"{n} results"
