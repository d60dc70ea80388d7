"""Commands that are killed at a given point, and what must hold afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.flows.lab import assert_complete

ROOT = Path(__file__).parents[2]


class Killer:
    """Runs commands in processes of their own that are killed."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.kill_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )

    def close(self) -> None:
        """End the process that forks."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

    def run(
        self,
        argv: Sequence[str],
        warehouse: Path,
        *,
        kill_at: int = 0,
        kill_after_cpu_seconds: float | None = None,
    ) -> int:
        """Run a command; return its exit status, which is negative when it was killed.

        Args:
            argv: arguments of `mrd`.
            warehouse: what is done to this folder are the points.
            kill_at: number of the point at which the process kills itself; 0 for none.
            kill_after_cpu_seconds: when to kill it from outside, in its own time, which a busy machine does not change.
        """
        pid = self._start([argv], warehouse, kill_at)[0]
        if kill_after_cpu_seconds is not None:
            while (used := cpu_seconds(pid)) is not None and used < kill_after_cpu_seconds:
                time.sleep(0.001)
            if used is not None:
                os.kill(pid, signal.SIGKILL)
        return self._answer()[0]

    def run_at_once(self, argvs: Sequence[Sequence[str]], warehouse: Path) -> list[int]:
        """Run several commands at the same time; return their exit statuses."""
        self._start(argvs, warehouse, 0)
        return self._answer()

    def _start(self, argvs: Sequence[Sequence[str]], warehouse: Path, kill_at: int) -> list[int]:
        jobs = [
            {
                "argv": list(argv),
                "warehouse": str(warehouse),
                "kill_at": kill_at,
                "list_file": str(self.scratch / f"points-{number}.json"),
                "output": str(self.scratch / f"output-{number}.txt"),
            }
            for number, argv in enumerate(argvs)
        ]
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(jobs) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def points(self) -> list[str]:
        """Return the points of the last command that was not killed."""
        return list(json.loads((self.scratch / "points-0.json").read_text(encoding="utf-8")))

    def output(self, number: int = 0) -> str:
        """Return what the last command said, or one of the last ones."""
        return (self.scratch / f"output-{number}.txt").read_text(encoding="utf-8")

    def _answer(self) -> list[int]:
        assert self.process.stdout is not None
        return list(json.loads(self.process.stdout.readline()))


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time of a process; None when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] == "Z":
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def shape(warehouse: Path) -> set[str]:
    """Return the names of all files, links and folders below a warehouse, with loads numbered in their order."""
    ids = sorted(p.name for p in (warehouse / "snapshots").iterdir())
    assert not [name for name in ids if name.startswith(".")]
    names = {p.relative_to(warehouse).as_posix() for p in warehouse.rglob("*")}
    for number, load_id in enumerate(ids):
        names = {name.replace(load_id, str(number)) for name in names}
    return names


def assert_not_half(warehouse: Path) -> None:
    """Check what must hold at every instant: all snapshots but hidden ones are whole, and `current` is one of them."""
    if (warehouse / "current").is_symlink():
        assert_complete(warehouse)
