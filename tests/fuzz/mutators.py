"""What happens to files: transfers that break off, hands that edit, programs that save in their own way.

Each mutator takes the bytes of a file and a source of chance, and gives other bytes; none looks at a clock, so
a number makes the same mutant again.
"""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from random import Random

NASTY = (
    "", " ", "0", "-0", "-1", "1e400", "-1e400", "1e308", "9" * 40, "0." + "0" * 330 + "1", "NaN", "nan", "inf", "-Infinity",
    "1,5", "1.234,5", "1,234.5", "1.2.3", "--", "<0.01", ">55", "12 %", "=1+1", "=HYPERLINK(\"x\")", "#N/A", "#DIV/0!", "abc", "N/A",
    "Undetermined", "No Call", "null", "None", "true", "FALSE", "NTC", "H2O", "S1", "S2", "\u0662\u0663", "\u00bd", "\u2212" + "5", "\u0421\u0442", "Ä",
    "a" * 70_000, '"', '""', '"a', 'a"b', "'", "\\", "\t", ",", ";", "|", "^", "&", "~", "\r", "\x0b", "\x1c", "\x7f", "\ufeff", "\ufffd", "\u2028",
    "\U0001f9ec", "2024-02-30", "01/02/2024", "45000", "NEGATIVE [Sufficient ABL transcript]", "POSITIVE", "<b>", "&lt;", "]]>", "{", "[",
)  # fmt: skip
_TORN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
_SEPARATORS = "\t,;|^&: "
_XML_ATTRIBUTE = re.compile(rb'\s[\w:]+="[^"]*"')
_XML_TEXT = re.compile(rb">([^<>]+)<")
_JSON_VALUE = re.compile(rb'(?<=:)\s*("[^"]*"|-?[0-9.]+|null|true|false)')
_JSON_NASTY = (b"null", b"[]", b"{}", b'""', b"0", b"-1", b"1e400", b"NaN", b"true", b'"x"', b"[[1]]", b'{"a":1}', b"[" * 5000)  # fmt: skip


def mutant(data: bytes, others: tuple[bytes, ...], chance: Random) -> bytes:
    """Return a file with one to four faults.

    Args:
        data: a whole file.
        others: files to splice in.
        chance: decides all.
    """
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        if data.startswith(b"PK\x03\x04") and chance.random() < 0.75:
            data = _in_archive(data, others, chance)
        elif chance.random() < 0.08:
            data = _spliced(data, chance.choice(others), chance)
        else:
            data = chance.choice(_MUTATORS)(data, chance)
        if not data:
            return b""
    return data


def _flipped(data: bytes, chance: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        changed[chance.randrange(len(changed))] = chance.choice(
            (chance.randrange(256), 0, 0xFF, 0x0A, 0x22)
        )
    return bytes(changed)


def _cut(data: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data))
    kind = chance.randrange(3)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[at:]
    return data[:at] + data[at + chance.randint(1, 60) :]


def _line_end(data: bytes) -> bytes:
    return b"\r" if b"\r" in data and b"\n" not in data else b"\n"


def _lines(data: bytes, chance: Random) -> bytes:
    end = _line_end(data)
    lines = data.split(end)
    i, j = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(7)
    if kind == 0:
        lines.insert(i, lines[i])
    elif kind == 1:
        del lines[i]
    elif kind == 2:
        lines[i], lines[j] = lines[j], lines[i]
    elif kind == 3:
        lines[i:i] = lines[j:]
    elif kind == 4:
        lines.insert(i, b"")
    elif kind == 5:
        lines[i] += chance.choice((b"\tmore", b",,,", b"  ", b";;;;", b'"'))
    else:
        lines[i : i + 2] = [b"".join(lines[i : i + 2])]
    return end.join(lines)


