"""Two results may be compared in time, or the first thing that differs is named."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.normalise.comparability import series, why_not_comparable

PLAIN: dict[str, Any] = {
    "marker": "NPM1",
    "basis": "RNA_RATIO",
    "tissue": "BM",
    "control_gene": "ABL1",
    "lab_id": "lab1",
    "assay_id": "a1",
    "scale": "LABORATORY_RATIO",
}
ON_SCALE = PLAIN | {
    "marker": "BCR::ABL1 p210",
    "basis": "RNA_RATIO_IS",
    "scale": "INTERNATIONAL",
}
IG_TR = PLAIN | {
    "marker": "IG/TR",
    "basis": "GDNA_CELLS",
    "control_gene": None,
    "scale": "ABSOLUTE",
}
SCHEMA = dict.fromkeys(PLAIN, pl.String())


def said(first: dict[str, Any], second: dict[str, Any]) -> tuple[str | None, bool]:
    """Return why two results may not be compared, and whether their series are the same."""
    rows = pl.DataFrame([first, second], schema=SCHEMA)
    named = rows.select(series().alias("series"))["series"]
    beside = rows[0].rename(lambda c: f"a_{c}").hstack(rows[1].rename(lambda c: f"b_{c}"))
    why = beside.select(why_not_comparable("a_", "b_")).item()
    return why, named[0] == named[1]


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        pytest.param(PLAIN, dict(PLAIN), None, id="same"),
        pytest.param(PLAIN, PLAIN | {"assay_id": "a2"}, None, id="two assays of one laboratory"),
        pytest.param(PLAIN, PLAIN | {"tissue": "PB"}, "TISSUE_DIFFERS", id="aml.md 21"),
        pytest.param(PLAIN, PLAIN | {"control_gene": "GUSB"}, "CONTROL_GENE_DIFFERS", id="aml.md 22"),
        pytest.param(PLAIN, PLAIN | {"lab_id": "lab2"}, "LABORATORY_DIFFERS", id="two laboratories"),
        pytest.param(PLAIN, PLAIN | {"basis": "VAF"}, "BASIS_DIFFERS", id="two axes"),
        pytest.param(PLAIN, PLAIN | {"marker": "FLT3-ITD"}, "MARKER_DIFFERS", id="two markers"),
        pytest.param(
            PLAIN | {"lab_id": None}, PLAIN | {"lab_id": None, "assay_id": "a2"},
            "LABORATORY_DIFFERS", id="no laboratory is named: the assay stands for it",
        ),
        pytest.param(ON_SCALE, ON_SCALE | {"lab_id": "lab2"}, None, id="the factor harmonises"),
        pytest.param(
            ON_SCALE, ON_SCALE | {"scale": "LABORATORY_RATIO"},
            "SCALE_DIFFERS", id="no factor in force",
        ),
        pytest.param(
            IG_TR, IG_TR | {"scale": "RELATIVE_TO_DIAGNOSIS"}, "SCALE_DIFFERS",
            id="cells against a fraction of the diagnostic sample",
        ),
        pytest.param(
            IG_TR, IG_TR | {"scale": "READS"}, "SCALE_DIFFERS", id="cells against a fraction of reads",
        ),
        pytest.param(
            ON_SCALE, ON_SCALE | {"control_gene": "GUSB"}, "CONTROL_GENE_DIFFERS",
            id="on the scale, other control gene",
        ),
        pytest.param(
            ON_SCALE, ON_SCALE | {"marker": "BCR::ABL1 p190", "basis": "RNA_RATIO", "tissue": "PB"},
            "MARKER_DIFFERS", id="the first difference is named",
        ),
    ],
)  # fmt: skip
def test_why_not(first: dict[str, Any], second: dict[str, Any], why: str | None) -> None:
    assert said(first, second) == (why, why is None)


RESULTS = st.fixed_dictionaries(
    {
        "marker": st.sampled_from(["NPM1", "BCR::ABL1 p210"]),
        "basis": st.sampled_from(["RNA_RATIO", "RNA_RATIO_IS"]),
        "tissue": st.sampled_from(["BM", "PB"]),
        "control_gene": st.sampled_from([None, "ABL1", "GUSB"]),
        "lab_id": st.sampled_from([None, "lab1", "lab2"]),
        "assay_id": st.sampled_from(["a1", "a2"]),
        "scale": st.sampled_from(["INTERNATIONAL", "LABORATORY_RATIO"]),
    }
)


@settings(max_examples=200, derandomize=True)
@given(RESULTS, RESULTS)
def test_series_and_reason_agree_and_order_does_not_matter(
    first: dict[str, Any], second: dict[str, Any]
) -> None:
    why, is_same = said(first, second)
    assert (why is None) == is_same
    assert said(second, first) == (why, is_same)
