"""Columns are divided by `transforms.ratio.ratio` alone, so that quotients have the same bits in every load.

The syntax tree does not tell a column from a number, so the divisions of plain numbers are listed.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]

RATIO = "transforms/ratio.py"
# numpy divides row by row whatever the length
NUMPY = "transforms/normalise/intervals.py"
OF_NUMBERS = {
    "transforms/classify/cml_course.py": {
        "standards.levels[place].max_pct_is / 100",
        "rule.above_pct_is.value / 100",
    },
    "transforms/classify/depth.py": {"level.max_pct_is / 100"},
    "transforms/classify/milestones.py": {
        "m.optimal_max_pct_is / 100",
        "m.warning_max_pct_is / 100",
        "worst / 100",
    },
    "transforms/explain_limits.py": {
        "n / result['denominator']",
        "limit * n * blasts / _factor(result)",
        "poisson_limit(1, probability) / (floor * n)",
        "result['numerator'] * n / total",
    },
    "transforms/explain_rules.py": {"level.max_pct_is / 100"},
    "transforms/guidelines/standards.py": {"mr.number('linear_max_pct_is').value / 100"},
    "transforms/health.py": {"(now - then).total_seconds() / 3600"},
    "transforms/layouts/locate.py": {"len(wanted.intersection(head.headings)) / len(wanted)"},
    "transforms/normalise/dpcr.py": {"1000 / standards.pg_per_cell"},
    "transforms/normalise/ngs_counts.py": {"1000 / standards.pg_per_cell"},
    "transforms/normalise/pcr_limits.py": {"1000 / standards.pg_per_cell"},
    "transforms/parse/numbers.py": {"1.0 / (rule.percent or 1.0)"},
    "transforms/parse/sentinels.py": {"number / 100"},
    "transforms/readers/clonotypes.py": {"share / full_share"},
    "transforms/readers/lymphotrack.py": {"int(said) / near"},
    "transforms/result_findings.py": {"level.max_pct_is / 100"},
}
"""Divisions of Python's numbers, as `ast.unparse` writes them."""


def divisions(source: str) -> set[str]:
    """All true divisions of a module."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        is_sign = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
        # as an attribute: `x.truediv(y)`, `operator.truediv`
        is_name = isinstance(node, ast.Attribute) and node.attr in ("truediv", "__truediv__")
        if is_sign or is_name:
            found.add(ast.unparse(node))
    return found


def test_columns_are_divided_in_one_place() -> None:
    """A new division of numbers is added to the list; one of columns uses `ratio`."""
    found = {
        path.relative_to(ROOT).as_posix(): divisions(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "transforms").rglob("*.py"))
    }
    assert found.pop(RATIO), "no division found where it must be: this test would check nothing"
    assert found.pop(NUMPY), "intervals divide no more; take them off the list"
    assert {file: these for file, these in found.items() if these} == OF_NUMBERS


def test_every_form_is_found() -> None:
    """The search itself can fail."""
    assert divisions("c = pl.col('a') / b") == {"pl.col('a') / b"}
    assert divisions("a /= 2") == {"a /= 2"}
    assert divisions("a.truediv(b)\nf = operator.truediv") == {"a.truediv", "operator.truediv"}
    assert divisions("a // b") == set()
