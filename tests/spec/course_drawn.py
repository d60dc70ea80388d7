"""Drawn courses: a patient with several dated samples, what each is called, and what happened.

A course is drawn under one rule set; the same patient may be drawn under several. All courses of a
rule set are loaded in one load; `mismatches` compares one with the tables that came out, and
`pages` prints them for people.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from tests.spec.drawn import MEASUREMENTS, Row, markdown_table, number, same_number, to_csv
from tests.support import GUIDELINES
from transforms.guidelines.rules import Rules, load_rules

START = date(2024, 1, 1)
"""Day 0 of courses that are drawn in days."""


class Measured(NamedTuple):
    """What one assay measured of a sample, and how it is printed."""

    shown: str
    assay: Row
    rows: tuple[Row, ...]


class Sample(NamedTuple):
    """One sample: its name within the patient, a day since `START` or a date, where it is from."""

    name: str
    day: int | str
    where: Row
    measured: tuple[Measured, ...]

    @property
    def date(self) -> str:
        """Date on which it was taken."""
        return on(self.day)

    @property
    def shown(self) -> str:
        """What was measured, for people."""
        words = (self.where["tissue"], self.where.get("timepoint", "").lower().replace("_", " "))
        return " ".join(w for w in words if w) + ": " + "; ".join(m.shown for m in self.measured)


class Said(NamedTuple):
    """What a sample is called."""

    status: str
    remission: str
    response: str | None = None


class Event(NamedTuple):
    """An event at a sample: confirmed, refuted (false) or open (null), and by which sample.

    `rule` is the end of `rule_id`, `marker` the marker; where they are empty they are not compared.
    """

    event: str
    at: str
    is_confirmed: bool | None = None
    by: str | None = None
    rule: str = ""
    marker: str = ""


@dataclass(frozen=True)
class Course:
    """One patient under one rule set.

    `said` stands beside `samples`. `events` are all events of the patient, or None where the line is
    not about them. `summary` are columns of `patient_summary`, in which a sample's name stands for its
    date; `beside` columns of `sample_remission`, or of `mrd_status` where only that has them, by sample.
    """

    number: str
    shown: str
    ruleset: str
    patient: Row
    samples: tuple[Sample, ...]
    said: tuple[Said, ...]
    why: str
    source: str
    events: tuple[Event, ...] | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    beside: dict[str, dict[str, Any]] = field(default_factory=dict)
    treatments: tuple[Row, ...] = ()
    clinical: tuple[Row, ...] = ()

    @property
    def id(self) -> str:
        """Id of the test."""
        return f"{self.ruleset}-{self.number}"

    @property
    def patient_id(self) -> str:
        """Patient of this course."""
        return f"P-{self.number}"

    def sample_id(self, name: str) -> str:
        """Sample by its name within the patient."""
        return f"S-{self.number}-{name}"

    def assays(self) -> list[Row]:
        """Return its assays, in the order in which they appear."""
        seen: list[Row] = []
        for m in (m for s in self.samples for m in s.measured):
            if m.assay not in seen:
                seen.append(m.assay)
        return seen


def on(day: int | str) -> str:
    """Return a day since `START`, or a date, as a date."""
    return day if isinstance(day, str) else (START + timedelta(days=day)).isoformat()


def files_of(courses: Sequence[Course]) -> dict[str, str]:
    """Write all courses into one set of canonical files."""
    tables: dict[str, list[Row]] = {}
    for c in courses:
        key = {"patient_id": c.patient_id}
        known = c.assays()
        tables.setdefault("patients.csv", []).append(key | c.patient)
        tables.setdefault("treatments.csv", []).extend(key | t for t in c.treatments)
        tables.setdefault("clinical_responses.csv", []).extend(key | r for r in c.clinical)
        tables.setdefault("assays.csv", []).extend(
            {"assay_id": f"A-{c.number}-{i}"} | a for i, a in enumerate(known)
        )
        for s in c.samples:
            ids = {"sample_id": c.sample_id(s.name)}
            tables.setdefault("samples.csv", []).append(
                ids | key | {"collected_on": s.date} | s.where
            )
            for m in s.measured:
                of = ids | {"assay_id": f"A-{c.number}-{known.index(m.assay)}"}
                name = MEASUREMENTS[m.assay["modality"]]
                tables.setdefault(name, []).extend(of | row for row in m.rows)
    return {name: to_csv(rows) for name, rows in tables.items() if rows}


def rules_of(ruleset: str, site: str = "") -> Rules:
    """Return the rules with a rule set active for all its diseases; `site` is the text of a site's own."""
    texts = {p.name: p.read_text() for p in GUIDELINES.glob("*.toml")}
    if site:
        texts["site.toml"] = site
    diseases = load_rules(texts, {}).rulesets[ruleset].diseases
    return load_rules(texts, dict.fromkeys(diseases, ruleset))


