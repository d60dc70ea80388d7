"""Shared by tests: canonical CSV texts to tables, in memory and without Prefect."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from transforms.guidelines.rules import Rules, load_rules
from transforms.ingest import ReadFile
from transforms.pipeline import run
from transforms.readers.registry import find_reader
from transforms.readers.rows import ReaderSettings

GUIDELINES = Path(__file__).parents[1] / "transforms" / "guidelines"


@cache
def default_rules() -> Rules:
    """Return the built-in rules with the default rule sets."""
    return load_rules({p.name: p.read_text() for p in GUIDELINES.glob("*.toml")}, {})


@dataclass(frozen=True)
class Tables:
    """Tables of one load."""

    inputs: Mapping[str, pl.DataFrame]
    assay_results: pl.DataFrame
    mrd_status: pl.DataFrame
    sample_remission: pl.DataFrame
    patient_summary: pl.DataFrame
    molecular_events: pl.DataFrame
    findings: pl.DataFrame
    source_files: pl.DataFrame


def tables_from_csv(files: Mapping[str, str], rules: Rules | None = None) -> Tables:
    """Load canonical CSV texts in one load.

    Args:
        files: name to text.
        rules: rules in force; the default ones when left out.
    """
    by_hash = sorted(
        (hashlib.sha256(text.encode()).hexdigest(), name, text) for name, text in files.items()
    )
    read = []
    for number, (sha256, _, text) in enumerate(by_hash):
        reader, content = find_reader(text.encode())
        read.append(ReadFile(number, sha256, reader.read(content, None, ReaderSettings())))
    inputs, load, derived = run(read, rules or default_rules())
    names = pl.DataFrame(
        {
            "file_no": list(range(len(by_hash))),
            "source_name": [n for _, n, _ in by_hash],
            "source_sha256": [s for s, _, _ in by_hash],
        }
    )
    found = load.findings.join(names, on="file_no", how="left").drop("file_no", "source_place")
    later = derived.findings.join(names.drop("file_no"), on="source_sha256", how="left").select(
        found.columns
    )
    return Tables(
        inputs=inputs,
        findings=pl.concat([found, later]),
        source_files=load.counts.join(names, on="file_no", how="left"),
        **derived.tables,
    )
