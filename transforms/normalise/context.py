"""Measurements beside what is known of their sample, patient, run and assay."""

from collections.abc import Mapping

import polars as pl

_ASSAY = (
    "modality", "marker", "basis", "lab_id", "control_gene", "conversion_factor", "is_reported",
    "lod_fraction", "loq_fraction", "lod_events", "loq_events", "error_rate", "min_count",
    "low_copy_policy",
)  # fmt: skip
_CLAIMS = ("conversion_factor", "lod_fraction", "loq_fraction")

SAMPLE_COLUMNS = ("sample_id", "patient_id", "disease", "collected_on", "tissue", "timepoint")


def known_samples(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return current samples whose patient is known, with the patient's columns."""
    samples = tables["samples"].filter("is_current")
    patients = tables["patients"].filter("is_current")
    return samples.select(
        "sample_id", "patient_id", "collected_on", "tissue", "timepoint", "blood_dilution_fraction"
    ).join(patients.select("patient_id", "disease", "transcript"), on="patient_id", how="inner")


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
        tables: `assays` and `runs`.

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
    assays = (
        tables["assays"].filter("is_current").select("assay_id", "valid_from", "valid_to", *_ASSAY)
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


def exact_sum(column: str | pl.Expr) -> pl.Expr:
    """Sum copies reproducibly, in whole units of 2⁻³⁰ copies: float sums depend on their order.

    A power of two makes scaling exact; polars multiplies a column by the reciprocal of a number.
    """
    value = pl.col(column) if isinstance(column, str) else column
    return (value * _UNITS).round().cast(pl.Int128).sum().cast(pl.Float64) / _UNITS
