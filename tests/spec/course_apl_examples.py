"""Courses of APL: two successive positives, two laboratories, stable or rising; persistence.

37 and 38 are those of `aml.md` section 7; the others draw its section 4, trap 31, and `docs/course.md`.
"""

from typing import Any

from tests.spec.course_drawn import Course, Sample
from tests.spec.course_rows import BM_END, BM_LATER, at, course, poor, rna
from tests.spec.guideline_examples import APL, PML
from tests.spec.sensitivity_rows import BM, PB

APL_2019, AML_2025 = "eln-apl-2019", "eln-aml-2025"
TEXT, COURSE = "aml.md §7", "docs/course.md"
LAB_A, LAB_B = PML | {"lab_id": "A"}, PML | {"lab_id": "B"}
NONE = at("1", 0, BM_END, rna("0", LAB_A))
AGAIN = "NEG@1 refuted, SEEN@2 by 3, "


def apl(
    number: str, shown: str, samples: tuple[Sample, ...], told: str, what: str | None, why: str,
    source: str = "aml.md §4; " + COURSE, ruleset: str = APL_2019, **rest: Any,
) -> Course:  # fmt: skip
    """Draw one course of APL."""
    return course(number, shown, ruleset, APL, samples, told, what, why, source, **rest)


def _after(*later: tuple[int, str, dict[str, str]]) -> tuple[Sample, ...]:
    """Write a negative end of treatment, then day, percent and assay of each follow-up."""
    return (
        NONE,
        *(at(str(i), day, BM_LATER, rna(pct, assay)) for i, (day, pct, assay) in enumerate(later, 2)),
    )  # fmt: skip


_ONCE = _after((90, "0.05", LAB_A))
_TWICE = _after((90, "0.05", LAB_A), (104, "0.06", LAB_B))

RELAPSES: tuple[Course, ...] = (
    apl("37", "negative, then positive once", _ONCE, "NEG POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open",
        "Two successive positives are required.", TEXT),
    apl("37", "negative, then positive once", _ONCE, "NEG/OPTIMAL POS?",
        "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open conversion", "A second sample is required.", TEXT, AML_2025),
    apl("38", "negative, positive, and higher in a second laboratory", _TWICE, "NEG POS! POS!",
        AGAIN + "RELAPSE@2 by 3 molecular-relapse", "Independent samples, two laboratories, rising.", TEXT + ", 5.1"),
    apl("38", "negative, positive, and higher in a second laboratory", _TWICE,
        "NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", AGAIN + "RELAPSE@2 by 3 conversion",
        "Confirmed within 4 weeks; in APL a second laboratory counts.", TEXT, AML_2025),
    apl("38-one-lab", "the second positive from the same laboratory",
        _after((90, "0.05", LAB_A), (104, "0.06", LAB_A)), "NEG POS? POS?", AGAIN + "RELAPSE@2 open",
        "One laboratory alone: still suspected.", "aml.md §4, 5.1"),
    apl("38-unknown-lab", "the second positive from a laboratory that is not named",
        _after((90, "0.05", LAB_A), (104, "0.06", PML)), "NEG POS? POS?", AGAIN + "RELAPSE@2 open",
        "Nobody says that it is another laboratory."),
    apl("38-third", "twice in one laboratory, then in another",
        _after((90, "0.05", LAB_A), (104, "0.05", LAB_A), (118, "0.06", LAB_B)), "NEG POS! POS! POS!",
        AGAIN + "RELAPSE@2 by 4", "The second and the third sample are from two laboratories."),
    apl("38-stable", "0.4 %, then 0.127 % in a second laboratory", _after((90, "0.4", LAB_A), (104, "0.127", LAB_B)),
        "NEG POS! POS!", AGAIN + "RELAPSE@2 by 3", "0.498 log10 lower still counts as stable."),
    apl("38-falling", "0.4 %, then 0.126 % in a second laboratory", _after((90, "0.4", LAB_A), (104, "0.126", LAB_B)),
        "NEG POS? POS?", AGAIN + "RELAPSE@2 open", "0.502 log10 lower is neither stable nor rising; still positive, so suspected."),
    apl("38-both-labs", "two positives, each measured in both laboratories",
        (NONE, at("2", 90, BM_LATER, rna("0.05", LAB_A), rna("0.04", LAB_B)), at("3", 104, BM_LATER, rna("0.06", LAB_A), rna("0.05", LAB_B))),
        "NEG POS! POS!", AGAIN + "RELAPSE@2 by 3", "Two successive samples, and two laboratories saw it in them: who measured which does not matter.",
        "aml.md §4, 5.1; " + COURSE),
    apl("38-both-then-one", "positive in both laboratories, then again in the first alone",
        (NONE, at("2", 90, BM_LATER, rna("0.05", LAB_A), rna("0.04", LAB_B)), at("3", 104, BM_LATER, rna("0.06", LAB_A))),
        "NEG POS! POS!", AGAIN + "RELAPSE@2 by 3", "Two laboratories saw it in the two samples together.", "aml.md §4, 5.1; " + COURSE),
    apl("38-one-specimen", "one sample, positive in both laboratories",
        (NONE, at("2", 90, BM_LATER, rna("0.05", LAB_A), rna("0.04", LAB_B))), "NEG POS?", "NEG@1 refuted, SEEN@2 open, RELAPSE@2 open",
        "Two laboratories, but one sample: a second one is needed.", "aml.md §4, 5.1; " + COURSE),
    apl("38-second-not", "positive in both samples in laboratory A, not detected in laboratory B",
        (NONE, at("2", 90, BM_LATER, rna("0.05", LAB_A), rna("0", LAB_B)), at("3", 104, BM_LATER, rna("0.06", LAB_A), rna("0", LAB_B))),
        "NEG POS? POS?", AGAIN + "RELAPSE@2 open", "Laboratory B did not see it: one laboratory alone.", "aml.md §4, 5.1; " + COURSE),
    apl("38-late", "a second laboratory after 60 days", _after((90, "0.05", LAB_A), (150, "0.06", LAB_B)),
        "NEG POS! POS!", AGAIN + "RELAPSE@2 by 3", "No window is published: the next successive sample counts."),
    apl("end-then-later", "negative, positive at the end of consolidation, positive in a second laboratory in follow-up",
        (at("1", 0, BM_LATER, rna("0", LAB_A)), at("2", 60, BM_END, rna("0.05", LAB_A)), at("3", 80, BM_LATER, rna("0.06", LAB_B))),
        "NEG POS POS?", "NEG@1 refuted, SEEN@2 by 3, RELAPSE@3 open",
        "A relapse begins in follow-up here, so its first sample is 3. The text names no time point: by it, two successive positives "
        "in two laboratories are a relapse.", "aml.md §4, 5.1; " + COURSE),
    apl("plus-minus", "positive, then negative", _after((90, "0.05", LAB_A), (104, "0", LAB_A)), "NEG POS NEG",
        "NEG@1 refuted, SEEN@2 refuted, RELAPSE@2 refuted, NEG@3 open", "One positive is no relapse."),
    apl("poor-between", "positive, not evaluable, positive in a second laboratory",
        (*_ONCE, at("3", 97, BM_LATER, poor(LAB_B)), at("4", 104, BM_LATER, rna("0.06", LAB_B))), "NEG POS! IND POS!",
        "NEG@1 refuted, SEEN@2 by 4, RELAPSE@2 by 4", "18,600 ABL1 cannot show 1 in 10,000: passed over."),
    apl("blood", "marrow negative, blood positive twice",
        (NONE, at("2", 90, PB | {"timepoint": "FOLLOW_UP"}, rna("0.05", LAB_A)),
         at("3", 104, PB | {"timepoint": "FOLLOW_UP"}, rna("0.05", LAB_B))),
        "NEG NONE NONE", "NEG@1 open", "APL is judged in marrow; blood has no category.", "aml.md trap 31"),
    apl("never-negative", "positive in follow-up, never negative", (at("1", 90, BM_LATER, rna("0.05", LAB_A)),), "POS", "",
        "Without a molecular remission before it is no relapse, and persistence is one of the end of consolidation."),
)  # fmt: skip


