"""Files whose shape is wrong: not readable as a table, or rows that do not fit the header."""

from defects_book import Book
from world import Row
from writing import PLAIN, SEMICOLON, TAB, table

COPIES = ("sample_id", "assay_id", "target_copies", "control_copies")


def copies(book: Book, target: object, control: object = 28_000, expect: str = "") -> Row:
    """One line of copies on the plain p210 assay, of a sample of its own."""
    row: Row = {"sample_id": book.sample(), "assay_id": "d-p210", "target_copies": target}
    return row | {"control_copies": control, "expect": expect}


def add(book: Book) -> None:
    """Add every file of this kind."""
    _unusable(book)
    _rows(book)
    _numbers(book)


def _unusable(book: Book) -> None:
    line = f"{book.sample()},d-p210,12,28000\n"
    book.raw("shapes/empty.csv", b"", ("", "FILE_EMPTY"))
    book.raw("shapes/header_only.csv", ",".join(COPIES).encode() + b"\n", ("", "FILE_EMPTY"))
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2
    book.raw("shapes/picture.csv", picture, ("", "FILE_BINARY"))
    head = "assay_id,modality,marker,basis,lab_id\n"
    western = head + "d-western,FLOW,LAIP,CELLS_TNC,Hämatologie\n"
    book.raw("shapes/western_europe.csv", western.encode("cp1252"), (2, "FILE_ENCODING"))
    book.raw(
        "shapes/fridge.csv", b"fridge,temperature\nF1,4.1\nF2,3.9\n", ("", "FILE_NOT_RECOGNISED")
    )
    twice = "sample_id,assay_id,target_copies,control_copies,target_copies\n"
    twice += f"{book.sample()},d-p210,12,28000,13\n"
    book.raw("shapes/column_twice.csv", twice.encode(), (1, "DUPLICATE_HEADER"))
    short = f"sample_id,mrd_events,denominator_events\n{book.sample('D-MM-1')},40,5000000\n"
    book.raw("shapes/without_assay.csv", short.encode(), (1, "MISSING_COLUMN"))
    quote = ",".join(COPIES) + "\n" + line + f'{book.sample()},"d-p210,3,31000\n'
    book.raw("shapes/open_quote.csv", quote.encode(), (3, "QUOTE_NOT_CLOSED"))


def _rows(book: Book) -> None:
    ids = [book.sample() for _ in range(4)]
    lines = [
        ",".join(COPIES),
        f"{ids[0]},d-p210,12,28000",
        f"{ids[1]},d-p210,1,234,31000",
        f"{ids[2]},d-p210,7",
        f"{ids[3]},d-p210,0,30500",
    ]
    found = ((3, "ROW_TOO_LONG"), (4, "ROW_TOO_SHORT"))
    book.raw("shapes/ragged.csv", ("\n".join(lines) + "\n").encode(), *found)

    # the sample is D-…, so this name waits for another one
    slip = copies(book, 4, expect="SAMPLE_NAMES_ALIKE")
    slip["sample_id"] = str(slip["sample_id"]).lower().replace("-", "_")
    book.table("shapes/names_alike.csv", COPIES, [slip], "PENDING")

    # U+200B has no width, a line break may stand in a quoted cell
    unseen = [copies(book, 4) | {"expect": "HIDDEN_CHARACTER"} for _ in range(2)]
    unseen[0]["sample_id"], unseen[1]["assay_id"] = f"{unseen[0]['sample_id']}\u200b", "d-\np210"
    book.table("shapes/unseen.csv", COPIES, [*unseen, copies(book, 0)])

    same = copies(book, 5)
    book.table("shapes/repeated.csv", COPIES, [same, copies(book, 0), same], "REPEATED_ROW")

    once, again = copies(book, 6, expect="CONFLICT_IN_LOAD"), copies(book, 0)
    other = once | {"target_copies": 9}
    book.table("shapes/conflict_within.csv", COPIES, [once, again, other])
    here = copies(book, 14, expect="CONFLICT_IN_LOAD")
    book.table("shapes/conflict_a.csv", COPIES, [here, copies(book, 2)])
    book.table(
        "shapes/conflict_b.csv", COPIES, [copies(book, 3), here | {"control_copies": 28_100}]
    )

    flow = ("sample_id", "assay_id", "mrd_events", "denominator_events", "operator")
    row: Row = {"sample_id": book.sample("D-MM-1"), "assay_id": "d-flow-tnc", "operator": "A1"}
    rows = [row | {"mrd_events": 71, "denominator_events": 5_100_000}]
    book.raw("shapes/column_more.csv", table(flow, rows), ("", "EXTRA_COLUMN"))


def _numbers(book: Book) -> None:
    """One text, three readings: what else stands in the file decides."""
    rows = [copies(book, 12), copies(book, "1,234", expect="AMBIGUOUS_NUMBER"), copies(book, 0)]
    book.table("shapes/numbers_no_evidence.csv", COPIES, rows, dialect=TAB)
    head = (*COPIES, "reported_value", "reported_unit", "reported_call")
    value: Row = {"sample_id": book.sample(), "assay_id": "d-kit", "reported_value": "0,0032"}
    value |= {"reported_unit": "PCT_IS", "reported_call": "DETECTED", "expect": ""}
    rows = [copies(book, "1,234"), copies(book, "12,5"), copies(book, "7"), value]
    book.table("shapes/numbers_decimal_comma.csv", head, rows, dialect=SEMICOLON)
    rows = [copies(book, "1,234", "28,431.250"), copies(book, 12.5), copies(book, 0)]
    book.table("shapes/numbers_thousands.csv", COPIES, rows, dialect=PLAIN)
