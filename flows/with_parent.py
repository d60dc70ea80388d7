"""What `mrd serve` started ends with it, however it ended: nothing is left that holds its port or loads unseen.

Asked to end, `mrd serve` ends them itself. Killed, it cannot: then each of them kills itself, as a power cut would,
which the next load and the next `mrd serve` put right. Run as a module this is Prefect's command line, which ends
when its standard input does.
"""

import multiprocessing
import os
import runpy
import signal
import threading
from collections.abc import Callable


def end_with_parent() -> None:
    """End the process of a flow run with the `mrd serve` that started it; elsewhere do nothing."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        _end_after(parent.join)


def end_with_input() -> None:
    """End this process when standard input ends: the parent alone holds the other end of that pipe."""
    _end_after(lambda: os.read(0, 1))


def _end_after(wait: Callable[[], object]) -> None:
    def watch() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="ends with its parent", daemon=True).start()


if __name__ == "__main__":
    end_with_input()
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)
