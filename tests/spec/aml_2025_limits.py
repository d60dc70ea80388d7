"""`eln-aml-2025`: every number of the rule set at its value, one count below and one above."""

from fractions import Fraction
from typing import Any

from tests.spec.drawn import Example, Row
from tests.spec.guideline_examples import (
    APL,
    C2,
    CBF,
    EOT,
    LATER,
    PML,
    TOO_FEW,
    UHS,
    blasts,
    thrice,
    unseen,
)
from tests.spec.sensitivity_flow_examples import CD45
from tests.spec.sensitivity_pcr_examples import NPM1, copies, said
from tests.spec.sensitivity_rows import (
    AML,
    BENEATH,
    BM,
    CLEAR,
    FAINT,
    HIGH,
    LOW,
    NO_MARKER,
    NO_TIME,
    PB,
    PROVED,
    SEEN,
    Verdict,
    events,
    line,
    unlisted,
)
from tests.spec.sensitivity_vaf_examples import VAF, itd

F = Fraction

RULESET = "eln-aml-2025"
PRE: Row = {"timepoint": "PRE_HCT"}
NO_TISSUE, OTHER_TIME = "TISSUE_NOT_IN_RULESET", "TIMEPOINT_NOT_IN_RULESET"
NO_BASELINE: Verdict = (SEEN, "INDETERMINATE", "NO_BASELINE")
SHALLOW: Verdict = (CLEAR, "INDETERMINATE", FAINT)
EXCLUDED = unlisted(SEEN, "MARKER_EXCLUDED")
OPT, WARN, RISK = "OPTIMAL", "WARNING", "HIGH_RISK"

NPM1_C2, NPM1_EOT = "npm1-pb-after-cycle-2", "npm1-bm-end-of-treatment"
NPM1_PB, NPM1_BM = "npm1-pb-follow-up", "npm1-bm-follow-up"
CBF_C2, CBF_EOT, CBF_LATER = "cbf-bm-after-cycle-2", "cbf-bm-end-of-treatment", "cbf-follow-up"
PML_EOT, PML_LATER = "pml-rara-bm-end-of-treatment", "pml-rara-bm-follow-up"
ITD, ITD_LATER, NGS = "flt3-itd", "flt3-itd-follow-up", "ngs-validated"
MFC, MFC_LATER = "mfc-bm", "mfc-bm-follow-up"
_REMISSION = {"NEGATIVE": "REMISSION", "LOW_LEVEL": "LOW_LEVEL", "POSITIVE": "PERSISTENCE"}


def ruled(
    number: str,
    shown: str,
    sample: Row,
    assay: Row | tuple[Row, Row],
    rows: tuple[Row, ...],
    verdict: Verdict,
    rule: str = "",
    response: str | None = None,
    depth: str | None = None,
    level: Fraction | None = None,
    *,
    patient: Row = AML,
    of_sample: str = "",
    is_low_confidence: bool = False,
    **rest: Any,
) -> Example:
    """Draw one line; `rule` is the class that decides, `of_sample` the status of all results."""
    _, status, *reasons = verdict
    says: dict[str, Any] = {"ruleset": RULESET, "is_low_confidence": is_low_confidence}
    if reasons and reasons != ["MARKER_EXCLUDED"]:
        why = reasons[0].lower().replace("_", "-")
        says["rule_id"] = "/".join(part for part in (RULESET, rule, why) if part)
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


