"""Numbers that cannot be, or that contradict each other: a code that names them, and nothing raises."""

import math
from typing import Any

import polars as pl
import pytest

from schemas.tables import INPUT_TABLES
from tests.spec.drawn import to_csv
from tests.support import Tables, tables_from_csv

Row = dict[str, str]

SMALLEST: dict[str, Row] = {
    "flow_measurements": {"mrd_events": "0", "denominator_events": "500000", "assay_id": "A"},
    "ngs_measurements": {"marker": "M", "marker_count": "0", "total_count": "500", "assay_id": "A"},
    "pcr_measurements": {"target_copies": "0", "assay_id": "A"},
    "assays": {"modality": "FLOW", "marker": "LAIP", "basis": "CELLS_TNC"},
    "amendments": {"assay_id": "A", "action": "WITHDRAWN", "amended_on": "2024-01-05"},
    "treatments": {"therapy": "TKI", "started_on": "2024-01-05"},
    "clinical_responses": {"assessed_on": "2024-01-05"},
    "runs": {"assay_id": "A", "performed_on": "2024-01-05"},
    "samples": {"patient_id": "P", "collected_on": "2024-01-05", "tissue": "BM"},
}
KEYS = {
    "assays": "assay_id",
    "treatments": "patient_id",
    "clinical_responses": "patient_id",
    "runs": "run_id",
}


def row_of(table: str, number: int, **cells: str) -> Row:
    """Write a legal row of a table with a key of its own, and these cells."""
    return {KEYS.get(table, "sample_id"): f"K{number}"} | SMALLEST[table] | cells


def load(table: str, *rows: Row) -> Tables:
    """Load rows of one table; the first stands in line 2."""
    return tables_from_csv({f"{table}.csv": to_csv(rows)})


def found(tables: Tables) -> list[tuple[int, str, str]]:
    """Return line, code and message of every finding that is more than a note."""
    serious = tables.findings.filter(pl.col("severity") != "NOTE")
    return serious.select("source_line", "code", "message").sort("source_line", "code").rows()


# -- refused when read


