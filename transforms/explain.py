"""`mrd explain`: from file and line to the word on the page, in lines that a person reads."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from schemas.tables import MEASUREMENT_TABLES
from transforms.classify.explanation import REASON_WORDS, reason_words
from transforms.explain_amendments import amendment_lines, is_counted_here, merge_lines
from transforms.explain_course import event_lines
from transforms.explain_kits import kit_lines
from transforms.explain_limits import amount, count, interval_lines, limit_lines
from transforms.explain_lists import worth_telling
from transforms.explain_rows import Source, measured, rows_without_result, source_words
from transforms.explain_rules import class_lines, compared, response_lines
from transforms.guidelines.rules import Rules
from transforms.identities import Merges
from transforms.kits.assay_rows import with_kits


def explain_sample(
    sample_id: str,
    tables: Mapping[str, pl.DataFrame],
    sources: Mapping[str, Source],
    rules: Rules,
    merged: Merges,
) -> list[str]:
    """Return the whole chain of a sample as lines of text.

    Args:
        sample_id: the sample.
        tables: rows of this sample in the input tables, also those that are written for another and count for
            it; its patient's row in `patients`; `assays`, `tracked_markers` of its patient, `patient_aliases`, and
            the derived tables.
        sources: what is known of each input file, by SHA-256.
        rules: rules in force.
        merged: what `patient_aliases` come to.
    """
    lines: list[str] = []
    for row in tables["samples"].to_dicts():
        state = "" if row["is_current"] else " (superseded)"
        lines.append(
            f"Sample {sample_id}: patient {row['patient_id']}, {row['tissue']}, collected {row['collected_on']}"
            f" — {source_words(row, sources)}{state}"
        )
    if not lines:
        lines.append(f"Sample {sample_id}: no samples row is known")
    for owner in tables["samples"].filter("is_current")["patient_id"].to_list():
        lines += merge_lines(
            owner, tables["patient_aliases"], merged, lambda r: source_words(r, sources)
        )
    for row in tables["patients"].to_dicts():
        transcript = f", transcript {row['transcript']}" if row["transcript"] else ""
        lines.append(
            f"Patient {row['patient_id']}: {row['disease']}{transcript} — {source_words(row, sources)}"
        )
    lines += amendment_lines(tables["amendments"], lambda r: source_words(r, sources))
    status = {(r["assay_id"], r["marker"]): r for r in tables["mrd_status"].to_dicts()}
    results, of_others = worth_telling(tables["assay_results"])
    for result in results.to_dicts():
        lines += [
            "",
            *_result(result, status[result["assay_id"], result["marker"]], tables, sources, rules),
        ]
    lines += ["", *of_others] if of_others else []
    lines += rows_without_result(sample_id, tables, sources, set(results["assay_id"]))
    for row in tables["sample_remission"].to_dicts():
        depth = f", {row['depth']}" if row["depth"] else ""
        lines += [
            "",
            f"Sample as a whole: {row['status']}{depth}; molecular remission: {row['molecular_remission']} "
            f"(from {', '.join(row['derived_from'])}; rule set {row['ruleset']})",
            *_held(row),
            *_beside(row, rules),
            *_events(sample_id, tables, rules),
            "This is a statement on these assays, to this depth: a finding is not yet a clinical remission,",
            "and remission is not cure.",
        ]
    return lines


def _events(sample_id: str, tables: Mapping[str, pl.DataFrame], rules: Rules) -> list[str]:
    """Return what the course of the patient says of this sample."""
    is_named = (pl.col("sample_id") == sample_id) | (pl.col("confirmed_by_sample_id") == sample_id)
    rows = tables["molecular_events"].filter(is_named).to_dicts()
    return ["In the patient's course:", *event_lines(rows, rules)] if rows else []


def _result(
    result: Mapping[str, Any],
    status: Mapping[str, Any],
    tables: Mapping[str, pl.DataFrame],
    sources: Mapping[str, Source],
    rules: Rules,
) -> list[str]:
    basis = result["basis"]
    lines = [f"Assay {result['assay_id']}: {result['marker']}, {result['modality']}, {basis}"]
    lines += _assay_rows(result, tables, sources)
    for table in MEASUREMENT_TABLES:
        is_mine = is_counted_here(result["sample_id"])
        rows = tables[table.name].filter(is_mine, pl.col("assay_id") == result["assay_id"])
        if "marker" in rows.columns:
            rows = rows.filter(pl.col("marker") == result["marker"])
        lines += [measured(r, table.name, sources, result["sample_id"]) for r in rows.to_dicts()]
    lines += _tracked(result, tables, sources)
    lines.append(
        f"  finding   {result['finding']} ({result['n_evaluable']} of {result['n_replicates']} evaluable)"
    )
    lines.append(f"  level     {_formula(result)}")
    limits = limit_lines(
        result, status["required_lod_fraction"], status["ruleset"], rules.standards
    )
    lines += [f"  {'limits' if i == 0 else '':<10}{line}" for i, line in enumerate(limits)]
    lines += [f"  {line}" for line in interval_lines(result)]
    lines.append(f"  series    {result['series']}")
    if result["flags"]:
        lines.append(f"  flags     {', '.join(result['flags'])}")
    lines += _course(status, basis)
    lines += [f"  compared  {c}" for c in compared(result, status, rules)]
    depth = f", depth {status['depth']}" if status["depth"] else ""
    ruleset = rules.rulesets[status["ruleset"]]
    words = reason_words(status["reason"], ruleset.low_level_depth)
    lines.append(f"  status    {status['status']}{depth}: {words}")
    lines.append(f"  rule      {status['rule_id']}")
    lines.append(f"  source    {ruleset.citation} [{ruleset.evidence}]")
    lines += class_lines(status, ruleset)
    if result["marker"] in rules.standards.mr_markers and status["depth"]:
        standards = rules.standards
        lines.append(
            f"  depth by  eutos-2015: {standards.citations['eutos-2015']} [{standards.evidence['eutos-2015']}]"
        )
    return lines


def _tracked(
    result: Mapping[str, Any], tables: Mapping[str, pl.DataFrame], sources: Mapping[str, Source]
) -> list[str]:
    """Return by which row of the patient's list a marker counts, and why it counts as 0 without a row."""
    lines = []
    is_marker = (pl.col("patient_id") == result["patient_id"]) & (pl.col("marker") == result["marker"])  # fmt: skip
    rows = tables["tracked_markers"].filter(is_marker) if result["modality"] == "NGS" else None
    for row in [] if rows is None else rows.to_dicts():
        since = f", identified {row['identified_on']}" if row["identified_on"] else ""
        word = "withdrawn" if row["is_tracked"] is False else "tracked"
        state = "" if row["is_current"] else " (superseded)"
        lines.append(
            f"  {word:<10}in patient {row['patient_id']}{since} — {source_words(row, sources)}{state}"
        )
    if "absent_from_complete_list" in result["flags"]:
        lists = tables["ngs_measurements"].filter(
            is_counted_here(result["sample_id"]),
            "is_current",
            "is_complete_list",
            pl.col("assay_id") == result["assay_id"],
        )
        files = [s for s in lists["source_sha256"].unique(maintain_order=True) if s in sources]
        names = ", ".join(sorted(sources[s].name for s in files))
        lines.append(
            f"  absent    no row names it: 0 of the {count(result['denominator'])} of its locus in the list {names}, which is"
            " complete; the assay has found it in this patient before"
        )
    return lines


