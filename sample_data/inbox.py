"""The inbox: every course in its files, the few bad rows and the few results that must wait."""

import acute
import amended
import as_exported
import cml
import limits_counts
import limits_pcr
import lymphoid
import quantstudio
from assays import ASSAYS
from assays import HEADER as ASSAY_HEADER
from world import Row, World, day
from writing import GERMAN, OLD_MAC, PLAIN, QUOTED, SEMICOLON, TAB, UTF16, WINDOWS, Dialect, table

COPIES = ("sample_id", "assay_id", "run_id", "replicate", "target_copies", "control_copies")
CYCLES = (*COPIES, "target_cq", "control_cq")
REPORTED = (
    "sample_id", "assay_id", "run_id", "replicate", "reported_value", "reported_unit",
        "reported_call",
)  # fmt: skip
FLAT = (
    "patient_id", "disease", "transcript", "diagnosed_on", "sample_id", "collected_on", "tissue",
    "timepoint", *CYCLES[1:],
)  # fmt: skip
FLOW = ("sample_id", "assay_id", "mrd_events", "denominator_events", "denominator")
NGS = (
    "sample_id", "assay_id", "marker", "clone", "marker_class", "marker_count", "total_count",
    "count_kind", "is_tracked",
)  # fmt: skip

RESULT_FILES: dict[str, tuple[tuple[str, ...], Dialect]] = {
    "qpcr/lab1_bcrabl_2019_2022.csv": (COPIES, PLAIN),
    "qpcr/lab1_bcrabl_2022_2026.csv": (CYCLES, WINDOWS),
    "qpcr/lab2_bcrabl_gusb.csv": (COPIES, SEMICOLON),
    "qpcr/lab3_bcrabl.txt": (COPIES, UTF16),
    "qpcr/lims_extract_lab4.csv": (FLAT, QUOTED),
    "qpcr/lab1_p190.csv": (COPIES, PLAIN),
    "qpcr/cartridge_export.csv": (REPORTED, PLAIN),
    "qpcr/aml_rqpcr_lab6.csv": (CYCLES, GERMAN),
    "qpcr/apl_pmlrara.txt": (CYCLES, OLD_MAC),
    "qpcr/igtr_rqpcr.tsv": (
        ("sample_id", "assay_id", "reported_value", "reported_unit", "reported_call", "qr_fraction",
         "sensitivity_fraction", "input_ng"), TAB),
    "flow/all_flow.csv": ((*FLOW, "tnc_events"), UTF16),
    "flow/aml_laip.csv": ((*FLOW, "tnc_events", "cd45_events", "viable_blast_events"), SEMICOLON),
    "flow/mm_ngf.csv": ((*FLOW, "tnc_events"), WINDOWS),
    "flow/cll_flow.txt": (FLOW, OLD_MAC),
    "ngs/ball_igtr.csv": (NGS, PLAIN),
    "ngs/mm_igtr.tsv": (NGS, TAB),
    "ngs/cll_igtr.csv": (NGS, QUOTED),
    "ngs/aml_panel.csv": ((*NGS, "gene", "error_rate", "is_germline"), Dialect(newline="\r\n")),
    amended.RESULTS_FILE: (amended.RESULTS_HEADER, PLAIN),
    limits_counts.TUBES_FILE: (limits_counts.TUBES_HEADER, PLAIN),
    limits_counts.SPIKE_FILE: (limits_counts.SPIKE_HEADER, SEMICOLON),
    limits_counts.UMI_FILE: (limits_counts.UMI_HEADER, TAB),
    limits_pcr.IGTR_CYCLES_FILE: (limits_pcr.IGTR_CYCLES_HEADER, GERMAN),
    limits_pcr.IGTR_DIGITAL_FILE: (limits_pcr.IGTR_DIGITAL_HEADER, WINDOWS),
    limits_pcr.BCRABL_DIGITAL_FILE: (limits_pcr.BCRABL_DIGITAL_HEADER, PLAIN),
    limits_pcr.RNA_CYCLES_FILE: (limits_pcr.RNA_CYCLES_HEADER, SEMICOLON),
}  # fmt: skip

