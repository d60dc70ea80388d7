"""Who is forgotten, what names them, and what stays of a file without them."""

import gzip
import io
import json
import re
import zipfile
from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.tables import TABLES
from tests.unit.test_places import _SETTINGS, CASES, Case
from tests.unit.workbooks import workbook
from transforms.forgetting import (
    WITHHELD,
    Lines,
    files_without,
    findings_without,
    withheld_names,
    without,
)
from transforms.forgotten import (
    LINES,
    OWNERS,
    Person,
    no_rows,
    samples_of,
    text_pattern,
    with_aliases,
)
from transforms.ingest import ReadFile, check_balance, parse_files, reconcile_load
from transforms.problems import FileRefusedError
from transforms.readers.extract import Extract, is_extract, read_extract, write_extract
from transforms.readers.reader import Reader
from transforms.readers.redact import claims_in, names_in, take_out
from transforms.readers.registry import find_reader
from transforms.readers.rows import ReaderSettings, TextRows
from transforms.readers.texts import texts_of
from transforms.readers.told import told_text

SHA = "ab" * 32
NOBODY = no_rows(LINES)


def person(patients: str = "P1", samples: str = "S1") -> Person:
    return Person(frozenset(patients.split()), frozenset(samples.split()))


# -- texts


@pytest.mark.parametrize(
    ("identifier", "text", "is_found"),
    [
        ("S1", "sample S1, assay a", True),
        ("S1", "S1_plate.txt", True),
        ("S1", "runs/s1.fcs", True),
        ("S1", "S10", False),
        ("S1", "MS1", False),
        ("S1", "4S1b", True),
        ("4711", "MRN4711.pdf", True),
        ("4711", "47110", False),
        ("A.1", "A-1", False),
        ("A&B1", "A&amp;B1", True),
        ("Mü-1", '"M\\u00fc-1"', True),
        ("#7", "x#7y", True),
    ],
)
def test_identifiers_in_texts(identifier: str, text: str, is_found: bool) -> None:
    """An identifier is found where its own kind of character does not go on; Python and polars agree."""
    pattern = text_pattern([identifier, "never-there"])
    assert (re.search(pattern, text) is not None) is is_found
    assert pl.Series([text]).str.contains(pattern).to_list() == [is_found]


def _zip(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"x;S-SECRET;y",
        b"\xfcber;S-SECRET",
        "x;S-SECRET".encode("utf-16"),
        b"\xfe\xff" + "S-SECRET".encode("utf-16-be"),
        workbook({"Results": [["a"], ["S-SECRET"]]}),
        workbook({"S-SECRET": [["a"]]}),
        _zip(a=_zip(b="S-SECRET".encode("utf-16"))),
        _zip(**{"S-SECRET.txt": b""}),
        gzip.compress(b"S-SECRET", mtime=0),
    ],
)
def test_texts_of_any_file(data: bytes) -> None:
    """Text is found in each encoding and in whatever it is packed in."""
    assert any("S-SECRET" in text for text in texts_of(data))


def test_what_cannot_be_unpacked_is_still_searched() -> None:
    assert list(texts_of(b"PK\x03\x04 S-SECRET")) == ["PK\x03\x04 S-SECRET"]
    assert any("S-SECRET" in t for t in texts_of(b"\x1f\x8b\x08 S-SECRET"))


# -- whose


def test_a_reassigned_sample_is_the_others() -> None:
    """A sample belongs to its owner of today; one that is nobody's in the tables to whoever claims it."""
    rows = [("S1", "P1"), ("S5", "P1"), ("S5", "P2"), ("S6", "P1"), ("S7", "P2")]
    claims = pl.DataFrame(rows, schema=OWNERS, orient="row")
    owners = pl.DataFrame([("S1", "P1"), ("S5", "P2")], schema=OWNERS, orient="row")
    assert samples_of(frozenset(["P1"]), claims, owners) == {"S1", "S6"}
    assert samples_of(frozenset(["P2"]), claims, owners) == {"S5", "S7"}


