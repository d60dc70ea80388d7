"""Error-corrected sequencing of variants: background, limits, cell fractions, what is no MRD.

Numbers with L are those of `lymphoid_myeloma_and_sensitivity.md` section 7, with A those of `aml.md`
section 7; the others draw its section 5, section 5.3 of the former or `docs/sensitivity.md`.
"""

from fractions import Fraction
from typing import Any

from tests.spec.drawn import Example, Printed, Row
from tests.spec.sensitivity_rows import (
    AML,
    BENEATH,
    BM,
    CLEAR,
    FAINT,
    HIGH,
    LAMBDA,
    PB,
    PROVED,
    SEEN,
    SILENT,
    Verdict,
    line,
    site,
    unlisted,
)

F = Fraction

VAF: Row = {"modality": "NGS", "marker": "PANEL", "basis": "VAF"}
SHARP = VAF | {"error_rate": "1e-5"}
CODED = VAF | {"error_rate": "1e-4"}
IDH2, DNMT3A, ITD = "IDH2 R140Q", "DNMT3A R882H", "FLT3-ITD"
DOC, STATS, TEXT, AML_TEXT = (
    "docs/sensitivity.md, sequencing", "aml.md §5", "lymphoid §7", "aml.md §7",
)  # fmt: skip


def aml(
    number: str, shown: str, assay: Row, rows: tuple[Row, ...], verdict: Verdict, **rest: Any
) -> Example:
    """Draw one line of AML marrow."""
    sample = rest.pop("sample", BM)
    return line(number, f"AML {shown}", AML, sample, assay, rows, verdict, **rest)


def itd(count: int, total: int, clone: str = "", **rest: str) -> Row:
    """Write the molecules of one internal tandem duplication."""
    return site(count, total, ITD, gene="FLT3", marker_class="FLT3_ITD", clone=clone, **rest)


def _tails() -> tuple[Example, ...]:
    """Draw the binomial tails of §5: what background alone would give."""
    table = (
        # molecules, error rate, count, P as printed, decision count, verdict
        (5_000, "1e-4", 5, "1.7e-4", 3, HIGH),
        (10_000, "1e-4", 3, "0.080", 4, PROVED),
        (10_000, "1e-4", 6, "5.9e-4", 4, BENEATH),
        # printed as 1.2e-3; it is 0.0011483
        (20_000, "1e-5", 3, "1.1e-3", 2, BENEATH),
        (20_000, "1e-5", 4, "5.7e-5", 2, BENEATH),
    )
    return tuple(
        aml(
            f"B{i}", f"{count} of {total:,}, error rate {error}", VAF,
            (site(count, total, error_rate=error),), verdict,
            flags=() if verdict[0] == SEEN else ("trace_events",), censor="LEFT",
            checks={
                "background_probability": Printed(p), "decision_count": F(needed),
                "estimate_fraction": F(count, total) if verdict[0] == SEEN else None,
            },
            why=f"{needed} molecules are needed; "
            + ("the VAF lies below the 95 % limit of that rule, so it is no level." if verdict[0] == SEEN
               else "errors alone give as many in 8 % of samples."),
            source=STATS + ".1",
        )
        for i, (total, error, count, p, needed, verdict) in enumerate(table, 1)
    )  # fmt: skip


def _limits() -> tuple[Example, ...]:
    """Draw the detection limits of §5.3 [D]: decision count and LOD by depth and error rate."""
    table = (
        # molecules, error rate, decision count, LOD as printed, verdict
        (30_000, "1e-5", 2, "1.5e-4", PROVED),
        (3_000, "1e-6", 1, "1.0e-3", PROVED),
        (10_000, "1e-3", 16, "1.3e-3", (CLEAR, "INDETERMINATE", FAINT)),
    )
    return tuple(
        aml(
            f"B{i}", f"0 of {total:,}, error rate {error}", VAF,
            (site(0, total, error_rate=error),), verdict,
            checks={"decision_count": F(needed), "lod95_fraction": Printed(lod),
                    "lod_fraction": Printed(lod), "lod_kind": "LOD95"},
            why=f"{needed} molecules are rarer than 5 % by errors; this VAF gives them with 95 %.",
            source="lymphoid §5.3",
        )
        for i, (total, error, needed, lod, verdict) in enumerate(table, 11)
    )  # fmt: skip


def _depths() -> tuple[Example, ...]:
    """Draw §5.2 of aml.md: molecules that a limit of 0.1 % needs."""
    table = ((2_996, 1), (4_744, 2), (6_296, 3), (9_154, 5))
    return tuple(
        aml(
            f"B{i}", f"0 of {total:,}, {k} needed", VAF | {"min_count": str(k)}, (site(0, total),),
            PROVED, checks={"lod_fraction": LAMBDA[k] / total, "upper_fraction": LAMBDA[k] / total},
            why=f"{float(LAMBDA[k]):.4g} over {total:,} is just below 0.1 %.", source=STATS + ".2",
        )
        for i, (total, k) in enumerate(table, 21)
    )  # fmt: skip


