"""Molecular events: where a run begins, and whether the next specimen confirmed or refuted it."""

import polars as pl

from schemas.tables import TABLES
from transforms.classify.specimens import (
    ANY_LABORATORY,
    JUDGED,
    SERIES,
    specimens,
    with_runs,
)
from transforms.guidelines.rules import RuleSet
from transforms.tolerance import RTOL
from transforms.worded import worded

_SCHEMA = TABLES["molecular_events"].polars_schema
EVENT = tuple(_SCHEMA)

_SENTENCES = {
    "NEGATIVITY_ACHIEVED": "negative",
    "BECAME_DETECTABLE": "detected after a negative specimen",
    "LOG_RISE": "level has risen far above the lowest before",
    "MMR_ACHIEVED": "major molecular response (MR3 or deeper)",
    "LOSS_OF_MMR": "above 0.1 % IS after a major molecular response",
    "MR4_ACHIEVED": "deep molecular response (MR4 or deeper)",
    "LOSS_OF_MR4": "above 0.01 % IS after MR4",
    "TFR_RELAPSE": "treatment-free remission is lost",
    "MOLECULAR_PERSISTENCE": "positive and never negative before",
    "MOLECULAR_RELAPSE": "MRD relapse",
}


def empty() -> pl.DataFrame:
    """Return no event."""
    return TABLES["molecular_events"].empty()


def certainty() -> pl.Expr:
    """Return the order in which of two events the more certain goes first: confirmed, open, refuted."""
    is_confirmed = pl.col("is_confirmed")
    return pl.when(is_confirmed).then(0).when(is_confirmed.is_null()).then(1).otherwise(2)


def of_runs(runs: pl.DataFrame, event: str, *, needs_before: bool) -> pl.DataFrame:
    """Return the event at the first specimen of each run that is on.

    The next specimen of the group in the same state confirms, one in the other state refutes.

    Args:
        runs: as `with_runs` gives them.
        event: its name.
        needs_before: only where a specimen in the other state came before.
    """
    stays = pl.col("run_no") == pl.col("run_no").shift(-1)
    confirmed = (
        pl.when(stays.fill_null(False)).then(True)
        .when(pl.col("has_after")).then(False)
    )  # fmt: skip
    starts = pl.col("is_on") & pl.col("is_first")
    if needs_before:
        starts &= pl.col("has_before")
    return as_events(
        runs.with_columns(
            confirmed.alias("is_confirmed"),
            pl.when(confirmed).then(pl.col("sample_id").shift(-1)).alias("confirmed_by_sample_id"),
        ).filter(starts),
        event,
    )


def as_events(rows: pl.DataFrame, event: str, rule: pl.Expr | None = None) -> pl.DataFrame:
    """Return rows of `molecular_events`.

    Args:
        rows: specimens with `is_confirmed` and `confirmed_by_sample_id`.
        event: its name.
        rule: id in the rule set of the rule that made it, where there are several.
    """
    name = pl.lit(event.lower().replace("_", "-"))
    rule_id = [pl.col("ruleset"), name, *([] if rule is None else [rule])]
    state = (
        pl.when(pl.col("is_confirmed").is_null()).then(pl.lit("not confirmed yet"))
        .when(~pl.col("is_confirmed")).then(pl.lit("not confirmed by the specimen after it"))
        .when(pl.col("confirmed_by_sample_id").is_null()).then(pl.lit("no confirmation is asked for"))
        .otherwise(worded("confirmed by {}", "confirmed_by_sample_id"))
    )  # fmt: skip
    return rows.with_columns(
        pl.lit(event).alias("event"),
        pl.col("collected_on").alias("occurred_on"),
        pl.concat_str(*rule_id, separator="/").alias("rule_id"),
    ).select(
        (
            worded("{}: {}; {} ({}).", "marker", pl.lit(_SENTENCES[event]), state, "rule_id")
            if c == "explanation"
            else pl.col(c)
        ).cast(t).alias(c)
        for c, t in _SCHEMA.items()
    )  # fmt: skip


def class_events(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the events of a rule set of classes: negative, and detectable again.

    A negative of a sample whose list does not mention every tracked marker is none to be achieved, and confirms
    none. It still is what a later detection of its marker comes after.

    Args:
        rows: judged rows of one rule set, with `is_silent`: whether the sample has such a list.
    """
    judged = rows.filter(pl.col("status").is_in(JUDGED))
    is_negative = pl.col("status") == "NEGATIVE"
    days = specimens(judged, ANY_LABORATORY)
    told = specimens(judged.filter(~(is_negative & pl.col("is_silent"))), ANY_LABORATORY)
    return [
        of_runs(with_runs(told, is_negative), "NEGATIVITY_ACHIEVED", needs_before=False),
        of_runs(with_runs(days, ~is_negative), "BECAME_DETECTABLE", needs_before=True),
    ]


def log_rises(rows: pl.DataFrame, ruleset: RuleSet) -> list[pl.DataFrame]:
    """Return where a level rose far above the lowest measured before in its series.

    Args:
        rows: judged rows of one rule set.
        ruleset: it.
    """
    needed = ruleset.course.min_log10_rise
    if needed is None:
        return []
    # a level rises whether the rule set has a class for it or not
    told = (pl.col("finding") != "NOT_EVALUABLE") & pl.col("finding_reason").is_null()
    days = specimens(rows.filter(told), SERIES)
    runs = with_runs(days, is_above_by(pl.col("nadir_before_fraction"), needed.value))
    return [of_runs(runs, "LOG_RISE", needs_before=False)]


def is_above_by(lowest: pl.Expr, min_log10: float) -> pl.Expr:
    """Return whether a level lies certainly so far above another; null counts as no."""
    return (least_level() >= lowest * 10**min_log10 * (1 - RTOL)).fill_null(False)


def least_level() -> pl.Expr:
    """Return the level, and above the measuring range the number that it is above."""
    is_above = pl.col("censor") == "RIGHT"
    # above a range that is not told lies above every level that was measured in it
    return pl.coalesce(
        "level_fraction", pl.when(is_above).then(pl.col("value_fraction").fill_null(float("inf")))
    )
