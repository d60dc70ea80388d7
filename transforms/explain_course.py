"""`mrd explain` of a course: what several samples of a patient say together, and by which rule."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from transforms.guidelines.rules import Rules, RuleSet

_TFR_WORDS = {
    "TRANSCRIPT_NOT_TYPICAL": "the transcript is not one that the International Scale follows",
    "TRANSCRIPT_UNKNOWN": "cannot tell: the transcript is not given",
    "LINE_NOT_FIRST": "a later line of treatment; whether for intolerance only is the clinic's to say",
    "LINE_UNKNOWN": "cannot tell: the line of a treatment is not given",
    "TKI_TOO_SHORT": "not long enough on a TKI",
    "DEEP_RESPONSE_TOO_SHORT": "not long enough in deep molecular response",
    "LAST_NOT_DEEP_ENOUGH": "the last sample is not as deep as asked",
    "PRIOR_FAILURE": "a failure by the rule set, or a lost treatment-free remission, before",
    "PRIOR_FAILURE_UNKNOWN": "cannot tell: no sample of the first year of treatment is known",
    "LAST_SAMPLE_UNKNOWN": "cannot tell: a later sample could not be judged",
}
_MONITORING_WORDS = {
    "REPEAT": "the last sample could not be judged: repeat now",
    "UNTIL_MMR": "until MMR is reached and confirmed",
    "MMR": "MMR reached and confirmed",
    "TFR": "treatment-free remission",
}


_LEVEL_OF = {"MMR_ACHIEVED": "MR3", "LOSS_OF_MMR": "MR3", "MR4_ACHIEVED": "MR4", "LOSS_OF_MR4": "MR4"}  # fmt: skip


def _rule_source(row: Mapping[str, Any], rules: Rules) -> str:
    """Return where the rule behind an event was published; empty where a status says all."""
    ruleset = rules.rulesets[row["ruleset"]]
    name, event, course = row["rule_id"].rsplit("/", 1)[-1], row["event"], ruleset.course
    said: list[tuple[str, str]] = []
    if event == "MOLECULAR_RELAPSE":
        said = [(r.source, r.evidence) for r in course.relapse if r.id == name]
    elif event == "TFR_RELAPSE":
        said = [(r.source, r.evidence) for r in ruleset.tfr.relapse if r.id == name]
    elif event == "MOLECULAR_PERSISTENCE" and course.persistence is not None:
        said = [(course.persistence.source, course.persistence.evidence)]
    elif event == "LOG_RISE" and course.min_log10_rise is not None:
        said = [(course.min_log10_rise.source, course.min_log10_rise.evidence)]
    elif event in _LEVEL_OF:
        levels = rules.standards.levels
        said = [(x.source, x.evidence) for x in levels if x.depth == _LEVEL_OF[event]]
    return "; ".join(f"{source} [{evidence}]" for source, evidence in said)


def event_lines(events: Sequence[Mapping[str, Any]], rules: Rules) -> list[str]:
    """Return events in time, each with its confirmation and the source of its rule.

    Args:
        events: rows of `molecular_events`.
        rules: rules in force.
    """
    lines = []
    for row in sorted(events, key=lambda e: (e["occurred_on"], e["marker"], e["event"])):
        lines.append(
            f"  {row['occurred_on']}  {row['event']} at {row['sample_id']}: {row['explanation']}"
        )
        source = _rule_source(row, rules)
        if source:
            lines.append(f"              source: {source}")
    return lines


def _treatment(row: Mapping[str, Any]) -> str:
    agent = f" {row['agent']}" if row["agent"] else ""
    line = f", line {row['line']}" if row["line"] else ""
    end = f"to {row['stopped_on']}" if row["stopped_on"] else "until further notice"
    return f"  {row['started_on']}  {row['therapy']}{agent}{line}, {end}"


def _plan(row: Mapping[str, Any], ruleset: RuleSet) -> list[str]:
    lines = []
    if row["sustained_since"]:
        word = "at MR4 or deeper" if row["disease"] == "CML" else "negative"
        days = row["sustained_days"]
        held = f"still so {days} days later" if days else "by this sample alone, not yet confirmed"
        lines.append(f"  {word} since {row['sustained_since']}, {held}")
    if row["tfr_unmet"] is not None:
        answer = {True: "met", False: "not met", None: "cannot tell"}[row["tfr_eligible"]]
        lines.append(
            f"  criteria of treatment-free remission that results and treatments show: {answer}"
        )
        lines += [f"    {word}: {_TFR_WORDS[word]}" for word in row["tfr_unmet"]]
        if ruleset.tfr.eligibility is not None:
            said = ruleset.tfr.eligibility
            lines.append(f"    source: {said.source} [{said.evidence}]")
        lines.append("    phase, risk score and adherence are the clinic's to judge")
    if row["next_due_on"]:
        lines.append(
            f"  next test due {row['next_due_on']}: {_MONITORING_WORDS[row['monitoring']]}"
        )
    return lines


def explain_patient(patient_id: str, tables: Mapping[str, pl.DataFrame], rules: Rules) -> list[str]:
    """Return the course of a patient as lines of text.

    Args:
        patient_id: the patient.
        tables: rows of this patient in `patients`, `treatments`, `clinical_responses` and the derived
            tables.
        rules: rules in force.
    """
    lines = []
    for row in tables["patients"].filter("is_current").to_dicts():
        transcript = f", transcript {row['transcript']}" if row["transcript"] else ""
        diagnosed = f", diagnosed on {row['diagnosed_on']}" if row["diagnosed_on"] else ""
        lines.append(f"Patient {patient_id}: {row['disease']}{transcript}{diagnosed}")
    summaries = tables["patient_summary"].to_dicts()
    for ruleset in (rules.rulesets[row["ruleset"]] for row in summaries):
        lines.append(
            f"Rule set {ruleset.id}: {ruleset.title}. {ruleset.citation} [{ruleset.evidence}]"
        )
    treatments = tables["treatments"].filter("is_current").sort("started_on").to_dicts()
    if treatments:
        lines += ["", "Treatments", *(_treatment(row) for row in treatments)]
    assessed = tables["clinical_responses"].filter("is_current").sort("assessed_on").to_dicts()
    if assessed:
        stated = (f"  {r['assessed_on']}  {r['response'] or 'counts only'}" for r in assessed)
        lines += ["", "Clinical responses", *stated]
    lines += ["", "Samples, in time"]
    results = tables["mrd_status"].sort("assay_id", "marker").to_dicts()
    for row in tables["sample_remission"].sort("collected_on", "sample_id").to_dicts():
        lines += _sample(row, [r for r in results if r["sample_id"] == row["sample_id"]])
    events = event_lines(tables["molecular_events"].to_dicts(), rules)
    lines += ["", "Events", *(events or ["  none"])]
    for row in summaries:
        plan = _plan(row, rules.rulesets[row["ruleset"]])
        if plan:
            lines += ["", f"As of the last sample, {row['last_collected_on']}", *plan]
    return [
        *lines,
        "",
        "These are statements on assays, to the depth that is said: a finding is not yet a clinical",
        "remission, and remission is not cure.",
    ]


def _sample(row: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> list[str]:
    depth = f" {row['depth']}" if row["depth"] else ""
    timepoint = f" {row['timepoint']}" if row["timepoint"] else ""
    words = [f"{row['status']}{depth}", row["molecular_remission"]]
    if row["response"]:
        at = f" at {row['milestone']}" if row["milestone"] else ""
        words.append(f"{row['response']}{at}")
    if row["combined_response"] or row["clinical_response"]:
        words.append(row["combined_response"] or row["clinical_response"])
    if row["is_incomplete"]:
        words.append("another assay is missing")
    return [
        f"  {row['collected_on']}  {row['sample_id']}, {row['tissue']}{timepoint}: {', '.join(words)}",
        *(f"              {r['explanation']}" for r in results),
    ]
