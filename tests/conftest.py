"""One Prefect server for all tests marked `flow`; every other test runs without Prefect."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# Before anything imports Prefect: it reads its home once, and must find neither a user's nor a network.
_HOME = tempfile.TemporaryDirectory(prefix="mrd-prefect-")
os.environ["PREFECT_HOME"] = _HOME.name
os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"
os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"
os.environ.pop("PREFECT_API_URL", None)


_GROUPS = {
    "test_flow_equals_plain": "prefect",
    "test_names_stay_inside": "prefect",
    "test_overlap": "prefect",
    "test_scheduled": "prefect",
    "test_work_pool": "prefect",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Send the tests of a file to one worker, which makes its fixtures once, and those that share a server to one.

    A mark `xdist_group` would say the same, but pytest 9.2 with xdist 3.8 does not heed it
    (pytest-dev/pytest-xdist#1386).
    """
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class OneWorkerForPrefect(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            return _GROUPS.get(Path(file).stem, file)

    return OneWorkerForPrefect(config, log)


@pytest.fixture(scope="session")
def prefect_database() -> Iterator[Path]:
    """Run one Prefect server for the session; give the path of its database."""
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        url = PREFECT_SERVER_DATABASE_CONNECTION_URL.value()
        yield Path(str(url).split("///", 1)[1])


@pytest.fixture(scope="session")
def sample_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the sample inbox loaded once for the session; tests only read it."""
    from tests.flows.lab import INBOX, load

    warehouse = tmp_path_factory.mktemp("sample") / "warehouse"
    load(warehouse, INBOX)
    return warehouse
