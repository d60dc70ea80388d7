"""Names taken apart by a site's pattern: in one way, or not at all."""

import polars as pl
import pytest

from transforms.problems import no_findings
from transforms.readers.name_pattern import check_pattern, take_apart
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.sample_names import PARTS, with_sample_names, without_control_tubes

DRAWN = """
pattern                  | name            | sample_id
{sample_id}.tsv          | A-1.tsv         | A-1
{sample_id}.tsv          | A-1.txt         | -
{sample_id}_{*}.tsv      | A-1_x.tsv       | A-1
{sample_id}_{*}.tsv      | A_1_x.tsv       | -
{sample_id}_IGH_{*}.tsv  | A_1_IGH_x_y.tsv | A_1
{sample_id}_{*}.tsv      | _x.tsv          | -
{*}({sample_id}).csv     | run (A 1).csv   | A 1
S{sample_id}.tsv         | Sa.b+c.tsv      | a.b+c
"""


@pytest.mark.parametrize("line", DRAWN.strip().splitlines()[1:])
def test_one_way_or_not_at_all(line: str) -> None:
    """`-` is a name that does not fit, or fits in two ways."""
    pattern, name, expected = (cell.strip() for cell in line.split("|"))
    check_pattern(pattern, ("sample_id",))
    found = take_apart(pl.DataFrame({"name": [name]}), "name", pattern)["sample_id"][0]
    assert found == (None if expected == "-" else expected)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("x.tsv", "must hold {sample_id}"),
        ("{sample_id}{*}", "need text between"),
        ("{sample_id}_{sample_id}", "twice"),
        ("{patient}_{sample_id}", "{sample_id}, {tube}"),
        ("{sample_id", "{sample_id}, {tube}"),
    ],
)
def test_pattern_that_cannot_work(pattern: str, said: str) -> None:
    """A setting that no name could fit in one way is refused when it is read."""
    with pytest.raises(ValueError, match=said.replace("{", r"\{").replace("}", r"\}")):
        check_pattern(pattern, PARTS)


def test_tube_stands_in_the_name() -> None:
    """Tubes of one sample come as samples of their own; the pattern makes them tubes again."""
    table = pl.DataFrame(
        {
            "sample_id": ["A_t1.fcs", "A_t2.fcs", "B.fcs"],
            "mrd_events": ["1", "2", "3"],
            "source_line": [2, 3, 4],
            "source_rows": [1, 1, 1],
        }
    )
    rows = TextRows("table", "x/1", 3, tables={"flow_measurements": table}, findings=no_findings())
    read = with_sample_names(rows, "{sample_id}_{tube}.fcs")
    measured = read.tables["flow_measurements"].select("sample_id", "tube", "mrd_events").rows()
    assert measured == [("A", "t1", "1"), ("A", "t2", "2")]
    assert read.rows_rejected == 1
    assert read.findings.select("code", "source_line", "value").rows() == [
        ("SAMPLE_NAME_UNMATCHED", 4, "B.fcs")
    ]


def test_ending_of_fcs_files_may_stand_in_the_pattern() -> None:
    """Readers of cytometry take it off the names, and a laboratory writes the names as it sees them."""
    table = ",Live | Count,Live/LAIP | Count\nS1_T1.fcs,900000,30\nS2.fcs,900000,0\n"
    reader, content = find_reader(table.encode())
    read = reader.read(content, AssayNames("ngf", "LAIP", "Live"), ReaderSettings())
    for pattern in ("{sample_id}_{tube}.fcs", "{sample_id}_{tube}"):
        rows = with_sample_names(read, pattern)
        measured = rows.tables["flow_measurements"].select("sample_id", "tube", "mrd_events").rows()
        assert measured == [("S1", "T1", "30")]
        assert rows.rows_rejected == 1


def test_control_tube_with_a_tube_behind_its_name() -> None:
    """What is a control by its name is one also where the name holds a tube."""
    table = (
        ",Live | Count,Live/LAIP | Count\nNTC_T1.fcs,9,1\nS1_T1.fcs,900000,30\nNTC 2_T2.fcs,9,1\n"
    )
    reader, content = find_reader(table.encode())
    settings = ReaderSettings(control_names=("NTC",))
    read = reader.read(content, AssayNames("ngf", "LAIP", "Live"), settings)
    rows = without_control_tubes(with_sample_names(read, "{sample_id}_{tube}"), settings)
    assert rows.tables["flow_measurements"]["sample_id"].to_list() == ["S1"]
    assert (rows.rows_read, rows.rows_ignored, rows.rows_rejected) == (3, 2, 0)
    (finding,) = rows.findings.filter(code="CONTROL_BY_NAME")["message"]
    assert finding == "2 tubes taken as controls by their name: NTC, NTC 2"


def test_inline_samples_get_the_name_of_their_measurement() -> None:
    """Otherwise the sample stands under the name as written, and its measurement waits for ever."""
    lines = {"source_line": [2, 3], "source_rows": [1, 1]}
    names = ["S2 rep1", "S3"]
    measured = pl.DataFrame({"sample_id": names, "target_copies": ["3", "4"], **lines})
    samples = pl.DataFrame({"sample_id": names, "patient_id": ["P1", "P2"], **lines})
    patients = pl.DataFrame({"patient_id": ["P1", "P2"], **lines})
    rows = TextRows(
        "table", "x/1", 2, tables={"pcr_measurements": measured},
        inline={"samples": samples, "patients": patients}, findings=no_findings(),
    )  # fmt: skip
    read = with_sample_names(rows, "{sample_id} rep{replicate}")
    assert read.tables["pcr_measurements"].select("sample_id", "replicate").rows() == [("S2", "1")]
    assert read.inline["samples"].select("sample_id", "patient_id").rows() == [("S2", "P1")]
    assert "replicate" not in read.inline["samples"].columns
    assert read.inline["patients"].equals(patients)
    assert (read.rows_rejected, read.findings["code"].to_list()) == (1, ["SAMPLE_NAME_UNMATCHED"])
