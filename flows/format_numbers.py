"""Numbers, dates, shares and code words as a person reads them. Nothing here decides anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from schemas.enums import Disease

THIN = "\u202f"
"""Narrow space that does not break: groups of digits, and before a percent sign."""

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

DISEASE_NAMES = {
    "PH_ALL": "Ph+ ALL",
    "B_ALL": "B-ALL",
    "T_ALL": "T-ALL",
    "MM": "Myeloma",
}
BASIS_NAMES = {
    "RNA_RATIO_IS": "RNA ratio, International Scale",
    "RNA_RATIO": "RNA ratio",
    "CELLS_TNC": "of nucleated cells",
    "CELLS_CD45": "of CD45+ cells",
    "CELLS_MNC": "of mononuclear cells",
    "CELLS_LEUKOCYTE": "of leukocytes",
    "GDNA_CELLS": "of cells, by genomic DNA",
    "VAF": "variant allele fraction",
}
AXIS_NAMES = {
    "RNA_RATIO_IS": "% on the International Scale",
    "RNA_RATIO": "RNA ratio, %",
    "CELLS": "fraction of cells",
    "VAF": "variant allele fraction, %",
}
TISSUE_NAMES = {"PB": "blood", "BM": "marrow"}


def whole(number: int | None) -> str:
    """Return a whole number in groups of three, or a dash for null."""
    return "–" if number is None else f"{number:,}".replace(",", THIN)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: `1 file`, `27 files`."""
    return f"{whole(number)} {one if number == 1 else many or one + 's'}"


def listed(parts: list[str]) -> str:
    """Join words with commas and a last `and`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def power_of_ten(exponent: int) -> str:
    """Return 10 with its exponent raised, `1` for exponent 0."""
    return "1" if exponent == 0 else "10" + str(exponent).translate(_SUPERSCRIPT)


def percent(fraction: float) -> str:
    """Return a fraction as percent, four digits at most and never with an exponent."""
    return f"{Decimal(f'{100 * fraction:.4g}'):f}{THIN}%"


def scientific(fraction: float) -> str:
    """Return a fraction as `4.0 × 10⁻⁵`: three digits, the last left out when it is zero."""
    mantissa, exponent = f"{fraction:.2e}".split("e")
    mantissa = mantissa[:-1] if mantissa.endswith("0") else mantissa
    return mantissa if int(exponent) == 0 else f"{mantissa} × {power_of_ten(int(exponent))}"


def words(code: str | None) -> str:
    """Return a code word in plain words: `NOT_EVALUABLE` becomes `not evaluable`."""
    return "–" if code is None else code.replace("_", " ").lower()


def disease_name(disease: str) -> str:
    """Return a disease as it is spoken of."""
    return DISEASE_NAMES.get(disease, disease)


def depth_name(depth: str | None) -> str:
    """Return a depth with raised exponent: `MRD<1e-4` becomes `MRD <10⁻⁴`."""
    if depth is None:
        return "no depth"
    if depth.startswith("MRD<1e"):
        return f"MRD <{power_of_ten(int(depth.removeprefix('MRD<1e')))}"
    return depth


def moment(time: datetime | None) -> str:
    """Return a point in time to the minute, in UTC."""
    return "–" if time is None else f"{time:%Y-%m-%d %H:%M} UTC"


def short(text: str | None, limit: int = 160) -> str:
    """Return a text cut to a length that a table cell can hold."""
    if text is None:
        return ""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def value_in_words(row: dict[str, Any], axis: str) -> str:
    """Return what was found in one result, on the axis's own unit."""
    number = scientific if axis == "CELLS" else percent
    at = "" if row["at"] is None else number(row["at"])
    return {
        "level": f"detected, {at}",
        "below": f"detected, below {at}",
        "not_detected": f"not detected, limit {at}",
        "above": f"detected, above {at}",
        "not_evaluable": "not evaluable",
        "no_level": "detected, without a level",
        "no_limit": "not detected, limit not known",
    }[str(row["kind"])]


_CAN_BAR = 26
"""Letters that fit into a whole bar."""