def _split(data: bytes, chance: Random) -> tuple[bytes, list[list[bytes]]]:
    """Split a file at the separator that most of its lines have."""
    end = _line_end(data)
    lines = data.split(end)
    likely = max(
        _SEPARATORS[:5], key=lambda s: (sum(s.encode() in x for x in lines), data.count(s.encode()))
    )
    separator = (chance.choice(_SEPARATORS) if chance.random() < 0.1 else likely).encode()
    return separator, [line.split(separator) for line in lines]


def _cells(data: bytes, chance: Random) -> bytes:
    separator, rows = _split(data, chance)
    for _ in range(chance.choice((1, 1, 2, 5))):
        row = chance.choice(rows)
        row[chance.randrange(len(row))] = chance.choice(NASTY).encode()
    return _line_end(data).join(separator.join(row) for row in rows)


def _columns(data: bytes, chance: Random) -> bytes:
    separator, rows = _split(data, chance)
    at = chance.randrange(max(len(row) for row in rows))
    kind = chance.randrange(5)
    if kind == 0:
        rows = [row[:at] + row[at + 1 :] for row in rows]
    elif kind == 1:
        rows = [[*row[:at], *row[at : at + 1], *row[at:]] for row in rows]
    elif kind == 2:
        widest = max(rows, key=len)
        widest[at] = chance.choice((b"other", b"", widest[0], widest[-1], widest[at].upper()))
    elif kind == 3:
        filling = chance.choice(NASTY).encode()
        rows = [[*row[:at], filling, *row[at + 1 :]] if len(row) > at else row for row in rows]
    else:
        rows = [[*row[at:], *row[:at]] for row in rows]
    return _line_end(data).join(separator.join(row) for row in rows)


def _saved_again(data: bytes, chance: Random) -> bytes:
    """Save with another separator, encoding or line end, as editors and spreadsheets do."""
    kind = chance.randrange(9)
    if kind == 0:
        old, new = chance.sample(_SEPARATORS, 2)
        return data.replace(old.encode(), new.encode())
    if kind == 1:
        return data.replace(b".", b",")
    if kind == 2:
        return data.replace(b"\r\n", b"\n").replace(b"\n", chance.choice((b"\r", b"\r\n", b"\n\n")))
    if kind == 3:
        return b"\xef\xbb\xbf" * chance.choice((1, 2)) + data
    if kind == 4:
        return data + chance.choice((b"\x1a", b"\x00", b"\n" * 50, b" " * 500, b'"', b"\xff\xfe"))
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data[::-1]
    if kind == 5:
        return text.encode("latin-1", errors="replace") + b"\xe4"
    if kind == 6:
        return b"\xff\xfe" + text.encode("utf-16-le")
    if kind == 7:
        return b"\xfe\xff" + text.encode("utf-16-be")
    return text.encode("utf-16-le")


def _xml(data: bytes, chance: Random) -> bytes:
    """Take attributes away, change what stands between tags; other files get odd tags."""
    pattern = chance.choice((_XML_ATTRIBUTE, _XML_TEXT))
    found = list(pattern.finditer(data))
    if not found:
        at = chance.randrange(len(data))
        return data[:at] + chance.choice((b"<", b">", b"<a>", b"</a>", b"<!--")) + data[at:]
    one = chance.choice(found)
    if pattern is _XML_ATTRIBUTE:
        if chance.random() < 0.5:
            return data[: one.start()] + data[one.end() :]
        name = one.group().split(b'"')[0]
        filling = name + b'"' + chance.choice(NASTY).encode() + b'"'
    else:
        filling = b">" + chance.choice(NASTY).encode() + b"<"
    return data[: one.start()] + filling + data[one.end() :]


def _json(data: bytes, chance: Random) -> bytes:
    """Give values of JSON another type; other files get odd brackets."""
    found = list(_JSON_VALUE.finditer(data)) if data.lstrip()[:1] in (b"{", b"[") else []
    if not found:
        at = chance.randrange(len(data))
        return data[:at] + chance.choice((b"{", b"}", b"[", b"]", b":")) + data[at:]
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(_JSON_NASTY) + data[one.end() :]


