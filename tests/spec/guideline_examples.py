"""Rule sets of classes: what a single sample is called, by example and at every limit.

Numbers with AML or APL are those of `aml.md` section 7, column ELN 2021, with ALL, MM or CLL those of
`lymphoid_myeloma_and_sensitivity.md` section 7; where an example leaves out tissue or time point, a
class that fits was chosen. The others draw `docs/guidelines.md` and the numbers of the rule sets.
"""

from fractions import Fraction
from typing import Any

from tests.spec.cml_examples import P190, PH_ALL_P190
from tests.spec.drawn import Example, Row
from tests.spec.flow_ngs_examples import CLONOSEQ, FLOW, FLOW_LEUKOCYTES, NGS
from tests.spec.sensitivity_flow_examples import CD45
from tests.spec.sensitivity_ngs_examples import dna
from tests.spec.sensitivity_pcr_examples import CONTROL, IGTR, NPM1, UNDETERMINED, copies, cqs, said
from tests.spec.sensitivity_rows import (
    AML,
    B_ALL,
    BENEATH,
    BM,
    CLEAR,
    CLL,
    FAINT,
    HIGH,
    LOW,
    MM,
    NO_MARKER,
    NO_TIME,
    OPEN,
    PB,
    PROVED,
    SEEN,
    SILENT,
    Verdict,
    clones,
    events,
    line,
    site,
    unlisted,
    wells,
)
from tests.spec.sensitivity_vaf_examples import CODED, DNMT3A, SHARP, VAF, itd

F = Fraction

APL: Row = {"disease": "APL"}
T_ALL: Row = {"disease": "T_ALL"}
C2: Row = {"timepoint": "AFTER_CYCLE_2"}
EOT: Row = {"timepoint": "END_OF_TREATMENT"}
LATER: Row = {"timepoint": "FOLLOW_UP"}
CBF = NPM1 | {"marker": "CBFB::MYH11"}
KMT2A = NPM1 | {"marker": "KMT2A::MLLT3"}
PML = NPM1 | {"marker": "PML::RARA"}
UHS = VAF | {"min_count": "2", "lod_fraction": "1e-5"}
"""A sequencing assay of FLT3-ITD that reaches 0.001 %."""

NO_TISSUE, OTHER_TIME = "TISSUE_NOT_IN_RULESET", "TIMEPOINT_NOT_IN_RULESET"
TOO_FEW, TOO_FEW_SEEN = ((f, "NOT_EVALUABLE", "MINIMUM_NOT_REACHED") for f in (CLEAR, SEEN))
SHALLOW: Verdict = (CLEAR, "INDETERMINATE", FAINT)
EXCLUDED = unlisted(SEEN, "MARKER_EXCLUDED")

AML_TEXT, TEXT, RULES_TEXT = "aml.md §7", "lymphoid §7", "docs/guidelines.md"

RULE_SETS = {
    "AML": "eln-aml-2021", "APL": "eln-apl-2019", "B_ALL": "all-consensus-2021",
    "T_ALL": "all-consensus-2021", "PH_ALL": "all-consensus-2021", "MM": "imwg-2016",
    "CLL": "iwcll-2018",
}  # fmt: skip
NEEDED_LOD: dict[str, Fraction | None] = {
    # class: LOD that a negative needs, or the threshold where none is named
    "mfc-bm": F("1e-3"), "npm1-pb-after-cycle-2": None, "cbf-pb-after-cycle-2": None,
    "npm1-cbf-bm-low-level": F("0.02"), "npm1-cbf-pb-follow-up": F("0.02"), "other-fusion-bm": None,
    "ngs": F("1e-3"), "pml-rara-bm": F("1e-4"), "mrd-cr": F("1e-4"), "mrd-negative": F("1e-5"),
    "umrd4": F("1e-4"),
}  # fmt: skip
_REMISSION = {"NEGATIVE": "REMISSION", "LOW_LEVEL": "LOW_LEVEL", "POSITIVE": "PERSISTENCE"}


def ruled(
    number: str,
    shown: str,
    patient: Row,
    sample: Row,
    assay: Row | tuple[Row, Row],
    rows: tuple[Row, ...],
    verdict: Verdict,
    rule: str = "",
    depth: str | None = None,
    level: Fraction | None = None,
    *,
    of_sample: str = "",
    response: str | None = None,
    is_low_confidence: bool = False,
    **rest: Any,
) -> Example:
    """Draw one line; `rule` is the class that decides, `of_sample` the status of all results."""
    _, status, *reasons = verdict
    name = RULE_SETS[patient["disease"]]
    says: dict[str, Any] = {"ruleset": name, "is_low_confidence": is_low_confidence}
    if reasons and reasons != ["MARKER_EXCLUDED"]:
        why = reasons[0].lower().replace("_", "-")
        says["rule_id"] = "/".join(part for part in (name, rule, why) if part)
    if rule:
        says["required_lod_fraction"] = NEEDED_LOD[rule]
    together = of_sample or status
    first, *others = assay if isinstance(assay, tuple) else (assay,)
    drawn = line(
        number, shown, patient, sample, first, rows, verdict, depth, level, says=says,
        sample_says={
            "status": together,
            "molecular_remission": _REMISSION.get(together, "NOT_ASSESSABLE"),
            "response": response,
        },
        **rest,
    )  # fmt: skip
    if not others:
        return drawn
    second = others[0] | {"assay_id": f"{drawn.assay_id}-2"}
    return Example(**{**vars(drawn), "assays": (first, second)})


def unseen(control: str, *controls: str) -> tuple[Row, ...]:
    """Write three undetermined wells with so many control copies in each."""
    each = (control, *controls) if controls else (control,) * 3
    return wells(*({"target_cq": UNDETERMINED, "control_copies": c} for c in each))


def thrice(pair: str) -> tuple[Row, ...]:
    """Write three replicates of the same copies."""
    return copies(pair, pair, pair)


def blasts(count: int, total: int, viable: int) -> tuple[Row, ...]:
    """Write a flow tube with its viable blasts."""
    return (events(count, total, viable_blast_events=str(viable)),)


