"""Two names that may be one sample are told by the load that brings the second, and by no later one."""

from pathlib import Path

from flows.load import LoadRun
from tests.flows.lab import load_files, rows

HEAD = "sample_id,patient_id,collected_on,tissue\n"
COPIES = "sample_id,assay_id,target_copies,control_copies\n"
ONE = {"samples.csv": f"{HEAD}S-1,P1,2024-01-05,PB\n"}
OTHER = {"more.csv": f"{COPIES}s-1,lab1,3,30000\n"}
NEITHER = {"third.csv": f"{COPIES}s-1,lab1,3,30000\nS-1,lab2,0,30000\nT-1,lab1,0,30000\n"}


def told(run: LoadRun) -> list[tuple[str, int, str]]:
    """Return file, line and names of the findings of a load."""
    found = run.records["findings"].filter(code="SAMPLE_NAMES_ALIKE")
    return found.select("source_name", "source_line", "value").rows()


def test_second_name_is_told_once(tmp_path: Path) -> None:
    """A measurement that waits has a name too; a load with known names says nothing."""
    w = tmp_path / "w"
    assert told(load_files(w, tmp_path / "1", ONE)) == []
    run = load_files(w, tmp_path / "2", OTHER)
    assert told(run) == [("more.csv", 2, "S-1; s-1")]
    message = run.records["findings"].filter(code="SAMPLE_NAMES_ALIKE")["message"][0]
    assert "S-1 (line 2 of samples.csv), s-1 (line 2 of more.csv) may be one sample" in message
    assert told(load_files(w, tmp_path / "3", NEITHER)) == []
    assert set(rows(w, "pcr_measurements")["sample_id"]) == {"s-1", "S-1", "T-1"}


def test_order_of_loads(tmp_path: Path) -> None:
    """Whichever name comes second, both are told; in one load they are one finding."""
    w = tmp_path / "w"
    assert told(load_files(w, tmp_path / "1", OTHER)) == []
    assert told(load_files(w, tmp_path / "2", ONE)) == [("samples.csv", 2, "S-1; s-1")]
    together = load_files(tmp_path / "w2", tmp_path / "3", ONE | OTHER)
    assert [value for _, _, value in told(together)] == ["S-1; s-1"]


def test_not_told_again_when_everything_is_recomputed(tmp_path: Path) -> None:
    """A file that is read again under another setting brings no name anew."""
    w = tmp_path / "w"
    load_files(w, tmp_path / "1", ONE | OTHER)
    again = load_files(w, tmp_path / "1", ONE | OTHER, not_detected_values={"lab9": ("0",)})
    assert "FILE_REPLACED" in again.records["findings"]["code"].to_list()
    assert told(again) == []
