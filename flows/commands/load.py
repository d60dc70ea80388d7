"""`mrd load`."""

import argparse
from pathlib import Path

from flows.commands.arguments import add_json, add_log, add_settings, add_warehouse
from flows.errors import UserError
from flows.settings import load_settings
from flows.terminal import progress, show, told_if_only_the_report_is_missing

WORDS = "load files and publish a new snapshot"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    add_warehouse(parser)
    parser.add_argument("--no-server", action="store_true", help="run the steps without Prefect")
    add_settings(parser)
    add_log(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.inbox import require

    settings = load_settings(args.warehouse, args.settings)
    require(args.paths)
    if args.warehouse.exists() and not args.warehouse.is_dir():
        raise UserError(f"{args.warehouse}: this is a file; a warehouse is a folder")
    if not args.no_server:
        from flows.prefect_env import prepare

        prepare(args.warehouse)
    from flows import summary
    from flows.load import LoadRun, run_load
    from flows.log_file import logged

    load = LoadRun(args.paths, args.warehouse, settings)
    load.progress = progress
    with logged(args.log), told_if_only_the_report_is_missing(load):
        if args.no_server:
            run_load(load)
        else:
            progress("starting Prefect")
            from flows.flow import load_with_prefect

            load_with_prefect(load)
    progress("")
    show(summary.as_json(load) if args.json else summary.text(load))
    return load.result.exit_status
