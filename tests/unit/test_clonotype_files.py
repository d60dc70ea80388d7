"""Vidjil, AIRR, immunoSEQ, MiXCR, LymphoTrack and clonoSEQ files, as look-alikes: counts over what total."""

import gzip
import json
from typing import Any

import pytest

from tests.unit.sequencing_files import (
    measured,
    read,
    recognised_by,
    refusal,
    said,
    text,
    typed,
)
from tests.unit.workbooks import workbook

COUNTS = ("marker", "marker_count", "total_count", "source_rows")

AIRR = ("sequence_id", "sequence", "rev_comp", "productive", "v_call", "d_call", "j_call", "junction",
    "junction_aa", "duplicate_count")  # fmt: skip
AIRR_ROWS = (
    "a ACGTTT T T IGHV1-1*01,IGHV1-2*01 D1 J1 TGTAAATGG CKW 90",
    "b ACGTTA T F IGHV1-2*01 D1 J1 TGTAAATGG CKW 5",
    "c ACGTCC T T IGHV2-5*01 D1 J1 TGTCCCTGG CPW 4",
    "d ACGTCG T F IGHV3-1*01 D1 J1 - - 1",
)


def test_airr_lines_of_one_junction_are_one_clone() -> None:
    """Their counts are summed; the gene is the one of most reads; without a junction the sequence."""
    rows = read(text(AIRR, *AIRR_ROWS))
    assert measured(rows, *COUNTS) == [
        ("TGTAAATGG", "95", "100", 2),
        ("TGTCCCTGG", "4", "100", 1),
        ("ACGTCG", "1", "100", 1),
    ]
    assert measured(rows, "gene", "sample_id", "marker_class", "count_kind")[0] == (
        "IGHV1-1*01", "S9", "CLONOTYPE", "READS",
    )  # fmt: skip
    assert said(rows) == {"TOTAL_FROM_FILE": "NOTE", "TRACKING_NOT_STATED": "REVIEW"}
    assert typed(rows)["marker_count"].to_list() == [95, 4, 1]


def test_airr_quoted_and_packed() -> None:
    """Quotes and gzip change nothing."""
    quoted = "\n".join(
        "\t".join(f'"{c}"' for c in line.split("\t"))
        for line in text(AIRR, *AIRR_ROWS).strip().split("\n")
    )
    assert measured(read(gzip.compress(quoted.encode())), *COUNTS) == measured(
        read(text(AIRR, *AIRR_ROWS)), *COUNTS
    )


def test_airr_names_its_samples() -> None:
    """A repertoire is a sample with a total of its own; a row without one makes the file wait."""
    names = (*AIRR, "repertoire_id")
    rows = read(text(names, *(f"{r} R{i % 2}" for i, r in enumerate(AIRR_ROWS))))
    assert measured(rows, "sample_id", "marker_count", "total_count") == [
        ("R0", "90", "94"), ("R1", "5", "6"), ("R0", "4", "94"), ("R1", "1", "6"),
    ]  # fmt: skip
    part = text(names, AIRR_ROWS[0] + " R1", AIRR_ROWS[1] + " -")
    assert read(part, sample_id=None).rows_waiting == 2


def test_airr_molecules_before_reads() -> None:
    """UMI counts are molecules; an empty column of them is none."""
    names = (*AIRR, "umi_count")
    assert (
        measured(
            read(text(names, *(r + " 3" for r in AIRR_ROWS[2:]))), "marker_count", "count_kind"
        )
        == [("3", "MOLECULES")] * 2
    )
    rows = read(text(names, *(r + " -" for r in AIRR_ROWS)))
    assert measured(rows, "count_kind")[0] == ("READS",)


