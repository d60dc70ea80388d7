"""A number that cannot be read is no zero: what made a result positive never turns into "not detected".

Each file holds one positive sample. One or all of the numbers that say so are replaced by what cannot be read.
The row may then lack its number, be refused with a finding, or stay detected; it may not say that nothing was
there, and it may not be left out.
"""

import io
import re
import zipfile
from dataclasses import dataclass

import polars as pl
import pytest

from tests.effort import first_of
from tests.fuzz.corpus import PLATE, name_of
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
from tests.unit.workbooks import workbook
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers.registry import READERS, find_reader
from transforms.readers.rows import AssayNames, ReaderSettings

GARBAGE = ("NaN", "abc", "-", "1.2.3", "#N/A")
NOT_DETECTED = {
    # formats.md section 9: CFX writes NaN where nothing was detected, RDML writers leave it as a Cq
    ("cfx-text", "NaN"),
    ("rdml", "NaN"),
}
COUNTS = (
    "target_copies", "positive_partitions", "marker_count", "mrd_events", "reported_number", "mutant_copies_per_cell",
)  # fmt: skip


@dataclass(frozen=True)
class Positive:
    """A file with one positive sample.

    Attributes:
        reader: who reads it.
        data: the file.
        assay: of its folder.
        numbers: what makes it positive, as written; each stands in the file.
    """

    reader: str
    data: str | bytes
    assay: AssayNames
    numbers: tuple[str, ...]


def _replaced(data: bytes, old: str, garbage: str) -> bytes:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {n: archive.read(n) for n in archive.namelist()}
        cell = rf'<c r="([A-Z]+[0-9]+)"(?: t="\w+")?>(?:<v>|<is><t[^>]*>){re.escape(old)}(?:</v>|</t></is>)</c>'
        changed = {
            n: re.sub(cell.encode(), rb'<c r="\1" t="inlineStr"><is><t>' + garbage.encode() + b"</t></is></c>", p)
            if "sheet" in n else p.replace(old.encode(), garbage.encode())
            for n, p in parts.items()
        }  # fmt: skip
        assert changed != parts, old
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, part in changed.items():
                archive.writestr(name, part)
        return out.getvalue()
    encoding = "utf-16-le" if data.startswith(b"\xff\xfe") else "utf-8"
    whole = data.decode(encoding)
    assert old in whole, old
    if whole.startswith("{"):
        # a JSON number becomes a JSON text
        return re.sub(rf'"?{re.escape(old)}"?', lambda _: f'"{garbage}"', whole).encode()
    return whole.replace(old, garbage).encode(encoding)


_WELLS = "A01 S1 MUT 0.4 777 15000\nA01 S1 WT 99 6000 15000"
_OBX = laboratory.obx


