"""Who is forgotten, and which rows and texts name them.

A row is the patient's where a column that names patients or samples (`Field.names`) names them. Any other text is
theirs where it holds one of their identifiers.
"""

import html
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from schemas.fields import FIELDS
from schemas.tables import MEASUREMENT_TABLES, TABLES

OWNERS = {"sample_id": pl.String(), "patient_id": pl.String()}
LINES = {"source_sha256": pl.String(), "source_line": pl.Int64()}
RESULT = ("sample_id", "assay_id", "run_id", "result_version")
RUN = ("run_id", "assay_id")
_MEASURED = {t.name for t in MEASUREMENT_TABLES}


def no_rows(schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """Return an empty frame."""
    return pl.DataFrame(schema=dict(schema))


def text_pattern(identifiers: Iterable[str]) -> str:
    """Return a pattern that finds identifiers in a text, for Python and polars alike.

    An identifier is found where its own kind of character does not go on: `S1` in `S1_plate.txt` and in
    `sample S1,`, not in `S10`. Upper and lower case are the same.
    """
    sides = {"digit": r"\D", "letter": r"[\W\d_]"}
    groups: dict[tuple[str, str], set[str]] = {}
    for form in _forms(identifiers):
        groups.setdefault((_kind(form[0]), _kind(form[-1])), set()).add(re.escape(form))
    parts = []
    for (first, last), texts in sorted(groups.items()):
        before = f"(?:^|{sides[first]})" if first in sides else ""
        after = f"(?:{sides[last]}|$)" if last in sides else ""
        parts.append(f"{before}(?:{'|'.join(sorted(texts))}){after}")
    return f"(?i){'|'.join(parts)}"


def _forms(identifiers: Iterable[str]) -> set[str]:
    """Return identifiers as texts, pages and JSON write them."""
    return {f for x in identifiers for f in (x, html.escape(x), json.dumps(x)[1:-1])}


def _kind(character: str) -> str:
    if character.isdecimal():
        return "digit"
    return "letter" if character.isalpha() else "sign"


@dataclass(frozen=True)
class Person:
    """Everything that names the patients to forget.

    Attributes:
        patients: their identities.
        samples: their samples.
        runs: `run_id`, `assay_id` of runs that hold only their samples.
        results: `RESULT` of results that are theirs although they are written under a sample of somebody else.
        texts: other texts that stand for them: pseudonyms of files and folders whose names hold an identifier.
    """

    patients: frozenset[str]
    samples: frozenset[str]
    runs: pl.DataFrame = field(default_factory=lambda: no_rows(dict.fromkeys(RUN, pl.String())))
    results: pl.DataFrame = field(
        default_factory=lambda: no_rows(dict.fromkeys(RESULT, pl.String()))
    )
    texts: frozenset[str] = frozenset()

    def with_all_of(self, other: "Person") -> "Person":
        """Return them with all that names another."""
        return Person(
            self.patients | other.patients,
            self.samples | other.samples,
            pl.concat([self.runs, other.runs]).unique(),
            pl.concat([self.results, other.results]).unique(),
            self.texts | other.texts,
        )

    @cached_property
    def _identifiers(self) -> frozenset[str]:
        return self.patients | self.samples | self.texts

    @cached_property
    def pattern(self) -> str:
        """Pattern of their identifiers in a text."""
        return text_pattern(self._identifiers)

    @cached_property
    def _search(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @cached_property
    def _needles(self) -> list[str]:
        return [form.lower() for form in _forms(self._identifiers)]

    def is_in(self, text: str) -> bool:
        """Tell whether a text holds one of their identifiers."""
        # most texts hold none: that is quickly seen
        small = text.lower()
        return any(x in small for x in self._needles) and self._search.search(text) is not None

    def in_column(self, column: str) -> pl.Expr:
        """Tell whether a text column holds one of their identifiers; false where null."""
        return pl.col(column).str.contains(self.pattern).fill_null(False)

    def names(self, table: str, columns: Collection[str]) -> pl.Expr:
        """Tell rows that name them in a column that names patients or samples."""
        by_kind = {"patient": self.patients, "sample": self.samples}
        tells: list[pl.Expr] = [pl.repeat(False, pl.len())]
        for column, kind in naming_columns(table, columns).items():
            text = pl.col(column).str.normalize("NFC")
            tells.append(text.is_in(sorted(by_kind[kind])).fill_null(False))
        return pl.any_horizontal(tells)

    def owns(self, table: str, frame: pl.DataFrame) -> pl.Series:
        """Tell rows of a table, parsed or as text, that are theirs."""
        is_theirs = frame.select(self.names(table, frame.columns)).to_series()
        if table == "runs":
            is_theirs = is_theirs | _among(frame, self.runs, RUN)
        elif table in _MEASURED and self.results.height:
            is_theirs = is_theirs | _among(frame, self.results, RESULT)
        return is_theirs


def _among(frame: pl.DataFrame, keys: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """Tell rows whose key is among others; a column that is not there is null, a version 1."""
    texts = [
        (pl.col(c) if c in frame.columns else pl.lit(None)).cast(pl.String).alias(c)
        for c in columns
    ]
    known = frame.select(pl.int_range(pl.len()).alias("nr"), *texts)
    if "result_version" in columns:
        known = known.with_columns(pl.col("result_version").fill_null("1"))
    hits = known.join(keys.unique(), on=list(columns), how="semi", nulls_equal=True)["nr"]
    return known["nr"].is_in(hits.implode())


def naming_columns(table: str, columns: Collection[str]) -> dict[str, str]:
    """Return the columns that name a patient or a sample, with which of both."""
    known = TABLES.get(table)
    overrides = known.overrides if known else {}
    fields = {c: overrides.get(c, FIELDS.get(c)) for c in columns}
    return {c: f.names for c, f in fields.items() if f is not None and f.names is not None}


def with_aliases(patients: Collection[str], aliases: pl.DataFrame) -> frozenset[str]:
    """Return all identities of patients.

    Args:
        patients: identities to begin with.
        aliases: `patient_id` and `merged_into_patient_id` of identities that are one person's.
    """
    pairs = aliases.select("patient_id", "merged_into_patient_id").drop_nulls().rows()
    known = set(patients)
    while more := {x for pair in pairs if known.intersection(pair) for x in pair} - known:
        known |= more
    return frozenset(known)


def samples_of(
    patients: frozenset[str], claims: pl.DataFrame, owners: pl.DataFrame
) -> frozenset[str]:
    """Return the samples of patients.

    A sample that was reassigned is the other patient's. One that is nobody's in the tables, because its rows were
    refused, belongs to each who claims it.

    Args:
        patients: all their identities.
        claims: `sample_id`, `patient_id` of every row, stored or refused, that gives a sample to a patient.
        owners: the same of samples with an owner today.
    """
    claimed = claims.filter(pl.col("patient_id").is_in(sorted(patients)))["sample_id"]
    others = owners.filter(~pl.col("patient_id").is_in(sorted(patients)))["sample_id"]
    return frozenset(claimed.drop_nulls().to_list()) - frozenset(others.to_list())
