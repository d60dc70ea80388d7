"""Files of digital PCR of QIAGEN and Applied Biosystems, exports that are no results, and damaged files."""

import pytest

from tests.unit.digital_pcr import (
    AQ_1,
    AQ_3,
    COUNTS,
    PAIR,
    QIACUITY_3,
    QUANTASOFT,
    QX,
    aq_1,
    aq_2,
    aq_3,
    measured,
    qiacuity,
    quantasoft,
    qx_rows,
    read,
    refusal,
    table,
)
from tests.unit.reading import codes
from transforms.readers.rows import AssayNames


def test_qiacuity_3() -> None:
    """The plate is filled down; volumes follow from wells and concentrations, zeros too; NTC typed Sample."""
    # 8500 partitions of a well of 2.55 µL: 0.3 nL each; −ln(1 − 4000/8000)/0.3 nL = 2.3104906 million per mL
    rows = read(qiacuity("""
        A1 S1 Sample MUT 2310490.6 8000 4000 2.55
        A2 S1 Sample MUT 0.000 8200 0 2.55
        A3 NTC_1 Sample MUT 406.5 8200 1 2.55
        A4 pos Control MUT 3660.5 8200 9 2.55
        A5 x Non_Template_Control MUT 0 8200 0 2.55
    """), AssayNames("lab1", "MUT", None))  # fmt: skip
    assert measured(rows)[1] == ("S1", "A2", "0", None, "8200", None, 1)
    volumes = [float(v) for (v,) in measured(rows, "partition_volume_nl")]
    assert volumes == pytest.approx([0.3, 0.3], rel=1e-3)
    assert measured(rows, "run_id", "source_line") == [("id-1", 3), ("id-1", 4)]
    assert (5, "CONTROL_FAILED") in codes(rows.findings)
    assert rows.rows_ignored == 3


@pytest.mark.parametrize("first", ["sep=,,,,,", "sep=,"])
def test_qiacuity_1_and_2(first: str) -> None:
    """The well's column has no name, `CI (95%)` stands twice; without a volume none is claimed."""
    header = (
        ",Sample/NTC/Control,Reaction Mix,Target,IC,Conc. [copies/\ufffdL],CI (95%),Mean,CI (95%),"
    )
    header += "Partitions (valid),Partitions (positive),Partitions (negative)"
    rows = (
        "A1,S1,mix,MUT,-,0.000,-,8,62%,25000,0,25000\nA1,S1,mix,WT,-,6.1,-,8,62%,25000,700,24300\n"
    )
    got = read(f"{first}\n{header}\n{rows}")
    assert measured(got, *COUNTS, "partition_volume_nl") == [
        ("S1", "A1", "0", "700", "25000", None, 2, None)
    ]


def test_absolute_q_1() -> None:
    """Averages, pools and heads of groups are no wells; totals may differ by dye; dates need one reading."""
    wells = """
        2024-05-19 - Average 20001.5 VIC MUT 460
        2024-05-19 - Pooled 40003 VIC MUT 920
        2024-05-19 - - - VIC MUT -
        2024-05-19 L1 A1 20413 VIC MUT 0
        2024-05-19 L1 B1 20413 VIC MUT 4
        2024-05-19 L1 A1 20408 FAM WT 460
        2024-05-19 L1 B1 10408 FAM WT 460
    """
    rows = read(aq_1(wells))
    assert measured(rows)[0] == ("L1", "A1", "0", "460", "20413", None, 2)
    # a control of half the partitions is not counted as if it were of all
    assert measured(rows)[1][2:5] == ("4", None, "20413")
    assert float(measured(rows, "control_copies")[1][0]) == pytest.approx(470.47, abs=0.01)
    assert measured(rows, "run_id", "partition_volume_nl")[0] == ("R1 PL9", "0.432")
    assert rows.inline["runs"].item(0, "performed_on") == "2024-05-19"
    assert rows.rows_ignored == 3
    american = read(aq_1(wells.replace("2024-05-19", "5/9/2024")))
    assert "RUN_DATE_UNREADABLE" in [c for _, c in codes(american.findings)]
    assert "runs" not in american.inline


