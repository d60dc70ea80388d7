"""What once stopped a load, gave a level that was none, or compared numbers that are not alike.

Each line was found by a second reading and is loaded with its rows in every order.
"""

import math
from fractions import Fraction

import pytest

from tests.spec.cml_examples import CML, NO_FACTOR, P190, PH_ALL_P190
from tests.spec.drawn import Example, Row, files_of, mismatches, to_csv
from tests.spec.flow_ngs_examples import FLOW, NGS
from tests.spec.sensitivity_dpcr_examples import MERGED, VAF, parts
from tests.spec.sensitivity_pcr_examples import IGTR, IGTR_CURVE, NPM1, RANGE, copies, cqs, said
from tests.spec.sensitivity_rows import (
    AML,
    CLEAR,
    LAMBDA,
    MM,
    NO_MARKER,
    NO_TIME,
    SEEN,
    SILENT,
    SUFFICES,
    clones,
    curve,
    events,
    site,
    unlisted,
)
from tests.support import tables_from_csv
from tests.unit.reading import diagnosis, drawn, wrong_in_any_order

F = Fraction
UNSURE = (SEEN, "INDETERMINATE")
TOO_FEW = (SILENT, SILENT)
NGS_VAF: Row = NGS | {"marker": "PANEL", "basis": "VAF"}

LIMITS_ABOVE_1 = (
    drawn(
        "A1-dna", "not detected, sensitivity 0.002, 0.4 ng where the curve takes 500", MM, IGTR,
        said(call="NOT_DETECTED", sensitivity_fraction="0.002", input_ng="0.4", nominal_input_ng="500"),
        TOO_FEW, reason="TOO_FEW_EVENTS",
        checks={"lod_fraction": None, "claimed_lod_fraction": 1, "upper_fraction": None},
        why="Corrected for the DNA the limit is 2.5, which no fraction reaches.",
    ),
    drawn(
        "A1-percent", "not detected `<150` %", MM, IGTR, said("<150", "PCT", "NOT_DETECTED"),
        TOO_FEW, reason="TOO_FEW_EVENTS",
        checks={"lod_fraction": None, "claimed_lod_fraction": 1, "upper_fraction": None},
        why="Less than one and a half of all cells is always so.",
    ),
    drawn(
        "C9", "NPM1: 1,000 copies of 2 ABL1", AML, NPM1, copies("1000/2"), unlisted(SEEN, NO_TIME),
        None, F(500),
        checks={
            "estimate_fraction": 500, "lod_fraction": None, "lod95_fraction": None, "loq_fraction": None,
            "poisson_floor_fraction": None, "lod_kind": None, "loq_kind": None,
        },
        why="3 copies of 2 are no limit, but a thousand are a ratio.",
    ),
)  # fmt: skip

