"""Whole patients over months and years, with values and days on, just below and just above limits.

They are made of random numbers that hypothesis seeds once for many patients: so many choices are more
than it keeps of one example.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from tests.generative.cases import Case
from tests.generative.course_rows import (
    ASSAYS,
    STARTS,
    copies,
    days,
    events,
    molecules,
    patient_of,
    said,
    sample,
)
from tests.spec.drawn import Row

# ---- AML and APL -------------------------------------------------------------------------------


WEEKS = (0, 7, 14, 27, 28, 28, 28, 29, 29, 60, 90)
RNA = (
    # per million: on, one below and one above each limit, and ten-fold steps
    *("0",) * 10, "3", "9", "10", "11", "20", "50", "99", "100", "101", "499", "500", "501", "999",
    "1000", "1001", "3000", "5000", "9999", "10000", "10001", "19999", "20000", "20001", "50000",
    "200000", "500000",
)  # fmt: skip
VAF = ("0", "0", "0", "1", "2", "9", "10", "20", "99", "100", "101", "200", "999", "1000", "5000")
PER_MILLION_CELLS = ("0", "0", "0", "19", "50", "99", "100", "101", "500", "999", "1000", "1001", "10000")  # fmt: skip
AML_PATIENTS = (
    *(("npm1",),) * 6, ("npm1", "npm1-there"), ("npm1", "npm1-gusb"), ("npm1", "itd"),
    *(("cbf",),) * 4, ("kmt2a",), ("itd",), ("itd",), ("cd45",), ("cd45",), ("idh2", "npm1"),
    ("npm1", "cd45"), ("idh2",),
)  # fmt: skip


def _measured(r: Random, assay: str, scale: int = 1) -> tuple[str, list[Row]]:
    """Draw one result of an assay of acute leukaemia."""
    if ASSAYS[assay]["modality"] == "FLOW":
        total = r.choice(("1000000",) * 6 + ("500000", "500001", "499999"))
        return assay, events(r.choice(PER_MILLION_CELLS), total)
    if ASSAYS[assay]["modality"] == "NGS":
        return assay, molecules(assay, r.choice(VAF), "1000000")
    if r.randint(0, 14) == 0:
        bad = (copies("0", "9999", 3), copies("0", "9999", 3), copies("", "100000"),
               [*copies("0", "100000"), {"replicate": "2", "target_copies": "50", "control_copies": "100000"}],
               copies("300", "9999", 3))  # fmt: skip
        wells: list[Row] = r.choice(bad)
        return assay, wells
    target = int(r.choice(RNA)) * scale
    control = 3_000_000 if r.randint(0, 3) else 300_000
    return assay, copies(f"{target * control / 3_000_000:.9g}", str(control // 3), 3)


def _phase(r: Random, place: int, is_diagnosed: bool) -> str:
    """Draw a time point that fits the place of a sample among those of a patient."""
    if place == 0:
        early = (
            ("DIAGNOSIS",) if is_diagnosed else ("AFTER_CYCLE_2", "END_OF_TREATMENT", "FOLLOW_UP")
        )
        return r.choice(early)
    if place == 1:
        return str(r.choice(("AFTER_CYCLE_2", "END_OF_TREATMENT", "END_OF_TREATMENT", "FOLLOW_UP")))
    return str(
        r.choice(("FOLLOW_UP",) * 12 + ("END_OF_TREATMENT", "END_OF_TREATMENT", "OTHER", ""))
    )


def acute(r: Random, disease: str, choices: Sequence[tuple[str, ...]]) -> Case:
    """Draw a patient with AML or APL, followed in blood or marrow or in both."""
    assays = r.choice(choices)
    on = days(r, WEEKS)
    is_diagnosed = r.randint(0, 3) < (3 if "cbf" in assays else 1)
    mostly = r.choice(("BM", "BM", "PB"))
    other = r.choice((mostly, "BM", "PB"))
    samples = []
    for i, day in enumerate(on):
        timepoint = _phase(r, i, is_diagnosed)
        first = r.choice(assays)
        both = assays if r.randint(0, 5) == 0 else (first,)
        results = []
        for assay in both:
            if timepoint == "DIAGNOSIS" and ASSAYS[assay]["modality"] == "PCR":
                results.append((assay, copies(r.choice(("100000", "20000")), "100000", 3)))
            else:
                results.append(_measured(r, assay))
        tissue = r.choice((mostly, mostly, other))
        samples.append(sample(day, tissue, timepoint, *results))
    treated = [{"therapy": "INTENSIVE", "started_on": (on[0] + timedelta(days=1)).isoformat()}]
    stated: list[Row] = [
        {"assessed_on": day.isoformat(), "response": r.choice(("CR", "CR", "CRi", "CRh", "PR"))}
        for day in sorted(set(on))
        if disease == "AML" and r.random() < 0.5
    ]
    return patient_of(
        disease, samples, treatments=treated if r.random() < 0.5 else [], responses=stated
    )


APL_PATIENTS = (
    *(("pml", "pml-there"),) * 5, ("pml",), ("pml", "pml-somewhere"), ("pml-somewhere",),
    ("pml-there", "pml", "pml-somewhere"),
)  # fmt: skip


def apl(r: Random) -> Case:
    """Draw a patient with APL whose samples go to two laboratories; levels half a log10 apart."""
    case: Case = acute(r, "APL", APL_PATIENTS)
    for one in case["samples"]:
        steps = ("100", "100", "316", "317", "1000", "50", "0")
        if r.random() < 0.5:
            level = r.choice(steps)
            one["results"] = [(assay, copies(level, "100000", 3)) for assay, _ in one["results"]]
        one["sample"]["tissue"] = r.choice(("BM", "BM", "BM", one["sample"]["tissue"]))
    return case


# ---- ALL ---------------------------------------------------------------------------------------


def lymphoblastic(r: Random, disease: str) -> Case:
    """Draw a patient with ALL, followed by flow, sequencing or PCR of IG/TR."""
    assays = r.choice((("tnc",), ("tnc", "tnc-there"), ("clonotypes",), ("igh",), ("igh", "tcr"),
                        ("tnc", "clonotypes")))  # fmt: skip
    samples = []
    for i, day in enumerate(days(r, WEEKS)):
        chosen = assays if r.randint(0, 5) == 0 else (r.choice(assays),)
        results = [_of_cells(r, assay) for assay in chosen]
        timepoint = r.choice(("", "AFTER_INDUCTION", "FOLLOW_UP", "FOLLOW_UP", "TP1", "TP2"))
        if i == 0 and r.randint(0, 4) == 0:
            timepoint = "DIAGNOSIS"
        samples.append(sample(day, r.choice(("BM",) * 5 + ("PB",)), timepoint, *results))
    return patient_of(disease, samples)


def _of_cells(r: Random, assay: str, totals: Sequence[str] = ("1000000",)) -> tuple[str, list[Row]]:
    """Draw a result of an assay that counts cells."""
    if ASSAYS[assay]["modality"] == "PCR":
        return assay, r.choice(STATED)
    total = r.choice(totals)
    counts = ("0", "0", "0", "5", "19", "20", "49", "50", "99", "100", "101", "1000", "10000")
    count = r.choice(counts)
    if ASSAYS[assay]["modality"] == "NGS":
        return assay, molecules(assay, count, total)
    total = r.choice((total, total, total, "199999", "200000", "0"))
    return assay, events(count if int(total) else "0", total)


def _range(qr: str, sensitivity: str) -> Row:
    return {"qr_fraction": qr, "sensitivity_fraction": sensitivity}


_GOOD = _range("0.0001", "0.00001")
STATED = (
    *(said("", "NOT_DETECTED", **_GOOD),) * 5, said("", "NOT_DETECTED", **_range("0.0005", "0.0001")),
    said("", "NOT_DETECTED", **_range("0.0005", "0.0002")),
    said("", "NOT_DETECTED", **_range("0.001", "0.0005")), said("", "NOT_DETECTED"),
    said("", "BELOW_LOQ", **_GOOD), said("", "BELOW_LOQ", **_range("0.0005", "0.00001")),
    said("", "BELOW_LOQ", **_range("0.000501", "0.0001")),
    said("", "BELOW_LOQ", **_range("0.01", "0.0005")), said("", "BELOW_LOQ", **_range("0.01", "0.0006")),
    said("0.0005", **_GOOD), said("0.000499", **_GOOD), said("0.000501", **_GOOD),
    said("0.0001", **_GOOD), said("0.0002", **_GOOD), said("0.01", **_GOOD),
    said("", "INVALID", **_GOOD), said("", "DETECTED", **_GOOD),
)  # fmt: skip
DAY_15 = (
    ("100000", "1000000"), ("99999", "1000000"), ("100001", "1000000"), ("1000", "1000000"),
    ("999", "1000000"), ("1001", "1000000"), ("0", "1000000"), ("0", "20000"), ("0", "20001"),
    ("25", "20000"), ("0", "0"), ("5000", "1000000"), ("5000", "1000000"),
)  # fmt: skip
DAYS_15 = (11, 12, 13, 14, 15, 15, 15, 16, 17, 18, 19)


def children(r: Random, disease: str) -> Case:
    """Draw a child with flow about day 15 and PCR of IG/TR at two time points."""
    start = r.choice(STARTS)
    samples = []
    for day in r.choices(DAYS_15, k=r.randint(0, 2)):
        tissue = r.choice(("BM",) * 5 + ("PB",))
        shown = ("tnc", events(*r.choice(DAY_15)))
        samples.append(sample(start + timedelta(days=day), tissue, "", shown))
    if r.randint(0, 6) == 0:
        # What PCR in blood, or something else, shows at a time point.
        shown = r.choice((("igh", r.choice(STATED)), ("tnc", events("300", "1000000"))))
        day, timepoint = r.choice(((33, "TP1"), (78, "TP2")))
        samples.append(sample(start + timedelta(days=day), "PB", timepoint, shown))
    if r.randint(0, 6) == 0:
        results = [(assay, r.choice(STATED)) for assay in ("igh", "tcr")]
        day, timepoint = r.choice(((30, "TP1"), (36, "TP1"), (80, "TP1"), (85, "TP2")))
        samples.append(sample(start + timedelta(days=day), "BM", timepoint, *results))
    is_quiet = r.randint(0, 2) == 0
    choices = STATED[:7] if is_quiet else STATED
    for timepoint, day in (("TP1", 33), ("TP2", 78)):
        number = r.choice((0, 1, 2, 2, 2, 2))
        results = [(assay, r.choice(choices)) for assay in ("igh", "tcr")[:number]]
        on = start + timedelta(days=day)
        if not results:
            results = [("tnc", events("0", "1000000"))] if r.random() < 0.5 else []
        if len(results) == 2 and r.randint(0, 5) == 0:
            samples.append(sample(on, "BM", timepoint, results.pop()))
        if results:
            samples.append(sample(on, "BM", timepoint, *results))
    if not samples:
        samples.append(sample(start, "BM", "TP2", ("tnc", events("0", "1000000"))))
    treated = [{"therapy": "INTENSIVE", "started_on": start.isoformat()}]
    diagnosed = (start - timedelta(days=r.choice((0, 1, 3)))).isoformat() if r.randint(0, 2) else ""
    return patient_of(
        disease, samples, treatments=treated if r.randint(0, 5) else [], diagnosed_on=diagnosed
    )


# ---- myeloma and CLL ---------------------------------------------------------------------------


MM_TOTALS = ("2000000", "5000000", "10000000", "20000000", "1999999")
YEAR_GAPS = (0, 30, 182, 183, 364, 365, 365, 366, 366)


def myeloma(r: Random) -> Case:
    """Draw a patient with myeloma, seen about every year, with imaging beside most samples."""
    assays = r.choice((("tnc",), ("clonotypes",), ("tnc", "clonotypes")))
    on = days(r, YEAR_GAPS)
    is_clear = r.randint(0, 2) > 0
    samples = []
    for day in on:
        chosen = assays if r.randint(0, 4) == 0 else (r.choice(assays),)
        results = [_of_cells(r, assay, MM_TOTALS) for assay in chosen]
        if is_clear and r.randint(0, 5):
            results = [(a, _silent(a, r.choice(MM_TOTALS))) for a in chosen]
        timepoint = r.choice(("",) * 12 + ("DIAGNOSIS",))
        samples.append(sample(day, r.choice(("BM",) * 9 + ("PB",)), timepoint, *results))
    rows: dict[date, Row] = {}
    for day in on:
        for _ in range(r.choice((0, 1, 1, 1, 2))):
            assessed = day + timedelta(days=r.choice((-15, -14, -1, 0, 0, 1, 14, 15)))
            rows[assessed] = {
                "assessed_on": assessed.isoformat(),
                "response": r.choice(("CR", "CR", "CR", "PR", "", "RELAPSE", "CRi")),
                "has_imaging_residual": r.choice(("false",) * 5 + ("true", "")),
            }
    return patient_of("MM", samples, responses=list(rows.values()))


def _silent(assay: str, total: str) -> list[Row]:
    is_ngs = ASSAYS[assay]["modality"] == "NGS"
    return molecules(assay, "0", total) if is_ngs else events("0", total)


def cll(r: Random) -> Case:
    """Draw a patient with CLL, followed in blood and marrow."""
    assays = r.choice((("leukocytes",), ("clonotypes",), ("leukocytes", "clonotypes")))
    samples = []
    for day in days(r, WEEKS):
        chosen = assays if r.randint(0, 4) == 0 else (r.choice(assays),)
        results = [_of_cells(r, assay, MM_TOTALS) for assay in chosen]
        timepoint = r.choice(("",) * 12 + ("DIAGNOSIS",))
        samples.append(sample(day, r.choice(("PB", "PB", "BM")), timepoint, *results))
    return patient_of("CLL", samples)