MFC, SEQUENCED = "mfc-bm", "ngs"
BM_LOW, PB_C2, FUSION = "npm1-cbf-bm-low-level", "npm1-pb-after-cycle-2", "other-fusion-bm"
MYELOID_30 = "KRAS G12D"
LOST = (site(2_640, 12_000, DNMT3A), site(0, 12_000))
LEFT = (site(2_640, 12_000, DNMT3A), site(42, 12_000))
RAS = (site(5, 5_000, "NRAS G12D"), site(0, 5_000, "IDH1 R132H"))
CLAIMED = SHARP | {"lod_fraction": "0.0005"}
BOTH = (CD45, NPM1)

MYELOID = (
    ruled(
        "AML-1", "MFC BM after cycle 2, 0/612,000 CD45+, 800 viable blasts", AML, BM | C2, CD45,
        blasts(0, 612_000, 800), PROVED, MFC, "MRD<1e-4",
        why="More than 500,000 cells and at least 100 blasts.", source=AML_TEXT,
    ),
    ruled(
        "AML-2", "MFC BM after cycle 2, 400/800,000 CD45+, LOD 0.01 %", AML, BM | C2,
        CD45 | {"lod_fraction": "1e-4"}, (events(400, 800_000),), BENEATH, MFC, "MRD<1e-3", F("5e-4"),
        why="Negative by the threshold, and the finding says that 0.05 % was seen.", source=AML_TEXT,
    ),
    ruled(
        "AML-3", "MFC BM 499/500,000 CD45+", AML, BM, CD45, (events(499, 500_000),), TOO_FEW_SEEN, MFC,
        "MRD<1e-3", F(499, 500_000),
        why="0.0998 % is below 0.1 %, but 500,000 are not more than 500,000: no negative.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-4", "MFC BM 0/180,000 CD45+", AML, BM, CD45, (events(0, 180_000),), TOO_FEW, MFC,
        "MRD<1e-3", why="Too few cells.", source=AML_TEXT,
    ),
    ruled(
        "AML-5", "MFC BM 0/700,000 CD45+, 60 viable blasts", AML, BM, CD45, blasts(0, 700_000, 60),
        TOO_FEW, MFC, "MRD<1e-4", why="100 viable blasts are needed.", source=AML_TEXT,
    ),
    ruled(
        "AML-6", "MFC of blood 0/900,000 CD45+", AML, PB | C2, CD45, (events(0, 900_000),),
        unlisted(CLEAR, NO_TISSUE), depth="MRD<1e-4",
        why="The class is one of marrow: the text says not evaluable as such, the design no category.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-7", "MFC BM 1,600/800,000 CD45+, received after 5 days", AML,
        BM | {"received_on": "2024-06-06"}, CD45, (events(1_600, 800_000),), HIGH, MFC, None, F("2e-3"),
        why="An old sample takes away no positive.", source=AML_TEXT,
    ),
    ruled(
        "AML-8", "NPM1 BM end of treatment, 160/20,000 three times", AML, BM | EOT, NPM1,
        thrice("160/20000"), LOW, BM_LOW, level=F("0.008"),
        why="0.8 % is below 2 %; in 2025 the same number is positive.", source=AML_TEXT,
    ),
    ruled(
        "AML-9", "NPM1 BM end of treatment, 10/20,000 three times", AML, BM | EOT, NPM1,
        thrice("10/20000"), LOW, BM_LOW, level=F("5e-4"), why="0.05 %.", source=AML_TEXT,
    ),
    ruled(
        "AML-10", "NPM1 BM end of treatment, Cq 40 and twice undetermined, ABL1 24,000 each", AML,
        BM | EOT, NPM1, cqs("40", UNDETERMINED, UNDETERMINED, **CONTROL), PROVED, BM_LOW,
        why="Cq 40 is not below 40, and the control copies suffice.", source=AML_TEXT,
    ),
    ruled(
        "AML-11", "NPM1 BM end of treatment, undetermined three times, ABL1 6,200 each", AML, BM | EOT,
        NPM1, unseen("6200"), TOO_FEW, BM_LOW, why="10,000 ABL1 are needed.", source=AML_TEXT,
    ),
    ruled(
        "AML-12", "NPM1 BM end of treatment, Cq 31, 220/4,000 three times", AML, BM | EOT, NPM1,
        wells(*({"target_cq": "31", "target_copies": "220", "control_copies": "4000"},) * 3), HIGH,
        BM_LOW, level=F("0.055"), is_low_confidence=True,
        why="5.5 %; few control copies take away no positive, and the row says so.", source=AML_TEXT,
    ),
    ruled(
        "AML-13", "NPM1 BM end of treatment, Cq 38, undetermined, failed", AML, BM | EOT, NPM1,
        cqs("38", UNDETERMINED, "", **CONTROL), (SEEN, "INDETERMINATE", "SPLIT_REPLICATES"), BM_LOW,
        why="One of two: neither; the text says not evaluable, the design indeterminate.",
        source=AML_TEXT + ", §2.2",
    ),
    ruled(
        "AML-14", "NPM1 of blood after cycle 2, 3/50,000 three times", AML, PB | C2, NPM1,
        thrice("3/50000"), HIGH, PB_C2, level=F("6e-5"),
        why="0.006 %: any detection in blood is positive.", source=AML_TEXT,
    ),
    ruled(
        "AML-15", "NPM1 of blood after cycle 2, 25/50,000 three times", AML, PB | C2, NPM1,
        thrice("25/50000"), HIGH, PB_C2, level=F("5e-4"), why="0.05 %.", source=AML_TEXT,
    ),
    ruled(
        "AML-26", "DNMT3A 2,640 and IDH2 0 of 12,000: IDH2", AML, BM, SHARP, LOST, PROVED, SEQUENCED,
        marker="IDH2 R140Q", why="Gone, to 0.039 %; the sample is negative.", source=AML_TEXT,
    ),
    ruled(
        "AML-26-DNMT3A", "the same sample: DNMT3A", AML, BM, SHARP, LOST, EXCLUDED, level=F("0.22"),
        marker=DNMT3A, flags=("clonal_haematopoiesis",), of_sample="NEGATIVE",
        why="22 % of clonal haematopoiesis are kept, said and not counted.", source=AML_TEXT,
    ),
    ruled(
        "AML-27", "DNMT3A 2,640 and IDH2 42 of 12,000, LOD 0.05 %: IDH2", AML, BM, CLAIMED, LEFT, HIGH,
        SEQUENCED, level=F("0.0035"), marker="IDH2 R140Q", why="0.35 %.", source=AML_TEXT,
    ),
    ruled(
        "AML-28", "SRSF2 24/30,000, validated LOD 0.02 %", AML, BM, SHARP | {"lod_fraction": "2e-4"},
        (site(24, 30_000, "SRSF2 P95H"),), BENEATH, SEQUENCED, level=F("8e-4"),
        why="Detected, below 0.1 %: not positive, and the finding says that it was seen.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-29", "NRAS 5 and IDH1 0 of 5,000, error rate 1e-4: NRAS", AML, BM, CODED, RAS, HIGH,
        SEQUENCED, marker="NRAS G12D", censor="LEFT",
        why="0.1000 % is 0.1 %, also as an estimate below this sample's own limit.", source=AML_TEXT,
    ),
    ruled(
        "AML-29-IDH1", "the same sample: IDH1", AML, BM, CODED, RAS, SHALLOW, SEQUENCED,
        marker="IDH1 R132H", of_sample="POSITIVE",
        why="5,000 molecules with this error rate reach 0.116 %, not 0.1 %; one positive decides.",
        source=AML_TEXT,
    ),
    ruled(
        "AML-30", "only marker KRAS, 0/20,000", AML, BM, SHARP, (site(0, 20_000, MYELOID_30),), PROVED,
        SEQUENCED, is_low_confidence=True,
        why="A signalling gene alone is a weak marker: not evaluable, or negative with low confidence.",
        source=AML_TEXT + ", B11",
    ),
    ruled(
        "AML-31", "FLT3-ITD BM after cycle 2, 40/1,000,000, LOD 0.001 %", AML, BM | C2, UHS,
        (itd(40, 1_000_000),), BENEATH, SEQUENCED, level=F("4e-5"), is_low_confidence=True,
        why="0.004 % is below 0.1 %, and FLT3 is a signalling gene; in 2025 any detection is high risk.", source=AML_TEXT,
    ),
    ruled(
        "AML-32", "FLT3-ITD BM in follow-up, 40/1,000,000, LOD 0.001 %", AML, BM | LATER, UHS,
        (itd(40, 1_000_000),), BENEATH, SEQUENCED, level=F("4e-5"), is_low_confidence=True, why="As AML-31.", source=AML_TEXT,
    ),
    ruled(
        "AML-33", "FLT3-ITD 0/5,000, routine panel with LOD 1 %", AML, BM,
        VAF | {"min_count": "3", "lod_fraction": "0.01"}, (itd(0, 5_000),), SHALLOW, SEQUENCED,
        why="1 % is not 0.1 %: the text says not evaluable, the design indeterminate.", source=AML_TEXT,
    ),
    ruled(
        "AML-34", "blood after cycle 2: NPM1 25/50,000 three times, MFC 0/800,000: NPM1", AML, PB | C2,
        (NPM1, CD45), thrice("25/50000"), HIGH, PB_C2, level=F("5e-4"), second=(events(0, 800_000),),
        marker="NPM1", why="One positive is enough; flow of blood has no category.", source=AML_TEXT,
    ),
    ruled(
        "AML-34-BM", "BM end of treatment: MFC 0/800,000, NPM1 500/20,000 three times: MFC", AML,
        BM | EOT, BOTH, (events(0, 800_000),), PROVED, MFC, "MRD<1e-4", second=thrice("500/20000"),
        marker="LAIP", of_sample="POSITIVE", why="All must be negative, and NPM1 is 2.5 %.",
        source=AML_TEXT + ", §1.4",
    ),
    ruled(
        "AML-34-LL", "the same, NPM1 160/20,000 three times: MFC", AML, BM | EOT, BOTH,
        (events(0, 800_000),), PROVED, MFC, "MRD<1e-4", second=thrice("160/20000"), marker="LAIP",
        of_sample="LOW_LEVEL", why="Low level goes before negative.", source="aml.md §2.3",
    ),
    ruled(
        "AML-34-NEG", "the same, NPM1 undetermined, ABL1 24,000 each: MFC", AML, BM | EOT, BOTH,
        (events(0, 800_000),), PROVED, MFC, "MRD<1e-4", second=unseen("24000"), marker="LAIP",
        why="Both are negative.", source="aml.md §1.4",
    ),
    ruled(
        "AML-34-NE", "the same, NPM1 undetermined, ABL1 6,200 each: MFC", AML, BM | EOT, BOTH,
        (events(0, 800_000),), PROVED, MFC, "MRD<1e-4", second=unseen("6200"), marker="LAIP",
        of_sample="INDETERMINATE",
        why="One could not answer: not negative; the text says not evaluable.", source="aml.md §2.3",
    ),
    ruled(
        "AML-34-LL-NE", "MFC 0/180,000, NPM1 160/20,000 three times: MFC", AML, BM | EOT, BOTH,
        (events(0, 180_000),), TOO_FEW, MFC, "MRD<1e-3", second=thrice("160/20000"), marker="LAIP",
        of_sample="LOW_LEVEL", why="What was seen is said, also where the other could not answer.",
        source="aml.md §2.3",
    ),
    ruled(
        "APL-36", "PML::RARA BM end of treatment, undetermined three times, ABL1 28,000 each", APL,
        BM | EOT, PML, unseen("28000"), PROVED, "pml-rara-bm",
        why="3 copies in 84,000 are below 1e-4: molecular remission.", source=AML_TEXT + ", D7",
    ),
    ruled(
        "AML-42", "KMT2A::MLLT3 BM end of treatment, 6/30,000 three times", AML, BM | EOT, KMT2A,
        thrice("6/30000"), HIGH, FUSION, level=F("2e-4"), why="0.02 %; there is no low level.",
        source=AML_TEXT,
    ),
)  # fmt: skip

