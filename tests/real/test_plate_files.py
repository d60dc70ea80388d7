"""Real exports of qPCR instruments give what a careful reading of them gives; they are never copied here."""

import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.unit.plates import measured, read_plate, refusal, run_of, said
from transforms.ingest import ReadFile, parse_files
from transforms.problems import FileRefusedError
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
DA = "pcr/appliedbiosystems-design-and-analysis/appbio_quantstudio_designandanalysis_"
FILES = {
    "pcr/appliedbiosystems-quantstudio/appbio_quantstudio_example10.xlsx": "quantstudio-xlsx/3",
    f"{DA}QS1_Standard_Curve_example01.xlsx": "design-and-analysis/3",
    f"{DA}Diomni_v4.3_Presence_Absence.xlsx": "design-and-analysis/3",
    f"{DA}QS7Pro_Primary_Analysis_example18.xlsx": "design-and-analysis/3",
    "pcr/appliedbiosystems-sds/SDS_sample.txt": "sds-text/3",
    "pcr/roche-lightcycler480/LightCycler_sample.txt": "lightcycler480-text/3",
    "pcr/biorad-cfx/CFX_sample.txt": "cfx-text/1",
    "pcr/rdml/stepone_std.rdml": "rdml/2",
    "pcr/rdml/BioRad_qPCR_melt.rdml": "rdml/2",
}
QS10, CURVE, DIOMNI, DROPPED, SDS, LC480, CFX, STEPONE, BIORAD = FILES
FILTER = "SYBR Green (483-533)"


def data(name: str) -> bytes:
    return (Path(os.environ["MRD_REAL_FILES"]) / name).read_bytes()


def read(name: str, target: str | None = None, control: str | None = None) -> TextRows:
    """Read a file, with an assay of these names if a target is given."""
    assay = None if target is None else AssayNames("assay", target, control)
    return read_plate(data(name), assay)


def typed(rows: TextRows) -> pl.DataFrame:
    """Return the typed measurements; none of these files has a well that is refused."""
    parsed = parse_files([ReadFile(0, "ab" * 32, rows)])
    assert parsed.rejected.is_empty()
    return parsed.tables["pcr_measurements"]


def well(frame: pl.DataFrame, position: str, column: str) -> Any:
    return frame.filter(pl.col("replicate") == position).item(0, column)


