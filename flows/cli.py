"""The command `mrd`."""

import argparse
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from flows.errors import EXIT_DONE, EXIT_NOT_PUBLISHED, EXIT_REJECTED, UserError
from flows.settings import load_settings
from flows.version import code_version

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
        "explain", "show how a sample's result came about, from file and line to status"
    )
    explain.add_argument("sample_id", metavar="SAMPLE_ID")
    explain.add_argument("--warehouse", type=Path, required=True)
    formats = command("formats", "list the formats that are read")
    for with_settings in (load, check):
        with_settings.add_argument(
            "--settings", type=Path, help="settings file (default: mrd.toml beside the warehouse)"
        )
    for with_json in (load, check, explain, formats):
        with_json.add_argument("--json", action="store_true", help="print JSON")
    return parser


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
    try:
        if args.no_server:
            run_load(run)
        else:
            _progress("starting Prefect")
            from flows.flow import load_with_prefect

            load_with_prefect(run)
    except OSError as error:
        if not run.result.published:
            raise
        raise UserError(
            f"the tables were published, the report was not: {error.strerror or error}",
            run.result.exit_status,
        ) from None
    _progress("")
    print(summary.as_json(run) if args.json else summary.text(run))
    return run.result.exit_status


def _progress(words: str) -> None:
    """Show what goes on, on one line of a terminal and nowhere else."""
    if sys.stderr.isatty():
        print(f"\r\033[K{words}", end="", file=sys.stderr, flush=True)


def _check(args: argparse.Namespace) -> int:
    from flows.check import check_files
    from flows.summary import finding_line
    from flows.warehouse import Warehouse

    settings = load_settings(args.warehouse or Path("warehouse"), args.settings)
    checked = check_files(
        args.paths, settings, Warehouse(args.warehouse) if args.warehouse else None
    )
    found = checked.findings.sort("source_name", "source_line", "code").to_dicts()
    is_rejected = any(f["severity"] == "REJECTED" for f in found)
    if args.json:
        print(
            json.dumps(
                {"files": checked.files.to_dicts(), "findings": found, "missing": checked.missing},
                indent=1,
            )
        )
        return EXIT_REJECTED if is_rejected else EXIT_DONE
    for row in checked.files.to_dicts():
        print(
            f"{row['source_name']}: {row['format']}, {row['rows_read']} rows read = {row['rows_accepted']} accepted"
            f" + {row['rows_rejected']} rejected + {row['rows_ignored']} ignored"
        )
    for finding in found:
        print(f"  {finding['severity'].lower()}: {finding_line(finding)}")
    for table, lines in checked.missing.items():
        print(f"\nMissing rows of {table}, ready to fill in:")
        print("\n".join(lines))
    return EXIT_REJECTED if is_rejected else EXIT_DONE


def _explain(args: argparse.Namespace) -> int:
    from flows.explain import explain, facts

    if args.json:
        print(json.dumps(facts(args.sample_id, args.warehouse), indent=1, default=str))
    else:
        print("\n".join(explain(args.sample_id, args.warehouse)))
    return EXIT_DONE


def _formats(args: argparse.Namespace) -> int:
    from schemas.tables import INPUT_TABLES
    from transforms.readers.registry import READERS

    readers = [{"format": r.title, "reader": r.name, "recognised_by": r.signature} for r in READERS]
    tables = [
        {
            "table": t.name,
            "one_row_per": t.grain,
            "recognised_by": [
                *t.recognised_all,
                *([f"any of {', '.join(t.recognised_any)}"] if t.recognised_any else []),
            ],
            "required": [c for c in t.required if c != "result_version"],
            "columns": list(t.input_columns),
        }
        for t in INPUT_TABLES
    ]
    if args.json:
        print(json.dumps({"readers": readers, "canonical": tables}, indent=1))
        return EXIT_DONE
    for reader in readers:
        print(f"{reader['format']} ({reader['reader']})\n  recognised by {reader['recognised_by']}")
    print("\nCanonical CSV: UTF-8 or UTF-16; comma, semicolon or tab; the header decides the table")
    for table in tables:
        print(f"\n{table['table']}: one row per {table['one_row_per']}")
        print(f"  recognised by {', '.join(table['recognised_by'])}")
        print(f"  required      {', '.join(table['required'])}")
        print(f"  columns       {', '.join(table['columns'])}")
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
    "formats": _formats,
}


if __name__ == "__main__":
    sys.exit(main())
