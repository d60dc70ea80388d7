"""Two assays of one sample: what each could have seen explains most disagreement (domain §6)."""

import pytest

from tests.spec.drawn import Row, to_csv
from tests.support import tables_from_csv

FLOW: Row = {"assay_id": "flow", "modality": "FLOW", "marker": "LAIP", "basis": "CELLS_TNC"}
NGS: Row = {"assay_id": "ngs", "modality": "NGS", "marker": "IG/TR", "basis": "GDNA_CELLS"}
RQ: Row = {"assay_id": "rq", "modality": "PCR", "marker": "IG/TR", "basis": "GDNA_CELLS"}
NPM1: Row = {
    "assay_id": "rna",
    "modality": "PCR",
    "marker": "NPM1",
    "basis": "RNA_RATIO",
    "control_gene": "ABL1",
}


def agreement(
    flow: tuple[int, int] | None = None,
    ngs: tuple[int, int] | None = None,
    rq: Row | None = None,
    npm1: str = "",
    disease: str = "MM",
) -> str | None:
    """Load one marrow sample with the assays given and return how they agree."""
    key = {"sample_id": "S"}
    files = {
        "patients.csv": to_csv([{"patient_id": "P", "disease": disease}]),
        "samples.csv": to_csv(
            [
                {
                    "sample_id": "S",
                    "patient_id": "P",
                    "collected_on": "2024-06-15",
                    "tissue": "BM",
                    "timepoint": "FOLLOW_UP",
                }
            ]
        ),
        "assays.csv": to_csv([FLOW, NGS, RQ, NPM1]),
    }
    if flow:
        files["flow.csv"] = to_csv(
            [
                key
                | {
                    "assay_id": "flow",
                    "mrd_events": str(flow[0]),
                    "denominator_events": str(flow[1]),
                }
            ]
        )
    if ngs:
        files["ngs.csv"] = to_csv(
            [
                key
                | {
                    "assay_id": "ngs",
                    "marker": "IG/TR",
                    "marker_count": str(ngs[0]),
                    "total_count": str(ngs[1]),
                    "count_kind": "CELLS",
                }
            ]
        )
    pcr = [key | {"assay_id": "rq"} | rq] if rq else []
    if npm1:
        target, control = npm1.split("/")
        pcr += [
            key
            | {
                "assay_id": "rna",
                "replicate": str(i),
                "target_copies": target,
                "control_copies": control,
            }
            for i in range(3)
        ]
    if pcr:
        files["pcr.csv"] = to_csv(pcr)
    return tables_from_csv(files).sample_remission["discordance"].item()


@pytest.mark.parametrize(
    ("flow", "ngs", "expected"),
    [
        pytest.param((0, 500_000), (24, 3_000_000), "SENSITIVITY_EXPLAINED", id="28: flow LOD 4e-5, NGS 8e-6"),
        pytest.param((0, 8_000_000), (3_000, 3_000_000), "DISCORDANT", id="1e-3 that flow to 2.5e-6 does not see"),
        pytest.param((0, 8_000_000), (0, 3_000_000), "CONCORDANT", id="neither sees anything"),
        pytest.param((400, 4_000_000), (600, 3_000_000), "CONCORDANT", id="1e-4 and 2e-4: 0.3 log10"),
        pytest.param((400, 4_000_000), (3_000, 3_000_000), "DISCORDANT", id="a whole log10 apart"),
        pytest.param((60, 8_000_000), (900, 3_000_000), "DISCORDANT", id="7.5e-6 and 3e-4"),
        pytest.param((60, 4_000_000), None, None, id="one assay"),
        pytest.param((60, 4_000_000), (0, 0), None, id="the other could not be evaluated"),
    ],
)  # fmt: skip
def test_flow_beside_sequencing(
    flow: tuple[int, int], ngs: tuple[int, int] | None, expected: str | None
) -> None:
    assert agreement(flow, ngs) == expected


def test_range_of_the_laboratory_begins_at_its_sensitivity() -> None:
    """29: a positive below the range beside a deep negative: its sensitivity is above that limit."""
    below = {"reported_call": "BELOW_LOQ", "qr_fraction": "1e-4", "sensitivity_fraction": "1e-5"}
    assert agreement(ngs=(0, 3_000_000), rq=below) == "DISCORDANT"
    assert agreement(ngs=(0, 200_000), rq=below) == "SENSITIVITY_EXPLAINED"


def test_ratios_of_rna_are_not_compared() -> None:
    """30: another axis neither agrees nor disagrees with a fraction of cells."""
    assert agreement(ngs=(0, 3_000_000), npm1="300/30000", disease="AML") is None


def test_uncertain_where_a_threshold_lies_between() -> None:
    """More than 0.5 log10 apart, but one interval holds the threshold of 1e-5."""
    assert agreement((50, 8_000_000), (90, 3_000_000)) == "DISCORDANT"
    assert agreement((55, 8_000_000), (150, 3_000_000)) == "DISCORDANT"
    assert agreement((75, 8_000_000), (150, 3_000_000)) == "WITHIN_UNCERTAINTY"
