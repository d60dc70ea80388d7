"""Wells of digital PCR to measurements: roles, controls, target and control of a well (`formats.md` §1, §7).

Every reader of digital PCR gives wells in the same words. The target and the control of one well are two data
rows of the file and one measurement. Counts stay as written: copies and limits are computed later.
"""

import hashlib
from dataclasses import dataclass

import polars as pl

from transforms.problems import all_findings, one_finding, row_findings, rows_said
from transforms.readers.partition_pairs import measurements, number
from transforms.readers.plate import Format, is_control_name
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.worded import worded

_IGNORED = {
    "NTC": "IGNORED_CONTROL",
    "CONTROL": "IGNORED_CONTROL",
    "POSITIVE": "IGNORED_CONTROL",
    "SUMMARY": "IGNORED_SUMMARY",
    "OMITTED": "IGNORED_OMITTED",
}
_ROLES = {
    "UNKNOWN": ("", "unknown", "unk", "unkn", "sample", "reference", "ref"),
    "NTC": ("ntc", "notemplatecontrol", "nontemplatecontrol", "blank"),
    "CONTROL": ("control", "negativecontrol", "negcontrol", "negctrl", "nrt", "nac"),
    "POSITIVE": ("positivecontrol", "poscontrol", "posctrl"),
}

WELLS: dict[str, type[pl.DataType]] = {
    "source_line": pl.Int64,
    "source_rows": pl.Int64,
    "run": pl.String,
    "performed_on": pl.String,
    "well": pl.String,
    "sample": pl.String,
    "target": pl.String,
    "role": pl.String,
    "positives": pl.String,
    "total": pl.String,
    "volume_nl": pl.String,
    "is_called": pl.Boolean,
    "is_failed": pl.Boolean,
}
"""Columns of wells, one row for each well and target: counts as texts, as written. `run` null = the file names
none; `role` one of UNKNOWN NTC CONTROL POSITIVE SUMMARY OMITTED; `is_called` false where the instrument set no
threshold; `is_failed` where its quality check did not pass; `source_rows` data rows that the row stands for."""


@dataclass(frozen=True)
class Counted:
    """What a file holds.

    Attributes:
        wells: columns `WELLS`.
        refused: findings of data rows that cannot be read, one for each row.
        findings: other findings on the file.
    """

    wells: pl.DataFrame
    refused: tuple[pl.DataFrame, ...] = ()
    findings: tuple[pl.DataFrame, ...] = ()


def role(text: pl.Expr) -> pl.Expr:
    """Return the role that an instrument's word names; null where the word is not known.

    QuantaSoft puts the channel before it (`Ch1NTC`); an empty cell says nothing against a sample.
    """
    word = (
        text.fill_null("")
        .str.to_lowercase()
        .str.replace_all(r"[\s_\-]", "")
        .str.replace(r"^ch\d", "")
    )
    words = {w: name for name, spellings in _ROLES.items() for w in spellings}
    return word.replace_strict(words, default=None, return_dtype=pl.String)


