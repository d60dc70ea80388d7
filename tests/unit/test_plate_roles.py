"""What a well is for: a word that is not known never loses a patient's well, and a blank must prove itself."""

import pytest

from tests.unit.plates import measured, read_plate, run_of, said
from tests.unit.test_plates_xlsx import WELLS, cells, quantstudio
from tests.unit.test_quantstudio import PAIR, export, line_of
from tests.unit.test_rdml import rdml
from tests.unit.test_rotor_gene import text as rotor
from transforms.readers.content import HEAD_CHARS

ONE = "A1 S1 BCR UNKNOWN 31.1 12.5\nA2 S1 ABL UNKNOWN 24.2 30100.5\n"


@pytest.mark.parametrize("task", ["Patient", "-", "Sample_x"])
def test_a_task_that_is_not_known_is_refused_with_its_word(task: str) -> None:
    """The well may be a patient's: it is neither used nor ignored without a word."""
    text = export(ONE + f"A3 S2 BCR {task} 33.1 3.5")
    rows = read_plate(text)
    assert (rows.rows_read, rows.rows_rejected, rows.rows_ignored) == (3, 1, 0)
    (found,) = rows.findings.to_dicts()
    word = None if task == "-" else task.replace("_", " ")
    assert (found["code"], found["value"]) == ("UNKNOWN_VALUE", word)
    assert found["source_line"] == line_of(text, "3\tA3")
    assert f"Task '{word or ''}' is not known" in found["message"]


def test_the_other_plates_say_so_too() -> None:
    """A workbook, a Rotor-Gene export and RDML have words of their own."""
    book = read_plate(quantstudio(cells(WELLS.replace("S2 ABL UNKNOWN", "S2 ABL Calibration"), 12)))
    typed = read_plate(rotor().replace("3;Red;S2;Unknown;;;;;;", "3;Red;S2;;;;;;;"))
    mixed = "".join(
        f'<sample id="S{n}"><type>{k}</type></sample>' for n, k in ((1, "unkn"), (2, "x"))
    )
    reactions = rdml("A1 S1 BCR 31.1", "A2 S2 BCR 33.1", samples=mixed)
    for rows in (book, typed, read_plate(reactions)):
        assert (rows.rows_rejected, "UNKNOWN_VALUE" in said(rows)) == (1, True)


def test_wells_that_hold_nothing_are_no_riddle() -> None:
    """A position without sample or signal is empty, a known control is one, another target is another's."""
    drawn = ONE + "B1 - BCR - -\nB2 S3 - - -\nB3 S3 BCR BlockedIPC 33\nB4 S3 GUSB Odd 31.0"
    rows = read_plate(export(drawn))
    assert (rows.rows_rejected, rows.rows_ignored) == (0, 4)
    assert said(rows) == {
        "IGNORED_CONTROL": "1",
        "IGNORED_OMITTED": "2",
        "IGNORED_OTHER_TARGET": "1",
    }


def test_an_odd_well_waits_with_the_others() -> None:
    """Until the assay is known nobody can say whose target it is."""
    assert read_plate(export(ONE + "A3 S2 BCR Patient 33.1"), None).rows_waiting == 3


@pytest.mark.parametrize(
    ("blanks", "is_clean"),
    [
        ("B1 - BCR NTC Undetermined", "true"),
        ("B1 - BCR NTC -", None),
        ("B1 - BCR NTC Undetermined\nB2 - BCR NTC -", None),
        ("B1 - BCR NTC -\nB2 - BCR NTC 37.0", "false"),
        ("!B1 - BCR NTC 37.0", None),
        ("!B1 - BCR NTC 37.0\nB2 - BCR NTC Undetermined", "true"),
    ],
)
def test_a_blank_must_have_been_read_to_be_clean(blanks: str, is_clean: str | None) -> None:
    """An empty Cq proves nothing; a blank that the operator left out neither proves nor fails a run."""
    rows = read_plate(export(ONE + blanks))
    assert run_of(rows)["is_ntc_clean"] == is_clean
    assert ("CONTROL_FAILED" in said(rows)) == (is_clean == "false")


def test_results_beyond_the_head() -> None:
    """Raw data before the results may be longer than what formats are told by."""
    raw = (
        "[Raw Data]",
        "\n".join(f"{n}\t{'0.123456789' * 9}" for n in range(HEAD_CHARS // 90)),
        "",
    )
    assert len(measured(read_plate(export(PAIR, before=raw)))) == 1


@pytest.mark.parametrize("blank", ["", "\u00a0", "\t\u00a0\t", " \t "])
def test_wells_below_an_emptied_line_are_wells(blank: str) -> None:
    """A line of blanks of any kind, also no-break spaces, does not end the table; the footer is no well."""
    text = export(PAIR, below=("", "Analysis Type = Standard Curve", "Endogenous Control = ABL"))
    lines = text.split("\n")
    at = lines.index("[Results]") + 3
    rows = read_plate("\n".join([*lines[:at], blank, *lines[at:]]))
    assert (rows.rows_read, rows.rows_ignored) == (2, 0)
    assert measured(rows) == measured(read_plate(text))


def test_control_names_may_end_with_a_point() -> None:
    """`NTC.` is the control `NTC`; `neg.` is nobody's control unless the site says so, and waits for its sample."""
    rows = read_plate(
        export(ONE + "B1 NTC. BCR UNKNOWN Undetermined\nB2 neg. BCR UNKNOWN Undetermined")
    )
    assert said(rows)["CONTROL_BY_NAME"] == "NTC."
    assert [r[0] for r in measured(rows)] == ["S1", "neg."]
