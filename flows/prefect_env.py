"""Prefect's environment, set before Prefect is imported: offline, silent, at home in the warehouse."""

import os
from pathlib import Path

from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.served import Served


def prepare(warehouse: Path, page: str | None = None) -> None:
    """Set defaults for Prefect; what the user has set stays.

    Its home lies in the warehouse, so that nothing is written to the user's home and a load of one
    warehouse never waits for another's database. Beside `mrd serve` of the same warehouse its server is
    used: two servers on one SQLite file would stand in each other's way.

    Args:
        warehouse: the warehouse.
        page: address of the server that is to be used, whatever the user has set.

    Raises:
        UserError: the warehouse cannot be written.
    """
    home = home_of(warehouse)
    try:
        for folder in (home.parent, home):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"{warehouse}: the warehouse cannot be written: {error.strerror}", EXIT_NOT_PUBLISHED
        ) from None
    defaults = {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # a first start migrates a database, which takes longer than Prefect's default allows
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_TASKS_DEFAULT_NO_CACHE": "true",
        # the command prints its own lines; the run's log goes to the server
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
        "PREFECT_CLI_PROMPT": "false",
    }
    if page:
        os.environ["PREFECT_API_URL"] = f"{page}/api"
    elif served := Served(home).page():
        defaults["PREFECT_API_URL"] = f"{served}/api"
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def home_of(warehouse: Path) -> Path:
    """Return the folder of Prefect's database, logs and of what `mrd serve` notes."""
    return warehouse.resolve() / ".prefect"
