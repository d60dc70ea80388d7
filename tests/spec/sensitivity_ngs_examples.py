"""Sequencing of IG/TR: cells in DNA, spike-ins, reads that are no molecules.

Numbers with L are those of `lymphoid_myeloma_and_sensitivity.md` section 7; the others draw a table
of the text or a sentence of `docs/sensitivity.md`.
"""

from fractions import Fraction

from tests.spec.drawn import Example, Printed, Row
from tests.spec.flow_ngs_examples import CLONOSEQ, NGS
from tests.spec.sensitivity_rows import (
    BM,
    CLEAR,
    CLL,
    FAINT,
    LAMBDA,
    MM,
    PB,
    SEEN,
    SUFFICES,
    clones,
    line,
)

F = Fraction

PG = F("6.5")
READS = 50_000_000
"""So many reads that only the DNA limits what is seen."""
DOC = "docs/sensitivity.md, sequencing"
TEXT = "lymphoid §7"


def cells_in(ng: str) -> Fraction:
    """Return the diploid cells in nanograms of DNA."""
    return F(ng) * 1000 / PG


def dna(ng: str, kind: str = "MOLECULES", total: int = 10_000_000, **rest: str) -> tuple[Row, ...]:
    """Write a sample in which no clone was found."""
    return clones(0, total=total, kind=kind, input_ng=ng, **rest)


def _by_mass() -> tuple[Example, ...]:
    """Draw the table of §5.2: what so much DNA can show."""
    table = (
        # ng, cells and 3/N as printed; status at 1e-5, depth
        ("100", "15385", "1.9e-4", None, "MRD<1e-3"),
        ("200", "30769", "9.7e-5", None, "MRD<1e-4"),
        ("500", "76923", "3.9e-5", None, "MRD<1e-4"),
        ("1000", "153846", "1.95e-5", None, "MRD<1e-4"),
        ("1500", "230769", "1.3e-5", None, "MRD<1e-4"),
        ("2000", "307692", "9.7e-6", SUFFICES, "MRD<1e-5"),
        ("7000", "1076923", "2.8e-6", SUFFICES, "MRD<1e-5"),
        ("20000", "3076923", "9.7e-7", SUFFICES, "MRD<1e-6"),
    )
    return tuple(
        line(
            f"M{i}", f"MM BM NGS 0 of 50,000,000 reads, {ng} ng", MM, BM, NGS,
            dna(ng, "READS", READS), (CLEAR, "NEGATIVE" if enough else "INDETERMINATE"), depth,
            reason=enough or FAINT, flags=("library_conversion_assumed", "reads_are_not_molecules"),
            checks={
                "effective_denominator": Printed(cells), "lod_fraction": Printed(limit),
                "lod95_fraction": LAMBDA[1] / cells_in(ng),
                "poisson_floor_fraction": LAMBDA[1] / cells_in(ng), "lod_kind": "LOD95",
                "pg_per_cell": PG,
            },
            why="However many reads: the DNA holds these cells, and 2.996 over them is the floor.",
            source="lymphoid §5.2, table" + (", §7(23)" if ng == "500" else ""),
        )
        for i, (ng, cells, limit, enough, depth) in enumerate(table, 1)
    )  # fmt: skip


def _least_mass() -> tuple[Example, ...]:
    """Draw the minimum input for 1e-4, 1e-5 and 1e-6, and a little less than it."""
    table = (
        # patient, sample, ng, verdict, depth
        (CLL, PB, "194.73", "NEGATIVE", "uMRD4"),
        (CLL, PB, "194.72", "INDETERMINATE", None),
        (MM, BM, "1947.3", "NEGATIVE", "MRD<1e-5"),
        (MM, BM, "1947.2", "INDETERMINATE", "MRD<1e-4"),
        (MM, BM, "19472.3", "NEGATIVE", "MRD<1e-6"),
        (MM, BM, "19472.2", "NEGATIVE", "MRD<1e-5"),
    )
    return tuple(
        line(
            f"M{i}", f"{patient['disease']} {sample['tissue']} NGS 0 clones in {ng} ng", patient,
            sample, NGS, dna(ng), (CLEAR, status), depth,
            checks={"lod_fraction": LAMBDA[1] / cells_in(ng)},
            why="29,957, 299,573 and 2,995,732 cells are needed for 1e-4, 1e-5 and 1e-6.",
            source="lymphoid §5.2, minimum input",
        )
        for i, (patient, sample, ng, status, depth) in enumerate(table, 11)
    )  # fmt: skip


