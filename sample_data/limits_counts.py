"""Courses that show limits of counting: tubes, blood in marrow, spike-ins, error rates, DNA mass."""

from datetime import date, timedelta

from world import Patient, Row, World, day

TUBES_FILE = "flow/lab9_tubes.csv"
SPIKE_FILE, UMI_FILE = "ngs/lab12_igtr_spike.csv", "ngs/lab12_umi.tsv"

TUBES_HEADER = (
    "sample_id", "assay_id", "run_id", "tube", "mrd_events", "denominator_events", "denominator",
    "tnc_events", "cd45_events", "mnc_events",
)  # fmt: skip
SPIKE_HEADER = (
    "sample_id", "assay_id", "marker", "clone", "marker_class", "marker_count", "total_count",
    "count_kind", "input_ng", "spike_cells", "spike_reads", "is_tracked",
)  # fmt: skip
UMI_HEADER = (
    "sample_id", "assay_id", "marker", "clone", "marker_class", "gene", "marker_count",
    "total_count", "count_kind", "input_ng", "library_conversion_fraction", "error_rate",
    "is_tracked", "is_germline", "mutant_copies_per_cell", "total_copies_per_cell",
    "normal_copies_per_cell",
)  # fmt: skip

EOT, FU, TP1, TP2 = "END_OF_TREATMENT", "FOLLOW_UP", "TP1", "TP2"
COUNTS = (
    "bm_rbc_10e12_per_l",
    "pb_rbc_10e12_per_l",
    "pb_wbc_10e9_per_l",
    "bm_nucleated_10e9_per_l",
)

Tube = tuple[int, int, int | None, int | None, int | None]
"""MRD events, denominator, then nucleated, CD45-positive and mononuclear cells of the tube."""

FLOW = (
    # Patient, disease, diagnosis, assay, denominator, then (days, time point, tubes, four counts).
    # No tube alone has twenty events; together they do.
    ("P-MM-012", "MM", "2023-03-13", "flow-mm-ngf", "TNC", (
        (210, EOT, ((0, 3_120_000, 3_120_000, None, None), (0, 2_980_000, 2_980_000, None, None)), ()),
        (575, FU, ((13, 2_600_000, 2_600_000, None, None), (11, 2_400_000, 2_400_000, None, None)),
            ()))),
    # A quarter, then more than half of the marrow sample is blood.
    ("P-MM-013", "MM", "2023-08-21", "flow-mm-ngf", "TNC", (
        (230, EOT, ((480, 6_000_000, 6_000_000, None, None),), (3.2, 3.9, 4.0, 12.0)),
        (410, FU, ((0, 6_210_000, 6_210_000, None, None),), (3.4, 3.7, 5.2, 7.9)),
        (450, FU, ((0, 7_050_000, 7_050_000, None, None),), (2.1, 4.2, 5.0, 52.0)))),
    # On mononuclear cells; the other cells of each tube were counted, in one tube not.
    ("P-TALL-004", "T_ALL", "2024-02-12", "flow-tall", "MNC", (
        (33, TP1, ((310, 1_250_000, 2_500_000, 2_250_000, 1_250_000),
            (290, 1_150_000, 2_300_000, 2_070_000, 1_150_000)), ()),
        (79, TP2, ((31, 1_300_000, 2_600_000, 2_340_000, 1_300_000),
            (29, 1_200_000, None, None, 1_200_000)), ()),
        (190, FU, ((4, 2_700_000, 5_100_000, 4_600_000, 2_700_000),), ()))),
    # A trace; then a tube in which next to nothing was left; then the repeat.
    ("P-AML-012", "AML", "2024-05-06", "flow-aml-laip", "CD45", (
        (62, "AFTER_CYCLE_2", ((11, 1_100_000, 1_320_000, 1_100_000, None),), ()),
        (150, EOT, ((0, 15, 40, 15, None),), ()),
        (157, EOT, ((66, 1_320_000, 1_650_000, 1_320_000, None),), ()))),
)  # fmt: skip

