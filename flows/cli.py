"""The command `mrd`: finds the module of a command, and turns errors into lines and statuses."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from flows.bugs import is_bug
from flows.commands import (
    check,
    diff,
    explain,
    export,
    forget,
    formats,
    history,
    init,
    load,
    prune,
    report,
    rerun,
    serve,
    status,
    verify,
)
from flows.terminal import tell
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
    "serve": serve,
    "diff": diff,
    "export": export,
    "verify": verify,
    "history": history,
    "prune": prune,
    "report": report,
    "forget": forget,
    "formats": formats,
    "status": status,
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
    # whatever the user's own mask: nobody outside the group reads what is written, Prefect's database included
    os.umask(os.umask(0o077) | 0o027)
    try:
        return _COMMANDS[args.command].run(args)
    except BaseException as error:
        if not (is_bug(error) or isinstance(error, KeyboardInterrupt)):
            raise
        return tell(error)


if __name__ == "__main__":
    sys.exit(main())
