"""`prefect.yaml` as a site deploys it: a work pool, `prefect deploy`, a worker, a run that publishes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.lab import LAB, REFERENCE, assert_complete, hashes, load, write
from tests.flows.prefect_process import PATIENCE_SECONDS, ROOT, Api, clean_environment

pytestmark = [
    pytest.mark.flow,
    pytest.mark.xdist_group("prefect"),
    pytest.mark.timeout(2 * PATIENCE_SECONDS),
]


@pytest.mark.long
def test_deploy_and_run(prefect_database: Path, tmp_path: Path) -> None:
    """Both deployments are made as the file says, and a worker runs them beside each other: the tables are those of a plain load."""
    from prefect.settings import PREFECT_API_URL

    write(tmp_path, {"mrd.toml": "settle_seconds = 0\n"})
    load(tmp_path / "w", write(tmp_path / "in", REFERENCE))
    inbox = write(tmp_path / "in", LAB)
    url = str(PREFECT_API_URL.value())
    environment = clean_environment(
        PREFECT_API_URL=url,
        PREFECT_HOME=str(tmp_path / "home"),
        DO_NOT_TRACK="1",
        MRD_WORK_POOL="mrd",
        MRD_CRON="0 6 * * *",
        MRD_TIMEZONE="Europe/Berlin",
        MRD_INBOX=str(inbox),
        MRD_WAREHOUSE=str(tmp_path / "w"),
    )

    def prefect(*args: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "prefect", "--no-prompt", *args],
            capture_output=True, check=False, text=True, cwd=ROOT, env=environment, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    api = Api(url)
    assert api.post("/work_pools/", {"name": "mrd", "type": "process"}).status_code == 201
    prefect("deploy", "--all")
    deployed = api.deployment("mrd-load/scheduled")
    schedule = deployed["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("0 6 * * *", "Europe/Berlin")
    assert deployed["global_concurrency_limit"]["limit"] == 1
    assert deployed["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    # a worker on another machine has another folder, or none
    assert (deployed["path"], deployed["pull_steps"]) == (None, [])

    first = api.start("mrd-load/scheduled")
    # without `publish`: it reads a snapshot, whichever is current then
    second = api.start("mrd-rerun/on-request", rulesets={"CML": "esmo-cml-2017"})
    prefect("worker", "start", "--pool", "mrd", "--run-once")
    assert api.ended(first)["state"]["message"] == "published; 5 files, 6 rows read"
    assert api.ended(second)["state_type"] == "COMPLETED"
    assert_complete(tmp_path / "w")
    load(tmp_path / "plain", inbox)
    assert hashes(tmp_path / "w") == hashes(tmp_path / "plain")
