"""What a load changes: the rows that its patients touch, recomputed and put beside the rest.

A load reads the stored rows of the patients it touches and nothing else of the large tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from flows.publish import Change
from flows.snapshot import Snapshot
from flows.touched import WHOLE, changed_keys, overlaid, stored_scan, stored_where, touched_by
from schemas.tables import DERIVED_TABLES, MEASUREMENT_TABLES, TABLES, Table
from transforms.amend import with_amendments
from transforms.amend_findings import amendment_findings
from transforms.derive import derive
from transforms.guidelines.rules import Rules
from transforms.ingest import Ingested, ParsedLoad
from transforms.kits.assay_rows import with_kits
from transforms.kits.catalogue import KITS
from transforms.names import alike, names_alike
from transforms.normalise.context import known_samples
from transforms.worded import worded

_SAMPLES = TABLES["samples"]


@dataclass(frozen=True)
class Changes:
    """What a load changes.

    Attributes:
        tables: by table.
        findings: findings on results, `source_sha256`, `source_line`, …
        patients: `patient_id` of the recomputed patients.
        pending: current measurement rows of the touched samples that wait, with `why`.
    """

    tables: dict[str, Change]
    findings: pl.DataFrame
    patients: pl.Series
    pending: pl.DataFrame = field(default_factory=pl.DataFrame)


def stored_rows(before: Snapshot | None, parsed: ParsedLoad) -> dict[str, pl.DataFrame]:
    """Return the stored rows that the new rows must be reconciled with."""
    if before is None:
        return {name: TABLES[name].empty() for name in parsed.tables}
    stored: dict[str, pl.DataFrame] = {}
    for name, rows in parsed.tables.items():
        table = TABLES[name]
        if table in WHOLE:
            frame = stored_scan(before, table).collect()
        else:
            frame = stored_where(before, table, "sample_id", rows["sample_id"])
        stored[name] = frame.select(table.stored_columns)
    return stored


def changes_of(
    before: Snapshot | None,
    load: Ingested,
    rules: Rules,
    *,
    everything: bool,
    alike: Callable[[pl.Expr], pl.Expr] = alike,
    also: pl.Series | None = None,
) -> Changes:
    """Recompute what a load touches.

    Args:
        before: the current snapshot.
        load: the reconciled rows of the load.
        rules: active rules.
        everything: recompute every patient, because code or rules have changed.
        alike: what names of samples that may be one have in common.
        also: samples whose patients are recomputed although the load has no row of them.
    """
    # in a new warehouse there is nobody else: to ask whom the load touches would take longer
    everything = everything or before is None
    reference = {
        t.name: load.tables[t.name].rows
        if t.name in load.tables
        else stored_scan(before, t).collect()
        for t in WHOLE
    }
    samples, patients, touched = touched_by(before, load, reference, also, everything=everything)
    inputs: dict[str, pl.DataFrame] = {
        **reference,
        "samples": samples.select(_SAMPLES.stored_columns),
    }
    inputs["patients"] = reference["patients"].filter(
        pl.col("patient_id").is_in(patients.implode())
    )
    wanted = pl.concat([samples["sample_id"], touched]).unique()
    stored: dict[str, pl.DataFrame] = {}
    for table in MEASUREMENT_TABLES:
        rows = (
            stored_scan(before, table).collect()
            if everything
            else stored_where(before, table, "sample_id", wanted)
        )
        stored[table.name] = rows
        inputs[table.name] = overlaid(table, rows, load, None if everything else wanted)
    inputs = with_amendments(inputs)
    derived = derive(inputs, rules)
    in_force = derived.counted
    tables = {t.name: Change(reference[t.name]) for t in WHOLE if t.name in load.tables}
    tables["samples"] = _change(
        _SAMPLES,
        inputs["samples"].with_columns(pl.col("collected_on").dt.year().alias("collected_year")),
        "sample_id",
        stored=stored_where(before, _SAMPLES, "sample_id", wanted),
    )
    waiting = []
    for table in MEASUREMENT_TABLES:
        after = _with_year(inputs[table.name], in_force)
        tables[table.name] = _change(table, after, "sample_id", stored=stored[table.name])
        waiting.append(after.filter(pl.col("collected_year") == 0, "is_current"))
    for table in DERIVED_TABLES:
        rows = derived.tables[table.name]
        if not table.is_by_year:
            kept = (
                stored_scan(before, table)
                .filter(~pl.col("patient_id").is_in(patients.implode()))
                .collect()
            )
            tables[table.name] = Change(pl.concat([kept, rows]))
            continue
        date = "occurred_on" if "occurred_on" in rows.columns else "collected_on"
        after = rows.with_columns(pl.col(date).dt.year().alias("collected_year"))
        old = (
            stored_scan(before, table).collect()
            if everything
            else stored_where(before, table, "patient_id", patients)
        )
        tables[table.name] = _change(table, after, "sample_id", stored=old)
    columns = ["sample_id", "assay_id", "source_sha256", "source_line"]
    pending = pl.concat(
        [w.with_columns(sample_id="counts_for_sample_id").select(columns) for w in waiting]
    )
    known = in_force["patients"].filter("is_current")["patient_id"]
    on_amendments = amendment_findings(
        inputs, changed_keys(load, "amendments"), {t.name: changed_keys(load, t.name) for t in MEASUREMENT_TABLES}
    )  # fmt: skip
    findings = pl.concat([derived.findings, on_amendments, _names_alike(before, load, alike)])
    return Changes(tables, findings, known, _why_pending(pending, in_force))


def _names_alike(
    before: Snapshot | None, load: Ingested, alike: Callable[[pl.Expr], pl.Expr]
) -> pl.DataFrame:
    """Return findings on names of samples that this load brings and that may be one with another."""
    place = ("sample_id", "source_sha256", "source_line")
    tables = [t for t in (_SAMPLES, *MEASUREMENT_TABLES) if t.name in load.tables]
    empty = _SAMPLES.empty().select(place)
    given = pl.concat([empty, *(load.tables[t.name].rows.select(place) for t in tables)])
    if given.is_empty():
        return names_alike(given, given, alike)
    # a measurement that does not wait has its sample among the samples
    stored = [stored_scan(before, _SAMPLES).select(place)]
    stored += [
        stored_scan(before, t).filter(pl.col("collected_year") == 0).select(place)
        for t in MEASUREMENT_TABLES
    ]
    known = pl.concat(stored).unique("sample_id").collect()
    new = given.join(known, on="sample_id", how="anti")
    keys = new.select(alike(pl.col("sample_id")).alias("key")).unique()
    near = known.with_columns(alike(pl.col("sample_id")).alias("key")).join(
        keys, on="key", how="semi"
    )
    names = near.lazy().select("sample_id")
    rows = [s.join(names, on="sample_id", how="semi") for s in stored]
    return names_alike(new, pl.concat(rows).collect(), alike)


def _known_assays(inputs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    names = with_kits(inputs["assays"].filter("is_current"), KITS).select("assay_id").unique()
    return names.with_columns(has_assay=True)


def _with_year(rows: pl.DataFrame, inputs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Give measurement rows the year of the sample they count for, and pending rows the year 0."""
    years = known_samples(inputs).select(
        pl.col("sample_id").alias("year_of"), pl.col("collected_on").dt.year().alias("sample_year")
    )
    return (
        rows.with_columns(pl.coalesce("counts_for_sample_id", "sample_id").alias("year_of"))
        .join(years, on="year_of", how="left", maintain_order="left")
        .join(_known_assays(inputs), on="assay_id", how="left", maintain_order="left")
        .with_columns(
            pl.when("has_assay")
            .then("sample_year")
            .fill_null(0)
            .cast(pl.Int32)
            .alias("collected_year")
        )
        .drop("year_of", "sample_year", "has_assay")
    )


