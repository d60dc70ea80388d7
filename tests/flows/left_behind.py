"""A process that starts others as `mrd serve` does, says which, and waits to be killed: `python -m tests.flows.left_behind`."""

import multiprocessing
import os
import subprocess
import sys
import time

from flows.with_parent import end_with_input, end_with_parent


def _run() -> None:
    """Be a flow run: a process of `multiprocessing`."""
    end_with_parent()
    _wait()


def _wait() -> None:
    print(os.getpid(), flush=True)
    time.sleep(600)


if __name__ == "__main__":
    if sys.argv[1:] == ["server"]:
        end_with_input()
        _wait()
    run = multiprocessing.get_context("spawn").Process(target=_run)
    run.start()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.left_behind", "server"], stdin=subprocess.PIPE
    )
    server.wait()