def ratios() -> tuple[Example, ...]:
    """Draw the ratios of NPM1 and PML::RARA on, just below and just above every number."""
    none, low, high = (BENEATH, OPT), (LOW, WARN), "high"
    table = (
        # name, patient, sample, assay, rule, copies per 1,000,000 at the number, below it, from it on, word of high
        ("NPM1-PB-C2-low", AML, PB | C2, NPM1, NPM1_C2, 10, none, low, None, "0.001 %"),
        ("NPM1-PB-C2", AML, PB | C2, NPM1, NPM1_C2, 100, low, high, WARN, "0.01 %"),
        ("NPM1-PB-pre-HCT", AML, PB | PRE, NPM1, NPM1_C2, 100, low, high, WARN, "0.01 %"),
        ("NPM1-BM-EOT-low", AML, BM | EOT, NPM1, NPM1_EOT, 10, none, low, None, "0.001 %"),
        ("NPM1-BM-EOT", AML, BM | EOT, NPM1, NPM1_EOT, 1_000, low, high, RISK, "0.1 %"),
        ("NPM1-PB-later-low", AML, PB | LATER, NPM1, NPM1_PB, 10, none, low, None, "0.001 %"),
        ("NPM1-PB-later", AML, PB | LATER, NPM1, NPM1_PB, 100, low, high, None, "0.01 %"),
        ("NPM1-BM-later-low", AML, BM | LATER, NPM1, NPM1_BM, 10, none, low, None, "0.001 %"),
        ("NPM1-BM-later", AML, BM | LATER, NPM1, NPM1_BM, 1_000, low, high, None, "0.1 %"),
        ("PML-EOT", APL, BM | EOT, PML, PML_EOT, 10, none, high, WARN, "0.001 %"),
        ("PML-later", APL, BM | LATER, PML, PML_LATER, 10, none, high, None, "0.001 %"),
        ("PML-later-AML", AML, BM | LATER, PML, PML_LATER, 10, none, high, None, "0.001 %"),
    )  # fmt: skip
    drawn = []
    for name, patient, sample, assay, rule, at, under, over, word, shown in table:
        for last, place in (
            (at - 1, "One copy below"),
            (at, "Exactly"),
            (at + 1, "One copy above"),
        ):
            verdict, response = under if last < at else ((HIGH, word) if over == high else over)
            follow = ", and in follow-up a positive has its word only from its course" if (
                verdict is HIGH and response is None
            ) else ""  # fmt: skip
            drawn.append(
                ruled(
                    f"{name}-{last}",
                    f"{assay['marker']} {_where(sample)}, {at}, {at} and {last} of 1,000,000",
                    sample, assay, copies(*(f"{n}/1000000" for n in (at, at, last))), verdict, rule,
                    response, level=F(2 * at + last, 3_000_000), patient=patient,
                    why=f"{place} {shown}{follow}.", source="aml.md §2",
                )
            )  # fmt: skip
    return tuple(drawn)


def _where(sample: Row) -> str:
    return (
        f"{sample['tissue']} {sample.get('timepoint', 'no time point').lower().replace('_', ' ')}"
    )


def control() -> tuple[Example, ...]:
    """Draw the control copies of condition A, at the number and on both sides of it."""
    table = (
        ("NPM1-PB-C2", AML, PB | C2, NPM1, NPM1_C2),
        ("NPM1-BM-EOT", AML, BM | EOT, NPM1, NPM1_EOT),
        ("NPM1-PB-later", AML, PB | LATER, NPM1, NPM1_PB),
        ("NPM1-BM-later", AML, BM | LATER, NPM1, NPM1_BM),
        ("CBF-BM-C2", AML, BM | C2, CBF, CBF_C2),
        ("CBF-BM-EOT", AML, BM | EOT, CBF, CBF_EOT),
        ("CBF-PB-later", AML, PB | LATER, CBF, CBF_LATER),
        ("PML-EOT", APL, BM | EOT, PML, PML_EOT),
        ("PML-later", APL, BM | LATER, PML, PML_LATER),
    )
    return tuple(
        ruled(
            f"{name}-{gene}-{count}", f"{assay['marker']} {_where(sample)}, undetermined, {gene} {int(count):,} each",
            sample, assay | {"control_gene": gene}, unseen(count), verdict, rule,
            OPT if verdict is PROVED else None, patient=patient, why=why, source="aml.md §2, condition A; §2.2",
        )
        for name, patient, sample, assay, rule in table
        for gene, count, verdict, why in (
            ("ABL1", "9999", TOO_FEW, "One copy short of 10,000."),
            ("ABL1", "10000", PROVED, "Exactly 10,000: accepted, though it cannot prove less than 0.001 %."),
            ("ABL1", "10001", PROVED, "More than 10,000."),
            ("GUSB", "23999", TOO_FEW, "One copy short of 24,000."),
            ("GUSB", "24000", PROVED, "Exactly 24,000; 10,000 are not enough of GUSB."),
        )
    )  # fmt: skip


