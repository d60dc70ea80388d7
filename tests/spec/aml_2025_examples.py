"""`eln-aml-2025`: what a single sample is called, by example and at every limit.

Numbers with AML or APL are those of `aml.md` section 7, column ELN 2025; where an example leaves out
tissue or time point, a class that fits was chosen. What needs treatments, several samples or a
clinical response is among the courses; those of clinical responses stand in `COMBINED`.
"""

from fractions import Fraction

from tests.spec.aml_2025_limits import (
    EXCLUDED,
    ITD,
    MFC,
    NGS,
    NO_TISSUE,
    NPM1_C2,
    NPM1_EOT,
    OPT,
    PML_EOT,
    RISK,
    RULESET,
    SHALLOW,
    WARN,
    control,
    duplications,
    flow,
    no_class,
    ratios,
    reductions,
    ruled,
)
from tests.spec.course_drawn import Course, Measured, Said
from tests.spec.course_drawn import Sample as Dated
from tests.spec.drawn import Example, Row
from tests.spec.guideline_examples import (
    AML_TEXT,
    APL,
    BOTH,
    C2,
    CLAIMED,
    EOT,
    KMT2A,
    LEFT,
    LOST,
    PML,
    RAS,
    TOO_FEW,
    UHS,
    blasts,
    thrice,
    unseen,
)
from tests.spec.sensitivity_flow_examples import CD45
from tests.spec.sensitivity_pcr_examples import CONTROL, NPM1, UNDETERMINED, cqs
from tests.spec.sensitivity_rows import (
    AML,
    BM,
    CLEAR,
    HIGH,
    LOW,
    NO_MARKER,
    PB,
    PROVED,
    SEEN,
    events,
    site,
    unlisted,
)
from tests.spec.sensitivity_vaf_examples import CODED, DNMT3A, SHARP, VAF, itd

F = Fraction

