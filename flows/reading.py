"""The files of a load: which are new, what readers make of them, which wait for their assay."""

import errno
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

import polars as pl

from flows.entries import Entry, batches_of, uniquely_named
from flows.inbox import Offered
from flows.kept_files import KeptFiles
from flows.layouts import Held, Layouts, find_with, is_layout_name
from flows.private import read_private
from flows.pseudonyms import Door, open_door
from flows.settings import Settings
from flows.snapshot import Snapshot
from flows.told import (
    Telling,
    Told,
    in_force,
    is_refused,
    read_fitting,
    read_told,
    told_before,
)
from flows.warehouse import Warehouse
from schemas.tables import TABLES
from transforms.forgetting import is_name_withheld
from transforms.ingest import Ingested, ParsedLoad, ReadFile, merge_parsed, parse_files
from transforms.layouts import layout_file
from transforms.layouts.read import READER_NAME
from transforms.pipeline import ingested_from_nothing
from transforms.places import Places, with_places
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.registry import READERS
from transforms.readers.rows import TextRows

_HELD_BYTES = 512_000_000


class Reading:
    """Reads the files of one load.

    Attributes:
        entries: what is known of each file.
        batches: files that are read together.
        findings: findings of refused and replaced files.
        growing: names of files left for the next load.
        kept: the files of earlier loads.
        door: where names become pseudonyms, if the site has a key.
        places: where the columns of a file stand, by file_no, where names do not pass the door.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        settings: Settings,
        before: Snapshot | None,
        *,
        is_code_new: bool,
        door: Door | None = None,
    ) -> None:
        """Read what earlier loads knew of files.

        Args:
            warehouse: keeps the files.
            settings: of the site.
            before: the current snapshot.
            is_code_new: the program has changed since, so that what it refused is read again.
            door: where names become pseudonyms; None = that of the warehouse.

        Raises:
            UserError: the key of the settings is not that of the warehouse.
        """
        self.warehouse, self.settings, self.before = warehouse, settings, before
        self.is_code_new = is_code_new
        self.layouts = Layouts(settings)
        manifest = before.manifest if before else None
        self.door = open_door(settings, warehouse, manifest) if door is None else door
        stored = self._stored("source_files")
        if self.door.hides:
            stored = read_private(warehouse, "source_files", stored["load_id"].unique().to_list())
        self.kept = KeptFiles(warehouse, settings, stored)
        self.places: dict[int, Places] = {}
        self.entries: list[Entry] = []
        self.batches: list[list[Entry]] = []
        self.findings: list[pl.DataFrame] = []
        self.growing: list[str] = []
        self._parsed: list[ParsedLoad] = []
        self._by_sha256: dict[str, Entry] = {}
        self._to_read: list[tuple[Entry, Reader, Content | None]] = []
        self._held_bytes = 0

    def take(self, offered: list[Offered]) -> None:
        """Number the files, refuse what cannot be used, and make batches of the rest."""
        self.growing = [o.name for o in offered if o.is_growing]
        given = [o for o in offered if not o.is_growing]
        usable = list(zip(uniquely_named(given), given, strict=True))
        # layouts first: they say how to read what lies beside them
        usable.sort(key=lambda pair: not is_layout_name(pair[0].path))
        for number, (file, as_given) in enumerate(usable):
            entry = Entry(number, file.name, file.folder, file.path, given_name=as_given.name)
            entry.source = file.target or file.path
            if file.refusal:
                self._refuse(entry, *file.refusal)
                entry.verdict_before = self.kept.verdict_on_name(entry.name)
            self.entries.append(entry)
        self.batches = batches_of([e for e in self.entries if e.outcome == "LOADED"])

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

    def keep(self, batch: int) -> int:
        """Keep the bytes of a batch of files; the one step that waits for shares and disks."""
        for entry in self.batches[batch]:
            if entry.sha256 is None and entry.outcome == "LOADED":
                source = entry.source or entry.path
                try:
                    entry.sha256 = self.warehouse.keep(source)
                except (PermissionError, FileNotFoundError) as error:
                    # a share that is away for a moment raises other errors, and is tried again
                    words = f"the file cannot be read: {error.strerror}"
                    self._refuse(entry, "FILE_UNREADABLE", words)
                except OSError as error:
                    if error.errno == errno.ELOOP:
                        words = "the file became a link while it was loaded; copy the file itself"
                        self._refuse(entry, "FILE_LINK", words)
                        continue
                    if self.door.hides and error.filename == str(source):
                        error.filename = self.door.file(entry.name)
                    raise
        return len(self.batches[batch])

    def read(self, batch: int) -> int:
        """Recognise, read, parse and check a batch of files; return the rows read."""
        read: list[ReadFile] = []
        for entry in self.batches[batch]:
            if entry.sha256 and is_layout_name(entry.path):
                self.layouts.add_beside(entry.path, self.kept.bytes_of(entry.sha256))
            if entry.sha256 is None or entry.outcome != "LOADED" or self._given_before(entry):
                continue
            data = self.kept.bytes_of(entry.sha256)
            try:
                reader, content, layout = find_with(
                    data, self._layouts_of(entry), self.settings.encodings.get(entry.folder)
                )
                entry.format, entry.reader = reader.title, reader.name
                entry.layout_sha256 = self._kept_layout(layout)
                if not reader.names_its_assay:
                    entry.folder_assay_id = entry.folder
                    # opened once, unless very many or very large ones would fill the memory
                    self._held_bytes += len(data)
                    is_held = self._held_bytes < _HELD_BYTES
                    self._to_read.append((entry, reader, content if is_held else None))
                    continue
                rows = reader.read(content, None, self.settings.for_readers())
            except FileRefusedError as refusal:
                self._refuse(entry, refusal.code, refusal.message, refusal.line, refusal.value)
                continue
            entry.format = rows.format
            read.append(ReadFile(entry.file_no, entry.sha256, rows))
        parsed = self._admitted(parse_files(read))
        self._parsed.append(parsed)
        return sum(parsed.rows_read.values())

    def _admitted(self, parsed: ParsedLoad, told: Collection[str] = ()) -> ParsedLoad:
        """Let rows in; what was found in them and where they stand is put aside where names stay outside."""
        if self.door.hides:
            self.findings.append(with_places(parsed.findings, parsed.places))
            self.places |= parsed.places
        return self.door.admitted(parsed, told)

    def _layouts_of(self, entry: Entry) -> list[Held]:
        """Return the layouts that hold for a file; that of an earlier load holds until another fits."""
        here = self.layouts.of(entry.path)
        as_before = [h for h in here if h.sha256 == entry.layout_sha256]
        return as_before or here or self.kept.layout(entry.layout_sha256)

    def _kept_layout(self, layout: Held | None) -> str | None:
        """Keep a layout of the settings with the files that it read, and return its hash."""
        if layout is None:
            return None
        if not layout.is_beside and layout.path != self.warehouse.input_path(layout.sha256):
            self.warehouse.keep(layout.path.resolve())
        return layout.sha256

    def _given_before(self, entry: Entry) -> bool:
        """Tell whether the same bytes were given before, in this load or an earlier one."""
        last = self.kept.last_read.get(str(entry.sha256))
        return self._is_twin(entry, last) or self._given_before_alone(entry)

    def _given_before_alone(self, entry: Entry) -> bool:
        """Tell whether an earlier load was given the same bytes."""
        last = self.kept.last_read.get(str(entry.sha256))
        if last is None:
            return False
        same = (
            last["reader"] in (None, READER_NAME, *(r.name for r in READERS))
            and last["settings_sha256"] == self.settings.reader_hash(last["format"])
            and last["folder_assay_id"] in (None, entry.folder)
            and self.kept.is_layout_as_before(last, self.layouts.of(entry.path), entry.folder)
        )
        entry.format, entry.reader = last["format"], last["reader"]
        entry.folder_assay_id, entry.told = last["folder_assay_id"], last["told"]
        entry.layout_sha256 = last["layout_sha256"]
        entry.replaces = last["outcome"] == "LOADED" and not same
        if same:
            entry.verdict_before = last["outcome"], last["reason"]
        if same and last["outcome"] == "LOADED":
            entry.outcome, entry.reason = "DUPLICATE", "REPEATED_ROW"
            return True
        if same and last["outcome"] == "REJECTED" and not self.is_code_new:
            # nothing has changed since: the same verdict, and no new snapshot for it
            entry.outcome, entry.reason = "REJECTED", last["reason"]
            return True
        return False

    def _is_twin(self, entry: Entry, last: dict[str, Any] | None) -> bool:
        """Tell whether the same bytes lie elsewhere in this load; say which of the two counts."""
        twin = self._by_sha256.setdefault(str(entry.sha256), entry)
        if twin is entry:
            return False
        if twin.outcome == "REJECTED":
            # what could not be read there may be read here, by the layout beside it
            self._by_sha256[str(entry.sha256)] = entry
            return False
        home = last["folder_assay_id"] if last and last["outcome"] == "LOADED" else None
        if home == entry.folder != twin.folder:
            self._exchange(twin, entry)
        here = {h.sha256 for h in self.layouts.of(entry.path)}
        is_other_layout = twin.layout_sha256 is not None and twin.layout_sha256 not in here
        if (twin.folder_assay_id and twin.folder != entry.folder) or (is_other_layout and here):
            message = f"the same file also lies under {twin.folder}; keep it under the assay it belongs to"
            self._refuse(entry, "FILE_IN_TWO_FOLDERS", message)
            entry.verdict_before = self.kept.verdict_on_name(entry.name)
        else:
            entry.outcome, entry.format, entry.reader = "DUPLICATE", twin.format, twin.reader
            entry.reason, entry.folder_assay_id = "REPEATED_ROW", twin.folder_assay_id
        return True

    def _exchange(self, copy: Entry, original: Entry) -> None:
        """Let the file in the folder it was loaded from count, not its copy that came first."""
        of_copy = copy.name, copy.given_name, copy.folder, copy.path
        copy.name, copy.given_name = original.name, original.given_name
        copy.folder, copy.path = original.folder, original.path
        original.name, original.given_name, original.folder, original.path = of_copy
        self._to_read = [reading for reading in self._to_read if reading[0] is not copy]
        copy.replaces, copy.verdict_before = False, None
        copy.outcome, copy.reason = "LOADED", None
        if not self._given_before_alone(copy):
            copy.folder_assay_id = copy.folder
            reader, content = self.kept.opened(str(copy.sha256), copy.layout_sha256, copy.folder)
            self._to_read.append((copy, reader, content))

    def parsed(self) -> ParsedLoad:
        """Return the rows of all files; instrument files are read now that assays are known."""
        new = [e for e in self.entries if e.reader == layout_file.READER.name]
        for entry in new:
            if entry.outcome == "LOADED":
                layout = self.kept.layout(entry.sha256)[0]
                self.findings += self.kept.fits_refused(entry.file_no, layout, self._by_sha256)
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

    def _telling(self, parsed: ParsedLoad) -> Telling:
        """Return what tells readers: rows that are accepted, never those that contradict them."""
        files = Counter(
            n for of_file in self._names_by_sha256.values() for n in {x for p in of_file for x in (p, p.rsplit("/", 1)[-1])}
        )  # fmt: skip
        shared = {name for name, n_files in files.items() if n_files > 1}
        assays, manifest = (
            in_force(name, self._stored(name), parsed) for name in ("assays", "manifest")
        )
        return Telling(self.settings, assays, manifest, shared, self.door)

    def _stored(self, name: str) -> pl.DataFrame:
        return self.before.read(TABLES[name]) if self.before else TABLES[name].empty()

    @cached_property
    def _names_by_sha256(self) -> dict[str, list[str]]:
        """By hash, each name that the bytes of an instrument file were ever given under, this load included."""
        stored = self.kept.rows.filter(pl.col("folder_assay_id").is_not_null()).sort("load_id")
        given = [(e.sha256, e.given_name or e.name) for e in self.entries if e.folder_assay_id]
        names: dict[str, list[str]] = {}
        for sha256, name in [*stored.select("sha256", "name").rows(), *given]:
            names.setdefault(sha256, []).append(name)
        return names

    def _told(self, telling: Telling, sha256: str, folder: str, kept: str | None) -> Told:
        return telling.of(self._names_by_sha256.get(sha256, []), folder, kept)

    def _read_instruments(self, parsed: ParsedLoad) -> ParsedLoad:
        telling = self._telling(parsed)
        self._wake(telling)
        read = []
        samples: set[str] = set()
        for entry, reader, content in self._to_read:
            sha256 = str(entry.sha256)
            told = self._told(telling, sha256, entry.folder, entry.told)
            if entry.replaces and not told.assays and self._is_moved(entry):
                # a copy in a folder of no assay takes nothing away
                entry.outcome, entry.reason, entry.replaces = "DUPLICATE", "REPEATED_ROW", False
                entry.folder_assay_id = self.kept.last_read[sha256]["folder_assay_id"]
                continue
            try:
                opened = content or self.kept.opened(sha256, entry.layout_sha256, entry.folder)[1]
                pattern = self.settings.sample_names.get(entry.folder)
                assay, rows = read_fitting(reader, opened, told, pattern)
                entry.told = told.text(assay)
            except FileRefusedError as refusal:
                entry.told = told.text(next(iter(told.assays), None))
                self._refuse(entry, refusal.code, refusal.message, refusal.line, refusal.value)
                continue
            if rows.rows_waiting:
                entry.outcome, entry.reason = "PENDING", rows.waiting_for
                if entry.reason == "SAMPLE_NOT_KNOWN_FOR_FILE":
                    self.findings += told.findings(entry.file_no)
            elif is_refused(rows):
                entry.outcome, entry.reason = "REJECTED", _why_refused(rows)
            read.append(ReadFile(entry.file_no, sha256, rows))
            if told.settings.sample_id is not None:
                samples.add(told.settings.sample_id)
        return self._admitted(parse_files(read), samples)

    def _is_moved(self, entry: Entry) -> bool:
        last = self.kept.last_read.get(str(entry.sha256))
        return last is not None and last["folder_assay_id"] != entry.folder

    def _wake(self, telling: Telling) -> None:
        """Read files again whose reader is told something else than when they were read last."""
        reading = {e.sha256 for e, _, _ in self._to_read}
        for sha256, last in sorted(self.kept.last_read.items()):
            if last["folder_assay_id"] is None or sha256 in reading:
                continue
            told = self._told(telling, sha256, last["folder_assay_id"], last["told"])
            if told.settings.sample_id is None and self._is_name_withheld(sha256):
                # its name would say the sample, and holds an identifier that was forgotten
                continue
            if not told.is_as(last["told"]):
                self._read_kept(last)
        if not self.replaces:
            return
        # all files are read again: those that come out otherwise by a setting are said to be
        reading = {e.sha256 for e, _, _ in self._to_read}
        for sha256, last in sorted(self.kept.last_read.items()):
            is_stale = last["settings_sha256"] != self.settings.reader_hash(last["format"])
            is_instrument = last["folder_assay_id"] is not None
            if is_stale and is_instrument and sha256 not in reading and last["outcome"] == "LOADED":
                self._read_kept(last)

    def _is_name_withheld(self, sha256: str) -> bool:
        names = self._names_by_sha256.get(sha256, [])
        return bool(names) and all(is_name_withheld(sha256, n) for n in names)

    def _read_kept(self, last: dict[str, Any]) -> None:
        """Let a kept file be read again in this load."""
        entry = self._entry_of_kept(last)
        entry.replaces = last["outcome"] == "LOADED"
        try:
            reader, _ = self.kept.opened(
                last["sha256"], last["layout_sha256"], last["folder_assay_id"]
            )
        except FileRefusedError as refusal:
            self._refuse(entry, refusal.code, refusal.message, refusal.line, refusal.value)
            return
        entry.format, entry.reader = reader.title, reader.name
        self._to_read.append((entry, reader, None))

    def _entry_of_kept(self, last: dict[str, Any]) -> Entry:
        """Return the entry of a kept file that is read again, offered or not."""
        entry = self._by_sha256.get(last["sha256"])
        if entry is None:
            path = self.warehouse.input_path(last["sha256"])
            folder = last["folder_assay_id"] or ""
            entry = Entry(len(self.entries), last["name"], folder, path, last["sha256"])
            self.entries.append(entry)
        entry.outcome, entry.reason = "LOADED", None
        entry.format, entry.reader = last["format"], last["reader"]
        entry.folder_assay_id, entry.told = last["folder_assay_id"], last["told"]
        entry.layout_sha256 = last["layout_sha256"]
        entry.verdict_before = last["outcome"], last["reason"]
        return entry

    def from_nothing(self, parsed: ParsedLoad) -> Ingested:
        """Read every kept input again, load by load, with the replaced file as it is now."""
        samples = self.kept.samples_told()
        loads = [self.door.admitted(parse_files(list(f)), samples) for f in self._kept_loads()]
        for entry in self.entries:
            if entry.replaces and entry.outcome != "REJECTED":
                message = "the file was read again and replaces what it gave before"
                self.findings.append(one_finding(entry.file_no, "FILE_REPLACED", message))
        return ingested_from_nothing(loads, parsed)

    def _kept_loads(self) -> Iterator[Iterator[ReadFile]]:
        for files in self.kept.loads_but({str(e.sha256) for e in self.entries if e.replaces}):
            read = (self._read_again(n, row) for n, row in enumerate(files))
            yield (file for file in read if file is not None)

    def _read_again(self, number: int, row: dict[str, Any]) -> ReadFile | None:
        """Read a kept file as its reader was told when it was read last."""
        folder = row["folder_assay_id"] or ""
        assay, told = told_before(row["told"], self.settings.for_readers())
        try:
            reader, content = self.kept.opened(row["sha256"], row["layout_sha256"], folder)
            pattern = self.settings.sample_names.get(folder)
            rows = read_told(reader, content, assay, told, pattern)
            return ReadFile(number, row["sha256"], rows)
        except FileRefusedError as refusal:
            # today's program refuses what an earlier one read: that is said, and stops nothing else
            entry = self._entry_of_kept(row)
            self._refuse(entry, refusal.code, refusal.message, refusal.line, refusal.value)
            return None


def _why_refused(rows: TextRows) -> str:
    """Return the code of the first of a reader's findings that rejects a row."""
    codes = rows.findings.filter(pl.col("severity") == "REJECTED")["code"]
    return str(codes[0]) if codes.len() else "TARGET_NOT_IN_FILE"
