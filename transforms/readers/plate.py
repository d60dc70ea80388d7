"""Wells of a PCR plate to measurements: roles, controls, pairs of target and control, the run (`formats.md` §1).

Every reader of a plate gives wells in the same words. A target well and its control well are two data rows
of the file and one measurement. Wells in the same position are one replicate; wells apart are paired in file
order only to be carried, copies are pooled later.
"""

from dataclasses import dataclass, replace

import polars as pl

from transforms.problems import all_findings, one_finding, row_findings
from transforms.readers.plate_controls import positives_failed, signals_in_blanks
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

UNDETERMINED = "Undetermined"
ROLES = (
    "UNKNOWN", "STANDARD", "NTC", "POSITIVE", "CONTROL", "SUMMARY", "OMITTED", "UNNAMED",
)  # fmt: skip
"""What a well is for. SUMMARY = a mean, an average or merged wells, which are counted already;
POSITIVE = a positive control; UNNAMED = a silent well with the instrument's own default name."""

_IGNORED = {
    "STANDARD": "IGNORED_STANDARD",
    "NTC": "IGNORED_CONTROL",
    "POSITIVE": "IGNORED_CONTROL",
    "CONTROL": "IGNORED_CONTROL",
    "SUMMARY": "IGNORED_SUMMARY",
    "OMITTED": "IGNORED_OMITTED",
    "UNNAMED": "IGNORED_DEFAULT_NAME",
}
_CURVE = ("slope", "intercept", "r_squared")

WELLS: dict[str, type[pl.DataType]] = {
    "source_line": pl.Int64,
    "well": pl.String,
    "sample": pl.String,
    "target": pl.String,
    "role": pl.String,
    "cq": pl.String,
    "quantity": pl.String,
    "slope": pl.String,
    "intercept": pl.String,
    "r_squared": pl.String,
}
"""Columns of wells: texts as written; `cq` a number, `Undetermined`, or null = the well was not read."""


@dataclass(frozen=True)
class Run:
    """What a file says of its run.

    Attributes:
        run_id: its name, or empty.
        performed_on: ISO date, where the file has one that can be read in one way.
        is_valid: whether the instrument or kit calls it so; None = not said.
        findings: of the reader on the run.
    """

    run_id: str
    performed_on: str | None = None
    is_valid: bool | None = None
    findings: tuple[pl.DataFrame, ...] = ()


@dataclass(frozen=True)
class Format:
    """Names of a reader, for records and messages.

    Attributes:
        title: of the format.
        reader: reader and version.
        target_column: column of the file that names the target.
        cq_column: column of the file with the Cq.
        has_one_target: whether a file holds one target, and its control may be in another file.
    """

    title: str
    reader: str
    target_column: str
    cq_column: str
    has_one_target: bool = False


def is_control_name(settings: ReaderSettings, column: str = "sample") -> pl.Expr:
    """Return whether a name is that of a control: trimmed, without case, a trailing number allowed."""
    names = [n.strip().lower() for n in settings.control_names]
    name = pl.col(column).str.to_lowercase().str.strip_chars()
    base = name.str.replace(r"[\s_\-]*[0-9]+$", "")
    return (base.is_in(names) | name.is_in(names)).fill_null(False)