SPIKE = {"spike_cells": "100", "spike_reads": "5000"}

WORKED = (
    line(
        "L22", "MM BM NGS 180 of 400,000 reads, 200 ng, 100 cells spiked in gave 5,000 reads", MM,
        BM, NGS, clones(180, total=400_000, kind="READS", input_ng="200", **SPIKE),
        (SEEN, "POSITIVE"), "MRD<1e-3", F("1.17e-4"), flags=("spike_calibrated",),
        not_flags=("reads_are_not_molecules",),
        checks={
            "numerator": F("3.6"), "denominator": cells_in("200"),
            "lod_fraction": LAMBDA[1] / cells_in("200"), "rdf_fraction": F("1.17e-4"),
            "rdf_kind": "NUCLEATED_CELLS", "ci_low_fraction": Printed("2.90e-5"),
            "ci_high_fraction": Printed("3.14e-4"),
        },
        why="180 reads × 100 / 5,000 are 3.6 cells of 30,769; 4.5e-4 is a share of amplified cells only.",
        source=TEXT,
    ),
    line(
        "L22-no-spike", "MM BM NGS 180 of 400,000 reads, 200 ng, no spike-in", MM, BM, NGS,
        clones(180, total=400_000, kind="READS", input_ng="200"), (SEEN, "POSITIVE"), "MRD<1e-3",
        F("4.5e-4"), flags=("reads_are_not_molecules",), not_flags=("spike_calibrated",),
        checks={"rdf_fraction": None, "ci_high_fraction": None, "ci_method": None},
        why="A share of reads: flagged, without an interval, and not on the axis of nucleated cells.",
        source=TEXT + ", §5.2",
    ),
    line(
        "L23", "CLL PB NGS 0 clones in 500 ng", CLL, PB, NGS, dna("500"), (CLEAR, "NEGATIVE"),
        "uMRD4", reason=SUFFICES,
        checks={"lod_fraction": Printed("3.9e-5"), "effective_denominator": Printed("76923")},
        why="3.9e-5 is enough for 1e-4; line M3 shows that it is not for 1e-5.", source=TEXT,
    ),
)  # fmt: skip

