"""Drawn amendments and merges: rows as they are written, and of whom they are in the end.

Every example is loaded with all others in one load; `mismatches_of_results` and `mismatches_of_merges`
compare, `page` prints them for people.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from tests.spec.drawn import Row, markdown_table, to_csv
from tests.support import Tables, tables_from_csv

ASSAY = "q"


class Result(NamedTuple):
    """One row of copies as it is written, and the sample it counts for; None where it does not count."""

    sample: str
    copies: int
    counts_for: str | None
    run: str = ""
    version: int = 1


class Amendment(NamedTuple):
    """One amendment."""

    action: str
    sample: str
    right: str = ""
    run: str = ""
    up_to: str = ""
    is_correction: bool = False

    @property
    def shown(self) -> str:
        """The amendment for people."""
        narrowed = [f"run {self.run}"] * bool(self.run) + [f"up to version {self.up_to}"] * bool(self.up_to)  # fmt: skip
        words = f"`{self.action}` {self.sample}{f' → {self.right}' if self.right else ''}"
        brackets = f" ({', '.join(narrowed)})" if narrowed else ""
        return f"{words}{brackets}{', a correction' if self.is_correction else ''}"


class Amended(NamedTuple):
    """One example of amendments. Names of samples are within the example."""

    number: str
    results: tuple[Result, ...]
    amendments: tuple[Amendment, ...]
    why: str
    findings: tuple[str, ...] = ()

    def name(self, sample: str) -> str:
        """Sample id in the warehouse."""
        return f"{self.number}-{sample}" if sample else ""


class Merged(NamedTuple):
    """One example of merges. `patients` have a disease and a transcript, either may be empty for no row.

    `merges` go from a name to another; `undone` are those that a correction took back. `stand_for` says whose
    each given-up name is in the end; names that are not in it stay apart.
    """

    number: str
    patients: dict[str, str]
    merges: tuple[tuple[str, str], ...]
    stand_for: dict[str, str]
    why: str
    findings: tuple[str, ...] = ()
    undone: tuple[tuple[str, str], ...] = ()

    def name(self, patient: str) -> str:
        """Patient id in the warehouse."""
        return f"{self.number}-{patient}"


_PATIENT: Row = {"patient_id": "P", "disease": "CML", "transcript": "e14a2"}
_ASSAY: Row = {
    "assay_id": ASSAY, "modality": "PCR", "marker": "BCR::ABL1 p210", "basis": "RNA_RATIO_IS", "control_gene": "ABL1",
    "conversion_factor": "1",
}  # fmt: skip


def _sample(sample_id: str, patient_id: str) -> Row:
    return {
        "sample_id": sample_id,
        "patient_id": patient_id,
        "collected_on": "2024-06-03",
        "tissue": "PB",
    }


def _copies(sample_id: str, result: Result) -> Row:
    return {
        "sample_id": sample_id, "assay_id": ASSAY, "run_id": result.run, "replicate": "1",
        "target_copies": str(result.copies), "control_copies": "50000", "result_version": str(result.version),
    }  # fmt: skip


def load_amended(examples: Sequence[Amended]) -> Tables:
    """Load all examples of amendments in one load."""
    names = {(e, s): None for e in examples for s in _samples_of(e)}
    said = [
        {
            "sample_id": e.name(a.sample), "assay_id": ASSAY, "run_id": a.run, "up_to_version": a.up_to,
            "action": a.action, "correct_sample_id": e.name(a.right), "amended_on": "2024-07-01",
            "is_correction": "true" if a.is_correction else "",
        }
        for e in examples for a in e.amendments
    ]  # fmt: skip
    return tables_from_csv(
        {
            "patients.csv": to_csv([_PATIENT]),
            "assays.csv": to_csv([_ASSAY]),
            "samples.csv": to_csv([_sample(e.name(s), "P") for e, s in names]),
            "pcr.csv": to_csv([_copies(e.name(r.sample), r) for e in examples for r in e.results]),
            "amendments.csv": to_csv(said),
        }
    )


def _samples_of(example: Amended) -> list[str]:
    named = [r.sample for r in example.results]
    return list(dict.fromkeys([*named, *(a.right for a in example.amendments if a.right)]))


def mismatches_of_results(example: Amended, tables: Tables) -> list[str]:
    """Return what came out otherwise than it is drawn."""
    wrong = []
    rows = tables.inputs["pcr_measurements"]
    for r in example.results:
        of = rows.filter(
            pl.col("run_id").eq_missing(pl.lit(r.run or None)),
            sample_id=example.name(r.sample), result_version=r.version,
        ).to_dicts()  # fmt: skip
        (row,) = of
        got = row["counts_for_sample_id"] if row["is_current"] else None
        wanted = None if r.counts_for is None else example.name(r.counts_for)
        if got != wanted:
            wrong.append(f"{r}: counts for {got}")
    counted = tables.assay_results
    for sample in _samples_of(example):
        copies = [r.copies for r in example.results if r.counts_for == sample]
        got = counted.filter(sample_id=example.name(sample))["numerator"].to_list()
        # copies below three are estimates of their own, so none is drawn
        if got != ([float(sum(copies))] if copies else []):
            wrong.append(f"sample {sample}: {got} copies")
    found = tables.findings.filter(pl.col("value").str.starts_with(f"{example.number}-"))
    if sorted(found["code"]) != sorted(example.findings):
        wrong.append(f"findings {sorted(found['code'])}")
    return wrong


def load_merged(examples: Sequence[Merged]) -> Tables:
    """Load all examples of merges in one load; each name has a sample of its own."""
    patients: list[Row] = []
    for e in examples:
        for name, words in e.patients.items():
            if words:
                disease, _, transcript = words.partition(" ")
                row = {"patient_id": e.name(name), "disease": disease, "transcript": transcript}
                patients.append(row)
    aliases = [
        {
            "patient_id": e.name(name), "merged_into_patient_id": e.name(into), "merged_on": "2024-07-01",
            "is_merged": "false" if taken_back else "", "is_correction": "true" if taken_back else "",
        }
        for e in examples
        for merges, taken_back in ((e.merges, False), (e.undone, True))
        for name, into in merges
    ]  # fmt: skip
    samples = [_sample(f"{e.name(n)}-s", e.name(n)) for e in examples for n in e.patients]
    copies = Result("", 100, None)
    return tables_from_csv(
        {
            "patients.csv": to_csv(patients),
            "assays.csv": to_csv([_ASSAY]),
            "samples.csv": to_csv(samples),
            "pcr.csv": to_csv([_copies(s["sample_id"], copies) for s in samples]),
            "patient_aliases.csv": to_csv(aliases),
        }
    )


def mismatches_of_merges(example: Merged, tables: Tables) -> list[str]:
    """Return what came out otherwise than it is drawn."""
    got = dict(tables.mrd_status.select("sample_id", "patient_id").rows())
    wrong = []
    known = {n for n, words in example.patients.items() if words}
    for name in example.patients:
        end = example.stand_for.get(name, name)
        joined = {n for n in example.patients if example.stand_for.get(n, n) == end}
        wanted = example.name(end) if joined & known else None
        if got.get(f"{example.name(name)}-s") != wanted:
            wrong.append(f"{name}: {got.get(f'{example.name(name)}-s')}")
    found = tables.findings.filter(
        pl.col("value").str.starts_with(f"{example.number}-"),
        pl.col("code").str.starts_with("MERGE"),
    )
    if sorted(found["code"]) != sorted(example.findings):
        wrong.append(f"findings {sorted(found['code'])}")
    return wrong


def _cell(parts: Sequence[str]) -> str:
    return "; ".join(parts) or "–"


def amended_table(examples: Sequence[Amended]) -> str:
    """Print the examples of amendments."""
    rows = []
    for e in examples:
        written = [
            f"{r.sample}{f' run {r.run}' if r.run else ''}{f' v{r.version}' if r.version > 1 else ''}: {r.copies}"
            for r in e.results
        ]
        counts = [f"{r.copies} for {r.counts_for}" for r in e.results if r.counts_for]
        findings = [f"`{c}`" for c in e.findings]
        rows.append(
            [e.number, _cell(written), _cell([a.shown for a in e.amendments]), _cell(counts), _cell(findings), e.why]
        )  # fmt: skip
    return markdown_table(("#", "copies as written", "amendments", "what counts", "finding", "why"), rows)  # fmt: skip


def merged_table(examples: Sequence[Merged]) -> str:
    """Print the examples of merges."""
    rows = []
    for e in examples:
        merges = [f"{a} → {b}" for a, b in e.merges] + [f"{a} → {b} undone" for a, b in e.undone]
        patients = [f"{n}: {words or 'no row'}" for n, words in e.patients.items()]
        ends: dict[str, list[str]] = {}
        for name in e.patients:
            ends.setdefault(e.stand_for.get(name, name), []).append(name)
        who = [f"{end} ({', '.join(sorted(names))})" for end, names in sorted(ends.items())]
        rows.append(
            [e.number, _cell(patients), _cell(merges), _cell(who), _cell([f"`{c}`" for c in e.findings]), e.why]
        )  # fmt: skip
    return markdown_table(("#", "`patients`", "merges", "patients in the end", "finding", "why"), rows)  # fmt: skip
