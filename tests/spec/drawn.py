"""Drawn tables: a small input, what is expected of it, one sentence why, and the source.

Every example is one sample of one patient in one assay of its own. All examples of a table are
written into canonical CSV files and loaded in one load; `mismatches` compares one example with the
tables that came out; `markdown_table` prints the same data for people.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

Row = dict[str, str]

MEASUREMENTS = {
    "PCR": "pcr_measurements.csv",
    "FLOW": "flow_measurements.csv",
    "NGS": "ngs_measurements.csv",
}
COLLECTED_ON = "2024-06-01"
RELATIVE = 1e-9


@dataclass(frozen=True)
class Printed:
    """A number as a text prints it: right when it rounds to these digits."""

    text: str

    @property
    def value(self) -> Fraction:
        """The number itself."""
        return Fraction(self.text)

    def holds(self, got: float | None) -> bool:
        """Say whether a number rounds to the printed one; a last digit of 5 may go either way."""
        if got is None or not self.value:
            return got == 0
        exponent = Decimal(self.text).as_tuple().exponent
        half = Fraction(10) ** int(exponent) / 2
        return abs(Fraction(got) - self.value) <= half * (1 + Fraction(1, 10**6))


@dataclass(frozen=True)
class Example:
    """One drawn line.

    `level` and the numbers in `checks` are fractions of 1, exact or as `Printed`; None means that
    the column is null. Where `checks` does not name a column, the source gives no value for it.
    `marker` says which result of a sample is meant when its assay looks at several markers.
    `other_samples` are further samples of the patient, their `sample_id` a suffix; `second` are rows
    of the same sample in the second assay, `elsewhere` rows of the first assay in further samples. `tracked`
    are rows of `tracked_markers`, of this patient where they name none. `says` and `sample_says` are columns of `mrd_status` and
    `sample_remission`.
    """

    number: str
    shown: str
    assays: tuple[Row, ...]
    rows: tuple[Row, ...]
    finding: str
    status: str
    depth: str | None
    level: Fraction | float | Printed | None
    why: str
    source: str
    patient: Row = field(default_factory=dict)
    sample: Row = field(default_factory=dict)
    runs: tuple[Row, ...] = ()
    reason: str | None = None
    flags: tuple[str, ...] = ()
    not_flags: tuple[str, ...] = ()
    finding_codes: tuple[str, ...] = ()
    censor: str | None = None
    checks: dict[str, Any] = field(default_factory=dict)
    marker: str = ""
    other_samples: tuple[Row, ...] = ()
    second: tuple[Row, ...] = ()
    elsewhere: tuple[Row, ...] = ()
    tracked: tuple[Row, ...] = ()
    says: dict[str, Any] = field(default_factory=dict)
    sample_says: dict[str, Any] = field(default_factory=dict)

    @property
    def sample_id(self) -> str:
        """Sample of this example."""
        return f"S-{self.number}"

    @property
    def assay_id(self) -> str:
        """Assay of this example."""
        return f"A-{self.number}"

    @property
    def patient_id(self) -> str:
        """Patient of this example."""
        return f"P-{self.number}"

    @property
    def file_name(self) -> str:
        """File of this example's measurements."""
        return MEASUREMENTS[self.assays[0]["modality"]]


