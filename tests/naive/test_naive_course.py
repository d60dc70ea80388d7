"""Courses by hand: what `docs/course.md` says in words, told to the naive side alone."""

from typing import Any

import pytest

from tests.naive.course_base import Result
from tests.naive.course_hand import cml, of, p210, seen, states


def test_negative_and_detectable_again() -> None:
    """An indeterminate sample between is passed over; the last event is open."""
    got = of(
        seen(0, "NEGATIVE"), seen(30, "INDETERMINATE"), seen(60, "NEGATIVE"), seen(90, "LOW_LEVEL", 1e-4)
    )  # fmt: skip
    assert states(got, "NEGATIVITY_ACHIEVED") == [("S0000", True, "S0060")]
    assert states(got, "BECAME_DETECTABLE") == [("S0090", None, None)]


def test_two_samples_of_a_day_are_one_specimen() -> None:
    """The worst of the day counts; its twin confirms nothing, and is in relapse where it is not negative."""
    twins = seen(30, "NEGATIVE", sample_id="T"), seen(30, "LOW_LEVEL", 1e-4, sample_id="U")
    got = of(seen(0, "NEGATIVE"), seen(30, "POSITIVE", 0.03), *twins)
    assert states(got, "MOLECULAR_RELAPSE") == [("S0030", None, None)]
    assert {got.samples[s]["molecular_remission"] for s in ("S0030", "U")} == {"RELAPSE_SUSPECTED"}
    assert got.samples["T"]["molecular_remission"] == "REMISSION"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (seen(58, "LOW_LEVEL", 1e-4), (True, "S0058")),
        (seen(59, "LOW_LEVEL", 1e-4), (None, None)),
        (seen(40, "NEGATIVE"), (False, None)),
    ],
)
def test_relapse_is_confirmed_within_28_days(second: Result, expected: tuple[Any, ...]) -> None:
    got = of(seen(0, "NEGATIVE"), seen(30, "LOW_LEVEL", 1e-4), second)
    assert states(got, "MOLECULAR_RELAPSE") == [("S0030", *expected)]


def test_marrow_confirms_blood() -> None:
    blood: dict[str, Any] = {"tissue": "PB", "series": "npm1 PB L1"}
    got = of(
        seen(0, "NEGATIVE", **blood), seen(30, "LOW_LEVEL", 1e-4, **blood), seen(58, "LOW_LEVEL", 1e-4)
    )  # fmt: skip
    assert states(got, "MOLECULAR_RELAPSE") == [("S0030", True, "S0058")]
    assert got.samples["S0058"]["molecular_remission"] == "RELAPSE"  # it confirmed


@pytest.mark.parametrize(("second", "count"), [(1e-3, 1), (0.999e-3, 0)])
def test_rise_of_one_log10_over_a_low_level(second: float, count: int) -> None:
    got = of(seen(0, "LOW_LEVEL", 1e-4), seen(30, "LOW_LEVEL", second))
    assert len(states(got, "MOLECULAR_RELAPSE")) == len(states(got, "LOG_RISE")) == count


def test_no_second_sample_is_asked_from_one_percent() -> None:
    of_2025: dict[str, Any] = {"rule_id": "eln-aml-2025/npm1-bm-follow-up/any"}
    got = of(seen(0, "NEGATIVE", **of_2025), seen(30, "POSITIVE", 0.01, **of_2025), ruleset="eln-aml-2025")  # fmt: skip
    assert states(got, "MOLECULAR_RELAPSE") == [("S0030", True, None)]
    assert got.samples["S0030"]["response"] == "MRD_RELAPSE"


@pytest.mark.parametrize(
    ("lab", "level", "is_confirmed"),
    [("L2", 3.17e-4, True), ("L2", 3.16e-4, None), ("L1", 1e-3, None), (None, 1e-3, None)],
)
def test_a_second_laboratory_confirms_apl(lab: str | None, level: float, is_confirmed: Any) -> None:
    """However late, but stable within half a log10."""
    got = of(
        seen(0, "NEGATIVE"), seen(30, "POSITIVE", 1e-3),
        seen(200, "POSITIVE", level, lab_id=lab, series="npm1 BM there"),
        disease="APL", ruleset="eln-apl-2019",
    )  # fmt: skip
    assert [e[1] for e in states(got, "MOLECULAR_RELAPSE")] == [is_confirmed]