def test_airr_that_is_broken() -> None:
    """A renamed or doubled column refuses the file; a longer row or a wrong boolean, the row."""
    wrong = text(AIRR, *AIRR_ROWS).replace("\tsequence\t", "\twrong_name\t")
    assert (refusal(wrong).code, refusal(wrong).value) == ("NO_RESULTS_SECTION", "sequence")
    doubled = text((*AIRR, "junction"), *(r + " A" for r in AIRR_ROWS))
    assert refusal(doubled).code == "DUPLICATE_HEADER"
    uncounted = text(AIRR[:-1], *(r.rsplit(" ", 1)[0] for r in AIRR_ROWS))
    assert "how many" in refusal(uncounted).message
    rows = read(text(AIRR, AIRR_ROWS[0], AIRR_ROWS[1] + " 7", "c A T yes V D J TGT C 9"))
    assert (rows.rows_read, rows.rows_rejected) == (3, 2)
    assert said(rows) == {
        "ROW_TOO_LONG": "REJECTED",
        "NOT_A_BOOLEAN": "REJECTED",
        "TOTAL_FROM_FILE": "REVIEW",
        "TRACKING_NOT_STATED": "REVIEW",
    }


def test_a_line_given_twice_counts_once() -> None:
    """A file joined to itself has no more reads than before."""
    rows = read(text(AIRR, *AIRR_ROWS, *AIRR_ROWS))
    assert (rows.rows_read, rows.rows_ignored) == (8, 4)
    assert measured(rows, "marker_count", "total_count")[0] == ("95", "100")
    assert "REPEATED_ROW" in said(rows)


def test_list_of_productive_clones_only() -> None:
    """Without one unproductive line a list was probably filtered, and its total is doubtful."""
    rows = read(text(AIRR, *(f"s{i} ACGT{i} T T V D J TGT{i} C 5" for i in range(30))))
    assert said(rows)["TOTAL_FROM_FILE"] == "REVIEW"


def test_counts_that_are_no_numbers() -> None:
    """They are in no total, and their rows are refused when cells are parsed."""
    rows = read(text(AIRR, AIRR_ROWS[0], "b A T F V D J TGTC C nan", "c A T F V D J TGTG C 1e400"))
    assert measured(rows, "marker_count", "total_count") == [
        ("90", "90"), ("nan", "90"), ("1e400", "90"),
    ]  # fmt: skip
    assert said(rows)["TOTAL_FROM_FILE"] == "REVIEW"


V1 = ("nucleotide", "aminoAcid", "count_(reads)", "frequencyCount_(%)", "vGeneName", "dGeneName",
    "jGeneName", "estimatedNumberGenomes", "sequenceStatus", "cloneResolved")  # fmt: skip
V1_ROWS = (
    "ACGT - 880 88.0 unresolved IGHD3-16 IGHJ4-1 9 Out DJ",
    "ACGG CAR 100 10.0 IGHV3-1 IGHD1 IGHJ1 3 In VDJ",
    "ACTG CAW* 20 2.0 IGHV3-2 - IGHJ1 1 Stop VDJ",
)


def immunoseq(names: tuple[str, ...], *rows: str) -> str:
    """Write an export: blanks in header names are drawn as `_`."""
    head, rest = text(names, *rows).split("\n", 1)
    for name in ("count_(", "frequencyCount_("):
        head = head.replace(name, name.replace("_", " "))
    return f"{head}\n{rest}"


def test_immunoseq_v1_counts_reads_of_all_lines() -> None:
    """Reads, not genomes; the largest clone may be an incomplete rearrangement out of frame."""
    rows = read(immunoseq(V1, *V1_ROWS))
    assert measured(rows, *COUNTS) == [
        ("ACGT", "880", "1000", 1), ("ACGG", "100", "1000", 1), ("ACTG", "20", "1000", 1),
    ]  # fmt: skip
    assert measured(rows, "gene", "count_kind") == [
        ("IGHD3-16 IGHJ4-1", "READS"), ("IGHV3-1", "READS"), ("IGHV3-2", "READS"),
    ]  # fmt: skip
    assert said(rows)["TOTAL_FROM_FILE"] == "NOTE"


def completeness(*rows: str) -> list[str | None]:
    """Say what an export of these lines is said to be."""
    lists = read(immunoseq(V1, *rows))
    return [c for (c,) in measured(lists, "is_complete_list")]


