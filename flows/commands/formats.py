"""`mrd formats`."""

import argparse
from pathlib import Path

from flows.commands.arguments import add_json
from flows.errors import EXIT_DONE
from flows.terminal import show
from transforms.readers.encodings import ENCODINGS

WORDS = "list the formats that are read, or say what a file is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--describe",
        type=Path,
        metavar="FILE",
        help="say what format the file has, or propose a layout for its table",
    )
    parser.add_argument(
        "--encoding",
        choices=ENCODINGS,
        help="how the table of --describe is written, where it is no UTF-8",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.formats import describe, described_json, described_text, formats_json, formats_text

    if args.describe:
        found = describe(args.describe, args.encoding)
        show(described_json(found) if args.json else described_text(found))
    else:
        show(formats_json() if args.json else formats_text())
    return EXIT_DONE
