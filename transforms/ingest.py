"""One load's files to reconciled tables: parse per table, reconcile, count what became of each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.tables import INPUT_TABLES, MEASUREMENT_TABLES, REFERENCE_TABLES, TABLES
from transforms.parse.cells import parse_rows
from transforms.places import Places, on_their_lines, with_places
from transforms.problems import all_findings, one_finding, rows_said
from transforms.readers.rows import TextRows
from transforms.reconcile import Reconciled, reconcile_measurements, reconcile_reference
from transforms.reconcile.outcome import identity

_NOT_OF_INLINE = ["DATE_NOT_ISO", "RUN_WITHOUT_CONTENT"]
_COUNTED = ("file_no", "source_line", "source_rows")


@dataclass(frozen=True)
class ReadFile:
    """A file that a reader understood.

    Attributes:
        file_no: number in the load, in the order of `sha256`, so that names decide nothing.
        sha256: hash of its bytes.
        rows: what the reader gave.
    """

    file_no: int
    sha256: str
    rows: TextRows


@dataclass(frozen=True)
class ParsedLoad:
    """Typed rows of all files of a load, before they meet the stored ones.

    Attributes:
        tables: by table, good rows with `file_no`, `source_sha256`, `source_line`, `source_rows`
            and, for reference tables, `is_inline`.
        rejected: `file_no`, `source_rows` of rows that parsing refused.
        findings: findings of readers and parsing.
        rows_read: rows read, by file_no.
        rows_ignored: rows that are no results, by file_no.
        reader_rejected: rows refused by the reader, by file_no.
        rows_waiting: rows that wait for their assay to be known, by file_no.
        places: where the columns of a file stand, by file_no.
    """

    tables: dict[str, pl.DataFrame]
    rejected: pl.DataFrame
    findings: pl.DataFrame
    rows_read: dict[int, int] = field(default_factory=dict)
    rows_ignored: dict[int, int] = field(default_factory=dict)
    reader_rejected: dict[int, int] = field(default_factory=dict)
    rows_waiting: dict[int, int] = field(default_factory=dict)
    places: dict[int, Places] = field(default_factory=dict)


def parse_files(files: Sequence[ReadFile]) -> ParsedLoad:
    """Parse the rows of all files, one table at a time over the whole batch."""
    if len({f.file_no for f in files}) != len(files):
        raise AssertionError("two files of a load have one number")
    tables: dict[str, pl.DataFrame] = {}
    rejected: list[pl.DataFrame] = []
    findings = [
        f.rows.findings.with_columns(pl.lit(f.file_no, dtype=pl.Int64).alias("file_no"))
        for f in files
        if f.rows.findings.height
    ]
    hashes = pl.DataFrame(
        {"file_no": [f.file_no for f in files], "source_sha256": [f.sha256 for f in files]},
        schema={"file_no": pl.Int64, "source_sha256": pl.String},
    )
    for table in INPUT_TABLES:
        parts = []
        for is_inline in (False, True):
            text = _text_rows(files, table.name, is_inline=is_inline)
            if text is None:
                continue
            parsed = parse_rows(table, text)
            found = on_their_lines(parsed.findings, text)
            if is_inline:
                # the fate of a flat row is the measurement's: an unreadable inline cell is for review. A file that says
                # nothing of its run, not even a day, is no mistake of anybody's
                found = found.filter(~pl.col("code").is_in(_NOT_OF_INLINE)).with_columns(
                    pl.lit("INLINE_INVALID").alias("code"),
                    pl.lit("REVIEW").cast(found.schema["severity"]).alias("severity"),
                )
            else:
                rejected.append(parsed.bad)
            findings.append(found)
            parts.append(parsed.good.with_columns(pl.lit(is_inline).alias("is_inline")))
        if parts:
            rows = pl.concat(parts).join(hashes, on="file_no", how="left", maintain_order="left")
            if table.kind == "reference":
                rows = _inline_once(rows)
            tables[table.name] = rows
    return ParsedLoad(
        tables=tables,
        rejected=pl.concat(rejected) if rejected else _no_rows(),
        findings=all_findings(findings),
        rows_read={f.file_no: f.rows.rows_read for f in files},
        rows_ignored={f.file_no: f.rows.rows_ignored for f in files},
        reader_rejected={f.file_no: f.rows.rows_rejected for f in files},
        rows_waiting={f.file_no: f.rows.rows_waiting for f in files},
        places={f.file_no: f.rows.places for f in files},
    )


def merge_parsed(parts: Sequence[ParsedLoad]) -> ParsedLoad:
    """Return the rows of several batches of one load as one."""
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(n for p in parts for n in p.tables)
    return ParsedLoad(
        tables={n: pl.concat([p.tables[n] for p in parts if n in p.tables]) for n in names},
        rejected=pl.concat([p.rejected for p in parts]) if parts else _no_rows(),
        findings=all_findings([p.findings for p in parts]),
        rows_read={k: v for p in parts for k, v in p.rows_read.items()},
        rows_ignored={k: v for p in parts for k, v in p.rows_ignored.items()},
        reader_rejected={k: v for p in parts for k, v in p.reader_rejected.items()},
        rows_waiting={k: v for p in parts for k, v in p.rows_waiting.items()},
        places={k: v for p in parts for k, v in p.places.items()},
    )


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(_COUNTED, pl.Int64()))


def _text_rows(files: Sequence[ReadFile], table: str, *, is_inline: bool) -> pl.DataFrame | None:
    parts = [
        rows.with_columns(pl.lit(f.file_no, dtype=pl.Int64).alias("file_no"))
        for f in files
        if (rows := (f.rows.inline if is_inline else f.rows.tables).get(table)) is not None
        and rows.height
    ]
    return pl.concat(parts, how="diagonal") if parts else None


def _inline_once(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep one of the equal inline rows of a file: replicates repeat their sample."""
    content = [c for c in rows.columns if c not in ("source_line", "source_rows")]
    once = rows.filter("is_inline").unique(content, keep="first", maintain_order=True)
    return pl.concat([rows.filter(~pl.col("is_inline")), once])


