"""What would go of a patient, in counts, and what stays that a person must look at."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from flows.forget_snapshots import Cut, Shelf, StoredFile
from flows.snapshot import Snapshot
from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES, TABLES
from transforms.forgetting import Lines
from transforms.forgotten import LINES, Person, naming_columns, no_rows


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
        records: records in `private/` that hold them.
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
    records: int = 0
    findings: int = 0
    reports: int = 0
    snapshots: int = 0


@dataclass
class Plan:
    """What would go.

    Attributes:
        person: who, as tables name them.
        as_it_came: who, as kept files name them.
        counts: how much.
        inputs: hashes of kept files that hold them.
        files: names of these files, which must be taken out of the inbox.
        lines: whose lines of files are whose.
        reports: names of the files of reports that name them.
        left: places that the program cannot mend, in words.
        is_resumed: an earlier try was killed before its end.
    """

    person: Person
    as_it_came: Person
    counts: Counts = field(default_factory=Counts)
    inputs: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    lines: Lines = field(default_factory=lambda: Lines(no_rows(LINES), no_rows(LINES), frozenset()))
    reports: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    is_resumed: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to do."""
        c = self.counts
        return not (self.is_resumed or c.inputs or c.records or c.reports or c.snapshots)


def counted(plan: Plan, current: Snapshot, shelf: Shelf, cut: Cut, n_records: int) -> Counts:
    """Return what goes, in counts.

    Args:
        plan: with the files and reports.
        current: the current tables.
        shelf: all snapshots.
        cut: takes the patient out of tables.
        n_records: records in `private/` that hold the patient.
    """
    person = plan.person
    counts = Counts(inputs=len(plan.inputs), reports=len(plan.reports), records=n_records)
    counts.inputs_removed = len(plan.lines.whole.intersection(plan.inputs))
    counts.snapshots = sum(
        any(cut.touches(StoredFile(n.split("/")[0], folder / n)) for n in manifest["files"])
        for folder, manifest in shelf.snapshots
    )
    for table in MEASUREMENT_TABLES:
        rows = current.read(table)
        rows = rows.filter(person.owns(table.name, rows))
        counts.results += rows.height
        naming = naming_columns(table.name, rows.columns)
        of_others = [pl.col(c).is_not_null() & ~person.names(table.name, [c]) for c in naming]
        counts.results_of_others += rows.filter(pl.any_horizontal(of_others)).height
    for name in current.files(TABLES["findings"]):
        findings = StoredFile("findings", current.path / name)
        counts.findings += findings.read().height - cut.rows(findings).height
    found = counts.inputs or counts.records or counts.snapshots or counts.reports
    counts.patients = len(person.patients) if found else 0
    counts.samples = len(person.samples)
    return counts


def left_in_tables(current: Snapshot, cut: Cut, as_it_came: Person) -> Iterator[str]:
    """Yield the columns in which rows of somebody else hold the same letters, in words."""
    for table in INPUT_TABLES:
        naming = naming_columns(table.name, table.columns)
        for name in current.files(table):
            rows = cut.rows(StoredFile(table.name, current.path / name))
            for column in set(table.columns).intersection(rows.columns).difference(naming):
                if rows.schema[column] != pl.String:
                    continue
                said = rows.select(pl.col(column).unique()).filter(as_it_came.in_column(column))
                if said.height:
                    yield f"table {table.name}, column {column}: rows of somebody else"
