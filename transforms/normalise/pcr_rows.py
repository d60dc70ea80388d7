"""One PCR row: its copies, from the file, the partitions or the standard curve, and what it states."""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.ratio import ratio

GROUP = ("sample_id", "assay_id", "marker")
RNA = ["RNA_RATIO_IS", "RNA_RATIO"]


def is_p210(standards: Standards) -> pl.Expr:
    """Return whether the marker is scored by molecular response levels."""
    return pl.col("marker").is_in(standards.mr_markers)


def counts_few_as_three(standards: Standards) -> pl.Expr:
    """Return whether few copies of a positive replicate count 3: CML's rule, others' on request."""
    policy = pl.col("low_copy_policy").cast(pl.String)
    default = pl.when(is_p210(standards)).then(pl.lit("floor_3"))
    return pl.col("basis").is_in(RNA) & pl.coalesce(policy, default).eq_missing(pl.lit("floor_3"))


def from_curve(kind: str) -> pl.Expr:
    """Return log10 of what a Cq stands for on its run's curve: (Cq − intercept) / slope (cml.md §1)."""
    return ratio(pl.col(f"{kind}_cq") - pl.col(f"{kind}_intercept"), pl.col(f"{kind}_slope"))


def _copies_from_curve(kind: str) -> pl.Expr:
    """Return the copies that a Cq stands for; null beyond what a file could have given."""
    log10 = from_curve(kind)
    return pl.when(log10.is_between(-6, 12)).then(pl.lit(10.0).pow(log10))


def _copies_in(positive: str) -> pl.Expr:
    """Return the copies in a well, −ln(1 − positive / total) × total; null where all are positive."""
    total = pl.col("total_partitions")
    share = ratio(pl.col(positive), total)
    return pl.when(share < 1).then(-((-share).log1p()) * total)


def stated_fraction(number: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """Return a stated number as a fraction of 1, before any conversion factor."""
    return (
        pl.when(unit.is_in(["PCT_IS", "PCT"])).then(number * 0.01)
        .when(unit == "FRACTION").then(number)
        .when(unit == "MR").then(pl.lit(10.0).pow(-number))
    )  # fmt: skip


def with_copies(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Give each row its target and control copies, and compare what it states with them.

    Args:
        rows: `pcr_measurements` with context, merged wells left out.
        standards: scoring standards.

    Returns:
        The rows with `target`, `control_copies` completed, `is_partitioned`, `is_from_curve`,
        `is_curve_bad`, `is_fraction_bad`, `cq_log10_fraction` (DNA), `reported_fraction`, `is_contradicted`,
        `says_positive`, `says_negative_call`.
    """
    is_rna, is_dna = pl.col("basis").is_in(RNA), pl.col("basis") == "GDNA_CELLS"
    partitioned = (
        pl.col("positive_partitions").is_not_null() & pl.col("total_partitions").is_not_null()
    )
    counted = _copies_in("positive_partitions")
    control_counted = pl.when(partitioned).then(_copies_in("control_positive_partitions"))
    has_call = pl.col("reported_call").is_not_null() | pl.col("reported_number").is_not_null()
    # a laboratory that called a late Cq negative is not overruled by its curve
    target_curve = pl.when(is_rna & ~has_call).then(_copies_from_curve("target"))
    control_curve = pl.when(is_rna).then(_copies_from_curve("control"))
    given = pl.col("target_copies")
    undetermined = pl.when("is_target_undetermined").then(0.0)
    target = (
        pl.when(partitioned).then(counted).otherwise(pl.coalesce(given, target_curve, undetermined))
    )
    slope_min, slope_max = (
        pl.when(is_rna).then(pl.lit(standards.curves["RNA"][i])).otherwise(pl.lit(standards.curves["DNA"][i]))
        for i in (0, 1)
    )  # fmt: skip

    def is_bad(kind: str) -> pl.Expr:
        steepness = -pl.col(f"{kind}_slope")
        return (
            (steepness < slope_min)
            | (steepness > slope_max)
            | (pl.col(f"{kind}_r_squared") < standards.min_r_squared)
        ).fill_null(False)

    uses_target = given.is_null() & ~partitioned & target_curve.is_not_null()
    uses_control = (
        pl.coalesce("control_copies", control_counted).is_null() & control_curve.is_not_null()
    )
    has_fraction = from_curve("target").is_between(-12, 6).fill_null(False)
    uses_fraction = is_dna & given.is_null() & ~partitioned & has_fraction
    rows = rows.with_columns(
        target.alias("target"),
        pl.coalesce("control_copies", control_counted, control_curve).alias("control_copies"),
        partitioned.alias("is_partitioned"),
        (uses_target | uses_control).alias("is_from_curve"),
        (uses_fraction & is_bad("target")).alias("is_fraction_bad"),
        ((uses_target & is_bad("target")) | (uses_control & is_bad("control"))).alias("is_curve_bad"),
        pl.when(uses_fraction).then(from_curve("target")).alias("cq_log10_fraction"),
        pl.when(partitioned).then(counted).alias("partition_copies"),
        given.alias("given_copies"),
    )  # fmt: skip
    return _with_stated(rows, standards)


def _with_stated(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    unit, number = pl.col("reported_unit").cast(pl.String), pl.col("reported_number")
    on_scale = pl.col("basis") == "RNA_RATIO_IS"
    is_scale_unit = unit.is_in(["PCT_IS", "MR"])
    factor = (
        pl.when(~on_scale | pl.col("is_reported").fill_null(False))
        .then(1.0)
        .otherwise("conversion_factor")
    )
    stated = (
        pl.when(pl.col("reported_operator").is_null() & ~(is_scale_unit & ~on_scale) & (number > 0) | (unit == "MR"))
        .then(stated_fraction(number, unit) * pl.when(is_scale_unit).then(1.0).otherwise(factor))
    )  # fmt: skip
    own = ratio(pl.col("target"), pl.col("control_copies")) * factor
    far = standards.value_agreement_factor

    def apart(value: pl.Expr, count: pl.Expr) -> pl.Expr:
        return ((value >= count * far) | (value * far <= count)) & (value > 0) & (count > 0)

    call = pl.col("reported_call")
    return rows.with_columns(stated.alias("reported_fraction")).with_columns(
        apart(pl.col("reported_fraction"), own).fill_null(False).alias("is_contradicted"),
        (
            (pl.col("reported_fraction") > 0)
            | call.is_in(["DETECTED", "BELOW_LOD", "BELOW_LOQ", "ABOVE_LOQ"])
        ).fill_null(False).alias("says_positive"),
        (call == "NOT_DETECTED").fill_null(False).alias("says_negative_call"),
        apart(pl.col("given_copies"), pl.col("partition_copies")).fill_null(False).alias("is_copies_contradicted"),
    )  # fmt: skip
