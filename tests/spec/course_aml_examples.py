"""Courses of AML under both rule sets: relapse by conversion or rise, confirmed, refuted or open.

Plain numbers are those of `aml.md` section 7; the others draw its section 2.1, traps 11 to 14, and
`docs/course.md`.
"""

import math
from typing import Any

from tests.spec.course_drawn import Course, Measured, Sample, on
from tests.spec.course_rows import (
    BM_END,
    BM_LATER,
    PB_LATER,
    at,
    course,
    duplication,
    poor,
    rna,
)
from tests.spec.drawn import Row
from tests.spec.guideline_examples import CBF, UHS
from tests.spec.sensitivity_pcr_examples import NPM1, said
from tests.spec.sensitivity_rows import AML, BM, site
from tests.spec.sensitivity_vaf_examples import DNMT3A, SHARP

OLD, NEW = "eln-aml-2021", "eln-aml-2025"
TEXT, COURSE = "aml.md §7", "docs/course.md"
NONE = rna("0")
GUSB = NPM1 | {"control_gene": "GUSB"}


def both(
    number: str, shown: str, samples: tuple[Sample, ...], old: tuple[str, str, str],
    new: tuple[str, str, str], source: str, **rest: Any,
) -> tuple[Course, ...]:  # fmt: skip
    """Draw one patient under both rule sets: what the samples are called, what happened, why."""
    return tuple(
        course(number, shown, ruleset, AML, samples, told, what, why, source, **rest)
        for ruleset, (told, what, why) in ((OLD, old), (NEW, new))
    )


def _dna(count: int, marker: str = DNMT3A, total: int = 100_000) -> Measured:
    return Measured(f"{marker} {count:,}/{total:,}", SHARP, (site(count, total, marker),))


GONE = at("1", 0, BM_END, NONE)
CBF_DX = at("dx", -150, BM | {"timepoint": "DIAGNOSIS"}, rna("40", CBF))
HCT = ({"therapy": "HCT", "started_on": "2024-01-01"},)

