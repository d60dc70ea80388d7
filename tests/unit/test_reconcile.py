"""Rows against rows: repeats, completions, corrections, versions and contradictions.

Every load here also checks that rows read = accepted + rejected + ignored.
"""

from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.tables import TABLES
from tests.unit.reading import Loaded, after, csv_text


def samples(*rows: str) -> str:
    """Write a file of samples."""
    header = "sample_id,patient_id,collected_on,tissue,timepoint,pull,is_correction"
    return csv_text(header, *rows)


def assays(*rows: str) -> str:
    """Write a file of one laboratory's p210 assay: factor, window, correction."""
    header = "assay_id,modality,marker,basis,conversion_factor,valid_from,valid_to,is_correction"
    fixed = "lab1,PCR,BCR::ABL1 p210,RNA_RATIO_IS"
    return csv_text(f"{header},control_gene", *(f"{fixed},{row},ABL1" for row in rows))


def copies(*rows: str) -> str:
    """Write a file of copies: sample, replicate, version, target and control copies."""
    header = "sample_id,replicate,result_version,target_copies,control_copies,assay_id"
    return csv_text(header, *(f"{row},lab1" for row in rows))


def flat(*rows: str) -> str:
    """Write a flat file: sample columns, then copies of one replicate."""
    header = "sample_id,patient_id,collected_on,tissue,timepoint,replicate,target_copies,assay_id"
    return csv_text(header, *(f"{row},lab1" for row in rows))


SAMPLE = ("sample_id", "tissue", "timepoint", "pull")
WINDOW = ("conversion_factor", "valid_from", "valid_to")
PLAIN = "S1, P1, 2024-01-05, PB, TP1,  ,"


def windows(loaded: Loaded, *, is_current: bool = True) -> list[tuple[Any, ...]]:
    """Return factor and window of the assay's rows, days as text."""
    rows = loaded.rows("assays", *WINDOW, is_current=is_current)
    return [tuple(None if v is None else str(v) for v in row) for row in rows]


# -- the same row again


@pytest.mark.parametrize(
    "make", [lambda: samples(PLAIN, PLAIN), lambda: copies(*["S1,1,,5,9"] * 2)]
)
def test_row_given_twice_in_a_file_counts_once(make: Any) -> None:
    """The second is ignored, and one finding about the file says so."""
    loaded = after({"a.csv": make()})
    assert loaded.counts == {"a.csv": (2, 1, 0, 1)}
    assert loaded.found == {("a.csv", None, "REPEATED_ROW")}


@pytest.mark.parametrize("make", [samples, copies])
def test_row_given_again_later_is_ignored(make: Any) -> None:
    """Another file that repeats a stored row changes nothing of its content."""
    row = PLAIN if make is samples else "S1,1,,5,9"
    other = "S2, P1, 2024-02-05, PB, , ," if make is samples else "S2,1,,0,9"
    loaded = after({"a.csv": make(row)}, {"b.csv": make(other, row)})
    assert loaded.counts == {"b.csv": (2, 1, 0, 1)}
    assert loaded.found == {("b.csv", None, "REPEATED_ROW")}
    table = "samples" if make is samples else "pcr_measurements"
    assert loaded.rows(table, "sample_id", is_current=None) == ["S1", "S2"]


def test_row_with_less_says_nothing_new() -> None:
    """A reference row whose filled cells are all stored already is a repeat."""
    loaded = after({"a.csv": samples(PLAIN)}, {"b.csv": samples("S1, P1, 2024-01-05, PB, , ,")})
    assert loaded.counts == {"b.csv": (1, 0, 0, 1)}
    assert loaded.rows("samples", *SAMPLE) == [("S1", "PB", "TP1", None)]


# -- rows that complete each other


