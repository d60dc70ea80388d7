"""Digital PCR: partitions, pooled wells, saturation, the four denominators.

Numbers with L are those of `lymphoid_myeloma_and_sensitivity.md` section 7; the others draw its
sections 1.2 and 5.5 or `docs/sensitivity.md`.
"""

import math
from fractions import Fraction

from tests.spec.cml_examples import CML, LAB
from tests.spec.drawn import Printed, Row
from tests.spec.sensitivity_rows import (
    AML,
    BM,
    CLEAR,
    CLL,
    LAMBDA,
    MM,
    NO_MARKER,
    PB,
    SEEN,
    SILENT,
    SUFFICES,
    UNDER,
    line,
    unlisted,
    wells,
)

F = Fraction

DPCR: Row = {"modality": "PCR", "marker": "IG/TR", "basis": "GDNA_CELLS"}
VAF: Row = {"modality": "PCR", "marker": "NPM1 W288fs", "basis": "VAF"}
DOC, TEXT, SECTION = "docs/sensitivity.md, digital PCR", "lymphoid §7", "lymphoid §5.5"

CELLS = 1500 * 54_000 * F("0.85") / 1000 / 66 * 1000 / F("6.5")
"""Cells in 54,000 partitions of 0.85 nL of 66 µL that hold 1,500 ng: 160,490."""
WELL = {"partition_volume_nl": "0.85", "reaction_volume_ul": "22", "input_ng": "500"}
MERGED = {"partition_volume_nl": "0.85", "reaction_volume_ul": "66", "input_ng": "1500"}


def parts(positive: int, total: int, control: int | str = "", **rest: str) -> Row:
    """Write the partitions of one well."""
    row = {"positive_partitions": str(positive), "total_partitions": str(total)} | rest
    return row | {"control_positive_partitions": str(control)}


def copies(positive: int, total: int) -> float:
    """Return the copies in all partitions of a well."""
    return -math.log1p(-positive / total) * total


THREE_OF_WELL = tuple(parts(0, 18_000, **WELL) for _ in range(3))

