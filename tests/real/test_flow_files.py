"""Real cytometry files give what a careful reading of them gives; they are never copied here."""

import os
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from tests.unit.reading import CONTROL_NAMES
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers import facsdiva, flow_siblings, flowjo_table, flowjo_workspace
from transforms.readers.content import open_content
from transforms.readers.registry import READERS, find_reader
from transforms.readers.rows import AssayNames, TextRows

REAL = Path(os.environ.get("MRD_REAL_FILES", "/nowhere"))
FLOW = REAL / "flow"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        "MRD_REAL_FILES" not in os.environ,
        reason="MRD_REAL_FILES does not name the folder of the real instrument files",
    ),
]
AS263 = "flowjo-table-csv/AS263_GFP Table.csv"
ICS = "flowjo-wsp/8_color_ICS_simple.wsp"
NESTED = "flowjo-wsp/flowjo_example_2.wsp"
DIVA = "facsdiva/facsdiva_example_2.xml"
OWN = {
    AS263: flowjo_table,
    "flowjo-table-csv/237_monocyte.csv": flowjo_table,
    "flowjo-table-csv/DiD.csv": flowjo_table,
    ICS: flowjo_workspace,
    NESTED: flowjo_workspace,
    DIVA: facsdiva,
    "fcs/comp_complete_example.csv": flow_siblings,
    "gatingml/8_color_ICS.xml": flow_siblings,
    "gatingml/Results_And1.txt": flow_siblings,
}
METADATA = "ngs/adaptive-immunoseq/TCRB_metadata.csv"


def read(name: str, target: str | None = None, control: str | None = None) -> TextRows:
    """Read a file, with an assay of these gates if they are given; its counts must balance."""
    reader, content = find_reader((FLOW / name).read_bytes())
    assay = None if target is None else AssayNames("assay", target, control)
    rows = reader.read(content, assay, CONTROL_NAMES)
    used = sum(t["source_rows"].sum() for t in rows.tables.values())
    assert rows.rows_read == used + rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
    return rows


def counts(name: str, target: str, control: str) -> dict[tuple[str, str | None], tuple[int, int]]:
    """Return the counts of both gates by sample and tube, as they are stored."""
    rows = read(name, target, control)
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert parsed.rejected.is_empty() and rows.rows_rejected == 0
    columns = ("sample_id", "tube", "mrd_events", "denominator_events")
    return {(s, t): (m, d) for s, t, m, d in parsed.tables["flow_measurements"].select(columns).rows()}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "n_rows", "n_ignored", "gate"),
    [
        (AS263, 72, 9, "CD45+/T Cells/CD4"),
        (ICS, 3, 0, "Time/Singlets/aAmine-/CD3+"),
        (NESTED, 1, 0, "Lymphocytes/Single Cells/Single Cells/Live cells/CD3+"),
        (DIVA, 3, 0, "All Events/P1/P2/P3/P8/P4"),
    ],
)
def test_without_assay(name: str, n_rows: int, n_ignored: int, gate: str) -> None:
    """Tubes are counted and wait; the finding names the gates to choose from."""
    rows = read(name)
    assert (rows.rows_read, rows.rows_ignored) == (n_rows, n_ignored)
    assert (rows.rows_waiting, rows.tables) == (n_rows - n_ignored, {})
    waits = rows.findings.filter(pl.col("code") == "ASSAY_NOT_KNOWN_FOR_FILE")
    assert gate in waits.item(0, "value")


def test_table_with_counts() -> None:
    """Tubes of two tissues; compensation, mean and deviation ignored."""
    rows = read(AS263, "CD4", "CD45+")
    table = rows.tables["flow_measurements"]
    assert Counter(table["sample_id"].str.extract("^([A-Za-z ]+)_")) == {"Spleen": 32, "Whole Blood": 31}  # fmt: skip
    assert dict(rows.findings.select("code", "value").rows()) == {"IGNORED_CONTROL": "7", "IGNORED_SUMMARY": "2"}  # fmt: skip
    assert (table["source_line"].min(), table["source_line"].max()) == (9, 71)
    first, last = ("Spleen_A1_1.1", None), ("Whole Blood_F9_11.3", None)
    expected = {
        "CD4": (45706, 32),
        "CD8": (38529, 76),
        "T Cells": (86917, 117),
        "Final Bead Counts": (9658, 15532),
    }
    for gate, (of_first, of_last) in expected.items():
        found = counts(AS263, gate, "CD45+") if gate != "Final Bead Counts" else None
        if found is None:
            # more beads than leukocytes: a wrong denominator is seen when the row is checked
            beads = read(AS263, gate, "CD45+").tables["flow_measurements"]
            events = dict(beads.select("sample_id", "mrd_events").rows())
            assert (events[first[0]], events[last[0]]) == (str(of_first), str(of_last))
        else:
            assert (found[first], found[last]) == ((of_first, 256413), (of_last, 3277))