@pytest.mark.parametrize("dyes", [",,,,,,FAM,,,VIC", ",,,,,,FAM,,,VIC,,,,,,,,"])
def test_absolute_q_2(dyes: str) -> None:
    """One row is target and control; QC that is not passed is invalid; a dye names a target without a name."""
    wells = "Group Average - 20001 MUT 3 WT 900\nS1 A1 PASS 20000 MUT 5 WT 800\nS1 A2 FAIL 20000 MUT 0 WT 9"
    rows = read(aq_2(wells, dyes))
    assert measured(rows) == [
        ("S1", "A1", "5", "800", "20000", None, 1),
        ("S1", "A2", "0", "9", "20000", "INVALID", 1),
    ]
    assert (rows.rows_read, rows.rows_ignored) == (3, 1)
    by_dye = read(aq_2("S1 A1 PASS 20000 - 5 - 800", dyes), AssayNames("lab1", "VIC", "FAM"))
    assert measured(by_dye)[0][2:4] == ("800", "5")
    control_only = read(aq_2("S1 A1 PASS 20000 MUT 5 X 8\nS2 A2 PASS 20000 Y 5 X 8", dyes))
    assert codes(control_only.findings) == [(None, "IGNORED_OTHER_TARGET")]


@pytest.mark.parametrize("said", ["", "-"])
def test_zero_positives_without_a_concentration(said: str) -> None:
    """No positives beside no concentration are a well without a threshold, not a zero."""
    data = qiacuity(
        "A1 S1 Sample MUT - 8000 0 -\nA1 S1 Sample WT - 8000 900 -\nA2 S2 Sample MUT - 8000 0 -"
    )
    rows = read(data.replace('"0.1"', f'"{said}"', 1))
    assert [m[2:6] for m in measured(rows)] == [
        (None, None, None, "INVALID"),
        ("0", None, "8000", None),
    ]
    of_wells = "2024-05-24 S1 A1 20000 FAM MUT 0\n2024-05-24 S2 A2 20000 FAM MUT 0"
    rows = read(aq_1(of_wells).replace(",1.1,", f",{said},", 1))
    assert [m[5] for m in measured(rows)] == ["INVALID", None]
    assert (2, "WELL_NOT_PASSED") in codes(rows.findings)


def test_absolute_q_3() -> None:
    """A dye's positives are the sum of all combinations with it; a sample given twice was in two wells."""
    counts = {"": 900, "FAM": 40, "VIC": 50, "FAM VIC": 10, "ABY": 0, "FAM ABY": 0}
    fam = AssayNames("lab1", "FAM", "VIC")
    rows = read(
        aq_3(("S1", counts), ("NTC", {"": 999, "FAM": 1}), ("S1", {"": 7, "VIC": 3, "FAM": 0})), fam
    )
    assert measured(rows) == [
        ("S1", "1", "50", "60", "1000", None, 6),
        ("S1", "2", "0", "3", "10", None, 3),
    ]
    assert (rows.rows_read, rows.rows_ignored) == (11, 2)
    assert (8, "CONTROL_FAILED") in codes(rows.findings)
    zero = read(aq_3(("S1", counts)), AssayNames("lab1", "ABY", "VIC"))
    assert measured(zero) == [("S1", "1", "0", "60", "1000", None, 6)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("Target value of 0 = negative\nTarget value of 1 = positive\n\nWell,Target 1,Count\nA01,0,9\n", "Data Table"),
        ("Run,Date,Instrument,Plate,Well ID,Sample,Index,Reject,FAM\nR,2024-01-01,1,P,A1,S,1,False,3\n", "summary"),
        (quantasoft(PAIR).replace("AcceptedDroplets", "Other"), "all its columns"),
        (table([[c.replace("Positives", "x") for c in r] for r in qx_rows(PAIR)]), "Data Table"),
        (table([[*r[:1], "", *r[1:2], *r[3:]] for r in qx_rows(PAIR)]).replace("Well,,Sample description 1",
            "Well,Sample description 1,Sample description 2"), "Sample description 1"),
        (qiacuity("A1 S1 Sample MUT 9 8000 3 2.8").replace("Partitions (Positive)", "x"), "QIAcuity"),
        (aq_2("S1 A1 PASS 20000 MUT 5 WT 800").replace("Positives,Threshold", "x,y"), "summary"),
        (aq_3(("S1", {"": 5, "FAM": 6})).replace(",6,", ",4,"), "all combinations"),
        (aq_3(("S1", {"": 5, "FAM": 6, "VIC": 2, "FAM+VIC": 3})), "blank between"),
    ],
)  # fmt: skip
def test_exports_that_are_no_results(data: str, words: str) -> None:
    """A sibling export, or one without what is needed, is refused with what to export."""
    why = refusal(data)
    assert why.code == "NO_RESULTS_SECTION"
    assert words in str(why)


@pytest.mark.parametrize("header", [QUANTASOFT, ",".join(QX), "sep=,\n" + QIACUITY_3, AQ_1, AQ_3])
def test_header_alone(header: str) -> None:
    """A table without rows is refused."""
    assert refusal(header + "\n").code == "FILE_EMPTY"