def _end(gap: int, second: str) -> tuple[Sample, ...]:
    return (at("1", 0, BM_END, rna("0.05", LAB_A)), at("2", gap, BM_LATER, rna(second, LAB_A)))


PERSISTENCE: tuple[Course, ...] = (
    apl("persists-once", "positive at the end of consolidation", (at("1", 0, BM_END, rna("0.05", LAB_A)),), "POS",
        "PERSISTS@1 open", "To be confirmed on a repeat."),
    apl("persists-13", "repeated after 13 days, positive", _end(13, "0.05"), "POS POS", "PERSISTS@1 open",
        "Repeated too early: 2 to 4 weeks are asked for, so a further repeat is awaited."),
    apl("persists-14", "repeated after 14 days, positive", _end(14, "0.05"), "POS POS", "PERSISTS@1 by 2", "Two weeks to the day."),
    apl("persists-unseen", "not detected after induction, positive at the end of consolidation",
        (at("1", -60, BM | {"timepoint": "AFTER_INDUCTION"}, rna("0", LAB_A)), at("2", 0, BM_END, rna("0.05", LAB_A))), "NONE POS", "",
        "It was not detected before, so it does not persist, though a sample after induction has no category.", COURSE),
    apl("persists-28", "repeated after 28 days, positive", _end(28, "0.05"), "POS POS", "PERSISTS@1 by 2", "Within 4 weeks."),
    apl("persists-29", "repeated after 29 days, positive", _end(29, "0.05"), "POS POS", "PERSISTS@1 open", "A day too late to confirm."),
    apl("persists-refuted", "repeated after 14 days, negative", _end(14, "0"), "POS NEG", "PERSISTS@1 refuted, NEG@2 open",
        "The repeat is negative."),
    apl("induction", "positive after induction, negative at the end of consolidation",
        (at("1", -60, BM | {"timepoint": "AFTER_INDUCTION"}, rna("2", LAB_A)), at("2", 0, BM_END, rna("0", LAB_A))),
        "NONE NEG", "NEG@2 open", "Positive after induction is expected and changes nothing.", "aml.md §4, 2.6"),
    apl("persists-2025", "positive at the end of treatment", (at("1", 0, BM_END, rna("0.05", LAB_A)),), "POS/WARNING",
        "PERSISTS@1 sure", "A warning, not high risk; needs no second sample to be named.", "aml.md §2, trap 24", AML_2025),
    apl("low-2025", "not detected, then 0.009 %, then 0.01 %",
        (NONE, at("2", 90, BM_LATER, rna("0.009", LAB_A)), at("3", 104, BM_LATER, rna("0.01", LAB_A))),
        "NEG/OPTIMAL POS!/MRD_RELAPSE POS!/MRD_RELAPSE", AGAIN + "RELAPSE@2 by 3 conversion",
        "APL has no low level: any detection from 0.001 % on is positive.", "aml.md §2, trap 25", AML_2025),
)  # fmt: skip

SECTIONS: tuple[tuple[str, tuple[Course, ...]], ...] = (
    ("APL: relapse", RELAPSES),
    ("APL: persistence", PERSISTENCE),
)
