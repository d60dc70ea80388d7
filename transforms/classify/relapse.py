"""MRD relapse and persistence: which specimens qualify, and what confirms them (`docs/course.md`)."""

from datetime import timedelta

import polars as pl

from transforms.classify.events import as_events, is_above_by, least_level
from transforms.classify.specimens import ANY_LABORATORY, JUDGED, SERIES, specimens, with_runs
from transforms.guidelines.course_rules import RelapseConfirmation, RelapseRule
from transforms.guidelines.rules import RuleSet
from transforms.tolerance import RTOL

_IS_NEGATIVE = pl.col("status") == "NEGATIVE"
_DAY = [*ANY_LABORATORY, "collected_on"]

SAID = {"sample_id": pl.String, "is_confirmed": pl.Boolean}
"""What a relapse says of a sample: true = relapse, null = suspected."""


def _at(timepoints: tuple[str, ...]) -> pl.Expr:
    if not timepoints:
        return pl.lit(True)
    return pl.col("timepoint").cast(pl.String).is_in(timepoints).fill_null(False)


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return judged rows, and what is certainly at its threshold though its class cannot be told.

    With `was_negative`: by an earlier negative of the tissue, and of marrow also for blood; and
    `lowest_low_level`: the lowest level of earlier days in the series that were LOW_LEVEL.
    """
    # without a baseline the class is open, the threshold is reached all the same
    is_at = (pl.col("reason") == "NO_BASELINE") & pl.col("is_at_threshold")
    told = rows.filter(pl.col("status").is_in(JUDGED) | is_at).with_columns(
        pl.when(is_at).then(pl.lit("POSITIVE")).otherwise(pl.col("status").cast(pl.String)).alias("status")
    )  # fmt: skip
    key = ["patient_id", "marker", "basis"]
    negative = told.filter(_IS_NEGATIVE)
    first = negative.group_by(*key, "tissue").agg(pl.col("collected_on").min().alias("negative_on"))
    marrow = first.filter(pl.col("tissue") == "BM").select(*key, pl.col("negative_on").alias("marrow_negative_on"))  # fmt: skip
    since = pl.min_horizontal("negative_on", pl.when(pl.col("tissue") == "PB").then("marrow_negative_on"))  # fmt: skip
    told = (
        told.join(first, on=[*key, "tissue"], how="left")
        .join(marrow, on=key, how="left")
        .with_columns((since < pl.col("collected_on")).fill_null(False).alias("was_negative"))
    )
    low = pl.when(pl.col("status") == "LOW_LEVEL").then("level_fraction")
    day = [*SERIES, "collected_on"]
    lowest = (
        told.group_by(day).agg(low.min().alias("low"))
        .sort(day)
        .with_columns(
            pl.col("low").cum_min().forward_fill().shift(1).over(SERIES).alias("lowest_low_level")
        )
    )  # fmt: skip
    return told.join(lowest.select(*day, "lowest_low_level"), on=day, how="left")


def _qualifies(rule: RelapseRule) -> pl.Expr:
    """Return whether a row qualifies by a rule, wherever its time point is."""
    parts = [~_IS_NEGATIVE]
    if rule.bases:
        parts.append(pl.col("basis").cast(pl.String).is_in(rule.bases))
    if rule.kind == "conversion":
        parts.append(pl.col("was_negative"))
        if rule.counts == "threshold":
            parts.append(pl.col("is_at_threshold"))
        return pl.all_horizontal(parts)
    if rule.min_log10_rise is None:
        raise AssertionError(f"{rule.id}: a rise without a number")
    lowest = "lowest_low_level"
    if rule.compared_with == "nadir_if_never_negative":
        parts.append(~pl.col("was_negative"))
        lowest = "nadir_before_fraction"
    parts.append(is_above_by(pl.col(lowest), rule.min_log10_rise.value))
    return pl.all_horizontal(parts)


def _specimens(counted: pl.DataFrame, rules: tuple[RelapseRule, ...]) -> pl.DataFrame:
    """Return one row for each day: the worst result, by what rules any of the day qualifies, whose they are."""
    of_day = counted.group_by(_DAY).agg(
        *(_qualifies(r).any().alias(f"by {r.id}") for r in rules),
        *((_qualifies(r) & _at(r.timepoints)).any().alias(f"starts {r.id}") for r in rules),
        pl.col("lab_id").filter(~_IS_NEGATIVE).drop_nulls().unique().alias("labs"),
        (least_level() >= pl.col("no_confirmation_from") * (1 - RTOL)).any().alias("is_enough"),
    )
    return specimens(counted, ANY_LABORATORY).join(
        of_day, on=_DAY, how="left", maintain_order="left"
    )


def relapses(rows: pl.DataFrame, ruleset: RuleSet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the events `MOLECULAR_RELAPSE`, and what they say of samples (`SAID`).

    Args:
        rows: judged rows of one rule set that has `[[relapse]]`.
        ruleset: it.
    """
    rules, confirmation = ruleset.course.relapse, ruleset.course.confirmation
    if confirmation is None:
        raise AssertionError(f"{ruleset.id} has relapses and nothing that confirms them")
    counted = _counted(rows)
    days = _specimens(counted, rules)
    runs = with_runs(days, pl.any_horizontal(f"by {rule.id}" for rule in rules)).filter("is_on")
    starts = pl.any_horizontal(f"starts {rule.id}" for rule in rules)
    # a time point says where a relapse may begin; it never ends one
    members = runs.filter(starts.cum_max().over("run_no")).with_columns(
        (pl.col("run_no") != pl.col("run_no").shift()).fill_null(True).alias("is_first")
    )
    members = members.with_columns(
        (~pl.col("is_first") & _confirms(confirmation)).alias("confirms")
    )
    first_rule = pl.coalesce(pl.when(f"starts {r.id}").then(pl.lit(r.id)) for r in rules)
    of_run = members.group_by("run_no", maintain_order=True).agg(
        pl.col("is_enough").fill_null(False).any().alias("is_enough"),
        pl.col("sample_id").filter("confirms").first().alias("second"),
        pl.col("has_after").last().alias("is_ended"),
        first_rule.first().alias("rule"),
        pl.col("tissue").first().alias("first_tissue"),
    )
    of_run = _with_other_tissue(of_run, members, counted, confirmation, rules)
    confirmed = (
        pl.when(pl.col("is_enough") | pl.col("second").is_not_null()).then(True)
        .when(pl.col("is_ended")).then(False)
    )  # fmt: skip
    of_run = of_run.with_columns(
        confirmed.alias("is_confirmed"), pl.col("second").alias("confirmed_by_sample_id")
    )
    members = members.join(of_run, on="run_no")
    said = counted.join(members.select(*_DAY, "is_confirmed"), on=_DAY).filter(
        pl.col("is_confirmed").fill_null(True), ~_IS_NEGATIVE
    )
    confirming = of_run.select(pl.col("second").alias("sample_id"), "is_confirmed").drop_nulls()
    events = as_events(members.filter("is_first"), "MOLECULAR_RELAPSE", pl.col("rule"))
    return events, pl.concat([said.select(*SAID), confirming.select(*SAID)])


