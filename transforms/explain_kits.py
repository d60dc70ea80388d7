"""`mrd explain` and the report: what a known kit's numbers are, and where each was published."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from transforms.kits.assay_rows import with_kits
from transforms.kits.catalogue import KITS
from transforms.kits.kit import LIMITS, Kit, plain


def kit_lines(row: Mapping[str, Any]) -> list[str]:
    """Return the kit of an assay row, each of its numbers with source, and what is the laboratory's own.

    Args:
        row: row of `assays`, the laboratory's or the catalogue's.
    """
    if row["kit"] is None:
        return []
    kit = KITS.get(row["kit"])
    if kit is None:
        return [
            f"  kit       {row['kit']} is no longer in the catalogue; its row keeps the numbers"
        ]
    lines = [f"  kit       {kit.title}, {kit.maker}: {kit.source} [{kit.evidence}]"]
    for name, number in kit.numbers().items():
        if name in LIMITS and row[name] != number.value:
            own = "none" if row[name] is None else plain(row[name])
            lines.append(
                f"            {name} {own}: the laboratory's row; the kit's is {plain(number.value)}"
            )
        else:
            lines.append(
                f"            {name} {plain(number.value)}: {number.source} [{number.evidence}]"
            )
    return [*lines, f"            {kit.note}"]


def recalled_kit_numbers(assays: pl.DataFrame, used: Iterable[str]) -> list[tuple[str, str]]:
    """Return kit and sentence for what is in use of the catalogue and was not read at its source.

    Args:
        assays: rows of `assays`.
        used: names of the assays that gave results.
    """
    names = list(used)
    rows = with_kits(assays.filter("is_current"), names).filter(pl.col("assay_id").is_in(names))
    found = [
        (kit.id, sentence)
        for row in rows.filter(pl.col("kit").is_in(list(KITS))).sort("kit", "assay_id").to_dicts()
        for kit in [KITS[row["kit"]]]
        for sentence in _recalled(kit, row)
    ]
    return list(dict.fromkeys(found))


def _recalled(kit: Kit, row: Mapping[str, Any]) -> list[str]:
    whole = [f"what it measures: {kit.source}"] if kit.evidence == "provisional" else []
    return whole + [
        f"{name.replace('_', ' ')} {plain(number.value)}: {number.source}"
        for name, number in kit.numbers().items()
        if number.evidence == "provisional" and (name not in LIMITS or row[name] == number.value)
    ]