def test_a_list_is_complete_only_where_its_shares_prove_it() -> None:
    """Each share is that of its count, and together they miss less than half a count."""
    assert completeness(*V1_ROWS) == ["true"] * 3
    # one line of one read in 100,000 is left out: 0.001 percent, and perhaps the clone looked for
    large = (
        "ACGT - 88000 88.0 - - J1 9 Out DJ",
        "ACGG CAR 11999 11.999 V1 - J1 3 In VDJ",
        "ACTG CAR 1 0.001 V1 - J1 1 In VDJ",
    )
    assert completeness(*large) == ["true"] * 3
    assert completeness(*large[:2]) == [None] * 2
    # rounded shares prove as little
    assert completeness(large[0], large[1].replace("11.999", "12.0"), large[2]) == [None] * 3
    # shares of something else than the counts
    assert (
        completeness("ACGT - 700 88.0 - - J1 9 Out DJ", "ACGG - 300 12.0 - - J1 9 Out DJ")
        == [None] * 2
    )
    # a line without a share or a whole count, and one that was refused
    assert completeness(*V1_ROWS[:2], "ACTG CAW* 20 - V1 - J1 1 Stop VDJ") == [None] * 3
    assert completeness(*V1_ROWS, "ACTT CAW* 0.4 0.00 V1 - J1 1 Stop VDJ") == [None] * 4
    assert completeness(*V1_ROWS, "ACTT CAW* 1") == [None] * 3
    # thirty productive lines and no other were probably chosen
    productive = (f"TGT{i} CAR 10 {100 / 30!r} V1 - J1 1 In VDJ" for i in range(30))
    assert completeness(*productive) == [None] * 30


def test_no_other_list_is_known_to_be_complete() -> None:
    """AIRR has no shares, Vidjil and LymphoTrack list the largest."""
    assert "is_complete_list" not in read(vidjil()).tables["ngs_measurements"].columns
    assert "is_complete_list" not in read(lymphotrack()).tables["ngs_measurements"].columns
    airr = read(text(AIRR, *AIRR_ROWS))
    assert measured(airr, "is_complete_list") == [(None,)] * 3


def test_mixcr_is_complete_only_with_its_unproductive_clones() -> None:
    """MiXCR divides anew after a filter: without an unproductive clone, shares of 1 prove nothing."""
    names = (*MIXCR, "aaSeqCDR3")
    rest = "1 20 0.2 ACGG V1*00(9) CARW"
    for amino_acids in ("CA_RW", "CA*W"):
        whole = read(text(names, f"0 80 0.8 ACGT V1*00(9) {amino_acids}", rest))
        assert measured(whole, "is_complete_list") == [("true",)] * 2
        part = read(text(names, f"0 80 0.79 ACGT V1*00(9) {amino_acids}", rest))
        assert measured(part, "is_complete_list") == [(None,)] * 2
    filtered = read(text(names, "0 80 0.8 ACGT V1*00(9) CARFW", rest))
    assert measured(filtered, "is_complete_list") == [(None,)] * 2
    unsaid = read(text(MIXCR, "0 80 0.8 ACGT V1*00(9)", "1 20 0.2 ACGG V1*00(9)"))
    assert measured(unsaid, "is_complete_list") == [(None,)] * 2
    many = read(text(names, *(f"{i} 10 {1 / 30!r} TGT{i} V1*00(9) CARW" for i in range(30))))
    assert measured(many, "is_complete_list") == [(None,)] * 30
    assert said(many)["TOTAL_FROM_FILE"] == "REVIEW"


def test_an_unfiltered_sample_says_nothing_of_a_filtered_one() -> None:
    """One export of two samples: the unproductive line of P1 does not vouch for P2."""
    v3 = ("rearrangement", "amino_acid", "frame_type", "templates", "reads", "frequency",
        "productive_frequency", "v_gene", "j_gene", "sample_name")  # fmt: skip
    share = repr(1 / 30)
    lines = [
        f"TGT{i} CARW {'Out' if (i, name) == (0, 'P1') else 'In'} 10 90 {share} {share} V1 J1 {name}"
        for name in ("P1", "P2")
        for i in range(30)
    ]
    lists = read(text(v3, *lines))
    told = set(measured(lists, "sample_id", "is_complete_list"))
    assert told == {("P1", "true"), ("P2", None)}
    assert said(lists)["TOTAL_FROM_FILE"] == "REVIEW"


