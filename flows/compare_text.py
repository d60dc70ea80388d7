"""What differs between two states of the warehouse, as a person reads it, and as JSON."""

import json
from collections.abc import Mapping
from itertools import groupby
from typing import Any

import polars as pl

from flows.compare import Comparison
from flows.format_numbers import counted, disease_name, listed, percent, scientific, whole
from flows.rerun import Rerun
from flows.summary import finding_lines, rows_line
from schemas.enums import Disease
from transforms.differences import CAME, GONE, WORDS

_DISEASES = [d.value for d in Disease]
_ROW = ("disease", "patient_id", "on", "sample_id", "table", "assay_id", "marker")
_ONLY_COUNTED = ("sustained_since", "tfr_unmet", "next_due_on")
_TRUTHS = {"true": "yes", "false": "no"}
_SPOKEN = {"tfr_eligible": "TFR criteria met", "tfr_unmet": "TFR criteria not met"}


def text(found: Comparison) -> list[str]:
    """Return rule sets, counts by disease, and one line for each row that differs."""
    lines = []
    if found.rulesets:
        width = max(len(disease_name(d)) for d, _, _ in found.rulesets)
        lines.append("Rule sets")
        lines += [f"  {disease_name(d):{width}}  {old} → {new}" for d, old, new in found.rulesets]
        lines.append("")
    lines += _counts(found)
    shown = _ordered(found.rows)
    if shown:
        lines += ["", "Each change: patient, sample, day, what changes, by which rule"]
        for disease, group in groupby(shown, lambda r: r["disease"]):
            lines += ["", _name(disease), *_lines(list(group))]
    if found.levels.height:
        lines += ["", "Each level: patient, sample, day, assay and marker", *_levels(found.levels)]
    return lines


def rerun_text(run: Rerun, found: Comparison) -> str:
    """Return what a rerun changes and what became of it."""
    lines = []
    for path in run.paths:
        lines += [f"{path.name}: {rows_line(run.result.rows)}", *finding_lines(run), ""]
    lines += text(found)
    others = [r for r in run.reasons if r != "another rule set is active"]
    if others:
        lines.append("")
        lines += [f"Since the last load {r}; part of the above may come from that." for r in others]
    if run.result.published:
        lines += ["", f"Published as {run.load_id}.", f"Report  {run.report_path}"]
    elif run.has_changes():
        lines += ["", "Nothing was published; --publish makes this the current snapshot."]
    elif run.paths:
        lines += ["", "Nothing changes: these rows are in the warehouse. Nothing was published."]
    else:
        lines += ["", "Nothing changes: the tables are as these rule sets have them. Nothing was published."]  # fmt: skip
    return "\n".join(lines)


def rerun_json(run: Rerun, found: Comparison) -> str:
    """Return the same for scripts."""
    told = run.records.get("findings")
    said = {
        "load_id": run.load_id if run.result.published else None,
        "published": run.result.published,
        "has_changes": run.result.published or run.has_changes(),
        "reasons": run.reasons,
        "rows": run.result.rows,
        "findings": [] if told is None else told.drop("raw_row", "load_id").to_dicts(),
        **as_rows(found),
    }
    return json.dumps(said, indent=1)


def as_rows(found: Comparison) -> dict[str, Any]:
    """Return what differs for scripts: what `json.dumps` takes."""
    rows = found.rows.with_columns(pl.col("on").cast(pl.String).alias("collected_on")).drop("on")
    return {
        "rulesets": {d: {"before": old, "after": new} for d, old, new in found.rulesets},
        "restamped": found.restamped.height,
        "differences": rows.to_dicts(),
        "levels": found.levels.rename({"on": "collected_on"})
        .with_columns(pl.col(pl.Date).cast(pl.String))
        .to_dicts(),
    }


def _name(disease: str | None) -> str:
    return "Disease not known" if disease is None else disease_name(disease)


def _of_disease(rows: pl.DataFrame, disease: str | None) -> pl.DataFrame:
    return rows.filter(pl.col("disease").eq_missing(pl.lit(disease, dtype=pl.String)))


def _counts(found: Comparison) -> list[str]:
    lines = []
    for disease in [*_DISEASES, None]:
        rows = _of_disease(found.rows, disease)
        if rows.height:
            lines += [f"{_name(disease)}: {_headline(rows, found, disease)}", *_transitions(rows)]
    if not lines:
        lines.append("No sample and no patient changes class.")
    elif set(found.patients["disease"]) - set(found.rows["disease"]):
        lines.append("Other diseases: nothing changes.")
    if found.restamped.height:
        words = counted(found.restamped.height, "result")
        lines.append(f"{words} keep status, depth and reason and are decided by another rule.")
    if found.levels.height:
        counts = found.levels.group_by("assay_id").len().sort("assay_id").rows()
        by_assay = listed([f"{assay} {whole(number)}" for assay, number in counts])
        lines.append(f"{counted(found.levels.height, 'result')} with another level: {by_assay}.")
    return lines


def _levels(levels: pl.DataFrame) -> list[str]:
    """Return one line for each result that has another level."""
    whose = zip(
        levels.select("patient_id", "sample_id", "on").rows(), levels_said(levels), strict=True
    )
    return [f"  {patient}  {sample}  {day}  {said}" for (patient, sample, day), said in whose]


def levels_said(levels: pl.DataFrame) -> list[str]:
    """Return of each result that has another level its assay, marker and both levels."""
    lines = []
    for row in levels.to_dicts():
        number = scientific if row["basis"].startswith(("CELLS", "GDNA")) else percent
        before, after = ("none" if row[c] is None else number(row[c]) for c in ("before", "after"))
        lines.append(f"{row['assay_id']} {row['marker']}: level {before} → {after}")
    return lines


