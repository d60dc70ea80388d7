"""`mrd forget`: takes patients out of every snapshot, kept input, finding and report.

The order lets nobody come back: kept inputs first, since a load may read them again; then the current tables, then
older snapshots, then reports, and last what `private/` has beside the inputs, by which names in the others are known.
What is done is written down until all of it is done, so that a killed run is finished by the next.
"""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from flows.chosen import Asked
from flows.forget_inputs import KeptInputs, append_line
from flows.forget_journal import Begun, Journal
from flows.forget_names import Names
from flows.forget_plan import Plan, counted, left_in_tables
from flows.forget_private import PrivateRecords
from flows.forget_publish import publish_without
from flows.forget_reports import reports_naming, withdraw
from flows.forget_snapshots import Cut, Rewriting, Shelf, StoredFile, measured
from flows.load import LoadRun
from flows.pseudonyms import open_door
from flows.rerun import Rerun, run_rerun
from flows.settings import Settings
from flows.snapshot import Snapshot
from flows.unfinished import failed_loads
from flows.version import code_version
from schemas.enums import LoadOutcome
from schemas.tables import TABLES
from transforms.forgetting import Lines, withheld_names
from transforms.forgotten import LINES, Person, no_rows, samples_of, with_aliases

FORGOTTEN = "forgotten.jsonl"
_WRITERS_OWN = ("files", "format_version", "manifest_sha256")


