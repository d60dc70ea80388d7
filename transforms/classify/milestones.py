"""CML: which milestone a sample is for, and what the rule set calls its level there.

Only samples on a TKI count, by the days since the first; after a stop and a restart only what holds at
any time, counted from the restart. No value is ever interpolated, and a window without a sample is
missing, not failed (cml.md §3.5).
"""

import polars as pl

from schemas.tables import TABLES
from transforms.classify.cml_course import least_on_scale
from transforms.classify.specimens import JUDGED
from transforms.classify.tki import tki_spans
from transforms.guidelines.milestones import Milestone
from transforms.guidelines.rules import Rules, RuleSet
from transforms.tolerance import RTOL

_SAMPLE = TABLES["sample_remission"].polars_schema
_EMPTY = {c: _SAMPLE[c] for c in ("sample_id", "milestone", "response")}


def milestones(rows: pl.DataFrame, treatments: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `sample_id`, `milestone` and `response` of samples that a milestone is for.

    Args:
        rows: judged rows.
        treatments: rows of `treatments`.
        rules: active rule sets.
    """
    rulesets = [r for r in map(rules.of, rules.active) if r.milestones]
    if not rulesets:
        return pl.DataFrame(schema=_EMPTY)
    parts = [milestones_of(timed_levels(rows, treatments, r), r) for r in rulesets]
    return pl.concat(parts).select(pl.col(c).cast(t) for c, t in _EMPTY.items())


def failed_levels(timed: pl.DataFrame, rules: RuleSet) -> pl.DataFrame:
    """Return the samples whose level lies certainly in the failure of the window they fall into.

    Also those beside the one that has the milestone: a failure is one whichever sample shows it.

    Args:
        timed: as `timed_levels` gives them.
        rules: the rule set.
    """
    parts = [
        _inside(timed, m).filter(pl.col("low") > m.warning_max_pct_is / 100 * (1 + RTOL))
        for m in rules.milestones
        if m.warning_max_pct_is is not None
    ]
    return pl.concat([timed.clear(), *parts])


def timed_levels(rows: pl.DataFrame, treatments: pl.DataFrame, rules: RuleSet) -> pl.DataFrame:
    """Return the judged samples on a TKI with the ends of their level, and the days on it.

    Args:
        rows: judged rows.
        treatments: rows of `treatments`.
        rules: a rule set with milestones.

    Returns:
        `sample_id`, `patient_id`, `collected_on`, `low`, `high`, `days` since the start of the unbroken
        time on TKI, and `is_first_period`: whether it is the first.
    """
    levels = _levels(rows.filter(pl.col("ruleset") == rules.id))
    spans = tki_spans(treatments, rules.tfr.max_gap_days)
    start = spans.group_by("patient_id").agg(pl.col("started_on").min().alias("first_tki_on"))
    day = pl.col("collected_on")
    on_tki = (
        levels.select("sample_id", "patient_id", "collected_on")
        .join(spans, on="patient_id")
        .filter(pl.col("started_on") <= day, (pl.col("stopped_on") >= day).fill_null(True))
        .group_by("sample_id")
        .agg(pl.col("period_started_on").min())
    )
    return (
        levels.join(on_tki, on="sample_id")
        .join(start, on="patient_id")
        .with_columns(
            (day - pl.col("period_started_on")).dt.total_days().alias("days"),
            (pl.col("period_started_on") == pl.col("first_tki_on")).alias("is_first_period"),
        )
        .drop("period_started_on", "first_tki_on")
    )


def _levels(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the highest level of each sample that has one, as the ends between which it lies."""
    estimate = pl.col("estimate_fraction")
    is_seen, is_above = pl.col("finding") == "DETECTED", pl.col("censor") == "RIGHT"
    high = pl.when(~is_seen).then(0.0).when(is_above).then(float("inf")).otherwise(pl.coalesce(estimate, "upper_fraction"))  # fmt: skip
    return (
        rows.filter(pl.col("status").is_in(JUDGED), pl.col("basis") == "RNA_RATIO_IS")
        .with_columns(least_on_scale().alias("low"), high.alias("high"))
        .group_by("sample_id")
        .agg(
            pl.col("patient_id", "collected_on").first(),
            pl.col("low").max(),
            pl.when(pl.col("high").is_not_null().all()).then(pl.col("high").max()).alias("high"),
        )
    )


def _inside(timed: pl.DataFrame, m: Milestone) -> pl.DataFrame:
    """Return the samples in the window of a milestone; after a restart only one without an end."""
    days = pl.col("days")
    if m.to_day is None:
        return timed.filter(days >= m.from_day)
    return timed.filter(days.is_between(m.from_day, m.to_day - 1), "is_first_period")


def milestones_of(timed: pl.DataFrame, rules: RuleSet) -> pl.DataFrame:
    """Return `sample_id`, `milestone` and `response` by one rule set.

    Args:
        timed: as `timed_levels` gives them.
        rules: the rule set.
    """
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
    rows = _inside(timed, m)
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
