"""The audit fails on what has a fix, lives with what has a reason and a day, and never calls silence well."""

import importlib.util
import json
import subprocess
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

CI = Path(__file__).parents[2] / ".ci"
TODAY = date(2026, 11, 22)


@pytest.fixture
def audit() -> Any:
    spec = importlib.util.spec_from_file_location("audit", CI / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def package(name: str, *vulns: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "vulns": list(vulns)}


def vuln(name: str, *fixes: str, alias: str = "CVE-1") -> dict[str, Any]:
    return {"id": name, "fix_versions": list(fixes), "aliases": [alias]}


def accepted(name: str, until: date) -> dict[str, Any]:
    return {"id": name, "reason": "we never call it", "until": until}


UNKNOWN = {"name": "b", "skip_reason": "not found"}


def test_nothing_known(audit: Any) -> None:
    assert audit.judge([package("a")], [], TODAY) == (["1 of 1 packages checked"], True)


def test_what_has_a_fix_fails(audit: Any) -> None:
    said, is_well = audit.judge([package("a", vuln("PYSEC-1", "1.1", "2.0"))], [], TODAY)
    assert not is_well
    assert said[0].startswith("a 1.0: PYSEC-1, fixed in 1.1, 2.0: ")


def test_what_has_no_fix_is_told(audit: Any) -> None:
    said, is_well = audit.judge([package("a", vuln("PYSEC-1"))], [], TODAY)
    assert (said[0], is_well) == ("a 1.0: PYSEC-1, no fix yet", True)


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-1"])
def test_what_is_accepted_holds_until_its_day(audit: Any, name: str) -> None:
    found = [package("a", vuln("PYSEC-1", "1.1"))]
    said, is_well = audit.judge(found, [accepted(name, TODAY)], TODAY)
    assert (said[0], is_well) == (
        "a 1.0: PYSEC-1, accepted until 2026-11-22: we never call it",
        True,
    )
    said, is_well = audit.judge(found, [accepted(name, date(2026, 11, 21))], TODAY)
    assert not is_well
    assert "(was accepted until 2026-11-21)" in said[0]


def test_what_is_accepted_in_vain_is_told(audit: Any) -> None:
    said, is_well = audit.judge([package("a")], [accepted("PYSEC-9", TODAY)], TODAY)
    assert (said[0], is_well) == ("PYSEC-9 is accepted and no longer found: remove it", True)


def test_what_the_list_does_not_know_is_told(audit: Any) -> None:
    said, _ = audit.judge([package("a"), UNKNOWN], [], TODAY)
    assert said == [
        "not checked, because the list does not know them: b",
        "1 of 2 packages checked",
    ]


@pytest.mark.parametrize(
    ("printed", "is_reached"),
    [
        ("", False),
        ("Traceback", False),
        (json.dumps({"dependencies": [UNKNOWN]}), False),
        (json.dumps({"dependencies": [UNKNOWN, package("a")]}), True),
    ],
)
def test_a_list_that_knows_no_package_was_not_reached(
    audit: Any, monkeypatch: pytest.MonkeyPatch, printed: str, is_reached: bool
) -> None:
    """pip-audit ends with 0 and `no known vulnerabilities` where it found no package at all."""

    def run(*_: object, **__: object) -> Any:
        return subprocess.CompletedProcess([], 0, printed, "")

    monkeypatch.setattr(audit.subprocess, "run", run)
    assert bool(audit.looked_up(Path("python"), "pypi")) == is_reached


def test_the_list_of_what_is_accepted_can_be_read() -> None:
    held = tomllib.loads((CI / "audit_accepted.toml").read_text(encoding="utf-8"))
    assert set(held) <= {"accepted"}
    for entry in held.get("accepted", []):
        assert set(entry) == {"id", "reason", "until"}
        assert isinstance(entry["until"], date)
