"""`mrd check`."""

import argparse
from pathlib import Path

from flows.commands.arguments import add_json, add_settings
from flows.errors import EXIT_DONE, EXIT_REJECTED
from flows.settings import load_settings
from flows.terminal import show

WORDS = "say what is wrong with files; load nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("paths", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--warehouse", type=Path, help="check against what is stored there")
    add_settings(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.check import check_files, check_json, check_text
    from flows.warehouse import Warehouse

    settings = load_settings(args.warehouse or Path("warehouse"), args.settings)
    checked = check_files(
        args.paths, settings, Warehouse(args.warehouse) if args.warehouse else None
    )
    show(check_json(checked) if args.json else check_text(checked))
    return EXIT_REJECTED if checked.is_rejected else EXIT_DONE
