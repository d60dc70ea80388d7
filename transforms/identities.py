"""Merged identities: one patient under several names, as `patient_aliases` says.

Everything of an identity that was given up counts for the one that goes on, through chains of merges. Rows of
one key complete each other; where they differ that of the identity that goes on counts, and a person is told.
A merge is on hold, and both stay apart, as long as it would have to guess whose word is right: where the rows
in `patients` name two diseases or transcripts that no assay sees alike, and where merges form a ring.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from schemas.tables import TABLES, Table
from transforms.problems import STORED_FINDING_SCHEMA, stored_findings
from transforms.reconcile.outcome import SOURCE, differences, where
from transforms.worded import worded

_OF_PATIENTS = tuple(
    TABLES[n] for n in ("patients", "treatments", "clinical_responses", "tracked_markers")
)
_SEEN_AS = {"e13a2": "p210", "e14a2": "p210", "e1a2": "p190"}
"""Transcripts that the assays of their class see alike; every other is a class of its own."""


@dataclass(frozen=True)
class Merges:
    """What `patient_aliases` come to.

    Attributes:
        joined: `patient_id` of each identity that was given up, `survivor`.
        on_hold: rows of `patient_aliases` that join nobody, with `why`.
    """

    joined: pl.DataFrame
    on_hold: pl.DataFrame


def merges(aliases: pl.DataFrame, patients: pl.DataFrame) -> Merges:
    """Follow the merges to the identities that go on.

    Args:
        aliases: rows of `patient_aliases`.
        patients: rows of `patients`, at least of all identities of each patient that is asked for.
    """
    open_merges = aliases.filter("is_current", pl.col("is_merged").fill_null(True))
    on_hold = [open_merges.clear().with_columns(pl.lit("").alias("why"))]
    while True:
        joined, ring = _followed(open_merges)
        ring = ring.with_columns(pl.lit("the merges lead back to where they began").alias("why"))
        wrong = ring if ring.height else _contradicting(joined, patients.filter("is_current"))
        if wrong.is_empty():
            return Merges(joined, pl.concat(on_hold))
        held = open_merges.join(wrong, on="patient_id", how="inner")
        if ring.is_empty():
            # of a chain the link that is nearest to its end: those before it may be right
            is_nearest = ~pl.col("merged_into_patient_id").is_in(wrong["patient_id"].implode())
            held = held.filter(is_nearest)
        on_hold.append(held)
        open_merges = open_merges.join(held, on="patient_id", how="anti")


def _followed(open_merges: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `patient_id` and `survivor` of each identity, and those that are in a ring."""
    steps = open_merges.select("patient_id", pl.col("merged_into_patient_id").alias("survivor"))
    # each round doubles the length of the way, so that no chain is longer than the last
    for _ in range(steps.height.bit_length()):
        beyond = steps.select(
            pl.col("patient_id").alias("survivor"), pl.col("survivor").alias("next")
        )
        steps = steps.join(beyond, on="survivor", how="left").select(
            "patient_id", pl.coalesce("next", "survivor").alias("survivor")
        )  # fmt: skip
    # who is still given up somewhere has gone round a ring, and stands on it
    ends = steps.select(pl.col("survivor").alias("patient_id")).unique()
    return steps, ends.join(steps, on="patient_id", how="semi")


def _contradicting(joined: pl.DataFrame, patients: pl.DataFrame) -> pl.DataFrame:
    """Return the identities whose row in `patients` cannot be of the same patient, and `why`."""
    survivors = joined.select(pl.col("survivor").alias("patient_id"), "survivor").unique()
    transcript = pl.col("transcript").cast(pl.String)
    rows = (
        pl.concat([joined.with_columns(is_alias=True), survivors.with_columns(is_alias=False)])
        .join(patients.select("patient_id", "disease", "transcript"), on="patient_id", how="inner")
        .with_columns(
            pl.col("disease").cast(pl.String),
            pl.when(transcript != "unknown").then(transcript.replace(_SEEN_AS)).alias("seen_as"),
        )
    )
    columns = {"disease": "disease", "seen_as": "transcript"}
    beside = rows.join(
        rows.group_by("survivor").agg(x for c, word in columns.items() for x in _given(c, word)),
        on="survivor",
    )
    why = pl.concat_str(
        *(_contradiction(c, word) for c, word in columns.items()), separator="; ", ignore_nulls=True
    )
    return (
        beside.with_columns(why.alias("why"))
        .filter("is_alias", pl.col("why") != "")
        .select("patient_id", "why")
    )


