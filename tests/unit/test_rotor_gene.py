"""Rotor-Gene exports, text and workbook, as look-alikes (`formats.md` §5)."""

import pytest

from tests.unit.plates import measured, read_plate, refusal, run_of, said
from tests.unit.workbooks import Error, workbook
from transforms.ingest import ReadFile, parse_files
from transforms.readers.rows import TextRows

HEADER = "No.;Color;Name;Type;Ct;Ct Comment;Given Conc (Copies);Calc Conc (Copies);% Var;Rep. Ct"
TARGET = """1;Red;S1;Unknown;31.1;;;12.5;;31.2
2;Red;S1;Unknown;31.4;;;10.5;;
3;Red;S2;Unknown;;;;;;
4;Red;std;Standard;33.3;;10;9.8;1 %;
5;Red;std;Standard;30.0;;100;99;1 %;
6;Red;std;Standard;26.7;;1000;1001;1 %;
@qpcr:normaliser;ABL
7;Red;H2O;NTC;;NEG (NTC);;;;
8;Red;PC;Positive Control;28.0;;;110;;
9;Red;;None;;;;;;
10;Red;blind;Calibrator;29.0;;;50;;"""
CONTROL = "1;Red;S1;Unknown;24.2;;;30100.5;;\n3;Red;S2;Unknown;24.3;;;29000;;"
KEYS = (
    "Excel Analysed Data Export", "File;C:\\Users\\somebody\\plate 7.rex", "Date;{date}",
    "Time;10:00:00", "Operator;somebody", "Run Id;R-7", "Machine Serial No;1",
)  # fmt: skip


def text(date: str = "2024-05-16", header: str = HEADER) -> str:
    """Write an export of two channels."""
    blocks = [
        *KEYS,
        "",
        "Quantitative analysis of Cycling A.Green (BCR)",
        "",
        header,
        *TARGET.split("\n"),
    ]
    blocks += ["", "Quantitative analysis of Cycling A.Yellow (ABL)", header, *CONTROL.split("\n")]
    blocks += ["", "Melt analysis of Melt A.Green", "No.;Name;Peak", "1;S1;80.1"]
    return "\n".join(blocks).replace("{date}", date) + "\n"


def as_workbook(written: str) -> bytes:
    """Write the text's cells as a sheet."""
    rows = [[c or None for c in line.split(";")] for line in written.split("\n")]
    return workbook(
        {"Sheet1": [[float(c) if c and c.isdigit() else c for c in row] for row in rows]}
    )


@pytest.mark.parametrize("form", ["text", "bom", "comma", "quoted", "workbook"])
def test_stacked_tables_are_the_targets(form: str) -> None:
    """The title of a table names its target; the rotor position pairs target and control."""
    written = text()
    data = {
        "text": written.encode(),
        "bom": b"\xef\xbb\xbf" + written.encode(),
        "comma": written.replace(";", ",").encode(),
        "quoted": "\n".join(
            ";".join(f'"{c}"' for c in x.split(";")) for x in written.split("\n")
        ).encode(),
        "workbook": as_workbook(written),
    }[form]
    rows = read_plate(data)
    assert measured(rows) == [
        ("S1", "1", "12.5", "31.1", "30100.5", "24.2"),
        ("S1", "2", "10.5", "31.4", None, None),
        ("S2", "3", "0", "Undetermined", "29000", "24.3"),
    ]
    assert (rows.rows_read, rows.rows_ignored) == (12, 7)
    assert said(rows) == {
        "IGNORED_STANDARD": "3",
        "IGNORED_CONTROL": "3",
        "IGNORED_OMITTED": "1",
    } | ({"RUN_DATE_UNREADABLE": "2024-05-16"} if form == "workbook" else {})
    run = run_of(rows)
    assert (run["run_id"], run["target_slope"]) == ("plate 7.rex R-7", "-3.3")
    assert run["is_ntc_clean"] == "true"
    assert "somebody" not in str((rows.findings.rows(), measured(rows), run))


def test_date_after_the_settings_of_a_computer() -> None:
    """`23/02/16` can be read in three ways."""
    rows = read_plate(text("23/02/16"))
    assert said(rows)["RUN_DATE_UNREADABLE"] == "23/02/16"
    assert run_of(rows)["performed_on"] is None
    assert run_of(read_plate(text()))["performed_on"] == "2024-05-16"


def why(rows: TextRows) -> list[tuple[str, str]]:
    """Return code and message of each row that parsing rejects."""
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    return list(parsed.findings.filter(severity="REJECTED").select("code", "message").rows())


@pytest.mark.parametrize("printed", ["12.5", "0.4"])
def test_copies_without_a_cq_are_no_count_of_0(printed: str) -> None:
    """A well with a concentration and no Ct says two things: the row is rejected with both, never negative."""
    own = "1;Red;S1;Unknown;31.1;;;12.5"
    rows = read_plate(text().replace(own, f"1;Red;S1;Unknown;;;;{printed}"))
    assert measured(rows)[0] == ("S1", "1", printed, "Undetermined", "30100.5", "24.2")
    ((code, message),) = why(rows)
    assert code == "CALL_CONTRADICTS_VALUE"
    assert f"target_copies {printed} and target_cq Undetermined" in message


