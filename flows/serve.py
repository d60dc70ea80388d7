"""`mrd serve`: a Prefect server on this machine, the scheduled load, and the rerun on request.

Two processes: the server, and this one, which starts a process for each flow run. All end together, also when
this one is killed.
"""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from prefect.client.schemas.schedules import CronSchedule
from prefect.schedules import Cron, Interval, Schedule

from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.prefect_env import home_of
from flows.runs import Runs
from flows.served import Served

_START_SECONDS, _STOP_SECONDS = 180.0, 60.0


@dataclass(frozen=True)
class Site:
    """What `mrd serve` was asked for.

    Attributes:
        inbox: folders or files to load.
        warehouse: where to.
        settings: settings file, if it was given.
        every: time between two loads; or
        cron: when to load, in the time zone of the machine.
        host: address of the page.
        port: of the page.
    """

    inbox: list[Path]
    warehouse: Path
    settings: Path | None
    every: timedelta | None
    cron: str | None
    host: str
    port: int

    @property
    def page(self) -> str:
        """Where Prefect's page is."""
        return f"http://{self.host}:{self.port}"

    @property
    def parameters(self) -> dict[str, str | None]:
        """Parameters of the flow runs: where the warehouse and its settings are."""
        settings = self.settings
        return {
            "warehouse": str(self.warehouse.resolve()),
            "settings": None if settings is None else str(settings.resolve()),
        }

    @property
    def when(self) -> str:
        """When loads run, in words."""
        if self.every is not None:
            return f"every {self.every}"
        return f"at {self.cron} ({local_zone()})"


def serve(site: Site, served: Served) -> None:
    """Run until a signal to stop.

    Args:
        site: what to run.
        served: held by the caller.

    Raises:
        UserError: the schedule cannot be used, or Prefect's server does not start or ends by itself.
    """
    schedule = _schedule(site)
    runs = Runs(site.parameters, [str(p.resolve()) for p in site.inbox], schedule)
    with _stoppable() as stop, _server(site, stop) as server, runs.started():
        served.note(site.page)
        print(f"Loads {site.when} into {site.warehouse}; page {site.page}; Ctrl-C ends it.", flush=True)  # fmt: skip
        while not stop.wait(1.0):
            if server.poll() is not None or not runs.is_alive:
                raise UserError(
                    f"Prefect ended by itself; {_log(site)} has its last words", EXIT_NOT_PUBLISHED
                )
        print("stopping", flush=True)


def _schedule(site: Site) -> Schedule:
    if site.every is not None:
        return Interval(site.every, anchor_date=datetime.now(UTC))
    try:
        return Cron(CronSchedule(cron=site.cron or "").cron, timezone=local_zone())
    except ValueError:
        raise UserError(
            f"--cron {site.cron!r}: write minute, hour, day, month and weekday, such as '0 6 * * *'"
        ) from None


def local_zone() -> str:
    """Return the name of the machine's time zone, UTC where it has none."""
    given = os.environ.get("TZ", "").removeprefix(":")
    name = given or str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError):
        return "UTC"


@contextmanager
def _stoppable() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set."""
    stop = threading.Event()
    before = {s: signal.signal(s, lambda *_: stop.set()) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _log(site: Site) -> Path:
    return home_of(site.warehouse) / "server.log"


@contextmanager
def _server(site: Site, stop: threading.Event) -> Iterator["subprocess.Popen[bytes]"]:
    """Run Prefect's server on the loopback address alone.

    Raises:
        UserError: it does not start.
    """
    environment = {
        **os.environ,
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        # a web page that a user of this machine has open elsewhere must not start flow runs here
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": site.page,
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        # kept in memory, the place of a load that was running at a power cut would be lost with its key
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        # runs older than Prefect's 90 days go; the tables and attempts.jsonl are the record
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    }
    command = [sys.executable, "-m", "flows.with_parent", "server", "start", "--host", site.host, "--port", str(site.port)]  # fmt: skip
    with _log(site).open("wb") as log:
        # a session of its own: Ctrl-C is for this process, which ends the flow runs before the server
        server = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        )  # fmt: skip
    try:
        _wait_for(site, server, stop)
        yield server
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        if server.stdin is not None:
            server.stdin.close()


def _wait_for(site: Site, server: "subprocess.Popen[bytes]", stop: threading.Event) -> None:
    end = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < end and not stop.wait(0.2):
        try:
            with urllib.request.urlopen(f"{site.page}/api/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            continue
    if stop.is_set():
        raise UserError("stopped before it began", EXIT_NOT_PUBLISHED)
    raise UserError(
        f"Prefect's server did not start; {_log(site)} has its last words", EXIT_NOT_PUBLISHED
    )
