"""Records for the owner alone: files and findings of each load as they came, beside their public form.

Where names are replaced by pseudonyms, `private/source_files/<load_id>.parquet` and
`private/findings/<load_id>.parquet` hold what the tables of the same names then do not: names of files, values,
messages and rows as they came. Later loads read the former to know a file again by its name.
"""

import io
from collections.abc import Sequence

import polars as pl

from flows.disk import PRIVATE_DIR_MODE, PRIVATE_FILE_MODE, write_whole
from flows.errors import EXIT_NOT_PUBLISHED, UserError
from flows.pseudonyms import Door
from flows.warehouse import Warehouse
from schemas.fields import FIELDS
from schemas.findings import FINDING_CODES
from schemas.tables import TABLES
from transforms.worded import worded

RECORDS = ("source_files", "findings")
"""Tables of which a load leaves a record."""


def write_private(warehouse: Warehouse, load_id: str, name: str, rows: pl.DataFrame) -> None:
    """Write a record of a load, before the load is published."""
    folder = warehouse.private / name
    folder.mkdir(mode=PRIVATE_DIR_MODE, exist_ok=True)
    data = io.BytesIO()
    rows.write_parquet(data, compression="zstd", compression_level=1)
    write_whole(folder / f"{load_id}.parquet", data.getvalue(), PRIVATE_FILE_MODE)


def read_private(warehouse: Warehouse, name: str, load_ids: Sequence[str]) -> pl.DataFrame:
    """Return a record of published loads.

    Args:
        warehouse: a warehouse with pseudonyms.
        name: `source_files` or `findings`.
        load_ids: the loads.

    Raises:
        UserError: the record of a load is missing.
    """
    empty = TABLES[name].empty()
    parts = [empty]
    for load_id in sorted(set(load_ids)):
        path = warehouse.private / name / f"{load_id}.parquet"
        if not path.is_file():
            raise UserError(
                f"{path}: the record of a load is missing; restore it from a backup",
                EXIT_NOT_PUBLISHED,
            )
        parts.append(
            pl.read_parquet(path).select(pl.col(c).cast(t) for c, t in empty.schema.items())
        )
    return pl.concat(parts)


def public_files(files: pl.DataFrame, door: Door) -> pl.DataFrame:
    """Return rows of `source_files` with pseudonyms of files, and of folders that name no known assay."""
    named = {n: door.file(n) for n in files["name"].unique()}
    assays = files["told"].str.json_path_match("$[0][0]").drop_nulls()
    folders = files["folder_assay_id"].drop_nulls().unique()
    hidden = {n: door.called(n, "text") for n in set(folders) - set(assays)}
    return files.with_columns(
        pl.col("name").replace(named),
        pl.col("folder_assay_id").replace(hidden),
        # sheets and headings are named by people, and so may patients be there
        pl.lit(None, dtype=pl.String).alias("sheet"),
        pl.lit(None, dtype=files.schema["source_columns"]).alias("source_columns"),
    )


def public_findings(found: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """Return findings made before names were replaced, with the general words of their codes alone.

    Line and severity stay, and the column where it is one of ours. Value, message and place quote the file.
    """
    words = {code: f"{about.meaning} {about.remedy}" for code, about in FINDING_CODES.items()}
    is_ours = pl.col("column").is_in(list(FIELDS))
    return [
        rows.with_columns(
            pl.when(is_ours).then(worded("column {}", "column")).alias("source_place"),
            pl.when(is_ours).then("column").alias("column"),
            pl.lit(None, dtype=pl.String).alias("value"),
            pl.col("code").replace_strict(words, return_dtype=pl.String).alias("message"),
        )
        for rows in found
    ]