def test_reference_rows_complete_each_other() -> None:
    """Rows that only add cells are all accepted, in one load and in several."""
    first, second = "S1, P1, 2024-01-05, PB, TP1, ,", "S1, P1, 2024-01-05, PB, , 2,"
    together = after({"a.csv": samples(first), "b.csv": samples(second)})
    apart = after({"b.csv": samples(second)}, {"a.csv": samples(first)})
    for loaded in (together, apart):
        assert loaded.rows("samples", *SAMPLE, is_current=None) == [("S1", "PB", "TP1", 2)]
        assert loaded.found == set()
    assert together.counts == {"a.csv": (1, 1, 0, 0), "b.csv": (1, 1, 0, 0)}
    assert apart.counts == {"a.csv": (1, 1, 0, 0)}


def test_measurements_do_not_complete_each_other() -> None:
    """A result is whole: the same replicate with a cell more is another result."""
    loaded = after({"a.csv": copies("S1,1,,5,")}, {"b.csv": copies("S1,1,,5,30000")})
    assert loaded.found == {("b.csv", 2, "CONFLICT_WITH_STORED")}
    assert loaded.rows("pcr_measurements", "control_copies", is_current=None) == [None]


# -- contradictions in one load: all are rejected


@pytest.mark.parametrize(
    ("one", "other", "table"),
    [
        (samples(PLAIN), samples("S1, P1, 2024-01-05, BM, TP1, ,"), "samples"),
        (samples(PLAIN), samples("S1, P1, 2024-01-05, PB, TP2, ,"), "samples"),
        (copies("S1,1,,5,9"), copies("S1,1,,6,9"), "pcr_measurements"),
        (copies("S1,1,,5,9"), copies("S1,1,,5,"), "pcr_measurements"),
        (copies("S1,,,5,9"), copies("S1,,,6,9"), "pcr_measurements"),
        (assays("0.8,,,"), assays("0.9,,,"), "assays"),
        (samples("S1,P1,2024-01-05,PB,,,yes"), samples("S1,P1,2024-01-05,BM,,,yes"), "samples"),
        (samples("S1,P1,2024-01-05,PB,,,yes"), samples("S1,P1,2024-01-05,PB,TP1,,yes"), "samples"),
    ],
)
def test_contradiction_in_one_load_rejects_all(one: str, other: str, table: str) -> None:
    """No order of files decides: in two files or in one, both rows are rejected and named."""
    apart = after({"a.csv": one, "b.csv": other})
    assert apart.found == {("a.csv", 2, "CONFLICT_IN_LOAD"), ("b.csv", 2, "CONFLICT_IN_LOAD")}
    assert apart.counts == {"a.csv": (1, 0, 1, 0), "b.csv": (1, 0, 1, 0)}
    together = after({"a.csv": one + other.split("\n", 1)[1]})
    assert together.found == {("a.csv", 2, "CONFLICT_IN_LOAD"), ("a.csv", 3, "CONFLICT_IN_LOAD")}
    for loaded in (apart, together):
        assert loaded.rows(table, *TABLES[table].key, is_current=None) == []
    for message in apart.load.findings["message"]:
        assert message.count("line 2 of ") == 2


def test_repeat_of_a_contradicting_row_is_rejected_too() -> None:
    """Two equal rows against a third: which is right cannot be told by counting."""
    loaded = after({"a.csv": copies("S1,1,,5,9", "S1,1,,6,9", "S1,1,,5,9", "S2,1,,1,9")})
    assert loaded.counts == {"a.csv": (4, 1, 3, 0)}
    assert loaded.rows("pcr_measurements", "sample_id") == ["S2"]


@pytest.mark.parametrize("make", [samples, copies])
def test_contradiction_in_one_load_leaves_what_is_stored(make: Any) -> None:
    """Rows that contradict each other change nothing, even where one of them repeats the stored."""
    row = PLAIN if make is samples else "S1,1,,5,9"
    other = "S1, P1, 2024-01-05, BM, , ," if make is samples else "S1,1,,6,9"
    table, columns = (
        ("samples", SAMPLE) if make is samples else ("pcr_measurements", ("target_copies",))
    )
    before = after({"a.csv": make(row)})
    loaded = after({"a.csv": make(row)}, {"b.csv": make(other, row)})
    assert loaded.counts["b.csv"][1] == 0
    assert ("b.csv", 2, "CONFLICT_IN_LOAD") in loaded.found
    assert loaded.rows(table, *columns, is_current=None) == before.rows(table, *columns)


