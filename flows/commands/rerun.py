"""`mrd rerun`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from flows.commands.arguments import add_json, add_log, add_settings, add_warehouse, day
from flows.errors import UserError
from flows.settings import load_settings, settings_path
from flows.terminal import progress, show, told_if_only_the_report_is_missing

WORDS = "recompute the whole warehouse with other rule sets or corrected conversion factors; show what changes"


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
        "--assays",
        type=Path,
        metavar="FILE",
        help="rows of assays, such as corrected conversion factors, or of another reference table; "
        "with --publish they are loaded",
    )
    shown = parser.add_argument_group(
        "what is shown",
        "a publish is always of everything; may be given several times: patient, sample, file, assay",
    )
    shown.add_argument(
        "--since", type=day, metavar="DATE", help="only samples collected then or later"
    )
    for name, words in (
        ("patient", "only this patient"),
        ("sample", "only this sample"),
        ("file", "only what is of this input file"),
        ("assay", "only samples with a result of this assay"),
    ):
        value = "NAME_OR_SHA256" if name == "file" else f"{name.upper()}_ID"
        shown.add_argument(f"--{name}", action="append", default=[], metavar=value, help=words)
    shown.add_argument(
        "--selection",
        type=Path,
        metavar="FILE",
        help="only patients and samples of this CSV file (columns patient_id, sample_id or both)",
    )
    parser.add_argument("--publish", action="store_true", help="make it the current snapshot")
    add_settings(parser)
    add_log(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows import compare_text
    from flows.chosen import Asked
    from flows.log_file import logged
    from flows.rerun import Rerun, run_rerun

    settings = load_settings(args.warehouse, args.settings)
    rerun = Rerun(args.warehouse, settings, _named(args.ruleset), args.assays)
    rerun.progress = progress
    asked = Asked(args.since, args.patient, args.sample, args.selection, args.file, args.assay)
    file = args.settings or settings_path(args.warehouse)
    with logged(args.log), told_if_only_the_report_is_missing(rerun):
        found = run_rerun(rerun, file, asked, publish=args.publish)
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
