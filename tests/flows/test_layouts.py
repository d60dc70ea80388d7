"""Tables of a laboratory's own layout in loads: beside the data, in the settings, kept, changed."""

from pathlib import Path

import pytest

from flows.check import check_files
from flows.errors import UserError
from flows.warehouse import Warehouse
from tests.flows.lab import (
    ASSAYS,
    PATIENTS,
    SAMPLES,
    codes,
    hashes,
    load,
    load_files,
    outcomes,
    rows,
    settings,
    write,
)

LAYOUT = """\
title = "LIMS extract"
table = "pcr_measurements"
[columns]
sample_id = "Probe"
target_copies = "Fusion"
control_copies = "ABL1"
[fixed]
assay_id = "qpcr"
"""
TABLE = "Probe;Fusion;ABL1\nS2;3;60000\nS3;0;90000\n"
OTHER_TABLE = "Probe;Fusion;ABL1\nS1;4;60000\n"
REFERENCE = {"patients.csv": PATIENTS, "samples.csv": SAMPLES, "assays.csv": ASSAYS}
FILES = {**REFERENCE, "lims/layout.toml": LAYOUT, "lims/extract.csv": TABLE}


def copies(warehouse: Path) -> list[tuple[str, float]]:
    """Return sample and target copies of what was read."""
    return sorted(
        rows(warehouse, "pcr_measurements").filter("is_current").select("sample_id", "target_copies").rows()
    )  # fmt: skip


def test_layout_beside_the_data(tmp_path: Path) -> None:
    """It is a file like any other, without rows; the second load of the folder publishes nothing."""
    warehouse = tmp_path / "w"
    run = load_files(warehouse, tmp_path / "1", FILES)
    assert (
        outcomes(run)["lims/extract.csv"] == outcomes(run)["lims/layout.toml"] == ("LOADED", None)
    )
    assert copies(warehouse) == [("S2", 3), ("S3", 0)]
    files = rows(warehouse, "source_files").filter(name="lims/extract.csv").to_dicts()[0]
    assert (files["format"], files["reader"]) == ('layout "LIMS extract"', "layout/1")
    assert (warehouse / "inputs" / files["layout_sha256"]).read_text() == LAYOUT
    again = load(warehouse, tmp_path / "1")
    assert not again.result.published
    checked = check_files([tmp_path / "1"], settings(), None)
    assert 'layout "LIMS extract"' in checked.files["format"].to_list()


def test_layout_holds_for_its_folder_alone(tmp_path: Path) -> None:
    """A table of the same headings elsewhere is not read by it, and is refused again without news."""
    files = {**FILES, "elsewhere/extract.csv": OTHER_TABLE}
    run = load_files(tmp_path / "w", tmp_path / "1", files)
    assert outcomes(run)["elsewhere/extract.csv"] == ("REJECTED", "FILE_NOT_RECOGNISED")
    again = load(tmp_path / "w", tmp_path / "1")
    assert (again.result.published, again.result.exit_status) == (False, 1)


def test_file_given_alone_finds_the_layout_beside_it(tmp_path: Path) -> None:
    """As if its folder were given; other TOML there, such as the settings, is left alone."""
    inbox = write(tmp_path / "1", {**FILES, "lims/mrd.toml": "settle_seconds = 0\n"})
    load_files(tmp_path / "w", tmp_path / "0", REFERENCE)
    run = load(tmp_path / "w", inbox / "lims" / "extract.csv")
    assert outcomes(run) == {"extract.csv": ("LOADED", None), "layout.toml": ("LOADED", None)}


def test_layout_of_the_settings_holds_everywhere(tmp_path: Path) -> None:
    """Its text is kept with the inputs, so that the table can be read again without the settings."""
    warehouse, site = tmp_path / "w", write(tmp_path / "site", {"lims.toml": LAYOUT})
    files = {**REFERENCE, "a/extract.csv": TABLE}
    load_files(warehouse, tmp_path / "1", files, layouts=(site / "lims.toml",))
    assert copies(warehouse) == [("S2", 3), ("S3", 0)]
    again = load(warehouse, tmp_path / "1")
    assert not again.result.published
    names = (*settings().control_names, "S3")
    replaced = load(warehouse, tmp_path / "1", control_names=names)
    assert "FILE_REPLACED" in codes(replaced)
    assert copies(warehouse) == [("S2", 3), ("S3", 0)]


def test_layout_added_later_reads_what_was_refused(tmp_path: Path) -> None:
    """The same bytes, refused before, are read as soon as a layout lies beside them."""
    warehouse = tmp_path / "w"
    early = {n: t for n, t in FILES.items() if n != "lims/layout.toml"}
    run = load_files(warehouse, tmp_path / "1", early)
    assert outcomes(run)["lims/extract.csv"] == ("REJECTED", "FILE_NOT_RECOGNISED")
    later = load_files(warehouse, tmp_path / "1", FILES)
    assert outcomes(later)["lims/extract.csv"] == ("LOADED", None)
    load_files(tmp_path / "once", tmp_path / "2", FILES)
    assert hashes(warehouse) == hashes(tmp_path / "once")