@pytest.mark.parametrize(
    ("table", "cells", "code", "names"),
    [
        ("assays", {"lod_fraction": "0.0002", "loq_fraction": "0.0001"}, "LOQ_BELOW_LOD", ("0.0002", "0.0001")),
        ("assays", {"lod_events": "50", "loq_events": "20"}, "LOQ_BELOW_LOD", ("50", "20")),
        ("pcr_measurements", {"sensitivity_fraction": "0.0005", "qr_fraction": "0.0001"}, "LOQ_BELOW_LOD", ("0.0005", "0.0001")),
        ("assays", {"lod_fraction": "0.05"}, "LOD_NOT_PLAUSIBLE", ("0.05", "5", "0.01")),
        ("assays", {"lod_fraction": "0.010001"}, "LOD_NOT_PLAUSIBLE", ("0.010001", "0.01")),
        ("assays", {"lod_fraction": "2 %"}, "LOD_NOT_PLAUSIBLE", ("0.02", "0.01")),
        ("pcr_measurements", {"sensitivity_fraction": "0.02"}, "LOD_NOT_PLAUSIBLE", ("0.02", "0.01")),
        ("flow_measurements", {"mrd_events": "11", "denominator_events": "10"}, "MORE_EVENTS_THAN_DENOMINATOR", ("11", "10")),
        ("flow_measurements", {"denominator_events": "500", "cd45_events": "600", "tnc_events": "599"}, "MORE_EVENTS_THAN_DENOMINATOR", ("600", "599")),
        ("flow_measurements", {"denominator_events": "500", "mnc_events": "700", "tnc_events": "699"}, "MORE_EVENTS_THAN_DENOMINATOR", ("700", "699")),
        ("flow_measurements", {"denominator_events": "1250000", "tnc_events": "900000"}, "MORE_EVENTS_THAN_DENOMINATOR", ("1250000", "900000")),
        ("ngs_measurements", {"marker_count": "501"}, "MORE_EVENTS_THAN_DENOMINATOR", ("501", "500")),
        ("ngs_measurements", {"mutant_copies_per_cell": "3", "total_copies_per_cell": "2"}, "MORE_EVENTS_THAN_DENOMINATOR", ("3", "2")),
        ("pcr_measurements", {"positive_partitions": "21", "total_partitions": "20"}, "MORE_EVENTS_THAN_DENOMINATOR", ("21", "20")),
        ("pcr_measurements", {"control_positive_partitions": "21", "total_partitions": "20"}, "MORE_EVENTS_THAN_DENOMINATOR", ("21", "20")),
        ("pcr_measurements", {"positive_partitions": "21"}, "PAIR_INCOMPLETE", ("positive_partitions", "21", "total_partitions")),
        ("pcr_measurements", {"nominal_input_ng": "500"}, "PAIR_INCOMPLETE", ("nominal_input_ng", "500", "input_ng")),
        ("ngs_measurements", {"spike_cells": "100"}, "PAIR_INCOMPLETE", ("spike_cells", "100", "spike_reads")),
        ("ngs_measurements", {"spike_reads": "5000"}, "PAIR_INCOMPLETE", ("spike_reads", "5000", "spike_cells")),
        ("pcr_measurements", {"target_copies": "5", "reported_call": "NOT_DETECTED"}, "CALL_CONTRADICTS_VALUE", ("NOT_DETECTED", "5")),
        ("pcr_measurements", {"target_copies": "0", "target_cq": "31.5"}, "CALL_CONTRADICTS_VALUE", ("0", "31.5")),
        ("pcr_measurements", {"control_copies": "5", "control_cq": "Undetermined"}, "CALL_CONTRADICTS_VALUE", ("control_copies 5", "Undetermined")),
        ("ngs_measurements", {"error_rate": "1.01"}, "OUT_OF_RANGE", ("1.01", "1")),
        ("ngs_measurements", {"library_conversion_fraction": "1.2"}, "OUT_OF_RANGE", ("1.2", "1")),
        ("pcr_measurements", {"total_partitions": "0"}, "OUT_OF_RANGE", ("0", "1")),
        ("pcr_measurements", {"partition_volume_nl": "0"}, "OUT_OF_RANGE", ("0",)),
        ("pcr_measurements", {"qr_fraction": "5"}, "OUT_OF_RANGE", ("5", "1")),
        ("samples", {"blast_fraction": "60"}, "OUT_OF_RANGE", ("60", "1")),
        ("samples", {"bm_nucleated_10e9_per_l": "0"}, "OUT_OF_RANGE", ("0",)),
        ("runs", {"target_slope": "3.35"}, "OUT_OF_RANGE", ("3.35",)),
    ],
)  # fmt: skip
def test_row_is_refused(table: str, cells: Row, code: str, names: tuple[str, ...]) -> None:
    """The bad row is rejected with one code that names its numbers; its neighbours are kept."""
    tables = load(table, row_of(table, 1), row_of(table, 2, **cells), row_of(table, 3))
    ((line, got, message),) = found(tables)
    assert (line, got) == (3, code)
    for name in names:
        assert name in message
    assert sorted(tables.inputs[table][KEYS.get(table, "sample_id")]) == ["K1", "K3"]


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("assays", {"lod_fraction": "0.01"}),
        ("assays", {"lod_fraction": "1 %"}),
        ("assays", {"lod_fraction": "0.0001", "loq_fraction": "0.0001"}),
        ("pcr_measurements", {"sensitivity_fraction": "0.01"}),
        ("pcr_measurements", {"sensitivity_fraction": "0.0001", "qr_fraction": "0.0001"}),
        ("flow_measurements", {"mrd_events": "500000"}),
        (
            "flow_measurements",
            {
                "denominator_events": "600",
                "cd45_events": "600",
                "mnc_events": "600",
                "tnc_events": "600",
            },
        ),
        ("ngs_measurements", {"mutant_copies_per_cell": "2", "total_copies_per_cell": "2"}),
        ("pcr_measurements", {"positive_partitions": "20", "total_partitions": "20"}),
        ("pcr_measurements", {"nominal_input_ng": "500", "input_ng": "310"}),
    ],
)
def test_row_on_the_edge_is_accepted(table: str, cells: Row) -> None:
    """Exactly at the bound nothing is said."""
    tables = load(table, row_of(table, 1, **cells))
    assert found(tables) == []
    assert tables.inputs[table].height == 1


NUMERIC = {
    t.name: [c for c in t.input_columns if t.field(c).dtype in (pl.Float64(), pl.Int64())]
    for t in INPUT_TABLES
}
NO_NUMBERS = ("NaN", "nan", "inf", "-inf", "Infinity", "1e400", "-1e400")


def test_every_kind_of_number_is_tried() -> None:
    """No table with a number is left out."""
    assert {t for t, columns in NUMERIC.items() if columns} == set(SMALLEST)


