"""Rule sets and scoring standards as checked values, parsed from their data files.

This module is given texts; which files there are and where they lie is not its business.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.enums import Depth, Disease, Response
from transforms.guidelines import course_rules, tfr_rules
from transforms.guidelines.course_rules import CourseRules, parse_course
from transforms.guidelines.milestones import (
    Confirmation,
    Milestone,
    Words,
    parse_confirmation,
    parse_milestones,
    parse_words,
)
from transforms.guidelines.rule_classes import (
    Excluded,
    RuleClass,
    parse_classes,
    parse_excluded,
    parse_flags,
)
from transforms.guidelines.rule_file import RuleFile, RuleFileError
from transforms.guidelines.standards import Standards, parse_standards
from transforms.guidelines.tfr_rules import TfrRules, parse_tfr

DEFAULT_RULESETS: dict[str, str] = {
    "CML": "eln-cml-2020",
    "PH_ALL": "all-consensus-2021",
    "B_ALL": "all-consensus-2021",
    "T_ALL": "all-consensus-2021",
    "AML": "eln-aml-2021",
    "APL": "eln-apl-2019",
    "MM": "imwg-2016",
    "CLL": "iwcll-2018",
}
"""The rule set of each disease."""


@dataclass(frozen=True)
class RuleSet:
    """One clinical rule set.

    Attributes:
        id: stable id, stamped on rows.
        kind: `mr_levels` or `classes`: which code applies it.
        title: what it is.
        citation: where it was published.
        evidence: `primary` or `provisional`.
        diseases: diseases it is for.
        markers: markers whose molecular response levels decide; only of `mr_levels`.
        low_level_depth: depth at which a detection is low-level; only of `mr_levels`.
        milestones: milestones, in time; only of `mr_levels`.
        confirmation: what makes a first bad level a failure; only of `mr_levels`.
        words: its words for optimal, warning and failure; only of `mr_levels`.
        classes: by marker, tissue and time point, the first that fits decides; only of `classes`.
        excluded: what is kept and annotated and never counted.
        course: what it says of several samples.
        tfr: what it says of treatment-free remission and the next test; only of `mr_levels`.
        low_confidence_flags: flags that make a negative one of low confidence.
        response_order: the rule set's own words, worst first.
        provisional: sentences on numbers that were not read in the publication.
    """

    id: str
    kind: str
    title: str
    citation: str
    evidence: str
    diseases: tuple[str, ...]
    markers: tuple[str, ...] = ()
    low_level_depth: str | None = None
    milestones: tuple[Milestone, ...] = ()
    confirmation: Confirmation | None = None
    words: Words | None = None
    classes: tuple[RuleClass, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    course: CourseRules = field(default_factory=CourseRules)
    tfr: TfrRules = field(default_factory=TfrRules)
    low_confidence_flags: tuple[str, ...] = ()
    response_order: tuple[str, ...] = ()
    provisional: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """Everything a classification needs: standards, and the active rule set of each disease.

    Attributes:
        standards: scoring standards, always in force.
        active: rule set id of each disease.
        rulesets: all rule sets, by id.
    """

    standards: Standards
    active: Mapping[str, str]
    rulesets: Mapping[str, RuleSet]

    def of(self, disease: str) -> RuleSet:
        """Return the active rule set of a disease."""
        return self.rulesets[self.active[disease]]


def load_rules(
    texts: Mapping[str, str], active: Mapping[str, str], site: Mapping[str, str] | None = None
) -> Rules:
    """Parse the rule files and pair each disease with its active rule set.

    Args:
        texts: file name to TOML text of the shipped files.
        active: rule set id by disease, for diseases that differ from the default.
        site: file name to TOML text of a site's own files.

    Raises:
        RuleFileError: naming file, key and value.
    """
    files = {name: RuleFile(name, text) for name, text in sorted(texts.items())}
    by_id = {f.text("id"): f for f in files.values()}
    standards = parse_standards(by_id)
    for file in (RuleFile(name, text) for name, text in sorted((site or {}).items())):
        _refuse_no_own_id(file, by_id)
        by_id[file.text("id")] = file
    rulesets = {}
    for name, file in by_id.items():
        kind = file.text("kind")
        if kind == "scoring_standard":
            continue
        if kind not in ("mr_levels", "classes"):
            raise file.fail("kind", kind, "mr_levels, classes or scoring_standard")
        rulesets[name] = _ruleset(file, kind)
    chosen = {**DEFAULT_RULESETS, **active}
    check_active(chosen, rulesets, "settings: rulesets.")
    return Rules(standards=standards, active=chosen, rulesets=rulesets)


def check_active(active: Mapping[str, str], rulesets: Mapping[str, RuleSet], named_in: str) -> None:
    """Refuse a choice of rule sets that names no disease, or no rule set for it.

    Args:
        active: rule set id by disease.
        rulesets: all rule sets, by id.
        named_in: where the choice stands, before the disease.

    Raises:
        RuleFileError: naming place, disease and rule set.
    """
    for disease, ruleset in active.items():
        if disease not in DEFAULT_RULESETS:
            raise RuleFileError(f"{named_in}{disease} is not one of {', '.join(DEFAULT_RULESETS)}")
        if ruleset not in rulesets or disease not in rulesets[ruleset].diseases:
            fitting = [r.id for r in rulesets.values() if disease in r.diseases]
            raise RuleFileError(
                f"{named_in}{disease} = {ruleset!r} is not a rule set for it; "
                f"there is {', '.join(fitting) or 'none'}"
            )


def _refuse_no_own_id(file: RuleFile, by_id: Mapping[str, RuleFile]) -> None:
    """Refuse a site's file that is no rule set, or whose id is not its own."""
    name = file.text("id")
    if not re.fullmatch(r"[\w.-]+", name):
        raise file.fail("id", name, "made of letters, digits, '-', '_' and '.'")
    if name in by_id or name in DEFAULT_RULESETS.values():
        taken = by_id[name].name if name in by_id else "the program"
        raise file.fail("id", name, f"an id of its own: {taken} has it")
    if file.text("kind") == "scoring_standard":
        raise file.fail("kind", "scoring_standard", "mr_levels or classes; standards are shipped")


