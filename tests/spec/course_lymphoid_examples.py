"""Courses of ALL: risk groups of children, persistence and several assays of adults.

Plain numbers are those of `lymphoid_myeloma_and_sensitivity.md` section 7 (lymphoid for short); the
others draw its sections 1.3 and 6, and `docs/course.md`.
"""

from typing import Any

from tests.spec.cml_examples import P190, PH_ALL_P190, wells
from tests.spec.course_drawn import Course, Measured, Sample
from tests.spec.course_rows import at, cells, course, gene, rearranged
from tests.spec.drawn import Row
from tests.spec.flow_ngs_examples import CLONOSEQ
from tests.spec.guideline_examples import T_ALL
from tests.spec.sensitivity_rows import B_ALL, BM, PB, clones

ADULT, CHILD = "all-consensus-2021", "aieop-bfm-2009"
TEXT, COURSE = "lymphoid §7", "docs/course.md"


def sequenced(count: int, total: int, assay: Row = CLONOSEQ) -> Measured:
    """Write clonal cells by sequencing."""
    return Measured(f"NGS {count}/{total:,} cells", assay, clones(count, total=total))


# --- risk groups of children

IGH, TRG = gene("IGH"), gene("TRG")
FIRST: Row = {"tissue": "BM", "timepoint": "TP1"}
SECOND: Row = {"tissue": "BM", "timepoint": "TP2"}
STARTED = ({"therapy": "INTENSIVE", "started_on": "2024-01-01"},)
BFM = "lymphoid §1.3; " + COURSE


def _none(qr: str = "1e-4", sensitivity: str = "1e-5") -> tuple[Measured, Measured]:
    return tuple(rearranged(assay=a, qr=qr, sensitivity=sensitivity) for a in (IGH, TRG))  # type: ignore[return-value]


def _value(value: str) -> tuple[Measured, Measured]:
    return rearranged(value, IGH), rearranged(assay=TRG)


def _range(sensitivity: str, qr: str) -> tuple[Measured, Measured]:
    return rearranged(assay=IGH, qr=qr, sensitivity=sensitivity, call="BELOW_LOQ"), rearranged(
        assay=TRG
    )


def child(
    number: str, shown: str, first: tuple[Measured, ...], second: tuple[Measured, ...], told: str, why: str,
    flow: Measured | None = None, *, day: int = 15, tissue: str = "BM", patient: Row = B_ALL, source: str = BFM,
    **rest: Any,
) -> Course:  # fmt: skip
    """Draw one child: marrow of days 33 and 78 and, where given, flow about day 15."""
    samples: list[Sample] = []
    if flow:
        samples.append(at("flow", day, {"tissue": tissue, "timepoint": "OTHER"}, flow))
    if first:
        samples.append(at("TP1", 33, FIRST, *first))
    if second:
        samples.append(at("TP2", 78, SECOND, *second))
    return course(
        number, shown, CHILD, patient, tuple(samples), told, None, why, source, treatments=STARTED, **rest
    )  # fmt: skip


NEGATIVE = _none()
OTHER: Row = {"timepoint": "OTHER"}
FEW, MANY = cells(500, 1_000_000), cells(100_000, 1_000_000)

