"""What a load changes: the rows that its patients touch, recomputed and put beside the rest.

A load reads the stored rows of the patients it touches and nothing else of the large tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from flows.publish import Change
from flows.snapshot import Snapshot
from schemas.tables import DERIVED_TABLES, MEASUREMENT_TABLES, REFERENCE_TABLES, TABLES, Table
from transforms.derive import derive
from transforms.guidelines.rules import Rules
from transforms.ingest import Ingested, ParsedLoad
from transforms.kits.assay_rows import with_kits
from transforms.kits.catalogue import KITS
from transforms.names import alike, names_alike
from transforms.normalise.context import known_samples

_SAMPLES = TABLES["samples"]
_WHOLE = tuple(t for t in REFERENCE_TABLES if t is not _SAMPLES)


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


def _scan(before: Snapshot | None, table: Table) -> pl.LazyFrame:
    if before is not None:
        return before.scan(table)
    empty = table.empty()
    if table.is_by_year:
        empty = empty.with_columns(pl.lit(0, dtype=pl.Int32).alias("collected_year"))
    return empty.lazy()


def _where(before: Snapshot | None, table: Table, column: str, values: pl.Series) -> pl.DataFrame:
    keys = pl.DataFrame({column: values.unique()}, schema={column: pl.String}).lazy()
    return _scan(before, table).join(keys, on=column, how="semi").collect()


def stored_rows(before: Snapshot | None, parsed: ParsedLoad) -> dict[str, pl.DataFrame]:
    """Return the stored rows that the new rows must be reconciled with."""
    stored: dict[str, pl.DataFrame] = {}
    for name, rows in parsed.tables.items():
        table = TABLES[name]
        if table in _WHOLE:
            frame = _scan(before, table).collect()
        else:
            frame = _where(before, table, "sample_id", rows["sample_id"])
        stored[name] = frame.select(table.stored_columns)
    return stored


def changes_of(
    before: Snapshot | None,
    load: Ingested,
    rules: Rules,
    *,
    everything: bool,
    alike: Callable[[pl.Expr], pl.Expr] = alike,
) -> Changes:
    """Recompute what a load touches.

    Args:
        before: the current snapshot.
        load: the reconciled rows of the load.
        rules: active rules.
        everything: recompute every patient, because code or rules have changed.
        alike: what names of samples that may be one have in common.
    """
    reference = {
        t.name: load.tables[t.name].rows if t.name in load.tables else _scan(before, t).collect()
        for t in _WHOLE
    }
    samples, patients, touched = _touched(before, load, everything=everything)
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
            _scan(before, table).collect()
            if everything
            else _where(before, table, "sample_id", wanted)
        )
        stored[table.name] = rows
        inputs[table.name] = _overlaid(table, rows, load, None if everything else wanted)
    derived = derive(inputs, rules)
    tables = {t.name: Change(reference[t.name]) for t in _WHOLE if t.name in load.tables}
    tables["samples"] = _change(
        _SAMPLES,
        inputs["samples"].with_columns(pl.col("collected_on").dt.year().alias("collected_year")),
        "sample_id",
        stored=_where(before, _SAMPLES, "sample_id", wanted),
    )
    waiting = []
    for table in MEASUREMENT_TABLES:
        after = _with_year(inputs[table.name], inputs)
        tables[table.name] = _change(table, after, "sample_id", stored=stored[table.name])
        waiting.append(after.filter(pl.col("collected_year") == 0, "is_current"))
    for table in DERIVED_TABLES:
        rows = derived.tables[table.name]
        if not table.is_by_year:
            kept = (
                _scan(before, table)
                .filter(~pl.col("patient_id").is_in(patients.implode()))
                .collect()
            )
            tables[table.name] = Change(pl.concat([kept, rows]))
            continue
        date = "occurred_on" if "occurred_on" in rows.columns else "collected_on"
        after = rows.with_columns(pl.col(date).dt.year().alias("collected_year"))
        old = (
            _scan(before, table).collect()
            if everything
            else _where(before, table, "patient_id", patients)
        )
        tables[table.name] = _change(table, after, "sample_id", stored=old)
    columns = ["sample_id", "assay_id", "source_sha256", "source_line"]
    pending = pl.concat([w.select(columns) for w in waiting])
    known = inputs["patients"].filter("is_current")["patient_id"]
    findings = pl.concat([derived.findings, _names_alike(before, load, alike)])
    return Changes(tables, findings, known, _why_pending(pending, inputs))


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
    stored = [_scan(before, _SAMPLES).select(place)]
    stored += [
        _scan(before, t).filter(pl.col("collected_year") == 0).select(place)
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


def _touched(
    before: Snapshot | None, load: Ingested, *, everything: bool
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Return samples of the touched patients, these patients, and all touched sample ids."""
    if everything:
        stored = _scan(before, _SAMPLES).collect()
        samples = _overlaid(_SAMPLES, stored, load)
        known = (
            load.tables["patients"].rows
            if "patients" in load.tables
            else _scan(before, TABLES["patients"]).collect()
        )
        return (
            samples,
            pl.concat([known["patient_id"], samples["patient_id"]]).unique(),
            samples["sample_id"],
        )

    def changed(name: str, column: str) -> pl.Series:
        if name not in load.tables:
            return pl.Series(column, [], dtype=pl.String)
        return load.tables[name].changed[column]

    ids = [changed(t.name, "sample_id") for t in MEASUREMENT_TABLES]
    ids += [changed("samples", "sample_id")]
    assays = pl.concat([changed("assays", "assay_id"), changed("runs", "assay_id")]).unique()
    if assays.len():
        ids += [
            _scan(before, t)
            .filter(pl.col("assay_id").is_in(assays.implode()))
            .select("sample_id")
            .collect()["sample_id"]
            for t in MEASUREMENT_TABLES
        ]
    touched = pl.concat(ids).unique()
    patients = pl.concat(
        [changed(t.name, "patient_id") for t in _WHOLE if "patient_id" in t.columns]
    )
    return _closed_over_owners(before, load, touched, patients.unique())


