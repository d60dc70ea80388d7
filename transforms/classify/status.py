"""Status of each result by the active rule set of its disease.

A verdict is a status and a reason; the rule that decided is named by the rule set and the reason.
"""

import polars as pl

from schemas.tables import TABLES
from transforms.classify.classes import (
    VERDICT,
    by_classes,
    class_index,
    has_enough_copies,
    is_at_threshold,
    is_low_confidence,
    of_class,
    say,
)
from transforms.classify.depth import NOT_P210, at_most, depth_of
from transforms.classify.explanation import explanation
from transforms.classify.side_by_side import side_by_side
from transforms.guidelines.rules import Rules, RuleSet
from transforms.guidelines.standards import Standards

_SCHEMA = TABLES["mrd_status"].polars_schema
_DEPTHS = [str(c) for c in _SCHEMA["depth"].categories]  # type: ignore[attr-defined]


def depth_rank(column: str) -> pl.Expr:
    """Return the position of a depth in its vocabulary: deeper is larger on one axis."""
    return (
        pl.col(column)
        .cast(pl.String)
        .replace_strict({d: i for i, d in enumerate(_DEPTHS)}, default=None, return_dtype=pl.Int32)
    )


_SEEN = pl.col("finding") == "DETECTED"
_UNSEEN = pl.col("finding") == "NOT_DETECTED"
_BLOCKED = (pl.col("finding") != "NOT_EVALUABLE") & pl.col("finding_reason").is_not_null()