def plate_rows(
    wells: pl.DataFrame,
    run: Run,
    assay: AssayNames | None,
    settings: ReaderSettings,
    named: Format,
) -> TextRows:
    """Return the rows of a plate.

    Args:
        wells: columns `WELLS`, each a data row of the file.
        run: what the file says of the run.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.
        named: the reader.
    """
    wells = _with_controls(wells, settings)
    ignored, findings = _ignored(wells)
    unknown = wells.filter(pl.col("role") == "UNKNOWN")
    if assay is None or assay.target_name is None:
        if unknown.height:
            findings.append(_waiting(unknown))
        return TextRows(
            named.title, named.reader, wells.height, rows_ignored=ignored, rows_waiting=unknown.height,
            findings=all_findings(findings),
        )  # fmt: skip
    target = unknown.filter(pl.col("target") == assay.target_name)
    control = unknown.filter((pl.col("target") == pl.lit(assay.control_name)).fill_null(False))
    is_other_half = named.has_one_target and control.height > 0
    if unknown.height and target.is_empty() and not is_other_half:
        refused = _no_target(unknown, assay, named)
        return TextRows(
            named.title, named.reader, wells.height, rows_ignored=ignored, rows_rejected=unknown.height,
            findings=all_findings([*findings, refused]),
        )  # fmt: skip
    known = [n for n in (assay.target_name, assay.control_name) if n is not None]
    others = unknown.filter(~pl.col("target").is_in(known).fill_null(False))
    if others.height:
        findings.append(_ignored_finding("IGNORED_OTHER_TARGET", others))
    findings += signals_in_blanks(wells, named.cq_column)
    failed = positives_failed(wells, known, named.cq_column)
    if failed.height:
        run = replace(run, is_valid=False, findings=(*run.findings, failed))
    return TextRows(
        named.title,
        named.reader,
        wells.height,
        tables={"pcr_measurements": _measurements(target, control, assay, run.run_id)},
        inline={"runs": _runs_row(run, assay, target, control, wells)},
        rows_ignored=ignored + others.height,
        findings=all_findings([*findings, *run.findings]),
    )


def _with_controls(wells: pl.DataFrame, settings: ReaderSettings) -> pl.DataFrame:
    """Take wells that are typed as samples and named as controls for controls."""
    by_name = (pl.col("role") == "UNKNOWN") & is_control_name(settings)
    # a well without a name is an empty one, unless it gave a signal: that row is refused
    signal = (pl.col("cq") != UNDETERMINED).fill_null(False)
    return wells.with_columns(
        by_name.alias("is_by_name"),
        signal.alias("has_signal"),
        (pl.col("cq") == UNDETERMINED).fill_null(False).alias("is_undetermined"),
        pl.lit(0, dtype=pl.Int64).alias("file_no"),
        pl.when(by_name).then(pl.lit("NTC"))
        .when((pl.col("role") == "UNKNOWN") & pl.col("sample").is_null() & ~signal).then(pl.lit("OMITTED"))
        .otherwise("role").alias("role"),
    )  # fmt: skip


def _waiting(unknown: pl.DataFrame) -> pl.DataFrame:
    targets = ", ".join(unknown["target"].drop_nulls().unique().sort().to_list()) or "none"
    return one_finding(
        0,
        "ASSAY_NOT_KNOWN_FOR_FILE",
        f"{unknown.height} wells wait: no assay has the name of this file's folder and a "
        f"target_name; targets in the file: {targets}",
        value=targets,
    )


def _no_target(unknown: pl.DataFrame, assay: AssayNames, named: Format) -> pl.DataFrame:
    targets = sorted(unknown["target"].drop_nulls().unique().to_list())
    return row_findings(
        unknown,
        "TARGET_NOT_IN_FILE",
        pl.lit(
            f"assay {assay.assay_id} expects target {assay.target_name}; "
            f"the file has {', '.join(targets) or 'none'}"
        ),
        column=named.target_column,
        value=pl.col("target"),
    )


def _ignored_finding(code: str, rows: pl.DataFrame) -> pl.DataFrame:
    first, last = rows["source_line"][0], rows["source_line"][-1]
    return one_finding(
        0, code, f"{rows.height} rows on lines {first} to {last}", value=str(rows.height)
    )


