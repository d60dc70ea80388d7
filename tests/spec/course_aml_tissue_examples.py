"""Courses of AML under both rule sets: blood and marrow, laboratories, and time points of a relapse.

They draw `aml.md` sections 2.1 to 2.3, and `docs/course.md`.
"""

from tests.spec.course_aml_examples import COURSE, GONE, NONE, SURE, both
from tests.spec.course_drawn import Course, Sample
from tests.spec.course_rows import BM_END, BM_LATER, PB_LATER, at, cells, rna
from tests.spec.guideline_examples import CBF
from tests.spec.sensitivity_flow_examples import CD45
from tests.spec.sensitivity_pcr_examples import NPM1
from tests.spec.sensitivity_rows import BM, PB

LAB_A, LAB_B = NPM1 | {"lab_id": "A"}, NPM1 | {"lab_id": "B"}
PRE_HCT = {"timepoint": "PRE_HCT"}


def _blood(gap: int, marrow: str) -> tuple[Sample, ...]:
    return (
        at("1", 0, PB_LATER, NONE), at("2", 90, PB_LATER, rna("0.05")), at("3", 90 + gap, BM_LATER, rna(marrow)),
    )  # fmt: skip


def _then_blood(gap: int, blood: str = "0.05") -> tuple[Sample, ...]:
    return (GONE, at("2", 90, BM_LATER, rna("0.2")), at("3", 90 + gap, PB_LATER, rna(blood)))


BY_MARROW = "NEG@1 refuted, SEEN@2 open, RELAPSE@2 by 3 conversion"
NOT_BY_MARROW = "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion"

