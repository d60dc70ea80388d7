"""Specimens and runs: what was collected on one day, and consecutive ones in the same state.

"Consecutive" is always about specimens of different days, never about replicates or assays of one.
"""

from collections.abc import Sequence

import polars as pl

_SEVERITY = {"NEGATIVE": 0, "LOW_LEVEL": 1, "POSITIVE": 2}

JUDGED = list(_SEVERITY)
"""Statuses that say something of the course; all others are passed over."""

SERIES = ("patient_id", "series")
"""Of numbers that are compared."""
ON_SCALE = ("patient_id", "marker", "tissue")
"""Of a threshold on the International Scale, which needs no comparison of numbers."""
ANY_LABORATORY = ("patient_id", "marker", "basis", "tissue")
"""Of what was called, which needs no comparison of numbers either."""


def judged_or_seen(samples: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the samples that are judged, or in which something was seen whose class cannot be told.

    Args:
        samples: rows of `sample_remission`.
        rows: their results, with `sample_id` and `finding`.
    """
    seen = rows.filter(pl.col("finding") == "DETECTED")["sample_id"]
    return samples.filter(
        pl.col("status").is_in(JUDGED) | pl.col("sample_id").is_in(seen.implode())
    )


def specimens(rows: pl.DataFrame, group: Sequence[str]) -> pl.DataFrame:
    """Return one row for each day of a group: the worst of that day, in the order of time.

    Args:
        rows: judged results with `status`, `level_fraction`, `censor`, `collected_on` and the columns of
            `group`.
        group: within what specimens follow each other.

    Returns:
        The rows with `group_no`, the same for all rows of a group.
    """
    severity = (
        pl.col("status").cast(pl.String).replace_strict(_SEVERITY, default=-1, return_dtype=pl.Int8)
    )
    highest = pl.when(pl.col("censor") == "RIGHT").then(float("inf")).otherwise("level_fraction")
    day = [*group, "collected_on"]
    return (
        rows.with_columns(severity.alias("severity"), highest.alias("highest"))
        .sort(
            *day, "severity", "highest", "sample_id", "assay_id",
            descending=[*(False for _ in day), True, True, False, False],
            nulls_last=True,
        )
        .unique(day, keep="first", maintain_order=True)
        .drop("severity", "highest")
        .with_columns(pl.struct(*group).rle_id().alias("group_no"))
    )  # fmt: skip


def with_runs(rows: pl.DataFrame, state: pl.Expr) -> pl.DataFrame:
    """Add the runs of a state to specimens.

    Args:
        rows: specimens with `group_no`, in order.
        state: true or false for each.

    Returns:
        The rows with `is_on`, `run_no`, `is_first` of its run, `has_before` and `has_after` (in the run's
        group, on the other side of the run's ends; at its first and last row only).
    """
    same_group = pl.col("group_no") == pl.col("group_no").shift()
    return (
        rows.with_columns(state.alias("is_on"))
        .with_columns(pl.struct("group_no", "is_on").rle_id().alias("run_no"))
        .with_columns(
            (pl.col("run_no") != pl.col("run_no").shift()).fill_null(True).alias("is_first"),
            same_group.fill_null(False).alias("has_before"),
            same_group.shift(-1).fill_null(False).alias("has_after"),
        )
    )
