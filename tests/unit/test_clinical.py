"""The clinical response beside a sample: stated, or ELN 2022 from counts, and never from assays."""

from typing import Any

import pytest

from tests.spec.drawn import Row, to_csv
from tests.support import tables_from_csv

FLOW: Row = {"assay_id": "flow", "modality": "FLOW", "marker": "LAIP", "basis": "CELLS_CD45"}
CLEAR: Row = {"has_circulating_blasts": "false", "has_extramedullary_disease": "false"}


def beside(
    *assessments: Row, events: int = 0, disease: str = "AML", basis: str = "CELLS_CD45"
) -> dict[str, Any]:
    """Load one marrow sample of 2024-06-15 and assessments; return its row of `sample_remission`."""
    rows = [{"patient_id": "P", "assessed_on": "2024-06-15"} | a for a in assessments]
    files = {
        "patients.csv": to_csv([{"patient_id": "P", "disease": disease}]),
        "samples.csv": to_csv([{"sample_id": "S", "patient_id": "P", "collected_on": "2024-06-15",
                                "tissue": "BM", "timepoint": "AFTER_CYCLE_2"}]),
        "assays.csv": to_csv([FLOW | {"basis": basis}]),
        "flow.csv": to_csv([{"sample_id": "S", "assay_id": "flow", "mrd_events": str(events),
                             "denominator_events": "1000000", "viable_blast_events": "500"}]),
    } | ({"responses.csv": to_csv(rows)} if rows else {})  # fmt: skip
    return tables_from_csv(files).sample_remission.to_dicts()[0]


def counts(blasts: str, anc: str, platelets: str, baseline: str = "", **rest: str) -> Row:
    """Write the counts of an assessment."""
    return CLEAR | {
        "bm_blasts_pct": blasts, "anc_10e9_per_l": anc, "platelets_10e9_per_l": platelets,
        "baseline_bm_blasts_pct": baseline,
    } | rest  # fmt: skip


@pytest.mark.parametrize(
    ("row", "response", "combined"),
    [
        pytest.param(counts("4.9", "1.0", "100"), "CR", "CR_MRD-", id="CR at its bounds"),
        pytest.param(counts("4.9", "0.99", "100"), "CRh", "CRh_MRD-", id="just below, CRh goes before CRi"),
        pytest.param(counts("2", "0.7", "60"), "CRh", "CRh_MRD-", id="aml.md 39"),
        pytest.param(counts("2", "0.49", "100"), "CRi", "CRi_MRD-", id="one lineage is missing"),
        pytest.param(counts("4", "0.2", "18"), "MLFS", "MLFS", id="aml.md 40: no suffix"),
        pytest.param(counts("8", "1.5", "150", "40"), "PR", "PR", id="aml.md 41: no suffix"),
        pytest.param(counts("20", "1.5", "150", "40"), "PR", "PR", id="exactly half is gone"),
        pytest.param(counts("21", "1.5", "150", "40"), None, None, id="no response or relapse: cannot tell"),
        pytest.param(counts("5", "1.5", "150"), None, None, id="5 % is not below 5 %"),
        pytest.param(counts("2", "1.5", "150", has_circulating_blasts="true"), None, None, id="blasts in blood"),
        pytest.param(counts("2", "1.5", "150", has_extramedullary_disease=""), None, None, id="not assessed"),
        pytest.param({"response": "NR"} | counts("2", "1.5", "150"), "NR", "NR", id="the clinic's word goes first"),
        pytest.param({"response": "CRi"}, "CRi", "CRi_MRD-", id="stated"),
    ],
)  # fmt: skip
def test_response(row: Row, response: str | None, combined: str | None) -> None:
    got = beside(row)
    assert (got["clinical_response"], got["combined_response"]) == (response, combined)


@pytest.mark.parametrize(
    ("events", "combined"), [(0, "CR_MRD-"), (999, "CR_MRD-"), (1000, "CR_MRD+")]
)
def test_suffix(events: int, combined: str) -> None:
    """Below 0.1 % of CD45+ cells is negative by ELN 2021, with what was seen in the reason."""
    assert beside({"response": "CR"}, events=events)["combined_response"] == combined


def test_assays_make_no_response() -> None:
    """Without an assessment both stay null, whatever the assays say."""
    got = beside()
    assert got["status"] == "NEGATIVE"
    assert (got["clinical_response"], got["combined_response"]) == (None, None)


def test_nearest_within_fourteen_days() -> None:
    days = {"2024-06-01": "CR", "2024-06-20": "CRi", "2024-05-31": "PR"}
    rows = [{"assessed_on": day, "response": word} for day, word in days.items()]
    assert beside(*rows)["clinical_response"] == "CRi"
    assert beside(rows[0])["clinical_response"] == "CR"
    assert beside(rows[2])["clinical_response"] is None


def test_counts_speak_in_aml_only() -> None:
    """ELN 2022 is no table of myeloma; a stated response holds there too."""
    got = beside(counts("2", "1.5", "150"), disease="MM", basis="CELLS_TNC")
    assert got["clinical_response"] is None
    assert beside({"response": "CR"}, disease="MM", basis="CELLS_TNC")["clinical_response"] == "CR"
