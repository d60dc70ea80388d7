"""Names stay in tables and reports: what else a load leaves behind, or says when it crashes, holds none."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.bugs import SHOW
from flows.cli import main
from flows.key_file import write_key
from flows.load import LoadRun
from tests.flows.lab import rows
from tests.privacy.marked import SIGN, marked_inbox

pytestmark = [pytest.mark.flow, pytest.mark.xdist_group("prefect"), pytest.mark.timeout(400)]

ROOT = Path(__file__).parents[2]
HOLD_NAMES = ("inputs/", "snapshots/", "reports/", "private/")
"""Places of the warehouse whose files may hold names; in `snapshots/` only Parquet may."""


def with_sign(folder: Path) -> list[str]:
    """Return the files below a folder that hold the sign in their bytes or their names."""
    found = []
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder).as_posix()
        if SIGN in where or (path.is_file() and SIGN.encode() in path.read_bytes()):
            found.append(where)
    return found


def may_hold(where: str) -> bool:
    """Tell whether a file of a warehouse may hold names."""
    is_table = where.startswith("snapshots/") and where.endswith(".parquet")
    return is_table or (where.startswith(HOLD_NAMES) and not where.startswith("snapshots/"))


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the marked files."""
    return marked_inbox(tmp_path_factory.mktemp("marked") / "in")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, inbox: Path) -> tuple[Path, Any]:
    """Give a warehouse that `mrd load` as typed filled, in a process that hides nothing of its files, and what it said."""
    home = tmp_path_factory.mktemp("loaded")
    (home / "tmp").mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "load", str(inbox), "--warehouse", str(home / "w")],
        cwd=ROOT,
        env={**environment, "TMPDIR": str(home / "tmp"), "HOME": str(home)},
        umask=0,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return home, done


def test_a_load_leaves_names_in_tables_inputs_and_report_alone(loaded: tuple[Path, Any]) -> None:
    """Prefect's home, attempts, manifests, names of files, what stands in TMPDIR and HOME hold none."""
    home, done = loaded
    found = with_sign(home)
    assert [f for f in found if not may_hold(f.removeprefix("w/"))] == []
    assert any(f.endswith(".html") for f in found), (
        "the sign is not in the report: it was not looked at"
    )
    assert (home / "w" / ".prefect" / "prefect.db").stat().st_size > 0
    assert done.stderr == ""
    assert sorted(p.name for p in home.iterdir()) == ["tmp", "w"], (
        "nothing of Prefect is in the home"
    )
    # the files hold every finding code, so that no code was left out
    assert rows(home / "w", "findings")["code"].n_unique() > 60


def test_new_files_are_for_owner_and_group_alone(loaded: tuple[Path, Any]) -> None:
    """With an umask of 0 nothing of the warehouse is open to others, Prefect's database included."""
    home, _ = loaded
    opened = [
        f"{stat.filemode(p.lstat().st_mode)} {p}"
        for p in (home / "w", *(home / "w").rglob("*"))
        if not p.is_symlink() and p.stat().st_mode & stat.S_IRWXO
    ]
    assert opened == []


def polars_error() -> None:
    """Raise an error of polars that quotes a value."""
    pl.Series([SIGN]).cast(pl.Int64)


def panic() -> None:
    """Raise a panic of polars, which is no Exception."""
    raise pl.exceptions.PanicException(f"row {SIGN}")


def chained() -> None:
    """Raise an error that followed from one that quotes a value."""
    try:
        polars_error()
    except pl.exceptions.InvalidOperationError as error:
        raise AssertionError(f"counts of {SIGN}") from error


CRASHES: list[tuple[str, Callable[[], None], str]] = [
    ("discover", polars_error, "InvalidOperationError"),
    ("keep", polars_error, "InvalidOperationError"),
    ("read", panic, "PanicException"),
    ("derive", chained, "AssertionError"),
    ("publish", polars_error, "InvalidOperationError"),
    ("report", polars_error, "InvalidOperationError"),
]


@pytest.mark.parametrize("is_hidden", [False, True], ids=["plain", "pseudonyms"])
@pytest.mark.parametrize(("step", "crash", "kind"), CRASHES, ids=[step for step, _, _ in CRASHES])
def test_a_crash_says_where_and_not_whose(
    prefect_database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    step: str,
    crash: Callable[[], None],
    kind: str,
    is_hidden: bool,
) -> None:
    """A step that did its work and then fails with data in its message: frames and kind are told, no data."""
    sample = f"{SIGN}-S1,qpcr,1,50000\n{SIGN}-S2,qpcr,{SIGN},50000\n"
    (tmp_path / f"{SIGN}-inbox").mkdir()
    (tmp_path / f"{SIGN}-inbox" / f"{SIGN}.csv").write_text(
        f"sample_id,assay_id,target_copies,control_copies\n{sample}", encoding="utf-8"
    )
    settings = "settle_seconds = 0\n"
    if is_hidden:
        write_key(tmp_path / "mrd.key")
        settings += 'pseudonym_key_file = "mrd.key"\n'
    (tmp_path / "mrd.toml").write_text(settings, encoding="utf-8")
    done = getattr(LoadRun, step)

    def failing(run: LoadRun, *numbers: int) -> Any:
        done(run, *numbers)
        crash()

    monkeypatch.setattr(LoadRun, step, failing)
    capfd.readouterr()
    status = main(["load", str(tmp_path / f"{SIGN}-inbox"), "--warehouse", str(tmp_path / "w")])
    said = capfd.readouterr()
    assert status == 3
    assert SIGN not in said.out + said.err
    assert f"{kind}: (message withheld)" in said.err
    assert f", in {crash.__name__}" in said.err
    assert SHOW in said.err
    (*_, last) = (tmp_path / "w" / "attempts.jsonl").read_text(encoding="utf-8").splitlines()
    was_published = step in ("publish", "report")
    outcome = f"published, without report: {kind}" if was_published else f"failed: {kind}"
    assert json.loads(last)["outcome"] == outcome
    assert with_sign(prefect_database.parent) == []
    assert with_sign(Path(os.environ["PREFECT_HOME"])) == []
    left = [f for f in with_sign(tmp_path / "w") if not may_hold(f)]
    assert left == []
    if is_hidden:
        assert [f for f in with_sign(tmp_path / "w") if not f.startswith("private/")] == []


def test_messages_can_be_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A person who may see the data sets a variable to see what the error said."""
    (tmp_path / "x.csv").write_text("sample_id\nS1\n", encoding="utf-8")
    monkeypatch.setattr(LoadRun, "discover", lambda run: polars_error())
    monkeypatch.setenv(SHOW, "1")
    capfd.readouterr()
    words = ["load", str(tmp_path / "x.csv"), "--warehouse", str(tmp_path / "w"), "--no-server"]
    assert main(words) == 3
    assert SIGN in capfd.readouterr().err
