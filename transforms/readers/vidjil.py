"""Vidjil `.vidjil` JSON, versions 2014.09 to 2016b (`formats.md` §8b): clones of several samples in time.

A data row is a clone in a sample: `clones[].reads[i]` of `reads.segmented[i]`. Windows of one cluster are
one clone, and their reads are summed. `source_line` is the line of the clone's id, or where lines do not tell clones
apart its number in the file, from 1.
The total is `reads.segmented`. Of a clone without reads it is that of its locus, `reads.germline`, where the file has
it: reads of another locus could not have shown it, and a sample without reads of the locus is not evaluable.
Reads are read as counted: `normalized_reads` and `mrd.copy_number` are computed from spike-ins by the program.
Spike-ins are the clones of which `supplementary_data.mrd.is_spike` says so. A label is none: it marks a clone to
be followed as often. Where a normalised file has labels and says of no clone whether it is one, nobody can tell.
"""

import json
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

import polars as pl

from transforms.places import Place, Places
from transforms.problems import FileRefusedError, one_finding
from transforms.readers.clonotypes import number, whole
from transforms.readers.content import Content
from transforms.readers.reader import Reader
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows
from transforms.readers.separators import require_point
from transforms.readers.sequencing import Format, Rows, ignored_finding, text_rows

_NAMED = Format("Vidjil", "vidjil/4", "load the .vidjil file with the results")
_LAYOUT = Places(
    {
        "sample_id": Place("samples.names"),
        "marker": Place("clones[].id"),
        "gene": Place("clones[].germline"),
        "marker_count": Place("clones[].reads"),
        "total_count": Place("reads.segmented, of a clone without reads reads.germline"),
    }
)
_ID = re.compile(rb'"id"\s*:\s*"([^"\\]*)"')
_ROWS = 100_000
_CELLS = {
    "sample_id": pl.String, "marker": pl.String, "gene": pl.String, "count": pl.String,
    "total_count": pl.String, "of_locus": pl.String, "is_spike": pl.Boolean,
    "is_unclear": pl.Boolean, "source_line": pl.Int64,
}  # fmt: skip


def recognise(content: Content) -> bool:
    """Return whether a text is JSON with the version of Vidjil, which may be its last key."""
    return content.head.lstrip().startswith("{") and b'"vidjil_json_version"' in content.text


def read(content: Content, assay: AssayNames | None, settings: ReaderSettings) -> TextRows:
    """Read a file.

    Raises:
        FileRefusedError: FILE_DAMAGED, FILE_EMPTY, SEPARATORS_CONTRADICT or NO_RESULTS_SECTION.
    """
    # the tree is not kept: it takes several times the size of the file
    cells, silent = _cells(_tree(content.text), content.text, settings)
    require_point(cells, ("count", "total_count", "of_locus"), "JSON")
    unknown, patient = _apart(cells, pl.col("total_count").is_null())
    del cells
    findings = []
    if silent:
        findings.append(
            one_finding(
                0,
                "NO_RESULTS_SECTION",
                f"the file names {', '.join(silent)} and holds no reads of them; export it again with all its samples",
                value=", ".join(silent),
                severity="REVIEW",
            )
        )
    if unknown.height:
        findings.append(
            one_finding(
                0,
                "NO_RESULTS_SECTION",
                f"{unknown.height} rows of {unknown['sample_id'].n_unique()} samples without reads.segmented "
                "are refused; export the file again",
                value=str(unknown.height),
            )
        )
    # without its labelled clone a sample may look negative by its other ones
    is_unclear = pl.col("is_unclear").any().over("sample_id")
    unclear, patient = _apart(patient, is_unclear)
    if unclear.height:
        findings.append(_unclear_finding(unclear))
    spikes, patient = _apart(patient, pl.col("is_spike"))
    if spikes.height:
        findings.append(
            ignored_finding("IGNORED_STANDARD", spikes, "spike-ins, no clones of the patient")
        )
    several, single = _apart(patient, pl.struct("sample_id", "marker").is_duplicated())
    del patient
    measured = pl.concat([_summed(several), _as_counted(single)]).with_columns(
        pl.lit("CLONOTYPE").alias("marker_class"), pl.lit("READS").alias("count_kind")
    )
    rejected = unknown.height + unclear.height
    rows = Rows(measured, spikes.height, rejected, tuple(findings), _LAYOUT)
    return text_rows(rows, _NAMED, assay, settings)


def _total(is_without: pl.Expr, total: pl.Expr, of_locus: pl.Expr) -> pl.Expr:
    """Return the reads that a clone is counted in: without reads of its own, those of its locus show what it could have had."""
    return pl.when(is_without).then(pl.coalesce(of_locus, total)).otherwise(total)


def _as_counted(rows: pl.DataFrame) -> pl.DataFrame:
    """Return clones that stand once in a sample."""
    is_without = (number("count") == 0).fill_null(False)
    return rows.select(
        "sample_id",
        "marker",
        "gene",
        _total(is_without, pl.col("total_count"), pl.col("of_locus")).alias("total_count"),
        pl.col("count").alias("marker_count"),
        "source_line",
        pl.lit(1, dtype=pl.Int64).alias("source_rows"),
    )


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return clones that stand several times in a sample, as one; not counted where one of them is not."""
    n = pl.col("n")
    is_without = (n == 0).fill_null(False).all()
    total, of_locus = pl.col("total_count").first(), pl.col("of_locus").first()
    return (
        rows.with_columns(number("count").alias("n"))
        .group_by("sample_id", "marker", maintain_order=True)
        .agg(
            pl.col("gene").first(),
            _total(is_without, total, of_locus).alias("total_count"),
            pl.when(n.is_not_null().all()).then(whole(n.sum())).alias("marker_count"),
            pl.col("source_line").first(),
            pl.len().cast(pl.Int64).alias("source_rows"),
        )
    )


def _apart(rows: pl.DataFrame, is_so: pl.Expr) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of which it is so, and the others; a large table without any is not copied."""
    those = rows.filter(is_so)
    return those, rows.filter(~is_so) if those.height else rows


