"""Lines that cannot be true as they stand, though each of their cells can: limits, curves, partitions."""

from defects_book import Book
from world import Row

PCR = (
    "sample_id", "assay_id", "run_id", "replicate", "target_copies", "control_copies", "target_cq",
    "reported_value", "reported_unit", "reported_call", "qr_fraction", "sensitivity_fraction",
    "input_ng", "nominal_input_ng",
)  # fmt: skip
PARTITIONS = (
    "sample_id", "assay_id", "positive_partitions", "total_partitions", "partition_volume_nl",
    "reaction_volume_ul", "input_ng",
)  # fmt: skip
NGS = (
    "sample_id", "assay_id", "marker", "marker_count", "total_count", "count_kind", "is_tracked",
    "spike_cells", "spike_reads", "mutant_copies_per_cell", "total_copies_per_cell",
)  # fmt: skip
FLOW = ("sample_id", "assay_id", "mrd_events", "denominator_events", "denominator", "tnc_events")


def add(book: Book) -> None:
    """Add every file of this kind."""
    _copies(book)
    _partitions(book)
    _variants(book)
    _tubes(book)


def _copies(book: Book) -> None:
    def value(text: str, unit: str) -> Row:
        return {"reported_value": text, "reported_unit": unit}

    def copies(
        assay: str, target: float, control: int, stated: Row, expect: str = "", **more: object
    ) -> Row:
        row: Row = {"sample_id": book.sample(), "assay_id": assay, "target_copies": target}
        return row | {"control_copies": control, **stated, **more, "expect": expect}

    def cells(text: str, expect: str = "") -> Row:
        row: Row = {"sample_id": book.sample("D-BALL-1"), "assay_id": "d-igtr"}
        row |= {"reported_call": "DETECTED", "qr_fraction": 0.0001, "sensitivity_fraction": 0.00002}
        return row | value(text, "FRACTION") | {"input_ng": 1_500, "expect": expect}

    def cycles(run: str, expect: str = "") -> Row:
        row: Row = {"sample_id": book.sample("D-CML-2"), "assay_id": "d-p190", "run_id": run}
        return row | {"target_cq": 33.1, "control_copies": 34_000, "expect": expect}

    both, rounded = "VALUE_CONTRADICTS_COUNTS", "ROUNDING_CROSSES_THRESHOLD"
    first = copies("d-p210", 50.2, 45_000, value("0.10", "PCT_IS"), rounded, replicate=1)
    rows = [
        # 2 / 40,000 is 5e-5: a percent in a column of fractions is a hundred times that.
        copies("d-p190", 2, 40_000, value("0.005", "FRACTION"), both),
        copies("d-p190", 2, 40_000, value("0.005", "PCT")),
        # 0.9 x 100.4 / 90,000 is 0.1004 %, one side of 0.1 %, and 0.10 % the other.
        first,
        first | {"replicate": 2, "expect": ""},
        copies("d-p210", 50.2, 45_000, value("0.1004", "PCT_IS")),
        cells("1.5", "FRACTION_ABOVE_1"),
        cells("0.62"),
        cells("0.0006") | {"nominal_input_ng": 2_000, "input_ng": 1_500},
        cells("0.0006", "PAIR_INCOMPLETE") | {"nominal_input_ng": 500, "input_ng": None},
        cells("0.0006", "LOD_NOT_PLAUSIBLE") | {"sensitivity_fraction": 0.02, "qr_fraction": 0.05},
        cycles("D-CURVE-1", "CURVE_NOT_ACCEPTABLE"),
        cycles("D-CURVE-2"),
    ]
    book.table("results/pcr_limits.csv", PCR, rows)


def _partitions(book: Book) -> None:
    def well(positive: object, total: object, expect: str = "") -> Row:
        row: Row = {"sample_id": book.sample("D-BALL-1"), "assay_id": "d-dpcr", "expect": expect}
        row |= {"positive_partitions": positive, "total_partitions": total, "input_ng": 100}
        return row | {"partition_volume_nl": 0.85, "reaction_volume_ul": 22}

    rows = [
        well(12, 20_000),
        well(0, 18_700),
        well(19_900, 20_000, "SATURATED"),
        well(12, "", "PAIR_INCOMPLETE"),
        # three wells merged into one row, with the volume of one
        well(12, 54_000, "PARTITIONS_EXCEED_REACTION"),
        well(12_000, 900, "MORE_EVENTS_THAN_DENOMINATOR"),
        well("12.5", 20_000, "NOT_AN_INTEGER"),
    ]
    book.table("results/pcr_partitions.csv", PARTITIONS, rows)


def _variants(book: Book) -> None:
    row: Row = {"assay_id": "d-ngs-vaf", "marker": "RUNX1 p.R201*", "count_kind": "MOLECULES"}
    row |= {"total_count": 41_000}

    def variant(count: int, is_tracked: object, expect: str = "") -> Row:
        more: Row = {"marker_count": count, "is_tracked": is_tracked, "expect": expect}
        return row | {"sample_id": book.sample("D-AML-1")} | more

    rows = [
        variant(412, True),
        variant(412, False, "NEW_VARIANT"),
        variant(412, None),
        variant(0, False),
        variant(61, True) | {"mutant_copies_per_cell": 2, "total_copies_per_cell": 2},
        variant(61, True, "MORE_EVENTS_THAN_DENOMINATOR")
        | {"mutant_copies_per_cell": 3, "total_copies_per_cell": 2},
        variant(61, True, "PAIR_INCOMPLETE") | {"spike_cells": 100},
        variant(61, True, "PAIR_INCOMPLETE") | {"spike_reads": 5_000},
    ]
    book.table("results/ngs_tracked.csv", NGS, rows)


def _tubes(book: Book) -> None:
    def tube(events: int, nucleated: int, expect: str = "") -> Row:
        row: Row = {"sample_id": book.sample("D-AML-1"), "assay_id": "d-flow-cd45"}
        row |= {"mrd_events": events, "denominator_events": 1_400_000, "denominator": "CD45"}
        return row | {"tnc_events": nucleated, "expect": expect}

    rows = [tube(700, 1_700_000), tube(700, 17, "MORE_EVENTS_THAN_DENOMINATOR")]
    book.table("results/flow_tubes.csv", FLOW, rows)
