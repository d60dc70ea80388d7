"""Lines of result files: unreadable, contradicting themselves, or odd beside what is known."""

from defects_book import Book
from world import Row, day

PCR = (
    "sample_id", "assay_id", "replicate", "target_copies", "control_copies", "target_cq",
    "reported_value", "reported_unit", "reported_call",
)  # fmt: skip
FLOW = ("sample_id", "assay_id", "tube", "mrd_events", "denominator_events", "denominator")
NGS = ("sample_id", "assay_id", "marker", "marker_count", "total_count", "count_kind")


def add(book: Book) -> None:
    """Add every file of this kind."""
    _pcr_cells(book)
    _pcr_reported(book)
    _counts(book)
    _inline(book)
    _known(book)


def _well(book: Book, expect: str = "", **cells: object) -> Row:
    row: Row = {"sample_id": book.sample(), "assay_id": "d-p210", "control_copies": 28_000}
    return row | cells | {"expect": expect}


def _pcr_cells(book: Book) -> None:
    rows = [
        _well(book, target_copies=12, target_cq=35.9),
        _well(book, target_copies=0, target_cq="Undetermined"),
        _well(book, "OPERATOR_NOT_ALLOWED", target_copies="<0.5"),
        _well(book, "PERCENT_NOT_ALLOWED", target_copies="5 %"),
        _well(book, "NOT_A_NUMBER", target_copies="abc"),
        _well(book, "NOT_A_NUMBER", target_copies="NaN"),
        _well(book, "NOT_A_NUMBER", target_copies="inf"),
        _well(book, "NOT_A_NUMBER", target_copies="NA"),
        _well(book, "NOT_A_NUMBER", target_copies=4, control_copies="28000 copies"),
        _well(book, "OUT_OF_RANGE", target_copies=-5),
        _well(book, "OUT_OF_RANGE", target_copies=3, target_cq=140),
        _well(book, "CALL_CONTRADICTS_VALUE", target_copies=12, target_cq="Undetermined"),
        _well(book, "UNKNOWN_VALUE", target_copies=8, reported_call="POS"),
        _well(book, "NOT_A_NUMBER;UNKNOWN_VALUE", target_copies="12 ?", reported_call="maybe"),
        _well(book, "VALUE_MISSING", assay_id="", target_copies=3),
        _well(book, target_copies=3.2e1),
    ]
    rows.insert(9, _well(book, "VALUE_MISSING", target_copies=3) | {"sample_id": ""})
    rows.append(_well(book, "NO_MEASUREMENT", control_copies=None))
    book.table("results/pcr_cells.csv", PCR, rows)


def _pcr_reported(book: Book) -> None:
    def kit(value: str, unit: str, call: str, expect: str = "") -> Row:
        row: Row = {"sample_id": book.sample(), "assay_id": "d-kit", "reported_value": value}
        return row | {"reported_unit": unit, "reported_call": call, "expect": expect}

    rows = [
        kit("0.011", "PCT_IS", "DETECTED"),
        kit("0.05 %", "PCT_IS", "DETECTED"),
        kit("3.96", "MR", "DETECTED"),
        kit("<0.0030", "PCT_IS", "BELOW_LOD"),
        kit(">55", "PCT_IS", "ABOVE_LOQ"),
        kit("", "", "NOT_DETECTED"),
        kit("", "", "INVALID"),
        kit("0.01", "", "DETECTED", "VALUE_WITHOUT_UNIT"),
        kit("0.01 %", "FRACTION", "DETECTED", "UNIT_CONTRADICTS_VALUE"),
        kit("0.5", "PCT_IS", "NOT_DETECTED", "CALL_CONTRADICTS_VALUE"),
        kit("<0.003", "PCT_IS", "", "CALL_MISSING"),
        kit("0.0", "PCT_IS", "", "CALL_MISSING"),
        kit("see comment", "PCT_IS", "DETECTED", "NOT_A_NUMBER"),
        kit("", "", "", "NO_MEASUREMENT"),
        kit("0.02", "PERCENT", "DETECTED", "UNKNOWN_VALUE"),
    ]
    head = ("sample_id", "assay_id", "reported_value", "reported_unit", "reported_call")
    book.table("results/pcr_reported.csv", head, rows)


