"""Results taken from messages to canonical rows, and what is said of them; waiting ones where something is not known."""

import polars as pl

from schemas.findings import FINDING_CODES
from transforms.places import LINE_OF, Places
from transforms.printable import shown
from transforms.problems import FINDING_SCHEMA, all_findings, one_finding, rows_said
from transforms.readers.message_results import Result, Taken
from transforms.readers.printed_range import range_findings
from transforms.readers.rows import AssayNames, ReaderSettings, TextRows

_VALUES = ("reported_value", "target_cq", "control_cq")
_LINES = tuple(f"{LINE_OF}{c}" for c in _VALUES)
_INTEGERS = ("source_line", "source_rows", *_LINES)


def text_rows(
    taken: Taken,
    title: str,
    reader: str,
    assay: AssayNames | None,
    settings: ReaderSettings,
    places: Places,
) -> TextRows:
    """Return the rows of a file, waiting ones where its assay or its sample is not known.

    Args:
        taken: what the reader took.
        title: the format.
        reader: reader and version.
        assay: the assay of the file's folder.
        settings: the sample of a file that names none.
        places: which fields the columns are.
    """
    taken.refuse_mixed()
    taken.refuse_shared_cartridges()
    findings = [*taken.findings, _refused_findings(taken), *_ignored_findings(taken)]
    n_rows = sum(r.source_rows for r in taken.results)
    n_ignored = sum(len(lines) for lines in taken.ignored.values())
    read = n_rows + n_ignored + taken.rejected
    names_none = all(r.sample_id is None for r in taken.results)
    wait = None
    if taken.results and assay is None:
        wait = "ASSAY_NOT_KNOWN_FOR_FILE"
        words = "no assay has the name of this file's folder"
    elif taken.results and names_none and settings.sample_id is None:
        wait = "SAMPLE_NOT_KNOWN_FOR_FILE"
        words = "the file names no sample; load a manifest row for it"
    if wait is not None:
        findings.append(one_finding(0, wait, f"{n_rows} results wait: {words}", value=str(n_rows)))
        return TextRows(
            title, reader, read, rows_ignored=n_ignored, rows_rejected=taken.rejected,
            rows_waiting=n_rows, waiting_for=wait, findings=all_findings(findings), places=places,
        )  # fmt: skip
    tables, inline = {}, {}
    if taken.results and assay is not None:
        findings += _said_of_results(taken.results)
        printed = ((r.said.printed_range, _value_line(r)) for r in taken.results)
        findings += range_findings(((x, line) for x, line in printed if x is not None), assay)
        sample = settings.sample_id if names_none else None
        tables["pcr_measurements"] = _frame([_row(r, assay, sample) for r in taken.results])
        runs = [_run(r, assay) for r in _newest(taken.results) if r.run_id and _says_of_run(r)]
        if runs:
            inline["runs"] = _frame(runs)
    return TextRows(
        title, reader, read, tables=tables, inline=inline, rows_ignored=n_ignored,
        rows_rejected=taken.rejected, findings=all_findings(findings), places=places,
    )  # fmt: skip


def _refused_findings(taken: Taken) -> pl.DataFrame:
    rows = [
        {
            "file_no": 0,
            "source_line": line,
            "code": code,
            "severity": FINDING_CODES[code].severity.value,
            "column": column,
            "value": None if value is None else shown(value),
            "message": shown(message),
        }
        for code, message, line, value, column in taken.refused
    ]
    return pl.DataFrame(rows, schema=FINDING_SCHEMA)


def _ignored_findings(taken: Taken) -> list[pl.DataFrame]:
    return [
        one_finding(
            0, code, rows_said(len(lines), min(lines), max(lines)), value=str(len(lines))
        )
        for code, lines in sorted(taken.ignored.items())
    ]  # fmt: skip


def _said_of_results(results: list[Result]) -> list[pl.DataFrame]:
    return [
        one_finding(
            0, "LAYOUT_NOT_CONFIRMED",
            f"the kit's words were read as {r.said.call}, from memory of them and not from a real file; "
            "compare with the original report",
            line=_value_line(r), column="reported_call", value=r.said.call,
        )
        for r in results
        if r.said.is_recalled
    ]  # fmt: skip


def _value_line(result: Result) -> int:
    return result.lines.get("reported_value", result.line)


def _row(result: Result, assay: AssayNames, sample_id: str | None) -> dict[str, object]:
    said = result.said
    return {
        "sample_id": result.sample_id or sample_id,
        "assay_id": assay.assay_id,
        "run_id": result.run_id,
        "replicate": result.replicate,
        "target_cq": result.target_cq,
        "control_cq": result.control_cq,
        "reported_value": said.value,
        "reported_unit": said.unit,
        "reported_call": said.call,
        "result_version": str(result.version),
        **{f"{LINE_OF}{c}": result.lines.get(c) for c in _VALUES},
        "source_line": result.line,
        "source_rows": result.source_rows,
    }


def _newest(results: list[Result]) -> list[Result]:
    """Return the results that no later correction in the file supersedes."""
    versions: dict[tuple[str | None, str | None], int] = {}
    for r in results:
        key = r.sample_id, r.run_id
        versions[key] = max(r.version, versions.get(key, 0))
    return [r for r in results if r.version == versions[r.sample_id, r.run_id]]


def _says_of_run(result: Result) -> bool:
    return result.is_valid is not None or result.performed_on is not None


def _run(result: Result, assay: AssayNames) -> dict[str, object]:
    return {
        "run_id": result.run_id,
        "assay_id": assay.assay_id,
        "performed_on": result.performed_on,
        "is_valid": None if result.is_valid is None else str(result.is_valid).lower(),
        # what was said of a run goes with the result that is corrected
        "is_correction": "true" if result.version > 1 else None,
        "source_line": result.line,
        "source_rows": 0,
    }


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    types = {c: pl.Int64() if c in _INTEGERS else pl.String() for c in rows[0]}
    return pl.DataFrame(rows, schema=types)
