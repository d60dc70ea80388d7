"""A site's own rule files and numbers in loads: kept in the snapshot, and said when they change."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.errors import UserError
from flows.explain import explain
from flows.load import LoadRun
from flows.settings import Settings, load_settings
from tests.flows.lab import (
    LAB,
    assert_complete,
    hashes,
    load,
    load_files,
    one,
    rows,
    write,
)

MINE = """
id = "my-lab-mm-2026"
kind = "classes"
title = "Our own"
citation = "The laboratory's handbook"
in_force_on = 2026-01-01
evidence = "provisional"
diseases = ["MM"]

[[class]]
id = "any"
source = "page 7"
evidence = "provisional"
positive_from = { value = 0.0001, source = "page 7", evidence = "provisional" }
below = "LOW_LEVEL"
"""
NEW = {"p.csv": "patient_id,disease\nP8,CML\n"}
CHOSEN = {"MM": "my-lab-mm-2026"}


def status(warehouse: Path) -> tuple[Any, ...]:
    """Return rule set and status of the myeloma sample."""
    row = one(warehouse, "mrd_status", sample_id="S4")
    return row["ruleset"], row["status"]


def manifest(warehouse: Path) -> dict[str, Any]:
    """Return the manifest of the current snapshot."""
    return assert_complete(warehouse)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder with a rule file and a warehouse that was loaded with it."""
    write(tmp_path, {"rules/mine.toml": MINE})
    load_files(
        tmp_path / "w", tmp_path / "1", LAB, rule_files=[tmp_path / "rules/mine.toml"], rulesets=CHOSEN
    )  # fmt: skip
    return tmp_path


def test_site_rules_decide(site: Path) -> None:
    """The site's rule set classifies, and every row says so."""
    assert status(site / "w") == ("my-lab-mm-2026", "LOW_LEVEL")
    load_files(site / "plain", site / "1", LAB)
    assert status(site / "plain") == ("imwg-2016", "POSITIVE")


def test_manifest_keeps_the_text_and_no_path(site: Path) -> None:
    """The manifest has the text and its hash, and of the file only the name."""
    stored = manifest(site / "w")
    assert stored["site_rules"] == {"my-lab-mm-2026": MINE}
    assert len(stored["rule_hashes"]["my-lab-mm-2026.toml"]) == 64
    assert stored["settings"]["rule_files"] == ["mine.toml"]
    assert str(site) not in json.dumps(stored)


def test_later_loads_keep_it(site: Path) -> None:
    """Without the setting and without the file a later load keeps the site's rule set."""
    (site / "rules" / "mine.toml").unlink()
    run = load_files(site / "w", site / "2", NEW)
    assert run.result.recomputed_because is None
    assert status(site / "w") == ("my-lab-mm-2026", "LOW_LEVEL")
    assert manifest(site / "w")["site_rules"] == {"my-lab-mm-2026": MINE}
    words = "\n".join(explain("S4", site / "w"))
    assert "rule      my-lab-mm-2026/any/" in words
    assert "positive_from 0.0001: page 7 [provisional]" in words


def test_changed_site_file_recomputes(site: Path) -> None:
    """The file of the settings wins over the kept text, and its change is said."""
    path = site / "rules" / "mine.toml"
    path.write_text(MINE.replace("0.0001", "0.00001"), encoding="utf-8")
    run = load(site / "w", site / "1", rule_files=[path])
    assert run.result.recomputed_because == "a rule file has changed"
    assert status(site / "w") == ("my-lab-mm-2026", "POSITIVE")
    assert not load(site / "w", site / "1", rule_files=[path]).result.published


def test_shipped_rule_set_again(site: Path) -> None:
    """Naming a shipped rule set lets go of the site's; nothing of it stays in the manifest."""
    run = load(site / "w", site / "1", rulesets={"MM": "imwg-2016"})
    assert run.result.recomputed_because == "another rule set is active"
    assert manifest(site / "w")["site_rules"] == {}
    load_files(site / "plain", site / "1", LAB)
    assert hashes(site / "w") == hashes(site / "plain")


def test_a_file_that_is_not_active_is_checked_and_not_kept(tmp_path: Path) -> None:
    """A rule file that no disease uses is not in the manifest; editing it recomputes nothing."""
    path = write(tmp_path, {"mine.toml": MINE}) / "mine.toml"
    load_files(tmp_path / "w", tmp_path / "1", LAB, rule_files=[path])
    stored = manifest(tmp_path / "w")
    assert stored["site_rules"] == {}
    assert "my-lab-mm-2026.toml" not in stored["rule_hashes"]
    path.write_text(MINE.replace("0.0001", "0.001"), encoding="utf-8")
    assert not load(tmp_path / "w", tmp_path / "1", rule_files=[path]).result.published
    path.write_text(MINE.replace('["MM"]', '["MMM"]'), encoding="utf-8")
    with pytest.raises(UserError, match=r"mine\.toml: diseases = 'MMM' is not one of CML"):
        load(tmp_path / "w", tmp_path / "1", rule_files=[path])


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no such file"), (b"\xff\xfe\x00", "not readable as text: 'utf-8'")],
)
def test_rule_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, message: str) -> None:
    """A file that is not there, or no text, is named in one line, and nothing is published."""
    if content is not None:
        (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(UserError) as error:
        load_files(tmp_path / "w", tmp_path / "1", LAB, rule_files=[tmp_path / "mine.toml"])
    assert str(error.value).startswith(f"settings: rule_files: {tmp_path / 'mine.toml'}: {message}")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "w" / "current").exists()


