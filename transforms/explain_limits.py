"""`mrd explain`: the limits and the interval of a result with their formulae (`docs/sensitivity.md`)."""

from collections.abc import Mapping
from typing import Any

from transforms.guidelines.standards import Standards
from transforms.normalise.intervals import CLOPPER_PEARSON, GARWOOD, PARTITIONS, poisson_limit
from transforms.tolerance import RTOL

Row = Mapping[str, Any]


_RDF_WORDS = {
    "NUCLEATED_CELLS": "counted over nucleated cells",
    "SAME_TUBE": "over the nucleated cells of the same tubes",
    "DIAGNOSTIC_BLASTS": "times the blast fraction of the diagnostic sample",
    "VAF_ESTIMATE": "estimated from the VAF, n V / (m + V (n − C))",
}


def fraction(value: float) -> str:
    """Return a fraction with four significant digits."""
    return f"{value:.4g}".replace("e-0", "e-")


def count(value: float) -> str:
    """Return a whole count as it is, and an estimated one with seven digits."""
    return f"{value:.15g}" if value == int(value) else f"{value:.7g}"


def amount(value: float | None, basis: str) -> str:
    """Return a fraction the way its axis is read: percent for RNA ratios, a power of ten for cells."""
    if value is None:
        return "none"
    if basis == "RNA_RATIO_IS":
        return f"{value * 100:.4g} % IS"
    if basis == "RNA_RATIO":
        return f"{value * 100:.4g} %"
    return fraction(value)


def limit_lines(
    result: Row, required: float | None, ruleset: str, standards: Standards
) -> list[str]:
    """Return what was claimed, reached and required, each with the numbers it was made of.

    Args:
        result: row of `assay_results`.
        required: LOD that the rule set asks of a negative, or None.
        ruleset: its id.
        standards: scoring standards.
    """
    basis = result["basis"]
    blasts = _blasts(result, standards.detection_probability)
    lines = []
    if result["claimed_lod_fraction"] is not None:
        lines.append(f"claimed: LOD {amount(result['claimed_lod_fraction'], basis)}")
    if result["lod_fraction"] is None:
        lines.append("reached: no limit of detection is known")
    else:
        lines.append(
            f"reached: LOD {amount(result['lod_fraction'], basis)} ({result['lod_kind']}){_decision(result, blasts)}"
        )
    if result["lod95_fraction"] is not None:
        lines.append(
            f"95 % detection limit {amount(result['lod95_fraction'], basis)}{_lod95(result, blasts)}"
        )
    if result["poisson_floor_fraction"] not in (None, result["lod95_fraction"]):
        floor = result["poisson_floor_fraction"]
        lines.append(f"Poisson floor {amount(floor, basis)}{_over(result, floor, blasts)}")
    if result["loq_fraction"] is not None:
        lines.append(f"LOQ {amount(result['loq_fraction'], basis)} ({result['loq_kind']})")
    if required is not None:
        lines.append(f"required: {amount(required, basis)} by {ruleset}")
    return lines


def _factor(result: Row) -> float:
    return float(result["conversion_factor"] or 1.0)


def _over(result: Row, limit: float, blasts: float) -> str:
    """Return the events over the material that make a limit."""
    n, factor = result["effective_denominator"], result["conversion_factor"]
    if not n or limit >= 1:
        return ""
    times = f" × {factor:g}" if factor is not None else ""
    mass = result["pg_per_cell"]
    cells = f" (DNA at {mass:g} pg a cell)" if mass is not None else ""
    share = f" / {blasts:.3g}, the blasts at diagnosis," if blasts < 1 - RTOL else ""
    return f" = {limit * n * blasts / _factor(result):.4g} / {count(n)}{times}{share}{cells}"


