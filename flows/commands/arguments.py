"""Arguments that several commands have."""

import argparse
from datetime import date
from pathlib import Path


def add_warehouse(parser: argparse.ArgumentParser) -> None:
    """Add `--warehouse`, which must be given."""
    parser.add_argument("--warehouse", type=Path, required=True)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add `--settings`."""
    parser.add_argument(
        "--settings", type=Path, help="settings file (default: mrd.toml beside the warehouse)"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_log(parser: argparse.ArgumentParser) -> None:
    """Add `--log`."""
    parser.add_argument(
        "--log",
        metavar="FILE",
        help="append a JSON line for each step, with seconds and counts; - is stderr",
    )


def day(text: str) -> date:
    """Read a day.

    Raises:
        argparse.ArgumentTypeError: the text is no day.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write YYYY-MM-DD") from None
