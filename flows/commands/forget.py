"""`mrd forget`."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.commands.arguments import add_json, add_settings, add_warehouse
from flows.errors import UserError
from flows.settings import load_settings
from flows.terminal import progress, show

if TYPE_CHECKING:
    from flows.forget_plan import Plan

WORDS = "take a patient out of every snapshot, kept file, finding and report"

_COUNTED = {
    "patients": "identities of the patient",
    "samples": "samples",
    "results": "rows of results",
    "findings": "findings",
    "inputs": "kept files, of which only the rows of others stay",
    "records": "records of loads in private/",
    "reports": "reports",
    "snapshots": "snapshots",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_warehouse(parser)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--patient", metavar="PATIENT_ID", help="the patient")
    who.add_argument(
        "--selection",
        type=Path,
        metavar="FILE",
        help="a text file of patient_id, one a line: they are then in no shell history",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--yes", action="store_true", help="do it; it cannot be undone")
    what.add_argument(
        "--dry-run", action="store_true", help="only show what would go (the default)"
    )
    add_settings(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.forget import Forgetting, run_forget

    patients = [args.patient.strip()] if args.patient is not None else _selected(args.selection)
    if not all(patients):
        raise UserError("--patient: write the patient_id as the files have it, or its pseudonym")
    settings = load_settings(args.warehouse, args.settings)
    forgetting = Forgetting(args.warehouse, settings, patients)
    forgetting.progress = progress
    plan = run_forget(forgetting, is_meant=args.yes)
    progress("")
    is_done = args.yes and not plan.is_nothing
    show(_as_json(plan, is_done=is_done) if args.json else _as_text(plan, is_done=is_done))
    return 0


def _selected(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: the selection cannot be read: {error}") from None
    patients = [x.strip() for x in lines if x.strip() and x.strip() != "patient_id"]
    if not patients:
        raise UserError(f"{path}: no patient is selected; write one patient_id a line")
    return patients


def _as_json(plan: "Plan", *, is_done: bool) -> str:
    told: dict[str, Any] = {
        "is_done": is_done,
        "is_resumed": plan.is_resumed,
        "counts": asdict(plan.counts),
        "files": plan.files,
        "left": plan.left,
    }
    return json.dumps(told, indent=1)


def _as_text(plan: "Plan", *, is_done: bool) -> str:
    if plan.is_nothing:
        return "There is nothing of this patient in the warehouse."
    counts = asdict(plan.counts)
    lines = []
    if plan.is_resumed:
        lines.append("An earlier run was stopped before its end; this one finishes it." if is_done else "An earlier run was stopped before its end; --yes finishes it.")  # fmt: skip
    lines.append("Gone:" if is_done else "This would go:")
    # only with pseudonyms there are such records
    told = [name for name in _COUNTED if counts[name] or name != "records"]
    lines += [f"  {counts[name]:>8}  {_COUNTED[name]}" for name in told]
    if plan.counts.inputs_removed:
        lines.append(f"  {plan.counts.inputs_removed:>8}  of these files hold no row of anybody else that can be kept")  # fmt: skip
    if plan.counts.results_of_others:
        lines.append(_of_others(plan.counts.results_of_others, is_done=is_done))
    if plan.files:
        lines.append("\nFiles that held the patient. Take them out of the inbox, or the next load brings the patient back:")  # fmt: skip
        lines += [f"  {name}" for name in plan.files]
    if plan.left:
        lines.append("\nThe same letters stand here too, and stay; look whether they mean the patient:")  # fmt: skip
        lines += [f"  {place}" for place in plan.left]
    if not is_done:
        lines.append("\nNothing was changed. It cannot be undone; --yes does it.")
    return "\n".join(lines)


def _of_others(number: int, *, is_done: bool) -> str:
    verb = "counted" if is_done else "count"
    which = (
        f"written under a sample of this patient, {verb} for somebody else, or the other way round"
    )
    older = "keep what was computed from them for somebody else; mrd prune removes these snapshots"
    if is_done:
        return f"\n{number} of these rows, {which}.\nOlder snapshots {older}."
    return (
        f"\n{number} of these rows, {which}.\nThey go too: load them under the right sample, without an amendment, first. "
        f"Older snapshots {older}."
    )
