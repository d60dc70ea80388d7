"""`mrd status`: what a monitor sees of a warehouse, by its exit status, its first line and its JSON."""

import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.settings import Settings
from flows.status import Status, status
from flows.warehouse import Warehouse
from tests.cli.command import Mrd
from tests.flows.lab import ASSAYS, LAB, PCR, everything, load_files, plate, write

# the sections and their keys are an interface: dashboards rely on them
KEYS = {
    "attempts": {"last_at", "last_outcome", "last_success_at", "last_success_age_hours", "failures_since_success"},
    "last_load": {
        "load_id", "finished_at", "age_hours", "files", "files_rejected", "rows_read", "rows_accepted",
        "rows_rejected", "rows_ignored",
    },
    "data": {"newest_collected_on", "newest_collected_age_days", "published_at", "published_age_hours"},
    "pending": {"rows", "files", "oldest_since", "oldest_days"},
    "rejected": {"open_rows", "open_files"},
    "overdue": {"patients", "longest_days"},
    "conversion_factors": {"expiring", "expired"},
    "disk": {"warehouse_bytes", "snapshot_bytes", "free_bytes", "snapshots"},
    "versions": {"code", "format", "warehouse_code", "warehouse_format", "next_load_recomputes"},
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder whose warehouse `w` has loaded the small laboratory."""
    place = write(tmp_path_factory.mktemp("status"), {"mrd.toml": "settle_seconds = 0\n"})
    load_files(place / "w", place / "in", LAB)
    return place


@pytest.fixture
def site(loaded: Path, tmp_path: Path) -> Path:
    """Give a copy of it."""
    return Path(shutil.copytree(loaded, tmp_path, symlinks=True, dirs_exist_ok=True))


def look(site: Path, max_age: timedelta | None = None, **later: int) -> Status:
    """Look at the warehouse as of some time from now."""
    return status(site / "w", Settings(), datetime.now(UTC) + timedelta(**later), max_age)


def test_a_warehouse_that_is_well(mrd: Mrd, site: Path) -> None:
    """Exit status 0, a first line that says so, JSON with units in its names, and nothing is touched."""
    before = everything(site / "w")
    code, out, err = mrd("status", "--warehouse", site / "w", "--max-age", "26h")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "All is well"
    code, out, err = mrd("status", "--warehouse", site / "w", "--json")
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert (said["exit_status"], said["reasons"]) == (0, [])
    assert {s: set(said[s]) for s in KEYS} == KEYS
    others = {"exit_status", "reasons", "checked_at", "review", "is_locked", "is_forgetting"}
    assert set(said) - set(KEYS) == others
    assert said["last_load"]["rows_read"] == 15
    assert said["data"]["newest_collected_on"] == "2023-06-01"
    assert said["overdue"]["patients"] == 2
    assert said["versions"]["next_load_recomputes"] == []
    assert everything(site / "w") == before


def test_nobody_is_named(mrd: Mrd, site: Path) -> None:
    """A monitor sees counts: no patient, sample or file, whatever went wrong with them."""
    bad = PCR.replace("40000", "many").replace("S3", "S-UNKNOWN")
    load_files(site / "w", site / "more", {"SECRET-NAME.csv": bad})
    for args in ((), ("--json",)):
        code, out, _ = mrd("status", "--warehouse", site / "w", *args)
        assert code == 1
        assert not re.search(r"\b(P[123]|S[1-4]|S-UNKNOWN|SECRET-NAME)\b", out)


def test_rejected_rows_and_refused_files_want_somebody_to_look(site: Path) -> None:
    """They are told with their numbers until a clean load follows; what is not mended stays counted."""
    files = {"bad.csv": PCR.replace("40000", "many").replace("R1", "R9"), "none.csv": "a,b\n1,2\n"}
    load_files(site / "w", site / "more", files)
    found = look(site)
    assert (found.exit_status, found.reasons) == (1, ["the last load rejected 1 row and 1 file"])
    load_files(site / "w", site / "well", {"pcr2.csv": PCR.replace("R1", "R8")})
    found = look(site)
    assert (found.exit_status, found.facts["rejected"]) == (0, {"open_rows": 1, "open_files": 1})


def test_failed_tries_and_the_age_of_the_last_success(mrd: Mrd, site: Path) -> None:
    """A try that failed wants a look; none that succeeded for longer than --max-age is a failure."""
    for _ in range(2):
        Warehouse(site / "w").note_attempt(_attempt("failed: OSError"))
    found = look(site)
    assert (found.exit_status, found.reasons) == (1, ["the last 2 tries to load failed (OSError)"])
    found = look(site, timedelta(hours=26), hours=27)
    assert found.exit_status == 3
    assert found.reasons[0] == "no load has succeeded for 27 hours"
    assert look(site, timedelta(hours=28), hours=27).exit_status == 1
    assert mrd("status", "--warehouse", site / "w", "--max-age", "1d")[0] == 1


def test_a_rerun_is_no_load_that_succeeded(site: Path) -> None:
    """Somebody who reruns at noon does not hide that the scheduled load has stopped."""
    Warehouse(site / "w").note_attempt({**_attempt("published", days=2), "kind": "RERUN"})
    assert look(site, timedelta(hours=26), days=2).exit_status == 3


def test_half_a_line_of_a_power_cut_is_passed_over(site: Path) -> None:
    path = site / "w" / "attempts.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + '{"at": "2026-', encoding="utf-8")
    assert look(site).exit_status == 0


def test_results_that_wait_too_long(site: Path) -> None:
    load_files(site / "w", site / "more", {"pcr2.csv": PCR.replace("S3", "S9")})
    load_files(site / "w", site / "plates", {"nowhere/plate.txt": plate("S1")})
    found = look(site, days=30)
    # one row of the table, and target and control of the plate
    assert (found.facts["pending"]["rows"], found.facts["pending"]["files"]) == (3, 1)
    assert found.exit_status == 0
    assert look(site, days=31).reasons == ["results have been waiting for 31 days"]


def test_conversion_factors_that_end(site: Path) -> None:
    end = datetime.now(UTC).date() + timedelta(days=20)
    text = ASSAYS.replace("qpcr,", "other,").replace("2020-01-01,,", f"2020-01-01,{end},")
    load_files(site / "w", site / "more", {"assays2.csv": text})
    said = f"the conversion factor of other ends on {end}, and none follows"
    assert look(site).reasons == [said]


def test_a_load_in_progress_is_seen_and_not_disturbed(site: Path) -> None:
    warehouse = Warehouse(site / "w")
    with warehouse.lock(0):
        assert look(site).facts["is_locked"]
    assert not look(site).facts["is_locked"]


def test_a_forgetting_that_was_stopped(site: Path) -> None:
    """Half a forgetting is told until it is finished; while somebody holds the warehouse it may be going on."""
    warehouse = Warehouse(site / "w")
    warehouse.forgetting_path.write_text("{}", encoding="utf-8")
    found = look(site)
    assert (found.exit_status, found.facts["is_forgetting"]) == (1, True)
    assert found.reasons == [
        "a patient is half forgotten, because mrd forget was stopped; mrd forget --yes finishes it"
    ]
    with warehouse.lock(0):
        assert look(site).exit_status == 0


def test_bytes_that_snapshots_share_count_once(site: Path) -> None:
    before = look(site).facts["disk"]
    load_files(site / "w", site / "more", {"p.csv": "patient_id,disease\nP9,MM\n"})
    after = look(site).facts["disk"]
    assert after["snapshots"] == 2
    assert after["warehouse_bytes"] < before["warehouse_bytes"] + before["snapshot_bytes"]


def test_where_nothing_was_loaded(mrd: Mrd, site: Path) -> None:
    """No folder is a mistake of usage; a warehouse in which every try failed is a failure."""
    code, out, err = mrd("status", "--warehouse", site / "nowhere")
    assert (code, out) == (2, "")
    assert err == f"mrd: {site / 'nowhere'}: there is no warehouse here\n"
    Warehouse(site / "new").prepare()
    Warehouse(site / "new").note_attempt(_attempt("failed: UserError"))
    code, out, err = mrd("status", "--warehouse", site / "new")
    assert (code, err) == (3, "")
    assert out.splitlines()[0] == (
        "Failure: nothing was ever loaded; the last try to load failed (UserError)"
    )


def test_a_span_that_is_none(capfd: pytest.CaptureFixture[str], mrd: Mrd, site: Path) -> None:
    for words in ("26", "h", "0h", "1.5h", "-1h", "26 h"):
        with pytest.raises(SystemExit) as end:
            mrd("status", "--warehouse", site / "w", f"--max-age={words}")
        assert end.value.code == 2
        assert f"{words!r} is no span; write 90m, 26h or 2d" in capfd.readouterr().err


def _attempt(outcome: str, **later: int) -> dict[str, Any]:
    at = datetime.now(UTC) + timedelta(**later)
    return {"at": at.isoformat(timespec="seconds"), "load_id": f"{at:%Y%m%dT%H%M%S-%f}", "outcome": outcome}  # fmt: skip
