"""Courses of Ph+ ALL, B-ALL, T-ALL, AML and APL."""

from datetime import timedelta

from world import Patient, Row, World, copy_wells, day, poisson, spread

IGTR_FILE = "qpcr/igtr_rqpcr.tsv"
AML_PCR_FILE = "qpcr/aml_rqpcr_lab6.csv"
APL_FILE = "qpcr/apl_pmlrara.txt"
P190_FILE = "qpcr/lab1_p190.csv"
ALL_FLOW_FILE, AML_FLOW_FILE = "flow/all_flow.csv", "flow/aml_laip.csv"
BALL_NGS_FILE, PANEL_FILE = "ngs/ball_igtr.csv", "ngs/aml_panel.csv"

TP1, TP2, EOT, FU = "TP1", "TP2", "END_OF_TREATMENT", "FOLLOW_UP"
NEG, PNQ, POS = "NOT_DETECTED", "BELOW_LOQ", "DETECTED"


def igtr(patient: Patient, sample: Row, call: str, value: float | None = None,
         sensitivity: float = 0.00002, limit: float = 0.0001) -> None:  # fmt: skip
    """Add one RQ-PCR of IG/TR: the laboratory's own call, quantitative range and sensitivity."""
    row: Row = {"sample_id": sample["sample_id"], "assay_id": "rqpcr-igtr", "reported_call": call}
    if value is not None:
        row |= {"reported_value": value, "reported_unit": "FRACTION"}
    row |= {"qr_fraction": limit, "sensitivity_fraction": sensitivity, "input_ng": 1500}
    patient.world.add(IGTR_FILE, row)


def flow(patient: Patient, file: str, sample: Row, assay: str, kind: str, fraction: float,
         events: int, **more: object) -> None:  # fmt: skip
    """Add one flow result of about so many denominator events."""
    total = round(spread(patient.rng, events, 0.05))
    row: Row = {"sample_id": sample["sample_id"], "assay_id": assay, "denominator": kind}
    row |= {"mrd_events": poisson(patient.rng, fraction * total), "denominator_events": total}
    nucleated = total if kind == "TNC" else round(total * 1.12)
    patient.world.add(file, row | {"tnc_events": nucleated} | more)


def add_lymphoblastic(world: World) -> None:
    """Add Ph+ ALL, B-ALL and T-ALL."""
    for number, transcript, start, ratios, calls in (
        ("001", "e1a2", "2021-06-14", (0.6, 0.0021, 0.0002, 0), (POS, POS, PNQ, NEG)),
        ("002", "p190", "2022-09-26", (0.9, 0.04, 0.011, 0.0034), (POS, POS, POS, POS)),
        # Many transcripts beside few cells: two axes, never merged.
        ("003", "p190", "2023-03-20", (0.7, 0.006, 0.0014, 0.0009), (POS, NEG, NEG, NEG)),
        ("004", "e14a2", "2023-11-06", (0.5, 0.0012, 0.00004, 0), (POS, PNQ, NEG, NEG)),
    ):
        patient = world.patient(f"P-PHALL-{number}", "PH_ALL", day(start), transcript)
        patient.treat("TKI", day(start) + timedelta(days=5), None, 1, "ponatinib")
        patient.treat("IMMUNOTHERAPY", day(start) + timedelta(days=75), None, 1, "blinatumomab")
        cells = {POS: (0.38, 0.0031, 0.0012, 0.0004)}
        for step, (ratio, call) in enumerate(zip(ratios, calls, strict=True)):
            on = day(start) + timedelta(days=(0, 33, 80, 180)[step])
            sample = patient.sample(on, "BM", ("DIAGNOSIS", TP1, TP2, FU)[step], pull=1)
            is_p210 = transcript == "e14a2"
            assay = "qpcr-bcrabl-lab1" if is_p210 else "qpcr-p190-lab1"
            file = "qpcr/lab1_bcrabl_2022_2026.csv" if is_p210 else P190_FILE
            controls = [float(round(spread(patient.rng, 33_000, 0.15))) for _ in range(2)]
            copy_wells(patient, file, sample, assay, ratio, controls)
            igtr(patient, sample, call, cells[POS][step] if call == POS else None)
            if step:
                patient.assess(on + timedelta(days=2), "CR")

    for number, disease, start, method, course in (
        ("001", "B_ALL", "2021-02-22", "flow", (0.0008, 0.0, 0.0)),
        ("002", "B_ALL", "2022-05-09", "flow+ngs", (0.0019, 0.000012, 0.0)),
        ("003", "B_ALL", "2022-08-15", "pcr", ((POS, 0.00042), (PNQ, None), (NEG, None))),
        ("004", "B_ALL", "2023-01-30", "pcr", ((POS, 0.0062), (POS, 0.0011), (POS, 0.0004))),
        ("005", "B_ALL", "2023-09-18", "poor", ((NEG, None), (PNQ, None), (NEG, None))),
        ("006", "B_ALL", "2024-02-05", "flow", (0.0002, 0.000001, 0.000007)),
        ("001", "T_ALL", "2021-10-04", "pcr", ((POS, 0.0009), (NEG, None), (NEG, None))),
        ("002", "T_ALL", "2022-12-12", "flow", (0.003, 0.0006, 0.00002)),
        ("003", "T_ALL", "2024-06-17", "pcr", ((POS, 0.015), (POS, 0.0007), (POS, 0.0023))),
    ):
        who = f"P-{disease.replace('_', '')}-{number}"
        patient = world.patient(who, disease, day(start))
        patient.treat("INTENSIVE", day(start) + timedelta(days=3), None, 1, "")
        for step, level in enumerate(course):
            on = day(start) + timedelta(days=(33, 79, 190)[step])
            sample = patient.sample(on, "BM", (TP1, TP2, FU)[step], pull=1)
            patient.assess(on + timedelta(days=1), "CR")
            if isinstance(level, tuple):
                # A sensitivity of 5e-4 cannot carry a negative at 1e-4.
                limits = (0.0005, 0.001) if method == "poor" else (0.00002, 0.0001)
                igtr(patient, sample, *level, *limits)
                continue
            is_t = disease == "T_ALL"
            assay, kind = ("flow-tall", "MNC") if is_t else ("flow-ball", "TNC")
            flow(patient, ALL_FLOW_FILE, sample, assay, kind, level, 4_200_000)
            if method == "flow+ngs":
                clones(patient, sample, (level + 0.000009) if step < 2 else 0.0)


