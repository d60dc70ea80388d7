"""What is classified otherwise in one state of the tables than in another, and by which rule.

Only words of classification are compared: numbers of an assay do not depend on a rule set.
"""

from collections.abc import Mapping

import polars as pl

from schemas.tables import TABLES

WORDS: dict[str, tuple[str, ...]] = {
    "sample_remission": (
        "status", "depth", "molecular_remission", "milestone", "response", "clinical_response",
        "combined_response", "discordance",
    ),
    "mrd_status": ("status", "depth", "reason"),
    "molecular_events": ("is_confirmed",),
    "patient_summary": (
        "last_status", "last_depth", "sustained_since", "tfr_eligible", "tfr_unmet", "next_due_on",
        "monitoring",
    ),
}  # fmt: skip
"""Columns that are words of classification, by table; the first of a table names a whole row."""

CAME, GONE = "came", "gone"
_KEYS = ("patient_id", "sample_id", "assay_id", "marker")
_COLUMNS = ("table", *_KEYS, "column", "before", "after", "rule_before", "rule_after")
_ORDER = {name: i for i, name in enumerate(WORDS)}
_PLACES = {word: i for i, word in enumerate(dict.fromkeys(w for ws in WORDS.values() for w in ws))}


def differences(
    before: Mapping[str, pl.DataFrame], after: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Compare two states of the tables that `WORDS` names.

    Returns `table`, `patient_id`, `sample_id`, `assay_id`, `marker`, `column`, `before`, `after`,
    `rule_before`, `rule_after`, all text, sorted, samples before their patient. A row that only one state has is one line with the
    column `came` or `gone` and its first word. An event is a line with its own name as column: `open`,
    `confirmed` or `refuted`, null where it is not there. The rule is `rule_id`, and for samples and
    patients the rule set.

    Args:
        before: the older tables, by name; a missing one counts as empty.
        after: the newer ones. Of a table, columns that only one of the two has are not compared.
    """
    empty = pl.DataFrame(schema={"rank": pl.Int32, **dict.fromkeys(_COLUMNS, pl.String())})
    parts = [empty]
    for name in WORDS:
        old = _plain(name, before.get(name, TABLES[name].empty()))
        new = _plain(name, after.get(name, TABLES[name].empty()))
        both = old.join(
            new,
            on=list(TABLES[name].key),
            how="full",
            coalesce=True,
            suffix="_after",
            nulls_equal=True,
        )
        found = _events(both) if name == "molecular_events" else _words(name, both, old, new)
        parts.append(
            found.with_columns(
                pl.lit(name).alias("table"),
                pl.lit(_ORDER[name], dtype=pl.Int32).alias("rank"),
                *(pl.lit(None, dtype=pl.String).alias(c) for c in _KEYS if c not in found.columns),
            ).select(empty.columns)
        )
    place = pl.col("column").replace_strict(_PLACES, default=0, return_dtype=pl.Int32)
    return (
        pl.concat(parts)
        .sort(
            "patient_id",
            "sample_id",
            "rank",
            "assay_id",
            "marker",
            place,
            "column",
            nulls_last=True,
        )
        .select(_COLUMNS)
    )


def _plain(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Return key, patient, rule and words as text, so that states of any age compare."""
    table = TABLES[name]
    wanted = [
        c for c in dict.fromkeys((*table.key, "patient_id", *WORDS[name])) if c in rows.columns
    ]
    rule = "rule_id" if "rule_id" in rows.columns else "ruleset"
    texts = [
        pl.col(c).cast(pl.List(pl.String)).list.join(", ").replace("", None)
        if isinstance(rows.schema[c], pl.List)
        else pl.col(c).cast(pl.String)
        for c in wanted
    ]
    return rows.select(
        *texts, pl.col(rule).cast(pl.String).alias("rule"), pl.lit(True).alias("is_there")
    )


def _words(name: str, both: pl.DataFrame, old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    came, gone = pl.col("is_there").is_null(), pl.col("is_there_after").is_null()
    first = WORDS[name][0]
    whole = both.filter(came | gone).select(
        *_of_row(both),
        pl.when(came).then(pl.lit(CAME)).otherwise(pl.lit(GONE)).alias("column"),
        pl.col(first).alias("before"),
        pl.col(f"{first}_after").alias("after"),
        *_RULES,
    )
    parts = [whole]
    for word in WORDS[name]:
        if word in old.columns and word in new.columns:
            differs = ~came & ~gone & pl.col(word).ne_missing(pl.col(f"{word}_after"))
            parts.append(
                both.filter(differs).select(
                    *_of_row(both),
                    pl.lit(word).alias("column"),
                    pl.col(word).alias("before"),
                    pl.col(f"{word}_after").alias("after"),
                    *_RULES,
                )
            )
    return pl.concat(parts)


def _events(both: pl.DataFrame) -> pl.DataFrame:
    before, after = (
        _confirmed("is_there", "is_confirmed"),
        _confirmed("is_there_after", "is_confirmed_after"),
    )
    return both.filter(before.ne_missing(after)).select(
        *_of_row(both),
        pl.col("event").alias("column"),
        before.alias("before"),
        after.alias("after"),
        *_RULES,
    )


def _confirmed(there: str, confirmed: str) -> pl.Expr:
    word = pl.col(confirmed).replace_strict(
        {"true": "confirmed", "false": "refuted"}, default=None, return_dtype=pl.String
    )
    return pl.when(pl.col(there)).then(word.fill_null("open"))


_RULES = (pl.col("rule").alias("rule_before"), pl.col("rule_after").alias("rule_after"))


def _of_row(both: pl.DataFrame) -> list[pl.Expr]:
    """Return whose row it is; a sample that changed hands is its present owner's."""
    keys = [pl.col(c) for c in _KEYS if c in both.columns and c != "patient_id"]
    owner = pl.col("patient_id")
    if "patient_id_after" in both.columns:
        owner = pl.coalesce("patient_id_after", "patient_id").alias("patient_id")
    return [owner, *keys]
