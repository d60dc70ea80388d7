"""What once made a sample look cleaner than it was: a positive overruled, a limit or bound too deep.

Each line was found by a second reading and is loaded with its rows in every order.
"""

import math
from fractions import Fraction

import pytest

from tests.spec.cml_examples import CML, LAB
from tests.spec.drawn import Example, Printed, Row
from tests.spec.flow_ngs_examples import CLONOSEQ, FLOW, NGS
from tests.spec.sensitivity_dpcr_examples import parts
from tests.spec.sensitivity_pcr_examples import IGTR, IGTR_CURVE, NPM1, copies, cqs, said
from tests.spec.sensitivity_rows import (
    AML,
    CLEAR,
    CLL,
    FAINT,
    LAMBDA,
    MM,
    NO_MARKER,
    NO_TIME,
    OPEN,
    SEEN,
    SUFFICES,
    clones,
    events,
    unlisted,
)
from tests.unit.reading import diagnosis, drawn, wrong_in_any_order

F = Fraction
NPM1_DNA: Row = {"modality": "PCR", "marker": "NPM1", "basis": "GDNA_CELLS"}
UNSURE = (SEEN, "INDETERMINATE")
SHALLOW = (CLEAR, "INDETERMINATE")
SILENT_WELL = {"target_cq": "Undetermined"}
NO: Row = {"reported_call": "NOT_DETECTED"}
REJECTED_POSITIVE = "DETECTED_IN_REJECTED_REPLICATE"


WEAKEST_STATEMENT = (
    drawn(
        "A2-cq", "two silent wells, sensitivity 1e-6 and 1e-4", MM, IGTR,
        (SILENT_WELL | {"sensitivity_fraction": "1e-6"}, SILENT_WELL | {"sensitivity_fraction": "1e-4"}),
        SHALLOW, "MRD<1e-4", reason=FAINT,
        checks={"lod_fraction": F("1e-4"), "lod_kind": "DILUTION", "upper_fraction": F("1e-4")},
        why="A result is no more sensitive than its weakest replicate.",
    ),
    drawn(
        "A2-range", "two silent wells, the range in one row and the sensitivity in the other", MM, IGTR,
        (SILENT_WELL | {"qr_fraction": "1e-4"}, SILENT_WELL | {"sensitivity_fraction": "1e-5"}),
        (CLEAR, "NEGATIVE"), "MRD<1e-5", reason=SUFFICES,
        checks={"lod_fraction": F("1e-5"), "loq_fraction": F("1e-4"), "loq_kind": "QUANTITATIVE_RANGE"},
        why="Both hold for the result, in whichever row they stand.",
    ),
    drawn(
        "A2-below", "3e-5 twice, the range in one row and the sensitivity in the other", MM, IGTR,
        (*said("3e-5", "FRACTION", qr_fraction="1e-4"), *said("3e-5", "FRACTION", sensitivity_fraction="2e-5")),
        (SEEN, "POSITIVE"), "MRD<1e-4", censor="INTERVAL",
        checks={"lod_fraction": F("2e-5"), "upper_fraction": F("1e-4")},
        why="Below the range, whichever row names the range.",
    ),
    drawn(
        "A2-bound", "not detected `<1e-6` and not detected `<1e-4`", MM, IGTR,
        (*said("<1e-6", "FRACTION", "NOT_DETECTED"), *said("<1e-4", "FRACTION", "NOT_DETECTED")),
        SHALLOW, "MRD<1e-4", reason=FAINT,
        checks={"lod_fraction": F("1e-4"), "upper_fraction": F("1e-4")},
        why="Of two statements the weaker holds.",
    ),
)  # fmt: skip