def test_corrected_layout_replaces_what_the_table_gave(tmp_path: Path) -> None:
    """The corrected mapping reads the same bytes again; nothing of the first reading stays."""
    warehouse = tmp_path / "w"
    wrong = LAYOUT.replace('target_copies = "Fusion"', 'target_copies = "ABL1"').replace(
        'control_copies = "ABL1"', 'control_copies = "Fusion"'
    )
    load_files(warehouse, tmp_path / "1", {**FILES, "lims/layout.toml": wrong})
    run = load_files(warehouse, tmp_path / "1", FILES)
    assert "FILE_REPLACED" in codes(run)
    assert copies(warehouse) == [("S2", 3), ("S3", 0)]


def test_removed_layout_takes_nothing_away(tmp_path: Path) -> None:
    """The one that the table was read with is kept, and holds until another fits."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", FILES)
    run = load(
        warehouse, write(tmp_path / "2", {"lims/extract.csv": TABLE, "lims/b.csv": OTHER_TABLE})
    )
    assert outcomes(run)["lims/extract.csv"] == ("DUPLICATE", "REPEATED_ROW")
    assert outcomes(run)["lims/b.csv"] == ("REJECTED", "FILE_NOT_RECOGNISED")
    assert copies(warehouse) == [("S2", 3), ("S3", 0)]


def test_wrong_layout_is_named(tmp_path: Path) -> None:
    """Beside the data it is a refused file; in the settings it stops the program in one line."""
    wrong = LAYOUT.replace("control_copies", "control_cells")
    run = load_files(tmp_path / "w", tmp_path / "1", {**FILES, "lims/layout.toml": wrong})
    assert outcomes(run)["lims/layout.toml"] == ("REJECTED", "LAYOUT_INVALID")
    site = write(tmp_path / "site", {"lims.toml": wrong})
    with pytest.raises(UserError, match=r"lims\.toml line 6: .*control_cells"):
        load(tmp_path / "w", tmp_path / "1", layouts=(site / "lims.toml",))


def test_copy_without_a_layout_hides_nothing(tmp_path: Path) -> None:
    """The same bytes refused in one folder are read in the one that has their layout."""
    warehouse = tmp_path / "w"
    run = load_files(warehouse, tmp_path / "1", {**FILES, "archive/extract.csv": TABLE})
    assert outcomes(run)["archive/extract.csv"] == ("REJECTED", "FILE_NOT_RECOGNISED")
    assert outcomes(run)["lims/extract.csv"] == ("LOADED", None)
    again = load(warehouse, tmp_path / "1")
    assert not again.result.published


def test_second_layout_that_fits_too_takes_nothing_away(tmp_path: Path) -> None:
    """What a table was read with holds on, also when a setting has it read again."""
    warehouse = tmp_path / "w"
    load_files(warehouse, tmp_path / "1", FILES)
    two = {"lims/other.toml": LAYOUT.replace("LIMS extract", "Another")}
    load_files(warehouse, tmp_path / "1", two)
    load(warehouse, tmp_path / "1", control_names=("QC",))
    assert copies(warehouse) == [("S2", 3), ("S3", 0)]


def test_known_and_not_read_is_read_by_a_later_layout(tmp_path: Path) -> None:
    """A format that the program only knows by name is refused until the laboratory describes it."""
    warehouse = tmp_path / "w"
    text = "Sample\tRegion\tLocation\tType\tRemoved\tAdded\tAbnormal\tNormal\tRatio\nS2\tx\t-\tITD\t0\t9\t12\t90\t0.1\n"
    layout = (
        'title = "km"\ntable = "ngs_measurements"\n[columns]\nsample_id = "Sample"\nmarker = "Region"\n'
        'marker_count = "Abnormal"\ntotal_count = "Normal"\n[fixed]\nassay_id = "qpcr"\n'
    )
    run = load_files(warehouse, tmp_path / "1", {**REFERENCE, "km/a.tsv": text})
    assert outcomes(run)["km/a.tsv"] == ("REJECTED", "FORMAT_NOT_READ")
    later = load_files(warehouse, tmp_path / "1", {"km/l.TOML": layout})
    assert outcomes(later)["km/a.tsv"] == ("LOADED", None)


def test_layout_alone_names_the_files_that_it_would_read(tmp_path: Path) -> None:
    """Tables that were refused before are named, not read: where they lay is not known. Loaded again, they are."""
    warehouse = tmp_path / "w"
    tables = {"lims/a.csv": TABLE, "lims/b.csv": OTHER_TABLE, "lims/c.csv": "x,y\n1,2\n"}
    load_files(warehouse, tmp_path / "1", {**REFERENCE, **tables})
    alone = write(tmp_path / "2", {"layout.toml": LAYOUT})
    checked = check_files([alone], settings(), Warehouse(warehouse))
    run = load(warehouse, alone)
    (said,) = rows(warehouse, "findings").filter(code="LAYOUT_FITS_REFUSED_FILE")["message"]
    assert said == (
        "this layout reads 2 files that earlier loads refused: lims/a.csv, lims/b.csv; "
        "load them again, with the layout beside them"
    )
    assert checked.findings["message"].to_list() == [said]
    assert (run.result.exit_status, copies(warehouse)) == (0, [])
    again = load(warehouse, write(tmp_path / "1", {"lims/layout.toml": LAYOUT}))
    assert outcomes(again)["lims/a.csv"] == ("LOADED", None)
    assert copies(warehouse) == [("S1", 4), ("S2", 3), ("S3", 0)]
    load_files(
        tmp_path / "once", tmp_path / "3", {**REFERENCE, **tables, "lims/layout.toml": LAYOUT}
    )
    assert hashes(warehouse) == hashes(tmp_path / "once")
