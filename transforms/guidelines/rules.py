"""Rule sets and scoring standards as checked values, parsed from their data files.

This module is given texts; which files there are and where they lie is not its business.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.enums import Basis, Depth, Disease, Status, Tissue

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


class RuleFileError(Exception):
    """A rule file that cannot be used: names file, key and value."""


@dataclass(frozen=True)
class Number:
    """A number of a guideline with its source and evidence (`primary` or `provisional`)."""

    key: str
    value: float
    source: str
    evidence: str


@dataclass(frozen=True)
class Level:
    """One molecular response level: inclusive %IS bound and control copies by gene."""

    depth: str
    max_pct_is: float
    min_control_copies: Mapping[str, int]
    source: str
    evidence: str


@dataclass(frozen=True)
class DepthBound:
    """One depth on cell axes: below this fraction; `disease` empty where no disease has its own."""

    depth: str
    fraction: float
    source: str
    evidence: str
    disease: str = ""


@dataclass(frozen=True)
class Standards:
    """The scoring standards: they depend on the assay, never on the clinical rule set.

    Attributes:
        levels: molecular response levels, shallow to deep (`eutos-2015`).
        mr_markers: markers they hold for.
        cell_depths: depths on cell axes, shallow to deep.
        min_replicate_copies: control copies that each replicate needs, by control gene.
        low_copies: what a positive replicate counts at least under `floor_3`.
        linear_max_fraction: above this a conversion factor is not reliable.
        deepest_without_claim: depth that a bare reported value proves at most.
        two_positive_markers: markers whose assay needs several positive replicates.
        min_positive: how many.
        positive_below_cq: Cq below which such a replicate is positive.
        lod_events: default events for a detection by flow.
        loq_events: default events for a number by flow.
        detection_probability: of the 95 % limit.
        pg_per_cell: DNA of one diploid cell.
        rna_lod_copies: copies seen with 95 %.
        max_blood_dilution: share of blood above which a marrow negative is insufficient.
        error_alpha: tail probability against the background error.
        titles: title of each standard by id.
        citations: citation of each standard by id.
        evidence: `primary` or `provisional` by id.
        provisional: sentences on numbers that were not read in the publication.
    """

    levels: tuple[Level, ...]
    mr_markers: tuple[str, ...]
    cell_depths: tuple[DepthBound, ...]
    min_replicate_copies: Mapping[str, int]
    low_copies: float
    linear_max_fraction: float
    deepest_without_claim: str
    two_positive_markers: tuple[str, ...]
    min_positive: int
    positive_below_cq: float
    lod_events: float
    loq_events: float
    detection_probability: float
    pg_per_cell: float
    rna_lod_copies: float
    max_blood_dilution: float
    error_alpha: float
    titles: Mapping[str, str]
    citations: Mapping[str, str]
    evidence: Mapping[str, str]
    provisional: tuple[str, ...]


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


class _File:
    """Reads keys of one rule file; every error names file, key and value."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RuleFileError(f"{name}: not readable as TOML: {error}") from None

    def fail(self, key: str, value: object, right: str) -> RuleFileError:
        return RuleFileError(f"{self.name}: {key} = {value!r} is not {right}")

    def text(self, key: str) -> str:
        value = self.data.get(key)
        if not isinstance(value, str) or not value:
            raise self.fail(key, value, "a text")
        return value

    def words(self, key: str, legal: type[Any] | None = None) -> tuple[str, ...]:
        values = self.data.get(key, [])
        allowed = None if legal is None else [v.value for v in legal]
        for value in values:
            if not isinstance(value, str) or (allowed is not None and value not in allowed):
                raise self.fail(key, value, f"one of {', '.join(allowed or ['a text'])}")
        return tuple(values)

    def entry(self, key: str) -> dict[str, Any]:
        value = self.data.get(key)
        if not isinstance(value, dict):
            raise self.fail(key, value, "a table with source and evidence")
        self._sourced(key, value)
        return value

    def _sourced(self, key: str, value: dict[str, Any]) -> None:
        if not value.get("source"):
            raise self.fail(f"{key}.source", value.get("source"), "a text")
        if value.get("evidence") not in ("primary", "provisional"):
            raise self.fail(f"{key}.evidence", value.get("evidence"), "primary or provisional")

    def number(self, key: str) -> Number:
        value = self.entry(key)
        number = value.get("value")
        if isinstance(number, bool) or not isinstance(number, int | float) or not number > 0:
            raise self.fail(f"{key}.value", number, "a number above 0")
        return Number(key, float(number), value["source"], value["evidence"])

    def entries(self, key: str) -> list[dict[str, Any]]:
        known = [d.value for d in Depth]
        values: list[dict[str, Any]] = self.data.get(key, [])
        for i, value in enumerate(values):
            self._sourced(f"{key}[{i}]", value)
            if value.get("depth") not in known:
                legal = f"one of {', '.join(known)}"
                raise self.fail(f"{key}[{i}].depth", value.get("depth"), legal)
        if not values:
            raise self.fail(key, [], "a list")
        return values

    def levels(self) -> tuple[Level, ...]:
        levels = [Level(**v) for v in self.entries("level")]
        return tuple(sorted(levels, key=lambda x: -x.max_pct_is))

    def bounds(self) -> tuple[DepthBound, ...]:
        bounds = [DepthBound(**v) for v in self.entries("bound")]
        return tuple(sorted(bounds, key=lambda x: (x.disease, -x.fraction)))

    def provisional(self) -> tuple[str, ...]:
        """Return a sentence for each number that is marked provisional."""
        entries = [(k, v) for k, v in self.data.items() if isinstance(v, dict)]
        for key in ("level", "bound"):
            entries += [(f"{key} {v['depth']}", v) for v in self.data.get(key, [])]
        return tuple(
            f"{key.replace('_', ' ')}: {v['source']}"
            for key, v in entries
            if v.get("evidence") == "provisional"
        )


