"""PCR: what a result bounds, how deep its sample could have seen, and its interval."""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.intervals import GARWOOD, PARTITIONS, garwood, poisson_limit
from transforms.normalise.pcr_rows import RNA, is_p210
from transforms.ratio import ratio
from transforms.tolerance import RTOL


def with_limits(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Add estimate, bounds, limits with their kinds, counts and interval.

    Args:
        rows: pooled results with finding, value and `control_sum`.
        standards: scoring standards.
    """
    rows = _with_bounds(rows)
    is_rna, is_dna = pl.col("basis").is_in(RNA), pl.col("basis") == "GDNA_CELLS"
    is_mr = is_p210(standards)
    dpcr = pl.col("is_dpcr")
    # what one cell is on the axis: the factor, or one over the blasts of the diagnostic sample
    of_diagnosis = pl.when("is_relative").then(ratio(1, pl.col("diagnostic_blasts"))).fill_null(1.0)
    f = pl.col("use_factor") * of_diagnosis
    single = poisson_limit(1, standards.detection_probability)
    # RNA counts copies of the control, DNA cells: by control gene, partitions or mass
    cells = pl.col("sum_ng") * (1000 / standards.pg_per_cell)
    by_mass = is_dna & ~pl.col("has_control") & (cells > 0)
    material = pl.when("has_control").then("control_sum").when(by_mass & ~dpcr).then(cells)
    copies = pl.when(is_rna & ~dpcr).then(pl.lit(standards.rna_lod_copies)).otherwise(single)
    rows = rows.with_columns(
        material.alias("effective_denominator"),
        pl.when((by_mass & ~dpcr) | (dpcr & pl.col("is_by_mass"))).then(pl.lit(standards.pg_per_cell)).alias("pg_per_cell"),
    ).with_columns(
        (ratio(copies, pl.col("effective_denominator")) * f).alias("poisson_floor_fraction"),
    )  # fmt: skip
    n = pl.col("effective_denominator")
    decision = pl.when(dpcr).then(ratio(pl.col("decision_count"), n) * f)
    lod95 = pl.when(dpcr).then(ratio(pl.col("decision_lambda"), n) * f)
    rows = rows.with_columns(
        decision.alias("decision"),
        pl.coalesce(lod95, "poisson_floor_fraction").alias("lod95_fraction"),
    )
    claim, floor = pl.col("claimed_lod_fraction"), pl.col("poisson_floor_fraction")
    physical = pl.max_horizontal("decision", floor)
    lod = pl.max_horizontal(claim, physical)
    loq_by_events = pl.when(dpcr).then(ratio(pl.col("loq_events"), n) * f)
    c = pl.col("dna_correction")
    stated_loq = pl.coalesce(pl.col("qr_fraction") * c, pl.col("loq_fraction") * c, loq_by_events)
    is_result_claim = pl.col("sensitivity_fraction").is_not_null() | pl.col("said").is_not_null()
    rows = rows.with_columns(
        lod.alias("lod_fraction"),
        stated_loq.is_not_null().alias("has_stated_loq"),
        pl.when(lod.is_null()).then(None)
        .when(physical >= claim.fill_null(0)).then(
            pl.when(pl.col("decision") > floor).then(pl.lit("DECISION_EVENTS")).otherwise(pl.lit("LOD95")))
        .when(pl.col("is_reported").fill_null(False)).then(pl.lit("KIT"))
        .when(pl.col("sensitivity_fraction").is_not_null()).then(pl.lit("DILUTION"))
        .otherwise(pl.lit("LAB_STATED")).alias("lod_kind"),
        # an RNA assay's own claim is scored by control copies, so only this result's can be wrong
        ((claim < floor * (1 - RTOL)) & (~is_rna | is_result_claim)).fill_null(False).alias("is_claim_below_floor"),
        # what lies below the LOD is not quantified; BCR::ABL1 has its own rule for few copies
        pl.when(is_mr).then(stated_loq).otherwise(pl.max_horizontal(stated_loq, lod)).alias("loq_fraction"),
        pl.when(~is_mr & (lod > stated_loq.fill_null(0) * (1 + RTOL))).then(pl.lit("LOD"))
        .when(stated_loq.is_null()).then(None)
        .when(pl.col("qr_fraction").is_not_null()).then(pl.lit("QUANTITATIVE_RANGE"))
        .when(pl.col("loq_fraction").is_null()).then(pl.lit("EVENTS"))
        .otherwise(pl.lit("LAB_STATED")).alias("loq_kind"),
        # "below the LOD" is the one that somebody named, and no bound goes below this sample's
        pl.when((pl.col("call") == "BELOW_LOD") & pl.col("has_level") & pl.col("value").is_null() & claim.is_not_null()).then(lod)
        .when(is_rna).then("bound_fraction")
        .when(pl.col("bound_fraction").is_not_null()).then(pl.max_horizontal("bound_fraction", lod)).alias("bound_fraction"),
    )  # fmt: skip
    return _with_interval(_quantified(rows, standards), standards)


def _with_bounds(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what was claimed, the number where there is one, and what bounds it otherwise."""
    is_detected = pl.col("finding") == "DETECTED"
    has_level = is_detected & pl.col("finding_reason").is_null()
    operator, call = pl.col("operator"), pl.col("call")
    unit = pl.col("reported_unit").cast(pl.String)
    has_bound = operator.is_in(["<", "≤"]).fill_null(False)
    # "not detected, < 0.003 %" and "not detected, MR4" say how deep the laboratory looked
    says_depth = has_bound | (unit == "MR")
    is_said = says_depth & pl.col("is_from_statement") & (pl.col("finding") == "NOT_DETECTED")
    said = pl.when(is_said).then("value")
    claim = pl.coalesce("sensitivity_fraction", "lod_fraction") * pl.col("dna_correction")
    is_above = (call == "ABOVE_LOQ") | operator.is_in([">", "≥"])
    return rows.with_columns(
        said.alias("said"),
        has_level.alias("has_level"),
        pl.max_horizontal(claim, said).alias("claimed_lod_fraction"),
        pl.when(has_level & operator.is_null()).then("value").alias("estimate_fraction"),
        pl.when(has_level & has_bound).then("value").alias("bound_fraction"),
        (has_level & is_above.fill_null(False)).alias("is_above"),
        call.is_in(["BELOW_LOD", "BELOW_LOQ"]).fill_null(False).alias("is_called_below"),
    )


def _quantified(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Say of Cq's of DNA whether they are reproducible inside the quantitative range."""
    irreproducible = (
        pl.col("has_silent_well")
        | (pl.col("cq_spread") > standards.max_cq_spread + RTOL)
        | pl.col("loq_fraction").is_null()
    )
    return rows.with_columns(
        (pl.col("is_called_below") | (pl.col("is_by_cq") & irreproducible)).alias("is_called_below"),
        (
            pl.col("is_dpcr")
            & ~pl.col("is_from_statement")
            & (pl.col("finding") == "NOT_DETECTED")
            & (pl.col("positive") > 0)
        ).fill_null(False).alias("is_trace"),
    )  # fmt: skip


def _with_interval(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    dpcr, f = pl.col("is_dpcr"), pl.col("use_factor")
    counts = (
        ~pl.col("is_from_statement")
        & (pl.col("n_evaluable") > 0)
        & pl.col("has_control")
        & (dpcr | ~pl.col("has_cq_only"))
    )
    said = pl.col("finding") != "NOT_EVALUABLE"
    rows = rows.with_columns(
        pl.when(counts).then("target_sum").alias("numerator"),
        pl.when("has_control").then("control_sum").alias("denominator"),
        pl.when(~pl.col("is_from_statement"))
        .then(pl.coalesce("beside_fraction", "contradicted_max"))
        .alias("reported_fraction"),
        pl.col("value").alias("value_fraction"),
    )
    of_copies = rows.select(pl.when(counts & said & ~dpcr).then("numerator"))["numerator"]
    low, high = garwood(of_copies)
    by_copies = pl.lit(low).is_not_null()
    by_partitions = dpcr & counts & said & pl.col("dpcr_high").is_not_null()
    return rows.with_columns(
        pl.when(by_partitions).then(pl.col("dpcr_low") * f)
        .when(by_copies).then(ratio(pl.lit(low), pl.col("denominator")) * f).alias("ci_low_fraction"),
        pl.when(by_partitions).then(pl.col("dpcr_high") * f)
        .when(by_copies).then(ratio(pl.lit(high), pl.col("denominator")) * f).alias("ci_high_fraction"),
    ).with_columns(
        pl.when(pl.col("ci_high_fraction").is_null()).then(None)
        .when(dpcr).then(pl.lit(PARTITIONS)).otherwise(pl.lit(GARWOOD)).alias("ci_method")
    )  # fmt: skip
