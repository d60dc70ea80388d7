"""Xpert BCR-ABL Ultra in its three exports: every word becomes one thing, and unknown words become nothing."""

import random
from collections.abc import Callable

import polars as pl
import pytest

from tests.unit.message_files import (
    ABOVE,
    INVALID,
    KIT,
    NEGATIVE,
    POSITIVE,
    astm,
    counted,
    derived,
    r32,
)
from tests.unit.message_files import (
    LIMITS as KIT_RANGE,
)
from tests.unit.reading import codes, read_text
from transforms.problems import FileRefusedError
from transforms.readers.content import open_content
from transforms.readers.genexpert_words import cq, kit_words, plain_words
from transforms.readers.registry import READERS, find_reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

SAID = ("reported_call", "reported_value", "reported_unit", "target_cq", "control_cq")


def export(*tests: str) -> bytes:
    """Write a Dx export of some tests: UTF-16 with its mark, CRLF, stray marks between blocks."""
    head = ("System Name,GeneXpert Dx System", "Exported Date,11/10/12 09:10:11", "Report User Name,Quimby", "",
            "ASSAY INFORMATION", "Assay,Xpert BCR-ABL Ultra G2", "Assay Version,1", "Analysis Settings", "Analyte Name,Ct Min")  # fmt: skip
    text = "\r\n".join([*head, *(f"\ufeff\r\n{t}" for t in tests)]) + "\r\n"
    return b"\xff\xfe" + text.encode("utf-16-le")


def dx(
    result: str = "POSITIVE [0.011% (IS) and MR3.96]|",
    sample: str = "S 1",
    *,
    cartridge: str = "700039",
    status: str = "Done",
    analytes: tuple[str, ...] = ("BCR-ABL,30.3,164,POS,PASS", "ABL,12.2,434,NA,PASS"),
    test_type: str = "Specimen",
    ended: str = "2024-06-04 17:05:12",
    assay: str = "Xpert BCR-ABL Ultra G2",
    messages: str = '"Cartridge was opened,\r\nsee log."',
) -> str:
    """Write one RESULT TABLE."""
    return "\r\n".join(
        (
            "RESULT TABLE", f"Sample ID,{sample}", "Patient ID", f"Assay,{assay}", f"Test Type,{test_type}",
            "User,Quimby", f"Cartridge S/N,{cartridge}", f"Status,{status}", f"End Time,{ended}",
            "Error Status,OK", f"Test Result,{result}", "History", "Action,Quimby", "Analyte Result",
            "Analyte Name,Ct,EndPt,Analyte Result,Probe Check Result", *analytes, "Detail",
            "Analyte Name,Probe Check", "BCR-ABL,99", "Melt Peaks", "Errors", "Messages", messages, "",
        )
    )  # fmt: skip


def result(text: str | bytes, assay: AssayNames | None = KIT) -> dict[str, object]:
    """Return the one measurement of a file."""
    (row,) = counted(read_text(text, assay)).tables["pcr_measurements"].to_dicts()
    return row


QUANTIFIED = ("DETECTED", "0.011", "PCT_IS", "30.3", "12.2")


@pytest.mark.parametrize("text", [r32(), astm(), export(dx())], ids=["hl7", "astm", "csv"])
def test_quantified(text: str | bytes) -> None:
    """Percent on the scale is the value, whatever MR or Delta Ct stand beside it."""
    row = result(text)
    assert tuple(row[c] for c in SAID) == QUANTIFIED
    said = ("sample_id", "assay_id", "run_id", "replicate", "result_version")
    assert tuple(row[c] for c in said) == ("S 1", "xpert", "700039", "1", "1")
    (run,) = read_text(text, KIT).inline["runs"].to_dicts()
    assert (run["performed_on"], run["is_valid"], run["is_correction"]) == ("2024-06-04", "true", None)  # fmt: skip


