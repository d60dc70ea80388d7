"""Which patients and samples a person asks for: by name, file, assay, day, or by a file that lists them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from flows.errors import UserError
from flows.persons import NAMES_A_SAMPLE, survivors
from flows.pseudonyms import Door
from flows.snapshot import Snapshot
from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES, TABLES, Table
from transforms.problems import FileRefusedError
from transforms.readers.canonical import find_separator
from transforms.readers.decode import to_utf8
from transforms.readers.delimited import read_delimited, text_lines

_SHORTEST_HASH = 8


@dataclass(frozen=True)
class Asked:
    """What a person asks for. Patients and samples of any of these; of these, those of the files, and the assays.

    Attributes:
        since: only samples collected then or later.
        patients: patient ids.
        samples: sample ids.
        selection: a CSV file with more of them.
        files: names of input files, or the beginnings of their SHA-256.
        assays: assay ids.
    """

    since: date | None = None
    patients: Sequence[str] = ()
    samples: Sequence[str] = ()
    selection: Path | None = None
    files: Sequence[str] = ()
    assays: Sequence[str] = ()


@dataclass(frozen=True)
class _Group:
    """Patients with all their samples, and samples alone."""

    patients: frozenset[str]
    samples: frozenset[str]

    def holds(self) -> pl.Expr:
        """Return whether a row is of the group."""
        of_patient = pl.col("patient_id").is_in(sorted(self.patients))
        return of_patient | pl.col("sample_id").is_in(sorted(self.samples)).fill_null(value=False)


@dataclass(frozen=True)
class Chosen:
    """Whose rows are shown.

    Attributes:
        since: only samples collected then or later.
        groups: a row is shown when it is of each of them.
    """

    since: date | None = None
    groups: tuple[_Group, ...] = ()

    def day(self) -> pl.Expr:
        """Return whether the day `on` of a row is wanted."""
        return pl.lit(value=True) if self.since is None else pl.col("on") >= self.since

    def holds(self) -> pl.Expr:
        """Return whether a row with `patient_id`, `sample_id` and `on` is shown; a null sample is a patient's row."""
        return pl.all_horizontal(self.day(), *(group.holds() for group in self.groups))


def chosen(asked: Asked, snapshot: Snapshot, stored_files: pl.DataFrame, door: Door) -> Chosen:
    """Find what a person asks for in a snapshot.

    Args:
        asked: names as the laboratory writes them, or pseudonyms.
        snapshot: the snapshot.
        stored_files: its `source_files`, with names as they came.
        door: how names are called inside.

    Raises:
        UserError: a patient, sample, file or assay is not there, or the selection cannot be read. Names of
            patients and samples are not repeated: the message may end in a log.
    """
    groups = []
    if asked.patients or asked.samples or asked.selection:
        groups.append(_named(asked, snapshot, door))
    if asked.files:
        groups.append(_of_files(asked.files, snapshot, stored_files))
    if asked.assays:
        groups.append(_Group(frozenset(), _samples_of(_known_assays(asked.assays, snapshot), snapshot)))  # fmt: skip
    return Chosen(asked.since, tuple(groups))


def _named(asked: Asked, snapshot: Snapshot, door: Door) -> _Group:
    owners = dict(_ids(snapshot, "samples", "sample_id", "patient_id").rows())
    known_patients = {*owners.values(), *_ids(snapshot, "patients", "patient_id")["patient_id"]}
    measured = [_ids(snapshot, t.name, "sample_id")["sample_id"] for t in MEASUREMENT_TABLES]
    known_samples = {*owners, *(name for names in measured for name in names)}
    person = survivors(snapshot)
    patients, samples = set(), set()
    for where, as_given, of_sample in _wanted(asked):
        patient = None if as_given is None else door.inside(as_given, "patient")
        sample = None if of_sample is None else door.inside(of_sample, "sample")
        if patient is not None and patient not in known_patients:
            raise UserError(f"{where}no patient of this name is in the warehouse")
        if sample is not None and sample not in known_samples:
            raise UserError(f"{where}no sample of this name is in the warehouse")
        if sample is None and patient is not None:
            patients |= {patient, person.get(patient, patient)}
        elif sample is not None:
            owner = owners.get(sample)
            if patient is not None and person.get(patient, patient) != person.get(
                str(owner), owner
            ):
                raise UserError(f"{where}this sample is not of this patient; correct the line")
            samples.add(sample)
    return _Group(frozenset(patients), frozenset(samples))


def _wanted(asked: Asked) -> Iterator[tuple[str, str | None, str | None]]:
    """Give where a name was given, a patient and a sample."""
    for number, patient in enumerate(asked.patients, start=1):
        yield f"--patient number {number}: " if len(asked.patients) > 1 else "", patient, None
    for number, sample in enumerate(asked.samples, start=1):
        yield f"--sample number {number}: " if len(asked.samples) > 1 else "", None, sample
    if asked.selection is not None:
        yield from _selected(asked.selection)


