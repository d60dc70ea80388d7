"""`mrd diff`."""

import argparse
import json

from flows.commands.arguments import add_json, add_warehouse
from flows.errors import EXIT_DONE
from flows.terminal import show

WORDS = "show what is classified otherwise in one snapshot than in another"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("old", metavar="OLD", help="load id, its beginning, or `current`")
    parser.add_argument("new", metavar="NEW", help="the same")
    add_warehouse(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status."""
    from flows import compare_text
    from flows.compare import compare, tables_of
    from flows.warehouse import Warehouse

    warehouse = Warehouse(args.warehouse)
    old, new = warehouse.snapshot(args.old), warehouse.snapshot(args.new)
    rulesets = dict(old.manifest["rulesets"]), dict(new.manifest["rulesets"])
    found = compare(tables_of(old), tables_of(new), rulesets)
    names = {"old": old.manifest["load_id"], "new": new.manifest["load_id"]}
    if args.json:
        show(json.dumps({**names, **compare_text.as_rows(found)}, indent=1))
    else:
        show("\n".join(compare_text.text(found)))
    return EXIT_DONE
