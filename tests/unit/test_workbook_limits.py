"""A small workbook may ask for more memory than there is: it is refused before it is laid out."""

import io
import resource
import zipfile
from collections.abc import Mapping

import pytest

from tests.unit.workbooks import workbook
from transforms.problems import FileRefusedError
from transforms.readers import workbook as limits
from transforms.readers.content import open_content

SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
PLAIN = workbook({"S": [["a", "b"], ["c", 5.0]]})
CELLS = [("a", "b"), ("c", "5")]


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def changed(old: str, new: str, part: str = SHEET, data: bytes = PLAIN) -> bytes:
    """Return a workbook with a text of one part exchanged, which must be there."""
    parts = parts_of(data)
    assert old.encode() in parts[part]
    return packed(parts | {part: parts[part].replace(old.encode(), new.encode())})


def refused(data: bytes) -> str:
    with pytest.raises(FileRefusedError) as error:
        open_content(data)
    return error.value.code


def cells(data: bytes) -> list[tuple[str | None, ...]]:
    return open_content(data).sheets["S"].drop("source_line").rows()


@pytest.mark.parametrize("place", ["XFD1048576", "XFD300", "E1048576"])
def test_cells_far_apart(place: str) -> None:
    """Two cells span a grid of all cells between them, which would be laid out in memory."""
    data = changed('r="B2"', f'r="{place}"')
    assert len(data) < 3_000
    assert refused(data) == "FILE_UNPACKS_TOO_LARGE"
    assert refused(changed('r="A1"', f'r="{place}"', data=workbook({"S": [["a"]]}))) == "FILE_UNPACKS_TOO_LARGE"  # fmt: skip


def test_grids_of_all_sheets_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets share one limit."""
    two = workbook({"S": [["a"] * 5] * 5, "T": [["a"] * 5] * 6})
    monkeypatch.setattr(limits, "MAX_CELLS", 55)
    assert len(cells(two)) == 5
    monkeypatch.setattr(limits, "MAX_CELLS", 54)
    assert refused(two) == "FILE_UNPACKS_TOO_LARGE"


@pytest.mark.parametrize("place", ["XFE1", "A1048577", "AAAAAAA1", "A0", "A99999999999999999999", "1", "", "A1:B2"])  # fmt: skip
def test_places_that_no_sheet_has(place: str) -> None:
    assert refused(changed('r="B2"', f'r="{place}"')) == "FILE_DAMAGED"


def test_empty_formatted_cells_are_no_grid() -> None:
    """A format that goes over a whole row, or a range that is only said to be large, holds nothing."""
    far = '<c r="XFD1048576" s="1"/></row></sheetData>'
    assert cells(changed("</row></sheetData>", far)) == CELLS
    said = '<dimension ref="A1:XFD1048576"/><sheetData>'
    assert cells(changed("<sheetData>", said)) == CELLS
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    assert cells(changed("</sheetData>", merged)) == CELLS


def test_cells_without_places_follow_each_other() -> None:
    """Some programs leave addresses out."""
    data = PLAIN
    for place in ("A1", "B1", "A2", "B2"):
        data = changed(f' r="{place}"', "", data=data)
    for row in ("1", "2"):
        data = changed(f'<row r="{row}">', "<row>", data=data)
    assert cells(data) == CELLS
    monkeyed = changed("<row>", '<row r="1048000">', data=data)
    assert cells(monkeyed)[-1] == CELLS[-1]


def test_text_that_stands_in_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that is stored once and shown often is as large as all that shows it."""
    parts = parts_of(workbook({"S": [["x"] * 50] * 50}))
    parts[SHEET] = parts[SHEET].replace(b' t="inlineStr"', b' t="s"')
    parts[SHEET] = parts[SHEET].replace(b'<is><t xml:space="preserve">x</t></is>', b"<v>0</v>")
    text = b"<sst><si><t>" + b"y" * 1000 + b"</t></si></sst>"
    relations = parts["xl/_rels/workbook.xml.rels"]
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    parts["xl/_rels/workbook.xml.rels"] = relations.replace(
        b"</Relationships>",
        b'<Relationship Id="rIdS" Type="'
        + kind
        + b'" Target="sharedStrings.xml"/></Relationships>',
    )
    data = packed(parts | {"xl/sharedStrings.xml": text})
    assert cells(data)[49][49] == "y" * 1000
    monkeypatch.setattr(limits, "MAX_TEXT_BYTES", 2_499_999)
    assert refused(data) == "FILE_UNPACKS_TOO_LARGE"


def test_one_part_that_is_many_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    many = "".join(f'<sheet name="T{n}" sheetId="{n + 2}" r:id="rId1"/>' for n in range(100))
    data = changed("</sheets>", many + "</sheets>", BOOK, workbook({"S": [["x" * 100] * 10] * 10}))
    assert len(open_content(data).sheets) == 101
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 100_000)
    assert refused(data) == "FILE_UNPACKS_TOO_LARGE"


def test_parts_that_unpack_to_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever part it is, and whatever size the archive says it has."""
    monkeypatch.setattr(limits, "MAX_UNPACKED_BYTES", 1_000_000)
    data = packed(parts_of(PLAIN) | {"xl/media/image.bmp": b"0" * 5_000_000})
    assert refused(data) == "FILE_UNPACKS_TOO_LARGE"
    small, large = (n.to_bytes(4, "little") for n in (10, 5_000_000))
    assert refused(data.replace(large, small)) in ("FILE_UNPACKS_TOO_LARGE", "FILE_DAMAGED")


def test_two_parts_of_one_name() -> None:
    """Which of them a program opens is not known."""
    out = io.BytesIO(PLAIN)
    with pytest.warns(UserWarning), zipfile.ZipFile(out, "a") as archive:
        archive.writestr(SHEET, b"<worksheet/>")
    assert refused(out.getvalue()) == "FILE_DAMAGED"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<worksheet", '<!DOCTYPE a [<!ENTITY x "1">]><worksheet', "XML_FORBIDDEN"),
        ("<worksheet", '<!DOCTYPE a [<!ENTITY x SYSTEM "secret">]><worksheet', "XML_FORBIDDEN"),
        ("</sheetData>", "</sheetData", "FILE_DAMAGED"),
    ],
)
def test_xml_of_a_sheet(old: str, new: str, code: str) -> None:
    """The XML of a sheet is under the same rules as any."""
    assert refused(changed(old, new)) == code


def test_binary_workbook() -> None:
    """Its cells cannot be counted before it is opened."""
    assert refused(packed({"xl/workbook.bin": b"\x83\x01\x00"})) == "FILE_BINARY"


def test_memory_of_a_refused_workbook() -> None:
    """Refusing takes none of the memory that was asked for."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(changed('r="B2"', 'r="XFD1048576"'))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#SPILL!"])
@pytest.mark.parametrize(
    "cell", ['<c r="B2" t="e">', '<c t = \'e\' s="1" r="B2"  >', '<c\nr="B2"\nt="e">']
)
def test_errors_of_formulas_stand_as_texts(cell: str, error: str) -> None:
    """An empty cell would say that nothing was measured, or nothing found."""
    data = changed('<c r="B2"><v>5.0</v>', f"{cell}<f>1/0</f><v>{error}</v>")
    assert cells(data) == [("a", "b"), ("c", error)]


def test_errors_that_are_not_written_plainly() -> None:
    """What cannot be made a text is refused, never read as empty."""
    assert refused(changed('<c r="B2">', '<c r="B2" t="&#101;">')) == "FILE_DAMAGED"
