"""The files of a load: which are new, what readers make of them, which wait for their assay."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from flows.inbox import Offered
from flows.settings import Settings
from flows.warehouse import Snapshot, Warehouse
from schemas.tables import TABLES
from transforms.ingest import Ingested, ParsedLoad, ReadFile, merge_parsed, parse_files
from transforms.pipeline import ingested_from_nothing
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.content import Content
from transforms.readers.registry import READERS, find_reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_BATCH_FILES, _BATCH_BYTES = 500, 512_000_000

_BY_ASSAY = ("TARGET_NOT_IN_FILE", "GATE_AMBIGUOUS")
"""Refusals that a corrected assay may lift."""

Manifest = dict[str, tuple[str, str | None]]
"""Sample and assay by name of file, of files that do not name their own."""


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


class Reading:
    """Reads the files of one load.

    Attributes:
        entries: what is known of each file.
        batches: files that are read together.
        findings: findings of refused and replaced files.
        growing: names of files left for the next load.
        stored_files: `source_files` of earlier loads.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        settings: Settings,
        before: Snapshot | None,
        *,
        is_code_new: bool,
    ) -> None:
        """Read what earlier loads knew of files."""
        self.warehouse, self.settings, self.before = warehouse, settings, before
        self.is_code_new = is_code_new
        table = TABLES["source_files"]
        self.stored_files = before.read(table) if before else table.empty()
        self.entries: list[Entry] = []
        self.batches: list[list[Entry]] = []
        self.findings: list[pl.DataFrame] = []
        self.growing: list[str] = []
        self._parsed: list[ParsedLoad] = []
        self._waiting_files: list[tuple[Entry, Content]] = []

    def take(self, offered: list[Offered]) -> None:
        """Number the files, refuse what cannot be used, and make batches of the rest."""
        self.growing = [o.name for o in offered if o.is_growing]
        usable = _uniquely_named([o for o in offered if not o.is_growing])
        for number, file in enumerate(usable):
            entry = Entry(number, file.name, file.folder, file.path)
            if file.refusal:
                self._refuse(entry, *file.refusal)
                entry.is_repeat = self._refused_before(entry)
            self.entries.append(entry)
        self.batches = _batches([e for e in self.entries if e.outcome == "LOADED"])

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

    def keep(self, batch: int) -> int:
        """Keep the bytes of a batch of files; the one step that waits for shares and disks."""
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
                reader, content = find_reader(data)
                entry.format, entry.reader = reader.title, reader.name
                if not reader.names_its_assay:
                    entry.folder_assay_id = entry.folder
                    self._waiting_files.append((entry, content))
                    continue
                rows = reader.read(content, None, self._reader_settings)
            except FileRefusedError as refusal:
                self._refuse(entry, refusal.code, refusal.message, refusal.line, refusal.value)
                continue
            entry.format = rows.format
            read.append(ReadFile(entry.file_no, entry.sha256, rows))
        parsed = parse_files(read)
        self._parsed.append(parsed)
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
                entry.is_repeat = self._refused_before(entry)
            else:
                entry.outcome, entry.format, entry.reader = "DUPLICATE", twin.format, twin.reader
                entry.reason = "REPEATED_ROW"
            return True
        known = self.stored_files.filter(
            pl.col("sha256") == entry.sha256,
            pl.col("outcome") != "DUPLICATE",
            pl.col("reason").ne_missing("FILE_IN_TWO_FOLDERS"),
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
        # whether a plate has an assay's targets depends on the assay, which may be corrected since
        is_final = last["reason"] not in _BY_ASSAY and not self.is_code_new
        if same and last["outcome"] == "REJECTED" and is_final:
            # nothing has changed since: the same verdict, and no new snapshot for it
            entry.outcome, entry.reason, entry.is_repeat = "REJECTED", last["reason"], True
            return True
        entry.is_repeat = same and last["outcome"] in ("PENDING", "REJECTED")
        entry.replaces = last["outcome"] == "LOADED"
        return False

    def parsed(self) -> ParsedLoad:
        """Return the rows of all files; instrument files are read now that assays are known."""
        canonical = merge_parsed(self._parsed)
        return merge_parsed([canonical, self._read_instruments(canonical)])

    @property
    def replaces(self) -> bool:
        """Whether a file is read again and replaces what it gave before."""
        return any(e.replaces for e in self.entries)

    @property
    def has_news(self) -> bool:
        """Whether any file is new, or has another verdict than before."""
        return any(e.outcome != "DUPLICATE" and not e.is_repeat for e in self.entries)

    def _assay_names(self, parsed: ParsedLoad) -> dict[str, AssayNames]:
        stored = [self.before.read(TABLES["assays"]).filter("is_current")] if self.before else []
        return assay_names(
            [*stored, *([parsed.tables["assays"]] if "assays" in parsed.tables else [])]
        )

    def _read_instruments(self, parsed: ParsedLoad) -> ParsedLoad:
        names, manifest = self._assay_names(parsed), self._manifest(parsed)
        self._wake_waiting(names, manifest)
        read = []
        for entry, content in self._waiting_files:
            reader = next(r for r in READERS if r.name == entry.reader)
            assay, settings = self._told(entry.name, entry.folder, names, manifest)
            try:
                rows = reader.read(content, assay, settings)
            except FileRefusedError as refusal:
                self._refuse(entry, refusal.code, refusal.message, refusal.line, refusal.value)
                continue
            results = rows.rows_read - rows.rows_ignored
            is_refused = results > 0 and rows.rows_rejected == results
            if rows.rows_waiting:
                entry.outcome, entry.reason = "PENDING", rows.waiting_for
            elif is_refused:
                entry.outcome, entry.reason = "REJECTED", _why_refused(rows)
            elif assay is not None:
                entry.is_repeat = False
            read.append(ReadFile(entry.file_no, str(entry.sha256), rows))
        return parse_files(read)

    def _manifest(self, parsed: ParsedLoad) -> Manifest:
        """Return sample and assay by name of file, of files that do not name their own."""
        stored = [self.before.read(TABLES["manifest"]).filter("is_current")] if self.before else []
        given = [parsed.tables["manifest"]] if "manifest" in parsed.tables else []
        columns = ("file_name", "sample_id", "assay_id")
        rows = [row for frame in (*stored, *given) for row in frame.select(columns).rows()]
        return {name: (sample, assay) for name, sample, assay in rows}

    def _told(
        self, name: str, folder: str, names: dict[str, AssayNames], manifest: Manifest
    ) -> tuple[AssayNames | None, ReaderSettings]:
        """Return the assay of a file, and the settings to read it with."""
        sample, assay = _in_manifest(name, manifest)
        settings = replace(self._reader_settings, sample_id=sample)
        return names.get(assay or folder), settings

    def _wake_waiting(self, names: dict[str, AssayNames], manifest: Manifest) -> None:
        """Read files that waited for their assay or sample and need wait no more."""
        if self.stored_files.is_empty():
            return
        latest = (
            self.stored_files.filter(pl.col("outcome") != "DUPLICATE")
            .sort("load_id")
            .unique("sha256", keep="last")
        )
        offered = {e.sha256 for e in self.entries}
        for row in latest.filter(pl.col("outcome") == "PENDING").sort("sha256").to_dicts():
            assay, settings = self._told(row["name"], row["folder_assay_id"], names, manifest)
            is_sample_missing = (
                row["reason"] == "SAMPLE_NOT_KNOWN_FOR_FILE" and not settings.sample_id
            )
            if row["sha256"] in offered or assay is None or is_sample_missing:
                continue
            data = self.warehouse.input_path(row["sha256"]).read_bytes()
            reader, content = find_reader(data)
            entry = Entry(
                len(self.entries), row["name"], row["folder_assay_id"], self.warehouse.input_path(row["sha256"]),
                row["sha256"], reader.title, reader.name, row["folder_assay_id"],
            )  # fmt: skip
            self.entries.append(entry)
            self._waiting_files.append((entry, content))

    def from_nothing(self, parsed: ParsedLoad) -> Ingested:
        """Read every kept input again, load by load, with the replaced file as it is now."""
        replaced = {e.sha256 for e in self.entries if e.replaces}
        names, manifest = self._assay_names(parsed), self._manifest(parsed)
        loads: list[ParsedLoad] = []
        kept = self.stored_files.filter(
            pl.col("outcome") == "LOADED", ~pl.col("sha256").is_in(list(replaced))
        )
        kept = kept.sort("load_id").unique("sha256", keep="last", maintain_order=True)
        for load_id in kept["load_id"].unique().sort():
            files = []
            of_load = kept.filter(pl.col("load_id") == load_id).sort("sha256").to_dicts()
            for number, row in enumerate(of_load):
                reader, content = find_reader(self.warehouse.input_path(row["sha256"]).read_bytes())
                assay, settings = self._told(
                    row["name"], row["folder_assay_id"] or "", names, manifest
                )
                rows = reader.read(content, assay, settings)
                files.append(ReadFile(number, row["sha256"], rows))
            loads.append(parse_files(files))
        for entry in self.entries:
            if entry.replaces:
                message = "the file was read again and replaces what it gave before"
                self.findings.append(one_finding(entry.file_no, "FILE_REPLACED", message))
        return ingested_from_nothing(loads, parsed)


def _why_refused(rows: TextRows) -> str:
    """Return the code of the first of a reader's findings that rejects a row."""
    codes = rows.findings.filter(pl.col("severity") == "REJECTED")["code"]
    return str(codes[0]) if codes.len() else "TARGET_NOT_IN_FILE"


def _in_manifest(name: str, manifest: Manifest) -> tuple[str | None, str | None]:
    """Return sample and assay of a file, by its path below the folder given or by its last part."""
    return manifest.get(name) or manifest.get(name.rsplit("/", 1)[-1]) or (None, None)


def assay_names(assays: list[pl.DataFrame]) -> dict[str, AssayNames]:
    """Return what instrument readers must know of each assay.

    Args:
        assays: rows of `assays`; of several windows of an assay the latest counts.
    """
    columns = ("assay_id", "valid_from", "target_name", "control_name")
    if not assays:
        return {}
    named = pl.concat([a.select(columns) for a in assays])
    latest = named.sort("valid_from", nulls_last=False).unique(
        "assay_id", keep="last", maintain_order=True
    )
    return {
        r["assay_id"]: AssayNames(r["assay_id"], r["target_name"], r["control_name"])
        for r in latest.to_dicts()
    }


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