# -- contradictions with what is stored


@pytest.mark.parametrize(
    ("table", "stored", "new", "words"),
    [
        ("samples", samples(PLAIN), samples("S1,P1,2024-01-05,BM,,,"), "tissue BM against PB"),
        ("samples", samples(PLAIN), samples("S1,P1,2024-01-05,PB,TP2,1,"),
         "timepoint TP2 against TP1"),
        ("assays", assays("0.8,,,"), assays("0.9,,,"), "conversion_factor 0.9 against 0.8"),
        ("pcr_measurements", copies("S1,1,,5,9"), copies("S1,1,1,6,9"),
         "target_copies 6.0 against 5.0"),
        ("pcr_measurements", copies("S1,1,2,5,9"), copies("S1,1,2,,9"),
         "target_copies empty against 5.0"),
    ],
)  # fmt: skip
def test_contradiction_with_the_stored_row_is_rejected(
    table: str, stored: str, new: str, words: str
) -> None:
    """The stored row stands; the finding says what differs, what was stored and what would do."""
    loaded = after({"a.csv": stored}, {"b.csv": new})
    assert loaded.counts == {"b.csv": (1, 0, 1, 0)}
    assert loaded.found == {("b.csv", 2, "CONFLICT_WITH_STORED")}
    message = loaded.load.findings.item(0, "message")
    assert words in message
    assert "contradicts line 2 of " in message
    assert ("result_version" if table == "pcr_measurements" else "is_correction") in message
    columns = TABLES[table].stored_columns
    assert loaded.rows(table, *columns) == after({"a.csv": stored}).rows(table, *columns)


# -- corrections


CORRECTION = "S1, P1, 2024-01-05, BM, , 2, true"


def test_correction_supersedes() -> None:
    """The corrected row is current, as it stands, also its empty cells; the old one stays."""
    loaded = after({"a.csv": samples(PLAIN)}, {"b.csv": samples(CORRECTION)})
    assert loaded.rows("samples", *SAMPLE) == [("S1", "BM", None, 2)]
    assert loaded.rows("samples", *SAMPLE, is_current=False) == [("S1", "PB", "TP1", None)]
    assert loaded.counts == {"b.csv": (1, 1, 0, 0)}
    assert loaded.found == set()


def test_correction_of_a_correction() -> None:
    """The later correction wins, and the whole history stays readable."""
    loaded = after(
        {"a.csv": samples(PLAIN)},
        {"b.csv": samples(CORRECTION)},
        {"c.csv": samples("S1, P1, 2024-01-06, BM, , 2, true")},
    )
    assert loaded.rows("samples", *SAMPLE) == [("S1", "BM", None, 2)]
    assert len(loaded.rows("samples", *SAMPLE, is_current=False)) == 2


def test_correction_back_to_what_was() -> None:
    """A correction may restore the first content."""
    back = "S1, P1, 2024-01-05, PB, TP1, , true"
    loaded = after(
        {"a.csv": samples(PLAIN)}, {"b.csv": samples(CORRECTION)}, {"c.csv": samples(back)}
    )
    assert loaded.rows("samples", *SAMPLE) == [("S1", "PB", "TP1", None)]
    assert loaded.counts == {"c.csv": (1, 1, 0, 0)}


def test_correction_given_again_is_ignored() -> None:
    """The same correction in another file is a repeat."""
    more = "S2, P1, 2024-02-05, PB, , ,"
    loaded = after(
        {"a.csv": samples(PLAIN)}, {"b.csv": samples(CORRECTION)}, {"c.csv": samples(more, CORRECTION)}
    )  # fmt: skip
    assert loaded.counts == {"c.csv": (2, 1, 0, 1)}
    assert loaded.rows("samples", "sample_id") == ["S1", "S2"]


