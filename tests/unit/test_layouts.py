"""Tables of a laboratory's own layout: what is read, refused, ignored, and why; nothing is dropped."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.workbooks import Cell, workbook
from transforms.ingest import Ingested, ReadFile, check_balance, parse_files, reconcile_load
from transforms.layouts.layout import Layout
from transforms.layouts.parse import parse_layout
from transforms.problems import FileRefusedError
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

LAYOUT = """
title = "extract"
table = "pcr_measurements"
[columns]
sample_id = "Probe"
reported_value = { column = "Ergebnis", values = { "n. n." = "", "0.0001" = "" } }
reported_call = { column = "Ergebnis", values = { "n. n." = "NOT_DETECTED", "0.0001" = "NOT_DETECTED" }, others = "" }
sensitivity_fraction = { column = "LOD [%]", unit = "pct" }
[fixed]
assay_id = "lab1"
reported_unit = "PCT_IS"
"""
IGNORE = LAYOUT + '[ignore]\n"Typ" = ["Standard", "NTC", ""]\n'
INLINE = LAYOUT.replace(
    "[fixed]",
    'patient_id = "Patient"\ncollected_on = { column = "Entnahme", date = "%d.%m.%y" }\n'
    'tissue = { column = "Material", values = { "Blut" = "PB" } }\n[fixed]',
)


def layout_of(text: str, name: str = "lab.toml") -> Layout:
    """Return a layout that is right."""
    return parse_layout(text, name)


def read(
    layouts: str | Sequence[Layout], data: str | bytes, assay: AssayNames | None = None
) -> TextRows:
    """Read a file with layouts."""
    known = [layout_of(layouts)] if isinstance(layouts, str) else layouts
    reader, content = find_reader(data.encode() if isinstance(data, str) else data, known)
    return reader.read(content, assay, ReaderSettings(("NTC",)))


def load(rows: TextRows) -> Ingested:
    """Parse and reconcile the rows of one file; its counts must balance."""
    done = reconcile_load(parse_files([ReadFile(0, "0", rows)]), {})
    check_balance(done.counts)
    return done


def counts(rows: TextRows) -> tuple[int, int, int, int]:
    """Return rows read, accepted, rejected, ignored."""
    _, read_, accepted, rejected, ignored = load(rows).counts.row(0)
    return read_, accepted, rejected, ignored


def found(rows: TextRows) -> list[tuple[int | None, str]]:
    """Return line and code of all findings."""
    pairs = load(rows).findings.select("source_line", "code").rows()
    return sorted(pairs, key=lambda p: (p[0] or 0, p[1]))


def results(rows: TextRows, *columns: str, table: str = "pcr_measurements") -> list[Any]:
    """Return what was accepted."""
    return load(rows).tables[table].rows.sort("source_line").select(columns).rows()


def refused(layouts: str | Sequence[Layout], data: str | bytes) -> FileRefusedError:
    """Return why a file is refused."""
    with pytest.raises(FileRefusedError) as caught:
        read(layouts, data)
    return caught.value


def test_numbers_words_and_sentinels_of_one_column() -> None:
    """A number is a value, a word what the layout says, a printed sentinel no value but a call."""
    rows = read(LAYOUT, "Probe;Ergebnis;LOD [%]\nA;0.0032;0.001\nB;N. N.;0.001\nC;0.0001;0.001\n")
    assert results(rows, "sample_id", "reported_number", "reported_call", "sensitivity_fraction") == [
        ("A", 0.0032, None, 0.00001),
        ("B", None, "NOT_DETECTED", 0.00001),
        ("C", None, "NOT_DETECTED", 0.00001),
    ]  # fmt: skip
    assert counts(rows) == (3, 3, 0, 0)


@pytest.mark.parametrize("word", ["n.n.", "n.d.", "kein Material", "neg?", "ungültig", "-", "0.0032 ?", "nn 0.1", "NOT_DETECTED", "DETECTED"])  # fmt: skip
def test_an_unknown_word_is_refused_and_never_a_negative(word: str) -> None:
    """What the layout does not say rejects the row with its line; no call is made up."""
    rows = read(LAYOUT, f"Probe;Ergebnis;LOD [%]\nA;0.0032;\nB;{word};\n")
    assert counts(rows) == (2, 1, 1, 0)
    assert (3, "UNKNOWN_VALUE") in found(rows)
    message = rows.findings.filter(pl.col("code") == "UNKNOWN_VALUE")["message"].item()
    assert message.startswith(f"Ergebnis '{word}' is not a number, or one of n. n., 0.0001; say in")


@pytest.mark.parametrize("number", ["<0.001", "≤ 0,01 %", "MR4.5", "1.2E-03", "10^-5", "2 x 10^-5", "3.2·10⁻⁵", "0.01 % IS", "−3"])  # fmt: skip
def test_numbers_of_all_spellings_are_no_unknown_words(number: str) -> None:
    """Bounds, powers and signs beside a number pass; the value itself is judged by the parser."""
    rows = read(LAYOUT, f"Probe\tErgebnis\tLOD [%]\nA\t{number}\t\n")
    assert rows.rows_rejected == 0


def test_words_in_columns_of_numbers_and_dates() -> None:
    """A word may be empty or a value; every other cell is a number or date, or refused."""
    text = (
        'title = "t"\ntable = "treatments"\n[columns]\npatient_id = "P"\n'
        'therapy = { column = "T", values = { "Imatinib" = "TKI" } }\nagent = "T"\n'
        'started_on = { column = "B", date = "%d.%m.%Y" }\n'
        'stopped_on = { column = "E", date = "%d.%m.%Y", values = { "laufend" = "" } }\n'
        'line = { column = "L", values = { "erste" = 1 } }\n'
    )
    rows = read(text, "P;T;B;E;L\n1;imatinib;05.03.2024;Laufend;erste\n2;Imatinib;05.03.2024;offen;2\n3;Imatinib;05.03.2024;;letzte\n")  # fmt: skip
    columns = ("patient_id", "therapy", "agent", "stopped_on", "line")
    assert results(rows, *columns, table="treatments") == [("1", "TKI", "imatinib", None, 1)]
    assert found(rows) == [(3, "NOT_A_DATE"), (4, "NOT_A_NUMBER")]


def test_a_bound_without_a_call_is_still_refused() -> None:
    """`<0.001` does not say whether anything was detected, unless the layout says it does."""
    rows = read(LAYOUT, "Probe;Ergebnis;LOD [%]\nA;<0.001;\n")
    assert found(rows) == [(2, "CALL_MISSING")]
    said = LAYOUT.replace('"n. n." = "NOT_DETECTED"', '"<0.001" = "BELOW_LOQ"')
    rows = read(said, "Probe;Ergebnis;LOD [%]\nA;<0.001;\n")
    assert results(rows, "reported_operator", "reported_call") == [("<", "BELOW_LOQ")]


def test_an_empty_cell_stays_empty() -> None:
    """No word stands for nothing."""
    rows = read(LAYOUT, "Probe;Ergebnis;LOD [%]\nA;;\nB;1;\n")
    assert found(rows) == [(2, "NO_MEASUREMENT")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_header_below_a_preamble_and_lines_keep_their_numbers(separator: str) -> None:
    """The header may stand below other lines; blank lines are no rows; every finding has its line."""
    lines = [
        "Labor;;",
        "",
        "Druck 2024;12:30",
        "LOD [%];x;Ergebnis;Probe",
        "",
        "0.1;;1;A",
        ";;;",
        "Ende",
    ]
    rows = read(LAYOUT, "\n".join(lines).replace(";", separator))
    assert counts(rows) == (2, 1, 1, 0)
    assert found(rows) == [(None, "EXTRA_COLUMN"), (8, "ROW_TOO_SHORT")]
    assert results(rows, "sample_id", "source_line") == [("A", 6)]


def test_headings_are_compared_trimmed_with_blanks_as_one() -> None:
    """Blanks and line breaks in a heading are one blank; case counts."""
    text = LAYOUT.replace('"LOD [%]"', '"LOD  [%] "')
    assert read(text, '"Probe ",Ergebnis, LOD   [%]\nA,1,\n').rows_read == 1
    error = refused(LAYOUT, "probe,Ergebnis,LOD [%]\nA,1,\n")
    assert error.code == "LAYOUT_HEADINGS_MISSING"
    assert error.message == (
        'no format matches; closest is the layout lab.toml: recognised "Ergebnis", "LOD [%]"; '
        'missing "Probe" (the file has "probe"); export these columns, or correct the layout'
    )


def test_the_closest_layout_is_named() -> None:
    """Of several the one with the largest share of its headings in one line."""
    far = layout_of(LAYOUT.replace('"Probe"', '"Sample"').replace('"LOD [%]"', '"LOD"'), "far.toml")
    near = layout_of(LAYOUT, "near.toml")
    assert "the layout near.toml" in refused([far, near], "Probe,Ergebnis\nA,1\n").message
    assert refused([far, near], "fridge,temperature\n1,2\n").code == "FILE_NOT_RECOGNISED"


def test_two_layouts_for_one_file_are_refused() -> None:
    """Both are named; neither is chosen."""
    both = [layout_of(LAYOUT, "one.toml"), layout_of(LAYOUT, "two.toml")]
    error = refused(both, "Probe,Ergebnis,LOD [%]\nA,1,\n")
    assert (error.code, error.value) == ("LAYOUT_AMBIGUOUS", "one.toml and two.toml")


def test_a_known_format_counts_before_a_layout() -> None:
    """A canonical file stays one, also where a layout names its headings."""
    own = LAYOUT.replace('"Probe"', '"sample_id"').replace('"Ergebnis"', '"reported_value"').replace('"LOD [%]"', '"assay_id"')  # fmt: skip
    reader, _ = find_reader(b"sample_id,assay_id,reported_value\nA,B,1\n", [layout_of(own)])
    assert reader.name == "canonical-csv/1"


def test_a_layout_counts_before_better_words_for_a_refusal() -> None:
    """A list of samples that is refused otherwise is a table where a layout maps it."""
    text = LAYOUT.replace('"Probe"', '"Samples"')
    data = "Samples,Ergebnis,LOD [%]\nA,1,\n"
    with pytest.raises(FileRefusedError, match="lists samples"):
        read([], data)
    assert read(text, data).rows_read == 1


def test_a_mapped_heading_that_stands_twice() -> None:
    """Which of two columns is meant cannot be told; one that is not mapped does not matter."""
    assert refused(LAYOUT, "Probe,Ergebnis,LOD [%],Probe\nA,1,,B\n").code == "DUPLICATE_HEADER"
    assert read(LAYOUT, "x,Probe,Ergebnis,LOD [%],x\n,A,1,,\n").rows_read == 1


def test_rows_that_are_no_results() -> None:
    """They are counted with their words; other words are rows like any."""
    rows = read(IGNORE, "Typ,Probe,Ergebnis,LOD [%]\nUnk,A,1,\nNTC,,0,\nstandard ,S1,100,\n,Ende,,\nntc2,B,1,\n")  # fmt: skip
    assert counts(rows) == (5, 2, 0, 3)
    (message,) = rows.findings["message"]
    assert message == '3 rows on lines 3 to 5 are no results by the layout: "Typ" 1 that are empty, 1 with "NTC", 1 with "standard"'  # fmt: skip


def test_columns_of_samples_and_their_unclear_cells() -> None:
    """An unclear inline cell keeps the measurement and loses the sample row, with a REVIEW finding."""
    rows = read(INLINE, "Probe,Ergebnis,LOD [%],Patient,Entnahme,Material\nA,1,,P,05.03.24,Blut\nB,1,,P,5.3.2024,Blut\nC,1,,P,2024-03-05,BM\nD,1,,P,,\n")  # fmt: skip
    assert counts(rows) == (4, 4, 0, 0)
    assert results(rows, "sample_id", table="samples") == [("A",)]
    unclear = [p for p in found(rows) if p[1] == "INLINE_INVALID"]
    assert [line for line, _ in unclear] == [3, 4]


@pytest.mark.parametrize(
    ("form", "cell", "day"),
    [
        ("%d.%m.%Y", "5.3.2024", "2024-03-05"),
        ("%m/%d/%Y", "03/05/2024", "2024-03-05"),
        ("%d/%m/%Y", "03/05/2024", "2024-05-03"),
        ("%d-%b-%Y", "05-Mar-2024", "2024-03-05"),
        ("%d.%m.%Y %H:%M", "05.03.2024 07:30", "2024-03-05"),
        ("%d.%m.%Y", "2024-03-05", "2024-03-05"),
        ("%d.%m.%Y", "2024-03-05T00:00:00", "2024-03-05"),
        ("%y%m%d", "240305", "2024-03-05"),
        ("%d.%m.%Y", "05.03.24", None),
        ("%d.%m.%y", "05.03.2024", None),
        ("%d.%m.%Y", "03/05/2024", None),
        ("%d.%m.%Y", "31.02.2024", None),
        ("%d.%m.%Y", "45356", None),
        ("%m/%d/%Y", "13/05/2024", None),
    ],
)
def test_dates_are_read_as_the_layout_says(form: str, cell: str, day: str | None) -> None:
    """A date in another form is refused, not read in another way; ISO has one meaning."""
    text = (
        'title = "runs"\ntable = "runs"\n[columns]\nrun_id = "R"\nassay_id = "A"\n'
        f'performed_on = {{ column = "D", date = "{form}" }}\n'
    )
    rows = read(text, f"R,A,D\n1,a,{cell}\n")
    if day is None:
        assert counts(rows) == (1, 0, 1, 0)
        assert found(rows) == [(2, "NOT_A_DATE")]
    else:
        assert [str(d) for (d,) in results(rows, "performed_on", table="runs")] == [day]
        assert found(rows) == []


@pytest.mark.parametrize(
    ("unit", "cell", "value"),
    [
        ("pct", "0.001", 1e-5),
        ("pct", "0,001", 1e-5),
        ("pct", "0.001 %", 1e-5),
        ("per_million", "10", 1e-5),
        ("fraction", "0.00001", 1e-5),
        ("per_million", "0.001 %", None),
        ("pct", "10^-5", None),
        ("pct", "1:10000", None),
        ("pct", "1e-3", 1e-5),
    ],
)
def test_units_are_powers_of_ten(unit: str, cell: str, value: float | None) -> None:
    """The number is read as written, then moved; a cell that says its own scale is refused."""
    rows = read(LAYOUT.replace('"pct"', f'"{unit}"'), f"Probe;Ergebnis;LOD [%]\nA;1;{cell}\n")
    if value is None:
        assert found(rows) == [(2, "UNIT_CONTRADICTS_VALUE")]
    else:
        assert results(rows, "sensitivity_fraction") == [(pytest.approx(value, rel=1e-15),)]


COPIES = LAYOUT.replace("[fixed]", 'target_copies = "Kopien"\ncontrol_cq = "Ct"\n[fixed]')
SEPARATED: list[tuple[str, str, list[float | None]] | tuple[str, str, str]] = [
    # unit of the LOD, cells of result, LOD, copies and Ct, line by line; copies, or the refusal
    ("pct", "1;0,001;1,234;", [1.234]),
    ("pct", "1;0.001;1,234;", [1234.0]),
    ("pct", "1;;1.234;31,5", [1234.0]),
    ("pct", "1;;1.234;31.5", [1.234]),
    ("pct", "1;;60.000;|2;;1.200.000;", [60000.0, 1200000.0]),
    ("pct", "1;;60.000;|2;;61 000,5;", [60000.0, 61000.5]),
    ("pct", "0,01 %;;60.000;", [60000.0]),
    ("pct", "1;;1,234;", "SEPARATORS_NOT_DECIDED"),
    ("pct", "1;;60.000;|0.0001;;3;", "SEPARATORS_NOT_DECIDED"),
    ("pct", "1;;60.000;|n. n.;;3;", "SEPARATORS_NOT_DECIDED"),
    ("per_million", "1;1.000;3;", "SEPARATORS_NOT_DECIDED"),
    ("pct", "1;;12.5;31,5", "SEPARATORS_CONTRADICT"),
    ("pct", "1.234;1.000;3;25.123", [3.0]),
    ("pct", "1;;60 000;", [60000.0]),
]


@pytest.mark.parametrize(("unit", "cells", "expected"), SEPARATED)
def test_comma_and_point_are_decided_once_for_a_file(
    unit: str, cells: str, expected: list[float] | str
) -> None:
    """All mapped numbers are evidence, words are none; what could be a thousandfold is refused, not read."""
    text = COPIES.replace('"pct"', f'"{unit}"')
    data = "Probe;Ergebnis;LOD [%];Kopien;Ct\n" + "".join(
        f"S{n};{row}\n" for n, row in enumerate(cells.split("|"))
    )
    if isinstance(expected, str):
        assert refused(text, data).code == expected
    else:
        assert results(read(text, data), "target_copies") == [(e,) for e in expected]


def test_ratios_bounds_and_words_are_read_beside_a_decimal_comma() -> None:
    """Only plain numbers are decided; what says its own scale, and a word such as `0.0001`, stays as written."""
    text = LAYOUT.replace(', unit = "pct"', "").replace('"0.0001"', '"0,0001"')
    rows = read(text, "Probe;Ergebnis;LOD [%]\nA;0,0032;1:10 000\nB;0,0001;0,01 %\nC;0,0032 %;1:10.000\nD;3;10^-5\n")  # fmt: skip
    assert results(rows, "sample_id", "reported_number", "reported_call", "sensitivity_fraction") == [
        ("A", 0.0032, None, 0.0001),
        ("B", None, "NOT_DETECTED", 0.0001),
        ("C", 0.0032, None, 0.0001),
        ("D", 3.0, None, 0.00001),
    ]  # fmt: skip


def test_numbers_and_texts_of_a_sheet() -> None:
    """Number cells always have a point; a text beside them is decided by the other texts alone."""

    def sheet(*copies: Cell) -> bytes:
        return workbook({"s": [["Probe", "Ergebnis", "LOD [%]", "Kopien", "Ct"], *([f"S{n}", 1, None, c, 31.5] for n, c in enumerate(copies))]})  # fmt: skip

    assert results(read(COPIES, sheet(12.5, "60.000", "61,5")), "target_copies") == [(12.5,), (60000.0,), (61.5,)]  # fmt: skip
    assert refused(COPIES, sheet(12.5, "60.000")).code == "SEPARATORS_NOT_DECIDED"


def test_the_folder_names_the_assay_where_the_layout_does_not() -> None:
    """Without a known assay the rows wait; with one they are its rows."""
    text = LAYOUT.replace('assay_id = "lab1"\n', "")
    data = "Probe,Ergebnis,LOD [%]\nA,1,\nB,2,\nC,n.a.,\n"
    reader, _ = find_reader(data.encode(), [layout_of(text)])
    assert not reader.names_its_assay
    waiting = read(text, data)
    assert (waiting.rows_read, waiting.rows_waiting, waiting.rows_rejected) == (3, 2, 1)
    assert waiting.waiting_for == "ASSAY_NOT_KNOWN_FOR_FILE"
    assert counts(waiting) == (3, 2, 1, 0)
    known = read(text, data, AssayNames("folder-assay", None, None))
    assert results(known, "sample_id", "assay_id") == [("A", "folder-assay"), ("B", "folder-assay")]


def test_lines_of_an_extract_are_not_quoted() -> None:
    """A column that is not mapped may hold a name."""
    reader, _ = find_reader(b"Probe,Ergebnis,LOD [%],Name\nA,1,,B\n", [layout_of(LAYOUT)])
    assert (reader.name, reader.title, reader.may_quote) == ("layout/1", 'layout "extract"', False)


HEADER: list[Cell] = ["Probe", "Ergebnis", "LOD [%]"]


def test_a_sheet_of_a_workbook() -> None:
    """The one sheet with all headings; lines are rows of the sheet; a footer is a row."""
    sheet: list[list[Cell]] = [["Labor"], [], HEADER, ["A", 0.0032, 0.001], [], ["B", "n. n.", None], ["Ende"]]  # fmt: skip
    rows = read(LAYOUT, workbook({"Info": [["x", "y"]], "Daten": sheet}))
    assert counts(rows) == (3, 2, 1, 0)
    assert results(rows, "sample_id", "source_line") == [("A", 4), ("B", 6)]
    assert found(rows) == [(7, "NO_MEASUREMENT")]


def test_two_sheets_with_the_headings_need_a_name() -> None:
    """The layout says which; a sheet of another name is not taken."""
    book = workbook({"1": [HEADER, ["A", 1, None]], "2": [HEADER, ["B", 1, None]]})
    assert refused(LAYOUT, book).code == "LAYOUT_AMBIGUOUS"
    named = LAYOUT.replace("[columns]", 'sheet = "2"\n[columns]', 1)
    assert results(read(named, book), "sample_id") == [("B",)]
    error = refused(named.replace('"2"', '"3"'), book)
    assert error.code == "LAYOUT_HEADINGS_MISSING"
    assert "in the sheet 1, where the layout names the sheet 3" in error.message


def test_cells_that_were_merged_are_not_filled() -> None:
    """A sample written once over two rows is missing in the second, and nothing is guessed."""
    rows = read(LAYOUT, workbook({"a": [HEADER, ["A", 1, None], [None, 2, None]]}))
    assert found(rows) == [(3, "VALUE_MISSING")]


@pytest.mark.parametrize("data", ["Probe,Ergebnis,LOD [%]\n", "Probe,Ergebnis,LOD [%]\n,,\n\n"])
def test_a_header_alone_is_an_empty_file(data: str) -> None:
    """There is nothing to read."""
    assert refused(LAYOUT, data).code == "FILE_EMPTY"
    assert refused(LAYOUT, workbook({"a": [HEADER]})).code == "FILE_EMPTY"


GATES = 'title = "gates"\ntable = "gate_statistics"\n[columns]\nsample_id = "File"\ntube = "Tube"\ngate = "Gate"\nevents = "Events"\n'  # fmt: skip
LAIP = AssayNames("laip", "LAIP", "CD45+")


def test_gates_of_any_program() -> None:
    """Rows of a tube become its measurement; every row of the file is counted."""
    data = "File,Tube,Gate,Events\nF1.fcs,1,CD45+,900000\nF1.fcs,1,CD45+/LAIP,42\nF1.fcs,1,Debris,\nF2,1,CD45+,800000\nF3,1,B cells,9\nNTC,1,CD45+,1\n,1,CD45+,2\nF4,,CD45+/LAIP,0\nF4,,CD45+,700000\n"  # fmt: skip
    rows = read(GATES, data, LAIP)
    assert results(rows, "sample_id", "tube", "mrd_events", "denominator_events", table="flow_measurements") == [("F1", "1", 42, 900000), ("F4", None, 0, 700000)]  # fmt: skip
    assert counts(rows) == (9, 5, 2, 2)
    assert found(rows) == [(None, "CONTROL_BY_NAME"), (None, "IGNORED_OTHER_TARGET"), (5, "TARGET_NOT_IN_FILE"), (8, "VALUE_MISSING")]  # fmt: skip
    waiting = read(GATES, data)
    assert (waiting.rows_read, waiting.rows_waiting, waiting.rows_rejected, waiting.rows_ignored) == (9, 7, 1, 1)  # fmt: skip
    assert waiting.rows_read == 9


def test_a_gate_twice_in_a_tube_is_refused() -> None:
    """Which of two counts is meant cannot be told."""
    rows = read(GATES, "File,Tube,Gate,Events\nF1,1,CD45+,9\nF1,1,LAIP,4\nF1,1,LAIP,5\n", LAIP)
    assert (rows.rows_read, rows.rows_rejected) == (3, 3)
    assert rows.findings["code"].to_list() == ["GATE_AMBIGUOUS"]


def test_gates_of_a_workbook() -> None:
    """A sheet is read like a text."""
    book = workbook({"s": [["File", "Tube", "Gate", "Events"], ["F1", 1, "CD45+", 9000], ["F1", 1, "LAIP", 4]]})  # fmt: skip
    rows = read(GATES, book, LAIP)
    assert results(rows, "mrd_events", "denominator_events", table="flow_measurements") == [(4, 9000)]  # fmt: skip


_CELLS = st.one_of(
    st.sampled_from(["A", "B", "n. n.", "0.0032", "<0.1", "0,0001", "1,234", "Blut", "KM", "05.03.24", "NTC", "", " ", "x"]),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=6),
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(st.lists(_CELLS, min_size=1, max_size=8), min_size=1, max_size=8),
    separator=st.sampled_from([",", ";", "\t"]),
    is_gates=st.booleans(),
    is_book=st.booleans(),
)
def test_nothing_is_dropped(
    rows: list[list[str]], separator: str, is_gates: bool, is_book: bool
) -> None:
    """Whatever the cells hold, rows read are rows accepted, rejected and ignored; each row is counted."""
    text = GATES if is_gates else INLINE + '[ignore]\n"Typ" = ["NTC"]\n'
    names = ["File", "Tube", "Gate", "Events"] if is_gates else ["Typ", "Probe", "Ergebnis", "LOD [%]", "Patient", "Entnahme", "Material"]  # fmt: skip
    if is_book:
        cells: list[list[Cell]] = [[*names], *([*row[: len(names)]] for row in rows)]
        data = workbook({"s": cells})
        n_filled = sum(any(c.strip() for c in row[: len(names)]) for row in rows)
    else:
        lines = [[c.replace(separator, "").replace('"', "") for c in row] for row in rows]
        data = "\n".join(separator.join(line) for line in [names, *lines]).encode()
        n_filled = sum(any(c.strip() for c in line) for line in lines)
    try:
        read_rows = read(text, data, LAIP)
    except FileRefusedError as refusal:
        undecided = ("SEPARATORS_NOT_DECIDED", "SEPARATORS_CONTRADICT")
        assert refusal.code in ("FILE_EMPTY", "FILE_BINARY", *undecided)
        return
    done = load(read_rows)
    assert done.counts["rows_read"].item() == n_filled
    assert read_rows.rows_read == n_filled
    lines_told = set(done.findings.filter(pl.col("severity") == "REJECTED")["source_line"])
    assert done.counts["rows_rejected"].item() == 0 or lines_told


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_mutated_table_raises_anything_else(data: st.DataObject) -> None:
    """Cut, doubled and inserted pieces of a file give rows that balance, or a refusal."""
    text = "Typ;Probe;Ergebnis;LOD [%];Patient;Entnahme;Material\nU;A;0,1;0,001;P;05.03.24;Blut\nNTC;;0;;;;\nU;B;n. n.;0,001;P;06.03.24;Blut\n"  # fmt: skip
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        piece = data.draw(st.sampled_from(['"', "\n", ";", ",", "\t", "\r", "\x00", "é", "\u2028", text[start:end] * 2, ""]))  # fmt: skip
        text = text[:start] + piece + text[end:]
    try:
        rows = read(INLINE + '[ignore]\n"Typ" = ["NTC"]\n', text)
    except FileRefusedError:
        return
    load(rows)


def test_a_finding_points_at_the_cell_of_a_sheet() -> None:
    """Sheet, cell and the laboratory's own heading, as for any other reader."""
    layout = parse_layout(
        'title = "t"\ntable = "pcr_measurements"\n[columns]\nsample_id = "Probe"\n'
        'target_copies = "Kopien"\n[fixed]\nassay_id = "a"\n',
        "l.toml",
    )
    places = find_reader(workbook({"Lauf": [["Probe", "Kopien"], ["S1", 3]]}), [layout])
    rows = places[0].read(places[1], None, ReaderSettings())
    assert rows.places.sheet == "Lauf"
    assert rows.places.places["target_copies"].words() == "sheet Lauf, column B (Kopien)"