def _files() -> tuple[Positive, ...]:
    aq = "sds 1 S1 BCR FAM Unknown 31.1 12.5"
    sds_aq = plates.sds(
        aq.removeprefix("sds ") + "\n2 S1 ABL FAM Unknown 24.2 30100.5\n3 - BCR FAM Standard 33.3 10\n"
        "4 - BCR FAM Standard 30.0 100\n5 - BCR FAM Standard 26.7 1000",
        header=("Well", "Sample Name", "Detector Name", "Reporter", "Task", "Ct", "Quantity"), flavour="SDS 2.3\tAQ Results\t1.2",
    )  # fmt: skip
    rotor = "\n".join(x for x in rotor_gene.text().split("\n") if not x.startswith(("2;Red;S1", "3;Red;S2", "10;")))  # fmt: skip
    drawn = [row for row in sheets.cells(sheets.DA_WELLS, 9) if row[3] in ("S1", None) and row[2] != "TRUE"]  # fmt: skip
    curves = [row for row in sheets.cells(sheets.CURVE_WELLS, 9) if row[2] == "S1"]
    wells = [row for row in sheets.cells(sheets.WELLS, 12) if row[3] in ("S1", None)]
    std = "B1 - BCR STANDARD 33.3 10\nB2 - BCR STANDARD 30.0 100\nB3 - BCR STANDARD 26.7 1000"
    droplets = {"quantasoft": dpcr.quantasoft(_WELLS), "qx-manager": dpcr.table(dpcr.qx_rows(_WELLS))}  # fmt: skip
    partitions = ("777", "15000")
    return (
        Positive("quantstudio-text", quantstudio.export("A1 S1 BCR UNKNOWN 31.1 12.5\nA1 S1 ABL UNKNOWN 24.2 30100.5\n" + std), PLATE, ("31.1", "12.5")),
        Positive("quantstudio-text", quantstudio.export("A1 S1 BCR UNKNOWN 31.1 12.5\nA1 S1 ABL UNKNOWN 24.2 30100.5", has_curve=False), PLATE, ("31.1", "12.5")),
        Positive("quantstudio-xlsx", sheets.quantstudio(wells), PLATE, ("31.1", "12.5")),
        Positive("design-and-analysis", sheets.analysis(drawn, curves=curves), PLATE, ("31.1", "12.5")),
        Positive("design-and-analysis", sheets.analysis(drawn), PLATE, ("31.1",)),
        Positive("sds-text", plates.sds("1 P1 A1 Passed S1 ABL Endogenous~Control 24.2 - - FALSE\n2 P1 A2 Passed S1 BCR Target 31.1 6.9 0.2 FALSE"), PLATE, ("31.1",)),
        Positive("sds-text", sds_aq, PLATE, ("31.1", "12.5")),
        Positive("lightcycler480-text", plates.lightcycler("True 255 A1 S1 31.1 1.25E+01 0\nTrue 128 B1 std 33.3 - 1.00E+01\nTrue 128 B2 std 30.0 - 1.00E+02\nTrue 128 B3 std 26.7 - 1.00E+03"), plates.LC_ASSAY, ("31.1", "1.25E+01")),
        Positive("cfx-text", cfx.cfx("- A01 FAM BCR Unkn-1 S1 - 31.1 0.00 1.250E+01\n- A01 HEX ABL Unkn-1 S1 - 24.2 0.00 3.010E+04\n- B01 FAM BCR Std-1 - - 33.3 0.00 1.000E+01\n- B02 FAM BCR Std-2 - - 30.0 0.00 1.000E+02\n- B03 FAM BCR Std-3 - - 26.7 0.00 1.000E+03"), PLATE, ("31.1", "1.250E+01")),
        Positive("rotor-gene", rotor, PLATE, ("31.1;", "12.5;")),
        Positive("rotor-gene", rotor_gene.as_workbook(rotor), PLATE, ("31.1", "12.5")),
        Positive("rdml", rdml.rdml("A1 S1 BCR 31.1", "A1 S1 ABL 24.2", "C1 10 BCR 33.3", "C2 100 BCR 30.0", "C3 1000 BCR 26.7"), PLATE, ("31.1",)),
        Positive("rdml", rdml.zipped(rdml.rdml("A1 S1 BCR 31.1", "A1 S1 ABL 24.2")), PLATE, ("31.1",)),
        *(Positive(reader, data, dpcr.ASSAY, partitions) for reader, data in droplets.items()),
        Positive("qx-manager", workbook({"Sheet": dpcr.qx_rows(_WELLS)}), dpcr.ASSAY, partitions),
        Positive("qiacuity", dpcr.qiacuity("A1 S1 Sample MUT 9 15000 777 2.55\nA1 S1 Sample WT 9 15000 4000 2.55"), dpcr.ASSAY, partitions),
        Positive("absolute-q", dpcr.aq_1("2024-05-19 S1 A1 15000 VIC MUT 777\n2024-05-19 S1 A1 15000 FAM WT 900"), dpcr.ASSAY, partitions),
        Positive("absolute-q", dpcr.aq_2("S1 A1 PASS 15000 MUT 777 WT 800"), dpcr.ASSAY, partitions),
        Positive("absolute-q", dpcr.aq_3(("S1", {"": 900, "FAM": 777, "VIC": 50})), AssayNames("lab1", "FAM", "VIC"), ("777", ",900,")),
        Positive("vcf", variants.vcf("1 100 . A C . PASS . GT:AD:DP 0/1:15000,777:15777"), PANEL, ("777:", "15000", "15777")),
        Positive("vcf", variants.vcf("1 100 . A C . PASS . GT:DP:RO:AO 0/1:15777:15000:777"), PANEL, (":777", "15000")),
        Positive("vcf", variants.vcf("1 100 . A C . PASS . GT:AD:RD:DP 0/1:777:15000:15777"), PANEL, (":777", "15000")),
        Positive("vcf", variants.vcf(f"chr1 100 . A C . PASS . {variants.UMI} ./.:15777:777:0.003:700:2:0.002:1e-3:0.2:2-1-500-394:1:3:1"), PANEL, (":777", "2-1-500-394", "15777")),
        Positive("umivar2-tsv", text(variants.UMI_TSV, "chr1 100 A C 15777 15000 777 0.003 700 2 0.002 1e-3 0.2 2-1-500-394 1 3 1 ACGT 0 PASS"), PANEL, ("\t777", "15000")),
        Positive("maf", text(variants.MAF, "NPM1 5 170 INS A A TCTG P1 Somatic p.W288fs 15900 15000 777"), PANEL, ("777", "15000", "15900")),
        Positive("getitd", text(variants.ITD, "P1 21 77 1.20e+01 1.36e-01 15000 777 False ACGT 1"), PANEL, ("\t777", "15000")),
        Positive("vidjil", clones.vidjil(clones=[{"id": "AAAC", "germline": "IGH", "reads": [777, 777]}]), PANEL, ("777",)),
        Positive("airr-rearrangement", text(clones.AIRR, "a ACGTTT T T IGHV1-1*01 D1 J1 TGTAAATGG CKW 777", "b ACGTTA T F IGHV1-2*01 D1 J1 TGT CKW 5"), PANEL, ("777",)),
        Positive("immunoseq", clones.immunoseq(clones.V1, "ACGT - 777 88.0 unresolved IGHD3-16 IGHJ4-1 9 Out DJ", "ACGG CAR 100 10.0 IGHV3-1 IGHD1 IGHJ1 3 In VDJ"), PANEL, ("777",)),
        Positive("mixcr-clones", text(clones.MIXCR, "0 777.0 0.8 ACGT V1*00(9)", "1 2.0 0.2 ACGG V1*00(9)"), PANEL, ("777.0",)),
        Positive("lymphotrack", clones.lymphotrack(("Sample", "P1")), PANEL, ("4000",)),
        Positive("clonoseq-table", text(clones.CLONOSEQ, "P1 IGH-1 12 1200000 10 Detected", separator=","), PANEL, (",12,", "1200000", ",10,")),
        Positive("flowjo-table", flow.table([gates.DENOMINATOR, gates.MRD], {"S1.fcs": "15000 777", "S2.fcs": "15000 777"}), gates.ASSAY, ("777", "15000")),
        Positive("flowjo-workspace", flow.workspace([("S1.fcs", 15000, {"Scatter": (900, {"Live": (800, {"CD19+": (15000, {"LAIP": (777, {})})})})})]), gates.ASSAY, ("777", "15000")),
        Positive("facsdiva-xml", flow.experiment({"S1": {"t": {gates.ROOT: 99999, gates.P1: 15000, gates.P2: 777}}}), gates.DIVA, ("777", "15000", "99999")),
        Positive("genexpert-hl7", messages.r32(), messages.KIT, ("0.011", "30.3")),
        Positive("genexpert-astm", messages.astm(), messages.KIT, ("0.011", "30.3")),
        Positive("genexpert-csv", genexpert.export(genexpert.dx()), messages.KIT, ("0.011", "30.3")),
        Positive("hl7-oru", laboratory.oru(_OBX("0.011")), messages.KIT, ("0.011",)),
        Positive("hl7-oru", laboratory.oru(_OBX("^0.011", kind="SN", flag="POS")), messages.KIT, ("0.011",)),
        Positive("hl7-oru", laboratory.oru(_OBX("0.011 %", kind="ST")), messages.KIT, ("0.011",)),
        Positive("fhir-r4", laboratory.bundle(laboratory.kit(value=0.011)), messages.KIT, ("0.011",)),
        Positive("fhir-r4", laboratory.bundle(laboratory.observation(**laboratory.quantity(0.011))), messages.KIT, ("0.011",)),
        Positive("canonical-csv", "sample_id,assay_id,replicate,target_copies,target_cq,control_copies\nS1,lab1,1,12.5,31.1,30100\n", PLATE, ("12.5", "31.1")),
        Positive("canonical-csv", "sample_id,assay_id,reported_value,reported_unit\nS1,kit,0.011,PCT_IS\n", PLATE, ("0.011",)),
        Positive("canonical-csv", "sample_id,assay_id,tube,mrd_events,denominator_events\nS1,laip,1,777,15000\n", PLATE, ("777", "15000")),
    )  # fmt: skip