@pytest.mark.parametrize(
    ("words", "call", "value", "cts"),
    [
        (ABOVE, "ABOVE_LOQ", ">55.00", ("9.8", "9.2")),
        (NEGATIVE, "NOT_DETECTED", None, ("Undetermined", "9.2")),
        (INVALID, "INVALID", None, ("9.8", "9.2")),
        ("INVALID [Insufficient ABL transcript]^", "INVALID", None, ("9.8", "Undetermined")),
        ("INVALID [Too high ABL transcript]^", "INVALID", None, ("9.8", "9.2")),
        ("NO RESULT^", "INVALID", None, (None, None)),
        ("ERROR^", "INVALID", None, (None, None)),
        ("ERROR 5007^", "INVALID", None, (None, None)),
        ("POSITIVE [Below LoD]^", "BELOW_LOD", "<0.0030", ("9.8", "9.2")),
        ("POSITIVE [Below lower LoQ]^", "BELOW_LOQ", "<0.0030", ("9.8", "9.2")),
    ],
)
@pytest.mark.parametrize("write", [r32, astm], ids=["hl7", "astm"])
def test_words(write, words, call, value, cts) -> None:  # type: ignore[no-untyped-def]
    """Each of the kit's words, with its Ct: `0.0` is not detected, and nothing at all in a failed cartridge."""
    target = "0.0" if call == "NOT_DETECTED" or cts[0] is None else "9.8"
    control = "0.0" if cts[1] != "9.2" else "9.2"
    analyte = "NEG" if call == "NOT_DETECTED" else "POS"
    text = write(words, target_ct=target, control_ct=control, analyte=analyte)
    row = result(text)
    assert tuple(row[c] for c in SAID) == (call, value, "PCT_IS" if value else None, *cts)
    (run,) = read_text(text, KIT).inline["runs"].to_dicts()
    assert run["is_valid"] == ("false" if call == "INVALID" else "true")
    recalled = call.startswith("BELOW") or "5007" in words
    found = [c for _, c in codes(read_text(text, KIT).findings)]
    assert found == (["LAYOUT_NOT_CONFIRMED"] if recalled else [])


UNKNOWN = [
    "POSITIVE [Something new]^",
    "POSITIVE^",
    "POSITIVE []^",
    "POSITIVE [0.011% and MR3.96]^0.011^7",
    "POSITIVE [0.011% (IS) and MR3.96]^0.11",
    "POSITIVE [0.011% (IS) and MR3.96]^<0.011",
    "POSITIVE [0.011% (IS)]^",
    "POSITIVE [Above upper LoQ]^60.1",
    "POSITIVE [Below LoD; <0.0030%]^",
    "NEGATIVE^",
    "NEGATIVE [Insufficient ABL transcript]^",
    "NEGATIVE [Sufficient ABL transcript]^0.002",
    "NEGATIVE 5 [Sufficient ABL transcript]^",
    "INVALID [For another reason]^",
    "INVALID [Too high ABL transcript]^12.0",
    "NOT DETECTED^",
    "DETECTED^0.5",
    "PRESUMPTIVE POSITIVE^",
    "NO RESULT [x]^",
    "0.011^",
    "^0.011",
    "^",
    "POSITIF [0.011% (IS) et MR3.96]^0.011",
]


@pytest.mark.parametrize("words", UNKNOWN)
@pytest.mark.parametrize("write", [r32, astm], ids=["hl7", "astm"])
def test_unknown_words_are_for_a_person(write, words: str) -> None:  # type: ignore[no-untyped-def]
    """Words outside the table give a rejected row that names them, and never a call or value."""
    rows = counted(read_text(write(words), KIT))
    assert (rows.rows_read, rows.rows_rejected, rows.tables) == (1, 1, {})
    (finding,) = rows.findings.to_dicts()
    assert finding["code"] == "RESULT_NOT_UNDERSTOOD"
    assert words.strip("^").split("^")[0] in finding["message"]


def test_unit_must_be_the_scale() -> None:
    """The number is taken as on the International Scale only where the unit says so."""
    for text in (r32("POSITIVE^0.5", unit="%"), r32(unit="%"), r32("POSITIVE^0.5", unit="")):
        assert codes(read_text(text, KIT).findings) == [(6, "RESULT_NOT_UNDERSTOOD")]
    assert result(r32("POSITIVE^0.5"))["reported_unit"] == "PCT_IS"
    assert result(r32(ABOVE, unit=""))["reported_value"] is None
    assert result(r32(ABOVE, limits="see below"))["reported_call"] == "ABOVE_LOQ"