WORKED: tuple[Course, ...] = (
    *both(
        "16", "negative, then 0.03 % once", (GONE, at("2", 90, BM_LATER, rna("0.03"))),
        ("NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion",
         "Any detection after a negative is a conversion; repeat within 4 weeks."),
        ("NEG/OPTIMAL LOW/WARNING", "NEG@1 refuted, SEEN@2 open",
         "Below the cut-off of marrow, 0.1 %: a warning and no relapse."),
        TEXT,
    ),
    *both(
        "17", "negative, then 0.03 %, and 0.2 % three weeks later",
        (GONE, at("2", 90, BM_LATER, rna("0.03")), at("3", 111, BM_LATER, rna("0.2"))),
        ("NEG LOW! LOW!", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 by 3 conversion",
         "Two consecutive detections; below 2 % the status of both stays low."),
        ("NEG/OPTIMAL LOW/WARNING POS?", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@3 open conversion",
         "The first sample at 0.1 % or above is sample 3, and it waits for its own confirmation."),
        TEXT,
    ),
    *both(
        "18", "negative, then 1.3 %", (GONE, at("2", 90, BM_LATER, rna("1.3"))),
        ("NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "One sample only suspects."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 sure conversion",
         "From 1 % in marrow nothing more is needed to act."),
        TEXT,
    ),
    *both(
        "19", "never negative, 0.05 %, then 0.40 %",
        (at("1", 0, BM_END, rna("0.05")), at("2", 90, BM_LATER, rna("0.40"))),
        ("LOW LOW", "", "0.903 log10: the low level persists."),
        ("LOW/WARNING POS", "",
         "0.1 % or above, but the rise is 0.903 log10: the text proposes the word "
         "POSITIVE_STABLE_NO_RELAPSE; here it is positive, without a relapse and without a word of response."),
        TEXT,
    ),
    *both(
        "20", "never negative, 0.07 %, then 0.70 %",
        (at("1", 0, BM_END, rna("0.07")), at("2", 90, BM_LATER, rna("0.70"))),
        ("LOW LOW?", "RISE@2 open, RELAPSE@2 open rise", "Exactly 1 log10: a 10-fold rise counts, without rounding errors."),
        ("LOW/WARNING POS?", "RISE@2 open, RELAPSE@2 open rise", "Exactly 1 log10 from the nadir."),
        TEXT,
    ),
    *both(
        "21", "blood 0.004 %, then marrow 0.05 %",
        (at("1", 0, PB_LATER, rna("0.004")), at("2", 30, BM_LATER, rna("0.05"))),
        ("LOW LOW", "", "Another tissue: no rise is computed."),
        ("LOW/WARNING LOW/WARNING", "", "Another tissue: no rise is computed."),
        TEXT, beside={"2": {"log10_rise_from_nadir": None}},
    ),
    *both(
        "22", "0.02 % of ABL1, then 0.3 % of GUSB",
        (at("1", 0, BM_LATER, rna("0.02")), at("2", 30, BM_LATER, rna("0.3", GUSB))),
        ("LOW LOW", "", "Another control gene: no rise is computed."),
        ("LOW/WARNING POS", "", "Another control gene: no rise is computed; the cut-off alone makes it positive."),
        TEXT, beside={"2": {"log10_rise_from_nadir": None}},
    ),
    *both(
        "23", "inv(16): 40 % at diagnosis, 0.06 % at the end of treatment",
        (CBF_DX, at("2", 0, BM_END, rna("0.06", CBF))),
        ("NONE LOW", "", "Below 2 %."),
        ("NONE POS/HIGH_RISK", "PERSISTS@2 sure", "2.82 log10 is less than 3; positive at the landmark and never negative."),
        TEXT, beside={"2": {"log10_reduction": math.log10(40 / 0.06)}},
    ),
    *both(
        "24", "inv(16): 40 % at diagnosis, 0.04 % at the end of treatment",
        (CBF_DX, at("2", 0, BM_END, rna("0.04", CBF))),
        ("NONE LOW", "", "Below 2 %."),
        ("NONE LOW/WARNING", "", "Exactly 3 log10: a warning by the source that follows the final paper (nel); optimal by the draft (app)."),
        TEXT, beside={"2": {"log10_reduction": 3.0}},
    ),
    *both(
        "25", "inv(16) negative, then 0.05 % of blood twice in three weeks",
        (at("1", 0, PB_LATER, rna("0", CBF)), at("2", 90, PB_LATER, rna("0.05", CBF)),
         at("3", 111, PB_LATER, rna("0.05", CBF))),
        ("NEG LOW! LOW!", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 by 3 conversion", "Conversion from negative to detected, confirmed."),
        ("NEG/OPTIMAL LOW/WARNING LOW/WARNING", "NEG@1 refuted, SEEN@2 by 3",
         "Below 0.1 %, which may come from mast cells: a warning."),
        TEXT,
    ),
    *both(
        "32", "FLT3-ITD negative, then 0.004 % at a LOD of 0.001 %",
        (at("1", 0, BM_END, duplication(0, UHS)), at("2", 90, BM_LATER, duplication(40, UHS))),
        ("NEG NEG", "NEG@1 by 2", "Below 0.1 % the status stays negative, and the reason says that it was seen."),
        ("NEG/OPTIMAL POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion",
         "Any detection; below 0.01 % repeat promptly."),
        TEXT,
    ),
    *both(
        "32-act", "FLT3-ITD negative, then 0.01 %",
        (at("1", 0, BM_END, duplication(0, UHS)), at("2", 90, BM_LATER, duplication(100, UHS))),
        ("NEG NEG", "NEG@1 by 2", "Below 0.1 %."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 sure conversion",
         "From 0.01 % it may not be possible to wait."),
        "aml.md §2.1",
    ),
    *both(
        "32-wait", "FLT3-ITD negative, then 0.0099 %",
        (at("1", 0, BM_END, duplication(0, UHS)), at("2", 90, BM_LATER, duplication(99, UHS))),
        ("NEG NEG", "NEG@1 by 2", "Below 0.1 %."),
        ("NEG/OPTIMAL POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "Just below 0.01 %: repeat."),
        "aml.md §2.1",
    ),
    course(
        "35", "DNMT3A of diagnosis after transplantation, 0.2 %, then 1.5 %", OLD, AML,
        (at("1", 60, BM_LATER, _dna(200)), at("2", 90, BM_LATER, _dna(1_500))), "NONE NONE", "",
        "In 2021 excluded at all times.", TEXT + ", B10", treatments=HCT,
        beside={"1": {"reason": "MARKER_EXCLUDED"}, "2": {"reason": "MARKER_EXCLUDED"}},
    ),
    course(
        "35", "DNMT3A of diagnosis after transplantation, 0.2 %, then 1.5 %", NEW, AML,
        (at("1", 60, BM_LATER, _dna(200)), at("2", 90, BM_LATER, _dna(1_500))), "NONE NONE", "",
        "Neither counted nor excluded: the text says rising, investigational; here it is investigational, "
        "with the rise beside it.", TEXT + ", C14", treatments=HCT,
        beside={"1": {"reason": "INVESTIGATIONAL"},
                "2": {"reason": "INVESTIGATIONAL", "log10_rise_from_nadir": math.log10(7.5)}},
    ),
    course(
        "35-day", "DNMT3A on the day before transplantation, on the day and on the day after", NEW, AML,
        (at("1", -1, BM_END, _dna(200)), at("2", 0, BM_LATER, _dna(200)), at("3", 1, BM_LATER, _dna(200))),
        "NONE NONE NONE", "", "Excluded up to the transplantation, whose day is after it.", COURSE, treatments=HCT,
        beside={"1": {"reason": "MARKER_EXCLUDED"}, "2": {"reason": "INVESTIGATIONAL"},
                "3": {"reason": "INVESTIGATIONAL"}},
    ),
)  # fmt: skip


def _pair(gap: int, first: str = "0.03", second: str = "0.05") -> tuple[Sample, ...]:
    return (GONE, at("2", 90, BM_LATER, rna(first)), at("3", 90 + gap, BM_LATER, rna(second)))


SURE = "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 by 3 conversion"
UNSURE = "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 open conversion"

MORE = Measured("NPM1 more than 10 %", NPM1, said(">10", "PCT", call="ABOVE_LOQ"))
IN_CR: tuple[Row, ...] = tuple({"assessed_on": on(day), "response": "CR"} for day in (0, 90, 104))

CONFIRMATION: tuple[Course, ...] = (
    *both(
        "day-28", "a second sample after 28 days", _pair(28, "0.2", "0.3"),
        ("NEG LOW! LOW!", SURE, "The last day of 4 weeks is within them."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", SURE, "The last day of 4 weeks is within them."),
        "aml.md §2.1, trap 13",
    ),
    *both(
        "day-29", "a second sample after 29 days", _pair(29, "0.2", "0.3"),
        ("NEG LOW? LOW?", UNSURE, "Too late to confirm, and no reason to refute: still suspected."),
        ("NEG/OPTIMAL POS? POS?", UNSURE, "Too late to confirm, and no reason to refute: still suspected."),
        "aml.md §2.1, trap 13",
    ),
    *both(
        "day-29-20", "a second sample after 29 days, a third 20 days later",
        (*_pair(29, "0.2", "0.3"), at("4", 139, BM_LATER, rna("0.3"))),
        ("NEG LOW! LOW! LOW!", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 by 4 conversion", "The third sample lies within 4 weeks of the second and confirms."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE POS!/MRD_RELAPSE",
         "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 by 4 conversion", "The third sample lies within 4 weeks of the second and confirms."),
        COURSE,
    ),
    *both(
        "refuted", "negative, 0.2 %, negative",
        (GONE, at("2", 90, BM_LATER, rna("0.2")), at("3", 104, BM_LATER, NONE)),
        ("NEG LOW NEG", "NEG@1 refuted, SEEN@2 refuted, RELAPSE@2 refuted conversion, NEG@3 open",
         "The next sample is negative: the suspicion is refuted, and stays on record as refuted."),
        ("NEG/OPTIMAL POS NEG/OPTIMAL",
         "NEG@1 refuted, SEEN@2 refuted, RELAPSE@2 refuted conversion, NEG@3 open", "Refuted likewise."),
        "aml.md §2.3",
    ),
    *both(
        "low-after", "negative, 0.2 %, then 0.05 %",
        (GONE, at("2", 90, BM_LATER, rna("0.2")), at("3", 104, BM_LATER, rna("0.05"))),
        ("NEG LOW! LOW!", SURE, "Still detected, which in 2021 confirms."),
        ("NEG/OPTIMAL POS LOW/WARNING", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 refuted conversion",
         "Below the cut-off: refuted."),
        "aml.md §2.3",
    ),
    *both(
        "poor-between", "negative, 0.2 %, not evaluable, 0.3 %",
        (GONE, at("2", 90, BM_LATER, rna("0.2")), at("3", 100, BM_LATER, poor()), at("4", 110, BM_LATER, rna("0.3"))),
        ("NEG LOW! NE LOW!", "NEG@1 refuted, SEEN@2 by 4, RELAPSE@2 by 4 conversion", "What is not evaluable is passed over."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE NE POS!/MRD_RELAPSE",
         "NEG@1 refuted, SEEN@2 by 4, RELAPSE@2 by 4 conversion", "What is not evaluable is passed over."),
        "aml.md trap 13",
    ),
    *both(
        "one-day", "negative, then two samples of one day",
        (GONE, at("2", 90, BM_LATER, rna("0.2")), at("3", 90, BM_LATER, rna("0.2"))),
        ("NEG LOW? LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "What is taken on one day counts once: it confirms nothing."),
        ("NEG/OPTIMAL POS? POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion",
         "What is taken on one day counts once: it confirms nothing."),
        COURSE,
    ),
    *both(
        "act-1", "negative, then exactly 1 %", (GONE, at("2", 90, BM_LATER, rna("1"))),
        ("NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "2021 has no such exception."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 sure conversion", "From 1 % in marrow on nothing more is needed."),
        "aml.md §2.1",
    ),
    *both(
        "act-later", "negative, then 0.2 %, and 1.5 % after 60 days",
        (GONE, at("2", 90, BM_LATER, rna("0.2")), at("3", 150, BM_LATER, rna("1.5"))),
        ("NEG LOW? LOW?", UNSURE, "Too late to confirm, and 2021 has no exception."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@2 sure conversion",
         "From 1 % in marrow nothing more is needed, also when the first sample was lower and lies too far back to be confirmed."),
        "aml.md §2.1",
    ),
    *both(
        "twice", "relapse, negative, then 0.2 % again",
        (*_pair(14, "0.2", "0.3"), at("4", 150, BM_LATER, NONE), at("5", 210, BM_LATER, rna("0.2"))),
        ("NEG LOW! LOW! NEG LOW?", SURE + ", NEG@4 refuted, SEEN@5 open, RELAPSE@5 open conversion", "The first stays confirmed, the second waits."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE NEG/OPTIMAL POS?",
         SURE + ", NEG@4 refuted, SEEN@5 open, RELAPSE@5 open conversion", "The first stays confirmed, the second waits."),
        COURSE,
    ),
    *both(
        "steep", "negative, then 0.2 %, 5 % and 50 %, two months apart",
        (GONE, at("2", 60, BM_LATER, rna("0.2")), at("3", 120, BM_LATER, rna("5")), at("4", 180, BM_LATER, rna("50"))),
        ("NEG LOW? POS? POS?", "NEG@1 refuted, SEEN@2 by 3, RISE@3 by 4, RELAPSE@2 open conversion",
         "No two samples lie within 4 weeks and 2021 has no exception, so the word stays suspected, with the rise beside it. The text "
         "says rapidly and names 4 weeks for marrow after blood only; a person must act on 50 %."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE POS!/MRD_RELAPSE",
         "NEG@1 refuted, SEEN@2 by 3, RISE@3 by 4, RELAPSE@2 sure conversion", "From 1 % in marrow on nothing more is needed."),
        COURSE,
    ),
    *both(
        "above-range", "0.05 %, then more than 10 %",
        (at("1", 0, BM_END, rna("0.05")), at("2", 60, BM_LATER, MORE)),
        ("LOW POS?", "RISE@2 open, RELAPSE@2 open rise", "At least 2.3 log10: more than 10 % counts as the 10 % that it exceeds."),
        ("LOW/WARNING POS!/MRD_RELAPSE", "RISE@2 open, RELAPSE@2 sure rise", "At least 2.3 log10 and above 1 %."),
        COURSE,
    ),
    *both(
        "above-near", "3 %, then more than 10 %", (at("1", 0, BM_END, rna("3")), at("2", 60, BM_LATER, MORE)),
        ("POS POS", "PERSISTS@1 sure", "0.52 log10 for certain: no rise is claimed."),
        ("POS/HIGH_RISK POS", "PERSISTS@1 sure", "0.52 log10 for certain: no rise is claimed; positive by the cut-off."),
        COURSE,
    ),
    *both(
        "CR", "clinical CR; negative, 0.2 %, 0.3 % two weeks later", _pair(14, "0.2", "0.3"),
        ("NEG LOW! LOW!", SURE, "In a confirmed relapse a low level is no longer part of MRD negativity: CR_MRD+ and not CR_MRD-LL."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", SURE, "Positive in any case."),
        "aml.md §2.1, §3; " + COURSE, clinical=IN_CR,
        beside={"2": {"combined_response": "CR_MRD+"}, "3": {"combined_response": "CR_MRD+"}},
    ),
    course(
        "CR-suspected", "clinical CR; negative, then 0.2 % once", OLD, AML, (GONE, at("2", 90, BM_LATER, rna("0.2"))),
        "NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "A relapse that is only suspected takes nothing away.",
        "aml.md §2.1, §3; " + COURSE, clinical=IN_CR, beside={"1": {"combined_response": "CR_MRD-"}, "2": {"combined_response": "CR_MRD-LL"}},
    ),
    *both(
        "act-0999", "negative, then 0.999 %", (GONE, at("2", 90, BM_LATER, rna("0.999"))),
        ("NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "One sample only suspects."),
        ("NEG/OPTIMAL POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "Just below 1 %, so a second sample is needed."),
        "aml.md §2.1",
    ),
)  # fmt: skip


SECTIONS: tuple[tuple[str, tuple[Course, ...]], ...] = (
    ("AML: from the field text", WORKED),
    ("AML: what confirms a relapse", CONFIRMATION),
)