def clones(patient: Patient, sample: Row, fraction: float) -> None:
    """Add two clonotypes of one leukaemia, counted in cells."""
    total = round(spread(patient.rng, 1_450_000, 0.08))
    for clone, share in (("IGH-1", 1.0), ("IGK-1", 0.8)):
        row: Row = {"sample_id": sample["sample_id"], "assay_id": "ngs-ball-igtr"}
        row |= {"marker": "IG/TR", "clone": clone, "marker_class": "CLONOTYPE", "is_tracked": True}
        count = poisson(patient.rng, fraction * share * total)
        row |= {"marker_count": count, "total_count": total, "count_kind": "CELLS"}
        patient.world.add(BALL_NGS_FILE, row)


MYELOID_PCR = (
    # Patient, disease, assay, start, file, then (days, tissue, time point, ratio).
    ("P-AML-001", "AML", "rqpcr-npm1", "2021-03-01", (
        (0, "BM", "DIAGNOSIS", 6.1), (62, "PB", "AFTER_CYCLE_2", 0), (150, "BM", EOT, 0),
            (240, "BM", FU, 0),
        (330, "BM", FU, 0))),
    # Molecular relapse: from negative, then a rise of more than a log.
    ("P-AML-002", "AML", "rqpcr-npm1", "2022-01-17", (
        (0, "BM", "DIAGNOSIS", 4.4), (60, "PB", "AFTER_CYCLE_2", 0), (155, "BM", EOT, 0),
            (245, "BM", FU, 0),
        (335, "BM", FU, 0.0024), (364, "BM", FU, 0.061))),
    # Low level that stays where it is.
    ("P-AML-003", "AML", "rqpcr-npm1", "2022-10-10", (
        (0, "BM", "DIAGNOSIS", 8.0), (63, "PB", "AFTER_CYCLE_2", 0.0031), (160, "BM", EOT, 0.0044),
        (250, "BM", FU, 0.0052), (340, "BM", FU, 0.0039))),
    ("P-AML-004", "AML", "rqpcr-runx1t1", "2021-09-06", (
        (0, "BM", "DIAGNOSIS", 3.2), (60, "PB", "AFTER_CYCLE_2", 0.0018), (158, "BM", EOT, 0.0006),
        (200, "PB", FU, 0.00001), (240, "PB", FU, 0))),
    ("P-AML-005", "AML", "rqpcr-runx1t1", "2023-02-20", (
        (0, "BM", "DIAGNOSIS", 2.5), (61, "PB", "AFTER_CYCLE_2", 0.0007), (152, "BM", EOT, 0),
        (190, "PB", FU, 0.0009), (222, "PB", FU, 0.017))),
    ("P-AML-006", "AML", "rqpcr-cbfb", "2024-01-08", (
        (0, "BM", "DIAGNOSIS", 5.0), (64, "PB", "AFTER_CYCLE_2", 0.0011), (150, "BM", EOT, 0.00004),
        (188, "PB", FU, 0))),
    ("P-APL-001", "APL", "rqpcr-pmlrara", "2021-11-15", (
        (0, "BM", "DIAGNOSIS", 0.4), (35, "BM", "AFTER_INDUCTION", 0.006), (150, "BM", EOT, 0),
            (240, "BM", FU, 0))),
    # Two positives in a row.
    ("P-APL-002", "APL", "rqpcr-pmlrara", "2022-06-06", (
        (0, "BM", "DIAGNOSIS", 0.6), (152, "BM", EOT, 0), (245, "BM", FU, 0),
            (335, "BM", FU, 0.0008),
        (353, "BM", FU, 0.0049))),
    # One positive, refuted by the next sample.
    ("P-APL-003", "APL", "rqpcr-pmlrara", "2023-05-22", (
        (0, "BM", "DIAGNOSIS", 0.3), (36, "BM", "AFTER_INDUCTION", 0.012), (155, "BM", EOT, 0),
        (246, "BM", FU, 0.0003), (264, "BM", FU, 0), (350, "BM", FU, 0))),
)  # fmt: skip


