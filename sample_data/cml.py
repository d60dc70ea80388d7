"""Courses of CML: levels in %IS at months after the start of the TKI."""

from dataclasses import dataclass
from datetime import date, timedelta

from assays import factor
from world import World, copy_wells, day, months_after, spread, well_copies

LAB1, LAB2, LAB3, LAB4 = (f"qpcr-bcrabl-lab{n}" for n in (1, 2, 3, 4))
P190 = "qpcr-p190-lab1"
FILES = {
    LAB2: "qpcr/lab2_bcrabl_gusb.csv",
    LAB3: "qpcr/lab3_bcrabl.txt",
    LAB4: "qpcr/lims_extract_lab4.csv",
    P190: "qpcr/lab1_p190.csv",
}
CALIBRATED_ANEW = date(2022, 7, 1)
PLATE_RUN = date(2025, 3, 13)

Point = tuple[float | str, float]
"""Month after the start of the TKI, or a date (on the plate of March 2025); level in percent."""


@dataclass(frozen=True)
class Course:
    """One patient's course.

    Attributes:
        number: number in the patient id.
        assay: assay that follows the patient.
        transcript: transcript as known, may be empty.
        start: diagnosis; the TKI starts nine days later.
        points: samples; level 0 = not detected.
        control: middle of the control copies per well.
        tki: spans of TKI in months: first, last (None = goes on), agent.
    """

    number: str
    assay: str
    transcript: str
    start: str
    points: tuple[Point, ...]
    control: float = 36_000
    tki: tuple[tuple[float, float | None, str], ...] = ((0, None, "imatinib"),)


FAST: tuple[Point, ...] = (
    (-0.3, 58), (3, 1.4), (6, 0.12), (9, 0.03), (12, 0.008), (18, 0.002), (24, 0.0008), (30, 0),
    (36, 0), (48, 0), (60, 0),
)  # fmt: skip
SLOW: tuple[Point, ...] = (
    (-0.3, 71), (3, 14), (4.6, 7), (6, 3.9), (9, 1.6), (12, 0.62), (15, 0.34), (18, 0.19),
        (24, 0.08),
    (30, 0.05), (36, 0.02),
)  # fmt: skip
DEEP: tuple[Point, ...] = (
    (-0.3, 49), (3, 2.2), (6, 0.3), (12, 0.02), (18, 0.006), (24, 0.001), (30, 0), (36, 0), (42, 0),
    (48, 0), (54, 0), (59, 0),
)  # fmt: skip
STOP = ((0.0, 61.0, "nilotinib"),)

