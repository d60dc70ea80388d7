"""CML: when the next test is due, as of the last sample, for there is no clock here (`docs/course.md`)."""

import polars as pl

from schemas.tables import TABLES
from transforms.classify.cml_course import followed, held_or_lost, in_tfr, judged_on_scale
from transforms.classify.events import is_above_by
from transforms.classify.specimens import JUDGED, ON_SCALE, specimens
from transforms.classify.tki import stopped_on, tki_spans
from transforms.guidelines.rules import RuleSet
from transforms.guidelines.standards import Standards
from transforms.guidelines.tfr_rules import Schedule
from transforms.worded import worded

_PATIENT = TABLES["patient_summary"].polars_schema
_DUE = ("patient_id", "next_due_on", "monitoring")


def next_due(
    rows: pl.DataFrame,
    relapsed: pl.DataFrame,
    treatments: pl.DataFrame,
    ruleset: RuleSet,
    standards: Standards,
) -> pl.DataFrame:
    """Return `patient_id`, `next_due_on`, `monitoring` of patients with a sample of the rule set's marker.

    Args:
        rows: judged rows of one rule set.
        relapsed: `patient_id`, `collected_on` of samples in a relapse, confirmed or suspected.
        treatments: rows of `treatments`.
        ruleset: it.
        standards: with the levels.
    """
    schedule = ruleset.tfr.schedule
    if schedule is None:
        return pl.DataFrame(schema={c: _PATIENT[c] for c in _DUE})
    told = followed(rows, ruleset)
    is_last = pl.col("collected_on") == pl.col("collected_on").max().over("patient_id")
    last = told.filter(is_last).group_by("patient_id").agg(
        pl.col("collected_on").first(), pl.col("status").is_in(JUDGED).any().alias("is_judged")
    )  # fmt: skip
    told = (
        last.join(_stable(rows, ruleset, standards), on="patient_id", how="left")
        .join(_stops(last, rows, treatments, ruleset, standards), on="patient_id", how="left")
        .join(
            relapsed.unique().with_columns(is_relapse=True), on=["patient_id", "collected_on"], how="left"
        )
    )  # fmt: skip
    day = pl.col("collected_on")
    on_tki = (
        pl.when(pl.col("is_stable").fill_null(False))
        .then(pl.lit("MMR"))
        .otherwise(pl.lit("UNTIL_MMR"))
    )
    word = (
        pl.when(~pl.col("is_judged")).then(pl.lit("REPEAT"))
        .when(pl.col("tfr_stopped_on").is_not_null()).then(pl.lit("TFR"))
        .otherwise(on_tki)
    )  # fmt: skip
    every = {
        "MMR": f"{int(schedule.mmr_months.value)}mo",
        "UNTIL_MMR": f"{int(schedule.until_mmr_months.value)}mo",
    }
    by_treatment = day.dt.offset_by(on_tki.replace_strict(every, return_dtype=pl.String))
    # a stop that comes later than the test on treatment was due does not put it off
    in_tfr_due = (
        pl.when(pl.col("is_relapse").fill_null(False)).then(day.dt.offset_by(schedule.tfr[0].every))
        .when(pl.col("tfr_stopped_on") > day).then(pl.min_horizontal(_due_in_tfr(schedule), by_treatment))
        .otherwise(_due_in_tfr(schedule))
    )  # fmt: skip
    due = (
        pl.when(pl.col("monitoring") == "REPEAT").then(day)
        .when(pl.col("monitoring") == "TFR").then(in_tfr_due)
        .otherwise(by_treatment)
    )  # fmt: skip
    rows = told.with_columns(word.alias("monitoring")).with_columns(due.alias("next_due_on"))
    return rows.select(pl.col(c).cast(_PATIENT[c]) for c in _DUE)


def _stable(rows: pl.DataFrame, ruleset: RuleSet, standards: Standards) -> pl.DataFrame:
    """Return whether a patient's last judged specimen and the one before hold MMR, and nothing rises."""
    days = specimens(judged_on_scale(rows, ruleset), ON_SCALE)
    held = held_or_lost(days, "MR3", standards).select(*ON_SCALE, "collected_on", "is_held")
    days = days.join(held, on=[*ON_SCALE, "collected_on"], how="left", maintain_order="left")
    is_held = pl.col("is_held").fill_null(False)
    rise = ruleset.course.min_log10_rise
    rises = (
        pl.lit(False) if rise is None else is_above_by(pl.col("nadir_before_fraction"), rise.value)
    )
    is_stable = is_held & is_held.shift().over("group_no").fill_null(False) & ~rises
    return (
        days.with_columns(is_stable.alias("is_stable"))
        .filter(pl.col("collected_on") == pl.col("collected_on").max().over("patient_id"))
        .group_by("patient_id")
        .agg(pl.col("is_stable").all())
    )


def _stops(
    last: pl.DataFrame,
    rows: pl.DataFrame,
    treatments: pl.DataFrame,
    ruleset: RuleSet,
    standards: Standards,
) -> pl.DataFrame:
    """Return `tfr_stopped_on` of patients in treatment-free remission, or about to be, at their last sample."""
    spans = tki_spans(treatments, ruleset.tfr.max_gap_days)
    all_stopped = spans.group_by("patient_id").agg(
        pl.when(pl.col("stopped_on").is_not_null().all()).then(pl.col("stopped_on").max()).alias("later_stop")
    )  # fmt: skip
    told = stopped_on(last, spans).join(all_stopped, on="patient_id", how="left")
    is_later = pl.col("later_stop") >= pl.col("collected_on")
    stop = pl.coalesce("stopped_on", pl.when(is_later).then("later_stop"))
    off = in_tfr(told.with_columns(stop.alias("stopped_on")), rows, ruleset, standards)
    return off.select("patient_id", pl.col("stopped_on").alias("tfr_stopped_on"))


def _due_in_tfr(schedule: Schedule) -> pl.Expr:
    stop = pl.col("tfr_stopped_on")
    since = pl.max_horizontal("collected_on", stop)
    months = (since.dt.year().cast(pl.Int32) - stop.dt.year()) * 12 + (
        since.dt.month().cast(pl.Int32) - stop.dt.month()
    )
    months = months - (since < stop.dt.offset_by(worded("{}mo", months))).cast(pl.Int32)
    due = pl.lit(None, dtype=pl.Date)
    for row in schedule.tfr:
        holds = months >= row.from_month
        if row.to_month is not None:
            holds &= months < row.to_month
        due = pl.when(holds).then(since.dt.offset_by(row.every)).otherwise(due)
    return due
