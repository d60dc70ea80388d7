"""Digital PCR: wells are pooled as counts, Poisson gives the copies, an interval by transformation.

`docs/sensitivity.md`, Digital PCR.
"""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.intervals import (
    clopper_pearson,
    partitions_lambda,
    poisson_limits,
)
from transforms.normalise.pcr_rows import GROUP, RNA, counts_few_as_three
from transforms.ratio import ratio


def pooled_partitions(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the pooled wells of each sample, assay and marker that are counted in partitions.

    Args:
        rows: as `transforms.normalise.pcr_replicates.judge_replicates` gives them.
    """
    total, control = pl.col("total_partitions"), pl.col("control_positive_partitions")
    # nL of all partitions over µL of the reaction is the share of the DNA that was looked at
    volume_ul = ratio(total * pl.col("partition_volume_nl"), 1000)
    analysed = ratio(pl.col("input_ng") * volume_ul, pl.col("reaction_volume_ul"))

    def known_sum(value: pl.Expr) -> pl.Expr:
        return pl.when(value.is_not_null().all()).then(value.cast(pl.Float64).sort().sum())

    has_wells = pl.col("is_partitioned").any().over(GROUP)
    wells = rows.filter("is_evaluable")
    if not wells["is_partitioned"].any():
        wells = wells.clear()
    return (
        wells.filter(has_wells)
        .group_by(GROUP)
        .agg(
            pl.col("is_partitioned").all().alias("is_dpcr"),
            pl.col("positive_partitions").sum().cast(pl.Float64).alias("positive"),
            total.sum().cast(pl.Float64).alias("partitions"),
            known_sum(control).alias("control_positive"),
            known_sum(analysed).alias("analysed_ng"),
            known_sum(volume_ul).alias("volume_ul"),
            pl.col("has_merged_row").any(),
            pl.col("is_copies_contradicted").any(),
        )
    )


def with_partition_counts(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Turn pooled partitions into copies, their denominator, their limits and their interval.

    Args:
        rows: pooled replicates with the columns of `pooled_partitions`.
        standards: scoring standards.

    Returns:
        The rows with `dpcr_target` (copies), `dpcr_denominator`, `dpcr_low` and `dpcr_high` (fractions),
        `is_saturated`, `is_control_saturated`, `is_by_mass`, `decision_count`, `decision_lambda`,
        `target_copies_per_ul`; null where the result is not counted in partitions.
    """
    by_partitions = pl.col("is_dpcr")
    rows = rows.with_columns(
        pl.when(by_partitions).then(c).alias(c)
        for c in ("positive", "partitions", "control_positive", "analysed_ng", "volume_ul")
    )
    copies = partitions_lambda(rows["positive"], rows["partitions"]) * rows["partitions"]
    control = partitions_lambda(rows["control_positive"], rows["partitions"]) * rows["partitions"]
    share_low, share_high = clopper_pearson(rows["positive"], rows["partitions"])
    needed = pl.coalesce(pl.col("min_count").cast(pl.Float64), pl.lit(standards.dpcr_min_positive))
    too_full = standards.max_occupancy
    rows = rows.with_columns(
        copies.alias("dpcr_copies"),
        control.alias("control_by_partitions"),
        pl.when(by_partitions).then(needed).alias("decision_count"),
        (ratio(pl.col("positive"), pl.col("partitions")) > too_full).fill_null(False).alias("is_saturated"),
        (ratio(pl.col("control_positive"), pl.col("partitions")) > too_full).fill_null(False).alias("is_control_saturated"),
        *(
            (-((-pl.lit(share)).log1p()) * pl.col("partitions")).alias(name)
            for name, share in (("low_copies", share_low), ("high_copies", share_high))
        ),
    )  # fmt: skip
    usable = pl.when(~pl.col("is_control_saturated")).then("control_by_partitions")
    floored = counts_few_as_three(standards)
    target = (
        pl.when(floored & (pl.col("positive") >= pl.col("decision_count")))
        .then(pl.max_horizontal("dpcr_copies", pl.lit(standards.low_copies)))
        .otherwise("dpcr_copies")
    )
    cells = pl.col("analysed_ng") * (1000 / standards.pg_per_cell)
    denominator = (
        # whether the wells measured their control or the file gives its copies
        pl.when(pl.col("basis").is_in(RNA)).then(
            pl.coalesce(usable, pl.when(pl.col("control_positive").is_null() & pl.col("has_all_copies")).then("sum_control"))
        )
        .when(pl.col("basis") == "GDNA_CELLS").then(pl.coalesce(ratio(usable, 2), cells))
        .when(pl.col("basis") == "VAF").then(target + usable)
    )  # fmt: skip
    limit = poisson_limits(rows["decision_count"], standards.detection_probability)
    is_vaf = pl.col("basis") == "VAF"
    by_mass = (pl.col("basis") == "GDNA_CELLS") & usable.is_null() & cells.is_not_null()
    rows = rows.with_columns(
        target.alias("dpcr_target"),
        denominator.alias("dpcr_denominator"),
        limit.alias("decision_lambda"),
        usable.alias("wild_type"),
        by_mass.alias("is_by_mass"),
    ).with_columns(
        pl.when(pl.col("dpcr_denominator") > 0).then("dpcr_denominator").alias("dpcr_denominator")
    )
    return rows.with_columns(
        *(
            pl.when(is_vaf)
            .then(ratio(pl.col(c), pl.col(c) + pl.col("wild_type")))
            .otherwise(ratio(pl.col(c), pl.col("dpcr_denominator")))
            .alias(name)
            for c, name in (("low_copies", "dpcr_low"), ("high_copies", "dpcr_high"))
        ),
        ratio(pl.col("dpcr_copies"), pl.col("volume_ul")).alias("target_copies_per_ul"),
    )
