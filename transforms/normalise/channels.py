"""Target and control of one well that an instrument wrote into two files: one measurement again."""

import polars as pl

from transforms.normalise.context import CURVES

_WELL = ("sample_id", "assay_id", "shared_run_id", "replicate")
_SIDES = ("target", "control")
_FALSE_IN_EITHER = ("is_ntc_clean", "is_run_valid")
_OF_CONTROL = (
    *_FALSE_IN_EITHER, "control_copies", "control_cq", "is_control_undetermined",
    *(c for c in CURVES if c.startswith("control_")),
)  # fmt: skip


def with_side(rows: pl.DataFrame) -> pl.DataFrame:
    """Tell rows of a target or a control alone, and whether their other half is there.

    A half that stands twice has no other half: it is not known which of the two is right.

    Args:
        rows: `pcr_measurements` that count.

    Returns:
        The rows with `side` (`target`, `control`, null for a row that is no half) and `is_joined`.
    """

    def has(side: str) -> pl.Expr:
        return pl.any_horizontal(
            pl.col(f"{side}_copies", f"{side}_cq").is_not_null(), f"is_{side}_undetermined"
        )

    is_half = (
        pl.all_horizontal(pl.col("shared_run_id", "replicate").is_not_null())
        & pl.col("positive_partitions").is_null()
    )
    side = (
        pl.when(is_half & has("target") & ~has("control")).then(pl.lit("target"))
        .when(is_half & has("control") & ~has("target")).then(pl.lit("control"))
    )  # fmt: skip
    once = [((pl.col("side") == s).sum().over(_WELL) == 1).fill_null(False) for s in _SIDES]
    return rows.with_columns(side.alias("side")).with_columns(
        pl.all_horizontal(pl.col("side").is_not_null(), *once).alias("is_joined")
    )


def with_channels_joined(rows: pl.DataFrame) -> pl.DataFrame:
    """Put the control of a well beside its target where two files hold them.

    Day and conversion factor stay those of the target's run. A blank with a signal and a run that is not valid
    count from either file.

    Args:
        rows: `pcr_measurements` with context.

    Returns:
        The rows; the two halves of a well are one row, a half without its other stays as it is.
    """
    is_shared = pl.col("shared_run_id").is_not_null()
    told = with_side(rows.filter(is_shared))
    if told.is_empty():
        return rows
    targets, controls = (told.filter("is_joined", pl.col("side") == s) for s in _SIDES)
    beside = targets.join(controls.select(*_WELL, *_OF_CONTROL), on=_WELL, suffix="_beside")
    either_false = [pl.min_horizontal(c, f"{c}_beside").alias(c) for c in _FALSE_IN_EITHER]
    of_control = [
        pl.coalesce(f"{c}_beside", c).alias(c) for c in _OF_CONTROL if c not in _FALSE_IN_EITHER
    ]
    whole = beside.with_columns(*either_false, *of_control)
    parts = (rows.filter(~is_shared), told.filter(~pl.col("is_joined")), whole)
    return pl.concat(part.select(rows.columns) for part in parts)
