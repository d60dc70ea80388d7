"""Canonical files: the header decides the table, and inline columns never do."""

import json
from typing import Any

import pytest

from flows.cli import main
from schemas.fields import FIELDS
from schemas.tables import INPUT_TABLES, TABLES
from tests.unit.reading import after, codes, csv_text, read_text
from transforms.problems import FileRefusedError
from transforms.readers.canonical import recognise, recognise_table
from transforms.readers.content import Content
from transforms.readers.registry import READERS

# One legal header and row of each table, and the columns that decide.
SMALLEST = {
    "flow_measurements": ("sample_id,assay_id,mrd_events,denominator_events", "S,A,1,100000"),
    "ngs_measurements": ("sample_id,assay_id,marker,marker_count,total_count", "S,A,IG/TR,1,9"),
    "pcr_measurements": ("sample_id,assay_id,target_copies", "S,A,12"),
    "assays": ("assay_id,modality,marker,basis", "A,FLOW,LAIP,CELLS_TNC"),
    "treatments": ("patient_id,therapy,started_on", "P,TKI,2024-01-05"),
    "clinical_responses": ("patient_id,assessed_on", "P,2024-01-05"),
    "patient_aliases": ("patient_id,merged_into_patient_id,merged_on", "P,Q,2024-01-05"),
    "amendments": ("sample_id,assay_id,action,amended_on", "S,A,WITHDRAWN,2024-01-05"),
    "manifest": ("file_name,sample_id", "a.tsv,S"),
    "tracked_markers": ("patient_id,marker,identified_on", "P,NPM1,2024-01-05"),
    "runs": ("run_id,assay_id,is_valid", "R,A,yes"),
    "samples": ("sample_id,patient_id,collected_on,tissue", "S,P,2024-01-05,PB"),
    "patients": ("patient_id,disease", "P,CML"),
}
PCR_DECIDERS = ("target_copies", "target_cq", "reported_value", "reported_call",
    "positive_partitions")  # fmt: skip
RUN_DECIDERS = ("performed_on", "target_slope", "target_intercept", "target_r_squared",
    "control_slope", "control_intercept", "control_r_squared", "is_ntc_clean", "is_valid")  # fmt: skip


def table_of(header: str) -> str | None:
    """Return the name of the table that a header names."""
    table = recognise_table(header.split(","))
    return None if table is None else table.name


def refusal(text: str) -> FileRefusedError:
    """Return why a text is refused."""
    with pytest.raises(FileRefusedError) as caught:
        read_text(text)
    return caught.value


def test_every_input_table_has_its_smallest_file() -> None:
    """The list above is complete."""
    assert set(SMALLEST) == {t.name for t in INPUT_TABLES}


@pytest.mark.parametrize("name", SMALLEST)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_smallest_file_is_recognised_and_read(name: str, separator: str) -> None:
    """The required columns alone make a file of their table, with any separator."""
    text = "\n".join(SMALLEST[name]).replace(",", separator) + "\n"
    rows = read_text(text)
    assert (rows.format, rows.rows_read) == (f"canonical {name}", 1)
    assert list(rows.tables) == [name]
    loaded = after({"a.csv": text})
    assert loaded.counts == {"a.csv": (1, 1, 0, 0)}
    assert loaded.found == set()


@pytest.mark.parametrize("name", SMALLEST)
def test_every_column_of_a_table_may_be_given(name: str) -> None:
    """A file with all columns of a table is of that table, and none of them is extra."""
    columns = TABLES[name].input_columns
    rows = read_text(",".join(columns) + "\n" + ",".join("x" for _ in columns) + "\n")
    assert rows.format == f"canonical {name}"
    assert codes(rows.findings) == []


@pytest.mark.parametrize("column", PCR_DECIDERS)
def test_each_of_the_pcr_columns_decides(column: str) -> None:
    """Any of the five columns makes a PCR file."""
    assert table_of(f"sample_id,assay_id,{column}") == "pcr_measurements"


@pytest.mark.parametrize("column", RUN_DECIDERS)
def test_each_run_column_decides(column: str) -> None:
    """A run file is told by run, assay and any column about the run."""
    assert table_of(f"run_id,assay_id,{column}") == "runs"