def _held(row: Mapping[str, Any]) -> list[str]:
    """Return how long a molecular remission was seen to hold."""
    if row["held_days"] is None:
        return []
    if row["held_days"] == 0:
        return ["No later sample confirms it yet."]
    return [f"Later samples still show it, {row['held_days']} days on."]


def _beside(row: Mapping[str, Any], rules: Rules) -> list[str]:
    """Return what else is said of the sample: the rule set's word, the clinic's, how assays agree."""
    lines = []
    if row["response"]:
        at = f" at {row['milestone']}" if row["milestone"] else ""
        lines.append(f"Response by {row['ruleset']}{at}: {row['response']}")
        lines += response_lines(row, rules)
    elif row["milestone"]:
        lines.append(
            f"Milestone {row['milestone']}: its level lies on both sides of a bound, no response"
        )
    if row["clinical_response"]:
        both = f"; with MRD: {row['combined_response']}" if row["combined_response"] else ""
        lines.append(f"Clinical response beside it: {row['clinical_response']}{both}")
    if row["discordance"]:
        lines.append(f"Its assays of cells: {row['discordance']}")
    return lines


def _course(status: Mapping[str, Any], basis: str) -> list[str]:
    """Return where the result stands in its series."""
    parts = []
    if status["baseline_fraction"] is not None:
        parts.append(f"baseline {amount(status['baseline_fraction'], basis)}")
    if status["log10_reduction"] is not None:
        least = "at least " if status["is_log10_reduction_bound"] else ""
        parts.append(f"reduction {least}{status['log10_reduction']:.3g} log10")
    if status["nadir_fraction"] is not None:
        parts.append(f"nadir {amount(status['nadir_fraction'], basis)}")
    if status["log10_rise_from_nadir"]:
        parts.append(f"rise from it {status['log10_rise_from_nadir']:.3g} log10")
    if status["doubling_time_days"] is not None:
        word = "doubling" if status["doubling_time_days"] > 0 else "halving"
        parts.append(f"{word} in {abs(status['doubling_time_days']):.3g} days")
    return [f"  course    {', '.join(parts)}"] if parts else []


