"""Statuses by the classes of a rule set: marker, tissue and time point choose a row, its numbers decide.

Half-open intervals: a class begins at its number and ends before the next. A missed minimum takes
away a negative, never a positive.
"""

import polars as pl

from transforms.classify.depth import at_most, below
from transforms.guidelines.rule_classes import RuleClass
from transforms.guidelines.rules import RuleSet
from transforms.ratio import ratio
from transforms.tolerance import RTOL

_SEEN = pl.col("finding") == "DETECTED"
_UNSEEN = pl.col("finding") == "NOT_DETECTED"
# something is there, though not how much: enough where any detection is positive
_WITHOUT_LEVEL = [
    "NO_COPIES", "NO_CONVERSION_FACTOR", "NOT_ON_INTERNATIONAL_SCALE", "FRACTION_ABOVE_1", "SATURATED",
    "REPORTED_REPLICATES_DIFFER", "ASSAY_ROWS_DIFFER",
]  # fmt: skip
_KEYS = {"modalities": "modality", "bases": "basis", "tissues": "tissue", "timepoints": "timepoint"}

VERDICT = {"status": pl.String, "reason": pl.String}


def say(status: str | pl.Expr, reason: str | pl.Expr) -> pl.Expr:
    """Return a verdict: status and reason."""
    both = [pl.lit(v) if isinstance(v, str) else v.cast(pl.String) for v in (status, reason)]
    return pl.struct(status=both[0], reason=both[1])


def _is_named(row: RuleClass, *without: str) -> pl.Expr:
    """Return whether a result is one that a class is for; keys in `without` are not asked."""
    parts = [pl.lit(True)]
    if row.markers:
        parts.append(pl.col("marker").is_in(row.markers))
    if row.except_markers:
        parts.append(~pl.col("marker").is_in(row.except_markers))
    for key, column in _KEYS.items():
        words: tuple[str, ...] = getattr(row, key)
        if words and key not in without:
            parts.append(pl.col(column).cast(pl.String).is_in(words).fill_null(False))
    if row.except_timepoints and "timepoints" not in without:
        excepted = pl.col("timepoint").cast(pl.String).is_in(row.except_timepoints)
        parts.append(~excepted.fill_null(False))
    return pl.all_horizontal(parts)


def class_index(rules: RuleSet) -> pl.Expr:
    """Return the index of the first class that a result fits, null where none does."""
    index = pl.lit(None, dtype=pl.Int32)
    for i, row in reversed(list(enumerate(rules.classes))):
        index = pl.when(_is_named(row)).then(pl.lit(i, dtype=pl.Int32)).otherwise(index)
    return index


def of_class(rules: RuleSet, index: pl.Expr, attribute: str) -> pl.Expr:
    """Return a number of the class of each result, null where it has none."""
    values = {
        i: number.value
        for i, row in enumerate(rules.classes)
        if (number := getattr(row, attribute)) is not None
    }
    if not values:
        return pl.lit(None, dtype=pl.Float64)
    return index.replace_strict(values, default=None, return_dtype=pl.Float64)