LEVELS = (
    drawn(
        "C1", "NPM1 VAF: 5,000 copies, 5,000 of the wild type", AML, VAF, copies("5000/5000"), unlisted(SEEN, NO_MARKER), None,
        F(1, 2), checks={"denominator": 10_000, "numerator": 5_000}, flags=("heterozygous_assumed",),
        why="Mutant over mutant and wild type: half, not all.",
    ),
    drawn(
        "C2", "p190: 30 of 20,000 partitions in three wells, the control in one", PH_ALL_P190, P190,
        (parts(30, 20_000, 10_000), parts(30, 20_000), parts(30, 20_000)), unlisted(SEEN, NO_MARKER),
        checks={"finding_reason": "NO_COPIES", "denominator": None, "upper_fraction": None},
        why="The target of three wells over the control of one would be three times too high.",
    ),
    drawn(
        "C4", "40 copies, 100,000 of the control gene, 250 ng where the curve takes 500", MM,
        IGTR | {"lod_fraction": "1e-4"},
        (copies("40/100000")[0] | {"input_ng": "250", "nominal_input_ng": "500"},),
        (SEEN, "POSITIVE"), "MRD<1e-3", F("8e-4"), not_flags=("dna_corrected", "relative_to_diagnosis"),
        checks={"claimed_lod_fraction": F("1e-4"), "lod_fraction": F("1e-4")},
        why="Copies over copies need no correction, neither the value nor the claim.",
    ),
    drawn(
        "C5", "9e-4, 150,000 copies of the control gene, 10 % blasts at diagnosis", MM, IGTR,
        said("9e-4", "FRACTION", control_copies="150000"), (SEEN, "POSITIVE"), "MRD<1e-3", F("9e-4"),
        other_samples=diagnosis("0.1"), flags=("relative_to_diagnosis",),
        checks={
            "rdf_kind": "DIAGNOSTIC_BLASTS", "rdf_fraction": F("9e-5"), "effective_denominator": 75_000,
            "lod_fraction": LAMBDA[1] / 75_000 * 10,
        },
        why="A stated value is relative to the diagnostic sample, control copies or not.",
    ),
    drawn(
        "C6", "4e-4 beside a Cq of 31 on a curve that is too steep", MM, IGTR,
        said("4e-4", "FRACTION", target_cq="31", run_id="RQ"), (SEEN, "POSITIVE"), "MRD<1e-3", F("4e-4"),
        runs=(curve("RQ", "-4.2", "22.1"),), not_flags=("copies_from_curve", "curve_not_acceptable"),
        why="A curve that was not used is not to blame.",
    ),
    drawn(
        "C7", "run R1 500 of 1,000,000; run R2 invalid, over CD45+ cells", MM, FLOW,
        (events(500, 1_000_000, run_id="R1"), events(5, 1_000_000, run_id="R2", denominator="CD45")),
        (SEEN, "POSITIVE"), "MRD<1e-3", F("5e-4"),
        runs=({"run_id": "R1", "is_valid": "true"}, {"run_id": "R2", "is_valid": "false"}),
        why="An invalid run takes nothing from a valid one.",
    ),
    drawn(
        "C7-first", "the same, the invalid run named before the valid one", MM, FLOW,
        (events(500, 1_000_000, run_id="R1"), events(5, 1_000_000, run_id="R0", denominator="CD45")),
        (SEEN, "POSITIVE"), "MRD<1e-3", F("5e-4"),
        runs=({"run_id": "R1", "is_valid": "true"}, {"run_id": "R0", "is_valid": "false"}),
        why="Nor does the name of the run matter.",
    ),
    drawn(
        "C11", "Cq 24 and 30, range 1e-4, sensitivity 1e-5", MM, IGTR, cqs("24", "30", **RANGE, run_id="RQ"),
        UNSURE, runs=(IGTR_CURVE,), not_flags=("below_loq",), reason="DETECTED_WITHOUT_LEVEL", censor="NONE",
        checks={"estimate_fraction": 10 ** ((27 - 22.1) / -3.35), "upper_fraction": None, "loq_fraction": F("1e-4")},
        why="Irreproducible at 3 % is no level, and neither is it below the range.",
    ),
)  # fmt: skip

TRACES = (
    drawn(
        "C12-unseen", "flow: 5 of 5,000,000 events", MM, FLOW, (events(5, 5_000_000),), (CLEAR, "NEGATIVE"),
        "MRD<1e-5", reason=SUFFICES, flags=("trace_events",),
        why="Fewer than 20 and not none is a trace.",
    ),
    drawn(
        "C12-blind", "flow: 5 of 15 events", MM, FLOW, (events(5, 15),), TOO_FEW, reason="TOO_FEW_EVENTS",
        not_flags=("trace_events",), why="What could not be evaluated has no trace.",
    ),
    drawn(
        "C12-unproved", "1 of 10,000 molecules of a variant without an error rate", AML, NGS_VAF,
        (site(1, 10_000),), (SILENT, SILENT, "NO_ERROR_MODEL"), not_flags=("trace_events",), checks={"finding_reason": "NO_ERROR_MODEL"},
        marker="IDH2 R140Q", why="Neither seen nor unseen, so no trace.",
    ),
    drawn(
        "C12-split", "2 of 54,000 partitions beside a call of detected", MM, IGTR,
        (parts(2, 54_000, **MERGED), {"reported_call": "DETECTED"}), UNSURE, reason="SPLIT_REPLICATES",
        not_flags=("trace_events",), why="What counts as detected is no trace.",
    ),
)  # fmt: skip


@pytest.mark.parametrize("example", [*LIMITS_ABOVE_1, *LEVELS, *TRACES], ids=lambda e: e.number)
def test_no_false_level(example: Example) -> None:
    """The line comes out as drawn, whatever the order of its rows."""
    assert wrong_in_any_order(example) == []


