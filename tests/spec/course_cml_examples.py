"""Courses of CML on treatment: milestones, loss of response, what confirms it, kinetics.

Plain numbers are those of `cml.md` section 9; the others draw its sections 3.1, 4 and 10, and
`docs/course.md`. In days of treatment where a TKI is given, day 0 being its first.
"""

import math
from typing import Any

from tests.spec.cml_examples import CML, LAB, P190, XPERT, reported, wells
from tests.spec.course_drawn import Course, Measured, Sample
from tests.spec.course_rows import at, course, scale
from tests.spec.drawn import Row
from tests.spec.sensitivity_rows import BM, PB

ELN, ELN_2025, ESMO = "eln-cml-2020", "eln-cml-2025", "esmo-cml-2017"
TEXT, COURSE = "cml.md §9", "docs/course.md"
TKI = ({"therapy": "TKI", "started_on": "2024-01-01", "agent": "imatinib", "line": "1"},)
LAB_A, LAB_B = LAB | {"lab_id": "A"}, LAB | {"lab_id": "B"}
POOR = Measured("not detected, ABL1 9,000", LAB, wells("0/9000"))


def cml(
    number: str, shown: str, samples: tuple[Sample, ...], told: str, what: str | None, why: str,
    source: str = "cml.md §4; " + COURSE, ruleset: str = ELN, patient: Row = CML, **rest: Any,
) -> Course:  # fmt: skip
    """Draw one course of CML."""
    return course(number, shown, ruleset, patient, samples, told, what, why, source, **rest)


def _visits(*visits: tuple[int, str]) -> tuple[Sample, ...]:
    """Write samples of blood: day and %IS."""
    return tuple(at(str(i), day, PB, scale(pct)) for i, (day, pct) in enumerate(visits, 1))


ESMO_SOURCE = "cml.md §3.4; " + COURSE


def _two(second: str, stop: str = "2024-06-30") -> tuple[Row, ...]:
    """Write a first TKI and the day on which another begins."""
    return (TKI[0] | {"stopped_on": stop}, TKI[0] | {"started_on": second})


AGAIN = _two("2027-01-05", "2026-01-05")
"""Two years of treatment, a year without, then treatment again from day 1100 on."""