def test_an_alias_is_the_same_person() -> None:
    """Merged identities are followed in both directions, to the end."""
    schema = {"patient_id": pl.String, "merged_into_patient_id": pl.String}
    merged = pl.DataFrame([("P1", "P2"), ("P2", "P3"), ("P8", "P9")], schema=schema, orient="row")
    for start in ("P1", "P2", "P3"):
        assert with_aliases([start], merged) == {"P1", "P2", "P3"}
    assert with_aliases(["P7"], merged) == {"P7"}


def test_a_result_that_is_theirs_under_the_name_of_another() -> None:
    """A result that an amendment gave to the patient goes, though it is written under another's sample."""
    results = pl.DataFrame(
        [("S9", "a", None, "1")],
        schema=dict.fromkeys(("sample_id", "assay_id", "run_id", "result_version"), pl.String),
        orient="row",
    )
    one = replace(person(), results=results)
    text = pl.DataFrame({"sample_id": ["S9", "S9", "S8"], "assay_id": ["a", "b", "a"]})
    assert one.owns("pcr_measurements", text).to_list() == [True, False, False]
    given = text.with_columns(run_id=None, result_version=pl.Series(["2", "1", "1"]))
    assert one.owns("pcr_measurements", given).to_list() == [False, False, False]


def test_every_column_that_names_somebody_counts() -> None:
    """A row about somebody else that names a sample of the patient goes as well: it was made with it."""
    rows = pl.DataFrame(
        {"patient_id": ["P1", "P2", "P2", "P2"], "last_sample_id": ["S1", "S1", "S2", None]}
    )
    kept = without("patient_summary", rows, person(), Lines(NOBODY, NOBODY, frozenset()), NOBODY)
    assert kept.rows() == [("P2", "S2"), ("P2", None)]


def test_new_names_of_files() -> None:
    """A name with an identifier becomes the beginning of the hash; copies in one load stay apart."""
    files = pl.DataFrame(
        [
            ("L1", SHA, "igh/S1_a.tsv"),
            ("L1", SHA, "igh/S1_b.tsv"),
            ("L1", SHA, "igh/x.tsv"),
            ("L2", None, "S1.tsv"),
        ],
        schema=["load_id", "sha256", "name"],
        orient="row",
    )
    assert withheld_names(files, person()).rows() == [
        ("L1", "igh/S1_a.tsv", SHA[:12]),
        ("L1", "igh/S1_b.tsv", f"{SHA[:12]}~2"),
        ("L2", "S1.tsv", "withheld"),
    ]


def test_a_folder_that_is_called_after_a_patient() -> None:
    """Its name is withheld where it is no known assay; an assay that holds the letters is somebody else's too."""
    told = json.dumps([["S1 assay", None, None, None, False], None])
    files = TABLES["source_files"].empty()
    given = [("L1", "S1 tubes", None), ("L1", "S1 assay", told), ("L1", "qpcr", None)]
    found = pl.DataFrame(given, schema=["load_id", "folder_assay_id", "told"], orient="row")
    files = pl.concat([files, found], how="diagonal")
    none = withheld_names(files.select("load_id", "sha256", "name"), person())
    kept = files_without(files, person(), none)["folder_assay_id"].to_list()
    assert kept == [WITHHELD, "S1 assay", "qpcr"]


def test_texts_that_stand_for_a_patient() -> None:
    """A pseudonym of a file called after a patient names it; whoever is joined with another has all its names."""
    one = replace(person(), texts=frozenset(["FABC7"]))
    assert one.is_in("line 2 of FABC7 says so")
    assert not one.is_in("FABC77")
    two = one.with_all_of(person("P2", "S2"))
    assert (two.patients, two.samples, two.texts) == ({"P1", "P2"}, {"S1", "S2"}, {"FABC7"})


