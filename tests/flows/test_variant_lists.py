"""Lists of variants in a load: each sample and each marker stands for itself."""

from pathlib import Path

from flows.explain import explain
from tests.flows.lab import load_files, one, rows

SITE = {
    "patients.csv": "patient_id,disease\nP1,AML\nP2,AML\n",
    "samples.csv": "sample_id,patient_id,collected_on,tissue\nS1,P1,2024-03-01,BM\nS2,P2,2024-03-01,BM\n",
    "assays.csv": "assay_id,modality,marker,basis,lod_fraction,error_rate,min_count\npanel,NGS,PANEL,VAF,0.0005,0.0001,3\n",
    "tracked.csv": "patient_id,marker,identified_on\nP1,5-300-C-G,2024-01-01\n",
}
VCF = """\
##fileformat=VCFv4.2
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\tS2
2\t100\t.\tA\tC\t.\tPASS\t.\tGT:AD:DP\t0/1:20,30:50\t./.:.:40
5\t300\t.\tC\tG\t.\tPASS\t.\tGT:AD:DP\t0/1:900,4:904\t0/0:800,0:800
"""


def test_a_finding_on_a_marker_points_at_its_line(tmp_path: Path) -> None:
    """Not at the first line of the list; what nobody follows has no limit worth a finding."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", {**SITE, "panel/run.vcf": VCF})
    claim = one(warehouse, "findings", code="CLAIM_BELOW_POISSON_FLOOR", value="S1")
    assert claim["source_line"] == 4
    assert "S1, assay panel, 5-300-C-G" in claim["message"]
    assert "904 reads reach" in claim["message"]
    assert "?" not in claim["message"]
    new = one(warehouse, "findings", code="NEW_VARIANT", value="S1")
    assert (new["source_line"], "2-100-A-C" in new["message"]) == (3, True)


def test_a_sample_without_depths_takes_nothing_from_its_neighbour(tmp_path: Path) -> None:
    """Of one line the sample with reads is stored, and the other refused with its cell."""
    warehouse = tmp_path / "w"
    run = load_files(warehouse, tmp_path / "1", {**SITE, "panel/run.vcf": VCF})
    stored = rows(warehouse, "ngs_measurements").select("sample_id", "marker", "marker_count")
    assert stored.rows() == [
        ("S1", "2-100-A-C", 30),
        ("S1", "5-300-C-G", 4),
        ("S2", "5-300-C-G", 0),
    ]
    refused = one(warehouse, "findings", code="VALUE_MISSING")
    assert "sample S2, A>C: the cell ./.:.:40" in refused["message"]
    assert run.result.exit_status == 1


def test_reads_below_the_claim_are_explained(tmp_path: Path) -> None:
    """More than errors make, and fewer than the assay can tell: the words say which of the two decided."""
    warehouse = tmp_path / "w"
    deep = VCF.replace("0/1:900,4:904", "0/1:99980,20:100000")
    load_files(warehouse, tmp_path / "1", {**SITE, "panel/run.vcf": deep})
    told = "\n".join(explain("S1", warehouse))
    assert "finding   NOT_DETECTED" in told
    assert "claim     0.0002 is less than the LOD 0.0005 that the assay claims: not called" in told
