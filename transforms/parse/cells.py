"""Text rows of one table to typed rows, a batch of files at a time.

Every cell ends as its typed value, as null because it was empty, or as a coded finding. pandera
checks ranges and required cells on the typed, eager frame; what only several columns together can
show is in `transforms.parse.checks`.
"""

from dataclasses import dataclass

import polars as pl

from schemas.fields import Field
from schemas.tables import Table
from transforms.kits.assay_rows import with_kit_cells
from transforms.parse.checks import failing_rows, settle_reported
from transforms.parse.dates import read_dates
from transforms.parse.numbers import (
    EITHER_POINT,
    NumberRule,
    plain_or_null,
    read_odd_numbers,
    separator_evidence,
)
from transforms.parse.ranges import range_findings
from transforms.parse.reported import read_reported
from transforms.printable import has_hidden
from transforms.problems import all_findings, no_findings, rejected_rows, row_findings
from transforms.ratio import ratio
from transforms.worded import worded

_CARRIED = ("file_no", "source_line", "source_rows")
_CQ = {"target_cq": "is_target_undetermined", "control_cq": "is_control_undetermined"}
_WRONG_NUMBER = {
    "NOT_A_NUMBER": "is not a number; write a plain number such as 0.00032, and leave a cell empty when nothing was measured",
    "AMBIGUOUS_NUMBER": "can be read in two ways; write it without thousands separator and with a decimal point",
    "OPERATOR_NOT_ALLOWED": "is a bound where a number is needed; bounds belong into reported_value",
    "PERCENT_NOT_ALLOWED": "is a percentage where a count is needed; write the count",
}
_WRONG_DATE = {
    "NOT_A_DATE": "is not a calendar date; write YYYY-MM-DD",
    "AMBIGUOUS_DATE": "could exchange day and month; write YYYY-MM-DD",
    "DATE_IS_EXCEL_SERIAL": "is an Excel day number, whose date depends on the workbook; format the column as YYYY-MM-DD",
    "DATE_NOT_ISO": "was read as {}; prefer YYYY-MM-DD",
}


AS_WRITTEN = "reported_value|as_written"
"""Column of the text of `reported_value` as the file has it, where `transforms.parse.sentinels` replaced it.

It says how the file writes its numbers as much as any other cell.
"""


def exponent_column(column: str) -> str:
    """Return the name of the column that says by which power of ten a number's unit differs from ours.

    A file may have it beside a number column (Int32, null = 0): 0.01 with exponent -2 is 0.0001. The
    spelling of the number is judged as written.
    """
    return f"{column}|exponent"