def refused(table: str, cells: list[tuple[str, str]]) -> None:
    """Load one row for each column and text, and find each refused for it."""
    rows = [row_of(table, i, **{column: text}) for i, (column, text) in enumerate(cells)]
    tables = load(table, *rows)
    got = found(tables)
    assert [line for line, _, _ in got] == list(range(2, len(cells) + 2))
    for (column, text), (_, code, message) in zip(cells, got, strict=True):
        right = "NOT_A_NUMBER" if text in NO_NUMBERS else "OUT_OF_RANGE"
        assert (code, column in message, text in message) == (right, True, True), message
    assert tables.inputs[table].is_empty()


@pytest.mark.parametrize("table", SMALLEST)
def test_no_number(table: str) -> None:
    """What is no finite number is refused in every column, and the message quotes it."""
    refused(table, [(column, text) for column in NUMERIC[table] for text in NO_NUMBERS])


@pytest.mark.parametrize("table", SMALLEST)
def test_negative_number(table: str) -> None:
    """No column but a slope takes a negative number."""
    refused(table, [(c, "-2") for c in NUMERIC[table] if not c.endswith("slope")])


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_no_number_as_reported_value(text: str) -> None:
    """A reported value is a text, and its number is held to the same."""
    row = row_of("pcr_measurements", 1, reported_value=text, reported_unit="FRACTION")
    ((line, code, message),) = found(load("pcr_measurements", row | {"target_copies": ""}))
    assert (line, code) == (2, "NOT_A_NUMBER")
    assert text in message


# -- accepted, and a person should look


P210: Row = {
    "modality": "PCR", "marker": "BCR::ABL1 p210", "basis": "RNA_RATIO_IS", "control_gene": "ABL1",
    "conversion_factor": "1",
}  # fmt: skip
P190: Row = P210 | {"marker": "BCR::ABL1 p190", "basis": "RNA_RATIO", "conversion_factor": ""}
IGTR: Row = {"modality": "PCR", "marker": "IG/TR", "basis": "GDNA_CELLS"}
NPM1_VAF: Row = {"modality": "PCR", "marker": "NPM1 W288fs", "basis": "VAF"}
CML, AML, MM = "CML", "AML", "MM"


def classified(disease: str, assay: Row, *rows: Row, sample: Row | None = None) -> Tables:
    """Load one sample of one patient in one assay."""
    keys = {"sample_id": "S", "assay_id": "A"}
    file = {"PCR": "pcr", "FLOW": "flow", "NGS": "ngs"}[assay["modality"]] + "_measurements"
    who = {"patient_id": "P", "disease": disease}
    where = {"sample_id": "S", "patient_id": "P", "collected_on": "2024-06-01", "tissue": "BM"}
    return tables_from_csv(
        {
            "patients.csv": to_csv([who | ({"transcript": "e14a2"} if disease == CML else {})]),
            "samples.csv": to_csv([where | (sample or {})]),
            "assays.csv": to_csv([{"assay_id": "A"} | assay]),
            f"{file}.csv": to_csv([keys | row for row in rows]),
        }
    )


def result(tables: Tables) -> dict[str, Any]:
    """Return the one result."""
    return tables.assay_results.row(0, named=True)


def beside(copies: str, control: str, value: str, unit: str = "FRACTION", **rest: str) -> Row:
    """Write copies with a reported value beside them."""
    row = {"target_copies": copies, "control_copies": control}
    return row | {"reported_value": value, "reported_unit": unit} | rest


@pytest.mark.parametrize(
    ("disease", "assay", "row", "names"),
    [
        # 0.005 % written into a fraction column
        ("PH_ALL", P190, beside("5", "100000", "0.005"), ("0.005", "5e-05")),
        (CML, P210, beside("5", "100000", "0.005"), ("0.005", "5e-05")),
        (CML, P210, beside("500", "100000", "0.005", "PCT_IS"), ("5e-05", "0.005")),
        ("PH_ALL", P190, beside("500", "100000", "0.05"), ("0.05", "0.005")),
        ("PH_ALL", P190, beside("500", "100000", "0.0005"), ("0.0005", "0.005")),
    ],
)  # fmt: skip
def test_value_that_contradicts_its_counts(
    disease: str, assay: Row, row: Row, names: tuple[str, str]
) -> None:
    """Ten times apart or more: still detected, without a level, and both numbers are named."""
    tables = classified(disease, assay, row)
    ((line, code, message),) = found(tables)
    assert (line, code) == (2, "VALUE_CONTRADICTS_COUNTS")
    numbers = {float(w.strip("(),.=")) for w in message.split() if _is_number(w.strip("(),.="))}
    for name in names:
        assert any(math.isclose(float(name), n, rel_tol=1e-6) for n in numbers), message
    got = result(tables)
    assert (got["finding"], got["finding_reason"]) == ("DETECTED", "VALUE_CONTRADICTS_COUNTS")
    assert got["level_fraction"] is None
    assert got["upper_fraction"] is None
    assert tables.mrd_status["depth"].to_list() == [None]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_value_less_than_ten_times_apart_is_kept() -> None:
    """The counts decide, the stated value stands beside them."""
    tables = classified("PH_ALL", P190, beside("500", "100000", "0.0499"))
    assert found(tables) == []
    got = result(tables)
    assert got["level_fraction"] == pytest.approx(0.005, rel=1e-12)
    assert got["reported_fraction"] == pytest.approx(0.0499, rel=1e-12)


