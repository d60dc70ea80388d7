"""`mrd status`."""

import argparse
import re
from datetime import datetime, timedelta

from flows.commands.arguments import add_json, add_settings, add_warehouse
from flows.settings import load_settings
from flows.terminal import show

WORDS = "say how the warehouse does, for a person or a monitor"
_HOURS = {"m": 1 / 60, "h": 1, "d": 24}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_warehouse(parser)
    parser.add_argument(
        "--max-age",
        type=span,
        metavar="SPAN",
        help="exit status 3 when no load has succeeded for this long, such as 26h, 90m or 2d",
    )
    add_settings(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.status import status
    from flows.status_text import text

    settings = load_settings(args.warehouse, args.settings)
    found = status(args.warehouse, settings, datetime.now().astimezone(), args.max_age)
    show(found.as_json() if args.json else text(found))
    return found.exit_status


def span(words: str) -> timedelta:
    """Read a span of time.

    Raises:
        argparse.ArgumentTypeError: the text is none.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", words)
    if match is None:
        raise argparse.ArgumentTypeError(f"{words!r} is no span; write 90m, 26h or 2d")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])
