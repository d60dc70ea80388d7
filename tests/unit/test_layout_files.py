"""Layout files: what is refused, with line, key, value and what would be right; never another exception."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.reading import read_text
from transforms.ingest import ReadFile, check_balance, parse_files, reconcile_load
from transforms.layouts.parse import is_layout_text, parse_layout
from transforms.printable import is_hidden_in
from transforms.problems import FileRefusedError

GOOD = """\
title = "LIMS extract"
table = "pcr_measurements"
[columns]
sample_id = "Probennummer"
target_copies = "Kopien"
collected_on = { column = "Entnahme", date = "%d.%m.%Y" }
reported_call = { column = "Befund", values = { "positiv" = "DETECTED", "n. n." = "NOT_DETECTED" } }
sensitivity_fraction = { column = "LOD [%]", unit = "pct" }
[fixed]
assay_id = "bcrabl-lab1"
[ignore]
"Typ" = ["Standard", "NTC"]
"""


def refusal(text: str | bytes) -> FileRefusedError:
    """Return why a layout is refused."""
    with pytest.raises(FileRefusedError) as caught:
        parse_layout(text, "lab.toml")
    return caught.value


def test_a_layout_says_what_was_written() -> None:
    """Headings, formats, units, words, fixed values and rows to ignore; words without case."""
    layout = parse_layout(GOOD.replace("Typ", " Typ  des\\tWells "), "lab.toml")
    columns = {c.name: c for c in layout.columns}
    assert layout.headings == ("Probennummer", "Kopien", "Entnahme", "Befund", "LOD [%]", "Typ des Wells")  # fmt: skip
    assert columns["collected_on"].date == "%d.%m.%Y"
    assert columns["sensitivity_fraction"].exponent == -2
    assert columns["reported_call"].values == {"positiv": "DETECTED", "n. n.": "NOT_DETECTED"}
    assert layout.fixed == {"assay_id": "bcrabl-lab1"}
    assert layout.ignore == {"Typ des Wells": ("standard", "ntc")}
    assert layout.names_its_assay and layout.sheet is None


@pytest.mark.parametrize("encoded", [GOOD.encode(), GOOD.encode("utf-8-sig"), GOOD.encode("utf-16"), GOOD.replace("\n", "\r\n").encode(), GOOD.replace("\n", "\r").encode()])  # fmt: skip
def test_bytes_of_any_editor_are_the_same_layout(encoded: bytes) -> None:
    """Byte-order marks and line ends of editors change nothing."""
    assert parse_layout(encoded, "lab.toml") == parse_layout(GOOD, "lab.toml")


@pytest.mark.parametrize("old", ['"bcrabl-lab1"', '"Probennummer"', '"pct"', '"NOT_DETECTED"', '"%d.%m.%Y"', '"NTC"', '"LIMS extract"'])  # fmt: skip
def test_a_gap_is_refused_wherever_it_stands(old: str) -> None:
    """A proposed layout cannot be used before its gaps are filled."""
    found = refusal(GOOD.replace(old, '"?"'))
    assert found.code == "LAYOUT_INVALID"
    assert "gap is still to be filled" in found.message
    assert found.line == GOOD[: GOOD.index(old)].count("\n") + 1


WRONG = [
    ('title = "LIMS extract"\n', "", None, "title missing: write a text in quotes"),
    ('"pcr_measurements"', '"pcr"', 2, 'table = "pcr": write one of flow_measurements, '),
    ("[columns]", "sheets = 1\n[columns]", 3, "sheets = 1: unknown key; known are title, table, sheet"),
    ("[fixed]", "[fixed", 9, "not readable as TOML"),
    ("target_copies", "target_copys", 5, "columns.target_copys = \"Kopien\": pcr_measurements has no column target_copys"),
    ('sample_id = "Probennummer"\n', "", 3, "columns missing: a layout of pcr_measurements must also map sample_id"),
    ("[fixed]", '[fixed]\nsensitivity_fraction = 0.001', 10, "fixed.sensitivity_fraction = 0.001: stands in [columns] too"),
    ("[fixed]", '[fixed]\nreported_value = "0"', 10, "this differs from row to row; map it in [columns]"),
    ("[fixed]", '[fixed]\nreported_unit = "%"', 10, "is not one of PCT_IS, PCT, FRACTION, MR"),
    ("[fixed]", '[fixed]\nreported_unit = ""', 10, "write one value"),
    ("[fixed]", '[fixed]\ninput_ng = "many"', 10, "is not a number"),
    ("[fixed]", "[fixed]\ninput_ng = -3", 10, "input_ng"),
    ("[fixed]", '[fixed]\ninput_ng = [1]', 10, "write one value"),
    ("[fixed]", '[fixed]\ntissue = "Blut"', 10, "is not one of PB, BM"),
    ("[fixed]", '[fixed]\nreceived_on = "05/03/2024"', 10, "received_on"),
    ('"pct"', '"permille"', 8, "write one of fraction, pct, per_million"),
    ('target_copies = "Kopien"', 'target_copies = { column = "Kopien", unit = "pct" }', 5, "write one of one, thousand, million"),
    ('target_copies = "Kopien"', 'reported_value = { column = "Kopien", unit = "pct" }', 5, "give its unit as reported_unit"),
    ('target_copies = "Kopien"', 'run_id = { column = "Kopien", unit = "ng" }', 5, "has no unit that could differ"),
    ('target_copies = "Kopien"', 'target_copies = { column = "Kopien", units = "ng" }', 5, "unknown key; known are column, date, unit, values, others"),
    ('target_copies = "Kopien"', "target_copies = 3", 5, "write a heading in quotes"),
    ('target_copies = "Kopien"', 'target_copies = { unit = "one" }', 5, "columns.target_copies.column missing"),
    ('target_copies = "Kopien"', 'target_copies = { column = "Kopien", date = "%Y" }', 5, "is no date; leave it out"),
    ('target_copies = "Kopien"', 'target_copies = { column = "Kopien", others = "" }', 5, 'beside values'),
    ("%d.%m.%Y", "%d.%m", 6, "write day, month and year once each"),
    ("%d.%m.%Y", "%d.%m.%Y %Q", 6, "write day, month and year once each"),
    ("%d.%m.%Y", "%d.%m.%Y%", 6, "write day, month and year once each"),
    ('"DETECTED"', '"FOUND"', 7, "reported_call 'FOUND' is not one of DETECTED, "),
    ('"DETECTED"', '["DETECTED"]', 7, "write one canonical value"),
    ('"positiv" =', '"N.  N." =', 7, "already means 'DETECTED'; keep one"),
    ('"positiv" =', '" " =', 7, "an empty cell stays empty"),
    ('["Standard", "NTC"]', '"NTC"', 12, "write a list of words"),
    ('["Standard", "NTC"]', "[]", 12, "write a list of words"),
    ("[ignore]", '[ignore]\n" Typ" = ["x"]', 13, "write each heading once"),
    ('[ignore]\n"Typ" = ["Standard", "NTC"]', "[[ignore]]\nx = 1", None, "write a table [ignore]"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "words"), WRONG)
def test_what_is_wrong_is_named(old: str, new: str, line: int | None, words: str) -> None:
    """Line where it is known, key, value and what would be right."""
    assert GOOD.count(old) >= 1
    found = refusal(GOOD.replace(old, new, 1))
    assert (found.code, found.line) == ("LAYOUT_INVALID", line)
    assert found.message.startswith("lab.toml: ")
    assert words in found.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"LIMS extract"', '"a\\u001b[2Jb"'),
        ('"Probennummer"', '"Proben\\u200bnummer"'),
        ('"NOT_DETECTED"', '"NOT_\\u202eDETECTED"'),
        ('"bcrabl-lab1"', '"bcrabl\\nlab1"'),
        ('"NTC"', '"N\\u00adTC"'),
        ("[fixed]", '[fixed]\n"a\\u001b" = "1"'),
    ],
)
def test_what_cannot_be_seen_is_refused_in_every_text(old: str, new: str) -> None:
    """A title is printed: it must not write over the terminal, and the refusal writes the sign out."""
    assert GOOD.count(old) >= 1
    found = refusal(GOOD.replace(old, new, 1))
    assert found.code == "LAYOUT_INVALID"
    assert "remove the characters that cannot be seen" in found.message
    assert "\\" in found.message and not is_hidden_in(found.message)


def test_a_heading_of_two_lines_is_one() -> None:
    """Workbooks break long headings; line breaks are blanks, no hidden characters."""
    layout = parse_layout(GOOD.replace('"Probennummer"', '"Proben\\nnummer"'), "lab.toml")
    assert "Proben nummer" in layout.headings


def test_a_date_of_year_day_month_is_refused() -> None:
    """`2023-05-03` would be read as the ISO date, 3 May, where 5 March is meant."""
    found = refusal(GOOD.replace('"%d.%m.%Y"', '"%Y-%d-%m"'))
    assert "is read as the ISO date, 3 May" in found.message
    assert parse_layout(GOOD.replace('"%d.%m.%Y"', '"%Y/%d/%m"'), "lab.toml").columns


def test_of_pcr_a_result_must_be_mapped() -> None:
    """A table of samples and control copies alone is no result."""
    text = GOOD.replace("target_copies", "control_copies").replace("reported_call", "transcript")
    text = text.replace('"DETECTED"', '"p210"').replace('"NOT_DETECTED"', '"p190"')
    assert "map at least one of target_copies" in refusal(text).message


@pytest.mark.parametrize("text", ["[" * 5000, "x = " + "[" * 5000, "a" + ".a" * 5000 + " = 1", "table = " + "9" * 5000, "table = 0x" + "f" * 5000, "[columns" + ".a" * 5000 + "]"])  # fmt: skip
def test_hostile_toml_is_refused(text: str) -> None:
    """Depth and digits beyond what Python walks or prints are no layout."""
    assert refusal(text).code == "LAYOUT_INVALID"


def test_a_layout_beside_the_data_is_a_file_without_rows() -> None:
    """It is recognised by its content and counts nothing; a wrong one is refused like any file."""
    rows = read_text(GOOD)
    assert (rows.format, rows.reader, rows.rows_read) == ("layout file", "layout-file/1", 0)
    load = reconcile_load(parse_files([ReadFile(0, "0", rows)]), {})
    check_balance(load.counts)
    assert load.counts.rows() == [(0, 0, 0, 0, 0)]
    with pytest.raises(FileRefusedError) as caught:
        read_text(GOOD.replace('"pct"', '"km"'))
    assert (caught.value.code, caught.value.line) == ("LAYOUT_INVALID", 8)


@pytest.mark.parametrize("text", ["", "table = 1", "[columns]\nx = 1", "[columns] title = x", 'id = "x"\n[rule]\ntitle = 1'])  # fmt: skip
def test_other_toml_is_no_layout(text: str) -> None:
    """Settings and rule files in the inbox are not taken for layouts."""
    assert not is_layout_text(text)


_BITS = st.sampled_from([
    "[columns]", "[fixed]", "[ignore]", "[columns.tissue]", "values", "=", '"', "'", "{", "}", "[", "]", "\n", "?", "%",
    "others = \"\"", "1e999", "nan", "true", "2024-02-30", "2024-02-03", "12:00:00", "0x1f", "sheet = 'x'", "table", "assays",
    "gate_statistics", "\\u0000", "é", "#", ".", ",", "unit = 'ng'", "date = '%d.%m.%y'", "\"\"\"", "-1", "''",
])  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_no_mutated_layout_raises_anything_else(data: st.DataObject) -> None:
    """Cut, doubled, exchanged and inserted pieces give a layout or a refusal."""
    text = GOOD
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 30)))
        piece = data.draw(st.one_of(_BITS, st.just(text[start:end] * 2), st.just("")))
        text = text[:start] + piece + text[end:]
    is_layout_text(text)
    try:
        layout = parse_layout(text, "lab.toml")
    except FileRefusedError as refused:
        assert refused.code in ("LAYOUT_INVALID", "FILE_EMPTY")
    else:
        assert layout.headings


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    """Any bytes are a layout or refused."""
    try:
        parse_layout(data, "lab.toml")
    except FileRefusedError as refused:
        assert refused.code in ("LAYOUT_INVALID", "FILE_EMPTY", "FILE_BINARY", "FILE_ENCODING")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        # a word of 60 letters, which is no key, has 2⁵⁹ ways to be taken apart
        f'title = """\n{"a" * 60}!\n"""\ntable = "nothing"\n[columns]\n',
        f"{'a.' * 50_000}a = 1\n",
        f"[{'a.' * 50_000}a]\n",
        "".join(f"[t{n}]\n" for n in range(200_000)),
    ],
    ids=["a word", "a key of many parts", "a table of many parts", "many tables"],
)
def test_no_layout_keeps_the_program_busy(text: str) -> None:
    """Layouts come through the inbox: none of a few kilobytes may take minutes."""
    with pytest.raises(FileRefusedError, match=r"write one of|more dots than|longer than any"):
        parse_layout(text, "lab.toml")
