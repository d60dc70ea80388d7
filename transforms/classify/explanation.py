"""One sentence with the numbers for each status, in words that a reader of a report knows."""

from collections.abc import Mapping

import polars as pl

from transforms.worded import worded

REASON_WORDS = {
    "NOT_DETECTED_ADEQUATE": "nothing was detected and the sample could have shown it",
    "DETECTED_BELOW_THRESHOLD": "detected, below the rule set's threshold",
    "DETECTED_AT_OR_ABOVE_THRESHOLD": "detected, at or above the rule set's threshold",
    "DETECTED_STRADDLES_THRESHOLD": "detected, and the value could lie on either side of the threshold",
    "DETECTED_WITHOUT_LEVEL": "detected, but no number says how much",
    "DETECTED_IN_REJECTED_REPLICATE": "only a replicate with too few control copies was positive; repeat the test",
    "LOD_NOT_REACHED": "nothing was detected, but the sample could not have shown what the rule set requires",
    "LOD_UNKNOWN": "nothing was detected, but nothing says how deep the sample could have seen",
    "HAEMODILUTE": "the marrow sample is mostly peripheral blood, so what is low or not seen in it proves nothing",
    "NO_CONVERSION_FACTOR": "detected, but no conversion factor is in force on its date, so it has no level",
    "NOT_ON_INTERNATIONAL_SCALE": "detected, but the value is not on the International Scale",
    "SPLIT_REPLICATES": "replicates disagree on whether anything was detected; repeat the test",
    "ASSAY_ROWS_DIFFER": "the replicates fall under assay rows with other control genes, bases or factors, and cannot be added up",
    "REPORTED_REPLICATES_DIFFER": "several values were reported and none is preferred",
    "TRANSCRIPT_UNKNOWN": "nothing was detected, but the patient's transcript is not known",
    "TRANSCRIPT_NOT_COVERED": "the assay cannot see this patient's transcript",
    "TRANSCRIPT_CONTRADICTED": "detected by an assay that should not see this patient's transcript; check the sample",
    "CONTROL_GENE_NOT_DEFINED": "the scoring standard has no minimum for this control gene",
    "MARKER_EXCLUDED": "the rule set does not count such a marker (germline, clonal haematopoiesis, or not known from diagnosis)",
    "INVESTIGATIONAL": "a variant of clonal haematopoiesis after transplantation: it may mean something, and no rule says what",
    "NO_BASELINE": "detected, and the rule set asks for the reduction from diagnosis, which is not known",
    "TIMEPOINT_MISSING": "the rule set's classes depend on the time point, and none is given",
    "TIMEPOINT_NOT_IN_RULESET": "the rule set says nothing about this time point",
    "MINIMUM_NOT_REACHED": "the sample misses a minimum that the rule set asks of a negative",
    "MINIMUM_UNKNOWN": "nothing was detected, but the control copies that the rule set asks for are not given",
    "MARKER_NOT_IN_RULESET": "the rule set says nothing about this marker on this axis",
    "TISSUE_NOT_IN_RULESET": "the rule set says nothing about this tissue",
    "RUN_INVALID": "the run was invalid",
    "REPORTED_INVALID": "the kit or laboratory called the test invalid",
    "NO_EVALUABLE_REPLICATE": "no replicate has the control copies that the scoring standard asks for",
    "NO_COPIES": "neither copies of target and control nor the amount of DNA are given",
    "NO_DENOMINATOR": "the denominator is 0",
    "DENOMINATOR_MISMATCH": "the denominator is not the one of the assay",
    "MODALITY_MISMATCH": "the measurement names an assay of another modality",
    "NO_ERROR_MODEL": "molecules with the marker were seen, but no error rate says how many are noise",
    "TOO_FEW_EVENTS": "so few events, molecules or copies could have shown nothing",
    "TOO_FEW_REPLICATES": "nothing was detected, but fewer replicates could be evaluated than a call needs",
    "NOT_TRACKED": "the marker was not known from diagnosis, so its absence says nothing",
    "SATURATED": "almost all partitions are positive, so their number says nothing; repeat the test diluted",
    "FRACTION_ABOVE_1": "detected, but a fraction of cells or molecules cannot be above 1",
    "VALUE_CONTRADICTS_COUNTS": "the reported value and the counts beside it contradict each other",
}
"""What each reason means, in words; `docs/tables.md` prints them."""


