"""The command, for all tests of it."""

import pytest

from flows.cli import main
from tests.cli.command import Mrd


@pytest.fixture
def mrd(capfd: pytest.CaptureFixture[str]) -> Mrd:
    """Give a function that runs the command and returns status, stdout and stderr."""

    def run(*args: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main([str(a) for a in args])
        printed = capfd.readouterr()
        return status, printed.out, printed.err

    return run