def test_each_file_is_of_one_format() -> None:
    """The readers of these files recognise none of the other real files, and no other recognises these."""
    folder = Path(os.environ["MRD_REAL_FILES"])
    own = set(FILES.values())
    found: dict[str, list[str]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            content = open_content(path.read_bytes())
        except FileRefusedError:
            continue
        names = [r.name for r in READERS if r.recognise(content)]
        if own & set(names) or str(path.relative_to(folder)) in FILES:
            found[str(path.relative_to(folder))] = names
    assert found == {name: [reader] for name, reader in FILES.items()}


@pytest.mark.parametrize(
    ("name", "counts", "targets"),
    [
        (QS10, (8, 0, 8), "GeneA, RefGene"),
        (CURVE, (96, 24, 72), "RNaseP"),
        (DIOMNI, (8, 4, 4), "Globin, T4"),
        (LC480, (384, 344, 40), FILTER),
        (CFX, (330, 48, 282), "GLP1, PYY, TFF1"),
        (STEPONE, (24, 18, 6), "RNase P"),
        (BIORAD, (60, 48, 12), "Cy5, Cy5-2, Cy5-2_rr, EvaGreen"),
    ],
)
def test_without_assay(name: str, counts: tuple[int, int, int], targets: str) -> None:
    """Standards, controls and empty wells are ignored; the others wait, and their targets are named."""
    rows = read(name)
    assert (rows.rows_read, rows.rows_ignored, rows.rows_waiting) == counts
    assert said(rows)["ASSAY_NOT_KNOWN_FOR_FILE"] == targets


def test_quantstudio_12k_flex_workbook() -> None:
    """Comparative Ct: no copies, two footer rows, a date in the US order."""
    rows = read(QS10, "GeneA", "RefGene")
    assert measured(rows, "sample_id", "target_cq", "control_cq", "source_line") == [
        ("Sample_1", "25.5", "20", 31),
        ("Sample_1", "25.8", "20.2", 32),
        ("Sample_2", "26.2", "19.8", 33),
        ("Sample_2", "26.5", "20", 34),
    ]
    assert typed(rows)["source_rows"].sum() == 8
    assert said(rows) == {"RUN_DATE_UNREADABLE": "03-10-2024 10:45:00 AM EST"}


def test_design_and_analysis_standard_curve() -> None:
    """Copies are on the sheet of the standard curve."""
    rows = read(CURVE, "RNaseP")
    frame = typed(rows)
    assert said(rows) == {"IGNORED_STANDARD": "20", "IGNORED_CONTROL": "4"}
    assert (frame["source_line"].min(), frame["source_line"].max()) == (26, 121)
    assert well(frame, "A1", "target_copies") == 6455.402377222366
    assert well(frame, "H12", "target_copies") == 11373.776053401623
    means = frame.group_by("sample_id").agg(pl.len(), pl.col("target_copies").mean())
    assert {s: (n, round(mean, 9)) for s, n, mean in means.rows()} == {
        "Unk_5K": (36, 5271.394763317),
        "Unk_10K": (36, 10624.337777992),
    }
    run = run_of(rows)
    assert (run["performed_on"], run["target_slope"]) == ("2018-06-01", "-3.3419")


def test_diomni_with_a_failed_positive_control() -> None:
    """One late Cq of one sample, in a run whose positive control gave no signal."""
    rows = read(DIOMNI, "T4", "Globin")
    assert measured(rows, "sample_id", "target_cq", "target_copies", "control_cq") == [
        ("Sample001", "39.54", None, "Undetermined"),
        ("Sample002", "Undetermined", None, "Undetermined"),
    ]
    assert said(rows)["POSITIVE_CONTROL_FAILED"] == "Undetermined"
    assert (run_of(rows)["is_valid"], run_of(rows)["is_ntc_clean"]) == ("false", "true")


def test_design_and_analysis_with_dropped_columns() -> None:
    """Without Sample and Target the export is no result."""
    why = refusal(data(DROPPED))
    assert (why.code, why.value, why.line) == ("NO_RESULTS_SECTION", "sample, target", 25)


def test_sds_of_three_plates() -> None:
    """380 targets and 4 endogenous controls of one sample, 191 detectors."""
    rows = read(SDS)
    assert (rows.rows_read, rows.rows_ignored, rows.rows_waiting) == (384, 0, 384)
    rows = read(SDS, "Gene2", "Gene1")
    assert (rows.rows_read, rows.rows_ignored) == (384, 378)
    frame = typed(rows)
    assert frame["sample_id"].unique().to_list() == ["Sample01"]
    assert well(frame, "A2", "target_cq") == 33.949196
    assert frame["control_cq"].count() == 4
    assert frame["target_copies"].null_count() == frame.height
    assert "WELL_FLAGGED" not in said(rows)
    assert said(read(SDS, "Gene6", "Gene1"))["WELL_FLAGGED"] == "Flagged"
    undetermined = typed(read(SDS, "Gene9", "Gene1"))
    assert undetermined["is_target_undetermined"].sum() == 2
    assert "RUN_DATE_UNREADABLE" in said(rows)


def test_lightcycler_plate() -> None:
    """40 wells with a crossing point; 301 silent ones still have the instrument's names."""
    rows = read(LC480, FILTER)
    frame = typed(rows)
    assert said(rows) == {
        "IGNORED_STANDARD": "35",
        "IGNORED_CONTROL": "8",
        "IGNORED_DEFAULT_NAME": "301",
        "CONTROL_BY_NAME": "no template control",
        "CONTROL_FAILED": "35.17",
    }
    counts = frame.group_by("sample_id").len().sort("sample_id").rows()
    assert counts == [(f"Sample {n}", 8) for n in range(1, 6)]
    assert (well(frame, "A1", "target_cq"), well(frame, "A1", "target_copies")) == (16.13, 101000)
    assert (well(frame, "A21", "target_cq"), well(frame, "A21", "target_copies")) == (20.7, 4940)
    run = run_of(rows)
    assert (run["target_slope"], run["is_ntc_clean"]) == ("-3.554071", "false")


def test_cfx_plate() -> None:
    """Three targets on 330 wells; a standard without a Cq still shows its quantity."""
    frames = {t: read(CFX, t) for t in ("GLP1", "PYY", "TFF1")}
    assert {t: (r.rows_read, r.rows_ignored) for t, r in frames.items()} == dict.fromkeys(
        frames, (330, 236)
    )
    assert all(
        {"IGNORED_STANDARD": "42", "IGNORED_CONTROL": "6"}.items() <= said(r).items()
        for r in frames.values()
    )
    whole = pl.concat([typed(r) for r in frames.values()])
    assert whole.height == 282
    assert (well(whole, "A01", "target_cq"), well(whole, "A01", "target_copies")) == (
        37.42,
        0.002183,
    )
    silent = whole.filter("is_target_undetermined")
    assert sorted(silent["replicate"]) == ["B01", "B02", "L21"]
    assert silent["target_copies"].to_list() == [0.0, 0.0, 0.0]


def test_rdml_of_a_stepone() -> None:
    """A Cq of 40.0 is the last cycle; names lose the target that the instrument adds."""
    rows = read(STEPONE, "RNase P")
    assert measured(rows, "sample_id", "target_cq", "target_copies") == [
        ("pop1", "28.96287", None),
        ("pop1", "28.838797", None),
        ("pop1", "28.96972", None),
        ("pop2", "27.976233", None),
        ("pop2", "27.968481", None),
        ("pop2", "27.931858", None),
    ]
    assert said(rows) == {"IGNORED_STANDARD": "15", "IGNORED_CONTROL": "3"}
    assert (run_of(rows)["is_ntc_clean"], run_of(rows)["performed_on"]) == ("true", "2006-11-10")


def test_rdml_of_a_cfx() -> None:
    """An XML of another name, a run for each dye, and three controls with a late signal."""
    rows = read(BIORAD, "EvaGreen")
    assert (rows.rows_read, rows.rows_ignored) == (60, 54)
    cqs = [c if c == "Undetermined" else round(float(c), 4) for (c,) in measured(rows, "target_cq")]
    assert cqs == [37.0939, "Undetermined", 21.4033, 21.4353, 20.8564, 20.7939]
    assert {s for (s,) in measured(rows, "sample_id")} == {"katG 315"}
    assert str(said(rows)["CONTROL_FAILED"]).startswith("39.31")
    assert run_of(rows)["is_ntc_clean"] == "false"
