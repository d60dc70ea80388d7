"""Whether the records of a snapshot agree with each other and with its rows: what does not, in words."""

from collections.abc import Collection

import polars as pl

from flows.snapshot import Snapshot
from schemas.enums import LoadKind
from schemas.tables import INPUT_TABLES, TABLES

_COUNTS = ("rows_read", "rows_accepted", "rows_rejected", "rows_ignored")


def contradictions(snapshot: Snapshot, loaded: Collection[str]) -> list[str]:
    """Return one line of words for each thing that records say and that cannot be.

    Args:
        snapshot: a snapshot whose files are as they were written.
        loaded: SHA-256 of the files that count, each as it was read last.
    """
    published, files = snapshot.published_loads(), snapshot.read(TABLES["source_files"])
    return [
        *_of_the_manifest(snapshot, published),
        *_of_sums(published, files),
        *_of_loads(snapshot, published),
        *_of_sources(snapshot, loaded),
    ]


def _of_the_manifest(snapshot: Snapshot, loads: pl.DataFrame) -> list[str]:
    manifest = snapshot.manifest
    # forgetting takes rows out and computes none of the others again, so that their program stays
    computed = loads.filter(pl.col("kind") != LoadKind.FORGET)
    if computed.is_empty():
        return ["loads: there is no load"]
    last, last_computed = (rows.row(-1, named=True) for rows in (loads, computed))
    own = (
        ("load_id", last, manifest["load_id"]),
        ("code_version", last_computed, manifest["code_version"]),
        ("rulesets", last, sorted(set(manifest["rulesets"].values()))),
    )
    return [
        f"loads: {column} of the last load is {load[column]}, and the manifest says {value}"
        for column, load, value in own
        if load[column] != value
    ]


def _of_sums(loads: pl.DataFrame, files: pl.DataFrame) -> list[str]:
    given = pl.sum_horizontal(_COUNTS[1:])
    found = [
        f"source_files: {r['rows_read']} rows were read from {r['name']} in load {r['load_id']}, and "
        f"{r['given']} were accepted, rejected or ignored"
        for r in files.with_columns(given=given).filter(pl.col("rows_read") != given).to_dicts()
    ]
    sums = files.group_by("load_id").agg(
        pl.len().cast(pl.Int64).alias("files of"), *(pl.col(c).sum().alias(f"{c} of") for c in _COUNTS)
    )  # fmt: skip
    both = loads.join(sums, on="load_id", how="left").sort("load_id")
    for column in ("files", *_COUNTS):
        of_files = pl.col(f"{column} of").fill_null(0)
        off = both.filter(pl.col(column) != of_files).select("load_id", column, of_files)
        found += [
            f"loads: {column} of load {load_id} is {said}, and its files give {sum_of}"
            for load_id, said, sum_of in off.rows()
        ]
    return found


def _of_loads(snapshot: Snapshot, loads: pl.DataFrame) -> list[str]:
    every = snapshot.read(TABLES["loads"])
    twice = every.filter(pl.col("load_id").is_duplicated())["load_id"].unique().sort()
    found = [f"loads: {load_id} is there twice" for load_id in twice]
    for name in ("source_files", "findings"):
        ids = snapshot.scan(TABLES[name]).select("load_id").unique().collect()
        unknown = ids.join(loads, on="load_id", how="anti")["load_id"].sort()
        found += [f"{name}: there is no load {load_id}" for load_id in unknown]
    return found


def _of_sources(snapshot: Snapshot, loaded: Collection[str]) -> list[str]:
    known = pl.LazyFrame({"source_sha256": sorted(loaded)}, schema={"source_sha256": pl.String})
    found = []
    for table in INPUT_TABLES:
        rows = snapshot.scan(table).join(known, on="source_sha256", how="anti")
        strays = rows.group_by("source_sha256").len().sort("source_sha256").collect().rows()
        found += [
            f"{table.name}: {n_rows} rows are from {sha256[:12]}…, which is no file that counts"
            for sha256, n_rows in strays
        ]
    return found
