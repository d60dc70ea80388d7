"""Killed at every point of a load: `current` is whole, and the next load leaves what an undisturbed run leaves.

The points are numbered by `kill_server`: every file opened, written, synced, linked, renamed or removed, and every step.
`make test` tries some of them, evenly spread; `make test-long` tries all.
"""

import random
import shutil
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows.attempts import attempts
from tests.faults.kills import Killer, assert_not_half, shape
from tests.flows.lab import FLOW, LAB, PCR, REFERENCE, everything, hashes, load_files, write

SETTINGS = {"mrd.toml": "settle_seconds = 0\n"}


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    """Give what runs commands and kills them."""
    one = Killer(tmp_path_factory.mktemp("killer"))
    yield one
    one.close()


@dataclass
class Work:
    """A command, the place that it starts from, and what it leaves when nobody disturbs it.

    Attributes:
        begun: a site before the command: settings, a warehouse `w`, an inbox `in`.
        argv: arguments of `mrd`, with SITE for the place of the site.
        points: the points of an undisturbed run.
        tables: hashes of the tables that it leaves.
        shape: names of the files that it leaves.
    """

    begun: Path
    argv: tuple[str, ...]
    points: list[str]
    tables: dict[str, str]
    shape: set[str]

    def args(self, site: Path) -> list[str]:
        """Return the arguments at a place."""
        return [a.replace("SITE", str(site)) for a in self.argv]


LOAD = ("load", "SITE/in", "--warehouse", "SITE/w", "--no-server")
RERUN = ("rerun", "--warehouse", "SITE/w", "--ruleset", "CML=eln-cml-2025", "--publish")


def prepare(killer: Killer, place: Path, argv: Sequence[str]) -> Work:
    """Run a command without killing it, on a copy of a site, and remember what it left."""
    whole = place.with_name("whole")
    shutil.copytree(place, whole, symlinks=True)
    work = Work(place, tuple(argv), [], {}, set())
    assert killer.run(work.args(whole), whole / "w") == 0, killer.output()
    work.points = killer.points()
    work.tables, work.shape = hashes(whole / "w"), shape(whole / "w")
    return work


