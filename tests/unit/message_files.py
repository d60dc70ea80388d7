"""Look-alikes of messages, drawn from the description of their formats; every name in them is invented."""

from tests.support import default_rules
from tests.unit.reading import CONTROL_NAMES, csv_text
from transforms.derive import Derived
from transforms.ingest import Ingested, ReadFile
from transforms.pipeline import run
from transforms.readers.registry import find_reader
from transforms.readers.rows import AssayNames, TextRows

KIT = AssayNames("xpert", None, None)
OPERATOR = "Quimby^Imelda"
LIMITS = "0.0030 to 55.00"
POSITIVE = "POSITIVE [0.011% (IS) and MR3.96]^0.011"
ABOVE = "POSITIVE [Above upper LoQ]^"
NEGATIVE = "NEGATIVE [Sufficient ABL transcript]^"
INVALID = "INVALID [Too high BCR-ABL and ABL transcripts]^"

REFERENCE = (
    csv_text(
        "assay_id, modality, marker, basis, control_gene, is_reported, lod_fraction",
        "xpert, PCR, BCR::ABL1 p210, RNA_RATIO_IS, ABL1, true, 0.00003",
    ),
    csv_text("patient_id, disease, transcript", "P-1, CML, e14a2"),
    csv_text(
        "sample_id, patient_id, collected_on, tissue",
        *(f"{s}, P-1, 2024-0{n}-03, PB" for n, s in enumerate(("S 1", "S 2", "S 3", "S 4"), 1)),
    ),
)


def derived(*files: str | bytes, assay: AssayNames = KIT) -> tuple[Derived, Ingested]:
    """Load message files beside the reference rows of four samples of one patient."""
    read = []
    for number, text in enumerate((*REFERENCE, *files)):
        reader, content = find_reader(text.encode() if isinstance(text, str) else text)
        rows = reader.read(content, assay, CONTROL_NAMES)
        read.append(ReadFile(number, f"{number:064x}", rows))
    _, load, tables = run(read, default_rules())
    return tables, load


def counted(rows: TextRows) -> TextRows:
    """Return rows whose counts balance, and in which nobody's name stands."""
    used = sum(t["source_rows"].sum() for t in rows.tables.values())
    assert rows.rows_read == used + rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
    frames = (*rows.tables.values(), *rows.inline.values(), rows.findings)
    said = " ".join(f.write_json() for f in frames)
    assert "Quimby" not in said
    return rows


def r32(
    result: str = POSITIVE,
    sample: str = "S 1",
    *,
    target_ct: str = "30.3",
    control_ct: str = "12.2",
    cartridge: str = "700039",
    status: str = "F",
    sent: str = "20240605101500",
    unit: str = "% (IS)",
    analyte: str = "POS",
    ended: str = "20240604170512",
    limits: str = LIMITS,
    test: str = "BCR",
) -> str:
    """Write one GeneXpert HL7 message, segments ended by CR."""
    machine = f"PC^114262^604297^{cartridge}^20901^20250131"
    rows = [("&", result, unit, limits, status)]
    if result.startswith("POSITIVE ["):
        rows.append(("&MR", "^3.96" if "MR" in result else "^", unit, limits, "F"))
    rows += [
        ("BCR-ABL&", f"{analyte}^", "", "", ""),
        ("BCR-ABL&Ct", f"^{target_ct}", "", "", ""),
        ("BCR-ABL&EndPt", "^-2.0", "", "", ""),
        ("BCR-ABL&Delta Ct", "^-18.1", "", "", ""),
        ("ABL&", "PASS^", "", "", ""),
        ("ABL&Ct", f"^{control_ct}", "", "", ""),
        ("ABL&EndPt", "^434.0", "", "", ""),
    ]
    segments = [
        f"MSH|^~\\&|GeneXpert PC^GeneXpert^6.5a.8||LIS||{sent}||ORU^R32^ORU_R30|m-{cartridge}|P|2.5.1",
        "PID|1||||Quimby^Cornelius",
        "ORC|RE||||||||20240604120000",
        "OBR|1|||BCRABL",
        f"TQ1|1||||||20240604151200|{ended}",
        *(
            f"OBX|{n}|ST|{test}|{kind}|{said}|{u}|{r}||||{f}|||||^{OPERATOR}||{machine}"
            for n, (kind, said, u, r, f) in enumerate(rows, 1)
        ),
        f"SPM|1|{sample}||BLD",
    ]
    return "\r".join(segments) + "\r"


def astm(
    result: str = POSITIVE,
    sample: str = "S 1",
    *,
    target_ct: str = "30.3",
    control_ct: str = "12.2",
    cartridge: str = "700039",
    status: str = "F",
    analyte: str = "POS",
) -> str:
    """Write one GeneXpert ASTM transmission."""
    rest = "20240604151200|20240604170512|PC^114262^604297^" + cartridge + "^20901^20250131"
    parts = [("BCR-ABL", "", f"{analyte}^"), ("BCR-ABL", "Ct", f"^{target_ct}")]
    parts += [("BCR-ABL", "EndPt", "^164.0"), ("ABL", "", "PASS^"), ("ABL", "Ct", f"^{control_ct}")]
    if "MR" in result:
        parts = [("", "MR", "^3.96"), *parts]
    records = [
        "H|@^\\|m-1||GeneXpert PC^GeneXpert^6.5|||||LIS||P|1394-97|20240605101500",
        "P|1|||CQ|Quimby^Cornelius",
        f"O|1|{sample}||^^^BCR|R|20240604120000|||||||||ORH",
        f"R|1|^^^BCR^Xpert BCR-ABL Ultra G2^1^^|{result}|% (IS)|{LIMITS}|||{status}||Quimby|{rest}",
        *(
            f"R|{n}|^^^BCR^^^{name}^{kind}|{said}|||||{status}||Quimby|{rest}"
            for n, (name, kind, said) in enumerate(parts, 2)
        ),
        "L|1|N",
    ]
    return "\n".join(records) + "\n"