def _counts(book: Book) -> None:
    def tube(events: object, total: object, expect: str = "", **more: object) -> Row:
        row: Row = {
            "sample_id": book.sample("D-MM-1"),
            "assay_id": "d-flow-tnc",
            "denominator": "TNC",
        }
        row |= {"mrd_events": events, "denominator_events": total, "expect": expect}
        return row | more

    rows = [
        tube(410, 6_200_000),
        tube(0, 5_800_000, denominator=""),
        tube("12.5", 6_000_000, "NOT_AN_INTEGER"),
        tube(6_000_000, 90, "MORE_EVENTS_THAN_DENOMINATOR"),
        tube("", 6_000_000, "VALUE_MISSING"),
        tube(-3, 6_000_000, "OUT_OF_RANGE"),
        tube("<20", 6_000_000, "OPERATOR_NOT_ALLOWED"),
        tube("0.002 %", 6_000_000, "PERCENT_NOT_ALLOWED"),
        tube(55, 6_000_000, "UNKNOWN_VALUE", denominator="ALL"),
    ]
    book.table("results/flow_cells.csv", FLOW, rows)

    def molecules(count: object, total: object, expect: str = "") -> Row:
        row: Row = {"sample_id": book.sample("D-AML-1"), "assay_id": "d-ngs-vaf"}
        row |= {"marker": "IDH2 p.R140Q", "marker_count": count, "total_count": total}
        return row | {"count_kind": "MOLECULES", "expect": expect}

    rows = [
        molecules(61, 41_000),
        molecules(0, 38_500),
        molecules(41_000, 61, "MORE_EVENTS_THAN_DENOMINATOR"),
        molecules("1e-3", 40_000, "NOT_AN_INTEGER"),
        molecules(12, 40_000, "UNKNOWN_VALUE") | {"count_kind": "UMI"},
        molecules(12, 40_000, "VALUE_MISSING") | {"marker": ""},
    ]
    book.table("results/ngs_cells.csv", NGS, rows)


def _inline(book: Book) -> None:
    """Flat lines: two of a patient who stands only here, others beside the reference rows."""
    patient: Row = {"patient_id": "D-CML-1", "disease": "CML", "transcript": "e14a2"}
    patient["diagnosed_on"] = day("2020-05-04")
    copies: Row = {
        "assay_id": "d-p210",
        "target_copies": 21,
        "control_copies": 33_000,
        "expect": "",
    }

    def flat(expect: str, **changed: object) -> Row:
        book.sample(timepoint="FOLLOW_UP")
        return patient | book.samples[-1] | copies | changed | {"expect": expect}

    alone: Row = {"patient_id": "D-CML-9", "disease": "CML", "transcript": "e13a2"}
    alone |= {"diagnosed_on": day("2023-09-04"), "tissue": "PB", "timepoint": "FOLLOW_UP"}
    rows = [
        flat(""),
        alone | copies | {"sample_id": "D-901", "collected_on": day("2024-03-04")},
        alone | copies | {"sample_id": "D-902", "collected_on": day("2024-06-03")},
        flat("INLINE_CONFLICT", tissue="BM"),
        flat("INLINE_INVALID", collected_on="2024-02-30"),
        flat("INLINE_INVALID", transcript="e99a9"),
    ]
    head = ("patient_id", "disease", "transcript", "diagnosed_on", "sample_id", "collected_on",
        "tissue", "timepoint")  # fmt: skip
    head = (*head, "assay_id", "target_copies", "control_copies")
    # the sample's two rows reject each other, so the result waits
    book.table("results/inline.csv", head, rows, "PENDING")
    ids = [sample["sample_id"] for sample in book.samples]
    conflict = next(row["sample_id"] for row in rows if row["expect"] == "INLINE_CONFLICT")
    book.label("reference/samples.csv", ids.index(conflict) + 2, "CONFLICT_IN_LOAD")

    head = ("sample_id", "assay_id", "tissue", "target_copies", "control_copies")
    row: Row = {"sample_id": book.sample(), "tissue": "PB", **copies}
    book.table("results/inline_incomplete.csv", head, [row], "INLINE_INCOMPLETE")