def _spliced(data: bytes, other: bytes, chance: Random) -> bytes:
    end = _line_end(data)
    mine, theirs = data.split(end), other.split(_line_end(other))
    i, j = chance.randrange(len(mine) + 1), chance.randrange(len(theirs) + 1)
    return chance.choice(
        (
            end.join([*mine[:i], *theirs[j:]]),
            end.join([*theirs[:j], *mine[i:]]),
            end.join([*mine[:i], *theirs, *mine[i:]]),
            data + end + other,
        )
    )


def _in_archive(data: bytes, others: tuple[bytes, ...], chance: Random) -> bytes:
    """Change a part of an archive and pack it again; cells of a workbook get another type."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {i.filename: archive.read(i) for i in archive.infolist()}
    except _TORN:
        return _flipped(data, chance)
    if not parts:
        return _flipped(data, chance)
    name = chance.choice([*(n for n in parts if "sheet" in n), *parts])
    kind = chance.randrange(8)
    if kind == 0:
        del parts[name]
    elif kind == 1:
        parts["more/" + name] = parts[name]
    elif kind == 2 and b"<c r=" in parts[name]:
        parts[name] = _retyped(parts[name], chance)
    elif kind == 3 and b"<c r=" in parts[name]:
        parts[name] = _moved(parts[name], chance)
    elif kind == 4 and b"<row " in parts[name]:
        rows = parts[name].split(b"<row ")
        i = chance.randrange(1, len(rows))
        j = chance.randrange(1, len(rows))
        rows[i] = chance.choice((rows[j], rows[i] + b"<row " + rows[j], b"></row>"))
        parts[name] = b"<row ".join(rows)
    elif kind == 5 and parts[name]:
        parts[name] = _flipped(parts[name], chance)
    else:
        parts[name] = chance.choice((_xml, _xml, _cut))(parts[name] or b" ", chance)
    packing = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for part, content in parts.items():
            archive.writestr(zipfile.ZipInfo(part, (1980, 1, 1, 0, 0, 0)), content, packing)
    return packed.getvalue()


def _retyped(sheet: bytes, chance: Random) -> bytes:
    """Make a cell a number, a text, a truth, an error, a date or a formula."""
    cells = list(re.finditer(rb'<c r="([A-Z]+[0-9]+)".*?</c>', sheet))
    if not cells:
        return sheet
    one = chance.choice(cells)
    filling = chance.choice(
        (
            b"<v>1e400</v></c>", b"<v>-1</v></c>", b"<v>0</v></c>", b"<v>abc</v></c>", b"<v></v></c>", b"</c>", b"<f>1+1</f><v>2</v></c>",
            b"<v>" + b"9" * 400 + b"</v></c>", b"<v>NaN</v></c>",
        )
    )  # fmt: skip
    kind = chance.choice((b"", b' t="b"', b' t="e"', b' t="str"', b' t="s"', b' t="d"', b' t="n"', b' s="99"', b' t="inlineStr"'))  # fmt: skip
    return sheet[: one.start()] + b'<c r="' + one.group(1) + b'"' + kind + b">" + filling + sheet[one.end() :]  # fmt: skip


def _moved(sheet: bytes, chance: Random) -> bytes:
    """Give a cell another place, far away or none."""
    places = (b"A1", b"XFD1048576", b"ZZ9", b"A0", b"", b"1A", b"AAAAAAAA1", b"A99999999999", b"A1:B2", b"\xc3\x84" + b"1")  # fmt: skip
    cells = list(re.finditer(rb' r="[A-Z]*[0-9]+"', sheet))
    if not cells:
        return sheet
    one = chance.choice(cells)
    return sheet[: one.start()] + b' r="' + chance.choice(places) + b'"' + sheet[one.end() :]


_MUTATORS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flipped, _cut, _lines, _lines, _lines, _cells, _cells, _cells, _cells, _columns, _columns, _saved_again, _saved_again, _xml, _json,
)  # fmt: skip