M4 = F(1, 4_000_000)
CELLS, IMWG, UMRD = "mrd-cr", "mrd-negative", "umrd4"
WITHOUT_RANGE = said(call="BELOW_LOQ", qr_fraction="5e-4", sensitivity_fraction="1e-4")

LYMPHOID = (
    ruled(
        "ALL-1", "B-ALL BM flow 0/4,000,000", B_ALL, BM, FLOW, (events(0, 4_000_000),), PROVED, CELLS,
        "MRD<1e-5", response="MRD_CR", why="LOD 5e-6.", source=TEXT,
    ),
    ruled(
        "ALL-2", "B-ALL BM flow 8/4,000,000", B_ALL, BM, FLOW, (events(8, 4_000_000),), PROVED, CELLS,
        "MRD<1e-5", response="MRD_CR", flags=("trace_events",), why="A trace is not positive.",
        source=TEXT,
    ),
    ruled(
        "ALL-3", "B-ALL BM flow 25/4,000,000", B_ALL, BM, FLOW, (events(25, 4_000_000),), LOW, CELLS,
        "MRD<1e-4", response="MRD_INTERMEDIATE", why="Detected, not quantifiable, below 1e-4.",
        source=TEXT,
    ),
    ruled(
        "ALL-4", "B-ALL BM flow 60/4,000,000", B_ALL, BM, FLOW, (events(60, 4_000_000),), LOW, CELLS,
        "MRD<1e-4", 60 * M4, response="MRD_INTERMEDIATE", why="1.5e-5.", source=TEXT,
    ),
    ruled(
        "ALL-5", "B-ALL BM flow 400/4,000,000", B_ALL, BM, FLOW, (events(400, 4_000_000),), HIGH, CELLS,
        "MRD<1e-3", F("1e-4"), response="MRD_FAILURE", why="Exactly 1e-4.", source=TEXT,
    ),
    ruled(
        "ALL-6", "B-ALL BM flow 0/500,000", B_ALL, BM, FLOW, (events(0, 500_000),), PROVED, CELLS,
        "MRD<1e-4", response="MRD_CR", why="LOD 4e-5.", source=TEXT,
    ),
    ruled(
        "ALL-9", "B-ALL blood, flow 0/4,000,000", B_ALL, PB, FLOW, (events(0, 4_000_000),),
        unlisted(CLEAR, NO_TISSUE), depth="MRD<1e-5", why="Not detected in blood; no class of marrow.",
        source=TEXT,
    ),
    ruled(
        "ALL-12", "B-ALL BM IG/TR positive below the range; range 5e-4, sensitivity 1e-4", B_ALL, BM,
        IGTR, WITHOUT_RANGE, (SEEN, "INDETERMINATE", OPEN), CELLS, "MRD<1e-3", censor="INTERVAL",
        why="Somewhere from 1e-4 to 5e-4: it cannot be called below 1e-4, and has no word.", source=TEXT,
    ),
    ruled(
        "ALL-14", "B-ALL BM IG/TR 4.0e-5 raw, 310 ng of 500 ng, sensitivity 1e-5", B_ALL, BM, IGTR,
        said("4.0e-5", "FRACTION", input_ng="310", nominal_input_ng="500", sensitivity_fraction="1e-5"),
        LOW, CELLS, "MRD<1e-4", F("4e-5") * 500 / 310, response="MRD_INTERMEDIATE",
        flags=("dna_corrected",), finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        why="6.45e-5 after correction.", source=TEXT,
    ),
    ruled(
        "ALL-23", "B-ALL BM NGS, 0 clones in 500 ng", B_ALL, BM, NGS, dna("500"), PROVED, CELLS,
        "MRD<1e-4", response="MRD_CR", why="LOD 3.9e-5.", source=TEXT,
    ),
    ruled(
        "ALL-26", "Ph+ ALL BM, p190 12/45,000", PH_ALL_P190, BM, P190, copies("12/45000"),
        unlisted(SEEN, NO_MARKER), level=F(12, 45_000), why="A ratio of RNA is no fraction of cells.",
        source=TEXT,
    ),
    ruled(
        "MM-7a", "MM BM flow 0/2,000,000", MM, BM, FLOW, (events(0, 2_000_000),), PROVED, IMWG,
        "MRD<1e-5", why="LOD exactly 1e-5.", source=TEXT,
    ),
    ruled(
        "MM-7b", "MM BM flow 0/1,900,000", MM, BM, FLOW, (events(0, 1_900_000),), SHALLOW, IMWG,
        "MRD<1e-4", why="LOD 1.05e-5.", source=TEXT,
    ),
    ruled(
        "MM-19", "MM BM clonoSEQ 0 in 2,840,000", MM, BM, CLONOSEQ, clones(0, total=2_840_000), PROVED,
        IMWG, "MRD<1e-6", why="0.67 per million by the maker's limit.", source=TEXT,
    ),
    ruled(
        "MM-20", "MM BM clonoSEQ 1 in 1,523,000", MM, BM, CLONOSEQ, clones(1, total=1_523_000), LOW,
        IMWG, "MRD<1e-5", why="One copy is a detection, and absence is what IMWG asks.", source=TEXT,
    ),
    ruled(
        "MM-21", "MM BM clonoSEQ 7 in 3,076,923", MM, BM, CLONOSEQ, clones(7, total=3_076_923), LOW,
        IMWG, "MRD<1e-5", F(7, 3_076_923), why="Below 1e-5 and not absent.", source=TEXT + ", §3",
    ),
    ruled(
        "CLL-31", "CLL blood, flow 0/500,000", CLL, PB, FLOW_LEUKOCYTES, (events(0, 500_000),), PROVED,
        UMRD, "uMRD4", why="LOD 4e-5.", source=TEXT,
    ),
    ruled(
        "CLL-32", "CLL blood, clonoSEQ 9 in 3,000,000", CLL, PB, CLONOSEQ, clones(9, total=3_000_000),
        BENEATH, UMRD, "uMRD5", F("3e-6"), why="uMRD4 is a level, not that nothing was seen.",
        source=TEXT,
    ),
)  # fmt: skip


