"""Comma and point in instrument files: decided once for each file, and refused where it cannot be.

A twin is the same export as a program writes it under German settings: decimal commas, and `;` where the
cells were parted by commas. It must give the same rows.
"""

import csv
import io
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import digital_pcr as dpcr
from tests.unit import flow_exports
from tests.unit import sequencing_files as ngs
from tests.unit import test_flow_files as flow
from tests.unit import test_plates_xlsx as sheets
from tests.unit.plates import ASSAY
from tests.unit.test_cfx import cfx
from tests.unit.test_clonotype_files import MIXCR, V1, V1_ROWS, immunoseq
from tests.unit.test_plates_text import LC_ASSAY, lightcycler, sds
from tests.unit.test_quantstudio import PAIR, export
from tests.unit.test_rotor_gene import text as rotor_gene
from tests.unit.test_variant_files import FILES as VARIANT_FILES
from tests.unit.twins import DECIMAL, german
from tests.unit.workbooks import workbook
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings
from transforms.readers.separators import NumberTable, require_point, with_point

PANEL = AssayNames("panel", None, None)
QUANTASOFT = dpcr.quantasoft(
    "A01 S1 MUT 1.25 3 15000\nA01 S1 WT 870.5 9000 15000\nB01 S2 MUT 0 0 14000"
)
QX = dpcr.table(dpcr.qx_rows("A01 S1 MUT 1.25 3 15000\nA01 S1 WT 870.5 9000 15000"))
QIACUITY = dpcr.qiacuity(
    "A1 S1 Sample MUT 1250.5 8000 3 2.837\nA1 S1 Sample WT 770000.5 8000 4000 2.837"
)
AQ_1 = dpcr.aq_1("2024-05-24 S1 A1 20000 FAM MUT 3\n2024-05-24 S1 A1 20000 HEX WT 9000")
AQ_2 = dpcr.aq_2("S1 A1 PASS 20000 MUT 3 WT 9000")
AQ_3 = dpcr.aq_3(("S1", {"FAM": 3, "HEX": 9000, "FAM HEX": 2, "": 11000}))
FLOWJO = flow_exports.table(
    [flow.DENOMINATOR, flow.FREQUENCY, flow.MRD], {"S1.fcs": "5720.0 1.5 32.0"}
)
TWINS: dict[str, tuple[str, str, AssayNames]] = {
    "quantstudio": (export(PAIR), "\t", ASSAY),
    "sds": (sds(), "\t", ASSAY),
    "lightcycler480": (lightcycler(), "\t", LC_ASSAY),
    "cfx": (cfx(), ",", ASSAY),
    "cfx, tabs": (cfx(separator="\t"), "\t", ASSAY),
    "rotor-gene": (rotor_gene(), ";", ASSAY),
    "quantasoft": (QUANTASOFT, ",", dpcr.ASSAY),
    "qx-manager": (QX, ",", dpcr.ASSAY),
    "qiacuity": (QIACUITY, ",", dpcr.ASSAY),
    "absolute-q 1": (AQ_1, ",", AssayNames("lab1", "MUT", "WT")),
    "absolute-q 2": (AQ_2, ",", dpcr.ASSAY),
    "absolute-q 3": (AQ_3, ",", AssayNames("lab1", "FAM", "HEX")),
    "flowjo": (FLOWJO, ",", flow.ASSAY),
    "immunoseq": (immunoseq(V1, *V1_ROWS), "\t", PANEL),
    "mixcr": (ngs.text(MIXCR, "0 8.0 0.8 ACGT V1*00(9)", "1 2.0 0.2 ACGG V1*00(9)"), "\t", PANEL),
    "getitd": (VARIANT_FILES["getitd/1"], "\t", PANEL),
}


def typed(data: str | bytes, assay: AssayNames) -> dict[str, list[Any]]:
    """Return the typed rows of a file, without what the bytes themselves name."""
    reader, content = find_reader(data.encode() if isinstance(data, str) else data)
    rows = reader.read(content, assay, ReaderSettings(sample_id="S9"))
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert parsed.rejected.is_empty(), parsed.findings.rows()
    names = ("run_id", "source_sha256", "tube") if reader.name.startswith("flowjo") else ()
    return {n: t.drop(names, strict=False).rows() for n, t in parsed.tables.items()}


def refusal(data: str | bytes, assay: AssayNames = ASSAY) -> FileRefusedError:
    """Return why a file is refused."""
    with pytest.raises(FileRefusedError) as caught:
        typed(data, assay)
    return caught.value