def test_control_copies_without_a_cq() -> None:
    """The same of the control gene."""
    rows = read_plate(text().replace("S1;Unknown;24.2;;;30100.5", "S1;Unknown;;;;30100.5"))
    ((code, message),) = why(rows)
    assert code == "CALL_CONTRADICTS_VALUE"
    assert "control_copies 30100.5 and control_cq Undetermined" in message


@pytest.mark.parametrize("printed", ["", "0", "0.00"])
def test_a_well_without_a_cq_and_without_copies_is_a_count_of_0(printed: str) -> None:
    rows = read_plate(text().replace("3;Red;S2;Unknown;;;;;;", f"3;Red;S2;Unknown;;;;{printed};;"))
    assert measured(rows)[2] == ("S2", "3", "0", "Undetermined", "29000", "24.3")
    assert why(rows) == []


def test_a_blank_with_copies_and_no_cq_proves_nothing() -> None:
    rows = read_plate(text().replace("7;Red;H2O;NTC;;NEG (NTC);;;;", "7;Red;H2O;NTC;;;;12.5;;"))
    assert run_of(rows)["is_ntc_clean"] is None


@pytest.mark.parametrize("calculated", ["12.5", ""])
def test_a_cq_that_is_an_error_of_the_sheet(calculated: str) -> None:
    """`#DIV/0!` is no Ct, and no empty one either: the row is rejected with it."""
    lines = text().replace("S1;Unknown;31.1;;;12.5", f"S1;Unknown;#DIV/0!;;;{calculated}")
    cells = [[c or None for c in line.split(";")] for line in lines.split("\n")]
    rows = read_plate(
        workbook({"S": [[Error(c) if c == "#DIV/0!" else c for c in row] for row in cells]})
    )
    ((code, message),) = why(rows)
    assert code == "NOT_A_NUMBER"
    assert "#DIV/0!" in message


def test_copies_typed_into_a_sheet_of_numbers() -> None:
    """`1,234` may be 1234 or 1.234 copies: the file is refused, as nothing of it says which."""
    sheet = [[c or None for c in line.split(";")] for line in text().split("\n")]
    cells = [[float(c) if c and c.replace(".", "").isdigit() else c for c in row] for row in sheet]
    typed = [["1,234" if c == 12.5 else c for c in row] for row in cells]
    refused = refusal(workbook({"S": typed}))
    assert (refused.code, refused.value) == ("SEPARATORS_NOT_DECIDED", "1,234")


def test_a_blank_that_is_an_error_of_the_sheet_proves_nothing() -> None:
    """It gave no signal and is not known to have given none."""
    lines = text().replace("7;Red;H2O;NTC;;NEG (NTC)", "7;Red;H2O;NTC;#N/A;NEG (NTC)")
    cells = [[c or None for c in line.split(";")] for line in lines.split("\n")]
    rows = read_plate(
        workbook({"S": [[Error(c) if c == "#N/A" else c for c in row] for row in cells]})
    )
    assert run_of(rows)["is_ntc_clean"] is None
    assert "CONTROL_FAILED" not in said(rows)


@pytest.mark.parametrize("unit", ["copies/reaction", "copies/ul", "Copies"])
def test_units_that_are_copies(unit: str) -> None:
    """The unit stands in the header."""
    rows = read_plate(text(header=HEADER.replace("Copies", unit)))
    assert measured(rows, "target_copies")[0] == ("12.5",)


@pytest.mark.parametrize("unit", ["ng/ul", "IU/ml", "%"])
def test_units_that_are_not_copies(unit: str) -> None:
    """Another unit cannot be counted, so the file is refused."""
    why = refusal(text(header=HEADER.replace("Copies", unit)))
    assert (why.code, why.value) == ("QUANTITY_NOT_IN_COPIES", unit.lower())


def test_channel_without_a_name() -> None:
    """Where the title names no target, the channel is it."""
    rows = read_plate(text().replace(" (BCR)", ""), None)
    assert said(rows)["ASSAY_NOT_KNOWN_FOR_FILE"] == "ABL, Cycling A.Green"


def test_exports_without_a_table() -> None:
    """Keys alone, melting curves alone, or a table without its columns are refused."""
    assert refusal("\n".join(KEYS)).code == "NO_RESULTS_SECTION"
    melt = "\n".join((*KEYS, "Melt analysis of Melt A.Green", "No.;Name;Peak", "1;S1;80.1"))
    assert refusal(melt).code == "NO_RESULTS_SECTION"
    assert refusal(text(header=HEADER.replace("Type", "Other"))).value == "type"


def test_tables_that_count_in_two_units() -> None:
    """A target per reaction over a control per µL would be wrong by the volume: the file is refused."""
    per_ul = HEADER.replace("(Copies)", "(copies/ul)")
    both = text(header=per_ul)
    assert measured(read_plate(both)) == measured(read_plate(text()))
    mixed = text()
    at = mixed.rindex(HEADER)
    why = refusal(mixed[:at] + per_ul + mixed[at + len(HEADER) :])
    assert (why.code, why.value) == ("QUANTITY_NOT_IN_COPIES", "Given Conc (copies/ul)")
