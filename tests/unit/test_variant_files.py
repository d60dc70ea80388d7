"""VCF, umiVar2, MAF and getITD files, as look-alikes: depth where each caller writes it."""

import polars as pl
import pytest

from tests.unit.sequencing_files import (
    ASSAY,
    measured,
    read,
    recognised_by,
    refusal,
    said,
    text,
    typed,
)

COUNTS = ("marker", "marker_count", "total_count")
FIXED = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT")
UMI = "GT:DP:AC:AF:M_REF:M_AC:M_AF:Pval:FDR:Strand:FS:OAAC:MAL"


def vcf(*records: str, samples: str = "P1", meta: str = "") -> str:
    """Write a VCF."""
    head = ["##fileformat=VCFv4.2", *meta.split("\n")] if meta else ["##fileformat=VCFv4.2"]
    return "\n".join(head) + "\n" + text((*FIXED, *samples.split()), *records)


def test_umivar2_counts_molecules() -> None:
    """AC is a count; the reference molecules stand in Strand, and DP counts other alleles too."""
    rows = read(
        vcf(
            f"chr1 100 . A C . FDR . {UMI} ./.:900:3:0.003:700:2:0.002:1e-3:0.2:2-1-500-394:1:3:1",
            f"chr1 200 . GT G . PASS . {UMI} 0/1:50:20:0.4:10:5:0.3:0:0:12-8-20-10:1:0:1",
            f"chr2 300 . G T . NA . {UMI} ./.:800:0:0:700:0:0:1:1:0-0-500-300:1:0:1",
            f"chr2 400 . G T . PASS . {UMI} ./.:805:4:0:700:0:0:1:1:.:1:1:1",
        )
    )
    assert measured(rows, *COUNTS, "marker_class", "count_kind") == [
        ("chr1-100-A-C", "3", "897", "SNV", "MOLECULES"),
        ("chr1-200-GT-G", "20", "50", "INDEL", "MOLECULES"),
        ("chr2-300-G-T", "0", "800", "SNV", "MOLECULES"),
        ("chr2-400-G-T", "4", "804", "SNV", "MOLECULES"),
    ]
    assert measured(rows, "sample_id", "assay_id") == [("P1", "panel")] * 4
    assert said(rows) == {"FILTERED_CALLS_KEPT": "NOTE", "TRACKING_NOT_STATED": "REVIEW"}
    assert typed(rows)["total_count"].to_list() == [897, 50, 800, 804]


def test_no_coverage_is_not_evaluable() -> None:
    """A tracked variant without coverage stays, with 0 of 0; FORMAT has another order there."""
    rows = read(
        vcf(
            "chr1 100 . A C . No_Coverage . GT:AC:DP:AF:M_AC ./.:0:0:0:0",
            f"chr1 200 . A C . PASS . {UMI} ./.:10:1:0.1:5:1:0.1:1:1:1-0-5-4:1:0:1",
            "chr1 300 . A C . PASS . GT:AD:DP ./.:.:.",
            "chr1 400 . A C . PASS . GT:AD:DP 0/0:0,0:0",
        )
    )
    assert measured(rows, "marker_count", "total_count") == [
        ("0", "0"), ("1", "10"), ("0", "0"), ("0", "0"),
    ]  # fmt: skip


def test_depth_by_caller_in_one_file() -> None:
    """AD is both alleles, or the alternative alone beside RD; GT and DP do not matter."""
    rows = read(
        vcf(
            "1 100 . ACT A . PASS SVTYPE=DEL GT:DP:BQ:SS:AD 0/0:46:.:2:46,0 0/0:47:.:2:43,4",
            "1 200 . TCA T . PASS . GT:AD:DP:DP4:FREQ:RD 0/0:0:65:1,1,0,0:0%:65 0/1:52:220:1,1,1,1:23.85%:166",
            "1 300 . T C . PASS . GT:DP:RO:AO 0/0:9:9:0 0/1:40:30:7",
            "1 400 . T C . PASS . GT:DP:AD 0/0:9:0 0/1:40:3",
            "1 500 . T C,G . PASS . GT:AD 0/0:9,0,0 0/1:80,5,2",
            samples="NORMAL TUMOR",
        )
    )
    assert measured(rows, *COUNTS) == [
        ("1-100-ACT-A", "4", "47"),
        ("1-200-TCA-T", "52", "218"),
        ("1-300-T-C", "7", "37"),
        ("1-400-T-C", "3", "40"),
        ("1-500-T-C", "5", "87"),
        ("1-500-T-G", "2", "87"),
    ]
    assert rows.rows_read == 6
    assert measured(rows, "sample_id", "count_kind") == [("S9", "READS")] * 6


