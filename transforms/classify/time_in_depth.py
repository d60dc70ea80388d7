"""How long a series has been at a depth or deeper."""

import polars as pl

from schemas.enums import Depth
from transforms.classify.specimens import JUDGED, SERIES

_AXES = ("MR", "uMRD", "MRD<")
DEPTH_PLACE = {
    depth: place
    for axis in _AXES
    for place, depth in enumerate(d.value for d in Depth if d.value.rstrip("0123456789.e-") == axis)
}
"""Place of each depth on its axis, from shallow to deep."""


def depth_place() -> pl.Expr:
    """Return the place of `depth` on its axis; -1 without one."""
    depth = pl.col("depth").cast(pl.String)
    return depth.replace_strict(DEPTH_PLACE, default=-1, return_dtype=pl.Int8)


def with_days_at_depth(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `days_at_depth` to judged rows, in their order.

    The shallowest result of a day is the day's; one without a depth ends every run.

    Args:
        rows: as `transforms.classify.status.judged` gives them.
    """
    place = depth_place()
    told = rows.filter(pl.col("status").is_in(JUDGED)).select(
        *SERIES, "collected_on", place.alias("place")
    )
    day = [*SERIES, "collected_on"]
    days = (
        told.sort(*day, "place")
        .unique(day, keep="first", maintain_order=True)
        .with_columns(pl.struct(*SERIES).rle_id().alias("group_no"))
    )
    starts_group = (pl.col("group_no") != pl.col("group_no").shift()).fill_null(True)
    since = pl.lit(None, dtype=pl.Date)
    for k in range(max(DEPTH_PLACE.values()) + 1):
        holds = pl.col("place") >= k
        begins = holds & (starts_group | (pl.col("place").shift() < k).fill_null(True))
        # a run begins inside its series, so what is carried on never crosses into the next one
        start = pl.when(begins).then("collected_on").forward_fill()
        since = pl.when(pl.col("place") == k).then(start).otherwise(since)
    told_days = days.with_columns(
        (pl.col("collected_on") - since).dt.total_days().alias("days_at_depth")
    ).select(*day, "place", "days_at_depth")
    return (
        rows.with_columns(
            pl.when(pl.col("status").is_in(JUDGED)).then(place).alias("place")
        )
        .join(told_days, on=[*day, "place"], how="left", maintain_order="left")
        .drop("place")
    )  # fmt: skip
