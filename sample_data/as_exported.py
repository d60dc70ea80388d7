"""Files as instruments and a laboratory system export them, read without a template.

A kit's folder of GeneXpert messages, an extract in German with the layout that describes it beside it, and
immunoSEQ lists of sequences with the clone that is tracked.
"""

from world import Patient, Row, World, day

KIT = "xpert-bcr-abl-ultra"
KIT_FILE = f"{KIT}/run_2025-05-20.hl7"
LAYOUT_FILE, EXTRACT_FILE = "lims-lab14/layout.toml", "lims-lab14/auszug_2025.csv"
LISTS = "igh-immunoseq"
LISTS_ASSAY: Row = {"assay_id": LISTS, "modality": "NGS", "marker": "IG/TR", "basis": "GDNA_CELLS", "lab_id": "LAB15"}  # fmt: skip
TRACKED = ("patient_id", "marker", "identified_on", "marker_class", "gene")

_LAYOUT = f"""\
title = "LIMS extract of laboratory 14"
table = "pcr_measurements"

[columns]
sample_id = "Probennummer"
patient_id = "Patient"
collected_on = {{ column = "Entnahme", date = "%d.%m.%Y" }}
tissue = {{ column = "Material", values = {{ "Blut" = "PB", "Knochenmark" = "BM" }} }}
reported_value = {{ column = "Ergebnis [% IS]", values = {{ "nicht nachweisbar" = "" }} }}
reported_call = {{ column = "Ergebnis [% IS]", values = {{ "nicht nachweisbar" = "NOT_DETECTED" }}, others = "" }}

[fixed]
assay_id = "{KIT}"
reported_unit = "PCT_IS"

[ignore]
"Material" = ["Kontrolle"]
"""
_LIST_HEAD = (
    "sample_name", "rearrangement", "amino_acid", "frame_type", "templates", "reads", "frequency",
    "productive_frequency", "v_gene", "j_gene",
)  # fmt: skip
_LEUKAEMIC = "TGTGCGAGAGATAGTAGCGGCTACTTTGACTACTGG"

LABELS: list[tuple[str, int | str, str]] = [
    (EXTRACT_FILE, "", "IGNORED_BY_LAYOUT"),
    *(
        (f"{LISTS}/{name}.tsv", "", code)
        for name in ("after_induction", "diagnosis")
        for code in ("TRACKING_NOT_STATED", "TOTAL_FROM_FILE")
    ),
]


def _message(sample: Row, result: str, number: int, cycles: float) -> str:
    """Write one message: a cartridge; segments end with CR."""
    day_text = f"{sample['collected_on']:%Y%m%d}"
    rows = [
        ("&", result, "% (IS)"),
        ("BCR-ABL&Ct", f"^{cycles}", ""),
        ("ABL&Ct", "^12.4", ""),
    ]
    machine = f"LABPC^900001^800001^{70_000 + number}^20901^20271231"
    segments = [
        f"MSH|^~\\&|GeneXpert PC^GeneXpert^6.5||LIS||20250520{1000 + number}00||ORU^R32^ORU_R30|m{number}|P|2.5.1",
        "PID|1",
        "OBR|1|||BCRABL",
        f"TQ1|1||||||{day_text}150000|{day_text}170000",
        *(
            f"OBX|{n}|ST|BCR|{part}|{said}|{unit}|0.0030 to 55.00||||F|||||||{machine}"
            for n, (part, said, unit) in enumerate(rows, 1)
        ),
        f"SPM|1|{sample['sample_id']}||BLD",
    ]
    return "\r".join(segments) + "\r"


def _course(patient: Patient, start: str) -> None:
    patient.sample(day(start), "PB", "DIAGNOSIS")
    patient.treat("TKI", day(start), None, 1, "imatinib")


def _kit_files(world: World) -> dict[str, bytes]:
    patient = world.patient("P-CML-071", "CML", day("2024-02-05"), "e14a2")
    _course(patient, "2024-02-05")
    said = (
        ("2024-02-05", "POSITIVE [Above upper LoQ]^", 21.0),
        ("2024-08-12", "POSITIVE [0.0520% (IS) and MR3.28]^0.0520", 28.1),
        ("2025-05-19", "NEGATIVE [Sufficient ABL transcript]^", 0.0),
    )
    messages = []
    for number, (on, result, cycles) in enumerate(said, 1):
        sample = world.samples[-1] if number == 1 else patient.sample(day(on), "PB", "FOLLOW_UP")
        messages.append(_message(sample, result, number, cycles))
    return {KIT_FILE: "".join(messages).encode("ascii")}


def _extract_files(world: World) -> dict[str, bytes]:
    world.patient("P-CML-072", "CML", day("2024-03-11"), "e13a2")
    lines = [
        "Auszug vom 02.12.2025;;;;",
        "",
        "Probennummer;Patient;Entnahme;Material;Ergebnis [% IS]",
        "L14-2401;P-CML-072;11.03.2024;Blut;48,2",
        "L14-2455;P-CML-072;17.06.2024;Blut;1,35",
        "L14-2502;P-CML-072;10.03.2025;Blut;0,0078",
        "L14-2571;P-CML-072;15.09.2025;Blut;nicht nachweisbar",
        "NK;;;Kontrolle;",
    ]
    text = "\r\n".join([*lines, ""])
    return {LAYOUT_FILE: _LAYOUT.encode(), EXTRACT_FILE: text.encode("utf-8-sig")}


def _clones(n: int, templates: int) -> dict[str, int]:
    letters = str.maketrans("0123", "ACGT")
    numbers = [i for i in range(1_000) if set(str(i)) <= set("0123")][:n]
    return {f"TGTGCG{i:06d}TGG".translate(letters): templates + 7 * i for i in numbers}


def _list(sample: Row, clones: dict[str, int]) -> bytes:
    total = sum(clones.values())
    lines = [
        (str(sample["sample_id"]), marker, "", "Out" if i % 3 == 2 else "In", str(n), str(11 * n), repr(n / total), "",
         "IGHV3-30", "IGHJ4")
        for i, (marker, n) in enumerate(clones.items())
    ]  # fmt: skip
    return ("\n".join("\t".join(line) for line in (_LIST_HEAD, *lines)) + "\n").encode()


def _list_files(world: World) -> tuple[dict[str, bytes], list[Row]]:
    patient = world.patient("P-BALL-071", "B_ALL", day("2025-01-13"))
    first = patient.sample(day("2025-01-13"), "BM", "DIAGNOSIS")
    patient.treat("INTENSIVE", day("2025-01-16"), None, 1, "induction")
    later = patient.sample(day("2025-04-14"), "BM", "AFTER_INDUCTION", pull=1)
    files = {
        f"{LISTS}/diagnosis.tsv": _list(first, {_LEUKAEMIC: 61_400, **_clones(6, 1_300)}),
        f"{LISTS}/after_induction.tsv": _list(later, _clones(12, 21_400)),
    }
    row: Row = {"patient_id": "P-BALL-071", "marker": _LEUKAEMIC}
    row |= {"identified_on": day("2025-01-13"), "marker_class": "CLONOTYPE", "gene": "IGHV3-30"}
    return files, [row]


def add_exports(world: World) -> tuple[dict[str, bytes], list[Row]]:
    """Add the patients; return the files, and the rows of `tracked_markers`."""
    files, tracked = _list_files(world)
    return {**_kit_files(world), **_extract_files(world), **files}, tracked
