"""The pure function behind every load and rerun: input tables and rules to derived tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.tables import DERIVED_TABLES, TABLES
from transforms.classify.remission import patient_summary, sample_remission
from transforms.classify.status import mrd_status
from transforms.guidelines.rules import Rules
from transforms.normalise.context import known_samples
from transforms.normalise.results import assay_results
from transforms.result_findings import result_findings


@dataclass(frozen=True)
class Derived:
    """Derived tables, each sorted by its key, and what a person should look at.

    Attributes:
        tables: by name, the stored columns.
        findings: `source_sha256`, `source_line`, `code`, `severity`, `column`, `value`, `message`,
            at the first line of the measurement they are about.
    """

    tables: dict[str, pl.DataFrame]
    findings: pl.DataFrame


def derive(tables: Mapping[str, pl.DataFrame], rules: Rules) -> Derived:
    """Compute the derived tables of the patients whose rows are given.

    Args:
        tables: all input tables, stored columns; rows of whole patients.
        rules: scoring standards and active rule sets.
    """
    results = assay_results(tables, rules.standards)
    status = mrd_status(results, rules)
    remission = sample_remission(status, rules)
    patients = tables["patients"].filter("is_current")
    derived = {
        "assay_results": results.select(TABLES["assay_results"].columns),
        "mrd_status": status,
        "sample_remission": remission,
        "molecular_events": TABLES["molecular_events"].empty(),
        "patient_summary": patient_summary(
            known_samples(tables), status, remission, patients, rules
        ),
    }
    ordered = {t.name: derived[t.name].sort(t.key) for t in DERIVED_TABLES}
    return Derived(tables=ordered, findings=result_findings(tables, results, status, rules))
