"""Real files of digital PCR give what a careful reading of them gives; they are never copied here."""

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.unit.reading import codes, read_text
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
from transforms.readers import absolute_q, qiacuity, quantasoft, qx_manager
from transforms.readers.content import open_content
from transforms.readers.registry import READERS
from transforms.readers.rows import AssayNames, TextRows

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        "MRD_REAL_FILES" not in os.environ,
        reason="MRD_REAL_FILES does not name the folder of the real instrument files",
    ),
]
FOLDER = Path(os.environ.get("MRD_REAL_FILES", "."))
OURS = {
    "biorad-quantasoft": quantasoft.READER,
    "biorad-qxmanager": qx_manager.READER,
    "qiagen-qiacuity": qiacuity.READER,
    "appliedbiosystems-absoluteq": absolute_q.READER,
}


def read(name: str, target: str | None = None, control: str | None = None) -> TextRows:
    """Read a file, with an assay of these names if a target is given; its counts must balance."""
    assay = None if target is None else AssayNames("assay", target, control)
    rows = read_text((FOLDER / "dpcr" / name).read_bytes(), assay)
    used = sum(t["source_rows"].sum() for t in rows.tables.values())
    assert rows.rows_read == used + rows.rows_ignored + rows.rows_rejected + rows.rows_waiting
    return rows


def typed(rows: TextRows) -> pl.DataFrame:
    """Return the typed measurements; none of these files has a well that is refused."""
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert parsed.rejected.is_empty()
    return parsed.tables["pcr_measurements"]


def counts(measured: pl.DataFrame, well: str) -> tuple[Any, ...]:
    """Return target, control and all partitions of one well."""
    row = measured.filter(pl.col("replicate") == well)
    return row.select("positive_partitions", "control_positive_partitions", "total_partitions").row(
        0
    )


def sums(measured: pl.DataFrame, sample: str) -> tuple[int, int, int, int]:
    """Return wells of a sample, and the sums of target, control and all partitions."""
    own = measured.filter(pl.col("sample_id") == sample)
    return own.select(
        pl.len(),
        pl.col("positive_partitions").sum(),
        pl.col("control_positive_partitions").sum(),
        pl.col("total_partitions").sum(),
    ).row(0)


@pytest.mark.parametrize(
    ("name", "n_rows", "n_ignored", "targets"),
    [
        ("biorad-quantasoft/Test7.csv", 24, 4, "F8 c.6046_C, F8 c.6046_T"),
        ("biorad-quantasoft/20-1363.csv", 34, 2, "HbA, HbS"),
        ("biorad-quantasoft/20-3575_FAM_HEX.csv", 26, 10, "HbA, HbS"),
        ("biorad-quantasoft/21-4034_FAM_VIC.csv", 120, 44, "ZFX, ZFY"),
        ("biorad-qxmanager/qxmanager_datatable_example.xlsx", 176, 0,
            "RPP30, RPP30Shear, SilicanoEnv, SilicanoPsi, q4Gag, q4Pol, q4Psi"),
        ("qiagen-qiacuity/qiacuity_dpcr_example03.csv", 24, 0, "CD3"),
        ("qiagen-qiacuity/qiacuity_dpcr_example04.csv", 32, 4, "eGFP"),
        ("appliedbiosystems-absoluteq/Appbio_AbsoluteQ_example01.csv", 18, 2, "Gene A, Gene B"),
        ("appliedbiosystems-absoluteq/Appbio_AbsoluteQ_single1_summary.csv", 17, 1, "TARGET 1"),
        ("appliedbiosystems-absoluteq/Appbio_AbsoluteQ_multichannel.csv", 80, 0, "ABY, FAM, JUN, VIC"),
    ],
)  # fmt: skip
def test_without_assay(name: str, n_rows: int, n_ignored: int, targets: str) -> None:
    """Rows and ignored rows are counted; the others wait, and the finding names their targets."""
    rows = read(name)
    assert (rows.rows_read, rows.rows_ignored, rows.rows_rejected) == (n_rows, n_ignored, 0)
    said = dict(rows.findings.select("code", "value").rows())
    assert said["ASSAY_NOT_KNOWN_FOR_FILE"] == targets


