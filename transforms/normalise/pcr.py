"""PCR: from replicates, wells or statements to a level, its limits and its flags.

Copies are summed over evaluable replicates, never averaged; an undetected well keeps its control
copies. The sum is put on the International Scale by the factor in force, never twice. DNA is corrected
for what went in, value and limits alike.
"""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.channels import with_channels_joined
from transforms.normalise.dpcr import with_partition_counts
from transforms.normalise.flags import flag_bits
from transforms.normalise.merged_rows import without_merged_rows
from transforms.normalise.pcr_finding import with_finding
from transforms.normalise.pcr_limits import with_limits
from transforms.normalise.pcr_replicates import judge_replicates, pool_replicates
from transforms.normalise.pcr_rows import GROUP, RNA, is_p210, stated_fraction, with_copies
from transforms.ratio import ratio
from transforms.tolerance import RTOL

_TURNED = {"<": ">", "≤": "≥", ">": "<", "≥": "≤"}


def pcr_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample, assay and marker.

    Args:
        rows: `pcr_measurements` with context (`transforms.normalise.context`).
        standards: scoring standards.

    Returns:
        Columns that `transforms.normalise.results` completes: finding, finding_reason,
        estimate_fraction, bound_fraction, numerator, denominator, limits, interval, flags.
    """
    wells = without_merged_rows(
        with_channels_joined(rows),
        (*GROUP, "run_id"),
        ("positive_partitions", "total_partitions"),
        ("control_positive_partitions",),
    )
    copies = with_copies(wells, standards)
    pooled = pool_replicates(judge_replicates(copies, standards))
    found = with_finding(with_partition_counts(pooled, standards), standards)
    return _with_flags(with_limits(_with_value(found, standards), standards), standards)


def _with_value(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Add the value on its axis, where it came from and why there may be none."""
    on_scale, is_dna = pl.col("basis") == "RNA_RATIO_IS", pl.col("basis") == "GDNA_CELLS"
    is_kit = pl.col("is_reported").fill_null(False)
    unit = pl.col("reported_unit").cast(pl.String)
    one_factor = ~pl.col("has_several_factors")
    factor = pl.when(~on_scale | is_kit).then(1.0).when(one_factor).then("factor")
    by_statement = pl.col("is_from_statement")
    is_scale_unit = unit.is_in(["PCT_IS", "MR"])
    number = pl.col("reported_number")
    # a smaller MR is a larger level: its operator points the other way
    operator = pl.col("reported_operator")
    operator = pl.when(unit == "MR").then(operator.replace(_TURNED)).otherwise(operator)
    # 0 beside a positive call is a rounded positive, no number
    is_zero = (
        (number == 0)
        & unit.is_in(["PCT_IS", "PCT", "FRACTION"])
        & (pl.col("finding") == "DETECTED")
    )
    # copies of the clone over copies of the control are cells; all else is read off a curve of
    # the diagnostic sample and corrected for the DNA that went in
    by_copies = (
        ~by_statement
        & pl.col("has_all_copies")
        & ~pl.col("has_cq_only")
        & (pl.col("sum_control") > 0)
    )
    relative = is_dna & ~pl.col("is_dpcr") & ~by_copies
    correction = pl.when(relative & (pl.col("sum_measured_ng") > 0)).then(
        ratio(pl.col("sum_nominal_ng"), pl.col("sum_measured_ng"))
    )
    is_vaf = pl.col("basis") == "VAF"
    by_scale_unit = by_statement & (is_scale_unit | unit.is_null()).fill_null(True)
    harmonised = on_scale & (is_kit | by_scale_unit | (one_factor & pl.col("factor").is_not_null()))
    rows = rows.with_columns(
        factor.alias("use_factor"),
        (by_statement & is_scale_unit & ~on_scale).fill_null(False).alias("is_off_scale"),
        pl.when(by_statement).then(operator).alias("operator"),
        pl.when(by_statement).then(pl.col("reported_call").cast(pl.String)).alias("call"),
        pl.when(~is_zero).then(stated_fraction(number, unit)).alias("raw_fraction"),
        correction.fill_null(1.0).alias("dna_correction"),
        correction.is_not_null().alias("is_dna_corrected"),
        relative.alias("is_relative"),
        pl.when(harmonised).then(pl.lit("INTERNATIONAL"))
        .when(pl.col("basis").is_in(RNA)).then(pl.lit("LABORATORY_RATIO"))
        .when(relative).then(pl.lit("RELATIVE_TO_DIAGNOSIS"))
        .otherwise(pl.lit("ABSOLUTE")).alias("scale"),
        pl.when("is_dpcr").then("dpcr_denominator")
        .when(by_statement & is_dna).then(ratio(pl.col("sum_stated_control"), 2))
        .when(by_statement).then("sum_stated_control")
        .when(is_dna).then(ratio(pl.col("sum_control"), 2))
        .when(is_vaf).then(pl.col("sum_control") + pl.col("sum_target"))
        .otherwise("sum_control").alias("control_sum"),
    )  # fmt: skip
    has_control = (
        (pl.col("control_sum") > 0)
        & ~pl.col("has_mixed_rows")
        & (
            pl.when("is_dpcr").then(True)
            .when(by_statement).then("has_stated_control")
            .otherwise("has_all_copies")
        )
    ).fill_null(False)  # fmt: skip
    reported_factor = pl.when(is_scale_unit).then(1.0).otherwise("use_factor")
    stated = pl.when(by_statement & ~pl.col("is_off_scale")).then(
        pl.col("raw_fraction") * reported_factor * pl.col("dna_correction")
    )
    by_cq = pl.when(is_dna & ~pl.col("is_dpcr")).then(
        pl.lit(10.0).pow(pl.col("cq_log10_fraction")) * pl.col("dna_correction")
    )
    target = pl.when("is_dpcr").then("dpcr_target").otherwise("sum_target")
    is_counted = ~by_statement & (pl.col("control_sum") > 0)
    counted = pl.when(is_counted & (pl.col("is_dpcr") | ~pl.col("has_cq_only"))).then(
        ratio(target, pl.col("control_sum")) * pl.col("use_factor")
    )
    without_number = by_statement & pl.col("operator").is_null() & number.is_null()
    rows = rows.with_columns(
        has_control.alias("has_control"),
        target.alias("target_sum"),
        pl.coalesce(stated, counted, pl.when(~by_statement | without_number).then(by_cq)).alias(
            "value"
        ),
        (stated.is_null() & counted.is_null() & by_cq.is_not_null()).alias("is_by_cq"),
    )
    return rows.with_columns(_reason(standards).alias("finding_reason"))


