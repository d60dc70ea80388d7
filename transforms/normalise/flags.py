"""Flags of results: collected as bits, because lists of words cost more than everything else."""

from collections.abc import Mapping

import polars as pl

from schemas.flags import FLAGS

_BIT = {name: 1 << i for i, name in enumerate(sorted(FLAGS))}


def flag_bits(held: Mapping[str, pl.Expr]) -> pl.Expr:
    """Return the bits of the flags that hold; null counts as no.

    Args:
        held: condition by flag.
    """
    bits = [
        pl.when(holds).then(pl.lit(_BIT[name], dtype=pl.Int64)).otherwise(pl.lit(0, dtype=pl.Int64))
        for name, holds in held.items()
    ]
    return pl.sum_horizontal(bits) if bits else pl.lit(0, dtype=pl.Int64)


def has_flag(name: str) -> pl.Expr:
    """Return whether `flag_bits` holds a flag."""
    return (pl.col("flag_bits") & _BIT[name]) != 0


def without_flag(rows: pl.DataFrame, name: str, where: pl.Expr) -> pl.DataFrame:
    """Take a flag away where a condition holds."""
    held = pl.when(where).then(pl.col("flag_bits") & _BIT[name]).otherwise(0)
    return rows.with_columns(pl.col("flag_bits") - held)


def with_flag_words(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn the column `flag_bits` into `flags`, sorted words."""
    known = rows.select("flag_bits").unique()
    words = [
        [name for name, bit in _BIT.items() if bits & bit] for bits in known["flag_bits"].to_list()
    ]
    named = known.with_columns(pl.Series("flags", words, dtype=pl.List(pl.String)))
    return rows.join(named, on="flag_bits", how="left", maintain_order="left").drop("flag_bits")