@pytest.mark.parametrize("write", [r32, astm], ids=["hl7", "astm"])
@pytest.mark.parametrize(
    ("limits", "loq", "lod", "upper", "severity", "words"),
    [
        ("0.0030 to 55.00", (0.00003,), (0.00003,), 0.55, None, ""),
        ("*0.0030-55.00", (0.00003,), (), None, None, ""),
        ("0.0030 to 55.00", (), (0.00003,), None, None, ""),
        ("0.0030 to 55.00", (), (), None, None, ""),
        ("0.0030 to 55.00", (0.00002, 0.00003), (), 0.55, None, ""),
        ("see below", (0.00005,), (0.00005,), 0.55, None, ""),
        # numbers and depths that the kit does not claim
        ("0.0030 to 55.00", (0.000002,), (), 0.55, "REVIEW", "a LOQ of 0.0002 % (IS)"),
        ("0.0030 to 55.00", (0.00003,), (0.000003,), 0.55, "REVIEW", "a LOD of 0.0003 % (IS)"),
        ("0.0030 to 55.00", (), (0.000003,), None, "REVIEW", "a LOD of 0.0003 % (IS)"),
        ("0.0030 to 50.00", (0.00003,), (), 0.55, "REVIEW", "an upper end of 55 % (IS)"),
        # the laboratory's own limits, more careful than the kit's
        (
            "0.0030 to 55.00",
            (0.00005, 0.00006),
            (0.00004,),
            0.55,
            "NOTE",
            "a LOQ of 0.005 % (IS) or 0.006 % (IS);",
        ),
        ("0.0030 to 55.00", (), (0.00004,), 0.55, "NOTE", "a LOD of 0.004 % (IS)"),
    ],
)
def test_printed_range_is_compared_with_the_limits_of_the_assay(
    write: Callable[..., str], limits: str, loq: tuple[float, ...], lod: tuple[float, ...], upper: float | None,
    severity: str | None, words: str,
) -> None:  # fmt: skip
    """A difference is one finding of the file with both numbers; the results are the same."""
    assay = AssayNames("xpert", None, None, None, True, loq, lod, upper)
    first = write(NEGATIVE, "S 1", analyte="NEG", target_ct="0.0")
    text = (first + write(sample="S 2", cartridge="2")).replace(KIT_RANGE, limits)
    rows = counted(read_text(text, assay))
    calls = rows.tables["pcr_measurements"]["reported_call"].to_list()
    assert (calls, rows.rows_rejected) == (["NOT_DETECTED", "DETECTED"], 0)
    found = rows.findings.select("code", "severity", "source_line", "value").rows()
    line = text.replace("\r", "\n").split(limits)[0].count("\n") + 1
    assert found == ([("PRINTED_RANGE_DIFFERS", severity, line, limits)] if severity else [])
    for message in rows.findings["message"]:
        assert f"{limits} % (IS) is printed beside 2 results" in message
        assert words in message


@pytest.mark.parametrize("number", ["60.2", "55.01", "0.0029"])
@pytest.mark.parametrize("write", [r32, astm], ids=["hl7", "astm"])
def test_number_outside_the_printed_range(write: Callable[..., str], number: str) -> None:
    """There the kit writes words: a number beyond its own range contradicts what stands beside it."""
    rows = counted(read_text(write(f"POSITIVE [{number}% (IS) and MR0.22]^{number}"), KIT))
    (finding,) = rows.findings.to_dicts()
    assert finding["code"] == "RESULT_NOT_UNDERSTOOD"
    assert f"^{number} % (IS), outside 0.0030 to 55.00'" in finding["message"]
    for inside in ("55.00", "0.0030"):
        row = result(write(f"POSITIVE [{inside}% (IS) and MR0.26]^{inside}"))
        assert row["reported_value"] == inside


def test_analyte_that_contradicts() -> None:
    """A negative beside a positive analyte, or the reverse, is read as neither."""
    assert codes(read_text(r32(NEGATIVE), KIT).findings) == [(6, "RESULT_NOT_UNDERSTOOD")]
    for write in (r32, astm):
        for words in (POSITIVE, ABOVE):
            rows = read_text(write(words, analyte="NEG"), KIT)
            assert codes(rows.findings)[0][1] == "RESULT_NOT_UNDERSTOOD"


