"""What stays of tables without a patient: rows go, and texts that name the patient are withheld."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from transforms.forgotten import Person
from transforms.worded import worded

WITHHELD = "(withheld: a patient was forgotten)"
_NAME_CHARS = 12


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
    # a folder that is no known assay may be called after a patient
    has_assay = pl.col("told").str.json_path_match("$[0][0]").is_not_null()
    is_called = ~has_assay & person.in_column("folder_assay_id")
    folder = pl.when(is_called).then(pl.lit(WITHHELD)).otherwise("folder_assay_id")
    after = renamed.with_columns(
        pl.col("told").replace(changed) if changed else pl.col("told"),
        pl.col("source_columns").list.eval(columns),
        folder.alias("folder_assay_id"),
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
