"""Lists of clonotypes to rows of `ngs_measurements` (`formats.md` §8b).

Lines of one rearrangement (same junction, read with differences elsewhere) are one clone: their counts
are summed. The same line twice is one line. The total is the sum over all lines of the sample.

A list is known to be complete where the shares that it states prove it: each is its count over the total,
and together they miss less than half a count. A tolerance in percent would hide a clone at MRD level.
Programs divide anew after a filter, so shares prove nothing of a list from which the unproductive clones may have
been taken: one at least has to be in it.
"""

from dataclasses import replace

import polars as pl

from transforms.places import Places
from transforms.problems import one_finding
from transforms.ratio import ratio
from transforms.readers.sequencing import Rows, Table, ignored_finding

_COUNT = r"^[0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,2})?$"
_LARGEST = 2**53
_SHARES_AGREE = 0.01
_FEW_ROWS = 20
_HALF_A_COUNT = 0.5


def number(column: str) -> pl.Expr:
    """Return a count as a number, null where it cannot be read in one way."""
    # Java writes ten million as 1.0E7
    text = pl.when(pl.col(column).str.contains(_COUNT)).then(pl.col(column))
    value = text.cast(pl.Float64, strict=False)
    return pl.when(value <= _LARGEST).then(value)


def whole(value: pl.Expr) -> pl.Expr:
    """Return a number as text, without a point where it is whole."""
    is_whole = (value % 1 == 0) & (value <= _LARGEST)
    return (
        pl.when(is_whole)
        .then(pl.when(is_whole).then(value).cast(pl.Int64).cast(pl.String))
        .otherwise(value.cast(pl.String))
    )


def clone_rows(
    table: Table,
    *,
    count_kind: str,
    full_share: float | None = None,
    unproductive: pl.Expr | None = None,
    more_findings: tuple[pl.DataFrame, ...] = (),
) -> Rows:
    """Return the clones of a list.

    Args:
        table: its cells have `sample_id`, `marker`, `gene`, `count` and, with `full_share`, `share`.
        count_kind: READS, MOLECULES or CELLS.
        full_share: what the shares of a whole file add up to, where the file has them.
        unproductive: whether a line is unproductive, where the file says so. Without these two no list is
            known to be complete.
        more_findings: of the reader.
    """
    content = [c for c in table.cells.columns if c != "source_line"]
    nth = pl.int_range(pl.len()).over(content)
    counted = table.cells.with_columns(nth.alias("nth"), number("count").alias("n"))
    repeats, cells = counted.filter(pl.col("nth") > 0), counted.filter(pl.col("nth") == 0)
    findings = [*table.findings, *more_findings]
    if repeats.height:
        words = "the same line stands in the file before and is counted once"
        findings.append(ignored_finding("REPEATED_ROW", repeats, words))
    if cells.height:
        findings.append(_total_finding(cells, full_share, unproductive, table.rejected))
    is_one = pl.len() == 1
    is_complete = _is_complete(cells, full_share, unproductive, table.rejected)
    measured = (
        cells.with_columns(is_complete.alias("is_complete"))
        .sort("source_line")
        .with_columns(pl.col("n").sum().over("sample_id").alias("total"))
        .group_by("sample_id", "marker", maintain_order=True)
        .agg(
            # the line with most reads names the gene: of few reads the V gene is often misread
            pl.col("gene")
            .sort_by("n", descending=True, nulls_last=True, maintain_order=True)
            .first(),
            pl.when(is_one)
            .then(pl.col("count").first())
            .when(pl.col("n").is_not_null().all())
            .then(whole(pl.col("n").sum()))
            .alias("marker_count"),
            whole(pl.col("total").first()).alias("total_count"),
            pl.when(pl.col("is_complete").all()).then(pl.lit("true")).alias("is_complete_list"),
            pl.col("source_line").min(),
            pl.len().cast(pl.Int64).alias("source_rows"),
        )
        .with_columns(
            pl.lit("CLONOTYPE").alias("marker_class"), pl.lit(count_kind).alias("count_kind")
        )
    )
    own = table.places_of(marker="marker", marker_count="count")
    counts = own.places["count"]
    places = Places(
        {**own.places, "total_count": replace(counts, heading=f"{counts.heading}, summed")}
    )
    return Rows(measured, repeats.height, table.rejected, tuple(findings), places)


def _is_complete(
    cells: pl.DataFrame, full_share: float | None, unproductive: pl.Expr | None, n_rejected: int
) -> pl.Expr:
    """Return whether the lines of a sample are proved to be all that there are."""
    if full_share is None or unproductive is None or n_rejected:
        return pl.lit(False)
    total = pl.col("n").sum().over("sample_id")
    share = ratio(pl.col("share").cast(pl.Float64, strict=False), full_share)
    is_share_of_count = (share * total - pl.col("n")).abs() < _HALF_A_COUNT
    missed = (1 - share.sum().over("sample_id")).abs() * total
    is_sound = is_share_of_count & (pl.col("n") % 1 == 0) & (missed < _HALF_A_COUNT)
    has_unproductive = unproductive.fill_null(False).any()
    return (is_sound.fill_null(False).all() & has_unproductive).over("sample_id")


def _n_filtered(cells: pl.DataFrame, unproductive: pl.Expr | None) -> int:
    """Return how many samples have lines enough to show an unproductive one, and none."""
    if unproductive is None:
        return 0
    of_sample = cells.group_by("sample_id").agg(
        ((pl.len() >= _FEW_ROWS) & ~unproductive.fill_null(False).any()).alias("is_filtered")
    )
    return int(of_sample["is_filtered"].sum())


def _total_finding(
    cells: pl.DataFrame, full_share: float | None, unproductive: pl.Expr | None, n_rejected: int
) -> pl.DataFrame:
    doubts = []
    unread = cells["n"].null_count() + n_rejected
    if unread:
        doubts.append(f"{unread} lines have no readable count and are not in it")
    if full_share is not None:
        share = cells.select(pl.col("share").cast(pl.Float64, strict=False).sum()).item()
        if abs(share / full_share - 1) > _SHARES_AGREE:
            doubts.append(f"the shares add up to {share / full_share:.1%}: lines are missing")
    filtered = _n_filtered(cells, unproductive)
    if filtered:
        of = "" if cells["sample_id"].n_unique() == 1 else f" of {filtered} samples"
        doubts.append(
            f"no line{of} is unproductive, so the list was probably filtered; a leukaemic clone may be unproductive"
        )
    words = "; ".join(doubts) or "a file that was filtered makes it too small"
    return one_finding(
        0,
        "TOTAL_FROM_FILE",
        f"the total is the sum of the counts of {cells.height} lines; {words}",
        column="total_count",
        severity="REVIEW" if doubts else None,
    )