def test_rows_are_found_by_their_kind() -> None:
    """Set ids and order of the segments decide nothing."""
    lines = r32().split("\r")
    rows = [x.replace("OBX|1|", "OBX|9|") for x in lines if x.startswith("OBX")]
    turned = [*lines[:5], *reversed(rows), *(x for x in lines[5:] if not x.startswith("OBX"))]
    assert tuple(result("\r".join(turned))[c] for c in SAID) == QUANTIFIED


def test_delimiters_are_those_declared() -> None:
    """Other signs in MSH or H are read as declared, and escapes are undone."""
    swapped = str.maketrans({"|": "!", "^": "+", "&": "$"})
    text = r32(sample="S\\T\\1").translate(swapped)
    row = result(text)
    assert (row["sample_id"], row["reported_value"], row["run_id"]) == ("S$1", "0.011", "700039")
    for written, sample in ((r"S\X2F\1", "S/1"), (r"S\X2d31\9", "S-19"), (r"S\E\F\E\1", r"S\F\1")):
        assert result(r32(sample=written))["sample_id"] == sample
    # bytes of an unknown character set, and what is no sign to print, are not guessed at
    for written in (r"S\XE9\1", r"S\X0A\1", r"S\.br\1"):
        assert result(r32(sample=written))["sample_id"] == written
    row = result(astm(sample="S\\F\\1").translate(str.maketrans({"|": "!", "^": "+"})))
    assert (row["sample_id"], row["reported_value"]) == ("S!1", "0.011")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_frames_and_several_messages(end: str) -> None:
    """MLLP frames and any line end; each message is one row that stands on its first line."""
    first, second = r32(), r32(NEGATIVE, "S 2", cartridge="2", analyte="NEG", target_ct="0.0")
    text = "".join(f"\x0b{m}\x1c\r" for m in (first, second)).replace("\r", end)
    rows = counted(read_text(text, KIT))
    line = first.count("\r") + 2
    said = rows.tables["pcr_measurements"].select("source_line", "sample_id", "reported_call")
    assert said.rows() == [(1, "S 1", "DETECTED"), (line, "S 2", "NOT_DETECTED")]
    assert rows.findings.is_empty()
    joined = text.replace(f"\x1c{end}\x0b", "\x1c\x0b")
    assert read_text(joined, KIT).rows_read == 2
    both = counted(read_text((astm() + astm(sample="S 2", cartridge="2")).replace("\n", end), KIT))
    assert both.tables["pcr_measurements"]["sample_id"].to_list() == ["S 1", "S 2"]


def test_correction_supersedes() -> None:
    """A corrected result has a version of its own, the later sent the higher; its run is corrected too."""
    first = r32(INVALID, sent="20240605101500")
    later = r32(status="C", sent="20240607080000")
    assert result(later)["result_version"] == "20240607080000"
    assert result(r32(status="C", sent=""))["result_version"] == "2"
    tables, _ = derived(first, later)
    (row,) = tables.tables["assay_results"].select("finding", "level_fraction").rows()
    assert row == ("DETECTED", pytest.approx(0.00011))
    assert result(astm(status="C"))["result_version"] == "20240605101500"


@pytest.mark.parametrize("status", ["P", "X", "W", ""])
@pytest.mark.parametrize("write", [r32, astm], ids=["hl7", "astm"])
def test_result_that_is_not_final(write, status: str) -> None:  # type: ignore[no-untyped-def]
    """Preliminary, withdrawn and without status: not read, and said so."""
    rows = counted(read_text(write(status=status), KIT))
    assert [c for _, c in codes(rows.findings)] == ["RESULT_NOT_FINAL"]
    assert rows.rows_rejected == 1


def test_other_tests_of_the_instrument() -> None:
    """Another assay is ignored; it is not this pipeline's."""
    tb = r32("MTB DETECTED LOW^", test="MTB").replace("BCR-ABL", "rpoB").replace("BCRABL", "MTB")
    rows = counted(read_text(tb, KIT))
    assert (rows.rows_ignored, rows.tables) == (1, {})
    assert codes(rows.findings) == [(None, "IGNORED_OTHER_TARGET")]