@pytest.mark.parametrize("name", TWINS)
def test_decimal_comma_gives_the_same_rows(name: str) -> None:
    """The language of a computer changes nothing but the file."""
    text, separator, assay = TWINS[name]
    twin = german(text, separator)
    assert twin != text.replace("\r\n", "\n")
    assert typed(twin, assay) == typed(text, assay)


@pytest.mark.parametrize("name", [n for n in TWINS if n not in ("absolute-q 2", "mixcr")])
def test_a_cell_of_the_twin_among_those_of_the_file(name: str) -> None:
    """A file with both was edited or joined: it is refused, whichever cell is the odd one."""
    text, separator, assay = TWINS[name]
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator))
    before = [c for c in (refused_with(rows, i, separator, assay) for i in places(rows)) if c]
    assert "SEPARATORS_CONTRADICT" in before


def places(rows: list[list[str]]) -> list[tuple[int, int]]:
    """Return the places of the cells with decimals."""
    return [(i, j) for i, row in enumerate(rows) for j, c in enumerate(row) if DECIMAL.fullmatch(c)]


def refused_with(
    rows: list[list[str]], place: tuple[int, int], separator: str, assay: AssayNames
) -> str | None:
    """Write one cell with a decimal comma; return the code of the refusal, if so."""
    i, j = place
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerows(
        [
            [c.replace(".", ",") if (n, k) == (i, j) else c for k, c in enumerate(r)]
            for n, r in enumerate(rows)
        ]
    )
    try:
        typed(out.getvalue(), assay)
    except FileRefusedError as refused:
        return refused.code
    return None


# Each line: the number cells of a file, and how they are read.
DRAWN: list[tuple[str, str]] = [
    ("5,720.562", "5720.562"),
    ("1.234,5", "1234.5"),
    ("0,0032", "0.0032"),
    ("1,2E-05", "1.2E-05"),
    ("1E-05", "1E-05"),
    ("1 234", "1234"),
    ("1'234.5", "1234.5"),
    ("1\u202f234,5", "1234.5"),
    ("100,000,000.000", "100000000"),
    ("1,234 | 12,5", "1.234 | 12.5"),
    ("1,234 | 12.5", "1234 | 12.5"),
    ("1.234 | 12,5", "1234 | 12.5"),
    ("1.234 | 12.5", "1.234 | 12.5"),
    ("1.234 | 7", "1.234 | 7"),
    ("1.234 | 2.345.678", "1234 | 2345678"),
    ("1,234 | 2,345,678", "1234 | 2345678"),
    ("<0,01 | 3,5 % | Undetermined | N/A | No Call", "<0.01 | 3.5 % | Undetermined | N/A | No Call"),
    ("\u22123,4", "-3.4"),
    (",5 | 1,5", ".5 | 1.5"),
    (",0 | 0,55", ".0 | 0.55"),
    (",0 % | 0,55 | 3,0 %", ".0 % | 0.55 | 3 %"),
    (".0 | 0.55 | 3.0 | 5,720.562", ".0 | 0.55 | 3 | 5720.562"),
    ("1,234", "SEPARATORS_NOT_DECIDED"),
    ("1,234 | 1.234", "SEPARATORS_NOT_DECIDED"),
    ("1,234 | 7", "SEPARATORS_NOT_DECIDED"),
    ("12,5 | 12.5", "SEPARATORS_CONTRADICT"),
    ("5,720.562 | 0,0032", "SEPARATORS_CONTRADICT"),
    ("1.234.567 | 0.5", "SEPARATORS_CONTRADICT"),
    ("1 234,5 | 1 234.5", "SEPARATORS_CONTRADICT"),
]  # fmt: skip


def plain(texts: list[str], counts: list[str], **how: bool) -> list[str] | str:
    """Return the cells of a file as they are read, or the code of its refusal."""
    frame = pl.DataFrame(
        {"source_line": range(1, len(texts) + 1), "a": texts}, schema_overrides={"a": pl.String}
    )
    more = pl.DataFrame(
        {"source_line": range(1, len(counts) + 1), "n": counts}, schema_overrides={"n": pl.String}
    )
    tables = [NumberTable(frame, {"a": "CT"}), NumberTable(more, {"n": "Count"}, frozenset("n"))]
    try:
        numbers, counted = with_point(tables, **how)
    except FileRefusedError as refused:
        return refused.code
    return [*numbers["a"].to_list(), *counted["n"].to_list()]


