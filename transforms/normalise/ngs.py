"""Sequencing: clones of a marker, their highest decides; reads are not molecules."""

import polars as pl

from transforms.guidelines.standards import Standards
from transforms.normalise.counts import CARRIED, verdict, with_count_columns
from transforms.normalise.ngs_counts import judged_rows
from transforms.ratio import ratio
from transforms.tolerance import RTOL

_MARKER = ("sample_id", "assay_id", "own_marker")


def ngs_results(rows: pl.DataFrame, standards: Standards) -> pl.DataFrame:
    """Return one raw result for each sample, assay and marker (`docs/sensitivity.md`, Sequencing).

    Args:
        rows: as `transforms.normalise.tracked.with_tracked` gives them.
        standards: scoring standards.
    """
    results = _highest_clone(judged_rows(rows, standards))
    claim, n = pl.col("lod_fraction"), pl.col("effective_denominator")
    # the maker's events hold for a call on one molecule; a stricter call sees less
    stricter = pl.when(pl.col("decision_count") > 1).then("decision_count")
    maker = pl.when(pl.col("lod_events").is_not_null()).then(
        ratio(pl.max_horizontal("lod_events", stricter), n)
    )
    # there are never more cells than reads: a claim is held to that even without the mass of DNA
    held = pl.when(claim.is_not_null()).then(
        pl.max_horizontal(claim, pl.coalesce("lod95", "reads_limit"))
    )
    loq_events = ratio(pl.col("loq_events"), n)
    results = results.with_columns(
        # a maker's limit in events may rest on several markers and lie below the floor of one
        pl.coalesce(maker, held, "lod95").alias("lod"),
        pl.coalesce(loq_events, "loq_fraction").alias("stated_loq"),
    )
    is_vaf = pl.col("basis") == "VAF"
    is_cells = pl.col("basis").is_in(["GDNA_CELLS", "CELLS_TNC"]) & pl.col("has_molecules")
    # clonal haematopoiesis and germline are no leukaemic cells
    is_estimate = (
        is_vaf
        & pl.col("has_molecules")
        & pl.col("is_detected")
        & ~pl.col("is_germline")
        & ~pl.col("is_ch_gene")
    )
    is_assumed = pl.all_horizontal(
        pl.col(c).is_null() for c in ("mutant_copies_per_cell", "total_copies_per_cell", "normal_copies_per_cell")
    )  # fmt: skip
    vaf = ratio(pl.col("numerator"), pl.col("denominator"))
    low, high = standards.germline_vaf
    gene = pl.col("gene")
    return with_count_columns(
        results.with_columns(
            pl.when(maker.is_not_null()).then(pl.lit("KIT"))
            .when(pl.coalesce("lod95", pl.when(claim.is_not_null()).then("reads_limit")) >= claim.fill_null(0)).then(pl.lit("LOD95"))
            .when(claim.is_not_null()).then(pl.lit("LAB_STATED")).alias("lod_kind"),
            # what lies below the LOD is not quantified: LOD <= LOQ must hold
            pl.max_horizontal("stated_loq", "lod").alias("loq"),
            pl.when(pl.col("lod") > pl.col("stated_loq").fill_null(0) * (1 + RTOL)).then(pl.lit("LOD"))
            .when(loq_events.is_not_null()).then(pl.lit("KIT"))
            .when(pl.col("stated_loq").is_not_null()).then(pl.lit("LAB_STATED")).alias("loq_kind"),
            pl.when("is_plain_reads").then(pl.lit("READS")).otherwise(pl.lit("ABSOLUTE")).alias("scale"),
            (~pl.col("is_detected") & (pl.col("numerator") > 0)).alias("is_trace"),
            verdict(
                "NGS", mismatch=pl.lit(False), unproved=pl.col("is_unproved"), untracked=~pl.col("is_known"),
            ).alias("verdict"),
            pl.when(is_cells).then(1.0).alias("rdf_factor"),
            pl.when(is_cells).then(pl.lit("NUCLEATED_CELLS"))
            .when(is_estimate).then(pl.lit("VAF_ESTIMATE")).alias("rdf_kind"),
        ),
        {
            "reads_are_not_molecules": pl.col("is_plain_reads"),
            "spike_calibrated": pl.col("is_spiked"),
            "library_conversion_assumed": pl.col("is_conversion_assumed"),
            "clone_not_evaluable": pl.col("has_silent_clone") & (pl.col("n_evaluable") > 0),
            "germline": pl.col("is_germline"),
            "germline_possible": is_vaf & pl.col("is_germline_unsaid") & gene.is_in(standards.germline_genes) & vaf.is_between(low, high),
            "clonal_haematopoiesis": pl.col("is_ch_gene"),
            "signalling_gene": is_vaf & gene.is_in(standards.signalling_genes),
            "new_variant": pl.col("is_detected") & ~pl.col("is_known"),
            "absent_from_complete_list": pl.col("is_absent"),
            "tracked_marker_not_mentioned": pl.col("n_not_mentioned") > 0,
            "heterozygous_assumed": is_estimate & is_assumed,
        },
        standards,
    )  # fmt: skip


