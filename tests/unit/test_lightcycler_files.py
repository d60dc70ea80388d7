"""Two files of one LightCycler experiment, target and control: their wells meet by position and sample."""

import itertools

import polars as pl
import pytest

from tests.support import default_rules
from tests.unit.plates import read_plate
from tests.unit.test_plates_text import FILTER, LC_ASSAY, lightcycler
from transforms.derive import Derived
from transforms.ingest import ReadFile
from transforms.pipeline import run

HEX = "HEX (533-580)"
REFERENCE = (
    "assay_id,modality,marker,basis,control_gene,conversion_factor,is_reported,target_name,control_name\n"
    f"lab1,PCR,BCR::ABL1 p210,RNA_RATIO_IS,ABL1,1,false,{LC_ASSAY.target_name},{LC_ASSAY.control_name}\n",
    "patient_id,disease,transcript\nP-1,CML,e14a2\n",
    "sample_id,patient_id,collected_on,tissue\nS1,P-1,2024-05-01,PB\nS2,P-1,2024-06-01,PB\n",
)
TARGET = """
True 255 A1 S1 31.1 1.25E+01 0
True 255 A2 S1 31.4 1.05E+01 0
True 255 A3 S2 - - 0
"""
CONTROL = """
True 255 A1 S1 24.2 3.01E+04 0
True 255 A2 S1 24.3 2.99E+04 0
True 255 A3 S2 24.4 2.50E+04 0
"""


def exported(wells: str, channel: str, experiment: str = "Plate 7") -> str:
    return lightcycler(wells, first=f"Experiment: {experiment}  Selected Filter: {channel}")


def derived(*exports: str) -> Derived:
    """Compute the tables of files that come in one load; no row of theirs is rejected."""
    texts = [read_plate(text, None) for text in REFERENCE]
    halves = [read_plate(text, LC_ASSAY) for text in exports]
    files = [ReadFile(n, f"{n:064x}", rows) for n, rows in enumerate([*texts, *halves])]
    _, load, tables = run(files, default_rules())
    assert load.counts["rows_rejected"].sum() == 0
    return tables


def results(tables: Derived) -> dict[str, tuple[object, ...]]:
    """Return finding and copies by sample."""
    columns = ("sample_id", "finding", "numerator", "denominator", "n_evaluable")
    rows = tables.tables["assay_results"].select(columns).rows()
    return {row[0]: row[1:] for row in rows}


def missing(tables: Derived) -> list[str]:
    """Return what is said of wells whose other half is not there."""
    found = tables.findings.filter(pl.col("code") == "OTHER_CHANNEL_MISSING")
    return sorted(found["message"])


def test_two_files_are_one_plate() -> None:
    """Copies of both files are pooled over the wells of a sample, whatever file comes first."""
    files = exported(TARGET, FILTER), exported(CONTROL, HEX)
    for order in itertools.permutations(files):
        tables = derived(*order)
        assert results(tables) == {
            "S1": ("DETECTED", 23.0, 60_000.0, 2),
            "S2": ("NOT_DETECTED", 0.0, 25_000.0, 1),
        }
        assert missing(tables) == []


@pytest.mark.parametrize("other", [None, exported(CONTROL, HEX, "Plate 8")])
def test_target_alone_is_not_evaluable(other: str | None) -> None:
    """Without the control of the same experiment there is no level and above all no negative."""
    tables = derived(*[exported(TARGET, FILTER), *([other] if other else [])])
    assert {s: r[0] for s, r in results(tables).items()} == dict.fromkeys(("S1", "S2"), "NOT_EVALUABLE")  # fmt: skip
    said = [m for m in missing(tables) if "target alone" in m]
    assert [m.partition(" hold")[0] for m in said] == [
        f"sample S1, assay lab1: wells A1, A2 of run Plate 7 {FILTER}",
        f"sample S2, assay lab1: wells A3 of run Plate 7 {FILTER}",
    ]


@pytest.mark.parametrize(
    "control",
    [
        CONTROL.replace("A3 S2", "A4 S2"),
        CONTROL.replace("A3 S2", "A3 S1"),
        CONTROL.replace("A3 S2", "A3 s2"),
        CONTROL.replace("True 255 A3", "False 255 A3"),
    ],
)
def test_well_without_its_other_half(control: str) -> None:
    """One position under two names, or a well of one file alone, is never put beside a guess."""
    tables = derived(exported(TARGET, FILTER), exported(control, HEX))
    found = results(tables)
    assert found["S1"] == ("DETECTED", 23.0, 60_000.0, 2)
    assert found["S2"][0] == "NOT_EVALUABLE"
    assert any("sample S2" in m and "hold the target alone" in m for m in missing(tables))


def test_positive_well_without_control_is_not_dropped() -> None:
    """Of two wells one has no control: what it saw beside a negative well is said."""
    target = "True 255 A1 S1 - - 0\nTrue 255 A2 S1 31.4 1.05E+01 0"
    tables = derived(exported(target, FILTER), exported("True 255 A1 S1 24.2 3.01E+04 0", HEX))
    (row,) = tables.tables["assay_results"].to_dicts()
    assert (row["finding"], row["level_fraction"]) == ("DETECTED", None)
    assert "detected_in_rejected_replicate" in row["flags"]
    assert len(missing(tables)) == 1


@pytest.mark.parametrize("dirty", [FILTER, HEX])
def test_blank_of_either_file_counts(dirty: str) -> None:
    """A blank with a signal in one channel is said of the results of both."""
    blank = {c: "35.2" if c == dirty else "-" for c in (FILTER, HEX)}
    wells = ((TARGET, FILTER), (CONTROL, HEX))
    tables = derived(*(exported(f"{w}True 255 H1 NTC {blank[c]} - 0", c) for w, c in wells))
    assert tables.tables["assay_results"]["flags"].list.contains("ntc_not_clean").all()


def test_results_of_other_files_beside_two_halves() -> None:
    """A result that stands in one row is not touched by the halves of another sample."""
    other = "sample_id,assay_id,target_copies,control_copies\nS2,lab1,7,40000\n"
    wells = [w.replace("True 255 A3 S2", "False 255 A3 S2") for w in (TARGET, CONTROL)]
    tables = derived(other, exported(wells[0], FILTER), exported(wells[1], HEX))
    assert results(tables) == {
        "S1": ("DETECTED", 23.0, 60_000.0, 2),
        "S2": ("DETECTED", 7.0, 40_000.0, 1),
    }


def test_control_without_signal() -> None:
    """A control that was read and not detected takes the negative of its well away."""
    control = CONTROL.replace("24.4 2.50E+04", "- -")
    assert results(derived(exported(TARGET, FILTER), exported(control, HEX)))["S2"][0] == "NOT_EVALUABLE"  # fmt: skip