def partition_rows(
    counted: Counted, assay: AssayNames | None, settings: ReaderSettings, named: Format
) -> TextRows:
    """Return the rows of a file of digital PCR.

    Args:
        counted: what the file holds.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.
        named: the reader; its `cq_column` is the column of positive partitions.
    """
    wells = _with_controls(counted.wells, settings)
    ignored, findings = _ignored(wells)
    findings += [*counted.refused]
    refused = sum(f.height for f in counted.refused)
    read = n_rows(wells) + refused
    unknown = wells.filter(pl.col("role") == "UNKNOWN")
    targets = ", ".join(unknown["target"].drop_nulls().unique().sort().to_list()) or "none"
    if assay is None or assay.target_name is None:
        if unknown.height:
            findings.append(_waiting(unknown, targets))
        return TextRows(
            named.title, named.reader, read, rows_ignored=ignored, rows_rejected=refused,
            rows_waiting=n_rows(unknown), findings=all_findings(findings),
        )  # fmt: skip
    target = unknown.filter(pl.col("target") == assay.target_name)
    control = unknown.filter((pl.col("target") == pl.lit(assay.control_name)).fill_null(False))
    if unknown.height and target.is_empty():
        expected = (
            f"assay {assay.assay_id} expects target {assay.target_name}; the file has {targets}"
        )
        wrong = row_findings(
            unknown, "TARGET_NOT_IN_FILE", pl.lit(expected), column=named.target_column, value=pl.col("target")
        )  # fmt: skip
        return TextRows(
            named.title, named.reader, read, rows_ignored=ignored,
            rows_rejected=refused + n_rows(unknown), findings=all_findings([*findings, wrong]),
        )  # fmt: skip
    known = [n for n in (assay.target_name, assay.control_name) if n is not None]
    others = unknown.filter(~pl.col("target").is_in(known).fill_null(False))
    if n_rows(others):
        findings.append(_ignored_finding("IGNORED_OTHER_TARGET", others))
    pairs, apart = measurements(target, control, assay)
    of_assay = wells.filter(pl.col("target").is_in(known).fill_null(False))
    runs = _runs(of_assay, assay)
    findings += [*counted.findings, *apart, *_not_passed(of_assay)]
    findings += _signals(wells, of_assay, assay, named)
    return TextRows(
        named.title, named.reader, read,
        tables={"pcr_measurements": pairs},
        inline={"runs": runs} if runs.height else {},
        rows_ignored=ignored + n_rows(others),
        rows_rejected=refused,
        findings=all_findings(findings),
    )  # fmt: skip


def n_rows(wells: pl.DataFrame) -> int:
    """Return the data rows that wells stand for."""
    return int(wells["source_rows"].sum())


def _with_controls(wells: pl.DataFrame, settings: ReaderSettings) -> pl.DataFrame:
    """Take wells that are typed as samples and named as controls for controls; name the run."""
    is_signal = (number("positives").fill_null(1) > 0) & pl.col("is_called")
    wells = wells.select(pl.col(c).cast(t) for c, t in WELLS.items()).with_columns(
        is_signal.alias("has_signal"), pl.lit(0, dtype=pl.Int64).alias("file_no")
    )
    by_name = (pl.col("role") == "UNKNOWN") & is_control_name(settings)
    # a well without a name is an empty one, unless it gave a signal: that row is refused
    is_silent = ~pl.col("has_signal").any().over("run", "well")
    is_empty = (pl.col("role") == "UNKNOWN") & pl.col("sample").is_null() & is_silent
    wells = wells.with_columns(
        by_name.alias("is_by_name"),
        pl.when(by_name).then(pl.lit("NTC")).when(is_empty).then(pl.lit("OMITTED"))
        .otherwise("role").alias("role"),
    )  # fmt: skip
    return wells.with_columns(pl.col("run").fill_null(_fingerprint(wells)))


def _fingerprint(wells: pl.DataFrame) -> str:
    """Return a name for a run that its file does not name: its wells and how many partitions each had.

    The same plate exported again, with other thresholds, is the same run: its wells meet the stored ones
    and are not counted twice, as they would be under the hash of the file.
    """
    single = wells.filter(pl.col("role") != "SUMMARY")
    counts = single.select(
        worded("{} {}", pl.col("well").fill_null(""), pl.col("total").fill_null(""))
    )
    text = "\n".join(counts.to_series().unique().sort().to_list())
    return f"partitions-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _ignored_finding(code: str, rows: pl.DataFrame) -> pl.DataFrame:
    lines = rows["source_line"].sort()
    first, last, n = lines[0], lines[-1], n_rows(rows)
    return one_finding(0, code, rows_said(n, first, last), value=str(n))


def _ignored(wells: pl.DataFrame) -> tuple[int, list[pl.DataFrame]]:
    findings, total = [], 0
    for code in dict.fromkeys(_IGNORED.values()):
        rows = wells.filter(pl.col("role").is_in([r for r, c in _IGNORED.items() if c == code]))
        if n_rows(rows):
            total += n_rows(rows)
            findings.append(_ignored_finding(code, rows))
    by_name = wells.filter("is_by_name")
    if by_name.height:
        names = ", ".join(by_name["sample"].unique().sort().to_list())
        message = (
            f"{n_rows(by_name)} rows typed as samples were taken as controls by their name: {names}"
        )
        findings.append(one_finding(0, "CONTROL_BY_NAME", message, value=names))
    return total, findings


