"""Rows of `source_files` and `findings` of a load, with the names of files and the rejected rows as they came."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from flows.waiting import ON_RESULTS, new_on_results
from schemas.tables import TABLES
from transforms.places import Places
from transforms.problems import FileRefusedError, all_findings
from transforms.readers.delimited import text_lines
from transforms.readers.registry import find_reader

if TYPE_CHECKING:
    from flows.entries import Entry

_FINDINGS = TABLES["findings"]


def source_file_rows(
    load_id: str,
    entries: Sequence["Entry"],
    counts: pl.DataFrame,
    settings_hash: Callable[[str | None], str],
    places: Mapping[int, Places],
) -> pl.DataFrame:
    """Return the rows of `source_files` of a load.

    Args:
        load_id: the load.
        entries: its files.
        counts: rows of each file, by `file_no`.
        settings_hash: hash of the settings that the reader of a format depends on.
        places: where the columns of a file stand, by `file_no`.
    """
    table = TABLES["source_files"]
    files = pl.DataFrame(
        [
            {
                "file_no": e.file_no, "load_id": load_id, "sha256": e.sha256, "name": e.name,
                "format": e.format, "reader": e.reader, "outcome": e.outcome, "reason": e.reason,
                "folder_assay_id": e.folder_assay_id, "settings_sha256": settings_hash(e.format),
                "told": e.told, "layout_sha256": e.layout_sha256,
                "sheet": places[e.file_no].sheet if e.file_no in places else None,
                "source_columns": places[e.file_no].in_words() or None if e.file_no in places else None,
            }
            for e in entries
        ],
        schema={"file_no": pl.Int64, **{c: pl.String for c in ("load_id", "sha256", "name", "format", "reader", "outcome", "reason", "folder_assay_id", "settings_sha256", "told", "layout_sha256", "sheet")}, "source_columns": pl.List(pl.String)},
    )  # fmt: skip
    rows = files.join(counts, on="file_no", how="left").with_columns(
        pl.col(counts.columns[1:]).fill_null(0)
    )
    return rows.select(pl.col(c).cast(t) for c, t in table.polars_schema.items())


def finding_rows(
    load_id: str,
    entries: Sequence["Entry"],
    found: Sequence[pl.DataFrame],
    on_results: pl.DataFrame,
    names: pl.DataFrame,
    stored: pl.DataFrame,
    input_path: Callable[[str], Path] | None,
    name_of: Callable[[str], str] = str,
) -> pl.DataFrame:
    """Return the rows of `findings` of a load.

    Args:
        load_id: the load.
        entries: its files.
        found: findings by `file_no`.
        on_results: findings on results, by `source_sha256`; those stored before are left out, and those on
            names wherever they stood.
        names: `sha256`, `name` of all files ever read.
        stored: findings of earlier loads.
        input_path: where the bytes of an input are kept; None = no raw rows.
        name_of: what a file of the load is called.
    """
    files = pl.DataFrame(
        [(e.file_no, e.sha256, name_of(e.name)) for e in entries],
        schema={"file_no": pl.Int64, "source_sha256": pl.String, "source_name": pl.String},
        orient="row",
    )
    by_file = all_findings(list(found)).join(files, on="file_no", how="left")
    known = names.drop_nulls().unique("sha256", keep="last", maintain_order=True)
    fresh = new_on_results(on_results, stored).join(
        known.select(pl.col("sha256").alias("source_sha256"), pl.col("name").alias("source_name")),
        on="source_sha256",
        how="left",
    )
    told = stored.filter(pl.col("code") == "SAMPLE_NAMES_ALIKE").select("code", "value")
    fresh = fresh.join(told, on=["code", "value"], how="anti")
    columns = [*ON_RESULTS, "source_name"]
    # a result is of several rows: its finding has the first of their lines and no cell
    rows = pl.concat(
        [by_file.select(*columns, "source_place"), fresh.select(columns)], how="diagonal"
    )
    # rows name each other by hash until here; people know files by name
    called = {f"of {r['sha256'][:12]}": f"of {r['name']}" for r in known.to_dicts()}
    rows = rows.with_columns(pl.col("message").str.replace_many(called)) if called else rows
    rows = _with_raw_rows(rows, input_path).with_columns(pl.lit(load_id).alias("load_id"))
    return rows.select(pl.col(c).cast(t) for c, t in _FINDINGS.polars_schema.items()).unique(
        _FINDINGS.key, maintain_order=True
    )


def _with_raw_rows(rows: pl.DataFrame, input_path: Callable[[str], Path] | None) -> pl.DataFrame:
    if input_path is None:
        return rows.with_columns(pl.lit(None, dtype=pl.String).alias("raw_row"))
    wanted = rows.filter(
        pl.col("severity") == "REJECTED",
        pl.col("source_line").is_not_null(),
        pl.col("source_sha256").is_not_null(),
    )
    files = wanted["source_sha256"].unique().sort().to_list()
    parts = [
        text_lines(text).select(
            pl.lit(sha256).alias("source_sha256"),
            pl.col("source_line").cast(pl.Int64),
            pl.col("line").alias("raw_row"),
        )
        for sha256 in files
        if (text := _quotable(input_path(sha256)))
    ]
    if not parts:
        return rows.with_columns(pl.lit(None, dtype=pl.String).alias("raw_row"))
    joined = rows.join(
        pl.concat(parts), on=["source_sha256", "source_line"], how="left", maintain_order="left"
    )
    return joined.with_columns(pl.when(pl.col("severity") == "REJECTED").then("raw_row"))


def _quotable(path: Path) -> bytes:
    """Return the text of a file whose lines may be quoted; empty where there is none, or names may be in it."""
    try:
        reader, content = find_reader(path.read_bytes())
    except FileRefusedError:
        return b""
    return content.text if reader.may_quote else b""