def reductions() -> tuple[Example, ...]:
    """Draw the three log10 of fusions of the core binding factor, with and without a baseline."""
    table = (
        # name, sample, rule, copies at diagnosis, copies now three times, verdict, response, why; all of 1,000,000
        ("C2-below", BM | C2, CBF_C2, 400_000, (400, 400, 399), LOW, OPT, "More than 3 log10: low, and optimal."),
        ("C2-at", BM | C2, CBF_C2, 400_000, (400, 400, 400), LOW, OPT, "Exactly 3 log10."),
        ("C2-above", BM | C2, CBF_C2, 400_000, (400, 400, 401), HIGH, WARN, "Less than 3 log10: positive, and a warning."),
        ("C2-trace", BM | C2, CBF_C2, 400_000, (3, 3, 3), LOW, OPT, "Detected at 0.0003 %: after cycle 2 no detection is negative."),
        ("pre-HCT", BM | PRE, CBF_C2, 400_000, (400, 400, 401), HIGH, WARN, "As after cycle 2."),
        ("C2-none", BM | C2, CBF_C2, 0, (400, 400, 400), NO_BASELINE, None, "Nothing to reduce from."),
        ("EOT-low", BM | EOT, CBF_EOT, 400_000, (10, 10, 9), BENEATH, OPT, "Below 0.001 %."),
        ("EOT-low-at", BM | EOT, CBF_EOT, 400_000, (10, 10, 10), LOW, WARN, "Exactly 0.001 %, 4.6 log10 down."),
        ("EOT-below", BM | EOT, CBF_EOT, 400_000, (400, 400, 399), LOW, WARN, "More than 3 log10."),
        ("EOT-at", BM | EOT, CBF_EOT, 400_000, (400, 400, 400), LOW, WARN, "Exactly 3 log10: a warning by nel, optimal by app."),
        ("EOT-above", BM | EOT, CBF_EOT, 400_000, (400, 400, 401), HIGH, RISK, "Less than 3 log10."),
        ("EOT-none", BM | EOT, CBF_EOT, 0, (400, 400, 400), NO_BASELINE, None, "Nothing to reduce from."),
        ("EOT-none-low", BM | EOT, CBF_EOT, 0, (10, 10, 9), BENEATH, OPT, "Below 0.001 % needs no baseline."),
        ("later-low", BM | LATER, CBF_LATER, 400_000, (10, 10, 9), BENEATH, OPT, "Below 0.001 %."),
        ("later-low-at", BM | LATER, CBF_LATER, 400_000, (10, 10, 10), LOW, WARN, "Exactly 0.001 %."),
        ("later-below", BM | LATER, CBF_LATER, 400_000, (1_000, 1_000, 999), LOW, WARN, "Below 0.1 %, with 2.6 log10."),
        ("later-at", BM | LATER, CBF_LATER, 400_000, (1_000, 1_000, 1_000), HIGH, None, "Exactly 0.1 %, and less than 3 log10."),
        ("later-above", BM | LATER, CBF_LATER, 400_000, (1_000, 1_000, 1_001), HIGH, None, "Above 0.1 %, and less than 3 log10."),
        ("later-deep", BM | LATER, CBF_LATER, 4_000_000, (4_000, 4_000, 4_000), LOW, WARN, "0.4 %, and exactly 3 log10 from 400 %: low."),
        ("later-shallow", BM | LATER, CBF_LATER, 4_000_000, (4_000, 4_000, 4_001), HIGH, None, "0.4 %, and less than 3 log10."),
        ("later-none", BM | LATER, CBF_LATER, 0, (1_000, 1_000, 1_000), NO_BASELINE, None, "0.1 %: low or positive by the reduction, which is not known."),
        ("later-none-low", BM | LATER, CBF_LATER, 0, (500, 500, 500), LOW, WARN, "Below 0.1 % needs no baseline."),
        ("later-PB", PB | LATER, CBF_LATER, 400_000, (1_000, 1_000, 1_000), NO_BASELINE, None, "The baseline is one of marrow, the sample of blood."),
    )  # fmt: skip
    return tuple(
        ruled(
            f"CBF-{name}",
            f"CBFB::MYH11 {_where(sample)}, {', '.join(map(str, now))} of 1,000,000; "
            + (f"{dx * 100 / 1_000_000:g} % in marrow at diagnosis" if dx else "no sample of diagnosis"),
            sample, CBF, (*copies(*(f"{n}/1000000" for n in now)), *(_diagnosis(f"CBF-{name}", dx) if dx else ())),
            verdict, rule, response, level=F(sum(now), 3_000_000), why=why, source="aml.md §2, §7(23, 24)",
            other_samples=_BEFORE if dx else (),
        )
        for name, sample, rule, dx, now, verdict, response, why in table
    )  # fmt: skip


_BEFORE: tuple[Row, ...] = (
    {
        "sample_id": "dx",
        "timepoint": "DIAGNOSIS",
        "collected_on": "2023-11-01",
        "tissue": "BM",
    },
)


def _diagnosis(number: str, count: int) -> tuple[Row, ...]:
    own = {"sample_id": f"S-{number}-dx"}
    return tuple(row | own for row in thrice(f"{count}/1000000"))


