"""A load, step by step: discover, keep and read batches, derive, publish, report.

The steps are plain methods. `run_load` calls them in order; the Prefect flow wraps the same ones.
Frames stay inside; what the steps return are counts, which may be logged anywhere.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from flows.attempts import FAILED, NOTHING_NEW, PUBLISHED, failed_since
from flows.bugs import is_bug
from flows.entries import Entry
from flows.errors import EXIT_REJECTED
from flows.inbox import discover
from flows.integrity import refuse_damaged
from flows.merge import Changes, changes_of, stored_rows
from flows.private import write_private
from flows.pseudonyms import open_door, refuse_key_among
from flows.publish import Change, write_changes
from flows.reading import Reading
from flows.records_of_load import records_of_load
from flows.report_of_load import report_of_load
from flows.rules import InForce, changed_numbers, rule_hashes, rules_in_force
from flows.settings import Settings
from flows.snapshot import FORMAT_VERSION, Snapshot
from flows.snapshot_writer import SnapshotWriter
from flows.steps import Clock, note, step
from flows.unfinished import (
    REPORT_OF,
    finish_killed,
    missing_report,
    write_missing_report,
)
from flows.version import code_version
from flows.waiting import late_pending_findings, new_on_results, similar, stored_waiting
from flows.warehouse import Warehouse
from schemas.tables import TABLES
from transforms.guidelines.rules import Rules
from transforms.ingest import Ingested, check_balance, reconcile_load
from transforms.names import alike

LOAD_ID = "%Y%m%dT%H%M%S-%f"
"""How a load id is made of the time at which the load started, in UTC."""


@dataclass
class LoadResult:
    """What a load did, in counts: nothing here identifies anybody."""

    load_id: str
    published: bool = False
    exit_status: int = 0
    files: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    growing: int = 0
    patients: int = 0
    pending: int = 0
    recomputed_because: str | None = None


def counts_of(result: LoadResult) -> dict[str, int]:
    """Return the counts of a load that anybody may see."""
    return {
        **{f"files_{k.lower()}": v for k, v in result.files.items()},
        **result.rows,
        "rows_pending": result.pending,
        "patients": result.patients,
    }


class LoadRun:
    """One load of files into a warehouse."""

    kind = "LOAD"

    def __init__(self, paths: Sequence[Path], warehouse: Path, settings: Settings) -> None:
        """Prepare a load; nothing is read yet.

        Raises:
            UserError: the warehouse cannot be used, or a setting is wrong.
        """
        self.paths, self.settings = list(paths), settings
        self.warehouse = Warehouse(warehouse)
        self.started_at = datetime.now(UTC)
        self.load_id = self.started_at.strftime(LOAD_ID)
        self.result = LoadResult(self.load_id)
        self.before: Snapshot | None = None
        self.before_inputs: Snapshot | None = None
        self.changes: Changes | None = None
        self.ingested: Ingested | None = None
        self.report_path: Path | None = None
        self.records: dict[str, pl.DataFrame] = {}
        self.private_records: dict[str, pl.DataFrame] = {}
        self.progress: Callable[[str], None] = lambda words: None
        self.clock = Clock()

    @property
    def entries(self) -> list[Entry]:
        """What is known of each file."""
        return self.reading.entries

    @property
    def growing(self) -> list[str]:
        """Names of files that are left for the next load, because they are still being written."""
        return [self.reading.door.file(name) for name in self.reading.growing]

    @property
    def refused_before(self) -> list[tuple[str, str | None]]:
        """Names of refused files, and why."""
        refused = [e for e in self.entries if e.outcome == "REJECTED"]
        return [(self.reading.door.file(e.name), e.reason) for e in refused]

    def offer(self) -> int:
        """Look for files, before the warehouse is held; return their number."""
        self.offered = discover(self.paths, self.settings)
        return len(self.offered)

    def locked(self) -> AbstractContextManager[None]:
        """Prepare the warehouse and hold it as its one writer."""
        refuse_key_among([o.path for o in self.offered], self.settings)
        self._prepare()
        return self.warehouse.lock(self.settings.lock_wait_seconds)

    def _prepare(self) -> None:
        """Make the folders of the warehouse, unless its key is another one."""
        before = self.warehouse.current()
        door = open_door(self.settings, self.warehouse, before.manifest if before else None)
        self.warehouse.prepare(is_private=door.hides)

    # -- step 1

    @step
    def discover(self) -> int:
        """Look at the state of the warehouse and number the files; return the number of batches."""
        self.before = self.warehouse.current()
        if self.before is not None:
            refuse_damaged(self.before)
        self._number_after(self.before)
        if self.warehouse.is_held:
            self._finish_killed()
        self.in_force = self._rules_in_force()
        is_code_new = self._changed_code() is not None
        self.reading = Reading(self.warehouse, self.settings, self.before, is_code_new=is_code_new)
        self.reading.take(self.offered)
        self.result.growing = len(self.reading.growing)
        return len(self.reading.batches)

    def _finish_killed(self) -> None:
        """Do what a load that was killed left undone, and leave a mark of this one."""
        finish_killed(self.warehouse, self.before)
        missing = missing_report(self.warehouse, self.before)
        self.warehouse.set_mark(self._try() | ({REPORT_OF: missing} if missing else {}))
        # after the mark: a report that cannot be made stops one load, not every one
        if missing is not None and self.before is not None:
            try:
                write_missing_report(self.warehouse, self.before)
            except OSError:
                # results matter more than the report of earlier ones; the next load tries again
                self.warehouse.leave_mark()
                self.progress(f"the report of {missing} cannot be written")

    def _rules_in_force(self) -> InForce:
        return rules_in_force(self.settings, self.before.manifest if self.before else None)

    @property
    def rules(self) -> Rules:
        """The rules of this load."""
        return self.in_force.rules

    def _rule_hashes(self) -> dict[str, str]:
        return {**rule_hashes(), **self.in_force.site_hashes()}

    def _number_after(self, before: Snapshot | None) -> None:
        """Let load ids follow each other, whatever the clock does and whoever waited for the lock."""
        last = str(before.manifest["load_id"]) if before else ""
        path = self.warehouse.attempts_path
        last = max([last, *(line["load_id"] for line in failed_since(path, last))])
        if self.load_id <= last:
            time = datetime.strptime(last, LOAD_ID) + timedelta(microseconds=1)
            self.load_id = time.strftime(LOAD_ID)
        self.result.load_id = self.load_id

    def note_failure(self, error: BaseException) -> None:
        """Note a try that ended with an error: its kind, never its words."""
        try:
            if self.result.published:
                self._attempt(f"{PUBLISHED}, without report: {type(error).__name__}")
            else:
                self._attempt(FAILED + type(error).__name__)
        except OSError:
            # the error that ended the load is the one to tell; this one has the same cause
            self.progress("attempts.jsonl cannot be written")

    # -- step 2

    @step
    def keep(self, batch: int) -> int:
        """Keep the bytes of a batch of files; the one step that waits for shares and disks."""
        self.progress(f"reading batch {batch + 1} of {len(self.reading.batches)}")
        return self.reading.keep(batch)

    @step
    def read(self, batch: int) -> int:
        """Recognise, read, parse and check a batch of files; return the rows read."""
        return self.reading.read(batch)

    # -- step 3

    @step
    def derive(self) -> int:
        """Read instrument files, reconcile all rows and recompute; return the patients touched."""
        self.progress("computing results")
        parsed = self.reading.parsed()
        because = self._changed_code()
        if self.reading.replaces:
            because = "a file was read again with another reader, folder or setting"
            load, self.before_inputs = self.reading.from_nothing(parsed), None
        else:
            load = reconcile_load(parsed, stored_rows(self.before, parsed))
            self.before_inputs = self.before
        check_balance(load.counts)
        self.ingested = load
        self.result.recomputed_because = because
        if because is not None or self.reading.has_news or self._has_late():
            self.changes = changes_of(
                self.before_inputs, load, self.rules, everything=because is not None,
                alike=self.reading.door.alike(alike),
            )  # fmt: skip
            self.result.patients = self.changes.patients.len()
        return self.result.patients

    def _has_late(self) -> bool:
        """Tell whether stored rows have waited too long since the load before: that is news."""
        if self.before is None:
            return False
        late = self.late(stored_waiting(self.before))
        return not new_on_results(late, self.before.read(TABLES["findings"])).is_empty()

    def late(self, waiting: pl.DataFrame) -> pl.DataFrame:
        """Return the findings on rows that have waited too long; columns as in `flows.waiting.waiting`."""
        days = self.settings.pending_review_days
        plain = self.reading.door.alike(similar)
        return late_pending_findings(self.before, waiting, self.started_at, days, plain)

    def _changed_code(self) -> str | None:
        return next(iter(self.changed_since()), None)

    def changed_since(self) -> list[str]:
        """Return why tables of the snapshot before would come out otherwise today."""
        if self.before is None:
            return []
        manifest = self.before.manifest
        # the hash of a site's file that became active or is no more says nothing of its text
        site = set(self.in_force.site) ^ set(manifest.get("site_rules", {}))
        other = {f"{name}.toml" for name in site}
        hashes = {n: h for n, h in self._rule_hashes().items() if n not in other}
        stored = {n: h for n, h in manifest["rule_hashes"].items() if n not in other}
        older = manifest["format_version"]
        reasons = {
            f"the warehouse was of format {older} and is now of format {FORMAT_VERSION}": self.before.is_older,
            "the program has changed": manifest["code_version"] != code_version(),
            "a rule file has changed": stored != hashes,
            "another rule set is active": manifest["rulesets"] != dict(self.rules.active),
            "a setting of the rules has changed": changed_numbers(self.settings, manifest),
        }
        return [reason for reason, holds in reasons.items() if holds]

    # -- step 4

    @step
    def publish(self) -> bool:
        """Write and publish the snapshot; return whether there was anything to publish."""
        if self.ingested is None:
            raise AssertionError("publish before derive")
        self._count()
        if self.changes is None:
            self._attempt(NOTHING_NEW)
            return False
        self.progress("writing tables")
        self._make_records()
        for name, rows in self.private_records.items():
            write_private(self.warehouse, self.load_id, name, rows)
        writer = SnapshotWriter(self.warehouse, self.load_id, self.before)
        tables = dict(self.changes.tables)
        for name, rows in self.records.items():
            stored = self.before.read(TABLES[name]) if self.before else TABLES[name].empty()
            tables[name] = Change(pl.concat([stored, rows]))
        write_changes(writer, self.before_inputs, tables)
        writer.publish(
            {
                "load_id": self.load_id,
                "code_version": code_version(),
                "recomputed_because": self.result.recomputed_because,
                "rulesets": dict(self.rules.active),
                "rule_hashes": self._rule_hashes(),
                "site_rules": dict(self.in_force.site),
                "settings": self.settings.to_store(),
                **self.reading.door.to_store(),
            }
        )
        self.result.published = True
        self._attempt(PUBLISHED)
        return True

    def _count(self) -> None:
        if self.ingested is None:
            raise AssertionError("counts before derive")
        counts = self.ingested.counts
        self.result.files = dict(sorted(Counter(e.outcome for e in self.entries).items()))
        self.result.rows = {c: int(counts[c].sum()) for c in counts.columns if c != "file_no"}
        if self.result.rows["rows_rejected"] or self.result.files.get("REJECTED"):
            self.result.exit_status = EXIT_REJECTED

    def _make_records(self) -> None:
        records = records_of_load(self)
        self.records, self.private_records = records.tables, records.private
        self.result.pending = records.rows_pending

    def _try(self) -> dict[str, str]:
        """Return what is known of this try before it has done anything."""
        return {
            "load_id": self.load_id,
            "kind": self.kind,
            "started_at": self.started_at.isoformat(timespec="microseconds"),
            "code_version": code_version(),
        }

    def _attempt(self, outcome: str) -> None:
        seconds = self.clock.seconds()
        whole = round(sum(seconds.values()), 3)
        note(self, "load", whole, outcome=outcome, **counts_of(self.result))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        counts = {"files": self.result.files, **self.result.rows, "seconds": seconds}
        self.warehouse.note_attempt({**self._try(), "at": now, "outcome": outcome, **counts})

    # -- step 5

    @step
    def report(self) -> bool:
        """Write the report of a published load."""
        if self.changes is None or not self.result.published:
            return False
        after = self.warehouse.current()
        if after is None:
            raise AssertionError("published, and no snapshot is current")
        try:
            page = report_of_load(after, self.rules, self.changes.patients.to_list())
            self.report_path = self.warehouse.write_report(self.load_id, page)
        except BaseException as error:
            # a full disk, Ctrl-C or a time limit does not come again as a bug would
            if isinstance(error, OSError) or not is_bug(error):
                self.warehouse.leave_mark()
            raise
        return True


def run_load(run: LoadRun) -> LoadResult:
    """Run the steps of a load in order, without Prefect."""
    try:
        run.offer()
        with run.locked():
            for batch in range(run.discover()):
                run.keep(batch)
                run.read(batch)
            run.derive()
            run.publish()
            run.report()
    except BaseException as error:
        run.note_failure(error)
        raise
    return run.result