def test_depths_that_do_not_fit_the_alleles() -> None:
    """Nobody can tell whose they are: those alleles are refused, with the cell and its line."""
    rows = read(
        vcf(
            "1 100 . C G,T . PASS . GT:AD:DP 0/1:1000,4:1010",
            "1 200 . C G . PASS . GT:AD:DP 0/1:5,3,1:9",
            f"1 300 . C G,T . PASS . {UMI} ./.:900:3:0.003:700:2:0.002:1:1:2-1-500-394:1:3:1",
            "1 400 . C G,T . PASS . GT:RO:AO 0/1:30:7",
            "1 500 . C G,T . PASS . GT:AD:RD:DP 0/1:5,7:9000:9012",
        )
    )
    assert measured(rows, *COUNTS) == [("1-500-C-G", "5", "9012"), ("1-500-C-T", "7", "9012")]
    assert (rows.rows_read, rows.rows_rejected) == (9, 7)
    refused = rows.findings.filter(pl.col("code") == "VALUE_MISSING")
    assert refused["source_line"].to_list() == [3, 3, 4, 5, 5, 6, 6]
    assert "sample P1, C>G: the cell 0/1:1000,4:1010 of FORMAT GT:AD:DP" in refused["message"][0]


def test_a_sample_without_depths_does_not_refuse_its_neighbour() -> None:
    """Of a line with several samples each stands for itself."""
    rows = read(vcf("1 100 . A C . PASS . GT:AD:DP 0/1:60,6:66 ./.:.:30", samples="P1 P2"))
    assert measured(rows, "sample_id", *COUNTS) == [("P1", "1-100-A-C", "6", "66")]
    assert rows.rows_rejected == 1
    assert "sample P2" in rows.findings.filter(pl.col("code") == "VALUE_MISSING")["message"][0]


def test_reads_beside_a_depth_of_zero_are_kept() -> None:
    """A depth of 0 makes a negative not evaluable, and takes no reads away."""
    rows = read(
        vcf(
            "1 100 . A C . No_Coverage . GT:AD:DP 0/0:60,4:0",
            "1 200 . A C . PASS . GT:AD:DP 0/0:60,0:0",
        )
    )
    assert measured(rows, *COUNTS) == [("1-100-A-C", "4", "64"), ("1-200-A-C", "0", "0")]


@pytest.mark.parametrize(
    ("samples", "values"),
    [
        ("NORMAL TUMOR", "50,0 40,4"),
        ("TUMOR NORMAL", "40,4 50,0"),
        ("P1-N P1", "50,0 40,4"),
        ("P1 P1-N", "40,4 50,0"),
    ],
)
def test_normal_column_is_told_by_its_name(samples: str, values: str) -> None:
    """Columns stand in either order; Mutect2 says in the header which one is the normal."""
    normal, tumour = values.split()
    rows = read(
        vcf(f"1 100 . A C . PASS . AD {normal} {tumour}", samples=samples, meta="##normal_sample=P1-N")
    )  # fmt: skip
    name = "P1" if "P1" in samples else "S9"
    assert measured(rows, "sample_id", *COUNTS) == [(name, "1-100-A-C", "4", "44")]


def test_two_columns_that_name_no_sample() -> None:
    """One manifest row cannot name both."""
    refused = refusal(vcf("1 100 . A C . PASS . AD 20,6 14,0", samples="TUMOR SAMPLE"))
    assert (refused.code, refused.value, refused.line) == ("DUPLICATE_HEADER", "TUMOR, SAMPLE", 2)


def test_reads_in_the_normal_only() -> None:
    """A row that passes although only the normal has its reads is said so; nothing is exchanged."""
    rows = read(vcf("1 100 . A C . PASS . AD 20,6 14,0", samples="NORMAL TUMOR"))
    assert measured(rows, *COUNTS) == [("1-100-A-C", "0", "14")]
    assert "ALT_READS_IN_NORMAL" in said(rows)
    rows = read(vcf("1 100 . A C . REJECT . AD 20,6 14,0", samples="NORMAL TUMOR"))
    assert "ALT_READS_IN_NORMAL" not in said(rows)


