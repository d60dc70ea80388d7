"""Lists of variants that our reader reads, read again with pysam: the same samples, markers and counts."""

import os
from pathlib import Path
from typing import Any

import pysam
import pytest

from tests.unit.sequencing_files import read, typed
from tests.unit.test_variant_files import UMI, vcf

REAL = os.environ.get("MRD_REAL_FILES")
TOLD = "S9"
GENERIC = {"TUMOR", "NORMAL"}
Row = tuple[str, str, int, int]

META = "\n".join(
    f'##FORMAT=<ID={name},Number={number},Type={kind},Description="x">'
    for name, number, kind in (
        ("GT", 1, "String"), ("DP", 1, "Integer"), ("AD", ".", "Integer"), ("RD", 1, "Integer"),
        ("RO", 1, "Integer"), ("AO", "A", "Integer"), ("FREQ", 1, "String"), ("AC", 1, "Integer"),
        ("AF", 1, "Float"), ("M_REF", 1, "Integer"), ("M_AC", 1, "Integer"), ("M_AF", 1, "Float"),
        ("Pval", 1, "Float"), ("FDR", 1, "Float"), ("Strand", 1, "String"), ("FS", 1, "Float"),
        ("OAAC", 1, "Integer"), ("MAL", 1, "Float"),
    )
)  # fmt: skip
META += (
    '\n##FILTER=<ID=FDR,Description="x">\n##contig=<ID=1>\n##contig=<ID=chr1>\n##contig=<ID=chr2>'
)
LOOK_ALIKES = {
    "callers in one file": vcf(
        "1 100 . ACT A . PASS . GT:DP:AD 0/0:46:46,0 0/0:47:43,4",
        "1 200 . TCA T . PASS . GT:AD:DP:FREQ:RD 0/0:0:65:0%:65 0/1:52:220:23.85%:166",
        "1 300 . T C . PASS . GT:DP:RO:AO 0/0:9:9:0 0/1:40:30:7",
        "1 500 . T C,G . PASS . GT:AD 0/0:9,0,0 0/1:80,5,2",
        "1 600 . T C . PASS . GT:DP:AD 0/0:9:9,0 0/0:300:300,0",
        samples="NORMAL TUMOR",
        meta=META,
    ),
    "two samples": vcf("1 100 . A C . . . GT:AD 0/1:20,6 0/1:14,0", samples="P1 P2", meta=META),
    "umiVar2": vcf(
        f"chr1 100 . A C . FDR . {UMI} ./.:900:3:0.003:700:2:0.002:1e-3:0.2:2-1-500-394:1:3:1",
        f"chr2 300 . G T . PASS . {UMI} ./.:800:0:0:700:0:0:1:1:0-0-500-300:1:0:1",
        meta=META,
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def quiet() -> Any:
    """Keep pysam from writing about what callers leave undeclared."""
    before = pysam.set_verbosity(0)
    yield
    pysam.set_verbosity(before)


def counts(sample: Any, nth: int) -> tuple[int, int]:
    """Return alternative reads or molecules and all that were counted, by the fields of the caller."""
    if "M_AC" in sample:
        (molecules,) = sample["AC"] if isinstance(sample["AC"], tuple) else (sample["AC"],)
        forward, backward = (int(n) for n in sample["Strand"].split("-")[2:])
        return molecules, molecules + forward + backward
    depths = sample.get("AD")
    if "RD" in sample:
        (alternative,) = (int(d) for d in depths)
        return alternative, alternative + int(sample["RD"])
    if "AO" in sample:
        return sample["AO"][nth], sample["RO"] + sum(sample["AO"])
    return int(depths[nth + 1]), sum(int(d) for d in depths)


def by_pysam(path: Path) -> list[Row]:
    """Return sample, marker, count and total of every variant of a file."""
    with pysam.VariantFile(str(path)) as file:
        own = [s for s in file.header.samples if s != "NORMAL"]
        return sorted(
            (TOLD if s in GENERIC else s, f"{r.chrom}-{r.pos}-{r.ref}-{alt}", *counts(r.samples[s], n))
            for r in file
            for n, alt in enumerate(r.alts)
            for s in own
        )  # fmt: skip


def by_us(path: Path) -> list[Row]:
    """Return the same by our reader."""
    rows = read(path.read_bytes(), sample_id=TOLD)
    assert (rows.rows_ignored, rows.rows_rejected) == (0, 0)
    columns = ("sample_id", "marker", "marker_count", "total_count")
    return sorted(typed(rows).select(columns).rows())


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_look_alikes(name: str, tmp_path: Path) -> None:
    """Depth fields of each caller, several alleles, several samples, a matched normal."""
    path = tmp_path / "a.vcf"
    path.write_text(LOOK_ALIKES[name], encoding="utf-8")
    assert by_us(path) == by_pysam(path)


def test_absent_counts_are_absent_for_both(tmp_path: Path) -> None:
    """A record without coverage gives no depth to pysam, and 0 of 0 to us: not evaluable, never negative."""
    path = tmp_path / "a.vcf"
    path.write_text(
        vcf("1 100 . A C . No_Coverage . GT:AD:DP ./.:.:.", meta=META), encoding="utf-8"
    )
    with pysam.VariantFile(str(path)) as file:
        assert [r.samples["P1"]["AD"] for r in file] == [(None,)]
    assert by_us(path) == [("P1", "1-100-A-C", 0, 0)]


@pytest.mark.real
@pytest.mark.skipif(
    not REAL, reason="MRD_REAL_FILES does not name the folder of the real instrument files"
)
def test_real_files() -> None:
    """Every list of variants among the real files that pysam opens, row by row."""
    compared = {}
    for path in sorted(p for p in Path(str(REAL)).rglob("*.vcf*") if p.is_file()):
        try:
            expected = by_pysam(path)
        except ValueError:
            # the list of variants to look for has no FORMAT: refused by both
            assert path.name == "CFDNA_01_monitoring.vcf"
            continue
        assert by_us(path) == expected, path.name
        compared[path.name] = len(expected)
    assert compared == {
        "CFDNA_01_ID.vcf.out": 2, "CFDNA_01_hq.vcf.out": 14, "CFDNA_01_monitoring.vcf.out": 3,
        "test_mutect.vcf": 500, "test_pindel.vcf": 32,
    }  # fmt: skip