WORKED = (
    ruled(
        "AML-1", "MFC BM after cycle 2, 0/612,000 CD45+, 800 viable blasts", BM | C2, CD45,
        blasts(0, 612_000, 800), PROVED, MFC, OPT, "MRD<1e-4", why="At least 500,000 cells.", source=AML_TEXT,
    ),
    ruled(
        "AML-2", "MFC BM after cycle 2, 400/800,000 CD45+, LOD 0.01 %", BM | C2,
        CD45 | {"lod_fraction": "1e-4"}, (events(400, 800_000),), LOW, MFC, WARN, "MRD<1e-3", F("5e-4"),
        why="0.05 % is from 0.01 % to below 0.1 %; in 2021 it is negative by the threshold.", source=AML_TEXT,
    ),
    ruled(
        "AML-3", "MFC BM after cycle 2, 499/500,000 CD45+", BM | C2, CD45, (events(499, 500_000),), LOW,
        MFC, WARN, "MRD<1e-3", F(499, 500_000),
        why="0.0998 % is below 0.1 %, and 500,000 cells are enough in 2025.", source=AML_TEXT,
    ),
    ruled(
        "AML-4", "MFC BM after cycle 2, 0/180,000 CD45+", BM | C2, CD45, (events(0, 180_000),), TOO_FEW,
        MFC, None, "MRD<1e-3", why="Too few cells.", source=AML_TEXT,
    ),
    ruled(
        "AML-5", "MFC BM after cycle 2, 0/700,000 CD45+, 60 viable blasts", BM | C2, CD45,
        blasts(0, 700_000, 60), TOO_FEW, MFC, None, "MRD<1e-4",
        why="The text infers not evaluable, or negative with a flag; the first is the more cautious.",
        source=AML_TEXT + ", A11",
    ),
    ruled(
        "AML-6", "MFC of blood after cycle 2, 0/900,000 CD45+", PB | C2, CD45, (events(0, 900_000),),
        unlisted(CLEAR, NO_TISSUE), depth="MRD<1e-4",
        why="Flow is judged in marrow: the text says not evaluable, here it has no category.", source=AML_TEXT,
    ),
    ruled(
        "AML-7", "MFC BM after cycle 2, 1,600/800,000 CD45+, received after 5 days",
        BM | C2 | {"received_on": "2024-06-06"}, CD45, (events(1_600, 800_000),), HIGH, MFC, RISK, None,
        F("2e-3"), why="An old sample takes away no positive.", source=AML_TEXT,
    ),
    ruled(
        "AML-8", "NPM1 BM end of treatment, 160/20,000 three times", BM | EOT, NPM1, thrice("160/20000"),
        HIGH, NPM1_EOT, RISK, level=F("0.008"), why="0.8 % is at 0.1 % or above; in 2021 the same number is low.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-9", "NPM1 BM end of treatment, 10/20,000 three times", BM | EOT, NPM1, thrice("10/20000"),
        LOW, NPM1_EOT, WARN, level=F("5e-4"), why="0.05 %.", source=AML_TEXT,
    ),
    ruled(
        "AML-10", "NPM1 BM end of treatment, Cq 40 and twice undetermined, ABL1 24,000 each", BM | EOT,
        NPM1, cqs("40", UNDETERMINED, UNDETERMINED, **CONTROL), PROVED, NPM1_EOT, OPT,
        why="Condition A: accepted as negative, though 72,000 ABL1 cannot prove less than 0.001 %.",
        source=AML_TEXT + ", §2.2",
    ),
    ruled(
        "AML-11", "NPM1 BM end of treatment, undetermined three times, ABL1 6,200 each", BM | EOT, NPM1,
        unseen("6200"), TOO_FEW, NPM1_EOT, why="10,000 ABL1 are needed.", source=AML_TEXT,
    ),
    ruled(
        "AML-12", "NPM1 BM end of treatment, 220/4,000 three times", BM | EOT, NPM1, thrice("220/4000"),
        HIGH, NPM1_EOT, RISK, level=F("0.055"), is_low_confidence=True,
        why="5.5 %; few control copies take away no positive, and it is marked as of low confidence.", source=AML_TEXT,
    ),
    ruled(
        "AML-13", "NPM1 BM end of treatment, Cq 38, undetermined, failed", BM | EOT, NPM1,
        cqs("38", UNDETERMINED, "", **CONTROL), (SEEN, "INDETERMINATE", "SPLIT_REPLICATES"), NPM1_EOT,
        why="One of two: neither; the text says not evaluable, here it is indeterminate.",
        source=AML_TEXT + ", §2.2",
    ),
    ruled(
        "AML-14", "NPM1 of blood after cycle 2, 3/50,000 three times", PB | C2, NPM1, thrice("3/50000"),
        LOW, NPM1_C2, WARN, level=F("6e-5"), why="0.006 %; in 2021 any detection in blood is positive.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-15", "NPM1 of blood after cycle 2, 25/50,000 three times", PB | C2, NPM1,
        thrice("25/50000"), HIGH, NPM1_C2, WARN, level=F("5e-4"),
        why="0.05 %: positive, and yet a warning, not high risk.", source=AML_TEXT + ", trap 24",
    ),
    ruled(
        "AML-26", "DNMT3A 2,640 and IDH2 0 of 12,000: IDH2", BM | EOT, SHARP, LOST, PROVED, NGS,
        marker="IDH2 R140Q", why="Gone, to 0.039 %; the sample is negative. No word: no number of 2025 was read.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-26-DNMT3A", "the same sample: DNMT3A", BM | EOT, SHARP, LOST, EXCLUDED, level=F("0.22"),
        marker=DNMT3A, flags=("clonal_haematopoiesis",), of_sample="NEGATIVE",
        why="22 % of clonal haematopoiesis, before transplantation: kept, said and not counted.",
        source=AML_TEXT + ", C13",
    ),
    ruled(
        "AML-27", "DNMT3A 2,640 and IDH2 42 of 12,000, LOD 0.05 %: IDH2", BM | EOT, CLAIMED, LEFT, HIGH,
        NGS, level=F("0.0035"), marker="IDH2 R140Q", why="0.35 %, above the laboratory's limit.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-28", "SRSF2 24/30,000, validated LOD 0.02 %", BM | EOT, SHARP | {"lod_fraction": "2e-4"},
        (site(24, 30_000, "SRSF2 P95H"),), HIGH, NGS, level=F("8e-4"),
        why="0.08 % is above the laboratory's validated limit; no other cut-off of 2025 was read.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-29", "NRAS 5 and IDH1 0 of 5,000, error rate 1e-4: NRAS", BM | EOT, CODED, RAS, HIGH, NGS,
        marker="NRAS G12D", censor="LEFT", why="Detected above the noise, as validated.", source=AML_TEXT,
    ),
    ruled(
        "AML-29-IDH1", "the same sample: IDH1", BM | EOT, CODED, RAS, SHALLOW, NGS, marker="IDH1 R132H",
        of_sample="POSITIVE", why="5,000 molecules with this error rate reach 0.116 %, not 0.1 %.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-30", "only marker KRAS, 0/20,000", BM | EOT, SHARP, (site(0, 20_000, "KRAS G12D"),), PROVED,
        NGS, is_low_confidence=True, why="A signalling gene alone is a weak marker.", source=AML_TEXT + ", B11",
    ),
    ruled(
        "AML-31", "FLT3-ITD BM after cycle 2, 40/1,000,000, LOD 0.001 %", BM | C2, UHS,
        (itd(40, 1_000_000),), HIGH, ITD, RISK, level=F("4e-5"),
        why="0.004 % is above the LOD; in 2021 it is below 0.1 %.", source=AML_TEXT,
    ),
    ruled(
        "AML-33", "FLT3-ITD BM after cycle 2, 0/5,000, routine panel with LOD 1 %", BM | C2,
        VAF | {"min_count": "3", "lod_fraction": "0.01"}, (itd(0, 5_000),), SHALLOW, ITD,
        why="1 % is not 0.01 %: the text says not evaluable, here it is indeterminate.", source=AML_TEXT,
    ),
    ruled(
        "AML-34", "blood after cycle 2: NPM1 25/50,000 three times, MFC 0/800,000: NPM1", PB | C2,
        (NPM1, CD45), thrice("25/50000"), HIGH, NPM1_C2, WARN, level=F("5e-4"),
        second=(events(0, 800_000),), marker="NPM1",
        why="One positive is enough; flow of blood has no category.", source=AML_TEXT,
    ),
    ruled(
        "AML-34-BM", "BM end of treatment: MFC 0/800,000, NPM1 500/20,000 three times: MFC", BM | EOT,
        BOTH, (events(0, 800_000),), PROVED, MFC, RISK, "MRD<1e-4", second=thrice("500/20000"),
        marker="LAIP", of_sample="POSITIVE", why="All must be negative, and NPM1 is 2.5 %: the worst word counts.",
        source=AML_TEXT,
    ),
    ruled(
        "APL-36", "PML::RARA BM end of treatment, undetermined three times, ABL1 28,000 each", BM | EOT,
        PML, unseen("28000"), PROVED, PML_EOT, OPT, patient=APL, why="Not detected with at least 10,000 ABL1 copies (condition A).", source=AML_TEXT + ", D7",
    ),
    ruled(
        "AML-42", "KMT2A::MLLT3 BM end of treatment, 6/30,000 three times", BM | EOT, KMT2A,
        thrice("6/30000"), unlisted(SEEN, NO_MARKER), level=F("2e-4"),
        why="Thresholds are not established: the number alone; in 2021 it is positive.", source=AML_TEXT + ", C6",
    ),
)  # fmt: skip

