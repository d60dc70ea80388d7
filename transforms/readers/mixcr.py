"""MiXCR tables of clones (`formats.md` §8b): versions 2 and 3 `cloneCount`, version 4 `readCount`.

In `aaSeqCDR3` an unproductive clone has `_` (out of frame) or `*` (a stop). `exportClones` can leave those out,
and its shares then add up to 1 all the same.
"""

from dataclasses import replace

import polars as pl

from transforms.problems import one_finding
from transforms.readers.clonotypes import clone_rows
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.sequencing import Format, header_names, named_table, text_rows

_NAMED = Format(
    "MiXCR clones",
    "mixcr-clones/1",
    "export with `mixcr exportClones`, with targetSequences and read counts",
)
_WANTED = {
    "id": ("cloneid",),
    "marker": ("targetsequences",),
    "molecules": ("uniquemoleculecount",),
    "reads": ("clonecount", "readcount"),
    "molecule_share": ("uniquemoleculefraction",),
    "read_share": ("clonefraction", "readfraction"),
    "amino_acids": ("aaseqcdr3",),
    "hits": ("allvhitswithscore", "bestvhit", "bestvgene"),
}


def recognise(content: Content) -> bool:
    """Return whether a text has `cloneId` and a count of reads."""
    names = set(header_names(content))
    return "cloneId" in names and bool(names & {"cloneCount", "readCount"})


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a table of clones.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER or FILE_EMPTY.
    """
    table = named_table(
        content, _WANTED, ("marker", "reads"), _NAMED,
        numbers="(?:clone|read|uniquemolecule)fraction", counts="(?:clone|read|uniquemolecule)count",
    )  # fmt: skip
    has_molecules = table.cells["molecules"].null_count() < table.cells.height
    count, share = ("molecules", "molecule_share") if has_molecules else ("reads", "read_share")
    cells = table.cells.with_columns(
        pl.lit(None, dtype=pl.String).alias("sample_id"),
        # IGHV3-23*00(1234.5),IGHV3-23D*00(1230)
        pl.col("hits").str.extract(r"^([^,(]+)").alias("gene"),
        pl.col(count).alias("count"),
        pl.col(share).alias("share"),
    )
    more: tuple[pl.DataFrame, ...] = ()
    if "readCount" in header_names(content):
        more = (
            one_finding(
                0, "LAYOUT_NOT_CONFIRMED",
                "columns of MiXCR 4 are read as its users' programs name them; compare with the export",
            ),
        )  # fmt: skip
    rows = clone_rows(
        replace(table, cells=cells, places={**table.places, "count": table.places[count]}),
        count_kind="MOLECULES" if has_molecules else "READS",
        full_share=1.0 if share in table.present else None,
        unproductive=pl.col("amino_acids").str.contains("[_*]")
        if "amino_acids" in table.present
        else None,
        more_findings=more,
    )
    return text_rows(rows, _NAMED, assay, settings)


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    "a header with `cloneId` and `cloneCount` or `readCount`",
    False,
    recognise,
    read,
    modality="NGS",
)
