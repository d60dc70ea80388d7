"""Flow cytometry: event rules, haemodilution, the axis of nucleated cells.

Numbers with L are those of `lymphoid_myeloma_and_sensitivity.md` section 7, with A those of `aml.md`
section 7; the others draw a table of the text or a sentence of `docs/sensitivity.md`.
"""

from fractions import Fraction

from tests.spec.drawn import Example, Printed, Row
from tests.spec.flow_ngs_examples import FLOW, FLOW_LEUKOCYTES
from tests.spec.sensitivity_rows import (
    AML,
    B_ALL,
    BENEATH,
    BM,
    CLEAR,
    CLL,
    FAINT,
    LAMBDA,
    LOW,
    MM,
    PB,
    PROVED,
    SEEN,
    SILENT,
    SUFFICES,
    UNDER,
    events,
    line,
    unlisted,
)

F = Fraction

CD45: Row = FLOW | {"basis": "CELLS_CD45"}
# red cells of marrow and blood, white cells of blood, nucleated cells of marrow
COUNTS: Row = {
    "bm_rbc_10e12_per_l": "3.2",
    "pb_rbc_10e12_per_l": "3.9",
    "pb_wbc_10e9_per_l": "4.0",
    "bm_nucleated_10e9_per_l": "12.0",
}
SHARE = F("3.2") / F("3.9") * 4 / 12
DOC = "docs/sensitivity.md, flow"
TEXT, AML_TEXT = "lymphoid §7", "aml.md §7"


def _by_events() -> tuple[Example, ...]:
    """Draw the table of §5.1: what so many events can show."""
    table = (
        # events, LOD, LOQ as printed; depth
        (500_000, "4e-5", "1e-4", "MRD<1e-4"),
        (1_000_000, "2e-5", "5e-5", "MRD<1e-4"),
        (2_000_000, "1e-5", "2.5e-5", "MRD<1e-5"),
        (3_000_000, "6.7e-6", "1.7e-5", "MRD<1e-5"),
        (4_000_000, "5e-6", "1.25e-5", "MRD<1e-5"),
        (5_000_000, "4e-6", "1e-5", "MRD<1e-5"),
        (10_000_000, "2e-6", "5e-6", "MRD<1e-5"),
    )
    return tuple(
        line(
            f"E{i}", f"B-ALL BM flow 0/{total:,}", B_ALL, BM, FLOW, (events(0, total),), PROVED, depth,
            checks={
                "lod_fraction": Printed(lod), "loq_fraction": Printed(loq),
                "lod_kind": "DECISION_EVENTS", "loq_kind": "EVENTS", "decision_count": F(20),
                "lod95_fraction": LAMBDA[20] / total, "poisson_floor_fraction": LAMBDA[1] / total,
            },
            why="20 events over the denominator decide; 27.9 of them are seen with 95 %.",
            source="lymphoid §5.1, requirement table",
        )
        for i, (total, lod, loq, depth) in enumerate(table, 1)
    )  # fmt: skip


