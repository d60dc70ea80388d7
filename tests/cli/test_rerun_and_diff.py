"""`mrd rerun` and `mrd diff`: what they print, their exit statuses, JSON that parses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli import main
from tests.cli.command import Mrd
from tests.flows.lab import LAB, assert_complete, everything, load_files, write
from tests.flows.test_site_rules import MINE

FILES = {
    **LAB,
    "treatments.csv": "patient_id,therapy,started_on\nP1,TKI,2022-01-12\nP2,TKI,2022-01-12\n",
    "responses.csv": "patient_id,assessed_on,response\nP3,2023-06-01,CR\n",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Give a folder with settings, a rule file of the site and a loaded warehouse `w`."""
    write(tmp_path, {"mine.toml": MINE, "mrd.toml": 'rule_files = ["mine.toml"]\n'})
    load_files(tmp_path / "w", tmp_path / "in", FILES)
    return tmp_path


def rerun(mrd: Mrd, site: Path, *args: object) -> tuple[int, str, str]:
    """Run `mrd rerun` on the warehouse of the site."""
    return mrd("rerun", "--warehouse", site / "w", *args)


def ids(site: Path) -> list[str]:
    """Return the ids of the snapshots."""
    return sorted(p.name for p in (site / "w" / "snapshots").iterdir())


MYELOMA = """\
Rule sets
  Myeloma  imwg-2016 → my-lab-mm-2026

Myeloma: 1 of 1 sample change, in 1 of 1 patient
  status: POSITIVE → LOW_LEVEL 1
  molecular remission: PERSISTENCE → LOW_LEVEL 1
  combined response: CR_MRD+ → none 1
  last status: POSITIVE → LOW_LEVEL 1
Other diseases: nothing changes.

Each change: patient, sample, day, what changes, by which rule

Myeloma
  P3  S4  2023-06-01  status POSITIVE → LOW_LEVEL; molecular remission PERSISTENCE → LOW_LEVEL; combined response CR_MRD+ → none  [imwg-2016 → my-lab-mm-2026]
  P3  S4  2023-06-01  ngf LAIP: status POSITIVE → LOW_LEVEL; reason DETECTED_AT_OR_ABOVE_THRESHOLD → DETECTED_BELOW_THRESHOLD  [imwg-2016/mrd-negative/detected-at-or-above-threshold → my-lab-mm-2026/any/detected-below-threshold]
  P3      patient     last status POSITIVE → LOW_LEVEL  [imwg-2016 → my-lab-mm-2026]
"""


def test_rerun_as_it_is_read(mrd: Mrd, site: Path) -> None:
    """The whole account of a preview; stderr is silent and nothing is written."""
    before = everything(site / "w")
    status, out, err = rerun(mrd, site, "--ruleset", "MM=my-lab-mm-2026")
    assert (status, err) == (0, "")
    end = "\nNothing was published; --publish makes this the current snapshot.\n"
    assert out == MYELOMA + end
    assert everything(site / "w") == before


def test_rerun_publishes(mrd: Mrd, site: Path) -> None:
    """With `--publish` the same account ends with the load id and the report."""
    status, out, err = rerun(mrd, site, "--ruleset", "MM=my-lab-mm-2026", "--publish")
    assert (status, err) == (0, "")
    load_id = ids(site)[-1]
    report = site / "w" / "reports" / f"{load_id}.html"
    assert out == f"{MYELOMA}\nPublished as {load_id}.\nReport  {report}\n"
    assert report.is_file()
    assert assert_complete(site / "w")["rulesets"]["MM"] == "my-lab-mm-2026"
    again = rerun(mrd, site, "--ruleset", "MM=my-lab-mm-2026", "--publish")
    assert again == (
        0,
        "No sample and no patient changes class.\n\n"
        "Nothing changes: the tables are as these rule sets have them. Nothing was published.\n",
        "",
    )


def test_words_of_another_guideline(mrd: Mrd, site: Path) -> None:
    """Responses in other words are counted by what became of them; the rest only changes its rule."""
    status, out, _ = rerun(mrd, site, "--ruleset", "CML=eln-cml-2025")
    assert status == 0
    lines = out.splitlines()
    assert lines[3] == "CML: 2 of 3 samples change, in 2 of 2 patients"
    assert lines[4].startswith("  response: OPTIMAL → FAVORABLE 2")
    assert "3 results keep status, depth and reason and are decided by another rule." in lines


