"""A rerun recomputes the whole warehouse with other rule sets, and publishes only when it is told to."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from filelock import FileLock

import flows.load
from flows.chosen import Asked
from flows.compare import Comparison
from flows.errors import UserError
from flows.rerun import Rerun, run_rerun
from tests.effort import first_of
from tests.flows.lab import (
    INBOX,
    LAB,
    assert_complete,
    everything,
    hashes,
    load,
    load_files,
    one,
    rows,
    settings,
    write,
)
from tests.flows.test_site_rules import MINE, NEW
from transforms.classify.status import mrd_status

ESMO = {"CML": "esmo-cml-2017"}


def rerun(
    warehouse: Path,
    named: dict[str, str],
    *,
    publish: bool = False,
    since: date | None = None,
    patient: str | None = None,
    **changed: object,
) -> tuple[Rerun, Comparison]:
    """Rerun a warehouse."""
    run = Rerun(warehouse, settings(**changed), named)
    asked = Asked(since, [] if patient is None else [patient])
    return run, run_rerun(run, warehouse.parent / "mrd.toml", asked, publish=publish)


@pytest.fixture
def sample_copy(tmp_path: Path) -> Path:
    """Give a warehouse of the sample data that a test may change."""
    load(tmp_path / "w", INBOX)
    return tmp_path / "w"


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Give the warehouse of the small laboratory."""
    load_files(tmp_path / "w", tmp_path / "in", LAB)
    return tmp_path / "w"


@pytest.mark.parametrize("ruleset", first_of(["eln-cml-2025", "esmo-cml-2017"], 1))
def test_publish_equals_a_load_from_nothing(
    sample_copy: Path, tmp_path: Path, ruleset: str
) -> None:
    """Tables after a rerun are byte for byte those of a load from nothing with these rule sets."""
    run, _ = rerun(sample_copy, {"CML": ruleset}, publish=True)
    assert run.result.published
    load(tmp_path / "once", INBOX, rulesets={"CML": ruleset})
    assert hashes(sample_copy) == hashes(tmp_path / "once")
    stored, fresh = assert_complete(sample_copy), assert_complete(tmp_path / "once")
    for key in ("rulesets", "rule_hashes", "site_rules", "code_version"):
        assert stored[key] == fresh[key], key
    _, found = rerun(sample_copy, {"CML": "eln-cml-2020"}, publish=True)
    assert found.rows.height
    load(tmp_path / "default", INBOX)
    assert hashes(sample_copy) == hashes(tmp_path / "default")


def test_publish_of_a_site_file_equals_a_load_from_nothing(
    sample_copy: Path, tmp_path: Path
) -> None:
    """The same holds for a site's own rule file, which the snapshot then keeps."""
    files = [write(tmp_path, {"mine.toml": MINE}) / "mine.toml"]
    mine = {"MM": "my-lab-mm-2026"}
    rerun(sample_copy, mine, publish=True, rule_files=files)
    load(tmp_path / "once", INBOX, rulesets=mine, rule_files=files)
    assert hashes(sample_copy) == hashes(tmp_path / "once")
    assert assert_complete(sample_copy)["site_rules"] == {"my-lab-mm-2026": MINE}
    run, _ = rerun(sample_copy, mine, publish=True)
    assert not run.result.published, "the kept text is the rule set, also without the file"


def test_preview_writes_nothing(sample_warehouse: Path) -> None:
    """Without `publish` no byte, no file and no time of the warehouse changes."""

    def state() -> dict[Path, tuple[int, int, int]]:
        return {
            p: (s.st_mtime_ns, s.st_size, s.st_mode)
            for p in [sample_warehouse, *sorted(sample_warehouse.rglob("*"))]
            if (s := p.lstat())
        }

    before, times = everything(sample_warehouse), state()
    run, found = rerun(sample_warehouse, ESMO)
    assert found.rows.height
    assert run.has_changes()
    assert not run.result.published
    assert everything(sample_warehouse) == before
    assert state() == times


