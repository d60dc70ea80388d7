"""For tests that start processes: Prefect's API as a page uses it, and what a process left behind."""

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 180.0
"""The machine may be busy with other things; a test that goes well takes a small part of it."""


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without what other tests set for Prefect."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    return {**clean, **more}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, look: Callable[[], T | None], seconds: float = PATIENCE_SECONDS) -> T:
    """Return what `look` finds, as soon as it finds something."""
    end = time.monotonic() + seconds
    while (found := look()) is None:
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.3)
    return found


class Api:
    """Prefect's API."""

    def __init__(self, url: str) -> None:
        self.url, self._headers = url, dict[str, str]()
        answer = httpx.get(f"{url}/csrf-token", params={"client": "tests"})
        if answer.status_code == 200:
            token = answer.json()["token"]
            self._headers = {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": "tests"}

    def get(self, path: str) -> dict[str, Any]:
        """Return what is there."""
        answer = _asked(lambda: httpx.get(self.url + path, timeout=30))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """Return the answer, whatever its status."""
        url = self.url + path
        return _asked(lambda: httpx.post(url, json=body, headers=self._headers, timeout=30))

    def runs(self, flow: str) -> list[dict[str, Any]]:
        """Return the runs of a flow, newest first."""
        body = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC"}
        found: list[dict[str, Any]] = self.post("/flow_runs/filter", body).json()
        return found

    def deployment(self, name: str) -> dict[str, Any]:
        """Return a deployment by `flow/name`."""
        return self.get(f"/deployments/name/{name}")

    def start(self, name: str, **parameters: Any) -> str:
        """Start a run of a deployment and return its id."""
        path = f"/deployments/{self.deployment(name)['id']}/create_flow_run"
        answer = self.post(path, {"parameters": parameters})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def ended(self, run_id: str) -> dict[str, Any]:
        """Wait until a run has ended and return it."""

        def look() -> dict[str, Any] | None:
            run = self.get(f"/flow_runs/{run_id}")
            return run if run["end_time"] else None

        return wait_for(f"end of run {run_id}", look)


def _asked(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask again, as Prefect's own page and clients do, while the server is busy with its database."""

    def look() -> httpx.Response | None:
        answer = ask()
        return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

    return wait_for("an answer of the server", look)


def processes_below(pid: int) -> set[int]:
    """Return a process and all that it started, however far down."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(status.parent.name)] = int(fields[1])
    found = {pid}
    while more := {p for p, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def alive(pids: set[int]) -> set[int]:
    """Return those that still run; what has ended and waits for its parent to look does not."""
    found = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        found |= {pid} - ({pid} if state == "Z" else set())
    return found


def listening_addresses(pids: set[int]) -> set[str]:
    """Return the addresses, as the kernel writes them, that processes listen on."""
    inodes = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            try:
                inodes.add(handle.readlink().name)
            except OSError:
                continue
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                found.add(fields[1].partition(":")[0])
    return found