def _confirms(confirmation: RelapseConfirmation) -> pl.Expr:
    """Return whether a specimen of a run confirms the one before it."""
    parts = [pl.lit(True)]
    if confirmation.within_days is not None:
        apart = (pl.col("collected_on") - pl.col("collected_on").shift()).dt.total_days()
        parts.append(apart <= confirmation.within_days.value)
    if confirmation.min_laboratories is not None:
        both = pl.concat_list("labs", pl.col("labs").shift()).list.unique().list.len()
        parts.append((both >= confirmation.min_laboratories.value).fill_null(False))
    if confirmation.stable_within_log10 is not None:
        least = pl.col("level_fraction").shift() * 10**-confirmation.stable_within_log10.value
        parts.append((least_level() >= least * (1 - RTOL)).fill_null(False))
    return pl.all_horizontal(parts)


def _with_other_tissue(
    of_run: pl.DataFrame,
    members: pl.DataFrame,
    counted: pl.DataFrame,
    confirmation: RelapseConfirmation,
    rules: tuple[RelapseRule, ...],
) -> pl.DataFrame:
    """Let a positive specimen of the other tissue confirm a run that nothing else confirmed."""
    tissues = [
        first
        for first, asked in (
            ("PB", confirmation.marrow_confirms_blood),
            ("BM", confirmation.blood_confirms_marrow),
        )
        if asked
    ]
    if not tissues or confirmation.within_days is None:
        return of_run
    detections = [r.id for r in rules if r.counts == "detected"]
    alone = of_run.filter(
        pl.col("first_tissue").is_in(tissues), pl.col("second").is_null(), ~pl.col("is_enough")
    )
    key = ["patient_id", "marker", "basis"]
    other = (
        specimens(counted, ANY_LABORATORY)
        .filter(~_IS_NEGATIVE)
        .select(
            *key,
            "status",
            pl.col("tissue").alias("other_tissue"),
            pl.col("collected_on").alias("other_on"),
            pl.col("sample_id").alias("other_sample_id"),
        )
    )
    is_counted = (pl.col("status") == "POSITIVE") | pl.col("rule").is_in(detections)
    after = pl.col("other_on") - pl.col("collected_on")
    window = timedelta(days=confirmation.within_days.value)
    found = (
        members.select("run_no", "collected_on", "tissue", *key)
        .join(alone.select("run_no", "rule"), on="run_no")
        .join(other, on=key)
        .filter(
            is_counted, pl.col("tissue") != pl.col("other_tissue"), after > timedelta(0), after <= window
        )
        .sort("run_no", "other_on", "other_sample_id")
        .unique("run_no", keep="first", maintain_order=True)
        .select("run_no", "other_sample_id")
    )  # fmt: skip
    return of_run.join(found, on="run_no", how="left", maintain_order="left").with_columns(
        pl.coalesce("second", "other_sample_id").alias("second")
    )


