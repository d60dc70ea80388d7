"""LymphoTrack workbooks, sheet `Merged Read Summary` (`formats.md` §8b); layout from an importer's code.

Key and value rows above; a header with Rank, Sequence, Merge count, % total reads; a row is a clonotype.
The total is the key row that agrees with the percentages, else what the percentages say. Percentages
may have a decimal comma.
"""

import re

import polars as pl

from transforms.places import Place, Places
from transforms.problems import FileRefusedError, one_finding
from transforms.ratio import ratio
from transforms.readers.clonotypes import number, whole
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import NumberTable, with_point
from transforms.readers.sequencing import Format, Rows, text_rows, without_generic

_NAMED = Format("LymphoTrack", "lymphotrack/1", "export the workbook with Merged Read Summary")
_SHEET = "Merged Read Summary"
_NEEDED = ("Rank", "Sequence", "Merge count", "% total reads")
_NUMBERS = ("Merge count", "% total reads", "Cumulative %")
_AGREES = 0.02
_BECOME = {
    "marker": "Sequence",
    "marker_count": "Merge count",
    "total_count": "% total reads",
    "gene": "V-gene",
}
_GROUPED = re.compile(r"[0-9]+|[0-9]{1,3}(?:[., '’][0-9]{3})+")


def recognise(content: Content) -> bool:
    """Return whether a workbook has the sheet."""
    return _SHEET in content.sheets


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a workbook.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION or FILE_EMPTY, and those of `separators.with_point`.
    """
    sheet = content.sheets[_SHEET]
    cells, keys, places = _table(sheet)
    findings = []
    total, key = _total(cells, keys)
    if key is not None:
        said = {"total_count": Place(f"key {key}", sheet=_SHEET)}
        places = Places({**places.places, **said}, _SHEET)
    else:
        findings.append(
            one_finding(
                0,
                "LAYOUT_NOT_CONFIRMED",
                "no key row gives a total of reads that agrees with % total reads; the total was computed from "
                "the percentage of the largest clone",
                column="total_count",
                value=total,
            )
        )
    sample = next((v for k, v in keys if k.lower() in ("sample", "sample name", "sample id")), None)
    measured = cells.select(
        without_generic(pl.lit(sample, dtype=pl.String)).alias("sample_id"),
        pl.col("Sequence").alias("marker"),
        pl.col("Merge count").alias("marker_count"),
        pl.lit(total).alias("total_count"),
        pl.lit("CLONOTYPE").alias("marker_class"),
        pl.col("V-gene").alias("gene"),
        pl.lit("READS").alias("count_kind"),
        "source_line",
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )
    rows = Rows(measured, findings=tuple(findings), places=places)
    return text_rows(rows, _NAMED, assay, settings)


def _table(sheet: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[str, str]], Places]:
    """Return the clonotypes, the key rows above their header, and where the columns stand."""
    columns = [c for c in sheet.columns if c != "source_line"]
    is_header = pl.all_horizontal(
        pl.any_horizontal((pl.col(c).str.strip_chars() == name).fill_null(False) for c in columns)
        for name in ("Rank", "Sequence")
    )
    found = sheet.filter(is_header) if columns else sheet.clear()
    if found.is_empty():
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the sheet {_SHEET} has no row with Rank and Sequence; {_NAMED.advice}",
        )
    line = found.item(0, "source_line")
    names = {str(found.item(0, c) or "").strip(): c for c in reversed(columns)}
    missing = [n for n in _NEEDED if n not in names]
    if missing:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the sheet {_SHEET} lacks the column {', '.join(missing)}; {_NAMED.advice}",
            line=line,
            value=", ".join(missing),
        )
    rows = sheet.filter(pl.col("source_line") > line).select(
        "source_line",
        *(
            (pl.col(names[n]) if n in names else pl.lit(None, dtype=pl.String)).alias(n)
            for n in (*_NEEDED, "V-gene", "Cumulative %")
        ),
    )
    cells = rows.filter(pl.col("Sequence").is_not_null() | pl.col("Merge count").is_not_null())
    if cells.is_empty():
        raise FileRefusedError(
            "FILE_EMPTY", f"the sheet {_SHEET} holds no clonotype; export it again"
        )
    numbers = NumberTable(cells, {n: n for n in _NUMBERS}, frozenset({"Merge count"}))
    (cells,) = with_point([numbers], is_sheet=True)
    above = sheet.filter(pl.col("source_line") < line)
    pairs = above.select(columns[:2]).drop_nulls().rows() if len(columns) > 1 else []
    at = {n: Place(n, int(c[1:]) + 1, _SHEET) for n, c in names.items() if n}
    places = at | {c: at[n] for c, n in _BECOME.items() if n in at}
    stated = [(str(k).strip().rstrip(":"), str(v).strip()) for k, v in pairs]
    return cells, stated, Places(places, _SHEET)


def _total(cells: pl.DataFrame, keys: list[tuple[str, str]]) -> tuple[str | None, str | None]:
    """Return the reads in all, and the key that states them, if one does."""
    share = pl.col("% total reads").str.strip_chars("% ")
    largest = (
        cells.select(number("Merge count").alias("n"), share.cast(pl.Float64, strict=False).alias("pct"))
        .filter(pl.col("n") > 0, pl.col("pct") > 0, pl.col("pct") <= 100)
        .sort("n", descending=True)
        .head(1)
    )  # fmt: skip
    if largest.is_empty():
        return None, None
    counted = largest.select((ratio(pl.col("n"), pl.col("pct")) * 100).round(0).alias("n"))
    near = float(counted.item())
    for key, value in keys:
        # whole, and checked against the percentages: whatever groups it, it can only group
        said = re.sub("[^0-9]", "", value) if _GROUPED.fullmatch(value) else value
        is_total = "total" in key.lower() and "read" in key.lower()
        if is_total and said.isascii() and said.isdigit() and abs(int(said) / near - 1) < _AGREES:
            return str(int(said)), key
    text: str | None = counted.select(whole(pl.col("n"))).item()
    return text, None


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    f"a workbook with the sheet `{_SHEET}`",
    False,
    recognise,
    read,
    modality="NGS",
)
