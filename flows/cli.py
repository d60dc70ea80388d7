"""The command `mrd`: finds the module of a command, and turns errors into lines and statuses."""

import argparse
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Protocol

from flows.commands import check, diff, explain, forget, formats, init, load, rerun
from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.version import code_version

_EPILOG = "exit status: 0 done, 1 done but some input was rejected, 2 usage or settings, 3 nothing could be published"


class _Command(Protocol):
    WORDS: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, args: argparse.Namespace) -> int: ...


# these modules import what they need only when they run: `mrd --help` answers at once
_COMMANDS: Mapping[str, _Command] = {
    "init": init,
    "load": load,
    "check": check,
    "explain": explain,
    "rerun": rerun,
    "diff": diff,
    "forget": forget,
    "formats": formats,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mrd", description="Result files in, MRD status tables out.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"mrd {code_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in _COMMANDS.items():
        words = module.WORDS
        module.add_arguments(
            commands.add_parser(name, help=words, description=words, epilog=_EPILOG)
        )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    args = _parser().parse_args(argv)
    try:
        return _COMMANDS[args.command].run(args)
    except UserError as error:
        print(f"mrd: {error}", file=sys.stderr)
        return error.status
    except OSError as error:
        # a full disk or a share that went away is no bug; the old snapshot is untouched
        place = f"{error.filename}: " if error.filename else ""
        print(f"mrd: {place}{error.strerror or error}; nothing was published", file=sys.stderr)
        return EXIT_NOT_PUBLISHED
    except Exception:
        # a bug keeps its traceback, and its status is not that of a load with rejected rows
        traceback.print_exc()
        return EXIT_NOT_PUBLISHED
    except KeyboardInterrupt:
        print("mrd: stopped; nothing was published", file=sys.stderr)
        return EXIT_NOT_PUBLISHED


if __name__ == "__main__":
    sys.exit(main())
