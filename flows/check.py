"""`mrd check`: what is wrong with files, and which reference rows are missing. Loads nothing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from flows.entries import Entry
from flows.inbox import discover
from flows.settings import Settings
from flows.summary import finding_line
from flows.trial import Trial
from flows.warehouse import Warehouse
from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES, TABLES
from transforms.counted import counted
from transforms.ingest import reconcile_load
from transforms.kits.assay_rows import with_kits
from transforms.kits.catalogue import KITS
from transforms.problems import all_findings
from transforms.readers.told import told_from

_NEARLY = 0.85
"""How like a kit's name another is that may be a slip of the pen, as `difflib` measures it."""


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        files: `source_name`, `format`, `outcome` and `reason` as a load would give them, `rows_read`, `rows_accepted`,
            `rows_rejected`, `rows_ignored`; kept files that the load would read again among them.
        findings: with `source_name`.
        missing: by table, CSV lines of reference rows that are not known, keys filled in.
        growing: names of files that a load would leave for the next one, because they are still being written.
    """

    files: pl.DataFrame
    findings: pl.DataFrame
    missing: dict[str, list[str]]
    growing: list[str]

    @property
    def is_rejected(self) -> bool:
        """Whether anything would be rejected."""
        return bool((self.findings["severity"] == "REJECTED").any())

    def found(self) -> list[dict[str, Any]]:
        """Return the findings in the order of files and lines."""
        return self.findings.sort("source_name", "source_line", "code").to_dicts()


def check_json(checked: Checked) -> str:
    """Return what a check found as JSON."""
    return json.dumps(
        {
            "files": checked.files.to_dicts(),
            "findings": checked.found(),
            "missing": checked.missing,
            "growing": checked.growing,
        },
        indent=1,
    )


def check_text(checked: Checked) -> str:
    """Return what a check found as text."""
    lines = [_file_line(row) for row in checked.files.to_dicts()]
    lines += [
        f"{name}: is still being written; a load leaves it for the next one"
        for name in checked.growing
    ]
    lines += [f"  {f['severity'].lower()}: {finding_line(f)}" for f in checked.found()]
    for table, missing in checked.missing.items():
        lines += [f"\nMissing rows of {table}, ready to fill in:", *missing]
        if table == "assays":
            lines += _kits_meant(missing)
    return "\n".join(lines)


def _kits_meant(missing: Sequence[str]) -> list[str]:
    """Say which known kits the names of unknown assays are close to."""
    names = [line.split(",", 1)[0] for line in missing[1:]]
    near = {n: get_close_matches(n.lower(), KITS, n=1, cutoff=_NEARLY) for n in names}
    return [
        f"{name} is no kit that is known; if {kit[0]} is meant, call the folder or the assay so"
        for name, kit in near.items()
        if kit
    ]


def _file_line(row: dict[str, Any]) -> str:
    if row["outcome"] == "DUPLICATE":
        return f"{row['source_name']}: {row['format']}, given already; it is counted once"
    return (
        f"{row['source_name']}: {row['format']}, {row['rows_read']} rows read = {row['rows_accepted']} accepted"
        f" + {row['rows_rejected']} rejected + {row['rows_ignored']} ignored"
    )


def check_files(paths: Sequence[Path], settings: Settings, warehouse: Warehouse | None) -> Checked:
    """Read and check files against each other and, if given, against a warehouse: what a load of them would do."""
    trial = Trial(settings, warehouse)
    trial.take(discover(paths, settings))
    for batch in range(len(trial.batches)):
        trial.keep(batch)
        trial.read(batch)
    parsed = trial.parsed()
    before = trial.before
    stored = {t.name: before.read(t) if before else t.empty() for t in INPUT_TABLES}
    load = trial.from_nothing(parsed) if trial.replaces else reconcile_load(parsed, stored)
    after = {**stored, **{n: r.rows for n, r in load.tables.items()}}

    # rows name each other by hash until here; people know files by name
    called = {f"of {h[:12]}": f"of {n}" for h, n in _names(trial)} | trial.names
    missing = {
        table: [called.get(name, name) + rest for name, rest in (_first(line) for line in lines)]
        for table, lines in _missing(counted(after)[0]).items()
    }
    unknown = {e.folder: trial.modalities[e.folder] for e in trial.entries if _is_assay_unknown(e)}
    if unknown:
        columns = ",".join(
            ("assay_id", "modality", "marker", "basis", "target_name", "control_name")
        )
        others = [line.split(",", 1)[0] for line in missing.get("assays", [])[1:]]
        lines = {a: f"{a},,,,," for a in others} | {a: f"{a},{m},,,," for a, m in unknown.items()}
        missing["assays"] = [columns, *(lines[a] for a in sorted(lines))]
    files = _files(trial)
    counts = files.join(load.counts, on="file_no", how="left").with_columns(
        pl.col(load.counts.columns[1:]).fill_null(0)
    )
    return Checked(
        files=counts.sort("source_name").drop("file_no"),
        findings=all_findings([*trial.findings, load.findings])
        .with_columns(pl.col("message").str.replace_many(called) if called else pl.col("message"))
        .join(files.drop("outcome", "reason"), on="file_no", how="left"),
        missing=missing,
        growing=[trial.door.file(name) for name in trial.growing],
    )


def _names(trial: Trial) -> list[tuple[str, str]]:
    """Return hash and name of all files that rows may name; kept ones have the name that the tables have."""
    known = (
        trial.before.read(TABLES["source_files"])
        if trial.before
        else TABLES["source_files"].empty()
    )
    given = [(e.sha256, e.name) for e in trial.entries if e.sha256]
    return [*known.drop_nulls("sha256").select("sha256", "name").rows(), *given]


def _is_assay_unknown(entry: Entry) -> bool:
    """Tell whether a file waits and no assay was told to its reader."""
    return entry.outcome == "PENDING" and told_from(entry.told)[0] is None


def _files(trial: Trial) -> pl.DataFrame:
    rows = [
        (e.file_no, e.name, e.format or "not recognised", e.outcome, e.reason)
        for e in trial.entries
    ]
    columns = ("source_name", "format", "outcome", "reason")
    schema = {"file_no": pl.Int64(), **dict.fromkeys(columns, pl.String())}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _first(line: str) -> tuple[str, str]:
    """Return the first cell of a line, and the rest with its comma."""
    name, comma, rest = line.partition(",")
    return name, comma + rest


def _missing(tables: dict[str, pl.DataFrame]) -> dict[str, list[str]]:
    used = pl.concat(
        [
            tables[t.name].filter("is_current").select("sample_id", "assay_id")
            for t in MEASUREMENT_TABLES
        ]
    )
    found: dict[str, list[str]] = {}
    samples = tables["samples"].filter("is_current")
    patients = tables["patients"].filter("is_current")
    assays = with_kits(tables["assays"].filter("is_current"), used["assay_id"].unique())
    for name, wanted, known in (
        ("samples", used["sample_id"], samples["sample_id"]),
        ("patients", samples["patient_id"], patients["patient_id"]),
        ("assays", used["assay_id"], assays["assay_id"]),
    ):
        absent = wanted.unique().sort().filter(~wanted.unique().sort().is_in(known.implode()))
        if absent.len():
            columns = TABLES[name].required
            found[name] = [
                ",".join(columns),
                *(f"{a}{',' * (len(columns) - 1)}" for a in absent.to_list()),
            ]
    return found