def _headline(rows: pl.DataFrame, found: Comparison, disease: str | None) -> str:
    is_whole = pl.col("column").is_in([CAME, GONE])
    whole = rows.filter(is_whole, pl.col("table") != "mrd_status")
    # what belongs to a sample that came or is gone has not changed
    others = rows.join(whole, on=["patient_id", "sample_id"], how="anti", nulls_equal=True)
    changed, single = others.filter(~is_whole), others.filter(is_whole)
    samples, patients = _of_disease(found.samples, disease), _of_disease(found.patients, disease)
    said = (
        f"{changed['sample_id'].drop_nulls().n_unique()} of {counted(samples.height, 'sample')} change, "
        f"in {changed['patient_id'].n_unique()} of {counted(patients.height, 'patient')}"
    )
    for word in (CAME, GONE):
        for noun, of_noun in (
            ("sample", whole.filter(table="sample_remission")),
            ("single result", single),
            ("patient", whole.filter(table="patient_summary")),
        ):
            number = of_noun.filter(column=word).height
            said += f"; {counted(number, noun)} {word}" if number else ""
    return said


def _transitions(rows: pl.DataFrame) -> list[str]:
    """Return one line for each word that changes: from what to what, and how often."""
    samples = rows.filter(table="sample_remission")
    alone = rows.filter(table="mrd_status").join(samples, on="sample_id", how="anti")
    events = rows.filter(table="molecular_events")
    patients = rows.filter(table="patient_summary")
    parts = [(_spoken(c), samples.filter(column=c)) for c in WORDS["sample_remission"]]
    parts += [(f"{c} of a single result", alone.filter(column=c)) for c in WORDS["mrd_status"]]
    parts += [(f"event {e}", events.filter(column=e)) for e in sorted(set(events["column"]))]
    parts += [(_spoken(c), patients.filter(column=c)) for c in WORDS["patient_summary"]]
    return [f"  {name}: {_how_often(of_word)}" for name, of_word in parts if of_word.height]


def _how_often(of_word: pl.DataFrame) -> str:
    if of_word["column"][0] in _ONLY_COUNTED:
        return counted(of_word.height, "patient")
    is_event = of_word["table"][0] == "molecular_events"
    counts = of_word.group_by("before", "after").len()
    ordered = counts.sort("len", "before", "after", descending=[True, False, False])
    return ", ".join(f"{_change(r, is_event=is_event)} {r['len']}" for r in ordered.to_dicts())


def _change(row: Mapping[str, Any], *, is_event: bool = False) -> str:
    before, after = (_TRUTHS.get(row[c], row[c]) for c in ("before", "after"))
    if is_event and (before is None or after is None):
        return f"{CAME} ({after})" if before is None else f"{GONE} ({before})"
    return f"{before or 'none'} → {after or 'none'}"


def _spoken(word: str) -> str:
    return _SPOKEN.get(word, word if word.isupper() else word.replace("_", " "))


def _ordered(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows as they are told: results of a sample that came or went are told with it."""
    whole = rows.filter(pl.col("column").is_in([CAME, GONE]))
    told = whole.filter(table="sample_remission").select("sample_id")
    silent = whole.filter(table="mrd_status").join(told, on="sample_id", how="semi")
    rank = pl.col("disease").replace_strict(
        {d: i for i, d in enumerate(_DISEASES)}, default=len(_DISEASES)
    )
    return (
        rows.join(silent, on=rows.columns, how="anti", nulls_equal=True, maintain_order="left")
        .sort(rank, "patient_id", pl.col("sample_id").is_null(), "on", "sample_id", maintain_order=True)
        .to_dicts()
    )  # fmt: skip


def _lines(rows: list[dict[str, Any]]) -> list[str]:
    width = max(len(r["patient_id"]) for r in rows)
    sample_width = max([len(r["sample_id"]) for r in rows if r["sample_id"]], default=0)
    lines = []
    for _, group in groupby(rows, lambda r: [r[c] for c in _ROW]):
        some = list(group)
        one = some[0]
        is_sample = one["sample_id"] is not None
        sample = f"{one['sample_id'] if is_sample else '':{sample_width}}"
        day = f"{str(one['on'] or '') if is_sample else 'patient':10}"
        lines.append(f"  {one['patient_id']:{width}}  {sample}  {day}  {_said_of_row(some)}")
    return lines


def said_of(rows: pl.DataFrame) -> list[str]:
    """Return what changes of one sample, one line for the sample and one for each result and event."""
    return [
        _said_of_row(list(group))
        for _, group in groupby(_ordered(rows), lambda r: [r[c] for c in _ROW])
    ]


def _said_of_row(some: list[dict[str, Any]]) -> str:
    one = some[0]
    where = " ".join(str(one[c]) for c in ("assay_id", "marker") if one[c])
    what = (f"{where}: " if where else "") + "; ".join(_said(r) for r in some)
    rule = " → ".join(dict.fromkeys(r for r in (one["rule_before"], one["rule_after"]) if r))
    return f"{what}  [{rule}]"


def _said(row: Mapping[str, Any]) -> str:
    word = row["column"]
    if word in (CAME, GONE):
        return f"{word} ({row['after' if word == CAME else 'before'] or 'no status'})"
    return f"{_spoken(word)} {_change(row, is_event=row['table'] == 'molecular_events')}"