def _reason(standards: Standards) -> pl.Expr:
    """Return why a result has no level, or is not evaluable."""
    on_scale = pl.col("basis") == "RNA_RATIO_IS"
    is_detected = pl.col("finding") == "DETECTED"
    unit = pl.col("reported_unit").cast(pl.String)
    is_raw = ~pl.col("is_from_statement") | unit.is_in(["PCT", "FRACTION"]).fill_null(False)
    needs_factor = is_detected & on_scale & pl.col("use_factor").is_null() & is_raw
    far = standards.value_agreement_factor
    contradicted = (
        (pl.col("contradicted_min") * far <= pl.col("value"))
        | (pl.col("contradicted_max") >= pl.col("value") * far)
    ).fill_null(False) | (pl.col("is_dpcr") & pl.col("is_copies_contradicted"))
    return (
        pl.when(pl.col("why").is_not_null()).then("why")
        .when(needs_factor & pl.col("has_several_factors")).then(pl.lit("ASSAY_ROWS_DIFFER"))
        .when(needs_factor).then(pl.lit("NO_CONVERSION_FACTOR"))
        .when(is_detected & pl.col("is_off_scale")).then(pl.lit("NOT_ON_INTERNATIONAL_SCALE"))
        .when(is_detected & contradicted).then(pl.lit("VALUE_CONTRADICTS_COUNTS"))
    )  # fmt: skip


