"""Which reader a file belongs to: told by its content, never by its name."""

from collections.abc import Sequence
from dataclasses import replace

from transforms.layouts import layout_file
from transforms.layouts.choose import ambiguous, choose_layout, nearest
from transforms.layouts.layout import Layout
from transforms.layouts.read import layout_reader
from transforms.parse.sentinels import read_not_detected
from transforms.problems import FileRefusedError
from transforms.readers import (
    absolute_q,
    airr,
    canonical,
    cfx,
    clonoseq,
    design_and_analysis,
    extract,
    facsdiva,
    fhir,
    flow_siblings,
    flowjo_table,
    flowjo_workspace,
    genexpert_astm,
    genexpert_csv,
    genexpert_hl7,
    getitd,
    hl7_oru,
    immunoseq,
    lightcycler480,
    lymphotrack,
    maf,
    mixcr,
    not_read,
    qiacuity,
    quantasoft,
    quantstudio,
    quantstudio_xlsx,
    qx_manager,
    rdml,
    rotor_gene,
    sds,
    umivar2,
    vcf,
    vidjil,
)
from transforms.readers.content import Content, open_content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows


def _with_site_values(reader: Reader) -> Reader:
    """Return the reader with a site's words for not detected, which no format knows."""

    def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
        return read_not_detected(reader.read(content, assay, settings), settings)

    return replace(reader, read=read)


_READ: tuple[Reader, ...] = (
    *extract.READERS,
    quantstudio.READER,
    quantstudio_xlsx.READER,
    design_and_analysis.READER,
    sds.READER,
    lightcycler480.READER,
    cfx.READER,
    rotor_gene.READER,
    rdml.READER,
    facsdiva.READER,
    flowjo_table.READER,
    flowjo_workspace.READER,
    quantasoft.READER,
    qx_manager.READER,
    qiacuity.READER,
    absolute_q.READER,
    vcf.READER,
    umivar2.READER,
    maf.READER,
    getitd.READER,
    vidjil.READER,
    airr.READER,
    immunoseq.READER,
    mixcr.READER,
    lymphotrack.READER,
    clonoseq.READER,
    genexpert_hl7.READER,
    genexpert_astm.READER,
    genexpert_csv.READER,
    hl7_oru.READER,
    fhir.READER,
    layout_file.READER,
    # last: its signature is only column names
    canonical.READER,
)
# after all that is read: they only have better words than "not recognised"
_REFUSED: tuple[Reader, ...] = (flow_siblings.READER, not_read.READER)
NOT_DECODED = ("FILE_ENCODING", "FILE_BINARY")
"""Refusals of what may be a text of an encoding that somebody names."""
READERS = tuple(_with_site_values(reader) for reader in (*_READ, *_REFUSED))


def find_reader(
    data: bytes, layouts: Sequence[Layout] = (), encoding: str | None = None
) -> tuple[Reader, Content]:
    """Return the reader of a file, and the file opened.

    Args:
        data: the bytes as they came.
        layouts: the laboratory's own layouts that hold for the file. A format that is known counts
            before them.
        encoding: how an instrument writes texts that are no UTF-8; of a table its layout says it.

    Raises:
        FileRefusedError: LAYOUT_AMBIGUOUS, LAYOUT_HEADINGS_MISSING or FILE_NOT_RECOGNISED, or what
            opening it raises.
    """
    try:
        content = open_content(data)
    except FileRefusedError as refusal:
        if refusal.code not in NOT_DECODED or not (encoding or any(x.encoding for x in layouts)):
            raise
        return _find_encoded(data, layouts, encoding, refusal)
    is_read, is_refused = READERS[: len(_READ)], READERS[len(_READ) :]
    for reader in is_read:
        if reader.recognise(content):
            return reader, content
    if layout := choose_layout(content, layouts):
        return _with_site_values(layout_reader(layout)), content
    for reader in is_refused:
        if reader.recognise(content):
            return reader, content
    raise nearest(content, layouts) or FileRefusedError(
        "FILE_NOT_RECOGNISED",
        "the content matches no format that is read; see `mrd formats`",
        value=_beginning(content),
    )


def _find_encoded(
    data: bytes, layouts: Sequence[Layout], encoding: str | None, refusal: FileRefusedError
) -> tuple[Reader, Content]:
    """Return the reader of a text that is no UTF-8, and the text opened as an instrument or a layout says.

    Raises:
        FileRefusedError: LAYOUT_AMBIGUOUS or LAYOUT_HEADINGS_MISSING; FILE_ENCODING of an encoding that is named;
            else the refusal given.
    """
    of_folder = open_content(data, encoding) if encoding else Content()
    for reader in READERS[: len(_READ)]:
        # which folder a file that names its assay lay in is not known when it is read again
        if encoding and not reader.names_its_assay and reader.recognise(of_folder):
            return reader, of_folder
    found: list[tuple[Layout, Content]] = []
    near: FileRefusedError | None = None
    for named in dict.fromkeys(x.encoding for x in layouts if x.encoding):
        content = open_content(data, named)
        if layout := choose_layout(content, layouts):
            found.append((layout, content))
        near = near or nearest(content, layouts)
    if len(found) > 1:
        raise ambiguous([layout for layout, _ in found])
    if found:
        return _with_site_values(layout_reader(found[0][0])), found[0][1]
    for reader in READERS[len(_READ) :]:
        if encoding and reader.recognise(of_folder):
            return reader, of_folder
    raise near or refusal


def _beginning(content: Content) -> str:
    if content.sheets:
        return f"workbook with sheets {', '.join(content.sheets)}"[:120]
    if content.parts:
        return f"archive of {', '.join(content.parts)}"[:120]
    return next((x for x in content.head.split("\n") if x.strip()), "")[:120]
