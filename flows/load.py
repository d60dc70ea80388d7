"""A load, step by step: discover, read, derive, publish, report.

The steps are plain methods. `run_load` calls them in order; the Prefect flow wraps the same ones.
Frames stay inside; what the steps return are counts, which may be logged anywhere.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from flows.errors import EXIT_REJECTED
from flows.inbox import Offered, discover
from flows.merge import Change, Changes, changes_of, stored_rows, write_changes
from flows.records import (
    finding_rows,
    late_pending_findings,
    pending_findings,
    source_file_rows,
    waiting_file_rows,
)
from flows.report import render_report
from flows.report_rules import guideline_lines, ruleset_lines
from flows.rules import active_rules, rule_hashes
from flows.settings import Settings
from flows.version import code_version
from flows.warehouse import Snapshot, SnapshotWriter, Warehouse
from schemas.tables import MEASUREMENT_TABLES, TABLES
from transforms.guidelines.rules import DEFAULT_RULESETS, Rules
from transforms.ingest import (
    Ingested,
    ParsedLoad,
    ReadFile,
    check_balance,
    merge_parsed,
    parse_files,
    reconcile_load,
)
from transforms.pipeline import ingested_from_nothing
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.registry import READERS, find_reader
from transforms.readers.rows import AssayNames, ReaderSettings

_LOAD_ID = "%Y%m%dT%H%M%S-%f"
_BATCH_FILES, _BATCH_BYTES = 500, 512_000_000


@dataclass
class Entry:
    """What is known of one file of a load."""

    file_no: int
    name: str
    folder: str
    path: Path
    sha256: str | None = None
    format: str | None = None
    reader: str | None = None
    folder_assay_id: str | None = None
    outcome: str = "LOADED"
    reason: str | None = None
    is_repeat: bool = False
    replaces: bool = False


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
    reclassified: int = 0
    recomputed_because: str | None = None


class LoadRun:
    """One load of files into a warehouse."""

    def __init__(self, paths: Sequence[Path], warehouse: Path, settings: Settings) -> None:
        """Prepare a load; nothing is read yet.

        Raises:
            UserError: the warehouse cannot be used, or a setting is wrong.
        """
        self.paths, self.settings = list(paths), settings
        self.warehouse = Warehouse(warehouse)
        self.started_at = datetime.now(UTC)
        self.load_id = self.started_at.strftime(_LOAD_ID)
        self.result = LoadResult(self.load_id)
        self.entries: list[Entry] = []
        self.findings: list[pl.DataFrame] = []
        self.parsed: list[ParsedLoad] = []
        self.waiting_texts: list[tuple[Entry, bytes]] = []
        self.changes: Changes | None = None
        self.ingested: Ingested | None = None
        self.report_path: Path | None = None
        self.records: dict[str, pl.DataFrame] = {}
        self.growing: list[str] = []
        self.progress: Callable[[str], None] = lambda words: None

    def locked(self) -> AbstractContextManager[None]:
        """Prepare the warehouse and hold it as its one writer."""
        self.offered = discover(self.paths, self.settings)
        self.warehouse.prepare()
        return self.warehouse.lock(self.settings.lock_wait_seconds)

    # -- step 1

    def discover(self) -> int:
        """Look at the state of the warehouse and number the files; return the number of batches."""
        self.before = self.warehouse.current()
        self._number_after(self.before)
        kept = dict(self.before.manifest["rulesets"]) if self.before else {}
        self.rules: Rules = active_rules(self.settings, chosen_rulesets(kept))
        self.stored_files = (
            self.before.read(TABLES["source_files"])
            if self.before
            else TABLES["source_files"].empty()
        )
        self.growing = [o.name for o in self.offered if o.is_growing]
        self.result.growing = len(self.growing)
        usable = _uniquely_named([o for o in self.offered if not o.is_growing])
        self.entries = []
        for number, offered in enumerate(usable):
            entry = Entry(number, offered.name, offered.folder, offered.path)
            if offered.refusal:
                self._refuse(entry, *offered.refusal)
                entry.is_repeat = self._refused_before(entry)
            self.entries.append(entry)
        self.batches = _batches([e for e in self.entries if e.outcome == "LOADED"])
        return len(self.batches)

    def _number_after(self, before: Snapshot | None) -> None:
        """Let load ids follow each other, whatever the clock does and whoever waited for the lock."""
        last = str(before.manifest["load_id"]) if before else ""
        while self.load_id <= last:
            time = datetime.strptime(last, _LOAD_ID) + timedelta(microseconds=1)
            self.load_id = time.strftime(_LOAD_ID)
        self.result.load_id = self.load_id

    def note_failure(self, error: BaseException) -> None:
        """Note a try that ended with an error: its kind, never its words."""
        try:
            self._attempt(f"failed: {type(error).__name__}")
        except OSError:
            # the error that ended the load is the one to tell; this one has the same cause
            self.progress("attempts.jsonl cannot be written")

    def _refuse(
        self,
        entry: Entry,
        code: str,
        message: str,
        line: int | None = None,
        value: str | None = None,
    ) -> None:
        entry.outcome, entry.reason = "REJECTED", code
        self.findings.append(one_finding(entry.file_no, code, message, line=line, value=value))

    def _refused_before(self, entry: Entry) -> bool:
        before = self.stored_files.filter(pl.col("name") == entry.name).sort("load_id").tail(1)
        return before.select("outcome", "reason").rows() == [("REJECTED", entry.reason)]

    # -- step 2

    def keep(self, batch: int) -> int:
        """Keep the bytes of a batch of files; the one step that waits for shares and disks."""
        self.progress(f"reading batch {batch + 1} of {len(self.batches)}")
        for entry in self.batches[batch]:
            if entry.sha256 is None and entry.outcome == "LOADED":
                try:
                    entry.sha256 = self.warehouse.keep(entry.path)
                except (PermissionError, FileNotFoundError) as error:
                    # a share that is away for a moment raises other errors, and is tried again
                    words = f"the file cannot be read: {error.strerror}"
                    self._refuse(entry, "FILE_UNREADABLE", words)
        return len(self.batches[batch])

    def read(self, batch: int) -> int:
        """Recognise, read, parse and check a batch of files; return the rows read."""
        read: list[ReadFile] = []
        for entry in self.batches[batch]:
            if entry.sha256 is None or entry.outcome != "LOADED":
                continue
            if self._given_before(entry):
                continue
            data = self.warehouse.input_path(entry.sha256).read_bytes()
            try:
                reader, text = find_reader(data)
                entry.format, entry.reader = reader.title, reader.name
                if not reader.names_its_assay:
                    entry.folder_assay_id = entry.folder
                    self.waiting_texts.append((entry, text))
                    continue
                rows = reader.read(text, None, self._reader_settings)
            except FileRefusedError as refusal:
                self._refuse(entry, refusal.code, refusal.message, refusal.line, refusal.value)
                continue
            entry.format = rows.format
            read.append(ReadFile(entry.file_no, entry.sha256, rows))
        parsed = parse_files(read)
        self.parsed.append(parsed)
        return sum(parsed.rows_read.values())

    @property
    def _reader_settings(self) -> ReaderSettings:
        return ReaderSettings(control_names=self.settings.control_names)

    def _given_before(self, entry: Entry) -> bool:
        """Tell whether the same bytes were given before, in this load or an earlier one."""
        twin = next(
            (e for e in self.entries if e.file_no < entry.file_no and e.sha256 == entry.sha256),
            None,
        )
        if twin is not None:
            if twin.folder_assay_id and twin.folder != entry.folder:
                message = f"the same file also lies under {twin.folder}; keep it under the assay it belongs to"
                self._refuse(entry, "FILE_IN_TWO_FOLDERS", message)
            else:
                entry.outcome, entry.format, entry.reader = "DUPLICATE", twin.format, twin.reader
                entry.reason = "REPEATED_ROW"
            return True
        known = self.stored_files.filter(
            pl.col("sha256") == entry.sha256, pl.col("outcome") != "DUPLICATE"
        )
        if known.is_empty():
            return False
        last = known.sort("load_id").row(-1, named=True)
        same = (
            last["reader"] in (None, *(r.name for r in READERS))
            and last["settings_sha256"] == self.settings.reader_hash()
            and last["folder_assay_id"] in (None, entry.folder)
        )
        entry.format, entry.reader = last["format"], last["reader"]
        entry.folder_assay_id = last["folder_assay_id"]
        if same and last["outcome"] == "LOADED":
            entry.outcome, entry.reason = "DUPLICATE", "REPEATED_ROW"
            return True
        if same and last["outcome"] == "REJECTED" and self._changed_code() is None:
            # nothing has changed since: the same verdict, and no new snapshot for it
            entry.outcome, entry.reason, entry.is_repeat = "REJECTED", last["reason"], True
            return True
        entry.is_repeat = same and last["outcome"] == "PENDING"
        entry.replaces = last["outcome"] == "LOADED"
        return False

    # -- step 3

    def derive(self) -> int:
        """Read instrument files, reconcile all rows and recompute; return the patients touched."""
        self.progress("computing results")
        parsed = merge_parsed(self.parsed)
        parsed = merge_parsed([parsed, self._read_instruments(parsed)])
        because = self._changed_code()
        if any(e.replaces for e in self.entries):
            because = "a file was read again with another reader, folder or setting"
            load, self.before_inputs = self._from_nothing(parsed), None
        else:
            load = reconcile_load(parsed, stored_rows(self.before, parsed))
            self.before_inputs = self.before
        check_balance(load.counts)
        self.ingested = load
        self.result.recomputed_because = because
        self.has_news = because is not None or any(
            e.outcome in ("LOADED", "REJECTED", "PENDING") and not e.is_repeat for e in self.entries
        )
        if self.has_news:
            self.changes = changes_of(
                self.before_inputs, load, self.rules, everything=because is not None
            )
            self.result.patients = self.changes.patients.len()
        return self.result.patients

    def _changed_code(self) -> str | None:
        if self.before is None:
            return None
        manifest = self.before.manifest
        if manifest["code_version"] != code_version():
            return "the program has changed"
        if manifest["rule_hashes"] != rule_hashes():
            return "a rule file has changed"
        if manifest["rulesets"] != dict(self.rules.active):
            return "another rule set is active"
        return None

    def _assay_names(self, parsed: ParsedLoad) -> dict[str, AssayNames]:
        rows = [parsed.tables["assays"]] if "assays" in parsed.tables else []
        if self.before:
            rows.insert(0, self.before.read(TABLES["assays"]).filter("is_current"))
        if not rows:
            return {}
        named = pl.concat(
            [r.select("assay_id", "valid_from", "target_name", "control_name") for r in rows]
        ).filter(pl.col("target_name").is_not_null())
        latest = named.sort("valid_from", nulls_last=False).unique(
            "assay_id", keep="last", maintain_order=True
        )
        return {
            r["assay_id"]: AssayNames(r["assay_id"], r["target_name"], r["control_name"])
            for r in latest.to_dicts()
        }

    def _read_instruments(self, parsed: ParsedLoad) -> ParsedLoad:
        names = self._assay_names(parsed)
        self._wake_waiting(names)
        read = []
        for entry, text in self.waiting_texts:
            reader = next(r for r in READERS if r.name == entry.reader)
            assay = names.get(entry.folder)
            try:
                rows = reader.read(text, assay, self._reader_settings)
            except FileRefusedError as refusal:
                self._refuse(entry, refusal.code, refusal.message, refusal.line, refusal.value)
                continue
            if assay is None:
                waits = rows.rows_read - rows.rows_ignored
                entry.outcome, entry.reason = (
                    ("PENDING", "ASSAY_NOT_KNOWN_FOR_FILE") if waits else ("LOADED", None)
                )
                rows = replace(rows, rows_waiting=waits)
            else:
                entry.is_repeat = False
            if (
                rows.rows_read
                and rows.rows_rejected
                and rows.rows_rejected == rows.rows_read - rows.rows_ignored
            ):
                entry.outcome, entry.reason = "REJECTED", "TARGET_NOT_IN_FILE"
            read.append(ReadFile(entry.file_no, str(entry.sha256), rows))
        return parse_files(read)

    def _wake_waiting(self, names: dict[str, AssayNames]) -> None:
        """Read files that waited for their assay and need wait no more."""
        if self.stored_files.is_empty():
            return
        latest = (
            self.stored_files.filter(pl.col("outcome") != "DUPLICATE")
            .sort("load_id")
            .unique("sha256", keep="last")
        )
        offered = {e.sha256 for e in self.entries}
        for row in latest.filter(pl.col("outcome") == "PENDING").sort("sha256").to_dicts():
            if row["sha256"] in offered or row["folder_assay_id"] not in names:
                continue
            data = self.warehouse.input_path(row["sha256"]).read_bytes()
            reader, text = find_reader(data)
            entry = Entry(
                len(self.entries), row["name"], row["folder_assay_id"], self.warehouse.input_path(row["sha256"]),
                row["sha256"], reader.title, reader.name, row["folder_assay_id"],
            )  # fmt: skip
            self.entries.append(entry)
            self.waiting_texts.append((entry, text))

    def _from_nothing(self, parsed: ParsedLoad) -> Ingested:
        """Read every kept input again, load by load, with the replaced file as it is now."""
        replaced = {e.sha256 for e in self.entries if e.replaces}
        names = self._assay_names(parsed)
        loads: list[ParsedLoad] = []
        kept = self.stored_files.filter(
            pl.col("outcome") == "LOADED", ~pl.col("sha256").is_in(list(replaced))
        )
        kept = kept.sort("load_id").unique("sha256", keep="last", maintain_order=True)
        for load_id in kept["load_id"].unique().sort():
            files = []
            of_load = kept.filter(pl.col("load_id") == load_id).sort("sha256").to_dicts()
            for number, row in enumerate(of_load):
                reader, text = find_reader(self.warehouse.input_path(row["sha256"]).read_bytes())
                rows = reader.read(
                    text, names.get(row["folder_assay_id"] or ""), self._reader_settings
                )
                files.append(ReadFile(number, row["sha256"], rows))
            loads.append(parse_files(files))
        for entry in self.entries:
            if entry.replaces:
                message = "the file was read again and replaces what it gave before"
                self.findings.append(one_finding(entry.file_no, "FILE_REPLACED", message))
        return ingested_from_nothing(loads, parsed)

    # -- step 4

    def publish(self) -> bool:
        """Write and publish the snapshot; return whether there was anything to publish."""
        if self.ingested is None:
            raise AssertionError("publish before derive")
        self._count()
        if self.changes is None:
            self._attempt("nothing new")
            return False
        self.progress("writing tables")
        self._make_records()
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
                "rulesets": dict(self.rules.active),
                "rule_hashes": rule_hashes(),
                "settings": self.settings.model_dump(mode="json"),
            }
        )
        self.result.published = True
        self._attempt("published")
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
        if self.changes is None or self.ingested is None:
            raise AssertionError("records before derive")
        files = source_file_rows(
            self.load_id, self.entries, self.ingested.counts, self.settings.reader_hash()
        )
        waiting = pending_findings(self.changes.pending, self.entries)
        names = pl.concat(
            [self.stored_files.select("sha256", "name"), files.select("sha256", "name")]
        )
        stored = self.before.read(TABLES["findings"]) if self.before else TABLES["findings"].empty()
        rows_waiting = self._waiting_rows()
        late = late_pending_findings(
            self.before, rows_waiting, self.started_at, self.settings.pending_review_days
        )
        findings = finding_rows(
            self.load_id, self.entries, [*self.findings, self.ingested.findings, waiting],
            pl.concat([self.changes.findings, late]), names, stored, self.warehouse.input_path,
        )  # fmt: skip
        self.result.pending = rows_waiting.height + waiting_file_rows(self.stored_files, files)
        rows = self.result.rows
        load = {
            "load_id": self.load_id,
            "started_at": self.started_at,
            "finished_at": datetime.now(UTC),
            "kind": "LOAD",
            "rulesets": sorted(set(self.rules.active.values())),
            "code_version": code_version(),
            "files": len(self.entries),
            **{
                c: rows.get(c, 0)
                for c in ("rows_read", "rows_accepted", "rows_rejected", "rows_ignored")
            },
            "rows_pending": self.result.pending,
        }
        loads = pl.DataFrame([load], schema=TABLES["loads"].polars_schema)
        self.records = {"source_files": files, "findings": findings, "loads": loads}

    def _waiting_rows(self) -> pl.DataFrame:
        """Return the measurement rows that wait after this load."""
        if self.changes is None:
            raise AssertionError("pending before derive")
        columns = ["sample_id", "assay_id", "source_sha256", "source_line"]
        waits = (pl.col("collected_year") == 0) & pl.col("is_current")
        parts = []
        for table in MEASUREMENT_TABLES:
            change = self.changes.tables[table.name]
            parts.append(change.rows.filter(waits).select(columns))
            if self.before_inputs is not None and change.keys is not None:
                stored = self.before_inputs.scan(table).filter(waits).select(columns).collect()
                parts.append(stored.join(change.keys, on="sample_id", how="anti"))
        return pl.concat(parts)

    def _attempt(self, outcome: str) -> None:
        self.warehouse.note_attempt(
            {"at": datetime.now(UTC).isoformat(timespec="seconds"), "load_id": self.load_id, "outcome": outcome,
             "files": self.result.files, **self.result.rows}
        )  # fmt: skip

    # -- step 5

    def report(self) -> bool:
        """Write the report of a published load."""
        if self.changes is None or not self.result.published:
            return False
        after = self.warehouse.current()
        if after is None:
            raise AssertionError("published, and no snapshot is current")
        patients = self.changes.patients.to_list()
        tables = {n: self.records[n] for n in ("source_files", "findings", "loads")}
        for name in (
            "assay_results",
            "mrd_status",
            "sample_remission",
            "patient_summary",
            "treatments",
        ):
            tables[name] = after.read(TABLES[name])
        page = render_report(
            self.load_id, tables, ruleset_lines(self.rules), patients, guideline_lines(self.rules)
        )
        self.report_path = self.warehouse.write_report(self.load_id, page)
        return True


def run_load(run: LoadRun) -> LoadResult:
    """Run the steps of a load in order, without Prefect."""
    with run.locked():
        try:
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


def chosen_rulesets(stored: dict[str, str]) -> dict[str, str]:
    """Return the stored choices that are not merely the default."""
    return {d: r for d, r in stored.items() if DEFAULT_RULESETS.get(d) != r}


def _uniquely_named(offered: list[Offered]) -> list[Offered]:
    """Give files of several folders names that tell them apart."""
    names = [o.name for o in offered]
    return [
        replace(o, name=f"{o.path.parent.as_posix().strip('/').rsplit('/', 1)[-1]}~{hashlib.sha256(str(o.path).encode()).hexdigest()[:6]}/{o.path.name}")
        if names.count(o.name) > 1 else o
        for o in offered
    ]  # fmt: skip


def _batches(entries: list[Entry]) -> list[list[Entry]]:
    batches: list[list[Entry]] = []
    size = 0
    for entry in entries:
        try:
            own = entry.path.stat().st_size
        except OSError:
            own = 0
        if not batches or len(batches[-1]) >= _BATCH_FILES or size + own > _BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(entry)
        size += own
    return batches
