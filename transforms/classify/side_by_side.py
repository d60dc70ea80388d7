"""A result held against thresholds beside the rule set's own: two columns of trials in myeloma.

Below the threshold counts as negative at it, whether something was seen or not; the finding, which
says that, stands beside it (lymphoid domain file §3).
"""

import polars as pl

from transforms.classify.classes import over_threshold, under_threshold
from transforms.classify.depth import at_most
from transforms.guidelines.rules import Rules

COLUMNS = ("status_at_1e_5", "status_at_1e_6")


def side_by_side(rules: Rules) -> list[pl.Expr]:
    """Return the columns `status_at_…` of rows with `ruleset` and `class_index`; null elsewhere."""
    named = {
        column: [
            (ruleset.id, beside.threshold.value)
            for ruleset in rules.rulesets.values()
            for beside in ruleset.course.side_by_side
            if beside.column == column
        ]
        for column in COLUMNS
    }
    return [_column(column, thresholds) for column, thresholds in named.items()]


def _column(name: str, thresholds: list[tuple[str, float]]) -> pl.Expr:
    column = pl.lit(None, dtype=pl.String)
    for ruleset, threshold in thresholds:
        applies = (pl.col("ruleset") == ruleset) & pl.col("class_index").is_not_null()
        column = pl.when(applies).then(_status_at(threshold)).otherwise(column)
    return column.alias(name)


def _status_at(threshold: float) -> pl.Expr:
    bound = pl.lit(threshold)
    is_seen = pl.col("finding") == "DETECTED"
    is_doubtful = pl.col("finding_reason").is_not_null() & (pl.col("finding") != "NOT_EVALUABLE")
    limits = pl.col("lod_fraction").is_null() & pl.col("loq_fraction").is_null()
    is_unlimited = limits & (pl.col("modality") != "PCR")
    is_below = pl.when(is_seen).then(under_threshold(bound)).otherwise(
        at_most(pl.col("lod_fraction"), bound)
    )  # fmt: skip
    is_weak = pl.col("flags").list.contains("haemodilute") | is_unlimited
    return (
        pl.when(pl.col("finding") == "NOT_EVALUABLE").then(pl.lit("NOT_EVALUABLE"))
        .when(is_doubtful).then(pl.lit("INDETERMINATE"))
        .when(is_seen & over_threshold(bound)).then(pl.lit("POSITIVE"))
        .when(is_below & ~is_weak).then(pl.lit("NEGATIVE"))
        .otherwise(pl.lit("INDETERMINATE"))
    )  # fmt: skip