class Forgetting(LoadRun):
    """A load that brings nothing and takes patients out."""

    kind = "FORGET"

    def __init__(self, warehouse: Path, settings: Settings, patients: Sequence[str]) -> None:
        """Prepare; nothing is read yet.

        Args:
            warehouse: an existing warehouse.
            settings: settings in force.
            patients: identities of the patients as files have them, or their pseudonyms.

        Raises:
            UserError: there is no warehouse, or its key is another one.
        """
        super().__init__([], warehouse, settings)
        self.offered = []
        self.typed = frozenset(unicodedata.normalize("NFC", p) for p in patients)
        self.door = open_door(settings, self.warehouse, self.warehouse.require_current().manifest)
        self.journal = Journal(self.warehouse)
        self.records_kept = PrivateRecords(self.warehouse)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the warehouse as its one writer."""
        self._prepare()
        with self.warehouse.lock(self.settings.lock_wait_seconds):
            yield

    @property
    def current(self) -> Snapshot:
        """The current snapshot."""
        if self.before is None:
            raise AssertionError("nobody can be forgotten where nothing is")
        return self.before

    def _kept(self, sha256: str) -> Path:
        return self.warehouse.input_path(sha256).relative_to(self.warehouse.root)

    # -- what would go

    def plan(self) -> Plan:
        """Find all that names the patients; nothing is written."""
        self.discover()
        self.shelf = Shelf.of(self.warehouse)
        self.inputs = KeptInputs(self.warehouse, self.reading)
        begun = self.journal.read()
        self.progress("looking for samples")
        names = Names.of(self.door, self.inputs, self.typed)
        person, sources, stored = measured(self.shelf, self._person(names, begun))
        came = names.as_came(person)
        if begun is not None:
            came = came.with_all_of(begun.as_it_came)
        texts = person.texts | self.records_kept.pseudonyms_of(came, self.door)
        plan = Plan(replace(person, texts=texts), replace(came, texts=texts))
        plan.is_resumed = begun is not None
        self.progress("looking through kept files")
        self._look_through(plan, sources, stored, begun)
        plan.reports = reports_naming(self.warehouse, plan.person)
        files = [f.read(["load_id", "sha256", "name"]) for f in self.shelf.files("source_files")]
        called = withheld_names(pl.concat(files).unique(), plan.person)
        self.cut = Cut(plan.person, plan.lines, called)
        called = withheld_names(self.records_kept.files(), plan.as_it_came)
        self.cut_private = Cut(plan.as_it_came, plan.lines, called)
        n_records = len(self.records_kept.holding(self.cut_private))
        plan.counts = counted(plan, self.current, self.shelf, self.cut, n_records)
        plan.left += [f"layout {self._kept(s)}" for s in self.inputs.layouts_naming(plan.as_it_came)]  # fmt: skip
        plan.left += left_in_tables(self.current, self.cut, plan.as_it_came)
        n_untold = names.n_untold(plan.person) if self.door.hides and not plan.is_resumed else 0
        if n_untold and not plan.is_nothing:
            plan.left.append(_untold(n_untold))
        plan.left = sorted(set(plan.left))
        return plan

    def _person(self, names: Names, begun: Begun | None) -> Person:
        """Return the patients and their samples as tables name them."""
        nobody = Person(frozenset(), frozenset())
        before, before_came = (begun.person, begun.as_it_came) if begun else (nobody, nobody)
        patients = {self.door.inside(p, "patient") for p in self.typed} | before.patients
        every = with_aliases(patients, self.shelf.aliases())
        came = names.as_came(Person(every, frozenset())).patients | before_came.patients
        last, ever = self.shelf.owners()
        claims = names.claims_inside(self.inputs.claims(came))
        samples = samples_of(every, pl.concat([ever, claims]), last)
        return Person(every, samples).with_all_of(before)

    def _look_through(
        self, plan: Plan, sources: frozenset[str], stored: pl.DataFrame, begun: Begun | None
    ) -> None:
        """Find the kept files and lines that are the patient's."""
        # files that a killed run has replaced tell no more whose their lines were
        theirs = [stored, self.records_kept.lines_of(plan.as_it_came)]
        theirs += [] if begun is None else [begun.lines]
        others = [no_rows(LINES)]
        whole = set() if begun is None else set(begun.whole)
        files = set() if begun is None else set(begun.files)
        for sha256 in self.inputs.holding(plan.as_it_came, sources):
            taken = self.inputs.without(sha256, plan.as_it_came)
            if self.door.hides and taken.holds(plan.as_it_came):
                # run and file names of others are pseudonyms in tables: only here the letters are to be seen
                plan.left.append(f"{self._kept(sha256)}: rows of somebody else")
            if self.inputs.is_done(taken):
                continue
            plan.inputs.append(sha256)
            files.update(self.inputs.names_of(sha256))
            if taken.out is not None:
                theirs.append(taken.out.theirs)
                others.append(taken.out.others)
            if taken.is_whole:
                whole.add(sha256)
        of_others = pl.concat(others).unique()
        alone = pl.concat(theirs).unique().join(of_others, on=list(LINES), how="anti")
        plan.lines = Lines(alone, of_others, frozenset(whole))
        plan.files = sorted(files)

    # -- doing it

    def carry_out(self, plan: Plan) -> None:
        """Take the patients out, in the order that lets none come back."""
        begun = self._begin(plan)
        for number, sha256 in enumerate(plan.inputs):
            self.progress(f"kept file {number + 1} of {len(plan.inputs)}")
            self.inputs.replace(self.inputs.without(sha256, plan.as_it_came), self.load_id)
        if not self._is_published(begun):
            self.progress("writing tables")
            self._publish()
        self.progress("rewriting older snapshots")
        current = (self.warehouse.root / "current").resolve()
        shelf = Shelf.of(self.warehouse)
        older = [(folder, m) for folder, m in shelf.snapshots if folder.resolve() != current]
        Rewriting(shelf, self.cut).run(older, is_resumed=plan.is_resumed)
        withdraw(self.warehouse, plan.reports)
        self.records_kept.rewrite(self.cut_private)
        self._mark(begun)
        self.journal.remove()
        self._attempt("a patient was forgotten")

    def _begin(self, plan: Plan) -> Begun:
        """Write down what is to be done; a run that finishes another keeps its counts."""
        before = self.journal.read()
        begun = Begun(
            before.load_id if before else self.load_id,
            before.counts if before else asdict(plan.counts),
            plan.person,
            plan.as_it_came,
            plan.lines.theirs,
            plan.lines.whole,
            plan.files,
        )
        self.journal.write(begun)
        return begun

    def _is_published(self, begun: Begun) -> bool:
        """Tell whether the try that was killed had published, and no load brought the patient back since."""
        loads = self.current.read(TABLES["loads"])
        since = loads.filter(pl.col("load_id") >= begun.load_id, pl.col("kind") == self.kind)
        place, names = self.current.path, self.current.manifest["files"]
        files = [StoredFile(n.split("/")[0], place / n) for n in names]
        return since.height > 0 and not any(self.cut.touches(f) for f in files)

    def _publish(self) -> None:
        manifest = {k: v for k, v in self.current.manifest.items() if k not in _WRITERS_OWN}
        schema = TABLES["loads"].polars_schema
        waiting = self.current.published_loads().sort("load_id")["rows_pending"].last()
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
        failed = failed_loads(self.warehouse, self.current)
        loads = pl.concat([failed, pl.DataFrame([row], schema=schema)])
        told = {**manifest, "load_id": self.load_id}
        publish_without(self.warehouse, self.current, told, self.cut, {"loads": loads})
        self.result.published = True

    def _mark(self, begun: Begun) -> None:
        """Leave the mark: when and how much, no identifier and no hash of one, which can be guessed."""
        path = self.warehouse.root / FORGOTTEN
        told = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if any(json.loads(line)["load_id"] == begun.load_id for line in told):
            return
        at = datetime.now(UTC).isoformat(timespec="seconds")
        append_line(path, {"at": at, "load_id": begun.load_id, **begun.counts})


def _untold(number: int) -> str:
    return (
        f"private/: {number} of the patient's names, which no file that can be read has as they came; search for "
        "them there"
    )


def run_forget(run: Forgetting, *, is_meant: bool) -> Plan:
    """Show what would go, and let it go if that is meant.

    Args:
        run: a prepared run.
        is_meant: whether to do it.
    """
    with run.locked():
        plan = run.plan()
        if plan.is_nothing or not is_meant:
            return plan
        if not run.current.is_older:
            try:
                run.carry_out(plan)
            except BaseException as error:
                run.note_failure(error)
                raise
            return plan
    # tables of an older format cannot stand beside those of today: a rerun makes all of them new
    root = run.warehouse.root
    run_rerun(Rerun(root, run.settings, {}), root, Asked(), publish=True)
    return run_forget(run, is_meant=True)