EXAMPLES = (
    line(
        "L16", "MM: 8,000 of 20,000 partitions of 0.85 nL, reference gene 16,000", MM, BM, DPCR,
        (parts(8_000, 20_000, 16_000, partition_volume_nl="0.85"),), (SEEN, "POSITIVE"), None,
        2 * copies(8_000, 20_000) / copies(16_000, 20_000),
        checks={
            "target_copies_per_ul": Printed("601"),
            "ci_low_fraction": 0.49956 * 20_000 / (copies(16_000, 20_000) / 2),
            "ci_high_fraction": 0.52227 * 20_000 / (copies(16_000, 20_000) / 2),
        },
        why="λ = 0.5108 (0.4996 to 0.5223): 601 copies/µL of partitions, not 511 of the whole mix.",
        source=TEXT,
    ),
    line(
        "L17", "CLL BM: 0 of 54,000 partitions of 0.85 nL; 1,500 ng in 66 µL", CLL, BM, DPCR,
        (parts(0, 54_000, **MERGED),), (CLEAR, "NEGATIVE"), "uMRD4", reason=SUFFICES,
        checks={
            "effective_denominator": CELLS, "poisson_floor_fraction": Printed("1.87e-5"),
            "lod_fraction": 3 / CELLS, "lod_kind": "DECISION_EVENTS", "decision_count": F(3),
            "lod95_fraction": LAMBDA[3] / CELLS, "ci_high_fraction": Printed("2.30e-5"),
            "pg_per_cell": F("6.5"),
        },
        why="160,490 cells were analysed; three positive partitions decide: enough for 1e-4 only.",
        source=TEXT,
    ),
    line(
        "L17-one", "as L17, one positive partition is enough", CLL, BM, DPCR | {"min_count": "1"},
        (parts(0, 54_000, **MERGED),), (CLEAR, "NEGATIVE"), "uMRD4",
        checks={"lod_fraction": Printed("1.87e-5"), "lod95_fraction": Printed("1.87e-5"),
                "lod_kind": "LOD95", "decision_count": F(1)},
        why="With one partition the limit is the floor, 2.996 over the cells.", source=TEXT,
    ),
    line(
        "L18", "CLL BM: 19,900 of 20,000 partitions", CLL, BM, DPCR,
        (parts(19_900, 20_000, **WELL),), (SILENT, "NOT_EVALUABLE"), None, reason="SATURATED",
        finding_codes=("SATURATED",), checks={"finding_reason": "SATURATED"},
        why="99.5 % positive: λ 5.30 is no number any more.", source=TEXT,
    ),
    line(
        "D1", "CLL BM: 0 of 18,000 in three wells, 500 ng in 22 µL each", CLL, BM, DPCR,
        wells(*THREE_OF_WELL), (CLEAR, "NEGATIVE"), "uMRD4",
        checks={"effective_denominator": CELLS, "n_evaluable": F(3)},
        why="Three wells with a third of the mix each are what L17 pooled.", source=SECTION,
    ),
    line(
        "D2", "CLL BM: 2, 1 and 1 of 18,000, and a merged row 4 of 54,000", CLL, BM, DPCR,
        wells(parts(2, 18_000, **WELL), parts(1, 18_000, **WELL), parts(1, 18_000, **WELL),
              parts(4, 54_000, **MERGED)),
        (SEEN, "NEGATIVE"), "uMRD4", copies(4, 54_000) / float(CELLS), reason=UNDER,
        flags=("merged_row_left_out",),
        checks={"effective_denominator": CELLS},
        why="The merged row is the sum of the others and counts once: 2.5e-5.", source=DOC,
    ),
    line(
        "D3", "CLL BM: 2, 0 and 0 of 18,000", CLL, BM, DPCR,
        wells(parts(2, 18_000, **WELL), *THREE_OF_WELL[:2]), (CLEAR, "NEGATIVE"), "uMRD4",
        flags=("trace_events",), checks={"upper_fraction": 3 / CELLS},
        why="Two positive partitions are one fewer than a detection.", source="lymphoid §1.2",
    ),
    line(
        "D4", "CLL BM: 1, 1 and 1 of 18,000", CLL, BM, DPCR,
        wells(*(parts(1, 18_000, **WELL),) * 3), (SEEN, "NEGATIVE"), "uMRD4",
        copies(3, 54_000) / float(CELLS), reason=UNDER, not_flags=("merged_row_left_out",),
        why="Three are a detection, wherever they lie.", source="lymphoid §1.2",
    ),
    line(
        "D5", "MM: 30 of 20,000, reference gene 10,000", MM, BM, DPCR,
        (parts(30, 20_000, 10_000),), (SEEN, "POSITIVE"), None,
        2 * copies(30, 20_000) / copies(10_000, 20_000),
        checks={
            "rdf_fraction": 2 * copies(30, 20_000) / copies(10_000, 20_000),
            "rdf_kind": "NUCLEATED_CELLS", "denominator": copies(10_000, 20_000) / 2,
            "lod_fraction": 6 / copies(10_000, 20_000), "pg_per_cell": None,
        },
        why="Two reference copies are one cell.", source=SECTION,
    ),
    line(
        "D6", "MM: 30 of 20,000, reference gene 19,000", MM, BM, DPCR,
        (parts(30, 20_000, 19_000),), (SEEN, "POSITIVE"), None,
        2 * copies(30, 20_000) / copies(19_000, 20_000),
        why="Exactly 95 % positive is not saturated.", source=SECTION,
    ),
    line(
        "D7", "MM: 30 of 20,000, reference gene 19,001, no mass of DNA", MM, BM, DPCR,
        (parts(30, 20_000, 19_001),), (SEEN, "INDETERMINATE"), None, reason="SATURATED",
        finding_codes=("SATURATED",),
        why="A saturated reference is no denominator: detected without a level.", source=SECTION,
    ),
    line(
        "D7-none", "MM: 0 of 20,000, reference gene 19,001, no mass of DNA", MM, BM, DPCR,
        (parts(0, 20_000, 19_001),), (SILENT, "NOT_EVALUABLE"), None, reason="SATURATED",
        finding_codes=("SATURATED",),
        why="Nothing seen of nobody knows how many cells is no negative.", source=SECTION,
    ),
    line(
        "D7-mass", "CLL BM: 30 of 20,000, reference gene 19,990, 500 ng in 22 µL", CLL, BM, DPCR,
        (parts(30, 20_000, 19_990, **WELL),), (SEEN, "POSITIVE"), None,
        copies(30, 20_000) / (500 * 17 / 22 * 1000 / 6.5),
        why="500 ng saturate the reference, as they must; the mass of DNA is the denominator.",
        source=SECTION,
    ),
    line(
        "D8", "AML NPM1 gene: 10 of 20,000, normal copies 8,000", AML, BM, VAF,
        (parts(10, 20_000, 8_000),), unlisted(SEEN, NO_MARKER), None,
        copies(10, 20_000) / (copies(10, 20_000) + copies(8_000, 20_000)),
        flags=("heterozygous_assumed",),
        checks={"rdf_fraction": 2 * copies(10, 20_000) / (copies(10, 20_000) + copies(8_000, 20_000)),
                "rdf_kind": "VAF_ESTIMATE"},
        why="Mutant over mutant and normal copies: 0.098 %, below 0.1 %.", source=DOC,
    ),
    line(
        "D9", "p210: 30 of 20,000, ABL1 12,000, factor 0.8", CML, PB,
        LAB | {"conversion_factor": "0.8"}, (parts(30, 20_000, 12_000),), (SEEN, "POSITIVE"), "MR2",
        0.8 * copies(30, 20_000) / copies(12_000, 20_000),
        checks={"denominator": copies(12_000, 20_000), "lod_fraction": 2.4 / copies(12_000, 20_000)},
        why="Copies of both by their partitions, then the factor: 0.131 %.", source=DOC,
    ),
    line(
        "D10", "p210: 30 of 20,000 and 30 copies in the same row, ABL1 12,000 partitions", CML, PB, LAB,
        (parts(30, 20_000, 12_000, target_copies="30"),), (SEEN, "POSITIVE"), "MR2",
        copies(30, 20_000) / copies(12_000, 20_000),
        why="The partitions outweigh the copies that were computed from them.", source=DOC,
    ),
    line(
        "D11", "p210: 30 of 20,000 and 3 copies in the same row, ABL1 12,000 partitions", CML, PB, LAB,
        (parts(30, 20_000, 12_000, target_copies="3"),), (SEEN, "INDETERMINATE"), None,
        reason="VALUE_CONTRADICTS_COUNTS", finding_codes=("VALUE_CONTRADICTS_COUNTS",),
        why="Ten times apart: one of them is wrong, and there is no level.", source=DOC,
    ),
)  # fmt: skip