def test_persistence_of_apl_ends() -> None:
    end: dict[str, Any] = {"timepoint": "END_OF_TREATMENT"}
    got = of(seen(0, "POSITIVE", 1e-3, **end), seen(29, "POSITIVE", 1e-3), seen(42, "POSITIVE", 1e-3),
             seen(56, "POSITIVE", 1e-3), disease="APL", ruleset="eln-apl-2019")  # fmt: skip
    assert states(got, "MOLECULAR_PERSISTENCE") == [
        ("S0000", True, "S0056")
    ]  # 14 days, not 13 or 29


# ---- relapse and events ------------------------------------------------------------------------


BLOOD: dict[str, Any] = {"tissue": "PB", "series": "npm1 PB L1"}
THERE: dict[str, Any] = {"lab_id": "L2", "series": "npm1 BM L2"}
IN_2025: dict[str, Any] = {"rule_id": "eln-aml-2025/npm1-bm-follow-up/any"}


def test_laboratories_are_not_kept_apart() -> None:
    got = of(seen(0, "NEGATIVE"), seen(30, "POSITIVE", 0.03, **THERE))
    assert states(got, "BECAME_DETECTABLE") == [("S0030", None, None)]
    assert states(got, "MOLECULAR_RELAPSE") == [("S0030", None, None)]


@pytest.mark.parametrize(("first", "then", "count"), [("BM", "PB", 1), ("PB", "BM", 0)])
def test_blood_was_negative_where_marrow_was(first: str, then: str, count: int) -> None:
    tissues: dict[str, Any] = {"BM": {}, "PB": BLOOD}
    got = of(seen(0, "NEGATIVE", **tissues[first]), seen(30, "POSITIVE", 0.03, **tissues[then]))
    assert len(states(got, "MOLECULAR_RELAPSE")) == count


def test_a_time_point_never_ends_a_relapse() -> None:
    """It begins at follow-up, and goes on at a time point at which it could not begin."""
    early: dict[str, Any] = {
        "timepoint": "END_OF_TREATMENT",
        "rule_id": "eln-aml-2025/npm1-bm-end-of-treatment/any",
    }
    got = of(
        seen(0, "NEGATIVE", **IN_2025), seen(10, "POSITIVE", 2e-3, **early),
        seen(30, "POSITIVE", 2e-3, **IN_2025), seen(58, "POSITIVE", 2e-3, **early),
        ruleset="eln-aml-2025",
    )  # fmt: skip
    assert states(got, "MOLECULAR_RELAPSE") == [("S0030", True, "S0058")]
    assert got.samples["S0010"]["molecular_remission"] == "PERSISTENCE"


def test_a_later_high_specimen_needs_no_other() -> None:
    got = of(seen(0, "NEGATIVE", **IN_2025), seen(30, "POSITIVE", 2e-3, **IN_2025),
             seen(90, "POSITIVE", 0.01, **IN_2025), ruleset="eln-aml-2025")  # fmt: skip
    assert states(got, "MOLECULAR_RELAPSE") == [("S0030", True, None)]


@pytest.mark.parametrize(("above", "count"), [(9.9e-4, 0), (1e-3, 1), (None, 1)])
def test_what_is_above_the_range_rises_at_least_so_far(above: float | None, count: int) -> None:
    above_range = seen(30, "POSITIVE", censor="RIGHT", above_fraction=above)
    got = of(seen(0, "LOW_LEVEL", 1e-4), above_range)
    assert len(states(got, "MOLECULAR_RELAPSE")) == len(states(got, "LOG_RISE")) == count


@pytest.mark.parametrize(("first", "expected"), [("L1", None), ("L2", True)])
def test_two_laboratories_in_both_specimens_together(first: str, expected: Any) -> None:
    """Whichever of them is the worst of its day."""
    got = of(
        seen(0, "NEGATIVE"), seen(30, "POSITIVE", 1e-3),
        seen(30, "POSITIVE", 5e-4, sample_id="T", lab_id=first, series="any"), seen(60, "POSITIVE", 1e-3),
        disease="APL", ruleset="eln-apl-2019",
    )  # fmt: skip
    assert [e[1] for e in states(got, "MOLECULAR_RELAPSE")] == [expected]