@dataclass(frozen=True)
class Segment:
    """One part of a bar: its words, its count, its share in percent, its CSS class."""

    words: str
    count: int
    share: float
    style: str
    label: str


def bars(
    frame: pl.DataFrame, column: str, names: Mapping[Any, str]
) -> list[tuple[str, int, list[Segment]]]:
    """Return for each disease its total and the parts of its bar in the order of `names`."""
    counts = frame.group_by("disease", column).len().to_dicts()
    count = {(r["disease"], r[column]): int(r["len"]) for r in counts}
    found = []
    for disease in [d.value for d in Disease if any(d.value == k[0] for k in count)]:
        total = sum(n for (d, _), n in count.items() if d == disease)
        parts = []
        for i, (key, name) in enumerate(names.items()):
            n = count.get((disease, None if key is None else str(key)), 0)
            room, said = _CAN_BAR * n / total, f"{name} {whole(n)}"
            label = said if len(said) < room else whole(n) if len(str(n)) + 1 < room else ""
            style = f"{column.split('_')[-1]}-{i}"
            parts.append(Segment(name, n, round(100 * n / total, 2), style, label))
        found.append((disease, total, parts))
    return found


def series_name(row: dict[str, Any]) -> str:
    """Return what joins points to one line: assay, what it counts and over which gene, tissue."""
    basis = BASIS_NAMES.get(row["basis"], row["basis"])
    gene = f" over {row['control_gene']}" if row["control_gene"] else ""
    return f"{row['assay_id']}, {basis}{gene}, {TISSUE_NAMES.get(row['tissue'], row['tissue'])}"


def point_said(row: dict[str, Any]) -> str:
    """Return one result in words, for the pointer and for screen readers."""
    said = f"{row['collected_on']}, sample {row['sample_id']}, {row['assay_id']}: "
    return f"{said}{value_in_words(row, row['axis'])} ({_judged(row)})"


def _judged(row: dict[str, Any]) -> str:
    return words(row["status"]) + (f", {depth_name(row['depth'])}" if row["depth"] else "")


def last_said(rows: list[dict[str, Any]]) -> str:
    """Return status and depth of the last day, naming assays or samples where they differ."""
    if len({_judged(r) for r in rows}) == 1:
        return _judged(rows[0])
    by = "assay_id" if len({r["assay_id"] for r in rows}) == len(rows) else "sample_id"
    return "; ".join(f"{_judged(r)} ({r[by]})" for r in rows)


def course_said(summary: dict[str, Any] | None) -> str:
    """Return the patient's summary in one line, over all markers."""
    if summary is None:
        return ""
    said = [counted(summary["n_samples"], "sample")]
    if summary["best_depth"]:
        said.append(f"deepest {depth_name(summary['best_depth'])} on {summary['best_depth_on']}")
    if summary["sustained_since"]:
        run = "MR4 or deeper" if summary["disease"] == "CML" else "negative"
        said.append(f"{run} since {summary['sustained_since']}")
    if summary["next_due_on"]:
        said.append(f"next test due {summary['next_due_on']}")
    return " · ".join(said)


def courses_said(drawn: int, asked: int, every: int) -> str:
    """Return how many courses are drawn and which are left out."""
    if not every:
        return "No patient has two samples with results of one marker yet."
    if not asked:
        return f"This load touched no patient with a course; the warehouse holds {whole(every)}."
    said = f"{counted(drawn, 'course')} of one marker in one patient, two samples or more."
    if drawn < asked:
        said += (
            f" {whole(asked - drawn)} more are not drawn: the {whole(drawn)} with the most recent "
            "samples are shown, the others are in the table `assay_results`."
        )
    if asked < every:
        said += f" {whole(every - asked)} of patients that this load did not touch are not drawn."
    return said


_ABBREVIATIONS = {"Mmr": "MMR", "Mr4": "MR4", "mmr": "MMR", "mr4": "MR4", "Tfr": "TFR"}


def event_name(code: str) -> str:
    """Return an event or a schedule in words, its abbreviations as they are written."""
    words = code.replace("_", " ").capitalize().split()
    return " ".join(_ABBREVIATIONS.get(w, w) for w in words)