def _why_pending(pending: pl.DataFrame, inputs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    samples = inputs["samples"].filter("is_current").select("sample_id", "patient_id")
    known = (
        inputs["patients"].filter("is_current").select("patient_id").with_columns(has_patient=True)
    )
    beside = (
        pending.join(samples, on="sample_id", how="left")
        .join(known, on="patient_id", how="left")
        .join(_known_assays(inputs), on="assay_id", how="left")
    )
    missing = pl.concat_str(
        pl.when(pl.col("patient_id").is_null()).then(worded("sample {}", "sample_id")),
        pl.when(pl.col("patient_id").is_not_null() & pl.col("has_patient").is_null()).then(
            worded("patient {}", "patient_id")
        ),
        pl.when(pl.col("has_assay").is_null()).then(worded("assay {}", "assay_id")),
        separator=", ",
        ignore_nulls=True,
    )
    return beside.select(*pending.columns, missing.alias("why"))


def _hashed(frame: pl.DataFrame) -> pl.DataFrame:
    flat = [
        pl.col(c).list.join("\x1f") if isinstance(t, pl.List) else pl.col(c)
        for c, t in frame.schema.items()
    ]
    return frame.with_columns(frame.select(flat).hash_rows().alias("row_hash"))


def _change(table: Table, after: pl.DataFrame, key: str, *, stored: pl.DataFrame) -> Change:
    """Return the rows of those keys for which anything is different from what is stored."""
    columns = [*table.stored_columns, "collected_year"]
    after = after.select(*table.stored_columns, pl.col("collected_year").cast(pl.Int32))
    if stored.is_empty():
        return Change(after, after.select(key).unique())
    old, new = _hashed(stored.select(columns)), _hashed(after)
    gone = old.join(new, on=[key, "row_hash"], how="anti")
    come = new.join(old, on=[key, "row_hash"], how="anti")
    keys = pl.concat([gone.select(key), come.select(key)]).unique()
    return Change(after.join(keys, on=key, how="semi"), keys)
