"""The recipes of `docs/backup.md`, run as they stand there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.lab import (
    FLOW,
    LAB,
    PCR,
    REFERENCE,
    assert_complete,
    everything,
    hashes,
    load,
    load_files,
    plate,
    write,
)

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "backup.md").read_text(encoding="utf-8")


def recipe(heading: str, language: str = "sh") -> str:
    """Return the first block of code below a heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found, heading
    return found[1]


def run(script: str, folder: Path, **places: Path | str) -> str:
    """Run a recipe with its places; return what it said."""
    mrd = f'mrd() {{ "{sys.executable}" -m flows.cli "$@"; }}\npython() {{ "{sys.executable}" "$@"; }}\n'
    done = subprocess.run(
        ["bash", "-euc", mrd + script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **{k: str(v) for k, v in places.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a site with a warehouse of two loads, one of them of an instrument's file, and an inbox `3`."""
    write(tmp_path, {"mrd.toml": "settle_seconds = 0\n"})
    load_files(tmp_path / "w", tmp_path / "1", {**REFERENCE, "flow.csv": FLOW})
    load_files(tmp_path / "w", tmp_path / "2", {"qpcr/plate.txt": plate("S1", "S2")})
    write(tmp_path / "3", {"pcr.csv": PCR.replace("qpcr,R", "qpcr,Q")})
    return tmp_path


def test_backup_and_restore(site: Path) -> None:
    """A restored backup has every byte and every hard link, is verified, and loads go on as in the original."""
    run(recipe("Back up"), site, W=site / "w", B=site / "backup.tar")
    load(site / "w", site / "3")
    run(recipe("Restore and go on"), site, B=site / "backup.tar", N=site / "n")
    assert_complete(site / "n")
    first, second = sorted((site / "n" / "snapshots").iterdir())
    name = "patients/part-0.parquet"
    assert (first / name).samefile(second / name)
    kept = {
        n: h for n, h in everything(site / "n").items() if n.startswith(("snapshots", "inputs"))
    }
    assert kept.items() <= everything(site / "w").items()
    load(site / "n", site / "3")
    assert hashes(site / "n") == hashes(site / "w")
    assert not load(site / "n", site / "1", site / "2").result.published


def test_backup_that_a_load_overtook(site: Path) -> None:
    """What a load had begun to write when it was copied is in no way of the copy."""
    (site / "w" / "snapshots" / ".part-x").mkdir()
    current = (site / "w" / "current").readlink()
    newer = site / "w" / "snapshots" / "20990101T000000-000000"
    shutil.copytree(site / "w" / "current", newer)
    run(recipe("Back up"), site, W=site / "w", B=site / "backup.tar")
    run(
        recipe("Restore and go on").split("mrd verify")[0],
        site,
        B=site / "backup.tar",
        N=site / "n",
    )
    assert (site / "n" / "current").readlink() == current
    assert not list((site / "n").rglob(".part-*"))
    load(site / "n", site / "3")
    assert_complete(site / "n")


def test_going_back_to_an_earlier_snapshot(site: Path) -> None:
    """With `current` set back, the files that came later are loaded again and give the same tables."""
    before = hashes(site / "w")
    earlier = sorted(p.name for p in (site / "w" / "snapshots").iterdir())[0]
    run(
        recipe("When a load says that the snapshot is damaged"), site, W=site / "w", EARLIER=earlier
    )
    assert (site / "w" / "current").resolve().name == earlier
    load(site / "w", site / "2")
    assert hashes(site / "w") == before


@pytest.mark.long
def test_rebuilding_from_the_inputs(site: Path) -> None:
    """The kept inputs, called as `source_files` says, give the same tables in a new warehouse."""
    load(site / "w", site / "3")
    write(site, {"rebuild.py": recipe("Rebuild from the inputs", "python")})
    run(recipe("Rebuild from the inputs"), site, W=site / "w", I=site / "i", N=site / "n")
    assert hashes(site / "n") == hashes(site / "w")


def test_folder_of_inputs_alone(tmp_path: Path) -> None:
    """Without any snapshot the folder `inputs` can be loaded as it is, where files name what they are of."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    load(tmp_path / "n", tmp_path / "w" / "inputs")
    assert hashes(tmp_path / "n") == hashes(tmp_path / "w")