SECTIONS: tuple[tuple[str, tuple[Example, ...]], ...] = (
    ("From the field text", WORKED),
    ("NPM1 and PML::RARA on, just below and just above every number", ratios()),
    ("Control copies that a negative needs", control()),
    ("Core binding factor: 3 log10 against diagnosis", reductions()),
    ("FLT3-ITD", duplications()),
    ("Flow cytometry", flow()),
    ("Results without a class", no_class()),
)
EXAMPLES = tuple(e for _, examples in SECTIONS for e in examples)

# --- beside a clinical response

CLEAN: Row = {"has_circulating_blasts": "false", "has_extramedullary_disease": "false"}
FLOW_NONE = Measured("MFC 0/800,000 CD45+", CD45, (events(0, 800_000, viable_blast_events="500"),))
NPM1_NONE = Measured("NPM1 not detected, ABL1 3 × 24,000", NPM1, unseen("24000"))


def _combined() -> tuple[Course, ...]:
    """Draw 39 to 41 under both rule sets: an assay never makes a clinical response."""
    table = (
        ("39", BM | C2, FLOW_NONE, {"bm_blasts_pct": "2", "anc_10e9_per_l": "0.7", "platelets_10e9_per_l": "60"},
         "CRh", "CRh_MRD-", "ANC at least 0.5 and platelets at least 50."),
        ("40", BM | C2, FLOW_NONE, {"bm_blasts_pct": "4", "anc_10e9_per_l": "0.2", "platelets_10e9_per_l": "18"},
         "MLFS", "MLFS", "Neither lineage has recovered: no suffix; where the clinic says CRi, that counts."),
        ("41", PB | C2, NPM1_NONE, {"bm_blasts_pct": "8", "baseline_bm_blasts_pct": "40", "anc_10e9_per_l": "1.5",
         "platelets_10e9_per_l": "150"}, "PR", "PR", "A partial remission has no suffix; the assay's finding stands alone."),
    )  # fmt: skip
    return tuple(
        Course(
            number=number, shown="a clinical response beside the sample", ruleset=ruleset, patient=AML,
            samples=(Dated("1", 0, where, (measured,)),), said=(Said("NEGATIVE", "REMISSION", word),),
            clinical=({"assessed_on": "2024-01-01"} | CLEAN | row,), why=why, source=AML_TEXT + ", §3",
            beside={"1": {"clinical_response": clinical, "combined_response": combined}},
        )
        for number, where, measured, row, clinical, combined, why in table
        for ruleset, word in (("eln-aml-2021", None), (RULESET, OPT))
    )  # fmt: skip


COMBINED = _combined()
