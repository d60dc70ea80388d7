"""Written values: what a laboratory writes is read in one way, or refused with its code.

The strings are those of `lymphoid_myeloma_and_sensitivity.md` section 7, number 33. They are loaded
apart from the other examples, because a decimal comma says something about its whole file.
"""

from dataclasses import dataclass
from fractions import Fraction

from tests.spec.drawn import Example, Row
from tests.spec.sensitivity_pcr_examples import IGTR, said
from tests.spec.sensitivity_rows import B_ALL, BM, HIGH, LOW, PROVED, Verdict, line

F = Fraction
TEXT = "lymphoid §7(33)"


@dataclass(frozen=True)
class Refusal:
    """One line of a PCR file that is refused: its cells, the code, and what the message names."""

    number: str
    shown: str
    row: Row
    code: str
    names: str
    why: str
    source: str = TEXT


def _read(
    number: str, value: str, unit: str, call: str, verdict: Verdict, depth: str, *,
    level: str = "", below: str = "", why: str,
) -> Example:  # fmt: skip
    shown = (
        f"`{value}`" + (f", unit `{unit}`" if unit else "") + (f", call `{call}`" if call else "")
    )
    return line(
        f"L33{number}", shown, B_ALL, BM, IGTR, said(value, unit, call), verdict, depth,
        F(level) if level else None, censor="LEFT" if below else "NONE",
        checks={"upper_fraction": F(below or level)}, why=why, source=TEXT,
    )  # fmt: skip


EXAMPLES = (
    _read("a", "<0.01%", "", "BELOW_LOQ", LOW, "MRD<1e-4", below="1e-4", why="A bound, not a number: somewhere below 1e-4."),
    _read("b", "0,01 %", "", "DETECTED", HIGH, "MRD<1e-3", level="1e-4", why="A decimal comma and a percent sign: 1e-4."),
    _read("c", "1:10 000", "FRACTION", "DETECTED", HIGH, "MRD<1e-3", level="1e-4", why="One in ten thousand."),
    _read("d", "10-5", "FRACTION", "DETECTED", LOW, "MRD<1e-4", level="1e-5", why="Ten to the minus five, never 5 and never -5."),
    _read("e", "1E-05", "FRACTION", "DETECTED", LOW, "MRD<1e-4", level="1e-5", why="Scientific notation."),
    _read("f", "<1x10^-5", "FRACTION", "BELOW_LOQ", LOW, "MRD<1e-5", below="1e-5", why="A bound written as a power."),
    _read("g", "5/10^6", "FRACTION", "DETECTED", LOW, "MRD<1e-5", level="5e-6", why="Five per million."),
    _read("h", "neg (<2.0E-6)", "FRACTION", "", PROVED, "MRD<1e-5", below="2e-6", why="The word is the call, the number in brackets the depth."),
)  # fmt: skip

REFUSED = (
    Refusal("L33a-bare", "`<0.01%` without a call", said("<0.01%", call="")[0], "CALL_MISSING", "<0.01%",
            "Below 0.01 % says nothing of whether anything was seen."),
    Refusal("L33c-bare", "`1:10 000` without a unit", said("1:10 000")[0], "VALUE_WITHOUT_UNIT", "1:10 000",
            "A ratio of what, is for the unit to say."),
    Refusal("L33d-bare", "`10-5` without a unit", said("10-5")[0], "VALUE_WITHOUT_UNIT", "10-5",
            "Per cent or fraction: the factor is a hundred."),
    Refusal("L33e-bare", "`1E-05` without a unit", said("1E-05")[0], "VALUE_WITHOUT_UNIT", "1E-05",
            "As above."),
    Refusal("L33f-bare", "`<1x10^-5` without a call", said("<1x10^-5", "FRACTION", "")[0], "CALL_MISSING",
            "<1x10^-5", "A bound alone is no finding."),
    Refusal("L33g-bare", "`5/10^6` without a unit", said("5/10^6")[0], "VALUE_WITHOUT_UNIT", "5/10^6",
            "As above."),
    Refusal("L33h-bare", "`neg (<2.0E-6)` without a unit", said("neg (<2.0E-6)", call="")[0],
            "VALUE_WITHOUT_UNIT", "2.0E-6", "Negative to 2.0E-6 of what."),
    Refusal("L33i", "`0,01 %` with unit FRACTION", said("0,01 %", "FRACTION")[0],
            "UNIT_CONTRADICTS_VALUE", "0,01 %", "The sign says percent, the unit fraction."),
    Refusal("L33j", "`10-5` as target copies", {"target_copies": "10-5"}, "NOT_A_NUMBER", "10-5",
            "Copies are counted, not written as powers."),
    Refusal("L33k", "`<12` as target copies", {"target_copies": "<12"}, "OPERATOR_NOT_ALLOWED", "<12",
            "A bound is no count."),
)  # fmt: skip
