"""BCR::ABL1 examples: the worked examples of the field text, then rules of the design, then limits.

The numbers 1 to 36 are those of `cml.md` section 9, translated into the words of the design. Copies
are written as target/control for each replicate.
"""

from fractions import Fraction
from typing import Any

from tests.spec.drawn import Example, Row

F = Fraction

LAB: Row = {
    "modality": "PCR",
    "marker": "BCR::ABL1 p210",
    "basis": "RNA_RATIO_IS",
    "control_gene": "ABL1",
    "conversion_factor": "1",
}
GUSB = LAB | {"control_gene": "GUSB"}
AS_ESTIMATED = LAB | {"low_copy_policy": "as_estimated"}
NO_FACTOR = LAB | {"conversion_factor": ""}
EXPIRED = LAB | {"valid_from": "2023-01-01", "valid_to": "2023-12-31"}
RAW = NO_FACTOR | {"basis": "RNA_RATIO"}
# The cartridge reports %IS itself and claims 0.0030 %IS; it gives no copies.
XPERT: Row = {
    "modality": "PCR",
    "marker": "BCR::ABL1 p210",
    "basis": "RNA_RATIO_IS",
    "control_gene": "ABL1",
    "is_reported": "true",
    "lod_fraction": "0.00003",
}
KIT_WITHOUT_CLAIM = XPERT | {"lod_fraction": ""}
P190: Row = {
    "modality": "PCR",
    "marker": "BCR::ABL1 p190",
    "basis": "RNA_RATIO",
    "control_gene": "ABL1",
}
CML: Row = {"disease": "CML", "transcript": "e14a2"}
PH_ALL_P190: Row = {"disease": "PH_ALL", "transcript": "e1a2"}

C15 = "Cross 2015 (recalled)"
FHIR = "NW-GMSA FHIR example"


def wells(*replicates: str) -> tuple[Row, ...]:
    """Write replicates given as `target/control`; an empty side was not read."""
    rows = []
    for i, well in enumerate(replicates, 1):
        target, control = well.replace(",", "").split("/")
        rows.append({"replicate": str(i), "target_copies": target, "control_copies": control})
    return tuple(rows)


def reported(
    value: str, unit: str = "PCT_IS", call: str = "", control: str = ""
) -> tuple[Row, ...]:
    """Write one value that arrives ready-made."""
    return (
        {
            "reported_value": value,
            "reported_unit": unit if value else "",
            "reported_call": call,
            "control_copies": control,
        },
    )


def example(number: str, shown: str, assay: Row, rows: tuple[Row, ...], **rest: Any) -> Example:
    """Draw one line; the patient has typical CML unless said otherwise."""
    rest.setdefault("patient", CML)
    rest.setdefault("assays", (assay,))
    return Example(number=number, shown=shown, rows=rows, **rest)


def undetected(
    number: str, shown: str, assay: Row, rows: tuple[Row, ...], depth: str, **rest: Any
) -> Example:
    """Draw an undetected sample that is negative."""
    rest.setdefault("reason", "NOT_DETECTED_ADEQUATE")
    return example(
        number, shown, assay, rows,
        finding="NOT_DETECTED", status="NEGATIVE", depth=depth, level=None, **rest,
    )  # fmt: skip


def detected(
    number: str,
    shown: str,
    assay: Row,
    rows: tuple[Row, ...],
    depth: str | None,
    percent: Fraction,
    **rest: Any,
) -> Example:
    """Draw a detected sample with a level; MR4 or deeper is the low class."""
    deep = depth in ("MR4", "MR4.5", "MR5")
    rest.setdefault("censor", "NONE")
    return example(
        number, shown, assay, rows,
        finding="DETECTED", status="LOW_LEVEL" if deep else "POSITIVE", depth=depth,
        level=percent / 100, **rest,
    )  # fmt: skip


def without_level(
    number: str, shown: str, assay: Row, rows: tuple[Row, ...], reason: str, **rest: Any
) -> Example:
    """Draw a detected sample that the rule set cannot place and that has no level."""
    return example(
        number, shown, assay, rows,
        finding="DETECTED", status="INDETERMINATE", depth=None, level=None, reason=reason, **rest,
    )  # fmt: skip


