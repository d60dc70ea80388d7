"""Print the drawn tables as pages: `.venv/bin/python -m tests.spec.print_docs`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.spec import (
    amendments_examples,
    aml_2025_examples,
    cml_examples,
    course_drawn,
    course_examples,
    flow_ngs_examples,
    guideline_examples,
    sensitivity_examples,
)
from tests.spec.amendments_drawn import amended_table, merged_table
from tests.spec.drawn import Example, markdown_table, number, remarks
from tests.spec.sensitivity_numbers import Computed
from tests.spec.sensitivity_strings import Refusal

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


def _said(column: str, value: Any) -> str:
    return f"`{column}` {f'`{value}`' if isinstance(value, str) else number(value)}"


def _limits_rows(examples: Sequence[Example]) -> list[list[str]]:
    return [
        [
            e.number,
            e.shown,
            f"`{e.finding}`",
            f"`{e.status}`",
            e.depth or "–",
            number(e.level),
            ", ".join(_said(c, v) for c, v in e.checks.items()) or "–",
            remarks(e),
            e.why,
            e.source,
        ]
        for e in examples
    ]


def _guideline_rows(examples: Sequence[Example]) -> list[list[str]]:
    return [
        [
            e.number,
            e.shown,
            f"`{e.finding}`",
            number(e.level),
            f"`{e.status}`" + (", low confidence" if e.says["is_low_confidence"] else ""),
            f"`{e.says.get('rule_id') or e.says['ruleset']}`",
            f"`{e.sample_says['status']}`",
            f"`{e.sample_says['response']}`" if e.sample_says["response"] else "–",
            remarks(e),
            e.why,
            e.source,
        ]
        for e in examples
    ]


def _number_rows(numbers: Sequence[Computed]) -> list[list[str]]:
    return [
        [n.number, n.shown, " and ".join(w.text for w in n.want), n.why, n.source] for n in numbers
    ]


def _refusal_rows(refusals: Sequence[Refusal]) -> list[list[str]]:
    return [[r.number, r.shown, f"`{r.code}`", r.why, r.source] for r in refusals]


_CML_HEADER = (
    "#", "input", "finding", "status", "depth", "level, %", "reason, flags", "why", "source",
)  # fmt: skip
_CELLS_HEADER = (
    "#", "input", "finding", "status", "depth", "level", "LOD", "LOQ", "reason, flags", "why",
    "source",
)  # fmt: skip
_LIMITS_HEADER = (
    "#", "input", "finding", "status", "depth", "level", "beside it", "reason, flags", "why", "source",
)  # fmt: skip
_GUIDELINE_HEADER = (
    "#", "input", "finding", "level", "status", "rule", "status of the sample", "response",
    "reason, flags", "why", "source",
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


def _sensitivity() -> str:
    parts = [
        "# Limits, uncertainty and axes: worked examples\n",
        _NOTE,
        "Levels and limits are fractions of 1; a dash means null. Beside the level stand those "
        "columns of `assay_results` of which the source says something; the formulae are in "
        "`sensitivity.md`. `NO_CATEGORY` means that the disease's rule set says nothing about such a "
        "result, for the reason beside it; how rule sets decide is in `guidelines.md`. L with a number is `lymphoid_myeloma_and_sensitivity.md` §7 (lymphoid "
        "for short), A `aml.md` §7; sections (§) and rules (R) are those of the source named.\n",
    ]
    for title, examples in sensitivity_examples.SECTIONS:
        parts += [f"## {title}\n", markdown_table(_LIMITS_HEADER, _limits_rows(examples))]
    parts += [
        "## Written values\n",
        markdown_table(_LIMITS_HEADER, _limits_rows(sensitivity_examples.STRINGS)),
        "Refused, because they can be read in more than one way:\n",
        markdown_table(
            ("#", "input", "finding", "why", "source"), _refusal_rows(sensitivity_examples.REFUSED)
        ),
        "## Formulae alone\n",
        markdown_table(
            ("#", "input", "expected", "what it is", "source"),
            _number_rows(sensitivity_examples.NUMBERS),
        ),
    ]
    return "\n".join(parts)


def _guidelines() -> str:
    parts = [
        "# Rule sets of classes: worked examples\n",
        _NOTE,
        "What one sample is called by `eln-aml-2021`, `eln-apl-2019`, `all-consensus-2021`, "
        "`imwg-2016` and `iwcll-2018`; how a status comes about is in `guidelines.md`. Levels are "
        "fractions of 1; a dash means null. AML and APL with a number are `aml.md` §7, column ELN "
        "2021, the others with a number `lymphoid_myeloma_and_sensitivity.md` §7 (lymphoid for "
        "short); sections (§), rules (R) and traps are those of the source named.\n",
    ]
    for title, examples in guideline_examples.SECTIONS:
        parts += [f"## {title}\n", markdown_table(_GUIDELINE_HEADER, _guideline_rows(examples))]
    return "\n".join(parts)


def _aml_2025() -> str:
    parts = [
        "# AML by ELN 2025: worked examples\n",
        _NOTE,
        "What one sample is called by `eln-aml-2025`, whose numbers come from secondary sources and are "
        "provisional; how a status comes about is in `guidelines.md`. Levels are fractions of 1; a dash "
        "means null. AML and APL with a number are `aml.md` §7, column ELN 2025; sections (§), "
        "recommendations and traps are those of the source named. Where the text says NE (not evaluable), "
        "the table says `NOT_EVALUABLE` only when a minimum is missed, else `NO_CATEGORY` or "
        "`INDETERMINATE`, and why. What several samples are called together is in `examples_course.md`.\n",
    ]
    for title, examples in aml_2025_examples.SECTIONS:
        parts += [f"## {title}\n", markdown_table(_GUIDELINE_HEADER, _guideline_rows(examples))]
    beside = [("Beside a clinical response, in 2021 and 2025", aml_2025_examples.COMBINED)]
    return "\n".join([*parts, *course_drawn.pages(beside)])


def _course() -> str:
    parts = [
        "# Courses of patients: worked examples\n",
        _NOTE,
        "Each block is one patient under one rule set or several: the samples with their status, the word "
        "on molecular remission and, in bold, the rule set's own response; below, what happened (events "
        "that needed a second sample and have none yet are open), why, and where it stands. Rules are "
        "those of `course.md`. Plain numbers are those of the worked examples of `cml.md` §9, `aml.md` §7 "
        "and `lymphoid_myeloma_and_sensitivity.md` §7 (lymphoid for short); sections (§), rules (R) and "
        "traps are those of the source named. Day 0 is 2024-01-01; ratios of RNA in AML are three "
        "replicates of 100,000 control copies, levels of CML are %IS. `site-kids-isav`, `site-stim` and "
        "`site-e14a2-only` are rule files as a site would write them, made from `eln-cml-2020`. A word of "
        "the text that has no counterpart here is named in the sentence that says why.\n",
    ]
    return "\n".join([*parts, *course_drawn.pages(course_examples.SECTIONS)])


def _amendments() -> str:
    parts = [
        "# Amendments and merged identities: worked examples\n",
        _NOTE,
        "What is written and what counts in the end; how to write it is in `amendments.md`. All results are of "
        "one assay, and of one replicate; `v2` is a `result_version`.\n",
        "## Amendments\n",
        amended_table(amendments_examples.AMENDED),
        "## Merged identities\n",
        merged_table(amendments_examples.MERGED),
    ]
    return "\n".join(parts)


def render() -> dict[str, str]:
    """Return the pages by file name."""
    return {
        "examples_amendments.md": _amendments(),
        "examples_aml_2025.md": _aml_2025(),
        "examples_cml.md": _cml(),
        "examples_course.md": _course(),
        "examples_flow_ngs.md": _flow_ngs(),
        "examples_guidelines.md": _guidelines(),
        "examples_sensitivity.md": _sensitivity(),
    }


def main() -> None:
    """Write the pages into `docs/`."""
    DOCS.mkdir(exist_ok=True)
    for name, text in render().items():
        (DOCS / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
