"""Sustained negativity: negative, and still negative so many months later, also by imaging."""

from collections.abc import Mapping

import polars as pl

from transforms.classify.specimens import judged_or_seen
from transforms.guidelines.course_rules import Sustained

_SAID = {"sample_id": pl.String, "response": pl.String}


def sustained_responses(
    remission: pl.DataFrame,
    rows: pl.DataFrame,
    assessments: pl.DataFrame,
    rule: Sustained,
    clinical: Mapping[str, float],
) -> pl.DataFrame:
    """Return `sample_id` and `response` of samples that are negative in a sustained way.

    Args:
        remission: rows of `sample_remission` of one rule set.
        rows: judged rows of it, for what was seen in samples that could not be judged.
        assessments: rows of `clinical_responses`.
        rule: of the rule set.
        clinical: numbers of the standard `clinical-response`, by key.
    """
    near = int(clinical["max_days_apart"])
    # a detection breaks the run also where its class cannot be told
    told = (
        judged_or_seen(remission, rows)
        .filter(pl.col("tissue") == "BM")
        .sort("patient_id", "collected_on", "sample_id")
    )
    # the worst sample of a day breaks the run, whichever of them is looked at
    is_negative = (pl.col("status") == "NEGATIVE").all().over("patient_id", "collected_on")
    runs = told.with_columns(is_negative.alias("is_negative")).with_columns(
        pl.struct("patient_id", "is_negative").rle_id().alias("run_no")
    )
    negative = _with_imaging(runs.filter("is_negative"), assessments, near)
    columns = ["sample_id", "patient_id", "collected_on", "run_no"]
    clear = negative.filter(~pl.col("has_imaging_residual")).select(columns)
    pairs = clear.join(clear, on=["patient_id", "run_no"], suffix="_before").filter(
        pl.col("collected_on")
        >= pl.col("collected_on_before").dt.offset_by(f"{int(rule.min_months.value)}mo")
    )
    days = pl.duration(days=near)
    stated = assessments.filter("is_current").select(
        "patient_id",
        "assessed_on",
        pl.col("response").cast(pl.String).alias("stated"),
        pl.col("has_imaging_residual").fill_null(False).alias("is_residual"),
    )
    known = pairs.join(stated, on="patient_id").sort("assessed_on", "stated")
    is_before = pl.col("assessed_on") <= pl.col("collected_on_before") + days
    until = pl.col("assessed_on") <= pl.col("collected_on") + days
    said = pl.col("stated").is_not_null()
    # complete response at the earlier sample, and nothing else said nor seen by imaging up to the later
    stated_before = pl.col("stated").filter(is_before & said)
    told_on = pl.col("assessed_on").filter(is_before & said).last()
    is_complete = stated_before.last() == "CR"
    is_other = (pl.col("stated") != "CR").fill_null(False) | pl.col("is_residual")
    is_broken = (is_other & (pl.col("assessed_on") > told_on) & until).any()
    return (
        known.group_by("sample_id", "sample_id_before")
        .agg((is_complete.fill_null(False) & ~is_broken).alias("holds"))
        .filter("holds")
        .select("sample_id")
        .unique()
        .with_columns(pl.lit(rule.word).alias("response"))
        .select(*_SAID)
    )


def _with_imaging(samples: pl.DataFrame, assessments: pl.DataFrame, near: int) -> pl.DataFrame:
    """Add what imaging said nearest to each sample, within so many days; the earlier of two as near."""
    imaging = assessments.filter("is_current", pl.col("has_imaging_residual").is_not_null()).select(
        "patient_id", "assessed_on", "has_imaging_residual"
    )
    apart = (pl.col("collected_on") - pl.col("assessed_on")).dt.total_days().abs()
    return (
        samples.join(imaging, on="patient_id")
        .filter(apart <= near)
        .sort("sample_id", apart, "assessed_on")
        .unique("sample_id", keep="first", maintain_order=True)
    )
