"""`mrd check`: what is wrong with files, and which reference rows are missing. Loads nothing."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from flows.inbox import Offered, discover
from flows.layouts import Layouts, find_with, is_layout_name
from flows.pseudonyms import AS_WRITTEN, open_door
from flows.settings import Settings
from flows.summary import finding_line
from flows.told import Telling, in_force, read_fitting
from flows.warehouse import Warehouse
from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES, TABLES
from transforms.counted import counted
from transforms.ingest import ReadFile, merge_parsed, parse_files, reconcile_load
from transforms.kits.assay_rows import with_kits
from transforms.places import with_places
from transforms.problems import FileRefusedError, all_findings, one_finding
from transforms.readers.content import Content
from transforms.readers.reader import Reader


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        files: `name`, `format`, `rows_read`, `rows_accepted`, `rows_rejected`, `rows_ignored`.
        findings: with `source_name`.
        missing: by table, CSV lines of reference rows that are not known, keys filled in.
    """

    files: pl.DataFrame
    findings: pl.DataFrame
    missing: dict[str, list[str]]

    @property
    def is_rejected(self) -> bool:
        """Whether anything would be rejected."""
        return bool((self.findings["severity"] == "REJECTED").any())

    def found(self) -> list[dict[str, Any]]:
        """Return the findings in the order of files and lines."""
        return self.findings.sort("source_name", "source_line", "code").to_dicts()


class _Waiting(NamedTuple):
    """A file that is read when all assays are known."""

    number: int
    file: Offered
    sha256: str
    reader: Reader
    content: Content


def check_json(checked: Checked) -> str:
    """Return what a check found as JSON."""
    return json.dumps(
        {
            "files": checked.files.to_dicts(),
            "findings": checked.found(),
            "missing": checked.missing,
        },
        indent=1,
    )


def check_text(checked: Checked) -> str:
    """Return what a check found as text."""
    lines = [
        f"{row['source_name']}: {row['format']}, {row['rows_read']} rows read = {row['rows_accepted']} accepted"
        f" + {row['rows_rejected']} rejected + {row['rows_ignored']} ignored"
        for row in checked.files.to_dicts()
    ]
    lines += [f"  {f['severity'].lower()}: {finding_line(f)}" for f in checked.found()]
    for table, missing in checked.missing.items():
        lines += [f"\nMissing rows of {table}, ready to fill in:", *missing]
    return "\n".join(lines)


def check_files(paths: Sequence[Path], settings: Settings, warehouse: Warehouse | None) -> Checked:
    """Read and check files against each other and, if given, against a warehouse."""
    snapshot = warehouse.current() if warehouse else None
    stored = {t.name: snapshot.read(t) if snapshot else t.empty() for t in INPUT_TABLES}
    offered = discover(paths, settings)
    reader_settings = settings.for_readers()
    findings: list[pl.DataFrame] = []
    read: list[ReadFile] = []
    waiting: list[_Waiting] = []
    formats: dict[int, str] = {}
    called: dict[str, str] = {}
    if snapshot:
        known = snapshot.read(TABLES["source_files"]).drop_nulls("sha256")
        called = {f"of {h[:12]}": f"of {n}" for h, n in known.select("sha256", "name").rows()}
    manifest = snapshot.manifest if snapshot else None
    door = open_door(settings, warehouse, manifest) if warehouse and snapshot else AS_WRITTEN
    layouts = Layouts(settings)
    for file in offered:
        if file.refusal is None and is_layout_name(file.path):
            layouts.add_beside(file.path, file.path.read_bytes())
    for number, file in enumerate(offered):
        if file.refusal:
            findings.append(one_finding(number, *file.refusal))
            continue
        data = file.path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        called[f"of {sha256[:12]}"] = f"of {file.name}"
        try:
            reader, content, _ = find_with(data, layouts.of(file.path))
            formats[number] = reader.title
            if reader.names_its_assay:
                rows = reader.read(content, None, reader_settings)
                formats[number] = rows.format
                read.append(ReadFile(number, sha256, rows))
            else:
                waiting.append(_Waiting(number, file, sha256, reader, content))
        except FileRefusedError as refusal:
            findings.append(
                one_finding(
                    number, refusal.code, refusal.message, line=refusal.line, value=refusal.value
                )
            )
    came = parse_files(read)
    parsed = door.admitted(came)

    names = Counter(w.file.name.rsplit("/", 1)[-1] for w in waiting)
    shared = [name for name, n_files in names.items() if n_files > 1]
    telling = Telling(
        settings,
        in_force("assays", stored["assays"], parsed),
        in_force("manifest", stored["manifest"], parsed),
        shared,
        door,
    )
    instruments = []
    samples: set[str] = set()
    for number, file, sha256, reader, content in waiting:
        told = telling.of([file.name], file.folder)
        try:
            pattern = settings.sample_names.get(file.folder)
            _, rows = read_fitting(reader, content, told, pattern)
        except FileRefusedError as refusal:
            findings.append(
                one_finding(
                    number, refusal.code, refusal.message, line=refusal.line, value=refusal.value
                )
            )
            continue
        if rows.waiting_for == "SAMPLE_NOT_KNOWN_FOR_FILE" and rows.rows_waiting:
            findings += told.findings(number)
        if told.settings.sample_id is not None:
            samples.add(told.settings.sample_id)
        instruments.append(ReadFile(number, sha256, rows))
    of_instruments = parse_files(instruments)
    parsed = merge_parsed([parsed, door.admitted(of_instruments, samples)])
    if door.hides:
        # who checks a file has it at hand: its names are told as they are in it
        for part in (came, of_instruments):
            findings.append(with_places(part.findings, part.places))
            called |= door.names(part)
    load = reconcile_load(parsed, stored)
    after = {**stored, **{n: r.rows for n, r in load.tables.items()}}
    named = pl.DataFrame(
        [(n, f.name, formats.get(n, "not recognised")) for n, f in enumerate(offered)],
        schema={"file_no": pl.Int64, "source_name": pl.String, "format": pl.String},
        orient="row",
    )
    missing = {
        table: [called.get(name, name) + rest for name, rest in (_first(line) for line in lines)]
        for table, lines in _missing(counted(after)[0]).items()
    }
    unknown = {
        w.file.folder: w.reader.modality for w in waiting if not telling.knows(w.file.folder)
    }
    if unknown:
        columns = ",".join(
            ("assay_id", "modality", "marker", "basis", "target_name", "control_name")
        )
        others = [line.split(",", 1)[0] for line in missing.get("assays", [])[1:]]
        lines = {a: f"{a},,,,," for a in others} | {a: f"{a},{m},,,," for a, m in unknown.items()}
        missing["assays"] = [columns, *(lines[a] for a in sorted(lines))]
    counts = named.join(load.counts, on="file_no", how="left").with_columns(
        pl.col(load.counts.columns[1:]).fill_null(0)
    )
    return Checked(
        files=counts.drop("file_no"),
        findings=all_findings([*findings, load.findings])
        .with_columns(pl.col("message").str.replace_many(called) if called else pl.col("message"))
        .join(named, on="file_no", how="left"),
        missing=missing,
    )


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