def _assay_rows(
    result: Mapping[str, Any], tables: Mapping[str, pl.DataFrame], sources: Mapping[str, Source]
) -> list[str]:
    """Return the days that decide which assay row counts, and the rows in force on them."""
    is_assay = pl.col("assay_id") == result["assay_id"]
    measured = pl.concat(
        [tables[t.name].filter(is_assay, "is_current").select("run_id") for t in MEASUREMENT_TABLES]
    ).unique()
    runs = tables["runs"].filter(is_assay, "is_current", pl.col("performed_on").is_not_null())
    dated = measured.join(runs, on="run_id", how="left").sort("performed_on", "run_id").to_dicts()
    days = {
        r["performed_on"] or result["collected_on"]: "run" if r["performed_on"] else "collection"
        for r in dated
    }
    assays = with_kits(tables["assays"].filter(is_assay, "is_current"), [result["assay_id"]])
    lines, of_kits = [], []
    for day, word in days.items():
        low, high = pl.col("valid_from").fill_null(day), pl.col("valid_to").fill_null(day)
        rows = assays.filter(low <= day, high >= day).to_dicts()
        if not rows:
            lines.append(f"  counts on {day} (date of {word}): no assay row is in force")
        for row in rows:
            factor = row["conversion_factor"]
            with_factor = f", conversion factor {factor:g}" if factor else ""
            since = f"from {row['valid_from']}" if row["valid_from"] else "since ever"
            until = f"to {row['valid_to']}" if row["valid_to"] else "until further notice"
            by_catalogue = row["source_sha256"] is None
            origin = "the catalogue of known kits" if by_catalogue else source_words(row, sources)
            lines.append(
                f"  counts on {day} (date of {word}): assay row {since} {until}{with_factor}"
                f" — {origin}"
            )
            of_kits += kit_lines(row)
    return [*lines, *dict.fromkeys(of_kits)]


_HOW_COUNTED = {
    "spike_calibrated": "reads × spike cells / spike reads over the cells of the DNA",
    "copies_from_curve": "copies by the curve, 10^((Cq − intercept) / slope)",
}


def _at_most(result: Mapping[str, Any]) -> str:
    if result["upper_fraction"] is None:
        return "and nothing bounds it"
    return f"at most {amount(result['upper_fraction'], result['basis'])}"


def _how_counted(result: Mapping[str, Any]) -> str:
    """Return how the counts came about, in brackets, where they are no plain counts."""
    how = [words for flag, words in _HOW_COUNTED.items() if flag in result["flags"]]
    if result["target_copies_per_ul"] is not None:
        how.append("copies by −ln(1 − positive / partitions) × partitions")
    return f" ({'; '.join(how)})" if how else ""


def _formula(result: Mapping[str, Any]) -> str:
    basis, factor = result["basis"], result["conversion_factor"]
    value = (
        result["level_fraction"]
        if result["level_fraction"] is not None
        else result["estimate_fraction"]
    )
    word = "" if result["level_fraction"] is not None else " (an estimate, not quantified)"
    if result["finding"] == "NOT_EVALUABLE":
        return f"none: {REASON_WORDS[result['finding_reason']]}"
    counted = result["numerator"] is not None and result["denominator"]
    ratio = f"{count(result['numerator'])} / {count(result['denominator'])}" if counted else ""
    if result["finding"] == "NOT_DETECTED":
        return f"not detected{f' ({ratio})' if ratio else ''}, {_at_most(result)}"
    if value is None and result["finding_reason"]:
        return f"none: {REASON_WORDS[result['finding_reason']]}"
    if value is None and result["censor"] == "RIGHT":
        return "above the measuring range"
    if value is None:
        return f"no number, {_at_most(result)}"
    if not counted:
        by_curve = "copies_from_curve" in result["flags"]
        origin = (
            "by the run's curve, 10^((mean Cq − intercept) / slope)" if by_curve else "as reported"
        )
        corrected = " × nominal / measured DNA" if "dna_corrected" in result["flags"] else ""
        return f"{amount(value, basis)} {origin}{corrected}{word}"
    times = f" × {factor:g}" if factor is not None else ""
    return f"{ratio}{times} = {amount(value, basis)}{word}{_how_counted(result)}"
