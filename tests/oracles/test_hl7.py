"""The messages that our reader reads, read again with the library hl7: the same sample, words, number and cycles."""

from pathlib import Path
from typing import Any

import hl7
import pytest

from tests.unit.message_files import ABOVE, INVALID, KIT, NEGATIVE, r32
from tests.unit.reading import read_text
from tests.unit.test_messages import obx, oru
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings

SAMPLE_DATA = Path(__file__).parents[2] / "sample_data"
CARTRIDGES = SAMPLE_DATA / "inbox" / "xpert-bcr-abl-ultra" / "run_2025-05-20.hl7"
SWAPPED = str.maketrans({"|": "!", "^": "+", "&": "$"})
CALLS = {"POSITIVE": "DETECTED", "NEGATIVE": "NOT_DETECTED", "INVALID": "INVALID", "NO RESULT": "INVALID"}  # fmt: skip


def messages(text: str) -> list[Any]:
    """Return the messages of a text by the library, which wants CR and one message at a time."""
    cut = text.replace("\x0b", "").replace("\x1c\r", "").split("MSH")[1:]
    return [hl7.parse(f"MSH{one}") for one in cut]


def cycles(message: Any, gene: str) -> str | None:
    """Return the Ct of a gene by the library."""
    for segment in message.segments("OBX"):
        if [str(s) for s in segment[4][0][0]] == [gene, "Ct"]:
            written = str(segment[5][0][1])
            return "Undetermined" if float(written) == 0 else written
    return None


def cartridge(message: Any) -> dict[str, str | None]:
    """Return what one message of a cartridge says, by the library alone."""
    (main,) = (s for s in message.segments("OBX") if not "".join(str(x) for x in s[4][0][0]))
    (words, number) = (str(c) for c in main[5][0])
    word, _, bracket = words.partition(" [")
    is_above = bracket.startswith("Above")
    upper = str(main[7]).split(" to ")[1]
    is_read = word != "NO RESULT"
    return {
        "sample_id": message.unescape(str(message.segment("SPM")[2])),
        "run_id": str(main[18][0][3]),
        "reported_call": "ABOVE_LOQ" if is_above else CALLS[word],
        "reported_value": f">{upper}" if is_above else (number or None),
        "target_cq": cycles(message, "BCR-ABL") if is_read else None,
        "control_cq": cycles(message, "ABL") if is_read else None,
    }


EXPORTS = {
    "sample data": CARTRIDGES.read_bytes().decode(),
    "each word": "".join(
        r32(words, f"S {n}", cartridge=str(n), analyte=analyte, target_ct=ct)
        for n, (words, analyte, ct) in enumerate(
            (
                ("POSITIVE [0.011% (IS) and MR3.96]^0.011", "POS", "30.3"),
                (ABOVE, "POS", "9.8"),
                (NEGATIVE, "NEG", "0.0"),
                (INVALID, "POS", "24.2"),
                ("NO RESULT^", "NO RESULT", "0.0"),
            )
        )
    ),
    "framed": f"\x0b{r32()}\x1c\r\x0b{r32(NEGATIVE, 'S 2', cartridge='2', analyte='NEG', target_ct='0.0')}\x1c\r",
    "escaped": r32(sample=r"S\T\1\F\2\S\3\R\4\E\5"),
    "other signs": r32(sample=r"S\T\1").translate(SWAPPED),
    "hexadecimal": r32(sample=r"S\X2F\1"),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_cartridges(name: str) -> None:
    """Sample, cartridge, call, number and both Ct of every message, in the order of the file."""
    text = EXPORTS[name]
    expected = [cartridge(m) for m in messages(text)]
    assert expected
    rows = read_text(text, KIT)
    measured = rows.tables["pcr_measurements"]
    assert measured.select(*expected[0]).to_dicts() == expected
    assert rows.rows_read == len(expected)


@pytest.mark.parametrize("value", ["0.0110", "0.5"])
def test_laboratory(value: str) -> None:
    """A number of an ORU^R01, its unit, its order and the laboratory's own number of the specimen."""
    text = oru(obx(value), sample="S 7") + oru(obx(value, unit="% (IS)"), sample="S 8", order="O 2")
    measured = read_text(text, KIT).tables["pcr_measurements"]
    expected = []
    for message in messages(text):
        row = message.segment("OBX")
        assert str(row[3][0][0]) == "69380-4"
        assert str(row[6]) in ("%", "% (IS)")
        specimen = message.segment("SPM")[2][0][1][0]
        expected.append((str(specimen), str(message.segment("OBR")[3]), str(row[5]), "PCT_IS"))
    columns = ("sample_id", "run_id", "reported_value", "reported_unit")
    assert measured.select(columns).rows() == expected


def test_labelled_defects() -> None:
    """Of the labelled messages those are read that the library sees as final, known and of the assay."""
    data = (SAMPLE_DATA / "defects" / "d-kit" / "genexpert.hl7").read_bytes()
    reader, content = find_reader(data)
    rows = reader.read(content, AssayNames("d-kit", None, None), ReaderSettings())
    read = []
    for message in messages(data.decode()):
        main = message.segments("OBX")[0]
        is_known = str(main[5][0][0]) in ("NEGATIVE [Sufficient ABL transcript]",)
        if str(main[11]) == "F" and is_known and str(message.segment("OBR")[4]) == "BCRABL":
            read.append(cartridge(message))
    assert rows.tables["pcr_measurements"].select(*read[0]).to_dicts() == read
    assert rows.rows_rejected == len(messages(data.decode())) - len(read)
