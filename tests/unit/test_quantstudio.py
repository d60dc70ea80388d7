"""QuantStudio text exports, as look-alikes: every well is a measurement's, ignored or refused."""

from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plates import run_of
from tests.unit.reading import codes, read_text
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers.content import Content
from transforms.readers.quantstudio import recognise
from transforms.readers.rows import AssayNames, TextRows

ASSAY = AssayNames("lab1", "BCR", "ABL")
COLUMNS = ("Well", "Well Position", "Omit", "Sample Name", "Target Name", "Task", "CT", "Quantity",
    "Y-Intercept", "R(superscript 2)", "Slope", "Comments")  # fmt: skip
PREAMBLE = (
    "* Block Type = 96-Well Block (0.2mL)",
    "* Experiment Name = PLATE 7",
    "* Experiment Run End Time = 2024-05-16 15:20:44 PM CEST",
)
CURVES = {"BCR": ("39.874", "0.998", "-3.412"), "ABL": ("38.951", "0.999", "-3.367")}
SETUP = ("[Sample Setup]", "Well\tSample Name", "1\tS1", "")


def wells(drawn: str, *, has_curve: bool = True) -> list[str]:
    """Turn lines `A1 sample target task ct quantity` (`-` empty, `!A1` omitted) into result rows."""
    rows = []
    for n, line in enumerate(drawn.strip().split("\n"), start=1):
        cells = ["" if c == "-" else c.replace("_", " ") for c in line.split()]
        well, sample, target, task, ct, quantity = cells + [""] * (6 - len(cells))
        curve = CURVES.get(target, ("", "", "")) if has_curve else ("", "", "")
        omit = "true" if well.startswith("!") else "false"
        row = (str(n), well.lstrip("!"), omit, sample, target, task, ct, quantity, *curve, "")
        rows.append("\t".join(row))
    return rows


def export(
    drawn: str,
    *,
    has_curve: bool = True,
    columns: tuple[str, ...] = COLUMNS,
    preamble: tuple[str, ...] = PREAMBLE,
    before: tuple[str, ...] = SETUP,
    below: tuple[str, ...] = (),
) -> str:
    """Write a whole export around the wells."""
    results = ["[Results]", "\t".join(columns), *wells(drawn, has_curve=has_curve)]
    return "\n".join([*preamble, "", *before, *results, *below]) + "\n"


def line_of(text: str, start: str) -> int:
    """Return the number of the first line that starts so."""
    return next(n for n, t in enumerate(text.split("\n"), 1) if t.startswith(start))


def read(text: str, assay: AssayNames | None = ASSAY) -> TextRows:
    """Read an export; each of its wells must be counted exactly once."""
    rows = read_text(text, assay)
    used = sum(t["source_rows"].sum() for t in rows.tables.values())
    assert rows.rows_read == used + rows.rows_ignored + rows.rows_rejected or assay is None
    return rows


