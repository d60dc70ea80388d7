"""Bugs told without data: where they happened and of what kind, never the message, which may quote a row."""

import os
import traceback

SHOW = "MRD_SHOW_ERRORS"
"""Environment variable: `1` shows the messages, for a person at a terminal who may see the data."""


def is_bug(error: BaseException) -> bool:
    """Tell a bug from an interruption; a panic of polars is one, though Python counts it as no Exception."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def withheld(error: BaseException) -> str:
    """Return the traceback of a bug and of those that it followed from, without their messages.

    Polars and pandera quote cells in messages; lines of code hold no data.
    """
    if os.environ.get(SHOW) == "1":
        return "".join(traceback.format_exception(error))
    parts: list[str] = []
    link: BaseException | None = error
    while link is not None:
        frames = "".join(traceback.format_tb(link.__traceback__))
        kind = f"{type(link).__module__}.{type(link).__qualname__}".removeprefix("builtins.")
        parts.append(f"Traceback (most recent call last):\n{frames}{kind}: (message withheld)\n")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    told = f"mrd: this is a bug. Its message may quote data and is withheld; {SHOW}=1 shows it.\n"
    return "\n".join([*reversed(parts), told])