@dataclass(frozen=True)
class Ingested:
    """The input tables after a load.

    Attributes:
        tables: by table, what became of its new rows.
        findings: all findings of the load so far.
        counts: `file_no`, `rows_read`, `rows_accepted`, `rows_rejected`, `rows_ignored`.
        places: where the columns of a file stand, by file_no.
    """

    tables: dict[str, Reconciled]
    findings: pl.DataFrame
    counts: pl.DataFrame
    places: dict[int, Places] = field(default_factory=dict)


def reconcile_load(parsed: ParsedLoad, stored: Mapping[str, pl.DataFrame]) -> Ingested:
    """Reconcile parsed rows with stored ones, and count.

    Args:
        parsed: rows of the load.
        stored: by table, stored rows of at least the keys (reference) or samples (measurements)
            that the load touches.

    Raises:
        AssertionError: when the counts of a file do not balance, which is a bug.
    """
    tables: dict[str, Reconciled] = {}
    for name, rows in parsed.tables.items():
        table = TABLES[name]
        before = stored.get(name, table.empty())
        reconcile = reconcile_reference if table in REFERENCE_TABLES else reconcile_measurements
        tables[name] = reconcile(table, before, _in_force(name, rows, parsed, stored))
    findings = [parsed.findings, *(r.findings for r in tables.values())]
    repeated = pl.concat([r.ignored for r in tables.values()]) if tables else _no_rows()
    findings.append(_repeated(repeated))
    counts = _counts(parsed, tables)
    return Ingested(
        tables=tables,
        findings=with_places(all_findings(findings), parsed.places),
        counts=counts,
        places=parsed.places,
    )


