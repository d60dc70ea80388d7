"""Characters that cannot be seen: refused in names of files and in identifiers, written out in what is printed."""

import sys
import unicodedata
from pathlib import Path

import polars as pl
import pytest

from flows.inbox import discover
from flows.settings import Settings
from flows.summary import finding_line
from tests.unit.message_files import astm, r32
from tests.unit.reading import after, codes, csv_text, parse_cells, read_text
from tests.unit.workbooks import workbook
from transforms.ingest import ReadFile, parse_files
from transforms.printable import has_hidden, is_hidden_in, shown, shown_column
from transforms.problems import one_finding, row_findings
from transforms.readers.rows import AssayNames

# what stands there, and how it is shown
DRAWN = [
    ("S1", "S1"),
    ("Größe 7 µL ٣ 試", "Größe 7 µL ٣ 試"),
    ("S\t1", "S\\t1"),
    ("S\n1", "S\\n1"),
    ("S\x1b[2K1", "S\\x1b[2K1"),
    ("S\u200b1", "S\\u200b1"),
    ("S\u00ad1", "S\\xad1"),
    ("S\u202e1", "S\\u202e1"),
    ("S\u20661\u2069", "S\\u20661\\u2069"),
    ("S\u20281", "S\\u20281"),
    ("S\ufeff1", "S\\ufeff1"),
    ("S\U000e00411", "S\\U000e00411"),
]


@pytest.mark.parametrize(("text", "expected"), DRAWN)
def test_written_out(text: str, expected: str) -> None:
    """Letters of every alphabet stay; what cannot be seen is written as its number."""
    assert shown(text) == expected
    assert is_hidden_in(text) is (text != expected)
    frame = pl.DataFrame({"a": [text, None]})
    assert frame.select(shown_column(pl.col("a")))["a"].to_list() == [expected, None]
    assert frame.select(has_hidden(pl.col("a")))["a"].to_list() == [text != expected, None]


def test_ranges_are_those_of_unicode() -> None:
    """Every character of the categories Cc, Cf, Zl and Zp that this Python knows, and no other."""
    hidden = {
        chr(n)
        for n in range(sys.maxunicode + 1)
        if unicodedata.category(chr(n)) in ("Cc", "Cf", "Zl", "Zp")
    }
    texts = [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF]
    ours = {t for t in texts if is_hidden_in(t)}
    assert hidden <= ours
    # a newer Unicode than this Python's may know more
    assert {t for t in ours - hidden if unicodedata.category(t) != "Cn"} == set()
    frame = pl.DataFrame({"a": texts}).filter(has_hidden(pl.col("a")))
    assert set(frame["a"].to_list()) == ours


@pytest.mark.parametrize("column", ["sample_id", "assay_id", "run_id", "replicate"])
@pytest.mark.parametrize("sign", ["\n", "\t", "\u200b", "\u202e", "\x1b"])
def test_identifier_is_refused(column: str, sign: str) -> None:
    """An identifier that looks like another and is none is refused, and the finding shows why."""
    row = {"sample_id": "S", "assay_id": "A", "target_copies": "3"} | {column: f"X{sign}1"}
    parsed = parse_cells("pcr_measurements", [row])
    assert (codes(parsed.findings), parsed.good.height) == ([(2, "HIDDEN_CHARACTER")], 0)
    (value, message) = parsed.findings.select("value", "message").row(0)
    assert value == shown(f"X{sign}1") and f"{column} '{value}'" in message
    assert not is_hidden_in(value + message)


def test_cells_of_text_tables() -> None:
    """A quoted cell may go over two lines; its row is refused, the others are kept."""
    text = 'sample_id,assay_id,target_copies\n"S\n1",a,3\nS2,a,4\n'
    load = after({"a.csv": text})
    assert load.found == {("a.csv", 2, "HIDDEN_CHARACTER")}
    assert load.rows("pcr_measurements", "sample_id") == ["S2"]


@pytest.mark.parametrize("sample", ["S\u200b1", "S\u202e1"])
def test_names_in_messages(sample: str) -> None:
    """HL7 and ASTM bring names from other programs."""
    for message in (r32(sample=sample), astm(sample=sample)):
        rows = read_text(message, AssayNames("xpert", None, None))
        parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
        assert (
            codes(parsed.findings.filter(pl.col("severity") == "REJECTED"))[0][1]
            == "HIDDEN_CHARACTER"
        )


def test_cells_of_workbooks() -> None:
    """Cells of a workbook hold line breaks more often than any other."""
    header = [
        "Well",
        "Sample description 1",
        "Target",
        "Conc(copies/µL)",
        "SampleType",
        "TargetType",
        "Accepted Droplets",
        "Positives",
    ]
    book = workbook(
        {"Sheet": [[*header], ["A01", "S\n1", "MUT", 1.5, "Unknown", "Unknown", 15000, 3]]}
    )
    rows = read_text(book, AssayNames("lab1", "MUT", None))
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert "HIDDEN_CHARACTER" in parsed.findings["code"].to_list()
    assert int(parsed.rejected["source_rows"].sum()) == 1


NAMES = ["a\nb.csv", "a\x1b[31m.csv", "a\u202evsc.txt", "a\u200b.csv", "a\u2066.csv"]


@pytest.mark.parametrize("name", NAMES)
def test_name_of_a_file_is_refused(tmp_path: Path, name: str) -> None:
    """A name that could forge a line of output is refused, and shown without its power."""
    (tmp_path / name).write_text("x")
    (offered,) = discover([tmp_path], Settings(settle_seconds=0))
    assert offered.name == shown(name) != name
    assert offered.refusal is not None and offered.refusal[0] == "FILE_NAME_HIDDEN_CHARACTER"
    assert not is_hidden_in(offered.refusal[1])


def test_name_of_a_folder_is_refused(tmp_path: Path) -> None:
    """The folder is an assay's name, so it is looked at like the file's."""
    folder = tmp_path / "lab\u200b1"
    folder.mkdir()
    (folder / "plate.txt").write_text("x")
    (offered,) = discover([folder], Settings(settle_seconds=0))
    assert (offered.name, offered.folder) == ("plate.txt", "lab\\u200b1")
    assert offered.refusal is not None


def test_findings_and_lines_of_output() -> None:
    """Whatever a file holds, a finding about it is one line."""
    one = one_finding(0, "FILE_NOT_RECOGNISED", "it starts\nso", value="\x1b[2J")
    rows = pl.DataFrame({"file_no": [0], "source_line": [1], "v": ["a\nb"]})
    many = row_findings(rows, "NOT_A_NUMBER", pl.format("{} is none", "v"), value=pl.col("v"))
    for frame in (one, many):
        assert not any(is_hidden_in(str(v)) for v in frame.row(0))
    row = {
        "source_name": "a\nb",
        "source_line": 1,
        "source_place": None,
        "message": "m",
        "code": "C",
    }
    said = finding_line(row)
    assert said == "a\\nb line 1: m [C]"


def test_inline_rows() -> None:
    """An inline patient with such a name is left out; the measurement is kept."""
    text = csv_text(
        "sample_id, assay_id, target_copies, patient_id, collected_on, tissue",
        "S1, a, 3, P\u200b1, 2024-01-05, PB",
    )
    assert after({"a.csv": text}).found == {("a.csv", 2, "INLINE_INVALID")}