PATIENTS = ("patient_id", "disease", "transcript", "diagnosed_on")
SAMPLES = (
    "sample_id", "patient_id", "collected_on", "tissue", "timepoint", "pull", "received_on",
    "blood_dilution_fraction", "blast_fraction", *limits_counts.COUNTS,
)  # fmt: skip
TREATMENTS = ("patient_id", "therapy", "started_on", "stopped_on", "line", "agent")
CLINICAL = (
    "patient_id", "assessed_on", "response", "bm_blasts_pct", "baseline_bm_blasts_pct",
    "anc_10e9_per_l", "platelets_10e9_per_l", "has_circulating_blasts",
        "has_extramedullary_disease",
    "has_imaging_residual",
)  # fmt: skip
RUNS = (
    "run_id", "assay_id", "performed_on", "target_slope", "target_intercept", "target_r_squared",
    "control_slope", "control_intercept", "control_r_squared", "is_ntc_clean", "is_valid",
)  # fmt: skip
MANIFEST = ("file_name", "sample_id", "assay_id")

PLATE_FILE = "qpcr-bcrabl-lab1/plate_2025-03.txt"

Label = tuple[str, int | str, str]
"""File, line (empty: about the file), finding code."""


def _row(rows: list[Row], **wanted: object) -> Row:
    return next(r for r in rows if all(r.get(k) == v for k, v in wanted.items()))


def _spoil(world: World) -> None:
    """Make the rows that must be rejected; `_code` is the finding that each must raise."""
    lab1 = world.files["qpcr/lab1_bcrabl_2019_2022.csv"]
    row = _row(lab1, sample_id="P-CML-001-S06", replicate=2)
    row |= {"target_copies": "<3", "_code": "OPERATOR_NOT_ALLOWED"}

    row = _row(world.files[cml.CARTRIDGE_FILE], sample_id="P-CML-021-S07")
    row |= {"reported_call": "", "_code": "CALL_MISSING"}

    row = _row(world.files[lymphoid.MM_FLOW_FILE], sample_id="P-MM-007-S02")
    row |= {"mrd_events": row["denominator_events"], "denominator_events": row["mrd_events"]}
    row["_code"] = "MORE_EVENTS_THAN_DENOMINATOR"

    row = _row(world.files[acute.PANEL_FILE], sample_id="P-AML-011-S02", marker="TP53 p.R273H")
    row |= {"marker_count": "12.5", "_code": "NOT_AN_INTEGER"}

    _row(world.clinical, patient_id="P-MM-009").update(response="VGPR", _code="UNKNOWN_VALUE")

    # The result of this sample waits, because the sample's row is rejected.
    sample = _row(world.samples, sample_id="P-CLL-009-S02")
    sample |= {"collected_on": "03/04/2024", "_code": "AMBIGUOUS_DATE"}


def _leave_waiting(world: World) -> None:
    """Add results whose sample, patient or assay nobody has told of yet."""
    row: Row = {"sample_id": "P-CML-03-S07", "assay_id": "qpcr-bcrabl-lab2", "replicate": 1}
    row |= {"target_copies": 0.0, "control_copies": 118_400.0}
    world.add("qpcr/lab2_bcrabl_gusb.csv", row)
    row = {"sample_id": "P-CLL-0003-S04", "assay_id": "flow-cll", "denominator": "LEUKOCYTE"}
    world.add(lymphoid.CLL_FLOW_FILE, row | {"mrd_events": 12, "denominator_events": 2_010_000})
    patient = world.patient("P-MM-099", "MM", day("2025-01-13"))
    world.patients.pop()
    sample = patient.sample(day("2025-06-16"), "BM", "END_OF_TREATMENT", pull=1)
    row = {"sample_id": sample["sample_id"], "assay_id": "flow-mm-ngf", "denominator": "TNC"}
    world.add(
        lymphoid.MM_FLOW_FILE,
        row | {"mrd_events": 0, "denominator_events": 8_310_000, "tnc_events": 8_310_000},
    )


