"""Target and control of a LightCycler plate in two files: in any order of loads the warehouse is the same."""

from pathlib import Path

import pytest

from flows.explain import explain
from tests.flows.lab import PATIENTS, SAMPLES, assert_complete, codes, hashes, load, one, write
from tests.unit.test_lightcycler_files import HEX, REFERENCE, exported
from tests.unit.test_plates_text import FILTER

TARGET = exported("True 255 A1 S2 33.1 3.00E+00 0\nTrue 255 A2 S3 - - 0", FILTER)
CONTROL = exported("True 255 A1 S2 24.2 3.00E+04 0\nTrue 255 A2 S3 24.4 2.50E+04 0", HEX)
KNOWN = {"assays.csv": REFERENCE[0], "patients.csv": PATIENTS, "samples.csv": SAMPLES}


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the bytes of the tables that one load of all files makes."""
    place = tmp_path_factory.mktemp("together")
    files = {**KNOWN, "lab1/target.txt": TARGET, "lab1/control.txt": CONTROL}
    load(place / "w", write(place / "in", files))
    return hashes(place / "w")


@pytest.mark.parametrize("first", ["target", "control"])
def test_other_file_comes_later(tmp_path: Path, together: dict[str, str], first: str) -> None:
    """Half a plate waits as not evaluable; the load that brings the other half makes its results."""
    exports = {"target": TARGET, "control": CONTROL}
    folder = write(tmp_path / "in", {**KNOWN, f"lab1/{first}.txt": exports.pop(first)})
    run = load(tmp_path / "w", folder)
    assert codes(run).count("OTHER_CHANNEL_MISSING") == 2
    assert one(tmp_path / "w", "mrd_status", sample_id="S3")["status"] == "NOT_EVALUABLE"
    for name, text in exports.items():
        write(folder, {f"lab1/{name}.txt": text})
    run = load(tmp_path / "w", folder)
    assert "OTHER_CHANNEL_MISSING" not in codes(run)
    assert one(tmp_path / "w", "mrd_status", sample_id="S3")["status"] == "NEGATIVE"
    assert one(tmp_path / "w", "assay_results", sample_id="S2")["level_fraction"] == pytest.approx(1e-4)  # fmt: skip
    # also of the file that this load did not read again it is said where the cells stand
    lines = explain("S2", tmp_path / "w")
    assert sum("_copies" in x and "[column 6 (Concentration)]" in x for x in lines) == 2
    assert hashes(tmp_path / "w") == together
    assert_complete(tmp_path / "w")


def test_same_filter_twice_with_other_numbers(tmp_path: Path) -> None:
    """A second export of a filter that contradicts the first is refused, and takes nothing away."""
    files = {**KNOWN, "lab1/target.txt": TARGET, "lab1/control.txt": CONTROL}
    folder = write(tmp_path / "in", files)
    load(tmp_path / "w", folder)
    before = one(tmp_path / "w", "assay_results", sample_id="S2")
    write(folder, {"lab1/again.txt": TARGET.replace("3.00E+00", "9.00E+00")})
    run = load(tmp_path / "w", folder)
    assert "CONFLICT_WITH_STORED" in codes(run)
    assert one(tmp_path / "w", "assay_results", sample_id="S2") == before
