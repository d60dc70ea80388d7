"""Pytest plugin for CI: with the real instrument files there, no test marked `real` may be skipped.

Loaded with `PYTHONPATH=.ci pytest -p check_no_real_skips`. A skip that nobody sees would let the
readers rot; with the files there, no reason to skip is left: the run fails and names the tests.
"""

from pathlib import Path

import pytest

_PROPERTY = ("marker", "real")


class _Counts:
    ran: int = 0
    skipped: tuple[str, ...] = ()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note the marker on the report itself: that also survives the way from an xdist worker."""
    for item in items:
        if item.get_closest_marker("real"):
            item.user_properties.append(_PROPERTY)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Count a module that was skipped as a whole and holds tests marked `real`."""
    path = Path(report.nodeid)
    if report.skipped and path.is_file() and "mark.real" in path.read_text(encoding="utf-8"):
        _Counts.skipped += (report.nodeid,)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count the tests marked `real` that ran and those that were skipped."""
    # xdist sends tuples as lists
    if _PROPERTY not in map(tuple, report.user_properties):
        return
    # an expected failure (xfail) is reported as skipped too, but it ran
    if report.skipped and not hasattr(report, "wasxfail"):
        _Counts.skipped += (report.nodeid,)
    elif report.when == "call":
        _Counts.ran += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many ran, and which were skipped."""
    terminalreporter.line(f"real-file tests: {_Counts.ran} ran, {len(_Counts.skipped)} skipped")
    for nodeid in sorted(set(_Counts.skipped)):
        terminalreporter.line(f"REAL FILES ARE PRESENT, YET SKIPPED: {nodeid}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that would have passed."""
    if _Counts.skipped and session.exitstatus in (
        pytest.ExitCode.OK,
        pytest.ExitCode.NO_TESTS_COLLECTED,
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
