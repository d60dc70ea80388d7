"""`mrd export`."""

import argparse
from pathlib import Path

from flows.commands.arguments import add_warehouse, day
from flows.errors import EXIT_DONE
from flows.terminal import show

WORDS = "write a table as CSV for a spreadsheet, or as Parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_warehouse(parser)
    parser.add_argument("--table", required=True, help="name of the table, such as mrd_status")
    parser.add_argument(
        "--to", type=Path, required=True, metavar="FILE", help="ends in .csv or .parquet"
    )
    parser.add_argument(
        "--snapshot", default="current", metavar="ID", help="load id, its beginning, or `current`"
    )
    parser.add_argument("--since", type=day, metavar="DATE", help="only rows of this day or later")
    parser.add_argument(
        "--shift-dates",
        type=Path,
        metavar="KEY_FILE",
        help="move the dates of each patient by days of its own, which the key decides",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.export import Wanted, export
    from flows.format_numbers import counted

    wanted = Wanted(
        args.table, args.to, args.snapshot, args.since, args.shift_dates, args.overwrite
    )
    rows = export(args.warehouse, wanted)
    dates = ", dates shifted" if args.shift_dates else ""
    show(f"wrote {counted(rows, 'row')} of {args.table} to {args.to}{dates}")
    return EXIT_DONE
