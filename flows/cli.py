"""The command `mrd`."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from flows.errors import EXIT_DONE, EXIT_NOT_PUBLISHED, EXIT_REJECTED, UserError
from flows.settings import load_settings, settings_path
from flows.version import code_version

if TYPE_CHECKING:
    from flows.load import LoadRun

_EPILOG = "exit status: 0 done, 1 done but some input was rejected, 2 usage or settings, 3 nothing could be published"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mrd", description="Result files in, MRD status tables out.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"mrd {code_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=words, description=words, epilog=_EPILOG)

    init = command("init", "write a settings file and templates of the canonical files")
    init.add_argument("folder", type=Path, nargs="?", default=Path())
    load = command("load", "load files and publish a new snapshot")
    load.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    load.add_argument("--warehouse", type=Path, required=True)
    load.add_argument("--no-server", action="store_true", help="run the steps without Prefect")
    check = command("check", "say what is wrong with files; load nothing")
    check.add_argument("paths", type=Path, nargs="+", metavar="FILE")
    check.add_argument("--warehouse", type=Path, help="check against what is stored there")
    explain = command(
        "explain",
        "show how a sample's result came about, from file and line to status, or a patient's course",
    )
    whose = explain.add_mutually_exclusive_group(required=True)
    whose.add_argument("sample_id", metavar="SAMPLE_ID", nargs="?")
    whose.add_argument("--patient", metavar="PATIENT_ID", help="the course of this patient")
    explain.add_argument("--warehouse", type=Path, required=True)
    rerun = command(
        "rerun", "recompute the whole warehouse with other rule sets; show what changes"
    )
    rerun.add_argument("--warehouse", type=Path, required=True)
    rerun.add_argument(
        "--ruleset",
        action="append",
        default=[],
        metavar="DISEASE=ID",
        help="rule set of a disease, such as CML=esmo-cml-2017; may be given several times",
    )
    rerun.add_argument("--since", type=_day, metavar="DATE", help="show only samples collected then or later")  # fmt: skip
    rerun.add_argument("--patient", metavar="PATIENT_ID", help="show only this patient")
    rerun.add_argument("--publish", action="store_true", help="make it the current snapshot")
    diff = command("diff", "show what is classified otherwise in one snapshot than in another")
    diff.add_argument("old", metavar="OLD", help="load id, its beginning, or `current`")
    diff.add_argument("new", metavar="NEW", help="the same")
    diff.add_argument("--warehouse", type=Path, required=True)
    formats = command("formats", "list the formats that are read, or say what a file is")
    formats.add_argument("--describe", type=Path, metavar="FILE", help="say what format the file has, or propose a layout for its table")  # fmt: skip
    for with_settings in (load, check, rerun):
        with_settings.add_argument(
            "--settings", type=Path, help="settings file (default: mrd.toml beside the warehouse)"
        )
    for with_json in (load, check, explain, rerun, diff, formats):
        with_json.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write YYYY-MM-DD") from None


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    args = _parser().parse_args(argv)
    try:
        return int(_COMMANDS[args.command](args))
    except UserError as error:
        print(f"mrd: {error}", file=sys.stderr)
        return error.status
    except OSError as error:
        # a full disk or a share that went away is no bug; the old snapshot is untouched
        place = f"{error.filename}: " if error.filename else ""
        print(f"mrd: {place}{error.strerror or error}; nothing was published", file=sys.stderr)
        return EXIT_NOT_PUBLISHED
    except Exception:
        # a bug keeps its traceback, and its status is not that of a load with rejected rows
        traceback.print_exc()
        return EXIT_NOT_PUBLISHED
    except KeyboardInterrupt:
        print("mrd: stopped; nothing was published", file=sys.stderr)
        return EXIT_NOT_PUBLISHED


def _load(args: argparse.Namespace) -> int:
    from flows.inbox import require

    settings = load_settings(args.warehouse, args.settings)
    require(args.paths)
    if args.warehouse.exists() and not args.warehouse.is_dir():
        raise UserError(f"{args.warehouse}: this is a file; a warehouse is a folder")
    if not args.no_server:
        from flows import prefect_env

        try:
            prefect_env.prepare(args.warehouse)
        except OSError as error:
            raise UserError(
                f"{args.warehouse}: the warehouse cannot be written: {error.strerror}",
                EXIT_NOT_PUBLISHED,
            ) from None
    from flows import summary
    from flows.load import LoadRun, run_load

    run = LoadRun(args.paths, args.warehouse, settings)
    run.progress = _progress
    with _told_if_only_the_report_is_missing(run):
        if args.no_server:
            run_load(run)
        else:
            _progress("starting Prefect")
            from flows.flow import load_with_prefect

            load_with_prefect(run)
    _progress("")
    _show(summary.as_json(run) if args.json else summary.text(run))
    return run.result.exit_status


@contextmanager
def _told_if_only_the_report_is_missing(run: "LoadRun") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not run.result.published:
            raise
        raise UserError(
            f"the tables were published, the report was not: {error.strerror or error}",
            run.result.exit_status,
        ) from None


def _progress(words: str) -> None:
    """Show what goes on, on one line of a terminal and nowhere else."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def _check(args: argparse.Namespace) -> int:
    from flows.check import check_files, check_json, check_text
    from flows.warehouse import Warehouse

    settings = load_settings(args.warehouse or Path("warehouse"), args.settings)
    checked = check_files(
        args.paths, settings, Warehouse(args.warehouse) if args.warehouse else None
    )
    _show(check_json(checked) if args.json else check_text(checked))
    return EXIT_REJECTED if checked.is_rejected else EXIT_DONE


