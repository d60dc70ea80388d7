"""Text exports of SDS and LightCycler 480, as look-alikes (`formats.md` §4d, §5)."""

import pytest

from tests.unit.plates import (
    grid,
    measured,
    read_plate,
    refusal,
    run_of,
    said,
)
from tests.unit.reading import codes
from transforms.readers.rows import AssayNames

SDS_HEADER = ("# ", "Plate", "Pos", "Flag", "Sample", "Detector", "Task", "Ct", "Avg Delta Ct", "?Ct SE", "Omit")  # fmt: skip
SDS_WELLS = """
1 P1 A1 Passed S1 ABL Endogenous~Control 24.2 - - FALSE
2 P1 A2 Passed S1 BCR Target 31.1 6.9 0.2 FALSE
3 P1 A3 Flagged S2 ABL Endogenous~Control 24.4 - - FALSE
4 P1 A4 Flagged S2 BCR Target Undetermined 9.9 - FALSE
5 P1 A5 Flagged S2 BCR Target 38.5 - - TRUE
6 P1 A6 Passed S1 GUSB Target 26.0 - - FALSE
"""


def sds(
    drawn: str = SDS_WELLS,
    *,
    header: tuple[str, ...] = SDS_HEADER,
    dates: tuple[str, ...] = ("Fri May 17 17:10:28 BST 2024",),
    flavour: str = "SDS 2.3\tRQ Results\t1.2",
) -> str:
    keys = ["Filename\tC:\\Users\\somebody\\study 7.sdm", "Assay Type\tRQ Study"]
    for date in dates:
        keys += ["EmbeddedFile\tFileA", f"Run DateTime\t{date}", "Operator\tsomebody"]
    rows = ["\t".join(row) for row in grid(drawn, len(header))]
    footer = ["", "PlateID\tNAP\tLPL" + "\t" * 13, "AF22" + "\t" * 15]
    return "\n".join([flavour, *keys, "", "\t".join(header), *rows, *footer]) + "\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_sds(end: str) -> None:
    """Target and endogenous control in wells apart; the table of plates below is no row."""
    text = sds()
    rows = read_plate(text.replace("\n", end))
    first = text.split("\n").index("\t".join(SDS_HEADER)) + 2
    assert measured(rows) == [
        ("S1", "A2", None, "31.1", None, "24.2"),
        ("S2", "A4", None, "Undetermined", None, "24.4"),
    ]
    assert measured(rows, "source_line") == [(first,), (first + 2,)]
    assert (rows.rows_read, rows.rows_ignored) == (6, 2)
    assert said(rows) == {
        "IGNORED_OMITTED": "1",
        "IGNORED_OTHER_TARGET": "1",
        "WELL_FLAGGED": "Flagged",
    }
    run = run_of(rows)
    assert run["run_id"] == "study 7.sdm Fri May 17 17:10:28 BST 2024"
    assert run["performed_on"] == "2024-05-17"


def test_sds_absolute() -> None:
    """The absolute flavour has copies, standards and a narrower table."""
    header = ("Well", "Sample Name", "Detector Name", "Reporter", "Task", "Ct", "Quantity")
    rows = read_plate(
        sds(
            """
            1 S1 BCR FAM Unknown 31.1 12.5
            2 S1 ABL FAM Unknown 24.2 30100.5
            3 S2 BCR FAM Unknown Undetermined -
            4 - BCR FAM Standard 33.3 10
            5 - BCR FAM Standard 30.0 100
            6 - BCR FAM Standard 26.7 1000
            7 - BCR FAM NTC Undetermined -
            """,
            header=header,
            flavour="SDS 2.2.2\tAQ Results\t1.0",
        )
    )
    assert measured(rows) == [
        ("S1", "1", "12.5", "31.1", "30100.5", "24.2"),
        ("S2", "3", "0", "Undetermined", None, None),
    ]
    run = run_of(rows)
    assert (run["target_slope"], run["target_intercept"]) == ("-3.3", "36.6")
    assert run["is_ntc_clean"] == "true"


