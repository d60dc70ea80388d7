"""A patient with two identities: exchanged tubes, a result that was withdrawn and repeated."""

from world import Patient, Row, World, copy_wells, day

AMENDMENTS = (
    "sample_id", "assay_id", "run_id", "up_to_version", "action", "correct_sample_id", "amended_on", "amendment_reason",
)  # fmt: skip
ALIASES = ("patient_id", "merged_into_patient_id", "merged_on")
RESULTS_FILE = "qpcr/lab1_amended.csv"
RESULTS_HEADER = (
    "sample_id", "assay_id", "run_id", "replicate", "target_copies", "control_copies", "result_version",
)  # fmt: skip
_ASSAY = "qpcr-bcrabl-lab1"


def _wells(patient: Patient, of: Row, written_as: Row, targets: list[float], version: int = 1) -> Row:  # fmt: skip
    """Add the wells of a sample under the name that was written; return the first."""
    rows = patient.world.files.setdefault(RESULTS_FILE, [])
    first = len(rows)
    controls = [41_200.0, 39_800.0]
    copy_wells(patient, RESULTS_FILE, of, _ASSAY, 0, controls, targets=targets)
    for row in rows[first:]:
        row |= {"sample_id": written_as["sample_id"], "result_version": version}
    return rows[first]


def add_amended(world: World) -> tuple[list[Row], list[Row]]:
    """Add the patient; return the rows of `amendments` and of `patient_aliases`."""
    diagnosed_on = day("2024-01-08")
    patient = world.patient("P-CML-073", "CML", diagnosed_on, "e14a2")
    elsewhere = world.patient("L9-20731", "CML", diagnosed_on)
    patient.treat("TKI", day("2024-01-15"), None, 1, "imatinib")
    taken = [
        patient.sample(day(on), "PB", timepoint)
        for on, timepoint in (
            ("2024-01-08", "DIAGNOSIS"), ("2024-04-15", "FOLLOW_UP"), ("2024-07-15", "FOLLOW_UP"),
        )
    ]  # fmt: skip
    moved = elsewhere.sample(day("2024-10-14"), "PB", "FOLLOW_UP")
    at_diagnosis, three, six = taken
    _wells(patient, at_diagnosis, at_diagnosis, [22_900.0, 21_700.0])
    # the tubes of three and six months were exchanged in one run
    exchanged = _wells(patient, six, three, [38.0, 44.0])
    _wells(patient, six, six, [2_310.0, 2_190.0])
    withdrawn = _wells(patient, moved, moved, [5_120.0, 4_980.0])
    _wells(patient, moved, moved, [9.0, 12.0], version=2)

    def amendment(sample: Row, result: Row, action: str, right: Row | None, on: str, why: str) -> Row:  # fmt: skip
        row: Row = {"sample_id": sample["sample_id"], "assay_id": _ASSAY, "run_id": result["run_id"]}  # fmt: skip
        row |= {"action": action, "correct_sample_id": right["sample_id"] if right else None}
        return row | {"amended_on": day(on), "amendment_reason": why}

    why = "tubes exchanged at pipetting"
    amendments = [
        amendment(three, exchanged, "REASSIGNED", six, "2024-07-25", why),
        amendment(six, exchanged, "REASSIGNED", three, "2024-07-25", why),
        amendment(moved, withdrawn, "WITHDRAWN", None, "2024-10-24", "contaminated well")
        | {"up_to_version": 1},
    ]
    alias: Row = {"patient_id": "L9-20731", "merged_into_patient_id": "P-CML-073"}
    return amendments, [alias | {"merged_on": day("2024-11-04")}]