@pytest.mark.parametrize(("ruleset", "expected"), [("eln-aml-2021", None), ("eln-aml-2025", True)])
def test_blood_confirms_marrow_in_2025(ruleset: str, expected: Any) -> None:
    rule: dict[str, Any] = {"rule_id": f"{ruleset}/npm1-pb-follow-up/any"}
    got = of(seen(0, "NEGATIVE"), seen(30, "POSITIVE", 2e-3), seen(58, "POSITIVE", 2e-3, **BLOOD, **rule),
             ruleset=ruleset)  # fmt: skip
    assert ("S0030", expected, "S0058" if expected else None) in states(got, "MOLECULAR_RELAPSE")


@pytest.mark.parametrize(("level", "count"), [(1e-3, 1), (9.9e-4, 0)])
def test_a_level_without_a_baseline_counts_from_its_threshold(level: float, count: int) -> None:
    cbf: dict[str, Any] = {"rule_id": "eln-aml-2025/cbf-follow-up/no-baseline"}
    high = seen(30, "INDETERMINATE", level, reason="NO_BASELINE", **cbf)
    got = of(seen(0, "NEGATIVE", **cbf), high, ruleset="eln-aml-2025")
    assert len(states(got, "MOLECULAR_RELAPSE")) == count


def test_the_low_level_of_a_relapse_is_no_remission() -> None:
    got = of(seen(0, "NEGATIVE"), seen(30, "LOW_LEVEL", 1e-4), seen(58, "LOW_LEVEL", 1e-4),
             seen(90, "NEGATIVE"), seen(120, "LOW_LEVEL", 1e-4), clinical="CR")  # fmt: skip
    assert got.samples["S0058"]["combined_response"] == "CR_MRD+"
    assert got.samples["S0120"]["combined_response"] == "CR_MRD-LL"


def test_what_was_not_seen_before_does_not_persist() -> None:
    unseen = seen(0, "INDETERMINATE", finding="NOT_DETECTED")
    end = seen(30, "POSITIVE", 0.03, timepoint="END_OF_TREATMENT")
    assert states(of(unseen, end), "MOLECULAR_PERSISTENCE") == []
    assert states(of(end), "MOLECULAR_PERSISTENCE") == [("S0030", True, None)]


@pytest.mark.parametrize(("status", "count"), [("NO_CATEGORY", 1), ("INDETERMINATE", 1)])
def test_a_rise_is_over_what_was_measured_whatever_it_was_called(status: str, count: int) -> None:
    got = of(seen(0, status, 1e-4), seen(30, "POSITIVE", 0.03))
    assert len(states(got, "LOG_RISE")) == count
    doubtful = seen(0, status, 1e-4, finding_reason="REPLICATES_DISAGREE")
    assert states(of(doubtful, seen(30, "POSITIVE", 0.03)), "LOG_RISE") == []


def test_days_at_depth_beside_a_deeper_twin() -> None:
    got = cml(p210(0, 5e-5), p210(30, 5e-5), p210(30, 2e-3, sample_id="T"))
    days = {key[0]: row["days_at_depth"] for key, row in got.results.items()}
    assert days == {"S0000": 0, "S0030": None, "T": 30}


@pytest.mark.parametrize(("status", "word"), [("POSITIVE", "HIGH_RISK"), ("NEGATIVE", None)])
def test_only_the_worst_word_stands_beside_none(status: str, word: str | None) -> None:
    end: dict[str, Any] = {"rule_id": "eln-aml-2025/npm1-bm-end-of-treatment/any"}
    none: dict[str, Any] = {
        "rule_id": "eln-aml-2025/ngs-validated/any",
        "marker": "IDH2 R140Q",
        "sample_id": "S0000",
    }
    level = 0.03 if status == "POSITIVE" else None
    got = of(seen(0, status, level, **end), seen(0, "NEGATIVE", **none), ruleset="eln-aml-2025")
    assert got.samples["S0000"]["response"] == word


def test_a_level_rises_without_a_class() -> None:
    got = of(seen(0, "NEGATIVE", 1e-6), seen(30, "NO_CATEGORY", 0.03))
    assert states(got, "LOG_RISE") == [("S0030", None, None)]