MILESTONES: tuple[Course, ...] = (
    cml("29", "3 months, 10.0 %", _visits((91, "10")), "RESP/OPTIMAL", "", "10 % is not above 10 %.", TEXT, treatments=TKI),
    cml("30", "12 months, 1.0 %", _visits((365, "1")), "RESP/WARNING", "", "1 % is not above 1 %.", TEXT, treatments=TKI),
    cml("30-above", "12 months, 1.001 %", _visits((365, "1.001")), "RESP/FAILURE", "", "Above 1 %.", TEXT, treatments=TKI),
    cml("31", "12 months, 0.1 %", _visits((365, "0.1")), "RESP/OPTIMAL", "MMR@1 open", "0.1 % holds MMR.", TEXT, treatments=TKI),
    cml("31", "12 months, 0.1 %", _visits((365, "0.1")), "RESP/WARNING", "MMR@1 open",
        "ESMO asks for less than 0.1 %; MMR itself is 0.1 % or less.", TEXT, ESMO, treatments=TKI),
    cml("32", "month 2, 4 %", _visits((60, "4")), "RESP", "", "No milestone: any time begins after month 12.", TEXT,
        treatments=TKI, beside={"1": {"milestone": None}}),
    cml("30-above", "12 months, 1.001 %", _visits((365, "1.001")), "RESP/UNFAVORABLE", "", "The word of 2025; the number is "
        "believed unchanged.", TEXT + ", §3.2", ELN_2025, treatments=TKI),
    cml("3-mo-first", "3 months, 12 %", _visits((91, "12")), "POS/WARNING", "", "A first one above 10 % is a warning.",
        "cml.md §3.1", treatments=TKI),
    cml("3-mo-28", "12 % at 3 months, 11 % after 28 days", _visits((91, "12"), (119, "11")), "POS/WARNING POS/FAILURE", "",
        "Confirmed from 28 days on; the first stays a warning.", "cml.md §3.1, §3.5", treatments=TKI),
    cml("3-mo-27", "12 % at 3 months, 11 % after 27 days", _visits((91, "12"), (118, "11")), "POS/WARNING POS", "",
        "A day too early to confirm, and no milestone of its own.", "cml.md §3.1, §3.5", treatments=TKI),
    cml("3-mo-below", "12 % at 3 months, 9 % after 28 days", _visits((91, "12"), (119, "9")), "POS/WARNING RESP", "",
        "9 % is not above 10 %: the warning is not confirmed.", "cml.md §3.1", treatments=TKI),
    cml("3-mo-poor", "12 % at 3 months, then not evaluable, then 11 %",
        (*_visits((91, "12")), at("2", 119, PB, POOR), at("3", 126, PB, scale("11"))),
        "POS/WARNING NE POS/FAILURE", "", "What is not evaluable confirms nothing.", "cml.md §3.1", treatments=TKI),
    cml("18-mo-before", "day 547, 0.05 %", _visits((547, "0.05")), "RESP/OPTIMAL", "MMR@1 open", "0.1 % or less at any time after 12 months.",
        "cml.md §3.1", treatments=TKI),
    cml("18-mo-before", "day 547, 0.05 %", _visits((547, "0.05")), "RESP", "MMR@1 open", "ESMO names no number between 12 and 18 months.",
        ESMO_SOURCE, ESMO, treatments=TKI, beside={"1": {"milestone": None}}),
    cml("18-mo", "day 548, 0.05 %", _visits((548, "0.05")), "RESP/WARNING", "MMR@1 open", "After 18 months ESMO asks for less than 0.01 %.",
        ESMO_SOURCE, ESMO, treatments=TKI),
    cml("18-mo-exactly", "day 548, 0.01 %", _visits((548, "0.01")), "LOW/WARNING", "MMR@1 open, MR4@1 open", "Less than 0.01 % is asked for.",
        ESMO_SOURCE, ESMO, treatments=TKI),
    cml("18-mo-below", "day 548, 0.009 %", _visits((548, "0.009")), "LOW/OPTIMAL", "MMR@1 open, MR4@1 open", "Below 0.01 %.",
        ESMO_SOURCE, ESMO, treatments=TKI),
    cml("18-mo-one", "day 548, 1 %", _visits((548, "1")), "RESP/WARNING", "", "1 % is not above 1 %.", ESMO_SOURCE, ESMO, treatments=TKI),
    cml("18-mo-above", "day 548, 1.001 %", _visits((548, "1.001")), "RESP/FAILURE", "",
        "Above 1 %; the table prints no failure after 18 months, so that of 12 months is taken.", ESMO_SOURCE, ESMO, treatments=TKI),
    cml("restart-6-weeks", "5 % six weeks after a restart", _visits((1142, "5")), "RESP", "",
        "3, 6 and 12 months are those of the first treatment, and any time begins after month 12 of the restart: no word, above all no failure.",
        COURSE, treatments=AGAIN, beside={"1": {"milestone": None}}),
    cml("restart-456", "2 % on day 456 of the restart", _visits((1556, "2")), "RESP", "", "A day before any time begins.", COURSE,
        treatments=AGAIN, beside={"1": {"milestone": None}}),
    cml("restart-457", "2 % on day 457 of the restart", _visits((1557, "2")), "RESP/FAILURE", "", "Any time, counted from the restart.", COURSE,
        treatments=AGAIN, beside={"1": {"milestone": "any time"}}),
    cml("change-31", "31 days between two TKIs in the first year, 2 % at 12 months", _visits((365, "2")), "RESP/FAILURE", "",
        "A change of treatment: month 12 counts from the first day of the first.", COURSE, treatments=_two("2024-07-31")),
    cml("change-32", "32 days between two TKIs in the first year, 2 % at 12 months", _visits((365, "2")), "RESP", "",
        "A stop and a restart: no milestone yet.", COURSE, treatments=_two("2024-08-01")),
)  # fmt: skip

_HELD = ((730, "0.005"), (821, "0.2"))
LOST = "MMR@1 refuted, MR4@1 refuted, "

