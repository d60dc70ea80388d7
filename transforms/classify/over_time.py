"""Everything a rule set says of several samples of a patient, and what it changes on each of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.tables import TABLES
from transforms.classify.cml_course import response_events, tfr_relapses
from transforms.classify.events import certainty, class_events, empty, log_rises
from transforms.classify.next_due import next_due
from transforms.classify.relapse import SAID, persistences, relapses
from transforms.classify.risk_groups import risk_groups
from transforms.classify.specimens import judged_or_seen
from transforms.classify.sustained import sustained_responses
from transforms.classify.tfr import tfr_eligibility
from transforms.guidelines.rules import Rules, RuleSet

_EVENTS = TABLES["molecular_events"]
_SAMPLE = TABLES["sample_remission"].polars_schema
_PATIENT = TABLES["patient_summary"].polars_schema
_WORDS = {"sample_id": pl.String, "response": pl.String}
_NEEDED = (
    "sample_id", "patient_id", "disease", "collected_on", "tissue", "timepoint", "assay_id", "lab_id", "modality",
    "marker", "basis", "series", "finding", "finding_reason", "level_fraction", "estimate_fraction", "upper_fraction",
    "ci_low_fraction", "ci_high_fraction", "lod_fraction", "value_fraction", "nadir_before_fraction", "reason", "censor", "status", "depth", "ruleset", "class_index",
    "is_at_threshold", "no_confirmation_from",
)  # fmt: skip
"""What a course depends on; sorting all columns of a result costs more than all else here."""


def narrow(rows: pl.DataFrame) -> pl.DataFrame:
    """Return of judged rows what a course depends on.

    With `is_silent`: whether the sample has a list that does not mention every tracked marker.

    Args:
        rows: as `transforms.classify.status.judged` gives them.
    """
    is_silent = (pl.col("n_not_mentioned") > 0).fill_null(False).any().over("sample_id")
    return rows.select(*_NEEDED, is_silent.alias("is_silent"))


@dataclass(frozen=True)
class OverTime:
    """What the courses say.

    Attributes:
        events: rows of `molecular_events`.
        remission: rows of `sample_remission`, with relapses and responses over time.
    """

    events: pl.DataFrame
    remission: pl.DataFrame


def over_time(
    rows: pl.DataFrame, remission: pl.DataFrame, tables: Mapping[str, pl.DataFrame], rules: Rules
) -> OverTime:
    """Return events, and the samples with what their courses say of them.

    Args:
        rows: as `narrow` gives them.
        remission: rows of `sample_remission`, each by itself.
        tables: all input tables.
        rules: active rule sets.
    """
    events, said, words = [empty()], [pl.DataFrame(schema=SAID)], [pl.DataFrame(schema=_WORDS)]
    for ruleset in _active(rules):
        own = rows.filter(pl.col("ruleset") == ruleset.id)
        if own.is_empty():
            continue
        events += log_rises(own, ruleset)
        if ruleset.kind == "mr_levels":
            events += response_events(own, ruleset, rules.standards)
            lost, of_samples = tfr_relapses(own, tables["treatments"], ruleset, rules.standards)
            events += lost
            said.append(of_samples)
            continue
        events += class_events(own)
        events += persistences(own, ruleset)
        course = ruleset.course
        if course.relapse and course.confirmation is not None:
            relapsed, of_samples = relapses(own, ruleset)
            events.append(relapsed)
            said.append(of_samples)
            word = course.confirmation.response_when_confirmed
            if word:
                told = of_samples.filter("is_confirmed").select("sample_id")
                words.append(told.with_columns(pl.lit(word).alias("response")))
        if course.risk_groups is not None:
            words.append(
                risk_groups(
                    own,
                    tables["treatments"],
                    tables["patients"].filter("is_current"),
                    course.risk_groups,
                )
            )
        if course.sustained is not None:
            of_ruleset = remission.filter(pl.col("ruleset") == ruleset.id)
            words.append(
                sustained_responses(
                    of_ruleset, own, tables["clinical_responses"], course.sustained, rules.standards.clinical
                )
            )  # fmt: skip
    return OverTime(
        events=_unique(pl.concat(events)),
        remission=_with_held_days(_with_words(remission, pl.concat(said), pl.concat(words)), rows),
    )


def _active(rules: Rules) -> list[RuleSet]:
    found = {r.id: r for r in map(rules.of, rules.active)}
    return [found[name] for name in sorted(found)]


def _unique(events: pl.DataFrame) -> pl.DataFrame:
    """Keep one row for a key: of several series of a marker the most certain."""
    return events.sort(
        *_EVENTS.key, certainty(), "confirmed_by_sample_id", "rule_id", nulls_last=True
    ).unique(_EVENTS.key, keep="first", maintain_order=True)


def _with_words(remission: pl.DataFrame, said: pl.DataFrame, words: pl.DataFrame) -> pl.DataFrame:
    relapse = said.group_by("sample_id").agg(
        pl.when(pl.col("is_confirmed").any()).then(pl.lit("RELAPSE")).otherwise(pl.lit("RELAPSE_SUSPECTED")).alias("relapse")
    )  # fmt: skip
    is_relapse = pl.col("relapse") == "RELAPSE"
    # the low level of AML is one without such a rise: a relapse is no CR without MRD
    combined = pl.col("combined_response").str.replace("MRD-LL", "MRD+", literal=True)
    word = words.unique("sample_id", keep="first", maintain_order=True).rename({"response": "word"})
    return (
        remission.join(relapse, on="sample_id", how="left", maintain_order="left")
        .join(word, on="sample_id", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("relapse", pl.col("molecular_remission").cast(pl.String)).cast(_SAMPLE["molecular_remission"]).alias("molecular_remission"),
            pl.coalesce("word", pl.col("response").cast(pl.String)).cast(_SAMPLE["response"]).alias("response"),
        )
        .with_columns(pl.when(is_relapse).then(combined).otherwise("combined_response").alias("combined_response"))
        .drop("relapse", "word")
    )  # fmt: skip


def _with_held_days(remission: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Add how long a molecular remission was seen to hold; what could not be judged is passed over."""
    is_held = pl.col("molecular_remission") == "REMISSION"
    day = ["patient_id", "collected_on"]
    days = (
        judged_or_seen(remission, rows)
        .group_by(day)
        .agg(is_held.all().alias("is_held"))
        .sort(day)
        .with_columns(pl.struct("patient_id", "is_held").rle_id().alias("run_no"))
        .with_columns((pl.col("collected_on").last().over("run_no") - pl.col("collected_on")).dt.total_days().alias("held_days"))
        .filter("is_held")
    )  # fmt: skip
    held = remission.filter(is_held).select("sample_id", *day).join(days, on=day)
    return remission.drop("held_days").join(
        held.select("sample_id", "held_days"), on="sample_id", how="left", maintain_order="left"
    ).select(pl.col(c).cast(t) for c, t in _SAMPLE.items())  # fmt: skip


