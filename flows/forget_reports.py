"""Reports that name a patient: found, and withdrawn."""

import html
from collections.abc import Sequence
from datetime import UTC, datetime

from flows.warehouse import Warehouse
from transforms.forgotten import Person

_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>MRD report withdrawn</title>
<p>This report was withdrawn on {day}, because a patient was forgotten. <code>mrd report {load_id}</code> makes it
anew without that patient.</p>
</html>
"""
_TEXT = "This text was withdrawn on {day}, because a patient was forgotten.\n"


def reports_naming(warehouse: Warehouse, person: Person) -> list[str]:
    """Return the names of the files of reports that name a patient."""
    return [
        path.name
        for path in sorted(warehouse.reports.glob("[!.]*"))
        if person.is_in(html.unescape(path.read_text(encoding="utf-8")))
    ]


def withdraw(warehouse: Warehouse, names: Sequence[str]) -> None:
    """Let a page that says so take the place of reports."""
    day = datetime.now(UTC).date().isoformat()
    for name in names:
        load_id, _, kind = name.partition(".")
        words = _PAGE if kind == "html" else _TEXT
        warehouse.write_report_file(name, words.format(day=day, load_id=load_id))
