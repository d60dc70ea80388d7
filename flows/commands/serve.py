"""`mrd serve`."""

import argparse
import re
from datetime import timedelta
from pathlib import Path

from flows.commands.arguments import add_settings, add_warehouse
from flows.errors import EXIT_DONE
from flows.settings import load_settings

WORDS = "run the scheduled load and the page of its runs, until stopped"
HOST = "127.0.0.1"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("inbox", type=Path, nargs="+", metavar="INBOX")
    add_warehouse(parser)
    when = parser.add_mutually_exclusive_group(required=True)
    when.add_argument(
        "--every", type=_span, metavar="TIME", help="load now and then again and again, such as 15m, 2h, 1d"
    )  # fmt: skip
    when.add_argument("--cron", metavar="CRON", help="load at these times, such as '0 6 * * *'")
    parser.add_argument(
        "--port", type=int, default=4200, help="port of the page on this machine (default: 4200)"
    )
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.inbox import require
    from flows.prefect_env import home_of, prepare
    from flows.served import Served, require_free
    from flows.warehouse import Warehouse

    load_settings(args.warehouse, args.settings)
    require(args.inbox)
    Warehouse(args.warehouse).prepare()
    prepare(args.warehouse, f"http://{HOST}:{args.port}")
    served = Served(home_of(args.warehouse))
    with served.held():
        require_free(HOST, args.port)
        from flows.serve import Site, serve

        site = Site(args.inbox, args.warehouse, args.settings, args.every, args.cron, HOST, args.port)  # fmt: skip
        serve(site, served)
    return EXIT_DONE


def _span(text: str) -> timedelta:
    found = re.fullmatch(r"([1-9][0-9]*)([smhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 15m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
