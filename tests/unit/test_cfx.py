"""Bio-Rad CFX exports of Cq values, as look-alikes (`formats.md` §5)."""

import pytest

from tests.unit.plates import grid, measured, read_plate, refusal, run_of, said
from transforms.ingest import ReadFile, parse_files
from transforms.readers.rows import AssayNames

CFX_HEADER = ",Well,Fluor,Target,Content,Sample,Biological Set Name,Cq,Cq Mean,Starting Quantity (SQ),Log Starting Quantity,Well Note"  # fmt: skip
CFX_WELLS = """
- A01 FAM BCR Unkn-1 S1 - 31.1234567890123 0.00 1.250E+01
- A02 FAM BCR Unkn-1 S1 - N/A 0.00 N/A
- A03 HEX ABL Unkn-1 S1 - 24.2 0.00 3.010E+04
- A04 HEX ABL miR-101 S1 - NaN 0.00 NaN
- B01 FAM BCR Std-1 - - 33.3 0.00 1.000E+01
- B02 FAM BCR Std-2 - - 30.0 0.00 1.000E+02
- B03 FAM BCR Std-3 - - 26.7 0.00 1.000E+03
- B04 FAM BCR Std-4 - - N/A 0.00 1.000E+00
- C01 FAM BCR Neg~Ctrl - - N/A 0.00 N/A
- C02 FAM BCR NTC-2 - - 37.9 0.00 N/A
- C03 FAM BCR NRT - - N/A 0.00 N/A
- C04 FAM BCR Pos~Ctrl - - 28.1 0.00 N/A
- C05 FAM BCR Unkn - - N/A 0.00 N/A
"""


def cfx(drawn: str = CFX_WELLS, separator: str = ",", header: str = CFX_HEADER) -> str:
    rows = [separator.join(row) for row in grid(drawn, 12)]
    return "\n".join([header.replace(",", separator), *rows]) + "\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_cfx(separator: str) -> None:
    """`N/A` and `NaN` are not detected; what users write into Content is a sample."""
    rows = read_plate(cfx(separator=separator).replace("\n", "\r\n"))
    assert measured(rows) == [
        ("S1", "A01", "1.250E+01", "31.1234567890123", "3.010E+04", "24.2"),
        ("S1", "A02", "0", "Undetermined", None, "Undetermined"),
    ]
    assert said(rows) == {
        "IGNORED_STANDARD": "4",
        "IGNORED_CONTROL": "4",
        "IGNORED_OMITTED": "1",
        "CONTROL_FAILED": "37.9",
    }
    run = run_of(rows)
    assert (run["target_slope"], run["control_slope"], run["is_ntc_clean"]) == (
        "-3.3",
        None,
        "false",
    )
    assert "is_valid" not in run


def test_cfx_run_is_its_layout() -> None:
    """The plate exported again with another threshold is the same run, another plate another one."""
    once, again = read_plate(cfx()), read_plate(cfx().replace("31.1234567890123", "31.5"))
    other = read_plate(cfx().replace(",S1,", ",S2,"))
    ids = [run_of(rows)["run_id"] for rows in (once, again, other)]
    assert ids[0] == ids[1] != ids[2]


def test_cfx_dye_is_the_target_where_none_is_named() -> None:
    """Two dyes in one well are told apart by the dye."""
    text = cfx("- A01 FAM - Unkn S1 - 31.1\n- A01 HEX - Unkn S1 - 24.2")
    assert measured(read_plate(text, AssayNames("lab1", "FAM", "HEX"))) == [
        ("S1", "A01", None, "31.1", None, "24.2")
    ]


def test_cfx_that_says_nothing_of_its_run() -> None:
    """Without standards and blanks there is nothing to say of the run, and nobody is told to fill it in."""
    rows = read_plate(cfx("- A01 FAM BCR Unkn S1 - 31.1\n- A01 HEX ABL Unkn S1 - 24.2"))
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert (parsed.findings.height, parsed.tables["runs"].height) == (0, 0)


def test_cfx_signal_without_a_name() -> None:
    """A well with a signal is not empty: without a sample it is refused, not left out."""
    rows = read_plate(cfx("- A01 FAM BCR Unkn - - 31.1"))
    assert (rows.rows_ignored, measured(rows)) == (0, [(None, "A01", None, "31.1", None, None)])


def test_cfx_positive_control_without_signal() -> None:
    """A positive control that fails takes the run with it."""
    rows = read_plate(cfx(CFX_WELLS.replace("28.1", "N/A")))
    assert said(rows)["POSITIVE_CONTROL_FAILED"] == "Undetermined"
    assert run_of(rows)["is_valid"] == "false"


def test_cfx_without_a_column() -> None:
    """The header decides: without Sample it is refused, without Cq it is another file."""
    assert refusal(cfx(header=CFX_HEADER.replace("Sample", "Other"))).value == "sample"
    assert refusal(cfx(header=CFX_HEADER.replace("Cq,", "X,"))).code == "FILE_NOT_RECOGNISED"


def test_cfx_name_over_two_lines() -> None:
    """A finding is one line, whatever a quoted cell holds."""
    rows = read_plate(
        cfx("- A01 FAM BCR Unkn NTC - N/A\n- A02 FAM BCR Unkn S1 - 31.1").replace("NTC", '"NTC\n1"')
    )
    messages = rows.findings["message"].to_list()
    assert any(r"NTC\n1" in m for m in messages) and not any("\n" in m for m in messages)
