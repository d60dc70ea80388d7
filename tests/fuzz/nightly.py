"""The large fuzz run: thousands of damaged files for each reader (`make fuzz`).

Prints, for each reader, how many inputs were read and how many refused, the slowest, and the peak memory
of the process that read them. Exit status 1 when anything failed; each failing input is kept.
"""

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.corpus import name_of
from tests.fuzz.inputs import Input
from tests.fuzz.worker import Worker
from transforms.readers.registry import READERS

PEAK_LIMIT_MB = 1024


@dataclass
class Summary:
    """What became of the inputs of one reader."""

    reader: str
    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    peak_mb: float = 0.0
    failed: list[tuple[int, str]] = field(default_factory=list)


def run_reader(reader: str, numbers: range) -> Summary:
    """Check these inputs of a reader in a process of their own."""
    worker, summary = Worker(), Summary(reader)
    for number in numbers:
        outcome = worker.check(Input(reader, number))
        summary.slowest = max(summary.slowest, outcome.seconds)
        summary.peak_mb = max(summary.peak_mb, outcome.peak_mb)
        if outcome.failure:
            summary.failed.append((number, outcome.failure))
        elif outcome.is_read:
            summary.read += 1
        else:
            summary.refused += 1
    worker.close()
    return summary


def main() -> int:
    """Run, print, and say whether all is well."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=640, help="for each reader")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--reader", help="only this one")
    parser.add_argument("--again", help="one input, as READER:NUMBER")
    args = parser.parse_args()
    if args.again:
        reader, _, number = args.again.rpartition(":")
        worker = Worker()
        outcome = worker.check(Input(reader, int(number)))
        worker.close()
        print(_kept(reader, int(number), Path(tempfile.mkdtemp(prefix="mrd-fuzz-"))))
        print(outcome.failure or ("read" if outcome.is_read else "refused"))
        return 1 if outcome.failure else 0
    names = [args.reader] if args.reader else [name_of(r) for r in READERS]
    numbers = range(args.first, args.first + args.inputs)
    with ThreadPoolExecutor(args.processes) as pool:
        summaries = list(pool.map(lambda name: run_reader(name, numbers), names))
    _print(summaries)
    failed = [(s.reader, n, why) for s in summaries for n, why in s.failed]
    folder = Path(tempfile.mkdtemp(prefix="mrd-fuzz-")) if failed else None
    for reader, number, why in failed:
        assert folder is not None
        print(f"\n{reader}:{number} {_kept(reader, number, folder)}\n{why}")
    is_large = any(s.peak_mb > PEAK_LIMIT_MB for s in summaries)
    return 1 if failed or is_large else 0


def _kept(reader: str, number: int, folder: Path) -> Path:
    path = folder / f"{reader.replace('/', '-')}-{number}"
    path.write_bytes(Input(reader, number).data())
    return path


def _print(summaries: list[Summary]) -> None:
    print(f"{'reader':24}{'inputs':>8}{'refused':>9}{'read':>7}{'failed':>8}{'slowest s':>11}{'peak MB':>9}")  # fmt: skip
    for s in summaries:
        failed = len(s.failed)
        inputs = s.read + s.refused + failed
        print(f"{s.reader:24}{inputs:8}{s.refused:9}{s.read:7}{failed:8}{s.slowest:11.2f}{s.peak_mb:9.0f}")  # fmt: skip
    total = sum(s.read + s.refused + len(s.failed) for s in summaries)
    print(f"{'all':24}{total:8}{sum(s.refused for s in summaries):9}{sum(s.read for s in summaries):7}{sum(len(s.failed) for s in summaries):8}{max(s.slowest for s in summaries):11.2f}{max(s.peak_mb for s in summaries):9.0f}")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
