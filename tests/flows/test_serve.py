"""`mrd serve` as a process: it loads by schedule, reruns on request, shows failures, tells nobody, and ends."""

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.lab import LAB, assert_complete, hashes, load, write
from tests.flows.prefect_process import (
    PATIENCE_SECONDS,
    ROOT,
    Api,
    alive,
    clean_environment,
    free_port,
    listening_addresses,
    processes_below,
    wait_for,
)

pytestmark = [pytest.mark.flow, pytest.mark.timeout(2 * PATIENCE_SECONDS)]

MARK = "zQx7Kw"
"""Part of every name and value that must not leave the warehouse."""

LOOPBACK = "0100007F"
"""127.0.0.1 as the kernel writes it."""


@dataclass(frozen=True)
class Site:
    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def warehouse(self) -> Path:
        return self.folder / "w"

    @property
    def inbox(self) -> Path:
        return self.folder / "in"

    def api(self) -> Api:
        return Api(f"http://127.0.0.1:{self.port}/api")

    def said(self, stream: str) -> str:
        return (self.folder / stream).read_text(encoding="utf-8")


def mrd(*args: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *map(str, args)],
        capture_output=True, check=False, text=True, cwd=ROOT, env=clean_environment(), timeout=PATIENCE_SECONDS,
    )  # fmt: skip