CHILDREN: tuple[Course, ...] = (
    child("13", "negative on days 33 and 78 by two markers", NEGATIVE, NEGATIVE, "NEG NEG/SR",
          "Two markers with a sensitivity of 1e-5, both negative at both.", source=TEXT),
    child("13-one", "negative on days 33 and 78 by one marker", NEGATIVE[:1], NEGATIVE[:1], "NEG NEG/MR",
          "Two markers are asked for.", source=TEXT),
    child("13-one-day-78", "two markers on day 33, one on day 78", NEGATIVE, NEGATIVE[:1], "NEG NEG/MR", "Two markers are asked for at each time point."),
    child("sensitivity", "negative to 1e-4 exactly", _none("5e-4", "1e-4"), _none("5e-4", "1e-4"), "NEG NEG/SR",
          "A sensitivity of 1e-4 is enough."),
    child("insensitive", "negative to 2e-4", _none("5e-4", "2e-4"), _none("5e-4", "2e-4"), "IND IND/MR",
          "Not sensitive enough for standard risk; below 5e-4 for certain."),
    child("insensitive-just", "negative to 1.01e-4", _none("5e-4", "1.01e-4"), _none("5e-4", "1.01e-4"), "IND IND/MR",
          "Just above 1e-4: not sensitive enough for standard risk."),
    child("HR-78", "day 78 exactly 5e-4", NEGATIVE, _value("5e-4"), "NEG POS/HR", "0.05 % or more on day 78."),
    child("MR-78", "day 78 at 4.9e-4", NEGATIVE, _value("4.9e-4"), "NEG LOW/MR", "Positive, below 0.05 %."),
    child("HR-78-alone", "day 78 at 1e-3, nothing of day 33", (), _value("1e-3"), "POS/HR", "Day 78 alone is enough."),
    child("HR-slow", "B-lineage: day 33 at 5e-4, day 78 positive below the range", _value("5e-4"), _range("1e-5", "1e-4"),
          "POS LOW/HR", "A slow early responder; any positivity counts."),
    child("MR-slow-T", "T-lineage: the same", _value("5e-4"), _range("1e-5", "1e-4"), "POS LOW/MR",
          "The rule is one of B-lineage.", patient=T_ALL),
    child("MR-33", "day 33 at 1e-2, day 78 negative", _value("1e-2"), NEGATIVE, "POS NEG/MR", "Negative on day 78."),
    child("MR-33-below", "B-lineage: day 33 at 4.9e-4, day 78 positive below the range", _value("4.9e-4"), _range("1e-5", "1e-4"),
          "LOW LOW/MR", "Day 33 is below 0.05 %."),
    child("null-78", "T-lineage: day 78 positive from 1e-4 to 1e-3", _value("1e-2"), _range("1e-4", "1e-3"), "POS IND",
          "Below 0.05 % or not: nobody knows.", patient=T_ALL),
    child("null-33", "B-lineage: day 33 from 1e-4 to 1e-3, day 78 positive below 1e-4", _range("1e-4", "1e-3"), _range("1e-5", "1e-4"),
          "IND LOW", "Medium or high by day 33, which is not known."),
    child("MR-33-T", "T-lineage: the same", _range("1e-4", "1e-3"), _range("1e-5", "1e-4"), "IND LOW/MR",
          "Day 33 does not matter here.", patient=T_ALL),
    child("null-no-33", "day 78 negative, nothing of day 33", (), NEGATIVE, "NEG", "Both time points are asked for."),
    child("MR-33-invalid", "one marker of day 33 invalid", (NEGATIVE[0], rearranged(assay=TRG, call="INVALID")), NEGATIVE,
          "IND NEG/MR", "An invalid marker does not count: one is left, and two are asked for."),
    child("HR-flow", "flow of day 15 exactly 10 %, both negative", NEGATIVE, NEGATIVE, "NONE/HR NEG NEG/HR",
          "10 % or more by flow on day 15.", MANY),
    child("SR-flow-below", "flow of day 15 at 9.9999 %, both negative", NEGATIVE, NEGATIVE, "NONE NEG NEG/SR",
          "Below 10 %.", cells(99_999, 1_000_000)),
    child("HR-flow-18", "flow of day 18 at 10 %", NEGATIVE, NEGATIVE, "NONE/HR NEG NEG/HR", "3 days later still count.", MANY, day=18),
    child("SR-flow-19", "flow of day 19 at 10 %", NEGATIVE, NEGATIVE, "NONE NEG NEG/SR",
          "4 days later is another day; the window is a proposal.", MANY, day=19),
    child("HR-flow-12", "flow of day 12 at 10 %", NEGATIVE, NEGATIVE, "NONE/HR NEG NEG/HR", "3 days earlier still count.", MANY, day=12),
    child("SR-flow-11", "flow of day 11 at 10 %", NEGATIVE, NEGATIVE, "NONE NEG NEG/SR", "4 days earlier is another day.", MANY, day=11),
    course("HR-flow-two-days", "flow of day 14 at 5 %, of day 16 at 10 %", CHILD, B_ALL,
           (at("flow14", 14, BM | OTHER, cells(50_000, 1_000_000)), at("flow16", 16, BM | OTHER, MANY),
            at("TP1", 33, FIRST, *NEGATIVE), at("TP2", 78, SECOND, *NEGATIVE)), "NONE NONE/HR NEG NEG/HR", None,
           "Any result about day 15 at 10 % or more is enough.", BFM, treatments=STARTED),
    course("HR-flow-two", "flow of day 13 at 5 %, of day 16 at 10 %", CHILD, B_ALL,
           (at("flow13", 13, BM | OTHER, cells(50_000, 1_000_000)), at("flow16", 16, BM | OTHER, MANY),
            at("TP1", 33, FIRST, *NEGATIVE), at("TP2", 78, SECOND, *NEGATIVE)), "NONE NONE/HR NEG NEG/HR", None,
           "Any result about day 15 at 10 % or more is enough.", BFM, treatments=STARTED),
    course("HR-flow-two-samples", "two marrow samples of day 15, flow at 10 % and 5 %", CHILD, B_ALL,
           (at("first", 15, BM | OTHER, MANY), at("second", 15, BM | OTHER, cells(50_000, 1_000_000)),
            at("TP1", 33, FIRST, *NEGATIVE), at("TP2", 78, SECOND, *NEGATIVE)), "NONE/HR NONE NEG NEG/HR", None,
           "All results about day 15 count, and the higher one decides.", BFM, treatments=STARTED),
    course("null-flow-two", "no PCR, flow of day 15 at 0.05 % and at 0.2 %", CHILD, B_ALL,
           (at("first", 15, BM | OTHER, FEW), at("second", 15, BM | OTHER, cells(2_000, 1_000_000)),
            at("TP2", 78, SECOND, cells(0, 1_000_000))), "NONE NONE NONE", None,
           "Every result about day 15 must be below 0.1 %.", BFM, treatments=STARTED),
    course("HR-flow-diagnosis", "diagnosis of 1 January, no treatment given, flow of day 15 at 10 %", CHILD, B_ALL | {"diagnosed_on": "2024-01-01"},
           (at("flow", 15, BM | OTHER, MANY), at("TP1", 33, FIRST, *NEGATIVE), at("TP2", 78, SECOND, *NEGATIVE)), "NONE/HR NEG NEG/HR", None,
           "Where the first treatment is not given, days count from diagnosis.", BFM),
    course("MR-33-twice", "B-lineage: day 29 at 5e-4, day 36 negative, day 78 positive below the range", CHILD, B_ALL,
           (at("TP1-29", 29, FIRST, *_value("5e-4")), at("TP1-36", 36, FIRST, *NEGATIVE), at("TP2", 78, SECOND, *_range("1e-5", "1e-4"))),
           "POS NEG LOW/MR", None, "Of two samples at the first time point the later one counts.", BFM, treatments=STARTED),
    child("SR-flow-78", "negative on days 33 and 78 by two markers, flow of day 78 at 1 %", NEGATIVE, (*NEGATIVE, cells(10_000, 1_000_000)),
          "NEG NEG/SR", "The rule is one of PCR, so the group is that of PCR; flow sees disease all the same: truly discordant, which a person must weigh.",
          beside={"TP2": {"discordance": "DISCORDANT"}}),
    child("null-flow-signs", "no PCR, flow of day 15 at 0.05 %, of day 33 at 0.3 %", (cells(3_000, 1_000_000),), (cells(0, 1_000_000),),
          "NONE NONE NONE", "Flow still sees disease on day 33: no standard risk by day 15 alone.", FEW),
    child("SR-flow-blood", "flow of blood on day 15 at 10 %", NEGATIVE, NEGATIVE, "NONE NEG NEG/SR", "Marrow is asked for.", MANY, tissue="PB"),
    child("SR-flow-only", "no PCR, flow of day 15 at 0.05 %", (), (cells(0, 1_000_000),), "NONE NONE/SR",
          "Below 0.1 % by flow on day 15, where PCR is not available.", FEW),
    child("SR-flow-none", "no PCR, flow of day 15 sees nothing among 1,000,000", (), (cells(0, 1_000_000),), "NONE NONE/SR",
          "It could have seen 0.002 %.", cells(0, 1_000_000)),
    child("SR-flow-just", "no PCR, flow of day 15 at 0.0999 %", (), (cells(0, 1_000_000),), "NONE NONE/SR", "Below 0.1 %.",
          cells(999, 1_000_000)),
    child("null-flow", "no PCR, flow of day 15 exactly 0.1 %", (), (cells(0, 1_000_000),), "NONE NONE", "Not below 0.1 %.",
          cells(1_000, 1_000_000)),
    child("null-flow-blind", "no PCR, flow of day 15 sees nothing among 10,000", (), (cells(0, 1_000_000),), "NONE NONE",
          "It could not have seen 0.1 %.", cells(0, 10_000)),
    child("null-flow-PCR", "PCR of day 78 alone negative, flow of day 15 at 0.05 %", (), NEGATIVE, "NONE NEG",
          "Flow speaks only where there is no PCR at all.", FEW),
    child("null-flow-invalid", "PCR invalid at both, flow of day 15 at 0.05 %",
          tuple(rearranged(assay=a, call="INVALID") for a in (IGH, TRG)),
          tuple(rearranged(assay=a, call="INVALID") for a in (IGH, TRG)), "NONE NE NE",
          "PCR was done and failed; the text lets flow speak where PCR is not available. Standard risk is the mildest treatment: no group is told, and PCR is to be repeated.",
          FEW),
)  # fmt: skip

