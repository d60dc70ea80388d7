"""Load two published patient series, written as canonical files, and say what came out.

    MRD_REAL_FILES=<folder> .venv/bin/python benchmarks/published_series.py

Hähnel 2020 gives % on the International Scale, with upper limits for undetected tests; Michor 2005 is
from before the scale and stays a plain ratio. The data are read where they lie and never copied here.
"""

import os
import sys
import tempfile
from pathlib import Path

import polars as pl

from flows.load import LoadRun, run_load
from flows.settings import Settings
from schemas.tables import TABLES

_FIRST_DAY = pl.date(2000, 1, 1)
_DAYS_PER_MONTH = 30.4375


def _write(folder: Path, rows: pl.DataFrame, name: str, assay: str) -> None:
    """Write reference and measurement files of one series.

    Args:
        folder: inbox.
        rows: `patient`, `days`, `value_text`, `call`.
        name: prefix of identifiers.
        assay: the `assays` row after its id.
    """
    rows = rows.with_row_index("n").with_columns(
        pl.format(f"{name}-{{}}", pl.col("n").cast(pl.String).str.zfill(4)).alias("sample_id"),
        pl.format(f"{name}-P{{}}", pl.col("patient").cast(pl.Int64)).alias("patient_id"),
    )
    rows.select("patient_id").unique(maintain_order=True).with_columns(
        disease=pl.lit("CML"), transcript=pl.lit("p210")
    ).write_csv(folder / f"{name}_patients.csv")
    rows.select(
        "sample_id", "patient_id",
        (_FIRST_DAY + pl.duration(days=pl.col("days").round().cast(pl.Int64))).alias("collected_on"),
        pl.lit("PB").alias("tissue"),
    ).write_csv(folder / f"{name}_samples.csv")  # fmt: skip
    rows.select(
        "sample_id", pl.lit(name).alias("assay_id"), pl.col("value_text").alias("reported_value"),
        pl.lit("PCT_IS" if "true" in assay else "PCT").alias("reported_unit"),
        pl.col("call").alias("reported_call"),
    ).write_csv(folder / f"{name}_pcr.csv")  # fmt: skip
    (folder / f"{name}_assays.csv").write_text(
        f"assay_id,modality,marker,basis,is_reported\n{name},{assay}\n"
    )


def write_series(real: Path, folder: Path) -> None:
    """Write both series as canonical files."""
    series = real / "series" / "cml-myelo"
    hahnel = pl.read_csv(series / "hahnelFigS2.csv")
    is_limit = pl.col("UL") == 1
    hahnel = hahnel.select(
        pl.col("Pt").alias("patient"),
        (pl.col("Months") * _DAYS_PER_MONTH).alias("days"),
        pl.when(is_limit).then(pl.format("<{}", "Prct")).otherwise(pl.col("Prct").cast(pl.String)).alias("value_text"),
        pl.when(is_limit).then(pl.lit("NOT_DETECTED")).otherwise(pl.lit("DETECTED")).alias("call"),
    )  # fmt: skip
    _write(folder, hahnel, "hahnel", "PCR,BCR::ABL1 p210,RNA_RATIO_IS,true")
    michor = pl.read_csv(series / "michor.csv").select(
        pl.col("Pt").alias("patient"),
        pl.col("Days").alias("days"),
        pl.col("Prct").cast(pl.String).alias("value_text"),
        pl.lit("DETECTED").alias("call"),
    )
    _write(folder, michor, "michor", "PCR,BCR::ABL1 p210,RNA_RATIO,")


def main() -> int:
    """Load both and print counts."""
    real = os.environ.get("MRD_REAL_FILES")
    if not real:
        print("set MRD_REAL_FILES to the folder of the real files", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        inbox = Path(name) / "inbox"
        inbox.mkdir()
        write_series(Path(real), inbox)
        run = LoadRun([inbox], Path(name) / "warehouse", Settings(settle_seconds=0))
        result = run_load(run)
        print(result.files, result.rows)
        snapshot = run.warehouse.current()
        if snapshot is None:
            raise AssertionError("nothing was published")
        status = snapshot.read(TABLES["mrd_status"])
    with pl.Config(tbl_rows=40, tbl_hide_dataframe_shape=True):
        print(
            status.group_by("assay_id", "finding", "status", "depth", "reason")
            .len()
            .sort("assay_id", "finding", "depth")
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