def test_correction_in_the_load_of_its_row() -> None:
    """Given together, the correction is current and the plain row is history; neither is rejected."""
    loaded = after({"a.csv": samples(PLAIN, CORRECTION)})
    assert loaded.counts == {"a.csv": (2, 2, 0, 0)}
    assert loaded.rows("samples", *SAMPLE) == [("S1", "BM", None, 2)]
    assert loaded.rows("samples", *SAMPLE, is_current=False) == [("S1", "PB", "TP1", None)]


def test_correction_without_a_row_to_correct() -> None:
    """It is simply the row; a plain row that contradicts it later is rejected."""
    loaded = after({"a.csv": samples(CORRECTION)}, {"b.csv": samples(PLAIN)})
    assert loaded.found == {("b.csv", 2, "CONFLICT_WITH_STORED")}
    assert loaded.rows("samples", *SAMPLE, is_current=None) == [("S1", "BM", None, 2)]


def test_superseded_row_given_again_is_ignored() -> None:
    """The old export once more does not undo the correction, and is no contradiction."""
    more = "S2, P1, 2024-02-05, PB, , ,"
    loaded = after(
        {"a.csv": samples(PLAIN)}, {"b.csv": samples(CORRECTION)}, {"c.csv": samples(more, PLAIN)}
    )
    assert loaded.counts == {"c.csv": (2, 1, 0, 1)}
    assert ("S1", "BM", None, 2) in loaded.rows("samples", *SAMPLE)


def test_correction_is_not_completed() -> None:
    """A cell that a correction left empty was emptied on purpose."""
    loaded = after(
        {"a.csv": samples(CORRECTION)}, {"b.csv": samples("S1, P1, 2024-01-05, BM, TP1, 2,")}
    )
    assert loaded.found == {("b.csv", 2, "CONFLICT_WITH_STORED")}
    assert loaded.rows("samples", *SAMPLE) == [("S1", "BM", None, 2)]


# -- versions of results


@pytest.mark.parametrize(
    "loads",
    [
        [copies("S1,1,,5,9"), copies("S1,1,2,6,9")],
        [copies("S1,1,2,6,9"), copies("S1,1,1,5,9")],
        [copies("S1,1,1,5,9", "S1,1,2,6,9")],
        [copies("S1,1,2,6,9", "S1,1,,5,9")],
    ],
)
def test_highest_version_is_current(loads: list[str]) -> None:
    """Whichever comes first, the highest version counts and the lower one stays as history."""
    loaded = after(*({f"{n}.csv": text} for n, text in enumerate(loads)))
    columns = ("result_version", "target_copies")
    assert loaded.rows("pcr_measurements", *columns) == [(2, 6.0)]
    assert loaded.rows("pcr_measurements", *columns, is_current=False) == [(1, 5.0)]
    assert loaded.found == set()


def test_version_belongs_to_its_replicate() -> None:
    """A new version of one replicate leaves the other replicates as they are."""
    loaded = after({"a.csv": copies("S1,1,,5,9", "S1,2,,4,9", "S1,,,3,9")},
                   {"b.csv": copies("S1,2,3,8,9")})  # fmt: skip
    columns = ("replicate", "target_copies")
    assert loaded.rows("pcr_measurements", *columns) == [("1", 5.0), ("2", 8.0), (None, 3.0)]


# -- windows of assays


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("0.8, 2020-01-01, 2022-12-31,", "0.9, 2023-01-01, ,"),
        ("0.8, , 2022-12-31,", "0.9, 2023-01-01, 2023-12-31,"),
        ("0.8, 2020-01-01, 2020-01-01,", "0.9, 2020-01-02, ,"),
    ],
)
def test_windows_side_by_side(first: str, second: str) -> None:
    """Windows that only touch from day to day are both in force."""
    for loaded in (
        after({"a.csv": assays(first, second)}),
        after({"a.csv": assays(second)}, {"b.csv": assays(first)}),
    ):
        assert len(windows(loaded)) == 2
        assert loaded.found == set()


