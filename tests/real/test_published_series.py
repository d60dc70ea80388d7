"""Published patient series give the depths that their index says; read where they lie, never copied."""

import os
import sys
from pathlib import Path

import polars as pl
import pytest

from flows.load import LoadRun, run_load
from flows.settings import Settings
from schemas.tables import TABLES

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from published_series import write_series

REAL = os.environ.get("MRD_REAL_FILES")

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not REAL, reason="MRD_REAL_FILES does not name the folder of the real files"
    ),
]


@pytest.fixture(scope="module")
def status(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Load both series, and return the statuses."""
    root = tmp_path_factory.mktemp("series")
    inbox = root / "inbox"
    inbox.mkdir()
    write_series(Path(str(REAL)), inbox)
    run = LoadRun([inbox], root / "warehouse", Settings(settle_seconds=0))
    result = run_load(run)
    assert result.rows["rows_rejected"] == 0
    snapshot = run.warehouse.current()
    assert snapshot is not None
    return snapshot.read(TABLES["mrd_status"])


def _depths(rows: pl.DataFrame) -> dict[str | None, int]:
    return dict(rows.group_by(pl.col("depth").cast(pl.String)).len().rows())


def test_measured_values_fall_into_the_bands_of_the_index(status: pl.DataFrame) -> None:
    """340 measured: without control copies or a claimed limit none is deeper than MR4."""
    seen = status.filter(pl.col("assay_id") == "hahnel", pl.col("finding") == "DETECTED")
    assert _depths(seen) == {None: 20, "MR1": 27, "MR2": 47, "MR3": 66, "MR4": 82 + 64 + 34}


def test_upper_limits_are_undetected_to_their_own_depth(status: pl.DataFrame) -> None:
    """141 upper limits; the highest, 20.6 %, proves nothing, and only MR4 or deeper is negative."""
    unseen = status.filter(pl.col("assay_id") == "hahnel", pl.col("finding") == "NOT_DETECTED")
    assert _depths(unseen) == {
        None: 1,
        "MR1": 1,
        "MR2": 1,
        "MR3": 20,
        "MR4": 83,
        "MR4.5": 34,
        "MR5": 1,
    }
    assert unseen.filter(pl.col("status") == "NEGATIVE").height == 83 + 34 + 1
    assert set(unseen["status"].unique()) == {"NEGATIVE", "INDETERMINATE"}


def test_values_from_before_the_scale_never_come_onto_it(status: pl.DataFrame) -> None:
    """435 plain ratios, 42 of them above 100 %: all kept, none on the International Scale."""
    rows = status.filter(pl.col("assay_id") == "michor")
    assert rows.height == 435
    assert rows["depth"].null_count() == 435
    assert rows.filter(pl.col("level_fraction") > 1).height == 42
    assert set(rows["reason"].unique()) == {"NOT_ON_INTERNATIONAL_SCALE"}