LOSSES: tuple[Course, ...] = (
    cml("loss-open", "MR4, then 0.2 % once", _visits(*_HELD), "LOW/OPTIMAL RESP/WARNING",
        LOST + "NO_MMR@2 open, NO_MR4@2 open, RISE@2 open", "Loss of MMR on treatment is a warning.", "cml.md §3.1, §4.1",
        treatments=TKI),
    cml("loss-confirmed", "MR4, 0.2 %, 0.3 %", _visits(*_HELD, (850, "0.3")), "LOW/OPTIMAL RESP/WARNING RESP/WARNING",
        LOST + "NO_MMR@2 by 3, NO_MR4@2 by 3, RISE@2 by 3", "Two consecutive samples of different days above 0.1 %.", "cml.md §4.1",
        treatments=TKI),
    cml("loss-refuted", "MR4, 0.2 %, 0.05 %", _visits(*_HELD, (850, "0.05")), "LOW/OPTIMAL RESP/WARNING RESP/OPTIMAL",
        LOST + "NO_MMR@2 refuted, NO_MR4@2 by 3, RISE@2 by 3, MMR@3 open",
        "MMR is held again, MR4 is not; 0.05 % still is 1 log10 above 0.005 %.", "cml.md §4.1", treatments=TKI),
    cml("loss-failure", "MR4, then 1.5 %", _visits((730, "0.005"), (821, "1.5")), "LOW/OPTIMAL RESP/FAILURE",
        LOST + "NO_MMR@2 open, NO_MR4@2 open, RISE@2 open", "Above 1 % after month 12.", "cml.md §3.1", treatments=TKI),
    cml("loss-exactly", "MR4, then 0.1 %", _visits((730, "0.01"), (821, "0.1")), "LOW/OPTIMAL RESP/OPTIMAL",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 open, RISE@2 open", "0.1 % still is MMR; above 0.01 % is no MR4; and it has risen by 1 log10.",
        "cml.md §4.1", treatments=TKI),
    cml("loss-just", "0.05 %, then 0.101 %", _visits((730, "0.05"), (821, "0.101")), "RESP/OPTIMAL RESP/WARNING",
        "MMR@1 refuted, NO_MMR@2 open", "Above 0.1 %; nothing is rounded first.", "cml.md §4.1, trap 11", treatments=TKI),
    cml("loss-replicates", "MR4, then 0.2 % in two replicates",
        (*_visits((730, "0.005")), at("2", 821, PB, Measured("0.2 % IS twice", LAB, wells("200/100000", "200/100000")))),
        "LOW/OPTIMAL RESP/WARNING", LOST + "NO_MMR@2 open, NO_MR4@2 open, RISE@2 open",
        "Two replicates are one sample, and confirm nothing.", "cml.md trap 30", treatments=TKI),
    cml("loss-assays", "MR4, then 0.2 % and 0.3 % in two assays of one sample",
        (at("1", 730, PB, scale("0.005", assay=LAB_A)), at("2", 821, PB, scale("0.2", assay=LAB_A), scale("0.3", assay=LAB_B))),
        "LOW/OPTIMAL RESP/WARNING", LOST + "NO_MMR@2 open, NO_MR4@2 open, RISE@2 open",
        "Two assays of one day are one sample, and confirm nothing.", "cml.md trap 30; " + COURSE, treatments=TKI),
    cml("loss-one-day", "MR4, then 0.2 % and 0.3 % in two samples of one day",
        _visits((730, "0.005"), (821, "0.2"), (821, "0.3")), "LOW/OPTIMAL RESP/WARNING RESP/WARNING",
        LOST + "NO_MMR@3 open, NO_MR4@3 open, RISE@3 open", "What is taken on one day counts once; the worse result stands for it.",
        "cml.md trap 30; " + COURSE, treatments=TKI),
    cml("loss-amended", "MR4, then 0.2 %, amended to 0.3 %",
        (*_visits((730, "0.005")), at("2", 821, PB, Measured("0.2 % IS, amended to 0.3 % IS", LAB, (
            {"replicate": "1", "target_copies": "200", "control_copies": "100000", "result_version": "1"},
            {"replicate": "1", "target_copies": "300", "control_copies": "100000", "result_version": "2"})))),
        "LOW/OPTIMAL RESP/WARNING", LOST + "NO_MMR@2 open, NO_MR4@2 open, RISE@2 open",
        "A corrected report is no second test.", "cml.md trap 28", treatments=TKI,
        beside={"2": {"level_fraction": 0.003}}),
    cml("loss-poor", "MR4, then not evaluable", (*_visits((730, "0.005")), at("2", 821, PB, POOR)), "LOW/OPTIMAL NE",
        "MMR@1 open, MR4@1 open", "No loss by what could not be evaluated.", "cml.md trap 19", treatments=TKI),
    cml("loss-poor-between", "MR4, 0.2 %, not evaluable, 0.3 %",
        (*_visits(*_HELD), at("3", 835, PB, POOR), at("4", 850, PB, scale("0.3"))),
        "LOW/OPTIMAL RESP/WARNING NE RESP/WARNING", LOST + "NO_MMR@2 by 4, NO_MR4@2 by 4, RISE@2 by 4",
        "What cannot be judged is passed over, as if it had not been taken.", "cml.md trap 19", treatments=TKI),
    cml("loss-other-lab", "MR4 in laboratory A, 0.2 % in laboratory B",
        (at("1", 730, PB, scale("0.005", assay=LAB_A)), at("2", 821, PB, scale("0.2", assay=LAB_B))),
        "LOW/OPTIMAL RESP/WARNING", LOST + "NO_MMR@2 open, NO_MR4@2 open, RISE@2 open",
        "The International Scale is one for all laboratories. The text would not call a loss on a sample of another laboratory; "
        "here it is said, for a loss that is not seen harms more.", "cml.md trap 19; " + COURSE, treatments=TKI),
    cml("loss-marrow", "blood at MR4, then marrow 0.2 %", (*_visits((730, "0.005")), at("2", 821, BM, scale("0.2"))),
        "LOW/OPTIMAL RESP/WARNING", "MMR@1 open, MR4@1 open", "Blood and marrow are followed apart: no loss is read from one to the other.", "cml.md trap 22",
        treatments=TKI),
    cml("loss-above", "MR4, then above the range of the cartridge",
        (at("1", 730, PB, Measured("0.005 % IS by cartridge", XPERT, reported("0.005", call="DETECTED"))),
         at("2", 821, PB, Measured("above the range", XPERT, reported("", call="ABOVE_LOQ")))),
        "LOW/OPTIMAL POS/FAILURE", LOST + "NO_MMR@2 open, NO_MR4@2 open, RISE@2 open",
        "Above everything that was ever measured: a loss and a rise, though no number is given.",
        "cml.md §9(24); " + COURSE, treatments=TKI),
    cml("loss-above-10", "0.05 %, then more than 10 %",
        (*_visits((730, "0.05")), at("2", 821, PB, Measured("more than 10 % IS", LAB, reported(">10", call="DETECTED")))),
        "RESP/OPTIMAL POS/FAILURE", "MMR@1 refuted, NO_MMR@2 open, RISE@2 open",
        "At least 2.3 log10: more than 10 % counts as the 10 % that it exceeds.", COURSE, treatments=TKI,
        beside={"2": {"doubling_time_days": None}}),
    cml("loss-above-near", "2 %, then more than 10 %",
        (*_visits((730, "2")), at("2", 821, PB, Measured("more than 10 % IS", LAB, reported(">10", call="DETECTED")))),
        "RESP/FAILURE POS/FAILURE", "", "5-fold for certain, 10-fold perhaps: no rise is claimed.", COURSE + "; cml.md trap 21", treatments=TKI),
    cml("loss-unknown", "MR4, then positive below 0.5 %, then 0.2 %",
        (*_visits((730, "0.005")), at("2", 821, PB, Measured("positive, below 0.5 % IS", XPERT, reported("<0.5", call="DETECTED"))),
         at("3", 850, PB, scale("0.2"))),
        "LOW/OPTIMAL IND RESP/WARNING", LOST + "NO_MMR@3 open, NO_MR4@3 open, RISE@3 open",
        "Above 0.1 % or not: nobody knows, so the sample is passed over.", COURSE, treatments=TKI),
    cml("gained", "12 %, 0.5 %, 0.08 %, then not detected twice, without treatment dates",
        _visits((0, "12"), (120, "0.5"), (240, "0.08"), (360, "0"), (450, "0")), "POS RESP RESP NEG NEG", "MMR@3 by 4, MR4@4 by 5",
        "Each level begins with the first sample that shows it.", beside={"5": {"days_at_depth": 90}}),
    cml("depth", "MR4, then MR5, then MR4, then MR3", _visits((0, "0.01"), (90, "0"), (180, "0.005"), (270, "0.05")),
        "LOW NEG LOW RESP", "MMR@1 by 2, MR4@1 by 2, NO_MR4@4 open, RISE@4 open",
        "A depth lasts as long as the results stay this deep or deeper.", COURSE,
        beside={"1": {"days_at_depth": 0}, "2": {"days_at_depth": 0}, "3": {"days_at_depth": 180}, "4": {"days_at_depth": 270}}),
)  # fmt: skip