def persistences(rows: pl.DataFrame, ruleset: RuleSet) -> list[pl.DataFrame]:
    """Return the events `MOLECULAR_PERSISTENCE` of a rule set.

    Args:
        rows: judged rows of one rule set.
        ruleset: it.
    """
    rule = ruleset.course.persistence
    if rule is None:
        return []
    # what was not detected before is no persistence, whether its rule set has a class for it or not
    unseen = rows.filter((pl.col("finding") == "NOT_DETECTED") | _IS_NEGATIVE)
    first_unseen = unseen.group_by(ANY_LABORATORY).agg(
        pl.col("collected_on").min().alias("unseen_on")
    )
    days = specimens(rows.filter(pl.col("status").is_in(JUDGED)), ANY_LABORATORY).join(
        first_unseen, on=ANY_LABORATORY, how="left", maintain_order="left"
    )
    was_negative = (pl.col("unseen_on") < pl.col("collected_on")).fill_null(False)
    runs = with_runs(days, pl.col("status") == "POSITIVE").filter("is_on")
    # the event begins at the first specimen of the run that is at one of the time points
    members = runs.filter(_at(rule.timepoints).cum_max().over("run_no"))
    apart = (pl.col("collected_on") - pl.col("collected_on").shift()).dt.total_days()
    earliest, latest = rule.confirm_from_days, rule.confirm_within_days
    near = pl.lit(True) if latest is None else apart <= latest.value
    far = pl.lit(True) if earliest is None else apart >= earliest.value
    starts = (pl.col("run_no") != pl.col("run_no").shift()).fill_null(True)
    members = members.with_columns(
        starts.alias("starts"), (near & far & ~starts).fill_null(False).alias("confirms")
    )
    second = pl.col("sample_id").filter(pl.col("confirms")).first()
    confirmed = (
        pl.when(pl.lit(not rule.needs_confirmation) | second.is_not_null()).then(True)
        .when(pl.col("has_after").last()).then(False)
    )  # fmt: skip
    of_run = members.group_by("run_no", maintain_order=True).agg(
        confirmed.alias("is_confirmed"),
        pl.when(pl.lit(rule.needs_confirmation)).then(second).alias("confirmed_by_sample_id"),
    )
    first = members.filter(pl.col("starts") & ~was_negative).join(of_run, on="run_no")
    return [as_events(first, "MOLECULAR_PERSISTENCE")]
