"""Reading a large file of each text format, beside what polars needs to read the same bytes as plain cells.

Run with `make bench`. Ours tells the format, checks encodings, ragged rows and lines, and gives the rows of the
canonical tables; polars splits at a separator. Both in turns, in one run; the ratio of the medians is printed.
Seconds are those of all threads, so that other work on the machine does not enter. Times of one machine mean
little; ratios do.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import polars as pl

from tests.fuzz.large import TEXTS, Large
from transforms.readers.decode import to_utf8
from transforms.readers.registry import find_reader
from transforms.readers.rows import ReaderSettings

_SETTINGS = ReaderSettings(("NTC",), "S9")


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _ours(data: bytes, large: Large) -> int:
    reader, content = find_reader(data)
    return reader.read(content, large.assay, _SETTINGS).rows_read


def _plain(text: bytes) -> int:
    line = max(
        text[:20_000].split(b"\n"), key=lambda x: max(x.count(s) for s in (b"\t", b";", b",", b"|"))
    )
    separator = max("\t;,|", key=lambda s: line.count(s.encode()))
    frame = pl.read_csv(
        text, separator=separator, infer_schema=False, quote_char=None, truncate_ragged_lines=True, has_header=False,
    )  # fmt: skip
    return frame.height


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mb", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reader", default="", help="only those with this in their name")
    args = parser.parse_args()
    print(f"{'format':26}{'MB':>6}{'rows':>10}{'ours CPU':>9}{'plain':>9}{'ratio':>8}")
    for large in TEXTS:
        if args.reader not in large.reader:
            continue
        data = large.data(int(args.mb * 1_000_000))
        # as UTF-8 with \n, so that both read the same lines
        text = to_utf8(data)
        ours, plain, rows = [], [], 0
        for _ in range(args.rounds):
            plain.append(_seconds(partial(_plain, text)))
            started = time.process_time()
            rows = _ours(data, large)
            ours.append(time.process_time() - started)
        mine, theirs = statistics.median(ours), statistics.median(plain)
        print(f"{large.reader:26}{len(data) / 1e6:6.0f}{rows:10}{mine:9.2f}{theirs:9.3f}{mine / theirs:8.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
