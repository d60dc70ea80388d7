"""`mrd verify`: a snapshot against its files, its records and all its kept inputs. Nothing is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from flows.consistency import contradictions
from flows.errors import EXIT_DONE, EXIT_NOT_PUBLISHED, EXIT_REJECTED, UserError
from flows.format_numbers import counted
from flows.integrity import damaged_files, damaged_inputs
from flows.merge import changes_of
from flows.reading import Reading
from flows.rules import InForce, rule_hashes, rules_in_force
from flows.settings import Settings
from flows.snapshot import Snapshot, read_manifest
from flows.version import code_version
from flows.warehouse import Warehouse
from schemas.tables import DERIVED_TABLES, INPUT_TABLES, TABLES
from transforms.ingest import merge_parsed
from transforms.same_rows import RowDifferences, row_differences


@dataclass
class Verified:
    """What became of the verification of one snapshot.

    Attributes:
        load_id: the snapshot.
        n_files: files of the snapshot.
        n_inputs: kept inputs that it names.
        damage: files that are not as they were written.
        contradictions: what its records say and what cannot be.
        expected: why tables may come out otherwise today; empty = they must be the same.
        not_recomputed: why this program cannot recompute the snapshot, if it cannot.
        tables: by table, how it differs from its recomputation; empty where it was not recomputed.
    """

    load_id: str
    n_files: int = 0
    n_inputs: int = 0
    damage: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    not_recomputed: str | None = None
    tables: dict[str, RowDifferences] = field(default_factory=dict)

    @property
    def differing(self) -> dict[str, RowDifferences]:
        """The tables that differ."""
        return {name: found for name, found in self.tables.items() if not found.is_same}

    @property
    def exit_status(self) -> int:
        """Exit status: damage goes before differences."""
        if self.damage:
            return EXIT_NOT_PUBLISHED
        is_same = not (self.contradictions or self.differing or self.not_recomputed)
        return EXIT_DONE if is_same else EXIT_REJECTED


def verify(
    warehouse: Warehouse, name: str, progress: Callable[[str], None], key_file: Path | None = None
) -> Verified:
    """Verify one snapshot.

    Args:
        warehouse: the warehouse.
        name: a load id, the beginning of one, or `current`.
        progress: is told what goes on.
        key_file: the key of the pseudonyms of the warehouse, where it has them.

    Raises:
        UserError: there is no such snapshot, or its manifest cannot be read.
    """
    snapshot = warehouse.snapshot(name)
    progress(f"{snapshot.path.name}: reading its files")
    found = Verified(snapshot.path.name, damage=damaged_files(snapshot))
    if found.damage:
        return found
    found.n_files = len(snapshot.manifest["files"])
    progress(f"{snapshot.path.name}: reading the kept inputs")
    files = snapshot.read(TABLES["source_files"])
    found.n_inputs = files["sha256"].drop_nulls().n_unique()
    found.damage = damaged_inputs(warehouse, snapshot)
    if found.damage:
        return found
    progress(f"{snapshot.path.name}: computing everything from the kept inputs")
    try:
        _recompute(warehouse, snapshot, found, key_file)
    except UserError as error:
        found.not_recomputed = str(error)
    return found


def verify_all(
    warehouse: Warehouse, progress: Callable[[str], None], key_file: Path | None = None
) -> list[Verified]:
    """Verify every snapshot, the oldest first; one that cannot be read is damaged and stops nothing."""
    warehouse.require_current()
    found = []
    for name in warehouse.snapshot_names():
        try:
            found.append(verify(warehouse, name, progress, key_file))
        except UserError as error:
            found.append(_not_read(warehouse, name, error))
    return found


def _not_read(warehouse: Warehouse, name: str, error: UserError) -> Verified:
    """Return what can be said of a snapshot of another format, or of one whose manifest is damaged."""
    path = warehouse.root / "snapshots" / name
    try:
        snapshot = Snapshot(path, read_manifest(path))
    except (OSError, ValueError):
        return Verified(name, damage=[str(error)])
    n_files = len(snapshot.manifest["files"])
    return Verified(name, n_files, damage=damaged_files(snapshot), not_recomputed=str(error))


def _recompute(
    warehouse: Warehouse, snapshot: Snapshot, found: Verified, key_file: Path | None
) -> None:
    manifest = snapshot.manifest
    settings = _settings_of(manifest, key_file)
    reading = Reading(warehouse, settings, snapshot, is_code_new=False)
    found.contradictions = contradictions(snapshot, [row["sha256"] for row in reading.kept.loaded])
    in_force = rules_in_force(settings, manifest)
    load = reading.from_nothing(merge_parsed([]))
    found.expected = _expected(snapshot, reading, in_force)
    fresh = changes_of(None, load, in_force.rules, everything=True)
    for table in (*INPUT_TABLES, *DERIVED_TABLES):
        rows = fresh.tables[table.name].rows
        found.tables[table.name] = row_differences(table, snapshot.scan(table).collect(), rows)


def _settings_of(manifest: Mapping[str, Any], key_file: Path | None) -> Settings:
    """Return the settings a snapshot was made with; its layouts are inputs, its rule files in the manifest."""
    known = {k: v for k, v in manifest["settings"].items() if k in Settings.model_fields}
    own = {"rulesets": manifest["rulesets"], "rule_files": (), "layouts": (), "pseudonym_key_file": key_file}  # fmt: skip
    return Settings.model_validate({**known, **own})


def _expected(snapshot: Snapshot, reading: Reading, in_force: InForce) -> list[str]:
    """Return why tables may come out otherwise today than they are stored."""
    manifest, now = snapshot.manifest, code_version()
    loads = snapshot.read(TABLES["loads"])
    earlier = set(loads.filter(pl.col("code_version") != now)["load_id"])
    n_earlier = sum(row["load_id"] in earlier for row in reading.kept.loaded)
    settings_hash = reading.settings.reader_hash
    n_otherwise = sum(
        r["settings_sha256"] != settings_hash(r["format"]) for r in reading.kept.loaded
    )
    n_refused = sum(entry.outcome == "REJECTED" for entry in reading.entries)
    is_new = manifest["code_version"] != now
    rules = {**rule_hashes(), **in_force.site_hashes()}
    reasons = {
        f"the program has changed: {manifest['code_version']} made this snapshot, and this is {now}": is_new,
        "a rule file has changed since": manifest["rule_hashes"] != rules,
        f"an earlier program read {counted(n_earlier, 'file')}": n_earlier > 0 and not is_new,
        f"{counted(n_otherwise, 'file')} had been read with other settings": n_otherwise > 0,
        f"this program refuses {counted(n_refused, 'file')} that an earlier one read": n_refused
        > 0,
    }
    return [reason for reason, holds in reasons.items() if holds]
