"""What a rule file says of several samples is checked like the rest: file, key and value in one line."""

import pytest

from tests.support import GUIDELINES
from transforms.guidelines.rule_file import RuleFileError
from transforms.guidelines.rules import Rules, load_rules

TEXTS = {p.name: p.read_text(encoding="utf-8") for p in GUIDELINES.glob("*.toml")}


def changed(name: str, old: str, new: str) -> Rules:
    """Load the built-in files and a copy of one with a change, under an id of its own."""
    text = TEXTS[f"{name}.toml"]
    assert old in text, old
    copy = text.replace(f'id = "{name}"', 'id = "mine"', 1).replace(old, new, 1)
    return load_rules(TEXTS | {"mine.toml": copy}, {})


AML, APL, ALL, MM, CML = (
    "eln-aml-2025", "eln-apl-2019", "aieop-bfm-2009", "imwg-2016", "eln-cml-2020",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        pytest.param(AML, "[log_rise]", "[log_ris]", "mine.toml: rule set.log_ris", id="a part nothing reads"),
        pytest.param(AML, 'kind = "conversion"', 'kind = "jump"', "relapse[0].kind = 'jump' is not one of conversion, rise", id="unknown kind"),
        pytest.param(AML, 'counts = "threshold"', 'counts = "all"', "relapse[0].counts = 'all'", id="unknown count"),
        pytest.param(AML, 'compared_with = "nadir_if_never_negative"', "", "relapse[1].compared_with = None", id="rise from what"),
        pytest.param(AML, "min_log10_rise = { value = 1,", "min_log10_rise = { value = -1,", "relapse[1].min_log10_rise.value = -1", id="a rise below 0"),
        pytest.param(AML, "[relapse_confirmation]", "[persistences]", "relapse_confirmation = None is not there", id="a relapse that nothing confirms"),
        pytest.param(AML, 'response_when_confirmed = "MRD_RELAPSE"', 'response_when_confirmed = "HR"', "relapse_confirmation.response_when_confirmed = 'HR' is not one of response_order", id="a word of another guideline"),
        pytest.param(AML, "marrow_confirms_blood = true", 'marrow_confirms_blood = "yes"', "marrow_confirms_blood = 'yes' is not true or false", id="no boolean"),
        pytest.param(AML, 'timepoints = ["FOLLOW_UP"]\nsource = "conversion', 'timepoints = ["LATER"]\nsource = "conversion', "relapse[0].timepoints = ['LATER']", id="unknown time point"),
        pytest.param(AML, 'until = "HCT"', 'until = "CAR_T"', "excluded[1].until = 'CAR_T' is not HCT", id="excluded until when"),
        pytest.param(AML, 'flags = ["clonal_haematopoiesis"]', 'flags = ["ch"]', "excluded[1].flags = 'ch'", id="unknown flag"),
        pytest.param(AML, "needs_confirmation = false", "needs_confirmation = 0", "persistence.needs_confirmation = 0", id="persistence"),
        pytest.param(APL, "min_laboratories = { value = 2, source", "min_laboratories = { value = 2, sorce", "relapse_confirmation.min_laboratories.source = None", id="a number without source"),
        pytest.param(MM, 'word = "SUSTAINED_NEGATIVE"', 'word = "MRD_CR"', "sustained.word = 'MRD_CR'", id="sustained word"),
        pytest.param(MM, 'column = "status_at_1e_5"', 'column = "status"', "side_by_side[0].column = 'status'", id="a column that is not there"),
        pytest.param(ALL, "flow_day = { value = 15,", "flow_days = { value = 15,", "risk_groups.flow_days", id="risk groups"),
        pytest.param(CML, "specimens = 1", "specimens = 0", "tfr_relapse[0].specimens = 0 is not a whole number of 1 or more", id="no specimen"),
        pytest.param(CML, "above_pct_is = { value = 0.1,", "abov = { value = 0.1,", "tfr_relapse[0].abov", id="relapse above what"),
        pytest.param(CML, "to_month = 6", "to_month = 7", "schedule.from_month = 6 is not 7", id="a gap in the schedule"),
        pytest.param(CML, "months = 1", "weeks = 0", "schedule[0].weeks = 0", id="no time"),
        pytest.param(CML, "[schedule_mmr]", "[schedule_until]", "rule set.schedule_until", id="half a schedule"),
        pytest.param(CML, '"e13a2", "e14a2", "p210"', '"e13a2", "b3a2"', "tfr_eligibility.typical_transcripts", id="unknown transcript"),
        pytest.param(CML, "min_tki_years = { value = 5,", "min_tki_year = { value = 5,", "tfr_eligibility.min_tki_year", id="a slip of the pen"),
    ],
)  # fmt: skip
def test_refused(name: str, old: str, new: str, said: str) -> None:
    with pytest.raises(RuleFileError) as error:
        changed(name, old, new)
    assert said in str(error.value)
    assert str(error.value).startswith("mine.toml: ")
    assert "\n" not in str(error.value)


def test_what_is_left_out_is_not_said() -> None:
    """A rule set without courses is one that says nothing of several samples."""
    rules = changed("iwcll-2018", 'title = "', 'title = "my ')
    course = rules.rulesets["mine"].course
    assert (course.relapse, course.persistence, course.sustained, course.risk_groups) == (
        (), None, None, None,
    )  # fmt: skip


def test_numbers_of_courses_that_were_not_read_are_said() -> None:
    said = changed(AML, 'title = "', 'title = "my ').rulesets["mine"].provisional
    assert any(s.startswith("rise min log10 rise: ") for s in said)
    assert any(s.startswith("relapse confirmation within days: ") for s in said)