def by_classes(rules: RuleSet) -> pl.Expr:
    """Return the verdicts of a rule set of classes.

    Rows of `assay_results` with `class_index`, `viable_blasts`, `is_after_hct`, `log10_reduction` and
    `is_log10_reduction_bound`.
    """
    index = pl.col("class_index")
    high, low = (of_class(rules, index, a) for a in ("positive_from", "negative_below"))
    lod = pl.col("lod_fraction")
    # what could not have shown a positive is no negative, also where no LOD is named: but copies, where asked for, stand for it
    by_copies = index.is_in(asks_for_copies(rules)).fill_null(False)
    required = pl.coalesce(of_class(rules, index, "required_lod"), pl.when(~by_copies).then(high))
    reduced, not_reduced = _reduction(rules, index)
    by_reduction = of_class(rules, index, "min_log10_reduction").is_not_null()
    diluted = pl.col("flags").list.contains("haemodilute")
    missed = _misses_minimum(rules, index)
    unlimited = lod.is_null() & pl.col("loq_fraction").is_null() & (pl.col("modality") != "PCR")
    below_status = index.replace_strict(
        {i: row.below for i, row in enumerate(rules.classes)}, default=None, return_dtype=pl.String
    )
    is_negative_word = below_status == "NEGATIVE"
    blocked = pl.col("finding_reason").is_not_null() & (pl.col("finding") != "NOT_EVALUABLE")
    counts_anyway = _SEEN & high.is_null() & ~by_reduction & pl.col("finding_reason").cast(pl.String).is_in(_WITHOUT_LEVEL)  # fmt: skip
    over, under, deep = over_threshold(high), under_threshold(high), under_threshold(low)
    over_low = low.is_null() | over_threshold(low)

    def below_as(status: str) -> pl.Expr:
        return (
            pl.when(diluted).then(say("INDETERMINATE", "HAEMODILUTE"))
            .when(unlimited).then(say("INDETERMINATE", "LOD_UNKNOWN"))
            .otherwise(say(status, "DETECTED_BELOW_THRESHOLD"))
        )  # fmt: skip

    low_level = below_as("LOW_LEVEL")
    negative = pl.when(missed).then(say("NOT_EVALUABLE", "MINIMUM_NOT_REACHED")).otherwise(below_as("NEGATIVE"))  # fmt: skip
    has_number = pl.any_horizontal(
        pl.col("censor") == "RIGHT",
        pl.col("is_quantifiable"),
        _point().is_not_null(),
        pl.col("upper_fraction").is_not_null(),
        pl.col("ci_high_fraction").is_not_null(),
    )
    return (
        pl.when(_is_excluded(rules, is_still=True)).then(say("NO_CATEGORY", "MARKER_EXCLUDED"))
        .when(_is_excluded(rules, is_still=False)).then(say("NO_CATEGORY", "INVESTIGATIONAL"))
        .when(index.is_null()).then(say("NO_CATEGORY", _why_no_class(rules)))
        .when(pl.col("finding") == "NOT_EVALUABLE").then(say("NOT_EVALUABLE", pl.col("finding_reason")))
        .when(counts_anyway).then(say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD"))
        .when(blocked).then(say("INDETERMINATE", pl.col("finding_reason")))
        .when(_UNSEEN & missed).then(say("NOT_EVALUABLE", "MINIMUM_NOT_REACHED"))
        .when(_UNSEEN & diluted).then(say("INDETERMINATE", "HAEMODILUTE"))
        .when(_UNSEEN & _lacks_copies(rules, index)).then(say("INDETERMINATE", "MINIMUM_UNKNOWN"))
        .when(_UNSEEN & required.is_not_null() & lod.is_null()).then(say("INDETERMINATE", "LOD_UNKNOWN"))
        .when(_UNSEEN & required.is_not_null() & ~at_most(lod, required)).then(say("INDETERMINATE", "LOD_NOT_REACHED"))
        .when(_UNSEEN).then(say("NEGATIVE", "NOT_DETECTED_ADEQUATE"))
        .when(low.is_not_null() & deep).then(negative)
        .when(by_reduction & (over | high.is_null()) & not_reduced).then(say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD"))
        .when(by_reduction & reduced & over_low).then(low_level)
        .when(by_reduction & (over | high.is_null())).then(say("INDETERMINATE", "NO_BASELINE"))
        .when(high.is_null() | over).then(say("POSITIVE", "DETECTED_AT_OR_ABOVE_THRESHOLD"))
        .when(under & over_low & is_negative_word).then(negative)
        .when(under & over_low).then(low_level)
        .when(has_number).then(say("INDETERMINATE", "DETECTED_STRADDLES_THRESHOLD"))
        .otherwise(say("INDETERMINATE", "DETECTED_WITHOUT_LEVEL"))
    )  # fmt: skip


def _point() -> pl.Expr:
    """Return the number that is compared with a threshold, where there is one.

    On ratios and VAFs the published thresholds are for the number itself, also where only the
    sample's own limit lies above it; on cell axes a number below its limit is no number.
    """
    is_cell = pl.col("basis").cast(pl.String).is_in(["RNA_RATIO", "RNA_RATIO_IS", "VAF"]).not_()
    own_limit = (pl.col("loq_kind") == "LOD").fill_null(True) & ~is_cell
    estimate = pl.when(own_limit & ~pl.col("is_called_below")).then("estimate_fraction")
    return pl.coalesce(pl.when("is_quantifiable").then("level_fraction"), estimate)


def over_threshold(threshold: pl.Expr) -> pl.Expr:
    """Return whether a detection certainly lies at the threshold or above it."""
    point = _point()
    # "> x" is over the threshold only where x is; above the measuring range always
    is_above = (pl.col("censor") == "RIGHT") & (
        pl.col("value_fraction") >= threshold * (1 - RTOL)
    ).fill_null(True)
    # a range from the laboratory starts at about its sensitivity, so only one above the threshold is
    range_is_over = (
        pl.col("ci_low_fraction").is_null()
        & (pl.col("censor") == "INTERVAL")
        & (pl.col("lod_fraction") > threshold * (1 + RTOL))
    )
    at_least = pl.coalesce(point, "ci_low_fraction") >= threshold * (1 - RTOL)
    return is_above | (at_least | range_is_over).fill_null(range_is_over).fill_null(False)


def is_at_threshold(rules: RuleSet) -> pl.Expr:
    """Return whether a result is detected at the `positive_from` of its class or above it.

    Where the class has none: any detection, or one that is certainly not as reduced as it asks.
    """
    index = pl.col("class_index")
    high = of_class(rules, index, "positive_from")
    by_reduction = of_class(rules, index, "min_log10_reduction").is_not_null()
    _, not_reduced = _reduction(rules, index)
    any_detection = pl.when(by_reduction).then(not_reduced).otherwise(True)
    reaches = pl.when(high.is_null()).then(any_detection).otherwise(over_threshold(high))
    return index.is_not_null() & _SEEN & reaches


def _reduction(rules: RuleSet, index: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return whether the reduction from baseline certainly is, or is not, what a class asks for."""
    needed = of_class(rules, index, "min_log10_reduction")
    reduction, is_bound = pl.col("log10_reduction"), pl.col("is_log10_reduction_bound")
    # a difference of logarithms carries the rounding of both, so the tolerance is one of the ratio
    least = needed - RTOL
    return (reduction >= least).fill_null(False), ((reduction < least) & ~is_bound).fill_null(False)


def under_threshold(threshold: pl.Expr) -> pl.Expr:
    """Return whether a detection certainly lies below the threshold."""
    point = _point()
    bounded = at_most(pl.col("upper_fraction"), threshold) | below(pl.col("ci_high_fraction"), threshold)  # fmt: skip
    return pl.when(point.is_not_null()).then(below(point, threshold)).otherwise(bounded)


def _per_replicate() -> pl.Expr:
    # wells of a digital PCR are pooled into one
    is_pooled = pl.col("occupancy_fraction").is_not_null()
    return ratio(pl.col("denominator"), pl.when(is_pooled).then(1).otherwise("n_evaluable"))


def _copies_needed(rules: RuleSet, index: pl.Expr) -> pl.Expr:
    needed = pl.lit(None, dtype=pl.Float64)
    gene = pl.col("control_gene").cast(pl.String)
    for i, row in enumerate(rules.classes):
        for name, number in row.min_control_copies.items():
            fits = (index == i) & (gene == name)
            needed = pl.when(fits).then(pl.lit(number.value)).otherwise(needed)
    return needed


def asks_for_copies(rules: RuleSet) -> list[int]:
    """Return the classes that ask for control copies."""
    return [i for i, row in enumerate(rules.classes) if row.min_control_copies]


def _lacks_copies(rules: RuleSet, index: pl.Expr) -> pl.Expr:
    """Return whether a class asks for control copies that are not given or not defined."""
    asks = index.is_in(asks_for_copies(rules))
    known = _copies_needed(rules, index).is_not_null() & _per_replicate().is_not_null()
    return asks.fill_null(False) & ~known


def _misses_minimum(rules: RuleSet, index: pl.Expr) -> pl.Expr:
    """Return whether a result certainly misses a minimum that its class names."""
    copies = _per_replicate() < _copies_needed(rules, index)
    events = of_class(rules, index, "min_denominator")
    strict = index.is_in(
        [
            i
            for i, r in enumerate(rules.classes)
            if r.min_denominator and r.min_denominator.is_strict
        ]
    ).fill_null(False)
    total = pl.col("denominator")
    few = pl.when(strict).then(total <= events).otherwise(total < events)
    blasts = pl.col("viable_blasts") < of_class(rules, index, "min_viable_blasts")
    return pl.any_horizontal(e.fill_null(False) for e in (copies, few, blasts))


def misses_minimum(rules: RuleSet) -> pl.Expr:
    """Return whether a result misses a minimum of its class, so that only a positive stands."""
    return _misses_minimum(rules, pl.col("class_index"))


def has_enough_copies(rules: RuleSet) -> pl.Expr:
    """Return whether a result has the control copies its class asks for instead of a LOD; null elsewhere."""
    index = pl.col("class_index")
    by_copies = (
        index.is_in(asks_for_copies(rules)) & of_class(rules, index, "required_lod").is_null()
    )
    return pl.when(by_copies).then(
        (_per_replicate() >= _copies_needed(rules, index)).fill_null(False)
    )


def is_low_confidence(rules: RuleSet) -> pl.Expr:
    """Return whether a status stands on less than the rule set asks.

    A detection that misses a minimum, or a negative of a marker whose absence says little.
    """
    seen = pl.col("status").is_in(["POSITIVE", "LOW_LEVEL"])
    weak = pl.any_horizontal(
        [pl.lit(False), *(pl.col("flags").list.contains(f) for f in rules.low_confidence_flags)]
    )
    return (seen & misses_minimum(rules)) | ((pl.col("status") == "NEGATIVE") & weak)


def _is_excluded(rules: RuleSet, *, is_still: bool) -> pl.Expr:
    """Return whether a result is excluded; or, with `is_still` false, was so until the transplantation."""
    parts = [pl.lit(False)]
    for excluded in rules.excluded:
        flagged = pl.any_horizontal(pl.col("flags").list.contains(f) for f in excluded.flags)
        if "new_variant" in excluded.flags:
            # what does not count when it is seen does not count when it is not
            flagged = flagged | (pl.col("finding_reason") == "NOT_TRACKED").fill_null(False)
        if excluded.timepoints:
            named = pl.col("timepoint").cast(pl.String).is_in(excluded.timepoints)
            flagged = flagged & named.fill_null(False)
        is_over = pl.col("is_after_hct") if excluded.until == "HCT" else pl.lit(False)
        parts.append(flagged & (~is_over if is_still else is_over))
    return pl.any_horizontal(parts)


def _why_no_class(rules: RuleSet) -> pl.Expr:
    """Return what no class names: the marker, its tissue, or its time point."""

    def any_class(*without: str) -> pl.Expr:
        return pl.any_horizontal([pl.lit(False), *(_is_named(r, *without) for r in rules.classes)])

    return (
        pl.when(any_class("timepoints") & pl.col("timepoint").is_null()).then(pl.lit("TIMEPOINT_MISSING"))
        .when(any_class("timepoints")).then(pl.lit("TIMEPOINT_NOT_IN_RULESET"))
        .when(any_class("timepoints", "tissues")).then(pl.lit("TISSUE_NOT_IN_RULESET"))
        .otherwise(pl.lit("MARKER_NOT_IN_RULESET"))
    )  # fmt: skip