def _blasts(result: Row, probability: float) -> float:
    """Return the share of blasts that the numbers are relative to; 1 where they are not."""
    floor, n = result["poisson_floor_fraction"], result["effective_denominator"]
    if result["scale"] != "RELATIVE_TO_DIAGNOSIS" or not floor or floor >= 1:
        return 1.0
    return float(poisson_limit(1, probability) / (floor * n))


def _decision(result: Row, blasts: float) -> str:
    if result["lod_kind"] in ("DECISION_EVENTS", "KIT"):
        return _over(result, result["lod_fraction"], blasts)
    return ""


def _lod95(result: Row, blasts: float) -> str:
    decision, n = result["decision_count"], result["effective_denominator"]
    is_floor = result["lod95_fraction"] == result["poisson_floor_fraction"]
    by_noise = result["background_probability"] is not None and result["basis"] == "VAF"
    if by_noise and n and not is_floor:
        return f": the VAF at which {count(decision)} of {count(n)} molecules or more are seen, less the errors"
    return _over(result, result["lod95_fraction"], blasts)


def _not_called(result: Row) -> list[str]:
    """Say why a count that errors do not make is no detection."""
    claim, n = result["claimed_lod_fraction"], result["numerator"]
    is_enough = (
        n is not None and result["decision_count"] is not None and n >= result["decision_count"]
    )
    if (
        result["finding"] != "NOT_DETECTED"
        or result["basis"] != "VAF"
        or claim is None
        or not is_enough
    ):
        return []
    share = fraction(n / result["denominator"])
    return [
        f"claim     {share} is less than the LOD {fraction(claim)} that the assay claims: not called"
    ]


def interval_lines(result: Row) -> list[str]:
    """Return the interval with its formula, and the result on other axes."""
    basis, low, high = result["basis"], result["ci_low_fraction"], result["ci_high_fraction"]
    lines = []
    if high is not None:
        formula = {
            CLOPPER_PEARSON: "I⁻¹(0.025; k, N − k + 1) to I⁻¹(0.975; k + 1, N − k)",
            GARWOOD: "γ⁻¹(0.025; k) to γ⁻¹(0.975; k + 1) over the control copies",
            PARTITIONS: "I⁻¹ on the partitions, then −ln(1 − p)",
        }[result["ci_method"]]
        n, total = result["effective_denominator"], result["denominator"]
        if result["ci_method"] == CLOPPER_PEARSON and n < total:
            k = result["numerator"] * n / total
            formula += f", with k = {k:.4g} of N = {count(n)}, all that the DNA holds"
        lines.append(
            f"interval  {amount(low, basis)} to {amount(high, basis)} ({result['ci_method']}: {formula})"
        )
    if result["background_probability"] is not None:
        lines.append(
            f"noise     P(this count or more by errors alone) = {fraction(result['background_probability'])};"
            f" called from {count(result['decision_count'])}"
        )
        lines += _not_called(result)
    if result["target_copies_per_ul"] is not None:
        lines.append(f"dPCR      {result['target_copies_per_ul']:.4g} copies per µL of reaction")
    if result["reported_fraction"] is not None:
        lines.append(
            f"reported  {amount(result['reported_fraction'], basis)}, beside the counts that decide"
        )
    if result["summed_vaf_fraction"] is not None:
        lines.append(
            f"clones    VAFs together {fraction(result['summed_vaf_fraction'])}; the major clone is the level"
        )
    if result["rdf_kind"] is not None:
        shown = result["rdf_fraction"], result["rdf_upper_fraction"]
        value = fraction(shown[0]) if shown[0] is not None else f"at most {fraction(shown[1])}"
        lines.append(
            f"nucleated {value} of nucleated cells, {_RDF_WORDS[result['rdf_kind']]} (for display)"
        )
    if result["blood_dilution_fraction"] is not None:
        undiluted = result["undiluted_fraction"]
        without = f"; without it {fraction(undiluted)}" if undiluted is not None else ""
        lines.append(
            f"dilution  {fraction(result['blood_dilution_fraction'])} of the marrow is blood{without} (annotation)"
        )
    return lines
