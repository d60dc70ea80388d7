"""What the invented hospital has collected: patients, samples, runs and rows of result files."""

import math
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

Row = dict[str, object]

SEED = "mrd-sample-data-1"
DAYS_PER_MONTH = 30.4375
TARGET_CURVE = (-3.41, 39.6)
CONTROL_CURVE = (-3.36, 38.9)
LAST_DAY = date(2026, 1, 31)


def day(text: str) -> date:
    """Read an ISO date."""
    return date.fromisoformat(text)


def months_after(start: date, months: float) -> date:
    """Date so many months of 30.4375 days later."""
    return start + timedelta(days=round(months * DAYS_PER_MONTH))


def poisson(rng: Random, mean: float) -> int:
    """Draw a Poisson count (Knuth below 50, rounded normal above)."""
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def spread(rng: Random, middle: float, sd: float) -> float:
    """Draw a lognormal value around `middle`."""
    return middle * math.exp(rng.gauss(0, sd))


@dataclass
class Patient:
    """One patient with a random stream of their own: a change in one course moves no other."""

    world: "World"
    patient_id: str
    rng: Random
    n_samples: int = 0
    is_inline: bool = False
    inline: Row = field(default_factory=dict)

    def sample(self, collected_on: date, tissue: str, timepoint: str = "", **more: object) -> Row:
        """Take a sample; patients of the flat extract stand in no reference file."""
        if collected_on > LAST_DAY:
            raise ValueError(f"{self.patient_id}: {collected_on} lies after the last day")
        self.n_samples += 1
        row: Row = {
            "sample_id": f"{self.patient_id}-S{self.n_samples:02d}",
            "patient_id": self.patient_id,
            "collected_on": collected_on,
            "tissue": tissue,
            "timepoint": timepoint,
        }
        if not self.is_inline:
            delay = timedelta(days=self.rng.randint(0, 2))
            row |= {"received_on": collected_on + delay, **more}
            self.world.samples.append(row)
        return row

    def treat(self, therapy: str, start: date, stop: date | None, line: int, agent: str) -> None:
        """Record a treatment."""
        row: Row = {"therapy": therapy, "started_on": start, "stopped_on": stop, "line": line}
        self.world.treatments.append({"patient_id": self.patient_id, **row, "agent": agent})

    def assess(self, on: date, response: str | None, **more: object) -> None:
        """Record a clinical response."""
        row: Row = {"patient_id": self.patient_id, "assessed_on": on, "response": response}
        self.world.clinical.append(row | more)


@dataclass
class World:
    """Everything that is written into the inbox."""

    patients: list[Row] = field(default_factory=list)
    samples: list[Row] = field(default_factory=list)
    treatments: list[Row] = field(default_factory=list)
    clinical: list[Row] = field(default_factory=list)
    runs: dict[tuple[str, str], Row] = field(default_factory=dict)
    files: dict[str, list[Row]] = field(default_factory=dict)
    plate: list[tuple[str, list[tuple[float, float]]]] = field(default_factory=list)

    def patient(
        self,
        patient_id: str,
        disease: str,
        diagnosed_on: date,
        transcript: str = "",
        *,
        is_inline: bool = False,
    ) -> Patient:
        """Admit a patient."""
        row: Row = {"patient_id": patient_id, "disease": disease, "transcript": transcript}
        row["diagnosed_on"] = diagnosed_on
        if not is_inline:
            self.patients.append(row)
        rng = Random(f"{SEED}:{patient_id}")
        return Patient(self, patient_id, rng, is_inline=is_inline, inline=row)

    def run(self, assay_id: str, collected_on: date, *, is_valid: bool = True) -> str:
        """Return the run of the Thursday after arrival, and record it once."""
        earliest = collected_on + timedelta(days=2)
        performed_on = earliest + timedelta(days=(3 - earliest.weekday()) % 7)
        run_id = f"R{performed_on:%y%m%d}" if is_valid else f"R{performed_on:%y%m%d}-X"
        key = (run_id, assay_id)
        if key not in self.runs:
            rng = Random(f"{SEED}:{assay_id}:{run_id}")
            self.runs[key] = {
                "run_id": run_id,
                "assay_id": assay_id,
                "performed_on": performed_on,
                "target_slope": round(rng.gauss(TARGET_CURVE[0], 0.03), 3),
                "target_intercept": round(rng.gauss(TARGET_CURVE[1], 0.15), 2),
                "target_r_squared": round(rng.uniform(0.992, 0.9995), 4),
                "control_slope": round(rng.gauss(CONTROL_CURVE[0], 0.03), 3),
                "control_intercept": round(rng.gauss(CONTROL_CURVE[1], 0.15), 2),
                "control_r_squared": round(rng.uniform(0.992, 0.9995), 4),
                "is_ntc_clean": is_valid,
                "is_valid": is_valid,
            }
        return run_id

    def add(self, file: str, row: Row) -> Row:
        """Add one row to a result file."""
        self.files.setdefault(file, []).append(row)
        return row


def well_copies(rng: Random, ratio: float, control: float) -> float:
    """Copies of the target that one well shows at a true ratio; 0 = not detected."""
    mean = ratio * control
    count = spread(rng, mean, 0.08) if mean > 50 else poisson(rng, mean)
    if count == 0:
        return 0.0
    estimate = spread(rng, count, 0.1)
    return float(round(estimate)) if estimate >= 100 else max(0.4, round(estimate, 1))


def quantification_cycle(copies: float, curve: tuple[float, float]) -> object:
    """Cq of so many copies, or the instrument's word for none."""
    if copies == 0:
        return "Undetermined"
    return round(curve[1] + curve[0] * math.log10(copies), 2)


def copy_wells(
    patient: Patient, file: str, sample: Row, assay_id: str, ratio: float, controls: list[float],
    *, is_valid: bool = True, targets: list[float] | None = None,
) -> None:  # fmt: skip
    """Add one row per replicate of a copy-based PCR."""
    world, rng = patient.world, patient.rng
    collected_on = sample["collected_on"]
    assert isinstance(collected_on, date)
    run_id = world.run(assay_id, collected_on, is_valid=is_valid)
    for number, control in enumerate(controls, start=1):
        target = targets[number - 1] if targets else well_copies(rng, ratio, control)
        row: Row = {"sample_id": sample["sample_id"], "assay_id": assay_id, "run_id": run_id}
        row |= {"replicate": number, "target_copies": target, "control_copies": control}
        row["target_cq"] = quantification_cycle(target, TARGET_CURVE)
        row["control_cq"] = quantification_cycle(control, CONTROL_CURVE)
        if patient.is_inline:
            row |= sample | patient.inline
        world.add(file, row)