def _given(column: str, word: str) -> tuple[pl.Expr, ...]:
    """Return what the identities of one patient give in a column: that which goes on, and all."""
    given = pl.col(column).drop_nulls()
    written = pl.col(word).cast(pl.String).filter(pl.col(column).is_not_null())
    return (
        pl.col(column).filter(~pl.col("is_alias")).first().alias(f"{column}_of_survivor"),
        given.n_unique().alias(f"{column}_n"),
        written.unique().sort().str.join(", ").alias(f"{column}_all"),
    )


def _contradiction(column: str, word: str) -> pl.Expr:
    """Say where a column contradicts the identity that goes on, else the others that were given up."""
    own = pl.col(f"{column}_of_survivor")
    several = pl.col(f"{column}_n") > 1
    differs = pl.when(own.is_not_null()).then(pl.col(column) != own).otherwise(several)
    return pl.when(pl.col(column).is_not_null() & differs).then(
        worded("patients has more than one {}: {}", pl.lit(word), f"{column}_all")
    )


def with_survivors(
    tables: Mapping[str, pl.DataFrame],
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Let what belongs to an identity that was given up count for the one that goes on.

    Args:
        tables: `patient_aliases`, `patients`, and any others with a `patient_id`.

    Returns:
        The tables, current rows alone, and findings of the `STORED_FINDING_SCHEMA`.
    """
    found = [pl.DataFrame(schema=STORED_FINDING_SCHEMA)]
    if tables["patient_aliases"].is_empty():
        return dict(tables), found[0]
    told = merges(tables["patient_aliases"], tables["patients"])
    after = dict(tables)
    if "samples" in tables:
        after["samples"] = _renamed(tables["samples"].filter("is_current"), told.joined)
    for table in _OF_PATIENTS:
        if table.name in tables:
            rows = _renamed(tables[table.name].filter("is_current"), told.joined)
            after[table.name], differing = _one_row_each(table, rows)
            found.append(differing)
    found.append(_held_findings(told.on_hold))
    return after, pl.concat(found)


def _renamed(rows: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """Give rows the identity that goes on; `given_patient_id` is the one that they are written with."""
    return rows.join(joined, on="patient_id", how="left", maintain_order="left").select(
        pl.coalesce("survivor", "patient_id").alias("patient_id"),
        pl.exclude("patient_id", "survivor"),
        pl.col("patient_id").alias("given_patient_id"),
    )


def _one_row_each(table: Table, rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row for each key, completed by the others of its key, and what differs."""
    key, content = list(table.key), list(table.content)
    if table.name == "tracked_markers":
        # of a marker that is followed nothing is said, which is a word too
        rows = rows.with_columns(pl.col("is_tracked").fill_null(True))
    is_alias = pl.col("given_patient_id") != pl.col("patient_id")
    ordered = rows.sort(*key, is_alias, "given_patient_id")
    nothing = pl.DataFrame(schema=STORED_FINDING_SCHEMA)
    if not ordered.select(pl.struct(key).is_duplicated().any()).item():
        return ordered.drop("given_patient_id"), nothing
    groups = ordered.group_by(key, maintain_order=True)
    # a cell that a correction left empty was emptied on purpose
    is_whole = pl.col("is_correction").first()
    others = [c for c in ordered.columns if c not in (*key, *content)]
    one = groups.agg(
        *(pl.when(is_whole).then(pl.col(c).first()).otherwise(pl.col(c).drop_nulls().first()).alias(c) for c in content),
        *(pl.col(c).first() for c in others),
    )  # fmt: skip
    losers = ordered.join(one, on=key, how="inner", suffix="_counts", nulls_equal=True).filter(
        pl.any_horizontal(pl.col(c) != pl.col(f"{c}_counts") for c in SOURCE)
    )
    words = differences(content, "_counts", both_given=True)
    message = worded(
        "{} of patient {} differ from what counts for patient {} ({}): {}",
        pl.lit(table.name), "given_patient_id", "patient_id", where("_counts"), words,
    )  # fmt: skip
    differing = losers.filter(words != "").with_columns(message.alias("words"))
    found = stored_findings(
        differing.with_columns(patient_id="given_patient_id"),
        "MERGED_ROWS_DIFFER",
        pl.col("words"),
        "patient_id",
    )
    return one.select(rows.columns).drop("given_patient_id"), found


def _held_findings(on_hold: pl.DataFrame) -> pl.DataFrame:
    message = worded(
        "patient {} is not joined to {}: {}", "patient_id", "merged_into_patient_id", "why"
    )
    return stored_findings(on_hold, "MERGE_ON_HOLD", message, "patient_id")
