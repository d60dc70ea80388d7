"""The rule set's own word for a sample: the worst that its results are called."""

import polars as pl

from schemas.tables import TABLES
from transforms.guidelines.rules import Rules, RuleSet

_RESPONSE = TABLES["sample_remission"].polars_schema["response"]


def _order(ruleset: RuleSet) -> list[str]:
    """Return the words that classes give, worst first; those that only a course gives are left out."""
    given = {word for row in ruleset.classes for word in row.responses.values()}
    return [word for word in ruleset.response_order if word in given]


def sample_response(status: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Return `sample_id` and `response`; null where the rule set has no word for it.

    A result without a word beside others leaves the sample without one, unless the worst word is
    there already.

    Args:
        status: rows of `mrd_status`.
        rules: active rule sets.
    """
    words = [
        {"prefix": f"{r.id}/{row.id}", "key": key, "word": word, "place": _order(r).index(word)}
        for r in rules.rulesets.values()
        for row in r.classes
        for key, word in row.responses.items()
    ]  # fmt: skip
    with_words = [r.id for r in rules.rulesets.values() if r.response_order]
    schema = {"prefix": pl.String, "key": pl.String, "word": pl.String, "place": pl.Int64}
    known = pl.DataFrame(words, schema=schema)
    rows = status.filter(
        pl.col("status") != "NO_CATEGORY", pl.col("ruleset").is_in(with_words)
    ).select(
        "sample_id",
        pl.col("rule_id").str.replace(r"/[^/]*$", "").alias("prefix"),
        pl.col("reason").cast(pl.String),
        pl.col("status").cast(pl.String),
    )
    for key in ("reason", "status"):
        named = known.rename({"key": key, "word": f"{key}_word", "place": f"{key}_place"})
        rows = rows.join(named, on=["prefix", key], how="left")
    place = pl.coalesce("reason_place", "status_place")
    worst = place.min()
    return (
        rows.with_columns(pl.coalesce("reason_word", "status_word").alias("word"))
        .group_by("sample_id")
        .agg(
            pl.when((place.null_count() == 0) | (worst == 0))
            .then(pl.col("word").sort_by(place, nulls_last=True).first())
            .cast(_RESPONSE)
            .alias("response")
        )
    )