LOST = (site(2_640, 12_000, DNMT3A), site(0, 12_000))
LEFT = (site(2_640, 12_000, DNMT3A), site(42, 12_000))
CLAIMED = SHARP | {"lod_fraction": "0.0005"}

WORKED = (
    aml(
        "L24", "IDH2 9 of 30,000 UMI families, error rate 1e-5", SHARP, (site(9, 30_000),), BENEATH,
        level=F("3e-4"), flags=("heterozygous_assumed",),
        checks={
            "decision_count": F(2), "lod_fraction": Printed("1.5e-4"), "loq_kind": "LOD",
            "ci_low_fraction": Printed("1.37e-4"), "ci_high_fraction": Printed("5.69e-4"),
            "rdf_fraction": F("6e-4"), "rdf_kind": "VAF_ESTIMATE",
        },
        why="Two would do; heterozygous, 3e-4 of the molecules are 6e-4 of the cells.", source=TEXT,
    ),
    aml(
        "L25", "IDH2 9 of 30,000, copy-neutral loss of heterozygosity", SHARP,
        (site(9, 30_000, mutant_copies_per_cell="2", total_copies_per_cell="2"),), BENEATH,
        level=F("3e-4"), not_flags=("heterozygous_assumed",),
        checks={"rdf_fraction": F("3e-4"), "rdf_kind": "VAF_ESTIMATE"},
        why="Two mutant copies in each cell: 3e-4, not 6e-4.", source=TEXT,
    ),
    aml(
        "A26", "DNMT3A 2,640 of 12,000 and IDH2 0 of 12,000, error rate 1e-5: DNMT3A", SHARP, LOST,
        unlisted(SEEN, "MARKER_EXCLUDED"), level=F("0.22"), marker=DNMT3A, flags=("clonal_haematopoiesis",),
        not_flags=("germline_possible",), checks={"rdf_fraction": None},
        why="Kept with its number and named as clonal haematopoiesis; no cell fraction is made of it.",
        source=AML_TEXT,
    ),
    aml(
        "A26-IDH2", "the same sample: IDH2", SHARP, LOST, PROVED, marker=IDH2,
        not_flags=("clonal_haematopoiesis",), checks={"decision_count": F(2), "lod_fraction": Printed("3.9e-4")},
        why="Gone, to 3.9e-4.", source=AML_TEXT,
    ),
    aml(
        "A27", "DNMT3A 2,640 and IDH2 42 of 12,000, claimed LOD 0.05 %: IDH2", CLAIMED, LEFT, HIGH,
        level=F("0.0035"), marker=IDH2,
        checks={"lod_fraction": F("5e-4"), "lod_kind": "LAB_STATED", "lod95_fraction": Printed("3.9e-4")},
        why="0.35 %; the claim is shallower than what the molecules allow, so it decides.",
        source=AML_TEXT,
    ),
    aml(
        "A28", "SRSF2 24 of 30,000, validated LOD 0.02 %", SHARP | {"lod_fraction": "0.0002"},
        (site(24, 30_000, "SRSF2 P95H"),), BENEATH, level=F("8e-4"), checks={"lod_fraction": F("2e-4")},
        why="Detected and a number; 0.08 % is below 0.1 %.", source=AML_TEXT,
    ),
    aml(
        "A29", "NRAS 5 of 5,000 and IDH1 0 of 5,000, error rate 1e-4: NRAS", CODED,
        (site(5, 5_000, "NRAS G12D"), site(0, 5_000, "IDH1 R132H")), HIGH, marker="NRAS G12D",
        censor="LEFT",
        checks={
            "estimate_fraction": F("1e-3"), "background_probability": Printed("1.7e-4"),
            "decision_count": F(3), "lod_fraction": Printed("1.16e-3"),
        },
        why="Detected; 5,000 molecules find only 0.116 % with 95 %, so 0.1000 % is an estimate, not a level.",
        source=AML_TEXT,
    ),
    aml(
        "A30", "KRAS 0 of 20,000, error rate 1e-5", SHARP, (site(0, 20_000, "KRAS G12D"),), PROVED,
        checks={"lod_fraction": Printed("2.3e-4"), "background_probability": F(1)},
        why="Not detected to 2.3e-4; that RAS alone is a weak marker is said in the guideline examples.",
        source=AML_TEXT,
    ),
    aml(
        "A31", "FLT3-ITD 40 of 1,000,000, LOD 0.001 %", VAF | {"min_count": "2", "lod_fraction": "1e-5"},
        (itd(40, 1_000_000),), BENEATH, level=F("4e-5"),
        checks={"lod_fraction": F("1e-5"), "summed_vaf_fraction": F("4e-5")},
        why="0.004 %, above the limit of this sample and below 0.1 %.", source=AML_TEXT,
    ),
    aml(
        "A33", "FLT3-ITD 0 of 5,000, routine panel with LOD 1 %",
        VAF | {"min_count": "3", "lod_fraction": "0.01"}, (itd(0, 5_000),),
        (CLEAR, "INDETERMINATE", FAINT),
        checks={"lod_fraction": F("0.01"), "lod_kind": "LAB_STATED", "upper_fraction": F("0.01"),
                "summed_vaf_fraction": None},
        why="Not detected to 1 %, which is not 0.1 %.", source=AML_TEXT,
    ),
)  # fmt: skip

