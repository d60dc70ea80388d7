"""What a reader is: one format, told by its content."""

from collections.abc import Callable
from dataclasses import dataclass

from transforms.readers.content import Content
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows


@dataclass(frozen=True)
class Reader:
    """One reader.

    Attributes:
        name: reader and version; a change of version makes files be read again.
        title: what the format is called, for `mrd formats`.
        signature: what in the content decides, for `mrd formats`.
        names_its_assay: false when the folder of the file names the assay.
        recognise: whether a file is of this format.
        read: the reading itself.
        may_quote: whether a refused line may be quoted; not where it can hold the name of a person.
        modality: of the assay whose results such a file holds, as a proposal for a missing assay row.
    """

    name: str
    title: str
    signature: str
    names_its_assay: bool
    recognise: Callable[[Content], bool]
    read: Callable[[Content, AssayNames | None, ReaderSettings], TextRows]
    may_quote: bool = True
    modality: str = "PCR"
