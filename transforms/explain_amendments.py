"""`mrd explain` of amendments and merged identities: what became of results and of whom they are."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from transforms.identities import Merges

Line = Mapping[str, Any]


def amendment_lines(amendments: pl.DataFrame, source: Callable[[Line], str]) -> list[str]:
    """Return amendments as lines, with the day, the reason, file and line.

    Args:
        amendments: rows of `amendments`.
        source: names file and line of a row.
    """
    ordered = amendments.sort("amended_on", "source_sha256", "source_line").to_dicts()
    lines = [f"  {_amendment(row)} — {source(row)}{_state(row)}" for row in ordered]
    return ["", "Amendments:", *lines] if lines else []


def _amendment(row: Line) -> str:
    run = f"run {row['run_id']}" if row["run_id"] else "every run"
    version = f", result_version up to {row['up_to_version']}" if row["up_to_version"] else ""
    words = {
        "WITHDRAWN": "are withdrawn",
        "REASSIGNED": f"are of sample {row['correct_sample_id']}",
        "KEPT": "count as written",
    }
    reason = f", because: {row['amendment_reason']}" if row["amendment_reason"] else ""
    return (
        f"{row['amended_on']}  results of sample {row['sample_id']}, assay {row['assay_id']}, {run}{version}, "
        f"{words[row['action']]}{reason}"
    )


def _state(row: Line) -> str:
    return "" if row["is_current"] else " (superseded)"


def fate(row: Line, sample_id: str) -> str:
    """Say in brackets what became of a measurement row, seen from one sample; empty where it counts there."""
    if row["counts_for_sample_id"] is None:
        return " (withdrawn)"
    if row["counts_for_sample_id"] != sample_id:
        return f" (counts for sample {row['counts_for_sample_id']})"
    written = "" if row["sample_id"] == sample_id else f"written for sample {row['sample_id']}"
    if row["is_current"]:
        return f" ({written})" if written else ""
    return f" ({written}, superseded)" if written else " (superseded)"


def is_counted_here(sample_id: str) -> pl.Expr:
    """Tell whether a measurement row is this sample's, as far as amendments go."""
    return pl.col("counts_for_sample_id").eq_missing(pl.lit(sample_id))


def merge_lines(
    patient_id: str, aliases: pl.DataFrame, told: Merges, source: Callable[[Line], str]
) -> list[str]:
    """Return the merges that a patient's name goes through, to the one that goes on.

    Args:
        patient_id: the name to begin with.
        aliases: rows of `patient_aliases`.
        told: what they come to.
        source: names file and line of a row.
    """
    rows = aliases.filter("is_current", pl.col("is_merged").fill_null(True)).to_dicts()
    merged = {row["patient_id"]: row for row in rows}
    why = dict(told.on_hold.select("patient_id", "why").rows())
    lines = []
    name = patient_id
    while name in merged:
        row, into = merged[name], merged[name]["merged_into_patient_id"]
        if name in why:
            lines.append(f"Patient {name} is not joined to {into}: {why[name]} — {source(row)}")
            break
        lines.append(
            f"Patient {name} is patient {into}, merged on {row['merged_on']} — {source(row)}"
        )
        name = into
    return lines
