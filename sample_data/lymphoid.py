"""Courses of multiple myeloma and CLL."""

from datetime import timedelta

from world import Patient, Row, World, day, spread

MM_FLOW_FILE, MM_NGS_FILE = "flow/mm_ngf.csv", "ngs/mm_igtr.tsv"
CLL_FLOW_FILE, CLL_NGS_FILE = "flow/cll_flow.txt", "ngs/cll_igtr.csv"

MM_FLOW = (
    # Patient, first sample, then (days, MRD events, nucleated cells, dilution with blood).
    ("001", "2021-03-15", ((0, 0, 8_120_000, None), (380, 0, 9_410_000, 0.05),
        (760, 0, 7_660_000, None))),
    ("003", "2022-02-07", ((0, 0, 400_000, None), (95, 0, 8_870_000, None))),
    ("004", "2022-06-20", ((0, 0, 6_240_000, 0.6), (60, 41, 8_020_000, 0.08))),
    ("005", "2022-09-12", ((0, 8, 6_310_000, None), (370, 0, 9_950_000, None))),
    ("006", "2023-01-23", ((0, 30, 7_030_000, None), (185, 27, 5_480_000, 0.1))),
    ("007", "2023-05-08", ((0, 2_480, 6_700_000, None), (190, 1_115, 7_920_000, None))),
    ("008", "2021-07-05", ((0, 0, 9_130_000, None), (372, 0, 8_460_000, None),
        (745, 690, 7_350_000, None))),
    ("010", "2023-10-02", ((0, 0, 5_210_000, None), (368, 0, 6_090_000, None))),
    ("011", "2024-03-25", ((0, 3, 420_000, None), (40, 212, 7_740_000, None))),
)  # fmt: skip
MM_NGS = (
    # Patient, first sample, then (days, clonal cells, cells).
    ("002", "2021-11-08", ((0, 0, 3_120_000), (375, 0, 2_880_000))),
    ("009", "2023-02-13", ((0, 7, 3_070_000), (190, 1, 1_520_000))),
    ("010", "2023-10-02", ((0, 24, 2_950_000), (368, 11, 3_040_000))),
)
CLL_FLOW = (
    # Patient, first sample, then (days, tissue, MRD events, leukocytes).
    ("001", "2021-04-19", ((0, "PB", 0, 2_240_000), (14, "BM", 0, 2_610_000),
        (370, "PB", 0, 2_130_000))),
    ("002", "2021-08-02", ((0, "PB", 0, 1_980_000), (12, "BM", 861, 2_340_000))),
    ("003", "2022-01-31", ((0, "PB", 74_210, 1_120_000), (180, "PB", 1_433, 1_870_000),
        (365, "PB", 62, 2_050_000))),
    ("004", "2022-05-23", ((0, "PB", 31, 1_910_000), (360, "PB", 540, 2_080_000),
        (545, "PB", 6_120, 1_940_000))),
    ("005", "2022-10-17", ((0, "PB", 0, 500_000), (90, "PB", 0, 2_310_000))),
    ("006", "2023-03-06", ((0, "PB", 0, 180_000), (30, "PB", 11, 2_160_000))),
    ("007", "2023-08-28", ((0, "PB", 0, 2_090_000), (10, "BM", 24, 2_420_000))),
)  # fmt: skip
CLL_NGS = (
    ("007", "2023-08-28", ((0, "PB", 2, 1_740_000), (10, "BM", 33, 2_230_000))),
    # Three in a million: no CLL at 1e-5, yet seen.
    ("008", "2024-01-15", ((0, "PB", 9, 3_000_000), (365, "PB", 0, 3_150_000))),
    ("009", "2024-05-06", ((0, "PB", 411, 2_680_000), (200, "PB", 96, 2_790_000))),
)


