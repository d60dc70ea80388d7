"""Target and control wells of digital PCR to rows of `pcr_measurements` (`formats.md` §1, §7)."""

import polars as pl

from transforms.places import LINE_OF
from transforms.problems import one_finding
from transforms.ratio import ratio
from transforms.readers.rows import AssayNames

# Absolute Q counts the partitions of each dye anew, a few of 20,000 apart
_SAME_TOTAL = 0.01


def number(column: str) -> pl.Expr:
    """Return a count as a number; null where it cannot be read in one way, which parsing then says."""
    return pl.col(column).cast(pl.Float64, strict=False)


def is_called(concentration: str, positives: str) -> pl.Expr:
    """Return whether a well was called: no positives beside no concentration say that no threshold was set.

    A column without any number, or one that the user dropped, says nothing.
    """
    said = number(concentration).is_not_null()
    return ~((number(positives) == 0).fill_null(False) & ~said & said.any())


def measurements(
    target: pl.DataFrame, control: pl.DataFrame, assay: AssayNames
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Return the measurements, and findings on them.

    Args:
        target: wells of the assay's target, columns `transforms.readers.partitions.WELLS`.
        control: wells of its control.
        assay: the assay.
    """
    left, right = _side(target, "target"), _side(control, "control")
    same_well = ["run", "sample", "well", "nth"]
    duplex = left.join(right, on=same_well, how="inner", nulls_equal=True)
    rank = pl.int_range(pl.len()).over("run", "sample").alias("k")
    alone = left.join(duplex, on=same_well, how="anti", nulls_equal=True).with_columns(rank)
    beside = right.join(duplex, on=same_well, how="anti", nulls_equal=True).with_columns(rank)
    # wells apart share a row only to be carried: no ratio is made of the two
    paired = alone.join(
        beside, on=["run", "sample", "k"], how="full", coalesce=True, nulls_equal=True, suffix="_other"
    ).with_columns(
        pl.coalesce("well", "well_other").alias("well"), pl.coalesce("nth", "nth_other").alias("nth")
    )  # fmt: skip
    rows = pl.concat(
        [
            duplex.with_columns(is_same_well=pl.lit(True)),
            paired.select(duplex.columns).with_columns(is_same_well=pl.lit(False)),
        ]
    )
    return _as_measured(rows, assay).sort("source_line"), _apart(beside)


def _side(wells: pl.DataFrame, name: str) -> pl.DataFrame:
    # a well that is listed twice is two wells: what that means is decided by their keys
    nth = pl.int_range(pl.len()).over("run", "sample", "well").alias("nth")
    is_read = pl.col("is_called") & (number("total").fill_null(1) > 0)
    return wells.select(
        "run", "sample", "well", nth,
        pl.col("source_line").alias(f"{name}_line"),
        pl.col("source_rows").alias(f"{name}_rows"),
        pl.col("positives").alias(f"{name}_positives"),
        pl.col("total").alias(f"{name}_total"),
        pl.col("volume_nl").alias(f"{name}_volume"),
        is_read.alias(f"is_{name}_read"),
        pl.col("is_failed").alias(f"is_{name}_failed"),
    )  # fmt: skip


def _as_measured(rows: pl.DataFrame, assay: AssayNames) -> pl.DataFrame:
    has_target, has_control = (pl.col(f"{n}_line").is_not_null() for n in ("target", "control"))
    is_target_read = pl.col("is_target_read").fill_null(False)
    is_control_read = pl.col("is_control_read").fill_null(False)
    totals_agree = (
        (number("control_total") - number("target_total")).abs()
        <= _SAME_TOTAL * number("target_total")
    ).fill_null(True)
    shares_total = pl.col("is_same_well") & totals_agree
    positives, total = number("control_positives"), number("control_total")
    share = pl.when(positives < total).then(ratio(positives, total))
    # a control of other partitions than the target's: its copies in the partitions read
    copies = (-((-share).log1p()) * total).abs()
    is_zero = (number("target_positives") == 0).fill_null(False)
    # without its control a well proves no absence; what it holds is never hidden
    is_control_failed = pl.col("is_control_failed").fill_null(False)
    failed = (
        pl.col("is_target_failed").fill_null(False)
        | (pl.col("is_same_well") & is_control_failed & is_zero)
        | (~has_target & is_control_failed)
    )
    lost = pl.col("is_same_well") & ~is_control_read & is_zero
    unread = (has_target & ~is_target_read) | (~has_target & has_control & ~is_control_read)
    return rows.select(
        pl.col("sample").alias("sample_id"),
        pl.lit(assay.assay_id).alias("assay_id"),
        pl.col("run").alias("run_id"),
        pl.col("well").alias("replicate"),
        pl.when(is_target_read).then("target_positives").alias("positive_partitions"),
        pl.when(is_target_read & is_control_read & shares_total)
        .then("control_positives")
        .alias("control_positive_partitions"),
        pl.when(is_target_read).then("target_total").alias("total_partitions"),
        pl.when(is_target_read).then("target_volume").alias("partition_volume_nl"),
        pl.when((is_target_read | ~has_target) & is_control_read & ~shares_total)
        .then(copies.cast(pl.String))
        .alias("control_copies"),
        pl.when(unread | lost | failed).then(pl.lit("INVALID")).alias("reported_call"),
        pl.min_horizontal("target_line", "control_line").alias("source_line"),
        pl.col("target_line").alias(f"{LINE_OF}positive_partitions"),
        pl.col("target_line").alias(f"{LINE_OF}total_partitions"),
        pl.col("control_line").alias(f"{LINE_OF}control_positive_partitions"),
        (pl.col("target_rows").fill_null(0) + pl.col("control_rows").fill_null(0)).alias("source_rows"),
    )  # fmt: skip


def _apart(beside: pl.DataFrame) -> list[pl.DataFrame]:
    if beside.is_empty():
        return []
    first = beside.sort("control_line").row(0, named=True)
    return [
        one_finding(
            0, "CONTROL_IN_OTHER_WELL",
            f"{beside.height} control wells have no target in the same well (first: {first['well']}); their "
            "copies count as they are, so a level needs the same input and dilution in both",
            line=first["control_line"], value=first["well"],
        )
    ]  # fmt: skip