def marked() -> dict[str, str]:
    """Return the laboratory's files with the mark in every identifier and file name."""
    return {
        f"{MARK}-{name}": text.replace("S1", f"S-{MARK}-1").replace("P1", f"P-{MARK}-1")
        for name, text in LAB.items()
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give a running `mrd serve` that loads every 10 seconds, until the first test has seen it do so."""
    folder = tmp_path_factory.mktemp("served")
    write(folder, {"mrd.toml": "settle_seconds = 0\n"})
    write(folder / "in", marked())
    port = free_port()
    command = (
        "serve",
        folder / "in",
        "--warehouse",
        folder / "w",
        "--every",
        "10s",
        "--port",
        port,
    )
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", *map(str, command)],
            stdout=out, stderr=err, cwd=ROOT, start_new_session=True,
            # a run that is asked for begins at once, where users wait up to ten seconds
            env=clean_environment(PREFECT_RUNNER_POLL_FREQUENCY="1"),
        )  # fmt: skip
    site = Site(folder, port, process)
    try:
        wait_for("first line", lambda: site.said("out") or process.poll())
        yield site
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _loads(site: Site, state: str) -> list[dict[str, Any]]:
    runs = site.api().runs("mrd-load")
    return [r for r in runs if r["auto_scheduled"] and r["state_type"] == state]


def test_a_schedule_loads(site: Site) -> None:
    """One line says what runs and where the page is; the schedule loads, and the tables are those of a plain load."""
    assert site.said("err") == ""
    first = site.said("out").splitlines()[0]
    assert f"page http://127.0.0.1:{site.port};" in first
    wait_for("a load by schedule", lambda: _loads(site, "COMPLETED") or None)
    api = site.api()
    # from here on tests ask for loads, and the machine has time for them
    path = f"/deployments/{api.deployment('mrd-load/scheduled')['id']}/pause_deployment"
    assert api.post(path, {}).status_code == 200
    wait_for("end of all loads", lambda: all(r["end_time"] for r in api.runs("mrd-load")) or None)
    assert_complete(site.warehouse)
    load(site.folder / "plain", site.inbox)
    assert hashes(site.warehouse) == hashes(site.folder / "plain")
    lines = site.said("out").splitlines()
    assert lines[1].endswith(": published; 5 files, 15 rows read")
    messages = [r["state"]["message"] for r in _loads(site, "COMPLETED")]
    assert set(messages) <= {
        "published; 5 files, 15 rows read",
        "nothing new; 5 files, 0 rows read",
    }


def test_nobody_else_can_reach_it(site: Site) -> None:
    """Server, runner and flow runs listen on the loopback address alone, and only to the own page."""
    assert listening_addresses(processes_below(site.process.pid)) == {LOOPBACK}
    url = f"http://127.0.0.1:{site.port}/api"
    assert httpx.post(f"{url}/flow_runs/filter", json={}).status_code == 403
    stranger = httpx.get(f"{url}/health", headers={"Origin": "http://elsewhere.example"})
    assert "access-control-allow-origin" not in stranger.headers


def test_a_rerun_on_request(site: Site) -> None:
    """A rerun is asked for by fields with types; Prefect has counts, the rows are in the folder `reports`."""
    api = site.api()
    fields = api.deployment("mrd-rerun/on-request")["parameter_openapi_schema"]
    assert fields["properties"]["publish"]["type"] == "boolean"
    assert {"type": "string", "format": "date"} in fields["properties"]["since"]["anyOf"]
    assert {"CML", "AML"} <= set(fields["definitions"]["RuleSets"]["properties"])
    chosen = {"CML": "esmo-cml-2017"}
    run = api.ended(api.start("mrd-rerun/on-request", rulesets=chosen, since="2022-01-01"))
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert run["state"]["message"].startswith("nothing published; ")
    name = run["state"]["message"].rpartition("reports/")[2].split()[0]
    told = (site.warehouse / "reports" / name).read_text(encoding="utf-8")
    assert told.startswith("Rule sets\n  CML  eln-cml-2020 → esmo-cml-2017\n")
    published = api.ended(api.start("mrd-rerun/on-request", rulesets=chosen, publish=True))
    assert published["state"]["message"].startswith("published; ")
    manifest = assert_complete(site.warehouse)
    assert manifest["rulesets"]["CML"] == "esmo-cml-2017"


def test_a_load_beside_it_uses_its_server(site: Site) -> None:
    """A load that a person starts is on the same page."""
    done = mrd("load", site.inbox, "--warehouse", site.warehouse)
    assert (done.returncode, done.stderr) == (0, "")
    assert [r["name"] for r in site.api().runs("mrd-load") if not r["deployment_id"]]


def test_a_second_one_says_so(site: Site) -> None:
    """A second `mrd serve` of the warehouse, or one on the same port, ends with one line."""
    args = ("serve", site.inbox, "--every", "1h", "--warehouse")
    again = mrd(*args, site.warehouse, "--port", free_port())
    assert (again.returncode, again.stdout) == (3, "")
    assert again.stderr == (
        f"mrd: mrd serve runs already for this warehouse; its page is http://127.0.0.1:{site.port}\n"
    )
    taken = mrd(*args, site.folder / "other", "--port", site.port)
    assert (taken.returncode, taken.stdout) == (2, "")
    assert taken.stderr == f"mrd: --port {site.port}: Address already in use; give another\n"


def test_a_load_that_cannot_run_is_seen(site: Site) -> None:
    """The inbox goes away: a failed run that says the step and the kind, the line on stderr, a line in attempts.jsonl."""
    away = site.inbox.rename(site.folder / f"{MARK}-away")
    api = site.api()
    failed = api.ended(api.start("mrd-load/scheduled"))
    away.rename(site.inbox)
    assert failed["state_type"] == "FAILED"
    assert failed["state"]["message"] == (
        "step offer failed (UserError), exit status 2; the terminal has the details"
    )
    line = site.said("err").splitlines()[0]
    assert line.endswith(f" load: mrd: {site.inbox}: there is no such file or folder")
    attempts = (site.warehouse / "attempts.jsonl").read_text(encoding="utf-8").splitlines()
    assert "failed: UserError" in [json.loads(a)["outcome"] for a in attempts]


def test_a_crash_of_a_served_load_is_seen(site: Site) -> None:
    """An error whose message quotes an identifier: a failed run with step and kind, no message anywhere."""
    attempts = site.warehouse / "attempts.jsonl"
    before = attempts.read_text(encoding="utf-8")
    # an id that no program wrote: reading it raises an error that quotes it
    strange = {"load_id": f"z-P-{MARK}-1", "outcome": "failed: x", "started_at": "x", "at": "x"}
    attempts.write_text(before + json.dumps(strange) + "\n", encoding="utf-8")
    api = site.api()
    run = api.ended(api.start("mrd-load/scheduled"))
    assert run["state_type"] == "FAILED"
    words = "step discover failed (ValueError), exit status 3; the terminal has the details"
    assert run["state"]["message"] == words
    assert "ValueError: (message withheld)" in site.said("err")
    noted = attempts.read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(noted)["outcome"] == "failed: ValueError"
    attempts.write_text(before, encoding="utf-8")


def test_prefect_learns_no_identifier(site: Site) -> None:
    """After loads, reruns, failures and a forgetting no byte of Prefect's home has an identifier or a file name."""
    forgotten = mrd("forget", "--warehouse", site.warehouse, "--patient", f"P-{MARK}-1", "--yes")
    assert (forgotten.returncode, forgotten.stderr) == (0, "")
    assert_complete(site.warehouse)
    home = site.warehouse / ".prefect"
    files = [p for p in home.rglob("*") if p.is_file()]
    assert any(p.name == "prefect.db" for p in files)
    assert [p.name for p in files if MARK in p.name or MARK.encode() in p.read_bytes()] == []
    assert [p for p in files if p.stat().st_mode & stat.S_IRWXO] == []
    assert MARK not in site.said("out")
    attempts = (site.warehouse / "attempts.jsonl").read_text(encoding="utf-8")
    assert MARK not in attempts


def test_it_ends_when_asked(site: Site) -> None:
    """SIGTERM ends it and all that it started, within a minute, and the port is free."""
    everything = processes_below(site.process.pid)
    assert len(everything) >= 2
    site.process.send_signal(signal.SIGTERM)
    assert site.process.wait(PATIENCE_SECONDS) == 0
    wait_for("end of all processes", lambda: not alive(everything) or None)
    assert site.said("out").splitlines()[-1] == "stopping"
    assert not (site.warehouse / ".prefect" / "serve.url").exists()
    assert_complete(site.warehouse)