def _known(book: Book) -> None:
    """Lines that are sound on their own and odd beside the reference rows."""
    expired, retested, clean = (book.sample() for _ in range(3))
    other, unit, misnamed = book.sample("D-CML-2"), book.sample("D-CML-2"), book.sample()

    def well(
        sample: str, assay: str, number: int, target: int, control: int, expect: str = ""
    ) -> Row:
        row: Row = {"sample_id": sample, "assay_id": assay, "replicate": number}
        row |= {"target_copies": target, "control_copies": control}
        return row | {"expect": expect}

    ready: Row = {"reported_value": "0.02", "reported_unit": "PCT_IS", "reported_call": "DETECTED"}
    rows = [
        well(expired, "d-expired", 1, 14, 31_000, "NO_CONVERSION_FACTOR"),
        well(expired, "d-expired", 2, 11, 29_500),
        # Undetected results need no factor.
        well(clean, "d-expired", 1, 0, 30_400),
        well(clean, "d-expired", 2, 0, 28_800),
        well(retested, "d-p210", 1, 0, 28_000, "DETECTED_IN_REJECTED_REPLICATE"),
        well(retested, "d-p210", 2, 0, 30_100),
        well(retested, "d-p210", 3, 5, 4_000),
        well(other, "d-p210", 1, 240, 34_000, "TRANSCRIPT_CONTRADICTED"),
        well(other, "d-p210", 2, 255, 35_500),
        {"sample_id": unit, "assay_id": "d-p190", "expect": "UNIT_NOT_ON_SCALE", **ready},
        well(misnamed, "d-flow-tnc", 1, 12, 28_000, "MODALITY_MISMATCH"),
    ]
    book.table("results/pcr_known.csv", PCR, rows)

    flow: Row = {"mrd_events": 700, "denominator_events": 1_400_000, "expect": ""}
    mixed, right = book.sample("D-AML-1"), book.sample("D-AML-1")
    rows = [
        flow | {"sample_id": right, "assay_id": "d-flow-cd45", "denominator": "CD45"},
        flow | {"sample_id": mixed, "assay_id": "d-flow-cd45", "denominator": "TNC",
            "expect": "DENOMINATOR_MISMATCH"},
        flow | {"sample_id": mixed, "assay_id": "d-ngs-vaf", "denominator": "TNC",
            "expect": "MODALITY_MISMATCH"},
    ]  # fmt: skip
    book.table("results/flow_known.csv", FLOW, rows)

    cells: Row = {"assay_id": "d-ngs-claim", "marker": "IG/TR", "count_kind": "CELLS"}
    deep, poor = book.sample("D-MM-1"), book.sample("D-MM-1")
    rows = [
        cells | {"sample_id": deep, "marker_count": 0, "total_count": 3_100_000, "expect": ""},
        cells | {"sample_id": poor, "marker_count": 0, "total_count": 500_000,
            "expect": "CLAIM_BELOW_POISSON_FLOOR"},
    ]  # fmt: skip
    book.table("results/ngs_known.csv", NGS, rows)

    rows = [
        _well(book, target_copies=4),
        _well(book, target_copies=9) | {"sample_id": "D-O17"},
        _well(book, target_copies=9) | {"assay_id": "d-p21O"},
    ]
    book.table("results/waiting.csv", PCR, rows, "PENDING")
