"""Files of digital PCR of Bio-Rad, as look-alikes: every row is a measurement's, ignored or refused."""

from typing import Any

import pytest

from tests.unit.digital_pcr import (
    BIORAD,
    PAIR,
    aq_2,
    aq_3,
    measured,
    qiacuity,
    quantasoft,
    qx_rows,
    read,
    table,
)
from tests.unit.reading import codes
from tests.unit.workbooks import workbook
from transforms.ingest import ReadFile, parse_files
from transforms.readers.rows import AssayNames


@pytest.mark.parametrize("write", BIORAD)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_target_and_control_of_a_well_are_one_measurement(write: Any, end: str) -> None:
    """Two rows of a well become one, counts as written; a row has a cell more than QuantaSoft's header."""
    data = write(PAIR)
    rows = read(data.replace("\n", end) if isinstance(data, str) else data)
    assert measured(rows) == [("S1", "A01", "7", "6000", "15000", None, 2)]
    assert measured(rows, "source_line", "assay_id") == [(2, "lab1")]
    assert (rows.rows_read, rows.rows_ignored, rows.findings.height) == (2, 0, 0)
    volume = "0.85" if "QuantaSoft" in rows.format else "0.795"
    assert measured(rows, "partition_volume_nl") == [(volume,)]


@pytest.mark.parametrize("write", BIORAD)
def test_merged_wells_count_once(write: Any) -> None:
    """A merged row beside its members is a summary of them."""
    rows = read(write("M01 S1 MUT 1 16 31000 (A01,B01)\nM01 S1 WT 99 9 31000 (A01,B01)\n" + PAIR
        + "\nB01 S1 MUT 1 9 16000\nB01 S1 WT 99 3 16000"))  # fmt: skip
    assert [m[1:5] for m in measured(rows)] == [
        ("A01", "7", "6000", "15000"),
        ("B01", "9", "3", "16000"),
    ]
    assert codes(rows.findings) == [(None, "IGNORED_SUMMARY")]
    assert rows.rows_ignored == 2


@pytest.mark.parametrize("write", BIORAD)
def test_merged_wells_without_their_members(write: Any) -> None:
    """Where members are missing the merged row counts, and the members that are there do not."""
    merged = "M01 S1 MUT 1 16 31000 (A01,B01)\nM01 S1 WT 99 9000 31000 (A01,B01)"
    assert measured(read(write(merged))) == [("S1", "M01", "16", "9000", "31000", None, 2)]
    some = read(write(f"{merged}\n{PAIR}"))
    assert measured(some) == [("S1", "M01", "16", "9000", "31000", None, 2)]
    assert some.rows_ignored == 2
    twice = read(
        write(f"{merged}\nM02 S1 MUT 1 25 40000 (B01,C01)\nM02 S1 WT 1 9000 40000 (B01,C01)")
    )
    assert [m[1] for m in measured(twice)] == ["M01"]
    listless = read(write(f"M01 S1 MUT 1 16 31000\nM01 S2 MUT 1 16 31000\n{PAIR}"))
    assert [m[:2] for m in measured(listless)] == [("S2", "M01"), ("S1", "A01")]


@pytest.mark.parametrize("write", BIORAD)
def test_no_call_is_no_negative(write: Any) -> None:
    """A well without a threshold is invalid; a called zero is a zero; a positive is never hidden."""
    rows = read(
        write("""
        A01 S1 MUT No_Call 0 15000
        A01 S1 WT 99 6000 15000
        B01 S1 MUT 0 0 16000
        B01 S1 WT 99 6000 16000
        C01 S1 MUT 0 0 16000
        C01 S1 WT No_Call 0 16000
        D01 S1 MUT 1 5 16000
        D01 S1 WT No_Call 0 16000
        E01 S1 MUT 0 0 0
        E01 S1 WT 0 0 0
    """)
    )
    assert measured(rows) == [
        ("S1", "A01", None, None, None, "INVALID", 2),
        ("S1", "B01", "0", "6000", "16000", None, 2),
        ("S1", "C01", "0", None, "16000", "INVALID", 2),
        ("S1", "D01", "5", None, "16000", None, 2),
        ("S1", "E01", None, None, None, "INVALID", 2),
    ]
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert parsed.rejected.is_empty()


