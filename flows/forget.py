"""`mrd forget`: takes patients out of every snapshot, kept input, finding and report.

The order lets nobody come back: kept inputs first, since a load may read them again; then the current tables, then
older snapshots, then reports. What is done is written down until all of it is done, so that a killed run is finished
by the next.
"""

import html
import json
import os
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from flows.disk import sync_file, sync_folder
from flows.errors import UserError
from flows.forget_inputs import KeptInputs, append_line
from flows.forget_publish import publish_without
from flows.forget_snapshots import (
    Cut,
    Rewriting,
    Shelf,
    StoredFile,
    measured,
)
from flows.load import LoadRun
from flows.pseudonyms import FINGERPRINT
from flows.settings import Settings
from flows.snapshot import FORMAT_VERSION
from flows.unfinished import failed_loads
from flows.version import code_version
from flows.warehouse import Warehouse
from schemas.enums import LoadOutcome
from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES, TABLES
from transforms.forgetting import (
    LINES,
    RESULT,
    Lines,
    Person,
    naming_columns,
    no_rows,
    samples_of,
    with_aliases,
    withheld_names,
)

FORGOTTEN = "forgotten.jsonl"
_WRITERS_OWN = ("files", "format_version", "manifest_sha256")
_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>MRD report withdrawn</title>
<p>This report was withdrawn on {day}, because a patient was forgotten. <code>mrd report {load_id}</code> makes it
anew without that patient.</p>
</html>
"""
_TEXT = "This text was withdrawn on {day}, because a patient was forgotten.\n"


@dataclass
class Counts:
    """What goes, in counts: nothing here identifies anybody.

    Attributes:
        patients: identities that are named anywhere.
        samples: their samples.
        results: their measurement rows in the current tables.
        results_of_others: those of them that are written under their sample and count for one of somebody else.
        inputs: kept files that hold them.
        inputs_removed: those of them of which nothing stays.
        findings: findings about their rows.
        reports: reports that name them.
        snapshots: snapshots that hold them.
    """

    patients: int = 0
    samples: int = 0
    results: int = 0
    results_of_others: int = 0
    inputs: int = 0
    inputs_removed: int = 0
    findings: int = 0
    reports: int = 0
    snapshots: int = 0


@dataclass
class Plan:
    """What would go.

    Attributes:
        person: who.
        counts: how much.
        inputs: hashes of kept files that hold them.
        files: names of these files, which must be taken out of the inbox.
        lines: whose lines of files are whose.
        names: new names of files.
        reports: names of the files of reports that name them.
        left: places that the program cannot mend, in words.
        is_resumed: an earlier try was killed before its end.
    """

    person: Person
    counts: Counts = field(default_factory=Counts)
    inputs: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lines: Lines = field(default_factory=lambda: Lines(no_rows(LINES), no_rows(LINES), frozenset()))
    names: pl.DataFrame = field(default_factory=pl.DataFrame)
    reports: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    is_resumed: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to do."""
        c = self.counts
        return not (self.is_resumed or c.inputs or c.reports or c.snapshots)


