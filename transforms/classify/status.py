"""Status of each result by the active rule set of its disease.

A verdict is a status and a reason; the rule that decided is named by the rule set and the reason.
"""

import polars as pl

from schemas.tables import TABLES
from transforms.classify.depth import NOT_P210, at_most, below, depth_of
from transforms.classify.explanation import explanation
from transforms.guidelines.rules import Rules, RuleSet
from transforms.guidelines.standards import Standards
from transforms.tolerance import RTOL

_SCHEMA = TABLES["mrd_status"].polars_schema
_DEPTHS = [str(c) for c in _SCHEMA["depth"].categories]  # type: ignore[attr-defined]


def _say(status: str, reason: str | pl.Expr) -> pl.Expr:
    why = pl.lit(reason) if isinstance(reason, str) else reason.cast(pl.String)
    return pl.struct(status=pl.lit(status), reason=why)


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
        pl.when(~pl.col("marker").is_in(rules.markers)).then(_say("NO_CATEGORY", "MARKER_NOT_IN_RULESET"))
        .when(pl.col("finding") == "NOT_EVALUABLE").then(_say("NOT_EVALUABLE", pl.col("finding_reason")))
        .when(pl.col("denominator").is_not_null() & ~known_gene).then(_say("NO_CATEGORY", "CONTROL_GENE_NOT_DEFINED"))
        .when(transcript.is_in(NOT_P210) & _UNSEEN).then(_say("NOT_EVALUABLE", "TRANSCRIPT_NOT_COVERED"))
        .when(transcript.is_in(NOT_P210)).then(_say("INDETERMINATE", "TRANSCRIPT_CONTRADICTED"))
        .when(_UNSEEN & (transcript == "unknown")).then(_say("INDETERMINATE", "TRANSCRIPT_UNKNOWN"))
        .when(_BLOCKED).then(_say("INDETERMINATE", pl.col("finding_reason")))
        .when(_SEEN & (pl.col("basis") != "RNA_RATIO_IS")).then(_say("INDETERMINATE", "NOT_ON_INTERNATIONAL_SCALE"))
        .when(_UNSEEN & deep).then(_say("NEGATIVE", "NOT_DETECTED_ADEQUATE"))
        .when(_UNSEEN & pl.col("denominator").is_null() & pl.col("claimed_lod_fraction").is_null()).then(_say("INDETERMINATE", "LOD_UNKNOWN"))
        .when(_UNSEEN).then(_say("INDETERMINATE", "LOD_NOT_REACHED"))
        .when(deep).then(_say("LOW_LEVEL", "DETECTED_BELOW_THRESHOLD"))
        .when(pl.col("censor") == "RIGHT").then(_say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD"))
        .when(bounded).then(_say("INDETERMINATE", "DETECTED_STRADDLES_THRESHOLD"))
        .when(pl.col("estimate_fraction").is_null()).then(_say("INDETERMINATE", "DETECTED_WITHOUT_LEVEL"))
        .otherwise(_say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD"))
    )  # fmt: skip


def _by_cell_threshold(rules: RuleSet) -> pl.Expr:
    """Statuses where one threshold on a cell axis decides (myeloma, CLL)."""
    if rules.threshold is None or rules.below_threshold is None:
        raise AssertionError(f"{rules.id} has no threshold")
    threshold = rules.threshold.value
    lod, upper = pl.col("lod_fraction"), pl.col("upper_fraction")
    unlimited = lod.is_null() & pl.col("loq_fraction").is_null() & (pl.col("modality") != "PCR")
    diluted = pl.col("flags").list.contains("haemodilute")
    # mostly blood: what is below the threshold here may be above it in marrow
    under = (
        pl.when(diluted).then(_say("INDETERMINATE", "HAEMODILUTE"))
        .otherwise(_say(rules.below_threshold, "DETECTED_BELOW_THRESHOLD"))
    )  # fmt: skip
    over = _say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD")
    # a range from the laboratory starts at about its sensitivity, so only one above the threshold is
    range_is_over = (
        pl.col("ci_low_fraction").is_null()
        & (pl.col("censor") == "INTERVAL")
        & ~at_most(lod, threshold)
    )
    is_over = range_is_over | (pl.col("ci_low_fraction") >= threshold * (1 - RTOL))
    return (
        pl.when(~pl.col("basis").is_in(rules.bases)).then(_say("NO_CATEGORY", "MARKER_NOT_IN_RULESET"))
        .when(~pl.col("tissue").is_in(rules.tissues)).then(_say("NO_CATEGORY", "TISSUE_NOT_IN_RULESET"))
        .when(pl.col("finding") == "NOT_EVALUABLE").then(_say("NOT_EVALUABLE", pl.col("finding_reason")))
        .when(_BLOCKED).then(_say("INDETERMINATE", pl.col("finding_reason")))
        .when(_UNSEEN & diluted).then(_say("INDETERMINATE", "HAEMODILUTE"))
        .when(_UNSEEN & lod.is_null()).then(_say("INDETERMINATE", "LOD_UNKNOWN"))
        .when(_UNSEEN & at_most(lod, threshold)).then(_say("NEGATIVE", "NOT_DETECTED_ADEQUATE"))
        .when(_UNSEEN).then(_say("INDETERMINATE", "LOD_NOT_REACHED"))
        .when(pl.col("censor") == "RIGHT").then(over)
        .when(pl.col("is_quantifiable") & below(pl.col("level_fraction"), threshold) & unlimited).then(_say("INDETERMINATE", "LOD_UNKNOWN"))
        .when(pl.col("is_quantifiable") & below(pl.col("level_fraction"), threshold)).then(under)
        .when(pl.col("is_quantifiable")).then(over)
        .when(at_most(upper, threshold) | below(pl.col("ci_high_fraction"), threshold)).then(under)
        .when(is_over.fill_null(False)).then(over)
        .when(upper.is_null() & pl.col("ci_high_fraction").is_null()).then(_say("INDETERMINATE", "DETECTED_WITHOUT_LEVEL"))
        .otherwise(_say("INDETERMINATE", "DETECTED_STRADDLES_THRESHOLD"))
    )  # fmt: skip


def mrd_status(results: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return the status of each result.

    Args:
        results: as `transforms.normalise.results.assay_results` gives them.
        rules: standards and active rule sets.

    Returns:
        The columns of `mrd_status`; those of the course are null. Not sorted.
    """
    rows = results.with_columns(depth_of(rules.standards).alias("depth"))
    verdict = _say("NO_CATEGORY", "RULESET_NOT_AVAILABLE")
    required = pl.lit(None, dtype=pl.Float64)
    for disease, active in rules.active.items():
        ruleset = rules.rulesets.get(active)
        if ruleset is None:
            continue
        is_disease = pl.col("disease") == disease
        if ruleset.kind == "mr_levels":
            applied = _by_mr_levels(ruleset, rules.standards)
        else:
            applied = _by_cell_threshold(ruleset)
            required = (
                pl.when(is_disease & pl.col("basis").is_in(ruleset.bases))
                .then(pl.lit(ruleset.threshold.value if ruleset.threshold else None))
                .otherwise(required)
            )
        verdict = pl.when(is_disease).then(applied).otherwise(verdict)
    low_depths = {r.id: r.low_level_depth for r in rules.rulesets.values() if r.low_level_depth}
    ruleset_id = pl.col("disease").cast(pl.String).replace_strict(dict(rules.active))
    rows = rows.with_columns(
        verdict.alias("verdict"),
        required.alias("required_lod_fraction"),
        ruleset_id.alias("ruleset"),
    ).unnest("verdict")
    rows = rows.with_columns(
        pl.format(
            "{}/{}",
            "ruleset",
            pl.col("reason").str.to_lowercase().str.replace_all("_", "-", literal=True),
        ).alias("rule_id"),
        pl.when(
            pl.col("required_lod_fraction").is_not_null() & pl.col("lod_fraction").is_not_null()
        )
        .then(at_most(pl.col("lod_fraction"), pl.col("required_lod_fraction")))
        .alias("is_sensitivity_adequate"),
    ).with_columns(explanation(low_depths).alias("explanation"))
    return rows.select(
        (pl.col(c) if c in rows.columns else pl.lit(None).alias(c)).cast(t)
        for c, t in _SCHEMA.items()
    )
