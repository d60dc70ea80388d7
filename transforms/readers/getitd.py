"""getITD tables of FLT3 internal tandem duplications (`formats.md` §8a).

Tab; columns sample, length, start, vaf (percent), ar, coverage, counts, trailing, seq. Each row is one
ITD of the marker FLT3-ITD. A sample without an ITD has no such file: its absence is no negative result.
"""

import polars as pl

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

_NAMED = Format(
    "getITD", "getitd/1", "load itds_collapsed-is-same_is-similar_is-close_is-same_trailing_hc.tsv"
)
_SIGNATURE = ("sample", "length", "start", "vaf", "ar", "coverage", "counts")
_WANTED = {k: (k,) for k in (*_SIGNATURE, "seq")}


def recognise(content: Content) -> bool:
    """Return whether a text has the deciding columns."""
    return set(header_names(content)) >= set(_SIGNATURE)


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a table.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER or FILE_EMPTY.
    """
    table = named_table(
        content, _WANTED, ("sample", "length", "start", "coverage", "counts"), _NAMED,
        numbers="length|start|end|vaf|ar", counts="coverage|counts",
    )  # fmt: skip
    # pandas writes a start that may be missing as 1.23e+02
    whole = {
        c: pl.coalesce(
            pl.col(c).cast(pl.Float64, strict=False).round(0).cast(pl.Int64, strict=False).cast(pl.String), c
        )
        for c in ("length", "start")
    }  # fmt: skip
    itd = worded("{}bp@{}", whole["length"], whole["start"])
    rows = table.cells.with_columns(itd.alias("itd"))
    is_shared = rows.select(pl.struct("sample", "itd").is_duplicated()).to_series()
    measured = rows.select(
        without_generic(pl.col("sample")).alias("sample_id"),
        pl.lit("FLT3-ITD").alias("marker"),
        # ITDs of one length and start differ in their sequence
        pl.when(is_shared).then(pl.concat_str("itd", "seq", separator=" ")).otherwise("itd").alias("clone"),
        pl.col("counts").alias("marker_count"),
        pl.col("coverage").alias("total_count"),
        pl.lit("FLT3_ITD").alias("marker_class"),
        pl.lit("FLT3").alias("gene"),
        pl.lit("READS").alias("count_kind"),
        # the assay looks for nothing else: any ITD is its marker
        pl.lit(None, dtype=pl.String).alias("is_tracked"),
        "source_line",
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )  # fmt: skip
    places = table.places_of(sample_id="sample", marker_count="counts", total_count="coverage")
    rows_read = Rows(measured, 0, table.rejected, table.findings, places)
    return text_rows(rows_read, _NAMED, assay, settings)


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    f"a header with {', '.join(f'`{c}`' for c in _SIGNATURE)}",
    False,
    recognise,
    read,
    modality="NGS",
)