def _in_force(
    name: str, rows: pl.DataFrame, parsed: ParsedLoad, stored: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Leave out what a file says of a run whose every result in it is superseded by a higher `result_version`.

    A correction that comes late, or comes twice, would else overrule what a later one says of the run.
    """
    if name != "runs" or not rows["is_inline"].any():
        return rows
    run = ["file_no", "assay_id", "run_id"]
    late = []
    for table in MEASUREMENT_TABLES:
        new = parsed.tables.get(table.name)
        if new is None:
            continue
        result = [*identity(table), "result_version"]
        known = pl.concat(
            [new.select(result), stored.get(table.name, table.empty()).select(result)]
        )
        newest = known.group_by(result[:-1]).agg(pl.col("result_version").max().alias("newest"))
        beside = new.join(newest, on=result[:-1], how="left", nulls_equal=True)
        is_late = (pl.col("result_version") < pl.col("newest")).all()
        late.append(
            beside.group_by(run).agg(is_late.alias("is_late")).filter("is_late").select(run)
        )
    if not late:
        return rows
    superseded = pl.concat(late).with_columns(pl.lit(True).alias("is_inline"))
    return rows.join(superseded, on=[*run, "is_inline"], how="anti", maintain_order="left")


def _repeated(ignored: pl.DataFrame) -> pl.DataFrame:
    per_file = (
        ignored.group_by("file_no")
        .agg(
            pl.len().alias("n"),
            pl.col("source_line").min().alias("first"),
            pl.col("source_line").max().alias("last"),
        )
        .sort("file_no")
    )
    return all_findings([
        one_finding(
            row["file_no"], "REPEATED_ROW",
            f"{rows_said(row['n'], row['first'], row['last'])}: given before, and counted once; "
            "true replicates need a replicate of their own",
            value=str(row["n"]),
        )
        for row in per_file.to_dicts()
    ])  # fmt: skip


def _counts(parsed: ParsedLoad, tables: Mapping[str, Reconciled]) -> pl.DataFrame:
    def per_file(parts: list[pl.DataFrame], name: str) -> pl.DataFrame:
        rows = (
            pl.concat([p.select("file_no", "source_rows") for p in parts]) if parts else _no_rows()
        )
        return rows.group_by("file_no").agg(pl.col("source_rows").sum().alias(name))

    files = list(parsed.rows_read)
    counts = pl.DataFrame(
        {
            "file_no": files,
            "rows_read": [parsed.rows_read[f] for f in files],
            "reader_rejected": [parsed.reader_rejected[f] for f in files],
            "reader_ignored": [parsed.rows_ignored[f] for f in files],
            "waiting": [parsed.rows_waiting[f] for f in files],
        },
        schema=dict.fromkeys(
            ("file_no", "rows_read", "reader_rejected", "reader_ignored", "waiting"), pl.Int64()
        ),
    )
    for parts, name in (
        ([r.accepted for r in tables.values()], "rows_accepted"),
        ([parsed.rejected, *(r.rejected for r in tables.values())], "row_rejected"),
        ([r.ignored for r in tables.values()], "row_ignored"),
    ):
        counts = counts.join(per_file(parts, name), on="file_no", how="left")
    counts = counts.with_columns(pl.all().fill_null(0)).select(
        "file_no",
        "rows_read",
        pl.col("rows_accepted") + pl.col("waiting"),
        (pl.col("row_rejected") + pl.col("reader_rejected")).alias("rows_rejected"),
        (pl.col("row_ignored") + pl.col("reader_ignored")).alias("rows_ignored"),
    )
    return counts


def check_balance(counts: pl.DataFrame) -> None:
    """Check that every row of every file was accepted, rejected or ignored.

    Args:
        counts: `rows_read`, `rows_accepted`, `rows_rejected`, `rows_ignored` by file.

    Raises:
        AssertionError: when a file's sums do not balance, which is a bug.
    """
    off = counts.filter(
        pl.col("rows_read") != pl.sum_horizontal("rows_accepted", "rows_rejected", "rows_ignored")
    )
    if off.height:
        raise AssertionError(
            f"row counts do not balance: {off.drop('name', strict=False).head(3).to_dicts()}"
        )
