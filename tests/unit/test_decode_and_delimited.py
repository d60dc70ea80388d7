"""Bytes to rows: no encoding, line end, quote or ragged row loses a cell or shifts a line."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.reading import codes, read_text
from transforms.problems import FileRefusedError
from transforms.readers.decode import to_utf8
from transforms.readers.delimited import read_delimited, text_lines
from transforms.readers.encodings import ENCODINGS
from transforms.readers.registry import find_reader
from transforms.readers.texts import texts_of

TEXT = "sample_id,tissue\nÄ-1,µ\n"
HEADER = ("sample_id", "assay_id", "target_copies", "control_copies")


def refusal_of(call: Any, *args: Any) -> FileRefusedError:
    """Return the refusal that a call raises."""
    with pytest.raises(FileRefusedError) as caught:
        call(*args)
    return caught.value


def rows_of(text: str, separator: str = ",") -> list[tuple[Any, ...]]:
    """Return source line and cells of the good rows."""
    return read_delimited(text_lines(text.encode()), separator).cells.rows()


@pytest.mark.parametrize(
    ("bom", "encoding"),
    [
        (b"", "utf-8"),
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_give_one_text(bom: bytes, encoding: str, end: str) -> None:
    """The same table in any encoding and with any line end is the same text."""
    assert to_utf8(bom + TEXT.replace("\n", end).encode(encoding)) == TEXT.encode()


def test_mixed_line_ends() -> None:
    """Each of CRLF, CR and LF ends one line, whatever the others of the file are."""
    assert to_utf8(b"a\r\nb\rc\nd\r\r\ne\n\rf") == b"a\nb\nc\nd\n\ne\n\nf"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b" \t\r\n \n", "FILE_EMPTY"),
        (b"\xef\xbb\xbf", "FILE_EMPTY"),
        (b"\xef\xbb\xbf\r\n", "FILE_EMPTY"),
        (b"\xff\xfe" + "\r\n ".encode("utf-16-le"), "FILE_EMPTY"),
        (b"%PDF-1.7\nsample_id", "FILE_BINARY"),
        (b"PK\x03\x04sheet", "FILE_DAMAGED"),
        (b"\x1f\x8b\x08gz", "FILE_DAMAGED"),
        (b"\x89PNG\r\n", "FILE_BINARY"),
        (b"\xd0\xcf\x11\xe0old excel", "FILE_BINARY"),
        (b"{\\rtf1 letter}", "FILE_BINARY"),
        (b"sample_id\x00,tissue\n", "FILE_BINARY"),
        (b"sample_id\n" + b"x" * 5000 + b"\x00\n", "FILE_BINARY"),
        (b"sample_id\n\x01\n", "FILE_BINARY"),
        (TEXT.encode("utf-16-le"), "FILE_BINARY"),
        (b"\xff\xfe" + "a\n".encode("utf-16-le") + b"b", "FILE_ENCODING"),
        (b"\xff\xfe" + b"a\x00\x00\xd8b\x00", "FILE_ENCODING"),
        (TEXT.encode("cp1252"), "FILE_ENCODING"),
    ],
)
def test_unusable_bytes_are_refused(data: bytes, code: str) -> None:
    """Bytes that are no text are refused with the code that says why, never read in part."""
    assert refusal_of(find_reader, data).code == code


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_bad_byte_is_named_with_its_line(end: bytes) -> None:
    """The line of the byte that is not UTF-8 counts every kind of line end."""
    refusal = refusal_of(to_utf8, end.join([b"sample_id,lab", b"S-1,a", b"S-2,H\xe4matologie"]))
    assert (refusal.code, refusal.line) == ("FILE_ENCODING", 3)
    assert "0xe4 on line 3" in refusal.message


@given(st.lists(st.text(alphabet="a9é \"',;\t#", max_size=6), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_lines_keep_their_numbers(lines: list[str]) -> None:
    """Blank lines count, before, between and after the others."""
    read = text_lines(("\n".join(lines) + "\n").encode())
    assert [(n, line or "") for n, line in read.rows()] == list(enumerate(lines, start=1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n3,4\n", [(2, "1", "2"), (3, "3", "4")]),
        ("a,b\n1,2\n3,4", [(2, "1", "2"), (3, "3", "4")]),
        ("\n\na,b\n1,2\n", [(4, "1", "2")]),
        ("a,b\n\n1,2\n\n\n3,4\n\n", [(3, "1", "2"), (6, "3", "4")]),
        ("a,b\n,\n , \n1,2\n", [(4, "1", "2")]),
        ("a,b\n 1 ,  2\n", [(2, "1", "2")]),
        ("a,b\n1,\n,2\n", [(2, "1", None), (3, None, "2")]),
        ('a,b\n"1,5",2\n', [(2, "1,5", "2")]),
        ('a,b\n"say ""no""",2\n', [(2, 'say "no"', "2")]),
        ('a,b\n"",2\n', [(2, None, "2")]),
        ('a,b\n"x\ny",2\n3,4\n', [(2, "x\ny", "2"), (4, "3", "4")]),
        ('\na,b\n\n"x\n\ny",2\n\n3,"4\n"\n', [(4, "x\n\ny", "2"), (8, "3", "4")]),
        ('a,b\n5" tube,2\n', [(2, '5" tube', "2")]),
    ],
)
def test_rows_and_their_lines(text: str, expected: list[tuple[Any, ...]]) -> None:
    """Quotes are taken off, empty cells are null, and each row knows the line it starts on."""
    assert rows_of(text) == expected