SEEN_BUT_NOT_COUNTED = (
    drawn(
        "A3-full", "p210: 19,900 of 20,000 partitions, control 10,000, beside a bare no", CML, LAB,
        (parts(19_900, 20_000, 10_000), NO), UNSURE, reason="SATURATED", finding_codes=("SATURATED",),
        checks={"upper_fraction": None},
        why="A saturated well is full of target; a bare no does not empty it.",
    ),
    drawn(
        "A3-few", "p210: 50 copies of 5,000 ABL1 beside a bare no", CML, LAB,
        (*copies("50/5000"), NO), UNSURE, reason=REJECTED_POSITIVE, finding_codes=(REJECTED_POSITIVE,),
        checks={"upper_fraction": None},
        why="Too few control copies take away a negative, never what was seen.",
    ),
    drawn(
        "A4", "NPM1 on DNA: Cq 31 and two silent wells", AML, NPM1_DNA,
        cqs("31", "Undetermined", "Undetermined", run_id="RQ"), unlisted(SEEN, NO_MARKER), runs=(IGTR_CURVE,),
        flags=("copies_from_curve",),
        checks={"estimate_fraction": 10 ** ((31 - 22.1) / -3.35), "upper_fraction": None},
        why="Two of three is a rule of RNA: a clone in one well of DNA is a clone.",
    ),
    drawn(
        "B7", "NPM1: 40, 0 and 0 copies of 30,000, and 40 copies in a well whose control failed", AML, NPM1,
        copies("40/30000", "0/30000", "0/30000", "40/0"), unlisted(SEEN, NO_TIME), checks={"upper_fraction": None},
        finding_codes=(REJECTED_POSITIVE,), flags=("detected_in_rejected_replicate",),
        why="Two wells were positive; one of them cannot be counted, and that is no negative.",
    ),
)  # fmt: skip

NO_DEEPER_THAN_THE_SAMPLE = (
    drawn(
        "A5", "not detected, 1,500 ng, sensitivity 1e-5, 10 % blasts at diagnosis", MM, IGTR,
        said(call="NOT_DETECTED", input_ng="1500", sensitivity_fraction="1e-5"), SHALLOW, "MRD<1e-3",
        reason=FAINT, other_samples=diagnosis("0.1"), finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={
            "lod_fraction": LAMBDA[1] / (1_500_000 / F("6.5")) * 10, "upper_fraction": Printed("1.298e-4"),
            "rdf_upper_fraction": Printed("1.298e-5"), "rdf_kind": "DIAGNOSTIC_BLASTS",
        },
        why="One cell of 230,769 is ten times as much of a sample that was one tenth blasts.",
    ),
    drawn(
        "B1", "not detected, 60,000 copies of the control gene", MM, IGTR,
        said(call="NOT_DETECTED", control_copies="60000"), SHALLOW, "MRD<1e-4", reason=FAINT,
        checks={"effective_denominator": 30_000, "lod_fraction": LAMBDA[1] / 30_000},
        why="The control gene is diploid: 60,000 copies are 30,000 cells.",
    ),
    drawn(
        "B2", "clonoSEQ with three copies needed, 2 of 195,000 cells", MM, CLONOSEQ | {"min_count": "3"},
        clones(2, total=195_000), SHALLOW, "MRD<1e-4", reason=FAINT, flags=("trace_events",),
        checks={"lod_fraction": F(3, 195_000), "lod_kind": "KIT", "decision_count": 3},
        why="The maker's 1.903 events hold for a call on one copy, not on three.",
    ),
    drawn(
        "B5", "called below the LOQ and `<1e-8`, 10 ng", MM, IGTR,
        said("<1e-8", "FRACTION", "BELOW_LOQ", input_ng="10"), UNSURE, reason=OPEN, censor="LEFT",
        checks={"upper_fraction": LAMBDA[1] / (10_000 / F("6.5")), "lod_fraction": Printed("1.9e-3")},
        why="1,538 cells bound nothing below 1.9e-3, whatever was written.",
    ),
    drawn(
        "B10", "clonoSEQ row that ended in 2020, 0 of 2,000,000 cells in 2024", MM,
        CLONOSEQ | {"valid_to": "2020-12-31"}, clones(0, total=2_000_000), (CLEAR, "NEGATIVE"), "MRD<1e-5",
        flags=("assay_row_not_in_force",),
        checks={"lod_fraction": LAMBDA[1] / 2_000_000, "lod_kind": "LOD95"},
        why="The maker's limit went with the assay row, so 1e-6 is not proved.",
    ),
    drawn(
        "B11", "p210: called below the LOD with 1,000,000 control copies and no claim", CML, LAB,
        said(call="BELOW_LOD", control_copies="1000000"), UNSURE, reason="DETECTED_WITHOUT_LEVEL",
        checks={"upper_fraction": None, "level_fraction": None},
        why="Below a limit that nobody named bounds nothing.",
    ),
)  # fmt: skip

