"""PCR of RNA and DNA: replicates by field, copies from Cq, ranges, DNA correction, written values.

Numbers with L are those of `lymphoid_myeloma_and_sensitivity.md` section 7, with A those of `aml.md`
section 7; the others draw other sections of the texts or `docs/sensitivity.md`.
"""

from fractions import Fraction

from tests.spec.cml_examples import CML, LAB, P190, PH_ALL_P190
from tests.spec.drawn import Printed, Row
from tests.spec.sensitivity_rows import (
    AML,
    B_ALL,
    BM,
    CLEAR,
    CLL,
    FAINT,
    HIGH,
    LAMBDA,
    LOW,
    MM,
    NO_MARKER,
    NO_TIME,
    OPEN,
    PB,
    PH_ALL,
    PROVED,
    SEEN,
    UNDER,
    curve,
    line,
    unlisted,
    wells,
)

F = Fraction

NPM1: Row = {"modality": "PCR", "marker": "NPM1", "basis": "RNA_RATIO", "control_gene": "ABL1"}
IGTR: Row = {"modality": "PCR", "marker": "IG/TR", "basis": "GDNA_CELLS"}
FLOOR_3 = {"low_copy_policy": "floor_3"}
UNDETERMINED = "Undetermined"
DOC, TEXT, AML_TEXT = "docs/sensitivity.md, PCR", "lymphoid §7", "aml.md §7"


def copies(*pairs: str) -> tuple[Row, ...]:
    """Write replicates given as `target/control`."""
    split = [pair.split("/") for pair in pairs]
    return wells(*({"target_copies": t, "control_copies": c} for t, c in split))


def cqs(*values: str, **shared: str) -> tuple[Row, ...]:
    """Write replicates of which only the Cq of the target was read; empty = failed."""
    return wells(*({"target_cq": cq} for cq in values), **shared)


def said(value: str = "", unit: str = "", call: str = "DETECTED", **rest: str) -> tuple[Row, ...]:
    """Write one value or call of the laboratory."""
    return ({"reported_value": value, "reported_unit": unit, "reported_call": call} | rest,)


CONTROL = {"control_copies": "24000"}
RANGE = {"qr_fraction": "1e-4", "sensitivity_fraction": "1e-5"}
ON_CURVE = RANGE | {"run_id": "RQ"}
IGTR_CURVE = curve("RQ", "-3.35", "22.1")
LEVEL_10 = 10 ** ((31.1 - 22.1) / -3.35)
AT_DIAGNOSIS: Row = {
    "sample_id": "dx", "timepoint": "DIAGNOSIS", "collected_on": "2023-11-01", "tissue": "BM",
    "blast_fraction": "0.6",
}  # fmt: skip
PER_NG = 1000 / F("6.5")
OF_RNA, OF_NONE = unlisted(SEEN, NO_MARKER), unlisted(CLEAR, NO_MARKER)
WHEN, WHEN_NONE = unlisted(SEEN, NO_TIME), unlisted(CLEAR, NO_TIME)

