"""CML over time: molecular responses reached and lost, and treatment-free remission (`docs/course.md`).

Thresholds on the International Scale are absolute, so laboratories and control genes are not kept apart.
"""

import polars as pl

from transforms.classify.events import as_events, certainty, is_above_by, of_runs
from transforms.classify.relapse import SAID
from transforms.classify.specimens import JUDGED, ON_SCALE, specimens, with_runs
from transforms.classify.tki import stopped_on, tki_spans
from transforms.guidelines.rules import RuleSet
from transforms.guidelines.standards import Standards
from transforms.guidelines.tfr_rules import TfrRelapse
from transforms.tolerance import RTOL

_NAMES = {"MR3": "MMR", "MR4": "MR4"}


def least_on_scale() -> pl.Expr:
    """Return the lower end of what a specimen may be."""
    # "> x" lies above x, not at it; above a range that is not told above everything measured in it
    above = pl.col("value_fraction").fill_null(float("inf")) * (1 + 10 * RTOL)
    return (
        pl.when(pl.col("finding") != "DETECTED").then(0.0)
        .when(pl.col("censor") == "RIGHT").then(above)
        .otherwise(pl.col("estimate_fraction").fill_null(0.0))
    )  # fmt: skip


def judged_on_scale(rows: pl.DataFrame, ruleset: RuleSet) -> pl.DataFrame:
    """Return the judged rows of the markers that the rule set follows."""
    return rows.filter(pl.col("marker").is_in(ruleset.markers), pl.col("status").is_in(JUDGED))


def followed(rows: pl.DataFrame, ruleset: RuleSet) -> pl.DataFrame:
    """Return the rows of the markers that the rule set follows and has a category for."""
    return rows.filter(pl.col("marker").is_in(ruleset.markers), pl.col("status") != "NO_CATEGORY")


def _held(depth: str, standards: Standards) -> tuple[pl.Expr, pl.Expr]:
    """Return whether a row holds a depth, and whether it certainly does not."""
    names = [level.depth for level in standards.levels]
    place = names.index(depth)
    is_held = pl.col("depth").cast(pl.String).is_in(names[place:]).fill_null(False)
    return is_held, least_on_scale() > standards.levels[place].max_pct_is / 100 * (1 + RTOL)


def held_or_lost(rows: pl.DataFrame, depth: str, standards: Standards) -> pl.DataFrame:
    """Return judged rows that hold a depth or certainly do not, with `is_held`; others are passed over."""
    is_held, is_lost = _held(depth, standards)
    return rows.filter(is_held | is_lost).with_columns(is_held.alias("is_held"))


def response_events(
    rows: pl.DataFrame, ruleset: RuleSet, standards: Standards
) -> list[pl.DataFrame]:
    """Return where MMR and MR4 were reached and lost.

    Args:
        rows: judged rows of one rule set of levels.
        ruleset: it.
        standards: with the levels.
    """
    found = []
    for depth, name in _NAMES.items():
        told = held_or_lost(judged_on_scale(rows, ruleset), depth, standards)
        days = specimens(told, ON_SCALE)
        runs = with_runs(days, pl.col("is_held"))
        found.append(of_runs(runs, f"{name}_ACHIEVED", needs_before=False))
        runs = with_runs(days, ~pl.col("is_held"))
        found.append(of_runs(runs, f"LOSS_OF_{name}", needs_before=True))
    return found


def in_tfr(
    days: pl.DataFrame, rows: pl.DataFrame, ruleset: RuleSet, standards: Standards
) -> pl.DataFrame:
    """Return the rows in treatment-free remission: MMR was held at the stop.

    Where nothing is known up to the stop, the first specimen after it tells.

    Args:
        days: rows with `patient_id` and `stopped_on`.
        rows: judged rows of the rule set.
        ruleset: it.
        standards: with the levels.
    """
    told = held_or_lost(judged_on_scale(rows, ruleset), "MR3", standards)
    held = (
        specimens(told, ["patient_id", "marker"])
        .select("patient_id", pl.col("collected_on").alias("told_on"), "is_held")
        .sort("told_on")
    )
    off = days.filter(pl.col("stopped_on").is_not_null()).sort("stopped_on")
    before = off.join_asof(
        held.rename({"is_held": "held_before"}),
        left_on="stopped_on",
        right_on="told_on",
        by="patient_id",
        strategy="backward",
        check_sortedness=False,
    ).drop("told_on", strict=False)
    off = before.join_asof(
        held.rename({"is_held": "held_after"}), left_on="stopped_on", right_on="told_on",
        by="patient_id", strategy="forward", check_sortedness=False,
    ).drop("told_on", strict=False)  # fmt: skip
    return off.filter(pl.coalesce("held_before", "held_after"))


def tfr_relapses(
    rows: pl.DataFrame, treatments: pl.DataFrame, ruleset: RuleSet, standards: Standards
) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """Return the events `TFR_RELAPSE`, and what they say of samples.

    Args:
        rows: judged rows of one rule set of levels.
        treatments: rows of `treatments`.
        ruleset: it.
        standards: with the levels.
    """
    nothing = pl.DataFrame(schema=SAID)
    if not ruleset.tfr.relapse:
        return [], nothing
    told = judged_on_scale(rows, ruleset)
    spans = tki_spans(treatments, ruleset.tfr.max_gap_days)
    off = in_tfr(stopped_on(specimens(told, ON_SCALE), spans), rows, ruleset, standards)
    if off.is_empty():
        return [], nothing
    # a run lies within one time without treatment
    off = off.sort(*ON_SCALE, "collected_on").with_columns(
        pl.struct(*ON_SCALE, "stopped_on").rle_id().alias("group_no")
    )
    members = pl.concat(
        [_of_rule(off, rule).with_columns(place=pl.lit(i)) for i, rule in enumerate(ruleset.tfr.relapse)]
    )  # fmt: skip
    first = (
        members.filter("is_first")
        .sort("sample_id", certainty(), "place")
        .unique("sample_id", keep="first", maintain_order=True)
    )
    said = told.join(
        members.select(*ON_SCALE, "collected_on", "is_confirmed"), on=[*ON_SCALE, "collected_on"]
    ).filter(pl.col("is_confirmed").fill_null(True), pl.col("status") != "NEGATIVE")
    return [as_events(first, "TFR_RELAPSE", pl.col("rule"))], said.select(*SAID)


def _of_rule(off: pl.DataFrame, rule: TfrRelapse) -> pl.DataFrame:
    """Return the specimens of the runs that qualify by a rule, each with what became of its run."""
    parts = [pl.lit(True)]
    if rule.above_pct_is is not None:
        parts.append(least_on_scale() > rule.above_pct_is.value / 100 * (1 + RTOL))
    if rule.min_log10_rise is not None:
        parts.append(is_above_by(pl.col("nadir_before_fraction"), rule.min_log10_rise.value))
    runs = with_runs(off, pl.all_horizontal(parts)).filter("is_on")
    is_enough = pl.len() >= rule.specimens
    of_run = runs.group_by("run_no").agg(
        pl.when(is_enough).then(True).when(pl.col("has_after").last()).then(False).alias("is_confirmed"),
        pl.when(is_enough & pl.lit(rule.specimens > 1))
        .then(pl.col("sample_id").slice(rule.specimens - 1, 1).first())
        .alias("confirmed_by_sample_id"),
    )  # fmt: skip
    return runs.join(of_run, on="run_no").with_columns(pl.lit(rule.id).alias("rule"))