def add_myeloid(world: World) -> None:
    """Add AML and APL."""
    for who, disease, assay, start, points in MYELOID_PCR:
        patient = world.patient(who, disease, day(start))
        patient.treat("INTENSIVE", day(start) + timedelta(days=4), None, 1, "")
        for days, tissue, timepoint, ratio in points:
            on = day(start) + timedelta(days=days)
            sample = patient.sample(on, tissue, timepoint, pull=1 if tissue == "BM" else None)
            controls = [float(round(spread(patient.rng, 29_000, 0.2))) for _ in range(3)]
            file = APL_FILE if disease == "APL" else AML_PCR_FILE
            copy_wells(patient, file, sample, assay, ratio, controls)
            if days == 0:
                patient.assess(on, None, bm_blasts_pct=patient.rng.randint(45, 90))
            elif tissue == "BM":
                counts: Row = {
                    "bm_blasts_pct": 2,
                    "baseline_bm_blasts_pct": 60,
                    "anc_10e9_per_l": 2.1,
                }
                counts |= {"platelets_10e9_per_l": 188, "has_circulating_blasts": False}
                # The laboratory computes the response where the clinic gives counts only.
                response = None if who == "P-AML-004" else "CR"
                more = {"has_extramedullary_disease": False}
                patient.assess(on, response, **counts, **more)

    for number, start, levels, cells, blasts in (
        ("007", "2022-03-21", (0.0004, 0.0, 0.00001), 1_600_000, 840),
        ("008", "2023-04-03", (0.021, 0.0046, 0.0011), 1_200_000, 2_100),
        # Too few cells and too few blasts for a negative.
        ("009", "2024-03-11", (0.0, 0.0), 310_000, 61),
    ):
        patient = world.patient(f"P-AML-{number}", "AML", day(start))
        patient.treat("INTENSIVE", day(start) + timedelta(days=4), None, 1, "")
        for step, level in enumerate(levels):
            on = day(start) + timedelta(days=(64, 150, 240)[step])
            sample = patient.sample(on, "BM", ("AFTER_CYCLE_2", EOT, FU)[step], pull=1)
            total = round(spread(patient.rng, cells, 0.06))
            row: Row = {"sample_id": sample["sample_id"], "assay_id": "flow-aml-laip"}
            row |= {"mrd_events": poisson(patient.rng, level * total), "denominator_events": total}
            row |= {"denominator": "CD45", "tnc_events": round(total * 1.2), "cd45_events": total}
            world.add(AML_FLOW_FILE, row | {"viable_blast_events": blasts + 37 * step})
            patient.assess(on + timedelta(days=1), "CR" if step else "CRi")

    for number, start, markers in PANELS:
        patient = world.patient(f"P-AML-{number}", "AML", day(start))
        patient.treat("INTENSIVE", day(start) + timedelta(days=5), None, 1, "midostaurin")
        for step in range(3):
            on = day(start) + timedelta(days=(0, 66, 158)[step])
            sample = patient.sample(on, "BM", ("DIAGNOSIS", "AFTER_CYCLE_2", EOT)[step], pull=1)
            if step:
                patient.assess(on + timedelta(days=3), "CR")
            for marker, clone, kind, is_germline, vafs in markers:
                depth = round(spread(patient.rng, 42_000, 0.15))
                row = {
                    "sample_id": sample["sample_id"],
                    "assay_id": "ngs-aml-panel",
                    "marker": marker,
                }
                row |= {
                    "clone": clone,
                    "marker_class": kind,
                    "gene": marker.split()[0].split("-")[0],
                }
                row |= {
                    "marker_count": poisson(patient.rng, vafs[step] * depth),
                    "total_count": depth,
                }
                row |= {
                    "count_kind": "MOLECULES",
                    "error_rate": 0.000003 if "ITD" in kind else 0.00001,
                }
                world.add(PANEL_FILE, row | {"is_tracked": True, "is_germline": is_germline})


PANELS = (
    ("010", "2023-06-12", (
        ("FLT3-ITD", "ITD-24", "FLT3_ITD", False, (0.31, 0.0021, 0.0)),
        ("FLT3-ITD", "ITD-57", "FLT3_ITD", False, (0.06, 0.0, 0.0)),
        ("IDH2 p.R140Q", "", "SNV", False, (0.42, 0.012, 0.0004)),
        ("DNMT3A p.R882H", "", "SNV", False, (0.44, 0.21, 0.19)))),
    ("011", "2024-09-02", (
        ("TP53 p.R273H", "", "SNV", False, (0.38, 0.007, 0.0031)),
        ("DDX41 p.D140fs", "", "INDEL", True, (0.49, 0.5, 0.51)))),
)  # fmt: skip