@dataclass(frozen=True)
class Parsed:
    """Typed rows of one table.

    Attributes:
        good: rows without a REJECTED finding: the table's columns, `file_no`, `source_line`,
            `source_rows`.
        bad: `file_no`, `source_line`, `source_rows` of the others.
        findings: findings of all rows.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    findings: pl.DataFrame


def parse_rows(table: Table, text: pl.DataFrame) -> Parsed:
    """Parse and check text rows of several files of one table.

    Args:
        table: the table.
        text: text columns of the table (missing ones count as empty), `file_no`, `source_line`,
            `source_rows`; beside number columns, where their unit differs, `exponent_column`; `AS_WRITTEN`.
    """
    missing = [c for c in table.input_columns if c not in text.columns]
    rows = text.with_columns(
        pl.lit(None, dtype=pl.String).alias(c) for c in missing
    ).with_row_index("row")
    evidence = number_evidence(table, rows)
    values: list[pl.Expr | pl.Series] = []
    findings: list[pl.DataFrame] = []
    for column in table.input_columns:
        if column == "reported_value":
            continue
        if column in missing:
            values.append(pl.lit(None, dtype=table.field(column).dtype).alias(column))
            if column in _CQ:
                values.append(pl.lit(False).alias(_CQ[column]))
            continue
        series, found = _parse_column(column, table.field(column), rows, evidence)
        values.extend(series)
        findings.append(found)
    typed = rows.select(
        "row", *_CARRIED, *(["reported_value"] if "reported_value" in table.columns else [])
    ).with_columns(values)
    if "reported_value" in table.columns:
        typed, found = _with_reported(typed, evidence)
        # a unit or call that could not be read is not missing
        unread = rejected_rows(all_findings(findings))
        findings.append(found.join(unread, on=["file_no", "source_line"], how="anti"))
    if "result_version" in table.columns and "result_version" not in text.columns:
        typed = typed.with_columns(pl.lit(1, dtype=pl.Int64).alias("result_version"))
    elif "result_version" in table.columns:
        empty = rows["result_version"].is_null()
        typed = typed.with_columns(
            pl.when(empty).then(1).otherwise("result_version").alias("result_version")
        )
    if "is_correction" in table.columns:
        typed = typed.with_columns(pl.col("is_correction").fill_null(False))
    of_kits = no_findings()
    if table.name == "assays":
        typed, of_kits = with_kit_cells(typed)
        findings.append(of_kits)
    found_cells = all_findings(findings)
    out_of_range = range_findings(table, typed, rows, found_cells)
    # cells that an unknown kit left empty are not missing
    unfilled = of_kits.filter(pl.col("code") == "UNKNOWN_KIT").select("file_no", "source_line")
    findings = [
        found_cells,
        out_of_range.join(unfilled, on=["file_no", "source_line"], how="anti"),
    ]
    unread = rejected_rows(all_findings(findings))
    readable = (
        typed.join(unread, on=["file_no", "source_line"], how="anti") if unread.height else typed
    )
    findings.append(failing_rows(table.name, readable))
    result = all_findings(findings)
    rejected = rejected_rows(result)
    if rejected.is_empty():
        good, bad = typed, typed.clear()
    else:
        good = typed.join(rejected, on=["file_no", "source_line"], how="anti")
        bad = typed.join(rejected, on=["file_no", "source_line"], how="semi")
    return Parsed(
        good=good.select(*table.columns, *_CARRIED), bad=bad.select(_CARRIED), findings=result
    )


def _is_number(field: Field) -> bool:
    return field.dtype in (pl.Float64, pl.Int64)


def number_evidence(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Return what the number cells of a table prove of each file, as `separator_evidence` does."""
    if AS_WRITTEN in rows.columns:
        rows = rows.with_columns(pl.coalesce(AS_WRITTEN, "reported_value").alias("reported_value"))
    columns = [
        c
        for c in table.input_columns
        if c in rows.columns and (_is_number(table.field(c)) or c == "reported_value")
    ]
    counts = [c for c in columns if table.field(c).dtype == pl.Int64]
    has_comma = [pl.col(c).str.contains(",", literal=True).any() for c in columns]
    has_point = [pl.col(c).str.contains(EITHER_POINT).any() for c in counts]
    signs = [*has_comma, *has_point]
    if not signs or not rows.select(pl.any_horizontal(signs)).item():
        return pl.DataFrame(
            schema={
                "file_no": rows.schema["file_no"],
                "comma_is_decimal": pl.Boolean,
                "point_is_decimal": pl.Boolean,
            }
        )
    cells = pl.concat(
        rows.filter(pl.col(c).str.contains("[.,]")).select("file_no", pl.col(c).alias("text"))
        for c in columns
    )
    return separator_evidence(cells)


def _parse_column(
    column: str, field: Field, rows: pl.DataFrame, evidence: pl.DataFrame
) -> tuple[list[pl.Series], pl.DataFrame]:
    if _is_number(field):
        return _parse_number(column, field, rows, evidence)
    if field.dtype == pl.Date:
        value, code = read_dates(pl.col(column))
        read = rows.select(
            "file_no",
            "source_line",
            pl.col(column).alias("text"),
            value.alias("v"),
            code.alias("c"),
        )
        return [read["v"].alias(column)], _cell_findings(column, read, _WRONG_DATE)
    if field.dtype == pl.Boolean:
        lower = pl.col(column).str.to_lowercase()
        read = rows.select(
            "file_no", "source_line", pl.col(column).alias("text"),
            pl.when(lower.is_in(["true", "yes", "1"])).then(True).when(lower.is_in(["false", "no", "0"])).then(False).alias("v"),
        )  # fmt: skip
        wrong = read.filter(pl.col("text").is_not_null() & pl.col("v").is_null())
        message = worded(
            "{} '{}' is neither true nor false; write true, false, yes, no, 1 or 0",
            pl.lit(column),
            "text",
        )
        return [read["v"].alias(column)], row_findings(
            wrong, "NOT_A_BOOLEAN", message, column=column, value=pl.col("text")
        )
    if field.values is not None:
        words = {v.value.lower(): v.value for v in field.values}
        value = (
            pl.col(column)
            .str.to_lowercase()
            .replace_strict(words, default=None, return_dtype=pl.String)
        )
        read = rows.select(
            "file_no",
            "source_line",
            pl.col(column).alias("text"),
            value.cast(field.dtype).alias("v"),
        )
        wrong = read.filter(pl.col("text").is_not_null() & pl.col("v").is_null())
        message = worded(
            "{} '{}' is not one of {}", pl.lit(column), "text", pl.lit(", ".join(words.values()))
        )
        return [read["v"].alias(column)], row_findings(
            wrong, "UNKNOWN_VALUE", message, column=column, value=pl.col("text")
        )
    text = rows[column]
    if (text.str.len_bytes() != text.str.len_chars()).any():
        # the same letter can be written in two ways; identifiers must match all the same
        text = text.str.normalize("NFC")
    hidden = rows.filter(has_hidden(pl.col(column)))
    message = worded(
        "{} '{}' holds a character that cannot be seen, so it matches no other; type it again",
        pl.lit(column),
        column,
    )
    found = row_findings(hidden, "HIDDEN_CHARACTER", message, column=column, value=pl.col(column))
    return [text], found


