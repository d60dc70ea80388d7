"""Exports of cytometry programs: counts of the two gates that the assay names, or words why not."""

import gzip
import hashlib
from typing import Any

import polars as pl
import pytest

from tests.unit.flow_exports import LIVE, TREE, experiment, fcs, table, workspace
from tests.unit.reading import codes, read_text
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers import facsdiva, flow_siblings, flowjo_table, flowjo_workspace
from transforms.readers.content import open_content
from transforms.readers.registry import READERS
from transforms.readers.rows import AssayNames, TextRows

ASSAY = AssayNames("laip", "LAIP", "CD19+")
DENOMINATOR = f"{LIVE}/CD19+ | Count"
MRD = f"{LIVE}/CD19+/LAIP | Count"
FREQUENCY = f"{LIVE}/CD19+/LAIP | Freq. of Parent (%)"
MEDIAN = f"{LIVE}/CD19+/LAIP | Median (Comp-B525-A :: GFP-A)"
TABLE = table([FREQUENCY, DENOMINATOR, MEDIAN, MRD], {"S1.fcs": "1.0 700 12 7"})
COUNTS = ("sample_id", "tube", "mrd_events", "denominator_events")


def read(text: str | bytes, assay: AssayNames | None = ASSAY) -> TextRows:
    """Read an export; each of its rows must be counted exactly once."""
    rows = read_text(text, assay)
    used = sum(t["source_rows"].sum() for t in rows.tables.values())
    others = rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
    assert rows.rows_read == used + others
    return rows


