"""What a reader was told, as the text that is kept with its file."""

from dataclasses import replace

import pytest

from transforms.readers.rows import AssayNames
from transforms.readers.told import gives_the_same_rows, told_from, told_text

QPCR = AssayNames("qpcr", "BCR-ABL", "ABL1", "BCR::ABL1 p210")
KIT = replace(
    QPCR, reports_is=True, loq_fractions=(3e-5,), lod_fractions=(1e-5, 3e-5), upper_fraction=0.55
)


@pytest.mark.parametrize("assay", [None, QPCR, KIT])
@pytest.mark.parametrize("sample", [None, "S1"])
def test_read_back(assay: AssayNames | None, sample: str | None) -> None:
    """The text says all that was told."""
    assert told_from(told_text(assay, sample)) == (assay, sample)


def test_nothing_kept_is_nothing_told() -> None:
    """Files of formats that name their assay keep no text."""
    assert told_from(None) == (None, None)


def test_without_limits_the_text_is_as_before_they_were_told() -> None:
    """Files that were read before are not read again for a word that says nothing."""
    assert told_text(QPCR, None) == '[["qpcr", "BCR-ABL", "ABL1", "BCR::ABL1 p210", false], null]'


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        (told_text(replace(KIT, loq_fractions=(1e-4,)), "S1"), True),
        (told_text(replace(KIT, loq_fractions=(), lod_fractions=(), upper_fraction=None), "S1"), True),
        (told_text(KIT, "S2"), False),
        (told_text(replace(KIT, target_name="FAM"), "S1"), False),
        (None, False),
    ],
)  # fmt: skip
def test_limits_decide_no_row(other: str | None, is_same: bool) -> None:
    """A file from which a patient was taken keeps the others' rows when a limit of its assay is corrected."""
    assert gives_the_same_rows(told_text(KIT, "S1"), other) is is_same
