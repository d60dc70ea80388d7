"""`mrd history`."""

import argparse

from flows.commands.arguments import add_json, add_settings, add_warehouse
from flows.errors import EXIT_DONE
from flows.terminal import show

WORDS = "show what the tables said about a sample in each snapshot, and what changed it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("sample_id", metavar="SAMPLE_ID")
    add_warehouse(parser)
    add_settings(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows import history_text
    from flows.history import history
    from flows.pseudonyms import name_inside
    from flows.warehouse import Warehouse

    sample_id = name_inside(args.sample_id, "sample", args.warehouse, args.settings)
    told = history(Warehouse(args.warehouse), sample_id)
    show((history_text.as_json if args.json else history_text.text)(told))
    return EXIT_DONE
