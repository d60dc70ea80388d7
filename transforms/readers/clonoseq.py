"""clonoSEQ results typed from the report (`formats.md` §8b): there is no public machine export.

The table is ours: sample, dominant_sequence_id, residual_clonal_cells, nucleated_cells_evaluated, and
as a check cells_per_million and result (the words of the report). Comma, semicolon or tab.
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
)

_NAMED = Format("clonoSEQ table", "clonoseq-table/1", "copy the template of this table")
_NEEDED = ("sample", "dominant_sequence_id", "residual_clonal_cells", "nucleated_cells_evaluated")
_WANTED = {k: (k, k.replace("_", " ")) for k in (*_NEEDED, "cells_per_million", "result")}
_NONE_FOUND = r"(?i)^\s*(?:not detected|undetected|negative|no residual.*)\s*$"
# the report rounds to whole cells
_FACTOR = 2.0


def _separator(content: Content) -> str | None:
    for separator in (",", ";", "\t"):
        names = {n.lower().replace(" ", "_") for n in header_names(content, separator)}
        if names >= set(_NEEDED):
            return separator
    return None


def recognise(content: Content) -> bool:
    """Return whether a text has the deciding columns."""
    return _separator(content) is not None


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a table.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER, FILE_EMPTY or QUOTE_NOT_CLOSED.
    """
    separator = _separator(content) or ","
    table = named_table(
        content, _WANTED, _NEEDED, _NAMED, separator=separator, has_quotes=True,
        numbers="cells[_ ]per[_ ]million", counts="residual[_ ]clonal[_ ]cells|nucleated[_ ]cells[_ ]evaluated",
    )  # fmt: skip
    is_none = pl.col("residual_clonal_cells").is_null() & pl.col("result").str.contains(_NONE_FOUND)
    cells = table.cells.with_columns(
        pl.when(is_none).then(pl.lit("0")).otherwise("residual_clonal_cells").alias("marker_count")
    )
    measured = cells.select(
        pl.col("sample").alias("sample_id"),
        pl.col("dominant_sequence_id").alias("marker"),
        "marker_count",
        pl.col("nucleated_cells_evaluated").alias("total_count"),
        pl.lit("CLONOTYPE").alias("marker_class"),
        pl.lit("CELLS").alias("count_kind"),
        # a dominant sequence is one of the diagnosis
        pl.lit("true").alias("is_tracked"),
        "source_line",
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )
    places = table.places_of(
        sample_id="sample",
        marker="dominant_sequence_id",
        marker_count="residual_clonal_cells",
        total_count="nucleated_cells_evaluated",
    )
    rows = Rows(measured, 0, table.rejected, (*table.findings, _contradictions(cells)), places)
    return text_rows(rows, _NAMED, assay, settings)


def _contradictions(cells: pl.DataFrame) -> pl.DataFrame:
    """Find rows whose level is not what their counts give: a digit is missing somewhere."""
    count, total, level = (
        pl.col(c).cast(pl.Float64, strict=False)
        for c in ("marker_count", "nucleated_cells_evaluated", "cells_per_million")
    )
    computed = count / total * 1e6
    far = (computed > level * _FACTOR) | (computed < level / _FACTOR)
    wrong = cells.with_columns(computed.alias("computed"), pl.lit(0).alias("file_no")).filter(
        (far & (level > 0) & (count > 0)).fill_null(False)
    )
    return row_findings(
        wrong,
        "VALUE_CONTRADICTS_COUNTS",
        pl.format(
            "cells_per_million {} is not the {} that {} of {} cells give; compare with the report",
            "cells_per_million",
            pl.col("computed").round(2),
            "marker_count",
            "nucleated_cells_evaluated",
        ),
        column="cells_per_million",
        value=pl.col("cells_per_million"),
    )


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    f"a header with {', '.join(f'`{c}`' for c in _NEEDED)}",
    False,
    recognise,
    read,
)
