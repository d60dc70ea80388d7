"""Amendments and merged identities that contradict themselves, others, or decide of nothing."""

from defects_book import Book
from world import Row, day

AMENDMENTS = ("sample_id", "assay_id", "run_id", "action", "correct_sample_id", "amended_on")
ALIASES = ("patient_id", "merged_into_patient_id", "merged_on", "is_merged")
PCR = ("sample_id", "assay_id", "run_id", "replicate", "target_copies", "control_copies")
PATIENTS = ("patient_id", "disease", "transcript", "diagnosed_on")


def add(book: Book) -> None:
    """Add every file of this kind."""
    withdrawn, moved, own, slip, twice = (book.sample() for _ in range(5))

    def result(sample: str, target: float, expect: str = "", run: str = "", control: float = 52_000) -> Row:  # fmt: skip
        row: Row = {"sample_id": sample, "assay_id": "d-p210", "replicate": 1, "expect": expect}
        return row | {"run_id": run, "target_copies": target, "control_copies": control}

    rows = [
        result(withdrawn, 12),
        result(moved, 7, "REASSIGNED_RESULT_CONTRADICTS"),
        result(own, 0),
        result(twice, 31, run="D-R7", control=48_317),
        result(twice, 31, "SAME_NUMBERS_IN_TWO_RUNS", "D-R8", 48_317),
        # round numbers, and nothing detected, are often the same
        result(slip, 31, run="D-R7"),
        result(slip, 31, run="D-R8"),
        result(slip, 0, run="D-R9", control=48_317),
        result(slip, 0, run="D-R10", control=48_317),
    ]
    book.table("results/amended.csv", PCR, rows)

    def amendment(sample: str, action: str, right: str = "", expect: str = "", **more: object) -> Row:  # fmt: skip
        row: Row = {"sample_id": sample, "assay_id": "d-p210", "action": action}
        row |= {"correct_sample_id": right, "amended_on": day("2024-03-01"), "expect": expect}
        return row | more

    itself = "AMENDMENT_CONTRADICTS_ITSELF"
    rows = [
        amendment(withdrawn, "WITHDRAWN"),
        amendment(moved, "REASSIGNED", own),
        amendment(slip, "WITHDRAWN", run_id="D-R99", expect="AMENDMENT_WITHOUT_EFFECT"),
        amendment(slip, "REASSIGNED", "", itself),
        amendment(slip, "WITHDRAWN", own, itself),
        amendment(slip, "REASSIGNED", slip, itself),
        amendment(slip, "DELETED", expect="UNKNOWN_VALUE"),
    ]
    book.table("reference_bad/amendments.csv", AMENDMENTS, rows)

    def patient(name: str, disease: str, transcript: str = "", expect: str = "") -> Row:
        row: Row = {"patient_id": name, "disease": disease, "transcript": transcript}
        return row | {"diagnosed_on": day("2020-05-04"), "expect": expect}

    rows = [
        patient("D-OLD-1", "CML", "e13a2", "MERGED_ROWS_DIFFER"),
        patient("D-OLD-2", "CML", "e14a2"),
        patient("D-OLD-3", "CML", "e1a2"),
        patient("D-OLD-4", "CLL"),
    ]
    book.table("reference_bad/patients_merged.csv", PATIENTS, rows)

    def alias(name: str, into: str, expect: str = "", **more: object) -> Row:
        row: Row = {"patient_id": name, "merged_into_patient_id": into, "expect": expect}
        return row | {"merged_on": day("2024-03-04")} | more

    rows = [
        alias("D-OLD-1", "D-CML-1"),
        alias("D-OLD-2", "D-OLD-1"),
        alias("D-OLD-3", "D-OLD-2", "MERGE_ON_HOLD"),
        alias("D-OLD-4", "D-MM-1", "MERGE_ON_HOLD"),
        alias("D-RING-1", "D-RING-2", "MERGE_ON_HOLD"),
        alias("D-RING-2", "D-RING-1", "MERGE_ON_HOLD"),
        alias("D-OLD-5", "D-OLD-5", "MERGED_INTO_ITSELF"),
        alias("D-OLD-6", "D-CML-1", "UNMERGED_WITHOUT_CORRECTION", is_merged="false"),
        alias("D-OLD-7", "D-CML-1", "CONFLICT_IN_LOAD"),
        alias("D-OLD-7", "D-CML-2", "CONFLICT_IN_LOAD"),
    ]
    book.table("reference_bad/patient_aliases.csv", ALIASES, rows)