@pytest.mark.parametrize(
    "dates",
    [
        ("Fri May 17 17:10:28 BST 2024", "Sat May 18 10:36:09 BST 2024"),
        ("17/05/2024",),
        ("Fri Xxx 17 17:10:28 BST 2024",),
        ("Fri Feb 30 17:10:28 BST 2024",),
        (),
    ],
)
def test_sds_without_one_date(dates: tuple[str, ...]) -> None:
    """A study of several days, or a date in figures, gives the run no date."""
    rows = read_plate(sds(dates=dates))
    assert "RUN_DATE_UNREADABLE" in said(rows)
    assert run_of(rows)["performed_on"] is None


def test_sds_of_several_plates() -> None:
    """Positions repeat from plate to plate, so the plate belongs to the well."""
    rows = read_plate(sds("1 P1 A1 Passed S1 BCR Target 31\n2 P2 A1 Passed S1 BCR Target 32"))
    assert measured(rows, "replicate") == [("P1 A1",), ("P2 A1",)]


@pytest.mark.parametrize("emptied", ["", "\t" * 10, " \t", "\u00a0", "\u00a0\t\u00a0"])
def test_sds_with_an_emptied_line(emptied: str) -> None:
    """Wells below a line of blanks of any kind are wells; a row longer than the header is refused."""
    lines = sds().split("\n")
    at = lines.index("\t".join(SDS_HEADER)) + 3
    with_blank = read_plate("\n".join([*lines[:at], emptied, *lines[at:]]))
    assert (with_blank.rows_read, measured(with_blank)) == (6, measured(read_plate(sds())))
    footer = "\n".join([*lines[:-4], emptied, *lines[-3:]])
    assert read_plate(footer).rows_read == 6
    lines[at] += "\tmore"
    assert (refusal("\n".join(lines)).code, refusal("\n".join(lines)).line) == (
        "NO_RESULTS_SECTION",
        at + 1,
    )


@pytest.mark.parametrize("name", ["Pos", "Sample", "Detector", "Task", "Ct"])
def test_sds_without_a_column(name: str) -> None:
    """A column that decides what a well is must be there."""
    header = tuple("Other" if h == name else h for h in SDS_HEADER)
    assert refusal(sds(header=header)).value == name.lower()


def test_sds_without_wells() -> None:
    """Keys alone, or a header alone, are no results."""
    assert refusal("SDS 2.3\tRQ Results\t1.2\nFilename\tx\n").code == "NO_RESULTS_SECTION"
    text = sds()
    assert refusal(text[: text.index("1\tP1")]).code == "NO_RESULTS_SECTION"


FILTER = "FAM (465-510)"
LC_ASSAY = AssayNames("lab1", FILTER, "HEX (533-580)")
LC_HEADER = "Include\tColor\tPos\tName\tCp\tConcentration\tStandard\tStatus"
LC_WELLS = """
True 255 A1 S1 31.1 1.25E+01 0
True 255 A2 S1 31.4 1.05E+01 0 -
True 65280 A3 S2 - - 0
True 65280 A4 Sample~4 - - 0
True 65280 A5 Sample~1 - - 0
True 255 A6 Sample~6 35.0 7.00E-01 0
False 255 A7 S1 30.9 1.40E+01 0
True 128 B1 std 33.3 - 1.00E+01
True 128 B2 std 30.0 - 1.00E+02
True 128 B3 std 26.7 - 1.00E+03
True 128 B4 std - - 1.00E+00
True 65280 C1 no~template~control - - 0
"""


def lightcycler(drawn: str = LC_WELLS, *, first: str | None = None, header: str = LC_HEADER) -> str:
    first = first or f"Experiment: Plate 7  Selected Filter: {FILTER}" + "\t" * 7
    rows = ["\t".join(row) for row in grid(drawn, 7)]
    return "\n".join([first, header, *rows]) + "\n"


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_lightcycler(end: str) -> None:
    """Empty is not detected, `Standard` is a concentration, and default names are no samples."""
    rows = read_plate(lightcycler().replace("\n", end), LC_ASSAY)
    assert measured(rows) == [
        ("S1", "A1", "1.25E+01", "31.1", None, None),
        ("S1", "A2", "1.05E+01", "31.4", None, None),
        ("S2", "A3", "0", "Undetermined", None, None),
        # a default name of another well is somebody's choice, and so is one with a signal
        ("Sample 1", "A5", "0", "Undetermined", None, None),
        ("Sample 6", "A6", "7.00E-01", "35.0", None, None),
    ]
    assert {c: v for c, v in said(rows).items() if c.startswith("IGNORED")} == {
        "IGNORED_DEFAULT_NAME": "1",
        "IGNORED_OMITTED": "1",
        "IGNORED_STANDARD": "4",
        "IGNORED_CONTROL": "1",
    }
    run = run_of(rows)
    assert run["run_id"] == f"Plate 7 {FILTER}"
    assert (run["target_slope"], run["is_ntc_clean"]) == ("-3.3", "true")