WORKED = (
    line(
        "L8", "MM BM flow 400/5,000,000; RBC 3.2 / 3.9, WBC of blood 4.0, nucleated cells 12.0", MM,
        BM | COUNTS, FLOW, (events(400, 5_000_000),), (SEEN, "POSITIVE"), "MRD<1e-4", F("8e-5"),
        flags=("blood_diluted",), not_flags=("haemodilute",),
        checks={
            "blood_dilution_fraction": Printed("0.274"), "undiluted_fraction": Printed("1.10e-4"),
            "upper_fraction": F("8e-5"), "rdf_fraction": F("8e-5"), "rdf_kind": "NUCLEATED_CELLS",
        },
        why="27 % of the marrow is blood; the corrected 1.10e-4 is a remark, status and depth come from 8.0e-5.",
        source=TEXT,
    ),
    line(
        "L9", "B-ALL PB flow 0/4,000,000", B_ALL, PB, FLOW, (events(0, 4_000_000),),
        unlisted(CLEAR, "TISSUE_NOT_IN_RULESET"), "MRD<1e-5", checks={"tissue": "PB", "lod_fraction": F("5e-6")},
        why="Negative in blood, and the row says so; nothing is said of the marrow.", source=TEXT,
    ),
    line(
        "A1", "AML BM flow 0/612,000 CD45+, 800 viable blasts", AML, BM, CD45,
        (events(0, 612_000, viable_blast_events="800"),), PROVED, "MRD<1e-4",
        checks={"lod_fraction": F(20, 612_000)},
        why="20 events of 612,000 are 3.3e-5, and more than 500,000 cells with 100 blasts were looked at.",
        source=AML_TEXT,
    ),
    line(
        "A2", "AML BM flow 400/800,000 CD45+, claimed LOD 0.01 %", AML, BM,
        CD45 | {"lod_fraction": "0.0001"}, (events(400, 800_000),), BENEATH, "MRD<1e-3", F("5e-4"),
        checks={
            "lod_fraction": F("1e-4"), "lod_kind": "LAB_STATED", "loq_fraction": F("1e-4"),
            "loq_kind": "LOD", "claimed_lod_fraction": F("1e-4"),
        },
        why="0.05 %, below 0.1 %; the claim lies above 20 and 50 events, so it is both limits.", source=AML_TEXT,
    ),
    line(
        "A3", "AML BM flow 499/500,000 CD45+", AML, BM, CD45, (events(499, 500_000),),
        (SEEN, "NOT_EVALUABLE", "MINIMUM_NOT_REACHED"), "MRD<1e-3", F(499, 500_000),
        why="0.0998 % prints as 0.1 % and is below it: nothing is rounded, and 500,000 are not more than 500,000.",
        source=AML_TEXT,
    ),
    line(
        "A4", "AML BM flow 0/180,000 CD45+", AML, BM, CD45, (events(0, 180_000),),
        (CLEAR, "NOT_EVALUABLE", "MINIMUM_NOT_REACHED"), "MRD<1e-3", checks={"lod_fraction": F(20, 180_000), "upper_fraction": F(20, 180_000)},
        why="Nothing seen, to 1.1e-4 only, among far fewer than 500,000 cells.",
        source=AML_TEXT,
    ),
)  # fmt: skip