def _with_flags(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    is_mr = is_p210(standards)
    on_scale = pl.col("basis") == "RNA_RATIO_IS"
    is_kit = pl.col("is_reported").fill_null(False)
    unit = pl.col("reported_unit").cast(pl.String)
    by_statement = pl.col("is_from_statement")
    takes_factor = on_scale & ~is_kit & (~by_statement | ~unit.is_in(["PCT_IS", "MR"]).fill_null(False))  # fmt: skip
    said = pl.col("finding") != "NOT_EVALUABLE"
    is_relative = pl.col("is_relative") & said
    flags = {
        "factor_date_assumed": takes_factor & pl.col("is_date_assumed"),
        "kit_claim": by_statement & ~pl.col("has_control") & pl.col("claimed_lod_fraction").is_not_null() & said & (is_kit | is_mr),
        "reported_value_not_used": pl.col("has_unused_statement"),
        "detected_in_rejected_replicate": pl.col("is_rejected_positive"),
        "single_replicate_positive": pl.col("is_single_positive"),
        "too_few_replicates": pl.col("is_too_few"),
        "ntc_not_clean": pl.col("has_dirty_ntc"),
        "assay_row_not_in_force": ~pl.col("is_in_force"),
        "above_linear_range": on_scale & (pl.col("estimate_fraction") > standards.linear_max_fraction * (1 + RTOL)),
        "transcript_assumed": is_mr & pl.col("transcript").is_null(),
        "claim_below_poisson_floor": pl.col("is_claim_below_floor") & said,
        "heterozygous_assumed": (pl.col("basis") == "VAF") & (pl.col("finding") == "DETECTED"),
        "dna_corrected": pl.col("is_dna_corrected") & said,
        "relative_to_diagnosis": is_relative,
        "copies_from_curve": pl.col("is_from_curve") | pl.col("is_by_cq"),
        "curve_not_acceptable": pl.col("is_curve_bad") | (pl.col("is_by_cq") & pl.col("is_fraction_bad")),
        "merged_row_left_out": pl.col("has_merged_row"),
        "trace_events": pl.col("is_trace"),
    }  # fmt: skip
    return rows.with_columns(
        pl.when(on_scale).then("use_factor").alias("conversion_factor"),
        flag_bits(flags).alias("flag_bits"),
        # a sample may hold more of the clone than the diagnostic sample, up to its blasts' inverse
        pl.when(is_relative).then(ratio(1, pl.col("diagnostic_blasts"))).alias("most_fraction"),
        ratio(pl.max_horizontal("positive", "control_positive"), pl.col("partitions")).alias("occupancy_fraction"),
        pl.when("is_dpcr").then(pl.lit("NUCLEATED_CELLS"))
        .when(pl.col("diagnostic_blasts").is_not_null() & is_relative).then(pl.lit("DIAGNOSTIC_BLASTS"))
        .when(~is_relative).then(pl.lit("NUCLEATED_CELLS"))
        .alias("dna_kind"),
        pl.when(by_statement).then(pl.col("n_stated").cast(pl.Int64)).otherwise("n_evaluable").alias("n_evaluable"),
    ).with_columns(
        pl.when(pl.col("basis") == "GDNA_CELLS").then("dna_kind")
        .when((pl.col("basis") == "VAF") & (pl.col("finding") == "DETECTED")).then(pl.lit("VAF_ESTIMATE")).alias("rdf_kind"),
        pl.when(pl.col("dna_kind") == "DIAGNOSTIC_BLASTS").then("diagnostic_blasts").otherwise(1.0).alias("rdf_factor"),
    )  # fmt: skip
