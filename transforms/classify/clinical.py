"""The clinical response beside a sample, and both in one word. Assays never make a clinical response.

A response is the clinic's own, or in AML what its counts say (ELN 2022). Where both lineages have not
recovered and it is no CRh it is MLFS: the usual reading of a table that can be read in two ways.
"""

from collections.abc import Mapping

import polars as pl

from schemas.tables import TABLES
from transforms.worded import worded

_SAMPLE = TABLES["sample_remission"].polars_schema
_SUFFIX = {"NEGATIVE": "MRD-", "POSITIVE": "MRD+", "NOT_EVALUABLE": "MRD_unknown", "INDETERMINATE": "MRD_unknown"}  # fmt: skip
_IN_REMISSION = ["CR", "CRh", "CRi"]


def from_counts(numbers: Mapping[str, float]) -> pl.Expr:
    """Return the ELN 2022 response of counts; null where they do not say.

    Rows of `clinical_responses`. 5 % blasts or more that are no partial remission may be no response or
    a relapse, which counts of one day cannot tell.

    Args:
        numbers: of the standard `clinical-response`, by key.
    """
    blasts, anc, platelets = (pl.col(c) for c in ("bm_blasts_pct", "anc_10e9_per_l", "platelets_10e9_per_l"))  # fmt: skip
    clear = ~pl.col("has_circulating_blasts") & ~pl.col("has_extramedullary_disease")
    low = clear & (blasts < numbers["cr_below_blasts_pct"])
    neutrophils = anc >= numbers["cr_min_anc_10e9_per_l"]
    thrombocytes = platelets >= numbers["cr_min_platelets_10e9_per_l"]
    half = (anc >= numbers["crh_min_anc_10e9_per_l"]) & (platelets >= numbers["crh_min_platelets_10e9_per_l"])  # fmt: skip
    left = 1 - numbers["pr_min_decrease_fraction"]
    partial = (
        blasts.is_between(numbers["cr_below_blasts_pct"], numbers["pr_max_blasts_pct"])
        & (blasts <= pl.col("baseline_bm_blasts_pct") * left)
        & clear & neutrophils & thrombocytes
    )  # fmt: skip
    return (
        pl.when(low & neutrophils & thrombocytes).then(pl.lit("CR"))
        .when(low & half).then(pl.lit("CRh"))
        .when(low & (neutrophils ^ thrombocytes)).then(pl.lit("CRi"))
        .when(low & ~neutrophils & ~thrombocytes).then(pl.lit("MLFS"))
        .when(partial).then(pl.lit("PR"))
    )  # fmt: skip


def clinical_responses(
    samples: pl.DataFrame, assessments: pl.DataFrame, numbers: Mapping[str, float]
) -> pl.DataFrame:
    """Return `sample_id` and `clinical_response` of samples that have one near enough.

    Of two as near the earlier one counts, which was known when the sample was taken.

    Args:
        samples: `sample_id`, `patient_id`, `disease`, `collected_on`.
        assessments: rows of `clinical_responses`.
        numbers: of the standard `clinical-response`, by key.
    """
    told = assessments.filter("is_current").with_columns(
        pl.col("response").cast(pl.String).alias("stated"),
        from_counts(numbers).alias("counted"),
    )
    beside = samples.select("sample_id", "patient_id", "disease", "collected_on").join(
        told.select("patient_id", "assessed_on", "stated", "counted"), on="patient_id"
    )
    apart = (pl.col("collected_on") - pl.col("assessed_on")).dt.total_days()
    said = pl.coalesce("stated", pl.when(pl.col("disease") == "AML").then("counted"))
    return (
        beside.with_columns(said.alias("clinical_response"))
        .filter(pl.col("clinical_response").is_not_null(), apart.abs() <= numbers["max_days_apart"])
        .sort("sample_id", apart.abs(), "assessed_on")
        .unique("sample_id", keep="first", maintain_order=True)
        .select("sample_id", pl.col("clinical_response").cast(_SAMPLE["clinical_response"]))
    )


def combined_response() -> pl.Expr:
    """Return response and MRD in one word, such as `CR_MRD-`; null where either is missing.

    Only a remission takes a suffix. The low level is ELN's `MRD-LL`, so only AML has it.
    """
    status = pl.col("status").cast(pl.String)
    is_low = (status == "LOW_LEVEL") & (pl.col("disease") == "AML")
    suffix = pl.when(is_low).then(pl.lit("MRD-LL")).otherwise(
        status.replace_strict(_SUFFIX, default=None, return_dtype=pl.String)
    )  # fmt: skip
    clinical = pl.col("clinical_response").cast(pl.String)
    return (
        pl.when(clinical.is_in(_IN_REMISSION))
        .then(worded("{}_{}", clinical, suffix))
        .when(suffix.is_not_null() | is_low)
        .then(clinical)
    )