def test_several_samples() -> None:
    """Each sample column gives rows of its own."""
    rows = read(vcf("1 100 . A C . . . AD 20,6 14,0", samples="P1 P2"))
    assert measured(rows, "sample_id", "marker_count") == [("P1", "6"), ("P2", "0")]


def test_records_without_a_countable_variant() -> None:
    """Structural variants, breakends and reference blocks are ignored and counted."""
    rows = read(
        vcf(
            "1 1 . A <DEL> . PASS SVTYPE=DEL GT:DV:RV 0/1:3:4",
            "1 2 . A A[2:9[ . PASS . AD 5,1",
            "1 3 . A . . PASS . AD 5",
            "1 4 . A * . PASS . AD 5,1",
            "1 5 . A C . PASS . AD 5,1",
        )
    )
    assert (rows.rows_read, rows.rows_ignored) == (5, 4)
    assert said(rows)["IGNORED_NO_MARKER"] == "NOTE"


@pytest.mark.parametrize(
    ("info", "gene"),
    [
        ("DP=3;GENE=NPM1", "NPM1"),
        ("ANN=C|missense_variant|MODERATE|DNMT3A|ENSG", "DNMT3A"),
        ("CSQ=C|x|TP53|y", "TP53"),
        ("CSQ=C|x||y", None),
        (".", None),
    ],
)
def test_gene_from_the_annotation(info: str, gene: str | None) -> None:
    """The gene decides on clonal haematopoiesis; three annotations name it."""
    meta = '##INFO=<ID=CSQ,Number=.,Type=String,Description="VEP. Format: Allele|Cons|SYMBOL|Gene">'
    rows = read(vcf(f"1 100 . A C . PASS {info} AD 20,6", meta=meta))
    assert measured(rows, "gene") == [(gene,)]


def test_quotes_are_letters() -> None:
    """A lone quote in INFO does not swallow the records after it."""
    rows = read(vcf('1 100 . A C . PASS X="a AD 20,6', "1 200 . A C . PASS . AD 20,6"))
    assert rows.rows_read == 2


def test_vcf_that_is_no_result() -> None:
    """A list of variants to look for has no counts; one clear line says so."""
    asked = (
        "##fileformat=VCFv4.1\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\nchr1\t1\tM\tA\tC\t.\tPASS\n"
    )
    assert refusal(asked).code == "NO_RESULTS_SECTION"
    assert "7 columns" in refusal(asked).message
    assert refusal("##fileformat=VCFv4.1\nchr1\t1\n").code == "NO_RESULTS_SECTION"
    assert refusal(vcf("1 100 . A C . PASS . GT 0/1")).code == "NO_RESULTS_SECTION"
    assert refusal(vcf(samples="P1")).code == "FILE_EMPTY"
    assert refusal(vcf("1 1 . A C . . . AD 1,1 1,1", samples="P1 P1")).code == "DUPLICATE_HEADER"


def test_ragged_records() -> None:
    """Records with more or fewer cells than the header are refused alone."""
    rows = read(vcf("1 1 . A C . . . AD 9,1", "1 2 . A C . . . AD", "1 3 . A C . . . AD 9,1 9,1"))
    assert (rows.rows_read, rows.rows_rejected) == (3, 2)
    assert {"ROW_TOO_LONG", "ROW_TOO_SHORT"} <= set(said(rows))


UMI_TSV = ("CHROM", "POS", "REF", "ALT", "DP_HQ", "REF_COUNT", "ALT_COUNT", "AF", "Multi_REF",
    "Multi_ALT", "Multi_AF", "Pval", "FDR", "STRAND", "FISHER", "OAAC", "MAL", "Sequence_Context",
    "Homopolymer", "FILTER")  # fmt: skip
UMI_ROWS = (
    "chr1 100 A C 900 894 3 0.003 700 2 0.002 1e-3 0.2 2-1-500-394 1 3 1 ACGT 0 FDR",
    "chr1 200 A C 0 0 0 0 0 0 0 . . . . . . ACGT 0 No_Coverage",
)


