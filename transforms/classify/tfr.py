"""CML: who meets the criteria of treatment-free remission, as of the last sample (`docs/course.md`)."""

import polars as pl

from schemas.tables import TABLES
from transforms.classify.cml_course import followed, judged_on_scale
from transforms.classify.milestones import failed_levels, timed_levels
from transforms.classify.specimens import JUDGED
from transforms.classify.time_in_depth import DEPTH_PLACE, depth_place
from transforms.classify.tki import tki_spans
from transforms.guidelines.rule_file import Number
from transforms.guidelines.rules import RuleSet
from transforms.tolerance import RTOL

_PATIENT = TABLES["patient_summary"].polars_schema
_DAYS_PER_YEAR = 365.25
_ELIGIBLE = ("patient_id", "tfr_eligible", "tfr_unmet")


def _shaped(rows: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
    return rows.select(pl.col(c).cast(_PATIENT[c]) for c in columns)


def _lasts(days: pl.Expr, years: Number) -> pl.Expr:
    """Return whether a time is as long as asked; null counts as no time."""
    needed = years.value * _DAYS_PER_YEAR
    enough = days > needed * (1 + RTOL) if years.is_strict else days >= needed * (1 - RTOL)
    return enough.fill_null(False)


def tfr_eligibility(
    rows: pl.DataFrame,
    failed: pl.DataFrame,
    patients: pl.DataFrame,
    treatments: pl.DataFrame,
    ruleset: RuleSet,
) -> pl.DataFrame:
    """Return `patient_id`, `tfr_eligible`, `tfr_unmet` of patients on a TKI at their last judged sample.

    Args:
        rows: judged rows of one rule set.
        failed: `patient_id`, `collected_on` of failures by the rule set's word, and of confirmed losses of
            treatment-free remission.
        patients: `patient_id`, `transcript`, `sustained_since`.
        treatments: rows of `treatments`.
        ruleset: the rule set.
    """
    rule = ruleset.tfr.eligibility
    if rule is None:
        return _shaped(pl.DataFrame(schema={c: _PATIENT[c] for c in _ELIGIBLE}), _ELIGIBLE)
    judged = judged_on_scale(rows, ruleset)
    timed = timed_levels(rows, treatments, ruleset)
    is_last = pl.col("collected_on") == pl.col("collected_on").max()
    last = judged.group_by("patient_id").agg(
        pl.col("collected_on").max().alias("last_on"),
        depth_place().filter(is_last).min().alias("last_depth"),
    )  # fmt: skip
    last = last.join(patients, on="patient_id", how="left")
    told = last.join(_treated(last, treatments, ruleset), on="patient_id").filter("is_on_tki")
    told = (
        told.join(_failed(last, timed, failed, ruleset), on="patient_id", how="left")
        .join(_early(timed, ruleset), on="patient_id", how="left")
        .join(_unjudged(rows, ruleset), on="patient_id", how="left")
    )
    transcript = pl.col("transcript").cast(pl.String)
    is_unknown = transcript.is_null() | (transcript == "unknown")
    has_failed = pl.col("has_failed").fill_null(False)
    words = {
        "TRANSCRIPT_NOT_TYPICAL": ~is_unknown & ~transcript.is_in(rule.typical_transcripts),
        "TRANSCRIPT_UNKNOWN": is_unknown,
        "LINE_NOT_FIRST": pl.col("max_line") > 1,
        "LINE_UNKNOWN": pl.col("is_line_missing") & ~(pl.col("max_line") > 1).fill_null(False),
        "TKI_TOO_SHORT": ~pl.col("is_tki_enough"),
        "DEEP_RESPONSE_TOO_SHORT": ~_lasts(pl.col("deep_days"), rule.min_deep_years),
        "LAST_NOT_DEEP_ENOUGH": pl.col("last_depth") < DEPTH_PLACE.get(rule.min_last_depth, -1),
        "PRIOR_FAILURE": has_failed,
        "PRIOR_FAILURE_UNKNOWN": ~has_failed & pl.col("is_early_known").is_null(),
        "LAST_SAMPLE_UNKNOWN": pl.col("unjudged_on") > pl.col("last_on"),
    }
    unmet = pl.concat_list(
        pl.when(holds.fill_null(False)).then(pl.lit(word)) for word, holds in words.items()
    ).list.drop_nulls()
    is_sure = pl.any_horizontal(
        holds.fill_null(False) for word, holds in words.items() if not word.endswith("_UNKNOWN")
    )
    eligible = pl.when(is_sure).then(False).when(unmet.list.len() == 0).then(True)
    return _shaped(
        told.with_columns(unmet.alias("tfr_unmet"), eligible.alias("tfr_eligible")), _ELIGIBLE
    )


def _early(timed: pl.DataFrame, ruleset: RuleSet) -> pl.DataFrame:
    """Return the patients of whom a sample of the first year of treatment is known."""
    year_over = max((m.to_day for m in ruleset.milestones if m.to_day is not None), default=0)
    early = timed.filter("is_first_period", pl.col("days").is_between(1, year_over - 1))
    return early.select("patient_id", is_early_known=True).unique()


def _failed(
    last: pl.DataFrame, timed: pl.DataFrame, failed: pl.DataFrame, ruleset: RuleSet
) -> pl.DataFrame:
    """Return the patients with a failure, or a lost treatment-free remission, up to their last sample."""
    day = "collected_on"
    found = pl.concat(
        [
            failed_levels(timed, ruleset).select("patient_id", day),
            failed.select("patient_id", day),
        ]
    )
    return (
        found.join(last, on="patient_id")
        .filter(pl.col(day) <= pl.col("last_on"))
        .select("patient_id", has_failed=True)
        .unique()
    )


def _unjudged(rows: pl.DataFrame, ruleset: RuleSet) -> pl.DataFrame:
    """Return the day of each patient's last sample that could not be judged."""
    return (
        followed(rows, ruleset)
        .filter(~pl.col("status").is_in(JUDGED))
        .group_by("patient_id")
        .agg(pl.col("collected_on").max().alias("unjudged_on"))
    )


def _merged_days(begin: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Return the days of sorted spans, overlaps once: only what lies after the latest end before."""
    before = end.cum_max().shift().over("patient_id")
    return (end - pl.max_horizontal(begin, before)).dt.total_days().clip(lower_bound=0)


def _treated(last: pl.DataFrame, treatments: pl.DataFrame, ruleset: RuleSet) -> pl.DataFrame:
    """Return what the treatments up to the last sample say of each patient."""
    rule = ruleset.tfr.eligibility
    if rule is None:
        raise AssertionError(f"{ruleset.id} has no criteria")
    end = pl.min_horizontal(pl.col("stopped_on").fill_null(pl.col("last_on")), "last_on")
    spans = (
        tki_spans(treatments, ruleset.tfr.max_gap_days)
        .join(last.select("patient_id", "last_on", "sustained_since"), on="patient_id", maintain_order="left")
        .filter(pl.col("started_on") < pl.col("last_on"))
        .with_columns(end.alias("end_on"))
        .with_columns(pl.max_horizontal("started_on", "sustained_since").alias("deep_on"))
    )  # fmt: skip
    second = pl.col("agent").str.to_lowercase().is_in(rule.second_generation).fill_null(False)
    active = (pl.col("stopped_on") >= pl.col("last_on")).fill_null(True)
    deep_days = _merged_days(pl.col("deep_on"), pl.col("end_on"))
    shorter = rule.min_tki_years_second_generation or rule.min_tki_years
    enough = pl.when("is_second_generation").then(_lasts(pl.col("tki_days"), shorter)).otherwise(
        _lasts(pl.col("tki_days"), rule.min_tki_years)
    )  # fmt: skip
    return (
        spans.with_columns(
            _merged_days(pl.col("started_on"), pl.col("end_on")).alias("days"),
            pl.when(pl.col("sustained_since").is_not_null()).then(deep_days).alias("deep_days"),
        )
        .group_by("patient_id")
        .agg(
            active.any().alias("is_on_tki"),
            pl.col("days").sum().alias("tki_days"),
            pl.when(pl.col("sustained_since").is_not_null().any()).then(pl.col("deep_days").sum()).alias("deep_days"),
            second.all().alias("is_second_generation"),
            pl.col("line").max().alias("max_line"),
            (pl.col("line").is_null().any() & (pl.len() > 1)).alias("is_line_missing"),
        )
        .with_columns(enough.alias("is_tki_enough"))
    )  # fmt: skip