def test_lightcycler_file_of_the_control() -> None:
    """The control gene lies in a file of its own: its rows are a run beside that of the target."""
    text = lightcycler("True 255 A1 S1 24.2 3.01E+04 0").replace(FILTER, "HEX (533-580)")
    rows = read_plate(text, LC_ASSAY)
    assert measured(rows) == [("S1", "A1", None, None, "3.01E+04", "24.2")]
    assert run_of(rows)["run_id"] == "Plate 7 HEX (533-580)"
    assert measured(rows, "run_id", "shared_run_id") == [("Plate 7 HEX (533-580)", "Plate 7")]
    assert said(rows)["CONTROL_IN_OTHER_FILE"] == "control"
    other = read_plate(text.replace("HEX", "Cy5"), LC_ASSAY)
    assert codes(other.findings) == [(3, "TARGET_NOT_IN_FILE")]


@pytest.mark.parametrize(
    "first",
    [
        f"Experiment: Plate 7  Filter: {FILTER}",
        f"Experiment:   Plate 7   Selected Filter:  {FILTER}  \t",
    ],
)
def test_lightcycler_first_line(first: str) -> None:
    """Newer versions leave a word out."""
    assert run_of(read_plate(lightcycler(first=first), LC_ASSAY))["run_id"] == f"Plate 7 {FILTER}"


def test_lightcycler_contamination_and_plates() -> None:
    """A late signal of a control is a finding; default names follow the plate's width."""
    rows = read_plate(lightcycler("True 255 A1 NTC_1 35.17 1.1E+00 0"), LC_ASSAY)
    assert said(rows)["CONTROL_FAILED"] == "35.17"
    large = (
        "True 255 P24 S1 30.1 20 0\nTrue 65280 B1 Sample~25 - - 0\nTrue 65280 B2 Sample~14 - - 0"
    )
    assert measured(read_plate(lightcycler(large), LC_ASSAY), "replicate") == [("P24",), ("B2",)]


def test_lightcycler_crossing_point_of_zero() -> None:
    """No curve crosses at cycle 0: the well is not read, and refused alone."""
    rows = read_plate(lightcycler("True 255 A1 S1 0.00 0.00 0\nTrue 255 A2 S1 30.1 20 0"), LC_ASSAY)
    assert measured(rows)[0] == ("S1", "A1", None, None, None, None)


def test_lightcycler_last_cycle() -> None:
    """Some settings write the last cycle where nothing crossed: without copies it is neither yes nor no."""
    drawn = "True 255 A1 S1 40.00 - 0\nTrue 255 A2 S1 40.00 0.00 0\nTrue 255 A3 S1 40.00 1.2 0\nTrue 255 A4 S1 38.57 - 0"
    rows = read_plate(lightcycler(drawn), LC_ASSAY)
    assert measured(rows, "replicate", "target_cq") == [("A3", "40.00"), ("A4", "38.57")]
    assert codes(rows.findings)[1:] == [(3, "UNKNOWN_VALUE"), (4, "UNKNOWN_VALUE")]
    assert (rows.rows_read, rows.rows_rejected) == (4, 2)
    assert read_plate(lightcycler(drawn), None).rows_waiting == 4


@pytest.mark.parametrize("name", ["Include", "Pos", "Name", "Cp", "Concentration", "Standard"])
def test_lightcycler_without_a_column(name: str) -> None:
    """A table without one of its columns is refused, or not taken for this format."""
    why = refusal(lightcycler(header=LC_HEADER.replace(name, "Other")), LC_ASSAY)
    assert why.code in ("NO_RESULTS_SECTION", "FILE_NOT_RECOGNISED")