def _cells_needed() -> tuple[Example, ...]:
    """Draw 500,000 CD45+ cells and 100 viable blasts, and one fewer and one more."""
    unseen_in = tuple(
        ruled(
            f"CD45-{total}",
            f"AML BM flow 0/{total:,} CD45+",
            AML,
            BM,
            CD45,
            (events(0, total),),
            verdict,
            MFC,
            "MRD<1e-4",
            why=why,
            source="aml.md §1.1, A11",
        )
        for total, verdict, why in (
            (499_999, TOO_FEW, "Fewer than 500,000."),
            (500_000, TOO_FEW, "Not more than 500,000."),
            (500_001, PROVED, "More than 500,000."),
        )
    )
    seen_in = tuple(
        ruled(
            f"CD45-{total}-499",
            f"AML BM flow 499/{total:,} CD45+",
            AML,
            BM,
            CD45,
            (events(499, total),),
            verdict,
            MFC,
            "MRD<1e-3",
            F(499, total),
            why=why,
            source="aml.md §1.1, §7(3)",
        )
        for total, verdict, why in (
            (499_999, TOO_FEW_SEEN, "Below 0.1 %, of fewer than 500,000."),
            (500_001, BENEATH, "Below 0.1 %, of more than 500,000."),
        )
    )
    by_blasts = tuple(
        ruled(
            f"blasts-{viable}",
            f"AML BM flow 0/700,000 CD45+, {viable} viable blasts",
            AML,
            BM,
            CD45,
            blasts(0, 700_000, viable),
            verdict,
            MFC,
            "MRD<1e-4",
            why=why,
            source="aml.md §1.1, A11",
        )
        for viable, verdict, why in (
            (99, TOO_FEW, "One short."),
            (100, PROVED, "At least 100."),
            (101, PROVED, "More than 100."),
        )
    )
    return (*unseen_in, *seen_in, *by_blasts)


