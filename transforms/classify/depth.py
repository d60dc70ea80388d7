"""Depth: the deepest level that a result proves on its marker's own axis.

MR levels go by the scoring standard alone: %IS at or below the published threshold and enough
control copies; the detection limit never enters, except as the claim of a kit that gives no
copies. On cell axes a level below the bound, an LOQ or an LOD at or below it proves the bound.
"""

import polars as pl

from schemas.tables import TABLES
from transforms.guidelines.rule_file import DepthBound
from transforms.guidelines.standards import Standards
from transforms.tolerance import RTOL

CELL_BASES = ["CELLS_TNC", "CELLS_CD45", "CELLS_MNC", "CELLS_LEUKOCYTE", "GDNA_CELLS"]
NOT_P210 = ["e1a2", "p190", "e19a2", "atypical"]
_DEPTH = TABLES["mrd_status"].polars_schema["depth"]


def at_most(value: pl.Expr, bound: pl.Expr | float) -> pl.Expr:
    """Return value ≤ bound, equal within the relative tolerance; null counts as no."""
    return (value <= bound * (1 + RTOL)).fill_null(False)


def below(value: pl.Expr, bound: pl.Expr | float) -> pl.Expr:
    """Return value < bound, equal within the relative tolerance not counting; null counts as no."""
    return (value < bound * (1 - RTOL)).fill_null(False)


def depth_of(standards: Standards) -> pl.Expr:
    """Return the depth of rows of `assay_results` with `transcript`."""
    is_mr = pl.col("marker").is_in(standards.mr_markers)
    is_cell = pl.col("basis").is_in(CELL_BASES)
    depth = pl.lit(None, dtype=pl.String)
    for disease in sorted({b.disease for b in standards.cell_depths}):
        own = [b for b in standards.cell_depths if b.disease == disease]
        holds = is_cell if not disease else is_cell & (pl.col("disease") == disease)
        depth = pl.when(holds).then(_cell_depth(own)).otherwise(depth)
    return pl.when(is_mr).then(_mr_depth(standards)).otherwise(depth).cast(_DEPTH)


def _mr_depth(standards: Standards) -> pl.Expr:
    seen = pl.col("finding") == "DETECTED"
    unseen = (pl.col("finding") == "NOT_DETECTED") & pl.col("finding_reason").is_null()
    transcript = pl.col("transcript").cast(pl.String).fill_null("p210")
    covered = ~transcript.is_in(NOT_P210) & ~(unseen & (transcript == "unknown"))
    scaled = (
        (pl.col("basis") == "RNA_RATIO_IS")
        & pl.col("finding_reason").is_null()
        & (pl.col("censor") != "RIGHT")
    )
    gene = pl.col("control_gene").cast(pl.String)
    has_copies = pl.col("denominator").is_not_null()
    value = pl.coalesce("estimate_fraction", "upper_fraction")
    deepest = [level.depth for level in standards.levels].index(standards.deepest_without_claim)
    depth = pl.lit(None, dtype=pl.String)
    for i, level in enumerate(standards.levels):
        threshold = level.max_pct_is / 100
        minimum = gene.replace_strict(
            dict(level.min_control_copies), default=None, return_dtype=pl.Float64
        )
        by_copies = (pl.col("denominator") >= minimum).fill_null(False)
        # a claim counts only when it is on the scale
        on_scale = pl.col("basis") == "RNA_RATIO_IS"
        by_claim = (on_scale & at_most(pl.col("claimed_lod_fraction"), threshold)) | (
            pl.col("claimed_lod_fraction").is_null() & seen & pl.lit(i <= deepest)
        )
        supported = pl.when(has_copies).then(by_copies).otherwise(by_claim)
        proved = unseen | (seen & scaled & at_most(value, threshold))
        depth = pl.when(covered & supported & proved).then(pl.lit(level.depth)).otherwise(depth)
    return depth


def _cell_depth(bounds: list[DepthBound]) -> pl.Expr:
    diluted = pl.col("flags").list.contains("haemodilute")
    usable = pl.col("finding_reason").is_null() & ~diluted
    said = usable & pl.col("finding").is_in(["DETECTED", "NOT_DETECTED"])
    # reads without a limit of any kind prove nothing, whatever their ratio
    unlimited = pl.col("lod_fraction").is_null() & pl.col("loq_fraction").is_null()
    depth = pl.lit(None, dtype=pl.String)
    for bound in bounds:
        proved = (
            pl.when(unlimited & (pl.col("modality") != "PCR"))
            .then(False)
            .when(usable & pl.col("is_quantifiable"))
            .then(below(pl.col("level_fraction"), bound.fraction))
            .when(said)
            .then(at_most(pl.col("upper_fraction"), bound.fraction))
            .otherwise(False)
        )
        depth = pl.when(proved).then(pl.lit(bound.depth)).otherwise(depth)
    return depth