@pytest.mark.parametrize("write", BIORAD)
@pytest.mark.parametrize("concentration", ["-", "N/A", "Kein_Wert", "5.1"])
def test_zero_positives_without_a_concentration_of_zero(write: Any, concentration: str) -> None:
    """No threshold was set, whatever the word for it: only a called zero is a zero."""
    rows = read(write(f"A01 S1 MUT {concentration} 0 15000\nA01 S1 WT 99 6000 15000"))
    assert measured(rows) == [("S1", "A01", None, None, None, "INVALID", 2)]
    assert codes(rows.findings) == [(2, "WELL_NOT_PASSED")]


@pytest.mark.parametrize("write", BIORAD)
def test_status_check_proves_no_absence(write: Any) -> None:
    """Nobody has looked at such a well yet: its zero is no negative, its positives are kept and said."""
    wells = (
        "A01 S1 MUT 0 0 15000\nA01 S1 WT 99 6000 15000\nB01 S2 MUT 1 5 16000\nB01 S2 WT 0 0 16000"
    )
    data = write(wells)
    if isinstance(data, bytes):
        data = workbook(
            {"Sheet": [[*r[:7], r[7].replace("Manual", "CHECK"), *r[8:]] for r in qx_rows(wells)]}
        )
    else:
        data = data.replace("Manual", "CHECK")
    rows = read(data)
    assert measured(rows) == [
        ("S1", "A01", "0", "6000", "15000", "INVALID", 2),
        ("S2", "B01", "5", "0", "16000", None, 2),
    ]
    assert codes(rows.findings) == [(2, "WELL_NOT_PASSED"), (3, "WELL_FLAGGED")]


@pytest.mark.parametrize("write", BIORAD)
def test_control_in_another_well(write: Any) -> None:
    """Wells apart are carried side by side in file order; the control's copies are those it counted."""
    rows = read(
        write("""
        A01 S1 MUT 1 5 20000
        A02 S1 MUT 1 6 20000
        A03 S1 WT 9 8000 20000
        A04 S2 WT 9 20000 20000
    """)
    )
    assert measured(rows) == [
        ("S1", "A01", "5", None, "20000", None, 2),
        ("S1", "A02", "6", None, "20000", None, 1),
        ("S2", "A04", None, None, None, None, 1),
    ]
    copies = [c for (c,) in measured(rows, "control_copies")]
    # −ln(1 − 8000/20000)·20000; where all are positive there is no number
    assert (round(float(copies[0]), 3), copies[1:]) == (10216.512, [None, None])
    assert codes(rows.findings) == [(4, "CONTROL_IN_OTHER_WELL")]


@pytest.mark.parametrize("write", BIORAD)
def test_no_template_controls(write: Any) -> None:
    """Controls typed as unknown are known by name; one droplet in them is a finding on the run."""
    clean = f"{PAIR}\nH01 NTC MUT 0 0 14000\nH01 NTC WT 0 0 14000"
    rows = read(write(clean))
    assert codes(rows.findings) == [(None, "CONTROL_BY_NAME"), (None, "IGNORED_CONTROL")]
    assert rows.inline["runs"].item(0, "is_ntc_clean") == "true"
    dirty = read(write(f"{clean}\nH02 ntc_2 MUT 0.07 1 14000"))
    assert (6, "CONTROL_FAILED") in codes(dirty.findings)
    assert dirty.inline["runs"].item(0, "is_ntc_clean") == "false"
    other = read(write(f"{clean}\nH02 ntc_2 XYZ 0.07 1 14000"))
    assert (6, "CONTROL_FAILED") in codes(other.findings)
    assert other.inline["runs"].item(0, "is_ntc_clean") == "true"


@pytest.mark.parametrize("kind", ["Ch1NTC", "Ch2NTC", "Ch1Positive Control", "Ch1Negative Control"])
def test_types_of_controls(kind: str) -> None:
    """A control said by its type is ignored; a positive control without a signal fails the run."""
    control = quantasoft("H01 ctrl MUT 0 0 14000", kind=kind).split("\n", 1)[1]
    rows = read(quantasoft(PAIR) + control)
    assert (rows.rows_read, rows.rows_ignored) == (3, 1)
    is_failed = "Positive" in kind
    assert ((4, "POSITIVE_CONTROL_FAILED") in codes(rows.findings)) is is_failed
    valid = [r["is_valid"] for r in rows.inline["runs"].to_dicts()] if rows.inline else []
    assert valid == ["false"] * is_failed or valid == [None]