def _explain(args: argparse.Namespace) -> int:
    from flows import explain

    is_course = args.patient is not None
    name = args.patient if is_course else args.sample_id
    if args.json:
        told = explain.course_facts if is_course else explain.facts
        _show(json.dumps(told(name, args.warehouse), indent=1, default=str))
    else:
        lines = explain.explain_course if is_course else explain.explain
        _show("\n".join(lines(name, args.warehouse)))
    return EXIT_DONE


def _rerun(args: argparse.Namespace) -> int:
    from flows import compare_text
    from flows.rerun import Rerun, run_rerun

    named: dict[str, str] = {}
    for given in args.ruleset:
        disease, sign, ruleset = given.partition("=")
        if not (disease and sign and ruleset) or named.get(disease, ruleset) != ruleset:
            raise UserError(
                f"--ruleset {given}: write DISEASE=ID once for a disease, such as CML=esmo-cml-2017"
            )
        named[disease] = ruleset
    settings = load_settings(args.warehouse, args.settings)
    run = Rerun(args.warehouse, settings, named)
    run.progress = _progress
    file = args.settings or settings_path(args.warehouse)
    with _told_if_only_the_report_is_missing(run):
        found = run_rerun(run, file, args.since, args.patient, publish=args.publish)
    _progress("")
    _show((compare_text.rerun_json if args.json else compare_text.rerun_text)(run, found))
    return run.result.exit_status


def _diff(args: argparse.Namespace) -> int:
    from flows import compare_text
    from flows.compare import compare, tables_of
    from flows.warehouse import Warehouse

    warehouse = Warehouse(args.warehouse)
    old, new = warehouse.snapshot(args.old), warehouse.snapshot(args.new)
    rulesets = dict(old.manifest["rulesets"]), dict(new.manifest["rulesets"])
    found = compare(tables_of(old), tables_of(new), rulesets)
    names = {"old": old.manifest["load_id"], "new": new.manifest["load_id"]}
    if args.json:
        _show(json.dumps({**names, **compare_text.as_rows(found)}, indent=1))
    else:
        _show("\n".join(compare_text.text(found)))
    return EXIT_DONE


def _show(words: str) -> None:
    """Print what may be long: a reader such as `head` may stop early, and that is no error."""
    try:
        print(words, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _formats(args: argparse.Namespace) -> int:
    from flows.formats import describe, described_json, described_text, formats_json, formats_text

    if args.describe:
        found = describe(args.describe)
        _show(described_json(found) if args.json else described_text(found))
        return EXIT_DONE
    _show(formats_json() if args.json else formats_text())
    return EXIT_DONE


def _init(args: argparse.Namespace) -> int:
    from flows.init import write_templates

    for path in write_templates(args.folder):
        print(f"wrote {path}")
    return EXIT_DONE


_COMMANDS = {
    "init": _init,
    "load": _load,
    "check": _check,
    "explain": _explain,
    "rerun": _rerun,
    "diff": _diff,
    "formats": _formats,
}


if __name__ == "__main__":
    sys.exit(main())
