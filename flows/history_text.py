"""The history of a sample as a person reads it, and as JSON."""

import json
from typing import Any

import polars as pl

from flows.compare_text import levels_said, said_of
from flows.format_numbers import counted, moment
from flows.history import History, State, Step
from transforms.differences import GONE
from transforms.printable import shown

_STATUS = ("status", "depth", "molecular_remission", "milestone", "response", "clinical_response", "combined_response", "discordance")  # fmt: skip


def text(told: History) -> str:
    """Return the snapshots in which something changed, each with what and why."""
    lines = [f"Sample {told.sample_id}"]
    for step in told.steps:
        lines += ["", f"{moment(step.started_at)}  {step.load_id}  {step.kind}"]
        lines += [f"  {shown(line)}" for line in _what(step)]
        if step.gone:
            words = "snapshot was" if len(step.gone) == 1 else "snapshots were"
            lines.append(
                f"  {len(step.gone)} earlier {words} pruned: some of this may be of their loads"
            )
        lines += [f"  because {shown(line)}" for line in _why(step)]
    lines += ["", _ending(told)]
    lines += [f"{name}: not read: {why}" for name, why in told.unread.items()]
    return "\n".join(lines)


def as_json(told: History) -> str:
    """Return the same for scripts."""
    return json.dumps(
        {
            "sample_id": told.sample_id,
            "snapshots": told.n_snapshots,
            "pruned": told.n_pruned,
            "not_read": told.unread,
            "steps": [_facts(step) for step in told.steps],
        },
        indent=1,
    )


def _ending(told: History) -> str:
    said = f"{counted(told.n_snapshots, 'snapshot')} read; those that are not named changed nothing of it."
    if told.n_pruned:
        said += f" {counted(told.n_pruned, 'earlier snapshot')} pruned: what they said is no longer known."
    return said


def _what(step: Step) -> list[str]:
    before, after = step.before, step.after
    if before is None or not before.is_there:
        return ["appears", *_known(after), *step.amended, *_results(after)]
    if not after.is_there:
        return ["vanishes: no table has it any more"]
    lines = []
    if before.patient_id != after.patient_id:
        lines.append(_patients(before, after))
    if before.collected_on != after.collected_on:
        lines.append(
            f"collected on {before.collected_on or 'not known'} → {after.collected_on or 'not known'}"
        )
    if before.n_waiting != after.n_waiting:
        lines.append(f"rows that wait {before.n_waiting} → {after.n_waiting}")
    lines += step.amended
    if before.tables["sample_remission"].is_empty():
        return [*lines, *_results(after)]
    lines += _without_result(step.found.rows)
    lines += said_of(step.found.rows.filter(pl.col("column") != GONE))
    lines += levels_said(step.found.levels)
    if lines == [] and step.found.restamped.height:
        lines.append("the same words, decided by another rule")
    return lines


def _patients(before: State, after: State) -> str:
    old, new = before.patient_id, after.patient_id
    if old is None or new is None:
        return f"patient {old or 'not known'} → {new or 'not known'}"
    if old in after.identities:
        return f"patient {old} → {new}: both are one patient now"
    if new in before.identities:
        return f"patient {old} → {new}: the two are one patient no longer"
    return f"patient {old} → {new}: the sample is of another patient now, and counts in that course"


def _without_result(rows: pl.DataFrame) -> list[str]:
    """Say of the sample, or of each of its assays and markers, that it has no result any more."""
    gone = rows.filter(column=GONE)
    whole = gone.filter(table="sample_remission")
    lines = []
    for row in (gone if whole.is_empty() else whole).to_dicts():
        where = " ".join(row[c] for c in ("assay_id", "marker") if row[c]) or "this sample"
        lines.append(f"{where} has no result that counts any more; it was {row['before'] or 'without a status'}  [{row['rule_before']}]")  # fmt: skip
    return lines


def _known(state: State) -> list[str]:
    patient = f"patient {state.patient_id}" if state.patient_id else "patient not known"
    day = f", collected on {state.collected_on}" if state.collected_on else ""
    waits = f"; rows that wait for reference rows: {state.n_waiting}" if state.n_waiting else ""
    return [f"{patient}{day}{waits}"]


def _results(state: State) -> list[str]:
    lines = []
    for row in state.tables["sample_remission"].to_dicts():
        said = "; ".join(f"{c.replace('_', ' ')} {row[c]}" for c in _STATUS if row[c] is not None)
        lines.append(f"{said}  [{row['ruleset']}]")
    for row in state.tables["mrd_status"].sort("assay_id", "marker").to_dicts():
        depth = f", {row['depth']}" if row["depth"] else ""
        lines.append(
            f"{row['assay_id']} {row['marker']}: {row['status']}{depth}, {row['reason']}  [{row['rule_id']}]"
        )
    for row in state.tables["molecular_events"].sort("marker", "event").to_dicts():
        word = {True: "confirmed", False: "refuted", None: "open"}[row["is_confirmed"]]
        lines.append(f"{row['marker']}: {row['event']} ({word})  [{row['rule_id']}]")
    return lines


def _why(step: Step) -> list[str]:
    lines = [f"of {words}: {', '.join(files)}" if files else words for words, files in step.why]
    return lines or ["of nothing that records name"]


def _facts(step: Step) -> dict[str, Any]:
    def known(state: State | None) -> dict[str, Any] | None:
        if state is None or not state.is_there:
            return None
        return {
            "patient_id": state.patient_id,
            "collected_on": state.collected_on,
            "rows_waiting": state.n_waiting,
            **{n: rows.with_columns(pl.col(pl.Date).cast(pl.String)).to_dicts() for n, rows in state.tables.items() if n in ("sample_remission", "mrd_status")},
        }  # fmt: skip

    return {
        "load_id": step.load_id,
        "started_at": step.started_at.isoformat(),
        "kind": step.kind,
        "before": known(step.before),
        "after": known(step.after),
        "amended": step.amended,
        "because": [{"words": words, "files": files} for words, files in step.why],
        "pruned_since_the_state_before": list(step.gone),
    }
