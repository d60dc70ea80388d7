"""PCR replicates: which of them count, and what they add up to.

A row with target and control copies is counted, whatever else it says; its call was checked against
the copies when it was read. A row without them is a statement of the kit or laboratory. Rules are
those of the marker's own field: CML's are never used for AML nor the reverse.
"""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.context import CURVES, OF_SAMPLE, exact_sum, exact_units, from_units
from transforms.normalise.dpcr import pooled_partitions
from transforms.normalise.pcr_rows import (
    GROUP,
    RNA,
    counts_few_as_three,
    is_p210,
    stated_fraction,
)

_OF_ASSAY = (
    "lab_id", "modality", "basis", "control_gene", "is_reported", "lod_fraction", "loq_fraction", "loq_events",
    "min_count", "low_copy_policy", "minimum",
)  # fmt: skip
_STATED = ("reported_number", "reported_operator", "reported_unit", "reported_call")


def judge_replicates(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Say of each row whether it is counted or stated, positive, evaluable, and what it counts.

    Args:
        rows: as `transforms.normalise.pcr_rows.with_copies` gives them.
        standards: scoring standards.

    Returns:
        The rows with `is_stated`, `is_positive`, `is_evaluable`, `used_copies`, `minimum`.
    """
    is_mr = is_p210(standards)
    is_dna = pl.col("basis") == "GDNA_CELLS"
    is_two_of_three = pl.col("marker").is_in(standards.two_positive_markers) & pl.col(
        "basis"
    ).is_in(RNA)
    partitioned = pl.col("is_partitioned")
    minimum = pl.when(is_mr).then(
        pl.col("control_gene")
        .cast(pl.String)
        .replace_strict(dict(standards.min_replicate_copies), default=None, return_dtype=pl.Float64)
    )
    has_statement = pl.col("reported_call").is_not_null() | pl.col("reported_number").is_not_null()
    has_copies = partitioned | (
        pl.col("target").is_not_null() & pl.col("control_copies").is_not_null()
    )
    is_called_invalid = (pl.col("reported_call") == "INVALID").fill_null(False)
    is_late = (is_two_of_three & (pl.col("target_cq") >= standards.positive_below_cq)).fill_null(
        False
    )
    is_seen = pl.any_horizontal(
        (pl.col("target") > 0).fill_null(False),
        pl.col("target_cq").is_not_null() & ~partitioned,
        (pl.col("positive_partitions") > 0).fill_null(False),
    )
    is_read = pl.col("target").is_not_null() | pl.col("target_cq").is_not_null() | partitioned
    control_failed = (pl.col("control_copies") == 0).fill_null(False) | pl.col(
        "is_control_undetermined"
    )
    has_control = (
        (pl.col("control_copies") > 0).fill_null(False)
        | (pl.col("control_copies").is_null() & pl.col("control_cq").is_not_null() & ~is_mr)
        # DNA is its own control: how much went in is known by its mass or stated sensitivity
        | (is_dna & ~control_failed)
        # partitions are judged when their wells are pooled
        | partitioned
    )
    is_floored = (
        counts_few_as_three(standards)
        & pl.col("is_positive")
        & (pl.col("target") < standards.low_copies)
    )
    evaluable = (
        ~pl.col("is_stated")
        & pl.col("is_run_valid")
        & ~is_called_invalid
        & is_read
        & has_control
        & (partitioned | (pl.col("control_copies") >= pl.col("minimum")).fill_null(True))
    )
    return (
        rows.with_columns(
            minimum.alias("minimum"),
            (has_statement & ~has_copies).alias("is_stated"),
            is_called_invalid.alias("is_called_invalid"),
            is_late.alias("is_late"),
        )
        .with_columns((is_seen & ~is_late & ~is_called_invalid).alias("is_positive"))
        .with_columns(
            evaluable.alias("is_evaluable"),
            pl.when(is_floored)
            .then(pl.lit(standards.low_copies))
            .when("is_late")
            .then(0.0)
            .otherwise("target")
            .alias("used_copies"),
        )
    )


def pool_replicates(rows: pl.DataFrame) -> pl.DataFrame:
    """Add up the replicates of each sample, assay and marker.

    Only plain aggregates run over all rows; what few rows have (statements, Cq's and mass of DNA,
    partitions) is added up over those rows alone.

    Args:
        rows: as `judge_replicates` gives them.
    """
    counted, valid = ~pl.col("is_stated"), pl.col("is_run_valid")
    evaluable = pl.col("is_evaluable")
    stated = pl.col("is_stated") & valid & ~pl.col("is_called_invalid")
    rows = rows.with_columns(stated.alias("is_statement")).with_columns(
        # what does not count must not lend its assay row to what does
        (evaluable | pl.col("is_statement")).alias("matters"),
        (counted & ~evaluable & pl.col("is_positive") & valid).alias("is_rejected"),
    )
    pooled = _pooled(rows)
    for more in (_statements(rows), _beside_counts(rows), _dna(rows), pooled_partitions(rows)):
        pooled = pooled.join(more, on=GROUP, how="left", maintain_order="left")
    return pooled.with_columns(
        pl.col("n_stated", "n_statements").fill_null(0),
        pl.col("all_say_no").fill_null(True),
        *(pl.col(c).fill_null(False) for c in _NO_UNLESS_SAID),
        *(pl.col(c).fill_null(0.0) for c in ("sum_stated_control", "sum_ng", "sum_measured_ng", "sum_nominal_ng")),
    )  # fmt: skip


_NO_UNLESS_SAID = (
    "any_says_no", "has_good_stated_control", "has_stated_control", "has_positive_beside", "has_negative_beside",
    "has_silent_well", "is_fraction_bad", "is_dpcr", "has_merged_row", "is_copies_contradicted",
)  # fmt: skip


def _pooled(rows: pl.DataFrame) -> pl.DataFrame:
    """Return counts and sums of each group, and the columns of the row that stands for it."""
    evaluable, counted, matters = pl.col("is_evaluable"), ~pl.col("is_stated"), pl.col("matters")
    copies = pl.col("control_copies")
    order = _in_time()
    masked = rows.select(
        *GROUP,
        counted.alias("has_counted"),
        evaluable.alias("n_evaluable"),
        (evaluable & pl.col("is_positive")).alias("n_positive"),
        pl.col("is_rejected").alias("n_rejected_positive"),
        exact_units(pl.when(evaluable).then("used_copies")).alias("sum_target"),
        exact_units(pl.when(evaluable).then("control_copies")).alias("sum_control"),
        (evaluable & pl.col("target").is_null()).alias("has_cq_only"),
        (counted & copies.is_not_null()).alias("has_control_copies"),
        (evaluable & copies.is_null()).alias("lacks_copies"),
        *(pl.when(matters).then(pl.col(c).to_physical() if c != "conversion_factor" else pl.col(c)).alias(f"of_{c}") for c in _ONE_KIND),
        *((matters & pl.col(c).is_null()).alias(f"no_{c}") for c in _ONE_KIND),
        (pl.col("is_date_assumed") & matters).alias("is_date_assumed"),
        (pl.col("is_ntc_clean") == False).alias("has_dirty_ntc"),  # noqa: E712
        pl.col("is_run_valid").alias("has_valid_run"),
        pl.col("is_stated").alias("has_stated"),
        (matters & pl.col("is_from_curve")).alias("is_from_curve"),
        (matters & pl.col("is_curve_bad")).alias("is_curve_bad"),
        # the weakest of what is stated holds for all replicates
        *(pl.when(matters).then(c).alias(c) for c in _WEAKEST),
        *(pl.when(pl.col("is_curve_bad") | pl.col("is_fraction_bad")).then(c).alias(c) for c in CURVES),
        (pl.when(matters).then(order + _LATER).otherwise(order)).alias("place"),
    )  # fmt: skip
    flags = (
        "has_counted", "has_cq_only", "has_control_copies", "lacks_copies", "is_date_assumed", "has_dirty_ntc",
        "has_valid_run", "has_stated", "is_from_curve", "is_curve_bad", *(f"no_{c}" for c in _ONE_KIND),
    )  # fmt: skip
    pooled = masked.group_by(GROUP, maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("n_replicates"),
        pl.col("n_evaluable", "n_positive", "n_rejected_positive").sum().cast(pl.Int64),
        from_units(pl.col("sum_target", "sum_control").sum()),
        pl.col(flags).any(),
        *(pl.col(f"of_{c}").min().alias(f"min_{c}") for c in _ONE_KIND),
        *(pl.col(f"of_{c}").max().alias(f"max_{c}") for c in _ONE_KIND),
        pl.col("place").max(),
        pl.col(_WEAKEST).max(),
        pl.col(CURVES).min(),
    )

    def differ(column: str) -> pl.Expr:
        low, high = pl.col(f"min_{column}"), pl.col(f"max_{column}")
        return ((low != high) | (pl.col(f"no_{column}") & low.is_not_null())).fill_null(False)

    stands = rows[pooled["place"] % _ROWS].select(*_OF_ASSAY, *OF_SAMPLE, "is_in_force", pl.col("conversion_factor").alias("factor"))  # fmt: skip
    return (
        pooled.with_columns(
            (~pl.col("lacks_copies")).alias("has_all_copies"),
            differ("conversion_factor").alias("has_several_factors"),
            (differ("control_gene") | differ("basis")).alias("has_mixed_rows"),
        )
        .select(*GROUP, "n_replicates", "n_evaluable", "n_positive", "n_rejected_positive", "sum_target", "sum_control",
                "has_counted", "has_cq_only", "has_control_copies", "has_all_copies", "is_date_assumed", "has_dirty_ntc",
                "has_valid_run", "has_stated", "is_from_curve", "is_curve_bad", "has_several_factors", "has_mixed_rows", *_WEAKEST, *CURVES)
        .hstack(stands)
    )  # fmt: skip


_WEAKEST = ("qr_fraction", "sensitivity_fraction")
_ONE_KIND = ("conversion_factor", "control_gene", "basis")
_ROWS = 2**32
"""More rows than a load can have: a place in time is day × rows + row."""
_LATER = 2**60


def _in_time() -> pl.Expr:
    """Return the place of a row in time: by the day that counts, then as the rows stand."""
    day = pl.col("counts_on").cast(pl.Int32).cast(pl.Int64) + 10_000_000
    return day * _ROWS + pl.int_range(pl.len(), dtype=pl.Int64)


def _statements(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what kit or laboratory state without copies."""
    says_no = (pl.col("reported_call") == "NOT_DETECTED").fill_null(False)
    control = pl.col("control_copies")
    raw = stated_fraction(pl.col("reported_number"), pl.col("reported_unit").cast(pl.String))
    good = control.is_not_null() & (control >= pl.col("minimum")).fill_null(True)
    return (
        rows.filter("is_statement")
        # of several the weakest speaks, whatever the order of rows
        .sort(raw, *_STATED, descending=[True, *(False for _ in _STATED)], nulls_last=True)
        .group_by(GROUP)
        .agg(
            pl.len().cast(pl.Int64).alias("n_stated"),
            pl.struct(_STATED).n_unique().cast(pl.Int64).alias("n_statements"),
            says_no.all().alias("all_say_no"),
            says_no.any().alias("any_says_no"),
            good.any().alias("has_good_stated_control"),
            control.is_not_null().any().alias("has_stated_control"),
            exact_sum(control.filter(good)).alias("sum_stated_control"),
            pl.col(_STATED).first(),
        )
    )


def _beside_counts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what is stated beside the counts that decide."""
    fraction = pl.col("reported_fraction")
    contradicting = fraction.filter("is_contradicted")
    says = fraction.is_not_null() | pl.col("says_positive") | pl.col("says_negative_call")
    return (
        rows.filter(pl.col("is_evaluable") & says)
        .group_by(GROUP)
        .agg(
            pl.when(fraction.drop_nulls().n_unique() == 1)
            .then(fraction.drop_nulls().first())
            .alias("beside_fraction"),
            contradicting.min().alias("contradicted_min"),
            contradicting.max().alias("contradicted_max"),
            pl.col("says_positive").any().alias("has_positive_beside"),
            pl.col("says_negative_call").any().alias("has_negative_beside"),
        )
    )


def _dna(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the DNA that went in, what the curve took for it, and what the Cq's of wells say."""
    seen = pl.when(~pl.col("is_late")).then("target_cq")
    log10_fraction = pl.when(~pl.col("is_late")).then("cq_log10_fraction")
    corrected = pl.col("nominal_input_ng").is_not_null()
    return (
        rows.filter(pl.col("matters"), pl.col("basis") == "GDNA_CELLS")
        .group_by(GROUP)
        .agg(
            exact_sum("input_ng").alias("sum_ng"),
            exact_sum(pl.col("input_ng").filter(corrected)).alias("sum_measured_ng"),
            exact_sum("nominal_input_ng").alias("sum_nominal_ng"),
            log10_fraction.sort().mean().alias("cq_log10_fraction"),
            (seen.max() - seen.min()).alias("cq_spread"),
            pl.col("target_cq").is_null().any().alias("has_silent_well"),
            pl.col("is_fraction_bad").any(),
        )
    )
