"""One bad cell in a file of each reader: the finding points at its sheet, line, column and heading."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from flows.entries import Entry
from flows.records import source_file_rows
from flows.summary import finding_line
from tests.unit import digital_pcr as dpcr
from tests.unit.flow_exports import experiment, table, workspace
from tests.unit.message_files import KIT, astm, r32
from tests.unit.plates import ASSAY
from tests.unit.sequencing_files import ASSAY as PANEL
from tests.unit.sequencing_files import TOLD, text
from tests.unit.test_cfx import CFX_WELLS, cfx
from tests.unit.test_clonotype_files import (
    AIRR,
    AIRR_ROWS,
    CLONOSEQ,
    LYMPHO,
    vidjil,
)
from tests.unit.test_flow_files import ASSAY as GATES
from tests.unit.test_flow_files import DENOMINATOR, MEDIAN, MRD
from tests.unit.test_genexpert import dx, export
from tests.unit.test_messages import bundle, kit, obx, oru
from tests.unit.test_plates_text import LC_ASSAY, LC_WELLS, SDS_WELLS, lightcycler, sds
from tests.unit.test_plates_xlsx import (
    CURVE_WELLS,
    DA_WELLS,
    WELLS,
    analysis,
    cells,
    quantstudio,
)
from tests.unit.test_quantstudio import export as quantstudio_text
from tests.unit.test_rdml import rdml
from tests.unit.test_rotor_gene import as_workbook
from tests.unit.test_rotor_gene import text as rotor
from tests.unit.test_variant_files import ITD, MAF, vcf
from tests.unit.workbooks import workbook
from transforms.explain import Source
from transforms.ingest import ReadFile, parse_files, reconcile_load
from transforms.places import Place, Places, letters, with_places
from transforms.problems import one_finding
from transforms.readers.content import open_content
from transforms.readers.registry import READERS, find_reader
from transforms.readers.rows import AssayNames, ReaderSettings

BAD = "7x7"
"""The one bad cell, which stands nowhere else in its file."""
_SETTINGS = ReaderSettings(("NTC", "H2O"), TOLD)


@dataclass(frozen=True)
class Case:
    """A file with one bad cell, and where the finding must say that it is."""

    reader: str
    data: str | bytes
    place: str
    assay: AssayNames | None = ASSAY
    separator: str | None = "\t"
    number: int | None = None


def _wells(drawn: str, good: str, *, last: bool = False) -> str:
    """Put the bad cell into drawn wells, for the first or last cell of this text."""
    assert good in drawn
    return BAD.join(drawn.rsplit(good, 1)) if last else drawn.replace(good, BAD, 1)


def _sheet(drawn: str, good: str, width: int) -> list[list[object]]:
    return cells(_wells(drawn, good), width)  # type: ignore[return-value]


CSV = "sample_id,assay_id,target_copies,control_copies\nS1,a,7,3000\nS1,a,7x7,3000\n"
PAIR = "A1 S1 ABL UNKNOWN 24.2 30100.5\nA2 S1 BCR UNKNOWN 31.1 7x7"
UMIVAR = ("CHROM", "POS", "REF", "ALT", "DP_HQ", "REF_COUNT", "ALT_COUNT", "FILTER")
IMMUNO = ("nucleotide", "aminoAcid", "count (reads)", "frequencyCount (%)")
MIXCR = ("cloneId", "cloneCount", "cloneFraction", "targetSequences", "allVHitsWithScore")
MAF_ROW = "NPM1 5 170 INS A A TCTG P1 Somatic p.W288fs 200 190 7x7"
LYMPHO_ROW = [1, "ACGTA", 5, BAD, "IGHV3-23_01", "IGHJ4", 4.0, 4.0, "N", "Y"]
TREE = {"Scatter": (900, {"CD19+": (700, {"LAIP": (BAD, {})})})}
TUBE = {"All Events": 900, "All Events\\CD19+": 700, "All Events\\CD19+\\LAIP": BAD}
XML_GATES = AssayNames("laip", "LAIP", "CD19+")

CASES = (
    Case("canonical-csv", CSV, "column 3 (target_copies)", None, ","),
    Case("quantstudio-text", quantstudio_text(PAIR), "column 8 (Quantity)"),
    Case("quantstudio-xlsx", quantstudio(_sheet(WELLS, "24.2", 12)), "sheet Results, cell G9 (Cт)"),
    Case("design-and-analysis", analysis(_sheet(DA_WELLS, "24.2", 9)), "sheet Results, cell I9 (Cq)"),
    Case(
        "design-and-analysis",
        analysis(curves=_sheet(CURVE_WELLS, "30100.5", 9)[::-1]),
        "sheet Standard Curve Result, cell D10 (Quantity)",
    ),
    Case("sds-text", sds(_wells(SDS_WELLS, "24.2")), "column 8 (Ct)"),
    Case("lightcycler480-text", lightcycler(_wells(LC_WELLS, "31.1")), "column 5 (Cp)", LC_ASSAY),
    Case("cfx-text", cfx(_wells(CFX_WELLS, "24.2")), "column 8 (Cq)", separator=","),
    Case("rotor-gene", rotor().replace(";30100.5;", f";{BAD};"), "column 8 (Calc Conc (Copies))", separator=";"),
    Case("rotor-gene", as_workbook(rotor().replace(";30100.5;", f";{BAD};")), "sheet Sheet1, cell H26 (Calc Conc (Copies))"),
    Case("rdml", rdml("A1 S1 BCR 31.1", f"A1 S1 ABL {BAD}"), "data/cq", number=2),
    Case("quantasoft", dpcr.quantasoft(f"A01 S1 MUT 0.4 7 15000\nA01 S1 WT 99 {BAD} 15000"), "column 9 (Positives)", dpcr.ASSAY, ","),
    Case("qx-manager", dpcr.table(dpcr.qx_rows(f"A01 S1 WT 99 6000 15000\nA01 S1 MUT 0.4 {BAD} 15000")), "column 12 (Positives)", dpcr.ASSAY, ","),
    Case("qx-manager", workbook({"Notes": [["x"]], "Data": dpcr.qx_rows(f"A01 S1 WT 99 6000 15000\nA01 S1 MUT 0.4 {BAD} 15000")}), "sheet Data, cell L3 (Positives)", dpcr.ASSAY),
    Case("qiacuity", dpcr.qiacuity("A1 S1 Sample MUT 900 8000 8 12").replace('"8","7992"', f'"{BAD}","7992"'), "column 11 (Partitions (Positive))", dpcr.ASSAY, ","),
    Case("absolute-q", dpcr.aq_1(f"2024-05-24 S1 A1 20480 FAM MUT 7\n2024-05-24 S1 A1 20480 VIC WT {BAD}"), "column 15 (Positives)", dpcr.ASSAY, ","),
    Case("absolute-q", dpcr.aq_2(f"S1 A1 PASS 20480 MUT 7 WT {BAD}"), "column 12 (Positives)", dpcr.ASSAY, ","),
    Case("flowjo-table", table([DENOMINATOR, MEDIAN, MRD], {"S1.fcs": f"700 12 {BAD}"}), f"column 4 ({MRD})", GATES, ","),
    Case("flowjo-workspace", workspace([("S1.fcs", 900, TREE)]), "gate Scatter/CD19+/LAIP", XML_GATES, None),
    Case("facsdiva-xml", experiment({"S1": {"t": TUBE}}), "gate All Events/CD19+/LAIP", XML_GATES, None),
    Case("vcf", vcf(
            "1 5 . A C . PASS . GT:AD:DP 0/1:3,4:7", f"1 7 . A C . PASS . GT:AD:DP 0/1:{BAD}:9"), "column 10 (depths by FORMAT)", PANEL, None),
    Case("umivar2-tsv", text(UMIVAR, "1 1 A C 9 5 4 PASS", f"1 2 A C 9 5 {BAD} PASS"), "column 7 (ALT_COUNT)", PANEL),
    Case("maf", text(MAF, MAF_ROW), f"column {len(MAF)} ({MAF[-1]})", PANEL),
    Case("getitd", text(ITD, f"P1 21 77 1.2e+01 1.3e-01 {BAD} 1200 False ACGT 1"), "column 6 (coverage)", PANEL),
    Case("vidjil", vidjil(samples={"names": ["P1"]}, reads={"segmented": [900]}, clones=[{"id": "A", "reads": [9]}, {"id": "B", "reads": [BAD]}]), "clones[].reads", PANEL, number=2),
    Case("airr-rearrangement", text(AIRR, *AIRR_ROWS[:3], AIRR_ROWS[3].replace(" 1", f" {BAD}")), "column 10 (duplicate_count)", PANEL),
    Case("immunoseq", text(IMMUNO, f"ACGT CK {BAD} 90", "ACGA CR 10 10"), "column 3 (count (reads))", PANEL),
    Case("mixcr-clones", text(MIXCR, f"0 {BAD} 0.9 ACGT IGHV3-23*00(1)"), "column 2 (cloneCount)", PANEL),
    Case("lymphotrack", workbook({"Merged Read Summary": [["Sample", "P1"], list(LYMPHO), [2, "ACGTC", 5, 100, None, None, 0.1, 4.1, "Y", "Y"], LYMPHO_ROW]}), "sheet Merged Read Summary, cell D4 (Merge count)", PANEL),
    Case("clonoseq-table", text(CLONOSEQ, f"P1 IGH-1 {BAD} 1200000 10 Detected", separator=","), "column 6 (result)", PANEL, None),
    Case("genexpert-hl7", r32(control_ct=BAD), "OBX-5", KIT, None),
    Case("genexpert-astm", astm(target_ct=BAD), "R-4", KIT, None),
    Case("genexpert-csv", export(dx(analytes=("BCR-ABL,30.3,1,POS,PASS", f"ABL,{BAD},4,NA,PASS"))), "Ct", KIT, None),
    Case("hl7-oru", oru(obx("1", "1^another test^L"), obx(BAD, kind="ST")), "OBX-5", KIT, None),
    Case("fhir-r4", bundle(kit("POSITIVE [Above upper LoQ]", ct="7.7") | {"valueString": BAD}), "Observation.value[x]", KIT, None),
)  # fmt: skip


def _found(case: Case) -> tuple[int | None, str | None]:
    """Return line and place of the one finding on the bad cell."""
    data = case.data.encode() if isinstance(case.data, str) else case.data
    reader, content = find_reader(data)
    assert reader.name.split("/")[0] == case.reader
    rows = reader.read(content, case.assay, _SETTINGS)
    found = reconcile_load(parse_files([ReadFile(0, "ab" * 32, rows)]), {}).findings
    # a depth of a VCF that is no number is none
    bad = found.filter(
        pl.any_horizontal(pl.col("value", "message").str.contains(BAD, literal=True))
    )
    # free text of messages is not quoted
    others = pl.col("code").is_in(["VALUE_MISSING", "RESULT_NOT_UNDERSTOOD"])
    bad = bad if bad.height else found.filter(others)
    ((line, place),) = bad.select("source_line", "source_place").rows()
    return line, place


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.reader}: {c.place}")
def test_the_finding_points_at_the_bad_cell(case: Case) -> None:
    """The line and column that the finding names hold the bad cell, and nothing else does."""
    line, place = _found(case)
    assert place == case.place
    content = open_content(case.data.encode() if isinstance(case.data, str) else case.data)
    if case.number is not None:
        assert line == case.number
        return
    assert line is not None
    if content.sheets:
        sheet, cell = place.removeprefix("sheet ").split(", cell ")
        column = next(i for i in range(40) if cell.startswith(f"{letters(i + 1)}{line} "))
        assert content.sheets[sheet].item(line - 1, f"c{column}") == BAD
        return
    written = content.text.decode().split("\n")[line - 1]
    assert BAD in written or (case.reader == "fhir-r4" and '"resourceType"' in written)
    if case.separator is not None:
        column = int(place.removeprefix("column ").split(" ")[0])
        assert written.split(case.separator)[column - 1].strip('"') == BAD


def test_every_reader_has_a_case() -> None:
    """A reader that is added must say where its cells stand; those that refuse have none."""
    readers = {r.name.split("/")[0] for r in READERS} - {
        "flow-no-result",
        "known-not-read",
        "layout-file",
        # as the reader of the file said it
        "extract",
        "extract-instrument",
    }
    assert readers == {c.reader for c in CASES}


def test_words_of_a_place() -> None:
    """A column of a sheet has letters; what has no column is called as the file calls it."""
    assert [letters(n) for n in (1, 26, 27, 52, 53, 702, 703)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip
    assert Place("CT", 9).words() == "column 9 (CT)"
    assert Place("CT", 9, "Results").words() == "sheet Results, column I (CT)"
    assert Place("", 1).words() == "column 1"
    assert Place("OBX-5").words() == "OBX-5"
    assert Places({"target_cq": Place("CT", 9)}).in_words() == ["target_cq = column 9 (CT)"]


def test_a_load_keeps_where_columns_stand() -> None:
    """`source_files` has the sheet of lines and the places of columns; of a refused file nothing is known."""
    layout = Places({"target_cq": Place("CT", 9, "Results")}, "Results")
    entries = [Entry(0, "a.xlsx", "lab1", Path()), Entry(1, "b.txt", "lab1", Path())]
    counts = pl.DataFrame(
        {
            "file_no": [0],
            "rows_read": [1],
            "rows_accepted": [1],
            "rows_rejected": [0],
            "rows_ignored": [0],
        }
    )
    rows = source_file_rows(
        "20240101T000000-000000", entries, counts, lambda file_format: "s", {0: layout}
    )
    assert rows.select("sheet", "source_columns").rows() == [
        ("Results", ["target_cq = sheet Results, column I (CT)"]),
        (None, None),
    ]


def test_a_finding_is_one_line_with_its_place() -> None:
    """File, line, cell, what is wrong, code."""
    row = {"source_name": "p.xlsx", "source_line": 31, "source_place": "sheet Results, cell I31 (CT)",
           "message": "target_cq 'x' is not a number", "code": "NOT_A_NUMBER"}  # fmt: skip
    assert finding_line(row) == (
        "p.xlsx line 31, sheet Results, cell I31 (CT): target_cq 'x' is not a number [NOT_A_NUMBER]"
    )
    assert finding_line(row | {"source_line": None, "source_place": None}).startswith("p.xlsx: ")


def test_explain_names_the_columns_of_a_foreign_file() -> None:
    """A heading of our own says nothing new; the sheet is said once, beside the line."""
    source = Source("p.xlsx", "Results", (
        "target_cq = sheet Results, column I (CT)", "target_copies = sheet Curves, column D (Quantity)",
        "run_id = OBX-18", "replicate = column 2 (replicate)",
    ))  # fmt: skip
    assert source.places() == {
        "target_cq": " [column I (CT)]",
        "target_copies": " [sheet Curves, column D (Quantity)]",
        "run_id": " [OBX-18]",
    }


def test_what_is_not_known_is_not_said() -> None:
    """A finding on a row has its sheet, one on a file of text nothing; one on a column its heading."""
    layouts = {0: Places({"target_cq": Place("Cт", 9, "Results")}, "Results"), 1: Places()}
    found = [
        one_finding(0, "ROW_TOO_LONG", "", line=3),
        one_finding(0, "CONTROL_FAILED", "", line=3, column="CT"),
        one_finding(0, "TOTAL_FROM_FILE", "", column="target_cq"),
        one_finding(1, "ROW_TOO_LONG", "", line=3),
        one_finding(2, "FILE_EMPTY", ""),
    ]
    assert with_places(pl.concat(found), layouts)["source_place"].to_list() == [
        "sheet Results",
        "sheet Results, cell I3 (Cт)",
        "sheet Results, column I (Cт)",
        None,
        None,
    ]
