"""The patient's list of tracked markers a second time: which rows of a sample count, and what is added.

Beside the parts that `tests.naive.sensitivity` names, a case may hold `tracked` (rows of `tracked_markers`;
one with a `patient_id` is another patient's) and `elsewhere` (rows of the same assay in other samples).
"""

from statistics import median
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
    lists: dict[str, list[Row]] = {}
    for row in rows:
        lists.setdefault(row.get("run_id", ""), []).append(row)
    elsewhere = [_counted(row, tracked) for row in case.get("elsewhere", ())]
    made = []
    for run in sorted(lists):
        listed = lists[run]
        if not _is_whole(listed):
            continue
        names = {row["marker"] for row in listed}
        for marker in sorted(tracked.keys() - names):
            if tracked[marker].get("marker_class") not in (None, "", "CLONOTYPE"):
                continue
            if any(_may_be(marker, name) for name in names):
                continue
            loci = set()
            for source in (*lists.values(), elsewhere):
                for locus in _loci_of(marker, source):
                    middle = median(_lengths(source, locus))
                    here = _lengths(listed, locus)
                    if here and min(here) <= middle <= max(here):
                        loci.add(locus)
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
    return row | filled | {"is_tracked": "true", "gene_of_file": row.get("gene", "")}


def _loci_of(marker: str, source: list[Row]) -> set[str]:
    """Return the loci at which a list found a marker."""
    return {
        _locus(row)
        for row in source
        if row["marker"] == marker
        and int(row["marker_count"]) > 0
        and row["marker_class"] == "CLONOTYPE"
    } - {None}


def _lengths(source: list[Row], locus: str) -> list[int]:
    return [len(row["marker"]) for row in source if _locus(row) == locus]


def _may_be(marker: str, name: str) -> bool:
    """Say whether a name in a list may mean the marker, written in another way."""
    one, two = marker.upper(), name.upper()
    if set(one + two) - set("ACGT"):
        return True
    pairs = {"A": "T", "T": "A", "C": "G", "G": "C"}
    turned = "".join(pairs[letter] for letter in two[::-1])
    return any(one in text or text in one for text in (two, turned))


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
    """Say of which locus the file, and not the patient's list, says that a row is."""
    gene = row.get("gene_of_file", row.get("gene", ""))
    return next((name for name in LOCI if gene.startswith(name)), None)
