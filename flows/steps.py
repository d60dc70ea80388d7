"""The steps of a load as they end: a record each, with its seconds and counts. No names, no identifiers."""

import logging
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

LOG = logging.getLogger("mrd.steps")
"""Where the records go; who wants them adds a handler."""

P = ParamSpec("P")
T = TypeVar("T")
# what the number is that a step returns
_COUNTED = {"discover": "batches", "keep": "files", "read": "rows", "derive": "patients"}
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


class Clock:
    """Seconds that each step of a load took, batches summed up.

    Attributes:
        last: record of the step that ended last.
    """

    def __init__(self) -> None:
        """Begin without any."""
        self.last: dict[str, Any] = {}
        self._seconds: dict[str, float] = {}
        self._running: tuple[str, float] | None = None

    def start(self, step: str) -> None:
        """Begin a step."""
        self._running = step, time.perf_counter()

    def stop(self) -> float:
        """End the step that runs; return its seconds."""
        if self._running is None:
            raise AssertionError("no step runs")
        step, seconds = self._running[0], time.perf_counter() - self._running[1]
        self._seconds[step] = self._seconds.get(step, 0.0) + seconds
        self._running = None
        return round(seconds, 3)

    def seconds(self) -> dict[str, float]:
        """Return the seconds of each step so far, also of the one that runs."""
        said = dict(self._seconds)
        if self._running is not None:
            step, since = self._running
            said[step] = said.get(step, 0.0) + time.perf_counter() - since
        return {step: round(seconds, 3) for step, seconds in said.items()}


class Timed(Protocol):
    """A load whose steps are timed."""

    kind: str
    load_id: str
    clock: Clock


R = TypeVar("R", bound=Timed)


def step(body: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """Time a step of a load, and log its end.

    Its return value is logged where it is a number that `_COUNTED` names.
    """
    name = body.__name__

    @wraps(body)
    def timed(run: R, /, *args: P.args, **named: P.kwargs) -> T:
        run.clock.start(name)
        try:
            done = body(run, *args, **named)
        except BaseException as error:
            # the kind of an error names nobody, its words may
            note(run, name, run.clock.stop(), outcome=f"failed: {type(error).__name__}")
            raise
        count = {_COUNTED[name]: done} if name in _COUNTED else {}
        note(run, name, run.clock.stop(), **count)
        return done

    return timed


def note(run: Timed, step: str, seconds: float, **counts: object) -> None:
    """Log one record: what ended, how long it took, counts, the most memory that the process has had."""
    record = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "load_id": run.load_id,
        "kind": run.kind,
        "step": step,
        "seconds": seconds,
        **counts,
        "peak_memory_bytes": peak_memory_bytes(),
    }
    run.clock.last = record
    LOG.info("%s of load %s: %s s", step, run.load_id, seconds, extra={"record": record})


def peak_memory_bytes() -> int:
    """Return the most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_BYTES