_COMMON = {"id", "kind", "title", "citation", "in_force_on", "evidence", "diseases", *course_rules.KEYS}  # fmt: skip
_KEYS = {
    "classes": {*_COMMON, "low_confidence_flags", "response_order", "excluded", "class"},
    "mr_levels": {*_COMMON, "markers", "low_level_depth", "words", "confirmation", "milestone", *tfr_rules.KEYS},
}  # fmt: skip


def _ruleset(file: RuleFile, kind: str) -> RuleSet:
    if file.text("evidence") not in ("primary", "provisional"):
        raise file.fail("evidence", file.text("evidence"), "primary or provisional")
    common: dict[str, Any] = {
        "id": file.text("id"),
        "kind": kind,
        "title": file.text("title"),
        "citation": file.text("citation"),
        "evidence": file.text("evidence"),
        "diseases": file.words("diseases", Disease),
        "course": parse_course(file),
        "provisional": file.provisional(),
    }
    file.known_keys("rule set", file.data, _KEYS[kind])
    if kind == "classes":
        return RuleSet(
            **common,
            classes=parse_classes(file),
            excluded=parse_excluded(file),
            low_confidence_flags=parse_flags(
                file, "low_confidence_flags", file.data.get("low_confidence_flags", [])
            ),
            response_order=file.words("response_order", Response),
        )
    depth = file.entry("low_level_depth").get("value")
    if depth not in [d.value for d in Depth]:
        raise file.fail("low_level_depth.value", depth, "a depth such as MR4")
    return RuleSet(
        **common,
        markers=file.words("markers"),
        low_level_depth=depth,
        milestones=parse_milestones(file),
        confirmation=parse_confirmation(file),
        words=parse_words(file),
        tfr=parse_tfr(file),
    )
