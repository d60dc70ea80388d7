"""Sensitivity, limits and uncertainty: all drawn lines, in the order in which they are printed.

`EXAMPLES` are loaded together, `sensitivity_strings.EXAMPLES` and `REFUSED` on their own.
"""

from tests.spec import (
    sensitivity_dpcr_examples,
    sensitivity_flow_examples,
    sensitivity_ngs_examples,
    sensitivity_pcr_examples,
    sensitivity_strings,
    sensitivity_vaf_examples,
    tracked_examples,
)
from tests.spec.drawn import Example
from tests.spec.sensitivity_numbers import NUMBERS
from tests.spec.sensitivity_strings import REFUSED

__all__ = ["EXAMPLES", "NUMBERS", "REFUSED", "SECTIONS", "STRINGS"]

STRINGS = sensitivity_strings.EXAMPLES

SECTIONS: tuple[tuple[str, tuple[Example, ...]], ...] = (
    ("Flow cytometry", sensitivity_flow_examples.EXAMPLES),
    ("Sequencing of IG/TR", sensitivity_ngs_examples.EXAMPLES),
    ("Sequencing of variants", sensitivity_vaf_examples.EXAMPLES),
    ("Lists of sequences and tracked markers", tracked_examples.EXAMPLES),
    ("PCR of RNA", sensitivity_pcr_examples.RNA),
    ("PCR of DNA", sensitivity_pcr_examples.DNA),
    ("Digital PCR", sensitivity_dpcr_examples.EXAMPLES),
)

EXAMPLES = tuple(e for _, examples in SECTIONS for e in examples)