def not_evaluable(
    number: str, shown: str, assay: Row, rows: tuple[Row, ...], reason: str, **rest: Any
) -> Example:
    """Draw a sample about which the assay can say nothing."""
    return example(
        number, shown, assay, rows,
        finding="NOT_EVALUABLE", status="NOT_EVALUABLE", depth=None, level=None, reason=reason,
        **rest,
    )  # fmt: skip


WORKED = (
    undetected(
        "1", "0/28,000", LAB, wells("0/28000"), "MR4",
        why="28,000 ABL1 reach 10,000 but not 32,000.", source=C15,
        checks={"lod_fraction": F(3, 28_000), "upper_fraction": F(3, 28_000)},
    ),
    undetected(
        "2", "0/28,000 + 0/28,000", LAB, wells("0/28000", "0/28000"), "MR4.5",
        why="The sum, 56,000, reaches 32,000.", source=C15,
        checks={"lod_fraction": F(3, 56_000), "denominator": F(56_000)},
    ),
    undetected(
        "3", "0/16,000 + 0/15,999", LAB, wells("0/16000", "0/15999"), "MR4",
        why="The sum, 31,999, is one copy short of 32,000.", source=C15,
    ),
    not_evaluable(
        "4", "0/9,999", LAB, wells("0/9999"), "NO_EVALUABLE_REPLICATE",
        why="A replicate needs 10,000 ABL1.", source=C15,
    ),
    undetected(
        "5", "0/9,500 + 0/33,000", LAB, wells("0/9500", "0/33000"), "MR4.5",
        why="The first replicate is dropped; 33,000 remain.", source=C15 + ", derived",
        checks={"denominator": F(33_000), "n_replicates": F(2), "n_evaluable": F(1)},
    ),
    detected(
        "6", "0.0028 %IS, ABL1 20,000", XPERT, reported("0.0028", control="20000"), "MR4",
        F("0.0028"), why="0.0028 is below 0.0032, but 20,000 copies do not reach 32,000.",
        source=C15,
    ),
    detected(
        "7", "3/52,000 + 0/48,000", LAB, wells("3/52000", "0/48000"), "MR4.5", F("0.003"),
        why="3/100,000; the negative replicate keeps its control copies.", source=C15,
        checks={"numerator": F(3), "denominator": F(100_000)},
    ),
    detected(
        "8", "7/24,000 + 0/28,000, factor 0.8", LAB | {"conversion_factor": "0.8"},
        wells("7/24000", "0/28000"), "MR3", 100 * F(7, 52_000) * F("0.8"),
        why="7/52,000 × 0.8 is above 0.01 %.", source=C15,
    ),
    detected(
        "9", "1/10,000", LAB, wells("1/10000"), "MR3", F("0.03"),
        why="One copy counts as three: 3/10,000.", source="cml.md §1.4(7)",
        checks={"numerator": F(3)},
    ),
    detected(
        "9-as-estimated", "1/10,000, as_estimated", AS_ESTIMATED, wells("1/10000"), "MR4",
        F("0.01"), why="The estimate counts as it is: 1/10,000.", source="cml.md §1.4(7)",
        checks={"numerator": F(1)},
    ),
    detected(
        "10", "0.01 %IS, ABL1 20,000", XPERT, reported("0.01", control="20000"), "MR4", F("0.01"),
        why="The limit 0.01 % is inclusive.", source=C15,
    ),
    detected(
        "11", "0.0032 %IS, ABL1 100,000", XPERT, reported("0.0032", control="100000"), "MR4.5",
        F("0.0032"), why="The limit is the published 0.0032 %, not 10^-4.5.", source=C15,
    ),
    detected(
        "12", "0.0033 %IS, ABL1 100,000", XPERT, reported("0.0033", control="100000"), "MR4",
        F("0.0033"), why="Above 0.0032 %.", source=C15,
    ),
    detected(
        "13", "1/100,000", LAB, wells("1/100000"), "MR4.5", F("0.003"),
        why="One copy counts as three: 0.003 % is above 0.001 %.", source="cml.md §1.4(7)",
    ),
    detected(
        "13-as-estimated", "1/100,000, as_estimated", AS_ESTIMATED, wells("1/100000"), "MR5",
        F("0.001"), why="Exactly 0.001 %, and the limit is inclusive.", source="cml.md §1.4(7)",
    ),
    detected(
        "14", "0.00100 %IS, ABL1 99,999", XPERT, reported("0.00100", control="99999"), "MR4.5",
        F("0.001"), why="One control copy short of 100,000.", source=C15,
    ),
    detected(
        "15", "10/10,000 + 0/90,000", LAB, wells("10/10000", "0/90000"), "MR4", F("0.01"),
        why="Copies are summed; the mean of the ratios would say 0.05 %.", source=C15,
    ),
    detected(
        "16", "16/20,000, factor 1.25", LAB | {"conversion_factor": "1.25"}, wells("16/20000"),
        "MR3", F("0.1"), why="0.08 % × 1.25 is exactly 0.1 %.", source="Hughes 2006, Adelaide",
    ),
    detected(
        "17", "0.12 % raw, factor 0.83", LAB | {"conversion_factor": "0.83"},
        reported("0.12", "PCT"), "MR3", F("0.12") * F("0.83"),
        why="0.12 % × 0.83 = 0.0996 %.", source="Hughes 2006, Mannheim",
    ),
    undetected(
        "18", "GUSB 0/77,000", GUSB, wells("0/77000"), "MR4.5",
        why="77,000 GUSB is the minimum of MR4.5.", source=C15,
        checks={"lod_fraction": F(3, 77_000)},
    ),
    undetected(
        "19", "GUSB 0/38,500 + 0/38,500", GUSB, wells("0/38500", "0/38500"), "MR4.5",
        why="The sum is 77,000.", source=C15,
    ),
    detected(
        "20", "GUSB 4/60,000 + 0/50,000, factor 0.5", GUSB | {"conversion_factor": "0.5"},
        wells("4/60000", "0/50000"), "MR4.5", 100 * F(4, 110_000) * F("0.5"),
        why="4/110,000 × 0.5; 110,000 GUSB reach 77,000, not 240,000.", source=C15,
    ),
    detected(
        "21", "2,400/20,000", LAB, wells("2400/20000"), None, F(12),
        why="12 % is above 10 %: no level of molecular response.", source="derived",
    ),
    example(
        "22", "BCR control gene, 0/40,000", LAB | {"control_gene": "BCR"}, wells("0/40000"),
        finding="NOT_DETECTED", status="NO_CATEGORY", depth=None, level=None,
        reason="CONTROL_GENE_NOT_DEFINED",
        why="The scoring table has no row for BCR.", source="cml.md §1.3",
    ),
    detected(
        "23", "Xpert 0.011 %IS", XPERT, reported("0.011", call="DETECTED"), "MR3", F("0.011"),
        why="0.011 is above 0.01, although MR 3.96 rounds to 4.0.", source=FHIR,
    ),
    example(
        "24", "Xpert POSITIVE [Above upper LoQ], >55", XPERT, reported(">55", call="ABOVE_LOQ"),
        finding="DETECTED", status="POSITIVE", depth=None, level=None, censor="RIGHT",
        why="More than 55 %: a bound, not a level, and no molecular response.", source=FHIR,
    ),
    not_evaluable(
        "25", "Xpert INVALID, although BCR-ABL Cq 24.2", XPERT,
        ({"reported_call": "INVALID", "target_cq": "24.2"},), "REPORTED_INVALID",
        why="An invalid run is neither positive nor negative, whatever Cq stands beside it.",
        source=FHIR,
    ),
    undetected(
        "26", "Xpert NEGATIVE, no copies", XPERT, reported("", call="NOT_DETECTED"), "MR4.5",
        flags=("kit_claim",), why="The kit claims 0.0030 %, which is within 0.0032 %.",
        source="cml.md §8, decision",
        checks={"lod_fraction": F("0.00003"), "upper_fraction": F("0.00003")},
    ),
    example(
        "27", "Xpert POSITIVE [Below LoD], <0.0030", XPERT, reported("<0.0030", call="BELOW_LOD"),
        finding="DETECTED", status="LOW_LEVEL", depth="MR4.5", level=None, censor="LEFT",
        checks={"upper_fraction": F("0.00003")},
        why="Detected with an upper bound of 0.0030 %; a bound never proves MR5.",
        source="cml.md §8, decision",
    ),
    example(
        "36", "0/40,000, transcript unknown", LAB, wells("0/40000"),
        patient=CML | {"transcript": "unknown"},
        finding="NOT_DETECTED", status="INDETERMINATE", depth=None, level=None,
        reason="TRANSCRIPT_UNKNOWN", not_flags=("transcript_assumed",),
        why="The assay may not see this patient's transcript.", source="cml.md §6",
    ),
    undetected(
        "36-not-given", "0/40,000, transcript not given", LAB, wells("0/40000"), "MR4.5",
        patient={"disease": "CML"}, flags=("transcript_assumed",),
        why="A transcript that is not given is taken as typical, and the row says so.",
        source="DESIGN.md, depth",
    ),
)  # fmt: skip

