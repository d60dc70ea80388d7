"""Reference rows against each other and against what is stored."""

import polars as pl

from schemas.tables import Table
from transforms.problems import all_findings, row_findings
from transforms.reconcile.outcome import (
    COUNTED,
    SOURCE,
    Reconciled,
    agrees,
    differences,
    key_text,
    where,
)
from transforms.worded import worded


def reconcile_reference(table: Table, stored: pl.DataFrame, new: pl.DataFrame) -> Reconciled:
    """Reconcile reference rows.

    Args:
        table: a reference table.
        stored: stored rows of at least the keys in `new` (for `assays`: of the assays in `new`).
        new: typed rows with `file_no`, `source_sha256`, `source_line`, `source_rows` and
            `is_inline`, true for rows that a measurement file carries beside its own.
    """
    key, content = list(table.key), list(table.content)
    new = new.sort("is_inline", "source_sha256", "source_line").with_row_index("nr")
    verdicts = [_in_load(new, key, content)]
    # rows that say nothing new still count for the source: the one that sorts first
    clashing = verdicts[0].filter(pl.col("verdict") == "reject")
    kept = new.join(clashing, on="nr", how="anti")
    repeated = verdicts[0].filter(pl.col("verdict") == "ignore")
    against = _against_stored(kept, stored, key, content)
    verdicts.append(against)
    idle = (
        pl.concat([repeated, against.filter(pl.col("verdict") == "ignore")]).select("nr").unique()
    )
    refused = against.filter(pl.col("verdict") == "reject").select("nr")
    usable = kept.join(refused, on="nr", how="anti").with_columns(
        pl.col("nr").is_in(idle["nr"].implode()).alias("is_known")
    )
    winners = _winners(usable, stored, key, content)
    while table.name == "assays":
        # a refused row gives its window back to what stood before, which may overlap in its turn
        overlapping = _overlapping(winners)
        if overlapping.is_empty():
            break
        group = [*key, "is_correction"]
        of_group = usable.join(overlapping, on=group, how="inner", nulls_equal=True)
        verdicts.insert(
            0, _verdicts(of_group, "reject", "ASSAY_WINDOWS_OVERLAP", pl.col("message"))
        )
        usable = usable.join(overlapping, on=group, how="anti", nulls_equal=True)
        winners = _winners(usable, stored, key, content)
    rows, changed = _after(table, stored, winners, key)
    verdict = (
        pl.concat([v.select("nr", "verdict", "code", "message") for v in verdicts])
        .filter(pl.col("verdict") != "keep")
        .sort(pl.col("verdict") != "reject", maintain_order=True)
        .unique("nr", keep="first", maintain_order=True)
    )
    judged = new.join(verdict, on="nr", how="left").with_columns(
        pl.col("verdict").fill_null("keep")
    )
    clash = judged.filter(pl.col("verdict") == "reject")
    inline = clash.filter("is_inline")
    own = clash.filter(~pl.col("is_inline"))
    findings = [
        row_findings(own.filter(pl.col("code") == code), code, pl.col("message"))
        for code in ("CONFLICT_IN_LOAD", "CONFLICT_WITH_STORED", "ASSAY_WINDOWS_OVERLAP")
    ]
    findings.append(
        row_findings(
            inline.unique(["file_no", *key], maintain_order=True),
            "INLINE_CONFLICT",
            pl.col("message"),
        )
    )
    counted = judged.filter(~pl.col("is_inline"))
    return Reconciled(
        rows=rows,
        changed=changed,
        accepted=counted.filter(pl.col("verdict") == "keep").select(COUNTED),
        rejected=counted.filter(pl.col("verdict") == "reject").select(COUNTED),
        ignored=counted.filter(pl.col("verdict") == "ignore").select(COUNTED),
        findings=all_findings(findings),
    )


_VERDICT_SCHEMA = {
    "nr": pl.UInt32(),
    "verdict": pl.String(),
    "code": pl.String(),
    "message": pl.String(),
}


def _verdicts(
    rows: pl.DataFrame, verdict: str, code: str | None = None, message: pl.Expr | None = None
) -> pl.DataFrame:
    return rows.select(
        "nr",
        pl.lit(verdict).alias("verdict"),
        pl.lit(code, dtype=pl.String).alias("code"),
        (pl.lit(None, dtype=pl.String) if message is None else message).alias("message"),
    )