DEPTHS: tuple[Course, ...] = (
    cml("depth-day", "MR4, then MR4 and MR3 in two samples of one day, then MR4", _visits((0, "0.01"), (90, "0.01"), (90, "0.05"), (180, "0.01")),
        "LOW LOW RESP LOW", None, "The shallower sample of a day ends the time at MR4, which begins again.", COURSE,
        beside={"1": {"days_at_depth": 0}, "2": {"days_at_depth": None}, "3": {"days_at_depth": 90}, "4": {"days_at_depth": 0}}),
)  # fmt: skip

_E1A2: Row = {"disease": "CML", "transcript": "e1a2"}

KINETICS: tuple[Course, ...] = (
    cml("28", "e1a2: 80 % at diagnosis, then not detected in 40,000 ABL1",
        (at("1", 0, PB | {"timepoint": "DIAGNOSIS"}, Measured("p190 80 %", P190, wells("80000/100000"))),
         at("2", 365, PB, Measured("p190 not detected, ABL1 40,000", P190, wells("0/40000")))),
        "NONE NONE", "",
        "The text takes one copy in 40,000 as the bound: more than 4.50 log10. Here it is the LOD of 3 copies, so at "
        "least 4.03: the less a negative proves, the more cautious.",
        TEXT + ", §6", patient=_E1A2,
        beside={"2": {"log10_reduction": math.log10(0.8 / (3 / 40_000)), "is_log10_reduction_bound": True}}),
    cml("34", "0.01 %, then 0.08 % after 28 days", _visits((0, "0.01"), (28, "0.08")), "LOW RESP",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 open", "8-fold are three doublings: 9.33 days each; 0.9 log10 is no rise of 1.",
        TEXT, beside={"2": {"doubling_time_days": 28 / 3}}),
    cml("rise-from-none", "not detected, then 0.05 %", _visits((0, "0"), (90, "0.05")), "NEG RESP",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 open", "No rise is computed from what was not seen.", "cml.md §4.2, trap 20",
        beside={"2": {"doubling_time_days": None, "log10_rise_from_nadir": None}}),
    cml("rise-099", "0.005 %, then 0.049 %", _visits((0, "0.005"), (90, "0.049")), "LOW RESP",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 open", "0.99 log10 is less than 1.", "cml.md §4.2"),
    cml("rise-100", "0.005 %, then 0.05 %", _visits((0, "0.005"), (90, "0.05")), "LOW RESP",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 open, RISE@2 open", "Exactly 1 log10: rising, also within MMR.",
        "cml.md §4.2, §5"),
    cml("rise-100", "0.005 %, then 0.05 %", _visits((0, "0.005"), (90, "0.05")), "LOW RESP",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 open, RISE@2 open", "The same by ESMO.", "cml.md §4.2, §5", ESMO),
    cml("rise-refuted", "0.005 %, 0.05 %, 0.02 %", _visits((0, "0.005"), (90, "0.05"), (120, "0.02")), "LOW RESP RESP",
        "MMR@1 by 2, MR4@1 refuted, NO_MR4@2 by 3, RISE@2 refuted", "0.6 log10 above the lowest: the rise is not confirmed.", "cml.md §4.2"),
)  # fmt: skip

SECTIONS: tuple[tuple[str, tuple[Course, ...]], ...] = (
    ("CML: milestones", MILESTONES),
    ("CML: loss of response on treatment", LOSSES),
    ("CML: time at a depth", DEPTHS),
    ("CML: reduction, doubling and rise", KINETICS),
)