def _thresholds() -> tuple[Example, ...]:
    """Draw every threshold at its value, one count below and one above."""
    flow = tuple(
        ruled(
            f"MFC-{count}",
            f"AML BM flow {count:,}/1,000,000 CD45+",
            AML,
            BM,
            CD45,
            (events(count, 1_000_000),),
            verdict,
            MFC,
            depth,
            F(count, 1_000_000),
            why=why,
            source="aml.md §1.1",
        )
        for count, verdict, depth, why in (
            (999, BENEATH, "MRD<1e-3", "One event below 0.1 %."),
            (1_000, HIGH, None, "Exactly 0.1 %."),
            (1_001, HIGH, None, "One event above 0.1 %."),
        )
    )
    ratios = tuple(
        ruled(
            f"{name}-{last}",
            f"{name} BM end of treatment, 400, 400 and {last} of 20,000",
            AML,
            BM | EOT,
            assay,
            copies("400/20000", "400/20000", f"{last}/20000"),
            verdict,
            BM_LOW,
            level=F(800 + last, 60_000),
            why=why,
            source="aml.md §1.2",
        )
        for name, assay in (("NPM1", NPM1), ("CBF", CBF))
        for last, verdict, why in (
            (399, LOW, "One copy below 2 %."),
            (400, HIGH, "Exactly 2 %."),
            (401, HIGH, "One copy above 2 %."),
        )
    )
    variants = tuple(
        ruled(
            f"VAF-{count}",
            f"IDH2 {count}/30,000, error rate 1e-5",
            AML,
            BM,
            SHARP,
            (site(count, 30_000),),
            verdict,
            SEQUENCED,
            level=F(count, 30_000),
            why=why,
            source="aml.md §1.3",
        )
        for count, verdict, why in (
            (29, BENEATH, "One molecule below 0.1 %."),
            (30, HIGH, "Exactly 0.1 %."),
            (31, HIGH, "One molecule above 0.1 %."),
        )
    )
    duplications = tuple(
        ruled(
            f"ITD-{count}",
            f"FLT3-ITD BM after cycle 2, {count:,}/1,000,000, LOD 0.001 %",
            AML,
            BM | C2,
            UHS,
            (itd(count, 1_000_000),),
            verdict,
            SEQUENCED,
            is_low_confidence=verdict is BENEATH,
            level=F(count, 1_000_000),
            why=why,
            source="aml.md §1.3, trap 25",
        )
        for count, verdict, why in (
            (999, BENEATH, "Below 0.1 %, and there is no low class."),
            (1_000, HIGH, "Exactly 0.1 %."),
            (1_001, HIGH, "Above 0.1 %."),
        )
    )
    lymphoid = tuple(
        ruled(
            f"cells-{count}",
            f"B-ALL BM flow {count}/4,000,000",
            B_ALL,
            BM,
            FLOW,
            (events(count, 4_000_000),),
            verdict,
            CELLS,
            depth,
            count * M4,
            response=word,
            why=why,
            source="lymphoid R4",
        )
        for count, verdict, depth, word, why in (
            (399, LOW, "MRD<1e-4", "MRD_INTERMEDIATE", "One event below 1e-4."),
            (401, HIGH, "MRD<1e-3", "MRD_FAILURE", "One event above 1e-4."),
        )
    )
    return (*flow, *ratios, *variants, *duplications, *lymphoid)


