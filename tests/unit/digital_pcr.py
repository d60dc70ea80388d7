"""Look-alikes of digital PCR exports for tests, and how they are read."""

from typing import Any

import pytest

from tests.unit.reading import read_text
from tests.unit.workbooks import workbook
from transforms.problems import FileRefusedError
from transforms.readers.rows import AssayNames, TextRows

ASSAY = AssayNames("lab1", "MUT", "WT")
QUANTASOFT = (
    "Well,ExptType,Experiment,Sample,TargetType,Target,Status,Concentration,Positives,Negatives,"
    "AcceptedDroplets,MergedWells,PoissonConfMax68"
)
QX = ("Well", "Sample description 1", "Sample description 2", "Sample description 3", "Sample description 4",
    "Target", "Conc(copies/µL)", "Status", "SampleType", "TargetType", "Accepted Droplets", "Positives",
    "MergedWells")  # fmt: skip
QIACUITY_3 = (
    '"Plate name","Plate ID","Well","Sample/NTC/Control","Type","Target (Name)","Target (IC)",'
    '"Conc. [cp/µL] (dPCR reaction)","Conc. [cp/mL] (dPCR reaction)","Partitions (Valid)",'
    '"Partitions (Positive)","Partitions (Negative)","Volume per well [µl]"'
)
AQ_1 = (
    "Run,Date,Instrument,Plate,Group,Name,Well,Total,Dye,Target,Conc. cp/uL,SD,CV%,95%CI,Positives"
)
AQ_3 = "Run,Date,Instrument,Plate,Sample,Channels,Count,Copies per microliter,Total"


def drawn(text: str) -> list[list[str]]:
    """Split lines of cells; `-` is an empty cell, `_` a blank."""
    return [
        ["" if c == "-" else c.replace("_", " ") for c in line.split()]
        for line in text.strip().split("\n")
    ]


def quantasoft(wells: str, *, kind: str = "Ch1Unknown") -> str:
    """Write lines `well sample target conc positives accepted [members]`; rows end with one more cell."""
    rows = []
    for cells in drawn(wells):
        well, sample, target, conc, positives, total, merged = [*cells, ""][:7]
        quoted = f'"{merged}"' if merged else ""
        rows.append(
            f'"{well}",Absolute Quantification,"ABS","{sample}",{kind},"{target}","Manual",{conc},{positives},'
            f"0,{total},{quoted},0.1,"
        )
    return "\n".join([QUANTASOFT, *rows]) + "\n"


def qx_rows(wells: str, kinds: tuple[str, str] = ("Unknown", "Unknown")) -> list[list[str]]:
    """Write lines `well sample target conc positives accepted [members]` under the header."""
    rows = [list(QX)]
    for cells in drawn(wells):
        well, sample, target, conc, positives, total, merged = [*cells, ""][:7]
        rows.append(
            [well, sample, "", "", "", target, conc, "Manual", *kinds, total, positives, merged]
        )
    return rows


def table(rows: list[list[str]]) -> str:
    """Write rows as CSV."""
    return "\n".join(",".join(f'"{c}"' if "," in c else c for c in row) for row in rows) + "\n"


def qiacuity(wells: str, *, first: str = "sep=,") -> str:
    """Write lines `well sample type target per_ml valid positives volume`, the plate on the first row."""
    rows = []
    for n, (well, sample, kind, target, per_ml, valid, positives, volume) in enumerate(
        drawn(wells)
    ):
        plate = ("P 1", "id-1") if n == 0 else ("", "")
        negatives = int(valid) - int(positives)
        cells = (
            *plate,
            well,
            sample,
            kind,
            target,
            "-",
            "0.1",
            per_ml,
            valid,
            positives,
            negatives,
            volume,
        )
        rows.append(",".join(f'"{c}"' for c in cells))
    return "\ufeff" + "\n".join([first, QIACUITY_3, *rows]) + "\n"


def aq_1(wells: str) -> str:
    """Write lines `date name well total dye target positives`."""
    rows = [
        f"R1,{date},AQ 7,PL9,Group 1,{name},{well},{total},{dye},{target},1.1,,,0.1,{positives}"
        for date, name, well, total, dye, target, positives in drawn(wells)
    ]
    return "\r\n".join([AQ_1, *rows]) + "\r\n"


def aq_2(wells: str, dyes: str = ",,,,,,FAM,,,VIC") -> str:
    """Write lines `sample well qc total target positives target positives` under a line of dyes."""
    header = "Run name,Group,Sample,Well,QC,Total,Target,Conc.,Positives,Target,Conc.,Positives,Threshold,MeanQC"
    rows = [
        f"{'' if well == 'Average' else 'R1'},,{sample},{well},{qc},{total},{one},5.5,{n},{two},6.5,{m},7,8"
        for sample, well, qc, total, one, n, two, m in drawn(wells)
    ]
    return "\n".join([dyes, header, *rows]) + "\n"


def aq_3(*samples: tuple[str, dict[str, int]]) -> str:
    """Write the combinations of each sample; where none is counted, the total is 0 too."""
    rows = [
        f"R1,2024-05-24 19:45:43.758605+00:00,77,PL9,{name},{channels},{n},0.1,{sum(counts.values()) if n else 0}"
        for name, counts in samples
        for channels, n in counts.items()
    ]
    return "\n".join([AQ_3, *rows]) + "\n"


def read(data: str | bytes, assay: AssayNames | None = ASSAY) -> TextRows:
    """Read a file; each of its rows must be counted exactly once."""
    rows = read_text(data, assay)
    used = sum(t["source_rows"].sum() for t in rows.tables.values())
    assert rows.rows_read == used + rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
    return rows


COUNTS = ("sample_id", "replicate", "positive_partitions", "control_positive_partitions",
    "total_partitions", "reported_call", "source_rows")  # fmt: skip


def measured(rows: TextRows, *columns: str) -> list[tuple[Any, ...]]:
    """Return these columns of the measurements, in the order of their lines."""
    return rows.tables["pcr_measurements"].select(columns or COUNTS).rows()


def refusal(data: str | bytes) -> FileRefusedError:
    """Return why a file is refused."""
    with pytest.raises(FileRefusedError) as caught:
        read_text(data, ASSAY)
    return caught.value


PAIR = "A01 S1 MUT 0.4 7 15000\nA01 S1 WT 99 6000 15000"
BIORAD = [
    quantasoft,
    lambda wells: table(qx_rows(wells)),
    lambda wells: workbook({"Sheet": qx_rows(wells)}),
]
