"""`mrd init`."""

import argparse
from pathlib import Path

from flows.errors import EXIT_DONE

WORDS = "write a settings file and templates of the canonical files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path())


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.init import write_templates

    for path in write_templates(args.folder):
        print(f"wrote {path}")
    return EXIT_DONE