def _in_load(new: pl.DataFrame, key: list[str], content: list[str]) -> pl.DataFrame:
    """Judge rows of one load against each other: corrections apart from plain rows."""
    group = [*key, "is_correction"]
    doubled = new.filter(pl.struct(group).is_duplicated())
    if doubled.is_empty():
        return pl.DataFrame(schema=_VERDICT_SCHEMA)
    contradict = pl.any_horizontal(
        pl.col(c).drop_nulls().n_unique().over(group) > 1 for c in content
    )
    # a correction replaces the whole row, so an empty cell of it says something too
    differ = pl.struct(content).n_unique().over(group) > 1
    several = pl.when("is_correction").then(differ).otherwise(contradict)
    first_null = [
        (pl.col(c).is_not_null() & pl.col(c).first().over(group).is_null()) for c in content
    ]
    adds = pl.any_horizontal(first_null)
    judged = doubled.with_columns(
        several.alias("clash"), adds.alias("adds"), pl.int_range(pl.len()).over(group).alias("nth")
    )
    sources = (
        judged.filter("clash")
        .with_columns(where().alias("where"))
        .with_columns(pl.col("where").unique().sort().str.join(", ").over(group).alias("all_where"))
    )
    message = worded(
        "rows for {} give different content ({}); keep the right one",
        key_text(key),
        pl.col("all_where"),
    )
    return pl.concat(
        [
            _verdicts(sources, "reject", "CONFLICT_IN_LOAD", message),
            _verdicts(
                judged.filter(~pl.col("clash"), pl.col("nth") > 0, ~pl.col("adds")), "ignore"
            ),
        ]
    )


def _against_stored(
    kept: pl.DataFrame, stored: pl.DataFrame, key: list[str], content: list[str]
) -> pl.DataFrame:
    """Judge rows against the stored rows of their key."""
    if stored.is_empty() or kept.is_empty():
        return pl.DataFrame(schema=_VERDICT_SCHEMA)
    beside = kept.join(stored, on=key, how="inner", suffix="_stored", nulls_equal=True)
    contained = pl.all_horizontal(
        pl.col(c).is_null() | pl.col(c).eq_missing(pl.col(f"{c}_stored")) for c in content
    )
    same = agrees(content, "_stored")
    differs = pl.any_horizontal(
        (pl.col(c) != pl.col(f"{c}_stored")).fill_null(False) for c in content
    )
    # a plain row that says nothing new of any stored row, or a correction made before
    known = beside.filter(
        pl.when(pl.col("is_correction")).then(same & pl.col("is_current")).otherwise(contained)
    ).unique("nr")
    clash = beside.join(known.select("nr"), on="nr", how="anti").filter(
        pl.col("is_current"),
        ~pl.col("is_correction"),
        # a cell that a correction left empty was emptied on purpose
        differs | (pl.col("is_correction_stored") & ~contained),
    )
    message = worded(
        "contradicts {}: {}; to correct the stored row set is_correction = true",
        where("_stored"),
        differences(content, "_stored", both_given=True),
    )
    return pl.concat(
        [_verdicts(known, "ignore"), _verdicts(clash, "reject", "CONFLICT_WITH_STORED", message)]
    )


def _winners(
    usable: pl.DataFrame, stored: pl.DataFrame, key: list[str], content: list[str]
) -> pl.DataFrame:
    """Return the row that each touched key has after the load, with `nr` of its first new row.

    Rows that are known already take part too, so that the source that sorts first is kept.
    """
    plain = usable.filter(~pl.col("is_correction"))
    current = stored.filter("is_current").with_columns(
        pl.lit(None, dtype=pl.UInt32).alias("nr"), pl.lit(True).alias("is_known")
    )
    columns = ["nr", *key, *content, "is_correction", *SOURCE, "is_known"]
    # a stored correction is not completed by rows from before it
    touched = current.join(plain.select(key).unique(), on=key, how="semi", nulls_equal=True)
    corrected = touched.filter("is_correction")
    open_plain = plain.join(corrected.select(key), on=key, how="anti", nulls_equal=True)
    merged = _merged([touched.filter(~pl.col("is_correction")), open_plain], columns, key, content)
    corrections = _merged([_new_corrections(usable, key)], columns, key, content)
    # a correction that is sent again only lends its source
    known = usable.filter("is_correction").join(
        corrections.select(key), on=key, how="anti", nulls_equal=True
    )
    in_force = current.filter("is_correction").join(
        known.select(key), on=key, how="semi", nulls_equal=True
    )
    sent_again = known.join(in_force.select(key), on=key, how="semi", nulls_equal=True)
    resent = _merged([in_force, sent_again], columns, key, content)
    beside = current
    for part in (open_plain, corrections, resent):
        beside = beside.join(part.select(key), on=key, how="anti", nulls_equal=True)
    overruled = merged.join(corrections.select(key), on=key, how="semi", nulls_equal=True)
    standing = merged.join(corrections.select(key), on=key, how="anti", nulls_equal=True)
    return pl.concat(
        [
            overruled.with_columns(is_current=False),
            *(
                part.select(columns).with_columns(is_current=True)
                for part in (standing, corrections, resent, beside)
            ),
        ]
    )


