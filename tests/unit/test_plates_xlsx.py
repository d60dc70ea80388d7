"""Workbooks of QuantStudio, Design & Analysis and Diomni, as look-alikes (`formats.md` §4b, §4c)."""

import pytest

from tests.unit.plates import grid, measured, read_plate, refusal, run_of, said
from tests.unit.reading import codes
from tests.unit.workbooks import Cell, workbook

Rows = list[list[Cell]]
KEYS: Rows = [
    ["Block Type", "96-Well Block"],
    ["Experiment File Name", "C:\\Users\\somebody\\plate 7.eds"],
    ["Experiment Name", "PLATE 7"],
    ["Experiment Run Stop Time", "2024-05-16 15:20:44 PM CEST"],
    ["User Name", "somebody"],
]
HEADER: list[Cell] = ["Well", "Well Position", "Omit", "Sample Name", "Target Name", "Task", "Cт", "Quantity", "Y-Intercept", "R(superscript 2)", "Slope", "Comments"]  # fmt: skip
WELLS = """
1 A1 false S1 BCR UNKNOWN 31.1 12.5 39.9 0.998 -3.4
2 A1 false S1 ABL UNKNOWN 24.2 30100.5 38.9 0.999 -3.3
3 A2 false S2 BCR UNKNOWN Undetermined - 39.9 0.998 -3.4
4 A2 false S2 ABL UNKNOWN 24.25 30000 38.9 0.999 -3.3
5 A3 true S2 BCR UNKNOWN 35.1 1 39.9 0.998 -3.4
6 B1 false - BCR STANDARD 26.7 1000 39.9 0.998 -3.4
7 B2 false - BCR NTC Undetermined - 39.9 0.998 -3.4
"""
FOOTER: Rows = [[], ["Endogenous Control", "ABL"], [], ["Reference Sample", "S1"]]


def cells(drawn: str, width: int) -> Rows:
    """Return drawn cells with numbers as numbers, empty ones as none."""
    rows: Rows = []
    for row in grid(drawn, width):
        plain = [float(c) if c.replace(".", "", 1).lstrip("-").isdigit() else c for c in row]
        rows.append([c if c != "" else None for c in plain])
    return rows


def quantstudio(
    wells: Rows | None = None,
    *,
    header: list[Cell] | None = None,
    keys: Rows | None = None,
    sheets: tuple[str, ...] = ("Sample Setup", "Amplification Data", "Results"),
) -> bytes:
    above = [*(KEYS if keys is None else keys), []]
    results = [*above, header or HEADER, *(wells or cells(WELLS, 12)), *FOOTER]
    other: Rows = [*above, ["Well", "Sample Name"], [1.0, "S1"]]
    return workbook({n: results if n == "Results" else other for n in sheets})


@pytest.mark.parametrize(
    ("cq", "status", "told", "is_flagged"),
    [
        ("Undetermined", "No Amp", "Undetermined", False),
        ("Undetermined", "", "Undetermined", False),
        ("Undetermined", "Amp", None, True),
        ("Undetermined", "Inconclusive", None, True),
        ("38.5", "NO_AMP", "38.5", True),
        ("31.1", "Amp", "31.1", False),
    ],
)
def test_curve_that_contradicts_its_cq(
    cq: str, status: str, told: str | None, is_flagged: bool
) -> None:
    """Where the curve is said to rise, Undetermined proves no absence; a Cq without a rise is kept and said."""
    wells = cells(
        f"1 A1 false S1 BCR UNKNOWN {cq} - 39.9 0.998 -3.4\n2 A1 false S1 ABL UNKNOWN 24.2 30000 38.9 0.999 -3.3",
        11,
    )
    header = [*HEADER[:-1], "Amp Status"]
    rows = read_plate(quantstudio([[*wells[0], status or None], [*wells[1], "Amp"]], header=header))
    assert measured(rows, "target_cq") == [(told,)]
    assert ("WELL_FLAGGED" in said(rows)) == is_flagged


def test_quantstudio() -> None:
    """The text export's rules, on a sheet with keys above and a footer below."""
    rows = read_plate(quantstudio())
    assert measured(rows) == [
        ("S1", "A1", "12.5", "31.1", "30100.5", "24.2"),
        ("S2", "A2", "0", "Undetermined", "30000", "24.25"),
    ]
    assert measured(rows, "source_line", "source_rows") == [(8, 2), (10, 2)]
    assert (rows.rows_read, rows.rows_ignored) == (7, 3)
    run = run_of(rows)
    assert run["run_id"] == "PLATE 7 2024-05-16 15:20:44 PM CEST"
    assert (run["performed_on"], run["target_slope"], run["is_ntc_clean"]) == (
        "2024-05-16",
        "-3.4",
        "true",
    )


@pytest.mark.parametrize(
    "ended", ["03-10-2024 10:45:00 AM EST", "2024-12-03T10:45:00", "2024-12-03", ""]
)
def test_quantstudio_date_that_excel_may_have_turned(ended: str) -> None:
    """A date in the US order, or one that Excel has made its own, gives the run no date."""
    keys: Rows = [*KEYS[:3], ["Experiment Run Stop Time", ended]]
    rows = read_plate(quantstudio(keys=keys))
    assert codes(rows.findings)[-1] == (None, "RUN_DATE_UNREADABLE")
    assert run_of(rows)["performed_on"] is None