Clone = tuple[str, int, int, str, float | None, float | None, float | None]
"""Clone, count, total, what was counted, DNA in ng, cells and reads of the spike-in."""

CLONES: tuple[tuple[str, str, str, tuple[tuple[int, str, tuple[Clone, ...]], ...]], ...] = (
    ("P-BALL-007", "B_ALL", "2024-03-18", (
        (33, TP1, (("IGH-1", 180, 400_000, "READS", 200, 100, 5_000),
            ("TRG-1", 96, 310_000, "READS", 200, 100, 4_000))),
        (79, TP2, (("IGH-1", 0, 520_000, "READS", 1_000, 100, 6_400),
            ("TRG-1", 0, 455_000, "READS", 1_000, 100, 5_150))),
        # Without a spike-in, without the mass, and with hardly a cell.
        (140, FU, (("IGH-1", 0, 512_000, "READS", 500, None, None),)),
        (230, FU, (("IGH-1", 0, 610_000, "READS", None, None, None),)),
        (237, FU, (("IGH-1", 0, 2_900, "READS", 0.012, None, None),)))),
    # Molecules that mean cells: what was counted, and what so much DNA can hold.
    ("P-MM-014", "MM", "2023-11-13", (
        (220, EOT, (("IGH-1", 0, 2_150_000, "CELLS", 20_000, None, None),
            ("IGK-1", 0, 2_150_000, "CELLS", 20_000, None, None))),
        (590, FU, (("IGH-1", 0, 1_200_000, "CELLS", 1_500, None, None),
            ("IGK-1", 4, 1_200_000, "CELLS", 1_500, None, None))))),
)  # fmt: skip

Variant = tuple[str, str, str, int, int, Row]
"""Marker, clone, class, molecules with and in all, and what else the row says."""

TRACKED: Row = {"is_tracked": True}
SEEN_FIRST: Row = {"is_tracked": False}
CN_LOH: Row = {"mutant_copies_per_cell": 2, "total_copies_per_cell": 2, "normal_copies_per_cell": 2}
ON_MALE_X: Row = {
    "mutant_copies_per_cell": 1,
    "total_copies_per_cell": 1,
    "normal_copies_per_cell": 1,
}

UMI_ASSAY, NO_ERROR_ASSAY = "ngs-aml-umi", "ngs-npm1-dna"
VARIANTS: tuple[tuple[str, str, str, tuple[tuple[int, str, tuple[Variant, ...]], ...]], ...] = (
    ("P-AML-013", "2024-06-10", UMI_ASSAY, (
        # Eleven sites that share the risk of a false positive.
        (64, "AFTER_CYCLE_2", (
            ("IDH1 p.R132H", "", "SNV", 9, 30_000, TRACKED),
            ("NRAS p.G12D", "", "SNV", 4, 28_000, TRACKED | {"error_rate": 0.0001}),
            ("KRAS p.G13D", "", "SNV", 5, 41_000, TRACKED),
            ("FLT3-ITD", "ITD-30", "FLT3_ITD", 84, 35_000, TRACKED | {"error_rate": 0.000003}),
            ("FLT3-ITD", "ITD-66", "FLT3_ITD", 21, 35_000, TRACKED | {"error_rate": 0.000003}),
            ("DNMT3A p.R882H", "", "SNV", 5_460, 31_200, TRACKED),
            ("TP53 p.R175H", "", "SNV", 62, 31_000, TRACKED | CN_LOH),
            ("PHF6 p.R274*", "", "SNV", 45, 30_000, TRACKED | ON_MALE_X),
            ("RUNX1 p.R201*", "", "SNV", 372, 31_000, SEEN_FIRST),
            ("GATA2 p.T354M", "", "SNV", 15_020, 31_300, {}),
            ("DDX41 p.M1I", "", "SNV", 15_480, 31_100, TRACKED | {"is_germline": True}))),
        # Thirty nanograms, of which half became readable molecules: 4,615 copies.
        (152, EOT, (
            ("IDH1 p.R132H", "", "SNV", 0, 9_400, TRACKED | {"input_ng": 30,
                "library_conversion_fraction": 0.5}),
            ("FLT3-ITD", "ITD-30", "FLT3_ITD", 0, 9_100, TRACKED | {"input_ng": 30,
                "library_conversion_fraction": 0.5, "error_rate": 0.000003}),
            ("FLT3-ITD", "ITD-66", "FLT3_ITD", 0, 9_100, TRACKED | {"input_ng": 30,
                "library_conversion_fraction": 0.5, "error_rate": 0.000003}),
            ("RUNX1 p.R201*", "", "SNV", 0, 9_000, SEEN_FIRST | {"input_ng": 30}))))),
    # No error rate and no smallest count: what was counted proves nothing, nothing counted does.
    ("P-AML-014", "2024-09-16", NO_ERROR_ASSAY, (
        (150, EOT, (("NPM1", "", "INDEL", 0, 31_000, TRACKED),)),
        (240, FU, (("NPM1", "", "INDEL", 4, 29_000, TRACKED),)))),
)  # fmt: skip