def test_rounding_that_crosses_a_threshold() -> None:
    """0.1004 % is not MMR, however it was rounded; a person is told both numbers."""
    tables = classified(CML, P210, beside("1004", "1000000", "0.10", "PCT_IS"))
    ((line, code, message),) = found(tables)
    assert (line, code) == (2, "ROUNDING_CROSSES_THRESHOLD")
    assert "0.001 " in message.replace(",", " ") or "0.001)" in message
    assert "0.001004" in message
    got = result(tables)
    assert got["level_fraction"] == pytest.approx(0.001004, rel=1e-12)
    assert got["reported_fraction"] == pytest.approx(0.001, rel=1e-12)
    assert tables.mrd_status["depth"].to_list() == ["MR2"]


@pytest.mark.parametrize("value", ["0.1004", "0.11", "0.101"])
def test_rounding_on_the_same_side(value: str) -> None:
    """Another number on the same side of every threshold is only kept."""
    assert found(classified(CML, P210, beside("1004", "1000000", value, "PCT_IS"))) == []


def stated(value: str, unit: str = "FRACTION") -> Row:
    """Write a reported value alone."""
    return {"reported_value": value, "reported_unit": unit, "reported_call": "DETECTED"}


def partitions(positive: str, total: str, control: str) -> Row:
    """Write one well of digital PCR."""
    row = {"positive_partitions": positive, "total_partitions": total}
    return row | {"control_positive_partitions": control}


SPIKED: Row = {
    "marker": "IG/TR", "marker_count": "20000", "total_count": "400000", "input_ng": "200",
    "spike_cells": "100", "spike_reads": "50",
}  # fmt: skip


@pytest.mark.parametrize(
    ("disease", "assay", "row", "name"),
    [
        (MM, IGTR, stated("1.5"), "1.5"),
        (MM, IGTR, stated("150", "PCT"), "1.5"),
        (AML, NPM1_VAF, stated("1.2"), "1.2"),
        (AML, NPM1_VAF, stated("48"), "48"),
        # target and reference gene exchanged
        (MM, IGTR, partitions("16000", "20000", "8000"), "6.3"),
        (MM, IGTR, {"target_copies": "500", "control_copies": "100"}, "10"),
        # the reads of the spike-in do not belong to this sample
        (MM, IGTR | {"modality": "NGS"}, SPIKED, "1.3"),
    ],
)
def test_fraction_above_1(disease: str, assay: Row, row: Row, name: str) -> None:
    """More than all cells or molecules cannot be: detected without a level."""
    tables = classified(disease, assay, row)
    ((line, code, message),) = found(tables)
    assert (line, code) == (2, "FRACTION_ABOVE_1")
    assert name in message
    got = result(tables)
    assert (got["finding"], got["finding_reason"]) == ("DETECTED", "FRACTION_ABOVE_1")
    assert got["level_fraction"] is None
    assert got["rdf_fraction"] is None
    assert tables.mrd_status["depth"].to_list() == [None]


@pytest.mark.parametrize(
    ("assay", "row", "level"),
    [
        (P210, {"target_copies": "250000", "control_copies": "100000"}, 2.5),
        (P210, stated("805", "PCT_IS"), 8.05),
        (P190, {"target_copies": "250000", "control_copies": "100000"}, 2.5),
    ],
)
def test_rna_ratio_above_1(assay: Row, row: Row, level: float) -> None:
    """A transcript may outnumber its control gene."""
    tables = classified(CML, assay, row)
    assert found(tables) == []
    assert result(tables)["level_fraction"] == pytest.approx(level, rel=1e-12)


# -- legal, and as far out as the columns allow


