"""FlowJo Table Editor, CSV (`formats.md` §6): one row per FCS file, `<gate path> | <statistic>` in the header.

Only `Count` columns are read. A percent is cut to about three digits and prints 0 where events were counted,
also where nothing could be counted, so a table of frequencies proves nothing at the depth of MRD.
"""

import hashlib
import re
from dataclasses import replace

import polars as pl

from transforms.places import Place
from transforms.problems import FileRefusedError, all_findings, row_findings
from transforms.readers.content import Content
from transforms.readers.delimited import Delimited, read_delimited, split_cells, text_lines
from transforms.readers.gates import GATES, TUBES, Measured, gate_rows, path_of, sample_of_fcs_name
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import plain_cells
from transforms.worded import worded

_READER = "flowjo-table/1"
_TITLE = "FlowJo table CSV"
_STATISTIC = re.compile(
    r"^(?P<path>.*?)\s*\|\s*(?P<name>Count|(?:Freq\. of|Median|Mean|Geometric Mean|Mode|SD|CV|Robust CV)\b[^|]*)$"
)
_NUMBERS = r".*\| *(?:freq\. of|median|mean|geometric mean|mode|sd|cv|robust cv)\b.*"
_ROOT = "All Events"
_SUMMARIES = ("Mean", "SD")


def recognise(content: Content) -> bool:
    """Return whether a text starts with an empty header cell and statistics of gates."""
    line = next((x for x in content.head.split("\n") if x.strip()), "")
    if not line.startswith((",", '"",', ";", '"";')):
        return False
    return any(_STATISTIC.match(cell) for cell in split_cells(line, _separator(line)))


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a table.

    Args:
        content: the text.
        assay: the assay of the file's folder; without one the file waits.
        settings: names of control tubes.

    Raises:
        FileRefusedError: NO_RESULTS_SECTION for a table without `Count`, FILE_EMPTY or QUOTE_NOT_CLOSED,
            and those of `separators.with_point`.
    """
    parts = plain_cells(_parts(text_lines(content.text)), _NUMBERS, r".*\| *count", may_quote=False)
    counted, uncounted = _columns(parts)
    tubes = parts.cells.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("tube_no"),
        pl.col("source_line").cast(pl.Int64),
        sample_of_fcs_name("c0").alias("sample"),
        pl.lit(None, dtype=pl.String).alias("tube"),
        pl.col("c0").is_in(_SUMMARIES).fill_null(False).alias("is_summary"),
    ).select(*TUBES)
    measured = Measured(
        _TITLE,
        _READER,
        # the file has no name of its own: an export that differs is another reading of its samples
        run_id=hashlib.sha256(content.text).hexdigest()[:12],
        uncounted=uncounted,
        places={
            "sample_id": Place("", 1),
            **{
                path: Place(parts.header[int(c[1:])], int(c[1:]) + 1) for c, path in counted.items()
            },
        },
    )
    gates, ragged = _gates(parts.cells, counted), _ragged(parts)
    bad = parts.too_long.height + parts.too_short.height
    # all tubes stand in the gates now; a large file is not held twice
    del parts
    rows = gate_rows(tubes, gates, measured, assay, settings)
    return replace(
        rows,
        rows_read=rows.rows_read + bad,
        rows_rejected=rows.rows_rejected + bad,
        findings=all_findings([rows.findings, *ragged]),
    )


def _separator(line: str) -> str:
    return ";" if line.lstrip('"').startswith(";") else ","


def _parts(lines: pl.DataFrame) -> Delimited:
    """Read the cells; lines may end with a separator or not, the header too."""
    filled = lines.filter(pl.col("line").str.strip_chars().str.len_bytes() > 0)
    header_line, header = filled.select("source_line", "line").row(0)
    separator = _separator(header)
    bare = header.rstrip(f"{separator} \t")
    lines = lines.filter(pl.col("source_line") >= header_line).with_columns(
        pl.when(pl.col("source_line") == header_line).then(pl.lit(bare)).otherwise("line").alias("line")
    )  # fmt: skip
    return read_delimited(lines, separator)


def _columns(parts: Delimited) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the paths of counted gates by cell column, and the paths that have other statistics only."""
    matches = {f"c{i}": _STATISTIC.match(cell) for i, cell in enumerate(parts.header) if i}
    paths = {c: (m["path"] or _ROOT, m["name"]) for c, m in matches.items() if m}
    counted = {c: path for c, (path, name) in paths.items() if name == "Count"}
    if not counted:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            "the table has frequencies and no Count column; a percent is cut to three digits and prints 0 where "
            "events were counted, which is no MRD result: add Count of the MRD gate and of the denominator gate",
            line=parts.header_line,
        )
    others = dict.fromkeys(path for path, _ in paths.values() if path not in counted.values())
    return counted, tuple(others)


def _gates(cells: pl.DataFrame, counted: dict[str, str]) -> pl.DataFrame:
    paths = {column: path_of(path.split("/")) for column, path in counted.items()}
    return (
        cells.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("tube_no"))
        .unpivot(list(counted), index="tube_no", variable_name="column", value_name="events")
        .filter(pl.col("events").is_not_null())
        .select(
            "tube_no",
            pl.col("column").replace_strict(paths, return_dtype=pl.Categorical()).alias("path"),
            "events",
            pl.lit(None, dtype=pl.Int64).alias("line"),
        )
        .select(pl.col(c).cast(t) for c, t in GATES.items())
    )


def _ragged(parts: Delimited) -> list[pl.DataFrame]:
    return [
        row_findings(
            rows.with_columns(pl.lit(0).alias("file_no")),
            code,
            worded(
                "the row has {} cells, the header {}; export the table again",
                pl.col("n_cells"),
                pl.lit(len(parts.header)),
            ),
        )
        for rows, code in ((parts.too_long, "ROW_TOO_LONG"), (parts.too_short, "ROW_TOO_SHORT"))
    ]


READER = Reader(
    _READER,
    _TITLE,
    "an empty first header cell and `<gate> | Count`, `| Freq. of`, `| Median` or `| Mean`",
    False,
    recognise,
    read,
    may_quote=False,
    modality="FLOW",
)
