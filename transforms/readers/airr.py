"""AIRR Rearrangement TSV (`formats.md` §8b), also quoted or gzipped.

Columns: sequence_id, sequence, v_call, j_call, junction, productive; counts in umi_count (molecules),
duplicate_count or consensus_count (reads); the sample in repertoire_id or sample_processing_id.
"""

from dataclasses import replace

import polars as pl

from transforms.problems import FileRefusedError, row_findings
from transforms.readers.clonotypes import clone_rows
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.sequencing import Format, Table, header_names, named_table, text_rows

_NAMED = Format(
    "AIRR rearrangement",
    "airr-rearrangement/1",
    "export a valid AIRR rearrangement table with counts (airr-tools validate)",
)
_SIGNATURE = {"sequence_id", "v_call", "j_call", "productive"}
_BOOLEANS = ("productive", "rev_comp", "vj_in_frame", "stop_codon")
_COUNTS = {"umi_count": "MOLECULES", "duplicate_count": "READS", "consensus_count": "READS"}
_COLUMNS = (
    "sequence_id", "sequence", "v_call", "j_call", "junction", *_BOOLEANS,
    "repertoire_id", "sample_processing_id", *_COUNTS,
)  # fmt: skip
_NEEDED = ("sequence_id", "sequence", "v_call", "j_call", "junction", "productive")


def recognise(content: Content) -> bool:
    """Return whether a text has the deciding columns."""
    return set(header_names(content)) >= _SIGNATURE


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a table.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER, FILE_EMPTY or QUOTE_NOT_CLOSED.
    """
    wanted = {c: (c,) for c in _COLUMNS}
    table = named_table(content, wanted, _NEEDED, _NAMED, has_quotes=True, counts="|".join(_COUNTS))
    counts = [c for c in _COUNTS if table.cells[c].null_count() < table.cells.height]
    if not counts:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the file has no {', '.join(_COUNTS)}: it lists sequences, not how many; {_NAMED.advice}",
        )
    table = _without_bad_booleans(table)
    cells = table.cells.with_columns(
        pl.coalesce("repertoire_id", "sample_processing_id").alias("sample_id"),
        pl.coalesce("junction", "sequence").alias("marker"),
        # several calls are alternatives; the first is the best
        pl.col("v_call").str.split(",").list.first().alias("gene"),
        pl.col(counts[0]).alias("count"),
    )
    places = {**table.places, "count": table.places[counts[0]]}
    rows = clone_rows(
        replace(table, cells=cells, places=places),
        count_kind=_COUNTS[counts[0]],
        unproductive=pl.col("productive").str.to_lowercase().is_in(["f", "false"]),
    )
    return text_rows(rows, _NAMED, assay, settings)


def _without_bad_booleans(table: Table) -> Table:
    """Refuse rows with a boolean other than T or F: their cells may have moved."""
    bad = pl.any_horizontal(
        ~pl.col(c).str.to_lowercase().is_in(["t", "f", "true", "false"]) for c in _BOOLEANS
    ).fill_null(False)
    wrong = table.cells.filter(bad)
    if wrong.is_empty():
        return table
    found = row_findings(
        wrong.with_columns(pl.lit(0).alias("file_no")),
        "NOT_A_BOOLEAN",
        pl.lit(f"one of {', '.join(_BOOLEANS)} is neither T nor F; its cells may have moved"),
    )
    kept = table.cells.filter(~bad)
    return replace(
        table,
        cells=kept,
        rejected=table.rejected + wrong.height,
        findings=(*table.findings, found),
    )


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    "a header with `sequence_id`, `v_call`, `j_call` and `productive`",
    False,
    recognise,
    read,
    modality="NGS",
)