def with_plans(
    summary: pl.DataFrame,
    rows: pl.DataFrame,
    told: OverTime,
    tables: Mapping[str, pl.DataFrame],
    rules: Rules,
) -> pl.DataFrame:
    """Add to patients whether treatment could be stopped, and when the next test is due.

    Args:
        summary: rows of `patient_summary`.
        rows: as `narrow` gives them.
        told: what the courses say.
        tables: all input tables.
        rules: active rule sets.
    """
    patients = (
        tables["patients"].filter("is_current").select("patient_id", "transcript")
        .join(summary.select("patient_id", "sustained_since"), on="patient_id", how="left")
    )  # fmt: skip
    is_relapse = pl.col("molecular_remission").is_in(["RELAPSE", "RELAPSE_SUSPECTED"])
    relapsed = told.remission.filter(is_relapse).select("patient_id", "collected_on")
    lost = told.events.filter(pl.col("event") == "TFR_RELAPSE", "is_confirmed")
    lost = lost.select("patient_id", pl.col("occurred_on").alias("collected_on"))
    plans = []
    for ruleset in _active(rules):
        if ruleset.kind != "mr_levels":
            continue
        own = rows.filter(pl.col("ruleset") == ruleset.id)
        worst = ruleset.words.failure if ruleset.words else None
        failed = told.remission.filter(
            pl.col("response") == worst, pl.col("ruleset") == ruleset.id
        ).select("patient_id", "collected_on")
        failed = pl.concat([failed, lost])
        eligible = tfr_eligibility(own, failed, patients, tables["treatments"], ruleset)
        due = next_due(own, relapsed, tables["treatments"], ruleset, rules.standards)
        plans.append(eligible.join(due, on="patient_id", how="full", coalesce=True))
    if not plans:
        return summary
    planned = ("tfr_eligible", "tfr_unmet", "next_due_on", "monitoring")
    return (
        summary.drop(planned)
        .join(pl.concat(plans), on="patient_id", how="left", maintain_order="left")
        .select(pl.col(c).cast(t) for c, t in _PATIENT.items())
    )
