"""Numbers of the rules that no guideline gives, where a site has set its own."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from transforms.guidelines.milestones import Milestone
from transforms.guidelines.rule_file import RuleFileError
from transforms.guidelines.rules import Rules, RuleSet

_WITH_WINDOWS = "CML"
"""The disease whose milestones have windows of visits."""


def with_site_numbers(
    rules: Rules, visit_windows: Mapping[str, tuple[int, int]], clinical_response_days: int
) -> Rules:
    """Return rules with a site's windows of visits and its reach of a clinical response.

    Args:
        rules: active rules.
        visit_windows: by milestone of the active rule set of CML, the first day after the start
            of the first TKI and the day after the last; other milestones keep their windows.
        clinical_response_days: days between a sample and a clinical response beside it.

    Raises:
        RuleFileError: a window is empty, overlaps with another, or is of no milestone.
    """
    clinical = {**rules.standards.clinical, "max_days_apart": float(clinical_response_days)}
    rules = replace(rules, standards=replace(rules.standards, clinical=clinical))
    if not visit_windows:
        return rules
    ruleset = rules.of(_WITH_WINDOWS)
    moved = replace(ruleset, milestones=_moved(ruleset, visit_windows))
    return replace(rules, rulesets={**rules.rulesets, moved.id: moved})


def _moved(ruleset: RuleSet, windows: Mapping[str, tuple[int, int]]) -> tuple[Milestone, ...]:
    known = [m.name for m in ruleset.milestones]
    for name, (first, end) in windows.items():
        said = f'settings: visit_windows."{name}" = [{first}, {end}]'
        if name not in known:
            raise RuleFileError(
                f"{said} is not for a milestone of {ruleset.id}; there is {', '.join(known) or 'none'}"
            )
        if not 1 <= first < end:
            raise RuleFileError(
                f"{said} is not a window: the first day (1 or later), then the day after the last"
            )
    milestones = tuple(
        replace(m, from_day=windows[m.name][0], to_day=windows[m.name][1])
        if m.name in windows
        else m
        for m in ruleset.milestones
    )
    in_time = sorted(zip(ruleset.milestones, milestones, strict=True), key=lambda x: x[0].from_day)
    for (_, one), (_, later) in pairwise(in_time):
        if one.to_day is None or one.to_day > later.from_day:
            until = "has no end" if one.to_day is None else f"lasts to day {one.to_day - 1}"
            raise RuleFileError(
                f"settings: visit_windows: {one.name} {until} and {later.name} begins on day "
                f"{later.from_day}; windows of {ruleset.id} may not overlap"
            )
    return milestones