def test_quantasoft_with_merged_wells() -> None:
    """The members count and add up to what their merged rows say."""
    rows = read("biorad-quantasoft/Test7.csv", "F8 c.6046_T", "F8 c.6046_C")
    measured = typed(rows)
    assert measured["source_rows"].sum() == 20
    assert sums(measured, "12585") == (8, 2998, 1934, 123609)
    assert sums(measured, "18G05794")[1:] == (26593, 26610, 29859)
    assert codes(rows.findings) == [(None, "IGNORED_SUMMARY")]
    assert measured["partition_volume_nl"].unique().to_list() == [0.85]


def test_quantasoft_with_one_sample() -> None:
    """One sample in 16 wells."""
    measured = typed(read("biorad-quantasoft/20-1363.csv", "HbS", "HbA"))
    assert measured["source_rows"].sum() == 32
    assert counts(measured, "A07")[::2] == (103, 21786)
    assert sums(measured, "30130") == (16, 1291, 1345, 336637)


def test_quantasoft_with_a_droplet_in_the_ntc() -> None:
    """Controls typed as unknown, one droplet positive for each target."""
    rows = read("biorad-quantasoft/20-3575_FAM_HEX.csv", "HbS", "HbA")
    measured = typed(rows)
    assert (measured["source_rows"].sum(), rows.rows_ignored) == (16, 10)
    assert sums(measured, "13751") == (6, 4955, 5762, 128675)
    assert sums(measured, "19RG-220G0190") == (2, 10374, 10441, 40668)
    (failed,) = rows.findings.filter(pl.col("code") == "CONTROL_FAILED").to_dicts()
    assert failed["value"] == "1"
    assert failed["message"].startswith("2 rows")
    assert rows.inline["runs"].item(0, "is_ntc_clean") == "false"


def test_quantasoft_with_a_positive_ntc() -> None:
    """The control gene is in the NTC: zeros stay zeros, and the run says so."""
    rows = read("biorad-quantasoft/21-4034_FAM_VIC.csv", "ZFY", "ZFX")
    measured = typed(rows)
    assert (measured["source_rows"].sum(), rows.rows_ignored) == (76, 44)
    samples = measured["sample_id"].unique()
    positives = {s: sums(measured, s)[1] for s in samples}
    assert len(samples) == 19
    assert sorted(positives.values())[:16] == [0] * 16
    assert (positives["18G10690"], positives["18G05794"]) == (1, 1)
    assert sums(measured, "21RG-047G0103")[1::2] == (4866, 42997)
    assert "CONTROL_FAILED" in [code for _, code in codes(rows.findings)]


def test_qx_manager() -> None:
    """Several targets in a well; a well without a threshold is no negative."""
    name = "biorad-qxmanager/qxmanager_datatable_example.xlsx"
    first = typed(read(name, "SilicanoPsi", "q4Pol"))
    assert counts(first, "A01")[::2] == (16, 15252)
    assert first["partition_volume_nl"].drop_nulls().unique().to_list() == [0.795]
    every = [typed(read(name, t)) for t in read(name).findings["value"][-1].split(", ")]
    wells = pl.concat(
        [w.select("sample_id", "replicate", "positive_partitions", "reported_call") for w in every]
    )
    assert (wells.height, wells["replicate"].n_unique()) == (176, 56)
    assert wells.filter(pl.col("positive_partitions") > 0).height == 160
    assert wells.filter(pl.col("positive_partitions") == 0).height == 12
    invalid = wells.filter(pl.col("reported_call") == "INVALID").sort("replicate")
    assert invalid["replicate"].to_list() == ["E07", "F07", "G07", "H07"]
    assert invalid["sample_id"].unique().to_list() == ["neg buffy"]
    assert wells["sample_id"].unique().sort().to_list() == ["8E5", *(f"Sample {n}" for n in range(1, 7)), "neg buffy"]  # fmt: skip


def test_qiacuity_2() -> None:
    """Damaged µ, a header name twice."""
    rows = read("qiagen-qiacuity/qiacuity_dpcr_example03.csv", "CD3")
    measured = typed(rows)
    assert (measured.height, rows.findings.height) == (24, 0)
    shown = [counts(measured, w)[::2] for w in ("A1", "A2", "A3", "H3")]
    assert shown == [(0, 25332), (1, 25419), (0, 25362), (6107, 25248)]
    assert measured["sample_id"].unique().to_list() == ["CD3_Digested"]