THREE = (site(4, 10_000), site(0, 10_000, "NPM1 W288fs"), site(0, 10_000, "RUNX1 R201*"))
FOUR = (*THREE[:2], site(0, 0, "RUNX1 R201*"))

RULES = (
    *_tails(),
    *_limits(),
    *_depths(),
    aml(
        "B31", "IDH2 4 of 10,000, error rate 1e-4, two sites evaluable, a third not read", CODED, FOUR,
        BENEATH, marker=IDH2, censor="LEFT",
        checks={"decision_count": F(4), "background_probability": Printed("0.019")},
        why="P 0.019 is below 0.05 / 2; a site without molecules is not a test.", source=STATS + ".1",
    ),
    aml(
        "B32", "IDH2 4 of 10,000, error rate 1e-4, three sites evaluable", CODED, THREE, PROVED,
        marker=IDH2, flags=("trace_events",), checks={"decision_count": F(5)},
        why="P 0.019 is not below 0.05 / 3: of three sites one shows as much by chance.",
        source=STATS + ".1",
    ),
    aml(
        "B33", "IDH2 5 of 30,000, error rate 1e-5, validated LOD 0.02 %",
        SHARP | {"lod_fraction": "0.0002"}, (site(5, 30_000),), PROVED, flags=("trace_events",),
        checks={"decision_count": F(2), "lod_fraction": F("2e-4")},
        why="Above the errors, but 0.017 % is below what the assay was validated for.",
        source=STATS + ".1",
    ),
    aml(
        "B34", "IDH2 9 of 30,000, neither error rate nor smallest count", VAF, (site(9, 30_000),),
        (SILENT, SILENT, "NO_ERROR_MODEL"), checks={"finding_reason": "NO_ERROR_MODEL"},
        why="Nothing says whether 9 molecules are more than errors.", source=DOC,
    ),
    aml(
        "B35", "IDH2 0 of 30,000, neither error rate nor smallest count", VAF, (site(0, 30_000),),
        PROVED, checks={"lod_fraction": LAMBDA[1] / 30_000},
        why="Nothing counted is a finding all the same.", source=DOC,
    ),
    aml(
        "B36", "IDH2 0 of 30,000 molecules from 50 ng, error rate 1e-5", SHARP,
        (site(0, 30_000, input_ng="50"),), PROVED,
        checks={"effective_denominator": 2 * F(50_000) / F("6.5"), "decision_count": F(2),
                "lod_fraction": Printed("2.98e-4")},
        why="50 ng hold 15,385 copies; more molecules than copies are no more copies.",
        source="lymphoid §5.3",
    ),
    *(
        aml(
            f"B{i}", f"IDH2 0 of 100,000 molecules from {ng} ng, 3 needed", VAF | {"min_count": "3"},
            (site(0, 100_000, input_ng=ng),), PROVED,
            checks={"lod_fraction": LAMBDA[3] * F("6.5") / (2000 * F(ng))},
            why="205 ng hold 63,077 copies and 204 ng 62,769; 62,958 are needed for 0.01 %.",
            source=STATS + ".4, at 6.5 pg per cell instead of 6.6",
        )
        for i, ng in ((37, "205"), (38, "204"))
    ),
    aml(
        "B39", "IDH2 2 of 30,000, error rate 1e-5, 3 needed", SHARP | {"min_count": "3"},
        (site(2, 30_000),), PROVED, flags=("trace_events",), checks={"decision_count": F(3)},
        why="Above the errors, and fewer than the assay wants.", source=STATS + ".1",
    ),
    aml(
        "V1", "IDH2 9 of 30,000, the normal copy is lost", SHARP,
        (site(9, 30_000, mutant_copies_per_cell="1", total_copies_per_cell="1"),), BENEATH,
        level=F("3e-4"), checks={"rdf_fraction": F("6e-4") / F("1.0003")},
        why="2V / (1 + V).", source="lymphoid §5.3",
    ),
    aml(
        "V2", "ZRSR2 9 of 30,000 in a man", SHARP,
        (site(9, 30_000, "ZRSR2 R126*", mutant_copies_per_cell="1", total_copies_per_cell="1",
              normal_copies_per_cell="1"),), BENEATH, level=F("3e-4"),
        checks={"rdf_fraction": F("3e-4")}, why="One copy in every cell: the VAF is the share of cells.",
        source="lymphoid §5.3",
    ),
    aml(
        "V3", "IDH2 18,000 of 30,000", SHARP, (site(18_000, 30_000),), HIGH, level=F("0.6"),
        not_flags=("germline_possible",), checks={"rdf_fraction": F(1)},
        why="Twice 0.6 cannot be: no more than all cells.", source="aml.md §5, conversions",
    ),
    aml(
        "V12", "IDH2 9,000 of 10,000, one mutant of four copies", SHARP,
        (site(9_000, 10_000, mutant_copies_per_cell="1", total_copies_per_cell="4"),), HIGH,
        level=F("0.9"), checks={"rdf_fraction": F(1)},
        why="One of four copies gives a VAF of 0.25 at most; whatever is wrong, no more than all cells.",
        source=DOC + ", common axis",
    ),
    aml(
        "V4", "RUNX1 14,400 of 30,000, not said whether germline", SHARP,
        (site(14_400, 30_000, "RUNX1 R201*"),), HIGH, level=F("0.48"), flags=("germline_possible",),
        not_flags=("germline",),
        why="Near a half in a gene with known germline variants: a remark, nothing is deleted.",
        source="aml.md §1.3",
    ),
    aml(
        "V5", "RUNX1 14,400 of 30,000, said to be somatic", SHARP,
        (site(14_400, 30_000, "RUNX1 R201*", is_germline="false"),), HIGH, level=F("0.48"),
        not_flags=("germline_possible", "germline"), why="What is stated is not doubted.", source=DOC,
    ),
    aml(
        "V6", "RUNX1 14,400 of 30,000, germline", SHARP,
        (site(14_400, 30_000, "RUNX1 R201*", is_germline="true"),), unlisted(SEEN, "MARKER_EXCLUDED"), level=F("0.48"),
        flags=("germline",), checks={"rdf_fraction": None, "rdf_kind": None},
        why="Kept and named; the patient's own variant is no residual disease.", source="aml.md §1.3",
    ),
    aml(
        "V7", "FLT3-ITD of two lengths, 40 and 25 of 1,000,000", VAF | {"min_count": "2"},
        (itd(40, 1_000_000, "60 bp"), itd(25, 1_000_000, "21 bp")), BENEATH, level=F("4e-5"),
        checks={"summed_vaf_fraction": F("6.5e-5"), "numerator": F(40)},
        why="The major clone is the level; the sum is given for the record.", source="aml.md §2 (C8)",
    ),
    aml(
        "V8", "FLT3-ITD of two lengths, 40 and 1 of 1,000,000, two needed", VAF | {"min_count": "2"},
        (itd(40, 1_000_000, "60 bp"), itd(1, 1_000_000, "21 bp")), BENEATH, level=F("4e-5"),
        checks={"summed_vaf_fraction": F("4e-5")},
        why="Only detected clones are summed.", source=DOC,
    ),
    aml(
        "V9", "TP53 300 of 30,000, not known from diagnosis", SHARP,
        (site(300, 30_000, "TP53 R273H", is_tracked="false"),), unlisted(SEEN, "MARKER_EXCLUDED"), level=F("0.01"),
        flags=("new_variant",), finding_codes=("NEW_VARIANT",),
        why="Detected stays detected; a person decides what a new variant means.", source=STATS + ".6",
    ),
    aml(
        "V10", "TP53 0 of 30,000, not known from diagnosis", SHARP,
        (site(0, 30_000, "TP53 R273H", is_tracked="false"),),
        unlisted(SILENT, "MARKER_EXCLUDED"),
        checks={"finding_reason": "NOT_TRACKED"},
        why="Nothing found of a marker that never was one is no negative.", source="aml.md §8, trap 17",
    ),
    aml(
        "V11", "DNMT3A 60 of 12,000 in blood", SHARP, (site(60, 12_000, DNMT3A),), unlisted(SEEN, "MARKER_EXCLUDED"), sample=PB,
        level=F("0.005"), flags=("clonal_haematopoiesis",), why="By the gene, in every tissue.",
        source="aml.md §1.3, B10",
    ),
)  # fmt: skip

EXAMPLES = (*WORKED, *RULES)