def test_immunoseq_that_was_filtered() -> None:
    """Percentages that do not add up to 100 show that lines are missing."""
    rows = read(immunoseq(V1, *V1_ROWS[1:]))
    assert said(rows)["TOTAL_FROM_FILE"] == "REVIEW"


def test_immunoseq_v2_and_v3() -> None:
    """Version 2 may mean reads; version 3 gives templates, which are cells, or the word null."""
    v2 = tuple("count_(templates/reads)" if n == "count_(reads)" else n for n in V1)
    assert measured(read(immunoseq(v2, *V1_ROWS)), "count_kind")[0] == ("READS",)
    v3 = ("rearrangement", "amino_acid", "frame_type", "templates", "reads", "frequency",
        "productive_frequency", "v_gene", "j_gene", "sample_name")  # fmt: skip
    cells = read(
        text(v3, "ACGT null Out 9 880 0.9 null null J1 P1", "ACGG CAR In 1 100 0.1 1.0 V1 J1 P1")
    )
    assert measured(cells, "sample_id", "gene", *COUNTS[:3], "count_kind") == [
        ("P1", "J1", "ACGT", "9", "10", "CELLS"), ("P1", "V1", "ACGG", "1", "10", "CELLS"),
    ]  # fmt: skip
    reads = read(text(v3, "ACGT null Out null 880 1.0 null null J1 P1"))
    assert measured(reads, "marker_count", "count_kind") == [("880", "READS")]


MIXCR = ("cloneId", "cloneCount", "cloneFraction", "targetSequences", "allVHitsWithScore")


def test_mixcr() -> None:
    """Counts are written with a point, large ones with an exponent; version 4 is not confirmed."""
    rows = read(
        text(MIXCR, "0 1.0E7 0.8 ACGT IGHV3-23*00(1234),IGHV3-1*00(9)", "1 2500000.0 0.2 ACGG -")
    )
    assert measured(rows, "gene", *COUNTS[:3]) == [
        ("IGHV3-23*00", "ACGT", "1.0E7", "12500000"), (None, "ACGG", "2500000.0", "12500000"),
    ]  # fmt: skip
    assert typed(rows)["marker_count"].to_list() == [10_000_000, 2_500_000]
    v4 = ("cloneId", "readCount", "readFraction", "uniqueMoleculeCount", "uniqueMoleculeFraction",
        "targetSequences", "allVHitsWithScore")  # fmt: skip
    rows = read(text(v4, "0 80 0.8 8 0.8 ACGT V1*00(9)", "1 20 0.2 2 0.2 ACGG V1*00(9)"))
    assert measured(rows, "marker_count", "total_count", "count_kind")[0] == (
        "8", "10", "MOLECULES",
    )  # fmt: skip
    assert said(rows)["LAYOUT_NOT_CONFIRMED"] == "REVIEW"
    assert refusal(text(MIXCR[:3], "0 1 1")).value == "targetsequences"


def vidjil(**more: Any) -> str:
    """Write a file of two samples in time."""
    data: dict[str, Any] = {
        "producer": "invented",
        "samples": {"number": 2, "original_names": ["raw/login/P1-dx.fastq.gz", "P1-d33.fastq.gz"]},
        "reads": {
            "segmented": [1000, 900],
            "total": [1200, 1100],
            "germline": {"IGH": [600, 500], "TRG": [400, 400]},
        },
        "clones": [
            {"id": "AAAC", "germline": "IGH", "reads": [500, 2], "top": 1, "sequence": 0,
             "seg": {"stats": []}, "_average_read_length": 119.5},
            {"id": "AAAG", "germline": "IGH", "reads": [30, 1], "top": 2},
            {"id": "TTTC", "germline": "TRG", "reads": [20, 0], "top": 3},
        ],
        **more,
        # the version may be the last key
        "vidjil_json_version": "2016b",
    }  # fmt: skip
    return json.dumps(data)


