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
        low, high = float(lower), float(upper)
        stated = tuple(100 * s for s in assay.lower_limits)
        top = None if assay.upper_limit is None else 100 * assay.upper_limit
        is_lower_same = not stated or any(isclose(s, low, rel_tol=RTOL) for s in stated)
        is_upper_same = top is None or isclose(top, high, rel_tol=RTOL)
        if is_lower_same and is_upper_same:
            continue
        says = []
        if not is_lower_same:
            says.append(f"a LOQ (or LOD, where it has none) of {_percents(stated)}")
        if top is not None and not is_upper_same:
            says.append(f"an upper end of {_percents((top,))}")
        is_wider = (not is_lower_same and min(stated) < low) or (
            top is not None and not is_upper_same and top > high
        )
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


def _percents(percents: tuple[float, ...]) -> str:
    return " or ".join(f"{plain(p)} % (IS)" for p in percents)


def _results(n: int) -> str:
    return "1 result" if n == 1 else f"{n} results"
