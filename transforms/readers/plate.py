"""Wells of a PCR plate to measurements: roles, controls, pairs of target and control, the run (`formats.md` §1).

Every reader of a plate gives wells in the same words. A target well and its control well are two data rows
of the file and one measurement. Wells in the same position are one replicate; wells apart are paired in file
order only to be carried, copies are pooled later.
"""

from dataclasses import dataclass, replace

import polars as pl

from transforms.places import LINE_OF
from transforms.problems import all_findings, one_finding, row_findings, rows_said
from transforms.readers.plate_controls import positives_failed, signals_in_blanks
from transforms.readers.plate_pairs import line_of, measurements, side
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.worded import worded

UNDETERMINED = "Undetermined"
ROLES = (
    "UNKNOWN", "STANDARD", "NTC", "POSITIVE", "CONTROL", "SUMMARY", "OMITTED", "UNNAMED", "ODD",
)  # fmt: skip
"""What a well is for. SUMMARY = a mean, an average or merged wells, which are counted already;
POSITIVE = a positive control; UNNAMED = a silent well with the instrument's own default name; ODD = the file
says in a word that is not known, which may be a patient's well: the column `task` has the word."""
_MAY_BE_SAMPLES = ("UNKNOWN", "ODD")

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
        role_column: column of the file that says what a well is for.
        has_one_target: whether a file holds one target, and its control may be in another file.
    """

    title: str
    reader: str
    target_column: str
    cq_column: str
    has_one_target: bool = False
    role_column: str = "Task"


def is_control_name(settings: ReaderSettings, column: str = "sample") -> pl.Expr:
    """Return whether a name is that of a control: trimmed, without case, a trailing number or point allowed."""
    names = [n.strip().lower() for n in settings.control_names]
    name = pl.col(column).str.to_lowercase().str.strip_chars().str.strip_chars_end(".")
    base = name.str.replace(r"[\s_\-.]*[0-9]+$", "")
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
    is_unknown, is_odd = pl.col("role") == "UNKNOWN", pl.col("role") == "ODD"
    n_unknown, odd = wells.select(is_unknown.sum()).item(), wells.filter(is_odd)
    if assay is None or assay.target_name is None:
        waiting = wells.filter(is_unknown | is_odd)
        if waiting.height:
            findings.append(_waiting(waiting))
        return TextRows(
            named.title, named.reader, wells.height, rows_ignored=ignored, rows_waiting=waiting.height,
            findings=all_findings(findings),
        )  # fmt: skip
    # not of the rows of samples alone: a large plate would stand here once more
    target = wells.filter(is_unknown, pl.col("target") == assay.target_name)
    control = wells.filter(is_unknown, pl.col("target") == pl.lit(assay.control_name))
    known = [n for n in (assay.target_name, assay.control_name) if n is not None]
    is_known = pl.col("target").is_in(known).fill_null(False)
    findings += _odd(odd.filter(is_known), named)
    is_other_half = named.has_one_target and control.height > 0
    if n_unknown and target.is_empty() and not is_other_half:
        refused = _no_target(wells.filter(is_unknown), assay, named)
        # an odd well of another target is refused too: nothing of the file is used
        findings += _odd(odd.filter(~is_known), named)
        return TextRows(
            named.title, named.reader, wells.height, rows_ignored=ignored,
            rows_rejected=n_unknown + odd.height, findings=all_findings([*findings, refused]),
        )  # fmt: skip
    others = wells.filter(is_unknown | is_odd, ~is_known)
    if others.height:
        findings.append(_ignored_finding("IGNORED_OTHER_TARGET", others))
    if named.has_one_target:
        findings += _other_half(target, control, assay)
    findings += signals_in_blanks(wells, named.cq_column)
    failed = positives_failed(wells, known, named.cq_column)
    if failed.height:
        run = replace(run, is_valid=False, findings=(*run.findings, failed))
    n_wells, n_others, n_odd = wells.height, others.height, odd.filter(is_known).height
    runs = _runs_row(run, assay, target, control, wells)
    sides = [side(target, "target"), side(control, "control")]
    # a large plate stands here several times; only the two sides are needed from here on, and only below
    del wells, odd, others, target, control
    return TextRows(
        named.title,
        named.reader,
        n_wells,
        rows_ignored=ignored + n_others,
        rows_rejected=n_odd,
        tables={"pcr_measurements": measurements(sides.pop(0), sides.pop(), assay, run.run_id)},
        inline={"runs": runs},
        findings=all_findings([*findings, *run.findings]),
    )


def _with_controls(wells: pl.DataFrame, settings: ReaderSettings) -> pl.DataFrame:
    """Take wells that are typed as samples and named as controls for controls."""
    may_be_sample = pl.col("role").is_in(_MAY_BE_SAMPLES)
    by_name = may_be_sample & is_control_name(settings)
    # a well without a name is an empty one, unless it gave a signal: that row is refused
    # an error of a sheet, such as #N/A, is no Cq, and no word that there was none
    is_error = pl.col("cq").str.starts_with("#")
    is_silent = pl.col("cq").is_null() | (pl.col("cq") == UNDETERMINED)
    signal = ~(is_silent | is_error).fill_null(False)
    is_undetermined = (pl.col("cq") == UNDETERMINED).fill_null(False)
    quantity = pl.col("quantity")
    has_no_copies = quantity.is_null() | (quantity.cast(pl.Float64, strict=False) == 0).fill_null(
        False
    )
    return wells.with_columns(
        by_name.alias("is_by_name"),
        signal.alias("has_signal"),
        is_undetermined.alias("is_undetermined"),
        (is_undetermined & has_no_copies).alias("is_none"),
        pl.lit(0, dtype=pl.Int64).alias("file_no"),
        pl.when(by_name).then(pl.lit("NTC"))
        .when(may_be_sample & pl.col("sample").is_null() & is_silent).then(pl.lit("OMITTED"))
        # a sample laid out without a target gave no result
        .when((pl.col("role") == "ODD") & pl.col("target").is_null() & pl.col("cq").is_null())
        .then(pl.lit("OMITTED"))
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


def _odd(odd: pl.DataFrame, named: Format) -> list[pl.DataFrame]:
    """Return findings of wells of which it is not known whether they are a patient's."""
    if odd.is_empty():
        return []
    return [
        row_findings(
            odd,
            "UNKNOWN_VALUE",
            worded(
                f"{named.role_column} '{{}}' is not known, so it cannot be told whether this is a patient's "
                "well; write unknown, standard, NTC or a control, and export again",
                pl.col("task").fill_null(""),
            ),
            column=named.role_column,
            value=pl.col("task"),
        )
    ]