OVERLAPS = [
    ("0.8, 2020-01-01, 2022-12-31,", "0.9, 2022-12-31, ,"),
    ("0.8, 2020-01-01, ,", "0.9, 2023-01-01, ,"),
    ("0.8, , ,", "0.9, 2023-01-01, 2023-12-31,"),
    ("0.8, , 2022-01-01,", "0.9, 2021-01-01, ,"),
    ("0.8, 2020-01-01, 2022-12-31,", "0.8, 2021-01-01, 2021-12-31,"),
]


@pytest.mark.parametrize(("first", "second"), OVERLAPS)
def test_overlapping_windows_in_one_load_are_all_rejected(first: str, second: str) -> None:
    """Both days are inclusive and an empty one is open: no factor may be in force beside another."""
    far = "0.5, 1999-01-01, 1999-12-31,"
    found = {("a.csv", line, "ASSAY_WINDOWS_OVERLAP") for line in (2, 3)}
    if first.startswith("0.8, ,"):
        loaded = after({"a.csv": assays(first, second)})
        assert windows(loaded) == []
    else:
        loaded = after({"a.csv": assays(first, second, far)})
        assert windows(loaded) == [("0.5", "1999-01-01", "1999-12-31")]
    assert loaded.found == found


@pytest.mark.parametrize(("first", "second"), OVERLAPS)
def test_window_that_overlaps_a_stored_one_is_rejected(first: str, second: str) -> None:
    """The stored window stands, whichever of the two it is."""
    for stored, new in ((first, second), (second, first)):
        loaded = after({"a.csv": assays(stored)}, {"b.csv": assays(new)})
        assert loaded.found == {("b.csv", 2, "ASSAY_WINDOWS_OVERLAP")}
        assert windows(loaded) == windows(after({"a.csv": assays(stored)}))


def test_rows_that_make_up_a_refused_window_are_all_rejected() -> None:
    """Two rows that complete each other to a window that overlaps are both refused."""
    loaded = after(
        {"a.csv": assays("0.8, 2020-01-01, ,")},
        {"b.csv": assays("0.9, 2021-01-01, ,", ", 2021-01-01, 2021-12-31,")},
    )
    assert loaded.found == {("b.csv", line, "ASSAY_WINDOWS_OVERLAP") for line in (2, 3)}
    assert loaded.counts == {"b.csv": (2, 0, 2, 0)}


def test_other_assays_may_share_days() -> None:
    """Windows are those of one assay."""
    two = assays("0.8, 2020-01-01, ,") + assays("0.9, 2021-01-01, ,").split("\n", 1)[1].replace(
        "lab1", "lab2"
    )
    assert after({"a.csv": two}).found == set()


CLOSED = "0.8, 2020-01-01, 2022-12-31, true"
SUCCESSOR = "0.9, 2023-01-01, ,"


@pytest.mark.parametrize(
    "files",
    [
        {"b.csv": assays(CLOSED, SUCCESSOR)},
        {"b.csv": assays(SUCCESSOR, CLOSED)},
        {"b.csv": assays(CLOSED), "c.csv": assays(SUCCESSOR)},
    ],
)
def test_correction_closes_the_window_for_its_successor(files: dict[str, str]) -> None:
    """Closing the old window and opening the new one in the same load is one change."""
    loaded = after({"a.csv": assays("0.8, 2020-01-01, ,")}, files)
    assert loaded.found == set()
    assert windows(loaded) == [("0.8", "2020-01-01", "2022-12-31"), ("0.9", "2023-01-01", None)]
    assert windows(loaded, is_current=False) == [("0.8", "2020-01-01", None)]


