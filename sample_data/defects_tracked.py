"""A list of clonotypes that leaves out one of those the patient is followed by."""

from defects_book import Book
from world import Row, day
from writing import table

NGS = (
    "sample_id", "assay_id", "marker", "marker_class", "gene", "marker_count", "total_count",
    "count_kind", "is_tracked",
)  # fmt: skip
FOUND, NEW, MISSED = (
    "TGTGCGAAAGATCGGTGGTACTGG",
    "TGTGCGAGAGGGTATAACTGGTTCTGG",
    "TGTGCCACCTGGGACAAGCTCTTT",
)


def add(book: Book) -> None:
    """Add every file of this kind."""
    head = ("patient_id", "marker", "marker_class", "gene", "identified_on")
    of_patient: Row = {"patient_id": "D-BALL-1", "marker_class": "CLONOTYPE", "identified_on": day("2023-10-04")}  # fmt: skip
    tracked = [
        of_patient | {"marker": FOUND, "gene": "IGHV3-23"},
        of_patient | {"marker": MISSED, "gene": "TRGV9"},
    ]
    book.files["reference/tracked_markers.csv"] = table(head, tracked)
    clone: Row = {"sample_id": book.sample("D-BALL-1"), "assay_id": "d-ngs-claim", "marker_class": "CLONOTYPE",
        "total_count": 3_100_000, "count_kind": "CELLS", "is_tracked": "false", "expect": ""}  # fmt: skip
    rows = [
        clone | {"marker": FOUND, "gene": "IGHV3-23", "marker_count": 62, "expect": "TRACKED_MARKER_NOT_MENTIONED"},
        clone | {"marker": NEW, "gene": "IGHV1-2", "marker_count": 3_000},
    ]  # fmt: skip
    book.table("results/ngs_list.csv", NGS, rows)
