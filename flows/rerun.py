"""`mrd rerun`: the whole warehouse from its stored rows, with the rule sets or corrected rows that a person names."""

import tempfile
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from flows.chosen import Asked, Chosen, chosen
from flows.compare import Comparison, compare, tables_after, tables_of
from flows.errors import UserError
from flows.inbox import discover
from flows.load import LoadRun
from flows.rules import InForce, rules_in_force
from flows.settings import Settings
from flows.warehouse import Warehouse
from schemas.tables import DERIVED_TABLES, REFERENCE_TABLES

_REFERENCE = {f"canonical {table.name}" for table in REFERENCE_TABLES}


class _Aside(Warehouse):
    """A warehouse that keeps new inputs elsewhere, so that a preview leaves nothing in it."""

    def __init__(self, root: Path, aside: Path) -> None:
        super().__init__(root)
        self._aside = Warehouse(aside)
        self._aside.prepare()

    def keep(self, source: Path) -> str:
        return self._aside.keep(source)

    def input_path(self, sha256: str) -> Path:
        path = self._aside.input_path(sha256)
        return path if path.exists() else super().input_path(sha256)


class Rerun(LoadRun):
    """A load with rule sets that are named, and at most one file, of corrected reference rows.

    Attributes:
        reasons: why tables may come out otherwise than those of the snapshot before.
    """

    def __init__(
        self,
        warehouse: Path,
        settings: Settings,
        named: Mapping[str, str],
        corrected: Path | None = None,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            warehouse: an existing warehouse.
            settings: settings in force.
            named: rule set id by disease; other diseases as settings and snapshot have them.
            corrected: a file with rows of a reference table, such as corrected conversion factors.

        Raises:
            UserError: there is no warehouse, or a folder is given.
        """
        super().__init__([] if corrected is None else [corrected], warehouse, settings)
        # rows that are given come by a load, whatever else is named
        self.kind = "LOAD" if self.paths else "RERUN"
        self.named = dict(named)
        self.offered = []
        self.reasons: list[str] = []
        self.warehouse.require_current()
        if corrected is not None and corrected.is_dir():
            raise UserError(f"{corrected}: this is a folder; --assays takes one file")

    def aside(self) -> AbstractContextManager[object]:
        """Let what is read be kept outside the warehouse for a while."""
        if not self.paths:
            return nullcontext()
        folder = tempfile.TemporaryDirectory(prefix="mrd-rerun-")
        self.warehouse = _Aside(self.warehouse.root, Path(folder.name))
        return folder

    def _rules_in_force(self) -> InForce:
        manifest = self.before.manifest if self.before else None
        return rules_in_force(self.settings, manifest, self.named)

    def compute(self) -> Comparison:
        """Recompute and compare; no table is written.

        Raises:
            UserError: the file with corrected rows is none, or is still being written.
        """
        if self.paths:
            self.offered = discover(self.paths, self.settings)
        for batch in range(self.discover()):
            self.keep(batch)
            self.read(batch)
        self._check_corrected()
        self.reasons = self.changed_since()
        self.derive()
        if self.before is None or self.ingested is None:
            raise AssertionError("a rerun of nothing")
        self._count()
        tables = tables_of(self.before)
        after = tables if self.changes is None else tables_after(tables, self.changes)
        rulesets = dict(self.before.manifest["rulesets"]), dict(self.rules.active)
        return compare(tables, after, rulesets)

    def _check_corrected(self) -> None:
        for name in self.growing:
            raise UserError(f"{name}: this file is still being written; try again later")
        for entry in self.entries:
            is_given = entry.path == self.paths[0]
            if is_given and entry.outcome != "REJECTED" and entry.format not in _REFERENCE:
                raise UserError(
                    f"{entry.path}: this is {entry.format}; --assays takes rows of assays or another "
                    "reference table, all else is loaded with `mrd load`"
                )

    def asked_for(self, asked: Asked) -> Chosen:
        """Find in the snapshot before whose differences are wanted."""
        if self.before is None:
            raise AssertionError("chosen from nothing")
        return chosen(asked, self.before, self.reading.kept.rows, self.reading.door)

    def tell_findings(self) -> None:
        """Make the records that publishing would write, whose findings a preview shows."""
        if self.changes is not None:
            self._make_records()

    def has_changes(self) -> bool:
        """Tell whether any row or the choice of rule sets is other than in the snapshot before."""
        if self.before is None or self.changes is None:
            return False
        manifest = self.before.manifest
        if self.before.is_older or manifest["rulesets"] != dict(self.rules.active):
            return True
        if manifest.get("site_rules", {}) != dict(self.in_force.site) or self.reading.has_news:
            return True
        for table in DERIVED_TABLES:
            change = self.changes.tables[table.name]
            if change.keys is not None:
                if change.keys.height:
                    return True
            elif not self.before.read(table).sort(table.key).equals(change.rows.sort(table.key)):
                return True
        return False

    def publish(self) -> bool:
        """Publish the recomputed tables; return whether there was anything to publish."""
        if not self.paths and not self.has_changes():
            self.changes = None
        return super().publish()


def run_rerun(run: Rerun, settings_file: Path, asked: Asked, *, publish: bool) -> Comparison:
    """Recompute, and publish if that is wanted.

    Args:
        run: a prepared rerun.
        settings_file: the file that the settings are from, to name it.
        asked: whose differences are returned; what is published is always of all patients.
        publish: make what was computed the current snapshot.

    Raises:
        UserError: settings name another rule set, to which the next load would return; or what is
            asked for is not there.
    """
    if not publish:
        with run.aside():
            found = run.compute()
            run.tell_findings()
            return found.narrowed(run.asked_for(asked))
    for disease, ruleset in run.named.items():
        other = run.settings.rulesets.get(disease, ruleset)
        if other != ruleset:
            raise UserError(
                f"{settings_file}: rulesets.{disease} = {other!r} is not {ruleset!r}, and the next load "
                "would return to it; change or remove it first"
            )
    try:
        with run.locked():
            found = run.compute().narrowed(run.asked_for(asked))
            run.publish()
            run.report()
    except BaseException as error:
        run.note_failure(error)
        raise
    return found