SAMPLE_COLUMNS = "patient_id,disease,transcript,sample_id,collected_on,tissue,timepoint"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"{SAMPLE_COLUMNS},assay_id,target_copies", "pcr_measurements"),
        (f"{SAMPLE_COLUMNS},assay_id,run_id,is_valid,target_cq", "pcr_measurements"),
        (f"{SAMPLE_COLUMNS},assay_id,mrd_events,denominator_events", "flow_measurements"),
        (f"{SAMPLE_COLUMNS},assay_id,marker,marker_count,total_count", "ngs_measurements"),
        ("sample_id,assay_id,target_copies,mrd_events,denominator_events", "flow_measurements"),
        ("sample_id,assay_id,target_copies,marker_count,total_count", "ngs_measurements"),
        ("sample_id,assay_id,target_copies,mrd_events", "pcr_measurements"),
        ("sample_id,assay_id,run_id,mrd_events", None),
        ("assay_id,modality,marker,basis,disease", "assays"),
        ("assay_id,run_id,modality,basis,performed_on", "assays"),
        ("patient_id,therapy,started_on,assessed_on", "treatments"),
        ("patient_id,disease,therapy,started_on", "treatments"),
        ("patient_id,assessed_on,response,disease", "clinical_responses"),
        ("file_name,sample_id,collected_on", "manifest"),
        ("run_id,assay_id,performed_on,sample_id,collected_on", "runs"),
        ("run_id,assay_id,sample_id,collected_on", "samples"),
        (SAMPLE_COLUMNS, "samples"),
        ("patient_id,disease,sample_id", "patients"),
        ("sample_id,patient_id,tissue", None),
        ("sample_id,assay_id,control_copies", None),
        ("run_id,assay_id", None),
        ("fridge,temperature", None),
    ],
)
def test_order_of_decisions(header: str, expected: str | None) -> None:
    """The first table whose deciding columns are all there wins; inline columns never decide."""
    assert table_of(header) == expected


@pytest.mark.parametrize(
    "header",
    [
        "SAMPLE_ID,Assay_Id,Target_Copies",
        " sample_id , assay_id ,target_copies ",
        '"sample_id","assay_id","target_copies"',
    ],
)
def test_case_and_blanks_of_the_header(header: str) -> None:
    """Names are read without case, and without blanks or quotes around them."""
    (row,) = read_text(f"{header}\nS,A,12\n").tables["pcr_measurements"].to_dicts()
    expected = {"sample_id": "S", "assay_id": "A", "target_copies": "12"}
    assert row == expected | {"source_line": 2, "source_rows": 1}


def test_columns_stand_in_any_order() -> None:
    """The name of a column counts, not its place."""
    rows = read_text("target_copies,assay_id,sample_id\n12,A,S\n").tables["pcr_measurements"]
    assert rows.select("sample_id", "assay_id", "target_copies").rows() == [("S", "A", "12")]


def test_header_below_blank_lines() -> None:
    """Blank lines above the header are passed over, and lines keep their numbers."""
    rows = read_text("\n\nsample_id,assay_id,target_copies\n\nS,A,12\n")
    assert rows.tables["pcr_measurements"]["source_line"].to_list() == [5]


def test_extra_columns_are_left_out_with_a_finding() -> None:
    """One finding names all columns that the table does not have; nothing else changes."""
    text = "sample_id,operator,assay_id,target_copies,target_copy,,operator\nS,x,A,12,13,y,z\n"
    rows = read_text(text)
    assert rows.tables["pcr_measurements"]["target_copies"].to_list() == ["12"]
    (finding,) = rows.findings.to_dicts()
    assert (finding["code"], finding["source_line"]) == ("EXTRA_COLUMN", None)
    assert finding["value"] == "operator, target_copy, operator"


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("sample_id,assay_id,target_copies,target_copies", "target_copies"),
        ("sample_id,assay_id,target_copies,Sample_ID", "sample_id"),
        ("sample_id,assay_id,target_copies,tissue,tissue", "tissue"),
    ],
)
def test_column_that_stands_twice(header: str, column: str) -> None:
    """Which of two columns of one name is meant cannot be told: the file is refused."""
    why = refusal(f"\n{header}\n{','.join('x' * 5)}\n")
    assert (why.code, why.line, why.value) == ("DUPLICATE_HEADER", 2, column)


def _without_one() -> list[tuple[str, str]]:
    """Return every smallest header without one of its required, not deciding columns."""
    cases = []
    for name, (header, _) in SMALLEST.items():
        columns = header.split(",")
        for column in columns:
            rest = [c for c in columns if c != column]
            if table_of(",".join(rest)) == name:
                cases.append((",".join(rest), column))
    return cases


@pytest.mark.parametrize(("header", "column"), _without_one())
def test_missing_column(header: str, column: str) -> None:
    """A required column that is missing refuses the file, and is named."""
    why = refusal(f"{header}\n{','.join('x' for _ in header.split(','))}\n")
    assert (why.code, why.line, why.value) == ("MISSING_COLUMN", 1, column)


def test_unknown_header_is_quoted() -> None:
    """A file that matches nothing is refused with its first line."""
    why = refusal("\nfridge,temperature\nF1,4.1\n")
    assert (why.code, why.value) == ("FILE_NOT_RECOGNISED", "fridge,temperature")