@pytest.mark.parametrize("padding", [",", ",,,", " , ,", ',""', ',"",""'])
def test_padding_separators_are_no_cells(padding: str) -> None:
    """Empty cells beyond the header, which spreadsheets write, do not make a row too long."""
    assert rows_of(f"a,b\n1,2{padding}\n3,4\n") == [(2, "1", "2"), (3, "3", "4")]


@pytest.mark.parametrize(
    ("row", "n_cells"),
    [
        ("S-1,A,1,234,31000", 5),
        ('S-1,A,1,234,"31000"', 5),
        ('"S-1","A","1","234","31000"', 5),
        ('"S-1","A",,"1","234","","x"', 7),
        ("S-1,A,1,234,31000,,", 5),
    ],
)
def test_row_with_more_cells_is_refused(row: str, n_cells: int) -> None:
    """A row with cells beyond the header is refused, quoted or not, and its neighbours stay."""
    text = f"{','.join(HEADER)}\nS-0,A,1,2\n{row}\nS-2,A,1,2\n"
    read = read_text(text)
    assert codes(read.findings) == [(3, "ROW_TOO_LONG")]
    assert f"has {n_cells} cells" in read.findings.item(0, "message")
    assert (read.rows_read, read.rows_rejected) == (3, 1)
    assert read.tables["pcr_measurements"]["source_line"].to_list() == [2, 4]


@pytest.mark.parametrize("row", ["S-1,A,1", '"S-1","A","1"', "S-1", '"S-1\n",A'])
def test_row_with_fewer_cells_is_refused(row: str) -> None:
    """A row that stops before the header's last column is refused; nothing is filled in."""
    read = read_text(f"{','.join(HEADER)}\nS-0,A,1,2\n{row}\nS-2,A,1,2\n")
    assert codes(read.findings) == [(3, "ROW_TOO_SHORT")]
    assert (read.rows_read, read.rows_rejected) == (3, 1)
    assert read.tables["pcr_measurements"]["sample_id"].to_list() == ["S-0", "S-2"]


@pytest.mark.parametrize("blank", [",,,", '"","","",""', "\t", " ,\t,,", '"\n",,,'])
@pytest.mark.parametrize("first", ["S-0,A,1,2", 'S-0,"A\nB",1,2'])
def test_blank_row_is_no_row(blank: str, first: str) -> None:
    """A row without any text is no data row, however it is written and whatever stands beside."""
    read = read_text(f"{','.join(HEADER)}\n{first}\n{blank}\nS-2,A,1,2\n")
    assert (read.rows_read, read.rows_rejected, read.findings.height) == (2, 0, 0)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\n1,2\n"3,4\n', 3),
        ('a,b\n1,2\n3,"4\n5,6\n', 3),
        ('a,b\n"x\ny",2\n3,"4\n5,6\n', 4),
        ('a,b\n1,2\n"3"x,4\n', 3),
    ],
)
def test_unclosed_quote_is_named_with_its_line(text: str, line: int) -> None:
    """A quote that is never closed refuses the file and names the row where it starts."""
    refusal = refusal_of(read_delimited, text_lines(text.encode()), ",")
    assert (refusal.code, refusal.line) == ("QUOTE_NOT_CLOSED", line)


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "a,b\n\n,\n", 'a,b\n"",""\n', 'a,b\n"\n",\n'])
def test_header_without_rows_is_empty(text: str) -> None:
    """A file with a header and nothing below it has lost its rows on the way."""
    assert refusal_of(read_delimited, text_lines(text.encode()), ",").code == "FILE_EMPTY"


def test_text_of_one_long_line_is_refused() -> None:
    """A text without line ends, such as JSON, is refused; it does not stop the load."""
    assert refusal_of(find_reader, b"x" * 200_000).code == "FILE_NOT_RECOGNISED"


