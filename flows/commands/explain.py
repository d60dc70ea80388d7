"""`mrd explain`."""

import argparse
import json

from flows.commands.arguments import add_json, add_settings, add_warehouse
from flows.errors import EXIT_DONE
from flows.terminal import show

WORDS = "show how a sample's result came about, from file and line to status, or a patient's course"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("sample_id", metavar="SAMPLE_ID", nargs="?")
    whose.add_argument("--patient", metavar="PATIENT_ID", help="the course of this patient")
    add_warehouse(parser)
    add_settings(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows import explain
    from flows.pseudonyms import name_inside

    is_course = args.patient is not None
    typed, kind = (args.patient, "patient") if is_course else (args.sample_id, "sample")
    name = name_inside(typed, kind, args.warehouse, args.settings)
    if args.json:
        told = explain.course_facts if is_course else explain.facts
        show(json.dumps(told(name, args.warehouse), indent=1, default=str))
    else:
        lines = explain.explain_course if is_course else explain.explain
        show("\n".join(lines(name, args.warehouse)))
    return EXIT_DONE