def _waiting(unknown: pl.DataFrame, targets: str) -> pl.DataFrame:
    return one_finding(
        0, "ASSAY_NOT_KNOWN_FOR_FILE",
        f"{n_rows(unknown)} rows wait: no assay has the name of this file's folder and a "
        f"target_name; targets in the file: {targets}",
        value=targets,
    )  # fmt: skip


def _not_passed(of_assay: pl.DataFrame) -> list[pl.DataFrame]:
    """Return the finding on wells of samples that the instrument did not call, or its own check did not pass."""
    is_doubtful = pl.col("is_failed") | ~pl.col("is_called")
    rows = of_assay.filter(pl.col("role") == "UNKNOWN", is_doubtful).sort("source_line")
    if rows.is_empty():
        return []
    first = rows.row(0, named=True)
    return [
        one_finding(
            0, "WELL_NOT_PASSED",
            f"{rows.height} rows of samples were not called, or did not pass the instrument's check: no absence is read from them (first on line "
            f"{first['source_line']}, {first['target']}: {first['positives']} of {first['total']}); look at their partitions, "
            "set the threshold by hand or repeat the wells, and export again",
            line=first["source_line"], value=first["well"],
        )
    ]  # fmt: skip


def _silent_positives(of_assay: pl.DataFrame, assay: AssayNames) -> pl.DataFrame:
    """Return, by run, positive controls of the target of which none gave a signal."""
    positive = of_assay.filter(pl.col("role") == "POSITIVE", pl.col("target") == assay.target_name)
    return positive.filter(~pl.col("has_signal").any().over("run"))


def _signals(
    wells: pl.DataFrame, of_assay: pl.DataFrame, assay: AssayNames, named: Format
) -> list[pl.DataFrame]:
    ntc = wells.filter(pl.col("role") == "NTC", "has_signal").sort("source_line")
    silent = _silent_positives(of_assay, assay)
    failed = (
        (
            "CONTROL_FAILED",
            ntc,
            "of no-template controls hold positive partitions",
            "for contamination",
        ),
        (
            "POSITIVE_CONTROL_FAILED",
            silent,
            "of positive controls hold no positive partition",
            "and repeat it",
        ),
    )
    return [
        one_finding(
            0, code,
            f"{rows.height} rows {words} (line {rows.item(0, 'source_line')}, {rows.item(0, 'target')}: "
            f"{rows.item(0, 'positives')} of {rows.item(0, 'total')}); check the run {remedy}",
            line=rows.item(0, "source_line"), column=named.cq_column, value=rows.item(0, "positives"),
        )
        for code, rows, words, remedy in failed
        if rows.height
    ]  # fmt: skip


def _runs(of_assay: pl.DataFrame, assay: AssayNames) -> pl.DataFrame:
    """Return what the file says of each run: its date, and whether its controls did as they should."""
    is_ntc = (pl.col("role") == "NTC") & pl.col("is_called")
    silent = _silent_positives(of_assay, assay)["run"].unique().to_list()
    runs = of_assay.group_by("run", maintain_order=True).agg(
        pl.col("performed_on").drop_nulls().first(),
        pl.when(is_ntc.any()).then(~(is_ntc & pl.col("has_signal")).any()).alias("is_ntc_clean"),
        pl.col("source_line").min(),
    )
    return runs.select(
        pl.col("run").alias("run_id"),
        pl.lit(assay.assay_id).alias("assay_id"),
        "performed_on",
        pl.col("is_ntc_clean").cast(pl.String),
        pl.when(pl.col("run").is_in(silent)).then(pl.lit("false")).alias("is_valid"),
        "source_line",
        pl.lit(0, dtype=pl.Int64).alias("source_rows"),
        # a run of which nothing is said is no row
    ).filter(pl.any_horizontal(pl.col("performed_on", "is_ntc_clean", "is_valid").is_not_null()))
