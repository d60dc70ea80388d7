"""Event counts of gates to flow measurements (`formats.md` §6): which gate is MRD, which the denominator.

That is a site's decision: `assays.target_name` is the gate of the MRD events, `control_name` that of the
denominator, each a gate's name, the end of its path (`CD19+/LAIP`), or, with a `/` before it, the whole path.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from transforms.places import LINE_OF, Place, Places
from transforms.problems import all_findings, one_finding, row_findings
from transforms.readers.plate import is_control_name
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.worded import worded

TUBES: dict[str, pl.DataType] = {
    "tube_no": pl.Int64(),
    "source_line": pl.Int64(),
    "sample": pl.String(),
    "tube": pl.String(),
    "is_summary": pl.Boolean(),
}
"""Columns of tubes: `tube_no` numbers them, `is_summary` = a mean or a deviation of others.

Each is a data row, unless a column `source_rows` says how many data rows it stands for.
"""
GATES: dict[str, pl.DataType] = {
    "tube_no": pl.Int64(),
    "path": pl.Categorical(),
    "events": pl.String(),
    "line": pl.Int64(),
}
"""Columns of gates: `path_of` their names from the outermost to their own; a gate without a count has no row.
A path stands in every tube, and is stored once. `line` is null where the count stands on the line of its tube."""
# no name holds it: XML forbids it, and transforms.readers.decode refuses it
_BETWEEN_NAMES = "\x01"
_SHOWN = 30


@dataclass(frozen=True)
class Measured:
    """What a file of tubes says beside its counts.

    Attributes:
        title: of the format.
        reader: and its version.
        run_id: name of the run, or empty.
        performed_on: ISO date, where the file has one that can be read in one way.
        uncounted: paths of gates that the file has, but without their event counts.
        places: where the sample stands (`sample_id`), and by path of a gate its counts.
        findings: of the reader on the run.
    """

    title: str
    reader: str
    run_id: str = ""
    performed_on: str | None = None
    uncounted: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    findings: tuple[pl.DataFrame, ...] = ()


def path_of(names: Sequence[str]) -> str:
    """Return the names of a path as one text."""
    return _BETWEEN_NAMES.join(names)


def path_column(column: str) -> pl.Expr:
    """Return paths that are written with a slash between their names."""
    return pl.col(column).str.replace_all("/", _BETWEEN_NAMES, literal=True)


def sample_of_fcs_name(column: str) -> pl.Expr:
    """Return the sample that a name of an FCS file stands for: the name without its `.fcs`."""
    return pl.col(column).str.strip_chars().str.replace(r"(?i)\.fcs$", "").replace("", None)


def gate_rows(
    tubes: pl.DataFrame,
    gates: pl.DataFrame,
    measured: Measured,
    assay: AssayNames | None,
    settings: ReaderSettings,
) -> TextRows:
    """Return the rows of a file of gates.

    Args:
        tubes: columns `TUBES`, and `source_rows` where a tube is several data rows.
        gates: columns `GATES`.
        measured: what else the file says.
        assay: the assay of the file's folder; without one, or without its two gates, the file waits.
        settings: names of control tubes.
    """
    if "source_rows" not in tubes.columns:
        tubes = tubes.with_columns(pl.lit(1, dtype=pl.Int64).alias("source_rows"))
    if tubes["source_line"].is_duplicated().any():
        # XML without line breaks: tubes are told apart by their number
        tubes = tubes.with_columns((pl.col("tube_no") + 1).alias("source_line"))
        gates = gates.with_columns(pl.lit(None, dtype=pl.Int64).alias("line"))
    tubes, findings = _roles(tubes, gates, settings)
    ignored = _data_rows(tubes.filter(pl.col("role") != "SAMPLE"))
    samples = tubes.filter(pl.col("role") == "SAMPLE")
    rows = TextRows(
        measured.title, measured.reader, _data_rows(tubes), rows_ignored=ignored, findings=all_findings(findings)
    )  # fmt: skip
    if samples.is_empty():
        return rows
    if samples.height < tubes.height:
        gates = gates.join(samples.select("tube_no"), on="tube_no", how="semi")
    if assay is None or assay.target_name is None or assay.control_name is None:
        waiting = _waiting(samples, gates)
        return replace(
            rows, rows_waiting=_data_rows(samples), findings=all_findings([*findings, waiting])
        )
    found = {name: _matches(gates, name) for name in (assay.target_name, assay.control_name)}
    refused = _refusal(samples, gates, found, assay, measured)
    if refused is not None:
        return replace(
            rows, rows_rejected=_data_rows(samples), findings=all_findings([*findings, refused])
        )
    of_mrd, of_all = found[assay.target_name][0], found[assay.control_name][0]
    mrd = _events(gates, of_mrd, "mrd_events")
    denominator = _events(gates, of_all, "denominator_events")
    places = {
        "mrd_events": _place(of_mrd, measured),
        "denominator_events": _place(of_all, measured),
    }
    rows = replace(rows, places=Places({**measured.places, **places}))
    counted = samples
    for events in (mrd, denominator):
        counted = counted.join(events, on="tube_no", how="left", maintain_order="left")
    return _with_measurements(counted, rows, findings, measured, assay)


def _data_rows(tubes: pl.DataFrame) -> int:
    return int(tubes["source_rows"].sum())


def _with_measurements(
    counted: pl.DataFrame,
    rows: TextRows,
    findings: list[pl.DataFrame],
    measured: Measured,
    assay: AssayNames,
) -> TextRows:
    """Add the tubes with both gates; a sample whose gates are only half there is refused, not left out."""
    n_gates = (
        pl.col("mrd_events").is_not_null().cast(pl.Int8)
        + pl.col("denominator_events").is_not_null().cast(pl.Int8)
    )  # fmt: skip
    table = counted.filter(n_gates == 2).select(
        pl.col("sample").alias("sample_id"),
        pl.lit(assay.assay_id).alias("assay_id"),
        pl.lit(measured.run_id or None, dtype=pl.String).alias("run_id"),
        "tube",
        "mrd_events",
        "denominator_events",
        f"{LINE_OF}mrd_events",
        f"{LINE_OF}denominator_events",
        "source_line",
        "source_rows",
    )
    parts = counted.filter(n_gates < 2)
    has_other = pl.col("sample").is_in(table["sample_id"].unique().implode(), nulls_equal=True)
    is_other = (n_gates == 0) | has_other
    others, halves = parts.filter(is_other), parts.filter(~is_other)
    if others.height:
        findings.append(_ignored("IGNORED_OTHER_TARGET", others, "tubes of another panel"))
    missing = pl.when(pl.col("mrd_events").is_null()).then(pl.lit(assay.target_name)).otherwise(
        pl.lit(assay.control_name)
    )  # fmt: skip
    findings.append(
        row_findings(
            halves,
            "TARGET_NOT_IN_FILE",
            worded("this tube has no count of the gate {} of assay {}; gate it, or remove it from the export",
                      missing, pl.lit(assay.assay_id)),
            value=missing,
        )
    )  # fmt: skip
    return replace(
        rows,
        tables={"flow_measurements": table},
        inline={"runs": _runs_row(measured, assay, table)},
        rows_ignored=rows.rows_ignored + _data_rows(others),
        rows_rejected=_data_rows(halves),
        findings=all_findings([*findings, *measured.findings]),
    )


def _roles(
    tubes: pl.DataFrame, gates: pl.DataFrame, settings: ReaderSettings
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Say what each tube is, and count those that are no samples."""
    is_compensation = (
        pl.col("sample").str.contains(r"(?i)^compensation(?:[\s_-]|$)").fill_null(False)
    )
    is_gated = pl.col("tube_no").is_in(gates["tube_no"].unique().implode())
    tubes = tubes.with_columns(
        pl.lit(0, dtype=pl.Int64).alias("file_no"),
        pl.when("is_summary").then(pl.lit("SUMMARY"))
        .when(is_compensation).then(pl.lit("COMPENSATION"))
        .when(is_control_name(settings)).then(pl.lit("CONTROL"))
        .when(~is_gated).then(pl.lit("UNGATED"))
        .otherwise(pl.lit("SAMPLE")).alias("role"),
    )  # fmt: skip
    findings = [
        _ignored(code, rows, words)
        for role, code, words in (
            ("SUMMARY", "IGNORED_SUMMARY", "rows of means and deviations"),
            ("COMPENSATION", "IGNORED_CONTROL", "compensation tubes"),
            ("CONTROL", "CONTROL_BY_NAME", "tubes taken as controls by their name"),
            ("UNGATED", "IGNORED_OMITTED", "tubes without a gate or count"),
        )
        if (rows := tubes.filter(pl.col("role") == role)).height
    ]
    return tubes, findings


