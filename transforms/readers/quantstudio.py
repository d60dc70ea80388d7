"""Applied Biosystems QuantStudio and ViiA 7 text exports (`formats.md` §4a).

Only the section `[Results]` counts. A target well and its control well are two data rows of the
file and one measurement. Wells in the same position are one replicate; wells apart are paired in
file order only to be carried, copies are pooled later.
"""

import re

import polars as pl

from transforms.problems import FileRefusedError, all_findings, one_finding, row_findings
from transforms.readers.delimited import read_delimited, text_lines
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

READER = "quantstudio-text/1"
FORMAT = "QuantStudio text"
_CYRILLIC_TE = "\u0442"
_COLUMNS = {
    "well": ("well position", "well"),
    "omit": ("omit",),
    "sample": ("sample name",),
    "target": ("target name",),
    "task": ("task",),
    "cq": ("ct", "cq"),
    "quantity": ("quantity",),
    "slope": ("slope",),
    "intercept": ("y-intercept",),
    "r_squared": ("r(superscript 2)", "r^2", "r2"),
}
_NEEDED = ("sample", "target", "task", "cq")
_ISO_DATE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]|$)")


def recognise(head: str) -> bool:
    """Return whether a text is a QuantStudio text export."""
    return bool(re.match(r"\* [^\n=]+=", head)) and bool(
        re.search(r"^\[(?:Results|Sample Setup)\]", head, re.MULTILINE)
    )