def _equal(got: Any, want: Any) -> bool:
    if isinstance(want, Fraction | float):
        return same_number(got, want)
    if isinstance(got, list):
        return sorted(got) == sorted(want or ())
    return bool(got == want)


def mismatches(course: Course, tables: Any) -> list[str]:
    """List every difference between a course and the tables of its load."""
    wrong: list[str] = []

    def compare(where: str, got: Any, want: Any) -> None:
        if not _equal(got, want):
            wrong.append(f"{where}: is {got!r}, should be {want!r}")

    remission, status = tables.sample_remission, tables.mrd_status
    for sample, said in zip(course.samples, course.said, strict=True):
        ids = course.sample_id(sample.name)
        rows = remission.filter(remission["sample_id"] == ids).to_dicts()
        if len(rows) != 1:
            wrong.append(f"sample {sample.name}: {len(rows)} rows of sample_remission")
            continue
        compare(f"sample {sample.name} ruleset", rows[0]["ruleset"], course.ruleset)
        compare(f"sample {sample.name} status", rows[0]["status"], said.status)
        compare(f"sample {sample.name} remission", rows[0]["molecular_remission"], said.remission)
        compare(f"sample {sample.name} response", rows[0]["response"], said.response)
        for column, want in course.beside.get(sample.name, {}).items():
            if column in rows[0]:
                compare(f"sample {sample.name} {column}", rows[0][column], want)
                continue
            for got in status.filter(status["sample_id"] == ids)[column].to_list():
                compare(f"sample {sample.name} {column}", got, want)
    if course.events is not None:
        wrong += _wrong_events(course, tables.molecular_events)
    summary = tables.patient_summary
    own = summary.filter(summary["patient_id"] == course.patient_id).to_dicts()
    dates = {s.name: date.fromisoformat(s.date) for s in course.samples}
    for column, want in course.summary.items():
        is_day = column in ("sustained_since", "next_due_on") and isinstance(want, str)
        day = (dates.get(want) or date.fromisoformat(want)) if is_day else want
        compare(column, own[0][column], day)
    return wrong


def _wrong_events(course: Course, table: Any) -> list[str]:
    names = {course.sample_id(s.name): s.name for s in course.samples}
    got = [
        (
            Event(
                r["event"], names[r["sample_id"]], r["is_confirmed"],
                names.get(r["confirmed_by_sample_id"]), r["rule_id"], r["marker"],
            ),
            r["occurred_on"].isoformat(),
        )
        for r in table.filter(table["patient_id"] == course.patient_id).iter_rows(named=True)
    ]  # fmt: skip
    days = {s.name: s.date for s in course.samples}
    wrong = [f"{e.event} at sample {e.at} is dated {day}" for e, day in got if day != days[e.at]]
    left = [e for e, _ in got]
    for want in course.events or ():
        found = next(
            (e for e in left if e[:4] == want[:4] and e.marker == (want.marker or e.marker)), None
        )
        if found is None:
            wrong.append(f"no {in_words(want)}")
            continue
        left.remove(found)
        if want.rule and not found.rule.endswith("/" + want.rule):
            wrong.append(f"{in_words(want)} is by {found.rule}, should be by {want.rule}")
    return wrong + [f"not drawn: {in_words(e)}" for e in left]


# ---- printing ----------------------------------------------------------------------------------


def in_words(event: Event) -> str:
    """Print an event as a reader says it."""
    words = event.event.lower().replace("_", " ")
    words = words.replace("mmr", "MMR").replace("mr4", "MR4").replace("tfr", "TFR")
    if event.is_confirmed is None:
        how = "open"
    elif not event.is_confirmed:
        how = "refuted"
    else:
        how = f"confirmed by {event.by}" if event.by else "needs no confirmation"
    return f"{words} at {event.at} ({how})"


