"""What a laboratory's report prints where nothing was detected: read as that, and never as a level.

The setting is `"lab1" = ["0.0001 %", "MR6", "0"]`.
"""

from pathlib import Path
from typing import Any

import pytest

from flows.errors import UserError
from flows.settings import Settings, load_settings
from tests.unit.message_files import KIT, r32
from tests.unit.reading import csv_text
from transforms.ingest import ReadFile, parse_files
from transforms.parse.sentinels import sentinel_of
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, TextRows

LISTED = Settings(not_detected_values={"lab1": ("0.0001 %", "MR6", "0"), "xpert": ("0.0001 %",)})  # type: ignore[arg-type]
HEAD = "sample_id, assay_id, reported_value, reported_unit, reported_call, target_copies, target_cq"


def read(text: str, assay: AssayNames | None = None, settings: Settings = LISTED) -> TextRows:
    """Read a file as a load does."""
    reader, content = find_reader(text.encode())
    return reader.read(content, assay, settings.for_readers())


def outcome(row: str, settings: Settings = LISTED) -> Any:
    """Return call and number of a row, or the codes of its refusal; `;` parts cells, so that commas stay."""
    text = (
        "\n".join(";".join(c.strip() for c in t.split(s)) for t, s in ((HEAD, ","), (row, ";")))
        + "\n"
    )
    parsed = parse_files([ReadFile(0, "ab" * 32, read(text, settings=settings))])
    if parsed.rejected.height:
        return parsed.findings.filter(severity="REJECTED")["code"].to_list()
    return parsed.tables["pcr_measurements"].select("reported_call", "reported_number").row(0)


NONE = ("NOT_DETECTED", None)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("S; lab1; 0.0001; PCT_IS; ; ;", NONE),
        ("S; lab1; 0.0001 %; ; ; ;", NONE),
        ("S; lab1; 0.00010 % (IS); pct_is; ; ;", NONE),
        ("S; lab1; 0,0001 %; PCT; ; ;", NONE),
        ("S; lab1; 1E-4; PCT_IS; not_detected; ;", NONE),
        ("S; lab1; 0.000001; FRACTION; ; ;", NONE),
        ("S; lab1; MR6.0; ; ; ;", NONE),
        ("S; lab1; 6; MR; ; ;", NONE),
        ("S; lab1; 0; PCT_IS; ; ; Undetermined", NONE),
        # what says twice and differently is refused, and never a silent negative
        ("S; lab1; 0.0001 %; ; DETECTED; ;", ["CALL_CONTRADICTS_VALUE"]),
        ("S; lab1; 0.0001 %; ; BELOW_LOQ; ;", ["CALL_CONTRADICTS_VALUE"]),
        ("S; lab1; 0.0001 %; ; ; 3;", ["CALL_CONTRADICTS_VALUE"]),
        ("S; lab1; 0.0001 %; ; ; ; 38.2", ["CALL_CONTRADICTS_VALUE"]),
        # what is not on the list is read as it was
        ("S; lab1; 0.0001 %; ; INVALID; ;", ("INVALID", 0.0001)),
        ("S; lab1; 0.0002 %; ; DETECTED; ;", ("DETECTED", 0.0002)),
        ("S; lab1; 0.0001; MR; DETECTED; ;", ("DETECTED", 0.0001)),
        ("S; lab1; 0; MR; DETECTED; ;", ("DETECTED", 0.0)),
        ("S; lab1; <0.0001 %; ; BELOW_LOQ; ;", ("BELOW_LOQ", 0.0001)),
        ("S; lab1; 0.0001; ; DETECTED; ;", ["VALUE_WITHOUT_UNIT"]),
        ("S; other; 0.0001 %; ; DETECTED; ;", ("DETECTED", 0.0001)),
    ],
)  # fmt: skip
def test_rows(row: str, expected: Any) -> None:
    """The number with its unit decides, whatever its spelling, and the assay."""
    assert outcome(row) == expected


def test_without_the_setting() -> None:
    """Nothing is assumed: the value is a level then."""
    assert outcome("S; lab1; 0.0001 %; ; DETECTED; ;", Settings()) == ("DETECTED", 0.0001)


