"""Cells in percent format hold a hundredth of what they show; a layout reads what they show."""

import io
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_layouts import HEADER, LAYOUT, found, load, read, refused, results
from tests.unit.workbooks import Cell, workbook
from transforms.problems import FileRefusedError
from transforms.readers.percent_cells import percent_cells

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def styled(
    formats: str,
    xfs: str,
    cells: dict[str, int],
    *,
    bare: bool = False,
    last: Sequence[Cell] = (0.5, 2.0),
) -> bytes:
    """Return a workbook with a value of 0.00001 in B2 and C2, and styles for some cells."""
    plain = workbook({"Info": [["x"]], "s": [HEADER, ["A", 0.00001, 0.00001], ["B", *last]]})
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(packed, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name.endswith("sheet2.xml"):
                for at, style in cells.items():
                    text = text.replace(f'r="{at}"', f's="{style}" r="{at}"')
                if bare:
                    for at in ("A", "B", "C"):
                        text = text.replace(f' r="{at}2"', "").replace(f' r="{at}3"', "")
            new.writestr(name, text)
        new.writestr("xl/styles.xml", f"<styleSheet {MAIN}>{formats}<cellXfs>{xfs}</cellXfs></styleSheet>")  # fmt: skip
    return packed.getvalue()


XFS = '<xf numFmtId="0"/><xf numFmtId="10"/><xf numFmtId="164"/><xf numFmtId="165"/>'
FORMATS = '<numFmts><numFmt numFmtId="164" formatCode="0.0000%"/><numFmt numFmtId="165" formatCode="0.0&quot; % IS&quot;"/></numFmts>'  # fmt: skip


@pytest.mark.parametrize("style", [1, 2])
def test_what_is_shown_as_percent_is_read_as_percent(style: int) -> None:
    """0.00001 in percent format is 0.001 %, in a column of limits and as a reported value."""
    book = styled(FORMATS, XFS, {"B2": style, "C2": style})
    assert percent_cells(book, "s") == {1: [2], 2: [2]}
    rows = read(LAYOUT, book)
    assert results(rows, "reported_value", "reported_number", "sensitivity_fraction")[0] == ("0.001 %", 0.001, 1e-5)  # fmt: skip
    # C3 is a plain 2 under the heading LOD [%]: 2 %, as it shows
    assert found(rows) == [(3, "LOD_NOT_PLAUSIBLE")]


def test_a_percent_sign_that_is_only_text_changes_no_number() -> None:
    """A format `0.0" % IS"` shows the number that is stored."""
    book = styled(FORMATS, XFS, {"B2": 3})
    assert percent_cells(book, "s") == {}
    assert results(read(LAYOUT, book), "reported_number")[0] == (0.00001,)


def test_cells_without_an_address_are_counted() -> None:
    """Some writers leave the address out; cells then follow each other."""
    book = styled(FORMATS, XFS, {"B2": 1}, bare=True)
    assert percent_cells(book, "s") == {1: [2]}


def test_words_and_other_sheets_have_no_percent() -> None:
    """Only numbers of the sheet asked for."""
    book = styled(FORMATS, XFS, {"A2": 1, "B2": 1})
    assert percent_cells(book, "s") == {1: [2]}
    assert percent_cells(book, "Info") == {}
    assert percent_cells(workbook({"s": [HEADER]}), "s") == {}


def test_styles_that_cannot_be_read_are_no_reason_to_guess() -> None:
    """A damaged part refuses the file; a sheet that is not there too."""
    book = styled("<numFmts>", XFS, {})
    assert refused(LAYOUT, book).code == "FILE_DAMAGED"
    with pytest.raises(FileRefusedError) as caught:
        percent_cells(styled(FORMATS, XFS, {}), "other")
    assert caught.value.code == "FILE_DAMAGED"


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_mutated_workbook_raises_anything_else(data: st.DataObject) -> None:
    """A damaged byte in any part gives rows that balance, or a refusal."""
    with zipfile.ZipFile(io.BytesIO(styled(FORMATS, XFS, {"B2": 1}))) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    at = data.draw(st.integers(0, len(parts[name]) - 1))
    piece = data.draw(st.sampled_from([b"", b"\xff", b"<", b'"', b"9" * 30, b"/"]))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for other, text in parts.items():
            archive.writestr(other, text[:at] + piece + text[at + 1 :] if other == name else text)
    try:
        rows = read(LAYOUT, packed.getvalue())
    except FileRefusedError:
        return
    load(rows)


def test_percent_cells_prove_nothing_of_texts_beside_them() -> None:
    """A point in what is shown is the workbook's, as in any number cell: `0,0032` typed beside it has a comma."""
    book = styled(FORMATS, XFS, {"B2": 1, "C2": 1}, last=("0,0032", 0.01))
    rows = results(read(LAYOUT, book), "reported_number")
    assert rows == [(0.001,), (0.0032,)]
