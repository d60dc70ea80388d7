"""A whole load of a million replicate rows, beside what polars needs to copy the same CSV to Parquet.

Run with `make bench`. Both are measured in one run, in turns, and the ratio of the medians is printed;
the goal is a ratio of at most 3 for the bare load. A daily load on top shows that a load costs what
is new. Times of one machine mean little; ratios do.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

from flows.load import LoadRun, run_load
from flows.settings import Settings

_SETTINGS = Settings(settle_seconds=0)


def write_inputs(folder: Path, rows: int) -> Path:
    """Write reference files and one PCR file of `rows` replicate rows, three to a sample."""
    rng = random.Random(20260101)
    samples = rows // 3
    patients = samples // 10
    index = pl.int_range(samples, eager=True)
    pl.DataFrame({"patient_id": [f"P{i:06d}" for i in range(patients)]}).with_columns(
        disease=pl.lit("CML"), transcript=pl.lit("e14a2")
    ).write_csv(folder / "patients.csv")
    pl.DataFrame({"i": index}).select(
        pl.format("S{}", pl.col("i").cast(pl.String).str.zfill(7)).alias("sample_id"),
        pl.format("P{}", (pl.col("i") % patients).cast(pl.String).str.zfill(6)).alias("patient_id"),
        (pl.date(2016, 1, 1) + pl.duration(days=(pl.col("i") * 3650) // samples)).alias(
            "collected_on"
        ),
        pl.lit("PB").alias("tissue"),
    ).write_csv(folder / "samples.csv")
    (folder / "assays.csv").write_text(
        "assay_id,modality,marker,basis,control_gene,conversion_factor\n"
        "bcr,PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,0.8\n"
    )
    path = folder / "pcr.csv"
    pl.DataFrame({"i": pl.int_range(rows, eager=True)}).select(
        pl.format("S{}", (pl.col("i") // 3).cast(pl.String).str.zfill(7)).alias("sample_id"),
        pl.lit("bcr").alias("assay_id"),
        pl.format("R{}", pl.col("i") // 300).alias("run_id"),
        (pl.col("i") % 3 + 1).alias("replicate"),
        pl.Series(
            "target_copies",
            [round(rng.expovariate(0.5), 1) if rng.random() < 0.5 else 0.0 for _ in range(rows)],
        ),
        pl.Series("control_copies", [rng.randrange(9_000, 90_000) for _ in range(rows)]),
    ).write_csv(path)
    return path


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        inbox = root / "inbox"
        inbox.mkdir()
        path = write_inputs(inbox, args.rows)
        copies, loads, days = [], [], []
        for turn in range(args.rounds):
            copies.append(_seconds(lambda: pl.read_csv(path).write_parquet(root / "copy.parquet")))
            warehouse = root / f"warehouse-{turn}"
            loads.append(_seconds(lambda w=warehouse: run_load(LoadRun([inbox], w, _SETTINGS))))
            day = root / f"day-{turn}"
            day.mkdir()
            lines = ["sample_id,assay_id,run_id,replicate,target_copies,control_copies"]
            lines += [
                f"S{i:07d},bcr,D{turn},{k},1,50000" for i in range(0, 300, 3) for k in (1, 2, 3)
            ]
            (day / "day.csv").write_text("\n".join(lines) + "\n")
            days.append(_seconds(lambda d=day, w=warehouse: run_load(LoadRun([d], w, _SETTINGS))))
    copy, load, day_load = (statistics.median(x) for x in (copies, loads, days))
    print(f"{args.rows} replicate rows, median of {args.rounds} rounds")
    print(f"copy CSV to Parquet   {copy:8.2f} s")
    print(f"whole load            {load:8.2f} s   {load / copy:6.1f} x the copy")
    print(f"daily load, 300 rows  {day_load:8.2f} s   {day_load / load:6.2f} x the whole load")


if __name__ == "__main__":
    main()
