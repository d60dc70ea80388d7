"""Where a result stands in the course of its series: baseline, reduction, nadir, rise, doubling time.

Only results that may be compared are (`series`), in the order of collection. A censored value is a
bound and never a number: a rise from something that was not seen is not computed (cml.md §4, §6).
"""

import math

import polars as pl

from transforms.ratio import ratio

_SERIES = ["patient_id", "series"]
KEY = ["sample_id", "assay_id", "marker"]
COURSE = (
    "baseline_fraction", "log10_reduction", "is_log10_reduction_bound", "nadir_fraction",
    "log10_rise_from_nadir", "doubling_time_days",
)  # fmt: skip


def with_course(results: pl.DataFrame, treatments: pl.DataFrame) -> pl.DataFrame:
    """Add the columns of the course to results.

    Results without a finding, or whose level is withheld for a reason, have no place in the course and
    leave those of others as they are.

    Args:
        results: as `transforms.normalise.results.assay_results` gives them.
        treatments: rows of `treatments`; a level on or before the first treatment is a baseline where
            no diagnostic sample has one.

    Returns:
        The rows with `baseline_fraction`, `log10_reduction`, `is_log10_reduction_bound`,
        `nadir_fraction`, `log10_rise_from_nadir`, `doubling_time_days`; `nadir_before_fraction`: the lowest
        level of earlier days; and `is_after_hct`: whether a transplantation was on the day or before. In their
        order.
    """
    told = (pl.col("finding") != "NOT_EVALUABLE") & pl.col("finding_reason").is_null()
    level = pl.col("level_fraction")
    start = treatments.filter("is_current").group_by("patient_id").agg(
        pl.col("started_on").min().alias("first_treated_on")
    )  # fmt: skip
    rows = (
        results.filter(told)
        .select(
            *KEY, *_SERIES, "collected_on", "timepoint", "censor", "lod_fraction", "upper_fraction", "level_fraction"
        )
        .join(start, on="patient_id", how="left", maintain_order="left")
        .sort(*_SERIES, "collected_on", *KEY)
    )  # fmt: skip
    is_diagnosis = (pl.col("timepoint") == "DIAGNOSIS") & (level > 0)
    is_untreated = (pl.col("collected_on") <= pl.col("first_treated_on")) & (level > 0)

    def first(what: str, where: pl.Expr) -> pl.Expr:
        # the frame is in time order, so the first of a series is its earliest
        return pl.when(where.fill_null(False)).then(what).drop_nulls().first().over(_SERIES)

    # what was not seen may have been as low as 0, what lies in a range as low as its LOD
    lowest = (
        pl.when(pl.col("censor") == "LEFT").then(0.0)
        .when(pl.col("censor") == "INTERVAL").then("lod_fraction")
    )  # fmt: skip
    rows = rows.with_columns(
        pl.coalesce(first("level_fraction", is_diagnosis), first("level_fraction", is_untreated)).alias("baseline"),
        pl.coalesce(first("collected_on", is_diagnosis), first("collected_on", is_untreated)).alias("baseline_on"),
        level.cum_min().forward_fill().over(_SERIES).alias("nadir_fraction"),
        lowest.cum_min().forward_fill().over(_SERIES).alias("lowest"),
        level.shift(1).over(_SERIES).alias("level_before"),
        pl.col("collected_on").shift(1).over(_SERIES).alias("on_before"),
    ).with_columns(
        pl.when(pl.col("collected_on") >= pl.col("baseline_on")).then("baseline").alias("baseline_fraction"),
        pl.col("nadir_fraction").shift(1).over(_SERIES).alias("nadir_before"),
        pl.col("lowest").shift(1).over(_SERIES).alias("lowest_before"),
    )  # fmt: skip
    bound = pl.coalesce("level_fraction", "upper_fraction")
    is_known_nadir = (pl.col("lowest_before") >= pl.col("nadir_before")).fill_null(True)
    days = (pl.col("collected_on") - pl.col("on_before")).dt.total_days()
    fold = ratio(level, pl.col("level_before")).log()
    rows = rows.with_columns(
        pl.when(bound > 0).then(ratio(pl.col("baseline_fraction"), bound).log10()).alias("log10_reduction"),
        # a new nadir is no rise
        pl.when(is_known_nadir & (level > 0)).then(ratio(level, pl.col("nadir_before")).log10().clip(lower_bound=0.0)).alias("log10_rise_from_nadir"),
        pl.when((days > 0) & (fold != 0) & fold.is_finite()).then(ratio(days * math.log(2), fold)).alias("doubling_time_days"),
    ).with_columns(
        pl.when(pl.col("log10_reduction").is_not_null()).then(level.is_null()).alias("is_log10_reduction_bound")
    )  # fmt: skip
    # two results of one day are one specimen, so the day itself is no time before
    before_day = pl.col("nadir_before").first().over(*_SERIES, "collected_on")
    hct = treatments.filter("is_current", pl.col("therapy") == "HCT").group_by("patient_id").agg(
        pl.col("started_on").min().alias("hct_on")
    )  # fmt: skip
    return (
        results.join(rows.select(*KEY, *COURSE, before_day.alias("nadir_before_fraction")), on=KEY, how="left", maintain_order="left")
        .join(hct, on="patient_id", how="left", maintain_order="left")
        .with_columns((pl.col("hct_on") <= pl.col("collected_on")).fill_null(False).alias("is_after_hct"))
        .drop("hct_on")
    )  # fmt: skip
