"""A rule file that cannot be used is refused in one line that names file, key and value."""

import pytest

from tests.support import GUIDELINES
from transforms.guidelines.rule_file import RuleFileError
from transforms.guidelines.rules import Rules, load_rules

MINE = """
id = "my-lab-2026"
kind = "classes"
title = "Ours"
citation = "us"
in_force_on = 2026-01-01
evidence = "provisional"
diseases = ["AML"]
response_order = ["HIGH_RISK", "OPTIMAL"]

[[class]]
id = "npm1-bm"
markers = ["NPM1"]
tissues = ["BM"]
source = "us"
evidence = "provisional"
positive_from = { value = 0.01, source = "us", evidence = "provisional" }
responses = { POSITIVE = "HIGH_RISK", NEGATIVE = "OPTIMAL" }
"""


def rules_with(text: str, **active: str) -> Rules:
    """Load the built-in rule files and one more."""
    texts = {p.name: p.read_text() for p in GUIDELINES.glob("*.toml")}
    return load_rules(texts | {"mine.toml": text}, active)


def test_a_rule_set_of_ones_own() -> None:
    """One text file is a rule set; settings make it the active one."""
    mine = rules_with(MINE, AML="my-lab-2026").of("AML")
    assert mine is not None
    assert mine.classes[0].positive_from is not None
    assert mine.classes[0].positive_from.value == 0.01
    assert "npm1-bm positive from: us" in mine.provisional


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param('tissues = ["BM"]', 'tissue = ["BM"]', "mine.toml: class npm1-bm.tissue = ['BM'] is not a key", id="a key nothing reads"),
        pytest.param('"BM"', '"MARROW"', "mine.toml: class npm1-bm.tissues = ['MARROW'] is not a list of PB, BM", id="a word of no vocabulary"),
        pytest.param("value = 0.01, source = \"us\", ", "value = 0.01, ", "mine.toml: class npm1-bm.positive_from.source = None is not a text", id="a number without source"),
        pytest.param("value = 0.01", 'value = "1 %"', "mine.toml: class npm1-bm.positive_from.value = '1 %' is not a number above 0", id="a text for a number"),
        pytest.param("value = 0.01", "value = 0", "is not a number above 0", id="zero"),
        pytest.param('NEGATIVE = "OPTIMAL"', 'NEGATIVE = "MRD_CR"', "mine.toml: class npm1-bm.responses.NEGATIVE = 'MRD_CR' is not one of response_order", id="a word of another guideline"),
        pytest.param('POSITIVE = "HIGH_RISK"', 'POSITIV = "HIGH_RISK"', "mine.toml: class npm1-bm.responses.POSITIV", id="no status and no reason"),
        pytest.param('kind = "classes"', 'kind = "table"', "mine.toml: kind = 'table' is not mr_levels, classes or scoring_standard", id="unknown kind"),
        pytest.param('diseases = ["AML"]', 'diseases = ["LEUKAEMIA"]', "mine.toml: diseases = 'LEUKAEMIA'", id="unknown disease"),
        pytest.param('evidence = "provisional"\ndiseases', 'evidence = "sure"\ndiseases', "evidence", id="unknown evidence"),
        pytest.param("[[class]]", "[[class]", "mine.toml: not readable as TOML", id="no TOML"),
    ],
)  # fmt: skip
def test_refused(old: str, new: str, said: str) -> None:
    assert old in MINE
    with pytest.raises(RuleFileError) as error:
        rules_with(MINE.replace(old, new))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_negative_below_lies_below_positive_from() -> None:
    low = 'negative_below = { value = 0.02, source = "us", evidence = "provisional" }\nresponses'
    with pytest.raises(RuleFileError, match=r"negative_below = 0\.02 is not at most positive_from"):
        rules_with(MINE.replace("responses", low))


def test_milestones_are_checked() -> None:
    """A milestone without its bound is refused, and so is a confirmation of none."""
    text = (GUIDELINES / "eln-cml-2020.toml").read_text().replace('"eln-cml-2020"', '"mine"')
    with pytest.raises(RuleFileError, match=r"milestone\[0\]\.optimal_max_pct_is = None"):
        rules_with(text.replace("optimal_max_pct_is = 10\n", "", 1))
    with pytest.raises(RuleFileError, match=r"confirmation\.milestone"):
        rules_with(text.replace('milestone = "3 mo"', 'milestone = "4 mo"'))