def _limits_needed() -> tuple[Example, ...]:
    """Draw every limit that a negative needs at its value, and on both sides of it."""
    control = tuple(
        ruled(
            f"{name}-{gene}-{count}",
            f"{name}, undetermined three times, {gene} {int(count):,} each",
            patient,
            sample,
            assay | {"control_gene": gene},
            unseen(count),
            verdict,
            rule,
            why=why,
            source=source,
        )
        for name, patient, sample, assay, rule in (
            ("NPM1-BM", AML, BM | EOT, NPM1, BM_LOW),
            ("NPM1-PB", AML, PB | C2, NPM1, PB_C2),
            ("CBF-PB", AML, PB | C2, CBF, "cbf-pb-after-cycle-2"),
            ("KMT2A", AML, BM, KMT2A, FUSION),
        )
        for gene, count, verdict, why, source in (
            ("ABL1", "9999", TOO_FEW, "One copy short of 10,000.", "aml.md §2.2"),
            ("ABL1", "10000", PROVED, "Exactly 10,000.", "aml.md §2.2"),
            ("ABL1", "10001", PROVED, "More than 10,000.", "aml.md §2.2"),
            ("GUSB", "23999", TOO_FEW, "One copy short of 24,000.", "aml.md §2.2"),
            (
                "GUSB",
                "24000",
                PROVED,
                "Exactly 24,000; 10,000 are not enough of GUSB.",
                "aml.md §2.2",
            ),
        )
    )
    promyelocytic = tuple(
        ruled(
            f"APL-{last}",
            f"PML::RARA BM end of treatment, undetermined, ABL1 10,000, 10,000 and {last}",
            APL,
            BM | EOT,
            PML,
            unseen("10000", "10000", last),
            verdict,
            "pml-rara-bm",
            why=why,
            source="aml.md §4",
        )
        for last, verdict, why in (
            ("9999", SHALLOW, "3 copies in 29,999 are above 1e-4."),
            ("10000", PROVED, "3 copies in 30,000 are exactly 1e-4."),
            ("10001", PROVED, "3 copies in 30,001 are below 1e-4."),
        )
    )
    variants = tuple(
        ruled(
            f"limit-{lod}",
            f"FLT3-ITD 0/30,000, LOD {lod}",
            AML,
            BM,
            VAF | {"min_count": "3", "lod_fraction": lod},
            (itd(0, 30_000),),
            verdict,
            SEQUENCED,
            is_low_confidence=verdict is PROVED,
            why=why,
            source="aml.md §1.3",
        )
        for lod, verdict, why in (
            ("0.0009", PROVED, "Below 0.1 %."),
            ("0.001", PROVED, "Exactly 0.1 %."),
            ("0.0011", SHALLOW, "Above 0.1 %."),
        )
    )
    molecules = tuple(
        ruled(
            f"molecules-{total}",
            f"IDH2 0/{total:,}, one molecule is enough",
            AML,
            BM,
            VAF | {"min_count": "1"},
            (site(0, total),),
            verdict,
            SEQUENCED,
            why=why,
            source="aml.md §5.2",
        )
        for total, verdict, why in (
            (2_995, SHALLOW, "2.9957 of 2,995 is above 0.1 %."),
            (2_996, PROVED, "2.9957 of 2,996 is below 0.1 %."),
        )
    )
    lymphoid = tuple(
        ruled(
            f"cells-0-{total}",
            f"B-ALL BM flow 0/{total:,}",
            B_ALL,
            BM,
            FLOW,
            (events(0, total),),
            verdict,
            CELLS,
            depth,
            response=word,
            why=why,
            source="lymphoid §1.3, R5",
        )
        for total, verdict, depth, word, why in (
            (199_999, SHALLOW, "MRD<1e-3", "MRD_INTERMEDIATE", "Negative, not sensitive enough."),
            (200_000, PROVED, "MRD<1e-4", "MRD_CR", "LOD exactly 1e-4."),
            (200_001, PROVED, "MRD<1e-4", "MRD_CR", "LOD below 1e-4."),
        )
    )
    return (*control, *promyelocytic, *variants, *molecules, *lymphoid)


def _no_class() -> tuple[Example, ...]:
    """Draw results that no class fits."""
    some, none = thrice("160/20000"), unseen("24000")
    table = (
        # what, patient, sample, assay, rows, finding, depth, level, reason, why
        ("NPM1 BM, no time point", AML, BM, NPM1, some, SEEN, F("0.008"), NO_TIME,
         "0.8 % is low at one time point and nothing at another."),
        ("NPM1 of blood, no time point", AML, PB, NPM1, none, CLEAR, None, NO_TIME,
         "Nothing is taken for a default."),
        ("NPM1 BM after cycle 2", AML, BM | C2, NPM1, some, SEEN, F("0.008"), OTHER_TIME,
         "After cycle 2 the class is one of blood."),
        ("NPM1 BM before transplantation", AML, BM | {"timepoint": "PRE_HCT"}, NPM1, none, CLEAR, None,
         OTHER_TIME, "The rule set says nothing of it."),
        ("NPM1 of blood at the end of treatment", AML, PB | EOT, NPM1, some, SEEN, F("0.008"), OTHER_TIME,
         "At the end of treatment the class is one of marrow."),
        ("CBFB::MYH11 BM after cycle 2", AML, BM | C2, CBF, some, SEEN, F("0.008"), OTHER_TIME,
         "After cycle 2 the class is one of blood."),
        ("NPM1 BM at diagnosis", AML, BM | {"timepoint": "DIAGNOSIS"}, NPM1, some, SEEN, F("0.008"),
         OTHER_TIME, "What is there at diagnosis is not residual."),
        ("KMT2A::MLLT3 BM at diagnosis", AML, BM | {"timepoint": "DIAGNOSIS"}, KMT2A, some, SEEN,
         F("0.008"), OTHER_TIME, "What is there at diagnosis is not residual."),
        ("KMT2A::MLLT3 of blood", AML, PB, KMT2A, some, SEEN, F("0.008"), NO_TISSUE,
         "The class is one of marrow."),
        ("PML::RARA in AML", AML, BM | EOT, PML, none, CLEAR, None, NO_MARKER,
         "The marker of another disease."),
        ("WT1 expression", AML, BM | EOT, NPM1 | {"marker": "WT1"}, some, SEEN, F("0.008"), NO_MARKER,
         "Not specific to leukaemia; the rule set has no class for it."),
        ("PML::RARA of blood at the end of treatment", APL, PB | EOT, PML, none, CLEAR, None, NO_TISSUE,
         "Blood turns positive only near relapse."),
        ("PML::RARA BM after induction", APL, BM | {"timepoint": "AFTER_INDUCTION"}, PML, some, SEEN,
         F("0.008"), OTHER_TIME, "Positive is what is expected then."),
        ("PML::RARA BM, no time point", APL, BM, PML, none, CLEAR, None, NO_TIME,
         "Molecular remission is one of the end of consolidation."),
    )  # fmt: skip
    molecular = tuple(
        ruled(
            f"none-{i}",
            what,
            patient,
            sample,
            assay,
            rows,
            unlisted(finding, reason),
            level=level,
            why=why,
            source=RULES_TEXT,
        )
        for i, (what, patient, sample, assay, rows, finding, level, reason, why) in enumerate(
            table, 1
        )
    )
    at_diagnosis = BM | {"timepoint": "DIAGNOSIS"}
    return (
        *molecular,
        ruled(
            "none-TNC", "AML BM flow 0/900,000 nucleated cells", AML, BM, FLOW, (events(0, 900_000),),
            unlisted(CLEAR, NO_MARKER), depth="MRD<1e-4", why="The threshold is one of CD45+ cells.",
            source="aml.md §1.1",
        ),
        ruled(
            "none-dx-AML", "AML BM flow 400,000/800,000 CD45+ at diagnosis", AML, at_diagnosis, CD45,
            (events(400_000, 800_000),), unlisted(SEEN, OTHER_TIME), level=F("0.5"),
            why="What is there at diagnosis is not residual.", source=RULES_TEXT,
        ),
        ruled(
            "none-dx-ALL", "B-ALL BM flow 400,000/800,000 at diagnosis", B_ALL, at_diagnosis, FLOW,
            (events(400_000, 800_000),), unlisted(SEEN, OTHER_TIME), level=F("0.5"),
            why="What is there at diagnosis is no failure.", source=RULES_TEXT,
        ),
        ruled(
            "none-T", "T-ALL blood, flow 0/4,000,000", T_ALL, PB, FLOW, (events(0, 4_000_000),),
            unlisted(CLEAR, NO_TISSUE), depth="MRD<1e-5", why="The table's classes are of marrow.",
            source="lymphoid R9",
        ),
        ruled(
            "none-failed", "MFC of blood, invalid run", AML, PB, CD45, (events(0, 900_000, run_id="R"),),
            unlisted(SILENT, NO_TISSUE), runs=({"run_id": "R", "is_valid": "false"},),
            why="Where there is no class, it does not matter that the run failed.",
            source=RULES_TEXT + ", 2 before 3",
        ),
    )  # fmt: skip


