"""What the drawn courses share: samples, what was measured, and short words for what is expected."""

from fractions import Fraction
from typing import Any

from tests.spec.cml_examples import LAB, wells
from tests.spec.course_drawn import Course, Event, Measured, Said, Sample
from tests.spec.drawn import Row
from tests.spec.flow_ngs_examples import FLOW
from tests.spec.guideline_examples import EOT, LATER, unseen
from tests.spec.sensitivity_flow_examples import CD45
from tests.spec.sensitivity_pcr_examples import IGTR, NPM1, copies, said
from tests.spec.sensitivity_rows import BM, PB, events
from tests.spec.sensitivity_vaf_examples import itd

BM_END, BM_LATER, PB_LATER = BM | EOT, BM | LATER, PB | LATER

_CALLS = {
    "NEG": ("NEGATIVE", "REMISSION"), "LOW": ("LOW_LEVEL", "LOW_LEVEL"),
    "POS": ("POSITIVE", "PERSISTENCE"), "RESP": ("POSITIVE", "RESPONSE"),
    "IND": ("INDETERMINATE", "NOT_ASSESSABLE"), "NE": ("NOT_EVALUABLE", "NOT_ASSESSABLE"),
    "NONE": ("NO_CATEGORY", "NOT_ASSESSABLE"),
}  # fmt: skip
_EVENTS = {
    "NEG": "NEGATIVITY_ACHIEVED", "SEEN": "BECAME_DETECTABLE", "RISE": "LOG_RISE",
    "RELAPSE": "MOLECULAR_RELAPSE", "PERSISTS": "MOLECULAR_PERSISTENCE", "TFR": "TFR_RELAPSE",
    "MMR": "MMR_ACHIEVED", "MR4": "MR4_ACHIEVED", "NO_MMR": "LOSS_OF_MMR", "NO_MR4": "LOSS_OF_MR4",
}  # fmt: skip


def calls(text: str) -> tuple[Said, ...]:
    """Read what samples are called, in their order: `NEG LOW?/WARNING POS!/MRD_RELAPSE`.

    `?` is a suspected relapse and `!` a relapse; what follows the slash is the response. RESP is a
    positive of CML at MR1 to MR3.
    """
    told = []
    for word in text.split():
        call, _, response = word.partition("/")
        status, remission = _CALLS[call.rstrip("?!")]
        if call[-1] in "?!":
            remission = "RELAPSE" if call[-1] == "!" else "RELAPSE_SUSPECTED"
        told.append(Said(status, remission, response or None))
    return tuple(told)


def happened(text: str) -> tuple[Event, ...]:
    """Read events: `NEG@1 refuted, SEEN@2 open, RELAPSE@2 by 3 conversion, PERSISTS@1 sure`."""
    found = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        what, how, *rest = part.split()
        name, _, at = what.partition("@")
        by = rest.pop(0) if how == "by" else None
        sure = {"open": None, "refuted": False, "by": True, "sure": True}[how]
        found.append(Event(_EVENTS[name], at, sure, by, rest[0] if rest else ""))
    return tuple(found)


def at(name: str, day: int | str, where: Row, *measured: Measured) -> Sample:
    """Write one sample."""
    return Sample(name, day, where, measured)


def rna(percent: str, assay: Row = NPM1, shown: str = "") -> Measured:
    """Write a ratio of RNA in three replicates of 100,000 control copies; `0` = not detected."""
    name = f"{assay['marker']} " + (f"{percent} %" if percent != "0" else "not detected")
    gene = assay["control_gene"]
    name += f" of {gene}" if gene != "ABL1" else ""
    name += f", laboratory {assay['lab_id']}" if assay.get("lab_id") else ""
    count = Fraction(percent) * 1000
    if count and (count < 3 or count.denominator > 1):
        raise AssertionError(f"{percent} % is no whole number of copies")
    rows = copies(*(f"{count}/100000",) * 3) if count else unseen("100000")
    return Measured(shown or name, assay, rows)


def poor(assay: Row = NPM1) -> Measured:
    """Write an undetected ratio with too few control copies."""
    return Measured(f"{assay['marker']} not detected, ABL1 3 × 6,200", assay, unseen("6200"))


def scale(percent: str, control: int = 100_000, assay: Row = LAB) -> Measured:
    """Write BCR::ABL1 in %IS by copies; `0` = not detected."""
    count = Fraction(percent) * control / 100
    if count and (count < 3 or count.denominator > 1):
        raise AssertionError(f"{percent} % of {control} is no whole number of copies")
    shown = f"{percent} % IS" if count else f"not detected, ABL1 {control:,}"
    shown += f", laboratory {assay['lab_id']}" if assay.get("lab_id") else ""
    return Measured(shown, assay, wells(f"{count}/{control}"))


def cells(count: int, total: int, assay: Row = FLOW) -> Measured:
    """Write a flow tube."""
    kind = " CD45+" if assay["basis"] == CD45["basis"] else ""
    return Measured(f"flow {count:,}/{total:,}{kind}", assay, (events(count, total),))


def gene(name: str) -> Row:
    """Return the RQ-PCR assay of one rearrangement."""
    return IGTR | {"target_name": name}


def rearranged(
    value: str = "",
    assay: Row = IGTR,
    *,
    qr: str = "1e-4",
    sensitivity: str = "1e-5",
    call: str = "",
) -> Measured:
    """Write an RQ-PCR of IG/TR: a value, or a call; without both not detected."""
    limits = {"qr_fraction": qr, "sensitivity_fraction": sensitivity}
    name = assay.get("target_name", "IG/TR")
    if value:
        return Measured(f"{name} {value}", assay, said(value, "FRACTION", **limits))
    word = call or "NOT_DETECTED"
    shown = {
        "NOT_DETECTED": f"{name} not detected, sensitivity {sensitivity}",
        "BELOW_LOQ": f"{name} positive below the range, from {sensitivity} to {qr}",
        "INVALID": f"{name} invalid",
    }[word]
    return Measured(shown, assay, said(call=word, **limits))


def duplication(count: int, assay: Row) -> Measured:
    """Write the molecules of FLT3-ITD among 1,000,000."""
    return Measured(f"FLT3-ITD {count}/1,000,000", assay, (itd(count, 1_000_000),))


def course(
    number: str, shown: str, ruleset: str, patient: Row, samples: tuple[Sample, ...], told: str,
    what: str | None, why: str, source: str, **rest: Any,
) -> Course:  # fmt: skip
    """Draw one course; `told` as `calls`, `what` as `happened` (None: not drawn)."""
    return Course(
        number=number, shown=shown, ruleset=ruleset, patient=patient, samples=samples,
        said=calls(told), events=None if what is None else happened(what), why=why, source=source, **rest,
    )  # fmt: skip
