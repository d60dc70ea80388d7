"""What a PCR assay saw: any replicate for BCR::ABL1, two of three for the RNA markers of AML."""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.pcr_rows import RNA, is_p210


def _say(finding: str, why: str | pl.Expr | None = None) -> pl.Expr:
    reason = why if isinstance(why, pl.Expr) else pl.lit(why, dtype=pl.String)
    return pl.struct(finding=pl.lit(finding), why=reason)


def with_finding(pooled: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Decide the finding of each pooled result.

    Args:
        pooled: as `transforms.normalise.pcr_replicates.pool_replicates` gives them.
        standards: scoring standards.

    Returns:
        The rows with `finding`, `why` (reason code or null), `is_from_statement`, and what flags
        need: `is_single_positive`, `is_too_few`, `is_rejected_positive`, `has_unused_statement`.
    """
    is_mr = is_p210(standards)
    # the rule is one of RNA; a clone in one well of DNA is a clone
    several = pl.col("marker").is_in(standards.two_positive_markers) & pl.col("basis").is_in(RNA)
    n, positive, needed = pl.col("n_evaluable"), pl.col("n_positive"), standards.min_positive
    some = several & (positive > 0) & (positive < needed)
    split, single = some & (n == needed), some & (n > needed)
    few = several & (n > 0) & (n < needed)
    none_counts = n == 0
    rejected = pl.col("n_rejected_positive") > 0
    has_cq_level = pl.col("cq_log10_fraction").is_not_null()
    without_copies = pl.col("has_cq_only") | ~pl.col("has_all_copies")
    no_level = pl.when(without_copies & ~has_cq_level).then(pl.lit("NO_COPIES"))
    says_else = pl.col("has_positive_beside")
    by_replicate = (
        pl.when(~pl.col("has_valid_run")).then(_say("NOT_EVALUABLE", "RUN_INVALID"))
        .when(none_counts & is_mr & ~pl.col("has_control_copies")).then(_say("NOT_EVALUABLE", "NO_COPIES"))
        .when(none_counts).then(_say("NOT_EVALUABLE", "NO_EVALUABLE_REPLICATE"))
        .when(split).then(_say("DETECTED", "SPLIT_REPLICATES"))
        .when(single & rejected).then(_say("DETECTED", "DETECTED_IN_REJECTED_REPLICATE"))
        .when(single).then(_say("NOT_DETECTED"))
        .when(positive > 0).then(_say("DETECTED", no_level))
        .when(rejected).then(_say("DETECTED", "DETECTED_IN_REJECTED_REPLICATE"))
        .when(says_else).then(_say("DETECTED", "VALUE_CONTRADICTS_COUNTS"))
        .when(few).then(_say("NOT_DETECTED", "TOO_FEW_REPLICATES"))
        .otherwise(_say("NOT_DETECTED"))
    )  # fmt: skip
    counted = pl.when("is_dpcr").then(_by_partitions(standards)).otherwise(by_replicate)
    bad_control = is_mr & pl.col("has_stated_control") & ~pl.col("has_good_stated_control")
    stated = (
        pl.when(~pl.col("has_valid_run")).then(_say("NOT_EVALUABLE", "RUN_INVALID"))
        .when(pl.col("n_stated") == 0).then(_say("NOT_EVALUABLE", "REPORTED_INVALID"))
        .when(bad_control).then(_say("NOT_EVALUABLE", "NO_EVALUABLE_REPLICATE"))
        .when("all_say_no").then(_say("NOT_DETECTED"))
        .when("any_says_no").then(_say("DETECTED", "SPLIT_REPLICATES"))
        .when(pl.col("n_statements") > 1).then(_say("DETECTED", "REPORTED_REPLICATES_DIFFER"))
        .otherwise(_say("DETECTED"))
    )  # fmt: skip
    rows = pooled.with_columns(counted.alias("counted"), stated.alias("stated"))
    by_count = pl.col("counted").struct.field("finding")
    # copies are the evidence; a bare statement decides only where no copies do
    from_statement = ~pl.col("has_counted") | (
        (by_count == "NOT_EVALUABLE") & (pl.col("n_stated") > 0)
    )
    both = pl.col("has_counted") & (pl.col("n_stated") > 0) & ~from_statement
    disagree = both & (
        ((by_count == "NOT_DETECTED") & ~pl.col("all_say_no"))
        | ((by_count == "DETECTED") & pl.col("any_says_no"))
    )
    # what was seen but cannot be counted is not overruled by a bare no
    no_beside = from_statement & pl.col("any_says_no")
    few_control = pl.col("is_dpcr") & _has_few_control(standards) & _enough()
    chosen = (
        pl.when(pl.col("modality") != "PCR").then(_say("NOT_EVALUABLE", "MODALITY_MISMATCH"))
        .when(no_beside & pl.col("is_saturated")).then(_say("DETECTED", "SATURATED"))
        .when(no_beside & (rejected | few_control)).then(_say("DETECTED", "DETECTED_IN_REJECTED_REPLICATE"))
        .when(disagree).then(_say("DETECTED", "SPLIT_REPLICATES"))
        .when(from_statement).then("stated")
        .otherwise("counted")
    )  # fmt: skip
    says_positive = (pl.col("reported_call") != "NOT_DETECTED").fill_null(True)
    rows = rows.with_columns(
        chosen.alias("chosen"),
        from_statement.alias("is_from_statement"),
        single.alias("is_single_positive"),
        few.alias("is_too_few"),
        (rejected | (bad_control & says_positive & from_statement) | few_control).alias(
            "is_rejected_positive"
        ),
        (both | pl.col("beside_fraction").is_not_null()).alias("has_unused_statement"),
    ).unnest("chosen")
    mixed = (
        pl.col("has_mixed_rows") & (pl.col("finding") != "NOT_EVALUABLE") & pl.col("why").is_null()
    )
    return rows.with_columns(
        pl.when(mixed).then(pl.lit("ASSAY_ROWS_DIFFER")).otherwise("why").alias("why")
    )


def _enough() -> pl.Expr:
    return (pl.col("positive") >= pl.col("decision_count")).fill_null(False)


def _has_few_control(standards: Standards) -> pl.Expr:
    return (is_p210(standards) & (pl.col("dpcr_denominator") < pl.col("minimum"))).fill_null(False)


def _by_partitions(standards: Standards) -> pl.Expr:
    """Return finding and reason of pooled wells."""
    unknown = pl.col("dpcr_denominator").is_null()
    no_control = (pl.col("control_by_partitions") == 0).fill_null(False)
    is_split = (_enough() & pl.col("has_negative_beside")) | (
        ~_enough() & pl.col("has_positive_beside")
    )
    full = pl.col("is_control_saturated")
    return (
        pl.when(~pl.col("has_valid_run")).then(_say("NOT_EVALUABLE", "RUN_INVALID"))
        .when(pl.col("is_saturated")).then(_say("NOT_EVALUABLE", "SATURATED"))
        .when(_has_few_control(standards)).then(_say("NOT_EVALUABLE", "NO_EVALUABLE_REPLICATE"))
        .when(is_split).then(_say("DETECTED", "SPLIT_REPLICATES"))
        .when(_enough() & unknown & full).then(_say("DETECTED", "SATURATED"))
        .when(_enough() & unknown).then(_say("DETECTED", "NO_COPIES"))
        .when(_enough()).then(_say("DETECTED"))
        .when(unknown & full).then(_say("NOT_EVALUABLE", "SATURATED"))
        .when(unknown & (no_control | ~(pl.col("basis") == "GDNA_CELLS"))).then(_say("NOT_EVALUABLE", "NO_COPIES"))
        .otherwise(_say("NOT_DETECTED"))
    )  # fmt: skip
