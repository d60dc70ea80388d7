"""Peak memory and time of reading a large file of each format, each in a process of its own (`make fuzz`).

Exit status 1 when a format takes more than 1 GiB for 50 MB. Workbooks are packed: theirs is the size of
what they unpack to.
"""

import argparse
import io
import pickle
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

LIMIT_MB = 1024
_SECONDS = 600


def read(path: Path) -> None:
    """Read one file and print what it took; imports first, so that they are not measured as time."""
    from transforms.problems import FileRefusedError
    from transforms.readers.registry import find_reader
    from transforms.readers.rows import ReaderSettings

    assay, data = pickle.loads(path.read_bytes())
    started = time.perf_counter()
    try:
        reader, content = find_reader(data)
        rows = reader.read(content, assay, ReaderSettings(("NTC",), "S9"))
        said = f"{rows.rows_read} rows"
    except FileRefusedError as refused:
        said = refused.code
    seconds = time.perf_counter() - started
    print(f"{seconds:.2f}\t{_peak_mb():.0f}\t{said}")


def _peak_mb() -> float:
    """Return the peak of this program; `ru_maxrss` would start with what its parent had used."""
    status = Path("/proc/self/status").read_text()
    (line,) = (x for x in status.splitlines() if x.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def _unpacked(data: bytes) -> int:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return len(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return sum(i.file_size for i in archive.infolist())


def main() -> int:
    """Write, read and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mb", type=int, default=50)
    parser.add_argument("--reader", help="only these")
    parser.add_argument("--read", type=Path, help="read one file, as the child process")
    args = parser.parse_args()
    if args.read:
        read(args.read)
        return 0
    from tests.fuzz.large import TEXTS, workbooks

    n_bytes = args.mb * 1_000_000
    print(f"{'format':28}{'MB':>7}{'seconds':>9}{'peak MB':>9}  what came of it")
    is_large = False
    with tempfile.TemporaryDirectory(prefix="mrd-memory-") as name:
        path = Path(name) / "file"
        for reader, make in (
            *((t.reader, lambda t=t: (t.assay, t.data(n_bytes))) for t in TEXTS),
            *((f"{r} workbook", lambda f=f: f) for r, f in workbooks(n_bytes).items()),
        ):
            if args.reader and args.reader not in reader:
                continue
            file = make()
            size = _unpacked(file[1])
            path.write_bytes(pickle.dumps(file))
            done = subprocess.run(
                [sys.executable, "-m", "tests.fuzz.memory", "--read", str(path)],
                capture_output=True, text=True, timeout=_SECONDS, check=False,
            )  # fmt: skip
            seconds, peak, said = (done.stdout.strip() or f"0\t{LIMIT_MB + 1}\tdied").split("\t")
            is_large = is_large or float(peak) > LIMIT_MB
            print(f"{reader:28}{size / 1e6:7.1f}{float(seconds):9.2f}{float(peak):9.0f}  {said}", flush=True)  # fmt: skip
    return 1 if is_large else 0


if __name__ == "__main__":
    sys.exit(main())