P190_TESTS = (
    r32(NEGATIVE, test="BCR-ABL p190", target_ct="0.0", analyte="NEG"),
    astm(NEGATIVE, target_ct="0.0", analyte="NEG").replace("Ultra G2", "Ultra p190"),
    export(dx("NEGATIVE [Sufficient ABL transcript]", assay="Xpert BCR-ABL Ultra p190",
              analytes=("BCR-ABL,0.0,1,NEG,PASS", "ABL,12.2,434,NA,PASS"))),
)  # fmt: skip


@pytest.mark.parametrize("text", P190_TESTS, ids=["hl7", "astm", "csv"])
def test_p190_and_p210_are_never_exchanged(text: str | bytes) -> None:
    """A negative of the one is no negative of the other: rejected, never read and never lost."""
    of_p210 = AssayNames("ultra", None, None, "BCR::ABL1 p210")
    of_p190 = AssayNames("p190", None, None, "BCR::ABL1 p190")
    for assay in (KIT, of_p210, AssayNames("npm1", None, None, "NPM1")):
        rows = counted(read_text(text, assay))
        assert (rows.rows_rejected, rows.tables) == (1, {})
        assert [c for _, c in codes(rows.findings)] == ["TEST_OF_OTHER_MARKER"]
    assert result(text, of_p190)["reported_call"] == "NOT_DETECTED"
    rows = counted(read_text(r32(), of_p190))
    assert [c for _, c in codes(rows.findings)] == ["TEST_OF_OTHER_MARKER"]
    assert result(r32(), of_p210)["reported_call"] == "DETECTED"


def test_name_of_the_test_decides_where_the_assay_has_one() -> None:
    """A code of the laboratory that tells nothing of the breakpoint is written as `target_name`."""
    local = AssayNames("p190", "BCRABL", None, "BCR::ABL1 p190")
    assert result(r32(), local)["reported_call"] == "DETECTED"
    p190 = AssayNames("xpert", "BCR-ABL p190", None)
    assert counted(read_text(r32(test="BCR-ABL p190"), p190)).rows_ignored == 0
    assert [c for _, c in codes(read_text(r32(), p190).findings)] == ["TARGET_NOT_IN_FILE"]
    assert result(r32(), AssayNames("xpert", "BCR-ABL", "ABL"))["reported_call"] == "DETECTED"


def test_broken_messages() -> None:
    """Two main results, two samples, a torn line, no result: for a person, and the next message is read."""
    text = r32()
    main = next(x for x in text.split("\r") if x.startswith("OBX|1|"))
    spm = "SPM|1|S 1||BLD"
    broken = (
        text.replace(main, main + "\r" + main.replace("0.011", "0.11")),
        text.replace(spm, spm + "\rSPM|2|S 2||BLD"),
        text.replace("POSITIVE [0", "POSITIVE [\r0"),
        text.replace("BCR-ABL&Ct|^30.3", "BCR-ABL&Ct|^30.3\rOBX|99|ST|BCR|BCR-ABL&Ct|^11.1"),
        text.split("OBX")[0],
        text.replace(main + "\r", ""),
    )
    for one in broken:
        rows = counted(read_text(one + r32(sample="S 2", cartridge="2"), KIT))
        assert (rows.rows_read, rows.rows_rejected) == (2, 1), one
        assert rows.tables["pcr_measurements"]["sample_id"].to_list() == ["S 2"]
    cut = text.split("SPM")[0] + "SPM|1|S"
    assert codes(read_text(cut, KIT).findings) == [(1, "RESULT_NOT_UNDERSTOOD")]
    assert result(cut + " 1\r")["sample_id"] == "S 1"
    doubled = text.replace(main, main + "\r" + main)
    assert result(doubled)["reported_value"] == "0.011"


def test_a_file_that_stops_within_a_number() -> None:
    """Half a Ct is another Ct: what stands last without an end is not trusted, in any of the three exports."""
    table = export(dx()).decode("utf-16")
    told = ReaderSettings(sample_id="S 9")
    for text, last in ((r32(), "^12"), (astm(), "^12"), (table, "ABL,12")):
        cut = text[: text.rindex(last) + len(last)]
        reader, content = find_reader(cut.encode())
        rows = counted(reader.read(content, KIT, told))
        assert (rows.rows_rejected, rows.tables) == (1, {}), reader.name
        (message,) = rows.findings["message"]
        assert "send it again whole" in message