FLAT = csv_text(
    "patient_id, disease, transcript, sample_id, collected_on, tissue, assay_id, replicate, target_copies",
    "P1,         CML,     e14a2,      S1,        2024-01-05,   PB,     A,        1,         12",
    "P1,         CML,     e14a2,      S1,        2024-01-05,   PB,     A,        2,         9",
    "P1,         CML,     e14a2,      S2,        2024-04-05,   PB,     A,        1,         0",
    "P2,         ,        ,           S3,        ,             ,       A,        1,         4",
)  # fmt: skip


def test_inline_columns_become_rows_of_their_tables() -> None:
    """A flat extract gives each sample and patient once, with the line of its first row."""
    loaded = after({"flat.csv": FLAT})
    assert loaded.rows("samples", "sample_id", "patient_id", "tissue", "source_line") == [
        ("S1", "P1", "PB", 2),
        ("S2", "P1", "PB", 4),
    ]
    assert loaded.rows("patients", "patient_id", "disease", "transcript", "source_line") == [
        ("P1", "CML", "e14a2", 2)
    ]
    assert loaded.rows("pcr_measurements", "sample_id", "replicate") == [
        ("S1", "1"), ("S1", "2"), ("S2", "1"), ("S3", "1"),
    ]  # fmt: skip
    assert loaded.counts == {"flat.csv": (4, 4, 0, 0)}
    assert loaded.found == set()


def test_inline_columns_that_do_not_make_a_row() -> None:
    """Where a required column is missing the others are left out, with a finding that names it."""
    rows = read_text("sample_id,assay_id,tissue,timepoint,target_copies\nS,A,PB,TP1,12\n")
    assert rows.inline == {}
    (finding,) = rows.findings.to_dicts()
    assert (finding["code"], finding["value"]) == ("INLINE_INCOMPLETE", "patient_id, collected_on")


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ("P1,CML,S1,2024-02-30,PB,A,12", {"INLINE_INVALID"}),
        ("P1,LEUKAEMIA,S1,2024-01-05,PB,A,12", {"INLINE_INVALID"}),
        ("P1,CML,S1,03/04/2024,blood,A,12", {"INLINE_INVALID"}),
        ("P1,CML,S1,05.01.2024,PB,A,12", set()),
        ("P1,CML,S1,2024-01-05,PB,A,many", {"NOT_A_NUMBER"}),
    ],
)
def test_fate_of_a_flat_row_is_the_measurements(cells: str, found: set[str]) -> None:
    """An unreadable inline cell is for review, and does not take the measurement away."""
    header = "patient_id,disease,sample_id,collected_on,tissue,assay_id,target_copies"
    loaded = after({"flat.csv": f"{header}\n{cells}\n"})
    assert {code for _, _, code in loaded.found} == found
    is_good = "NOT_A_NUMBER" not in found
    assert loaded.counts == {"flat.csv": (1, int(is_good), int(not is_good), 0)}


def test_file_cannot_correct_inline() -> None:
    """`is_correction` is a column of reference files; beside a measurement it is left out."""
    text = "sample_id,patient_id,collected_on,tissue,is_correction,assay_id,target_copies\n"
    loaded = after({"flat.csv": text + "S1,P1,2024-01-05,PB,true,A,12\n"})
    assert loaded.rows("samples", "sample_id", "is_correction") == [("S1", False)]


def test_formats_command_tells_what_the_readers_do(capsys: pytest.CaptureFixture[str]) -> None:
    """`mrd formats` lists every reader and table; what it says of a header is what happens."""
    assert main(["formats", "--json"]) == 0
    told: dict[str, list[dict[str, Any]]] = json.loads(capsys.readouterr().out)
    assert [r["reader"] for r in told["readers"]] == [r.name for r in READERS]
    assert [t["table"] for t in told["canonical"]] == [t.name for t in INPUT_TABLES]
    for table in told["canonical"]:
        deciding = [c for c in table["recognised_by"] if not c.startswith("any of ")]
        for any_of in table["recognised_by"][len(deciding) :]:
            deciding.append(any_of.removeprefix("any of ").split(", ")[0])
        header = ",".join(dict.fromkeys([*deciding, *table["required"]]))
        assert recognise(Content(head=header)) and table_of(header) == table["table"]
        assert read_text(f"{header}\n{','.join('x' for _ in header.split(','))}\n").rows_read == 1
        assert set(table["required"]) <= set(table["columns"]) <= set(FIELDS)


def test_formats_command_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """The text for people names the same tables, columns and readers."""
    assert main(["formats"]) == 0
    words = capsys.readouterr().out
    for reader in READERS:
        assert f"{reader.title} ({reader.name})\n  recognised by {reader.signature}" in words
    for table in INPUT_TABLES:
        assert f"\n{table.name}: one row per {table.grain}\n" in words
        assert f"columns       {', '.join(table.input_columns)}\n" in words