@pytest.mark.parametrize("name", ["237_monocyte.csv", "DiD.csv"])
def test_tables_of_frequencies(name: str) -> None:
    """Refused, with the statistic to add."""
    with pytest.raises(FileRefusedError) as caught:
        read(f"flowjo-table-csv/{name}", "Classical Monocytes", "Live")
    assert caught.value.code == "NO_RESULTS_SECTION"
    assert "frequencies and no Count" in caught.value.message


def test_workspace_of_three_samples() -> None:
    """Counts by path, and all events of the sample."""
    names = [(f"101_DEN084Y5_15_{x}_clean", None) for x in ("E03_009", "E05_010", "E01_008")]
    found = counts(ICS, "CD3+", "All Events")
    assert [found[n] for n in names] == [(132388, 283969), (131510, 285290), (133860, 290172)]
    assert counts(ICS, "aAmine-", "Singlets")[names[0]] == (162117, 237375)
    assert counts(ICS, "Singlets", "Time")[names[0]] == (237375, 283968)


def test_workspace_with_names_on_two_levels() -> None:
    """Where a name stands twice its path is needed; a quadrant may hold no event."""
    sample = ("Spleenocytes_Tcells_Vaccinated_Saline_004", None)
    for target, control, expected in (
        ("Lymphocytes", "All Events", (39426, 65121)),
        ("Single Cells/Single Cells", "Lymphocytes/Single Cells", (35058, 37464)),
        ("CD3+", "Live cells", (6891, 34753)),
        ("Q2: Comp-PE-A+ , Comp-BV786-A+", "CD3+", (13, 6891)),
        ("CD8, CD4 subset (Curly Gate)/Q4: CD8- , CD4-", "CD3+", (0, 6891)),
    ):
        assert counts(NESTED, target, control)[sample] == expected
    for target in ("Single Cells", "Q4: CD8- , CD4-"):
        rows = read(NESTED, target, "All Events")
        assert (rows.rows_rejected, rows.findings["code"].to_list()) == (1, ["GATE_AMBIGUOUS"])


def test_experiment() -> None:
    """One of three tubes has events; the others are kept with an empty denominator."""
    specimen = "20190503"
    tubes = ["1 Gfp Bfp Cherry ToPro3", "2 Gfp Bfp Cherry CD19 ToPro3", "3 Gfp Bfp Cherry Mac1 ToPro3"]  # fmt: skip
    expected = {
        "P1": 11770, "P2": 10242, "P3": 10000, "P8": 9685, "P4": 8409, "P6": 389, "Q1": 10, "Q2": 25,
        "Q3": 1408, "Q4": 8242, "P5": 0, "P7": 0,
    }  # fmt: skip
    for gate, events in expected.items():
        found = counts(DIVA, gate, "All Events")
        assert [found[specimen, t] for t in tubes] == [(0, 0), (events, 12790), (0, 0)]
    (run,) = read(DIVA, "P6", "P8").inline["runs"].to_dicts()
    assert run["performed_on"] == "2019-05-03"


def test_events_without_gates() -> None:
    """FCS is refused with what to export; where its offsets disagree, with both of them."""
    for name, code, word in (
        ("data_set_simple_line_100.fcs", "FILE_BINARY", "FCS 3.1 holds events without gates"),
        (
            "data_start_offset_discrepancy_example.fcs",
            "FILE_DAMAGED",
            "byte 5555 by the header and at 6081",
        ),
    ):
        with pytest.raises(FileRefusedError) as caught:
            read(f"fcs/{name}")
        assert caught.value.code == code and word in caught.value.message


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("flow/fcs/comp_complete_example.csv", "compensation matrix"),
        ("flow/gatingml/8_color_ICS.xml", "GatingML"),
        ("flow/gatingml/Results_And1.txt", "one 0 or 1"),
        (METADATA, "lists samples"),
    ],
)
def test_files_that_are_no_result(name: str, word: str) -> None:
    """Each is named for what it is."""
    with pytest.raises(FileRefusedError) as caught:
        read(f"../{name}")
    assert caught.value.code == "NO_RESULTS_SECTION" and word in caught.value.message


def test_no_reader_takes_the_files_of_another() -> None:
    """These readers recognise these files and no other real one; no other reader recognises these."""
    own_readers = {module.READER.name for module in OWN.values()}
    expected = {f"flow/{n}": m.READER.name for n, m in OWN.items()}
    expected[METADATA] = flow_siblings.READER.name
    for path in sorted(p for p in REAL.rglob("*") if p.is_file() and p.name != "INDEX.md"):
        name = path.relative_to(REAL).as_posix()
        try:
            content = open_content(path.read_bytes())
        except FileRefusedError:
            continue
        found = [r.name for r in READERS if r.recognise(content)]
        if name in expected:
            assert found == [expected[name]], name
        else:
            assert own_readers.isdisjoint(found), name
