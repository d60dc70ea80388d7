"""Kept inputs without a patient: what readers gave of the others takes the place of the file.

Here names are those that came, also in a warehouse with pseudonyms.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from flows.disk import FILE_MODE, PRIVATE_FILE_MODE, sync_file, sync_folder, write_whole
from flows.reading import Reading
from flows.redacted import REDACTED
from flows.warehouse import Warehouse
from schemas.tables import TABLES
from transforms.forgetting import withheld_told
from transforms.forgotten import LINES, OWNERS, Person, no_rows
from transforms.layouts import layout_file
from transforms.problems import FileRefusedError
from transforms.readers.extract import Extract, write_extract
from transforms.readers.redact import NAMED, TakenOut, claims_in, names_in, take_out
from transforms.readers.rows import TextRows
from transforms.readers.texts import texts_of

_SHA256_CHARS = 64


@dataclass(frozen=True)
class Taken:
    """What becomes of a kept file that holds the patient.

    Attributes:
        sha256: its name.
        out: what stays; None where no load knows the file, so that nothing refers to it.
    """

    sha256: str
    out: TakenOut | None

    @property
    def is_whole(self) -> bool:
        """Whether no row of anybody else can be kept."""
        return self.out is None or self.out.extract.rows is None or self.out.extract.is_empty

    def holds(self, person: Person) -> bool:
        """Tell whether the patient's letters stand in what stays."""
        return self.out is not None and person.is_in(write_extract(self.out.extract).decode())


