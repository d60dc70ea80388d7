"""More courses of AML under both rule sets: rises, what is not compared, other markers, several assays.

They draw `aml.md` section 2.1, traps 11 to 14, and `docs/course.md`.
"""

from tests.spec.course_aml_examples import (
    COURSE,
    GONE,
    NONE,
    OLD,
    SURE,
    both,
)
from tests.spec.course_drawn import Course
from tests.spec.course_rows import (
    BM_END,
    BM_LATER,
    PB_LATER,
    at,
    cells,
    course,
    duplication,
    poor,
    rna,
)
from tests.spec.guideline_examples import CBF, KMT2A, UHS
from tests.spec.sensitivity_flow_examples import CD45
from tests.spec.sensitivity_rows import AML, BM, PB

RISES: tuple[Course, ...] = (
    *both(
        "nadir", "never negative: 0.05 %, 0.2 %, 0.6 %",
        (at("1", 0, BM_END, rna("0.05")), at("2", 60, BM_LATER, rna("0.2")), at("3", 120, BM_LATER, rna("0.6"))),
        ("LOW LOW LOW?", "RISE@3 open, RELAPSE@3 open rise", "Between any two: 1.08 log10 above the first, 0.48 above the one before."),
        ("LOW/WARNING POS POS?", "RISE@3 open, RELAPSE@3 open rise", "1.08 log10 above the nadir."),
        "aml.md §2.1, trap 12",
    ),
    *both(
        "after-negative", "negative, 0.004 %, 0.05 %",
        (GONE, at("2", 60, BM_LATER, rna("0.004")), at("3", 120, BM_LATER, rna("0.05"))),
        ("NEG LOW? LOW?", "NEG@1 refuted, SEEN@2 by 3, RISE@3 open, RELAPSE@2 open conversion",
         "A conversion, which the second sample comes too late to confirm."),
        ("NEG/OPTIMAL LOW/WARNING LOW/WARNING", "NEG@1 refuted, SEEN@2 by 3, RISE@3 open",
         "The rise counts only in who was never negative, and the cut-off is not reached."),
        "aml.md §2.1",
    ),
    *both(
        "from-positive", "3 % at the end of treatment, then 40 %",
        (at("1", 0, BM_END, rna("3")), at("2", 60, BM_LATER, rna("40"))),
        ("POS POS", "PERSISTS@1 sure, RISE@2 open", "2021 counts a rise from a low level only; it is persistence, and rises."),
        ("POS/HIGH_RISK POS!/MRD_RELAPSE", "PERSISTS@1 sure, RISE@2 open, RELAPSE@2 sure rise",
         "1.12 log10 above the nadir, whatever the cut-off, and above 1 %."),
        "aml.md §2.1",
    ),
    *both(
        "rise-confirmed", "0.05 %, 0.6 %, 0.7 % three weeks later",
        (at("1", 0, BM_END, rna("0.05")), at("2", 60, BM_LATER, rna("0.6")), at("3", 81, BM_LATER, rna("0.7"))),
        ("LOW LOW! LOW!", "RISE@2 by 3, RELAPSE@2 by 3 rise", "Both at least 1 log10 above 0.05 %."),
        ("LOW/WARNING POS!/MRD_RELAPSE POS!/MRD_RELAPSE", "RISE@2 by 3, RELAPSE@2 by 3 rise", "Both at least 1 log10 above 0.05 %."),
        "aml.md §2.1",
    ),
    *both(
        "rise-refuted", "0.05 %, 0.6 %, 0.3 % three weeks later",
        (at("1", 0, BM_END, rna("0.05")), at("2", 60, BM_LATER, rna("0.6")), at("3", 81, BM_LATER, rna("0.3"))),
        ("LOW LOW LOW", "RISE@2 refuted, RELAPSE@2 refuted rise", "0.3 % is only 0.78 log10 above 0.05 %."),
        ("LOW/WARNING POS POS", "RISE@2 refuted, RELAPSE@2 refuted rise", "0.3 % is only 0.78 log10 above 0.05 %."),
        "aml.md §2.1",
    ),
    *both(
        "poor-first", "not evaluable, then 0.2 %",
        (at("1", 0, BM_END, poor()), at("2", 60, BM_LATER, rna("0.2"))),
        ("NE LOW", "", "What is not evaluable was not negative: no conversion."),
        ("NE POS", "", "What is not evaluable was not negative: no conversion."),
        "aml.md trap 14",
    ),
)  # fmt: skip

TWO_MARKERS = "NEG@1 by 2, NEG@1 refuted, SEEN@2 open, "