def _ignored(wells: pl.DataFrame) -> tuple[int, list[pl.DataFrame]]:
    findings, total = [], 0
    for code in dict.fromkeys(_IGNORED.values()):
        rows = wells.filter(pl.col("role").is_in([r for r, c in _IGNORED.items() if c == code]))
        if rows.height:
            total += rows.height
            findings.append(_ignored_finding(code, rows))
    by_name = wells.filter("is_by_name")
    if by_name.height:
        names = ", ".join(by_name["sample"].unique().sort().to_list())
        message = (
            f"{by_name.height} wells typed as samples were taken as controls by their name: {names}"
        )
        findings.append(one_finding(0, "CONTROL_BY_NAME", message, value=names))
    return total, findings


def _copies(name: str) -> list[pl.Expr]:
    # with a standard curve "Undetermined" is a count of none; without one copies stay unknown
    return [
        pl.when(pl.col("is_undetermined") & pl.col("slope").is_not_null())
        .then(pl.lit("0"))
        .otherwise("quantity")
        .alias(f"{name}_copies"),
        pl.col("cq").alias(f"{name}_cq"),
    ]


def _measurements(
    target: pl.DataFrame, control: pl.DataFrame, assay: AssayNames, run_id: str
) -> pl.DataFrame:
    def side(wells: pl.DataFrame, name: str) -> pl.DataFrame:
        # a well that is listed twice is two wells: what that means is decided by their keys
        return wells.select(
            "sample", "well", pl.int_range(pl.len()).over("sample", "well").alias("nth"),
            pl.col("source_line").alias(f"{name}_line"), *_copies(name),
        )  # fmt: skip

    left, right = side(target, "target"), side(control, "control")
    same_well = ["sample", "well", "nth"]
    duplex = left.join(right, on=same_well, how="inner")
    rank = pl.int_range(pl.len()).over("sample").alias("k")
    alone = left.join(duplex, on=same_well, how="anti").with_columns(rank)
    alone_control = right.join(duplex, on=same_well, how="anti").with_columns(rank)
    paired = alone.join(
        alone_control, on=["sample", "k"], how="full", coalesce=True, suffix="_control"
    )
    both = pl.concat(
        [
            duplex,
            paired.with_columns(
                pl.coalesce("well", "well_control").alias("well"),
                pl.coalesce("nth", "nth_control").alias("nth"),
            ).select(duplex.columns),
        ]
    )
    return both.select(
        pl.col("sample").alias("sample_id"),
        pl.lit(assay.assay_id).alias("assay_id"),
        pl.lit(run_id or None, dtype=pl.String).alias("run_id"),
        pl.col("well").alias("replicate"),
        "target_copies",
        "target_cq",
        "control_copies",
        "control_cq",
        pl.min_horizontal("target_line", "control_line").alias("source_line"),
        (
            pl.col("target_line").is_not_null().cast(pl.Int64)
            + pl.col("control_line").is_not_null().cast(pl.Int64)
        ).alias("source_rows"),
    ).sort("source_line")


def _first(frame: pl.DataFrame, column: str) -> str | None:
    values = frame[column].drop_nulls()
    return None if values.is_empty() else str(values[0])


def _runs_row(
    run: Run,
    assay: AssayNames,
    target: pl.DataFrame,
    control: pl.DataFrame,
    wells: pl.DataFrame,
) -> pl.DataFrame:
    if not run.run_id:
        return pl.DataFrame()
    ntc = wells.filter(pl.col("role") == "NTC")
    clean = None if ntc.is_empty() else str(not ntc["has_signal"].any()).lower()
    row = {
        "run_id": run.run_id,
        "assay_id": assay.assay_id,
        "performed_on": run.performed_on,
        **{f"target_{k}": _first(target, k) for k in _CURVE},
        **{f"control_{k}": _first(control, k) for k in _CURVE},
        "is_ntc_clean": clean,
        **({} if run.is_valid is None else {"is_valid": str(run.is_valid).lower()}),
    }
    return pl.DataFrame([row], schema=dict.fromkeys(row, pl.String())).with_columns(
        pl.lit(wells["source_line"].min(), dtype=pl.Int64).alias("source_line"),
        pl.lit(0, dtype=pl.Int64).alias("source_rows"),
    )
