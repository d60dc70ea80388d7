"""Controls and quality flags of a plate: what they say of its run (`formats.md` §1)."""

from collections.abc import Sequence

import polars as pl

from transforms.problems import no_findings, one_finding
from transforms.readers.rows import AssayNames


def signals_in_blanks(wells: pl.DataFrame, cq_column: str) -> list[pl.DataFrame]:
    """Return the finding on no-template controls that gave a signal."""
    ntc = wells.filter(pl.col("role") == "NTC", "has_signal")
    if ntc.is_empty():
        return []
    return [
        one_finding(
            0, "CONTROL_FAILED",
            f"{ntc.height} no-template control wells gave a signal (line "
            f"{ntc.item(0, 'source_line')}, {cq_column} {ntc.item(0, 'cq')}); "
            "check the run for contamination",
            line=ntc.item(0, "source_line"), column=cq_column, value=ntc.item(0, "cq"),
        )
    ]  # fmt: skip


def positives_failed(wells: pl.DataFrame, names: Sequence[str], cq_column: str) -> pl.DataFrame:
    """Return the finding on positive controls without a signal.

    A positive control need not hold the control gene, so where target and control are read in one
    well only the target must give a signal.

    Args:
        wells: wells of the plate.
        names: target and control of the assay, the target first.
        cq_column: column of the file with the Cq.
    """
    own = wells.filter(pl.col("role") == "POSITIVE", pl.col("target").is_in(names))
    with_target = own.filter(pl.col("target") == names[0])
    silent = pl.concat(
        [with_target, own.join(with_target, on="well", how="anti", nulls_equal=True)]
    ).filter("is_undetermined")
    if silent.is_empty():
        return no_findings()
    line = silent.sort("source_line").item(0, "source_line")
    return one_finding(
        0, "POSITIVE_CONTROL_FAILED",
        f"{silent.height} positive control wells gave no signal (first on line {line}); "
        "the run is not valid, repeat it",
        line=line, column=cq_column, value="Undetermined",
    )  # fmt: skip


def flagged(wells: pl.DataFrame, assay: AssayNames | None, column: str) -> list[pl.DataFrame]:
    """Return the finding on sample wells with a signal that the instrument flagged.

    A well without a signal is flagged for just that, so it is left out.

    Args:
        wells: wells in the words of a plate and `flag`, null where there is none.
        assay: the assay of the file; wells of other targets are left out.
        column: column of the file with the flag.
    """
    if assay is None:
        return []
    rows = wells.filter(
        pl.col("role") == "UNKNOWN",
        pl.col("target").is_in([assay.target_name, assay.control_name]),
        pl.col("flag").is_not_null(),
        pl.col("cq") != "Undetermined",
    )
    if rows.is_empty():
        return []
    line = rows.sort("source_line").item(0, "source_line")
    flags = rows["flag"].unique().sort().to_list()
    return [
        one_finding(
            0, "WELL_FLAGGED",
            f"{rows.height} wells with a signal carry a quality flag (first on line {line}): "
            f"{'; '.join(flags)[:200]}; look at their curves",
            line=line, column=column, value=flags[0],
        )
    ]  # fmt: skip
