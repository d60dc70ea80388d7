"""Rule sets and scoring standards as checked values, parsed from their data files.

This module is given texts; which files there are and where they lie is not its business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.enums import Depth, Disease, Response
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
"""The rule set of each disease, whether it is built already or not."""


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
    excluded: Excluded | None = None
    low_confidence_flags: tuple[str, ...] = ()
    response_order: tuple[str, ...] = ()
    provisional: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """Everything a classification needs: standards, and the active rule set of each disease.

    Attributes:
        standards: scoring standards, always in force.
        active: rule set id of each disease.
        rulesets: rule sets that are built, by id.
    """

    standards: Standards
    active: Mapping[str, str]
    rulesets: Mapping[str, RuleSet]

    def of(self, disease: str) -> RuleSet | None:
        """Return the active rule set of a disease, or None when it is not built yet."""
        return self.rulesets.get(self.active[disease])


def load_rules(texts: Mapping[str, str], active: Mapping[str, str]) -> Rules:
    """Parse the rule files and pair each disease with its active rule set.

    Args:
        texts: file name to TOML text.
        active: rule set id by disease, for diseases that differ from the default.

    Raises:
        RuleFileError: naming file, key and value.
    """
    files = {name: RuleFile(name, text) for name, text in sorted(texts.items())}
    by_id = {f.text("id"): f for f in files.values()}
    rulesets = {}
    for name, file in by_id.items():
        kind = file.text("kind")
        if kind == "scoring_standard":
            continue
        if kind not in ("mr_levels", "classes"):
            raise file.fail("kind", kind, "mr_levels, classes or scoring_standard")
        rulesets[name] = _ruleset(file, kind)
    chosen = {**DEFAULT_RULESETS, **active}
    for disease, ruleset in active.items():
        if disease not in DEFAULT_RULESETS:
            raise RuleFileError(
                f"settings: rulesets.{disease} is not one of {', '.join(DEFAULT_RULESETS)}"
            )
        if ruleset not in rulesets or disease not in rulesets[ruleset].diseases:
            fitting = [r.id for r in rulesets.values() if disease in r.diseases]
            raise RuleFileError(
                f"settings: rulesets.{disease} = {ruleset!r} is not a rule set for it; "
                f"there is {', '.join(fitting) or 'none yet'}"
            )
    return Rules(standards=parse_standards(by_id), active=chosen, rulesets=rulesets)


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
        "provisional": file.provisional(),
    }
    if kind == "classes":
        return RuleSet(
            **common,
            classes=parse_classes(file),
            excluded=parse_excluded(file),
            low_confidence_flags=parse_flags(file, "low_confidence_flags", file.data),
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
    )
