"""On a TKI or off it: the spans of treatment of a patient, a short gap between two counted as a change."""

from datetime import date

import polars as pl

_FOREVER = date(9999, 12, 31)


def tki_spans(treatments: pl.DataFrame, max_gap_days: float) -> pl.DataFrame:
    """Return the spans on a TKI, each up to the next one where that begins soon after it.

    Args:
        treatments: rows of `treatments`.
        max_gap_days: a gap of so many days between two TKI is a change and no stop.

    Returns:
        `patient_id`, `started_on`, `stopped_on` (null = goes on), `line`, `agent`, and `period_started_on`:
        the start of the unbroken time on TKI that the span belongs to. Sorted by patient and start.
    """
    gap = pl.duration(days=int(max_gap_days))
    following = pl.col("started_on").shift(-1).over("patient_id")
    is_near = (following <= pl.col("stopped_on") + gap).fill_null(False)
    end = pl.col("stopped_on").fill_null(_FOREVER)
    latest = end.cum_max().shift().over("patient_id")
    begins = (pl.col("started_on") > latest).fill_null(True)
    return (
        treatments.filter("is_current", pl.col("therapy") == "TKI")
        .select("patient_id", "started_on", "stopped_on", "line", "agent")
        .sort("patient_id", "started_on", "stopped_on", "agent", nulls_last=True)
        .with_columns(
            pl.when(is_near).then(pl.max_horizontal("stopped_on", following)).otherwise("stopped_on").alias("stopped_on")
        )
        .with_columns(pl.when(begins).then("started_on").forward_fill().alias("period_started_on"))
    )  # fmt: skip


def stopped_on(days: pl.DataFrame, spans: pl.DataFrame) -> pl.DataFrame:
    """Add `stopped_on`: the last day on a TKI where none is taken on `collected_on`, else null.

    A TKI that begins on the day itself is not yet taken when the sample is.

    Args:
        days: rows with `patient_id` and `collected_on`.
        spans: as `tki_spans` gives them.
    """
    day = pl.col("collected_on")
    is_over = (pl.col("stopped_on") < day).fill_null(False)
    told = (
        days.select("patient_id", "collected_on").unique()
        .join(spans.select("patient_id", "started_on", "stopped_on"), on="patient_id")
        .with_columns(is_over.alias("is_over"), (is_over | (pl.col("started_on") >= day)).alias("is_off"))
        .group_by("patient_id", "collected_on")
        .agg(
            pl.when(pl.col("is_off").all()).then(
                pl.col("stopped_on").filter(pl.col("is_over")).max()
            ).alias("stopped_on")
        )
    )  # fmt: skip
    return days.join(told, on=["patient_id", "collected_on"], how="left", maintain_order="left")
