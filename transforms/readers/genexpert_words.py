"""The one table from a laboratory's words for a BCR::ABL1 result to call, value and unit.

Words of the Xpert BCR-ABL Ultra cartridge (`formats.md` §3a) and the few that laboratory systems use (§9).
Words that are not in the table give nothing: they are for a person to read, never a value.
"""

import re
from dataclasses import dataclass, replace

from transforms.parse.numbers import EITHER_COMMA

UNDETERMINED = "Undetermined"

_NUMBER = r"[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?"
_POINT_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_EITHER = re.compile(EITHER_COMMA)
_ON_SCALE = r"%\s*(?:\(\s*IS\s*\)|\{\s*IS\s*\}|IS)"
_KIT = re.compile(
    r"^(POSITIVE|NEGATIVE|INVALID|NO RESULT|ERROR)(?: ([0-9]{1,6}))?(?: ?\[(.*)\])?$", re.IGNORECASE
)
_QUANTIFIED = re.compile(
    rf"^({_NUMBER})\s*{_ON_SCALE} and MR\s*-?[0-9]+(?:[.,][0-9]+)?$", re.IGNORECASE
)
_LIMITS = re.compile(
    rf"^\*?({_NUMBER})\s*+(?:%|% ?\(IS\))?\s*+(?:to|-|–)\s*+({_NUMBER})$", re.IGNORECASE
)
_ABOVE = "above upper loq"
_BELOW = {
    "below lod": "BELOW_LOD", "below loq": "BELOW_LOQ",
    "below lower loq": "BELOW_LOQ", "below lower lod": "BELOW_LOD",
}  # fmt: skip
_BRACKETS = {
    "NEGATIVE": ("sufficient abl transcript",),
    "INVALID": (
        None,
        "insufficient abl transcript",
        "too high abl transcript",
        "too high bcr-abl and abl transcripts",
    ),
    "NO RESULT": (None,),
    "ERROR": (None,),
}
_CALLS = {"NEGATIVE": "NOT_DETECTED", "INVALID": "INVALID", "NO RESULT": "INVALID", "ERROR": "INVALID"}  # fmt: skip
_PLAIN_WORDS = {
    "detected": "DETECTED", "positive": "DETECTED",
    "not detected": "NOT_DETECTED", "undetected": "NOT_DETECTED", "negative": "NOT_DETECTED",
}  # fmt: skip
FLAGS = {"POS": "DETECTED", "DET": "DETECTED", "NEG": "NOT_DETECTED", "ND": "NOT_DETECTED"}
"""Interpretation codes that say whether something was detected; `A`, `H`, `N` say it not."""
_VALUE = re.compile(rf"^(<=|>=|[<>≤≥])?\s*({_NUMBER})\s*(%.*)?$")


@dataclass(frozen=True)
class Said:
    """What the words say.

    Attributes:
        call: a word of `reported_call`, or none where a number says it.
        value: the text of `reported_value`.
        unit: a word of `reported_unit`.
        is_read: false where the cartridge gave nothing at all, so that its Ct `0.0` is no reading.
        is_recalled: the words were never seen in a real file.
        printed_range: lower and upper end of the quantitative range beside them, in percent (IS), as written.
    """

    call: str | None
    value: str | None = None
    unit: str | None = None
    is_read: bool = True
    is_recalled: bool = False
    printed_range: tuple[str, str] | None = None


def is_on_scale(unit: str | None) -> bool:
    """Return whether a unit says percent on the International Scale."""
    return re.fullmatch(_ON_SCALE, (unit or "").strip(), re.IGNORECASE) is not None


def is_number(text: str | None) -> bool:
    """Return whether a text is one number as HL7 and FHIR write it: with a point, never a comma."""
    return re.fullmatch(_POINT_NUMBER, text or "") is not None


def _with_point(text: str | None) -> str | None:
    """Return a number of a free text with a decimal point; None where it is none, or a comma may group.

    A file holds messages of several senders, so its other numbers prove nothing.
    """
    if re.fullmatch(_NUMBER, text or "") is None or _EITHER.match(text or ""):
        return None
    return (text or "").replace(",", ".")


def cq(text: str | None, *, is_read: bool = True) -> str | None:
    """Return a Ct in the words of `target_cq`: the instrument writes `0.0` where it saw nothing."""
    if not is_read or not text:
        return None
    return UNDETERMINED if re.fullmatch(r"0+(?:[.,]0*)?", text) else _with_point(text) or text


