"""Write the sample data: `inbox/` for the demo, `defects/` for the tests. Same bytes every time.

Run `.venv/bin/python sample_data/make_sample_data.py`, or with `--out DIR` to write elsewhere.
"""

import argparse
import shutil
from pathlib import Path

import defects
import inbox
from writing import table

LABELS = ("file", "line", "code")


HERE = Path(__file__).resolve().parent


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Write a folder anew; only our own is ever emptied."""
    if folder.resolve().parent == HERE:
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists():
        raise SystemExit(f"{folder} exists already; give --out a folder without it")
    for name, content in sorted(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def label_file(labels: list[tuple[str, object, str]]) -> bytes:
    """Write labels as CSV."""
    return table(LABELS, [dict(zip(LABELS, label, strict=True)) for label in labels])


def main() -> None:
    """Write everything below the folder that was asked for."""
    parser = argparse.ArgumentParser(description="Write the sample data (invented, seeded).")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR")
    out: Path = parser.parse_args().out

    files, labels = inbox.build()
    write(out / "inbox", files)
    (out / "inbox_labels.csv").write_bytes(label_file(labels))
    bad, bad_labels = defects.build()
    write(out / "defects", bad | {"labels.csv": label_file(bad_labels)})


if __name__ == "__main__":
    main()
