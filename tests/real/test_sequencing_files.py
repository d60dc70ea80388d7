"""Real sequencing files give what a careful reading of them gives; they are never copied here."""

import os
from pathlib import Path

import polars as pl
import pytest

from tests.unit.sequencing_files import measured, read, refusal, said, typed
from transforms.problems import FileRefusedError
from transforms.readers.content import open_content
from transforms.readers.registry import READERS
from transforms.readers.rows import TextRows

REAL = os.environ.get("MRD_REAL_FILES")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL, reason="MRD_REAL_FILES does not name the folder of the real instrument files"
    ),
]
OWN = {
    "vcf/2", "umivar2-tsv/2", "maf/2", "getitd/1", "vidjil/4", "airr-rearrangement/1", "immunoseq/1",
    "mixcr-clones/1", "lymphotrack/1", "clonoseq-table/2",
}  # fmt: skip
READER_OF = {
    "CFDNA_01_monitoring.vcf.out": "vcf/2",
    "CFDNA_01_ID.vcf.out": "vcf/2",
    "CFDNA_01_hq.vcf.out": "vcf/2",
    "CFDNA_01_monitoring.vcf": "vcf/2",
    "CFDNA_01_monitoring.tsv.out": "umivar2-tsv/2",
    "CFDNA_01_ID.tsv.out": "umivar2-tsv/2",
    "CFDNA_01.tsv.out": "umivar2-tsv/2",
    "CFDNA_01.mrd.out": "umivar2-tsv/2",
    "test_mutect.vcf": "vcf/2",
    "test_pindel.vcf": "vcf/2",
    "test.maf": "maf/2",
    "IGH_MVQ92552A_BL.tsv": "immunoseq/1",
    "good_rearrangement.tsv": "airr-rearrangement/1",
    "bad_rearrangement.tsv": "airr-rearrangement/1",
    "rearrangement-example.tsv.gz": "airr-rearrangement/1",
}


def data(name: str) -> bytes:
    """Return the bytes of the one real file of this name."""
    (path,) = (p for p in Path(str(REAL)).rglob(name) if p.is_file())
    return path.read_bytes()


def whole(name: str, n_rows: int, sample_id: str | None = "S9") -> TextRows:
    """Read a file all of whose rows are results."""
    rows = read(data(name), sample_id=sample_id)
    assert (rows.rows_read, rows.rows_ignored, rows.rows_rejected) == (n_rows, 0, 0)
    assert int(typed(rows)["source_rows"].sum()) == n_rows
    return rows


def counts(rows: TextRows, marker: str) -> tuple[int, int]:
    """Return count and total of one marker."""
    (row,) = typed(rows).filter(pl.col("marker") == marker).to_dicts()
    return row["marker_count"], row["total_count"]


def test_each_file_has_one_reader() -> None:
    """Of all real files ours know their own, and nobody else knows ours."""
    for path in sorted(p for p in Path(str(REAL)).rglob("*") if p.is_file()):
        try:
            content = open_content(path.read_bytes())
        except FileRefusedError:
            assert path.name not in READER_OF
            continue
        known = {r.name for r in READERS if r.recognise(content)}
        if path.name in READER_OF:
            assert known == {READER_OF[path.name]}, path.name
        else:
            assert not known & OWN, path.name


@pytest.mark.parametrize("name", ["CFDNA_01_monitoring.vcf.out", "CFDNA_01_monitoring.tsv.out"])
def test_umivar2_tracked_variants(name: str) -> None:
    """Molecules with the variant over those with variant or reference; the VCF names its sample."""
    rows = whole(name, 3)
    assert measured(rows, "marker", "marker_count", "total_count", "count_kind") == [
        ("chr1-47395874-A-C", "11", str(6716 + 11), "MOLECULES"),
        ("chr1-115256530-G-T", "311", str(11962 + 311), "MOLECULES"),
        ("chr1-160786670-A-G", "1277", str(4267 + 1277), "MOLECULES"),
    ]
    named = "CFDNA_01" if ".vcf" in name else "S9"
    assert measured(rows, "sample_id") == [(named,)] * 3
    assert rows.findings.filter(pl.col("code") == "FILTERED_CALLS_KEPT")["message"][0].startswith(
        "1 of 3"
    )


@pytest.mark.parametrize(
    ("name", "n_rows", "n_filtered"),
    [
        ("CFDNA_01_ID.vcf.out", 2, 0),
        ("CFDNA_01_ID.tsv.out", 2, 0),
        ("CFDNA_01_hq.vcf.out", 14, 5),
        ("CFDNA_01.tsv.out", 247, 238),
    ],
)
def test_umivar2_other_lists(name: str, n_rows: int, n_filtered: int) -> None:
    """Their content does not say that they are identity SNPs or calls of the whole panel."""
    rows = whole(name, n_rows)
    message = rows.findings.filter(pl.col("code") == "FILTERED_CALLS_KEPT")["message"]
    assert [m.split(" ")[0] for m in message] == ([str(n_filtered)] if n_filtered else [])
    assert "TRACKING_NOT_STATED" in said(rows)