def test_long_cell_is_read() -> None:
    """A cell may be long, such as a comment with a whole letter in it."""
    assert rows_of(f'a,b\n"{"x" * 200_000}",2\n') == [(2, "x" * 200_000, "2")]


CELLS = st.text(alphabet="aZ0é \",;\t\n'.", max_size=5)


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=6),
    width=st.integers(3, 4),
    separator=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    blank_lines=st.integers(0, 2),
)
@settings(max_examples=300, deadline=None)
def test_what_the_csv_module_writes_is_read_back(
    rows: list[list[str]], width: int, separator: str, quoting: Any, blank_lines: int
) -> None:
    """Cells come back equal, from the line they start on, and every row is counted once."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\n", quoting=quoting)
    text.write("\n" * blank_lines)
    writer.writerow(HEADER[:width])
    good: list[tuple[Any, ...]] = []
    bad: dict[str, list[int]] = {"ROW_TOO_LONG": [], "ROW_TOO_SHORT": []}
    for row in rows:
        line = text.getvalue().count("\n") + 1
        writer.writerow(row)
        cells = [c.strip() for c in row]
        while len(cells) > width and not cells[-1]:
            cells.pop()
        if not any(cells):
            continue
        if len(cells) == width:
            good.append((line, *(c or None for c in cells)))
        else:
            bad["ROW_TOO_LONG" if len(cells) > width else "ROW_TOO_SHORT"].append(line)
    if not good and not any(bad.values()):
        assert refusal_of(read_text, text.getvalue()).code == "FILE_EMPTY"
        return
    read = read_text(text.getvalue())
    assert read.tables["pcr_measurements"].select("source_line", *HEADER[:width]).rows() == good
    assert codes(read.findings) == sorted((n, code) for code, lines in bad.items() for n in lines)
    assert read.rows_rejected == sum(map(len, bad.values()))
    assert read.rows_read == len(good) + read.rows_rejected


def test_line_of_a_byte_order_mark_is_a_line() -> None:
    """Exports glued together keep the mark of the second; polars would take the line away."""
    parts = read_delimited(text_lines("a\n\ufeff\n1\n".encode()), "\t")
    assert parts.cells.height == 2


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_header_wider_than_any_export_is_refused(separator: str) -> None:
    """The time that a table takes grows with the square of its columns."""
    widest = separator.join(f"c{n}" for n in range(2_000))
    row = separator.join("1" for _ in range(2_000))
    assert read_delimited(text_lines(f"{widest}\n{row}\n".encode()), separator).cells.height == 1
    with pytest.raises(FileRefusedError, match="the header has 2001 columns") as refused:
        read_delimited(text_lines(f"{widest}{separator}x\n{row}\n".encode()), separator)
    assert (refused.value.code, refused.value.line) == ("FILE_TOO_LARGE", 1)


@pytest.mark.parametrize(
    ("encoding", "data", "line"),
    [
        ("windows-1252", b"a\r\nb\r\n\x81", 3),
        ("windows-1250", b"a\rb\r\x98", 3),
        ("iso-8859-1", b"a\n\x80", 2),
        ("iso-8859-15", b"a\n\x9f\n", 2),
        ("utf-16-le", "a\nb".encode("utf-16-le") + b"\x00\xd8", 2),
    ],
)
def test_byte_that_a_named_encoding_does_not_have(encoding: str, data: bytes, line: int) -> None:
    """It is refused with its line: the encoding named is the wrong one."""
    refusal = refusal_of(lambda d: to_utf8(d, encoding), data)
    assert (refusal.code, refusal.line) == ("FILE_ENCODING", line)
    assert encoding in refusal.message


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_named_encoding_is_for_texts_that_do_not_say_their_own(encoding: str) -> None:
    """Letters come out as they are written; a byte-order mark goes before what is named."""
    text = "Möller;é\r\nx;ß\r\n"
    plain = text.replace("\r\n", "\n").encode()
    assert to_utf8(text.encode(encoding), encoding) == plain
    assert to_utf8(b"\xff\xfe" + text.encode("utf-16-le"), encoding) == plain
    assert to_utf8(b"\xef\xbb\xbf" + text.encode(), encoding) == plain


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_name_is_found_in_every_encoding_that_can_be_named(encoding: str) -> None:
    """Whoever is forgotten is searched for in all of them."""
    name = "Ž" if encoding in ("windows-1252", "windows-1250", "iso-8859-15") else "Ö"
    assert any(name in text for text in texts_of(f"x;{name}berg\n".encode(encoding)))
