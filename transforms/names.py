"""Names of samples that may mean one: two samples to the program, perhaps one tube of one patient.

Names are matched as written. `s 12`, `S-12` and `S_12 ` are three samples, of which one may be a slip: its
results would be missing from the other's course. Nothing is joined; a person is told, once.
"""

from collections.abc import Callable

import polars as pl

from schemas.findings import FINDING_CODES
from transforms.problems import FINDING_SCHEMA
from transforms.worded import worded

_CODE = FINDING_CODES["SAMPLE_NAMES_ALIKE"]
_NAMED_AT_MOST = 5


def alike(name: pl.Expr) -> pl.Expr:
    """Return what names that may be one have in common.

    Compatibility forms of letters are made one (NFKC: `Ａ`, `ﬁ`, `²`), case is left out, and blanks, hyphens and
    underscores count as one separator. A separator is never left out: `1-23` and `12-3` are not alike.
    """
    return (
        name.str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all(r"[\s_\p{Pd}\u2212]+", " ")
        .str.strip_chars()
    )


def names_alike(
    new: pl.DataFrame, known: pl.DataFrame, alike: Callable[[pl.Expr], pl.Expr] = alike
) -> pl.DataFrame:
    """Return one finding for each group of sample names that may be one and has a new name.

    Args:
        new: `sample_id`, `source_sha256`, `source_line` of accepted rows of a load, of names not known before.
        known: the same columns, of names known before; those that are alike to none of the new ones do no harm.
        alike: what names that may be one have in common; of pseudonyms that is another.

    Returns:
        Findings SAMPLE_NAMES_ALIKE by `source_sha256`, at the last of the new names in the order of names.
    """
    left_out = ("file_no", "source_place")
    schema = {
        "source_sha256": pl.String(),
        **{c: t for c, t in FINDING_SCHEMA.items() if c not in left_out},
    }
    columns = list(schema)
    names = pl.concat([new.select("sample_id"), known.select("sample_id")]).unique()
    of_one_key = pl.len().over(alike(pl.col("sample_id"))) > 1
    doubtful = names.filter(of_one_key)
    new, known = (rows.join(doubtful, on="sample_id", how="semi") for rows in (new, known))
    if new.is_empty():
        return pl.DataFrame(schema=schema).select(columns)
    keyed = _firsts(new).with_columns(alike(pl.col("sample_id")).alias("key"), is_new=True)
    before = _firsts(known).with_columns(alike(pl.col("sample_id")).alias("key"), is_new=False)
    where = worded(
        "{} (line {} of {})",
        "sample_id",
        pl.col("source_line").fill_null(0),
        pl.col("source_sha256").str.head(12),
    )
    groups = (
        pl.concat([keyed, before])
        .with_columns(where.alias("where"))
        .sort("key", "sample_id")
        .group_by("key", maintain_order=True)
        .agg(
            pl.col("sample_id"),
            pl.col("where"),
            pl.col("source_sha256", "source_line").filter("is_new").last(),
        )
        .filter(pl.col("sample_id").list.len() > 1, pl.col("source_sha256").is_not_null())
    )
    n_names = pl.col("sample_id").list.len()
    more = (
        pl.when(n_names > _NAMED_AT_MOST)
        .then(worded(" and {} more", n_names - _NAMED_AT_MOST))
        .otherwise(pl.lit(""))
    )
    return groups.select(
        "source_sha256",
        pl.col("source_line").cast(pl.Int64),
        pl.lit(_CODE.code).alias("code"),
        pl.lit(_CODE.severity.value).cast(schema["severity"]).alias("severity"),
        pl.lit("sample_id").alias("column"),
        pl.col("sample_id").list.join("; ").alias("value"),
        worded(
            "{}{} may be one sample and are kept as {}; where they are one, reassign the results of the wrong name by a row of amendments",
            pl.col("where").list.head(_NAMED_AT_MOST).list.join(", "), more, n_names,
        ).alias("message"),
    ).select(columns)  # fmt: skip


def _firsts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return each name once, where it stands first."""
    return rows.sort("sample_id", "source_sha256", "source_line", nulls_last=True).unique(
        "sample_id", keep="first", maintain_order=True
    )