def test_qiacuity_3() -> None:
    """Controls by name, a plate named once, the volume of a partition from the file."""
    rows = read("qiagen-qiacuity/qiacuity_dpcr_example04.csv", "eGFP")
    measured = typed(rows)
    assert (measured.height, rows.rows_ignored) == (28, 4)
    assert measured["sample_id"].n_unique() == 13
    assert measured["run_id"].n_unique() == 1
    assert counts(measured, "A1")[::2] == (7644, 8261)
    assert codes(rows.findings) == [(None, "CONTROL_BY_NAME"), (None, "IGNORED_CONTROL"), (33, "CONTROL_FAILED")]  # fmt: skip
    # 2.837 µL over 8510 partitions; the concentration shown, 7782.4, agrees
    volume = measured.filter(pl.col("replicate") == "A1").item(0, "partition_volume_nl")
    assert volume == pytest.approx(2.837 / 8510 * 1000, rel=1e-4)


def test_absolute_q_1() -> None:
    """Averages are no wells."""
    name = "appliedbiosystems-absoluteq/Appbio_AbsoluteQ_example01.csv"
    gene_a, gene_b = (typed(read(name, t)) for t in ("Gene A", "Gene B"))
    assert gene_a.height + gene_b.height == 16
    assert counts(gene_a, "A1")[::2] == (0, 20413)
    assert counts(gene_a, "B1")[::2] == (34, 20449)
    assert counts(gene_b, "D3")[::2] == (13963, 20409)
    both = read(name, "Gene B", "Gene A")
    assert (typed(both)["source_rows"].sum(), both.rows_ignored) == (16, 2)


def test_absolute_q_2() -> None:
    """A line of dyes over the header, one dye."""
    rows = read("appliedbiosystems-absoluteq/Appbio_AbsoluteQ_single1_summary.csv", "TARGET 1")
    measured = typed(rows)
    assert (measured.height, rows.rows_ignored) == (16, 1)
    assert counts(measured, "A1")[::2] == (3182, 20419)
    positives = dict(measured.select("replicate", "positive_partitions").rows())
    assert {w for w, n in positives.items() if n == 0} == {"A3", "A4", "B3", "B4", "C4", "D4"}
    assert (positives["C3"], positives["D3"]) == (1, 1)
    assert measured["reported_call"].null_count() == 16


def test_absolute_q_3() -> None:
    """Exclusive combinations of colours are added up; a total of 0 beside a count of 0 is none."""
    name = "appliedbiosystems-absoluteq/Appbio_AbsoluteQ_multichannel.csv"
    rows = read(name, "FAM", "ABY")
    measured = typed(rows)
    assert (measured.height, measured["source_rows"].sum()) == (5, 80)
    assert sums(measured, "Sample A1") == (1, 3182, 0, 20419)
    assert rows.inline["runs"].item(0, "performed_on") == "2023-05-24"


@pytest.mark.parametrize(
    ("name", "export"),
    [
        ("biorad-qxmanager/qxmanager_clusterdata_example.csv", "Data Table"),
        ("appliedbiosystems-absoluteq/Appbio_AbsoluteQ_fluorescence_columns.csv", "summary"),
    ],
)
def test_siblings_are_refused(name: str, export: str) -> None:
    """Exports that are no results are refused with the one to choose."""
    with pytest.raises(FileRefusedError, match=export):
        read(name)


def test_files_of_others() -> None:
    """Each reader takes the files of its own folder and no other, and no other reader takes those."""
    taken: dict[str, list[str]] = {}
    for path in sorted(p for p in FOLDER.rglob("*") if p.is_file()):
        try:
            content = open_content(path.read_bytes())
        except FileRefusedError:
            continue
        names = [r.name for r in READERS if r.recognise(content)]
        own = OURS.get(path.parent.name)
        if own is not None:
            assert names == [own.name], path.name
            taken.setdefault(own.name, []).append(path.name)
        else:
            assert not {r.name for r in OURS.values()} & set(names), path.name
    assert sorted(len(files) for files in taken.values()) == [2, 2, 4, 4]