def reason_words(reason: str, low_level_depth: str | None) -> str:
    """Return a reason in words; where levels decide, their class is ours and is said to be.

    Args:
        reason: reason code.
        low_level_depth: depth of the rule set's low class where levels decide, else None.
    """
    if low_level_depth and reason == "DETECTED_AT_OR_ABOVE_THRESHOLD":
        return f"detected above {low_level_depth} (a class of this program, no guideline's)"
    if low_level_depth and reason == "DETECTED_BELOW_THRESHOLD":
        return f"detected at {low_level_depth} or deeper (a class of this program, no guideline's)"
    return REASON_WORDS[reason]


def number(value: pl.Expr) -> pl.Expr:
    """Return a number with four significant digits, the way a report writes it."""
    return value.round_sig_figs(4).cast(pl.String).str.replace(r"\.0$", "")


def _amount(column: str) -> pl.Expr:
    ratio = pl.col("basis").cast(pl.String).str.starts_with("RNA")
    unit = pl.when(pl.col("basis") == "RNA_RATIO_IS").then(pl.lit(" % IS")).otherwise(pl.lit(" %"))
    return (
        pl.when(ratio).then(number(pl.col(column) * 100) + unit).otherwise(number(pl.col(column)))
    )


def explanation(low_level_depths: Mapping[str, str | None]) -> pl.Expr:
    """Return the sentence of rows with result, verdict, depth and required LOD.

    Args:
        low_level_depths: by rule set, the depth of its low class where levels decide.
    """
    by_copies = (pl.col("basis").cast(pl.String).str.starts_with("RNA")) & pl.col(
        "denominator"
    ).is_not_null()
    gene = pl.col("control_gene").cast(pl.String).fill_null("control")
    counted = (
        pl.when(by_copies & (pl.col("finding") != "DETECTED"))
        .then(worded(" in {} {} copies", number(pl.col("denominator")), gene))
        .when(pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null())
        .then(worded(" ({} of {})", number(pl.col("numerator")), number(pl.col("denominator"))))
        .when(pl.col("denominator").is_not_null())
        .then(worded(" (control copies {})", number(pl.col("denominator"))))
        .otherwise(pl.lit(""))
    )
    rejected = (
        pl.when(
            pl.col("flags").list.contains("detected_in_rejected_replicate")
            & (pl.col("finding") == "NOT_EVALUABLE")
        )
        .then(pl.lit(", though a replicate with too few control copies was positive"))
        .otherwise(pl.lit(""))
    )
    seen = (
        pl.when(pl.col("finding") == "NOT_EVALUABLE").then(pl.lit("not evaluable"))
        .when(pl.col("level_fraction").is_not_null()).then(worded("detected at {}", _amount("level_fraction")))
        .when((pl.col("finding") == "DETECTED") & (pl.col("censor") == "RIGHT")).then(pl.lit("detected above the measuring range"))
        .when((pl.col("finding") == "DETECTED") & pl.col("upper_fraction").is_not_null()).then(worded("detected below {}", _amount("upper_fraction")))
        .when(pl.col("finding") == "DETECTED").then(pl.lit("detected"))
        .when(by_copies).then(pl.lit("not detected"))
        .when(pl.col("lod_fraction").is_not_null()).then(worded("not detected, limit {}", _amount("lod_fraction")))
        .otherwise(pl.lit("not detected"))
    )  # fmt: skip
    absent = (
        pl.when(pl.col("flags").list.contains("absent_from_complete_list"))
        .then(pl.lit(", absent from a complete list"))
        .otherwise(pl.lit(""))
    )
    required = (
        pl.when(pl.col("required_lod_fraction").is_not_null())
        .then(worded(", threshold {}", number(pl.col("required_lod_fraction"))))
        .otherwise(pl.lit(""))
    )
    depth = (
        pl.when(pl.col("depth").is_not_null())
        .then(worded("; proves {}", pl.col("depth").cast(pl.String)))
        .otherwise(pl.lit(""))
    )
    words = pl.col("reason").cast(pl.String).replace_strict(REASON_WORDS)
    for ruleset, depth_of_low in low_level_depths.items():
        own = {r: reason_words(r, depth_of_low) for r in REASON_WORDS}
        applies = pl.col("ruleset") == ruleset
        words = (
            pl.when(applies)
            .then(pl.col("reason").cast(pl.String).replace_strict(own))
            .otherwise(words)
        )
    return worded(
        "{} {}{}{}{}{}{}: {} ({}, {}).",
        pl.col("marker"), seen, counted, absent, rejected, required, depth, words, pl.col("status"), pl.col("ruleset"),
    )  # fmt: skip
