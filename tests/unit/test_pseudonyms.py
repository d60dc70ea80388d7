"""Pseudonyms: stable under a key, apart by kind and key, alike where names are, and made before anything is decided."""

import hashlib
import hmac
import re
from base64 import b32encode

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables import INPUT_TABLES
from transforms.ingest import ReadFile, parse_files
from transforms.names import alike
from transforms.pseudonyms import (
    KINDS,
    admitted,
    alike_pseudonyms,
    fingerprint,
    is_pseudonym,
    kind_of,
    pseudonym,
    pseudonyms,
)
from transforms.readers.registry import find_reader
from transforms.readers.rows import ReaderSettings

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
NAMES = st.text(alphabet="Ss1 -_Äﬁ", min_size=1, max_size=6)


def test_by_hand() -> None:
    """24 letters of the name; of a sample ten of what it has in common with names alike, fourteen of its own."""

    def letters(text: str) -> str:
        return b32encode(hmac.new(KEY, text.encode(), hashlib.sha256).digest()).decode()

    expected = "S" + letters("sample alike\0s 1")[:10] + letters("sample\0S-1")[:14]
    assert pseudonym("S-1", "sample", KEY) == expected
    assert pseudonym("S-1", "patient", KEY) == "P" + letters("patient\0S-1")[:24]
    assert fingerprint(KEY) == hmac.new(KEY, b"mrd fingerprint", hashlib.sha256).hexdigest()[:16]


@given(st.lists(st.none() | NAMES), st.sampled_from(list(KINDS)))
def test_column(names: list[str | None], kind: str) -> None:
    """A column is hashed name by name: nulls stay, equal names stay equal, others differ."""
    made = pseudonyms(pl.Series("name of it", names, dtype=pl.String), kind, KEY)
    assert made.name == "name of it"
    assert made.to_list() == [n and pseudonym(n, kind, KEY) for n in names]
    assert made.n_unique() == len(set(names))
    assert all(is_pseudonym(p, kind) for p in made.drop_nulls())


@given(NAMES, NAMES)
def test_alike_as_names_are(one: str, other: str) -> None:
    """Pseudonyms have a beginning in common exactly where names may be one."""
    names = pl.DataFrame({"name": [one, other]}).with_columns(
        pseudonyms(pl.Series([one, other]), "sample", KEY).alias("made")
    )
    told = names.select(
        alike(pl.col("name")).n_unique(), alike_pseudonyms(pl.col("made")).n_unique()
    )
    assert told["name"].equals(told["made"], check_names=False)


def test_kinds_and_keys_have_nothing_in_common() -> None:
    """The same text as another kind of name, or under another key, cannot be told to be the same."""
    made = [pseudonym("X1", kind, key)[1:] for kind in KINDS for key in (KEY, OTHER)]
    parts = [p[:10] for p in made] + [p[10:] for p in made]
    assert len(set(parts)) == 2 * len(made)
    assert len(set(KINDS.values())) == len(KINDS)


@pytest.mark.parametrize(
    "text", ["", "S-1", "P" + "A" * 24, "S" + "A" * 23, "S" + "1" * 24, "S" + "a" * 24]
)
def test_other_texts_are_no_pseudonyms(text: str) -> None:
    """A name that a person types is told from a pseudonym by its form."""
    assert not is_pseudonym(text, "sample")


def test_columns_with_names() -> None:
    """These columns of the input tables hold names; a new text column is looked at here before it is left as it is."""
    texts = {c for t in INPUT_TABLES for c in t.columns if t.field(c).dtype == pl.String}
    assert {c for c in texts if kind_of(c)} == {
        "sample_id", "patient_id", "run_id", "shared_run_id", "file_name", "correct_sample_id", "merged_into_patient_id",
        "amendment_reason",
    }  # fmt: skip
    assert {c for c in texts if not kind_of(c)} == {
        "assay_id", "lab_id", "marker", "gene", "kit", "target_name", "control_name", "agent", "clone", "tube",
        "replicate", "reported_value", "reported_operator",
    }  # fmt: skip


FLAT = (
    "sample_id,assay_id,run_id,replicate,target_copies,control_copies,patient_id,collected_on,tissue\n"
    "Miller-7,qpcr,Run of Miller-7,well of miller-7,3,50000,Miller,2024-01-05,PB\n"
    "Miller-8,qpcr,R2,B1,three,50000,Miller,05/01/2024,PB\n"
)


def test_nothing_passes_the_door() -> None:
    """Names are replaced in every table, inline ones too; findings and places stay outside."""
    reader, content = find_reader(FLAT.encode())
    parsed = parse_files([ReadFile(0, "0" * 64, reader.read(content, None, ReaderSettings()))])
    assert parsed.findings.height
    assert parsed.places
    assert {"pcr_measurements", "samples"} <= set(parsed.tables)
    inside = admitted(parsed, KEY)
    assert not re.search("(?i)miller", repr([t.to_dicts() for t in inside.tables.values()]))
    assert inside.findings.is_empty()
    assert inside.places == {}
    (row,) = inside.tables["pcr_measurements"].to_dicts()
    assert row["sample_id"] == pseudonym("Miller-7", "sample", KEY)
    assert row["run_id"] == pseudonym("Run of Miller-7", "run", KEY)
    assert row["replicate"] == pseudonym("well of miller-7", "text", KEY)
    counted = ("rejected", "rows_read", "rows_ignored", "reader_rejected", "rows_waiting")
    for name in counted[1:]:
        assert getattr(inside, name) == getattr(parsed, name)
    assert inside.rejected.equals(parsed.rejected)


def test_clone_that_holds_the_name_of_its_sample() -> None:
    """It is replaced as a whole; another clone stays, and so does a marker whatever it holds."""
    head = "sample_id,assay_id,marker,clone,marker_count,total_count\n"
    clones = (
        head
        + "Miller-7,ngs,MILLER-7,miller-7 clone A,3,5000\nMiller-7,ngs,FLT3-ITD,ITD 21,3,5000\n"
    )
    reader, content = find_reader(clones.encode())
    parsed = parse_files([ReadFile(0, "0" * 64, reader.read(content, None, ReaderSettings()))])
    held = admitted(parsed, KEY).tables["ngs_measurements"]
    assert held["clone"].to_list() == [pseudonym("miller-7 clone A", "text", KEY), "ITD 21"]
    assert held["marker"].to_list() == ["MILLER-7", "FLT3-ITD"]


def test_told_pseudonyms_stay() -> None:
    """A reader that was told a pseudonym as the sample of its file gives it back; it is not hashed twice."""
    told = pseudonym("Miller-7", "sample", KEY)
    reader, content = find_reader(FLAT.replace("Miller-7,qpcr", f"{told},qpcr").encode())
    parsed = parse_files([ReadFile(0, "0" * 64, reader.read(content, None, ReaderSettings()))])
    held = admitted(parsed, KEY, [told]).tables["pcr_measurements"]
    assert held["sample_id"].to_list() == [told]
    again = admitted(parsed, KEY).tables["pcr_measurements"]
    assert again["sample_id"].to_list() != [told]
