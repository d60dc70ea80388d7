"""Pseudonyms: keyed hashes that stand for names of patients, samples, runs and files, made where rows enter.

A pseudonym is a letter for the kind of name and 24 letters of base32 (`A` to `Z`, `2` to `7`), which are 120 bits of an
HMAC-SHA256 under the site's key. Among 10⁸ names the chance that any two have one pseudonym is below
(10⁸)² / 2 / 2¹²⁰ = 4·10⁻²¹. Without the key no name can be tried against a pseudonym.

Those of samples are in two parts, so that a slip such as `s-1` for `S-1` is still told, without the names: 10 letters
(50 bits) of what the name has in common with names that may be the same (`transforms.names.alike`), then 14 letters
(70 bits) of the name itself. For two names that are alike the chance of one pseudonym is 2⁻⁷⁰ = 10⁻²¹ a pair. The
first parts of two names that are not alike agree by chance in one of 2⁵⁰ = 10¹⁵ pairs: one needless finding in a
warehouse of some 3·10⁷ samples.
"""

import base64
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import replace

import polars as pl

from schemas.fields import FIELDS
from schemas.tables import TABLES
from transforms.ingest import ParsedLoad
from transforms.names import alike

KINDS: Mapping[str, str] = {"patient": "P", "sample": "S", "run": "R", "file": "F", "text": "T"}
"""Kinds of names and the letter that their pseudonyms begin with."""

_LETTERS, _ALIKE = 24, 10
_BYTES = 15  # as many as 24 letters of base32 stand for
_NAMES = {"run_id": "run", "shared_run_id": "run", "file_name": "file", "amendment_reason": "text"}
_LABELS = ("replicate", "tube")
_IS_POSITION = r"^[A-Za-z]?[0-9]{1,3}$"
_FINGERPRINT, _FINGERPRINT_DIGITS = b"mrd fingerprint", 16


def kind_of(column: str) -> str | None:
    """Return what kind of name a column of the input tables holds; None where it holds none."""
    return _NAMES.get(column) or FIELDS[column].names


def fingerprint(key: bytes) -> str:
    """Return the sign by which a key is known again; it says nothing of the key."""
    return hmac.digest(key, _FINGERPRINT, "sha256").hex()[:_FINGERPRINT_DIGITS]


def is_pseudonym(text: str, kind: str) -> bool:
    """Tell whether a text has the form of a pseudonym."""
    return re.fullmatch(rf"{KINDS[kind]}[A-Z2-7]{{{_LETTERS}}}", text) is not None


def pseudonym(name: str, kind: str, key: bytes) -> str:
    """Return the pseudonym of one name."""
    if kind == "sample":
        return str(pseudonyms(pl.Series([name]), kind, key)[0])
    return KINDS[kind] + _letters(key, kind, name, _LETTERS)


def pseudonyms(names: pl.Series, kind: str, key: bytes) -> pl.Series:
    """Return the pseudonyms of a column of names; null stays null.

    Args:
        names: texts.
        kind: one of `KINDS`; equal names of two kinds have nothing in common.
        key: the site's key.
    """
    distinct = pl.DataFrame({"name": names.unique().drop_nulls()}, schema={"name": pl.String})
    # polars has no keyed hash: these loops are over distinct names, never over rows
    if kind == "sample":
        both = distinct.select("name", alike(pl.col("name")).alias("alike")).rows()
        made = [
            KINDS[kind]
            + _letters(key, "sample alike", common, _ALIKE)
            + _letters(key, kind, name, _LETTERS - _ALIKE)
            for name, common in both
        ]
    else:
        made = [pseudonym(name, kind, key) for name in distinct["name"]]
    known = distinct.select("name", pl.Series("pseudonym", made, dtype=pl.String))
    rows = pl.DataFrame({"name": names}, schema={"name": pl.String})
    joined = rows.join(known, on="name", how="left", maintain_order="left")
    return joined["pseudonym"].alias(names.name)


def alike_pseudonyms(pseudonym: pl.Expr) -> pl.Expr:
    """Return what pseudonyms of samples that may be one have in common, as `alike` does of names."""
    return pseudonym.str.head(1 + _ALIKE)


def _letters(key: bytes, kind: str, text: str, number: int) -> str:
    # no kind holds the sign 0, so that no text can pass for one of another kind
    digest = hmac.digest(key, f"{kind}\0{text}".encode(), "sha256")
    return base64.b32encode(digest[:_BYTES]).decode()[:number]


def admitted(parsed: ParsedLoad, key: bytes, told: Collection[str] = ()) -> ParsedLoad:
    """Return typed rows with pseudonyms, and nothing that was written about them before.

    Names of patients, samples, runs and files are replaced. So is a replicate or tube that is more than a position
    (`A1`, `12`), and a clone that holds the name of its sample. Findings and places quote the file as it came: they are
    left out, and kept elsewhere by the caller.

    Args:
        parsed: rows as they came.
        key: the site's key.
        told: pseudonyms that readers were told as the sample of a file; they stay.
    """
    tables = {name: _admitted(rows, name, key, told) for name, rows in parsed.tables.items()}
    return replace(parsed, tables=tables, findings=parsed.findings.clear(), places={})


def _admitted(rows: pl.DataFrame, table: str, key: bytes, told: Collection[str]) -> pl.DataFrame:
    columns = [c for c in TABLES[table].columns if c in rows.columns]
    stays = pl.Series(list(told), dtype=pl.String)
    columns_after: list[pl.Series] = []
    for column in columns:
        if (kind := kind_of(column)) is None:
            if rows[column].dtype == pl.String:
                columns_after.append(_text_admitted(rows, column, key))
            continue
        names = rows[column]
        is_told = names.is_in(stays.implode()) & (column == "sample_id")
        columns_after.append(
            pl.DataFrame({"name": names, "made": pseudonyms(names, kind, key), "is_told": is_told})
            .select(pl.when("is_told").then("name").otherwise("made").alias(column))
            .to_series()
        )
    return rows.with_columns(columns_after)


def _text_admitted(rows: pl.DataFrame, column: str, key: bytes) -> pl.Series:
    """Return a text that is no name with pseudonyms in the place of those that may hold one."""
    text = pl.col(column)
    # only texts that are compared with nothing but themselves: a sample may be called `1`, which is in `lab1` too
    if column in _LABELS:
        may_hold = ~text.str.contains(_IS_POSITION)
    elif column == "clone":
        may_hold = text.str.to_lowercase().str.contains(
            pl.col("sample_id").str.to_lowercase(), literal=True
        )
    else:
        return rows[column]
    made = rows.with_columns(pseudonyms(rows[column], "text", key).alias("made"))
    return made.select(
        pl.when(may_hold.fill_null(False)).then("made").otherwise(text).alias(column)
    ).to_series()
