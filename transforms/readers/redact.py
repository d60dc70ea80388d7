"""Takes a patient out of what a reader gave of a file."""

from dataclasses import dataclass, replace

import polars as pl

from schemas.fields import FIELDS
from transforms.forgetting import without_text
from transforms.forgotten import LINES, Person
from transforms.places import LINE_OF, Places
from transforms.pseudonyms import kind_of
from transforms.readers.extract import Extract
from transforms.readers.rows import TextRows
from transforms.readers.sample_names import with_sample_names

NAMED = ("patient", "sample", "run")
"""Kinds of names (`transforms.pseudonyms.KINDS`) by which rows are somebody's."""

_NR = "row_of_the_reader"


@dataclass(frozen=True)
class TakenOut:
    """A file without a patient.

    Attributes:
        extract: what stays of it.
        theirs: `LINES` that were the patient's alone.
        others: `LINES` that are of somebody else too.
    """

    extract: Extract
    theirs: pl.DataFrame
    others: pl.DataFrame


def claims_in(rows: TextRows, pattern: str | None) -> pl.DataFrame:
    """Return `sample_id`, `patient_id` of every row that gives a sample to a patient, refused ones included."""
    named = with_sample_names(rows, pattern) if pattern else rows
    frames = [
        table.select(pl.col("sample_id", "patient_id").str.normalize("NFC"))
        for table in (*named.tables.values(), *named.inline.values())
        if {"sample_id", "patient_id"}.issubset(table.columns)
    ]
    empty = pl.DataFrame(schema={"sample_id": pl.String, "patient_id": pl.String})
    return pl.concat([empty, *frames]).drop_nulls().unique()


def names_in(rows: TextRows, pattern: str | None) -> dict[str, set[str]]:
    """Return the names of patients, samples and runs in the rows of a file by kind, refused rows included."""
    named = with_sample_names(rows, pattern) if pattern else rows
    found: dict[str, set[str]] = {kind: set() for kind in NAMED}
    for table in (*named.tables.values(), *named.inline.values()):
        for column in table.columns:
            kind = kind_of(column) if column in FIELDS else None
            if kind in found:
                found[kind].update(table[column].str.normalize("NFC").drop_nulls())
    return found


def take_out(
    sha256: str, rows: TextRows, person: Person, pattern: str | None, extract: Extract
) -> TakenOut:
    """Return a file without a patient.

    Args:
        sha256: hash of the file.
        rows: what its reader gave.
        person: who is forgotten.
        pattern: how the names of samples in it are taken apart, where they are.
        extract: what is known of the file beside its rows.
    """
    marked = replace(
        rows,
        tables={n: t.with_row_index(_NR) for n, t in rows.tables.items()},
        inline={n: t.with_row_index(_NR) for n, t in rows.inline.items()},
    )
    named = with_sample_names(marked, pattern) if pattern else marked
    tables, inline = {}, {}
    n_gone = 0
    theirs, others = [_no_lines()], [_no_lines()]
    for name, table in marked.tables.items():
        is_theirs = _owned(name, table, named.tables[name], person)
        gone, tables[name] = table.filter(is_theirs), table.filter(~is_theirs)
        n_gone += int(gone["source_rows"].sum()) if gone.height else 0
        theirs.append(_lines(sha256, gone))
        others.append(_lines(sha256, tables[name]))
    for name, table in marked.inline.items():
        inline[name] = table.filter(~_owned(name, table, named.inline[name], person))
    of_others = pl.concat(others).unique()
    alone = pl.concat(theirs).unique().join(of_others, on=list(LINES), how="anti")
    findings = rows.findings.filter(
        ~pl.col("source_line").is_in(alone["source_line"].implode()).fill_null(False)
    )
    places = {n: p for n, p in rows.places.places.items() if not person.is_in(p.words())}
    sheet = rows.places.sheet
    left = replace(
        rows,
        tables={n: t.drop(_NR) for n, t in tables.items()},
        inline={n: t.drop(_NR) for n, t in inline.items()},
        rows_read=rows.rows_read - n_gone,
        findings=without_text(findings, person),
        places=Places(places, None if sheet and person.is_in(sheet) else sheet),
    )
    return TakenOut(replace(extract, rows=left), alone, of_others)


def _owned(name: str, raw: pl.DataFrame, named: pl.DataFrame, person: Person) -> pl.Series:
    """Tell the rows as written that are the patient's: by their name, taken apart where it can be."""
    mine = named.filter(person.owns(name, named))[_NR]
    is_mine = raw[_NR].is_in(mine.implode())
    if "sample_id" not in raw.columns:
        return is_mine
    unfit = ~raw[_NR].is_in(named[_NR].implode())
    return is_mine | (unfit & raw.select(person.in_column("sample_id")).to_series())


def _lines(sha256: str, table: pl.DataFrame) -> pl.DataFrame:
    if table.is_empty():
        return _no_lines()
    columns = ["source_line", *(c for c in table.columns if c.startswith(LINE_OF))]
    parts = [table.select(pl.col(c).cast(pl.Int64).alias("source_line")) for c in columns]
    lines = pl.concat(parts).drop_nulls().unique()
    return lines.select(pl.lit(sha256).alias("source_sha256"), "source_line")


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(schema=dict(LINES))