def _selected(path: Path) -> list[tuple[str, str | None, str | None]]:
    try:
        lines = text_lines(to_utf8(path.read_bytes()))
        header = lines["line"].drop_nulls().head(1).to_list()
        given = read_delimited(lines, find_separator(header[0]) if header else ",")
    except OSError as error:
        raise UserError(f"{path}: the selection cannot be read: {error.strerror}") from None
    except FileRefusedError as refusal:
        line = f" line {refusal.line}" if refusal.line else ""
        raise UserError(f"{path}{line}: {refusal.message}") from None
    places = {n: i for i, n in enumerate(given.header) if n in ("patient_id", "sample_id")}
    if not places:
        raise UserError(
            f"{path}: the selection has neither a column patient_id nor a column sample_id"
        )
    odd = [*given.too_long["source_line"], *given.too_short["source_line"]]
    if odd:
        raise UserError(f"{path} line {min(odd)}: not as many cells as the header has")
    cells = [
        (pl.col(f"c{places[n]}") if n in places else pl.lit(None, dtype=pl.String)).alias(n)
        for n in ("patient_id", "sample_id")
    ]
    rows = given.cells.select("source_line", *cells).filter(
        ~pl.all_horizontal(pl.col("patient_id", "sample_id").is_null())
    )
    if rows.is_empty():
        raise UserError(f"{path}: the selection names no patient and no sample")
    return [(f"{path} line {line}: ", patient, sample) for line, patient, sample in rows.rows()]


def _of_files(files: Sequence[str], snapshot: Snapshot, stored_files: pl.DataFrame) -> _Group:
    called = (snapshot.read(TABLES["source_files"]), stored_files)
    known = pl.concat([f.select("sha256", "name") for f in called]).drop_nulls("sha256")
    hashes: set[str] = set()
    for number, file in enumerate(files, start=1):
        is_hash = pl.lit(len(file) >= _SHORTEST_HASH) & pl.col("sha256").str.starts_with(file)
        is_name = (pl.col("name") == file) | pl.col("name").str.ends_with(f"/{file}")
        fitting = known.filter(is_name | is_hash)["sha256"].to_list()
        if not fitting:
            where = f"--file number {number}" if len(files) > 1 else "--file"
            raise UserError(f"{where}: no file of this name or SHA-256 was loaded")
        hashes.update(fitting)
    of_file = pl.col("source_sha256").is_in(sorted(hashes))
    given = {t.name: snapshot.scan(t).filter(of_file) for t in INPUT_TABLES}
    patients, samples = [], []
    for table in INPUT_TABLES:
        if "sample_id" in table.columns:
            samples += _samples_in(given[table.name], table)
        elif "patient_id" in table.columns:
            patients.append(given[table.name].select("patient_id"))
    # an assay or a run is told of by its samples
    for name, key in (("assays", ["assay_id"]), ("runs", ["run_id", "assay_id"])):
        told = given[name].select(key)
        for table in MEASUREMENT_TABLES:
            samples += _samples_in(snapshot.scan(table).join(told, on=key, how="semi"), table)
    of_patients = set(pl.concat(patients).collect()["patient_id"].drop_nulls())
    person = survivors(snapshot)
    of_patients |= {person.get(patient, patient) for patient in of_patients}
    of_samples = pl.concat(samples).collect()["sample_id"].drop_nulls()
    return _Group(frozenset(of_patients), frozenset(of_samples))


def _known_assays(assays: Sequence[str], snapshot: Snapshot) -> Collection[str]:
    names = [
        _ids(snapshot, t, "assay_id") for t in ("assays", *(t.name for t in MEASUREMENT_TABLES))
    ]
    known = pl.concat(names)["assay_id"].unique().sort()
    for assay in assays:
        if assay not in known:
            there = ", ".join(known) or "none"
            raise UserError(f"--assay {assay}: there is no such assay; there is {there}")
    return assays


def _samples_of(assays: Collection[str], snapshot: Snapshot) -> frozenset[str]:
    of_assay = pl.col("assay_id").is_in(sorted(assays))
    parts = [
        s for t in MEASUREMENT_TABLES for s in _samples_in(snapshot.scan(t).filter(of_assay), t)
    ]
    return frozenset(pl.concat(parts).collect()["sample_id"].drop_nulls())


def _samples_in(rows: pl.LazyFrame, table: Table) -> list[pl.LazyFrame]:
    """Return the samples that rows are of: those they are written with, and those they count for."""
    columns = [c for c in NAMES_A_SAMPLE if c in table.stored_columns]
    return [rows.select(pl.col(column).alias("sample_id")) for column in columns]


def _ids(snapshot: Snapshot, name: str, *columns: str) -> pl.DataFrame:
    rows = snapshot.scan(TABLES[name]).filter("is_current").select(columns)
    return rows.unique().collect()
