"""The two layouts of Absolute Q in which a data row is about several dyes (`formats.md` §7)."""

import polars as pl

from transforms.places import Place
from transforms.problems import FileRefusedError
from transforms.readers.delimited import Delimited, split_cells
from transforms.readers.partition_pairs import number
from transforms.readers.rows import AssayNames

_OTHER_JOINT = r"[+,;/&|]"


def by_dye(parts: Delimited, rows: pl.DataFrame, dyes: str, separator: str) -> pl.DataFrame:
    """Return layout 2 as one row for each well and dye.

    Args:
        parts: header and cells; the columns of a dye start at each `Target`.
        rows: the columns that are not a dye's.
        dyes: the line of dyes, which may be shorter than the header.
        separator: of the cells.
    """
    names = [h.lower() for h in parts.header]
    above = split_cells(dyes, separator)
    blocks = []
    for start, end in _blocks(names):
        if "positives" not in names[start:end]:
            raise FileRefusedError(
                "NO_RESULTS_SECTION",
                "a dye has no column Positives; export the summary of Absolute Q with all its columns",
                line=parts.header_line,
                value="positives",
            )
        dye = above[start] if start < len(above) else ""
        own = parts.cells.select(
            pl.coalesce(pl.col(f"c{start}"), pl.lit(dye or None, dtype=pl.String)).alias("target"),
            pl.col(f"c{names.index('positives', start)}").alias("positives"),
        )
        blocks.append(rows.drop("target", "positives").hstack(own))
    return pl.concat(blocks).with_columns(pl.lit(1).alias("own_rows"))


def _blocks(names: list[str]) -> list[tuple[int, int]]:
    """Return first and end of the columns of each dye."""
    starts = [i for i, name in enumerate(names) if name == "target"]
    return list(zip(starts, [*starts[1:], len(names)], strict=True))


def dye_places(parts: Delimited, assay: AssayNames | None) -> dict[str, Place]:
    """Return where the positives of target and control stand, by the dye whose block names them."""
    names = [h.lower() for h in parts.header]
    wanted = {} if assay is None else {
        "positive_partitions": assay.target_name, "control_positive_partitions": assay.control_name,
    }  # fmt: skip
    places = {}
    for column, target in wanted.items():
        if target is None:
            continue
        own = [s for s, _ in _blocks(names) if bool((parts.cells[f"c{s}"] == target).any())]
        # a target in two dyes, or named by the line above only, has no column that is sure
        at = names.index("positives", own[0]) + 1 if len(own) == 1 else None
        places[column] = Place("Positives", at)
    return places


def by_combination(rows: pl.DataFrame) -> pl.DataFrame:
    """Return layout 3 as one row for each sample and dye.

    A row counts the partitions of one exclusive combination of colours: those of a dye are the sum over
    all combinations with it. `Total` is 0 beside a count of 0, so the largest is the total.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION, where the combinations do not add up to the total or are not written as known.
    """
    if rows.is_empty():
        # every row was refused for its cells
        return rows.with_columns(pl.lit(0, dtype=pl.Int64).alias("own_rows"))
    odd = rows.filter(pl.col("channels").str.contains(_OTHER_JOINT))
    if odd.height:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the channels {odd.item(0, 'channels')!r} are no colours with a blank between them, so it cannot be told which "
            "colours a partition had; export it again from Absolute Q",
            line=odd.item(0, "source_line"),
            value=odd.item(0, "channels"),
        )
    channels = pl.col("channels").fill_null("").str.strip_chars().str.replace_all(r"\s+", " ")
    rows = rows.with_columns(
        channels.alias("channels"), number("count").alias("n"), number("total").alias("of")
    )
    key = ["run_name", "plate", "sample"]
    # the file names no wells: a sample whose combinations come again was in another well
    nth = pl.int_range(1, pl.len() + 1).over(*key, "channels")
    rows = rows.with_columns(nth.cast(pl.String).alias("well"))
    dyes = sorted({dye for text in rows["channels"].unique() for dye in text.split()})
    sums = rows.group_by(*key, "well", maintain_order=True).agg(
        pl.col("source_line").min(),
        pl.len().cast(pl.Int64).alias("own_rows"),
        pl.col("date").first(),
        pl.col("n").sum(),
        pl.col("n").is_null().any().alias("is_odd"),
        pl.col("of").max(),
        *(
            pl.col("n").filter(pl.concat_str(pl.lit(" "), "channels", pl.lit(" ")).str.contains(f" {dye} ", literal=True))
            .sum().alias(f"dye {dye}")
            for dye in dyes
        ),
    )  # fmt: skip
    wrong = sums.filter(pl.col("is_odd") | (pl.col("n") != pl.col("of")).fill_null(True))
    if wrong.height or not dyes:
        first = (wrong if wrong.height else sums).row(0, named=True)
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the counts of the sample on line {first['source_line']} add up to {first['n']:g}, not to its total "
            f"{first['of'] or 0:g}; export all combinations of colours",
            line=first["source_line"],
        )
    whole = [
        sums.with_columns(
            pl.lit(dye).alias("target"),
            pl.col(f"dye {dye}").cast(pl.Int64).cast(pl.String).alias("positives"),
            pl.col("of").cast(pl.Int64).cast(pl.String).alias("total"),
            pl.lit(None, dtype=pl.String).alias("quality"),
        ).drop("n", "of", "is_odd", *(f"dye {d}" for d in dyes))
        for dye in dyes
    ]
    return pl.concat(whole)


def with_target_first(rows: pl.DataFrame, assay: AssayNames | None) -> pl.DataFrame:
    """Give the data rows of a well to the first of its targets that the assay names, and none to the others.

    A data row that is about several dyes is counted once.
    """
    target = None if assay is None else assay.target_name
    control = None if assay is None else assay.control_name
    rank = (
        pl.when(pl.col("target") == pl.lit(target, dtype=pl.String)).then(0)
        .when(pl.col("target") == pl.lit(control, dtype=pl.String)).then(1)
        .otherwise(2)
    )  # fmt: skip
    ordered = rows.with_columns(rank.alias("rank")).sort("source_line", "rank", maintain_order=True)
    is_first = pl.int_range(pl.len()).over("source_line") == 0
    return ordered.with_columns(
        pl.when(is_first).then("own_rows").otherwise(0).alias("source_rows")
    ).drop("rank", "own_rows")
