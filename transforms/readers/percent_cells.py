"""Cells that a workbook shows as percent: it stores 0.001 % as 0.00001, which under a heading `[%]` is a hundredth.

calamine gives the stored number and not its format, so the styles are read here.
"""

import io
import re
import zipfile

from transforms.problems import FileRefusedError
from transforms.readers.content import ZIP_ERRORS
from transforms.readers.safe_xml import Node, parse_xml

_PERCENT_FORMATS = {9, 10}
"""Built-in formats `0%` and `0.00%` (ECMA-376 part 1, 18.8.30)."""
_TAG = re.compile(rb"<(?:[A-Za-z0-9]+:)?(row|c)(\s[^<>]*)?>")
_MAX_PART_BYTES = 512 * 1024 * 1024


def percent_cells(workbook: bytes, sheet: str) -> dict[int, list[int]]:
    """Return the numbers of a sheet that are shown as percent.

    Args:
        workbook: the bytes of an xlsx file.
        sheet: name of the sheet.

    Returns:
        Rows, from 1, by column, from 0.

    Raises:
        FileRefusedError: FILE_DAMAGED, or XML_FORBIDDEN.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
            names = set(archive.namelist())
            if "xl/styles.xml" not in names or "xl/workbook.xml" not in names:
                return {}
            styles = _percent_styles(parse_xml(_part(archive, "xl/styles.xml")))
            return _cells(_part(archive, _path_of(archive, sheet)), styles) if styles else {}
    except (*ZIP_ERRORS, KeyError):
        raise FileRefusedError(
            "FILE_DAMAGED",
            f"the formats of the cells of the sheet {sheet} cannot be read; save the workbook again",
        ) from None


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        data = part.read(_MAX_PART_BYTES + 1)
    if len(data) > _MAX_PART_BYTES:
        raise FileRefusedError(
            "FILE_UNPACKS_TOO_LARGE", "a part of the workbook is too large; export less"
        )
    return data


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str:
    book = parse_xml(_part(archive, "xl/workbook.xml"))
    named = [s for s in book.all("sheets/sheet") if s.attributes.get("name") == sheet]
    ids = [v for s in named for k, v in s.attributes.items() if k.endswith(":id")]
    links = parse_xml(_part(archive, "xl/_rels/workbook.xml.rels"))
    targets = {n.attributes.get("Id"): n.attributes.get("Target", "") for n in links.all("Relationship")}  # fmt: skip
    target = targets[ids[0]] if ids else ""
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _percent_styles(styles: Node) -> set[int]:
    """Return the numbers of cell styles with a percent format."""
    own = {
        _int(n.attributes.get("numFmtId"))
        for n in styles.all("numFmts/numFmt")
        if "%" in re.sub(r'"[^"]*"|\\.', "", n.attributes.get("formatCode", ""))
    }
    formats = _PERCENT_FORMATS | own
    return {
        number
        for number, style in enumerate(styles.all("cellXfs/xf"))
        if _int(style.attributes.get("numFmtId")) in formats
    }


def _cells(sheet: bytes, styles: set[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    row, column = 0, -1
    for tag in _TAG.finditer(sheet):
        written = dict(re.findall(rb"""([a-z]+)\s*=\s*["']([^"']*)["']""", tag.group(2) or b""))
        at = re.fullmatch(rb"([A-Z]*)([0-9]*)", written.get(b"r", b""))
        letters, number = at.groups() if at else (b"", b"")
        if tag.group(1) == b"row":
            row, column = int(number) if number else row + 1, -1
            continue
        column = _column(letters) if letters else column + 1
        is_number = written.get(b"t", b"n") == b"n"
        if is_number and _int(written.get(b"s", b"0").decode(errors="replace")) in styles:
            found.setdefault(column, []).append(row)
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _int(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1
