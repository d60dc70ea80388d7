"""`mrd report`."""

import argparse
import os
from pathlib import Path

from flows.commands.arguments import add_warehouse
from flows.errors import EXIT_DONE, EXIT_NOT_PUBLISHED, UserError
from flows.terminal import show

WORDS = "write the report of a load again"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "load_id",
        metavar="LOAD_ID",
        nargs="?",
        default="current",
        help="load id, its beginning, or `current` (default)",
    )
    add_warehouse(parser)
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="write it there (default: reports/ of the warehouse)",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows.integrity import damaged_files
    from flows.recomputed import recomputed_patients
    from flows.report_of_load import report_of_load
    from flows.rules import rules_of
    from flows.version import code_version
    from flows.warehouse import Warehouse

    warehouse = Warehouse(args.warehouse)
    snapshot = warehouse.snapshot(args.load_id)
    for damage in damaged_files(snapshot):
        raise UserError(damage, EXIT_NOT_PUBLISHED)
    patients, is_certain = recomputed_patients(warehouse, snapshot)
    page = report_of_load(snapshot, rules_of(snapshot.manifest), patients.to_list())
    path = _write(page, args.to) if args.to else warehouse.write_report(snapshot.path.name, page)
    lines = [f"Report  {path}"]
    made_by = snapshot.manifest["code_version"]
    if made_by != code_version():
        lines.append(f"{made_by} made the snapshot, this is {code_version()}: the page may look otherwise than the first one.")  # fmt: skip
    if not is_certain:
        lines.append("The snapshot before was pruned: courses of a patient may be missing whose rows this load only completed.")  # fmt: skip
    show("\n".join(lines))
    return EXIT_DONE


def _write(page: str, path: Path) -> Path:
    """Write a page with identifiers, readable by owner and group only.

    Raises:
        UserError: there is a file, or the place cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o640)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(page)
    except FileExistsError:
        raise UserError(f"{path}: there is a file of this name; give another one") from None
    except OSError as error:
        raise UserError(f"{path}: the report cannot be written: {error.strerror}") from None
    return path