def test_vidjil_is_a_row_for_each_clone_and_sample() -> None:
    """Reads over all segmented reads; samples by the names of their files, without folders."""
    rows = read(vidjil())
    assert measured(rows, "sample_id", "gene", *COUNTS) == [
        ("P1-dx.fastq.gz", "IGH", "AAAC", "500", "1000", 1),
        ("P1-d33.fastq.gz", "IGH", "AAAC", "2", "900", 1),
        ("P1-dx.fastq.gz", "IGH", "AAAG", "30", "1000", 1),
        ("P1-d33.fastq.gz", "IGH", "AAAG", "1", "900", 1),
        ("P1-dx.fastq.gz", "TRG", "TTTC", "20", "1000", 1),
        # no reads of the clone: the total is that of its locus
        ("P1-d33.fastq.gz", "TRG", "TTTC", "0", "400", 1),
    ]
    assert rows.rows_read == 6
    assert "login" not in str(measured(rows, *rows.tables["ngs_measurements"].columns))


def test_vidjil_clone_without_reads_counts_those_of_its_locus() -> None:
    """Reads of another locus could not have shown it; without reads of its own the sample is not evaluable."""
    reads = {
        "segmented": [1000, 900, 800],
        "germline": {"IGH": [700, 0, 800], "TRG": [300, 5]},
    }
    samples = {"names": ["A", "B", "C"]}
    clones = [
        {"id": "H", "germline": "IGH", "reads": [500, 0, 0]},
        {"id": "G", "germline": "TRG", "reads": [20, 0, 0]},
        {"id": "X", "germline": "IGH", "reads": [0, 0, 0]},
    ]  # fmt: skip
    rows = read(vidjil(reads=reads, samples=samples, clones=clones, clusters=[["H", "X"]]))
    assert measured(rows, "sample_id", "marker", "marker_count", "total_count") == [
        ("A", "H", "500", "1000"),
        ("B", "H", "0", "0"),
        ("C", "H", "0", "800"),
        ("A", "G", "20", "1000"),
        ("B", "G", "0", "5"),
        # the file does not give the reads of this locus in this sample
        ("C", "G", "0", "800"),
    ]


def test_vidjil_rows_point_at_the_line_of_their_clone() -> None:
    """Where each clone stands on lines of its own, as the program writes it; else its number is all there is."""
    written = json.dumps(json.loads(vidjil()), indent=1)
    lines = written.split("\n")
    told = measured(read(written), "marker", "source_line")
    assert all(f'"id": "{marker}"' in lines[line - 1] for marker, line in told)
    assert [line for _, line in measured(read(vidjil()), "marker", "source_line")] == [
        1,
        1,
        2,
        2,
        3,
        3,
    ]


def test_vidjil_windows_of_one_cluster_are_one_clone() -> None:
    """Windows that differ by sequencing errors are summed, and stand for two rows."""
    rows = read(vidjil(clusters=[["AAAC", "AAAG"]]))
    assert measured(rows, *COUNTS)[:2] == [
        ("AAAC", "530", "1000", 2), ("AAAC", "3", "900", 2),
    ]  # fmt: skip


def test_vidjil_spike_ins_are_no_clones() -> None:
    """What the normalisation calls a spike-in is one; a label beside it is the patient's clone to follow."""
    clones = [
        {"id": "A", "germline": "IGH", "reads": [500, 2], "label": "clone of the diagnosis"},
        {"id": "C", "germline": "IGH", "reads": [50, 20], "label": "UNI 40",
         "supplementary_data": {"mrd": {"is_spike": [True, True]}}},
    ]  # fmt: skip
    rows = read(vidjil(clones=clones, mrd={"UNI_R2": [0.99, 0.98]}))
    assert (rows.rows_read, rows.rows_ignored) == (4, 2)
    assert measured(rows, "marker") == [("A",), ("A",)]


