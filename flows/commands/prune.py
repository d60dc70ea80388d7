"""`mrd prune`."""

import argparse
import re
from datetime import timedelta

from flows.commands.arguments import add_settings, add_warehouse
from flows.errors import EXIT_DONE
from flows.settings import load_settings
from flows.terminal import show

WORDS = "remove old snapshots and their reports; never the current one, nor one that was current a day ago"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_warehouse(parser)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--keep", type=_number, metavar="N", help="the newest N snapshots stay")
    which.add_argument(
        "--older-than", type=_span, metavar="SPAN", help="snapshots older than this go, such as 90d or 12w"
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.prune import Pruned, prune
    from flows.warehouse import Warehouse

    settings = load_settings(args.warehouse, args.settings)
    found: Pruned = prune(
        Warehouse(args.warehouse),
        keep=args.keep,
        older_than=args.older_than,
        lock_wait_seconds=settings.lock_wait_seconds,
        is_dry=args.dry_run,
    )
    show(found.text(is_dry=args.dry_run))
    return EXIT_DONE


def _number(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of snapshots; write 1 or more")
    return int(text)


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9]\d{0,4})([dw])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no span; write days or weeks, as 90d or 12w")
    number, unit = int(found[1]), found[2]
    return timedelta(weeks=number) if unit == "w" else timedelta(days=number)
