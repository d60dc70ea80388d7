"""Writes the reference pages from the contract: `.venv/bin/python docs/generate.py`.

A test compares the committed pages with what this writes.
"""

from pathlib import Path

from flows.settings import reference
from schemas.findings import FINDING_CODES
from schemas.flags import FLAGS
from schemas.tables import TABLES, Table
from transforms.classify.explanation import REASON_WORDS
from transforms.kits.catalogue import KITS
from transforms.kits.kit import plain

HERE = Path(__file__).parent


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _type(table: Table, column: str) -> str:
    dtype = str(table.field(column).dtype)
    return (
        "enum"
        if dtype.startswith("Enum")
        else dtype.split("(")[0].lower()
        if dtype != "List(String)"
        else "list of string"
    )


def _legal(table: Table, column: str) -> str:
    field = table.field(column)
    if field.values:
        return ", ".join(f"`{v.value}`" for v in field.values)
    bounds = [
        f"{w} {v:g}"
        for w, v in (("≥", field.ge), (">", field.gt), ("≤", field.le))
        if v is not None
    ]
    return ", ".join(bounds)


def tables_page() -> str:
    """Return the data dictionary."""
    lines = [
        "# Tables",
        "",
        "Generated from `schemas/` by `docs/generate.py`; a test fails when this page is stale.",
        "",
        "Fractions are fractions of 1 (0.001 = 0.1 %). A censored number is never stored as if measured.",
        "Required columns are never null. `year` tables lie in `collected_year=YYYY` folders, rows that wait",
        "for a sample, patient or assay under `collected_year=0`.",
        "",
    ]
    for table in TABLES.values():
        lines += [
            f"## {table.name}",
            "",
            f"One row per {table.grain}. Kind: {table.kind}{', year' if table.is_by_year else ''}. Key: {', '.join(f'`{c}`' for c in table.key)}.",
        ]
        if table.is_input:
            decides = [*(f"`{c}`" for c in table.recognised_all)]
            if table.recognised_any:
                decides.append("any of " + ", ".join(f"`{c}`" for c in table.recognised_any))
            instead = " and ".join(f"`{c}`" for c in table.recognised_instead)
            lines.append(
                f"A file is of this table when its header has {' and '.join(decides)}"
                f"{f', or {instead}' if instead else ''}."
            )
        lines += [
            "",
            "| column | type | unit | required | legal | meaning |",
            "|---|---|---|---|---|---|",
        ]
        for column in table.stored_columns:
            field = table.field(column)
            needed = (
                "yes"
                if column in table.required
                or (table.is_input and column in ("source_sha256", "source_line", "is_current"))
                else ""
            )
            cells = (
                f"`{column}`",
                _type(table, column),
                field.unit,
                needed,
                _legal(table, column),
                field.description,
            )
            lines.append(f"| {' | '.join(_cell(c) for c in cells)} |")
        lines.append("")
    lines += [
        "## Reasons",
        "",
        "`mrd_status.reason` and `assay_results.finding_reason` in words.",
        "",
        "| reason | words |",
        "|---|---|",
    ]
    lines += [f"| `{r}` | {_cell(w)} |" for r, w in REASON_WORDS.items()]
    lines += [
        "",
        "## Flags",
        "",
        "`assay_results.flags` is a list of these; none changes a number.",
    ]
    lines += ["", "| flag | meaning |", "|---|---|"]
    lines += [f"| `{f}` | {_cell(w)} |" for f, w in sorted(FLAGS.items())]
    return "\n".join([*lines, ""])


def findings_page() -> str:
    """Return the page of finding codes."""
    lines = [
        "# Finding codes",
        "",
        "Generated from `schemas/findings.py` by `docs/generate.py`; a test fails when this page is stale.",
        "",
        "REJECTED: the row or file is not used. REVIEW: it is used, and a person should look. NOTE: for the record.",
        "",
        "| code | severity | about | what it means | what would be right |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| `{c.code}` | {c.severity.value} | {c.scope} | {_cell(c.meaning)} | {_cell(c.remedy)} |"
        for c in FINDING_CODES.values()
    ]
    return "\n".join([*lines, ""])


def kits_page() -> str:
    """Return the catalogue of known kits."""
    lines = [
        "# Known kits",
        "",
        "Generated from `transforms/kits/catalogue.py` by `docs/generate.py`; a test fails when this page is stale.",
        "",
        "A laboratory that runs one of these names it instead of describing it. Either the `assay_id` (the folder of",
        "an instrument file) is the kit's id, and nothing else is needed; or a row of `assays` names it:",
        "",
        "```csv",
        "assay_id,kit,lod_fraction",
        "cartridge-room-3,xpert-bcr-abl-ultra,",
        "cartridge-room-4,xpert-bcr-abl-ultra,0.00005",
        "```",
        "",
        "Empty cells are filled from this page. A limit that is given is the laboratory's own and replaces the kit's;",
        "the kit's LOQ is then never below it. What a kit is (modality, marker, basis, control gene, whether it reports",
        "its value itself) cannot be said otherwise: such a row is rejected. A row of the laboratory for an `assay_id`",
        "that is a kit's id takes the place of the catalogue; where it says",
        "that the assay is something else, a REVIEW finding names both.",
        "",
        "Messages of a cartridge print their quantitative range. Where it is not the LOQ, LOD or upper end that the assay",
        "states, `PRINTED_RANGE_DIFFERS` says so, once for each file; results are classified by what the assay states.",
        "",
        "Fractions are fractions of 1. `primary`: read where the source says. `provisional`: recalled, or told by",
        "somebody else; `mrd explain` and the report say so wherever such a number is in use. Check it against the",
        "package insert in force, and write the laboratory's own number.",
        "",
    ]
    for kit in KITS.values():
        own = ", reports its value itself" if kit.is_reported else ""
        gene = f" over {kit.control_gene}" if kit.control_gene else ""
        lines += [
            f"## `{kit.id}`",
            "",
            f"{kit.title}, {kit.maker}. {kit.modality}, {kit.marker}{gene}, {kit.basis}{own}.",
            kit.note,
            "",
            "| what | value | source | evidence |",
            "|---|---|---|---|",
            f"| what it measures | | {_cell(kit.source)} | {kit.evidence} |",
        ]
        lines += [
            f"| `{name}` | {plain(n.value)} | {_cell(n.source)} | {n.evidence} |"
            for name, n in kit.numbers().items()
        ]
        lines.append("")
    return "\n".join(lines)


def render() -> dict[str, str]:
    """Return the text of each generated page by file name."""
    return {
        "tables.md": tables_page(),
        "findings.md": findings_page(),
        "settings.md": reference(),
        "kits.md": kits_page(),
    }


if __name__ == "__main__":
    for name, text in render().items():
        (HERE / name).write_text(text, encoding="utf-8")
