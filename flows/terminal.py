"""What commands print, and how."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flows.bugs import withheld
from flows.errors import UserError, exit_status

if TYPE_CHECKING:
    from flows.load import LoadRun


def progress(words: str) -> None:
    """Show what goes on, on one line of a terminal and nowhere else."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def show(words: str) -> None:
    """Print what may be long: a reader such as `head` may stop early, and that is no error."""
    try:
        print(words, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell(error: BaseException, at: str = "") -> int:
    """Print an error on stderr, in one line, of a bug its traceback without its message; return the exit status.

    Args:
        error: what ended the command.
        at: when it did, where many follow each other.
    """
    # polars takes a moment, and a command that goes well need not wait for it
    from transforms.printable import shown

    if isinstance(error, UserError):
        said = str(error)
    elif isinstance(error, OSError):
        # a full disk or a share that went away is no bug; the old snapshot is untouched
        place = f"{error.filename}: " if error.filename else ""
        said = f"{place}{error.strerror or error}; nothing was published"
    elif isinstance(error, KeyboardInterrupt):
        said = "stopped; nothing was published"
    else:
        # a bug keeps its traceback, and its status is not that of a load with rejected rows
        print(withheld(error), end="", file=sys.stderr, flush=True)
        return exit_status(error)
    # what it quotes, such as an argument or a name of a file, must not write over lines of the terminal
    print(f"{at} mrd: {shown(said)}".lstrip(), file=sys.stderr, flush=True)
    return exit_status(error)


@contextmanager
def told_if_only_the_report_is_missing(run: "LoadRun") -> Iterator[None]:
    """Tell a failure after the tables were published from one that published nothing.

    Raises:
        UserError: the tables are there and the report is not.
    """
    try:
        yield
    except OSError as error:
        if not run.result.published:
            raise
        raise UserError(
            f"the tables were published, the report was not: {error.strerror or error}; the next load writes it",
            run.result.exit_status,
        ) from None
