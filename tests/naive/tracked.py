"""The patient's list of tracked markers a second time: which rows of a sample count, and what is added.

Beside the parts that `tests.naive.sensitivity` names, a case may hold `tracked` (rows of `tracked_markers`;
one with a `patient_id` is another patient's) and `elsewhere` (rows of the same assay in other samples).
"""

from typing import Any

from tests.naive.sensitivity import Case, Row

LOCI = ("IGH", "IGK", "IGL", "TRA", "TRB", "TRD", "TRG", "TCRA", "TCRB", "TCRD", "TCRG")
SAME = ("total_count", "count_kind", "input_ng", "library_conversion_fraction", "error_rate",
    "spike_cells", "spike_reads")  # fmt: skip
FAMILY = {"CLONOTYPE": 1, "SNV": 2, "INDEL": 2, "FLT3_ITD": 3}


def tracked_of(case: Case) -> dict[str, Row]:
    """Return the markers by which the patient is followed."""
    last = {row["marker"]: row for row in case.get("tracked", ()) if not row.get("patient_id")}
    return {marker: row for marker, row in last.items() if row.get("is_tracked") != "false"}


def counted_rows(case: Case) -> list[Row]:
    """Return the rows of the sample as they count, and a row of 0 for each marker proved absent."""
    tracked = tracked_of(case)
    rows = [_counted(row, tracked) for row in case["rows"]]
    before = [*rows, *(_counted(row, tracked) for row in case.get("elsewhere", ()))]
    made = []
    for run in sorted({row.get("run_id", "") for row in rows}):
        listed = [row for row in rows if row.get("run_id", "") == run]
        if not _is_whole(listed):
            continue
        names = {row["marker"] for row in listed}
        for marker in sorted(tracked.keys() - names):
            if tracked[marker].get("marker_class") not in (None, "", "CLONOTYPE"):
                continue
            found = [r for r in before if r["marker"] == marker and int(r["marker_count"]) > 0]
            loci = {_locus(r) for r in found if r["marker_class"] == "CLONOTYPE"} - {None}
            of_locus = [int(r["marker_count"]) for r in listed if _locus(r) in loci]
            if of_locus:
                made.append(
                    listed[0]
                    | {"marker": marker, "marker_count": "0", "total_count": str(sum(of_locus))}
                    | {"clone": "", "is_tracked": "true", "is_absent": "true"}
                )
    return [*rows, *made]


def not_mentioned(case: Case) -> tuple[int, int]:
    """Return how many tracked markers a list lacks, of how many that it could name."""
    if all(row.get("is_tracked") != "false" for row in case["rows"]):
        return 0, 0  # not one of those that name what was found
    rows = counted_rows(case)
    families = {FAMILY.get(row.get("marker_class", "")) for row in rows}
    due = {
        marker
        for marker, row in tracked_of(case).items()
        if not row.get("marker_class")
        or FAMILY[row["marker_class"]] in families
        or None in families
    }
    return len(due - {row["marker"] for row in rows}), len(due)


def _counted(row: Row, tracked: dict[str, Row]) -> Row:
    own = tracked.get(row["marker"])
    if own is None:
        return row
    filled = {c: row.get(c) or own.get(c, "") for c in ("gene", "marker_class")}
    return row | filled | {"is_tracked": "true"}


def _is_whole(rows: list[Row]) -> bool:
    """Say whether the rows of a list prove that nothing is missing from it."""
    totals = {tuple(row.get(c, "") for c in SAME) for row in rows}
    return (
        all(row.get("is_complete_list") == "true" for row in rows)
        and all(row.get("marker_class") == "CLONOTYPE" for row in rows)
        and len(totals) == 1
        and sum(int(row["marker_count"]) for row in rows) == int(rows[0]["total_count"])
    )


def _locus(row: Row) -> Any:
    return next((name for name in LOCI if row.get("gene", "").startswith(name)), None)
