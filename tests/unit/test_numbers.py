"""Numbers: every spelling that has one meaning is read, every other is refused, none is guessed."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.reading import Cells, codes, parse_cells

NOT_A_NUMBER, AMBIGUOUS = "NOT_A_NUMBER", "AMBIGUOUS_NUMBER"


def copies(text: str) -> Cells:
    """A PCR row with this number of copies."""
    return {"sample_id": "S", "assay_id": "A", "target_copies": text}


def events(text: str) -> Cells:
    """A flow row with this number of events in the denominator."""
    row = {"sample_id": "S", "assay_id": "A", "mrd_events": "0"}
    return row | {"denominator_events": text}


def kit(text: str, unit: str = "", call: str = "") -> Cells:
    """A PCR row with a reported value."""
    row = {"sample_id": "S", "assay_id": "A", "reported_value": text}
    return row | {"reported_unit": unit, "reported_call": call}


def read(table: str, column: str, *files: list[Cells]) -> dict[tuple[int, int], Any]:
    """Return, by file and line, the number, or the codes of a row that is refused."""
    parsed = parse_cells(table, *files)
    rows = parsed.good.select("file_no", "source_line", column).rows()
    found: dict[tuple[int, int], Any] = {(n, line): value for n, line, value in rows}
    for n, line, code in parsed.findings.select("file_no", "source_line", "code").rows():
        found.setdefault((n, line), []).append(code)
    return found


def read_one(column: str, row: Cells, table: str = "pcr_measurements") -> Any:
    """Return the number of one row, or its codes."""
    return read(table, column, [row])[0, 2]


# Example 33 of the domain's list, with units and calls as a laboratory would give them.
@pytest.mark.parametrize(
    ("row", "number", "operator", "unit", "call"),
    [
        (kit("<0.01%", call="BELOW_LOD"), 0.01, "<", "PCT", "BELOW_LOD"),
        (kit("0,01 %", call="DETECTED"), 0.01, None, "PCT", "DETECTED"),
        (kit("1:10 000", "FRACTION", "DETECTED"), 1e-4, None, "FRACTION", "DETECTED"),
        (kit("10-5", "FRACTION", "DETECTED"), 1e-5, None, "FRACTION", "DETECTED"),
        (kit("1E-05", "FRACTION", "DETECTED"), 1e-5, None, "FRACTION", "DETECTED"),
        (kit("<1x10^-5", "FRACTION", "BELOW_LOQ"), 1e-5, "<", "FRACTION", "BELOW_LOQ"),
        (kit("5/10^6", "FRACTION", "DETECTED"), 5e-6, None, "FRACTION", "DETECTED"),
        (kit("neg (<2.0E-6)", "FRACTION"), 2e-6, "<", "FRACTION", "NOT_DETECTED"),
        (kit("negative"), None, None, None, "NOT_DETECTED"),
        (kit("Not detected"), None, None, None, "NOT_DETECTED"),
        (kit("undetected", "PCT_IS", "NOT_DETECTED"), None, None, "PCT_IS", "NOT_DETECTED"),
        (kit("nicht nachweisbar"), None, None, None, "NOT_DETECTED"),
        (kit("≤ 0.003 % IS", call="BELOW_LOQ"), 0.003, "≤", "PCT_IS", "BELOW_LOQ"),
        (kit("<=0.003 %(IS)", call="BELOW_LOQ"), 0.003, "≤", "PCT_IS", "BELOW_LOQ"),
        (kit(">55 %IS", call="ABOVE_LOQ"), 55, ">", "PCT_IS", "ABOVE_LOQ"),
        (kit(">=55 %IS", call="ABOVE_LOQ"), 55, "≥", "PCT_IS", "ABOVE_LOQ"),
        (kit("0.05 %", "PCT_IS", "DETECTED"), 0.05, None, "PCT_IS", "DETECTED"),
        (kit("MR4.5", call="DETECTED"), 4.5, None, "MR", "DETECTED"),
        (kit("MR 4,5", call="DETECTED"), 4.5, None, "MR", "DETECTED"),
        (kit("2,5·10⁻⁴", "FRACTION", "DETECTED"), 2.5e-4, None, "FRACTION", "DETECTED"),
        (kit("10⁻⁵", "FRACTION", "DETECTED"), 1e-5, None, "FRACTION", "DETECTED"),
        (kit("3 x 10^-3 %", "PCT_IS", "DETECTED"), 3e-3, None, "PCT_IS", "DETECTED"),
        (kit("1e-3", "PCT_IS", "DETECTED"), 1e-3, None, "PCT_IS", "DETECTED"),
        (kit("10\u22125", "FRACTION", "DETECTED"), 1e-5, None, "FRACTION", "DETECTED"),
        (kit("1:10.000", "FRACTION", "DETECTED"), 1e-4, None, "FRACTION", "DETECTED"),
        (kit("1:10,000", "FRACTION", "DETECTED"), 1e-4, None, "FRACTION", "DETECTED"),
        (kit("3 / 250000", "FRACTION", "DETECTED"), 1.2e-5, None, "FRACTION", "DETECTED"),
    ],
)  # fmt: skip
def test_reported_value(
    row: Cells, number: float | None, operator: str | None, unit: str | None, call: str
) -> None:
    """A written value gives its number, its side, its unit and its call."""
    parsed = parse_cells("pcr_measurements", [row])
    assert codes(parsed.findings) == []
    columns = ("reported_number", "reported_operator", "reported_unit", "reported_call")
    (got,) = parsed.good.select(columns).rows()
    assert got[1:] == (operator, unit, call)
    assert got[0] == (None if number is None else pytest.approx(number, rel=1e-12))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (kit("0.02", "", "DETECTED"), ["VALUE_WITHOUT_UNIT"]),
        (kit("0.02", "PERCENT", "DETECTED"), ["UNKNOWN_VALUE"]),
        (kit("0.02 %", "FRACTION", "DETECTED"), ["UNIT_CONTRADICTS_VALUE"]),
        (kit("0.02 % IS", "PCT", "DETECTED"), ["UNIT_CONTRADICTS_VALUE"]),
        (kit("MR4", "PCT_IS", "DETECTED"), ["UNIT_CONTRADICTS_VALUE"]),
        (kit("1:1000", "PCT_IS", "DETECTED"), ["UNIT_CONTRADICTS_VALUE"]),
        (kit("5/10^6", "PCT", "DETECTED"), ["UNIT_CONTRADICTS_VALUE"]),
        (kit("<1 : 10 000", "PCT_IS", "BELOW_LOQ"), ["UNIT_CONTRADICTS_VALUE"]),
        (kit("3,2·10⁻³", "PCT_IS", "DETECTED"), ["UNIT_CONTRADICTS_VALUE"]),
        (kit("10-5", "MR", "DETECTED"), ["UNIT_CONTRADICTS_VALUE"]),
        (kit("negative", "PCT_IS", "DETECTED"), ["CALL_CONTRADICTS_VALUE"]),
        (kit("0.5", "PCT_IS", "NOT_DETECTED"), ["CALL_CONTRADICTS_VALUE"]),
        (kit("0", "PCT_IS", "DETECTED"), ["CALL_CONTRADICTS_VALUE"]),
        (kit("<0.003", "PCT_IS"), ["CALL_MISSING"]),
        (kit("0", "PCT_IS"), ["CALL_MISSING"]),
        (kit(">4.5", "MR"), ["CALL_MISSING"]),
        (kit("-0.5", "PCT_IS", "DETECTED"), ["OUT_OF_RANGE"]),
        (kit("see comment", "PCT_IS", "DETECTED"), [NOT_A_NUMBER]),
        (kit("n.d.", "PCT_IS", "NOT_DETECTED"), [NOT_A_NUMBER]),
        (kit("1:0", "FRACTION", "DETECTED"), [NOT_A_NUMBER]),
        (kit("3:1", "FRACTION", "DETECTED"), [NOT_A_NUMBER]),
        (kit("10^5", "FRACTION", "DETECTED"), [NOT_A_NUMBER]),
        (kit("５x10^-5", "FRACTION", "DETECTED"), [NOT_A_NUMBER]),
        (kit("１:1000", "FRACTION", "DETECTED"), [NOT_A_NUMBER]),
    ],
)
def test_reported_value_is_refused(row: Cells, expected: list[str]) -> None:
    """What a value leaves open, or says twice and differently, is refused with one code."""
    assert read_one("reported_number", row) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("+3", 3),
        ("0012", 12),
        (".5", 0.5),
        ("3.2E-04", 3.2e-4),
        ("3,2E-04", 3.2e-4),
        ("1e3", 1000),
        ("12,5", 12.5),
        ("0,001", 0.001),
        ("1234,567", 1234.567),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("1.234.567,8", 1234567.8),
        ("1 234", 1234),
        ("1 234 567,8", 1234567.8),
        ("1\u00a0234", 1234),
        ("1\u2009234.5", 1234.5),
        ("1\u202f234", 1234),
        ("1'234'567", 1234567),
        ("1’234", 1234),
        ("100,000,000.000", 1e8),
        ("1,250.000", 1250),
        ("1.234", 1.234),
        ("1,234", [AMBIGUOUS]),
        ("999,000", [AMBIGUOUS]),
        ("<12", ["OPERATOR_NOT_ALLOWED"]),
        ("≤ 12", ["OPERATOR_NOT_ALLOWED"]),
        ("5 %", ["PERCENT_NOT_ALLOWED"]),
        ("-5", ["OUT_OF_RANGE"]),
        ("\u22125", ["OUT_OF_RANGE"]),
        ("10-5", [NOT_A_NUMBER]),
        ("1:10 000", [NOT_A_NUMBER]),
        ("NaN", [NOT_A_NUMBER]),
        ("nan", [NOT_A_NUMBER]),
        ("inf", [NOT_A_NUMBER]),
        ("-Infinity", [NOT_A_NUMBER]),
        ("1e400", [NOT_A_NUMBER]),
        ("-1e400", [NOT_A_NUMBER]),
        ("1_000", [NOT_A_NUMBER]),
        ("0x1F", [NOT_A_NUMBER]),
        ("0b11", [NOT_A_NUMBER]),
        ("1,23,456", [NOT_A_NUMBER]),
        ("12,34.5", [NOT_A_NUMBER]),
        ("1234 567", [NOT_A_NUMBER]),
        ("1 23", [NOT_A_NUMBER]),
        ("1.234,567.8", [NOT_A_NUMBER]),
        ("--5", [NOT_A_NUMBER]),
        ("5-", [NOT_A_NUMBER]),
        ("1e", [NOT_A_NUMBER]),
        (".", [NOT_A_NUMBER]),
        (",", [NOT_A_NUMBER]),
        ("e5", [NOT_A_NUMBER]),
        ("٣", [NOT_A_NUMBER]),
        ("１２", [NOT_A_NUMBER]),
        ("½", [NOT_A_NUMBER]),
        ("28000 copies", [NOT_A_NUMBER]),
        ("NA", [NOT_A_NUMBER]),
        ("#N/A", [NOT_A_NUMBER]),
        ("true", [NOT_A_NUMBER]),
    ],
)
def test_copies_alone_in_their_file(text: str, expected: Any) -> None:
    """Without any other number in the file, only what has one meaning is read."""
    assert read_one("target_copies", copies(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("32.0", 32),
        ("1e3", 1000),
        ("9007199254740992", 2**53),
        ("1.234.567", 1234567),
        ("12.5", ["NOT_AN_INTEGER"]),
        ("1e-3", ["NOT_AN_INTEGER"]),
        ("9007199254740994", ["NOT_AN_INTEGER"]),
        ("1e300", ["NOT_AN_INTEGER"]),
        ("1,000", [AMBIGUOUS]),
        ("500.000", [AMBIGUOUS]),
    ],
)
def test_count_alone_in_its_file(text: str, expected: Any) -> None:
    """A count is whole and exact; `500.000` may be five hundred thousand, so it is refused."""
    assert read_one("denominator_events", events(text), "flow_measurements") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1:10 000", 1e-4),
        ("10-5", 1e-5),
        ("5/10^6", 5e-6),
        ("0,01 %", 1e-4),
        ("0.01%", 1e-4),
        ("1E-05", 1e-5),
        ("<0.01%", ["OPERATOR_NOT_ALLOWED"]),
        ("5", ["OUT_OF_RANGE"]),
        ("-5", ["OUT_OF_RANGE"]),
        ("150 %", ["OUT_OF_RANGE"]),
        ("0", ["OUT_OF_RANGE"]),
    ],
)
def test_limit(text: str, expected: Any) -> None:
    """A sensitivity may be written as a ratio, a power of ten or a percentage."""
    got = read_one("sensitivity_fraction", copies("0") | {"sensitivity_fraction": text})
    assert got == (expected if isinstance(expected, list) else pytest.approx(expected, rel=1e-12))


def test_percent_sign_in_a_percent_column() -> None:
    """Where the unit is percent already, the sign changes nothing."""
    row = {"patient_id": "P", "assessed_on": "2024-01-05", "bm_blasts_pct": "3,5 %"}
    assert read_one("bm_blasts_pct", row, "clinical_responses") == 3.5


# Each file: the numbers in it, and how they are read beside each other.
FILES: list[tuple[list[str], list[Any]]] = [
    (["1,234", "12"], [[AMBIGUOUS], 12]),
    (["1,234", "12,5"], [1.234, 12.5]),
    (["1,234", "12.5"], [1234, 12.5]),
    (["1,234", "12,5", "0.5"], [[AMBIGUOUS], 12.5, 0.5]),
    (["1,234", "1,234,567"], [1234, 1234567]),
    (["1,234", "1.234,5"], [1.234, 1234.5]),
    (["1.234", "12,5"], [1234, 12.5]),
    (["1.234", "12.5"], [1.234, 12.5]),
    (["1.234", "12,5", "0.5"], [[AMBIGUOUS], 12.5, 0.5]),
    (["1.234", "28,431.250"], [1.234, 28431.25]),
    (["0,125", "1,234"], [0.125, 1.234]),
    (["7", "8"], [7, 8]),
]


@pytest.mark.parametrize(("texts", "expected"), FILES)
def test_evidence_is_sought_in_the_whole_file(texts: list[str], expected: list[Any]) -> None:
    """A number with two meanings is read by the numbers of its file that have one."""
    got = read("pcr_measurements", "target_copies", [copies(t) for t in texts])
    assert [got[0, line] for line in range(2, 2 + len(texts))] == expected


def test_evidence_of_other_columns_counts() -> None:
    """A percentage in another column tells how the file writes decimals."""
    rows = [copies("1,234"), kit("0,5 %", call="DETECTED")]
    assert read("pcr_measurements", "target_copies", rows)[0, 2] == 1.234


def test_files_of_one_batch_do_not_influence_each_other() -> None:
    """All files read at once give what each of them gives alone."""
    together = read(
        "pcr_measurements", "target_copies", *([copies(t) for t in texts] for texts, _ in FILES)
    )
    for n, (texts, expected) in enumerate(FILES):
        assert [together[n, line] for line in range(2, 2 + len(texts))] == expected


def neutrophils(text: str) -> Cells:
    """A clinical row with this number of neutrophils, a column without an upper bound."""
    return {"patient_id": "P", "assessed_on": "2024-01-05", "anc_10e9_per_l": text}


@given(st.lists(st.floats(min_value=0, allow_infinity=False), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_every_float_comes_back(numbers: list[float]) -> None:
    """What Python writes for a float is read as that float, with a point and with a comma."""
    texts = [repr(x) for x in numbers]
    files = [texts, ["0,5", *(t.replace(".", ",") for t in texts)]]
    got = read(
        "clinical_responses", "anc_10e9_per_l", *([neutrophils(t) for t in f] for f in files)
    )
    assert [got[0, n] for n in range(2, 2 + len(numbers))] == numbers
    assert [got[1, n] for n in range(3, 3 + len(numbers))] == numbers


STYLES = [(",", "."), (".", ","), (" ", ","), ("'", "."), ("\u202f", ","), ("’", ".")]


@given(
    counts=st.lists(
        st.one_of(
            st.integers(0, 2**53),
            st.integers(1, 999).map(lambda n: n * 1000),
            st.integers(1000, 999_999),
        ),
        min_size=1,
        max_size=12,
    ),
    style=st.sampled_from(STYLES),
    with_decimals=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_thousands_separators_are_never_misread(
    counts: list[int], style: tuple[str, str], with_decimals: bool
) -> None:
    """A count in any of the usual groupings is read right or refused."""
    thousands, decimal = style
    rows = [events(f"{n:,}".replace(",", thousands)) for n in counts]
    if with_decimals:
        rows.append(events("12.5".replace(".", decimal)))
    got = read("flow_measurements", "denominator_events", rows)
    for line, n in enumerate(counts, start=2):
        value = got[0, line]
        assert value == n or value in ([AMBIGUOUS], ["NOT_AN_INTEGER"]), (rows[line - 2], value)
        if with_decimals and thousands not in ".,":
            assert value == n
    assert not any(isinstance(v, float) and math.isnan(v) for v in got.values())
