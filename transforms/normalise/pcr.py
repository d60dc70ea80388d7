"""PCR: replicates of RNA or DNA targets, and values that a kit or laboratory reports ready-made.

Copies are summed over evaluable replicates, never averaged; an undetected well keeps its control
copies. Whether a sample is detected is decided by the rule of its own field: any replicate for
BCR::ABL1 (`eutos-2015`), two of three for the RNA markers of AML (`rna-replicates`).
"""

import polars as pl

from transforms.guidelines.rules import Standards
from transforms.normalise.context import SAMPLE_COLUMNS, exact_sum

_GROUP = ("sample_id", "assay_id")
_RNA = ["RNA_RATIO_IS", "RNA_RATIO"]
RTOL = 1e-9


def pcr_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample and assay.

    Args:
        rows: `pcr_measurements` with context (`transforms.normalise.context`).
        standards: scoring standards.

    Returns:
        Columns that `transforms.normalise.results.finish` completes: finding, finding_reason,
        estimate_fraction, bound_fraction, operator, numerator, denominator, limits, flags.
    """
    grouped = _pool(_judge_replicates(rows, standards), standards)
    return _level(_finding(grouped, standards), standards)


def _judge_replicates(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    is_mr = pl.col("marker").is_in(standards.mr_markers)
    is_two_of_three = pl.col("marker").is_in(standards.two_positive_markers)
    target = (
        pl.when(pl.col("target_copies").is_not_null())
        .then("target_copies")
        .when("is_target_undetermined")
        .then(0.0)
    )
    minimum = pl.when(is_mr).then(
        pl.col("control_gene")
        .cast(pl.String)
        .replace_strict(dict(standards.min_replicate_copies), default=None, return_dtype=pl.Float64)
    )
    is_called_invalid = (pl.col("reported_call") == "INVALID").fill_null(False)
    late = is_two_of_three & (pl.col("target_cq") >= standards.positive_below_cq)
    positive = (
        ((pl.col("target") > 0) | pl.col("target_cq").is_not_null()).fill_null(False)
        & ~late.fill_null(False)
        & ~is_called_invalid
    )
    is_read = pl.col("target").is_not_null() | pl.col("target_cq").is_not_null()
    has_control = (pl.col("control_copies") > 0) | (
        pl.col("control_copies").is_null() & pl.col("control_cq").is_not_null() & ~is_mr
    )
    is_rna = pl.col("basis").is_in(_RNA)
    floored = (
        is_rna
        & pl.col("is_positive")
        & (pl.col("target") < standards.low_copies)
        & (pl.col("low_copy_policy").cast(pl.String).fill_null("floor_3") == "floor_3")
    )
    return (
        rows.with_columns(
            target.alias("target"),
            minimum.alias("minimum"),
            (pl.col("reported_call").is_not_null() | pl.col("reported_number").is_not_null()).alias(
                "is_reported_row"
            ),
        )
        .with_columns(positive.alias("is_positive"))
        .with_columns(
            (
                pl.col("is_run_valid")
                & is_read
                & has_control.fill_null(False)
                & (pl.col("control_copies") >= pl.col("minimum")).fill_null(True)
            ).alias("is_evaluable"),
            pl.when(floored)
            .then(pl.lit(standards.low_copies))
            .otherwise("target")
            .alias("used_copies"),
        )
    )


def _pool(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    evaluable = pl.col("is_evaluable")
    reported = (
        pl.col("is_reported_row")
        & pl.col("is_run_valid")
        & (pl.col("reported_call").cast(pl.String).fill_null("") != "INVALID")
    )
    calls = pl.col("reported_call").cast(pl.String)
    one = {
        c: pl.col(c).filter(reported).first()
        for c in (
            "reported_number",
            "reported_operator",
            "reported_unit",
            "reported_call",
            "qr_fraction",
            "sensitivity_fraction",
        )
    }
    first = (
        "lab_id",
        "modality",
        "marker",
        "basis",
        "control_gene",
        "is_reported",
        "lod_fraction",
        "loq_fraction",
        "transcript",
        *SAMPLE_COLUMNS[1:],
    )
    control_ok = (pl.col("control_copies") >= pl.col("minimum")).fill_null(True)
    return (
        rows.sort("counts_on", "sample_id", "assay_id", maintain_order=True)
        .group_by(_GROUP, maintain_order=True)
        .agg(
            *(pl.col(c).last() for c in first),
            pl.len().cast(pl.Int64).alias("n_replicates"),
            evaluable.sum().cast(pl.Int64).alias("n_evaluable"),
            (evaluable & pl.col("is_positive")).sum().cast(pl.Int64).alias("n_positive"),
            (~evaluable & pl.col("is_positive") & pl.col("is_run_valid"))
            .sum()
            .alias("n_rejected_positive"),
            exact_sum(pl.col("used_copies").filter(evaluable)).alias("sum_target"),
            exact_sum(pl.col("control_copies").filter(evaluable)).alias("sum_control"),
            (evaluable & pl.col("target").is_null()).any().alias("has_cq_only"),
            pl.col("control_copies").is_not_null().any().alias("has_control_copies"),
            pl.col("control_copies").filter(evaluable).is_not_null().all().alias("has_all_copies"),
            pl.col("conversion_factor").min().alias("factor"),
            pl.col("conversion_factor").n_unique().alias("n_factors"),
            pl.col("is_in_force").all().alias("is_in_force"),
            pl.col("is_date_assumed").any(),
            (pl.col("is_ntc_clean") == False).any().alias("has_dirty_ntc"),  # noqa: E712
            pl.col("is_run_valid").any().alias("has_valid_run"),
            pl.col("positive_partitions").is_not_null().any().alias("has_partitions"),
            (pl.col("target").is_not_null() | pl.col("target_cq").is_not_null())
            .any()
            .alias("has_target"),
            pl.col("is_reported_row").any().alias("is_reported_result"),
            reported.sum().alias("n_reported"),
            pl.struct("reported_number", "reported_operator", "reported_unit", "reported_call")
            .filter(reported)
            .n_unique()
            .alias("n_statements"),
            (calls.filter(reported).is_in(["NOT_DETECTED"]).fill_null(False))
            .all()
            .alias("all_say_no"),
            (calls.filter(reported).is_in(["NOT_DETECTED"]).fill_null(False))
            .any()
            .alias("any_says_no"),
            (pl.col("control_copies").is_not_null() & reported & control_ok)
            .any()
            .alias("has_good_reported_control"),
            (pl.col("control_copies").is_not_null() & reported).any().alias("has_reported_control"),
            exact_sum(pl.col("control_copies").filter(reported & control_ok)).alias(
                "sum_reported_control"
            ),
            *(e.alias(c) for c, e in one.items()),
        )
    )


def _reason(code: str | None) -> pl.Expr:
    return pl.lit(code, dtype=pl.String)


def _finding(grouped: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    is_mr = pl.col("marker").is_in(standards.mr_markers)
    is_two_of_three = pl.col("marker").is_in(standards.two_positive_markers)
    split = is_two_of_three & (pl.col("n_evaluable") == 2) & (pl.col("n_positive") == 1)
    single = is_two_of_three & (pl.col("n_evaluable") >= 3) & (pl.col("n_positive") == 1)
    few = is_two_of_three & (pl.col("n_evaluable") == 1)
    none_counts = pl.col("n_evaluable") == 0
    rejected = pl.col("n_rejected_positive") > 0
    call = pl.col("reported_call").cast(pl.String)
    bad_reported_control = (
        is_mr & pl.col("has_reported_control") & ~pl.col("has_good_reported_control")
    )
    counted = (
        pl.when(~pl.col("has_valid_run")).then(pl.struct(finding=_reason("NOT_EVALUABLE"), why=_reason("RUN_INVALID")))
        .when(none_counts & is_mr & ~pl.col("has_control_copies"))
        .then(pl.struct(finding=_reason("NOT_EVALUABLE"), why=_reason("NO_COPIES")))
        .when(none_counts).then(pl.struct(finding=_reason("NOT_EVALUABLE"), why=_reason("NO_EVALUABLE_REPLICATE")))
        .when(split).then(pl.struct(finding=_reason("DETECTED"), why=_reason("SPLIT_REPLICATES")))
        .when(single).then(pl.struct(finding=_reason("NOT_DETECTED"), why=_reason(None)))
        .when(pl.col("n_positive") > 0)
        .then(pl.struct(finding=_reason("DETECTED"), why=pl.when(pl.col("has_cq_only") | ~pl.col("has_all_copies")).then(_reason("NO_COPIES"))))
        .when(rejected).then(pl.struct(finding=_reason("DETECTED"), why=_reason("DETECTED_IN_REJECTED_REPLICATE")))
        .otherwise(pl.struct(finding=_reason("NOT_DETECTED"), why=_reason(None)))
    )  # fmt: skip
    reported = (
        pl.when(~pl.col("has_valid_run")).then(pl.struct(finding=_reason("NOT_EVALUABLE"), why=_reason("RUN_INVALID")))
        .when(pl.col("n_reported") == 0).then(pl.struct(finding=_reason("NOT_EVALUABLE"), why=_reason("REPORTED_INVALID")))
        .when(bad_reported_control).then(pl.struct(finding=_reason("NOT_EVALUABLE"), why=_reason("NO_EVALUABLE_REPLICATE")))
        .when(pl.col("all_say_no")).then(pl.struct(finding=_reason("NOT_DETECTED"), why=_reason(None)))
        .when(pl.col("any_says_no")).then(pl.struct(finding=_reason("DETECTED"), why=_reason("SPLIT_REPLICATES")))
        .when(pl.col("n_statements") > 1).then(pl.struct(finding=_reason("DETECTED"), why=_reason("REPORTED_REPLICATES_DIFFER")))
        .otherwise(pl.struct(finding=_reason("DETECTED"), why=_reason(None)))
    )  # fmt: skip
    only_partitions = (
        pl.col("has_partitions") & ~pl.col("is_reported_result") & ~pl.col("has_target")
    )
    chosen = (
        pl.when(pl.col("modality") != "PCR").then(pl.struct(finding=_reason("NOT_EVALUABLE"), why=_reason("MODALITY_MISMATCH")))
        .when(only_partitions).then(pl.struct(finding=_reason("NOT_EVALUABLE"), why=_reason("DPCR_NOT_SUPPORTED")))
        .when("is_reported_result").then(reported)
        .otherwise(counted)
    )  # fmt: skip
    return grouped.with_columns(
        chosen.alias("chosen"),
        single.alias("is_single_positive"),
        few.alias("is_too_few"),
        (
            rejected
            | (
                bad_reported_control
                & (call != "NOT_DETECTED").fill_null(True)
                & pl.col("is_reported_result")
            )
        ).alias("is_rejected_positive"),
    ).unnest("chosen")


def _level(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    on_scale = pl.col("basis") == "RNA_RATIO_IS"
    is_kit = pl.col("is_reported").fill_null(False)
    unit = pl.col("reported_unit").cast(pl.String)
    one_factor = pl.col("n_factors") == 1
    factor = pl.when(~on_scale | is_kit).then(1.0).when(one_factor).then("factor")
    is_scale_unit = unit.is_in(["PCT_IS", "MR"])
    number = pl.col("reported_number")
    as_fraction = (
        pl.when(unit.is_in(["PCT_IS", "PCT"])).then(number / 100)
        .when(unit == "FRACTION").then(number)
        .when(unit == "MR").then(pl.lit(10.0).pow(-number))
    )  # fmt: skip
    # a smaller MR is a larger level: its operator points the other way
    operator = (
        pl.when(unit == "MR").then(pl.col("reported_operator").replace({"<": ">", "≤": "≥", ">": "<", "≥": "≤"}))
        .otherwise("reported_operator")
    )  # fmt: skip
    off_scale = pl.col("is_reported_result") & is_scale_unit & ~on_scale
    reported_factor = pl.when(is_scale_unit).then(1.0).otherwise(pl.col("use_factor"))
    rows = rows.with_columns(
        factor.alias("use_factor"),
        off_scale.alias("is_off_scale"),
        operator.alias("operator"),
        as_fraction.alias("reported_fraction"),
        pl.when("is_reported_result")
        .then("sum_reported_control")
        .otherwise("sum_control")
        .alias("control_sum"),
    )
    has_control = (pl.col("control_sum") > 0) & pl.when("is_reported_result").then(
        "has_reported_control"
    ).otherwise("has_all_copies")
    stated = pl.when(pl.col("is_reported_result") & ~pl.col("is_off_scale")).then(
        pl.col("reported_fraction") * reported_factor
    )
    counted = pl.when(~pl.col("is_reported_result")).then(
        pl.col("sum_target") / pl.col("control_sum") * pl.col("use_factor")
    )
    is_detected = pl.col("finding") == "DETECTED"
    why = pl.col("why")
    needs_factor = (
        is_detected
        & on_scale
        & pl.col("use_factor").is_null()
        & (~pl.col("is_reported_result") | (unit.is_in(["PCT", "FRACTION"]) & ~is_scale_unit))
    )
    reason = (
        pl.when(why.is_not_null()).then(why)
        .when(needs_factor).then(_reason("NO_CONVERSION_FACTOR"))
        .when(is_detected & pl.col("is_off_scale")).then(_reason("NOT_ON_INTERNATIONAL_SCALE"))
    )  # fmt: skip
    rows = rows.with_columns(
        has_control.alias("has_control"),
        reason.alias("finding_reason"),
        pl.coalesce(stated, counted).alias("value"),
    )
    call = pl.col("reported_call").cast(pl.String)
    has_level = is_detected & pl.col("finding_reason").is_null()
    copies_floor = pl.when(pl.col("has_control") & pl.col("basis").is_in(_RNA)).then(
        standards.rna_lod_copies / pl.col("control_sum") * pl.col("use_factor")
    )
    claim = pl.coalesce("sensitivity_fraction", "lod_fraction")
    said = pl.when(
        pl.col("operator").is_in(["<", "≤"]) & (pl.col("finding") == "NOT_DETECTED")
    ).then("value")
    claim = pl.max_horizontal(claim, said)
    lod = pl.max_horizontal(claim, copies_floor)
    has_bound = pl.col("operator").is_in(["<", "≤"]).fill_null(False)
    is_number = has_level & pl.col("operator").is_null() & pl.col("value").is_not_null()
    return rows.with_columns(
        claim.alias("claim"),
        copies_floor.alias("lod95_fraction"),
        lod.alias("lod_fraction"),
        pl.when(lod.is_null()).then(None)
        .when(copies_floor.is_not_null() & (copies_floor >= claim.fill_null(0))).then(pl.lit("LOD95"))
        .when(is_kit).then(pl.lit("KIT"))
        .when(pl.col("sensitivity_fraction").is_not_null()).then(pl.lit("DILUTION"))
        .otherwise(pl.lit("LAB_STATED")).alias("lod_kind"),
        pl.coalesce("qr_fraction", "loq_fraction").alias("loq_fraction"),
        pl.when(is_number).then("value").alias("estimate_fraction"),
        pl.when(has_level & has_bound).then("value")
        .when(has_level & (call == "BELOW_LOD") & pl.col("value").is_null()).then(lod)
        .alias("bound_fraction"),
        (has_level & ((call == "ABOVE_LOQ") | pl.col("operator").is_in([">", "≥"])).fill_null(False)).alias("is_above"),
        call.is_in(["BELOW_LOD", "BELOW_LOQ"]).fill_null(False).alias("is_called_below"),
        pl.when(~pl.col("is_reported_result") & (pl.col("n_evaluable") > 0) & pl.col("has_all_copies") & ~pl.col("has_cq_only")).then("sum_target").alias("numerator"),
        pl.when("has_control").then("control_sum").alias("denominator"),
        pl.when("is_reported_result").then(pl.col("n_reported").cast(pl.Int64)).otherwise("n_evaluable").alias("n_evaluable"),
        pl.when(on_scale).then("use_factor").alias("conversion_factor"),
        pl.lit(False).alias("is_trace"),
        pl.lit(False).alias("has_molecules"),
        pl.concat_list(
            pl.when(on_scale & ~is_kit & pl.col("is_date_assumed") & (~pl.col("is_reported_result") | ~is_scale_unit.fill_null(False))).then(pl.lit("factor_date_assumed")),
            pl.when(pl.col("is_reported_result") & ~pl.col("has_control") & claim.is_not_null() & (pl.col("finding") != "NOT_EVALUABLE")).then(pl.lit("kit_claim")),
            pl.when("is_rejected_positive").then(pl.lit("detected_in_rejected_replicate")),
            pl.when("is_single_positive").then(pl.lit("single_replicate_positive")),
            pl.when("is_too_few").then(pl.lit("too_few_replicates")),
            pl.when("has_dirty_ntc").then(pl.lit("ntc_not_clean")),
            pl.when(~pl.col("is_in_force")).then(pl.lit("assay_row_not_in_force")),
            pl.when(on_scale & (pl.col("value") > standards.linear_max_fraction * (1 + RTOL)) & is_number).then(pl.lit("above_linear_range")),
            pl.when(pl.col("marker").is_in(standards.mr_markers) & pl.col("transcript").is_null()).then(pl.lit("transcript_assumed")),
        ).list.drop_nulls().alias("flags"),
    )  # fmt: skip
