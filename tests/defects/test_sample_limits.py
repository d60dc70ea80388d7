"""The sample data show every case of `docs/sensitivity.md`, with numbers computed by hand."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.enums import LodKind, LoqKind, RdfKind
from tests.flows.lab import rows

FLAGS = [
    "blood_diluted",
    "haemodilute",
    "trace_events",
    "claim_below_poisson_floor",
    "library_conversion_assumed",
    "spike_calibrated",
    "reads_are_not_molecules",
    "new_variant",
    "germline",
    "germline_possible",
    "clonal_haematopoiesis",
    "copies_from_curve",
    "curve_not_acceptable",
    "dna_corrected",
    "relative_to_diagnosis",
    "merged_row_left_out",
    "heterozygous_assumed",
]
REASONS = {"TOO_FEW_EVENTS", "NO_ERROR_MODEL", "NOT_TRACKED", "SATURATED"}

SEEN, NOT_SEEN, NOT_EVALUABLE = "DETECTED", "NOT_DETECTED", "NOT_EVALUABLE"
BY_HAND: tuple[tuple[str, str | None, dict[str, Any]], ...] = (
    # flow: 24 of two tubes; 0.2735 and 0.6049 of blood; 0 of 15; the other cells of a tube
    ("P-MM-012-S01", None, {"finding": NOT_SEEN, "lod_fraction": 3.279e-6,
        "lod95_fraction": 4.570e-6, "poisson_floor_fraction": 4.911e-7, "loq_fraction": 8.197e-6}),
    ("P-MM-012-S02", None, {"finding": SEEN, "estimate_fraction": 4.8e-6, "lod_fraction": 4e-6,
        "decision_count": 20, "level_fraction": None, "upper_fraction": 1e-5}),
    ("P-MM-013-S01", None, {"blood_dilution_fraction": 0.27350, "level_fraction": 8e-5,
        "undiluted_fraction": 1.1012e-4}),
    ("P-MM-013-S02", None, {"blood_dilution_fraction": 0.60486, "finding": NOT_SEEN}),
    ("P-TALL-004-S01", None, {"estimate_fraction": 2.5e-4, "rdf_fraction": 1.25e-4,
        "rdf_kind": "SAME_TUBE"}),
    ("P-TALL-004-S02", None, {"estimate_fraction": 2.4e-5, "rdf_fraction": None}),
    ("P-TALL-004-S03", None, {"finding": NOT_SEEN, "numerator": 4}),
    ("P-AML-012-S01", None, {"finding": NOT_SEEN, "numerator": 11, "lod_fraction": 1.8182e-5}),
    ("P-AML-012-S02", None, {"finding": NOT_EVALUABLE, "finding_reason": "TOO_FEW_EVENTS"}),
    ("P-AML-012-S03", None, {"level_fraction": 5e-5, "rdf_fraction": 4e-5}),
    # clonotypes: 180 reads are 3.6 cells of 30,769; 1,000 ng; 500 ng; unknown; 1,500 ng
    ("P-BALL-007-S01", "IG/TR", {"numerator": 3.6, "denominator": 30_769.2,
        "estimate_fraction": 1.17e-4, "lod95_fraction": 9.736e-5, "ci_low_fraction": 2.901e-5,
        "ci_high_fraction": 3.139e-4}),
    ("P-BALL-007-S02", "IG/TR", {"finding": NOT_SEEN, "lod_fraction": 1.9472e-5}),
    ("P-BALL-007-S03", "IG/TR", {"finding": NOT_SEEN, "lod_fraction": 3.8945e-5}),
    ("P-BALL-007-S04", "IG/TR", {"finding": NOT_SEEN, "lod_fraction": None}),
    ("P-BALL-007-S05", "IG/TR", {"finding": NOT_EVALUABLE, "finding_reason": "TOO_FEW_EVENTS"}),
    ("P-MM-014-S01", "IG/TR", {"lod_fraction": 1.3934e-6, "effective_denominator": 2_150_000}),
    ("P-MM-014-S02", "IG/TR", {"estimate_fraction": 3.3333e-6, "lod_fraction": 1.2982e-5,
        "effective_denominator": 230_769.2}),
    # the maker's 1.903 and 2.390 cells, of nucleated cells as counted
    ("P-MM-009-S02", "IG/TR", {"finding": SEEN, "lod_fraction": 1.2520e-6, "lod_kind": "KIT",
        "loq_fraction": 1.5724e-6, "loq_kind": "KIT", "level_fraction": None}),
    # variants: eleven sites share the risk; 4,615 copies; a claim; copy numbers
    ("P-AML-013-S01", "IDH1 p.R132H", {"finding": SEEN, "level_fraction": 3e-4,
        "decision_count": 3, "background_probability": 4.138e-11, "ci_low_fraction": 1.3719e-4,
        "ci_high_fraction": 5.6942e-4, "rdf_fraction": 6e-4, "lod_fraction": 2e-4}),
    ("P-AML-013-S01", "NRAS p.G12D", {"finding": NOT_SEEN, "decision_count": 9,
        "background_probability": 0.30806, "lod_fraction": 4.1546e-4, "lod_kind": "LOD95"}),
    ("P-AML-013-S01", "KRAS p.G13D", {"finding": NOT_SEEN, "decision_count": 4,
        "lod95_fraction": 1.7910e-4, "lod_fraction": 2e-4, "lod_kind": "LAB_STATED"}),
    ("P-AML-013-S01", "FLT3-ITD", {"level_fraction": 0.0024, "summed_vaf_fraction": 0.003}),
    ("P-AML-013-S01", "TP53 p.R175H", {"level_fraction": 0.002, "rdf_fraction": 0.002}),
    ("P-AML-013-S01", "PHF6 p.R274*", {"level_fraction": 0.0015, "rdf_fraction": 0.0015}),
    ("P-AML-013-S01", "DNMT3A p.R882H", {"level_fraction": 0.175, "rdf_fraction": None}),
    ("P-AML-013-S01", "RUNX1 p.R201*", {"finding": SEEN, "level_fraction": 0.012}),
    ("P-AML-013-S02", "IDH1 p.R132H", {"finding": NOT_SEEN, "effective_denominator": 4_615.4,
        "decision_count": 2, "lod_fraction": 0.0010174}),
    ("P-AML-013-S02", "FLT3-ITD", {"finding": NOT_SEEN, "lod_fraction": 0.0010244}),
    ("P-AML-013-S02", "RUNX1 p.R201*", {"finding": NOT_EVALUABLE,
        "finding_reason": "NOT_TRACKED"}),
    ("P-AML-014-S01", "NPM1", {"finding": NOT_SEEN, "lod_fraction": 9.6637e-5}),
    ("P-AML-014-S02", "NPM1", {"finding_reason": "NO_ERROR_MODEL"}),
    # IG/TR by RQ-PCR: below the range; 310 of 500 ng; a claim of 1e-6 for 1,500 ng; Cq's; the blasts at diagnosis
    ("P-BALL-003-S02", None, {"finding": SEEN, "censor": "INTERVAL", "upper_fraction": 1e-4,
        "lod_fraction": 2e-5, "lod_kind": "DILUTION", "loq_kind": "QUANTITATIVE_RANGE"}),
    ("P-BALL-008-S02", None, {"level_fraction": 6.4516e-4, "loq_fraction": 1.6129e-4,
        "lod_fraction": 8.0645e-5, "lod_kind": "DILUTION", "rdf_fraction": 5.4839e-4}),
    ("P-BALL-008-S03", None, {"finding": SEEN, "level_fraction": None, "censor": "INTERVAL",
        "upper_fraction": 1.6129e-4}),
    ("P-BALL-008-S04", None, {"finding": NOT_SEEN, "lod_fraction": 8.0645e-5}),
    ("P-BALL-008-S05", None, {"finding": NOT_SEEN, "lod_fraction": 1.5272e-5,
        "claimed_lod_fraction": 1e-6, "lod_kind": "LOD95"}),
    ("P-TALL-005-S03", None, {"level_fraction": 0.0020579, "rdf_fraction": 8.6434e-4}),
    ("P-TALL-005-S04", None, {"finding": SEEN, "level_fraction": None, "upper_fraction": 1e-4}),
    ("P-TALL-005-S05", None, {"finding": SEEN, "level_fraction": None,
        "estimate_fraction": 3.0730e-4}),
    ("P-TALL-005-S06", None, {"finding": NOT_SEEN, "lod_fraction": 3.0908e-5}),
    ("P-TALL-005-S07", None, {"level_fraction": 1.6, "rdf_fraction": 0.672}),
    # digital PCR: 160,490 cells by mass; reference gene; saturated; ABL1; wild type
    ("P-BALL-009-S01", None, {"numerator": 34.0107, "denominator": 160_489.5,
        "estimate_fraction": 2.1192e-4, "target_copies_per_ul": 0.74097,
        "ci_low_fraction": 1.4676e-4, "ci_high_fraction": 2.9613e-4}),
    ("P-BALL-009-S02", None, {"finding": NOT_SEEN, "lod_fraction": 1.8693e-5,
        "lod95_fraction": 3.9229e-5, "poisson_floor_fraction": 1.8666e-5,
        "ci_high_fraction": 2.2985e-5}),
    ("P-BALL-009-S03", None, {"finding": NOT_SEEN, "decision_count": 3}),
    ("P-TALL-006-S01", None, {"denominator": 41_241.1, "estimate_fraction": 0.0038609}),
    ("P-TALL-006-S02", None, {"finding": NOT_EVALUABLE, "finding_reason": "SATURATED"}),
    ("P-TALL-006-S03", None, {"level_fraction": None, "estimate_fraction": None}),
    ("P-TALL-006-S04", None, {"finding": NOT_SEEN, "lod_fraction": 7.2960e-5}),
    ("P-CML-030-S01", None, {"level_fraction": 0.68129}),
    ("P-CML-030-S02", None, {"level_fraction": 0.023570, "reported_fraction": 0.024}),
    ("P-CML-030-S03", None, {"level_fraction": 5.2582e-4}),
    ("P-CML-030-S04", None, {"finding": SEEN, "estimate_fraction": 5.4101e-5}),
    ("P-CML-030-S05", None, {"finding": NOT_SEEN, "lod_fraction": 5.4133e-5}),
    ("P-CML-030-S06", None, {"finding": NOT_SEEN, "lod_fraction": 2.6748e-5}),
    ("P-CML-030-S07", None, {"level_fraction": 1.0202e-4}),
    ("P-AML-017-S01", None, {"level_fraction": 0.38959}),
    ("P-AML-017-S02", None, {"level_fraction": 0.0010802}),
    ("P-AML-017-S03", None, {"finding": NOT_SEEN, "lod_fraction": 1.4512e-4}),
    # RNA by Cq and curve: any of three, two of three, a poor curve, a call
    ("P-PHALL-005-S01", None, {"level_fraction": 0.91948}),
    ("P-PHALL-005-S02", None, {"finding": SEEN, "estimate_fraction": 4.1240e-4,
        "lod_fraction": 3.3831e-5}),
    ("P-PHALL-005-S03", None, {"finding": SEEN, "estimate_fraction": 5.4795e-6}),
    ("P-PHALL-005-S04", None, {"finding": NOT_SEEN, "lod_fraction": 2.9584e-5}),
    ("P-AML-015-S02", None, {"finding": SEEN}),
    ("P-AML-015-S03", None, {"finding": NOT_SEEN, "lod_fraction": 3.5441e-5}),
    ("P-AML-015-S04", None, {"finding": SEEN, "level_fraction": None}),
    ("P-AML-016-S01", None, {"finding": SEEN, "estimate_fraction": 5.1829e-4}),
)  # fmt: skip


@pytest.fixture(scope="module")
def results(sample_warehouse: Path) -> pl.DataFrame:
    """Give the results of the sample inbox."""
    return rows(sample_warehouse, "assay_results")


@pytest.mark.parametrize(("sample", "marker", "expected"), BY_HAND)
def test_numbers_by_hand(
    results: pl.DataFrame, sample: str, marker: str | None, expected: dict[str, Any]
) -> None:
    """Four digits, as a pocket calculator with tables of Poisson and beta gives them."""
    of_sample = results.filter(pl.col("sample_id") == sample)
    if marker:
        of_sample = of_sample.filter(pl.col("marker") == marker)
    (result,) = of_sample.to_dicts()
    found = {column: result[column] for column in expected}
    assert found == {
        column: pytest.approx(value, rel=2e-4) if isinstance(value, float) else value
        for column, value in expected.items()
    }


def test_every_case_is_shown(results: pl.DataFrame) -> None:
    """All flags, reasons and kinds that the page on sensitivity names."""
    assert set(FLAGS) <= set(results["flags"].explode())
    assert set(results["finding_reason"].cast(pl.String).drop_nulls()) >= REASONS
    for column, words in (("lod_kind", LodKind), ("loq_kind", LoqKind), ("rdf_kind", RdfKind)):
        assert set(results[column].cast(pl.String).drop_nulls()) == {w.value for w in words}
    # counts, copies, partitions
    assert results["ci_method"].n_unique() == 4