NO_TIGHTER_THAN_THE_COUNT = (
    drawn(
        "B3", "CLL: 250 of 5,000,000 events, marrow nine tenths blood", CLL, FLOW, (events(250, 5_000_000),),
        UNSURE, None, F("5e-5"), reason="HAEMODILUTE", flags=("haemodilute",),
        sample={"blood_dilution_fraction": "0.9"}, checks={"depth_proved": None},
        why="5e-5 of the blood says nothing of the marrow.",
    ),
    drawn(
        "B4", "CLL: 2 of 30,000 cells, no LOQ known", CLL, NGS, clones(2, total=30_000), UNSURE,
        reason=OPEN, censor="LEFT",
        checks={"lod_fraction": LAMBDA[1] / 30_000, "upper_fraction": Printed("2.41e-4"), "loq_kind": "LOD"},
        why="Two may be seven by chance: an LOQ that nobody proved is no bound.",
    ),
    drawn(
        "B6", "NPM1: 1,000, 0, 0 and 0 copies of 30,000", AML, NPM1,
        copies("1000/30000", "0/30000", "0/30000", "0/30000"), unlisted(CLEAR, NO_TIME), flags=("single_replicate_positive",),
        # χ² quantile of 2,002 degrees of freedom / 2 = 1,063.95 copies
        checks={"lod_fraction": F(3, 120_000), "upper_fraction": Printed("8.866e-3")},
        why="One of four is no detection, but 1,000 copies are not fewer than three.",
    ),
)  # fmt: skip

COUNTED_ONCE = (
    drawn(
        "B8", "three wells with control, and their merged row without", MM, IGTR,
        (parts(2, 18_000, 9_000), parts(1, 18_000, 9_000), parts(1, 18_000, 9_000), parts(4, 54_000)),
        (SEEN, "POSITIVE"), "MRD<1e-3", math.log1p(-4 / 54_000) / math.log(0.5) * 2,
        flags=("merged_row_left_out",),
        checks={"effective_denominator": 27_000 * math.log(2), "n_evaluable": 3},
        why="The sum of the others is a merged row, whether or not it repeats their control.",
    ),
    drawn(
        "B9", "tubes of 1,000,000 and 900,000 nucleated cells, and their sum", MM, FLOW,
        (events(0, 1_000_000), events(0, 900_000), events(0, 1_900_000)), SHALLOW, "MRD<1e-4", reason=FAINT,
        flags=("merged_row_left_out",),
        checks={"effective_denominator": 1_900_000, "lod_fraction": F(20, 1_900_000)},
        why="Cells that were listed twice were not looked at twice.",
    ),
    drawn(
        "B9-seen", "the same tubes with 190 and 0 events", MM, FLOW,
        (events(190, 1_000_000), events(0, 900_000), events(190, 1_900_000)), (SEEN, "POSITIVE"), "MRD<1e-3",
        F("1e-4"), flags=("merged_row_left_out",), checks={"denominator": 1_900_000, "numerator": 190},
        why="Neither events nor cells count twice.",
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    "example",
    [
        *WEAKEST_STATEMENT,
        *SEEN_BUT_NOT_COUNTED,
        *NO_DEEPER_THAN_THE_SAMPLE,
        *NO_TIGHTER_THAN_THE_COUNT,
        *COUNTED_ONCE,
    ],
    ids=lambda e: e.number,
)
def test_no_false_negative(example: Example) -> None:
    """The line comes out as drawn, whatever the order of its rows."""
    assert wrong_in_any_order(example) == []
