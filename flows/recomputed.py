"""Which patients the load of a snapshot recomputed: those that its report shows, when it is written again."""

import polars as pl

from flows.persons import survivors
from flows.snapshot import Snapshot
from flows.warehouse import Warehouse
from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES, TABLES, Table


def recomputed_patients(warehouse: Warehouse, snapshot: Snapshot) -> tuple[pl.Series, bool]:
    """Return the patients that the load of a snapshot recomputed, and whether that is known for certain.

    What a load touched shows beside the snapshot before it. Where that was pruned, the rows that are from
    the files of the load tell the most of it.
    """
    current = snapshot.scan(TABLES["patients"]).filter("is_current").select("patient_id").collect()
    current = current.filter(~pl.col("patient_id").is_in(list(survivors(snapshot))))
    if snapshot.manifest.get("recomputed_because") is not None:
        return current["patient_id"], True
    loads = snapshot.published_loads()["load_id"]
    earlier = [i for i in loads if i < snapshot.manifest["load_id"]]
    is_certain = not earlier or earlier[-1] in warehouse.snapshot_names()
    if is_certain:
        before = warehouse.snapshot(earlier[-1]) if earlier else None
        changed = {t.name: _other_rows(before, snapshot, t) for t in INPUT_TABLES}
    else:
        files = snapshot.scan(TABLES["source_files"]).filter(
            pl.col("load_id") == snapshot.manifest["load_id"], pl.col("outcome") == "LOADED"
        )
        own = files.select(pl.col("sha256").alias("source_sha256"))
        changed = {
            t.name: snapshot.scan(t).join(own, on="source_sha256", how="semi").collect()
            for t in INPUT_TABLES
        }
    return current.filter(_owners(snapshot, changed))["patient_id"], is_certain


def _other_rows(before: Snapshot | None, after: Snapshot, table: Table) -> pl.DataFrame:
    """Return the rows that only one of two snapshots has; files that both have are not read."""

    def files_of(snapshot: Snapshot | None) -> dict[str, str]:
        names = snapshot.files(table) if snapshot else []
        return {n: snapshot.manifest["files"][n]["sha256"] for n in names} if snapshot else {}

    old, new = files_of(before), files_of(after)
    parts = [table.empty()]
    for snapshot, own, other in ((before, old, new), (after, new, old)):
        for name in own:
            if snapshot is not None and other.get(name) != own[name]:
                parts.append(snapshot.scan_file(table, name).collect())
    return pl.concat(parts).unique(keep="none", maintain_order=True)


def _owners(snapshot: Snapshot, changed: dict[str, pl.DataFrame]) -> pl.Expr:
    """Return whether a patient is touched: by rows of its own, or by a sample that it shares with one that is."""
    assays = pl.concat([changed[name].select("assay_id") for name in ("assays", "runs")]).unique()
    given = (*MEASUREMENT_TABLES, TABLES["samples"], TABLES["amendments"])
    measured = [changed[t.name].select("sample_id") for t in given]
    by_assay = [
        snapshot.scan(t).select("sample_id", "assay_id").collect().join(assays, on="assay_id", how="semi").select("sample_id")
        for t in MEASUREMENT_TABLES
    ]  # fmt: skip
    ids = set(pl.concat([*measured, *by_assay])["sample_id"])
    patients = {
        patient
        for t in INPUT_TABLES
        if "patient_id" in t.columns and t.name != "samples"
        for patient in changed[t.name]["patient_id"]
    }
    shared = snapshot.scan(TABLES["samples"]).select("sample_id", "patient_id").collect()
    amended, merged = (snapshot.read(TABLES[n]) for n in ("amendments", "patient_aliases"))
    n_known = -1
    while n_known != len(ids) + len(patients):
        n_known = len(ids) + len(patients)
        of_either = pl.col("sample_id").is_in(sorted(ids)) | pl.col("patient_id").is_in(sorted(patients))  # fmt: skip
        touched = shared.filter(of_either)
        ids |= set(touched["sample_id"])
        patients |= set(touched["patient_id"])
        for rows, known in (
            (amended.select("sample_id", "correct_sample_id"), ids),
            (merged.select("patient_id", "merged_into_patient_id"), patients),
        ):
            tied = rows.filter(pl.any_horizontal(pl.all().is_in(sorted(known))))
            known |= {name for pair in tied.rows() for name in pair if name is not None}
    return pl.col("patient_id").is_in(sorted(patients))
