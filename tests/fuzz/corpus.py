"""Look-alikes of every format, from which the mutants are made: small, whole, and readable as they are."""

import gzip
from dataclasses import dataclass

from tests.unit import digital_pcr as dpcr
from tests.unit import flow_exports as flow
from tests.unit import message_files as messages
from tests.unit import test_cfx as cfx
from tests.unit import test_clonotype_files as clones
from tests.unit import test_flow_files as gates
from tests.unit import test_genexpert as genexpert
from tests.unit import test_messages as laboratory
from tests.unit import test_not_read as known
from tests.unit import test_plates_text as plates
from tests.unit import test_plates_xlsx as sheets
from tests.unit import test_quantstudio as quantstudio
from tests.unit import test_rdml as rdml
from tests.unit import test_rotor_gene as rotor_gene
from tests.unit import test_variant_files as variants
from tests.unit.sequencing_files import ASSAY as PANEL
from tests.unit.sequencing_files import text
from tests.unit.workbooks import workbook
from transforms.readers.extract import Extract, write_extract
from transforms.readers.reader import Reader
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, ReaderSettings
from transforms.readers.told import told_text

PLATE = AssayNames("lab1", "BCR", "ABL")
LAYOUT = """\
title = "Extract"
table = "pcr_measurements"
[columns]
sample_id = "Probe"
reported_value = "Ergebnis"
reported_call = { column = "Ergebnis", values = { "n. n." = "NOT_DETECTED" }, others = "" }
[fixed]
reported_unit = "PCT_IS"
[ignore]
"Typ" = ["NTC"]
"""
_REFUSED = ("flow-no-result", "known-not-read")


@dataclass(frozen=True)
class LookAlike:
    """One whole file.

    Attributes:
        reader: name of the reader that knows it, without its version.
        data: its bytes.
        assay: an assay that fits it.
        is_result: false for a sibling export, which its reader refuses in its own words.
    """

    reader: str
    data: bytes
    assay: AssayNames
    is_result: bool = True


_QUANTSTUDIO = """A1 S1 BCR UNKNOWN 31.1 12.5
A1 S1 ABL UNKNOWN 24.2 30,100.5
A2 S2 BCR UNKNOWN Undetermined -
A2 S2 ABL UNKNOWN 24.9 28000
B1 - BCR STANDARD 26.7 1000
B2 - BCR NTC Undetermined -
!B3 S2 BCR UNKNOWN 36.6 1"""
_DROPLETS = f"M01 S1 MUT 1 16 31000 (A01,B01)\n{dpcr.PAIR}\nB01 NTC MUT 0 0 900\nB01 NTC WT 0 0 900"
_CLONES_IN_TIME = clones.vidjil(clusters=[["AAAC", "AAAG"]])
_CANONICAL = (
    "sample_id,assay_id,run_id,replicate,target_copies,control_copies\nS1,lab1,R1,1,12.5,30100\nS1,lab1,R1,2,0,28000\n",
    "sample_id;assay_id;tube;mrd_events;denominator_events;collected_on\nS1;laip;1;7;700000;2024-01-05\n",
    "patient_id,disease,transcript,diagnosed_on\nP1,CML,e14a2,2023-01-05\nP2,AML,,\n",
    "sample_id,patient_id,collected_on,tissue\nS1,P1,2024-01-05,PB\nS2,P2,2024-02-05,BM\n",
    "assay_id,modality,marker,basis,control_gene,conversion_factor\nlab1,PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,0.8\n",
    "sample_id,assay_id,reported_value,reported_unit,reported_call\nS1,kit,0.011,PCT_IS,DETECTED\nS2,kit,<0.003,PCT_IS,\n",
)
_TREE: flow.Tree = {"Scatter": (900, {"Live": (800, {"CD19+": (700, {"LAIP": (7, {}), "CD10+": (70, {})})})})}  # fmt: skip


def _extract(data: bytes, assay: AssayNames) -> bytes:
    reader, content = find_reader(data)
    rows = reader.read(content, assay, ReaderSettings())
    return write_extract(Extract(rows, reader.names_its_assay, told_text(assay, None)))