@pytest.mark.parametrize(
    ("kinds", "role"),
    [
        (("Unknown", "Reference"), "sample"),
        (("", ""), "sample"),
        (("NTC", "Unknown"), "control"),
        (("Unknown", "NTC"), "control"),
        (("Pos Ctrl", "Unknown"), "control"),
        (("Unknown", "Standby"), "refused"),
    ],
)
def test_types_of_qx_manager(kinds: tuple[str, str], role: str) -> None:
    """Either of the two type columns may name a control; a word that is not known refuses its row."""
    rows = read(table(qx_rows(PAIR, kinds)))
    assert rows.rows_ignored == 2 * (role == "control")
    assert rows.rows_rejected == 2 * (role == "refused")
    found = [c for _, c in codes(rows.findings) if c == "UNKNOWN_VALUE"]
    assert len(found) == rows.rows_rejected


def test_run_is_the_same_when_it_is_exported_again() -> None:
    """A plate with other thresholds is the same run, so that its wells meet and are not added up."""
    (first,), (again,) = (
        measured(read(quantasoft(p)), "run_id") for p in (PAIR, PAIR.replace(" 7 ", " 9 "))
    )
    assert first == again
    assert first != measured(read(quantasoft(PAIR.replace("15000", "15001"))), "run_id")[0]


def test_other_targets_empty_wells_and_wrong_targets() -> None:
    """Other targets and empty wells are ignored, a nameless signal is refused, a wrong assay all."""
    rows = read(
        quantasoft(f"{PAIR}\nA01 S1 KRAS 1 5 15000\nB01 - MUT 0 0 15000\nB01 - WT 0 0 15000")
    )
    assert codes(rows.findings) == [(None, "IGNORED_OMITTED"), (None, "IGNORED_OTHER_TARGET")]
    nameless = read(quantasoft(f"{PAIR}\nB01 - MUT 0 0 15000\nB01 - WT 1 5 15000"))
    assert parse_files([ReadFile(0, "ab" * 32, nameless)]).rejected["source_rows"].to_list() == [2]
    wrong = read(quantasoft(PAIR), AssayNames("lab1", "NPM1", "WT"))
    assert (wrong.rows_rejected, wrong.tables) == (2, {})
    assert codes(wrong.findings) == [(2, "TARGET_NOT_IN_FILE"), (3, "TARGET_NOT_IN_FILE")]


@pytest.mark.parametrize(
    "data",
    [
        quantasoft(PAIR),
        qiacuity("A1 S1 Sample MUT 9 8000 3 2.8"),
        aq_2("S1 A1 PASS 20000 MUT 5 WT 800"),
        aq_3(("S1", {"": 5, "FAM": 6})),
    ],
)
def test_without_assay_the_rows_wait(data: str) -> None:
    """Without an assay every row of a sample waits, and the targets are named."""
    rows = read(data, None)
    assert rows.rows_waiting == rows.rows_read
    assert codes(rows.findings) == [(None, "ASSAY_NOT_KNOWN_FOR_FILE")]


def test_rows_that_were_cut() -> None:
    """A row with fewer or more cells than the header is refused alone."""
    text = (
        quantasoft(PAIR)
        + '"B01",Absolute Quantification,"ABS","S2",Ch1Unknown,"MUT","Manual",1,7\n'
    )
    rows = read(text + quantasoft(PAIR).split("\n")[1] + "1,2,3\n")
    assert codes(rows.findings) == [(4, "ROW_TOO_SHORT"), (5, "ROW_TOO_LONG")]
    assert rows.rows_rejected == 2


def test_qx_sheet_with_lines_above_and_blank_rows() -> None:
    """The header is looked for, blank rows are no rows, and lines are those of the sheet."""
    sheet = [["Exported"], [], *qx_rows(PAIR), [], *qx_rows("B01 S2 MUT 0 0 9000")[1:]]
    rows = read(workbook({"Notes": [["x"]], "Data": sheet}))
    assert measured(rows, "sample_id", "source_line") == [("S1", 4), ("S2", 7)]
    assert rows.rows_read == 3


@pytest.mark.parametrize("micro", ["µ", "μ", "\ufffd"])
def test_the_older_quantasoft_ap(micro: str) -> None:
    """It has one column `Sample`; its droplets were not measured, so no volume is claimed."""
    rows = [
        [c.replace("Sample description 1", "Sample").replace("µ", micro) for c in r]
        for r in qx_rows(PAIR)
    ]
    kept = [[*r[:2], *r[5:]] for r in rows]
    assert measured(read(table(kept)), "sample_id", "partition_volume_nl") == [("S1", None)]
