"""Runs commands in processes that kill themselves at a given point; imports once, and forks for each command.

Run as `python -m tests.faults.kill_server`. A line of JSON on standard input is a list of jobs that run at once, and the answer is a line
with their process ids and then a line with their exit statuses. polars starts its threads with the first query, so that the process
may be forked as long as it has made none; OpenBLAS must be told to start none.

A point is something that a load does to the disk below the warehouse (a file opened to be written, bytes written, synced,
linked, renamed, removed), or a step that begins or ends. Before its n-th point the process sends itself SIGKILL.
"""

import functools
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flows.cli
import flows.load
import flows.rerun
import flows.summary
import flows.unfinished
from flows import compare_text  # noqa: F401 - imported before the fork, as everything is

STEPS = ("discover", "keep", "read", "derive", "publish", "_make_records", "report")
_CHANGES = {
    "os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.chmod",
}  # fmt: skip


class Points:
    """Counts the points of this process, and kills it at one of them."""

    def __init__(self, warehouse: str, kill_at: int, list_file: str | None) -> None:
        self.warehouse, self.kill_at = os.path.realpath(warehouse), kill_at
        self.passed: list[str] = []
        self.list_file = list_file
        self.is_counting = True

    def reach(self, label: str, before_death: Callable[[], object] = lambda: None) -> None:
        """Pass a point, or die there."""
        self.passed.append(label)
        if len(self.passed) == self.kill_at:
            before_death()
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        """Count what changes the warehouse; the interpreter calls this before it does so."""
        if not self.is_counting:
            return
        if event == "open":
            path, _, flags = args
            if isinstance(path, str) and flags & (os.O_WRONLY | os.O_RDWR):
                self._on_path("open", path)
        elif event in _CHANGES:
            # of two paths the second one is what comes to be; `shutil.rmtree` gives names alone
            paths = [os.fspath(a) for a in args if isinstance(a, str | os.PathLike)]
            if paths:
                self._on_path(event, str(paths[-1]))

    def _on_path(self, event: str, path: str) -> None:
        if not path.startswith("/"):
            self.reach(f"{event} {path}")
        elif path.startswith(self.warehouse + "/"):
            self.reach(f"{event} {os.path.relpath(path, self.warehouse)}")

    def fsync(self, real: Callable[[int], None], descriptor: int) -> None:
        """Count a write and a sync; killed in a write, a part of the bytes is there."""
        place = os.path.relpath(Path(f"/proc/self/fd/{descriptor}").readlink(), self.warehouse)
        size = os.fstat(descriptor).st_size
        if Path(self.warehouse, place).is_file():
            cut = size - min(size // 2, 20)
            self.reach(f"write {place}", lambda: os.ftruncate(descriptor, cut))
        self.reach(f"fsync {place}")
        real(descriptor)

    def step(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Count where a step begins and ends."""

        @functools.wraps(real)
        def call(*args: Any) -> Any:
            self.reach(f"begin {name}")
            done = real(*args)
            self.reach(f"end {name}")
            return done

        return call

    def install(self) -> None:
        """Watch this process from now on."""
        sys.addaudithook(self.audit)
        real = os.fsync
        os.fsync = lambda descriptor: self.fsync(real, descriptor)
        for name in STEPS:
            step = self.step(name, getattr(flows.load.LoadRun, name))
            setattr(flows.load.LoadRun, name, step)

    def write(self) -> None:
        """Write the points that were passed."""
        self.is_counting = False
        if self.list_file:
            Path(self.list_file).write_text(json.dumps(self.passed), encoding="utf-8")


def _run(job: dict[str, Any]) -> None:
    """Run the command of a job in this process, and end it."""
    out = os.open(job["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    points = Points(job["warehouse"], job["kill_at"], job["list_file"])
    points.install()
    status = flows.cli.main(job["argv"])
    points.write()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _say(answer: list[int]) -> None:
    os.write(1, (json.dumps(answer) + "\n").encode())


def _fork(job: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _run(job)
    return pid


def main() -> None:
    """Answer jobs until there are none."""
    for line in sys.stdin:
        pids = [_fork(job) for job in json.loads(line)]
        _say(pids)
        _say([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids])


if __name__ == "__main__":
    main()