def test_findings() -> None:
    """A finding about a row of the patient goes; one about somebody else's stays, what names the patient withheld."""
    rows = [
        # line, value, message, raw row
        (1, "bad", "target_copies 'bad' is no number", "S1,a,bad"),
        (2, "x", "what it says of its line is of nobody", None),
        (3, "y", "contradicts line 1: S1", "S2,a,y"),
        (4, "z", "a row that no reader gave", "S1,a,z,,,"),
        (None, "3", "3 rows wait for: sample S1, sample S2", None),
        (5, "S10", "sample S10 is not S11", "S10,a,1"),
    ]
    found = pl.DataFrame(
        [
            ("L1", SHA, "x.csv", line, None, None, value, message, raw)
            for line, value, message, raw in rows
        ],
        schema={
            "load_id": pl.String, "source_sha256": pl.String, "source_name": pl.String,
            "source_line": pl.Int64, "source_place": pl.String, "column": pl.String,
            "value": pl.String, "message": pl.String, "raw_row": pl.String,
        },
        orient="row",
    )  # fmt: skip
    theirs = pl.DataFrame([(SHA, 1), (SHA, 2)], schema=LINES, orient="row")
    others = pl.DataFrame([(SHA, 3), (SHA, 5)], schema=LINES, orient="row")
    names = withheld_names(found.select("load_id", sha256="source_sha256", name="source_name"), person())  # fmt: skip
    lines = Lines(theirs, others, frozenset())
    kept = findings_without(found, person(), lines, names)
    said = kept.select("source_line", "value", "message", "raw_row").rows()
    assert said == [
        (3, "y", WITHHELD, "S2,a,y"),
        (None, "3", WITHHELD, None),
        (5, "S10", "sample S10 is not S11", "S10,a,1"),
    ]
    whole = findings_without(found, person(), replace(lines, whole=frozenset([SHA])), names)
    assert whole.select("source_line", "value").rows() == [(None, WITHHELD)]


# -- extracts


def _read(case: Case) -> tuple[Reader, TextRows]:
    data = case.data.encode() if isinstance(case.data, str) else case.data
    reader, content = find_reader(data)
    return reader, reader.read(content, case.assay, _SETTINGS)


def _assert_same(one: TextRows, other: TextRows) -> None:
    for kind in ("tables", "inline"):
        mine, its = getattr(one, kind), getattr(other, kind)
        assert mine.keys() == its.keys()
        for name in mine:
            assert_frame_equal(mine[name], its[name])
    assert_frame_equal(one.findings, other.findings)
    plain = {"tables": {}, "inline": {}, "findings": None}
    assert replace(one, **plain) == replace(other, **plain)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.reader)
def test_an_extract_gives_what_the_reader_gave(case: Case) -> None:
    """Of every format, an extract gives the same rows, lines, findings and places; it is read in no other way."""
    reader, rows = _read(case)
    told = told_text(case.assay, _SETTINGS.sample_id)
    data = write_extract(Extract(rows, reader.names_its_assay, told))
    assert is_extract(data)
    extract, content = find_reader(data)
    assert (extract.name.split("/")[0], extract.names_its_assay) == (
        "extract" if reader.names_its_assay else "extract-instrument",
        reader.names_its_assay,
    )
    again = extract.read(content, case.assay, _SETTINGS)
    _assert_same(again, rows)
    assert write_extract(Extract(again, reader.names_its_assay, told)) == data
    if reader.names_its_assay or read_extract(data).is_empty:
        return
    with pytest.raises(FileRefusedError) as refused:
        extract.read(content, None, ReaderSettings(sample_id="another"))
    assert refused.value.code == "FILE_REDACTED"


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.reader)
def test_no_row_of_the_patient_stays(case: Case) -> None:
    """Of every format: without all of its samples a file has no row and no name, and its counts balance."""
    reader, rows = _read(case)
    samples = {s for t in rows.tables.values() if "sample_id" in t.columns for s in t["sample_id"].drop_nulls()}  # fmt: skip
    who = Person(frozenset(["P1"]), frozenset(samples))
    left = take_out(SHA, rows, who, None, Extract(rows, reader.names_its_assay)).extract
    assert left.rows is not None
    assert not any(t.height for n, t in left.rows.tables.items() if "sample_id" in t.columns)
    assert not who.is_in(write_extract(left).decode())
    check_balance(reconcile_load(parse_files([ReadFile(0, SHA, left.rows)]), {}).counts)