def measured(rows: TextRows, *columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of the measurements, in the order of their lines."""
    return rows.tables["flow_measurements"].select(columns or COUNTS).rows()


def typed(rows: TextRows) -> pl.DataFrame:
    """Return the measurements as they are stored."""
    return parse_files([ReadFile(0, "ab" * 32, rows)]).tables["flow_measurements"]


def message(rows: TextRows, code: str) -> str:
    """Return the message of the one finding of a code."""
    (text,) = rows.findings.filter(pl.col("code") == code)["message"].to_list()
    return str(text)


def refusal(text: str | bytes) -> FileRefusedError:
    """Return why an export is refused."""
    with pytest.raises(FileRefusedError) as caught:
        read(text)
    return caught.value


# FlowJo table


@pytest.mark.parametrize("ends", [",", ""])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_table_gives_the_counts_of_both_gates(ends: str, line_end: str) -> None:
    """Only Count columns are read; lines end with a comma or not, the last without a line end."""
    rows = {"S1.fcs": "1.0 700 12 7", "S 2_A1.FCS": "0 5,720 n/a 0", "S3.fcs": "0 3277 n/a 32.0"}
    text = table([FREQUENCY, DENOMINATOR, MEDIAN, MRD], {**rows, "S 2_A1.FCS": '0 "5,720" n/a 0'}, ends=ends)  # fmt: skip
    found = read(text.replace("\n", line_end))
    assert measured(found) == [
        ("S1", None, "7", "700"),
        ("S 2_A1", None, "0", "5720"),
        ("S3", None, "32", "3277"),
    ]
    assert measured(found, "assay_id", "source_line", "source_rows") == [("laip", n, 1) for n in (2, 3, 4)]  # fmt: skip
    assert found.findings.is_empty() and found.rows_read == 3
    assert typed(found)["mrd_events"].to_list() == [7, 0, 32]
    run_id = hashlib.sha256(text.encode()).hexdigest()[:12]
    assert line_end == "\r" or set(measured(found, "run_id")) == {(run_id,)}


def test_header_and_rows_may_end_differently() -> None:
    """A comma at the end of the header is no column, nor is one at the end of rows."""
    bare = table([DENOMINATOR, MRD], {"S1.fcs": "700 7", "Mean": ""}, ends="").split("\n")
    for text in (f"{bare[0]},\n{bare[1]}\n{bare[2]}", f"{bare[0]}\n{bare[1]},,\n{bare[2]},"):
        assert measured(read(text)) == [("S1", None, "7", "700")]


def test_table_rows_that_are_no_tubes() -> None:
    """Compensation, means and deviations, empty rows and controls by name are counted, with words."""
    rows = read(
        table(
            [DENOMINATOR, MRD],
            {
                "Compensation Controls_FITC Stained Control.fcs": "900 3",
                "Compensation Specimen_A1_Unstained.fcs": "",
                "FMO_1.fcs": "",
                "NTC_2.fcs": "800 1",
                "S1.fcs": "700 7",
                "Mean": "800 4",
                "SD": "",
            },
        )
    )
    assert measured(rows) == [("S1", None, "7", "700")]
    assert (rows.rows_read, rows.rows_ignored) == (7, 6)
    assert dict(rows.findings.select("code", "value").rows()) == {
        "IGNORED_SUMMARY": "2",
        "IGNORED_CONTROL": "2",
        "CONTROL_BY_NAME": "1",
        "IGNORED_OMITTED": "1",
    }
    assert (
        message(rows, "IGNORED_OMITTED") == "1 tubes without a gate or count on lines 4 to 4: FMO_1"
    )
    assert message(rows, "IGNORED_CONTROL").startswith("2 compensation tubes on lines 2 to 3: ")


def test_frequencies_alone_are_refused() -> None:
    """A percent of three digits is no result at MRD depth, whatever the assay."""
    text = table([FREQUENCY, MEDIAN], {"S1.fcs": "9.52E-3 81330", "S2.fcs": "0 n/a"})
    for assay in (ASSAY, None):
        with pytest.raises(FileRefusedError) as caught:
            read(text, assay)
        assert (caught.value.code, caught.value.line) == ("NO_RESULTS_SECTION", 1)
        assert "frequencies and no Count" in caught.value.message


def test_gate_with_a_frequency_only() -> None:
    """Another gate is counted and this one is not: the sentence says which column to add."""
    rows = read(table([FREQUENCY, DENOMINATOR], {"S1.fcs": "0 700", "S2.fcs": "0 800"}))
    assert codes(rows.findings) == [(2, "TARGET_NOT_IN_FILE"), (3, "TARGET_NOT_IN_FILE")]
    assert "gate LAIP; the file has no Count column of it; add one" in rows.findings["message"][0]
    assert (rows.rows_rejected, rows.tables) == (2, {})


def test_zero_and_empty_gates() -> None:
    """An empty denominator is kept with 0, which is later not evaluable; `n/a` is no number."""
    text = table([DENOMINATOR, MRD], {"S1.fcs": "0 0", "S2.fcs": "500 0", "S3.fcs": "n/a n/a"})
    rows = read(text)
    assert measured(rows)[:2] == [("S1", None, "0", "0"), ("S2", None, "0", "500")]
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert parsed.tables["flow_measurements"]["denominator_events"].to_list() == [0, 500]
    assert set(codes(parsed.findings)) == {(4, "NOT_A_NUMBER")}


def test_ragged_rows_are_refused_one_by_one() -> None:
    """A row that was cut is not taken for a tube without gates."""
    text = table([DENOMINATOR, MRD], {"S1.fcs": "700 7", "S2.fcs": "700 7 8 9"}) + "\nS3.fcs\n"
    rows = read(text)
    assert measured(rows) == [("S1", None, "7", "700")]
    assert codes(rows.findings) == [(3, "ROW_TOO_LONG"), (4, "ROW_TOO_SHORT")]
    assert (rows.rows_read, rows.rows_rejected) == (3, 2)


def test_quoted_gate_names_and_semicolons() -> None:
    """Names of quadrants hold commas; the root's count has no name; Excel may write semicolons."""
    quadrant = "Live/Q2: PE+ , BV786+ | Count"
    assay = AssayNames("laip", "Q2: PE+ , BV786+", "All Events")
    for separator, ends in ((",", ","), (";", ";")):
        text = table([quadrant, "| Count"], {"S1.fcs": "3 900"}, ends=ends, separator=separator)
        assert measured(read(text, assay)) == [("S1", None, "3", "900")]


def test_column_twice() -> None:
    """A gate whose count stands twice in a row is refused, though both may be equal."""
    rows = read(table([DENOMINATOR, MRD, MRD], {"S1.fcs": "700 7 7"}))
    assert codes(rows.findings) == [(None, "GATE_AMBIGUOUS")]
    assert "stands twice in one tube" in message(rows, "GATE_AMBIGUOUS")


# which gate


@pytest.mark.parametrize("text", [TABLE, workspace([("S1.fcs", 1000, TREE)])])
@pytest.mark.parametrize("assay", [None, AssayNames("a", None, None), AssayNames("a", "LAIP", None)])  # fmt: skip
def test_without_both_gates_the_file_waits(text: str, assay: AssayNames | None) -> None:
    """The finding lists the gates to choose from."""
    rows = read(text, assay)
    assert (rows.rows_waiting, rows.waiting_for) == (1, "ASSAY_NOT_KNOWN_FOR_FILE")
    assert "; ".join(p for p in (f"{LIVE}/CD19+", f"{LIVE}/CD19+/LAIP")) in message(rows, "ASSAY_NOT_KNOWN_FOR_FILE")  # fmt: skip


TWO_LEVELS = workspace([("S1.fcs", 1000, {"Single": (900, {"Single": (800, {"LAIP": (7, {})})})})])


@pytest.mark.parametrize(
    ("control", "events"),
    [
        ("Single", None),
        ("/Single", "900"),
        ("Single/Single", "800"),
        ("/Single/Single", "800"),
        (" All Events ", "1000"),
    ],
)
def test_gate_at_two_levels_needs_its_path(control: str, events: str | None) -> None:
    """The end of a path will do, if it is the end of one path only; `/` before it makes it whole."""
    rows = read(TWO_LEVELS, AssayNames("a", "LAIP", control))
    if events is not None:
        assert measured(rows) == [("S1", None, "7", events)]
        return
    assert (rows.rows_rejected, codes(rows.findings)) == (1, [(None, "GATE_AMBIGUOUS")])
    assert message(rows, "GATE_AMBIGUOUS").endswith(": /Single; /Single/Single")


def test_level_may_differ_between_samples() -> None:
    """A name that means one gate here and another there is two gates."""
    other = {"Live": (800, {"LAIP": (9, {}), "CD19+": (700, {})})}
    rows = read(workspace([("S1.fcs", 1000, TREE), ("S2.fcs", 1000, other)]))
    assert (rows.rows_rejected, codes(rows.findings)) == (2, [(None, "GATE_AMBIGUOUS")])


def test_part_of_a_name_is_no_name() -> None:
    """Gate names may hold a slash; where names are told apart, `CD10+` is not `CD19+/CD10+`."""
    tree = {"CD19+/CD10+": (70, {}), "Live": (800, {})}
    rows = read(workspace([("S1.fcs", 1000, tree)]), AssayNames("a", "CD10+", "Live"))
    assert codes(rows.findings)[0][1] == "TARGET_NOT_IN_FILE"
    rows = read(workspace([("S1.fcs", 1000, tree)]), AssayNames("a", "CD19+/CD10+", "Live"))
    assert measured(rows) == [("S1", None, "70", "800")]


def test_one_gate_for_both() -> None:
    """A gate over itself would be 100 %."""
    rows = read(TABLE, AssayNames("a", "CD19+", f"{LIVE}/CD19+"))
    assert codes(rows.findings) == [(2, "TARGET_NOT_IN_FILE")]
    assert "the same gate" in message(rows, "TARGET_NOT_IN_FILE")


def test_gate_that_is_nowhere() -> None:
    """Every tube is refused, and the finding names the gates that there are."""
    rows = read(TABLE, AssayNames("a", "Lymphoblasts", "CD19+"))
    assert (rows.rows_rejected, codes(rows.findings)) == (1, [(2, "TARGET_NOT_IN_FILE")])
    assert message(rows, "TARGET_NOT_IN_FILE").endswith(f"{LIVE}/CD19+; {LIVE}/CD19+/LAIP")


# FlowJo workspace


def test_workspace_counts_by_path() -> None:
    """Counts of samples, not of groups, drawings or statistics; boolean gates are gates."""
    tree = {"Live": (800, {"CD19+": (700, {"LAIP": (7, {}), "not LAIP": (693, {})})})}
    text = workspace([("S1.fcs", 1000, tree), ("S2.fcs", 1100, tree)])
    rows = read(text)
    assert measured(rows) == [("S1", None, "7", "700"), ("S2", None, "7", "700")]
    assert set(measured(rows, "run_id")) == {("Fri Jun 12 02:22:21 EDT 2020",)}
    lines = [n for n, line in enumerate(text.split("\n"), 1) if "<SampleNode" in line]
    assert measured(rows, "source_line") == [(n,) for n in lines]
    assert measured(read(text, AssayNames("a", "not LAIP", "Live")))[0][2] == "693"
    assert rows.inline["runs"].is_empty()


def test_workspace_samples_without_gates() -> None:
    """Samples that nobody gated are ignored, and named; their events alone are no gate."""
    rows = read(workspace([("S1.fcs", 1000, TREE), ("Unstained.fcs", 500, {})]))
    assert (rows.rows_read, rows.rows_ignored) == (2, 1)
    assert message(rows, "IGNORED_OMITTED").endswith(": Unstained")
    alone = read(workspace([("Unstained.fcs", 500, {})]), None)
    assert (alone.rows_ignored, alone.rows_waiting) == (1, 0)


def test_sample_with_half_of_the_gates_is_not_lost() -> None:
    """One gate of two is a sample not gated to the end; none of them is another panel."""
    half = {"Scatter": (900, {"Live": (800, {"CD19+": (700, {})})})}
    panel = {"T cells": (100, {})}
    uncounted = {"Scatter": (900, {"Live": (800, {"CD19+": (700, {"LAIP": (None, {})})})})}
    rows = read(workspace([("S1.fcs", 9, TREE), ("S2.fcs", 9, half), ("S3.fcs", 9, panel), ("S4.fcs", 9, uncounted)]))  # fmt: skip
    assert measured(rows) == [("S1", None, "7", "700")]
    assert (rows.rows_rejected, rows.rows_ignored) == (2, 1)
    assert sorted(c for _, c in codes(rows.findings)) == ["IGNORED_OTHER_TARGET", "TARGET_NOT_IN_FILE", "TARGET_NOT_IN_FILE"]  # fmt: skip
    assert "no count of the gate LAIP of assay laip" in rows.findings.filter(pl.col("source_line").is_not_null())["message"][0]  # fmt: skip


def test_counts_not_computed_yet() -> None:
    """FlowJo writes -1 until it has counted."""
    rows = read(workspace([("S1.fcs", 1000, {"CD19+": (700, {"LAIP": (-1, {})})})]))
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert [c for _, c in codes(parsed.findings)] == ["OUT_OF_RANGE"]


def test_xml_without_line_breaks() -> None:
    """Samples on one line are told apart by their number."""
    rows = read(workspace([("S1.fcs", 1000, TREE), ("S2.fcs", 1000, TREE)], lines=False))
    assert measured(rows, "sample_id", "source_line") == [("S1", 1), ("S2", 2)]


def test_workspace_without_samples() -> None:
    """A template holds no result."""
    assert refusal(workspace([])).code == "NO_RESULTS_SECTION"


# FACSDiva

ROOT = "All Events"
P1, P2 = f"{ROOT}\\P1", f"{ROOT}\\P1\\P2"
DIVA = AssayNames("diva", "P2", "P1")


def test_experiment_counts_by_specimen_and_tube() -> None:
    """Counts of tubes, not of templates and drawings; a tube without events is kept with 0."""
    text = experiment({"S1": {"tube 1": {ROOT: 0, P1: 0, P2: 0}, "tube 2": {ROOT: 9, P1: 8, P2: 2}}, "S2": {"t": {ROOT: 5, P1: 4, P2: 0}}})  # fmt: skip
    rows = read(text, DIVA)
    assert measured(rows) == [("S1", "tube 1", "0", "0"), ("S1", "tube 2", "2", "8"), ("S2", "t", "0", "4")]  # fmt: skip
    assert typed(rows)["denominator_events"].to_list() == [0, 8, 4]
    assert set(measured(rows, "run_id")) == {("MRD week 20 2024-05-16T13:53:21",)}
    (run,) = rows.inline["runs"].drop("source_line", "source_rows").to_dicts()
    assert run == {"run_id": "MRD week 20 2024-05-16T13:53:21", "assay_id": "diva", "performed_on": "2024-05-16"}  # fmt: skip
    line = next(n for n, line in enumerate(text.split("\n"), 1) if '<tube name="tube 2"' in line)
    assert measured(rows, "source_line")[1] == (line,)
    waiting = read(text, None)
    assert waiting.rows_waiting == 3
    assert message(waiting, "ASSAY_NOT_KNOWN_FOR_FILE").endswith(": All Events; All Events/P1; All Events/P1/P2")  # fmt: skip


@pytest.mark.parametrize("target", ["P2", "P1\\P2", "P1/P2", P2, f"/{P2}", "\\All Events\\P1\\P2"])
def test_paths_may_be_written_with_either_slash(target: str) -> None:
    """As FACSDiva shows them, or as FlowJo does."""
    text = experiment({"S1": {"t": {ROOT: 9, P1: 8, P2: 2}}})
    assert measured(read(text, AssayNames("d", target, P1)), "mrd_events") == [("2",)]


def test_tubes_of_other_panels_and_compensation() -> None:
    """Beside a whole tube of its sample a half one is another panel; alone it is refused."""
    tubes = {
        "Compensation Controls": {"Unstained Control": {ROOT: 500, P1: 400}},
        "S1": {"t1": {ROOT: 9, P1: 8, P2: 2}, "t2": {ROOT: 9, P1: 7}, "t3": {}},
        "S2": {"t1": {ROOT: 9, P1: 7}},
    }
    rows = read(experiment(tubes), DIVA)
    assert measured(rows) == [("S1", "t1", "2", "8")]
    assert (rows.rows_read, rows.rows_ignored, rows.rows_rejected) == (5, 3, 1)
    found = {"IGNORED_CONTROL", "IGNORED_OMITTED", "IGNORED_OTHER_TARGET", "TARGET_NOT_IN_FILE"}
    assert {c for _, c in codes(rows.findings)} == found


@pytest.mark.parametrize("date", ["16.05.2024", "05/16/2024 13:53", "May 16, 2024"])
def test_experiment_date_that_is_not_iso(date: str) -> None:
    """A date that could be read in two ways is not read; without a date there is no row of the run."""
    rows = read(experiment({"S1": {"t": {P1: 8, P2: 2}}}, date=date), DIVA)
    assert codes(rows.findings) == [(None, "RUN_DATE_UNREADABLE")]
    assert rows.inline["runs"].is_empty()
    undated = read(experiment({"S1": {"t": {P1: 8, P2: 2}}}, date=None), DIVA)
    assert measured(undated, "run_id") == [("MRD week 20",)] and undated.findings.is_empty()


def test_experiment_without_tubes() -> None:
    """A template holds no result."""
    assert refusal(experiment({"S1": {}})).code == "NO_RESULTS_SECTION"


def test_nothing_personal_is_carried() -> None:
    """Logins and paths are neither in rows nor in words."""
    for text, assay in (
        (workspace([("S1.fcs", 9, TREE)]), ASSAY),
        (experiment({"S1": {"t": {P1: 8, P2: 2}}}), DIVA),
    ):
        for names in (assay, None, AssayNames("x", "nothing", "none")):
            rows = read(text, names)
            frames = [*rows.tables.values(), *rows.inline.values(), rows.findings]
            assert not any("login" in f.write_json() for f in frames)


# what is no result

GATING = "<?xml version='1.0'?>\n<gating:Gating-ML xmlns:gating=\"http://www.isac-net.org/std/Gating-ML/v2.0/gating\">\n</gating:Gating-ML>"
SPILLOVER = "FITC-A,PE-A,APC-A\n1,0.2986,0\n0.007,1,1E-3\n0,-.02,1\n"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (GATING, "GatingML"),
        ('<transforms:spilloverMatrix xmlns:transforms="x"/>', "compensation matrix"),
        (SPILLOVER, "compensation matrix"),
        ("\tFITC-A\tPE-A\nFITC-A\t1\t0.1\nPE-A\t0\t1\n", "compensation matrix"),
        (",FITC-A,PE-A\nFITC-A,100,10\nPE-A,0,100\n", "compensation matrix"),
        ("0\n1\n" * 40, "one 0 or 1"),
        ("samples,day,phenotype\nS1,0,Unsorted\n", "lists samples"),
    ],
)
def test_siblings_are_refused_in_their_own_words(text: str, word: str) -> None:
    """What is no result is named, and what to export instead."""
    why = refusal(text)
    assert why.code == "NO_RESULTS_SECTION" and word in why.message


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3,4\n",
        "a,b\n1,0\n",
        "a,b\n1,x\n0,1\n",
        "0\n1\n" * 10,
        "samples\n1\n",
        ",Well,Fluor,Target,Content,Sample,Cq\n,A01,FAM,BCR,Unkn,S1,31.2\n",
        "<html><body>samples,day</body></html>",
        "|,| Freq. of\n",
    ],
)
def test_what_only_looks_alike_stays_unrecognised(text: str) -> None:
    """No flow reader takes a file for its own that it knows nothing of."""
    content = open_content(text.encode())
    own = (facsdiva, flow_siblings, flowjo_table, flowjo_workspace)
    assert not any(module.READER.recognise(content) for module in own)


