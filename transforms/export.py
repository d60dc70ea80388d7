"""Tables for other programs: text that no spreadsheet runs, and dates that lead to nobody.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which may start programs or send
the sheet elsewhere. Such text gets an apostrophe before it (OWASP, CSV injection). Numbers stay numbers.
"""

import hashlib
import hmac
from collections.abc import Mapping

import polars as pl

from schemas.tables import Table

LIST_SIGN = " | "
"""Between the words of a list in one cell."""

SHIFT_DAYS = 365
"""Dates of a patient are shifted by at most this."""

_TRIGGERS = "=+\\-@＝＋－＠"
# what a program may pass over before it looks for a formula
_PASSED = "[['\"\\s\\p{Cf}]--[\\t\\r\\n]]*"
# where lists are separated by a semicolon, a program may cut a line of this file there
_AT_START = f"(^|[;\\t\\r\\n])({_PASSED}[{_TRIGGERS}])"
_CONTROL = "^('*[\\t\\r\\n])"

# Texts that name no day in words: with shifted dates every other text is left out.
_DATELESS = {
    "sample_id", "counts_for_sample_id", "correct_sample_id", "patient_id", "merged_into_patient_id", "last_sample_id", "confirmed_by_sample_id", "assay_id", "lab_id", "tube", "clone",
    "marker", "gene", "agent", "kit", "target_name", "control_name", "reported_value", "reported_operator",
    "ci_method", "series", "flags", "ruleset", "rule_id", "combined_response", "modalities", "derived_from",
    "tfr_unmet",
}  # fmt: skip


def guarded(text: pl.Expr) -> pl.Expr:
    """Return a text with an apostrophe before each place where a spreadsheet would see a formula."""
    return text.str.replace_all(_AT_START, "$1'$2").str.replace(_CONTROL, "'$1")


def for_spreadsheets(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table in cells: lists joined, text guarded, times to the microsecond in UTC."""
    cells = []
    for name, dtype in frame.schema.items():
        cell = pl.col(name)
        if dtype == pl.List(pl.String):
            cells.append(guarded(cell.list.join(LIST_SIGN)))
        elif dtype == pl.String or isinstance(dtype, pl.Enum):
            cells.append(guarded(cell.cast(pl.String)))
        elif isinstance(dtype, pl.Datetime):
            cells.append(cell.dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"))
        else:
            cells.append(cell)
    return frame.select(cells)


def with_shifted_dates(
    frame: pl.DataFrame, table: Table, key: bytes, survivors: Mapping[str, str]
) -> pl.DataFrame:
    """Return a table whose dates are moved, all those of a patient by the same days, under whatever identity.

    Rows of no patient are left out; in a table without patients dates are null. Texts that may hold a day or a
    name in words, names of runs and files, and times of loads are left out.

    Args:
        frame: rows of the table.
        table: which table.
        key: secret; who has it can move the dates back.
        survivors: for each identity that was given up the one that goes on.
    """
    kept = [
        c
        for c, dtype in frame.schema.items()
        if not isinstance(dtype, pl.Datetime)
        and (dtype not in (pl.String, pl.List(pl.String)) or c in _DATELESS)
    ]
    dates = [c for c in kept if frame.schema[c] == pl.Date]
    if "patient_id" not in table.columns:
        return frame.select(kept).with_columns(pl.lit(None, pl.Date).alias(c) for c in dates)
    rows = frame.drop_nulls("patient_id")
    patients = rows["patient_id"].unique().sort()
    shifts = pl.DataFrame(
        {
            "patient_id": patients,
            "shift_days": [shift_days(key, survivors.get(p, p)) for p in patients],
        },
        schema={"patient_id": pl.String, "shift_days": pl.Int64},
    )
    moved = rows.join(shifts, on="patient_id", how="left", maintain_order="left")
    by = pl.duration(days=pl.col("shift_days"))
    return moved.with_columns(pl.col(c) + by for c in dates).select(kept)


def shift_days(key: bytes, patient_id: str) -> int:
    """Return by how many days the dates of a patient move: 1 to 365 either way, never 0."""
    digest = hmac.digest(key, b"mrd date shift\0" + patient_id.encode(), hashlib.sha256)
    place = int.from_bytes(digest[:8]) % (2 * SHIFT_DAYS)
    return place - SHIFT_DAYS if place < SHIFT_DAYS else place - SHIFT_DAYS + 1
