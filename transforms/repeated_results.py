"""Numbers that stand under two runs of one sample: perhaps one measurement that is counted twice.

Runs are added up as replicates. A result that was exported again with another run number, or without one, would
count twice. Two measurements of one sample seldom agree in every digit; where they do, a person is told. Round
numbers and results without anything detected agree often, and say nothing.
"""

from collections.abc import Mapping

import polars as pl

from schemas.tables import TABLES
from transforms.problems import STORED_FINDING_SCHEMA, stored_findings
from transforms.reconcile.outcome import where
from transforms.worded import worded


def _has_digits(column: str) -> pl.Expr:
    """Tell whether a count is not a round one; rounded to hundreds many agree."""
    return pl.col(column) % 100 != 0


def _detected_in_full_digits() -> dict[str, pl.Expr]:
    """Return by table which rows have numbers that no second measurement would repeat."""
    seen, cycles = pl.col("target_copies") > 0, pl.col("target_cq") + pl.col("control_cq")
    return {
        "pcr_measurements": (seen & (_has_digits("control_copies") | (pl.col("target_copies") % 1 != 0)))
        | (cycles % 1 != 0)
        | ((pl.col("positive_partitions") > 0) & _has_digits("total_partitions")),
        "flow_measurements": (pl.col("mrd_events") > 0) & _has_digits("denominator_events"),
        "ngs_measurements": (pl.col("marker_count") > 0) & _has_digits("total_count"),
    }  # fmt: skip


def repeated_results(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one finding for each sample and assay whose numbers stand under two runs.

    Args:
        tables: measurement rows that count, under the sample they count for.

    Returns:
        Findings of the `STORED_FINDING_SCHEMA`, at the row that stands last.
    """
    found = [pl.DataFrame(schema=STORED_FINDING_SCHEMA)]
    for name, is_telling in _detected_in_full_digits().items():
        of_run = ("run_id", "replicate", "tube")
        same = ["sample_id", "assay_id", *(c for c in TABLES[name].content if c not in of_run)]
        same += [c for c in ("marker", "clone") if c in tables[name].columns and c not in same]
        rows = tables[name].filter(is_telling.fill_null(False))
        twice = (
            rows.sort("source_sha256", "source_line")
            .with_columns(where().alias("where"))
            .group_by(same, maintain_order=True)
            .agg(
                pl.col("run_id").n_unique().alias("n_runs"),
                pl.col("run_id").fill_null("no run").unique().sort().str.join(", ").alias("runs"),
                pl.col("source_sha256", "source_line", "where").last(),
                pl.col("where").first().alias("first"),
            )
            .filter(pl.col("n_runs") > 1)
            .unique(["sample_id", "assay_id"], keep="last", maintain_order=True)
        )
        message = worded(
            "sample {}, assay {}: the same numbers in every digit under runs {} (also {}); both are counted: where they are "
            "one measurement, withdraw one of them",
            "sample_id", "assay_id", "runs", "first",
        )  # fmt: skip
        found.append(stored_findings(twice, "SAME_NUMBERS_IN_TWO_RUNS", message, "sample_id"))
    return pl.concat(found)
