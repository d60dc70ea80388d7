"""Rules as the report and `mrd explain` show them: citations, evidence, levels to draw."""

from flows.kinetics import LevelLine
from flows.report import RuleSetLine
from transforms.guidelines.rules import Rules


def ruleset_lines(rules: Rules) -> list[RuleSetLine]:
    """Return a line for each standard and each active rule set."""
    standards = rules.standards
    lines = [
        RuleSetLine(
            id=name,
            title=title,
            citation=standards.citations[name],
            evidence=standards.evidence[name],
            disease="all",
            provisional=[
                p.removeprefix(f"{name}, ")
                for p in standards.provisional
                if p.startswith(f"{name}, ")
            ],
        )
        for name, title in standards.titles.items()
    ]
    for disease in rules.active:
        r = rules.of(disease)
        lines.append(
            RuleSetLine(r.id, r.title, r.citation, r.evidence, disease, list(r.provisional))
        )
    return lines


def guideline_lines(rules: Rules) -> list[LevelLine]:
    """Return the levels that a chart of kinetics shows, from the rules themselves."""
    lines = [
        LevelLine(level.depth, level.max_pct_is / 100, "RNA_RATIO_IS", marker)
        for level in rules.standards.levels
        for marker in rules.standards.mr_markers
    ]
    cells = rules.standards.cell_depths
    lines += [LevelLine(b.depth, b.fraction, disease=b.disease) for b in cells if b.disease]
    # charts of other cell axes show the levels around the thresholds in use, not every power of ten
    lines += [LevelLine(b.depth, b.fraction) for b in cells if not b.disease and b.fraction < 1e-3]
    return lines