@pytest.mark.parametrize("version", ["FCS2.0", "FCS3.0", "FCS3.1", "FCS3.2"])
def test_fcs_holds_events_only(version: str) -> None:
    """The sentence says what to export; free keywords of the file are not repeated."""
    for data in (fcs(version), gzip.compress(fcs(version)), fcs(version, by_header=0)):
        with pytest.raises(FileRefusedError) as caught:
            open_content(data)
        assert caught.value.code == "FILE_BINARY"
        assert version.replace("FCS", "FCS ") in caught.value.message
        assert "without gates" in caught.value.message and "nobody" not in caught.value.message


@pytest.mark.parametrize("data", [b"FCS3.1", fcs()[:40], fcs()[:100], fcs().replace(b"$BEGINDATA", b"$B")])  # fmt: skip
def test_cut_fcs(data: bytes) -> None:
    """However little is left of it."""
    with pytest.raises(FileRefusedError) as caught:
        open_content(data)
    assert caught.value.code == "FILE_BINARY"


def test_fcs_whose_offsets_disagree() -> None:
    """Header and text place the events apart: the file is damaged, and the sentence says where."""
    with pytest.raises(FileRefusedError) as caught:
        open_content(fcs(by_header=300, by_text=400))
    assert (caught.value.code, caught.value.value) == ("FILE_DAMAGED", "300, 400")


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        (TABLE, "flowjo-table/1"),
        (table([FREQUENCY], {"S1.fcs": "1"}), "flowjo-table/1"),
        (TWO_LEVELS, "flowjo-workspace/1"),
        (experiment({"S1": {}}), "facsdiva-xml/1"),
        (GATING, "flow-no-result/1"),
        (SPILLOVER, "flow-no-result/1"),
    ],
)
def test_one_reader_recognises_each(text: str, reader: str) -> None:
    """Signatures do not overlap."""
    content = open_content(text.encode())
    assert [r.name for r in READERS if r.recognise(content)] == [reader]
