"""Texts that are no UTF-8: only what a laboratory names is taken, for a layout or for the folder of an instrument."""

from pathlib import Path

import pytest

from flows.errors import UserError
from flows.formats import describe, described_text
from flows.settings import load_settings
from flows.verify import verify
from flows.warehouse import Warehouse
from tests.flows.lab import (
    ASSAYS,
    PATIENTS,
    SAMPLES,
    codes,
    hashes,
    load,
    load_files,
    one,
    outcomes,
    plate,
    rows,
    write,
)

GERMAN = "Probe;Fusionskopien;ABL1;Übertrag\nMüller-2;3;60000;für später\nS3;0;90000;\n"
LAYOUT = """\
title = "Auszug"
table = "pcr_measurements"
encoding = "windows-1252"
[columns]
sample_id = "Probe"
target_copies = "Fusionskopien"
control_copies = "ABL1"
[fixed]
assay_id = "qpcr"
[ignore]
"Übertrag" = ["kein Ergebnis"]
"""
REFERENCE = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": ASSAYS}
FOLDER = {"encodings": {"qpcr": "windows-1252"}}


def western(text: str, encoding: str = "windows-1252") -> bytes:
    """Return a text as an instrument of the last century writes it."""
    return text.encode(encoding)


def test_table_is_read_as_its_layout_says(tmp_path: Path) -> None:
    """Headings and samples have their letters, and the kept bytes are those that came."""
    files = {**REFERENCE, "lims/layout.toml": LAYOUT, "lims/t.csv": western(GERMAN)}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert outcomes(run)["lims/t.csv"] == ("LOADED", None)
    kept = rows(tmp_path / "w", "pcr_measurements")
    assert sorted(kept["sample_id"]) == ["Müller-2", "S3"]
    sha256 = one(tmp_path / "w", "source_files", name="lims/t.csv")["sha256"]
    assert (tmp_path / "w" / "inputs" / sha256).read_bytes() == western(GERMAN)
    again = load(tmp_path / "w", tmp_path / "1")
    assert not again.result.published
    assert verify(Warehouse(tmp_path / "w"), "current", print).exit_status == 0


def test_utf8_is_read_as_utf8_whatever_is_named(tmp_path: Path) -> None:
    """The bytes say so; a laboratory may change its export before its layout."""
    bom = b"\xff\xfe" + GERMAN.replace("S3", "S1").encode("utf-16-le")
    files = {
        **REFERENCE,
        "lims/layout.toml": LAYOUT,
        "lims/t.csv": GERMAN.encode(),
        "lims/u.csv": bom,
    }
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert "FILE_ENCODING" not in codes(run)
    assert set(rows(tmp_path / "w", "pcr_measurements")["sample_id"]) == {"Müller-2", "S1", "S3"}


@pytest.mark.parametrize("encoding", [None, "iso-8859-1"])
def test_nothing_is_guessed(tmp_path: Path, encoding: str | None) -> None:
    """Without a word, or where a byte is none of the encoding that is named, the table is refused with the line."""
    named = LAYOUT.replace(
        'encoding = "windows-1252"', f'encoding = "{encoding}"' if encoding else ""
    )
    text = GERMAN.replace("für später", "– später")
    files = {**REFERENCE, "lims/layout.toml": named, "lims/t.csv": western(text)}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert outcomes(run)["lims/t.csv"] == ("REJECTED", "FILE_ENCODING")
    found = one(tmp_path / "w", "findings", code="FILE_ENCODING")
    assert found["source_line"] == (2 if encoding else 1)
    says = (
        "byte 0x96 on line 2 is no character of iso-8859-1"
        if encoding
        else "`encoding` of its layout"
    )
    assert says in found["message"]


def test_corrected_layout_reads_the_table(tmp_path: Path) -> None:
    """The next load of the folder reads what was refused; the tables are those of one load."""
    without = LAYOUT.replace('encoding = "windows-1252"\n', "")
    files = {**REFERENCE, "lims/layout.toml": without, "lims/t.csv": western(GERMAN)}
    load_files(tmp_path / "w", tmp_path / "1", files)
    write(tmp_path / "1", {"lims/layout.toml": LAYOUT})
    run = load(tmp_path / "w", tmp_path / "1")
    assert outcomes(run)["lims/t.csv"] == ("LOADED", None)
    load(tmp_path / "once", tmp_path / "1")
    assert hashes(tmp_path / "w") == hashes(tmp_path / "once")


