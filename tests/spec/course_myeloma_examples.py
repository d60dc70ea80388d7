"""Courses of myeloma and CLL: sustained negativity, two thresholds, uMRD lost and regained.

Plain numbers are those of `lymphoid_myeloma_and_sensitivity.md` section 7 (lymphoid for short); the
others draw its sections 3 and 4, and `docs/course.md`.
"""

from fractions import Fraction
from typing import Any

from tests.spec.course_drawn import Course, Measured
from tests.spec.course_lymphoid_examples import COURSE, TEXT, sequenced
from tests.spec.course_rows import at, cells, course
from tests.spec.drawn import Row
from tests.spec.flow_ngs_examples import FLOW_LEUKOCYTES
from tests.spec.sensitivity_rows import BM, CLL, MM, PB

IMWG, IWCLL = "imwg-2016", "iwcll-2018"

DEEP = cells(0, 5_000_000)
CR_2022: Row = {"assessed_on": "2022-06-01", "response": "CR", "has_imaging_residual": "false"}


def myeloma(
    number: str, shown: str, visits: tuple[tuple[str, Measured], ...], told: str, why: str,
    clinical: tuple[Row, ...] | None = None, source: str = "lymphoid §3; " + COURSE, what: str | None = None, **rest: Any,
) -> Course:  # fmt: skip
    """Draw one course of myeloma; by default CR and clear imaging on the days of the first and last sample."""
    samples = tuple(at(str(i), day, BM, m) for i, (day, m) in enumerate(visits, 1))
    if clinical is None:
        clinical = (
            CR_2022 | {"assessed_on": visits[0][0]},
            {"assessed_on": visits[-1][0], "response": "CR", "has_imaging_residual": "false"},
        )
    return course(
        number, shown, IMWG, MM, samples, told, what, why, source, clinical=clinical, **rest
    )


def _twice(last: str, first: str = "2022-06-01") -> tuple[tuple[str, Measured], ...]:
    return (first, DEEP), (last, DEEP)


LATER_CLEAR: Row = {"assessed_on": "2023-06-01", "response": "CR", "has_imaging_residual": "false"}
SUSTAINED = "NEG NEG/SUSTAINED_NEGATIVE"