def _highest_clone(rows: pl.DataFrame) -> pl.DataFrame:
    """Prefer the highest row: never a sum, because every cell carries every marker.

    Of several runs of one undetected clone the deepest counts; of several undetected clones the
    shallowest, because the marker is negative only as deep as each clone was looked for.
    """
    rows = rows.with_columns((pl.col("is_known") | pl.col("is_detected")).alias("is_followed"))
    preferred = ("is_detected", "is_unproved", "is_followed", "is_evaluable", "ratio", "depth")
    ties = ("counts_on", "denominator", "numerator")
    per_clone = rows.sort(
        *preferred, *ties, descending=True, nulls_last=True, maintain_order=True
    ).unique([*_MARKER, "clone"], keep="first", maintain_order=True)
    chosen = per_clone.sort(
        *preferred, *ties, "clone",
        descending=[True] * 5 + [False] + [True] * 4, nulls_last=[True] * 5 + [False] + [True] * 4, maintain_order=True,
    ).unique(_MARKER, keep="first", maintain_order=True)  # fmt: skip
    counted = rows.group_by(_MARKER).agg(
        pl.len().cast(pl.Int64).alias("n_replicates"),
        pl.col("is_evaluable").sum().cast(pl.Int64).alias("n_evaluable"),
        pl.col("is_germline", "is_germline_unsaid").any(),
        pl.col("is_run_valid").any().alias("has_valid_run"),
        pl.col("is_in_force").all(),
    )
    summed = per_clone.group_by(_MARKER).agg(
        pl.when(
            (pl.col("basis") == "VAF").any() & (pl.col("marker_class") == "FLT3_ITD").any(),
            pl.col("is_detected").any(),
        )
        .then(pl.col("ratio").filter("is_detected").sort().sum())
        .alias("summed_vaf_fraction"),
        (~pl.col("is_evaluable")).any().alias("has_silent_clone"),
    )
    kept = (
        *(c for c in CARRIED if c != "marker"), "numerator", "denominator", "effective_denominator",
        "decision_count", "background_probability", "pg_per_cell", "lod95", "reads_limit", "gene", "is_ch_gene",
        "is_known", "is_plain_reads", "is_spiked", "is_conversion_assumed", "has_molecules", "is_detected",
        "is_unproved", "is_absent", "n_tracked", "n_not_mentioned", "mutant_copies_per_cell", "total_copies_per_cell", "normal_copies_per_cell",
    )  # fmt: skip
    return (
        chosen.select(*_MARKER, *kept)
        .join(counted, on=list(_MARKER), how="left", maintain_order="left")
        .join(summed, on=list(_MARKER), how="left", maintain_order="left")
        .rename({"own_marker": "marker"})
    )
