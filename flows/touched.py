"""Whom a load touches: samples and patients whose rows are read and recomputed together."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from flows.snapshot import Snapshot
from schemas.tables import MEASUREMENT_TABLES, REFERENCE_TABLES, TABLES, Table
from transforms.ingest import Ingested

_SAMPLES = TABLES["samples"]
WHOLE = tuple(t for t in REFERENCE_TABLES if t is not _SAMPLES)
"""Tables that are read and written whole."""


def stored_scan(before: Snapshot | None, table: Table) -> pl.LazyFrame:
    """Return the stored rows of a table; of a new warehouse none."""
    if before is not None:
        return before.scan(table)
    empty = table.empty()
    if table.is_by_year:
        empty = empty.with_columns(pl.lit(0, dtype=pl.Int32).alias("collected_year"))
    return empty.lazy()


def stored_where(
    before: Snapshot | None, table: Table, column: str, values: pl.Series
) -> pl.DataFrame:
    """Return the stored rows with one of the values in a column."""
    keys = pl.DataFrame({column: values.unique()}, schema={column: pl.String}).lazy()
    return stored_scan(before, table).join(keys, on=column, how="semi").collect()


def changed_keys(load: Ingested, name: str) -> pl.DataFrame:
    """Return the keys of a table that the load changes."""
    if name in load.tables:
        return load.tables[name].changed
    return TABLES[name].empty().select(TABLES[name].key)


def touched_by(
    before: Snapshot | None,
    load: Ingested,
    reference: Mapping[str, pl.DataFrame],
    also: pl.Series | None = None,
    *,
    everything: bool,
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Return samples of the touched patients, these patients, and all touched sample ids.

    Args:
        before: the current snapshot.
        load: the reconciled rows of the load.
        reference: by name, the tables of `WHOLE` after the load.
        also: samples that are touched although the load has no row of them.
        everything: touch every patient.
    """
    ties = _Ties(
        samples=_both_ways(reference["amendments"], "sample_id", "correct_sample_id"),
        patients=_both_ways(reference["patient_aliases"], "patient_id", "merged_into_patient_id"),
    )
    if everything:
        stored = stored_scan(before, _SAMPLES).collect()
        samples = overlaid(_SAMPLES, stored, load)
        known = pl.concat([reference["patients"]["patient_id"], samples["patient_id"]])
        return samples, _with_tied(known, ties.patients), samples["sample_id"]
    of_samples = (*MEASUREMENT_TABLES, _SAMPLES, TABLES["amendments"])
    ids = [changed_keys(load, t.name)["sample_id"] for t in of_samples]
    ids += [] if also is None else [also]
    assays = pl.concat([changed_keys(load, n)["assay_id"] for n in ("assays", "runs")]).unique()
    if assays.len():
        ids += [
            stored_scan(before, t)
            .filter(pl.col("assay_id").is_in(assays.implode()))
            .select("sample_id")
            .collect()["sample_id"]
            for t in MEASUREMENT_TABLES
        ]
    touched = pl.concat(ids).unique()
    patients = pl.concat(
        [changed_keys(load, t.name)["patient_id"] for t in WHOLE if "patient_id" in t.columns]
    )
    return _closed_over_owners(before, load, touched, patients.unique(), ties)


@dataclass(frozen=True)
class _Ties:
    """Names of which whoever touches one touches the other, past ties too: `name`, `other`."""

    samples: pl.DataFrame
    patients: pl.DataFrame


def _both_ways(rows: pl.DataFrame, one: str, other: str) -> pl.DataFrame:
    pairs = rows.select(pl.col(one).alias("name"), pl.col(other).alias("other")).drop_nulls()
    return pl.concat([pairs, pairs.select(pl.col("other").alias("name"), pl.col("name").alias("other"))])  # fmt: skip


def _with_tied(names: pl.Series, ties: pl.DataFrame) -> pl.Series:
    tied = ties.filter(pl.col("name").is_in(names.implode()))["other"]
    return pl.concat([names, tied.alias(names.name)]).unique()


def _closed_over_owners(
    before: Snapshot | None, load: Ingested, touched: pl.Series, patients: pl.Series, ties: _Ties
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Follow samples to their owners, past ones too, and owners to their samples, to the end.

    A sample that was reassigned ties two patients together: whoever touches one touches both. So does an
    amendment that reassigned results to another sample, and a merge of identities.
    """
    fresh = load.tables["samples"].rows if "samples" in load.tables else _SAMPLES.empty()
    samples = _SAMPLES.empty().with_columns(pl.lit(0, dtype=pl.Int32).alias("collected_year"))
    ids = touched
    while True:
        known = pl.concat(
            [stored_where(before, _SAMPLES, "patient_id", patients)["sample_id"], ids]
        ).unique()
        samples = stored_where(before, _SAMPLES, "sample_id", known)
        new = fresh.filter(
            pl.col("sample_id").is_in(known.implode())
            | pl.col("patient_id").is_in(patients.implode())
        )
        owners = pl.concat([patients, samples["patient_id"], new["patient_id"]])
        owners = _with_tied(owners, ties.patients)
        more = _with_tied(pl.concat([known, new["sample_id"]]), ties.samples)
        if owners.len() == patients.len() and more.len() == ids.len():
            return overlaid(_SAMPLES, samples, load, wanted=more), owners, more
        patients, ids = owners, more


def overlaid(
    table: Table, stored: pl.DataFrame, load: Ingested, wanted: pl.Series | None = None
) -> pl.DataFrame:
    """Return stored rows with those of the load in their place; only of the samples wanted."""
    rows = stored.select(table.stored_columns)
    if table.name not in load.tables:
        return rows
    fresh = load.tables[table.name].rows
    if wanted is not None:
        fresh = fresh.filter(pl.col("sample_id").is_in(wanted.implode()))
    return pl.concat([rows.join(fresh, on="sample_id", how="anti"), fresh])
