"""The same numbers under two runs: told where chance does not repeat them, silent elsewhere."""

import pytest

from tests.support import tables_from_csv

CODE = "SAME_NUMBERS_IN_TWO_RUNS"
REFERENCE = {
    "patients.csv": "patient_id,disease\nP,CML\nM,MM\n",
    "samples.csv": "sample_id,patient_id,collected_on,tissue\nS,P,2024-01-05,PB\nT,M,2024-01-05,BM\n",
    "assays.csv": "assay_id,modality,marker,basis,control_gene\nq,PCR,BCR::ABL1 p210,RNA_RATIO,ABL1\nf,FLOW,LAIP,CELLS_TNC,\n",
}
PCR = "sample_id,assay_id,run_id,replicate,target_copies,control_copies,target_cq,control_cq\n"
FLOW = "sample_id,assay_id,run_id,tube,mrd_events,denominator_events\n"
AMENDED = "sample_id,assay_id,run_id,action,correct_sample_id,amended_on\n"


def told(**files: str) -> list[tuple[str, int]]:
    """Load rows and return file and line of each finding."""
    tables = tables_from_csv(REFERENCE | {f"{n}.csv": text for n, text in files.items()})
    found = tables.findings.filter(code=CODE)
    return sorted(found.select("source_name", "source_line").rows())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (PCR + "S,q,R1,1,31,48317,,\nS,q,R2,1,31,48317,,\n", [3]),
        (PCR + "S,q,,1,31,48317,,\nS,q,R2,2,31,48317,,\n", [3]),
        (PCR + "S,q,R1,1,0.4,50000,,\nS,q,R2,1,0.4,50000,,\n", [3]),
        (PCR + "S,q,R1,1,,,31.27,24.31\nS,q,R2,1,,,31.27,24.31\n", [3]),
        (FLOW + "T,f,R1,,41,5213877\nT,f,R2,,41,5213877\n", [3]),
        # one run with two wells, nothing detected, round numbers, another sample: nothing to tell
        (PCR + "S,q,R1,1,31,48317,,\nS,q,R1,2,31,48317,,\n", []),
        (PCR + "S,q,R1,1,0,48317,,\nS,q,R2,1,0,48317,,\n", []),
        (PCR + "S,q,R1,1,,,Undetermined,24.31\nS,q,R2,1,,,Undetermined,24.31\n", []),
        (PCR + "S,q,R1,1,30,50000,,\nS,q,R2,1,30,50000,,\n", []),
        (PCR + "S,q,R1,1,31,48317,,\nS,q,R2,1,32,48317,,\n", []),
        (FLOW + "T,f,R1,,41,5000000\nT,f,R2,,41,5000000\n", []),
    ],
)  # fmt: skip
def test_told_where_chance_does_not_repeat_numbers(text: str, lines: list[int]) -> None:
    """Every digit of a detected result, in two runs of one sample and assay."""
    assert [line for _, line in told(results=text)] == lines


def test_withdrawn_repeat_is_told_no_more() -> None:
    """What the remedy asks for ends it; a repeat that comes by a reassignment is told too."""
    rows = PCR + "S,q,R1,1,31,48317,,\nS,q,R2,1,31,48317,,\n"
    assert told(results=rows, amendments=AMENDED + "S,q,R2,WITHDRAWN,,2024-02-01\n") == []
    other = PCR + "S,q,R1,1,31,48317,,\nX,q,R2,1,31,48317,,\n"
    moved = AMENDED + "X,q,,REASSIGNED,S,2024-02-01\n"
    assert told(results=other, amendments=moved) == [("results.csv", 3)]
