"""Courses that show limits of PCR: partitions, Cq with a standard curve, corrected DNA."""

from datetime import timedelta

from world import Patient, Row, World, day, months_after

IGTR_CYCLES_FILE, IGTR_DIGITAL_FILE = "qpcr/igtr_rqpcr_cycles.csv", "qpcr/igtr_dpcr.csv"
BCRABL_DIGITAL_FILE, RNA_CYCLES_FILE = "qpcr/lab13_dpcr.csv", "qpcr/lab6_cycles.csv"

IGTR_CYCLES_HEADER = (
    "sample_id", "assay_id", "run_id", "replicate", "target_cq", "reported_value", "reported_unit",
    "reported_call", "qr_fraction", "sensitivity_fraction", "input_ng", "nominal_input_ng",
)  # fmt: skip
IGTR_DIGITAL_HEADER = (
    "sample_id", "assay_id", "run_id", "replicate", "positive_partitions", "total_partitions",
    "control_positive_partitions", "partition_volume_nl", "reaction_volume_ul", "input_ng",
)  # fmt: skip
BCRABL_DIGITAL_HEADER = (
    "sample_id", "assay_id", "run_id", "replicate", "positive_partitions", "total_partitions",
    "control_positive_partitions", "control_copies", "partition_volume_nl", "reported_value",
    "reported_unit",
)  # fmt: skip
RNA_CYCLES_HEADER = (
    "sample_id", "assay_id", "run_id", "replicate", "target_cq", "control_cq", "reported_call",
)  # fmt: skip

DX, TP1, TP2, FU, EOT = "DIAGNOSIS", "TP1", "TP2", "FOLLOW_UP", "END_OF_TREATMENT"
NONE = "Undetermined"

Curve = tuple[float, float, float]
"""Slope, intercept, R²."""

IGTR_CURVE: Curve = (-3.35, 22.1, 0.996)
TARGET, CONTROL, POOR = (-3.4, 39.5, 0.997), (-3.35, 38.9, 0.998), (-2.9, 36.8, 0.941)

Cycle = float | str
IGTR_WELLS: tuple[tuple[int, tuple[Cycle, ...]], ...] = (
    # Days, Cq of the three wells of 500 ng: quantified; below the range; too far apart; none.
    (33, (31.0, 31.1, 31.2)),
    (50, (38.1, 38.9, NONE)),
    (79, (33.0, 33.4, 35.2)),
    (190, (NONE, NONE, NONE)),
)
WELL = 18_000
DROPLETS: tuple[tuple[int, tuple[tuple[int, int], ...], bool], ...] = (
    # Days, wells of 500 ng in 22 µL (positive, accepted), whether a merged row follows.
    (33, ((14, 18_240), (9, 17_655), (11, 18_105)), True),
    (79, ((0, WELL), (0, WELL), (0, WELL)), False),
    (120, ((1, 17_910), (0, 18_330), (1, 17_760)), True),
)
BY_REFERENCE_GENE: tuple[tuple[int, tuple[tuple[int, int, int], ...]], ...] = (
    # Days, wells (target, reference gene, accepted); the third sample was not diluted enough.
    (33, ((52, 14_310, 18_500), (47, 14_120, 18_260), (60, 14_505, 18_720))),
    (79, ((19_900, 14_880, 20_000),)),
    (86, ((8, 19_900, 20_000), (5, 19_910, 20_000))),
    (190, ((0, 14_250, 18_400), (0, 14_190, 18_310), (0, 14_330, 18_520))),
)
BCRABL: tuple[tuple[float, tuple[tuple[int, int, int], ...], str], ...] = (
    # Month of the TKI, wells (target, ABL1, accepted), what the laboratory wrote beside them.
    (-0.3, ((11_900, 14_200, 20_100), (12_050, 14_350, 20_300)), ""),
    (3, ((610, 14_000, 20_000), (585, 13_880, 19_900)), "2.4"),
    (12, ((16, 14_520, 20_050), (13, 14_400, 19_980)), "0.052"),
    (18, ((2, 14_610, 20_100), (1, 14_390, 19_950)), ""),
    (24, ((1, 14_500, 20_000), (1, 14_480, 20_020)), ""),
    (30, ((0, 14_600, 20_080),) * 4, ""),
)
IDH2: tuple[tuple[int, str, tuple[tuple[int, int, int], ...]], ...] = (
    # Days, time point, wells (mutant, wild type, accepted).
    (0, DX, ((4_100, 6_020, 19_100),)),
    (66, "AFTER_CYCLE_2", ((12, 7_930, 19_300), (10, 7_880, 19_240))),
    (155, EOT, ((0, 8_010, 19_050), (0, 7_960, 19_200))),
)

