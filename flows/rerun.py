"""`mrd rerun`: the whole warehouse from its stored rows, with the rule sets that a person names."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from flows.compare import Comparison, compare, tables_after, tables_of
from flows.errors import UserError
from flows.load import LoadRun
from flows.rules import InForce, rules_in_force
from flows.settings import Settings
from schemas.tables import DERIVED_TABLES


class Rerun(LoadRun):
    """A load without files, with rule sets that are named.

    Attributes:
        reasons: why tables may come out otherwise than those of the snapshot before.
    """

    kind = "RERUN"

    def __init__(self, warehouse: Path, settings: Settings, named: Mapping[str, str]) -> None:
        """Prepare; nothing is read yet.

        Args:
            warehouse: an existing warehouse.
            settings: settings in force.
            named: rule set id by disease; other diseases as settings and snapshot have them.

        Raises:
            UserError: there is no warehouse.
        """
        super().__init__([], warehouse, settings)
        self.named = dict(named)
        self.offered = []
        self.reasons: list[str] = []
        self.warehouse.require_current()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the warehouse as its one writer; a preview needs no lock and writes nothing."""
        self._prepare()
        with self.warehouse.lock(self.settings.lock_wait_seconds):
            yield

    def _rules_in_force(self) -> InForce:
        manifest = self.before.manifest if self.before else None
        return rules_in_force(self.settings, manifest, self.named)

    def compute(self) -> Comparison:
        """Recompute and compare; nothing is written."""
        self.discover()
        self.reasons = self.changed_since()
        self.derive()
        if self.before is None:
            raise AssertionError("a rerun of nothing")
        tables = tables_of(self.before)
        after = tables if self.changes is None else tables_after(tables, self.changes)
        rulesets = dict(self.before.manifest["rulesets"]), dict(self.rules.active)
        return compare(tables, after, rulesets)

    def has_changes(self) -> bool:
        """Tell whether any row or the choice of rule sets is other than in the snapshot before."""
        if self.before is None or self.changes is None:
            return False
        manifest = self.before.manifest
        if manifest["rulesets"] != dict(self.rules.active):
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
        if not self.has_changes():
            self.changes = None
        return super().publish()


def run_rerun(
    run: Rerun, settings_file: Path, since: date | None, patient: str | None, *, publish: bool
) -> Comparison:
    """Recompute, and publish if that is wanted.

    Args:
        run: a prepared rerun.
        settings_file: the file that the settings are from, to name it.
        since: show only samples collected then or later.
        patient: show only this patient.
        publish: make what was computed the current snapshot, always of all patients.

    Raises:
        UserError: settings name another rule set, to which the next load would return; or there
            is no such patient.
    """
    if not publish:
        return run.compute().narrowed(since, patient)
    for disease, ruleset in run.named.items():
        other = run.settings.rulesets.get(disease, ruleset)
        if other != ruleset:
            raise UserError(
                f"{settings_file}: rulesets.{disease} = {other!r} is not {ruleset!r}, and the next load "
                "would return to it; change or remove it first"
            )
    with run.locked():
        try:
            found = run.compute().narrowed(since, patient)
            run.publish()
            run.report()
        except BaseException as error:
            run.note_failure(error)
            raise
    return found
