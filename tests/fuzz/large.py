"""Large files of every format: a look-alike whose rows, messages or elements are repeated under other names."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.corpus import PLATE
from tests.unit import digital_pcr as dpcr
from tests.unit import flow_exports as flow
from tests.unit import message_files as messages
from tests.unit import test_cfx as cfx
from tests.unit import test_clonotype_files as clones
from tests.unit import test_flow_files as gates
from tests.unit import test_genexpert as genexpert
from tests.unit import test_messages as laboratory
from tests.unit import test_plates_text as plates
from tests.unit import test_plates_xlsx as sheets
from tests.unit import test_quantstudio as quantstudio
from tests.unit import test_rdml as rdml
from tests.unit import test_rotor_gene as rotor_gene
from tests.unit import test_variant_files as variants
from tests.unit.sequencing_files import ASSAY as PANEL
from tests.unit.sequencing_files import text
from tests.unit.workbooks import Cell, workbook
from transforms.readers.rows import AssayNames


@dataclass(frozen=True)
class Large:
    """A file that can be made as large as wanted.

    Attributes:
        reader: the reader that knows it.
        assay: an assay that fits it.
        head: what stands before the repeated part.
        unit: the repeated part; a backtick in it becomes a number.
        tail: what stands behind it.
        encoding: of the file.
    """

    reader: str
    assay: AssayNames
    head: str
    unit: str
    tail: str
    encoding: str = "utf-8"

    def data(self, n_bytes: int) -> bytes:
        """Return a file of about this size."""
        n = max(1, n_bytes // len(self.unit.replace("`", "000000").encode(self.encoding)))
        units = "".join([self.unit.replace("`", str(i)) for i in range(n)])
        bom = "\ufeff" if self.encoding.startswith("utf-16") else ""
        return (bom + self.head + units + self.tail).encode(self.encoding)


def _lines(reader: str, assay: AssayNames, whole: str) -> Large:
    """Repeat the lines from the first to the last that have a backtick."""
    first, last = whole.index("`"), whole.rindex("`")
    start, end = whole.rfind("\n", 0, first) + 1, whole.find("\n", last)
    unit = whole[start:] + "\n" if end < 0 else whole[start : end + 1]
    return Large(reader, assay, whole[:start], unit, "" if end < 0 else whole[end + 1 :])


def _between(reader: str, assay: AssayNames, whole: str, first: str, after: str, encoding: str = "utf-8") -> Large:  # fmt: skip
    """Repeat what stands from a text to the next one of another."""
    start = whole.index(first)
    end = whole.index(after, start)
    return Large(reader, assay, whole[:start], whole[start:end], whole[end:], encoding)


_DROPLETS = "A` S` MUT 0.4 7 15000\nA` S` WT 99 6000 15000"
_CLONE = {"germline": "IGH", "reads": [5, 2], "top": 1}


def _texts() -> tuple[Large, ...]:
    workspace = flow.workspace([("S`.fcs", 900, flow.TREE)]).replace('sampleID="1"', 'sampleID="`"')
    umivar = text(variants.UMI_TSV, *(r.replace(" 100 ", " ` ") for r in variants.UMI_ROWS[:1]))
    two = laboratory.bundle(
        *(laboratory.observation(id=n, **laboratory.quantity(0.5)) for n in ("`", "last")),
        indent=None,
    )
    return (
        _lines("quantstudio-text", PLATE, quantstudio.export("A` S` BCR UNKNOWN 31.1 12.5\nA` S` ABL UNKNOWN 24.2 30100.5")),
        _lines("sds-text", PLATE, plates.sds("1 P1 A` Passed S` ABL Endogenous~Control 24.2 - - FALSE\n2 P1 B` Passed S` BCR Target 31.1 6.9 0.2 FALSE")),
        _lines("lightcycler480-text", plates.LC_ASSAY, plates.lightcycler("True 255 A` S` 31.1 1.25E+01 0")),
        _lines("cfx-text", PLATE, cfx.cfx("- A` FAM BCR Unkn-1 S` - 31.1234567890123 0.00 1.250E+01\n- A` HEX ABL Unkn-1 S` - 24.2 0.00 3.010E+04")),
        _lines("rotor-gene", PLATE, rotor_gene.text().replace("1;Red;S1;Unknown;31.1;", "`;Red;S`;Unknown;31.1;")),
        _between("rdml", PLATE, rdml.rdml("A` S1 BCR 31.1", "B1 S2 BCR 31.0").replace("><", ">\n<"), '<react id="A`">', '<react id="B1">'),
        _between("facsdiva-xml", gates.DIVA, flow.experiment({"S`": {"t": {gates.ROOT: 9, gates.P1: 8, gates.P2: 2}}}), "<specimen", "</experiment>"),
        _lines("flowjo-table", gates.ASSAY, flow.table([gates.FREQUENCY, gates.DENOMINATOR, gates.MEDIAN, gates.MRD], {"S`.fcs": "1.0 700 12 7"})),
        _between("flowjo-workspace", gates.ASSAY, workspace, "<Sample>", "</SampleList>"),
        _lines("quantasoft", dpcr.ASSAY, dpcr.quantasoft(_DROPLETS)),
        _lines("qx-manager", dpcr.ASSAY, dpcr.table(dpcr.qx_rows(_DROPLETS))),
        _lines("qiacuity", dpcr.ASSAY, dpcr.qiacuity("A0 S0 Sample MUT 2310490.6 8000 4000 2.55\nA` S` Sample MUT 2310490.6 8000 4000 2.55\nA` S` Sample WT 0 8000 30 2.55")),
        _lines("absolute-q", dpcr.ASSAY, dpcr.aq_1("2024-05-19 L` A` 20413 VIC MUT 3\n2024-05-19 L` A` 20413 FAM WT 900")),
        _lines("vcf", PANEL, variants.vcf("1 ` . A C . PASS . GT:AD:DP 0/1:80,5:85")),
        _lines("umivar2-tsv", PANEL, umivar),
        _lines("maf", PANEL, text(variants.MAF, "A 1 ` SNP A A C P1 - - 5 4 1")),
        _lines("getitd", PANEL, text(variants.ITD, "P` 21 77 1.20e+01 1.36e-01 10000 1200 False ACGT 1")),
        _between("vidjil", PANEL, clones.vidjil(clones=[{"id": "A`", **_CLONE}, {"id": "LAST", **_CLONE}]), '{"id": "A`"', '{"id": "LAST"'),
        _lines("airr-rearrangement", PANEL, text(clones.AIRR, "a` ACGT` T T IGHV1-1*01 D1 J1 TGT` CKW 90")),
        _lines("immunoseq", PANEL, clones.immunoseq(clones.V1, "ACGT` CAR 100 10.0 IGHV3-1 IGHD1 IGHJ1 3 In VDJ")),
        _lines("mixcr-clones", PANEL, text(clones.MIXCR, "` 8.0 0.8 ACGT` V1*00(9)")),
        _lines("clonoseq-table", PANEL, text(clones.CLONOSEQ, "P` IGH-1 12 1200000 10 Detected", separator=",")),
        Large("genexpert-hl7", messages.KIT, "", messages.r32(sample="S `", cartridge="`"), ""),
        Large("genexpert-astm", messages.KIT, "", messages.astm(sample="S `", cartridge="`"), ""),
        _between("genexpert-csv", messages.KIT, genexpert.export(genexpert.dx(sample="S `", cartridge="`"), genexpert.dx(sample="last")).decode("utf-16-le").lstrip("\ufeff") , "RESULT TABLE", "RESULT TABLE\r\nSample ID,last", "utf-16-le"),
        Large("hl7-oru", messages.KIT, "", laboratory.oru(laboratory.obx("0.011"), sample="S `", order="O-`"), ""),
        _between("fhir-r4", messages.KIT, two, '{"resource": {"resourceType": "Observation"', '{"resource": {"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "69380-4"}]}, "specimen": {"reference": "Specimen/1"}, "performer": [{"display": "Quimby"}], "id": "last"'),
        _lines("canonical-csv", PLATE, "sample_id,assay_id,run_id,replicate,target_copies,control_copies\nS`,lab1,R`,1,12.5,30100\n"),
        Large("canonical-csv/1 quoted", PLATE, "sample_id,assay_id,run_id,replicate,target_copies,control_copies,comment\n", 'S`,lab1,R`,1,12.5,30100,"seen\ntwice"\n', ""),
    )  # fmt: skip


TEXTS = _texts()
"""Text formats."""


def _rows(drawn: str, width: int) -> Callable[[int], list[list[Cell]]]:
    return lambda n: [row for i in range(n) for row in sheets.cells(drawn.replace("`", str(i)), width)]  # fmt: skip


def workbooks(n_bytes: int) -> dict[str, tuple[AssayNames, bytes]]:
    """Return workbooks whose sheets unpack to about this many bytes."""
    n = n_bytes // 520
    wells = _rows("` A` false S` BCR UNKNOWN 31.1 12.5 39.9 0.998 -3.4\n` A` false S` ABL UNKNOWN 24.2 30100.5 38.9 0.999 -3.3", 12)  # fmt: skip
    analysed = _rows("` A` FALSE S` BCR UNKNOWN AMP - 31.1\n` A` FALSE S` ABL UNKNOWN AMP - 24.2", 9)  # fmt: skip
    rotor = rotor_gene.text().replace("1;Red;S1;Unknown;31.1;", "`;Red;S`;Unknown;31.1;")
    one = _lines("", PLATE, rotor)
    clone: list[list[Cell]] = [[i, f"ACGT{i}", 5, 4000, "IGHV3-23_01", "IGHJ4", 4.0, 4.0, "N", "Y"] for i in range(n)]  # fmt: skip
    keys: list[list[Cell]] = [["Sample Name", "P1"], ["Total reads", 100_123.0], [], []]
    return {
        "quantstudio-xlsx/1": (PLATE, sheets.quantstudio(wells(n // 2))),
        "design-and-analysis/1": (PLATE, sheets.analysis(analysed(n // 2))),
        "rotor-gene/1": (PLATE, rotor_gene.as_workbook(one.data(n_bytes // 18).decode())),
        "qx-manager/2": (dpcr.ASSAY, workbook({"Sheet": dpcr.qx_rows("\n".join(_DROPLETS.replace("`", str(i)) for i in range(n_bytes // 1100)))})),
        "lymphotrack/1": (PANEL, workbook({"Merged Read Summary": [*keys, list(clones.LYMPHO), *clone]})),
    }  # fmt: skip