def test_quantstudio_without_results() -> None:
    """A sibling export is recognised and refused; so is a sheet without wells or without a column."""
    assert refusal(quantstudio(sheets=("Sample Setup",))).code == "NO_RESULTS_SECTION"
    none = workbook({"Results": [*KEYS, [], HEADER]})
    assert (refusal(none).code, refusal(none).line) == ("NO_RESULTS_SECTION", 7)
    assert (
        refusal(workbook({"Results": [*KEYS, [], ["Other"], ["x"]]})).code == "NO_RESULTS_SECTION"
    )
    for name in ("Sample Name", "Target Name", "Task", "Cт"):
        why = refusal(quantstudio(header=["Other" if h == name else h for h in HEADER]))
        assert (why.code, why.line) == ("NO_RESULTS_SECTION", 7)


def test_wells_below_an_emptied_row_are_wells() -> None:
    """A row that was emptied by hand does not end the table; keys of the footer are no wells."""
    wells = cells(WELLS, 12)
    rows = read_plate(quantstudio([*wells[:3], [], *wells[3:]]))
    assert rows.rows_read == 7


def test_digits_are_kept() -> None:
    """Numbers of a sheet keep all their digits, and whole ones have no point."""
    wells = cells(WELLS, 12)
    wells[0][7] = 5720.562123456789
    assert measured(read_plate(quantstudio(wells)), "target_copies", "control_copies") == [
        ("5720.562123456789", "30100.5"),
        ("0", "30000"),
    ]


DA_KEYS: Rows = [
    ["File Name", "C:\\Users\\somebody\\runs\\plate 7.eds"],
    ["Operator", "somebody"],
    ["Run End Data/Time", "2024-05-16 12:54:47 AM EDT"],
    ["Quantification Cycle Method", "CT"],
    ["Software Name and Version", "Design & Analysis Software v2.7.0"],
]
DA_HEADER: list[Cell] = ["Well", "Well Position", "Omit", "Sample", "Target", "Task", "Amp Status", "Result Quality Issues", "Cq"]  # fmt: skip
DA_WELLS = """
1 A1 FALSE S1 BCR UNKNOWN AMP - 31.1
1 A1 FALSE S1 ABL UNKNOWN AMP LOW_CQ_CONF 24.2
2 A2 FALSE S2 BCR UNKNOWN NO_AMP LOW_PASSIVE UNDETERMINED
2 A2 FALSE S2 ABL UNKNOWN AMP - 24.3
3 A3 FALSE NTC BCR UNKNOWN NO_AMP - UNDETERMINED
4 A4 FALSE - BCR STANDARD AMP - 26.7
5 A5 FALSE PC BCR POSITIVE_CONTROL AMP - 27.0
5 A5 FALSE PC ABL POSITIVE_CONTROL NO_AMP - UNDETERMINED
6 A6 TRUE S1 BCR UNKNOWN AMP - 33.0
"""
CURVE_HEADER: list[Cell] = ["Well", "Well Position", "Sample", "Quantity", "Target", "Task", "Y-Intercept", "R2", "Slope"]  # fmt: skip
CURVE_WELLS = """
1 A1 S1 12.5 BCR UNKNOWN 39.9 0.998 -3.4
1 A1 S1 30100.5 ABL UNKNOWN 38.9 0.999 -3.3
2 A2 S2 - BCR UNKNOWN 39.9 0.998 -3.4
2 A2 S2 29000 ABL UNKNOWN 38.9 0.999 -3.3
"""


def analysis(
    wells: Rows | None = None,
    *,
    keys: Rows | None = None,
    header: list[Cell] | None = None,
    curves: Rows | None = None,
    calls: Rows | None = None,
    name: str = "Results",
) -> bytes:
    above = [*(DA_KEYS if keys is None else keys), []]
    sheets: dict[str, Rows] = {
        name: [*above, header or DA_HEADER, *(wells or cells(DA_WELLS, 9))],
        "Raw Data": [*above, ["Well", "Reading"], [1.0, 0.7]],
    }
    if curves is not None:
        sheets["Standard Curve Result"] = [*above, CURVE_HEADER, *curves]
    if calls is not None:
        sheets["Target Call"] = [*above, ["Well", "Target", "Call", "Quality issue(s)"], *calls]
    return workbook(sheets)