def duplications() -> tuple[Example, ...]:
    """Draw FLT3-ITD: any detection, and the LOD that its absence needs."""
    seen = tuple(
        ruled(
            f"ITD-{name}-{count}", f"FLT3-ITD {_where(sample)}, {count}/1,000,000, LOD 0.001 %", sample,
            UHS, (itd(count, 1_000_000),), verdict, rule, response,
            level=None if verdict is PROVED else F(count, 1_000_000),
            flags=("trace_events",) if verdict is PROVED else (), is_low_confidence=verdict is PROVED,
            why=why, source="aml.md §2, trap 25",
        )
        for name, sample, rule, word in (
            ("C2", BM | C2, ITD, RISK), ("EOT", BM | EOT, ITD, RISK), ("pre-HCT-PB", PB | PRE, ITD, RISK),
            ("later", BM | LATER, ITD_LATER, None),
        )
        for count, verdict, response, why in (
            (9, PROVED, OPT, "Below the laboratory's LOD: not detected."),
            (10, HIGH, word, "Exactly the LOD, where the sources differ: it counts as detected. There is no low level."),
            (11, HIGH, word, "Above the LOD. There is no low level."),
        )
    )  # fmt: skip
    unseen_at = tuple(
        ruled(
            f"ITD-LOD-{lod}", f"FLT3-ITD BM after cycle 2, 0/1,000,000, LOD {lod}", BM | C2,
            VAF | {"min_count": "2", "lod_fraction": lod}, (itd(0, 1_000_000),), verdict, ITD,
            OPT if verdict is PROVED else None, is_low_confidence=verdict is PROVED, why=why, source="aml.md §2",
        )
        for lod, verdict, why in (
            ("0.00011", SHALLOW, "The assay must reach 0.01 %."),
            ("0.0001", PROVED, "Exactly 0.01 %; FLT3 is a signalling gene, so its absence says little."),
            ("0.00009", PROVED, "Deeper than 0.01 %."),
        )
    )  # fmt: skip
    return (*seen, *unseen_at)


def flow() -> tuple[Example, ...]:
    """Draw flow cytometry: cells needed, 0.01 % and 0.1 %."""
    cells = tuple(
        ruled(
            f"CD45-{total}", f"AML BM flow after cycle 2, 0/{total:,} CD45+", BM | C2, CD45,
            (events(0, total),), verdict, MFC, OPT if verdict is PROVED else None, "MRD<1e-4", why=why,
            source="aml.md §2",
        )
        for total, verdict, why in (
            (499_999, TOO_FEW, "One cell short of 500,000."),
            (500_000, PROVED, "Exactly 500,000: enough in 2025, not in 2021."),
            (500_001, PROVED, "More than 500,000."),
        )
    )  # fmt: skip
    shares = tuple(
        ruled(
            f"MFC-{name}-{count}", f"AML {_where(sample)} flow {count:,}/5,000,000 CD45+", sample, CD45,
            (events(count, 5_000_000),), verdict, rule, word if verdict is HIGH else response, depth,
            F(count, 5_000_000), why=why, source="aml.md §2",
        )
        for name, sample, rule, word in (
            ("C2", BM | C2, MFC, RISK), ("pre-HCT", BM | PRE, MFC, RISK), ("EOT", BM | EOT, MFC, RISK),
            ("later", BM | LATER, MFC_LATER, None),
        )
        for count, verdict, response, depth, why in (
            (499, BENEATH, OPT, "MRD<1e-4", "One event below 0.01 %: negative, and the finding says that it was seen."),
            (500, LOW, WARN, "MRD<1e-3", "Exactly 0.01 %."),
            (501, LOW, WARN, "MRD<1e-3", "One event above 0.01 %."),
            (4_999, LOW, WARN, "MRD<1e-3", "One event below 0.1 %."),
            (5_000, HIGH, None, None, "Exactly 0.1 %."),
            (5_001, HIGH, None, None, "One event above 0.1 %."),
        )
    )  # fmt: skip
    viable = tuple(
        ruled(
            f"blasts-{name}-{count}", f"AML {_where(sample)} flow 0/700,000 CD45+, {count} viable blasts", sample, CD45,
            blasts(0, 700_000, count), verdict, rule, OPT if verdict is PROVED else None, "MRD<1e-4", why=why,
            source="aml.md §7(5), A11",
        )
        for name, sample, rule in (("C2", BM | C2, MFC), ("later", BM | LATER, MFC_LATER))
        for count, verdict, why in (
            (99, TOO_FEW, "One short of 100: asked for in 2021, and inferred for 2025."),
            (100, PROVED, "Exactly 100."),
        )
    )  # fmt: skip
    few = ruled(
        "blasts-seen", "AML BM after cycle 2 flow 1,600/800,000 CD45+, 60 viable blasts", BM | C2, CD45,
        blasts(1_600, 800_000, 60), HIGH, MFC, RISK, None, F("2e-3"), is_low_confidence=True,
        why="Few viable blasts take away no positive, and it is marked as of low confidence.", source="aml.md §7(5), trap 7",
    )  # fmt: skip
    return (*cells, *shares, *viable, few)