def to_csv(rows: Sequence[Row]) -> str:
    """Write rows as CSV with the union of their columns, in the order in which they appear."""
    columns = list(dict.fromkeys(c for row in rows for c in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def files_of(examples: Sequence[Example]) -> dict[str, str]:
    """Write all examples into one set of canonical files."""
    tables: dict[str, list[Row]] = {
        "patients.csv": [
            {"patient_id": e.patient_id, "disease": "CML", "transcript": ""} | e.patient
            for e in examples
        ],
        "samples.csv": [row for e in examples for row in _samples_of(e)],
        "assays.csv": [{"assay_id": e.assay_id} | row for e in examples for row in e.assays],
        "runs.csv": [{"assay_id": e.assay_id} | run for e in examples for run in e.runs],
        "tracked_markers.csv": [
            {"patient_id": e.patient_id, "identified_on": ""} | row
            for e in examples
            for row in e.tracked
        ],
    }
    for e in examples:
        keys = {"sample_id": e.sample_id, "assay_id": e.assay_id}
        tables.setdefault(e.file_name, []).extend(keys | row for row in e.rows)
        tables[e.file_name].extend(
            {"assay_id": e.assay_id} | row | {"sample_id": f"{e.sample_id}-{row['sample_id']}"}
            for row in e.elsewhere
        )
        for row in e.second:
            other = e.assays[1]
            name = MEASUREMENTS[other["modality"]]
            tables.setdefault(name, []).append(keys | {"assay_id": other["assay_id"]} | row)
    return {name: to_csv(rows) for name, rows in tables.items() if rows}


def _samples_of(e: Example) -> list[Row]:
    basic = {
        "sample_id": e.sample_id,
        "patient_id": e.patient_id,
        "collected_on": COLLECTED_ON,
        "tissue": "PB",
    }
    others = [
        basic | row | {"sample_id": f"{e.sample_id}-{row['sample_id']}"} for row in e.other_samples
    ]
    return [basic | e.sample, *others]


def lines_of(example: Example, files: dict[str, str]) -> set[tuple[str, int]]:
    """Return file name and line of every measurement row of an example."""
    return {
        (name, i)
        for name in {MEASUREMENTS[assay["modality"]] for assay in example.assays}
        for i, row in enumerate(csv.DictReader(io.StringIO(files[name])), 2)
        if row["sample_id"] == example.sample_id
    }


def same_number(
    got: float | None, want: Fraction | float | Printed | None, rel: float = RELATIVE
) -> bool:
    """Compare two numbers with a relative tolerance; null equals only null."""
    if isinstance(want, Printed):
        return want.holds(got)
    if got is None or want is None:
        return got is None and want is None
    return abs(float(got) - float(want)) <= rel * abs(float(want))


def mismatches(example: Example, tables: Any, files: dict[str, str]) -> list[str]:
    """List every difference between an example and the tables of its load."""
    status, result = (
        t.filter(
            (t["sample_id"] == example.sample_id) & (t["marker"] == (example.marker or t["marker"]))
        )
        for t in (tables.mrd_status, tables.assay_results)
    )
    if status.height != 1 or result.height != 1:
        return [f"{status.height} rows of mrd_status and {result.height} of assay_results"]
    s, r = status.row(0, named=True), result.row(0, named=True)
    wrong: list[str] = []

    def differ(column: str, got: Any, want: Any) -> None:
        wrong.append(f"{column}: is {got!r}, should be {want!r}")

    for column, want in (
        ("finding", example.finding),
        ("status", example.status),
        ("depth", example.depth),
    ):
        if s[column] != want:
            differ(column, s[column], want)
    if r["finding"] != example.finding:
        differ("assay_results.finding", r["finding"], example.finding)
    for where, got in (("assay_results", r), ("mrd_status", s)):
        if not same_number(got["level_fraction"], example.level):
            differ(f"{where}.level_fraction", got["level_fraction"], example.level)
    if example.reason is not None and s["reason"] != example.reason:
        differ("reason", s["reason"], example.reason)
    if example.censor is not None and r["censor"] != example.censor:
        differ("censor", r["censor"], example.censor)
    flags = set(r["flags"])
    if not set(example.flags) <= flags:
        differ("flags", sorted(flags), sorted(example.flags))
    if flags & set(example.not_flags):
        differ("flags", sorted(flags), f"none of {example.not_flags}")
    for column, want in example.checks.items():
        if isinstance(want, str):
            if r[column] != want:
                differ(column, r[column], want)
            continue
        rel = 0.01 if column.startswith("ci_") else RELATIVE  # the texts print intervals rounded
        if not same_number(r[column], want, rel):
            differ(column, r[column], number(want, digits=12))
    remission = tables.sample_remission
    sample = remission.filter(remission["sample_id"] == example.sample_id)
    for wanted, row in ((example.says, s), (example.sample_says, sample.row(0, named=True))):
        for column, want in wanted.items():
            is_number = isinstance(want, Fraction | Printed)
            if not (same_number(row[column], want) if is_number else row[column] == want):
                differ(column, row[column], want)
    wrong += _wrong_findings(example, tables, files)
    return wrong


def _wrong_findings(example: Example, tables: Any, files: dict[str, str]) -> list[str]:
    lines = lines_of(example, files)
    own = [
        f
        for f in tables.findings.iter_rows(named=True)
        if (f["source_name"], f["source_line"]) in lines
    ]
    wrong = []
    if rejected := [f["message"] for f in own if f["severity"] == "REJECTED"]:
        wrong.append(f"rows were rejected: {rejected}")
    codes = {f["code"] for f in own if f["severity"] == "REVIEW"}
    if codes != set(example.finding_codes):
        wrong.append(f"REVIEW findings: are {sorted(codes)}, should be {example.finding_codes}")
    return wrong


# ---- printing ----------------------------------------------------------------------------------


def number(value: Fraction | float | Printed | None, scale: int = 1, digits: int = 4) -> str:
    """Print a number with at most four significant digits, never in scientific form above 1e-5.

    What a text prints is repeated as it stands there.
    """
    if value is None:
        return "–"
    if isinstance(value, Printed):
        return value.text
    return f"{float(value * scale):.{digits}g}"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Print a Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def remarks(example: Example) -> str:
    """Print reason, flags, censoring and findings of an example in one cell."""
    parts = [f"`{example.reason}`"] if example.reason else []
    if example.censor and example.censor != "NONE":
        parts.append(f"censored `{example.censor}`")
    parts += [f"flag `{flag}`" for flag in example.flags]
    parts += [f"finding `{code}`" for code in example.finding_codes]
    return ", ".join(parts) or "–"
