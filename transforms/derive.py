"""The pure function behind every load and rerun: input tables and rules to derived tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.findings import FINDING_CODES
from schemas.tables import DERIVED_TABLES, MEASUREMENT_TABLES, TABLES
from transforms.classify.remission import patient_summary, sample_remission
from transforms.classify.status import mrd_status
from transforms.guidelines.rules import Rules
from transforms.normalise.context import known_samples
from transforms.normalise.results import assay_results


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
    return Derived(tables=ordered, findings=_findings(tables, results, status))


_BY_REASON = {
    "NO_CONVERSION_FACTOR": "NO_CONVERSION_FACTOR",
    "NOT_ON_INTERNATIONAL_SCALE": "UNIT_NOT_ON_SCALE",
    "DENOMINATOR_MISMATCH": "DENOMINATOR_MISMATCH",
}
_BY_FLAG = {
    "detected_in_rejected_replicate": "DETECTED_IN_REJECTED_REPLICATE",
    "modality_mismatch": "MODALITY_MISMATCH",
    "claim_below_poisson_floor": "CLAIM_BELOW_POISSON_FLOOR",
}


def _findings(
    tables: Mapping[str, pl.DataFrame], results: pl.DataFrame, status: pl.DataFrame
) -> pl.DataFrame:
    key = ["sample_id", "assay_id"]
    about = [
        results.filter(pl.col("finding_reason") == reason).select(*key, pl.lit(code).alias("code"))
        for reason, code in _BY_REASON.items()
    ]
    about += [
        results.filter(pl.col("flags").list.contains(flag)).select(*key, pl.lit(code).alias("code"))
        for flag, code in _BY_FLAG.items()
    ]
    about.append(
        status.filter(pl.col("reason") == "TRANSCRIPT_CONTRADICTED").select(
            *key, pl.lit("TRANSCRIPT_CONTRADICTED").alias("code")
        )
    )
    said = pl.concat(about).unique()
    lines = pl.concat(
        tables[t.name]
        .filter("is_current")
        .join(said, on=key, how="semi")
        .select(*key, "source_sha256", "source_line")
        for t in MEASUREMENT_TABLES
    )
    first = lines.sort("source_sha256", "source_line").unique(
        key, keep="first", maintain_order=True
    )
    meaning = {
        c: FINDING_CODES[c].meaning[:1].lower() + FINDING_CODES[c].meaning[1:].rstrip(".")
        for c in said["code"].unique()
    }
    remedy = {c: FINDING_CODES[c].remedy for c in meaning}
    severity = {c: FINDING_CODES[c].severity.value for c in meaning}
    code = pl.col("code")
    return (
        said.join(first, on=key, how="inner")
        .sort("source_sha256", "source_line", "code")
        .select(
            "source_sha256",
            "source_line",
            "code",
            code.replace_strict(severity, default=None, return_dtype=pl.String)
            .cast(TABLES["findings"].polars_schema["severity"])
            .alias("severity"),
            pl.lit("sample_id").alias("column"),
            pl.col("sample_id").alias("value"),
            pl.format(
                "sample {}, assay {}: {}. {}",
                "sample_id",
                "assay_id",
                code.replace_strict(meaning, default=None, return_dtype=pl.String),
                code.replace_strict(remedy, default=None, return_dtype=pl.String),
            ).alias("message"),
        )
    )
