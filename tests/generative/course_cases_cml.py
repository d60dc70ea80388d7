"""Patients with CML over months and years, treated and not, about every limit of their rules."""

from datetime import date, timedelta
from random import Random

from tests.generative.cases import Case
from tests.generative.course_rows import copies, days, patient_of, said, sample
from tests.spec.drawn import Row

P210 = (
    # target, control copies: deep ones most often, then those around each limit
    *(("0", "32000"), ("0", "100000"), ("3", "100000"), ("10", "100000"), ("9", "100000")) * 3,
    ("0", "10000"), ("0", "31999"), ("0", "9999"), ("5", "9999"), ("11", "100000"),
    *(("99", "100000"), ("100", "100000"), ("101", "100000")) * 2, ("29", "100000"), ("30", "100000"),
    ("31", "100000"), ("300", "100000"), ("999", "1000000"), ("1001", "1000000"), ("1000", "100000"),
    ("1001", "100000"), ("10000", "100000"), ("10001", "100000"), ("50000", "100000"),
)  # fmt: skip
KIT = (
    said("0.1", unit="PCT_IS"), said("0.1001", unit="PCT_IS"), said("0.0099", unit="PCT_IS"),
    said(">10", "ABOVE_LOQ", unit="PCT_IS"), said("", "ABOVE_LOQ"), said("<0.01", "BELOW_LOQ", unit="PCT_IS"),
    said("", "NOT_DETECTED"), said("", "INVALID"), said("0.0101", unit="PCT_IS"),
)  # fmt: skip
CML_GAPS = (0, 0, 1, 28, 30, 31, 89, 90, 91, 92, 92, 183, 183, 365, 366, 400)
LONG = (365, 365, 366, 366, 183)
AGENTS = ("imatinib", "imatinib", "Dasatinib", "NILOTINIB", "bosutinib", "ponatinib", "")
TRANSCRIPTS = ("e13a2", "e14a2", "p210", "e14a2", "e14a2", "", "unknown")
# Around four and five years before the last sample.
MILESTONES = (0, 0, 60, 61, 61, 91, 91, 136, 137, 183, 273, 274, 365, 456, 457, 547, 548)
YEARS = (200, 1460, 1461, 1462, 1825, 1826, 1827, 1828, 3000)


def _p210(r: Random, is_deep: bool) -> tuple[str, list[Row]]:
    assay = r.choice(("is",) * 8 + ("is-gusb", "is-kit"))
    if assay == "is-kit":
        return assay, r.choice(KIT)
    target, control = r.choice(P210[:15] if is_deep else P210)
    if assay == "is-gusb" and int(control) >= 10_000:
        control = str(int(control) * 12 // 5)
    return assay, copies(target, control)


def _tki(r: Random, on: list[date]) -> list[Row]:
    """Draw one, two or three courses of a TKI around the days of samples."""

    def about(these: list[date] = on) -> date:
        return r.choice(these) + timedelta(days=r.choice((-30, -1, 0, 0, 1, 1, 30)))

    start = on[-1] - timedelta(days=r.choice(YEARS))
    if r.randint(0, 2) == 0:
        # Windows of milestones begin and end about a sample.
        start = on[r.choice((0, -1))] - timedelta(days=r.choice(MILESTONES))
    shape = r.choice(("on", "on", "stopped", "stopped", "switched", "restarted", "none", "hct"))
    rows: list[tuple[date, date | None]] = [(start, None)]
    if shape != "on":
        # Often early, so that some samples are left to be taken without treatment.
        stop = max(about(r.choice((on, on[:2]))), start + timedelta(days=1))
        rows = [(start, stop)]
        if shape == "switched":
            second = max(
                stop + timedelta(days=r.choice((-60, -1, 0, 1, 30, 31))), start + timedelta(days=1)
            )
            later = max(about(), second + timedelta(days=1))
            rows.append((second, r.choice((None, None, later))))
        elif shape == "restarted":
            second = max(about(), stop + timedelta(days=r.choice((1, 31, 32, 32))))
            rows.append((second, r.choice((None, second + timedelta(days=90)))))
    if shape == "none":
        return []
    line = r.choice(("1", "1", "1", "", "2"))
    out = []
    for i, (began, ended) in enumerate(rows):
        out.append({
            "therapy": "HCT" if shape == "hct" else "TKI",
            "started_on": began.isoformat(),
            "stopped_on": ended.isoformat() if ended else "",
            "line": line if i == 0 else r.choice(("1", "2", "", line)),
            "agent": r.choice(AGENTS),
        })  # fmt: skip
    return out


def cml(r: Random) -> Case:
    """Draw a patient with CML, seen every few months, perhaps deep for years."""
    is_textbook = r.randint(0, 6) == 0  # deep and on the first treatment: only the years decide
    is_deep = is_textbook or r.random() < 0.5
    on = days(r, LONG if is_deep else CML_GAPS)
    samples = []
    for i, day in enumerate(on):
        # One that was deep for years may lose it at the end.
        result = _p210(r, is_deep and (is_textbook or i < len(on) - 2 or r.random() < 0.5))
        results = [result]
        if r.randint(0, 11) == 0:
            results.append(r.choice((("p190", copies("50", "50000")), ("is-gusb", copies("24", "240000")))))  # fmt: skip
            results = list(dict(results).items())
        tissue = r.choice(("PB",) * 7 + ("BM",))
        samples.append(sample(day, tissue, "", *results))
    if is_textbook:
        start = (on[-1] - timedelta(days=r.choice(YEARS))).isoformat()
        first = {"therapy": "TKI", "started_on": start, "line": "1", "agent": r.choice(AGENTS)}
        transcript = r.choice(("e14a2", "p210", ""))
        return patient_of("CML", samples, transcript=transcript, treatments=[first])
    rare = r.choice(("atypical", "e1a2")) if r.randint(0, 19) == 0 else ""
    transcript = rare or r.choice(TRANSCRIPTS)
    return patient_of("CML", samples, transcript=transcript, treatments=_tki(r, on))
