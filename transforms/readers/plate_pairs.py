"""Wells of a target and of its control, side by side: one row is one measurement."""

import polars as pl

from transforms.places import LINE_OF
from transforms.readers.rows import AssayNames


def line_of(wells: pl.DataFrame, column: str) -> pl.Expr:
    """Return the line of a cell that may stand on another sheet than its well."""
    own = pl.col("source_line")
    return pl.coalesce(column, own) if column in wells.columns else own


def _copies(name: str) -> list[pl.Expr]:
    # with a standard curve "Undetermined" is a count of none; without one copies stay unknown. Copies that stand
    # beside it stay: the row says both, and parsing rejects it
    return [
        pl.when(pl.col("is_none") & pl.col("slope").is_not_null())
        .then(pl.lit("0"))
        .otherwise("quantity")
        .alias(f"{name}_copies"),
        pl.col("cq").alias(f"{name}_cq"),
    ]


def side(wells: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return wells as one side of their pairs; name is `target` or `control`."""
    # a well that is listed twice is two wells: what that means is decided by their keys
    return wells.select(
        "sample", "well", pl.int_range(pl.len()).over("sample", "well").alias("nth"),
        pl.col("source_line").alias(f"{name}_line"), line_of(wells, "quantity_line").alias(f"{name}_quantity_line"),
        *_copies(name),
    )  # fmt: skip


def measurements(
    target: pl.DataFrame, control: pl.DataFrame, assay: AssayNames, run_id: str
) -> pl.DataFrame:
    """Return one row for each well of the target, the control, or both: `target`, `control` as `side` gives them."""
    # one join tells the wells of both from those of one: three would hold a large file three times
    beside = target.join(
        control,
        on=["sample", "well", "nth"],
        how="full",
        coalesce=True,
        maintain_order="left_right",
    )
    is_both = pl.col("target_line").is_not_null() & pl.col("control_line").is_not_null()
    duplex, alone = beside.filter(is_both), beside.filter(~is_both)
    del beside, target, control
    both = duplex
    if alone.height:
        both = pl.concat([duplex, _paired(alone)])
    del duplex, alone
    rows = both.select(
        pl.col("sample").alias("sample_id"),
        pl.lit(assay.assay_id).alias("assay_id"),
        pl.lit(run_id or None, dtype=pl.String).alias("run_id"),
        pl.col("well").alias("replicate"),
        "target_copies",
        "target_cq",
        "control_copies",
        "control_cq",
        pl.min_horizontal("target_line", "control_line").alias("source_line"),
        *(
            pl.col(f"{n}{of}_line").alias(f"{LINE_OF}{n}_{c}")
            for n in ("target", "control")
            for c, of in (("cq", ""), ("copies", "_quantity"))
        ),
        (
            pl.col("target_line").is_not_null().cast(pl.Int64)
            + pl.col("control_line").is_not_null().cast(pl.Int64)
        ).alias("source_rows"),
    )
    del both
    # mostly they are in order, and sorting holds a large file twice
    return rows if rows["source_line"].is_sorted() else rows.sort("source_line")


def _paired(alone: pl.DataFrame) -> pl.DataFrame:
    """Return wells of the target alone beside wells of the control alone, in their order in the file."""
    rank = pl.int_range(pl.len()).over("sample").alias("k")
    targets, controls = (
        alone.filter(pl.col(f"{kind}_line").is_not_null())
        .select(c for c in alone.columns if not c.startswith(other))
        .with_columns(rank)
        for kind, other in (("target", "control_"), ("control", "target_"))
    )
    paired = targets.join(
        controls, on=["sample", "k"], how="full", coalesce=True, suffix="_control"
    )
    return paired.select(
        pl.coalesce(c, f"{c}_control").alias(c) if c in ("well", "nth") else pl.col(c)
        for c in alone.columns
    )