def test_two_patients_in_one_message_of_a_cartridge() -> None:
    """Whose cartridge it is cannot be told."""
    text = r32().replace("SPM|", "PID|2||7^^^H\rSPM|")
    assert codes(counted(read_text(text, KIT)).findings) == [(1, "RESULT_NOT_UNDERSTOOD")]


def test_one_cartridge_of_two_samples() -> None:
    """A corrected number of a sample beside the first one: neither patient gets the result, another cartridge is read."""
    moved = r32(sample="S 2", status="C", sent="20240607080000")
    rows = counted(read_text(r32() + moved + r32(sample="S 3", cartridge="2"), KIT))
    assert [c for _, c in codes(rows.findings)] == ["RESULT_NOT_UNDERSTOOD"] * 2
    assert "cartridge 700039 is reported for 2 samples" in rows.findings["message"][0]
    assert rows.tables["pcr_measurements"]["sample_id"].to_list() == ["S 3"]
    for text in (astm() + astm(sample="S 2"), export(dx(), dx(sample="S 2"))):
        assert counted(read_text(text, KIT)).rows_rejected == 2


def test_file_waits_for_assay_or_sample() -> None:
    """Without the folder's assay, or without any sample's name, the file waits; a manifest names the sample."""
    for text in (r32(), astm(), export(dx())):
        rows = counted(read_text(text, None))
        assert (rows.rows_waiting, rows.waiting_for) == (1, "ASSAY_NOT_KNOWN_FOR_FILE")
    text = r32(sample="")
    rows = counted(read_text(text, KIT))
    assert (rows.rows_waiting, rows.waiting_for) == (1, "SAMPLE_NOT_KNOWN_FOR_FILE")
    reader, content = find_reader(text.encode())
    told = reader.read(content, KIT, ReaderSettings(sample_id="S 9"))
    assert told.tables["pcr_measurements"]["sample_id"].to_list() == ["S 9"]
    some = read_text(text + r32(sample="S 2", cartridge="2"), KIT).tables["pcr_measurements"]
    assert some["sample_id"].to_list() == [None, "S 2"]


def test_several_results_without_a_sample() -> None:
    """A manifest names one sample for a file, so results of several cartridges without any are refused."""
    reader, content = find_reader((r32(sample="") + r32(sample="", cartridge="2")).encode())
    rows = counted(reader.read(content, KIT, ReaderSettings(sample_id="S 9")))
    assert (rows.rows_rejected, rows.rows_waiting, rows.tables) == (2, 0, {})
    again = r32(sample="") + r32(sample="", status="C")
    reader, content = find_reader(again.encode())
    rows = counted(reader.read(content, KIT, ReaderSettings(sample_id="S 9")))
    assert rows.tables["pcr_measurements"]["sample_id"].to_list() == ["S 9", "S 9"]


def test_other_messages_in_a_log() -> None:
    """An acknowledgement is no result; a result of a type that is not read is for a person."""
    ack = "MSH|^~\\&|LIS||GeneXpert PC||20240605||ACK^R33|1|P|2.5.1\rMSA|AA|1\r"
    rows = counted(read_text(r32() + ack, KIT))
    assert (rows.rows_ignored, codes(rows.findings)) == (1, [(None, "IGNORED_OTHER_TARGET")])
    other = r32(sample="S 2").replace("ORU^R32^ORU_R30", "OUL^R22")
    assert [c for _, c in codes(read_text(r32() + other, KIT).findings)] == ["NO_STRUCTURED_RESULT"]


def test_run_date_that_cannot_be_read() -> None:
    """A day that does not exist, or that can be read in two ways, is not read."""
    for text in (r32(ended="20241345"), export(dx(ended="11/10/12 09:10:11"))):
        rows = counted(read_text(text, KIT))
        assert (None, "RUN_DATE_UNREADABLE") in codes(rows.findings)
        assert rows.inline["runs"].item(0, "performed_on") is None


def test_dx_test_that_was_aborted() -> None:
    """It has no result, also where its field is empty; a finished one without words is for a person."""
    assert result(export(dx("", status="Aborted")))["reported_call"] == "INVALID"
    assert [c for _, c in codes(read_text(export(dx("")), KIT).findings)] == [
        "RESULT_NOT_UNDERSTOOD"
    ]