def test_preview_tells_what_publishing_does(sample_copy: Path) -> None:
    """What a preview shows is what differs between the snapshots once it is published."""
    _, shown = rerun(sample_copy, ESMO)
    before = {t: rows(sample_copy, t) for t in ("mrd_status", "sample_remission")}
    _, published = rerun(sample_copy, ESMO, publish=True)
    assert published.rows.equals(shown.rows)
    key = ["sample_id", "assay_id", "marker"]
    new = rows(sample_copy, "mrd_status").join(before["mrd_status"], on=key, suffix="_before")
    same_words = pl.all_horizontal(pl.col(c).eq_missing(pl.col(f"{c}_before")) for c in ("status", "depth", "reason"))  # fmt: skip
    restamped = new.filter(same_words & (pl.col("rule_id") != pl.col("rule_id_before")))
    assert shown.restamped.height == restamped.height
    after = rows(sample_copy, "sample_remission").join(
        before["sample_remission"], on="sample_id", suffix="_before"
    )
    responses = after.filter(pl.col("response").ne_missing(pl.col("response_before")))
    told = shown.rows.filter(column="response")
    assert sorted(told["sample_id"]) == sorted(responses["sample_id"])


def test_only_the_named_disease_changes(sample_copy: Path) -> None:
    """Results of other diseases and assay results stay as they are; the records say RERUN."""
    before = hashes(sample_copy)
    others = rows(sample_copy, "mrd_status").filter(pl.col("disease") != "CML")
    rerun(sample_copy, ESMO, publish=True)
    after = hashes(sample_copy)
    changed = {n.split("/")[0] for n in before if before[n] != after.get(n)}
    assert changed <= {"mrd_status", "sample_remission", "molecular_events", "patient_summary"}
    assert rows(sample_copy, "mrd_status").filter(pl.col("disease") != "CML").equals(others)
    last = rows(sample_copy, "loads").sort("load_id").to_dicts()[-1]
    assert (last["kind"], last["files"], last["rows_read"]) == ("RERUN", 0, 0)
    assert "esmo-cml-2017" in last["rulesets"]
    page = (sample_copy / "reports" / f"{last['load_id']}.html").read_text(encoding="utf-8")
    assert "rerun" in page
    lines = (sample_copy / "attempts.jsonl").read_text(encoding="utf-8")
    assert "P-CML" not in lines


def test_later_loads_keep_the_rule_set(lab: Path, tmp_path: Path) -> None:
    """After a published rerun a load that names no rule set goes on with it."""
    rerun(lab, ESMO, publish=True)
    run = load_files(lab, tmp_path / "2", NEW)
    assert run.result.recomputed_because is None
    assert assert_complete(lab)["rulesets"]["CML"] == "esmo-cml-2017"
    assert one(lab, "patient_summary", patient_id="P8")["ruleset"] == "esmo-cml-2017"


def test_nothing_changes(lab: Path) -> None:
    """With the rule sets that are active already nothing changes and nothing is published."""
    before = everything(lab)
    run, found = rerun(lab, {"CML": "eln-cml-2020"}, publish=True)
    assert not run.result.published
    assert found.rows.is_empty()
    assert not run.has_changes()
    after = everything(lab)
    assert before.pop("attempts.jsonl") != after.pop("attempts.jsonl")
    assert after == before


def test_a_rule_set_that_no_patient_has_is_stored(lab: Path, tmp_path: Path) -> None:
    """The choice is published also where it moves nobody yet, for the patients to come."""
    files = [write(tmp_path, {"mine.toml": MINE.replace('["MM"]', '["AML"]')}) / "mine.toml"]
    run, found = rerun(lab, {"AML": "my-lab-mm-2026"}, publish=True, rule_files=files)
    assert found.rows.is_empty()
    assert found.rulesets == [("AML", "eln-aml-2021", "my-lab-mm-2026")]
    assert run.result.published
    assert assert_complete(lab)["rulesets"]["AML"] == "my-lab-mm-2026"