def measured(rows: TextRows, *columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of the measurements, in the order of their lines."""
    return rows.tables["pcr_measurements"].select(columns).rows()


VALUES = ("sample_id", "replicate", "target_copies", "target_cq", "control_copies", "control_cq")
PAIR = "A1 S1 BCR UNKNOWN 31.1 12.5\nA2 S1 ABL UNKNOWN 24.2 30100.5"


def refusal(text: str) -> FileRefusedError:
    """Return why an export is refused."""
    with pytest.raises(FileRefusedError) as caught:
        read_text(text, ASSAY)
    return caught.value


def test_both_targets_in_one_well_are_one_replicate() -> None:
    """A duplex well is one measurement that stands for two rows, whatever their order."""
    rows = read(
        export("""
        A1 S1 BCR UNKNOWN 31.1 12.5
        A1 S1 ABL UNKNOWN 24.2 30100.5
        A2 S1 ABL UNKNOWN 24.3 29000
        A2 S1 BCR UNKNOWN 31.4 10.5
        """)
    )
    assert measured(rows, *VALUES) == [
        ("S1", "A1", "12.5", "31.1", "30100.5", "24.2"),
        ("S1", "A2", "10.5", "31.4", "29000", "24.3"),
    ]
    first = line_of(export("x"), "[Results]") + 2
    assert measured(rows, "source_line", "source_rows") == [(first, 2), (first + 2, 2)]
    assert rows.findings.is_empty()


def test_separate_wells_are_carried_in_file_order() -> None:
    """Wells apart share a row only to be carried; the longer side stays alone at its end."""
    rows = read(
        export("""
        A1 S1 BCR UNKNOWN 31.1 12
        A2 S2 BCR UNKNOWN 30.0 25
        A3 S1 BCR UNKNOWN 31.2 11
        B1 S1 ABL UNKNOWN 24.1 30000
        B2 S2 ABL UNKNOWN 24.2 31000
        B3 S2 ABL ENDOGENOUS 24.3 32000
        """)
    )
    assert measured(rows, *VALUES, "source_rows") == [
        ("S1", "A1", "12", "31.1", "30000", "24.1", 2),
        ("S2", "A2", "25", "30.0", "31000", "24.2", 2),
        ("S1", "A3", "11", "31.2", None, None, 1),
        ("S2", "B3", None, None, "32000", "24.3", 1),
    ]


def test_target_without_control() -> None:
    """An assay without a control gene takes the target wells; the others are another target's."""
    rows = read(export(PAIR), AssayNames("lab1", "BCR", None))
    assert measured(rows, *VALUES) == [("S1", "A1", "12.5", "31.1", None, None)]
    assert codes(rows.findings) == [(None, "IGNORED_OTHER_TARGET")]


def test_wells_that_are_no_results() -> None:
    """Standards, controls, omitted and empty wells and other targets are counted, each by name."""
    rows = read(
        export(f"""
        {PAIR}
        !A3 S1 BCR UNKNOWN 33.3 2
        A4 - BCR UNKNOWN - -
        B1 - BCR STANDARD 24.9 100,000.000
        B2 - ABL STANDARD 25.1 10,000.000
        C1 - BCR NTC Undetermined
        C2 S1 BCR IPC 28.1
        C3 S1 BCR BlockedIPC Undetermined
        D1 S1 GUSB UNKNOWN 26.1 9000
        !D2 - BCR NTC 38.2
        """)
    )
    said = dict(rows.findings.select("code", "value").rows())
    assert {c: said.get(c) for c in said if c.startswith("IGNORED")} == {
        "IGNORED_STANDARD": "2",
        "IGNORED_CONTROL": "3",
        "IGNORED_OMITTED": "3",
        "IGNORED_OTHER_TARGET": "1",
    }
    assert (rows.rows_read, rows.rows_ignored) == (11, 9)
    assert measured(rows, "replicate") == [("A1",)]


@pytest.mark.parametrize("name", ["NTC", "ntc", "NTC_1", "NTC-12", "h2o", "Water 3", "NRT2"])
def test_control_told_by_its_name(name: str) -> None:
    """A control that the role column calls a sample is known by its name, and that is said."""
    text = export(PAIR + "\nA3 CTRL BCR UNKNOWN Undetermined").replace("CTRL", name)
    rows = read(text)
    assert codes(rows.findings) == [(None, "CONTROL_BY_NAME"), (None, "IGNORED_CONTROL")]
    assert rows.inline["runs"].item(0, "is_ntc_clean") == "true"


@pytest.mark.parametrize("name", ["NTCA", "Waterloo", "H2O2-x", "1NTC", "S-NTC"])
def test_sample_that_only_resembles_a_control(name: str) -> None:
    """A name that holds a control's name and more is a sample."""
    rows = read(export(PAIR + "\nA3 CTRL BCR UNKNOWN 30.1 5").replace("CTRL", name))
    assert (name, "A3", "5", "30.1", None, None) in measured(rows, *VALUES)


def test_undetermined_needs_a_standard_curve_to_be_none() -> None:
    """With a curve `Undetermined` is a count of none; without one copies stay unknown."""
    drawn = """
    A1 S1 BCR UNKNOWN Undetermined
    A2 S1 ABL UNKNOWN UNDETERMINED
    A3 S2 BCR UNKNOWN -
    """
    assert measured(read(export(drawn)), *VALUES) == [
        ("S1", "A1", "0", "Undetermined", "0", "Undetermined"),
        ("S2", "A3", None, None, None, None),
    ]
    assert measured(read(export(drawn, has_curve=False)), *VALUES) == [
        ("S1", "A1", None, "Undetermined", None, "Undetermined"),
        ("S2", "A3", None, None, None, None),
    ]


def test_numbers_and_words_become_typed() -> None:
    """Thousands separators are read, the call is kept, and an unread well is refused alone."""
    text = export("""
    A1 S1 BCR UNKNOWN 24.1 5,720.562
    A1 S1 ABL UNKNOWN 20.1 1,035,220.125
    A2 S1 BCR UNKNOWN Undetermined
    A2 S1 ABL UNKNOWN 24.2 812.500
    A3 S2 BCR UNKNOWN - -
    """)
    parsed = parse_files([ReadFile(0, "ab" * 32, read(text))])
    columns = ("target_copies", "control_copies", "target_cq", "is_target_undetermined")
    assert parsed.tables["pcr_measurements"].select(columns).rows() == [
        (5720.562, 1035220.125, 24.1, False),
        (0.0, 812.5, None, True),
    ]
    assert [code for _, code in codes(parsed.findings)] == ["NO_MEASUREMENT"]
    assert parsed.rejected["source_rows"].to_list() == [1]


@pytest.mark.parametrize("name", ["Cт", "CT", "Ct", "Cq"])
def test_spellings_of_the_ct_column(name: str) -> None:
    """Applied Biosystems writes Ct with a Cyrillic letter in some exports."""
    columns = tuple(name if c == "CT" else c for c in COLUMNS)
    assert measured(read(export(PAIR, columns=columns)), *VALUES) == [
        ("S1", "A1", "12.5", "31.1", "30100.5", "24.2")
    ]


def test_columns_may_stand_in_any_order_and_twice() -> None:
    """The header binds, not the position; of a name given twice the first counts."""
    text = export(PAIR)
    head, body = text.split("[Results]\n")
    grid = [line.split("\t") for line in body.strip("\n").split("\n")]
    turned = ["\t".join([*reversed(row), row[0]]) for row in grid]
    turned[0] = "\t".join([*reversed(COLUMNS), "Task"])
    rows = read(head + "[Results]\n" + "\n".join(turned) + "\n")
    assert measured(rows, *VALUES) == measured(read(text), *VALUES)


def test_row_may_stop_early() -> None:
    """Instruments leave out trailing empty cells."""
    text = export("A1 S1 BCR UNKNOWN 31.1").replace("\t39.874\t0.998\t-3.412\t", "")
    assert measured(read(text), *VALUES) == [("S1", "A1", None, "31.1", None, None)]


def test_row_may_not_go_on() -> None:
    """Cells beyond the header cannot be told apart, so the file is refused at that row."""
    text = export(PAIR).replace("12.5\t", "12\t5\t")
    why = refusal(text + "\n")
    assert (why.code, why.line) == ("NO_RESULTS_SECTION", line_of(text, "[Results]") + 2)


FOOTER = ("", "Analysis Type = Singleplex", "Endogenous Control = ABL", "Reference Sample = S1")
MELT = ("[Melt Curve Raw Data]", "Well\tReading", "1\t0.7")


@pytest.mark.parametrize(
    ("before", "below"),
    [
        ((), ()),
        (SETUP, FOOTER),
        (SETUP, MELT),
        (SETUP, ("", *MELT)),
        (SETUP[:-1], MELT),
        ((), ("", *SETUP)),
        (("[Amplification Data]", "Well\tCycle", "1\t1", *SETUP), ("\t\t\t", *MELT)),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_the_results_section_counts(
    before: tuple[str, ...], below: tuple[str, ...], end: str
) -> None:
    """Other sections, in any order, and the footer hold no results."""
    text = export(PAIR, before=before, below=below)
    rows = read(text.replace("\n", end))
    assert (rows.rows_read, rows.rows_ignored) == (2, 0)
    line = line_of(text, "[Results]") + 2
    assert measured(rows, "target_copies", "source_line") == [("12.5", line)]


def test_missing_section() -> None:
    """An export of the layout alone is recognised, and refused with what to export."""
    text = "\n".join((*PREAMBLE, "", *SETUP))
    assert recognise(Content(head=text))
    assert refusal(text).code == "NO_RESULTS_SECTION"


@pytest.mark.parametrize("text", [export("x").rsplit("\n", 2)[0] + "\n", export(PAIR, columns=())])
def test_section_without_wells(text: str) -> None:
    """A section without a header or without wells is refused."""
    assert refusal(text).code == "NO_RESULTS_SECTION"


@pytest.mark.parametrize("name", ["Sample Name", "Target Name", "Task", "CT"])
def test_missing_column(name: str) -> None:
    """A column that decides what a well is must be there; the refusal names it and its line."""
    text = export(PAIR, columns=tuple("Other" if c == name else c for c in COLUMNS))
    why = refusal(text)
    assert (why.code, why.value) == ("NO_RESULTS_SECTION", name.lower())
    assert why.line == line_of(text, "[Results]") + 1


@pytest.mark.parametrize(
    ("text", "is_export"),
    [
        (export(PAIR), True),
        ("[Results]\nWell\tCT\n", False),
        ("* Key = Value\n[Raw Data]\n", False),
        ("sample_id,assay_id\n* Key = Value\n[Results]\n", False),
        ("* a list\n* of words\n[Results]\n", False),
    ],
)
def test_recognised_by_its_first_line_and_a_section(text: str, is_export: bool) -> None:
    """The format is told by content: a key line first, and a section of its own."""
    assert recognise(Content(head=text)) is is_export


@pytest.mark.parametrize(
    ("wells_of_control", "line_after_pair"),
    [
        ("B1 - BCR NTC 35.94", 0),
        ("B1 - ABL NTC Undetermined\nB2 - ABL NTC 36.1", 1),
        ("B1 NTC_1 BCR UNKNOWN 38.02", 0),
        ("B1 - BCR NTC 35.94?", 0),
    ],
)
def test_no_template_control_with_signal(wells_of_control: str, line_after_pair: int) -> None:
    """Contamination is a finding at the well, and the run says that its control is not clean."""
    text = export(f"{PAIR}\n{wells_of_control}")
    rows = read(text)
    line = line_of(text, "[Results]") + 4 + line_after_pair
    assert (line, "CONTROL_FAILED") in codes(rows.findings)
    assert rows.inline["runs"].item(0, "is_ntc_clean") == "false"


def test_run_is_filled_from_the_plate() -> None:
    """Curves, date and controls of the plate become the row of its run."""
    assert run_of(read(export(PAIR + "\nB1 - BCR NTC Undetermined"))) == {
        "run_id": "PLATE 7 2024-05-16 15:20:44 PM CEST",
        "assay_id": "lab1",
        "performed_on": "2024-05-16",
        "target_slope": "-3.412",
        "target_intercept": "39.874",
        "target_r_squared": "0.998",
        "control_slope": "-3.367",
        "control_intercept": "38.951",
        "control_r_squared": "0.999",
        "is_ntc_clean": "true",
    }
    assert read(export(PAIR)).inline["runs"].item(0, "is_ntc_clean") is None


@pytest.mark.parametrize("ended", ["03-10-2024 10:00:00", "Not Started", "16.05.2024", ""])
def test_run_date_that_is_not_iso(ended: str) -> None:
    """A date that could be read in two ways is not read; the run stays, without a date."""
    rows = read(export(PAIR, preamble=(*PREAMBLE[:2], f"* Experiment Run End Time = {ended}")))
    assert codes(rows.findings) == [(None, "RUN_DATE_UNREADABLE")]
    assert rows.inline["runs"].item(0, "performed_on") is None
    assert rows.inline["runs"].item(0, "run_id") == f"PLATE 7 {ended}".strip()


def test_plate_without_name_and_date_has_no_run() -> None:
    """Without anything to call the run by, none is made up."""
    rows = read(export(PAIR, preamble=PREAMBLE[:1]))
    assert rows.inline["runs"].is_empty()
    assert measured(rows, "run_id") == [(None,)]


def test_without_assay_the_wells_wait() -> None:
    """Standards and controls are counted already; the finding names the targets to choose from."""
    rows = read(export(PAIR + "\nB1 - BCR NTC 33.1\nB2 - BCR STANDARD 25 100"), None)
    assert rows.tables == {}
    assert (rows.rows_read, rows.rows_ignored) == (4, 2)
    (finding,) = rows.findings.filter(pl.col("code") == "ASSAY_NOT_KNOWN_FOR_FILE").to_dicts()
    assert finding["message"].startswith("2 wells wait")
    assert finding["value"] == "ABL, BCR"


def test_plate_of_standards_does_not_wait() -> None:
    """A plate without sample wells has nothing that an assay could be needed for."""
    rows = read(export("B2 - BCR STANDARD 25 100"), None)
    assert codes(rows.findings) == [(None, "IGNORED_STANDARD")]


def test_wrong_target_refuses_every_well() -> None:
    """Where no well has the assay's target, the folder or the assay is wrong: nothing is used."""
    text = export(PAIR + "\nB1 - BCR NTC Undetermined")
    rows = read(text, AssayNames("lab1", "NPM1", "ABL"))
    line = line_of(text, "[Results]") + 2
    found = [(line, "TARGET_NOT_IN_FILE"), (line + 1, "TARGET_NOT_IN_FILE")]
    assert codes(rows.findings) == [(None, "IGNORED_CONTROL"), *found]
    assert (rows.rows_ignored, rows.rows_rejected, rows.tables) == (1, 2, {})


def test_well_listed_twice_is_counted_twice() -> None:
    """A repeated row of a duplex well makes no third row of the control."""
    rows = read(export(f"{PAIR.replace('A2', 'A1')}\nA1 S1 BCR UNKNOWN 31.1 12.5"))
    assert Counter(measured(rows, "target_copies")) == {("12.5",): 2}


WELL = st.tuples(
    st.sampled_from(["A1", "A2", "A3", "A4", "!B1", "B2"]),
    st.sampled_from(["S1", "S2", "NTC", "-"]),
    st.sampled_from(["BCR", "ABL", "GUSB", "-"]),
    st.sampled_from(["UNKNOWN", "UNKNOWN", "UNKNOWN", "STANDARD", "NTC", "-"]),
    st.sampled_from(["31.1", "Undetermined", "-"]),
    st.sampled_from(["12.5", "1,234.567", "-"]),
)


@given(
    st.lists(WELL, min_size=1, max_size=14, unique_by=lambda w: (w[0], w[2])),
    st.sampled_from([ASSAY, AssayNames("lab1", "BCR", None), None]),
)
@settings(max_examples=50, deadline=None)
def test_every_well_is_counted_once(drawn: list[tuple[str, ...]], assay: AssayNames | None) -> None:
    """Whatever a plate holds, its rows are read once each, and parsing keeps the balance."""
    rows = read(export("\n".join(" ".join(w) for w in drawn)), assay)
    assert rows.rows_read == len(drawn)
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    if assay is not None:
        good = parsed.tables.get("pcr_measurements", pl.DataFrame({"source_rows": [0]}))
        counted = good["source_rows"].sum() + parsed.rejected["source_rows"].sum()
        assert counted + rows.rows_ignored + rows.rows_rejected == len(drawn)


@pytest.mark.parametrize(("word", "is_omitted"), [("TRUE", True), ("WAHR", True), ("1", True), ("Falsch", False), ("", False)])  # fmt: skip
def test_words_for_omitted(word: str, is_omitted: bool) -> None:
    """Excel writes the truth in its own language; a well that was left out never counts."""
    text = export("A1 S1 BCR UNKNOWN 30.1 20").replace("\tfalse\t", f"\t{word}\t")
    assert read(text).rows_ignored == int(is_omitted)


def test_other_word_for_omitted() -> None:
    """Where it cannot be told which wells count, none does."""
    with pytest.raises(FileRefusedError) as caught:
        read(export("A1 S1 BCR UNKNOWN 30.1 20").replace("\tfalse\t", "\tmaybe\t"))
    assert (caught.value.code, caught.value.value) == ("UNKNOWN_VALUE", "maybe")


@pytest.mark.parametrize(("call", "cq"), [("IPC Failed", None), ("Unconfirmed", None), ("Negative Control", "Undetermined")])  # fmt: skip
def test_well_whose_internal_control_failed(call: str, cq: str | None) -> None:
    """Without a signal of its internal control a well proves no absence; a signal stays one."""
    columns = (*COLUMNS[:-1], "Call")
    text = export("A1 S1 BCR UNKNOWN Undetermined\nA1 S1 ABL UNKNOWN 24.2", columns=columns)
    rows = read("\n".join(f"{t}{call}" if t.startswith("1\tA1") else t for t in text.split("\n")))
    assert measured(rows, "target_cq", "control_cq") == [(cq, "24.2")]
    assert ("WELL_FLAGGED" in dict(rows.findings.select("code", "value").rows())) == (cq is None)