def _ignored(code: str, tubes: pl.DataFrame, words: str) -> pl.DataFrame:
    names = tubes["sample"].drop_nulls().unique(maintain_order=True).to_list()
    first, last = tubes.item(0, "source_line"), tubes.item(-1, "source_line")
    message = f"{tubes.height} {words} on lines {first} to {last}: {_list(names)}"
    return one_finding(0, code, message, value=str(tubes.height))


def _list(names: list[str]) -> str:
    more = f"; and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ("; ".join(names[:_SHOWN]) or "none") + more


def _paths(gates: pl.DataFrame) -> list[tuple[str, ...]]:
    distinct = gates["path"].unique(maintain_order=True).cast(pl.String)
    return [tuple(path.split(_BETWEEN_NAMES)) for path in distinct.to_list()]


def _waiting(samples: pl.DataFrame, gates: pl.DataFrame) -> pl.DataFrame:
    names = _list(["/".join(path) for path in _paths(gates)])
    return one_finding(
        0,
        "ASSAY_NOT_KNOWN_FOR_FILE",
        f"{samples.height} tubes wait: no assay has the name of this file's folder and names both the "
        f"gate of the MRD events (target_name) and that of the denominator (control_name); gates in the file: {names}",
        value=names,
    )


def _matches(gates: pl.DataFrame, name: str) -> list[tuple[str, ...]]:
    """Return the paths that a written name stands for: ends of a path, or with `/` before it, all of it."""
    wanted = name.strip().replace("\\", "/")
    if wanted.startswith("/"):
        return [p for p in _paths(gates) if _plain(p) == wanted[1:]]
    return [p for p in _paths(gates) if any(_plain(p[k:]) == wanted for k in range(len(p)))]