@pytest.mark.parametrize(("drawn", "expected"), DRAWN)
def test_cells_of_one_file(drawn: str, expected: str) -> None:
    """What has one meaning is read, the rest is decided by it, and nothing is guessed."""
    found = plain(drawn.split(" | "), [])
    assert (found if isinstance(found, str) else " | ".join(found)) == expected


@pytest.mark.parametrize(
    ("texts", "counts", "expected"),
    [
        (["7"], ["1.234"], "SEPARATORS_NOT_DECIDED"),
        (["0.5"], ["500.000"], ["0.5", "500"]),
        (["0,5"], ["500.000"], ["0.5", "500000"]),
        (["0,5"], ["32,0"], ["0.5", "32"]),
        (["1.234"], ["12"], ["1.234", "12"]),
    ],
)  # fmt: skip
def test_counts(texts: list[str], counts: list[str], expected: list[str] | str) -> None:
    """A count of `1.234` is rather 1234, so a file that proves nothing is refused for it."""
    assert plain(texts, counts) == expected


def test_number_cells_of_a_workbook_always_have_a_point() -> None:
    """Beside text with commas, `1.234` may be such a number or thousands that a sheet has taken for decimals."""
    assert plain(["1.234", "0,5"], []) == ["1234", "0.5"]
    assert plain(["1.234", "0,5"], [], is_sheet=True) == "SEPARATORS_CONTRADICT"
    assert plain(["12", "0,5"], [], is_sheet=True) == ["12", "0.5"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1,234", "23.5"], "SEPARATORS_NOT_DECIDED"),
        (["1,234", "23.50000001", "1.5E-05"], "SEPARATORS_NOT_DECIDED"),
        (["1,234", "12,5"], ["1.234", "12.5"]),
        (["1,234", "5,720.562", "23.5"], ["1234", "5720.562", "23.5"]),
        (["1,234", "<0.55", "23.5"], ["1234", "<0.55", "23.5"]),
    ],
)
def test_number_cells_say_nothing_of_texts(texts: list[str], expected: list[str] | str) -> None:
    """`1,234` typed into a sheet of numbers may be 1.234 or 1234, whatever a program does with number cells."""
    assert plain(texts, [], is_sheet=True) == expected


def test_counts_of_a_workbook_with_three_decimals() -> None:
    """No count is stored as 1.234: it was typed, and is rather 1234."""
    assert plain(["23.5"], ["1.234"], is_sheet=True) == "SEPARATORS_NOT_DECIDED"
    assert plain(["12,5"], ["12"], is_sheet=True) == ["12.5", "12"]


def test_texts_of_a_workbook() -> None:
    """Numbers that a laboratory's program wrote as text are read by the file's own separators."""
    drawn = sheets.cells(sheets.WELLS, 12)
    as_text: list[Any] = [
        [str(c).replace(".", ",") if isinstance(c, float) else c for c in row] for row in drawn
    ]
    own = typed(sheets.quantstudio(), ASSAY)
    assert typed(sheets.quantstudio(as_text), ASSAY) == own
    as_text[0][6] = 31.1
    assert refusal(sheets.quantstudio(as_text)).code == "SEPARATORS_CONTRADICT"


def test_evidence_of_a_column_that_is_not_kept() -> None:
    """`1,250` copies are 1250 beside a mean of `1.25`, and 1.25 beside `1,25`; alone they are refused."""
    header = ",Well,Fluor,Target,Content,Sample,Biological Set Name,Cq,Cq Mean,Starting Quantity (SQ),Log Starting Quantity,Well Note"
    for mean, copies in (("31.15", 1250.0), ("31,15", 1.25)):
        text = cfx(f"- A01 FAM BCR Unkn S1 - 31 {mean} 1,250", ";", header)
        assert [r[4] for r in typed(text, AssayNames("lab1", "BCR", None))["pcr_measurements"]] == [
            copies
        ] or (copies in typed(text, AssayNames("lab1", "BCR", None))["pcr_measurements"][0])
    refused = refusal(cfx("- A01 FAM BCR Unkn S1 - 31 - 1,250", ";", header))
    assert (refused.code, refused.line, refused.value) == ("SEPARATORS_NOT_DECIDED", 2, "1,250")