def test_umivar2_table_gives_the_rows_of_its_vcf() -> None:
    """The twin of the VCF has no sample name, and otherwise the same rows, which then count once."""
    table = read(text(UMI_TSV, *UMI_ROWS), sample_id="P1")
    twin = read(
        vcf(
            f"chr1 100 . A C . FDR . {UMI} ./.:900:3:0.003:700:2:0.002:1e-3:0.2:2-1-500-394:1:3:1",
            "chr1 200 . A C . No_Coverage . GT:AC:DP:AF:M_AC ./.:0:0:0:0",
        )
    )
    columns = ("sample_id", *COUNTS, "marker_class", "gene", "count_kind")
    assert measured(table, *columns) == measured(twin, *columns)
    assert measured(table, *COUNTS)[1][1:] == ("0", "0")


def test_umivar2_table_counts_as_programs_write_them() -> None:
    """A column with a gap is written with decimals; molecules beside No_Coverage are kept."""
    rows = read(
        text(
            UMI_TSV,
            "chr1 100 A C 9 6.0 3.0 0.3 0 0 0 1 1 0 1 0 1 A 0 PASS",
            "chr1 200 A C 0 2 5 0 0 0 0 1 1 0 1 0 1 A 0 No_Coverage",
            "chr1 300 A C 0 0 0 0 0 0 0 1 1 0 1 0 1 A 0 No_Coverage",
        )
    )
    assert typed(rows).select("marker_count", "total_count").rows() == [(3, 9), (5, 7), (0, 0)]


def test_umivar2_mrd_file_is_no_result() -> None:
    """MRD_log10 is no log reduction: the file is refused with the name of the right one."""
    data = "#MRD_log10\tMRD_pval\tSUM_DP\tSUM_ALT\tMean_AF\tMedian_AF\n20.0\t1.00e-20\t900\t50\t0.05\t0.04\n"
    assert refusal(data).code == "NO_RESULTS_SECTION"
    assert "no log reduction" in refusal(data).message
    assert "monitoring" in refusal(data).message


MAF = ("Hugo_Symbol", "Chromosome", "Start_Position", "Variant_Type", "Reference_Allele",
    "Tumor_Seq_Allele1", "Tumor_Seq_Allele2", "Tumor_Sample_Barcode", "Mutation_Status", "HGVSp_Short",
    "t_depth", "t_ref_count", "t_alt_count")  # fmt: skip


def test_maf() -> None:
    """Gene and protein name the marker, else the position; '-' is an allele; the depth is t_depth."""
    rows = read(
        "#version 2.4\n"
        + text(
            MAF,
            "NPM1 5 170 INS ~ ~ TCTG P1 Somatic p.W288Cfs*12 200 190 9",
            "TP53 17 757 SNP C C T P1 Germline - 100 50 50",
            "Unknown 1 155 DNP TG TG CA TUMOR - - 0 0 0",
            "APC 5 112 DEL AA ~ G P1 - p.= 20 0 8",
            "KIT 4 55 SNP C T C P1 - - 20 10 8",
        ).replace("~", "-")
    )
    columns = ("sample_id", *COUNTS, "clone", "marker_class", "gene", "is_germline")
    assert measured(rows, *columns) == [
        ("P1", "NPM1 p.W288Cfs*12", "9", "200", "5:170 ->TCTG", "INDEL", "NPM1", "false"),
        ("P1", "TP53 17:757 C>T", "50", "100", None, "SNV", "TP53", "true"),
        ("S9", "1:155 TG>CA", "0", "0", None, "SNV", None, None),
        ("P1", "APC 5:112 AA>G", "8", "20", None, "INDEL", "APC", None),
        ("P1", "KIT 4:55 C>T", "8", "20", None, "SNV", "KIT", None),
    ]
    assert measured(rows, "source_line")[0] == (3,)


def test_maf_row_without_a_variant() -> None:
    """Reads of an allele that the row does not name are not given to another name."""
    rows = read(text(MAF, "TET2 4 106 SNP G G G P1 - p.= 900 450 450"))
    assert (rows.rows_read, rows.rows_rejected) == (1, 1)
    (message,) = rows.findings.filter(pl.col("code") == "VALUE_MISSING")["message"]
    assert message.startswith("TET2 4:106: both tumour alleles are the reference G")