def test_rerun_as_json(mrd: Mrd, site: Path) -> None:
    """`--json` gives the rows, the rule sets, and whether anything was published."""
    status, out, err = rerun(mrd, site, "--ruleset", "MM=my-lab-mm-2026", "--json")
    said = json.loads(out)
    assert (status, err) == (0, "")
    assert (said["published"], said["load_id"], said["has_changes"]) == (False, None, True)
    assert said["reasons"] == ["another rule set is active"]
    assert said["rulesets"] == {"MM": {"before": "imwg-2016", "after": "my-lab-mm-2026"}}
    first = said["differences"][0]
    assert first == {
        "table": "sample_remission", "patient_id": "P3", "sample_id": "S4", "assay_id": None,
        "marker": None, "column": "status", "before": "POSITIVE", "after": "LOW_LEVEL",
        "rule_before": "imwg-2016", "rule_after": "my-lab-mm-2026", "disease": "MM",
        "collected_on": "2023-06-01",
    }  # fmt: skip
    published = json.loads(rerun(mrd, site, "--ruleset", "MM=my-lab-mm-2026", "--json", "--publish")[1])  # fmt: skip
    assert (published["published"], published["load_id"]) == (True, ids(site)[-1])
    assert published["differences"] == said["differences"]


def test_rerun_shows_less(mrd: Mrd, site: Path) -> None:
    """`--since` and `--patient` narrow the account."""
    mine = ("--ruleset", "CML=eln-cml-2025")
    one = rerun(mrd, site, *mine, "--patient", "P1")[1]
    assert "CML: 1 of 2 samples change, in 1 of 1 patient" in one
    assert "S3" not in one
    late = rerun(mrd, site, *mine, "--since", "2023-05-01")[1]
    assert "CML: 1 of 1 sample change, in 1 of 1 patient" in late
    none = rerun(mrd, site, *mine, "--since", "2024-01-01")[1]
    assert "No sample and no patient changes class.\n" in none
    assert "Nothing was published; --publish makes this the current snapshot." in none
    assert rerun(mrd, site, *mine, "--patient", "P99") == (
        2, "", "mrd: no patient of this name is in the warehouse\n",
    )  # fmt: skip


def test_rerun_with_settings_that_contradict(mrd: Mrd, site: Path) -> None:
    """Where mrd.toml names another rule set, publishing ends with status 2 and one line."""
    write(site, {"mrd.toml": '[rulesets]\nCML = "eln-cml-2025"\n'})
    before = everything(site / "w")
    status, out, err = rerun(mrd, site, "--ruleset", "CML=esmo-cml-2017", "--publish")
    assert (status, out) == (2, "")
    assert err == (
        f"mrd: {site / 'mrd.toml'}: rulesets.CML = 'eln-cml-2025' is not 'esmo-cml-2017', and the "
        "next load would return to it; change or remove it first\n"
    )
    assert everything(site / "w") == before
    other = write(site, {"other.toml": ""}) / "other.toml"
    assert rerun(mrd, site, "--ruleset", "CML=esmo-cml-2017", "--settings", other)[0] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["CML"], "--ruleset CML: write DISEASE=ID once for a disease, such as CML=esmo-cml-2017"),
        (["=x"], "--ruleset =x: write DISEASE=ID once"),
        (["CML=eln-cml-2025", "CML=esmo-cml-2017"], "--ruleset CML=esmo-cml-2017: write DISEASE=ID once"),
        (["CML=none"], "--ruleset CML = 'none' is not a rule set for it; there is eln-cml-2020, "),
        (["MM=eln-cml-2020"], "--ruleset MM = 'eln-cml-2020' is not a rule set for it; there is imwg-2016, my-lab-mm-2026"),
    ],
)  # fmt: skip
def test_wrong_rule_set(mrd: Mrd, site: Path, given: list[str], said: str) -> None:
    """A wrong `--ruleset` ends with status 2 and says what would be right."""
    status, out, err = rerun(mrd, site, *(x for g in given for x in ("--ruleset", g)))
    assert (status, out) == (2, "")
    assert err.startswith(f"mrd: {said}")
    assert err.count("\n") == 1


