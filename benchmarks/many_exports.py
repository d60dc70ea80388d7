"""A thousand small exports in one load, beside one export with the same wells.

Run with `make bench`. Loads of 250, 500 and 1,000 files show whether a step grows faster than the files do.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from flows.load import LoadRun, run_load
from flows.settings import Settings

sys.path.insert(0, str(Path(__file__).parents[1] / "sample_data"))
import quantstudio

_SETTINGS = Settings(settle_seconds=0)
_FOLDER = "bcr"
_ENDED = "2024-05-16 15:20:44 PM CEST"
_SAMPLES_ON_A_PLATE = 16


def _wells(plate: int) -> list[quantstudio.Well]:
    wells = [*quantstudio.standards(), *quantstudio.no_template()]
    for n in range(_SAMPLES_ON_A_PLATE):
        sample = f"S{plate * _SAMPLES_ON_A_PLATE + n:06d}"
        wells += quantstudio.unknowns(sample, [(12.5, 30_250.0), (0, 28_100.0)])
    return wells


def _reference(inbox: Path, plates: int) -> None:
    n = plates * _SAMPLES_ON_A_PLATE
    (inbox / "reference").mkdir(parents=True)
    (inbox / "reference" / "assays.csv").write_text(
        "assay_id,modality,marker,basis,control_gene,conversion_factor,target_name,control_name\n"
        f"{_FOLDER},PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,0.8,BCR-ABL,ABL1\n"
    )
    patients = "".join(f"P{i:06d},CML,e14a2\n" for i in range(n))
    (inbox / "reference" / "patients.csv").write_text("patient_id,disease,transcript\n" + patients)
    samples = "".join(f"S{i:06d},P{i:06d},2024-05-10,PB\n" for i in range(n))
    (inbox / "reference" / "samples.csv").write_text(
        "sample_id,patient_id,collected_on,tissue\n" + samples
    )


def _results(export: bytes) -> bytes:
    """Return the rows below the header of the results."""
    _, _, results = export.partition(b"[Results]\n")
    return results.partition(b"\n")[2]


def seconds_of_load(root: Path, plates: int, *, in_one_file: bool) -> tuple[float, float, int]:
    """Return how long a load of these plates takes, the seconds of all its threads, and the rows read."""
    inbox = root / "inbox"
    _reference(inbox, plates)
    folder = inbox / _FOLDER
    folder.mkdir()
    exports = [quantstudio.export(f"PLATE_{n}", _ENDED, _wells(n)) for n in range(plates)]
    if in_one_file:
        (folder / "all.txt").write_bytes(exports[0] + b"".join(map(_results, exports[1:])))
    else:
        for plate, data in enumerate(exports):
            (folder / f"plate_{plate:05d}.txt").write_bytes(data)
    started, used = time.perf_counter(), time.process_time()
    result = run_load(LoadRun([inbox], root / "warehouse", _SETTINGS))
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    return seconds, cpu, result.rows["rows_read"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    args = parser.parse_args()
    print(
        f"{'files':>6}{'wells':>9}{'seconds':>9}{'CPU':>8}{'CPU ms a file':>15}{'one file CPU':>14}{'ratio':>7}"
    )
    for files in (args.files // 4, args.files // 2, args.files):
        with tempfile.TemporaryDirectory() as many, tempfile.TemporaryDirectory() as one:
            seconds, cpu, rows = seconds_of_load(Path(many), files, in_one_file=False)
            _, alone, _ = seconds_of_load(Path(one), files, in_one_file=True)
        print(f"{files:6}{rows:9}{seconds:9.1f}{cpu:8.1f}{1000 * cpu / files:15.1f}{alone:14.1f}{cpu / alone:7.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