Wells = tuple[tuple[Cycle, Cycle], ...]
RNA: tuple[tuple[str, str, str, str, Curve, tuple[tuple[int, str, Wells], ...]], ...] = (
    # Patient, disease, assay, start, target's curve, then (days, time point, Cq of both genes).
    ("P-PHALL-005", "PH_ALL", "qpcr-p190-lab1", "2024-04-08", TARGET, (
        (0, DX, ((24.3, 23.9), (24.5, 24.0), (24.4, 23.8))),
        (33, TP1, ((34.9, 24.1), (35.6, 23.7), (NONE, 24.0))),
        (80, TP2, ((40.6, 23.9), (NONE, 23.8), (NONE, 24.2))),
        (180, FU, ((NONE, 23.6), (NONE, 23.7), (NONE, 23.9))))),
    # Two of three below 40; one of three.
    ("P-AML-015", "AML", "rqpcr-npm1", "2024-10-14", TARGET, (
        (0, DX, ((21.6, 23.8), (21.5, 23.7), (21.7, 23.9))),
        (64, "AFTER_CYCLE_2", ((37.2, 24.1), (38.4, 23.9), (40.4, 24.0))),
        (155, EOT, ((38.9, 24.0), (40.8, 24.2), (NONE, 23.8))))),
    ("P-AML-016", "AML", "rqpcr-cbfb", "2025-01-20", POOR, (
        (62, "AFTER_CYCLE_2", ((33.4, 24.0), (33.6, 23.9), (33.3, 24.1))),)),
)  # fmt: skip


def add_limits_of_pcr(world: World) -> None:
    """Add every patient of this kind."""
    _igtr_corrected(world)
    _igtr_cycles(world)
    _igtr_digital(world)
    _bcrabl_digital(world)
    _idh2_digital(world)
    _rna_cycles(world)


def _admit(world: World, who: str, disease: str, start: str, transcript: str = "") -> Patient:
    patient = world.patient(who, disease, day(start), transcript)
    patient.treat("INTENSIVE", day(start) + timedelta(days=4), None, 1, "")
    return patient


def _take(
    patient: Patient, start: str, days: int, timepoint: str, tissue: str = "BM", **more: object
) -> str:
    pull = 1 if tissue == "BM" else None
    on = day(start) + timedelta(days=days)
    return str(patient.sample(on, tissue, timepoint, pull=pull, **more)["sample_id"])


def _run(
    world: World, run_id: str, assay: str, on: str, days: int, target: Curve, control: Curve | None
) -> None:
    """Record a run two days after the sample, with the curves it was read by."""
    row: Row = {"run_id": run_id, "assay_id": assay, "is_ntc_clean": True, "is_valid": True}
    row["performed_on"] = day(on) + timedelta(days=days + 2)
    for name, curve in (("target", target), ("control", control)):
        for part, value in zip(("slope", "intercept", "r_squared"), curve or (), strict=False):
            row[f"{name}_{part}"] = value
    world.runs[run_id, assay] = row


def _igtr_corrected(world: World) -> None:
    """310 ng where the curve assumes 500; then a sensitivity that no 1,500 ng can reach."""
    start = "2024-07-15"
    patient = _admit(world, "P-BALL-008", "B_ALL", start)
    _take(patient, start, 0, DX, blast_fraction=0.85)
    poor: Row = {"qr_fraction": 0.0001, "sensitivity_fraction": 0.00005, "input_ng": 310}
    poor["nominal_input_ng"] = 500
    level: Row = {
        "reported_value": 0.0004,
        "reported_unit": "FRACTION",
        "reported_call": "DETECTED",
    }
    rows: tuple[tuple[int, str, Row], ...] = (
        (33, TP1, level | poor),
        (79, TP2, {"reported_call": "BELOW_LOQ"} | poor),
        (120, FU, {"reported_call": "NOT_DETECTED"} | poor),
        (190, FU, {"reported_call": "NOT_DETECTED", "qr_fraction": 0.0001, "input_ng": 1_500,
            "sensitivity_fraction": 0.000001}),
    )  # fmt: skip
    for days, timepoint, cells in rows:
        row: Row = {"sample_id": _take(patient, start, days, timepoint), "assay_id": "rqpcr-igtr"}
        world.add(IGTR_CYCLES_FILE, row | cells)


def _igtr_cycles(world: World) -> None:
    """Cq and curve instead of a call; a relapse with more blasts than the diagnostic sample."""
    start = "2024-05-27"
    patient = _admit(world, "P-TALL-005", "T_ALL", start)
    _take(patient, start, 0, DX, "PB", blast_fraction=0.31)
    _take(patient, start, 1, DX, blast_fraction=0.42)
    limits: Row = {"qr_fraction": 0.0001, "sensitivity_fraction": 0.00002}
    for days, cycles in IGTR_WELLS:
        sample = _take(patient, start, days, {33: TP1, 79: TP2}.get(days, FU))
        run_id = f"IGTR-{days:03d}"
        _run(world, run_id, "rqpcr-igtr", start, days, IGTR_CURVE, None)
        for number, cycle in enumerate(cycles, start=1):
            row: Row = {"sample_id": sample, "assay_id": "rqpcr-igtr", "run_id": run_id}
            row |= {"replicate": number, "target_cq": cycle, "input_ng": 500}
            world.add(IGTR_CYCLES_FILE, row | limits)
    row = {"sample_id": _take(patient, start, 310, FU), "assay_id": "rqpcr-igtr"}
    row |= {"reported_value": 1.6, "reported_unit": "FRACTION", "reported_call": "DETECTED"}
    world.add(IGTR_CYCLES_FILE, row | limits | {"input_ng": 1_500})