def test_two_layouts_of_other_encodings(tmp_path: Path) -> None:
    """Neither is chosen for the bytes; a layout without encoding is no rival."""
    other = LAYOUT.replace("windows-1252", "iso-8859-15")
    plain = LAYOUT.replace('encoding = "windows-1252"\n', "")
    files = {**REFERENCE, "a/x.toml": LAYOUT, "a/y.toml": other, "a/t.csv": western(GERMAN)}
    files |= {"b/x.toml": LAYOUT, "b/y.toml": plain, "b/t.csv": western(GERMAN.replace("S3", "S1"))}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert outcomes(run)["a/t.csv"] == ("REJECTED", "LAYOUT_AMBIGUOUS")
    assert outcomes(run)["b/t.csv"] == ("LOADED", None)


def test_missing_heading_of_a_table_that_is_no_utf8(tmp_path: Path) -> None:
    """The refusal names what is missing, not the encoding that was named already."""
    files = {**REFERENCE, "a/x.toml": LAYOUT, "a/t.csv": western(GERMAN.replace("ABL1", "GUSB"))}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert outcomes(run)["a/t.csv"] == ("REJECTED", "LAYOUT_HEADINGS_MISSING")


def test_instrument_of_a_folder(tmp_path: Path) -> None:
    """Refused with what to write; read when the setting says it, after loads and from nothing alike."""
    text = western(plate("Müller", "S2"))
    files = {**REFERENCE, "qpcr/p.txt": text, "qpcr/u.txt": plate("S3")}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert outcomes(run)["qpcr/p.txt"] == ("REJECTED", "FILE_ENCODING")
    assert (
        "[encodings] of mrd.toml"
        in one(tmp_path / "w", "findings", code="FILE_ENCODING")["message"]
    )
    later = load(tmp_path / "w", tmp_path / "1", **FOLDER)
    assert outcomes(later)["qpcr/p.txt"] == ("LOADED", None)
    assert "Müller" in set(rows(tmp_path / "w", "pcr_measurements")["sample_id"])
    load(tmp_path / "once", tmp_path / "1", **FOLDER)
    assert hashes(tmp_path / "w") == hashes(tmp_path / "once")
    # another name of its target wakes the file, which is read again in its encoding
    columns = ASSAYS.splitlines()[0] + ",is_correction\n"
    other = "qpcr,PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,0.8,2020-01-01,,BCR-ABL,GUSB,true\n"
    load_files(tmp_path / "w", tmp_path / "2", {"a.csv": columns + other}, **FOLDER)
    assert verify(Warehouse(tmp_path / "w"), "current", print).exit_status == 0


def test_message_and_canonical_files_need_utf8(tmp_path: Path) -> None:
    """The setting is for exports whose folder is their assay; a canonical file in it is refused as ever."""
    text = "sample_id,assay_id,target_copies,control_copies\nMüller,qpcr,3,60000\n"
    run = load_files(
        tmp_path / "w", tmp_path / "1", {**REFERENCE, "qpcr/c.csv": western(text)}, **FOLDER
    )
    assert outcomes(run)["qpcr/c.csv"] == ("REJECTED", "FILE_ENCODING")


def test_setting_that_names_no_encoding(tmp_path: Path) -> None:
    """The error names what may be written."""
    path = tmp_path / "mrd.toml"
    path.write_text('[encodings]\nqpcr = "ansi"\n')
    with pytest.raises(UserError, match=r"encodings.qpcr = 'ansi': write one of windows-1252"):
        load_settings(tmp_path / "w", path)


def test_table_is_described_in_its_encoding(tmp_path: Path) -> None:
    """Without a word the error says what to add; with it, the proposed layout says it too."""
    path = tmp_path / "t.csv"
    path.write_bytes(western(GERMAN.replace("Fusionskopien;ABL1", "BCR-ABL Kopien;ABL Kopien")))
    with pytest.raises(UserError, match="--encoding"):
        describe(path)
    text = described_text(describe(path, "windows-1252"))
    assert 'encoding = "windows-1252"' in text
    assert "Übertrag" in text