DESIGN = "DESIGN.md"

RULES = (
    without_level(
        "R1", "2/9,500 + 0/33,000", LAB, wells("2/9500", "0/33000"),
        "DETECTED_IN_REJECTED_REPLICATE", flags=("detected_in_rejected_replicate",),
        finding_codes=("DETECTED_IN_REJECTED_REPLICATE",),
        why="A positive replicate is never dropped in silence, nor counted.", source=DESIGN,
    ),
    not_evaluable(
        "R2", "5/9,000", LAB, wells("5/9000"), "NO_EVALUABLE_REPLICATE",
        flags=("detected_in_rejected_replicate",),
        finding_codes=("DETECTED_IN_REJECTED_REPLICATE",),
        why="Nothing evaluable, but a person must see that a replicate was positive.",
        source=DESIGN,
    ),
    not_evaluable(
        "R3", "0/9,999 + 0/9,999 + 0/9,999", LAB, wells("0/9999", "0/9999", "0/9999"),
        "NO_EVALUABLE_REPLICATE", why="The minimum holds for each replicate, not for the sum.",
        source=C15,
    ),
    detected(
        "R4", "50/9,000 + 10/50,000", LAB, wells("50/9000", "10/50000"), "MR3", F("0.02"),
        flags=("detected_in_rejected_replicate",),
        finding_codes=("DETECTED_IN_REJECTED_REPLICATE",),
        why="Target and control copies of the rejected replicate are both left out.",
        source=DESIGN, checks={"numerator": F(10), "denominator": F(50_000)},
    ),
    undetected(
        "R5", "not read/70,000 + 0/40,000", LAB, wells("/70000", "0/40000"), "MR4.5",
        why="Control copies count only where the target was read.", source="cml.md §1.4(6)",
        checks={"denominator": F(40_000)},
    ),
    without_level(
        "R6", "10/50,000, factor expired", EXPIRED, wells("10/50000"), "NO_CONVERSION_FACTOR",
        finding_codes=("NO_CONVERSION_FACTOR",),
        why="Detected stays detected; without a factor in force there is no %IS.", source=DESIGN,
    ),
    undetected(
        "R7", "0/50,000, factor expired", EXPIRED, wells("0/50000"), "MR4.5",
        why="An undetected result needs no factor.", source=DESIGN,
    ),
    without_level(
        "R8", "10/50,000, no factor given", NO_FACTOR, wells("10/50000"), "NO_CONVERSION_FACTOR",
        finding_codes=("NO_CONVERSION_FACTOR",), why="As with an expired factor.", source=DESIGN,
    ),
    without_level(
        "R9", "0.05 % raw, no factor given", NO_FACTOR, reported("0.05", "PCT"),
        "NO_CONVERSION_FACTOR", finding_codes=("NO_CONVERSION_FACTOR",),
        why="A raw percentage is not yet on the scale.", source=DESIGN,
    ),
    detected(
        "R10", "16/20,000, factor of the day of the run", LAB,
        tuple(row | {"run_id": "RUN-R10"} for row in wells("16/20000")), "MR2", F("0.16"),
        assays=(
            LAB | {"conversion_factor": "1", "valid_to": "2024-06-04"},
            LAB | {"conversion_factor": "2", "valid_from": "2024-06-05"},
        ),
        runs=({"run_id": "RUN-R10", "performed_on": "2024-06-05"},),
        not_flags=("factor_date_assumed",),
        why="Collected under factor 1, run on the first day of factor 2: 0.08 % × 2.",
        source=DESIGN,
    ),
    detected(
        "R11", "16/20,000, date of the run not known", LAB, wells("16/20000"), "MR3", F("0.08"),
        assays=(
            LAB | {"conversion_factor": "1", "valid_to": "2024-06-01"},
            LAB | {"conversion_factor": "2", "valid_from": "2024-06-02"},
        ),
        flags=("factor_date_assumed",),
        why="The date of collection stands in, and the last day of a window is inside it.",
        source=DESIGN,
    ),
    detected(
        "R12", "0.1 %IS from an assay with factor 0.5", LAB | {"conversion_factor": "0.5"},
        reported("0.1"), "MR3", F("0.1"), why="%IS is on the scale already: never convert twice.",
        source=DESIGN,
    ),
    detected(
        "R13", "0.05 % from a kit that reports %IS", KIT_WITHOUT_CLAIM, reported("0.05", "PCT"),
        "MR3", F("0.05"), why="The percentage of such a kit is %IS.", source=DESIGN,
    ),
    detected(
        "R14", "0.0012 raw fraction, factor 0.83", LAB | {"conversion_factor": "0.83"},
        reported("0.0012", "FRACTION"), "MR3", F("0.12") * F("0.83"),
        why="A fraction of 1 is 100 times its percentage.", source=DESIGN,
    ),
    detected(
        "R15", "Xpert MR 3.96", XPERT, reported("3.96", "MR"), "MR3",
        100 / F("9120.108393559097"), why="An MR value is −log10 of the fraction; 3.96 is not 4.",
        source=FHIR,
    ),
    detected(
        "R16", "0.0005 %IS, no copies, no claim", KIT_WITHOUT_CLAIM, reported("0.0005"), "MR4",
        F("0.0005"), why="Without copies and without a claim never deeper than MR4.",
        source=DESIGN,
    ),
    detected(
        "R17", "0.0005 %IS, no copies, claim 0.0030 %", XPERT, reported("0.0005"), "MR4.5",
        F("0.0005"), why="Never deeper than the claim.", source=DESIGN,
    ),
    example(
        "R18", "kit NEGATIVE, no copies, no claim", KIT_WITHOUT_CLAIM,
        reported("", call="NOT_DETECTED"),
        finding="NOT_DETECTED", status="INDETERMINATE", depth=None, level=None,
        reason="LOD_UNKNOWN", why="Nothing says how deep this sample could see.", source=DESIGN,
    ),
    not_evaluable(
        "R19", "0.5 %IS, ABL1 9,999", XPERT, reported("0.5", control="9999"),
        "NO_EVALUABLE_REPLICATE", flags=("detected_in_rejected_replicate",),
        finding_codes=("DETECTED_IN_REJECTED_REPLICATE",),
        why="Copies that are given must reach the minimum, also beside a ready-made value.",
        source="cml.md §1.3",
    ),
    not_evaluable(
        "R20", "0/50,000 in a failed run", LAB,
        tuple(row | {"run_id": "RUN-R20"} for row in wells("0/50000")), "RUN_INVALID",
        runs=({"run_id": "RUN-R20", "performed_on": "2024-06-02", "is_valid": "false"},),
        why="A failed run says nothing.", source=DESIGN,
    ),
    *(
        example(
            f"R21-{transcript}", f"0/50,000, transcript {transcript}", LAB, wells("0/50000"),
            patient=CML | {"transcript": transcript},
            finding="NOT_DETECTED", status="NOT_EVALUABLE", depth=None, level=None,
            reason="TRANSCRIPT_NOT_COVERED",
            why="A p210 assay cannot see this transcript.", source=DESIGN,
        )
        for transcript in ("p190", "e1a2", "e19a2", "atypical")
    ),
    example(
        "R22", "10/50,000, transcript e1a2", LAB, wells("10/50000"),
        patient=CML | {"transcript": "e1a2"},
        finding="DETECTED", status="INDETERMINATE", depth=None, level=F(10, 50_000),
        reason="TRANSCRIPT_CONTRADICTED", finding_codes=("TRANSCRIPT_CONTRADICTED",),
        why="The assay saw what this patient should not have.", source=DESIGN,
    ),
    detected(
        "R23", "10/50,000, transcript unknown", LAB, wells("10/50000"), "MR3", F("0.02"),
        patient=CML | {"transcript": "unknown"},
        why="What a p210 assay detects is p210.", source="DESIGN.md, depth",
    ),
    example(
        "R24", "10/50,000 on no scale", RAW, wells("10/50000"),
        finding="DETECTED", status="INDETERMINATE", depth=None, level=F(10, 50_000),
        reason="NOT_ON_INTERNATIONAL_SCALE",
        why="A laboratory's own ratio is not %IS.", source="cml.md §1.1",
    ),
    undetected(
        "R25", "0/50,000 on no scale", RAW, wells("0/50000"), "MR4.5",
        why="The limits of undetected samples carry no factor.", source="cml.md §2",
    ),
    example(
        "R26", "p190 12/45,000 in Ph+ ALL", P190, wells("12/45000"), patient=PH_ALL_P190,
        finding="DETECTED", status="NO_CATEGORY", depth=None, level=F(12, 45_000),
        reason="MARKER_NOT_IN_RULESET", checks={"lod_fraction": F(3, 45_000)},
        why="The ratio of p190 is its own; it has no MR level.",
        source="lymphoid_myeloma_and_sensitivity.md §7(26)",
    ),
    example(
        "R27", "p190 12/45,000, factor 0.5", P190 | {"conversion_factor": "0.5"},
        wells("12/45000"), patient=PH_ALL_P190,
        finding="DETECTED", status="NO_CATEGORY", depth=None, level=F(12, 45_000),
        reason="MARKER_NOT_IN_RULESET",
        why="A factor to the International Scale says nothing of p190.", source="cml.md §6",
    ),
    example(
        "R28", "p190 0/100,000 in Ph+ ALL", P190, wells("0/100000"), patient=PH_ALL_P190,
        finding="NOT_DETECTED", status="NO_CATEGORY", depth=None, level=None,
        reason="MARKER_NOT_IN_RULESET", why="MR levels are never attached to p190.",
        source="cml.md §6",
    ),
    example(
        "R29", "p190 12/45,000 in CML", P190, wells("12/45000"),
        patient=CML | {"transcript": "e1a2"},
        finding="DETECTED", status="NO_CATEGORY", depth=None, level=F(12, 45_000),
        reason="MARKER_NOT_IN_RULESET", why="The rule set speaks of %IS only.", source="cml.md §6",
    ),
    example(
        "R30", "p210 0/33,000 in Ph+ ALL", LAB, wells("0/33000"),
        patient={"disease": "PH_ALL", "transcript": "p210"},
        finding="NOT_DETECTED", status="NO_CATEGORY", depth="MR4.5", level=None,
        reason="MARKER_NOT_IN_RULESET",
        why="The scoring standard holds in every disease; the rule set speaks of cells only.",
        source=DESIGN,
    ),
    example(
        "R31", "<0.0005 reported, claim 0.0030 %", XPERT, reported("<0.0005", call="BELOW_LOD"),
        finding="DETECTED", status="LOW_LEVEL", depth="MR4.5", level=None, censor="LEFT",
        checks={"upper_fraction": F("0.000005")},
        why="The bound would do for MR5, the claim does not.", source="cml.md §2",
    ),
    example(
        "R32", "10/not read", LAB, wells("10/"),
        finding="NOT_EVALUABLE", status="NOT_EVALUABLE", depth=None, level=None,
        flags=("detected_in_rejected_replicate",),
        finding_codes=("DETECTED_IN_REJECTED_REPLICATE",),
        why="Without a control gene the assay could not answer; the signal is not dropped either.",
        source="DESIGN.md, NOT_EVALUABLE",
    ),
    example(
        "R33", "<0.05 reported, ABL1 50,000", XPERT,
        reported("<0.05", call="BELOW_LOQ", control="50000"),
        finding="DETECTED", status="INDETERMINATE", depth="MR3", level=None, censor="LEFT",
        reason="DETECTED_STRADDLES_THRESHOLD", checks={"upper_fraction": F("0.0005")},
        why="Below 0.05 % is MMR, and on either side of MR4.", source="DESIGN.md, INDETERMINATE",
    ),
    example(
        "R34", "kit NEGATIVE, no copies, claim 0.05 %", XPERT | {"lod_fraction": "0.0005"},
        reported("", call="NOT_DETECTED"),
        finding="NOT_DETECTED", status="INDETERMINATE", depth="MR3", level=None,
        reason="LOD_NOT_REACHED", flags=("kit_claim",),
        why="An evaluable negative sees at least to MR4; this one did not.", source="cml.md §2",
    ),
)  # fmt: skip


