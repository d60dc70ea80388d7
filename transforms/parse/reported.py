"""`reported_value`: operator, number, sign and call of a value that a kit or laboratory wrote."""

import polars as pl

from transforms.parse.numbers import NumberRule, read_odd_numbers, tidy

_OPERATOR = r"^(<=|>=|[<>≤≥])\s*"
_OWN_SCALE = r"[:/]|10 ?(?:\^|\*\*)|(?:^|[x×*· ])10-[1-9]$"
_NEGATIVE = r"(?i)^(?:neg(?:ative)?|not detected|undetected|nicht nachweisbar)\b\s*\(?"


def read_reported(rows: pl.DataFrame, evidence: pl.DataFrame) -> pl.DataFrame:
    """Read the reported values of text rows.

    Args:
        rows: `file_no`, `source_line`, `reported_value`; texts, null when empty.
        evidence: as `transforms.parse.numbers.separator_evidence` gives it.

    Returns:
        One row for each row with a value: `file_no`, `source_line`, `row`, `reported_operator`,
        `reported_number`, `has_percent`, `implies_scale`, `implies_mr`, `implies_fraction`, `says_negative`, `code`.
    """
    cells = (
        rows.filter(pl.col("reported_value").is_not_null())
        .join(evidence, on="file_no", how="left")
        .with_columns(
            pl.col("comma_is_decimal", "point_is_decimal").fill_null(False),
            tidy(pl.col("reported_value")).alias("written"),
        )
        .with_columns(
            pl.col("written").str.contains(_NEGATIVE).alias("says_negative"),
            pl.col("written").str.replace(_NEGATIVE, "").str.replace(r"\)\s*$", "").alias("rest"),
        )
        .with_columns(
            pl.col("rest").str.extract(_OPERATOR, 1).alias("reported_operator"),
            pl.col("rest").str.replace(_OPERATOR, "").alias("rest"),
        )
        .with_columns(
            pl.col("rest").str.contains("%", literal=True).alias("has_percent"),
            pl.col("rest").str.contains(r"(?i)%\s*\(?IS\)?\s*$").alias("implies_scale"),
            pl.col("rest").str.contains(r"(?i)^MR\s*[0-9]").alias("implies_mr"),
            pl.col("rest")
            .str.replace(r"(?i)\s*%\s*\(?(?:IS)?\)?\s*$", "")
            .str.replace(r"(?i)^MR\s*", "")
            .alias("text"),
        )
    )
    read = read_odd_numbers(cells, NumberRule(has_ratios=True))
    return read.select(
        "row",
        pl.col("reported_operator").replace({"<=": "≤", ">=": "≥"}),
        pl.col("number").alias("reported_number"),
        "has_percent",
        "implies_scale",
        "implies_mr",
        # a ratio or a power of ten without a sign says how much by itself
        (pl.col("text").str.contains(_OWN_SCALE) & ~pl.col("has_percent")).alias(
            "implies_fraction"
        ),
        "says_negative",
        # "neg" alone is a word without a number, and a complete statement
        pl.when(pl.col("says_negative") & (pl.col("text") == ""))
        .then(None)
        .otherwise("code")
        .alias("code"),
    )