def add_myeloma(world: World) -> None:
    """Add multiple myeloma: flow and sequencing, some of the same marrow."""
    patients: dict[str, Patient] = {}
    taken: dict[tuple[str, int], Row] = {}

    def marrow(number: str, start: str, days: int, dilution: float | None = None) -> Row:
        first = day(start)
        if number not in patients:
            diagnosed_on = first - timedelta(days=240)
            patients[number] = world.patient(f"P-MM-{number}", "MM", diagnosed_on)
            patients[number].treat(
                "INTENSIVE", diagnosed_on + timedelta(days=14), None, 1, "quadruplet"
            )
            patients[number].treat("HCT", first - timedelta(days=100), None, 1, "autologous")
        patient = patients[number]
        if (number, days) not in taken:
            on = first + timedelta(days=days)
            more: Row = {"pull": 1, "blood_dilution_fraction": dilution}
            timepoint = "FOLLOW_UP" if days else "END_OF_TREATMENT"
            taken[number, days] = patient.sample(on, "BM", timepoint, **more)
            response = "PR" if number == "007" else "CR"
            imaging = False if number in ("001", "002", "010") else None
            patient.assess(on + timedelta(days=4), response, has_imaging_residual=imaging)
        return taken[number, days]

    for number, start, points in MM_FLOW:
        for days, events, total, dilution in points:
            sample = marrow(number, start, days, dilution)
            row: Row = {"sample_id": sample["sample_id"], "assay_id": "flow-mm-ngf"}
            row |= {"mrd_events": events, "denominator_events": total, "denominator": "TNC"}
            world.add(MM_FLOW_FILE, row | {"tnc_events": total})
    for number, start, cells in MM_NGS:
        for days, count, total in cells:
            sample = marrow(number, start, days)
            for clone, seen in (("IGH-1", count), ("IGK-1", _fewer(patients[number], count))):
                world.add(MM_NGS_FILE, _clone(sample, "ngs-mm-igtr", clone, seen, total))


def add_cll(world: World) -> None:
    """Add CLL: flow of blood and marrow, and sequencing."""
    patients: dict[str, Patient] = {}
    taken: dict[tuple[str, int], Row] = {}

    def take(number: str, start: str, days: int, tissue: str) -> Row:
        first = day(start)
        if number not in patients:
            diagnosed_on = first - timedelta(days=900)
            patients[number] = world.patient(f"P-CLL-{number}", "CLL", diagnosed_on)
            stop = first - timedelta(days=60)
            agent = "venetoclax + obinutuzumab"
            patients[number].treat("OTHER", stop - timedelta(days=365), stop, 1, agent)
        if (number, days) not in taken:
            timepoint = "END_OF_TREATMENT" if days < 20 else "FOLLOW_UP"
            on = first + timedelta(days=days)
            pull = 1 if tissue == "BM" else None
            taken[number, days] = patients[number].sample(on, tissue, timepoint, pull=pull)
        return taken[number, days]

    for number, start, points in CLL_FLOW:
        for days, tissue, events, total in points:
            row: Row = {"sample_id": take(number, start, days, tissue)["sample_id"]}
            row |= {"assay_id": "flow-cll", "mrd_events": events, "denominator_events": total}
            world.add(CLL_FLOW_FILE, row | {"denominator": "LEUKOCYTE"})
    for number, start, cells in CLL_NGS:
        for days, tissue, count, total in cells:
            sample = take(number, start, days, tissue)
            for clone, seen in (("IGH-1", count), ("IGK-1", _fewer(patients[number], count))):
                world.add(CLL_NGS_FILE, _clone(sample, "ngs-cll-igtr", clone, seen, total))


def _fewer(patient: Patient, count: int) -> int:
    """Cells in which the second rearrangement was seen as well."""
    return min(count, round(spread(patient.rng, count * 0.7, 0.1)))


def _clone(sample: Row, assay: str, clone: str, count: int, total: int) -> Row:
    row: Row = {"sample_id": sample["sample_id"], "assay_id": assay, "marker": "IG/TR"}
    row |= {"clone": clone, "marker_class": "CLONOTYPE", "marker_count": count}
    return row | {"total_count": total, "count_kind": "CELLS", "is_tracked": True}