def read(data: bytes, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read an export.

    Args:
        data: UTF-8 text with normalised line ends.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control wells.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION or FILE_EMPTY.
    """
    lines = text_lines(data)
    wells = _with_role(_wells(lines), settings)
    ignored, ignored_findings = _ignored(wells)
    unknown = wells.filter(pl.col("role") == "UNKNOWN")
    if assay is None:
        findings = [*ignored_findings, *([_waiting(unknown)] if unknown.height else [])]
        return TextRows(
            FORMAT,
            READER,
            wells.height,
            rows_ignored=ignored,
            rows_waiting=unknown.height,
            findings=all_findings(findings),
        )
    target = unknown.filter(pl.col("target") == assay.target_name)
    control = (
        unknown.clear()
        if assay.control_name is None
        else unknown.filter(pl.col("target") == assay.control_name)
    )
    if unknown.height and target.is_empty():
        targets = sorted(unknown["target"].drop_nulls().unique().to_list())
        refused = row_findings(
            unknown,
            "TARGET_NOT_IN_FILE",
            pl.lit(
                f"assay {assay.assay_id} expects target {assay.target_name}; "
                f"the file has {', '.join(targets) or 'none'}"
            ),
            column="Target Name",
            value=pl.col("target"),
        )
        return TextRows(
            FORMAT,
            READER,
            wells.height,
            rows_ignored=ignored,
            rows_rejected=unknown.height,
            findings=all_findings([*ignored_findings, refused]),
        )
    other = unknown.height - target.height - control.height
    if other:
        others = unknown.filter(
            ~pl.col("target")
            .is_in([n for n in (assay.target_name, assay.control_name) if n is not None])
            .fill_null(False)
        )
        ignored_findings.append(_ignored_finding("IGNORED_OTHER_TARGET", others))
    run_id, performed_on, date_findings = _run(lines)
    ntc_cq = wells.filter("is_ntc", "has_signal")
    if ntc_cq.height:
        ignored_findings.append(
            one_finding(
                0, "CONTROL_FAILED",
                f"{ntc_cq.height} no-template control wells gave a signal (line "
                f"{ntc_cq.item(0, 'source_line')}, CT {ntc_cq.item(0, 'cq')}); "
                "check the run for contamination",
                line=ntc_cq.item(0, "source_line"), column="CT", value=ntc_cq.item(0, "cq"),
            )
        )  # fmt: skip
    runs = _runs_row(run_id, performed_on, assay, target, control, wells)
    return TextRows(
        FORMAT,
        READER,
        wells.height,
        tables={"pcr_measurements": _measurements(target, control, assay, run_id)},
        inline={"runs": runs},
        rows_ignored=ignored + other,
        findings=all_findings([*ignored_findings, *date_findings]),
    )


def _waiting(unknown: pl.DataFrame) -> pl.DataFrame:
    targets = ", ".join(unknown["target"].drop_nulls().unique().sort().to_list()) or "none"
    return one_finding(
        0,
        "ASSAY_NOT_KNOWN_FOR_FILE",
        f"{unknown.height} wells wait: no assay has the name of this file's folder and a "
        f"target_name; targets in the file: {targets}",
        value=targets,
    )


def _wells(lines: pl.DataFrame) -> pl.DataFrame:
    starts = lines.filter(pl.col("line").str.strip_chars().str.starts_with("[Results]"))
    if starts.is_empty():
        raise FileRefusedError(
            "NO_RESULTS_SECTION", "the export has no [Results] section; export it with the results"
        )
    section = lines.filter(pl.col("source_line") > starts.item(0, "source_line"))
    end = section.filter(
        (pl.col("line").str.strip_chars("\t ").str.len_bytes().fill_null(0) == 0)
        | pl.col("line").str.starts_with("[")
    )
    if end.height:
        section = section.filter(pl.col("source_line") < end.item(0, "source_line"))
    if section.height < 2:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "the [Results] section holds no wells; export it with the results",
            line=starts.item(0, "source_line"),
        )
    parts = read_delimited(section, "\t", allow_short=True)
    names = [h.replace(_CYRILLIC_TE, "t").lower() for h in parts.header]
    bound = {
        key: next((names.index(n) for n in candidates if n in names), None)
        for key, candidates in _COLUMNS.items()
    }
    missing = [_COLUMNS[k][0] for k in _NEEDED if bound[k] is None]
    if missing:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the [Results] section lacks the column {', '.join(missing)}; export it with "
            "Sample Name, Target Name, Task and CT",
            line=parts.header_line,
            value=", ".join(missing),
        )
    if parts.too_long.height:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "a row of [Results] has more cells than the header; export the file again",
            line=parts.too_long.item(0, "source_line"),
        )
    return parts.cells.select(
        pl.col("source_line").cast(pl.Int64),
        *(
            (pl.lit(None, dtype=pl.String) if at is None else pl.col(f"c{at}")).alias(key)
            for key, at in bound.items()
        ),
    ).with_columns(pl.lit(0, dtype=pl.Int64).alias("file_no"))


def _with_role(wells: pl.DataFrame, settings: ReaderSettings) -> pl.DataFrame:
    names = [n.strip().lower() for n in settings.control_names]
    base = pl.col("sample").str.to_lowercase().str.replace(r"[\s_\-]*[0-9]+$", "")
    named_control = (
        base.is_in(names) | pl.col("sample").str.to_lowercase().is_in(names)
    ).fill_null(False)
    task = pl.col("task").str.to_uppercase()
    return wells.with_columns(
        pl.when(pl.col("omit").str.to_lowercase() == "true")
        .then(pl.lit("OMITTED"))
        .when(task == "STANDARD")
        .then(pl.lit("STANDARD"))
        .when(
            task.is_in(["UNKNOWN", "ENDOGENOUS", "TARGET"]).not_() | task.is_null() | named_control
        )
        .then(pl.lit("CONTROL"))
        .when(pl.col("sample").is_null())
        .then(pl.lit("OMITTED"))
        .otherwise(pl.lit("UNKNOWN"))
        .alias("role"),
        ((task == "NTC") | (named_control & (task != "STANDARD"))).fill_null(False).alias("is_ntc"),
        (pl.col("cq").str.to_lowercase() != "undetermined").fill_null(False).alias("has_signal"),
        (pl.col("cq").str.to_lowercase() == "undetermined")
        .fill_null(False)
        .alias("is_undetermined"),
    )


def _ignored_finding(code: str, rows: pl.DataFrame) -> pl.DataFrame:
    first, last = rows["source_line"][0], rows["source_line"][-1]
    return one_finding(
        0, code, f"{rows.height} rows on lines {first} to {last}", value=str(rows.height)
    )


def _ignored(wells: pl.DataFrame) -> tuple[int, list[pl.DataFrame]]:
    findings = []
    total = 0
    for role, code in (
        ("STANDARD", "IGNORED_STANDARD"),
        ("CONTROL", "IGNORED_CONTROL"),
        ("OMITTED", "IGNORED_OMITTED"),
    ):
        rows = wells.filter(pl.col("role") == role)
        if rows.height:
            total += rows.height
            findings.append(_ignored_finding(code, rows))
    by_name = wells.filter(
        pl.col("role") == "CONTROL", pl.col("task").str.to_uppercase() == "UNKNOWN"
    )
    if by_name.height:
        names = ", ".join(by_name["sample"].unique().sort().to_list())
        message = (
            f"{by_name.height} wells typed UNKNOWN were taken as controls by their name: {names}"
        )
        findings.append(one_finding(0, "CONTROL_BY_NAME", message, value=names))
    return total, findings


def _run(lines: pl.DataFrame) -> tuple[str, str | None, list[pl.DataFrame]]:
    preamble = (
        lines.filter(pl.col("line").str.starts_with("* "))
        .select(pl.col("line").str.extract_groups(r"^\* (?<key>[^=]*?)\s*=\s*(?<text>.*?)\s*$"))
        .unnest("line")
    )
    keys = dict(zip(preamble["key"].to_list(), preamble["text"].to_list(), strict=True))
    ended = keys.get("Experiment Run End Time") or ""
    run_id = " ".join(x for x in (keys.get("Experiment Name"), ended) if x)
    match = _ISO_DATE.match(ended)
    if match:
        return run_id, match.group(1), []
    finding = one_finding(
        0, "RUN_DATE_UNREADABLE",
        f"the run's end time {ended!r} cannot be read in one way; the collection date is used "
        "unless a runs row gives performed_on",
        column="Experiment Run End Time", value=ended,
    )  # fmt: skip
    return run_id, None, [finding]


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
    run_id: str,
    performed_on: str | None,
    assay: AssayNames,
    target: pl.DataFrame,
    control: pl.DataFrame,
    wells: pl.DataFrame,
) -> pl.DataFrame:
    if not run_id:
        return pl.DataFrame()
    ntc = wells.filter("is_ntc")
    clean = None if ntc.is_empty() else str(not ntc["has_signal"].any()).lower()
    row = {
        "run_id": run_id,
        "assay_id": assay.assay_id,
        "performed_on": performed_on,
        **{f"target_{k}": _first(target, k) for k in ("slope", "intercept", "r_squared")},
        **{f"control_{k}": _first(control, k) for k in ("slope", "intercept", "r_squared")},
        "is_ntc_clean": clean,
    }
    return pl.DataFrame([row], schema=dict.fromkeys(row, pl.String())).with_columns(
        pl.lit(wells["source_line"].min(), dtype=pl.Int64).alias("source_line"),
        pl.lit(0, dtype=pl.Int64).alias("source_rows"),
    )
