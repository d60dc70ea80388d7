"""Every byte of a folder searched for names: names of files and folders, bytes, and each text of each Parquet file."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from schemas.tables import INPUT_TABLES
from tests.flows.lab import rows
from transforms.pseudonyms import kind_of


def names_in(warehouse: Path) -> set[str]:
    """Return all names of patients, samples, runs and files in the tables of a warehouse without pseudonyms."""
    names: set[str] = set()
    for table in INPUT_TABLES:
        held = rows(warehouse, table.name)
        for column in table.columns:
            if kind_of(column) is not None:
                names.update(held[column].drop_nulls())
    files = rows(warehouse, "source_files")["name"].to_list()
    return names.union(files, (f.rsplit("/", 1)[-1] for f in files))


SURE = 6
"""A name of fewer characters stands in compressed bytes by chance."""


def found_below(
    folder: Path, names: Collection[str], but: Collection[Path] = ()
) -> dict[str, set[str]]:
    """Return the names found below a folder, by the file that holds them.

    Args:
        folder: where to search; links are not followed.
        names: a name counts where no letter or digit stands beside it.
        but: folders that are left out.
    """
    ends = "(?<![0-9A-Za-z]){}(?![0-9A-Za-z])"
    wanted = re.compile(
        ends.format(
            "(?:" + "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True)) + ")"
        )
    )
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if any(path.is_relative_to(b) for b in but):
            continue
        where = path.relative_to(folder).as_posix()
        held = set(wanted.findall(where))
        if path.is_file() and not path.is_symlink():
            for text in _texts(path):
                held.update(wanted.findall(text))
            held.update(n for n in wanted.findall(_packed(path)) if len(n) >= SURE)
        if held:
            found[where] = held
    return found


def _texts(path: Path) -> Iterator[str]:
    """Give the bytes of a file as text, in every encoding that could hide one; of Parquet the texts in it."""
    if path.suffix != ".parquet":
        data = path.read_bytes()
        yield data.decode("utf-8", errors="replace")
        if b"\x00" in data:
            yield data.replace(b"\x00", b"").decode("utf-8", errors="replace")
    else:
        for column in pl.read_parquet(path, hive_partitioning=False).iter_columns():
            values = column.explode() if column.dtype == pl.List(pl.String) else column
            yield "\n".join(values.cast(pl.String).drop_nulls().unique())


def _packed(path: Path) -> str:
    """Return the bytes of a Parquet file as text: what its columns do not show, such as its statistics."""
    return path.read_bytes().decode("utf-8", errors="replace") if path.suffix == ".parquet" else ""