def _files() -> list[tuple[str, AssayNames, list[str | bytes]]]:
    drawn = sheets.cells(sheets.DA_WELLS, 9)
    curves = sheets.cells(sheets.CURVE_WELLS, 9)
    return [
        ("quantstudio-text", PLATE, [quantstudio.export(_QUANTSTUDIO, below=(*quantstudio.FOOTER, *quantstudio.MELT))]),
        ("quantstudio-xlsx", PLATE, [sheets.quantstudio()]),
        ("design-and-analysis", PLATE, [sheets.analysis(drawn, curves=curves), sheets.analysis(drawn)]),
        ("sds-text", PLATE, [plates.sds()]),
        ("lightcycler480-text", plates.LC_ASSAY, [plates.lightcycler()]),
        ("cfx-text", PLATE, [cfx.cfx(), cfx.cfx(separator=";").replace("\n", "\r\n")]),
        ("rotor-gene", PLATE, [rotor_gene.text(), rotor_gene.as_workbook(rotor_gene.text())]),
        ("rdml", PLATE, [rdml.rdml().replace("><", ">\n<"), rdml.zipped(rdml.rdml())]),
        ("facsdiva-xml", gates.DIVA, [flow.experiment({"S1": {"t": {gates.ROOT: 9, gates.P1: 8, gates.P2: 2}, "u": {gates.ROOT: 0, gates.P1: 0}}, "NTC": {"t": {gates.ROOT: 5}}})]),
        ("flowjo-table", gates.ASSAY, [gates.TABLE + "\nNTC.fcs,1,2,3,4,\nS2.fcs,0,1,n/a,0,\nMean,,,,,\n"]),
        ("flowjo-workspace", gates.ASSAY, [flow.workspace([("S1.fcs", 900, _TREE), ("S2.fcs", 9, {})]), flow.workspace([("S1.fcs", 900, _TREE)], lines=False)]),
        ("quantasoft", dpcr.ASSAY, [dpcr.quantasoft(_DROPLETS)]),
        ("qx-manager", dpcr.ASSAY, [dpcr.table(dpcr.qx_rows(dpcr.PAIR)), workbook({"Sheet": dpcr.qx_rows(dpcr.PAIR)})]),
        ("qiacuity", dpcr.ASSAY, [dpcr.qiacuity("A1 S1 Sample MUT 2310490.6 8000 4000 2.55\nA1 S1 Sample WT 0 8000 30 2.55\nA2 H2O NTC MUT 0 8000 0 2.55")]),
        ("absolute-q",
            dpcr.ASSAY,
            [
                dpcr.aq_1("2024-05-19 L1 A1 20413 VIC MUT 3\n2024-05-19 L1 A1 20413 FAM WT 900\n2024-05-19 - Average 20001.5 VIC MUT 460"),
                dpcr.aq_2("S1 A1 PASS 20000 MUT 5 WT 800\nS1 A2 FAIL 20000 MUT 0 WT 9"),
            ],
        ),
        ("absolute-q", AssayNames("lab1", "FAM", "VIC"), [dpcr.aq_3(("S1", {"": 900, "FAM": 40, "VIC": 50}), ("S2", {"": 9, "FAM": 4, "VIC": 0}))]),
        ("vcf", PANEL, [variants.FILES["vcf/2"], variants.vcf("1 100 . A C . PASS . GT:AD:DP 0/1:80,5:85", "1 200 . A C . . . GT:AD:DP 0/0:90,0:90")]),
        ("umivar2-tsv", PANEL, [variants.FILES["umivar2-tsv/2"]]),
        ("maf", PANEL, [variants.FILES["maf/2"]]),
        ("getitd", PANEL, [variants.FILES["getitd/1"]]),
        ("vidjil", PANEL, [_CLONES_IN_TIME]),
        ("airr-rearrangement", PANEL, [clones.FILES["airr-rearrangement/1"], gzip.compress(clones.FILES["airr-rearrangement/1"], mtime=0)]),
        ("immunoseq", PANEL, [clones.FILES["immunoseq/1"]]),
        ("mixcr-clones", PANEL, [clones.FILES["mixcr-clones/1"]]),
        ("lymphotrack", PANEL, [clones.FILES["lymphotrack/1"]]),
        ("clonoseq-table", PANEL, [clones.FILES["clonoseq-table/2"], text(clones.CLONOSEQ, *clones.CLONOSEQ_ROWS, separator=";")]),
        ("genexpert-hl7", messages.KIT, [messages.r32(), messages.r32(messages.NEGATIVE, target_ct="0.0", analyte="NEG"), messages.r32(messages.ABOVE)]),
        ("genexpert-astm", messages.KIT, [messages.astm(), messages.astm(messages.NEGATIVE, target_ct="0.0", analyte="NEG")]),
        ("genexpert-csv", messages.KIT, [genexpert.export(genexpert.dx(), genexpert.dx(cartridge="2"))]),
        ("hl7-oru", messages.KIT, [laboratory.oru(laboratory.obx("Not detected", laboratory.MAJOR, kind="ST", unit=""), laboratory.obx("<^0.003", kind="SN")), laboratory.oru(laboratory.obx("0.011")), laboratory.oru(laboratory.PDF)]),
        ("fhir-r4", messages.KIT, [laboratory.bundle(laboratory.kit("POSITIVE [Above upper LoQ]")), laboratory.bundle(laboratory.observation(**laboratory.quantity(0.5)), indent=None), laboratory.bundle(laboratory.kit(value=0.011))]),
        ("canonical-csv", PLATE, list(_CANONICAL)),
        ("layout-file", PLATE, [LAYOUT]),
        ("extract", PLATE, [_extract(table.encode(), PLATE) for table in _CANONICAL]),
        ("extract-instrument", PLATE, [_extract(plates.sds().encode(), PLATE)]),
        ("flow-no-result", gates.ASSAY, [gates.SPILLOVER, gates.GATING]),
        ("known-not-read", PLATE, [text for text, _ in known.CASES]),
    ]  # fmt: skip


def _corpus() -> tuple[LookAlike, ...]:
    return tuple(
        LookAlike(
            reader,
            data.encode() if isinstance(data, str) else data,
            assay,
            is_result=reader not in _REFUSED,
        )
        for reader, assay, files in _files()
        for data in files
    )


CORPUS = _corpus()


def name_of(reader: Reader) -> str:
    """Return the name of a reader without its version."""
    return reader.name.split("/")[0]


def of_reader(reader: str) -> tuple[LookAlike, ...]:
    """Return the look-alikes of a reader."""
    return tuple(f for f in CORPUS if f.reader == reader)