def test_vidjil_spike_ins_that_are_not_stated() -> None:
    """A labelled clone may be the patient's: it is refused with its samples, which may be negative without it."""
    clones = [
        {"id": "A", "germline": "IGH", "reads": [500, 2], "label": "clone of the diagnosis"},
        {"id": "B", "germline": "IGH", "reads": [50, 20]},
    ]  # fmt: skip
    rows = read(vidjil(clones=clones, mrd={"UNI_R2": [0.99, 0.98]}))
    assert (rows.rows_read, rows.rows_ignored, rows.rows_rejected) == (4, 0, 4)
    assert said(rows)["SPIKE_IN_NOT_STATED"] == "REJECTED"
    assert measured(rows, "marker") == []


def test_vidjil_label_of_a_clone_to_follow() -> None:
    """Without spike-ins a label marks a clone of the patient, which must not be lost; reads stay as counted."""
    clones = [
        {"id": "A", "germline": "IGH", "reads": [500, 2], "label": "clone at diagnosis",
         "normalized_reads": [5.5, 0.2], "mrd": {"copy_number": [100.0, 0.4]}},
        {"id": "B", "germline": "IGH", "reads": [50, 20]},
    ]  # fmt: skip
    rows = read(vidjil(clones=clones))
    assert (rows.rows_read, rows.rows_ignored) == (4, 0)
    assert measured(rows, "marker", "marker_count")[:2] == [("A", "500"), ("A", "2")]


def test_vidjil_of_an_old_version() -> None:
    """Lists may be shorter than the samples: what is not there was not counted."""
    reads = {"segmented": [1000], "total": [1200, 1100]}
    clones = [{"id": "A", "germline": "IGH", "reads": [500, 2]}, {"id": "B", "reads": [3]}]
    rows = read(vidjil(reads=reads, clones=clones))
    assert (rows.rows_read, rows.rows_rejected) == (3, 1)
    assert measured(rows, "marker", "total_count") == [("A", "1000"), ("B", "1000")]


def test_vidjil_sample_without_a_place_in_any_list() -> None:
    """It has no row, and the laboratory is told."""
    rows = read(vidjil(samples={"names": ["A", "B", "C"]}))
    assert rows.rows_read == 6
    found = rows.findings.filter(code="NO_RESULTS_SECTION")
    assert found.select("severity", "value").rows() == [("REVIEW", "C")]


def test_vidjil_that_is_no_result() -> None:
    """An analysis file has no reads; unnamed samples cannot be told apart; half a JSON is damaged."""
    assert refusal(vidjil(clones=[], reads={})).code == "NO_RESULTS_SECTION"
    assert "2 samples" in refusal(vidjil(samples={"number": 2})).message
    assert refusal('{"vidjil_json_version": "2016b", "clones": [').code == "FILE_DAMAGED"
    assert refusal('{"vidjil_json_version": ' + "[" * 5000).code == "FILE_DAMAGED"


def test_vidjil_with_one_sample_takes_the_manifest() -> None:
    """A name in the file counts first, then the manifest, then the file of reads."""
    one = {"reads": {"segmented": [900]}, "clones": [{"id": "A", "reads": [9]}]}
    file = {"original_names": ["x.fastq"]}
    assert measured(read(vidjil(samples=file, **one)), "sample_id") == [("S9",)]
    assert measured(read(vidjil(samples=file, **one), sample_id=None), "sample_id") == [
        ("x.fastq",)
    ]
    named = file | {"names": ["P7"]}
    assert measured(read(vidjil(samples=named, **one)), "sample_id") == [("P7",)]
    assert read(vidjil(samples={}, **one), sample_id=None).rows_waiting == 1


LYMPHO = ("Rank", "Sequence", "Length", "Merge count", "V-gene", "J-gene", "% total reads",
    "Cumulative %", "In-frame (Y/N)", "No Stop codon (Y/N)")  # fmt: skip