CSV = """\
sample_id,patient_id,collected_on,tissue,assay_id,target_copies,control_copies
S1,P1,2024-01-05,PB,a,7,3000
S5,P1,2024-01-06,PB,a,8,3000
S2,P2,2024-01-07,PB,a,9,3000
S1,P1,2024-01-05,PB,a,7,3000,too,long
"""


def test_of_a_line_that_is_of_two_patients_the_others_part_stays() -> None:
    """A flat row of a reassigned sample keeps its result and loses the owner that is forgotten."""
    reader, content = find_reader(CSV.encode())
    rows = reader.read(content, None, ReaderSettings())
    assert ("S5", "P1") in claims_in(rows, None).rows()
    assert names_in(rows, None) == {"patient": {"P1", "P2"}, "sample": {"S1", "S5", "S2"}, "run": set()}  # fmt: skip
    out = take_out(SHA, rows, person(), None, Extract(rows))
    left = out.extract.rows
    assert left is not None
    assert left.tables["pcr_measurements"]["sample_id"].to_list() == ["S5", "S2"]
    assert left.inline["samples"]["patient_id"].to_list() == ["P2"]
    assert (left.rows_read, left.rows_rejected) == (3, 1)
    assert (out.theirs["source_line"].to_list(), sorted(out.others["source_line"])) == ([2], [3, 4])
    assert not person().is_in(write_extract(out.extract).decode())


def test_names_of_samples_are_taken_apart_first() -> None:
    """Where a site's pattern finds the sample in a longer name, rows stay as they were written."""
    case = next(c for c in CASES if c.reader == "quantstudio-text")
    data = str(case.data).replace("\tS1\t", "\tS1_T\t").encode()
    reader, content = find_reader(data)
    rows = reader.read(content, case.assay, _SETTINGS)
    gone = take_out(SHA, rows, person(), "{sample_id}_{replicate}", Extract(rows, False))
    assert gone.extract.is_empty
    kept = take_out(SHA, rows, person("P1", "T"), "{sample_id}_{replicate}", Extract(rows, False))
    assert kept.extract.rows is not None
    assert kept.extract.rows.tables["pcr_measurements"]["sample_id"].unique().to_list() == ["S1_T"]


def _forged(**head: object) -> bytes:
    data = write_extract(Extract(_read(CASES[0])[1]))
    line, _, rest = data.partition(b"\n")
    return json.dumps({**json.loads(line), **head}).encode() + b"\n" + rest


@pytest.mark.parametrize(
    "data",
    [
        b'{"mrd_extract": 1, "names_its_assay": true',
        _forged(rows_read=1),
        _forged(rows_read="1"),
        _forged(frames=None),
        _forged(frames=[["tables", "patients", 0, {"x": "read_csv"}]]),
        _forged(frames=[["tables", "loads", 0, {"source_line": "Int64", "source_rows": "Int64"}]]),
        _forged(places={"a": [1, 2, 3, 4]}),
        _forged(told='[["qpcr" "x"]'),
        _forged(told=5),
        write_extract(Extract(_read(CASES[0])[1]))[:-9],
    ],
)
def test_an_extract_that_was_altered_is_refused(data: bytes) -> None:
    """An extract may lie in an inbox too: it gives what a reader may give, or nothing."""
    reader, content = find_reader(data)
    with pytest.raises(FileRefusedError) as refused:
        reader.read(content, None, ReaderSettings())
    assert refused.value.code == "FILE_DAMAGED"


def test_a_file_that_could_not_be_told_apart_says_so() -> None:
    """Of a file that waited or was refused nothing is kept; whoever reads it is told what to do."""
    data = write_extract(Extract(None, False))
    reader, content = find_reader(data)
    assert read_extract(data).rows is None
    with pytest.raises(FileRefusedError, match="export it again without that patient"):
        reader.read(content, None, ReaderSettings())
