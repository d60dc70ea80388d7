"""Samples and patients: all assays of a sample together, and where a patient stands.

A statement on assays, to a stated level. A molecular remission is no clinical response, and it is
no cure.
"""

import polars as pl

from schemas.tables import TABLES
from transforms.classify.clinical import combined_response
from transforms.classify.status import depth_rank
from transforms.guidelines.rules import Rules

_SAMPLE = TABLES["sample_remission"].polars_schema
_PATIENT = TABLES["patient_summary"].polars_schema
_AXIS = pl.col("depth").cast(pl.String).str.extract(r"^(MR\d|uMRD|MRD<)").str.replace(r"\d$", "")


def sample_remission(
    status: pl.DataFrame, silent: pl.Series, beside: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """Return one row for each sample that has a result.

    The most positive assay decides; a sample is negative only when every assay that has a category
    is, and every tracked marker was told of. The depth is the shallowest of them, and null where
    their axes differ, or where nothing was detected and not every tracked marker was told of.

    Args:
        status: rows of `mrd_status`.
        silent: samples with a list that does not mention every tracked marker: those are like an
            assay that could not be evaluated.
        beside: `sample_id`, `milestone`, `response`, `clinical_response`, `discordance` of the
            samples that have any of them.
        rules: active rule sets, for what a status means in a disease.
    """
    counts = pl.col("status") != "NO_CATEGORY"
    verdict = pl.col("status").cast(pl.String).filter(counts)
    has = {s: (verdict == s).any() for s in ("POSITIVE", "LOW_LEVEL", "INDETERMINATE")}
    is_silent = pl.col("is_silent").any()
    combined = (
        pl.when(verdict.len() == 0).then(pl.lit("NO_CATEGORY"))
        .when(has["POSITIVE"]).then(pl.lit("POSITIVE"))
        .when(has["LOW_LEVEL"]).then(pl.lit("LOW_LEVEL"))
        .when(has["INDETERMINATE"]).then(pl.lit("INDETERMINATE"))
        .when((verdict == "NOT_EVALUABLE").all()).then(pl.lit("NOT_EVALUABLE"))
        .when((verdict == "NEGATIVE").all() & ~is_silent).then(pl.lit("NEGATIVE"))
        .otherwise(pl.lit("INDETERMINATE"))
    )  # fmt: skip
    assessed = counts & (pl.col("status") != "NOT_EVALUABLE")
    one_axis = (_AXIS.filter(assessed).n_unique() == 1) & (
        pl.col("depth").filter(assessed).null_count() == 0
    )
    # what is excluded from the verdict is detected in every list: the normal repertoire
    is_told = ~is_silent | (assessed & (pl.col("finding") == "DETECTED")).any()
    samples = (
        status.with_columns(pl.col("sample_id").is_in(silent.implode()).alias("is_silent"))
        .sort("sample_id", "assay_id", "marker")
        .group_by("sample_id", maintain_order=True)
        .agg(
            *(
                pl.col(c).first()
                for c in ("patient_id", "disease", "collected_on", "tissue", "timepoint", "ruleset")
            ),
            combined.alias("status"),
            pl.when(one_axis & is_told)
            .then(
                pl.col("depth")
                .filter(assessed)
                .sort_by(depth_rank("depth").filter(assessed))
                .first()
            )
            .alias("depth"),
            (has["POSITIVE"] | has["LOW_LEVEL"])
            .and_(verdict.is_in(["NOT_EVALUABLE", "INDETERMINATE"]).any() | is_silent)
            .alias("is_incomplete"),
            pl.col("modality").cast(pl.String).unique().sort().alias("modalities"),
            pl.col("assay_id").unique().sort().alias("derived_from"),
        )
    )
    by_levels = pl.col("ruleset").is_in(
        [r.id for r in rules.rulesets.values() if r.kind == "mr_levels"]
    )
    remission = (
        pl.when(pl.col("status") == "NEGATIVE").then(pl.lit("REMISSION"))
        .when(pl.col("status") == "LOW_LEVEL").then(pl.lit("LOW_LEVEL"))
        .when((pl.col("status") == "POSITIVE") & by_levels & pl.col("depth").is_not_null()).then(pl.lit("RESPONSE"))
        .when(pl.col("status") == "POSITIVE").then(pl.lit("PERSISTENCE"))
        .otherwise(pl.lit("NOT_ASSESSABLE"))
    )  # fmt: skip
    samples = (
        samples.with_columns(remission.alias("molecular_remission"))
        .join(beside, on="sample_id", how="left", maintain_order="left")
        .with_columns(combined_response().alias("combined_response"))
    )
    return samples.select(
        (pl.col(c) if c in samples.columns else pl.lit(None).alias(c)).cast(t)
        for c, t in _SAMPLE.items()
    )


def patient_summary(
    samples: pl.DataFrame,
    status: pl.DataFrame,
    remission: pl.DataFrame,
    patients: pl.DataFrame,
    rules: Rules,
) -> pl.DataFrame:
    """Return one row for each known patient.

    Args:
        samples: known samples (`sample_id`, `patient_id`).
        status: rows of `mrd_status`.
        remission: rows of `sample_remission`.
        patients: current rows of `patients`.
        rules: active rule sets.
    """
    course = remission.sort("patient_id", "collected_on", "sample_id")
    low_depth = {r.id: r.low_level_depth for r in rules.rulesets.values() if r.low_level_depth}
    needed = (
        pl.col("ruleset")
        .replace_strict(low_depth, default=None, return_dtype=pl.String)
        .cast(_SAMPLE["depth"])
    )
    course = course.with_columns(needed.alias("needed"))
    deep = (
        pl.when(pl.col("needed").is_not_null())
        .then(depth_rank("depth") >= depth_rank("needed"))
        .otherwise(pl.col("status") == "NEGATIVE")
    )
    # samples that could not be judged neither break nor prolong a run; a detection breaks it
    seen = status.group_by("sample_id").agg(
        (pl.col("finding") == "DETECTED").any().alias("is_seen")
    )
    course = course.join(seen, on="sample_id", how="left", maintain_order="left")
    judged = pl.col("status").is_in(["NEGATIVE", "LOW_LEVEL", "POSITIVE"]) | pl.col("is_seen")
    course = course.with_columns(
        deep.fill_null(False).alias("is_deep"), judged.alias("is_judged"), _AXIS.alias("axis")
    )
    last_break = pl.col("collected_on").filter(pl.col("is_judged") & ~pl.col("is_deep")).max()
    run = pl.col("collected_on").filter(
        pl.col("is_judged")
        & pl.col("is_deep")
        & (last_break.is_null() | (pl.col("collected_on") > last_break))
    )
    # the rank of an absent depth sorts first when descending unless nulls go last
    best = pl.col("depth").sort_by(
        depth_rank("depth"), descending=True, nulls_last=True, maintain_order=True
    )
    best_on = pl.col("collected_on").sort_by(
        depth_rank("depth"), descending=True, nulls_last=True, maintain_order=True
    )
    one_axis = pl.col("axis").drop_nulls().n_unique() == 1
    summary = course.group_by("patient_id", maintain_order=True).agg(
        pl.col("sample_id").last().alias("last_sample_id"),
        pl.col("collected_on").last().alias("last_collected_on"),
        pl.col("status").last().alias("last_status"),
        pl.col("depth").last().alias("last_depth"),
        pl.when(one_axis).then(best.first()).alias("best_depth"),
        pl.when(one_axis).then(best_on.first()).alias("best_depth_on"),
        run.min().alias("sustained_since"),
        (run.max() - run.min()).dt.total_days().alias("sustained_days"),
    )
    counted = samples.group_by("patient_id").agg(pl.len().cast(pl.Int64).alias("n_samples"))
    active = pl.col("disease").cast(pl.String).replace_strict(dict(rules.active))
    rows = (
        patients.select("patient_id", "disease")
        .join(counted, on="patient_id", how="left")
        .join(summary, on="patient_id", how="left")
        .with_columns(active.alias("ruleset"), pl.col("n_samples").fill_null(0))
    )
    return rows.select(
        (pl.col(c) if c in rows.columns else pl.lit(None).alias(c)).cast(t)
        for c, t in _PATIENT.items()
    )