def _tree(text: bytes) -> object:
    try:
        # numbers stay as written
        return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise FileRefusedError(
            "FILE_DAMAGED", "the JSON is not complete; export it again", line=line
        ) from None


def _part(data: object, key: str) -> Any:
    return data.get(key) if isinstance(data, Mapping) else None


def _list(data: object, key: str) -> list[Any]:
    found = _part(data, key)
    return found if isinstance(found, list) else []


def _text(values: list[Any], at: int) -> str | None:
    value = values[at] if at < len(values) else None
    return (value.strip() or None) if isinstance(value, str) else None


def _samples(data: object, n: int, settings: ReaderSettings) -> list[str | None]:
    """Return the names of the samples, else of their files of reads without the folders.

    Of a file with one sample the manifest knows more than the name of its reads does.
    """
    part = _part(data, "samples")
    names, files = _list(part, "names"), _list(part, "original_names")
    said = [_text(names, i) for i in range(n)]
    if n == 1 and settings.sample_id is not None:
        return said
    for i in range(n):
        path = _text(files, i)
        if said[i] is None and path is not None:
            said[i] = path.replace("\\", "/").rsplit("/", 1)[-1] or None
    if n > 1 and (None in said or len(set(said)) < n):
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the file has {n} samples, and their names are missing or the same; name them in Vidjil",
            value=str(n),
        )
    return said


def _lines(text: bytes, clones: list[Mapping[str, Any]]) -> list[int]:
    """Return the line of each clone's id, or its number where lines do not tell."""
    lines: list[int] = []
    line, at = 1, 0
    has_lines = text.count(b"\n") + 1 >= len(clones)
    for match in _ID.finditer(text) if has_lines else ():
        if len(lines) == len(clones):
            break
        if match[1].decode(errors="replace") == clones[len(lines)].get("id"):
            line += text.count(b"\n", at, match.start())
            at = match.start()
            lines.append(line)
    is_told = len(lines) == len(clones) == len(set(lines))
    return lines if is_told else list(range(1, len(clones) + 1))


def _cells(data: object, text: bytes, settings: ReaderSettings) -> tuple[pl.DataFrame, list[str]]:
    """Return a row for each clone and sample, and the samples behind the end of all lists."""
    clones = [c for c in _list(data, "clones") if isinstance(c, Mapping)]
    totals = _list(_part(data, "reads"), "segmented")
    if not clones or not totals:
        raise FileRefusedError(
            "NO_RESULTS_SECTION",
            f"the file has no clones with reads.segmented: an .analysis file is no result; {_NAMED.advice}",
        )
    n = max(len(totals), *(len(_list(c, "reads")) for c in clones))
    samples, leaders = _samples(data, n, settings), _leaders(data)
    by_locus = _part(_part(data, "reads"), "germline")
    is_said = any(_spike(c) is not None for c in clones)
    has_unsaid = _part(data, "mrd") is not None and not is_said
    rows = (
        (
            samples[i],
            leaders.get(window, window),
            locus,
            _text(_list(clone, "reads"), i),
            _text(totals, i),
            _text(_list(by_locus, locus or ""), i),
            True in (_spike(clone) or []),
            has_unsaid and bool(_text([clone.get("label")], 0)),
            line,
        )
        for line, clone in zip(_lines(text, clones), clones, strict=True)
        for window in [_text([clone.get("id")], 0)]
        for locus in [_text([clone.get("germline")], 0)]
        for i in range(len(_list(clone, "reads")))
        # a list may have holes where the clone was not looked for
        if _text(_list(clone, "reads"), i) is not None
    )
    # in parts: a tuple for each row of a large file, all at once, is more than the file itself
    frames = [pl.DataFrame(schema=_CELLS)]
    while part := list(islice(rows, _ROWS)):
        frames.append(pl.DataFrame(part, schema=_CELLS, orient="row"))
    names = _list(_part(data, "samples"), "names")
    silent = [name for i in range(n, len(names)) if (name := _text(names, i)) is not None]
    return pl.concat(frames), silent


def _leaders(data: object) -> dict[str | None, str]:
    """Return by window the first window of its cluster."""
    return {
        window: cluster[0]
        for cluster in _list(data, "clusters")
        if isinstance(cluster, list) and cluster and isinstance(cluster[0], str)
        for window in cluster
        if isinstance(window, str)
    }


def _spike(clone: Mapping[str, Any]) -> list[Any] | None:
    """Return by sample whether a clone is a spike-in; None where the file does not say it."""
    said = _part(_part(_part(clone, "supplementary_data"), "mrd"), "is_spike")
    return said if isinstance(said, list) else None


def _unclear_finding(rows: pl.DataFrame) -> pl.DataFrame:
    clones = rows.filter("is_unclear")["marker"].unique(maintain_order=True)
    return one_finding(
        0,
        "SPIKE_IN_NOT_STATED",
        f"{rows.height} rows of {rows['sample_id'].n_unique()} samples are refused: the file was normalised by "
        f"spike-ins, {clones.len()} clones have a label (the first is {clones[0]}), and it does not say which "
        "are spike-ins; export it with supplementary_data.mrd.is_spike, or without the section mrd",
        value=str(rows.height),
    )


READER = Reader(
    _NAMED.reader,
    _NAMED.title,
    "JSON with the key `vidjil_json_version`",
    False,
    recognise,
    read,
    modality="NGS",
)
