"""umiVar2 tables (`formats.md` §8a): one line for each candidate or tracked variant, no sample name.

Columns CHROM POS REF ALT DP_HQ REF_COUNT ALT_COUNT … FILTER. Counts are consensus reads: molecules. The
same variant in the VCF beside it gives the same row, which is then counted once. The sample-level
`.mrd` file is no result: its `MRD_log10` is −log10 of a p-value, no log reduction.
"""

import polars as pl

from transforms.places import Place, Places
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.clonotypes import number, whole
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.sequencing import Format, Rows, header_names, named_table, text_rows

_NAMED = Format("umiVar2 table", "umivar2-tsv/2", "load the *_monitoring table or VCF of umiVar2")
_MRD = "#MRD_log10"
_KEYS = {
    k: (k.lower(),) for k in ("CHROM", "POS", "REF", "ALT", "REF_COUNT", "ALT_COUNT", "FILTER")
}


def recognise(content: Content) -> bool:
    """Return whether a text is a table of umiVar2, or its sample-level file."""
    names = header_names(content)
    return content.head.startswith(_MRD) or names[:5] == ["CHROM", "POS", "REF", "ALT", "DP_HQ"]


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a table.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER or FILE_EMPTY.
    """
    if content.head.startswith(_MRD):
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "a .mrd file is umiVar2's test of the whole sample: MRD_log10 is -log10 of a p-value, no log "
            f"reduction, and no variant is named; {_NAMED.advice}",
            line=1,
        )
    table = named_table(
        content, _KEYS, tuple(_KEYS), _NAMED, counts="dp_hq|ref_count|alt_count|other_count"
    )
    # molecules that are there are not taken away by a filter that says otherwise
    is_uncovered = (
        pl.col("FILTER").str.contains("No_Coverage", literal=True)
        & ~(number("ALT_COUNT") > 0).fill_null(False)
    ).fill_null(False)
    rows = table.cells.with_columns(
        pl.when(is_uncovered).then(pl.lit("0")).otherwise(c).alias(c) for c in ("REF_COUNT", "ALT_COUNT")
    )  # fmt: skip
    findings = [*table.findings]
    filtered = rows.filter(~pl.col("FILTER").is_in(["PASS", "."]))
    if filtered.height:
        findings.append(
            one_finding(
                0,
                "FILTERED_CALLS_KEPT",
                f"{filtered.height} of {rows.height} rows have a FILTER other than PASS; their counts are kept, "
                "the rules judge them",
                column="FILTER",
            )
        )
    measured = rows.select(
        pl.lit(None, dtype=pl.String).alias("sample_id"),
        pl.concat_str("CHROM", "POS", "REF", "ALT", separator="-").alias("marker"),
        pl.col("ALT_COUNT").alias("marker_count"),
        # DP_HQ also counts molecules with another allele
        whole(number("REF_COUNT") + number("ALT_COUNT")).alias("total_count"),
        pl.when(pl.col("REF").str.len_chars() == pl.col("ALT").str.len_chars())
        .then(pl.lit("SNV"))
        .otherwise(pl.lit("INDEL"))
        .alias("marker_class"),
        pl.lit(None, dtype=pl.String).alias("gene"),
        pl.lit("MOLECULES").alias("count_kind"),
        "source_line",
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )
    own = table.places_of(marker="POS", marker_count="ALT_COUNT")
    places = Places({**own.places, "total_count": Place("REF_COUNT + ALT_COUNT")})
    rows_read = Rows(measured, 0, table.rejected, tuple(findings), places)
    return text_rows(rows_read, _NAMED, assay, settings)


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    "a header that starts `CHROM POS REF ALT DP_HQ`; `#MRD_log10` is known and refused",
    False,
    recognise,
    read,
    modality="NGS",
)
