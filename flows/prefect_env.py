"""Prefect's environment, set before Prefect is imported: offline, silent, at home in the warehouse."""

import os
from pathlib import Path


def prepare(warehouse: Path) -> None:
    """Set defaults for Prefect; what the user has set stays.

    Its home lies in the warehouse, so that nothing is written to the user's home and a load of one
    warehouse never waits for another's database.
    """
    home = warehouse.resolve() / ".prefect"
    for folder in (home.parent, home):
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
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
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