MYELOMA: tuple[Course, ...] = (
    myeloma("year", "a calendar year apart", _twice("2023-06-01"), SUSTAINED, "365 days, and one year by the calendar.",
            what="NEG@1 by 2", summary={"sustained_since": "1", "sustained_days": 365},
            beside={"1": {"days_at_depth": 0}, "2": {"days_at_depth": 365}}),
    myeloma("364-days", "a day less than a year", _twice("2023-05-31"), "NEG NEG", "364 days are less than a year."),
    myeloma("360-days", "360 days apart", _twice("2023-05-27"), "NEG NEG", "Twelve months are not 360 days.", source="lymphoid trap 13"),
    myeloma("leap", "29 February to 28 February", _twice("2025-02-28", "2024-02-29"), SUSTAINED,
            "Twelve months after 29 February is 28 February."),
    myeloma("leap-less", "29 February to 27 February", _twice("2025-02-27", "2024-02-29"), "NEG NEG", "A day less than twelve months."),
    myeloma("leap-365", "1 March to 29 February", _twice("2024-02-29", "2023-03-01"), "NEG NEG",
            "365 days, and a day less than a year by the calendar."),
    myeloma("third", "negative at 0, 6 and 12 months", (("2022-06-01", DEEP), ("2022-12-01", DEEP), ("2023-06-01", DEEP)),
            "NEG NEG NEG/SUSTAINED_NEGATIVE", "The earlier sample need not be the one before."),
    myeloma("two-methods", "negative by flow, a year later by sequencing", (("2022-06-01", DEEP), ("2023-06-01", sequenced(0, 2_840_000))),
            SUSTAINED, "By flow, by sequencing or both.", what="NEG@1 open, NEG@2 open"),
    myeloma("two-methods-differ", "negative by flow, 2.28 per million by sequencing, negative by flow",
            (("2022-06-01", DEEP), ("2022-12-01", sequenced(7, 3_076_923)), ("2023-06-01", DEEP)), "NEG LOW NEG",
            "Seen by sequencing in between."),
    myeloma("no-imaging", "no imaging at the second", _twice("2023-06-01"), "NEG NEG", "Imaging is part of the definition.",
            (CR_2022, {"assessed_on": "2023-06-01", "response": "CR"})),
    myeloma("no-imaging-first", "no imaging at the first", _twice("2023-06-01"), "NEG NEG", "Imaging is part of the definition.",
            ({"assessed_on": "2022-06-01", "response": "CR"}, LATER_CLEAR)),
    myeloma("residual", "imaging shows residual uptake at the second", _twice("2023-06-01"), "NEG NEG", "Not negative by imaging.",
            (CR_2022, LATER_CLEAR | {"has_imaging_residual": "true"})),
    myeloma("no-CR", "imaging clear, no CR given", _twice("2023-06-01"), "NEG NEG", "The categories are for patients who achieved CR.",
            (CR_2022 | {"response": ""}, LATER_CLEAR | {"response": ""}), "lymphoid §3, trap 13"),
    myeloma("PR", "imaging clear, PR only", _twice("2023-06-01"), "NEG NEG", "PR is no CR.",
            (CR_2022 | {"response": "PR"}, LATER_CLEAR | {"response": "PR"})),
    myeloma("CR-late", "CR first assessed in between", _twice("2023-06-01"), "NEG NEG", "CR came after the earlier sample.",
            (CR_2022 | {"response": ""}, {"assessed_on": "2022-12-01", "response": "CR"}, LATER_CLEAR)),
    myeloma("CR-before", "CR assessed half a year before", _twice("2023-06-01"), SUSTAINED, "CR up to the earlier sample.",
            ({"assessed_on": "2021-12-01", "response": "CR"}, CR_2022 | {"response": ""}, LATER_CLEAR)),
    myeloma("assessed-near", "imaging 14 days after each sample", _twice("2023-06-01"), SUSTAINED, "Imaging up to 14 days from the sample counts as imaging of its day.",
            (CR_2022 | {"assessed_on": "2022-06-15"}, LATER_CLEAR | {"assessed_on": "2023-06-15"})),
    myeloma("assessed-far", "imaging 15 days after the second sample", _twice("2023-06-01"), "NEG NEG", "A day too far.",
            (CR_2022, LATER_CLEAR | {"assessed_on": "2023-06-16"})),
    myeloma("relapse", "a clinical relapse in between", _twice("2023-06-01"), "NEG NEG", "Relapse ends what was sustained.",
            (CR_2022, {"assessed_on": "2022-12-01", "response": "RELAPSE"}, LATER_CLEAR)),
    myeloma("PR-between", "PR stated in between", _twice("2023-06-01"), "NEG NEG", "Anything but CR in between breaks it.",
            (CR_2022, {"assessed_on": "2022-12-01", "response": "PR"}, LATER_CLEAR)),
    myeloma("CR-restated", "CR stated again in between", _twice("2023-06-01"), SUSTAINED, "CR all along.",
            (CR_2022, {"assessed_on": "2022-12-01", "response": "CR"}, LATER_CLEAR)),
    myeloma("CR-lost", "CR, then PR before the first sample", _twice("2023-06-01"), "NEG NEG", "The last response stated up to the earlier sample is PR.",
            ({"assessed_on": "2021-12-01", "response": "CR"}, CR_2022 | {"response": "PR"}, LATER_CLEAR | {"response": ""})),
    myeloma("residual-between", "imaging shows residual uptake in between", _twice("2023-06-01"), "NEG NEG",
            "Not negative by imaging all along, though it is at both ends.",
            (CR_2022, {"assessed_on": "2022-12-01", "has_imaging_residual": "true"}, LATER_CLEAR)),
    myeloma("imaging-tie", "clear imaging 10 days before the second sample, residual uptake 10 days after", _twice("2023-06-01"), "NEG NEG",
            "Of two as near the earlier one is read, and it is clear; but residual uptake within the 14 days after the sample breaks it.",
            (CR_2022, LATER_CLEAR | {"assessed_on": "2023-05-22"}, LATER_CLEAR | {"assessed_on": "2023-06-11", "has_imaging_residual": "true"})),
    myeloma("open-between", "negative, 30 events in 3,000,000, negative", (("2022-06-01", DEEP), ("2022-12-01", cells(30, 3_000_000)), ("2023-06-01", DEEP)),
            "NEG IND NEG", "Seen, between 7e-6 and 1.7e-5: low or positive, nobody knows, but certainly detected."),
    course("blood-between", "marrow negative, blood 1e-4 in between, marrow negative", IMWG, MM,
           (at("1", "2022-06-01", BM, DEEP), at("2", "2022-12-01", PB, cells(500, 5_000_000)), at("3", "2023-06-01", BM, DEEP)),
           "NEG NONE NEG/SUSTAINED_NEGATIVE", None,
           "Marrow and imaging make the definition, and blood has no category: what was seen in blood a person must weigh.", "lymphoid §3, R9; " + COURSE,
           clinical=(CR_2022, LATER_CLEAR)),
    myeloma("broken", "detected in between", (("2022-06-01", DEEP), ("2022-12-01", cells(30, 5_000_000)), ("2023-06-01", DEEP)),
            "NEG LOW NEG", "Detected below 1e-5 is not absence.", what="NEG@1 refuted, SEEN@2 refuted, NEG@3 open",
            summary={"sustained_since": "3", "sustained_days": 0}),
    myeloma("shallow", "a negative of 1e-4 in between", (("2022-06-01", DEEP), ("2022-12-01", cells(0, 200_000)), ("2023-06-01", DEEP)),
            "NEG IND NEG/SUSTAINED_NEGATIVE", "Nothing was seen, and not deep enough to be judged: it neither ends nor confirms."),
    myeloma("21", "7 in 3,076,923", (("2023-06-01", sequenced(7, 3_076_923)),), "LOW",
            "2.28 per million: below 1e-5 and above 1e-6; not absent, so low by IMWG.", source=TEXT,
            beside={"1": {"status_at_1e_5": "NEGATIVE", "status_at_1e_6": "POSITIVE", "finding": "DETECTED"}}),
    myeloma("side-0", "0 in 2,840,000", (("2023-06-01", sequenced(0, 2_840_000)),), "NEG", "LOD 0.67 per million by the maker.",
            source="lymphoid §3, §7(19)", beside={"1": {"status_at_1e_5": "NEGATIVE", "status_at_1e_6": "NEGATIVE"}}),
    myeloma("side-shallow", "flow 0/2,000,000", (("2023-06-01", cells(0, 2_000_000)),), "NEG", "LOD exactly 1e-5.",
            source="lymphoid §3, §7(7)", beside={"1": {"status_at_1e_5": "NEGATIVE", "status_at_1e_6": "INDETERMINATE"}}),
    myeloma("side-insufficient", "flow 0/1,900,000", (("2023-06-01", cells(0, 1_900_000)),), "IND", "LOD above 1e-5.",
            source="lymphoid §3, §7(7)", beside={"1": {"status_at_1e_5": "INDETERMINATE", "status_at_1e_6": "INDETERMINATE"}}),
    myeloma("side-at", "flow 50/5,000,000", (("2023-06-01", cells(50, 5_000_000)),), "POS", "Exactly 1e-5.",
            source="lymphoid §3, R4", beside={"1": {"status_at_1e_5": "POSITIVE", "status_at_1e_6": "POSITIVE"}}),
    myeloma("side-below", "flow 499/50,000,000", (("2023-06-01", cells(499, 50_000_000)),), "LOW", "9.98e-6.",
            source="lymphoid §3, R4", beside={"1": {"status_at_1e_5": "NEGATIVE", "status_at_1e_6": "POSITIVE"}}),
    myeloma("side-6-at", "flow 100/100,000,000", (("2023-06-01", cells(100, 100_000_000)),), "LOW", "Exactly 1e-6.",
            source="lymphoid §3, R4", beside={"1": {"status_at_1e_5": "NEGATIVE", "status_at_1e_6": "POSITIVE"}}),
    myeloma("side-6-below", "flow 99/100,000,000", (("2023-06-01", cells(99, 100_000_000)),), "LOW", "9.9e-7, and seen all the same.",
            source="lymphoid §3, R4", beside={"1": {"status_at_1e_5": "NEGATIVE", "status_at_1e_6": "NEGATIVE"}}),
    myeloma("side-6-LOD", "flow 0/20,000,000", (("2023-06-01", cells(0, 20_000_000)),), "NEG", "LOD exactly 1e-6.",
            source="lymphoid §3, R5", beside={"1": {"status_at_1e_5": "NEGATIVE", "status_at_1e_6": "NEGATIVE"}}),
    myeloma("side-6-short", "flow 0/19,900,000", (("2023-06-01", cells(0, 19_900_000)),), "NEG", "LOD above 1e-6.",
            source="lymphoid §3, R5", beside={"1": {"status_at_1e_5": "NEGATIVE", "status_at_1e_6": "INDETERMINATE"}}),
    myeloma("side-failed", "no cells", (("2023-06-01", cells(0, 0)),), "NE", "The test could not answer.",
            source=COURSE, beside={"1": {"status_at_1e_5": "NOT_EVALUABLE", "status_at_1e_6": "NOT_EVALUABLE"}}),
    course("side-blood", "flow of blood 0/5,000,000", IMWG, MM, (at("1", "2023-06-01", PB, DEEP),), "NONE", None,
           "IMWG judges marrow; for blood neither threshold is told.", "lymphoid R9; " + COURSE,
           beside={"1": {"status_at_1e_5": None, "status_at_1e_6": None}}),
)  # fmt: skip

