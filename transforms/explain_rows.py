"""`mrd explain` of measurement rows: file, line and cells of each, and which of them count for the sample."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.tables import MEASUREMENT_TABLES
from transforms.explain_amendments import fate, is_counted_here
from transforms.explain_limits import count

_SHOWN = {
    "pcr_measurements": (
        "run_id", "shared_run_id", "replicate", "target_copies", "control_copies", "target_cq", "control_cq", "reported_value",
        "reported_unit", "reported_call", "qr_fraction", "sensitivity_fraction", "positive_partitions",
        "total_partitions", "control_positive_partitions", "partition_volume_nl", "reaction_volume_ul", "input_ng",
        "nominal_input_ng", "result_version",
    ),
    "flow_measurements": ("run_id", "tube", "mrd_events", "denominator_events", "denominator", "tnc_events", "result_version"),
    "ngs_measurements": ("run_id", "marker", "clone", "marker_count", "total_count", "count_kind", "input_ng", "error_rate", "spike_cells", "spike_reads",
        "library_conversion_fraction", "is_tracked", "is_germline", "is_complete_list", "result_version"),
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """What is known of an input file.

    Attributes:
        name: its name.
        sheet: sheet that lines are counted in.
        columns: where columns stand, as in `source_files`: `target_cq = column 9 (CT)`.
    """

    name: str
    sheet: str | None = None
    columns: Sequence[str] = ()

    def places(self) -> dict[str, str]:
        """Return where each column stands, in brackets; of a file with our own headings nothing."""
        said = dict(c.split(" = ", 1) for c in self.columns if " = " in c)
        own = f"sheet {self.sheet}, "
        return {
            c: f" [{place.removeprefix(own)}]"
            for c, place in said.items()
            if not place.endswith(f" ({c})")
        }


def source_words(row: Mapping[str, Any], sources: Mapping[str, Source]) -> str:
    """Name file, sheet and line of a row."""
    source = sources.get(row["source_sha256"], Source(row["source_sha256"][:12]))
    sheet = f" sheet {source.sheet}" if source.sheet else ""
    return f"{source.name}{sheet} line {row['source_line']}"


def measured(
    row: Mapping[str, Any], table: str, sources: Mapping[str, Source], sample_id: str
) -> str:
    """Return a measurement row as a line, seen from one sample."""
    source = sources.get(row["source_sha256"])
    places = {} if source is None else source.places()
    shown = [
        (f"{c} {count(row[c])}" if isinstance(row[c], float) else f"{c} {row[c]}")
        + places.get(c, "")
        for c in _SHOWN[table]
        if row[c] is not None
    ]
    if row.get("is_target_undetermined"):
        shown.append(f"target_cq Undetermined{places.get('target_cq', '')}")
    return f"  {source_words(row, sources)}: {', '.join(shown)}{fate(row, sample_id)}"


def rows_without_result(
    sample_id: str,
    tables: Mapping[str, pl.DataFrame],
    sources: Mapping[str, Source],
    explained: Collection[str],
) -> list[str]:
    """Return the rows that wait, and those that do not count for this sample."""
    waits = is_counted_here(sample_id) & pl.col("is_current")
    is_elsewhere = ~is_counted_here(sample_id)
    unexplained = ~pl.col("assay_id").is_in(list(explained))
    headed = {
        "Waiting for a sample, patient or assay row:": waits & unexplained,
        "Not counted for this sample:": is_elsewhere | (~waits & unexplained),
    }
    lines = []
    for head, holds in headed.items():
        rows = {t.name: tables[t.name].filter(holds).to_dicts() for t in MEASUREMENT_TABLES}
        told = [measured(r, name, sources, sample_id) for name, of in rows.items() for r in of]
        lines += ["", head, *told] if told else []
    if lines and not explained:
        lines += [
            "",
            "No result of this sample counts, so nothing is said of it in any table of results.",
        ]
    elif not explained:
        lines = [
            "",
            "No stored result names this sample. Rows that were rejected and files that wait for their sample stand in the "
            "report of their load and in the table findings.",
        ]
    return lines