def _new_corrections(usable: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Return all rows of the corrections of which at least one says something new."""
    corrections = usable.filter("is_correction")
    fresh = corrections.filter(~pl.col("is_known")).select(key)
    return corrections.join(fresh, on=key, how="semi", nulls_equal=True)


def _merged(
    parts: list[pl.DataFrame], columns: list[str], key: list[str], content: list[str]
) -> pl.DataFrame:
    """Let rows of one key complete each other; they do not contradict, that was seen to before."""
    return (
        pl.concat([p.select(columns) for p in parts])
        .sort(*SOURCE)
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("nr").drop_nulls().min(),
            *(pl.col(c).drop_nulls().first() for c in content),
            pl.col("is_correction").first(),
            *(pl.col(c).first() for c in SOURCE),
            pl.col("is_known").all(),
        )
        .select(columns)
    )


def _overlapping(winners: pl.DataFrame) -> pl.DataFrame:
    """Return new assay rows whose windows overlap with another current row of the assay.

    Returns:
        `assay_id`, `valid_from`, `is_correction` and `message` of each.
    """
    low, high = pl.date(1, 1, 1), pl.date(9999, 12, 31)
    windows = winners.filter("is_current").select(
        "nr",
        "is_known",
        "assay_id",
        pl.col("valid_from").fill_null(low),
        pl.col("valid_to").fill_null(high),
        *SOURCE,
    )
    pairs = (
        windows.join(windows, on="assay_id", suffix="_stored")
        .filter(
            (pl.col("valid_from") != pl.col("valid_from_stored"))
            & (pl.col("valid_from") <= pl.col("valid_to_stored"))
            & (pl.col("valid_from_stored") <= pl.col("valid_to"))
            & ~pl.col("is_known")
        )
        .unique("nr")
    )
    message = worded(
        "the window of assay {} overlaps with that of {}; close the earlier window with a correction",
        pl.col("assay_id"),
        where("_stored"),
    )
    keys = pairs.with_columns(message.alias("message")).select("nr", "message")
    return winners.join(keys, on="nr").select("assay_id", "valid_from", "is_correction", "message")


def _after(
    table: Table, stored: pl.DataFrame, winners: pl.DataFrame, key: list[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return all rows of the touched keys, and the keys whose current content is new."""
    fresh = winners.filter(~pl.col("is_known") & pl.col("is_current"))
    corrected = fresh.filter("is_correction").select(key)
    current = stored.filter("is_current")
    superseded = current.join(corrected, on=key, how="semi", nulls_equal=True).with_columns(
        is_current=False
    )
    history = stored.filter(~pl.col("is_current"))
    # plain rows given together with the correction that overrules them stay readable
    overruled = winners.filter(~pl.col("is_current") & ~pl.col("is_known"))
    replaced = winners.filter("is_current")
    lost = current.join(replaced.select(key), on=key, how="anti", nulls_equal=True)
    parts = [history, superseded, overruled, replaced, lost]
    rows = pl.concat([p.select(table.stored_columns) for p in parts]).unique(maintain_order=True)
    # a row that another file gave too carries the source that sorts first, whatever came first
    moved = replaced.join(current, on=key, how="inner", suffix="_stored", nulls_equal=True).filter(
        pl.any_horizontal(pl.col(c) != pl.col(f"{c}_stored") for c in SOURCE)
    )
    return rows, pl.concat([fresh.select(key), moved.select(key)]).unique(maintain_order=True)