def test_umivar2_twins_give_the_same_rows() -> None:
    """Rows that stand in both kinds of file are the same row, and count once in a load."""
    columns = ("marker", "clone", "marker_count", "total_count", "marker_class", "count_kind")
    for list_name in ("monitoring", "ID"):
        one, other = (
            typed(read(data(f"CFDNA_01_{list_name}.{kind}.out"), sample_id="CFDNA_01"))
            for kind in ("vcf", "tsv")
        )
        assert one.select(columns).equals(other.select(columns), null_equal=True)
    hq = typed(whole("CFDNA_01_hq.vcf.out", 14)).select(columns)
    candidates = typed(read(data("CFDNA_01.tsv.out"))).select(columns)
    assert hq.join(candidates, on=columns, nulls_equal=True, how="semi").height == 14


def test_umivar2_files_that_are_no_results() -> None:
    """The test of the whole sample and the list of variants to look for."""
    assert "no log reduction" in refusal(data("CFDNA_01.mrd.out")).message
    refused = refusal(data("CFDNA_01_monitoring.vcf"))
    assert (refused.code, refused.line) == ("NO_RESULTS_SECTION", 3)


def test_mutect() -> None:
    """TUMOR counts; two rows pass whose reads are all in the column NORMAL."""
    rows = whole("test_mutect.vcf", 500)
    found = {m: counts(rows, m) for m in ("1-204429832-C-A", "11-45880224-C-A", "16-21045502-G-T")}
    assert found == {
        "1-204429832-C-A": (3, 42), "11-45880224-C-A": (3, 30), "16-21045502-G-T": (3, 23),
    }  # fmt: skip
    kept = typed(rows)
    for start, total in (("10-21124238-", 14), ("X-77041551-", 8)):
        (row,) = kept.filter(pl.col("marker").str.starts_with(start)).to_dicts()
        assert (row["marker_count"], row["total_count"]) == (0, total)
    messages = dict(rows.findings.select("code", "message").rows())
    assert messages["FILTERED_CALLS_KEPT"].startswith("495 of 500")
    assert messages["ALT_READS_IN_NORMAL"].startswith("2 rows")
    assert read(data("test_mutect.vcf"), sample_id=None).rows_waiting == 500


def test_pindel() -> None:
    """Reads of both alleles beside a genotype 0/0, and one row of VarScan with another AD."""
    rows = whole("test_pindel.vcf", 32)
    assert counts(rows, "1-16890971-ACT-A") == (4, 47)
    assert counts(rows, "10-8111432-TCA-T") == (52, 218)
    assert set(said(rows)) == {"TRACKING_NOT_STATED"}


def test_maf() -> None:
    """Four rows of one position, one of which explains only 8 of 20 reads."""
    rows = whole("test.maf", 20)
    kept = typed(rows)
    by_gene = {
        g: kept.filter(pl.col("gene") == g).select("marker_count", "total_count").rows()
        for g in ("MTOR", "FLT3", "INHA", "APC")
    }
    assert by_gene == {
        "MTOR": [(10, 20)], "FLT3": [(10, 20)], "INHA": [(72, 93)], "APC": [(8, 20)] * 4,
    }  # fmt: skip
    assert kept.filter(pl.col("gene") == "APC")["marker"].n_unique() == 3
    assert read(data("test.maf"), sample_id=None).rows_waiting == 20


def test_immunoseq() -> None:
    """Reads of all 209 lines; the largest clone is an incomplete rearrangement out of frame."""
    rows = whole("IGH_MVQ92552A_BL.tsv", 209)
    kept = typed(rows)
    assert kept["marker_count"].sum() == 60_794
    assert kept["total_count"].unique().to_list() == [60_794]
    assert kept["marker_count"].head(2).to_list() == [53_492, 331]
    assert kept["is_complete_list"].all(ignore_nulls=False)
    assert kept["gene"][0] == "IGHD03-16 IGHJ04-01"
    assert said(rows)["TOTAL_FROM_FILE"] == "NOTE"
    assert read(data("IGH_MVQ92552A_BL.tsv"), sample_id=None).rows_waiting == 209


@pytest.mark.parametrize(
    ("name", "n_rows", "total", "n_clones"),
    [
        ("good_rearrangement.tsv", 9, 4304, 4),
        ("rearrangement-example.tsv.gz", 101, 299, 82),
    ],
)
def test_airr(name: str, n_rows: int, total: int, n_clones: int) -> None:
    """Lines of one junction are one clone; no line names its sample."""
    rows = whole(name, n_rows)
    kept = typed(rows)
    assert kept["marker_count"].sum() == total
    assert kept["total_count"].unique().to_list() == [total]
    assert kept.height == n_clones
    assert said(rows)["TOTAL_FROM_FILE"] == "NOTE"
    assert read(data(name), sample_id=None).rows_waiting == n_rows


def test_airr_that_is_not_valid() -> None:
    """The column `sequence` has another name."""
    refused = refusal(data("bad_rearrangement.tsv"))
    assert (refused.code, refused.value) == ("NO_RESULTS_SECTION", "sequence")


def test_sample_metadata_is_no_result() -> None:
    """A list of samples beside the sequences is refused."""
    assert refusal(data("TCRB_metadata.csv")).code in ("FILE_NOT_RECOGNISED", "NO_RESULTS_SECTION")
