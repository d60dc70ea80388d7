"""A process that runs the flow of a scheduled load, one after the other, and can be held at a step or at the lock.

Run as `python -m tests.flows.scheduled_process LOG`. A line of JSON on standard input asks for a load. It answers with a
line `at STEP` where it is to be held, and goes on with a line on standard input; with `waits` when it found the
warehouse held; and with a line of JSON when the flow has ended. Nobody sleeps to be in time.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.flows.prefect_process import ROOT


class ScheduledProcess:
    """The process, seen from a test."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log = log
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.scheduled_process", str(log)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
        )  # fmt: skip

    def start(self, inbox: Path, warehouse: Path, hold_at: str = "") -> None:
        """Begin a load, to be held at the beginning of a step."""
        self._say(
            json.dumps({"inbox": str(inbox), "warehouse": str(warehouse), "hold_at": hold_at})
        )

    def go_on(self) -> None:
        """Let a load that is held go on."""
        self._say("go on")

    def reaches(self, where: str) -> None:
        """Wait until the load has come to a place."""
        assert self._answer() == where, self.log.read_text(encoding="utf-8")

    def ends(self) -> tuple[str, str]:
        """Wait for the end of the load, wherever it comes; return type and message of its state."""
        while not (answer := self._answer()).startswith("["):
            assert answer, self.log.read_text(encoding="utf-8")
        kind, message = json.loads(answer)
        return kind, message

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=60)

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")


def tell_of_waiting(tell: Callable[[], object]) -> Callable[[Any], None]:
    """Return what a file lock does to try once, telling when it is a warehouse's and another has it."""
    from filelock import FileLock

    real = FileLock._acquire

    def tried(lock: Any) -> None:
        real(lock)
        if not lock.is_locked and lock.lock_file.endswith("/.lock"):
            tell()

    return tried


def _main(log: str) -> None:
    answers = os.dup(1)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)

    def say(line: str) -> None:
        os.write(answers, f"{line}\n".encode())

    from filelock import FileLock
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

    from flows import scheduled
    from flows.load import LoadRun

    job: dict[str, str] = {}
    told: list[str] = []

    def held(step: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(run: LoadRun, *args: Any) -> Any:
            if job["hold_at"] == step:
                say(f"at {step}")
                os.read(0, 100)
            return real(run, *args)

        call.__name__ = step
        return call

    def waits() -> None:
        if not told:
            told.append("waits")
            say("waits")

    for step in ("derive", "publish"):
        setattr(LoadRun, step, held(step, getattr(LoadRun, step)))
    FileLock._acquire = tell_of_waiting(waits)  # type: ignore[method-assign]
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        while line := os.read(0, 10_000):
            job.update(json.loads(line))
            told.clear()
            state = scheduled.load(
                inbox=[Path(job["inbox"])], warehouse=Path(job["warehouse"]), return_state=True
            )
            say(json.dumps([state.type.value, state.message]))


if __name__ == "__main__":
    _main(sys.argv[1])