EXTREMES = [
    (MM, IGTR, {"positive_partitions": "20000", "total_partitions": "20000"}),
    (MM, IGTR, {"positive_partitions": "1", "total_partitions": "9007199254740992"}),
    (MM, IGTR, {"positive_partitions": "3", "total_partitions": "3", "control_positive_partitions": "0"}),
    (MM, IGTR, stated("1e-300") | {"input_ng": "1e-300", "nominal_input_ng": "1e300"}),
    (MM, IGTR, stated("1e-300") | {"input_ng": "1e300", "nominal_input_ng": "1e-300"}),
    (CML, P210, {"target_copies": "1e-6", "control_copies": "1e12"}),
    (CML, P210, {"target_copies": "1e12", "control_copies": "1e-300"}),
    (CML, P190, {"target_copies": "1e12", "control_copies": "1e-300"}),
    (AML, NPM1_VAF, {"positive_partitions": "0", "total_partitions": "1", "control_positive_partitions": "0"}),
    (MM, {"modality": "FLOW", "marker": "LAIP", "basis": "CELLS_TNC", "min_count": "9007199254740992"}, {"mrd_events": "1", "denominator_events": "1"}),
    (MM, {"modality": "FLOW", "marker": "LAIP", "basis": "CELLS_TNC", "lod_events": "1e300"}, {"mrd_events": "0", "denominator_events": "9007199254740992"}),
    *(
        (AML, {"modality": "NGS", "marker": "PANEL", "basis": "VAF", "error_rate": error},
         {"marker": "IDH2 R140Q", "marker_count": count, "total_count": total, "count_kind": "MOLECULES", "input_ng": "1e-300"})
        for error in ("0", "1e-300", "0.5", "1")
        for count, total in (("0", "1"), ("1", "1"), ("5", "1000000"), ("0", "1000000000000000"))
    ),
    *(
        (MM, {"modality": "NGS", "marker": "IG/TR", "basis": "GDNA_CELLS"},
         {"marker": "IG/TR", "marker_count": "7", "total_count": "400000", "input_ng": ng, "spike_cells": cells, "spike_reads": reads})
        for ng, cells, reads in (("200", "1e300", "1e-300"), ("200", "1e-300", "1e300"), ("1e-300", "100", "50"))
    ),
]  # fmt: skip


@pytest.mark.parametrize(("disease", "assay", "row"), EXTREMES)
def test_far_out_but_legal(disease: str, assay: Row, row: Row) -> None:
    """Nothing raises; every number of the result is finite and not negative, or null."""
    _assert_finite(classified(disease, assay, row))


@pytest.mark.parametrize("slope", ["0", "-1e-300", "-0.336", "-10"])
@pytest.mark.parametrize(("disease", "assay"), [(CML, P210), (MM, IGTR)])
def test_curve_that_is_no_curve(disease: str, assay: Row, slope: str) -> None:
    """A flat curve gives no copies: nothing raises, and no number is infinite."""
    keys = {"sample_id": "S", "assay_id": "A", "run_id": "R"}
    curve = {f"{of}_{what}": v for of in ("target", "control") for what, v in (("slope", slope), ("intercept", "38"))}  # fmt: skip
    where = {"sample_id": "S", "patient_id": "P", "collected_on": "2024-06-01", "tissue": "BM"}
    _assert_finite(
        tables_from_csv(
            {
                "patients.csv": to_csv([{"patient_id": "P", "disease": disease}]),
                "samples.csv": to_csv([where]),
                "assays.csv": to_csv([{"assay_id": "A"} | assay]),
                "runs.csv": to_csv([{"run_id": "R", "assay_id": "A"} | curve]),
                "pcr_measurements.csv": to_csv([keys | {"target_cq": "31", "control_cq": "21"}]),
            }
        )
    )


def _assert_finite(tables: Tables) -> None:
    results = tables.assay_results
    if results.is_empty():  # refused when read is as good
        assert {code for _, code, _ in found(tables)} == {"OUT_OF_RANGE"}
        return
    for name, dtype in results.schema.items():
        if dtype != pl.Float64():
            continue
        (value,) = results[name]
        assert value is None or (math.isfinite(value)), (name, value)
        if value is not None and name != "depth_proved":
            assert value >= 0, (name, value)
        if value is not None and name in ("lod_fraction", "lod95_fraction", "loq_fraction"):
            assert 0 < value <= 1, (name, value)


def test_partitions_do_not_hold_more_than_their_reaction() -> None:
    """20,000 partitions of 0.85 nL are 17 µL: of a reaction of 10 µL no more than all was seen."""
    row = {"positive_partitions": "0", "total_partitions": "20000", "partition_volume_nl": "0.85"}
    tables = classified(MM, IGTR, row | {"reaction_volume_ul": "10", "input_ng": "500"})
    seen = tables.assay_results["effective_denominator"].to_list()
    assert not seen or seen[0] <= 500 * 1000 / 6.5 * (1 + 1e-9)
