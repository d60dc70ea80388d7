"""Rule sets and scoring standards as checked values, parsed from their data files.

This module is given texts; which files there are and where they lie is not its business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.enums import Basis, Depth, Disease, Status, Tissue
from transforms.guidelines.rule_file import Number, RuleFile, RuleFileError
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
        kind: `mr_levels` or `cell_threshold`: which code applies it.
        title: what it is.
        citation: where it was published.
        evidence: `primary` or `provisional`.
        diseases: diseases it is for.
        markers: markers it speaks of; empty = those on the bases below.
        tissues: tissues it speaks of; empty = all.
        bases: bases it speaks of; empty = all.
        threshold: number that separates positive from below, fraction.
        below_threshold: status of a detection below it.
        low_level_depth: depth at which a detection is low-level.
        provisional: sentences on numbers that were not read in the publication.
    """

    id: str
    kind: str
    title: str
    citation: str
    evidence: str
    diseases: tuple[str, ...]
    markers: tuple[str, ...] = ()
    tissues: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    threshold: Number | None = None
    below_threshold: str | None = None
    low_level_depth: str | None = None
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
        if kind not in ("mr_levels", "cell_threshold"):
            raise file.fail("kind", kind, "mr_levels, cell_threshold or scoring_standard")
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
    common: dict[str, Any] = {
        "id": file.text("id"),
        "kind": kind,
        "title": file.text("title"),
        "citation": file.text("citation"),
        "evidence": file.text("evidence"),
        "diseases": file.words("diseases", Disease),
        "markers": file.words("markers"),
        "tissues": file.words("tissues", Tissue),
        "bases": file.words("bases", Basis),
        "provisional": file.provisional(),
    }
    if kind == "mr_levels":
        depth = file.entry("low_level_depth").get("value")
        if depth not in [d.value for d in Depth]:
            raise file.fail("low_level_depth.value", depth, "a depth such as MR4")
        return RuleSet(**common, low_level_depth=depth)
    below = file.text("below_threshold")
    if below not in (Status.LOW_LEVEL, Status.NEGATIVE):
        raise file.fail("below_threshold", below, "LOW_LEVEL or NEGATIVE")
    return RuleSet(**common, threshold=file.number("threshold_fraction"), below_threshold=below)