def test_copies_stand_on_another_sheet() -> None:
    """Copies and curves are joined by well and target, in whatever order they stand."""
    turned = cells(CURVE_WELLS, 9)[::-1]
    rows = read_plate(analysis(curves=turned))
    assert measured(rows) == [
        ("S1", "A1", "12.5", "31.1", "30100.5", "24.2"),
        ("S2", "A2", "0", "Undetermined", "29000", "24.3"),
    ]
    assert said(rows) == {
        "IGNORED_STANDARD": "1",
        "IGNORED_CONTROL": "3",
        "IGNORED_OMITTED": "1",
        "CONTROL_BY_NAME": "NTC",
        "WELL_FLAGGED": "LOW_CQ_CONF",
    }
    run = run_of(rows)
    assert run["run_id"] == "plate 7.eds 2024-05-16 12:54:47 AM EDT"
    assert (run["performed_on"], run["target_slope"]) == ("2024-05-16", "-3.4")
    # a plasmid of the target alone need not hold the control gene
    assert "is_valid" not in run


def test_without_the_other_sheet_copies_stay_empty() -> None:
    """Without a curve `UNDETERMINED` is not a count of none."""
    assert measured(read_plate(analysis()), "target_copies", "target_cq") == [
        (None, "31.1"),
        (None, "Undetermined"),
    ]


def test_a_sheet_that_contradicts_itself_gives_no_copies() -> None:
    """Two quantities of one well are none; the same row twice is one."""
    twice = cells(CURVE_WELLS, 9)
    other = [*twice[0]]
    other[3] = 99.0
    assert measured(read_plate(analysis(curves=[*twice, twice[0]])))[0][2] == "12.5"
    rows = read_plate(analysis(curves=[*twice, other]))
    assert (rows.rows_read, measured(rows)[0][2]) == (9, None)


def test_positive_control_without_signal() -> None:
    """A positive control of the target that stays silent makes the run invalid."""
    wells = cells(DA_WELLS.replace("27.0", "UNDETERMINED"), 9)
    rows = read_plate(analysis(wells))
    assert (14, "POSITIVE_CONTROL_FAILED") in codes(rows.findings)
    assert run_of(rows)["is_valid"] == "false"


@pytest.mark.parametrize("end_key", ["Run End Date/Time", "Run End Data/Time"])
def test_diomni(end_key: str) -> None:
    """One column for the well, another name of the sheet, quality issues on a sheet of calls."""
    keys: Rows = [
        *DA_KEYS[:2],
        [end_key, "2024-05-16 02:39:53 PM EST"],
        DA_KEYS[3],
        ["Software name", "Diomni"],
    ]
    header: list[Cell] = ["Well", "Omit", "Sample", "Target", "Task", "Cq"]
    wells = cells("A01 FALSE S1 BCR UNKNOWN 39.54\nA01 FALSE S1 ABL UNKNOWN UNDETERMINED", 6)
    calls = cells("A01 BCR POSITIVE LOW_AMP\nA01 ABL NEGATIVE LOW_AMP", 4)
    rows = read_plate(analysis(wells, keys=keys, header=header, calls=calls, name="Primary_result"))
    assert measured(rows) == [("S1", "A01", None, "39.54", None, "Undetermined")]
    assert said(rows) == {"WELL_FLAGGED": "LOW_AMP"}
    assert run_of(rows)["performed_on"] == "2024-05-16"


def test_words_and_booleans_of_another_version() -> None:
    """Version 2.6 writes booleans as such, and `Undetermined`."""
    wells = cells(DA_WELLS.replace("UNDETERMINED", "Undetermined"), 9)
    for well in wells:
        well[2] = well[2] == "TRUE"
    rows = read_plate(analysis(wells, curves=cells(CURVE_WELLS, 9)))
    assert measured(rows, "target_cq") == [("31.1",), ("Undetermined",)]
    assert said(rows)["IGNORED_OMITTED"] == "1"


def test_dropped_columns_are_refused() -> None:
    """Users can leave columns out; the refusal names them all, and what to export."""
    header = ["Other" if h in ("Sample", "Target") else h for h in DA_HEADER]
    why = refusal(analysis(header=header))
    assert (why.code, why.line, why.value) == ("NO_RESULTS_SECTION", 7, "sample, target")
    assert "the sheet Results lacks the column sample, target" in why.message
    assert refusal(analysis(name="Amplification Data")).code == "NO_RESULTS_SECTION"
    without = [row[:3] for row in cells(CURVE_WELLS, 9)]
    broken = workbook({"Results": [*DA_KEYS, [], DA_HEADER, *cells(DA_WELLS, 9)],
                       "Standard Curve Result": [*DA_KEYS, [], CURVE_HEADER[:3], *without]})  # fmt: skip
    assert "Standard Curve Result lacks the column" in refusal(broken).message


def test_told_by_their_keys() -> None:
    """A workbook with the same columns and other keys is neither format."""
    other = workbook({"Results": [["File Name", "x"], [], DA_HEADER, *cells(DA_WELLS, 9)]})
    assert refusal(other).code == "FILE_NOT_RECOGNISED"
    assert refusal(workbook({"Results": []})).code == "FILE_NOT_RECOGNISED"


def test_nobody_is_named() -> None:
    """Logins and operators of the file are in no row and no finding."""
    for data in (quantstudio(), analysis(curves=cells(CURVE_WELLS, 9))):
        rows = read_plate(data)
        frames = [rows.findings, *rows.tables.values(), *rows.inline.values()]
        assert not any("somebody" in str(f.rows()) for f in frames)