RNA = (
    line(
        "L26", "Ph+ ALL, p190 12/45,000", PH_ALL_P190, BM, P190, copies("12/45000"), OF_RNA,
        level=F(12, 45_000),
        checks={
            "lod_fraction": Printed("6.7e-5"), "lod_kind": "LOD95", "conversion_factor": None,
            "basis": "RNA_RATIO", "poisson_floor_fraction": Printed("6.7e-5"),
            "ci_low_fraction": Printed("1.38e-4"), "ci_high_fraction": Printed("4.66e-4"),
            "rdf_fraction": None,
        },
        why="0.0267 %, never on the International Scale and never a share of cells.", source=TEXT,
    ),
    line(
        "L27", "Ph+ ALL, p210 0/45,000", PH_ALL | {"transcript": "p210"}, BM, LAB, copies("0/45000"),
        OF_NONE, "MR4.5", checks={"lod_fraction": F(3, 45_000), "ci_high_fraction": Printed("8.2e-5")},
        why="45,000 ABL1 reach 32,000 and not 100,000.", source=TEXT,
    ),
    *(
        line(
            f"C{i}", f"p210 0/{control}", CML, PB, LAB, copies(f"0/{control}"), (CLEAR, "NEGATIVE"),
            depth, checks={"lod_fraction": Printed(lod), "lod_kind": "LOD95"},
            why="Three copies in the control copies are seen with 95 %; the depth goes by the minimum of copies.",
            source="cml.md §7",
        )
        for i, (control, depth, lod) in enumerate(
            (("10000", "MR4", "0.0003"), ("32000", "MR4.5", "0.000094"), ("100000", "MR5", "0.00003")), 1
        )
    ),
    line(
        "C4", "p210 Cq 32.2 and undetermined, ABL1 Cq 21 twice; slope -3.4, intercepts 39 and 38", CML,
        PB, LAB,
        wells({"target_cq": "32.2"}, {"target_cq": UNDETERMINED}, run_id="C4", control_cq="21"),
        (SEEN, "POSITIVE"), "MR3", F("5e-4"), flags=("copies_from_curve",),
        runs=(curve("C4", "-3.4", "39") | curve("C4", "-3.4", "38", "control"),),
        checks={"numerator": F(100), "denominator": F(200_000)},
        why="10^((32.2 - 39) / -3.4) = 100 copies in twice 100,000.", source="cml.md §1.2",
    ),
    *(
        line(
            f"C{i}", f"as C4, {what}", CML, PB, LAB,
            wells({"target_cq": "32.2"}, run_id=f"C{i}", control_cq="21"), (SEEN, "POSITIVE"),
            depth, level, flags=("copies_from_curve", *(("curve_not_acceptable",) if bad else ())),
            not_flags=() if bad else ("curve_not_acceptable",),
            finding_codes=("CURVE_NOT_ACCEPTABLE",) if bad else (),
            runs=(curve(f"C{i}", slope, "39") | curve(f"C{i}", slope, "38", "control")
                  | {"target_r_squared": fit},),
            why=why, source="cml.md §1.2",
        )
        for i, what, slope, fit, depth, bad, why in (
            (5, "one replicate, slope -3.61", "-3.61", "0.99", "MR2", True, "Steeper than -3.6: computed, and a person should look."),
            (6, "one replicate, slope -3.6", "-3.6", "0.98", "MR2", False, "Slope -3.6 and R² 0.98 are just accepted."),
            (7, "one replicate, slope -3.1", "-3.1", "0.99", "MR3", False, "Slope -3.1 is just accepted."),
            (8, "one replicate, R² 0.97", "-3.4", "0.97", "MR3", True, "The points do not lie on the curve."),
        )
        for level in (10 ** ((32.2 - 39) / float(slope)) / 10 ** ((21 - 38) / float(slope)),)
    ),
    line(
        "A10", "NPM1 Cq 40 and twice undetermined, ABL1 24,000 each", AML, BM, NPM1,
        cqs("40", UNDETERMINED, UNDETERMINED, **CONTROL), WHEN_NONE,
        checks={"lod_fraction": F(3, 72_000), "n_evaluable": F(3)},
        why="Cq 40 is not below 40; three copies in 72,000 are the limit.", source=AML_TEXT,
    ),
    line(
        "A11", "NPM1 undetermined three times, ABL1 6,200 each", AML, BM, NPM1,
        cqs(UNDETERMINED, UNDETERMINED, UNDETERMINED, control_copies="6200"), WHEN_NONE,
        checks={"lod_fraction": F(3, 18_600)},
        why="The finding stands with its limit; without a time point the rule set says nothing.",
        source=AML_TEXT,
    ),
    line(
        "A12", "NPM1 Cq 31, 220 copies of 4,000 ABL1, three times", AML, BM, NPM1,
        wells(*({"target_cq": "31", "target_copies": "220", "control_copies": "4000"},) * 3), WHEN,
        level=F("0.055"), why="5.5 %: few control copies take away a negative, never a positive.",
        source=AML_TEXT,
    ),
    line(
        "A13", "NPM1 Cq 38, undetermined, failed", AML, BM, NPM1,
        cqs("38", UNDETERMINED, "", **CONTROL), WHEN,
        checks={"finding_reason": "SPLIT_REPLICATES", "n_replicates": F(3), "n_evaluable": F(2)},
        why="One of two valid replicates: split, without a level.", source=AML_TEXT,
    ),
    line(
        "A42", "KMT2A::MLLT3 6/30,000 three times", AML, BM, NPM1 | {"marker": "KMT2A::MLLT3"},
        copies("6/30000", "6/30000", "6/30000"), HIGH, level=F("2e-4"),
        why="A fusion without a low class: any detection is positive.", source=AML_TEXT,
    ),
    line(
        "P1", "NPM1 1.2, 0.8 and 0 copies, ABL1 30,000 each", AML, BM, NPM1,
        copies("1.2/30000", "0.8/30000", "0/30000"), WHEN, censor="LEFT",
        checks={"numerator": F(2), "estimate_fraction": F(2, 90_000), "lod_fraction": F(3, 90_000),
                "upper_fraction": Printed("8.03e-5"), "loq_kind": "LOD"},
        why="Two of three; counts below three stay as estimated (the floor of three is CML's), and two copies lie below the limit.",
        source="aml.md §1.2",
    ),
    line(
        "P2", "as P1, the assay says floor_3", AML, BM, NPM1 | FLOOR_3,
        copies("1.2/30000", "0.8/30000", "0/30000"), WHEN, level=F(6, 90_000),
        why="What the assay says holds.", source=DOC,
    ),
    line(
        "P3", "NPM1 50, 0 and 0 copies, ABL1 30,000 each", AML, BM, NPM1,
        copies("50/30000", "0/30000", "0/30000"), WHEN_NONE, flags=("single_replicate_positive",),
        why="One of three is not detected in AML.", source="aml.md §1.2",
    ),
    line(
        "P4", "p210 50, 0 and 0 copies, ABL1 30,000 each", CML, PB, LAB,
        copies("50/30000", "0/30000", "0/30000"), (SEEN, "POSITIVE"), "MR3", F(50, 90_000),
        why="The same wells in CML: any positive replicate is a detection.", source="cml.md §10(29)",
    ),
    line(
        "P5", "Ph+ ALL, p190 1/45,000 and 0/45,000", PH_ALL_P190, BM, P190,
        copies("1/45000", "0/45000"), OF_RNA, censor="LEFT",
        checks={"numerator": F(1), "estimate_fraction": F(1, 90_000), "lod_fraction": F(3, 90_000),
                "upper_fraction": Printed("6.19e-5")},
        why="Any replicate, as estimated: neither two of three nor the floor of p210.",
        source="lymphoid §1.4",
    ),
    line(
        "P6", "as P5, the assay says floor_3", PH_ALL_P190, BM, P190 | FLOOR_3,
        copies("1/45000", "0/45000"), OF_RNA, level=F(3, 90_000), why="What the assay says holds.",
        source=DOC,
    ),
    line(
        "P7", "NPM1 45,000/30,000 three times", AML, BM, NPM1,
        copies("45000/30000", "45000/30000", "45000/30000"), WHEN, level=F("1.5"),
        checks={"rdf_fraction": None},
        why="An expression ratio may exceed 100 % and is no share of cells.", source="aml.md §5",
    ),
    line(
        "P8", "Ph+ ALL, p190 called detected at Cq 32.2, ABL1 Cq 21, curves as C4", PH_ALL_P190, BM,
        P190, ({"target_cq": "32.2", "control_cq": "21", "reported_call": "DETECTED", "run_id": "P8"},),
        OF_RNA, checks={"numerator": None, "lod_fraction": F("3e-5")},
        runs=(curve("P8", "-3.4", "39") | curve("P8", "-3.4", "38", "control"),),
        why="The laboratory's call stands without target copies; the control copies make its limit.", source=DOC,
    ),
    line(
        "P11", "NPM1 4, 2 and 0.5 copies at Cq 38, 39 and 41, ABL1 30,000 each", AML, BM, NPM1,
        wells(*({"target_cq": cq, "target_copies": n, "control_copies": "30000"}
                for cq, n in (("38", "4"), ("39", "2"), ("41", "0.5")))),
        WHEN, level=F(6, 90_000), checks={"numerator": F(6)},
        why="The well at Cq 41 is undetected and adds control copies only.", source="aml.md §1.2",
    ),
    line(
        "P9", "Ph+ ALL, p190 0/45,000, the assay claims 1e-6", PH_ALL_P190, BM,
        P190 | {"lod_fraction": "1e-6"}, copies("0/45000"), OF_NONE,
        not_flags=("claim_below_poisson_floor",),
        checks={"lod_fraction": F(3, 45_000), "claimed_lod_fraction": F("1e-6")},
        why="An RNA assay's claim is scored by control copies; the floor decides, nobody is to blame.",
        source=DOC,
    ),
    line(
        "P10", "Ph+ ALL, p190 0/45,000, this result claims 1e-6", PH_ALL_P190, BM, P190,
        tuple(row | {"sensitivity_fraction": "1e-6"} for row in copies("0/45000")), OF_NONE,
        flags=("claim_below_poisson_floor",), finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={"lod_fraction": F(3, 45_000), "lod_kind": "LOD95"},
        why="Said of this very sample it is wrong.", source=DOC,
    ),
)  # fmt: skip

