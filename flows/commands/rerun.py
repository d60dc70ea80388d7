"""`mrd rerun`."""

import argparse
from collections.abc import Sequence

from flows.commands.arguments import add_json, add_settings, add_warehouse, day
from flows.errors import UserError
from flows.settings import load_settings, settings_path
from flows.terminal import progress, show, told_if_only_the_report_is_missing

WORDS = "recompute the whole warehouse with other rule sets; show what changes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_warehouse(parser)
    parser.add_argument(
        "--ruleset",
        action="append",
        default=[],
        metavar="DISEASE=ID",
        help="rule set of a disease, such as CML=esmo-cml-2017; may be given several times",
    )
    parser.add_argument(
        "--since", type=day, metavar="DATE", help="show only samples collected then or later"
    )
    parser.add_argument("--patient", metavar="PATIENT_ID", help="show only this patient")
    parser.add_argument("--publish", action="store_true", help="make it the current snapshot")
    add_settings(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows import compare_text
    from flows.pseudonyms import name_inside
    from flows.rerun import Rerun, run_rerun

    settings = load_settings(args.warehouse, args.settings)
    rerun = Rerun(args.warehouse, settings, _named(args.ruleset))
    rerun.progress = progress
    file = args.settings or settings_path(args.warehouse)
    patient = args.patient and name_inside(args.patient, "patient", args.warehouse, args.settings)
    with told_if_only_the_report_is_missing(rerun):
        found = run_rerun(rerun, file, args.since, patient, publish=args.publish)
    progress("")
    show((compare_text.rerun_json if args.json else compare_text.rerun_text)(rerun, found))
    return rerun.result.exit_status


def _named(given: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for text in given:
        disease, sign, ruleset = text.partition("=")
        if not (disease and sign and ruleset) or named.get(disease, ruleset) != ruleset:
            raise UserError(
                f"--ruleset {text}: write DISEASE=ID once for a disease, such as CML=esmo-cml-2017"
            )
        named[disease] = ruleset
    return named