def test_rule_files_are_relative_to_the_settings_file(tmp_path: Path) -> None:
    """A relative path starts at the folder of the settings file, wherever the command runs."""
    write(tmp_path, {"conf/mrd.toml": 'rule_files = ["../rules/mine.toml"]\n'})
    settings = load_settings(tmp_path / "w", tmp_path / "conf" / "mrd.toml")
    assert settings.rule_files == (tmp_path / "conf" / ".." / "rules" / "mine.toml",)
    assert settings.to_store()["rule_files"] == ["mine.toml"]


DAYS = "write two whole numbers of days: [first day, day after the last]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[visit_windows]\n"3 mo" = [61]', f"visit_windows.3 mo = [61]: {DAYS}"),
        ('[visit_windows]\n"3 mo" = [61, 90, 99]', f"visit_windows.3 mo = [61, 90, 99]: {DAYS}"),
        ('[visit_windows]\n"3 mo" = ["61", 90]', f"visit_windows.3 mo = ['61', 90]: {DAYS}"),
        ('[visit_windows]\n"3 mo" = 61', f"visit_windows.3 mo = 61: {DAYS}"),
        ("clinical_response_days = -1", "clinical_response_days = -1: Input should be greater than or equal to 0"),
        ('rule_files = "mine.toml"', "rule_files = 'mine.toml': Input should be a list"),
    ],
)  # fmt: skip
def test_wrong_settings(tmp_path: Path, text: str, said: str) -> None:
    """A wrong setting is named with file, key and value, and what would be right."""
    path = write(tmp_path, {"mrd.toml": text + "\n"}) / "mrd.toml"
    with pytest.raises(UserError) as error:
        load_settings(tmp_path / "w", path)
    assert str(error.value) == f"{path}: {said}"


def test_equals_a_load_from_nothing(site: Path) -> None:
    """Changing to a site's rule set later ends in the bytes of a load that had it from the start."""
    load_files(site / "later", site / "1", LAB)
    path = site / "rules" / "mine.toml"
    run = load(site / "later", site / "1", rule_files=[path], rulesets=CHOSEN)
    assert run.result.recomputed_because == "another rule set is active"
    assert hashes(site / "later") == hashes(site / "w")


# -- numbers as settings

COURSE = {
    **LAB,
    "treatments.csv": "patient_id,therapy,started_on\nP1,TKI,2022-10-14\n",
    "responses.csv": "patient_id,assessed_on,response\nP3,2023-06-11,CR\n",
}


@pytest.mark.parametrize(
    ("changed", "column", "sample", "before", "after"),
    [
        ({"visit_windows": {"3 mo": [61, 90]}}, "milestone", "S2", "3 mo", None),
        ({"clinical_response_days": 9}, "clinical_response", "S4", "CR", None),
    ],
    ids=["window", "reach"],
)
def test_changed_number_recomputes_everything(
    tmp_path: Path, changed: dict[str, Any], column: str, sample: str, before: str, after: None
) -> None:
    """A changed number recomputes everything, says why, is kept in the manifest, and can go back."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", COURSE)
    original = hashes(warehouse)
    assert one(warehouse, "sample_remission", sample_id=sample)[column] == before
    run = load(warehouse, tmp_path / "1", **changed)
    assert run.result.recomputed_because == "a setting of the rules has changed"
    assert run.result.patients == 3
    assert one(warehouse, "sample_remission", sample_id=sample)[column] == after
    for key, value in changed.items():
        assert manifest(warehouse)["settings"][key] == value
    assert not load(warehouse, tmp_path / "1", **changed).result.published
    explain(sample, warehouse)
    load(tmp_path / "once", tmp_path / "1", **changed)
    assert hashes(warehouse) == hashes(tmp_path / "once")
    back = load(warehouse, tmp_path / "1")
    assert back.result.recomputed_because == "a setting of the rules has changed"
    assert hashes(warehouse) == original


def test_warehouse_of_an_older_program_has_the_defaults(tmp_path: Path) -> None:
    """A manifest without these settings and without site rules was made with the defaults."""
    load_files(tmp_path / "w", tmp_path / "1", LAB)
    path = tmp_path / "w" / "current" / "manifest.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    for key in ("visit_windows", "clinical_response_days", "rule_files"):
        del stored["settings"][key]
    del stored["site_rules"], stored["manifest_sha256"]
    path.chmod(0o640)
    path.write_text(json.dumps(stored), encoding="utf-8")
    run = load(tmp_path / "w", tmp_path / "1")
    assert (run.result.published, run.changed_since()) == (False, [])
    assert explain("S4", tmp_path / "w")


def test_overlapping_windows_publish_nothing(tmp_path: Path) -> None:
    """A wrong window ends the load in one line with status 2."""
    inbox = write(tmp_path / "1", LAB)
    with pytest.raises(
        UserError, match="3 mo lasts to day 199 and 6 mo begins on day 137"
    ) as error:
        load(tmp_path / "w", inbox, visit_windows={"3 mo": [61, 200]})
    assert error.value.status == 2
    assert not (tmp_path / "w" / "current").exists()


def test_other_settings_recompute_nothing(tmp_path: Path) -> None:
    """A setting that is no number of the rules is no reason to recompute."""
    inbox = write(tmp_path / "1", LAB)
    load(tmp_path / "w", inbox)
    run = load(tmp_path / "w", inbox, max_file_mb=7, pending_review_days=3)
    assert not run.result.published
    assert isinstance(run, LoadRun)
    assert rows(tmp_path / "w", "loads").height == 1


def test_store_of_the_defaults() -> None:
    """What a manifest holds of settings is plain JSON."""
    stored = Settings().to_store()
    assert json.loads(json.dumps(stored)) == stored