FILES = _files()


def _read(data: bytes, file: Positive) -> tuple[pl.DataFrame, int, int]:
    """Return typed rows of the measurements, rows ignored, and rows refused with a finding or waiting."""
    reader, content = find_reader(data)
    rows = reader.read(content, file.assay, ReaderSettings(("NTC",), "S1"))
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    measured = [t for n, t in parsed.tables.items() if n.endswith("_measurements")]
    refused = parsed.rejected.height + rows.rows_rejected + rows.rows_waiting
    return pl.concat(measured) if measured else pl.DataFrame(), rows.rows_ignored, refused


def says_nothing_was_there(rows: pl.DataFrame) -> bool:
    """Return whether a row says that nothing was detected."""
    zero = [pl.col(c) == 0 for c in COUNTS if c in rows.columns]
    calls = [pl.col("reported_call") == "NOT_DETECTED"] if "reported_call" in rows.columns else []
    wells = [pl.col("is_target_undetermined")] if "is_target_undetermined" in rows.columns else []
    clauses = [c.fill_null(False) for c in (*zero, *calls, *wells)]
    return bool(rows.select(pl.any_horizontal(clauses).any()).item()) if rows.height else False


def test_every_reader_of_numbers_is_here() -> None:
    """A reader that comes new brings a positive file."""
    without = {name_of(r) for r in READERS} - {f.reader for f in FILES}
    extracts = {"extract", "extract-instrument"}
    # an altered extract is refused as a whole
    assert without == {"flow-no-result", "known-not-read", "layout-file"} | extracts


@pytest.mark.parametrize("number", range(len(FILES)), ids=lambda n: f"{n}-{FILES[n].reader}")
@pytest.mark.parametrize("garbage", first_of(GARBAGE, 2))
def test_garbage_is_never_not_detected(number: int, garbage: str) -> None:
    """One number after the other, and all at once."""
    file = FILES[number]
    whole = file.data.encode() if isinstance(file.data, str) else file.data
    rows, ignored, _ = _read(whole, file)
    assert rows.height and not says_nothing_was_there(rows)
    choices = [*((n,) for n in file.numbers), file.numbers]
    if (file.reader, garbage) in NOT_DETECTED:
        # what the format means by it
        choices = []
    for numbers in choices:
        data = whole
        for old in numbers:
            # the separators beside a number stay
            data = _replaced(data, old, old.replace(old.strip(",;:\t"), garbage))
        where = f"{file.reader}: {numbers} -> {garbage!r}"
        try:
            rows, now_ignored, refused = _read(data, file)
        except FileRefusedError:
            continue
        assert not says_nothing_was_there(rows), where
        assert rows.height or refused, f"{where}: lost"
        assert now_ignored == ignored, f"{where}: left out"
