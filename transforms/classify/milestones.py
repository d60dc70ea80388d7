"""CML: which milestone a sample is for, and what the rule set calls its level there.

Only samples on a TKI count, by the days since the first; no value is ever interpolated, and a window
without a sample is missing, not failed (cml.md §3.5).
"""

import polars as pl

from schemas.tables import TABLES
from transforms.guidelines.milestones import Milestone
from transforms.guidelines.rules import Rules, RuleSet
from transforms.tolerance import RTOL

_SAMPLE = TABLES["sample_remission"].polars_schema
_EMPTY = {c: _SAMPLE[c] for c in ("sample_id", "milestone", "response")}


def milestones(
    results: pl.DataFrame, status: pl.DataFrame, treatments: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return `sample_id`, `milestone` and `response` of samples that a milestone is for.

    Args:
        results: as `transforms.normalise.results.assay_results` gives them.
        status: rows of `mrd_status`.
        treatments: rows of `treatments`.
        rules: active rule sets.
    """
    rulesets = [r for r in map(rules.of, rules.active) if r is not None and r.milestones]
    if not rulesets:
        return pl.DataFrame(schema=_EMPTY)
    timed = _days_on_tki(_levels(results, status), treatments)
    parts = [_of_ruleset(timed.filter(pl.col("ruleset") == r.id), r) for r in rulesets]
    return pl.concat(parts).select(pl.col(c).cast(t) for c, t in _EMPTY.items())


def _levels(results: pl.DataFrame, status: pl.DataFrame) -> pl.DataFrame:
    """Return the highest level of each sample that has one, as the ends between which it lies."""
    key = ["sample_id", "assay_id", "marker"]
    judged = status.filter(
        pl.col("status").is_in(["NEGATIVE", "LOW_LEVEL", "POSITIVE"]),
        pl.col("basis") == "RNA_RATIO_IS",
    ).select(*key, "ruleset", "patient_id", "collected_on")
    estimate = pl.col("estimate_fraction")
    is_seen, is_above = pl.col("finding") == "DETECTED", pl.col("censor") == "RIGHT"
    low = pl.when(~is_seen).then(0.0).when(is_above).then(float("inf")).otherwise(estimate.fill_null(0.0))  # fmt: skip
    high = pl.when(~is_seen).then(0.0).when(is_above).then(float("inf")).otherwise(pl.coalesce(estimate, "upper_fraction"))  # fmt: skip
    return (
        judged.join(results.select(*key, "finding", "censor", "estimate_fraction", "upper_fraction"), on=key)
        .with_columns(low.alias("low"), high.alias("high"))
        .group_by("sample_id")
        .agg(
            pl.col("ruleset", "patient_id", "collected_on").first(),
            pl.col("low").max(),
            pl.when(pl.col("high").is_not_null().all()).then(pl.col("high").max()).alias("high"),
        )
    )  # fmt: skip


def _days_on_tki(levels: pl.DataFrame, treatments: pl.DataFrame) -> pl.DataFrame:
    tki = treatments.filter("is_current", pl.col("therapy") == "TKI")
    start = tki.group_by("patient_id").agg(pl.col("started_on").min().alias("first_tki_on"))
    spans = levels.join(tki.select("patient_id", "started_on", "stopped_on"), on="patient_id")
    day = pl.col("collected_on")
    on_tki = spans.filter(
        pl.col("started_on") <= day, (pl.col("stopped_on") >= day).fill_null(True)
    ).select("sample_id").unique()  # fmt: skip
    return (
        levels.join(on_tki, on="sample_id", how="semi")
        .join(start, on="patient_id")
        .with_columns((day - pl.col("first_tki_on")).dt.total_days().alias("days"))
    )


def _of_ruleset(timed: pl.DataFrame, rules: RuleSet) -> pl.DataFrame:
    parts = [_of_milestone(timed, m, rules) for m in rules.milestones]
    named = pl.concat(parts)
    confirmed = _confirmed(timed, named, rules)
    rest = named.join(confirmed, on="sample_id", how="anti")
    return pl.concat([rest, confirmed]).select("sample_id", "milestone", "response")


def _word(end: str, m: Milestone, rules: RuleSet) -> pl.Expr:
    """Return the word for one end of a level; null where the end is not known."""
    if rules.words is None:
        raise AssertionError(f"{rules.id} has milestones and no words")
    value, best = pl.col(end), m.optimal_max_pct_is / 100
    optimal = value < best * (1 - RTOL) if m.is_strict else value <= best * (1 + RTOL)
    worst = m.warning_max_pct_is
    fails = pl.lit(False) if worst is None else value > worst / 100 * (1 + RTOL)
    return (
        pl.when(value.is_null()).then(None)
        .when(optimal).then(pl.lit(rules.words.optimal))
        .when(fails).then(pl.lit(rules.words.failure))
        .otherwise(pl.lit(rules.words.warning))
    )  # fmt: skip


def _of_milestone(timed: pl.DataFrame, m: Milestone, rules: RuleSet) -> pl.DataFrame:
    days = pl.col("days")
    inside = days >= m.from_day if m.to_day is None else days.is_between(m.from_day, m.to_day - 1)
    rows = timed.filter(inside)
    if m.nominal_day is not None:
        rows = rows.sort(
            "patient_id", (days - m.nominal_day).abs(), "collected_on", "sample_id"
        ).unique("patient_id", keep="first", maintain_order=True)
    low, high = _word("low", m, rules), _word("high", m, rules)
    return rows.with_columns(
        pl.lit(m.name).alias("milestone"), pl.when(low == high).then(high).alias("response")
    )


def _confirmed(timed: pl.DataFrame, named: pl.DataFrame, rules: RuleSet) -> pl.DataFrame:
    """Return the second specimens that make a first bad level a failure."""
    rule, words = rules.confirmation, rules.words
    if rule is None or words is None:
        return named.clear()
    m = next(x for x in rules.milestones if x.name == rule.milestone)
    bad = pl.col("low") > m.optimal_max_pct_is / 100 * (1 + RTOL)
    first = named.filter(pl.col("milestone") == rule.milestone, bad).select(
        "patient_id", pl.col("collected_on").alias("first_on")
    )
    since = (pl.col("collected_on") - pl.col("first_on")).dt.total_days()
    return (
        timed.join(first, on="patient_id")
        .filter(bad, since.is_between(rule.from_day, rule.to_day))
        .sort("patient_id", "collected_on", "sample_id")
        .unique("patient_id", keep="first", maintain_order=True)
        .with_columns(
            pl.lit(rule.milestone).alias("milestone"), pl.lit(words.failure).alias("response")
        )
        .select(named.columns)
    )