@pytest.fixture(scope="module")
def first_load(killer: Killer, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Give the first load into a new warehouse."""
    place = write(tmp_path_factory.mktemp("first") / "site", SETTINGS)
    write(place / "in", LAB)
    return prepare(killer, place, LOAD)


@pytest.fixture(scope="module")
def daily_load(killer: Killer, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Give a load of new results into a warehouse that has a snapshot."""
    place = write(tmp_path_factory.mktemp("daily") / "site", SETTINGS)
    load_files(place / "w", place / "before", {**REFERENCE, "flow.csv": FLOW})
    write(place / "in", {"pcr.csv": PCR})
    return prepare(killer, place, LOAD)


@pytest.fixture(scope="module")
def rerun(killer: Killer, tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Give a rerun that publishes another rule set."""
    place = write(tmp_path_factory.mktemp("rerun") / "site", SETTINGS)
    load_files(place / "w", place / "before", LAB)
    return prepare(killer, place, RERUN)


@pytest.fixture(scope="module")
def repairing_load(
    killer: Killer, daily_load: Work, tmp_path_factory: pytest.TempPathFactory
) -> Work:
    """Give a load without news after one that was killed when its snapshot had just become current."""
    place = tmp_path_factory.mktemp("repairing") / "site"
    shutil.copytree(daily_load.begun, place, symlinks=True)
    swap = daily_load.points.index("os.rename current")
    assert killer.run(daily_load.args(place), place / "w", kill_at=swap + 2) == -signal.SIGKILL
    return prepare(killer, place, LOAD)


def spread(work: Work, how_many: int | None) -> list[int]:
    """Return numbers of points, evenly spread; all of them when there is no number."""
    every = range(1, len(work.points) + 1)
    return list(every) if how_many is None else [*every[:: -(-len(every) // how_many)], every[-1]]


def survive(killer: Killer, work: Work, scratch: Path, kill_at: int) -> None:
    """Kill a command at a point, look at the warehouse, and let the next one finish the work."""
    site = scratch / f"killed-{kill_at}"
    shutil.copytree(work.begun, site, symlinks=True)
    warehouse, label = site / "w", work.points[kill_at - 1]
    # in a new warehouse there is nothing before
    before = (warehouse / "current").resolve() if (warehouse / "current").exists() else site / "in"
    untouched = everything(before)
    assert killer.run(work.args(site), warehouse, kill_at=kill_at) == -signal.SIGKILL, label
    finish(killer, work, site, label)
    assert everything(before) == untouched, label
    shutil.rmtree(site)


def finish(killer: Killer, work: Work, site: Path, label: str) -> None:
    """Check a warehouse whose load was killed, and that the next load leaves what it has to."""
    warehouse = site / "w"
    assert_not_half(warehouse)
    assert killer.run(work.args(site), warehouse) == 0, f"{label}\n{killer.output()}"
    assert_not_half(warehouse)
    assert hashes(warehouse) == work.tables, label
    assert shape(warehouse) == work.shape, label
    noted = {line["load_id"] for line in attempts(warehouse / "attempts.jsonl")}
    assert noted >= {p.name for p in (warehouse / "snapshots").iterdir()}, label


WORKS = ("first_load", "daily_load", "rerun", "repairing_load")


def survive_all(
    killer: Killer, work: Work, scratch: Path, how_many: int | None, tell: pytest.FixtureRequest
) -> int:
    """Kill a command at points one after the other; tell how many kills were survived."""
    points = spread(work, how_many)
    for kill_at in points:
        survive(killer, work, scratch, kill_at)
    tell.node.user_properties.append(("kill_points_survived", len(points)))
    print(f"{tell.node.name}: {len(points)} of {len(work.points)} kill points survived")
    return len(points)


def test_points_are_those_that_matter(first_load: Work, daily_load: Work) -> None:
    """Every write of a snapshot is a point, and so are kept inputs, the swap, the line and the report."""
    assert len(first_load.points) + len(daily_load.points) > 400
    for work in (first_load, daily_load):
        (final,) = [p for p in work.points if p.startswith("os.rename snapshots/")]
        load_id = final.rpartition("/")[2]
        folder = f"snapshots/.part-{load_id}"
        swap = work.points.index("os.rename current")
        assert work.points.index(final) < swap
        assert swap < work.points.index("write attempts.jsonl")
        assert swap < work.points.index(f"os.rename reports/{load_id}.html")
        assert [p for p in work.points[:swap] if p.startswith("os.rename inputs/")]
        for point in ("os.rename .running", "os.remove .running", f"write {folder}/manifest.json"):
            assert point in work.points
        assert f"write {folder}/loads/part-0.parquet" in work.points
        assert {f"{when} {step}" for when in ("begin", "end") for step in ("derive", "publish", "report")} <= {
            *work.points
        }  # fmt: skip
    written = {p for p in first_load.points if p.startswith("write snapshots/")}
    # each table and the manifest
    assert len(written) == len(first_load.tables) + 3 + 1


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", WORKS)
def test_killed_at_some_points(
    killer: Killer, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Killed at points spread over a load or a rerun, nothing is half there and nothing is lost."""
    assert survive_all(killer, request.getfixturevalue(name), tmp_path, 3, request) >= 3


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", WORKS)
def test_killed_at_every_point(
    killer: Killer, name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Killed at every point of a load or a rerun, nothing is half there and nothing is lost."""
    least = {"first_load": 200, "daily_load": 150, "rerun": 120, "repairing_load": 40}[name]
    assert survive_all(killer, request.getfixturevalue(name), tmp_path, None, request) >= least


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_killed_at_times(killer: Killer, daily_load: Work, tmp_path: Path) -> None:
    """Killed from outside after 40 spans of processor time, nothing is half there and nothing is lost."""
    chance = random.Random(6)
    killed = 0
    for number in range(40):
        site = tmp_path / str(number)
        shutil.copytree(daily_load.begun, site, symlinks=True)
        after = chance.uniform(0, 1.2)
        status = killer.run(daily_load.args(site), site / "w", kill_after_cpu_seconds=after)
        killed += status == -signal.SIGKILL
        finish(killer, daily_load, site, f"killed after {after:.2f} s")
        shutil.rmtree(site)
    print(f"{killed} of 40 loads killed by time")
    assert killed >= 20