def kit_words(
    text: str, number: str | None = None, unit: str | None = None, limits: str | None = None
) -> Said | None:
    """Return what the cartridge's words say; None when they are not known or contradict each other.

    Args:
        text: the words, such as `POSITIVE [Above upper LoQ]`.
        number: the number beside them.
        unit: the unit beside them.
        limits: quantitative range as written, such as `0.0030 to 55.00`.
    """
    match = _KIT.match(" ".join(text.split()))
    if match is None:
        return None
    word, code, bracket = match.group(1).upper(), match.group(2), match.group(3)
    inside = None if bracket is None else bracket.strip().lower()
    if code and word != "ERROR":
        return None
    range_ = printed_range(limits, unit)
    if word == "POSITIVE":
        said = _positive(bracket, number, unit, range_)
        return None if said is None else replace(said, printed_range=range_)
    # a number beside a negative or invalid result is a contradiction
    if number or inside not in _BRACKETS[word]:
        return None
    is_read = word in ("NEGATIVE", "INVALID")
    return Said(_CALLS[word], is_read=is_read, is_recalled=code is not None, printed_range=range_)


def printed_range(limits: str | None, unit: str | None) -> tuple[str, str] | None:
    """Return both ends of a quantitative range such as `0.0030 to 55.00`; None where it is none on the scale."""
    match = _LIMITS.match((limits or "").strip()) if is_on_scale(unit) else None
    lower, upper = (_with_point(x) for x in match.groups()) if match else (None, None)
    return (lower, upper) if lower and upper and float(lower) < float(upper) else None


def is_outside(value: str, range_: tuple[str, str] | None) -> bool:
    """Return whether a number lies outside the range beside it: the kit writes words there, not a number."""
    return range_ is not None and not float(range_[0]) <= float(value) <= float(range_[1])


def as_written(text: str, number: str, unit: str, limits: str) -> str:
    """Return words, number and unit of a result that is not understood, and the range where the number is outside it."""
    words = f"{text}^{number} {unit}".strip("^ ")
    is_beyond = is_number(number) and is_outside(number, printed_range(limits, unit))
    return f"{words}, outside {limits}" if is_beyond else words


def _positive(
    bracket: str | None, number: str | None, unit: str | None, range_: tuple[str, str] | None
) -> Said | None:
    inside = (bracket or "").strip()
    quantified = _QUANTIFIED.match(inside)
    if quantified or not inside:
        value = _with_point(number or (quantified.group(1) if quantified else None))
        units_agree = is_on_scale(unit) or (quantified is not None and not unit)
        if value is None or not units_agree:
            return None
        if quantified and float(value) != float(quantified.group(1).replace(",", ".")):
            return None
        return None if is_outside(value, range_) else Said("DETECTED", value, "PCT_IS")
    below = _BELOW.get(inside.lower())
    if number or (inside.lower() != _ABOVE and below is None):
        return None
    lower, upper = range_ or (None, None)
    if below:
        value = f"<{lower}" if lower else None
        return Said(below, value, "PCT_IS" if value else None, is_recalled=True)
    value = f">{upper}" if upper else None
    return Said("ABOVE_LOQ", value, "PCT_IS" if value else None)


def contradicts(said: Said, analyte: str | None) -> bool:
    """Return whether the analyte's own word, `POS` or `NEG`, says the opposite of the result."""
    opposite = {"POS": "NOT_DETECTED", "NEG": "DETECTED"}.get((analyte or "").upper())
    if opposite is None or said.call in (None, "INVALID"):
        return False
    return opposite == said.call or (opposite == "DETECTED" and said.call != "NOT_DETECTED")


def plain_words(text: str, unit: str | None, *, on_scale: bool) -> Said | None:
    """Return what a laboratory system's value says; None when it is not known.

    Args:
        text: a word, or a number with an operator before and a percent sign behind.
        unit: unit in its own field.
        on_scale: the code of the observation is on the International Scale; the unit alone does not say it.
    """
    tidy = " ".join(text.split())
    call = _PLAIN_WORDS.get(tidy.lower().rstrip("."))
    if call:
        return Said(call)
    match = _VALUE.match(tidy)
    if match is None:
        return None
    operator, written, behind = match.groups()
    number = _with_point(written)
    if number is None:
        return None
    units = {u.strip() for u in (unit, behind) if u and u.strip()}
    if any(u != "%" and not is_on_scale(u) for u in units):
        return None
    if any(is_on_scale(u) for u in units):
        word = "PCT_IS"
    elif units:
        word = "PCT_IS" if on_scale else "PCT"
    else:
        # percent or ratio would be a guess by a factor of 100
        word = None
    return Said(None, f"{operator or ''}{number}", word)
