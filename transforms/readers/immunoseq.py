"""Adaptive immunoSEQ exports (`formats.md` §8b): v1 and v2 `nucleotide`, v3 `rearrangement`.

Templates are cells, reads are reads. Every line counts, whatever its sequenceStatus: the leukaemic
clone may be an incomplete or unproductive rearrangement.
"""

from dataclasses import replace

import polars as pl

from transforms.problems import FileRefusedError
from transforms.readers.clonotypes import clone_rows
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.sequencing import Format, header_names, named_table, text_rows

_NAMED = Format(
    "immunoSEQ", "immunoseq/1", "export the sample with nucleotide sequences, all rows and counts"
)
_OLD = {"nucleotide", "aminoAcid"}
_NEW = {"rearrangement", "amino_acid", "frame_type", "productive_frequency"}
_WANTED = {
    "sample_id": ("sample_name",),
    "marker": ("nucleotide", "rearrangement"),
    "templates": ("templates", "count (templates)"),
    "reads": ("count (reads)", "reads", "count (templates/reads)"),
    "share": ("frequencycount (%)", "frequency"),
    "v": ("vgenename", "v_gene"),
    "d": ("dgenename", "d_gene"),
    "j": ("jgenename", "j_gene"),
    "status": ("sequencestatus", "frame_type"),
}


def recognise(content: Content) -> bool:
    """Return whether a text has the deciding columns of one of the versions."""
    names = set(header_names(content))
    return names >= _OLD or names >= _NEW


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER or FILE_EMPTY.
    """
    table = named_table(
        content, _WANTED, ("marker",), _NAMED,
        numbers=r"frequencycount \(%\)|frequency|productive_frequency", counts=r"count \(.*\)|templates|reads",
    )  # fmt: skip
    # version 3 writes the word for an empty cell
    nulls = {"null": None, "unresolved": None, "na": None, "NA": None}
    cells = table.cells.with_columns(pl.exclude("source_line").replace(nulls))
    counts = next((c for c in ("templates", "reads") if cells[c].null_count() < cells.height), None)
    if counts is None:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the file has neither `templates` nor `count (reads)`; {_NAMED.advice}",
        )
    cells = cells.with_columns(
        # an incomplete rearrangement has no V gene
        pl.coalesce("v", pl.concat_str("d", "j", separator=" "), "j").alias("gene"),
        pl.col(counts).alias("count"),
    )
    # percent in the older versions, a fraction in version 3
    full = None
    if "share" in table.present:
        full = 100.0 if set(header_names(content)) >= _OLD else 1.0
    rows = clone_rows(
        replace(table, cells=cells, places={**table.places, "count": table.places[counts]}),
        count_kind="CELLS" if counts == "templates" else "READS",
        full_share=full,
        unproductive=pl.col("status").str.to_lowercase().is_in(["out", "stop"]),
    )
    return text_rows(rows, _NAMED, assay, settings)


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    "a header with `nucleotide` and `aminoAcid`, or with `rearrangement`, `amino_acid`, "
    "`frame_type` and `productive_frequency`",
    False,
    recognise,
    read,
    modality="NGS",
)