def test_correction_that_does_not_close_far_enough() -> None:
    """The correction and its successor overlap: both are rejected and the stored row stands."""
    loaded = after(
        {"a.csv": assays("0.8, 2020-01-01, ,")},
        {"b.csv": assays("0.8, 2020-01-01, 2023-06-30, true", SUCCESSOR)},
    )
    assert loaded.found == {("b.csv", line, "ASSAY_WINDOWS_OVERLAP") for line in (2, 3)}
    assert windows(loaded) == [("0.8", "2020-01-01", None)]
    assert windows(loaded, is_current=False) == []


def test_refused_correction_leaves_the_row_of_its_load() -> None:
    """A plain row stands where the correction given with it overlaps a stored window."""
    loaded = after(
        {"a.csv": assays(SUCCESSOR)},
        {"b.csv": assays("0.8, 2020-01-01, 2022-12-31,", "0.7, 2020-01-01, 2023-06-30, true")},
    )
    assert loaded.found == {("b.csv", 3, "ASSAY_WINDOWS_OVERLAP")}
    assert windows(loaded) == [("0.8", "2020-01-01", "2022-12-31"), ("0.9", "2023-01-01", None)]


def test_row_that_stands_again_is_judged_again() -> None:
    """Where the correction of a row is refused, the row itself must not overlap either."""
    loaded = after(
        {"a.csv": assays(SUCCESSOR)},
        {"b.csv": assays("0.8, 2020-01-01, 2023-03-31,", "0.7, 2020-01-01, 2023-06-30, true")},
    )
    assert loaded.found == {("b.csv", line, "ASSAY_WINDOWS_OVERLAP") for line in (2, 3)}
    assert windows(loaded) == [("0.9", "2023-01-01", None)]


# -- inline columns


INLINE = "S1, P1, 2024-01-05, PB, TP1, 1, 12"
OTHER = "S1, P1, 2024-01-05, BM, TP1, 2, 9"


def test_inline_row_equal_to_the_reference_row() -> None:
    """Saying the same beside a measurement is neither a repeat nor a row of its own."""
    for loaded in (
        after({"a.csv": samples(PLAIN)}, {"b.csv": flat(INLINE)}),
        after({"a.csv": samples(PLAIN), "b.csv": flat(INLINE)}),
    ):
        assert loaded.found == set()
        assert loaded.counts["b.csv"] == (1, 1, 0, 0)
        assert loaded.rows("samples", *SAMPLE, is_current=None) == [("S1", "PB", "TP1", None)]


def test_inline_row_completes_the_reference_row() -> None:
    """An inline time point fills an empty one."""
    loaded = after({"a.csv": samples("S1,P1,2024-01-05,PB,,3,")}, {"b.csv": flat(INLINE)})
    assert loaded.rows("samples", *SAMPLE, is_current=None) == [("S1", "PB", "TP1", 3)]


def test_inline_conflict_with_stored() -> None:
    """The stored sample stands, the measurement is accepted, and the inline row is for review."""
    loaded = after({"a.csv": samples(PLAIN)}, {"b.csv": flat(OTHER)})
    assert loaded.found == {("b.csv", 2, "INLINE_CONFLICT")}
    assert loaded.counts == {"b.csv": (1, 1, 0, 0)}
    assert loaded.rows("samples", "tissue") == ["PB"]
    assert loaded.rows("pcr_measurements", "target_copies") == [9.0]


def test_inline_conflict_with_a_reference_row_of_the_load() -> None:
    """Both are rejected as rows of samples, so the measurement waits for its sample."""
    loaded = after({"a.csv": samples(PLAIN), "b.csv": flat(OTHER)})
    assert loaded.found == {("a.csv", 2, "CONFLICT_IN_LOAD"), ("b.csv", 2, "INLINE_CONFLICT")}
    assert loaded.counts == {"a.csv": (1, 0, 1, 0), "b.csv": (1, 1, 0, 0)}
    assert loaded.rows("samples", "tissue") == []