def _excluded() -> tuple[Example, ...]:
    """Draw markers that are kept and never counted."""
    own = {"is_germline": "true"}
    return (
        ruled(
            "DTA", "TET2 60/12,000, the only marker", AML, PB, SHARP, (site(60, 12_000, "TET2 Q1523*"),),
            EXCLUDED, level=F("0.005"), flags=("clonal_haematopoiesis",),
            why="Nothing is left that would count.", source="aml.md §1.3, B10",
        ),
        ruled(
            "DTA-time", "ASXL1 60/12,000 in follow-up", AML, BM | LATER, SHARP,
            (site(60, 12_000, "ASXL1 G646fs"),), EXCLUDED, level=F("0.005"),
            flags=("clonal_haematopoiesis",), why="In 2021 at every time point.", source="aml.md §1.3, B10",
        ),
        ruled(
            "germline", "RUNX1 14,400/30,000, germline", AML, BM, SHARP,
            (site(14_400, 30_000, "RUNX1 R201*", **own),), EXCLUDED, level=F("0.48"),
            flags=("germline",), why="The patient's own variant is no residual disease.",
            source="aml.md §1.3, B9",
        ),
        ruled(
            "germline-beside", "the same with IDH2 42/30,000: RUNX1", AML, BM, SHARP,
            (site(14_400, 30_000, "RUNX1 R201*", **own), site(42, 30_000)), EXCLUDED, level=F("0.48"),
            marker="RUNX1 R201*", of_sample="POSITIVE", why="IDH2 is 0.14 %, and decides alone.",
            source="aml.md §1.3",
        ),
        ruled(
            "germline-perhaps", "RUNX1 14,400/30,000, not said whether germline", AML, BM, SHARP,
            (site(14_400, 30_000, "RUNX1 R201*"),), HIGH, SEQUENCED, level=F("0.48"),
            flags=("germline_possible",), why="A VAF near a half alone is no proof of germline.",
            source="aml.md trap 16",
        ),
        ruled(
            "untracked", "TP53 300/30,000, not known from diagnosis", AML, BM, SHARP,
            (site(300, 30_000, "TP53 R273H", is_tracked="false"),), EXCLUDED, level=F("0.01"),
            flags=("new_variant",), finding_codes=("NEW_VARIANT",),
            why="A person decides what a new variant means.", source="aml.md §5.6",
        ),
        ruled(
            "untracked-beside", "IDH2 0/30,000; TP53 0/30,000, not known from diagnosis: IDH2", AML, BM,
            SHARP, (site(0, 30_000), site(0, 30_000, "TP53 R273H", is_tracked="false")), PROVED,
            SEQUENCED, marker="IDH2 R140Q",
            why="What was never a marker is no part of the answer; the sample is negative.",
            source="aml.md §2.3, trap 19",
        ),
    )  # fmt: skip


DILUTED = BM | {"blood_dilution_fraction": "0.6"}

