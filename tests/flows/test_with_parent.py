"""A killed `mrd serve` leaves nothing behind; the whole of it is in `test_serve_killed`."""

import os
import signal
import subprocess
import sys

from flows.with_parent import end_with_parent
from tests.flows.prefect_process import ROOT, alive, wait_for


def test_what_was_started_ends_with_its_parent() -> None:
    """Killed with SIGKILL, a process takes along the server and the flow run that it started."""
    parent = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.left_behind"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )  # fmt: skip
    assert parent.stdout is not None
    children = {int(parent.stdout.readline()), int(parent.stdout.readline())}
    try:
        assert alive(children) == children
        parent.kill()
        parent.wait()
        wait_for("end of both", lambda: not alive(children) or None, seconds=30)
    finally:
        parent.stdout.close()
        for left in alive(children):
            os.kill(left, signal.SIGKILL)


def test_without_such_a_parent_nothing_is_watched() -> None:
    """In the worker of a work pool, or in a test, a flow is nobody's child."""
    end_with_parent()