def _plain(path: tuple[str, ...]) -> str:
    return "/".join(path).replace("\\", "/")


def _refusal(
    samples: pl.DataFrame,
    gates: pl.DataFrame,
    found: dict[str, list[tuple[str, ...]]],
    assay: AssayNames,
    measured: Measured,
) -> pl.DataFrame | None:
    """Return why no tube can be used, if so: a gate is not there, stands at two levels, or is both."""
    for name, paths in found.items():
        if not paths:
            is_uncounted = any(_ends_so(p, name) for p in measured.uncounted)
            have = _list(["/".join(p) for p in _paths(gates)])
            words = "has no Count column of it; add one" if is_uncounted else f"has {have}"
            message = (
                f"assay {assay.assay_id} expects event counts of the gate {name}; the file {words}"
            )
            return row_findings(samples, "TARGET_NOT_IN_FILE", pl.lit(message), value=pl.lit(name))
        if len(paths) > 1:
            have = _list(["/" + "/".join(p) for p in paths])
            message = f"the gate {name} stands at {len(paths)} levels; write one of these in the assay: {have}"
            return one_finding(0, "GATE_AMBIGUOUS", message, value=name)
        twice = gates.filter(pl.col("path") == path_of(paths[0]))
        twice = twice.filter(pl.col("tube_no").is_duplicated())
        if twice.height:
            message = f"the gate {_plain(paths[0])} stands twice in one tube; rename one of them"
            return one_finding(0, "GATE_AMBIGUOUS", message, value=name)
    if len({paths[0] for paths in found.values()}) == 1:
        message = (
            f"target_name and control_name of assay {assay.assay_id} are the same gate; name two"
        )
        return row_findings(
            samples, "TARGET_NOT_IN_FILE", pl.lit(message), value=pl.lit(assay.control_name)
        )
    return None


def _ends_so(path: str, name: str) -> bool:
    return ("/" + path).endswith("/" + name.strip().lstrip("/"))


def _events(gates: pl.DataFrame, path: tuple[str, ...], column: str) -> pl.DataFrame:
    return gates.filter(pl.col("path") == path_of(path)).select(
        "tube_no", pl.col("events").alias(column), pl.col("line").alias(f"{LINE_OF}{column}")
    )


def _place(path: tuple[str, ...], measured: Measured) -> Place:
    name = "/".join(path)
    return measured.places.get(name, Place(f"gate {name}"))


def _runs_row(measured: Measured, assay: AssayNames, whole: pl.DataFrame) -> pl.DataFrame:
    if not measured.run_id or not measured.performed_on or whole.is_empty():
        return pl.DataFrame()
    row = {
        "run_id": measured.run_id,
        "assay_id": assay.assay_id,
        "performed_on": measured.performed_on,
    }
    return pl.DataFrame(row).with_columns(
        pl.lit(whole["source_line"].min(), dtype=pl.Int64).alias("source_line"),
        pl.lit(0, dtype=pl.Int64).alias("source_rows"),
    )