def _parse_number(
    column: str, field: Field, rows: pl.DataFrame, evidence: pl.DataFrame
) -> tuple[list[pl.Series], pl.DataFrame]:
    text = pl.col("text")
    read = rows.select("row", "file_no", "source_line", pl.col(column).alias("text")).with_columns(
        plain_or_null(text).alias("number")
    )
    flags: list[pl.Series] = []
    is_word = pl.lit(False)
    if column in _CQ:
        is_word = (text.str.to_lowercase() == "undetermined").fill_null(False)
        flags.append(read.select(is_word.alias(_CQ[column])).to_series())
    is_odd = text.is_not_null() & read["number"].is_null() & ~is_word
    if evidence.height:
        read = read.join(evidence, on="file_no", how="left", maintain_order="left")
        is_count = pl.lit(field.dtype == pl.Int64)
        is_odd = is_odd | (
            (is_count | pl.col("comma_is_decimal").fill_null(False))
            & text.str.contains(EITHER_POINT)
        )
    else:
        read = read.with_columns(comma_is_decimal=False, point_is_decimal=False)
    odd = read.filter(is_odd).with_columns(
        pl.col("comma_is_decimal", "point_is_decimal").fill_null(False)
    )
    findings = no_findings()
    if odd.height:
        percent = (
            100.0 if field.unit.startswith("fraction") else 1.0 if field.unit == "percent" else None
        )
        rule = NumberRule(
            percent=percent,
            has_ratios=field.unit.startswith("fraction") or column == "error_rate",
            is_count=field.dtype == pl.Int64,
        )
        odd = read_odd_numbers(odd.drop("number"), rule)
        read = read.update(odd.select("row", "number"), on="row", include_nulls=True)
        findings = _cell_findings(
            column, odd.rename({"code": "c"}).with_columns(v=None), _WRONG_NUMBER
        )
    if exponent_column(column) in rows.columns:
        power = rows[exponent_column(column)].fill_null(0)
        # a division by a power of ten rounds once, a product with 0.01 twice
        above, below = (pl.lit(10.0 ** p.clip(0)) for p in (power, -power))
        read = read.with_columns(ratio(pl.col("number") * above, below).alias("number"))
    number = read["number"]
    if field.dtype == pl.Int64:
        broken = read.filter(
            pl.col("number").is_not_null()
            & ((pl.col("number") % 1 != 0) | (pl.col("number").abs() > 2**53))
        )
        message = worded("{} '{}' is not a whole number; write a count", pl.lit(column), "text")
        findings = all_findings(
            [findings, row_findings(broken, "NOT_AN_INTEGER", message, column=column, value=text)]
        )
        number = (
            read.select(
                pl.when((pl.col("number") % 1 == 0) & (pl.col("number").abs() <= 2**53)).then(
                    "number"
                )
            )
            .to_series()
            .cast(pl.Int64)
        )
    return [number.alias(column), *flags], findings


def _cell_findings(column: str, read: pl.DataFrame, words: dict[str, str]) -> pl.DataFrame:
    """Findings of cells with a code in `c`; `text` is the cell, `v` what it was read as."""
    if read["c"].null_count() == read.height:
        return no_findings()
    parts = []
    for code, sentence in words.items():
        rows = read.filter(pl.col("c") == code)
        said = (
            worded(sentence, pl.col("v").cast(pl.String)) if "{}" in sentence else pl.lit(sentence)
        )
        parts.append(
            row_findings(
                rows,
                code,
                worded("{} '{}' {}", pl.lit(column), pl.col("text"), said),
                column=column,
                value=pl.col("text"),
            )
        )
    return all_findings(parts)


def _with_reported(
    typed: pl.DataFrame, evidence: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    if typed["reported_value"].null_count() == typed.height:
        empty = {"reported_operator": pl.String(), "reported_number": pl.Float64()}
        return typed.with_columns(
            pl.lit(None, dtype=t).alias(c) for c, t in empty.items()
        ), no_findings()
    joined = typed.join(read_reported(typed, evidence), on="row", how="left", maintain_order="left")
    wrong = joined.rename({"code": "c"}).with_columns(
        pl.col("reported_value").alias("text"), v=None
    )
    findings = _cell_findings("reported_value", wrong, _WRONG_NUMBER)
    settled, more = settle_reported(joined)
    return settled, all_findings([findings, more])