DNA = (
    line(
        "L10", "IG/TR Cq 31.0, 31.1, 31.2; slope -3.35, intercept 22.1; range 1e-4, sensitivity 1e-5",
        B_ALL, BM, IGTR, cqs("31.0", "31.1", "31.2", **ON_CURVE), HIGH, None, LEVEL_10,
        runs=(IGTR_CURVE,), flags=("relative_to_diagnosis",), censor="NONE",
        checks={
            "upper_fraction": Printed("2.06e-3"), "lod_fraction": F("1e-5"), "lod_kind": "DILUTION",
            "loq_fraction": F("1e-4"), "loq_kind": "QUANTITATIVE_RANGE", "rdf_fraction": None,
        },
        why="10^((31.1 - 22.1) / -3.35) = 2.06e-3 of the diagnostic sample, inside the range.",
        source=TEXT,
    ),
    line(
        "L10-blasts", "as L10, 60 % blasts at diagnosis", B_ALL, BM, IGTR,
        cqs("31.0", "31.1", "31.2", **ON_CURVE), HIGH, None, LEVEL_10, runs=(IGTR_CURVE,),
        other_samples=(AT_DIAGNOSIS,),
        checks={"rdf_fraction": LEVEL_10 * 0.6, "rdf_upper_fraction": LEVEL_10 * 0.6,
                "rdf_kind": "DIAGNOSTIC_BLASTS"},
        why="100 % of the curve are 60 % blasts: 0.22 log less on the common axis.",
        source="lymphoid §5.10",
    ),
    line(
        "L11", "IG/TR Cq 38.1, 38.9, undetermined; curve as L10", B_ALL, BM, IGTR,
        cqs("38.1", "38.9", UNDETERMINED, **ON_CURVE), LOW, "MRD<1e-4", runs=(IGTR_CURVE,),
        censor="INTERVAL",
        checks={"upper_fraction": F("1e-4"), "lod_fraction": F("1e-5"),
                "estimate_fraction": Printed("1.27e-5")},
        why="Positive in two of three and below the range: between 1e-5 and 1e-4, without a number.",
        source=TEXT,
    ),
    line(
        "Q1", "IG/TR undetermined three times; curve as L10", B_ALL, BM, IGTR,
        cqs(UNDETERMINED, UNDETERMINED, UNDETERMINED, **ON_CURVE), PROVED, "MRD<1e-5",
        runs=(IGTR_CURVE,), checks={"lod_fraction": F("1e-5"), "lod_kind": "DILUTION"},
        why="Negative to the sensitivity of the dilution series.", source="lymphoid §1.1",
    ),
    line(
        "Q2", "IG/TR Cq 31.0, 31.1, 32.6; curve as L10", B_ALL, BM, IGTR,
        cqs("31.0", "31.1", "32.6", **ON_CURVE),
        (SEEN, "INDETERMINATE", "DETECTED_WITHOUT_LEVEL"), None, runs=(IGTR_CURVE,),
        checks={"estimate_fraction": Printed("1.49e-3")},
        why="1.6 cycles apart: no number, and no bound either, because the estimate lies above the range.",
        source="lymphoid §1.1",
    ),
    line(
        "Q2-CLL", "CLL: Cq 31.0 and twice undetermined; curve as L10", CLL, BM, IGTR,
        cqs("31.0", UNDETERMINED, UNDETERMINED, **ON_CURVE), (SEEN, "INDETERMINATE"), None,
        reason="DETECTED_WITHOUT_LEVEL", runs=(IGTR_CURVE,),
        checks={"upper_fraction": None, "estimate_fraction": Printed("2.20e-3")},
        why="One well of three at 2.2e-3: detected, and nothing says that it is below 1e-4.",
        source="lymphoid §1.1",
    ),
    line(
        "Q3", "IG/TR Cq 31.0, 31.1, 32.5; curve as L10", B_ALL, BM, IGTR,
        cqs("31.0", "31.1", "32.5", **ON_CURVE), HIGH, None,
        10 ** ((94.6 / 3 - 22.1) / -3.35), runs=(IGTR_CURVE,),
        why="1.5 cycles apart are just accepted.", source="lymphoid §1.1",
    ),
    line(
        "L12", "IG/TR positive below the range; range 5e-4, sensitivity 1e-4", B_ALL, BM, IGTR,
        said(call="BELOW_LOQ", qr_fraction="5e-4", sensitivity_fraction="1e-4"),
        (SEEN, "INDETERMINATE", OPEN), "MRD<1e-3",
        censor="INTERVAL", checks={"lod_fraction": F("1e-4"), "upper_fraction": F("5e-4")},
        why="Between 1e-4 and 5e-4: it cannot be called below 1e-4.", source=TEXT,
    ),
    line(
        "L12-CLL", "CLL: IG/TR positive below the range; range 5e-4, sensitivity 1e-4", CLL, BM, IGTR,
        said(call="BELOW_LOQ", qr_fraction="5e-4", sensitivity_fraction="1e-4"),
        (SEEN, "INDETERMINATE"), None, reason=OPEN, censor="INTERVAL",
        why="Between about 1e-4 and 5e-4: on either side of 1e-4 nothing is proved.", source=TEXT,
    ),
    line(
        "L12-range", "MM: IG/TR positive below the range; range 1e-4, sensitivity 1e-6", MM, BM, IGTR,
        said(call="BELOW_LOQ", qr_fraction="1e-4", sensitivity_fraction="1e-6"),
        (SEEN, "INDETERMINATE"), "MRD<1e-4", reason=OPEN, censor="INTERVAL",
        why="Between 1e-6 and 1e-4, on either side of 1e-5.", source="lymphoid §1.1, §5.9",
    ),
    line(
        "L12-below", "MM: IG/TR positive below the range; range 1e-5, sensitivity 1e-6", MM, BM, IGTR,
        said(call="BELOW_LOQ", qr_fraction="1e-5", sensitivity_fraction="1e-6"),
        (SEEN, "LOW_LEVEL"), "MRD<1e-5", reason=UNDER, censor="INTERVAL",
        why="The whole interval lies below 1e-5.", source="lymphoid §1.1, §5.9",
    ),
    line(
        "L14", "IG/TR 4.0e-5 raw, 310 ng by albumin of 500 ng nominal, sensitivity 1e-5", B_ALL, BM,
        IGTR, said("4.0e-5", "FRACTION", input_ng="310", nominal_input_ng="500",
                   sensitivity_fraction="1e-5"), LOW, "MRD<1e-4", F("4e-5") * 500 / 310,
        flags=("dna_corrected", "claim_below_poisson_floor"),
        finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={
            "estimate_fraction": Printed("6.45e-5"), "claimed_lod_fraction": Printed("1.6e-5"),
            "lod_fraction": LAMBDA[1] / (310 * PER_NG), "effective_denominator": 310 * PER_NG,
        },
        why="6.45e-5, and a sensitivity of 1.6e-5; one well of 310 ng shows 6.3e-5 at best, which decides.",
        source=TEXT,
    ),
    line(
        "L14-range", "as L14, positive below a range of 1e-4", B_ALL, BM, IGTR,
        said(call="BELOW_LOQ", input_ng="310", nominal_input_ng="500", qr_fraction="1e-4",
             sensitivity_fraction="1e-4"), (SEEN, "INDETERMINATE", OPEN), "MRD<1e-3", flags=("dna_corrected",),
        checks={"lod_fraction": F("1e-4") * 500 / 310, "upper_fraction": F("1e-4") * 500 / 310},
        why="The range is corrected too: 1.6e-4 does not prove less than 1e-4.", source="lymphoid §1.1",
    ),
    line(
        "L15", "MM: IG/TR negative, sensitivity 1e-6, three wells of 500 ng", MM, BM, IGTR,
        wells(*({"input_ng": "500"},) * 3, reported_call="NOT_DETECTED", sensitivity_fraction="1e-6"),
        (CLEAR, "INDETERMINATE"), "MRD<1e-4", reason=FAINT, flags=("claim_below_poisson_floor",),
        finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={
            "lod_fraction": LAMBDA[1] / (1500 * PER_NG), "poisson_floor_fraction": Printed("1.30e-5"),
            "claimed_lod_fraction": F("1e-6"), "lod_kind": "LOD95",
            "effective_denominator": Printed("230769"),
        },
        why="230,769 cells cannot show less than 1.3e-5, which misses 1e-5.", source=TEXT,
    ),
    line(
        "Q6", "IG/TR 5e-5 reported, range and sensitivity 1e-5, one well of 310 ng", B_ALL, BM, IGTR,
        said("5e-5", "FRACTION", input_ng="310", qr_fraction="1e-5", sensitivity_fraction="1e-5"),
        LOW, "MRD<1e-4", censor="LEFT", flags=("below_loq",),
        finding_codes=("CLAIM_BELOW_POISSON_FLOOR",),
        checks={"upper_fraction": LAMBDA[1] / (310 * PER_NG), "loq_kind": "LOD",
                "estimate_fraction": F("5e-5")},
        why="47,692 cells show 6.3e-5 at best; 5e-5 is three cells, detected and no number.",
        source=DOC,
    ),
    line(
        "Q4", "IG/TR 1.5 reported, 60 % blasts at diagnosis", B_ALL, BM, IGTR, said("1.5", "FRACTION"),
        HIGH, None, F("1.5"), other_samples=(AT_DIAGNOSIS,), checks={"rdf_fraction": F("0.9")},
        why="More than the diagnostic sample, which was 60 % blasts: 90 % of the cells can be.",
        source=DOC,
    ),
    line(
        "Q5", "IG/TR 1.7 reported, 60 % blasts at diagnosis", B_ALL, BM, IGTR, said("1.7", "FRACTION"),
        (SEEN, "INDETERMINATE", "FRACTION_ABOVE_1"), None, finding_codes=("FRACTION_ABOVE_1",), other_samples=(AT_DIAGNOSIS,),
        checks={"finding_reason": "FRACTION_ABOVE_1"}, why="102 % of the cells cannot be: no level.",
        source=DOC,
    ),
)  # fmt: skip

EXAMPLES = (*RNA, *DNA)
