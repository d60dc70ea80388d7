"""`mrd init`."""

import argparse
from pathlib import Path

from flows.errors import EXIT_DONE

WORDS = "write a settings file and templates of the canonical files"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path())
    parser.add_argument(
        "--pseudonym-key",
        type=Path,
        metavar="FILE",
        help="write a new secret key, for pseudonyms (docs/privacy.md) or shifted dates, and nothing else",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    if args.pseudonym_key is not None:
        from flows.key_file import write_key

        write_key(args.pseudonym_key)
        print(
            f"wrote {args.pseudonym_key}; name it as pseudonym_key_file in the settings, and keep a copy in a safe"
        )
        return EXIT_DONE
    from flows.init import write_templates

    for path in write_templates(args.folder):
        print(f"wrote {path}")
    return EXIT_DONE
