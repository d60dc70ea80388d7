"""`mrd load --log FILE`: a JSON line for each step, with seconds and counts, and nobody's name."""

import json
import logging
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Mrd
from tests.flows.lab import LAB, write

MARK = "zQx7Kw"
COMMON = {"at", "load_id", "kind", "step", "seconds", "peak_memory_bytes"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder whose inbox has a mark in every file name and in some identifiers and values."""
    files = {f"in/{MARK}-{n}": t.replace("S1", f"S-{MARK}").replace("P1", f"P-{MARK}") for n, t in LAB.items()}  # fmt: skip
    files[f"in/{MARK}-bad.csv"] = f"sample_id,assay_id,target_copies,control_copies\nS2,qpcr,{MARK},5\n"  # fmt: skip
    return write(tmp_path, {**files, "mrd.toml": "settle_seconds = 0\n"})


def load(mrd: Mrd, site: Path, *args: object) -> tuple[int, str, str]:
    return mrd("load", site / "in", "--warehouse", site / "w", "--no-server", *args)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_step_is_a_line(mrd: Mrd, site: Path) -> None:
    status, _, err = load(mrd, site, "--log", site / "steps.jsonl")
    assert (status, err) == (1, "")
    said = lines((site / "steps.jsonl").read_text(encoding="utf-8"))
    steps = ["discover", "keep", "read", "derive", "load", "publish", "report"]
    assert [r["step"] for r in said] == steps
    assert {r["load_id"] for r in said} == {(site / "w" / "current").resolve().name}
    counts = {r["step"]: {k: v for k, v in r.items() if k not in COMMON} for r in said}
    assert counts == {
        "discover": {"batches": 1},
        "keep": {"files": 6},
        "read": {"rows": 16},
        "derive": {"patients": 3},
        "load": {
            "outcome": "published", "files_loaded": 6, "rows_read": 16, "rows_accepted": 15,
            "rows_rejected": 1, "rows_ignored": 0, "rows_pending": 0, "patients": 3,
        },
        "publish": {},
        "report": {},
    }  # fmt: skip
    whole = next(r for r in said if r["step"] == "load")
    assert 0 < whole["seconds"] < 300
    before = [r["seconds"] for r in said[:4]]
    assert sum(before) <= whole["seconds"] + 0.01
    assert all(50e6 < r["peak_memory_bytes"] < 50e9 for r in said)
    assert stat.S_IMODE((site / "steps.jsonl").stat().st_mode) & 0o027 == 0


def test_nothing_names_anybody(mrd: Mrd, site: Path) -> None:
    """Neither the log nor the list of attempts holds an identifier, a value or the name of a file."""
    load(mrd, site, "--log", site / "steps.jsonl")
    for path in (site / "steps.jsonl", site / "w" / "attempts.jsonl"):
        text = path.read_text(encoding="utf-8")
        assert text
        assert MARK not in text
        assert str(site) not in text


def test_loads_append_and_minus_is_stderr(mrd: Mrd, site: Path) -> None:
    load(mrd, site, "--log", site / "steps.jsonl")
    first = (site / "steps.jsonl").read_text(encoding="utf-8")
    load(mrd, site, "--log", site / "steps.jsonl")
    both = (site / "steps.jsonl").read_text(encoding="utf-8")
    assert both.startswith(first)
    assert lines(both)[-3]["outcome"] == "nothing new"
    _, _, err = load(mrd, site, "--log", "-")
    assert [r["step"] for r in lines(err)] == [r["step"] for r in lines(both[len(first) :])]


def test_without_the_option_nothing_is_printed(mrd: Mrd, site: Path) -> None:
    load(mrd, site, "--log", site / "steps.jsonl")
    assert load(mrd, site)[2] == ""
    assert len(lines((site / "steps.jsonl").read_text(encoding="utf-8"))) == 7
    assert logging.getLogger("mrd.steps").handlers == []


def test_a_step_that_fails_is_logged_by_the_kind_of_its_error(
    mrd: Mrd, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", f"/{MARK}")

    monkeypatch.setattr("flows.load.write_changes", full)
    assert load(mrd, site, "--log", site / "steps.jsonl")[0] == 3
    text = (site / "steps.jsonl").read_text(encoding="utf-8")
    said = lines(text)
    assert [(r["step"], r["outcome"]) for r in said[-2:]] == [
        ("publish", "failed: OSError"),
        ("load", "failed: OSError"),
    ]
    assert MARK not in text


def test_a_load_goes_on_when_its_log_cannot_be_written(mrd: Mrd, site: Path) -> None:
    """Said once; results matter more. A file that cannot be opened at all is a mistake of usage."""
    status, out, err = load(mrd, site, "--log", "/dev/full")
    assert status == 1
    assert "16 rows read" in out
    assert err == "mrd: /dev/full: the log cannot be written (No space left on device); the load goes on\n"  # fmt: skip
    status, out, err = load(mrd, site, "--log", site)
    assert (status, out) == (2, "")
    assert err == f"mrd: {site}: the log cannot be written: Is a directory\n"


def test_attempts_say_how_long_each_step_took(mrd: Mrd, site: Path) -> None:
    load(mrd, site)
    (line,) = lines((site / "w" / "attempts.jsonl").read_text(encoding="utf-8"))
    assert (line["kind"], line["outcome"]) == ("LOAD", "published")
    # the report is written after the line
    assert set(line["seconds"]) == {"discover", "keep", "read", "derive", "publish"}
    assert all(seconds >= 0 for seconds in line["seconds"].values())


def test_rerun_has_a_log_too(mrd: Mrd, site: Path) -> None:
    """A rerun that publishes says its steps and its outcome, as a load does."""
    load(mrd, site)
    args = ("--ruleset", "CML=eln-cml-2025", "--log", site / "rerun.jsonl")
    assert mrd("rerun", "--warehouse", site / "w", *args, "--publish")[0] == 0
    said = lines((site / "rerun.jsonl").read_text(encoding="utf-8"))
    assert {r["kind"] for r in said} == {"RERUN"}
    assert [r["outcome"] for r in said if r["step"] == "load"] == ["published"]
    assert MARK not in (site / "rerun.jsonl").read_text(encoding="utf-8")
