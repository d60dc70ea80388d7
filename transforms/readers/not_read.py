"""Exports that are known and not read (`formats.md` §3c, §5, §6, §8a): refused, with what to do instead.

Each of them could be read, and the reading would say more than the file does.
"""

import re

from transforms.problems import FileRefusedError
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.safe_xml import root_tag

_READER = "known-not-read/1"
_TITLE = "export that is known and not read"
_GETITD = (
    "holds half of a result of getITD. Where the sample has a table of ITDs, nothing is missing; of a sample without ITD no "
    "file holds both count and depth: enter a canonical ngs_measurements row with marker FLT3-ITD, marker_count 0 and as "
    "total_count the lowest all_reads of coverage.txt between the primers; the assay's lod_fraction must not be below "
    "getITD's cut (VAF 0.006 % unless set otherwise)"
)
_WORDS = {
    "getitd stats": f"stats.txt {_GETITD}",
    "getitd coverage": f"coverage.txt {_GETITD}",
    "km": "km leaves out what is below 5 % of k-mers unless find_mutation -p says otherwise, so its row Reference proves "
    "no absence at the depth of MRD, and k-mers are no reads; enter reads of the variant and in all as canonical "
    "ngs_measurements rows",
    "biomark": "a BioMark table gives Ct without copies, and 999 where there is no signal; enter the copies by your curve as "
    "canonical pcr_measurements rows",
    "infinicyt": "an Infinicyt report names its columns in the language of the program, so which of them counts events is "
    "not certain; enter mrd_events and denominator_events as canonical flow_measurements rows",
    "genexpert": "a GeneXpert Dx export without RESULT TABLE: in another language than English its words are not known for certain; set the "
    "software to English and export again, or send HL7",
}
_KM = {"Sample", "Region", "Location", "Type", "Removed", "Added", "Abnormal", "Normal"}
_COVERAGE = ["", "all_reads", "forward_reads", "reverse_reads"]
_BEGINNING = 2000


def recognise(content: Content) -> bool:
    """Return whether a text is one of these exports."""
    return _kind(content.head) is not None


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Refuse the file.

    Raises:
        FileRefusedError: FORMAT_NOT_READ, with what to do instead.
    """
    raise FileRefusedError("FORMAT_NOT_READ", _WORDS[_kind(content.head) or "genexpert"])


def _kind(head: str) -> str | None:
    if root_tag(head) is not None:
        is_report = root_tag(head) == "report" and "exportID" in head[:_BEGINNING]
        return "infinicyt" if is_report else None
    first = next((x for x in head.split("\n", 5)[:5] if x.strip()), "")
    cells = [c.strip() for c in first.split("\t")]
    if cells == _COVERAGE:
        return "getitd coverage"
    if set(cells) >= _KM and cells[0] == "Sample":
        return "km"
    if first.startswith("Chip Run Info,"):
        return "biomark"
    if re.search(r"^-- Looking for insertions & ITDs --$|^[0-9]+ ITDs were found$", head, re.M):
        return "getitd stats"
    if "GeneXpert Dx" not in head[:_BEGINNING] or "," not in first:
        return None
    is_english = re.search(r"^RESULT TABLE", head, re.M) is not None
    return None if is_english or first.startswith(("MSH", "H|")) else "genexpert"


READER = Reader(
    _READER,
    _TITLE,
    "getITD `stats.txt` and `coverage.txt`, km find_report, BioMark, Infinicyt XML, GeneXpert Dx CSV in another "
    "language: refused, with what to do instead",
    True,
    recognise,
    read,
)
