"""Assays filled from the catalogue: a row that names its kit, and an `assay_id` that is a kit's own name."""

from collections.abc import Iterable

import polars as pl

from schemas.tables import TABLES
from transforms.kits.catalogue import KITS
from transforms.kits.kit import IDENTITY, LIMITS, Kit
from transforms.problems import all_findings, no_findings, row_findings
from transforms.worded import worded

_ASSAYS = TABLES["assays"]
_TAKEN = (*IDENTITY, *LIMITS)
_LOD, _LOQ = ("lod_fraction", "lod_events"), ("loq_fraction", "loq_events")


def _row(kit: Kit) -> dict[str, object]:
    limits = {c: n.value for c, n in kit.numbers().items() if c in LIMITS}
    return {
        "assay_id": kit.id,
        "kit": kit.id,
        **{c: getattr(kit, c) for c in IDENTITY},
        **limits,
        "is_correction": False,
        "is_current": True,
    }


_CATALOGUE = pl.DataFrame([_row(k) for k in KITS.values()], schema=_ASSAYS.polars_schema)


def with_kits(assays: pl.DataFrame, used: Iterable[str]) -> pl.DataFrame:
    """Add the catalogue's row, valid at all times, for each kit that is used without an `assays` row.

    A laboratory's own row of that `assay_id` takes its place, whatever it says and whenever it holds.

    Args:
        assays: current rows of `assays`, of any of its columns but at least `assay_id`.
        used: names of assays that may be those of kits.
    """
    is_wanted = pl.col("assay_id").is_in(list(used))
    is_own = pl.col("assay_id").is_in(assays["assay_id"].unique().implode())
    rows = _CATALOGUE.filter(is_wanted & ~is_own)
    if rows.is_empty():
        return assays
    added = rows.select(pl.col(c).cast(t) for c, t in assays.schema.items())
    return pl.concat([assays, added])


def with_kit_cells(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Fill the empty cells of rows that name a kit.

    What a kit is cannot be said otherwise. Its limits can: a laboratory's own LOD, as fraction or as
    events, replaces the kit's in both forms, and the kit's LOQ is then never below it.

    Args:
        rows: typed rows of `assays` with `file_no` and `source_line`.

    Returns:
        The rows, and findings UNKNOWN_KIT, ASSAY_CONTRADICTS_KIT and ASSAY_NAMED_LIKE_KIT.
    """
    if rows["kit"].null_count() == rows.height:
        return rows, _named_like_kits(rows)
    of_kit = _CATALOGUE.select("kit", pl.lit(True).alias("is_known"), pl.col(_TAKEN).name.suffix("_kit"))  # fmt: skip
    beside = rows.join(of_kit, on="kit", how="left", maintain_order="left")
    unknown = beside.filter(pl.col("kit").is_not_null() & pl.col("is_known").is_null())
    findings = [
        row_findings(
            unknown,
            "UNKNOWN_KIT",
            worded("kit '{}' is not in the catalogue; there is {}", "kit", pl.lit(", ".join(KITS))),
            column="kit",
            value=pl.col("kit"),
        )
    ]  # fmt: skip
    for column in IDENTITY:
        given, own = pl.col(column).cast(pl.String), pl.col(f"{column}_kit").cast(pl.String)
        message = worded(
            "{} {} contradicts kit {}, whose {} is {}; leave the cell empty, or name no kit",
            pl.lit(column), given, "kit", pl.lit(column), own,
        )  # fmt: skip
        wrong = beside.filter((given != own).fill_null(False))
        findings.append(
            row_findings(wrong, "ASSAY_CONTRADICTS_KIT", message, column=column, value=given)
        )
    has_lod, has_loq = (
        pl.any_horizontal(pl.col(c).is_not_null() for c in forms) for forms in (_LOD, _LOQ)
    )
    filled = beside.with_columns(
        *(pl.coalesce(c, f"{c}_kit").alias(c) for c in IDENTITY),
        *(pl.when(has_lod).then(c).otherwise(f"{c}_kit").alias(c) for c in _LOD),
        has_loq.alias("has_loq"),
    ).with_columns(
        pl.when("has_loq").then(loq)
        .when(pl.col(f"{loq}_kit").is_not_null()).then(pl.max_horizontal(f"{loq}_kit", lod)).alias(loq)
        for lod, loq in zip(_LOD, _LOQ, strict=True)
    )  # fmt: skip
    filled = filled.select(rows.columns)
    return filled, all_findings([*findings, _named_like_kits(filled)])


def _named_like_kits(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a finding for each row that has the name of a kit and says that it is something else."""
    own = rows.filter(pl.col("kit").ne_missing(pl.col("assay_id")))
    beside = own.join(_CATALOGUE.select("assay_id", pl.col(IDENTITY).name.suffix("_kit")), on="assay_id")  # fmt: skip
    if beside.is_empty():
        return no_findings()
    # what is left empty is not said, but that a kit's value is its own must be
    given = {c: pl.col(c).cast(pl.String) for c in IDENTITY}
    given["is_reported"] = given["is_reported"].fill_null("false")
    of_kit = {c: pl.col(f"{c}_kit").cast(pl.String) for c in IDENTITY}
    of_kit["is_reported"] = of_kit["is_reported"].fill_null("false")
    differs = {c: (given[c] != of_kit[c].fill_null("none")).fill_null(False) for c in IDENTITY}
    words = [
        pl.when(differs[c]).then(
            worded("{} {} (the kit: {})", pl.lit(c), given[c], of_kit[c].fill_null("none"))
        )
        for c in IDENTITY
    ]
    message = worded(
        "assay {} has the name of a kit and says {}; this row counts and not the kit: give the assay a name of its "
        "own, or write the kit's name as kit and leave these cells empty",
        "assay_id", pl.concat_list(words).list.drop_nulls().list.join(", "),
    )  # fmt: skip
    wrong = beside.filter(pl.any_horizontal(differs.values()))
    return row_findings(
        wrong, "ASSAY_NAMED_LIKE_KIT", message, column="assay_id", value=pl.col("assay_id")
    )