def lymphotrack(*keys: tuple[str, str | float], share: str | float = 4.0) -> bytes:
    """Write a workbook with the header on row 5."""
    above = [[k, v] for k, v in keys] + [[] for _ in range(4 - len(keys))]
    # a sheet with percentages as text has all of them so
    has_comma = isinstance(share, str) and "," in share
    second: tuple[str | float, str | float] = ("0,1", "4,1") if has_comma else (0.1, 4.1)
    return workbook({
        "Merged Read Summary": [
            *above,
            list(LYMPHO),
            [1, "ACGTA", 5, 4000, "IGHV3-23_01", "IGHJ4", share, share, "N", "Y"],
            [2, "ACGTC", 5, 100, "IGHV1-2_01", "IGHJ4", *second, "Y", "Y"],
            [None],
        ]
    })  # fmt: skip


def test_lymphotrack_total_that_agrees_with_the_percentages() -> None:
    """A key row counts only where the percentages say the same."""
    rows = read(lymphotrack(("Sample Name", "P1"), ("Total reads", 100_123)))
    assert measured(rows, "sample_id", "gene", *COUNTS, "source_line") == [
        ("P1", "IGHV3-23_01", "ACGTA", "4000", "100123", 1, 6),
        ("P1", "IGHV1-2_01", "ACGTC", "100", "100123", 1, 7),
    ]
    assert "LAYOUT_NOT_CONFIRMED" not in said(rows)
    assert rows.places.places["total_count"].words() == "sheet Merged Read Summary, key Total reads"


@pytest.mark.parametrize("share", [4.0, "4,0", "4.0%"])
def test_lymphotrack_total_from_percentages(share: str | float) -> None:
    """Without such a key row the largest clone tells; a decimal comma is read as one."""
    rows = read(lymphotrack(("Total reads", 250_000), share=share))
    assert measured(rows, "sample_id", "total_count")[0] == ("S9", "100000")
    assert said(rows)["LAYOUT_NOT_CONFIRMED"] == "REVIEW"


def test_lymphotrack_without_its_columns() -> None:
    """A sheet without the header, or without counts, is refused."""
    assert refusal(workbook({"Merged Read Summary": [["x"]]})).code == "NO_RESULTS_SECTION"
    short = workbook({"Merged Read Summary": [["Rank", "Sequence"], [1, "ACGT"]]})
    assert refusal(short).value == "Merge count, % total reads"
    empty = workbook({"Merged Read Summary": [list(LYMPHO)]})
    assert refusal(empty).code == "FILE_EMPTY"


CLONOSEQ = ("Sample", "Dominant sequence id", "residual_clonal_cells", "nucleated_cells_evaluated",
    "cells_per_million", "result")  # fmt: skip
CLONOSEQ_ROWS = (
    "P1 IGH-1 12 1200000 10 Detected",
    "P1 IGK-2 - 1200000 - Undetected",
    "P2 IGH-1 0 0 - -",
)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_clonoseq_table(separator: str) -> None:
    """Cells of cells; an empty count is none only where the report says so; no cells, not evaluable."""
    rows = read(text(CLONOSEQ, *CLONOSEQ_ROWS, separator=separator))
    assert measured(rows, "sample_id", *COUNTS[:3], "count_kind", "is_tracked") == [
        ("P1", "IGH-1", "12", "1200000", "CELLS", "true"),
        ("P1", "IGK-2", "0", "1200000", "CELLS", "true"),
        ("P2", "IGH-1", "0", "0", "CELLS", "true"),
    ]
    assert said(rows) == {}


def test_clonoseq_columns_that_are_not_read() -> None:
    """The limits of the report are not taken from it, and a misspelt check is not passed over."""
    names = (
        "sample",
        "dominant_sequence_id",
        "residual_clonal_cells",
        "nucleated_cells_evaluated",
        "LoD",
        "Results",
    )
    rows = read(text(names, "P1 IGH-1 12 1200000 1.3 Detected", separator=","))
    assert said(rows) == {"EXTRA_COLUMN": "NOTE"}
    assert rows.findings["message"][0].startswith("left out: LoD, Results; limits come from")


