"""`mrd verify`."""

import argparse

from flows.commands.arguments import add_json, add_settings, add_warehouse
from flows.settings import load_settings
from flows.terminal import progress, show

WORDS = (
    "check every file of a snapshot, compute everything again from the kept inputs, and compare; "
    "exit status 0 all the same, 1 something differs, 3 a file is damaged"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_warehouse(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--snapshot",
        default="current",
        metavar="LOAD_ID",
        help="load id, its beginning, or `current` (default)",
    )
    which.add_argument("--all", action="store_true", help="every snapshot, the oldest first")
    add_settings(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows import verify_text
    from flows.verify import verify, verify_all
    from flows.warehouse import Warehouse

    warehouse = Warehouse(args.warehouse)
    key_file = load_settings(args.warehouse, args.settings).pseudonym_key_file
    if args.all:
        found = verify_all(warehouse, progress, key_file)
    else:
        found = [verify(warehouse, args.snapshot, progress, key_file)]
    progress("")
    show((verify_text.as_json if args.json else verify_text.text)(found))
    return max(one.exit_status for one in found)
