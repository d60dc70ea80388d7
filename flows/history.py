"""`mrd history`: what the tables of each snapshot said of a sample, and what changed it as far as records tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from flows.compare import Comparison, compare, plain
from flows.errors import UserError
from flows.history_amended import amended_lines, results_of
from flows.persons import NAMES_A_SAMPLE, survivors
from flows.rules import NUMBERS
from flows.snapshot import Snapshot, year_of_file
from flows.warehouse import Warehouse
from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES, TABLES, Table
from transforms.differences import WORDS

_UNKNOWN = (None, None, 0, False)


@dataclass(frozen=True)
class State:
    """What one snapshot says of a sample.

    Attributes:
        snapshot: the snapshot.
        patient_id: its patient, the identity that goes on; null when it is not known.
        identities: all identities of that patient.
        collected_on: its day, as text; null when it is not known.
        n_waiting: rows of results that wait for reference rows.
        tables: its rows of the tables that are compared.
        results: its results as they are written, and whose they count as.
        sources: by table, `source_sha256` of its rows there.
        assays: assays that measured it.
    """

    snapshot: Snapshot
    patient_id: str | None
    identities: frozenset[str]
    collected_on: str | None
    n_waiting: int
    tables: Mapping[str, pl.DataFrame]
    results: pl.DataFrame
    sources: frozenset[str]
    assays: frozenset[str]

    @property
    def known(self) -> tuple[str | None, str | None, int, bool]:
        """What is known of the sample beside its results: patient, day, rows that wait, whether it was measured."""
        return self.patient_id, self.collected_on, self.n_waiting, bool(self.assays)

    @property
    def is_there(self) -> bool:
        """Whether the snapshot knows the sample at all."""
        return self.known != _UNKNOWN


@dataclass(frozen=True)
class Step:
    """A snapshot in which something changed.

    Attributes:
        load_id: its load.
        started_at: when that load started.
        kind: kind of the load.
        before: the state before; None where there is no earlier snapshot.
        after: the state now.
        found: what differs.
        amended: what amendments did to its results, in words.
        why: what records tell of the reasons: words, and names of files.
        gone: loads since the state before whose snapshots were pruned.
    """

    load_id: str
    started_at: datetime
    kind: str
    before: State | None
    after: State
    found: Comparison
    amended: list[str]
    why: list[tuple[str, list[str]]] = field(default_factory=list)
    gone: Sequence[str] = ()


@dataclass(frozen=True)
class History:
    """What became of a sample.

    Attributes:
        sample_id: the sample.
        steps: the snapshots in which something changed, the oldest first.
        n_snapshots: all that were read.
        n_pruned: loads that published a snapshot which is no longer there.
        unread: snapshots that this program cannot read, and why.
    """

    sample_id: str
    steps: list[Step]
    n_snapshots: int
    n_pruned: int
    unread: dict[str, str]


def history(warehouse: Warehouse, sample_id: str) -> History:
    """Return what each snapshot said of a sample.

    Raises:
        UserError: there is no warehouse, or no snapshot knows the sample.
    """
    warehouse.require_current()
    look = _Look(sample_id)
    steps: list[Step] = []
    unread: dict[str, str] = {}
    before: State | None = None
    names = warehouse.snapshot_names()
    n_pruned = 0
    for name in names:
        try:
            snapshot = warehouse.snapshot(name)
        except UserError as error:
            unread[name] = str(error)
            continue
        after = look.state(snapshot)
        loads = snapshot.published_loads()
        since = before.snapshot.manifest["load_id"] if before else ""
        recent = loads.filter(pl.col("load_id") > since)
        gone = [i for i in recent["load_id"] if i not in names]
        n_pruned += len(gone)
        step = _step(look, before, after, recent, gone)
        if step is not None:
            steps.append(step)
        before = after
    if not steps:
        raise UserError("no snapshot of this warehouse has a sample of this name")
    return History(sample_id, steps, len(names) - len(unread), n_pruned, unread)


def _step(
    look: "_Look", before: State | None, after: State, loads: pl.DataFrame, gone: Sequence[str]
) -> Step | None:
    """Return what a snapshot changed of the sample; None where it changed nothing."""
    empty = {name: rows.clear() for name, rows in after.tables.items()}
    found = compare(before.tables if before else empty, after.tables, ({}, {}))
    said = (found.rows, found.levels, found.restamped)
    is_known = after.known == (before.known if before else _UNKNOWN)
    amended = amended_lines(look.sample_id, before.results if before else None, after.results)
    if is_known and not amended and all(rows.is_empty() for rows in said):
        return None
    own = loads.tail(1).to_dicts()[0]
    why = look.why(before, after, loads["load_id"].to_list())
    return Step(
        own["load_id"], own["started_at"], str(own["kind"]), before, after, found, amended, why, gone
    )  # fmt: skip


class _Look:
    """Looks for one sample in snapshots; a file that several share is read once."""

    def __init__(self, sample_id: str) -> None:
        self.sample_id = sample_id
        self._known: dict[tuple[str, str], pl.DataFrame] = {}

    def state(self, snapshot: Snapshot) -> State:
        """Return what a snapshot says of the sample."""
        tables = {n: self._compared(snapshot, TABLES[n]) for n in WORDS if n != "patient_summary"}
        tables["patient_summary"] = plain(TABLES["patient_summary"].empty().lazy()).collect()
        own = self._rows(snapshot, TABLES["samples"]).filter("is_current").to_dicts()
        person = survivors(snapshot)
        patient = person.get(own[0]["patient_id"], own[0]["patient_id"]) if own else None
        others = [name for name, survivor in person.items() if survivor == patient]
        measured = [self._rows(snapshot, t) for t in MEASUREMENT_TABLES]
        waits = (pl.col("collected_year") == 0) & pl.col("is_current")
        waits &= pl.col("counts_for_sample_id") == self.sample_id
        amendments = self._rows(snapshot, TABLES["amendments"])
        told = (self._rows(snapshot, TABLES[n]) for n in ("samples", "manifest"))
        given = [*measured, *told, amendments]
        return State(
            snapshot=snapshot,
            patient_id=patient,
            identities=frozenset([] if patient is None else [patient, *others]),
            collected_on=str(own[0]["collected_on"]) if own else None,
            n_waiting=sum(rows.filter(waits).height for rows in measured),
            tables=tables,
            results=results_of(measured, amendments),
            sources=frozenset(s for rows in given for s in rows["source_sha256"]),
            assays=frozenset(a for rows in measured for a in rows["assay_id"]),
        )

    def _compared(self, snapshot: Snapshot, table: Table) -> pl.DataFrame:
        return plain(self._rows(snapshot, table).lazy()).collect()

    def _rows(self, snapshot: Snapshot, table: Table) -> pl.DataFrame:
        """Return the rows of the sample, with the year of their file."""
        parts = [table.empty().with_columns(pl.lit(0, dtype=pl.Int32).alias("collected_year"))]
        for name in snapshot.files(table):
            key = (name, snapshot.manifest["files"][name]["sha256"])
            if key not in self._known:
                year = year_of_file(name) if table.is_by_year else None
                self._known[key] = (
                    snapshot.scan_file(table, name)
                    .filter(_is_of(table, [self.sample_id]))
                    .with_columns(pl.lit(year, dtype=pl.Int32).alias("collected_year"))
                    .collect()
                )
            parts.append(self._known[key])
        return pl.concat(parts)

    def why(
        self, before: State | None, after: State, loads: Sequence[str]
    ) -> list[tuple[str, list[str]]]:
        """Return what records tell of the reasons of a change, and the names of the files."""
        reasons = [] if before is None else [(words, list[str]()) for words in _settings(before, after)]  # fmt: skip
        files = after.snapshot.read(TABLES["source_files"]).filter(
            pl.col("load_id").is_in(loads), pl.col("outcome") != "DUPLICATE"
        )
        told: set[str] = set()
        for words, sources in self._relations(before, after).items():
            fitting = files.filter(pl.col("sha256").is_in(sorted(sources - told)))
            if fitting.height:
                reasons.append((words, sorted(set(fitting["name"]))))
            told |= sources
        return reasons

    def _relations(self, before: State | None, after: State) -> dict[str, set[str]]:
        """Return the hashes of files by what they have to do with the sample, in this state or the one before."""
        states = [state for state in (before, after) if state is not None]
        patients = sorted({name for state in states for name in state.identities})
        assays = sorted({assay for state in states for assay in state.assays})
        found: dict[str, set[str]] = {}
        for state in states:
            for words, sources in (
                ("files with this sample", set(state.sources)),
                ("files on its patient", _sources(state, "patient_id", patients)),
                ("files on its assays", _sources(state, "assay_id", assays)),
                ("files with other samples of its patient", _sources_of_samples(state, patients)),
            ):
                found.setdefault(words, set()).update(sources)
        return found


def _sources(state: State, column: str, values: Sequence[str]) -> set[str]:
    """Return the files of rows with one of these values, of tables without samples."""
    parts = [
        state.snapshot.scan(t).filter(pl.col(column).is_in(values)).select("source_sha256")
        for t in INPUT_TABLES
        if column in t.columns and "sample_id" not in t.columns
    ]
    return set(pl.concat(parts).collect()["source_sha256"])


def _sources_of_samples(state: State, patients: Sequence[str]) -> set[str]:
    """Return the files of rows of all samples of patients."""
    of_patient = pl.col("patient_id").is_in(patients) & pl.col("is_current")
    samples = state.snapshot.scan(TABLES["samples"]).filter(of_patient).select("sample_id")
    names = sorted(samples.collect()["sample_id"])
    parts = [
        state.snapshot.scan(t).filter(_is_of(t, names)).select("source_sha256")
        for t in INPUT_TABLES
        if "sample_id" in t.columns
    ]
    return set(pl.concat(parts).collect()["source_sha256"])


def _is_of(table: Table, samples: Sequence[str]) -> pl.Expr:
    """Return whether a row is of one of the samples: as it is written, or as amendments have it."""
    columns = [c for c in NAMES_A_SAMPLE if c in table.stored_columns]
    return pl.any_horizontal(pl.col(c).is_in(samples) for c in columns)


def _settings(before: State, after: State) -> list[str]:
    """Return what changed for all samples between two snapshots."""
    old, new = before.snapshot.manifest, after.snapshot.manifest
    said = []
    if old["code_version"] != new["code_version"]:
        said.append(f"the program changed: {old['code_version']} → {new['code_version']}")
    diseases = {*after.tables["sample_remission"]["disease"], *before.tables["sample_remission"]["disease"]}  # fmt: skip
    for disease in sorted(diseases):
        rulesets = old["rulesets"].get(disease), new["rulesets"].get(disease)
        if rulesets[0] != rulesets[1]:
            said.append(f"the rule set changed: {rulesets[0]} → {rulesets[1]}")
    changed = {n for n in old["rule_hashes"] if new["rule_hashes"].get(n, old["rule_hashes"][n]) != old["rule_hashes"][n]}  # fmt: skip
    said += [f"the rule file {name} changed" for name in sorted(changed)]
    said += [
        f"the setting {key} changed"
        for key in NUMBERS
        if old["settings"].get(key) != new["settings"].get(key)
    ]
    return said
