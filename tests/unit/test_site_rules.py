"""A site's own rule files and numbers: what is refused, and what a window or a reach decides."""

from datetime import date, timedelta

import pytest

from flows.settings import Settings
from tests.support import GUIDELINES, Tables, tables_from_csv
from tests.unit.test_rule_files import MINE
from transforms.guidelines.rule_file import RuleFileError
from transforms.guidelines.rules import Rules, load_rules
from transforms.guidelines.site_numbers import with_site_numbers

SHIPPED = {p.name: p.read_text() for p in GUIDELINES.glob("*.toml")}


def rules(site: dict[str, str] | None = None, **active: str) -> Rules:
    """Load the shipped files and a site's own."""
    return load_rules(SHIPPED, active, site)


def test_a_site_file_can_be_active() -> None:
    """A site's rule set is one of those that settings can name."""
    mine = rules({"mine.toml": MINE}, AML="my-lab-2026").of("AML")
    assert mine is not None
    assert mine.id == "my-lab-2026"


@pytest.mark.parametrize("taken", ["eln-aml-2021", "eutos-2015"])
def test_an_id_of_a_shipped_file_is_refused(taken: str) -> None:
    """A site's rule set has its own id, so that a row's rule set says whose it is."""
    with pytest.raises(RuleFileError) as error:
        rules({"mine.toml": MINE.replace("my-lab-2026", taken)})
    assert str(error.value) == (
        f"mine.toml: id = '{taken}' is not an id of its own: {taken}.toml has it"
    )


def test_two_site_files_with_one_id_are_refused() -> None:
    """Of two files with one id neither is meant."""
    with pytest.raises(RuleFileError, match=r"b\.toml: id = 'my-lab-2026' .* a\.toml has it"):
        rules({"a.toml": MINE, "b.toml": MINE})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "my-lab-2026"', 'id = "my lab/2026"', "mine.toml: id = 'my lab/2026' is not made of letters"),
        ('kind = "classes"', 'kind = "scoring_standard"', "mine.toml: kind = 'scoring_standard' is not mr_levels or classes"),
        ('tissues = ["BM"]', 'tissue = ["BM"]', "mine.toml: class npm1-bm.tissue = ['BM'] is not a key"),
        ('id = "my-lab-2026"', "", "mine.toml: id = None is not a text"),
    ],
)  # fmt: skip
def test_a_wrong_site_file_is_named(old: str, new: str, message: str) -> None:
    """The errors are those of the shipped files: file, key, value."""
    with pytest.raises(RuleFileError) as error:
        rules({"mine.toml": MINE.replace(old, new)})
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


# -- numbers


def test_default_reach_is_the_standards() -> None:
    """The setting's default is the number of the standard."""
    standard = rules().standards.clinical["max_days_apart"]
    assert Settings().clinical_response_days == standard
    assert with_site_numbers(rules(), {}, int(standard)) == rules()


def test_windows_move_milestones_and_nothing_else() -> None:
    """A window replaces first and last day of its milestone; all else of the rule set stays."""
    before = rules(CML="eln-cml-2025").of("CML")
    after = with_site_numbers(rules(CML="eln-cml-2025"), {"3 mo": (80, 120)}, 14).of("CML")
    assert before is not None
    assert after is not None
    days = [(m.name, m.from_day, m.to_day) for m in after.milestones]
    assert days[0] == ("3 mo", 80, 120)
    assert days[1:] == [(m.name, m.from_day, m.to_day) for m in before.milestones[1:]]
    assert after.milestones[0].optimal_max_pct_is == before.milestones[0].optimal_max_pct_is
    assert after.words == before.words


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ({"3 mo": (90, 90)}, 'settings: visit_windows."3 mo" = [90, 90] is not a window'),
        ({"3 mo": (137, 61)}, 'settings: visit_windows."3 mo" = [137, 61] is not a window'),
        ({"3 mo": (0, 61)}, 'settings: visit_windows."3 mo" = [0, 61] is not a window'),
        ({"4 mo": (61, 137)}, "is not for a milestone of eln-cml-2020; there is 3 mo, 6 mo, 12 mo, any time"),
        ({"3 mo": (61, 138)}, "3 mo lasts to day 137 and 6 mo begins on day 137"),
        ({"12 mo": (274, 500)}, "12 mo lasts to day 499 and any time begins on day 457"),
        ({"3 mo": (200, 210), "6 mo": (137, 150)}, "3 mo lasts to day 209 and 6 mo begins on day 137"),
    ],
)  # fmt: skip
def test_wrong_windows(windows: dict[str, tuple[int, int]], message: str) -> None:
    """Empty, reversed, overlapping and exchanged windows are refused in one line, as is an unknown one."""
    with pytest.raises(RuleFileError) as error:
        with_site_numbers(rules(), windows, 14)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_windows_that_touch_and_a_gap_are_fine() -> None:
    """A window ends before the day the next begins; days between windows are of no milestone."""
    windows = {"3 mo": (61, 120), "12 mo": (274, 500), "any time": (500, 40_000)}
    assert with_site_numbers(rules(), windows, 14).of("CML") is not None


def test_windows_without_milestones() -> None:
    """Windows for a rule set of CML that has none are a setting that nothing reads."""
    own = rules({"mine.toml": MINE.replace('"AML"', '"CML"')}, CML="my-lab-2026")
    with pytest.raises(RuleFileError, match="is not for a milestone of my-lab-2026; there is none"):
        with_site_numbers(own, {"3 mo": (61, 137)}, 14)


START = date(2024, 1, 1)


def _visit(day: int, windows: dict[str, tuple[int, int]], reach: int = 14) -> Tables:
    """Classify one sample so many days after the start, with a response of the clinic 10 days before it."""
    on = START + timedelta(days=day)
    files = {
        "p.csv": "patient_id,disease,transcript\nP,CML,e14a2\n",
        "t.csv": f"patient_id,therapy,started_on\nP,TKI,{START}\n",
        "c.csv": f"patient_id,assessed_on,response\nP,{on - timedelta(days=10)},CR\n",
        "s.csv": f"sample_id,patient_id,collected_on,tissue\nS,P,{on},PB\n",
        "a.csv": "assay_id,modality,marker,basis,control_gene,conversion_factor\nk,PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,1\n",
        "m.csv": "sample_id,assay_id,target_copies,control_copies\nS,k,5000,100000\n",
    }
    return tables_from_csv(files, with_site_numbers(rules(), windows, reach))


@pytest.mark.parametrize(
    ("day", "milestone"), [(79, None), (80, "3 mo"), (119, "3 mo"), (120, None), (137, "6 mo")]
)
def test_a_window_is_half_open(day: int, milestone: str | None) -> None:
    """The first day belongs to the window, the day after the last does not."""
    found = _visit(day, {"3 mo": (80, 120)}).sample_remission
    assert found["milestone"].to_list() == [milestone]


@pytest.mark.parametrize(("reach", "response"), [(9, None), (10, "CR"), (14, "CR"), (0, None)])
def test_reach_of_a_clinical_response(reach: int, response: str | None) -> None:
    """A response counts for a sample that many days away, that day included."""
    assert _visit(91, {}, reach).sample_remission["clinical_response"].to_list() == [response]
