"""Courses by hand of CML, of children with ALL and of myeloma, told to the naive side alone."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.naive.course import Course
from tests.naive.course_base import Assessment, Treatment, add_months, completed_months
from tests.naive.course_hand import IG_TR, NPM1, P210, START, cml, of, p210, seen, states

FLOW: dict[str, Any] = {
    "like": NPM1,
    "modality": "FLOW",
    "marker": "LAIP",
    "basis": "CELLS_TNC",
    "timepoint": None,
}


def tki(*spans: tuple[int, int | None], line: int = 1) -> list[Treatment]:
    """Write TKI by the days of their beginnings and ends."""
    return [
        Treatment(
            "TKI", START + timedelta(days=a), None if b is None else START + timedelta(days=b), line
        )
        for a, b in spans
    ]  # fmt: skip


def test_mmr_won_and_lost() -> None:
    """Exactly 0.1 % holds; the next of the same state confirms."""
    got = cml(p210(0, 0.02), p210(30, 1e-3), p210(60, 1.001e-3), p210(90, 2e-3))
    assert states(got, "MMR_ACHIEVED") == [("S0030", False, None)]
    assert states(got, "LOSS_OF_MMR") == [("S0060", True, "S0090")]


def test_relapse_in_treatment_free_remission() -> None:
    """The day of the stop is still on treatment; one specimen is enough."""
    got = cml(p210(0, 5e-5), p210(30, 5e-5), p210(90, 2e-3), treatments=tki((-2000, 30)))
    assert states(got, "TFR_RELAPSE") == [("S0090", True, None)]
    assert got.samples["S0090"]["molecular_remission"] == "RELAPSE"
    assert got.summary["monitoring"] == "TFR"
    assert got.summary["next_due_on"] == date(2020, 4, 30)  # a month after 31 March


@pytest.mark.parametrize(("days", "unmet"), [(1826, ["TKI_TOO_SHORT"]), (1827, [])])
def test_eligible_after_more_than_five_years(days: int, unmet: list[str]) -> None:
    start = 731 - days
    got = cml(p210(start + 365, 5e-5), p210(0, 5e-5), p210(731, 5e-5),
              treatments=tki((start, None)), transcript="e14a2")  # fmt: skip
    assert got.summary["tfr_unmet"] == unmet
    assert got.summary["tfr_eligible"] is (not unmet)


def test_risk_groups_of_children() -> None:
    """Negative by two markers at both time points, high at the second, and what lies between."""

    def response(*second: tuple[str, float | None]) -> Any:
        first = [
            seen(33, "NEGATIVE", like=IG_TR, timepoint="TP1", assay_id=a) for a in ("igh", "tcr")
        ]
        last = [
            seen(78, status, level, like=IG_TR, timepoint="TP2", assay_id=f"assay {i}")
            for i, (status, level) in enumerate(second)
        ]
        return of(*first, *last, disease="B_ALL", ruleset="aieop-bfm-2009").samples["S0078"]["response"]  # fmt: skip

    assert response(("NEGATIVE", None), ("NEGATIVE", None)) == "SR"
    assert response(("NEGATIVE", None)) == "MR"
    assert response(("NEGATIVE", None), ("POSITIVE", 5e-4)) == "HR"
    assert response(("NEGATIVE", None), ("LOW_LEVEL", 4.9e-4)) == "MR"


@pytest.mark.parametrize(("days", "word"), [(365, None), (366, "SUSTAINED_NEGATIVE")])
def test_sustained_in_myeloma(days: int, word: str | None) -> None:
    """2020 has 366 days: twelve calendar months from the first of January."""
    clear = [Assessment(START + timedelta(days=d), "CR", False) for d in (0, days)]
    got = of(seen(0, "NEGATIVE"), seen(days, "NEGATIVE"),
             disease="MM", ruleset="imwg-2016", assessments=clear)  # fmt: skip
    assert got.samples[f"S{days:04d}"]["response"] == word
    assert got.summary["sustained_days"] == got.samples["S0000"]["held_days"] == days


# ---- treatment-free remission ------------------------------------------------------------------


@pytest.mark.parametrize(("gap", "count"), [(31, 0), (32, 1)])
def test_a_short_gap_is_a_change_of_treatment(gap: int, count: int) -> None:
    got = cml(p210(0, 5e-5), p210(20, 2e-3), treatments=tki((-900, 10), (10 + gap, None)))
    assert len(states(got, "TFR_RELAPSE")) == count


def test_what_begins_on_the_day_is_not_yet_taken() -> None:
    got = cml(p210(0, 5e-5), p210(90, 2e-3), treatments=tki((-900, 10), (90, None)))
    assert states(got, "TFR_RELAPSE") == [("S0090", True, None)]
    assert got.summary["tfr_unmet"] is None


@pytest.mark.parametrize(("first", "count"), [(5e-5, 1), (2e-3, 0)])
def test_the_first_specimen_after_the_stop_tells(first: float, count: int) -> None:
    """Where none before it does."""
    got = cml(p210(40, first), p210(90, 2e-3), treatments=tki((-900, 10)))
    assert len(states(got, "TFR_RELAPSE")) == count


def test_treatment_neither_confirms_nor_refutes() -> None:
    got = of(
        p210(0, 1e-5), p210(90, 5e-4), p210(150, 1e-5), disease="CML", ruleset="site-cml",
        treatments=tki((-900, 10), (100, None)),
    )  # fmt: skip
    assert states(got, "TFR_RELAPSE") == [("S0090", None, None)]


def unmet(got: Course) -> set[str]:
    return set(got.summary["tfr_unmet"])


@pytest.mark.parametrize(
    ("level", "depth", "is_enough"), [(3e-5, "MR4.5", True), (9e-5, "MR4", False)]
)
def test_esmo_stops_at_a_deep_last_sample(level: float, depth: str, is_enough: bool) -> None:
    last = replace(p210(0, level), depth=depth)
    got = of(last, disease="CML", ruleset="esmo-cml-2017", treatments=tki((-400, None)))
    assert ("LAST_NOT_DEEP_ENOUGH" in unmet(got)) is not is_enough


def test_a_failure_is_one_whichever_sample_shows_it() -> None:
    """Day 365 has the milestone and is optimal; day 300 lies in its window above 1 %."""
    got = cml(p210(300, 0.02), p210(365, 5e-5), treatments=tki((0, None)))
    assert (got.samples["S0365"]["milestone"], got.samples["S0365"]["response"]) == (
        "12 mo",
        "OPTIMAL",
    )
    assert got.samples["S0300"]["milestone"] is None
    assert "PRIOR_FAILURE" in unmet(got)


def test_a_lost_remission_is_a_failure() -> None:
    got = cml(
        p210(0, 5e-5), p210(60, 2e-3), p210(400, 5e-5), treatments=tki((-300, 10), (100, None))
    )
    assert "PRIOR_FAILURE" in unmet(got)


@pytest.mark.parametrize(("day", "is_known"), [(456, True), (457, False)])
def test_failures_before_the_first_sample_are_not_known(day: int, is_known: bool) -> None:
    got = cml(p210(day, 5e-5), p210(900, 5e-5), treatments=tki((0, None)))
    assert ("PRIOR_FAILURE_UNKNOWN" in unmet(got)) is not is_known


def test_a_last_sample_that_could_not_be_judged() -> None:
    later = seen(90, "NOT_EVALUABLE", like=P210)
    got = cml(p210(0, 5e-5), later, treatments=tki((-100, None)))
    assert "LAST_SAMPLE_UNKNOWN" in unmet(got)
    assert got.summary["monitoring"] == "REPEAT"


def test_deep_days_are_days_on_treatment() -> None:
    """Deep for 1000 days, of which 600 on a TKI."""
    got = cml(p210(0, 5e-5), p210(1000, 5e-5), treatments=tki((-2000, 300), (700, None)))
    assert "DEEP_RESPONSE_TOO_SHORT" in unmet(got)
    got = cml(p210(0, 5e-5), p210(1000, 5e-5), treatments=tki((-2000, None)))
    assert "DEEP_RESPONSE_TOO_SHORT" not in unmet(got)


# ---- what is due next --------------------------------------------------------------------------


def due(got: Course) -> tuple[str, date]:
    return got.summary["monitoring"], got.summary["next_due_on"]


def test_due_a_month_after_a_relapse() -> None:
    got = cml(p210(0, 5e-5), p210(500, 2e-3), treatments=tki((-900, 10)))
    assert due(got) == ("TFR", add_months(START + timedelta(days=500), 1))


@pytest.mark.parametrize(("stop", "expected"), [(20, date(2020, 2, 21)), (80, date(2020, 4, 1))])
def test_a_later_stop_puts_nothing_off(stop: int, expected: date) -> None:
    got = cml(p210(0, 5e-5), treatments=tki((-900, stop)))
    assert due(got) == ("TFR", expected)


@pytest.mark.parametrize(("level", "word"), [(4.9e-4, "MMR"), (5e-4, "UNTIL_MMR")])
def test_who_rises_within_mmr_is_not_stable(level: float, word: str) -> None:
    assert due(cml(p210(0, 5e-5), p210(90, level), treatments=tki((-900, None))))[0] == word


# ---- milestones --------------------------------------------------------------------------------


def named(got: Course, day: int) -> tuple[str | None, str | None]:
    row = got.samples[f"S{day:04d}"]
    return row["milestone"], row["response"]


def test_three_months_are_confirmed() -> None:
    got = cml(p210(91, 0.2), p210(119, 0.2), treatments=tki((0, None)))
    assert (named(got, 91), named(got, 119)) == (("3 mo", "WARNING"), ("3 mo", "FAILURE"))


@pytest.mark.parametrize(("gap", "expected"), [(31, ("3 mo", "OPTIMAL")), (32, (None, None))])
def test_after_a_restart_there_is_no_three_months(gap: int, expected: Any) -> None:
    got = cml(p210(10 + gap + 60, 0.05), treatments=tki((0, 10), (10 + gap, None)))
    assert named(got, 10 + gap + 60) == expected


def test_after_a_restart_any_time_counts_from_it() -> None:
    times = tki((0, 10), (100, None))
    got = cml(p210(556, 5e-4), p210(557, 5e-4), treatments=times)
    assert (named(got, 556), named(got, 557)) == ((None, None), ("any time", "OPTIMAL"))


@pytest.mark.parametrize(("day", "expected"), [(547, None), (548, "WARNING")])
def test_any_time_of_esmo_begins_after_18_months(day: int, expected: str | None) -> None:
    got = of(p210(day, 1e-4), disease="CML", ruleset="esmo-cml-2017", treatments=tki((0, None)))
    assert named(got, day)[1] == expected


# ---- children, myeloma -------------------------------------------------------------------------


def child(*results: Any, **more: Any) -> Course:
    more = {"treatments": [Treatment("INTENSIVE", START)]} | more
    return of(*results, disease="B_ALL", ruleset="aieop-bfm-2009", **more)


END = seen(
    78, "NO_CATEGORY", **FLOW | {"timepoint": "TP2"}, finding="NOT_DETECTED", lod_fraction=1e-5
)


def test_every_flow_about_day_15_counts() -> None:
    low, high = (seen(d, "NO_CATEGORY", x, **FLOW) for d, x in ((15, 1e-4), (17, 0.1)))
    got = child(low, high, END)
    words = [got.samples[s]["response"] for s in ("S0015", "S0017", "S0078")]
    assert words == [None, "HR", "HR"]


def test_day_15_after_diagnosis_where_no_treatment_is_given() -> None:
    low = seen(15, "NO_CATEGORY", 1e-4, **FLOW)
    assert child(low, END, treatments=()).samples["S0078"]["response"] is None
    got = child(low, END, treatments=(), diagnosed_on=START)
    assert got.samples["S0078"]["response"] == "SR"


@pytest.mark.parametrize(
    "other",
    [
        seen(33, "NO_CATEGORY", 1e-4, **FLOW | {"timepoint": "TP1", "tissue": "PB"}),
        seen(33, "NOT_EVALUABLE", like=IG_TR, timepoint="TP1", finding="NOT_EVALUABLE"),
    ],
)
def test_flow_alone_speaks_only_alone(other: Any) -> None:
    low = seen(15, "NO_CATEGORY", 1e-4, **FLOW)
    assert child(low, other, END).samples["S0078"]["response"] is None


def test_the_latest_day_at_the_first_time_point_counts() -> None:
    """Two markers negative on day 33, and one seen and high on day 36."""
    both = ("igh", "tcr")
    first = [seen(33, "NEGATIVE", like=IG_TR, timepoint="TP1", assay_id=a) for a in both]
    later = seen(36, "POSITIVE", 1e-3, like=IG_TR, timepoint="TP1", assay_id="igh")
    last = [
        seen(78, "NEGATIVE", like=IG_TR, timepoint="TP2", assay_id=a, lod_fraction=1e-5)
        for a in both
    ]
    assert child(*first, *last).samples["S0078"]["response"] == "SR"
    assert child(*first, later, *last).samples["S0078"]["response"] == "MR"


def clear(*days: int, **more: Any) -> list[Assessment]:
    return [Assessment(START + timedelta(days=d), "CR", False) for d in days]


@pytest.mark.parametrize(
    ("day", "response", "residual"), [(100, "PR", None), (100, "RELAPSE", None), (100, None, True)]
)
def test_what_ends_a_complete_response(
    day: int, response: str | None, residual: bool | None
) -> None:
    """A response stated after it, and a residual seen between the two samples."""
    between = Assessment(START + timedelta(days=day), response, residual)
    got = of(seen(0, "NEGATIVE"), seen(366, "NEGATIVE"), disease="MM", ruleset="imwg-2016",
             assessments=[*clear(0, 366), between])  # fmt: skip
    assert got.samples["S0366"]["response"] is None


def test_a_detection_without_a_class_ends_negativity() -> None:
    open_one = seen(100, "INDETERMINATE", 1e-5)
    got = of(seen(0, "NEGATIVE"), open_one, seen(366, "NEGATIVE"), disease="MM", ruleset="imwg-2016",
             assessments=clear(0, 366))  # fmt: skip
    assert got.samples["S0366"]["response"] is None
    assert got.samples["S0000"]["held_days"] == 0


def test_months_are_calendar_months() -> None:
    assert add_months(date(2023, 1, 31), 1) == date(2023, 2, 28)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert completed_months(date(2023, 1, 31), date(2023, 2, 28)) == 1
    assert completed_months(date(2023, 1, 15), date(2023, 2, 14)) == 0
