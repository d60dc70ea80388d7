"""A process that checks one input after the other, and is killed when one of them hangs.

What hangs inside a library heeds no alarm of Python, so the limit is kept by another process.
"""

import multiprocessing
import os
import resource
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.inputs import Input

LIMIT_SECONDS = 5.0
"""Of the processor, for all three readings of an input, its parsing and its reconciling."""
_IDLE_SECONDS = 60.0
"""One that waits for something uses no processor and never answers."""
_START_SECONDS = 120.0


@dataclass(frozen=True)
class Outcome:
    """What became of an input.

    Attributes:
        failure: why it failed; empty when it did not.
        is_read: whether it was read, and not refused.
        seconds: of the processor, all threads.
        peak_mb: the most memory that the process has used so far.
    """

    failure: str = ""
    is_read: bool = False
    seconds: float = 0.0
    peak_mb: float = 0.0


class Worker:
    """The process; it is started at the first input, and again after one that hung or crashed."""

    def __init__(self) -> None:
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def check(self, one: Input) -> Outcome:
        """Check one input."""
        pipe = self._pipe or self._start()
        pipe.send(one)
        started, used = time.monotonic(), self._cpu_seconds()
        try:
            while not pipe.poll(LIMIT_SECONDS):
                is_idle = time.monotonic() - started > _IDLE_SECONDS
                if self._cpu_seconds() - used > LIMIT_SECONDS or is_idle:
                    break
            else:
                return pipe.recv()
            failure = f"hangs: more than {LIMIT_SECONDS:g} s"
        except (EOFError, ConnectionError):
            failure = "the process died"
        self.close()
        return Outcome(failure, seconds=LIMIT_SECONDS)

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._pipe is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
        self._process = self._pipe = None

    def _cpu_seconds(self) -> float:
        """Return what the process has used: on a busy machine the clock says little."""
        assert self._process is not None
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(_START_SECONDS):
            raise AssertionError("the process of the fuzz test does not start")
        self._pipe.recv()
        return self._pipe


def _serve(pipe: Connection) -> None:
    from tests.fuzz.oracles import check

    pipe.send("ready")
    while True:
        one = pipe.recv()
        failure, is_read, started = "", False, time.process_time()
        try:
            is_read = check(one.data(), one.look_alike())
        except BaseException:
            failure = traceback.format_exc(limit=-4)
        seconds = time.process_time() - started
        # kilobytes on Linux
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pipe.send(Outcome(failure, is_read, seconds, peak))
