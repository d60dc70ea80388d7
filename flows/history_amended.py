"""What amendments did to the results of a sample between two snapshots, in words."""

from typing import Any

import polars as pl

from transforms.amend import deciding

_RESULT = ("sample_id", "assay_id", "run_id", "result_version")
_Key = tuple[Any, ...]


def results_of(measured: list[pl.DataFrame], amendments: pl.DataFrame) -> pl.DataFrame:
    """Return each result of a sample once: as it is written, whose it counts as, and the amendment that says so.

    Args:
        measured: rows of measurement tables that are written for the sample or count for it.
        amendments: rows of `amendments` that name it.
    """
    rows = pl.concat([rows.select(*_RESULT, "counts_for_sample_id") for rows in measured])
    numbered = rows.unique(maintain_order=True).with_row_index("nr")
    told = deciding(numbered, amendments).select("nr", "amended_on", "amendment_reason")
    return numbered.join(told, on="nr", how="left", maintain_order="left").drop("nr")


def amended_lines(sample_id: str, before: pl.DataFrame | None, after: pl.DataFrame) -> list[str]:
    """Return a line for each result that was withdrawn or moved, or counts again.

    Args:
        sample_id: the sample.
        before: its results in the snapshot before, as `results_of` gives them; None where there is none.
        after: those of now.
    """
    old, new = _by_key(before), _by_key(after)
    lines = []
    for key in dict.fromkeys([*old, *new]):
        written = key[0]
        was = old[key]["counts_for_sample_id"] if key in old else written
        if key in new:
            now = new[key]["counts_for_sample_id"]
            if now != was:
                lines.append(f"{_result(key, sample_id, old, new)} {_fate(sample_id, was, now)}{_why(new[key])}")  # fmt: skip
        elif was == sample_id != written:
            lines.append(f"{_result(key, sample_id, old, new)} no longer count for this sample")
    return lines


def _by_key(results: pl.DataFrame | None) -> dict[_Key, dict[str, Any]]:
    rows = [] if results is None else results.to_dicts()
    return {tuple(row[c] for c in _RESULT): row for row in rows}


def _fate(sample_id: str, was: str | None, now: str | None) -> str:
    if now is None:
        return "withdrawn"
    if now == sample_id:
        return "count again for this sample" if was is None else "moved to this sample"
    return f"moved to sample {now}"


def _result(
    key: _Key, sample_id: str, old: dict[_Key, dict[str, Any]], new: dict[_Key, dict[str, Any]]
) -> str:
    written, assay, run, version = key
    said = f"results of {assay}, {f'run {run}' if run else 'without a run'}"
    if len({k[3] for k in (*old, *new) if k[:3] == key[:3]}) > 1:
        said += f", version {version}"
    return said if written == sample_id else f"{said}, written for sample {written},"


def _why(row: dict[str, Any]) -> str:
    if row["amended_on"] is None:
        return ""
    reason = f": {row['amendment_reason']}" if row["amendment_reason"] else ""
    return f" by the amendment of {row['amended_on']}{reason}"