def _other_half(
    target: pl.DataFrame, control: pl.DataFrame, assay: AssayNames
) -> list[pl.DataFrame]:
    """Return the note on a file that holds only target or only control: its level needs another file."""
    here = [n for n, w in (("target", target), ("control", control)) if w.height]
    if len(here) != 1 or assay.control_name is None:
        return []
    other = {"target": assay.control_name, "control": assay.target_name}[here[0]]
    return [
        one_finding(
            0, "CONTROL_IN_OTHER_FILE",
            f"the file holds wells of the {here[0]} alone; they count with those of the same position and sample in the "
            f"file of {other} of the same experiment, and are not evaluable until it is loaded",
            value=here[0],
        )
    ]  # fmt: skip


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
    return one_finding(0, code, rows_said(rows.height, first, last), value=str(rows.height))


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


def _clean(ntc: pl.DataFrame) -> str | None:
    """Return whether blanks gave no signal; one that was not read, or has copies without a Cq, proves nothing."""
    if ntc["has_signal"].any():
        return "false"
    return "true" if ntc.height and ntc["is_none"].all() else None


def _first(wells: pl.DataFrame, column: str) -> tuple[str | None, int | None]:
    """Return the first text in a column, and its line."""
    line = line_of(wells, "quantity_line").alias("line")
    first = wells.select(pl.col(column).alias("text"), line).drop_nulls("text").head(1).rows()
    return (str(first[0][0]), first[0][1]) if first else (None, None)


def _runs_row(
    run: Run,
    assay: AssayNames,
    target: pl.DataFrame,
    control: pl.DataFrame,
    wells: pl.DataFrame,
) -> pl.DataFrame:
    if not run.run_id:
        return pl.DataFrame()
    sides = {"target": target, "control": control}
    ntc = wells.filter(pl.col("role") == "NTC")
    clean = _clean(ntc)
    row = {
        "run_id": run.run_id,
        "assay_id": assay.assay_id,
        "performed_on": run.performed_on,
        **{f"{n}_{k}": _first(w, k)[0] for n, w in sides.items() for k in _CURVE},
        "is_ntc_clean": clean,
        **({} if run.is_valid is None else {"is_valid": str(run.is_valid).lower()}),
    }
    lines = {f"{LINE_OF}{n}_{k}": _first(w, k)[1] for n, w in sides.items() for k in _CURVE}
    return pl.DataFrame([row], schema=dict.fromkeys(row, pl.String())).with_columns(
        *(pl.lit(line, dtype=pl.Int64).alias(name) for name, line in lines.items()),
        pl.lit(wells["source_line"].min(), dtype=pl.Int64).alias("source_line"),
        pl.lit(0, dtype=pl.Int64).alias("source_rows"),
    )