def add_limits_of_counts(world: World) -> None:
    """Add every patient of this kind."""
    for who, disease, start, assay, kind, points in FLOW:
        patient = _admit(world, who, disease, start)
        for days, timepoint, tubes, counts in points:
            more: Row = dict(zip(COUNTS, counts, strict=False))
            sample = _marrow(patient, start, days, timepoint, more)
            _tubes(world, sample, assay, kind, tubes)
    for who, disease, start, courses in CLONES:
        patient = _admit(world, who, disease, start)
        for days, timepoint, clones in courses:
            sample = _marrow(patient, start, days, timepoint)
            for clone, count, total, counted, mass, cells, reads in clones:
                row: Row = {"sample_id": sample["sample_id"], "assay_id": "ngs-igtr-lab12"}
                row |= {"marker": "IG/TR", "clone": clone, "marker_class": "CLONOTYPE"}
                row |= {"marker_count": count, "total_count": total, "count_kind": counted}
                row |= {"input_ng": mass, "spike_cells": cells, "spike_reads": reads}
                world.add(SPIKE_FILE, row | {"is_tracked": True})
    for who, start, assay, panels in VARIANTS:
        patient = _admit(world, who, "AML", start)
        for days, timepoint, variants in panels:
            sample = _marrow(patient, start, days, timepoint)
            for marker, clone, kind, count, total, more in variants:
                row = {"sample_id": sample["sample_id"], "assay_id": assay, "marker": marker}
                row |= {"clone": clone, "marker_class": kind, "count_kind": "MOLECULES"}
                row |= {"gene": marker.split()[0].split("-")[0], "marker_count": count}
                world.add(UMI_FILE, row | {"total_count": total} | more)


def _admit(world: World, who: str, disease: str, start: str) -> Patient:
    patient = world.patient(who, disease, day(start))
    agent = "quadruplet" if disease == "MM" else ""
    patient.treat("INTENSIVE", day(start) + timedelta(days=7), None, 1, agent)
    return patient


def _marrow(
    patient: Patient, start: str, days: int, timepoint: str, more: Row | None = None
) -> Row:
    on: date = day(start) + timedelta(days=days)
    sample = patient.sample(on, "BM", timepoint, pull=1, **(more or {}))
    patient.assess(on + timedelta(days=2), "CR")
    return sample


def _tubes(world: World, sample: Row, assay: str, kind: str, tubes: tuple[Tube, ...]) -> None:
    for number, (events, total, nucleated, cd45, mononuclear) in enumerate(tubes, start=1):
        row: Row = {"sample_id": sample["sample_id"], "assay_id": assay, "tube": number}
        row |= {"mrd_events": events, "denominator_events": total, "denominator": kind}
        row |= {"tnc_events": nucleated, "cd45_events": cd45, "mnc_events": mononuclear}
        world.add(TUBES_FILE, row)
