"""The report's part on courses: relapses and losses that are open or confirmed, and tests overdue."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import polars as pl

_GRAVE = (
    "MOLECULAR_RELAPSE", "TFR_RELAPSE", "LOSS_OF_MMR", "LOSS_OF_MR4", "MOLECULAR_PERSISTENCE", "LOG_RISE",
    "BECAME_DETECTABLE",
)  # fmt: skip
"""Events that a person should see, the gravest first."""
_MADE_GOOD_BY = {
    "MOLECULAR_RELAPSE": "NEGATIVITY_ACHIEVED", "MOLECULAR_PERSISTENCE": "NEGATIVITY_ACHIEVED",
    "BECAME_DETECTABLE": "NEGATIVITY_ACHIEVED", "TFR_RELAPSE": "MMR_ACHIEVED", "LOSS_OF_MMR": "MMR_ACHIEVED",
    "LOSS_OF_MR4": "MR4_ACHIEVED", "LOG_RISE": "MR4_ACHIEVED",
}  # fmt: skip
"""The later event of the same marker after which one need not be looked at any more."""


def grave_events(
    frames: Mapping[str, pl.DataFrame], patients: Collection[str] | None
) -> pl.DataFrame:
    """Return the events to look at: the latest of each patient, marker and kind, not refuted nor made good.

    Args:
        frames: tables of the snapshot by name, enums as text.
        patients: patients of the load; None = all.
    """
    events = frames["molecular_events"].filter(
        pl.col("event").is_in(_GRAVE), pl.col("is_confirmed").fill_null(True)
    )
    if patients is not None:
        events = events.filter(pl.col("patient_id").is_in(list(patients)))
    key = ["patient_id", "marker"]
    good = (
        frames["molecular_events"]
        .group_by(*key, pl.col("event").alias("good"))
        .agg(pl.col("occurred_on").max().alias("good_on"))
    )
    events = (
        events.with_columns(pl.col("event").replace_strict(_MADE_GOOD_BY).alias("good"))
        .join(good, on=[*key, "good"], how="left")
        .filter((pl.col("occurred_on") >= pl.col("good_on")).fill_null(True))
    )
    place = pl.col("event").replace_strict(
        {e: i for i, e in enumerate(_GRAVE)}, return_dtype=pl.Int32
    )
    return (
        events.sort("occurred_on", "sample_id")
        .unique(["patient_id", "marker", "event"], keep="last", maintain_order=True)
        .sort(place, "occurred_on", "patient_id", descending=[False, True, False])
    )


def overdue(frames: Mapping[str, pl.DataFrame], on: date | None) -> pl.DataFrame:
    """Return patients whose next test was due before a day, the longest overdue first.

    Args:
        frames: tables of the snapshot by name, enums as text.
        on: the day of the load; None = not known, and then nobody is.
    """
    summary = frames["patient_summary"]
    if on is None:
        return summary.clear().with_columns(pl.lit(None, dtype=pl.Int64).alias("days"))
    days = (pl.lit(on) - pl.col("next_due_on")).dt.total_days()
    return (
        summary.with_columns(days.alias("days"))
        .filter(pl.col("days") > 0)
        .sort("days", "patient_id", descending=[True, False])
    )


def in_words(row: Mapping[str, Any]) -> str:
    """Return what is known of an event: open, confirmed by a sample, or by itself."""
    if row["is_confirmed"] is None:
        return "open: not confirmed yet"
    by = row["confirmed_by_sample_id"]
    return f"confirmed by {by}" if by else "needs no second specimen"
