"""`mrd explain`: what the numbers were compared with, and where each bound was published."""

from collections.abc import Mapping
from typing import Any

from transforms.explain_limits import count, fraction
from transforms.guidelines.rules import Rules, RuleSet
from transforms.tolerance import RTOL


def class_lines(status: Mapping[str, Any], ruleset: RuleSet) -> list[str]:
    """Return the class that decided, with the source of each of its numbers."""
    named = status["rule_id"].split("/")
    lines = []
    for row in ruleset.classes:
        if len(named) != 3 or row.id != named[1]:
            continue
        lines.append(f"  class     {row.id}: {row.source} [{row.evidence}]")
        for number in row.numbers():
            lines.append(
                f"            {number.key} {number.value:g}: {number.source} [{number.evidence}]"
            )
    return lines


def compared(result: Mapping[str, Any], status: Mapping[str, Any], rules: Rules) -> list[str]:
    """Return the thresholds that the numbers were compared with."""
    if result["finding"] == "NOT_EVALUABLE" or result["finding_reason"]:
        return []
    if result["marker"] in rules.standards.mr_markers:
        return _levels(result, rules)
    required = status["required_lod_fraction"]
    if required is None:
        return []
    if result["finding"] == "NOT_DETECTED":
        numbers = {"LOD": result["lod_fraction"]}
    elif result["level_fraction"] is not None:
        numbers = {"level": result["level_fraction"]}
    else:
        numbers = {
            "upper bound": result["upper_fraction"],
            "interval end": result["ci_high_fraction"],
        }
    lines = []
    for name, value in numbers.items():
        if value is not None:
            same = abs(value - required) <= required * RTOL
            sign = "=" if same else "<" if value < required else ">"
            lines.append(f"{name} {fraction(value)} {sign} threshold {fraction(required)}")
    return lines or [f"threshold {fraction(required)}, and no number to compare with it"]


def _levels(result: Mapping[str, Any], rules: Rules) -> list[str]:
    lines = []
    value = (
        result["estimate_fraction"]
        if result["estimate_fraction"] is not None
        else result["upper_fraction"]
    )
    copies, gene = result["denominator"], result["control_gene"]
    claim = result["claimed_lod_fraction"]
    for level in rules.standards.levels:
        parts = []
        if result["finding"] == "DETECTED" and value is not None:
            sign = "≤" if value <= level.max_pct_is / 100 * (1 + RTOL) else ">"
            parts.append(f"{value * 100:.4g} % {sign} {level.max_pct_is:g} %")
        minimum = level.min_control_copies.get(gene) if gene else None
        if copies is not None and minimum:
            parts.append(
                f"{count(copies)} {gene} copies {'≥' if copies >= minimum else '<'} {minimum}"
            )
        if copies is None and claim is not None:
            sign = "≤" if claim <= level.max_pct_is / 100 * (1 + RTOL) else ">"
            parts.append(f"claimed limit {claim * 100:.4g} % {sign} {level.max_pct_is:g} %")
        if parts:
            lines.append(f"{level.depth}: {', '.join(parts)}")
    if copies is None and claim is None and result["finding"] == "DETECTED":
        deepest = rules.standards.deepest_without_claim
        lines.append(f"neither control copies nor a claim: never deeper than {deepest}")
    return lines


def response_lines(row: Mapping[str, Any], rules: Rules) -> list[str]:
    """Return by what rule a sample has its response, with source and evidence.

    Args:
        row: row of `sample_remission`.
        rules: rules in force.
    """
    if not row["response"]:
        return []
    ruleset = rules.rulesets[row["ruleset"]]
    course, said = ruleset.course, []
    for m in ruleset.milestones:
        if m.name == row["milestone"]:
            sign = "<" if m.is_strict else "≤"
            worst = m.warning_max_pct_is
            ends = f"{sign} {m.optimal_max_pct_is:g} %" + (
                f", then to {worst:g} %" if worst else ""
            )
            said.append((f"{ends}, from day {m.from_day}: {m.source}", m.evidence))
    confirmation = ruleset.confirmation
    if confirmation is not None and confirmation.milestone == row["milestone"]:
        said.append((f"confirmed: {confirmation.source}", confirmation.evidence))
    for rule, word in (
        (course.sustained, course.sustained and course.sustained.word),
        (course.confirmation, course.confirmation and course.confirmation.response_when_confirmed),
    ):
        if rule is not None and word == row["response"]:
            said.append((rule.source, rule.evidence))
    if course.risk_groups is not None:
        said.append((course.risk_groups.source, course.risk_groups.evidence))
    return [f"  source    {source} [{evidence}]" for source, evidence in said]
