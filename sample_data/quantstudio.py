"""A look-alike of the text export of a QuantStudio: key lines, Sample Setup, Results."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

SETUP = (
    "Well", "Well Position", "Sample Name", "Sample Color", "Biogroup Name", "Biogroup Color",
    "Target Name", "Target Color", "Task", "Reporter", "Quencher", "Quantity", "Comments",
)  # fmt: skip
RESULTS = (
    "Well", "Well Position", "Omit", "Sample Name", "Target Name", "Task", "Reporter", "Quencher",
    "CT", "Ct Mean", "Ct SD", "Quantity", "Quantity Mean", "Quantity SD", "Automatic Ct Threshold",
    "Ct Threshold", "Automatic Baseline", "Baseline Start", "Baseline End", "Comments",
    "Y-Intercept", "R(superscript 2)", "Slope", "Efficiency", "Amp Score", "Cq Conf",
)  # fmt: skip
CURVES = {"BCR-ABL": (-3.412, 39.874, 0.998), "ABL1": (-3.367, 38.951, 0.999)}
REPORTERS = {"BCR-ABL": "FAM", "ABL1": "FAM", "GUSB": "VIC"}


@dataclass(frozen=True)
class Well:
    """One well; `quantity` 0 = no signal, `is_omitted` = taken out by the operator."""

    sample: str
    target: str
    task: str
    quantity: float
    is_omitted: bool = False


def standards() -> list[Well]:
    """Two wells of each standard of both genes."""
    return [
        Well("", target, "STANDARD", 10.0**power)
        for target, powers in (("BCR-ABL", range(1, 7)), ("ABL1", range(3, 7)))
        for power in powers
        for _ in range(2)
    ]


def no_template() -> list[Well]:
    """Two clean wells without template for each gene."""
    return [Well("", target, "NTC", 0) for target in ("BCR-ABL", "ABL1") for _ in range(2)]


def unknowns(sample: str, wells: Sequence[tuple[float, float]]) -> list[Well]:
    """Target wells and control wells of one sample."""
    return [Well(sample, "BCR-ABL", "UNKNOWN", target) for target, _ in wells] + [
        Well(sample, "ABL1", "UNKNOWN", control) for _, control in wells
    ]


def preamble(name: str, run_end: str) -> list[str]:
    """Key lines above the sections."""
    keys = {
        "Block Type": "96-Well Block (0.2mL)",
        "Chemistry": "TAQMAN",
        "Date Created": run_end,
        "Experiment Barcode": "NA",
        "Experiment Comment": "invented data",
        "Experiment File Name": f"D:\\runs\\{name}.eds",
        "Experiment Name": name,
        "Experiment Run End Time": run_end,
        "Experiment Type": "Standard Curve",
        "Instrument Name": "000000001",
        "Instrument Serial Number": "000000001",
        "Instrument Type": "QuantStudio(TM) 6 Flex System",
        "Passive Reference": "ROX",
        "Quantification Cycle Method": "Ct",
        "Signal Smoothing On": "true",
        "Stage/ Cycle where Analysis is performed": "Stage 2, Step 2",
        "User Name": "NA",
    }
    return [f"* {key} = {value}" for key, value in keys.items()]


def _number(value: float) -> str:
    return f"{value:,.3f}"


def _position(index: int) -> str:
    return f"{'ABCDEFGH'[index // 12]}{index % 12 + 1}"


def _ct(rng: Random, well: Well) -> float | None:
    if well.quantity == 0 or well.target not in CURVES:
        return None if well.quantity == 0 else 25.0 + rng.random()
    slope, intercept, _ = CURVES[well.target]
    noise = rng.gauss(0, 0.04) if well.task == "STANDARD" else 0.0
    return intercept + slope * math.log10(well.quantity) + noise


def _spread_of(values: list[float]) -> tuple[str, str]:
    if not values:
        return "", ""
    mean = _number(statistics.fmean(values))
    return mean, _number(statistics.stdev(values)) if len(values) > 1 else ""


def sample_setup(wells: Sequence[Well]) -> list[str]:
    """Lines of the section of the plate's layout."""
    lines = ["[Sample Setup]", "\t".join(SETUP)]
    for index, well in enumerate(wells):
        entered = _number(well.quantity) if well.task == "STANDARD" else ""
        cells = [str(index + 1), _position(index), well.sample, "", "", "", well.target, ""]
        cells += [well.task, REPORTERS[well.target], "NFQ-MGB", entered, ""]
        lines.append("\t".join(cells))
    return lines


def results(wells: Sequence[Well], seed: str) -> list[str]:
    """Lines of the section of the results; means repeat on each row of a group."""
    rng = Random(seed)
    cts = [_ct(rng, well) for well in wells]
    lines = ["[Results]", "\t".join(RESULTS)]
    for index, (well, ct) in enumerate(zip(wells, cts, strict=True)):
        group = [
            (w, c)
            for w, c in zip(wells, cts, strict=True)
            if (w.sample, w.target, w.task) == (well.sample, well.target, well.task)
            and not w.is_omitted
            and (well.task != "STANDARD" or w.quantity == well.quantity)
        ]
        ct_mean, ct_sd = _spread_of([c for _, c in group if c is not None])
        quantities = [w.quantity for w, _ in group if w.quantity > 0]
        mean, sd = _spread_of(quantities if well.task == "UNKNOWN" else [])
        is_seen = ct is not None and well.target in CURVES and well.task != "NTC"
        slope, intercept, r2 = CURVES.get(well.target, (None, None, None))
        cells = [str(index + 1), _position(index), "true" if well.is_omitted else "false"]
        cells += [well.sample, well.target, well.task, REPORTERS[well.target], "NFQ-MGB"]
        cells += ["Undetermined" if ct is None else _number(ct), ct_mean, ct_sd]
        cells += [_number(well.quantity) if is_seen else "", mean, sd]
        cells += ["true", "0.080", "true", "3", str(min(39, int(ct or 45) - 3)), ""]
        if slope is None or intercept is None or r2 is None:
            cells += ["", "", "", ""]
        else:
            efficiency = 100 * (10 ** (-1 / slope) - 1)
            cells += [f"{intercept:.3f}", f"{r2:.3f}", f"{slope:.3f}", f"{efficiency:.3f}"]
        cells += ["0.000", "0.000"] if ct is None else ["1.184", "0.987"]
        lines.append("\t".join(cells))
    return lines


def export(name: str, run_end: str, wells: Sequence[Well], newline: str = "\n") -> bytes:
    """Write a whole export."""
    lines = [*preamble(name, run_end), "", *sample_setup(wells), "", *results(wells, name)]
    return (newline.join(lines) + newline).encode()