def test_inline_rows_that_contradict_each_other() -> None:
    """None of them becomes a sample; one finding for each file and sample says so."""
    loaded = after({"a.csv": flat(INLINE, OTHER), "b.csv": flat("S1,P1,2024-01-05,PB,TP1,3,1")})
    assert loaded.found == {("a.csv", 2, "INLINE_CONFLICT"), ("b.csv", 2, "INLINE_CONFLICT")}
    assert loaded.rows("samples", "tissue") == []
    assert loaded.rows("pcr_measurements", "replicate") == ["1", "2", "3"]


def test_inline_row_does_not_undo_a_correction() -> None:
    """The old extract, loaded after the correction, changes nothing and is no conflict."""
    loaded = after(
        {"a.csv": samples(PLAIN)}, {"b.csv": samples(CORRECTION)}, {"c.csv": flat(INLINE)}
    )
    assert loaded.found == set()
    assert loaded.rows("samples", "tissue") == ["BM"]


# -- order


CONTENT = {
    "S1": ("P1", "2024-01-05", "PB", "TP1", "1"),
    "S2": ("P1", "2024-02-05", "BM", "TP2", "2"),
    "S3": ("P2", "2024-03-05", "PB", "", "3"),
}
KEYS = st.sampled_from(sorted(CONTENT))


@st.composite
def sample_rows(draw: Any) -> str:
    """Draw a row of a sample with some of its optional cells."""
    key = draw(KEYS)
    patient, day, tissue, timepoint, pull = CONTENT[key]
    return ",".join([key, patient, day, tissue, draw(st.sampled_from(["", timepoint])),
                     draw(st.sampled_from(["", pull])), ""])  # fmt: skip


@st.composite
def flat_rows(draw: Any) -> str:
    """Draw a flat row whose copies depend on sample and replicate alone."""
    key, replicate = draw(KEYS), draw(st.integers(1, 2))
    patient, day, tissue, timepoint, _ = CONTENT[key]
    shown = draw(st.sampled_from(["", timepoint]))
    return f"{key},{patient},{day},{tissue},{shown},{replicate},{len(key) * replicate}"


@st.composite
def copy_rows(draw: Any) -> str:
    """Draw a version of a result; its numbers depend on its key alone."""
    key, replicate, version = draw(KEYS), draw(st.integers(3, 4)), draw(st.integers(1, 3))
    return f"{key},{replicate},{version},{replicate * 10 + version},30000"


ASSAY_ROWS = st.sampled_from(
    ["0.8,,2020-12-31,", ",,2020-12-31,", "0.9,2021-01-01,2021-12-31,", ",2021-01-01,2021-12-31,"]
)


def some(strategy: st.SearchStrategy[str], make: Any) -> st.SearchStrategy[str]:
    """Draw a file of some rows."""
    return st.lists(strategy, min_size=1, max_size=4).map(lambda rows: make(*rows))


FILES = st.one_of(
    some(sample_rows(), samples),
    some(flat_rows(), flat),
    some(copy_rows(), copies),
    some(ASSAY_ROWS, assays),
)


@pytest.mark.parametrize(
    ("table", "files"),
    [
        ("samples", {"a.csv": samples(PLAIN), "b.csv": samples("", PLAIN)}),
        ("samples", {"a.csv": samples(PLAIN), "b.csv": flat(INLINE)}),
        ("samples", {"a.csv": samples(PLAIN), "b.csv": flat("", INLINE)}),
        ("samples", {"a.csv": flat(INLINE), "b.csv": flat("", INLINE)}),
        ("samples", {"a.csv": samples(CORRECTION), "b.csv": samples("", CORRECTION)}),
        ("pcr_measurements", {"a.csv": copies("S1,1,,5,9"), "b.csv": copies("", "S1,1,,5,9")}),
        ("assays", {"a.csv": assays("0.8,,,"), "b.csv": assays("0.7,2000-01-01,1999-01-01,", "0.8,,,")}),
    ],
)  # fmt: skip
def test_source_of_a_repeated_row_does_not_depend_on_the_order(
    table: str, files: dict[str, str]
) -> None:
    """A row that two files give has one source, whichever of them came first, or both at once."""
    (a, b), columns = [{name: text} for name, text in files.items()], TABLES[table].stored_columns
    together = after(files).rows(table, *columns)
    assert after(a, b).rows(table, *columns) == together
    assert after(b, a).rows(table, *columns) == together