@pytest.mark.parametrize(("typed", "stored"), [("1,234", 23.5), ("1,5", 3.125)])
def test_number_cells_say_nothing_of_typed_ones(typed: str, stored: float) -> None:
    """A sheet's numbers always have a point: beside them a typed `1,234`, or beside `1,5` a 3.125, is refused."""
    layout = parse_layout(
        'title = "t"\ntable = "pcr_measurements"\n[columns]\nsample_id = "Probe"\n'
        'target_copies = "Kopien"\n[fixed]\nassay_id = "lab1"\n',
        "t.toml",
    )
    data = workbook({"Lauf": [["Probe", "Kopien"], ["S1", typed], ["S2", stored]]})
    reader, content = find_reader(data, [layout])
    with pytest.raises(FileRefusedError) as refused:
        reader.read(content, None, ReaderSettings())
    assert refused.value.code == "SEPARATORS_NOT_DECIDED"


@pytest.mark.parametrize("long_cell", ["y", '"two\nlines"'])
def test_heading_over_several_lines_of_a_text(long_cell: str) -> None:
    """A spreadsheet saves line breaks of headings in quotes; the rows below keep their lines."""
    text = f'Labor\n"Probe";"Ergebnis";"LOD\n[%]";Note\nA;<1;0.001;{long_cell}\nB;0.5;0.001;x\n'
    rows = read(LAYOUT, text)
    assert results(rows, "sample_id", "source_line") == [("B", 5 + long_cell.count("\n"))]
    assert (4, "CALL_MISSING") in found(rows)


@pytest.mark.parametrize(
    "text", ['Probe;"Ergebnis\nA;1\n', 'x"\nProbe;Ergebnis;LOD [%]\nA;0.5;0.001\n']
)
def test_quotes_that_are_never_closed(text: str) -> None:
    """Above a header they change nothing; in it, the file is refused."""
    if text.startswith("Probe"):
        assert refused(LAYOUT, text).code == "LAYOUT_HEADINGS_MISSING"
    else:
        assert results(read(LAYOUT, text), "sample_id") == [("A",)]
