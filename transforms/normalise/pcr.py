"""PCR: from replicates or statements to a level, its limits and its flags.

Copies are summed over evaluable replicates, never averaged; an undetected well keeps its control
copies. The sum is put on the International Scale by the factor in force, never twice.
"""

import polars as pl

from transforms.guidelines.rules import Standards
from transforms.normalise.pcr_finding import with_finding
from transforms.normalise.pcr_replicates import judge_replicates, pool_replicates

_RNA = ["RNA_RATIO_IS", "RNA_RATIO"]
RTOL = 1e-9


def pcr_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample, assay and marker.

    Args:
        rows: `pcr_measurements` with context (`transforms.normalise.context`).
        standards: scoring standards.

    Returns:
        Columns that `transforms.normalise.results` completes: finding, finding_reason,
        estimate_fraction, bound_fraction, operator, numerator, denominator, limits, flags.
    """
    pooled = pool_replicates(judge_replicates(rows, standards))
    return _level(with_finding(pooled, standards), standards)


def _reason(code: str) -> pl.Expr:
    return pl.lit(code)


def _level(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    on_scale = pl.col("basis") == "RNA_RATIO_IS"
    is_kit = pl.col("is_reported").fill_null(False)
    unit = pl.col("reported_unit").cast(pl.String)
    one_factor = pl.col("n_factors") <= 1
    factor = pl.when(~on_scale | is_kit).then(1.0).when(one_factor).then("factor")
    by_statement = pl.col("is_from_statement")
    is_scale_unit = unit.is_in(["PCT_IS", "MR"])
    number = pl.col("reported_number")
    as_fraction = (
        pl.when(unit.is_in(["PCT_IS", "PCT"])).then(number * 0.01)
        .when(unit == "FRACTION").then(number)
        .when(unit == "MR").then(pl.lit(10.0).pow(-number))
    )  # fmt: skip
    # a smaller MR is a larger level: its operator points the other way
    operator = (
        pl.when(unit == "MR").then(pl.col("reported_operator").replace({"<": ">", "≤": "≥", ">": "<", "≥": "≤"}))
        .otherwise("reported_operator")
    )  # fmt: skip
    call = pl.when(by_statement).then(pl.col("reported_call").cast(pl.String))
    # 0 beside a positive call is a rounded positive, no number
    is_zero = (
        (number == 0)
        & unit.is_in(["PCT_IS", "PCT", "FRACTION"])
        & (pl.col("finding") == "DETECTED")
    )
    off_scale = pl.col("is_from_statement") & is_scale_unit & ~on_scale
    reported_factor = pl.when(is_scale_unit).then(1.0).otherwise(pl.col("use_factor"))
    rows = rows.with_columns(
        factor.alias("use_factor"),
        off_scale.alias("is_off_scale"),
        pl.when(by_statement).then(operator).alias("operator"),
        call.alias("call"),
        pl.when(~is_zero).then(as_fraction).alias("reported_fraction"),
        pl.when("is_from_statement")
        .then("sum_stated_control")
        .otherwise("sum_control")
        .alias("control_sum"),
    )
    has_control = (
        (pl.col("control_sum") > 0)
        & ~pl.col("has_mixed_rows")
        & pl.when(by_statement).then("has_stated_control").otherwise("has_all_copies")
    )
    stated = pl.when(pl.col("is_from_statement") & ~pl.col("is_off_scale")).then(
        pl.col("reported_fraction") * reported_factor
    )
    counted = pl.when(~pl.col("is_from_statement")).then(
        pl.col("sum_target") / pl.col("control_sum") * pl.col("use_factor")
    )
    is_detected = pl.col("finding") == "DETECTED"
    why = pl.col("why")
    needs_factor = (
        is_detected
        & on_scale
        & pl.col("use_factor").is_null()
        & (~pl.col("is_from_statement") | (unit.is_in(["PCT", "FRACTION"]) & ~is_scale_unit))
    )
    reason = (
        pl.when(why.is_not_null()).then(why)
        .when(needs_factor & ~one_factor).then(_reason("ASSAY_ROWS_DIFFER"))
        .when(needs_factor).then(_reason("NO_CONVERSION_FACTOR"))
        .when(is_detected & pl.col("is_off_scale")).then(_reason("NOT_ON_INTERNATIONAL_SCALE"))
    )  # fmt: skip
    rows = rows.with_columns(
        has_control.alias("has_control"),
        reason.alias("finding_reason"),
        pl.coalesce(stated, counted).alias("value"),
    )
    said_call = pl.col("call")
    has_level = is_detected & pl.col("finding_reason").is_null()
    copies_floor = pl.when(pl.col("has_control") & pl.col("basis").is_in(_RNA)).then(
        standards.rna_lod_copies / pl.col("control_sum") * pl.col("use_factor")
    )
    claim = pl.coalesce("sensitivity_fraction", "lod_fraction")
    # "not detected, < 0.003 %" and "not detected, MR4" say how deep the laboratory looked
    says_depth = pl.col("operator").is_in(["<", "≤"]) | (unit == "MR")
    said = pl.when(says_depth & by_statement & (pl.col("finding") == "NOT_DETECTED")).then("value")
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
        .when(has_level & (said_call == "BELOW_LOD") & pl.col("value").is_null()).then(lod)
        .alias("bound_fraction"),
        (has_level & ((said_call == "ABOVE_LOQ") | pl.col("operator").is_in([">", "≥"])).fill_null(False)).alias("is_above"),
        said_call.is_in(["BELOW_LOD", "BELOW_LOQ"]).fill_null(False).alias("is_called_below"),
        pl.when(~by_statement & (pl.col("n_evaluable") > 0) & pl.col("has_control") & ~pl.col("has_cq_only")).then("sum_target").alias("numerator"),
        pl.when("has_control").then("control_sum").alias("denominator"),
        pl.when("is_from_statement").then(pl.col("n_stated").cast(pl.Int64)).otherwise("n_evaluable").alias("n_evaluable"),
        pl.when(on_scale).then("use_factor").alias("conversion_factor"),
        pl.lit(False).alias("is_trace"),
        pl.lit(False).alias("has_molecules"),
        pl.concat_list(
            pl.when(on_scale & ~is_kit & pl.col("is_date_assumed") & (~pl.col("is_from_statement") | ~is_scale_unit.fill_null(False))).then(pl.lit("factor_date_assumed")),
            pl.when(by_statement & ~pl.col("has_control") & claim.is_not_null() & (pl.col("finding") != "NOT_EVALUABLE")
                    & (is_kit | pl.col("marker").is_in(standards.mr_markers))).then(pl.lit("kit_claim")),
            pl.when("has_unused_statement").then(pl.lit("reported_value_not_used")),
            pl.when("is_rejected_positive").then(pl.lit("detected_in_rejected_replicate")),
            pl.when("is_single_positive").then(pl.lit("single_replicate_positive")),
            pl.when("is_too_few").then(pl.lit("too_few_replicates")),
            pl.when("has_dirty_ntc").then(pl.lit("ntc_not_clean")),
            pl.when(~pl.col("is_in_force")).then(pl.lit("assay_row_not_in_force")),
            pl.when(on_scale & (pl.col("value") > standards.linear_max_fraction * (1 + RTOL)) & is_number).then(pl.lit("above_linear_range")),
            pl.when(pl.col("marker").is_in(standards.mr_markers) & pl.col("transcript").is_null()).then(pl.lit("transcript_assumed")),
        ).list.drop_nulls().alias("flags"),
    )  # fmt: skip