def no_class() -> tuple[Example, ...]:
    """Draw results that no class fits: nothing is ever taken for a default."""
    some, none, seen = thrice("160/20000"), unseen("24000"), F("0.008")
    induction: Row = {"timepoint": "AFTER_INDUCTION"}
    table = (
        # name, sample, assay, rows, finding, level, depth, reason, why
        ("NPM1-BM-C2", BM | C2, NPM1, some, SEEN, seen, None, OTHER_TIME, "After cycle 2 NPM1 is judged in blood."),
        ("NPM1-PB-EOT", PB | EOT, NPM1, none, CLEAR, None, None, OTHER_TIME, "At the end of treatment it is judged in marrow."),
        ("NPM1-no-time", BM, NPM1, some, SEEN, seen, None, NO_TIME, "0.8 % has another word at every time point."),
        ("NPM1-other", BM | {"timepoint": "OTHER"}, NPM1, none, CLEAR, None, None, OTHER_TIME, "A time point called other is none for which the tables have a number."),
        ("NPM1-diagnosis", BM | {"timepoint": "DIAGNOSIS"}, NPM1, some, SEEN, seen, None, OTHER_TIME, "What is there at diagnosis is not residual."),
        ("CBF-PB-C2", PB | C2, CBF, some, SEEN, seen, None, OTHER_TIME, "After cycle 2 inv(16) is judged in marrow; in 2021 in blood."),
        ("CBF-PB-EOT", PB | EOT, CBF, none, CLEAR, None, None, OTHER_TIME, "At the end of treatment it is judged in marrow."),
        ("PML-PB", PB | LATER, PML, none, CLEAR, None, None, NO_TISSUE, "Blood turns positive only near relapse."),
        ("PML-induction", BM | induction, PML, some, SEEN, seen, None, OTHER_TIME, "Not during therapy."),
        ("PML-C2", BM | C2, PML, some, SEEN, seen, None, OTHER_TIME, "Not during therapy."),
        ("MFC-induction", BM | induction, CD45, (events(0, 900_000),), CLEAR, None, "MRD<1e-4", OTHER_TIME, "No number is published for flow after induction."),
        ("MFC-no-time", BM, CD45, (events(0, 900_000),), CLEAR, None, "MRD<1e-4", NO_TIME, "In 2021 no time point is asked for, in 2025 one is."),
        ("WT1", BM | EOT, NPM1 | {"marker": "WT1"}, some, SEEN, seen, None, NO_MARKER, "WT1 expression is not specific for leukaemia: no category."),
        ("ITD-PCR", BM | C2, NPM1 | {"marker": "FLT3-ITD", "basis": "VAF", "control_gene": ""}, said("0.01", "FRACTION"), SEEN, F("0.01"), None, NO_MARKER, "Fragment analysis is no sequencing."),
        ("ITD-other", BM | {"timepoint": "OTHER"}, UHS, (itd(40, 1_000_000),), SEEN, F("4e-5"), None, OTHER_TIME, "FLT3-ITD has rules of its own at named time points; the one of other genes is not used in their place."),
        ("ITD-no-time-seen", BM, UHS, (itd(40, 1_000_000),), SEEN, F("4e-5"), None, NO_TIME, "High risk at the end of treatment, a relapse in follow-up: without a time point neither is said."),
        ("ITD-no-time", BM, VAF | {"min_count": "2", "lod_fraction": "5e-4"}, (itd(0, 1_000_000),), CLEAR, None, None, NO_TIME, "A FLT3-ITD not seen down to 0.05 % is no negative of 2025 at any time point: 0.01 % is asked for."),
    )  # fmt: skip
    return tuple(
        ruled(
            f"none-{name}", f"{assay['marker'].replace('PANEL', 'FLT3-ITD')} {_where(sample)}", sample, assay, rows, unlisted(finding, reason),
            level=level, depth=depth, patient=APL if assay["marker"] == "PML::RARA" else AML, why=why,
            source="aml.md §2, traps 23 and 26",
        )
        for name, sample, assay, rows, finding, level, depth, reason, why in table
    )  # fmt: skip
