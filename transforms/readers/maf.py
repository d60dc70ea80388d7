"""Mutation Annotation Format 2.4 (`formats.md` §8a).

Columns: Hugo_Symbol, Chromosome, Start_Position, Reference_Allele, Tumor_Seq_Allele2, t_depth,
t_alt_count, Tumor_Sample_Barcode; HGVSp_Short and Mutation_Status where given. Several alternative
alleles of one position are several rows; reference and alternative may be fewer than t_depth.
"""

import polars as pl

from transforms.problems import row_findings
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.sequencing import (
    Format,
    Rows,
    header_names,
    named_table,
    text_rows,
    without_generic,
)
from transforms.worded import worded

_NAMED = Format("MAF", "maf/2", "export the MAF with t_depth and t_alt_count")
_WANTED = {
    "gene": ("hugo_symbol",),
    "chrom": ("chromosome",),
    "pos": ("start_position", "start_position_hg19"),
    "ref": ("reference_allele",),
    "allele1": ("tumor_seq_allele1",),
    "allele2": ("tumor_seq_allele2",),
    "type": ("variant_type",),
    "protein": ("hgvsp_short",),
    "status": ("mutation_status",),
    "sample": ("tumor_sample_barcode",),
    "total_count": ("t_depth",),
    "marker_count": ("t_alt_count",),
}
_NEEDED = ("gene", "chrom", "pos", "ref", "allele2", "sample", "total_count", "marker_count")
_CLASSES = {"SNP": "SNV", "DNP": "SNV", "TNP": "SNV", "ONP": "SNV", "INS": "INDEL", "DEL": "INDEL"}


def recognise(content: Content) -> bool:
    """Return whether the first cell of the header is Hugo_Symbol."""
    return header_names(content)[:1] == ["Hugo_Symbol"]


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a MAF.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER or FILE_EMPTY.
    """
    table = named_table(
        content, _WANTED, _NEEDED, _NAMED, counts="[tn]_(?:depth|(?:ref|alt)_count)"
    )
    gene = pl.when(~pl.col("gene").is_in(["Unknown", "."])).then("gene")
    alt = pl.when(pl.col("allele2") == pl.col("ref")).then("allele1").otherwise("allele2")
    place = worded("{}:{} {}>{}", "chrom", "pos", "ref", alt)
    protein = pl.when(~pl.col("protein").is_in([".", "p.?", "p.="])).then("protein")
    named = gene + " " + protein
    status = pl.col("status").str.to_lowercase()
    is_variant = (alt != pl.col("ref")).fill_null(True)
    none = table.cells.filter(~is_variant)
    measured = table.cells.filter(is_variant).select(
        without_generic(pl.col("sample")).alias("sample_id"),
        pl.coalesce(named, gene + " " + place, place).alias("marker"),
        # two changes of the DNA may give one change of the protein
        pl.when(named.is_not_null()).then(place).alias("clone"),
        "marker_count",
        "total_count",
        pl.col("type").replace_strict(_CLASSES, default=None, return_dtype=pl.String).alias("marker_class"),
        gene.alias("gene"),
        pl.lit("READS").alias("count_kind"),
        pl.when(status == "germline").then(pl.lit("true"))
        .when(status == "somatic").then(pl.lit("false")).alias("is_germline"),
        "source_line",
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )  # fmt: skip
    places = table.places_of(sample_id="sample", marker_class="type", is_germline="status")
    refused = row_findings(
        none.with_columns(pl.lit(0).alias("file_no")),
        "VALUE_MISSING",
        worded(
            "{} {}:{}: both tumour alleles are the reference {}, so the row names no variant; export Tumor_Seq_Allele2 with the "
            "allele that t_alt_count counts",
            "gene", "chrom", "pos", "ref",
        ),
        column="allele2",
        value=pl.col("allele2"),
    )  # fmt: skip
    findings = (*table.findings, refused)
    rows = Rows(measured, 0, table.rejected + none.height, findings, places)
    return text_rows(rows, _NAMED, assay, settings)


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    "`Hugo_Symbol` is the first cell of the header, within 5 lines",
    False,
    recognise,
    read,
    modality="NGS",
)
