"""Who is forgotten, and which rows and texts say so.

A row is the patient's where a column that names patients or samples (`Field.names`) names them. Any other text is
withheld where it holds one of their identifiers.
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
from transforms.worded import worded

WITHHELD = "(withheld: a patient was forgotten)"
OWNERS = {"sample_id": pl.String(), "patient_id": pl.String()}
LINES = {"source_sha256": pl.String(), "source_line": pl.Int64()}
RESULT = ("sample_id", "assay_id", "run_id", "result_version")
RUN = ("run_id", "assay_id")
_NAME_CHARS = 12
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
    """

    patients: frozenset[str]
    samples: frozenset[str]
    runs: pl.DataFrame = field(default_factory=lambda: no_rows(dict.fromkeys(RUN, pl.String())))
    results: pl.DataFrame = field(
        default_factory=lambda: no_rows(dict.fromkeys(RESULT, pl.String()))
    )

    @cached_property
    def pattern(self) -> str:
        """Pattern of their identifiers in a text."""
        return text_pattern(self.patients | self.samples)

    @cached_property
    def _search(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @cached_property
    def _needles(self) -> list[str]:
        return [form.lower() for form in _forms(self.patients | self.samples)]

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


def withheld_names(files: pl.DataFrame, person: Person) -> pl.DataFrame:
    """Return new names of files whose names hold an identifier: the beginning of their hash.

    Args:
        files: `load_id`, `sha256`, `name` of `source_files`.
        person: who is forgotten.

    Returns:
        `load_id`, `name`, `new_name`.
    """
    begin = pl.col("sha256").str.slice(0, _NAME_CHARS).fill_null("withheld")
    named = files.filter(person.in_column("name")).sort("load_id", "name")
    nth = pl.int_range(pl.len()).over("load_id", "begin")
    return named.with_columns(begin.alias("begin")).select(
        "load_id",
        "name",
        pl.when(nth > 0).then(worded("{}~{}", "begin", nth + 1)).otherwise("begin").alias("new_name"),
    )  # fmt: skip


def is_name_withheld(sha256: str, name: str) -> bool:
    """Tell whether a file has the name that stands for one with an identifier."""
    return name.split("~")[0] == sha256[:_NAME_CHARS]


def withheld_told(told: str | None, person: Person) -> str | None:
    """Return what a reader was told, without a sample of theirs."""
    if told is None:
        return None
    names, sample = json.loads(told)
    return told if sample not in person.samples else json.dumps([names, None])


def _withheld(frame: pl.DataFrame, columns: Iterable[str], person: Person) -> pl.DataFrame:
    there = [c for c in columns if c in frame.columns]
    return frame.with_columns(
        pl.when(person.in_column(c)).then(pl.lit(WITHHELD)).otherwise(c).alias(c) for c in there
    )


def without_text(findings: pl.DataFrame, person: Person) -> pl.DataFrame:
    """Return findings without texts that hold an identifier."""
    return _withheld(findings, ("source_place", "column", "value", "message", "raw_row"), person)


@dataclass(frozen=True)
class Lines:
    """Lines of kept files.

    Attributes:
        theirs: `LINES` that are the patient's alone.
        others: `LINES` that are of somebody else too.
        whole: hashes of files that are the patient's as a whole, or cannot be told apart.
    """

    theirs: pl.DataFrame
    others: pl.DataFrame
    whole: frozenset[str]


def findings_without(
    findings: pl.DataFrame, person: Person, lines: Lines, names: pl.DataFrame
) -> pl.DataFrame:
    """Return findings that are of somebody else, texts that name the patient withheld.

    Args:
        findings: rows of `findings`.
        person: who is forgotten.
        lines: whose the lines of files are.
        names: `load_id`, `name`, `new_name` of files.
    """
    marked = findings.with_columns(
        _among_lines(findings, lines.theirs).alias("is_theirs"),
        _among_lines(findings, lines.others).alias("is_others"),
        pl.col("source_sha256").is_in(sorted(lines.whole)).fill_null(False).alias("is_whole"),
    )
    has_line = pl.col("source_line").is_not_null()
    # a line that no reader gave a row for is told by its own words
    says_so = ~pl.col("is_others") & (pl.col("raw_row").is_not_null() & person.in_column("raw_row"))
    goes = pl.col("is_theirs") | says_so | (pl.col("is_whole") & has_line)
    kept = marked.filter(~goes).with_columns(
        pl.when("is_whole", pl.col("value").is_not_null()).then(pl.lit(WITHHELD)).otherwise("value").alias("value")
    )  # fmt: skip
    called = names.rename({"name": "source_name"})
    renamed = kept.join(called, on=["load_id", "source_name"], how="left", maintain_order="left")
    renamed = renamed.with_columns(pl.coalesce("new_name", "source_name").alias("source_name"))
    return without_text(renamed.select(findings.columns), person)


def _among_lines(findings: pl.DataFrame, lines: pl.DataFrame) -> pl.Series:
    key = ["source_sha256", "source_line"]
    known = findings.select(pl.int_range(pl.len()).alias("nr"), *key)
    hits = known.join(lines.unique(), on=key, how="semi")["nr"]
    return known["nr"].is_in(hits.implode())


def files_without(files: pl.DataFrame, person: Person, names: pl.DataFrame) -> pl.DataFrame:
    """Return `source_files` without the identifiers; every file keeps its row and counts.

    Args:
        files: rows of `source_files`.
        person: who is forgotten.
        names: `load_id`, `name`, `new_name` of files.
    """
    renamed = files.join(names, on=["load_id", "name"], how="left", maintain_order="left")
    renamed = renamed.with_columns(pl.coalesce("new_name", "name").alias("name"))
    told = {t: withheld_told(t, person) for t in files["told"].drop_nulls().unique().to_list()}
    changed = {t: n for t, n in told.items() if n != t}
    place = pl.element().str.contains(person.pattern)
    columns = pl.when(place).then(pl.lit(WITHHELD)).otherwise(pl.element())
    after = renamed.with_columns(
        pl.col("told").replace(changed) if changed else pl.col("told"),
        pl.col("source_columns").list.eval(columns),
    )
    return _withheld(after, ["sheet"], person).select(files.columns)


def without(
    table: str, frame: pl.DataFrame, person: Person, lines: Lines, names: pl.DataFrame
) -> pl.DataFrame:
    """Return a table without the patient; all other rows are what they were, in their order."""
    if table == "findings":
        return findings_without(frame, person, lines, names)
    if table == "source_files":
        return files_without(frame, person, names)
    return frame.filter(~person.owns(table, frame))