def load_rules(texts: Mapping[str, str], active: Mapping[str, str]) -> Rules:
    """Parse the rule files and pair each disease with its active rule set.

    Args:
        texts: file name to TOML text.
        active: rule set id by disease, for diseases that differ from the default.

    Raises:
        RuleFileError: naming file, key and value.
    """
    files = {name: _File(name, text) for name, text in sorted(texts.items())}
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
    return Rules(standards=_standards(by_id), active=chosen, rulesets=rulesets)


def _ruleset(file: _File, kind: str) -> RuleSet:
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


def _standards(by_id: Mapping[str, _File]) -> Standards:
    mr, replicates, limits = by_id["eutos-2015"], by_id["rna-replicates"], by_id["sensitivity"]
    depths = by_id["cell-depths"]
    files = (mr, replicates, limits, depths)
    return Standards(
        levels=mr.levels(),
        mr_markers=mr.words("markers"),
        cell_depths=depths.bounds(),
        min_replicate_copies=mr.entry("replicate")["min_control_copies"],
        low_copies=mr.number("low_copy").value,
        linear_max_fraction=mr.number("linear_max_pct_is").value / 100,
        deepest_without_claim=mr.text("deepest_without_claim"),
        two_positive_markers=replicates.words("markers"),
        min_positive=int(replicates.number("min_positive").value),
        positive_below_cq=replicates.number("positive_below_cq").value,
        lod_events=limits.number("lod_events").value,
        loq_events=limits.number("loq_events").value,
        detection_probability=limits.number("detection_probability").value,
        pg_per_cell=limits.number("pg_per_cell").value,
        rna_lod_copies=limits.number("rna_lod_copies").value,
        max_blood_dilution=limits.number("max_blood_dilution_fraction").value,
        error_alpha=limits.number("error_alpha").value,
        titles={f.text("id"): f.text("title") for f in files},
        citations={f.text("id"): f.text("citation") for f in files},
        evidence={f.text("id"): f.text("evidence") for f in files},
        provisional=tuple(f"{f.text('id')}, {s}" for f in files for s in f.provisional()),
    )
