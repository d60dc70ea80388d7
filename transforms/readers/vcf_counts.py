"""Read counts of VCF records: which FORMAT keys hold them differs by caller, even within a file.

- umiVar2: `AC` molecules with the variant, reference molecules in `Strand` (alt+, alt-, ref+, ref-).
- VarScan: `AD` = alternative only, `RD` = reference.
- MuTect, GATK, pindel: `AD` = reference, alternatives. It may not sum to `DP`, which counts other reads too.
- FreeBayes: `RO`, `AO`. Others: a single `AD` over `DP`.

How many depths `AD`, `AO` or `AC` gives must fit the alternatives of the record; else nobody can tell whose they are.
A record without coverage has 0 of 0: not evaluable. Reads that are written beside a depth of 0 are kept.
"""

import polars as pl

_KEYS = ("GT", "DP", "AD", "RD", "AC", "M_AC", "OAAC", "Strand", "AO", "RO")
_NUMBER = r"^[0-9]{1,12}$"


def counted(records: pl.DataFrame, samples: list[str], gene: pl.Expr) -> pl.DataFrame:
    """Return a row for each record, sample and alternative allele.

    Args:
        records: `source_line`, `cells` (as many as the header has).
        samples: names of the sample columns.
        gene: expression over `info`.

    Returns:
        `source_line`, `nth` (of the allele), `sample`, `chrom`, `pos`, `ref`, `alt`, `filter`, `gene`,
        `format` and `written` (the sample's cell), `marker_count`, `total_count` (null where the cell does not say
        them), `count_kind`.
    """
    cell = pl.col("cells").list
    fixed = records.select(
        "source_line",
        "cells",
        *(
            cell.get(i).str.strip_chars().alias(name)
            for i, name in ((0, "chrom"), (1, "pos"), (3, "ref"), (4, "alt"), (6, "filter"), (7, "info"), (8, "format"))
        ),
    ).with_columns(gene.alias("gene"))  # fmt: skip
    placed = fixed.join(_places(fixed), on="format", how="left", maintain_order="left")
    parts = [
        placed.with_columns(
            pl.lit(name).alias("sample"), cell.get(9 + i).str.strip_chars().alias("written")
        ).drop("cells")
        for i, name in enumerate(samples)
    ]
    calls = pl.concat(parts).with_columns(pl.col("written").str.split(":").alias("call"))
    calls = calls.with_columns(
        pl.col("call").list.get(pl.col(f"at_{key}"), null_on_oob=True).replace({".": None, "": None}).alias(key)
        for key in _KEYS
    )  # fmt: skip
    alleles = calls.with_columns(
        pl.col("alt").str.split(","),
        pl.int_ranges(pl.col("alt").str.split(",").list.len(), dtype=pl.Int64).alias("nth"),
        pl.col("alt").str.split(",").list.len().cast(pl.Int64).alias("n_alt"),
    ).explode("alt", "nth")
    return _with_counts(alleles).sort("source_line", maintain_order=True)


def _places(fixed: pl.DataFrame) -> pl.DataFrame:
    """Return by FORMAT text the place of each key; there are few such texts in a file."""
    keys = fixed.select("format").unique(maintain_order=True).with_columns(
        pl.col("format").str.split(":").alias("key")
    )  # fmt: skip
    places = (
        keys.with_columns(pl.int_ranges(pl.col("key").list.len(), dtype=pl.Int64).alias("at"))
        .explode("key", "at")
        .group_by("format", maintain_order=True)
        .agg(pl.col("at").filter(pl.col("key") == key).first().alias(f"at_{key}") for key in _KEYS)
    )
    return places


def _whole(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains(_NUMBER)).then(text).cast(pl.Int64, strict=False)


def _nth(text: str, at: pl.Expr) -> pl.Expr:
    return _whole(pl.col(text).str.split(",").list.get(at, null_on_oob=True))


def _sum(text: str) -> pl.Expr:
    """Return the sum of numbers joined by commas, null where one of them is not given."""
    numbers = pl.col(text).str.split(",").list.eval(
        pl.when(pl.element().str.contains(_NUMBER)).then(pl.element()).cast(pl.Int64, strict=False)
    )  # fmt: skip
    return pl.when(numbers.list.drop_nulls().list.len() == numbers.list.len()).then(
        numbers.list.sum()
    )


def _n(text: str) -> pl.Expr:
    return pl.col(text).str.split(",").list.len()


def _with_counts(alleles: pl.DataFrame) -> pl.DataFrame:
    ad, depth, nth, n_alt = pl.col("AD"), _whole(pl.col("DP")), pl.col("nth"), pl.col("n_alt")
    is_umi = pl.col("at_M_AC").is_not_null() & pl.col("AC").is_not_null()
    is_with_ref = (_n("AD") == n_alt + 1).fill_null(False)
    is_alone = (_n("AD") == n_alt).fill_null(False)
    is_varscan = is_alone & pl.col("RD").is_not_null()
    is_freebayes = ad.is_null() & pl.col("RO").is_not_null() & (_n("AO") == n_alt).fill_null(False)
    is_one = is_alone & (n_alt == 1)
    is_uncovered = (
        pl.col("filter").str.contains("No_Coverage", literal=True).fill_null(False)
        | (depth == 0).fill_null(False)
        | (
            # a genotype that was not called, and nothing else said of the sample
            pl.col("GT").fill_null(".").str.contains(r"^[./|]+$")
            & pl.all_horizontal(pl.col(k).is_null() for k in ("DP", "AD", "AC", "AO", "RD"))
        )
    )
    strands = pl.col("Strand").str.extract_groups(r"^[0-9]+-[0-9]+-([0-9]{1,12})-([0-9]{1,12})$")
    ref_umi = pl.sum_horizontal(
        strands.struct[0].cast(pl.Int64, strict=False),
        strands.struct[1].cast(pl.Int64, strict=False),
        ignore_nulls=False,
    )
    # DP also counts molecules with another allele
    without_others = depth - _whole(pl.col("OAAC")).fill_null(0)
    umi = _whole(pl.col("AC"))
    rd, ro = _whole(pl.col("RD")), _whole(pl.col("RO"))
    zero = pl.lit(0, dtype=pl.Int64)
    count: pl.Expr = (
        pl.when(is_umi).then(pl.when(n_alt == 1).then(umi))
        .when(is_with_ref).then(_nth("AD", nth + 1))
        .when(is_varscan).then(_nth("AD", nth))
        .when(is_freebayes).then(_nth("AO", nth))
        .when(is_one).then(_nth("AD", zero))
    )  # fmt: skip
    total: pl.Expr = (
        pl.when(is_umi).then(pl.coalesce(umi + ref_umi, without_others))
        .when(is_with_ref).then(_sum("AD"))
        .when(is_varscan).then(_sum("AD") + rd)
        .when(is_freebayes).then(ro + _sum("AO"))
        .when(is_one).then(depth)
    )  # fmt: skip
    # reads that are there are not taken away by a depth that says otherwise
    is_empty = is_uncovered & ~(count > 0).fill_null(False)
    count, total = (pl.when(is_empty).then(zero).otherwise(c) for c in (count, total))
    return alleles.select(
        "source_line", "nth", "sample", "chrom", "pos", "ref", "alt", "filter", "gene", "format", "written",
        count.cast(pl.String).alias("marker_count"),
        total.cast(pl.String).alias("total_count"),
        pl.when(pl.col("at_M_AC").is_not_null()).then(pl.lit("MOLECULES")).otherwise(pl.lit("READS")).alias("count_kind"),
    )  # fmt: skip
