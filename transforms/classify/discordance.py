"""How several assays of one sample agree: first by what each could have seen, then by how much it saw.

Only fractions of cells are compared: a ratio of RNA or a VAF never outvotes one (domain §6).
"""

import polars as pl

from schemas.tables import TABLES
from transforms.classify.depth import CELL_BASES
from transforms.ratio import ratio
from transforms.tolerance import RTOL

_DTYPE = TABLES["sample_remission"].polars_schema["discordance"]
_WORDS = ["CONCORDANT", "SENSITIVITY_EXPLAINED", "WITHIN_UNCERTAINTY", "DISCORDANT"]
"""From best to worst; the worst pair speaks for the sample."""


def discordance(results: pl.DataFrame, status: pl.DataFrame, near_log10: float) -> pl.DataFrame:
    """Return `sample_id` and `discordance` of samples with two assays that can be compared.

    Args:
        results: as `transforms.normalise.results.assay_results` gives them.
        status: rows of `mrd_status`.
        near_log10: distance up to which two levels are the same.
    """
    key = ["sample_id", "assay_id", "marker"]
    # what two assays saw agrees or not, whether the rule set has a class for it or not
    counted = status.select(*key, "required_lod_fraction")
    level = pl.coalesce("level_fraction", "estimate_fraction")
    rows = (
        results.filter(
            pl.col("basis").is_in(CELL_BASES),
            pl.col("finding") != "NOT_EVALUABLE",
            pl.col("finding_reason").is_null(),
        )
        .join(counted, on=key)
        .select(
            *key,
            "lod_fraction",
            (pl.col("finding") == "DETECTED").alias("is_seen"),
            level.alias("level"),
            # what lies in a laboratory's range begins at its LOD
            pl.coalesce("ci_low_fraction", pl.when(pl.col("censor") == "INTERVAL").then("lod_fraction"), level).alias("low"),
            pl.coalesce("ci_high_fraction", "upper_fraction").alias("high"),
            "required_lod_fraction",
        )
    )  # fmt: skip
    threshold = pl.col("required_lod_fraction")
    straddles = (pl.col("low") < threshold * (1 - RTOL)) & (
        pl.col("high") >= threshold * (1 - RTOL)
    )
    rows = rows.with_columns(straddles.fill_null(False).alias("straddles"))
    pairs = rows.join(rows, on="sample_id", suffix="_b").filter(
        pl.col("assay_id") < pl.col("assay_id_b")
    )
    seen, other = pl.col("is_seen"), pl.col("is_seen_b")
    least = pl.when(seen).then("low").otherwise("low_b")
    blind = pl.when(seen).then("lod_fraction_b").otherwise("lod_fraction")
    apart = ratio(pl.col("level"), pl.col("level_b")).log10().abs()
    overlap = (pl.col("low") <= pl.col("high_b")) & (pl.col("low_b") <= pl.col("high"))
    place = {w: pl.lit(i, dtype=pl.Int32) for i, w in enumerate(_WORDS)}
    word = (
        pl.when(~seen & ~other).then(place["CONCORDANT"])
        .when(seen & other & ((apart <= near_log10 + RTOL).fill_null(False) | overlap.fill_null(False))).then(place["CONCORDANT"])
        .when(seen & other & (apart.is_not_null() | overlap.is_not_null())).then(
            pl.when(pl.col("straddles") | pl.col("straddles_b")).then(place["WITHIN_UNCERTAINTY"]).otherwise(place["DISCORDANT"]))
        .when(seen & other).then(None)
        .when(blind.is_null() | least.is_null()).then(None)
        .when(least <= blind * (1 + RTOL)).then(place["SENSITIVITY_EXPLAINED"])
        .otherwise(place["DISCORDANT"])
    )  # fmt: skip
    return (
        pairs.with_columns(word.alias("place"))
        .group_by("sample_id")
        .agg(pl.col("place").max())
        .select(
            "sample_id",
            pl.col("place")
            .replace_strict(dict(enumerate(_WORDS)), default=None, return_dtype=pl.String)
            .cast(_DTYPE)
            .alias("discordance"),
        )
    )