def _threshold_examples() -> list[Example]:
    """Draw each published %IS limit: one copy below, at, one above, in 1,000,000 control copies."""
    levels = (
        # copies in 1,000,000; depth up to and including them; depth above them
        (100_000, "MR1", None),
        (10_000, "MR2", "MR1"),
        (1_000, "MR3", "MR2"),
        (100, "MR4", "MR3"),
        (32, "MR4.5", "MR4"),
        (10, "MR5", "MR4.5"),
    )
    out = []
    for copies, inside, outside in levels:
        for word, count, depth in (
            ("below", copies - 1, inside),
            ("at", copies, inside),
            ("above", copies + 1, outside),
        ):
            out.append(
                detected(
                    f"{inside}-{word}",
                    f"{count:,}/1,000,000",
                    LAB,
                    wells(f"{count}/1000000"),
                    depth,
                    F(count, 10_000),
                    why=f"{word.capitalize()} the limit of {inside}, which is inclusive.",
                    source=C15,
                )
            )
    return out


def _minimum_examples() -> list[Example]:
    """Draw each minimum of control copies: one below, at, one above; undetected and detected."""
    minima = (
        # control gene, copies, depth below, depth from there on
        ("ABL1", 10_000, None, "MR4"),
        ("ABL1", 32_000, "MR4", "MR4.5"),
        ("ABL1", 100_000, "MR4.5", "MR5"),
        ("GUSB", 24_000, None, "MR4"),
        ("GUSB", 77_000, "MR4", "MR4.5"),
        ("GUSB", 240_000, "MR4.5", "MR5"),
    )
    out = []
    for gene, copies, short, enough in minima:
        assay = LAB | {"control_gene": gene}
        kit = KIT_WITHOUT_CLAIM | {"control_gene": gene}
        for word, count, depth in (
            ("below", copies - 1, short),
            ("at", copies, enough),
            ("above", copies + 1, enough),
        ):
            why = f"{word.capitalize()} the minimum of {enough} for {gene}, which is inclusive."
            name = f"{gene}-{copies}-{word}"
            zero, little = f"{gene} 0/{count:,}", f"0.0004 %IS, {gene} {count:,}"
            value = reported("0.0004", control=str(count))
            if depth is None:
                out.append(
                    not_evaluable(
                        name,
                        zero,
                        assay,
                        wells(f"0/{count}"),
                        "NO_EVALUABLE_REPLICATE",
                        why=why,
                        source=C15,
                    )
                )
                continue
            out.append(
                undetected(name, zero, assay, wells(f"0/{count}"), depth, why=why, source=C15)
            )
            out.append(
                detected(
                    f"{name}-detected",
                    little,
                    kit,
                    value,
                    depth,
                    F("0.0004"),
                    why=why,
                    source=C15,
                )
            )
    return out


LIMITS = (*_threshold_examples(), *_minimum_examples())

EXAMPLES = (*WORKED, *RULES, *LIMITS)
