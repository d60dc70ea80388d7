"""Print the drawn tables as pages: `.venv/bin/python -m tests.spec.print_docs`."""

from collections.abc import Sequence
from pathlib import Path

from tests.spec import cml_examples, flow_ngs_examples
from tests.spec.drawn import Example, markdown_table, number, remarks

DOCS = Path(__file__).resolve().parents[2] / "docs"

_NOTE = (
    "Generated from `tests/spec/` by `.venv/bin/python -m tests.spec.print_docs`; a test loads "
    "every line and compares. Do not edit.\n"
)


def _cml_rows(examples: Sequence[Example]) -> list[list[str]]:
    return [
        [
            e.number,
            e.shown,
            f"`{e.finding}`",
            f"`{e.status}`",
            e.depth or "–",
            number(e.level, 100),
            remarks(e),
            e.why,
            e.source,
        ]
        for e in examples
    ]


def _cells_rows(examples: Sequence[Example]) -> list[list[str]]:
    return [
        [
            e.number,
            e.shown,
            f"`{e.finding}`",
            f"`{e.status}`",
            e.depth or "–",
            number(e.level),
            number(e.checks.get("lod_fraction")),
            number(e.checks.get("loq_fraction")),
            remarks(e),
            e.why,
            e.source,
        ]
        for e in examples
    ]


_CML_HEADER = (
    "#", "input", "finding", "status", "depth", "level, %", "reason, flags", "why", "source",
)  # fmt: skip
_CELLS_HEADER = (
    "#", "input", "finding", "status", "depth", "level", "LOD", "LOQ", "reason, flags", "why",
    "source",
)  # fmt: skip


def _cml() -> str:
    parts = [
        "# BCR::ABL1: worked examples\n",
        _NOTE,
        "Target copies / control copies of each replicate; control gene ABL1, factor 1 and a "
        "typical transcript in CML unless said otherwise. A dash means null.\n",
        "## From the field text\n",
        markdown_table(_CML_HEADER, _cml_rows(cml_examples.WORKED)),
        "## Rules of the design\n",
        markdown_table(_CML_HEADER, _cml_rows(cml_examples.RULES)),
        "## On, just below and just above every limit\n",
        markdown_table(_CML_HEADER, _cml_rows(cml_examples.LIMITS)),
    ]
    return "\n".join(parts)


def _flow_ngs() -> str:
    parts = [
        "# Flow cytometry and sequencing: worked examples\n",
        _NOTE,
        "Events or clonal copies / denominator; a flow detection needs 20 events and a number 50 "
        "unless said otherwise. Levels and limits are fractions of 1. A dash means null, or in "
        "the columns LOD and LOQ that the source does not give it. Sections (§) and rules (R) are "
        "those of `lymphoid_myeloma_and_sensitivity.md`.\n",
        "## From the field text\n",
        markdown_table(_CELLS_HEADER, _cells_rows(flow_ngs_examples.WORKED)),
        "## Rules of the design\n",
        markdown_table(_CELLS_HEADER, _cells_rows(flow_ngs_examples.RULES)),
    ]
    return "\n".join(parts)


def render() -> dict[str, str]:
    """Return the pages by file name."""
    return {"examples_cml.md": _cml(), "examples_flow_ngs.md": _flow_ngs()}


def main() -> None:
    """Write the pages into `docs/`."""
    DOCS.mkdir(exist_ok=True)
    for name, text in render().items():
        (DOCS / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
