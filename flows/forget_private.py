"""Records in `private/` without a patient: names of files, values, messages and rows as they came."""

from collections.abc import Iterator

import polars as pl

from flows.forget_snapshots import Cut, StoredFile
from flows.private import RECORDS, write_private
from flows.pseudonyms import Door
from flows.warehouse import Warehouse
from transforms.forgotten import LINES, Person, no_rows


class PrivateRecords:
    """The records of a warehouse, also of loads that were killed before they published; none without pseudonyms."""

    def __init__(self, warehouse: Warehouse) -> None:
        """Remember where they lie."""
        self.warehouse = warehouse

    def _files(self, *names: str) -> Iterator[StoredFile]:
        for name in names:
            for path in sorted((self.warehouse.private / name).glob("[!.]*.parquet")):
                yield StoredFile(name, path)

    def files(self) -> pl.DataFrame:
        """Return `load_id`, `sha256`, `name`, `folder_assay_id` of `source_files`, as they came."""
        columns = ["load_id", "sha256", "name", "folder_assay_id"]
        none = no_rows(dict.fromkeys(columns, pl.String()))
        return pl.concat([none, *(f.read(columns) for f in self._files("source_files"))]).unique()

    def pseudonyms_of(self, person: Person, door: Door) -> frozenset[str]:
        """Return what tables call files and folders whose names hold an identifier."""
        files = self.files()
        names = files.filter(person.in_column("name"))["name"]
        folders = files.filter(person.in_column("folder_assay_id"))["folder_assay_id"]
        called = (
            door.called_all(set(names), "file"),
            door.called_all(set(folders), "text"),
        )
        return frozenset(p for of_kind in called for p in of_kind.values())

    def lines_of(self, person: Person) -> pl.DataFrame:
        """Return `LINES` whose own words name the patient, as findings quote them; readers gave no row for some."""
        found = [f.read([*LINES, "raw_row"]) for f in self._files("findings")]
        line = [pl.col(c).cast(t) for c, t in LINES.items()]
        quoted = [f.filter(person.in_column("raw_row")).select(line) for f in found]
        return pl.concat([no_rows(LINES), *quoted]).drop_nulls().unique()

    def holding(self, cut: Cut) -> list[StoredFile]:
        """Return the records in which the patient is."""
        return [file for file in self._files(*RECORDS) if cut.touches(file)]

    def rewrite(self, cut: Cut) -> None:
        """Take the patient out of all records."""
        for file in self.holding(cut):
            write_private(self.warehouse, file.path.stem, file.table, cut.rows(file))