def test_dx_export() -> None:
    """Several tests in a file, the same sample twice; layout from memory, and the file says so."""
    aborted = dx("NO RESULT", "S 2", cartridge="2", status="Aborted", analytes=("BCR-ABL,0.0,0,NO RESULT,NA",))  # fmt: skip
    tests = (
        dx(), aborted, dx("POSITIVE [Above upper LoQ]", "S 2", cartridge="3"),
        dx("NEGATIVE [Sufficient ABL transcript]", "S 3", cartridge="4", analytes=("BCR-ABL,0.0,1,NEG,PASS", "ABL,12.0,400,NA,PASS")),
        dx(cartridge="5", test_type="Negative Control"), dx(cartridge="6", assay="Xpert MTB", analytes=()),
        dx(cartridge="7", status="Incomplete"), dx("POSITIVE [x]|NEGATIVE", cartridge="8"),
    )  # fmt: skip
    rows = counted(read_text(export(*tests), KIT))
    columns = ("sample_id", "run_id", "reported_call", "reported_value", "target_cq")
    assert rows.tables["pcr_measurements"].select(columns).rows() == [
        ("S 1", "700039", "DETECTED", "0.011", "30.3"),
        ("S 2", "2", "INVALID", None, None),
        ("S 2", "3", "ABOVE_LOQ", None, "30.3"),
        ("S 3", "4", "NOT_DETECTED", None, "Undetermined"),
        ("S 1", "7", "INVALID", None, None),
    ]
    assert (rows.rows_read, rows.rows_ignored, rows.rows_rejected) == (8, 2, 1)
    assert sorted(c for _, c in codes(rows.findings)) == [
        "IGNORED_CONTROL", "IGNORED_OTHER_TARGET", "LAYOUT_NOT_CONFIRMED", "RESULT_NOT_UNDERSTOOD",
    ]  # fmt: skip
    lines = open_content(export(*tests)).text.decode().split("\n")
    assert all(lines[n - 1] == "RESULT TABLE" for n in rows.tables["pcr_measurements"]["source_line"])  # fmt: skip


@pytest.mark.parametrize("messages", ['"never closed', '"a" b"', '"closed\r\nonly'])
def test_quote_in_dx_export(messages: str) -> None:
    """A quote that hides the next test refuses the file."""
    closing = '"and here" ends"' if "only" in messages else '"fine"'
    with pytest.raises(FileRefusedError) as caught:
        read_text(export(dx(messages=messages), dx(cartridge="2", messages=closing)), KIT)
    assert caught.value.code == "QUOTE_NOT_CLOSED"


def test_from_message_to_status() -> None:
    """Above the range is positive, negative is as deep as the kit's claim, invalid is not evaluable."""
    cases = (
        (POSITIVE, "S 1", "30.3", "POS"), (ABOVE, "S 2", "9.8", "POS"),
        (NEGATIVE, "S 3", "0.0", "NEG"), (INVALID, "S 4", "24.2", "POS"),
    )  # fmt: skip
    for write in (r32, astm):
        texts = [
            write(w, s, target_ct=ct, analyte=a, cartridge=s) for w, s, ct, a in cases
        ]  # fmt: skip
        tables, load = derived("".join(texts))
        results = tables.tables["assay_results"].sort("sample_id")
        columns = ("finding", "censor", "level_fraction", "lod_fraction", "flags")
        assert results.select(columns).rows() == [
            ("DETECTED", "NONE", pytest.approx(0.00011), 0.00003, ["kit_claim"]),
            ("DETECTED", "RIGHT", None, 0.00003, ["kit_claim"]),
            ("NOT_DETECTED", "LEFT", None, 0.00003, ["kit_claim"]),
            ("NOT_EVALUABLE", "NONE", None, None, []),
        ]
        status = tables.tables["mrd_status"].sort("sample_id")
        assert status.select("status", "depth").rows() == [
            ("POSITIVE", "MR3"), ("POSITIVE", None), ("NEGATIVE", "MR4.5"), ("NOT_EVALUABLE", None),
        ]  # fmt: skip
        assert load.findings.is_empty()