def _by_mr_levels(rules: RuleSet, standards: Standards) -> pl.Expr:
    """Statuses where molecular response levels decide (CML)."""
    transcript = pl.col("transcript").cast(pl.String).fill_null("p210")
    known_gene = (
        pl.col("control_gene")
        .cast(pl.String)
        .is_in(list(standards.min_replicate_copies))
        .fill_null(False)
    )
    deep = (depth_rank("depth") >= _DEPTHS.index(str(rules.low_level_depth))).fill_null(False)
    bounded = pl.col("estimate_fraction").is_null() & pl.col("upper_fraction").is_not_null()
    return (
        pl.when(~pl.col("marker").is_in(rules.markers)).then(say("NO_CATEGORY", "MARKER_NOT_IN_RULESET"))
        .when(pl.col("finding") == "NOT_EVALUABLE").then(say("NOT_EVALUABLE", pl.col("finding_reason")))
        .when(pl.col("denominator").is_not_null() & ~known_gene).then(say("NO_CATEGORY", "CONTROL_GENE_NOT_DEFINED"))
        .when(transcript.is_in(NOT_P210) & _UNSEEN).then(say("NOT_EVALUABLE", "TRANSCRIPT_NOT_COVERED"))
        .when(transcript.is_in(NOT_P210)).then(say("INDETERMINATE", "TRANSCRIPT_CONTRADICTED"))
        .when(_UNSEEN & (transcript == "unknown")).then(say("INDETERMINATE", "TRANSCRIPT_UNKNOWN"))
        .when(_BLOCKED).then(say("INDETERMINATE", pl.col("finding_reason")))
        .when(_SEEN & (pl.col("basis") != "RNA_RATIO_IS")).then(say("INDETERMINATE", "NOT_ON_INTERNATIONAL_SCALE"))
        .when(_UNSEEN & deep).then(say("NEGATIVE", "NOT_DETECTED_ADEQUATE"))
        .when(_UNSEEN & pl.col("denominator").is_null() & pl.col("claimed_lod_fraction").is_null()).then(say("INDETERMINATE", "LOD_UNKNOWN"))
        .when(_UNSEEN).then(say("INDETERMINATE", "LOD_NOT_REACHED"))
        .when(deep).then(say("LOW_LEVEL", "DETECTED_BELOW_THRESHOLD"))
        .when(pl.col("censor") == "RIGHT").then(say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD"))
        .when(bounded).then(say("INDETERMINATE", "DETECTED_STRADDLES_THRESHOLD"))
        .when(pl.col("estimate_fraction").is_null()).then(say("INDETERMINATE", "DETECTED_WITHOUT_LEVEL"))
        .otherwise(say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD"))
    )  # fmt: skip


def judged(results: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Add status, depth and what decided them to results.

    Args:
        results: as `transforms.classify.course.with_course` gives them.
        rules: standards and active rule sets.

    Returns:
        The rows with the columns of `mrd_status` that do not depend on other rows, and `class_index`,
        `is_at_threshold`, `no_confirmation_from`. Not sorted.
    """
    rows = results.with_columns(depth_of(rules.standards).alias("depth"))
    verdict = pl.lit(None, dtype=pl.Struct(VERDICT))
    index, name = pl.lit(None, dtype=pl.Int32), pl.lit(None, dtype=pl.String)
    required, enough = pl.lit(None, dtype=pl.Float64), pl.lit(None, dtype=pl.Boolean)
    alone = pl.lit(None, dtype=pl.Float64)
    low_confidence, at_threshold = pl.lit(False), pl.lit(False)
    for disease in rules.active:
        ruleset = rules.of(disease)
        is_disease = pl.col("disease") == disease
        if ruleset.kind == "mr_levels":
            applied = _by_mr_levels(ruleset, rules.standards)
        else:
            applied = by_classes(ruleset)
            names = {i: row.id for i, row in enumerate(ruleset.classes)}
            own = pl.col("class_index")
            index = pl.when(is_disease).then(class_index(ruleset)).otherwise(index)
            named = own.replace_strict(names, default=None, return_dtype=pl.String)
            name = pl.when(is_disease).then(named).otherwise(name)
            lod = pl.coalesce(
                of_class(ruleset, own, "required_lod"), of_class(ruleset, own, "positive_from")
            )
            required = pl.when(is_disease).then(lod).otherwise(required)
            enough = pl.when(is_disease).then(has_enough_copies(ruleset)).otherwise(enough)
            low_confidence = (
                pl.when(is_disease).then(is_low_confidence(ruleset)).otherwise(low_confidence)
            )
            at_threshold = (
                pl.when(is_disease).then(is_at_threshold(ruleset)).otherwise(at_threshold)
            )
            alone = (
                pl.when(is_disease)
                .then(of_class(ruleset, own, "no_confirmation_from"))
                .otherwise(alone)
            )
        verdict = pl.when(is_disease).then(applied).otherwise(verdict)
    low_depths = {r.id: r.low_level_depth for r in rules.rulesets.values() if r.low_level_depth}
    ruleset_id = pl.col("disease").cast(pl.String).replace_strict(dict(rules.active))
    rows = rows.with_columns(index.alias("class_index"))
    rows = rows.with_columns(
        verdict.alias("verdict"),
        required.alias("required_lod_fraction"),
        ruleset_id.alias("ruleset"),
        name.alias("class_name"),
        at_threshold.alias("is_at_threshold"),
        alone.alias("no_confirmation_from"),
    ).unnest("verdict")
    why = pl.col("reason").str.to_lowercase().str.replace_all("_", "-", literal=True)
    # adequacy goes by control copies where the guideline does
    by_limit = pl.when(
        pl.col("required_lod_fraction").is_not_null() & pl.col("lod_fraction").is_not_null()
    ).then(at_most(pl.col("lod_fraction"), pl.col("required_lod_fraction")))
    return rows.with_columns(
        pl.concat_str("ruleset", "class_name", why, separator="/", ignore_nulls=True).alias("rule_id"),
        low_confidence.alias("is_low_confidence"),
        pl.coalesce(enough, by_limit).alias("is_sensitivity_adequate"),
        *side_by_side(rules),
    ).with_columns(explanation(low_depths).alias("explanation"))  # fmt: skip


def mrd_status(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of `mrd_status` of judged rows with their `days_at_depth`."""
    return rows.select(pl.col(c).cast(t) for c, t in _SCHEMA.items())