def test_new_program_without_an_effect_publishes_nothing(
    lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the program has changed and no row has, there is nothing to publish, and the reason is told."""
    monkeypatch.setattr(flows.load, "code_version", lambda: "9.9.9+newer")
    run, _ = rerun(lab, {}, publish=True)
    assert run.reasons == ["the program has changed"]
    assert not run.result.published


def test_wrong_tables_are_put_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rerun without a rule set shows and publishes what a new program decides otherwise."""
    inbox = write(tmp_path / "in", LAB)
    load(tmp_path / "right", inbox)

    def wrong(*given: Any) -> pl.DataFrame:
        right = mrd_status(*given)
        return right.with_columns(pl.lit("POSITIVE").cast(right.schema["status"]).alias("status"))

    with monkeypatch.context() as older:
        older.setattr("transforms.derive.mrd_status", wrong)
        older.setattr(flows.load, "code_version", lambda: "0.0.1+older")
        load(tmp_path / "w", inbox)
    run, found = rerun(tmp_path / "w", {}, publish=True)
    assert run.reasons == ["the program has changed"]
    assert ("S3", "status", "POSITIVE", "NEGATIVE") in found.rows.filter(
        table="mrd_status"
    ).select("sample_id", "column", "before", "after").rows()  # fmt: skip
    assert hashes(tmp_path / "w") == hashes(tmp_path / "right")


# -- what is shown


def test_filters_narrow_what_is_shown_and_never_what_is_published(
    sample_copy: Path, tmp_path: Path
) -> None:
    """`since` and `patient` choose the lines; the snapshot is of everybody."""
    _, whole = rerun(sample_copy, ESMO)
    since = date(2025, 1, 1)
    _, found = rerun(sample_copy, ESMO, since=since, patient="P-CML-030", publish=True)
    assert set(found.rows["patient_id"]) == {"P-CML-030"}
    assert found.rows["on"].min() >= since  # type: ignore[operator]
    wanted = whole.rows.filter(pl.col("on") >= since, pl.col("patient_id") == "P-CML-030")
    assert found.rows.equals(wanted)
    assert found.samples.height < whole.samples.height
    load(tmp_path / "once", INBOX, rulesets=ESMO)
    assert hashes(sample_copy) == hashes(tmp_path / "once")


def test_unknown_patient_publishes_nothing(lab: Path) -> None:
    """A patient who is not there is a mistake of usage, found before anything is published."""
    before = (lab / "current").readlink()
    with pytest.raises(UserError, match="no patient of this name") as error:
        rerun(lab, ESMO, patient="P77", publish=True)
    assert "P77" not in str(error.value)
    assert (lab / "current").readlink() == before


# -- what goes wrong


def test_settings_that_name_another_rule_set(lab: Path) -> None:
    """Publishing what the next load would take back is refused; a preview of it is not."""
    shown = {"rulesets": {"CML": "eln-cml-2025"}}
    _, found = rerun(lab, ESMO, **shown)
    assert found.rulesets == [("CML", "eln-cml-2020", "esmo-cml-2017")]
    before = everything(lab)
    with pytest.raises(UserError) as error:
        rerun(lab, ESMO, publish=True, **shown)
    assert error.value.status == 2
    assert str(error.value).startswith(
        f"{lab.parent / 'mrd.toml'}: rulesets.CML = 'eln-cml-2025' is not 'esmo-cml-2017'"
    )
    assert everything(lab) == before


def test_settings_not_loaded_yet_are_part_of_a_rerun(lab: Path) -> None:
    """What the next load would do for other diseases and numbers is shown too, with its reason."""
    run, found = rerun(lab, {}, rulesets=ESMO, clinical_response_days=3)
    assert found.rulesets == [("CML", "eln-cml-2020", "esmo-cml-2017")]
    assert run.reasons == ["another rule set is active", "a setting of the rules has changed"]


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"CML": "imwg-2016"}, "--ruleset CML = 'imwg-2016' is not a rule set for it; there is eln-cml-2020"),
        ({"CMML": "eln-cml-2020"}, "--ruleset CMML is not one of CML, PH_ALL"),
    ],
)  # fmt: skip
def test_wrong_rule_set(lab: Path, named: dict[str, str], message: str) -> None:
    """A rule set of another disease, or a disease that is none, is named with what there is."""
    with pytest.raises(UserError) as error:
        rerun(lab, named)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_no_warehouse(tmp_path: Path) -> None:
    """Where nothing was loaded nothing is recomputed, and no folder is made."""
    with pytest.raises(UserError, match="there is no warehouse here yet"):
        rerun(tmp_path / "w", ESMO, publish=True)
    assert not (tmp_path / "w").exists()


def test_publishing_waits_for_the_lock(lab: Path) -> None:
    """Another writer keeps a rerun from publishing, and not from showing."""
    with FileLock(lab / ".lock"):
        with pytest.raises(UserError, match="another load is in progress") as error:
            rerun(lab, ESMO, publish=True, lock_wait_seconds=0)
        assert rerun(lab, ESMO, lock_wait_seconds=0)[0].has_changes()
    assert error.value.status == 3