def _closed_over_owners(
    before: Snapshot | None, load: Ingested, touched: pl.Series, patients: pl.Series
) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Follow samples to their owners, past ones too, and owners to their samples, to the end.

    A sample that was reassigned ties two patients together: whoever touches one touches both.
    """
    fresh = load.tables["samples"].rows if "samples" in load.tables else _SAMPLES.empty()
    samples = _SAMPLES.empty().with_columns(pl.lit(0, dtype=pl.Int32).alias("collected_year"))
    ids = touched
    while True:
        known = pl.concat(
            [_where(before, _SAMPLES, "patient_id", patients)["sample_id"], ids]
        ).unique()
        samples = _where(before, _SAMPLES, "sample_id", known)
        new = fresh.filter(
            pl.col("sample_id").is_in(known.implode())
            | pl.col("patient_id").is_in(patients.implode())
        )
        owners = pl.concat([patients, samples["patient_id"], new["patient_id"]]).unique()
        more = pl.concat([known, new["sample_id"]]).unique()
        if owners.len() == patients.len() and more.len() == ids.len():
            return _overlaid(_SAMPLES, samples, load, wanted=more), owners, more
        patients, ids = owners, more


def _overlaid(
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


def _known_assays(inputs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    names = with_kits(inputs["assays"].filter("is_current"), KITS).select("assay_id").unique()
    return names.with_columns(has_assay=True)


def _with_year(rows: pl.DataFrame, inputs: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Give measurement rows the year of their sample, and pending rows the year 0."""
    years = known_samples(inputs).select(
        "sample_id", pl.col("collected_on").dt.year().alias("sample_year")
    )
    return (
        rows.join(years, on="sample_id", how="left", maintain_order="left")
        .join(_known_assays(inputs), on="assay_id", how="left", maintain_order="left")
        .with_columns(
            pl.when("has_assay")
            .then("sample_year")
            .fill_null(0)
            .cast(pl.Int32)
            .alias("collected_year")
        )
        .drop("sample_year", "has_assay")
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
        pl.when(pl.col("patient_id").is_null()).then(pl.format("sample {}", "sample_id")),
        pl.when(pl.col("patient_id").is_not_null() & pl.col("has_patient").is_null()).then(
            pl.format("patient {}", "patient_id")
        ),
        pl.when(pl.col("has_assay").is_null()).then(pl.format("assay {}", "assay_id")),
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
