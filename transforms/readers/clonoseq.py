"""clonoSEQ results typed from the report (`formats.md` §8b): there is no public machine export.

The table is ours: sample, dominant_sequence_id, residual_clonal_cells, nucleated_cells_evaluated, and
as a check cells_per_million and result (the words of the report). Comma, semicolon or tab.
Where a row has no count, or its level or words say another, no row of its sample is read: the other sequences
alone might make it negative.
"""

import polars as pl

from transforms.problems import one_finding, row_findings
from transforms.ratio import ratio
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
from transforms.worded import worded

_NAMED = Format("clonoSEQ table", "clonoseq-table/2", "copy the template of this table")
_NEEDED = ("sample", "dominant_sequence_id", "residual_clonal_cells", "nucleated_cells_evaluated")
_WANTED = {k: (k, k.replace("_", " ")) for k in (*_NEEDED, "cells_per_million", "result")}
_NONE_FOUND = (
    r"(?i)^\s*(?:(?:mrd )?(?:not detected|undetected|negative)|no (?:mrd|residual (?:disease|dna|clonal cells?|cells?|"
    r"(?:clonal )?sequences?|mrd))(?: (?:was |were )?(?:detected|found|identified))?)\s*\.?\s*$"
)
"""Whole phrases: words behind them, such as `not performed`, may take them back."""
_DENIED = (
    r"(?i)\b(?:no|not|non|none|without|negative?|un\w+|in(?:valid|conclusive|determinate|sufficient)|fail\w*|"
    r"kein\w*|nicht)\b"
)
_NUMBERS = ("marker_count", "nucleated_cells_evaluated", "cells_per_million")
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
    given = table.cells.with_columns(
        pl.when(is_none).then(pl.lit("0")).otherwise("residual_clonal_cells").alias("marker_count")
    ).with_columns(_disagree().alias("disagrees"))
    is_refused = pl.col("disagrees").any().over("sample")
    refused, cells = given.filter(is_refused), given.filter(~is_refused)
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
    findings = (
        *table.findings,
        *_left_out(content, separator),
        _refusals(refused),
        _contradictions(cells),
    )
    rows = Rows(measured, 0, table.rejected + refused.height, findings, places)
    return text_rows(rows, _NAMED, assay, settings)


def _left_out(content: Content, separator: str) -> list[pl.DataFrame]:
    """Say which columns nobody reads: a misspelt one would check nothing."""
    known = {name for names in _WANTED.values() for name in names}
    extra = [h for h in header_names(content, separator) if h and h.lower() not in known]
    if not extra:
        return []
    names = ", ".join(extra)
    message = f"left out: {names}; limits come from the row of the assay or from its kit, never from this table"
    return [one_finding(0, "EXTRA_COLUMN", message, value=names)]


def _disagree() -> pl.Expr:
    """Tell whether a row has no count, or the words or the level beside it say another."""
    count, total, level = (_number(c) for c in _NUMBERS)
    words, written = pl.col("result"), pl.col("cells_per_million")
    is_level_none = written.is_null() | (level == 0) | written.str.contains(r"^\s*[<≤]")
    says_none = words.str.contains(_NONE_FOUND)
    of_none = (count == 0) & (~is_level_none.fill_null(False) | ~says_none)
    # a report rounds less than one cell in a million to 0
    of_some = (count > 0) & (
        words.str.contains(_DENIED) | ((level == 0) & (ratio(count, total) * 1e6 >= 1))
    )
    is_unknown = count.is_null() | total.is_null()
    return is_unknown | of_none.fill_null(False) | of_some.fill_null(False)


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64, strict=False)


def _refusals(refused: pl.DataFrame) -> pl.DataFrame:
    """Say of each row of the samples that are not read why."""

    def written(column: str) -> pl.Expr:
        return pl.col(column).fill_null("nothing")

    own = worded(
        "residual_clonal_cells {} of {}, cells_per_million {} and result '{}' are no one count; correct the row by "
        "the report (where nothing was found: 0, and 'Not detected' or no words)",
        written("residual_clonal_cells"),
        written("nucleated_cells_evaluated"),
        written("cells_per_million"),
        written("result").str.slice(0, 60),
    )
    beside = pl.lit(
        "another row of this sample gives no one count, and this one alone might make it negative; correct that row"
    )
    return row_findings(
        refused.with_columns(pl.lit(0).alias("file_no")),
        "CALL_CONTRADICTS_VALUE",
        pl.when("disagrees").then(own).otherwise(beside),
        column="result",
        value=pl.col("result"),
    )


def _contradictions(cells: pl.DataFrame) -> pl.DataFrame:
    """Find rows whose level is not what their counts give: a digit is missing somewhere."""
    count, total, level = (_number(c) for c in _NUMBERS)
    computed = ratio(count, total) * 1e6
    far = (computed > level * _FACTOR) | (computed < ratio(level, _FACTOR))
    wrong = cells.with_columns(computed.alias("computed"), pl.lit(0).alias("file_no")).filter(
        (far & (level > 0) & (count > 0)).fill_null(False)
    )
    return row_findings(
        wrong,
        "VALUE_CONTRADICTS_COUNTS",
        worded(
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
    modality="NGS",
)