# --- adults


def adult(
    number: str, shown: str, samples: tuple[Sample, ...], told: str, what: str | None, why: str, source: str,
    patient: Row = B_ALL, **rest: Any,
) -> Course:  # fmt: skip
    """Draw one course of adult ALL."""
    return course(number, shown, ADULT, patient, samples, told, what, why, source, **rest)


def _marrow(*visits: tuple[int, Measured]) -> tuple[Sample, ...]:
    return tuple(at(str(i), day, BM, m) for i, (day, m) in enumerate(visits, 1))


AT, NOT = cells(400, 4_000_000), cells(0, 4_000_000)
BRUEGGEMANN = "lymphoid §1.3, Brüggemann 2010"

ADULTS: tuple[Course, ...] = (
    adult("persists", "1e-4 twice", _marrow((0, AT), (60, AT)), "POS/MRD_FAILURE POS/MRD_FAILURE", "PERSISTS@1 by 2",
          "1e-4 or more at two time points.", BRUEGGEMANN),
    adult("persists-once", "1e-4 once", _marrow((0, AT)), "POS/MRD_FAILURE", "PERSISTS@1 open", "Once only; two time points are asked for.", BRUEGGEMANN),
    adult("persists-refuted", "1e-4, then not detected", _marrow((0, AT), (60, NOT)), "POS/MRD_FAILURE NEG/MRD_CR",
          "PERSISTS@1 refuted, NEG@2 open", "No longer detected: it did not persist.", BRUEGGEMANN),
    adult("persists-low", "1e-4, then 1.5e-5", _marrow((0, AT), (60, cells(60, 4_000_000))), "POS/MRD_FAILURE LOW/MRD_INTERMEDIATE",
          "PERSISTS@1 refuted", "Detected still, below 1e-4.", BRUEGGEMANN),
    adult("persists-between", "1e-4, a negative that is not deep enough, 1e-4", _marrow((0, AT), (30, cells(0, 100_000)), (60, AT)),
          "POS/MRD_FAILURE IND/MRD_INTERMEDIATE POS/MRD_FAILURE", "PERSISTS@1 by 3", "What cannot be judged is passed over, as if it had not been taken.", COURSE),
    adult("reappears", "not detected, then 1e-4", _marrow((0, NOT), (60, AT)), "NEG/MRD_CR POS/MRD_FAILURE",
          "NEG@1 refuted, SEEN@2 open", "Reappearance is no persistence; the rule set has no word of relapse.", BRUEGGEMANN),
    adult("blood", "marrow not detected, then blood 1e-4", (at("1", 0, BM, NOT), at("2", 60, PB, AT)), "NEG/MRD_CR NONE", "NEG@1 open",
          "Blood is no marrow in B-lineage ALL.", "lymphoid R9"),
    adult("28", "flow negative to 4e-5, sequencing 8e-6", (at("1", 0, BM, cells(0, 500_000), sequenced(8, 1_000_000)),),
          "LOW/MRD_INTERMEDIATE", None, "Flow could not have seen it.", TEXT + ", §6",
          beside={"1": {"discordance": "SENSITIVITY_EXPLAINED"}}),
    adult("29", "after transplantation: PCR positive below the range, sequencing negative to 2e-6",
          (at("1", 0, BM, cells(0, 4_000_000)),
           at("2", 90, BM, rearranged(call="BELOW_LOQ"), sequenced(0, 1_000_000))),
          "NEG/MRD_CR LOW/MRD_INTERMEDIATE", "NEG@1 open",
          "Both results are kept; the worse one stands for the day, and nothing is called a relapse; that the PCR is likely non-specific is for a person to say.",
          TEXT + ", §6, trap 26", treatments=({"therapy": "HCT", "started_on": "2024-01-15"},),
          beside={"2": {"discordance": "DISCORDANT"}}),
    adult("30", "Ph+: BCR::ABL1 0.1 %, IG/TR not detected to 1e-5",
          (at("1", 0, BM, Measured("p190 0.1 %", P190, wells("30/30000")), rearranged()),), "NEG/MRD_CR", "NEG@1 open",
          "The two are never merged: a ratio of RNA is no share of cells and has no category here. The text asks for a flag of possible "
          "multilineage disease; there is none here.", TEXT + ", §6", PH_ALL_P190, beside={"1": {"discordance": None}}),
)  # fmt: skip

SECTIONS: tuple[tuple[str, tuple[Course, ...]], ...] = (
    ("ALL of children: AIEOP-BFM 2009", CHILDREN),
    ("ALL of adults: persistence, and several assays", ADULTS),
)
