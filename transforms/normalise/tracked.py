"""Which sequencing rows count by the patient's list of tracked markers, and what its absence says.

A tracked marker that a list does not name is 0 only where the list proves that: it is complete, its counts
add up to its total, it names clonotypes of the marker's locus, and the assay has found this very marker in
this patient before, in a file that gave its locus. The same clone may be written in another way (another
read length, strand or case): where anything in the list may be that, or the list is of another kind, there is
no 0. Everywhere else nothing can be told.
"""

from collections.abc import Mapping

import polars as pl

_SAMPLE = ("sample_id", "assay_id")
_LIST = (*_SAMPLE, "run_id")
_ONE_TOTAL = (
    "total_count", "count_kind", "input_ng", "library_conversion_fraction", "own_error_rate",
    "spike_cells", "spike_reads",
)  # fmt: skip
"""What all rows of one list have in common."""
_LOCUS = r"^(IG[HKL]|TR[ABDG]|TCR[ABDG])"
"""Loci as IMGT and immunoSEQ write the beginning of their genes."""
_LETTERS = {"A": "T", "C": "G", "G": "C", "T": "A"}
_KIND = {"CLONOTYPE": "clonotypes", "SNV": "variants", "INDEL": "variants", "FLT3_ITD": "ITDs"}


def with_tracked(rows: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Let tracked markers count, and add a row of 0 for each that is proved to be absent.

    Args:
        rows: `ngs_measurements` of whole patients with context; `own_marker` is the row's own.
        tables: `tracked_markers`.

    Returns:
        The rows with `is_absent` (made here, for a marker that no row names), `n_tracked` (markers of the
        patient that the sample's list could name; null where it is no list) and `n_not_mentioned`.
    """
    tracked = (
        tables["tracked_markers"]
        .filter("is_current", pl.col("is_tracked").fill_null(True))
        .select(
            "patient_id",
            pl.col("marker").alias("own_marker"),
            pl.col("marker_class").alias("given_class"),
            pl.col("gene").alias("given_gene"),
            pl.lit(True).alias("is_in_list"),
        )
    )
    if tracked.is_empty():
        nothing = pl.lit(None, dtype=pl.Int64)
        return rows.with_columns(
            is_absent=pl.lit(False), n_tracked=nothing, n_not_mentioned=nothing
        )
    # readers say that nothing was stated as false: such rows are of a list of what was found
    counted = rows.with_columns((~pl.col("is_tracked")).any().over(_SAMPLE).alias("is_list"))
    counted = counted.join(
        tracked, on=["patient_id", "own_marker"], how="left", maintain_order="left"
    ).with_columns(
        # what the patient's list names counts, whatever the row says of itself
        pl.when("is_in_list").then(True).otherwise("is_tracked").alias("is_tracked"),
        pl.col("gene").alias("gene_of_file"),
        pl.coalesce("gene", "given_gene").alias("gene"),
        pl.coalesce("marker_class", "given_class").alias("marker_class"),
        pl.lit(False).alias("is_absent"),
    )
    complete = pl.concat([counted, _absent(counted)])
    noted = complete.join(
        _not_mentioned(complete, tracked), on=list(_SAMPLE), how="left", maintain_order="left"
    )
    return noted.drop("is_list", "gene_of_file", "given_class", "given_gene", "is_in_list")


def _absent(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a row of 0 for each tracked clonotype that a complete list does not name."""
    # a gene that a person typed into the patient's list says nothing of what an assay reads
    located = rows.with_columns(pl.col("gene_of_file").str.extract(_LOCUS).alias("locus"))
    lengths = pl.col("own_marker").str.len_chars()
    located = located.with_columns(
        lengths.median().over(*_LIST, "locus").alias("middle_length"),
        lengths.min().over(*_LIST, "locus").alias("shortest"),
        lengths.max().over(*_LIST, "locus").alias("longest"),
    )
    found = located.filter("is_in_list", pl.col("marker_count") > 0, marker_class="CLONOTYPE")
    known = found.select(
        "patient_id", "assay_id", "own_marker", "locus", "gene", "given_class", "middle_length"
    ).filter(
        pl.col("locus").is_not_null(), pl.col("given_class").fill_null("CLONOTYPE") == "CLONOTYPE"
    )
    # of several genes of one clone, one has to be chosen
    known = known.sort("gene").unique(
        ["patient_id", "assay_id", "own_marker", "locus", "middle_length"],
        keep="first",
        maintain_order=True,
    )
    is_said = pl.col("is_complete_list").fill_null(False).all().over(_LIST)
    is_whole = pl.all_horizontal(
        (pl.col("marker_class") == "CLONOTYPE").fill_null(False).all(),
        pl.struct(_ONE_TOTAL).n_unique() == 1,
        # a row that was refused, or corrected since, leaves a gap
        pl.col("marker_count").sum() == pl.col("total_count").first(),
    ).over(_LIST)
    # one cell may be read at several loci, and few of one may have strayed into a list of another
    of_locus = pl.col("marker_count").sum().over(*_LIST, "locus")
    whole = located.filter(is_said).filter(is_whole).with_columns(of_locus.alias("total_of_locus"))
    due = (
        whole.select(*_LIST, "patient_id", "locus", "total_of_locus", "shortest", "longest")
        .unique()
        .join(known, on=["patient_id", "assay_id", "locus"], how="inner")
        .filter(pl.col("middle_length").is_between("shortest", "longest"))
        .join(rows, on=[*_LIST, "own_marker"], how="anti", nulls_equal=True)
        .sort(*_LIST, "own_marker", "locus", "gene")
        .unique([*_LIST, "own_marker"], keep="first", maintain_order=True)
    )
    due = due.join(
        _perhaps_named(due, whole), on=[*_LIST, "own_marker"], how="anti", nulls_equal=True
    )
    # all rows of a list have one sample, one assay row and one total
    any_row = whole.sort(*_LIST, "own_marker", "clone").unique(
        _LIST, keep="first", maintain_order=True
    )
    made = due.select(
        *_LIST,
        pl.col("own_marker").alias("due_marker"),
        pl.col("gene").alias("due_gene"),
        pl.col("total_of_locus").alias("due_total"),
    ).join(any_row, on=list(_LIST), how="inner", nulls_equal=True, maintain_order="left")
    nothing = ("clone", "is_germline", "mutant_copies_per_cell", "total_copies_per_cell",
        "normal_copies_per_cell")  # fmt: skip
    return made.with_columns(
        pl.col("due_marker").alias("own_marker"),
        pl.col("due_gene").alias("gene"),
        pl.lit(0, dtype=rows.schema["marker_count"]).alias("marker_count"),
        pl.col("due_total").alias("total_count"),
        pl.lit(True).alias("is_tracked"),
        pl.lit(True).alias("is_in_list"),
        pl.lit(True).alias("is_absent"),
        *(pl.lit(None, dtype=rows.schema[c]).alias(c) for c in nothing),
    ).select(rows.columns)


def _perhaps_named(due: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Return the markers of lists that a row of the same list may name in another way.

    A clone that is read longer or shorter, or on the other strand, contains the text or is contained in it. Of a
    text with other letters than A, C, G, T (an N, a name) it cannot be told what it is.
    """
    upper = pl.col("own_marker").str.to_uppercase()
    other = upper.str.reverse().str.replace_many(list(_LETTERS), list(_LETTERS.values()))
    wanted = due.select(*_LIST, "own_marker", upper.alias("text"), other.alias("other_strand"))
    listed = lists.select(*_LIST, upper.alias("listed")).unique()
    pairs = wanted.join(listed, on=list(_LIST), how="inner", nulls_equal=True)
    is_longer = pl.col("listed").str.len_bytes() > pl.col("text").str.len_bytes()

    def is_part(text: str) -> pl.Expr:
        long = pl.when(is_longer).then("listed").otherwise(text)
        return long.str.contains(pl.when(is_longer).then(text).otherwise("listed"), literal=True)

    is_alike = is_part("text") | is_part("other_strand")
    is_unclear = pl.any_horizontal(pl.col(c).str.contains("[^ACGT]") for c in ("listed", "text"))
    return pairs.filter(is_alike | is_unclear).select(*_LIST, "own_marker").unique()


def _not_mentioned(rows: pl.DataFrame, tracked: pl.DataFrame) -> pl.DataFrame:
    """Count for each sample and assay with a list the tracked markers of its kind, and those it lacks."""

    def kind(column: str) -> pl.Expr:
        return (
            pl.col(column)
            .cast(pl.String)
            .replace_strict(_KIND, default=None, return_dtype=pl.String)
        )

    lists = rows.filter("is_list").select(*_SAMPLE, "patient_id", kind("marker_class").alias("kind")).unique()  # fmt: skip
    due = (
        lists.join(
            tracked.select("patient_id", "own_marker", kind("given_class").alias("given_kind")),
            on="patient_id",
            how="inner",
        )
        # of what kind a marker is, may not be given
        .filter((pl.col("kind") == pl.col("given_kind")).fill_null(True))
        .select(*_SAMPLE, "own_marker")
        .unique()
        .join(
            rows.select(*_SAMPLE, "own_marker", pl.lit(True).alias("is_mentioned")).unique(),
            on=[*_SAMPLE, "own_marker"],
            how="left",
        )
    )
    return due.group_by(_SAMPLE).agg(
        pl.len().cast(pl.Int64).alias("n_tracked"),
        pl.col("is_mentioned").is_null().sum().cast(pl.Int64).alias("n_not_mentioned"),
    )
