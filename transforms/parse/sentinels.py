"""Values that a laboratory's report prints where nothing was detected (`formats.md` §2, trap 8).

A template that prints 0.0001 % for undetectable would be scored as MR6, deeper than any assay sees. Only the
site knows which of its assays do so: the setting `not_detected_values`.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from schemas.tables import TABLES
from transforms.parse.cells import AS_WRITTEN, number_evidence
from transforms.parse.reported import read_reported
from transforms.problems import all_findings, one_finding
from transforms.ratio import ratio
from transforms.readers.rows import ReaderSettings, TextRows
from transforms.tolerance import RTOL

_FORM = re.compile(
    r"(?P<mr>MR ?)?(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE]-?[0-9]{1,2})?)(?P<percent> ?%)?"
)
_MIN_MR = 4.5
_MAX_FRACTION = 3.16e-5
"""MR4.5, which is 0.00316 %: laboratories print it for low positive results too, so it may not stand for nothing."""
_TABLE = TABLES["pcr_measurements"]


def sentinel_of(text: str) -> tuple[str, float]:
    """Return the axis and the number of a value that stands for not detected.

    Args:
        text: `0.0001 %`, `MR6` or `0`.

    Returns:
        `FRACTION` with a fraction of 1, or `MR` with a log reduction.

    Raises:
        ValueError: another form, or a value that an assay may measure.
    """
    match = _FORM.fullmatch(text.strip())
    is_percent, is_mr = (bool(match and match[k]) for k in ("percent", "mr"))
    number = float(match["number"]) if match else -1.0
    if match is None or (is_percent == is_mr and (is_percent or number != 0)):
        raise ValueError(f'write "0.0001 %", "MR6" or "0", not {text!r}')
    fraction = number / 100
    if (is_mr and number <= _MIN_MR) or (not is_mr and fraction >= _MAX_FRACTION * (1 - RTOL)):
        raise ValueError(
            f"{text!r} is a level that assays measure and reports print for low positive results; a value for not "
            "detected lies below 0.00316 % or above MR4.5"
        )
    return ("MR", number) if is_mr else ("FRACTION", fraction)


def read_not_detected(rows: TextRows, settings: ReaderSettings) -> TextRows:
    """Read listed values of `pcr_measurements` as not detected, without a number.

    A value is compared as a number with its unit, whatever its spelling; a bound such as `<0.0001 %` is none of
    the list. Where the row's call or Cq says that something was detected, the row says both, and parsing rejects
    it as CALL_CONTRADICTS_VALUE; so it does where copies are given.

    Args:
        rows: rows of one file.
        settings: `not_detected_values` by assay.

    Returns:
        The rows, with `AS_WRITTEN` and one NOT_DETECTED_VALUE finding where a value was read so.
    """
    text = rows.tables.get(_TABLE.name)
    if not settings.not_detected_values or text is None or "reported_value" not in text.columns:
        return rows
    missing = [c for c in ("reported_unit", "reported_call", "target_cq") if c not in text.columns]
    given = text.with_columns(pl.lit(None, dtype=pl.String).alias(c) for c in missing)
    given = given.with_columns(pl.lit(0, dtype=pl.Int64).alias("file_no")).with_row_index("row")
    listed = _listed(given, settings.not_detected_values)
    if listed.is_empty():
        return rows
    call = pl.col("reported_call").str.to_uppercase()
    says_none = call.fill_null("NOT_DETECTED") == "NOT_DETECTED"
    has_cq = (pl.col("target_cq").str.to_lowercase() != "undetermined").fill_null(False)
    # what is printed for a run that failed says nothing
    is_listed = pl.col("row").is_in(listed.implode()) & (call != "INVALID").fill_null(True)
    settled = given.with_columns(
        pl.col("reported_value").alias(AS_WRITTEN),
        pl.when(is_listed).then(pl.lit("not detected")).otherwise("reported_value").alias("reported_value"),
        # a Cq is a signal: both stand in the row, and parsing says so
        pl.when(is_listed & says_none & has_cq).then(pl.lit("DETECTED"))
        .when(is_listed & says_none).then(pl.lit("NOT_DETECTED"))
        .otherwise("reported_call").alias("reported_call"),
    )  # fmt: skip
    read = given.filter(is_listed, says_none, ~has_cq)
    table = settled.drop("row", "file_no", *(c for c in missing if c != "reported_call"))
    found = [_finding(read)] if read.height else []
    return replace(
        rows,
        tables={**rows.tables, _TABLE.name: table},
        findings=all_findings([rows.findings, *found]),
    )


def _listed(given: pl.DataFrame, values: Mapping[str, tuple[str, ...]]) -> pl.Series:
    """Return the row numbers of listed values."""
    wanted = pl.DataFrame(
        [(assay, *sentinel_of(t)) for assay, texts in values.items() for t in texts],
        schema={"assay_id": pl.String, "axis": pl.String, "listed": pl.Float64},
        orient="row",
    )
    own = given.join(wanted.select("assay_id").unique(), on="assay_id", how="semi")
    own = own.filter(pl.col("reported_value").is_not_null())
    if own.is_empty():
        return pl.Series("row", [], dtype=given.schema["row"])
    # the evidence of the whole file, as parsing will take it
    cells = own.select("row", "file_no", "source_line", "reported_value")
    read = read_reported(cells, number_evidence(_TABLE, given))
    written = (
        pl.when("implies_mr").then(pl.lit("MR"))
        .when("has_percent").then(pl.lit("PCT"))
        .otherwise(pl.col("reported_unit").str.to_uppercase())
    )  # fmt: skip
    number = pl.col("reported_number")
    numbers = read.join(own.select("row", "assay_id", "reported_unit"), on="row").select(
        "row",
        "assay_id",
        pl.when(written == "MR").then(pl.lit("MR"))
        .when(written.is_in(["PCT", "PCT_IS", "FRACTION"])).then(pl.lit("FRACTION")).alias("axis"),
        pl.when(written.is_in(["PCT", "PCT_IS"])).then(ratio(number, 100)).otherwise(number).alias("number"),
        pl.col("reported_operator").is_null().alias("is_value"),
    )  # fmt: skip
    near = (pl.col("number") - pl.col("listed")).abs() <= RTOL * pl.col("listed")
    met = numbers.filter("is_value").join(wanted, on=["assay_id", "axis"]).filter(near)
    return met["row"].unique().sort()


def _finding(read: pl.DataFrame) -> pl.DataFrame:
    texts = ", ".join(read["reported_value"].unique().sort().to_list()[:5])
    return one_finding(
        0,
        "NOT_DETECTED_VALUE",
        f"{read.height} values printed as {texts} were read as not detected, as not_detected_values says",
        column="reported_value",
        value=str(read.height),
    )
