"""`mrd serve` killed with SIGKILL while a load and a rerun are under way, and started again; a load that takes too long."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.attempts import attempts
from flows.warehouse import Warehouse
from tests.flows.lab import LAB, PCR, assert_complete, hashes, load, write
from tests.flows.prefect_process import (
    PATIENCE_SECONDS,
    ROOT,
    Api,
    alive,
    clean_environment,
    free_port,
    processes_below,
    wait_for,
)

pytestmark = [pytest.mark.flow, pytest.mark.long, pytest.mark.timeout(4 * PATIENCE_SECONDS)]

REFERENCE = {name: text for name, text in LAB.items() if name != "pcr.csv"}


def serve(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    """Start `mrd serve`; its first load begins at once."""
    args = ["serve", folder / "in", "--warehouse", folder / "w", "--every", "1h", "--port", port]
    with (folder / "out").open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "flows.cli", *map(str, args)],
            stdout=out, stderr=out, cwd=ROOT, env=clean_environment(), start_new_session=True,
        )  # fmt: skip


def test_killed_and_started_again(tmp_path: Path) -> None:
    """Nothing is left behind; what ran is shown as crashed and runs no second time; the next load does the work.

    A load that waits for longer than its time is a failed run, in `mrd serve` as in the flow by itself.
    """
    write(tmp_path, {"mrd.toml": "settle_seconds = 0\nlock_wait_seconds = 600\n"})
    load(tmp_path / "w", write(tmp_path / "in", REFERENCE))
    write(tmp_path / "in", {"pcr.csv": PCR})
    port = free_port()
    served = serve(tmp_path, port)

    def said() -> str:
        return (tmp_path / "out").read_text(encoding="utf-8")

    def api() -> Api:
        wait_for("first line", lambda: "; page " in said() or served.poll())
        return Api(f"http://127.0.0.1:{port}/api")

    def states(*names: str) -> Callable[[], list[dict[str, Any]] | None]:
        def look() -> list[dict[str, Any]] | None:
            runs = [*asked.runs("mrd-load"), *asked.runs("mrd-rerun")]
            begun = [
                r for r in runs if not (r["auto_scheduled"] and r["state_type"] == "SCHEDULED")
            ]
            return begun if sorted(r["state_type"] for r in begun) == sorted(names) else None

        return look

    try:
        with Warehouse(tmp_path / "w").lock(0):
            asked = api()
            wait_for("a load that waits for the warehouse", states("RUNNING"))
            asked.start("mrd-rerun/on-request", rulesets={"CML": "eln-cml-2025"}, publish=True)
            left = wait_for("a rerun that begins", states("RUNNING", "PENDING"))
            everything = processes_below(served.pid)
            assert len(everything) >= 3
            served.send_signal(signal.SIGKILL)
            served.wait()
            wait_for("end of all processes", lambda: not alive(everything) or None)
        served = serve(tmp_path, port)
        asked = api()
        ended = wait_for("end of the first load", states("CRASHED", "CRASHED", "COMPLETED"))
        crashed = [r for r in ended if r["state_type"] == "CRASHED"]
        assert {r["id"] for r in crashed} == {r["id"] for r in left}
        assert {r["state"]["message"] for r in crashed} == {"mrd serve ended while this ran"}
        (done,) = [r for r in ended if r["state_type"] == "COMPLETED"]
        assert done["state"]["message"] == "published; 5 files, 5 rows read"
        # the place that the killed load held is free: a load that is asked for now is not left out
        again = asked.ended(asked.start("mrd-load/scheduled"))
        assert again["state"]["message"] == "nothing new; 5 files, 0 rows read"
        write(tmp_path, {"mrd.toml": "lock_wait_seconds = 600\nload_timeout_minutes = 0.02\n"})
        with Warehouse(tmp_path / "w").lock(0):
            late = asked.ended(asked.start("mrd-load/scheduled"))
        assert late["state_type"] == "FAILED"
        assert late["state"]["message"] == "stopped after load_timeout_minutes = 0.02"
        served.send_signal(signal.SIGTERM)
        assert served.wait(PATIENCE_SECONDS) == 0, said()
    finally:
        if served.poll() is None:
            served.kill()
        served.wait()
    tries = [
        (line["kind"], line["outcome"]) for line in attempts(tmp_path / "w" / "attempts.jsonl")
    ]
    assert tries == [
        ("LOAD", "failed: LoadTimeoutError"),
        ("LOAD", "nothing new"),
        ("LOAD", "published"),
        ("LOAD", "published"),
    ]
    manifest = assert_complete(tmp_path / "w")
    assert manifest["rulesets"]["CML"] == "eln-cml-2020"
    load(tmp_path / "plain", tmp_path / "in")
    assert hashes(tmp_path / "w") == hashes(tmp_path / "plain")