RULES = (
    *_by_mass(),
    *_least_mass(),
    line(
        "S1", "MM BM NGS 0 of 400,000 reads, 200 ng, 100 cells spiked in gave 50 reads", MM, BM, NGS,
        clones(0, total=400_000, kind="READS", input_ng="200", spike_cells="100", spike_reads="50"),
        (CLEAR, "INDETERMINATE"), "MRD<1e-3", reason=FAINT, flags=("spike_calibrated",),
        checks={"lod_fraction": 2 * LAMBDA[1] / cells_in("200")},
        why="One read stands for two cells: the limit is twice the floor of the DNA.", source=DOC,
    ),
    line(
        "S2", "MM BM NGS 0 of 400,000 reads, 200 ng, 100 cells spiked in gave 5,000 reads", MM, BM,
        NGS, clones(0, total=400_000, kind="READS", input_ng="200", **SPIKE),
        (CLEAR, "INDETERMINATE"), "MRD<1e-4", reason=FAINT,
        checks={"lod_fraction": LAMBDA[1] / cells_in("200"), "ci_low_fraction": F(0)},
        why="50 reads for each cell find no cell that the tube does not hold.", source=DOC,
    ),
    line(
        "S3", "MM BM NGS 0 molecules in 2,000 ng, half of the DNA became readable", MM, BM, NGS,
        dna("2000", library_conversion_fraction="0.5"), (CLEAR, "INDETERMINATE"), "MRD<1e-4",
        reason=FAINT, not_flags=("library_conversion_assumed",),
        checks={"lod_fraction": LAMBDA[1] / (cells_in("2000") / 2)},
        why="What was lost in the library was not looked at.", source="lymphoid §5.2",
    ),
    line(
        "S4", "MM BM NGS 0 of 200,000 molecules from 2,000 ng", MM, BM, NGS,
        dna("2000", total=200_000), (CLEAR, "INDETERMINATE"), "MRD<1e-4", reason=FAINT,
        checks={"effective_denominator": F(200_000), "lod_fraction": LAMBDA[1] / 200_000},
        why="Fewer molecules were read than cells put in: the smaller number counts.", source=DOC,
    ),
    *(
        line(
            f"S{4 + k}", f"MM BM NGS 0 molecules in 2,000 ng, {k} molecules needed", MM, BM,
            NGS | {"min_count": str(k)}, dna("2000"), (CLEAR, "INDETERMINATE"), "MRD<1e-4",
            reason=FAINT,
            checks={"lod95_fraction": LAMBDA[k] / cells_in("2000"), "decision_count": F(k)},
            why=f"{k} molecules are seen with 95 % at {text} over the cells.", source="lymphoid §5.2",
        )
        for k, text in ((2, "4.744"), (3, "6.296"))
    ),
    line(
        "S8", "MM BM NGS 0 of 1,000,000 cells, one error in a million", MM, BM,
        NGS | {"error_rate": "1e-6"}, clones(0, total=1_000_000), (CLEAR, "NEGATIVE"), "MRD<1e-5",
        checks={"decision_count": F(4), "lod_fraction": LAMBDA[4] / 1_000_000,
                "background_probability": F(1)},
        why="Errors alone give 3 cells with 8 %, 4 with 1.9 %: 4 are needed.",
        source="lymphoid §5.3",
    ),
    line(
        "S9", "MM BM NGS two clonotypes, none seen of 2,000,000 and of 500,000 cells", MM, BM, NGS,
        (clones(0, total=2_000_000)[0] | {"clone": "1"}, clones(0, total=500_000)[0] | {"clone": "2"}),
        (CLEAR, "NEGATIVE"), "MRD<1e-5",
        checks={"lod_fraction": LAMBDA[1] / 500_000, "effective_denominator": F(500_000)},
        why="Negative only as deep as each of them was looked for.", source=DOC,
    ),
    line(
        "S10", "MM BM NGS two clonotypes, 3 and 12 of 1,000,000 cells", MM, BM, NGS,
        clones(3, 12, total=1_000_000), (SEEN, "POSITIVE"), "MRD<1e-4", F("1.2e-5"),
        checks={"summed_vaf_fraction": None},
        why="Each cell carries each marker: the highest is the level, never the sum 1.5e-5.",
        source="lymphoid §5.2",
    ),
    line(
        "S11", "MM BM NGS 0 cells in 1,000,000, claimed LOD 1e-7", MM, BM,
        NGS | {"lod_fraction": "1e-7"}, clones(0, total=1_000_000), (CLEAR, "NEGATIVE"), "MRD<1e-5",
        flags=("claim_below_poisson_floor",), finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={"claimed_lod_fraction": F("1e-7"), "lod_fraction": LAMBDA[1] / 1_000_000,
                "lod_kind": "LOD95"},
        why="No claim goes below the floor.", source="lymphoid R3",
    ),
    line(
        "S12", "MM BM clonoSEQ 0 in 1,523,000, maker's limits", MM, BM, CLONOSEQ,
        clones(0, total=1_523_000), (CLEAR, "NEGATIVE"), "MRD<1e-5",
        not_flags=("claim_below_poisson_floor",),
        checks={
            "lod_fraction": F("1.903") / 1_523_000, "lod_kind": "KIT", "loq_kind": "KIT",
            "loq_fraction": F("2.390") / 1_523_000, "poisson_floor_fraction": LAMBDA[1] / 1_523_000,
            "lod95_fraction": LAMBDA[1] / 1_523_000,
        },
        why="The maker's limit rests on several markers and may lie below the floor of one.",
        source="lymphoid §2.1, R3",
    ),
    line(
        "S13", "MM BM NGS 20 of 200,000 molecules from 500 ng", MM, BM, NGS,
        clones(20, total=200_000, kind="MOLECULES", input_ng="500"), (SEEN, "POSITIVE"), "MRD<1e-3",
        F("1e-4"),
        checks={"effective_denominator": cells_in("500"), "ci_low_fraction": Printed("4.23e-5"),
                "ci_high_fraction": Printed("2.00e-4")},
        why="500 ng hold 76,923 cells, so 20 of 200,000 are 7.7 of them: the interval is that of 7.7.",
        source=DOC + ", intervals",
    ),
)  # fmt: skip


EXAMPLES = (*WORKED, *RULES)
