"""What readers of sequencing files share (`formats.md` §8): tables of text, waiting, the last columns.

Which markers were known from diagnosis no such file says, so each is read as not tracked, with a finding:
what counts is in the table `tracked_markers`, with the marker written as the reader writes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from transforms.places import Place, Places
from transforms.problems import FileRefusedError, all_findings, one_finding, row_findings, rows_said
from transforms.readers.content import Content
from transforms.readers.delimited import parse_cells, read_delimited, text_lines
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import number_table, with_point
from transforms.worded import worded

TAB = "\t"
_HEADER_CHARS = 100_000

GENERIC_SAMPLES = ("tumor", "tumour", "normal", "sample", "sample1", "unknown", "none", "na")
"""Names that stand for any sample: the manifest must say whose it is."""


@dataclass(frozen=True)
class Format:
    """Names of a reader, and what to choose instead of a file that is no result."""

    title: str
    reader: str
    advice: str


@dataclass(frozen=True)
class Table:
    """Rows of a table of text.

    Attributes:
        cells: `source_line` and a text column for each key asked for, null where empty or missing.
        present: keys whose column the header has.
        rejected: rows with more or fewer cells than the header.
        findings: one for each of them.
        places: where each key stands.
    """

    cells: pl.DataFrame
    present: frozenset[str]
    rejected: int
    findings: tuple[pl.DataFrame, ...]
    places: Mapping[str, Place] = field(default_factory=dict)

    def places_of(self, **become: str) -> Places:
        """Return where the columns stand.

        Args:
            become: by column of the tables, the key that it is read from.
        """
        own = {c: self.places[key] for c, key in become.items() if key in self.places}
        return Places({**self.places, **own})


@dataclass(frozen=True)
class Rows:
    """What a reader understood of its file.

    Attributes:
        measured: columns of `ngs_measurements`, `source_line`, `source_rows`; an empty `sample_id`
            is one that the file does not say.
        ignored: data rows that are no results.
        rejected: data rows that were refused.
        findings: of the reader.
        places: where the columns stand.
    """

    measured: pl.DataFrame
    ignored: int = 0
    rejected: int = 0
    findings: tuple[pl.DataFrame, ...] = ()
    places: Places = field(default_factory=Places)


def header_names(content: Content, separator: str = TAB) -> list[str]:
    """Return the cells of the first line that is neither blank nor a comment, without quotes."""
    for line in content.head.split("\n", 5)[:5]:
        if line.strip() and not line.startswith("#"):
            return [c.strip().strip('"') for c in line[:_HEADER_CHARS].split(separator)]
    return []


def named_table(
    content: Content,
    wanted: Mapping[str, tuple[str, ...]],
    needed: tuple[str, ...],
    named: Format,
    *,
    separator: str = TAB,
    has_quotes: bool = False,
    numbers: str = "(?!)",
    counts: str = "(?!)",
) -> Table:
    """Read the columns asked for, bound by the names of the header.

    Args:
        content: a text whose first line that is neither blank nor a comment is the header.
        wanted: by key, the names that the column may have, lower case; the first there counts.
        needed: keys that must be there.
        named: the reader.
        separator: one character.
        has_quotes: cells may be quoted; elsewhere a quote is a letter like any other.
        numbers: pattern of the names of columns of numbers, as `separators.number_table` takes it.
        counts: the same of columns of counts.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, DUPLICATE_HEADER, FILE_EMPTY or QUOTE_NOT_CLOSED, and those
            of `separators.with_point`.
    """
    first, header, cells, long, short = _parts(content, separator, has_quotes=has_quotes)
    names = [h.lower() for h in header]
    bound = {
        key: next((names.index(n) for n in candidates if n in names), None)
        for key, candidates in wanted.items()
    }
    _check_header(header, names, bound, needed, wanted, named, first)
    (cells,) = with_point([number_table(cells, header, numbers, counts)])
    found = tuple(
        row_findings(
            frame.with_columns(pl.lit(0).alias("file_no")),
            code,
            worded(
                "the row has {} cells, the header {}; export it again",
                "n_cells",
                pl.lit(len(names)),
            ),
        )
        for frame, code in ((long, "ROW_TOO_LONG"), (short, "ROW_TOO_SHORT"))
        if frame.height
    )
    return Table(
        cells=cells.select(
            pl.col("source_line").cast(pl.Int64),
            *(
                (pl.lit(None, dtype=pl.String) if at is None else pl.col(f"c{at}")).alias(key)
                for key, at in bound.items()
            ),
        ),
        present=frozenset(key for key, at in bound.items() if at is not None),
        rejected=long.height + short.height,
        findings=found,
        places={key: Place(header[at], at + 1) for key, at in bound.items() if at is not None},
    )


def _parts(
    content: Content, separator: str, *, has_quotes: bool
) -> tuple[int, list[str], pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the line of the header, its cells, the rows below, and those with too many and too few cells."""
    lines = text_lines(content.text)
    line = pl.col("line")
    start = lines.filter(line.is_not_null(), ~line.str.starts_with("#")).head(1)
    first = start.item(0, "source_line") if start.height else 0
    lines = lines.filter(pl.col("source_line") >= first)
    if has_quotes:
        parts = read_delimited(lines, separator)
        return first, list(parts.header), parts.cells, parts.too_long, parts.too_short
    return first, *_plain(lines, separator)