OTHERS: tuple[Course, ...] = (
    *both(
        "CBF-deep", "inv(16) 400 % at diagnosis, negative, then 0.2 % of marrow",
        (at("dx", -150, BM | {"timepoint": "DIAGNOSIS"}, rna("400", CBF)), at("1", 0, BM_END, rna("0", CBF)),
         at("2", 90, BM_LATER, rna("0.2", CBF))),
        ("NONE NEG LOW?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "Conversion at any level."),
        ("NONE NEG/OPTIMAL LOW?/WARNING", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion",
         "3.3 log10 below diagnosis, so low; but it was negative and is at 0.1 % or above, so a relapse is suspected."),
        "aml.md §2; " + COURSE,
    ),
    *both(
        "flow", "flow negative, then 0.05 %, then 0.2 %",
        (at("1", 0, BM_END, cells(0, 800_000, CD45)), at("2", 90, BM_LATER, cells(400, 800_000, CD45)),
         at("3", 111, BM_LATER, cells(1_600, 800_000, CD45))),
        ("NEG NEG POS?", "NEG@1 by 2, SEEN@3 open, RELAPSE@3 open conversion", "0.05 % is negative by the threshold of 2021."),
        ("NEG/OPTIMAL LOW/WARNING POS?", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@3 open conversion",
         "0.05 % is low; 0.2 % reaches the cut-off."),
        "aml.md §2.1",
    ),
    *both(
        "two-assays", "NPM1 relapses, flow stays negative",
        (at("1", 0, BM_END, NONE, cells(0, 800_000, CD45)), at("2", 90, BM_LATER, rna("1.3"), cells(0, 800_000, CD45))),
        ("NEG LOW?", None, "NPM1 alone makes it a suspected relapse, whatever flow says."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE", None, "NPM1 alone makes it a relapse, whatever flow says."),
        COURSE,
    ),
    *both(
        "incomplete", "NPM1 low, flow with too few cells",
        (at("1", 0, BM_END, rna("0.05"), cells(0, 180_000, CD45)),),
        ("LOW", "", "What was seen is said, and that the other could not answer."),
        ("LOW", "", "What was seen is said; flow might have said worse, so there is no word of response."),
        "aml.md §2.3", beside={"1": {"is_incomplete": True}},
    ),
    *both(
        "persists", "NPM1 of marrow 2.5 % at the end of treatment", (at("1", 0, BM_END, rna("2.5")),),
        ("POS", "PERSISTS@1 sure", "Positive at the end of treatment and never negative; that it is called persistence is ours, ELN has no word for it."),
        ("POS/HIGH_RISK", "PERSISTS@1 sure", "Positive at the end of treatment and never negative; that it is called persistence is ours, ELN has no word for it."),
        "aml.md §2.1",
    ),
    *both(
        "persists-not", "negative, then 2.5 % at the end of treatment",
        (at("1", 0, BM_END, NONE), at("2", 30, BM_END, rna("2.5"))),
        ("NEG POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "It was negative: a conversion, no persistence."),
        ("NEG/OPTIMAL POS/HIGH_RISK", "NEG@1 refuted, SEEN@2 open",
         "It was negative: no persistence; a relapse is one of follow-up, and the risk is high."),
        "aml.md §2.1; " + COURSE,
    ),
    *both(
        "two-markers", "NPM1 and FLT3-ITD negative, then FLT3-ITD alone",
        (at("1", 0, BM_END, NONE, duplication(0, UHS)), at("2", 90, BM_LATER, NONE, duplication(2_000, UHS))),
        ("NEG POS?", TWO_MARKERS + "RELAPSE@2 open conversion", "0.2 %; each marker has a course of its own."),
        ("NEG/OPTIMAL POS!/MRD_RELAPSE", TWO_MARKERS + "RELAPSE@2 sure conversion", "0.2 %; each marker has a course of its own."),
        COURSE,
    ),
    *both(
        "end-then-later", "negative, 2.5 % at the end of treatment, 0.9 % in follow-up",
        (at("1", 0, BM_END, NONE), at("2", 30, BM_END, rna("2.5")), at("3", 44, BM_LATER, rna("0.9"))),
        ("NEG POS! LOW!", SURE, "Both are detections after a negative."),
        ("NEG/OPTIMAL POS/HIGH_RISK POS?", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@3 open conversion",
         "A relapse is one of follow-up, so its first sample is 3."),
        COURSE,
    ),
    course(
        "persists-KMT2A", "KMT2A::MLLT3 of marrow after cycle 2, and at the end of treatment", OLD, AML,
        (at("1", 0, BM | {"timepoint": "AFTER_CYCLE_2"}, rna("0.05", KMT2A)), at("2", 90, BM_END, rna("0.05", KMT2A))),
        "POS POS", "PERSISTS@2 sure", "Positive all along; the landmark is the end of treatment.", "aml.md §2.1; " + COURSE,
    ),
    *both(
        "blood-C2", "NPM1 of blood after cycle 2, 0.05 %, negative, 0.05 % in follow-up",
        (at("1", 0, PB | {"timepoint": "AFTER_CYCLE_2"}, rna("0.05")), at("2", 60, PB_LATER, NONE),
         at("3", 120, PB_LATER, rna("0.05"))),
        ("POS NEG LOW?", "NEG@2 refuted, SEEN@3 open, RELAPSE@3 open conversion", "The negative between the two makes the second a conversion."),
        ("POS/WARNING NEG/OPTIMAL POS?", "NEG@2 refuted, SEEN@3 open, RELAPSE@3 open conversion", "The negative between the two makes the second a conversion."),
        "aml.md §2.1",
    ),
)  # fmt: skip

SECTIONS: tuple[tuple[str, tuple[Course, ...]], ...] = (
    ("AML: rises, and what is not compared", RISES),
    ("AML: other markers, several assays, persistence", OTHERS),
)
