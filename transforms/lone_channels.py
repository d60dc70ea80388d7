"""Wells of a target or a control alone whose other half, in another file, is not there."""

from collections.abc import Mapping

import polars as pl

from transforms.normalise.channels import with_side
from transforms.problems import stored_findings
from transforms.worded import worded

_OTHER = {"target": "control", "control": "target"}


def lone_channels(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one finding for each sample, assay and run with wells that are half a measurement.

    Args:
        tables: measurement rows that count, under the sample they count for.

    Returns:
        Findings of the `STORED_FINDING_SCHEMA`, at the first of these wells.
    """
    is_half = pl.col("shared_run_id").is_not_null()
    rows = tables["pcr_measurements"].filter("is_current", is_half)
    lone = (
        with_side(rows)
        .filter(pl.col("side").is_not_null(), ~pl.col("is_joined"))
        .sort("source_sha256", "source_line")
        .group_by("sample_id", "assay_id", "run_id", "shared_run_id", "side", maintain_order=True)
        .agg(
            pl.col("source_sha256", "source_line").first(),
            pl.col("replicate").str.join(", "),
        )
    )
    message = worded(
        "sample {}, assay {}: wells {} of run {} hold the {} alone and are not evaluable; their {} is not among the "
        "accepted wells of {} at the same position under the same sample name, or stands there twice. Load the file of the "
        "other filter into the same folder, with the same names",
        "sample_id", "assay_id", "replicate", "run_id", "side", pl.col("side").replace_strict(_OTHER, return_dtype=pl.String), "shared_run_id",
    )  # fmt: skip
    return stored_findings(lone, "OTHER_CHANNEL_MISSING", message, "replicate")
