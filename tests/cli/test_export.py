"""`mrd export`: what lands in the file, who may read it, and what is refused."""

import csv
import re
import shutil
import stat
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.key_file import write_key
from schemas.tables import TABLES
from tests.cli.command import Mrd
from tests.flows.lab import LAB, load_files, rows


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder whose warehouse `w` has loaded the small laboratory and a hostile row."""
    place = tmp_path_factory.mktemp("export")
    files = {**LAB, "bad.csv": 'sample_id,assay_id,target_copies,control_copies\n=1+1,qpcr,"@SUM(1;-2)",5\n'}  # fmt: skip
    load_files(place / "w", place / "in", files)
    return place


@pytest.fixture
def site(loaded: Path, tmp_path: Path) -> Path:
    """Give a copy of it, with a key."""
    shutil.copytree(loaded, tmp_path, symlinks=True, dirs_exist_ok=True)
    write_key(tmp_path / "key")
    return tmp_path


def export(mrd: Mrd, site: Path, table: str, name: str, *args: object) -> tuple[int, str, str]:
    return mrd("export", "--warehouse", site / "w", "--table", table, "--to", site / name, *args)


@pytest.mark.parametrize("table", [t for t in TABLES if t != "findings"])
def test_what_is_read_back_is_what_was_stored(mrd: Mrd, site: Path, table: str) -> None:
    """The same rows in CSV and Parquet; a CSV is UTF-8 with a byte-order mark."""
    stored = rows(site / "w", table)
    status, out, err = export(mrd, site, table, "t.csv")
    assert (status, err) == (0, "")
    said = f"{stored.height} row{'' if stored.height == 1 else 's'}"
    assert out == f"wrote {said} of {table} to {site / 't.csv'}\n"
    assert (site / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    export(mrd, site, table, "t.parquet")
    assert pl.read_parquet(site / "t.parquet").sort(pl.all()).equals(stored.sort(pl.all()))
    types = {c: pl.String if isinstance(t, pl.List | pl.Datetime) else t for c, t in stored.schema.items()}  # fmt: skip
    read = pl.read_csv(site / "t.csv", schema=types)
    plain = [c for c, t in stored.schema.items() if not isinstance(t, pl.List | pl.Datetime)]
    assert read.select(plain).sort(pl.all()).equals(stored.select(plain).sort(pl.all()))


def test_no_cell_is_a_formula(mrd: Mrd, site: Path) -> None:
    export(mrd, site, "findings", "f.csv")
    with (site / "f.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    (bad,) = [f for f in found if f["column"] == "target_copies"]
    assert bad["value"] == "'@SUM(1;'-2)"
    assert bad["raw_row"].startswith("'=1+1,")
    assert not [c for f in found for c in f.values() if c.startswith(("=", "+", "-", "@"))]


def test_shifted_dates(mrd: Mrd, site: Path) -> None:
    """Days between the samples of a patient stay; explanations, runs, files and loads are left out."""
    status, out, _ = export(mrd, site, "mrd_status", "s.csv", "--shift-dates", site / "key")
    assert (status, "dates shifted" in out) == (0, True)
    stored = rows(site / "w", "mrd_status")
    text = (site / "s.csv").read_text(encoding="utf-8-sig")
    assert not [d for d in stored["collected_on"] if str(d) in text]
    shifted = pl.read_csv(site / "s.csv", try_parse_dates=True)
    assert "explanation" not in shifted.columns
    both = stored.select("sample_id", "patient_id", "collected_on").join(
        shifted.select("sample_id", pl.col("collected_on").alias("moved")), on="sample_id"
    )
    by = both.group_by("patient_id").agg((pl.col("moved") - pl.col("collected_on")).n_unique())
    assert by["moved"].to_list() == [1] * by.height
    assert by.height == 3
    # a year alone tells as little as the time of a load
    for table in TABLES:
        assert export(mrd, site, table, "all.csv", "--overwrite", "--shift-dates", site / "key")[0] == 0  # fmt: skip
        text = (site / "all.csv").read_text(encoding="utf-8-sig")
        assert (site / "w" / "current").resolve().name not in text
        if "patient_id" not in TABLES[table].columns:
            assert not re.search(r"\d{4}-\d\d-\d\d", text), table


def test_since_and_snapshot(mrd: Mrd, site: Path) -> None:
    first = (site / "w" / "current").resolve().name
    load_files(site / "w", site / "more", {"p.csv": "patient_id,disease\nP9,MM\n"})
    export(mrd, site, "patients", "old.parquet", "--snapshot", first)
    export(mrd, site, "patients", "new.parquet")
    heights = [pl.read_parquet(site / f"{n}.parquet").height for n in ("old", "new")]
    assert heights == [3, 4]
    export(mrd, site, "samples", "s.parquet", "--since", "2023-05-01")
    assert pl.read_parquet(site / "s.parquet")["collected_on"].min() == date(2023, 5, 1)
    status, _, err = export(mrd, site, "patients", "x.csv", "--since", "2023-05-01")
    assert (status, err) == (2, "mrd: --since: rows of patients have no day of their own\n")


def test_owner_and_group_read_the_file_and_nothing_is_left_beside_it(mrd: Mrd, site: Path) -> None:
    (site / "out").mkdir()
    export(mrd, site, "mrd_status", "out/t.csv")
    assert stat.S_IMODE((site / "out" / "t.csv").stat().st_mode) & 0o137 == 0
    assert [p.name for p in (site / "out").iterdir()] == ["t.csv"]


def test_what_is_refused(mrd: Mrd, site: Path) -> None:
    """Nothing is overwritten unasked, nothing is written into the warehouse, an open key is no key."""
    (site / "t.csv").write_text("mine", encoding="utf-8")
    (site / "link.csv").symlink_to(site / "nowhere")
    cases = [
        (("mrd_state", "x.csv"), "--table mrd_state: there is no such table; there are flow_measurements, "),
        (("mrd_status", "x.txt"), f"{site / 'x.txt'}: name a file that ends in .csv or .parquet"),
        (("mrd_status", "no/x.csv"), f"{site / 'no/x.csv'}: there is no folder {site / 'no'}"),
        (("mrd_status", "t.csv"), f"{site / 't.csv'}: the file is there already; --overwrite replaces it"),
        (("mrd_status", "link.csv"), f"{site / 'link.csv'}: the file is there already"),
        (("mrd_status", "w/current/x.csv"), f"{site / 'w/current/x.csv'}: this is inside the warehouse"),
        (("mrd_status", "x.csv", "--snapshot", "../../etc"), "../../etc: there is no such snapshot in "),
        (("mrd_status", "x.csv", "--shift-dates", site / "no"), f"{site / 'no'}: the key cannot be read"),
    ]  # fmt: skip
    for args, said in cases:
        table, name, *more = args
        status, out, err = export(mrd, site, str(table), str(name), *more)
        assert (status, out) == (2, "")
        assert err.startswith(f"mrd: {said}")
        assert err.count("\n") == 1
    (site / "key").chmod(0o640)
    assert export(mrd, site, "mrd_status", "x.csv", "--shift-dates", site / "key")[0] == 2
    assert (site / "t.csv").read_text(encoding="utf-8") == "mine"
    assert not (site / "x.csv").exists()
    assert export(mrd, site, "mrd_status", "t.csv", "--overwrite")[0] == 0
    assert (site / "t.csv").read_bytes() != b"mine"