def _partitions(sample: str, assay: str, number: object, positive: int, total: int) -> Row:
    row: Row = {"sample_id": sample, "assay_id": assay, "replicate": number}
    row |= {"positive_partitions": positive, "total_partitions": total}
    return row | {"partition_volume_nl": 0.85}


def _igtr_digital(world: World) -> None:
    """Cells by the mass of DNA, and by a reference gene in the same wells."""
    start, assay = "2024-08-12", "dpcr-igtr"
    patient = _admit(world, "P-BALL-009", "B_ALL", start)
    for days, wells, is_merged in DROPLETS:
        sample = _take(patient, start, days, {33: TP1, 79: TP2}.get(days, FU))
        rows = [
            _partitions(sample, assay, f"A{n:02d}", k, total)
            | {"input_ng": 500, "reaction_volume_ul": 22}
            for n, (k, total) in enumerate(wells, start=1)
        ]
        if is_merged:
            summed = sum(k for k, _ in wells), sum(total for _, total in wells)
            merged = {"input_ng": 500 * len(wells), "reaction_volume_ul": 22 * len(wells)}
            rows.append(_partitions(sample, assay, "M01", *summed) | merged)
        for row in rows:
            world.add(IGTR_DIGITAL_FILE, row)
    start = "2024-09-30"
    patient = _admit(world, "P-TALL-006", "T_ALL", start)
    for days, duplex in BY_REFERENCE_GENE:
        sample = _take(patient, start, days, {33: TP1, 79: TP2}.get(days, FU))
        for n, (k, reference, total) in enumerate(duplex, start=1):
            row = _partitions(sample, assay, f"B{n:02d}", k, total)
            world.add(IGTR_DIGITAL_FILE, row | {"control_positive_partitions": reference})


def _bcrabl_digital(world: World) -> None:
    """A CML course by digital PCR; ABL1 in the same wells, once given as copies."""
    start, assay = day("2023-02-06"), "dpcr-bcrabl-lab13"
    patient = world.patient("P-CML-030", "CML", start, "e14a2")
    tki = start + timedelta(days=9)
    patient.treat("TKI", tki, None, 1, "dasatinib")
    for months, wells, value in BCRABL:
        on = months_after(tki, months)
        sample = str(patient.sample(on, "PB", FU if months > 0 else DX)["sample_id"])
        for n, (k, control, total) in enumerate(wells, start=1):
            row = _partitions(sample, assay, n, k, total) | {"control_positive_partitions": control}
            if value:
                row |= {"reported_value": value, "reported_unit": "PCT_IS"}
            world.add(BCRABL_DIGITAL_FILE, row)
    sample = str(patient.sample(months_after(tki, 33), "PB", FU)["sample_id"])
    for n, (k, total, copies) in enumerate(((4, 20_040, 41_300.0), (5, 19_990, 40_750.0)), 1):
        row = _partitions(sample, assay, n, k, total) | {"control_copies": copies}
        world.add(BCRABL_DIGITAL_FILE, row)


def _idh2_digital(world: World) -> None:
    """Mutant and wild-type partitions of one locus of DNA."""
    start, assay = "2024-11-18", "dpcr-idh2"
    patient = _admit(world, "P-AML-017", "AML", start)
    for days, timepoint, wells in IDH2:
        sample = _take(patient, start, days, timepoint)
        for n, (k, wild, total) in enumerate(wells, start=1):
            row = _partitions(sample, assay, n, k, total) | {"control_positive_partitions": wild}
            world.add(BCRABL_DIGITAL_FILE, row)


def _rna_cycles(world: World) -> None:
    """Cq of both genes and the curves of the run, without copies."""
    for who, disease, assay, start, curve, points in RNA:
        patient = _admit(world, who, disease, start, "e1a2" if disease == "PH_ALL" else "")
        for days, timepoint, wells in points:
            sample = _take(patient, start, days, timepoint)
            run_id = f"{who[2:]}-{days:03d}"
            _run(world, run_id, assay, start, days, curve, CONTROL)
            for number, (target, control) in enumerate(wells, start=1):
                row: Row = {"sample_id": sample, "assay_id": assay, "run_id": run_id}
                row |= {"replicate": number, "target_cq": target, "control_cq": control}
                world.add(RNA_CYCLES_FILE, row)
        if assay == "rqpcr-npm1":
            # The laboratory's call stands: no copies of the target are computed.
            row = {"sample_id": _take(patient, start, 245, FU), "assay_id": assay}
            row |= {"target_cq": 38.2, "control_cq": 23.9, "reported_call": "BELOW_LOQ"}
            world.add(RNA_CYCLES_FILE, row | {"run_id": f"{who[2:]}-155", "replicate": 1})