@pytest.mark.parametrize("settings", [Settings(), LISTED])
def test_a_listed_value_says_how_the_file_writes_numbers(settings: Settings) -> None:
    """Its decimal comma makes `3.000` copies 3000, whether or not it is read as not detected."""
    text = (
        "sample_id,assay_id,reported_value,reported_unit,reported_call,target_copies,control_copies\n"
        'S2,lab1,"0,0001",PCT_IS,NOT_DETECTED,,\nS3,lab1,,,,3.000,30000\n'
    )
    text = (
        text.replace("PCT_IS,NOT_DETECTED", "PCT_IS,DETECTED") if settings == Settings() else text
    )
    other = csv_text("sample_id,assay_id,target_copies", "S4,lab1,3.5")
    files = [
        ReadFile(n, f"{n:02}" * 32, read(t, settings=settings)) for n, t in enumerate((text, other))
    ]
    rows = parse_files(files).tables["pcr_measurements"].sort("sample_id")
    assert rows["target_copies"].to_list() == [None, 3000.0, 3.5]


def test_finding_counts_the_values() -> None:
    """One note for each file says how many values were read so, and how they were printed."""
    rows = [f"S{n}, lab1, {v}, PCT_IS, ," for n, v in enumerate(("0.0001", "1E-4", "0.02", "0"))]
    found = read(csv_text(HEAD.rsplit(",", 1)[0], *rows)).findings
    assert found.select("code", "value").rows() == [("NOT_DETECTED_VALUE", "3")]
    assert "3 values printed as 0, 0.0001, 1E-4 were read as not detected" in found["message"][0]


def test_messages() -> None:
    """A kit's message that calls the value positive contradicts the list; a person must look."""
    # without a range beside it, which would refuse the number as outside it
    rows = read(r32("POSITIVE [0.0001% (IS) and MR6.00]^0.0001", limits=""), KIT)
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert "CALL_CONTRADICTS_VALUE" in parsed.findings["code"].to_list()
    assert parsed.tables["pcr_measurements"].is_empty()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.0001 %", ("FRACTION", 1e-6)), ("1E-4%", ("FRACTION", 1e-6)), ("0", ("FRACTION", 0)), ("0 %", ("FRACTION", 0)), ("MR6", ("MR", 6)), ("MR 5.5", ("MR", 5.5)), ("MR4.51", ("MR", 4.51)), ("0.003 %", ("FRACTION", 3e-5))],
)  # fmt: skip
def test_forms(text: str, expected: tuple[str, float]) -> None:
    """A percentage, an MR, or zero."""
    assert sentinel_of(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('["0.0001"]', 'write "0.0001 %"'),
        ("[0.0001]", 'write "0.0001 %"'),
        ('["MR6 %"]', 'write "0.0001 %"'),
        ('["<0.0001 %"]', 'write "0.0001 %"'),
        ('["0,0001 %"]', 'write "0.0001 %"'),
        ('["0.01 %"]', "a level that assays measure"),
        ('["MR4"]', "a level that assays measure"),
        ('["MR4.5"]', "print for low positive results"),
        ('["MR 4.50"]', "print for low positive results"),
        ('["0.0032 %"]', "below 0.00316 % or above MR4.5"),
        ('["0.00316 %"]', "below 0.00316 % or above MR4.5"),
        ('"0.0001 %"', "write a list"),
    ],
)
def test_setting_is_checked(tmp_path: Path, written: str, words: str) -> None:
    """Without a unit, or as high as results are, a listed value would hide disease."""
    path = tmp_path / "mrd.toml"
    path.write_text(f"[not_detected_values]\nlab1 = {written}\n")
    with pytest.raises(UserError, match=words):
        load_settings(tmp_path / "warehouse", path)


def test_files_are_read_again_when_it_changes() -> None:
    """The setting is one that readers depend on."""
    for file_format in (None, "QuantStudio text", "canonical pcr_measurements"):
        assert Settings().reader_hash(file_format) != LISTED.reader_hash(file_format)
    assert Settings().reader_hash("canonical samples") == LISTED.reader_hash("canonical samples")