def test_clonoseq_level_that_contradicts_its_counts() -> None:
    """A digit lost in typing shows in the level beside it."""
    rows = read(text(CLONOSEQ, "P1 IGH-1 12 120000 10 Detected", separator=","))
    assert said(rows) == {"VALUE_CONTRADICTS_COUNTS": "REVIEW"}


@pytest.mark.parametrize(
    "row",
    [
        "0,2000000,5,MRD detected",
        "0,2000000,,Positive",
        "0,2000000,5,",
        "0,2000000,,not performed",
        "0,2000000,high,Not detected",
        ",2000000,6,Not detected",
        "12,2000000,,Not detected",
        "12,2000000,6,No residual sequences detected",
        "12,2000000,0,Detected",
        # words that say more than that nothing was found are no count
        ",2000000,,No residual DNA; not performed",
        ",2000000,6,",
        "12,,6,Detected",
    ],
)
def test_clonoseq_row_that_contradicts_itself(row: str) -> None:
    """No row of its sample is read: the other sequence alone would make it negative."""
    lines = [
        ",".join(CLONOSEQ),
        f"P1,IGH-1,{row}",
        "P1,IGK-2,0,2000000,0,Not detected",
        "P2,IGH-1,0,2000000,,",
    ]
    rows = read("\n".join(lines) + "\n")
    assert said(rows) == {"CALL_CONTRADICTS_VALUE": "REJECTED"}
    assert (rows.rows_read, rows.rows_rejected) == (3, 2)
    assert measured(rows, "sample_id") == [("P2",)]


@pytest.mark.parametrize(
    ("row", "count"),
    [
        (",2000000,0,No residual sequences were detected.", "0"),
        (",2000000,<1,MRD negative", "0"),
        ("0,2000000,,", "0"),
        ("1,2000000,0,Detected", "1"),
        ("12,2000000,6,Residual sequences detected", "12"),
    ],
)
def test_clonoseq_row_that_agrees(row: str, count: str | None) -> None:
    """Whole phrases and a level of 0 or below one are what a count of 0 says."""
    rows = read(",".join(CLONOSEQ) + f"\nP1,IGH-1,{row}\n")
    assert measured(rows, "marker_count") == [(count,)]
    assert said(rows) == {}


FILES = {
    "airr-rearrangement/1": text(AIRR, *AIRR_ROWS).encode(),
    "immunoseq/1": immunoseq(V1, *V1_ROWS).encode(),
    "mixcr-clones/1": text(MIXCR, "0 8.0 0.8 ACGT V1*00(9)", "1 2.0 0.2 ACGG V1*00(9)").encode(),
    "vidjil/4": vidjil(clusters=[["AAAC", "AAAG"]]).encode(),
    "clonoseq-table/2": text(CLONOSEQ, *CLONOSEQ_ROWS, separator=",").encode(),
    "lymphotrack/1": lymphotrack(("Sample", "P1")),
}


@pytest.mark.parametrize("reader", FILES)
def test_only_its_reader_knows_a_file(reader: str) -> None:
    """No other reader recognises the file."""
    assert recognised_by(FILES[reader]) == {reader}


@pytest.mark.parametrize("reader", FILES)
def test_waits_for_its_assay(reader: str) -> None:
    """Without an assay every row waits."""
    rows = read(FILES[reader], assay=None)
    assert rows.rows_waiting == rows.rows_read > 0
    assert rows.waiting_for == "ASSAY_NOT_KNOWN_FOR_FILE"


@pytest.mark.parametrize("reader", ["airr-rearrangement/1", "immunoseq/1", "mixcr-clones/1"])
def test_waits_for_its_sample(reader: str) -> None:
    """These files never say whose sample they are about."""
    rows = read(FILES[reader], sample_id=None)
    assert rows.rows_waiting == rows.rows_read
    assert rows.waiting_for == "SAMPLE_NOT_KNOWN_FOR_FILE"
    assert "SAMPLE_NOT_KNOWN_FOR_FILE" in said(rows)
