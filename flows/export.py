"""`mrd export`: one table as a file for another program."""

import io
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from flows.disk import sync_file
from flows.errors import UserError
from flows.key_file import read_key
from flows.persons import survivors
from flows.warehouse import Warehouse
from schemas.tables import TABLES, Table
from transforms.export import for_spreadsheets, with_shifted_dates

_FILE_MODE = 0o640
_DAYS = ("collected_on", "occurred_on", "assessed_on", "started_on", "performed_on")


@dataclass(frozen=True)
class Wanted:
    """What to export, and where to.

    Attributes:
        table: name of the table.
        to: the file; its ending says what is written.
        snapshot: load id, its beginning, or `current`.
        since: rows of earlier days are left out.
        key: file of the key by which dates are shifted; None = dates as they are.
        overwrite: replace a file that is there.
    """

    table: str
    to: Path
    snapshot: str = "current"
    since: date | None = None
    key: Path | None = None
    overwrite: bool = False


def export(root: Path, wanted: Wanted) -> int:
    """Write a table; return its rows.

    A CSV has a byte-order mark, without which a spreadsheet reads ≤ and µ as something else.

    Raises:
        UserError: there is no such table, snapshot or key, or the file cannot be written.
        OSError: the disk is full, or the place went away.
    """
    table = TABLES.get(wanted.table)
    if table is None:
        raise UserError(f"--table {wanted.table}: there is no such table; there are {', '.join(TABLES)}")  # fmt: skip
    is_csv = wanted.to.suffix.lower() == ".csv"
    if not is_csv and wanted.to.suffix.lower() != ".parquet":
        raise UserError(f"{wanted.to}: name a file that ends in .csv or .parquet")
    _check_place(root, wanted)
    key = read_key(wanted.key, root) if wanted.key else None
    snapshot = Warehouse(root).snapshot(wanted.snapshot)
    frame = _since(snapshot.read(table), table, wanted.since)
    if key is not None:
        frame = with_shifted_dates(frame, table, key, survivors(snapshot))
    # through memory: where the disk is full polars raises ComputeError, Python an OSError
    data = io.BytesIO()
    if is_csv:
        # quoted, because some programs also cut lines at tabs and semicolons
        for_spreadsheets(frame).write_csv(data, include_bom=True, quote_style="non_numeric")
    else:
        frame.write_parquet(data, compression="zstd")
    _write(wanted.to, data)
    return frame.height


def _check_place(root: Path, wanted: Wanted) -> None:
    to = wanted.to
    if not to.parent.is_dir():
        raise UserError(f"{to}: there is no folder {to.parent}")
    if to.parent.resolve().is_relative_to(root.resolve()):
        raise UserError(f"{to}: this is inside the warehouse; write elsewhere")
    if to.is_dir():
        raise UserError(f"{to}: this is a folder")
    if os.path.lexists(to) and not wanted.overwrite:
        raise UserError(f"{to}: the file is there already; --overwrite replaces it")


def _since(frame: pl.DataFrame, table: Table, since: date | None) -> pl.DataFrame:
    if since is None:
        return frame
    day = next((c for c in _DAYS if c in table.columns), None)
    if day is None:
        raise UserError(f"--since: rows of {table.name} have no day of their own")
    return frame.filter(pl.col(day) >= since)


def _write(to: Path, data: io.BytesIO) -> None:
    """Write beside the file and rename, so that a half-written one is never seen."""
    part = to.with_name(f".{to.name}.part-{os.getpid()}")
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as out:
            out.write(data.getbuffer())
            out.flush()
            sync_file(out.fileno())
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
