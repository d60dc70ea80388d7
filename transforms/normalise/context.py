"""Measurements beside what is known of their sample, patient, run and assay."""

from collections.abc import Mapping

import polars as pl

from transforms.kits.assay_rows import with_kits
from transforms.ratio import ratio

_ASSAY = (
    "modality", "marker", "basis", "lab_id", "control_gene", "conversion_factor", "is_reported",
    "lod_fraction", "loq_fraction", "lod_events", "loq_events", "error_rate", "min_count",
    "low_copy_policy",
)  # fmt: skip
_CLAIMS = ("conversion_factor", "lod_fraction", "loq_fraction", "lod_events", "loq_events")

CURVES = (
    "target_slope", "target_intercept", "target_r_squared",
    "control_slope", "control_intercept", "control_r_squared",
)  # fmt: skip
"""Columns of a run's standard curves."""

SAMPLE_COLUMNS = ("sample_id", "patient_id", "disease", "collected_on", "tissue", "timepoint")
OF_SAMPLE = (*SAMPLE_COLUMNS[1:], "transcript", "blood_dilution_fraction", "diagnostic_blasts", "received_after_days")  # fmt: skip
"""Columns of sample and patient that a result keeps."""


def known_samples(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return current samples whose patient is known, with the patient's columns.

    `blood_dilution_fraction` of marrow is the one given, else Holdrinet's from the four blood
    counts; `diagnostic_blasts` the blast fraction of the patient's earliest diagnostic sample, of
    the same tissue where there is one.
    """
    samples = tables["samples"].filter("is_current")
    patients = tables["patients"].filter("is_current")
    # Holdrinet: blood in marrow by its red cells (lymphoid_myeloma_and_sensitivity.md §5.1)
    holdrinet = ratio(pl.col("bm_rbc_10e12_per_l"), pl.col("pb_rbc_10e12_per_l")) * ratio(
        pl.col("pb_wbc_10e9_per_l"), pl.col("bm_nucleated_10e9_per_l")
    )
    dilution = pl.coalesce("blood_dilution_fraction", holdrinet.clip(upper_bound=1.0))
    known = samples.select(
        "sample_id", "patient_id", "collected_on", "tissue", "timepoint", "blast_fraction",
        pl.when(pl.col("tissue") == "BM").then(dilution).alias("blood_dilution_fraction"),
        (pl.col("received_on") - pl.col("collected_on")).dt.total_days().alias("received_after_days"),
    ).join(patients.select("patient_id", "disease", "transcript"), on="patient_id", how="inner")  # fmt: skip
    return _with_diagnostic_blasts(known).drop("blast_fraction")


def _with_diagnostic_blasts(samples: pl.DataFrame) -> pl.DataFrame:
    at_diagnosis = samples.filter(
        (pl.col("timepoint") == "DIAGNOSIS") & (pl.col("blast_fraction") > 0)
    )
    if at_diagnosis.is_empty():
        return samples.with_columns(pl.lit(None, dtype=pl.Float64).alias("diagnostic_blasts"))
    first = at_diagnosis.sort("collected_on", "sample_id")
    of_tissue = first.unique(["patient_id", "tissue"], keep="first", maintain_order=True)
    of_patient = first.unique("patient_id", keep="first", maintain_order=True)
    return (
        samples.join(
            of_tissue.select("patient_id", "tissue", pl.col("blast_fraction").alias("same_tissue")),
            on=["patient_id", "tissue"], how="left", maintain_order="left",
        )
        .join(
            of_patient.select("patient_id", pl.col("blast_fraction").alias("any_tissue")),
            on="patient_id", how="left", maintain_order="left",
        )
        .with_columns(pl.coalesce("same_tissue", "any_tissue").alias("diagnostic_blasts"))
        .drop("same_tissue", "any_tissue")
    )  # fmt: skip


def _assay_on(dates: pl.DataFrame, assays: pl.DataFrame) -> pl.DataFrame:
    """Return the assay row for each `assay_id` and `counts_on`.

    The row in force decides. Where none is, the nearest earlier row (else the nearest later one)
    says what the assay is, and its claims and factor are void.
    """
    beside = dates.join(assays, on="assay_id", how="inner").with_columns(
        pl.col("valid_from").fill_null(pl.date(1, 1, 1)),
        pl.col("valid_to").fill_null(pl.date(9999, 12, 31)),
    )
    day = pl.col("counts_on")
    in_force = (pl.col("valid_from") <= day) & (day <= pl.col("valid_to"))
    started = pl.col("valid_from") <= day
    distance = pl.when(started).then(day - pl.col("valid_to")).otherwise(pl.col("valid_from") - day)
    chosen = (
        beside.with_columns(
            in_force.alias("is_in_force"), started.alias("started"), distance.alias("distance")
        )
        .sort("is_in_force", "started", pl.col("distance").neg(), "valid_from", descending=True)
        .unique(["assay_id", "counts_on"], keep="first", maintain_order=True)
    )
    void = [pl.when("is_in_force").then(c).alias(c) for c in _CLAIMS]
    return chosen.with_columns(void).select("assay_id", "counts_on", "is_in_force", *_ASSAY)


def with_context(
    measurements: pl.DataFrame, samples: pl.DataFrame, tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Join current measurements with sample, run and the assay row of their date.

    Args:
        measurements: rows of one measurement table.
        samples: as `known_samples` gives them.
        tables: `assays` and `runs`; an assay without a row that is a known kit's is known all the same.

    Returns:
        Rows whose sample, patient and assay are known. `counts_on` is the date that decides which
        assay row is in force: the run's, else the collection's (`is_date_assumed`).
    """
    current = measurements.filter("is_current")
    runs = (
        tables["runs"]
        .filter("is_current")
        .select(
            "run_id",
            "assay_id",
            "performed_on",
            "is_ntc_clean",
            pl.col("is_valid").alias("is_run_valid"),
            *CURVES,
        )
    )
    rows = current.join(samples, on="sample_id", how="inner", maintain_order="left").join(
        runs, on=["run_id", "assay_id"], how="left", maintain_order="left"
    )
    rows = rows.with_columns(
        pl.coalesce("performed_on", "collected_on").alias("counts_on"),
        pl.col("performed_on").is_null().alias("is_date_assumed"),
        pl.col("is_run_valid").fill_null(True),
    )
    assays = with_kits(tables["assays"].filter("is_current"), current["assay_id"].unique()).select(
        "assay_id", "valid_from", "valid_to", *_ASSAY
    )
    own_error = {"error_rate": "own_error_rate"} if "error_rate" in rows.columns else {}
    own_marker = {"marker": "own_marker"} if "marker" in rows.columns else {}
    return rows.rename(own_error | own_marker).join(
        _assay_on(rows.select("assay_id", "counts_on").unique(), assays),
        on=["assay_id", "counts_on"],
        how="inner",
        maintain_order="left",
    )


_UNITS = float(2**30)


def exact_units(value: pl.Expr) -> pl.Expr:
    """Return copies in whole units of 2⁻³⁰, whose sum does not depend on their order.

    A power of two makes scaling exact; polars multiplies a column by the reciprocal of a number.
    """
    return (value * _UNITS).round().cast(pl.Int128)


def from_units(total: pl.Expr) -> pl.Expr:
    """Return a sum of `exact_units` as copies."""
    return ratio(total.cast(pl.Float64), _UNITS)


def exact_sum(column: str | pl.Expr) -> pl.Expr:
    """Sum copies reproducibly: float sums depend on their order."""
    value = pl.col(column) if isinstance(column, str) else column
    return from_units(exact_units(value).sum())