def test_message_names_two_cells() -> None:
    """Both cells with line and value, so that a person finds them; of a flow table without values."""
    text = export("A1 S1 BCR UNKNOWN 31.1 12.5\nA2 S1 ABL UNKNOWN 24.2 30100,5")
    refused = refusal(text)
    line = text.split("\n").index(next(t for t in text.split("\n") if "30100,5" in t)) + 1
    assert (refused.code, refused.value) == ("SEPARATORS_CONTRADICT", "30100,5; 31.1")
    assert f"Quantity '30100,5' on line {line} has a decimal comma" in refused.message
    assert f"CT '31.1' on line {line - 1} a decimal point" in refused.message
    mixed = flow_exports.table(
        [flow.DENOMINATOR, flow.MRD], {"S1.fcs": "5720.0 32,0"}, ends="", separator=";"
    )
    refused = refusal(mixed, flow.ASSAY)
    assert (refused.code, refused.value) == ("SEPARATORS_CONTRADICT", None)
    assert "32" not in refused.message


def test_tables_of_one_file_decide_together() -> None:
    """The curve of another channel proves what a table alone does not."""
    channels = rotor_gene().replace("30100.5", "30,100").replace("29000", "29,000")
    rows = typed(channels, ASSAY)["pcr_measurements"]
    assert any(30100.0 in row for row in rows)


def test_formats_whose_standard_knows_a_point_only() -> None:
    """A comma in XML or JSON was put there by hand."""
    xml = flow_exports.experiment(
        {"S1": {"T1": {"All Events\\CD19+": 900, "All Events\\CD19+\\LAIP": 7}}}
    )
    assert refusal(xml.replace(">900<", ">9,001<"), flow.ASSAY).code == "SEPARATORS_CONTRADICT"
    wsp = flow_exports.workspace([("S1.fcs", 1000, flow_exports.TREE)])
    assert refusal(wsp.replace('"700"', '"7,001"'), flow.ASSAY).code == "SEPARATORS_CONTRADICT"
    frame = pl.DataFrame({"source_line": [1, 2], "cq": ["31.5", "31,5"]})
    with pytest.raises(FileRefusedError, match="on line 2 holds a comma, and RDML"):
        require_point(frame, ("cq",), "RDML")


def test_rows_of_a_lymphotrack_sheet() -> None:
    """Percentages as text with a decimal comma, and a total with points that group."""

    def sheet(total: str, *shares: str) -> bytes:
        counts = (80_000, 20_000)
        clones = [
            [n, "ACGT" * n, count, share]
            for n, (count, share) in enumerate(zip(counts, shares, strict=True), 1)
        ]
        head: list[list[Any]] = [
            ["Sample name", "S1"],
            ["Total reads", total],
            [],
            ["Rank", "Sequence", "Merge count", "% total reads"],
        ]
        return workbook({"Merged Read Summary": [*head, *clones]})

    own = typed(sheet("2000000", "4.0", "1.0"), PANEL)
    assert typed(sheet("2.000.000", "4,0", "1,0"), PANEL) == own
    assert refusal(sheet("2000000", "4.0", "1,0"), PANEL).code == "SEPARATORS_CONTRADICT"


@st.composite
def files(draw: st.DrawFn) -> tuple[list[float], list[str], str]:
    """Draw numbers and how a program of one country writes them; the last one proves its decimal sign."""
    decimal = draw(st.sampled_from(".,"))
    group = draw(st.sampled_from(["", " ", "'", "\u202f", {".": ",", ",": "."}[decimal]]))
    numbers = draw(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=12))
    places = draw(st.lists(st.integers(0, 5), min_size=len(numbers), max_size=len(numbers)))
    pairs = [(n / 10**p, f"{n / 10**p:,.{p}f}") for n, p in zip(numbers, places, strict=True)]
    swap = {",": group, ".": decimal}
    texts = ["".join(swap.get(c, c) for c in text) for _, text in pairs]
    return [float(t.replace(",", "")) for _, t in pairs] + [0.5], [*texts, f"0{decimal}5"], decimal


@given(files())
@settings(max_examples=150, deadline=None)
def test_any_country(drawn: tuple[list[float], list[str], str]) -> None:
    """A file written in one way gives its numbers, and with one cell of another country it is refused."""
    numbers, texts, decimal = drawn
    read = plain(texts, [])
    assert isinstance(read, list)
    assert [float(t) for t in read] == numbers
    other = {".": ",", ",": "."}[decimal]
    assert plain([*texts, f"12{other}25"], []) == "SEPARATORS_CONTRADICT"