COURSES = (
    Course("001", LAB1, "e14a2", "2019-03-04", (*FAST, ("2025-03-04", 0)), control=58_000),
    Course("002", LAB1, "e13a2", "2020-09-14", (*FAST[:9], ("2025-03-05", 0.004)), control=52_000),
    Course("003", LAB2, "e14a2", "2019-11-18", FAST, control=130_000),
    Course("004", LAB1, "e14a2", "2022-03-07", (*SLOW, ("2025-03-04", 0.03))),
    Course("005", LAB1, "e13a2", "2021-05-10", (
        (-0.3, 82), (3, 22), (4.3, 18), (6, 15), (9, 2.4), (12, 0.9), (18, 0.08), (24, 0.02),
        (36, 0.004), ("2025-03-06", 0.006)),
        tki=((0, 6.2, "imatinib"), (6.4, None, "dasatinib"))),
    Course("006", LAB2, "p210", "2021-02-01", (
        (-0.3, 44), (3, 9.6), (6, 0.9), (12, 0.09), (18, 0.03), (24, 0.011), (36, 0.009)),
        control=80_000),
    Course("007", LAB1, "e14a2", "2020-01-20", (
        *FAST[:6], (24, 0.009), (30, 0.02), (36, 0.09), (39, 0.35), (40.5, 0.82), (45, 0.2),
            (51, 0.04),
        ("2025-03-07", 0.01)),
        tki=((0, 41, "imatinib"), (41.3, None, "bosutinib"))),
    Course("008", LAB1, "e14a2", "2021-08-16", (
        *FAST[:4], (10.06, 0.06), (12, 0.05), (18, 0.04), (24, 0.14), (25.5, 0.06), (30, 0.04),
        ("2025-03-07", 0.02))),
    # Treatment-free remission: lost in the fourth month, kept, and lost at MR4 only.
    Course("009", LAB1, "e14a2", "2019-02-11", (
        *DEEP, (62, 0), (63, 0.004), (64, 0.02), (65, 0.16), (66, 0.44), (68, 0.05),
        ("2025-03-10", 0.006)), control=50_000,
        tki=((0, 61, "nilotinib"), (66.3, None, "nilotinib"))),
    Course("010", LAB1, "e13a2", "2019-01-21", (
        *DEEP, (62, 0), (63, 0), (64, 0.0012), (65, 0), (66, 0), (67, 0), (69, 0), (71, 0),
        ("2025-03-11", 0), (76, 0), (79, 0), (83.5, 0)), control=62_000, tki=STOP),
    Course("011", LAB2, "e14a2", "2019-01-28", (
        *DEEP, (62, 0.002), (63, 0.006), (64, 0.019), (65, 0.025), (66, 0.018), (68, 0.021),
            (70, 0.009)),
        control=120_000, tki=STOP),
    # Other transcripts. 014 is followed with an assay that cannot see e1a2.
    Course("012", P190, "e1a2", "2021-04-12", (
        (-0.3, 64), (3, 6), (6, 0.8), (9, 0.2), (12, 0.06), (18, 0.02), (24, 0))),
    Course("013", P190, "atypical", "2022-10-03", ((-0.3, 37), (3, 9), (6, 2.2), (12, 0.7),
        (18, 0.5))),
    Course("014", LAB1, "e1a2", "2023-01-16", ((3, 0), (6, 0), (12, 0))),
    Course("015", LAB1, "unknown", "2022-11-14", ((-0.3, 53), (3, 4), (6, 0.4), (12, 0), (18, 0))),
    Course("016", LAB1, "", "2023-02-13", ((-0.3, 47), (3, 3), (6, 0.3), (12, 0.04), (18, 0.008),
        (24, 0))),
    # The factor of lab 3 ended with 2023.
    Course("017", LAB3, "e14a2", "2022-04-25", (
        (-0.3, 66), (3, 5), (6, 0.7), (12, 0.09), (18, 0.05), (24, 0.03), (27, 0.02), (33, 0.012))),
    Course("018", LAB3, "e13a2", "2022-01-10", (
        (-0.3, 51), (3, 2), (6, 0.2), (12, 0.02), (18, 0.004), (25, 0.003), (31, 0)),
            control=44_000),
    # Samples with little RNA: see `POOR`.
    Course("019", LAB1, "e14a2", "2023-05-08", ((-0.3, 60), (3, 6), (6, 0.5), (12, 0.05)),
        control=18_000),
    Course("020", LAB1, "e14a2", "2022-09-05", ((-0.3, 69), (3, 1.8), (6, 0.09), (12, 0.005)),
        control=30_000),
    # In the flat extract only; this laboratory scores low copies as estimated.
    Course("024", LAB4, "e14a2", "2022-02-14", FAST[:9], control=60_000),
    Course("025", LAB4, "e13a2", "2023-06-19", ((-0.3, 55), (3, 8), (6, 0.8), (12, 0.07),
        (18, 0.01), (24, 0.004))),
    Course("026", LAB4, "p210", "2023-10-09", ((-0.3, 40), (3, 11), (6, 1.3), (12, 0.3),
        (18, 0.12), (27, 0.08))),
    Course("027", LAB4, "e14a2", "2021-12-06", ((-0.3, 73), (3, 1), (6, 0.05), (12, 0.001),
        (18, 0.0012), (24, 0.0015), (36, 0)), control=66_000),
    Course("028", LAB4, "e14a2", "2024-05-13", ((-0.3, 62), (3, 3.1), (6, 0.6), (12, 0.06))),
)  # fmt: skip


def follow(world: World, course: Course) -> None:
    """Draw the samples and wells of one course."""
    start = day(course.start)
    who = f"P-CML-{course.number}"
    patient = world.patient(who, "CML", start, course.transcript, is_inline=course.assay == LAB4)
    tki = start + timedelta(days=9)
    for line, (first, last, agent) in enumerate(course.tki, start=1):
        stop = None if last is None else months_after(tki, last)
        patient.treat("TKI", months_after(tki, first), stop, line, agent)
    for when, percent in course.points:
        on_plate = isinstance(when, str)
        on = day(when) if isinstance(when, str) else months_after(tki, when)
        if not on_plate and when >= 3:
            on += timedelta(days=patient.rng.randint(-4, 4))
        sample = patient.sample(on, "PB", "DIAGNOSIS" if percent > 30 else "FOLLOW_UP")
        ratio = percent / 100 / factor(course.assay, on)
        controls = [float(round(spread(patient.rng, course.control, 0.16))) for _ in range(2)]
        if on_plate:
            wells = [(well_copies(patient.rng, ratio, c), c) for c in controls]
            world.plate.append((str(sample["sample_id"]), wells))
        else:
            copy_wells(patient, _file(course.assay, on), sample, course.assay, ratio, controls)
    if course.number in POOR:
        for months, wells in POOR[course.number]:
            on = months_after(tki, months)
            sample = patient.sample(on, "PB", "FOLLOW_UP")
            targets, controls = [t for t, _ in wells], [c for _, c in wells]
            copy_wells(patient, _file(LAB1, on), sample, LAB1, 0, controls, targets=targets)