def _cell(said: Said, beside: dict[str, Any]) -> str:
    parts = [f"`{said.status}`", f"`{said.remission}`"]
    if said.response:
        parts.append(f"**`{said.response}`**")
    parts += [f"{_BESIDE.get(c, c.replace('_', ' '))} {_value(v)}" for c, v in beside.items()]
    return ", ".join(parts)


def _value(value: Any) -> str:
    if value is None or isinstance(value, Fraction | float):
        return number(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(f"`{v}`" for v in value) or "none"
    return f"`{value}`"


_BESIDE = {
    "is_incomplete": "incomplete", "is_log10_reduction_bound": "reduction at least", "level_fraction": "level",
    "status_at_1e_5": "at 1e-5", "status_at_1e_6": "at 1e-6",
}  # fmt: skip
"""Columns beside a sample, for people; all others by their name."""
_CLINIC = {
    "has_circulating_blasts": "circulating blasts", "has_extramedullary_disease": "extramedullary disease",
    "has_imaging_residual": "residual uptake in imaging", "bm_blasts_pct": "marrow blasts %",
    "baseline_bm_blasts_pct": "marrow blasts at diagnosis %", "anc_10e9_per_l": "neutrophils 10⁹/L",
    "platelets_10e9_per_l": "platelets 10⁹/L",
}  # fmt: skip
_YES_NO = {"true": "yes", "false": "no"}
_NAMES = {
    "sustained_since": "sustained since", "sustained_days": "days sustained",
    "tfr_eligible": "eligible for TFR", "tfr_unmet": "not met", "next_due_on": "next due",
    "monitoring": "monitoring",
}  # fmt: skip


def _treated(t: Row) -> str:
    words = [t.get("agent") or t["therapy"]]
    if t.get("line"):
        words.append(f"line {t['line']}")
    return " ".join(words) + f" {t['started_on']} to {t.get('stopped_on') or 'now'}"


def _assessed(c: Row) -> str:
    values = [
        v if k == "response" else f"{_CLINIC.get(k, k)} {_YES_NO.get(v, v)}"
        for k, v in c.items()
        if v and k != "assessed_on"
    ]
    return f"{c['assessed_on']} " + ", ".join(values)


def block(courses: Sequence[Course]) -> str:
    """Print one patient, under one rule set or several."""
    first = courses[0]
    sets = [c.ruleset for c in courses]
    if "patient" in first.patient:
        raise AssertionError("a patient is printed by disease and transcript")
    about = " ".join(v for k, v in first.patient.items() if k in ("disease", "transcript") and v)
    parts = [f"**{first.number}** ({about}) {first.shown}\n"]
    if first.treatments:
        parts.append("Treated: " + "; ".join(_treated(t) for t in first.treatments) + "\n")
    if first.clinical:
        parts.append("Clinic: " + "; ".join(_assessed(c) for c in first.clinical) + "\n")
    rows = [
        [
            f"day {s.day}" if isinstance(s.day, int) else s.day,
            s.name,
            s.shown,
            *(_cell(c.said[i], c.beside.get(s.name, {})) for c in courses),
        ]
        for i, s in enumerate(first.samples)
    ]
    parts.append(markdown_table(("day", "sample", "measured", *sets), rows))
    for c in courses:
        told = []
        if c.events is not None:
            told.append("; ".join(in_words(e) for e in c.events) or "no event")
        if c.summary:
            told.append("; ".join(f"{_NAMES[k]} {_value(v)}" for k, v in c.summary.items()))
        parts.append(f"- `{c.ruleset}`: " + ". ".join([*told, c.why]) + f" Source: {c.source}.")
    return "\n".join(parts) + "\n"


def pages(sections: Sequence[tuple[str, Sequence[Course]]]) -> list[str]:
    """Print sections; courses of one number stand together."""
    parts = []
    for title, courses in sections:
        parts.append(f"## {title}\n")
        numbers = dict.fromkeys(c.number for c in courses)
        parts += [block([c for c in courses if c.number == number]) for number in numbers]
    return parts