@pytest.mark.parametrize(
    ("table", "row", "code"),
    [
        pytest.param(
            "pcr_measurements",
            {"reported_value": "<0", "reported_unit": "FRACTION", "reported_call": "NOT_DETECTED"},
            "OUT_OF_RANGE",
            id="A1: below nothing at all would be a limit of 0",
        ),
        pytest.param(
            "flow_measurements",
            {"mrd_events": "0", "denominator_events": "1000001", "tnc_events": "1000000"},
            "MORE_EVENTS_THAN_DENOMINATOR",
            id="C8: no denominator holds more than all nucleated cells of its tube",
        ),
    ],
)
def test_row_is_rejected(table: str, row: Row, code: str) -> None:
    """The row is refused with its code and never becomes a result."""
    tables = tables_from_csv({f"{table}.csv": to_csv([{"sample_id": "S", "assay_id": "A"} | row])})
    (finding,) = tables.findings.filter(tables.findings["source_line"] == 2).to_dicts()
    assert (finding["code"], finding["severity"]) == (code, "REJECTED")
    assert tables.inputs[table].is_empty()


# -- which numbers may be compared

OF_LAB = {"lab_id": "lab1"}
IGTR_METHODS = (
    drawn(
        "A6-rq", "RQ-PCR states 4e-4", MM, IGTR | OF_LAB, said("4e-4", "FRACTION"), (SEEN, "POSITIVE"),
        "MRD<1e-3", F("4e-4"), checks={"scale": "RELATIVE_TO_DIAGNOSIS"},
        why="A fraction of the diagnostic sample.",
    ),
    drawn(
        "A6-dpcr", "54 of 54,000 partitions that hold 160,490 cells", MM, IGTR | OF_LAB,
        (parts(54, 54_000, **MERGED),), (SEEN, "POSITIVE"), "MRD<1e-3",
        -math.log1p(-0.001) * 54_000 / 160_489.51048951, checks={"scale": "ABSOLUTE"},
        why="A fraction of the cells.",
    ),
    drawn(
        "A6-reads", "400 of 1,000,000 reads of 1,500 ng", MM, NGS | OF_LAB,
        clones(400, total=1_000_000, kind="READS", input_ng="1500"), (SEEN, "POSITIVE"), "MRD<1e-3", F("4e-4"),
        checks={"scale": "READS"}, why="A fraction of the reads, which are those of amplified cells.",
    ),
)  # fmt: skip


INTERNATIONAL = {"scale": "INTERNATIONAL"}
ON_SCALE = (
    drawn(
        "A7-level", "0.05 %IS", CML, NO_FACTOR, said("0.05", "PCT_IS"), (SEEN, "POSITIVE"), "MR3", F("5e-4"),
        checks=INTERNATIONAL, why="A value that is said to be on the scale needs no factor.",
    ),
    drawn(
        "A7-unseen", "`<0.003` %IS, not detected", CML, NO_FACTOR, said("<0.003", "PCT_IS", "NOT_DETECTED"),
        (CLEAR, "NEGATIVE"), "MR4.5", checks=INTERNATIONAL, why="A limit on the scale is on it.",
    ),
    drawn(
        "A7-below", "`<0.01` %IS, below the LOQ", CML, NO_FACTOR, said("<0.01", "PCT_IS", "BELOW_LOQ"),
        (SEEN, "LOW_LEVEL"), "MR4", checks=INTERNATIONAL, why="So is a bound.",
    ),
    drawn(
        "A7-above", "`>55` %IS", CML, NO_FACTOR, said(">55", "PCT_IS"), (SEEN, "POSITIVE"), censor="RIGHT",
        checks=INTERNATIONAL, why="And a bound from below, though it has no upper end.",
    ),
)  # fmt: skip


@pytest.mark.parametrize(
    ("examples", "n_series"),
    [
        pytest.param(
            IGTR_METHODS, 3, id="A6: cells, reads and a fraction of diagnosis are not alike"
        ),
        pytest.param(ON_SCALE, 1, id="A7: censored or not, the International Scale is one"),
    ],
)
def test_series(examples: tuple[Example, ...], n_series: int) -> None:
    """Results may be compared in time where their numbers mean the same."""
    files = files_of(examples)
    tables = tables_from_csv(files)
    assert [wrong for one in examples for wrong in mismatches(one, tables, files)] == []
    assert tables.assay_results["series"].n_unique() == n_series