def _file(assay: str, on: date) -> str:
    years = "2019_2022" if on < CALIBRATED_ANEW else "2022_2026"
    return FILES.get(assay, f"qpcr/lab1_bcrabl_{years}.csv")


POOR: dict[str, tuple[tuple[float, tuple[tuple[float, float], ...]], ...]] = {
    # One replicate below 10,000 ABL1; then both.
    "019": (
        (18, ((7.2, 14_120.0), (0.0, 6_310.0))),
        (21, ((0.0, 8_940.0), (0.0, 33_480.0))),
        (24, ((0.0, 5_870.0), (0.0, 7_215.0))),
        (26, ((0.0, 12_480.0), (0.0, 13_925.0))),
    ),
    # A positive well that does not count, beside wells that see nothing; then alone.
    "020": (
        (18, ((0.0, 31_260.0), (0.0, 28_905.0), (4.6, 4_380.0))),
        (21, ((9.1, 6_020.0), (0.0, 3_770.0))),
        (24, ((0.0, 41_350.0), (0.0, 38_090.0))),
    ),
}  # fmt: skip

CARTRIDGE: dict[str, tuple[str, tuple[tuple[float, str, str, str], ...]]] = {
    # Month, value as printed, unit, call.
    "021": ("2022-05-16", (
        (-0.3, ">55", "PCT_IS", "ABOVE_LOQ"), (3, "3.2", "PCT_IS", "DETECTED"),
        (6, "0.21", "PCT_IS", "DETECTED"), (9, "0.045", "PCT_IS", "DETECTED"),
        (12, "0.011", "PCT_IS", "DETECTED"), (18, "0.0034", "PCT_IS", "DETECTED"),
        (24, "<0.0030", "PCT_IS", "BELOW_LOD"), (30, "<0.0030", "PCT_IS", "BELOW_LOD"),
        (36, "", "", "NOT_DETECTED"))),
    "022": ("2023-07-03", (
        (-0.3, ">55", "PCT_IS", "ABOVE_LOQ"), (3, "12", "PCT_IS", "DETECTED"),
        (4.5, "6.8", "PCT_IS", "DETECTED"), (6, "", "", "INVALID"),
            (6.4, "1.1", "PCT_IS", "DETECTED"),
        (12, "0.14", "PCT_IS", "DETECTED"), (18, "0.052", "PCT_IS", "DETECTED"))),
    "023": ("2021-10-11", (
        (-0.3, ">55", "PCT_IS", "ABOVE_LOQ"), (3, "1.9", "MR", "DETECTED"),
            (6, "3.0", "MR", "DETECTED"),
        (12, "3.96", "MR", "DETECTED"), (24, "4.52", "MR", "DETECTED"),
            (36, "", "", "NOT_DETECTED"))),
}  # fmt: skip
CARTRIDGE_FILE = "qpcr/cartridge_export.csv"


def follow_by_cartridge(world: World, number: str) -> None:
    """Draw a course of the kit that reports %IS itself; one sample goes to lab 1 as well."""
    start_text, points = CARTRIDGE[number]
    start = day(start_text)
    patient = world.patient(f"P-CML-{number}", "CML", start, "e14a2")
    tki = start + timedelta(days=9)
    patient.treat("TKI", tki, None, 1, "imatinib")
    for months, value, unit, call in points:
        on = months_after(tki, months)
        sample = patient.sample(on, "PB", "DIAGNOSIS" if months < 0 else "FOLLOW_UP")
        row = {"sample_id": sample["sample_id"], "assay_id": "cartridge-bcrabl", "replicate": 1}
        row["run_id"] = f"C{on:%y%m%d}{number}"
        row |= {"reported_value": value, "reported_unit": unit, "reported_call": call}
        world.add(CARTRIDGE_FILE, row)
        if number == "023" and months == 12:
            copy_wells(patient, _file(LAB1, on), sample, LAB1, 0.00013, [31_400.0, 29_850.0])


def add_cml(world: World) -> None:
    """Add every CML patient, and the one run of lab 1 that failed."""
    for course in COURSES:
        follow(world, course)
    for number in CARTRIDGE:
        follow_by_cartridge(world, number)
    patient = world.patient("P-CML-029", "CML", day("2024-04-22"), "e14a2")
    patient.treat("TKI", day("2024-05-02"), None, 1, "asciminib")
    for on, percent, is_valid in (
        ("2024-04-22", 57, True), ("2024-08-01", 2.0, False), ("2024-08-15", 1.7, True),
            ("2024-11-04", 0.2, True),
    ):  # fmt: skip
        sample = patient.sample(day(on), "PB", "DIAGNOSIS" if percent > 30 else "FOLLOW_UP")
        file, ratio = _file(LAB1, day(on)), percent / 100 / 0.91
        copy_wells(patient, file, sample, LAB1, ratio, [34_210.0, 36_075.0], is_valid=is_valid)