RULES = (
    *_by_events(),
    line(
        "E10", "B-ALL BM flow 12/4,000,000, the assay needs 10 events, 40 for a number", B_ALL, BM,
        FLOW | {"lod_events": "10", "loq_events": "40"}, (events(12, 4_000_000),), LOW,
        "MRD<1e-5", censor="INTERVAL",
        checks={
            "lod_fraction": F("2.5e-6"), "loq_fraction": F("1e-5"), "decision_count": F(10),
            "lod95_fraction": LAMBDA[10] / 4_000_000, "estimate_fraction": F("3e-6"),
        },
        why="The assay's own events outrank the default; 10 are seen with 95 % at 15.7.",
        source="lymphoid §2.3, §5.1",
    ),
    line(
        "E11", "B-ALL BM flow 0/4,000,000, the assay needs 1 event", B_ALL, BM,
        FLOW | {"lod_events": "1"}, (events(0, 4_000_000),), PROVED, "MRD<1e-6",
        checks={"lod_fraction": LAMBDA[1] / 4_000_000, "lod_kind": "LOD95", "decision_count": F(1)},
        why="No rule of events goes below 2.996 / N.", source="lymphoid R3",
    ),
    line(
        "E12", "MM BM flow 0/4,000,000, claimed LOD 1e-7", MM, BM, FLOW | {"lod_fraction": "1e-7"},
        (events(0, 4_000_000),), (CLEAR, "NEGATIVE"), "MRD<1e-5",
        flags=("claim_below_poisson_floor",), finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={
            "claimed_lod_fraction": F("1e-7"), "poisson_floor_fraction": LAMBDA[1] / 4_000_000,
            "lod_fraction": F("5e-6"), "lod_kind": "DECISION_EVENTS",
        },
        why="4 million cells cannot show 1e-7; the events decide, and a person is told.",
        source="lymphoid R3",
    ),
    line(
        "E13", "MM BM flow 0/15", MM, BM, FLOW, (events(0, 15),), (SILENT, "NOT_EVALUABLE"), None,
        reason="TOO_FEW_EVENTS", checks={"finding_reason": "TOO_FEW_EVENTS", "lod_fraction": None},
        why="20 of 15 events is a limit above 1: nothing could have been shown.", source=DOC,
    ),
    line(
        "E14", "MM BM flow 5/15, 5 events are enough", MM, BM, FLOW | {"min_count": "5"},
        (events(5, 15),), (SEEN, "POSITIVE"), None, checks={"lod_fraction": F(1)},
        why="Detected; the limit cannot be above 1, and there is no level.", source=DOC,
    ),
    line(
        "H1", "MM BM flow 0/5,000,000, WBC of blood 8.0, else as L8", MM,
        BM | COUNTS | {"pb_wbc_10e9_per_l": "8.0"}, FLOW, (events(0, 5_000_000),),
        (CLEAR, "INDETERMINATE"), None, reason="HAEMODILUTE", flags=("blood_diluted", "haemodilute"),
        checks={"blood_dilution_fraction": SHARE * 2, "undiluted_fraction": None},
        why="55 % blood: a marrow negative proves nothing.", source="lymphoid §5.1",
    ),
    line(
        "H2", "MM BM flow 0/5,000,000, RBC 3.9 / 3.9, WBC 6.0, nucleated cells 12.0", MM,
        BM | COUNTS | {"bm_rbc_10e12_per_l": "3.9", "pb_wbc_10e9_per_l": "6.0"}, FLOW,
        (events(0, 5_000_000),), (CLEAR, "NEGATIVE"), "MRD<1e-5", reason=SUFFICES,
        flags=("blood_diluted",), not_flags=("haemodilute",),
        checks={"blood_dilution_fraction": F("0.5")},
        why="Exactly half is not above half.", source="lymphoid §5.1",
    ),
    line(
        "H3", "MM BM flow 400/5,000,000, WBC of blood 40, else as L8", MM,
        BM | COUNTS | {"pb_wbc_10e9_per_l": "40"}, FLOW, (events(400, 5_000_000),),
        (SEEN, "POSITIVE"), None, F("8e-5"), flags=("haemodilute",),
        checks={"blood_dilution_fraction": F(1), "undiluted_fraction": None},
        why="The formula gives 2.7, so all of it is blood; a positive stays one, no depth is proved, nothing is divided by 0.",
        source=DOC,
    ),
    line(
        "H4", "MM BM flow 400/5,000,000, counts as L8, dilution stated as 0.1", MM,
        BM | COUNTS | {"blood_dilution_fraction": "0.1"}, FLOW, (events(400, 5_000_000),),
        (SEEN, "POSITIVE"), "MRD<1e-4", F("8e-5"),
        checks={"blood_dilution_fraction": F("0.1"), "undiluted_fraction": F("8e-5") / F("0.9")},
        why="What the laboratory states outranks the formula.", source=DOC,
    ),
    line(
        "H5", "CLL PB flow 25/500,000, counts as L8", CLL, PB | COUNTS, FLOW_LEUKOCYTES,
        (events(25, 500_000),), (SEEN, "NEGATIVE"), "uMRD4", reason=UNDER,
        not_flags=("blood_diluted",), checks={"blood_dilution_fraction": None, "undiluted_fraction": None},
        why="Blood is not diluted with blood.", source=DOC,
    ),
    line(
        "T1", "AML BM flow 400/800,000 CD45+, 1,000,000 nucleated cells in the tube", AML, BM, CD45,
        (events(400, 800_000, tnc_events="1000000"),), BENEATH, "MRD<1e-3", F("5e-4"),
        checks={"rdf_fraction": F("4e-4"), "rdf_upper_fraction": F("4e-4"), "rdf_kind": "SAME_TUBE"},
        why="5e-4 × 800,000 / 1,000,000 for display; the level stays on CD45+.",
        source="lymphoid §5.1, conversions",
    ),
    line(
        "T2", "AML BM flow 0/800,000 CD45+, 1,000,000 nucleated cells in the tube", AML, BM, CD45,
        (events(0, 800_000, tnc_events="1000000"),), PROVED, "MRD<1e-4",
        checks={"rdf_fraction": None, "rdf_upper_fraction": F("2e-5"), "lod_fraction": F("2.5e-5")},
        why="Nothing seen stays null on the common axis too; its bound is 2e-5.",
        source="lymphoid §5.1, R8",
    ),
    line(
        "T3", "AML BM flow 300 and 100 of 400,000 CD45+ each, TNC counted in one tube only", AML, BM,
        CD45, (events(300, 400_000, tube="1", tnc_events="500000"), events(100, 400_000, tube="2")),
        BENEATH, "MRD<1e-3", F("5e-4"), checks={"rdf_fraction": None, "rdf_kind": None},
        why="Only what was measured in the same tube is converted.", source="lymphoid §5.1",
    ),
    line(
        "T4", "CLL PB flow 0/199,999, WBC of blood 4.0", CLL, PB | {"pb_wbc_10e9_per_l": "4.0"},
        FLOW_LEUKOCYTES, (events(0, 199_999),), (CLEAR, "INDETERMINATE"), None, reason=FAINT,
        checks={"blood_dilution_fraction": None},
        why="One count of four is no dilution, and nothing is guessed.", source=DOC,
    ),
)  # fmt: skip

EXAMPLES = (*WORKED, *RULES)