class Forgetting(LoadRun):
    """A load that brings nothing and takes patients out."""

    kind = "FORGET"

    def __init__(self, warehouse: Path, settings: Settings, patients: Sequence[str]) -> None:
        """Prepare; nothing is read yet.

        Args:
            warehouse: an existing warehouse.
            settings: settings in force.
            patients: identities of the patients.

        Raises:
            UserError: there is no warehouse, or one that nobody can be taken out of yet.
        """
        super().__init__([], warehouse, settings)
        self.offered = []
        self.patients = frozenset(unicodedata.normalize("NFC", p) for p in patients)
        _refuse(self.warehouse)
        self._journal = self.warehouse.forgetting_path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the warehouse as its one writer."""
        self.warehouse.prepare()
        with self.warehouse.lock(self.settings.lock_wait_seconds):
            yield

    # -- what would go

    def plan(self) -> Plan:
        """Find all that names the patients; nothing is written."""
        self.discover()
        self.shelf = Shelf.of(self.warehouse)
        self.inputs = KeptInputs(self.warehouse, self.reading)
        begun = self._begun()
        self.progress("looking for samples")
        person = self._person(begun)
        person, sources, stored = measured(self.shelf, person)
        plan = Plan(person, is_resumed=bool(begun))
        self.progress("looking through kept files")
        # files that a killed run has replaced tell no more whose their lines were
        said = pl.DataFrame(begun.get("lines", []), schema=LINES, orient="row")
        theirs, others = [stored, said], [no_rows(LINES)]
        whole = list(begun.get("whole", []))
        plan.files = list(begun.get("files", []))
        for sha256 in self.inputs.holding(person, sources):
            taken = self.inputs.without(sha256, person)
            if self.inputs.is_done(taken):
                continue
            plan.inputs.append(sha256)
            plan.files += self.inputs.names(sha256)
            if taken.out is not None:
                theirs.append(taken.out.theirs)
                others.append(taken.out.others)
            if taken.is_whole:
                whole.append(sha256)
        of_others = pl.concat(others).unique()
        alone = pl.concat(theirs).unique().join(of_others, on=list(LINES), how="anti")
        plan.lines = Lines(alone, of_others, frozenset(whole))
        plan.files = sorted(set(plan.files))
        files = [f.read(["load_id", "sha256", "name"]) for f in self.shelf.files("source_files")]
        plan.names = withheld_names(pl.concat(files).unique(), person)
        plan.reports = [
            path.name
            for path in sorted(self.warehouse.reports.glob("[!.]*"))
            if person.is_in(html.unescape(path.read_text(encoding="utf-8")))
        ]
        self.cut = Cut(person, plan.lines, plan.names)
        plan.counts = self._counts(plan)
        plan.left = self._left(plan)
        return plan

    def _begun(self) -> dict[str, Any]:
        """Return what an earlier try that was killed had to do; empty where there is none."""
        if not self._journal.exists():
            return {}
        begun: dict[str, Any] = json.loads(self._journal.read_text(encoding="utf-8"))
        return begun

    def _person(self, begun: dict[str, Any]) -> Person:
        patients = self.patients | frozenset(begun.get("patients", ()))
        patients = with_aliases(patients, self.shelf.aliases())
        last, ever = self.shelf.owners()
        claims = pl.concat([ever, self.inputs.claims(patients)])
        samples = samples_of(patients, claims, last) | frozenset(begun.get("samples", ()))
        results = no_rows(dict.fromkeys(RESULT, pl.String()))
        if begun:
            results = pl.DataFrame(begun["results"], schema=results.schema, orient="row")
        return Person(patients, samples, results=results)

    def _counts(self, plan: Plan) -> Counts:
        if self.before is None:
            raise AssertionError("nobody can be forgotten where nothing is")
        person = plan.person
        counts = Counts(inputs=len(plan.inputs))
        counts.inputs_removed = len(plan.lines.whole.intersection(plan.inputs))
        counts.reports = len(plan.reports)
        counts.snapshots = sum(
            any(self.cut.touches(StoredFile(n.split("/")[0], folder / n)) for n in manifest["files"])
            for folder, manifest in self.shelf.snapshots
        )  # fmt: skip
        for table in MEASUREMENT_TABLES:
            rows = self.before.read(table)
            rows = rows.filter(person.owns(table.name, rows))
            counts.results += rows.height
            naming = naming_columns(table.name, rows.columns)
            of_others = [pl.col(c).is_not_null() & ~person.names(table.name, [c]) for c in naming]
            counts.results_of_others += rows.filter(pl.any_horizontal(of_others)).height
        findings = StoredFile(
            "findings", self.before.path / self.before.files(TABLES["findings"])[0]
        )
        counts.findings = findings.read().height - self.cut.rows(findings).height
        found = bool(plan.inputs or counts.snapshots or counts.reports)
        counts.patients = len(person.patients) if found else 0
        counts.samples = len(person.samples)
        return counts

    def _left(self, plan: Plan) -> list[str]:
        """Return the places that name the patient and that the program cannot mend, in words."""
        if self.before is None:
            raise AssertionError("nobody can be forgotten where nothing is")
        left = [f"layout inputs/{s}" for s in self.inputs.layouts_naming(plan.person)]
        for table in INPUT_TABLES:
            naming = naming_columns(table.name, table.columns)
            texts = [
                c for c in table.columns if table.field(c).dtype == pl.String and c not in naming
            ]
            for name in self.before.files(table):
                rows = self.cut.rows(StoredFile(table.name, self.before.path / name))
                for column in texts:
                    said = rows.select(pl.col(column).unique()).filter(
                        plan.person.in_column(column)
                    )
                    if said.height:
                        left.append(f"table {table.name}, column {column}: rows of somebody else")
        return sorted(set(left))

    # -- doing it

    def carry_out(self, plan: Plan) -> None:
        """Take the patients out, in the order that lets none come back."""
        begun = self._write_journal(plan)
        for number, sha256 in enumerate(plan.inputs):
            self.progress(f"kept file {number + 1} of {len(plan.inputs)}")
            self.inputs.replace(self.inputs.without(sha256, plan.person), self.load_id)
        if not self._is_published(begun):
            self.progress("writing tables")
            self._publish()
        self.progress("rewriting older snapshots")
        current = (self.warehouse.root / "current").resolve()
        shelf = Shelf.of(self.warehouse)
        older = [(folder, m) for folder, m in shelf.snapshots if folder.resolve() != current]
        Rewriting(shelf, self.cut).run(older, is_resumed=plan.is_resumed)
        day = datetime.now(UTC).date().isoformat()
        for name in plan.reports:
            load_id, _, kind = name.partition(".")
            words = _PAGE if kind == "html" else _TEXT
            self.warehouse.write_report_file(name, words.format(day=day, load_id=load_id))
        self._mark(begun)
        self._journal.unlink()
        sync_folder(self.warehouse.root)
        self._attempt("a patient was forgotten")

    def _write_journal(self, plan: Plan) -> dict[str, Any]:
        """Write down who is forgotten until it is done; a run that finishes another keeps its counts."""
        begun = self._begun()
        told = {
            "load_id": begun.get("load_id", self.load_id),
            "counts": begun.get("counts", asdict(plan.counts)),
            "patients": sorted(plan.person.patients),
            "samples": sorted(plan.person.samples),
            "results": plan.person.results.rows(),
            "lines": plan.lines.theirs.rows(),
            "whole": sorted(plan.lines.whole),
            "files": plan.files,
        }
        part = self._journal.with_name(f".part-{self._journal.name}")
        for_the_owner = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode=0o600)
        with os.fdopen(for_the_owner, "w", encoding="utf-8") as out:
            out.write(json.dumps(told))
            out.flush()
            sync_file(out.fileno())
        part.replace(self._journal)
        sync_folder(self.warehouse.root)
        return told

    def _is_published(self, begun: dict[str, Any]) -> bool:
        """Tell whether the try that was killed had published, and no load brought the patient back since."""
        if self.before is None:
            raise AssertionError("nobody can be forgotten where nothing is")
        loads = self.before.read(TABLES["loads"])
        since = loads.filter(pl.col("load_id") >= begun["load_id"], pl.col("kind") == self.kind)
        files = [
            StoredFile(n.split("/")[0], self.before.path / n) for n in self.before.manifest["files"]
        ]
        return since.height > 0 and not any(self.cut.touches(f) for f in files)

    def _publish(self) -> None:
        if self.before is None:
            raise AssertionError("nobody can be forgotten where nothing is")
        manifest = {k: v for k, v in self.before.manifest.items() if k not in _WRITERS_OWN}
        schema = TABLES["loads"].polars_schema
        waiting = self.before.published_loads().sort("load_id")["rows_pending"].last()
        row = dict.fromkeys((c for c, t in schema.items() if t == pl.Int64), 0) | {
            "load_id": self.load_id,
            "started_at": self.started_at,
            "finished_at": datetime.now(UTC),
            "kind": self.kind,
            "outcome": LoadOutcome.PUBLISHED,
            "rulesets": sorted(set(manifest["rulesets"].values())),
            "code_version": code_version(),
            "rows_pending": waiting,
        }
        failed = failed_loads(self.warehouse, self.before)
        loads = pl.concat([failed, pl.DataFrame([row], schema=schema)])
        told = {**manifest, "load_id": self.load_id}
        publish_without(self.warehouse, self.before, told, self.cut, {"loads": loads})
        self.result.published = True

    def _mark(self, begun: dict[str, Any]) -> None:
        """Leave the mark: when and how much, no identifier and no hash of one, which can be guessed."""
        path = self.warehouse.root / FORGOTTEN
        told = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if any(json.loads(line)["load_id"] == begun["load_id"] for line in told):
            return
        at = datetime.now(UTC).isoformat(timespec="seconds")
        append_line(path, {"at": at, "load_id": begun["load_id"], **begun["counts"]})


def _refuse(warehouse: Warehouse) -> None:
    """Stop before anything is touched where only a part could be done.

    Raises:
        UserError: there is no warehouse; it holds pseudonyms; or it is of an older format.
    """
    before = warehouse.require_current()
    if FINGERPRINT in before.manifest or warehouse.is_private:
        raise UserError(
            f"{warehouse.root}: mrd forget does not work in a warehouse with pseudonyms, and nothing was changed; export "
            "the files again without the patient, load them into a new warehouse with the same key, then remove this "
            "one (docs/forget.md)"
        )
    if before.is_older:
        raise UserError(
            f"{warehouse.root}: the warehouse is of format {before.manifest['format_version']}, and nothing was changed; "
            f"run mrd load, which makes it one of format {FORMAT_VERSION}, then mrd forget"
        )


def run_forget(run: Forgetting, *, is_meant: bool) -> Plan:
    """Show what would go, and let it go if that is meant.

    Args:
        run: a prepared run.
        is_meant: whether to do it.
    """
    with run.locked():
        plan = run.plan()
        if is_meant and not plan.is_nothing:
            try:
                run.carry_out(plan)
            except BaseException as error:
                run.note_failure(error)
                raise
    return plan