def test_maf_without_depth() -> None:
    """A MAF without counts, or with a column twice, is refused."""
    names = tuple(n for n in MAF if n != "t_depth")
    row = "NPM1 5 170 INS A A TCTG P1 Somatic p.W288fs 190 9"
    assert refusal(text(names, row)).value == "t_depth"
    assert refusal(text((*MAF, "t_depth"), row)).code == "DUPLICATE_HEADER"


ITD = ("sample", "length", "start", "vaf", "ar", "coverage", "counts", "trailing", "seq", "sense")


def test_getitd() -> None:
    """Each ITD is a clone of the one marker; percent is not read, and -1 is no ratio."""
    rows = read(
        text(
            ITD,
            "P1 21 77 1.20e+01 1.36e-01 10000 1200 False ACGTACGT 1",
            "P1 33 1.20e+02 6.00e-03 6.00e-05 50000 3 True AAA -1",
            "P2 18 60 1.00e+02 -1 900 900 False CCC 1",
            "P2 18 60 1.00e+00 1e-2 900 9 False CCG 1",
        )
    )
    columns = ("sample_id", "clone", "marker_count", "total_count")
    assert measured(rows, *columns) == [
        ("P1", "21bp@77", "1200", "10000"),
        ("P1", "33bp@120", "3", "50000"),
        ("P2", "18bp@60 CCC", "900", "900"),
        ("P2", "18bp@60 CCG", "9", "900"),
    ]
    assert (
        measured(rows, "marker", "marker_class", "gene", "is_tracked")
        == [("FLT3-ITD", "FLT3_ITD", "FLT3", None)] * 4
    )
    assert said(rows) == {}
    assert typed(rows).height == 4


def test_records_are_taken_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file is read in parts, which changes nothing."""
    text_ = vcf(
        *(f"1 {n} . A C,G . PASS . GT:AD 0/0:9,{n},0 0/1:80,{5 - n},2" for n in range(1, 6)),
        "1 9 . A <DEL> . PASS . GT:AD 0/0:9,0 0/1:80,5",
        samples="NORMAL TUMOR",
    )
    whole = read(text_)
    monkeypatch.setattr("transforms.readers.vcf._RECORDS", 2)
    parts = read(text_)
    assert measured(parts, *COUNTS, "source_line") == measured(whole, *COUNTS, "source_line")
    assert (parts.findings.rows(), parts.rows_ignored) == (whole.findings.rows(), 1)


FILES = {
    "vcf/2": vcf(
        "1 100 . A C,G . PASS GENE=X GT:AD:DP 0/0:9,0,0:9 0/1:80,5,2:90",
        f"1 200 . A C . FDR . {UMI} . ./.:900:3:0.003:700:2:0.002:1e-3:0.2:2-1-500-394:1:3:1",
        samples="NORMAL TUMOR",
    ),
    "umivar2-tsv/2": text(UMI_TSV, *UMI_ROWS),
    "maf/2": text(MAF, "NPM1 5 170 INS A A TCTG P1 Somatic p.W288fs 200 190 9", "A 1 2 SNP A A C P1 - - 5 4 1"),
    "getitd/1": text(ITD, "P1 21 77 1.20e+01 1.36e-01 10000 1200 False ACGT 1"),
}  # fmt: skip


@pytest.mark.parametrize("reader", FILES)
def test_only_its_reader_knows_a_file(reader: str) -> None:
    """No other reader recognises the file."""
    assert recognised_by(FILES[reader].encode()) == {reader}


@pytest.mark.parametrize("reader", FILES)
def test_waits_for_its_assay(reader: str) -> None:
    """Without an assay every row waits."""
    rows = read(FILES[reader], assay=None)
    assert rows.rows_waiting == rows.rows_read > 0
    assert rows.waiting_for == "ASSAY_NOT_KNOWN_FOR_FILE"


@pytest.mark.parametrize("assay", [None, ASSAY])
def test_waits_for_its_sample(assay: object) -> None:
    """A column called TUMOR is nobody's: the file waits for its manifest row."""
    rows = read(FILES["vcf/2"], assay=ASSAY if assay else None, sample_id=None)
    assert (rows.rows_waiting, rows.waiting_for) == (3, "SAMPLE_NOT_KNOWN_FOR_FILE")
    assert ("ASSAY_NOT_KNOWN_FOR_FILE" in said(rows)) == (assay is None)