@given(st.data(), st.lists(FILES, min_size=2, max_size=5, unique=True))
@settings(max_examples=15, deadline=None)
def test_order_does_not_matter_where_nothing_contradicts(data: Any, files: list[str]) -> None:
    """Any split of compatible files into loads, in any order, leaves the same rows and sources."""
    named = {f"{n}.csv": text for n, text in enumerate(files)}
    order = data.draw(st.permutations(sorted(named)))
    numbers = [data.draw(st.integers(0, 3)) for _ in order]
    loads = [
        {name: named[name] for name, number in zip(order, numbers, strict=True) if number == n}
        for n in sorted(set(numbers))
    ]
    together, apart = after(named), after(*loads)
    for loaded in (together, apart):
        assert {code for _, _, code in loaded.found} <= {"REPEATED_ROW"}
    for table in together.load.tables:
        columns = TABLES[table].stored_columns
        assert apart.rows(table, *columns, is_current=None) == together.rows(
            table, *columns, is_current=None
        )


# -- what holds whatever comes


DAYS = ("", "2020-01-01", "2020-07-01", "2021-01-01", "2021-12-31")


@st.composite
def any_assay_row(draw: Any) -> str:
    """Draw a window that may overlap, contradict or correct others."""
    start, end = draw(st.sampled_from(DAYS)), draw(st.sampled_from(DAYS))
    if start and end and end < start:
        start, end = end, start
    factor = draw(st.sampled_from(["", "0.8", "0.9"]))
    return f"{factor},{start},{end},{draw(st.sampled_from(['', '', 'true']))}"


@example([assays(",2020-01-01,,"), assays(",,,", ",,,true")])
@example([assays(",2020-01-01,,true", "0.8,2020-01-01,,true")])
@given(st.lists(some(any_assay_row(), assays), min_size=1, max_size=3, unique=True))
@settings(max_examples=15, deadline=None)
def test_no_two_windows_are_ever_in_force_on_one_day(files: list[str]) -> None:
    """After any loads each key has one current row, and current windows do not overlap."""
    for n in range(1, len(files) + 1):
        loaded = after(*({f"{i}.csv": text} for i, text in enumerate(files[:n])))
        current = loaded.rows("assays", "valid_from", "valid_to")
        spans = sorted(((a or date.min), (b or date.max)) for a, b in current)
        assert all(end < start for (_, end), (start, _) in pairwise(spans)), spans


@example([assays(",,,", ",,,", ",2020-01-01,,")])
@given(st.lists(some(any_assay_row(), assays), min_size=1, max_size=3, unique=True))
@settings(max_examples=15, deadline=None)
def test_every_accepted_row_can_be_found(files: list[str]) -> None:
    """A row is rejected with a finding, or its filled cells stand in one stored row of its key."""
    loaded = after(*({f"{i}.csv": text} for i, text in enumerate(files)))
    refused = {line for _, line, code in loaded.found if code != "REPEATED_ROW"}
    stored = [
        tuple("" if v is None else str(v) for v in row)
        for row in loaded.rows("assays", *WINDOW, is_current=None)
    ]
    for line, row in enumerate(files[-1].splitlines()[1:], start=2):
        cells = row.split(",")[4:7]
        is_there = any(
            all(not a or a == b for a, b in zip(cells, other, strict=True)) and cells[1] == other[1]
            for other in stored
        )
        assert line in refused or is_there, (row, stored)
