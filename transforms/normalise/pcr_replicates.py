"""PCR replicates: which of them count, and what they add up to.

A row with target and control copies is counted, whatever else it says; its call was checked against
the copies when it was read. A row without them is a statement of the kit or laboratory. Rules are
those of the marker's own field: CML's are never used for AML nor the reverse.
"""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.context import OF_SAMPLE, exact_sum
from transforms.normalise.dpcr import pooled_partitions
from transforms.normalise.pcr_rows import RNA, is_p210

_GROUP = ("sample_id", "assay_id", "marker")
_OF_ASSAY = (
    "lab_id", "modality", "basis", "control_gene", "is_reported", "lod_fraction", "loq_fraction", "loq_events",
    "min_count", "low_copy_policy", "minimum", "qr_fraction", "sensitivity_fraction",
)  # fmt: skip
_STATED = ("reported_number", "reported_operator", "reported_unit", "reported_call")


def judge_replicates(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Say of each row whether it is counted or stated, positive, evaluable, and what it counts.

    Args:
        rows: as `transforms.normalise.pcr_rows.with_copies` gives them.
        standards: scoring standards.

    Returns:
        The rows with `is_stated`, `is_positive`, `is_evaluable`, `used_copies`, `minimum`.
    """
    is_mr = is_p210(standards)
    is_dna = pl.col("basis") == "GDNA_CELLS"
    is_two_of_three = pl.col("marker").is_in(standards.two_positive_markers)
    partitioned = pl.col("is_partitioned")
    minimum = pl.when(is_mr).then(
        pl.col("control_gene")
        .cast(pl.String)
        .replace_strict(dict(standards.min_replicate_copies), default=None, return_dtype=pl.Float64)
    )
    has_statement = pl.col("reported_call").is_not_null() | pl.col("reported_number").is_not_null()
    has_copies = partitioned | (
        pl.col("target").is_not_null() & pl.col("control_copies").is_not_null()
    )
    is_called_invalid = (pl.col("reported_call") == "INVALID").fill_null(False)
    is_late = (is_two_of_three & (pl.col("target_cq") >= standards.positive_below_cq)).fill_null(
        False
    )
    is_seen = pl.any_horizontal(
        (pl.col("target") > 0).fill_null(False),
        pl.col("target_cq").is_not_null() & ~partitioned,
        (pl.col("positive_partitions") > 0).fill_null(False),
    )
    is_read = pl.col("target").is_not_null() | pl.col("target_cq").is_not_null() | partitioned
    control_failed = (pl.col("control_copies") == 0).fill_null(False) | pl.col(
        "is_control_undetermined"
    )
    has_control = (
        (pl.col("control_copies") > 0).fill_null(False)
        | (pl.col("control_copies").is_null() & pl.col("control_cq").is_not_null() & ~is_mr)
        # DNA is its own control: how much went in is known by its mass or stated sensitivity
        | (is_dna & ~control_failed)
        # partitions are judged when their wells are pooled
        | partitioned
    )
    policy = pl.col("low_copy_policy").cast(pl.String)
    is_floored = (
        pl.col("basis").is_in(RNA)
        & pl.col("is_positive")
        & (pl.col("target") < standards.low_copies)
        & pl.when(is_mr).then(policy.fill_null("floor_3") == "floor_3").otherwise(policy.fill_null("") == "floor_3")
    )  # fmt: skip
    evaluable = (
        ~pl.col("is_stated")
        & pl.col("is_run_valid")
        & ~is_called_invalid
        & is_read
        & has_control
        & (partitioned | (pl.col("control_copies") >= pl.col("minimum")).fill_null(True))
    )
    return (
        rows.with_columns(
            minimum.alias("minimum"),
            (has_statement & ~has_copies).alias("is_stated"),
            is_called_invalid.alias("is_called_invalid"),
            is_late.alias("is_late"),
        )
        .with_columns((is_seen & ~is_late & ~is_called_invalid).alias("is_positive"))
        .with_columns(
            evaluable.alias("is_evaluable"),
            pl.when(is_floored)
            .then(pl.lit(standards.low_copies))
            .when("is_late")
            .then(0.0)
            .otherwise("target")
            .alias("used_copies"),
        )
    )


def pool_replicates(rows: pl.DataFrame) -> pl.DataFrame:
    """Add up the replicates of each sample, assay and marker.

    Args:
        rows: as `judge_replicates` gives them.
    """
    evaluable = pl.col("is_evaluable")
    counted = ~pl.col("is_stated")
    stated = pl.col("is_stated") & pl.col("is_run_valid") & ~pl.col("is_called_invalid")
    # what does not count must not lend its assay row to what does
    matters = evaluable | stated

    def of_what_matters(column: str) -> pl.Expr:
        return (
            pl.when(matters.any())
            .then(pl.col(column).filter(matters).last())
            .otherwise(pl.col(column).last())
        )

    def kinds(column: str) -> pl.Expr:
        return pl.col(column).filter(matters).n_unique()

    says_no = (pl.col("reported_call").filter(stated) == "NOT_DETECTED").fill_null(False)
    stated_control = stated & pl.col("control_copies").is_not_null()
    control_ok = (pl.col("control_copies") >= pl.col("minimum")).fill_null(True)
    beside = pl.col("reported_fraction").filter(evaluable)
    contradicts = evaluable & pl.col("is_contradicted")
    cq = pl.col("target_cq").filter(matters & ~pl.col("is_late"))
    return (
        rows.sort("counts_on", *_GROUP, maintain_order=True)
        .group_by(_GROUP, maintain_order=True)
        .agg(
            *(of_what_matters(c).alias(c) for c in _OF_ASSAY),
            *(pl.col(c).last() for c in OF_SAMPLE),
            pl.len().cast(pl.Int64).alias("n_replicates"),
            counted.any().alias("has_counted"),
            evaluable.sum().cast(pl.Int64).alias("n_evaluable"),
            (evaluable & pl.col("is_positive")).sum().cast(pl.Int64).alias("n_positive"),
            (counted & ~evaluable & pl.col("is_positive") & pl.col("is_run_valid"))
            .sum()
            .alias("n_rejected_positive"),
            exact_sum(pl.col("used_copies").filter(evaluable)).alias("sum_target"),
            exact_sum(pl.col("control_copies").filter(evaluable)).alias("sum_control"),
            (evaluable & pl.col("target").is_null()).any().alias("has_cq_only"),
            (counted & pl.col("control_copies").is_not_null()).any().alias("has_control_copies"),
            pl.col("control_copies").filter(evaluable).is_not_null().all().alias("has_all_copies"),
            of_what_matters("conversion_factor").alias("factor"),
            kinds("conversion_factor").alias("n_factors"),
            ((kinds("control_gene") > 1) | (kinds("basis") > 1)).alias("has_mixed_rows"),
            of_what_matters("is_in_force").alias("is_in_force"),
            (pl.col("is_date_assumed") & matters).any().alias("is_date_assumed"),
            (pl.col("is_ntc_clean") == False).any().alias("has_dirty_ntc"),  # noqa: E712
            pl.col("is_run_valid").any().alias("has_valid_run"),
            pl.col("is_stated").any().alias("has_stated"),
            stated.sum().alias("n_stated"),
            pl.struct(_STATED).filter(stated).n_unique().alias("n_statements"),
            says_no.all().alias("all_say_no"),
            says_no.any().alias("any_says_no"),
            (stated_control & control_ok).any().alias("has_good_stated_control"),
            stated_control.any().alias("has_stated_control"),
            exact_sum(pl.col("control_copies").filter(stated_control & control_ok)).alias(
                "sum_stated_control"
            ),
            *(pl.col(c).filter(stated).first() for c in _STATED),
            # values stated beside the counts that decide
            pl.when(beside.drop_nulls().n_unique() == 1).then(beside.drop_nulls().first()).alias("beside_fraction"),
            pl.col("reported_fraction").filter(contradicts).min().alias("contradicted_min"),
            pl.col("reported_fraction").filter(contradicts).max().alias("contradicted_max"),
            (evaluable & pl.col("says_positive")).any().alias("has_positive_beside"),
            (evaluable & pl.col("says_negative_call")).any().alias("has_negative_beside"),
            # DNA that went in, and what the curve took for it
            exact_sum(pl.col("input_ng").filter(matters)).alias("sum_ng"),
            exact_sum(pl.col("input_ng").filter(matters & pl.col("nominal_input_ng").is_not_null())).alias("sum_measured_ng"),
            exact_sum(pl.col("nominal_input_ng").filter(matters)).alias("sum_nominal_ng"),
            # Cq's of DNA wells
            pl.col("cq_log10_fraction").filter(matters & ~pl.col("is_late")).sort().mean().alias("cq_log10_fraction"),
            (cq.max() - cq.min()).alias("cq_spread"),
            (matters & pl.col("target_cq").is_null()).any().alias("has_silent_well"),
            (matters & pl.col("is_from_curve")).any().alias("is_from_curve"),
            (matters & pl.col("is_curve_bad")).any().alias("is_curve_bad"),
            *pooled_partitions(evaluable),
        )
    )  # fmt: skip