def test_above_range_without_a_range() -> None:
    """Where the message states no range the positive has no bound, and stays positive all the same."""
    tables, _ = derived(r32(ABOVE, limits=""))
    assert tables.tables["assay_results"].select("finding", "censor").rows() == [("DETECTED", "RIGHT")]  # fmt: skip
    assert tables.tables["mrd_status"]["status"].to_list() == ["POSITIVE"]


def test_repeat_after_an_invalid_cartridge() -> None:
    """A second cartridge of the same sample answers what the first could not."""
    again = r32(NEGATIVE, cartridge="2", target_ct="0.0", analyte="NEG")
    tables, _ = derived(r32(INVALID), again)
    assert tables.tables["mrd_status"].select("status", "depth").rows() == [("NEGATIVE", "MR4.5")]


def test_tables_of_words() -> None:
    """Corners of the word tables that messages do not reach."""
    assert cq("0") == cq("0.00") == "Undetermined"
    assert cq("") is None and cq("0.1") == "0.1" and cq("0.0", is_read=False) is None
    french = kit_words("POSITIVE [0,011% (IS) and MR3,96]", "0,011", "% (IS)")
    assert french is not None and french.value == "0.011"
    # a thousand or one: the words of one message do not tell
    assert kit_words("POSITIVE [1,234% (IS) and MR1.91]", "1,234", "% (IS)") is None
    assert plain_words("1,234", "%", on_scale=True) is None
    assert plain_words("10-5", "%", on_scale=True) is None
    assert plain_words("1:100", "%", on_scale=True) is None
    bare = plain_words("0.5", None, on_scale=True)
    assert bare is not None and bare.unit is None


def mutated(data: bytes, random_: random.Random) -> bytes:
    """Cut, double or damage a file."""
    kind = random_.randrange(4)
    if kind == 0:
        return data[: random_.randrange(1, len(data))]
    lines = data.split(b"\r" if b"\r" in data else b"\n")
    at = random_.randrange(len(lines))
    if kind == 1:
        lines.insert(at, lines[at])
    elif kind == 2:
        del lines[at]
    else:
        place = random_.randrange(len(data))
        return data[:place] + bytes([random_.randrange(256)]) + data[place + 1 :]
    return (b"\r" if b"\r" in data else b"\n").join(lines)


def check_mutants(files: list[bytes], n: int) -> list[TextRows]:
    """Read mutants of files: only a refusal may escape, and counts balance; return what was read."""
    random_ = random.Random(20240605)
    read = []
    for _ in range(n):
        data = mutated(random_.choice(files), random_)
        try:
            reader, content = find_reader(data)
            rows = reader.read(content, KIT, ReaderSettings())
        except FileRefusedError:
            continue
        used = sum(t["source_rows"].sum() for t in rows.tables.values())
        assert rows.rows_read == used + rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
        read.append(rows)
    return read


def test_damaged_files() -> None:
    """A damaged negative or invalid message never becomes a value, and a positive never a negative."""
    negative = {"result": NEGATIVE, "target_ct": "0.0", "analyte": "NEG"}
    for files, allowed in (
        ([r32(**negative), astm(**negative)], {"NOT_DETECTED"}),
        ([r32(), astm(), r32(ABOVE), astm(ABOVE)], {"DETECTED", "ABOVE_LOQ"}),
    ):
        read = check_mutants([f.encode() for f in files], 150)
        assert len(read) > 80
        calls = pl.concat([r.tables["pcr_measurements"] for r in read if r.tables])
        assert set(calls["reported_call"]) == allowed
    check_mutants([export(dx(), dx(cartridge="2"))], 60)


def test_recognised_by_content_alone() -> None:
    """Each export is one format's, and its neighbours are not."""
    texts = {"genexpert-hl7/2": r32(), "genexpert-astm/2": astm(), "genexpert-csv/2": export(dx())}
    for name, text in texts.items():
        content = open_content(text if isinstance(text, bytes) else text.encode())
        assert [r.name for r in READERS if r.recognise(content)] == [name]
    for text in (
        r32().replace("GeneXpert", "OtherBox"),
        r32().replace("ORU^R32^ORU_R30", "ADT^A01"),
        "H|@^\\|x\n",
        "MSH",
        "MSH|^",
    ):
        with pytest.raises(FileRefusedError):
            find_reader(text.encode())