class KeptInputs:
    """The kept files of a warehouse."""

    def __init__(self, warehouse: Warehouse, reading: Reading) -> None:
        """Remember what loads know of the files."""
        self.warehouse, self.reading = warehouse, reading
        self._known = reading.kept.last_read
        stored = reading.kept.rows
        self._referred = set(stored["sha256"].drop_nulls().to_list())
        self._layouts = set(stored["layout_sha256"].drop_nulls().to_list())

    def _files(self) -> Iterator[tuple[str, Path]]:
        for path in sorted(self.warehouse.input_path("").iterdir()):
            if len(path.name) == _SHA256_CHARS and path.is_file():
                yield path.name, path

    def _row(self, sha256: str) -> Mapping[str, Any] | None:
        row = self._known.get(sha256)
        return row if row is not None and row["outcome"] == "LOADED" else None

    def _is_layout(self, sha256: str) -> bool:
        row = self._known.get(sha256)
        return sha256 in self._layouts or (
            row is not None and row["reader"] == layout_file.READER.name
        )

    def _pattern(self, row: Mapping[str, Any]) -> str | None:
        """Return how names of samples in a file are taken apart, where they are."""
        return self.reading.settings.sample_names.get(row["folder_assay_id"] or "")

    def claims(self, patients: frozenset[str]) -> pl.DataFrame:
        """Return `sample_id`, `patient_id` of the rows of all files in which the patients are named."""
        search = Person(patients, frozenset())
        read = self._read(lambda path: _holds(path, search))
        return pl.concat([no_rows(OWNERS), *(claims_in(*given) for given in read)]).unique()

    def names(self) -> dict[str, set[str]]:
        """Return the names of patients, samples and runs in all files by kind, but samples that readers were told."""
        found: dict[str, set[str]] = {kind: set() for kind in NAMED}
        for given in self._read(lambda path: True):
            for kind, names in names_in(*given).items():
                found[kind] |= names
        found["sample"] -= self.reading.kept.samples_told()
        return found

    def _read(self, is_wanted: Callable[[Path], bool]) -> Iterator[tuple[TextRows, str | None]]:
        """Yield what readers give of files, and how names of samples in it are taken apart."""
        for sha256, path in self._files():
            row = self._row(sha256)
            if row is None or self._is_layout(sha256) or not is_wanted(path):
                continue
            try:
                _, rows = self.reading.kept.read(row)
            except FileRefusedError:
                # what cannot be read names nobody; it is withheld as a whole later
                continue
            yield rows, self._pattern(row)

    def holding(self, person: Person, sources: frozenset[str]) -> list[str]:
        """Return the hashes of the files that hold the patient.

        Args:
            person: who is forgotten.
            sources: hashes of files whose rows in the tables are the patient's.
        """
        return [
            sha256
            for sha256, path in self._files()
            if not self._is_layout(sha256)
            and (
                sha256 in sources
                or self._is_told(sha256, person)
                or _holds(path, person)
                or self._holds_runs(sha256, path, person)
            )
        ]

    def _holds_runs(self, sha256: str, path: Path, person: Person) -> bool:
        """Tell whether a table of runs may have a row of a run that holds only the patient's samples."""
        row = self._row(sha256)
        if row is None or row["format"] != f"canonical {TABLES['runs'].name}":
            return False
        runs = frozenset(person.runs["run_id"].to_list())
        return bool(runs) and _holds(path, Person(frozenset(), runs))

    def layouts_naming(self, person: Person) -> list[str]:
        """Return the hashes of kept layouts that name the patient: no extract can take their place."""
        return [s for s, path in self._files() if self._is_layout(s) and _holds(path, person)]

    def _is_told(self, sha256: str, person: Person) -> bool:
        told = self._known.get(sha256, {}).get("told")
        return withheld_told(told, person) != told

    def without(self, sha256: str, person: Person) -> Taken:
        """Return what stays of a file."""
        if sha256 not in self._referred:
            return Taken(sha256, None)
        row = self._row(sha256)
        known = self._known.get(sha256)
        names_its_assay = known is None or known["folder_assay_id"] is None
        if row is not None:
            try:
                reader, rows = self.reading.kept.read(row)
            except FileRefusedError:
                row = None
        if row is None:
            unread = Extract(None, names_its_assay)
            return Taken(sha256, TakenOut(unread, no_rows(LINES), no_rows(LINES)))
        told = withheld_told(row["told"], person)
        extract = Extract(rows, reader.names_its_assay, told)
        pattern = None if reader.names_its_assay else self._pattern(row)
        return Taken(sha256, take_out(sha256, rows, person, pattern, extract))

    def is_done(self, taken: Taken) -> bool:
        """Tell whether the extract is already there, where letters of somebody else's row look like an identifier."""
        if taken.out is None:
            return False
        kept = self.warehouse.input_path(taken.sha256).read_bytes()
        return kept == write_extract(taken.out.extract)

    def names_of(self, sha256: str) -> list[str]:
        """Return the names that a file was given under."""
        files = self.reading.kept.rows.filter(pl.col("sha256") == sha256)
        return files["name"].unique().sort().to_list()

    def replace(self, taken: Taken, load_id: str) -> None:
        """Let the extract take the place of the file.

        `redacted.jsonl` says so first: what looks altered is then known, wherever the program is killed.
        """
        path = self.warehouse.input_path(taken.sha256)
        if taken.out is None:
            path.unlink()
            return
        data = write_extract(taken.out.extract)
        told = {
            "sha256": taken.sha256,
            "extract_sha256": hashlib.sha256(data).hexdigest(),
            "load_id": load_id,
        }
        is_private = self.warehouse.is_private
        append_line(path.with_name(REDACTED), told, 0o600 if is_private else 0o640)
        write_whole(path, data, PRIVATE_FILE_MODE if is_private else FILE_MODE)


def _holds(path: Path, person: Person) -> bool:
    return any(person.is_in(text) for text in texts_of(path.read_bytes()))


def append_line(path: Path, told: Mapping[str, object], mode: int = 0o640) -> None:
    """Append a line to a list of the warehouse."""
    with path.open("a", encoding="utf-8") as out:
        out.write(json.dumps(told, sort_keys=True) + "\n")
        out.flush()
        sync_file(out.fileno())
    path.chmod(mode)
    sync_folder(path.parent)