WAITING_FILES = ("qpcr/lab2_bcrabl_gusb.csv", "flow/cll_flow.txt", "flow/mm_ngf.csv",
    "ngs/cll_igtr.csv")  # fmt: skip


def _plate(world: World) -> bytes:
    wells = quantstudio.standards()
    wells[3] = quantstudio.Well("", "BCR-ABL", "STANDARD", 100.0, is_omitted=True)
    wells += quantstudio.no_template()
    for sample, copies in sorted(world.plate):
        wells += quantstudio.unknowns(sample, copies)
    return quantstudio.export("BCRABL_2025-03-13", "2025-03-13 16:42:10 PM CET", wells, "\r\n")


def build() -> tuple[dict[str, bytes], list[Label]]:
    """Return the files of the inbox and what they must raise at reading."""
    world = World()
    cml.add_cml(world)
    acute.add_lymphoblastic(world)
    acute.add_myeloid(world)
    lymphoid.add_myeloma(world)
    lymphoid.add_cll(world)
    limits_counts.add_limits_of_counts(world)
    limits_pcr.add_limits_of_pcr(world)
    exports, tracked = as_exported.add_exports(world)
    amendments, aliases = amended.add_amended(world)
    _spoil(world)
    _leave_waiting(world)

    manifest: list[Row] = [
        {"file_name": "umi_panel_run12_A.tsv", "sample_id": "P-AML-010-S03",
            "assay_id": "ngs-aml-panel"},
        {"file_name": "umi_panel_run12_B.tsv", "sample_id": "P-AML-011-S03",
            "assay_id": "ngs-aml-panel"},
    ]  # fmt: skip
    runs = sorted(world.runs.values(), key=lambda r: (str(r["performed_on"]), str(r["assay_id"])))
    tables: dict[str, tuple[tuple[str, ...], list[Row], Dialect]] = {
        "reference/patients.csv": (PATIENTS, world.patients, WINDOWS),
        "reference/samples.csv": (SAMPLES, world.samples, PLAIN),
        "reference/assays.csv": (ASSAY_HEADER, [*ASSAYS, as_exported.LISTS_ASSAY], PLAIN),
        "reference/treatments.csv": (TREATMENTS, world.treatments, SEMICOLON),
        "reference/clinical_responses.csv": (CLINICAL, world.clinical, TAB),
        "reference/runs.csv": (RUNS, runs, Dialect(newline="\r\n")),
        "reference/manifest.csv": (MANIFEST, manifest, QUOTED),
        "reference/tracked_markers.csv": (as_exported.TRACKED, tracked, PLAIN),
        "reference/amendments.csv": (amended.AMENDMENTS, amendments, PLAIN),
        "reference/patient_aliases.csv": (amended.ALIASES, aliases, PLAIN),
    }
    tables |= {name: (head, world.files[name], how) for name, (head, how) in RESULT_FILES.items()}
    files = {name: table(head, rows, how) for name, (head, rows, how) in tables.items()}
    files[PLATE_FILE] = _plate(world)
    files |= exports
    labels: list[Label] = [
        (name, line, str(row["_code"]))
        for name, (_, rows, _) in tables.items()
        for line, row in enumerate(rows, start=2)
        if "_code" in row
    ]
    labels += [(name, "", "PENDING") for name in WAITING_FILES]
    labels += [(PLATE_FILE, "", f"IGNORED_{w}") for w in ("CONTROL", "OMITTED", "STANDARD")]
    labels += as_exported.LABELS
    return files, sorted(labels, key=lambda label: (label[0], label[1] or 0, label[2]))