TISSUES: tuple[Course, ...] = (
    *both(
        "marrow-28", "blood 0.05 %, marrow 0.5 % after 28 days", _blood(28, "0.5"),
        ("NEG LOW! LOW!", BY_MARROW,
         "Positive blood is confirmed by marrow within 4 weeks; the marrow that confirms says relapse too, without a negative of its own before it."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", BY_MARROW, "Marrow at 0.1 % or above within 4 weeks."),
        "aml.md §2.1",
    ),
    *both(
        "marrow-29", "blood 0.05 %, marrow 0.5 % after 29 days", _blood(29, "0.5"),
        ("NEG LOW? LOW", NOT_BY_MARROW, "A day too late to confirm."),
        ("NEG/OPTIMAL POS? POS", NOT_BY_MARROW, "A day too late to confirm."),
        "aml.md §2.1",
    ),
    *both(
        "marrow-low", "blood 0.05 %, marrow 0.05 % after 14 days", _blood(14, "0.05"),
        ("NEG LOW! LOW!", BY_MARROW, "Any detection in marrow confirms."),
        ("NEG/OPTIMAL POS? LOW/WARNING", NOT_BY_MARROW, "Marrow below 0.1 % does not confirm."),
        "aml.md §2.1",
    ),
    *both(
        "marrow-none", "blood 0.05 %, marrow negative after 14 days", _blood(14, "0"),
        ("NEG LOW? NEG", NOT_BY_MARROW + ", NEG@3 open", "Another tissue confirms or does not; it refutes nothing."),
        ("NEG/OPTIMAL POS? NEG/OPTIMAL", NOT_BY_MARROW + ", NEG@3 open", "Another tissue refutes nothing."),
        COURSE,
    ),
    *both(
        "marrow-same-day", "blood 0.05 %, marrow 0.5 % on the same day", _blood(0, "0.5"),
        ("NEG LOW? LOW", NOT_BY_MARROW, "Marrow of the same day is no second sample."),
        ("NEG/OPTIMAL POS? POS", NOT_BY_MARROW, "Marrow of the same day is no second sample."),
        COURSE,
    ),
    *both(
        "marrow-second", "blood 0.05 % twice, 40 days apart, marrow 0.5 % 20 days later",
        (at("1", 0, PB_LATER, NONE), at("2", 90, PB_LATER, rna("0.05")), at("3", 130, PB_LATER, rna("0.05")),
         at("4", 150, BM_LATER, rna("0.5"))),
        ("NEG LOW! LOW! LOW!", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 by 4 conversion", "Within 4 weeks of the second blood sample."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE POS!/MRD_RELAPSE", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 by 4 conversion",
         "Within 4 weeks of the second blood sample."),
        COURSE,
    ),
    *both(
        "blood-after", "marrow negative, 0.2 %, then blood 0.05 % nine days later",
        _then_blood(9),
        ("NEG LOW? LOW?", NOT_BY_MARROW + ", RELAPSE@3 open conversion",
         "2021 wants the same tissue, or marrow after blood: nothing is confirmed. The blood, of a marrow that was negative, is suspected for itself."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", BY_MARROW + ", RELAPSE@3 open conversion",
         "A second sample, preferably blood and marrow: in 2025 blood within 4 weeks confirms marrow. The blood's own relapse still waits."),
        "aml.md §2.1; " + COURSE,
    ),
    *both(
        "blood-after-28", "marrow negative, 0.2 %, then blood 0.05 % after 28 days", _then_blood(28),
        ("NEG LOW? LOW?", NOT_BY_MARROW + ", RELAPSE@3 open conversion", "As after nine days."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", BY_MARROW + ", RELAPSE@3 open conversion",
         "The last day of 4 weeks is within them."),
        COURSE,
    ),
    *both(
        "blood-after-29", "marrow negative, 0.2 %, then blood 0.05 % after 29 days", _then_blood(29),
        ("NEG LOW? LOW?", NOT_BY_MARROW + ", RELAPSE@3 open conversion", "As after nine days."),
        ("NEG/OPTIMAL POS? POS?", NOT_BY_MARROW + ", RELAPSE@3 open conversion", "A day too late; both are suspected."),
        COURSE,
    ),
    *both(
        "blood-after-low", "marrow negative, 0.2 %, then blood 0.005 % nine days later", _then_blood(9, "0.005"),
        ("NEG LOW? LOW?", NOT_BY_MARROW + ", RELAPSE@3 open conversion", "Any detection after a negative."),
        ("NEG/OPTIMAL POS? LOW/WARNING", NOT_BY_MARROW, "Blood below 0.01 % does not confirm."),
        COURSE,
    ),
    *both(
        "marrow-then-blood", "marrow negative, then blood 0.05 % and 0.06 %",
        (GONE, at("2", 90, PB_LATER, rna("0.05")), at("3", 104, PB_LATER, rna("0.06"))),
        ("NEG LOW! LOW!", "NEG@1 open, RELAPSE@2 by 3 conversion",
         "Marrow sees more than blood: who was negative in marrow was negative, and blood converts."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", "NEG@1 open, RELAPSE@2 by 3 conversion",
         "Negative in marrow, then 0.01 % of blood or more, twice."),
        "aml.md §2.1; " + COURSE,
    ),
    *both(
        "blood-then-marrow", "blood negative, then marrow 0.2 % and 0.3 %",
        (at("1", 0, PB_LATER, NONE), at("2", 90, BM_LATER, rna("0.2")), at("3", 104, BM_LATER, rna("0.3"))),
        ("NEG LOW LOW", "NEG@1 open", "Blood sees less than marrow: a negative of blood is none of marrow, and marrow never was negative."),
        ("NEG/OPTIMAL POS POS", "NEG@1 open", "A negative of blood is none of marrow, and marrow never was negative: positive by the cut-off, no conversion."),
        COURSE,
    ),
)  # fmt: skip

LABORATORIES: tuple[Course, ...] = (
    *both(
        "other-laboratory", "negative in laboratory A, 0.2 % in laboratory B",
        (at("1", 0, BM_END, rna("0", LAB_A)), at("2", 60, BM_LATER, rna("0.2", LAB_B))),
        ("NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion",
         "Negative and detected need no comparison of numbers: any laboratory shows a conversion."),
        ("NEG/OPTIMAL POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion",
         "Negative and at the cut-off need no comparison of numbers: any laboratory shows a conversion."),
        "aml.md §2.1, trap 11; " + COURSE,
    ),
    *both(
        "other-laboratory-high", "negative in laboratory A, then 5 % and 10 % in laboratory B",
        (at("1", 0, BM_END, rna("0", LAB_A)), at("2", 60, BM_LATER, rna("5", LAB_B)), at("3", 74, BM_LATER, rna("10", LAB_B))),
        ("NEG POS! POS!", SURE, "A change of laboratory hides no relapse."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", SURE,
         "A change of laboratory hides no relapse; above 1 % the second sample was not even needed."),
        COURSE, beside={"2": {"log10_rise_from_nadir": None}},
    ),
    *both(
        "other-gene", "negative by ABL1, then 0.2 % by GUSB",
        (GONE, at("2", 60, BM_LATER, rna("0.2", NPM1 | {"control_gene": "GUSB"}))),
        ("NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "Another control gene hides no conversion either."),
        ("NEG/OPTIMAL POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "Another control gene hides no conversion either."),
        COURSE, beside={"2": {"log10_rise_from_nadir": None}},
    ),
    *both(
        "other-laboratory-rise", "0.05 % in laboratory A, 0.6 % in laboratory B",
        (at("1", 0, BM_END, rna("0.05", LAB_A)), at("2", 60, BM_LATER, rna("0.6", LAB_B))),
        ("LOW LOW", "", "Numbers of two laboratories are not compared: no rise is computed."),
        ("LOW/WARNING POS", "", "No rise is computed between laboratories; the cut-off alone makes it positive."),
        "aml.md trap 11; " + COURSE,
    ),
)  # fmt: skip

BM_FLOW = at("1", 0, BM_END, cells(0, 800_000, CD45))

TIMES: tuple[Course, ...] = (
    *both(
        "pre-HCT", "flow negative, 0.2 % in follow-up, 0.4 % two weeks later before transplantation",
        (BM_FLOW, at("2", 90, BM_LATER, cells(1_600, 800_000, CD45)), at("3", 104, BM | PRE_HCT, cells(3_200, 800_000, CD45))),
        ("NEG POS! POS!", SURE, "Two consecutive positives, whatever the time point of the second is called."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", SURE,
         "A relapse begins in follow-up; that the next sample is called one before transplantation does not end it. Relapse comes before high risk."),
        "aml.md §2.1; " + COURSE,
    ),
    *both(
        "pre-HCT-blood", "NPM1 of blood negative, 0.02 %, and 0.05 % two weeks later before transplantation",
        (at("1", 0, PB_LATER, NONE), at("2", 90, PB_LATER, rna("0.02")), at("3", 104, PB | PRE_HCT, rna("0.05"))),
        ("NEG LOW? NONE", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion",
         "2021 has no rule for NPM1 in blood before transplantation: the higher sample has no category and cannot confirm, so the relapse stays suspected."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", SURE, "0.01 % or more twice; a time point never ends a relapse."),
        COURSE,
    ),
    *both(
        "pre-HCT-marrow", "NPM1 of marrow negative, 0.2 %, and 50 % two weeks later before transplantation",
        (GONE, at("2", 90, BM_LATER, rna("0.2")), at("3", 104, BM | PRE_HCT, rna("50"))),
        ("NEG LOW? NONE", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion, RISE@3 open",
         "2021 has no rule for NPM1 in marrow before transplantation, so 50 % has no category and confirms nothing; that it has risen is said all the same, and a person must read it."),
        ("NEG/OPTIMAL POS? NONE", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion, RISE@3 open",
         "2025 judges NPM1 before transplantation in blood, so 50 % of marrow has no category and confirms nothing; that it has risen is said all the same, and a person must read it."),
        "aml.md §2, trap 23; " + COURSE, beside={"3": {"reason": "TIMEPOINT_NOT_IN_RULESET", "level_fraction": 0.5}},
    ),
    *both(
        "pre-HCT-first", "flow negative, then 0.2 % before transplantation, alone",
        (BM_FLOW, at("2", 90, BM | PRE_HCT, cells(1_600, 800_000, CD45))),
        ("NEG POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "2021 names no time points of a conversion."),
        ("NEG/OPTIMAL POS/HIGH_RISK", "NEG@1 refuted, SEEN@2 open", "In 2025 a relapse begins in follow-up; before transplantation the word is high risk."),
        COURSE,
    ),
    *both(
        "CBF-no-diagnosis", "inv(16) without a sample of diagnosis: negative, then 0.2 % and 0.3 % of marrow",
        (at("1", 0, BM_END, rna("0", CBF)), at("2", 90, BM_LATER, rna("0.2", CBF)), at("3", 104, BM_LATER, rna("0.3", CBF))),
        ("NEG LOW! LOW!", SURE, "Conversion, confirmed; below 2 % the status of both stays low."),
        ("NEG/OPTIMAL IND!/MRD_RELAPSE IND!/MRD_RELAPSE", "NEG@1 open, RELAPSE@2 by 3 conversion",
         "Whether it is low or positive depends on the reduction since diagnosis, which nobody knows; but 0.1 % is reached after a negative, twice: a relapse all the same."),
        "aml.md §2; " + COURSE, beside={"2": {"log10_reduction": None}},
    ),
    *both(
        "CBF-no-diagnosis-once", "the same, once", (at("1", 0, BM_END, rna("0", CBF)), at("2", 90, BM_LATER, rna("0.2", CBF))),
        ("NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "One sample only suspects."),
        ("NEG/OPTIMAL IND?", "NEG@1 open, RELAPSE@2 open conversion", "One sample only suspects."),
        "aml.md §2; " + COURSE,
    ),
    *both(
        "nadir-no-class", "marrow after cycle 2 0.004 %, in follow-up 0.2 %",
        (at("1", 0, BM | {"timepoint": "AFTER_CYCLE_2"}, rna("0.004")), at("2", 60, BM_LATER, rna("0.2"))),
        ("NONE LOW", "RISE@2 open",
         "1.7 log10 above what was measured after cycle 2, which has no category in marrow; 2021 counts a relapse from a low level only."),
        ("NONE POS?", "RISE@2 open, RELAPSE@2 open rise", "The lowest measured level counts, also of a sample without a category: 1.7 log10."),
        "aml.md §2.1, trap 12; " + COURSE,
    ),
    *both(
        "persists-unseen", "marrow after cycle 2 not detected, 2.5 % at the end of treatment",
        (at("1", 0, BM | {"timepoint": "AFTER_CYCLE_2"}, NONE), at("2", 60, BM_END, rna("2.5"))),
        ("NONE POS", "", "It was not detected before, so it does not persist; but marrow after cycle 2 has no category, was never called negative, and so it is no conversion either."),
        ("NONE POS/HIGH_RISK", "", "It was not detected before, so it does not persist; but marrow after cycle 2 has no category, was never called negative, and so it is no conversion either."),
        "aml.md §2.1; " + COURSE,
    ),
)  # fmt: skip

SECTIONS: tuple[tuple[str, tuple[Course, ...]], ...] = (
    ("AML: blood and marrow", TISSUES),
    ("AML: two laboratories", LABORATORIES),
    ("AML: time points, and what has no category", TIMES),
)