MINIMA = (
    ruled(
        "few-positive", "AML BM flow 500/500,000 CD45+", AML, BM, CD45, (events(500, 500_000),), HIGH, MFC,
        None, F("1e-3"), is_low_confidence=True,
        why="Exactly 0.1 %: a missed minimum takes away a negative, never a positive.", source=RULES_TEXT,
    ),
    ruled(
        "few-blasts-positive", "AML BM flow 1,600/800,000 CD45+, 60 viable blasts", AML, BM, CD45,
        blasts(1_600, 800_000, 60), HIGH, MFC, None, F("2e-3"), is_low_confidence=True, why="As above.",
        source=RULES_TEXT,
    ),
    ruled(
        "few-copies-low", "NPM1 BM end of treatment, 8/4,000 three times", AML, BM | EOT, NPM1,
        thrice("8/4000"), LOW, BM_LOW, level=F("0.002"), is_low_confidence=True,
        why="Detected stays detected, with too few ABL1 for its level.", source="aml.md §2.2",
    ),
    ruled(
        "few-copies-fusion", "KMT2A::MLLT3 BM 220/4,000 three times", AML, BM, KMT2A, thrice("220/4000"),
        HIGH, FUSION, level=F("0.055"), is_low_confidence=True, why="Any detection is positive.",
        source="aml.md §2.2",
    ),
    ruled(
        "copies-unknown", "NPM1 BM end of treatment, called not detected, no control copies", AML,
        BM | EOT, NPM1, said(call="NOT_DETECTED"), (CLEAR, "INDETERMINATE", "MINIMUM_UNKNOWN"), BM_LOW,
        why="Nobody says whether the sample was good enough.", source=RULES_TEXT,
    ),
    ruled(
        "copies-BCR", "NPM1 BM end of treatment, undetermined, BCR 50,000 each", AML, BM | EOT,
        NPM1 | {"control_gene": "BCR"}, unseen("50000"), (CLEAR, "INDETERMINATE", "MINIMUM_UNKNOWN"),
        BM_LOW, why="The rule set has no minimum for BCR, and 10,000 is ABL1's.", source="aml.md §2.2",
    ),
    ruled(
        "call-any", "NPM1 of blood after cycle 2, called detected", AML, PB | C2, NPM1, said(),
        (SEEN, "POSITIVE"), PB_C2, why="Any detection is positive, with or without a number.",
        source=RULES_TEXT,
    ),
    ruled(
        "call-low", "NPM1 BM end of treatment, called detected", AML, BM | EOT, NPM1, said(),
        (SEEN, "INDETERMINATE"), BM_LOW, why="Low or positive: without a number nobody knows.",
        source=RULES_TEXT,
    ),
    ruled(
        "split-any", "NPM1 of blood after cycle 2, Cq 38, undetermined, failed", AML, PB | C2, NPM1,
        cqs("38", UNDETERMINED, "", **CONTROL), (SEEN, "INDETERMINATE", "SPLIT_REPLICATES"), PB_C2,
        why="One of two is no certain detection.", source="aml.md §2.2",
    ),
    ruled(
        "one-well", "NPM1 BM end of treatment, one undetermined well, ABL1 30,000", AML, BM | EOT, NPM1,
        copies("0/30000"), (CLEAR, "INDETERMINATE"), BM_LOW,
        why="Negative is two of three; one valid well decides nothing.", source="aml.md §1.2, §2.3",
    ),
    ruled(
        "one-of-three", "NPM1 of blood after cycle 2, 50, 0 and 0 of 30,000", AML, PB | C2, NPM1,
        copies("50/30000", "0/30000", "0/30000"), PROVED, PB_C2, flags=("single_replicate_positive",),
        why="Negative in two of three.", source="aml.md §1.2",
    ),
    ruled(
        "diluted-unseen", "AML BM flow 0/800,000 CD45+, 60 % blood", AML, DILUTED, CD45,
        (events(0, 800_000),), (CLEAR, "INDETERMINATE", "HAEMODILUTE"), MFC, flags=("haemodilute",),
        why="Mostly blood: its negative proves nothing of marrow.", source=RULES_TEXT,
    ),
    ruled(
        "diluted-few", "AML BM flow 0/180,000 CD45+, 60 % blood", AML, DILUTED, CD45,
        (events(0, 180_000),), TOO_FEW, MFC, flags=("haemodilute",),
        why="The missed minimum comes first.", source=RULES_TEXT + ", 5",
    ),
    ruled(
        "diluted-low", "AML BM flow 400/800,000 CD45+, 60 % blood", AML, DILUTED, CD45,
        (events(400, 800_000),), (SEEN, "INDETERMINATE", "HAEMODILUTE"), MFC, level=F("5e-4"),
        flags=("haemodilute",), why="0.05 % of the blood may be more of the marrow.", source=RULES_TEXT,
    ),
    ruled(
        "diluted-positive", "AML BM flow 1,600/800,000 CD45+, 60 % blood", AML, DILUTED, CD45,
        (events(1_600, 800_000),), HIGH, MFC, level=F("2e-3"), flags=("haemodilute",),
        why="A positive stays one.", source=RULES_TEXT,
    ),
    ruled(
        "failed", "MFC BM, invalid run", AML, BM, CD45, (events(0, 900_000, run_id="R"),),
        (SILENT, SILENT, "RUN_INVALID"), MFC, runs=({"run_id": "R", "is_valid": "false"},),
        why="It could not answer.", source=RULES_TEXT,
    ),
    ruled(
        "follow-up-low", "NPM1 BM in follow-up, 10/20,000 three times", AML, BM | LATER, NPM1,
        thrice("10/20000"), LOW, BM_LOW, level=F("5e-4"), why="The low level persists until it rises.",
        source="aml.md §7(19)",
    ),
    ruled(
        "cbf-any", "CBFB::MYH11 of blood after cycle 2, 3/50,000 three times", AML, PB | C2, CBF,
        thrice("3/50000"), HIGH, "cbf-pb-after-cycle-2", level=F("6e-5"),
        why="The low level is one of the end of consolidation.", source="aml.md §1.2, D6",
    ),
    ruled(
        "apl-low", "PML::RARA BM end of treatment, 3/50,000 three times", APL, BM | EOT, PML,
        thrice("3/50000"), HIGH, "pml-rara-bm", level=F("6e-5"), why="There is no low level.",
        source="aml.md §4, trap 25",
    ),
    ruled(
        "all-over", "B-ALL BM IG/TR positive below the range; range 5e-4, sensitivity 2e-4", B_ALL, BM,
        IGTR, said(call="BELOW_LOQ", qr_fraction="5e-4", sensitivity_fraction="2e-4"), HIGH, CELLS,
        "MRD<1e-3", response="MRD_FAILURE", why="From 2e-4 to 5e-4: above 1e-4 for certain.",
        source="docs/sensitivity.md, " + RULES_TEXT,
    ),
    ruled(
        "all-under", "B-ALL BM IG/TR positive below the range; range 1e-4, sensitivity 1e-5", B_ALL, BM,
        IGTR, said(call="BELOW_LOQ", qr_fraction="1e-4", sensitivity_fraction="1e-5"), LOW, CELLS,
        "MRD<1e-4", response="MRD_INTERMEDIATE", why="The range ends at 1e-4, so it is below.",
        source="lymphoid §1.1",
    ),
    ruled(
        "all-unknown", "B-ALL BM IG/TR called not detected, nothing else said", B_ALL, BM, IGTR,
        said(call="NOT_DETECTED"), (CLEAR, "INDETERMINATE", "LOD_UNKNOWN"), CELLS,
        why="A negative of unknown sensitivity is no negative.", source="lymphoid R2",
    ),
)  # fmt: skip

SECTIONS: tuple[tuple[str, tuple[Example, ...]], ...] = (
    ("AML and APL, from the field text", MYELOID),
    ("ALL, myeloma and CLL, from the field text", LYMPHOID),
    ("Cells and blasts that a negative needs", _cells_needed()),
    ("On, just below and just above every threshold", _thresholds()),
    ("On, just below and just above every limit that a negative needs", _limits_needed()),
    ("Results without a class", _no_class()),
    ("Markers that are not counted", _excluded()),
    ("Minima, calls and dilution", MINIMA),
)
WORKED = (*MYELOID, *LYMPHOID)
EXAMPLES = tuple(e for _, examples in SECTIONS for e in examples)
