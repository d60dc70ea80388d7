"""What the README shows works as it stands there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.tables import TABLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MRD = Path(sys.executable).with_name("mrd")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo warehouse, loaded without Prefect, and the inbox."""
    place = tmp_path_factory.mktemp("readme")
    (place / "inbox").symlink_to(ROOT / "sample_data" / "inbox")
    run = subprocess.run(
        [MRD, "load", "inbox", "--warehouse", "demo-warehouse", "--no-server"],
        cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (1, "")
    (place / "summary.txt").write_text(run.stdout)
    return place


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", _blocks("python"))
def test_recipe_reads_the_tables(code: str, place: Path) -> None:
    """Each Python recipe runs, without a word on stderr."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_recipes_agree(place: Path) -> None:
    """DuckDB, pandas and polars see the same rows."""
    one_liners = [b.strip() for b in _blocks("python") if b.count("\n") == 1]
    assert len(one_liners) == 3
    counts = []
    for line in one_liners:
        setup, expression = line.split("; ", 1)
        code = f"{setup}\nprint(len({expression}))"
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True
        )
        counts.append(int(run.stdout))
    assert len(set(counts)) == 1
    assert counts[0] > 400


def test_first_screen_is_what_the_demo_prints(place: Path) -> None:
    """Each line of the summary in the README is a line of the real summary."""
    printed = (place / "summary.txt").read_text().splitlines()
    shown = [x for x in _blocks("text")[0].splitlines() if x.strip() and x.strip() != "..."]
    for line in shown:
        if line.startswith("Report"):
            assert any(p.startswith("Report  demo-warehouse/reports/") for p in printed)
        else:
            assert line in printed


def test_commands_run(place: Path) -> None:
    """Each command of the README ends with the status it should have, and no traceback."""
    commands = [c.split("#")[0].strip() for c in _blocks("sh")[1].splitlines()]
    names = {"SAMPLE_ID": "P-CML-007-S03", "PATIENT_ID": "P-CML-007"}
    commands = [re.sub("SAMPLE_ID|PATIENT_ID", lambda m: names[m[0]], c) for c in commands if c]
    expected = {"check": 1, "load": 1, "status": 1}
    for command in commands:
        current = (place / "warehouse" / "current").resolve().name
        words = shlex.split(command.replace("LOAD_ID", current))
        assert words[0] == ".venv/bin/mrd"
        if words[1] == "load" and "--no-server" not in words:
            continue  # the flow has tests of its own, and make demo runs this very command
        run = subprocess.run(
            [MRD, *words[1:]], cwd=place, capture_output=True, text=True, check=False
        )
        # what is loaded already is no news, bad rows included
        is_again = words[1] == "check" and "--warehouse" in words
        status = 0 if is_again else expected.get(words[1], 0)
        assert run.returncode == status, (command, run.stderr)
        assert run.stderr == ""


def test_pages_that_are_linked_exist() -> None:
    """No link of the README leads nowhere."""
    for target in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / target).is_file()
    for room in ("schemas", "transforms", "flows", "sample_data", "benchmarks"):
        assert f"`{room}/`" in README
    assert len(TABLES) == 21