def test_no_day(capfd: pytest.CaptureFixture[str], site: Path) -> None:
    """A day is written as in the files."""
    with pytest.raises(SystemExit) as stopped:
        main(["rerun", "--warehouse", str(site / "w"), "--since", "1.5.2024"])
    assert stopped.value.code == 2
    assert "'1.5.2024' is no day; write YYYY-MM-DD" in capfd.readouterr().err


def test_a_full_disk_after_publishing(
    mrd: Mrd, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When only the report cannot be written, that is what is said."""

    def full(*args: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flows.warehouse.Warehouse.write_report", full)
    _, out, err = rerun(mrd, site, "--ruleset", "MM=my-lab-mm-2026", "--publish")
    assert out == ""
    said = "the tables were published, the report was not: No space left on device"
    assert err == f"mrd: {said}; the next load writes it\n"
    assert len(ids(site)) == 2


def test_a_reader_that_stops_early(site: Path) -> None:
    """`mrd rerun … | head` is no error and says nothing on stderr."""
    run = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "rerun", "--warehouse", str(site / "w")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.close()
    assert run.stderr.read() == b""
    assert run.wait() == 0
    run.stderr.close()


# -- diff


@pytest.fixture
def two(site: Path) -> tuple[Path, str, str]:
    """Give the site after a second load: a new sample, a corrected transcript, another rule set."""
    load_files(
        site / "w",
        site / "2",
        {
            "s.csv": "sample_id,patient_id,collected_on,tissue\nS9,P2,2024-05-01,PB\n",
            "m.csv": "sample_id,assay_id,target_copies,control_copies\nS9,qpcr,5000,90000\n",
            "p.csv": "patient_id,disease,transcript,diagnosed_on,is_correction\nP1,CML,e1a2,2022-01-10,true\n",
        },
        rule_files=[site / "mine.toml"],
        rulesets={"MM": "my-lab-mm-2026"},
    )
    old, new = ids(site)
    return site, old, new


def test_diff_as_it_is_read(mrd: Mrd, two: tuple[Path, str, str]) -> None:
    """What came, what changed and by which rule, between two snapshots; nothing is written."""
    site, old, new = two
    before = everything(site / "w")
    status, out, err = mrd("diff", old, "current", "--warehouse", site / "w")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == ["Rule sets", "  Myeloma  imwg-2016 → my-lab-mm-2026"]
    assert re.fullmatch(
        r"CML: [23] of 4 samples change, in 2 of 2 patients; 1 sample came", lines[3]
    )
    came = [line for line in lines if " came (POSITIVE)" in line]
    assert came == ["  P2  S9  2024-05-01  came (POSITIVE)  [eln-cml-2020]"]
    assert any(line.startswith("  P1  S2  2023-01-12  qpcr BCR::ABL1 p210: status ") for line in lines)  # fmt: skip
    assert everything(site / "w") == before
    back = mrd("diff", new, old, "--warehouse", site / "w")[1]
    assert "gone (POSITIVE)  [eln-cml-2020]" in back
    assert "1 sample gone" in back


def test_diff_after_a_second_assay_of_a_sample(mrd: Mrd, site: Path) -> None:
    """A result that joins a sample is told as come, and the sample as changed only if it is."""
    second = (
        "sample_id,assay_id,mrd_events,denominator_events,denominator\nS4,ngf2,90,5000000,TNC\n"
    )
    assay = "assay_id,modality,marker,basis\nngf2,FLOW,LAIP,CELLS_TNC\n"
    load_files(site / "w", site / "2", {"f.csv": second, "a.csv": assay})
    out = mrd("diff", *ids(site), "--warehouse", site / "w")[1]
    line = next(x for x in out.splitlines() if x.startswith("Myeloma: "))
    assert line.endswith("; 1 single result came")
    assert "  P3  S4  2023-06-01  ngf2 LAIP: came (POSITIVE)  [imwg-2016/" in out
    assert ": came" not in mrd("diff", ids(site)[1], "current", "--warehouse", site / "w")[1]


def test_diff_of_one_with_itself(mrd: Mrd, two: tuple[Path, str, str]) -> None:
    """Equal snapshots differ in nothing; the beginning of an id is enough where it is clear."""
    site, _, new = two
    out = mrd("diff", new[:-1], "current", "--warehouse", site / "w")
    assert out == (0, "No sample and no patient changes class.\n", "")


def test_diff_equals_what_the_rerun_showed(mrd: Mrd, site: Path) -> None:
    """The two snapshots around a published rerun differ by what the rerun showed."""
    shown = json.loads(rerun(mrd, site, "--ruleset", "CML=eln-cml-2025", "--publish", "--json")[1])
    old, new = ids(site)
    said = json.loads(mrd("diff", old, new, "--warehouse", site / "w", "--json")[1])
    assert (said["old"], said["new"]) == (old, new)
    for key in ("rulesets", "restamped", "differences"):
        assert said[key] == shown[key]


def test_diff_of_what_is_not_there(mrd: Mrd, two: tuple[Path, str, str]) -> None:
    """An unknown id, an unclear one and a warehouse that is not there end with status 2 and one line."""
    site, old, new = two
    w = site / "w"
    assert mrd("diff", "1999", "current", "--warehouse", w) == (
        2, "", f"mrd: 1999: there is no such snapshot in {w}; there is {old}, {new}, current\n",
    )  # fmt: skip
    assert mrd("diff", old, "2", "--warehouse", w) == (
        2, "", f"mrd: 2: several snapshots begin so: {old}, {new}\n",
    )  # fmt: skip
    status, out, err = mrd("diff", "a", "b", "--warehouse", site / "none")
    assert (status, out) == (2, "")
    assert err == f"mrd: a: there is no such snapshot in {site / 'none'}; there is none yet\n"
    assert mrd("diff", "current", "b", "--warehouse", site / "none")[0] == 2
    for trick in ("..", "../snapshots", ""):
        assert mrd("diff", trick, "current", "--warehouse", w)[0] == 2, trick


FACTOR = (
    "assay_id,modality,marker,basis,control_gene,conversion_factor,valid_from,valid_to,target_name,control_name,"
    "is_correction\nqpcr,PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,1.6,2020-01-01,,BCR-ABL,ABL1,true\n"
)


def test_corrected_factor_as_it_is_read(mrd: Mrd, site: Path) -> None:
    """Words and levels that a corrected factor changes, for the patients of a selection; nothing is kept."""
    write(site, {"new.csv": FACTOR, "sel.csv": "patient_id\nP1\n"})
    before = everything(site / "w")
    asked = ("--assays", site / "new.csv", "--selection", site / "sel.csv")
    status, out, err = rerun(mrd, site, *asked)
    assert (status, err) == (0, "")
    assert out.startswith("new.csv: 1 row read = 1 accepted + 0 rejected + 0 ignored\n\nCML: 1 of 2 samples change, in 1 of 1 patient\n")  # fmt: skip
    levels = out.split("Each level: patient, sample, day, assay and marker\n")[1].splitlines()[:2]
    assert levels == [
        "  P1  S1  2022-01-10  qpcr BCR::ABL1 p210: level 64.95\u202f% → 129.9\u202f%",
        "  P1  S2  2023-01-12  qpcr BCR::ABL1 p210: level 0.001983\u202f% → 0.003967\u202f%",
    ]
    assert "2 results with another level: qpcr 2.\n" in out
    assert out.endswith("\nNothing was published; --publish makes this the current snapshot.\n")
    assert everything(site / "w") == before
    said = json.loads(rerun(mrd, site, *asked, "--json")[1])
    assert [(r["sample_id"], r["collected_on"]) for r in said["levels"]] == [("S1", "2022-01-10"), ("S2", "2023-01-12")]  # fmt: skip
    assert said["rows"]["rows_accepted"] == 1
    assert rerun(mrd, site, *asked, "--publish")[0] == 0
    again = rerun(mrd, site, *asked)[1]
    assert again.endswith("\nNothing changes: these rows are in the warehouse. Nothing was published.\n")  # fmt: skip