# --- CLL


def _white(count: int) -> Measured:
    return cells(count, 500_000, FLOW_LEUKOCYTES)


CLL_COURSES: tuple[Course, ...] = (
    course("uMRD-regained", "blood: uMRD4, 2e-4, uMRD4, uMRD4", IWCLL, CLL,
           tuple(at(str(i), day, PB, _white(n)) for i, (day, n) in enumerate(((0, 0), (90, 100), (180, 0), (300, 0)), 1)),
           "NEG POS NEG NEG", "NEG@1 refuted, SEEN@2 refuted, NEG@3 by 4", "Lost and regained: the time of uMRD4 begins again.",
           "lymphoid §4; " + COURSE, summary={"sustained_since": "3", "sustained_days": 120},
           beside={"1": {"days_at_depth": 0}, "2": {"days_at_depth": None}, "3": {"days_at_depth": 0}, "4": {"days_at_depth": 120}}),
    course("uMRD-tissues", "blood uMRD4, then marrow 2e-4", IWCLL, CLL,
           (at("1", 0, PB, _white(0)), at("2", 30, BM, _white(100))), "NEG POS", "NEG@1 open",
           "Blood clears earlier than marrow: the two are followed apart.", "lymphoid §4; " + COURSE),
    course("uMRD-seen", "blood: 3e-6 by sequencing, then 3e-5", IWCLL, CLL,
           (at("1", 0, PB, sequenced(9, 3_000_000)), at("2", 90, PB, sequenced(90, 3_000_000))), "NEG NEG", "NEG@1 by 2",
           "uMRD4 is a level below 1e-4, also when something was seen; the depth says how deep.", "lymphoid §4",
           beside={"1": {"level_fraction": Fraction(3, 10**6), "days_at_depth": 0}, "2": {"days_at_depth": 90}}),
)  # fmt: skip

SECTIONS: tuple[tuple[str, tuple[Course, ...]], ...] = (
    ("Myeloma: sustained negativity and two thresholds", MYELOMA),
    ("CLL", CLL_COURSES),
)
