"""The pure function behind every load and rerun: input tables and rules to derived tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.tables import DERIVED_TABLES, TABLES
from transforms.classify.clinical import clinical_responses
from transforms.classify.course import with_course
from transforms.classify.discordance import discordance
from transforms.classify.milestones import milestones
from transforms.classify.over_time import narrow, over_time, with_plans
from transforms.classify.remission import patient_summary, sample_remission
from transforms.classify.response import sample_response
from transforms.classify.status import judged, mrd_status
from transforms.classify.time_in_depth import with_days_at_depth
from transforms.counted import counted
from transforms.guidelines.rules import Rules
from transforms.lone_channels import lone_channels
from transforms.normalise.context import known_samples
from transforms.normalise.results import assay_results
from transforms.repeated_results import repeated_results
from transforms.result_findings import result_findings


@dataclass(frozen=True)
class Derived:
    """Derived tables, each sorted by its key, and what a person should look at.

    Attributes:
        tables: by name, the stored columns.
        findings: `source_sha256`, `source_line`, `code`, `severity`, `column`, `value`, `message`,
            at the first line of the measurement they are about.
        counted: the input tables that they were computed from, as `transforms.counted` gives them.
    """

    tables: dict[str, pl.DataFrame]
    findings: pl.DataFrame
    counted: Mapping[str, pl.DataFrame]


def derive(tables: Mapping[str, pl.DataFrame], rules: Rules) -> Derived:
    """Compute the derived tables of the patients whose rows are given.

    Args:
        tables: all input tables, stored columns; rows of whole patients.
        rules: scoring standards and active rule sets.
    """
    tables, found = counted(tables)
    results = assay_results(tables, rules.standards)
    rows = with_days_at_depth(judged(with_course(results, tables["treatments"]), rules))
    status = mrd_status(rows)
    course = narrow(rows)
    responses = pl.concat(
        [sample_response(status, rules), milestones(course, tables["treatments"], rules)],
        how="diagonal",
    )
    samples = known_samples(tables)
    clinical = clinical_responses(samples, tables["clinical_responses"], rules.standards.clinical)
    agreement = discordance(results, status, rules.standards.concordant_log10)
    beside = responses.join(clinical, on="sample_id", how="full", coalesce=True).join(
        agreement, on="sample_id", how="full", coalesce=True
    )
    silent = results.filter(pl.col("n_not_mentioned") > 0)["sample_id"].unique()
    told = over_time(course, sample_remission(status, silent, beside, rules), tables, rules)
    remission = told.remission
    patients = tables["patients"].filter("is_current")
    summary = patient_summary(samples, status, remission, patients, rules)
    derived = {
        "assay_results": results.select(TABLES["assay_results"].columns),
        "mrd_status": status,
        "sample_remission": remission,
        "molecular_events": told.events,
        "patient_summary": with_plans(summary, course, told, tables, rules),
    }
    ordered = {t.name: derived[t.name].sort(t.key) for t in DERIVED_TABLES}
    on_results = result_findings(tables, results, status, rules)
    findings = pl.concat([on_results, repeated_results(tables), lone_channels(tables), found])
    return Derived(tables=ordered, findings=findings, counted=tables)