def _plain(
    body: pl.DataFrame, separator: str
) -> tuple[list[str], pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    filled = body.filter(pl.col("line").str.strip_chars().str.len_bytes().fill_null(0) > 0)
    if filled.height < 2:
        raise FileRefusedError("FILE_EMPTY", "the file has a header at most; export it again")
    header = [c.strip() for c in str(filled.item(0, "line")).split(separator)]
    width = len(header)
    rows = filled.slice(1).with_columns(
        (pl.col("line").str.count_matches(separator, literal=True) + 1).alias("n_cells")
    )
    # empty cells beyond the header are a spreadsheet's padding
    beyond = pl.col("line").str.split(separator).list.slice(width).list.join("").str.strip_chars()
    long = rows.filter(pl.col("n_cells") > width).filter(beyond != "")
    short = rows.filter(pl.col("n_cells") < width)
    if long.height or short.height:
        odd = pl.concat([long, short])["source_line"]
        rows = rows.filter(~pl.col("source_line").is_in(odd.implode()))
    return header, parse_cells(rows, width, separator, has_quotes=False), long, short


def _check_header(
    header: list[str],
    names: list[str],
    bound: Mapping[str, int | None],
    needed: tuple[str, ...],
    wanted: Mapping[str, tuple[str, ...]],
    named: Format,
    line: int,
) -> None:
    missing = [wanted[key][0] for key in needed if bound[key] is None]
    if missing:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the {named.title} file lacks the column {', '.join(missing)}; {named.advice}",
            line=line,
            value=", ".join(missing),
        )
    twice = sorted(
        {header[at] for at in bound.values() if at is not None and names.count(names[at]) > 1}
    )
    if twice:
        raise FileRefusedError(
            "DUPLICATE_HEADER",
            f"column {twice[0]} stands twice in the header; {named.advice}",
            line=line,
            value=twice[0],
        )


def without_generic(name: pl.Expr) -> pl.Expr:
    """Return the name of a sample, null where it stands for any sample."""
    return pl.when(~name.str.to_lowercase().is_in(GENERIC_SAMPLES)).then(name)


def ignored_finding(code: str, rows: pl.DataFrame, words: str) -> pl.DataFrame:
    """Return the one finding that counts rows that are no results."""
    lines = rows["source_line"].sort()
    message = f"{rows_said(rows.height, lines[0], lines[-1])}: {words}"
    return one_finding(0, code, message, value=str(rows.height))


def text_rows(
    rows: Rows, named: Format, assay: AssayNames | None, settings: ReaderSettings
) -> TextRows:
    """Return the rows of a file, or how many wait for its sample or its assay.

    Args:
        rows: what the reader understood.
        named: the reader.
        assay: the assay of the file's folder; without one the file waits.
        settings: the sample of a file that does not say its own.
    """
    measured, findings = rows.measured, [*rows.findings]
    used = int(measured["source_rows"].sum())
    n_read = used + rows.ignored + rows.rejected
    sample = pl.coalesce("sample_id", pl.lit(settings.sample_id, dtype=pl.String))
    unnamed = measured.filter(sample.is_null())
    if unnamed.height:
        findings.append(
            one_finding(
                0,
                "SAMPLE_NOT_KNOWN_FOR_FILE",
                f"{used} rows wait: the file does not say whose sample it is; "
                "name it in a manifest row",
            )
        )
    if assay is None and used:
        findings.append(
            one_finding(
                0,
                "ASSAY_NOT_KNOWN_FOR_FILE",
                f"{used} rows wait: no assay has the name of this file's folder",
            )
        )
    if unnamed.height or (assay is None and used):
        return TextRows(
            named.title, named.reader, n_read,
            rows_ignored=rows.ignored, rows_rejected=rows.rejected, rows_waiting=used,
            waiting_for="SAMPLE_NOT_KNOWN_FOR_FILE" if unnamed.height else "ASSAY_NOT_KNOWN_FOR_FILE",
            findings=all_findings(findings), places=rows.places,
        )  # fmt: skip
    if "is_tracked" not in measured.columns and measured.height:
        findings.append(
            one_finding(
                0,
                "TRACKING_NOT_STATED",
                f"the file does not say which of its {measured['marker'].n_unique()} markers were known from "
                "diagnosis; only those count that have a row in tracked_markers with this patient",
            )
        )
    assay_id = None if assay is None else assay.assay_id
    return TextRows(
        named.title,
        named.reader,
        n_read,
        tables={
            "ngs_measurements": measured.with_columns(
                *(
                    []
                    if "is_tracked" in measured.columns
                    else [pl.lit("false").alias("is_tracked")]
                ),
                sample.alias("sample_id"),
                pl.lit(assay_id, dtype=pl.String).alias("assay_id"),
            )
        },
        rows_ignored=rows.ignored,
        rows_rejected=rows.rejected,
        findings=all_findings(findings),
        places=rows.places,
    )
